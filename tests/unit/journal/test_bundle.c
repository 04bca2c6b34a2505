#define _GNU_SOURCE /* memmem */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "journal/bundle.h"
#include "journal/bundle_private.h"
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
        lee_bundle_close(&bundle);
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
        lee_bundle_close(&bundle);
        bytes[i] ^= (uint8_t)(1 << i % 8);
        if (i % 7 == 0) {
            assert_int_equal(lee_bundle_open(bytes, i, NULL, &bundle), LEE_ERR_CORRUPT);
            lee_bundle_close(&bundle);
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
        lee_bundle_close(&bundle);
    }
}

/* --- values that are sealed apart --------------------------------------------------------------
 */

#define SIGHTINGS 12

static lee_journal *make_sightings(file_memory *memory)
{
    lee_journal *const journal = make_journal(memory, 20);
    char text[128];
    for (int i = 0; i < SIGHTINGS; i++) {
        const int length = snprintf(
            text, sizeof text, "{\"id\":%d,\"lat\":51.5%06d,\"lon\":7,\"what\":\"jet\"}", i, i);
        const size_t lat = (size_t)(strstr(text, "51.5") - text);
        const size_t lon = (size_t)(strstr(text, "lon") - text) + 5;
        const lee_sealed_span spans[] = {{"lat", lat, 10}, {"lon", lon, 1}};
        uint64_t index = 0;
        assert_int_equal(lee_journal_append_sealed(journal, LEE_RECORD_SIGHTING,
                                                   (const uint8_t *)text, (size_t)length, spans, 2,
                                                   &index),
                         LEE_OK);
        assert_int_equal(index, 20 + i);
    }
    assert_int_equal(lee_journal_commit(journal), LEE_OK);
    return journal;
}

static lee_error make_redacted(file_memory *memory, const char *name, uint32_t *redacted,
                               lee_zip *zip)
{
    const lee_bundle_plan plan = {.first = 18,
                                  .end = 20 + SIGHTINGS,
                                  .redact = &name,
                                  .redact_count = name ? 1 : 0,
                                  .redacted = redacted};
    lee_zip_init(zip);
    *redacted = 0;
    return lee_bundle_make(file_memory_fs(memory), "j", &plan, zip);
}

/* Whether the archive has the place of observer `i` in the clear or in base64 of any phase. */
static bool tells(const lee_zip *zip, int i)
{
    char text[32];
    snprintf(text, sizeof text, "51.5%06d", i);
    const uint8_t *const bytes = zip->out.bytes;
    for (size_t at = 0; at + 10 <= zip->out.length; at++) {
        if (memcmp(bytes + at, text, 10) == 0) {
            return true;
        }
    }
    return false;
}

static void a_bundle_may_leave_out_sealed_values_and_verifies(void **unused)
{
    (void)unused;
    file_memory *memory = file_memory_create();
    assert_int_equal(lee_journal_close(make_sightings(memory)), LEE_OK);
    const struct {
        const char *name;
        uint32_t sealed;
        uint32_t withheld;
    } cases[] = {{NULL, 2 * SIGHTINGS, 0},
                 {"lat", SIGHTINGS, SIGHTINGS},
                 {"all", 0, 2 * SIGHTINGS},
                 {"key", 2 * SIGHTINGS, 0}};
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        lee_zip zip;
        lee_bundle bundle;
        uint32_t redacted = 0;
        assert_int_equal(make_redacted(memory, cases[c].name, &redacted, &zip), LEE_OK);
        assert_int_equal(redacted, cases[c].withheld);
        assert_int_equal(lee_bundle_open(zip.out.bytes, zip.out.length, NULL, &bundle), LEE_OK);
        assert_int_equal(bundle.sealed, cases[c].sealed);
        assert_int_equal(bundle.withheld, cases[c].withheld);
        assert_int_equal(bundle.missing, cases[c].withheld);
        for (int round = 0; round < 2; round++) { /* walked twice */
            size_t at = 0;
            uint64_t index = bundle.first;
            lee_record record;
            while (lee_bundle_next(&bundle, &at, &index, &record)) {
                if (record.kind == LEE_RECORD_SIGHTING) {
                    char text[32];
                    snprintf(text, sizeof text, "\"lat\":51.5%06d,", (int)record.index - 20);
                    assert_true(cases[c].withheld
                                    ? record.length == 0
                                    : memmem(record.bytes, record.length, text, 16) != NULL);
                }
            }
            assert_int_equal(index, bundle.end);
        }
        assert_false(tells(&zip, 3)); /* never in records.bin */
        lee_bundle_close(&bundle);
        lee_zip_free(&zip);
    }
    file_memory_free(memory);
}

