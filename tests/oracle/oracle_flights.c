/* Engine against brute force on the whole chain: oracle_flights SEED [WORLDS].
 *
 * Flights that turn, climb, waver, fall silent, say their altitude late or never; zones with
 * margins, confirmation, prediction, hours, verdicts; permits and inhibitions that come and go,
 * what is acknowledged. Each world is made of its own number, from SEED on, and prints a line. */
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "dice.h"
#include "run.h"

#define ZONES 10
#define VERTICES 14
#define RINGS 2
#define INTERVALS 3
#define TARGETS 24
#define REPORTS 4000
#define LEAVES 40
#define LINES 5
#define ACKNOWLEDGED 12
#define S INT64_C(1000000)
#define RAD (3.14159265358979323846 / 180.0)
#define UNIT_M 0.0111195

typedef struct {
    double lat_e7, lon_e7, alt_ft;
    double speed_mps, track_deg, turn_deg_s, rate_fpm;
    int64_t next_us;
    int64_t at_us;
    int64_t said_us; /* newest that it reported */
    bool says_course, says_rate, says_alt, says_nac_p, says_squawk, says_selected;
    int32_t selected_ft;
    int32_t squawk;
    bool emergency;
    int32_t follows; /* flies beside this one; -1: alone */
    int32_t line;    /* along this one, to its point `next`, then on by `step`; -1: along none */
    int32_t next;
    int32_t step;
} mover;

/* What permits have as route. */
typedef struct {
    lee_point points[ORACLE_ROUTE_MAX];
    uint32_t count;
} line;

typedef struct {
    lee_zone zones[ZONES];
    lee_ring rings[ZONES][RINGS];
    lee_point points[ZONES][RINGS][VERTICES];
    lee_interval intervals[ZONES][INTERVALS];
    char ids[ZONES][8];
    const char *exempts[ZONES][2];
    mover movers[TARGETS];
    oracle_report reports[REPORTS];
    oracle_permit leaves[LEAVES];
    size_t leave_count;
    run_acknowledgement acknowledged[ACKNOWLEDGED];
    lee_point middle;
    double narrow;
    double size_m;
    bool has_lanes; /* zones exempt from others */
    line lines[LINES];
    int32_t first_line[TARGETS]; /* on which each began; -1: none */
    uint32_t line_count;         /* permits have routes, and some fly along them */
} world;

/* --- zones --------------------------------------------------------------------------------------
 */

static lee_alt_limit limit(dice *d, bool upper, int32_t ft)
{
    const int64_t kind = between(d, 0, 9);
    if (kind == 0) {
        return (lee_alt_limit){.kind = upper ? LEE_LIMIT_UNL : LEE_LIMIT_SFC};
    }
    const lee_alt_ref ref = kind == 1 ? LEE_ALT_AGL : kind < 8 ? LEE_ALT_STD : LEE_ALT_MSL;
    return (lee_alt_limit){LEE_LIMIT_VALUE, {ft, ref}};
}

/* A star, and now and then a hole in it or a part beside it: the parity rule decides. */
static void make_area(dice *d, world *w, int z)
{
    const uint32_t rings = one_in(d, 4) ? 2 : 1;
    double reach_m = (double)between(d, 100, 300) * 0.001 * w->size_m;
    const double north_m = (double)between(d, -1000, 1000) * 0.0005 * w->size_m;
    const double east_m = (double)between(d, -1000, 1000) * 0.0005 * w->size_m;
    for (uint32_t r = 0; r < rings; r++, reach_m /= 2) {
        const uint32_t count = (uint32_t)between(d, 3, VERTICES);
        for (uint32_t i = 0; i < count; i++) {
            const double angle = 2 * 180.0 * RAD * i / count;
            const double far_m = reach_m * (double)between(d, 30, 100) / 100;
            w->points[z][r][i] = (lee_point){
                w->middle.lat_e7 + (int32_t)lround((north_m + far_m * sin(angle)) / UNIT_M),
                w->middle.lon_e7 +
                    (int32_t)lround((east_m + far_m * cos(angle)) / UNIT_M / w->narrow)};
        }
        w->rings[z][r] = (lee_ring){w->points[z][r], count};
    }
    w->zones[z].area = (lee_area){w->rings[z], rings};
}

