/* Pressure by place and time: stated, configured, by aircraft, or not known. */
#include "watch_kit.h"

#include "base/buffer.h"
#include "watch/watch.h"

/* Zone "t" from 2000 to 4000 ft above the sea on the square of (46, 8). */
static kit *start(const lee_watch_options *wanted)
{
    static kit k;
    k = (kit){0};
    lee_zone *const zone = kit_zone(&k, "t", 46, 8);
    zone->lower.alt = (lee_alt){2000, LEE_ALT_MSL};
    zone->upper.alt = (lee_alt){4000, LEE_ALT_MSL};
    lee_watch_options options;
    lee_watch_options_default(&options);
    if (wanted) {
        options = *wanted;
    }
    options.tracks_max = 64;
    options.incidents_max = 64;
    kit_start_with(&k, &options);
    return &k;
}

static lee_qnh_table *stated(double lat, double lon, int32_t radius_m, int32_t qnh_hpa_e1)
{
    lee_qnh_table *const table = lee_qnh_table_create();
    const lee_qnh qnh = {.id = "LSZX",
                         .point = {(int32_t)(lat * DEG), (int32_t)(lon * DEG)},
                         .radius_m = radius_m,
                         .qnh_hpa_e1 = qnh_hpa_e1,
                         .error_hpa_e1 = 10,
                         .from_us = 0,
                         .to_us = 1000 * S};
    assert_int_equal(lee_qnh_table_put(table, &qnh, 0), LEE_OK);
    return table;
}

static void nobody_states_it_and_altitudes_are_compared_as_they_are(void **state)
{
    (void)state;
    kit *const k = start(NULL);
    kit_hear(k, 1, 46.5, 8.5, 1999);
    kit_silent(k);
    kit_hear(k, 2, 46.5, 8.5, 2000);
    assert_int_equal(kit_next(k, LEE_EVENT_ENTERED)->present & LEE_EVENT_HAS_REASON, 0);
    kit_stop(k);
}

/* 1003.2 hPa is 274 ft below the standard (10 hPa less, parabola included). */
static void a_stated_pressure_moves_limits_above_the_sea(void **state)
{
    (void)state;
    kit *const k = start(NULL);
    lee_qnh_table *const table = stated(46.5, 8.5, 100000, 10032);
    lee_watch_set_qnh(k->watch, table);
    kit_hear(k, 1, 46.5, 8.5, 2273);
    kit_silent(k);
    kit_hear(k, 2, 46.5, 8.5, 2274);
    (void)kit_next(k, LEE_EVENT_ENTERED);
    kit_hear(k, 3, 46.5, 8.5, 4273);
    kit_silent(k);
    kit_hear(k, 4, 46.5, 8.5, 4274);
    (void)kit_next(k, LEE_EVENT_LEFT);
    kit_stop(k);
    lee_qnh_table_free(table);
}

static void where_and_when_none_is_stated_limits_are_wider_and_that_is_said(void **state)
{
    (void)state;
    kit *const k = start(NULL);
    lee_qnh_table *const table = stated(46.1, 8.1, 20000, 10132);
    lee_watch_set_qnh(k->watch, table);
    kit_hear(k, 1, 46.1, 8.1, 1500);
    kit_silent(k);
    kit_hear(k, 5, 46.9, 8.9, 899);
    kit_silent(k);
    kit_hear(k, 10, 46.9, 8.9, 900);
    const lee_event *event = kit_next(k, LEE_EVENT_ENTERED);
    assert_string_equal(event->reason, "limit_uncertain");
    assert_string_equal(event->confidence, "low");
    kit_hear(k, 20, 46.1, 8.1, 1500);
    (void)kit_next(k, LEE_EVENT_LEFT);
    kit_ended(k, "left");
    /* The statement ends at 1000 s. */
    kit_hear(k, 999, 46.1, 8.1, 1500);
    kit_silent(k);
    kit_hear(k, 1000, 46.1, 8.1, 1500);
    assert_string_equal(kit_next(k, LEE_EVENT_ENTERED)->reason, "limit_uncertain");
    kit_stop(k);
    lee_qnh_table_free(table);
}

