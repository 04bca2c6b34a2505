/* Engine against oracle on random tracks and random zones: oracle_random [REPORTS] [SEED].
 *
 * Half of the worlds are a lattice of a few units, so that tracks run through vertices and along
 * edges all the time; the others are of real size. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "dice.h"
#include "run.h"

#define ZONES 24
#define RINGS 2
#define VERTICES 14
#define INTERVALS 3
#define TARGETS 40
#define PERMITS 40
#define WORLD_REPORTS 4000
#define S INT64_C(1000000)

typedef struct {
    lee_zone zones[ZONES];
    lee_ring rings[ZONES][RINGS];
    lee_point points[ZONES][RINGS][VERTICES];
    lee_interval intervals[ZONES][INTERVALS];
    char ids[ZONES][16];
    oracle_report reports[WORLD_REPORTS];
    oracle_permit permits[PERMITS];
    size_t permit_count;
    lee_point at[TARGETS];
    int64_t last_us[TARGETS];
    int32_t alt_ft[TARGETS];
    int32_t size; /* of the world, in units of 1e-7 degrees */
} world;

static lee_alt_limit limit(dice *d, bool upper, int32_t ft)
{
    const int64_t kind = between(d, 0, 5);
    if (kind == 0) {
        return (lee_alt_limit){.kind = upper ? LEE_LIMIT_UNL : LEE_LIMIT_SFC};
    }
    const lee_alt_ref ref = kind == 1 ? LEE_ALT_AGL : kind < 4 ? LEE_ALT_STD : LEE_ALT_MSL;
    return (lee_alt_limit){LEE_LIMIT_VALUE, {ft, ref}};
}

/* A star, and a smaller star in it or overlapping it: the parity rule decides. */
static void make_area(dice *d, world *w, int z)
{
    const uint32_t rings = (uint32_t)between(d, 1, RINGS);
    const double lat = (double)between(d, 0, w->size);
    const double lon = (double)between(d, 0, w->size);
    double reach = (double)between(d, w->size / 16 + 2, w->size / 3 + 3);
    for (uint32_t r = 0; r < rings; r++, reach /= 2) {
        const uint32_t count = (uint32_t)between(d, 3, VERTICES);
        for (uint32_t i = 0; i < count; i++) {
            const double angle = 6.283185307179586 * i / count;
            const double far = reach * (double)between(d, 30, 100) / 100;
            w->points[z][r][i] = (lee_point){(int32_t)lround(lat + far * sin(angle)),
                                             (int32_t)lround(lon + far * cos(angle))};
        }
        w->rings[z][r] = (lee_ring){w->points[z][r], count};
    }
    w->zones[z].area = (lee_area){w->rings[z], rings};
}

static void make_schedule(dice *d, world *w, int z)
{
    if (between(d, 0, 2) > 0) {
        w->zones[z].schedule = (lee_schedule){.always = true};
        return;
    }
    const uint32_t count = (uint32_t)between(d, 0, INTERVALS);
    int64_t t_us = between(d, 0, 1000) * S;
    for (uint32_t i = 0; i < count; i++) {
        const int64_t from_us = t_us + between(d, 1, 500) * S;
        t_us = from_us + between(d, 1, 900) * S / 2;
        w->intervals[z][i] = (lee_interval){from_us, t_us};
    }
    w->zones[z].schedule = (lee_schedule){.intervals = w->intervals[z], .count = count};
}

static void make_zones(dice *d, world *w)
{
    for (int z = 0; z < ZONES; z++) {
        const int32_t lower = (int32_t)between(d, 0, 40) * 100;
        snprintf(w->ids[z], sizeof w->ids[z], "z%d", z);
        w->zones[z] = (lee_zone){.id = w->ids[z],
                                 .name = "\"\"",
                                 .kind = LEE_ZONE_NO_FLY,
                                 .lower = limit(d, false, lower),
                                 .upper = limit(d, true, lower + (int32_t)between(d, 1, 30) * 100)};
        make_area(d, w, z);
        make_schedule(d, w, z);
    }
    run_plain_watch(w->zones, ZONES);
}

static int32_t step(dice *d, int32_t from, int32_t by, int32_t size)
{
    const int64_t to = from + between(d, -by, by);
    return (int32_t)(to < -size / 4 ? -size / 4 : to > size + size / 4 ? size + size / 4 : to);
}

