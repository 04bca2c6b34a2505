#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "app/measure.h"

static void what_lies_a_whole_span_apart_does_not_count_together(void **state)
{
    (void)state;
    const double at_s[] = {0, 599, 600, 1199, 1250, 1300};
    assert_int_equal(lee_measure_most_within(at_s, 0, 600), 0);
    assert_int_equal(lee_measure_most_within(at_s, 1, 600), 1);
    assert_int_equal(lee_measure_most_within(at_s, 2, 600), 2);
    assert_int_equal(lee_measure_most_within(at_s, 3, 600), 2);
    assert_int_equal(lee_measure_most_within(at_s, 6, 600), 3);
    assert_int_equal(lee_measure_most_within(at_s, 6, 701), 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_lies_a_whole_span_apart_does_not_count_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
