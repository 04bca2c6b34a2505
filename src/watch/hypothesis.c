/* Where a target may go from here, and how likely each way leads into a zone.
 *
 * A straight line is one guess of several: the chance of entry is the weight of the ways that lead
 * in. What is decided here is when to warn, never what is inside. docs/watch.md, "The chance of
 * entry", says how the numbers were found. */
#include "watch/state.h"

#include <assert.h>
#include <math.h>

#include "base/time_text.h"
#include "geo/chance.h"
#include "zone/schedule.h"

/* The plane serves within these; beyond them the straight line alone is asked. */
#define LAT_MAX_E7 800000000
#define LON_MAX_E7 1780000000
/* Turns that have less chance than this together are not drawn. */
#define TURNS_LEAST 0.08
/* More than sums of weights are rounded by. */
#define ROUNDED 1e-9
/* The share of climbs and descents that end within a minute, and when; below this rate: level. */
#define LEVELS_SHARE 0.3
#define LEVELS_AFTER_S 12.0
#define LEVEL_MAX_FPM 210
/* Where the crew's selected altitude lies ahead: the share that ends its climb or descent there,
 * and the share that ends it before. Of 175 climbs and descents of recorded traffic with less than
 * 90 s to go 61 % ended there, 9 % of these before; the others went on, mostly to a new selection.
 */
#define SELECTS_SHARE 0.55
#define SELECTS_EARLIER_SHARE 0.1

/* A limit of the zone and the altitude that is compared with it, in feet. */
typedef struct {
    bool binds;
    double limit_ft;
    double from_ft;
} level;

/* When the altitude keeps to both limits, if it goes on climbing or sinking as now; and until when
 * if that ends after LEVELS_AFTER_S, which changes nothing before. */
typedef struct {
    double from_s;
    double until_s;
    double level_until_s;    /* negative: never; so the next, */
    double selected_until_s; /* if it ends at the altitude selected */
    double levels;           /* the shares of those that end it, */
    double selects;          /* and that end it there; the rest goes on */
} window;

/* --- altitude -----------------------------------------------------------------------------------
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

/* Narrows from..until to where the altitude may keep to the limit, with the errors of the zone. */
static void keep_to(const level *l, bool is_upper, double rate_fps, const lee_zone_watch *watch,
                    double *from_s, double *until_s)
{
    if (!l->binds) {
        return;
    }
    const double above_ft = l->from_ft - l->limit_ft;
    /* > 0: kept to */
    const double start = (is_upper ? -above_ft : above_ft) + watch->vertical_error_ft;
    const double gain = (is_upper ? -rate_fps : rate_fps) + watch->vertical_growth_ft / 60.0;
    /* The floor is inside and the ceiling outside: much traffic flies level at one. */
    const bool is_out = start < 0.0 || (is_upper && start == 0.0);
    if (is_out && gain <= 0.0) {
        *until_s = -1.0;
    } else if (is_out) {
        *from_s = -start / gain > *from_s ? -start / gain : *from_s;
    } else if (gain < 0.0) {
        *until_s = start / -gain < *until_s ? start / -gain : *until_s;
    }
}

/* How long it takes to the altitude that the crew selected, as far as that is known and ahead;
 * negative: it is not. */
static double selected_after_s(const lee_moment *m)
{
    const lee_report *const last = &m->track->last;
    if (!m->now.altitude.has_baro ||
        lee_track_field_age(&m->watch->track_options, m->track, LEE_REPORT_INDEX_ALT_SELECTED,
                            m->now.t_us) == LEE_AGE_EXPIRED) {
        return -1.0;
    }
    const double way_ft = (double)last->alt_selected_ft - m->now.altitude.alt_baro_ft;
    return way_ft * m->course.rate_fpm > 0.0 ? way_ft * 60.0 / m->course.rate_fpm : -1.0;
}

/* Until when the limits are kept to by who ends its climb after so long, which changes nothing
 * before. */
static double ended_until_s(const window *w, double after_s, double horizon_s)
{
    return w->from_s > after_s ? -1.0 : w->until_s > after_s ? horizon_s : w->until_s;
}

