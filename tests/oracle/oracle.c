#include "oracle.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "oracle_ahead.h"
#include "oracle_area.h"
#include "oracle_earth.h"
#include "oracle_lanes.h"

#define S INT64_C(1000000)
#define FORGET_US (600 * S)

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

/* --- one target and one zone --------------------------------------------------------------------
 */

#define SEEN 64

typedef enum { NOTHING, PREDICTED, INSIDE } told_state;

/* What is remembered of the pair until nothing about it is open. */
typedef struct {
    told_state state;
    bool within; /* the last place judged was in the volume */
    bool near;
    bool heading;
    bool lost;
    bool blurred;
    bool has_cross;
    char leave; /* under which the incident runs: 0, p(ermitted), i(nhibited) */
    int first;  /* lee_event_kind with which an entry will begin */
    int hits;
    int misses;
    int ahead_hits;
    char seen[SEEN];       /* while nothing was told: inside, */
    char ahead_seen[SEEN]; /* and on its way in */
    int ahead_misses;
    int severity;
    int64_t lost_told_us;
    int64_t begun_us; /* by the clock alone, not by a report */
    int64_t told_us;
    int64_t cross_us;
    oracle_outlook ahead; /* the last that led in */
    double entry_told_s;
    double proof;
    bool proof_told;
} dealings;

typedef struct {
    const lee_zone *zone;
    const lee_zone_list *zones;
    const oracle_permits *permits;
    uint32_t zone_number;
    uint32_t target;
    int64_t expire_us;
    int64_t lost_us; /* 0: `lost` is never told */
    int32_t ahead_of_all_s;
    oracle_events *out;
    int64_t cut_us; /* from here on it is left out */
    bool may_cut;
    bool has_place;
    oracle_place at;
    oracle_flight flight;
    oracle_lanes lanes; /* as leave stands now */
    dealings now;
} play;

static void cut(play *p, int64_t t_us)
{
    assert(p->may_cut);
    p->cut_us = t_us < p->cut_us ? t_us : p->cut_us;
}

/* Whether the number is at most the limit; in doubt the pair is left out. */
static bool at_most(play *p, oracle_doubtful number, double limit, int64_t t_us)
{
    if ((number.low <= limit) != (number.high <= limit)) {
        cut(p, t_us);
    }
    return number.value <= limit;
}

static int64_t or_else(int32_t value, int32_t other)
{
    return value > 0 ? value : other;
}

/* How many of the last reports were hits; the newest stands first. */
static int count_of(const char *seen, int last)
{
    int count = 0;
    for (int i = 0; i < last && i < SEEN; i++) {
        count += seen[i];
    }
    return count;
}

static void push(char *seen, bool hit)
{
    memmove(seen + 1, seen, SEEN - 1);
    seen[0] = hit;
}

static bool is_confirmed(const play *p, int hits, const char *seen)
{
    const lee_zone_watch *const w = &p->zone->watch;
    return hits >= w->confirm ||
           (w->confirm_of > w->confirm && count_of(seen, w->confirm_of) >= w->confirm);
}

/* Nothing told, nothing that may still confirm anything. */
static bool is_nothing(const play *p)
{
    const dealings *const d = &p->now;
    const lee_zone_watch *const w = &p->zone->watch;
    const int last = w->confirm_of > w->confirm ? w->confirm_of - 1 : 0;
    return d->state == NOTHING && !d->within && !d->near && !d->heading &&
           count_of(d->seen, last) == 0 && count_of(d->ahead_seen, last) == 0;
}

static void forget(play *p)
{
    p->now = (dealings){0};
}

/* --- telling ------------------------------------------------------------------------------------
 */

static bool is_imminent(play *p, const oracle_outlook *ahead, int64_t t_us)
{
    const int32_t imminent_s = p->zone->watch.imminent_s;
    return imminent_s > 0 && at_most(p, ahead->entry_s, imminent_s, t_us);
}

static int severity_of(play *p, int64_t t_us, int kind)
{
    dealings *const d = &p->now;
    if (kind == LEE_EVENT_LEFT || kind == LEE_EVENT_ENDED || kind == LEE_EVENT_VERDICT) {
        return d->severity;
    }
    if (d->leave || p->zone->entry == LEE_ENTRY_ALLOW) {
        return LEE_SEVERITY_LOW;
    }
    if (d->state == INSIDE) {
        return LEE_SEVERITY_HIGH;
    }
    if (d->heading && is_imminent(p, &d->ahead, t_us)) {
        return LEE_SEVERITY_MEDIUM;
    }
    return LEE_SEVERITY_LOW;
}

