/* bench/kernel/sets.h: the zones and points of the kernel's benchmark, the same for every program
 * that takes part, C and C++.
 *
 * Synthetic zones: star-like rings of 8 to 200 corners, 3 to 100 km in radius, over 1500 x 1500 km,
 * made with a fixed seed. Real zones: a file of rings (bench/kernel/rings.py). Points are uniform,
 * or those of 20,000 aircraft that report once a second and turn now and then, or adversarial:
 * corners, places on edges, one unit beside them, and level with a corner. */
#ifndef LEE_BENCH_SETS_H
#define LEE_BENCH_SETS_H

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct {
    int32_t lat, lon; /* degrees x 1e7 */
} bench_point;
typedef struct {
    uint32_t count;
    bench_point *points;
} bench_ring;
typedef struct {
    uint32_t ring_count; /* outer, then holes */
    bench_ring *rings;
} bench_polygon;
typedef struct {
    uint32_t polygon_count;
    bench_polygon *polygons;
} bench_zone;
typedef struct {
    uint32_t zone_count;
    uint64_t vertex_count;
    bench_zone *zones;
    bench_point low, high;
    uint64_t corner_count; /* of `corners`: all points of all rings, where targets start */
    bench_point *corners;  /* NULL in synthetic sets, which are the same everywhere */
} bench_set;
typedef struct {
    uint64_t count;
    int32_t *lat, *lon;
    uint32_t *target;
} bench_points;

/* Each program uses some of them. */
#define BENCH_FUNCTION static __attribute__((unused))

#define BENCH_TARGETS 20000u
#define BENCH_PI 3.14159265358979323846
#define BENCH_E7_PER_KM (1e7 / 111.195)

BENCH_FUNCTION void *bench_alloc(size_t count, size_t size)
{
    void *block = calloc(count ? count : 1, size);
    if (!block) {
        fprintf(stderr, "no memory\n");
        exit(1);
    }
    return block;
}

BENCH_FUNCTION double bench_cpu_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

BENCH_FUNCTION double bench_memory_mb(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    long total = 0, resident = 0;
    if (!file || fscanf(file, "%ld %ld", &total, &resident) != 2) {
        resident = 0;
    }
    if (file) {
        fclose(file);
    }
    return (double)resident * 4096.0 / 1e6;
}

typedef struct {
    uint64_t state;
} bench_random;

BENCH_FUNCTION double bench_unit(bench_random *r)
{
    r->state ^= r->state << 13;
    r->state ^= r->state >> 7;
    r->state ^= r->state << 17;
    return (double)(r->state >> 11) * (1.0 / 9007199254740992.0);
}

BENCH_FUNCTION uint32_t bench_below(bench_random *r, uint32_t limit)
{
    return (uint32_t)(bench_unit(r) * limit);
}

BENCH_FUNCTION void bench_measure(bench_set *set)
{
    set->low.lat = set->low.lon = INT32_MAX;
    set->high.lat = set->high.lon = INT32_MIN;
    set->vertex_count = 0;
    for (uint32_t z = 0; z < set->zone_count; z++) {
        for (uint32_t p = 0; p < set->zones[z].polygon_count; p++) {
            const bench_polygon *polygon = &set->zones[z].polygons[p];
            for (uint32_t r = 0; r < polygon->ring_count; r++) {
                set->vertex_count += polygon->rings[r].count;
                for (uint32_t i = 0; i < polygon->rings[r].count; i++) {
                    const bench_point v = polygon->rings[r].points[i];
                    set->low.lat = v.lat < set->low.lat ? v.lat : set->low.lat;
                    set->low.lon = v.lon < set->low.lon ? v.lon : set->low.lon;
                    set->high.lat = v.lat > set->high.lat ? v.lat : set->high.lat;
                    set->high.lon = v.lon > set->high.lon ? v.lon : set->high.lon;
                }
            }
        }
    }
}

/* Radii spread evenly for up to 1,000 zones, by Pareto above: many small ones, few large. */
BENCH_FUNCTION double bench_radius_km(bench_random *r, uint32_t zone_count)
{
    const double u = bench_unit(r);
    if (zone_count <= 1000) {
        return 3.0 + 97.0 * u;
    }
    const double a = zone_count <= 10000 ? 0.8 : 1.9;
    const double low = pow(3.0, -a), high = pow(100.0, -a);
    return pow(low - u * (low - high), -1.0 / a);
}

