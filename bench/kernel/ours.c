/* bench/kernel/ours.c: Leeward's side. usage: ours SET KIND COUNT MODE... of join portable single
 * peak state replay change live */
#define _GNU_SOURCE
#include "kernel/sets.h"

#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/resource.h>

#include "leeward/zone.h"
#include "leeward/zone_set.h"
#include "zone/set.h"

#define CAPACITY 262144u

static lee_zone_list to_list(const bench_set *set)
{
    lee_zone *zones = bench_alloc(set->zone_count, sizeof(*zones));
    for (uint32_t z = 0; z < set->zone_count; z++) {
        uint32_t count = 0;
        for (uint32_t p = 0; p < set->zones[z].polygon_count; p++) {
            count += set->zones[z].polygons[p].ring_count;
        }
        lee_ring *rings = bench_alloc(count, sizeof(*rings));
        count = 0;
        for (uint32_t p = 0; p < set->zones[z].polygon_count; p++) {
            for (uint32_t r = 0; r < set->zones[z].polygons[p].ring_count; r++) {
                const bench_ring ring = set->zones[z].polygons[p].rings[r];
                rings[count++] =
                    (lee_ring){(const lee_point *)(const void *)ring.points, ring.count};
            }
        }
        zones[z].area = (lee_area){rings, count};
    }
    return (lee_zone_list){zones, set->zone_count};
}

typedef struct {
    uint64_t pairs;
    uint64_t hash;
    uint64_t sum;
} tally;

static uint32_t zones_out[CAPACITY];
static uint32_t ends[65536];

/* Every answer is read (summed), as a user would. */
static tally join(const lee_zone_set *set, const bench_points *p, uint64_t count, bool hashed)
{
    tally t = {0, 0, 0};
    for (uint64_t done = 0; done < count;) {
        const size_t ask = count - done < 8192 ? (size_t)(count - done) : 8192;
        const size_t got = lee_zone_set_locate_many(set, p->lat + done, p->lon + done, ask,
                                                    zones_out, CAPACITY, ends);
        if (got == 0) {
            exit(2);
        }
        uint32_t at = 0;
        for (size_t i = 0; hashed && i < got; i++) {
            for (; at < ends[i]; at++) {
                t.hash += bench_mix(done + i, zones_out[at]);
            }
        }
        for (at = 0; at < ends[got - 1]; at++) {
            t.sum += zones_out[at];
        }
        t.pairs += ends[got - 1];
        done += got;
    }
    return t;
}

static tally single(const lee_zone_set *set, const bench_points *p, uint64_t count)
{
    tally t = {0, 0, 0};
    for (uint64_t i = 0; i < count; i++) {
        const size_t found =
            lee_zone_set_locate(set, (lee_point){p->lat[i], p->lon[i]}, zones_out, CAPACITY);
        for (size_t k = 0; k < found; k++) {
            t.sum += zones_out[k];
        }
        t.pairs += found;
    }
    return t;
}

/* Bands of 25 ft steps up to 40,000 ft and, for one zone in ten, hours on and off; targets that
 * climb and descend. */
static lee_zone_volume *volumes_of(uint32_t zone_count)
{
    enum { HOURS = 24 };
    bench_random r = {77};
    lee_interval *hours = bench_alloc(HOURS, sizeof(*hours));
    for (int h = 0; h < HOURS; h++) {
        hours[h] = (lee_interval){h * INT64_C(60000000), h * INT64_C(60000000) + 30000000};
    }
    lee_zone_volume *volumes = bench_alloc(zone_count, sizeof(*volumes));
    for (uint32_t z = 0; z < zone_count; z++) {
        const int32_t lower = bench_below(&r, 2) ? 0 : 25 * (int32_t)bench_below(&r, 800);
        volumes[z].lower_ft = lower;
        volumes[z].upper_ft = lower + 2500 + 25 * (int32_t)bench_below(&r, 1400);
        volumes[z].schedule = (lee_schedule){bench_below(&r, 10) != 0, hours, HOURS};
    }
    return volumes;
}

