#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "zone/alt_band.h"

static const lee_alt_limit sfc = {.kind = LEE_LIMIT_SFC};
static const lee_alt_limit unl = {.kind = LEE_LIMIT_UNL};

static lee_alt_limit at(int32_t ft, lee_alt_ref ref)
{
    return (lee_alt_limit){.kind = LEE_LIMIT_VALUE, .alt = {ft, ref}};
}

static lee_band_altitude baro(int32_t ft)
{
    return (lee_band_altitude){.has_baro = true, .alt_baro_ft = ft};
}

static lee_band_altitude hae(int32_t ft)
{
    return (lee_band_altitude){.has_hae = true, .alt_hae_ft = ft};
}

static lee_band_answer locate(lee_alt_limit lower, lee_alt_limit upper, lee_band_altitude altitude,
                              const lee_band_conditions *conditions, int32_t margin_ft)
{
    lee_band_conditions standard;
    lee_band_answer answer;
    lee_band_conditions_default(&standard);
    lee_band_locate(&lower, &upper, &altitude, conditions ? conditions : &standard, margin_ft,
                    &answer);
    return answer;
}

static void limits_are_half_open_and_move_outward_with_the_margin(void **state)
{
    (void)state;
    const lee_alt_limit low = at(1000, LEE_ALT_MSL);
    const lee_alt_limit high = at(2500, LEE_ALT_STD);
    assert_int_equal(locate(low, high, baro(999), NULL, 0).side, LEE_BAND_BELOW);
    assert_int_equal(locate(low, high, baro(1000), NULL, 0).side, LEE_BAND_WITHIN);
    assert_int_equal(locate(low, high, baro(2499), NULL, 0).side, LEE_BAND_WITHIN);
    assert_int_equal(locate(low, high, baro(2500), NULL, 0).side, LEE_BAND_ABOVE);
    assert_int_equal(locate(low, high, baro(949), NULL, 50).side, LEE_BAND_BELOW);
    assert_int_equal(locate(low, high, baro(950), NULL, 50).side, LEE_BAND_WITHIN);
    assert_int_equal(locate(low, high, baro(2549), NULL, 50).side, LEE_BAND_WITHIN);
    assert_int_equal(locate(low, high, baro(2550), NULL, 50).side, LEE_BAND_ABOVE);
}

static void no_altitude_is_unknown_but_between_surface_and_unlimited(void **state)
{
    (void)state;
    const lee_band_altitude none = {0};
    assert_int_equal(locate(sfc, unl, none, NULL, 0).side, LEE_BAND_WITHIN);
    assert_false(locate(sfc, unl, none, NULL, 0).has_used);
    assert_int_equal(locate(sfc, at(9000, LEE_ALT_MSL), none, NULL, 0).side, LEE_BAND_UNKNOWN);
    assert_int_equal(locate(at(1, LEE_ALT_STD), unl, none, NULL, 0).side, LEE_BAND_UNKNOWN);
    assert_int_equal(locate(at(500, LEE_ALT_AGL), unl, none, NULL, 0).side, LEE_BAND_UNKNOWN);
}

static void margin_does_not_wrap_at_the_integer_limits(void **state)
{
    (void)state;
    const lee_alt_limit low = at(INT32_MIN, LEE_ALT_STD);
    const lee_alt_limit high = at(INT32_MAX, LEE_ALT_STD);
    assert_int_equal(locate(low, high, baro(INT32_MIN), NULL, INT32_MAX).side, LEE_BAND_WITHIN);
    assert_int_equal(locate(low, high, baro(INT32_MAX), NULL, INT32_MAX).side, LEE_BAND_WITHIN);
}

static void qnh_moves_pressure_altitude_against_msl_alone(void **state)
{
    (void)state;
    lee_band_conditions low_pressure;
    lee_band_conditions_default(&low_pressure);
    low_pressure.qnh_hpa_e1 = 9800;
    /* 980 hPa stands at 920 ft in the standard atmosphere: FL 30 is flown at 2081 ft. */
    const lee_alt_limit floor = at(2081, LEE_ALT_MSL);
    assert_int_equal(locate(floor, unl, baro(3000), &low_pressure, 0).side, LEE_BAND_WITHIN);
    assert_int_equal(locate(floor, unl, baro(2999), &low_pressure, 0).side, LEE_BAND_BELOW);
    assert_true(locate(floor, unl, baro(3000), &low_pressure, 0).error_ft > 0);
    assert_int_equal(locate(at(3000, LEE_ALT_STD), unl, baro(3000), &low_pressure, 0).side,
                     LEE_BAND_WITHIN);
    /* Not known, it counts as the standard, and may be wrong by as much as weather is. */
    const lee_band_answer unknown = locate(at(3000, LEE_ALT_MSL), unl, baro(3000), NULL, 0);
    assert_int_equal(unknown.side, LEE_BAND_WITHIN);
    assert_int_equal(unknown.error_ft, LEE_QNH_UNKNOWN_FT + 180);
    assert_false(unknown.cautious);
}

