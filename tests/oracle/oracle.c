#include "oracle.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__extension__ typedef __int128 big;

/* The move: 2^30 east, 1 north, in units of 2^-60 of the coordinates' unit. */
#define SHIFT 60
#define MOVE_X ((big)1 << 30)
#define MOVE_Y ((big)1)

#define LOST_END_US INT64_C(600000000)

void oracle_add(oracle_events *list, oracle_event event)
{
    if (list->count == list->capacity) {
        list->capacity = list->capacity ? list->capacity * 2 : 1024;
        list->events = realloc(list->events, list->capacity * sizeof *list->events);
        assert(list->events);
    }
    event.order = (uint32_t)list->count;
    list->events[list->count++] = event;
}

/* --- geometry -----------------------------------------------------------------------------------
 */

/* Rays to the north from the moved point: edges whose ends lie on both sides of its meridian and
 * that pass above it. */
static bool area_holds(const lee_area *area, lee_point p)
{
    bool inside = false;
    for (uint32_t r = 0; r < area->count; r++) {
        const lee_ring *const ring = &area->rings[r];
        for (uint32_t i = 0; i < ring->count; i++) {
            lee_point a = ring->points[i];
            lee_point b = ring->points[(i + 1) % ring->count];
            /* Moved east, a vertex on the meridian is west of it. */
            if ((a.lon_e7 > p.lon_e7) == (b.lon_e7 > p.lon_e7)) {
                continue;
            }
            if (a.lon_e7 > b.lon_e7) {
                const lee_point swap = a;
                a = b;
                b = swap;
            }
            const big dx = (big)b.lon_e7 - a.lon_e7;
            const big dy = (big)b.lat_e7 - a.lat_e7;
            const big px = ((big)p.lon_e7 - a.lon_e7) * ((big)1 << SHIFT) + MOVE_X;
            const big py = ((big)p.lat_e7 - a.lat_e7) * ((big)1 << SHIFT) + MOVE_Y;
            const big under = dy * px - dx * py; /* > 0: the edge passes above the point */
            assert(under != 0);
            inside ^= under > 0;
        }
    }
    return inside;
}

typedef struct {
    big num;
    big den; /* > 0 */
} ratio;

static int ratio_order(ratio a, ratio b)
{
    const big left = a.num * b.den;
    const big right = b.num * a.den;
    return (left > right) - (left < right);
}

static int ratio_sort(const void *a, const void *b)
{
    return ratio_order(*(const ratio *)a, *(const ratio *)b);
}

typedef struct {
    ratio from;
    ratio to;
} span;

#define SPANS_MAX 4096

static int sign_of(big value)
{
    return (value > 0) - (value < 0);
}

/* The cross product of the way a->b with the way from the moved a to v, times 2^60. */
static int side_of_path(lee_point a, lee_point b, lee_point v)
{
    const big wx = (big)b.lon_e7 - a.lon_e7;
    const big wy = (big)b.lat_e7 - a.lat_e7;
    const big vx = ((big)v.lon_e7 - a.lon_e7) * ((big)1 << SHIFT) - MOVE_X;
    const big vy = ((big)v.lat_e7 - a.lat_e7) * ((big)1 << SHIFT) - MOVE_Y;
    const int side = sign_of(wx * vy - wy * vx);
    assert(side != 0);
    return side;
}

static int side_of_edge(lee_point tail, lee_point head, lee_point p)
{
    const big ex = (big)head.lon_e7 - tail.lon_e7;
    const big ey = (big)head.lat_e7 - tail.lat_e7;
    const big px = ((big)p.lon_e7 - tail.lon_e7) * ((big)1 << SHIFT) + MOVE_X;
    const big py = ((big)p.lat_e7 - tail.lat_e7) * ((big)1 << SHIFT) + MOVE_Y;
    const int side = sign_of(ex * py - ey * px);
    assert(side != 0);
    return side;
}

