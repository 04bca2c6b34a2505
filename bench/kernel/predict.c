/* bench/kernel/predict.c: which volumes each target enters within 120 s, and when; beside GEOS,
 * which is asked which areas the way ahead meets. usage: predict SET KIND COUNT
 * ours[:SECONDS]|walk[:SECONDS]|geos|turn|turn-geos... */
#define _POSIX_C_SOURCE 200809L
#include "kernel/sets.h"

#include <stdbool.h>

#include "kernel/geos_ring.h"
#include "leeward/zone_predict.h"

#define LOOK_AHEAD_S 120 /* where the mode names none */
#define CAPACITY 65536u
#define BATCH 4096u

/* --- the same input for all --------------------------------------------------------------------
 */

/* Each target goes on as it came since its last report, a second ago. */
static lee_zone_path *paths_of(const bench_points *p, int32_t look_ahead_s)
{
    static int32_t lat[BENCH_TARGETS], lon[BENCH_TARGETS], alt[BENCH_TARGETS], rate[BENCH_TARGETS];
    bench_random r = {99};
    lee_zone_path *paths = bench_alloc(p->count, sizeof(*paths));
    for (uint32_t i = 0; i < BENCH_TARGETS; i++) {
        alt[i] = (int32_t)bench_below(&r, 40000);
        lat[i] = INT32_MIN;
        rate[i] = 0;
    }
    for (uint64_t i = 0; i < p->count; i++) {
        const uint32_t t = p->target[i];
        if (bench_below(&r, 100) == 0) {
            rate[t] = bench_below(&r, 2) ? 0 : (int32_t)bench_below(&r, 4800) - 2400;
        }
        alt[t] += rate[t] / 60;
        rate[t] = alt[t] < 0 || alt[t] > 41000 ? -rate[t] : rate[t];
        const bool known = lat[t] != INT32_MIN;
        const lee_zone_motion motion = {.point = {p->lat[i], p->lon[i]},
                                        .t_us = (int64_t)(i / BENCH_TARGETS) * 1000000,
                                        .alt_ft = alt[t],
                                        .rate_fpm = rate[t],
                                        .has_alt = true};
        paths[i] = lee_zone_path_by_velocity(&motion, known ? p->lat[i] - lat[t] : 0,
                                             known ? p->lon[i] - lon[t] : 0, look_ahead_s);
        lat[t] = p->lat[i];
        lon[t] = p->lon[i];
    }
    return paths;
}

static lee_zone_volume *volumes_of(uint32_t zone_count)
{
    static lee_interval hours[24];
    bench_random r = {77};
    for (int h = 0; h < 24; h++) {
        hours[h] = (lee_interval){h * INT64_C(60000000), h * INT64_C(60000000) + 30000000};
    }
    lee_zone_volume *volumes = bench_alloc(zone_count, sizeof(*volumes));
    for (uint32_t z = 0; z < zone_count; z++) {
        const int32_t lower = bench_below(&r, 2) ? 0 : 25 * (int32_t)bench_below(&r, 800);
        volumes[z].lower_ft = lower;
        volumes[z].upper_ft = lower + 2500 + 25 * (int32_t)bench_below(&r, 1400);
        volumes[z].schedule = (lee_schedule){bench_below(&r, 10) != 0, hours, 24};
    }
    return volumes;
}

/* --- ours --------------------------------------------------------------------------------------
 */

static lee_zone_list to_list(const bench_set *set)
{
    lee_zone *zones = bench_alloc(set->zone_count, sizeof(*zones));
    for (uint32_t z = 0; z < set->zone_count; z++) {
        uint32_t count = 0;
        lee_ring *rings = NULL;
        for (uint32_t p = 0; p < set->zones[z].polygon_count; p++) {
            const bench_polygon *polygon = &set->zones[z].polygons[p];
            rings = realloc(rings, (count + polygon->ring_count) * sizeof(*rings));
            for (uint32_t r = 0; r < polygon->ring_count; r++) {
                const bench_ring ring = polygon->rings[r];
                rings[count++] =
                    (lee_ring){(const lee_point *)(const void *)ring.points, ring.count};
            }
        }
        zones[z].area = (lee_area){rings, count};
    }
    return (lee_zone_list){zones, set->zone_count};
}

typedef struct {
    uint64_t passages, entries, sum;
} tally;

static void add(tally *t, const lee_zone_passage *passages, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        t->entries += !passages[i].starts;
        t->sum += passages[i].zone + (uint64_t)passages[i].enter_us;
    }
    t->passages += count;
}

