#include "watch_kit.h"

#include "base/alloc.h"

static void
a_zone_that_becomes_active_and_inactive_around_a_target_is_present_and_ended(void **state)
{
    (void)state;
    kit k = {0};
    const lee_interval hours[] = {{20 * S, 40 * S}, {50 * S, 60 * S}};
    kit_zone(&k, "a", 0, 0)->schedule = (lee_schedule){.intervals = hours, .count = 2};
    kit_zone(&k, "b", 0, 0)->schedule = (lee_schedule){.intervals = hours, .count = 1};
    kit_start(&k);
    kit_hear(&k, 10, 0.5, 0.5, 2000);
    lee_watch_tick(k.watch, 20 * S - 1);
    kit_silent(&k);
    lee_watch_tick(k.watch, 20 * S);
    assert_int_equal(kit_next(&k, LEE_EVENT_PRESENT)->t_us, 20 * S);
    assert_int_equal(kit_next(&k, LEE_EVENT_PRESENT)->zone_index, 1);
    lee_watch_tick(k.watch, 65 * S);
    assert_int_equal(kit_ended(&k, "zone_inactive")->t_us, 40 * S);
    assert_int_equal(kit_ended(&k, "zone_inactive")->zone_index, 1);
    assert_int_equal(kit_next(&k, LEE_EVENT_PRESENT)->t_us, 50 * S);
    assert_int_equal(kit_ended(&k, "zone_inactive")->t_us, 60 * S);
    kit_silent(&k);
    kit_stop(&k);
}

static void a_place_that_has_expired_begins_nothing(void **state)
{
    (void)state;
    kit k = {0};
    const lee_interval hours[] = {{70 * S, 80 * S}, {90 * S, 95 * S}};
    kit_zone(&k, "a", 0, 0)->schedule = (lee_schedule){.intervals = hours, .count = 2};
    kit_start(&k);
    kit_hear(&k, 10, 0.5, 0.5, 2000);
    lee_watch_tick(k.watch, 72 * S);
    kit_next(&k, LEE_EVENT_PRESENT);
    kit_next(&k, LEE_EVENT_LOST);
    lee_watch_tick(k.watch, 100 * S);
    kit_ended(&k, "zone_inactive");
    kit_silent(&k);
    kit_stop(&k);
}

static void a_way_through_while_the_zone_was_active_between_two_reports_is_crossed(void **state)
{
    (void)state;
    kit k = {0};
    const lee_interval hours = {12 * S, 14 * S};
    kit_zone(&k, "a", 0, 0)->schedule = (lee_schedule){.intervals = &hours, .count = 1};
    kit_start(&k);
    kit_hear(&k, 0, 0.5, -0.5, 2000);
    kit_hear(&k, 20, 0.5, 1.5, 2000);
    assert_int_equal(kit_next(&k, LEE_EVENT_CROSSED)->crossed_at_us, 12 * S);
    kit_ended(&k, "left");
    kit_silent(&k);
    kit_stop(&k);
}

static void new_zones_end_what_is_gone_keep_what_stays_and_find_who_is_inside(void **state)
{
    (void)state;
    kit k = {0};
    kit_zone(&k, "gone", 0, 0);
    kit_zone(&k, "stays", 0, 0);
    kit_start(&k);
    kit_hear(&k, 10, 0.5, 0.5, 2000);
    const uint64_t gone = kit_next(&k, LEE_EVENT_PRESENT)->incident;
    const uint64_t stays = kit_next(&k, LEE_EVENT_PRESENT)->incident;
    kit next = {0};
    kit_zone(&next, "stays", 0, 0);
    kit_zone(&next, "far", 5, 5);
    kit_zone(&next, "new", 0, 0);
    assert_int_equal(lee_zone_set_build(&next.list, &next.set), LEE_OK);
    assert_int_equal(lee_watch_set_zones(k.watch, next.set, 8, 20 * S), LEE_OK);
    const lee_event *event = kit_ended(&k, "zone_inactive");
    assert_int_equal(event->incident, gone);
    assert_string_equal(event->zone, "gone");
    assert_int_equal(event->zone_generation, 7);
    event = kit_next(&k, LEE_EVENT_PRESENT);
    assert_string_equal(event->zone, "new");
    assert_int_equal(event->zone_generation, 8);
    assert_int_equal(event->t_us, 20 * S);
    kit_silent(&k);
    kit_hear(&k, 21, 0.5, 1.5, 2000);
    event = kit_next(&k, LEE_EVENT_LEFT);
    assert_int_equal(event->incident, stays);
    assert_int_equal(event->zone_index, 0);
    kit_ended(&k, "left");
    kit_next(&k, LEE_EVENT_LEFT);
    kit_ended(&k, "left");
    assert_int_equal(lee_watch_set_zones(k.watch, NULL, 9, 30 * S), LEE_OK);
    kit_hear(&k, 31, 0.5, 0.5, 2000);
    kit_silent(&k);
    lee_zone_set_free(next.set);
    kit_stop(&k);
}