typedef struct {
    int32_t *alt_ft;
    int64_t *t_us;
} flight;

static flight flight_of(const bench_points *p)
{
    static int32_t alt[BENCH_TARGETS], climb[BENCH_TARGETS];
    bench_random r = {99};
    flight f = {bench_alloc(p->count, 4), bench_alloc(p->count, 8)};
    for (uint32_t i = 0; i < BENCH_TARGETS; i++) {
        alt[i] = (int32_t)bench_below(&r, 40000);
    }
    for (uint64_t i = 0; i < p->count; i++) {
        const uint32_t t = p->target[i];
        if (bench_below(&r, 100) == 0) {
            climb[t] = bench_below(&r, 2) ? 0 : (int32_t)bench_below(&r, 80) - 40;
        }
        alt[t] += climb[t];
        climb[t] = alt[t] < 0 || alt[t] > 41000 ? -climb[t] : climb[t];
        f.alt_ft[i] = alt[t];
        f.t_us[i] = (int64_t)(i / BENCH_TARGETS) * 1000000;
    }
    return f;
}

/* Enter and leave of every target with altitude and schedule. When `checked`, the zones that the
 * crossings leave each target in must be those of the stateless answer, after every report. */
static uint64_t follow(const lee_zone_set *set, const lee_zone_volume *volumes,
                       const bench_points *p, const flight *flown, uint64_t count, bool checked,
                       uint64_t *crossing_count)
{
    enum { EVENTS = 262144 };
    static lee_zone_crossing events[EVENTS];
    static uint64_t held[BENCH_TARGETS];
    lee_zone_follower *f = NULL;
    uint64_t wrong = 0;
    memset(held, 0, sizeof(held));
    *crossing_count = 0;
    if (lee_zone_follower_create(set, volumes, BENCH_TARGETS, &f)) {
        exit(1);
    }
    for (uint64_t done = 0; done < count;) {
        const uint64_t block = checked ? 512 : 8192;
        const size_t ask = count - done < block ? (size_t)(count - done) : (size_t)block;
        const lee_zone_reports r = {p->target + done,     p->lat + done,      p->lon + done,
                                    flown->alt_ft + done, flown->t_us + done, ask};
        size_t found;
        const size_t got = lee_zone_follower_report(f, &r, events, EVENTS, &found);
        *crossing_count += found;
        size_t e = 0;
        for (size_t i = 0; checked && i < got; i++) {
            const uint64_t at = done + i;
            for (; e < found && events[e].report == i; e++) {
                const uint64_t mix = bench_mix(1, events[e].zone);
                held[events[e].target] += events[e].entered ? mix : 0 - mix;
            }
            const size_t n =
                lee_zone_set_locate(set, (lee_point){p->lat[at], p->lon[at]}, zones_out, CAPACITY);
            uint64_t hash = 0;
            for (size_t k = 0; k < n; k++) {
                const lee_zone_volume *v = &volumes[zones_out[k]];
                const int64_t t = flown->t_us[at];
                bool on = v->schedule.always;
                for (uint32_t h = 0; !on && h < v->schedule.count; h++) {
                    on =
                        t >= v->schedule.intervals[h].from_us && t < v->schedule.intervals[h].to_us;
                }
                if (on && flown->alt_ft[at] >= v->lower_ft && flown->alt_ft[at] < v->upper_ft) {
                    hash += bench_mix(1, zones_out[k]);
                }
            }
            wrong += hash != held[p->target[at]];
        }
        done += got;
    }
    lee_zone_follower_free(f);
    return wrong;
}

static int run_follow(const lee_zone_set *set, const char *name, uint32_t zone_count,
                      const bench_points *p, double build_s, double memory_mb)
{
    lee_zone_volume *volumes = volumes_of(zone_count);
    const flight flown = flight_of(p);
    uint64_t crossings;
    const uint64_t checked = p->count < 2000000 ? p->count : 2000000;
    const uint64_t wrong = follow(set, volumes, p, &flown, checked, true, &crossings);
    double best = 1e30;
    for (int pass = 0; pass < 3; pass++) {
        const double from = bench_cpu_s();
        follow(set, volumes, p, &flown, p->count, false, &crossings);
        const double took = bench_cpu_s() - from;
        best = took < best ? took : best;
    }
    bench_print("ours-state", name, "track", (double)p->count / best, build_s, memory_mb, crossings,
                wrong, checked);
    return wrong == 0 ? 0 : 1;
}

