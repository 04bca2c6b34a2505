#include "watch_kit.h"

#include "base/buffer.h"
#include "watch/watch.h"

#define SHIP "mmsi:211000001"
#define OTHER "mmsi:211000002"

/* A zone of 10 km around SHIP, without limits of altitude. */
static lee_zone *bubble(kit *k)
{
    lee_zone *const zone = kit_zone(k, "bubble", 0, 0);
    zone->area = (lee_area){NULL, 0};
    zone->lower = (lee_alt_limit){.kind = LEE_LIMIT_SFC};
    zone->upper = (lee_alt_limit){.kind = LEE_LIMIT_UNL};
    assert_true(lee_target_parse(SHIP, strlen(SHIP), &zone->moving.around));
    zone->moving.radius_m = 10000;
    return zone;
}

/* One degree of latitude is 110.6 km here. */
static lee_report sail(const char *target, int64_t t_s, double lat, int32_t speed_kt,
                       int32_t track_deg)
{
    lee_report report = kit_report(t_s, lat, 0.0);
    report.source = LEE_SOURCE_AIS;
    assert_true(lee_target_parse(target, strlen(target), &report.target));
    report.present |= LEE_REPORT_HAS_SPEED_GROUND | LEE_REPORT_HAS_TRACK;
    report.speed_ground_kt_e3 = speed_kt * 1000;
    report.track_deg_e3 = track_deg * 1000;
    return report;
}

static void hear(kit *k, const char *target, int64_t t_s, double lat, int32_t speed_kt,
                 int32_t track_deg)
{
    const lee_report report = sail(target, t_s, lat, speed_kt, track_deg);
    lee_watch_report(k->watch, &report);
}

static void who_comes_near_a_carrier_enters_and_who_goes_leaves_beyond_the_margin(void **state)
{
    (void)state;
    kit k = {0};
    bubble(&k)->watch.lateral_margin_m = 1000;
    kit_start(&k);
    hear(&k, SHIP, 0, 0.0, 0, 0);
    hear(&k, OTHER, 1, 0.1, 0, 0);
    kit_silent(&k);
    hear(&k, OTHER, 10, 0.08, 0, 0); /* 8.85 km */
    const lee_event *const event = kit_next(&k, LEE_EVENT_ENTERED);
    assert_string_equal(event->target.text, OTHER);
    assert_true(event->depth_m > 1100 && event->depth_m < 1200);
    hear(&k, OTHER, 20, 0.095, 0, 0); /* 10.5 km: outside, within the margin */
    kit_silent(&k);
    hear(&k, OTHER, 30, 0.1, 0, 0); /* 11.06 km */
    kit_next(&k, LEE_EVENT_LEFT);
    kit_ended(&k, "left");
    kit_silent(&k);
    kit_stop(&k);
}

static void a_carrier_that_moves_over_a_target_at_rest_is_told_at_the_carriers_report(void **state)
{
    (void)state;
    kit k = {0};
    bubble(&k);
    kit_start(&k);
    hear(&k, SHIP, 0, 0.0, 0, 0);
    hear(&k, OTHER, 1, 0.1, 0, 0);
    hear(&k, SHIP, 10, 0.02, 0, 0);
    const lee_event *const event = kit_next(&k, LEE_EVENT_ENTERED);
    assert_string_equal(event->target.text, OTHER);
    assert_int_equal(event->t_us, 10 * S);
    hear(&k, SHIP, 20, 0.0, 0, 0);
    assert_int_equal(kit_next(&k, LEE_EVENT_LEFT)->t_us, 20 * S);
    kit_ended(&k, "left");
    kit_silent(&k);
    kit_stop(&k);
}

static void
a_bubble_is_nowhere_until_its_carrier_is_heard_and_then_finds_who_is_inside(void **state)
{
    (void)state;
    kit k = {0};
    bubble(&k);
    kit_start(&k);
    hear(&k, OTHER, 0, 0.01, 0, 0);
    hear(&k, OTHER, 1, 0.01, 0, 0);
    kit_silent(&k);
    hear(&k, SHIP, 2, 0.0, 0, 0);
    kit_next(&k, LEE_EVENT_PRESENT);
    kit_silent(&k); /* the carrier is not in its own bubble */
    kit_stop(&k);
}

static void entry_is_predicted_by_both_velocities(void **state)
{
    (void)state;
    kit k = {0};
    lee_zone *const zone = bubble(&k);
    zone->watch.look_ahead_s = 600;
    zone->watch.warning_time_s = 300;
    kit_start(&k);
    /* 20 knots each, head on: 20.58 m/s; 22.12 - 10 km to go take 589 s. */
    hear(&k, SHIP, 0, 0.0, 20, 0);
    hear(&k, OTHER, 0, 0.2, 20, 180);
    kit_silent(&k);
    /* 300 s later: 289 s. */
    hear(&k, SHIP, 300, 0.0279, 20, 0);
    hear(&k, OTHER, 300, 0.1721, 20, 180);
    const lee_event *const event = kit_next(&k, LEE_EVENT_PREDICTED);
    assert_true(event->time_to_entry_s_e3 > 284000 && event->time_to_entry_s_e3 < 294000);
    assert_true(event->entry_lat_e7 > 1430000 && event->entry_lat_e7 < 1460000);
    /* It turns away. */
    hear(&k, OTHER, 310, 0.1712, 25, 0);
    kit_ended(&k, "averted");
    kit_silent(&k);
    kit_stop(&k);
}

