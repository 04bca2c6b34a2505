#include "geo/area.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define RING(points)                                                                               \
    {                                                                                              \
        points, COUNT(points)                                                                      \
    }
#define AREA(rings)                                                                                \
    {                                                                                              \
        rings, COUNT(rings)                                                                        \
    }

static uint64_t seed = 88172645463325252u;

static int32_t random_between(int32_t low, int32_t high)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (int32_t)(low + (int64_t)(seed >> 16) % ((int64_t)high - low + 1));
}

static bool contains(const lee_area *area, int32_t lat_e7, int32_t lon_e7)
{
    return lee_area_contains(area, (lee_point){lat_e7, lon_e7});
}

static void western_and_southern_edges_are_inside_eastern_and_northern_are_not(void **state)
{
    (void)state;
    const lee_point square[] = {{0, 0}, {0, 10}, {10, 10}, {10, 0}};
    const lee_ring rings[] = {RING(square)};
    const lee_area area = AREA(rings);
    assert_true(contains(&area, 5, 5));
    assert_true(contains(&area, 5, 0));
    assert_true(contains(&area, 0, 5));
    assert_true(contains(&area, 0, 0));
    assert_false(contains(&area, 5, 10));
    assert_false(contains(&area, 10, 5));
    assert_false(contains(&area, 10, 10));
    assert_false(contains(&area, 10, 0));
    assert_false(contains(&area, 0, 10));
    assert_false(contains(&area, -1, 5));
    assert_false(contains(&area, 5, -1));
    assert_true(contains(&area, 9, 9));
}

static void winding_does_not_matter_and_holes_are_outside(void **state)
{
    (void)state;
    const lee_point outer[] = {{0, 0}, {100, 0}, {100, 100}, {0, 100}};
    const lee_point hole[] = {{20, 20}, {20, 80}, {80, 80}, {80, 20}};
    const lee_point island[] = {{40, 40}, {60, 40}, {60, 60}, {40, 60}};
    const lee_ring rings[] = {RING(outer), RING(hole), RING(island)};
    const lee_area area = AREA(rings);
    assert_true(contains(&area, 10, 10));
    assert_false(contains(&area, 30, 30));
    assert_true(contains(&area, 50, 50));
    assert_false(contains(&area, 20, 20)); /* the hole's south-western edges are in the hole */
    assert_true(contains(&area, 80, 80));  /* its north-eastern ones are in the area */
}

/* Random triangulations of a square: four triangles around a random middle point. Every point of
 * the square, vertices and edges included, is in exactly one. */
static void neighbours_that_share_edges_hold_every_point_exactly_once(void **state)
{
    (void)state;
    for (int round = 0; round < 20000; round++) {
        const int32_t size = round % 2 ? 12 : 1000000000;
        const int32_t half = size == 12 ? 12 : 900000000;
        const lee_point middle = {random_between(-half + 1, half - 1),
                                  random_between(-size + 1, size - 1)};
        const lee_point corner[] = {{-half, -size}, {-half, size}, {half, size}, {half, -size}};
        for (int k = 0; k < 8; k++) {
            lee_point p = {random_between(-half, half - 2), random_between(-size, size - 1)};
            p = k == 0 ? middle : p;
            p.lat_e7 = k == 1 ? middle.lat_e7 : p.lat_e7;
            p.lon_e7 = k == 2 ? middle.lon_e7 : p.lon_e7;
            int holders = 0;
            for (int i = 0; i < 4; i++) {
                const lee_point triangle[] = {middle, corner[i], corner[(i + 1) % 4]};
                const lee_ring rings[] = {RING(triangle)};
                const lee_area area = AREA(rings);
                holders += lee_area_contains(&area, p);
            }
            assert_int_equal(holders, 1);
        }
    }
}

/* All lattice points of a small area against the definition: the point moved by a hair. Scaled by
 * 1000, a hair to the east is 37 units and its hair to the north 1. */
static void the_edge_rule_is_the_point_moved_by_a_hair(void **state)
{
    (void)state;
    for (int round = 0; round < 3000; round++) {
        lee_point small[7], large[7];
        for (size_t i = 0; i < COUNT(small); i++) {
            small[i] = (lee_point){random_between(-8, 8), random_between(-8, 8)};
            large[i] = (lee_point){small[i].lat_e7 * 100000, small[i].lon_e7 * 100000};
        }
        const lee_ring small_rings[] = {RING(small)}, large_rings[] = {RING(large)};
        const lee_area area = AREA(small_rings), scaled = AREA(large_rings);
        for (int32_t lat = -9; lat <= 9; lat++) {
            for (int32_t lon = -9; lon <= 9; lon++) {
                assert_int_equal(contains(&area, lat, lon),
                                 contains(&scaled, lat * 100000 + 1, lon * 100000 + 101));
            }
        }
    }
}

