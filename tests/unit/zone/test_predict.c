#include "leeward/zone_predict.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "geo/area.h"
#include "geo/distance.h"
#include "geo/path.h"
#include "leeward/zone_import.h"
#include "zone/set.h"

enum { CORNERS = 24, ROOM = 4096, STRETCHES = 256 };

static uint64_t seed = 88172645463325252u;

static int32_t random_between(int32_t low, int32_t high)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (int32_t)(low + (int64_t)(seed >> 16) % ((int64_t)high - low + 1));
}

static lee_point place(int64_t lat, int64_t lon)
{
    lat = lat > LEE_LAT_MAX_E7 ? LEE_LAT_MAX_E7 : lat < -LEE_LAT_MAX_E7 ? -LEE_LAT_MAX_E7 : lat;
    lon = lon > LEE_LON_MAX_E7 ? LEE_LON_MAX_E7 : lon < -LEE_LON_MAX_E7 ? -LEE_LON_MAX_E7 : lon;
    return (lee_point){(int32_t)lat, (int32_t)lon};
}

/* --- by every zone and every vertex -----------------------------------------------------------
 */

static lee_path_stretch meet(lee_path_stretch a, lee_path_stretch b)
{
    return (lee_path_stretch){lee_ratio_max(a.from, b.from), lee_ratio_min(a.to, b.to)};
}

static bool has_length(lee_path_stretch s)
{
    return lee_ratio_compare(s.from, s.to) < 0;
}

/* Where a + (b - a) t is at or above the limit, or below it. */
static lee_path_stretch side_of(int64_t a, int64_t b, int64_t limit, bool above)
{
    static const lee_path_stretch none = {{1, 1}, {0, 1}};
    lee_path_stretch all = {{0, 1}, {1, 1}};
    const bool a_in = (a >= limit) == above;
    const bool b_in = (b >= limit) == above;
    if (a_in && b_in) {
        return all;
    }
    if (!a_in && !b_in) {
        return none;
    }
    const lee_ratio at = lee_ratio_make(llabs(limit - a), llabs(b - a));
    *(a_in ? &all.to : &all.from) = at;
    return all;
}

static bool brute_zone(const lee_zone *zone, const lee_zone_volume *v, const lee_zone_path *p,
                       lee_zone_passage *out)
{
    lee_path_stretch stretches[STRETCHES] = {{{0, 1}, {1, 1}}};
    const lee_point a = lee_point_canonical(p->from);
    const lee_point b = lee_point_canonical(p->to);
    size_t count = lee_area_contains(&zone->area, a);
    if (a.lat_e7 != b.lat_e7 || a.lon_e7 != b.lon_e7) {
        count = lee_area_path(&zone->area, a, b, stretches, STRETCHES);
    }
    assert_true(count <= STRETCHES);
    const int64_t span = p->to_us - p->from_us;
    for (size_t i = 0; i < count; i++) {
        lee_path_stretch s = stretches[i];
        if (p->has_alt) {
            s = meet(s, side_of(p->from_ft, p->to_ft, v->lower_ft, true));
            s = meet(s, side_of(p->from_ft, p->to_ft, v->upper_ft, false));
        }
        for (uint32_t k = 0; k < (v->schedule.always ? 1 : v->schedule.count); k++) {
            lee_path_stretch t = s;
            if (!v->schedule.always) {
                const lee_interval hours = v->schedule.intervals[k];
                if (span == 0 && (p->from_us < hours.from_us || p->from_us >= hours.to_us)) {
                    continue;
                }
                if (span > 0) {
                    t = meet(t, side_of(p->from_us, p->to_us, hours.from_us, true));
                    t = meet(t, side_of(p->from_us, p->to_us, hours.to_us, false));
                }
            }
            if (has_length(t)) {
                out->enter_us = p->from_us + lee_ratio_scale(t.from, span);
                out->leave_us = p->from_us + lee_ratio_scale(t.to, span);
                out->starts = t.from.num == 0;
                out->ends = t.to.num == t.to.den;
                out->alt_unknown =
                    !p->has_alt && (v->lower_ft != INT32_MIN || v->upper_ft != INT32_MAX);
                return true;
            }
        }
    }
    return false;
}

static int by_time(const void *a, const void *b)
{
    const lee_zone_passage *const x = a, *const y = b;
    return x->enter_us != y->enter_us ? (x->enter_us > y->enter_us ? 1 : -1)
                                      : (x->zone > y->zone) - (x->zone < y->zone);
}

static size_t brute(const lee_zone_list *list, const lee_zone_volume *volumes,
                    const lee_zone_path *p, lee_zone_passage *out)
{
    size_t count = 0;
    for (uint32_t z = 0; z < list->count; z++) {
        out[count].zone = z;
        count += brute_zone(&list->zones[z], &volumes[z], p, &out[count]);
        assert_true(count < ROOM);
    }
    qsort(out, count, sizeof *out, by_time);
    return count;
}

/* --- worlds -----------------------------------------------------------------------------------
 */

typedef struct {
    lee_zone *zones;
    lee_ring *rings;
    lee_point *points;
    lee_zone_volume *volumes;
    lee_zone_list list;
    lee_zone_set *set;
    lee_zone_predictor *predictor;
    lee_point centre;
    int32_t reach; /* zones and paths lie within it */
    int32_t lattice;
} world;

