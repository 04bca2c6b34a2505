#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "journal/journal.h"
#include "journal/journal_private.h"
/* The helper is test code that several programs share; each compiles it into itself. */
#include "support/file_memory.c"

static const uint8_t seed[32] = "a seed for tests, never for use";

static lee_journal_options small_options(void)
{
    lee_journal_options options;
    lee_journal_options_default(&options);
    options.seed = seed;
    options.segment_bytes = 4096;
    return options;
}

static lee_journal *open_journal(file_memory *memory, lee_journal_recovery *found)
{
    const lee_journal_options options = small_options();
    lee_journal *journal = NULL;
    const lee_error error =
        lee_journal_open(file_memory_fs(memory), "j", &options, &journal, found);
    if (error) {
        print_error("%s: %s\n", lee_error_name(error), found->message);
    }
    assert_int_equal(error, LEE_OK);
    return journal;
}

/* Record i is `i % 50 + 1` bytes that depend on i. */
static size_t make_record(uint64_t i, uint8_t out[64])
{
    const size_t length = (size_t)(i % 50) + 1;
    for (size_t k = 0; k < length; k++) {
        out[k] = (uint8_t)(i * 7 + k);
    }
    return length;
}

static void append(lee_journal *journal, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        uint8_t bytes[64];
        uint64_t index = 0;
        const uint64_t at = lee_journal_count(journal);
        const size_t length = make_record(at, bytes);
        assert_int_equal(lee_journal_append(journal, LEE_RECORD_FRAME, bytes, length, &index),
                         LEE_OK);
        assert_int_equal(index, at);
    }
}

static void expect_records(file_memory *memory, uint64_t from, uint64_t count)
{
    lee_journal_reader *reader = NULL;
    assert_int_equal(lee_journal_reader_open(file_memory_fs(memory), "j", from, &reader), LEE_OK);
    for (uint64_t i = from; i < count; i++) {
        uint8_t bytes[64];
        lee_record record;
        const lee_error error = lee_journal_reader_next(reader, &record);
        if (error) {
            print_error("record %d: %s\n", (int)i, lee_journal_reader_place(reader)->reason);
        }
        assert_int_equal(error, LEE_OK);
        assert_int_equal(record.index, i);
        assert_int_equal(record.kind, LEE_RECORD_FRAME);
        assert_int_equal(record.length, make_record(i, bytes));
        assert_memory_equal(record.bytes, bytes, record.length);
    }
    lee_record record;
    assert_int_equal(lee_journal_reader_next(reader, &record), LEE_ERR_NOT_FOUND);
    lee_journal_reader_close(reader);
}

static void print_place(void *context, const lee_journal_place *place)
{
    (void)context;
    print_error("%s, byte %d, record %d: %s\n", place->path, (int)place->offset, (int)place->index,
                place->reason);
}

static void expect_sound(file_memory *memory, uint64_t size)
{
    lee_journal_check_result result;
    assert_int_equal(
        lee_journal_check(file_memory_fs(memory), "j", NULL, print_place, NULL, &result), LEE_OK);
    assert_int_equal(result.damage_count, 0);
    assert_int_equal(result.size, size);
}

static void what_was_committed_is_read_again(void **state)
{
    (void)state;
    for (uint64_t count = 0; count <= 1100; count = count * 2 + 1) {
        file_memory *memory = file_memory_create();
        lee_journal_recovery found;
        lee_journal *journal = open_journal(memory, &found);
        assert_true(found.created);
        for (uint64_t done = 0; done < count; done++) {
            append(journal, 1);
            if (done % 7 == 0) {
                assert_int_equal(lee_journal_commit(journal), LEE_OK);
            }
        }
        assert_int_equal(lee_journal_commit(journal), LEE_OK);
        assert_int_equal(lee_journal_durable_count(journal), count);
        expect_records(memory, 0, count);
        assert_int_equal(lee_journal_close(journal), LEE_OK);
        assert_int_equal(file_memory_open_count(memory), 0);
        expect_records(memory, 0, count);
        expect_records(memory, count / 2, count);
        expect_sound(memory, count);
        file_memory_free(memory);
    }
}

static void a_journal_goes_on_over_many_sessions(void **state)
{
    (void)state;
    file_memory *memory = file_memory_create();
    uint64_t count = 0;
    for (uint64_t session = 0; session < 40; session++) {
        lee_journal_recovery found;
        lee_journal *journal = open_journal(memory, &found);
        assert_int_equal(found.count, count);
        assert_int_equal(found.created, session == 0);
        assert_int_equal(found.damage_count, 0);
        const uint64_t more = session * 5 % 97;
        append(journal, more);
        count += more;
        if (session % 3 == 0) {
            assert_int_equal(lee_journal_commit(journal), LEE_OK);
            lee_journal_abandon(journal); /* as after kill -9: the files stay as they are */
        } else {
            assert_int_equal(lee_journal_close(journal), LEE_OK);
            expect_sound(memory, count);
        }
        expect_records(memory, 0, count);
    }
    file_memory_free(memory);
}

static void nothing_uncommitted_is_promised(void **state)
{
    (void)state;
    file_memory *memory = file_memory_create();
    lee_journal_recovery found;
    lee_journal *journal = open_journal(memory, &found);
    append(journal, 10);
    assert_int_equal(lee_journal_durable_count(journal), 0);
    assert_int_equal(lee_journal_count(journal), 10);
    lee_journal_abandon(journal);
    expect_records(memory, 0, 0);
    file_memory_free(memory);
}

