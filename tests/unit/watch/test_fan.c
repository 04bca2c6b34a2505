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

static void start(scene *s, double from_lat_m, double from_lon_m)
{
    *s = (scene){0};
    lee_box box = {{INT32_MAX, INT32_MAX}, {INT32_MIN, INT32_MIN}};
    for (int i = 0; i < CORNERS; i++) {
        const double far = roll(1000, 4000) / 0.0111195;
        const double angle = i * 6.283185307 / CORNERS;
        lee_point *const p = &s->corners[i];
        *p = (lee_point){100000000 + (int32_t)(far * sin(angle)),
                         100000000 + (int32_t)(far * cos(angle))};
        box.min.lat_e7 = p->lat_e7 < box.min.lat_e7 ? p->lat_e7 : box.min.lat_e7;
        box.min.lon_e7 = p->lon_e7 < box.min.lon_e7 ? p->lon_e7 : box.min.lon_e7;
        box.max.lat_e7 = p->lat_e7 > box.max.lat_e7 ? p->lat_e7 : box.max.lat_e7;
        box.max.lon_e7 = p->lon_e7 > box.max.lon_e7 ? p->lon_e7 : box.max.lon_e7;
    }
    s->ring = (lee_ring){s->corners, CORNERS};
    s->zone.area = (lee_area){&s->ring, 1};
    const lee_zone_list list = {&s->zone, 1};
    assert_int_equal(lee__ways_make(&list, &s->ways), LEE_OK);
    s->sight.ways = &s->ways;
    s->sight.box = box;
    s->sight.origin = (lee_point){100000000 + (int32_t)(from_lat_m / 0.0111195),
                                  100000000 + (int32_t)(from_lon_m / 0.0111195)};
    s->sight.until_s = HORIZON_S;
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

static void draw(lee_fan *fan, double turn_deg_s)
{
    const lee_fan_motion motion = {.speed_mps = roll(40, 150),
                                   .track_deg = roll(0, 360),
                                   .narrow = 0.98480775,
                                   .turn_deg_s = turn_deg_s,
                                   .unrest = 0.02};
    lee__ahead_draw(&motion, HORIZON_S, fan);
    if (!fan->turns) {
        lee__ahead_begin_turns(fan);
    }
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
    lee_fan_sight sight = {.ways = &ways,
                           .box = {{100000000, 99990000}, {100040000, 100020000}},
                           .origin = {99990000, 100000000},
                           .until_s = HORIZON_S};
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
        cmocka_unit_test(a_turn_bends_to_its_side_and_its_chords_keep_its_length),
        cmocka_unit_test(the_ways_of_a_straight_fan_have_the_weight_of_one_in_all),
        cmocka_unit_test(a_comb_is_entered_at_its_first_tooth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
