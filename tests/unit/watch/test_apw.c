/* The requirements of an area proximity warning (EUROCONTROL, 01 to 20), one test each: of those on
 * people (01 to 09) what a program can do for them. 03 stands in tests/unit/warn/test_warner.c.
 * Inhibition of a flight is a permit, of a volume its schedule, and both by an operator are 18. */
#include "watch_kit.h"

#define METRES_PER_DEGREE 111195.0
#define SPEED_MPS 154.33 /* 300 kt */

static kit *start(void)
{
    static kit k;
    k = (kit){0};
    kit_zone(&k, "north", 10, 20)->watch = (lee_zone_watch){.imminent_s = 15,
                                                            .look_ahead_s = 120,
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

/* --- 01 to 09: what people are to do, and what the program does for it --------------------------
 */

static void apw_01_each_alert_names_the_generation_of_zones_that_is_the_policy(void **state)
{
    (void)state;
    kit *const k = start();
    kit_start(k);
    fly(k, 0, 180, 182);
    assert_true(k->count > 0);
    for (uint32_t i = 0; i < k->count; i++) {
        assert_int_equal(k->events[i].zone_generation, 7);
    }
    const uint32_t before = k->count;
    assert_int_equal(lee_watch_set_zones(k->watch, k->set, 8, 181 * S), LEE_OK);
    fly(k, 184, 200, 182);
    assert_true(k->count > before);
    assert_int_equal(k->events[k->count - 1].zone_generation, 8);
    kit_stop(k);
}

static void apw_02_each_alert_leads_to_the_owner_of_its_volume(void **state)
{
    (void)state;
    kit *const k = start();
    k->zones[0].authority = "Owner of north";
    kit_zone(k, "a", 10, 22)->authority = "another";
    kit_zone(k, "b", 10, 18)->authority = "a third";
    kit_start(k);
    fly(k, 0, 200, 182);
    assert_true(k->count > 0);
    for (uint32_t i = 0; i < k->count; i++) {
        const lee_zone *const zone = &k->list.zones[k->events[i].zone_index];
        assert_string_equal(zone->id, k->events[i].zone);
        assert_string_equal(zone->authority, "Owner of north");
    }
    kit_stop(k);
}

static void keep_parameter(void *context, const lee_trace *trace)
{
    int64_t *const warning_time_s = context;
    for (uint32_t i = 0; strcmp(trace->step, "zone") == 0 && i < trace->value_count; i++) {
        if (strcmp(trace->values[i].key, "warning_time_s") == 0) {
            *warning_time_s = trace->values[i].value;
        }
    }
}

static void apw_04_the_parameters_in_force_are_stated_with_each_explanation(void **state)
{
    (void)state;
    kit *const k = start();
    kit_start(k);
    int64_t warning_time_s = 0;
    const lee_target target = lee_target_icao24(0xABCDEF, true);
    lee_watch_trace(k->watch, &target, "north", keep_parameter, &warning_time_s);
    fly(k, 0, 180, 182);
    assert_int_equal(warning_time_s, 60);
    kit_stop(k);
}

static void apw_05_an_alert_is_told_with_the_report_that_justifies_it(void **state)
{
    (void)state;
    kit *const k = start();
    kit_start(k);
    uint32_t told = 0;
    for (int t = 0; t <= 240; t += 4) {
        fly(k, t, t, 182);
        for (; told < k->count; told++) {
            assert_int_equal(k->events[told].t_us, t * S);
        }
    }
    assert_true(told > 0);
    kit_stop(k);
}

static void apw_06_an_alert_that_grows_grave_is_told_anew_at_once(void **state)
{
    (void)state;
    kit *const k = start();
    kit_start(k);
    fly(k, 0, 180, 182);
    uint32_t graver = 0;
    for (uint32_t i = 1; i < k->count; i++) {
        if (k->events[i].severity > k->events[i - 1].severity) {
            graver++;
            /* Imminent from 15 s on: the first report after that. */
            assert_in_range(k->events[i].t_us, 167 * S, 171 * S);
        }
    }
    assert_int_equal(graver, 1);
    kit_stop(k);
}

static const lee_event *first_of(const kit *k, lee_event_kind kind)
{
    for (uint32_t i = 0; i < k->count; i++) {
        if (k->events[i].kind == kind) {
            return &k->events[i];
        }
    }
    fail_msg("no event of kind %d", (int)kind);
    return NULL;
}

/* Over the zone from south to north: in at 182 s, out at 182 + 720.5 s. */
static void apw_07_an_infringement_is_reported_from_edge_to_edge(void **state)
{
    (void)state;
    kit *const k = start();
    kit_start(k);
    fly(k, 0, 960, 182);
    const lee_event *const entered = first_of(k, LEE_EVENT_ENTERED);
    const lee_event *const left = first_of(k, LEE_EVENT_LEFT);
    assert_in_range(entered->crossed_at_us, 181900 * 1000, 182100 * 1000);
    assert_in_range(entered->cross_lat_e7, 10 * DEG - 10, 10 * DEG + 10);
    assert_in_range(left->crossed_at_us, 902400 * 1000, 902600 * 1000);
    assert_string_equal(first_of(k, LEE_EVENT_ENDED)->reason, "left");
    assert_int_equal(entered->incident, first_of(k, LEE_EVENT_PREDICTED)->incident);
    assert_int_equal(left->incident, entered->incident);
    kit_stop(k);
}

static void apw_08_the_figures_for_an_analysis_add_up(void **state)
{
    (void)state;
    kit *const k = start();
    kit_start(k);
    fly(k, 0, 180, 182);
    fly(k, 180, 180, 182);
    fly(k, 100, 104, 999);
    lee_watch_counters counted;
    lee_watch_count(k->watch, &counted);
    assert_int_equal(counted.reports, 46 + 1 + 2);
    assert_int_equal(counted.reports_duplicate, 1);
    assert_int_equal(counted.reports_late, 2);
    assert_int_equal(counted.events, k->count);
    assert_int_equal(counted.incidents_open, 1);
    assert_int_equal(counted.incidents_refused, 0);
    kit_stop(k);
}

static void apw_09_each_infringement_is_classified_by_what_is_proved(void **state)
{
    (void)state;
    kit *const k = start();
    k->zones[0].watch.map_error_m = 100;
    kit_start(k);
    fly(k, 0, 960, 182);
    const lee_event *const verdict = first_of(k, LEE_EVENT_VERDICT);
    assert_string_equal(verdict->reason, "confirmed");
    assert_in_range(verdict->p_inside_e3, 950, 1000);
    assert_int_equal(verdict->incident, first_of(k, LEE_EVENT_ENTERED)->incident);
    kit_stop(k);
}

/* --- 10 to 20: what the net does ----------------------------------------------------------------
 */

static void apw_10_what_enters_is_detected_before_and_as_it_does(void **state)
{
    (void)state;
    kit *const k = start();
    kit_start(k);
    fly(k, 0, 240, 182);
    assert_int_equal(count_of(k, LEE_EVENT_PREDICTED), 1);
    assert_int_equal(count_of(k, LEE_EVENT_ENTERED), 1);
    kit_stop(k);
}

static void apw_11_each_of_many_aircraft_is_alerted_by_itself(void **state)
{
    (void)state;
    kit *const k = start();
    kit_start(k);
    for (int t = 0; t <= 180; t += 4) {
        for (uint32_t i = 0; i < 20; i++) {
            lee_report report =
                kit_report(t, 10 + SPEED_MPS * (t - 182) / METRES_PER_DEGREE, 20.1 + i * 0.04);
            report.target = lee_target_icao24(0x100 + i, true);
            report.present |=
                LEE_REPORT_HAS_ALT_BARO | LEE_REPORT_HAS_SPEED_GROUND | LEE_REPORT_HAS_TRACK;
            report.alt_baro_ft = 3000;
            report.speed_ground_kt_e3 = 300000;
            lee_watch_report(k->watch, &report);
        }
    }
    assert_int_equal(count_of(k, LEE_EVENT_PREDICTED), 20);
    for (uint32_t i = 0; i < k->count; i++) {
        for (uint32_t j = 0; j < i; j++) {
            assert_true(k->events[i].kind != LEE_EVENT_PREDICTED ||
                        k->events[j].kind != LEE_EVENT_PREDICTED ||
                        k->events[i].incident != k->events[j].incident);
        }
    }
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

static void apw_18_what_is_inhibited_and_until_when_is_shown_to_all(void **state)
{
    (void)state;
    kit *const k = start();
    kit_start(k);
    const lee_inhibition wanted = {.id = "drill", .zone = "north", .from_us = 0, .to_us = 230 * S};
    assert_int_equal(lee_watch_inhibit(k->watch, &wanted, 0), LEE_OK);
    uint32_t count = 0;
    const lee_inhibition *const shown = lee_watch_inhibitions(k->watch, &count);
    assert_int_equal(count, 1);
    assert_string_equal(shown->zone, "north");
    assert_true(shown->to_us == 230 * S);
    fly(k, 0, 228, 182);
    assert_int_equal(count_of(k, LEE_EVENT_PREDICTED), 0);
    const lee_event *const entered = first_of(k, LEE_EVENT_ENTERED);
    assert_string_equal(entered->reason, "inhibited");
    assert_string_equal(entered->permit, "inhibit:drill");
    fly(k, 232, 240, 182);
    assert_int_equal(first_of(k, LEE_EVENT_PRESENT)->severity, LEE_SEVERITY_HIGH);
    kit_stop(k);
}

static void apw_19_a_source_that_fell_silent_is_shown_as_silent(void **state)
{
    (void)state;
    kit *const k = start();
    kit_start(k);
    const lee_hearing hearing = {.feed = 3};
    lee_report report = kit_report(100, 9.9, 20.5);
    lee_watch_hear(k->watch, &report, &hearing);
    lee_watch_feed feed;
    lee_watch_tick(k->watch, 160 * S);
    lee_watch_count_feed(k->watch, 3, &feed);
    assert_true(feed.was_heard && !feed.is_silent);
    lee_watch_tick(k->watch, 161 * S);
    lee_watch_count_feed(k->watch, 3, &feed);
    assert_true(feed.is_silent);
    assert_int_equal(feed.last_us, 100 * S);
    lee_watch_count_feed(k->watch, 4, &feed);
    assert_false(feed.was_heard);
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
        cmocka_unit_test(apw_01_each_alert_names_the_generation_of_zones_that_is_the_policy),
        cmocka_unit_test(apw_02_each_alert_leads_to_the_owner_of_its_volume),
        cmocka_unit_test(apw_04_the_parameters_in_force_are_stated_with_each_explanation),
        cmocka_unit_test(apw_05_an_alert_is_told_with_the_report_that_justifies_it),
        cmocka_unit_test(apw_06_an_alert_that_grows_grave_is_told_anew_at_once),
        cmocka_unit_test(apw_07_an_infringement_is_reported_from_edge_to_edge),
        cmocka_unit_test(apw_08_the_figures_for_an_analysis_add_up),
        cmocka_unit_test(apw_09_each_infringement_is_classified_by_what_is_proved),
        cmocka_unit_test(apw_10_what_enters_is_detected_before_and_as_it_does),
        cmocka_unit_test(apw_11_each_of_many_aircraft_is_alerted_by_itself),
        cmocka_unit_test(apw_12_the_alert_names_the_aircraft_the_volume_and_its_gravity),
        cmocka_unit_test(apw_13_passing_beside_is_not_alerted),
        cmocka_unit_test(apw_14_a_false_position_is_not_alerted),
        cmocka_unit_test(apw_15_the_warning_time_is_given_when_geometry_permits),
        cmocka_unit_test(apw_16_the_alert_lasts_as_long_as_its_reason),
        cmocka_unit_test(apw_17_a_flight_is_inhibited_by_its_permit),
        cmocka_unit_test(apw_17_a_volume_is_inhibited_by_its_schedule_and_ends_its_alerts),
        cmocka_unit_test(apw_18_what_is_inhibited_and_until_when_is_shown_to_all),
        cmocka_unit_test(apw_19_a_source_that_fell_silent_is_shown_as_silent),
        cmocka_unit_test(apw_20_the_same_reports_tell_the_same_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
