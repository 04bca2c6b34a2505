/* Engine against brute force on zones that move: oracle_moving [WORLDS] [SEED].
 *
 * Targets that turn and rest, some of them carriers of bubbles and corridors, some silent for
 * minutes, some never heard. Each pair of target and zone is played through alone, with Vincenty's
 * formulas and libm, ways by looking at many moments. Where the two arithmetics may differ (nearer
 * to an edge than their doubt) a pair is left out and counted. */
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "leeward/watch.h"
#include "oracle.h"
#include "oracle_earth.h"

#define TARGETS 14
#define CARRIERS 4
#define ZONES 7
#define REPORTS 1500
#define LOST_S 45
#define EXPIRE_S 60
#define GROWS_S 600
#define S 1000000.0
#define SAMPLES 300
#define RAD (3.14159265358979323846 / 180.0)

typedef struct {
    uint64_t state;
} dice;

static double roll(dice *d, double low, double high)
{
    uint64_t z = d->state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return low + (high - low) * (double)((z ^ z >> 31) >> 11) * 0x1p-53;
}

static lee_point go(lee_point from, double track_deg, double way_m)
{
    const oracle_spot to = oracle_go(from, track_deg, way_m);
    return (lee_point){(int32_t)lround(to.y), (int32_t)lround(to.x)};
}

/* --- a world ------------------------------------------------------------------------------------
 */

typedef struct {
    int64_t t_us;
    uint32_t target;
    lee_point point;
    bool has_velocity;
    double speed_mps;
    double track_deg;
} heard;

typedef struct {
    lee_zone zones[ZONES];
    char ids[ZONES][8];
    uint32_t carrier[ZONES];
    lee_point routes[ZONES][6];
    heard reports[REPORTS];
    size_t count;
    int64_t end_us;
} world;

static lee_target name_of(uint32_t target)
{
    return lee_target_icao24(target + 1, true);
}

static void make_zones(dice *d, world *w)
{
    for (int z = 0; z < ZONES; z++) {
        snprintf(w->ids[z], sizeof w->ids[z], "z%d", z);
        w->carrier[z] = (uint32_t)z % (CARRIERS + 1); /* one is not heard for long, or never */
        lee_zone *const zone = &w->zones[z];
        *zone = (lee_zone){.id = w->ids[z],
                           .name = "\"\"",
                           .kind = LEE_ZONE_NO_FLY,
                           .entry = LEE_ENTRY_DENY,
                           .lower = {.kind = LEE_LIMIT_SFC},
                           .upper = {.kind = LEE_LIMIT_UNL},
                           .schedule = {.always = true},
                           .watch = {.confirm = 1, .lost_after_s = LOST_S}};
        zone->moving.around = name_of(w->carrier[z]);
        zone->moving.radius_m = (int32_t)roll(d, 100, 1200);
        if (z % 2 == 1) {
            const uint32_t count = 2 + (uint32_t)roll(d, 0, 4.99);
            double lat = roll(d, -300000, 300000);
            for (uint32_t i = 0; i < count; i++) {
                lat += roll(d, -400000, 400000);
                w->routes[z][i] = (lee_point){450000000 + (int32_t)lat,
                                              (int32_t)(-1200000 + 2400000.0 * i / (count - 1))};
            }
            zone->moving.radius_m = (int32_t)roll(d, 100, 1200);
            zone->moving.route = w->routes[z];
            zone->moving.route_count = count;
            zone->moving.ahead_m = (int32_t)roll(d, 0, 9000);
            zone->moving.behind_m = 1 + (int32_t)roll(d, 0, 6000);
        }
    }
}

typedef struct {
    double lat_e7;
    double lon_e7;
    double speed_mps;
    double track_deg;
    double turn_deg_s;
    double next_s;
    double at_s;
    bool says;
} mover;

