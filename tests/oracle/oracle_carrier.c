#include "oracle_carrier.h"

#include <math.h>

#include "oracle_earth.h"

#define S 1000000.0
#define SAMPLES 300
#define RAD (3.14159265358979323846 / 180.0)

/* As integers, which both are given. */
int32_t oracle_speed_kt_e3(const oracle_heard *h)
{
    return (int32_t)lround(h->speed_mps * 3600000.0 / 1852.0);
}

int32_t oracle_track_deg_e3(const oracle_heard *h)
{
    return (int32_t)(h->track_deg * 1000.0) % 360000;
}

void oracle_hear_flight(oracle_flight *flight, const oracle_heard *h)
{
    const oracle_report report = {.t_us = h->t_us,
                                  .has_course = h->has_velocity,
                                  .speed_kt_e3 = oracle_speed_kt_e3(h),
                                  .track_deg_e3 = oracle_track_deg_e3(h)};
    oracle_flight_hear(flight, &report, (int64_t)(ORACLE_EXPIRE_S * S));
}

lee_point oracle_go_on(lee_point from, double track_deg, double way_m)
{
    const oracle_spot to = oracle_go(from, track_deg, way_m);
    return (lee_point){(int32_t)lround(to.y), (int32_t)lround(to.x)};
}

bool oracle_stale_at(const oracle_carried *c, int64_t now_us)
{
    return (double)(now_us - c->t_us) > ORACLE_LOST_S * S;
}

/* Nearest place of the route, as metres along it. */
static void find_along(oracle_carried *c, bool was_known, double was_m)
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

void oracle_set_growth(oracle_carried *c, int64_t after_us)
{
    for (int age_s = ORACLE_LOST_S + 10;; age_s += 10) {
        if (age_s - 10 >= ORACLE_GROWS_S) {
            c->grows_us = INT64_MAX;
            return;
        }
        c->grows_us = c->t_us + (int64_t)(age_s * S);
        if (c->grows_us > after_us) {
            return;
        }
    }
}

void oracle_carrier_hear(oracle_carried *c, const oracle_heard *h)
{
    const oracle_carried was = *c;
    c->has_before = was.known && !oracle_stale_at(&was, h->t_us);
    c->known = true;
    c->t_us = h->t_us;
    c->point = h->point;
    c->has_velocity = h->has_velocity;
    c->speed_mps = (h->has_velocity ? oracle_speed_kt_e3(h) : 30000) * 1852.0 / 3600000.0;
    c->track_deg = oracle_track_deg_e3(h) * 1e-3;
    c->before_us = was.t_us;
    c->before = was.point;
    c->before_m = was.along_m;
    if (c->zone->moving.route_count > 0) {
        find_along(c, was.known, was.along_m);
    }
    oracle_set_growth(c, h->t_us);
    oracle_hear_flight(c->flight, h);
}

/* Seconds that the carrier goes on, or back (negative), from what was heard. */
static double seconds_of(const oracle_carried *c, int64_t t_us)
{
    return t_us >= c->t_us ? fmin((double)(t_us - c->t_us) / S, ORACLE_GROWS_S)
                           : -fmin((double)(c->before_us - t_us) / S, ORACLE_GROWS_S);
}

lee_point oracle_centre_at(const oracle_carried *c, int64_t t_us, bool stale)
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
    return way_s >= 0 ? oracle_go_on(c->point, c->track_deg, speed * way_s)
                      : oracle_go_on(c->before, c->track_deg + 180, -speed * way_s);
}

double oracle_along_at(const oracle_carried *c, int64_t t_us, bool stale)
{
    if (t_us < c->t_us && t_us >= c->before_us) {
        const double share = (double)(t_us - c->before_us) / (double)(c->t_us - c->before_us);
        return c->before_m + share * (c->along_m - c->before_m);
    }
    const double way_s = seconds_of(c, t_us);
    return (way_s >= 0 ? c->along_m : c->before_m) + (stale ? 0 : c->along_mps) * way_s;
}

/* How far outside a place is from the part of the route between two marks. */
static double from_route_m(const oracle_carried *c, lee_point at, double lat, double lon,
                           double tail, double head)
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

double oracle_grown_m(const oracle_carried *c, int64_t now_us)
{
    return oracle_stale_at(c, now_us)
               ? c->speed_mps * fmin((double)(now_us - c->t_us) / S, ORACLE_GROWS_S)
               : 0;
}

double oracle_outside_m(const oracle_carried *c, lee_point p, int64_t t_us, int64_t now_us)
{
    const bool stale = oracle_stale_at(c, now_us);
    const lee_zone_moving *const m = &c->zone->moving;
    if (m->route_count > 0) {
        const double along = oracle_along_at(c, t_us, stale);
        const double grown = oracle_grown_m(c, now_us);
        return from_route_m(c, p, p.lat_e7, p.lon_e7, along - m->behind_m - grown,
                            along + m->ahead_m + grown);
    }
    return oracle_distance_m(oracle_centre_at(c, t_us, stale), p) - m->radius_m -
           oracle_grown_m(c, now_us);
}

/* --- ways ---------------------------------------------------------------------------------------
 */

typedef struct {
    const oracle_carried *c;
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

oracle_found oracle_look_along(const oracle_carried *c, lee_point a, int64_t a_us, lee_point b,
                               int64_t b_us)
{
    const leg l = {c,
                   a,
                   b,
                   oracle_centre_at(c, a_us, false),
                   oracle_centre_at(c, b_us, false),
                   oracle_along_at(c, a_us, false),
                   oracle_along_at(c, b_us, false)};
    oracle_found f = {0};
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