/* Metres to the nearest edge, or to a lane beside it. */
static double depth_of(const play *p)
{
    double best = oracle_edge_m(&p->zone->area, p->at.point);
    for (size_t i = 0; i < p->lanes.count; i++) {
        const lee_area *const area = &p->lanes.zones[i]->area;
        if (oracle_active_at(p->lanes.zones[i], p->at.t_us) &&
            !oracle_area_holds(area, p->at.point)) {
            best = fmin(best, oracle_edge_m(area, p->at.point));
        }
    }
    return best;
}

static void tell(play *p, int64_t t_us, int kind, char reason)
{
    dealings *const d = &p->now;
    oracle_event event = {.t_us = t_us,
                          .target = p->target,
                          .zone = p->zone_number,
                          .kind = kind,
                          .cross_us = -1,
                          .severity = severity_of(p, t_us, kind),
                          .entry_s = -1,
                          .p_inside = -1,
                          .depth_m = -1};
    const bool is_entry = kind == LEE_EVENT_ENTERED || kind == LEE_EVENT_CROSSED;
    event.cross_us = d->has_cross && (is_entry || kind == LEE_EVENT_LEFT) ? d->cross_us : -1;
    event.reason = reason ? reason : d->leave ? d->leave : '?';
    if (kind == LEE_EVENT_PREDICTED || (kind == LEE_EVENT_UPDATED && d->heading)) {
        const oracle_doubtful at_s = d->ahead.entry_s;
        event.entry_s = at_s.value;
        event.entry_doubt_s = at_s.high - at_s.low;
        d->entry_told_s = at_s.value;
        if (d->ahead.guessed) {
            event.p_inside = fmin(1, d->ahead.chance.value);
            event.p_doubt = d->ahead.chance.high - d->ahead.chance.low;
        }
    }
    if (kind == LEE_EVENT_VERDICT) {
        event.p_inside = d->proof;
        event.p_doubt = 0.006;
    }
    if (kind == LEE_EVENT_ENTERED || kind == LEE_EVENT_PRESENT) {
        event.depth_m = depth_of(p);
    }
    oracle_add(p->out, event);
    d->severity = event.severity;
    d->told_us = t_us;
}

static char verdict_word(play *p, int64_t t_us)
{
    const double doubt = 0.005;
    const oracle_doubtful proof = {-p->now.proof, -p->now.proof - doubt, -p->now.proof + doubt};
    const bool probable = at_most(p, proof, -0.9, t_us);
    return at_most(p, proof, -0.95, t_us) ? 'c' : probable ? 'p' : 'n';
}

static void end(play *p, int64_t t_us, char reason)
{
    dealings *const d = &p->now;
    tell(p, t_us, LEE_EVENT_ENDED, reason);
    if (d->state == INSIDE && p->zone->watch.map_error_m > 0) {
        tell(p, t_us, LEE_EVENT_VERDICT, verdict_word(p, t_us));
    }
    d->state = NOTHING;
    d->lost = false;
    d->has_cross = false;
    d->proof = 0;
    d->proof_told = false;
    memset(d->seen, 0, SEEN);
    memset(d->ahead_seen, 0, SEEN);
}

static void close_all(play *p, int64_t t_us, char reason)
{
    if (p->now.state != NOTHING) {
        end(p, t_us, reason);
    }
    forget(p);
}

/* --- leave --------------------------------------------------------------------------------------
 */

static bool concerns(const play *p, const oracle_permit *permit)
{
    return oracle_concerns(permit, p->target, p->zone_number);
}

static void find_lanes(play *p, int64_t t_us)
{
    oracle_find_lanes(p->zones, p->zone_number, p->permits, p->target, t_us, &p->lanes);
}

static bool holds(const play *p, const oracle_place *at)
{
    return oracle_holds(p->zone, at) && !oracle_exempted(&p->lanes, at);
}

