#include "oracle.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "oracle_earth.h"
#include "oracle_play.h"

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

static bool is_confirmed(const oracle_play *p, int hits, const char *seen)
{
    const lee_zone_watch *const w = &p->zone->watch;
    return hits >= w->confirm ||
           (w->confirm_of > w->confirm && count_of(seen, w->confirm_of) >= w->confirm);
}

/* Nothing told, nothing that may still confirm anything. */
static bool is_nothing(const oracle_play *p)
{
    const oracle_dealings *const d = &p->now;
    const lee_zone_watch *const w = &p->zone->watch;
    const int last = w->confirm_of > w->confirm ? w->confirm_of - 1 : 0;
    return d->state == NOTHING && !d->within && !d->near && !d->heading &&
           count_of(d->seen, last) == 0 && count_of(d->ahead_seen, last) == 0;
}

static void forget(oracle_play *p)
{
    p->now = (oracle_dealings){0};
    oracle_rules_begin(&p->now);
}

/* --- telling ------------------------------------------------------------------------------------
 */

bool oracle_is_imminent(oracle_play *p, const oracle_outlook *ahead, int64_t t_us)
{
    const int32_t imminent_s = p->zone->watch.imminent_s;
    return imminent_s > 0 && oracle_at_most(p, ahead->entry_s, imminent_s, t_us);
}

void oracle_tell(oracle_play *p, int64_t t_us, int kind, char reason)
{
    oracle_dealings *const d = &p->now;
    oracle_event event = {.t_us = t_us,
                          .target = p->target,
                          .zone = p->zone_number,
                          .kind = kind,
                          .cross_us = -1,
                          .severity = oracle_severity(p, kind, t_us),
                          .words = oracle_words(p, kind, t_us),
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
        event.depth_m = oracle_depth_m(p);
    }
    oracle_add(p->out, event);
    d->severity = event.severity;
    d->told_us = t_us;
    /* What an event says of behaviour need not be told once more. */
    const bool says = kind != LEE_EVENT_LEFT && kind != LEE_EVENT_ENDED;
    d->behaviour_told |= says && kind != LEE_EVENT_VERDICT ? d->behaviour : 0;
}

static void end(oracle_play *p, int64_t t_us, char reason)
{
    oracle_dealings *const d = &p->now;
    oracle_tell(p, t_us, LEE_EVENT_ENDED, reason);
    if (d->state == INSIDE && p->zone->watch.map_error_m > 0) {
        oracle_tell(p, t_us, LEE_EVENT_VERDICT, oracle_verdict_word(p, t_us));
    }
    d->state = NOTHING;
    d->lost = false;
    d->has_cross = false;
    d->proof = 0;
    d->proof_told = false;
    memset(d->seen, 0, SEEN);
    memset(d->ahead_seen, 0, SEEN);
}

static void close_all(oracle_play *p, int64_t t_us, char reason)
{
    if (p->now.state != NOTHING) {
        end(p, t_us, reason);
    }
    forget(p);
}

static void find_lanes(oracle_play *p, int64_t t_us)
{
    if (p->has_lanes) {
        oracle_find_lanes(p->zones, p->zone_number, p->permits, p->target, t_us, &p->lanes);
    }
}

static bool holds(const oracle_play *p, const oracle_place *at)
{
    return oracle_holds(p->zone, at) && !oracle_exempted(&p->lanes, at);
}

static char either(char a, char b)
{
    return a == 'i' || b == 'i' ? 'i' : 'p';
}

static char inside_reason(const oracle_play *p)
{
    return p->now.leave ? 0 : p->now.blurred ? 'a' : '?';
}

/* Leave came or went around a target that is inside: one incident ends, another begins. */
static bool change_leave(oracle_play *p, int64_t t_us, char leave)
{
    if (!leave == !p->now.leave) {
        return false;
    }
    end(p, t_us, either(leave, p->now.leave));
    p->now.leave = leave;
    p->now.state = INSIDE;
    oracle_tell(p, t_us, LEE_EVENT_PRESENT, leave ? 0 : '?');
    return true;
}

