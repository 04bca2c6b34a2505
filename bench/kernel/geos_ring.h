/* bench/kernel/geos_ring.h: a ring of a set as GEOS wants it. */
#ifndef LEE_BENCH_KERNEL_GEOS_RING_H
#define LEE_BENCH_KERNEL_GEOS_RING_H

#include <geos_c.h>

#include "kernel/sets.h"

static inline GEOSGeometry *bench_geos_ring(GEOSContextHandle_t geos, bench_ring ring)
{
    GEOSCoordSequence *seq = GEOSCoordSeq_create_r(geos, ring.count + 1, 2);
    for (uint32_t i = 0; i <= ring.count; i++) {
        const bench_point p = ring.points[i % ring.count];
        GEOSCoordSeq_setXY_r(geos, seq, i, p.lon, p.lat);
    }
    return GEOSGeom_createLinearRing_r(geos, seq);
}

#endif
