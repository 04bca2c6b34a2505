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

/* --- what a permit may ask ------------------------------------------------------------------ */

static kit *started(kit *k, const lee_permit_list *list)
{
    kit_zone(k, "a", 50, 10);
    kit_start(k);
    give(k, list, 0);
    return k;
}

/* The first event of a flight through zone a at 3000 ft, 100 kt, with the track given. */
static lee_event first_event(const lee_permit *permit, double lat, int32_t track_deg)
{
    kit k = {0};
    const lee_permit_list list = {permit, 1};
    started(&k, &list);
    kit_fly(&k, 10, lat, 10.5, 3000, 100, track_deg, 0);
    const lee_event event = *kit_next(&k, LEE_EVENT_PRESENT);
    kit_stop(&k);
    return event;
}

static void a_direction_lets_in_only_who_flies_it_also_over_north(void **state)
{
    (void)state;
    lee_permit p = permit_for(LEE_PERMIT_TARGET, "icao24:abcdef");
    p.has_track = true;
    p.track_from_deg = 350;
    p.track_to_deg = 10;
    assert_string_equal(first_event(&p, 50.5, 350).reason, "permitted");
    assert_string_equal(first_event(&p, 50.5, 0).reason, "permitted");
    assert_string_equal(first_event(&p, 50.5, 10).reason, "permitted");
    assert_string_equal(first_event(&p, 50.5, 11).reason, "permit_track");
    const lee_event e = first_event(&p, 50.5, 349);
    assert_int_equal(e.severity, LEE_SEVERITY_HIGH);
    assert_string_equal(e.severity_reasons, "inside permit_track appeared");
}

static void a_route_lets_in_only_who_keeps_to_it(void **state)
{
    (void)state;
    const lee_point there_and_back[] = {
        {50 * DEG, 105000000}, {51 * DEG, 105000000}, {52 * DEG, 105000000}, {51 * DEG, 105000000}};
    const lee_ring ring = {there_and_back, 4};
    lee_permit p = permit_for(LEE_PERMIT_TARGET, "icao24:abcdef");
    p.route = (lee_area){&ring, 1};
    p.route_half_width_m = 500;
    kit k = {0};
    const lee_permit_list list = {&p, 1};
    started(&k, &list);
    kit_hear(&k, 10, 50.5, 10.5, 3000);
    assert_string_equal(kit_next(&k, LEE_EVENT_PRESENT)->permit, "p1");
    kit_hear(&k, 20, 50.51, 10.506, 3000); /* 425 m off */
    kit_silent(&k);
    kit_hear(&k, 30, 50.52, 10.508, 3000); /* 566 m off */
    kit_ended(&k, "permitted");
    const lee_event *const e = kit_next(&k, LEE_EVENT_PRESENT);
    assert_string_equal(e->reason, "permit_route");
    assert_int_equal(e->severity, LEE_SEVERITY_HIGH);
    kit_stop(&k);
}

static void acknowledging_is_not_permitting_and_revoking_holds_at_once(void **state)
{
    (void)state;
    const lee_permit_step steps[] = {
        {LEE_PERMIT_REQUESTED, 0, "carrier", NULL},
        {LEE_PERMIT_ACKNOWLEDGED, 10 * S, "north", NULL},
        {LEE_PERMIT_GRANTED, 20 * S, "south", NULL},
        {LEE_PERMIT_GRANTED, 30 * S, "north", NULL},
        {LEE_PERMIT_REVOKED, 50 * S, "south", NULL},
    };
    const char *const needs[] = {"north", "south"};
    lee_permit p = permit_for(LEE_PERMIT_TARGET, "icao24:abcdef");
    p.steps = steps;
    p.step_count = 5;
    p.needs = needs;
    p.need_count = 2;
    assert_false(lee_permit_is_granted(&p, 15 * S));
    assert_false(lee_permit_is_granted(&p, 25 * S));
    assert_true(lee_permit_is_granted(&p, 30 * S));
    kit k = {0};
    const lee_permit_list list = {&p, 1};
    started(&k, &list);
    kit_hear(&k, 25, 50.5, 10.5, 3000);
    assert_string_equal(kit_next(&k, LEE_EVENT_PRESENT)->reason, "permit_not_granted");
    lee_watch_tick(k.watch, 40 * S);
    assert_int_equal(kit_ended(&k, "permitted")->t_us, 30 * S);
    assert_string_equal(kit_next(&k, LEE_EVENT_PRESENT)->reason, "permitted");
    lee_watch_tick(k.watch, 60 * S);
    assert_int_equal(kit_ended(&k, "permitted")->t_us, 50 * S);
    assert_string_equal(kit_next(&k, LEE_EVENT_PRESENT)->reason, "permit_not_granted");
    kit_stop(&k);
}