static const lee_interval hours[] = {{10, 25},
                                     {40, 41},
                                     {60, 200},
                                     {1000, 5000},
                                     {700000, 9000000},
                                     {20000000, 20000001},
                                     {31000000, 44000000}};

static world world_of(uint32_t count, lee_point centre, int32_t reach, int32_t lattice)
{
    world w = {.zones = calloc(count + 1u, sizeof(lee_zone)),
               .rings = calloc(count + 1u, sizeof(lee_ring)),
               .points = calloc((size_t)CORNERS * count + 1u, sizeof(lee_point)),
               .volumes = calloc(count + 1u, sizeof(lee_zone_volume)),
               .centre = centre,
               .reach = reach,
               .lattice = lattice};
    w.list = (lee_zone_list){w.zones, count};
    for (uint32_t z = 0; z < count; z++) {
        w.rings[z].points = w.points + (size_t)CORNERS * z;
        w.zones[z].area = (lee_area){&w.rings[z], 1};
        w.volumes[z] = (lee_zone_volume){INT32_MIN, INT32_MAX, {true, NULL, 0}};
        if (z % 3 == 1) {
            w.volumes[z].lower_ft = random_between(0, 10) * 100;
            w.volumes[z].upper_ft = w.volumes[z].lower_ft + random_between(1, 10) * 100;
        }
        if (z % 4 == 2) {
            w.volumes[z].schedule = (lee_schedule){false, hours, z % 8 == 2 ? 7 : 0};
        }
    }
    return w;
}

static lee_point somewhere(const world *w, int32_t reach)
{
    const int32_t steps = reach / w->lattice;
    return place(w->centre.lat_e7 + (int64_t)random_between(-steps, steps) * w->lattice,
                 w->centre.lon_e7 + (int64_t)random_between(-steps, steps) * w->lattice);
}

static void world_build(world *w)
{
    assert_int_equal(lee_zone_set_build(&w->list, &w->set), LEE_OK);
    assert_int_equal(lee_zone_predictor_create(w->set, w->volumes, &w->predictor), LEE_OK);
}

static void world_free(world *w)
{
    lee_zone_predictor_free(w->predictor);
    lee_zone_set_free(w->set);
    free(w->zones);
    free(w->rings);
    free(w->points);
    free(w->volumes);
}

/* Rings of any shape, their corners on a lattice. */
static world tangle(uint32_t count, lee_point centre, int32_t reach, int32_t size, int32_t lattice)
{
    world w = world_of(count, centre, reach, lattice);
    for (uint32_t z = 0; z < count; z++) {
        const lee_point middle = somewhere(&w, reach);
        w.rings[z].count = 3 + (uint32_t)random_between(0, CORNERS - 3);
        for (uint32_t i = 0; i < w.rings[z].count; i++) {
            const int32_t steps = size / lattice;
            w.points[CORNERS * z + i] =
                place(middle.lat_e7 + (int64_t)random_between(-steps, steps) * lattice,
                      middle.lon_e7 + (int64_t)random_between(-steps, steps) * lattice);
        }
    }
    return w;
}

/* Needles a unit wide that stand where cells meet: between the points of two cells. */
static world needles(uint32_t count)
{
    world w = world_of(count, place(0, 0), 1 << 18, 1);
    for (uint32_t z = 0; z < count; z++) {
        /* Grid coordinates are shifted by +180 and +90 degrees. */
        const int32_t cell = 1 << random_between(4, 16);
        const int32_t east = random_between(-8, 8) * cell - (int32_t)(1800000000u % (uint32_t)cell);
        const int32_t south = random_between(-8, 8) * cell - (int32_t)(900000000u % (uint32_t)cell);
        const int32_t lean = random_between(-1, 1);
        const int32_t length = cell * random_between(1, 6);
        const bool level = random_between(0, 1);
        const lee_point upright[] = {
            {south, east - 1}, {south + length, east - 1 + lean}, {south + length, east + lean}};
        const lee_point lying[] = {
            {south - 1, east}, {south - 1 + lean, east + length}, {south + lean, east + length}};
        memcpy(w.points + CORNERS * z, level ? lying : upright, sizeof upright);
        w.rings[z].count = 3;
    }
    return w;
}

/* Many rings through one place, some the same, some there and back. */
static world star(uint32_t count, int32_t size)
{
    world w = world_of(count, place(0, 0), size, 1);
    for (uint32_t z = 0; z < count; z++) {
        lee_point *const p = w.points + CORNERS * z;
        p[0] = (lee_point){7, 5};
        p[1] = somewhere(&w, size);
        p[2] = somewhere(&w, size);
        w.rings[z].count = 3;
        if (z % 5 == 4) {
            memcpy(p, p - CORNERS, 3 * sizeof *p);
            p[3] = p[1];
            p[4] = p[2];
            p[5] = p[0];
            p[6] = p[2];
            w.rings[z].count = 7;
        }
    }
    return w;
}

