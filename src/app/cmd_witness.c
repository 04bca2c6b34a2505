/* For flock, which POSIX does not have. */
#define _GNU_SOURCE
#include "app/cmd_witness.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "app/args.h"
#include "app/clock.h"
#include "app/setup.h"
#include "io/file_os.h"
#include "journal/witness.h"
#include "outlet/attest.h"
#include "serve/witness_server.h"

static volatile sig_atomic_t stop_asked;

static void on_signal(int number)
{
    (void)number;
    stop_asked = 1;
}

static uint64_t now_s(void)
{
    return (uint64_t)(lee_clock_utc_us() / 1000000);
}

/* Two witnesses on one folder could sign two histories between them. The descriptor is kept until
 * the program ends; -1: another has it, which was said. */
static int lock_folder(const char *folder)
{
    const int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0) {
        return fd;
    }
    fprintf(stderr, "leeward witness: %s: %s\n", folder,
            errno == EWOULDBLOCK ? "another witness is at work here" : strerror(errno));
    if (fd >= 0) {
        (void)close(fd);
    }
    return -1;
}

static bool trust_logs(lee_witness *witness, const lee_arg *logs)
{
    for (int i = 0; i < logs->count; i++) {
        lee_note_verifier key;
        const char *const text = logs->values[i];
        lee_error error = lee_note_verifier_parse(text, strlen(text), &key);
        if (!error) {
            error = lee_witness_trust(witness, &key);
        }
        if (error) {
            fprintf(stderr, "leeward witness: --log %s: %s\n", text,
                    error == LEE_ERR_DUPLICATE ? "two keys for one log"
                    : error == LEE_ERR_LIMIT   ? "too many logs"
                                               : "not a public key NAME+ID+KEY");
            return false;
        }
    }
    return true;
}

static int serve(lee_witness *witness, const char *listen)
{
    static const struct sigaction stop = {.sa_handler = on_signal};
    static const struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigaction(SIGINT, &stop, NULL);
    sigaction(SIGTERM, &stop, NULL);
    sigaction(SIGPIPE, &ignore, NULL);
    lee_witness_server *server = NULL;
    lee_error_info why = {.reason = NULL};
    lee_error error = lee_witness_server_create(listen, witness, now_s, &server, &why);
    if (error != LEE_OK) {
        fprintf(stderr, "leeward witness: %s: %s\n", listen,
                why.reason ? why.reason : lee_error_text(error));
        return LEE_EXIT_REFUSED;
    }
    char key[LEE_NOTE_KEY_TEXT_BYTES];
    lee_note_verifier_format(lee_witness_verifier(witness), key);
    char host[256];
    snprintf(host, sizeof host, "%s", listen);
    *strrchr(host, ':') = '\0';
    printf("witness   %s\nlistens   http://%s:%u/\n", key, host,
           (unsigned)lee_witness_server_port(server));
    fflush(stdout);
    while (error == LEE_OK && !stop_asked) {
        error = lee_witness_server_step(server);
    }
    lee_witness_server_free(server);
    lee_witness_counters counted;
    lee_witness_count(witness, &counted);
    printf("signed    %" PRIu64 "\nrefused   %" PRIu64 "\nforks     %" PRIu64 "\nfailed    %" PRIu64
           "\n",
           counted.cosigned, counted.refused, counted.forks, counted.failed);
    return error == LEE_OK ? LEE_EXIT_DONE : LEE_EXIT_REFUSED;
}

int lee_cmd_witness(int argc, char **argv)
{
    lee_arg options[] = {{.name = "--data"},
                         {.name = "--log", .many = true},
                         {.name = "--listen"},
                         {.name = "--name"},
                         {.name = NULL}};
    lee_arg words = {.name = "words"};
    const bool read = lee_args_read(argc, argv, options, &words);
    const char *const folder = read ? lee_args_value(&options[0], NULL) : NULL;
    if (!folder || words.count != 0) {
        fputs(
            "usage: leeward witness --data DIR [--name NAME] [--listen ADDR:PORT] --log VKEY...\n"
            "Signs the heads of the logs VKEY (NAME+ID+KEY, keys/journal.vkey of a journal) when\n"
            "they go on from those that it signed before: POST /add-checkpoint of\n"
            "c2sp.org/tlog-witness, on 127.0.0.1:8081. DIR holds its key and, for each log, the\n"
            "head that it signed last; keep it out of backups that are restored. NAME is needed\n"
            "the first time, such as example.org/witness.\n",
            stderr);
        return LEE_EXIT_USAGE;
    }
    uint8_t seed[32];
    if (!lee_setup_random(seed, sizeof seed)) {
        fprintf(stderr, "leeward witness: the system gives no random bytes for the key\n");
        return LEE_EXIT_REFUSED;
    }
    lee_witness *witness = NULL;
    char message[LEE_JOURNAL_MESSAGE_BYTES];
    const lee_error error = lee_witness_open(
        &lee_file_os, folder, lee_args_value(&options[3], NULL), seed, &witness, message);
    memset(seed, 0, sizeof seed);
    if (error != LEE_OK) {
        fprintf(stderr, "leeward witness: %s\n", message);
        return LEE_EXIT_REFUSED;
    }
    int status = LEE_EXIT_REFUSED;
    const int lock = lock_folder(folder);
    if (lock >= 0 && trust_logs(witness, &options[1])) {
        status = serve(witness, lee_args_value(&options[2], "127.0.0.1:8081"));
    }
    lee_witness_free(witness);
    if (lock >= 0) {
        (void)close(lock);
    }
    return status;
}

