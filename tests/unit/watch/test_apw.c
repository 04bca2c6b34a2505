/* The requirements of an area proximity warning (reference/watch.md, c2) that the engine alone can
 * meet, one test each. Inhibition of a flight is a permit, of a volume its schedule. */
#include "watch_kit.h"

#define METRES_PER_DEGREE 111195.0
#define SPEED_MPS 154.33 /* 300 kt */

static kit *start(void)
{
    static kit k;
    k = (kit){0};
    kit_zone(&k, "north", 10, 20)->watch = (lee_zone_watch){.look_ahead_s = 120,
                                                            .warning_time_s = 60,
                                                            .confirm = 2,
                                                            .hold = 2,
                                                            .lost_after_s = 30,
                                                            .alert_chance_pct = 90};
    return &k;
}

/* North on 20.5 degrees east, the southern edge reached at edge_s. */
static void fly(kit *k, int from_s, int to_s, int edge_s)
{
    for (int t = from_s; t <= to_s; t += 4) {
        lee_report report = kit_report(t, 10 + SPEED_MPS * (t - edge_s) / METRES_PER_DEGREE, 20.5);
        report.present |= LEE_REPORT_HAS_ALT_BARO | LEE_REPORT_HAS_SPEED_GROUND |
                          LEE_REPORT_HAS_TRACK | LEE_REPORT_HAS_CALLSIGN;
        report.alt_baro_ft = 3000;
        report.speed_ground_kt_e3 = 300000;
        memcpy(report.callsign, "UNO42", 6);
        lee_watch_report(k->watch, &report);
    }
}

static uint32_t count_of(const kit *k, lee_event_kind kind)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < k->count; i++) {
        count += k->events[i].kind == kind;
    }
    return count;
}

static void apw_10_detects_what_enters_and_11_alerts(void **state)
{
    (void)state;
    kit *const k = start();
    kit_start(k);
    fly(k, 0, 240, 182);
    assert_int_equal(count_of(k, LEE_EVENT_PREDICTED), 1);
    assert_int_equal(count_of(k, LEE_EVENT_ENTERED), 1);
    kit_stop(k);
}

static void apw_12_the_alert_names_the_aircraft_the_volume_and_its_gravity(void **state)
{
    (void)state;
    kit *const k = start();
    kit_start(k);
    fly(k, 0, 180, 182);
    const lee_event *const event = kit_next(k, LEE_EVENT_PREDICTED);
    assert_string_equal(event->callsign, "UNO42");
    assert_true(lee_target_equal(&event->target, &(lee_target){.text = "icao24:abcdef"}));
    assert_string_equal(event->zone, "north");
    assert_int_equal(event->severity, LEE_SEVERITY_LOW);
    bool medium = false;
    for (uint32_t i = 0; i < k->count; i++) {
        medium |=
            k->events[i].kind == LEE_EVENT_UPDATED && k->events[i].severity == LEE_SEVERITY_MEDIUM;
    }
    assert_true(medium);
    kit_stop(k);
}

static void apw_13_passing_beside_is_not_alerted(void **state)
{
    (void)state;
    kit *const k = start();
    kit_start(k);
    for (int t = 0; t <= 300; t += 4) {
        kit_fly(k, t, 9.98, 20 + SPEED_MPS * t / METRES_PER_DEGREE, 3000, 300, 90, 0);
    }
    kit_silent(k);
    kit_stop(k);
}

static void apw_14_a_false_position_is_not_alerted(void **state)
{
    (void)state;
    kit *const k = start();
    kit_start(k);
    fly(k, 0, 40, 1000);
    fly(k, 44, 44, 60);
    fly(k, 48, 80, 1000);
    kit_silent(k);
    kit_stop(k);
}

static void apw_15_the_warning_time_is_given_when_geometry_permits(void **state)
{
    (void)state;
    kit *const k = start();
    kit_start(k);
    fly(k, 0, 180, 182);
    const lee_event *const event = kit_next(k, LEE_EVENT_PREDICTED);
    assert_in_range(event->t_us, (182 - 72) * S, (182 - 54) * S);
    kit_stop(k);
}

