#include "watch_kit.h"

#include "base/buffer.h"
#include "watch/watch.h"

#define SHIP "mmsi:211000001"
#define OTHER "mmsi:211000002"

/* A zone of 10 km around SHIP, without limits of altitude. */
static lee_zone *bubble(kit *k)
{
    lee_zone *const zone = kit_zone(k, "bubble", 0, 0);
    zone->area = (lee_area){NULL, 0};
    zone->lower = (lee_alt_limit){.kind = LEE_LIMIT_SFC};
    zone->upper = (lee_alt_limit){.kind = LEE_LIMIT_UNL};
    assert_true(lee_target_parse(SHIP, strlen(SHIP), &zone->moving.around));
    zone->moving.radius_m = 10000;
    return zone;
}

/* One degree of latitude is 110.6 km here. */
static lee_report sail(const char *target, int64_t t_s, double lat, int32_t speed_kt,
                       int32_t track_deg)
{
    lee_report report = kit_report(t_s, lat, 0.0);
    report.source = LEE_SOURCE_AIS;
    assert_true(lee_target_parse(target, strlen(target), &report.target));
    report.present |= LEE_REPORT_HAS_SPEED_GROUND | LEE_REPORT_HAS_TRACK;
    report.speed_ground_kt_e3 = speed_kt * 1000;
    report.track_deg_e3 = track_deg * 1000;
    return report;
}

static void hear(kit *k, const char *target, int64_t t_s, double lat, int32_t speed_kt,
                 int32_t track_deg)
{
    const lee_report report = sail(target, t_s, lat, speed_kt, track_deg);
    lee_watch_report(k->watch, &report);
}

static void who_comes_near_a_carrier_enters_and_who_goes_leaves_beyond_the_margin(void **state)
{
    (void)state;
    kit k = {0};
    bubble(&k)->watch.lateral_margin_m = 1000;
    kit_start(&k);
    hear(&k, SHIP, 0, 0.0, 0, 0);
    hear(&k, OTHER, 1, 0.1, 0, 0);
    kit_silent(&k);
    hear(&k, OTHER, 10, 0.08, 0, 0); /* 8.85 km */
    const lee_event *const event = kit_next(&k, LEE_EVENT_ENTERED);
    assert_string_equal(event->target.text, OTHER);
    assert_true(event->depth_m > 1100 && event->depth_m < 1200);
    hear(&k, OTHER, 20, 0.095, 0, 0); /* 10.5 km: outside, within the margin */
    kit_silent(&k);
    hear(&k, OTHER, 30, 0.1, 0, 0); /* 11.06 km */
    kit_next(&k, LEE_EVENT_LEFT);
    kit_ended(&k, "left");
    kit_silent(&k);
    kit_stop(&k);
}

static void a_carrier_that_moves_over_a_target_at_rest_is_told_at_the_carriers_report(void **state)
{
    (void)state;
    kit k = {0};
    bubble(&k);
    kit_start(&k);
    hear(&k, SHIP, 0, 0.0, 0, 0);
    hear(&k, OTHER, 1, 0.1, 0, 0);
    hear(&k, SHIP, 10, 0.02, 0, 0);
    const lee_event *const event = kit_next(&k, LEE_EVENT_ENTERED);
    assert_string_equal(event->target.text, OTHER);
    assert_int_equal(event->t_us, 10 * S);
    hear(&k, SHIP, 20, 0.0, 0, 0);
    assert_int_equal(kit_next(&k, LEE_EVENT_LEFT)->t_us, 20 * S);
    kit_ended(&k, "left");
    kit_silent(&k);
    kit_stop(&k);
}

static void
a_bubble_is_nowhere_until_its_carrier_is_heard_and_then_finds_who_is_inside(void **state)
{
    (void)state;
    kit k = {0};
    bubble(&k);
    kit_start(&k);
    hear(&k, OTHER, 0, 0.01, 0, 0);
    hear(&k, OTHER, 1, 0.01, 0, 0);
    kit_silent(&k);
    hear(&k, SHIP, 2, 0.0, 0, 0);
    kit_next(&k, LEE_EVENT_PRESENT);
    kit_silent(&k); /* the carrier is not in its own bubble */
    kit_stop(&k);
}