static void checkpoints_leave_bundles_tiles_and_no_old_segments(void **state)
{
    (void)state;
    file_memory *memory = file_memory_create();
    lee_journal_recovery found;
    lee_journal *journal = open_journal(memory, &found);
    append(journal, 70);
    assert_int_equal(lee_journal_commit(journal), LEE_OK);
    assert_int_equal(lee_journal_checkpoint(journal), LEE_OK);
    size_t length = 0;
    assert_non_null(file_memory_bytes(memory, "j/tile/entries/000.p/70", &length));
    assert_non_null(file_memory_bytes(memory, "j/tile/0/000.p/70", &length));
    assert_int_equal(length, 70 * 32);
    append(journal, 256 * 3 - 70 + 5);
    assert_int_equal(lee_journal_commit(journal), LEE_OK);
    assert_int_equal(lee_journal_checkpoint(journal), LEE_OK);
    assert_null(file_memory_bytes(memory, "j/tile/entries/000.p/70", &length));
    assert_null(file_memory_bytes(memory, "j/tile/0/000.p/70", &length));
    assert_non_null(file_memory_bytes(memory, "j/tile/entries/002", &length));
    assert_non_null(file_memory_bytes(memory, "j/tile/0/002", &length));
    assert_int_equal(length, 8192);
    assert_non_null(file_memory_bytes(memory, "j/tile/1/000.p/3", &length));
    assert_int_equal(length, 96);
    assert_int_equal(lee_journal_close(journal), LEE_OK);
    expect_sound(memory, 256 * 3 + 5);
    file_memory_free(memory);
}

/* More between two commits than the buffer holds is written before the commit; the newest segment
 * is read whole at every opening and must not grow for that. */
static void large_commits_begin_new_segments_too(void **state)
{
    (void)state;
    file_memory *memory = file_memory_create();
    lee_journal_recovery found;
    lee_journal_options options = small_options();
    options.buffer_bytes = 0; /* the least */
    lee_journal *journal = NULL;
    assert_int_equal(lee_journal_open(file_memory_fs(memory), "j", &options, &journal, &found),
                     LEE_OK);
    for (int i = 0; i < 3; i++) {
        append(journal, 8000);
        assert_int_equal(lee_journal_commit(journal), LEE_OK);
    }
    lee_journal_abandon(journal);
    size_t length = 0;
    assert_non_null(file_memory_bytes(memory, "j/wal/00000000000000008000", &length));
    assert_non_null(file_memory_bytes(memory, "j/wal/00000000000000016000", &length));
    expect_records(memory, 0, 24000);
    file_memory_free(memory);
}

/* Who remembers the root over the first records finds out at opening whether they are the same. */
static void opening_says_the_root_over_the_records_asked_for(void **state)
{
    (void)state;
    file_memory *memory = file_memory_create();
    lee_journal_recovery found;
    lee_journal *journal = open_journal(memory, &found);
    assert_false(found.has_root);
    lee_digest roots[601];
    for (uint64_t i = 1; i <= 600; i++) {
        append(journal, 1);
        assert_int_equal(lee_journal_commit(journal), LEE_OK);
        roots[i] = lee_journal_root(journal);
        if (i == 400) {
            assert_int_equal(lee_journal_checkpoint(journal), LEE_OK);
        }
    }
    lee_journal_abandon(journal);
    for (uint64_t size = 1; size <= 610; size += 13) {
        file_memory *copy = file_memory_clone(memory);
        lee_journal_options options = small_options();
        options.root_size = size;
        assert_int_equal(lee_journal_open(file_memory_fs(copy), "j", &options, &journal, &found),
                         LEE_OK);
        assert_int_equal(found.has_root, size <= 600);
        assert_true(size > 600 || lee_digest_equal(&found.root, &roots[size]));
        lee_journal_abandon(journal);
        file_memory_free(copy);
    }
    file_memory_free(memory);
}

static void a_derived_key_belongs_to_the_journal_and_the_purpose(void **state)
{
    (void)state;
    file_memory *memory = file_memory_create();
    lee_journal_recovery found;
    lee_journal *journal = open_journal(memory, &found);
    uint8_t a[32];
    uint8_t b[32];
    lee_journal_derive_key(journal, "one", a);
    lee_journal_derive_key(journal, "two", b);
    assert_memory_not_equal(a, b, sizeof a);
    assert_int_equal(lee_journal_close(journal), LEE_OK);
    journal = open_journal(memory, &found);
    lee_journal_derive_key(journal, "one", b);
    assert_memory_equal(a, b, sizeof a);
    assert_int_equal(lee_journal_close(journal), LEE_OK);
    file_memory_free(memory);
}