/* Stretches of the way a->b inside the area, of some length, in order. */
static size_t area_spans(const lee_area *area, lee_point a, lee_point b, span *out)
{
    static ratio at[SPANS_MAX * 2];
    size_t count = 0;
    if (a.lat_e7 == b.lat_e7 && a.lon_e7 == b.lon_e7) {
        out[0] = (span){{0, 1}, {1, 1}};
        return area_holds(area, a) ? 1 : 0;
    }
    if (area_holds(area, a)) {
        at[count++] = (ratio){0, 1};
    }
    for (uint32_t r = 0; r < area->count; r++) {
        const lee_ring *const ring = &area->rings[r];
        for (uint32_t i = 0; i < ring->count; i++) {
            const lee_point tail = ring->points[i];
            const lee_point head = ring->points[(i + 1) % ring->count];
            if ((tail.lat_e7 == head.lat_e7 && tail.lon_e7 == head.lon_e7) ||
                side_of_path(a, b, tail) == side_of_path(a, b, head) ||
                side_of_edge(tail, head, a) == side_of_edge(tail, head, b)) {
                continue;
            }
            const big wx = (big)b.lon_e7 - a.lon_e7;
            const big wy = (big)b.lat_e7 - a.lat_e7;
            const big ex = (big)head.lon_e7 - tail.lon_e7;
            const big ey = (big)head.lat_e7 - tail.lat_e7;
            const big den = wx * ey - wy * ex;
            const big num = ((big)tail.lon_e7 - a.lon_e7) * ey - ((big)tail.lat_e7 - a.lat_e7) * ex;
            assert(count < SPANS_MAX * 2 - 1);
            at[count++] = den > 0 ? (ratio){num, den} : (ratio){-num, -den};
        }
    }
    if (area_holds(area, b)) {
        at[count++] = (ratio){1, 1};
    }
    assert(count % 2 == 0);
    qsort(at, count, sizeof *at, ratio_sort);
    size_t spans = 0;
    for (size_t i = 0; i < count; i += 2) {
        if (ratio_order(at[i], at[i + 1]) == 0) {
            continue;
        }
        if (spans > 0 && ratio_order(out[spans - 1].to, at[i]) == 0) {
            out[spans - 1].to = at[i + 1];
        } else {
            out[spans++] = (span){at[i], at[i + 1]};
        }
    }
    return spans;
}

/* --- zones --------------------------------------------------------------------------------------
 */

/* A limit in feet that pressure altitude is compared with; false: it binds nothing. Limits above
 * ground bind nothing, because the ground is not known. */
static bool limit_ft(const lee_alt_limit *limit, int32_t *out)
{
    if (limit->kind != LEE_LIMIT_VALUE || limit->alt.ref == LEE_ALT_AGL) {
        return false;
    }
    assert(limit->alt.ref == LEE_ALT_STD || limit->alt.ref == LEE_ALT_MSL);
    *out = limit->alt.ft;
    return true;
}

typedef enum { BELOW, WITHIN, ABOVE, UNKNOWN } level;

static level level_of(const lee_zone *zone, bool has_alt, int32_t alt_ft)
{
    int32_t lower = 0;
    int32_t upper = 0;
    const bool has_lower = limit_ft(&zone->lower, &lower);
    const bool has_upper = limit_ft(&zone->upper, &upper);
    if (!has_lower && !has_upper) {
        return WITHIN;
    }
    if (!has_alt) {
        return UNKNOWN;
    }
    return has_lower && alt_ft < lower ? BELOW : has_upper && alt_ft >= upper ? ABOVE : WITHIN;
}

static bool active_at(const lee_zone *zone, int64_t t_us)
{
    for (uint32_t i = 0; i < zone->schedule.count; i++) {
        if (zone->schedule.intervals[i].from_us <= t_us &&
            t_us < zone->schedule.intervals[i].to_us) {
            return true;
        }
    }
    return zone->schedule.always;
}

typedef struct {
    int64_t t_us;
    lee_point point;
    bool has_alt;
    int32_t alt_ft;
} place;

static bool holds(const lee_zone *zone, const place *p)
{
    const level l = level_of(zone, p->has_alt, p->alt_ft);
    return (l == WITHIN || l == UNKNOWN) && area_holds(&zone->area, p->point);
}

static bool cut(span *s, ratio from, ratio to)
{
    if (ratio_order(from, s->from) > 0) {
        s->from = from;
    }
    if (ratio_order(to, s->to) < 0) {
        s->to = to;
    }
    return ratio_order(s->from, s->to) < 0;
}

