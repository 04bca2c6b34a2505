#include "geo/path.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "geo/area.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define RING(points)                                                                               \
    {                                                                                              \
        points, COUNT(points)                                                                      \
    }
#define AREA(rings)                                                                                \
    {                                                                                              \
        rings, COUNT(rings)                                                                        \
    }
#define STRETCHES 32

static uint64_t seed = 88172645463325252u;

static int32_t random_between(int32_t low, int32_t high)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (int32_t)(low + (int64_t)(seed >> 16) % ((int64_t)high - low + 1));
}

static const lee_point square_points[] = {{0, 0}, {0, 10}, {10, 10}, {10, 0}};
static const lee_ring square_rings[] = {RING(square_points)};
static const lee_area square = AREA(square_rings);

static size_t stretches(const lee_area *area, lee_point a, lee_point b, lee_path_stretch *out)
{
    const size_t count = lee_area_path(area, a, b, out, STRETCHES);
    assert_true(count <= STRETCHES);
    return count;
}

static bool equals(lee_ratio ratio, int64_t num, int64_t den)
{
    return lee_ratio_compare(ratio, lee_ratio_make(num, den)) == 0;
}

static void a_path_through_has_one_stretch_between_two_crossings(void **state)
{
    (void)state;
    lee_path_stretch out[STRETCHES];
    assert_int_equal(stretches(&square, (lee_point){5, -10}, (lee_point){5, 30}, out), 1);
    assert_true(equals(out[0].from, 1, 4));
    assert_true(equals(out[0].to, 1, 2));
    assert_true(lee_ratio_double(out[0].from) == 0.25);
}

static void a_path_inside_and_paths_that_begin_or_end_inside_reach_zero_and_one(void **state)
{
    (void)state;
    lee_path_stretch out[STRETCHES];
    assert_int_equal(stretches(&square, (lee_point){2, 2}, (lee_point){8, 3}, out), 1);
    assert_true(equals(out[0].from, 0, 1) && equals(out[0].to, 1, 1));
    assert_int_equal(stretches(&square, (lee_point){5, 5}, (lee_point){5, 15}, out), 1);
    assert_true(equals(out[0].from, 0, 1) && equals(out[0].to, 1, 2));
    assert_int_equal(stretches(&square, (lee_point){5, 15}, (lee_point){5, 5}, out), 1);
    assert_true(equals(out[0].from, 1, 2) && equals(out[0].to, 1, 1));
    assert_int_equal(stretches(&square, (lee_point){5, 5}, (lee_point){5, 5}, out), 0);
}

static void a_path_along_an_edge_is_on_the_side_that_owns_the_edge(void **state)
{
    (void)state;
    lee_path_stretch out[STRETCHES];
    assert_int_equal(stretches(&square, (lee_point){0, -5}, (lee_point){0, 15}, out),
                     1); /* south */
    assert_true(equals(out[0].from, 1, 4) && equals(out[0].to, 3, 4));
    assert_int_equal(stretches(&square, (lee_point){10, -5}, (lee_point){10, 15}, out), 0);
    assert_int_equal(stretches(&square, (lee_point){-5, 0}, (lee_point){15, 0}, out), 1); /* west */
    assert_true(equals(out[0].from, 1, 4) && equals(out[0].to, 3, 4));
    assert_int_equal(stretches(&square, (lee_point){-5, 10}, (lee_point){15, 10}, out), 0);
}

static void a_touch_at_a_vertex_is_no_stretch_and_a_diagonal_through_two_is_one(void **state)
{
    (void)state;
    lee_path_stretch out[STRETCHES];
    assert_int_equal(stretches(&square, (lee_point){-5, 5}, (lee_point){5, -5}, out), 0);
    assert_int_equal(stretches(&square, (lee_point){15, 5}, (lee_point){5, 15}, out), 0);
    assert_int_equal(stretches(&square, (lee_point){-5, -5}, (lee_point){15, 15}, out), 1);
    assert_true(equals(out[0].from, 1, 4) && equals(out[0].to, 3, 4));
    /* A spike pointing at the path: its tip touches, nothing is inside. */
    const lee_point spike[] = {{5, 4}, {0, 5}, {5, 6}};
    const lee_ring rings[] = {RING(spike)};
    const lee_area area = AREA(rings);
    assert_int_equal(stretches(&area, (lee_point){0, 0}, (lee_point){0, 10}, out), 0);
}

static void stretches_that_meet_at_a_shared_vertex_are_one(void **state)
{
    (void)state;
    const lee_point left[] = {{0, 0}, {5, 5}, {10, 0}};
    const lee_point right[] = {{5, 5}, {0, 10}, {10, 10}};
    const lee_ring rings[] = {RING(left), RING(right)};
    const lee_area area = AREA(rings);
    lee_path_stretch out[STRETCHES];
    assert_int_equal(stretches(&area, (lee_point){5, -5}, (lee_point){5, 15}, out), 1);
    assert_true(equals(out[0].from, 1, 4) && equals(out[0].to, 3, 4));
}

