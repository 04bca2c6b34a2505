#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "geo/distance.h"
#include "track/unseen.h"

#define S INT64_C(1000000)
#define MIN (60 * S)
#define T0 (1700000000 * S)

typedef struct {
    lee_report report;
    lee_hearing hearing;
    int count;
} last_said;

static void on_said(void *context, const lee_report *report, const lee_hearing *hearing)
{
    last_said *const said = context;
    said->report = *report;
    said->hearing = *hearing;
    said->count++;
}

/* A jet, seen from 15 km; the cell's middle is some kilometres off, on purpose. */
static lee_seen jet(double lat, double lon, int64_t t_us, int heading)
{
    return (lee_seen){.t_us = t_us,
                      .observer = {(int32_t)(lat * 1e7), (int32_t)(lon * 1e7)},
                      .cell = {(int32_t)(lat * 1e7) + 300000, (int32_t)(lon * 1e7) - 200000},
                      .range_m = 15000,
                      .region_m = 23000,
                      .fastest_mps = 250,
                      .what = 0,
                      .heading = (uint8_t)heading};
}

static const char *see(lee_unseen *unseen, lee_seen seen, last_said *said)
{
    lee_unseen_see(unseen, &seen, seen.t_us, on_said, said);
    return said->report.target.text;
}

/* Reference scenario 2: take-off seen at the coast, heading east; 14 minutes later 100 km on. */
static void a_take_off_and_a_sighting_100_km_on_are_one_track_of_430_km_an_hour(void **state)
{
    (void)state;
    lee_unseen *const unseen = lee_unseen_create();
    last_said said = {.count = 0};
    const lee_point coast = {354000000, 359500000};
    const lee_point inland = lee_point_ahead(coast, 60000, 100000.0);
    (void)see(unseen, jet(coast.lat_e7 / 1e7, coast.lon_e7 / 1e7, T0, 2), &said);
    assert_string_equal(said.report.target.text, "unseen:1");
    assert_false(said.report.present & LEE_REPORT_HAS_SPEED_GROUND);
    (void)see(unseen, jet(inland.lat_e7 / 1e7, inland.lon_e7 / 1e7, T0 + 14 * MIN, 1), &said);
    assert_string_equal(said.report.target.text, "unseen:1");
    const double speed_kmh = said.report.speed_ground_kt_e3 * 1.852 / 1000.0;
    assert_true(speed_kmh > 429.9 && speed_kmh < 430.1);
    assert_int_equal(said.report.track_deg_e3, 45000);
    lee_unseen_counters counters;
    lee_unseen_count(unseen, &counters);
    assert_int_equal(counters.targets, 1);
    assert_int_equal(counters.joined, 1);
    lee_unseen_free(unseen);
}

static void two_observers_of_one_thing_make_one_target(void **state)
{
    (void)state;
    lee_unseen *const unseen = lee_unseen_create();
    last_said said = {.count = 0};
    (void)see(unseen, jet(35.0, 36.0, T0, 8), &said);
    assert_string_equal(see(unseen, jet(35.1, 36.1, T0 + 30 * S, 8), &said), "unseen:1");
    assert_string_equal(see(unseen, jet(35.05, 36.0, T0 + 10 * S, 8), &said), "unseen:1");
    assert_false(said.report.present & LEE_REPORT_HAS_SPEED_GROUND);
    lee_unseen_free(unseen);
}

static void what_cannot_be_the_same_is_another_target(void **state)
{
    (void)state;
    lee_unseen *const unseen = lee_unseen_create();
    last_said said = {.count = 0};
    (void)see(unseen, jet(35.0, 36.0, T0, 2), &said);
    /* Too far for the time, the wrong way, another kind, too late. */
    assert_string_equal(see(unseen, jet(37.0, 36.0, T0 + 60 * S, 8), &said), "unseen:2");
    assert_string_equal(see(unseen, jet(35.0, 35.0, T0 + 8 * MIN, 8), &said), "unseen:3");
    lee_seen drone = jet(35.0, 36.0, T0 + 9 * MIN, 8);
    drone.what = 2;
    assert_string_equal(see(unseen, drone, &said), "unseen:4");
    assert_string_equal(see(unseen, jet(35.0, 36.0, T0 + 60 * MIN, 8), &said), "unseen:5");
    /* Nobody knows what it is: it may be the drone as well. */
    drone.what = LEE_SEEN_UNKNOWN;
    drone.t_us = T0 + 10 * MIN;
    assert_string_equal(see(unseen, drone, &said), "unseen:4");
    lee_unseen_free(unseen);
}

static void the_region_grows_until_the_thing_is_old(void **state)
{
    (void)state;
    lee_unseen *const unseen = lee_unseen_create();
    last_said said = {.count = 0};
    (void)see(unseen, jet(35.0, 36.0, T0, 8), &said);
    assert_int_equal(said.hearing.region_m, 23000);
    lee_unseen_tick(unseen, T0 + 9 * S, on_said, &said);
    assert_int_equal(said.count, 1);
    lee_unseen_tick(unseen, T0 + 20 * S, on_said, &said);
    assert_int_equal(said.hearing.region_m, 23000 + 20 * 250);
    lee_unseen_tick(unseen, T0 + 10 * MIN, on_said, &said);
    assert_int_equal(said.hearing.region_m, LEE_UNSEEN_REGION_MAX_M);
    const int count = said.count;
    lee_unseen_tick(unseen, T0 + 11 * MIN, on_said, &said);
    assert_int_equal(said.count, count);
    lee_unseen_free(unseen);
}

static void no_observers_place_is_said(void **state)
{
    (void)state;
    lee_unseen *const unseen = lee_unseen_create();
    last_said said = {.count = 0};
    const lee_seen seen = jet(35.0, 36.0, T0, 8);
    (void)see(unseen, seen, &said);
    assert_int_equal(said.report.lat_e7, seen.cell.lat_e7);
    assert_int_equal(said.report.lon_e7, seen.cell.lon_e7);
    lee_unseen_free(unseen);
}

static void an_explosion_is_no_target_and_the_oldest_makes_room(void **state)
{
    (void)state;
    lee_unseen *const unseen = lee_unseen_create();
    last_said said = {.count = 0};
    lee_seen still = jet(35.0, 36.0, T0, 8);
    still.fastest_mps = 0;
    (void)see(unseen, still, &said);
    assert_int_equal(said.count, 0);
    for (uint32_t i = 0; i < LEE_UNSEEN_MAX + 10; i++) {
        (void)see(unseen, jet(-60.0 + 0.4 * i, 20.0, T0 + i, 8), &said);
    }
    lee_unseen_counters counters;
    lee_unseen_count(unseen, &counters);
    assert_int_equal(counters.targets, LEE_UNSEEN_MAX);
    assert_int_equal(counters.evicted, 10);
    assert_int_equal(counters.still, 1);
    lee_unseen_free(unseen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_take_off_and_a_sighting_100_km_on_are_one_track_of_430_km_an_hour),
        cmocka_unit_test(two_observers_of_one_thing_make_one_target),
        cmocka_unit_test(what_cannot_be_the_same_is_another_target),
        cmocka_unit_test(the_region_grows_until_the_thing_is_old),
        cmocka_unit_test(no_observers_place_is_said),
        cmocka_unit_test(an_explosion_is_no_target_and_the_oldest_makes_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
