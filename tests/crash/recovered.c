/* Opens a journal that `writer` left, as the program would, and says how many records it has.
 * Every record must be the one that was appended. With --verify the whole folder is checked too.
 * Exit status 0, or 1 with a message. Usage: recovered FOLDER PROMISED [--verify] */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/file_os.h"
#include "journal/journal.h"
#include "support/numbered_record.h"

static int refuse(const char *why, uint64_t number)
{
    printf("%s (%" PRIu64 ")\n", why, number);
    return 1;
}

static int compare(const char *folder, uint64_t count)
{
    /* Records long under a checkpoint were compared in earlier rounds. */
    const uint64_t from = count > 20000 ? count - 20000 : 0;
    lee_journal_reader *reader = NULL;
    if (lee_journal_reader_open(&lee_file_os, folder, from, &reader)) {
        return refuse("the reader does not open", 0);
    }
    int status = 0;
    for (uint64_t i = from; i < count && status == 0; i++) {
        uint8_t bytes[NUMBERED_RECORD_MAX];
        const size_t length = numbered_record(i, bytes);
        lee_record record;
        if (lee_journal_reader_next(reader, &record)) {
            status = refuse("a record cannot be read", i);
        } else if (record.index != i || record.length != length ||
                   memcmp(record.bytes, bytes, length) != 0) {
            status = refuse("a record is another than the one appended", i);
        }
    }
    lee_journal_reader_close(reader);
    return status;
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        return 2;
    }
    const uint64_t promised = strtoull(argv[2], NULL, 10);
    lee_journal_options options;
    lee_journal_options_default(&options);
    static const uint8_t seed[32] = "a seed for tests, never for use";
    options.seed = seed;
    lee_journal *journal = NULL;
    lee_journal_recovery found;
    if (lee_journal_open(&lee_file_os, argv[1], &options, &journal, &found)) {
        printf("it does not open: %s\n", found.message);
        return 1;
    }
    lee_journal_abandon(journal);
    if (found.damage_count) {
        printf("damage where there is none: %s\n", found.message);
        return 1;
    }
    if (found.count < promised) {
        printf("lost: %" PRIu64 " promised, %" PRIu64 " there\n", promised, found.count);
        return 1;
    }
    if (compare(argv[1], found.count)) {
        return 1;
    }
    if (argc > 3 && strcmp(argv[3], "--verify") == 0) {
        lee_journal_check_result result;
        const lee_error error = lee_journal_check(&lee_file_os, argv[1], NULL, NULL, NULL, &result);
        if (error) {
            return refuse("it does not verify", result.damage_count);
        }
    }
    printf("%" PRIu64 "\n", found.count);
    return 0;
}