static void step(dice *d, mover *m, double to_s)
{
    while (m->at_s < to_s) {
        const double dt = fmin(1.0, to_s - m->at_s);
        m->track_deg += m->turn_deg_s * dt;
        m->lat_e7 += m->speed_mps * dt * cos(m->track_deg * RAD) / 0.0111132;
        m->lon_e7 += m->speed_mps * dt * sin(m->track_deg * RAD) / 0.0078847;
        m->at_s += dt;
        if (hypot(m->lat_e7 - 450000000, m->lon_e7 * 0.7) > 1300000) {
            /* Back to the middle, in a turn. */
            m->turn_deg_s = 3;
        } else if (roll(d, 0, 1) < 0.02) {
            m->turn_deg_s = roll(d, 0, 1) < 0.5 ? 0 : roll(d, -3, 3);
        }
    }
}

static void make_world(dice *d, world *w)
{
    mover movers[TARGETS];
    make_zones(d, w);
    for (uint32_t t = 0; t < TARGETS; t++) {
        const double kind = roll(d, 0, 3);
        movers[t] = (mover){.lat_e7 = 450000000 + roll(d, -800000, 800000),
                            .lon_e7 = roll(d, -1200000, 1200000),
                            .speed_mps = kind < 0.6   ? 0.0
                                         : kind < 1.2 ? roll(d, 2, 20)
                                                      : roll(d, 40, 240),
                            .track_deg = roll(d, 0, 360),
                            .next_s = roll(d, 0, 60),
                            .says = roll(d, 0, 1) < 0.8};
    }
    /* This carrier is heard late, or never. */
    movers[CARRIERS].next_s = roll(d, 0, 1) < 0.5 ? 1e9 : 900;
    for (w->count = 0; w->count < REPORTS; w->count++) {
        uint32_t who = 0;
        for (uint32_t t = 1; t < TARGETS; t++) {
            who = movers[t].next_s < movers[who].next_s ? t : who;
        }
        mover *const m = &movers[who];
        step(d, m, m->next_s);
        heard *const h = &w->reports[w->count];
        *h = (heard){.t_us = (int64_t)(m->next_s * S),
                     .target = who,
                     .point = {(int32_t)m->lat_e7, (int32_t)m->lon_e7},
                     .has_velocity = m->says,
                     .speed_mps = m->speed_mps,
                     .track_deg = fmod(fmod(m->track_deg, 360) + 360, 360)};
        m->next_s += roll(d, 0, 1) < 0.02 ? roll(d, 100, 900) : roll(d, 1, 25);
    }
    w->end_us = w->reports[REPORTS - 1].t_us + (int64_t)(2000 * S);
}

/* As integers, which both are given. */
static int32_t speed_kt_e3(const heard *h)
{
    return (int32_t)lround(h->speed_mps * 3600000.0 / 1852.0);
}

static int32_t track_deg_e3(const heard *h)
{
    return (int32_t)(h->track_deg * 1000.0) % 360000;
}

/* --- one zone's carrier -------------------------------------------------------------------------
 */

typedef struct {
    const lee_zone *zone;
    bool known;
    bool has_before;
    bool has_velocity;
    int64_t t_us;
    lee_point point;
    double speed_mps;
    double track_deg;
    double along_m;
    double along_mps;
    int64_t before_us;
    lee_point before;
    double before_m;
    int64_t grows_us;
    double length_m[6];
    bool unsure;
} carried;

static bool stale_at(const carried *c, int64_t now_us)
{
    return (double)(now_us - c->t_us) > LOST_S * S;
}