static void a_qnh_and_its_height_are_each_others_inverse(void **state)
{
    (void)state;
    for (int32_t e1 = LEE_QNH_MIN_HPA_E1; e1 <= LEE_QNH_MAX_HPA_E1; e1++) {
        assert_int_equal(lee_qnh_of_height(lee_qnh_height_ft(e1)), e1);
    }
    assert_int_equal(lee_qnh_of_height(0), LEE_QNH_STANDARD_HPA_E1);
    assert_int_equal(lee_qnh_of_height(273), 10232);
    assert_int_equal(lee_qnh_of_height(-100000), LEE_QNH_MIN_HPA_E1);
    assert_int_equal(lee_qnh_of_height(100000), LEE_QNH_MAX_HPA_E1);
}

static void a_qnh_not_known_makes_limits_wider_where_it_is_asked(void **state)
{
    (void)state;
    lee_band_conditions wide;
    lee_band_conditions_default(&wide);
    wide.qnh_unknown_ft = 500;
    const lee_alt_limit low = at(3000, LEE_ALT_MSL);
    const lee_alt_limit high = at(5000, LEE_ALT_MSL);
    assert_int_equal(locate(low, high, baro(2499), &wide, 0).side, LEE_BAND_BELOW);
    assert_int_equal(locate(low, high, baro(2500), &wide, 0).side, LEE_BAND_WITHIN);
    assert_true(locate(low, high, baro(3499), &wide, 0).cautious);
    assert_false(locate(low, high, baro(3500), &wide, 0).cautious);
    assert_false(locate(low, high, baro(4499), &wide, 0).cautious);
    assert_true(locate(low, high, baro(4500), &wide, 0).cautious);
    assert_int_equal(locate(low, high, baro(5499), &wide, 0).side, LEE_BAND_WITHIN);
    assert_int_equal(locate(low, high, baro(5500), &wide, 0).side, LEE_BAND_ABOVE);
    assert_int_equal(locate(low, high, hae(2999), &wide, 0).side, LEE_BAND_BELOW);
    assert_int_equal(locate(at(3000, LEE_ALT_STD), unl, baro(2999), &wide, 0).side, LEE_BAND_BELOW);
    assert_true(locate(at(3000, LEE_ALT_STD), unl, hae(2999), &wide, 0).cautious);
}

static void what_is_added_before_a_comparison_is_what_decides_it(void **state)
{
    (void)state;
    for (int32_t i = 0; i < 4 * 2 * 3; i++) {
        lee_band_conditions here;
        lee_band_conditions_default(&here);
        const lee_alt_ref ref = (lee_alt_ref)(i % 4 == LEE_ALT_AGL ? LEE_ALT_MSL : i % 4);
        const bool by_hae = i / 4 % 2;
        here.qnh_hpa_e1 = i / 8 == 0 ? 0 : i / 8 == 1 ? 9951 : 10377;
        here.qnh_unknown_ft = 700;
        here.geoid_m = -31;
        int32_t unknown_ft = 0;
        const int32_t shift_ft = lee_band_shift_ft(ref, by_hae, &here, &unknown_ft);
        const int32_t least_ft = 4000 - shift_ft - unknown_ft;
        const lee_band_altitude on = by_hae ? hae(least_ft) : baro(least_ft);
        const lee_band_altitude under = by_hae ? hae(least_ft - 1) : baro(least_ft - 1);
        assert_int_equal(locate(at(4000, ref), unl, on, &here, 0).side, LEE_BAND_WITHIN);
        assert_int_equal(locate(at(4000, ref), unl, under, &here, 0).side, LEE_BAND_BELOW);
    }
}

static void gnss_altitude_is_less_the_geoid_with_its_error(void **state)
{
    (void)state;
    lee_band_conditions here;
    lee_band_conditions_default(&here);
    here.geoid_m = 48;
    here.geoid_error_m = 2;
    /* 48 m are 157.48 ft, so 157. */
    const lee_alt_limit ceiling = at(1000, LEE_ALT_MSL);
    assert_int_equal(locate(sfc, ceiling, hae(1156), &here, 0).side, LEE_BAND_WITHIN);
    const lee_band_answer above = locate(sfc, ceiling, hae(1157), &here, 0);
    assert_int_equal(above.side, LEE_BAND_ABOVE);
    assert_int_equal(above.error_ft, 7);
    assert_int_equal(above.used.ref, LEE_ALT_HAE);
    assert_int_equal(above.used.ft, 1157);
}

