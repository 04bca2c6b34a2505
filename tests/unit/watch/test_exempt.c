/* Zones within zones: within the one that exempts, the other does not hold for whom may be there.
 */
#include "watch_kit.h"

/* "deny" is a square of one degree; "lane" runs through its middle from west to east, a tenth of a
 * degree wide, and reaches half a degree beyond on either side. */
static const char *const exempts[] = {"deny"};

static lee_zone *make_lane(kit *k)
{
    kit_zone(k, "deny", 0, 0);
    lee_zone *const lane = kit_zone(k, "lane", 0, 0);
    lee_point *const p = k->points[1];
    p[0] = (lee_point){DEG * 45 / 100, -DEG / 2};
    p[1] = (lee_point){DEG * 45 / 100, DEG * 3 / 2};
    p[2] = (lee_point){DEG * 55 / 100, DEG * 3 / 2};
    p[3] = (lee_point){DEG * 55 / 100, -DEG / 2};
    lane->kind = LEE_ZONE_CORRIDOR;
    lane->entry = LEE_ENTRY_ALLOW;
    lane->exempts = exempts;
    lane->exempt_count = 1;
    return lane;
}

/* The next event of the zone that denies; those of the lane are passed over. */
static const lee_event *next_denied(kit *k, lee_event_kind kind)
{
    while (k->seen < k->count && strcmp(k->events[k->seen].zone, "deny") != 0) {
        k->seen++;
    }
    const lee_event *const event = kit_next(k, kind);
    assert_string_equal(event->zone, "deny");
    return event;
}

static void no_denied(kit *k)
{
    while (k->seen < k->count && strcmp(k->events[k->seen].zone, "deny") != 0) {
        k->seen++;
    }
    kit_silent(k);
}

static void who_keeps_to_the_lane_is_told_of_the_lane_alone(void **state)
{
    (void)state;
    kit k = {0};
    make_lane(&k);
    kit_start(&k);
    for (int i = 0; i <= 16; i++) {
        kit_hear(&k, i * 20, 0.5, -0.3 + i * 0.1, 2000);
    }
    assert_string_equal(kit_next(&k, LEE_EVENT_PRESENT)->zone, "lane");
    no_denied(&k);
    kit_stop(&k);
}

static void leaving_the_lane_is_entering_where_its_edge_is(void **state)
{
    (void)state;
    kit k = {0};
    make_lane(&k);
    kit_start(&k);
    kit_hear(&k, 0, 0.50, 0.5, 2000);
    kit_hear(&k, 20, 0.60, 0.5, 2000);
    const lee_event *const entered = next_denied(&k, LEE_EVENT_ENTERED);
    assert_int_equal(entered->crossed_at_us, 10 * S);
    assert_int_equal(entered->cross_lat_e7, DEG * 55 / 100);
    /* 0.05 degrees to the lane, though the area's own edge is farther. */
    assert_true(entered->depth_m > 5400 && entered->depth_m < 5600);
    kit_hear(&k, 40, 0.50, 0.5, 2000);
    const lee_event *const left = next_denied(&k, LEE_EVENT_LEFT);
    assert_int_equal(left->crossed_at_us, 30 * S);
    (void)next_denied(&k, LEE_EVENT_ENDED);
    no_denied(&k);
    kit_stop(&k);
}

static void leaving_the_lane_is_predicted_and_following_it_is_not(void **state)
{
    (void)state;
    kit k = {0};
    make_lane(&k);
    k.zones[0].watch.look_ahead_s = 120;
    k.zones[0].watch.warning_time_s = 60;
    k.zones[0].watch.lateral_error_m = 1000;
    kit_start(&k);
    for (int i = 0; i <= 6; i++) {
        kit_fly(&k, i * 10, 0.5, -0.1 + i * 0.02, 2000, 432, 90, 0);
    }
    no_denied(&k);
    /* 0.02 degrees (2.2 km) in 10 s towards the northern edge, 0.04 degrees away. */
    kit_fly(&k, 70, 0.51, 0.02, 2000, 432, 0, 0);
    const lee_event *const ahead = next_denied(&k, LEE_EVENT_PREDICTED);
    assert_true(ahead->time_to_entry_s_e3 > 18000 && ahead->time_to_entry_s_e3 < 22000);
    assert_true(ahead->entry_lat_e7 > 5490000 && ahead->entry_lat_e7 < 5510000);
    kit_stop(&k);
}

