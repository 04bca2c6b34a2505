/* watch/fan_plane.h: latitude and longitude side by side, to draw the fan and to meet it. */
#ifndef LEE_WATCH_FAN_PLANE_H
#define LEE_WATCH_FAN_PLANE_H

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "watch/fan.h"

/* Turns are drawn in chords of 15 degrees. Cosine of half of that: the chords of a turn are
 * inscribed in a circle, and keep farther from its middle than this share of its radius. */
#define LEE_FAN_COS_HALF 0.99144486137381038

/* As fmin and fmax, without their care for what is no number, which costs a call. */
static inline double lee__lesser(double a, double b)
{
    return a < b ? a : b;
}

static inline double lee__greater(double a, double b)
{
    return a > b ? a : b;
}

/* --- latitude and longitude side by side --------------------------------------------------------
 */

/* A bit for each pair of numbers of which the first is less. */
static inline uint32_t lee__two_less(lee_fan_two a, lee_fan_two b)
{
#ifdef __SSE2__
    return (uint32_t)_mm_movemask_pd(_mm_cmplt_pd((__m128d)a, (__m128d)b));
#else
    return (uint32_t)(a[0] < b[0]) | (uint32_t)(a[1] < b[1]) << 1;
#endif
}

static inline lee_fan_two lee__two_lesser(lee_fan_two a, lee_fan_two b)
{
#ifdef __SSE2__
    return (lee_fan_two)_mm_min_pd((__m128d)a, (__m128d)b);
#else
    return (lee_fan_two){lee__lesser(a[0], b[0]), lee__lesser(a[1], b[1])};
#endif
}

static inline lee_fan_two lee__two_greater(lee_fan_two a, lee_fan_two b)
{
#ifdef __SSE2__
    return (lee_fan_two)_mm_max_pd((__m128d)a, (__m128d)b);
#else
    return (lee_fan_two){lee__greater(a[0], b[0]), lee__greater(a[1], b[1])};
#endif
}

static inline lee_fan_two lee__two_of_point(lee_point p)
{
    return (lee_fan_two){p.lat_e7, p.lon_e7};
}

static inline lee_fan_two lee__two_of_place(const lee_fan_place *p)
{
    return (lee_fan_two){p->lat, p->lon};
}

static inline lee_fan_box lee__fan_box_from(lee_point origin, lee_box box)
{
    const lee_fan_two from = lee__two_of_point(origin);
    return (lee_fan_box){lee__two_of_point(box.min) - from, lee__two_of_point(box.max) - from};
}

static inline bool lee__fan_boxes_meet(const lee_fan_box *a, const lee_fan_box *b)
{
    return (lee__two_less(b->max, a->min) | lee__two_less(a->max, b->min)) == 0;
}

/* From the start of a way that turns to the middle of its circle. */
static inline lee_fan_two lee__fan_to_middle(const lee_fan *fan, const lee_fan_way *way)
{
    return (lee_fan_two){-fan->by[1], fan->by[0]} * way->radius_s;
}

#endif
