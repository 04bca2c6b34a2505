#include "watch_kit.h"

static void start(kit *k, const lee_zone_watch *rules)
{
    lee_zone *const zone = kit_zone(k, "square", 50, 10);
    zone->watch = *rules;
    zone->watch.confirm = 1;
    zone->watch.lost_after_s = 600;
    kit_start(k);
}

static void assert_updated(kit *k, const char *reason, int64_t t_s)
{
    const lee_event *const e = kit_next(k, LEE_EVENT_UPDATED);
    assert_string_equal(e->reason, reason);
    assert_non_null(strstr(e->severity_reasons, reason));
    assert_int_equal(e->t_us, t_s * S);
}

static void circling_near_one_place_is_loitering_and_moving_on_is_not(void **state)
{
    (void)state;
    kit k = {0};
    start(&k, &(lee_zone_watch){.imminent_s = 15, .loiter_s = 60, .loiter_m = 1000});
    kit_fly(&k, 0, 50.5, 10.500, 3000, 60, 90, 0);
    (void)kit_next(&k, LEE_EVENT_PRESENT);
    kit_fly(&k, 30, 50.5, 10.510, 3000, 60, 90, 0);
    kit_fly(&k, 59, 50.5, 10.500, 3000, 60, 90, 0);
    kit_silent(&k);
    kit_fly(&k, 60, 50.5, 10.505, 3000, 60, 90, 0);
    assert_updated(&k, "loitering", 60);
    kit_fly(&k, 70, 50.5, 10.505, 3000, 60, 90, 0);
    kit_silent(&k);
    for (int64_t t_s = 80; t_s < 300; t_s += 10) {
        kit_fly(&k, t_s, 50.5, 10.51 + 0.002 * (double)(t_s - 80), 3000, 60, 90, 0);
    }
    kit_silent(&k);
    kit_stop(&k);
}

static void a_stop_is_told_after_its_time_and_an_unknown_speed_is_none(void **state)
{
    (void)state;
    kit k = {0};
    start(&k, &(lee_zone_watch){.imminent_s = 15, .stop_s = 30, .stop_kt = 2});
    kit_fly(&k, 0, 50.5, 10.5, 3000, 10, 90, 0);
    (void)kit_next(&k, LEE_EVENT_PRESENT);
    kit_fly(&k, 10, 50.5, 10.5, 3000, 1, 90, 0);
    kit_fly(&k, 39, 50.5, 10.5, 3000, 2, 90, 0); /* not slower than 2 kt */
    kit_fly(&k, 40, 50.5, 10.5, 3000, 1, 90, 0);
    kit_fly(&k, 69, 50.5, 10.5, 3000, 1, 90, 0);
    kit_silent(&k);
    kit_fly(&k, 70, 50.5, 10.5, 3000, 1, 90, 0);
    assert_updated(&k, "stopped", 70);
    for (int64_t t_s = 140; t_s < 300; t_s += 10) {
        kit_hear(&k, t_s, 50.5, 10.5, 3000); /* the speed has expired */
    }
    kit_silent(&k);
    kit_stop(&k);
}

static void two_that_stay_near_each_other_meet(void **state)
{
    (void)state;
    kit k = {0};
    start(&k, &(lee_zone_watch){.imminent_s = 15, .meet_s = 20, .meet_m = 500});
    for (int64_t t_s = 0; t_s <= 30; t_s += 10) {
        for (uint32_t ship = 0; ship < 3; ship++) {
            lee_report report = kit_report(t_s, 50.5, 10.5 + (ship == 2 ? 0.1 : 0.003 * ship));
            report.target = lee_target_icao24(1 + ship, true);
            report.t_us += ship;
            lee_watch_report(k.watch, &report);
        }
    }
    uint32_t met[3] = {0};
    for (uint32_t i = 0; i < k.count; i++) {
        if (strcmp(k.events[i].reason, "rendezvous") == 0) {
            met[k.events[i].target.text[12] - '1']++;
        }
    }
    assert_int_equal(met[0], 1);
    assert_int_equal(met[1], 1);
    assert_int_equal(met[2], 0);
    kit_stop(&k);
}

static void low_and_fast_needs_both_and_a_known_altitude(void **state)
{
    (void)state;
    kit k = {0};
    start(&k, &(lee_zone_watch){.imminent_s = 15, .low_ft = 2000, .fast_kt = 300});
    kit_fly(&k, 0, 50.5, 10.5, 1999, 300, 90, 0);
    (void)kit_next(&k, LEE_EVENT_PRESENT);
    kit_fly(&k, 10, 50.5, 10.5, 2000, 301, 90, 0);
    kit_silent(&k);
    kit_fly(&k, 20, 50.5, 10.5, 1999, 301, 90, 0);
    assert_updated(&k, "low_fast", 20);
    kit_fly(&k, 30, 50.5, 10.5, 2500, 301, 90, 0);
    kit_fly(&k, 40, 50.5, 10.5, 1500, 301, 90, 0);
    assert_updated(&k, "low_fast", 40);
    kit_stop(&k);
}