static window window_of(const lee_moment *m, uint32_t zone, double horizon_s, bool *blurred)
{
    const lee_zone *const z = &m->watch->generation.list->zones[zone];
    const lee_band_altitude *const altitude = &m->now.altitude;
    const lee_limits baro = lee__volume_limits(m->watch, zone, &m->now, false, true);
    /* Nobody asks for them where the pressure altitude alone is known. */
    const bool by_baro = altitude->has_baro && !altitude->has_hae;
    const lee_limits hae = by_baro ? baro : lee__volume_limits(m->watch, zone, &m->now, true, true);
    const level lower =
        level_of(&z->lower, altitude, baro.lower_ft, hae.lower_ft, INT32_MIN, blurred);
    const level upper =
        level_of(&z->upper, altitude, baro.upper_ft, hae.upper_ft, INT32_MAX, blurred);
    window w = {.until_s = horizon_s};
    const double rate_fps = m->course.rate_fpm / 60.0;
    keep_to(&lower, false, rate_fps, &z->watch, &w.from_s, &w.until_s);
    keep_to(&upper, true, rate_fps, &z->watch, &w.from_s, &w.until_s);
    w.level_until_s = ended_until_s(&w, LEVELS_AFTER_S, horizon_s);
    const double selected_s = selected_after_s(m);
    w.selected_until_s = selected_s < 0.0 ? -1.0 : ended_until_s(&w, selected_s, horizon_s);
    const int32_t rate_fpm = m->course.rate_fpm;
    const bool is_level = rate_fpm > -LEVEL_MAX_FPM && rate_fpm < LEVEL_MAX_FPM;
    w.levels = is_level ? 0.0 : selected_s < 0.0 ? LEVELS_SHARE : SELECTS_EARLIER_SHARE;
    w.selects = is_level || selected_s < 0.0 ? 0.0 : SELECTS_SHARE;
    return w;
}

/* Narrows to while the zone is active, now or next. */
static void keep_to_hours(const lee_schedule *schedule, int64_t t_us, window *w)
{
    if (schedule->always) {
        return;
    }
    int64_t from_us = t_us;
    if (!lee_schedule_active(schedule, t_us) && !lee_schedule_next_edge(schedule, t_us, &from_us)) {
        w->until_s = -1.0;
        w->level_until_s = -1.0;
        w->selected_until_s = -1.0;
        return;
    }
    int64_t to_us = INT64_MAX;
    (void)lee_schedule_next_edge(schedule, from_us, &to_us);
    w->from_s = fmax(w->from_s, ((double)from_us - (double)t_us) * 1e-6);
    /* The last microsecond is not in it any more. */
    const double until_s = ((double)to_us - (double)t_us - 1.0) * 1e-6;
    w->until_s = fmin(w->until_s, until_s);
    w->level_until_s = fmin(w->level_until_s, until_s);
    w->selected_until_s = fmin(w->selected_until_s, until_s);
}

void lee__hypothesis_window(const lee_moment *m, uint32_t zone, double horizon_s, double *from_s,
                            double *until_s, bool *blurred)
{
    window w = window_of(m, zone, horizon_s, blurred);
    keep_to_hours(&m->watch->generation.list->zones[zone].schedule, m->now.t_us, &w);
    *from_s = w.from_s;
    *until_s = w.until_s;
}

/* --- reach --------------------------------------------------------------------------------------
 */

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
    const double reach_e7 =
        m->course.speed_mps * g->facts[zone].chance_s / LEE_PLANE_METRES_PER_E7 * 1.01;
    /* 1e-7 degrees of longitude are never longer than those of latitude by more than 0.7 %. */
    return out_of(box.min.lat_e7, box.max.lat_e7, p.lat_e7) <= reach_e7 &&
           out_of(box.min.lon_e7, box.max.lon_e7, p.lon_e7) * m->course.narrow <= reach_e7;
}

double lee__hypothesis_horizon_s(const lee_zone_watch *watch, bool over_ground)
{
    const double horizon_s = watch->warning_time_s * 1.2;
    return watch->alert_chance_pct <= 0 || over_ground ? -1.0
           : horizon_s < watch->look_ahead_s           ? horizon_s
                                                       : watch->look_ahead_s;
}

