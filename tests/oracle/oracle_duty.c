/* Duties: somebody must be in a zone, or stay there (docs/zones.md). */
#include <stdlib.h>

#include "oracle_play.h"

/* Something that may change what is told. */
typedef struct {
    int64_t t_us;
    size_t
        report; /* 0: by the clock alone, before the reports of its instant; else its number + 1 */
    uint32_t target; /* ORACLE_ANY: an edge */
    bool within;
} change;

typedef struct {
    change *list;
    size_t count;
    size_t capacity;
} changes;

static void add(changes *c, change one)
{
    if (c->count == c->capacity) {
        c->capacity = c->capacity ? 2 * c->capacity : 64;
        c->list = realloc(c->list, c->capacity * sizeof *c->list);
        if (!c->list) {
            abort();
        }
    }
    c->list[c->count++] = one;
}

static int by_time(const void *left, const void *right)
{
    const change *const a = left;
    const change *const b = right;
    if (a->t_us != b->t_us) {
        return a->t_us < b->t_us ? -1 : 1;
    }
    return (a->report > b->report) - (a->report < b->report);
}

static void add_edge(changes *c, int64_t t_us, int64_t start_us, int64_t end_us)
{
    if (t_us >= start_us && t_us <= end_us) {
        add(c, (change){t_us, 0, ORACLE_ANY, false});
    }
}

static changes gather(const oracle_input *in, const oracle_permit *permit, uint32_t zone,
                      uint32_t of, const int64_t *clock_us, const oracle_presence *presence)
{
    changes c = {0};
    const int64_t start_us = in->reports[0].t_us - 1;
    const lee_schedule *const hours = &in->zones->zones[zone].schedule;
    add_edge(&c, start_us, start_us, in->end_us);
    add_edge(&c, permit->from_us, start_us, in->end_us);
    add_edge(&c, permit->to_us, start_us, in->end_us);
    add_edge(&c, permit->granted_us, start_us, in->end_us);
    add_edge(&c, permit->revoked_us, start_us, in->end_us);
    for (uint32_t i = 0; !hours->always && i < hours->count; i++) {
        add_edge(&c, hours->intervals[i].from_us, start_us, in->end_us);
        add_edge(&c, hours->intervals[i].to_us, start_us, in->end_us);
    }
    for (uint32_t t = 0; t < in->target_count; t++) {
        if (of != ORACLE_ANY && of != t) {
            continue;
        }
        for (size_t i = 0; i < presence[t].count; i++) {
            const oracle_presence_entry *const e = &presence[t].entries[i];
            const bool by_clock = e->clock_us != INT64_MIN;
            add(&c, (change){by_clock ? e->clock_us : clock_us[e->report],
                             by_clock ? 0 : e->report + 1, t, e->within});
        }
    }
    qsort(c.list, c.count, sizeof *c.list, by_time);
    return c;
}

typedef struct {
    const oracle_input *in;
    const oracle_permit *permit;
    oracle_event told; /* whose it is */
    oracle_events *out;
    bool is_told;
    bool was_there;
    int64_t missing_us; /* since when; INT64_MAX: nobody is */
} duty;

static void tell(duty *d, int64_t t_us, int kind, char reason)
{
    d->told.t_us = t_us;
    d->told.kind = kind;
    d->told.reason = reason;
    oracle_add(d->out, d->told);
    d->is_told = kind == LEE_EVENT_LOST;
}

static void look(duty *d, bool there, int64_t t_us)
{
    const oracle_permit *const p = d->permit;
    const bool due = t_us >= p->from_us && t_us < p->to_us && t_us >= p->granted_us &&
                     t_us < p->revoked_us &&
                     oracle_active_at(&d->in->zones->zones[d->told.zone], t_us);
    if (!due || there) {
        if (d->is_told) {
            tell(d, t_us, LEE_EVENT_ENDED, due ? 'r' : 'd');
        }
        d->missing_us = INT64_MAX;
        d->was_there = due && there;
    } else if (p->duty == LEE_DUTY_PRESENT || d->was_there) {
        d->missing_us = d->missing_us == INT64_MAX ? t_us : d->missing_us;
        if (!d->is_told && t_us - d->missing_us >= p->absent_after_s * S) {
            tell(d, t_us, LEE_EVENT_LOST, p->duty == LEE_DUTY_PRESENT ? 'a' : 'm');
        }
    }
}

/* Of one target, or of any. */
static void play(const oracle_input *in, size_t permit, uint32_t zone, uint32_t of,
                 const int64_t *clock_us, const oracle_presence *presence, oracle_events *out)
{
    const bool remains = in->permits->permits[permit].duty != LEE_DUTY_PRESENT;
    duty d = {.in = in,
              .permit = &in->permits->permits[permit],
              .told = {.target = oracle_duty_of(in, permit, remains ? of : ORACLE_ANY),
                       .zone = zone,
                       .cross_us = -1,
                       .severity = LEE_SEVERITY_HIGH,
                       .entry_s = -1,
                       .p_inside = -1,
                       .depth_m = -1},
              .out = out,
              .missing_us = INT64_MAX};
    changes c = gather(in, d.permit, zone, of, clock_us, presence);
    bool *const within = calloc((size_t)in->target_count + 1, sizeof *within);
    if (!within) {
        abort();
    }
    uint32_t inside = 0;
    for (size_t i = 0; i <= c.count; i++) {
        const int64_t next_us = i < c.count ? c.list[i].t_us : in->end_us;
        const int64_t absent_us = d.permit->absent_after_s * S;
        /* Somebody is missed when it has lasted, before what happens at that instant. */
        if (!d.is_told && d.missing_us != INT64_MAX && next_us - d.missing_us >= absent_us) {
            look(&d, inside > 0, d.missing_us + absent_us);
        }
        if (i == c.count) {
            break;
        }
        const change *const one = &c.list[i];
        if (one->target != ORACLE_ANY && within[one->target] != one->within) {
            within[one->target] = one->within;
            inside += one->within ? 1 : UINT32_MAX;
        }
        look(&d, inside > 0, one->t_us);
    }
    free(within);
    free(c.list);
}

uint32_t oracle_duty_of(const oracle_input *in, size_t permit, uint32_t target)
{
    const uint32_t first = (uint32_t)permit * (in->target_count + 1);
    return target == ORACLE_ANY ? first : first + 1 + target;
}

void oracle_duty(const oracle_input *in, size_t permit, uint32_t zone, const int64_t *clock_us,
                 const oracle_presence *presence, oracle_events *out)
{
    const oracle_permit *const p = &in->permits->permits[permit];
    /* Somebody must be there; but each who came in must remain. */
    if (p->duty == LEE_DUTY_PRESENT || p->target != ORACLE_ANY) {
        play(in, permit, zone, p->target, clock_us, presence, out);
        return;
    }
    for (uint32_t t = 0; t < in->target_count; t++) {
        play(in, permit, zone, t, clock_us, presence, out);
    }
}
