#include "watch_kit.h"

static lee_zone *prepare(kit *k)
{
    lee_zone *const zone = kit_zone(k, "square", 50, 10);
    zone->watch.realert_s = 600;
    zone->watch.group_m = 1000;
    assert_int_equal(lee_attention_create(&k->attention), LEE_OK);
    return zone;
}

static void start(kit *k)
{
    prepare(k);
    kit_start(k);
}

static void hear_as(kit *k, uint32_t address, int64_t t_s, double lat, double lon)
{
    lee_report report = kit_report(t_s, lat, lon);
    report.target = lee_target_icao24(address, true);
    report.present |= LEE_REPORT_HAS_ALT_BARO;
    report.alt_baro_ft = 3000;
    lee_watch_report(k->watch, &report);
}

static lee_inhibition inhibition(const char *id, const char *zone, int64_t from_s, int64_t to_s)
{
    lee_inhibition made = {.from_us = from_s * S, .to_us = to_s * S};
    memcpy(made.id, id, strlen(id));
    memcpy(made.zone, zone, strlen(zone));
    return made;
}

/* --- inhibition ------------------------------------------------------------------------------ */

static void an_inhibition_ends_what_is_open_and_its_end_finds_who_is_inside(void **state)
{
    (void)state;
    kit k = {0};
    start(&k);
    kit_hear(&k, 10, 50.5, 10.5, 3000);
    assert_int_equal(kit_next(&k, LEE_EVENT_PRESENT)->severity, LEE_SEVERITY_HIGH);
    const lee_inhibition i = inhibition("drill", "square", 20, 50);
    assert_int_equal(lee_watch_inhibit(k.watch, &i, 20 * S), LEE_OK);
    kit_ended(&k, "inhibited");
    const lee_event *e = kit_next(&k, LEE_EVENT_PRESENT);
    assert_string_equal(e->reason, "inhibited");
    assert_string_equal(e->permit, "inhibit:drill");
    assert_string_equal(e->severity_reasons, "inhibited appeared");
    assert_int_equal(e->severity, LEE_SEVERITY_LOW);
    lee_watch_tick(k.watch, 60 * S);
    e = kit_ended(&k, "inhibited");
    assert_int_equal(e->t_us, 50 * S);
    e = kit_next(&k, LEE_EVENT_PRESENT);
    assert_int_equal(e->severity, LEE_SEVERITY_HIGH);
    assert_string_equal(e->severity_reasons, "inside appeared");
    kit_silent(&k);
    kit_stop(&k);
}

static void only_the_flight_named_is_inhibited(void **state)
{
    (void)state;
    kit k = {0};
    start(&k);
    lee_inhibition i = inhibition("one", "", 0, 100);
    i.target = lee_target_icao24(1, true);
    assert_int_equal(lee_watch_inhibit(k.watch, &i, 5 * S), LEE_OK);
    hear_as(&k, 1, 10, 50.2, 10.5);
    assert_int_equal(kit_next(&k, LEE_EVENT_PRESENT)->severity, LEE_SEVERITY_LOW);
    hear_as(&k, 2, 11, 50.8, 10.5);
    assert_int_equal(kit_next(&k, LEE_EVENT_PRESENT)->severity, LEE_SEVERITY_HIGH);
    kit_stop(&k);
}

static void an_inhibition_can_be_ended_early_and_is_listed_until_then(void **state)
{
    (void)state;
    kit k = {0};
    uint32_t count = 0;
    start(&k);
    kit_hear(&k, 10, 50.5, 10.5, 3000);
    const lee_inhibition i = inhibition("drill", "square", 20, 500);
    assert_int_equal(lee_watch_inhibit(k.watch, &i, 20 * S), LEE_OK);
    assert_string_equal(lee_watch_inhibitions(k.watch, &count)->id, "drill");
    assert_int_equal(count, 1);
    assert_int_equal(lee_watch_inhibit(k.watch, &i, 21 * S), LEE_ERR_DUPLICATE);
    k.seen = k.count;
    assert_int_equal(lee_watch_end_inhibition(k.watch, "drill", 30 * S), LEE_OK);
    kit_ended(&k, "inhibited");
    assert_int_equal(kit_next(&k, LEE_EVENT_PRESENT)->t_us, 30 * S);
    (void)lee_watch_inhibitions(k.watch, &count);
    assert_int_equal(count, 0);
    assert_int_equal(lee_watch_end_inhibition(k.watch, "drill", 31 * S), LEE_ERR_NOT_FOUND);
    kit_stop(&k);
}

