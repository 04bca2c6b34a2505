#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "leeward/report.h"
#include "record/codec.h"
#include "record/input.h"
#include "store/views.h"

static char path[64];

static lee_views *open_views(const char *journal)
{
    lee_views *views = NULL;
    assert_int_equal(lee_views_open(path, journal, &views), LEE_OK);
    return views;
}

static int begin(void **state)
{
    (void)state;
    (void)snprintf(path, sizeof path, "test-views-%ld.sqlite", (long)getpid());
    lee_views_delete(path);
    return 0;
}

static int end(void **state)
{
    (void)state;
    lee_views_delete(path);
    return 0;
}

static void apply(lee_views *views, uint64_t index, lee_record_kind kind, const void *bytes,
                  size_t length)
{
    const lee_record record = {.index = index, .kind = kind, .bytes = bytes, .length = length};
    assert_int_equal(lee_views_apply(views, &record), LEE_OK);
}

static void apply_event(lee_views *views, uint64_t index, lee_event_kind kind, uint64_t incident,
                        int64_t t_us)
{
    lee_buffer bytes;
    lee_buffer_init(&bytes, 4096);
    const lee_event event = {.seq = index + 1,
                             .t_us = t_us,
                             .kind = kind,
                             .incident = incident,
                             .zone = "harbour",
                             .zone_generation = 1,
                             .target = {"icao24:4b1815"},
                             .present = LEE_EVENT_HAS_CALLSIGN,
                             .callsign = "UNO42"};
    lee_event_encode(&event, &bytes);
    apply(views, index, LEE_RECORD_EVENT, bytes.bytes, bytes.length);
    lee_buffer_free(&bytes);
}

static void apply_zones(lee_views *views, uint64_t index, uint64_t generation, const char *name)
{
    char text[512];
    lee_buffer bytes;
    lee_buffer_init(&bytes, 4096);
    (void)snprintf(text, sizeof text,
                   "{\"features\":[{\"id\":\"harbour\",\"properties\":{\"kind\":\"no_fly\","
                   "\"name\":{\"en\":\"%s\",\"ar\":\"ميناء\"},\"protects\":\"hospital\"}}]}",
                   name);
    const lee_input_text input = {(int64_t)index * 1000, generation, (const uint8_t *)text,
                                  strlen(text)};
    lee_input_text_encode(&input, &bytes);
    apply(views, index, LEE_RECORD_ZONES, bytes.bytes, bytes.length);
    lee_buffer_free(&bytes);
}

static void apply_frame(lee_views *views, uint64_t index, int64_t t_us)
{
    char text[160];
    lee_buffer bytes;
    lee_buffer_init(&bytes, 4096);
    (void)snprintf(text, sizeof text,
                   "{\"t_us\":%lld,\"target\":\"icao24:4b1815\",\"source\":\"adsb\",\"lat\":1,"
                   "\"lon\":2,\"callsign\":\"UNO42\"}",
                   (long long)t_us);
    const lee_frame frame = {.t_us = t_us,
                             .bytes = (const uint8_t *)text,
                             .length = (uint32_t)strlen(text),
                             .format = LEE_FORMAT_REPORT_JSONL};
    lee_frame_encode(&frame, &bytes);
    apply(views, index, LEE_RECORD_FRAME, bytes.bytes, bytes.length);
    lee_buffer_free(&bytes);
}

/* The answer as text, to be freed. */
static lee_buffer search(lee_views *views, lee_views_kind kind, const char *words,
                         const char *after, uint32_t limit)
{
    lee_buffer out;
    lee_buffer_init(&out, 1u << 20);
    const lee_views_query query = {.kind = kind,
                                   .words = words,
                                   .after = after,
                                   .from_us = INT64_MIN,
                                   .to_us = INT64_MAX,
                                   .limit = limit};
    assert_int_equal(lee_views_search(views, &query, 0, &out), LEE_OK);
    lee_buffer_char(&out, '\0');
    return out;
}

static bool finds(lee_views *views, lee_views_kind kind, const char *words, const char *what)
{
    lee_buffer out = search(views, kind, words, "", 10);
    const bool found = strstr((const char *)out.bytes, what) != NULL;
    lee_buffer_free(&out);
    return found;
}

