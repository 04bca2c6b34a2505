/* Who has leave on a route is expected to follow it; and enters where its way leads off it. */
#include "watch_kit.h"

#include <math.h>

#include "base/buffer.h"
#include "watch/explain.h"

#define METRES_PER_DEGREE 111195.0
#define SPEED_MPS 102.89 /* 200 kt */

/* The route leads east along 50.5 degrees to 10.5, there north; half a mile to either side. "a" is
 * a square of one degree that the permit lets in; "beyond" begins 1.4 km straight behind the bend.
 */
#define BEND_LON 10.5
static const lee_point there_and_back[] = {
    {505000000, 90000000}, {505000000, 105000000}, {515000000, 105000000}, {505000000, 105000000}};
static const lee_ring ring = {there_and_back, 4};
static const char *const zone_a[] = {"a"};

static lee_permit permit_on_route(void)
{
    return (lee_permit){.id = "convoy",
                        .target = "icao24:abcdef",
                        .match = LEE_PERMIT_TARGET,
                        .zones = zone_a,
                        .zone_count = 1,
                        .from_us = INT64_MIN,
                        .to_us = INT64_MAX,
                        .floor = {.kind = LEE_LIMIT_SFC},
                        .ceiling = {.kind = LEE_LIMIT_UNL},
                        .route = {&ring, 1},
                        .route_half_width_m = 926};
}

static kit *start(int32_t alert_chance_pct, const lee_permit *permit)
{
    static kit k;
    k = (kit){0};
    kit_zone(&k, "a", 50, 10);
    kit_zone(&k, "beyond", 50, 10);
    lee_point *const p = k.points[1];
    p[0] = (lee_point){502000000, 105200000};
    p[1] = (lee_point){502000000, 108000000};
    p[2] = (lee_point){508000000, 108000000};
    p[3] = (lee_point){508000000, 105200000};
    for (int z = 0; z < 2; z++) {
        k.zones[z].watch.look_ahead_s = 120;
        k.zones[z].watch.warning_time_s = 60;
        k.zones[z].watch.alert_chance_pct = alert_chance_pct;
    }
    kit_start(&k);
    const lee_permit_list list = {permit, permit ? 1 : 0};
    assert_int_equal(lee_watch_set_permits(k.watch, &list, 0), LEE_OK);
    return &k;
}

static double east_by(double lat)
{
    return SPEED_MPS / METRES_PER_DEGREE / cos(lat * 3.14159265358979 / 180);
}

/* East at the latitude, from so many seconds before the bend to so many behind it, a report every 2
 * s; `turns`: at the bend it turns north. */
static void fly(kit *k, double lat, int from_s, int to_s, bool turns)
{
    for (int t = from_s; t <= to_s; t += 2) {
        const bool is_north = turns && t > 0;
        kit_fly(k, 1000 + t, is_north ? lat + SPEED_MPS * t / METRES_PER_DEGREE : lat,
                is_north ? BEND_LON : BEND_LON + east_by(lat) * t, 3000, 200, is_north ? 0 : 90, 0);
    }
}

static const lee_event *find(const kit *k, const char *zone, lee_event_kind kind,
                             const char *reason)
{
    for (uint32_t i = 0; i < k->count; i++) {
        const lee_event *const e = &k->events[i];
        if (strcmp(e->zone, zone) == 0 && e->kind == kind &&
            (!reason || strcmp(e->reason, reason) == 0)) {
            return e;
        }
    }
    return NULL;
}

static void without_a_permit_the_straight_way_is_warned_of(void **state)
{
    (void)state;
    kit *const k = start(90, NULL);
    fly(k, 50.5, -400, 60, true);
    assert_non_null(find(k, "a", LEE_EVENT_PREDICTED, NULL));
    assert_non_null(find(k, "beyond", LEE_EVENT_PREDICTED, NULL));
    kit_stop(k);
}

