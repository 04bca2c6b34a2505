/* Limits above the ground where terrain is loaded: exact at reports, on ways and ahead. */
#include <stdlib.h>

#include "watch_kit.h"

#define TILE_BYTES ((size_t)2 * 1201 * 1201)

static uint8_t *tile;
static uint8_t *flat; /* 100 m, south of it */
static lee_terrain *terrain;

/* From the zone's southern edge 100 m, rising 10 m a cell to a ridge of 2100 m at 46.1667 N, and
 * down again to 100 m at 46.3333 N; flat beyond. Void east of 8.75 E. */
static int32_t height_m(uint32_t row, uint32_t column)
{
    const int32_t from_south = 1200 - (int32_t)row;
    const int32_t up_m = from_south <= 200 ? from_south * 10 : 4000 - from_south * 10;
    return column >= 900 ? INT16_MIN : 100 + (up_m > 0 ? up_m : 0);
}

static int make_tile(void **state)
{
    (void)state;
    lee_error_info why;
    tile = calloc(1, TILE_BYTES);
    flat = calloc(1, TILE_BYTES);
    for (uint32_t i = 0; i < 1201 * 1201; i++) {
        const int32_t m = height_m(i / 1201, i % 1201);
        tile[2 * i] = (uint8_t)((uint32_t)m >> 8);
        tile[2 * i + 1] = (uint8_t)m;
        flat[2 * i + 1] = 100;
    }
    assert_int_equal(lee_terrain_create(&terrain), LEE_OK);
    assert_int_equal(lee_terrain_add(terrain, "N46E008", tile, TILE_BYTES, &why), LEE_OK);
    assert_int_equal(lee_terrain_add(terrain, "N45E008", flat, TILE_BYTES, &why), LEE_OK);
    return 0;
}

static int free_tile(void **state)
{
    (void)state;
    lee_terrain_free(terrain);
    free(tile);
    free(flat);
    return 0;
}

/* From 0 to 400 ft above the ground of the square (46, 8). */
static kit *start(const lee_terrain *ground, int32_t look_ahead_s)
{
    static kit k;
    k = (kit){0};
    lee_zone *const zone = kit_zone(&k, "low", 46, 8);
    zone->lower = (lee_alt_limit){.kind = LEE_LIMIT_SFC};
    zone->upper.alt = (lee_alt){400, LEE_ALT_AGL};
    zone->watch = (lee_zone_watch){.imminent_s = 15,
                                   .confirm = 1,
                                   .lost_after_s = 600,
                                   .look_ahead_s = look_ahead_s,
                                   .warning_time_s = look_ahead_s,
                                   .alert_chance_pct = look_ahead_s > 0 ? 90 : 0};
    lee_watch_options options;
    lee_watch_options_default(&options);
    options.tracks_max = 64;
    options.incidents_max = 64;
    options.terrain = ground;
    kit_start_with(&k, &options);
    return &k;
}

static int32_t ground_ft(double lat)
{
    int32_t ft = 0;
    const lee_point point = {(int32_t)(lat * DEG), 8 * DEG + 5000000};
    assert_true(lee_terrain_height_ft(terrain, point, &ft));
    return ft;
}

static void the_ceiling_is_exact_over_the_ground_below(void **state)
{
    (void)state;
    kit *const k = start(terrain, 0);
    const int32_t ft = ground_ft(46.1);
    assert_int_equal(ft, 4265); /* 1300 m */
    kit_hear(k, 1, 46.1, 8.5, ft + 400);
    kit_silent(k);
    kit_hear(k, 2, 46.1, 8.5, ft + 399);
    const lee_event *const event = kit_next(k, LEE_EVENT_ENTERED);
    assert_int_equal(event->present & LEE_EVENT_HAS_REASON, 0);
    kit_hear(k, 3, 46.1, 8.5, ft + 400);
    (void)kit_next(k, LEE_EVENT_LEFT);
    kit_ended(k, "left");
    kit_silent(k);
    kit_stop(k);
}

static void without_terrain_the_same_flight_is_taken_cautiously(void **state)
{
    (void)state;
    kit *const k = start(NULL, 0);
    kit_hear(k, 1, 46.1, 8.5, 30000);
    assert_string_equal(kit_next(k, LEE_EVENT_PRESENT)->reason, "limit_uncertain");
    kit_stop(k);
}

static void over_a_void_the_limit_is_taken_cautiously(void **state)
{
    (void)state;
    kit *const k = start(terrain, 0);
    kit_hear(k, 1, 46.1, 8.6, 30000);
    kit_silent(k);
    kit_hear(k, 2, 46.1, 8.8, 30000);
    assert_string_equal(kit_next(k, LEE_EVENT_ENTERED)->reason, "limit_uncertain");
    kit_stop(k);
}

static void following_the_ground_above_the_ceiling_is_outside_all_the_way(void **state)
{
    (void)state;
    kit *const k = start(terrain, 0);
    int t = 1;
    for (double lat = 46.01; lat < 46.4; lat += 0.002) {
        kit_hear(k, t++, lat, 8.5, ground_ft(lat) + 500);
    }
    kit_silent(k);
    kit_stop(k);
}

