/* A process that writes a journal until somebody kills it, and tells on standard output what is
 * durable: the count of records, 8 bytes each, little-endian. Used by kill_writer.c and
 * power_cut.c. Usage: writer FOLDER SEED */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/file_os.h"
#include "journal/journal.h"
#include "support/numbered_record.h"

static int say(uint64_t durable)
{
    uint8_t bytes[8];
    for (int i = 0; i < 8; i++) {
        bytes[i] = (uint8_t)(durable >> (8 * i));
    }
    return write(STDOUT_FILENO, bytes, sizeof(bytes)) == (ssize_t)sizeof(bytes);
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fputs("usage: writer FOLDER SEED\n", stderr);
        return 2;
    }
    uint64_t random = strtoull(argv[2], NULL, 10) * 2654435761u + 1;
    lee_journal_options options;
    lee_journal_options_default(&options);
    static const uint8_t seed[32] = "a seed for tests, never for use";
    options.seed = seed;
    options.segment_bytes = 65536;
    lee_journal *journal = NULL;
    lee_journal_recovery found;
    if (lee_journal_open(&lee_file_os, argv[1], &options, &journal, &found)) {
        fprintf(stderr, "writer: %s\n", found.message);
        return 1;
    }
    if (!say(lee_journal_durable_count(journal))) {
        return 0;
    }
    for (;;) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        const uint64_t batch = 1 + (random >> 33) % 20;
        for (uint64_t i = 0; i < batch; i++) {
            uint8_t bytes[NUMBERED_RECORD_MAX];
            uint64_t index = 0;
            const size_t length = numbered_record(lee_journal_count(journal), bytes);
            if (lee_journal_append(journal, LEE_RECORD_FRAME, bytes, length, &index)) {
                return 3; /* the disk is gone */
            }
        }
        if (lee_journal_commit(journal)) {
            return 3;
        }
        if ((random >> 40) % 16 == 0 && lee_journal_checkpoint(journal)) {
            return 3;
        }
        if (!say(lee_journal_durable_count(journal))) {
            return 0;
        }
    }
}