/* --- time ---------------------------------------------------------------------------------------
 */

/* When the permit of who is inside will have heard nothing for too long; INT64_MAX: it may not. Not
 * before it was asked whether it holds. */
static int64_t breaks_us(const oracle_play *p)
{
    const int64_t asks_us = oracle_leave_silence_us(p);
    const int64_t at_us = p->at.t_us + asks_us;
    return asks_us == 0 ? INT64_MAX : at_us > p->now.asked_us ? at_us : p->now.asked_us;
}

static void break_leave(oracle_play *p, int64_t at_us)
{
    oracle_dealings *const d = &p->now;
    const char was = d->leave;
    d->broken[d->permit] = ORACLE_SILENT;
    const char leave = oracle_leave_at(p, at_us);
    if (leave == 'p' && at_us - p->at.t_us >= p->permits->permits[d->permit].report_s * S &&
        p->permits->permits[d->permit].report_s > 0) {
        break_leave(p, at_us);
    } else if (!leave) {
        d->leave = was;
        (void)change_leave(p, at_us, leave);
    }
}

static void go_dark(oracle_play *p, int64_t at_us)
{
    oracle_dealings *const d = &p->now;
    const bool may_begin = d->state == NOTHING && (d->near || d->within) && p->lost_us > 0 &&
                           !oracle_leave_at(p, at_us);
    if (p->lost_us == 0) {
        close_all(p, at_us, 'l');
    } else if (d->state != NOTHING || may_begin) {
        if (d->state == NOTHING) {
            d->state = PREDICTED;
            d->heading = false;
            d->leave = 0;
        }
        oracle_tell(p, at_us, LEE_EVENT_LOST, 0);
        d->lost = true;
        d->lost_told_us = at_us;
    } else {
        forget(p);
    }
    oracle_presence_note(p, at_us);
}

static void silence_until(oracle_play *p, int64_t t_us)
{
    oracle_dealings *const d = &p->now;
    while (!is_nothing(p)) {
        const int64_t end_us = d->lost_told_us + or_else(p->zone->watch.lost_end_s, 600) * S;
        int64_t dark_us = p->at.t_us + (p->lost_us > 0 ? p->lost_us : FORGET_US);
        dark_us = dark_us > d->begun_us ? dark_us : d->begun_us;
        dark_us = d->lost ? end_us : dark_us > d->told_us ? dark_us : d->told_us;
        const int64_t break_us = breaks_us(p);
        if (break_us <= dark_us && break_us <= t_us) {
            break_leave(p, break_us);
        } else if (dark_us > t_us) {
            return;
        } else if (d->lost) {
            close_all(p, dark_us, 'l');
            oracle_presence_note(p, dark_us);
        } else {
            go_dark(p, dark_us);
        }
    }
}

static void come_inside(oracle_play *p, int64_t t_us, char leave)
{
    oracle_dealings *const d = &p->now;
    if (d->state == PREDICTED && leave) {
        const bool has_cross = d->has_cross;
        end(p, t_us, leave);
        d->has_cross = has_cross;
    }
    d->leave = leave;
    d->state = INSIDE;
    d->lost = false;
    oracle_tell(p, t_us, d->first, inside_reason(p));
}

static void look_again_outside(oracle_play *p, bool active)
{
    p->now.hits = 0;
    p->now.proof = 0;
    p->now.within = false;
    p->now.near = p->now.near && active;
    if (is_nothing(p)) {
        forget(p);
    }
}