static void a_configured_pressure_serves_where_none_is_stated(void **state)
{
    (void)state;
    lee_watch_options options;
    lee_watch_options_default(&options);
    options.qnh_hpa_e1 = 10032;
    kit *const k = start(&options);
    lee_qnh_table *const table = stated(46.1, 8.1, 20000, 10132);
    lee_watch_set_qnh(k->watch, table);
    kit_hear(k, 1, 46.9, 8.9, 2273);
    kit_silent(k);
    kit_hear(k, 10, 46.9, 8.9, 2274);
    (void)kit_next(k, LEE_EVENT_ENTERED);
    kit_stop(k);
    lee_qnh_table_free(table);
}

/* Climbing from one pressure into another: the way is straight in altitude above the sea. */
static void the_crossing_is_where_the_altitude_above_the_sea_reaches_the_limit(void **state)
{
    (void)state;
    kit *const k = start(NULL);
    lee_qnh_table *const table = stated(46.2, 8.5, 20000, 10132);
    const lee_qnh north = {.id = "n",
                           .point = {46 * DEG + 8000000, 8 * DEG + 5000000},
                           .radius_m = 20000,
                           .qnh_hpa_e1 = 10032,
                           .error_hpa_e1 = 10,
                           .from_us = 0,
                           .to_us = 1000 * S};
    assert_int_equal(lee_qnh_table_put(table, &north, 0), LEE_OK);
    lee_watch_set_qnh(k->watch, table);
    kit_hear(k, 0, 46.2, 8.5, 1900);
    kit_hear(k, 40, 46.8, 8.5, 2574); /* 2300 ft above the sea: 400 ft more */
    const lee_event *const event = kit_next(k, LEE_EVENT_ENTERED);
    assert_int_equal(event->crossed_at_us, 10 * S);
    kit_stop(k);
    lee_qnh_table_free(table);
}

static void the_way_ahead_is_judged_by_the_pressure_here(void **state)
{
    (void)state;
    for (int32_t chance = 0; chance <= 90; chance += 90) {
        kit *const k = start(NULL);
        k->zones[0].watch = (lee_zone_watch){.imminent_s = 15,
                                             .look_ahead_s = 120,
                                             .warning_time_s = 60,
                                             .confirm = 1,
                                             .lost_after_s = 30,
                                             .alert_chance_pct = chance};
        assert_int_equal(lee_watch_set_zones(k->watch, k->set, 8, 0), LEE_OK);
        lee_qnh_table *const table = stated(46.0, 8.5, 100000, 10032);
        lee_watch_set_qnh(k->watch, table);
        for (int t = 1; t < 8; t++) {
            kit_fly(k, t, 45.97 + t * 0.0013, 8.5, 2200, 280, 0, 0);
        }
        kit_silent(k);
        kit_fly(k, 8, 45.97 + 8 * 0.0013, 8.5, 2300, 280, 0, 0);
        (void)kit_next(k, LEE_EVENT_PREDICTED);
        kit_stop(k);
        lee_qnh_table_free(table);
    }
}

static void show(kit *k, int64_t t_s, uint32_t address, double lat, int32_t baro_ft,
                 int32_t difference_ft)
{
    lee_report report = kit_report(t_s, lat, 8.5);
    report.target = lee_target_icao24(address, true);
    report.present |= LEE_REPORT_HAS_ALT_BARO | LEE_REPORT_HAS_ALT_HAE;
    report.alt_baro_ft = baro_ft;
    /* The geoid is 48 or 49 m above the ellipsoid there. */
    report.alt_hae_ft = baro_ft + difference_ft + 159;
    lee_watch_report(k->watch, &report);
}

static lee_watch_options asking_aircraft(void)
{
    lee_watch_options options;
    lee_watch_options_default(&options);
    options.qnh_from_aircraft = true;
    return options;
}

