/* The ways ahead against walking along them. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "watch/fan.h"

#define CORNERS 10
#define HORIZON_S 72.0

static uint64_t seed = 11;
static double roll(double from, double to)
{
    seed += UINT64_C(0x9E3779B97F4A7C15);
    uint64_t z = seed;
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return from + (to - from) * (double)((z ^ z >> 31) >> 11) / 9007199254740992.0;
}

/* A star around 10 degrees north and east, and what the fan asks of it. */
typedef struct {
    lee_point corners[CORNERS];
    lee_ring ring;
    lee_zone zone;
    lee_ways ways;
    lee_fan_sight sight;
} scene;

static void start_sized(scene *s, double size, double from_lat_m, double from_lon_m)
{
    *s = (scene){0};
    for (int i = 0; i < CORNERS; i++) {
        const double far = size * roll(1000, 4000) / 0.0111195;
        const double angle = i * 6.283185307 / CORNERS;
        s->corners[i] = (lee_point){100000000 + (int32_t)(far * sin(angle)),
                                    100000000 + (int32_t)(far * cos(angle))};
    }
    s->ring = (lee_ring){s->corners, CORNERS};
    s->zone.area = (lee_area){&s->ring, 1};
    const lee_zone_list list = {&s->zone, 1};
    assert_int_equal(lee__ways_make(&list, &s->ways), LEE_OK);
    s->sight.ways = &s->ways;
    s->sight.origin = (lee_point){100000000 + (int32_t)(from_lat_m / 0.0111195),
                                  100000000 + (int32_t)(from_lon_m / 0.0111195)};
    s->sight.until_s = HORIZON_S;
}

static void start(scene *s, double from_lat_m, double from_lon_m)
{
    start_sized(s, 1.0, from_lat_m, from_lon_m);
}

static bool holds(const scene *s, double lat, double lon)
{
    bool in = false;
    for (int i = 0, j = CORNERS - 1; i < CORNERS; j = i++) {
        const double a_lat = s->corners[i].lat_e7;
        const double a_lon = s->corners[i].lon_e7;
        const double b_lat = s->corners[j].lat_e7;
        const double b_lon = s->corners[j].lon_e7;
        if ((a_lat > lat) != (b_lat > lat) &&
            lon < (b_lon - a_lon) * (lat - a_lat) / (b_lat - a_lat) + a_lon) {
            in = !in;
        }
    }
    return in;
}

/* Where the way is at t_s, by its places: first the trunk's, then its own. */
static lee_fan_place place_at(const lee_fan *fan, uint32_t way, double t_s)
{
    const lee_fan_way *const on =
        way > 0 && t_s >= fan->ways[way].branch_s ? &fan->ways[way] : &fan->ways[0];
    uint32_t i = on->first;
    while (i + 1 < on->last && fan->places[i + 1].t_s < t_s) {
        i++;
    }
    const lee_fan_place a = fan->places[i];
    const lee_fan_place b = fan->places[i + 1];
    const double at = (t_s - a.t_s) / (b.t_s - a.t_s);
    return (lee_fan_place){a.lat + at * (b.lat - a.lat), a.lon + at * (b.lon - a.lon), t_s};
}

/* The first tenth of a second in the area; negative: none. */
static double step_in(const scene *s, const lee_fan *fan, uint32_t way, double until_s)
{
    const double from_s = fan->ways[way].only_beyond ? fan->ways[way].branch_s : 0.0;
    for (double t_s = fmax(s->sight.from_s, 0.0); t_s <= until_s; t_s += 0.1) {
        const lee_fan_place p = place_at(fan, way, t_s);
        if (holds(s, s->sight.origin.lat_e7 + p.lat, s->sight.origin.lon_e7 + p.lon)) {
            return t_s > from_s ? t_s : -1.0;
        }
    }
    return -1.0;
}

static lee_fan_motion motion_of(double turn_deg_s, double speed_mps)
{
    return (lee_fan_motion){.speed_mps = speed_mps,
                            .track_deg = roll(0, 360),
                            .narrow = 0.98480775,
                            .turn_deg_s = turn_deg_s,
                            .unrest = 0.02};
}

static void draw(lee_fan *fan, double turn_deg_s)
{
    const lee_fan_motion motion = motion_of(turn_deg_s, roll(40, 150));
    lee__ahead_draw(&motion, HORIZON_S, fan);
    if (!fan->turns) {
        lee__ahead_begin_turns(fan);
    }
}

/* A turn that nothing was near to is not drawn: here it is, by an altitude that fits only at its
 * end, in an area that is everywhere. */