/* `detail` multiplies the corners of every zone. */
BENCH_FUNCTION bench_set bench_synthetic(uint32_t zone_count, uint32_t detail)
{
    bench_set set;
    memset(&set, 0, sizeof(set));
    set.zone_count = zone_count;
    set.zones = (bench_zone *)bench_alloc(zone_count, sizeof(bench_zone));
    bench_polygon *polygons = (bench_polygon *)bench_alloc(zone_count, sizeof(bench_polygon));
    bench_ring *rings = (bench_ring *)bench_alloc(zone_count, sizeof(bench_ring));
    bench_random r = {88172645463325252u + (uint64_t)zone_count * 7919u};
    const double squeeze = cos(48.7 * BENCH_PI / 180.0);
    const double width = 1500.0 * BENCH_E7_PER_KM / squeeze, height = 1500.0 * BENCH_E7_PER_KM;
    for (uint32_t z = 0; z < zone_count; z++) {
        const double radius = bench_radius_km(&r, zone_count) * BENCH_E7_PER_KM;
        const uint32_t corners = (uint32_t)floor(8.0 * pow(25.0, bench_unit(&r)) + 0.5) * detail;
        const double lon = width * bench_unit(&r), lat = 420000000.0 + height * bench_unit(&r);
        const double p2 = 6.3 * bench_unit(&r), p3 = 6.3 * bench_unit(&r),
                     p5 = 6.3 * bench_unit(&r);
        const double a2 = .25 * bench_unit(&r), a3 = .2 * bench_unit(&r);
        const double a5 = .12 * bench_unit(&r), noise = .06 * bench_unit(&r);
        rings[z].count = corners;
        rings[z].points = (bench_point *)bench_alloc(corners, sizeof(bench_point));
        for (uint32_t k = 0; k < corners; k++) {
            const double t = 2.0 * BENCH_PI * (k + 0.8 * (bench_unit(&r) - .5)) / corners;
            const double reach =
                radius * (1.0 + a2 * sin(2 * t + p2) + a3 * sin(3 * t + p3) + a5 * sin(5 * t + p5) +
                          noise * (bench_unit(&r) - .5) * 2.0 / detail);
            rings[z].points[k].lat = (int32_t)floor(lat + reach * sin(t) + .5);
            rings[z].points[k].lon = (int32_t)floor(lon + reach * cos(t) / squeeze + .5);
        }
        polygons[z].ring_count = 1;
        polygons[z].rings = &rings[z];
        set.zones[z].polygon_count = 1;
        set.zones[z].polygons = &polygons[z];
    }
    bench_measure(&set);
    /* Points go where the middles lie. */
    set.low.lat = 420000000;
    set.low.lon = 0;
    set.high.lat = (int32_t)(420000000.0 + height);
    set.high.lon = (int32_t)width;
    return set;
}

BENCH_FUNCTION uint32_t bench_word(FILE *file)
{
    uint32_t word;
    if (fread(&word, 4, 1, file) != 1) {
        fprintf(stderr, "the rings file ends too early\n");
        exit(1);
    }
    return word;
}

/* A file of little-endian words: zones {polygons {rings {count, lat lon ...}}}. */
BENCH_FUNCTION bench_set bench_read(const char *path)
{
    bench_set set;
    memset(&set, 0, sizeof(set));
    FILE *file = fopen(path, "rb");
    if (!file) {
        perror(path);
        exit(1);
    }
    set.zone_count = bench_word(file);
    set.zones = (bench_zone *)bench_alloc(set.zone_count, sizeof(bench_zone));
    for (uint32_t z = 0; z < set.zone_count; z++) {
        bench_zone *zone = &set.zones[z];
        zone->polygon_count = bench_word(file);
        zone->polygons = (bench_polygon *)bench_alloc(zone->polygon_count, sizeof(bench_polygon));
        for (uint32_t p = 0; p < zone->polygon_count; p++) {
            bench_polygon *polygon = &zone->polygons[p];
            polygon->ring_count = bench_word(file);
            polygon->rings = (bench_ring *)bench_alloc(polygon->ring_count, sizeof(bench_ring));
            for (uint32_t r = 0; r < polygon->ring_count; r++) {
                bench_ring *ring = &polygon->rings[r];
                ring->count = bench_word(file);
                ring->points = (bench_point *)bench_alloc(ring->count, sizeof(bench_point));
                if (fread(ring->points, sizeof(bench_point), ring->count, file) != ring->count) {
                    exit(1);
                }
            }
        }
    }
    fclose(file);
    bench_measure(&set);
    set.corners = (bench_point *)bench_alloc(set.vertex_count, sizeof(bench_point));
    for (uint32_t z = 0; z < set.zone_count; z++) {
        /* As many from every zone, so that the largest coast does not attract all targets. */
        const bench_polygon *polygon = &set.zones[z].polygons[0];
        for (uint32_t i = 0; i < 16 && polygon; i++) {
            const bench_ring ring = polygon->rings[0];
            if (set.corner_count < set.vertex_count) {
                set.corners[set.corner_count++] = ring.points[(uint64_t)i * ring.count / 16];
            }
        }
    }
    return set;
}