static lee_schedule make_schedule(dice *d, world *w, int z)
{
    if (!one_in(d, 3)) {
        return (lee_schedule){.always = true};
    }
    const uint32_t count = (uint32_t)between(d, 0, INTERVALS);
    int64_t t_us = between(d, 0, 200) * S;
    for (uint32_t i = 0; i < count; i++) {
        const int64_t from_us = t_us + between(d, 1, 300) * S;
        t_us = from_us + between(d, 1, 900) * S / 2;
        w->intervals[z][i] = (lee_interval){from_us, t_us};
    }
    return (lee_schedule){.intervals = w->intervals[z], .count = count};
}

static lee_zone_watch make_watch(dice *d)
{
    static const int32_t lost_s[] = {0, 20, 45, 45, 90, 200};
    lee_zone_watch watch = {.realert_s = (int32_t)between(d, 0, 2) * 150};
    watch.look_ahead_s = one_in(d, 6) ? 0 : (int32_t)between(d, 30, 180);
    watch.warning_time_s = (int32_t)between(d, 10, 120);
    watch.lateral_margin_m = one_in(d, 3) ? 0 : (int32_t)between(d, 1, 1200);
    watch.vertical_margin_ft = one_in(d, 3) ? 0 : (int32_t)between(d, 1, 8) * 50;
    watch.confirm = (int32_t)between(d, 1, 3);
    watch.confirm_of = one_in(d, 3) ? (int32_t)between(d, 0, 6) : 0;
    watch.hold = (int32_t)between(d, 0, 2);
    watch.imminent_s = one_in(d, 3) ? (int32_t)between(d, 0, 30) : 15;
    watch.imminent_chance_pct = one_in(d, 3) ? (int32_t)between(d, 0, 100) : 0;
    watch.averted_chance_pct = one_in(d, 3) ? (int32_t)between(d, 0, 40) : 0;
    watch.update_s = one_in(d, 3) ? (int32_t)between(d, 0, 30) : 0;
    watch.lost_end_s = one_in(d, 3) ? (int32_t)between(d, 0, 300) : 0;
    watch.lost_after_s = lost_s[between(d, 0, 5)];
    watch.alert_chance_pct = one_in(d, 2) ? 0 : (int32_t)between(d, 20, 95);
    watch.map_error_m = one_in(d, 2) ? 0 : (int32_t)between(d, 1, 300);
    if (one_in(d, 2)) {
        watch.loiter_s = one_in(d, 2) ? (int32_t)between(d, 5, 120) : 0;
        watch.loiter_m = (int32_t)between(d, 100, 5000);
        watch.stop_s = one_in(d, 2) ? (int32_t)between(d, 5, 120) : 0;
        watch.stop_kt = (int32_t)between(d, 0, 60);
        watch.meet_s = one_in(d, 2) ? (int32_t)between(d, 1, 60) : 0;
        watch.meet_m = one_in(d, 4) ? 0 : (int32_t)between(d, 100, 3000);
        watch.low_ft = one_in(d, 2) ? (int32_t)between(d, 5, 60) * 100 : 0;
        watch.fast_kt = (int32_t)between(d, 50, 300);
        watch.emergency = one_in(d, 2);
    }
    if (one_in(d, 3)) {
        watch.lateral_error_m = one_in(d, 2) ? (int32_t)between(d, 0, 600) : 0;
        watch.lateral_growth_m = one_in(d, 2) ? (int32_t)between(d, 0, 300) : 0;
        watch.vertical_error_ft = one_in(d, 2) ? (int32_t)between(d, 0, 300) : 0;
        watch.vertical_growth_ft = one_in(d, 2) ? (int32_t)between(d, 0, 300) : 0;
    }
    watch.group_m = one_in(d, 2) ? 0 : (int32_t)between(d, 200, 3000);
    return watch;
}