static void emergencies_and_lost_link_are_told_also_of_who_only_comes_near(void **state)
{
    (void)state;
    static const int32_t squawks[] = {07400, 07500, 07600, 07700};
    for (int i = 0; i < 5; i++) {
        kit k = {0};
        start(&k,
              &(lee_zone_watch){
                  .imminent_s = 15, .emergency = 1, .look_ahead_s = 120, .warning_time_s = 120});
        kit_fly(&k, 0, 50.5, 9.9, 3000, 300, 90, 0);
        assert_int_equal(kit_next(&k, LEE_EVENT_PREDICTED)->severity, LEE_SEVERITY_LOW);
        lee_report report = kit_report(5, 50.5, 9.91);
        report.present |= i < 4 ? LEE_REPORT_HAS_SQUAWK : LEE_REPORT_HAS_EMERGENCY;
        report.squawk = i < 4 ? squawks[i] : 0;
        memcpy(report.emergency, "minfuel", 7);
        lee_watch_report(k.watch, &report);
        const lee_event *const e = kit_next(&k, LEE_EVENT_UPDATED);
        assert_string_equal(e->reason, "emergency");
        assert_int_equal(e->severity, LEE_SEVERITY_MEDIUM);
        kit_stop(&k);
    }
}

static void
behaviour_is_grave_also_where_entry_is_allowed_but_not_where_it_is_permitted(void **state)
{
    (void)state;
    kit k = {0};
    lee_zone *const zone = kit_zone(&k, "square", 50, 10);
    zone->watch.low_ft = 2000;
    zone->watch.fast_kt = 100;
    zone->entry = LEE_ENTRY_ALLOW;
    kit_start(&k);
    kit_fly(&k, 0, 50.5, 10.5, 3000, 200, 90, 0);
    assert_int_equal(kit_next(&k, LEE_EVENT_PRESENT)->severity, LEE_SEVERITY_LOW);
    kit_fly(&k, 10, 50.5, 10.5, 1500, 200, 90, 0);
    const lee_event *const e = kit_next(&k, LEE_EVENT_UPDATED);
    assert_int_equal(e->severity, LEE_SEVERITY_MEDIUM);
    assert_string_equal(e->severity_reasons, "entry_allowed low_fast appeared");
    kit_stop(&k);
}

static void say_emergency(kit *k, int64_t t_s, double lat, double lon, int32_t track_deg)
{
    lee_report report = kit_report(t_s, lat, lon);
    report.present |= LEE_REPORT_HAS_ALT_BARO | LEE_REPORT_HAS_SPEED_GROUND | LEE_REPORT_HAS_TRACK |
                      LEE_REPORT_HAS_SQUAWK;
    report.alt_baro_ft = 3000;
    report.speed_ground_kt_e3 = 300000;
    report.track_deg_e3 = track_deg * 1000;
    report.squawk = 07700;
    lee_watch_report(k->watch, &report);
}

static void an_emergency_is_told_while_hold_bears_reports_outside(void **state)
{
    (void)state;
    kit k = {0};
    start(&k, &(lee_zone_watch){.imminent_s = 15, .emergency = 1, .hold = 2});
    kit_fly(&k, 0, 50.5, 10.9, 3000, 300, 90, 0);
    (void)kit_next(&k, LEE_EVENT_PRESENT);
    say_emergency(&k, 10, 50.5, 11.1, 90);
    assert_updated(&k, "emergency", 10);
    kit_stop(&k);
}

static void an_emergency_is_told_while_hold_bears_predictions_missed(void **state)
{
    (void)state;
    kit k = {0};
    start(&k, &(lee_zone_watch){.imminent_s = 15,
                                .emergency = 1,
                                .hold = 2,
                                .look_ahead_s = 120,
                                .warning_time_s = 120});
    kit_fly(&k, 0, 50.5, 9.9, 3000, 300, 90, 0);
    (void)kit_next(&k, LEE_EVENT_PREDICTED);
    say_emergency(&k, 10, 50.5, 9.9, 270);
    assert_updated(&k, "emergency", 10);
    kit_stop(&k);
}

static void who_goes_dark_near_in_an_emergency_is_told_so(void **state)
{
    (void)state;
    kit k = {0};
    start(&k, &(lee_zone_watch){.imminent_s = 15, .emergency = 1, .lateral_margin_m = 5000});
    say_emergency(&k, 0, 50.5, 9.95, 270);
    kit_silent(&k);
    lee_watch_tick(k.watch, 700 * S);
    const lee_event *const e = kit_next(&k, LEE_EVENT_LOST);
    assert_string_equal(e->severity_reasons, "near emergency");
    assert_int_equal(e->severity, LEE_SEVERITY_MEDIUM);
    kit_stop(&k);
}

