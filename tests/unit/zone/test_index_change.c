#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "geo/area.h"
#include "leeward/zone_set.h"

enum { START = 200, PUTS = 40, ZONES = START + PUTS, CORNERS = 16, GENERATIONS = 120 };

static uint64_t seed = 88172645463325252u;

static int32_t random_between(int32_t low, int32_t high)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (int32_t)(low + (int64_t)(seed >> 16) % ((int64_t)high - low + 1));
}

/* One generation: its own list, rings of which most are those of the one before. */
typedef struct {
    lee_point points[CORNERS];
    lee_ring ring;
    lee_zone zones[ZONES];
    lee_zone_list list;
    lee_zone_set *set;
} generation;

static int32_t reach, size;

/* Some share borders on a lattice, some are anything, some have a spike; a part crowds together, so
 * that cells split there. */
static void draw_in(lee_point *points, lee_ring *ring, int32_t within, int32_t wide)
{
    const int32_t lat = random_between(-within, within), lon = random_between(-within, within);
    ring->points = points;
    if (random_between(0, 2) == 0) {
        const int32_t y = lat / wide * wide, x = lon / wide * wide;
        const lee_point square[] = {{y, x}, {y, x + wide}, {y + wide, x + wide}, {y + wide, x}};
        memcpy(points, square, sizeof(square));
        ring->count = 4;
    } else {
        ring->count = (uint32_t)random_between(3, CORNERS - 2);
        for (uint32_t i = 0; i < ring->count; i++) {
            points[i] =
                (lee_point){lat + random_between(-wide, wide), lon + random_between(-wide, wide)};
        }
        if (random_between(0, 3) == 0) {
            points[ring->count] = (lee_point){lat, lon};
            points[ring->count + 1] = points[ring->count - 1];
            ring->count += 2;
        }
    }
}

static void draw(lee_point *points, lee_ring *ring)
{
    const bool crowded = random_between(0, 1) == 0 && size > 100000;
    draw_in(points, ring, crowded ? reach / 40 : reach, crowded ? size / 10 : size);
}

static void check(const generation *g, int count)
{
    for (int i = 0; i < count; i++) {
        lee_point p = {random_between(-reach - size, reach + size),
                       random_between(-reach - size, reach + size)};
        const lee_area *area = &g->zones[random_between(0, (int32_t)g->list.count - 1)].area;
        if (i % 2 == 0 && area->count > 0) {
            p = area->rings[0].points[0];
            p.lat_e7 += random_between(-1, 1);
            p.lon_e7 += random_between(-1, 1);
        }
        uint32_t got[ZONES], want[ZONES];
        size_t wanted = 0, near = 0;
        lee_box same;
        const size_t found = lee_zone_set_locate_box(g->set, p, got, ZONES, &same);
        for (uint32_t z = 0; z < g->list.count; z++) {
            if (lee_area_contains(&g->zones[z].area, p)) {
                want[wanted++] = z;
            }
        }
        assert_int_equal(found, wanted);
        assert_memory_equal(got, want, wanted * sizeof(*want));
        const lee_point corner = i % 3 ? same.min : same.max;
        assert_int_equal(lee_zone_set_locate(g->set, corner, got, ZONES), wanted);
        const lee_box box = {p, {p.lat_e7 + size / 2, p.lon_e7 + size / 2}};
        const size_t meeting = lee_zone_set_in_box(g->set, box, got, ZONES);
        for (uint32_t z = 0; z < g->list.count; z++) {
            if (lee_box_meets(lee_area_box(&g->zones[z].area), box)) {
                assert_true(near < meeting);
                assert_int_equal(got[near++], z);
            }
        }
        assert_int_equal(near, meeting);
    }
}

static const lee_area nothing = {NULL, 0};