/* "1000", "10000x20" (20 times the corners) or the path of a file of rings. */
BENCH_FUNCTION bench_set bench_load(const char *name)
{
    if (name[0] >= '0' && name[0] <= '9') {
        const char *detail = strchr(name, 'x');
        return bench_synthetic((uint32_t)atoi(name), detail ? (uint32_t)atoi(detail + 1) : 1);
    }
    return bench_read(name);
}

BENCH_FUNCTION void bench_uniform(const bench_set *set, bench_random *r, bench_points *out)
{
    for (uint64_t i = 0; i < out->count; i++) {
        out->lat[i] =
            (int32_t)(set->low.lat + ((double)set->high.lat - set->low.lat) * bench_unit(r));
        out->lon[i] =
            (int32_t)(set->low.lon + ((double)set->high.lon - set->low.lon) * bench_unit(r));
        out->target[i] = (uint32_t)(i % BENCH_TARGETS);
    }
}

typedef struct {
    double lat, lon, speed, heading, turn;
} bench_target;

BENCH_FUNCTION void bench_track(const bench_set *set, bench_random *r, bench_points *out)
{
    bench_target *targets = (bench_target *)bench_alloc(BENCH_TARGETS, sizeof(bench_target));
    uint32_t *order = (uint32_t *)bench_alloc(BENCH_TARGETS, sizeof(uint32_t));
    for (uint32_t i = 0; i < BENCH_TARGETS; i++) {
        bench_target *t = &targets[i];
        t->lat = set->low.lat + ((double)set->high.lat - set->low.lat) * bench_unit(r);
        t->lon = set->low.lon + ((double)set->high.lon - set->low.lon) * bench_unit(r);
        if (set->corners) {
            /* Real zones cover little of their box: targets fly where zones are. */
            const bench_point c =
                set->corners[(uint64_t)(bench_unit(r) * (double)set->corner_count)];
            t->lat = c.lat + 1e7 * (bench_unit(r) - .5);
            t->lon = c.lon + 1e7 * (bench_unit(r) - .5);
        }
        t->speed = (.06 + .2 * bench_unit(r)) * BENCH_E7_PER_KM;
        t->heading = 2.0 * BENCH_PI * bench_unit(r);
        order[i] = i;
    }
    for (uint32_t i = BENCH_TARGETS - 1; i > 0; i--) {
        const uint32_t j = bench_below(r, i + 1), swap = order[i];
        order[i] = order[j];
        order[j] = swap;
    }
    for (uint64_t k = 0; k < out->count;) {
        for (uint32_t j = 0; j < BENCH_TARGETS && k < out->count; j++, k++) {
            if (bench_unit(r) < .02) {
                const uint32_t q = bench_below(r, BENCH_TARGETS), swap = order[j];
                order[j] = order[q];
                order[q] = swap;
            }
            bench_target *t = &targets[order[j]];
            if (bench_unit(r) < .005) {
                t->turn = bench_unit(r) < .5 ? 0 : .05 * (bench_unit(r) - .5);
            }
            t->heading += t->turn;
            t->lat += t->speed * cos(t->heading);
            t->lon += t->speed * sin(t->heading) / 0.72;
            if (t->lat < set->low.lat || t->lat > set->high.lat || t->lon < set->low.lon ||
                t->lon > set->high.lon) {
                t->heading += BENCH_PI;
                t->lat = fmin(fmax(t->lat, set->low.lat), set->high.lat);
                t->lon = fmin(fmax(t->lon, set->low.lon), set->high.lon);
            }
            out->lat[k] = (int32_t)t->lat;
            out->lon[k] = (int32_t)t->lon;
            out->target[k] = order[j];
        }
    }
    free(targets);
    free(order);
}

BENCH_FUNCTION int32_t bench_clamp(double value, double limit)
{
    return (int32_t)(value > limit ? limit : value < -limit ? -limit : value);
}

