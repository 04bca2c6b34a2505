#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "watch/mover.h"

static uint64_t roll(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

static double between(uint64_t *state, double low, double high)
{
    return low + (high - low) * (double)(roll(state) >> 11) * 0x1p-53;
}

static lee_vector somewhere(uint64_t *state, double size)
{
    return (lee_vector){between(state, -size, size), between(state, -size, size)};
}

/* The shape as it is at t_s. */
static lee_mover at_time(const lee_mover *m, double t_s)
{
    lee_mover then = *m;
    then.at.east += m->by.east * t_s;
    then.at.north += m->by.north * t_s;
    then.tail_m += m->along_mps * t_s;
    then.head_m += m->along_mps * t_s;
    return then;
}

static bool says_inside(const lee_span *spans, size_t count, double share)
{
    for (size_t i = 0; i < count; i++) {
        if (share > spans[i].from && share < spans[i].to) {
            return true;
        }
    }
    return false;
}

/* Seen at many moments, the ways are inside where the spans say so. */
static void compare(const lee_mover *m, uint64_t *dice)
{
    const lee_vector a = somewhere(dice, 3000.0);
    const lee_vector b = somewhere(dice, 3000.0);
    const double from_s = between(dice, 0.0, 50.0);
    const double to_s = from_s + between(dice, 0.0, 100.0);
    lee_span spans[LEE_MOVER_SPANS_MAX];
    const size_t count = lee__mover_spans(m, a, from_s, b, to_s, spans);
    for (size_t i = 0; i < count; i++) {
        assert_true(spans[i].from >= 0.0 && spans[i].from < spans[i].to && spans[i].to <= 1.0);
        assert_true(i == 0 || spans[i - 1].to < spans[i].from);
    }
    for (int i = 1; i < 400; i++) {
        const double share = i / 400.0;
        const lee_mover then = at_time(m, from_s + share * (to_s - from_s));
        const lee_vector place = {a.east + share * (b.east - a.east),
                                  a.north + share * (b.north - a.north)};
        const double outside_m = lee__mover_distance_m(&then, place) - m->radius_m;
        if (fabs(outside_m) > 1e-3 && says_inside(spans, count, share) != (outside_m < 0.0)) {
            fail_msg("at %f of the way: %f m outside", share, outside_m);
        }
    }
}

static void ways_through_a_disc_that_moves_are_those_seen_at_many_moments(void **state)
{
    (void)state;
    uint64_t dice = 1;
    for (int i = 0; i < 2000; i++) {
        const lee_mover m = {.radius_m = between(&dice, 1.0, 2000.0),
                             .at = somewhere(&dice, 2000.0),
                             .by = somewhere(&dice, 40.0)};
        compare(&m, &dice);
    }
}

static void ways_through_a_corridor_that_slides_are_those_seen_at_many_moments(void **state)
{
    (void)state;
    uint64_t dice = 2;
    for (int i = 0; i < 2000; i++) {
        lee_vector line[6];
        double line_m[6] = {0};
        const uint32_t count = 2 + (uint32_t)(roll(&dice) % 5);
        for (uint32_t k = 0; k < count; k++) {
            line[k] = somewhere(&dice, 2500.0);
            if (k > 0) {
                /* Along the ellipsoid a line is not quite as long as in the plane. */
                line_m[k] = line_m[k - 1] +
                            between(&dice, 0.999, 1.001) * hypot(line[k].east - line[k - 1].east,
                                                                 line[k].north - line[k - 1].north);
            }
        }
        const double tail_m = between(&dice, -500.0, line_m[count - 1]);
        const lee_mover m = {.radius_m = between(&dice, 1.0, 600.0),
                             .line = line,
                             .line_m = line_m,
                             .line_count = count,
                             .tail_m = tail_m,
                             .head_m = tail_m + between(&dice, 0.0, 3000.0),
                             .along_mps = between(&dice, -60.0, 60.0)};
        compare(&m, &dice);
    }
}

static void more_parts_than_there_is_room_for_are_one_that_is_whole(void **state)
{
    (void)state;
    lee_vector line[200];
    double line_m[200];
    for (uint32_t i = 0; i < 200; i++) {
        line[i] = (lee_vector){(double)(i / 2) * 100.0, (i + 1) / 2 % 2 == 0 ? -1000.0 : 1000.0};
        line_m[i] = i == 0 ? 0.0 : line_m[i - 1] + (i % 2 == 0 ? 100.0 : 2000.0);
    }
    const lee_mover m = {.radius_m = 10.0,
                         .line = line,
                         .line_m = line_m,
                         .line_count = 200,
                         .tail_m = 0.0,
                         .head_m = 1e6};
    lee_span spans[LEE_MOVER_SPANS_MAX];
    const lee_vector a = {-100.0, 0.0};
    assert_int_equal(lee__mover_spans(&m, a, 0.0, (lee_vector){1050.0, 0.0}, 10.0, spans), 11);
    assert_int_equal(lee__mover_spans(&m, a, 0.0, (lee_vector){9000.0, 0.0}, 10.0, spans), 1);
    assert_true(spans[0].from == 0.0 && spans[0].to == 1.0);
}

static void at_a_crossing_of_its_route_the_carrier_stays_on_its_way(void **state)
{
    (void)state;
    /* A figure of eight: east through the origin, round, and north through it. */
    const lee_vector line[] = {{-1000, 0}, {1000, 0}, {1000, -1000}, {10, -1000}, {10, 1000}};
    const double line_m[] = {0, 2000, 3000, 3990, 5990};
    double aside_m;
    lee_vector heading;
    double at_m = lee__mover_along_m(line, line_m, 5, 100.0, 950.0, &aside_m, &heading);
    assert_true(fabs(at_m - 1000.0) < 1e-9 && heading.east > 0.99);
    at_m = lee__mover_along_m(line, line_m, 5, 100.0, 4900.0, &aside_m, &heading);
    assert_true(fabs(at_m - 4990.0) < 1e-9 && heading.north > 0.99);
    /* Not known before: the nearest. */
    at_m = lee__mover_along_m(line, line_m, 5, 100.0, (double)NAN, &aside_m, &heading);
    assert_true(fabs(at_m - 1000.0) < 1e-9 && aside_m < 1e-9);
    /* On a bend the end of one edge does not hold it back. */
    const lee_vector bend[] = {{-500, 0}, {-50, 0}, {500, 50}};
    const double bend_m[] = {0, 450, 1003};
    at_m = lee__mover_along_m(bend, bend_m, 3, 200.0, 440.0, &aside_m, &heading);
    assert_true(at_m > 490.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ways_through_a_disc_that_moves_are_those_seen_at_many_moments),
        cmocka_unit_test(ways_through_a_corridor_that_slides_are_those_seen_at_many_moments),
        cmocka_unit_test(more_parts_than_there_is_room_for_are_one_that_is_whole),
        cmocka_unit_test(at_a_crossing_of_its_route_the_carrier_stays_on_its_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
