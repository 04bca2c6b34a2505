/* Behaviour, leave with its conditions, and who was inside when, as docs/watch.md and docs/zones.md
 * have them. */
#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "oracle_earth.h"
#include "oracle_play.h"

void oracle_cut(oracle_play *p, int64_t t_us)
{
    assert(p->may_cut);
    p->cut_us = t_us < p->cut_us ? t_us : p->cut_us;
}

bool oracle_at_most(oracle_play *p, oracle_doubtful number, double limit, int64_t t_us)
{
    if ((number.low <= limit) != (number.high <= limit)) {
        oracle_cut(p, t_us);
    }
    return number.value <= limit;
}

oracle_doubtful oracle_about_m(double distance_m)
{
    const double doubt_m = 0.1 + 0.001 * distance_m;
    return (oracle_doubtful){distance_m, distance_m - doubt_m, distance_m + doubt_m};
}

/* --- who was inside when ------------------------------------------------------------------------
 */

void oracle_presence_note(oracle_play *p, int64_t clock_us)
{
    oracle_presence *const list = p->presence;
    if (!list) {
        return;
    }
    if (list->count == list->capacity) {
        list->capacity = list->capacity ? list->capacity * 2 : 64;
        list->entries = realloc(list->entries, list->capacity * sizeof *list->entries);
        assert(list->entries);
    }
    const bool within = p->now.within && !p->now.lost;
    list->entries[list->count++] = (oracle_presence_entry){
        .report = p->report,
        .clock_us = clock_us,
        .within = within,
        .present = within || (p->now.state == INSIDE && !p->now.lost),
        .t_us = p->at.t_us,
        .point = p->at.point,
    };
}

const oracle_presence_entry *oracle_presence_at(const oracle_presence *presence, size_t report,
                                                int64_t clock_us)
{
    const oracle_presence_entry *found = NULL;
    for (size_t i = 0; i < presence->count; i++) {
        const oracle_presence_entry *const e = &presence->entries[i];
        if (e->report < report && e->clock_us <= clock_us) {
            found = e;
        }
    }
    return found;
}

/* --- behaviour ----------------------------------------------------------------------------------
 */

void oracle_rules_begin(oracle_dealings *d)
{
    d->slow_us = INT64_MAX;
    d->loiter_us = INT64_MAX;
    d->meet_us = INT64_MAX;
    d->permit = -1;
}

static bool is_known(const oracle_play *p, const oracle_said *said, int64_t t_us)
{
    return said->has && t_us - said->t_us <= p->expire_us;
}

static bool is_slow(const oracle_play *p)
{
    const int32_t stop_kt = p->zone->watch.stop_kt > 0 ? p->zone->watch.stop_kt : 2;
    return is_known(p, &p->flight.speed, p->at.t_us) && p->flight.speed.value < stop_kt * 1000;
}

/* Any other target inside that is near, by the places known now. */
static bool meets(oracle_play *p)
{
    const int32_t meet_m = p->zone->watch.meet_m > 0 ? p->zone->watch.meet_m : 500;
    bool found = false;
    for (uint32_t i = 0; p->others && i < p->other_count; i++) {
        const oracle_presence_entry *const e =
            i == p->target ? NULL
                           : oracle_presence_at(&p->others[i], p->report, p->clock_us[p->report]);
        if (e && p->other_cuts[i] <= p->clock_us[p->report]) {
            oracle_cut(p, p->at.t_us);
        }
        if (!e || !e->present || p->at.t_us - e->t_us > p->expire_us) {
            continue;
        }
        const oracle_doubtful off = oracle_about_m(oracle_distance_m(e->point, p->at.point));
        found |= oracle_at_most(p, off, meet_m, p->at.t_us);
    }
    return found;
}

static void since(int64_t *from_us, bool holds, int64_t t_us)
{
    *from_us = !holds ? INT64_MAX : *from_us == INT64_MAX ? t_us : *from_us;
}

static bool lasted(const oracle_play *p, int64_t from_us, int32_t span_s)
{
    return span_s > 0 && from_us != INT64_MAX && p->at.t_us - from_us >= span_s * S;
}

static void measure(oracle_play *p)
{
    oracle_dealings *const d = &p->now;
    const int64_t t_us = p->at.t_us;
    since(&d->slow_us, is_slow(p), t_us);
    since(&d->meet_us, meets(p), t_us);
    const lee_zone_watch *const w = &p->zone->watch;
    if (w->loiter_s > 0 &&
        (d->loiter_us == INT64_MAX ||
         !oracle_at_most(p, oracle_about_m(oracle_distance_m(d->loiter_point, p->at.point)),
                         w->loiter_m, t_us))) {
        d->loiter_us = t_us;
        d->loiter_point = p->at.point;
    }
}

