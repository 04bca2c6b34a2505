/* Zones above and below a track are left out of what is judged; nothing that enters them may be. */
#include <math.h>

#include "watch_kit.h"

/* Level at 9,000 ft over a zone from 1,000 to 5,000 ft, so that it is out of what is kept. */
static void fly_above(kit *k, int32_t reports)
{
    kit_start(k);
    for (int32_t i = 0; i < reports; i++) {
        kit_fly(k, i, 0.5, 0.4 + 0.001 * i, 9000, 360, 90, 0);
    }
    kit_silent(k);
}

static void a_target_over_a_zone_enters_it_by_one_low_report(void **state)
{
    (void)state;
    kit k = {0};
    kit_zone(&k, "a", 0, 0);
    fly_above(&k, 5);
    kit_fly(&k, 5, 0.5, 0.405, 4000, 360, 90, 0);
    kit_next(&k, LEE_EVENT_ENTERED);
    kit_fly(&k, 6, 0.5, 0.406, 9000, 360, 90, 0);
    kit_next(&k, LEE_EVENT_LEFT);
    kit_ended(&k, "left");
    kit_silent(&k);
    kit_stop(&k);
}

static void a_target_that_sinks_slowly_into_a_zone_enters_it_at_its_ceiling(void **state)
{
    (void)state;
    for (int32_t step_ft = 25; step_ft <= 1600; step_ft *= 2) {
        kit k = {0};
        kit_zone(&k, "a", 0, 0);
        fly_above(&k, 2);
        int32_t alt_ft = 9000;
        for (int32_t t_s = 2; alt_ft >= 5000; t_s++) {
            kit_silent(&k);
            alt_ft -= step_ft;
            kit_hear(&k, t_s, 0.5, 0.402, alt_ft);
        }
        kit_next(&k, LEE_EVENT_ENTERED);
        kit_stop(&k);
    }
}

static void a_way_through_a_zone_from_above_to_below_is_crossed(void **state)
{
    (void)state;
    kit k = {0};
    kit_zone(&k, "a", 0, 0);
    fly_above(&k, 3);
    kit_hear(&k, 30, 0.5, 0.41, 500);
    kit_next(&k, LEE_EVENT_CROSSED);
    kit_stop(&k);
}

static void a_target_over_a_zone_whose_altitude_is_not_known_any_more_is_inside(void **state)
{
    (void)state;
    kit k = {0};
    kit_zone(&k, "a", 0, 0);
    fly_above(&k, 3);
    for (int32_t t_s = 10; t_s <= 60; t_s += 10) {
        const lee_report report = kit_report(t_s, 0.5, 0.41);
        lee_watch_report(k.watch, &report);
        kit_silent(&k);
    }
    const lee_report report = kit_report(70, 0.5, 0.41);
    lee_watch_report(k.watch, &report);
    assert_string_equal(kit_next(&k, LEE_EVENT_ENTERED)->reason, "altitude_unknown");
    kit_stop(&k);
}

static void a_descent_from_above_is_predicted(void **state)
{
    (void)state;
    for (int32_t chance_pct = 0; chance_pct <= 90; chance_pct += 90) {
        kit k = {0};
        lee_zone *const zone = kit_zone(&k, "a", 0, 0);
        zone->watch.look_ahead_s = 120;
        zone->watch.warning_time_s = 100;
        zone->watch.alert_chance_pct = chance_pct;
        fly_above(&k, 3);
        kit_fly(&k, 3, 0.5, 0.405, 8950, 120, 90, -3500);
        kit_fly(&k, 4, 0.5, 0.4055, 8890, 120, 90, -3500);
        if (chance_pct > 0) {
            kit_fly(&k, 60, 0.5, 0.42, 5100, 120, 90, -3500);
        }
        kit_next(&k, LEE_EVENT_PREDICTED);
        kit_stop(&k);
    }
}

/* At 9,000 ft over a ceiling of 5,000: by what is not known it may be there in four minutes. */
static void a_height_that_may_change_by_then_keeps_a_zone_below(void **state)
{
    (void)state;
    kit k = {0};
    lee_zone *const zone = kit_zone(&k, "a", 0, 0);
    zone->watch.look_ahead_s = 600;
    zone->watch.warning_time_s = 500;
    zone->watch.vertical_growth_ft = 1000;
    kit_start(&k);
    for (int32_t t_s = 0; t_s < 5; t_s++) {
        kit_fly(&k, t_s, 0.5, 0.4 + 0.0001 * t_s, 9000, 30, 90, 0);
    }
    kit_next(&k, LEE_EVENT_PREDICTED);
    kit_stop(&k);
}

