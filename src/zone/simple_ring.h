/* zone/simple_ring.h: whether a ring is simple, exactly. */
#ifndef LEE_ZONE_SIMPLE_RING_H
#define LEE_ZONE_SIMPLE_RING_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
    int64_t lat_e7;
    int64_t lon_e7;
} lee_wide_point;

typedef enum { LEE_RING_SIMPLE, LEE_RING_CROSSING, LEE_RING_UNDECIDED } lee_ring_verdict;

/* Integer arithmetic alone: no two edges share a point but neighbours their common end. UNDECIDED:
 * no memory, or too many edges lie side by side to be worth it; ask GEOS. Coordinates within
 * 2^33; the first point is not repeated. */
lee_ring_verdict lee_ring_is_simple(const lee_wide_point *points, size_t count);

/* The sign of (b - a) x (c - a): 1 when c lies left of a to b, 0 on the line. Exact. */
int lee_wide_orientation(lee_wide_point a, lee_wide_point b, lee_wide_point c);

#endif
