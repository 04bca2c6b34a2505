#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "journal/journal.h"
#include "journal/journal_private.h"
#include "journal/prune.h"
#include "journal/tiles.h"
#include "support/file_memory.c"

#define RECORDS 2000u
#define PRUNE_AT 1900u /* where the record of pruning stands */
#define FIRST 100u
#define END 1100u

static const uint8_t seed[32] = "a seed for tests, never for use";

static lee_journal *open_journal(file_memory *memory)
{
    lee_journal_options options;
    lee_journal_options_default(&options);
    options.seed = seed;
    lee_journal *journal = NULL;
    lee_journal_recovery found;
    assert_int_equal(lee_journal_open(file_memory_fs(memory), "j", &options, &journal, &found),
                     LEE_OK);
    assert_int_equal(found.damage_count, 0);
    return journal;
}

/* Every fifth is none. */
static bool is_frame(uint64_t index)
{
    return index % 5 != 3;
}

static size_t make_record(uint64_t index, uint8_t out[32])
{
    uint64_t state = index;
    for (size_t i = 0; i < 32; i++) {
        out[i] = (uint8_t)file_memory_random(&state);
    }
    return 8 + index % 20;
}

static void append(lee_journal *journal, uint64_t end)
{
    while (lee_journal_count(journal) < end) {
        uint8_t bytes[32];
        uint64_t index = lee_journal_count(journal);
        const size_t length = make_record(index, bytes);
        assert_int_equal(lee_journal_append(journal,
                                            is_frame(index) ? LEE_RECORD_FRAME : LEE_RECORD_EVENT,
                                            bytes, length, &index),
                         LEE_OK);
    }
}

static uint64_t append_prune(file_memory *memory, lee_journal *journal,
                             const lee_prune_range *ranges, uint32_t count)
{
    lee_prune prune = {.t_us = 7, .before_us = 5, .policy = "frames 30 days", .count = count};
    for (uint32_t i = 0; i < count; i++) {
        prune.ranges[i] = ranges[i];
        assert_int_equal(lee_prune_measure(file_memory_fs(memory), "j", &prune.ranges[i]), LEE_OK);
    }
    lee_buffer text;
    lee_buffer_init(&text, 65536);
    lee_prune_write(&prune, &text);
    uint64_t index = 0;
    assert_int_equal(lee_journal_append(journal, LEE_RECORD_PRUNE, text.bytes, text.length, &index),
                     LEE_OK);
    lee_buffer_free(&text);
    assert_int_equal(lee_journal_commit(journal), LEE_OK);
    return index;
}

/* A journal with a record of pruning that is signed for, and nothing pruned yet. */
static file_memory *make(void)
{
    file_memory *const memory = file_memory_create();
    lee_journal *const journal = open_journal(memory);
    append(journal, PRUNE_AT);
    assert_int_equal(lee_journal_commit(journal), LEE_OK);
    assert_int_equal(lee_journal_checkpoint(journal), LEE_OK);
    const lee_prune_range range = {.first = FIRST, .end = END};
    assert_int_equal(append_prune(memory, journal, &range, 1), PRUNE_AT);
    append(journal, RECORDS);
    assert_int_equal(lee_journal_close(journal), LEE_OK);
    return memory;
}

static lee_error apply(file_memory *memory, lee_prune_result *result)
{
    return lee_prune_apply(file_memory_fs(memory), "j", PRUNE_AT, result);
}

static lee_error check(file_memory *memory, lee_journal_check_result *result)
{
    return lee_journal_check(file_memory_fs(memory), "j", NULL, NULL, NULL, result);
}

static bool is_pruned(uint64_t index)
{
    return index >= FIRST && index < END && is_frame(index);
}

/* Everything that is not pruned is read, and only what is pruned is not. */
static void expect_records(file_memory *memory)
{
    lee_journal_reader *reader = NULL;
    assert_int_equal(lee_journal_reader_open(file_memory_fs(memory), "j", 0, &reader), LEE_OK);
    uint64_t passed = 0;
    for (uint64_t i = 0; i < RECORDS; i++) {
        if (is_pruned(i)) {
            passed++;
            continue;
        }
        uint8_t bytes[32];
        lee_record record;
        assert_int_equal(lee_journal_reader_next(reader, &record), LEE_OK);
        assert_int_equal(record.index, i);
        assert_int_equal(lee_journal_reader_pruned(reader), passed);
        if (i != PRUNE_AT) {
            assert_int_equal(record.length, make_record(i, bytes));
            assert_memory_equal(record.bytes, bytes, record.length);
        }
    }
    lee_record record;
    assert_int_equal(lee_journal_reader_next(reader, &record), LEE_ERR_NOT_FOUND);
    lee_journal_reader_close(reader);
}