static kit *start_by_chance(void)
{
    static kit k;
    k = (kit){0};
    make_lane(&k);
    k.zones[0].watch.look_ahead_s = 120;
    k.zones[0].watch.warning_time_s = 60;
    k.zones[0].watch.alert_chance_pct = 90;
    return &k;
}

/* 432 kt, a report every 4 s; until something is told. Returns the seconds flown. */
static int fly_until_denied(kit *k, double lat, double lon, int32_t course_deg, int32_t alt_ft,
                            int32_t rate_fpm, int until_s)
{
    for (int t = 0; t <= until_s; t += 4) {
        const double by = 0.002 * t;
        kit_fly(k, t, lat + (course_deg == 0 ? by : 0), lon + (course_deg == 90 ? by : 0),
                alt_ft + rate_fpm * t / 60, 432, course_deg, rate_fpm);
        for (; k->seen < k->count; k->seen++) {
            if (strcmp(k->events[k->seen].zone, "deny") == 0) {
                return t;
            }
        }
    }
    return -1;
}

static void the_chance_of_entry_is_that_of_leaving_the_lane(void **state)
{
    (void)state;
    kit *k = start_by_chance();
    kit_start(k);
    /* Along the lane, through the edge of the zone: never. */
    assert_int_equal(fly_until_denied(k, 0.5, -0.3, 90, 2000, 0, 800), -1);
    kit_stop(k);
    /* Across the lane, from its southern edge to its northern, 49 s away. */
    k = start_by_chance();
    kit_start(k);
    const int t = fly_until_denied(k, 0.452, 0.5, 0, 2000, 0, 60);
    assert_in_range(t, 0, 12);
    const lee_event *const ahead = next_denied(k, LEE_EVENT_PREDICTED);
    assert_true(ahead->present & LEE_EVENT_HAS_P_INSIDE && ahead->p_inside_e3 >= 900);
    assert_in_range(ahead->time_to_entry_s_e3, (49 - t) * 1000 - 700, (49 - t) * 1000 + 700);
    assert_true(ahead->entry_lat_e7 > 5490000 && ahead->entry_lat_e7 < 5510000);
    kit_stop(k);
}

/* The lane ends at 3000 ft, the zone at 5000. */
static void a_climb_out_of_the_lane_is_an_entry(void **state)
{
    (void)state;
    kit *k = start_by_chance();
    k->zones[1].upper.alt.ft = 3000;
    kit_start(k);
    assert_int_equal(fly_until_denied(k, 0.5, 0.2, 90, 2500, 0, 200), -1);
    kit_stop(k);
    k = start_by_chance();
    k->zones[1].upper.alt.ft = 3000;
    k->zones[0].watch.alert_chance_pct = 60;
    kit_start(k);
    const int t = fly_until_denied(k, 0.5, 0.2, 90, 2500, 600, 60);
    assert_in_range(t, 0, 12);
    const lee_event *const ahead = next_denied(k, LEE_EVENT_PREDICTED);
    assert_in_range(ahead->time_to_entry_s_e3, (50 - t) * 1000 - 500, (50 - t) * 1000 + 500);
    kit_stop(k);
}

static void the_end_of_the_hours_of_the_lane_is_an_entry(void **state)
{
    (void)state;
    static const lee_interval hours[] = {{-100 * S, 50 * S}};
    kit *const k = start_by_chance();
    k->zones[1].schedule = (lee_schedule){.intervals = hours, .count = 1};
    kit_start(k);
    const int t = fly_until_denied(k, 0.5, 0.2, 90, 2500, 0, 48);
    assert_in_range(t, 0, 12);
    const lee_event *const ahead = next_denied(k, LEE_EVENT_PREDICTED);
    assert_in_range(ahead->time_to_entry_s_e3, (50 - t) * 1000 - 100, (50 - t) * 1000 + 100);
    kit_stop(k);
}

