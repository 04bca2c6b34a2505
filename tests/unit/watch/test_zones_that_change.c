/* Zones that grow and shrink from one version to the next, lie in and over each other, begin and
 * end around targets. */
#include "watch_kit.h"

/* Zones of one version: those of the kit before they are given to a watch. */
static void begin_version(kit *next)
{
    assert_int_equal(lee_zone_set_build(&next->list, &next->set), LEE_OK);
}

static void replace(kit *k, kit *next, uint64_t generation, int64_t t_s)
{
    begin_version(next);
    assert_int_equal(lee_watch_set_zones(k->watch, next->set, generation, t_s * S), LEE_OK);
}

/* A square of `size` degrees around 0.5, 0.5. */
static void resize(kit *k, uint32_t zone, double size)
{
    for (int i = 0; i < 4; i++) {
        lee_point *const p = &k->points[zone][i];
        p->lat_e7 = (int32_t)((0.5 + (i >= 2 ? size : -size) / 2) * DEG);
        p->lon_e7 = (int32_t)((0.5 + (i == 1 || i == 2 ? size : -size) / 2) * DEG);
    }
}

static void a_zone_that_grows_finds_who_is_in_it_now_and_one_that_shrinks_lets_go(void **state)
{
    (void)state;
    kit k = {0};
    kit large = {0};
    kit small = {0};
    kit_zone(&k, "z", 0, 0);
    kit_zone(&large, "z", 0, 0);
    kit_zone(&small, "z", 0, 0);
    resize(&k, 0, 0.2);
    resize(&large, 0, 0.6);
    resize(&small, 0, 0.2);
    kit_start(&k);
    kit_hear(&k, 10, 0.7, 0.5, 2000);
    kit_silent(&k);
    replace(&k, &large, 8, 20);
    const lee_event *const event = kit_next(&k, LEE_EVENT_PRESENT);
    assert_int_equal(event->t_us, 20 * S);
    assert_int_equal(event->zone_generation, 8);
    replace(&k, &small, 9, 30);
    assert_int_equal(kit_next(&k, LEE_EVENT_LEFT)->t_us, 30 * S);
    kit_ended(&k, "left");
    kit_silent(&k);
    kit_stop(&k);
    lee_zone_set_free(large.set);
    lee_zone_set_free(small.set);
}

static void an_incident_goes_on_while_its_zone_grows_and_shrinks_around_the_target(void **state)
{
    (void)state;
    kit k = {0};
    kit next[3] = {0};
    kit_zone(&k, "z", 0, 0);
    kit_start(&k);
    kit_hear(&k, 0, 0.5, 0.5, 2000);
    const uint64_t incident = kit_next(&k, LEE_EVENT_PRESENT)->incident;
    for (int i = 0; i < 3; i++) {
        kit_zone(&next[i], "z", 0, 0);
        resize(&next[i], 0, i == 1 ? 2.0 : 0.1);
        /* And higher and lower. */
        next[i].zones[0].upper.alt.ft = i == 1 ? 9000 : 2100;
        replace(&k, &next[i], 8 + (uint64_t)i, 10 + 10 * i);
        kit_silent(&k);
    }
    kit_hear(&k, 40, 0.6, 0.5, 2000);
    assert_int_equal(kit_next(&k, LEE_EVENT_LEFT)->incident, incident);
    kit_ended(&k, "left");
    kit_silent(&k);
    kit_stop(&k);
    for (int i = 0; i < 3; i++) {
        lee_zone_set_free(next[i].set);
    }
}

static void a_zone_in_a_zone_has_incidents_of_its_own(void **state)
{
    (void)state;
    kit k = {0};
    kit_zone(&k, "inner", 0, 0);
    kit_zone(&k, "outer", 0, 0);
    resize(&k, 0, 0.2);
    kit_start(&k);
    kit_hear(&k, 0, 1.1, 0.5, 2000);
    kit_hear(&k, 10, 0.9, 0.5, 2000);
    assert_string_equal(kit_next(&k, LEE_EVENT_ENTERED)->zone, "outer");
    kit_hear(&k, 20, 0.55, 0.5, 2000);
    assert_string_equal(kit_next(&k, LEE_EVENT_ENTERED)->zone, "inner");
    kit_hear(&k, 30, 0.3, 0.5, 2000);
    assert_string_equal(kit_next(&k, LEE_EVENT_LEFT)->zone, "inner");
    assert_string_equal(kit_ended(&k, "left")->zone, "inner");
    kit_silent(&k);
    /* Across the inner one: the outer one knows nothing of it. */
    kit_hear(&k, 40, 0.7, 0.5, 2000);
    assert_string_equal(kit_next(&k, LEE_EVENT_CROSSED)->zone, "inner");
    kit_ended(&k, "left");
    kit_silent(&k);
    kit_stop(&k);
}

/* Who has leave to be in the lane through a restriction has it there alone, and leave for the one
 * zone says nothing of another that it lies in. */
