#include "oracle_ahead.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "oracle_earth.h"

#define S 1000000.0
#define RAD (3.14159265358979323846 / 180.0)
#define UNIT_M 0.0111195
#define FRESH_US INT64_C(15000000)

/* --- what was said ------------------------------------------------------------------------------
 */

void oracle_flight_begin(oracle_flight *flight)
{
    memset(flight, 0, offsetof(oracle_flight, courses));
    flight->newest_us = INT64_MIN;
    flight->course_count = 0;
    flight->turned_deg = 0;
    flight->span_s = 0;
}

static void say(oracle_said *field, bool has, int32_t value, int64_t t_us, int64_t newest_us,
                int64_t expire_us)
{
    const bool gone = field->has && newest_us - field->t_us > expire_us;
    if (has && (!field->has || gone || t_us >= field->t_us)) {
        *field = (oracle_said){true, t_us, value};
    }
}

/* Of two altitudes 4 to 30 s apart. */
static void make_rate(oracle_flight *f, int64_t t_us, int32_t alt_ft)
{
    const int64_t span_us = t_us - f->base.t_us;
    if (f->base.has && span_us > 0 && span_us < 4 * (int64_t)S) {
        return;
    }
    if (f->base.has && span_us > 0 && span_us <= 30 * (int64_t)S) {
        const int64_t rate = ((int64_t)alt_ft - f->base.value) * 60 * (int64_t)S / span_us;
        const bool real = rate >= -30000 && rate <= 30000;
        f->made = (oracle_said){real, t_us, real ? (int32_t)rate : 0};
    }
    f->base = (oracle_said){true, t_us, alt_ft};
}

static double turn_deg(int32_t from_e3, int32_t to_e3)
{
    double turn = fmod((to_e3 - from_e3) / 1000.0 + 720.0, 360.0);
    return turn > 180.0 ? turn - 360.0 : turn;
}

static void hear_course(oracle_flight *f, int64_t t_us, int32_t track_e3)
{
    const oracle_said *const last = f->course_count > 0 ? &f->courses[f->course_count - 1] : NULL;
    const double gap_s = last ? (double)(t_us - last->t_us) / S : INFINITY;
    if (gap_s > 30.0) {
        f->turned_deg = 7.5;
        f->span_s = 15.0;
    } else {
        const double fade = 60.0 / (60.0 + gap_s);
        f->turned_deg = f->turned_deg * fade + fabs(turn_deg(last->value, track_e3));
        f->span_s = f->span_s * fade + gap_s;
    }
    assert(f->course_count < ORACLE_COURSES);
    f->courses[f->course_count++] = (oracle_said){true, t_us, track_e3};
}

void oracle_flight_hear(oracle_flight *f, const oracle_report *r, int64_t expire_us)
{
    const bool newer = r->t_us >= f->newest_us;
    const int64_t newest_us = newer ? r->t_us : f->newest_us;
    say(&f->alt, r->has_alt, r->alt_ft, r->t_us, newest_us, expire_us);
    say(&f->speed, r->has_course, r->speed_kt_e3, r->t_us, newest_us, expire_us);
    say(&f->track, r->has_course, r->track_deg_e3, r->t_us, newest_us, expire_us);
    say(&f->rate, r->has_rate, r->rate_fpm, r->t_us, newest_us, expire_us);
    say(&f->nac_p, r->has_nac_p, r->nac_p, r->t_us, newest_us, expire_us);
    say(&f->squawk, r->has_squawk, r->squawk, r->t_us, newest_us, expire_us);
    say(&f->selected, r->has_selected, r->selected_ft, r->t_us, newest_us, expire_us);
    say(&f->emergency, r->has_emergency, r->emergency, r->t_us, newest_us, expire_us);
    f->newest_us = newest_us;
    if (newer && r->has_alt) {
        make_rate(f, r->t_us, r->alt_ft);
    }
    if (newer && r->has_course) {
        hear_course(f, r->t_us, r->track_deg_e3);
    }
}

/* Courses are kept that came at least a second after the last one kept; the sample of the turn is
 * the newest kept that is 4 s old. A silence of more than 15 s forgets them. */
