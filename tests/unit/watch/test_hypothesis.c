#include "watch_kit.h"

#include <math.h>

#include "watch/motion.h"

#define METRES_PER_DEGREE 111195.0

static kit *start(int32_t alert_chance_pct)
{
    static kit k;
    k = (kit){0};
    kit_zone(&k, "north", 10, 20)->watch = (lee_zone_watch){.imminent_s = 15,
                                                            .look_ahead_s = 120,
                                                            .warning_time_s = 60,
                                                            .confirm = 2,
                                                            .hold = 2,
                                                            .lost_after_s = 60,
                                                            .alert_chance_pct = alert_chance_pct};
    kit_start(&k);
    return &k;
}

/* North along 20.5 degrees east from lat, a report every 4 s. Returns the seconds flown when it was
 * first told, or -1. */
static int fly_north(kit *k, double lat, int32_t alt_ft, int32_t rate_fpm, int32_t level_ft,
                     int until_s)
{
    for (int t = 0; t <= until_s; t += 4) {
        int32_t alt = alt_ft + rate_fpm * t / 60;
        alt = rate_fpm > 0 && alt > level_ft ? level_ft : alt;
        kit_fly(k, t, lat + 154.33 * t / METRES_PER_DEGREE, 20.5, alt, 300, 0,
                alt == level_ft ? 0 : rate_fpm);
        if (k->count > 0) {
            return t;
        }
    }
    return -1;
}

static void a_steady_flight_is_told_about_a_minute_before_with_its_chance(void **state)
{
    (void)state;
    kit *const k = start(90);
    /* The edge is 180 s away. */
    const int t = fly_north(k, 10 - 180 * 154.33 / METRES_PER_DEGREE, 3000, 0, 0, 176);
    assert_in_range(t, 108, 124);
    const lee_event *const event = kit_next(k, LEE_EVENT_PREDICTED);
    assert_true(event->present & LEE_EVENT_HAS_P_INSIDE);
    assert_in_range(event->p_inside_e3, 900, 1000);
    assert_string_equal(event->reason, "straight");
    assert_in_range(event->time_to_entry_s_e3, (180 - t) * 1000 - 1500, (180 - t) * 1000 + 1500);
    assert_int_equal((event->entry_lat_e7 + 5000) / 100000, 1000);
    kit_stop(k);
}

/* 31 m/s, six degrees a second, at least 900 m south of the zone: its line sweeps through every
 * minute. */
static void circle(kit *k)
{
    for (int t = 0; t < 300; t += 2) {
        const int32_t course_deg = (180 + 6 * t) % 360;
        const double angle = course_deg * 3.14159265358979 / 180;
        const double radius = 30.87 / (6 * 3.14159265358979 / 180);
        kit_fly(k, t, 10 + (radius * sin(angle) - 1200) / METRES_PER_DEGREE,
                20.5 - radius * cos(angle) / METRES_PER_DEGREE, 3000, 60, course_deg, 0);
    }
}

static void a_circling_target_is_not_told_though_its_line_sweeps_across(void **state)
{
    (void)state;
    kit *k = start(90);
    circle(k);
    kit_silent(k);
    kit_stop(k);
    k = start(0);
    circle(k);
    (void)kit_next(k, LEE_EVENT_PREDICTED);
    kit_stop(k);
}

/* Eastward past the zone, then a turn of 3 degrees a second to the north. */
static void a_turn_towards_the_zone_is_told_as_a_turn(void **state)
{
    (void)state;
    kit *const k = start(60);
    double lat = 10 - 4500 / METRES_PER_DEGREE;
    double lon = 20.4;
    double course = 90;
    for (int t = 0; t < 60 && k->count == 0; t += 2) {
        kit_fly(k, t, lat, lon, 3000, 200, (int32_t)course, 0);
        course -= t >= 20 ? 6 : 0;
        const double angle = course * 3.14159265358979 / 180;
        lat += 2 * 102.9 * cos(angle) / METRES_PER_DEGREE;
        lon += 2 * 102.9 * sin(angle) / METRES_PER_DEGREE;
    }
    assert_string_equal(kit_next(k, LEE_EVENT_PREDICTED)->reason, "turning");
    kit_stop(k);
}

static void one_report_far_off_its_track_tells_nobody(void **state)
{
    (void)state;
    kit *const k = start(90);
    for (int t = 0; t < 80; t += 4) {
        kit_fly(k, t, 9 + 154.33 * t / METRES_PER_DEGREE, 20.5, 3000, 300, 0, 0);
    }
    kit_fly(k, 80, 9.98, 20.5, 3000, 300, 0, 0);
    kit_fly(k, 84, 9 + 154.33 * 84 / METRES_PER_DEGREE, 20.5, 3000, 300, 0, 0);
    kit_silent(k);
    kit_stop(k);
}

