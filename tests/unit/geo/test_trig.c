#include "geo/trig.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* The reference is the C library's long double functions; the tolerance is the one of trig.h. */
#define TOLERANCE 1e-12L

static uint64_t state_of_random = 88172645463325252u;

static double random_unit(void)
{
    state_of_random ^= state_of_random << 13;
    state_of_random ^= state_of_random >> 7;
    state_of_random ^= state_of_random << 17;
    return (double)(state_of_random >> 11) * 0x1p-53;
}

static void assert_near(double got, long double want, long double tolerance)
{
    if (!(fabsl((long double)got - want) <= tolerance)) {
        fail_msg("%.20g is not %.20Lg", got, want);
    }
}

static void sine_cosine_and_tangent_agree_with_the_library_over_their_domain(void **state)
{
    (void)state;
    for (int i = 0; i < 300000; i++) {
        const double range = i % 3 == 0 ? 7.0 : i % 3 == 1 ? 1000.0 : LEE_TRIG_MAX_RAD;
        const double x = (2.0 * random_unit() - 1.0) * range;
        assert_near(lee_sin(x), sinl(x), TOLERANCE);
        assert_near(lee_cos(x), cosl(x), TOLERANCE);
        if (fabs(lee_cos(x)) > 1e-2) {
            assert_near(lee_tan(x), tanl(x), TOLERANCE * (1.0L + fabsl(tanl(x))) * 100.0L);
        }
    }
}

static void both_at_once_are_the_same_bits_as_each(void **state)
{
    (void)state;
    for (int i = 0; i < 100000; i++) {
        const double x = (2.0 * random_unit() - 1.0) * (i % 2 == 0 ? 7.0 : LEE_TRIG_MAX_RAD);
        double sine;
        double cosine;
        lee_sin_cos(x, &sine, &cosine);
        assert_true(sine == lee_sin(x) && cosine == lee_cos(x));
    }
}

static void inverse_functions_agree_with_the_library(void **state)
{
    (void)state;
    for (int i = 0; i < 300000; i++) {
        const double y = (2.0 * random_unit() - 1.0) * (i % 2 ? 1.0 : 1e6);
        const double x = (2.0 * random_unit() - 1.0) * (i % 3 ? 1.0 : 1e-6);
        assert_near(lee_atan2(y, x), atan2l(y, x), TOLERANCE);
        const double u = i % 2 ? 2.0 * random_unit() - 1.0 : 1.0 - random_unit() * 1e-9;
        assert_near(lee_asin(u), asinl(u), TOLERANCE);
        assert_near(lee_acos(u), acosl(u), TOLERANCE);
    }
}

static void whole_quarter_turns_are_exact_to_the_tolerance(void **state)
{
    (void)state;
    for (int n = -60000; n <= 60000; n += 7) {
        const double x = n * (LEE_PI / 2.0);
        assert_near(lee_sin(x), sinl(x), TOLERANCE);
        assert_near(lee_cos(x), cosl(x), TOLERANCE);
    }
    assert_true(lee_sin(0.0) == 0.0);
    assert_true(lee_cos(0.0) == 1.0);
}

static void angles_of_vectors_cover_all_quadrants_and_the_axes(void **state)
{
    (void)state;
    assert_true(lee_atan2(0.0, 0.0) == 0.0);
    assert_near(lee_atan2(0.0, 2.0), 0.0L, TOLERANCE);
    assert_near(lee_atan2(3.0, 0.0), acosl(-1.0L) / 2, TOLERANCE);
    assert_near(lee_atan2(-3.0, 0.0), -acosl(-1.0L) / 2, TOLERANCE);
    assert_near(lee_atan2(0.0, -1.0), acosl(-1.0L), TOLERANCE);
    assert_near(lee_atan2(-1.0, -1.0), -0.75L * acosl(-1.0L), TOLERANCE);
}

static void arguments_a_rounding_beyond_one_are_taken_as_one(void **state)
{
    (void)state;
    assert_near(lee_asin(1.0000000000000002), acosl(-1.0L) / 2, TOLERANCE);
    assert_near(lee_asin(-1.0000000000000002), -acosl(-1.0L) / 2, TOLERANCE);
    assert_near(lee_acos(1.0000000000000002), 0.0L, TOLERANCE);
    assert_near(lee_acos(-1.0000000000000002), acosl(-1.0L), TOLERANCE);
}

/* The bits themselves: a build that contracts or reorders differs here first. */
static void results_are_the_same_bits_everywhere(void **state)
{
    (void)state;
    double sum = 0.0;
    for (int i = 0; i < 1000; i++) {
        const double x = i * 0.37 - 185.0;
        sum += lee_sin(x) * 3.0 + lee_cos(x) + lee_atan2(x, 2.5) + lee_asin(lee_sin(x));
    }
    union {
        double number;
        uint64_t bits;
    } result = {sum};
    assert_int_equal(result.bits, UINT64_C(0xbff19522465ef294));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sine_cosine_and_tangent_agree_with_the_library_over_their_domain),
        cmocka_unit_test(both_at_once_are_the_same_bits_as_each),
        cmocka_unit_test(inverse_functions_agree_with_the_library),
        cmocka_unit_test(whole_quarter_turns_are_exact_to_the_tolerance),
        cmocka_unit_test(angles_of_vectors_cover_all_quadrants_and_the_axes),
        cmocka_unit_test(arguments_a_rounding_beyond_one_are_taken_as_one),
        cmocka_unit_test(results_are_the_same_bits_everywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