static double turn_rate(const oracle_flight *f, int64_t now_us)
{
    static oracle_said kept[ORACLE_COURSES];
    uint32_t count = 0;
    for (uint32_t i = 0; i < f->course_count; i++) {
        const oracle_said *const c = &f->courses[i];
        if (i > 0 && c->t_us - f->courses[i - 1].t_us > 15 * (int64_t)S) {
            count = 0;
        }
        if (count == 0 || c->t_us - kept[count - 1].t_us >= (int64_t)S) {
            kept[count++] = *c;
        }
    }
    while (count-- > 0) {
        const double age_s = (double)(now_us - kept[count].t_us) / S;
        if (age_s > 15.0) {
            break;
        }
        if (age_s >= 4.0) {
            const double rate =
                turn_deg(kept[count].value, f->courses[f->course_count - 1].value) / age_s;
            return fmax(-6.0, fmin(6.0, rate));
        }
    }
    return 0.0;
}

static double unrest_of(const oracle_flight *f, double speed_mps, bool has_alt, int32_t alt_ft)
{
    static const double turns[] = {0.0, 0.12, 0.35, 0.75, 1.7, 4.0, 8.0, 20.0};
    static const double leaves[] = {0.0008, 0.0016, 0.008, 0.0145, 0.035, 0.072, 0.107, 0.15};
    const double turn = f->course_count > 0 ? f->turned_deg / f->span_s : 0.5;
    double unrest = leaves[7];
    for (int i = 6; i >= 0; i--) {
        if (turn < turns[i + 1]) {
            unrest = leaves[i] +
                     (leaves[i + 1] - leaves[i]) * (turn - turns[i]) / (turns[i + 1] - turns[i]);
        }
    }
    const double fast = fmax(0, fmin(1, (speed_mps - 50.0) / 60.0));
    const double high = has_alt ? fmax(0, fmin(1, (alt_ft - 5000.0) / 7000.0)) : 0;
    return unrest * (1 - 0.7 * fmax(fast, high)) * (has_alt && alt_ft < 2000 ? 1.7 : 1.0);
}

/* --- the ways -----------------------------------------------------------------------------------
 */

/* Units of 1e-7 degrees from the origin, and when. */
typedef struct {
    double x;
    double y;
    double t;
} spot;

#define SPOTS 80
typedef struct {
    spot spots[SPOTS]; /* all of it, from the target on */
    int count;
    double branch_s; /* before: as the first way */
    double weight;
    double kept_from_s;
    bool only_beyond;
    char heads;
} way;

#define WAYS 16
typedef struct {
    way ways[WAYS];
    int count;
    double unrest;
    double horizon_s;
    double speed; /* units of latitude a second */
    double narrow;
} fan;

static void go(const fan *f, spot *at, double course_deg, double span_s, double share)
{
    at->x += f->speed * share * span_s * sin(course_deg * RAD) / f->narrow;
    at->y += f->speed * share * span_s * cos(course_deg * RAD);
    at->t += span_s;
}

static void put(way *w, spot at)
{
    assert(w->count < SPOTS);
    w->spots[w->count++] = at;
}

static way *new_way(fan *f, double branch_s, double weight, double kept_from_s, char heads)
{
    assert(f->count < WAYS);
    way *const w = &f->ways[f->count++];
    *w = (way){.branch_s = branch_s, .weight = weight, .kept_from_s = kept_from_s, .heads = heads};
    /* As the first way until it branches off. */
    for (int i = 0; f->count > 1 && i < f->ways[0].count; i++) {
        const spot *const s = &f->ways[0].spots[i];
        if (s->t < branch_s) {
            put(w, *s);
        } else if (i > 0 && f->ways[0].spots[i - 1].t < branch_s) {
            const spot *const a = s - 1;
            const double share = (branch_s - a->t) / (s->t - a->t);
            put(w, (spot){a->x + share * (s->x - a->x), a->y + share * (s->y - a->y), branch_s});
        }
    }
    return w;
}