/* --- values of records that are apart ----------------------------------------------------------
 */

static bool tells_even(const void *context, const lee_record *record)
{
    (void)context;
    return memmem(record->bytes, record->length, "\"n\":0", 5) != NULL;
}

/* Who reads the journal gets none of them; a bundle has those that its plan says, and whatever it
 * leaves out, its decisions can be run again. */
static void values_of_records_apart_are_given_when_they_are_disclosed(void **unused)
{
    (void)unused;
    file_memory *memory = file_memory_create();
    lee_journal *const journal = make_journal(memory, 20);
    char text[64];
    for (int i = 0; i < 4; i++) {
        const int length = snprintf(text, sizeof text, "{\"n\":%d,\"operator_lat\":51.5}", i % 2);
        const lee_sealed_span span = {"operator_lat", (size_t)length - 5, 4};
        uint64_t index = 0;
        assert_int_equal(lee_journal_append_sealed(journal, LEE_RECORD_REMOTE_OPERATOR,
                                                   (const uint8_t *)text, (size_t)length, &span, 1,
                                                   &index),
                         LEE_OK);
    }
    assert_int_equal(lee_journal_commit(journal), LEE_OK);
    assert_int_equal(lee_journal_close(journal), LEE_OK);
    for (int disclosed = 0; disclosed < 2; disclosed++) {
        lee_journal_reader *reader = NULL;
        assert_int_equal(lee_journal_reader_open(file_memory_fs(memory), "j", 20, &reader), LEE_OK);
        if (disclosed) {
            lee_journal_reader_disclose(reader);
        }
        lee_record record;
        assert_int_equal(lee_journal_reader_next(reader, &record), LEE_OK);
        assert_int_equal(record.kind, LEE_RECORD_REMOTE_OPERATOR);
        assert_int_equal(record.length, disclosed ? 27 : 0);
        size_t length = 0;
        assert_int_equal(lee_journal_reader_sealed(reader, 0, &length) != NULL, disclosed);
        lee_journal_reader_close(reader);
        uint32_t redacted = 0;
        const lee_bundle_plan plan = {.first = 18,
                                      .end = 24,
                                      .discloses = disclosed ? tells_even : NULL,
                                      .redacted = &redacted};
        lee_zip zip;
        lee_bundle bundle;
        lee_zip_init(&zip);
        assert_int_equal(lee_bundle_make(file_memory_fs(memory), "j", &plan, &zip), LEE_OK);
        assert_int_equal(lee_bundle_open(zip.out.bytes, zip.out.length, NULL, &bundle), LEE_OK);
        assert_int_equal(redacted, disclosed ? 2 : 0);
        assert_int_equal(bundle.sealed, disclosed ? 2 : 0);
        assert_int_equal(bundle.withheld, disclosed ? 2 : 4);
        assert_int_equal(bundle.missing, 0);
        assert_null(memmem(zip.out.bytes, zip.out.length, "51.5", 4));
        lee_bundle_close(&bundle);
        lee_zip_free(&zip);
    }
    /* Destroyed, it is not missed. */
    file_memory_delete(memory, "j/sealed/00000000000000000020");
    lee_journal_reader *reader = NULL;
    lee_record record;
    assert_int_equal(lee_journal_reader_open(file_memory_fs(memory), "j", 20, &reader), LEE_OK);
    assert_int_equal(lee_journal_reader_next(reader, &record), LEE_OK);
    assert_false(lee_journal_reader_withheld(reader));
    lee_journal_reader_close(reader);
    file_memory_free(memory);
}