static void make_zones(dice *d, world *w)
{
    for (int z = 0; z < ZONES; z++) {
        const int32_t lower = (int32_t)between(d, 0, 60) * 100;
        snprintf(w->ids[z], sizeof w->ids[z], "z%d", z);
        w->zones[z] = (lee_zone){.id = w->ids[z], .name = "\"\"", .kind = LEE_ZONE_NO_FLY};
        w->zones[z].entry = one_in(d, 6) ? LEE_ENTRY_ALLOW : LEE_ENTRY_DENY;
        w->zones[z].lower = limit(d, false, lower);
        w->zones[z].upper = limit(d, true, lower + (int32_t)between(d, 1, 80) * 100);
        w->zones[z].schedule = make_schedule(d, w, z);
        w->zones[z].watch = make_watch(d);
        make_area(d, w, z);
    }
    /* Zones overlap, so that one that exempts has something to exempt from; two may name each
     * other. Only some worlds: there the straight line decides more often. */
    for (int z = 0; z < ZONES && w->has_lanes; z++) {
        if (one_in(d, 2)) {
            w->zones[z].entry = one_in(d, 2) ? LEE_ENTRY_ALLOW : LEE_ENTRY_PERMIT;
            w->exempts[z][0] = w->ids[between(d, 0, ZONES - 1)];
            w->exempts[z][1] = w->ids[between(d, 0, ZONES - 1)];
            w->zones[z].exempts = w->exempts[z];
            w->zones[z].exempt_count = 2;
        }
    }
}

/* --- flights ------------------------------------------------------------------------------------
 */

static void make_lines(dice *d, world *w)
{
    w->line_count = (uint32_t)between(d, 1, LINES);
    for (uint32_t i = 0; i < w->line_count; i++) {
        line *const l = &w->lines[i];
        double north_m = (double)between(d, -400, 400) * 0.001 * w->size_m;
        double east_m = (double)between(d, -400, 400) * 0.001 * w->size_m;
        double course_deg = (double)between(d, 0, 359);
        l->count = (uint32_t)between(d, 2, ORACLE_ROUTE_MAX);
        for (uint32_t k = 0; k < l->count; k++) {
            const double leg_m = (double)between(d, 50, 350) * 0.001 * w->size_m;
            l->points[k] =
                (lee_point){w->middle.lat_e7 + (int32_t)lround(north_m / UNIT_M),
                            w->middle.lon_e7 + (int32_t)lround(east_m / UNIT_M / w->narrow)};
            north_m += leg_m * cos(course_deg * RAD);
            east_m += leg_m * sin(course_deg * RAD);
            course_deg += (double)between(d, -110, 110);
        }
    }
}

/* Moves the zone to where the point is in the middle of its outer ring. */
static void move_area(world *w, int z, lee_point to)
{
    const uint32_t count = w->rings[z][0].count;
    double lat_e7 = 0;
    double lon_e7 = 0;
    for (uint32_t i = 0; i < count; i++) {
        lat_e7 += (double)w->points[z][0][i].lat_e7 / count;
        lon_e7 += (double)w->points[z][0][i].lon_e7 / count;
    }
    for (uint32_t r = 0; r < w->zones[z].area.count; r++) {
        for (uint32_t i = 0; i < w->rings[z][r].count; i++) {
            w->points[z][r][i].lat_e7 += to.lat_e7 - (int32_t)lround(lat_e7);
            w->points[z][r][i].lon_e7 += to.lon_e7 - (int32_t)lround(lon_e7);
        }
    }
}