static bool is_emergency(const oracle_play *p)
{
    static const int32_t codes[] = {07400, 07500, 07600, 07700};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        if (is_known(p, &p->flight.squawk, p->at.t_us) && p->flight.squawk.value == codes[i]) {
            return true;
        }
    }
    return is_known(p, &p->flight.emergency, p->at.t_us) && p->flight.emergency.value != 0;
}

void oracle_rules_note(oracle_play *p)
{
    oracle_dealings *const d = &p->now;
    const lee_zone_watch *const w = &p->zone->watch;
    uint32_t now = d->behaviour & ORACLE_APPEARED;
    if (d->within || d->state == INSIDE) {
        now |= d->behaviour & ORACLE_LEAVING;
        measure(p);
    } else {
        d->slow_us = d->loiter_us = d->meet_us = INT64_MAX;
    }
    now |= lasted(p, d->slow_us, w->stop_s) ? ORACLE_STOP : 0;
    now |= lasted(p, d->loiter_us, w->loiter_s) ? ORACLE_LOITER : 0;
    now |= lasted(p, d->meet_us, w->meet_s) ? ORACLE_MEET : 0;
    const bool low_fast = p->at.has_alt && p->at.alt_ft < w->low_ft &&
                          is_known(p, &p->flight.speed, p->at.t_us) &&
                          p->flight.speed.value > w->fast_kt * 1000;
    now |= w->low_ft > 0 && low_fast ? ORACLE_LOW_FAST : 0;
    now |= w->emergency != 0 && is_emergency(p) ? ORACLE_EMERGENCY : 0;
    d->behaviour = now;
    d->behaviour_told &= now;
}

void oracle_rules_tell(oracle_play *p)
{
    static const char letters[] = "EFMTLR";
    static const uint32_t bits[] = {ORACLE_EMERGENCY, ORACLE_LOW_FAST, ORACLE_MEET,
                                    ORACLE_STOP,      ORACLE_LOITER,   ORACLE_LEAVING};
    const uint32_t fresh = p->now.behaviour & ~p->now.behaviour_told;
    for (int i = 0; i < 6 && p->now.state != NOTHING; i++) {
        if (fresh & bits[i]) {
            oracle_tell(p, p->at.t_us, LEE_EVENT_UPDATED, letters[i]);
            return;
        }
    }
}

int oracle_severity(oracle_play *p, int kind, int64_t t_us)
{
    oracle_dealings *const d = &p->now;
    const bool does = d->behaviour & ~(uint32_t)ORACLE_APPEARED;
    if (kind == LEE_EVENT_LEFT || kind == LEE_EVENT_ENDED || kind == LEE_EVENT_VERDICT) {
        return d->severity;
    }
    if (d->leave) {
        return d->behaviour & ORACLE_LEAVING ? LEE_SEVERITY_MEDIUM : LEE_SEVERITY_LOW;
    }
    if (p->zone->entry == LEE_ENTRY_ALLOW) {
        return does ? LEE_SEVERITY_MEDIUM : LEE_SEVERITY_LOW;
    }
    if (d->state == INSIDE) {
        return LEE_SEVERITY_HIGH;
    }
    return does || (d->heading && oracle_is_imminent(p, &d->ahead, t_us)) ? LEE_SEVERITY_MEDIUM
                                                                          : LEE_SEVERITY_LOW;
}

uint32_t oracle_words(oracle_play *p, int kind, int64_t t_us)
{
    oracle_dealings *const d = &p->now;
    if (kind == LEE_EVENT_LEFT || kind == LEE_EVENT_ENDED) {
        return 0;
    }
    uint32_t words = d->behaviour;
    words |= d->leave == 'p'                          ? ORACLE_PERMITTED
             : d->leave == 'i'                        ? ORACLE_INHIBITED
             : p->zone->entry == LEE_ENTRY_ALLOW      ? ORACLE_ALLOWED
             : kind == LEE_EVENT_CROSSED              ? ORACLE_CROSSED
             : d->state == INSIDE                     ? ORACLE_INSIDE
             : !d->heading                            ? ORACLE_NEAR
             : oracle_is_imminent(p, &d->ahead, t_us) ? ORACLE_IMMINENT
                                                      : ORACLE_AHEAD;
    words |= !d->leave && d->heading && d->starts ? ORACLE_STARTS : 0;
    words |= !d->leave && d->miss > 0 ? (uint32_t)ORACLE_MISS << (d->miss - 1) : 0;
    return words;
}

/* --- leave --------------------------------------------------------------------------------------
 */

bool oracle_permit_concerns(const oracle_play *p, const oracle_permit *permit)
{
    const bool is_it = permit->squawk > 0
                           ? p->flight.squawk.has && p->flight.squawk.value == permit->squawk
                           : permit->target == ORACLE_ANY || permit->target == p->target;
    return is_it && permit->duty == LEE_DUTY_NONE &&
           (permit->zone == ORACLE_ANY || permit->zone == p->zone_number);
}