static void a_target_below_that_climbs_is_told_and_one_that_is_level_is_not(void **state)
{
    (void)state;
    kit *k = start(60);
    assert_true(fly_north(k, 10 - 160 * 154.33 / METRES_PER_DEGREE, 500, 600, 4000, 158) >= 0);
    kit_stop(k);
    k = start(60);
    assert_int_equal(fly_north(k, 10 - 160 * 154.33 / METRES_PER_DEGREE, 500, 0, 0, 158), -1);
    kit_stop(k);
}

/* As kit_fly, with what the crew selected. */
static void climb_to(kit *k, int64_t t_s, double lat, int32_t alt_ft, int32_t rate_fpm,
                     int32_t selected_ft)
{
    lee_report report = kit_report(t_s, lat, 20.5);
    report.present |= LEE_REPORT_HAS_ALT_BARO | LEE_REPORT_HAS_SPEED_GROUND | LEE_REPORT_HAS_TRACK |
                      LEE_REPORT_HAS_VERTICAL_RATE | LEE_REPORT_HAS_ALT_SELECTED;
    report.alt_baro_ft = alt_ft;
    report.speed_ground_kt_e3 = 300000;
    report.vertical_rate_fpm = rate_fpm;
    report.alt_selected_ft = selected_ft;
    lee_watch_report(k->watch, &report);
}

/* The greatest chance that was told while it climbs below the zone, whose floor is at 1000 ft, or
 * -1. At the zone's edge it is above the floor either way, if it goes on. */
static int32_t chance_of_climb(int32_t selected_ft)
{
    kit *const k = start(20);
    int32_t chance_e3 = -1;
    for (int t = 0; t < 40; t += 4) {
        climb_to(k, t, 10 - (80 - t) * 154.33 / METRES_PER_DEGREE, 100 + t * 15, 900, selected_ft);
    }
    for (uint32_t i = 0; i < k->count; i++) {
        chance_e3 = k->events[i].p_inside_e3 > chance_e3 ? k->events[i].p_inside_e3 : chance_e3;
    }
    kit_stop(k);
    return chance_e3;
}

static void
a_climb_that_ends_below_the_zone_by_what_the_crew_selected_is_less_likely_to_enter(void **state)
{
    (void)state;
    const int32_t below = chance_of_climb(900);
    const int32_t into = chance_of_climb(3000);
    assert_true(into > 800);
    assert_true(below < into - 400);
    /* What is selected behind it says nothing. */
    assert_true(chance_of_climb(50) < into && chance_of_climb(50) > below);
}

static void a_motion_knows_its_turn_and_becomes_restless_and_calm(void **state)
{
    (void)state;
    lee_motion motion = {0};
    assert_true(lee__motion_rate(&motion, 0) == 0.0);
    for (int t = 0; t <= 60; t += 2) {
        lee__motion_hear(&motion, t * S, (350000 + t * 3000) % 360000);
    }
    assert_true(fabs(lee__motion_rate(&motion, 60 * S) - 3.0) < 1e-9);
    const double restless = lee__motion_unrest(&motion);
    assert_true(restless > 0.015);
    for (int t = 62; t <= 400; t += 2) {
        lee__motion_hear(&motion, t * S, 170000);
    }
    assert_true(lee__motion_rate(&motion, 400 * S) == 0.0);
    assert_true(lee__motion_unrest(&motion) < restless / 3);
    /* Silence makes it a new track. */
    lee__motion_hear(&motion, 500 * S, 10000);
    assert_true(lee__motion_rate(&motion, 500 * S) == 0.0);
    assert_true(fabs(lee__motion_unrest(&motion) - (0.008 + 0.0065 * 0.15 / 0.4)) < 1e-12);
    /* The most extreme instants and courses do no harm. */
    lee__motion_hear(&motion, INT64_MAX, INT32_MIN);
    motion = (lee_motion){0};
    lee__motion_hear(&motion, INT64_MIN, INT32_MAX);
    lee__motion_hear(&motion, INT64_MAX, -1);
}

static void hear_nothing(void *context, const lee_trace *trace)
{
    (void)context;
    (void)trace;
}