static void one_refusal_stands_against_every_grant(void **state)
{
    (void)state;
    const lee_permit_step steps[] = {{LEE_PERMIT_GRANTED, 0, "north", NULL},
                                     {LEE_PERMIT_REFUSED, 10, "south", NULL},
                                     {LEE_PERMIT_GRANTED, 20, "south", NULL}};
    lee_permit p = permit_for(LEE_PERMIT_TARGET, "icao24:abcdef");
    p.steps = steps;
    p.step_count = 3;
    assert_true(lee_permit_is_granted(&p, 9));
    assert_false(lee_permit_is_granted(&p, 10));
    assert_true(lee_permit_is_granted(&p, 20));
}

static void an_unplanned_stop_ends_the_leave_until_the_target_is_outside(void **state)
{
    (void)state;
    lee_permit p = permit_for(LEE_PERMIT_TARGET, "icao24:abcdef");
    p.asks.stop_s = 60;
    kit k = {0};
    const lee_permit_list list = {&p, 1};
    started(&k, &list);
    k.zones[0].watch.lost_after_s = 600;
    kit_fly(&k, 10, 50.5, 10.5, 3000, 10, 90, 0);
    (void)kit_next(&k, LEE_EVENT_PRESENT);
    kit_fly(&k, 20, 50.5, 10.5, 3000, 1, 90, 0);
    kit_fly(&k, 79, 50.5, 10.5, 3000, 1, 90, 0);
    kit_silent(&k);
    kit_fly(&k, 80, 50.5, 10.5, 3000, 1, 90, 0);
    kit_ended(&k, "permitted");
    assert_string_equal(kit_next(&k, LEE_EVENT_PRESENT)->reason, "permit_stop");
    kit_fly(&k, 90, 50.5, 10.6, 3000, 10, 90, 0);
    kit_silent(&k);
    kit_fly(&k, 100, 50.5, 11.2, 3000, 100, 90, 0);
    (void)kit_next(&k, LEE_EVENT_LEFT);
    kit_ended(&k, "left");
    kit_fly(&k, 110, 50.5, 10.9, 3000, 100, 270, 0);
    assert_string_equal(kit_next(&k, LEE_EVENT_ENTERED)->reason, "permitted");
    kit_stop(&k);
}

static void a_meeting_ends_the_leave(void **state)
{
    (void)state;
    lee_permit p = permit_for(LEE_PERMIT_TARGET, "icao24:abcdef");
    p.asks.meet_s = 30;
    kit k = {0};
    const lee_permit_list list = {&p, 1};
    started(&k, &list);
    lee_report other = kit_report(9, 50.5, 10.502);
    other.target = lee_target_icao24(1, true);
    for (int64_t t_s = 10; t_s <= 50; t_s += 10) {
        kit_hear(&k, t_s, 50.5, 10.5, 3000);
        other.t_us = t_s * S + 1;
        lee_watch_report(k.watch, &other);
    }
    bool met = false;
    for (uint32_t i = 0; i < k.count; i++) {
        met |= strcmp(k.events[i].reason, "permit_rendezvous") == 0 && k.events[i].t_us == 50 * S;
    }
    assert_true(met);
    kit_stop(&k);
}

static void who_does_not_report_as_asked_has_no_leave_any_more(void **state)
{
    (void)state;
    lee_permit p = permit_for(LEE_PERMIT_TARGET, "icao24:abcdef");
    p.asks.report_s = 40;
    kit k = {0};
    const lee_permit_list list = {&p, 1};
    started(&k, &list);
    kit_hear(&k, 10, 50.5, 10.5, 3000);
    assert_string_equal(kit_next(&k, LEE_EVENT_PRESENT)->reason, "permitted");
    kit_hear(&k, 49, 50.5, 10.5, 3000);
    lee_watch_tick(k.watch, 88 * S);
    kit_silent(&k);
    lee_watch_tick(k.watch, 91 * S);
    assert_int_equal(kit_ended(&k, "permitted")->t_us, 89 * S);
    assert_string_equal(kit_next(&k, LEE_EVENT_PRESENT)->reason, "permit_report");
    lee_watch_tick(k.watch, 200 * S);
    assert_int_equal(kit_next(&k, LEE_EVENT_LOST)->t_us, 109 * S);
    kit_stop(&k);
}