static void a_carrier_that_comes_is_predicted_for_a_target_at_rest(void **state)
{
    (void)state;
    kit k = {0};
    lee_zone *const zone = bubble(&k);
    zone->watch.look_ahead_s = 600;
    zone->watch.warning_time_s = 600;
    kit_start(&k);
    hear(&k, SHIP, 0, 0.0, 0, 0);
    hear(&k, OTHER, 1, 0.1, 0, 0);
    kit_silent(&k);
    hear(&k, SHIP, 10, 0.0, 20, 0);
    const lee_event *const event = kit_next(&k, LEE_EVENT_PREDICTED);
    assert_true(event->time_to_entry_s_e3 > 100000 && event->time_to_entry_s_e3 < 105000);
    assert_int_equal(event->entry_lat_e7, 1000000);
    kit_silent(&k);
    kit_stop(&k);
}

static void the_altitude_band_holds_for_a_bubble_too(void **state)
{
    (void)state;
    kit k = {0};
    lee_zone *const zone = bubble(&k);
    zone->upper = (lee_alt_limit){LEE_LIMIT_VALUE, {5000, LEE_ALT_STD}};
    kit_start(&k);
    hear(&k, SHIP, 0, 0.0, 0, 0);
    kit_hear(&k, 1, 0.01, 0.0, 6000);
    kit_silent(&k);
    kit_hear(&k, 2, 0.01, 0.0, 4999);
    kit_next(&k, LEE_EVENT_ENTERED);
    kit_silent(&k);
    kit_stop(&k);
}

static void a_silent_carriers_bubble_grows_up_to_its_limit_and_the_event_says_so(void **state)
{
    (void)state;
    kit k = {0};
    bubble(&k)->watch.lost_after_s = 100;
    kit_start(&k);
    hear(&k, SHIP, 0, 0.0, 20, 0);
    hear(&k, OTHER, 100, 0.1, 0, 0); /* 11.06 km, and not stale yet */
    kit_silent(&k);
    hear(&k, OTHER, 110, 0.1, 0, 0); /* 10 km + 110 s x 10.29 m/s = 11.13 km */
    const lee_event *const event = kit_next(&k, LEE_EVENT_PRESENT);
    assert_string_equal(event->reason, "carrier_stale");
    assert_string_equal(event->confidence, "low");
    assert_int_equal(event->depth_m, 0);
    kit_silent(&k);
    /* 600 s x 10.29 m/s = 6.17 km is the most, however long it is silent. */
    hear(&k, OTHER, 5000, 0.145, 0, 0);
    k.seen = k.count;
    hear(&k, OTHER, 5010, 0.148, 0, 0);
    kit_next(&k, LEE_EVENT_LEFT);
    kit_ended(&k, "left");
    kit_silent(&k);
    kit_stop(&k);
}

static void new_zones_keep_where_the_carrier_is(void **state)
{
    (void)state;
    kit k = {0};
    bubble(&k);
    kit_start(&k);
    hear(&k, SHIP, 0, 0.0, 0, 0);
    hear(&k, OTHER, 1, 0.01, 0, 0);
    const uint64_t incident = kit_next(&k, LEE_EVENT_PRESENT)->incident;
    kit next = {0};
    kit_zone(&next, "first", 5, 5);
    bubble(&next);
    assert_int_equal(lee_zone_set_build(&next.list, &next.set), LEE_OK);
    assert_int_equal(lee_watch_set_zones(k.watch, next.set, 8, 2 * S), LEE_OK);
    kit_silent(&k);
    hear(&k, OTHER, 3, 0.1, 0, 0);
    assert_int_equal(kit_next(&k, LEE_EVENT_LEFT)->incident, incident);
    kit_ended(&k, "left");
    lee_zone_set_free(next.set);
    kit_stop(&k);
}

static void a_watch_that_was_saved_goes_on_with_the_bubble_where_it_was(void **state)
{
    (void)state;
    kit k = {0};
    kit loaded = {0};
    bubble(&k);
    bubble(&loaded);
    kit_start(&k);
    kit_start(&loaded);
    hear(&k, SHIP, 0, 0.0, 0, 0);
    lee_buffer saved;
    lee_buffer_init(&saved, 1u << 24);
    lee_state walk;
    lee_state_save(&walk, &saved);
    lee_watch_state(&walk, k.watch);
    assert_int_equal(lee_state_end(&walk), LEE_OK);
    lee_state_load(&walk, saved.bytes, saved.length);
    lee_watch_state(&walk, loaded.watch);
    assert_int_equal(lee_state_end(&walk), LEE_OK);
    hear(&loaded, OTHER, 1, 0.01, 0, 0);
    kit_next(&loaded, LEE_EVENT_PRESENT);
    lee_buffer_free(&saved);
    kit_stop(&k);
    kit_stop(&loaded);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_comes_near_a_carrier_enters_and_who_goes_leaves_beyond_the_margin),
        cmocka_unit_test(a_carrier_that_moves_over_a_target_at_rest_is_told_at_the_carriers_report),
        cmocka_unit_test(
            a_bubble_is_nowhere_until_its_carrier_is_heard_and_then_finds_who_is_inside),
        cmocka_unit_test(entry_is_predicted_by_both_velocities),
        cmocka_unit_test(a_carrier_that_comes_is_predicted_for_a_target_at_rest),
        cmocka_unit_test(the_altitude_band_holds_for_a_bubble_too),
        cmocka_unit_test(a_silent_carriers_bubble_grows_up_to_its_limit_and_the_event_says_so),
        cmocka_unit_test(new_zones_keep_where_the_carrier_is),
        cmocka_unit_test(a_watch_that_was_saved_goes_on_with_the_bubble_where_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