static void a_record_longer_than_an_entry_has_its_own_file(void **state)
{
    (void)state;
    file_memory *memory = file_memory_create();
    lee_journal_recovery found;
    lee_journal *journal = open_journal(memory, &found);
    const size_t lengths[] = {65533, 65534, 65535, 65536, 300000, 0};
    uint8_t *bytes = calloc(300000, 1);
    assert_non_null(bytes);
    memset(bytes, 'z', 300000);
    for (size_t i = 0; i < 6; i++) {
        uint64_t index = 0;
        assert_int_equal(lee_journal_append(journal, LEE_RECORD_ZONES, bytes, lengths[i], &index),
                         LEE_OK);
    }
    assert_int_equal(lee_journal_close(journal), LEE_OK);
    lee_journal_check_result result;
    assert_int_equal(
        lee_journal_check(file_memory_fs(memory), "j", NULL, print_place, NULL, &result), LEE_OK);
    assert_int_equal(result.blobs, 3);
    lee_journal_reader *reader = NULL;
    assert_int_equal(lee_journal_reader_open(file_memory_fs(memory), "j", 0, &reader), LEE_OK);
    for (size_t i = 0; i < 6; i++) {
        lee_record record;
        assert_int_equal(lee_journal_reader_next(reader, &record), LEE_OK);
        assert_int_equal(record.kind, LEE_RECORD_ZONES);
        assert_int_equal(record.length, lengths[i]);
        assert_memory_equal(record.bytes, bytes, lengths[i]);
    }
    lee_journal_reader_close(reader);
    free(bytes);
    file_memory_free(memory);
}

static void after_a_failed_sync_the_journal_degrades_and_comes_back_with_a_gap_record(void **state)
{
    (void)state;
    file_memory *memory = file_memory_create();
    lee_journal_recovery found;
    lee_journal *journal = open_journal(memory, &found);
    append(journal, 5);
    assert_int_equal(lee_journal_commit(journal), LEE_OK);
    append(journal, 3);
    file_memory_fail(memory, 2, EIO, true); /* the write passes, the sync fails */
    assert_int_equal(lee_journal_commit(journal), LEE_ERR_IO);
    lee_journal_state now;
    lee_journal_status(journal, &now);
    assert_true(now.degraded);
    assert_int_equal(now.durable_count, 5);
    assert_int_equal(now.lost_records, 3);
    assert_non_null(strstr(now.message, "j/wal/00000000000000000000"));
    assert_non_null(strstr(now.message, "sync failed: input/output error (errno 5)"));
    assert_non_null(strstr(now.message, "evidence=degraded"));
    assert_non_null(strstr(now.message, "Check the disk"));
    uint64_t index = 77;
    assert_int_equal(lee_journal_append(journal, LEE_RECORD_TICK, seed, 4, &index), LEE_ERR_STATE);
    assert_int_equal(index, 77);
    assert_int_equal(lee_journal_commit(journal), LEE_ERR_STATE);
    assert_int_equal(lee_journal_reopen(journal, 1000, 2000), LEE_ERR_IO);
    file_memory_fail(memory, 0, 0, false);
    assert_int_equal(lee_journal_reopen(journal, 1000, 2000), LEE_OK);
    assert_int_equal(lee_journal_reopen(journal, 1000, 2000), LEE_ERR_STATE);
    assert_int_equal(lee_journal_durable_count(journal), 6);
    assert_int_equal(lee_journal_append(journal, LEE_RECORD_TICK, seed, 4, &index), LEE_OK);
    assert_int_equal(index, 6);
    assert_int_equal(lee_journal_close(journal), LEE_OK);
    assert_int_equal(file_memory_forbidden_syncs(memory), 0);
    expect_sound(memory, 7);
    lee_journal_reader *reader = NULL;
    assert_int_equal(lee_journal_reader_open(file_memory_fs(memory), "j", 5, &reader), LEE_OK);
    lee_record record;
    assert_int_equal(lee_journal_reader_next(reader, &record), LEE_OK);
    assert_int_equal(record.kind, LEE_RECORD_GAP);
    char text[4096] = "";
    assert_true(record.length < sizeof(text));
    memcpy(text, record.bytes, record.length);
    assert_non_null(strstr(text, "\"from_us\":1000"));
    assert_non_null(strstr(text, "\"to_us\":2000"));
    assert_non_null(strstr(text, "\"index\":5"));
    assert_non_null(strstr(text, "\"lost_records\":4"));
    assert_non_null(strstr(text, "input/output error"));
    lee_journal_reader_close(reader);
    file_memory_free(memory);
}

static void a_folder_without_journal_or_key_is_refused(void **state)
{
    (void)state;
    file_memory *memory = file_memory_create();
    lee_journal_options options = small_options();
    options.seed = NULL;
    lee_journal *journal = NULL;
    lee_journal_recovery found;
    assert_int_equal(lee_journal_open(file_memory_fs(memory), "j", &options, &journal, &found),
                     LEE_ERR_MISSING);
    assert_non_null(strstr(found.message, "there is no journal here"));
    journal = open_journal(memory, &found);
    append(journal, 3);
    assert_int_equal(lee_journal_close(journal), LEE_OK);
    file_memory_delete(memory, "j/keys/journal.key");
    options.seed = seed;
    assert_int_equal(lee_journal_open(file_memory_fs(memory), "j", &options, &journal, &found),
                     LEE_ERR_MISSING);
    assert_non_null(strstr(found.message, "Restore it from its backup"));
    expect_sound(memory, 3); /* verifying needs no secret */
    file_memory_free(memory);
}