BENCH_FUNCTION void bench_adversarial(const bench_set *set, bench_random *r, bench_points *out)
{
    /* Corners are drawn evenly over all corners, so that the largest zones are met most. */
    bench_ring *rings = NULL;
    uint64_t *ends = NULL;
    size_t ring_count = 0, capacity = 0;
    uint64_t corners = 0;
    for (uint32_t z = 0; z < set->zone_count; z++) {
        for (uint32_t p = 0; p < set->zones[z].polygon_count; p++) {
            const bench_polygon *polygon = &set->zones[z].polygons[p];
            for (uint32_t k = 0; k < polygon->ring_count; k++) {
                if (ring_count == capacity) {
                    capacity = capacity * 2 + 1024;
                    rings = (bench_ring *)realloc(rings, capacity * sizeof(*rings));
                    ends = (uint64_t *)realloc(ends, capacity * sizeof(*ends));
                }
                corners += polygon->rings[k].count;
                rings[ring_count] = polygon->rings[k];
                ends[ring_count++] = corners;
            }
        }
    }
    for (uint64_t i = 0; i < out->count; i++) {
        const uint64_t corner = (uint64_t)(bench_unit(r) * (double)corners);
        size_t low = 0, high = ring_count;
        while (low < high) {
            const size_t middle = (low + high) / 2;
            if (ends[middle] <= corner) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        const bench_ring ring = rings[low];
        const uint32_t at = (uint32_t)(ring.count - (ends[low] - corner));
        const bench_point a = ring.points[at], b = ring.points[(at + 1) % ring.count];
        const double t = bench_unit(r);
        double lat = a.lat + t * ((double)b.lat - a.lat), lon = a.lon + t * ((double)b.lon - a.lon);
        switch (bench_below(r, 6)) {
        case 0:
            lat = a.lat, lon = a.lon;
            break;
        case 1:
            lat = a.lat + (double)bench_below(r, 3) - 1.0;
            lon = a.lon + (double)bench_below(r, 3) - 1.0;
            break;
        case 2:
            lat = floor(lat) + (double)bench_below(r, 3) - 1.0;
            lon = floor(lon) + (double)bench_below(r, 3) - 1.0;
            break;
        case 3:
            lat = a.lat, lon = a.lon + (bench_unit(r) - .5) * 2e6;
            break;
        case 4:
            lat = a.lat + (bench_unit(r) - .5) * 2e6, lon = a.lon;
            break;
        default:
            break;
        }
        out->lat[i] = bench_clamp(floor(lat + .5), 899999998.0);
        out->lon[i] = bench_clamp(floor(lon + .5), 1799999998.0);
        out->target[i] = (uint32_t)(i % BENCH_TARGETS);
    }
    free(rings);
    free(ends);
}

/* kind: uniform, track or adversarial. */
BENCH_FUNCTION bench_points bench_make_points(const bench_set *set, const char *kind,
                                              uint64_t count)
{
    bench_points p;
    p.count = count;
    p.lat = (int32_t *)bench_alloc(count, 4);
    p.lon = (int32_t *)bench_alloc(count, 4);
    p.target = (uint32_t *)bench_alloc(count, 4);
    bench_random r = {0x9e3779b97f4a7c15u};
    if (strcmp(kind, "uniform") == 0) {
        bench_uniform(set, &r, &p);
    } else if (strcmp(kind, "track") == 0) {
        bench_track(set, &r, &p);
    } else {
        bench_adversarial(set, &r, &p);
    }
    return p;
}

/* Order-free over the pairs, so that every program may find them in its own order. */
BENCH_FUNCTION uint64_t bench_mix(uint64_t point, uint64_t zone)
{
    uint64_t x = point * 0x9E3779B97F4A7C15u + zone * 0xD6E8FEB86659FD93u + 0x123456789u;
    x ^= x >> 32;
    x *= 0xD6E8FEB86659FD93u;
    x ^= x >> 32;
    x *= 0xD6E8FEB86659FD93u;
    return x ^ x >> 32;
}

/* What every program prints: rates in points a second of processor time. */
BENCH_FUNCTION void bench_print(const char *program, const char *set, const char *kind, double rate,
                                double build_s, double memory_mb, uint64_t pairs, uint64_t hash,
                                uint64_t points)
{
    printf("{\"program\":\"%s\",\"set\":\"%s\",\"points\":\"%s\",\"rate\":%.1f,\"build_s\":%.4f,"
           "\"memory_mb\":%.2f,\"pairs\":%llu,\"hash\":\"%016llx\",\"count\":%llu}\n",
           program, set, kind, rate, build_s, memory_mb, (unsigned long long)pairs,
           (unsigned long long)hash, (unsigned long long)points);
    fflush(stdout);
}

#endif