/* Narrows to where the altitude is at or above the limit (`up`) or below it. */
static bool cut_limit(span *s, int64_t a, int64_t b, int64_t limit, bool up)
{
    const bool a_in = up ? a >= limit : a < limit;
    const bool b_in = up ? b >= limit : b < limit;
    if (a_in && b_in) {
        return true;
    }
    if (!a_in && !b_in) {
        return false;
    }
    const int64_t span_ft = b > a ? b - a : a - b;
    const int64_t way_ft = b > a ? limit - a : a - limit;
    const ratio at = {way_ft, span_ft};
    return b_in ? cut(s, at, (ratio){1, 1}) : cut(s, (ratio){0, 1}, at);
}

static bool boxes_miss(const lee_area *area, lee_point a, lee_point b)
{
    bool west = true;
    bool east = true;
    bool south = true;
    bool north = true;
    for (uint32_t r = 0; r < area->count; r++) {
        for (uint32_t i = 0; i < area->rings[r].count; i++) {
            const lee_point v = area->rings[r].points[i];
            west &= v.lon_e7 < a.lon_e7 && v.lon_e7 < b.lon_e7;
            east &= v.lon_e7 > a.lon_e7 && v.lon_e7 > b.lon_e7;
            south &= v.lat_e7 < a.lat_e7 && v.lat_e7 < b.lat_e7;
            north &= v.lat_e7 > a.lat_e7 && v.lat_e7 > b.lat_e7;
        }
    }
    return west || east || south || north;
}

/* First and last stretch inside the volume while it is active. */
static size_t volume_spans(const lee_zone *zone, const place *a, const place *b, span *first,
                           span *last, bool *blurred)
{
    static span spans[SPANS_MAX];
    const level la = level_of(zone, a->has_alt, a->alt_ft);
    const level lb = level_of(zone, b->has_alt, b->alt_ft);
    *blurred = la == UNKNOWN || lb == UNKNOWN;
    if (boxes_miss(&zone->area, a->point, b->point)) {
        return 0;
    }
    size_t found = 0;
    const size_t count = area_spans(&zone->area, a->point, b->point, spans);
    for (size_t i = 0; i < count; i++) {
        span s = spans[i];
        int32_t limit = 0;
        if (!*blurred) {
            if (limit_ft(&zone->lower, &limit) &&
                !cut_limit(&s, a->alt_ft, b->alt_ft, limit, true)) {
                continue;
            }
            if (limit_ft(&zone->upper, &limit) &&
                !cut_limit(&s, a->alt_ft, b->alt_ft, limit, false)) {
                continue;
            }
        }
        const lee_interval always = {INT64_MIN, INT64_MAX};
        const uint32_t intervals = zone->schedule.always ? 1 : zone->schedule.count;
        for (uint32_t k = 0; k < intervals; k++) {
            const lee_interval in = zone->schedule.always ? always : zone->schedule.intervals[k];
            span part = s;
            if (in.from_us > a->t_us) {
                const int64_t from = in.from_us < b->t_us ? in.from_us : b->t_us;
                if (b->t_us == a->t_us ||
                    !cut(&part, (ratio){from - a->t_us, b->t_us - a->t_us}, (ratio){1, 1})) {
                    continue;
                }
            }
            if (in.to_us <= b->t_us) {
                const int64_t to = in.to_us > a->t_us ? in.to_us : a->t_us;
                if (b->t_us == a->t_us ||
                    !cut(&part, (ratio){0, 1}, (ratio){to - a->t_us, b->t_us - a->t_us})) {
                    continue;
                }
            }
            *first = found == 0 ? part : *first;
            *last = part;
            found++;
        }
    }
    return found;
}

/* --- one target and one zone --------------------------------------------------------------------
 */

typedef struct {
    const lee_zone *zone;
    const oracle_permits *permits;
    uint32_t zone_number;
    uint32_t target;
    int64_t expire_us;
    int64_t lost_us;
    oracle_events *out;
    bool has_place;
    place at;
    bool has_alt; /* what is known of the altitude by now: late reports fill it in too */
    int32_t alt_ft;
    int64_t alt_us;
    bool open;
    bool lost;
    bool permitted; /* while open */
    int64_t opened_us;
    int64_t lost_told_us;
} play;