static void a_fast_report_that_hold_bears_ends_a_stop(void **state)
{
    (void)state;
    kit k = {0};
    start(&k, &(lee_zone_watch){.imminent_s = 15, .stop_s = 30, .stop_kt = 2, .hold = 2});
    kit_fly(&k, 0, 50.5, 10.99, 3000, 1, 90, 0);
    (void)kit_next(&k, LEE_EVENT_PRESENT);
    kit_fly(&k, 10, 50.5, 11.01, 3000, 100, 90, 0);
    kit_fly(&k, 20, 50.5, 10.99, 3000, 1, 270, 0);
    kit_fly(&k, 40, 50.5, 10.99, 3000, 1, 270, 0);
    kit_silent(&k);
    kit_fly(&k, 50, 50.5, 10.99, 3000, 1, 270, 0);
    assert_updated(&k, "stopped", 50);
    kit_stop(&k);
}

/* Nothing was told, and it is near: what it did inside is over. */
static void outside_again_a_stop_begins_anew_though_the_target_is_near(void **state)
{
    (void)state;
    kit k = {0};
    lee_zone *const zone = kit_zone(&k, "square", 50, 10);
    zone->watch = (lee_zone_watch){
        .stop_s = 30, .stop_kt = 2, .confirm = 2, .lateral_margin_m = 5000, .lost_after_s = 600};
    kit_start(&k);
    kit_fly(&k, 0, 50.5, 10.99, 3000, 1, 90, 0);
    kit_fly(&k, 10, 50.5, 11.01, 3000, 1, 90, 0);
    kit_fly(&k, 20, 50.5, 10.99, 3000, 1, 270, 0);
    kit_fly(&k, 30, 50.5, 10.99, 3000, 1, 270, 0);
    assert_string_equal(kit_next(&k, LEE_EVENT_ENTERED)->severity_reasons, "inside appeared");
    kit_fly(&k, 50, 50.5, 10.99, 3000, 1, 270, 0);
    assert_updated(&k, "stopped", 50);
    kit_stop(&k);
}

static void who_crosses_in_an_emergency_is_told_so(void **state)
{
    (void)state;
    kit k = {0};
    start(&k, &(lee_zone_watch){.emergency = 1});
    kit_fly(&k, 0, 50.5, 9.9, 3000, 3000, 90, 0);
    say_emergency(&k, 60, 50.5, 11.1, 90);
    assert_string_equal(kit_next(&k, LEE_EVENT_CROSSED)->severity_reasons, "crossed emergency");
    kit_stop(&k);
}

/* A verdict is no way to say that something began. */
static void what_begins_with_a_verdict_is_told_all_the_same(void **state)
{
    (void)state;
    kit k = {0};
    start(&k, &(lee_zone_watch){.imminent_s = 15, .stop_s = 20, .stop_kt = 2, .map_error_m = 10});
    for (int64_t t_s = 0; t_s <= 20; t_s += 10) {
        kit_fly(&k, t_s, 50.5, 10.5, 3000, 1, 90, 0);
    }
    (void)kit_next(&k, LEE_EVENT_PRESENT);
    assert_string_equal(kit_next(&k, LEE_EVENT_VERDICT)->reason, "confirmed");
    assert_updated(&k, "stopped", 20);
    kit_stop(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(circling_near_one_place_is_loitering_and_moving_on_is_not),
        cmocka_unit_test(a_stop_is_told_after_its_time_and_an_unknown_speed_is_none),
        cmocka_unit_test(two_that_stay_near_each_other_meet),
        cmocka_unit_test(low_and_fast_needs_both_and_a_known_altitude),
        cmocka_unit_test(emergencies_and_lost_link_are_told_also_of_who_only_comes_near),
        cmocka_unit_test(
            behaviour_is_grave_also_where_entry_is_allowed_but_not_where_it_is_permitted),
        cmocka_unit_test(an_emergency_is_told_while_hold_bears_reports_outside),
        cmocka_unit_test(an_emergency_is_told_while_hold_bears_predictions_missed),
        cmocka_unit_test(who_goes_dark_near_in_an_emergency_is_told_so),
        cmocka_unit_test(a_fast_report_that_hold_bears_ends_a_stop),
        cmocka_unit_test(outside_again_a_stop_begins_anew_though_the_target_is_near),
        cmocka_unit_test(who_crosses_in_an_emergency_is_told_so),
        cmocka_unit_test(what_begins_with_a_verdict_is_told_all_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
