#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "journal/journal.h"
#include "support/file_memory.c"

static const uint8_t seed[32] = "a seed for tests, never for use";

static lee_journal *open_with_reserve(file_memory *memory, lee_journal_recovery *found)
{
    lee_journal_options options;
    lee_journal_options_default(&options);
    options.seed = seed;
    options.reserve_bytes = 100000;
    lee_journal *journal = NULL;
    assert_int_equal(lee_journal_open(file_memory_fs(memory), "j", &options, &journal, found),
                     LEE_OK);
    return journal;
}

static bool has_reserve(file_memory *memory)
{
    size_t length = 0;
    return file_memory_bytes(memory, "j/reserve", &length) != NULL && length == 100000;
}

static void a_full_disk_releases_the_reserve_for_all_but_frames(void **state)
{
    (void)state;
    file_memory *memory = file_memory_create();
    lee_journal_recovery found;
    lee_journal *journal = open_with_reserve(memory, &found);
    assert_string_equal(found.message, "");
    assert_true(has_reserve(memory));
    uint64_t index = 0;
    assert_int_equal(lee_journal_append(journal, LEE_RECORD_FRAME, seed, 9, &index), LEE_OK);
    file_memory_fail(memory, 1, ENOSPC, false);
    assert_int_equal(lee_journal_commit(journal), LEE_OK); /* in a new segment */
    assert_false(has_reserve(memory));
    lee_journal_state now;
    lee_journal_status(journal, &now);
    assert_true(now.is_scarce && !now.degraded);
    assert_non_null(strstr(now.message, "no space left on device"));
    assert_non_null(strstr(now.message, "warnings"));
    assert_non_null(strstr(now.message, "Free space"));
    assert_int_equal(lee_journal_append(journal, LEE_RECORD_FRAME, seed, 9, &index), LEE_ERR_STATE);
    assert_int_equal(lee_journal_append(journal, LEE_RECORD_FRAME, seed, 7, &index), LEE_ERR_STATE);
    assert_int_equal(lee_journal_append(journal, LEE_RECORD_WARNING, seed, 5, &index), LEE_OK);
    assert_int_equal(index, 1);
    assert_int_equal(lee_journal_commit(journal), LEE_OK);
    file_memory_fail(memory, 1, ENOSPC, true);
    assert_int_equal(lee_journal_replenish(journal, 3, 4), LEE_ERR_LIMIT);
    file_memory_fail(memory, 0, 0, false);
    assert_int_equal(lee_journal_replenish(journal, 3, 4), LEE_OK);
    assert_int_equal(lee_journal_replenish(journal, 3, 4), LEE_ERR_STATE);
    assert_true(has_reserve(memory));
    assert_int_equal(lee_journal_append(journal, LEE_RECORD_FRAME, seed, 9, &index), LEE_OK);
    assert_int_equal(index, 3);
    assert_int_equal(lee_journal_close(journal), LEE_OK);
    lee_journal_check_result result;
    assert_int_equal(lee_journal_check(file_memory_fs(memory), "j", NULL, NULL, NULL, &result),
                     LEE_OK);
    assert_int_equal(result.size, 4);
    lee_journal_reader *reader = NULL;
    assert_int_equal(lee_journal_reader_open(file_memory_fs(memory), "j", 2, &reader), LEE_OK);
    lee_record record;
    assert_int_equal(lee_journal_reader_next(reader, &record), LEE_OK);
    assert_int_equal(record.kind, LEE_RECORD_GAP);
    char text[4096] = "";
    assert_true(record.length < sizeof(text));
    memcpy(text, record.bytes, record.length);
    assert_non_null(strstr(text, "\"from_us\":3,\"to_us\":4,"));
    assert_non_null(strstr(text, "\"lost_records\":2,\"lost_bytes\":16,"));
    lee_journal_reader_close(reader);
    file_memory_free(memory);
}

/* More than the buffer holds was written before, and no sync came: that part is lost and said so.
 */
static void what_is_not_in_the_buffer_any_more_is_a_gap_and_the_reserve_carries_on(void **state)
{
    (void)state;
    file_memory *memory = file_memory_create();
    lee_journal_recovery found;
    lee_journal *journal = open_with_reserve(memory, &found);
    static uint8_t bytes[60000];
    uint64_t index = 0;
    for (int i = 0; i < 30; i++) {
        assert_int_equal(
            lee_journal_append(journal, LEE_RECORD_FRAME, bytes, sizeof(bytes), &index), LEE_OK);
    }
    file_memory_fail(memory, 1, ENOSPC, false);
    assert_int_equal(lee_journal_commit(journal), LEE_ERR_IO);
    assert_true(has_reserve(memory));
    assert_int_equal(lee_journal_reopen(journal, 1, 2), LEE_OK);
    assert_false(has_reserve(memory));
    lee_journal_state now;
    lee_journal_status(journal, &now);
    assert_true(now.is_scarce && !now.degraded);
    assert_int_equal(now.durable_count, 1); /* the gap */
    assert_int_equal(lee_journal_append(journal, LEE_RECORD_WARNING, seed, 5, &index), LEE_OK);
    assert_int_equal(lee_journal_commit(journal), LEE_OK);
    assert_int_equal(lee_journal_close(journal), LEE_OK);
    lee_journal_check_result result;
    assert_int_equal(lee_journal_check(file_memory_fs(memory), "j", NULL, NULL, NULL, &result),
                     LEE_OK);
    assert_int_equal(result.size, 2);
    file_memory_free(memory);
}

static void a_journal_opens_on_a_full_disk_out_of_its_reserve(void **state)
{
    (void)state;
    file_memory *memory = file_memory_create();
    lee_journal_recovery found;
    lee_journal *journal = open_with_reserve(memory, &found);
    assert_int_equal(lee_journal_close(journal), LEE_OK);
    for (uint64_t at = 1;; at++) {
        file_memory *const again = file_memory_clone(memory);
        lee_journal_options options;
        lee_journal_options_default(&options);
        options.reserve_bytes = 100000;
        file_memory_fail(again, at, ENOSPC, false);
        journal = NULL;
        const lee_error error =
            lee_journal_open(file_memory_fs(again), "j", &options, &journal, &found);
        const bool failed = file_memory_did_fail(again);
        file_memory_fail(again, 0, 0, false);
        assert_int_equal(error, LEE_OK);
        assert_true(has_reserve(again)); /* there is space behind the one failure */
        assert_int_equal(lee_journal_close(journal), LEE_OK);
        file_memory_free(again);
        if (!failed) {
            break;
        }
    }
    file_memory_free(memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_disk_releases_the_reserve_for_all_but_frames),
        cmocka_unit_test(what_is_not_in_the_buffer_any_more_is_a_gap_and_the_reserve_carries_on),
        cmocka_unit_test(a_journal_opens_on_a_full_disk_out_of_its_reserve),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