static uint64_t seed = 5;
static double roll(double from, double to)
{
    seed += UINT64_C(0x9E3779B97F4A7C15);
    uint64_t z = seed;
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return from + (to - from) * (double)((z ^ z >> 31) >> 11) / 9007199254740992.0;
}

/* Three quadrilaterals of some ten kilometres, which overlap, some with wide margins; of every
 * second flight they are boxes, as it is by the boxes of edges that it is known what is clear. */
static void start_among_zones(kit *k, uint64_t from)
{
    seed = from;
    static const char *const ids[] = {"a", "b", "c"};
    for (int n = 0; n < 3; n++) {
        lee_zone *const zone = kit_zone(k, ids[n], 40, 5);
        zone->watch.lateral_margin_m = n * 900;
        zone->watch.hold = n;
        zone->watch.look_ahead_s = 60 * n;
        zone->watch.warning_time_s = 50;
        zone->watch.alert_chance_pct = n == 2 ? 90 : 0;
        const double lat = 40.5 + roll(-0.05, 0.05);
        const double lon = 5.5 + roll(-0.05, 0.05);
        double north = 0.0;
        double east = 0.0;
        for (int i = 0; i < 4; i++) {
            const bool is_new = from % 2 == 1 || i == 0;
            north = (i / 2 ? 1 : -1) * (is_new ? roll(0.02, 0.1) : fabs(north));
            east = (i == 1 || i == 2 ? 1 : -1) * (is_new ? roll(0.02, 0.1) : fabs(east));
            k->points[n][i] =
                (lee_point){(int32_t)((lat + north) * DEG), (int32_t)((lon + east) * DEG)};
        }
    }
    kit_start(k);
}

/* Zones put anew after each report make the watch forget what it knows of edges: where the target
 * is clear of them, and what it is inside of. It must tell the same. */
static void what_is_remembered_of_edges_changes_nothing(void **state)
{
    (void)state;
    uint32_t told = 0;
    for (uint64_t flight = 1; flight <= 120; flight++) {
        kit remembers = {0};
        kit forgets = {0};
        start_among_zones(&remembers, flight);
        start_among_zones(&forgets, flight);
        double lat = 40.5 + roll(-0.15, 0.15);
        double lon = 5.5 + roll(-0.15, 0.15);
        double track_deg = roll(0, 360);
        const double step_s = flight % 3 == 0 ? 10 : 1;
        const double speed_mps = roll(10, 200);
        for (int32_t t_s = 1; t_s <= 400; t_s++) {
            track_deg += roll(-8, 10) + (fabs(lat - 40.5) + fabs(lon - 5.5) > 0.2 ? 20 : 0);
            track_deg = fmod(track_deg + 360.0, 360.0);
            lat += speed_mps * step_s * cos(track_deg * 0.0174533) / 111195;
            lon += speed_mps * step_s * sin(track_deg * 0.0174533) / 84500;
            /* Now and then it is silent, and lost where it was near. */
            const int32_t at_s = (int32_t)(t_s * step_s) + 100 * (t_s / 25);
            const int32_t alt_ft = 3000 + 2500 * (t_s / 64 % 2);
            kit *const both[] = {&remembers, &forgets};
            for (int i = 0; i < 2; i++) {
                both[i]->count = 0;
                kit_fly(both[i], at_s, lat, lon, alt_ft, (int32_t)(speed_mps * 1.944),
                        (int32_t)track_deg, 0);
            }
            assert_int_equal(remembers.count, forgets.count);
            for (uint32_t i = 0; i < remembers.count; i++) {
                const lee_event *const a = &remembers.events[i];
                const lee_event *const b = &forgets.events[i];
                assert_true(a->kind == b->kind && a->zone_index == b->zone_index &&
                            a->incident == b->incident && a->crossed_at_us == b->crossed_at_us &&
                            a->time_to_entry_s_e3 == b->time_to_entry_s_e3);
            }
            told += remembers.count;
            forgets.count = 0;
            assert_int_equal(lee_watch_set_zones(forgets.watch, forgets.set, 7, at_s * S), LEE_OK);
            assert_int_equal(forgets.count, 0);
        }
        kit_stop(&remembers);
        kit_stop(&forgets);
    }
    assert_true(told > 2000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_target_over_a_zone_enters_it_by_one_low_report),
        cmocka_unit_test(a_target_that_sinks_slowly_into_a_zone_enters_it_at_its_ceiling),
        cmocka_unit_test(a_way_through_a_zone_from_above_to_below_is_crossed),
        cmocka_unit_test(a_target_over_a_zone_whose_altitude_is_not_known_any_more_is_inside),
        cmocka_unit_test(a_descent_from_above_is_predicted),
        cmocka_unit_test(a_height_that_may_change_by_then_keeps_a_zone_below),
        cmocka_unit_test(what_is_remembered_of_edges_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