static void each_limit_takes_the_altitude_of_its_kind(void **state)
{
    (void)state;
    const lee_band_altitude both = {
        .has_baro = true, .alt_baro_ft = 5000, .has_hae = true, .alt_hae_ft = 3000};
    assert_int_equal(locate(sfc, at(4000, LEE_ALT_HAE), both, NULL, 0).side, LEE_BAND_WITHIN);
    assert_int_equal(locate(sfc, at(4000, LEE_ALT_STD), both, NULL, 0).side, LEE_BAND_ABOVE);
    assert_int_equal(locate(sfc, at(4000, LEE_ALT_MSL), both, NULL, 0).side, LEE_BAND_ABOVE);
}

static void heights_above_unknown_ground_are_taken_cautiously(void **state)
{
    (void)state;
    const lee_band_answer floor = locate(at(2000, LEE_ALT_AGL), unl, baro(100), NULL, 0);
    assert_int_equal(floor.side, LEE_BAND_WITHIN);
    assert_true(floor.cautious);
    const lee_band_answer ceiling = locate(sfc, at(400, LEE_ALT_AGL), baro(30000), NULL, 0);
    assert_int_equal(ceiling.side, LEE_BAND_WITHIN);
    assert_true(ceiling.cautious);
}

static void known_ground_binds_when_it_is_sure(void **state)
{
    (void)state;
    lee_band_conditions hills;
    lee_band_conditions_default(&hills);
    hills.has_terrain = true;
    hills.terrain_min_ft = 500;
    hills.terrain_max_ft = 1500;
    const lee_alt_limit low = at(1000, LEE_ALT_AGL);
    assert_int_equal(locate(low, unl, baro(1499), &hills, 0).side, LEE_BAND_BELOW);
    assert_int_equal(locate(low, unl, baro(1500), &hills, 0).side, LEE_BAND_WITHIN);
    assert_true(locate(low, unl, baro(1500), &hills, 0).cautious);
    assert_false(locate(low, unl, baro(2500), &hills, 0).cautious);
    assert_int_equal(locate(sfc, low, baro(2499), &hills, 0).side, LEE_BAND_WITHIN);
    assert_true(locate(sfc, low, baro(2499), &hills, 0).cautious);
    assert_int_equal(locate(sfc, low, baro(2500), &hills, 0).side, LEE_BAND_ABOVE);
    assert_false(locate(sfc, low, baro(1499), &hills, 0).cautious);
}

static void on_the_ground_is_at_the_surface(void **state)
{
    (void)state;
    const lee_band_altitude ground = {.on_ground = true};
    assert_int_equal(locate(sfc, at(400, LEE_ALT_AGL), ground, NULL, 0).side, LEE_BAND_WITHIN);
    assert_int_equal(locate(at(1, LEE_ALT_AGL), unl, ground, NULL, 0).side, LEE_BAND_BELOW);
    assert_int_equal(locate(at(1, LEE_ALT_AGL), unl, ground, NULL, 1).side, LEE_BAND_WITHIN);
    const lee_band_answer under = locate(at(2500, LEE_ALT_MSL), unl, ground, NULL, 0);
    assert_int_equal(under.side, LEE_BAND_BELOW);
    assert_true(under.cautious);
    assert_int_equal(under.used.ref, LEE_ALT_AGL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(limits_are_half_open_and_move_outward_with_the_margin),
        cmocka_unit_test(no_altitude_is_unknown_but_between_surface_and_unlimited),
        cmocka_unit_test(margin_does_not_wrap_at_the_integer_limits),
        cmocka_unit_test(qnh_moves_pressure_altitude_against_msl_alone),
        cmocka_unit_test(a_qnh_and_its_height_are_each_others_inverse),
        cmocka_unit_test(a_qnh_not_known_makes_limits_wider_where_it_is_asked),
        cmocka_unit_test(what_is_added_before_a_comparison_is_what_decides_it),
        cmocka_unit_test(gnss_altitude_is_less_the_geoid_with_its_error),
        cmocka_unit_test(each_limit_takes_the_altitude_of_its_kind),
        cmocka_unit_test(heights_above_unknown_ground_are_taken_cautiously),
        cmocka_unit_test(known_ground_binds_when_it_is_sure),
        cmocka_unit_test(on_the_ground_is_at_the_surface),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