static void a_way_out_of_the_lane_and_back_between_two_reports_is_crossed(void **state)
{
    (void)state;
    kit k = {0};
    lee_zone *const lane = make_lane(&k);
    /* The lane dips: its northern edge is low in the middle. */
    static const lee_point bent[] = {{DEG * 45 / 100, -DEG / 2},     {DEG * 45 / 100, DEG * 3 / 2},
                                     {DEG * 60 / 100, DEG * 3 / 2},  {DEG * 60 / 100, DEG * 6 / 10},
                                     {DEG * 50 / 100, DEG * 5 / 10}, {DEG * 60 / 100, DEG * 4 / 10},
                                     {DEG * 60 / 100, -DEG / 2}};
    static const lee_ring ring = {bent, 7};
    lane->area = (lee_area){&ring, 1};
    kit_start(&k);
    kit_hear(&k, 0, 0.55, 0.3, 2000);
    kit_hear(&k, 20, 0.55, 0.7, 2000);
    const lee_event *const crossed = next_denied(&k, LEE_EVENT_CROSSED);
    assert_int_equal(crossed->crossed_at_us, 75 * S / 10);
    kit_ended(&k, "left");
    no_denied(&k);
    kit_stop(&k);
}

static void what_is_not_known_for_certain_exempts_nobody(void **state)
{
    (void)state;
    kit k = {0};
    make_lane(&k);
    kit_start(&k);
    lee_report report = kit_report(0, 0.5, 0.5);
    lee_watch_report(k.watch, &report);
    assert_string_equal(next_denied(&k, LEE_EVENT_PRESENT)->reason, "altitude_unknown");
    kit_hear(&k, 10, 0.5, 0.5, 2000); /* now it is known, and in the lane */
    (void)next_denied(&k, LEE_EVENT_LEFT);
    (void)next_denied(&k, LEE_EVENT_ENDED);
    no_denied(&k);
    kit_stop(&k);

    kit above_ground = {0};
    make_lane(&above_ground)->upper.alt.ref = LEE_ALT_AGL;
    kit_start(&above_ground);
    kit_hear(&above_ground, 0, 0.5, 0.5, 2000);
    (void)next_denied(&above_ground, LEE_EVENT_PRESENT);
    kit_stop(&above_ground);
}

static void over_the_lane_the_other_zone_holds(void **state)
{
    (void)state;
    kit k = {0};
    lee_zone *const lane = make_lane(&k);
    lane->upper.alt.ft = 3000;
    kit_start(&k);
    kit_hear(&k, 0, 0.5, 0.5, 2000);
    kit_hear(&k, 20, 0.5, 0.5, 4000);
    (void)next_denied(&k, LEE_EVENT_ENTERED);
    no_denied(&k);
    kit_stop(&k);
}

static void the_hours_of_the_lane_are_those_of_the_exemption(void **state)
{
    (void)state;
    static const lee_interval hours[] = {{100 * S, 200 * S}};
    kit k = {0};
    make_lane(&k)->schedule = (lee_schedule){.intervals = hours, .count = 1};
    kit_start(&k);
    kit_hear(&k, 90, 0.5, 0.5, 2000);
    (void)next_denied(&k, LEE_EVENT_PRESENT);
    lee_watch_tick(k.watch, 100 * S);
    assert_string_equal(next_denied(&k, LEE_EVENT_ENDED)->reason, "permitted");
    kit_hear(&k, 150, 0.5, 0.5, 2000);
    kit_hear(&k, 190, 0.5, 0.5, 2000);
    no_denied(&k);
    lee_watch_tick(k.watch, 200 * S);
    assert_int_equal(next_denied(&k, LEE_EVENT_PRESENT)->t_us, 200 * S);
    no_denied(&k);
    kit_stop(&k);
}

static const char *const lane_alone[] = {"lane"};

static lee_permit leave(int64_t from_s, int64_t to_s)
{
    return (lee_permit){.id = "convoy",
                        .target = "icao24:abcdef",
                        .match = LEE_PERMIT_TARGET,
                        .zones = lane_alone,
                        .zone_count = 1,
                        .from_us = from_s * S,
                        .to_us = to_s * S,
                        .floor = {.kind = LEE_LIMIT_SFC},
                        .ceiling = {.kind = LEE_LIMIT_UNL}};
}