static uint64_t pruned_count(void)
{
    uint64_t count = 0;
    for (uint64_t i = 0; i < RECORDS; i++) {
        count += is_pruned(i);
    }
    return count;
}

/* Whether the bytes of a record stand in any file. */
static bool is_anywhere(file_memory *memory, uint64_t index)
{
    uint8_t wanted[32];
    (void)make_record(index, wanted);
    const char *path = NULL;
    for (size_t i = 0; (path = file_memory_path(memory, i)) != NULL; i++) {
        size_t size = 0;
        const uint8_t *const bytes = file_memory_bytes(memory, path, &size);
        for (size_t at = 0; at + 8 <= size; at++) {
            if (memcmp(bytes + at, wanted, 8) == 0) {
                return true;
            }
        }
    }
    return false;
}

static void what_is_pruned_is_gone_and_said(void **state)
{
    (void)state;
    file_memory *const memory = make();
    lee_prune_result result;
    lee_journal_check_result checked;
    assert_int_equal(check(memory, &checked), LEE_OK);
    assert_int_equal(checked.pruned, 0);
    assert_int_equal(checked.prunings, 1);
    assert_int_equal(apply(memory, &result), LEE_OK);
    assert_int_equal(result.records, pruned_count());
    assert_true(result.bytes > 0);
    expect_records(memory);
    assert_int_equal(check(memory, &checked), LEE_OK);
    assert_int_equal(checked.pruned, pruned_count());
    assert_int_equal(checked.pruning[0].record, PRUNE_AT);
    assert_int_equal(checked.pruning[0].count, pruned_count());
    assert_string_equal(checked.pruning[0].policy, "frames 30 days");
    for (uint64_t i = FIRST; i < END; i += 13) {
        assert_true(is_anywhere(memory, i) != is_frame(i));
    }
    /* A second time there is nothing to do. */
    assert_int_equal(apply(memory, &result), LEE_OK);
    assert_int_equal(result.records, 0);
    file_memory_free(memory);
}

static void every_proof_is_as_before(void **state)
{
    (void)state;
    file_memory *const memory = make();
    file_memory *const before = file_memory_clone(memory);
    lee_prune_result result;
    assert_int_equal(apply(memory, &result), LEE_OK);
    lee_tiles tiles[2];
    lee_tiles_init(&tiles[0], file_memory_fs(before), "j", RECORDS);
    lee_tiles_init(&tiles[1], file_memory_fs(memory), "j", RECORDS);
    for (uint64_t i = 1; i < RECORDS; i += 7) {
        lee_merkle_proof proofs[4];
        memset(proofs, 0, sizeof(proofs));
        for (size_t k = 0; k < 2; k++) {
            assert_int_equal(
                lee_merkle_prove_inclusion(lee_tiles_source, &tiles[k], i, RECORDS, &proofs[2 * k]),
                LEE_OK);
            assert_int_equal(lee_merkle_prove_consistency(lee_tiles_source, &tiles[k], i, RECORDS,
                                                          &proofs[2 * k + 1]),
                             LEE_OK);
        }
        assert_memory_equal(&proofs[0], &proofs[2], sizeof(proofs[0]));
        assert_memory_equal(&proofs[1], &proofs[3], sizeof(proofs[1]));
    }
    lee_tiles_free(&tiles[0]);
    lee_tiles_free(&tiles[1]);
    file_memory_free(before);
    file_memory_free(memory);
}

static void nothing_goes_before_a_head_is_signed_for_it(void **state)
{
    (void)state;
    file_memory *const memory = file_memory_create();
    lee_journal *const journal = open_journal(memory);
    append(journal, PRUNE_AT);
    assert_int_equal(lee_journal_commit(journal), LEE_OK);
    assert_int_equal(lee_journal_checkpoint(journal), LEE_OK);
    const lee_prune_range range = {.first = FIRST, .end = END};
    (void)append_prune(memory, journal, &range, 1);
    lee_prune_result result;
    assert_int_equal(apply(memory, &result), LEE_ERR_STATE);
    assert_int_equal(result.records, 0);
    /* Nor what is in a bundle that is not full. */
    lee_journal_abandon(journal);
    file_memory_free(memory);
}