static void late_and_repeated_reports_make_no_event_and_are_counted(void **state)
{
    (void)state;
    kit k = {0};
    kit_zone(&k, "a", 0, 0);
    kit_start(&k);
    kit_hear(&k, 10, 0.5, 1.5, 2000);
    kit_hear(&k, 9, 0.5, 0.5, 2000);
    kit_hear(&k, 10, 0.5, 1.5, 2000);
    kit_silent(&k);
    lee_watch_counters counters;
    lee_watch_count(k.watch, &counters);
    assert_int_equal(counters.reports, 3);
    assert_int_equal(counters.reports_late, 1);
    assert_int_equal(counters.reports_duplicate, 1);
    assert_int_equal(counters.tracks, 1);
    kit_stop(&k);
}

static void time_never_goes_back_within_one_target(void **state)
{
    (void)state;
    kit k = {0};
    kit_zone(&k, "a", 0, 0);
    kit_start(&k);
    kit_hear(&k, 10, 0.5, 0.5, 2000);
    kit_next(&k, LEE_EVENT_PRESENT);
    lee_watch_tick(k.watch, 100 * S);
    assert_int_equal(kit_next(&k, LEE_EVENT_LOST)->t_us, 70 * S);
    /* A slow feed: newer than all that was known of the target, but older than what was told. */
    kit_hear(&k, 60, 0.5, 1.5, 2000);
    const lee_event *const left = kit_next(&k, LEE_EVENT_LEFT);
    assert_int_equal(left->t_us, 70 * S);
    assert_int_equal(left->crossed_at_us, 35 * S);
    kit_stop(&k);
}

static void full_tables_are_counted_and_a_target_inside_is_never_evicted(void **state)
{
    (void)state;
    kit k = {0};
    kit_zone(&k, "a", 0, 0);
    kit_zone(&k, "b", 0, 0);
    lee_watch_options options;
    lee_watch_options_default(&options);
    options.tracks_max = 2;
    options.incidents_max = 1;
    kit_start_with(&k, &options);
    kit_hear(&k, 1, 0.5, 0.5, 2000);
    kit_next(&k, LEE_EVENT_PRESENT);
    kit_silent(&k);
    lee_report report = kit_report(2, 7, 7);
    for (uint32_t i = 0; i < 3; i++) {
        report.target = lee_target_icao24(i, true);
        lee_watch_report(k.watch, &report);
    }
    lee_watch_counters counters;
    lee_watch_count(k.watch, &counters);
    assert_int_equal(counters.incidents_refused, 1);
    assert_int_equal(counters.incidents_open, 1);
    assert_int_equal(counters.tracks_evicted, 2);
    assert_int_equal(counters.tracks, 2);
    const lee_target inside = lee_target_icao24(0xABCDEF, true);
    const lee_target last = lee_target_icao24(2, true);
    const lee_target evicted = lee_target_icao24(1, true);
    assert_non_null(lee_watch_find_track(k.watch, &inside));
    assert_non_null(lee_watch_find_track(k.watch, &last));
    assert_null(lee_watch_find_track(k.watch, &evicted));
    /* Once it has left, the incident of the second zone finds room. */
    kit_hear(&k, 3, 0.5, 1.5, 2000);
    kit_next(&k, LEE_EVENT_LEFT);
    kit_ended(&k, "left");
    kit_hear(&k, 4, 0.5, 0.5, 2000);
    kit_next(&k, LEE_EVENT_ENTERED);
    kit_stop(&k);
}

