#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "record/codec.h"
#include "record/input.h"
#include "serve/picture.h"

static lee_picture *picture_made(uint32_t events_max, uint32_t ended_max)
{
    lee_picture *picture = NULL;
    const lee_picture_options options = {events_max, 8, ended_max, 4, 4};
    assert_int_equal(lee_picture_create(&options, &picture), LEE_OK);
    return picture;
}

static lee_error apply_bytes(lee_picture *picture, lee_record_kind kind, const void *bytes,
                             size_t length)
{
    const lee_record record = {0, kind, bytes, length};
    return lee_picture_apply(picture, &record);
}

static lee_error apply_text(lee_picture *picture, lee_record_kind kind, const char *text)
{
    return apply_bytes(picture, kind, text, strlen(text));
}

static lee_error apply_event(lee_picture *picture, uint64_t seq, lee_event_kind kind,
                             uint64_t incident, lee_severity severity)
{
    lee_event event = {.seq = seq,
                       .t_us = (int64_t)seq * 1000000,
                       .kind = kind,
                       .incident = incident,
                       .zone = "z",
                       .zone_generation = 1,
                       .target = lee_target_icao24(0xabcdef, true),
                       .present = LEE_EVENT_HAS_SEVERITY,
                       .severity = (int32_t)severity};
    if (kind == LEE_EVENT_PREDICTED) {
        event.present |= LEE_EVENT_HAS_TIME_TO_ENTRY;
        event.time_to_entry_s_e3 = 30000;
    }
    lee_buffer bytes;
    lee_buffer_init(&bytes, 4096);
    lee_event_encode(&event, &bytes);
    const lee_error error = apply_bytes(picture, LEE_RECORD_EVENT, bytes.bytes, bytes.length);
    lee_buffer_free(&bytes);
    return error;
}

static void apply_zones(lee_picture *picture, const char *text)
{
    lee_buffer bytes;
    lee_buffer_init(&bytes, 4096);
    const lee_input_text input = {0, 7, (const uint8_t *)text, strlen(text)};
    lee_input_text_encode(&input, &bytes);
    assert_int_equal(apply_bytes(picture, LEE_RECORD_ZONES, bytes.bytes, bytes.length), LEE_OK);
    lee_buffer_free(&bytes);
}

/* What one of the writers wrote, as text the caller frees. */
typedef void writer(lee_picture *picture, lee_json *json);

static char *written(lee_picture *picture, writer *write)
{
    lee_buffer buffer;
    lee_json json;
    lee_buffer_init(&buffer, 1u << 20);
    lee_json_begin(&json, &buffer);
    write(picture, &json);
    assert_int_equal(buffer.error, LEE_OK);
    char *const text = lee_copy_text((const char *)buffer.bytes, buffer.length);
    lee_buffer_free(&buffer);
    return text;
}

static void write_open(lee_picture *picture, lee_json *json)
{
    lee_picture_write_incidents(picture, false, json);
}

static void write_all(lee_picture *picture, lee_json *json)
{
    lee_picture_write_incidents(picture, true, json);
}

static void write_one(lee_picture *picture, lee_json *json)
{
    assert_true(lee_picture_write_incident(picture, 1, true, json));
}

static void write_events_after_2(lee_picture *picture, lee_json *json)
{
    lee_picture_write_events(picture, 2, 100, json);
}

static void write_warnings(lee_picture *picture, lee_json *json)
{
    lee_picture_write_warnings(picture, NULL, json);
}

static void assert_has(lee_picture *picture, writer *write, const char *part, bool wanted)
{
    char *const text = written(picture, write);
    if ((strstr(text, part) != NULL) != wanted) {
        fail_msg("%s %s in %s", part, wanted ? "is not" : "is", text);
    }
    lee_free(text);
}