/* Small areas on a lattice, where every special case happens. Coordinates are multiples of a prime
 * larger than any crossing's denominator, so that the places at k / prime are exact points of
 * int32 and never crossings: there the stretches must say what the predicate says. */
static void stretches_agree_with_the_point_predicate_everywhere(void **state)
{
    (void)state;
    enum { PRIME = 5039 };
    for (int round = 0; round < 8000; round++) {
        lee_point points[8];
        for (size_t i = 0; i < COUNT(points); i++) {
            points[i] = (lee_point){random_between(-6, 6) * PRIME, random_between(-6, 6) * PRIME};
        }
        const lee_ring rings[] = {{points, 3 + (uint32_t)round % 6}};
        const lee_area area = AREA(rings);
        const lee_point a = {random_between(-7, 7) * PRIME, random_between(-7, 7) * PRIME};
        const lee_point b = {random_between(-7, 7) * PRIME, random_between(-7, 7) * PRIME};
        if (a.lat_e7 == b.lat_e7 && a.lon_e7 == b.lon_e7) {
            continue;
        }
        lee_path_stretch out[STRETCHES];
        const size_t count = stretches(&area, a, b, out);
        for (size_t i = 0; i < count; i++) {
            assert_true(lee_ratio_compare(out[i].from, out[i].to) < 0);
            assert_true(i == 0 || lee_ratio_compare(out[i - 1].to, out[i].from) < 0);
        }
        for (int k = 1; k < PRIME; k += 29) {
            const lee_ratio at = lee_ratio_make(k, PRIME);
            bool inside = false;
            for (size_t i = 0; i < count; i++) {
                inside |=
                    lee_ratio_compare(out[i].from, at) < 0 && lee_ratio_compare(at, out[i].to) < 0;
            }
            assert_int_equal(inside, lee_area_contains(&area, lee_path_point(a, b, at)));
        }
    }
}

/* Random irregular areas with large coordinates: sample between crossings, where the moved place
 * cannot matter, and compare with the predicate. */
static void large_random_paths_alternate_as_the_point_predicate_says(void **state)
{
    (void)state;
    for (int round = 0; round < 20000; round++) {
        lee_point points[9];
        for (size_t i = 0; i < COUNT(points); i++) {
            points[i] = (lee_point){random_between(-899999999, 899999999),
                                    random_between(-1799999999, 1799999999)};
        }
        const lee_ring rings[] = {RING(points)};
        const lee_area area = AREA(rings);
        const lee_point a = {random_between(-899999999, 899999999),
                             random_between(-1799999999, 1799999999)};
        const lee_point b = {random_between(-899999999, 899999999),
                             random_between(-1799999999, 1799999999)};
        lee_path_stretch out[STRETCHES];
        const size_t count = stretches(&area, a, b, out);
        for (size_t i = 0; i < count; i++) {
            const double from = lee_ratio_double(out[i].from);
            const double to = lee_ratio_double(out[i].to);
            const lee_ratio middle =
                lee_ratio_make((int64_t)((from + to) * 0x1p40), INT64_C(1) << 41);
            if (to - from > 1e-8) {
                assert_true(lee_area_contains(&area, lee_path_point(a, b, middle)));
            }
            const double gap = (i + 1 < count ? lee_ratio_double(out[i + 1].from) : 1.0) - to;
            const lee_ratio after =
                lee_ratio_make((int64_t)((to + gap / 2) * 0x1p41), INT64_C(1) << 41);
            if (gap > 1e-8) {
                assert_false(lee_area_contains(&area, lee_path_point(a, b, after)));
            }
        }
        assert_int_equal(count > 0 && equals(out[0].from, 0, 1), lee_area_contains(&area, a));
        assert_int_equal(count > 0 && equals(out[count - 1].to, 1, 1), lee_area_contains(&area, b));
    }
}

static void a_path_over_the_antimeridian_takes_the_short_way(void **state)
{
    (void)state;
    const lee_point east[] = {
        {0, 1795000000}, {100, 1795000000}, {100, 1800000000}, {0, 1800000000}};
    const lee_point west[] = {
        {0, -1800000000}, {100, -1800000000}, {100, -1795000000}, {0, -1795000000}};
    const lee_ring rings[] = {RING(east), RING(west)};
    const lee_area area = AREA(rings);
    lee_path_stretch out[STRETCHES];
    const lee_point a = {50, 1790000000}, b = {50, -1790000000};
    assert_int_equal(stretches(&area, a, b, out), 1);
    assert_true(equals(out[0].from, 1, 4) && equals(out[0].to, 3, 4));
    assert_int_equal(stretches(&area, b, a, out), 1);
    assert_true(equals(out[0].from, 1, 4) && equals(out[0].to, 3, 4));
    assert_int_equal(lee_path_point(a, b, lee_ratio_make(3, 4)).lon_e7, -1795000000);
    /* An end on the antimeridian itself, written either way. */
    const lee_point seam[] = {{50, 1800000000}, {50, -1800000000}};
    for (int i = 0; i < 2; i++) {
        assert_int_equal(stretches(&area, a, seam[i], out), 1);
        assert_true(equals(out[0].from, 1, 2) && equals(out[0].to, 1, 1));
        assert_int_equal(stretches(&area, seam[i], a, out), 1);
        assert_true(equals(out[0].from, 0, 1) && equals(out[0].to, 1, 2));
        assert_int_equal(stretches(&area, seam[i], b, out), 1);
        assert_true(equals(out[0].from, 0, 1) && equals(out[0].to, 1, 2));
    }
}

