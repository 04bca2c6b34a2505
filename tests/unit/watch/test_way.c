/* The quick ways against the exact ones of geo/. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "geo/area.h"
#include "geo/distance.h"
#include "watch/way.h"

#define ZONES 6
#define VERTICES_MAX 70
#define STRETCHES 128

static uint64_t state = 3;
static int64_t between(int64_t low, int64_t high)
{
    uint64_t z = state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return low + (int64_t)((z ^ z >> 31) % ((uint64_t)high - (uint64_t)low + 1));
}

typedef struct {
    lee_point points[ZONES][2][VERTICES_MAX];
    lee_ring rings[ZONES][2];
    lee_zone zones[ZONES];
    lee_zone_list list;
    lee_ways ways;
    int32_t size;
} world;

static lee_point somewhere(int32_t size)
{
    return (lee_point){(int32_t)between(-size, size), (int32_t)between(-size, size)};
}

/* Rings without order: they cross themselves, and small ones hit every tie. */
static void make_world(world *w, int32_t size)
{
    w->size = size;
    for (int z = 0; z < ZONES; z++) {
        for (int r = 0; r < 2; r++) {
            const uint32_t count = (uint32_t)between(3, VERTICES_MAX);
            for (uint32_t i = 0; i < count; i++) {
                w->points[z][r][i] = somewhere(size);
            }
            w->rings[z][r] = (lee_ring){w->points[z][r], count};
        }
        w->zones[z].area = (lee_area){w->rings[z], (uint32_t)between(1, 2)};
    }
    w->list = (lee_zone_list){w->zones, ZONES};
    assert_int_equal(lee__ways_make(&w->list, &w->ways), LEE_OK);
}

static const int32_t sizes[] = {3, 20, 3000000, 850000000};
#define SIZES (sizeof sizes / sizeof *sizes)

static lee_way_end known(const lee_area *area, lee_point point)
{
    if (between(0, 1) == 0) {
        return LEE_WAY_UNKNOWN;
    }
    return lee_area_contains(area, point) ? LEE_WAY_INSIDE : LEE_WAY_OUTSIDE;
}

static void stretches_are_those_of_the_exact_path(void **unused)
{
    (void)unused;
    static world w;
    static lee_path_stretch quick[STRETCHES];
    static lee_path_stretch exact[STRETCHES];
    for (size_t s = 0; s < SIZES; s++) {
        make_world(&w, sizes[s]);
        for (int i = 0; i < 3000; i++) {
            const uint32_t z = (uint32_t)between(0, ZONES - 1);
            const lee_area *const area = &w.zones[z].area;
            const lee_point a = somewhere(w.size);
            const lee_point b = somewhere(between(0, 1) ? w.size : 180);
            const size_t count = lee__ways_stretches(&w.ways, &w.list, z, a, b, known(area, a),
                                                     known(area, b), quick, STRETCHES);
            assert_int_equal(count, lee_area_path(area, a, b, exact, STRETCHES));
            assert_true(count <= STRETCHES);
            for (size_t k = 0; k < count; k++) {
                assert_int_equal(lee_ratio_compare(quick[k].from, exact[k].from), 0);
                assert_int_equal(lee_ratio_compare(quick[k].to, exact[k].to), 0);
            }
        }
        lee__ways_free(&w.ways);
    }
}

static void stretches_hold_over_the_antimeridian(void **unused)
{
    (void)unused;
    static lee_point ring_points[] = {
        {0, 1790000000}, {0, 1800000000}, {10000000, 1800000000}, {10000000, 1790000000}};
    const lee_ring ring = {ring_points, 4};
    const lee_zone zone = {.area = {&ring, 1}};
    const lee_zone_list list = {&zone, 1};
    lee_ways ways;
    lee_path_stretch quick[8];
    lee_path_stretch exact[8];
    assert_int_equal(lee__ways_make(&list, &ways), LEE_OK);
    for (int i = 0; i < 2000; i++) {
        const lee_point a = {(int32_t)between(-100, 10000100),
                             (int32_t)between(1785000000, 1800000000)};
        lee_point b = {(int32_t)between(-100, 10000100), (int32_t)between(1799999990, 1800000000)};
        b.lon_e7 = between(0, 1) ? -b.lon_e7 : b.lon_e7;
        const size_t count =
            lee__ways_stretches(&ways, &list, 0, a, b, LEE_WAY_UNKNOWN, LEE_WAY_UNKNOWN, quick, 8);
        assert_int_equal(count, lee_area_path(&zone.area, a, b, exact, 8));
        for (size_t k = 0; k < count; k++) {
            assert_int_equal(lee_ratio_compare(quick[k].from, exact[k].from), 0);
            assert_int_equal(lee_ratio_compare(quick[k].to, exact[k].to), 0);
        }
    }
    lee__ways_free(&ways);
}