static void draw_waiting(lee_fan *fan, const lee_fan_sight *sight, uint32_t way)
{
    lee_fan_sight everywhere = *sight;
    lee_fan_place entry;
    everywhere.in_area = true;
    everywhere.is_crowded = false;
    everywhere.has_many = false;
    everywhere.trunk_count = 0;
    everywhere.run_count = 0;
    everywhere.from_s = HORIZON_S;
    everywhere.until_s = HORIZON_S;
    (void)lee__ahead_enters(fan, &everywhere, way, &entry);
    assert_false(fan->ways[way].waits);
}

/* Each way of random fans against random stars, with bands that open and close on the way, beside
 * walking along it in steps of a tenth of a second. Entries of less than a step may be missed by
 * the walk. */
static void every_way_enters_where_walking_along_it_does(void **state)
{
    (void)state;
    static lee_fan fan;
    uint32_t entries = 0;
    uint32_t ways = 0;
    uint32_t others = 0;
    for (int round = 0; round < 600; round++) {
        scene s;
        start(&s, roll(-7000, 7000), roll(-7000, 7000));
        const double turn_deg_s = round % 3 == 0 ? 0.0 : roll(-6, 6);
        draw(&fan, turn_deg_s);
        s.sight.in_area = holds(&s, s.sight.origin.lat_e7, s.sight.origin.lon_e7);
        s.sight.from_s = round % 2 ? roll(0, 40) : s.sight.in_area ? 5.0 : 0.0;
        s.sight.until_s = roll(s.sight.from_s, HORIZON_S);
        lee__ahead_look(&fan, &s.sight);
        for (uint32_t way = 0; way < fan.way_count; way++) {
            lee_fan_place entry;
            const bool enters = lee__ahead_enters(&fan, &s.sight, way, &entry);
            draw_waiting(&fan, &s.sight, way);
            const double walked_s = step_in(&s, &fan, way, s.sight.until_s);
            ways++;
            entries += enters;
            if (!enters || walked_s < 0.0) {
                others += enters != (walked_s >= 0.0);
                continue;
            }
            if (fabs(entry.t_s - walked_s) > 0.11) {
                others++;
                continue;
            }
            const lee_fan_place at = place_at(&fan, way, entry.t_s);
            assert_true(fabs(at.lat - entry.lat) < 2.0 && fabs(at.lon - entry.lon) < 2.0);
        }
        lee__ways_free(&s.ways);
    }
    assert_true(ways > 4000 && entries > 500);
    /* The arcs of a fan that goes straight with a small turn leave from beside the trunk. */
    assert_true(others <= 10);
}

/* When the way first meets any edge, by every chord and edge; negative: never. */
static double meets_at(const scene *s, const lee_fan *fan, uint32_t number)
{
    const lee_fan_way *const way = &fan->ways[number];
    const lee_point origin = s->sight.origin;
    double first_s = HUGE_VAL;
    for (uint32_t w = number > 0 && way->branch_s > 0.0 ? 0 : number; w <= number;
         w += number > w ? number - w : 1) {
        for (uint32_t i = fan->ways[w].first; i < fan->ways[w].last; i++) {
            const lee_fan_place *const a = &fan->places[i];
            const lee_fan_place *const b = &fan->places[i + 1];
            for (int k = 0; k < CORNERS; k++) {
                const lee_point p = s->corners[k];
                const lee_point q = s->corners[(k + 1) % CORNERS];
                const double lat = (double)p.lat_e7 - origin.lat_e7 - a->lat;
                const double lon = (double)p.lon_e7 - origin.lon_e7 - a->lon;
                const double lat_by = (double)q.lat_e7 - p.lat_e7;
                const double lon_by = (double)q.lon_e7 - p.lon_e7;
                const double size = (b->lon - a->lon) * lat_by - (b->lat - a->lat) * lon_by;
                const double at = (lon * lat_by - lat * lon_by) / size;
                const double along = (lon * (b->lat - a->lat) - lat * (b->lon - a->lon)) / size;
                const double t_s = a->t_s + at * (b->t_s - a->t_s);
                const bool counts = w == number || t_s < way->branch_s;
                if (at >= 0.0 && at <= 1.0 && along >= 0.0 && along <= 1.0 && counts) {
                    first_s = fmin(first_s, t_s);
                }
            }
        }
    }
    return first_s > HORIZON_S || (way->only_beyond && first_s <= way->branch_s) ? -1.0 : first_s;
}