static void there_is_no_silence_for_all_and_none_without_end(void **state)
{
    (void)state;
    kit k = {0};
    start(&k);
    lee_inhibition i = inhibition("all", "", 0, 100);
    assert_int_equal(lee_watch_inhibit(k.watch, &i, 0), LEE_ERR_DOMAIN);
    i = inhibition("long", "square", 0, 86401);
    assert_int_equal(lee_watch_inhibit(k.watch, &i, 0), LEE_ERR_DOMAIN);
    i = inhibition("back", "square", 10, 10);
    assert_int_equal(lee_watch_inhibit(k.watch, &i, 0), LEE_ERR_DOMAIN);
    for (uint32_t n = 0; n < LEE_INHIBITIONS_MAX; n++) {
        i = inhibition("x", "square", 0, 100);
        i.id[0] = (char)('0' + n);
        assert_int_equal(lee_watch_inhibit(k.watch, &i, 0), LEE_OK);
    }
    i = inhibition("more", "square", 0, 100);
    assert_int_equal(lee_watch_inhibit(k.watch, &i, 0), LEE_ERR_LIMIT);
    assert_int_equal(lee_watch_inhibit(k.watch, &i, 100 * S), LEE_OK);
    kit_stop(&k);
}

/* --- acknowledging --------------------------------------------------------------------------- */

static void an_acknowledged_target_is_quiet_until_the_time_or_until_it_is_graver(void **state)
{
    (void)state;
    kit k = {0};
    lee_zone *const zone = prepare(&k);
    zone->watch.look_ahead_s = 120;
    zone->watch.warning_time_s = 60;
    kit_start(&k);
    kit_fly(&k, 10, 50.5, 9.93, 3000, 300, 90, 0);
    const lee_event *e = kit_next(&k, LEE_EVENT_PREDICTED);
    assert_false(e->present & LEE_EVENT_HAS_ATTENTION);
    const uint64_t incident = e->incident;
    assert_int_equal(lee_attention_acknowledge(k.attention, incident + 1, 11 * S, 600 * S),
                     LEE_ERR_NOT_FOUND);
    assert_int_equal(lee_attention_acknowledge(k.attention, incident, 11 * S, 600 * S), LEE_OK);
    kit_fly(&k, 21, 50.5, 9.94, 3000, 300, 90, 0);
    assert_string_equal(kit_next(&k, LEE_EVENT_UPDATED)->attention, "acknowledged");
    kit_fly(&k, 31, 50.5, 10.01, 3000, 300, 90, 0);
    e = kit_next(&k, LEE_EVENT_ENTERED);
    assert_int_equal(e->severity, LEE_SEVERITY_HIGH);
    assert_false(e->present & LEE_EVENT_HAS_ATTENTION);
    assert_int_equal(lee_attention_acknowledge(k.attention, incident, 32 * S, 100 * S), LEE_OK);
    kit_hear(&k, 40, 50.5, 9.9, 3000);
    assert_string_equal(kit_next(&k, LEE_EVENT_LEFT)->attention, "acknowledged");
    kit_ended(&k, "left");
    kit_hear(&k, 50, 50.5, 10.1, 3000);
    assert_string_equal(kit_next(&k, LEE_EVENT_ENTERED)->attention, "acknowledged");
    kit_stop(&k);
}

static void somebody_else_is_not_acknowledged(void **state)
{
    (void)state;
    kit k = {0};
    start(&k);
    hear_as(&k, 1, 10, 50.5, 10.5);
    const uint64_t incident = kit_next(&k, LEE_EVENT_PRESENT)->incident;
    assert_int_equal(lee_attention_acknowledge(k.attention, incident, 11 * S, 600 * S), LEE_OK);
    hear_as(&k, 2, 12, 50.1, 10.5);
    assert_false(kit_next(&k, LEE_EVENT_PRESENT)->present & LEE_EVENT_HAS_ATTENTION);
    kit_stop(&k);
}

/* --- repetitions ----------------------------------------------------------------------------- */

static void coming_back_soon_is_a_repetition_and_later_an_alert(void **state)
{
    (void)state;
    kit k = {0};
    start(&k);
    for (int64_t t_s = 10; t_s <= 710; t_s += 50) {
        kit_hear(&k, t_s, 50.5, 10.1, 3000);
        const lee_event *const e = kit_next(&k, t_s == 10 ? LEE_EVENT_PRESENT : LEE_EVENT_ENTERED);
        const bool loud = t_s == 10 || t_s == 610;
        assert_int_equal((e->present & LEE_EVENT_HAS_ATTENTION) == 0, loud);
        assert_string_equal(e->attention, loud ? "" : "repeat");
        kit_hear(&k, t_s + 25, 50.5, 9.9, 3000);
        assert_string_equal(kit_next(&k, LEE_EVENT_LEFT)->attention, loud ? "" : "repeat");
        kit_ended(&k, "left");
    }
    kit_stop(&k);
}