static void an_incident_is_folded_from_its_events(void **state)
{
    (void)state;
    lee_picture *const picture = picture_made(16, 4);
    apply_zones(picture, "{\"type\":\"FeatureCollection\",\"features\":[{\"id\":\"z\","
                         "\"properties\":{\"kind\":\"safe\"}}]}");
    assert_int_equal(apply_event(picture, 1, LEE_EVENT_PREDICTED, 1, LEE_SEVERITY_LOW), LEE_OK);
    assert_has(picture, write_open, "\"state\":\"predicted\"", true);
    assert_has(picture, write_open, "\"entry_at_us\":31000000", true);
    assert_has(picture, write_open, "\"zone_kind\":\"safe\"", true);
    assert_int_equal(apply_event(picture, 2, LEE_EVENT_ENTERED, 1, LEE_SEVERITY_HIGH), LEE_OK);
    assert_has(picture, write_open, "\"state\":\"entered\",\"severity\":\"high\"", true);
    assert_has(picture, write_open, "\"entered_us\":2000000", true);
    assert_int_equal(apply_event(picture, 3, LEE_EVENT_LEFT, 1, LEE_SEVERITY_HIGH), LEE_OK);
    assert_int_equal(apply_event(picture, 4, LEE_EVENT_ENDED, 1, LEE_SEVERITY_HIGH), LEE_OK);
    assert_has(picture, write_open, "incident", false);
    assert_has(picture, write_all, "\"ended_us\":4000000", true);
    assert_has(picture, write_one, "\"events\":[{\"seq\":1", true);
    lee_picture_free(picture);
}

static void the_gravest_comes_first_then_the_newest(void **state)
{
    (void)state;
    lee_picture *const picture = picture_made(16, 4);
    assert_int_equal(apply_event(picture, 1, LEE_EVENT_ENTERED, 1, LEE_SEVERITY_MEDIUM), LEE_OK);
    assert_int_equal(apply_event(picture, 2, LEE_EVENT_ENTERED, 2, LEE_SEVERITY_MEDIUM), LEE_OK);
    assert_int_equal(apply_event(picture, 3, LEE_EVENT_ENTERED, 3, LEE_SEVERITY_LOW), LEE_OK);
    assert_int_equal(apply_event(picture, 4, LEE_EVENT_ENTERED, 4, LEE_SEVERITY_HIGH), LEE_OK);
    char *const text = written(picture, write_open);
    const char *const fourth = strstr(text, "0000000000000004");
    const char *const second = strstr(text, "0000000000000002");
    const char *const first = strstr(text, "0000000000000001");
    const char *const third = strstr(text, "0000000000000003");
    assert_true(fourth < second && second < first && first < third);
    lee_free(text);
    lee_picture_free(picture);
}

static void open_incidents_have_a_limit_and_ended_ones_make_room(void **state)
{
    (void)state;
    lee_picture *const picture = picture_made(64, 2);
    for (uint64_t i = 1; i <= 8; i++) {
        assert_int_equal(apply_event(picture, i, LEE_EVENT_ENTERED, i, LEE_SEVERITY_LOW), LEE_OK);
    }
    assert_int_equal(apply_event(picture, 9, LEE_EVENT_ENTERED, 9, LEE_SEVERITY_LOW),
                     LEE_ERR_LIMIT);
    for (uint64_t i = 1; i <= 3; i++) {
        assert_int_equal(apply_event(picture, 9 + i, LEE_EVENT_ENDED, i, LEE_SEVERITY_LOW), LEE_OK);
    }
    assert_has(picture, write_all, "0000000000000001", false);
    assert_has(picture, write_all, "0000000000000003", true);
    assert_int_equal(apply_event(picture, 13, LEE_EVENT_ENTERED, 13, LEE_SEVERITY_LOW), LEE_OK);
    lee_picture_counters counters;
    lee_picture_count(picture, &counters);
    assert_int_equal(counters.incidents_open, 6);
    assert_int_equal(counters.refused, 1);
    lee_picture_free(picture);
}

