/* bench/kernel/geos_ring.h: a ring of a set as GEOS wants it. */
#ifndef LEE_BENCH_KERNEL_GEOS_RING_H
#define LEE_BENCH_KERNEL_GEOS_RING_H

#include <geos_c.h>

#include "kernel/sets.h"

/* Four corners that cover nothing: there and back. GEOS takes one whose corners are all corners of
 * its box for a rectangle, and all that box for inside. */
static inline int bench_covers_nothing(bench_ring ring)
{
    const bench_point *p = ring.points;
    return ring.count == 4 && ((int64_t)p[2].lon - p[0].lon) * ((int64_t)p[3].lat - p[1].lat) ==
                                  ((int64_t)p[3].lon - p[1].lon) * ((int64_t)p[2].lat - p[0].lat);
}

static inline GEOSGeometry *bench_geos_ring(GEOSContextHandle_t geos, bench_ring ring)
{
    /* With a corner said twice it is asked edge by edge. */
    const uint32_t more = bench_covers_nothing(ring) ? 2 : 1;
    GEOSCoordSequence *seq = GEOSCoordSeq_create_r(geos, ring.count + more, 2);
    for (uint32_t i = 0; i < ring.count + more; i++) {
        const bench_point p = ring.points[i > ring.count ? 0 : i % ring.count];
        GEOSCoordSeq_setXY_r(geos, seq, i, p.lon, p.lat);
    }
    return GEOSGeom_createLinearRing_r(geos, seq);
}

#endif