/* Each of two permits is broken in its turn, and that does not give the other back. */
static void conditions_that_were_broken_stay_broken_whatever_is_broken_next(void **state)
{
    (void)state;
    lee_permit p[2] = {permit_for(LEE_PERMIT_TARGET, "icao24:abcdef"),
                       permit_for(LEE_PERMIT_TARGET, "icao24:abcdef")};
    p[0].asks.stop_s = 20;
    p[1].asks.stop_s = 40;
    p[1].id = "p2";
    kit k = {0};
    const lee_permit_list list = {p, 2};
    started(&k, &list);
    for (int64_t t_s = 0; t_s <= 200; t_s += 10) {
        kit_fly(&k, t_s, 50.5, 10.5, 3000, 1, 90, 0);
    }
    assert_string_equal(kit_next(&k, LEE_EVENT_PRESENT)->permit, "p1");
    assert_int_equal(kit_ended(&k, "permitted")->t_us, 40 * S);
    assert_string_equal(kit_next(&k, LEE_EVENT_PRESENT)->reason, "permit_stop");
    kit_silent(&k);
    kit_stop(&k);
}

static void a_meeting_counts_from_the_first_report_with_leave(void **state)
{
    (void)state;
    lee_permit p = permit_for(LEE_PERMIT_TARGET, "icao24:abcdef");
    p.asks.meet_s = 30;
    kit k = {0};
    const lee_permit_list list = {&p, 1};
    started(&k, &list);
    for (int64_t t_s = 10; t_s <= 40; t_s += 10) {
        lee_report other = kit_report(t_s, 50.5, 10.502);
        other.target = lee_target_icao24(1, true);
        lee_watch_report(k.watch, &other);
        kit_hear(&k, t_s, 50.5, 10.5, 3000);
    }
    assert_int_equal(k.events[k.count - 1].t_us, 40 * S);
    assert_string_equal(k.events[k.count - 1].reason, "permit_rendezvous");
    kit_stop(&k);
}

/* The silence that ends one leave is soon too long for the next as well. */
static void silence_breaks_one_permit_after_the_other(void **state)
{
    (void)state;
    lee_permit p[2] = {permit_for(LEE_PERMIT_TARGET, "icao24:abcdef"),
                       permit_for(LEE_PERMIT_TARGET, "icao24:abcdef")};
    p[0].asks.report_s = 20;
    p[1].asks.report_s = 40;
    p[1].id = "p2";
    kit k = {0};
    const lee_permit_list list = {p, 2};
    started(&k, &list);
    kit_hear(&k, 10, 50.5, 10.5, 3000);
    (void)kit_next(&k, LEE_EVENT_PRESENT);
    lee_watch_tick(k.watch, 60 * S);
    assert_int_equal(kit_ended(&k, "permitted")->t_us, 50 * S);
    assert_string_equal(kit_next(&k, LEE_EVENT_PRESENT)->reason, "permit_report");
    kit_stop(&k);
}

/* Leave ends when its condition is broken, whether the target is lost to the zone by then or not.
 */
static void a_lost_target_loses_its_leave_when_it_was_silent_for_too_long(void **state)
{
    (void)state;
    lee_permit p[2] = {permit_for(LEE_PERMIT_TARGET, "icao24:abcdef"),
                       permit_for(LEE_PERMIT_TARGET, "icao24:abcdef")};
    p[0].asks.report_s = 80;
    p[1].id = "an id that is longer than the forty-seven bytes which events carry of it";
    p[1].asks.report_s = 90;
    kit k = {0};
    const lee_permit_list list = {p, 2};
    started(&k, &list);
    kit_hear(&k, 10, 50.5, 10.5, 3000);
    (void)kit_next(&k, LEE_EVENT_PRESENT);
    lee_watch_tick(k.watch, 120 * S);
    assert_int_equal(kit_next(&k, LEE_EVENT_LOST)->t_us, 70 * S);
    assert_int_equal(kit_ended(&k, "permitted")->t_us, 100 * S);
    assert_string_equal(kit_next(&k, LEE_EVENT_PRESENT)->reason, "permit_report");
    assert_int_equal(kit_next(&k, LEE_EVENT_LOST)->severity, LEE_SEVERITY_HIGH);
    lee_watch_tick(k.watch, 800 * S);
    assert_int_equal(kit_ended(&k, "lost")->t_us, 700 * S);
    kit_silent(&k);
    kit_stop(&k);
}