static void read_older(void *context, uint64_t after, uint64_t before, uint32_t limit,
                       lee_event_sink *sink, void *sink_context)
{
    (void)context;
    for (uint64_t seq = after + 1; seq < before && limit > 0; seq++, limit--) {
        const lee_event event = {.seq = seq,
                                 .kind = LEE_EVENT_ENTERED,
                                 .incident = seq,
                                 .zone = "older",
                                 .target = lee_target_icao24(1, true)};
        sink(sink_context, &event);
    }
}

static void events_pushed_out_come_from_the_journal(void **state)
{
    (void)state;
    lee_picture *const picture = picture_made(4, 4);
    for (uint64_t i = 1; i <= 10; i++) {
        assert_int_equal(apply_event(picture, i, LEE_EVENT_UPDATED, 1, LEE_SEVERITY_LOW), LEE_OK);
    }
    assert_has(picture, write_events_after_2, "\"seq\":6", false);
    assert_has(picture, write_events_after_2, "\"seq\":7", true);
    lee_picture_set_reader(picture, read_older, NULL);
    assert_has(picture, write_events_after_2, "\"seq\":2,", false);
    assert_has(picture, write_events_after_2, "\"seq\":3,", true);
    assert_has(picture, write_events_after_2, "\"seq\":6,", true);
    assert_has(picture, write_events_after_2, "\"seq\":10,", true);
    lee_picture_free(picture);
}

static void an_event_out_of_order_is_refused(void **state)
{
    (void)state;
    lee_picture *const picture = picture_made(4, 4);
    assert_int_equal(apply_event(picture, 5, LEE_EVENT_ENTERED, 1, LEE_SEVERITY_LOW), LEE_OK);
    assert_int_equal(apply_event(picture, 5, LEE_EVENT_LEFT, 1, LEE_SEVERITY_LOW), LEE_ERR_DOMAIN);
    assert_has(picture, write_open, "entered", true);
    lee_picture_free(picture);
}

static void records_that_cannot_be_read_change_nothing(void **state)
{
    (void)state;
    lee_picture *const picture = picture_made(4, 4);
    assert_int_equal(apply_text(picture, LEE_RECORD_OPERATOR, "{"), LEE_ERR_SYNTAX);
    assert_int_equal(apply_text(picture, LEE_RECORD_OPERATOR, "{\"op\":\"x\"}"),
                     LEE_ERR_UNSUPPORTED);
    assert_int_equal(apply_text(picture, LEE_RECORD_OPERATOR,
                                "{\"op\":\"acknowledge\",\"incident\":\"0000000000000001\","
                                "\"by\":\"x\",\"t_us\":1}"),
                     LEE_ERR_NOT_FOUND);
    assert_int_equal(apply_text(picture, LEE_RECORD_WARNING, "{}"), LEE_ERR_MISSING);
    assert_int_equal(apply_text(picture, LEE_RECORD_DELIVERY, "[]"), LEE_ERR_SYNTAX);
    assert_int_equal(apply_text(picture, LEE_RECORD_SIGHTING,
                                "{\"id\":\"0000000000000001\",\"t_us\":1,\"lat\":91,\"lon\":0,"
                                "\"what\":\"jet\",\"count\":1,\"heading\":\"N\",\"how\":\"seen\"}"),
                     LEE_ERR_DOMAIN);
    uint8_t bytes[200];
    uint32_t seed = 1;
    for (int i = 0; i < 2000; i++) {
        for (size_t k = 0; k < sizeof bytes; k++) {
            seed = seed * 1664525 + 1013904223;
            bytes[k] = (uint8_t)(seed >> 24);
        }
        const lee_error error =
            apply_bytes(picture, LEE_RECORD_EVENT, bytes, 1 + seed % sizeof bytes);
        (void)error;
    }
    lee_picture_free(picture);
}