/* Nearest place of the route, as metres along it. */
static void find_along(carried *c, bool was_known, double was_m)
{
    const lee_zone_moving *const m = &c->zone->moving;
    double best = INFINITY;
    double second = INFINITY;
    bool near = false;
    double foot[5];
    for (uint32_t i = 0; i + 1 < m->route_count; i++) {
        const oracle_spot a = oracle_spot_of(c->point, m->route[i].lat_e7, m->route[i].lon_e7);
        const oracle_spot b =
            oracle_spot_of(c->point, m->route[i + 1].lat_e7, m->route[i + 1].lon_e7);
        const double dx = b.x - a.x;
        const double dy = b.y - a.y;
        foot[i] = fmin(1, fmax(0, -(a.x * dx + a.y * dy) / (dx * dx + dy * dy)));
    }
    for (uint32_t i = 0; i + 1 < m->route_count; i++) {
        const oracle_spot a = oracle_spot_of(c->point, m->route[i].lat_e7, m->route[i].lon_e7);
        const oracle_spot b =
            oracle_spot_of(c->point, m->route[i + 1].lat_e7, m->route[i + 1].lon_e7);
        if ((foot[i] >= 1 && i + 2 < m->route_count && foot[i + 1] > 0) ||
            (foot[i] <= 0 && i > 0 && foot[i - 1] < 1)) {
            continue;
        }
        const double off = hypot(a.x + foot[i] * (b.x - a.x), a.y + foot[i] * (b.y - a.y));
        const double along = c->length_m[i] + foot[i] * (c->length_m[i + 1] - c->length_m[i]);
        const bool follows = was_known && off <= m->radius_m;
        c->unsure |= was_known && fabs(off - m->radius_m) < 0.5;
        if (near && !follows) {
            continue;
        }
        const double cost = follows ? fabs(along - was_m) : off;
        if (follows && !near) {
            near = true;
            best = INFINITY;
            second = INFINITY;
        }
        second = fmin(second, fmax(cost, best));
        if (cost < best) {
            best = cost;
            c->along_m = along;
            const double span_m = c->length_m[i + 1] - c->length_m[i];
            c->along_mps = c->has_velocity ? c->speed_mps *
                                                 ((b.x - a.x) * sin(c->track_deg * RAD) +
                                                  (b.y - a.y) * cos(c->track_deg * RAD)) /
                                                 span_m
                                           : 0.0;
        }
    }
    c->unsure |= second - best < 1.0;
}

static void set_growth(carried *c, int64_t after_us)
{
    for (int age_s = LOST_S + 10;; age_s += 10) {
        if (age_s - 10 >= GROWS_S) {
            c->grows_us = INT64_MAX;
            return;
        }
        c->grows_us = c->t_us + (int64_t)(age_s * S);
        if (c->grows_us > after_us) {
            return;
        }
    }
}

static void carrier_hear(carried *c, const heard *h)
{
    const carried was = *c;
    c->has_before = was.known && !stale_at(&was, h->t_us);
    c->known = true;
    c->t_us = h->t_us;
    c->point = h->point;
    c->has_velocity = h->has_velocity;
    c->speed_mps = (h->has_velocity ? speed_kt_e3(h) : 30000) * 1852.0 / 3600000.0;
    c->track_deg = track_deg_e3(h) * 1e-3;
    c->before_us = was.t_us;
    c->before = was.point;
    c->before_m = was.along_m;
    if (c->zone->moving.route_count > 0) {
        find_along(c, was.known, was.along_m);
    }
    set_growth(c, h->t_us);
}

/* Seconds that the carrier goes on, or back (negative), from what was heard. */
static double seconds_of(const carried *c, int64_t t_us)
{
    return t_us >= c->t_us ? fmin((double)(t_us - c->t_us) / S, GROWS_S)
                           : -fmin((double)(c->before_us - t_us) / S, GROWS_S);
}

static lee_point centre_at(const carried *c, int64_t t_us, bool stale)
{
    if (t_us < c->t_us && t_us >= c->before_us) {
        const double share = (double)(t_us - c->before_us) / (double)(c->t_us - c->before_us);
        return (lee_point){
            c->before.lat_e7 +
                (int32_t)lround(((double)c->point.lat_e7 - c->before.lat_e7) * share),
            c->before.lon_e7 +
                (int32_t)lround(((double)c->point.lon_e7 - c->before.lon_e7) * share)};
    }
    const double way_s = seconds_of(c, t_us);
    const double speed = c->has_velocity && !stale ? c->speed_mps : 0;
    return way_s >= 0 ? go(c->point, c->track_deg, speed * way_s)
                      : go(c->before, c->track_deg + 180, -speed * way_s);
}

