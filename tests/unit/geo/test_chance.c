#include "geo/chance.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void exponentials_agree_with_the_library(void **state)
{
    (void)state;
    for (int i = 0; i < 7000; i++) {
        const double x = i * 0.1 + i * 1e-5;
        const long double want = expl(-(long double)x);
        assert_true(fabsl(lee_exp_minus(x) - want) <= 1e-11L * want + 1e-300L);
    }
    assert_true(lee_exp_minus(0.0) == 1.0);
    assert_true(lee_exp_minus(1e9) == 0.0);
}

static void the_normal_integral_agrees_with_the_library(void **state)
{
    (void)state;
    for (int i = -8000; i <= 8000; i++) {
        const double x = i * 0.001;
        const long double want = 0.5L * erfcl(-(long double)x / sqrtl(2.0L));
        assert_true(fabsl(lee_normal_below(x) - want) < 1e-7L);
    }
    assert_true(lee_normal_below(-100.0) == 0.0);
    assert_true(lee_normal_below(100.0) == 1.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exponentials_agree_with_the_library),
        cmocka_unit_test(the_normal_integral_agrees_with_the_library),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