/* Some zones are corridors around a line, where leave asks for target and time alone. */
static void make_axes(dice *d, world *w)
{
    for (int z = 0; z < ZONES && w->has_lanes; z++) {
        const line *const l = &w->lines[between(d, 0, w->line_count - 1)];
        w->zones[z].axis = one_in(d, 2) ? NULL : l->points;
        w->zones[z].axis_count = w->zones[z].axis ? l->count : 0;
        if (w->zones[z].axis) {
            move_area(w, z, l->points[between(d, 0, l->count - 1)]);
        }
        if (w->zones[z].axis && !one_in(d, 4)) {
            w->zones[z].entry = LEE_ENTRY_ALLOW;
            w->zones[z].schedule = (lee_schedule){.always = true};
            w->zones[z].lower = (lee_alt_limit){.kind = LEE_LIMIT_SFC};
            w->zones[z].upper = (lee_alt_limit){.kind = LEE_LIMIT_UNL};
        }
    }
}

/* At one end of a line, or somewhere beside it. */
static void put_on_line(dice *d, const world *w, mover *m)
{
    m->line = (int32_t)between(d, 0, w->line_count - 1);
    const line *const l = &w->lines[m->line];
    m->step = one_in(d, 2) ? 1 : -1;
    const int32_t from = m->step > 0 ? 0 : (int32_t)l->count - 1;
    m->next = from + m->step;
    m->lat_e7 = l->points[from].lat_e7 + (double)between(d, -300, 300) / UNIT_M;
    m->lon_e7 = l->points[from].lon_e7 + (double)between(d, -300, 300) / UNIT_M;
    m->speed_mps = (double)between(d, 10, 120);
}

/* The turn towards the next point of its line, back from its end. */
static double turn_along(const world *w, mover *m)
{
    const line *const l = &w->lines[m->line];
    const double north_m = (l->points[m->next].lat_e7 - m->lat_e7) * UNIT_M;
    const double east_m = (l->points[m->next].lon_e7 - m->lon_e7) * UNIT_M * w->narrow;
    if (hypot(north_m, east_m) < fmax(150, 2 * m->speed_mps)) {
        m->next += m->step;
        if (m->next < 0 || m->next >= (int32_t)l->count) {
            m->step = -m->step;
            m->next += 2 * m->step;
        }
        return 0;
    }
    const double off_deg = remainder(atan2(east_m, north_m) / RAD - m->track_deg, 360);
    return fmin(4, fmax(-4, off_deg));
}

static void make_movers(dice *d, world *w)
{
    for (int t = 0; t < TARGETS; t++) {
        mover *const m = &w->movers[t];
        const int64_t kind = between(d, 0, 9);
        *m = (mover){.follows = -1, .line = -1};
        m->lat_e7 = w->middle.lat_e7 + (double)between(d, -500, 500) * 0.001 * w->size_m / UNIT_M;
        m->lon_e7 = w->middle.lon_e7 +
                    (double)between(d, -500, 500) * 0.001 * w->size_m / UNIT_M / w->narrow;
        m->alt_ft = (double)between(d, 0, 100) * 100;
        m->speed_mps = kind == 0 ? 0.0 : (double)between(d, kind < 3 ? 2 : 30, kind < 3 ? 30 : 260);
        m->track_deg = (double)between(d, 0, 359999) * 1e-3;
        m->next_us = between(d, 0, 20 * S);
        m->says_course = !one_in(d, 8);
        m->says_rate = !one_in(d, 3);
        m->says_alt = !one_in(d, 8);
        m->says_nac_p = one_in(d, 2);
        m->says_squawk = !one_in(d, 3);
        m->says_selected = one_in(d, 2);
        m->selected_ft = (int32_t)between(d, 0, 120) * 100;
        m->squawk = 01200 + (int32_t)between(d, 0, 3);
        if (w->line_count > 0 && !one_in(d, 3)) {
            put_on_line(d, w, m);
        }
        if (t > 0 && one_in(d, 4)) {
            *m = w->movers[t - 1];
            m->follows = t - 1;
            m->lat_e7 += (double)between(d, -800, 800) / UNIT_M;
            m->next_us += between(d, 0, 3 * S);
        }
        w->first_line[t] = m->line;
    }
}

/* On to the moment, second by second; now and then something new is begun. Who leaves the world
 * turns back. */
