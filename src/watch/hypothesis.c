/* Where a target may go from here, and how likely each way leads into a zone.
 *
 * A straight line is one guess of several: the chance of entry is the weight of the ways that lead
 * in. The ways run in a plane around the target; what is decided here is when to warn, never what
 * is inside. docs/watch.md, "The chance of entry", says how the numbers were found. */
#include "watch/state.h"

#include <assert.h>
#include <math.h>

#include "base/time_text.h"
#include "geo/chance.h"
#include "geo/trig.h"
#include "zone/schedule.h"

/* The plane serves within these; beyond them the straight line alone is asked. */
#define REACH_MAX_M 150000.0
#define LAT_MAX_E7 800000000
#define LON_MAX_E7 1780000000
#define METRES_PER_E7 0.0111195
/* A turn is drawn in chords of this length, of one full circle at most. */
#define CHORD_S 6.0
#define CROSSINGS_MAX 32
#define NEVER_S 1e9

/* Turning slower than this is taken for flying straight. */
#define TURN_MIN_DEG_S 1.0
#define SMALL_TURN_S 20.0
/* And slower than this, for flying straight exactly. */
#define STRAIGHT_DEG_S 0.1
/* Turns that have less chance than this together are not drawn. */
#define TURNS_LEAST 0.08
/* What an aircraft turns at when it begins to (rate one is 3, light traffic turns less). */
#define BEGUN_DEG_S 2.0
/* How long a turn that was begun lasts, on average. */
#define TURN_MEAN_S 20.0
/* The share of climbs and descents that end within a minute, and when; below this rate: level. */
#define LEVELS_SHARE 0.3
#define LEVELS_AFTER_S 12.0
#define LEVEL_MAX_FPM 210
/* Fast traffic keeps its course better: from the first to the second speed the chance to leave it
 * falls by SETTLED, and the doubt of course by STEADY. */
#define SLOW_MPS 50.0
#define FAST_MPS 110.0
#define SETTLED 0.7
#define STEADY 0.5
#define DOUBT_DEG 3.0
#define WIDE_DOUBT_DEG 8.0

/* A limit of the zone and the altitude that is compared with it, in feet. */
typedef struct {
    bool binds;
    double limit_ft;
    double from_ft;
} level;

/* What all ways from one target to one zone have in common. */
typedef struct {
    const lee_ways *ways;
    uint32_t zone;
    lee_box box;
    bool in_area;
    lee_point origin;
    double north_e7_per_m;
    double east_e7_per_m;
    double speed_mps;
    double north; /* the course, a vector of length 1 */
    double east;
    double rate_fps;
    double horizon_s;
    level lower;
    level upper;
    bool moves; /* the zone goes with a target: then in place of its edges */
    lee_mover mover;
} scene;

/* One way: straight, then a turn, then straight; climbing until it levels. */
typedef struct {
    double off_deg; /* from the course */
    double turn_deg_s;
    double turn_from_s;
    double turn_until_s;
    double level_at_s;
} way;

/* A stretch of a way, from the origin, in 1e-7 degrees. */
typedef struct {
    double lat;
    double lon;
    double lat_by;
    double lon_by;
} chord;

typedef struct {
    double at[CROSSINGS_MAX]; /* ascending, 0..1 */
    int count;
    bool overflow;
} crossings;

static void note_crossing(crossings *c, double at)
{
    if (c->count == CROSSINGS_MAX) {
        c->overflow = true;
        return;
    }
    int i = c->count++;
    for (; i > 0 && c->at[i - 1] > at; i--) {
        c->at[i] = c->at[i - 1];
    }
    c->at[i] = at;
}

static bool meets(lee_box box, lee_point origin, const chord *c)
{
    const double south = (double)box.min.lat_e7 - origin.lat_e7 - c->lat;
    const double north = (double)box.max.lat_e7 - origin.lat_e7 - c->lat;
    const double west = (double)box.min.lon_e7 - origin.lon_e7 - c->lon;
    const double east = (double)box.max.lon_e7 - origin.lon_e7 - c->lon;
    return !((c->lat_by < south && 0.0 < south) || (c->lat_by > north && 0.0 > north) ||
             (c->lon_by < west && 0.0 < west) || (c->lon_by > east && 0.0 > east));
}

