#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "zone/schedule.h"

static void start_is_inside_and_end_is_outside(void **state)
{
    (void)state;
    const lee_interval items[] = {{10, 20}, {30, 40}};
    const lee_schedule schedule = {.intervals = items, .count = 2};
    assert_false(lee_schedule_active(&schedule, 9));
    assert_true(lee_schedule_active(&schedule, 10));
    assert_true(lee_schedule_active(&schedule, 19));
    assert_false(lee_schedule_active(&schedule, 20));
    assert_true(lee_schedule_active(&schedule, 30));
    assert_false(lee_schedule_active(&schedule, 40));
}

static void always_is_active_and_has_no_edge(void **state)
{
    (void)state;
    const lee_schedule schedule = {.always = true};
    int64_t edge = -7;
    assert_true(lee_schedule_active(&schedule, INT64_MIN));
    assert_true(lee_schedule_active(&schedule, INT64_MAX));
    assert_false(lee_schedule_next_edge(&schedule, 0, &edge));
    assert_int_equal(edge, -7);
}

static void never_is_inactive_and_has_no_edge(void **state)
{
    (void)state;
    const lee_schedule schedule = {.always = false};
    int64_t edge = -7;
    assert_false(lee_schedule_active(&schedule, 0));
    assert_false(lee_schedule_next_edge(&schedule, 0, &edge));
}

static void next_edge_is_after_the_instant(void **state)
{
    (void)state;
    const lee_interval items[] = {{10, 20}, {20, 25}, {30, INT64_MAX}};
    const lee_schedule schedule = {.intervals = items, .count = 3};
    int64_t edge = 0;
    assert_true(lee_schedule_next_edge(&schedule, INT64_MIN, &edge));
    assert_int_equal(edge, 10);
    /* 20 is no edge: the zone stays active from one interval to the next. */
    assert_true(lee_schedule_next_edge(&schedule, 10, &edge));
    assert_int_equal(edge, 25);
    assert_true(lee_schedule_next_edge(&schedule, 25, &edge));
    assert_int_equal(edge, 30);
    assert_false(lee_schedule_next_edge(&schedule, 30, &edge));
}

static void normalise_sorts_merges_and_drops(void **state)
{
    (void)state;
    lee_interval items[] = {{50, 60}, {10, 20}, {15, 30}, {30, 35}, {40, 40}, {44, 41}};
    assert_int_equal(lee_schedule_normalise(items, 6), 2);
    assert_int_equal(items[0].from_us, 10);
    assert_int_equal(items[0].to_us, 35);
    assert_int_equal(items[1].from_us, 50);
    assert_int_equal(lee_schedule_normalise(NULL, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(start_is_inside_and_end_is_outside),
        cmocka_unit_test(always_is_active_and_has_no_edge),
        cmocka_unit_test(never_is_inactive_and_has_no_edge),
        cmocka_unit_test(next_edge_is_after_the_instant),
        cmocka_unit_test(normalise_sorts_merges_and_drops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