static double along_at(const carried *c, int64_t t_us, bool stale)
{
    if (t_us < c->t_us && t_us >= c->before_us) {
        const double share = (double)(t_us - c->before_us) / (double)(c->t_us - c->before_us);
        return c->before_m + share * (c->along_m - c->before_m);
    }
    const double way_s = seconds_of(c, t_us);
    return (way_s >= 0 ? c->along_m : c->before_m) + (stale ? 0 : c->along_mps) * way_s;
}

/* How far outside a place is from the part of the route between two marks. */
static double from_route_m(const carried *c, lee_point at, double lat, double lon, double tail,
                           double head)
{
    const lee_zone_moving *const m = &c->zone->moving;
    double nearest = INFINITY;
    const oracle_spot p = oracle_spot_of(at, lat, lon);
    for (uint32_t i = 0; i + 1 < m->route_count; i++) {
        const double from = fmax(tail, c->length_m[i]);
        const double to = fmin(head, c->length_m[i + 1]);
        if (from > to) {
            continue;
        }
        const oracle_spot a = oracle_spot_of(at, m->route[i].lat_e7, m->route[i].lon_e7);
        const oracle_spot b = oracle_spot_of(at, m->route[i + 1].lat_e7, m->route[i + 1].lon_e7);
        const double span = c->length_m[i + 1] - c->length_m[i];
        const double f = (from - c->length_m[i]) / span;
        const double t = (to - c->length_m[i]) / span;
        const oracle_spot u = {a.x + f * (b.x - a.x), a.y + f * (b.y - a.y)};
        const oracle_spot v = {a.x + t * (b.x - a.x), a.y + t * (b.y - a.y)};
        const double dx = v.x - u.x;
        const double dy = v.y - u.y;
        const double square = dx * dx + dy * dy;
        const double s =
            square > 0 ? fmin(1, fmax(0, ((p.x - u.x) * dx + (p.y - u.y) * dy) / square)) : 0;
        nearest = fmin(nearest, hypot(u.x + s * dx - p.x, u.y + s * dy - p.y));
    }
    return nearest - m->radius_m;
}

static double grown_m(const carried *c, int64_t now_us)
{
    return stale_at(c, now_us) ? c->speed_mps * fmin((double)(now_us - c->t_us) / S, GROWS_S) : 0;
}

static double outside_m(const carried *c, lee_point p, int64_t t_us, int64_t now_us)
{
    const bool stale = stale_at(c, now_us);
    const lee_zone_moving *const m = &c->zone->moving;
    if (m->route_count > 0) {
        const double along = along_at(c, t_us, stale);
        const double grown = grown_m(c, now_us);
        return from_route_m(c, p, p.lat_e7, p.lon_e7, along - m->behind_m - grown,
                            along + m->ahead_m + grown);
    }
    return oracle_distance_m(centre_at(c, t_us, stale), p) - m->radius_m - grown_m(c, now_us);
}

/* --- ways ---------------------------------------------------------------------------------------
 */

typedef struct {
    const carried *c;
    lee_point a;
    lee_point b;
    lee_point from; /* the centre at either end */
    lee_point to;
    double from_m; /* along */
    double to_m;
} leg;

static double mix(double a, double b, double share)
{
    return a + (b - a) * share;
}

static double outside_on(const leg *l, double share)
{
    const lee_zone_moving *const m = &l->c->zone->moving;
    const double lat = mix(l->a.lat_e7, l->b.lat_e7, share);
    const double lon = mix(l->a.lon_e7, l->b.lon_e7, share);
    if (m->route_count > 0) {
        const double along = mix(l->from_m, l->to_m, share);
        const lee_point at = {(int32_t)lat, (int32_t)lon};
        return from_route_m(l->c, at, lat, lon, along - m->behind_m, along + m->ahead_m);
    }
    const lee_point at = {(int32_t)lat, (int32_t)lon};
    const oracle_spot p = oracle_spot_of(at, mix(l->from.lat_e7, l->to.lat_e7, share),
                                         mix(l->from.lon_e7, l->to.lon_e7, share));
    return hypot(p.x, p.y) - m->radius_m;
}

typedef struct {
    bool crosses;
    bool unsure;
    double first; /* entry and exit of the first stretch, entry of the last */
    double first_end;
    double last;
} found;

