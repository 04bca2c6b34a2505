#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"
#include "zone/curve.h"

static lee_area finish(lee_shape *shape, lee_arena *arena)
{
    lee_area area;
    lee_shape_report report;
    assert_int_equal(lee_shape_finish(shape, arena, &area, &report), LEE_OK);
    assert_int_equal(report.repairs & (LEE_SHAPE_CROSSING | LEE_SHAPE_OVERLAP), 0);
    return area;
}

/* Tolerance: 1 m, at the points and halfway along the edges; distances by PROJ. */
static void circles_are_within_a_metre_of_the_true_curve(void **state)
{
    (void)state;
    static const struct {
        double lat;
        double lon;
        double radius_m;
    } cases[] = {{0, 0, 1},        {47, 8, 500},          {52.4, 13.1, 2037.2}, {-33, 18, 50000},
                 {60, 25, 200000}, {36.2, 37.1, 1000000}, {75, -40, 300000},    {88, 0, 100000}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lee_shape *shape = lee_shape_create();
        lee_arena *arena = lee_arena_create(1 << 26);
        lee_shape_set_made(shape);
        assert_int_equal(lee_curve_circle(shape, cases[i].lat, cases[i].lon, cases[i].radius_m),
                         LEE_OK);
        const lee_area area = finish(shape, arena);
        assert_int_equal(area.count, 1);
        const lee_ring *ring = &area.rings[0];
        for (uint32_t p = 0; p < ring->count; p++) {
            const lee_point a = ring->points[p];
            const lee_point b = ring->points[(p + 1) % ring->count];
            double bearing = 0;
            double at_m = 0;
            double half_m = 0;
            lee_curve_inverse(cases[i].lat, cases[i].lon, a.lat_e7 / 1e7, a.lon_e7 / 1e7, &bearing,
                              &at_m);
            lee_curve_inverse(cases[i].lat, cases[i].lon, ((double)a.lat_e7 + b.lat_e7) / 2e7,
                              ((double)a.lon_e7 + b.lon_e7) / 2e7, &bearing, &half_m);
            assert_true(fabs(at_m - cases[i].radius_m) < 0.02);
            assert_true(fabs(half_m - cases[i].radius_m) < 1.0);
        }
        lee_shape_free(shape);
        lee_arena_free(arena);
    }
}

static void a_corridor_is_its_width_to_both_sides_and_round_at_the_ends(void **state)
{
    (void)state;
    const double lat[] = {36.0, 36.2, 36.1};
    const double lon[] = {37.0, 37.3, 37.6};
    lee_shape *shape = lee_shape_create();
    lee_arena *arena = lee_arena_create(1 << 24);
    assert_int_equal(lee_curve_corridor(shape, lat, lon, 3, 2500), LEE_OK);
    const lee_area area = finish(shape, arena);
    assert_int_equal(area.count, 1);
    /* No point of the ring is nearer to the line, sampled finely, than half the width less 1 m,
     * nor farther than it by more than 1 m. */
    for (uint32_t p = 0; p < area.rings[0].count; p++) {
        const lee_point a = area.rings[0].points[p];
        double nearest_m = 1e9;
        for (int leg = 0; leg < 2; leg++) {
            for (int i = 0; i <= 400; i++) {
                double bearing = 0;
                double distance_m = 0;
                lee_curve_inverse(lat[leg] + (lat[leg + 1] - lat[leg]) * i / 400,
                                  lon[leg] + (lon[leg + 1] - lon[leg]) * i / 400, a.lat_e7 / 1e7,
                                  a.lon_e7 / 1e7, &bearing, &distance_m);
                nearest_m = distance_m < nearest_m ? distance_m : nearest_m;
            }
        }
        assert_true(fabs(nearest_m - 2500) < 2.0);
    }
    lee_shape_free(shape);
    lee_arena_free(arena);
}

static void an_arc_turns_as_told_and_keeps_its_radius(void **state)
{
    (void)state;
    lee_shape *shape = lee_shape_create();
    lee_arena *arena = lee_arena_create(1 << 24);
    lee_shape_polygon(shape);
    lee_shape_ring(shape);
    lee_shape_point(shape, 500000000, 100000000);
    const lee_curve_arc_spec arc = {.lat_deg = 50,
                                    .lon_deg = 10,
                                    .from_deg = 350,
                                    .to_deg = 80,
                                    .from_m = 1000,
                                    .to_m = 1000,
                                    .clockwise = true,
                                    .with_ends = true};
    assert_int_equal(lee_curve_arc(shape, &arc), LEE_OK);
    const lee_area area = finish(shape, arena);
    /* A quarter of a circle in square metres; 0.1 %. */
    const double quarter = 3.14159265 * 1000 * 1000 / 4;
    const double square = lee_ring_area2(&area.rings[0]) / 2e14 * 111229.0 * 71695.8;
    assert_true(fabs(square / quarter - 1) < 1e-3);
    lee_shape_free(shape);
    lee_arena_free(arena);
}

static void radii_out_of_range_are_errors(void **state)
{
    (void)state;
    lee_shape *shape = lee_shape_create();
    assert_int_equal(lee_curve_circle(shape, 0, 0, 0.5), LEE_ERR_DOMAIN);
    assert_int_equal(lee_curve_circle(shape, 0, 0, NAN), LEE_ERR_DOMAIN);
    assert_int_equal(lee_curve_circle(shape, 91, 0, 100), LEE_ERR_DOMAIN);
    assert_int_equal(lee_curve_circle(shape, 0, 0, 4e6), LEE_ERR_DOMAIN);
    lee_shape_free(shape);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(circles_are_within_a_metre_of_the_true_curve),
        cmocka_unit_test(a_corridor_is_its_width_to_both_sides_and_round_at_the_ends),
        cmocka_unit_test(an_arc_turns_as_told_and_keeps_its_radius),
        cmocka_unit_test(radii_out_of_range_are_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