static void leave_that_begins_around_a_silent_target_asks_it_to_report_too(void **state)
{
    (void)state;
    lee_permit p = permit_for(LEE_PERMIT_TARGET, "icao24:abcdef");
    p.asks.report_s = 20;
    p.from_us = 15 * S;
    kit k = {0};
    const lee_permit_list list = {&p, 1};
    started(&k, &list);
    kit_hear(&k, 10, 50.5, 10.5, 3000);
    (void)kit_next(&k, LEE_EVENT_PRESENT);
    lee_watch_tick(k.watch, 40 * S);
    kit_ended(&k, "permitted");
    assert_string_equal(kit_next(&k, LEE_EVENT_PRESENT)->reason, "permitted");
    assert_int_equal(kit_ended(&k, "permitted")->t_us, 30 * S);
    assert_string_equal(kit_next(&k, LEE_EVENT_PRESENT)->reason, "permit_report");
    kit_stop(&k);
}

static void what_was_broken_is_forgiven_outside_though_nothing_was_told(void **state)
{
    (void)state;
    lee_permit p = permit_for(LEE_PERMIT_TARGET, "icao24:abcdef");
    p.asks.stop_s = 10;
    kit k = {0};
    const lee_permit_list list = {&p, 1};
    kit_zone(&k, "a", 50, 10)->watch =
        (lee_zone_watch){.confirm = 3, .stop_kt = 2, .lateral_margin_m = 5000, .lost_after_s = 600};
    kit_start(&k);
    give(&k, &list, 0);
    kit_fly(&k, 10, 50.5, 10.99, 3000, 1, 90, 0);
    kit_fly(&k, 20, 50.5, 10.99, 3000, 1, 90, 0);
    kit_fly(&k, 30, 50.5, 11.01, 3000, 1, 90, 0);
    for (int64_t t_s = 40; t_s <= 60; t_s += 10) {
        kit_fly(&k, t_s, 50.5, 10.99, 3000, 100, 90, 0);
    }
    assert_string_equal(kit_next(&k, LEE_EVENT_ENTERED)->reason, "permitted");
    kit_stop(&k);
}

static void an_inhibition_of_others_asks_nobody_else_whether_there_is_leave(void **state)
{
    (void)state;
    lee_permit p = permit_for(LEE_PERMIT_SQUAWK, "squawk:1200");
    kit k = {0};
    const lee_permit_list list = {&p, 1};
    started(&k, &list);
    k.zones[0].watch.lost_after_s = 600;
    lee_report report = kit_report(10, 50.5, 10.5);
    report.present |= LEE_REPORT_HAS_SQUAWK;
    report.squawk = 01200;
    lee_watch_report(k.watch, &report);
    assert_string_equal(kit_next(&k, LEE_EVENT_PRESENT)->reason, "permitted");
    /* By now its squawk is not known any more. */
    lee_inhibition other = {.id = "1", .from_us = 100 * S, .to_us = 200 * S};
    other.target = lee_target_icao24(1, true);
    assert_int_equal(lee_watch_inhibit(k.watch, &other, 100 * S), LEE_OK);
    assert_int_equal(lee_watch_end_inhibition(k.watch, "1", 110 * S), LEE_OK);
    kit_silent(&k);
    other = (lee_inhibition){.id = "2", .from_us = 120 * S, .to_us = 200 * S};
    memcpy(other.zone, k.zones[0].id, strlen(k.zones[0].id));
    assert_int_equal(lee_watch_inhibit(k.watch, &other, 120 * S), LEE_OK);
    assert_int_equal(lee_watch_end_inhibition(k.watch, "2", 130 * S), LEE_OK);
    kit_ended(&k, "permitted");
    (void)kit_next(&k, LEE_EVENT_PRESENT);
    kit_stop(&k);
}

/* --- duties --------------------------------------------------------------------------------- */

