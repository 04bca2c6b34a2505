#include "oracle_ahead.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "oracle_earth.h"
#include "oracle_fan.h"

#define S 1000000.0
#define RAD (3.14159265358979323846 / 180.0)
#define FRESH_US INT64_C(15000000)

/* --- entering -----------------------------------------------------------------------------------
 */

static bool holds_spot(const lee_area *area, lee_point origin, double x, double y)
{
    bool inside = false;
    for (uint32_t r = 0; r < area->count; r++) {
        const lee_ring *const ring = &area->rings[r];
        for (uint32_t i = 0; i < ring->count; i++) {
            const lee_point a = ring->points[i];
            const lee_point b = ring->points[(i + 1) % ring->count];
            const double ax = (double)a.lon_e7 - origin.lon_e7;
            const double ay = (double)a.lat_e7 - origin.lat_e7;
            const double bx = (double)b.lon_e7 - origin.lon_e7;
            const double by = (double)b.lat_e7 - origin.lat_e7;
            if ((ay > y) != (by > y) && x < ax + (y - ay) / (by - ay) * (bx - ax)) {
                inside = !inside;
            }
        }
    }
    return inside;
}

/* The first crossing of any edge between two spots at or after from_s; 1e9: none. */
static double first_crossing(const lee_area *area, lee_point origin, const oracle_step *a,
                             const oracle_step *b, double from_s)
{
    double first = 1e9;
    for (uint32_t r = 0; r < area->count; r++) {
        const lee_ring *const ring = &area->rings[r];
        for (uint32_t i = 0; i < ring->count; i++) {
            const lee_point p = ring->points[i];
            const lee_point q = ring->points[(i + 1) % ring->count];
            const double px = (double)p.lon_e7 - origin.lon_e7 - a->x;
            const double py = (double)p.lat_e7 - origin.lat_e7 - a->y;
            const double ex = (double)q.lon_e7 - p.lon_e7;
            const double ey = (double)q.lat_e7 - p.lat_e7;
            const double wx = b->x - a->x;
            const double wy = b->y - a->y;
            const double den = wx * ey - wy * ex;
            if (den == 0.0) {
                continue;
            }
            const double at = (px * ey - py * ex) / den;
            const double along = (px * wy - py * wx) / den;
            const double t = a->t + at * (b->t - a->t);
            if (at >= 0 && at < 1 && along >= 0 && along < 1 && t >= from_s && t < first) {
                first = t;
            }
        }
    }
    return first;
}

static bool box_misses(const lee_area *area, lee_point origin, const oracle_way *w, double more)
{
    double low_x = 1e18;
    double high_x = -1e18;
    double low_y = 1e18;
    double high_y = -1e18;
    for (uint32_t r = 0; r < area->count; r++) {
        for (uint32_t i = 0; i < area->rings[r].count; i++) {
            const lee_point p = area->rings[r].points[i];
            low_x = fmin(low_x, (double)p.lon_e7 - origin.lon_e7);
            high_x = fmax(high_x, (double)p.lon_e7 - origin.lon_e7);
            low_y = fmin(low_y, (double)p.lat_e7 - origin.lat_e7);
            high_y = fmax(high_y, (double)p.lat_e7 - origin.lat_e7);
        }
    }
    bool west = true, east = true, south = true, north = true;
    for (int i = 0; i < w->count; i++) {
        west &= w->spots[i].x < low_x - more;
        east &= w->spots[i].x > high_x + more;
        south &= w->spots[i].y < low_y - more;
        north &= w->spots[i].y > high_y + more;
    }
    return west || east || south || north;
}

/* When the way is first in the area between the times; 1e9: never. */
static double enters(const lee_area *area, lee_point origin, const oracle_way *w, double from_s,
                     double until_s)
{
    double first = 1e9;
    if (box_misses(area, origin, w, 1000)) {
        return first;
    }
    for (int i = 0; i + 1 < w->count && first >= 1e9; i++) {
        const oracle_step *const a = &w->spots[i];
        const oracle_step *const b = &w->spots[i + 1];
        if (i == 0 && from_s <= 0 && holds_spot(area, origin, a->x, a->y)) {
            return w->only_beyond ? 1e9 : 0.0;
        }
        if (a->t <= from_s && from_s < b->t) {
            const double at = (from_s - a->t) / (b->t - a->t);
            if (holds_spot(area, origin, a->x + at * (b->x - a->x), a->y + at * (b->y - a->y))) {
                first = from_s;
                break;
            }
        }
        first = first_crossing(area, origin, a, b, from_s);
    }
    /* Who circled once is taken to be where the circle ended. */
    const oracle_step *const last = &w->spots[w->count - 1];
    if (first >= 1e9 && from_s >= last->t && holds_spot(area, origin, last->x, last->y)) {
        first = from_s;
    }
    return first <= until_s && (!w->only_beyond || first > w->branch_s) ? first : 1e9;
}