/* Every report through the follower, each answer compared with the stateless one; nothing is timed.
 */
static int run_replay(const lee_zone_set *set, uint32_t zone_count, const bench_points *p)
{
    lee_zone_volume *volumes = volumes_of(zone_count);
    const flight flown = flight_of(p);
    uint64_t crossings;
    const uint64_t wrong = follow(set, volumes, p, &flown, p->count, true, &crossings);
    printf("{\"points\":\"replay\",\"count\":%llu,\"crossings\":%llu,\"differences\":%llu}\n",
           (unsigned long long)p->count, (unsigned long long)crossings, (unsigned long long)wrong);
    return wrong == 0 ? 0 : 1;
}

static int compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Zones drawn at random are moved by a little, one after the other: how long each change takes. The
 * processor's time is told, as the machine may be busy. Afterwards the last set must answer as one
 * built anew. */
static int run_changes(lee_zone_set **set, lee_zone_list *list, const char *name,
                       const bench_points *p)
{
    enum { CHANGES = 2000 };
    static double took[CHANGES];
    static lee_ring rings[CHANGES];
    bench_random r = {4242};
    uint32_t made = 0;
    for (; made < CHANGES; made++) {
        const uint32_t zone = bench_below(&r, list->count);
        lee_zone *changed = (lee_zone *)&list->zones[zone];
        const lee_area old_area = changed->area;
        const lee_ring old_ring = old_area.rings[0];
        lee_point *points = bench_alloc(old_ring.count, sizeof(*points));
        for (uint32_t i = 0; i < old_ring.count; i++) {
            points[i] = old_ring.points[i];
            points[i].lat_e7 += 777;
            points[i].lon_e7 -= 1234;
        }
        rings[made] = (lee_ring){points, old_ring.count};
        changed->area = (lee_area){&rings[made], 1};
        lee_zone_set *next = NULL;
        const double from = bench_cpu_s();
        const lee_error error = lee_zone_set_change(*set, list, zone, &old_area, &next);
        if (error) {
            changed->area = old_area;
            fprintf(stderr, "change %u: error %d\n", made, error);
            break;
        }
        lee_zone_set_free(*set);
        took[made] = bench_cpu_s() - from;
        *set = next;
    }
    lee_zone_set *fresh = NULL;
    if (made == 0 || lee_zone_set_build(list, &fresh)) {
        return 1;
    }
    const uint64_t checked = p->count < 1000000 ? p->count : 1000000;
    const tally after = join(*set, p, checked, true);
    const tally anew = join(fresh, p, checked, true);
    lee_zone_set_free(fresh);
    qsort(took, made, sizeof(*took), compare_doubles);
    printf("{\"program\":\"ours-change\",\"set\":\"%s\",\"changes\":%u,\"median_s\":%.7f,"
           "\"p99_s\":%.7f,\"max_s\":%.7f,\"same\":%s}\n",
           name, made, took[made / 2], took[made * 99 / 100], took[made - 1],
           after.hash == anew.hash ? "true" : "false");
    return after.hash == anew.hash ? 0 : 1;
}

/* --- changes while another thread asks ----------------------------------------------------------
 *
 * What a report takes is told by the wall clock, which tells how long the machine's scheduler kept
 * its thread from running as well, and by the thread's own processor time, in which is only what
 * the host of a virtual machine takes away. A thread that waits for another gives its processor
 * away: how often it did is told too. */

enum { CHANGES = 1000, BUCKETS = 40 };

