/* geo/cross.h: where a straight path crosses one edge: exactly, and in doubles where these are
 * beyond doubt. The ties are those of geo/path.h: path and edge are never parallel, and no path
 * leads through a vertex. */
#ifndef LEE_GEO_CROSS_H
#define LEE_GEO_CROSS_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

#include "geo/path.h"

/* Products of coordinates are below 2^64, so that doubles err by less than this in a sum of two. */
#define LEE_CROSS_DOUBT 16384.0

/* A path from x, y (longitude, latitude) by dx, dy; any origin. Its length is not 0. */
typedef struct {
    int64_t x;
    int64_t y;
    int64_t dx;
    int64_t dy;
} lee_line;

/* The sign of ax * by - ay * bx. */
static inline int lee_cross_sign(int64_t ax, int64_t ay, int64_t bx, int64_t by)
{
    const double rough = (double)ax * (double)by - (double)ay * (double)bx;
    if (rough > LEE_CROSS_DOUBT) {
        return 1;
    }
    if (rough < -LEE_CROSS_DOUBT) {
        return -1;
    }
    const lee_wide exact = (lee_wide)ax * by - (lee_wide)ay * bx;
    return (exact > 0) - (exact < 0);
}

/* On which side of the path a vertex is; never 0. */
static inline int lee_cross_vertex_side(const lee_line *l, int64_t x, int64_t y)
{
    const int side = lee_cross_sign(l->dx, l->dy, x - l->x, y - l->y);
    if (side != 0) {
        return side;
    }
    return l->dy != 0 ? (l->dy > 0 ? 1 : -1) : (l->dx > 0 ? -1 : 1);
}

/* On which side of the edge by ex, ey from tail_x, tail_y a point of a path is; never 0. */
static inline int lee_cross_point_side(int64_t tail_x, int64_t tail_y, int64_t ex, int64_t ey,
                                       int64_t x, int64_t y)
{
    const int side = lee_cross_sign(ex, ey, x - tail_x, y - tail_y);
    if (side != 0) {
        return side;
    }
    return ey != 0 ? (ey > 0 ? -1 : 1) : (ex > 0 ? 1 : -1);
}

/* Where the path crosses an edge whose ends are on different sides of it. False: it ends before, or
 * begins beyond. */
static inline bool lee_cross_between(const lee_line *l, int64_t tail_x, int64_t tail_y,
                                     int64_t head_x, int64_t head_y, lee_ratio *at)
{
    const int64_t ex = head_x - tail_x;
    const int64_t ey = head_y - tail_y;
    if (lee_cross_point_side(tail_x, tail_y, ex, ey, l->x, l->y) ==
        lee_cross_point_side(tail_x, tail_y, ex, ey, l->x + l->dx, l->y + l->dy)) {
        return false;
    }
    lee_wide den = (lee_wide)l->dx * ey - (lee_wide)l->dy * ex;
    lee_wide num = (lee_wide)(tail_x - l->x) * ey - (lee_wide)(tail_y - l->y) * ex;
    if (den < 0) {
        den = -den;
        num = -num;
    }
    assert(den > 0);
    assert(num >= 0 && num <= den);
    *at = (lee_ratio){num, den};
    return true;
}

/* As lee_ratio_compare. */
static inline int lee_cross_compare(lee_ratio a, lee_ratio b)
{
    if (a.num == b.num && a.den == b.den) {
        return 0;
    }
    const double x = (double)a.num * (double)b.den;
    const double y = (double)b.num * (double)a.den;
    const double doubt = (x + y) * 1e-14;
    if (x > y + doubt) {
        return 1;
    }
    return x < y - doubt ? -1 : lee_ratio_compare(a, b);
}

/* As lee_ratio_scale. */
static inline int64_t lee_cross_scale(lee_ratio ratio, int64_t scale)
{
    const lee_wide limit = (lee_wide)1 << 68;
    if (ratio.num >= limit || ratio.den >= limit || scale >= INT64_C(1) << 48) {
        return lee_ratio_scale(ratio, scale);
    }
    /* The quotient in doubles is right to within one below 2^48; the rest is then exact. */
    int64_t whole = (int64_t)((double)ratio.num / (double)ratio.den * (double)scale);
    lee_wide rest = ratio.num * scale - (lee_wide)whole * ratio.den;
    while (rest < 0) {
        rest += ratio.den;
        whole--;
    }
    while (rest >= ratio.den) {
        rest -= ratio.den;
        whole++;
    }
    return whole;
}

#endif