/* With `foresight`, or else without memory of the targets. */
static tally predict(lee_zone_foresight *foresight, lee_zone_predictor *predictor,
                     const uint32_t *targets, const lee_zone_path *paths, uint64_t count)
{
    static lee_zone_passage out[CAPACITY];
    static uint32_t ends[BATCH];
    tally t = {0, 0, 0};
    for (uint64_t at = 0; at < count;) {
        size_t done;
        const size_t ask = count - at < BATCH ? (size_t)(count - at) : BATCH;
        const lee_error error =
            foresight
                ? lee_zone_foresight_paths(foresight, targets + at, paths + at, ask, out, CAPACITY,
                                           ends, &done)
                : lee_zone_predictor_paths(predictor, paths + at, ask, out, CAPACITY, ends, &done);
        if (error || done == 0) {
            exit(2);
        }
        add(&t, out, ends[done - 1]);
        at += done;
    }
    return t;
}

static void run_ours(const bench_set *set, const char *name, const lee_zone_path *paths,
                     const bench_points *points, bool remembers)
{
    const uint64_t count = points->count;
    const uint32_t *const targets = points->target;
    const lee_zone_list list = to_list(set);
    lee_zone_set *zones;
    lee_zone_predictor *predictor;
    lee_zone_foresight *foresight = NULL;
    const lee_zone_volume *const volumes = volumes_of(set->zone_count);
    if (lee_zone_set_build(&list, &zones) ||
        lee_zone_predictor_create(zones, volumes, &predictor) ||
        (remembers && lee_zone_foresight_create(zones, volumes, BENCH_TARGETS, &foresight))) {
        exit(2);
    }
    /* Every target has been heard before the clock starts. */
    const uint64_t first = count < 2 * BENCH_TARGETS ? 0 : 2 * BENCH_TARGETS;
    (void)predict(foresight, predictor, targets, paths, first);
    const double start = bench_cpu_s();
    const tally t = predict(foresight, predictor, targets + first, paths + first, count - first);
    const double took = bench_cpu_s() - start;
    const double asked = (double)(count - first);
    printf("{\"program\":\"predict-%s\",\"set\":\"%s\",\"rate\":%.1f,\"passages\":%.4f,"
           "\"entries\":%.4f,\"sum\":%llu}\n",
           remembers ? "ours" : "walk", name, asked / took, (double)t.passages / asked,
           (double)t.entries / asked, (unsigned long long)t.sum);
    lee_zone_foresight_free(foresight);
    lee_zone_predictor_free(predictor);
    lee_zone_set_free(zones);
}

/* --- turns --------------------------------------------------------------------------------------
 */

#define TURNS_MAX 50000u
#define CHORD_M 50

/* Each target where its path begins, as fast as that leads, in a turn of up to three degrees a
 * second: a standard one. */
static lee_zone_motion *turns_of(const lee_zone_path *paths, uint64_t count)
{
    bench_random r = {55};
    lee_zone_motion *const turns = bench_alloc(count, sizeof(*turns));
    for (uint64_t i = 0; i < count; i++) {
        const lee_zone_path *const p = &paths[i];
        turns[i] = (lee_zone_motion){.point = p->from,
                                     .t_us = p->from_us,
                                     .speed_kt_e3 = 120000 + (int32_t)bench_below(&r, 360000),
                                     .track_deg_e3 = (int32_t)bench_below(&r, 360000),
                                     .turn_deg_s_e3 = (int32_t)bench_below(&r, 6000) - 3000,
                                     .alt_ft = p->from_ft,
                                     .rate_fpm = (p->to_ft - p->from_ft) / 2,
                                     .has_alt = true};
    }
    return turns;
}

/* The making of the legs is in the figure. */
static void run_turns(const bench_set *set, const char *name, const lee_zone_motion *turns,
                      uint64_t count)
{
    static lee_zone_passage out[CAPACITY];
    static lee_zone_path legs[LEE_ZONE_LEGS_MAX];
    const lee_zone_list list = to_list(set);
    lee_zone_set *zones;
    lee_zone_predictor *predictor;
    if (lee_zone_set_build(&list, &zones) ||
        lee_zone_predictor_create(zones, volumes_of(set->zone_count), &predictor)) {
        exit(2);
    }
    tally t = {0, 0, 0};
    uint64_t leg_count = 0;
    const double start = bench_cpu_s();
    for (uint64_t i = 0; i < count; i++) {
        const size_t n = lee_zone_path_turn(&turns[i], LOOK_AHEAD_S, CHORD_M, legs);
        size_t found;
        if (lee_zone_predictor_legs(predictor, legs, n, out, CAPACITY, &found)) {
            exit(2);
        }
        add(&t, out, found);
        leg_count += n;
    }
    const double took = bench_cpu_s() - start;
    const double asked = (double)count;
    printf("{\"program\":\"turn-ours\",\"set\":\"%s\",\"rate\":%.1f,\"legs\":%.2f,"
           "\"passages\":%.4f,\"entries\":%.4f,\"sum\":%llu}\n",
           name, asked / took, (double)leg_count / asked, (double)t.passages / asked,
           (double)t.entries / asked, (unsigned long long)t.sum);
    lee_zone_predictor_free(predictor);
    lee_zone_set_free(zones);
}

