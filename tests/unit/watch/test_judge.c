#include "watch_kit.h"

static void first_seen_inside_is_present_and_outside_again_is_left_and_ended(void **state)
{
    (void)state;
    kit k = {0};
    kit_zone(&k, "a", 0, 0);
    kit_start(&k);
    kit_hear(&k, 10, 0.5, 0.5, 2000);
    const lee_event *const present = kit_next(&k, LEE_EVENT_PRESENT);
    assert_int_equal(present->t_us, 10 * S);
    assert_string_equal(present->zone, "a");
    assert_int_equal(present->zone_generation, 7);
    assert_int_equal(present->lat_e7, DEG / 2);
    assert_int_equal(present->alt_ft, 2000);
    assert_int_equal(present->alt_ref, LEE_ALT_STD);
    assert_int_equal(present->severity, LEE_SEVERITY_HIGH);
    assert_false(present->present & LEE_EVENT_HAS_CROSSED_AT);
    kit_hear(&k, 11, 0.6, 0.5, 2000);
    kit_silent(&k);
    kit_hear(&k, 21, 0.6, 1.5, 2000);
    const lee_event *const left = kit_next(&k, LEE_EVENT_LEFT);
    assert_int_equal(left->incident, present->incident);
    /* Half of the way east lies beyond the eastern edge. */
    assert_int_equal(left->crossed_at_us, 16 * S);
    assert_int_equal(left->cross_lon_e7, DEG);
    assert_int_equal(left->cross_lat_e7, 6 * DEG / 10);
    assert_int_equal(kit_ended(&k, "left")->incident, present->incident);
    kit_silent(&k);
    lee_watch_counters counters;
    lee_watch_count(k.watch, &counters);
    assert_int_equal(counters.incidents_open, 0);
    assert_int_equal(counters.events, 3);
    kit_stop(&k);
}

static void inside_after_outside_is_entered_with_the_time_and_place_of_the_crossing(void **state)
{
    (void)state;
    kit k = {0};
    kit_zone(&k, "a", 0, 0);
    kit_start(&k);
    kit_hear(&k, 0, 0.5, -0.5, 2000);
    kit_silent(&k);
    kit_hear(&k, 10, 0.5, 0.5, 2000);
    const lee_event *const entered = kit_next(&k, LEE_EVENT_ENTERED);
    assert_int_equal(entered->t_us, 10 * S);
    assert_int_equal(entered->crossed_at_us, 5 * S);
    assert_int_equal(entered->cross_lon_e7, 0);
    /* 0.5 degrees of longitude at 0.5 degrees north. */
    assert_in_range(entered->depth_m, 55200, 55700);
    kit_silent(&k);
    kit_stop(&k);
}

static void the_floor_is_inside_and_the_ceiling_outside(void **state)
{
    (void)state;
    kit k = {0};
    kit_zone(&k, "a", 0, 0);
    kit_start(&k);
    kit_hear(&k, 0, 0.5, 0.5, 999);
    kit_silent(&k);
    kit_hear(&k, 1, 0.5, 0.5, 1000);
    /* It hovers: the way has a height but no length. The floor is reached at its very end. */
    assert_int_equal(kit_next(&k, LEE_EVENT_ENTERED)->crossed_at_us, 1 * S);
    kit_hear(&k, 2, 0.5, 0.5, 4999);
    kit_silent(&k);
    kit_hear(&k, 3, 0.5, 0.5, 5000);
    kit_next(&k, LEE_EVENT_LEFT);
    kit_ended(&k, "left");
    kit_hear(&k, 13, 0.5, 0.5, 3000);
    assert_int_equal(kit_next(&k, LEE_EVENT_ENTERED)->crossed_at_us, 3 * S);
    kit_stop(&k);
}

static void a_way_through_between_two_places_outside_is_crossed(void **state)
{
    (void)state;
    kit k = {0};
    kit_zone(&k, "a", 0, 0);
    kit_start(&k);
    kit_hear(&k, 0, 0.5, -0.5, 2000);
    kit_hear(&k, 20, 0.5, 1.5, 2000);
    const lee_event *const crossed = kit_next(&k, LEE_EVENT_CROSSED);
    assert_int_equal(crossed->t_us, 20 * S);
    assert_int_equal(crossed->crossed_at_us, 5 * S);
    assert_int_equal(crossed->lon_e7, 3 * DEG / 2);
    assert_int_equal(crossed->severity, LEE_SEVERITY_HIGH);
    assert_int_equal(kit_ended(&k, "left")->incident, crossed->incident);
    kit_silent(&k);
    kit_stop(&k);
}