static void come_around(oracle_play *p, int64_t t_us, const oracle_place *now)
{
    oracle_dealings *const d = &p->now;
    d->begun_us = is_nothing(p) ? t_us : d->begun_us;
    d->within = true;
    d->near = false;
    d->heading = false;
    d->first = LEE_EVENT_PRESENT;
    d->hits = 1;
    d->proof = 0;
    push(d->seen, true);
    d->blurred = oracle_is_blurred(p, now);
    const char leave = oracle_leave_at(p, t_us);
    if (is_confirmed(p, d->hits, d->seen)) {
        come_inside(p, t_us, leave);
    }
}

/* Of a target whose place has not expired. */
static void begin_zone(oracle_play *p, int64_t t_us)
{
    oracle_dealings *const d = &p->now;
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
static void change_lanes(oracle_play *p, int64_t t_us)
{
    oracle_dealings *const d = &p->now;
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
            (void)change_leave(p, t_us, oracle_leave_at(p, t_us));
        } else {
            come_around(p, t_us, &at);
        }
    }
}

static void edge(oracle_play *p, int64_t t_us, bool by_schedule, bool by_leave)
{
    oracle_dealings *const d = &p->now;
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
        (void)change_leave(p, t_us, oracle_leave_at(p, t_us));
    } else if (by_leave && (d->state == PREDICTED || d->heading)) {
        const char leave = oracle_leave_ahead(p, t_us);
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
static bool next_edge(const oracle_play *p, int64_t after_us, int64_t *out, bool *by_schedule,
                      bool *by_leave)
{
    const lee_schedule *const s = &p->zone->schedule;
    int64_t hours_us = INT64_MAX;
    for (uint32_t i = 0; !s->always && i < s->count; i++) {
        oracle_take_edge(s->intervals[i].from_us, after_us, &hours_us);
        oracle_take_edge(s->intervals[i].to_us, after_us, &hours_us);
    }
    int64_t leave_us = INT64_MAX;
    if (p->has_lanes) {
        oracle_lanes_edge(p->zones, p->zone_number, p->permits, p->target, after_us, &leave_us);
    }
    for (size_t i = 0; i < p->permits->count; i++) {
        if (oracle_permit_concerns(p, &p->permits->permits[i])) {
            oracle_take_edge(p->permits->permits[i].from_us, after_us, &leave_us);
            oracle_take_edge(p->permits->permits[i].to_us, after_us, &leave_us);
            oracle_take_edge(p->permits->permits[i].granted_us, after_us, &leave_us);
            oracle_take_edge(p->permits->permits[i].revoked_us, after_us, &leave_us);
        }
    }
    *out = hours_us < leave_us ? hours_us : leave_us;
    *by_schedule = hours_us == *out;
    *by_leave = leave_us == *out;
    return *out != INT64_MAX;
}

/* Everything that time alone does after from_us up to t_us. */
static void pass(oracle_play *p, int64_t from_us, int64_t t_us)
{
    int64_t at_us = from_us;
    bool by_schedule = false;
    bool by_leave = false;
    while (next_edge(p, at_us, &at_us, &by_schedule, &by_leave) && at_us <= t_us) {
        edge(p, at_us, by_schedule, by_leave);
        oracle_presence_note(p, at_us);
    }
    silence_until(p, t_us);
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

static void cross_at(oracle_play *p, int64_t t_us)
{
    p->now.has_cross = true;
    p->now.cross_us = t_us;
}

/* Likely enough, or near enough where the line decides. */
static bool is_likely(oracle_play *p, const oracle_outlook *ahead)
{
    const lee_zone_watch *const w = &p->zone->watch;
    const int64_t t_us = p->at.t_us;
    if (!ahead->guessed) {
        return oracle_at_most(p, ahead->entry_s, w->warning_time_s, t_us);
    }
    const oracle_doubtful less = {-ahead->chance.value, -ahead->chance.high, -ahead->chance.low};
    return oracle_at_most(p, less, -w->alert_chance_pct * 0.01, t_us) ||
           (oracle_at_most(p, less, -(double)or_else(w->imminent_chance_pct, 70) * 0.01, t_us) &&
            oracle_is_imminent(p, ahead, t_us));
}

static oracle_outlook look(oracle_play *p)
{
    const oracle_routes routes = oracle_routes_of(p);
    const oracle_outlook ahead = oracle_look(p->zone, &p->lanes, &routes, &p->flight, &p->at,
                                             p->expire_us, p->ahead_of_all_s);
    if (ahead.unsure) {
        oracle_cut(p, p->at.t_us);
    }
    return ahead;
}

/* Inside by a permit with a route alone, and about to leave it. */
static void judge_route(oracle_play *p, char leave)
{
    oracle_dealings *const d = &p->now;
    const bool was = d->behaviour & ORACLE_LEAVING;
    d->behaviour &= ~(uint32_t)ORACLE_LEAVING;
    if (leave == 'p' && p->permits->permits[d->permit].route_count > 0 &&
        p->zone->watch.look_ahead_s > 0 && !oracle_has_other_leave(p)) {
        const oracle_outlook ahead = look(p);
        const bool leads_off = ahead.heading && ahead.off_routes;
        d->behaviour |= leads_off && (was || is_likely(p, &ahead)) ? ORACLE_LEAVING : 0;
    }
    d->behaviour_told &= d->behaviour;
}

static void judge_inside(oracle_play *p, const way_here *way)
{
    oracle_dealings *const d = &p->now;
    const int64_t t_us = p->at.t_us;
    const bool was_blurred = d->blurred;
    const bool was_within = d->within;
    if (!d->within && d->state != INSIDE) {
        d->behaviour |= p->has_place ? 0 : ORACLE_APPEARED;
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
    d->blurred = oracle_is_blurred(p, &p->at);
    const bool was_told = d->state == INSIDE;
    oracle_rules_note(p);
    const char leave = oracle_leave_inside(p, was_within, way->from.t_us);
    judge_route(p, leave);
    if (was_told && change_leave(p, t_us, leave)) {
        d->lost = false;
    } else if (!was_told && is_confirmed(p, d->hits, d->seen)) {
        come_inside(p, t_us, leave);
    } else if (d->lost) {
        d->lost = false;
        oracle_tell(p, t_us, LEE_EVENT_UPDATED, 'h');
    } else if (was_told && was_blurred && !d->blurred) {
        oracle_tell(p, t_us, LEE_EVENT_UPDATED, 'a');
    }
    oracle_weigh(p);
    oracle_rules_tell(p);
}

/* Outside by more than the margins. */
static bool is_far(oracle_play *p, bool in_area)
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
    return !oracle_at_most(p, oracle_about_m(oracle_edge_m(&p->zone->area, p->at.point)),
                           w->lateral_margin_m, p->at.t_us);
}

static void judge_leaving(oracle_play *p, const way_here *way, bool in_area)
{
    oracle_dealings *const d = &p->now;
    if (d->within) {
        d->within = false;
        d->has_cross = false;
        if (way->known && !way->blurred) {
            const bool begins = way->count > 0 && way->first.from.num == 0;
            cross_at(p, begins ? time_at(&way->from, &p->at, way->first.to) : way->from.t_us);
        }
    }
    d->hits = 0;
    oracle_rules_note(p);
    d->misses = is_far(p, in_area) ? d->misses + 1 : 0;
    if (d->misses > 0 && d->misses > p->zone->watch.hold) {
        oracle_tell(p, p->at.t_us, LEE_EVENT_LEFT, 0);
        close_all(p, p->at.t_us, 'l');
        return;
    }
    if (d->lost) {
        d->lost = false;
        oracle_tell(p, p->at.t_us, LEE_EVENT_UPDATED, 'h');
    }
    oracle_rules_tell(p);
}

static void judge_crossed(oracle_play *p, const way_here *way)
{
    oracle_dealings *const d = &p->now;
    const char leave = oracle_leave_at(p, p->at.t_us);
    if (d->state == PREDICTED && leave) {
        end(p, p->at.t_us, leave);
    }
    d->leave = leave;
    d->heading = false;
    d->state = INSIDE;
    cross_at(p, time_at(&way->from, &p->at, way->first.from));
    oracle_tell(p, p->at.t_us, LEE_EVENT_CROSSED, leave ? 0 : way->blurred ? 'a' : '?');
    close_all(p, p->at.t_us, 'l');
}

/* --- ahead --------------------------------------------------------------------------------------
 */

static void tell_again(oracle_play *p)
{
    oracle_dealings *const d = &p->now;
    const int64_t t_us = p->at.t_us;
    if (t_us - d->told_us < S) {
        return;
    }
    const int severity = oracle_severity(p, LEE_EVENT_UPDATED, t_us);
    if (severity != d->severity) {
        oracle_tell(p, t_us, LEE_EVENT_UPDATED, 's');
    } else if (oracle_at_most(p, d->ahead.entry_s, d->entry_told_s / 2, t_us)) {
        oracle_tell(p, t_us, LEE_EVENT_UPDATED, 't');
    } else if (t_us - d->told_us >= or_else(p->zone->watch.update_s, 10) * S) {
        oracle_tell(p, t_us, LEE_EVENT_UPDATED, 'p');
    }
}

/* Whether the place follows from the one before. */
static bool is_plausible(oracle_play *p, const way_here *way)
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
    return oracle_at_most(p, went, speed_mps * (span_s + 2) * 1.5 + 300, p->at.t_us);
}

static bool is_enough(oracle_play *p, const way_here *way, const oracle_outlook *ahead)
{
    const int64_t t_us = p->at.t_us;
    const bool counted = is_confirmed(p, p->now.ahead_hits, p->now.ahead_seen);
    if (!ahead->guessed) {
        return oracle_is_imminent(p, ahead, t_us) || (counted && is_likely(p, ahead));
    }
    return is_likely(p, ahead) && (counted || is_plausible(p, way));
}

static void count_hit(oracle_play *p, const way_here *way, const oracle_outlook *ahead)
{
    oracle_dealings *const d = &p->now;
    const int64_t t_us = p->at.t_us;
    d->heading = true;
    d->ahead = *ahead;
    d->starts = !oracle_active_at(p->zone, t_us);
    d->ahead_misses = 0;
    d->ahead_hits++;
    push(d->ahead_seen, true);
    d->off_routes = ahead->off_routes;
    const char leave = oracle_leave_ahead(p, t_us);
    if (leave && d->state == PREDICTED) {
        end(p, t_us, leave);
    }
    d->leave = leave;
    if (leave) {
        return;
    }
    if (d->state == PREDICTED && d->lost) {
        d->lost = false;
        oracle_tell(p, t_us, LEE_EVENT_UPDATED, 'h');
    } else if (d->state == PREDICTED) {
        oracle_rules_tell(p);
        tell_again(p);
    } else if (is_enough(p, way, ahead)) {
        d->state = PREDICTED;
        d->lost = false;
        oracle_tell(p, t_us, LEE_EVENT_PREDICTED,
                    ahead->blurred                   ? 'a'
                    : d->starts                      ? 'z'
                    : ahead->by_error                ? 'w'
                    : ahead->guessed && ahead->heads ? ahead->heads
                                                     : '?');
    }
}

static void count_miss(oracle_play *p)
{
    oracle_dealings *const d = &p->now;
    d->heading = false;
    d->ahead_hits = 0;
    push(d->ahead_seen, false);
    if (d->state != PREDICTED) {
        d->leave = 0;
        return;
    }
    if (d->lost) {
        d->lost = false;
        oracle_tell(p, p->at.t_us, LEE_EVENT_UPDATED, 'h');
    }
    if (++d->ahead_misses > p->zone->watch.hold) {
        end(p, p->at.t_us, 'a');
    } else {
        oracle_rules_tell(p);
    }
}

static void judge_outside(oracle_play *p, const way_here *way, bool active, bool soon)
{
    oracle_dealings *const d = &p->now;
    const bool in_area = oracle_area_holds(&p->zone->area, p->at.point);
    if (d->state == INSIDE) {
        judge_leaving(p, way, in_area);
        return;
    }
    d->hits = 0;
    d->proof = 0;
    d->within = false;
    d->near = false;
    memset(d->broken, 0, sizeof d->broken);
    push(d->seen, false);
    oracle_rules_note(p);
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
    const oracle_outlook ahead = look(p);
    if (ahead.heading) {
        count_hit(p, way, &ahead);
    } else {
        count_miss(p);
    }
}

static void judge(oracle_play *p, const oracle_place *now)
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
           a->has_nac_p == b->has_nac_p && (!a->has_nac_p || a->nac_p == b->nac_p) &&
           a->has_squawk == b->has_squawk && (!a->has_squawk || a->squawk == b->squawk) &&
           a->has_emergency == b->has_emergency &&
           (!a->has_emergency || a->emergency == b->emergency);
}

