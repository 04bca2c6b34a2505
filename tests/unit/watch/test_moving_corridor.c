/* A corridor whose open part goes with a convoy. On the equator 1e-7 degrees are 1.113 cm east. */
#include "watch_kit.h"

#include "base/buffer.h"
#include "watch/watch.h"

#define CONVOY "unit:convoy-7"
#define OTHER "unit:other"
#define KM_E7 (10000000.0 / 111.3195)

/* 111 km east along the equator, 2 km to either side, open from 10 km ahead to 5 km behind. */
static const lee_point road[] = {{0, 0}, {0, DEG / 2}, {0, DEG}};

static lee_zone *corridor(kit *k)
{
    lee_zone *const zone = kit_zone(k, "corridor", 0, 0);
    zone->kind = LEE_ZONE_CORRIDOR;
    zone->area = (lee_area){NULL, 0};
    zone->lower = (lee_alt_limit){.kind = LEE_LIMIT_SFC};
    zone->upper = (lee_alt_limit){.kind = LEE_LIMIT_UNL};
    assert_true(lee_target_parse(CONVOY, strlen(CONVOY), &zone->moving.around));
    zone->moving.radius_m = 2000;
    zone->moving.ahead_m = 10000;
    zone->moving.behind_m = 5000;
    zone->moving.route = road;
    zone->moving.route_count = 3;
    return zone;
}

/* At so many kilometres along the road and north of it. */
static void hear(kit *k, const char *target, int64_t t_s, double along_km, double north_km,
                 int32_t speed_kt, int32_t track_deg)
{
    lee_report report = {.t_us = t_s * S, .source = LEE_SOURCE_GNSS};
    assert_true(lee_target_parse(target, strlen(target), &report.target));
    report.present = LEE_REPORT_HAS_POSITION | LEE_REPORT_HAS_SPEED_GROUND | LEE_REPORT_HAS_TRACK;
    report.lat_e7 = (int32_t)(north_km * KM_E7 * 1.0067); /* meridians are shorter */
    report.lon_e7 = (int32_t)(along_km * KM_E7);
    report.speed_ground_kt_e3 = speed_kt * 1000;
    report.track_deg_e3 = track_deg * 1000;
    lee_watch_report(k->watch, &report);
}

/* Whether somebody who appears there is inside. */
static bool holds(kit *k, int64_t t_s, double along_km, double north_km)
{
    static int who;
    char name[32] = "unit:a";
    name[5] = (char)('a' + who % 26);
    name[6] = (char)('a' + who++ / 26 % 26);
    name[7] = '\0';
    const uint32_t before = k->count;
    hear(k, name, t_s, along_km, north_km, 0, 0);
    k->seen = k->count;
    return k->count > before;
}

static void the_corridor_is_open_from_ahead_of_the_convoy_to_behind_it(void **state)
{
    (void)state;
    kit k = {0};
    corridor(&k);
    kit_start(&k);
    assert_false(holds(&k, 0, 30, 0)); /* nobody knows where it is open */
    hear(&k, CONVOY, 1, 30.5, 0.3, 0, 0);
    k.seen = k.count;
    assert_true(holds(&k, 2, 30, 0));
    assert_true(holds(&k, 2, 30, 1.99));
    assert_false(holds(&k, 2, 30, 2.01));
    assert_true(holds(&k, 2, 40.4, -1.9));
    /* The ends are round. */
    assert_true(holds(&k, 2, 42.49, 0));
    assert_false(holds(&k, 2, 42.51, 0));
    assert_false(holds(&k, 2, 42.4, 1.9));
    assert_true(holds(&k, 2, 23.51, 0));
    assert_false(holds(&k, 2, 23.49, 0));
    kit_stop(&k);
}

static void a_convoy_that_comes_opens_it_over_who_rests_there_and_closes_it_behind(void **state)
{
    (void)state;
    kit k = {0};
    corridor(&k);
    kit_start(&k);
    hear(&k, CONVOY, 0, 30, 0, 40, 90);
    hear(&k, OTHER, 30, 43, 0, 0, 0);
    kit_silent(&k);
    hear(&k, CONVOY, 60, 31.5, 0, 40, 90);
    const lee_event *const event = kit_next(&k, LEE_EVENT_ENTERED);
    assert_string_equal(event->target.text, OTHER);
    /* 1 km of 1.5 km in a minute. */
    assert_true(event->crossed_at_us > 39 * S && event->crossed_at_us < 41 * S);
    assert_int_equal(event->depth_m, 500);
    kit_silent(&k);
    hear(&k, OTHER, 61, 43, 0, 0, 0);
    hear(&k, CONVOY, 100, 49.9, 0, 40, 90);
    kit_silent(&k);
    hear(&k, CONVOY, 110, 50.1, 0, 40, 90);
    kit_next(&k, LEE_EVENT_LEFT);
    kit_ended(&k, "left");
    kit_silent(&k);
    kit_stop(&k);
}

