/* tests/kernel/test_kernel_geos.c: every answer of the zone index against GEOS on the same rings.
 *
 * usage: test_kernel_geos SET COUNT [KIND]. SET is that of bench/kernel/sets.h. For each kind of
 * points (or KIND alone), COUNT of them are located one by one, in columns, on both kinds of
 * processor, and by GEOS. GEOS tells inside, outside and on the boundary; on the boundary it cannot
 * say to which side a point belongs, so there the edge rule decides, as lee_area_contains applies
 * it and tests/unit/geo/test_area.c proves it. GEOS is asked ring by ring: an area is the points
 * inside an odd number of its rings, also where rings touch or cross, which GEOS's polygons must
 * not. */
#define _POSIX_C_SOURCE 200809L
#include "kernel/sets.h"

#include <geos_c.h>
#include <stdarg.h>
#include <stdbool.h>

#include "geo/area.h"
#include "kernel/geos_ring.h"
#include "leeward/zone_set.h"
#include "zone/set.h"

enum { CAPACITY = 65536, BATCH = 4096 };

static GEOSContextHandle_t geos;
static const GEOSPreparedGeometry **prepared; /* by ring */
static uint32_t *zone_of;                     /* by ring */
static GEOSSTRtree *tree;

static GEOSGeometry *ring_of(bench_ring ring)
{
    return GEOSGeom_createPolygon_r(geos, bench_geos_ring(geos, ring), NULL, 0);
}

static uint64_t count_rings(const bench_set *set, uint32_t from, uint32_t until)
{
    uint64_t count = 0;
    for (uint32_t z = from; z < until; z++) {
        for (uint32_t p = 0; p < set->zones[z].polygon_count; p++) {
            count += set->zones[z].polygons[p].ring_count;
        }
    }
    return count;
}

static lee_zone_list prepare(const bench_set *set)
{
    const uint64_t ring_count = count_rings(set, 0, set->zone_count);
    lee_zone *zones = bench_alloc(set->zone_count, sizeof(*zones));
    lee_ring *rings = bench_alloc(ring_count, sizeof(*rings));
    prepared = bench_alloc(ring_count, sizeof(*prepared));
    zone_of = bench_alloc(ring_count, sizeof(*zone_of));
    tree = GEOSSTRtree_create_r(geos, 10);
    uint32_t at = 0;
    for (uint32_t z = 0; z < set->zone_count; z++) {
        zones[z].area = (lee_area){&rings[at], (uint32_t)count_rings(set, z, z + 1)};
        for (uint32_t p = 0; p < set->zones[z].polygon_count; p++) {
            for (uint32_t r = 0; r < set->zones[z].polygons[p].ring_count; r++) {
                const bench_ring ring = set->zones[z].polygons[p].rings[r];
                GEOSGeometry *shape = ring_of(ring);
                rings[at] = (lee_ring){(const lee_point *)(const void *)ring.points, ring.count};
                prepared[at] = GEOSPrepare_r(geos, shape);
                zone_of[at] = z;
                GEOSSTRtree_insert_r(geos, tree, shape, (void *)(uintptr_t)(++at));
            }
        }
    }
    return (lee_zone_list){zones, set->zone_count};
}

typedef struct {
    GEOSGeometry *point;
    uint32_t inside[CAPACITY];
    uint32_t boundary[CAPACITY];
    uint32_t inside_count, boundary_count;
} oracle;

static oracle o;

static bool take(uint32_t *zones, uint32_t *count, uint32_t zone)
{
    for (uint32_t i = 0; i < *count; i++) {
        if (zones[i] == zone) {
            zones[i] = zones[--*count];
            return true;
        }
    }
    return false;
}

static void on_candidate(void *item, void *context)
{
    (void)context;
    const uint32_t ring = (uint32_t)((uintptr_t)item - 1);
    const uint32_t zone = zone_of[ring];
    if (GEOSPreparedContains_r(geos, prepared[ring], o.point) == 1) {
        /* Inside a second ring is outside again. */
        if (!take(o.inside, &o.inside_count, zone)) {
            o.inside[o.inside_count++] = zone;
        }
    } else if (GEOSPreparedIntersects_r(geos, prepared[ring], o.point) == 1) {
        (void)take(o.boundary, &o.boundary_count, zone);
        o.boundary[o.boundary_count++] = zone;
    }
}