/* Rings a few units apart for their whole length, each edge there and back twice: wide leaves. */
static world bundle(uint32_t count, int32_t size)
{
    world w = world_of(count, place(0, 0), size, 1);
    for (uint32_t z = 0; z < count; z++) {
        const int32_t k = (int32_t)z;
        const lee_point corners[] = {{-size + k, -size - k}, {-size, size + k},
                                     {size - k, size},       {-size, size + k},
                                     {size - k, size},       {size / 3 + k, -size / 2 + 2 * k}};
        memcpy(w.points + CORNERS * z, corners, sizeof corners);
        w.rings[z].count = 6;
    }
    return w;
}

/* Squares that share their borders. */
static world neighbours(int32_t side)
{
    enum { ROWS = 10 };
    world w = world_of(ROWS * ROWS, place(0, 0), side * ROWS / 2, side / 2);
    for (int32_t z = 0; z < ROWS * ROWS; z++) {
        const int32_t south = (z / ROWS - ROWS / 2) * side;
        const int32_t west = (z % ROWS - ROWS / 2) * side;
        const lee_point corners[] = {
            {south, west}, {south, west + side}, {south + side, west + side}, {south + side, west}};
        memcpy(w.points + CORNERS * z, corners, sizeof corners);
        w.rings[z].count = 4;
    }
    return w;
}

/* --- paths ------------------------------------------------------------------------------------
 */

static lee_point on_an_edge(const world *w)
{
    const uint32_t z = (uint32_t)random_between(0, (int32_t)w->list.count - 1);
    const lee_ring ring = w->rings[z];
    const uint32_t i = (uint32_t)random_between(0, (int32_t)ring.count - 1);
    const lee_point a = ring.points[i], b = ring.points[(i + 1) % ring.count];
    const int64_t t = random_between(0, 8);
    return place(a.lat_e7 + ((int64_t)b.lat_e7 - a.lat_e7) * t / 8 + random_between(-1, 1) / 2,
                 a.lon_e7 + ((int64_t)b.lon_e7 - a.lon_e7) * t / 8 + random_between(-1, 1) / 2);
}

static lee_zone_path random_path(const world *w)
{
    lee_zone_path p = {.from = random_between(0, 2) ? somewhere(w, w->reach) : on_an_edge(w),
                       .from_us = random_between(0, 50),
                       .from_ft = random_between(0, 20) * 100,
                       .has_alt = random_between(0, 5) != 0};
    switch (random_between(0, 5)) {
    case 0:
        p.to = on_an_edge(w);
        break;
    case 1: /* level or upright */
        p.to = somewhere(w, w->reach);
        *(random_between(0, 1) ? &p.to.lat_e7 : &p.to.lon_e7) = 0;
        p.to.lat_e7 = p.to.lat_e7 ? p.to.lat_e7 : p.from.lat_e7;
        p.to.lon_e7 = p.to.lon_e7 ? p.to.lon_e7 : p.from.lon_e7;
        break;
    case 2: /* along an edge and on */
        p.from = on_an_edge(w);
        p.to = on_an_edge(w);
        break;
    case 3:
        p.to = random_between(0, 3) ? place(p.from.lat_e7 + random_between(-3, 3),
                                            p.from.lon_e7 + random_between(-3, 3))
                                    : p.from;
        break;
    default:
        p.to = somewhere(w, w->reach);
    }
    p.to_us = p.from_us + (random_between(0, 9) ? random_between(0, 2000) : 0);
    p.to_ft = random_between(0, 2) ? p.from_ft : random_between(0, 20) * 100;
    return p;
}

static void check_same(const lee_zone_path *p, const lee_zone_passage *got, size_t got_count,
                       const lee_zone_passage *want, size_t want_count)
{
    bool same = got_count == want_count;
    for (size_t i = 0; same && i < want_count; i++) {
        same = got[i].zone == want[i].zone && got[i].enter_us == want[i].enter_us &&
               got[i].leave_us == want[i].leave_us && got[i].starts == want[i].starts &&
               got[i].ends == want[i].ends && got[i].alt_unknown == want[i].alt_unknown;
        if (!same) {
            print_message("zone %u, not %u; %lld to %lld, not %lld to %lld\n", got[i].zone,
                          want[i].zone, (long long)got[i].enter_us, (long long)got[i].leave_us,
                          (long long)want[i].enter_us, (long long)want[i].leave_us);
        }
    }
    if (!same) {
        fail_msg("path %d %d to %d %d: %zu passages, not %zu", p->from.lat_e7, p->from.lon_e7,
                 p->to.lat_e7, p->to.lon_e7, got_count, want_count);
    }
}

enum { MANY = 50 };

static void check_world(world w, int rounds)
{
    static lee_zone_passage got[MANY * ROOM], want[ROOM];
    lee_zone_path paths[MANY];
    uint32_t ends[MANY];
    world_build(&w);
    for (int r = 0; r < rounds; r++) {
        for (int i = 0; i < MANY; i++) {
            paths[i] = random_path(&w);
        }
        size_t done;
        assert_int_equal(
            lee_zone_predictor_paths(w.predictor, paths, MANY, got, MANY * ROOM, ends, &done),
            LEE_OK);
        assert_int_equal(done, MANY);
        for (int i = 0; i < MANY; i++) {
            const uint32_t start = i ? ends[i - 1] : 0;
            const size_t count = brute(&w.list, w.volumes, &paths[i], want);
            check_same(&paths[i], got + start, ends[i] - start, want, count);
        }
    }
    world_free(&w);
}