/* How a climb or descent goes on: as now, levelling after 12 s, or at the altitude selected. */
enum { HELD, LEVELS, SELECTS, ENDS };

typedef struct {
    double from_s;
    double until_s[ENDS];
    double shares[ENDS];
} window;

static double ended_until(double from_s, double until_s, double after_s, double horizon_s)
{
    return from_s > after_s ? -1 : until_s > after_s ? horizon_s : until_s;
}

/* When it is at or above the floor and below the ceiling, if it climbs or sinks as now; `errors`:
 * with those of the zone. */
static window window_of(const lee_zone *zone, bool errors, const oracle_place *now, double rate_fpm,
                        double selected_s, double horizon_s)
{
    window w = {.from_s = 0};
    double until_s = horizon_s;
    int32_t limit = 0;
    const double fps = rate_fpm / 60.0;
    const double error_ft = errors ? zone->watch.vertical_error_ft : 0;
    const double growth_fps = errors ? zone->watch.vertical_growth_ft / 60.0 : 0;
    if (now->has_alt && oracle_limit_ft(&zone->lower, &limit)) {
        const double above = now->alt_ft - limit + error_ft;
        const double gain = fps + growth_fps;
        w.from_s = above < 0 ? (gain > 0 ? -above / gain : 1e9) : w.from_s;
        until_s = above >= 0 && gain < 0 ? fmin(until_s, above / -gain) : until_s;
    }
    if (now->has_alt && oracle_limit_ft(&zone->upper, &limit)) {
        const double below = limit - now->alt_ft + error_ft;
        const double gain = growth_fps - fps;
        w.from_s = below <= 0 ? fmax(w.from_s, gain > 0 ? -below / gain : 1e9) : w.from_s;
        until_s = below > 0 && gain < 0 ? fmin(until_s, below / -gain) : until_s;
    }
    until_s = w.from_s >= 1e9 ? -1 : until_s;
    const bool is_level = fabs(rate_fpm) < 210;
    const bool selects = selected_s >= 0 && !is_level;
    w.until_s[HELD] = until_s;
    w.until_s[LEVELS] = ended_until(w.from_s, until_s, 12, horizon_s);
    w.until_s[SELECTS] = selects ? ended_until(w.from_s, until_s, selected_s, horizon_s) : -1;
    w.shares[LEVELS] = is_level ? 0 : selects ? 0.1 : 0.3;
    w.shares[SELECTS] = selects ? 0.55 : 0;
    w.shares[HELD] = 1 - w.shares[LEVELS] - w.shares[SELECTS];
    return w;
}

/* Narrows to while the zone is active, now or next. */
static void keep_to_hours(const lee_zone *zone, int64_t now_us, window *w)
{
    int64_t from_us = INT64_MAX;
    int64_t to_us = INT64_MAX;
    for (uint32_t i = 0; !zone->schedule.always && i < zone->schedule.count; i++) {
        const lee_interval in = zone->schedule.intervals[i];
        if (in.to_us > now_us && in.from_us < from_us) {
            from_us = in.from_us > now_us ? in.from_us : now_us;
            to_us = in.to_us;
        }
    }
    if (!zone->schedule.always) {
        const double last_s = from_us == INT64_MAX ? -1 : (double)(to_us - now_us) / S - 1e-6;
        w->from_s = fmax(w->from_s, from_us == INT64_MAX ? 0 : (double)(from_us - now_us) / S);
        for (int end = 0; end < ENDS; end++) {
            w->until_s[end] = fmin(w->until_s[end], last_s);
        }
    }
}

/* --- past lanes ---------------------------------------------------------------------------------
 */

/* Zones that exempt the target, and what is near routes of its permits, with when it is in them by
 * its height. */