static void tell(play *p, int64_t t_us, int kind, int64_t cross_us, char reason)
{
    oracle_add(p->out, (oracle_event){.t_us = t_us,
                                      .target = p->target,
                                      .zone = p->zone_number,
                                      .kind = kind,
                                      .cross_us = cross_us,
                                      .reason = reason});
}

static bool concerns(const play *p, const oracle_permit *permit)
{
    return (permit->target == ORACLE_ANY || permit->target == p->target) &&
           (permit->zone == ORACLE_ANY || permit->zone == p->zone_number);
}

static bool permitted_at(const play *p, int64_t t_us)
{
    for (size_t i = 0; i < p->permits->count; i++) {
        const oracle_permit *const permit = &p->permits->permits[i];
        if (concerns(p, permit) && t_us >= permit->from_us && t_us < permit->to_us) {
            return true;
        }
    }
    return false;
}

static void open_at(play *p, int64_t t_us)
{
    p->permitted = permitted_at(p, t_us);
    p->open = true;
    p->lost = false;
    p->opened_us = t_us;
}

static void end_at(play *p, int64_t t_us, char reason)
{
    tell(p, t_us, LEE_EVENT_ENDED, -1, reason);
    p->open = false;
    p->lost = false;
}

/* Leave came or went around a target that is inside: one incident ends, another begins. */
static void change_leave(play *p, int64_t t_us)
{
    if (p->open && permitted_at(p, t_us) != p->permitted) {
        end_at(p, t_us, 'p');
        open_at(p, t_us);
        tell(p, t_us, LEE_EVENT_PRESENT, -1, p->permitted ? 'p' : '?');
    }
}

static void silence_until(play *p, int64_t t_us)
{
    if (p->open && !p->lost && p->at.t_us + p->lost_us <= t_us) {
        const int64_t due = p->at.t_us + p->lost_us;
        p->lost_told_us = due > p->opened_us ? due : p->opened_us;
        p->lost = true;
        tell(p, p->lost_told_us, LEE_EVENT_LOST, -1, p->permitted ? 'p' : 0);
    }
    if (p->open && p->lost && p->lost_told_us + LOST_END_US <= t_us) {
        end_at(p, p->lost_told_us + LOST_END_US, 'l');
    }
}

static void edge(play *p, int64_t t_us, bool by_schedule)
{
    silence_until(p, t_us - 1);
    const bool active = active_at(p->zone, t_us);
    if (!active && p->open) {
        end_at(p, t_us, 'z');
    }
    if (active) {
        change_leave(p, t_us);
    }
    if (active && !p->open && by_schedule && p->has_place && t_us - p->at.t_us <= p->expire_us) {
        place now = p->at;
        now.has_alt = p->has_alt && t_us - p->alt_us <= p->expire_us;
        now.alt_ft = p->alt_ft;
        if (holds(p->zone, &now)) {
            open_at(p, t_us);
            tell(p, t_us, LEE_EVENT_PRESENT, -1,
                 p->permitted                                            ? 'p'
                 : level_of(p->zone, now.has_alt, now.alt_ft) == UNKNOWN ? 'a'
                                                                         : '?');
        }
    }
}

static void take_edge(int64_t edge_us, int64_t after_us, int64_t *next_us)
{
    *next_us = edge_us > after_us && edge_us < *next_us ? edge_us : *next_us;
}

/* The first instant after after_us at which the zone's hours or a permit begin or end. */
static bool next_edge(const play *p, int64_t after_us, int64_t *out, bool *by_schedule)
{
    const lee_schedule *const s = &p->zone->schedule;
    int64_t hours_us = INT64_MAX;
    for (uint32_t i = 0; !s->always && i < s->count; i++) {
        take_edge(s->intervals[i].from_us, after_us, &hours_us);
        take_edge(s->intervals[i].to_us, after_us, &hours_us);
    }
    int64_t leave_us = INT64_MAX;
    for (size_t i = 0; i < p->permits->count; i++) {
        if (concerns(p, &p->permits->permits[i])) {
            take_edge(p->permits->permits[i].from_us, after_us, &leave_us);
            take_edge(p->permits->permits[i].to_us, after_us, &leave_us);
        }
    }
    *out = hours_us < leave_us ? hours_us : leave_us;
    *by_schedule = hours_us == *out;
    return *out != INT64_MAX;
}