bool lee__hypothesis_plane_serves(lee_point p)
{
    return p.lat_e7 < LAT_MAX_E7 && p.lat_e7 > -LAT_MAX_E7 && p.lon_e7 < LON_MAX_E7 &&
           p.lon_e7 > -LON_MAX_E7;
}

/* --- one zone -----------------------------------------------------------------------------------
 */

static void draw(lee_moment *m, double horizon_s)
{
    if (m->fan.horizon_s == horizon_s) {
        return;
    }
    const lee_motion *const motion = &m->visit->motion;
    const lee_fan_motion moves = {
        .speed_mps = m->course.speed_mps,
        .track_deg = m->course.track_deg_e3 * 1e-3,
        .narrow = m->course.narrow,
        .turn_deg_s = lee__motion_rate(motion, m->now.t_us),
        .unrest = lee__motion_unrest(motion),
        .alt_ft = m->now.altitude.alt_baro_ft,
        .has_alt = m->now.altitude.has_baro,
    };
    lee__ahead_draw(&moves, horizon_s, &m->fan);
}

/* The likeliest way that enters is the one shown. */
typedef struct {
    lee_outlook *outlook;
    const lee_chance_asked *asked;
    double enough;
    double best;
    lee_fan_place entry;
} tally;

static void add(tally *t, double weight, lee_fan_place entry, lee_heads heads)
{
    t->outlook->chance += weight;
    t->outlook->shares[heads] += weight;
    if (weight > t->best) {
        t->best = weight;
        t->entry = entry;
        t->outlook->heads = heads;
    }
}

/* What one way says: with the climb held, and with it ended. */
static void ask(lee_fan *fan, const lee_fan_sight *sight, const window *w, uint32_t number,
                tally *t)
{
    lee_fan_place entry;
    if (!lee__ahead_enters(fan, sight, number, &entry)) {
        return;
    }
    const lee_fan_way *const way = &fan->ways[number];
    double weight = way->weight;
    if (entry.t_s > way->kept_from_s) {
        weight *= lee_exp_minus(fan->unrest * (entry.t_s - way->kept_from_s));
    }
    if (entry.t_s <= w->until_s) {
        add(t, weight * (1.0 - w->levels - w->selects), entry, way->heads);
    }
    const bool is_straight = way->heads == LEE_HEADS_STRAIGHT;
    const lee_heads ended = is_straight ? LEE_HEADS_LEVELLING : way->heads;
    if (w->levels > 0.0 && entry.t_s <= w->level_until_s) {
        add(t, weight * w->levels, entry, ended);
    }
    if (w->selects > 0.0 && entry.t_s <= w->selected_until_s) {
        add(t, weight * w->selects, entry, ended);
    }
}

/* Whether the ways not asked yet can change what follows: they have this weight, and none of them
 * more than `most`. */
static bool is_settled(tally *t, double weight, double most)
{
    const double chance = t->outlook->chance;
    const double least = t->asked->least;
    t->outlook->is_partial =
        chance >= least && ((t->asked->more == LEE_ASKED_ENOUGH && chance + weight < t->enough) ||
                            (t->asked->more == LEE_ASKED_LIKELIEST && t->best >= most));
    return t->outlook->is_partial || chance + weight < least;
}

static double most_of(const lee_fan *fan, uint32_t from, uint32_t to, double most)
{
    for (uint32_t i = from; i < to; i++) {
        most = fan->ways[i].weight > most ? fan->ways[i].weight : most;
    }
    return most;
}

/* The fan is drawn. */
static void look(lee_fan *fan, lee_fan_sight *sight, const window *w, tally *t)
{
    /* Few calm flights need to be drawn turning: it would not make them likely to enter. */
    double left = fan->turns_weight < TURNS_LEAST ? 0.0 : fan->turns_weight;
    lee__ahead_look(fan, sight);
    if (lee__ahead_may_enter(sight)) {
        const uint32_t count = fan->has_begun ? LEE_FAN_COURSES : fan->way_count;
        double courses = 1.0 + ROUNDED;
        for (uint32_t i = 0; i < count; i++) {
            ask(fan, sight, w, i, t);
            courses -= fan->ways[i].weight;
            if (t->asked->more != LEE_ASKED_ALL &&
                is_settled(t, courses + left, most_of(fan, i + 1, count, left / 2.0))) {
                return;
            }
        }
    }
    /* Turns to the left are as likely as those to the right. */
    if (left <= 0.0 || is_settled(t, left, left / 2.0)) {
        return;
    }
    if (!fan->has_begun) {
        lee__ahead_begin_turns(fan);
        lee__ahead_look_again(fan, sight);
    }
    if (!lee__ahead_may_enter(sight)) {
        return;
    }
    for (uint32_t i = LEE_FAN_COURSES; i < fan->way_count && !is_settled(t, left, left); i++) {
        ask(fan, sight, w, i, t);
        left -= fan->ways[i].weight;
    }
}

