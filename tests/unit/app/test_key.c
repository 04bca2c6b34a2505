/* A KEY record gives the warnings behind it identifiers that those before do not tell. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "app/pipeline.h"
#include "app/session.h"
#include "base/json_scan.h"
#include "record/codec.h"
#include "record/input.h"

#define S INT64_C(1000000)
#define T0 (1700000000 * S)
#define SECONDS 400
#define WARNINGS_MAX 64

/* A town that is protected, from the ground to 20,000 ft. */
static const char zones[] =
    "{\"type\":\"FeatureCollection\",\"features\":[{\"type\":\"Feature\",\"id\":\"town\","
    "\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[[36.6,35.6],[36.8,35.6],[36.8,35.8],"
    "[36.6,35.8],[36.6,35.6]]]},\"properties\":{\"kind\":\"safe\",\"name\":\"Town\","
    "\"lower\":\"SFC\",\"upper\":{\"value\":20000,\"unit\":\"ft\",\"ref\":\"STD\"},\"protects\":"
    "\"people\"}}]}";

typedef struct {
    char identifiers[WARNINGS_MAX][64];
    char last[65536]; /* the last warning, whole */
    int count;
} told;

static void on_output(void *context, lee_record_kind kind, const uint8_t *bytes, size_t length)
{
    told *const t = context;
    if (kind != LEE_RECORD_WARNING) {
        return;
    }
    lee_json_scan scan;
    lee_json_value key;
    lee_json_value value;
    lee_json_scan_init(&scan, (const char *)bytes, length);
    assert_true(lee_json_scan_object(&scan));
    while (lee_json_scan_member(&scan, &key, &value)) {
        if (lee_json_value_is(&key, "identifier")) {
            assert_true(t->count < WARNINGS_MAX);
            assert_true(lee_json_value_text(&value, t->identifiers[t->count++], 64));
        }
    }
    assert_true(length < sizeof t->last);
    memcpy(t->last, bytes, length);
    t->last[length] = '\0';
}

static void apply(lee_pipeline *pipeline, lee_record_kind kind, const lee_buffer *b)
{
    lee_error_info why;
    assert_int_equal(lee_pipeline_apply(pipeline, kind, b->bytes, b->length, &why), LEE_OK);
}

static void say_position(lee_pipeline *pipeline, int second)
{
    char text[256];
    snprintf(text, sizeof text,
             "{\"t_us\":%lld,\"target\":\"icao24:43c6f1\",\"source\":\"adsb\",\"lat\":35.7,"
             "\"lon\":%.7f,\"alt_baro_ft\":9000,\"speed_ground_kt\":250,\"track_deg\":90}",
             (long long)(T0 + second * S), 36.3 + second * 0.00142);
    const lee_frame frame = {.t_us = T0 + second * S,
                             .bytes = (const uint8_t *)text,
                             .length = (uint32_t)strlen(text),
                             .format = LEE_FORMAT_REPORT_JSONL};
    lee_buffer b;
    lee_buffer_init(&b, 65536);
    lee_frame_encode(&frame, &b);
    apply(pipeline, LEE_RECORD_FRAME, &b);
    lee_buffer_reset(&b);
    lee_input_tick_encode(T0 + second * S, &b);
    apply(pipeline, LEE_RECORD_TICK, &b);
    lee_buffer_free(&b);
}

static lee_pipeline *begin(told *t)
{
    lee_pipeline *pipeline = NULL;
    assert_int_equal(lee_pipeline_create(on_output, t, &pipeline), LEE_OK);
    lee_buffer b;
    lee_buffer_init(&b, 65536);
    lee_session session;
    lee_session_default(&session);
    session.watch.tracks_max = 64;
    session.watch.incidents_max = 64;
    lee_session_write(&session, &b);
    apply(pipeline, LEE_RECORD_SESSION, &b);
    lee_buffer_reset(&b);
    const lee_input_text input = {T0, 1, (const uint8_t *)zones, sizeof zones - 1};
    lee_input_text_encode(&input, &b);
    apply(pipeline, LEE_RECORD_ZONES, &b);
    lee_buffer_free(&b);
    return pipeline;
}

/* One flight through the town; a KEY comes before the second `key_at`. */
static void fly(told *t, int key_at, const char *key)
{
    *t = (told){.count = 0};
    lee_pipeline *const pipeline = begin(t);
    for (int second = 0; second < SECONDS; second++) {
        if (second == key_at) {
            lee_error_info why;
            assert_int_equal(
                lee_pipeline_apply(pipeline, LEE_RECORD_KEY, (const uint8_t *)key, 16, &why),
                LEE_OK);
        }
        say_position(pipeline, second);
    }
    lee_pipeline_free(pipeline);
}

static void identifiers_follow_the_key_in_force(void **state)
{
    (void)state;
    static told plain;
    static told early;
    static told other;
    static told late;
    fly(&plain, -1, NULL);
    assert_true(plain.count >= 2);
    fly(&early, 0, "sixteen bytes 1!");
    fly(&other, 0, "sixteen bytes 2!");
    assert_int_equal(early.count, plain.count);
    for (int i = 0; i < plain.count; i++) {
        assert_string_not_equal(early.identifiers[i], plain.identifiers[i]);
        assert_string_not_equal(early.identifiers[i], other.identifiers[i]);
    }
    /* In the middle: what was told stays, and the next message names it. */
    int second = 0;
    do {
        second += 10;
        assert_true(second < SECONDS);
        fly(&late, second, "sixteen bytes 1!");
        assert_int_equal(late.count, plain.count);
    } while (strcmp(late.identifiers[0], plain.identifiers[0]) != 0);
    assert_string_equal(late.identifiers[plain.count - 1], early.identifiers[plain.count - 1]);
    assert_non_null(strstr(late.last, plain.identifiers[0]));
}

static void a_key_of_another_length_is_refused(void **state)
{
    (void)state;
    static told t;
    t = (told){.count = 0};
    lee_pipeline *const pipeline = begin(&t);
    for (size_t length = 0; length < 20; length++) {
        lee_error_info why;
        const lee_error error = lee_pipeline_apply(
            pipeline, LEE_RECORD_KEY, (const uint8_t *)"0123456789abcdefghij", length, &why);
        assert_int_equal(error, length == 16 ? LEE_OK : LEE_ERR_SYNTAX);
    }
    lee_pipeline_free(pipeline);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(identifiers_follow_the_key_in_force),
        cmocka_unit_test(a_key_of_another_length_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