/* Everything that time alone does after from_us up to t_us. */
static void pass(play *p, int64_t from_us, int64_t t_us)
{
    int64_t at_us = from_us;
    bool by_schedule = false;
    while (next_edge(p, at_us, &at_us, &by_schedule) && at_us <= t_us) {
        edge(p, at_us, by_schedule);
    }
    silence_until(p, t_us);
}

static int64_t time_at(const place *a, const place *b, ratio at)
{
    const big dt = (big)b->t_us - a->t_us;
    return a->t_us + (int64_t)(at.num * dt / at.den);
}

static void judge(play *p, const place *now)
{
    const place before = p->at;
    const bool has_way = p->has_place && now->t_us - before.t_us <= p->lost_us;
    const bool inside = active_at(p->zone, now->t_us) && holds(p->zone, now);
    const char blurred_now = level_of(p->zone, now->has_alt, now->alt_ft) == UNKNOWN ? 'a' : '?';
    span first = {{0, 1}, {0, 1}};
    span last = {{0, 1}, {0, 1}};
    bool blurred = false;
    const size_t count = has_way ? volume_spans(p->zone, &before, now, &first, &last, &blurred) : 0;
    if (p->open && inside) {
        change_leave(p, now->t_us);
        p->lost = false;
    } else if (p->open) {
        int64_t cross = -1;
        if (has_way && !blurred) {
            cross =
                count > 0 && first.from.num == 0 ? time_at(&before, now, first.to) : before.t_us;
        }
        tell(p, now->t_us, LEE_EVENT_LEFT, cross, p->permitted ? 'p' : 0);
        end_at(p, now->t_us, 'l');
    } else if (inside) {
        const bool entered = p->has_place && !holds(p->zone, &before);
        int64_t cross = -1;
        if (entered && has_way && !blurred) {
            const bool reaches = count > 0 && last.to.num == last.to.den;
            cross = reaches ? time_at(&before, now, last.from) : now->t_us;
        }
        open_at(p, now->t_us);
        tell(p, now->t_us, entered ? LEE_EVENT_ENTERED : LEE_EVENT_PRESENT, cross,
             p->permitted ? 'p' : blurred_now);
    } else if (count > 0 && !(active_at(p->zone, before.t_us) && holds(p->zone, &before))) {
        tell(p, now->t_us, LEE_EVENT_CROSSED, time_at(&before, now, first.from),
             permitted_at(p, now->t_us) ? 'p'
             : blurred                  ? 'a'
                                        : '?');
        tell(p, now->t_us, LEE_EVENT_ENDED, -1, 'l');
    }
}

typedef struct {
    const oracle_report *reports;
    const int64_t *clock_us; /* the newest time of all reports heard so far, by report */
    const uint32_t *mine;    /* numbers of this target's reports, in the order heard */
    size_t count;
} target_reports;

static void play_pair(play *p, const target_reports *heard, int64_t end_us)
{
    int64_t newest_us = INT64_MIN;
    int64_t clock_us = INT64_MIN;
    for (size_t i = 0; i < heard->count; i++) {
        const oracle_report *const r = &heard->reports[heard->mine[i]];
        if (heard->clock_us[heard->mine[i]] > clock_us) {
            pass(p, clock_us, heard->clock_us[heard->mine[i]]);
            clock_us = heard->clock_us[heard->mine[i]];
        }
        bool twice = false;
        for (size_t k = i; k-- > 0 && heard->reports[heard->mine[k]].t_us == r->t_us;) {
            const oracle_report *const o = &heard->reports[heard->mine[k]];
            twice |= o->point.lat_e7 == r->point.lat_e7 && o->point.lon_e7 == r->point.lon_e7 &&
                     o->has_alt == r->has_alt && (!r->has_alt || o->alt_ft == r->alt_ft);
        }
        if (r->has_alt &&
            (!p->has_alt || newest_us - p->alt_us > p->expire_us || r->t_us >= p->alt_us)) {
            p->has_alt = true;
            p->alt_ft = r->alt_ft;
            p->alt_us = r->t_us;
        }
        if (r->t_us < newest_us || (twice && r->t_us == newest_us)) {
            continue;
        }
        newest_us = r->t_us;
        const place now = {r->t_us, r->point, p->has_alt && r->t_us - p->alt_us <= p->expire_us,
                           p->alt_ft};
        judge(p, &now);
        p->has_place = true;
        p->at = now;
    }
    if (end_us > clock_us) {
        pass(p, clock_us, end_us);
    }
}