typedef struct {
    const bench_points *points;
    _Atomic(lee_zone_set *) set;
    _Atomic(lee_zone_set *) using; /* by the thread that asks; NULL: none */
    atomic_bool stop;
    atomic_uint edges;      /* of changes: odd while one is made or the set before it is freed */
    uint64_t beside;        /* reports above 1 ms of own time that a change was made during */
    uint64_t wall[BUCKETS]; /* reports that took 2^k to 2^(k+1) ns */
    uint64_t own[BUCKETS];
    uint64_t asked;
    int64_t longest_wall_ns, longest_own_ns;
    long waits; /* times the thread gave its processor away */
} flow;

static int64_t clock_ns(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static void note(uint64_t *buckets, int64_t *longest, int64_t took_ns)
{
    const uint64_t ns = took_ns > 0 ? (uint64_t)took_ns : 1;
    const int k = 63 - __builtin_clzll(ns);
    buckets[k < BUCKETS ? k : BUCKETS - 1]++;
    *longest = took_ns > *longest ? took_ns : *longest;
}

/* The upper end of the bucket in which the share of the reports is reached. */
static double reached_s(const uint64_t *buckets, uint64_t count, double share)
{
    uint64_t sum = 0;
    for (int k = 0; k < BUCKETS; k++) {
        sum += buckets[k];
        if ((double)sum >= share * (double)count) {
            return ldexp(1e-9, k + 1);
        }
    }
    return 0;
}

static uint64_t above(const uint64_t *buckets, int first)
{
    uint64_t sum = 0;
    for (int k = first; k < BUCKETS; k++) {
        sum += buckets[k];
    }
    return sum;
}

static long waits_of_thread(void)
{
    struct rusage usage;
    getrusage(RUSAGE_THREAD, &usage);
    return usage.ru_nvcsw;
}

static void *ask_all_the_time(void *context)
{
    static uint32_t found[4096];
    flow *f = context;
    const long waits = waits_of_thread();
    int64_t wall = clock_ns(CLOCK_MONOTONIC);
    int64_t own = clock_ns(CLOCK_THREAD_CPUTIME_ID);
    for (uint64_t i = 0; !atomic_load(&f->stop); i = (i + 1) % f->points->count) {
        const unsigned edges = atomic_load(&f->edges);
        lee_zone_set *set;
        do {
            set = atomic_load(&f->set);
            atomic_store(&f->using, set);
        } while (set != atomic_load(&f->set));
        (void)lee_zone_set_locate(set, (lee_point){f->points->lat[i], f->points->lon[i]}, found,
                                  4096);
        atomic_store(&f->using, NULL);
        const int64_t own_now = clock_ns(CLOCK_THREAD_CPUTIME_ID);
        const int64_t wall_now = clock_ns(CLOCK_MONOTONIC);
        const bool beside = edges % 2 == 1 || atomic_load(&f->edges) != edges;
        f->beside += beside && own_now - own > 1000000;
        note(f->own, &f->longest_own_ns, own_now - own);
        note(f->wall, &f->longest_wall_ns, wall_now - wall);
        own = own_now;
        wall = wall_now;
        f->asked++;
    }
    f->waits = waits_of_thread() - waits;
    return NULL;
}

/* The zone some 37 m to the north, in rings of its own. */
static lee_area moved_area(lee_area old, lee_ring *ring)
{
    lee_point *points = bench_alloc(old.rings[0].count, sizeof(*points));
    for (uint32_t i = 0; i < old.rings[0].count; i++) {
        points[i] = old.rings[0].points[i];
        points[i].lat_e7 += 3333;
    }
    *ring = (lee_ring){points, old.rings[0].count};
    return (lee_area){ring, 1};
}

/* Two milliseconds of questions, then the change: until the asking thread gets the new set, by the
 * wall clock and by this thread's processor time. The old set is freed once nobody asks it. */
static bool change_live(flow *f, lee_zone_set **set, const lee_zone_list *then, uint32_t zone,
                        const lee_area *old_area, double *wall_s, double *own_s)
{
    lee_zone_set *next = NULL;
    const int64_t wall = clock_ns(CLOCK_MONOTONIC);
    const int64_t own = clock_ns(CLOCK_THREAD_CPUTIME_ID);
    if (lee_zone_set_change(*set, then, zone, old_area, &next)) {
        return false;
    }
    atomic_store(&f->set, next);
    *own_s = (double)(clock_ns(CLOCK_THREAD_CPUTIME_ID) - own) * 1e-9;
    *wall_s = (double)(clock_ns(CLOCK_MONOTONIC) - wall) * 1e-9;
    while (atomic_load(&f->using) == *set) {
    }
    lee_zone_set_free(*set);
    *set = next;
    return true;
}

static void print_live(const flow *f, const char *name, bool changing, uint32_t made, double *wall,
                       double *own)
{
    qsort(wall, made, sizeof(*wall), compare_doubles);
    qsort(own, made, sizeof(*own), compare_doubles);
    printf("{\"program\":\"ours-%s\",\"set\":\"%s\",\"changes\":%u,", changing ? "live" : "calm",
           name, made);
    if (made) {
        printf("\"median_s\":%.7f,\"p99_s\":%.7f,\"longest_s\":%.7f,\"own_p99_s\":%.7f,"
               "\"own_longest_s\":%.7f,",
               wall[made / 2], wall[made * 99 / 100], wall[made - 1], own[made * 99 / 100],
               own[made - 1]);
    }
    printf("\"asked\":%llu,\"waits\":%ld,\"report_p9999_s\":%.9f,\"report_own_p9999_s\":%.9f,"
           "\"report_longest_s\":%.9f,\"report_own_longest_s\":%.9f,\"over_1ms\":%llu,"
           "\"own_over_1ms\":%llu,\"beside_over_1ms\":%llu,\"own_ns_buckets\":[",
           (unsigned long long)f->asked, f->waits, reached_s(f->wall, f->asked, .9999),
           reached_s(f->own, f->asked, .9999), (double)f->longest_wall_ns * 1e-9,
           (double)f->longest_own_ns * 1e-9, (unsigned long long)above(f->wall, 20),
           (unsigned long long)above(f->own, 20), (unsigned long long)f->beside);
    for (int k = 0; k < 30; k++) {
        printf("%s%llu", k ? "," : "", (unsigned long long)f->own[k]);
    }
    printf("]}\n");
    fflush(stdout);
}

/* As long as a change took: a host that has to run two processors takes more away from each. */
static void burn(double seconds)
{
    const int64_t until = clock_ns(CLOCK_MONOTONIC) + (int64_t)(seconds * 1e9);
    while (clock_ns(CLOCK_MONOTONIC) < until) {
    }
}

/* A zone drawn at random is moved every 2 ms, on this thread, while another asks one report after
 * the other; or, for comparison, none is, and this thread is as busy with nothing. */
static int run_live(lee_zone_set **set, lee_zone_list *list, const char *name,
                    const bench_points *p, bool changing)
{
    static double wall[CHANGES], own[CHANGES], busy_s[CHANGES];
    static lee_ring rings[CHANGES];
    bench_random r = {777};
    /* The list that a set was built over stays as it is while that set is in use: two take turns.
     */
    lee_zone *copy = bench_alloc(list->count, sizeof(*copy));
    memcpy(copy, list->zones, list->count * sizeof(*copy));
    static lee_zone_list turns[2];
    turns[0] = (lee_zone_list){copy, list->count};
    turns[1] = *list;
    uint32_t zone_before = 0;
    flow f = {.points = p, .set = *set};
    pthread_t thread;
    if (pthread_create(&thread, NULL, ask_all_the_time, &f)) {
        return 1;
    }
    uint32_t turn = 0;
    uint32_t made = 0;
    for (; turn < CHANGES; turn++) {
        nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
        if (!changing) {
            atomic_fetch_add(&f.edges, 1);
            burn(busy_s[turn]);
            atomic_fetch_add(&f.edges, 1);
            continue;
        }
        const uint32_t zone = bench_below(&r, list->count);
        const lee_zone_list *now = lee_zone_set_list(*set);
        const lee_zone_list *then = &turns[turn % 2];
        ((lee_zone *)then->zones)[zone_before] = now->zones[zone_before];
        zone_before = zone;
        const lee_area old_area = now->zones[zone].area;
        ((lee_zone *)then->zones)[zone].area = moved_area(old_area, &rings[turn]);
        const int64_t begun = clock_ns(CLOCK_MONOTONIC);
        atomic_fetch_add(&f.edges, 1);
        const bool done = change_live(&f, set, then, zone, &old_area, &wall[made], &own[made]);
        atomic_fetch_add(&f.edges, 1);
        busy_s[turn] = (double)(clock_ns(CLOCK_MONOTONIC) - begun) * 1e-9;
        if (!done) {
            break;
        }
        made++;
    }
    atomic_store(&f.stop, true);
    pthread_join(thread, NULL);
    print_live(&f, name, changing, made, wall, own);
    return turn == CHANGES ? 0 : 1;
}

/* The most memory so far, the zones' own points and the reports included. */
static void print_peak(const char *name)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("{\"program\":\"ours-peak\",\"set\":\"%s\",\"peak_mb\":%.1f}\n", name,
           (double)usage.ru_maxrss * 1024e-6);
}