static void a_lane_that_asks_for_a_permit_exempts_only_who_has_one(void **state)
{
    (void)state;
    kit k = {0};
    make_lane(&k)->entry = LEE_ENTRY_PERMIT;
    k.zones[0].watch.lost_after_s = 0;
    kit_start(&k);
    const lee_permit permit = leave(20, 100);
    const lee_permit_list list = {&permit, 1};
    assert_int_equal(lee_watch_set_permits(k.watch, &list, 0), LEE_OK);
    kit_hear(&k, 10, 0.5, 0.5, 2000);
    (void)next_denied(&k, LEE_EVENT_PRESENT);
    lee_watch_tick(k.watch, 20 * S);
    assert_string_equal(next_denied(&k, LEE_EVENT_ENDED)->reason, "permitted");
    lee_report other = kit_report(30, 0.5, 0.6);
    other.target = lee_target_icao24(0x123456, true);
    other.present |= LEE_REPORT_HAS_ALT_BARO;
    other.alt_baro_ft = 2000;
    lee_watch_report(k.watch, &other);
    const lee_event *const present = next_denied(&k, LEE_EVENT_PRESENT);
    assert_string_equal(present->target.text, "icao24:123456");
    kit_hear(&k, 90, 0.5, 0.5, 2000);
    lee_watch_tick(k.watch, 100 * S);
    assert_int_equal(next_denied(&k, LEE_EVENT_PRESENT)->t_us, 100 * S);
    kit_stop(&k);
}

static void permits_that_are_replaced_end_the_exemption_at_once(void **state)
{
    (void)state;
    kit k = {0};
    make_lane(&k)->entry = LEE_ENTRY_PERMIT;
    kit_start(&k);
    const lee_permit permit = leave(0, 1000);
    const lee_permit_list list = {&permit, 1};
    const lee_permit_list none = {&permit, 0};
    assert_int_equal(lee_watch_set_permits(k.watch, &list, 0), LEE_OK);
    kit_hear(&k, 10, 0.5, 0.5, 2000);
    no_denied(&k);
    assert_int_equal(lee_watch_set_permits(k.watch, &none, 15 * S), LEE_OK);
    assert_int_equal(next_denied(&k, LEE_EVENT_PRESENT)->t_us, 15 * S);
    assert_int_equal(lee_watch_set_permits(k.watch, &list, 20 * S), LEE_OK);
    assert_string_equal(next_denied(&k, LEE_EVENT_ENDED)->reason, "permitted");
    no_denied(&k);
    kit_stop(&k);
}

static void beside_the_lane_an_infringement_is_not_proved(void **state)
{
    (void)state;
    for (int far = 0; far < 2; far++) {
        kit k = {0};
        make_lane(&k);
        k.zones[0].watch.map_error_m = 50;
        kit_start(&k);
        kit_hear(&k, 0, 0.5, 0.5, 3000);
        kit_hear(&k, 10, far ? 0.60 : 0.5502, 0.5, 3000); /* 5.5 km, or 22 m, beside it */
        kit_hear(&k, 20, 0.5, 0.5, 3000);
        (void)next_denied(&k, LEE_EVENT_ENTERED);
        (void)next_denied(&k, LEE_EVENT_LEFT);
        (void)next_denied(&k, LEE_EVENT_ENDED);
        assert_string_equal(next_denied(&k, LEE_EVENT_VERDICT)->reason,
                            far ? "confirmed" : "not_provable");
        kit_stop(&k);
    }
}

static void a_hundred_feet_over_the_lane_is_not_proved(void **state)
{
    (void)state;
    for (int far = 0; far < 2; far++) {
        kit k = {0};
        make_lane(&k)->upper.alt.ft = 3000;
        k.zones[0].watch.map_error_m = 50;
        kit_start(&k);
        kit_hear(&k, 0, 0.5, 0.5, 2000);
        kit_hear(&k, 10, 0.5, 0.5, far ? 4000 : 3100);
        kit_hear(&k, 20, 0.5, 0.5, 2000);
        (void)next_denied(&k, LEE_EVENT_ENTERED);
        (void)next_denied(&k, LEE_EVENT_LEFT);
        (void)next_denied(&k, LEE_EVENT_ENDED);
        assert_string_equal(next_denied(&k, LEE_EVENT_VERDICT)->reason,
                            far ? "confirmed" : "not_provable");
        kit_stop(&k);
    }
}