static void draw_straight(fan *f, double course_deg, double turn_deg_s, double off_deg,
                          double weight)
{
    way *const w = new_way(f, 0.0, weight, 0.0, 's');
    spot at = {0, 0, 0};
    double to = course_deg + off_deg;
    put(w, at);
    while (turn_deg_s != 0.0 && at.t < fmin(20.0, f->horizon_s)) {
        const double span_s = fmin(10.0, fmin(20.0, f->horizon_s) - at.t);
        go(f, &at, to + turn_deg_s * span_s / 2, span_s, 1.0);
        to += turn_deg_s * span_s;
        put(w, at);
    }
    if (at.t < f->horizon_s) {
        go(f, &at, to, f->horizon_s - at.t, 1.0);
        put(w, at);
    }
}

/* The turn that it has goes on for 2, 9, 19, 34 s or for ever, then straight. */
static void draw_turns(fan *f, double course_deg, double turn_deg_s)
{
    static const double cuts[] = {0, 6, 14, 26, 45};
    static const double ends[] = {2, 9, 19, 34};
    const double step_s = 15.0 / fabs(turn_deg_s);
    const double until_s = fmin(f->horizon_s, 360.0 / fabs(turn_deg_s));
    const double half = turn_deg_s < 0 ? -7.5 : 7.5;
    int tails = 0;
    while (tails < 4 && ends[tails] <= until_s) {
        tails++;
    }
    way *const round = new_way(f, 0.0, exp(-cuts[tails] / 20.0), 1e9, 't');
    spot at = {0, 0, 0};
    put(round, at);
    for (int i = 0; at.t < until_s; i++) {
        go(f, &at, course_deg + (2 * i + 1) * half, fmin(step_s, until_s - at.t), 0.99714);
        put(round, at);
    }
    for (int k = 0; k < tails; k++) {
        way *const w =
            new_way(f, ends[k], exp(-cuts[k] / 20.0) - exp(-cuts[k + 1] / 20.0), ends[k], 't');
        int chord = 0;
        while (round->spots[chord + 1].t < ends[k]) {
            chord++;
        }
        spot from = round->spots[chord];
        const double course = course_deg + 2 * chord * half + turn_deg_s * (ends[k] - from.t);
        go(f, &from, course_deg + (2 * chord + 1) * half, ends[k] - from.t, 0.99714);
        put(w, from);
        if (ends[k] < f->horizon_s) {
            go(f, &from, course, f->horizon_s - ends[k], 1.0);
            put(w, from);
        }
    }
}

/* It begins to turn at 2 degrees a second after 6, 21 or 36 s, straight until then. */
static void draw_begun(fan *f, double course_deg)
{
    static const double cuts[] = {0, 12, 30};
    static const double begins[] = {6, 21, 36};
    if (1 - exp(-f->unrest * f->horizon_s) < 0.08) {
        return;
    }
    double left = 1.0;
    for (int i = 0; i < 3 && begins[i] < f->horizon_s; i++) {
        const double until_s = i < 2 ? fmin(cuts[i + 1], f->horizon_s) : f->horizon_s;
        const double still = exp(-f->unrest * until_s);
        for (int side = -1; side <= 1; side += 2) {
            way *const w = new_way(f, begins[i], (left - still) / 2, 1e9, 't');
            w->only_beyond = true;
            spot at = {0, 0, 0};
            go(f, &at, course_deg, begins[i], 1.0);
            put(w, at);
            const double end_s = fmin(f->horizon_s, begins[i] + 180.0);
            for (int k = 0; at.t < end_s; k++) {
                go(f, &at, course_deg + side * (7.5 + 15.0 * k), fmin(7.5, end_s - at.t), 0.99714);
                put(w, at);
            }
        }
        left = still;
    }
}