#define PAST_MAX (ORACLE_LANES_MAX + ORACLE_ROUTES_MAX)
typedef struct {
    const lee_zone *zones[PAST_MAX];
    const oracle_permit *permits[PAST_MAX]; /* NULL: it is the zone */
    oracle_line lines[PAST_MAX];            /* else this, from the place that is asked for */
    window windows[PAST_MAX];
    int count;
} past;

/* Leave is not guessed: a height that is reached and left again ahead is none. The engine climbs in
 * whole feet: more_ft may be the one that it is wrong by. */
typedef struct {
    const oracle_place *now;
    double rate_fpm;
    double selected_s;
    double horizon_s;
    int32_t more_ft;
} climb;

/* In the volume by its height and in its hours. */
static bool add_past(past *p, const lee_zone *volume, const climb *c)
{
    oracle_place at = *c->now;
    at.alt_ft += c->more_ft;
    window w = window_of(volume, false, &at, c->rate_fpm, c->selected_s, c->horizon_s);
    if (!oracle_active_at(volume, c->now->t_us) || !oracle_is_certain(volume, c->now) ||
        (w.from_s > 0 && w.until_s[HELD] < c->horizon_s)) {
        return false;
    }
    keep_to_hours(volume, c->now->t_us, &w);
    p->zones[p->count] = volume;
    p->permits[p->count] = NULL;
    p->windows[p->count++] = w;
    return true;
}

static void add_route(past *p, const oracle_permit *permit, lee_point origin, const climb *c)
{
    const lee_alt_limit lower = {LEE_LIMIT_VALUE, {permit->lower_ft, LEE_ALT_STD}};
    const lee_alt_limit upper = {LEE_LIMIT_VALUE, {permit->upper_ft, LEE_ALT_STD}};
    const lee_interval hours = {
        c->now->t_us, permit->to_us < permit->revoked_us ? permit->to_us : permit->revoked_us};
    const lee_zone volume = {
        .lower = permit->has_levels ? lower : (lee_alt_limit){.kind = LEE_LIMIT_SFC},
        .upper = permit->has_levels ? upper : (lee_alt_limit){.kind = LEE_LIMIT_UNL},
        .schedule = {.intervals = &hours, .count = 1}};
    if (add_past(p, &volume, c)) {
        p->zones[p->count - 1] = NULL;
        p->permits[p->count - 1] = permit;
        p->lines[p->count - 1] = oracle_line_of(permit, origin);
    }
}

static past past_of(const oracle_lanes *lanes, const oracle_routes *routes, lee_point origin,
                    const climb *c)
{
    past p = {.count = 0};
    for (size_t i = 0; i < lanes->count; i++) {
        (void)add_past(&p, lanes->zones[i], c);
    }
    for (size_t i = 0; i < routes->count; i++) {
        add_route(&p, routes->lets_in[i], origin, c);
    }
    return p;
}

static bool is_in(const past *p, int i, lee_point origin, double x, double y)
{
    const oracle_spot m = oracle_unit_m(origin);
    return p->permits[i] ? oracle_line_off_m(&p->lines[i], (oracle_spot){x * m.x, y * m.y}) <
                               p->permits[i]->half_width_m
                         : holds_spot(&p->zones[i]->area, origin, x, y);
}

#define INSTANTS 8192
typedef struct {
    double t_s[INSTANTS];
    int count;
} instants;

static void add_instant(instants *all, double t_s)
{
    assert(all->count < INSTANTS);
    all->t_s[all->count++] = t_s;
}

