/* Heights against the grid of 15 minutes itself, where Debian's proj-data is there, and against
 * heights that NGA publishes for its calculator's test points. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "geo/geoid.h"

static lee_point at(double lat, double lon)
{
    return (lee_point){(int32_t)(lat * 1e7), (int32_t)(lon * 1e7)};
}

/* The test points of NGA's EGM96 program F477 (input.dat, outinput.dat), in metres. */
static void published_heights_lie_within_the_stated_error(void **state)
{
    (void)state;
    static const struct {
        double lat, lon, height_m;
    } points[] = {
        {38.6281550, 269.7791550 - 360, -31.628}, {-14.6212170, 305.0211140 - 360, -2.969},
        {46.8743190, 102.4487290, -43.575},       {-23.6174460, 133.8747120, 15.871},
        {38.6254730, 359.9995000 - 360, 50.066},  {-0.4667440, 0.0023000, 17.329}};
    for (size_t i = 0; i < sizeof points / sizeof points[0]; i++) {
        const lee_geoid geoid = lee_geoid_at(at(points[i].lat, points[i].lon));
        assert_true(geoid.error_m >= 2 && geoid.error_m <= 19);
        assert_true(points[i].height_m - geoid.height_m <= geoid.error_m);
        assert_true(geoid.height_m - points[i].height_m <= geoid.error_m);
    }
}

static void the_edges_of_the_world_are_there(void **state)
{
    (void)state;
    assert_int_equal(lee_geoid_at(at(90, 0)).height_m, 14);
    assert_int_equal(lee_geoid_at(at(90, 180)).height_m, 14);
    assert_int_equal(lee_geoid_at(at(-90, -180)).height_m, -30);
    assert_int_equal(lee_geoid_at(at(0, 180)).height_m, lee_geoid_at(at(0, -180)).height_m);
}

static void a_box_covers_each_place_in_it(void **state)
{
    (void)state;
    const lee_box box = {at(5.3, 75.1), at(12.9, 83.7)}; /* the deepest hollow lies in it */
    const lee_geoid whole = lee_geoid_in(box);
    assert_true(whole.error_m < 107);
    for (double lat = 5.3; lat < 12.9; lat += 0.1) {
        for (double lon = 75.1; lon < 83.7; lon += 0.1) {
            const lee_geoid here = lee_geoid_at(at(lat, lon));
            assert_true(abs(here.height_m - whole.height_m) + here.error_m <= whole.error_m + 17);
            assert_true(abs(here.height_m - whole.height_m) <= whole.error_m);
        }
    }
    const lee_geoid point = lee_geoid_in((lee_box){at(47, 8), at(47, 8)});
    assert_int_equal(point.height_m, lee_geoid_at(at(47, 8)).height_m);
}

static float big_endian_float(const uint8_t *bytes)
{
    const uint32_t bits =
        (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
    union {
        uint32_t bits;
        float value;
    } both = {.bits = bits};
    return both.value;
}

static void every_point_of_the_fine_grid_lies_within_the_stated_error(void **state)
{
    (void)state;
    FILE *const file = fopen("/usr/share/proj/egm96_15.gtx", "rb");
    if (!file) {
        print_message("skipped: proj-data is not installed\n");
        skip();
    }
    static uint8_t bytes[40 + 721 * 1440 * 4];
    assert_int_equal(fread(bytes, 1, sizeof bytes, file), sizeof bytes);
    fclose(file);
    for (int row = 0; row < 721; row++) {
        for (int column = 0; column < 1440; column++) {
            const double height_m = big_endian_float(&bytes[40 + (row * 1440 + column) * 4]);
            const lee_geoid geoid = lee_geoid_at(at(row * 0.25 - 90, column * 0.25 - 180));
            assert_true(height_m - geoid.height_m < geoid.error_m);
            assert_true(geoid.height_m - height_m < geoid.error_m);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_heights_lie_within_the_stated_error),
        cmocka_unit_test(the_edges_of_the_world_are_there),
        cmocka_unit_test(a_box_covers_each_place_in_it),
        cmocka_unit_test(every_point_of_the_fine_grid_lies_within_the_stated_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
