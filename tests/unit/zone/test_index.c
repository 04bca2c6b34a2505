#include "zone/index.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "geo/area.h"
#include "leeward/zone_set.h"
#include "zone/set.h"

#define OUT 2048

static uint64_t seed = 88172645463325252u;

static int32_t random_between(int32_t low, int32_t high)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (int32_t)(low + (int64_t)(seed >> 16) % ((int64_t)high - low + 1));
}

static lee_point clamp(int64_t lat, int64_t lon)
{
    lat = lat > LEE_LAT_MAX_E7 ? LEE_LAT_MAX_E7 : lat < -LEE_LAT_MAX_E7 ? -LEE_LAT_MAX_E7 : lat;
    lon = lon > LEE_LON_MAX_E7 ? LEE_LON_MAX_E7 : lon < -LEE_LON_MAX_E7 ? -LEE_LON_MAX_E7 : lon;
    return (lee_point){(int32_t)lat, (int32_t)lon};
}

/* --- one lane --------------------------------------------------------------------------------- */

static bool counts(lee_grid_edge edge, lee_cell cell, lee_grid_point point)
{
    lee_lane_rows rows;
    return lee__lane_rows(edge, cell, &rows) && lee__lane_counts(edge, cell, point);
}

/* The definition: the walk of index_lane.c, step by step, for a triangle's three edges. */
static void lanes_of_a_ring_tell_the_parity_within_every_cell_size(void **state)
{
    (void)state;
    for (int round = 0; round < 20000; round++) {
        const uint32_t bits = (uint32_t)random_between(1, 6);
        const int32_t size = 1 << bits;
        const lee_cell cell = {{1u << 20, 1u << 20}, bits};
        lee_point corners[3];
        lee_grid_edge edges[3];
        for (int i = 0; i < 3; i++) {
            corners[i] =
                (lee_point){random_between(-size, 2 * size), random_between(-size, 2 * size)};
        }
        for (int i = 0; i < 3; i++) {
            lee_point a = corners[i], b = corners[(i + 1) % 3];
            if (a.lat_e7 > b.lat_e7 || (a.lat_e7 == b.lat_e7 && a.lon_e7 < b.lon_e7)) {
                const lee_point swap = a;
                a = b;
                b = swap;
            }
            edges[i] = (lee_grid_edge){
                {cell.corner.x + (uint32_t)a.lon_e7, cell.corner.y + (uint32_t)a.lat_e7},
                {cell.corner.x + (uint32_t)b.lon_e7, cell.corner.y + (uint32_t)b.lat_e7}};
        }
        const lee_ring ring = {corners, 3};
        const lee_area area = {&ring, 1};
        bool base = lee_area_contains(&area, (lee_point){0, 0});
        for (int i = 0; i < 3; i++) {
            base ^= counts(edges[i], cell, cell.corner);
        }
        for (int32_t y = 0; y < size; y++) {
            for (int32_t x = 0; x < size; x++) {
                const lee_grid_point p = {cell.corner.x + (uint32_t)x, cell.corner.y + (uint32_t)y};
                bool inside = base;
                for (int i = 0; i < 3; i++) {
                    inside ^= counts(edges[i], cell, p);
                }
                assert_int_equal(inside, lee_area_contains(&area, (lee_point){y, x}));
            }
        }
    }
}

/* The stored form is right wherever it is not in doubt, in small and large cells and for edges
 * from one unit to half the world long. */
static void a_packed_lane_is_right_wherever_it_is_not_in_doubt(void **state)
{
    (void)state;
    uint32_t sure = 0;
    for (int round = 0; round < 200000; round++) {
        const uint32_t bits = (uint32_t)random_between(1, 26);
        const int64_t size = INT64_C(1) << bits;
        const lee_cell cell = {
            {(1u << 30) & ~(uint32_t)(size - 1), (1u << 29) & ~(uint32_t)(size - 1)}, bits};
        const int32_t reach = round % 3 == 0 ? 500000000 : (int32_t)size;
        lee_grid_point a = {cell.corner.x + (uint32_t)random_between(-reach, reach),
                            cell.corner.y + (uint32_t)random_between(-reach, reach)};
        lee_grid_point b = {cell.corner.x + (uint32_t)random_between(0, reach),
                            cell.corner.y + (uint32_t)random_between(0, reach)};
        if (a.y > b.y || (a.y == b.y && a.x < b.x)) {
            const lee_grid_point swap = a;
            a = b;
            b = swap;
        }
        const lee_grid_edge edge = {a, b};
        lee_lane_rows rows;
        if ((a.x == b.x && a.y == b.y) || !lee__lane_rows(edge, cell, &rows)) {
            continue;
        }
        const lee_lane lane = lee__lane_pack(edge, cell, rows);
        const uint32_t shift = bits > 16 ? bits - 16 : 0;
        const int32_t half = 1 << ((bits > 16 ? 16 : bits) - 1);
        for (int k = 0; k < 8; k++) {
            const lee_grid_point p = {
                cell.corner.x + (uint32_t)random_between(0, (int32_t)size - 1),
                cell.corner.y + (uint32_t)random_between(0, (int32_t)size - 1)};
            const int32_t u = (int32_t)((p.x - cell.corner.x) >> shift) - half;
            const int32_t v = (int32_t)((p.y - cell.corner.y) >> shift) - half;
            const int32_t sum = (int16_t)lane.direction * u + (int16_t)(lane.direction >> 16) * v +
                                (int32_t)lane.offset;
            const int32_t first = (int16_t)lane.rows, last = (int16_t)(lane.rows >> 16);
            if (sum > LEE_LANE_DOUBT || sum < -LEE_LANE_DOUBT) {
                const bool edge_row = shift > 0 && (v == first || v == last);
                const bool told = v >= first && v <= last && sum >= 0;
                assert_true(edge_row || told == lee__lane_counts(edge, cell, p));
                sure++;
            }
        }
    }
    assert_true(sure > 100000);
}