static int by_number(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

static void add_crossings(const lee_area *area, lee_point origin, const oracle_way *w,
                          instants *all)
{
    for (int i = 0; i + 1 < w->count; i++) {
        double t_s = w->spots[i].t;
        while ((t_s = first_crossing(area, origin, &w->spots[i], &w->spots[i + 1], t_s)) < 1e9) {
            add_instant(all, t_s);
            t_s += 1e-9;
        }
    }
}

/* When the chord from a to b is so far from the oracle_step. */
static void add_circle(const oracle_step *a, const oracle_step *b, oracle_spot m,
                       oracle_spot middle, double radius, instants *all)
{
    const double ax = a->x * m.x - middle.x;
    const double ay = a->y * m.y - middle.y;
    const double wx = (b->x - a->x) * m.x;
    const double wy = (b->y - a->y) * m.y;
    const double square = wx * wx + wy * wy;
    const double half = (ax * wx + ay * wy) / square;
    const double left = half * half - (ax * ax + ay * ay - radius * radius) / square;
    for (int side = -1; square > 0 && left >= 0 && side <= 1; side += 2) {
        const double at = -half + side * sqrt(left);
        if (at > 0 && at < 1) {
            add_instant(all, a->t + at * (b->t - a->t));
        }
    }
}

/* When it is so far from the line through two vertices, either side. */
static void add_beside(const oracle_step *a, const oracle_step *b, oracle_spot m, oracle_spot v,
                       oracle_spot u, double radius, instants *all)
{
    const double length = hypot(u.x - v.x, u.y - v.y);
    const double nx = -(u.y - v.y) / length;
    const double ny = (u.x - v.x) / length;
    const double from = (a->x * m.x - v.x) * nx + (a->y * m.y - v.y) * ny;
    const double by = (b->x - a->x) * m.x * nx + (b->y - a->y) * m.y * ny;
    for (int side = -1; length > 0 && by != 0 && side <= 1; side += 2) {
        const double at = (side * radius - from) / by;
        if (at > 0 && at < 1) {
            add_instant(all, a->t + at * (b->t - a->t));
        }
    }
}

/* Every instant at which it may come to be near the route, or cease to. */
static void add_near(const oracle_line *line, double radius, lee_point origin, const oracle_way *w,
                     instants *all)
{
    const oracle_spot m = oracle_unit_m(origin);
    for (int i = 0; i + 1 < w->count; i++) {
        for (uint32_t k = 0; k < line->count; k++) {
            add_circle(&w->spots[i], &w->spots[i + 1], m, line->at[k], radius, all);
            if (k > 0) {
                add_beside(&w->spots[i], &w->spots[i + 1], m, line->at[k - 1], line->at[k], radius,
                           all);
            }
        }
    }
}

static oracle_step spot_at(const oracle_way *w, double t_s)
{
    int i = 0;
    while (i + 2 < w->count && w->spots[i + 1].t <= t_s) {
        i++;
    }
    const oracle_step *const a = &w->spots[i];
    const oracle_step *const b = &w->spots[i + 1];
    const double share = b->t > a->t ? fmin(1, (t_s - a->t) / (b->t - a->t)) : 0;
    return (oracle_step){a->x + share * (b->x - a->x), a->y + share * (b->y - a->y), t_s};
}

/* Every instant at which anything changes; the first stretch between two that is in the zone and in
 * no lane, and longer than the engine takes for rounding. */
static double enters_past(const past *p, int end, const lee_area *area, lee_point origin,
                          const oracle_way *w, double from_s, double until_s)
{
    static instants all;
    all.count = 0;
    add_instant(&all, from_s);
    add_instant(&all, until_s);
    add_crossings(area, origin, w, &all);
    for (int i = 0; i < p->count; i++) {
        if (p->permits[i]) {
            add_near(&p->lines[i], p->permits[i]->half_width_m, origin, w, &all);
        } else {
            add_crossings(&p->zones[i]->area, origin, w, &all);
        }
        add_instant(&all, p->windows[i].from_s);
        add_instant(&all, p->windows[i].until_s[end]);
    }
    qsort(all.t_s, (size_t)all.count, sizeof *all.t_s, by_number);
    double since_s = 1e9;
    for (int i = 0; i + 1 < all.count; i++) {
        const double start_s = all.t_s[i];
        const double end_s = all.t_s[i + 1];
        const double middle_s = (start_s + end_s) / 2;
        const oracle_step at = spot_at(w, middle_s);
        bool left = start_s >= from_s && end_s <= until_s && holds_spot(area, origin, at.x, at.y);
        for (int k = 0; k < p->count; k++) {
            const window *const in = &p->windows[k];
            left &= !(middle_s > in->from_s && middle_s < in->until_s[end] &&
                      is_in(p, k, origin, at.x, at.y));
        }
        since_s = !left && end_s > start_s ? 1e9 : left ? fmin(since_s, start_s) : since_s;
        if (left && end_s - since_s > 0.02) {
            return !w->only_beyond || since_s > w->branch_s ? since_s : 1e9;
        }
    }
    return 1e9;
}

typedef struct {
    double chance;
    double entry_s;
    char heads;
} answer;

static answer ask(const oracle_fan *f, const lee_zone *zone, const past *p, lee_point origin,
                  const window *w)
{
    answer a = {0};
    double best = 0;
    for (int i = 0; i < f->count; i++) {
        const oracle_way *const one = &f->ways[i];
        for (int k = 0; k < ENDS; k++) {
            const double share = w->shares[k];
            const double last_s = w->until_s[k];
            if (share <= 0 || w->from_s > last_s) {
                continue;
            }
            const double at_s = p->count > 0
                                    ? enters_past(p, k, &zone->area, origin, one, w->from_s, last_s)
                                    : enters(&zone->area, origin, one, w->from_s, last_s);
            if (at_s >= 1e9) {
                continue;
            }
            const double kept =
                at_s > one->kept_from_s ? exp(-f->unrest * (at_s - one->kept_from_s)) : 1.0;
            const double weight = one->weight * kept * share;
            a.chance += weight;
            if (weight > best) {
                best = weight;
                a.entry_s = at_s;
                a.heads = k != HELD && one->heads == 's' ? 'l' : one->heads;
            }
        }
    }
    return a;
}

static void widen(oracle_doubtful *d, double value, double by)
{
    d->low = fmin(d->low, value - by);
    d->high = fmax(d->high, value + by);
}

static oracle_outlook guess(const lee_zone *zone, const oracle_lanes *lanes,
                            const oracle_routes *routes, const oracle_flight *flight,
                            const oracle_place *now, double speed_mps, double rate_fpm,
                            double selected_s, double horizon_s)
{
    const double turn = oracle_turn_rate(flight, now->t_us);
    oracle_fan f;
    oracle_draw(&f, flight, now->point, turn, speed_mps, horizon_s,
                oracle_unrest(flight, speed_mps, now->has_alt, now->alt_ft));
    oracle_draw_route(&f, routes, now->point, speed_mps);
    window w = window_of(zone, true, now, rate_fpm, selected_s, horizon_s);
    keep_to_hours(zone, now->t_us, &w);
    climb c = {now, rate_fpm, selected_s, horizon_s, 0};
    const past p = past_of(lanes, routes, now->point, &c);
    const answer a = ask(&f, zone, &p, now->point, &w);
    oracle_outlook o = {.guessed = true,
                        .off_routes = routes->count > 0,
                        .blurred =
                            oracle_level_of(zone, now->has_alt, now->alt_ft, 0) == ORACLE_UNKNOWN,
                        .entry_s = {a.entry_s, a.entry_s, a.entry_s},
                        .chance = {a.chance, a.chance, a.chance},
                        .heads = a.heads};
    /* The series of sine and cosine that the engine turns by are right to 2e-6 of the way. */
    const int32_t off = 60 + (int32_t)(2e-6 * f.speed * horizon_s * 2);
    widen(&o.entry_s, a.entry_s, 1e-3);
    widen(&o.chance, a.chance, 1e-5);
    for (int i = 0; i < 4; i++) {
        const lee_point near = {now->point.lat_e7 + (i < 2 ? off : -off),
                                now->point.lon_e7 + (int32_t)((i % 2 ? off : -off) / f.narrow)};
        c.more_ft = rate_fpm == 0 ? 0 : i % 2 ? 1 : -1;
        const past q = past_of(lanes, routes, near, &c);
        const answer b = ask(&f, zone, &q, near, &w);
        widen(&o.chance, b.chance, 1e-5);
        if (b.chance > 0) {
            widen(&o.entry_s, b.entry_s, 1e-3);
        }
        o.heads = a.heads == b.heads ? o.heads : 0;
    }
    /* A turn that is just about one, or just about none. */
    o.unsure |= fabs(fabs(turn) - 0.1) < 1e-9 || fabs(fabs(turn) - 1.0) < 1e-9;
    o.unsure |= routes->unsure;
    const int32_t averted = zone->watch.averted_chance_pct;
    const double least = (averted > 0 ? averted : 10) * 0.01;
    o.heading = o.chance.value >= least;
    o.unsure = (o.unsure && o.chance.high > 0) || (o.chance.low < least) != (o.chance.high < least);
    return o;
}

/* --- the straight way ---------------------------------------------------------------------------
 */

static oracle_outlook look_straight(const lee_zone *zone, const oracle_lanes *lanes,
                                    const oracle_place *now, oracle_spot end, int64_t span_us,
                                    double rate_fpm)
{
    const int64_t rise_ft = (int64_t)rate_fpm * (span_us / 1000) / 60000;
    const double ahead_s = zone->watch.look_ahead_s;
    oracle_outlook o = {.entry_s = {0, 1e18, -1e18}};
    int found = 0;
    /* The engine's end is right to 3e-6 of the way: it may lie in any of these corners. */
    const double off =
        2 + 4e-6 * fmax(fabs(end.x - now->point.lon_e7), fabs(end.y - now->point.lat_e7));
    for (int i = 0; i < 5; i++) {
        const double dy = i == 0 ? 0 : i < 3 ? off : -off;
        const double dx = i == 0 ? 0 : i % 2 ? off : -off;
        const oracle_place to = {now->t_us + span_us,
                                 {(int32_t)lround(end.y + dy), (int32_t)lround(end.x + dx)},
                                 now->has_alt,
                                 now->alt_ft + (int32_t)rise_ft};
        oracle_span first;
        oracle_span last;
        bool blurred = false;
        const bool is_met = oracle_volume_spans(zone, lanes, now, &to, &first, &last, &blurred) > 0;
        const double at_s =
            is_met ? (double)first.from.num / (double)first.from.den * (double)span_us / S : 1e9;
        found += at_s <= ahead_s;
        if (i == 0) {
            o.heading = at_s <= ahead_s;
            o.blurred = blurred;
            o.entry_s.value = at_s;
        }
        widen(&o.entry_s, at_s, 1e-5);
    }
    o.unsure = found != 0 && found != 5;
    return o;
}

bool oracle_begins_soon(const lee_zone *zone, int64_t now_us, int64_t *from_us)
{
    *from_us = INT64_MAX;
    for (uint32_t i = 0; !zone->schedule.always && i < zone->schedule.count; i++) {
        const int64_t t_us = zone->schedule.intervals[i].from_us;
        *from_us = t_us > now_us && t_us < *from_us ? t_us : *from_us;
    }
    return zone->watch.look_ahead_s > 0 && !oracle_active_at(zone, now_us) &&
           *from_us <= now_us + zone->watch.look_ahead_s * (int64_t)S;
}

/* --- with errors ---------------------------------------------------------------------------------
 */

static bool asks_sideways(const lee_zone *zone)
{
    return zone->watch.lateral_error_m > 0 || zone->watch.lateral_growth_m > 0;
}

/* Of where it is now: what the zone allows, or what it says if that is more, up to half a mile. */
static double error_now_m(const lee_zone *zone, const oracle_flight *flight, int64_t now_us,
                          int64_t expire_us)
{
    static const double by_nac_p[] = {0,     18520, 7408, 3704, 1852, 926,
                                      555.6, 185.2, 92.6, 30,   10,   3};
    const oracle_said *const said = &flight->nac_p;
    const bool known = said->has && now_us - said->t_us <= expire_us && said->value < 12;
    const double said_m = known ? fmin(by_nac_p[said->value], 926.0) : 0;
    return asks_sideways(zone) ? fmax(said_m, zone->watch.lateral_error_m) : 0;
}

/* Metres from the oracle_step to the nearest edge, in the plane; 0 inside. */
static double off_area_m(const lee_area *area, lee_point origin, oracle_step at, double narrow)
{
    double best = holds_spot(area, origin, at.x, at.y) ? 0 : INFINITY;
    for (uint32_t r = 0; r < area->count; r++) {
        const lee_ring *const ring = &area->rings[r];
        for (uint32_t i = 0; i < ring->count && best > 0; i++) {
            const lee_point a = ring->points[i];
            const lee_point b = ring->points[(i + 1) % ring->count];
            const double ax = ((double)a.lon_e7 - origin.lon_e7 - at.x) * ORACLE_UNIT_M * narrow;
            const double ay = ((double)a.lat_e7 - origin.lat_e7 - at.y) * ORACLE_UNIT_M;
            const double ex = ((double)b.lon_e7 - a.lon_e7) * ORACLE_UNIT_M * narrow;
            const double ey = ((double)b.lat_e7 - a.lat_e7) * ORACLE_UNIT_M;
            const double size = ex * ex + ey * ey;
            const double foot = size > 0 ? fmax(0, fmin(1, -(ax * ex + ay * ey) / size)) : 0;
            best = fmin(best, hypot(ax + foot * ex, ay + foot * ey));
        }
    }
    return best;
}

/* Goes along the line in steps in which it cannot come so near, until it is: 1e9 if it never is. */
static double touches(const lee_zone *zone, lee_point origin, double narrow, double course_deg,
                      double speed_mps, double radius_m, double growth_mps, const window *w)
{
    double t_s = w->from_s;
    while (t_s <= w->until_s[HELD]) {
        const oracle_step at = {speed_mps * t_s * sin(course_deg * RAD) / ORACLE_UNIT_M / narrow,
                                speed_mps * t_s * cos(course_deg * RAD) / ORACLE_UNIT_M, t_s};
        const double left_m =
            off_area_m(&zone->area, origin, at, narrow) - radius_m - growth_mps * t_s;
        if (left_m <= 0) {
            return t_s;
        }
        t_s += fmax(speed_mps + growth_mps > 0 ? left_m / (speed_mps + growth_mps) : 1e9, 1e-5);
    }
    return 1e9;
}

/* `course_deg` NAN: which way it goes is not known, only where it is. */
static oracle_outlook look_grown(const lee_zone *zone, const oracle_lanes *lanes,
                                 const oracle_flight *flight, const oracle_place *now,
                                 double course_deg, double speed_mps, double rate_fpm,
                                 int64_t expire_us)
{
    oracle_outlook o = {.blurred =
                            oracle_level_of(zone, now->has_alt, now->alt_ft, 0) == ORACLE_UNKNOWN};
    const lee_zone_watch *const z = &zone->watch;
    if (lanes->count > 0 ||
        !(asks_sideways(zone) || z->vertical_error_ft > 0 || z->vertical_growth_ft > 0)) {
        return o;
    }
    const bool is_known = !isnan(course_deg);
    const double narrow = cos(now->point.lat_e7 * 1e-7 * RAD);
    window w = window_of(zone, true, now, rate_fpm, -1, is_known ? z->look_ahead_s : 0);
    keep_to_hours(zone, now->t_us, &w);
    const double radius_m = error_now_m(zone, flight, now->t_us, expire_us);
    double at_s[3];
    for (int i = 0; i < 3; i++) {
        static const double more_m[] = {0, 0.02, -0.02};
        at_s[i] =
            touches(zone, now->point, narrow, is_known ? course_deg : 0, is_known ? speed_mps : 0,
                    radius_m + more_m[i], is_known ? z->lateral_growth_m / 60.0 : 0, &w);
    }
    o.heading = at_s[0] < 1e9;
    o.unsure = (at_s[1] < 1e9) != (at_s[2] < 1e9);
    o.by_error = o.heading;
    o.entry_s = (oracle_doubtful){at_s[0], at_s[1], fmin(at_s[2], 1e8)};
    widen(&o.entry_s, at_s[0], 1e-4);
    return o;
}

/* Of whom no way is known: it stays where the zone will begin. */
static oracle_outlook stay(const lee_zone *zone, const oracle_lanes *lanes, const oracle_place *now)
{
    oracle_outlook o = {0};
    int64_t from_us;
    if (oracle_begins_soon(zone, now->t_us, &from_us) && oracle_holds(zone, now) &&
        !oracle_exempted(lanes, now)) {
        const double at_s = (double)(from_us - now->t_us) / S;
        o.heading = true;
        o.entry_s = (oracle_doubtful){at_s, at_s, at_s};
        o.blurred = oracle_level_of(zone, now->has_alt, now->alt_ft, 0) == ORACLE_UNKNOWN;
    }
    return o;
}

/* The straight line, or the way along the route where it is as likely as not, out of where permits
 * with a route let it in. */
static oracle_outlook look_off_routes(const lee_zone *zone, const oracle_routes *routes,
                                      const oracle_place *now, oracle_spot end, double span_s,
                                      double speed_mps, double rate_fpm)
{
    static oracle_fan f;
    const oracle_lanes none = {.count = 0};
    const double ahead_s = zone->watch.look_ahead_s;
    const bool follows = routes->followed && routes->weight >= 0.5;
    f = (oracle_fan){.horizon_s = ahead_s};
    if (follows) {
        oracle_draw_route(&f, routes, now->point, speed_mps);
    } else {
        oracle_way *const line = oracle_new_way(&f, 0.0, 1.0, 1e9, 's');
        oracle_put(line, (oracle_step){0, 0, 0});
        oracle_put(line,
                   (oracle_step){end.x - now->point.lon_e7, end.y - now->point.lat_e7, span_s});
    }
    window w = window_of(zone, true, now, rate_fpm, -1, ahead_s);
    keep_to_hours(zone, now->t_us, &w);
    oracle_outlook o = {.off_routes = true,
                        .blurred =
                            oracle_level_of(zone, now->has_alt, now->alt_ft, 0) == ORACLE_UNKNOWN};
    const double off =
        2 + 4e-6 * fmax(fabs(end.x - now->point.lon_e7), fabs(end.y - now->point.lat_e7));
    int found = 0;
    for (int i = 0; i < 5; i++) {
        const double dy = i == 0 ? 0 : i < 3 ? off : -off;
        const double dx = i == 0 ? 0 : i % 2 ? off : -off;
        const lee_point near = {now->point.lat_e7 + (int32_t)dy, now->point.lon_e7 + (int32_t)dx};
        const climb c = {now, rate_fpm, -1, ahead_s, rate_fpm == 0 || i == 0 ? 0 : i % 2 ? 1 : -1};
        const past p = past_of(&none, routes, near, &c);
        const double at_s =
            enters_past(&p, HELD, &zone->area, near, &f.ways[0], w.from_s, w.until_s[HELD]);
        found += at_s <= ahead_s;
        if (i == 0) {
            o.heading = at_s <= ahead_s;
            o.entry_s = (oracle_doubtful){at_s, at_s, at_s};
        }
        widen(&o.entry_s, at_s, 1e-3);
    }
    o.unsure = routes->unsure || (found != 0 && found != 5) ||
               (routes->weight != 0.5 && fabs(routes->weight - 0.5) < 1e-9);
    return o;
}

oracle_outlook oracle_look(const lee_zone *zone, const oracle_lanes *lanes,
                           const oracle_routes *routes, const oracle_flight *flight,
                           const oracle_place *now, int64_t expire_us, int32_t of_all_s)
{
    const oracle_outlook none = {0};
    if (zone->watch.look_ahead_s <= 0 || !flight->speed.has || !flight->track.has ||
        now->t_us - flight->speed.t_us > expire_us || now->t_us - flight->track.t_us > expire_us) {
        const oracle_outlook here = zone->watch.look_ahead_s > 0
                                        ? look_grown(zone, lanes, flight, now, NAN, 0, 0, expire_us)
                                        : none;
        return here.heading || here.unsure    ? here
               : zone->watch.look_ahead_s > 0 ? stay(zone, lanes, now)
                                              : none;
    }
    const double speed_mps = flight->speed.value * 1852.0 / 3600000.0;
    const double rate_fpm =
        flight->rate.has && now->t_us - flight->rate.t_us <= FRESH_US   ? flight->rate.value
        : flight->made.has && now->t_us - flight->made.t_us <= FRESH_US ? flight->made.value
                                                                        : 0;
    if (zone->watch.alert_chance_pct > 0) {
        const double horizon_s = fmin(zone->watch.warning_time_s * 1.2, zone->watch.look_ahead_s);
        const bool is_selected =
            flight->selected.has && now->t_us - flight->selected.t_us <= expire_us && now->has_alt;
        const double left_ft = is_selected ? flight->selected.value - now->alt_ft : 0;
        const double selected_s = left_ft * rate_fpm > 0 ? left_ft * 60 / rate_fpm : -1;
        return guess(zone, lanes, routes, flight, now, speed_mps, rate_fpm, selected_s, horizon_s);
    }
    const oracle_spot end = oracle_go(now->point, flight->track.value * 1e-3, speed_mps * of_all_s);
    if (routes->count > 0) {
        return look_off_routes(zone, routes, now, end, of_all_s, speed_mps, rate_fpm);
    }
    oracle_outlook line = look_straight(zone, lanes, now, end, of_all_s * (int64_t)S, rate_fpm);
    oracle_outlook grown = look_grown(zone, lanes, flight, now, flight->track.value * 1e-3,
                                      speed_mps, rate_fpm, expire_us);
    const bool unsure = line.unsure || grown.unsure;
    /* The line may enter first, by its other plane. */
    const bool is_first = grown.heading && line.heading && line.entry_s.value < grown.entry_s.value;
    if (!grown.heading || is_first) {
        line.unsure = unsure;
        return line;
    }
    grown.by_error = !line.heading;
    grown.unsure = unsure;
    return grown;
}
