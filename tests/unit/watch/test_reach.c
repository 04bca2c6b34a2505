/* Zones above and below a track are left out of what is judged; nothing that enters them may be. */
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_target_over_a_zone_enters_it_by_one_low_report),
        cmocka_unit_test(a_target_that_sinks_slowly_into_a_zone_enters_it_at_its_ceiling),
        cmocka_unit_test(a_way_through_a_zone_from_above_to_below_is_crossed),
        cmocka_unit_test(a_target_over_a_zone_whose_altitude_is_not_known_any_more_is_inside),
        cmocka_unit_test(a_descent_from_above_is_predicted),
        cmocka_unit_test(a_height_that_may_change_by_then_keeps_a_zone_below),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