static void a_buffer_too_small_is_told_what_suffices(void **state)
{
    (void)state;
    lee_point comb[64];
    for (int32_t i = 0; i < 32; i++) {
        comb[i] = (lee_point){i % 2 ? 100 : 10, i * 10};
        comb[63 - i] = (lee_point){0, i * 10};
    }
    const lee_ring rings[] = {RING(comb)};
    const lee_area area = AREA(rings);
    lee_path_stretch out[STRETCHES];
    const lee_point a = {50, -10}, b = {50, 400};
    const size_t needed = lee_area_path(&area, a, b, NULL, 0);
    assert_true(needed > 2 && needed <= STRETCHES);
    assert_int_equal(lee_area_path(&area, a, b, out, 2), needed);
    assert_int_equal(lee_area_path(&area, a, b, out, needed), 16);
}

static void ratios_compare_exactly_beyond_64_bits(void **state)
{
    (void)state;
    const lee_wide big = (lee_wide)1 << 66;
    assert_int_equal(lee_ratio_compare((lee_ratio){big, big + 1}, (lee_ratio){big - 1, big}), 1);
    assert_int_equal(lee_ratio_compare((lee_ratio){big - 1, big}, (lee_ratio){big, big + 1}), -1);
    assert_int_equal(lee_ratio_compare((lee_ratio){big, 2 * big}, lee_ratio_make(1, 2)), 0);
    assert_int_equal(lee_ratio_compare(lee_ratio_make(0, 5), lee_ratio_make(0, 7)), 0);
    assert_int_equal(lee_ratio_compare(lee_ratio_make(7, 5), lee_ratio_make(4, 3)), 1);
    for (int i = 0; i < 100000; i++) {
        const int64_t a = random_between(0, 50), b = random_between(1, 50);
        const int64_t c = random_between(0, 50), d = random_between(1, 50);
        const int want = (a * d > b * c) - (a * d < b * c);
        assert_int_equal(lee_ratio_compare(lee_ratio_make(a, b), lee_ratio_make(c, d)), want);
        assert_int_equal(lee_ratio_compare((lee_ratio){a * big, b * big}, lee_ratio_make(c, d)),
                         want);
    }
    assert_true(equals(lee_ratio_min(lee_ratio_make(1, 3), lee_ratio_make(1, 2)), 1, 3));
    assert_true(equals(lee_ratio_max(lee_ratio_make(1, 3), lee_ratio_make(1, 2)), 1, 2));
}

static void scaling_rounds_down_exactly(void **state)
{
    (void)state;
    const lee_wide big = (lee_wide)1 << 65;
    assert_int_equal(lee_ratio_scale(lee_ratio_make(1, 3), 10), 3);
    assert_int_equal(lee_ratio_scale(lee_ratio_make(2, 3), 3), 2);
    assert_int_equal(lee_ratio_scale((lee_ratio){big - 1, big}, INT64_MAX), INT64_MAX - 1);
    assert_int_equal(lee_ratio_scale((lee_ratio){big, big}, INT64_MAX), INT64_MAX);
    assert_int_equal(lee_ratio_scale(lee_ratio_make(0, 1), INT64_MAX), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_path_through_has_one_stretch_between_two_crossings),
        cmocka_unit_test(a_path_inside_and_paths_that_begin_or_end_inside_reach_zero_and_one),
        cmocka_unit_test(a_path_along_an_edge_is_on_the_side_that_owns_the_edge),
        cmocka_unit_test(a_touch_at_a_vertex_is_no_stretch_and_a_diagonal_through_two_is_one),
        cmocka_unit_test(stretches_that_meet_at_a_shared_vertex_are_one),
        cmocka_unit_test(stretches_agree_with_the_point_predicate_everywhere),
        cmocka_unit_test(large_random_paths_alternate_as_the_point_predicate_says),
        cmocka_unit_test(a_path_over_the_antimeridian_takes_the_short_way),
        cmocka_unit_test(a_buffer_too_small_is_told_what_suffices),
        cmocka_unit_test(ratios_compare_exactly_beyond_64_bits),
        cmocka_unit_test(scaling_rounds_down_exactly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