static void entry_is_predicted_by_both_velocities(void **state)
{
    (void)state;
    kit k = {0};
    lee_zone *const zone = bubble(&k);
    zone->watch.look_ahead_s = 600;
    zone->watch.warning_time_s = 300;
    kit_start(&k);
    /* 20 knots each, head on: 20.58 m/s; 22.12 - 10 km to go take 589 s. */
    hear(&k, SHIP, 0, 0.0, 20, 0);
    hear(&k, OTHER, 0, 0.2, 20, 180);
    kit_silent(&k);
    /* 300 s later: 289 s. */
    hear(&k, SHIP, 300, 0.0279, 20, 0);
    hear(&k, OTHER, 300, 0.1721, 20, 180);
    const lee_event *const event = kit_next(&k, LEE_EVENT_PREDICTED);
    assert_true(event->time_to_entry_s_e3 > 284000 && event->time_to_entry_s_e3 < 294000);
    assert_true(event->entry_lat_e7 > 1430000 && event->entry_lat_e7 < 1460000);
    /* It turns away. */
    hear(&k, OTHER, 310, 0.1712, 25, 0);
    kit_ended(&k, "averted");
    kit_silent(&k);
    kit_stop(&k);
}

static void a_carrier_that_comes_is_predicted_for_a_target_at_rest(void **state)
{
    (void)state;
    kit k = {0};
    lee_zone *const zone = bubble(&k);
    zone->watch.look_ahead_s = 600;
    zone->watch.warning_time_s = 600;
    kit_start(&k);
    hear(&k, SHIP, 0, 0.0, 0, 0);
    hear(&k, OTHER, 1, 0.1, 0, 0);
    kit_silent(&k);
    hear(&k, SHIP, 10, 0.0, 20, 0);
    const lee_event *const event = kit_next(&k, LEE_EVENT_PREDICTED);
    assert_true(event->time_to_entry_s_e3 > 100000 && event->time_to_entry_s_e3 < 105000);
    assert_int_equal(event->entry_lat_e7, 1000000);
    kit_silent(&k);
    kit_stop(&k);
}

static void the_altitude_band_holds_for_a_bubble_too(void **state)
{
    (void)state;
    kit k = {0};
    lee_zone *const zone = bubble(&k);
    zone->upper = (lee_alt_limit){LEE_LIMIT_VALUE, {5000, LEE_ALT_STD}};
    kit_start(&k);
    hear(&k, SHIP, 0, 0.0, 0, 0);
    kit_hear(&k, 1, 0.01, 0.0, 6000);
    kit_silent(&k);
    kit_hear(&k, 2, 0.01, 0.0, 4999);
    kit_next(&k, LEE_EVENT_ENTERED);
    kit_silent(&k);
    kit_stop(&k);
}

static void a_silent_carriers_bubble_grows_up_to_its_limit_and_the_event_says_so(void **state)
{
    (void)state;
    kit k = {0};
    bubble(&k)->watch.lost_after_s = 100;
    kit_start(&k);
    hear(&k, SHIP, 0, 0.0, 20, 0);
    hear(&k, OTHER, 100, 0.1, 0, 0); /* 11.06 km, and not stale yet */
    kit_silent(&k);
    hear(&k, OTHER, 110, 0.1, 0, 0); /* 10 km + 110 s x 10.29 m/s = 11.13 km */
    const lee_event *const event = kit_next(&k, LEE_EVENT_PRESENT);
    assert_string_equal(event->reason, "carrier_stale");
    assert_string_equal(event->confidence, "low");
    assert_int_equal(event->depth_m, 0);
    kit_silent(&k);
    /* 600 s x 10.29 m/s = 6.17 km is the most, however long it is silent. */
    hear(&k, OTHER, 5000, 0.145, 0, 0);
    k.seen = k.count;
    hear(&k, OTHER, 5010, 0.148, 0, 0);
    kit_next(&k, LEE_EVENT_LEFT);
    kit_ended(&k, "left");
    kit_silent(&k);
    kit_stop(&k);
}