static void a_head_that_the_key_did_not_sign_is_refused(void **state)
{
    (void)state;
    file_memory *memory = file_memory_create();
    lee_journal_recovery found;
    lee_journal *journal = open_journal(memory, &found);
    append(journal, 3);
    assert_int_equal(lee_journal_close(journal), LEE_OK);
    size_t length = 0;
    uint8_t *head = file_memory_bytes(memory, "j/checkpoint", &length);
    assert_non_null(head);
    uint8_t *line = memchr(head, '\n', length);
    assert_int_equal(line[1], '3');
    line[1] = '2'; /* shrink the journal */
    const lee_journal_options options = small_options();
    assert_int_equal(lee_journal_open(file_memory_fs(memory), "j", &options, &journal, &found),
                     LEE_ERR_CORRUPT);
    assert_non_null(strstr(found.message, "j/checkpoint"));
    file_memory_free(memory);
}

/* The page cache still gives what a failed sync dropped; a new process must not trust it. */
static void records_that_a_failed_sync_dropped_are_written_again(void **state)
{
    (void)state;
    for (uint64_t cut = 0; cut < 40; cut++) {
        file_memory *memory = file_memory_create();
        lee_journal_recovery found;
        lee_journal *journal = open_journal(memory, &found);
        append(journal, 5);
        assert_int_equal(lee_journal_commit(journal), LEE_OK);
        append(journal, 3);
        file_memory_fail(memory, 2, EIO, false);
        assert_int_equal(lee_journal_commit(journal), LEE_ERR_IO);
        lee_journal_abandon(journal);
        journal = open_journal(memory, &found);
        assert_int_equal(found.count, 8);
        assert_int_equal(found.unproven_count, 3);
        append(journal, 2);
        assert_int_equal(lee_journal_commit(journal), LEE_OK);
        lee_journal_abandon(journal);
        uint64_t unused = 0;
        file_memory *after = file_memory_crash(memory, file_memory_op_count(memory), cut, &unused);
        journal = open_journal(after, &found);
        assert_int_equal(found.count, 10);
        lee_journal_abandon(journal);
        expect_records(after, 0, 10);
        file_memory_free(after);
        file_memory_free(memory);
    }
}

/* Ten commits of one record, abandoned: one segment, no checkpoint. */
static file_memory *ten_commits(void)
{
    file_memory *memory = file_memory_create();
    lee_journal_recovery found;
    lee_journal *journal = open_journal(memory, &found);
    for (int i = 0; i < 10; i++) {
        append(journal, 1);
        assert_int_equal(lee_journal_commit(journal), LEE_OK);
    }
    lee_journal_abandon(journal);
    return memory;
}

static void damage_among_acknowledged_records_is_named_and_nothing_is_changed(void **state)
{
    (void)state;
    const char *path = "j/wal/00000000000000000000";
    file_memory *memory = ten_commits();
    size_t length = 0;
    (void)file_memory_bytes(memory, path, &length);
    /* The last commit may have been cut off by a crash; everything before it was acknowledged. */
    const size_t last = length - 32 - 8 - 11;
    for (size_t at = 64; at < last; at++) {
        file_memory *altered = file_memory_clone(memory);
        uint8_t *bytes = file_memory_bytes(altered, path, &length);
        bytes[at] ^= 4;
        const lee_journal_options options = small_options();
        lee_journal *journal = NULL;
        lee_journal_recovery found;
        assert_int_equal(lee_journal_open(file_memory_fs(altered), "j", &options, &journal, &found),
                         LEE_ERR_CORRUPT);
        assert_string_equal(found.place.path, path);
        assert_true(found.place.offset <= at && at < found.place.offset + 32 + 8 + 11);
        assert_non_null(strstr(found.message, path));
        assert_non_null(strstr(found.message, "nothing was changed"));
        size_t after = 0;
        (void)file_memory_bytes(altered, path, &after);
        assert_int_equal(after, length);
        /* A reader says where, and goes on with the rest. */
        lee_journal_reader *reader = NULL;
        assert_int_equal(lee_journal_reader_open(file_memory_fs(altered), "j", 0, &reader), LEE_OK);
        uint64_t read = 0;
        uint64_t damaged = 0;
        lee_record record;
        for (lee_error error = LEE_OK; error != LEE_ERR_NOT_FOUND;) {
            error = lee_journal_reader_next(reader, &record);
            read += error == LEE_OK;
            damaged += error == LEE_ERR_CORRUPT;
            assert_true(read + damaged < 30);
        }
        if (damaged != 1 || read < 9) {
            print_error("byte %d: %d read, %d damaged\n", (int)at, (int)read, (int)damaged);
        }
        assert_int_equal(damaged, 1);
        assert_true(read >= 9);
        lee_journal_reader_close(reader);
        file_memory_free(altered);
    }
    file_memory_free(memory);
}

static void a_cut_off_tail_is_kept_aside_and_the_journal_goes_on(void **state)
{
    (void)state;
    file_memory *memory = ten_commits();
    const char *path = "j/wal/00000000000000000000";
    size_t length = 0;
    (void)file_memory_bytes(memory, path, &length);
    file_memory_cut(memory, path, length - 3);
    lee_journal_recovery found;
    lee_journal *journal = open_journal(memory, &found);
    assert_int_equal(found.count, 9);
    assert_int_equal(found.damage_count, 0);
    assert_int_equal(found.torn_bytes, 8 + 10 + 1 - 3); /* the batch header before it is whole */
    assert_true(found.torn_kept);
    assert_non_null(strstr(found.message, "a write was cut off"));
    assert_int_equal(lee_journal_close(journal), LEE_OK);
    bool kept = false;
    for (size_t i = 0; file_memory_path(memory, i); i++) {
        kept |= strstr(file_memory_path(memory, i), ".torn") != NULL;
    }
    assert_true(kept);
    expect_sound(memory, 9);
    file_memory_free(memory);
}