/* 0: none; p: by a permit; i: by an inhibition. */
static char leave_at(const play *p, int64_t t_us)
{
    char leave = 0;
    for (size_t i = 0; i < p->permits->count; i++) {
        const oracle_permit *const permit = &p->permits->permits[i];
        if (concerns(p, permit) && t_us >= permit->from_us && t_us < permit->to_us &&
            leave != 'p') {
            leave = permit->is_inhibition ? 'i' : 'p';
        }
    }
    return leave;
}

static char either(char a, char b)
{
    return a == 'i' || b == 'i' ? 'i' : 'p';
}

static char inside_reason(const play *p)
{
    return p->now.leave ? 0 : p->now.blurred ? 'a' : '?';
}

/* Leave came or went around a target that is inside: one incident ends, another begins. */
static bool change_leave(play *p, int64_t t_us)
{
    const char leave = leave_at(p, t_us);
    if (!leave == !p->now.leave) {
        return false;
    }
    end(p, t_us, either(leave, p->now.leave));
    p->now.leave = leave;
    p->now.state = INSIDE;
    tell(p, t_us, LEE_EVENT_PRESENT, leave ? 0 : '?');
    return true;
}

/* --- time ---------------------------------------------------------------------------------------
 */

static void silence_until(play *p, int64_t t_us)
{
    dealings *const d = &p->now;
    const int64_t due_us = p->at.t_us + (p->lost_us > 0 ? p->lost_us : FORGET_US);
    if (!is_nothing(p) && !d->lost && due_us <= t_us) {
        int64_t at_us = due_us > d->begun_us ? due_us : d->begun_us;
        at_us = at_us > d->told_us ? at_us : d->told_us;
        const bool may_begin = (d->near || d->within) && !leave_at(p, at_us);
        if (p->lost_us == 0) {
            close_all(p, at_us, 'l');
        } else if (d->state != NOTHING || may_begin) {
            if (d->state == NOTHING) {
                d->state = PREDICTED;
                d->heading = false;
                d->leave = 0;
            }
            tell(p, at_us, LEE_EVENT_LOST, 0);
            d->lost = true;
            d->lost_told_us = at_us;
        } else {
            forget(p);
        }
    }
    const int64_t end_us = or_else(p->zone->watch.lost_end_s, 600) * S;
    if (d->lost && d->lost_told_us + end_us <= t_us) {
        close_all(p, d->lost_told_us + end_us, 'l');
    }
}

/* A floor at or below the ground binds nothing. */
static bool is_ground(const lee_alt_limit *limit, bool is_lower)
{
    return is_lower && limit->kind == LEE_LIMIT_VALUE && limit->alt.ref == LEE_ALT_AGL &&
           limit->alt.ft <= 0;
}

static bool is_blurred_in(const lee_zone *zone, const oracle_place *now)
{
    const lee_alt_limit *const lower = &zone->lower;
    return !now->has_alt && (zone->upper.kind == LEE_LIMIT_VALUE ||
                             (lower->kind == LEE_LIMIT_VALUE && !is_ground(lower, true)));
}

static bool is_blurred(const play *p, const oracle_place *now)
{
    return is_blurred_in(p->zone, now);
}

static void come_inside(play *p, int64_t t_us)
{
    dealings *const d = &p->now;
    const char leave = leave_at(p, t_us);
    if (d->state == PREDICTED && leave) {
        const bool has_cross = d->has_cross;
        end(p, t_us, leave);
        d->has_cross = has_cross;
    }
    d->leave = leave;
    d->state = INSIDE;
    d->lost = false;
    tell(p, t_us, d->first, inside_reason(p));
}

static void look_again_outside(play *p, bool active)
{
    p->now.hits = 0;
    p->now.proof = 0;
    p->now.within = false;
    p->now.near = p->now.near && active;
    if (is_nothing(p)) {
        forget(p);
    }
}

static void come_around(play *p, int64_t t_us, const oracle_place *now)
{
    dealings *const d = &p->now;
    d->begun_us = is_nothing(p) ? t_us : d->begun_us;
    d->within = true;
    d->near = false;
    d->heading = false;
    d->first = LEE_EVENT_PRESENT;
    d->hits = 1;
    d->proof = 0;
    push(d->seen, true);
    d->blurred = is_blurred(p, now);
    if (is_confirmed(p, d->hits, d->seen)) {
        come_inside(p, t_us);
    }
}