static void a_journal_goes_on_after_a_pruning(void **state)
{
    (void)state;
    file_memory *const memory = make();
    lee_prune_result result;
    assert_int_equal(apply(memory, &result), LEE_OK);
    lee_journal *const journal = open_journal(memory);
    append(journal, RECORDS + 700);
    assert_int_equal(lee_journal_commit(journal), LEE_OK);
    assert_int_equal(lee_journal_checkpoint(journal), LEE_OK);
    /* What the first left, and before it, in a bundle of which a part is gone already. */
    const lee_prune_range more[] = {{.first = 0, .end = FIRST}, {.first = END, .end = END + 150}};
    const uint64_t second = append_prune(memory, journal, more, 2);
    assert_int_equal(lee_journal_close(journal), LEE_OK);
    assert_int_equal(lee_prune_apply(file_memory_fs(memory), "j", second, &result), LEE_OK);
    assert_true(result.records > 0);
    lee_journal_check_result checked;
    assert_int_equal(check(memory, &checked), LEE_OK);
    assert_int_equal(checked.prunings, 2);
    assert_int_equal(checked.pruned, pruned_count() + result.records);
    file_memory_free(memory);
}

/* Takes place `index` out of what is kept, as somebody would who has the files and not the key. */
static void take_out(file_memory *memory, uint64_t index)
{
    lee_path path;
    lee_path_kept(&path, "j", index / LEE_TILE_WIDTH);
    size_t length = 0;
    uint8_t *const bytes = file_memory_bytes(memory, path.text, &length);
    assert_non_null(bytes);
    size_t at = 0;
    size_t begin = 0;
    const uint8_t *taken = NULL;
    size_t taken_length = 0;
    for (uint64_t i = 0; i <= index % LEE_TILE_WIDTH; i++) {
        begin = at;
        assert_true(lee__kept_next(bytes, length, &at, &taken, &taken_length));
    }
    assert_true(taken_length > 0);
    bytes[begin] = 0;
    bytes[begin + 1] = 0;
    memmove(bytes + begin + 2, bytes + at, length - at);
    file_memory_cut(memory, path.text, length - taken_length);
}

static void what_is_missing_beside_it_is_found(void **state)
{
    (void)state;
    /* An event in the range, a frame before it, an event before it. */
    static const uint64_t taken[] = {FIRST + 3, FIRST - 10, FIRST - 2};
    for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
        file_memory *const memory = make();
        lee_prune_result result;
        assert_int_equal(apply(memory, &result), LEE_OK);
        take_out(memory, taken[i]);
        lee_journal_check_result checked;
        assert_int_equal(check(memory, &checked), LEE_ERR_CORRUPT);
        assert_int_equal(checked.damage_count, 1);
        file_memory_free(memory);
    }
}

static void a_missing_file_is_not_a_pruning(void **state)
{
    (void)state;
    static const char *const paths[] = {"j/kept/001", "j/tile/entries/005", "j/tile/0/001"};
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        file_memory *const memory = make();
        lee_prune_result result;
        assert_int_equal(apply(memory, &result), LEE_OK);
        file_memory_delete(memory, paths[i]);
        lee_journal_check_result checked;
        assert_int_equal(check(memory, &checked), LEE_ERR_CORRUPT);
        file_memory_free(memory);
    }
}

static void what_is_damaged_is_not_pruned_away(void **state)
{
    (void)state;
    file_memory *const memory = make();
    size_t length = 0;
    uint8_t *const bytes = file_memory_bytes(memory, "j/tile/entries/003", &length);
    bytes[length / 2] ^= 1;
    lee_prune_result result;
    assert_int_equal(apply(memory, &result), LEE_ERR_CORRUPT);
    assert_non_null(result.reason);
    assert_int_equal(result.records, 0);
    assert_null(file_memory_bytes(memory, "j/kept/000", &length));
    file_memory_free(memory);
}

/* After a crash at any call: whatever is left verifies, has all that was not pruned, and is pruned
 * to the end by the next try. */