/* --- whole sets ------------------------------------------------------------------------------- */

typedef struct {
    lee_zone *zones;
    lee_ring *rings;
    lee_point *points;
    lee_zone_list list;
    lee_zone_set *set;
    int32_t reach;
} world;

enum { CORNERS = 24 };

static void world_build(world *w)
{
    w->list.zones = w->zones;
    assert_int_equal(lee_zone_set_build(&w->list, &w->set), LEE_OK);
}

static world world_alloc(uint32_t count, int32_t reach)
{
    world w = {calloc(count + 1u, sizeof(lee_zone)),
               calloc(count + 1u, sizeof(lee_ring)),
               calloc((size_t)CORNERS * count + 1u, sizeof(lee_point)),
               {NULL, count},
               NULL,
               reach};
    for (uint32_t z = 0; z < count; z++) {
        w.rings[z].points = w.points + (size_t)CORNERS * z;
        w.zones[z].area = (lee_area){&w.rings[z], 1};
    }
    return w;
}

static void world_free(world *w)
{
    lee_zone_set_free(w->set);
    free(w->zones);
    free(w->rings);
    free(w->points);
}

static world scattered(uint32_t count, int32_t reach, int32_t size)
{
    world w = world_alloc(count, reach);
    for (uint32_t z = 0; z < count; z++) {
        const int64_t lat = random_between(-reach / 2, reach / 2),
                      lon = random_between(-reach, reach);
        w.rings[z].count = 3 + (uint32_t)random_between(0, CORNERS - 3);
        for (uint32_t i = 0; i < w.rings[z].count; i++) {
            w.points[CORNERS * z + i] =
                clamp(lat + random_between(-size, size), lon + random_between(-size, size));
        }
    }
    world_build(&w);
    return w;
}

/* Level and upright borders, as between states: rectangles on a lattice, sharing their edges. */
static world rectangles(uint32_t side, int32_t size)
{
    world w = world_alloc(side * side, (int32_t)side * size);
    for (uint32_t z = 0; z < side * side; z++) {
        const int32_t lat = (int32_t)(z / side) * size, lon = (int32_t)(z % side) * size;
        const lee_point corners[] = {
            {lat, lon}, {lat, lon + size}, {lat + size, lon + size}, {lat + size, lon}};
        memcpy(w.points + CORNERS * z, corners, sizeof(corners));
        w.rings[z].count = 4;
    }
    world_build(&w);
    return w;
}

/* All zones meet in one place and lie on one another: triangles of a star, each many times. */
static world star(uint32_t count, int32_t size)
{
    world w = world_alloc(count, size);
    for (uint32_t z = 0; z < count; z++) {
        w.points[CORNERS * z] = (lee_point){7, 5};
        w.points[CORNERS * z + 1] = clamp(random_between(-size, size), random_between(-size, size));
        w.points[CORNERS * z + 2] = clamp(random_between(-size, size), random_between(-size, size));
        w.rings[z].count = 3;
    }
    world_build(&w);
    return w;
}

/* Rings that run a few units apart for their whole length: no splitting can part them. */
static world bundle(uint32_t count, int32_t size)
{
    world w = world_alloc(count, size);
    for (uint32_t z = 0; z < count; z++) {
        const int32_t k = (int32_t)z;
        const lee_point corners[] = {{-size + k, -size - k},
                                     {-size, size + k},
                                     {size - k, size},
                                     {size / 3 + k, -size / 2 + 2 * k}};
        memcpy(w.points + CORNERS * z, corners, sizeof(corners));
        w.rings[z].count = 4;
    }
    world_build(&w);
    return w;
}

static lee_point ordinary(const world *w)
{
    return clamp(random_between(-w->reach, w->reach), random_between(-w->reach, w->reach));
}