static double root(const leg *l, double outside, double inside)
{
    for (int i = 0; i < 50; i++) {
        const double middle = (outside + inside) / 2;
        if (outside_on(l, middle) < 0) {
            inside = middle;
        } else {
            outside = middle;
        }
    }
    return inside;
}

static double lowest(const leg *l, double from, double to, double *at)
{
    for (int i = 0; i < 60; i++) {
        const double x = from + (to - from) / 3;
        const double y = to - (to - from) / 3;
        if (outside_on(l, x) < outside_on(l, y)) {
            to = y;
        } else {
            from = x;
        }
    }
    *at = (from + to) / 2;
    return outside_on(l, *at);
}

static found look_along(const carried *c, lee_point a, int64_t a_us, lee_point b, int64_t b_us)
{
    const leg l = {c,
                   a,
                   b,
                   centre_at(c, a_us, false),
                   centre_at(c, b_us, false),
                   along_at(c, a_us, false),
                   along_at(c, b_us, false)};
    found f = {0};
    const double way_m = oracle_distance_m(a, b) + (c->zone->moving.route_count > 0
                                                        ? fabs(l.to_m - l.from_m)
                                                        : oracle_distance_m(l.from, l.to));
    if (outside_on(&l, 0) > way_m + 50 || outside_on(&l, 1) > way_m + 50) {
        return f;
    }
    const double size_m = way_m + c->zone->moving.radius_m;
    const double doubt_m = 1.0 + size_m * size_m / 6e6;
    bool inside = outside_on(&l, 0) < 0;
    f.crosses = inside;
    double deepest = outside_on(&l, 0);
    for (int i = 1; i <= SAMPLES; i++) {
        const double share = (double)i / SAMPLES;
        const double from = (double)(i - 1) / SAMPLES;
        const double now = outside_on(&l, share);
        double at = share;
        /* A dip between two moments. */
        if (!inside && now >= 0) {
            const double dip = lowest(&l, fmax(0, from - 1.0 / SAMPLES), share, &at);
            deepest = fmin(deepest, dip);
            if (dip < 0) {
                const double in = root(&l, fmax(0, from - 1.0 / SAMPLES), at);
                f.first = f.crosses ? f.first : in;
                f.first_end = f.crosses ? f.first_end : root(&l, share, at);
                f.last = in;
                f.crosses = true;
            }
        } else if (!inside && now < 0) {
            const double in = root(&l, from, share);
            f.first = f.crosses ? f.first : in;
            f.last = in;
            f.first_end = f.crosses ? f.first_end : 1;
            f.crosses = true;
            inside = true;
        } else if (inside && now >= 0) {
            f.first_end = f.first_end > 0 && f.first_end < 1 ? f.first_end : root(&l, share, from);
            inside = false;
        }
        deepest = fmin(deepest, now);
    }
    f.unsure = fabs(deepest) < doubt_m;
    f.first_end = f.first_end > 0 ? f.first_end : 1;
    return f;
}

/* --- one target and one zone --------------------------------------------------------------------
 */

typedef struct {
    carried c;
    uint32_t zone;
    uint32_t target;
    oracle_events *out;
    bool has_place;
    int64_t at_us;
    lee_point at;
    bool moves; /* its velocity is known and not 0 */
    double speed_mps;
    double track_deg;
    bool open;
    bool lost;
    int64_t opened_us;
    int64_t lost_us;
    int64_t swept_us;
    bool unsure;
} play;

static void tell(play *p, int64_t t_us, int kind, double cross_us, char reason)
{
    oracle_add(p->out, (oracle_event){.t_us = t_us,
                                      .target = p->target,
                                      .zone = p->zone,
                                      .kind = kind,
                                      .cross_us = (int64_t)cross_us,
                                      .reason = reason});
}

static void end_at(play *p, int64_t t_us, char reason)
{
    tell(p, t_us, LEE_EVENT_ENDED, -1, reason);
    p->open = false;
    p->lost = false;
}

static bool is_inside(play *p, lee_point point, int64_t t_us, int64_t now_us)
{
    const double m = outside_m(&p->c, point, t_us, now_us);
    p->unsure |= fabs(m) < 0.7;
    return m < 0;
}