/* --- asking ----------------------------------------------------------------------------------- */

/* "VKEY=URL"; the key's base64 may end in '=', so the URL is what follows the last "=http". */
static bool read_witness(const char *text, lee_attest_witness *out)
{
    const char *at = NULL;
    for (const char *found = strstr(text, "=http"); found; found = strstr(found + 1, "=http")) {
        at = found;
    }
    out->url = at ? at + 1 : NULL;
    return at && lee_note_witness_parse(text, (size_t)(at - text), &out->key) == LEE_OK;
}

static int cosign(const lee_attest_options *options)
{
    lee_attest *attest = NULL;
    lee_attest_round round = {.size = 0};
    lee_error error = lee_attest_create(options, &attest);
    if (error == LEE_OK) {
        error = lee_attest_run(attest, &round);
    }
    for (int i = 0; error == LEE_OK && i < options->witness_count + options->server_count; i++) {
        lee_attest_state state;
        lee_attest_describe(attest, i, &state);
        const int server = i - options->witness_count;
        const char *const name =
            server < 0 ? options->witnesses[i].key.name : options->servers[server].url;
        if (state.t_s != 0) {
            printf("%s   %s, at %" PRIu64 " s since 1970\n", server < 0 ? "witness" : "stamped",
                   name, state.t_s);
        } else {
            fprintf(stderr, "leeward cosign: %s: %s\n", name, state.reason);
        }
    }
    if (error != LEE_OK) {
        fprintf(stderr, "leeward cosign: %s: %s\n", options->folder,
                error == LEE_ERR_NOT_FOUND ? "there is no journal here" : lee_error_text(error));
    } else if (round.is_kept) {
        printf("attested  %" PRIu64 " records, %d signatures, in %s" LEE_ATTESTED_NAME "\n",
               round.size, round.signatures, options->folder);
    }
    lee_attest_free(attest);
    const bool is_whole = round.stamps == options->server_count;
    return error == LEE_OK && round.is_kept && is_whole ? LEE_EXIT_DONE : LEE_EXIT_REFUSED;
}

int lee_cmd_cosign(int argc, char **argv)
{
    lee_arg options[] = {{.name = "--witness", .many = true},
                         {.name = "--quorum"},
                         {.name = "--ca"},
                         {.name = "--tsa"},
                         {.name = "--tsa-ca"},
                         {.name = NULL}};
    lee_arg words = {.name = "words"};
    lee_attest_options wanted;
    lee_attest_options_default(&wanted);
    bool good = lee_args_read(argc, argv, options, &words) && words.count == 1 &&
                options[0].count + options[3].count > 0 &&
                options[0].count <= LEE_ATTEST_WITNESSES_MAX;
    for (int i = 0; good && i < options[0].count; i++) {
        good = read_witness(options[0].values[i], &wanted.witnesses[wanted.witness_count++]);
    }
    int64_t quorum = wanted.witness_count > 0 ? wanted.witness_count : 1;
    const char *const quorum_text = good ? lee_args_value(&options[1], NULL) : NULL;
    good = good && (!quorum_text || lee_args_number(quorum_text, 0, &quorum)) && quorum >= 1 &&
           (quorum <= wanted.witness_count || wanted.witness_count == 0);
    if (!good) {
        fputs(
            "usage: leeward cosign JOURNAL --witness VKEY=URL... [--quorum N] [--ca FILE]\n"
            "                      [--tsa URL [--tsa-ca FILE]]\n"
            "Has the signed head of JOURNAL signed by witnesses too and keeps it, with their\n"
            "lines, in JOURNAL/attested when N of them signed (all of them where N is not said).\n"
            "With --tsa a server of RFC 3161 stamps it too (JOURNAL/attested.0.tsr).\n",
            stderr);
        return LEE_EXIT_USAGE;
    }
    wanted.quorum = (int)quorum;
    wanted.ca_file = lee_args_value(&options[2], NULL);
    if (options[3].count > 0) {
        wanted.servers[wanted.server_count++] =
            (lee_attest_server){options[3].values[0], lee_args_value(&options[4], NULL)};
    }
    wanted.folder = words.values[0];
    return cosign(&wanted);
}