/* --- past lanes, and along routes ---------------------------------------------------------------
 *
 * Few targets have any, and for them each way is looked at the whole. */

/* How a climb or descent goes on. */
enum { HELD, LEVELS, SELECTS, ENDS };

typedef struct {
    const lee_moment *m;
    lee_lane_shape zone;
    lee_lanes lanes;
    double shares[ENDS];
    lee_lane_span windows[ENDS][1 + LEE_LANES_MAX]; /* of the zone, and of the lanes */
} passage;

static void set_windows(passage *p, const window *w, double horizon_s)
{
    const double selected_s = selected_after_s(p->m);
    p->shares[HELD] = 1.0 - w->levels - w->selects;
    p->shares[LEVELS] = w->levels;
    p->shares[SELECTS] = w->selects;
    p->windows[HELD][0] = (lee_lane_span){w->from_s, w->until_s};
    p->windows[LEVELS][0] = (lee_lane_span){w->from_s, w->level_until_s};
    p->windows[SELECTS][0] = (lee_lane_span){w->from_s, w->selected_until_s};
    for (uint32_t i = 0; i < p->lanes.count; i++) {
        const lee_lane *const lane = &p->lanes.lanes[i];
        const window of = {.from_s = lane->from_s, .until_s = lane->until_s};
        const double ends_s[ENDS] = {lane->until_s, ended_until_s(&of, LEVELS_AFTER_S, horizon_s),
                                     ended_until_s(&of, selected_s, horizon_s)};
        for (int end = 0; end < ENDS; end++) {
            p->windows[end][1 + i] = (lee_lane_span){of.from_s, fmin(ends_s[end], lane->ends_s)};
        }
    }
}

/* Adds what one way says; `unrest` is the chance a second that it is left after its kept_from_s. */
static void pass(const passage *p, const lee_fan_way *way, double weight, double unrest,
                 const lee_fan_place *places, uint32_t count, tally *t)
{
    lee_lane_spans zone;
    lee_lane_spans lanes[LEE_LANES_MAX];
    lee__lanes_spans(p->m, &p->zone, places, count, &zone);
    for (uint32_t i = 0; zone.count > 0 && i < p->lanes.count; i++) {
        lee__lanes_spans(p->m, &p->lanes.lanes[i].shape, places, count, &lanes[i]);
    }
    for (int end = 0; end < ENDS && zone.count > 0; end++) {
        const double t_s = p->shares[end] > 0.0
                               ? lee__lanes_first(&zone, p->windows[end][0], lanes,
                                                  p->windows[end] + 1, p->lanes.count)
                               : LEE_FAN_NEVER_S;
        if (t_s >= LEE_FAN_NEVER_S || (way->only_beyond && t_s <= way->branch_s)) {
            continue;
        }
        const double kept =
            t_s > way->kept_from_s ? lee_exp_minus(unrest * (t_s - way->kept_from_s)) : 1.0;
        const bool is_ended = end != HELD && way->heads == LEE_HEADS_STRAIGHT;
        add(t, weight * kept * p->shares[end], lee__lanes_place(places, count, t_s),
            is_ended ? LEE_HEADS_LEVELLING : way->heads);
    }
}