static void incidents_are_found_by_zone_name_target_and_callsign(void **state)
{
    (void)state;
    lee_views *const views = open_views("key");
    apply_zones(views, 0, 1, "Old Harbour");
    apply_event(views, 1, LEE_EVENT_PREDICTED, 7, 100);
    apply_event(views, 2, LEE_EVENT_ENTERED, 7, 200);
    assert_int_equal(lee_views_commit(views), LEE_OK);
    const char *const words[] = {"old",           "HARB",  "ميناء",  "4b1815",
                                 "icao24:4b1815", "uno42", "old uno"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        assert_true(finds(views, LEE_VIEWS_INCIDENTS, words[i], "0000000000000007"));
    }
    assert_false(finds(views, LEE_VIEWS_INCIDENTS, "old new", "0000000000000007"));
    assert_false(finds(views, LEE_VIEWS_INCIDENTS, "bour", "0000000000000007"));
    assert_true(finds(views, LEE_VIEWS_INCIDENTS, "", "\"entered_us\":200"));
    lee_views_close(views);
}

static void what_a_zone_protects_is_not_in_the_views(void **state)
{
    (void)state;
    lee_views *const views = open_views("key");
    apply_zones(views, 0, 1, "Harbour");
    assert_int_equal(lee_views_commit(views), LEE_OK);
    assert_false(finds(views, LEE_VIEWS_ZONES, "hospital", "harbour"));
    lee_views_close(views);
}

static void a_zone_has_a_version_for_each_change_and_none_for_a_repetition(void **state)
{
    (void)state;
    lee_views *const views = open_views("key");
    apply_zones(views, 0, 1, "One");
    apply_zones(views, 1, 2, "One");
    apply_zones(views, 2, 3, "Two");
    assert_int_equal(lee_views_commit(views), LEE_OK);
    lee_buffer out = search(views, LEE_VIEWS_ZONES, "", "", 10);
    assert_non_null(strstr((const char *)out.bytes,
                           "\"first_generation\":1,\"last_generation\":2,\"from_us\":0,"
                           "\"to_us\":2000}"));
    assert_non_null(strstr((const char *)out.bytes,
                           "\"first_generation\":3,\"last_generation\":3,\"from_us\":2000}"));
    lee_buffer_free(&out);
    lee_views_close(views);
}

static void what_was_not_committed_is_applied_again(void **state)
{
    (void)state;
    lee_views *views = open_views("key");
    apply_event(views, 0, LEE_EVENT_PREDICTED, 1, 100);
    assert_int_equal(lee_views_commit(views), LEE_OK);
    apply_event(views, 1, LEE_EVENT_PREDICTED, 2, 200);
    lee_views_close(views);
    views = open_views("key");
    assert_int_equal(lee_views_next(views), 1);
    assert_false(finds(views, LEE_VIEWS_INCIDENTS, "", "0000000000000002"));
    apply_event(views, 1, LEE_EVENT_PREDICTED, 2, 200);
    assert_int_equal(lee_views_commit(views), LEE_OK);
    assert_true(finds(views, LEE_VIEWS_INCIDENTS, "", "0000000000000002"));
    lee_views_close(views);
}

static void two_who_write_do_not_apply_a_record_twice(void **state)
{
    (void)state;
    lee_views *const one = open_views("key");
    lee_views *const two = open_views("key");
    apply_frame(one, 0, 100);
    assert_int_equal(lee_views_commit(one), LEE_OK);
    const lee_record tick = {.index = 0, .kind = LEE_RECORD_TICK};
    assert_int_equal(lee_views_apply(two, &tick), LEE_ERR_STATE);
    lee_views_close(one);
    lee_views_close(two);
}