/* Where the chord crosses an edge: side by side, so that a vertex counts once. */
static void cross_edge(const chord *c, lee_point origin, lee_point a, lee_point b, crossings *out)
{
    const double a_lat = (double)a.lat_e7 - origin.lat_e7 - c->lat;
    const double a_lon = (double)a.lon_e7 - origin.lon_e7 - c->lon;
    const double b_lat = (double)b.lat_e7 - origin.lat_e7 - c->lat;
    const double b_lon = (double)b.lon_e7 - origin.lon_e7 - c->lon;
    const double a_side = c->lon_by * a_lat - c->lat_by * a_lon;
    const double b_side = c->lon_by * b_lat - c->lat_by * b_lon;
    if ((a_side > 0.0) == (b_side > 0.0)) {
        return;
    }
    const double edge_lat = b_lat - a_lat;
    const double edge_lon = b_lon - a_lon;
    const double den = c->lon_by * edge_lat - c->lat_by * edge_lon;
    const double at = (a_lon * edge_lat - a_lat * edge_lon) / den;
    if (at >= 0.0 && at < 1.0) {
        note_crossing(out, at);
    }
}

/* What the way meets where the zone is by then. */
static void cross_mover(const scene *s, const chord *c, double from_s, double to_s, bool *inside,
                        crossings *out)
{
    const lee_vector a = {c->lon / s->east_e7_per_m, c->lat / s->north_e7_per_m};
    const lee_vector b = {(c->lon + c->lon_by) / s->east_e7_per_m,
                          (c->lat + c->lat_by) / s->north_e7_per_m};
    lee_span spans[LEE_MOVER_SPANS_MAX];
    const size_t count = lee__mover_spans(&s->mover, a, from_s, b, to_s, spans);
    *inside = count > 0 && spans[0].from <= 0.0;
    for (size_t i = 0; i < count; i++) {
        if (spans[i].from > 0.0) {
            note_crossing(out, spans[i].from);
        }
        if (spans[i].to < 1.0) {
            note_crossing(out, spans[i].to);
        }
    }
}

/* *inside: whether the chord begins in the area. */
static void cross_zone(const scene *s, const chord *c, double from_s, double to_s, bool *inside,
                       crossings *out)
{
    out->count = 0;
    out->overflow = false;
    if (s->moves) {
        cross_mover(s, c, from_s, to_s, inside, out);
        return;
    }
    if (!meets(s->box, s->origin, c)) {
        return;
    }
    for (uint32_t r = s->ways->first_run[s->zone]; r < s->ways->first_run[s->zone + 1]; r++) {
        const lee_way_run *const run = &s->ways->runs[r];
        const lee_point *const points = &s->ways->points[run->first];
        const uint32_t count = meets(run->box, s->origin, c) ? run->count : 0;
        for (uint32_t i = 0; i < count; i++) {
            cross_edge(c, s->origin, points[i], points[i + 1], out);
        }
    }
}

/* Narrows from..to (0..1) to where the altitude keeps to the limit. */
static void keep_to(const level *l, bool is_upper, double climbed_ft, double climb_ft, double *from,
                    double *to)
{
    if (!l->binds) {
        return;
    }
    const double above_ft = l->from_ft + climbed_ft - l->limit_ft;
    const double start = is_upper ? -above_ft : above_ft; /* > 0: kept to */
    const double gain = is_upper ? -climb_ft : climb_ft;
    if (start >= 0.0 && start + gain >= 0.0) {
        return;
    }
    if (start < 0.0 && start + gain < 0.0) {
        *to = -1.0;
    } else if (start < 0.0) {
        *from = fmax(*from, -start / gain);
    } else {
        *to = fmin(*to, -start / gain);
    }
}

/* The first place of a chord inside the volume, 0..1; negative: none. *inside: whether the chord
 * begins in the area, and then whether it ends there. */