static void scattered_zones_are_met_as_every_zone_by_itself_says(void **state)
{
    (void)state;
    check_world(tangle(300, place(470000000, 80000000), 30000000, 3000000, 1), 60);
    check_world(tangle(40, place(-330000000, -1790000000), 90000000, 20000000, 7), 60);
    check_world(tangle(3, place(0, 0), 1000, 500, 1), 60);
}

static void ties_are_broken_as_the_predicate_breaks_them(void **state)
{
    (void)state;
    check_world(tangle(60, place(0, 0), 20, 8, 1), 200);
    check_world(tangle(200, place(0, 0), 1 << 20, 1 << 18, 1 << 16), 60);
    check_world(tangle(30, place(123456, 654321), 4000, 2000, 500), 200);
}

static void edges_between_the_points_of_two_cells_are_met(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++) {
        check_world(needles(60), 20);
    }
}

static void crowds_of_edges_through_one_place_and_side_by_side_are_met(void **state)
{
    (void)state;
    check_world(star(150, 1 << 20), 30);
    check_world(bundle(80, 1 << 18), 30);
    check_world(bundle(80, 90), 30);
}

static void paths_over_the_antimeridian_and_up_to_the_poles_are_exact(void **state)
{
    (void)state;
    check_world(tangle(60, place(100000000, 1800000000), 300000000, 90000000, 1), 40);
    check_world(tangle(60, place(100000000, -1800000000), 300000000, 90000000, 1000000), 40);
    check_world(tangle(60, place(900000000, 0), 300000000, 90000000, 1000000), 40);
    check_world(tangle(60, place(-900000000, 1700000000), 300000000, 90000000, 1), 40);
    check_world(tangle(40, place(0, 0), 1800000000, 900000000, 1), 40);
    check_world(tangle(20, place(0, 0), 1800000000, 1800000000, 90000000), 40);
}

/* --- turns ------------------------------------------------------------------------------------
 */

static lee_zone_motion turning(int32_t turn_deg_s_e3)
{
    return (lee_zone_motion){.point = {470000000, 80000000},
                             .t_us = 1000,
                             .speed_kt_e3 = 300000,
                             .track_deg_e3 = 90000,
                             .turn_deg_s_e3 = turn_deg_s_e3,
                             .alt_ft = 5000,
                             .rate_fpm = 600,
                             .has_alt = true};
}

/* 154.33 m/s and 3 degrees a second: a circle of 2,947.6 m, its middle to the south. */
static void a_turn_is_a_row_of_chords_within_the_stated_distance_of_its_arc(void **state)
{
    (void)state;
    const lee_zone_motion m = turning(3000);
    const double radius_m = 300 * 1852.0 / 3600 / (3.0 * 3.14159265358979 / 180);
    const lee_point middle = lee_point_ahead(m.point, 180000, radius_m);
    lee_zone_path legs[LEE_ZONE_LEGS_MAX];
    for (int32_t chord_m = 1; chord_m < 100; chord_m *= 3) {
        const size_t count = lee_zone_path_turn(&m, 60, chord_m, legs);
        assert_in_range(count, 2, LEE_ZONE_LEGS_MAX - 1);
        for (size_t i = 0; i < count; i++) {
            const lee_point half = {(legs[i].from.lat_e7 + legs[i].to.lat_e7) / 2,
                                    (legs[i].from.lon_e7 + legs[i].to.lon_e7) / 2};
            const double corner_m = lee_distance_m(middle, legs[i].to);
            const double inside_m = radius_m - lee_distance_m(middle, half);
            assert_true(corner_m > radius_m - 2 && corner_m < radius_m + 2);
            assert_true(inside_m > -2 && inside_m < chord_m + 2);
            assert_true(i == 0 || legs[i].from_us == legs[i - 1].to_us);
        }
        assert_int_equal(legs[count - 1].to_us, 60001000);
        assert_int_equal(legs[count - 1].to_ft, 5600);
        /* Half round: the other side of the circle. */
        const double across_m = lee_distance_m(m.point, legs[count - 1].to);
        assert_true(across_m > 2 * radius_m - 2 && across_m < 2 * radius_m + 2);
    }
    assert_int_equal(lee_zone_path_turn(&m, 600, 10, legs), lee_zone_path_turn(&m, 120, 10, legs));
    const lee_zone_motion straight = turning(0);
    assert_int_equal(lee_zone_path_turn(&straight, 60, 1, legs), 1);
}

static void a_turn_to_the_left_leads_to_the_north(void **state)
{
    (void)state;
    lee_zone_path legs[LEE_ZONE_LEGS_MAX];
    const lee_zone_motion left = turning(-3000);
    const size_t count = lee_zone_path_turn(&left, 30, 5, legs);
    assert_true(legs[count - 1].to.lat_e7 > left.point.lat_e7 + 200000);
}