/* 600 knots are 308.7 m/s: 10 s are 0.0279 degrees of latitude. */
static void who_flies_through_a_bubble_between_two_reports_has_crossed(void **state)
{
    (void)state;
    kit k = {0};
    bubble(&k)->moving.radius_m = 1000;
    kit_start(&k);
    hear(&k, SHIP, 0, 0.0, 0, 0);
    hear(&k, OTHER, 0, 0.02, 600, 180);
    kit_silent(&k);
    hear(&k, OTHER, 10, -0.008 - 0.002, 600, 180); /* 3.3 km in: 1.1 km beyond */
    const lee_event *const event = kit_next(&k, LEE_EVENT_CROSSED);
    /* 2211 m to go to the middle, 1000 m less to the edge, of 3317 m in 10 s: 3.65 s. */
    assert_true(event->crossed_at_us > 3600000 && event->crossed_at_us < 3700000);
    assert_true(event->cross_lat_e7 > 90000 && event->cross_lat_e7 < 91000);
    kit_ended(&k, "left");
    kit_silent(&k);
    /* The same beside it: nothing. */
    for (int64_t t_s = 20; t_s <= 30; t_s += 10) {
        lee_report beside = sail(OTHER, t_s, t_s == 20 ? -0.01 : 0.02, 600, 0);
        beside.lon_e7 = 92000; /* 1.02 km */
        lee_watch_report(k.watch, &beside);
    }
    kit_silent(&k);
    kit_stop(&k);
}

static void a_carrier_that_passes_over_a_target_at_rest_is_told_once(void **state)
{
    (void)state;
    kit k = {0};
    bubble(&k)->moving.radius_m = 1000;
    kit_start(&k);
    hear(&k, SHIP, 0, 0.02, 600, 180);
    hear(&k, OTHER, 1, 0.0, 0, 0);
    kit_silent(&k);
    hear(&k, SHIP, 10, -0.01, 600, 180);
    assert_int_equal(kit_next(&k, LEE_EVENT_CROSSED)->t_us, 10 * S);
    kit_ended(&k, "left");
    kit_silent(&k);
    hear(&k, OTHER, 15, 0.0, 0, 0); /* proves the same way again */
    kit_silent(&k);
    kit_stop(&k);
}

static void what_the_carriers_report_told_is_not_told_at_the_targets_own(void **state)
{
    (void)state;
    kit k = {0};
    bubble(&k)->moving.radius_m = 1000;
    kit_start(&k);
    hear(&k, SHIP, 0, 0.02, 300, 180);
    hear(&k, OTHER, 1, 0.0, 0, 0);
    hear(&k, SHIP, 10, 0.006, 300, 180);
    kit_next(&k, LEE_EVENT_ENTERED);
    hear(&k, SHIP, 20, -0.01, 300, 180);
    kit_next(&k, LEE_EVENT_LEFT);
    kit_ended(&k, "left");
    hear(&k, OTHER, 25, 0.0, 0, 0);
    kit_silent(&k);
    kit_stop(&k);
}

/* Both at 308.7 m/s, reporting in turns: 3.3 km apart all the time. */
static void who_goes_along_with_the_carrier_is_not_taken_for_coming_near(void **state)
{
    (void)state;
    kit k = {0};
    bubble(&k)->moving.radius_m = 2500;
    kit_start(&k);
    for (int64_t t_s = 0; t_s < 60; t_s += 10) {
        hear(&k, SHIP, t_s, (double)t_s * 0.00279, 600, 0);
        hear(&k, OTHER, t_s + 5, 0.03 + (double)(t_s + 5) * 0.00279, 600, 0);
    }
    kit_silent(&k);
    kit_stop(&k);
}

/* Its last place is inside by now, but it should be far by now: its own report decides. */
static void a_moving_target_is_not_judged_by_a_carriers_report_against_its_old_place(void **state)
{
    (void)state;
    kit k = {0};
    bubble(&k);
    kit_start(&k);
    hear(&k, SHIP, 0, 0.0, 0, 0);
    hear(&k, OTHER, 0, 0.1, 600, 0);
    hear(&k, SHIP, 30, 0.02, 0, 0);
    kit_silent(&k);
    hear(&k, OTHER, 31, 0.185, 600, 0);
    kit_silent(&k);
    kit_stop(&k);
}

