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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