static void nobody_is_warned_of_who_follows_its_route_round_a_bend(void **state)
{
    (void)state;
    const lee_permit permit = permit_on_route();
    for (int chance = 0; chance <= 90; chance += 90) {
        kit *const k = start(chance, &permit);
        fly(k, 50.5, -400, 60, true);
        assert_null(find(k, "a", LEE_EVENT_PREDICTED, NULL));
        /* Whoever watches a zone by the straight line alone is warned by it of who has no leave. */
        assert_int_equal(find(k, "beyond", LEE_EVENT_PREDICTED, NULL) != NULL, chance == 0);
        assert_null(find(k, "a", LEE_EVENT_UPDATED, "leaving_route"));
        const lee_event *const entered = find(k, "a", LEE_EVENT_ENTERED, NULL);
        assert_string_equal(entered->permit, "convoy");
        assert_int_equal(entered->severity, LEE_SEVERITY_LOW);
        kit_stop(k);
    }
}

static void who_misses_the_bend_is_warned_of_before_it_is_off_the_route(void **state)
{
    (void)state;
    const lee_permit permit = permit_on_route();
    for (int chance = 0; chance <= 90; chance += 90) {
        kit *const k = start(chance, &permit);
        fly(k, 50.5, -400, 30, false);
        const lee_event *const leaving = find(k, "a", LEE_EVENT_UPDATED, "leaving_route");
        assert_non_null(leaving);
        assert_int_equal(leaving->severity, LEE_SEVERITY_MEDIUM);
        assert_string_equal(leaving->severity_reasons, "permitted leaving_route");
        const lee_event *const ahead = find(k, "beyond", LEE_EVENT_PREDICTED, NULL);
        const lee_event *const off = find(k, "a", LEE_EVENT_PRESENT, "permit_route");
        assert_true(leaving->t_us < off->t_us); /* 9 s behind the bend */
        assert_int_equal(off->t_us, 1010 * S);
        assert_int_equal(off->severity, LEE_SEVERITY_HIGH);
        /* 14 s behind it "beyond" begins. */
        assert_true(ahead->t_us <= 1010 * S);
        assert_int_equal(find(k, "beyond", LEE_EVENT_ENTERED, NULL)->t_us, 1014 * S);
        kit_stop(k);
    }
}

static void a_zone_is_not_warned_of_before_its_route_leads_in_and_is_beside_the_route(void **state)
{
    (void)state;
    const lee_permit permit = permit_on_route();
    for (int chance = 0; chance <= 90; chance += 90) {
        /* "a" begins 35.4 km before the bend: 344 s. */
        kit *k = start(chance, &permit);
        fly(k, 50.5, -480, -340, false);
        assert_null(find(k, "a", LEE_EVENT_PREDICTED, NULL));
        assert_non_null(find(k, "a", LEE_EVENT_ENTERED, "permitted"));
        kit_stop(k);
        k = start(chance, &permit);
        fly(k, 50.52, -480, -350, false); /* 2.2 km beside it */
        const lee_event *const ahead = find(k, "a", LEE_EVENT_PREDICTED, NULL);
        assert_non_null(ahead);
        assert_non_null(strstr(ahead->severity_reasons, "permit_route"));
        kit_stop(k);
    }
}

/* On the route, but across it: at its place it has leave, where it enters it has none. */
static void who_leaves_the_route_before_the_zone_is_warned_of(void **state)
{
    (void)state;
    const lee_permit permit = permit_on_route();
    for (int chance = 0; chance <= 90; chance += 90) {
        kit *const k = start(chance, &permit);
        /* North-east, 60 degrees: 500 m east of where it is on the line "a" begins 7 km on. */
        for (int t = 0; t <= 8; t += 2) {
            kit_fly(k, 1000 + t, 50.5 + 0.5 * SPEED_MPS * t / METRES_PER_DEGREE,
                    9.95 + 0.866 * east_by(50.5) * t, 3000, 200, 60, 0);
        }
        assert_non_null(find(k, "a", LEE_EVENT_PREDICTED, NULL));
        kit_stop(k);
    }
}