/* Any place on any way, all of it drawn. */
static lee_fan_place some_place(const lee_fan_motion *motion)
{
    static lee_fan fan;
    scene s;
    start(&s, 0.0, 0.0);
    lee__ahead_draw(motion, HORIZON_S, &fan);
    if (!fan.turns) {
        lee__ahead_begin_turns(&fan);
    }
    for (uint32_t way = 0; way < fan.way_count; way++) {
        draw_waiting(&fan, &s.sight, way);
    }
    lee__ways_free(&s.ways);
    const uint32_t way = (uint32_t)roll(0, fan.way_count);
    return place_at(&fan, way, roll(fan.ways[way].branch_s, HORIZON_S));
}

/* What is quickly left out, runs by their boxes, edges by the line of a chord or the circles around
 * a turn, turns that are not drawn: none of it is met, by slow and by fast targets, at stars of all
 * sizes around any place ahead. */
static void nothing_that_a_way_meets_is_left_out(void **state)
{
    (void)state;
    static lee_fan fan;
    uint32_t entries = 0;
    uint32_t ways = 0;
    for (int round = 0; round < 6000; round++) {
        const lee_fan_motion motion =
            motion_of(round % 3 == 0 ? 0.0 : roll(-6, 6), exp(roll(0, 6)));
        const lee_fan_place at = some_place(&motion);
        const double reach_m = motion.speed_mps * HORIZON_S;
        const double size = reach_m / 4000.0 * exp(roll(-6.0, 2.0));
        scene s;
        start_sized(&s, size, -at.lat * 0.0111195 + size * roll(-3000, 3000),
                    -at.lon * 0.0111195 + size * roll(-3000, 3000));
        s.sight.soonest_s = lee__ahead_soonest_s(
            &s.sight, motion.speed_mps / LEE_PLANE_METRES_PER_E7, motion.narrow);
        lee__ahead_draw(&motion, HORIZON_S, &fan);
        if (holds(&s, s.sight.origin.lat_e7, s.sight.origin.lon_e7)) {
            lee__ways_free(&s.ways);
            continue;
        }
        lee__ahead_look(&fan, &s.sight);
        if (!fan.turns) {
            lee__ahead_begin_turns(&fan);
            lee__ahead_look_again(&fan, &s.sight);
        }
        for (uint32_t way = 0; way < fan.way_count; way++) {
            lee_fan_place entry;
            const bool enters = lee__ahead_enters(&fan, &s.sight, way, &entry);
            if (!enters) {
                draw_waiting(&fan, &s.sight, way);
            }
            if (fan.drifts && fan.ways[way].only_beyond) {
                continue; /* it starts beside the trunk, where an edge may pass between */
            }
            const double meets_s = meets_at(&s, &fan, way);
            assert_int_equal(enters, meets_s >= 0.0);
            assert_true(!enters || fabs(entry.t_s - meets_s) < 1e-6);
            ways++;
            entries += enters;
        }
        lee__ways_free(&s.ways);
    }
    assert_true(ways > 10000 && entries > 1000);
}

/* Stars in all directions and at all distances, most of them ahead. The bound is close where the
 * way leads straight to the nearest corner. */
static void no_way_enters_sooner_than_its_speed_allows(void **state)
{
    (void)state;
    static lee_fan fan;
    uint32_t entries = 0;
    double closest = 0.0;
    for (int round = 0; round < 6000; round++) {
        const lee_fan_motion motion =
            motion_of(round % 3 == 0 ? 0.0 : roll(-6, 6), exp(roll(0, 6)));
        const lee_fan_place at = some_place(&motion);
        const double size = motion.speed_mps * HORIZON_S / 4000.0 * exp(roll(-6.0, 0.0));
        scene s;
        start_sized(&s, size, -at.lat * 0.0111195, -at.lon * 0.0111195);
        const double soonest_s = lee__ahead_soonest_s(
            &s.sight, motion.speed_mps / LEE_PLANE_METRES_PER_E7, motion.narrow);
        lee__ahead_draw(&motion, HORIZON_S, &fan);
        if (!fan.turns) {
            lee__ahead_begin_turns(&fan);
        }
        lee__ahead_look(&fan, &s.sight);
        for (uint32_t way = 0; way < fan.way_count; way++) {
            lee_fan_place entry;
            if (!holds(&s, s.sight.origin.lat_e7, s.sight.origin.lon_e7) &&
                lee__ahead_enters(&fan, &s.sight, way, &entry)) {
                assert_true(entry.t_s >= soonest_s);
                closest = fmax(closest, soonest_s / entry.t_s);
                entries++;
            }
        }
        lee__ways_free(&s.ways);
    }
    assert_true(entries > 3000 && closest > 0.97);
}