static lee_point adversarial(const world *w)
{
    const uint32_t z = (uint32_t)random_between(0, (int32_t)w->list.count - 1);
    const lee_ring ring = w->rings[z];
    const uint32_t i = (uint32_t)random_between(0, (int32_t)ring.count - 1);
    const lee_point a = ring.points[i], b = ring.points[(i + 1) % ring.count];
    const int64_t t = random_between(0, 1024);
    const int64_t lat = a.lat_e7 + ((int64_t)b.lat_e7 - a.lat_e7) * t / 1024;
    const int64_t lon = a.lon_e7 + ((int64_t)b.lon_e7 - a.lon_e7) * t / 1024;
    switch (random_between(0, 4)) {
    case 0:
        return a;
    case 1:
        return clamp(a.lat_e7, lon + random_between(-9999, 9999));
    case 2:
        return clamp(lat + random_between(-9999, 9999), a.lon_e7);
    case 3:
        return clamp(a.lat_e7 + random_between(-1, 1), a.lon_e7 + random_between(-1, 1));
    default:
        return clamp(lat + random_between(-1, 1), lon + random_between(-1, 1));
    }
}

static size_t brute(const world *w, lee_point p, uint32_t *out)
{
    size_t count = 0;
    for (uint32_t z = 0; z < w->list.count; z++) {
        if (lee_area_contains(&w->zones[z].area, p)) {
            assert_true(count < OUT);
            out[count++] = z;
        }
    }
    return count;
}