static void ask_geos(lee_point p)
{
    o.inside_count = o.boundary_count = 0;
    o.point = GEOSGeom_createPointFromXY_r(geos, p.lon_e7, p.lat_e7);
    GEOSSTRtree_query_r(geos, tree, o.point, on_candidate, NULL);
    for (uint32_t i = 0; i < o.boundary_count; i++) {
        (void)take(o.inside, &o.inside_count, o.boundary[i]);
    }
    GEOSGeom_destroy_r(geos, o.point);
}

static bool has(const uint32_t *zones, uint32_t count, uint32_t zone)
{
    for (uint32_t i = 0; i < count; i++) {
        if (zones[i] == zone) {
            return true;
        }
    }
    return false;
}

static uint64_t on_boundary;

/* Every zone that GEOS holds inside, every zone on whose boundary the point is and which the edge
 * rule gives it to, and no other. */
static bool agrees(const lee_zone_list *list, lee_point p, const uint32_t *got, uint32_t count)
{
    uint32_t expected = o.inside_count;
    bool ok = true;
    for (uint32_t i = 0; i < o.inside_count; i++) {
        ok &= has(got, count, o.inside[i]);
    }
    for (uint32_t i = 0; i < o.boundary_count; i++) {
        const bool holds = lee_area_contains(&list->zones[o.boundary[i]].area, p);
        ok &= has(got, count, o.boundary[i]) == holds;
        expected += holds;
        on_boundary++;
    }
    return ok && expected == count;
}

static uint64_t check(lee_zone_set *set, const bench_points *points)
{
    static uint32_t zones[2][CAPACITY], ends[2][BATCH], single[CAPACITY];
    const lee_zone_list *list = lee_zone_set_list(set);
    uint64_t differences = 0;
    for (uint64_t done = 0; done < points->count;) {
        const size_t ask = points->count - done < BATCH ? (size_t)(points->count - done) : BATCH;
        size_t answered = ask;
        for (int portable = 0; portable < 2; portable++) {
            lee_zone_set_use_portable(set, portable == 1);
            const size_t got =
                lee_zone_set_locate_many(set, points->lat + done, points->lon + done, ask,
                                         zones[portable], CAPACITY, ends[portable]);
            answered = got < answered ? got : answered;
        }
        for (size_t i = 0; i < answered; i++) {
            const lee_point p = {points->lat[done + i], points->lon[done + i]};
            const uint32_t start = i ? ends[0][i - 1] : 0;
            const uint32_t count = ends[0][i] - start;
            ask_geos(p);
            bool ok = agrees(list, p, zones[0] + start, count);
            ok &= ends[1][i] == ends[0][i] &&
                  memcmp(zones[0] + start, zones[1] + start, count * sizeof(uint32_t)) == 0;
            ok &= lee_zone_set_locate(set, p, single, CAPACITY) == count;
            for (uint32_t k = 0; ok && k < count; k++) {
                ok = has(zones[0] + start, count, single[k]);
            }
            if (!ok && differences++ < 10) {
                fprintf(stderr, "differs at lat %d lon %d\n", p.lat_e7, p.lon_e7);
            }
        }
        done += answered;
    }
    return differences;
}

int main(int argc, char **argv)
{
    if (argc != 3 && argc != 4) {
        return 2;
    }
    geos = GEOS_init_r();
    /* Both live as long as the program, and so do the shapes that they hold. */
    static bench_set made;
    static lee_zone_list list;
    made = bench_load(argv[1]);
    list = prepare(&made);
    lee_zone_set *set = NULL;
    if (lee_zone_set_build(&list, &set)) {
        return 1;
    }
    uint64_t differences = 0;
    static const char *const kinds[] = {"uniform", "adversarial"};
    for (int k = 0; k < 2; k++) {
        if (argc == 4 && strcmp(argv[3], kinds[k]) != 0) {
            continue;
        }
        const bench_points points = bench_make_points(&made, kinds[k], (uint64_t)atoll(argv[2]));
        on_boundary = 0;
        const uint64_t found = check(set, &points);
        printf("{\"points\":\"%s\",\"count\":%llu,\"on_boundary\":%llu,\"differences\":%llu}\n",
               kinds[k], (unsigned long long)points.count, (unsigned long long)on_boundary,
               (unsigned long long)found);
        fflush(stdout);
        differences += found;
        free(points.lat);
        free(points.lon);
        free(points.target);
    }
    lee_zone_set_free(set);
    return differences == 0 ? 0 : 1;
}