static void a_zone_that_moves_may_be_met_at_once(void **state)
{
    (void)state;
    scene s;
    start(&s, 50000.0, 50000.0);
    assert_true(lee__ahead_soonest_s(&s.sight, 9000.0, 0.98) > 600.0);
    assert_true(lee__ahead_soonest_s(&s.sight, 0.0, 0.98) > 1e9); /* at rest: never */
    s.sight.moves = true;
    assert_true(lee__ahead_soonest_s(&s.sight, 9000.0, 0.98) <= 0.0);
    lee__ways_free(&s.ways);
}

static void a_turn_bends_to_its_side_and_its_chords_keep_its_length(void **state)
{
    (void)state;
    static lee_fan fan;
    const lee_fan_motion motion = {
        .speed_mps = 100.0, .track_deg = 0.0, .narrow = 1.0, .turn_deg_s = 3.0, .unrest = 0.02};
    lee__ahead_draw(&motion, 60.0, &fan);
    assert_true(fan.turns);
    /* Half round to the right: two radii east. */
    const lee_fan_place *const end = &fan.places[fan.ways[0].last];
    const double radius_m = 100.0 / (3.0 * 3.14159265358979 / 180);
    assert_true(fabs(end->lon * 0.0111195 - 2 * radius_m) < 10.0);
    assert_true(fabs(end->lat * 0.0111195) < 10.0);
    assert_true(fabs(end->t_s - 60.0) < 1e-6);
    double sum = 0.0;
    for (uint32_t i = 0; i < fan.way_count; i++) {
        sum += fan.ways[i].weight;
    }
    assert_true(fabs(sum - 1.0) < 1e-9);
}

static void the_ways_of_a_straight_fan_have_the_weight_of_one_in_all(void **state)
{
    (void)state;
    static lee_fan fan;
    const lee_fan_motion motion = {
        .speed_mps = 40.0, .track_deg = 90.0, .narrow = 1.0, .turn_deg_s = 0.0, .unrest = 0.03};
    lee__ahead_draw(&motion, HORIZON_S, &fan);
    lee__ahead_begin_turns(&fan);
    double courses = 0.0;
    double turns = 0.0;
    for (uint32_t i = 0; i < fan.way_count; i++) {
        *(i < LEE_FAN_COURSES ? &courses : &turns) += fan.ways[i].weight;
    }
    assert_true(fabs(courses - 1.0) < 1e-9);
    assert_true(fabs(turns - fan.turns_weight) < 1e-9);
    assert_true(fabs(turns - (1.0 - exp(-0.03 * HORIZON_S))) < 1e-9);
}

/* More edges than are remembered: the first of them is the entry. */
static void a_comb_is_entered_at_its_first_tooth(void **state)
{
    (void)state;
    static lee_fan fan;
    static lee_point teeth[202];
    for (int i = 0; i < 100; i++) {
        teeth[2 * i] = (lee_point){100000000 + i * 400, i % 2 ? 100010000 : 99990000};
        teeth[2 * i + 1] = (lee_point){100000200 + i * 400, i % 2 ? 100010000 : 99990000};
    }
    teeth[200] = (lee_point){100040000, 100020000};
    teeth[201] = (lee_point){100000000, 100020000};
    lee_ring ring = {teeth, 202};
    lee_zone zone = {.area = {&ring, 1}};
    const lee_zone_list list = {&zone, 1};
    lee_ways ways;
    assert_int_equal(lee__ways_make(&list, &ways), LEE_OK);
    const lee_fan_motion motion = {.speed_mps = 60.0, .track_deg = 0.0, .narrow = 1.0};
    lee__ahead_draw(&motion, HORIZON_S, &fan);
    lee_fan_sight sight = {.ways = &ways, .origin = {99990000, 100000000}, .until_s = HORIZON_S};
    lee__ahead_look(&fan, &sight);
    assert_true(sight.has_many);
    assert_true(sight.is_crowded);
    lee_fan_place entry;
    assert_true(lee__ahead_enters(&fan, &sight, 0, &entry));
    assert_true(entry.t_s > 1.8 && entry.t_s < 2.0);
    lee__ways_free(&ways);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_way_enters_where_walking_along_it_does),
        cmocka_unit_test(nothing_that_a_way_meets_is_left_out),
        cmocka_unit_test(no_way_enters_sooner_than_its_speed_allows),
        cmocka_unit_test(a_zone_that_moves_may_be_met_at_once),
        cmocka_unit_test(a_turn_bends_to_its_side_and_its_chords_keep_its_length),
        cmocka_unit_test(the_ways_of_a_straight_fan_have_the_weight_of_one_in_all),
        cmocka_unit_test(a_comb_is_entered_at_its_first_tooth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