static double enter(const scene *s, const chord *c, double from_s, double to_s, double climbed_ft,
                    double climb_ft, bool *inside)
{
    crossings found;
    cross_zone(s, c, from_s, to_s, inside, &found);
    double from = 0.0;
    double to = 1.0;
    keep_to(&s->lower, false, climbed_ft, climb_ft, &from, &to);
    keep_to(&s->upper, true, climbed_ft, climb_ft, &from, &to);
    double entry = -1.0;
    if (found.overflow) {
        entry = from <= to ? fmax(from, found.at[0]) : -1.0;
    }
    for (int i = 0; i <= found.count && entry < 0.0; i++) {
        const double start = i == 0 ? 0.0 : found.at[i - 1];
        const double end = i == found.count ? 1.0 : found.at[i];
        const bool is_in = *inside != (i % 2 == 1);
        if (is_in && fmax(start, from) <= fmin(end, to)) {
            entry = fmax(start, from);
        }
    }
    *inside = *inside != (found.count % 2 == 1);
    return entry;
}

static void rotate(double *north, double *east, double cosine, double sine)
{
    const double turned = *north * cosine - *east * sine;
    *east = *east * cosine + *north * sine;
    *north = turned;
}

static void rotate_by(double *north, double *east, double degrees)
{
    const double angle = degrees * LEE_RADIANS_PER_DEGREE;
    rotate(north, east, lee_cos(angle), lee_sin(angle));
}

/* When the way's shape changes next after t_s. */
static double next_change(const scene *s, const way *w, double t_s)
{
    double next_s = s->horizon_s;
    const double changes[] = {w->turn_from_s, w->turn_until_s, w->level_at_s};
    for (int i = 0; i < 3; i++) {
        next_s = changes[i] > t_s && changes[i] < next_s ? changes[i] : next_s;
    }
    const bool turning = t_s >= w->turn_from_s && t_s < w->turn_until_s;
    return turning && t_s + CHORD_S < next_s ? t_s + CHORD_S : next_s;
}

static lee_point place_of(const scene *s, double lat_by, double lon_by)
{
    int64_t lon_e7 = s->origin.lon_e7 + (int64_t)lon_by;
    lon_e7 += lon_e7 < -LEE_LON_MAX_E7 ? 2 * (int64_t)LEE_LON_MAX_E7 : 0;
    lon_e7 -= lon_e7 > LEE_LON_MAX_E7 ? 2 * (int64_t)LEE_LON_MAX_E7 : 0;
    return (lee_point){s->origin.lat_e7 + (int32_t)lat_by, (int32_t)lon_e7};
}

/* The second at which the way enters, and where. Negative: it does not. */
static double follow(const scene *s, const way *w, lee_point *where)
{
    double north = s->north;
    double east = s->east;
    if (w->off_deg != 0.0) {
        rotate_by(&north, &east, w->off_deg);
    }
    const double circle_s = w->turn_deg_s == 0.0 ? NEVER_S : 360.0 / fabs(w->turn_deg_s);
    const double half_chord_rad = w->turn_deg_s * (CHORD_S / 2.0) * LEE_RADIANS_PER_DEGREE;
    const double chord_cosine = w->turn_deg_s == 0.0 ? 1.0 : lee_cos(half_chord_rad);
    const double chord_sine = w->turn_deg_s == 0.0 ? 0.0 : lee_sin(half_chord_rad);
    chord c = {0};
    double t_s = 0.0;
    double climbed_ft = 0.0;
    bool inside = s->in_area;
    while (t_s < s->horizon_s && t_s - w->turn_from_s < circle_s) {
        const double next_s = next_change(s, w, t_s);
        const double span_s = next_s - t_s;
        const bool turning = w->turn_deg_s != 0.0 && t_s >= w->turn_from_s && t_s < w->turn_until_s;
        const bool whole = span_s == CHORD_S;
        const double half_deg = turning ? w->turn_deg_s * span_s / 2.0 : 0.0;
        if (turning && whole) {
            rotate(&north, &east, chord_cosine, chord_sine);
        } else if (turning) {
            rotate_by(&north, &east, half_deg);
        }
        c.lat_by = s->speed_mps * span_s * north * s->north_e7_per_m;
        c.lon_by = s->speed_mps * span_s * east * s->east_e7_per_m;
        const double climb_ft = t_s < w->level_at_s ? s->rate_fps * span_s : 0.0;
        const double at = enter(s, &c, t_s, next_s, climbed_ft, climb_ft, &inside);
        if (at >= 0.0) {
            *where = place_of(s, c.lat + at * c.lat_by, c.lon + at * c.lon_by);
            return t_s + at * span_s;
        }
        if (turning && whole) {
            rotate(&north, &east, chord_cosine, chord_sine);
        } else if (turning) {
            rotate_by(&north, &east, half_deg);
        }
        c.lat += c.lat_by;
        c.lon += c.lon_by;
        climbed_ft += climb_ft;
        t_s = next_s;
    }
    return -1.0;
}

