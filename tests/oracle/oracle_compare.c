#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "oracle.h"

/* Of so many pairs it is said how they differ. */
#define SHOWN 3

static int sort_events(const void *a, const void *b)
{
    const oracle_event *const x = a;
    const oracle_event *const y = b;
    if (x->target != y->target) {
        return x->target < y->target ? -1 : 1;
    }
    if (x->zone != y->zone) {
        return x->zone < y->zone ? -1 : 1;
    }
    return (x->order > y->order) - (x->order < y->order);
}

/* By target and zone alone. */
static bool before(const oracle_event *x, const oracle_event *y)
{
    return x->target != y->target ? x->target < y->target : x->zone < y->zone;
}

static bool is_near(double x, double y, double doubt)
{
    return x < 0 || y < 0 || fabs(x - y) <= doubt;
}

static bool same(const oracle_event *x, const oracle_event *y)
{
    return x->t_us == y->t_us && x->target == y->target && x->zone == y->zone &&
           x->kind == y->kind && x->cross_us == y->cross_us &&
           (x->reason == y->reason || x->reason == '?' || y->reason == '?') &&
           (x->words == y->words || x->words == 0 || y->words == 0) &&
           (x->severity == y->severity || x->severity < 0 || y->severity < 0) &&
           (x->entry_s < 0) == (y->entry_s < 0) && (x->p_inside < 0) == (y->p_inside < 0) &&
           is_near(x->entry_s, y->entry_s, 0.002 + x->entry_doubt_s + y->entry_doubt_s) &&
           is_near(x->p_inside, y->p_inside, 0.0011 + x->p_doubt + y->p_doubt) &&
           is_near(x->depth_m, y->depth_m, 1 + 0.005 * fabs(x->depth_m));
}

static void print_event(const char *who, const oracle_event *e, const lee_zone_list *zones)
{
    static const char *const kinds[] = {
#define NAME(name, text) text,
        LEE_EVENT_LIST(NAME)
#undef NAME
    };
    printf("  %s t=%" PRId64 " target=%u zone=%u (%s) %s cross=%" PRId64
           " reason=%c severity=%d words=%x entry=%.3f p=%.3f depth=%.0f\n",
           who, e->t_us, e->target, e->zone, zones->zones[e->zone].id, kinds[e->kind], e->cross_us,
           e->reason ? e->reason : '-', e->severity, e->words, e->entry_s, e->p_inside, e->depth_m);
}

/* Sorts, and leaves out what came after a pair was. */
static void prepare(oracle_events *list, const lee_zone_list *zones, const int64_t *cuts)
{
    size_t kept = 0;
    for (size_t i = 0; i < list->count; i++) {
        const oracle_event *const e = &list->events[i];
        if (!cuts || e->t_us < cuts[(size_t)e->target * zones->count + e->zone]) {
            list->events[kept++] = *e;
        }
    }
    list->count = kept;
    if (kept > 1) {
        qsort(list->events, kept, sizeof *list->events, sort_events);
    }
}

static bool is_of(const oracle_events *list, size_t at, const oracle_event *pair)
{
    return at < list->count && list->events[at].target == pair->target &&
           list->events[at].zone == pair->zone;
}

/* From a little before the first that differs. */
static void print_pair(const char *who, const oracle_events *list, size_t first, size_t at,
                       const oracle_event *pair, const lee_zone_list *zones)
{
    for (size_t i = at > first + 3 ? at - 3 : first; i < at + 3 && is_of(list, i, pair); i++) {
        print_event(who, &list->events[i], zones);
    }
}

size_t oracle_compare(oracle_events *engine, oracle_events *oracle, const lee_zone_list *zones,
                      const int64_t *cuts)
{
    prepare(engine, zones, cuts);
    prepare(oracle, zones, cuts);
    size_t wrong = 0;
    size_t e = 0;
    size_t o = 0;
    while (e < engine->count || o < oracle->count) {
        const bool is_engines =
            o == oracle->count ||
            (e < engine->count && before(&engine->events[e], &oracle->events[o]));
        const oracle_event pair = is_engines ? engine->events[e] : oracle->events[o];
        const size_t first_e = e;
        const size_t first_o = o;
        while (is_of(engine, e, &pair) && is_of(oracle, o, &pair) &&
               same(&engine->events[e], &oracle->events[o])) {
            e++;
            o++;
        }
        if (is_of(engine, e, &pair) || is_of(oracle, o, &pair)) {
            if (wrong++ < SHOWN) {
                print_pair("engine", engine, first_e, e, &pair, zones);
                print_pair("oracle", oracle, first_o, o, &pair, zones);
            }
        }
        for (; is_of(engine, e, &pair); e++) {
        }
        for (; is_of(oracle, o, &pair); o++) {
        }
    }
    return wrong;
}
