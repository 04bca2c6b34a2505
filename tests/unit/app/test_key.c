/* A KEY record gives the warnings behind it identifiers that those before do not tell. */
#include "pipeline_kit.h"

#include <stdio.h>

#include "base/json_scan.h"

#define SECONDS 400
#define WARNINGS_MAX 64

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

static void say_position(lee_pipeline *pipeline, int second)
{
    char text[256];
    snprintf(text, sizeof text,
             "{\"t_us\":%lld,\"target\":\"icao24:43c6f1\",\"source\":\"adsb\",\"lat\":35.7,"
             "\"lon\":%.7f,\"alt_baro_ft\":9000,\"speed_ground_kt\":250,\"track_deg\":90}",
             (long long)(T0 + second * S), 36.3 + second * 0.00142);
    kit_say(pipeline, 0, T0 + second * S, text);
    kit_tick(pipeline, T0 + second * S);
}

/* One flight through the town; a KEY comes before the second `key_at`. */
static void fly(told *t, int key_at, const char *key)
{
    *t = (told){.count = 0};
    lee_pipeline *const pipeline = kit_begin(on_output, t, KIT_TOWN);
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
    lee_pipeline *const pipeline = kit_begin(on_output, &t, KIT_TOWN);
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