static void who_drives_through_between_two_reports_has_crossed_the_open_part_alone(void **state)
{
    (void)state;
    kit k = {0};
    corridor(&k);
    kit_start(&k);
    hear(&k, CONVOY, 0, 30, 0, 0, 90);
    hear(&k, OTHER, 0, 60, 5, 600, 180);
    hear(&k, OTHER, 30, 60, -5, 600, 180);
    kit_silent(&k);
    hear(&k, OTHER, 40, 35, -5, 600, 0);
    hear(&k, OTHER, 50, 35, 5, 600, 0);
    const lee_event *const event = kit_next(&k, LEE_EVENT_CROSSED);
    assert_true(event->crossed_at_us > 42900000 && event->crossed_at_us < 43100000);
    kit_ended(&k, "left");
    kit_silent(&k);
    kit_stop(&k);
}

static void who_rests_ahead_of_a_convoy_is_told_before_it_comes(void **state)
{
    (void)state;
    kit k = {0};
    lee_zone *const zone = corridor(&k);
    zone->watch.look_ahead_s = 300;
    zone->watch.warning_time_s = 300;
    kit_start(&k);
    hear(&k, OTHER, 0, 45, 0, 0, 0);
    hear(&k, CONVOY, 1, 30, 0, 40, 90); /* 20.58 m/s: 3 km in 145.8 s */
    const lee_event *const event = kit_next(&k, LEE_EVENT_PREDICTED);
    assert_true(event->time_to_entry_s_e3 > 145000 && event->time_to_entry_s_e3 < 147000);
    kit_silent(&k);
    /* It turns back: the open part goes with it. */
    hear(&k, CONVOY, 11, 30.2, 0, 40, 270);
    kit_ended(&k, "averted");
    kit_silent(&k);
    kit_stop(&k);
}

static void of_a_convoy_that_is_silent_it_opens_at_both_ends(void **state)
{
    (void)state;
    kit k = {0};
    corridor(&k)->watch.lost_after_s = 60;
    kit_start(&k);
    hear(&k, CONVOY, 0, 30, 0, 20, 90); /* 10.29 m/s */
    hear(&k, OTHER, 50, 43, 0, 0, 0);
    hear(&k, "unit:behind", 50, 22, 0, 0, 0);
    hear(&k, "unit:beside", 50, 30, 2.1, 0, 0);
    kit_silent(&k);
    lee_watch_tick(k.watch, 105 * S); /* 1029 m at 100 s */
    assert_string_equal(kit_next(&k, LEE_EVENT_PRESENT)->target.text, OTHER);
    const lee_event *const event = kit_next(&k, LEE_EVENT_PRESENT);
    assert_string_equal(event->target.text, "unit:behind");
    assert_int_equal(event->t_us, 100 * S);
    assert_string_equal(event->reason, "carrier_stale");
    kit_silent(&k);
    kit_stop(&k);
}

static void round_a_bend_the_open_part_follows_the_route(void **state)
{
    (void)state;
    kit k = {0};
    static const lee_point bend[] = {{0, 0}, {0, DEG / 2}, {DEG / 2, DEG / 2}};
    lee_zone *const zone = corridor(&k);
    zone->moving.route = bend;
    kit_start(&k);
    hear(&k, CONVOY, 1, 52, 0, 0, 0); /* the bend is at 55.66 km */
    k.seen = k.count;
    assert_true(holds(&k, 2, 55.7, 6.0));
    assert_true(holds(&k, 2, 54.0, 6.0));
    assert_false(holds(&k, 2, 60.0, 0.0));
    assert_false(holds(&k, 2, 55.7, 8.6));
    kit_stop(&k);
}

static void a_watch_that_was_saved_goes_on_with_the_corridor_open_where_it_was(void **state)
{
    (void)state;
    kit k = {0};
    kit loaded = {0};
    corridor(&k);
    corridor(&loaded);
    kit_start(&k);
    kit_start(&loaded);
    hear(&k, CONVOY, 0, 30, 0, 40, 90);
    hear(&k, OTHER, 1, 43, 0, 0, 0);
    lee_buffer saved;
    lee_buffer_init(&saved, 1u << 24);
    lee_state walk;
    lee_state_save(&walk, &saved);
    lee_watch_state(&walk, k.watch);
    assert_int_equal(lee_state_end(&walk), LEE_OK);
    lee_state_load(&walk, saved.bytes, saved.length);
    lee_watch_state(&walk, loaded.watch);
    assert_int_equal(lee_state_end(&walk), LEE_OK);
    hear(&k, CONVOY, 60, 31.5, 0, 40, 90);
    hear(&loaded, CONVOY, 60, 31.5, 0, 40, 90);
    const lee_event *const a = kit_next(&k, LEE_EVENT_ENTERED);
    const lee_event *const b = kit_next(&loaded, LEE_EVENT_ENTERED);
    assert_int_equal(a->crossed_at_us, b->crossed_at_us);
    assert_int_equal(a->incident, b->incident);
    lee_buffer_free(&saved);
    kit_stop(&k);
    kit_stop(&loaded);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_corridor_is_open_from_ahead_of_the_convoy_to_behind_it),
        cmocka_unit_test(a_convoy_that_comes_opens_it_over_who_rests_there_and_closes_it_behind),
        cmocka_unit_test(who_drives_through_between_two_reports_has_crossed_the_open_part_alone),
        cmocka_unit_test(who_rests_ahead_of_a_convoy_is_told_before_it_comes),
        cmocka_unit_test(of_a_convoy_that_is_silent_it_opens_at_both_ends),
        cmocka_unit_test(round_a_bend_the_open_part_follows_the_route),
        cmocka_unit_test(a_watch_that_was_saved_goes_on_with_the_corridor_open_where_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