static void no_ambulance_in_the_district_is_told_and_its_return(void **state)
{
    (void)state;
    lee_permit p = permit_for(LEE_PERMIT_PREFIX, "unit:ambulance*");
    static const char *const district[] = {"a"};
    p.zones = district;
    p.duty = LEE_DUTY_PRESENT;
    p.absent_after_s = 300;
    p.from_us = 100 * S;
    p.to_us = 10000 * S;
    kit k = {0};
    const lee_permit_list list = {&p, 1};
    started(&k, &list);
    lee_watch_tick(k.watch, 399 * S);
    kit_silent(&k);
    lee_watch_tick(k.watch, 401 * S);
    const lee_event *e = kit_next(&k, LEE_EVENT_LOST);
    assert_int_equal(e->t_us, 400 * S);
    assert_string_equal(e->reason, "absent");
    assert_string_equal(e->target.text, "unit:ambulance");
    assert_string_equal(e->permit, "p1");
    const uint64_t incident = e->incident;
    lee_report ambulance = kit_report(500, 50.5, 10.5);
    assert_true(lee_target_parse("unit:ambulance-7", 16, &ambulance.target));
    lee_watch_report(k.watch, &ambulance);
    (void)kit_next(&k, LEE_EVENT_PRESENT);
    e = kit_ended(&k, "returned");
    assert_int_equal(e->incident, incident);
    /* Silent for 60 s it is lost; 300 s after that it is missed again. */
    lee_watch_tick(k.watch, 859 * S);
    (void)kit_next(&k, LEE_EVENT_LOST);
    kit_silent(&k);
    lee_watch_tick(k.watch, 861 * S);
    e = kit_next(&k, LEE_EVENT_LOST);
    assert_string_equal(e->reason, "absent");
    assert_int_equal(e->t_us, 860 * S);
    lee_watch_tick(k.watch, 20000 * S);
    k.seen = k.count - 1;
    e = kit_ended(&k, "duty_over");
    assert_int_equal(e->t_us, 10000 * S);
    kit_stop(&k);
}

static void who_must_remain_is_missed_when_it_leaves_and_not_before_it_came(void **state)
{
    (void)state;
    lee_permit p = permit_for(LEE_PERMIT_TARGET, "icao24:abcdef");
    static const char *const zone_a[] = {"a"};
    p.zones = zone_a;
    p.asks.stay = true;
    kit k = {0};
    const lee_permit_list list = {&p, 1};
    started(&k, &list);
    kit_hear(&k, 10, 50.5, 9.9, 3000);
    kit_silent(&k);
    kit_hear(&k, 20, 50.5, 10.1, 3000);
    assert_string_equal(kit_next(&k, LEE_EVENT_ENTERED)->reason, "permitted");
    kit_hear(&k, 30, 50.5, 9.9, 3000);
    (void)kit_next(&k, LEE_EVENT_LEFT);
    kit_ended(&k, "left");
    const lee_event *e = kit_next(&k, LEE_EVENT_LOST);
    assert_string_equal(e->reason, "must_remain");
    assert_string_equal(e->target.text, "icao24:abcdef");
    assert_int_equal(e->severity, LEE_SEVERITY_HIGH);
    const lee_permit_list none = {NULL, 0};
    give(&k, &none, 40);
    kit_ended(&k, "duty_over");
    kit_stop(&k);
}

static void hear_guard(kit *k, int64_t t_s, const char *name, double lat, double lon)
{
    lee_report report = kit_report(t_s, lat, lon);
    assert_true(lee_target_parse(name, strlen(name), &report.target));
    report.present |= LEE_REPORT_HAS_ALT_BARO;
    report.alt_baro_ft = 3000;
    lee_watch_report(k->watch, &report);
}

/* The next event of a duty; those of who comes and goes are passed over. */
static const lee_event *next_of_duty(kit *k)
{
    while (k->seen < k->count && strcmp(k->events[k->seen].severity_reasons, "duty") != 0) {
        k->seen++;
    }
    assert_true(k->seen < k->count);
    return &k->events[k->seen++];
}

static void no_duty(kit *k)
{
    while (k->seen < k->count && strcmp(k->events[k->seen].severity_reasons, "duty") != 0) {
        k->seen++;
    }
    kit_silent(k);
}

static lee_permit guards_remain(void)
{
    static const char *const zone_a[] = {"a"};
    lee_permit p = permit_for(LEE_PERMIT_PREFIX, "unit:guard-*");
    p.zones = zone_a;
    p.duty = LEE_DUTY_REMAIN;
    p.absent_after_s = 20;
    return p;
}