static void the_way_through_a_ridge_is_crossed_where_it_meets_the_ceiling(void **state)
{
    (void)state;
    kit *const k = start(terrain, 0);
    /* Level at 1700 m above the sea: 400 ft over the ground are reached where this is 1578 m. */
    kit_hear(k, 0, 46.0, 8.5, 5577);
    kit_hear(k, 100, 46.3333, 8.5, 5577);
    const lee_event *const event = kit_next(k, LEE_EVENT_CROSSED);
    /* 147.8 cells of 400 to the far side. */
    assert_in_range(event->crossed_at_us, 36900 * 1000, 37000 * 1000);
    kit_ended(k, "left");
    kit_silent(k);
    kit_stop(k);
}

static void the_ground_ahead_is_seen_to_rise(void **state)
{
    (void)state;
    kit *const k = start(terrain, 60);
    /* 200 kt north, 700 ft over flat ground south of the zone and level. */
    int t = 1;
    double lat = 45.9;
    for (; lat < 46.0; lat += 0.000926 * 2, t += 2) {
        kit_fly(k, t, lat, 8.5, 2000, 200, 0, 0);
    }
    const lee_event *const event = kit_next(k, LEE_EVENT_PREDICTED);
    /* The ground comes within 400 ft of 2000 ft 38.8 cells north of the edge, at 46.0323. */
    assert_in_range(event->entry_lat_e7, 46 * DEG + 322000, 46 * DEG + 325000);
    kit_stop(k);
}

static void flat_ground_ahead_is_not_alarming(void **state)
{
    (void)state;
    kit *const k = start(terrain, 60);
    for (int t = 1; t < 60; t++) {
        kit_fly(k, t, 46.4 + t * 0.000926, 8.5, 328 + 401, 200, 0, 0);
    }
    kit_silent(k);
    kit_stop(k);
}

static void height_by_gnss_comes_before_pressure(void **state)
{
    (void)state;
    kit *const k = start(terrain, 0);
    lee_report report = kit_report(1, 46.5, 8.5);
    report.present |= LEE_REPORT_HAS_ALT_BARO | LEE_REPORT_HAS_ALT_HAE;
    report.alt_baro_ft = 400; /* 72 ft over the ground, if the pressure were standard */
    report.alt_hae_ft = 328 + 165 + 420;
    lee_watch_report(k->watch, &report);
    kit_silent(k);
    report.t_us = 2 * S;
    report.alt_hae_ft = 328 + 150 + 380;
    lee_watch_report(k->watch, &report);
    (void)kit_next(k, LEE_EVENT_ENTERED);
    kit_stop(k);
}

/* Random flights between two reports against a walk along the way in 4096 steps. */
static void ways_over_hills_agree_with_a_walk_along_them(void **state)
{
    (void)state;
    uint64_t dice = 7;
    uint32_t through = 0;
    for (int i = 0; i < 400; i++) {
        dice = dice * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        const double from = 46.0 + (double)(dice >> 40 & 0xFFF) / 0xFFF * 0.38;
        const double to = from + ((double)(dice >> 52 & 0xFFF) / 0xFFF - 0.5) * 0.1;
        const int32_t from_ft = ground_ft(from) + 401 + (int32_t)(dice >> 20 & 0x3FF);
        if (to < 46.0 || to > 46.4) {
            continue;
        }
        const int32_t to_ft = ground_ft(to) + 401 + (int32_t)(dice >> 30 & 0x3FF);
        double lowest_ft = 1e9;
        for (int n = 0; n <= 4096; n++) {
            const double part = n / 4096.0;
            const double over = from_ft + (to_ft - from_ft) * part;
            const double here = over - ground_ft(from + (to - from) * part) - 400;
            lowest_ft = here < lowest_ft ? here : lowest_ft;
        }
        if (lowest_ft > -25 && lowest_ft < 25) {
            continue; /* between two points of the profile the ground is straight */
        }
        kit *const k = start(terrain, 0);
        kit_hear(k, 0, from, 8.5, from_ft);
        kit_hear(k, 100, to, 8.5, to_ft);
        if (lowest_ft < 0) {
            (void)kit_next(k, LEE_EVENT_CROSSED);
            kit_ended(k, "left");
            through++;
        }
        kit_silent(k);
        kit_stop(k);
    }
    assert_in_range(through, 5, 300);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_ceiling_is_exact_over_the_ground_below),
        cmocka_unit_test(without_terrain_the_same_flight_is_taken_cautiously),
        cmocka_unit_test(over_a_void_the_limit_is_taken_cautiously),
        cmocka_unit_test(following_the_ground_above_the_ceiling_is_outside_all_the_way),
        cmocka_unit_test(the_way_through_a_ridge_is_crossed_where_it_meets_the_ceiling),
        cmocka_unit_test(the_ground_ahead_is_seen_to_rise),
        cmocka_unit_test(flat_ground_ahead_is_not_alarming),
        cmocka_unit_test(height_by_gnss_comes_before_pressure),
        cmocka_unit_test(ways_over_hills_agree_with_a_walk_along_them),
    };
    return cmocka_run_group_tests(tests, make_tile, free_tile);
}