/* --- the ways and their weights -----------------------------------------------------------------
 */

/* Adds what a way says: `weight` if it enters. The likeliest way that enters is the one shown. */
static void add(lee_outlook *o, double *best, double weight, double entry_s, lee_point where,
                lee_heads heads)
{
    o->chance += weight;
    if (weight > *best) {
        *best = weight;
        o->entry_s = entry_s;
        o->entry = where;
        o->heads = heads;
    }
}

/* Straight on, with the doubt of course and the small turn that it has; the longer the way, the
 * less likely that it is kept. Or it begins to turn, left or right, sooner or later. */
static void look_straight(const scene *s, double turn_deg_s, double unrest, double doubt,
                          double share, double level_at_s, double *best, lee_outlook *o)
{
    static const double offs[] = {0.0, DOUBT_DEG, -DOUBT_DEG, WIDE_DOUBT_DEG, -WIDE_DOUBT_DEG};
    static const double shares[] = {0.5, 0.17, 0.17, 0.08, 0.08};
    const lee_heads heads = level_at_s < NEVER_S ? LEE_HEADS_LEVELLING : LEE_HEADS_STRAIGHT;
    for (int i = 0; i < 5; i++) {
        const way w = {offs[i] * doubt, turn_deg_s, 0.0, SMALL_TURN_S, level_at_s};
        lee_point where;
        const double at_s = follow(s, &w, &where);
        if (at_s >= 0.0) {
            add(o, best, share * shares[i] * lee_exp_minus(unrest * at_s), at_s, where, heads);
        }
    }
    /* Few calm flights need to be drawn turning: it would not make them likely to enter. */
    const double turns = share * (1.0 - lee_exp_minus(unrest * s->horizon_s));
    if (turns < TURNS_LEAST || (*best <= 0.0 && turns < LEE_CHANCE_LEAST)) {
        return;
    }
    const double cuts_s[] = {0.0, 12.0, 30.0, s->horizon_s};
    static const double turns_s[] = {6.0, 21.0, 36.0};
    for (int i = 0; i < 3 && cuts_s[i] < s->horizon_s; i++) {
        const double until_s = cuts_s[i + 1] < s->horizon_s ? cuts_s[i + 1] : s->horizon_s;
        const double weight =
            share * (lee_exp_minus(unrest * cuts_s[i]) - lee_exp_minus(unrest * until_s)) / 2.0;
        for (int side = -1; side <= 1 && weight > 0.001; side += 2) {
            const way w = {0.0, side * BEGUN_DEG_S, turns_s[i], NEVER_S, level_at_s};
            lee_point where;
            const double at_s = follow(s, &w, &where);
            if (at_s > turns_s[i]) {
                add(o, best, weight, at_s, where, LEE_HEADS_TURNING);
            }
        }
    }
}