static void a_way_above_or_through_the_corner_of_area_and_band_alone_is_not_crossed(void **state)
{
    (void)state;
    kit k = {0};
    kit_zone(&k, "a", 0, 0);
    kit_start(&k);
    kit_hear(&k, 0, 0.5, -0.5, 5000);
    kit_hear(&k, 20, 0.5, 1.5, 6000);
    kit_silent(&k);
    /* Back west, falling: still at the ceiling when it is over the western edge. */
    kit_hear(&k, 30, 0.5, 1.0, 7000);
    kit_hear(&k, 50, 0.5, -1.0, 3000);
    kit_silent(&k);
    /* One foot lower at the end, and the last of the way in the area is below the ceiling. */
    kit_hear(&k, 60, 0.5, 1.0, 7000);
    kit_hear(&k, 80, 0.5, -1.0, 2999);
    kit_next(&k, LEE_EVENT_CROSSED);
    kit_ended(&k, "left");
    kit_stop(&k);
}

static void a_way_along_the_outer_side_of_an_edge_is_not_crossed(void **state)
{
    (void)state;
    kit k = {0};
    kit_zone(&k, "a", 0, 0);
    kit_start(&k);
    kit_hear(&k, 0, 1.0, -0.5, 2000);
    kit_hear(&k, 20, 1.0, 1.5, 2000);
    kit_silent(&k);
    kit_hear(&k, 30, 0.0, 1.5, 2000);
    kit_hear(&k, 50, 0.0, -0.5, 2000);
    kit_next(&k, LEE_EVENT_CROSSED);
    kit_stop(&k);
}

static void a_gap_longer_than_lost_after_leaves_the_way_unknown(void **state)
{
    (void)state;
    kit k = {0};
    kit_zone(&k, "a", 0, 0);
    kit_start(&k);
    kit_hear(&k, 0, 0.5, -0.5, 2000);
    kit_hear(&k, 61, 0.5, 1.5, 2000);
    kit_silent(&k);
    kit_hear(&k, 121, 0.5, -0.5, 2000);
    kit_next(&k, LEE_EVENT_CROSSED);
    kit_ended(&k, "left");
    kit_hear(&k, 182, 0.5, 0.5, 2000);
    assert_false(kit_next(&k, LEE_EVENT_ENTERED)->present & LEE_EVENT_HAS_CROSSED_AT);
    kit_stop(&k);
}

static void an_unknown_altitude_over_the_area_is_told_as_inside_with_low_confidence(void **state)
{
    (void)state;
    kit k = {0};
    kit_zone(&k, "a", 0, 0);
    kit_start(&k);
    const lee_report report = kit_report(0, 0.5, 0.5);
    lee_watch_report(k.watch, &report);
    const lee_event *const present = kit_next(&k, LEE_EVENT_PRESENT);
    assert_string_equal(present->reason, "altitude_unknown");
    assert_string_equal(present->confidence, "low");
    assert_false(present->present & LEE_EVENT_HAS_ALT);
    kit_hear(&k, 1, 0.5, 0.5, 2000);
    assert_string_equal(kit_next(&k, LEE_EVENT_UPDATED)->reason, "altitude_known");
    kit_hear(&k, 2, 0.5, 0.5, 9000);
    kit_next(&k, LEE_EVENT_LEFT);
    kit_stop(&k);
}

static void the_altitude_of_an_earlier_report_serves_until_it_expires(void **state)
{
    (void)state;
    kit k = {0};
    kit_zone(&k, "a", 0, 0);
    kit_start(&k);
    kit_hear(&k, 0, 0.5, 0.5, 9000);
    lee_report report = kit_report(60, 0.5, 0.5);
    lee_watch_report(k.watch, &report);
    kit_silent(&k);
    report = kit_report(61, 0.5, 0.5);
    lee_watch_report(k.watch, &report);
    assert_string_equal(kit_next(&k, LEE_EVENT_ENTERED)->reason, "altitude_unknown");
    kit_stop(&k);
}

