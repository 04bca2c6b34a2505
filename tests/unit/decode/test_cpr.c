#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>

#include "decode/cpr.h"
#include "unit/decode/encode.h"

/* Messages of Doc 9871 C.2.6 as worked through in "The 1090 MHz Riddle" 2nd edition, chapter 5. */
static const lee_cpr even = {.lat = 93000, .lon = 51372, .odd = false};
static const lee_cpr odd = {.lat = 74158, .lon = 50194, .odd = true};

static void a_pair_gives_the_position_of_the_newer_half(void **state)
{
    (void)state;
    lee_point point;
    int64_t apart;
    assert_true(lee_cpr_global(&even, &odd, false, NULL, &point, &apart));
    assert_int_equal(point.lat_e7, 522572021); /* 52.2572021484375 */
    assert_int_equal(point.lon_e7, 39193726);  /* 3.91937255859375 */
    assert_true(lee_cpr_global(&even, &odd, true, NULL, &point, &apart));
    assert_int_equal(point.lat_e7, 522657802); /* 52.26578017412606 */
    assert_in_range(apart, 80000, 300000);
}

static void one_half_and_a_place_nearby_give_the_same(void **state)
{
    (void)state;
    lee_point point;
    assert_true(lee_cpr_local(&even, (lee_point){522580000, 39180000}, &point));
    assert_int_equal(point.lat_e7, 522572021);
    assert_int_equal(point.lon_e7, 39193726);
}

static void zones_follow_the_published_table(void **state)
{
    (void)state;
    /* DO-260B A.1.7.2 gives eight decimals: 10.47047130, 14.82817437, ... 86.53536998, 87. */
    assert_int_equal(lee_cpr_zones(0), 59);
    assert_int_equal(lee_cpr_zones(10470471290), 59);
    assert_int_equal(lee_cpr_zones(10470471310), 58);
    assert_int_equal(lee_cpr_zones(-14828174360), 58);
    assert_int_equal(lee_cpr_zones(-14828174380), 57);
    assert_int_equal(lee_cpr_zones(86535369970), 3);
    assert_int_equal(lee_cpr_zones(86535369990), 2);
    assert_int_equal(lee_cpr_zones(87000000000), 2);
    assert_int_equal(lee_cpr_zones(87000000002), 1);
    assert_int_equal(lee_cpr_zones(90000000000), 1);
}

static void every_zone_ends_where_the_formula_has_it(void **state)
{
    (void)state;
    const double pi = 3.14159265358979323846;
    for (int zones = 59; zones > 2; zones--) {
        const double cosine = sqrt((1 - cos(pi / 30)) / (1 - cos(2 * pi / zones)));
        const int64_t limit_e9 = (int64_t)(acos(cosine) * 180 / pi * 1e9);
        for (int sign = -1; sign <= 1; sign += 2) {
            assert_int_equal(lee_cpr_zones(sign * (limit_e9 - 2)), zones);
            assert_int_equal(lee_cpr_zones(sign * (limit_e9 + 3)), zones - 1);
        }
    }
}

static int64_t lon_apart(int64_t a, int64_t b)
{
    const int64_t apart = llabs(a - b);
    return apart > 1800000000 ? INT64_C(3600000000) - apart : apart;
}

static void round_trip(bool surface)
{
    /* A step is 360 / 59 / 2^17 degrees (surface a quarter), and half of it is the rounding. */
    const int64_t step = surface ? 60 : 240;
    uint32_t seed = 7;
    int solved = 0;
    for (int round = 0; round < 20000; round++) {
        seed = seed * 1664525u + 1013904223u;
        const int32_t lat = (int32_t)(seed % 1780000001u) - 890000000;
        seed = seed * 1664525u + 1013904223u;
        const int32_t lon = (int32_t)(seed % 3600000000u - 1800000000u);
        const lee_point point = {lat, lon};
        const lee_cpr halves[2] = {cpr_encode(point, false, surface),
                                   cpr_encode(point, true, surface)};
        const lee_point reference = {lat + (lat > 0 ? -900000 : 900000), lon};
        for (int newer = 0; newer < 2; newer++) {
            lee_point got;
            int64_t apart;
            assert_true(lee_cpr_local(&halves[newer], reference, &got));
            assert_in_range(llabs((int64_t)got.lat_e7 - lat), 0, step);
            assert_in_range(lon_apart(got.lon_e7, lon), 0, 30000);
            if (lee_cpr_global(&halves[0], &halves[1], newer == 1, &reference, &got, &apart)) {
                solved++;
                assert_in_range(llabs((int64_t)got.lat_e7 - lat), 0, step);
                assert_in_range(apart, 0, 400000);
            }
        }
    }
    assert_in_range(solved, 39000, 40000);
}

static void positions_all_over_the_world_survive(void **state)
{
    (void)state;
    round_trip(false);
    round_trip(true);
}

static void halves_may_lie_nearly_three_miles_apart(void **state)
{
    (void)state;
    for (int32_t apart_e7 = -450000; apart_e7 <= 450000; apart_e7 += 900000) {
        const lee_point first = {435000000, 13700000};
        const lee_point second = {first.lat_e7 + apart_e7, first.lon_e7};
        const lee_cpr a = cpr_encode(first, false, false);
        const lee_cpr b = cpr_encode(second, true, false);
        lee_point point;
        int64_t apart;
        assert_true(lee_cpr_global(&a, &b, true, NULL, &point, &apart));
        assert_in_range(llabs((int64_t)point.lat_e7 - second.lat_e7), 0, 240);
        assert_in_range(llabs(apart - 450000), 0, 500);
    }
}

static void halves_of_different_zones_of_longitude_give_nothing(void **state)
{
    (void)state;
    const lee_point south = {104700000, 100000000};
    const lee_point north = {104709000, 100000000};
    const lee_cpr a = cpr_encode(south, false, false);
    const lee_cpr b = cpr_encode(north, true, false);
    lee_point point;
    int64_t apart;
    assert_false(lee_cpr_global(&a, &b, true, NULL, &point, &apart));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pair_gives_the_position_of_the_newer_half),
        cmocka_unit_test(one_half_and_a_place_nearby_give_the_same),
        cmocka_unit_test(zones_follow_the_published_table),
        cmocka_unit_test(every_zone_ends_where_the_formula_has_it),
        cmocka_unit_test(positions_all_over_the_world_survive),
        cmocka_unit_test(halves_may_lie_nearly_three_miles_apart),
        cmocka_unit_test(halves_of_different_zones_of_longitude_give_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