/* It is first told as ahead, which is less grave than what was told, and then as inside. */
static void a_target_that_comes_back_again_and_again_is_told_once_in_ten_minutes(void **state)
{
    (void)state;
    kit k = {0};
    lee_zone *const zone = prepare(&k);
    zone->watch.look_ahead_s = 120;
    zone->watch.warning_time_s = 60;
    kit_start(&k);
    int64_t aloud_s = -600;
    uint64_t aloud = 0;
    uint32_t incidents = 0;
    for (int64_t t_s = 10; t_s <= 3610; t_s += 60) {
        kit_fly(&k, t_s, 50.5, 9.97, 3000, 240, 90, 0); /* 18 s before the zone */
        kit_fly(&k, t_s + 30, 50.5, 10.02, 3000, 240, 90, 0);
        kit_fly(&k, t_s + 45, 50.5, 9.99, 3000, 240, 270, 0);
        for (uint32_t i = 0; i < k.count; i++) {
            const lee_event *const e = &k.events[i];
            incidents += e->kind == LEE_EVENT_PREDICTED;
            if (!(e->present & LEE_EVENT_HAS_ATTENTION) && e->incident != aloud) {
                assert_true(e->t_us - aloud_s * S >= 600 * S);
                aloud_s = e->t_us / S;
                aloud = e->incident;
            }
        }
        k.count = 0;
    }
    assert_int_equal(incidents, 61);
    assert_true(aloud_s > 3000);
    kit_stop(&k);
}

static void telling_something_less_grave_does_not_make_the_graver_new(void **state)
{
    (void)state;
    kit k = {0};
    lee_zone *const zone = prepare(&k);
    zone->watch.look_ahead_s = 120;
    zone->watch.warning_time_s = 60;
    kit_start(&k);
    kit_fly(&k, 10, 50.5, 9.98, 3000, 240, 90, 0); /* 12 s before the zone */
    assert_string_equal(kit_next(&k, LEE_EVENT_PREDICTED)->attention, "");
    kit_fly(&k, 20, 50.5, 9.95, 3000, 240, 90, 0);
    const lee_event *e = kit_next(&k, LEE_EVENT_UPDATED);
    assert_int_equal(e->severity, LEE_SEVERITY_LOW);
    assert_string_equal(e->attention, "");
    kit_fly(&k, 30, 50.5, 9.95, 3000, 240, 270, 0);
    kit_ended(&k, "averted");
    kit_fly(&k, 40, 50.5, 9.98, 3000, 240, 90, 0);
    e = kit_next(&k, LEE_EVENT_PREDICTED);
    assert_int_equal(e->severity, LEE_SEVERITY_MEDIUM);
    assert_string_equal(e->attention, "repeat");
    kit_stop(&k);
}

static void what_was_told_long_ago_does_not_quieten_an_entry(void **state)
{
    (void)state;
    kit k = {0};
    lee_zone *const zone = prepare(&k);
    zone->watch.look_ahead_s = 600;
    zone->watch.warning_time_s = 600;
    zone->watch.lost_after_s = 300;
    kit_start(&k);
    kit_fly(&k, 10, 50.5, 10.001, 3000, 20, 270, 0);
    assert_string_equal(kit_next(&k, LEE_EVENT_PRESENT)->attention, "");
    kit_fly(&k, 30, 50.5, 9.998, 3000, 20, 270, 0);
    (void)kit_next(&k, LEE_EVENT_LEFT);
    kit_ended(&k, "left");
    kit_fly(&k, 200, 50.5, 9.95, 3000, 20, 90, 0);
    assert_string_equal(kit_next(&k, LEE_EVENT_PREDICTED)->attention, "repeat");
    kit_fly(&k, 400, 50.5, 9.98, 3000, 20, 90, 0);
    assert_string_equal(kit_next(&k, LEE_EVENT_UPDATED)->attention, "repeat");
    kit_fly(&k, 650, 50.5, 10.001, 3000, 20, 90, 0);
    assert_string_equal(kit_next(&k, LEE_EVENT_ENTERED)->attention, "");
    kit_stop(&k);
}

/* --- groups ---------------------------------------------------------------------------------- */