static void expired_fields_are_not_shown(void **state)
{
    (void)state;
    kit k = {0};
    kit_start(&k);
    kit_hear(&k, 10, 0.5, 0.5, 2000);
    const lee_target target = lee_target_icao24(0xABCDEF, true);
    lee_watch_tick(k.watch, 70 * S);
    assert_true(lee_watch_find_track(k.watch, &target)->last.present & LEE_REPORT_HAS_LAT);
    lee_watch_tick(k.watch, 70 * S + 1);
    assert_int_equal(lee_watch_find_track(k.watch, &target)->last.present, 0);
    kit_stop(&k);
}

static void wrong_options_are_refused(void **state)
{
    (void)state;
    lee_watch_options options;
    lee_watch *watch = NULL;
    kit k = {0};
    lee_watch_options_default(&options);
    options.tracks_max = 0;
    assert_int_equal(lee_watch_create(&options, kit_sink, &k, &watch), LEE_ERR_DOMAIN);
    lee_watch_options_default(&options);
    options.expire_after_s = options.stale_after_s - 1;
    assert_int_equal(lee_watch_create(&options, kit_sink, &k, &watch), LEE_ERR_DOMAIN);
    assert_null(watch);
}

/* Everything is asked for at the start: each request failing in turn, nothing is leaked or kept. */
static void running_out_of_memory_at_any_point_is_an_error_and_changes_nothing(void **state)
{
    (void)state;
    kit k = {0};
    kit_zone(&k, "a", 0, 0);
    lee_watch_options options;
    lee_watch_options_default(&options);
    options.tracks_max = 4;
    options.incidents_max = 4;
    lee_error error = LEE_ERR_NO_MEMORY;
    for (uint64_t fail_at = 1; error; fail_at++) {
        (void)lee_alloc_test_fail(fail_at);
        error = lee_watch_create(&options, kit_sink, &k, &k.watch);
        (void)lee_alloc_test_fail(0);
        assert_true(error == LEE_OK || error == LEE_ERR_NO_MEMORY);
    }
    assert_int_equal(lee_zone_set_build(&k.list, &k.set), LEE_OK);
    const lee_permit_list none = {NULL, 0};
    assert_int_equal(lee_watch_set_permits(k.watch, &none, 0), LEE_OK);
    error = LEE_ERR_NO_MEMORY;
    for (uint64_t fail_at = 1; error; fail_at++) {
        (void)lee_alloc_test_fail(fail_at);
        error = lee_watch_set_zones(k.watch, k.set, 7, 0);
        (void)lee_alloc_test_fail(0);
        assert_true(error == LEE_OK || error == LEE_ERR_NO_MEMORY);
    }
    (void)lee_alloc_test_fail(0);
    kit_hear(&k, 1, 0.5, 0.5, 2000);
    kit_hear(&k, 2, 0.5, 1.5, 2000);
    lee_watch_tick(k.watch, 1000 * S);
    assert_int_equal(lee_alloc_test_fail(0), 0);
    kit_next(&k, LEE_EVENT_PRESENT);
    kit_stop(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            a_zone_that_becomes_active_and_inactive_around_a_target_is_present_and_ended),
        cmocka_unit_test(a_place_that_has_expired_begins_nothing),
        cmocka_unit_test(a_way_through_while_the_zone_was_active_between_two_reports_is_crossed),
        cmocka_unit_test(new_zones_end_what_is_gone_keep_what_stays_and_find_who_is_inside),
        cmocka_unit_test(late_and_repeated_reports_make_no_event_and_are_counted),
        cmocka_unit_test(time_never_goes_back_within_one_target),
        cmocka_unit_test(full_tables_are_counted_and_a_target_inside_is_never_evicted),
        cmocka_unit_test(expired_fields_are_not_shown),
        cmocka_unit_test(wrong_options_are_refused),
        cmocka_unit_test(running_out_of_memory_at_any_point_is_an_error_and_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
