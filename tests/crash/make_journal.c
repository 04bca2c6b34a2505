/* Makes a closed journal for other verifiers. Usage: make_journal FOLDER RECORDS */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "io/file_os.h"
#include "journal/journal.h"
#include "support/numbered_record.h"

int main(int argc, char **argv)
{
    if (argc != 3) {
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
    const uint64_t count = strtoull(argv[2], NULL, 10);
    while (lee_journal_count(journal) < count) {
        uint8_t bytes[NUMBERED_RECORD_MAX];
        uint64_t index = 0;
        const size_t length = numbered_record(lee_journal_count(journal), bytes);
        if (lee_journal_append(journal, LEE_RECORD_FRAME, bytes, length, &index)) {
            return 1;
        }
    }
    return lee_journal_close(journal) ? 1 : 0;
}
