/* bench/kernel/watch.c: the whole watch on the kernel's zones and tracks, by N shards on N threads.
 *
 * usage: watch SET REPORTS N...   Prints the reports a second in wall-clock time (quiet_rate: as if
 * each thread had a core of its own), with a hash of all that was told: it must not depend on N. */
#define _POSIX_C_SOURCE 200809L
#include "kernel/sets.h"

#include "base/buffer.h"
#include "base/hash.h"
#include "io/workers.h"
#include "leeward/watch_shards.h"
#include "record/codec.h"

/* BATCH: as BATCH_REPORTS of src/app/pipeline_watch.c. */
enum { BATCH = 65536, PASSES = 3 };

/* What the threads took: on cores of their own a batch lasts as long as its longest share. */
static double share_s[LEE_WATCH_SHARDS_MAX];

typedef struct {
    lee_buffer line;
    uint64_t hash;
    uint64_t events;
} told;

static void on_told(void *context, const lee_watch_told *event)
{
    told *t = context;
    lee_buffer_reset(&t->line);
    lee_event_encode(&event->event, &t->line);
    t->hash = t->hash * 31 ^ lee_hash(t->line.bytes, t->line.length);
    t->events++;
}

static lee_zone_set *make_zones(const bench_set *set)
{
    lee_zone_list *list = bench_alloc(1, sizeof(*list));
    bench_random r = {77};
    lee_zone *zones = bench_alloc(set->zone_count, sizeof(*zones));
    for (uint32_t z = 0; z < set->zone_count; z++) {
        const bench_ring ring = set->zones[z].polygons[0].rings[0];
        lee_ring *one = bench_alloc(1, sizeof(*one));
        *one = (lee_ring){(const lee_point *)(const void *)ring.points, ring.count};
        char *id = bench_alloc(1, 16);
        snprintf(id, 16, "z%u", z);
        const int32_t lower = 25 * (int32_t)bench_below(&r, 800);
        zones[z] = (lee_zone){.id = id,
                              .name = "\"\"",
                              .kind = LEE_ZONE_RESTRICTED,
                              .lower = {LEE_LIMIT_VALUE, {lower, LEE_ALT_STD}},
                              .upper = {LEE_LIMIT_VALUE, {lower + 5000, LEE_ALT_STD}},
                              .schedule = {.always = true},
                              .watch = {.confirm = 1, .lost_after_s = 60},
                              .area = {one, 1}};
    }
    *list = (lee_zone_list){zones, set->zone_count};
    lee_zone_set *made = NULL;
    if (lee_zone_set_build(list, &made)) {
        exit(1);
    }
    return made;
}

static lee_report *make_reports(const bench_points *p)
{
    lee_report *reports = bench_alloc(p->count, sizeof(*reports));
    for (uint64_t i = 0; i < p->count; i++) {
        lee_report *r = &reports[i];
        r->t_us = (int64_t)(i / BENCH_TARGETS) * 1000000 +
                  (int64_t)(i % BENCH_TARGETS) * 1000000 / BENCH_TARGETS;
        r->target = lee_target_icao24(0x100000 + p->target[i], true);
        r->source = LEE_SOURCE_ADSB;
        r->present = LEE_REPORT_HAS_POSITION | LEE_REPORT_HAS_ALT_BARO;
        r->lat_e7 = p->lat[i];
        r->lon_e7 = p->lon[i];
        r->alt_baro_ft = (int32_t)(p->target[i] % 1600) * 25;
    }
    return reports;
}

static double cpu_s(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void work(void *context, uint32_t share)
{
    const double start = cpu_s(CLOCK_THREAD_CPUTIME_ID);
    lee_watch_shards_work(context, share);
    share_s[share] = cpu_s(CLOCK_THREAD_CPUTIME_ID) - start;
}

static double run(const lee_zone_set *set, const lee_report *reports, size_t count,
                  uint32_t threads, told *t, double *quiet_s)
{
    lee_watch_options options;
    lee_watch_options_default(&options);
    options.incidents_max = 65536;
    lee_watch_shards *shards = NULL;
    lee_workers *workers = NULL;
    *t = (told){.hash = 0};
    lee_buffer_init(&t->line, 1 << 16);
    if (lee_watch_shards_create(&options, threads, on_told, t, &shards) ||
        lee_workers_create(threads, &workers) || lee_watch_shards_set_zones(shards, set, 1, 0)) {
        exit(1);
    }
    const double start = cpu_s(CLOCK_MONOTONIC);
    const double own = cpu_s(CLOCK_THREAD_CPUTIME_ID);
    double longest = 0;
    for (size_t i = 0; i < count; i += BATCH) {
        const size_t some = count - i < BATCH ? count - i : BATCH;
        if (lee_watch_shards_begin(shards, reports + i, NULL, some)) {
            exit(1);
        }
        lee_workers_start(workers, work, shards);
        lee_workers_wait(workers);
        lee_watch_shards_end(shards);
        double most = 0;
        for (uint32_t k = 0; k < threads; k++) {
            most = share_s[k] > most ? share_s[k] : most;
        }
        longest += most;
    }
    const double took = cpu_s(CLOCK_MONOTONIC) - start;
    *quiet_s = longest + cpu_s(CLOCK_THREAD_CPUTIME_ID) - own;
    lee_workers_free(workers);
    lee_watch_shards_free(shards);
    lee_buffer_free(&t->line);
    return took;
}

static int compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(const double *passes)
{
    double sorted[PASSES];
    memcpy(sorted, passes, sizeof(sorted));
    qsort(sorted, PASSES, sizeof(*sorted), compare_doubles);
    return sorted[PASSES / 2];
}

int main(int argc, char **argv)
{
    if (argc < 4) {
        fprintf(stderr, "usage: watch SET REPORTS N...\n");
        return 2;
    }
    const bench_set made = bench_load(argv[1]);
    const bench_points points = bench_make_points(&made, "track", (uint64_t)atoll(argv[2]));
    const lee_report *reports = make_reports(&points);
    lee_zone_set *set = make_zones(&made);
    /* In turns, so that a busy minute is shared; the ratio is the median of the turns'. */
    enum { KINDS = 8 };
    static struct {
        double wall[PASSES], quiet[PASSES];
        told told;
    } runs[KINDS];
    const int kinds = argc - 3 < KINDS ? argc - 3 : KINDS;
    for (int pass = 0; pass < PASSES; pass++) {
        for (int k = 0; k < kinds; k++) {
            runs[k].wall[pass] =
                run(set, reports, (size_t)points.count, (uint32_t)atoi(argv[3 + k]), &runs[k].told,
                    &runs[k].quiet[pass]);
        }
    }
    for (int k = 0; k < kinds; k++) {
        double wall[PASSES], quiet[PASSES];
        for (int pass = 0; pass < PASSES; pass++) {
            wall[pass] = runs[0].wall[pass] / runs[k].wall[pass];
            quiet[pass] = runs[0].quiet[pass] / runs[k].quiet[pass];
        }
        printf("{\"program\":\"watch\",\"set\":\"%s\",\"threads\":%s,\"rate\":%.1f,"
               "\"quiet_rate\":%.1f,\"times_wall\":%.4f,\"times_quiet\":%.4f,\"events\":%llu,"
               "\"hash\":\"%016llx\"}\n",
               argv[1], argv[3 + k], (double)points.count / median(runs[k].wall),
               (double)points.count / median(runs[k].quiet), median(wall), median(quiet),
               (unsigned long long)runs[k].told.events, (unsigned long long)runs[k].told.hash);
    }
    lee_zone_set_free(set);
    return 0;
}