static void a_sealed_value_cannot_be_altered_moved_or_added(void **unused)
{
    (void)unused;
    file_memory *memory = file_memory_create();
    assert_int_equal(lee_journal_close(make_sightings(memory)), LEE_OK);
    lee_zip zip;
    uint32_t redacted = 0;
    assert_int_equal(make_redacted(memory, NULL, &redacted, &zip), LEE_OK);
    lee_zip_file *files = NULL;
    uint32_t count = 0;
    assert_int_equal(lee_zip_read(zip.out.bytes, zip.out.length, &files, &count), LEE_OK);
    uint32_t at = 0;
    while (strcmp(files[at].name, "sealed.txt") != 0) {
        at++;
    }
    const size_t length = files[at].length;
    const size_t first_line = strcspn((const char *)files[at].bytes, "\n") + 1;
    uint8_t *const altered = lee_alloc(2 * length, 1);
    for (size_t how = 0; how < length + 3; how++) {
        memcpy(altered, files[at].bytes, length);
        size_t new_length = length;
        if (how < length) {
            altered[how] ^= 1;
        } else if (how == length) { /* a line twice */
            memcpy(altered + length, altered + length - first_line, first_line);
            new_length += first_line;
        } else if (how == length + 1) { /* cut */
            new_length--;
        } else { /* two lines change places */
            memcpy(altered, files[at].bytes + first_line, length - first_line);
            memcpy(altered + length - first_line, files[at].bytes, first_line);
        }
        lee_zip forged;
        lee_zip_init(&forged);
        lee_zip_file *const list = lee_alloc(count, sizeof *list);
        memcpy(list, files, count * sizeof *list);
        list[at].bytes = altered;
        list[at].length = new_length;
        lee_buffer sums;
        lee_buffer_init(&sums, 65536);
        lee__bundle_sums(list, count, &sums);
        for (uint32_t i = 0; i < count; i++) {
            const bool is_sums = strcmp(list[i].name, "SHA256SUMS") == 0;
            lee_zip_add(&forged, list[i].name, is_sums ? sums.bytes : list[i].bytes,
                        is_sums ? sums.length : list[i].length);
        }
        assert_int_equal(lee_zip_end(&forged), LEE_OK);
        lee_bundle bundle;
        assert_int_equal(lee_bundle_open(forged.out.bytes, forged.out.length, NULL, &bundle),
                         LEE_ERR_CORRUPT);
        assert_string_equal(bundle.file, "sealed.txt");
        lee_bundle_close(&bundle);
        lee_buffer_free(&sums);
        lee_free(list);
        lee_zip_free(&forged);
    }
    lee_free(altered);
    lee_free(files);
    lee_zip_free(&zip);
    file_memory_free(memory);
}