static void leave_for_a_lane_through_a_restriction_holds_in_the_lane_alone(void **state)
{
    (void)state;
    kit k = {0};
    kit_zone(&k, "restriction", 0, 0);
    kit_start(&k);
    static const lee_point lane[] = {{DEG / 2, 0}, {DEG / 2, DEG}};
    static const lee_ring ring[] = {{lane, 2}};
    static const char *const zones[] = {"restriction"};
    const lee_permit permit = {.id = "lane",
                               .target = "icao24:*",
                               .match = LEE_PERMIT_PREFIX,
                               .zones = zones,
                               .zone_count = 1,
                               .from_us = INT64_MIN,
                               .to_us = INT64_MAX,
                               .floor = {.kind = LEE_LIMIT_SFC},
                               .ceiling = {.kind = LEE_LIMIT_UNL},
                               .granted_by = "x",
                               .route = {ring, 1},
                               .route_half_width_m = 2000};
    const lee_permit_list list = {&permit, 1};
    assert_int_equal(lee_watch_set_permits(k.watch, &list, 0), LEE_OK);
    kit_hear(&k, 0, 0.5, 0.5, 2000);
    const lee_event *event = kit_next(&k, LEE_EVENT_PRESENT);
    assert_string_equal(event->permit, "lane");
    assert_int_equal(event->severity, LEE_SEVERITY_LOW);
    kit_hear(&k, 10, 0.6, 0.5, 2000); /* 11 km beside the lane */
    kit_ended(&k, "permitted");
    event = kit_next(&k, LEE_EVENT_PRESENT);
    assert_int_equal(event->severity, LEE_SEVERITY_HIGH);
    assert_string_equal(event->reason, "permit_route");
    kit_hear(&k, 20, 0.51, 0.5, 2000);
    kit_next(&k, LEE_EVENT_ENDED);
    assert_string_equal(kit_next(&k, LEE_EVENT_PRESENT)->permit, "lane");
    kit_silent(&k);
    kit_stop(&k);
}

static void a_zone_that_becomes_active_around_targets_raises_and_its_end_closes_all(void **state)
{
    (void)state;
    kit k = {0};
    lee_zone *const zone = kit_zone(&k, "z", 0, 0);
    static const lee_interval hours[] = {{20 * S, 50 * S}};
    zone->schedule = (lee_schedule){.intervals = hours, .count = 1};
    kit_start(&k);
    kit_hear(&k, 10, 0.5, 0.5, 2000);
    lee_report other = kit_report(11, 0.6, 0.5);
    other.target = lee_target_icao24(0x123456, true);
    other.present |= LEE_REPORT_HAS_ALT_BARO;
    other.alt_baro_ft = 2000;
    lee_watch_report(k.watch, &other);
    kit_silent(&k);
    lee_watch_tick(k.watch, 30 * S);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(kit_next(&k, LEE_EVENT_PRESENT)->t_us, 20 * S);
    }
    kit_silent(&k);
    lee_watch_tick(k.watch, 60 * S);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(kit_ended(&k, "zone_inactive")->t_us, 50 * S);
    }
    kit_silent(&k);
    lee_watch_counters counters;
    lee_watch_count(k.watch, &counters);
    assert_int_equal(counters.incidents_open, 0);
    kit_stop(&k);
}

static void a_bubble_that_becomes_active_around_targets_raises_and_its_end_closes(void **state)
{
    (void)state;
    kit k = {0};
    lee_zone *const zone = kit_zone(&k, "z", 0, 0);
    static const lee_interval hours[] = {{20 * S, 50 * S}};
    zone->schedule = (lee_schedule){.intervals = hours, .count = 1};
    zone->area = (lee_area){NULL, 0};
    zone->moving.around = lee_target_icao24(0x123456, true);
    zone->moving.radius_m = 5000;
    kit_start(&k);
    lee_report carrier = kit_report(10, 0.52, 0.5);
    carrier.target = zone->moving.around;
    lee_watch_report(k.watch, &carrier);
    kit_hear(&k, 11, 0.5, 0.5, 2000);
    kit_silent(&k);
    lee_watch_tick(k.watch, 30 * S);
    assert_int_equal(kit_next(&k, LEE_EVENT_PRESENT)->t_us, 20 * S);
    lee_watch_tick(k.watch, 60 * S);
    assert_int_equal(kit_ended(&k, "zone_inactive")->t_us, 50 * S);
    kit_silent(&k);
    kit_stop(&k);
}

static void a_bubble_that_grows_from_one_version_to_the_next_stays_where_it_is(void **state)
{
    (void)state;
    kit k = {0};
    kit next = {0};
    for (int i = 0; i < 2; i++) {
        lee_zone *const zone = kit_zone(i ? &next : &k, "z", 0, 0);
        zone->area = (lee_area){NULL, 0};
        zone->moving.around = lee_target_icao24(0x123456, true);
        zone->moving.radius_m = i ? 5000 : 1000;
    }
    kit_start(&k);
    lee_report carrier = kit_report(10, 0.52, 0.5);
    carrier.target = k.zones[0].moving.around;
    lee_watch_report(k.watch, &carrier);
    kit_hear(&k, 11, 0.5, 0.5, 2000); /* 2.2 km */
    kit_silent(&k);
    replace(&k, &next, 8, 20);
    assert_int_equal(kit_next(&k, LEE_EVENT_PRESENT)->t_us, 20 * S);
    kit_silent(&k);
    kit_stop(&k);
    lee_zone_set_free(next.set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_zone_that_grows_finds_who_is_in_it_now_and_one_that_shrinks_lets_go),
        cmocka_unit_test(an_incident_goes_on_while_its_zone_grows_and_shrinks_around_the_target),
        cmocka_unit_test(a_zone_in_a_zone_has_incidents_of_its_own),
        cmocka_unit_test(leave_for_a_lane_through_a_restriction_holds_in_the_lane_alone),
        cmocka_unit_test(a_zone_that_becomes_active_around_targets_raises_and_its_end_closes_all),
        cmocka_unit_test(a_bubble_that_becomes_active_around_targets_raises_and_its_end_closes),
        cmocka_unit_test(a_bubble_that_grows_from_one_version_to_the_next_stays_where_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