/* The turn goes on for a while that nobody knows, then straight. */
static void look_turning(const scene *s, double turn_deg_s, double unrest, double share,
                         double level_at_s, double *best, lee_outlook *o)
{
    static const double cuts_s[] = {0.0, 6.0, 14.0, 26.0, 45.0, NEVER_S};
    static const double ends_s[] = {2.0, 9.0, 19.0, 34.0, NEVER_S};
    for (int i = 0; i < 5; i++) {
        const double weight =
            lee_exp_minus(cuts_s[i] / TURN_MEAN_S) - lee_exp_minus(cuts_s[i + 1] / TURN_MEAN_S);
        const way w = {0.0, turn_deg_s, 0.0, ends_s[i], level_at_s};
        lee_point where;
        const double at_s = follow(s, &w, &where);
        if (at_s >= 0.0) {
            const double after_s = at_s > ends_s[i] ? at_s - ends_s[i] : 0.0;
            add(o, best, share * weight * lee_exp_minus(unrest * after_s), at_s, where,
                LEE_HEADS_TURNING);
        }
    }
}

/* --- one zone -----------------------------------------------------------------------------------
 */

static level level_of(const lee_alt_limit *limit, const lee_band_altitude *altitude,
                      int32_t baro_ft, int32_t hae_ft, int32_t none, bool *blurred)
{
    const bool prefers_hae = limit->kind == LEE_LIMIT_VALUE && limit->alt.ref == LEE_ALT_HAE;
    const bool by_hae = altitude->has_hae && (prefers_hae || !altitude->has_baro);
    const int32_t limit_ft = by_hae ? hae_ft : baro_ft;
    if (!by_hae && !altitude->has_baro) {
        *blurred = *blurred || baro_ft != none || hae_ft != none;
        return (level){0};
    }
    return (level){limit_ft != none, limit_ft,
                   by_hae ? altitude->alt_hae_ft : altitude->alt_baro_ft};
}

/* Whether the altitude stays on the wrong side of the limit all the time. */
static bool stays_off(const level *l, bool is_upper, double climb_ft)
{
    const double start = l->from_ft - l->limit_ft;
    const double end = start + climb_ft;
    return l->binds && (is_upper ? start >= 0.0 && end >= 0.0 : start < 0.0 && end < 0.0);
}

static double out_of(int32_t low, int32_t high, int32_t at)
{
    return at < low ? (double)low - at : at > high ? (double)at - high : 0.0;
}

bool lee__hypothesis_may_reach(const lee_moment *m, uint32_t zone)
{
    const lee_generation *const g = &m->watch->generation;
    const lee_box box = g->facts[zone].box;
    const lee_point p = m->now.point;
    if (g->list->zones[zone].moving.radius_m > 0) {
        return true; /* lee__bubbles_add asked */
    }
    const double reach_e7 = m->course.speed_mps *
                            lee__hypothesis_horizon_s(&g->list->zones[zone].watch) / METRES_PER_E7 *
                            1.01;
    /* 1e-7 degrees of longitude are never longer than those of latitude by more than 0.7 %. */
    return out_of(box.min.lat_e7, box.max.lat_e7, p.lat_e7) <= reach_e7 &&
           out_of(box.min.lon_e7, box.max.lon_e7, p.lon_e7) * m->course.narrow <= reach_e7;
}

double lee__hypothesis_horizon_s(const lee_zone_watch *watch)
{
    const double horizon_s = watch->warning_time_s * 1.2;
    return horizon_s < watch->look_ahead_s ? horizon_s : watch->look_ahead_s;
}

bool lee__hypothesis_serves(const lee_moment *m, uint32_t zone)
{
    const lee_zone_watch *const watch = &m->watch->generation.list->zones[zone].watch;
    const lee_point p = m->now.point;
    return watch->alert_chance_pct > 0 && !m->watch->generation.facts[zone].over_ground &&
           m->course.known && p.lat_e7 < LAT_MAX_E7 && p.lat_e7 > -LAT_MAX_E7 &&
           p.lon_e7 < LON_MAX_E7 && p.lon_e7 > -LON_MAX_E7 &&
           m->course.speed_mps * lee__hypothesis_horizon_s(watch) <= REACH_MAX_M;
}

