/* Whoever contradicts a threatening target must not be able to silence its warnings: frames go
 * through the whole pipeline, once alone and once with an adversary who uses the target's name. */
#include "pipeline_kit.h"

#include <stdio.h>

#include "base/json_scan.h"

#define SECONDS 400

/* Chains open at each second. */
typedef struct {
    int second;
    int open;
    int alerts;
    int cancels;
    int open_at[SECONDS + 1];
} outcome;

static void on_output(void *context, lee_record_kind kind, const uint8_t *bytes, size_t length)
{
    outcome *const o = context;
    if (kind != LEE_RECORD_WARNING) {
        return;
    }
    lee_json_scan scan;
    lee_json_value key;
    lee_json_value value;
    lee_json_scan_init(&scan, (const char *)bytes, length);
    assert_true(lee_json_scan_object(&scan));
    while (lee_json_scan_member(&scan, &key, &value)) {
        if (lee_json_value_is(&key, "msg_type")) {
            o->alerts += lee_json_value_is(&value, "Alert");
            o->cancels += lee_json_value_is(&value, "Cancel");
        }
    }
    o->open = o->alerts - o->cancels;
}

typedef struct {
    double lat, lon;
    int alt_ft, speed_kt, track_deg;
    int on_ground; /* -1: not said */
    int is_placed;
} said;

static void say_all(lee_pipeline *pipeline, uint16_t feed, int64_t t_us, const said *what)
{
    char text[512];
    char place[96] = "";
    if (what->is_placed) {
        snprintf(place, sizeof place, ",\"lat\":%.7f,\"lon\":%.7f", what->lat, what->lon);
    }
    static const char *const grounds[] = {"", ",\"on_ground\":false", ",\"on_ground\":true"};
    snprintf(text, sizeof text,
             "{\"t_us\":%lld,\"target\":\"icao24:43c6f1\",\"source\":\"adsb\"%s,"
             "\"alt_baro_ft\":%d,\"speed_ground_kt\":%d,\"track_deg\":%d%s}",
             (long long)t_us, place, what->alt_ft, what->speed_kt, what->track_deg,
             grounds[what->on_ground + 1]);
    kit_say(pipeline, feed, t_us, text);
}

/* The bomber: 250 kt from the west at 9,000 ft, through the town. */
static said bomber(int second)
{
    return (said){.lat = 35.7,
                  .lon = 36.3 + second * 0.00142,
                  .alt_ft = 9000,
                  .speed_kt = 250,
                  .track_deg = 90,
                  .on_ground = -1,
                  .is_placed = 1};
}

typedef enum {
    ALONE,
    ELSEWHERE, /* another flight, 100 km away */
    SCATTERED, /* a different place each time */
    ABOVE,     /* at its place, too high for the zone */
    ON_GROUND, /* at its place, on the ground */
    TURNED,    /* at its place, flying away */
    BESIDE,    /* 8 km to the side, flying along */
    HEIGHT_ONLY,
    LIES
} lie;

static said lie_at(lie kind, int second)
{
    said s = bomber(second);
    switch (kind) {
    case ELSEWHERE:
        s.lat = 36.6;
        s.track_deg = 270;
        s.lon = 36.3 - second * 0.00142;
        break;
    case SCATTERED:
        s.lat = 34.0 + (second * 7919 % 100) * 0.03;
        s.lon = 35.0 + (second * 104729 % 100) * 0.03;
        break;
    case ABOVE:
        s.alt_ft = 39000;
        break;
    case ON_GROUND:
        s.on_ground = 1;
        s.alt_ft = 0;
        break;
    case TURNED:
        s.track_deg = 270;
        break;
    case BESIDE:
        s.lat = 35.9;
        break;
    case HEIGHT_ONLY:
        s.is_placed = 0;
        s.alt_ft = 39000;
        break;
    case ALONE:
    case LIES:
        break;
    }
    return s;
}

static outcome run(lie kind, int from_second, int each_second)
{
    outcome o = {0};
    lee_pipeline *const pipeline = kit_begin(on_output, &o, KIT_TOWN);
    for (int second = 0; second < SECONDS; second++) {
        const said truth = bomber(second);
        say_all(pipeline, 0, T0 + second * S, &truth);
        for (int i = 0; kind != ALONE && second >= from_second && i < each_second; i++) {
            const said false_one = lie_at(kind, second);
            say_all(pipeline, 1, T0 + second * S + (i + 1) * S / (each_second + 1), &false_one);
        }
        o.open_at[second] = o.open;
    }
    lee_pipeline_free(pipeline);
    return o;
}

/* From the moment when it is warned of the true flight alone until the end of that, somebody is
 * warned, but for ten seconds in which two accounts become two tracks. */
static void assert_still_warned(const outcome *alone, lie kind, int from_second, int each_second)
{
    const outcome attacked = run(kind, from_second, each_second);
    int unwarned = 0;
    int warned = 0;
    for (int second = 0; second < SECONDS; second++) {
        warned += alone->open_at[second] > 0;
        unwarned += alone->open_at[second] > 0 && attacked.open_at[second] == 0;
    }
    assert_true(warned > 100);
    if (unwarned > 10 || attacked.alerts == 0) {
        fail_msg("lie %d from second %d, %d a second: %d alerts, %d of %d seconds without warning",
                 (int)kind, from_second, each_second, attacked.alerts, unwarned, warned);
    }
}

static void contradicting_frames_silence_no_warning(void **state)
{
    (void)state;
    const outcome alone = run(ALONE, 0, 0);
    assert_true(alone.alerts >= 1);
    static const int froms[] = {0, 20, 150, 230};
    for (int kind = ELSEWHERE; kind < LIES; kind++) {
        for (size_t i = 0; i < sizeof froms / sizeof froms[0]; i++) {
            for (int each = 1; each <= 5; each += 2) {
                assert_still_warned(&alone, (lie)kind, froms[i], each);
            }
        }
    }
}

static void the_same_frames_give_the_same_warnings(void **state)
{
    (void)state;
    const outcome one = run(SCATTERED, 20, 3);
    const outcome two = run(SCATTERED, 20, 3);
    assert_memory_equal(&one, &two, sizeof one);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(contradicting_frames_silence_no_warning),
        cmocka_unit_test(the_same_frames_give_the_same_warnings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