static void a_track_goes_on_after_a_restart_and_ends_with_a_long_silence(void **state)
{
    (void)state;
    lee_views *views = open_views("key");
    apply_frame(views, 0, 1000);
    apply_frame(views, 1, 2000);
    assert_int_equal(lee_views_commit(views), LEE_OK);
    lee_views_close(views);
    views = open_views("key");
    apply_frame(views, 2, 3000);
    apply_frame(views, 3, 3000 + LEE_VIEWS_TRACK_GAP_US + 1);
    assert_int_equal(lee_views_commit(views), LEE_OK);
    lee_buffer out = search(views, LEE_VIEWS_TRACKS, "uno", "", 10);
    assert_non_null(
        strstr((const char *)out.bytes, "\"first_us\":1000,\"last_us\":3000,\"reports\":3}"));
    assert_non_null(strstr((const char *)out.bytes, "\"reports\":1}"));
    lee_buffer_free(&out);
    lee_views_close(views);
}

static void pages_go_on_where_the_last_one_ended(void **state)
{
    (void)state;
    lee_views *const views = open_views("key");
    for (uint64_t i = 0; i < 5; i++) {
        apply_event(views, i, LEE_EVENT_PREDICTED, i + 1, 100);
    }
    assert_int_equal(lee_views_commit(views), LEE_OK);
    lee_buffer first = search(views, LEE_VIEWS_INCIDENTS, "", "", 3);
    assert_non_null(strstr((const char *)first.bytes, "\"next\":\"100.3\""));
    lee_buffer second = search(views, LEE_VIEWS_INCIDENTS, "", "100.3", 3);
    assert_null(strstr((const char *)second.bytes, "next"));
    assert_null(strstr((const char *)second.bytes, "0000000000000003"));
    assert_non_null(strstr((const char *)second.bytes, "0000000000000002"));
    assert_non_null(strstr((const char *)second.bytes, "0000000000000001"));
    lee_buffer_free(&first);
    lee_buffer_free(&second);
    lee_views_close(views);
}

static void a_file_that_is_damaged_or_of_another_journal_is_refused(void **state)
{
    (void)state;
    lee_views *views = open_views("key");
    apply_event(views, 0, LEE_EVENT_PREDICTED, 1, 100);
    assert_int_equal(lee_views_commit(views), LEE_OK);
    lee_views_close(views);
    assert_int_equal(lee_views_open(path, "another", &views), LEE_ERR_CORRUPT);
    FILE *const file = fopen(path, "r+b");
    assert_non_null(file);
    assert_int_equal(fputs("no database at all", file) >= 0, 1);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(lee_views_open(path, "key", &views), LEE_ERR_CORRUPT);
}

static void records_that_cannot_be_read_are_passed_over(void **state)
{
    (void)state;
    lee_views *const views = open_views("key");
    static const lee_record_kind kinds[] = {
        LEE_RECORD_EVENT, LEE_RECORD_WARNING,  LEE_RECORD_ZONES,   LEE_RECORD_PERMITS,
        LEE_RECORD_FRAME, LEE_RECORD_OPERATOR, LEE_RECORD_SESSION, LEE_RECORD_TICK};
    for (uint64_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        apply(views, i, kinds[i], "\xff{nonsense", 10);
    }
    assert_int_equal(lee_views_commit(views), LEE_OK);
    assert_int_equal(lee_views_next(views), sizeof kinds / sizeof kinds[0]);
    lee_views_close(views);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(incidents_are_found_by_zone_name_target_and_callsign, begin,
                                        end),
        cmocka_unit_test_setup_teardown(what_a_zone_protects_is_not_in_the_views, begin, end),
        cmocka_unit_test_setup_teardown(
            a_zone_has_a_version_for_each_change_and_none_for_a_repetition, begin, end),
        cmocka_unit_test_setup_teardown(what_was_not_committed_is_applied_again, begin, end),
        cmocka_unit_test_setup_teardown(two_who_write_do_not_apply_a_record_twice, begin, end),
        cmocka_unit_test_setup_teardown(
            a_track_goes_on_after_a_restart_and_ends_with_a_long_silence, begin, end),
        cmocka_unit_test_setup_teardown(pages_go_on_where_the_last_one_ended, begin, end),
        cmocka_unit_test_setup_teardown(a_file_that_is_damaged_or_of_another_journal_is_refused,
                                        begin, end),
        cmocka_unit_test_setup_teardown(records_that_cannot_be_read_are_passed_over, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