static void a_warning_is_shown_with_what_its_outlets_answered(void **state)
{
    (void)state;
    lee_picture *const picture = picture_made(4, 4);
    assert_int_equal(apply_text(picture, LEE_RECORD_WARNING,
                                "{\"identifier\":\"w\",\"headline\":{\"en\":\"a \\\"b\\\"\"},"
                                "\"xml\":\"<secret/>\"}"),
                     LEE_OK);
    assert_int_equal(apply_text(picture, LEE_RECORD_DELIVERY,
                                "{\"identifier\":\"w\",\"outlet\":\"mqtt:0\",\"state\":\"failed\","
                                "\"t_us\":1,\"attempts\":1}"),
                     LEE_OK);
    assert_int_equal(apply_text(picture, LEE_RECORD_DELIVERY,
                                "{\"identifier\":\"w\",\"outlet\":\"mqtt:0\",\"state\":"
                                "\"delivered\",\"t_us\":9,\"attempts\":2}"),
                     LEE_OK);
    assert_has(picture, write_warnings, "{\"en\":\"a \\\"b\\\"\"}", true);
    assert_has(picture, write_warnings,
               "\"deliveries\":[{\"outlet\":\"mqtt:0\",\"state\":"
               "\"delivered\",\"t_us\":9,\"attempts\":2}]",
               true);
    assert_has(picture, write_warnings, "secret", false);
    lee_picture_free(picture);
}

static void a_zone_is_active_from_its_first_instant_to_before_its_last(void **state)
{
    (void)state;
    lee_picture *const picture = picture_made(4, 4);
    apply_zones(picture, "{\"features\":[{\"id\":\"z\",\"properties\":{\"watch\":"
                         "{\"look_ahead_s\":2},\"active\":[{\"from\":"
                         "\"1970-01-01T00:00:10Z\",\"to\":\"1970-01-01T00:00:20Z\"}]}},"
                         "{\"id\":\"always\",\"properties\":{}}]}");
    const struct {
        int64_t t_us;
        const char *wanted;
    } cases[] = {{7999999, "{\"active_now\":false,\"starts_us\":10000000,\"watch\""},
                 {8000000, "{\"active_now\":false,\"pre_active_now\":true,\"starts_us\":10000000,"},
                 {9999999, "{\"active_now\":false,\"pre_active_now\":true,\"starts_us\":10000000,"},
                 {10000000, "\"active_now\":true,"},
                 {19999999, "\"active_now\":true,"},
                 {20000000, "{\"active_now\":false,\"watch\""}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lee_buffer out;
        lee_buffer_init(&out, 4096);
        lee_picture_write_zones(picture, cases[i].t_us, &out);
        lee_buffer_char(&out, '\0');
        assert_non_null(strstr((const char *)out.bytes, cases[i].wanted));
        assert_non_null(strstr((const char *)out.bytes, "\"generation\":7"));
        assert_non_null(strstr((const char *)out.bytes, "{\"active_now\":true}"));
        lee_buffer_free(&out);
    }
    assert_true(lee_picture_zones_stamp(picture, 9999999) !=
                lee_picture_zones_stamp(picture, 10000000));
    assert_true(lee_picture_zones_stamp(picture, 7999999) !=
                lee_picture_zones_stamp(picture, 8000000));
    lee_picture_free(picture);
}

static void apply_incident(lee_picture *picture, uint64_t number)
{
    char text[200];
    assert_int_equal(
        apply_event(picture, 3 * number + 1, LEE_EVENT_ENTERED, number, LEE_SEVERITY_LOW), LEE_OK);
    if (number % 3 > 0) {
        assert_int_equal(
            apply_event(picture, 3 * number + 2, LEE_EVENT_ENDED, number, LEE_SEVERITY_LOW),
            LEE_OK);
    }
    (void)snprintf(text, sizeof text,
                   "{\"identifier\":\"w%d\",\"incident\":\"%016x\",\"headline\":{\"en\":\"h\"}}",
                   (int)number, (unsigned)number);
    assert_int_equal(apply_text(picture, LEE_RECORD_WARNING, text), LEE_OK);
}

