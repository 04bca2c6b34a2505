#define _GNU_SOURCE
#include "app/cmd_signer.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "app/args.h"
#include "app/jail.h"
#include "app/setup.h"
#include "io/file_os.h"
#include "journal/path.h"
#include "journal/signer.h"

/* Answers until whoever asks is gone. False: there is no socket. */
static bool serve(lee_signer *signer, const char *folder)
{
    lee_path keys;
    lee_path_set(&keys, folder);
    lee_path_add(&keys, "/keys");
    lee_buffer answer;
    lee_buffer_init(&answer, LEE_SIGNER_ANSWER_MAX_BYTES);
    uint8_t question[LEE_SIGNER_QUESTION_MAX_BYTES];
    bool is_locked = false;
    ssize_t got = 0;
    do {
        /* As soon as the folder is there, which is at once unless the disk fails. */
        if (!is_locked && lee_signer_prepare(signer) == LEE_OK) {
            lee_jail_enter_folder(keys.text);
            is_locked = true;
        }
        got = recv(LEE_SIGNER_FD, question, sizeof question, 0);
        if (got > 0) {
            lee_signer_answer(signer, question, (size_t)got, &answer);
            if (answer.error != LEE_OK ||
                send(LEE_SIGNER_FD, answer.bytes, answer.length, MSG_NOSIGNAL) < 0) {
                break; /* it is started again */
            }
        }
    } while (got > 0 || (got < 0 && errno == EINTR));
    lee_buffer_free(&answer);
    return got >= 0;
}

int lee_cmd_signer(int argc, char **argv)
{
    static const struct sigaction ignore = {.sa_handler = SIG_IGN};
    if ((argc != 2 && argc != 3) || strlen(argv[1]) > LEE_JOURNAL_FOLDER_MAX) {
        fputs("leeward signer is started by leeward itself, or by a service manager that hands "
              "over a\n"
              "connection as descriptor 3 (docs/operations.md, Two users)\n",
              stderr);
        return LEE_EXIT_USAGE;
    }
    /* Signals that a terminal or a service manager sends to all: the last head is signed after
     * them, and the end of the socket says when to go. */
    sigaction(SIGINT, &ignore, NULL);
    sigaction(SIGTERM, &ignore, NULL);
    sigaction(SIGHUP, &ignore, NULL);
    (void)prctl(PR_SET_NAME, "leeward-signer");
    (void)prctl(PR_SET_DUMPABLE, 0); /* nobody with the same rights looks into its memory */
    uint8_t seed[32];
    lee_signer *signer = NULL;
    if (!lee_setup_random(seed, sizeof seed) ||
        lee_signer_create(&lee_file_os, argv[1], seed, &signer) != LEE_OK) {
        fputs("leeward signer: no randomness or no memory\n", stderr);
        return LEE_EXIT_REFUSED;
    }
    explicit_bzero(seed, sizeof seed);
    if (argc == 3) { /* without it no key is made, which is the answer */
        const lee_error taken = lee_signer_take_key(signer, argv[2]);
        (void)taken;
    }
    const bool served = serve(signer, argv[1]);
    lee_signer_free(signer);
    /* Without the handlers of exit, which may ask for more than it is allowed. */
    _exit(served ? LEE_EXIT_DONE : LEE_EXIT_REFUSED);
}
