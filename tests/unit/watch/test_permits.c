#include "watch_kit.h"

static const char *const every_zone[] = {"*"};
static const char *const zone_b[] = {"x", "b"};

static lee_permit permit_for(lee_permit_match match, const char *target)
{
    return (lee_permit){
        .id = "p1",
        .target = target,
        .match = match,
        .zones = every_zone,
        .zone_count = 1,
        .from_us = INT64_MIN,
        .to_us = INT64_MAX,
        .floor = {.kind = LEE_LIMIT_SFC},
        .ceiling = {.kind = LEE_LIMIT_UNL},
        .granted_by = "x",
    };
}

static void give(kit *k, const lee_permit_list *list, int64_t t_s)
{
    assert_int_equal(lee_watch_set_permits(k->watch, list, t_s * S), LEE_OK);
}

/* Whether a target with callsign UNO12, squawk 7000 and class A7 at 2000 ft is let in. */
static bool is_let_in(lee_permit permit)
{
    kit k = {0};
    const lee_permit_list list = {&permit, 1};
    kit_zone(&k, "a", 0, 0);
    kit_start(&k);
    give(&k, &list, 0);
    lee_report report = kit_report(10, 0.5, 0.5);
    report.present |= LEE_REPORT_HAS_ALT_BARO | LEE_REPORT_HAS_CALLSIGN | LEE_REPORT_HAS_SQUAWK |
                      LEE_REPORT_HAS_CATEGORY;
    report.alt_baro_ft = 2000;
    report.squawk = 07000;
    memcpy(report.callsign, "UNO12   ", 8);
    memcpy(report.category, "A7", 2);
    lee_watch_report(k.watch, &report);
    const lee_event *const event = kit_next(&k, LEE_EVENT_PRESENT);
    const bool permitted = event->present & LEE_EVENT_HAS_PERMIT;
    assert_int_equal(event->severity, permitted ? LEE_SEVERITY_LOW : LEE_SEVERITY_HIGH);
    if (permitted) {
        assert_string_equal(event->permit, "p1");
        assert_string_equal(event->reason, "permitted");
    }
    kit_stop(&k);
    return permitted;
}

static void permits_match_target_callsign_squawk_and_class(void **state)
{
    (void)state;
    assert_true(is_let_in(permit_for(LEE_PERMIT_TARGET, "icao24:abcdef")));
    assert_false(is_let_in(permit_for(LEE_PERMIT_TARGET, "icao24:abcdee")));
    assert_true(is_let_in(permit_for(LEE_PERMIT_CALLSIGN, "callsign:UNO12")));
    assert_false(is_let_in(permit_for(LEE_PERMIT_CALLSIGN, "callsign:UNO1")));
    assert_true(is_let_in(permit_for(LEE_PERMIT_CALLSIGN, "callsign:UNO*")));
    assert_true(is_let_in(permit_for(LEE_PERMIT_CALLSIGN, "callsign:UNO12*")));
    assert_true(is_let_in(permit_for(LEE_PERMIT_CALLSIGN, "callsign:*")));
    assert_false(is_let_in(permit_for(LEE_PERMIT_CALLSIGN, "callsign:UNO13*")));
    assert_true(is_let_in(permit_for(LEE_PERMIT_SQUAWK, "squawk:7000")));
    assert_false(is_let_in(permit_for(LEE_PERMIT_SQUAWK, "squawk:7001")));
    assert_true(is_let_in(permit_for(LEE_PERMIT_CLASS, "class:A7")));
    assert_false(is_let_in(permit_for(LEE_PERMIT_CLASS, "class:A1")));
}

static void permits_hold_in_their_zones_their_time_and_their_heights(void **state)
{
    (void)state;
    lee_permit permit = permit_for(LEE_PERMIT_TARGET, "icao24:abcdef");
    permit.zones = zone_b;
    permit.zone_count = 2;
    assert_false(is_let_in(permit));
    permit = permit_for(LEE_PERMIT_TARGET, "icao24:abcdef");
    permit.from_us = 10 * S;
    assert_true(is_let_in(permit));
    permit.from_us = 10 * S + 1;
    assert_false(is_let_in(permit));
    permit.from_us = 0;
    permit.to_us = 10 * S;
    assert_false(is_let_in(permit));
    permit.to_us = 10 * S + 1;
    assert_true(is_let_in(permit));
    permit.ceiling = (lee_alt_limit){LEE_LIMIT_VALUE, {2000, LEE_ALT_STD}};
    assert_false(is_let_in(permit));
    permit.ceiling.alt.ft = 2001;
    assert_true(is_let_in(permit));
    permit.floor = (lee_alt_limit){LEE_LIMIT_VALUE, {2001, LEE_ALT_STD}};
    assert_false(is_let_in(permit));
    /* Without terrain a height above ground can't be checked, and what can't be is not leave. */
    permit.floor = (lee_alt_limit){.kind = LEE_LIMIT_SFC};
    permit.ceiling = (lee_alt_limit){LEE_LIMIT_VALUE, {400, LEE_ALT_AGL}};
    assert_false(is_let_in(permit));
}