/* --- GEOS --------------------------------------------------------------------------------------
 */

static GEOSContextHandle_t geos;

typedef struct {
    const GEOSPreparedGeometry **prepared;
    GEOSGeometry *way;
    uint64_t met;
} question;

static void on_candidate(void *item, void *context)
{
    question *q = context;
    q->met += GEOSPreparedIntersects_r(geos, q->prepared[(uintptr_t)item - 1], q->way) == 1;
}

static GEOSGeometry *way_of(const lee_zone_path *legs, size_t count)
{
    GEOSCoordSequence *seq = GEOSCoordSeq_create_r(geos, (unsigned)count + 1, 2);
    GEOSCoordSeq_setXY_r(geos, seq, 0, legs->from.lon_e7, legs->from.lat_e7);
    for (unsigned i = 0; i < count; i++) {
        GEOSCoordSeq_setXY_r(geos, seq, i + 1, legs[i].to.lon_e7, legs[i].to.lat_e7);
    }
    return GEOSGeom_createLineString_r(geos, seq);
}

/* The turns, if there are any; or else the paths. */
static void ask(GEOSSTRtree *tree, question *q, const lee_zone_path *paths,
                const lee_zone_motion *turns, uint64_t count)
{
    static lee_zone_path legs[LEE_ZONE_LEGS_MAX];
    for (uint64_t i = 0; i < count; i++) {
        q->way = turns ? way_of(legs, lee_zone_path_turn(&turns[i], LOOK_AHEAD_S, CHORD_M, legs))
                       : way_of(&paths[i], 1);
        GEOSSTRtree_query_r(geos, tree, q->way, on_candidate, q);
        GEOSGeom_destroy_r(geos, q->way);
    }
}

/* The synthetic sets: one ring a zone. */
static void run_geos(const bench_set *set, const char *name, const lee_zone_path *paths,
                     const lee_zone_motion *turns, uint64_t count)
{
    geos = GEOS_init_r();
    question q = {bench_alloc(set->zone_count, sizeof(*q.prepared)), NULL, 0};
    GEOSSTRtree *tree = GEOSSTRtree_create_r(geos, 10);
    for (uint32_t z = 0; z < set->zone_count; z++) {
        GEOSGeometry *shape = GEOSGeom_createPolygon_r(
            geos, bench_geos_ring(geos, set->zones[z].polygons[0].rings[0]), NULL, 0);
        q.prepared[z] = GEOSPrepare_r(geos, shape);
        GEOSSTRtree_insert_r(geos, tree, shape, (void *)(uintptr_t)(z + 1));
    }
    ask(tree, &q, paths, turns, count < 20000 ? count : 20000);
    q.met = 0;
    const double start = bench_cpu_s();
    ask(tree, &q, paths, turns, count);
    const double took = bench_cpu_s() - start;
    printf("{\"program\":\"%s-geos\",\"set\":\"%s\",\"rate\":%.1f,\"met\":%.4f}\n",
           turns ? "turn" : "predict", name, (double)count / took, (double)q.met / (double)count);
}

int main(int argc, char **argv)
{
    if (argc < 5) {
        return 2;
    }
    const bench_set set = bench_load(argv[1]);
    const bench_points points = bench_make_points(&set, argv[2], (uint64_t)atoll(argv[3]));
    for (int i = 4; i < argc; i++) {
        const char *const seconds = strchr(argv[i], ':');
        lee_zone_path *const paths = paths_of(&points, seconds ? atoi(seconds + 1) : LOOK_AHEAD_S);
        if (strncmp(argv[i], "ours", 4) == 0 || strncmp(argv[i], "walk", 4) == 0) {
            run_ours(&set, argv[1], paths, &points, argv[i][0] == 'o');
        } else if (strcmp(argv[i], "geos") == 0) {
            run_geos(&set, argv[1], paths, NULL, points.count < 100000 ? points.count : 100000);
        } else if (strncmp(argv[i], "turn", 4) == 0) {
            const uint64_t count = points.count < TURNS_MAX ? points.count : TURNS_MAX;
            lee_zone_motion *const turns = turns_of(paths, count);
            if (argv[i][4] == 0) {
                run_turns(&set, argv[1], turns, count);
            } else {
                run_geos(&set, argv[1], paths, turns, count);
            }
            free(turns);
        }
        free(paths);
    }
    return 0;
}
