/* Who meets a zone that moves, if both go on as docs/watch.md has it ("Zones that move").
 *
 * In a plane around the target, in which the centre of a bubble goes evenly from where it is now to
 * where it is at the end. Neither can come nearer than both are fast: a way is gone along in steps
 * as long as that allows, until it is in the zone. */
#include <math.h>

#include "oracle_carrier.h"
#include "oracle_earth.h"
#include "oracle_fan.h"

#define S 1000000.0
#define RAD (3.14159265358979323846 / 180.0)
#define NEVER 1e9
/* More than the two planes differ by. */
#define DOUBT_M 0.5
#define DOUBT_SHARE 3e-5

/* The zone in metres from the target, from 0 s on. */
typedef struct {
    const oracle_carried *c;
    double radius_m;
    oracle_spot from;
    oracle_spot by; /* a second; so the next */
    oracle_spot route[6];
    double tail_m;
    double head_m;
    double along_mps;
    double fast_mps;
} shape;

/* From a to b, as long as it is on the ellipsoid. */
static oracle_spot between(lee_point a, lee_point b)
{
    const double middle = ((double)a.lat_e7 + b.lat_e7) / 2 * 1e-7 * RAD;
    const double x = ((double)b.lon_e7 - a.lon_e7) * cos(middle);
    const double y = (double)b.lat_e7 - a.lat_e7;
    const double m = oracle_distance_m(a, b);
    const double length = hypot(x, y);
    return length > 0 ? (oracle_spot){x / length * m, y / length * m} : (oracle_spot){0, 0};
}

/* How far off the straight way it is led by its turn of up to 20 s, straight after it: in steps of
 * a hundredth of a second. */
static oracle_spot off_by_turn(const oracle_carried *c, double turn_deg_s, double span_s)
{
    oracle_spot at = {0, 0};
    double course_deg = c->track_deg;
    const int steps = (int)lround(fmin(span_s, 20) * 100);
    for (int i = 0; i < steps; i++) {
        at.x += c->speed_mps * 0.01 * sin((course_deg + turn_deg_s * 0.005) * RAD);
        at.y += c->speed_mps * 0.01 * cos((course_deg + turn_deg_s * 0.005) * RAD);
        course_deg += turn_deg_s * 0.01;
    }
    const double left_m = c->speed_mps * (span_s - steps * 0.01);
    at.x += left_m * sin(course_deg * RAD) - c->speed_mps * span_s * sin(c->track_deg * RAD);
    at.y += left_m * cos(course_deg * RAD) - c->speed_mps * span_s * cos(c->track_deg * RAD);
    return at;
}

static shape shape_of(const oracle_carried *c, lee_point at, int64_t now_us, double span_s,
                      double turn_deg_s)
{
    const bool stale = oracle_stale_at(c, now_us);
    const lee_zone_moving *const m = &c->zone->moving;
    const double grown = oracle_grown_m(c, now_us);
    shape s = {.c = c, .radius_m = m->radius_m};
    if (m->route_count > 0) {
        const double along = oracle_along_at(c, now_us, stale);
        for (uint32_t i = 0; i < m->route_count; i++) {
            s.route[i] = oracle_spot_of(at, m->route[i].lat_e7, m->route[i].lon_e7);
        }
        s.tail_m = along - m->behind_m - grown;
        s.head_m = along + m->ahead_m + grown;
        s.along_mps = stale ? 0 : c->along_mps;
        s.fast_mps = 1.05 * fabs(s.along_mps);
        return s;
    }
    s.radius_m += grown;
    s.from = between(at, oracle_centre_at(c, now_us, stale));
    /* What is asked of later is asked for as it goes on, however old its place is. */
    const double age_s = fmin((double)(now_us - c->t_us) / S, ORACLE_GROWS_S);
    const double way_m = c->has_velocity && !stale ? c->speed_mps * (age_s + span_s) : 0;
    oracle_spot to = between(at, oracle_go_on(c->point, c->track_deg, way_m));
    if (turn_deg_s != 0 && !stale) {
        const oracle_spot off = off_by_turn(c, turn_deg_s, span_s);
        to.x += off.x;
        to.y += off.y;
    }
    s.by = (oracle_spot){(to.x - s.from.x) / span_s, (to.y - s.from.y) / span_s};
    s.fast_mps = hypot(s.by.x, s.by.y);
    return s;
}