static void extreme_coordinates_do_not_overflow(void **state)
{
    (void)state;
    const lee_point world[] = {{-LEE_LAT_MAX_E7, -LEE_LON_MAX_E7},
                               {-LEE_LAT_MAX_E7, LEE_LON_MAX_E7},
                               {LEE_LAT_MAX_E7, LEE_LON_MAX_E7},
                               {LEE_LAT_MAX_E7, -LEE_LON_MAX_E7}};
    const lee_ring rings[] = {RING(world)};
    const lee_area area = AREA(rings);
    assert_true(contains(&area, 0, 0));
    assert_true(contains(&area, LEE_LAT_MAX_E7, LEE_LON_MAX_E7));
    assert_true(contains(&area, LEE_LAT_MAX_E7, 0));
    assert_true(contains(&area, -LEE_LAT_MAX_E7, -LEE_LON_MAX_E7));
    assert_true(contains(&area, 0, LEE_LON_MAX_E7));

    const lee_point wild[] = {
        {INT32_MIN, INT32_MIN}, {INT32_MAX, INT32_MAX}, {INT32_MAX, INT32_MIN}};
    const lee_ring wild_rings[] = {RING(wild)};
    const lee_area wild_area = AREA(wild_rings);
    assert_true(contains(&wild_area, 1, 0));
    assert_false(contains(&wild_area, -1, 0));
    assert_false(contains(&wild_area, INT32_MIN, INT32_MAX));
}

static void the_antimeridian_belongs_to_exactly_one_of_two_halves(void **state)
{
    (void)state;
    const lee_point east[] = {{0, 1790000000}, {10, 1790000000}, {10, 1800000000}, {0, 1800000000}};
    const lee_point west[] = {
        {0, -1800000000}, {10, -1800000000}, {10, -1790000000}, {0, -1790000000}};
    const lee_ring east_rings[] = {RING(east)}, west_rings[] = {RING(west)};
    const lee_area east_area = AREA(east_rings), west_area = AREA(west_rings);
    assert_false(contains(&east_area, 5, 1800000000));
    assert_true(contains(&west_area, 5, 1800000000));
    assert_true(contains(&west_area, 5, -1800000000));
    assert_true(contains(&east_area, 5, 1799999999));
}

static void degenerate_rings_hold_nothing(void **state)
{
    (void)state;
    const lee_point line[] = {{0, 0}, {10, 10}};
    const lee_point flat[] = {{0, 0}, {0, 10}, {0, 5}};
    const lee_point dot[] = {{3, 3}};
    const lee_ring rings[] = {RING(line), RING(flat), RING(dot), {NULL, 0}};
    const lee_area area = AREA(rings);
    for (int32_t i = -1; i <= 11; i++) {
        assert_false(contains(&area, i, i));
        assert_false(contains(&area, 0, i));
    }
    assert_false(contains(&(lee_area){NULL, 0}, 0, 0));
}

static void the_box_holds_all_rings_and_boxes_meet_at_their_ends(void **state)
{
    (void)state;
    const lee_point a[] = {{0, 0}, {10, -5}, {3, 20}};
    const lee_point b[] = {{-7, 1}, {2, 2}, {2, 30}};
    const lee_ring rings[] = {RING(a), RING(b)};
    const lee_box box = lee_area_box(&(lee_area)AREA(rings));
    assert_int_equal(box.min.lat_e7, -7);
    assert_int_equal(box.min.lon_e7, -5);
    assert_int_equal(box.max.lat_e7, 10);
    assert_int_equal(box.max.lon_e7, 30);
    assert_true(lee_box_meets(box, (lee_box){{10, 30}, {11, 31}}));
    assert_false(lee_box_meets(box, (lee_box){{11, 30}, {12, 31}}));
    assert_false(lee_box_meets(box, (lee_box){{10, 31}, {11, 32}}));
    assert_false(lee_box_meets(box, lee_area_box(&(lee_area){NULL, 0})));
    assert_false(lee_box_meets((lee_box){{INT32_MIN, INT32_MIN}, {INT32_MAX, INT32_MAX}},
                               lee_area_box(&(lee_area){NULL, 0})));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(western_and_southern_edges_are_inside_eastern_and_northern_are_not),
        cmocka_unit_test(winding_does_not_matter_and_holes_are_outside),
        cmocka_unit_test(neighbours_that_share_edges_hold_every_point_exactly_once),
        cmocka_unit_test(the_edge_rule_is_the_point_moved_by_a_hair),
        cmocka_unit_test(extreme_coordinates_do_not_overflow),
        cmocka_unit_test(the_antimeridian_belongs_to_exactly_one_of_two_halves),
        cmocka_unit_test(degenerate_rings_hold_nothing),
        cmocka_unit_test(the_box_holds_all_rings_and_boxes_meet_at_their_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
