/* Appends clock ticks to the journal of a daemon that is stopped, so that it has many entries.
 * Usage: append_ticks JOURNAL COUNT FIRST_US */
#include <stdio.h>
#include <stdlib.h>

#include "io/file_os.h"
#include "journal/journal.h"
#include "record/input.h"

#define TICK_EVERY_US 10
#define COMMIT_EVERY 20000

int main(int argc, char **argv)
{
    lee_journal_options options;
    lee_journal *journal = NULL;
    lee_journal_recovery found;
    if (argc != 4) {
        return 2;
    }
    lee_journal_options_default(&options);
    if (lee_journal_open(&lee_file_os, argv[1], &options, &journal, &found) != LEE_OK) {
        fprintf(stderr, "append_ticks: %s\n", found.message);
        return 1;
    }
    const uint64_t count = strtoull(argv[2], NULL, 10);
    const int64_t first_us = strtoll(argv[3], NULL, 10);
    lee_buffer bytes;
    lee_buffer_init(&bytes, 64);
    lee_error error = LEE_OK;
    for (uint64_t i = 0; error == LEE_OK && i < count; i++) {
        uint64_t index = 0;
        lee_buffer_reset(&bytes);
        lee_input_tick_encode(first_us + (int64_t)i * TICK_EVERY_US, &bytes);
        error = lee_journal_append(journal, LEE_RECORD_TICK, bytes.bytes, bytes.length, &index);
        if (error == LEE_OK && i % COMMIT_EVERY == 0) {
            error = lee_journal_commit(journal);
        }
    }
    lee_buffer_free(&bytes);
    const lee_error closed = lee_journal_close(journal);
    return error == LEE_OK && closed == LEE_OK ? 0 : 1;
}