static int compare_numbers(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

enum { MANY = 100 };

/* With room for all, for some, for none; what does not fit is counted and not written. */
static void check_one(const world *w, lee_point p, const uint32_t *want, size_t count)
{
    static uint32_t got[OUT];
    const size_t rooms[] = {OUT, 8, 7, count, count > 0 ? count - 1 : 0, 0};
    for (size_t i = 0; i < sizeof(rooms) / sizeof(*rooms); i++) {
        const size_t fitting = rooms[i] < count ? rooms[i] : count;
        memset(got, 0xab, sizeof(got));
        assert_int_equal(lee_zone_set_locate(w->set, p, got, rooms[i]), count);
        assert_memory_equal(got, want, fitting * sizeof(*got));
        assert_true(rooms[i] == OUT || got[rooms[i]] == 0xababababu);
    }
}

/* One point, many points and the free box, on both kinds of processor, against brute force. */
static void check_many(world *w, bool portable)
{
    static uint32_t got[MANY * OUT], want[OUT], one[OUT];
    int32_t lat[MANY], lon[MANY];
    uint32_t ends[MANY];
    lee_zone_set_use_portable(w->set, portable);
    for (int i = 0; i < MANY; i++) {
        const lee_point p = i % 2 ? ordinary(w) : adversarial(w);
        lat[i] = p.lat_e7;
        lon[i] = p.lon_e7;
    }
    assert_int_equal(lee_zone_set_locate_many(w->set, lat, lon, MANY, got, MANY * OUT, ends), MANY);
    for (int i = 0; i < MANY; i++) {
        const lee_point p = {lat[i], lon[i]};
        const size_t count = brute(w, p, want);
        const uint32_t start = i ? ends[i - 1] : 0;
        lee_box same;
        assert_int_equal(lee_zone_set_locate_box(w->set, p, one, OUT, &same), count);
        assert_memory_equal(one, want, count * sizeof(*one));
        check_one(w, p, want, count);
        assert_true(lee_box_meets(same, (lee_box){p, p}));
        if (ends[i] - start != count) {
            fail_msg("%d %d: %u zones, not %zu", p.lat_e7, p.lon_e7, ends[i] - start, count);
        }
        qsort(got + start, count, sizeof(*got), compare_numbers);
        assert_memory_equal(got + start, want, count * sizeof(*want));
        for (int k = 0; k < 6; k++) {
            lee_point near = {random_between(same.min.lat_e7, same.max.lat_e7),
                              random_between(same.min.lon_e7, same.max.lon_e7)};
            near.lat_e7 = k == 0 ? same.min.lat_e7 : k == 1 ? same.max.lat_e7 : near.lat_e7;
            near.lon_e7 = k == 2 ? same.min.lon_e7 : k == 3 ? same.max.lon_e7 : near.lon_e7;
            assert_int_equal(brute(w, near, one), count);
            assert_memory_equal(one, want, count * sizeof(*one));
        }
    }
}

static void check(world w, int rounds)
{
    for (int i = 0; i < rounds; i++) {
        check_many(&w, false);
        check_many(&w, true);
    }
    world_free(&w);
}

static void scattered_zones_of_every_size_answer_as_brute_force_does(void **state)
{
    (void)state;
    check(scattered(300, 100000000, 2000000), 6);
    check(scattered(300, 1700000000, 900000000), 3);
    check(scattered(200, 3000, 700), 6);
    check(scattered(40, 30, 20), 4);
    check(scattered(5, 1800000000, 1800000000), 4);
    check(scattered(1, 100000, 100000), 4);
}

static void level_and_upright_borders_answer_as_brute_force_does(void **state)
{
    (void)state;
    check(rectangles(20, 1000000), 10);
    check(rectangles(12, 65536), 6);
    check(rectangles(7, 3), 4);
}

static void many_zones_that_meet_in_one_place_answer_as_brute_force_does(void **state)
{
    (void)state;
    check(star(60, 1000000), 4);
    check(star(400, 2000), 2);
}

static void bundles_of_edges_that_no_split_can_part_stay_small(void **state)
{
    (void)state;
    world w = bundle(120, 10000000);
    assert_true(lee_zone_set_bytes(w.set) < 64u << 20);
    check(w, 4);
}

static void points_of_small_cells_around_every_corner_are_exact(void **state)
{
    (void)state;
    world w = star(50, 300);
    static uint32_t got[OUT], want[OUT];
    for (int32_t lat = -40; lat <= 40; lat++) {
        for (int32_t lon = -40; lon <= 40; lon++) {
            const lee_point p = {lat, lon};
            const size_t count = brute(&w, p, want);
            assert_int_equal(lee_zone_set_locate(w.set, p, got, OUT), count);
            assert_memory_equal(got, want, count * sizeof(*got));
        }
    }
    world_free(&w);
}

static void answers_that_do_not_fit_stop_the_batch_and_can_go_on(void **state)
{
    (void)state;
    world w = scattered(300, 3000, 2000);
    enum { POINTS = 500 };
    static uint32_t all[POINTS * OUT], some[700];
    int32_t lat[POINTS], lon[POINTS];
    uint32_t ends[POINTS], some_ends[POINTS];
    for (int i = 0; i < POINTS; i++) {
        lat[i] = random_between(-3000, 3000);
        lon[i] = random_between(-3000, 3000);
    }
    assert_int_equal(lee_zone_set_locate_many(w.set, lat, lon, POINTS, all, POINTS * OUT, ends),
                     POINTS);
    uint32_t at = 0;
    for (size_t done = 0; done < POINTS;) {
        const size_t got = lee_zone_set_locate_many(w.set, lat + done, lon + done, POINTS - done,
                                                    some, 700, some_ends);
        assert_true(got > 0);
        uint32_t from = 0;
        for (size_t i = 0; i < got; i++) {
            qsort(some + from, some_ends[i] - from, sizeof(*some), compare_numbers);
            qsort(all + at, ends[done + i] - at, sizeof(*all), compare_numbers);
            assert_int_equal(some_ends[i] - from, ends[done + i] - at);
            assert_memory_equal(some + from, all + at, (some_ends[i] - from) * sizeof(*some));
            from = some_ends[i];
            at = ends[done + i];
        }
        done += got;
    }
    assert_int_equal(lee_zone_set_locate_many(w.set, lat, lon, 1, some, 0, some_ends),
                     ends[0] == 0);
    world_free(&w);
}

static void a_set_without_zones_answers_nothing_everywhere(void **state)
{
    (void)state;
    world w = world_alloc(0, 10);
    world_build(&w);
    const int32_t lat[2] = {0, 900000000}, lon[2] = {0, 1800000000};
    uint32_t ends[2] = {9, 9}, out[1];
    assert_int_equal(lee_zone_set_locate_many(w.set, lat, lon, 2, out, 1, ends), 2);
    assert_int_equal(ends[0], 0);
    assert_int_equal(ends[1], 0);
    lee_box same;
    assert_int_equal(lee_zone_set_locate_box(w.set, (lee_point){1, 2}, out, 1, &same), 0);
    assert_int_equal(same.min.lat_e7, -LEE_LAT_MAX_E7);
    assert_int_equal(same.max.lon_e7, LEE_LON_MAX_E7 - 1);
    world_free(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lanes_of_a_ring_tell_the_parity_within_every_cell_size),
        cmocka_unit_test(a_packed_lane_is_right_wherever_it_is_not_in_doubt),
        cmocka_unit_test(scattered_zones_of_every_size_answer_as_brute_force_does),
        cmocka_unit_test(level_and_upright_borders_answer_as_brute_force_does),
        cmocka_unit_test(many_zones_that_meet_in_one_place_answer_as_brute_force_does),
        cmocka_unit_test(bundles_of_edges_that_no_split_can_part_stay_small),
        cmocka_unit_test(points_of_small_cells_around_every_corner_are_exact),
        cmocka_unit_test(answers_that_do_not_fit_stop_the_batch_and_can_go_on),
        cmocka_unit_test(a_set_without_zones_answers_nothing_everywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