/* Legs cut out of one straight path, at places on a lattice, are that path. */
static void check_legs(world w, int rounds, int most)
{
    enum { LEGS = 60 };
    static lee_zone_passage got[ROOM], want[ROOM];
    world_build(&w);
    for (int round = 0; round < rounds; round++) {
        lee_zone_path whole = random_path(&w);
        whole.from = somewhere(&w, w.reach);
        const int32_t lat_by = random_between(-2000, 2000), lon_by = random_between(-2000, 2000);
        const int count = random_between(1, most);
        lee_zone_path legs[LEGS];
        const int32_t rise_ft = random_between(-3, 3) * 50;
        for (int i = 0; i < count; i++) {
            legs[i] = whole;
            legs[i].from =
                place(whole.from.lat_e7 + i * lat_by * 64, whole.from.lon_e7 + i * lon_by * 64);
            legs[i].to = place(whole.from.lat_e7 + (i + 1) * lat_by * 64,
                               whole.from.lon_e7 + (i + 1) * lon_by * 64);
            legs[i].from_us = whole.from_us + i * 100;
            legs[i].to_us = whole.from_us + (i + 1) * 100;
            legs[i].from_ft = whole.from_ft + i * rise_ft;
            legs[i].to_ft = whole.from_ft + (i + 1) * rise_ft;
        }
        whole.to = legs[count - 1].to;
        whole.to_us = legs[count - 1].to_us;
        whole.to_ft = legs[count - 1].to_ft;
        size_t got_count;
        assert_int_equal(
            lee_zone_predictor_legs(w.predictor, legs, (size_t)count, got, ROOM, &got_count),
            LEE_OK);
        check_same(&whole, got, got_count, want, brute(&w.list, w.volumes, &whole, want));
    }
    world_free(&w);
}

static void legs_are_met_as_the_whole_they_make(void **state)
{
    (void)state;
    check_legs(tangle(80, place(0, 0), 1 << 20, 1 << 18, 1 << 8), 3000, 8);
    /* More passages than there is room for at once. */
    check_legs(tangle(300, place(0, 0), 1 << 16, 1 << 22, 1 << 8), 100, 60);
}

/* --- the same targets again and again -----------------------------------------------------------
 */

typedef struct {
    double lat, lon, course, turn;
    int32_t speed, alt_ft, rate_ft;
    bool in_seconds;
} flown;

static double unit(void)
{
    return random_between(0, 1 << 20) / (double)(1 << 20);
}

/* A step of a flight and the path ahead of it; now and then the target jumps, stands, or says no
 * altitude. */
static lee_zone_path fly(const world *w, flown *f, int32_t t_us)
{
    const lee_point anywhere = random_between(0, 1) ? somewhere(w, w->reach) : on_an_edge(w);
    if (t_us == 0 || random_between(0, 300) == 0) {
        *f = (flown){.lat = anywhere.lat_e7,
                     .lon = anywhere.lon_e7,
                     .course = unit() * 6.28,
                     .speed = random_between(0, w->reach / 200),
                     .alt_ft = random_between(0, 200) * 100,
                     .in_seconds = random_between(0, 2) != 0};
    }
    if (random_between(0, 40) == 0) {
        f->turn = random_between(0, 1) ? 0.0 : (unit() - 0.5) * 0.05;
        f->rate_ft = random_between(0, 1) ? 0 : random_between(-20, 20) * 5;
    }
    f->course += f->turn;
    f->alt_ft += f->rate_ft;
    /* A circle by halves of its tangent: enough of one, and no need of a sine. */
    const double t = __builtin_fmod(f->course, 6.28) - 3.14;
    const double s = t * (1.2732 - 0.4053 * __builtin_fabs(t));
    const double c = 1.0 - 2.0 * (t / 2 * (1.2732 - 0.4053 * __builtin_fabs(t / 2))) *
                               (t / 2 * (1.2732 - 0.4053 * __builtin_fabs(t / 2)));
    f->lat += f->speed * c;
    f->lon += f->speed * s;
    const lee_zone_motion m = {.point = place((int64_t)f->lat, (int64_t)f->lon),
                               .t_us = t_us,
                               .alt_ft = f->alt_ft,
                               .rate_fpm = f->rate_ft * 60,
                               .has_alt = random_between(0, 50) != 0};
    lee_zone_path p =
        lee_zone_path_by_velocity(&m, (int32_t)(f->speed * c), (int32_t)(f->speed * s), 60);
    /* In microseconds much falls together that is apart in seconds. */
    p.to_us = p.from_us + (f->in_seconds ? 60000000 : 60);
    return p;
}

/* For this processor, and for any. */
enum { FORMS = 2 };

static void foresee(world *w, uint32_t targets, lee_zone_foresight *forms[FORMS])
{
    for (int i = 0; i < FORMS; i++) {
        lee_zone_set_use_portable(w->set, i > 0);
        assert_int_equal(lee_zone_foresight_create(w->set, w->volumes, targets, &forms[i]), LEE_OK);
    }
    lee_zone_set_use_portable(w->set, false);
}

static void forget(lee_zone_foresight *forms[FORMS])
{
    for (int i = 0; i < FORMS; i++) {
        lee_zone_foresight_free(forms[i]);
    }
}