static void a_bubble_that_grows_is_judged_when_nobody_reports(void **state)
{
    (void)state;
    kit k = {0};
    bubble(&k)->watch.lost_after_s = 60;
    kit_start(&k);
    hear(&k, SHIP, 0, 0.0, 20, 180);  /* going away, for all that is known */
    hear(&k, OTHER, 50, 0.098, 0, 0); /* 10.84 km; the bubble is as wide at 81.4 s */
    lee_watch_tick(k.watch, 89 * S);
    kit_silent(&k);
    lee_watch_tick(k.watch, 105 * S);
    const lee_event *const event = kit_next(&k, LEE_EVENT_PRESENT);
    assert_int_equal(event->t_us, 90 * S);
    assert_string_equal(event->reason, "carrier_stale");
    kit_silent(&k);
    /* Heard again, it is where it is. */
    hear(&k, SHIP, 108, -0.005, 20, 180);
    assert_int_equal(kit_next(&k, LEE_EVENT_LEFT)->t_us, 108 * S);
    kit_ended(&k, "left");
    kit_silent(&k);
    kit_stop(&k);
}

static void steps_of_growth_do_not_depend_on_how_often_the_clock_ticks(void **state)
{
    (void)state;
    for (int64_t step_s = 1; step_s < 1000; step_s *= 7) {
        kit k = {0};
        bubble(&k)->watch.lost_after_s = 60;
        kit_start(&k);
        hear(&k, SHIP, 0, 0.0, 20, 180);
        hear(&k, OTHER, 50, 0.098, 0, 0);
        for (int64_t t_s = 51; t_s < 800; t_s += step_s) {
            lee_watch_tick(k.watch, t_s * S);
        }
        lee_watch_tick(k.watch, 800 * S);
        assert_int_equal(kit_next(&k, LEE_EVENT_PRESENT)->t_us, 90 * S);
        assert_int_equal(kit_next(&k, LEE_EVENT_LOST)->t_us, 110 * S);
        kit_ended(&k, "lost");
        kit_silent(&k);
        kit_stop(&k);
    }
}

/* The chance of entry: turning towards the way of the carrier, and level before the floor. */
static void the_ways_ahead_are_weighed_against_a_bubble_that_comes(void **state)
{
    (void)state;
    for (int side = -1; side <= 1; side += 2) {
        kit k = {0};
        lee_zone *const zone = bubble(&k);
        zone->moving.radius_m = 4000;
        zone->watch.look_ahead_s = 120;
        zone->watch.warning_time_s = 60;
        zone->watch.alert_chance_pct = 20;
        kit_start(&k);
        /* 9 km north of a carrier that comes at 20 m/s; east at 100 m/s, turning 3 degrees a
         * second: to the south, or to the north. */
        double east_m = -2000.0;
        for (int64_t t_s = 0; t_s <= 20; t_s += 2) {
            hear(&k, SHIP, t_s, (double)t_s * 0.00018, 39, 0);
            lee_report report = sail(OTHER, t_s, 0.0814, 194, 90 + side * (int32_t)(3 * t_s));
            report.lon_e7 = (int32_t)(east_m * 89.8);
            lee_watch_report(k.watch, &report);
            east_m += 100.0;
        }
        if (side > 0) {
            const lee_event *const event = kit_next(&k, LEE_EVENT_PREDICTED);
            assert_string_equal(event->reason, "turning");
            assert_true(event->p_inside_e3 >= 200);
            assert_true(event->time_to_entry_s_e3 > 20000 && event->time_to_entry_s_e3 < 72000);
        } else {
            kit_silent(&k);
        }
        kit_stop(&k);
    }
}

/* 60 kt; 12 km east of it a target at rest, 2 km beyond the bubble. It turns from north to the east
 * by 3 degrees a second, and has turned by 30: straight on it passes by, turning on it comes. */