/* Of a target whose place has not expired. */
static void begin_zone(play *p, int64_t t_us)
{
    dealings *const d = &p->now;
    if (!p->has_place || t_us - p->at.t_us > p->expire_us || d->state == INSIDE || d->within) {
        return;
    }
    oracle_place now = p->at;
    now.has_alt = p->flight.alt.has && t_us - p->flight.alt.t_us <= p->expire_us;
    now.alt_ft = p->flight.alt.value;
    if (!holds(p, &now)) {
        look_again_outside(p, true);
        return;
    }
    come_around(p, t_us, &now);
}

/* Others begin or cease to exempt it where it was judged last. */
static void change_lanes(play *p, int64_t t_us)
{
    dealings *const d = &p->now;
    oracle_place at = p->at;
    at.t_us = t_us;
    if (!p->has_place || !oracle_holds(p->zone, &at) ||
        (d->state != INSIDE && t_us - p->at.t_us > p->expire_us)) {
        return;
    }
    const bool exempted = oracle_exempted(&p->lanes, &at);
    if (exempted && d->within) {
        close_all(p, t_us, 'p');
    } else if (!exempted && !d->within) {
        if (d->state == INSIDE) {
            d->within = true;
            d->misses = 0;
            d->hits = 1;
            push(d->seen, true);
            change_leave(p, t_us);
        } else {
            come_around(p, t_us, &at);
        }
    }
}

static void edge(play *p, int64_t t_us, bool by_schedule)
{
    dealings *const d = &p->now;
    silence_until(p, t_us - 1);
    find_lanes(p, t_us);
    const bool active = oracle_active_at(p->zone, t_us);
    int64_t next_us;
    if (!active && (d->state == INSIDE || !oracle_begins_soon(p->zone, t_us, &next_us))) {
        close_all(p, t_us, 'z');
        return;
    }
    if (!active && by_schedule) {
        look_again_outside(p, false);
    }
    if (d->state == INSIDE && d->within) {
        change_leave(p, t_us);
    } else if (d->state == PREDICTED || d->heading) {
        const char leave = leave_at(p, t_us);
        if (leave && d->state == PREDICTED) {
            end(p, t_us, leave);
        }
        d->leave = leave;
        if (is_nothing(p)) {
            forget(p);
        }
    }
    if (active && by_schedule) {
        begin_zone(p, t_us);
    } else if (active) {
        change_lanes(p, t_us);
    }
}