static void apw_16_the_alert_lasts_as_long_as_its_reason(void **state)
{
    (void)state;
    kit *const k = start();
    kit_start(k);
    fly(k, 0, 180, 182);
    assert_int_equal(count_of(k, LEE_EVENT_ENDED), 0);
    /* It turns away: the alert outlasts the first `hold` reports, and then ends as averted. */
    for (int t = 184; t <= 220; t += 4) {
        kit_fly(k, t, 9.999 - 0.002 * (t - 180), 20.5, 3000, 300, 180, 0);
        assert_true(t >= 192 || count_of(k, LEE_EVENT_ENDED) == 0);
    }
    assert_int_equal(count_of(k, LEE_EVENT_ENDED), 1);
    assert_string_equal(k->events[k->count - 1].reason, "averted");
    kit_stop(k);
}

static void apw_17_a_flight_is_inhibited_by_its_permit(void **state)
{
    (void)state;
    kit *const k = start();
    kit_start(k);
    static const char *const zones[] = {"north"};
    const lee_permit permit = {.id = "p",
                               .target = "UNO*",
                               .match = LEE_PERMIT_CALLSIGN,
                               .zones = zones,
                               .zone_count = 1,
                               .to_us = 1000 * S,
                               .ceiling = {.kind = LEE_LIMIT_UNL}};
    const lee_permit_list permits = {&permit, 1};
    assert_int_equal(lee_watch_set_permits(k->watch, &permits, 0), LEE_OK);
    fly(k, 0, 180, 182);
    assert_int_equal(count_of(k, LEE_EVENT_PREDICTED), 0);
    kit_stop(k);
}

static void apw_17_a_volume_is_inhibited_by_its_schedule_and_ends_its_alerts(void **state)
{
    (void)state;
    kit *const k = start();
    static const lee_interval hours = {0, 150 * S};
    k->zones[0].schedule = (lee_schedule){.intervals = &hours, .count = 1};
    kit_start(k);
    fly(k, 0, 148, 190);
    /* Entry would come after the zone closes. */
    kit_silent(k);
    fly(k, 152, 240, 190);
    kit_silent(k);
    kit_stop(k);
}

static void apw_20_the_same_reports_tell_the_same_again(void **state)
{
    (void)state;
    static kit first;
    kit *const k = start();
    kit_start(k);
    fly(k, 0, 240, 182);
    first = *k;
    kit_stop(k);
    kit *const again = start();
    kit_start(again);
    fly(again, 0, 240, 182);
    assert_int_equal(again->count, first.count);
    for (uint32_t i = 0; i < first.count; i++) {
        assert_int_equal(again->events[i].t_us, first.events[i].t_us);
        assert_int_equal(again->events[i].incident, first.events[i].incident);
        assert_int_equal(again->events[i].kind, first.events[i].kind);
        assert_int_equal(again->events[i].p_inside_e3, first.events[i].p_inside_e3);
    }
    kit_stop(again);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(apw_10_detects_what_enters_and_11_alerts),
        cmocka_unit_test(apw_12_the_alert_names_the_aircraft_the_volume_and_its_gravity),
        cmocka_unit_test(apw_13_passing_beside_is_not_alerted),
        cmocka_unit_test(apw_14_a_false_position_is_not_alerted),
        cmocka_unit_test(apw_15_the_warning_time_is_given_when_geometry_permits),
        cmocka_unit_test(apw_16_the_alert_lasts_as_long_as_its_reason),
        cmocka_unit_test(apw_17_a_flight_is_inhibited_by_its_permit),
        cmocka_unit_test(apw_17_a_volume_is_inhibited_by_its_schedule_and_ends_its_alerts),
        cmocka_unit_test(apw_20_the_same_reports_tell_the_same_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