static void a_carrier_that_turns_may_go_on_turning(void **state)
{
    (void)state;
    for (int chance = 0; chance <= 90; chance += 90) {
        for (int turns = 0; turns < 2; turns++) {
            kit k = {0};
            lee_zone *const zone = bubble(&k);
            zone->moving.radius_m = 10000;
            zone->watch.look_ahead_s = 120;
            zone->watch.warning_time_s = 120;
            zone->watch.alert_chance_pct = chance;
            kit_start(&k);
            lee_report rest = sail(OTHER, 0, 0.0, 0, 0);
            rest.lon_e7 = 1080000;
            lee_watch_report(k.watch, &rest);
            for (int t_s = 2; t_s <= 12; t_s += 2) {
                hear(&k, SHIP, t_s, 0.0, 60, turns ? 3 * (t_s - 2) : 0);
            }
            if (turns) {
                const lee_event *const event = kit_next(&k, LEE_EVENT_PREDICTED);
                assert_int_equal(event->lon_e7, 1080000);
                assert_true(event->time_to_entry_s_e3 > 50000 &&
                            event->time_to_entry_s_e3 < 120000);
            } else {
                kit_silent(&k);
            }
            kit_stop(&k);
        }
    }
}

static void nobody_is_missed_in_a_bubble_that_is_nowhere(void **state)
{
    (void)state;
    kit k = {0};
    bubble(&k);
    kit_start(&k);
    const char *const zones[] = {"bubble"};
    lee_permit permits[1] = {{.id = "escort",
                              .target = OTHER,
                              .floor = {.kind = LEE_LIMIT_SFC},
                              .ceiling = {.kind = LEE_LIMIT_UNL},
                              .zones = zones,
                              .zone_count = 1,
                              .from_us = 0,
                              .to_us = INT64_MAX,
                              .duty = LEE_DUTY_PRESENT,
                              .absent_after_s = 60}};
    const lee_permit_list list = {permits, 1};
    assert_int_equal(lee_watch_set_permits(k.watch, &list, 1 * S), LEE_OK);
    lee_watch_tick(k.watch, 600 * S);
    kit_silent(&k);
    hear(&k, SHIP, 601, 0.0, 0, 0);
    lee_watch_tick(k.watch, 700 * S);
    assert_string_equal(kit_next(&k, LEE_EVENT_LOST)->reason, "absent");
    kit_stop(&k);
}

static void a_report_near_a_bubble_and_one_of_its_carrier_are_never_dropped(void **state)
{
    (void)state;
    kit k = {0};
    bubble(&k);
    kit_start(&k);
    lee_report report = sail(OTHER, 1, 0.1, 10, 0);
    assert_int_equal(lee_watch_worth(k.watch, &report), LEE_WORTH_FAR);
    const lee_report carrier = sail(SHIP, 0, 0.0, 10, 0);
    assert_int_equal(lee_watch_worth(k.watch, &carrier), LEE_WORTH_PRIORITY);
    lee_watch_report(k.watch, &carrier);
    assert_int_equal(lee_watch_worth(k.watch, &report), LEE_WORTH_PRIORITY);
    report.lat_e7 = 20 * DEG;
    assert_int_equal(lee_watch_worth(k.watch, &report), LEE_WORTH_FAR);
    kit_stop(&k);
}

/* A ship that lies alongside the carrier: no ship-to-ship transfer. */
static void the_carrier_itself_may_be_met(void **state)
{
    (void)state;
    kit k = {0};
    lee_zone *const zone = bubble(&k);
    zone->watch.meet_s = 60;
    zone->watch.meet_m = 500;
    kit_start(&k);
    for (int64_t t_s = 0; t_s <= 60; t_s += 10) {
        hear(&k, SHIP, t_s, 0.0, 0, 0);
        hear(&k, OTHER, t_s, 0.001, 0, 0);
    }
    kit_next(&k, LEE_EVENT_PRESENT);
    assert_string_equal(kit_next(&k, LEE_EVENT_UPDATED)->reason, "rendezvous");
    kit_silent(&k);
    kit_stop(&k);
}

static void new_zones_keep_where_the_carrier_is(void **state)
{
    (void)state;
    kit k = {0};
    bubble(&k);
    kit_start(&k);
    hear(&k, SHIP, 0, 0.0, 0, 0);
    hear(&k, OTHER, 1, 0.01, 0, 0);
    const uint64_t incident = kit_next(&k, LEE_EVENT_PRESENT)->incident;
    kit next = {0};
    kit_zone(&next, "first", 5, 5);
    bubble(&next);
    assert_int_equal(lee_zone_set_build(&next.list, &next.set), LEE_OK);
    assert_int_equal(lee_watch_set_zones(k.watch, next.set, 8, 2 * S), LEE_OK);
    kit_silent(&k);
    hear(&k, OTHER, 3, 0.1, 0, 0);
    assert_int_equal(kit_next(&k, LEE_EVENT_LEFT)->incident, incident);
    kit_ended(&k, "left");
    lee_zone_set_free(next.set);
    kit_stop(&k);
}