static void one_of_several_who_must_remain_is_missed_though_the_others_stay(void **state)
{
    (void)state;
    const lee_permit p = guards_remain();
    kit k = {0};
    started(&k, &(lee_permit_list){&p, 1});
    hear_guard(&k, 10, "unit:guard-2", 50.5, 10.5);
    hear_guard(&k, 10, "unit:guard-1", 50.5, 10.5);
    hear_guard(&k, 10, "unit:guard-3", 50.5, 9.5); /* never came */
    hear_guard(&k, 20, "unit:guard-2", 50.5, 9.5);
    lee_watch_tick(k.watch, 39 * S);
    no_duty(&k);
    hear_guard(&k, 45, "unit:guard-1", 50.5, 10.5);
    const lee_event *e = next_of_duty(&k);
    assert_int_equal(e->kind, LEE_EVENT_LOST);
    assert_int_equal(e->t_us, 40 * S);
    assert_string_equal(e->reason, "must_remain");
    assert_string_equal(e->target.text, "unit:guard-2");
    assert_int_equal(e->lon_e7, 95 * DEG / 10);
    const uint64_t second = e->incident;
    hear_guard(&k, 50, "unit:guard-1", 50.5, 9.5);
    lee_watch_tick(k.watch, 80 * S);
    e = next_of_duty(&k);
    assert_int_equal(e->kind, LEE_EVENT_LOST);
    assert_int_equal(e->t_us, 70 * S);
    assert_string_equal(e->target.text, "unit:guard-1");
    const uint64_t first = e->incident;
    assert_int_not_equal(first, second);
    hear_guard(&k, 90, "unit:guard-2", 50.5, 10.5);
    e = next_of_duty(&k);
    assert_string_equal(e->reason, "returned");
    assert_int_equal(e->incident, second);
    no_duty(&k);
    give(&k, &(lee_permit_list){NULL, 0}, 95);
    e = next_of_duty(&k);
    assert_string_equal(e->reason, "duty_over");
    assert_int_equal(e->incident, first);
    no_duty(&k);
    kit_stop(&k);
}

static void who_left_when_the_duty_was_over_is_not_missed_when_it_begins_again(void **state)
{
    (void)state;
    lee_permit p = guards_remain();
    p.to_us = 60 * S;
    kit k = {0};
    started(&k, &(lee_permit_list){&p, 1});
    hear_guard(&k, 10, "unit:guard-1", 50.5, 10.5);
    hear_guard(&k, 20, "unit:guard-1", 50.5, 9.5);
    lee_watch_tick(k.watch, 60 * S);
    assert_int_equal(next_of_duty(&k)->kind, LEE_EVENT_LOST);
    assert_string_equal(next_of_duty(&k)->reason, "duty_over");
    p.to_us = INT64_MAX;
    give(&k, &(lee_permit_list){&p, 1}, 100);
    lee_watch_tick(k.watch, 500 * S);
    no_duty(&k);
    kit_stop(&k);
}

/* Other permits: the duty in this zone is gone, or it asks another thing, or of others. */
static void what_is_told_of_a_duty_ends_when_the_next_permits_do_not_ask_it(void **state)
{
    (void)state;
    static const char *const elsewhere[] = {"b"};
    lee_permit next[4];
    for (int i = 0; i < 4; i++) {
        next[i] = guards_remain();
    }
    next[0].zones = elsewhere;
    next[1].duty = LEE_DUTY_PRESENT;
    next[2].target = "unit:gate-*";
    for (int i = 0; i < 4; i++) {
        const lee_permit p = guards_remain();
        kit k = {0};
        started(&k, &(lee_permit_list){&p, 1});
        hear_guard(&k, 10, "unit:guard-1", 50.5, 10.5);
        hear_guard(&k, 20, "unit:guard-1", 50.5, 9.5);
        lee_watch_tick(k.watch, 40 * S);
        const lee_event *e = next_of_duty(&k);
        assert_int_equal(e->kind, LEE_EVENT_LOST);
        const uint64_t incident = e->incident;
        give(&k, &(lee_permit_list){&next[i], 1}, 45);
        if (i == 3) {
            no_duty(&k); /* the same: it goes on */
            hear_guard(&k, 50, "unit:guard-1", 50.5, 10.5);
        }
        e = next_of_duty(&k);
        assert_string_equal(e->reason, i == 3 ? "returned" : "duty_over");
        assert_int_equal(e->incident, incident);
        no_duty(&k);
        kit_stop(&k);
    }
}

/* 1,024 is the limit of those who must remain. */
static void who_finds_no_room_among_those_who_must_remain_is_counted(void **state)
{
    (void)state;
    static kit k;
    k = (kit){0};
    kit_zone(&k, "a", 50, 10);
    lee_watch_options options;
    lee_watch_options_default(&options);
    options.tracks_max = 2048;
    options.incidents_max = 2048;
    k.zones[0].watch.lost_after_s = 0;
    k.zones[0].watch.confirm = 3; /* inside, and nothing is told of it yet */
    kit_start_with(&k, &options);
    const lee_permit p = guards_remain();
    give(&k, &(lee_permit_list){&p, 1}, 0);
    lee_watch_counters counters;
    for (int i = 0; i < 1026; i++) {
        char name[24] = "unit:guard-0000";
        for (int n = i, at = 14; at > 10; at--, n /= 10) {
            name[at] = (char)('0' + n % 10);
        }
        hear_guard(&k, 10, name, 50.5, 10.5);
        lee_watch_count(k.watch, &counters);
        assert_int_equal(counters.incidents_refused, i >= 1024);
    }
    hear_guard(&k, 12, "unit:guard-0000", 50.5, 9.5);
    hear_guard(&k, 12, "unit:guard-1025", 50.5, 9.5);
    lee_watch_tick(k.watch, 32 * S);
    assert_string_equal(next_of_duty(&k)->target.text, "unit:guard-0000");
    no_duty(&k);
    kit_stop(&k);
}

