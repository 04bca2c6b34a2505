#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "journal/bundle.h"
#include "journal/tiles.h"
#include "support/file_memory.c"

static const uint8_t seed[32] = "a seed for tests, never for use";

/* Record i is a letter repeated; number 300 is longer than an entry. */
static lee_journal *make_journal(file_memory *memory, uint64_t count)
{
    lee_journal_options options;
    lee_journal_options_default(&options);
    options.seed = seed;
    lee_journal *journal = NULL;
    lee_journal_recovery found;
    assert_int_equal(lee_journal_open(file_memory_fs(memory), "j", &options, &journal, &found),
                     LEE_OK);
    static uint8_t bytes[70000];
    for (uint64_t i = 0; i < count; i++) {
        uint64_t index = 0;
        memset(bytes, (int)('a' + i % 26), sizeof(bytes));
        assert_int_equal(lee_journal_append(journal, LEE_RECORD_FRAME, bytes,
                                            i == 300 ? sizeof(bytes) : 1 + i % 40, &index),
                         LEE_OK);
    }
    assert_int_equal(lee_journal_commit(journal), LEE_OK);
    return journal;
}

static lee_error make_bundle(file_memory *memory, uint64_t first, uint64_t end, lee_zip *zip)
{
    const uint64_t singles[] = {first, end - 1};
    const lee_zip_file readme = {.name = "README.txt", .bytes = (const uint8_t *)"hi", .length = 2};
    const lee_bundle_plan plan = {.first = first,
                                  .end = end,
                                  .singles = singles,
                                  .single_count = end - first > 1 ? 2 : 1,
                                  .documents = &readme,
                                  .document_count = 1};
    lee_zip_init(zip);
    return lee_bundle_make(file_memory_fs(memory), "j", &plan, zip);
}

static void a_bundle_of_any_range_verifies_and_gives_its_records(void **unused)
{
    (void)unused;
    const uint64_t ranges[][2] = {{0, 1},     {0, 700},   {255, 257}, {256, 512},
                                  {299, 302}, {699, 700}, {511, 640}, {0, 256}};
    file_memory *memory = file_memory_create();
    assert_int_equal(lee_journal_close(make_journal(memory, 700)), LEE_OK);
    for (size_t r = 0; r < sizeof(ranges) / sizeof(ranges[0]); r++) {
        lee_zip zip;
        assert_int_equal(make_bundle(memory, ranges[r][0], ranges[r][1], &zip), LEE_OK);
        lee_bundle bundle;
        const lee_error error = lee_bundle_open(zip.out.bytes, zip.out.length, NULL, &bundle);
        if (error) {
            print_error("%s %s\n", bundle.file, bundle.reason);
        }
        assert_int_equal(error, LEE_OK);
        size_t at = 0;
        uint64_t index = bundle.first;
        lee_record record;
        while (lee_bundle_next(&bundle, &at, &index, &record)) {
            assert_int_equal(record.bytes[0], 'a' + record.index % 26);
            assert_int_equal(record.length, record.index == 300 ? 70000 : 1 + record.index % 40);
        }
        assert_int_equal(index, ranges[r][1]);
        lee_free(bundle.files);
        lee_zip_free(&zip);
    }
    file_memory_free(memory);
}

static void what_no_head_covers_is_not_bundled(void **unused)
{
    (void)unused;
    file_memory *memory = file_memory_create();
    lee_journal *journal = make_journal(memory, 20);
    assert_int_equal(lee_journal_checkpoint(journal), LEE_OK);
    uint64_t index = 0;
    assert_int_equal(lee_journal_append(journal, LEE_RECORD_TICK, seed, 3, &index), LEE_OK);
    assert_int_equal(lee_journal_commit(journal), LEE_OK);
    lee_zip zip;
    assert_int_equal(make_bundle(memory, 3, 21, &zip), LEE_ERR_STATE);
    lee_zip_free(&zip);
    lee_journal_abandon(journal);
    file_memory_free(memory);
}

static void every_changed_byte_and_every_cut_is_refused(void **unused)
{
    (void)unused;
    file_memory *memory = file_memory_create();
    assert_int_equal(lee_journal_close(make_journal(memory, 40)), LEE_OK);
    lee_zip zip;
    assert_int_equal(make_bundle(memory, 5, 9, &zip), LEE_OK);
    uint8_t *const bytes = zip.out.bytes;
    for (size_t i = 0; i < zip.out.length; i++) {
        lee_bundle bundle;
        bytes[i] ^= (uint8_t)(1 << i % 8);
        assert_int_equal(lee_bundle_open(bytes, zip.out.length, NULL, &bundle), LEE_ERR_CORRUPT);
        assert_non_null(bundle.reason);
        lee_free(bundle.files);
        bytes[i] ^= (uint8_t)(1 << i % 8);
        if (i % 7 == 0) {
            assert_int_equal(lee_bundle_open(bytes, i, NULL, &bundle), LEE_ERR_CORRUPT);
            lee_free(bundle.files);
        }
    }
    lee_zip_free(&zip);
    file_memory_free(memory);
}

static void random_bytes_are_no_archive(void **unused)
{
    (void)unused;
    uint64_t state = 5;
    uint8_t bytes[200];
    for (int i = 0; i < 2000; i++) {
        for (size_t k = 0; k < sizeof(bytes); k++) {
            bytes[k] = (uint8_t)file_memory_random(&state);
        }
        memcpy(bytes, "PK\3\4", i % 2 ? 4 : 0);
        lee_bundle bundle;
        assert_int_equal(
            lee_bundle_open(bytes, file_memory_random(&state) % sizeof(bytes), NULL, &bundle),
            LEE_ERR_CORRUPT);
        lee_free(bundle.files);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bundle_of_any_range_verifies_and_gives_its_records),
        cmocka_unit_test(what_no_head_covers_is_not_bundled),
        cmocka_unit_test(every_changed_byte_and_every_cut_is_refused),
        cmocka_unit_test(random_bytes_are_no_archive),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
