#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "leeward/terrain.h"

#define SMALL ((size_t)2 * 1201 * 1201)
#define LARGE ((size_t)2 * 3601 * 3601)

static void put(uint8_t *bytes, uint32_t cells, uint32_t row, uint32_t column, int32_t m)
{
    uint8_t *const at = bytes + 2 * ((size_t)row * (cells + 1) + column);
    at[0] = (uint8_t)((uint32_t)m >> 8);
    at[1] = (uint8_t)m;
}

static lee_point at(double lat, double lon)
{
    return (lee_point){(int32_t)(lat * 1e7 + (lat < 0 ? -0.5 : 0.5)),
                       (int32_t)(lon * 1e7 + (lon < 0 ? -0.5 : 0.5))};
}

static lee_terrain *of_tile(const char *name, const uint8_t *bytes, size_t length)
{
    lee_terrain *terrain = NULL;
    lee_error_info why;
    assert_int_equal(lee_terrain_create(&terrain), LEE_OK);
    assert_int_equal(lee_terrain_add(terrain, name, bytes, length, &why), LEE_OK);
    return terrain;
}

static int32_t feet(const lee_terrain *terrain, double lat, double lon)
{
    int32_t ft = INT32_MIN;
    return lee_terrain_height_ft(terrain, at(lat, lon), &ft) ? ft : INT32_MIN;
}

static void heights_are_read_from_the_north_west_and_joined_bilinearly(void **state)
{
    (void)state;
    uint8_t *const bytes = calloc(1, SMALL);
    put(bytes, 1200, 0, 0, 100);        /* 47 N 8 E */
    put(bytes, 1200, 1200, 0, -100);    /* 46 N 8 E */
    put(bytes, 1200, 600, 600, 1000);   /* 46.5 N 8.5 E */
    put(bytes, 1200, 600, 601, 2000);   /* one cell east */
    put(bytes, 1200, 601, 601, 3000);   /* and one south */
    put(bytes, 1200, 1200, 1200, 8848); /* 46 N 9 E */
    lee_terrain *const terrain = of_tile("N46E008.hgt", bytes, SMALL);
    const double cell = 1.0 / 1200;
    assert_int_equal(feet(terrain, 46.0, 8.0), -328);
    assert_int_equal(feet(terrain, 46.5, 8.5), 3281);
    /* Half a cell is no whole number of 1e-7 degrees: within 1 ft. */
    assert_in_range(feet(terrain, 46.5, 8.5 + cell / 2), 4920, 4922);
    assert_in_range(feet(terrain, 46.5 - cell / 2, 8.5 + cell / 2), 4920, 4922); /* 6 km / 4 */
    assert_in_range(feet(terrain, 46.5 + cell / 2, 8.5), 1639, 1641);
    assert_int_equal(feet(terrain, 46.9999999, 8.0), 328);
    /* The northern and eastern edges are of the neighbours, which are not there. */
    assert_int_equal(feet(terrain, 47.0, 8.0), INT32_MIN);
    assert_int_equal(feet(terrain, 46.0, 9.0), INT32_MIN);
    assert_int_equal(feet(terrain, 45.9999999, 8.5), INT32_MIN);
    lee_terrain_free(terrain);
    free(bytes);
}

static void the_southern_and_western_halves_count_from_their_corners(void **state)
{
    (void)state;
    uint8_t *const bytes = calloc(1, LARGE);
    put(bytes, 3600, 900, 1800, 500); /* a quarter down, half along */
    lee_terrain *const terrain = of_tile("s24W071", bytes, LARGE);
    assert_int_equal(feet(terrain, -23.25, -70.5), 1640);
    assert_int_equal(feet(terrain, -23.25 + 1.0 / 3600, -70.5), 0);
    assert_int_equal(feet(terrain, -22.5, -70.5), INT32_MIN);
    lee_terrain_free(terrain);
    free(bytes);
}