/* From a place before (if any) to one now; `moved`: by the carrier. Returns whether it crossed or
 * left. */
static bool judge(play *p, bool has_before, int64_t a_us, lee_point a, int64_t b_us, lee_point b)
{
    const bool inside = is_inside(p, b, b_us, b_us);
    const bool known = has_before && (a_us >= p->c.t_us || p->c.has_before);
    const bool has_way = known && (double)(b_us - a_us) <= LOST_S * S && !stale_at(&p->c, b_us);
    found f = {0};
    if (has_way && !(p->open && inside)) {
        f = look_along(&p->c, a, a_us, b, b_us);
    }
    const double span = (double)(b_us - a_us);
    if (p->open && inside) {
        p->lost = false;
    } else if (p->open) {
        const bool starts = f.crosses && f.first <= 0;
        tell(p, b_us, LEE_EVENT_LEFT,
             has_way ? (double)a_us + (starts ? f.first_end * span : 0) : -1, 0);
        end_at(p, b_us, 'l');
        return true;
    } else if (inside) {
        const bool entered = known && !is_inside(p, a, a_us, b_us);
        p->open = true;
        p->lost = false;
        p->opened_us = b_us;
        tell(p, b_us, entered ? LEE_EVENT_ENTERED : LEE_EVENT_PRESENT,
             entered && has_way ? (double)a_us + f.last * span : -1, 0);
    } else if (has_way) {
        p->unsure |= f.unsure;
        if (f.crosses && !is_inside(p, a, a_us, a_us)) {
            tell(p, b_us, LEE_EVENT_CROSSED, (double)a_us + f.first * span, 0);
            tell(p, b_us, LEE_EVENT_ENDED, -1, 'l');
            return true;
        }
    }
    return false;
}

static lee_point drift(const play *p, int64_t t_us)
{
    const double age_s = fmin(fmax(0, (double)(t_us - p->at_us) / S), GROWS_S);
    return go(p->at, p->track_deg, p->speed_mps * age_s);
}

static void judge_moved(play *p, int64_t t_us, bool by_report)
{
    if (!p->has_place || (p->open && p->lost) ||
        (!p->open && (double)(t_us - p->at_us) > EXPIRE_S * S)) {
        return;
    }
    const bool has_before = by_report && p->c.has_before;
    const int64_t before_us = p->at_us > p->c.before_us ? p->at_us : p->c.before_us;
    const bool drifts = p->moves && t_us > p->at_us;
    if (drifts && is_inside(p, p->at, t_us, t_us) != is_inside(p, drift(p, t_us), t_us, t_us)) {
        return;
    }
    /* What only its last place crosses, and not where it should be, is not told. */
    if (drifts && has_before && !p->open && !is_inside(p, p->at, t_us, t_us) &&
        (double)(t_us - before_us) <= LOST_S * S && !stale_at(&p->c, t_us)) {
        const found f = look_along(&p->c, drift(p, before_us), before_us, drift(p, t_us), t_us);
        p->unsure |= f.unsure;
        if (!f.crosses) {
            return;
        }
    }
    if (judge(p, has_before, before_us, p->at, t_us, p->at)) {
        p->swept_us = t_us;
    }
}

static void pass(play *p, int64_t t_us)
{
    for (;;) {
        const int64_t silent_us = !p->open  ? INT64_MAX
                                  : p->lost ? p->lost_us + (int64_t)(600 * S)
                                            : p->at_us + (int64_t)(LOST_S * S);
        const int64_t grows_us = p->c.known ? p->c.grows_us : INT64_MAX;
        if (grows_us <= t_us && grows_us <= silent_us) {
            set_growth(&p->c, grows_us);
            judge_moved(p, grows_us, false);
        } else if (silent_us <= t_us && p->lost) {
            end_at(p, silent_us, 'l');
        } else if (silent_us <= t_us) {
            p->lost = true;
            p->lost_us = silent_us > p->opened_us ? silent_us : p->opened_us;
            tell(p, p->lost_us, LEE_EVENT_LOST, -1, 0);
        } else {
            return;
        }
    }
}