static void fly(dice *d, world *w, mover *m, int64_t t_us)
{
    while (m->at_us < t_us) {
        const double span_s = fmin(1.0, (double)(t_us - m->at_us) * 1e-6);
        const double north_m = (m->lat_e7 - w->middle.lat_e7) * UNIT_M;
        const double east_m = (m->lon_e7 - w->middle.lon_e7) * UNIT_M * w->narrow;
        if (w->line_count > 0 && one_in(d, 400)) {
            m->line = one_in(d, 2) ? -1 : m->line;
            m->step = -m->step;
        }
        if (m->line >= 0) {
            m->turn_deg_s = turn_along(w, m);
        } else if (hypot(north_m, east_m) > 0.7 * w->size_m) {
            m->turn_deg_s = 3;
        } else if (one_in(d, 40)) {
            m->turn_deg_s = one_in(d, 2) ? 0 : (double)between(d, -4000, 4000) * 1e-3;
        }
        if (one_in(d, 60)) {
            m->rate_fpm = one_in(d, 2) ? 0 : (double)between(d, -30, 30) * 100;
            m->selected_ft = (int32_t)(m->alt_ft / 100 + m->rate_fpm / 6000) * 100 +
                             (int32_t)between(d, -10, 10) * 100;
        }
        m->rate_fpm = m->alt_ft < 0 ? 1000 : m->alt_ft > 12000 ? -1000 : m->rate_fpm;
        if (one_in(d, 400)) {
            m->squawk = one_in(d, 3) ? 07400 + 0100 * (int32_t)between(d, 0, 4)
                                     : 01200 + (int32_t)between(d, 0, 3);
            m->emergency = one_in(d, 4);
        }
        m->track_deg += m->turn_deg_s * span_s;
        m->lat_e7 += m->speed_mps * span_s * cos(m->track_deg * RAD) / UNIT_M;
        m->lon_e7 += m->speed_mps * span_s * sin(m->track_deg * RAD) / UNIT_M / w->narrow;
        m->alt_ft += m->rate_fpm * span_s / 60;
        m->at_us += (int64_t)(span_s * 1e6 + 0.5);
    }
}

static oracle_report say(dice *d, const mover *m, uint32_t target, int64_t t_us)
{
    const double off_deg = (double)between(d, -900, 900) * 1e-3;
    oracle_report r = {.t_us = t_us, .target = target};
    r.point = (lee_point){(int32_t)lround(m->lat_e7), (int32_t)lround(m->lon_e7)};
    r.has_alt = m->says_alt && !one_in(d, 5);
    r.alt_ft = (int32_t)lround(m->alt_ft / 25) * 25;
    r.has_course = m->says_course && !one_in(d, 20);
    r.speed_kt_e3 = (int32_t)lround(m->speed_mps * 3600000.0 / 1852.0);
    r.track_deg_e3 = (int32_t)(fmod(fmod(m->track_deg + off_deg, 360) + 360, 360) * 1000) % 360000;
    r.has_rate = m->says_rate && !one_in(d, 10);
    r.rate_fpm = (int32_t)lround(m->rate_fpm / 64) * 64;
    r.has_selected = m->says_selected && one_in(d, 2);
    r.selected_ft = m->selected_ft;
    r.has_nac_p = m->says_nac_p && one_in(d, 3);
    r.nac_p = (int32_t)between(d, 0, 11);
    r.has_squawk = m->says_squawk && !one_in(d, 3);
    r.squawk = m->squawk;
    r.has_emergency = one_in(d, 3);
    r.emergency = m->emergency;
    return r;
}

/* The earliest report is made; a second copy, a late one, or a silence, now and then. */
static oracle_report next_report(dice *d, world *w, size_t i)
{
    uint32_t who = 0;
    for (uint32_t t = 1; t < TARGETS; t++) {
        who = w->movers[t].next_us < w->movers[who].next_us ? t : who;
    }
    mover *const m = &w->movers[who];
    if (i > 0 && one_in(d, 60)) {
        return w->reports[i - 1];
    }
    const int64_t t_us = m->next_us;
    fly(d, w, m, t_us);
    oracle_report r = say(d, m, who, t_us);
    if (m->said_us > 0 && one_in(d, 25)) {
        /* Late against its own target: it fills in what was not said. What a clock that ran ahead
         * does is told in the unit tests. */
        r.t_us = m->said_us - between(d, 1, 40) * S / 2;
        r.has_alt = m->says_alt;
        m->next_us += between(d, 0, S);
    } else {
        m->said_us = t_us;
        m->next_us += one_in(d, 60)  ? between(d, 30 * S, 400 * S)
                      : one_in(d, 3) ? between(d, 1, 12) * S
                                     : between(d, S / 2, 8 * S);
    }
    return r;
}

