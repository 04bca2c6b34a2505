/* Enumerates what a crash can leave of a journal and demands that each state recovers to a prefix
 * that holds everything promised (reliability.md G3c). Usage: crash_states STATES SEED [FIRST] */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "journal/journal.h"
#include "support/file_memory.h"

#define RECORDS 420
#define LARGE_RECORD 33

static const uint8_t seed_bytes[32] = "a seed for tests, never for use";

static size_t make_record(uint64_t i, uint8_t *out)
{
    uint64_t state = i * 977 + 5;
    const size_t length =
        i == LARGE_RECORD ? 70000 : (size_t)(file_memory_random(&state) % (i % 9 ? 40 : 900)) + 1;
    for (size_t k = 0; k < length; k++) {
        out[k] = (uint8_t)file_memory_random(&state);
    }
    return length;
}

static lee_error open_journal(file_memory *memory, lee_journal **out, lee_journal_recovery *found)
{
    lee_journal_options options;
    lee_journal_options_default(&options);
    options.seed = seed_bytes;
    options.segment_bytes = 3000;
    return lee_journal_open(file_memory_fs(memory), "j", &options, out, found);
}

/* Several sessions, some closed and some stopped; commits of different sizes; checkpoints, whole
 * and in slices between the commits. */
static bool run(file_memory *memory)
{
    static uint8_t bytes[70000];
    lee_journal *journal = NULL;
    lee_journal_recovery found;
    if (open_journal(memory, &journal, &found)) {
        return false;
    }
    uint64_t state = 42;
    uint64_t batch = 1;
    for (uint64_t i = 0; i < RECORDS; i++) {
        uint64_t index = 0;
        if (lee_journal_append(journal, LEE_RECORD_FRAME, bytes, make_record(i, bytes), &index)) {
            return false;
        }
        if (--batch == 0) {
            batch = file_memory_random(&state) % 12 + 1;
            if (lee_journal_commit(journal)) {
                return false;
            }
            file_memory_mark(memory, lee_journal_durable_count(journal));
            bool done = false;
            if (file_memory_random(&state) % 3 == 0 &&
                lee_journal_checkpoint_some(journal, (uint32_t)(batch % 3) + 1, &done)) {
                return false;
            }
        }
        if ((i % 61 == 60 && lee_journal_checkpoint(journal)) || (i % 140 == 139)) {
            if (i % 280 == 139) {
                lee_journal_abandon(journal);
            } else if (lee_journal_close(journal)) {
                return false;
            } else {
                file_memory_mark(memory, i + 1);
            }
            if (open_journal(memory, &journal, &found)) {
                return false;
            }
            i = found.count - 1; /* what was not committed before a stop is appended again */
            batch = 1;
        }
    }
    return lee_journal_close(journal) == LEE_OK;
}

static void print_place(void *context, const lee_journal_place *place)
{
    (void)context;
    fprintf(stderr, "  %s, byte %" PRIu64 ", record %" PRIu64 ": %s\n", place->path, place->offset,
            place->index, place->reason);
}

/* Does reading give exactly the records below `count`? */
static const char *compare(file_memory *memory, uint64_t count)
{
    static uint8_t bytes[70000];
    lee_journal_reader *reader = NULL;
    if (lee_journal_reader_open(file_memory_fs(memory), "j", 0, &reader)) {
        return "the reader does not open";
    }
    const char *wrong = NULL;
    for (uint64_t i = 0; !wrong && i < count; i++) {
        lee_record record;
        const lee_error error = lee_journal_reader_next(reader, &record);
        const size_t length = make_record(i, bytes);
        if (error) {
            wrong = lee_journal_reader_place(reader)->reason;
            wrong = wrong ? wrong : lee_error_text(error);
        } else if (record.index != i || record.length != length ||
                   memcmp(record.bytes, bytes, length) != 0) {
            wrong = "a record is another than the one appended";
        }
    }
    lee_record record;
    if (!wrong && lee_journal_reader_next(reader, &record) != LEE_ERR_NOT_FOUND) {
        wrong = "there are more records than the journal says";
    }
    lee_journal_reader_close(reader);
    return wrong;
}

static const char *judge(file_memory *state, uint64_t promised, bool deep, file_memory **second)
{
    lee_journal *journal = NULL;
    lee_journal_recovery found;
    if (open_journal(state, &journal, &found)) {
        fprintf(stderr, "  %s\n", found.message);
        return "it does not open";
    }
    const char *wrong = NULL;
    if (found.count < promised) {
        wrong = "promised records are lost";
    } else if (found.damage_count) {
        wrong = "damage is reported where there is none";
    } else if (found.checkpoint_size > found.count) {
        wrong = "the head is signed for more than there is";
    }
    lee_journal_abandon(journal);
    if (!wrong) {
        wrong = compare(state, found.count);
    }
    if (!wrong && deep) {
        /* Go on, be cut off again, and nothing that the first recovery gave may be lost. */
        static uint8_t bytes[70000];
        if (open_journal(state, &journal, &found)) {
            return "it does not open a second time";
        }
        uint64_t index = 0;
        const lee_error error = lee_journal_append(journal, LEE_RECORD_FRAME, bytes,
                                                   make_record(found.count, bytes), &index);
        if (error || lee_journal_commit(journal)) {
            wrong = "it does not go on";
        }
        file_memory_mark(state, found.count + 1);
        lee_journal_abandon(journal);
        uint64_t again = 0;
        *second = file_memory_crash(state, file_memory_op_count(state), promised + 17, &again);
        if (!wrong && open_journal(*second, &journal, &found)) {
            return "it does not open after a second crash";
        }
        if (!wrong && found.count < again) {
            wrong = "records promised after a recovery are lost";
        }
        if (!wrong && lee_journal_close(journal)) {
            wrong = "it does not close";
        }
        lee_journal_check_result result;
        if (!wrong &&
            lee_journal_check(file_memory_fs(*second), "j", NULL, print_place, NULL, &result)) {
            wrong = "it does not verify";
        }
    }
    return wrong;
}

int main(int argc, char **argv)
{
    const uint64_t states = argc > 1 ? strtoull(argv[1], NULL, 10) : 20000;
    const uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    const uint64_t first = argc > 3 ? strtoull(argv[3], NULL, 10) : 0;
    file_memory *memory = file_memory_create();
    if (!run(memory)) {
        fprintf(stderr, "crash_states: the run itself failed\n");
        return 1;
    }
    const size_t ops = file_memory_op_count(memory);
    uint64_t failed = 0;
    for (uint64_t i = first; i < first + states && failed < 10; i++) {
        /* Every prefix comes up; what is left of the rest differs each time. */
        const size_t cut = (size_t)(i % (ops + 1));
        uint64_t promised = 0;
        file_memory *state = file_memory_crash(memory, cut, seed + i / (ops + 1), &promised);
        file_memory *second = NULL;
        const char *wrong = judge(state, promised, i % 5 == 0, &second);
        if (wrong) {
            fprintf(stderr,
                    "state %" PRIu64 " (cut after %zu of %zu calls, %" PRIu64 " promised): %s\n", i,
                    cut, ops, promised, wrong);
            failed++;
        }
        file_memory_free(second);
        file_memory_free(state);
    }
    file_memory_free(memory);
    printf("crash_states: %" PRIu64 " states of %zu calls, %" PRIu64 " failed, seed %" PRIu64 "\n",
           states, ops, failed, seed);
    return failed ? 1 : 0;
}