/* Lost at 70 s; at 90 s its silence breaks its leave and begins an incident anew. */
static void who_is_silent_when_its_leave_breaks_is_missed_since_it_was_lost(void **state)
{
    (void)state;
    lee_permit p[2];
    p[0] = permit_for(LEE_PERMIT_TARGET, "icao24:abcdef");
    static const char *const zone_a[] = {"a"};
    p[0].zones = zone_a;
    p[0].duty = LEE_DUTY_PRESENT;
    p[0].absent_after_s = 300;
    p[1] = permit_for(LEE_PERMIT_TARGET, "icao24:abcdef");
    p[1].id = "p2";
    p[1].asks.report_s = 80;
    kit k = {0};
    kit_zone(&k, "a", 0, 0);
    kit_start(&k);
    give(&k, &(lee_permit_list){p, 2}, 0);
    kit_hear(&k, 10, 0.5, 0.5, 3000);
    lee_watch_tick(k.watch, 100 * S);
    const lee_event *e = kit_next(&k, LEE_EVENT_PRESENT);
    assert_string_equal(e->permit, "p2");
    assert_int_equal(kit_next(&k, LEE_EVENT_LOST)->t_us, 70 * S);
    while (k.seen < k.count) {
        assert_int_equal(k.events[k.seen++].t_us, 90 * S);
    }
    lee_watch_tick(k.watch, 400 * S);
    e = kit_next(&k, LEE_EVENT_LOST);
    assert_string_equal(e->reason, "absent");
    assert_int_equal(e->t_us, 370 * S);
    kit_stop(&k);
}

/* Leave for somebody else, or elsewhere, from 20 s to 30 s. */
static lee_permit leave_of_another(void)
{
    lee_permit permit = permit_for(LEE_PERMIT_TARGET, "icao24:000001");
    permit.from_us = 20 * S;
    permit.to_us = 30 * S;
    return permit;
}

static void
an_altitude_filled_in_late_counts_at_the_next_report_not_at_an_edge_of_leave(void **state)
{
    (void)state;
    for (int own = 0; own < 2; own++) {
        kit k = {0};
        lee_permit permit = leave_of_another();
        permit.target = own ? "icao24:abcdef" : permit.target;
        const lee_permit_list list = {&permit, 1};
        kit_zone(&k, "a", 0, 0);
        kit_start(&k);
        give(&k, &list, 0);
        lee_report report = kit_report(10, 0.5, 0.5);
        lee_watch_report(k.watch, &report);
        kit_next(&k, LEE_EVENT_PRESENT);
        kit_hear(&k, 8, 0.5, 0.5, 9000); /* older: only fills the altitude in */
        lee_watch_tick(k.watch, 29 * S);
        if (own) {
            kit_ended(&k, "permitted");
            kit_next(&k, LEE_EVENT_PRESENT);
        }
        kit_silent(&k);
        lee_watch_tick(k.watch, 35 * S);
        if (own) {
            kit_ended(&k, "permitted");
            assert_string_equal(kit_next(&k, LEE_EVENT_PRESENT)->reason, "altitude_unknown");
        }
        kit_silent(&k);
        report.t_us = 36 * S;
        lee_watch_report(k.watch, &report);
        assert_int_equal(kit_next(&k, LEE_EVENT_LEFT)->t_us, 36 * S);
        kit_ended(&k, "left");
        kit_stop(&k);
    }
}