static void play_pair(oracle_play *p, const target_reports *heard, int64_t end_us)
{
    int64_t clock_us = heard->reports[0].t_us - 1; /* when zones and permits were given */
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
        p->report = heard->mine[i];
        oracle_follow_hear(p, &now);
        judge(p, &now);
        oracle_presence_note(p, INT64_MIN);
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

/* --- all of them --------------------------------------------------------------------------------
 */

typedef struct {
    const oracle_input *in;
    int64_t *clock_us;
    uint32_t *mine; /* numbers of reports by target, */
    size_t *first;  /* each target's from here on */
    oracle_presence *presence;
    int64_t *cuts;      /* of one zone, by target: of what is told, */
    int64_t *note_cuts; /* and of what is noted */
    bool may_cut;
} all;

static void sort_reports(all *a)
{
    const oracle_input *const in = a->in;
    size_t at = 0;
    for (size_t i = 0; i < in->count; i++) {
        const int64_t before_us = i > 0 ? a->clock_us[i - 1] : INT64_MIN;
        a->clock_us[i] = before_us > in->reports[i].t_us ? before_us : in->reports[i].t_us;
    }
    for (uint32_t target = 0; target < in->target_count; target++) {
        a->first[target] = at;
        for (size_t i = 0; i < in->count; i++) {
            if (in->reports[i].target == target) {
                a->mine[at++] = (uint32_t)i;
            }
        }
    }
    a->first[in->target_count] = at;
}

/* Of one zone. notes: who was inside is noted, else it is what others are met by. */
static void play_zone(const all *a, uint32_t zone, bool notes, bool meets, oracle_events *out)
{
    const oracle_input *const in = a->in;
    const bool has_lanes = oracle_has_lanes(in->zones, zone);
    static oracle_play p;
    for (uint32_t target = 0; target < in->target_count; target++) {
        const size_t first = a->first[target];
        const target_reports heard = {in->reports, a->clock_us, a->mine + first,
                                      a->first[target + 1] - first};
        p.zone = &in->zones->zones[zone];
        p.zones = in->zones;
        p.lanes.count = 0;
        p.permits = in->permits;
        p.zone_number = zone;
        p.has_lanes = has_lanes;
        p.target = target;
        p.expire_us = in->expire_us;
        p.lost_us = p.zone->watch.lost_after_s * S;
        p.ahead_of_all_s = longest_look(in->zones);
        p.out = out;
        p.cut_us = INT64_MAX;
        p.may_cut = a->may_cut;
        p.has_place = false;
        p.follow = (oracle_follow){.line = -1};
        p.at = (oracle_place){0};
        p.report = 0;
        p.presence = notes ? &a->presence[target] : NULL;
        p.others = !notes && meets ? a->presence : NULL;
        p.other_cuts = a->note_cuts;
        p.other_count = in->target_count;
        p.clock_us = a->clock_us;
        forget(&p);
        play_pair(&p, &heard, in->end_us);
        (notes ? a->note_cuts : a->cuts)[target] = p.cut_us;
    }
}

static bool asks_meet(const oracle_input *in, uint32_t zone)
{
    bool asks = in->zones->zones[zone].watch.meet_s > 0;
    for (size_t i = 0; i < in->permits->count; i++) {
        asks |= in->permits->permits[i].meet_s > 0;
    }
    return asks;
}

static bool is_duty_of(const oracle_permit *permit, uint32_t zone)
{
    return (permit->duty != LEE_DUTY_NONE || permit->stay) && permit->zone == zone;
}

static bool has_duty(const oracle_input *in, uint32_t zone)
{
    bool has = false;
    for (size_t i = 0; i < in->permits->count; i++) {
        has |= is_duty_of(&in->permits->permits[i], zone);
    }
    return has;
}

/* Who is inside when, before anything can hang on it. */
static void note_zone(const all *a, uint32_t zone)
{
    oracle_events nobody_hears = {0};
    for (uint32_t t = 0; t < a->in->target_count; t++) {
        a->presence[t].count = 0;
    }
    play_zone(a, zone, true, false, &nobody_hears);
    free(nobody_hears.events);
}

static void run_duties(const all *a, uint32_t zone, oracle_events *duties, int64_t *duty_cuts)
{
    const oracle_input *const in = a->in;
    for (size_t i = 0; i < in->permits->count; i++) {
        const oracle_permit *const permit = &in->permits->permits[i];
        int64_t any_us = INT64_MAX;
        for (uint32_t t = 0; t < in->target_count; t++) {
            const bool counts = permit->target == ORACLE_ANY || permit->target == t;
            const uint32_t number = oracle_duty_of(in, i, t);
            duty_cuts[number * in->zones->count + zone] = a->note_cuts[t];
            any_us = counts && a->note_cuts[t] < any_us ? a->note_cuts[t] : any_us;
        }
        duty_cuts[oracle_duty_of(in, i, ORACLE_ANY) * in->zones->count + zone] = any_us;
        if (is_duty_of(permit, zone)) {
            oracle_duty(in, i, zone, a->clock_us, a->presence, duties);
        }
    }
}

void oracle_run(const oracle_input *input, oracle_events *out, int64_t *cuts, oracle_events *duties,
                int64_t *duty_cuts)
{
    const uint32_t targets = input->target_count;
    all a = {.in = input,
             .clock_us = malloc((input->count + 1) * sizeof(int64_t)),
             .mine = malloc((input->count + 1) * sizeof(uint32_t)),
             .first = malloc(((size_t)targets + 1) * sizeof(size_t)),
             .presence = calloc((size_t)targets + 1, sizeof(oracle_presence)),
             .cuts = malloc(((size_t)targets + 1) * sizeof(int64_t)),
             .note_cuts = malloc(((size_t)targets + 1) * sizeof(int64_t)),
             .may_cut = cuts != NULL};
    assert(a.clock_us && a.mine && a.first && a.presence && a.cuts && a.note_cuts && duties &&
           duty_cuts);
    sort_reports(&a);
    for (uint32_t z = 0; z < input->zones->count; z++) {
        if (asks_meet(input, z) || has_duty(input, z)) {
            note_zone(&a, z);
        }
        run_duties(&a, z, duties, duty_cuts);
        play_zone(&a, z, false, asks_meet(input, z), out);
        for (uint32_t t = 0; cuts && t < targets; t++) {
            cuts[(size_t)t * input->zones->count + z] = a.cuts[t];
        }
    }
    for (uint32_t t = 0; t < targets; t++) {
        free(a.presence[t].entries);
    }
    free(a.presence);
    free(a.clock_us);
    free(a.mine);
    free(a.first);
    free(a.cuts);
    free(a.note_cuts);
}
