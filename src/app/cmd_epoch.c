#include "app/cmd_epoch.h"

#include <stdio.h>

#include "app/args.h"
#include "app/clock.h"
#include "app/setup.h"
#include "app/signer_process.h"
#include "io/file_os.h"
#include "journal/journal.h"

int lee_cmd_epoch(int argc, char **argv)
{
    lee_arg options[] = {{.name = "--reason"}, {.name = NULL}};
    lee_arg words = {.name = "words"};
    const bool read = lee_args_read(argc, argv, options, &words);
    const char *const reason = read ? lee_args_value(&options[0], NULL) : NULL;
    if (!reason || reason[0] == '\0' || words.count != 2) {
        fputs("usage: leeward epoch --reason TEXT JOURNAL NEW\n"
              "Begins in the folder NEW the journal that goes on from JOURNAL, after that was\n"
              "restored from an older copy or lost records that were signed for: the same key\n"
              "under a new origin (NAME/e2). Its first record holds the head signed last and the\n"
              "reason. JOURNAL stays as it is, as evidence.\n",
              stderr);
        return LEE_EXIT_USAGE;
    }
    lee_journal *journal = NULL;
    lee_signer_process *signer = NULL;
    lee_journal_recovery found = {.message = ""};
    uint8_t seed[32];
    lee_error error = lee_setup_random(seed, sizeof seed) ? LEE_OK : LEE_ERR_IO;
    if (error == LEE_OK) {
        error = lee_signer_process_create(words.values[1], NULL, &signer);
    }
    if (error == LEE_OK) {
        error = lee_signer_process_take_key(signer, words.values[0]);
    }
    if (error == LEE_OK) {
        error = lee_journal_begin_epoch(&lee_file_os, words.values[0], words.values[1], reason,
                                        lee_clock_utc_us(), seed, lee_signer_process_link(signer),
                                        &journal, &found);
    }
    if (error == LEE_OK) {
        printf("journal   %s\nlog       %s\n", words.values[1],
               lee_journal_verifier(journal)->name);
        error = lee_journal_close(journal);
    }
    lee_signer_process_free(signer);
    if (error != LEE_OK) {
        fprintf(stderr, "leeward epoch: %s\n",
                found.message[0] != '\0' ? found.message : lee_error_text(error));
        return LEE_EXIT_REFUSED;
    }
    return LEE_EXIT_DONE;
}