static double outside_m(const shape *s, oracle_spot p, double t_s)
{
    const lee_zone_moving *const m = &s->c->zone->moving;
    if (m->route_count == 0) {
        return hypot(p.x - s->from.x - s->by.x * t_s, p.y - s->from.y - s->by.y * t_s) -
               s->radius_m;
    }
    double nearest = INFINITY;
    for (uint32_t i = 0; i + 1 < m->route_count; i++) {
        const double start = s->c->length_m[i];
        const double span = s->c->length_m[i + 1] - start;
        const double from = fmax(0, (s->tail_m + s->along_mps * t_s - start) / span);
        const double to = fmin(1, (s->head_m + s->along_mps * t_s - start) / span);
        const oracle_spot a = s->route[i];
        const oracle_spot w = {s->route[i + 1].x - a.x, s->route[i + 1].y - a.y};
        const double foot = ((p.x - a.x) * w.x + (p.y - a.y) * w.y) / (w.x * w.x + w.y * w.y);
        const double at = fmin(to, fmax(from, foot));
        nearest =
            from <= to ? fmin(nearest, hypot(a.x + at * w.x - p.x, a.y + at * w.y - p.y)) : nearest;
    }
    return nearest - s->radius_m;
}

/* When a place that goes straight from a to b is in the shape first; NEVER: not before. */
static double meets(const shape *s, oracle_spot a, double a_s, oracle_spot b, double b_s,
                    double more_m)
{
    const double span_s = b_s - a_s;
    const double speed = span_s > 0 ? hypot(b.x - a.x, b.y - a.y) / span_s : 0;
    double t_s = a_s;
    while (span_s > 0 && t_s <= b_s) {
        const double share = (t_s - a_s) / span_s;
        const oracle_spot p = {a.x + share * (b.x - a.x), a.y + share * (b.y - a.y)};
        const double left_m = outside_m(s, p, t_s) - more_m;
        if (left_m <= 0) {
            return t_s;
        }
        t_s += fmax(speed + s->fast_mps > 0 ? left_m / (speed + s->fast_mps) : NEVER, 5e-4);
    }
    return NEVER;
}

typedef struct {
    double chance;
    double entry_s;
} answer;

static answer ask_line(const shape *s, oracle_spot end, double span_s, double more_m)
{
    return (answer){-1, meets(s, (oracle_spot){0, 0}, 0, end, span_s, more_m)};
}

static answer ask_fan(const shape *s, const oracle_fan *f, double more_m)
{
    answer a = {0, NEVER};
    double best = 0;
    const oracle_spot unit = {ORACLE_UNIT_M * f->narrow, ORACLE_UNIT_M};
    for (int i = 0; i < f->count; i++) {
        const oracle_way *const w = &f->ways[i];
        double at_s = NEVER;
        for (int k = 0; k + 1 < w->count && at_s >= NEVER; k++) {
            const oracle_step *const from = &w->spots[k];
            const oracle_step *const to = from + 1;
            at_s = meets(s, (oracle_spot){from->x * unit.x, from->y * unit.y}, from->t,
                         (oracle_spot){to->x * unit.x, to->y * unit.y}, to->t, more_m);
        }
        if (at_s >= NEVER || (w->only_beyond && at_s <= w->branch_s)) {
            continue;
        }
        const double kept = at_s > w->kept_from_s ? exp(-f->unrest * (at_s - w->kept_from_s)) : 1;
        a.chance += w->weight * kept;
        if (w->weight * kept > best) {
            best = w->weight * kept;
            a.entry_s = at_s;
        }
    }
    a.chance = fmin(1, a.chance);
    return a;
}

static int32_t or_else(int32_t value, int32_t other)
{
    return value > 0 ? value : other;
}