static void confirm_waits_for_so_many_reports_inside_in_a_row(void **state)
{
    (void)state;
    kit k = {0};
    kit_zone(&k, "a", 0, 0)->watch.confirm = 3;
    kit_start(&k);
    kit_hear(&k, 0, 0.5, -0.5, 2000);
    kit_hear(&k, 10, 0.5, 0.5, 2000);
    kit_hear(&k, 20, 0.5, 0.5, 2000);
    kit_hear(&k, 30, 0.5, -0.5, 2000);
    kit_silent(&k);
    kit_hear(&k, 40, 0.5, 0.5, 2000);
    kit_hear(&k, 50, 0.5, 0.6, 2000);
    kit_silent(&k);
    kit_hear(&k, 51, 0.5, 0.7, 2000);
    const lee_event *const entered = kit_next(&k, LEE_EVENT_ENTERED);
    assert_int_equal(entered->t_us, 51 * S);
    assert_int_equal(entered->lon_e7, 7 * DEG / 10);
    assert_int_equal(entered->crossed_at_us, 35 * S);
    kit_stop(&k);
}

static void hold_waits_for_so_many_misses_and_one_more(void **state)
{
    (void)state;
    kit k = {0};
    kit_zone(&k, "a", 0, 0)->watch.hold = 2;
    kit_start(&k);
    kit_hear(&k, 0, 0.5, 0.5, 2000);
    kit_next(&k, LEE_EVENT_PRESENT);
    kit_hear(&k, 1, 0.5, 1.5, 2000);
    kit_hear(&k, 2, 0.5, 1.5, 2000);
    kit_hear(&k, 3, 0.5, 0.5, 2000);
    kit_hear(&k, 5, 0.5, 1.5, 2000);
    kit_hear(&k, 6, 0.5, 1.5, 2000);
    kit_silent(&k);
    kit_hear(&k, 7, 0.5, 1.5, 2000);
    const lee_event *const left = kit_next(&k, LEE_EVENT_LEFT);
    assert_int_equal(left->t_us, 7 * S);
    assert_int_equal(left->crossed_at_us, 4 * S);
    kit_ended(&k, "left");
    kit_stop(&k);
}

static void margins_hold_an_incident_until_it_is_outside_by_more(void **state)
{
    (void)state;
    kit k = {0};
    lee_zone *const zone = kit_zone(&k, "a", 0, 0);
    zone->watch.lateral_margin_m = 1000;
    zone->watch.vertical_margin_ft = 200;
    kit_start(&k);
    kit_hear(&k, 0, 0.5, 0.99, 2000);
    kit_next(&k, LEE_EVENT_PRESENT);
    kit_hear(&k, 1, 0.5, 1.0089, 2000); /* 990 m east of the edge */
    kit_hear(&k, 2, 0.5, 0.99, 5199);
    kit_silent(&k);
    kit_hear(&k, 3, 0.5, 1.0091, 2000); /* 1013 m */
    kit_next(&k, LEE_EVENT_LEFT);
    kit_ended(&k, "left");
    kit_hear(&k, 4, 0.5, 0.99, 2000);
    kit_next(&k, LEE_EVENT_ENTERED);
    kit_hear(&k, 5, 0.5, 0.99, 5200);
    kit_next(&k, LEE_EVENT_LEFT);
    kit_stop(&k);
}

static void events_of_one_report_come_in_the_order_of_the_zones(void **state)
{
    (void)state;
    kit k = {0};
    kit_zone(&k, "b", 0, 0);
    kit_zone(&k, "a", 0, 1);
    kit_zone(&k, "c", 0, 0);
    kit_start(&k);
    kit_hear(&k, 0, 0.5, 0.5, 2000);
    assert_int_equal(kit_next(&k, LEE_EVENT_PRESENT)->zone_index, 0);
    assert_int_equal(kit_next(&k, LEE_EVENT_PRESENT)->zone_index, 2);
    kit_hear(&k, 1, 0.5, 1.5, 2000);
    assert_int_equal(kit_next(&k, LEE_EVENT_LEFT)->zone_index, 0);
    assert_int_equal(kit_ended(&k, "left")->zone_index, 0);
    assert_int_equal(kit_next(&k, LEE_EVENT_ENTERED)->zone_index, 1);
    assert_int_equal(kit_next(&k, LEE_EVENT_LEFT)->zone_index, 2);
    kit_ended(&k, "left");
    kit_silent(&k);
    kit_stop(&k);
}