static void a_watch_that_was_saved_goes_on_with_the_bubble_where_it_was(void **state)
{
    (void)state;
    kit k = {0};
    kit loaded = {0};
    bubble(&k);
    bubble(&loaded);
    kit_start(&k);
    kit_start(&loaded);
    hear(&k, SHIP, 0, 0.0, 0, 0);
    lee_buffer saved;
    lee_buffer_init(&saved, 1u << 24);
    lee_state walk;
    lee_state_save(&walk, &saved);
    lee_watch_state(&walk, k.watch);
    assert_int_equal(lee_state_end(&walk), LEE_OK);
    lee_state_load(&walk, saved.bytes, saved.length);
    lee_watch_state(&walk, loaded.watch);
    assert_int_equal(lee_state_end(&walk), LEE_OK);
    hear(&loaded, OTHER, 1, 0.01, 0, 0);
    kit_next(&loaded, LEE_EVENT_PRESENT);
    lee_buffer_free(&saved);
    kit_stop(&k);
    kit_stop(&loaded);
}

/* Reports of two feeds come a little out of order. */
static void a_report_older_than_what_the_carriers_swept_is_judged_where_it_is(void **state)
{
    (void)state;
    kit k = {0};
    bubble(&k);
    kit_start(&k);
    hear(&k, SHIP, 0, 0.0, 0, 0);
    hear(&k, OTHER, 1, 0.05, 0, 0);
    kit_next(&k, LEE_EVENT_PRESENT);
    hear(&k, SHIP, 40, -0.1, 0, 0);
    kit_next(&k, LEE_EVENT_LEFT);
    kit_ended(&k, "left");
    hear(&k, OTHER, 35, 0.05, 0, 0);
    kit_silent(&k);
    kit_stop(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_comes_near_a_carrier_enters_and_who_goes_leaves_beyond_the_margin),
        cmocka_unit_test(a_carrier_that_moves_over_a_target_at_rest_is_told_at_the_carriers_report),
        cmocka_unit_test(
            a_bubble_is_nowhere_until_its_carrier_is_heard_and_then_finds_who_is_inside),
        cmocka_unit_test(entry_is_predicted_by_both_velocities),
        cmocka_unit_test(a_carrier_that_comes_is_predicted_for_a_target_at_rest),
        cmocka_unit_test(the_altitude_band_holds_for_a_bubble_too),
        cmocka_unit_test(a_silent_carriers_bubble_grows_up_to_its_limit_and_the_event_says_so),
        cmocka_unit_test(who_flies_through_a_bubble_between_two_reports_has_crossed),
        cmocka_unit_test(a_carrier_that_passes_over_a_target_at_rest_is_told_once),
        cmocka_unit_test(what_the_carriers_report_told_is_not_told_at_the_targets_own),
        cmocka_unit_test(who_goes_along_with_the_carrier_is_not_taken_for_coming_near),
        cmocka_unit_test(a_moving_target_is_not_judged_by_a_carriers_report_against_its_old_place),
        cmocka_unit_test(a_bubble_that_grows_is_judged_when_nobody_reports),
        cmocka_unit_test(steps_of_growth_do_not_depend_on_how_often_the_clock_ticks),
        cmocka_unit_test(the_ways_ahead_are_weighed_against_a_bubble_that_comes),
        cmocka_unit_test(a_carrier_that_turns_may_go_on_turning),
        cmocka_unit_test(nobody_is_missed_in_a_bubble_that_is_nowhere),
        cmocka_unit_test(a_report_near_a_bubble_and_one_of_its_carrier_are_never_dropped),
        cmocka_unit_test(the_carrier_itself_may_be_met),
        cmocka_unit_test(new_zones_keep_where_the_carrier_is),
        cmocka_unit_test(a_report_older_than_what_the_carriers_swept_is_judged_where_it_is),
        cmocka_unit_test(a_watch_that_was_saved_goes_on_with_the_bubble_where_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