static void segments_before_the_end_may_not_be_missing(void **state)
{
    (void)state;
    file_memory *memory = file_memory_create();
    lee_journal_recovery found;
    lee_journal *journal = open_journal(memory, &found);
    for (int i = 0; i < 300; i++) {
        append(journal, 1);
        assert_int_equal(lee_journal_commit(journal), LEE_OK);
    }
    assert_true(journal->segment_count > 3);
    lee_path path;
    lee_path_segment(&path, "j", journal->segments[1]);
    lee_journal_abandon(journal);
    file_memory_delete(memory, path.text);
    const lee_journal_options options = small_options();
    assert_int_equal(lee_journal_open(file_memory_fs(memory), "j", &options, &journal, &found),
                     LEE_ERR_CORRUPT);
    lee_journal_check_result result;
    assert_int_equal(lee_journal_check(file_memory_fs(memory), "j", NULL, NULL, NULL, &result),
                     LEE_ERR_CORRUPT);
    file_memory_free(memory);
}

/* A bit that flips in memory after hashing must never be signed for (reliability.md G9; the
 * certificate log Yeti 2022 ended that way). */
static void a_flipped_bit_in_memory_is_never_signed(void **state)
{
    (void)state;
    uint64_t random = 11;
    for (int i = 0; i < 1000; i++) {
        file_memory *memory = file_memory_create();
        lee_journal_recovery found;
        lee_journal *journal = open_journal(memory, &found);
        append(journal, 20 + (uint64_t)i % 300);
        assert_int_equal(lee_journal_commit(journal), LEE_OK);
        const uint64_t bit = file_memory_random(&random);
        const uint8_t flip = (uint8_t)(1u << (bit % 8));
        lee_digest *victim = NULL;
        const bool sealed = i % 2 && journal->seal.tile_count[1] > 0;
        if (sealed) {
            victim = &journal->seal.tiles[1][0];
        } else {
            unsigned depth = 0;
            for (uint64_t size = journal->durable_tree.size; size; size &= size - 1) {
                depth++;
            }
            victim = &journal->durable_tree.stack[(bit >> 16) % depth];
        }
        victim->bytes[(bit >> 8) % 32] ^= flip;
        const lee_error error = lee_journal_checkpoint(journal);
        assert_int_equal(error, LEE_ERR_CORRUPT);
        lee_journal_state now;
        lee_journal_status(journal, &now);
        size_t length = 0;
        const uint8_t *const head = file_memory_bytes(memory, "j/checkpoint", &length);
        assert_non_null(head); /* the one over nothing, signed when the journal was made */
        assert_int_equal(now.checkpoint_size, 0);
        static const char empty[] = "\n0\n";
        const uint8_t *const line = memchr(head, '\n', length);
        assert_memory_equal(line, empty, 3);
        assert_false(now.degraded);
        assert_non_null(strstr(now.message, "is signed for"));
        lee_journal_abandon(journal);
        file_memory_free(memory);
    }
}

static void restoring_an_old_copy_never_shrinks_under_a_newer_head(void **state)
{
    (void)state;
    file_memory *memory = file_memory_create();
    lee_journal_recovery found;
    lee_journal *journal = open_journal(memory, &found);
    append(journal, 30);
    assert_int_equal(lee_journal_close(journal), LEE_OK);
    file_memory *old = file_memory_clone(memory);
    journal = open_journal(memory, &found);
    append(journal, 30);
    assert_int_equal(lee_journal_close(journal), LEE_OK);
    /* Old tiles and segments under the new head. */
    size_t length = 0;
    uint8_t *head = file_memory_bytes(memory, "j/checkpoint", &length);
    size_t old_length = 0;
    uint8_t *old_head = file_memory_bytes(old, "j/checkpoint", &old_length);
    assert_int_equal(length, old_length);
    memcpy(old_head, head, length);
    const lee_journal_options options = small_options();
    assert_int_equal(lee_journal_open(file_memory_fs(old), "j", &options, &journal, &found),
                     LEE_ERR_CORRUPT);
    file_memory_free(old);
    file_memory_free(memory);
}

/* A copy of all but the file in which the signer keeps its last head. */
static file_memory *restore(const file_memory *copy, file_memory *now)
{
    file_memory *restored = file_memory_clone(copy);
    size_t length = 0;
    const uint8_t *const kept = file_memory_bytes(now, "j/keys/last_head", &length);
    assert_non_null(kept);
    lee_disk disk;
    lee_path path;
    lee_disk_init(&disk, file_memory_fs(restored), "j");
    lee_path_set(&path, "j/keys/last_head");
    assert_int_equal(lee_disk_put(&disk, &path, kept, length), LEE_OK);
    return restored;
}