static bool set_scene(const lee_moment *m, uint32_t zone, bool in_area, scene *s, bool *blurred)
{
    const lee_generation *const g = &m->watch->generation;
    const lee_zone *const z = &g->list->zones[zone];
    const lee_zone_facts *const facts = &g->facts[zone];
    const lee_band_altitude *const altitude = &m->now.altitude;
    const lee_limits baro = lee__volume_limits(m->watch, zone, &m->now, false, true);
    const lee_limits hae = lee__volume_limits(m->watch, zone, &m->now, true, true);
    *s = (scene){
        .ways = &g->ways,
        .zone = zone,
        .box = facts->box,
        .in_area = in_area,
        .origin = m->now.point,
        .speed_mps = m->course.speed_mps,
        .rate_fps = m->course.rate_fpm / 60.0,
        .horizon_s = lee__hypothesis_horizon_s(&z->watch),
        .lower = level_of(&z->lower, altitude, baro.lower_ft, hae.lower_ft, INT32_MIN, blurred),
        .upper = level_of(&z->upper, altitude, baro.upper_ft, hae.upper_ft, INT32_MAX, blurred),
    };
    const double climb_ft = s->rate_fps * s->horizon_s;
    if (stays_off(&s->lower, false, climb_ft) || stays_off(&s->upper, true, climb_ft)) {
        return false;
    }
    s->north_e7_per_m = 1.0 / METRES_PER_E7;
    s->east_e7_per_m = s->north_e7_per_m / m->course.narrow;
    const double course_rad = m->course.track_deg_e3 * 1e-3 * LEE_RADIANS_PER_DEGREE;
    s->north = lee_cos(course_rad);
    s->east = lee_sin(course_rad);
    const lee_bubble *const bubble = lee__bubble_of(g, zone);
    if (bubble) {
        s->moves = true;
        s->mover = lee__bubble_mover(m->watch, bubble, m->now.point, m->now.t_us, m->now.t_us,
                                     lee__time_after(m->now.t_us, (int64_t)(s->horizon_s * 1e6)));
    }
    return true;
}

lee_outlook lee__hypothesis_look(const lee_moment *m, uint32_t zone, bool in_area)
{
    assert(lee__hypothesis_serves(m, zone));
    lee_outlook o = {0};
    scene s;
    if (!lee__hypothesis_may_reach(m, zone) || !set_scene(m, zone, in_area, &s, &o.blurred)) {
        return o;
    }
    const lee_motion *const motion = &m->visit->motion;
    const double rate_deg_s = lee__motion_rate(motion, m->now.t_us);
    const double turn_deg_s = fabs(rate_deg_s) < STRAIGHT_DEG_S ? 0.0 : rate_deg_s;
    double fast = (s.speed_mps - SLOW_MPS) / (FAST_MPS - SLOW_MPS);
    fast = fast < 0.0 ? 0.0 : fast > 1.0 ? 1.0 : fast;
    const double unrest = lee__motion_unrest(motion) * (1.0 - SETTLED * fast);
    const int32_t rate_fpm = m->course.rate_fpm;
    const double levels =
        rate_fpm > -LEVEL_MAX_FPM && rate_fpm < LEVEL_MAX_FPM ? 0.0 : LEVELS_SHARE;
    double best = 0.0;
    for (int k = 0; k < (levels > 0.0 ? 2 : 1); k++) {
        const double share = k == 0 ? 1.0 - levels : levels;
        const double level_at_s = k == 0 ? NEVER_S : LEVELS_AFTER_S;
        if (fabs(turn_deg_s) < TURN_MIN_DEG_S) {
            look_straight(&s, turn_deg_s, unrest, 1.0 - STEADY * fast, share, level_at_s, &best,
                          &o);
        } else {
            look_turning(&s, turn_deg_s, unrest, share, level_at_s, &best, &o);
        }
    }
    const lee_schedule *const schedule = &m->watch->generation.list->zones[zone].schedule;
    const int64_t entry_us = lee__time_after(m->now.t_us, (int64_t)(o.entry_s * 1e6));
    if (o.chance > 0.0 && !schedule->always && !lee_schedule_active(schedule, entry_us)) {
        o.chance = 0.0;
    }
    o.chance = o.chance < 1.0 ? o.chance : 1.0;
    return o;
}