static void draw(fan *f, double course_deg, double turn_deg_s, double speed_mps)
{
    static const double offs[] = {0, 3, -3, 8, -8};
    static const double weights[] = {0.5, 0.17, 0.17, 0.08, 0.08};
    const double steady = 1 - 0.5 * fmax(0, fmin(1, (speed_mps - 50.0) / 60.0));
    f->count = 0;
    if (fabs(turn_deg_s) >= 1.0) {
        draw_turns(f, course_deg, turn_deg_s);
        return;
    }
    const double small = fabs(turn_deg_s) < 0.1 ? 0.0 : turn_deg_s;
    for (int i = 0; i < 5; i++) {
        draw_straight(f, course_deg, small, offs[i] * steady, weights[i]);
    }
    draw_begun(f, course_deg);
}

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
static double first_crossing(const lee_area *area, lee_point origin, const spot *a, const spot *b,
                             double from_s)
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

static bool box_misses(const lee_area *area, lee_point origin, const way *w, double more)
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
static double enters(const lee_area *area, lee_point origin, const way *w, double from_s,
                     double until_s)
{
    double first = 1e9;
    if (box_misses(area, origin, w, 1000)) {
        return first;
    }
    for (int i = 0; i + 1 < w->count && first >= 1e9; i++) {
        const spot *const a = &w->spots[i];
        const spot *const b = &w->spots[i + 1];
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
    const spot *const last = &w->spots[w->count - 1];
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

/* Zones that exempt the target, with when it is in them by its height. */
typedef struct {
    const lee_zone *zones[ORACLE_LANES_MAX];
    window windows[ORACLE_LANES_MAX];
    int count;
} past;

/* Leave is not guessed: a height that is reached and left again ahead is none. The engine climbs in
 * whole feet: more_ft may be the one that it is wrong by. */
static past past_of(const oracle_lanes *lanes, const oracle_place *now, double rate_fpm,
                    double selected_s, double horizon_s, int32_t more_ft)
{
    past p = {.count = 0};
    oracle_place at = *now;
    at.alt_ft += more_ft;
    for (size_t i = 0; i < lanes->count; i++) {
        const lee_zone *const lane = lanes->zones[i];
        window w = window_of(lane, false, &at, rate_fpm, selected_s, horizon_s);
        if (!oracle_active_at(lane, now->t_us) || !oracle_is_certain(lane, now) ||
            (w.from_s > 0 && w.until_s[HELD] < horizon_s)) {
            continue;
        }
        keep_to_hours(lane, now->t_us, &w);
        p.zones[p.count] = lane;
        p.windows[p.count++] = w;
    }
    return p;
}

#define INSTANTS 1024
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

static void add_crossings(const lee_area *area, lee_point origin, const way *w, instants *all)
{
    for (int i = 0; i + 1 < w->count; i++) {
        double t_s = w->spots[i].t;
        while ((t_s = first_crossing(area, origin, &w->spots[i], &w->spots[i + 1], t_s)) < 1e9) {
            add_instant(all, t_s);
            t_s += 1e-9;
        }
    }
}

static spot spot_at(const way *w, double t_s)
{
    int i = 0;
    while (i + 2 < w->count && w->spots[i + 1].t <= t_s) {
        i++;
    }
    const spot *const a = &w->spots[i];
    const spot *const b = &w->spots[i + 1];
    const double share = b->t > a->t ? fmin(1, (t_s - a->t) / (b->t - a->t)) : 0;
    return (spot){a->x + share * (b->x - a->x), a->y + share * (b->y - a->y), t_s};
}

/* Every instant at which anything changes; the first stretch between two that is in the zone and in
 * no lane, and longer than the engine takes for rounding. */
static double enters_past(const past *p, int end, const lee_area *area, lee_point origin,
                          const way *w, double from_s, double until_s)
{
    static instants all;
    all.count = 0;
    add_instant(&all, from_s);
    add_instant(&all, until_s);
    add_crossings(area, origin, w, &all);
    for (int i = 0; i < p->count; i++) {
        add_crossings(&p->zones[i]->area, origin, w, &all);
        add_instant(&all, p->windows[i].from_s);
        add_instant(&all, p->windows[i].until_s[end]);
    }
    qsort(all.t_s, (size_t)all.count, sizeof *all.t_s, by_number);
    double since_s = 1e9;
    for (int i = 0; i + 1 < all.count; i++) {
        const double start_s = all.t_s[i];
        const double end_s = all.t_s[i + 1];
        const double middle_s = (start_s + end_s) / 2;
        const spot at = spot_at(w, middle_s);
        bool left = start_s >= from_s && end_s <= until_s && holds_spot(area, origin, at.x, at.y);
        for (int k = 0; k < p->count; k++) {
            const window *const in = &p->windows[k];
            left &= !(middle_s > in->from_s && middle_s < in->until_s[end] &&
                      holds_spot(&p->zones[k]->area, origin, at.x, at.y));
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

static answer ask(const fan *f, const lee_zone *zone, const past *p, lee_point origin,
                  const window *w)
{
    answer a = {0};
    double best = 0;
    for (int i = 0; i < f->count; i++) {
        const way *const one = &f->ways[i];
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
                            const oracle_flight *flight, const oracle_place *now, double speed_mps,
                            double rate_fpm, double selected_s, double horizon_s)
{
    const double x = (90.0 - fabs(now->point.lat_e7 * 1e-7)) * RAD;
    fan f = {.horizon_s = horizon_s,
             .speed = speed_mps / UNIT_M,
             .unrest = unrest_of(flight, speed_mps, now->has_alt, now->alt_ft),
             /* The plane's cosine of latitude: four terms. */
             .narrow = x - pow(x, 3) / 6 + pow(x, 5) / 120 - pow(x, 7) / 5040};
    const double turn = turn_rate(flight, now->t_us);
    draw(&f, flight->track.value * 1e-3, turn, speed_mps);
    window w = window_of(zone, true, now, rate_fpm, selected_s, horizon_s);
    keep_to_hours(zone, now->t_us, &w);
    const past p = past_of(lanes, now, rate_fpm, selected_s, horizon_s, 0);
    const answer a = ask(&f, zone, &p, now->point, &w);
    oracle_outlook o = {.guessed = true,
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
        const past q = past_of(lanes, now, rate_fpm, selected_s, horizon_s, i % 2 ? 1 : -1);
        const answer b = ask(&f, zone, rate_fpm == 0 ? &p : &q, near, &w);
        widen(&o.chance, b.chance, 1e-5);
        if (b.chance > 0) {
            widen(&o.entry_s, b.entry_s, 1e-3);
        }
        o.heads = a.heads == b.heads ? o.heads : 0;
    }
    /* A turn that is just about one, or just about none. */
    o.unsure |= fabs(fabs(turn) - 0.1) < 1e-9 || fabs(fabs(turn) - 1.0) < 1e-9;
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

/* Metres from the spot to the nearest edge, in the plane; 0 inside. */
static double off_area_m(const lee_area *area, lee_point origin, spot at, double narrow)
{
    double best = holds_spot(area, origin, at.x, at.y) ? 0 : INFINITY;
    for (uint32_t r = 0; r < area->count; r++) {
        const lee_ring *const ring = &area->rings[r];
        for (uint32_t i = 0; i < ring->count && best > 0; i++) {
            const lee_point a = ring->points[i];
            const lee_point b = ring->points[(i + 1) % ring->count];
            const double ax = ((double)a.lon_e7 - origin.lon_e7 - at.x) * UNIT_M * narrow;
            const double ay = ((double)a.lat_e7 - origin.lat_e7 - at.y) * UNIT_M;
            const double ex = ((double)b.lon_e7 - a.lon_e7) * UNIT_M * narrow;
            const double ey = ((double)b.lat_e7 - a.lat_e7) * UNIT_M;
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
        const spot at = {speed_mps * t_s * sin(course_deg * RAD) / UNIT_M / narrow,
                         speed_mps * t_s * cos(course_deg * RAD) / UNIT_M, t_s};
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

oracle_outlook oracle_look(const lee_zone *zone, const oracle_lanes *lanes,
                           const oracle_flight *flight, const oracle_place *now, int64_t expire_us,
                           int32_t of_all_s)
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
        return guess(zone, lanes, flight, now, speed_mps, rate_fpm, selected_s, horizon_s);
    }
    const oracle_spot end = oracle_go(now->point, flight->track.value * 1e-3, speed_mps * of_all_s);
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