/* All must say the same of every report, and so must every zone by itself, now and then. */
static void check_flights(world w, int steps)
{
    enum { TARGETS = 20 };
    static lee_zone_passage got[TARGETS * ROOM], walked[TARGETS * ROOM], want[ROOM];
    static flown flights[TARGETS];
    for (uint32_t z = 1; z < w.list.count; z += 3) {
        w.volumes[z].lower_ft *= 10;
        w.volumes[z].upper_ft *= 10;
    }
    world_build(&w);
    lee_zone_foresight *forms[FORMS];
    foresee(&w, TARGETS, forms);
    for (int t = 0; t < steps; t++) {
        lee_zone_path paths[TARGETS];
        uint32_t targets[TARGETS], ends[TARGETS], walked_ends[TARGETS];
        for (uint32_t i = 0; i < TARGETS; i++) {
            targets[i] = (i * 7 + (uint32_t)t) % TARGETS;
            paths[i] = fly(&w, &flights[targets[i]], t);
        }
        size_t done;
        assert_int_equal(lee_zone_predictor_paths(w.predictor, paths, TARGETS, walked,
                                                  TARGETS * ROOM, walked_ends, &done),
                         LEE_OK);
        for (int form = 0; form < FORMS; form++) {
            assert_int_equal(lee_zone_foresight_paths(forms[form], targets, paths, TARGETS, got,
                                                      TARGETS * ROOM, ends, &done),
                             LEE_OK);
            assert_int_equal(done, TARGETS);
            for (int i = 0; i < TARGETS; i++) {
                const uint32_t start = i ? ends[i - 1] : 0;
                const uint32_t other = i ? walked_ends[i - 1] : 0;
                check_same(&paths[i], got + start, ends[i] - start, walked + other,
                           walked_ends[i] - other);
                if (i == t % TARGETS) {
                    check_same(&paths[i], got + start, ends[i] - start, want,
                               brute(&w.list, w.volumes, &paths[i], want));
                }
            }
        }
    }
    forget(forms);
    world_free(&w);
}

static void foresight_says_of_every_report_of_a_flight_what_a_walk_says(void **state)
{
    (void)state;
    check_flights(tangle(300, place(470000000, 80000000), 30000000, 3000000, 1), 2000);
    check_flights(tangle(40, place(0, 0), 30000000, 3000000, 10000), 2000);
    check_flights(tangle(40, place(-330000000, -1790000000), 90000000, 20000000, 7), 1000);
    check_flights(tangle(200, place(0, 0), 1 << 20, 1 << 18, 1 << 16), 1000);
    check_flights(tangle(40, place(0, 0), 2000, 500, 1), 1000);
    check_flights(bundle(80, 1 << 18), 300);
    check_flights(needles(60), 1000);
    check_flights(tangle(40, place(850000000, 1750000000), 90000000, 20000000, 1), 500);
}

/* A million reports. */
static void foresight_says_what_a_walk_says_for_long(void **state)
{
    (void)state;
    check_flights(tangle(300, place(470000000, 80000000), 30000000, 3000000, 1), 30000);
    check_flights(tangle(100, place(-330000000, 1500000000), 30000000, 3000000, 10000), 15000);
    check_flights(neighbours(1 << 20), 5000);
}

/* Targets that start and end on corners, edges and limits, and come on by parts of their way. */
static void check_ties(world w, int rounds)
{
    static lee_zone_passage got[ROOM], walked[ROOM], want[ROOM];
    static const int64_t spans_us[] = {60, 1 << 16, 120000000};
    world_build(&w);
    lee_zone_foresight *forms[FORMS];
    foresee(&w, (uint32_t)rounds, forms);
    for (uint32_t target = 0; target < (uint32_t)rounds; target++) {
        const lee_zone_path whole = random_path(&w);
        for (int32_t i = 0; i < 8 * FORMS; i++) {
            lee_zone_path path = whole;
            const int32_t step = i / FORMS;
            path.from.lat_e7 +=
                (int32_t)(((int64_t)whole.to.lat_e7 - whole.from.lat_e7) * step / 16);
            path.from.lon_e7 +=
                (int32_t)(((int64_t)whole.to.lon_e7 - whole.from.lon_e7) * step / 16);
            path.to_us = path.from_us + spans_us[target % 3];
            path.to_ft += random_between(0, 3) / 3 * 100;
            uint32_t end, walked_end;
            size_t done;
            assert_int_equal(lee_zone_foresight_paths(forms[i % FORMS], &target, &path, 1, got,
                                                      ROOM, &end, &done),
                             LEE_OK);
            assert_int_equal(
                lee_zone_predictor_paths(w.predictor, &path, 1, walked, ROOM, &walked_end, &done),
                LEE_OK);
            check_same(&path, got, end, walked, walked_end);
            if (step == (int32_t)target % 8) {
                check_same(&path, got, end, want, brute(&w.list, w.volumes, &path, want));
            }
        }
    }
    forget(forms);
    world_free(&w);
}

static void foresight_breaks_ties_as_every_zone_by_itself_does(void **state)
{
    (void)state;
    check_ties(tangle(60, place(0, 0), 20, 8, 1), 2000);
    check_ties(tangle(60, place(0, 0), 3000000, 1000000, 9973), 3000);
    check_ties(tangle(20, place(470000000, 80000000), 30000000, 20000000, 99991), 3000);
    /* Few edges, as long as floats are wrong by a unit. */
    check_ties(tangle(4, place(470000000, 80000000), 30000000, 20000000, 1), 6000);
    check_ties(neighbours(1 << 16), 2000);
    check_ties(neighbours(100000), 2000);
}

/* --- real zones, real flights ------------------------------------------------------------------
 */