/* A way that starts outside and certainly misses has no stretch, and most of those are known. */
static void a_way_said_to_miss_never_meets_the_area(void **unused)
{
    (void)unused;
    static world w;
    static lee_path_stretch exact[STRETCHES];
    int said = 0;
    int true_misses = 0;
    for (size_t s = 2; s < SIZES; s++) {
        make_world(&w, sizes[s]);
        for (int i = 0; i < 3000; i++) {
            const uint32_t z = (uint32_t)between(0, ZONES - 1);
            const lee_area *const area = &w.zones[z].area;
            const lee_point a = somewhere(w.size);
            const lee_point b = {a.lat_e7 + (int32_t)between(-w.size / 50, w.size / 50),
                                 a.lon_e7 + (int32_t)between(-w.size / 50, w.size / 50)};
            lee_rough_way way = lee__way_between(a, b);
            const bool misses = lee__way_misses_edges(&w.ways, z, &way);
            const size_t count = lee_area_path(area, a, b, exact, STRETCHES);
            const bool whole =
                count == 1 && exact[0].from.num == 0 && exact[0].to.num == exact[0].to.den;
            if (misses) {
                assert_true(count == 0 || whole);
            }
            said += misses;
            true_misses += count == 0 || whole;
            /* With a doubt, every end within the doubt misses too. */
            way.lat_doubt = way.lon_doubt = w.size / 100;
            if (lee__way_misses_edges(&w.ways, z, &way)) {
                const lee_point c = {b.lat_e7 + (int32_t)between(-w.size / 100, w.size / 100),
                                     b.lon_e7 + (int32_t)between(-w.size / 100, w.size / 100)};
                const size_t others = lee_area_path(area, a, c, exact, STRETCHES);
                assert_true(others == 0 || (others == 1 && exact[0].from.num == 0));
            }
        }
        lee__ways_free(&w.ways);
    }
    assert_true(said > true_misses * 9 / 10);
}

static void a_distance_told_quickly_is_on_the_right_side(void **unused)
{
    (void)unused;
    static world w;
    int undecided = 0;
    make_world(&w, 3000000);
    for (int i = 0; i < 4000; i++) {
        const uint32_t z = (uint32_t)between(0, ZONES - 1);
        const lee_point p = somewhere(w.size * 2);
        const double metres = (double)between(10, 9000);
        const int quick = lee__ways_are_beyond(&w.ways, z, p, metres);
        const double exact = lee_area_distance_m(&w.zones[z].area, p, NULL);
        undecided += quick < 0;
        if (quick >= 0) {
            assert_int_equal(quick, exact > metres);
        }
    }
    assert_true(undecided < 800);
    lee__ways_free(&w.ways);
}

static void fractions_are_those_of_the_exact_path(void **unused)
{
    (void)unused;
    for (int i = 0; i < 20000; i++) {
        const int shift = (int)between(0, 66);
        const lee_wide den = ((lee_wide)between(1, INT64_MAX) * 16 >> (66 - shift)) + 1;
        const lee_wide num = (lee_wide)between(0, INT64_MAX) % (den + 1);
        const lee_wide other = between(0, 1) ? num : (lee_wide)between(0, INT64_MAX) % (den + 1);
        const lee_ratio x = {num, den};
        const lee_ratio y = {other, den};
        const int64_t scale = between(0, INT64_C(1) << between(1, 61));
        assert_int_equal(lee__way_compare(x, y), lee_ratio_compare(x, y));
        assert_int_equal(lee__way_scale(x, scale), lee_ratio_scale(x, scale));
        const lee_point a = {(int32_t)between(-900000000, 900000000),
                             (int32_t)between(-1800000000, 1800000000)};
        const lee_point b = {(int32_t)between(-900000000, 900000000),
                             (int32_t)between(-1800000000, 1800000000)};
        const lee_point quick = lee__way_point(a, b, x);
        const lee_point exact = lee_path_point(a, b, x);
        assert_int_equal(quick.lat_e7, exact.lat_e7);
        assert_int_equal(quick.lon_e7, exact.lon_e7);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stretches_are_those_of_the_exact_path),
        cmocka_unit_test(stretches_hold_over_the_antimeridian),
        cmocka_unit_test(a_way_said_to_miss_never_meets_the_area),
        cmocka_unit_test(a_distance_told_quickly_is_on_the_right_side),
        cmocka_unit_test(fractions_are_those_of_the_exact_path),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