/* Mostly in order; now and then a second copy, a late report, a long silence, a whole minute. */
static oracle_report make_report(dice *d, world *w, size_t i, int64_t *clock_us)
{
    if (i > 0 && between(d, 0, 49) == 0) {
        return w->reports[i - 1];
    }
    *clock_us += between(d, 0, 9) == 0 ? 0 : between(d, 0, 4) == 0 ? S / 2 : between(d, 1, 900000);
    *clock_us += between(d, 0, 1999) == 0 ? 700 * S : 0;
    const uint32_t target = (uint32_t)between(d, 0, TARGETS - 1);
    const int32_t stride = w->size / (between(d, 0, 9) == 0 ? 2 : 12) + 1;
    if (between(d, 0, 9) > 0) {
        w->at[target].lat_e7 = step(d, w->at[target].lat_e7, stride, w->size);
        w->at[target].lon_e7 = step(d, w->at[target].lon_e7, stride, w->size);
    }
    w->alt_ft[target] = step(d, w->alt_ft[target] / 100, 6, 60) * 100;
    oracle_report report = {.t_us = *clock_us,
                            .target = target,
                            .point = w->at[target],
                            .has_alt = between(d, 0, 5) > 0 && target % 8 != 0,
                            .alt_ft = w->alt_ft[target]};
    /* Late against its own target; what a clock that ran ahead does is told in the unit tests. */
    if (between(d, 0, 29) == 0 && w->last_us[target] > 0) {
        report.t_us = w->last_us[target] - between(d, 1, 60) * S / 2;
    } else {
        w->last_us[target] = report.t_us;
    }
    return report;
}

/* They come and go; some end as another begins, or at an edge of the hours of a zone. */
static void make_permits(dice *d, world *w, int64_t end_us)
{
    for (size_t i = 0; i < w->permit_count; i++) {
        const int64_t from_us = i > 0 && between(d, 0, 3) == 0 ? w->permits[i - 1].to_us
                                : between(d, 0, 3) == 0        ? between(d, 1, 1500) * S
                                                               : between(d, 0, end_us);
        w->permits[i] = (oracle_permit){
            .target = between(d, 0, 9) == 0 ? ORACLE_ANY : (uint32_t)between(d, 0, TARGETS - 1),
            .zone = between(d, 0, 3) == 0 ? ORACLE_ANY : (uint32_t)between(d, 0, ZONES - 1),
            .from_us = from_us,
            .to_us = from_us + between(d, 1, 300) * S};
    }
}

static void run_world(dice *d, world *w, size_t count, run_sums *sums)
{
    const bool lattice = between(d, 0, 1) == 0;
    w->size = lattice ? (int32_t)between(d, 6, 40) : (int32_t)between(d, 2000000, 40000000);
    w->permit_count = between(d, 0, 2) == 0 ? 0 : (size_t)between(d, 1, PERMITS);
    make_zones(d, w);
    for (uint32_t t = 0; t < TARGETS; t++) {
        w->at[t] = (lee_point){(int32_t)between(d, 0, w->size), (int32_t)between(d, 0, w->size)};
        w->alt_ft[t] = (int32_t)between(d, 0, 60) * 100;
        w->last_us[t] = 0;
    }
    int64_t clock_us = 0;
    for (size_t i = 0; i < count; i++) {
        w->reports[i] = make_report(d, w, i, &clock_us);
    }
    make_permits(d, w, clock_us);
    const run_case c = {.name = lattice ? "lattice" : "degrees",
                        .zones = {w->zones, ZONES},
                        .permits = {w->permits, w->permit_count},
                        .reports = w->reports,
                        .count = count,
                        .target_count = TARGETS,
                        .end_us = clock_us + 1000 * S};
    run_both(&c, sums);
}

int main(int argc, char **argv)
{
    const size_t reports = argc > 1 ? strtoul(argv[1], NULL, 10) : 200000;
    dice d = {argc > 2 ? strtoull(argv[2], NULL, 10) : 1};
    printf("seed %llu\n", (unsigned long long)d.state);
    world *const w = malloc(sizeof *w);
    run_sums sums = {0};
    for (size_t done = 0; w && done < reports; done += WORLD_REPORTS) {
        run_world(&d, w, WORLD_REPORTS, &sums);
    }
    free(w);
    run_print("points", &sums);
    return sums.wrong != 0;
}