static void hear(play *p, const heard *h, uint32_t carrier)
{
    pass(p, h->t_us);
    if (h->target == carrier) {
        carrier_hear(&p->c, h);
        judge_moved(p, h->t_us, true);
        p->unsure |= p->c.unsure;
    }
    if (h->target != p->target) {
        return;
    }
    if (p->c.known) {
        int64_t a_us = p->at_us;
        lee_point a = p->at;
        if (p->has_place && p->swept_us > a_us && (double)(h->t_us - a_us) < LOST_S * S) {
            const double share = (double)(p->swept_us - a_us) / (double)(h->t_us - a_us);
            a.lat_e7 = (int32_t)lround(mix(a.lat_e7, h->point.lat_e7, share));
            a.lon_e7 = (int32_t)lround(mix(a.lon_e7, h->point.lon_e7, share));
            a_us = p->swept_us;
        }
        (void)judge(p, p->has_place, a_us, a, h->t_us, h->point);
    }
    p->has_place = true;
    p->at_us = h->t_us;
    p->at = h->point;
    p->moves = h->has_velocity && speed_kt_e3(h) > 0;
    p->speed_mps = speed_kt_e3(h) * 1852.0 / 3600000.0;
    p->track_deg = track_deg_e3(h) * 1e-3;
}

static bool play_pair(const world *w, uint32_t target, uint32_t zone, oracle_events *out)
{
    play p = {.zone = zone, .target = target, .out = out, .swept_us = INT64_MIN};
    p.c.zone = &w->zones[zone];
    const lee_zone_moving *const m = &w->zones[zone].moving;
    for (uint32_t i = 1; i < m->route_count; i++) {
        p.c.length_m[i] = p.c.length_m[i - 1] + oracle_distance_m(m->route[i - 1], m->route[i]);
    }
    for (size_t i = 0; i < w->count; i++) {
        hear(&p, &w->reports[i], w->carrier[zone]);
    }
    pass(&p, w->end_us);
    return !p.unsure;
}

/* --- the engine ---------------------------------------------------------------------------------
 */

static void gather(void *context, const lee_event *event)
{
    if (event->kind == LEE_EVENT_UPDATED) {
        return;
    }
    oracle_add(context,
               (oracle_event){.t_us = event->t_us,
                              .target = (uint32_t)strtoul(event->target.text + 7, NULL, 16) - 1,
                              .zone = event->zone_index,
                              .kind = (int)event->kind,
                              .cross_us = event->present & LEE_EVENT_HAS_CROSSED_AT
                                              ? event->crossed_at_us
                                              : -1,
                              .reason = event->kind == LEE_EVENT_ENDED ? event->reason[0] : 0});
}

static void run_engine(const world *w, oracle_events *out)
{
    const lee_zone_list list = {w->zones, ZONES};
    lee_watch_options options;
    lee_watch_options_default(&options);
    options.expire_after_s = EXPIRE_S;
    options.tracks_max = 64;
    lee_watch *watch = NULL;
    lee_zone_set *set = NULL;
    if (lee_watch_create(&options, gather, out, &watch) || lee_zone_set_build(&list, &set) ||
        lee_watch_set_zones(watch, set, 1, 0)) {
        abort();
    }
    for (size_t i = 0; i < w->count; i++) {
        const heard *const h = &w->reports[i];
        lee_report report = {.t_us = h->t_us, .source = LEE_SOURCE_ADSB};
        report.target = name_of(h->target);
        report.present = LEE_REPORT_HAS_POSITION;
        report.lat_e7 = h->point.lat_e7;
        report.lon_e7 = h->point.lon_e7;
        if (h->has_velocity) {
            report.present |= LEE_REPORT_HAS_SPEED_GROUND | LEE_REPORT_HAS_TRACK;
            report.speed_ground_kt_e3 = speed_kt_e3(h);
            report.track_deg_e3 = track_deg_e3(h);
        }
        lee_watch_report(watch, &report);
    }
    lee_watch_tick(watch, w->end_us);
    lee_watch_free(watch);
    lee_zone_set_free(set);
}

