/* Whose route a target is on, and how it kept to it, as docs/watch.md has it ("The way of a
 * permit").
 */
#include "oracle_play.h"

/* Of several permits with a route so many are looked at. */
#define LOOKED_AT 8

static bool is_known(const oracle_play *p, const oracle_said *said, int64_t t_us)
{
    return said->has && t_us - said->t_us <= p->expire_us;
}

/* It is for this target and holds, but for where it is and how high. */
static bool is_in_force(const oracle_play *p, const oracle_permit *permit, int64_t t_us)
{
    const bool is_it =
        permit->squawk > 0
            ? is_known(p, &p->flight.squawk, t_us) && p->flight.squawk.value == permit->squawk
            : permit->target == ORACLE_ANY || permit->target == p->target;
    return is_it && permit->route_count > 0 && !permit->is_inhibition &&
           permit->duty == LEE_DUTY_NONE && t_us >= permit->granted_us &&
           t_us < permit->revoked_us && t_us >= permit->from_us && t_us < permit->to_us &&
           oracle_track_fits(p, permit, t_us);
}

static double share_on(const oracle_play *p, const oracle_permit *permit, const oracle_place *now,
                       bool *is_near, oracle_follow *out)
{
    bool unsure;
    double aside_m;
    const double share = oracle_route_share(permit, now->point, p->flight.track.value,
                                            p->flight.speed.value * 1852.0 / 3600000.0,
                                            &out->forward, &aside_m, &unsure);
    out->unsure |= unsure;
    *is_near = aside_m <= permit->half_width_m;
    return share;
}

/* The axis of a corridor in which it is, or not any more. */
static oracle_permit axis_of(const lee_zone *zone, bool is_in)
{
    oracle_permit axis = {.route_count = zone->axis_count, .half_width_m = is_in ? INT32_MAX : -1};
    for (uint32_t i = 0; i < zone->axis_count; i++) {
        axis.route[i] = zone->axis[i];
    }
    return axis;
}

/* The first corridor in which it is and may be, or the one that it was in, if it still may. */
static void find_axis(oracle_play *p, const oracle_place *now, int before, oracle_follow *out)
{
    for (uint32_t z = 0; z < p->zones->count; z++) {
        const lee_zone *const zone = &p->zones->zones[z];
        const bool is_in = oracle_is_certain(zone, now) && oracle_holds(zone, now);
        const int number = ORACLE_AXIS + (int)z;
        if (zone->axis_count == 0 || (!is_in && number != before) ||
            !oracle_active_at(zone, now->t_us) || oracle_hangs_on_ground(zone) ||
            !oracle_may_be_in(zone, z, p->permits, p->target, now->t_us)) {
            continue;
        }
        bool is_near;
        out->line = number;
        out->axis = axis_of(zone, is_in);
        out->share = share_on(p, &out->axis, now, &is_near, out);
        if (is_in) {
            return;
        }
    }
}

/* The first whose route it is on; else a corridor; else the one that it was on, if that still
 * holds; -1: none. */
static void find(oracle_play *p, const oracle_place *now, oracle_follow *out)
{
    int looked_at = 0;
    const int before = p->follow.line;
    out->line = -1;
    for (size_t i = 0; i < p->permits->count && looked_at < LOOKED_AT; i++) {
        const oracle_permit *const permit = &p->permits->permits[i];
        if (!is_in_force(p, permit, now->t_us)) {
            continue;
        }
        looked_at++;
        bool is_near;
        oracle_follow this = *out;
        this.share = share_on(p, permit, now, &is_near, &this);
        this.line = (int)i;
        out->unsure = this.unsure;
        if (is_near || this.line == before) {
            *out = this;
        }
        if (is_near) {
            return;
        }
    }
    find_axis(p, now, before, out);
}

void oracle_follow_hear(oracle_play *p, const oracle_place *now)
{
    oracle_follow *const f = &p->follow;
    if (!is_known(p, &p->flight.speed, now->t_us) || !is_known(p, &p->flight.track, now->t_us)) {
        return;
    }
    oracle_follow next = *f;
    find(p, now, &next);
    if (next.line < 0) {
        f->unsure = next.unsure;
        return;
    }
    const double span_s = (double)(now->t_us - f->heard_us) / (double)S;
    next.heard_us = now->t_us;
    if (next.line != f->line || span_s > 60) {
        next.followed_s = 0;
        next.strayed_s = 0;
    } else {
        const double fade = 300 / (300 + span_s);
        next.followed_s = f->followed_s * fade + span_s * next.share;
        next.strayed_s = f->strayed_s * fade + span_s * (1 - next.share);
    }
    *f = next;
}

oracle_routes oracle_routes_of(oracle_play *p)
{
    oracle_routes routes = {.unsure = p->follow.unsure};
    const int64_t t_us = p->at.t_us;
    size_t count = 0;
    for (size_t i = 0; i < p->permits->count; i++) {
        const oracle_permit *const permit = &p->permits->permits[i];
        if (is_in_force(p, permit, t_us) && oracle_permit_concerns(p, permit) &&
            p->now.broken[i] == ORACLE_HOLDS) {
            if (count < ORACLE_ROUTES_MAX) {
                routes.lets_in[count] = permit;
            }
            count++;
        }
    }
    routes.count = count <= ORACLE_ROUTES_MAX ? count : 0;
    const oracle_follow *const f = &p->follow;
    if (f->line >= 0 && f->heard_us == t_us && p->flight.speed.value > 0) {
        const double kept = (30 + f->followed_s) / (60 + f->followed_s + f->strayed_s);
        routes.weight = (kept < 0.95 ? kept : 0.95) * f->share;
        routes.followed = routes.weight <= 0       ? NULL
                          : f->line >= ORACLE_AXIS ? &f->axis
                                                   : &p->permits->permits[f->line];
        routes.forward = f->forward;
    }
    return routes;
}