static void a_journal_restored_from_an_older_copy_signs_nothing_under_its_origin(void **state)
{
    (void)state;
    uint64_t random = 11;
    for (int i = 0; i < 100; i++) {
        file_memory *memory = file_memory_create();
        lee_journal_recovery found;
        lee_journal *journal = open_journal(memory, &found);
        append(journal, file_memory_random(&random) % 600);
        assert_int_equal(lee_journal_checkpoint(journal), LEE_OK);
        append(journal, file_memory_random(&random) % 40);
        assert_int_equal(lee_journal_commit(journal), LEE_OK);
        const uint64_t before = lee_journal_count(journal);
        if (i % 2) {
            assert_int_equal(lee_journal_close(journal), LEE_OK);
            journal = NULL;
        }
        file_memory *copy = file_memory_clone(memory);
        journal = journal ? journal : open_journal(memory, &found);
        append(journal, file_memory_random(&random) % 600 + 1);
        assert_int_equal(lee_journal_commit(journal), LEE_OK);
        assert_int_equal(lee_journal_checkpoint(journal), LEE_OK);
        lee_journal_abandon(journal);
        file_memory *restored = restore(copy, memory);
        lee_journal_check_result result;
        assert_int_equal(
            lee_journal_check(file_memory_fs(restored), "j", NULL, NULL, NULL, &result),
            LEE_ERR_CORRUPT);
        assert_int_equal(result.damage_count, 1);
        const lee_journal_options options = small_options();
        assert_int_equal(
            lee_journal_open(file_memory_fs(restored), "j", &options, &journal, &found),
            LEE_ERR_CORRUPT);
        assert_true(found.rolled_back);
        assert_int_equal(found.count, before);
        assert_non_null(strstr(found.message, "older copy"));
        assert_non_null(strstr(found.message, "leeward epoch"));
        size_t length = 0;
        size_t copy_length = 0;
        const uint8_t *const head = file_memory_bytes(restored, "j/checkpoint", &length);
        const uint8_t *const copy_head = file_memory_bytes(copy, "j/checkpoint", &copy_length);
        assert_int_equal(length, copy_length);
        assert_memory_equal(head, copy_head, length);
        file_memory_free(restored);
        file_memory_free(copy);
        file_memory_free(memory);
    }
}

static void other_records_under_a_signed_place_are_refused(void **state)
{
    (void)state;
    file_memory *memory = file_memory_create();
    lee_journal_recovery found;
    lee_journal *journal = open_journal(memory, &found);
    append(journal, 20);
    assert_int_equal(lee_journal_close(journal), LEE_OK);
    file_memory *copy = file_memory_clone(memory);
    journal = open_journal(memory, &found);
    append(journal, 5);
    assert_int_equal(lee_journal_close(journal), LEE_OK);
    /* The copy went on by itself, with as many other records, and more. */
    journal = open_journal(copy, &found);
    for (int i = 0; i < 9; i++) {
        uint64_t index = 0;
        assert_int_equal(
            lee_journal_append(journal, LEE_RECORD_TICK, (const uint8_t *)"x", 1, &index), LEE_OK);
        if (i == 4) {
            assert_int_equal(lee_journal_checkpoint(journal), LEE_OK);
        }
    }
    assert_int_equal(lee_journal_commit(journal), LEE_OK);
    lee_journal_abandon(journal);
    file_memory *restored = restore(copy, memory);
    const lee_journal_options options = small_options();
    assert_int_equal(lee_journal_open(file_memory_fs(restored), "j", &options, &journal, &found),
                     LEE_ERR_CORRUPT);
    assert_true(found.rolled_back);
    lee_journal_check_result result;
    assert_int_equal(lee_journal_check(file_memory_fs(restored), "j", NULL, NULL, NULL, &result),
                     LEE_ERR_CORRUPT);
    file_memory_free(restored);
    file_memory_free(copy);
    file_memory_free(memory);
}

/* Puts a head in place that another program signed with the journal's key. */
static void sign_elsewhere(file_memory *memory, uint64_t size, const lee_digest *root)
{
    lee_disk disk;
    lee_path path;
    lee_note_signer key;
    char text[LEE_CHECKPOINT_TEXT_BYTES];
    lee_disk_init(&disk, file_memory_fs(memory), "j");
    assert_int_equal(lee__key_read(&disk, &key), LEE_OK);
    const size_t length = lee_checkpoint_sign(size, root, &key, text);
    lee_path_set(&path, "j/keys/last_head");
    assert_int_equal(lee_disk_put(&disk, &path, text, length), LEE_OK);
}

static void a_signer_at_work_refuses_a_head_smaller_than_its_last(void **state)
{
    (void)state;
    file_memory *memory = file_memory_create();
    lee_journal_recovery found;
    lee_journal *journal = open_journal(memory, &found);
    append(journal, 10);
    assert_int_equal(lee_journal_commit(journal), LEE_OK);
    assert_int_equal(lee_journal_checkpoint(journal), LEE_OK);
    lee_digest root = lee_journal_root(journal);
    root.bytes[0] ^= 1;
    sign_elsewhere(memory, 12, &root);
    append(journal, 1);
    assert_int_equal(lee_journal_commit(journal), LEE_OK);
    assert_int_equal(lee_journal_checkpoint(journal), LEE_ERR_STATE);
    lee_journal_state now;
    lee_journal_status(journal, &now);
    assert_false(now.degraded);
    assert_int_equal(now.checkpoint_size, 10);
    assert_non_null(strstr(now.message, "last_head"));
    lee_journal_abandon(journal);
    file_memory_free(memory);
}

