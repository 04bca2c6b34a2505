#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "oracle.h"

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

static bool is_near(double x, double y, double doubt)
{
    return x < 0 || y < 0 || fabs(x - y) <= doubt;
}

static bool same(const oracle_event *x, const oracle_event *y)
{
    return x->t_us == y->t_us && x->target == y->target && x->zone == y->zone &&
           x->kind == y->kind && x->cross_us == y->cross_us &&
           (x->reason == y->reason || x->reason == '?' || y->reason == '?') &&
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
           " reason=%c severity=%d entry=%.3f p=%.3f depth=%.0f\n",
           who, e->t_us, e->target, e->zone, zones->zones[e->zone].id, kinds[e->kind], e->cross_us,
           e->reason ? e->reason : '-', e->severity, e->entry_s, e->p_inside, e->depth_m);
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

size_t oracle_compare(oracle_events *engine, oracle_events *oracle, const lee_zone_list *zones,
                      const int64_t *cuts)
{
    prepare(engine, zones, cuts);
    prepare(oracle, zones, cuts);
    size_t wrong = 0;
    const size_t most = engine->count > oracle->count ? engine->count : oracle->count;
    for (size_t i = 0; i < most; i++) {
        const oracle_event *const x = i < engine->count ? &engine->events[i] : NULL;
        const oracle_event *const y = i < oracle->count ? &oracle->events[i] : NULL;
        if (x && y && same(x, y)) {
            continue;
        }
        if (wrong++ == 0) {
            for (size_t k = i < 4 ? 0 : i - 4; k < i + 3; k++) {
                if (k < engine->count) {
                    print_event("engine", &engine->events[k], zones);
                }
                if (k < oracle->count) {
                    print_event("oracle", &oracle->events[k], zones);
                }
            }
        }
    }
    return wrong;
}