void oracle_run(const lee_zone_list *zones, const oracle_permits *permits,
                const oracle_report *reports, size_t count, uint32_t target_count,
                int64_t expire_us, int64_t end_us, oracle_events *out)
{
    uint32_t *const mine = malloc((count + 1) * sizeof *mine);
    int64_t *const clock_us = malloc((count + 1) * sizeof *clock_us);
    assert(mine && clock_us);
    for (size_t i = 0; i < count; i++) {
        clock_us[i] =
            i > 0 && clock_us[i - 1] > reports[i].t_us ? clock_us[i - 1] : reports[i].t_us;
    }
    for (uint32_t target = 0; target < target_count; target++) {
        target_reports heard = {reports, clock_us, mine, 0};
        for (size_t i = 0; i < count; i++) {
            if (reports[i].target == target) {
                mine[heard.count++] = (uint32_t)i;
            }
        }
        for (uint32_t z = 0; z < zones->count; z++) {
            play p = {.zone = &zones->zones[z],
                      .permits = permits,
                      .zone_number = z,
                      .target = target,
                      .expire_us = expire_us,
                      .lost_us = zones->zones[z].watch.lost_after_s * INT64_C(1000000),
                      .out = out};
            play_pair(&p, &heard, end_us);
        }
    }
    free(mine);
    free(clock_us);
}

/* --- comparing ----------------------------------------------------------------------------------
 */

static int event_order(const oracle_event *x, const oracle_event *y)
{
    if (x->target != y->target) {
        return x->target < y->target ? -1 : 1;
    }
    if (x->zone != y->zone) {
        return x->zone < y->zone ? -1 : 1;
    }
    return (x->order > y->order) - (x->order < y->order);
}

static int sort_events(const void *a, const void *b)
{
    return event_order(a, b);
}

static bool same(const oracle_event *x, const oracle_event *y)
{
    return x->t_us == y->t_us && x->target == y->target && x->zone == y->zone &&
           x->kind == y->kind && x->cross_us == y->cross_us &&
           (x->reason == y->reason || x->reason == '?' || y->reason == '?');
}

static void print_event(const char *who, const oracle_event *e, const lee_zone_list *zones)
{
    static const char *const kinds[] = {
#define NAME(name, text) text,
        LEE_EVENT_LIST(NAME)
#undef NAME
    };
    printf("  %s t=%" PRId64 " target=%u zone=%u (%s) %s cross=%" PRId64 " reason=%c\n", who,
           e->t_us, e->target, e->zone, zones->zones[e->zone].id, kinds[e->kind], e->cross_us,
           e->reason ? e->reason : '-');
}

size_t oracle_compare(oracle_events *engine, oracle_events *oracle, const lee_zone_list *zones)
{
    if (engine->count > 1) {
        qsort(engine->events, engine->count, sizeof *engine->events, sort_events);
    }
    if (oracle->count > 1) {
        qsort(oracle->events, oracle->count, sizeof *oracle->events, sort_events);
    }
    size_t wrong = 0;
    const size_t most = engine->count > oracle->count ? engine->count : oracle->count;
    for (size_t i = 0; i < most; i++) {
        const oracle_event *const x = i < engine->count ? &engine->events[i] : NULL;
        const oracle_event *const y = i < oracle->count ? &oracle->events[i] : NULL;
        if (x && y && same(x, y)) {
            continue;
        }
        if (wrong++ == 0) {
            for (size_t k = i < 2 ? 0 : i - 2; k < i + 3; k++) {
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