static void a_formation_is_one_group_and_its_members_are_quiet(void **state)
{
    (void)state;
    kit k = {0};
    start(&k);
    char first[17];
    for (uint32_t n = 0; n < 4; n++) {
        hear_as(&k, 1 + n, 10 + n, 50.5 + 0.005 * n, 9.99);
    }
    kit_silent(&k);
    for (uint32_t n = 0; n < 4; n++) {
        hear_as(&k, 1 + n, 20 + n, 50.5 + 0.005 * n, 10.01);
        const lee_event *const e = kit_next(&k, LEE_EVENT_ENTERED);
        if (n == 0) {
            assert_false(e->present & (LEE_EVENT_HAS_GROUP | LEE_EVENT_HAS_ATTENTION));
            static const char digits[] = "0123456789abcdef";
            for (int i = 0; i < 16; i++) {
                first[i] = digits[e->incident >> (60 - 4 * i) & 15];
            }
            first[16] = '\0';
        } else {
            assert_string_equal(e->group, first);
            assert_string_equal(e->attention, "member");
        }
    }
    kit_stop(&k);
}

/* Tells that an incident of that number began. */
static lee_event begun(kit *k, uint32_t number, double lat, double lon)
{
    static lee_track track;
    lee_event event = {.t_us = 10 * S,
                       .kind = LEE_EVENT_PRESENT,
                       .incident = number,
                       .zone = "square",
                       .target = lee_target_icao24(number, true),
                       .present = LEE_EVENT_HAS_POSITION | LEE_EVENT_HAS_SEVERITY,
                       .lat_e7 = (int32_t)(lat * DEG),
                       .lon_e7 = (int32_t)(lon * DEG),
                       .severity = LEE_SEVERITY_HIGH};
    lee_attention_event(k->attention, &event, &k->zones[0], &track);
    return event;
}

/* The table of beginnings goes round; whoever began first still is first. */
static void of_two_groups_the_older_one_takes_the_newcomer(void **state)
{
    (void)state;
    kit k = {0};
    start(&k);
    for (uint32_t i = 0; i < 255; i++) {
        begun(&k, 1000 + i, 50.9, 10 + 0.02 * i);
    }
    /* Too far apart for one group; the second stands at the front of the table again. */
    begun(&k, 1, 50.01, 10.50);
    begun(&k, 2, 50.01, 10.52);
    assert_string_equal(begun(&k, 3, 50.01, 10.51).group, "0000000000000001");
    kit_stop(&k);
}

static void who_is_far_or_flies_otherwise_is_no_member(void **state)
{
    (void)state;
    kit k = {0};
    start(&k);
    hear_as(&k, 1, 10, 50.5, 10.5);
    (void)kit_next(&k, LEE_EVENT_PRESENT);
    hear_as(&k, 2, 11, 50.52, 10.5);
    assert_false(kit_next(&k, LEE_EVENT_PRESENT)->present & LEE_EVENT_HAS_GROUP);
    lee_report high = kit_report(12, 50.5, 10.5);
    high.target = lee_target_icao24(3, true);
    high.present |= LEE_REPORT_HAS_ALT_BARO;
    high.alt_baro_ft = 4500;
    lee_watch_report(k.watch, &high);
    assert_false(kit_next(&k, LEE_EVENT_PRESENT)->present & LEE_EVENT_HAS_GROUP);
    /* Near, alike, but long after. */
    hear_as(&k, 4, 133, 50.5, 10.5);
    k.seen = k.count - 1;
    assert_false(kit_next(&k, LEE_EVENT_PRESENT)->present & LEE_EVENT_HAS_GROUP);
    kit_stop(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_inhibition_ends_what_is_open_and_its_end_finds_who_is_inside),
        cmocka_unit_test(only_the_flight_named_is_inhibited),
        cmocka_unit_test(an_inhibition_can_be_ended_early_and_is_listed_until_then),
        cmocka_unit_test(there_is_no_silence_for_all_and_none_without_end),
        cmocka_unit_test(an_acknowledged_target_is_quiet_until_the_time_or_until_it_is_graver),
        cmocka_unit_test(somebody_else_is_not_acknowledged),
        cmocka_unit_test(coming_back_soon_is_a_repetition_and_later_an_alert),
        cmocka_unit_test(a_target_that_comes_back_again_and_again_is_told_once_in_ten_minutes),
        cmocka_unit_test(telling_something_less_grave_does_not_make_the_graver_new),
        cmocka_unit_test(what_was_told_long_ago_does_not_quieten_an_entry),
        cmocka_unit_test(a_formation_is_one_group_and_its_members_are_quiet),
        cmocka_unit_test(of_two_groups_the_older_one_takes_the_newcomer),
        cmocka_unit_test(who_is_far_or_flies_otherwise_is_no_member),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