static void a_permit_that_asks_for_no_route_is_leave_beside_one_that_does(void **state)
{
    (void)state;
    lee_permit permits[2] = {permit_on_route(), permit_on_route()};
    permits[1].id = "any";
    permits[1].route = (lee_area){NULL, 0};
    kit *const k = start(90, NULL);
    assert_int_equal(lee_watch_set_permits(k->watch, &(lee_permit_list){permits, 2}, 1), LEE_OK);
    fly(k, 50.5, -480, 30, false);
    assert_null(find(k, "a", LEE_EVENT_PREDICTED, NULL));
    assert_null(find(k, "a", LEE_EVENT_UPDATED, "leaving_route"));
    kit_stop(k);
}

static void what_the_permit_does_not_hold_for_is_no_lane(void **state)
{
    (void)state;
    lee_permit permit = permit_on_route();
    permit.ceiling = (lee_alt_limit){LEE_LIMIT_VALUE, {2000, LEE_ALT_STD}};
    kit *k = start(90, &permit);
    fly(k, 50.5, -480, -350, false); /* at 3000 ft */
    assert_non_null(find(k, "a", LEE_EVENT_PREDICTED, NULL));
    kit_stop(k);
    permit = permit_on_route();
    permit.to_us = 650 * S; /* 6 s before it enters */
    k = start(90, &permit);
    fly(k, 50.5, -480, -352, false);
    const lee_event *const ahead = find(k, "a", LEE_EVENT_PREDICTED, NULL);
    assert_non_null(ahead);
    assert_true(ahead->t_us < 640 * S);
    kit_stop(k);
}

/* "a" is a corridor with the route as its axis, open to anybody, 1,000 to 5,000 ft. */
static kit *start_in_corridor(bool has_axis, lee_zone_entry entry)
{
    static kit k;
    k = (kit){0};
    kit_zone(&k, "a", 50, 10);
    kit_zone(&k, "beyond", 50, 10);
    lee_point *const p = k.points[1];
    p[0] = (lee_point){502000000, 105200000};
    p[1] = (lee_point){502000000, 108000000};
    p[2] = (lee_point){508000000, 108000000};
    p[3] = (lee_point){508000000, 105200000};
    k.zones[0].kind = LEE_ZONE_CORRIDOR;
    k.zones[0].entry = entry;
    k.zones[0].axis = has_axis ? there_and_back : NULL;
    k.zones[0].axis_count = has_axis ? 3 : 0;
    k.zones[1].lower = k.zones[1].upper = (lee_alt_limit){.kind = LEE_LIMIT_SFC};
    k.zones[1].upper.kind = LEE_LIMIT_UNL;
    k.zones[1].watch.look_ahead_s = 120;
    k.zones[1].watch.warning_time_s = 60;
    k.zones[1].watch.alert_chance_pct = 80;
    kit_start(&k);
    return &k;
}

static const lee_event *warned_of_beyond(bool has_axis, lee_zone_entry entry, int32_t alt_ft)
{
    kit *const k = start_in_corridor(has_axis, entry);
    for (int t = -400; t <= -2; t += 2) {
        kit_fly(k, 1000 + t, 50.5, BEND_LON + east_by(50.5) * t, alt_ft, 200, 90, 0);
    }
    const lee_event *const told = find(k, "beyond", LEE_EVENT_PREDICTED, NULL);
    kit_stop(k);
    return told;
}

static void who_may_be_in_a_corridor_is_expected_to_follow_its_axis(void **state)
{
    (void)state;
    assert_null(warned_of_beyond(true, LEE_ENTRY_ALLOW, 3000));
    assert_non_null(warned_of_beyond(false, LEE_ENTRY_ALLOW, 3000));
    assert_non_null(warned_of_beyond(true, LEE_ENTRY_DENY, 3000));
    assert_non_null(warned_of_beyond(true, LEE_ENTRY_ALLOW, 6000)); /* above the corridor */
}

static void who_misses_the_bend_of_the_axis_is_warned_of(void **state)
{
    (void)state;
    kit *const k = start_in_corridor(true, LEE_ENTRY_ALLOW);
    fly(k, 50.5, -400, 12, false);
    assert_non_null(find(k, "beyond", LEE_EVENT_PREDICTED, NULL));
    kit_stop(k);
}