static oracle_ahead judge(const lee_zone_watch *w, const answer a[3])
{
    oracle_ahead o = {.entry_s = a[0].entry_s, .chance = a[0].chance};
    bool told[3];
    bool heads[3];
    for (int i = 0; i < 3; i++) {
        const bool is_imminent = w->imminent_s > 0 && a[i].entry_s <= w->imminent_s;
        if (a[i].chance < 0) {
            heads[i] = a[i].entry_s <= w->look_ahead_s;
            told[i] = heads[i] && (is_imminent || a[i].entry_s <= w->warning_time_s);
        } else {
            heads[i] = a[i].chance >= or_else(w->averted_chance_pct, 10) * 0.01;
            told[i] = heads[i] &&
                      (a[i].chance >= w->alert_chance_pct * 0.01 ||
                       (a[i].chance >= or_else(w->imminent_chance_pct, 70) * 0.01 && is_imminent));
        }
        o.entry_doubt_s = fmax(o.entry_doubt_s, fabs(a[i].entry_s - a[0].entry_s));
        o.chance_doubt = fmax(o.chance_doubt, fabs(a[i].chance - a[0].chance));
    }
    o.heading = heads[0];
    o.told = told[0];
    o.unsure = heads[1] != heads[2] || told[1] != told[2];
    return o;
}

static oracle_ahead look(const oracle_carried *c, const oracle_flight *flight, lee_point at,
                         int64_t now_us, int32_t look_s, double turn_deg_s)
{
    const lee_zone_watch *const w = &c->zone->watch;
    const bool moves = flight->speed.has && flight->track.has &&
                       (double)(now_us - flight->speed.t_us) <= ORACLE_EXPIRE_S * S;
    const double speed_mps = moves ? flight->speed.value * 1852.0 / 3600000.0 : 0;
    const bool guesses = moves && w->alert_chance_pct > 0;
    const double span_s = guesses ? fmin(w->warning_time_s * 1.2, w->look_ahead_s)
                          : moves ? look_s
                                  : w->look_ahead_s;
    const shape s = shape_of(c, at, now_us, span_s, turn_deg_s);
    static oracle_fan f;
    oracle_spot end = {0, 0};
    if (guesses) {
        oracle_draw(&f, flight, at, oracle_turn_rate(flight, now_us), speed_mps, span_s,
                    oracle_unrest(flight, speed_mps, false, 0));
    } else if (moves) {
        const lee_point to = oracle_go_on(at, flight->track.value * 1e-3, speed_mps * span_s);
        end = c->zone->moving.route_count > 0 ? oracle_spot_of(at, to.lat_e7, to.lon_e7)
                                              : between(at, to);
    }
    answer a[3];
    for (int i = 0; i < 3; i++) {
        const double reach_m = (speed_mps + s.fast_mps) * span_s + s.radius_m;
        const double more_m = (i == 0 ? 0 : i == 1 ? 1 : -1) * (DOUBT_M + DOUBT_SHARE * reach_m);
        a[i] = guesses ? ask_fan(&s, &f, more_m) : ask_line(&s, end, span_s, more_m);
    }
    return judge(w, a);
}

oracle_ahead oracle_look_ahead(const oracle_carried *c, const oracle_flight *flight, lee_point at,
                               int64_t now_us, int32_t look_s)
{
    const oracle_ahead none = {.heading = false};
    if (c->zone->watch.look_ahead_s <= 0) {
        return none;
    }
    const oracle_ahead straight = look(c, flight, at, now_us, look_s, 0);
    const double turn_deg_s = c->has_velocity ? oracle_turn_rate(c->flight, c->t_us) : 0;
    if (c->zone->moving.route_count > 0 || fabs(turn_deg_s) < 0.1) {
        return straight;
    }
    const oracle_ahead turning = look(c, flight, at, now_us, look_s, turn_deg_s);
    /* More likely, or sooner. */
    const double more =
        turning.chance >= 0 ? turning.chance - straight.chance : straight.entry_s - turning.entry_s;
    const double doubt = turning.chance >= 0 ? turning.chance_doubt + straight.chance_doubt
                                             : turning.entry_doubt_s + straight.entry_doubt_s;
    const bool unsure = turning.unsure || straight.unsure ||
                        (turning.heading && straight.heading && fabs(more) <= doubt &&
                         turning.told != straight.told);
    oracle_ahead graver = turning.heading && (!straight.heading || more > 0) ? turning : straight;
    graver.unsure = unsure;
    return graver;
}