/* Every ring has gone round, and goes on going round alike in a loaded picture. */
static void a_loaded_picture_goes_on_as_the_saved_one_would(void **state)
{
    (void)state;
    lee_picture *const picture = picture_made(5, 3);
    for (uint64_t number = 1; number <= 14; number++) {
        apply_incident(picture, number);
    }
    lee_buffer bytes;
    lee_state visitor;
    lee_buffer_init(&bytes, 1u << 24);
    lee_state_save(&visitor, &bytes);
    lee_picture_state(&visitor, picture);
    assert_int_equal(lee_state_end(&visitor), LEE_OK);
    lee_picture *const loaded = picture_made(5, 3);
    lee_state_load(&visitor, bytes.bytes, bytes.length);
    lee_picture_state(&visitor, loaded);
    assert_int_equal(lee_state_end(&visitor), LEE_OK);
    writer *const writers[] = {write_open, write_all, write_events_after_2, write_warnings};
    for (uint64_t number = 15; number <= 22; number++) {
        for (size_t i = 0; i < sizeof writers / sizeof writers[0]; i++) {
            char *const a = written(picture, writers[i]);
            char *const b = written(loaded, writers[i]);
            assert_string_equal(a, b);
            lee_free(a);
            lee_free(b);
        }
        apply_incident(picture, number);
        apply_incident(loaded, number);
    }
    /* Memory may run out at any request: an error, and a picture that can be freed. */
    lee_error error = LEE_ERR_NO_MEMORY;
    for (uint64_t fail_at = 1; error != LEE_OK; fail_at++) {
        lee_picture *const other = picture_made(5, 3);
        lee_state_load(&visitor, bytes.bytes, bytes.length);
        (void)lee_alloc_test_fail(fail_at);
        lee_picture_state(&visitor, other);
        (void)lee_alloc_test_fail(0);
        error = lee_state_end(&visitor);
        lee_picture_free(other);
        assert_true(fail_at < 1000);
    }
    lee_buffer_free(&bytes);
    lee_picture_free(picture);
    lee_picture_free(loaded);
}

static void running_out_of_memory_at_any_point_leaves_a_picture_that_can_be_freed(void **state)
{
    (void)state;
    for (uint64_t fail_at = 1; fail_at < 60; fail_at++) {
        lee_picture *picture = NULL;
        const lee_picture_options options = {4, 8, 4, 4, 4};
        lee_alloc_test_fail(fail_at);
        if (lee_picture_create(&options, &picture) == LEE_OK) {
            for (uint64_t i = 1; i <= 3; i++) {
                const lee_error error =
                    apply_event(picture, i, LEE_EVENT_ENTERED, i, LEE_SEVERITY_LOW);
                (void)error;
            }
            const lee_error error =
                apply_text(picture, LEE_RECORD_WARNING, "{\"identifier\":\"w\"}");
            (void)error;
        }
        lee_alloc_test_fail(0);
        lee_picture_free(picture);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_incident_is_folded_from_its_events),
        cmocka_unit_test(the_gravest_comes_first_then_the_newest),
        cmocka_unit_test(open_incidents_have_a_limit_and_ended_ones_make_room),
        cmocka_unit_test(events_pushed_out_come_from_the_journal),
        cmocka_unit_test(an_event_out_of_order_is_refused),
        cmocka_unit_test(records_that_cannot_be_read_change_nothing),
        cmocka_unit_test(a_warning_is_shown_with_what_its_outlets_answered),
        cmocka_unit_test(a_zone_is_active_from_its_first_instant_to_before_its_last),
        cmocka_unit_test(a_loaded_picture_goes_on_as_the_saved_one_would),
        cmocka_unit_test(running_out_of_memory_at_any_point_leaves_a_picture_that_can_be_freed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