static bool lies_in(const oracle_permit *permit, int32_t track_e3)
{
    const int32_t from = permit->track_from_deg * 1000;
    const int32_t to = permit->track_to_deg * 1000;
    return from <= to ? track_e3 >= from && track_e3 <= to : track_e3 >= from || track_e3 <= to;
}

bool oracle_track_fits(const oracle_play *p, const oracle_permit *permit, int64_t t_us)
{
    return !permit->has_track ||
           (is_known(p, &p->flight.track, t_us) && lies_in(permit, p->flight.track.value));
}

/* Near the route, where it was judged last. */
static bool is_on_route(oracle_play *p, const oracle_permit *permit, int64_t t_us)
{
    const oracle_line line = oracle_line_of(permit, p->at.point);
    const oracle_doubtful off = oracle_about_m(oracle_line_off_m(&line, (oracle_spot){0, 0}));
    return oracle_at_most(p, off, permit->half_width_m, t_us);
}

/* Why it does not hold; ORACLE_HOLDS: it does. */
static int miss_of(oracle_play *p, size_t number, int64_t t_us, bool off_routes)
{
    const oracle_permit *const permit = &p->permits->permits[number];
    const oracle_flight *const f = &p->flight;
    if (t_us < permit->granted_us || t_us >= permit->revoked_us) {
        return ORACLE_NOT_GRANTED;
    }
    if (t_us < permit->from_us || t_us >= permit->to_us) {
        return ORACLE_TIME;
    }
    if (permit->has_levels && !(is_known(p, &f->alt, t_us) && f->alt.value >= permit->lower_ft &&
                                f->alt.value < permit->upper_ft)) {
        return ORACLE_ALTITUDE;
    }
    if (!oracle_track_fits(p, permit, t_us)) {
        return ORACLE_TRACK;
    }
    if (permit->route_count > 0 && (off_routes || !is_on_route(p, permit, t_us))) {
        return ORACLE_ROUTE;
    }
    return p->now.broken[number];
}

static char leave_at(oracle_play *p, int64_t t_us, bool off_routes)
{
    oracle_dealings *const d = &p->now;
    d->miss = ORACLE_HOLDS;
    d->permit = -1;
    d->asked_us = t_us;
    char leave = 0;
    for (size_t i = 0; i < p->permits->count && leave != 'p'; i++) {
        const oracle_permit *const permit = &p->permits->permits[i];
        if (!oracle_permit_concerns(p, permit) ||
            (permit->squawk > 0 && !is_known(p, &p->flight.squawk, t_us))) {
            continue;
        }
        if (permit->is_inhibition) {
            leave = t_us >= permit->from_us && t_us < permit->to_us ? 'i' : leave;
            continue;
        }
        const int miss = miss_of(p, i, t_us, off_routes);
        if (miss == ORACLE_HOLDS) {
            leave = 'p';
            d->permit = (int)i;
            d->miss = ORACLE_HOLDS;
        } else if (d->miss == ORACLE_HOLDS) {
            d->miss = miss;
        }
    }
    return leave;
}

char oracle_leave_at(oracle_play *p, int64_t t_us)
{
    return leave_at(p, t_us, false);
}

char oracle_leave_ahead(oracle_play *p, int64_t t_us)
{
    return leave_at(p, t_us, p->now.off_routes);
}

bool oracle_has_other_leave(oracle_play *p)
{
    oracle_dealings *const d = &p->now;
    const oracle_dealings was = *d;
    const char leave = leave_at(p, p->at.t_us, true);
    *d = was;
    return leave || p->zone->entry == LEE_ENTRY_ALLOW;
}

/* What of the permit's conditions is broken at this report. */
static int broken_now(const oracle_play *p, const oracle_permit *asks, bool was_within,
                      int64_t before_us)
{
    if (lasted(p, p->now.slow_us, asks->stop_s)) {
        return ORACLE_STOPPED;
    }
    if (lasted(p, p->now.meet_us, asks->meet_s)) {
        return ORACLE_MET;
    }
    const bool silent =
        asks->report_s > 0 && was_within && p->at.t_us - before_us > asks->report_s * S;
    return silent ? ORACLE_SILENT : ORACLE_HOLDS;
}

char oracle_leave_inside(oracle_play *p, bool was_within, int64_t before_us)
{
    for (;;) {
        const char leave = oracle_leave_at(p, p->at.t_us);
        const int broken =
            leave == 'p' ? broken_now(p, &p->permits->permits[p->now.permit], was_within, before_us)
                         : ORACLE_HOLDS;
        if (broken == ORACLE_HOLDS) {
            return leave;
        }
        p->now.broken[p->now.permit] = broken;
    }
}

int64_t oracle_leave_silence_us(const oracle_play *p)
{
    const oracle_dealings *const d = &p->now;
    return d->state == INSIDE && d->leave && d->permit >= 0
               ? p->permits->permits[d->permit].report_s * S
               : 0;
}