/* --- what operators do --------------------------------------------------------------------------
 */

/* What a permit asks, and whom it is for in place of one target. */
static void make_conditions(dice *d, oracle_permit *p, int64_t end_us)
{
    p->squawk = one_in(d, 5) ? 01200 + (int32_t)between(d, 0, 3) : 0;
    p->has_levels = one_in(d, 5);
    p->lower_ft = (int32_t)between(d, 0, 80) * 100;
    p->upper_ft = p->lower_ft + (int32_t)between(d, 1, 50) * 100;
    p->has_track = one_in(d, 5);
    p->track_from_deg = (int32_t)between(d, 0, 359);
    p->track_to_deg = (int32_t)between(d, 0, 359);
    if (one_in(d, 4)) {
        p->granted_us = between(d, 1, end_us);
        p->revoked_us = one_in(d, 2) ? INT64_MAX : p->granted_us + between(d, 1, 300) * S;
    }
    p->stop_s = one_in(d, 4) ? (int32_t)between(d, 5, 60) : 0;
    p->meet_s = one_in(d, 4) ? (int32_t)between(d, 1, 40) : 0;
    p->report_s = one_in(d, 4) ? (int32_t)between(d, 3, 80) : 0;
    if (p->stop_s > 0 || p->meet_s > 0 || p->report_s > 0) {
        /* So long that somebody is inside with it. */
        p->to_us += between(d, 1, 2000) * S;
        p->target = one_in(d, 2) ? ORACLE_ANY : p->target;
        p->squawk = one_in(d, 3) ? p->squawk : 0;
        p->has_levels = p->has_levels && one_in(d, 3);
        p->has_track = p->has_track && one_in(d, 3);
        p->stay = p->zone != ORACLE_ANY && p->squawk == 0 && one_in(d, 3);
        p->absent_after_s = p->stay ? (int32_t)between(d, 0, 60) : 0;
    }
}

/* For somebody who flies along it, as long as that may be. */
static void make_route(dice *d, const world *w, oracle_permit *p)
{
    const uint32_t target = (uint32_t)between(d, 0, TARGETS - 1);
    const int32_t last = w->first_line[target];
    const int32_t number = last >= 0 ? last : (int32_t)between(d, 0, w->line_count - 1);
    p->target = p->target == ORACLE_ANY || one_in(d, 6) ? p->target : target;
    p->zone = one_in(d, 2) ? ORACLE_ANY : p->zone;
    p->route_count = w->lines[number].count;
    for (uint32_t i = 0; i < p->route_count; i++) {
        p->route[i] = w->lines[number].points[i];
    }
    p->half_width_m = (int32_t)between(d, 50, 2000);
    p->from_us = one_in(d, 2) ? 1 : p->from_us;
    p->to_us += between(d, 1, 3000) * S;
}

static void make_duty(dice *d, oracle_permit *p)
{
    p->zone = (uint32_t)between(d, 0, ZONES - 1);
    p->duty = one_in(d, 2) ? LEE_DUTY_PRESENT : LEE_DUTY_REMAIN;
    p->route_count = 0;
    p->target = one_in(d, 2) ? ORACLE_ANY : p->target;
    p->absent_after_s = (int32_t)between(d, 0, 120);
    p->to_us += between(d, 1, 2000) * S;
}