static char *read_all(const char *path, size_t *length)
{
    FILE *const file = fopen(path, "rb");
    if (!file) {
        return NULL;
    }
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    *length = (size_t)ftell(file);
    rewind(file);
    char *const text = calloc(*length + 1, 1);
    assert_int_equal(fread(text, 1, *length, file), *length);
    fclose(file);
    return text;
}

static int32_t digits(const char *text, int count)
{
    int32_t value = 0;
    for (int i = 0; i < count; i++) {
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

/* A B record of the IGC format: BHHMMSSDDMMmmmNDDDMMmmmEA and two altitudes in metres. */
static lee_zone_path next_path(const char *line, lee_point *before)
{
    const int64_t lat = digits(line + 7, 2) * INT64_C(10000000) + digits(line + 9, 5) * 1000 / 6;
    const int64_t lon = digits(line + 15, 3) * INT64_C(10000000) + digits(line + 18, 5) * 1000 / 6;
    const lee_point at = place(line[14] == 'S' ? -lat : lat, line[23] == 'W' ? -lon : lon);
    const int32_t seconds =
        digits(line + 1, 2) * 3600 + digits(line + 3, 2) * 60 + digits(line + 5, 2);
    const lee_zone_motion m = {.point = at,
                               .t_us = seconds * INT64_C(1000000),
                               .alt_ft = (int32_t)(digits(line + 25, 5) * 3.2808),
                               .has_alt = true};
    *before = before->lat_e7 == INT32_MIN ? at : *before;
    /* Ten times as fast as a glider. */
    const lee_zone_path path = lee_zone_path_by_velocity(&m, (at.lat_e7 - before->lat_e7) * 10,
                                                         (at.lon_e7 - before->lon_e7) * 10, 120);
    *before = at;
    return path;
}

static lee_zone_volume volume_of(const lee_zone *zone)
{
    const lee_alt_limit *const lower = &zone->lower;
    const lee_alt_limit *const upper = &zone->upper;
    return (lee_zone_volume){lower->kind == LEE_LIMIT_VALUE ? lower->alt.ft : INT32_MIN,
                             upper->kind == LEE_LIMIT_VALUE ? upper->alt.ft : INT32_MAX,
                             {true, NULL, 0}};
}

static void check_flight(const lee_zone_list *list, const lee_zone_volume *volumes,
                         const lee_zone_set *set, const char *text, size_t *met)
{
    static lee_zone_passage got[ROOM], walked[ROOM], want[ROOM];
    lee_zone_foresight *foresight;
    lee_zone_predictor *predictor;
    assert_int_equal(lee_zone_foresight_create(set, volumes, 1, &foresight), LEE_OK);
    assert_int_equal(lee_zone_predictor_create(set, volumes, &predictor), LEE_OK);
    lee_point before = {INT32_MIN, 0};
    uint32_t number = 0;
    for (const char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (line[0] != 'B') {
            continue;
        }
        lee_zone_path path = next_path(line, &before);
        if (number++ == 0) {
            continue;
        }
        const uint32_t target = 0;
        uint32_t end, walked_end;
        size_t done;
        assert_int_equal(
            lee_zone_foresight_paths(foresight, &target, &path, 1, got, ROOM, &end, &done), LEE_OK);
        assert_int_equal(
            lee_zone_predictor_paths(predictor, &path, 1, walked, ROOM, &walked_end, &done),
            LEE_OK);
        check_same(&path, got, end, walked, walked_end);
        *met += end;
        if (number % 300 == 0) {
            check_same(&path, got, end, want, brute(list, volumes, &path, want));
        }
    }
    lee_zone_foresight_free(foresight);
    lee_zone_predictor_free(predictor);
}

static void real_flights_through_real_airspace_are_met_exactly(void **state)
{
    (void)state;
    static const char *const airspace[] = {"CH-switzerland-airspace-feet", "UK_Airspace_2019_02_28",
                                           "FR-planeurnet-2026-07-30"};
    static const char *const flights[] = {"lunch-break", "MurphyJ-2022-03-26",
                                          "flat-xcontest-100.59"};
    char path[1024];
    size_t length = 0, met = 0;
    lee_zone_import_options options;
    lee_zone_import *import = NULL;
    lee_zone_import_options_default(&options);
    assert_int_equal(lee_zone_import_create(&options, &import), LEE_OK);
    for (int i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s/openair/%s.txt", LEE_SHARED_DATA, airspace[i]);
        char *const text = read_all(path, &length);
        if (!text) {
            print_message("skipped: no %s\n", path);
            lee_zone_import_free(import);
            skip();
        }
        assert_int_equal(lee_zone_import_text(import, airspace[i], text, length), LEE_OK);
        free(text);
    }
    const lee_zone_list *const list = lee_zone_import_list(import);
    assert_true(list->count > 1000);
    lee_zone_volume *const volumes = calloc(list->count, sizeof *volumes);
    for (uint32_t z = 0; z < list->count; z++) {
        volumes[z] = volume_of(&list->zones[z]);
    }
    lee_zone_set *set;
    assert_int_equal(lee_zone_set_build(list, &set), LEE_OK);
    for (int i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s/tracks/igcxc_%s.igc", LEE_SHARED_DATA, flights[i]);
        char *const text = read_all(path, &length);
        if (text) {
            check_flight(list, volumes, set, text, &met);
        }
        free(text);
    }
    assert_true(met > 10000);
    lee_zone_set_free(set);
    free(volumes);
    lee_zone_import_free(import);
}

/* --- limits -----------------------------------------------------------------------------------
 */

static void answers_stop_where_the_room_ends_and_go_on_from_there(void **state)
{
    (void)state;
    world w = tangle(200, place(0, 0), 1 << 20, 1 << 19, 1);
    world_build(&w);
    lee_zone_path paths[MANY];
    static lee_zone_passage all[MANY * ROOM], some[200];
    uint32_t ends[MANY], few[MANY];
    size_t done, at = 0;
    for (int i = 0; i < MANY; i++) {
        paths[i] = random_path(&w);
    }
    assert_int_equal(
        lee_zone_predictor_paths(w.predictor, paths, MANY, all, MANY * ROOM, ends, &done), LEE_OK);
    while (at < MANY) {
        assert_int_equal(
            lee_zone_predictor_paths(w.predictor, paths + at, MANY - at, some, 200, few, &done),
            LEE_OK);
        assert_true(done > 0);
        for (size_t i = 0; i < done; i++, at++) {
            const uint32_t start = at ? ends[at - 1] : 0, own = i ? few[i - 1] : 0;
            check_same(&paths[at], some + own, few[i] - own, all + start, ends[at] - start);
        }
    }
    assert_int_equal(lee_zone_predictor_paths(w.predictor, paths, MANY, NULL, 0, few, &done),
                     LEE_OK);
    assert_int_equal(done, ends[0] == 0);
    world_free(&w);
}

static void without_memory_it_says_so(void **state)
{
    (void)state;
    world w = tangle(60, place(0, 1800000000), 300000000, 90000000, 1);
    lee_zone_passage *const out = calloc(ROOM, sizeof *out);
    assert_int_equal(lee_zone_set_build(&w.list, &w.set), LEE_OK);
    w.predictor = NULL;
    lee_error error = LEE_ERR_NO_MEMORY;
    uint64_t failed = 0;
    for (uint64_t at = 1; error; at++) {
        (void)lee_alloc_test_fail(at);
        lee_zone_foresight *foresight = NULL;
        error = lee_zone_foresight_create(w.set, w.volumes, 3, &foresight);
        lee_zone_foresight_free(foresight);
        error = error ? error : lee_zone_predictor_create(w.set, w.volumes, &w.predictor);
        for (int i = 0; i < 200 && !error; i++) {
            const lee_zone_path path = random_path(&w);
            uint32_t end;
            size_t done;
            error = lee_zone_predictor_paths(w.predictor, &path, 1, out, ROOM, &end, &done);
        }
        failed += error == LEE_ERR_NO_MEMORY;
        (void)lee_alloc_test_fail(0);
        if (error && w.predictor) {
            lee_zone_predictor_free(w.predictor);
            w.predictor = NULL;
        }
    }
    assert_true(failed > 8);
    free(out);
    world_free(&w);
}

static void paths_by_velocity_end_exactly_and_go_the_short_way_round(void **state)
{
    (void)state;
    lee_zone_motion m = turning(0);
    m.point.lon_e7 = 1799999000;
    const lee_zone_path p = lee_zone_path_by_velocity(&m, -7, 100, 120);
    assert_int_equal(p.to.lat_e7, 470000000 - 840);
    assert_int_equal(p.to.lon_e7, -1800000000 + 11000);
    assert_int_equal(p.to_us, 120001000);
    assert_int_equal(p.to_ft, 6200);
    const lee_zone_path pole = lee_zone_path_by_velocity(&m, 2000000000, 0, 3600);
    assert_int_equal(pole.to.lat_e7, LEE_LAT_MAX_E7);
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "long") == 0) {
        const struct CMUnitTest long_test[] = {
            cmocka_unit_test(foresight_says_what_a_walk_says_for_long)};
        return cmocka_run_group_tests(long_test, NULL, NULL);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_turn_is_a_row_of_chords_within_the_stated_distance_of_its_arc),
        cmocka_unit_test(a_turn_to_the_left_leads_to_the_north),
        cmocka_unit_test(legs_are_met_as_the_whole_they_make),
        cmocka_unit_test(foresight_says_of_every_report_of_a_flight_what_a_walk_says),
        cmocka_unit_test(foresight_breaks_ties_as_every_zone_by_itself_does),
        cmocka_unit_test(real_flights_through_real_airspace_are_met_exactly),
        cmocka_unit_test(answers_stop_where_the_room_ends_and_go_on_from_there),
        cmocka_unit_test(without_memory_it_says_so),
        cmocka_unit_test(paths_by_velocity_end_exactly_and_go_the_short_way_round),
        cmocka_unit_test(scattered_zones_are_met_as_every_zone_by_itself_says),
        cmocka_unit_test(ties_are_broken_as_the_predicate_breaks_them),
        cmocka_unit_test(edges_between_the_points_of_two_cells_are_met),
        cmocka_unit_test(crowds_of_edges_through_one_place_and_side_by_side_are_met),
        cmocka_unit_test(paths_over_the_antimeridian_and_up_to_the_poles_are_exact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