static void an_edge_of_leave_counts_neither_for_confirmation_nor_as_a_miss(void **state)
{
    (void)state;
    kit k = {0};
    lee_permit permit = leave_of_another();
    const lee_permit_list list = {&permit, 1};
    lee_zone *const zone = kit_zone(&k, "a", 0, 0);
    zone->watch.confirm = 2;
    zone->watch.hold = 1;
    kit_start(&k);
    give(&k, &list, 0);
    kit_hear(&k, 19, 0.5, 0.5, 2000);
    lee_watch_tick(k.watch, 21 * S);
    kit_silent(&k);
    kit_hear(&k, 22, 0.5, 0.5, 2000);
    kit_next(&k, LEE_EVENT_PRESENT);
    kit_hear(&k, 29, 0.5, 1.5, 2000);
    lee_watch_tick(k.watch, 31 * S);
    kit_silent(&k);
    kit_hear(&k, 32, 0.5, 1.5, 2000);
    kit_next(&k, LEE_EVENT_LEFT);
    kit_ended(&k, "left");
    kit_stop(&k);
}

static void a_prediction_ends_when_leave_begins_not_at_the_next_report(void **state)
{
    (void)state;
    kit k = {0};
    lee_permit permit = leave_of_another();
    permit.target = "icao24:abcdef";
    const lee_permit_list list = {&permit, 1};
    lee_zone *const zone = kit_zone(&k, "a", 0, 0);
    zone->watch.look_ahead_s = 120;
    zone->watch.warning_time_s = 120;
    kit_start(&k);
    give(&k, &list, 0);
    kit_fly(&k, 19, 0.5, -0.05, 2000, 200, 90, 0);
    kit_next(&k, LEE_EVENT_PREDICTED);
    lee_watch_tick(k.watch, 21 * S);
    assert_int_equal(kit_ended(&k, "permitted")->t_us, 20 * S);
    kit_fly(&k, 22, 0.5, -0.045, 2000, 200, 90, 0);
    kit_silent(&k);
    kit_fly(&k, 31, 0.5, -0.04, 2000, 200, 90, 0);
    kit_next(&k, LEE_EVENT_PREDICTED);
    kit_stop(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(permits_match_target_callsign_squawk_and_class),
        cmocka_unit_test(permits_hold_in_their_zones_their_time_and_their_heights),
        cmocka_unit_test(
            an_altitude_filled_in_late_counts_at_the_next_report_not_at_an_edge_of_leave),
        cmocka_unit_test(an_edge_of_leave_counts_neither_for_confirmation_nor_as_a_miss),
        cmocka_unit_test(a_prediction_ends_when_leave_begins_not_at_the_next_report),
        cmocka_unit_test(an_unknown_altitude_does_not_fit_a_permit_with_heights),
        cmocka_unit_test(
            a_permitted_target_raises_no_prediction_but_entering_and_leaving_are_recorded),
        cmocka_unit_test(
            a_permit_that_begins_and_ends_around_a_target_closes_one_incident_and_opens_another),
        cmocka_unit_test(incidents_of_one_instant_have_different_numbers),
        cmocka_unit_test(a_direction_lets_in_only_who_flies_it_also_over_north),
        cmocka_unit_test(a_route_lets_in_only_who_keeps_to_it),
        cmocka_unit_test(acknowledging_is_not_permitting_and_revoking_holds_at_once),
        cmocka_unit_test(one_refusal_stands_against_every_grant),
        cmocka_unit_test(an_unplanned_stop_ends_the_leave_until_the_target_is_outside),
        cmocka_unit_test(a_meeting_ends_the_leave),
        cmocka_unit_test(who_does_not_report_as_asked_has_no_leave_any_more),
        cmocka_unit_test(conditions_that_were_broken_stay_broken_whatever_is_broken_next),
        cmocka_unit_test(a_meeting_counts_from_the_first_report_with_leave),
        cmocka_unit_test(silence_breaks_one_permit_after_the_other),
        cmocka_unit_test(an_inhibition_of_others_asks_nobody_else_whether_there_is_leave),
        cmocka_unit_test(a_lost_target_loses_its_leave_when_it_was_silent_for_too_long),
        cmocka_unit_test(leave_that_begins_around_a_silent_target_asks_it_to_report_too),
        cmocka_unit_test(what_was_broken_is_forgiven_outside_though_nothing_was_told),
        cmocka_unit_test(no_ambulance_in_the_district_is_told_and_its_return),
        cmocka_unit_test(who_must_remain_is_missed_when_it_leaves_and_not_before_it_came),
        cmocka_unit_test(one_of_several_who_must_remain_is_missed_though_the_others_stay),
        cmocka_unit_test(who_left_when_the_duty_was_over_is_not_missed_when_it_begins_again),
        cmocka_unit_test(what_is_told_of_a_duty_ends_when_the_next_permits_do_not_ask_it),
        cmocka_unit_test(who_finds_no_room_among_those_who_must_remain_is_counted),
        cmocka_unit_test(who_is_silent_when_its_leave_breaks_is_missed_since_it_was_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