static void destroyed_values_leave_every_proof_as_it_was(void **unused)
{
    (void)unused;
    file_memory *memory = file_memory_create();
    assert_int_equal(lee_journal_close(make_sightings(memory)), LEE_OK);
    lee_journal_check_result result;
    const lee_file_system *const fs = file_memory_fs(memory);
    assert_int_equal(lee_journal_check(fs, "j", NULL, NULL, NULL, &result), LEE_OK);
    assert_int_equal(result.sealed, SIGHTINGS);
    assert_int_equal(result.withheld, 0);
    file_memory_delete(memory, "j/sealed/00000000000000000023");
    assert_int_equal(lee_journal_check(fs, "j", NULL, NULL, NULL, &result), LEE_OK);
    assert_int_equal(result.withheld, 1);
    /* The reader says so, gives the record's place and kind, and goes on. */
    lee_journal_reader *reader = NULL;
    lee_record record;
    assert_int_equal(lee_journal_reader_open(fs, "j", 23, &reader), LEE_OK);
    assert_int_equal(lee_journal_reader_next(reader, &record), LEE_ERR_CORRUPT);
    assert_true(lee_journal_reader_withheld(reader));
    assert_int_equal(record.index, 23);
    assert_int_equal(record.kind, LEE_RECORD_SIGHTING);
    assert_int_equal(record.length, 0);
    assert_int_equal(lee_journal_reader_next(reader, &record), LEE_OK);
    assert_false(lee_journal_reader_withheld(reader));
    assert_int_equal(record.index, 24);
    lee_journal_reader_close(reader);
    lee_zip zip;
    lee_bundle bundle;
    uint32_t redacted = 0;
    assert_int_equal(make_redacted(memory, NULL, &redacted, &zip), LEE_OK);
    assert_int_equal(lee_bundle_open(zip.out.bytes, zip.out.length, NULL, &bundle), LEE_OK);
    assert_int_equal(bundle.withheld, 2);
    lee_bundle_close(&bundle);
    lee_zip_free(&zip);
    /* One that is altered is damage. */
    size_t length = 0;
    file_memory_bytes(memory, "j/sealed/00000000000000000024", &length)[40] ^= 1;
    assert_int_equal(lee_journal_check(fs, "j", NULL, NULL, NULL, &result), LEE_ERR_CORRUPT);
    assert_int_equal(result.damage_count, 1);
    file_memory_free(memory);
}

static void every_call_of_sealing_may_fail(void **unused)
{
    (void)unused;
    for (uint64_t fail_at = 1;; fail_at++) {
        file_memory *memory = file_memory_create();
        lee_journal *journal = make_journal(memory, 3);
        const lee_sealed_span span = {"key", 0, 16};
        uint64_t index = 0;
        file_memory_fail(memory, fail_at, EIO, false);
        lee_error error =
            lee_journal_append_sealed(journal, LEE_RECORD_KEY, seed, 16, &span, 1, &index);
        error = error ? error : lee_journal_commit(journal);
        const bool failed = file_memory_did_fail(memory);
        file_memory_fail(memory, 0, 0, false);
        lee_journal_abandon(journal);
        /* The machine stops: what was acknowledged is there with its value. */
        uint64_t unused_count = 0;
        file_memory *after =
            file_memory_crash(memory, file_memory_op_count(memory), fail_at, &unused_count);
        lee_journal_options options;
        lee_journal_recovery found;
        lee_journal_options_default(&options);
        options.seed = seed;
        assert_int_equal(lee_journal_open(file_memory_fs(after), "j", &options, &journal, &found),
                         LEE_OK);
        assert_true(found.count >= (error ? 3 : 4));
        assert_int_equal(lee_journal_close(journal), LEE_OK);
        if (!error) {
            lee_journal_reader *reader = NULL;
            lee_record record;
            assert_int_equal(lee_journal_reader_open(file_memory_fs(after), "j", 3, &reader),
                             LEE_OK);
            assert_int_equal(lee_journal_reader_next(reader, &record), LEE_OK);
            assert_int_equal(record.length, 16);
            assert_memory_equal(record.bytes, seed, 16);
            lee_journal_reader_close(reader);
        }
        file_memory_free(after);
        file_memory_free(memory);
        if (!failed) {
            assert_true(fail_at > 5);
            return;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bundle_of_any_range_verifies_and_gives_its_records),
        cmocka_unit_test(what_no_head_covers_is_not_bundled),
        cmocka_unit_test(every_changed_byte_and_every_cut_is_refused),
        cmocka_unit_test(random_bytes_are_no_archive),
        cmocka_unit_test(a_bundle_may_leave_out_sealed_values_and_verifies),
        cmocka_unit_test(values_of_records_apart_are_given_when_they_are_disclosed),
        cmocka_unit_test(a_sealed_value_cannot_be_altered_moved_or_added),
        cmocka_unit_test(destroyed_values_leave_every_proof_as_it_was),
        cmocka_unit_test(every_call_of_sealing_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