static void three_low_aircraft_show_the_pressure_and_a_liar_does_not_move_it(void **state)
{
    (void)state;
    const lee_watch_options options = asking_aircraft();
    kit *const k = start(&options);
    kit_hear(k, 1, 46.5, 8.5, 1500);
    assert_string_equal(kit_next(k, LEE_EVENT_PRESENT)->reason, "limit_uncertain");
    /* Two are not enough, one high up does not count, nor one that cannot be. */
    show(k, 2, 1, 46.1, 1000, -270);
    show(k, 2, 2, 46.2, 1200, -280);
    show(k, 2, 3, 46.3, 30000, -270);
    show(k, 2, 4, 46.3, 1000, 1700);
    k->seen = k->count;
    kit_hear(k, 3, 46.5, 8.5, 1500);
    kit_silent(k);
    show(k, 4, 5, 46.4, 900, 600);
    show(k, 4, 6, 46.4, 900, -275);
    show(k, 4, 7, 46.4, 900, -275);
    k->seen = k->count;
    kit_hear(k, 5, 46.5, 8.5, 1500);
    (void)kit_next(k, LEE_EVENT_LEFT);
    kit_ended(k, "left");
    kit_hear(k, 6, 46.5, 8.5, 2240);
    kit_silent(k);
    kit_hear(k, 7, 46.5, 8.5, 2310);
    (void)kit_next(k, LEE_EVENT_ENTERED);
    kit_stop(k);
}

static void what_aircraft_showed_is_old_after_twenty_minutes(void **state)
{
    (void)state;
    const lee_watch_options options = asking_aircraft();
    kit *const k = start(&options);
    for (uint32_t i = 1; i <= 3; i++) {
        show(k, i, i, 46.1, 700, 0);
    }
    k->seen = k->count;
    kit_hear(k, 3 + 1200, 46.5, 8.5, 1500);
    kit_silent(k);
    kit_hear(k, 4 + 1200, 46.5, 8.5, 1500);
    assert_string_equal(kit_next(k, LEE_EVENT_ENTERED)->reason, "limit_uncertain");
    kit_stop(k);
}

static void what_aircraft_showed_is_saved_and_loaded(void **state)
{
    (void)state;
    const lee_watch_options options = asking_aircraft();
    kit *const first = start(&options);
    for (uint32_t i = 1; i <= 3; i++) {
        show(first, i, i, 46.1, 700, 0);
    }
    lee_buffer bytes;
    lee_buffer_init(&bytes, 64u * 1024u * 1024u);
    lee_state walk;
    lee_state_save(&walk, &bytes);
    lee_watch_state(&walk, first->watch);
    assert_int_equal(lee_state_end(&walk), LEE_OK);
    kit_stop(first);
    kit *const k = start(&options);
    lee_state_load(&walk, bytes.bytes, bytes.length);
    lee_watch_state(&walk, k->watch);
    assert_int_equal(lee_state_end(&walk), LEE_OK);
    kit_hear(k, 10, 46.5, 8.5, 1500);
    kit_silent(k);
    kit_stop(k);
    lee_buffer_free(&bytes);
}

static void a_height_above_the_ellipsoid_meets_the_sea_by_the_geoid(void **state)
{
    (void)state;
    kit *const k = start(NULL);
    lee_report report = kit_report(1, 46.5, 8.5);
    report.present |= LEE_REPORT_HAS_ALT_HAE;
    report.alt_hae_ft = 2000 + 140; /* below by at least 10 ft: the geoid is 49 m up */
    lee_watch_report(k->watch, &report);
    kit_silent(k);
    report.t_us = 2 * S;
    report.alt_hae_ft = 2000 + 175;
    lee_watch_report(k->watch, &report);
    (void)kit_next(k, LEE_EVENT_ENTERED);
    kit_stop(k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_states_it_and_altitudes_are_compared_as_they_are),
        cmocka_unit_test(a_stated_pressure_moves_limits_above_the_sea),
        cmocka_unit_test(where_and_when_none_is_stated_limits_are_wider_and_that_is_said),
        cmocka_unit_test(a_configured_pressure_serves_where_none_is_stated),
        cmocka_unit_test(the_crossing_is_where_the_altitude_above_the_sea_reaches_the_limit),
        cmocka_unit_test(the_way_ahead_is_judged_by_the_pressure_here),
        cmocka_unit_test(three_low_aircraft_show_the_pressure_and_a_liar_does_not_move_it),
        cmocka_unit_test(what_aircraft_showed_is_old_after_twenty_minutes),
        cmocka_unit_test(what_aircraft_showed_is_saved_and_loaded),
        cmocka_unit_test(a_height_above_the_ellipsoid_meets_the_sea_by_the_geoid),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