/* Flight levels and ceilings are the same round numbers. */
static void a_flight_level_with_the_ceiling_is_above_and_with_the_floor_inside(void **state)
{
    (void)state;
    kit *k = start(90);
    assert_int_equal(fly_north(k, 9.8, 5000, 0, 0, 176), -1);
    kit_stop(k);
    k = start(90);
    assert_in_range(fly_north(k, 9.8, 1000, 0, 0, 176), 60, 140);
    (void)kit_next(k, LEE_EVENT_PREDICTED);
    kit_stop(k);
}

static uint64_t seed;
static double roll(double from, double to)
{
    seed += UINT64_C(0x9E3779B97F4A7C15);
    uint64_t z = seed;
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return from + (to - from) * (double)((z ^ z >> 31) >> 11) / 9007199254740992.0;
}

/* Beside the zone's southern edge, straight and in turns, level and climbing; by its number. */
static void fly_any(kit *k, uint64_t number)
{
    seed = number;
    const double speed_mps = roll(30, 220);
    double lat = 10 - roll(0, 60) * speed_mps / METRES_PER_DEGREE;
    double lon = 20.5;
    double course = roll(0, 360);
    double alt_ft = roll(500, 5500);
    double turn = 0;
    double rate_fpm = 0;
    for (int t = 0; t < 150; t++) {
        if (t % 25 == 0) {
            turn = roll(0, 1) < 0.5 ? 0 : roll(-4, 4);
            rate_fpm = roll(0, 1) < 0.6 ? 0 : roll(-2000, 2000);
        }
        kit_fly(k, t, lat, lon, (int32_t)alt_ft, (int32_t)(speed_mps * 1.94384),
                (int32_t)course % 360, (int32_t)rate_fpm);
        const double angle = course * 3.14159265358979 / 180;
        lat += speed_mps * cos(angle) / METRES_PER_DEGREE;
        lon += speed_mps * sin(angle) / METRES_PER_DEGREE / cos(lat * 3.14159265358979 / 180);
        course = fmod(course + turn + 360, 360);
        alt_ft += rate_fpm / 60;
    }
}

/* What is explained is looked at the whole, and nothing else that is not told. */
static void looking_at_the_whole_tells_the_same(void **state)
{
    (void)state;
    static kit plain;
    const lee_target target = lee_target_icao24(0xABCDEF, true);
    uint32_t predicted = 0;
    uint32_t updated = 0;
    for (uint64_t flight = 0; flight < 400; flight++) {
        const int32_t alert_chance_pct = flight % 2 ? 90 : 50;
        kit *k = start(alert_chance_pct);
        fly_any(k, flight);
        plain = *k;
        kit_stop(k);
        k = start(alert_chance_pct);
        lee_watch_trace(k->watch, &target, "north", hear_nothing, NULL);
        fly_any(k, flight);
        assert_int_equal(k->count, plain.count);
        for (uint32_t i = 0; i < k->count; i++) {
            const lee_event *const a = &plain.events[i];
            const lee_event *const b = &k->events[i];
            predicted += a->kind == LEE_EVENT_PREDICTED;
            updated += a->kind == LEE_EVENT_UPDATED && (a->present & LEE_EVENT_HAS_P_INSIDE);
            assert_int_equal(a->kind, b->kind);
            assert_int_equal(a->t_us, b->t_us);
            assert_int_equal(a->severity, b->severity);
            assert_string_equal(a->reason, b->reason);
            assert_int_equal(a->p_inside_e3, b->p_inside_e3);
            assert_int_equal(a->time_to_entry_s_e3, b->time_to_entry_s_e3);
            assert_int_equal(a->entry_lat_e7, b->entry_lat_e7);
            assert_int_equal(a->entry_lon_e7, b->entry_lon_e7);
        }
        kit_stop(k);
    }
    assert_true(predicted > 100 && updated > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_steady_flight_is_told_about_a_minute_before_with_its_chance),
        cmocka_unit_test(a_circling_target_is_not_told_though_its_line_sweeps_across),
        cmocka_unit_test(a_turn_towards_the_zone_is_told_as_a_turn),
        cmocka_unit_test(one_report_far_off_its_track_tells_nobody),
        cmocka_unit_test(a_target_below_that_climbs_is_told_and_one_that_is_level_is_not),
        cmocka_unit_test(a_flight_level_with_the_ceiling_is_above_and_with_the_floor_inside),
        cmocka_unit_test(looking_at_the_whole_tells_the_same),
        cmocka_unit_test(
            a_climb_that_ends_below_the_zone_by_what_the_crew_selected_is_less_likely_to_enter),
        cmocka_unit_test(a_motion_knows_its_turn_and_becomes_restless_and_calm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