/* The first instant after after_us at which the zone's hours or a permit begin or end. */
static bool next_edge(const play *p, int64_t after_us, int64_t *out, bool *by_schedule)
{
    const lee_schedule *const s = &p->zone->schedule;
    int64_t hours_us = INT64_MAX;
    for (uint32_t i = 0; !s->always && i < s->count; i++) {
        oracle_take_edge(s->intervals[i].from_us, after_us, &hours_us);
        oracle_take_edge(s->intervals[i].to_us, after_us, &hours_us);
    }
    int64_t leave_us = INT64_MAX;
    oracle_lanes_edge(p->zones, p->zone_number, p->permits, p->target, after_us, &leave_us);
    for (size_t i = 0; i < p->permits->count; i++) {
        if (concerns(p, &p->permits->permits[i])) {
            oracle_take_edge(p->permits->permits[i].from_us, after_us, &leave_us);
            oracle_take_edge(p->permits->permits[i].to_us, after_us, &leave_us);
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

/* --- verdicts -----------------------------------------------------------------------------------
 */

static double normal_below(double x)
{
    return 0.5 * erfc(-x / sqrt(2.0));
}

static double chance_of_band(const play *p, const lee_zone *zone)
{
    const lee_alt_limit *const limits[] = {&zone->lower, &zone->upper};
    double error_ft = 0;
    if (is_blurred_in(zone, &p->at)) {
        return 0;
    }
    if (!p->at.has_alt) {
        return 1;
    }
    for (int i = 0; i < 2; i++) {
        if (limits[i]->kind == LEE_LIMIT_VALUE && limits[i]->alt.ref == LEE_ALT_AGL &&
            !is_ground(limits[i], i == 0)) {
            return 0; /* the ground is not known */
        }
        if (limits[i]->kind == LEE_LIMIT_VALUE && limits[i]->alt.ref == LEE_ALT_MSL) {
            error_ft = 1100 + abs(p->at.alt_ft) * 6 / 100;
        }
    }
    const double deviation_ft = sqrt(200.0 * 200.0 + error_ft * error_ft) / 2.0;
    int32_t limit = 0;
    double chance = 1;
    if (oracle_limit_ft(&zone->lower, &limit)) {
        chance = normal_below((p->at.alt_ft - limit) / deviation_ft);
    }
    if (oracle_limit_ft(&zone->upper, &limit)) {
        chance -= normal_below((p->at.alt_ft - limit) / deviation_ft);
    }
    return fmax(0, chance);
}

/* The chance that it is higher or lower than the lanes there. */
static double chance_beside(const play *p)
{
    double chance = 1;
    for (size_t i = 0; i < p->lanes.count; i++) {
        const lee_zone *const lane = p->lanes.zones[i];
        if (oracle_active_at(lane, p->at.t_us) && oracle_area_holds(&lane->area, p->at.point)) {
            chance *= oracle_is_certain(lane, &p->at) ? 1 - chance_of_band(p, lane) : 0;
        }
    }
    return chance;
}

static double position_error_m(const play *p)
{
    static const double by_nac_p[] = {0,     18520, 7408, 3704, 1852, 926,
                                      555.6, 185.2, 92.6, 30,   10,   3};
    const oracle_said *const said = &p->flight.nac_p;
    const bool known = said->has && p->at.t_us - said->t_us <= p->expire_us;
    return known && said->value > 0 && said->value < 12 ? by_nac_p[said->value] : 92.6;
}

static void weigh(play *p)
{
    dealings *const d = &p->now;
    if (p->zone->watch.map_error_m <= 0) {
        return;
    }
    const double position_m = position_error_m(p) / 2.4477;
    const double map_m = p->zone->watch.map_error_m / 1.96;
    const double depth_m = depth_of(p);
    const double area = 1 - exp(-depth_m * depth_m / 2 / (position_m * position_m + map_m * map_m));
    d->proof = fmax(d->proof, area * chance_of_band(p, p->zone) * chance_beside(p));
    if (d->state == INSIDE && !d->proof_told && d->hits >= 3 &&
        verdict_word(p, p->at.t_us) == 'c') {
        d->proof_told = true;
        tell(p, p->at.t_us, LEE_EVENT_VERDICT, 'c');
    }
}

/* --- reports ------------------------------------------------------------------------------------
 */

static int64_t time_at(const oracle_place *a, const oracle_place *b, oracle_ratio at)
{
    const oracle_big dt = (oracle_big)b->t_us - a->t_us;
    return a->t_us + (int64_t)(at.num * dt / at.den);
}

/* The way from the place before. */
typedef struct {
    bool known;
    bool blurred;
    size_t count;
    oracle_span first;
    oracle_span last;
    oracle_place from;
} way_here;

static void cross_at(play *p, int64_t t_us)
{
    p->now.has_cross = true;
    p->now.cross_us = t_us;
}

static void judge_inside(play *p, const way_here *way)
{
    dealings *const d = &p->now;
    const int64_t t_us = p->at.t_us;
    const bool was_blurred = d->blurred;
    if (!d->within && d->state != INSIDE) {
        const bool entered = p->has_place && !holds(p, &way->from);
        d->first = entered ? LEE_EVENT_ENTERED : LEE_EVENT_PRESENT;
        d->hits = 0;
        d->proof = 0;
        d->has_cross = d->has_cross && !entered;
        if (entered && way->known && !way->blurred) {
            const bool reaches = way->count > 0 && way->last.to.num == way->last.to.den;
            cross_at(p, reaches ? time_at(&way->from, &p->at, way->last.from) : t_us);
        }
    }
    d->within = true;
    d->near = false;
    d->heading = false;
    d->misses = 0;
    d->hits++;
    push(d->seen, true);
    d->blurred = is_blurred(p, &p->at);
    const bool was_told = d->state == INSIDE;
    if (was_told && change_leave(p, t_us)) {
        d->lost = false;
    } else if (!was_told && is_confirmed(p, d->hits, d->seen)) {
        come_inside(p, t_us);
    } else if (d->lost) {
        d->lost = false;
        tell(p, t_us, LEE_EVENT_UPDATED, 'h');
    } else if (was_told && was_blurred && !d->blurred) {
        tell(p, t_us, LEE_EVENT_UPDATED, 'a');
    }
    weigh(p);
}

/* Outside by more than the margins. */
static bool is_far(play *p, bool in_area)
{
    const lee_zone_watch *const w = &p->zone->watch;
    const oracle_level level =
        oracle_level_of(p->zone, p->at.has_alt, p->at.alt_ft, w->vertical_margin_ft);
    if (level == ORACLE_BELOW || level == ORACLE_ABOVE || oracle_exempted(&p->lanes, &p->at)) {
        return true;
    }
    if (in_area || w->lateral_margin_m <= 0) {
        return !in_area;
    }
    const double off_m = oracle_edge_m(&p->zone->area, p->at.point);
    const double doubt_m = 0.1 + 0.001 * off_m;
    const oracle_doubtful off = {off_m, off_m - doubt_m, off_m + doubt_m};
    return !at_most(p, off, w->lateral_margin_m, p->at.t_us);
}

static void judge_leaving(play *p, const way_here *way, bool in_area)
{
    dealings *const d = &p->now;
    if (d->within) {
        d->within = false;
        d->has_cross = false;
        if (way->known && !way->blurred) {
            const bool begins = way->count > 0 && way->first.from.num == 0;
            cross_at(p, begins ? time_at(&way->from, &p->at, way->first.to) : way->from.t_us);
        }
    }
    d->hits = 0;
    d->misses = is_far(p, in_area) ? d->misses + 1 : 0;
    if (d->misses > 0 && d->misses > p->zone->watch.hold) {
        tell(p, p->at.t_us, LEE_EVENT_LEFT, 0);
        close_all(p, p->at.t_us, 'l');
    } else if (d->lost) {
        d->lost = false;
        tell(p, p->at.t_us, LEE_EVENT_UPDATED, 'h');
    }
}

static void judge_crossed(play *p, const way_here *way)
{
    dealings *const d = &p->now;
    const char leave = leave_at(p, p->at.t_us);
    if (d->state == PREDICTED && leave) {
        end(p, p->at.t_us, leave);
    }
    d->leave = leave;
    d->heading = false;
    d->state = INSIDE;
    cross_at(p, time_at(&way->from, &p->at, way->first.from));
    tell(p, p->at.t_us, LEE_EVENT_CROSSED, leave ? 0 : way->blurred ? 'a' : '?');
    close_all(p, p->at.t_us, 'l');
}

/* --- ahead --------------------------------------------------------------------------------------
 */

static void tell_again(play *p)
{
    dealings *const d = &p->now;
    const int64_t t_us = p->at.t_us;
    if (t_us - d->told_us < S) {
        return;
    }
    const int severity = severity_of(p, t_us, LEE_EVENT_UPDATED);
    if (severity != d->severity) {
        tell(p, t_us, LEE_EVENT_UPDATED, 's');
    } else if (at_most(p, d->ahead.entry_s, d->entry_told_s / 2, t_us)) {
        tell(p, t_us, LEE_EVENT_UPDATED, 't');
    } else if (t_us - d->told_us >= or_else(p->zone->watch.update_s, 10) * S) {
        tell(p, t_us, LEE_EVENT_UPDATED, 'p');
    }
}

/* Whether the place follows from the one before. */
static bool is_plausible(play *p, const way_here *way)
{
    const double span_s = (double)(p->at.t_us - way->from.t_us) * 1e-6;
    if (!p->has_place || span_s > 600) {
        return true;
    }
    const double x = (90.0 - fabs(p->at.point.lat_e7 * 1e-7)) * 3.14159265358979323846 / 180.0;
    const double narrow = x - pow(x, 3) / 6 + pow(x, 5) / 120 - pow(x, 7) / 5040;
    const double speed_mps = p->flight.speed.value * 1852.0 / 3600000.0;
    const double way_m =
        0.0111195 * hypot((double)p->at.point.lat_e7 - way->from.point.lat_e7,
                          ((double)p->at.point.lon_e7 - way->from.point.lon_e7) * narrow);
    const oracle_doubtful went = {way_m, way_m - 1e-3, way_m + 1e-3};
    return at_most(p, went, speed_mps * (span_s + 2) * 1.5 + 300, p->at.t_us);
}

static bool is_enough(play *p, const way_here *way, const oracle_outlook *ahead)
{
    const lee_zone_watch *const w = &p->zone->watch;
    const int64_t t_us = p->at.t_us;
    const bool counted = is_confirmed(p, p->now.ahead_hits, p->now.ahead_seen);
    if (!ahead->guessed) {
        return is_imminent(p, ahead, t_us) ||
               (counted && at_most(p, ahead->entry_s, w->warning_time_s, t_us));
    }
    const oracle_doubtful less = {-ahead->chance.value, -ahead->chance.high, -ahead->chance.low};
    const bool likely =
        at_most(p, less, -w->alert_chance_pct * 0.01, t_us) ||
        (at_most(p, less, -(double)or_else(w->imminent_chance_pct, 70) * 0.01, t_us) &&
         is_imminent(p, ahead, t_us));
    return likely && (counted || is_plausible(p, way));
}

static void count_hit(play *p, const way_here *way, const oracle_outlook *ahead)
{
    dealings *const d = &p->now;
    const int64_t t_us = p->at.t_us;
    d->heading = true;
    d->ahead = *ahead;
    d->ahead_misses = 0;
    d->ahead_hits++;
    push(d->ahead_seen, true);
    const char leave = leave_at(p, t_us);
    if (leave && d->state == PREDICTED) {
        end(p, t_us, leave);
    }
    d->leave = leave;
    if (leave) {
        return;
    }
    if (d->state == PREDICTED && d->lost) {
        d->lost = false;
        tell(p, t_us, LEE_EVENT_UPDATED, 'h');
    } else if (d->state == PREDICTED) {
        tell_again(p);
    } else if (is_enough(p, way, ahead)) {
        d->state = PREDICTED;
        d->lost = false;
        tell(p, t_us, LEE_EVENT_PREDICTED,
             ahead->blurred                     ? 'a'
             : !oracle_active_at(p->zone, t_us) ? 'z'
             : ahead->guessed && ahead->heads   ? ahead->heads
                                                : '?');
    }
}

static void count_miss(play *p)
{
    dealings *const d = &p->now;
    d->heading = false;
    d->ahead_hits = 0;
    push(d->ahead_seen, false);
    if (d->state != PREDICTED) {
        d->leave = 0;
        return;
    }
    if (d->lost) {
        d->lost = false;
        tell(p, p->at.t_us, LEE_EVENT_UPDATED, 'h');
    }
    if (++d->ahead_misses > p->zone->watch.hold) {
        end(p, p->at.t_us, 'a');
    }
}

static void judge_outside(play *p, const way_here *way, bool active, bool soon)
{
    dealings *const d = &p->now;
    const bool in_area = oracle_area_holds(&p->zone->area, p->at.point);
    if (d->state == INSIDE) {
        judge_leaving(p, way, in_area);
        return;
    }
    d->hits = 0;
    d->proof = 0;
    d->within = false;
    d->near = false;
    push(d->seen, false);
    if (way->count > 0 && !(oracle_active_at(p->zone, way->from.t_us) && holds(p, &way->from))) {
        judge_crossed(p, way);
        return;
    }
    if (!active && !soon) {
        return;
    }
    const lee_zone_watch *const w = &p->zone->watch;
    d->near =
        active && (w->lateral_margin_m > 0 || w->vertical_margin_ft > 0) && !is_far(p, in_area);
    const oracle_outlook ahead =
        oracle_look(p->zone, &p->lanes, &p->flight, &p->at, p->expire_us, p->ahead_of_all_s);
    if (ahead.unsure) {
        cut(p, p->at.t_us);
    }
    if (ahead.heading) {
        count_hit(p, way, &ahead);
    } else {
        count_miss(p);
    }
}

static void judge(play *p, const oracle_place *now)
{
    way_here way = {.from = p->at};
    find_lanes(p, now->t_us);
    way.known = p->has_place && now->t_us - way.from.t_us <= p->lost_us;
    if (way.known) {
        way.count = oracle_volume_spans(p->zone, &p->lanes, &way.from, now, &way.first, &way.last,
                                        &way.blurred);
    }
    p->at = *now;
    const bool active = oracle_active_at(p->zone, now->t_us);
    int64_t next_us;
    const bool soon = oracle_begins_soon(p->zone, now->t_us, &next_us);
    if (!active && (!soon || p->now.state == INSIDE)) {
        close_all(p, now->t_us, 'z');
    }
    if (active && holds(p, now)) {
        judge_inside(p, &way);
    } else {
        judge_outside(p, &way, active, soon);
    }
    if (is_nothing(p)) {
        forget(p);
    }
    p->has_place = true;
}

typedef struct {
    const oracle_report *reports;
    const int64_t *clock_us; /* the newest time of all reports heard so far, by report */
    const uint32_t *mine;    /* numbers of this target's reports, in the order heard */
    size_t count;
} target_reports;

static bool says_same(const oracle_report *a, const oracle_report *b)
{
    return a->point.lat_e7 == b->point.lat_e7 && a->point.lon_e7 == b->point.lon_e7 &&
           a->has_alt == b->has_alt && (!a->has_alt || a->alt_ft == b->alt_ft) &&
           a->has_course == b->has_course &&
           (!a->has_course ||
            (a->speed_kt_e3 == b->speed_kt_e3 && a->track_deg_e3 == b->track_deg_e3)) &&
           a->has_rate == b->has_rate && (!a->has_rate || a->rate_fpm == b->rate_fpm) &&
           a->has_nac_p == b->has_nac_p && (!a->has_nac_p || a->nac_p == b->nac_p);
}

static void play_pair(play *p, const target_reports *heard, int64_t end_us)
{
    int64_t clock_us = INT64_MIN;
    oracle_flight_begin(&p->flight);
    for (size_t i = 0; i < heard->count && p->cut_us == INT64_MAX; i++) {
        const oracle_report *const r = &heard->reports[heard->mine[i]];
        if (heard->clock_us[heard->mine[i]] > clock_us) {
            pass(p, clock_us, heard->clock_us[heard->mine[i]]);
            clock_us = heard->clock_us[heard->mine[i]];
        }
        bool twice = false;
        for (size_t k = i; k-- > 0 && heard->reports[heard->mine[k]].t_us == r->t_us;) {
            twice |= says_same(&heard->reports[heard->mine[k]], r);
        }
        const bool late = r->t_us < p->flight.newest_us;
        if (twice && r->t_us == p->flight.newest_us) {
            continue;
        }
        oracle_flight_hear(&p->flight, r, p->expire_us);
        if (late) {
            continue;
        }
        const oracle_said *const alt = &p->flight.alt;
        const oracle_place now = {r->t_us, r->point,
                                  alt->has && r->t_us - alt->t_us <= p->expire_us, alt->value};
        judge(p, &now);
    }
    if (end_us > clock_us && p->cut_us == INT64_MAX) {
        pass(p, clock_us, end_us);
    }
}

static int32_t longest_look(const lee_zone_list *zones)
{
    int32_t most = 0;
    for (uint32_t z = 0; z < zones->count; z++) {
        most =
            zones->zones[z].watch.look_ahead_s > most ? zones->zones[z].watch.look_ahead_s : most;
    }
    return most;
}

void oracle_run(const lee_zone_list *zones, const oracle_permits *permits,
                const oracle_report *reports, size_t count, uint32_t target_count,
                int64_t expire_us, int64_t end_us, oracle_events *out, int64_t *cuts)
{
    uint32_t *const mine = malloc((count + 1) * sizeof *mine);
    int64_t *const clock_us = malloc((count + 1) * sizeof *clock_us);
    play *const p = malloc(sizeof *p);
    assert(mine && clock_us && p);
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
            p->zone = &zones->zones[z];
            p->zones = zones;
            p->lanes.count = 0;
            p->permits = permits;
            p->zone_number = z;
            p->target = target;
            p->expire_us = expire_us;
            p->lost_us = zones->zones[z].watch.lost_after_s * S;
            p->ahead_of_all_s = longest_look(zones);
            p->out = out;
            p->cut_us = INT64_MAX;
            p->may_cut = cuts != NULL;
            p->has_place = false;
            p->at = (oracle_place){0};
            p->now = (dealings){0};
            play_pair(p, &heard, end_us);
            if (cuts) {
                cuts[(size_t)target * zones->count + z] = p->cut_us;
            }
        }
    }
    free(p);
    free(mine);
    free(clock_us);
}
