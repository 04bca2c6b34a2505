#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "app/clock.h"

#define SECOND INT64_C(1000000)
#define BEGIN (1000 * SECOND) /* of the wall clock, when the monotonic one says 0 */

static lee_receive_clock clock_at_begin(void)
{
    return (lee_receive_clock){.offset_us = BEGIN, .wall_offset_us = BEGIN};
}

static void a_clock_set_forth_is_followed_at_once(void **state)
{
    (void)state;
    lee_receive_clock clock = clock_at_begin();
    assert_int_equal(lee_receive_clock_take(&clock, BEGIN, SECOND), LEE_CLOCK_STEADY);
    assert_int_equal(lee_receive_clock_take(&clock, BEGIN + 3600 * SECOND, 2 * SECOND),
                     LEE_CLOCK_STEPPED);
    assert_int_equal(clock.offset_us, BEGIN + 3600 * SECOND);
    assert_int_equal(clock.step_us, 3600 * SECOND);
    assert_int_equal(clock.steps, 1);
    assert_int_equal(lee_receive_clock_ahead_us(&clock), 0);
}

static void a_clock_set_back_a_little_is_waited_for(void **state)
{
    (void)state;
    lee_receive_clock clock = clock_at_begin();
    const int64_t back = BEGIN - LEE_CLOCK_WAITS_US;
    assert_int_equal(lee_receive_clock_take(&clock, back, SECOND), LEE_CLOCK_STEPPED);
    for (int64_t s = 2; s < 200; s++) {
        assert_int_equal(lee_receive_clock_take(&clock, back, s * SECOND), LEE_CLOCK_STEADY);
    }
    assert_int_equal(clock.offset_us, BEGIN);
    assert_int_equal(lee_receive_clock_ahead_us(&clock), LEE_CLOCK_WAITS_US);
    /* Set forth again it has caught up: that is no second to be ahead. */
    assert_int_equal(lee_receive_clock_take(&clock, BEGIN, 200 * SECOND), LEE_CLOCK_STEPPED);
    assert_int_equal(clock.offset_us, BEGIN);
}

static void a_clock_set_back_far_is_followed_when_it_has_stood(void **state)
{
    (void)state;
    lee_receive_clock clock = clock_at_begin();
    const int64_t back = BEGIN - LEE_CLOCK_WAITS_US - 1;
    assert_int_equal(lee_receive_clock_take(&clock, back, SECOND), LEE_CLOCK_STEPPED);
    assert_int_equal(clock.offset_us, BEGIN);
    assert_int_equal(lee_receive_clock_take(&clock, back, LEE_CLOCK_STANDS_US + SECOND - 1),
                     LEE_CLOCK_STEADY);
    assert_int_equal(lee_receive_clock_take(&clock, back, LEE_CLOCK_STANDS_US + SECOND),
                     LEE_CLOCK_SESSION_DUE);
    assert_int_equal(clock.offset_us, BEGIN);
    lee_receive_clock_follow(&clock);
    assert_int_equal(clock.offset_us, back);
    assert_int_equal(lee_receive_clock_take(&clock, back, LEE_CLOCK_STANDS_US + 2 * SECOND),
                     LEE_CLOCK_STEADY);
}

static void a_clock_that_does_not_run_is_never_followed_back(void **state)
{
    (void)state;
    lee_receive_clock clock = clock_at_begin();
    for (int64_t s = 1; s < 1000; s++) {
        assert_int_not_equal(lee_receive_clock_take(&clock, BEGIN - s * SECOND, s * SECOND),
                             LEE_CLOCK_SESSION_DUE);
    }
    assert_int_equal(clock.offset_us, BEGIN);
}

static void a_mistake_that_is_mended_within_a_minute_changes_nothing(void **state)
{
    (void)state;
    lee_receive_clock clock = clock_at_begin();
    (void)lee_receive_clock_take(&clock, BEGIN - 3600 * SECOND, 10 * SECOND);
    (void)lee_receive_clock_take(&clock, BEGIN, 60 * SECOND);
    (void)lee_receive_clock_take(&clock, BEGIN - 3600 * SECOND, 70 * SECOND);
    assert_int_equal(lee_receive_clock_take(&clock, BEGIN - 3600 * SECOND, 129 * SECOND),
                     LEE_CLOCK_STEADY);
    assert_int_equal(clock.offset_us, BEGIN);
}

static void it_begins_with_the_wall_clock_and_never_before_the_journal(void **state)
{
    (void)state;
    lee_receive_clock clock;
    lee_receive_clock_begin(&clock);
    const int64_t wall_us = lee_clock_utc_us();
    const int64_t us = lee_receive_clock_us(&clock);
    assert_in_range(us - wall_us + SECOND, SECOND / 2, 2 * SECOND);
    lee_receive_clock_raise(&clock, wall_us - 100 * SECOND);
    assert_in_range(lee_receive_clock_us(&clock) - wall_us + SECOND, 0, 5 * SECOND);
    lee_receive_clock_raise(&clock, wall_us + 100 * SECOND);
    assert_in_range(lee_receive_clock_us(&clock) - wall_us, 100 * SECOND, 105 * SECOND);
    assert_int_equal(lee_receive_clock_look(&clock), LEE_CLOCK_STEADY);
    assert_in_range(lee_receive_clock_ahead_us(&clock), 95 * SECOND, 105 * SECOND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_clock_set_forth_is_followed_at_once),
        cmocka_unit_test(a_clock_set_back_a_little_is_waited_for),
        cmocka_unit_test(a_clock_set_back_far_is_followed_when_it_has_stood),
        cmocka_unit_test(a_clock_that_does_not_run_is_never_followed_back),
        cmocka_unit_test(a_mistake_that_is_mended_within_a_minute_changes_nothing),
        cmocka_unit_test(it_begins_with_the_wall_clock_and_never_before_the_journal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