static void a_missing_or_damaged_last_head_is_told_and_written_anew(void **state)
{
    (void)state;
    for (int damaged = 0; damaged < 2; damaged++) {
        file_memory *memory = file_memory_create();
        lee_journal_recovery found;
        lee_journal *journal = open_journal(memory, &found);
        append(journal, 10);
        assert_int_equal(lee_journal_close(journal), LEE_OK);
        if (damaged) {
            file_memory_cut(memory, "j/keys/last_head", 30);
        } else {
            file_memory_delete(memory, "j/keys/last_head");
        }
        journal = open_journal(memory, &found);
        assert_non_null(strstr(found.message, "last_head"));
        assert_false(found.rolled_back);
        append(journal, 1);
        assert_int_equal(lee_journal_close(journal), LEE_OK);
        journal = open_journal(memory, &found);
        assert_string_equal(found.message, "");
        lee_journal_abandon(journal);
        file_memory_free(memory);
    }
}

static void a_new_epoch_begins_with_the_old_head_and_the_reason(void **state)
{
    (void)state;
    file_memory *memory = file_memory_create();
    const lee_file_system *const fs = file_memory_fs(memory);
    lee_journal_recovery found;
    lee_journal *journal = open_journal(memory, &found);
    append(journal, 300);
    const lee_note_verifier first = *lee_journal_verifier(journal);
    assert_int_equal(lee_journal_close(journal), LEE_OK);
    const char *const folders[] = {"j", "e2", "e3", "e4"};
    const char *const from[] = {"", "j", "j", "e2"};
    for (int i = 1; i < 4; i++) {
        assert_int_equal(lee_journal_begin_epoch(fs, from[i], folders[i], "restored \"Monday\"", 77,
                                                 seed, NULL, &journal, &found),
                         LEE_OK);
        const char *const end = i == 1 ? "/e2" : i == 2 ? "/e3" : "/e2/e2"; /* never one twice */
        const char *const name = lee_journal_verifier(journal)->name;
        assert_memory_equal(name, first.name, strlen(first.name));
        assert_string_equal(name + strlen(first.name), end);
        assert_memory_equal(lee_journal_verifier(journal)->public_key, first.public_key, 32);
        assert_int_equal(lee_journal_close(journal), LEE_OK);
        if (i == 3) {
            break;
        }
        lee_journal_reader *reader = NULL;
        lee_record record;
        assert_int_equal(lee_journal_reader_open(fs, folders[i], 0, &reader), LEE_OK);
        assert_int_equal(lee_journal_reader_next(reader, &record), LEE_OK);
        assert_int_equal(record.kind, LEE_RECORD_EPOCH);
        char text[2048] = "";
        memcpy(text, record.bytes, record.length);
        assert_non_null(strstr(text, "restored \\\"Monday\\\""));
        assert_non_null(strstr(text, "\\n300\\n"));
        lee_journal_reader_close(reader);
        lee_journal_check_result result;
        assert_int_equal(lee_journal_check(fs, folders[i], NULL, print_place, NULL, &result),
                         LEE_OK);
    }
    assert_int_equal(
        lee_journal_begin_epoch(fs, "j", "e2", "again", 77, seed, NULL, &journal, &found),
        LEE_ERR_STATE);
    assert_non_null(strstr(found.message, "not empty"));
    assert_int_equal(
        lee_journal_begin_epoch(fs, "none", "e9", "again", 77, seed, NULL, &journal, &found),
        LEE_ERR_MISSING);
    assert_int_equal(file_memory_open_count(memory), 0);
    file_memory_free(memory);
}

/* Open, append, commit, checkpoint, degrade or not, close: what the loops below run. */
static void run_all(file_memory *memory, uint64_t *acknowledged)
{
    const lee_journal_options options = small_options();
    lee_journal *journal = NULL;
    lee_journal_recovery found;
    if (lee_journal_open(file_memory_fs(memory), "j", &options, &journal, &found)) {
        return;
    }
    for (uint64_t i = 0; i < 30; i++) {
        uint8_t bytes[64];
        uint64_t index = 0;
        const size_t length = make_record(lee_journal_count(journal), bytes);
        const lee_error appended =
            lee_journal_append(journal, LEE_RECORD_FRAME, bytes, length, &index);
        const lee_error error = i % 3 == 2 ? lee_journal_commit(journal) : LEE_ERR_STATE;
        if (!appended && !error) {
            *acknowledged = index + 1;
        }
        if (i == 14) {
            const lee_error sealed = lee_journal_checkpoint(journal);
            (void)sealed;
        }
    }
    const lee_error closed = lee_journal_close(journal);
    (void)closed;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    bool passed = false;
    for (uint64_t fail_at = 1; !passed; fail_at++) {
        file_memory *memory = file_memory_create();
        uint64_t acknowledged = 0;
        lee_alloc_test_fail(fail_at);
        run_all(memory, &acknowledged);
        const uint64_t asked = lee_alloc_test_fail(0);
        passed = asked < fail_at;
        assert_int_equal(file_memory_open_count(memory), 0);
        lee_journal_recovery found;
        lee_journal *journal = open_journal(memory, &found);
        assert_true(found.count >= acknowledged);
        assert_int_equal(lee_journal_close(journal), LEE_OK);
        expect_sound(memory, found.count);
        file_memory_free(memory);
        assert_true(fail_at < 10000);
    }
}