typedef struct {
    double follows;
    double way_following;
    bool is_said;
    lee_trace trace;
} said;

static void hear(void *context, const lee_trace *trace)
{
    said *const s = context;
    for (uint32_t i = 0; i < trace->value_count; i++) {
        if (strcmp(trace->values[i].key, "way_following") == 0) {
            s->way_following = (double)trace->values[i].value * 1e-3;
        }
        if (strcmp(trace->values[i].key, "follows") == 0) {
            s->follows = (double)trace->values[i].value * 1e-3;
            s->is_said = true;
            s->trace = *trace;
        }
    }
}

static said last_said_of(kit *k, double lat_by, int from_s)
{
    const lee_target target = lee_target_icao24(0xABCDEF, true);
    said s = {0};
    lee_watch_trace(k->watch, &target, "beyond", hear, &s);
    for (int t = from_s; t <= -20; t += 2) {
        /* To and fro across the line, in swings of 24 s. */
        const int phase = (t + 4800) % 24;
        const double off = lat_by * (phase < 12 ? phase - 6 : 18 - phase);
        kit_fly(k, 1000 + t, 50.5 + off, BEND_LON + east_by(50.5) * t, 3000, 200,
                lat_by == 0  ? 90
                : t >= -24   ? 90
                : phase < 12 ? 60
                             : 120,
                0);
    }
    kit_stop(k);
    return s;
}

static said last_said(double lat_by, int from_s)
{
    const lee_permit permit = permit_on_route();
    return last_said_of(start(90, &permit), lat_by, from_s);
}

static void assert_said(const said *s, const char *words)
{
    lee_buffer text;
    lee_buffer_init(&text, 16384);
    lee_trace_write_words(&s->trace, &text);
    char copy[4096] = {0};
    memcpy(copy, text.bytes, text.length < sizeof copy ? text.length : sizeof copy - 1);
    assert_non_null(strstr(copy, words));
    lee_buffer_free(&text);
}

static void the_weight_of_the_route_is_learned_and_explained(void **state)
{
    (void)state;
    const said fresh = last_said(0, -60);
    const said kept = last_said(0, -480);
    const said astray = last_said(0.0005, -480);
    assert_true(fresh.is_said && kept.is_said && astray.is_said);
    assert_true(fresh.follows > 0.6 && fresh.follows < 0.75);
    assert_true(kept.follows > 0.85 && kept.follows <= 0.95);
    assert_true(astray.follows < kept.follows - 0.15);
    assert_said(&kept, "It is expected to follow the route of permit convoy");
    const said axis = last_said_of(start_in_corridor(true, LEE_ENTRY_ALLOW), 0, -480);
    assert_true(axis.is_said && axis.follows > 0.8);
    assert_said(&axis, "It is expected to follow the axis of corridor a");
}

/* Whatever they name their target by. */
static void of_two_routes_the_first_of_the_file_is_followed(void **state)
{
    (void)state;
    lee_permit permits[2] = {permit_on_route(), permit_on_route()};
    permits[0].id = "first";
    permits[0].target = "icao24:abc*";
    permits[0].match = LEE_PERMIT_PREFIX;
    kit *const k = start(90, NULL);
    assert_int_equal(lee_watch_set_permits(k->watch, &(lee_permit_list){permits, 2}, 1), LEE_OK);
    const said s = last_said_of(k, 0, -480);
    assert_true(s.is_said);
    assert_said(&s, "It is expected to follow the route of permit first");
}

/* The route ends at the bend; beyond it lies a strip along where it would go on, 220 m wide. How
 * much of what is expected leads into it, of who flies east at the latitude until the instant. */