static void make_leaves(dice *d, world *w, int64_t end_us)
{
    const bool has_routes = w->line_count > 0 && !w->has_lanes;
    w->leave_count = has_routes     ? (size_t)between(d, 10, LEAVES)
                     : one_in(d, 3) ? 0
                                    : (size_t)between(d, 1, LEAVES);
    /* Who may be in a zone that exempts is asked there by target and time alone. */
    const bool plain = one_in(d, 3) || w->has_lanes;
    for (size_t i = 0; i < w->leave_count; i++) {
        oracle_permit *const p = &w->leaves[i];
        *p = (oracle_permit){.target = one_in(d, 8) ? ORACLE_ANY : (uint32_t)between(d, 0, 23),
                             .granted_us = INT64_MIN,
                             .revoked_us = INT64_MAX};
        p->zone = p->target != ORACLE_ANY && one_in(d, 3) ? ORACLE_ANY
                                                          : (uint32_t)between(d, 0, ZONES - 1);
        p->is_inhibition = one_in(d, has_routes ? 10 : 3);
        p->from_us = p->is_inhibition || one_in(d, 2) ? between(d, 1, end_us)
                     : i > 0 && one_in(d, 3)          ? w->leaves[i - 1].to_us
                                                      : between(d, 1, 1000) * S;
        p->to_us = p->from_us + between(d, 1, 300) * S;
        if (has_routes && !p->is_inhibition && !one_in(d, 6)) {
            make_route(d, w, p);
        }
        if (!plain && !p->is_inhibition && one_in(d, 4)) {
            make_duty(d, p);
        } else if (!plain && !p->is_inhibition) {
            make_conditions(d, p, end_us);
        }
    }
}

static int by_report(const void *a, const void *b)
{
    const run_acknowledgement *const x = a;
    const run_acknowledgement *const y = b;
    return (x->report > y->report) - (x->report < y->report);
}

static void run_world(uint64_t seed, run_sums *sums)
{
    static world w;
    dice d = {seed * UINT64_C(0xD1342543DE82EF95)};
    w.middle.lat_e7 = (int32_t)between(&d, -600000000, 600000000);
    w.middle.lon_e7 = (int32_t)between(&d, -1700000000, 1700000000);
    w.narrow = cos(w.middle.lat_e7 * 1e-7 * RAD);
    w.size_m = (double)between(&d, 8000, 60000);
    w.has_lanes = seed % 3 == 0;
    make_zones(&d, &w);
    w.line_count = 0;
    if (seed % 3 == 1 || seed % 6 == 3) {
        make_lines(&d, &w);
        make_axes(&d, &w);
    }
    make_movers(&d, &w);
    for (size_t i = 0; i < REPORTS; i++) {
        w.reports[i] = next_report(&d, &w, i);
    }
    const int64_t end_us = w.reports[REPORTS - 1].t_us;
    make_leaves(&d, &w, end_us);
    for (size_t i = 0; i < ACKNOWLEDGED; i++) {
        w.acknowledged[i] =
            (run_acknowledgement){(size_t)between(&d, 0, REPORTS - 1), between(&d, 1, 300) * S};
    }
    qsort(w.acknowledged, ACKNOWLEDGED, sizeof *w.acknowledged, by_report);
    char name[32];
    snprintf(name, sizeof name, "world %llu", (unsigned long long)seed);
    const run_case c = {.name = name,
                        .zones = {w.zones, ZONES},
                        .permits = {w.leaves, w.leave_count},
                        .reports = w.reports,
                        .count = REPORTS,
                        .target_count = TARGETS,
                        .end_us = end_us + 1500 * S,
                        .may_cut = true,
                        .has_attention = true,
                        .acknowledgements = w.acknowledged,
                        .acknowledgement_count = ACKNOWLEDGED};
    run_sums one = {0};
    run_both(&c, &one);
    run_print(name, &one);
    sums->wrong += one.wrong;
}

int main(int argc, char **argv)
{
    const uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    const uint64_t worlds = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    run_sums sums = {0};
    for (uint64_t i = 0; i < worlds; i++) {
        run_world(seed + i, &sums);
        fflush(stdout);
    }
    return sums.wrong != 0;
}