/* --- comparing ----------------------------------------------------------------------------------
 */

typedef struct {
    size_t pairs;
    size_t left_out;
    size_t events;
    size_t kinds[32];
    size_t differ;
} sums;

static bool alike(const oracle_event *x, const oracle_event *y)
{
    return x->t_us == y->t_us && x->kind == y->kind && x->reason == y->reason &&
           (x->cross_us < 0) == (y->cross_us < 0) &&
           fabs((double)x->cross_us - (double)y->cross_us) < 0.5 * S;
}

static void compare(const world *w, const oracle_events *engine, uint32_t target, uint32_t zone,
                    sums *s)
{
    oracle_events mine = {0};
    s->pairs++;
    if (!play_pair(w, target, zone, &mine)) {
        s->left_out++;
        free(mine.events);
        return;
    }
    size_t at = 0;
    bool differs = false;
    for (size_t i = 0; i < engine->count && !differs; i++) {
        const oracle_event *const e = &engine->events[i];
        if (e->target == target && e->zone == zone) {
            differs = at >= mine.count || !alike(e, &mine.events[at]);
            at += !differs;
        }
    }
    differs = differs || at != mine.count;
    for (size_t i = 0; i < mine.count; i++) {
        s->kinds[mine.events[i].kind]++;
    }
    s->events += mine.count;
    if (differs && s->differ++ < 3) {
        printf("target %u, zone %u (%s, carrier %u), after %zu alike:\n", target, zone,
               w->zones[zone].moving.route_count > 0 ? "corridor" : "bubble", w->carrier[zone], at);
        for (size_t i = at; i < mine.count && i < at + 3; i++) {
            printf("  oracle %d at %.6f cross %.6f\n", mine.events[i].kind,
                   (double)mine.events[i].t_us / S, (double)mine.events[i].cross_us / S);
        }
        size_t seen = 0;
        for (size_t i = 0; i < engine->count && seen < at + 3; i++) {
            const oracle_event *const e = &engine->events[i];
            if (e->target == target && e->zone == zone && seen++ >= at) {
                printf("  engine %d at %.6f cross %.6f\n", e->kind, (double)e->t_us / S,
                       (double)e->cross_us / S);
            }
        }
    }
    free(mine.events);
}

int main(int argc, char **argv)
{
    const size_t worlds = argc > 1 ? strtoul(argv[1], NULL, 10) : 40;
    dice d = {argc > 2 ? strtoull(argv[2], NULL, 10) : 1};
    printf("seed %llu\n", (unsigned long long)d.state);
    sums s = {0};
    static world w;
    for (size_t i = 0; i < worlds; i++) {
        make_world(&d, &w);
        oracle_events engine = {0};
        run_engine(&w, &engine);
        for (uint32_t t = 0; t < TARGETS; t++) {
            for (uint32_t z = 0; z < ZONES; z++) {
                if (t != w.carrier[z]) {
                    compare(&w, &engine, t, z, &s);
                }
            }
        }
        free(engine.events);
    }
    printf("%zu reports, %zu pairs of target and moving zone, %zu left out as too near to an edge: "
           "%zu entered, %zu present, %zu crossed, %zu left, %zu lost; %zu differ\n",
           worlds * REPORTS, s.pairs, s.left_out, s.kinds[LEE_EVENT_ENTERED],
           s.kinds[LEE_EVENT_PRESENT], s.kinds[LEE_EVENT_CROSSED], s.kinds[LEE_EVENT_LEFT],
           s.kinds[LEE_EVENT_LOST], s.differ);
    const bool enough = s.left_out * 4 < s.pairs && s.kinds[LEE_EVENT_CROSSED] > worlds &&
                        s.kinds[LEE_EVENT_PRESENT] > worlds && s.kinds[LEE_EVENT_ENTERED] > worlds;
    printf("%s\n", s.differ > 0 ? "DIFFERENT" : enough ? "equal" : "TOO LITTLE SEEN");
    return s.differ > 0 || !enough;
}
