/* bench/kernel/geos.c: GEOS, an STRtree of prepared geometries: what a careful user writes with its
 * C interface. usage: geos SET KIND COUNT. Coordinates are the same integers, so its answers
 * are exact too. */
#define _POSIX_C_SOURCE 200809L
#include "kernel/sets.h"

#include <malloc.h>
#include <stdarg.h>
#include <stdbool.h>

#include "kernel/geos_ring.h"

static GEOSContextHandle_t geos;
static GEOSGeometry **shapes;
static const GEOSPreparedGeometry **prepared;
static GEOSSTRtree *tree;

static GEOSGeometry *polygon_of(const bench_polygon *polygon)
{
    GEOSGeometry **holes = bench_alloc(polygon->ring_count, sizeof(*holes));
    for (uint32_t r = 1; r < polygon->ring_count; r++) {
        holes[r - 1] = bench_geos_ring(geos, polygon->rings[r]);
    }
    GEOSGeometry *made = GEOSGeom_createPolygon_r(geos, bench_geos_ring(geos, polygon->rings[0]),
                                                  holes, polygon->ring_count - 1);
    free(holes);
    return made;
}

static GEOSGeometry *shape_of(const bench_zone *zone)
{
    if (zone->polygon_count == 1) {
        return polygon_of(&zone->polygons[0]);
    }
    GEOSGeometry **parts = bench_alloc(zone->polygon_count, sizeof(*parts));
    for (uint32_t p = 0; p < zone->polygon_count; p++) {
        parts[p] = polygon_of(&zone->polygons[p]);
    }
    GEOSGeometry *made =
        GEOSGeom_createCollection_r(geos, GEOS_MULTIPOLYGON, parts, zone->polygon_count);
    free(parts);
    return made;
}

typedef struct {
    GEOSGeometry *point;
    uint64_t index, pairs, hash;
    bool hashed;
} question;

static void on_candidate(void *item, void *context)
{
    question *q = context;
    const uint32_t zone = (uint32_t)((uintptr_t)item - 1);
    if (GEOSPreparedContains_r(geos, prepared[zone], q->point) == 1) {
        q->pairs++;
        q->hash += q->hashed ? bench_mix(q->index, zone) : zone;
    }
}

static question ask(const bench_points *p, uint64_t count, bool hashed)
{
    question q = {NULL, 0, 0, 0, hashed};
    for (uint64_t i = 0; i < count; i++) {
        q.point = GEOSGeom_createPointFromXY_r(geos, p->lon[i], p->lat[i]);
        q.index = i;
        GEOSSTRtree_query_r(geos, tree, q.point, on_candidate, &q);
        GEOSGeom_destroy_r(geos, q.point);
    }
    return q;
}

int main(int argc, char **argv)
{
    if (argc < 4) {
        return 2;
    }
    const bench_set set = bench_load(argv[1]);
    const bench_points points = bench_make_points(&set, argv[2], (uint64_t)atoll(argv[3]));
    geos = GEOS_init_r();
    malloc_trim(0);
    const double memory_before = bench_memory_mb();
    const double start = bench_cpu_s();
    shapes = bench_alloc(set.zone_count, sizeof(*shapes));
    prepared = bench_alloc(set.zone_count, sizeof(*prepared));
    tree = GEOSSTRtree_create_r(geos, 10);
    for (uint32_t z = 0; z < set.zone_count; z++) {
        if (set.zones[z].polygon_count == 0) {
            continue;
        }
        shapes[z] = shape_of(&set.zones[z]);
        prepared[z] = GEOSPrepare_r(geos, shapes[z]);
        GEOSSTRtree_insert_r(geos, tree, shapes[z], (void *)(uintptr_t)(z + 1));
    }
    /* The first question to each builds what it prepares. */
    GEOSGeometry *far = GEOSGeom_createPointFromXY_r(geos, 0, 0);
    for (uint32_t z = 0; z < set.zone_count; z++) {
        if (prepared[z]) {
            double x, y;
            GEOSGeometry *inner = GEOSGetCentroid_r(geos, shapes[z]);
            GEOSGeomGetX_r(geos, inner, &x);
            GEOSGeomGetY_r(geos, inner, &y);
            (void)GEOSPreparedContains_r(geos, prepared[z], inner);
            GEOSGeom_destroy_r(geos, inner);
        }
    }
    GEOSGeom_destroy_r(geos, far);
    const question warm = ask(&points, points.count < 20000 ? points.count : 20000, false);
    (void)warm;
    const double build_s = bench_cpu_s() - start;
    malloc_trim(0);
    const double memory_mb = bench_memory_mb() - memory_before;
    const double from = bench_cpu_s();
    ask(&points, points.count, false);
    const double took = bench_cpu_s() - from;
    const uint64_t checked = points.count < 1000000 ? points.count : 1000000;
    const question check = ask(&points, checked, true);
    bench_print("geos", argv[1], argv[2], (double)points.count / took, build_s, memory_mb,
                check.pairs, check.hash, checked);
    return 0;
}