static void a_void_that_counts_is_not_known(void **state)
{
    (void)state;
    uint8_t *const bytes = calloc(1, SMALL);
    put(bytes, 1200, 600, 600, INT16_MIN);
    lee_terrain *const terrain = of_tile("N46E008", bytes, SMALL);
    const double cell = 1.0 / 1200;
    assert_int_equal(feet(terrain, 46.5, 8.5), INT32_MIN);
    assert_int_equal(feet(terrain, 46.5 + cell * 0.9, 8.5 - cell * 0.9), INT32_MIN);
    assert_int_equal(feet(terrain, 46.5 + cell * 1.1, 8.5), 0);
    int32_t min_ft;
    int32_t max_ft;
    assert_false(lee_terrain_range_ft(terrain, (lee_box){at(46.41, 8.41), at(46.42, 8.42)}, &min_ft,
                                      &max_ft));
    assert_true(lee_terrain_range_ft(terrain, (lee_box){at(46.31, 8.31), at(46.32, 8.32)}, &min_ft,
                                     &max_ft));
    lee_terrain_free(terrain);
    free(bytes);
}

static void bounds_hold_for_each_place_in_the_box(void **state)
{
    (void)state;
    uint8_t *const bytes = calloc(1, SMALL);
    uint32_t seed = 1;
    for (uint32_t r = 0; r <= 1200; r++) {
        for (uint32_t c = 0; c <= 1200; c++) {
            seed = seed * 1664525 + 1013904223;
            put(bytes, 1200, r, c, (int32_t)(r * 3 + (seed >> 24)));
        }
    }
    lee_terrain *const terrain = of_tile("N46E008", bytes, SMALL);
    int32_t min_ft = 0;
    int32_t max_ft = 0;
    const lee_box box = {at(46.31, 8.12), at(46.39, 8.18)};
    assert_true(lee_terrain_range_ft(terrain, box, &min_ft, &max_ft));
    /* One block: 120 rows of 3 m and the noise. */
    assert_in_range(max_ft - min_ft, 1180, (120 * 3 + 256) * 3.3);
    for (double lat = 46.31; lat < 46.39; lat += 0.0007) {
        for (double lon = 8.12; lon < 8.18; lon += 0.0007) {
            assert_in_range(feet(terrain, lat, lon), min_ft, max_ft);
        }
    }
    assert_false(
        lee_terrain_range_ft(terrain, (lee_box){at(46.9, 8.9), at(47.1, 8.9)}, &min_ft, &max_ft));
    lee_terrain_free(terrain);
    free(bytes);
}

static void what_is_no_tile_is_refused_with_its_reason(void **state)
{
    (void)state;
    uint8_t *const bytes = calloc(1, SMALL + 2);
    lee_terrain *terrain = NULL;
    lee_error_info why;
    assert_int_equal(lee_terrain_create(&terrain), LEE_OK);
    static const char *const names[] = {"",        "N",       "X46E008", "N4xE008", "N46Q008",
                                        "N46E0x8", "N90E008", "S91E008", "N46E180", "N46W181"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        assert_false(lee_terrain_is_name(names[i]));
        assert_int_equal(lee_terrain_add(terrain, names[i], bytes, SMALL, &why), LEE_ERR_SYNTAX);
    }
    assert_int_equal(lee_terrain_add(terrain, "N46E008", bytes, SMALL - 2, &why),
                     LEE_ERR_TRUNCATED);
    assert_int_equal(lee_terrain_add(terrain, "N46E008", bytes, SMALL + 2, &why),
                     LEE_ERR_TRUNCATED);
    put(bytes, 1200, 700, 3, 9001);
    assert_int_equal(lee_terrain_add(terrain, "N46E008", bytes, SMALL, &why), LEE_ERR_DOMAIN);
    assert_int_equal(why.offset, 2 * (700 * 1201 + 3));
    put(bytes, 1200, 700, 3, -501);
    assert_int_equal(lee_terrain_add(terrain, "N46E008", bytes, SMALL, &why), LEE_ERR_DOMAIN);
    put(bytes, 1200, 700, 3, 9000);
    assert_int_equal(lee_terrain_add(terrain, "N46E008", bytes, SMALL, &why), LEE_OK);
    assert_int_equal(lee_terrain_add(terrain, "n46e008", bytes, SMALL, &why), LEE_ERR_DUPLICATE);
    lee_terrain_free(terrain);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(heights_are_read_from_the_north_west_and_joined_bilinearly),
        cmocka_unit_test(the_southern_and_western_halves_count_from_their_corners),
        cmocka_unit_test(a_void_that_counts_is_not_known),
        cmocka_unit_test(bounds_hold_for_each_place_in_the_box),
        cmocka_unit_test(what_is_no_tile_is_refused_with_its_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