static double way_into_strip(double lat, int until_s)
{
    static const lee_point straight[] = {{505000000, 90000000}, {505000000, 105000000}};
    static const lee_ring line = {straight, 2};
    lee_permit permit = permit_on_route();
    permit.route = (lee_area){&line, 1};
    kit *const k = start(90, NULL);
    lee_point *const p = k->points[1];
    p[0] = (lee_point){504990000, 105500000};
    p[1] = (lee_point){504990000, 108000000};
    p[2] = (lee_point){505010000, 108000000};
    p[3] = (lee_point){505010000, 105500000};
    lee_zone_set *set;
    assert_int_equal(lee_zone_set_build(&k->list, &set), LEE_OK);
    assert_int_equal(lee_watch_set_zones(k->watch, set, 8, 1), LEE_OK);
    lee_zone_set_free(k->set);
    k->set = set;
    assert_int_equal(lee_watch_set_permits(k->watch, &(lee_permit_list){&permit, 1}, 1), LEE_OK);
    const lee_target target = lee_target_icao24(0xABCDEF, true);
    said s = {0};
    lee_watch_trace(k->watch, &target, "beyond", hear, &s);
    fly(k, lat, -60, until_s, false);
    assert_true(s.is_said && s.follows > 0.5);
    kit_stop(k);
    return s.way_following;
}

static void the_way_back_to_a_route_that_ends_leads_to_where_it_would_go_on(void **state)
{
    (void)state;
    assert_true(way_into_strip(50.5054, -6) > 0.5); /* 600 m beside it */
    for (int until_s = 2; until_s <= 6; until_s += 2) {
        /* Past its end, and nearest to that. */
        assert_true(way_into_strip(50.5011, until_s) > 0.5);
        assert_true(way_into_strip(50.4987, until_s) > 0.5);
    }
}

/* The route turns north at the bend and ends; the zone of the permit lies beyond, 7.8 km behind the
 * bend, where the straight line never leads. */
static void a_zone_round_the_bend_of_a_route_is_warned_of_before_the_bend(void **state)
{
    (void)state;
    static const lee_point turn[] = {{505000000, 90000000},
                                     {505000000, 105000000},
                                     {505300000, 105000000},
                                     {505000000, 105000000}};
    static const lee_ring line = {turn, 4};
    lee_permit permit = permit_on_route();
    permit.route = (lee_area){&line, 1};
    static kit k;
    k = (kit){0};
    lee_zone *const zone = kit_zone(&k, "a", 50, 10);
    lee_point *const p = k.points[0];
    p[0] = (lee_point){505700000, 104500000};
    p[1] = (lee_point){505700000, 105500000};
    p[2] = (lee_point){506000000, 105500000};
    p[3] = (lee_point){506000000, 104500000};
    zone->watch.look_ahead_s = 120;
    zone->watch.warning_time_s = 120;
    kit_start(&k);
    assert_int_equal(lee_watch_set_permits(k.watch, &(lee_permit_list){&permit, 1}, 0), LEE_OK);
    fly(&k, 50.5, -400, -10, false);
    assert_non_null(find(&k, "a", LEE_EVENT_PREDICTED, NULL));
    kit_stop(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_permit_the_straight_way_is_warned_of),
        cmocka_unit_test(nobody_is_warned_of_who_follows_its_route_round_a_bend),
        cmocka_unit_test(who_misses_the_bend_is_warned_of_before_it_is_off_the_route),
        cmocka_unit_test(a_zone_is_not_warned_of_before_its_route_leads_in_and_is_beside_the_route),
        cmocka_unit_test(who_leaves_the_route_before_the_zone_is_warned_of),
        cmocka_unit_test(a_permit_that_asks_for_no_route_is_leave_beside_one_that_does),
        cmocka_unit_test(what_the_permit_does_not_hold_for_is_no_lane),
        cmocka_unit_test(who_may_be_in_a_corridor_is_expected_to_follow_its_axis),
        cmocka_unit_test(who_misses_the_bend_of_the_axis_is_warned_of),
        cmocka_unit_test(the_weight_of_the_route_is_learned_and_explained),
        cmocka_unit_test(of_two_routes_the_first_of_the_file_is_followed),
        cmocka_unit_test(a_zone_round_the_bend_of_a_route_is_warned_of_before_the_bend),
        cmocka_unit_test(the_way_back_to_a_route_that_ends_leads_to_where_it_would_go_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