/* False: the target has no lane here, and follows no route. The fan is drawn. */
static bool look_past_lanes(lee_moment *m, const lee_fan_sight *sight, const window *w,
                            double horizon_s, tally *t)
{
    if (!lee__is_exempted(&m->watch->generation, sight->zone) && !lee__route_is_any(m->watch)) {
        return false;
    }
    passage p = {.m = m, .zone = {.zone = sight->zone, .in_area = sight->in_area}};
    const lee_route_ahead *const route = lee__route_ahead(m, horizon_s);
    lee__lanes_find(m, sight->zone, horizon_s, &p.lanes);
    if (p.lanes.count == 0 && !p.lanes.of_permit && route->weight <= 0.0) {
        return false;
    }
    if (sight->moves) {
        p.zone.moves = true;
        p.zone.mover = sight->mover;
        p.zone.north_m = LEE_PLANE_METRES_PER_E7;
        p.zone.east_m = LEE_PLANE_METRES_PER_E7 * m->course.narrow;
    }
    set_windows(&p, w, horizon_s);
    lee_fan *const fan = &m->fan;
    const bool is_calm = !fan->turns && fan->turns_weight < TURNS_LEAST;
    if (!fan->turns && !is_calm && !fan->has_begun) {
        lee__ahead_begin_turns(fan);
    }
    lee_fan_place places[LEE_FAN_PLACES + 1];
    for (uint32_t i = 0; i < (is_calm ? LEE_FAN_COURSES : fan->way_count); i++) {
        const uint32_t count = lee__ahead_places(fan, i, places);
        pass(&p, &fan->ways[i], fan->ways[i].weight * (1.0 - route->weight), fan->unrest, places,
             count, t);
    }
    if (route->weight > 0.0) {
        const lee_fan_way along = {.heads = LEE_HEADS_FOLLOWING, .kept_from_s = LEE_FAN_NEVER_S};
        pass(&p, &along, route->weight, 0.0, route->places, route->count, t);
        t->outlook->follows = route->weight;
        t->outlook->route = route->id;
        t->outlook->follows_axis = route->is_axis;
    }
    t->outlook->off_routes = p.lanes.of_permit;
    return true;
}

lee_outlook lee__hypothesis_look(lee_moment *m, uint32_t zone, bool in_area,
                                 const lee_chance_asked *asked)
{
    assert(lee__hypothesis_serves(m, zone));
    lee_outlook o = {0};
    if (!lee__hypothesis_may_reach(m, zone)) {
        return o;
    }
    const lee_zone *const z = &m->watch->generation.list->zones[zone];
    const double horizon_s = m->watch->generation.facts[zone].chance_s;
    window w = window_of(m, zone, horizon_s, &o.blurred);
    keep_to_hours(&z->schedule, m->now.t_us, &w);
    lee_fan_sight sight;
    sight.ways = &m->watch->generation.ways;
    sight.zone = zone;
    sight.origin = m->now.point;
    sight.in_area = in_area;
    sight.from_s = w.from_s;
    sight.until_s = w.levels > 0.0 ? fmax(w.until_s, w.level_until_s) : w.until_s;
    sight.until_s = w.selects > 0.0 ? fmax(sight.until_s, w.selected_until_s) : sight.until_s;
    if (sight.from_s > sight.until_s) {
        return o;
    }
    const lee_bubble *const bubble = lee__bubble_of(&m->watch->generation, zone);
    sight.moves = bubble;
    if (bubble) {
        sight.mover = lee__bubble_mover(m->watch, bubble, m->now.point, m->now.t_us, m->now.t_us,
                                        lee__time_after(m->now.t_us, (int64_t)(horizon_s * 1e6)));
    }
    const double speed_e7 = m->course.speed_mps / LEE_PLANE_METRES_PER_E7;
    sight.soonest_s = lee__ahead_soonest_s(&sight, speed_e7, m->course.narrow);
    const double soonest_s = in_area ? 0.0 : sight.soonest_s;
    if (soonest_s > sight.until_s) {
        o.entry = m->now.point; /* nothing to be drawn for: no edge can be reached in time */
        return o;
    }
    draw(m, horizon_s);
    tally t = {.outlook = &o,
               .asked = asked,
               .enough = soonest_s > asked->soon_s ? asked->enough : asked->enough_soon};
    if (!look_past_lanes(m, &sight, &w, horizon_s, &t)) {
        look(&m->fan, &sight, &w, &t);
    }
    o.entry_s = t.entry.t_s;
    o.entry = lee__lanes_point(m->now.point, t.entry);
    o.chance = o.chance < 1.0 ? o.chance : 1.0;
    return o;
}