static void a_zone_within_the_lane_that_is_not_named_holds(void **state)
{
    (void)state;
    kit k = {0};
    make_lane(&k);
    lee_zone *const inner = kit_zone(&k, "inner", 0, 0);
    for (int i = 0; i < 4; i++) {
        k.points[2][i].lat_e7 = i >= 2 ? DEG * 52 / 100 : DEG * 48 / 100;
        k.points[2][i].lon_e7 = i == 1 || i == 2 ? DEG * 6 / 10 : DEG * 5 / 10;
    }
    kit_start(&k);
    kit_hear(&k, 0, 0.5, 0.55, 2000);
    assert_string_equal(kit_next(&k, LEE_EVENT_PRESENT)->zone, "lane");
    assert_string_equal(kit_next(&k, LEE_EVENT_PRESENT)->zone, inner->id);
    kit_silent(&k);
    kit_stop(&k);
}

static lee_report carrier_at(int64_t t_s, double lat, double lon)
{
    lee_report report = kit_report(t_s, lat, lon);
    memset(&report.target, 0, sizeof report.target);
    memcpy(report.target.text, "unit:convoy", 11);
    report.source = LEE_SOURCE_GNSS;
    report.present |= LEE_REPORT_HAS_ALT_BARO;
    report.alt_baro_ft = 2000;
    return report;
}

static void a_lane_that_moves_exempts_while_its_carrier_is_heard(void **state)
{
    (void)state;
    kit k = {0};
    lee_zone *const lane = make_lane(&k);
    lane->area = (lee_area){NULL, 0};
    memcpy(lane->moving.around.text, "unit:convoy", 11);
    lane->moving.radius_m = 10000;
    lane->watch.lost_after_s = 30;
    kit_start(&k);
    kit_hear(&k, 0, 0.5, 0.5, 2000); /* the carrier was not heard yet */
    (void)next_denied(&k, LEE_EVENT_PRESENT);
    lee_report carrier = carrier_at(5, 0.52, 0.5);
    lee_watch_report(k.watch, &carrier);
    kit_hear(&k, 10, 0.5, 0.5, 2000);
    (void)next_denied(&k, LEE_EVENT_LEFT);
    (void)next_denied(&k, LEE_EVENT_ENDED);
    kit_hear(&k, 20, 0.5, 0.5, 2000);
    no_denied(&k);
    kit_hear(&k, 50, 0.5, 0.5, 2000); /* silent for 45 s: nobody knows where the lane is */
    (void)next_denied(&k, LEE_EVENT_PRESENT);
    kit_stop(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_keeps_to_the_lane_is_told_of_the_lane_alone),
        cmocka_unit_test(leaving_the_lane_is_entering_where_its_edge_is),
        cmocka_unit_test(leaving_the_lane_is_predicted_and_following_it_is_not),
        cmocka_unit_test(the_chance_of_entry_is_that_of_leaving_the_lane),
        cmocka_unit_test(a_climb_out_of_the_lane_is_an_entry),
        cmocka_unit_test(the_end_of_the_hours_of_the_lane_is_an_entry),
        cmocka_unit_test(a_way_out_of_the_lane_and_back_between_two_reports_is_crossed),
        cmocka_unit_test(what_is_not_known_for_certain_exempts_nobody),
        cmocka_unit_test(over_the_lane_the_other_zone_holds),
        cmocka_unit_test(the_hours_of_the_lane_are_those_of_the_exemption),
        cmocka_unit_test(a_lane_that_asks_for_a_permit_exempts_only_who_has_one),
        cmocka_unit_test(permits_that_are_replaced_end_the_exemption_at_once),
        cmocka_unit_test(beside_the_lane_an_infringement_is_not_proved),
        cmocka_unit_test(a_hundred_feet_over_the_lane_is_not_proved),
        cmocka_unit_test(a_zone_within_the_lane_that_is_not_named_holds),
        cmocka_unit_test(a_lane_that_moves_exempts_while_its_carrier_is_heard),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