static void silence_inside_is_lost_and_later_ends(void **state)
{
    (void)state;
    kit k = {0};
    kit_zone(&k, "a", 0, 0);
    kit_start(&k);
    kit_hear(&k, 0, 0.5, 0.5, 2000);
    kit_hear(&k, 30, 0.5, 0.6, 2000);
    const lee_event *const present = kit_next(&k, LEE_EVENT_PRESENT);
    lee_watch_tick(k.watch, 90 * S - 1);
    kit_silent(&k);
    lee_watch_tick(k.watch, 100 * S);
    const lee_event *const lost = kit_next(&k, LEE_EVENT_LOST);
    assert_int_equal(lost->t_us, 90 * S);
    assert_int_equal(lost->lon_e7, 6 * DEG / 10);
    lee_watch_tick(k.watch, 690 * S - 1);
    kit_silent(&k);
    lee_watch_tick(k.watch, 690 * S);
    assert_int_equal(kit_ended(&k, "lost")->incident, present->incident);
    kit_hear(&k, 700, 0.5, 0.6, 2000);
    assert_int_not_equal(kit_next(&k, LEE_EVENT_PRESENT)->incident, present->incident);
    kit_stop(&k);
}

static void a_lost_target_heard_again_inside_goes_on_and_outside_has_left(void **state)
{
    (void)state;
    kit k = {0};
    kit_zone(&k, "a", 0, 0);
    kit_start(&k);
    kit_hear(&k, 0, 0.5, 0.5, 2000);
    kit_next(&k, LEE_EVENT_PRESENT);
    kit_hear(&k, 100, 0.5, 0.5, 2000);
    kit_next(&k, LEE_EVENT_LOST);
    assert_string_equal(kit_next(&k, LEE_EVENT_UPDATED)->reason, "heard_again");
    lee_watch_tick(k.watch, 160 * S);
    assert_int_equal(kit_next(&k, LEE_EVENT_LOST)->t_us, 160 * S);
    kit_hear(&k, 200, 0.5, 1.5, 2000);
    assert_false(kit_next(&k, LEE_EVENT_LEFT)->present & LEE_EVENT_HAS_CROSSED_AT);
    kit_ended(&k, "left");
    kit_stop(&k);
}

static void silence_within_the_margin_is_lost_and_elsewhere_nothing(void **state)
{
    (void)state;
    kit k = {0};
    kit_zone(&k, "a", 0, 0)->watch.lateral_margin_m = 1000;
    kit_start(&k);
    kit_hear(&k, 0, 0.5, 1.02, 2000);
    lee_watch_tick(k.watch, 100 * S);
    kit_silent(&k);
    kit_hear(&k, 100, 0.5, 1.005, 2000);
    lee_watch_tick(k.watch, 160 * S);
    kit_next(&k, LEE_EVENT_LOST);
    lee_watch_tick(k.watch, 1000 * S);
    kit_ended(&k, "lost");
    kit_silent(&k);
    kit_stop(&k);
}

/* Nothing was predicted: an entry is not imminent because none is known. */
static void who_goes_dark_near_a_zone_without_being_on_its_way_is_of_low_severity(void **state)
{
    (void)state;
    kit k = {0};
    kit_zone(&k, "a", 0, 0)->watch = (lee_zone_watch){
        .confirm = 1, .lost_after_s = 60, .lateral_margin_m = 1000, .imminent_s = 15};
    kit_start(&k);
    kit_hear(&k, 100, 0.5, 1.005, 2000);
    lee_watch_tick(k.watch, 160 * S);
    const lee_event *const lost = kit_next(&k, LEE_EVENT_LOST);
    assert_int_equal(lost->severity, LEE_SEVERITY_LOW);
    assert_string_equal(lost->severity_reasons, "near");
    kit_stop(&k);
}

static void who_has_leave_goes_dark_near_a_zone_without_a_word(void **state)
{
    (void)state;
    kit k = {0};
    kit_zone(&k, "a", 0, 0)->watch.lateral_margin_m = 1000;
    kit_start(&k);
    const char *const zones[] = {"a"};
    const lee_permit permit = {.id = "p",
                               .target = "icao24:abcdef",
                               .match = LEE_PERMIT_TARGET,
                               .zones = zones,
                               .zone_count = 1,
                               .to_us = 500 * S,
                               .ceiling = {.kind = LEE_LIMIT_UNL}};
    const lee_permit_list list = {&permit, 1};
    assert_int_equal(lee_watch_set_permits(k.watch, &list, 1), LEE_OK);
    kit_hear(&k, 100, 0.5, 1.005, 2000);
    lee_watch_tick(k.watch, 400 * S);
    kit_silent(&k);
    kit_hear(&k, 600, 0.5, 1.005, 2000);
    lee_watch_tick(k.watch, 660 * S);
    (void)kit_next(&k, LEE_EVENT_LOST);
    kit_stop(&k);
}