static void a_pruning_may_be_cut_off_anywhere(void **state)
{
    (void)state;
    file_memory *const memory = make();
    const size_t before = file_memory_op_count(memory);
    lee_prune_result result;
    assert_int_equal(apply(memory, &result), LEE_OK);
    const size_t calls = file_memory_op_count(memory) - before;
    assert_true(calls > 20);
    for (size_t i = 0; i < 6 * calls; i++) {
        uint64_t promised = 0;
        file_memory *const left =
            file_memory_crash(memory, before + i % (calls + 1), 1 + i / (calls + 1), &promised);
        lee_journal_check_result checked;
        assert_int_equal(check(left, &checked), LEE_OK);
        assert_int_equal(checked.size, RECORDS);
        assert_int_equal(apply(left, &result), LEE_OK);
        expect_records(left);
        assert_int_equal(check(left, &checked), LEE_OK);
        assert_int_equal(checked.pruned, pruned_count());
        file_memory_free(left);
    }
    file_memory_free(memory);
}

static void a_failing_disk_loses_nothing(void **state)
{
    (void)state;
    file_memory *const made = make();
    for (uint64_t at = 1;; at++) {
        file_memory *const memory = file_memory_clone(made);
        file_memory_fail(memory, at, EIO, at % 2 == 0);
        lee_prune_result result;
        const lee_error error = apply(memory, &result);
        const bool failed = file_memory_did_fail(memory);
        file_memory_fail(memory, 0, 0, false);
        /* Closing a file that was only read may fail: nothing was lost by that. */
        assert_true(error == LEE_ERR_IO || (!error && result.records == pruned_count()));
        assert_int_equal(file_memory_open_count(memory), 0);
        lee_journal_check_result checked;
        assert_int_equal(check(memory, &checked), LEE_OK);
        assert_int_equal(apply(memory, &result), LEE_OK);
        expect_records(memory);
        file_memory_free(memory);
        if (!failed) {
            break;
        }
    }
    file_memory_free(made);
}

static void a_record_of_pruning_is_read_as_written(void **state)
{
    (void)state;
    lee_prune prune = {.t_us = 3, .before_us = -2, .policy = "words \"quoted\"", .count = 2};
    prune.ranges[0] = (lee_prune_range){.first = 1, .end = 9, .count = 4};
    prune.ranges[1] = (lee_prune_range){.first = 9, .end = 10, .count = 1};
    lee_buffer text;
    lee_buffer_init(&text, 65536);
    lee_prune_write(&prune, &text);
    lee_prune again;
    assert_true(lee_prune_read(text.bytes, text.length, &again));
    assert_int_equal(again.t_us, 3);
    assert_int_equal(again.before_us, -2);
    assert_string_equal(again.policy, prune.policy);
    assert_int_equal(again.count, 2);
    assert_memory_equal(again.ranges, prune.ranges, 2 * sizeof(prune.ranges[0]));
    /* The longest fits an entry. */
    prune.count = LEE_PRUNE_RANGES_MAX;
    for (uint32_t i = 0; i < prune.count; i++) {
        prune.ranges[i] = (lee_prune_range){.first = LEE_MERKLE_SIZE_MAX - 2 * (prune.count - i),
                                            .end = LEE_MERKLE_SIZE_MAX - 2 * (prune.count - i) + 1,
                                            .count = 1};
    }
    lee_buffer_reset(&text);
    lee_prune_write(&prune, &text);
    assert_int_equal(text.error, LEE_OK);
    assert_true(text.length < LEE_ENTRY_MAX_BYTES - 1);
    static const char *const bad[] = {
        "",
        "{}",
        "[]",
        "{\"ranges\":[{\"first\":1,\"end\":1,\"count\":0}]}",
        "{\"ranges\":[{\"first\":1,\"end\":2,\"count\":2}]}",
        "{\"ranges\":[{\"first\":1,\"end\":2}]}",
        "{\"ranges\":[{\"first\":5,\"end\":9,\"count\":2},{\"first\":8,\"end\":10,\"count\":2}]}",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(lee_prune_read((const uint8_t *)bad[i], strlen(bad[i]), &again));
    }
    lee_buffer_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_pruned_is_gone_and_said),
        cmocka_unit_test(every_proof_is_as_before),
        cmocka_unit_test(nothing_goes_before_a_head_is_signed_for_it),
        cmocka_unit_test(a_journal_goes_on_after_a_pruning),
        cmocka_unit_test(what_is_missing_beside_it_is_found),
        cmocka_unit_test(a_missing_file_is_not_a_pruning),
        cmocka_unit_test(what_is_damaged_is_not_pruned_away),
        cmocka_unit_test(a_pruning_may_be_cut_off_anywhere),
        cmocka_unit_test(a_failing_disk_loses_nothing),
        cmocka_unit_test(a_record_of_pruning_is_read_as_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