static generation *next(const generation *old, lee_error *error)
{
    generation *g = calloc(1, sizeof(*g));
    memcpy(g->zones, old->zones, sizeof(g->zones));
    g->list = (lee_zone_list){g->zones, old->list.count};
    const bool put = g->list.count < ZONES && random_between(0, 3) == 0;
    const uint32_t zone =
        put ? g->list.count : (uint32_t)random_between(0, (int32_t)g->list.count - 1);
    g->list.count += put;
    draw(g->points, &g->ring);
    const bool remove = !put && random_between(0, 2) == 0;
    g->zones[zone].area = remove ? nothing : (lee_area){&g->ring, 1};
    const lee_area *old_area = put ? &nothing : &old->zones[zone].area;
    *error = lee_zone_set_change(old->set, &g->list, zone, old_area, &g->set);
    return g;
}

static void change_again_and_again(int32_t new_reach, int32_t new_size)
{
    reach = new_reach;
    size = new_size;
    static lee_point points[START][CORNERS];
    static lee_ring rings[START];
    generation *all[GENERATIONS] = {calloc(1, sizeof(generation))};
    for (uint32_t z = 0; z < START; z++) {
        draw(points[z], &rings[z]);
        all[0]->zones[z].area = (lee_area){&rings[z], 1};
    }
    /* The corners of the grid, so that nothing drawn lies outside it. */
    points[0][0] = (lee_point){-reach - size, -reach - size};
    points[0][1] = (lee_point){reach + size, reach + size};
    points[0][2] = (lee_point){reach + size, -reach - size};
    rings[0].count = 3;
    all[0]->list = (lee_zone_list){all[0]->zones, START};
    assert_int_equal(lee_zone_set_build(&all[0]->list, &all[0]->set), LEE_OK);
    int made = 1;
    int rebuilt = 0;
    for (; made < GENERATIONS; made++) {
        lee_error error;
        all[made] = next(all[made - 1], &error);
        if (error) {
            /* No room left: what a caller does then. */
            assert_int_equal(error, LEE_ERR_LIMIT);
            assert_int_equal(lee_zone_set_build(&all[made]->list, &all[made]->set), LEE_OK);
            rebuilt++;
        }
        check(all[made], 60);
    }
    /* Where zones crowd, some cells cannot be changed, but not all. */
    assert_true(rebuilt < GENERATIONS - 10);
    /* Old generations still answer as they did; they go in any order. */
    for (int i = 0; i < made; i++) {
        check(all[i], 10);
    }
    for (int i = 0; i < made; i += 2) {
        lee_zone_set_free(all[i]->set);
    }
    for (int i = 1; i < made; i += 2) {
        check(all[i], 10);
        lee_zone_set_free(all[i]->set);
    }
    for (int i = 0; i < made; i++) {
        free(all[i]);
    }
}

static void every_generation_answers_as_brute_force_does_and_old_ones_stay(void **state)
{
    (void)state;
    change_again_and_again(20000000, 1000000);
    change_again_and_again(3000, 500);
    change_again_and_again(800000000, 60000000);
    change_again_and_again(2000000, 700000);
}

static void a_zone_outside_the_grid_is_refused_and_nothing_changes(void **state)
{
    (void)state;
    reach = 1000;
    size = 500;
    generation g = {.list = {g.zones, 1}}, far = {.list = {far.zones, 1}};
    draw(g.points, &g.ring);
    g.zones[0].area = (lee_area){&g.ring, 1};
    assert_int_equal(lee_zone_set_build(&g.list, &g.set), LEE_OK);
    const lee_point points[] = {{800000000, 0}, {800000000, 1000}, {800001000, 0}};
    const lee_ring ring = {points, 3};
    far.zones[0].area = (lee_area){&ring, 1};
    assert_int_equal(lee_zone_set_change(g.set, &far.list, 0, &g.zones[0].area, &far.set),
                     LEE_ERR_LIMIT);
    check(&g, 100);
    lee_zone_set_free(g.set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_generation_answers_as_brute_force_does_and_old_ones_stay),
        cmocka_unit_test(a_zone_outside_the_grid_is_refused_and_nothing_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