static void zones_replaced_are_no_second_report(void **state)
{
    (void)state;
    kit k = {0};
    kit_zone(&k, "a", 0, 0)->watch.confirm = 2;
    kit_start(&k);
    kit_hear(&k, 0, 0.5, 0.5, 2000);
    assert_int_equal(lee_watch_set_zones(k.watch, k.set, 8, 1 * S), LEE_OK);
    assert_int_equal(lee_watch_set_zones(k.watch, k.set, 9, 2 * S), LEE_OK);
    kit_silent(&k);
    kit_hear(&k, 3, 0.5, 0.5, 2000);
    assert_int_equal(kit_next(&k, LEE_EVENT_PRESENT)->t_us, 3 * S);
    kit_stop(&k);
}

/* Predicted before the zone begins, silent until long after: nobody knows where it is by then. */
static void a_place_that_has_expired_is_not_inside_when_its_zone_begins(void **state)
{
    (void)state;
    kit k = {0};
    lee_zone *const zone = kit_zone(&k, "a", 0, 0);
    const lee_interval hours = {100 * S, 1000 * S};
    zone->schedule = (lee_schedule){.intervals = &hours, .count = 1};
    zone->watch = (lee_zone_watch){
        .confirm = 1, .lost_after_s = 300, .look_ahead_s = 120, .warning_time_s = 120};
    kit_start(&k);
    kit_hear(&k, 10, 0.5, 0.5, 2000);
    assert_string_equal(kit_next(&k, LEE_EVENT_PREDICTED)->reason, "zone_starts");
    lee_watch_tick(k.watch, 150 * S);
    kit_silent(&k);
    kit_hear(&k, 160, 0.5, 0.5, 2000);
    assert_int_equal(kit_next(&k, LEE_EVENT_PRESENT)->t_us, 160 * S);
    kit_stop(&k);
}

/* Silent for too long already when the zone begins around it. */
static void nothing_is_told_of_a_time_before_the_zone_began(void **state)
{
    (void)state;
    kit k = {0};
    lee_zone *const zone = kit_zone(&k, "a", 0, 0);
    const lee_interval hours = {100 * S, 1000 * S};
    zone->schedule = (lee_schedule){.intervals = &hours, .count = 1};
    zone->watch = (lee_zone_watch){.confirm = 2, .lost_after_s = 20};
    kit_start(&k);
    kit_hear(&k, 50, 0.5, 0.5, 2000);
    lee_watch_tick(k.watch, 150 * S);
    assert_int_equal(kit_next(&k, LEE_EVENT_LOST)->t_us, 100 * S);
    kit_stop(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_goes_dark_near_a_zone_without_being_on_its_way_is_of_low_severity),
        cmocka_unit_test(who_has_leave_goes_dark_near_a_zone_without_a_word),
        cmocka_unit_test(zones_replaced_are_no_second_report),
        cmocka_unit_test(a_place_that_has_expired_is_not_inside_when_its_zone_begins),
        cmocka_unit_test(nothing_is_told_of_a_time_before_the_zone_began),
        cmocka_unit_test(first_seen_inside_is_present_and_outside_again_is_left_and_ended),
        cmocka_unit_test(inside_after_outside_is_entered_with_the_time_and_place_of_the_crossing),
        cmocka_unit_test(the_floor_is_inside_and_the_ceiling_outside),
        cmocka_unit_test(a_way_through_between_two_places_outside_is_crossed),
        cmocka_unit_test(a_way_above_or_through_the_corner_of_area_and_band_alone_is_not_crossed),
        cmocka_unit_test(a_way_along_the_outer_side_of_an_edge_is_not_crossed),
        cmocka_unit_test(a_gap_longer_than_lost_after_leaves_the_way_unknown),
        cmocka_unit_test(an_unknown_altitude_over_the_area_is_told_as_inside_with_low_confidence),
        cmocka_unit_test(the_altitude_of_an_earlier_report_serves_until_it_expires),
        cmocka_unit_test(confirm_waits_for_so_many_reports_inside_in_a_row),
        cmocka_unit_test(hold_waits_for_so_many_misses_and_one_more),
        cmocka_unit_test(margins_hold_an_incident_until_it_is_outside_by_more),
        cmocka_unit_test(events_of_one_report_come_in_the_order_of_the_zones),
        cmocka_unit_test(silence_inside_is_lost_and_later_ends),
        cmocka_unit_test(a_lost_target_heard_again_inside_goes_on_and_outside_has_left),
        cmocka_unit_test(silence_within_the_margin_is_lost_and_elsewhere_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