static volatile uint64_t sink;

int main(int argc, char **argv)
{
    if (argc < 5) {
        fprintf(stderr, "usage: ours SET KIND COUNT MODE...\n");
        return 2;
    }
    const bench_set made = bench_load(argv[1]);
    lee_zone_list list = to_list(&made);
    const bench_points points = bench_make_points(&made, argv[2], (uint64_t)atoll(argv[3]));
    malloc_trim(0);
    const double memory_before = bench_memory_mb();
    const double start = bench_cpu_s();
    lee_zone_set *set = NULL;
    if (lee_zone_set_build(&list, &set)) {
        return 1;
    }
    const double build_s = bench_cpu_s() - start;
    malloc_trim(0);
    const double memory_mb = bench_memory_mb() - memory_before;
    for (int m = 4; m < argc; m++) {
        if (strcmp(argv[m], "state") == 0) {
            if (run_follow(set, argv[1], made.zone_count, &points, build_s, memory_mb)) {
                fprintf(stderr, "following differs from the stateless answer\n");
                return 1;
            }
            continue;
        }
        if (strcmp(argv[m], "peak") == 0) {
            print_peak(argv[1]);
            continue;
        }
        if (strcmp(argv[m], "replay") == 0) {
            if (run_replay(set, made.zone_count, &points)) {
                fprintf(stderr, "following differs from the stateless answer\n");
                return 1;
            }
            continue;
        }
        if (strcmp(argv[m], "change") == 0) {
            if (run_changes(&set, &list, argv[1], &points)) {
                fprintf(stderr, "the changed set differs from one built anew\n");
                return 1;
            }
            continue;
        }
        if (strcmp(argv[m], "live") == 0) {
            if (run_live(&set, &list, argv[1], &points, true) ||
                run_live(&set, &list, argv[1], &points, false)) {
                fprintf(stderr, "not every change was made\n");
            }
            continue;
        }
        lee_zone_set_use_portable(set, strcmp(argv[m], "portable") == 0);
        const bool one = strcmp(argv[m], "single") == 0;
        const uint64_t checked = points.count < 1000000 ? points.count : 1000000;
        const tally check = join(set, &points, checked, true);
        /* The best of a few passes is the machine's; the median over runs is taken outside. */
        double best = 1e30;
        for (int pass = 0; pass < 3; pass++) {
            const double from = bench_cpu_s();
            const tally t =
                one ? single(set, &points, points.count) : join(set, &points, points.count, false);
            const double took = bench_cpu_s() - from;
            sink = t.sum;
            best = took < best ? took : best;
        }
        char name[32];
        snprintf(name, sizeof(name), "ours-%s", argv[m]);
        bench_print(name, argv[1], argv[2], (double)points.count / best, build_s, memory_mb,
                    check.pairs, check.hash, checked);
    }
    fprintf(stderr, "index bytes %.1f MB\n", (double)lee_zone_set_bytes(set) / 1e6);
    lee_zone_set_free(set);
    return 0;
}