static void every_call_may_fail(void **state)
{
    (void)state;
    const int errors[] = {EIO, ENOSPC, ENOMEM, EMFILE};
    for (size_t kind = 0; kind < 8; kind++) {
        bool passed = false;
        for (uint64_t fail_at = 1; !passed; fail_at++) {
            file_memory *memory = file_memory_create();
            uint64_t acknowledged = 0;
            file_memory_fail(memory, fail_at, errors[kind / 2], kind % 2 == 1);
            run_all(memory, &acknowledged);
            passed = !file_memory_did_fail(memory);
            file_memory_fail(memory, 0, 0, false);
            assert_int_equal(file_memory_open_count(memory), 0);
            assert_int_equal(file_memory_forbidden_syncs(memory), 0);
            /* The machine stops now: only what is on the disk counts. */
            for (uint64_t cut = 0; cut < 6; cut++) {
                uint64_t unused = 0;
                file_memory *after = file_memory_crash(memory, file_memory_op_count(memory),
                                                       fail_at * 64 + cut, &unused);
                lee_journal_recovery found;
                lee_journal *journal = open_journal(after, &found);
                assert_true(found.count >= acknowledged);
                assert_int_equal(lee_journal_close(journal), LEE_OK);
                expect_sound(after, found.count);
                expect_records(after, 0, found.count);
                file_memory_free(after);
            }
            file_memory_free(memory);
            assert_true(fail_at < 10000);
        }
    }
}

/* Commits some records and seals a slice after each; failures are the caller's. */
static void grow_in_slices(lee_journal *journal, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        uint8_t bytes[64];
        uint64_t index = 0;
        const size_t length = make_record(lee_journal_count(journal), bytes);
        lee_error error = lee_journal_append(journal, LEE_RECORD_FRAME, bytes, length, &index);
        if (i % 40 == 39 && lee_journal_commit(journal) == LEE_OK) {
            bool done = false;
            error = lee_journal_checkpoint_some(journal, 2, &done);
        }
        (void)error;
    }
}

static void sealing_that_fails_begins_again_and_signs_a_sound_head(void **state)
{
    (void)state;
    bool passed = false;
    for (uint64_t fail_at = 1; !passed; fail_at++) {
        file_memory *memory = file_memory_create();
        lee_journal_recovery found;
        lee_journal *journal = open_journal(memory, &found);
        append(journal, 130);
        assert_int_equal(lee_journal_checkpoint(journal), LEE_OK);
        file_memory_fail(memory, fail_at, EIO, false);
        grow_in_slices(journal, 400);
        passed = !file_memory_did_fail(memory);
        file_memory_fail(memory, 0, 0, false);
        lee_journal_state now;
        lee_journal_status(journal, &now);
        if (now.degraded) {
            assert_int_equal(lee_journal_reopen(journal, 1, 2), LEE_OK);
        }
        assert_int_equal(lee_journal_commit(journal), LEE_OK);
        assert_int_equal(lee_journal_checkpoint(journal), LEE_OK);
        lee_journal_status(journal, &now);
        assert_int_equal(now.checkpoint_size, now.durable_count);
        assert_int_equal(file_memory_forbidden_syncs(memory), 0);
        uint64_t unused = 0;
        file_memory *after =
            file_memory_crash(memory, file_memory_op_count(memory), fail_at, &unused);
        lee_journal_abandon(journal);
        assert_int_equal(file_memory_open_count(memory), 0);
        journal = open_journal(after, &found);
        assert_int_equal(found.checkpoint_size, now.checkpoint_size);
        lee_journal_abandon(journal);
        expect_sound(after, found.count);
        file_memory_free(after);
        file_memory_free(memory);
        assert_true(fail_at < 10000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_committed_is_read_again),
        cmocka_unit_test(a_journal_goes_on_over_many_sessions),
        cmocka_unit_test(nothing_uncommitted_is_promised),
        cmocka_unit_test(checkpoints_leave_bundles_tiles_and_no_old_segments),
        cmocka_unit_test(large_commits_begin_new_segments_too),
        cmocka_unit_test(opening_says_the_root_over_the_records_asked_for),
        cmocka_unit_test(a_derived_key_belongs_to_the_journal_and_the_purpose),
        cmocka_unit_test(a_record_longer_than_an_entry_has_its_own_file),
        cmocka_unit_test(after_a_failed_sync_the_journal_degrades_and_comes_back_with_a_gap_record),
        cmocka_unit_test(a_folder_without_journal_or_key_is_refused),
        cmocka_unit_test(a_head_that_the_key_did_not_sign_is_refused),
        cmocka_unit_test(records_that_a_failed_sync_dropped_are_written_again),
        cmocka_unit_test(damage_among_acknowledged_records_is_named_and_nothing_is_changed),
        cmocka_unit_test(a_cut_off_tail_is_kept_aside_and_the_journal_goes_on),
        cmocka_unit_test(segments_before_the_end_may_not_be_missing),
        cmocka_unit_test(a_flipped_bit_in_memory_is_never_signed),
        cmocka_unit_test(restoring_an_old_copy_never_shrinks_under_a_newer_head),
        cmocka_unit_test(a_journal_restored_from_an_older_copy_signs_nothing_under_its_origin),
        cmocka_unit_test(other_records_under_a_signed_place_are_refused),
        cmocka_unit_test(a_signer_at_work_refuses_a_head_smaller_than_its_last),
        cmocka_unit_test(a_missing_or_damaged_last_head_is_told_and_written_anew),
        cmocka_unit_test(a_new_epoch_begins_with_the_old_head_and_the_reason),
        cmocka_unit_test(sealing_that_fails_begins_again_and_signs_a_sound_head),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(every_call_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
