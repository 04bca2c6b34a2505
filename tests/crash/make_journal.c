/* Makes a closed journal for other verifiers. Usage: make_journal FOLDER RECORDS [pruned]
 * pruned: frames of the first two bundles are taken away; RECORDS is more than 512. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "io/file_os.h"
#include "journal/journal.h"
#include "journal/prune.h"
#include "support/numbered_record.h"

/* A shell reads them byte by byte. */
#define RECORD_MAX_BYTES 60u
#define PRUNED_FIRST 100u
#define PRUNED_END 512u

static bool fill(lee_journal *journal, uint64_t count)
{
    while (lee_journal_count(journal) < count) {
        uint8_t bytes[NUMBERED_RECORD_MAX];
        uint64_t index = lee_journal_count(journal);
        const lee_record_kind kind = index % 7 == 3 ? LEE_RECORD_TICK : LEE_RECORD_FRAME;
        const size_t length = numbered_record(index, bytes);
        if (lee_journal_append(journal, kind, bytes,
                               length < RECORD_MAX_BYTES ? length : RECORD_MAX_BYTES, &index)) {
            return false;
        }
    }
    return !lee_journal_commit(journal);
}

/* The record that says what goes, as *index. */
static bool announce(lee_journal *journal, const char *folder, uint64_t *index)
{
    static lee_prune prune = {.t_us = 2,
                              .before_us = 1,
                              .policy = "a test",
                              .count = 1,
                              .ranges = {{.first = PRUNED_FIRST, .end = PRUNED_END}}};
    lee_buffer text;
    lee_buffer_init(&text, LEE_JOURNAL_RECORD_MAX_BYTES);
    bool good = fill(journal, PRUNED_END) && !lee_journal_checkpoint(journal) &&
                !lee_prune_measure(&lee_file_os, folder, &prune.ranges[0]);
    lee_prune_write(&prune, &text);
    good = good && !text.error &&
           !lee_journal_append(journal, LEE_RECORD_PRUNE, text.bytes, text.length, index);
    lee_buffer_free(&text);
    return good;
}

int main(int argc, char **argv)
{
    if (argc != 3 && argc != 4) {
        return 2;
    }
    lee_journal_options options;
    lee_journal_options_default(&options);
    static const uint8_t seed[32] = "a seed for tests, never for use";
    options.seed = seed;
    options.origin = "example.org/leeward-test";
    lee_journal *journal = NULL;
    lee_journal_recovery found;
    if (lee_journal_open(&lee_file_os, argv[1], &options, &journal, &found)) {
        fprintf(stderr, "make_journal: %s\n", found.message);
        return 1;
    }
    uint64_t record = 0;
    if ((argc == 4 && !announce(journal, argv[1], &record)) ||
        !fill(journal, strtoull(argv[2], NULL, 10)) || lee_journal_close(journal)) {
        return 1;
    }
    lee_prune_result result;
    if (argc == 4 && (lee_prune_apply(&lee_file_os, argv[1], record, &result) || !result.records)) {
        fprintf(stderr, "make_journal: nothing was pruned: %s\n", result.reason);
        return 1;
    }
    return 0;
}