static void an_unknown_altitude_does_not_fit_a_permit_with_heights(void **state)
{
    (void)state;
    kit k = {0};
    lee_permit permit = permit_for(LEE_PERMIT_TARGET, "icao24:abcdef");
    permit.ceiling = (lee_alt_limit){LEE_LIMIT_VALUE, {9000, LEE_ALT_STD}};
    const lee_permit_list list = {&permit, 1};
    kit_zone(&k, "a", 0, 0);
    kit_start(&k);
    give(&k, &list, 0);
    const lee_report report = kit_report(1, 0.5, 0.5);
    lee_watch_report(k.watch, &report);
    assert_false(kit_next(&k, LEE_EVENT_PRESENT)->present & LEE_EVENT_HAS_PERMIT);
    kit_stop(&k);
}

static void
a_permitted_target_raises_no_prediction_but_entering_and_leaving_are_recorded(void **state)
{
    (void)state;
    kit k = {0};
    const lee_permit permit = permit_for(LEE_PERMIT_TARGET, "icao24:abcdef");
    const lee_permit_list list = {&permit, 1};
    lee_zone *const zone = kit_zone(&k, "a", 0, 0);
    zone->watch.look_ahead_s = 120;
    zone->watch.warning_time_s = 120;
    kit_start(&k);
    give(&k, &list, 0);
    kit_fly(&k, 0, 0.5, -0.05, 2000, 360, 90, 0);
    kit_silent(&k);
    const lee_target target = lee_target_icao24(0xABCDEF, true);
    assert_int_equal(lee_watch_find_track(k.watch, &target)->relation, LEE_RELATION_PERMITTED);
    kit_fly(&k, 30, 0.5, 0.01, 2000, 360, 90, 0);
    assert_string_equal(kit_next(&k, LEE_EVENT_ENTERED)->permit, "p1");
    kit_fly(&k, 60, 0.5, 1.5, 2000, 360, 90, 0);
    assert_string_equal(kit_next(&k, LEE_EVENT_LEFT)->permit, "p1");
    assert_int_equal(kit_ended(&k, "left")->severity, LEE_SEVERITY_LOW);
    kit_silent(&k);
    kit_stop(&k);
}

static void
a_permit_that_begins_and_ends_around_a_target_closes_one_incident_and_opens_another(void **state)
{
    (void)state;
    kit k = {0};
    lee_permit permit = permit_for(LEE_PERMIT_TARGET, "icao24:abcdef");
    permit.from_us = 20 * S;
    permit.to_us = 40 * S;
    const lee_permit_list list = {&permit, 1};
    kit_zone(&k, "a", 0, 0);
    kit_start(&k);
    give(&k, &list, 0);
    kit_hear(&k, 10, 0.5, 0.5, 2000);
    const uint64_t first = kit_next(&k, LEE_EVENT_PRESENT)->incident;
    lee_watch_tick(k.watch, 30 * S);
    const lee_event *const ended = kit_ended(&k, "permitted");
    assert_int_equal(ended->t_us, 20 * S);
    assert_int_equal(ended->incident, first);
    const lee_event *const let_in = kit_next(&k, LEE_EVENT_PRESENT);
    assert_string_equal(let_in->permit, "p1");
    lee_watch_tick(k.watch, 50 * S);
    assert_int_equal(kit_ended(&k, "permitted")->incident, let_in->incident);
    const lee_event *const again = kit_next(&k, LEE_EVENT_PRESENT);
    assert_int_equal(again->t_us, 40 * S);
    assert_int_equal(again->severity, LEE_SEVERITY_HIGH);
    assert_false(again->present & LEE_EVENT_HAS_PERMIT);
    kit_silent(&k);
    kit_stop(&k);
}

static void incidents_of_one_instant_have_different_numbers(void **state)
{
    (void)state;
    kit k = {0};
    const lee_permit permit = permit_for(LEE_PERMIT_TARGET, "icao24:abcdef");
    const lee_permit_list list = {&permit, 1};
    const lee_permit_list none = {&permit, 0};
    kit_zone(&k, "a", 0, 0);
    kit_start(&k);
    kit_hear(&k, 10, 0.5, 0.5, 2000);
    const uint64_t first = kit_next(&k, LEE_EVENT_PRESENT)->incident;
    give(&k, &list, 10);
    kit_ended(&k, "permitted");
    const uint64_t second = kit_next(&k, LEE_EVENT_PRESENT)->incident;
    give(&k, &none, 10);
    kit_ended(&k, "permitted");
    const uint64_t third = kit_next(&k, LEE_EVENT_PRESENT)->incident;
    assert_true(first != second && second != third && first != third);
    kit_stop(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(permits_match_target_callsign_squawk_and_class),
        cmocka_unit_test(permits_hold_in_their_zones_their_time_and_their_heights),
        cmocka_unit_test(an_unknown_altitude_does_not_fit_a_permit_with_heights),
        cmocka_unit_test(
            a_permitted_target_raises_no_prediction_but_entering_and_leaving_are_recorded),
        cmocka_unit_test(
            a_permit_that_begins_and_ends_around_a_target_closes_one_incident_and_opens_another),
        cmocka_unit_test(incidents_of_one_instant_have_different_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
