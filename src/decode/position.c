#include "decode/position.h"

#include <assert.h>
#include <stdlib.h>

#define US_PER_S INT64_C(1000000)

/* RTCA DO-260B 2.2.10.3.1 and A.1.7.8: halves of one position are at most this far apart. */
#define PAIR_AIRBORNE_US (10 * US_PER_S)
#define PAIR_SURFACE_FAST_US (25 * US_PER_S)
#define PAIR_SURFACE_SLOW_US (50 * US_PER_S)
#define SURFACE_FAST_KT 25

/* Faster than anything that carries a transponder, and room for the error of a position and of
 * receivers' clocks. */
#define SPEED_AIRBORNE_MAX_KT 1200
#define SPEED_SURFACE_MAX_KT 300
#define SLACK_AIRBORNE_E7 INT64_C(170000) /* 1 NM */
#define SLACK_SURFACE_E7 INT64_C(85000)

/* One half is right within half a zone, 180 NM or 45 NM on the surface; less to be sure. */
#define LOCAL_AIRBORNE_MAX_E7 INT64_C(25000000) /* 150 NM */
#define LOCAL_SURFACE_MAX_E7 INT64_C(6600000)   /* 40 NM */

/* Without time: see leeward/decoder.h. */
#define UNTIMED_APART_MAX_E7 INT64_C(83333) /* 0.5 NM */
#define UNTIMED_REACH_E7 INT64_C(333333)    /* 2 NM */
#define AGREEING_TIMED 1
#define AGREEING_UNTIMED 3
#define AGREEING_JUMP 3

/* A global solution is compared with the position until it was confirmed so often, and then now
 * and then, so that an error cannot live on in solutions that build on the last one. */
#define CONFIRMATIONS_ENOUGH 4
#define CHECK_INTERVAL 8
#define CONFLICTS_MAX 2
#define SAME_E7 20

/* Degrees x 10^7 that something so fast can fly in a time. 1 kt is 1/216000 degree a second. */
static int64_t reach_e7(int64_t speed_kt, int64_t gap_us)
{
    const int64_t gap_ms = gap_us / 1000 < 10000000 ? gap_us / 1000 + 1 : 10000000;
    return speed_kt * gap_ms * 10 / 216;
}

static int64_t gap_us(int64_t a_us, int64_t b_us)
{
    return a_us > b_us ? a_us - b_us : b_us - a_us;
}

/* Are two places within a distance (degrees of latitude x 10^7)? The zones of longitude stand in
 * for the cosine of the latitude: 59 cos(lat) to within 4 percent below 80 degrees, and never so
 * much less that something near would seem far. */
static bool is_within(lee_point a, lee_point b, int64_t distance_e7)
{
    const int64_t lat_e5 = llabs((int64_t)a.lat_e7 - b.lat_e7) / 100;
    int64_t lon_e5 = llabs((int64_t)a.lon_e7 - b.lon_e7) / 100;
    if (lon_e5 > 18000000) {
        lon_e5 = 36000000 - lon_e5;
    }
    const int64_t limit = (distance_e7 / 100) * (distance_e7 / 100);
    if (lat_e5 * lat_e5 + lon_e5 * lon_e5 <= limit) {
        return true; /* as if at the equator, and nearer elsewhere */
    }
    const int64_t east_e5 = lon_e5 * lee_cpr_zones((int64_t)a.lat_e7 * 100) / 59;
    return lat_e5 * lat_e5 + east_e5 * east_e5 <= limit;
}

/* How far it may be from where it was `since_us`. */
static int64_t reach_since(const lee__position_context *context, bool surface, int64_t since_us)
{
    if (!context->timed) {
        return UNTIMED_REACH_E7;
    }
    return reach_e7(surface ? SPEED_SURFACE_MAX_KT : SPEED_AIRBORNE_MAX_KT,
                    gap_us(context->t_us, since_us)) +
           (surface ? SLACK_SURFACE_E7 : SLACK_AIRBORNE_E7);
}

static int64_t pair_limit_us(const lee__aircraft *aircraft, bool surface)
{
    if (!surface) {
        return PAIR_AIRBORNE_US;
    }
    const bool slow =
        aircraft->speed_surface_kt >= 0 && aircraft->speed_surface_kt <= SURFACE_FAST_KT;
    return slow ? PAIR_SURFACE_SLOW_US : PAIR_SURFACE_FAST_US;
}

/* The solution of the two last halves, where they belong together. */
static bool solve_global(const lee__aircraft *aircraft, const lee_cpr *half,
                         const lee__position_context *context, lee_point *out)
{
    const int64_t other_us = aircraft->half_us[!half->odd];
    const lee_cpr *const other = &aircraft->half[!half->odd];
    if (other_us == LEE__NEVER_US || other->surface != half->surface) {
        return false;
    }
    const lee_point *reference = context->site;
    if (aircraft->position_known) {
        reference = &aircraft->position;
    }
    if (half->surface && reference == NULL) {
        return false;
    }
    const int64_t gap = gap_us(context->t_us, other_us);
    if (gap > pair_limit_us(aircraft, half->surface) ||
        (!context->timed && aircraft->last_half_odd == half->odd)) {
        return false;
    }
    int64_t apart_e7;
    if (!lee_cpr_global(&aircraft->half[0], &aircraft->half[1], half->odd, reference, out,
                        &apart_e7)) {
        return false;
    }
    if (!context->timed) {
        return apart_e7 <= UNTIMED_APART_MAX_E7;
    }
    /* A degree of longitude is shorter than one of latitude: the limit grows with the zones. */
    const int64_t limit_e7 = reach_since(context, half->surface, other_us);
    return apart_e7 * lee_cpr_zones((int64_t)out->lat_e7 * 100) / 59 <= limit_e7;
}

static void accept(lee__aircraft *aircraft, const lee__position_context *context,
                   lee_point position, bool surface)
{
    if (context->t_us >= aircraft->position_us || !aircraft->position_known) {
        aircraft->position = position;
        aircraft->position_us = context->t_us;
    }
    aircraft->position_known = true;
    aircraft->position_surface = surface;
    aircraft->candidate_count = 0;
}

/* Compares a position found from the last one with the solution of both halves. False: they have
 * disagreed too often, and the position is given up. */
static bool check_global(lee__aircraft *aircraft, const lee_cpr *half,
                         const lee__position_context *context, lee_point position)
{
    if (aircraft->confirmations >= CONFIRMATIONS_ENOUGH &&
        ++aircraft->since_check < CHECK_INTERVAL) {
        return true;
    }
    aircraft->since_check = 0;
    lee_point solution;
    if (!solve_global(aircraft, half, context, &solution)) {
        return true;
    }
    if (is_within(solution, position, SAME_E7 * 100)) {
        aircraft->confirmations =
            (uint8_t)(aircraft->confirmations + (aircraft->confirmations < CONFIRMATIONS_ENOUGH));
        aircraft->conflicts = 0;
        return true;
    }
    aircraft->confirmations = 0;
    aircraft->conflicts++;
    return aircraft->conflicts <= CONFLICTS_MAX;
}

/* From the last position and this half alone. */
static bool solve_from_last(lee__aircraft *aircraft, const lee_cpr *half,
                            const lee__position_context *context, bool *usable, lee_point *out)
{
    *usable = false;
    if (!aircraft->position_known) {
        return false;
    }
    const bool surface = half->surface && aircraft->position_surface;
    const int64_t reach = reach_since(context, surface, aircraft->position_us);
    if (reach > (half->surface ? LOCAL_SURFACE_MAX_E7 : LOCAL_AIRBORNE_MAX_E7)) {
        return false;
    }
    *usable = true;
    return lee_cpr_local(half, aircraft->position, out) &&
           is_within(*out, aircraft->position, reach);
}

/* A solution that does not build on the last position: how many like it in a row? */
static int count_candidate(lee__aircraft *aircraft, const lee__position_context *context,
                           lee_point solution, bool surface)
{
    const int64_t reach = reach_since(context, surface, aircraft->candidate_us);
    const bool agrees =
        aircraft->candidate_count > 0 && is_within(solution, aircraft->candidate, reach);
    aircraft->candidate_count = agrees ? (uint8_t)(aircraft->candidate_count + 1) : 1;
    aircraft->candidate = solution;
    aircraft->candidate_us = context->t_us;
    return aircraft->candidate_count;
}

static const char *find_anew(lee__aircraft *aircraft, const lee_cpr *half,
                             const lee__position_context *context, bool jumped, lee_point *out)
{
    lee_point solution;
    bool absolute = solve_global(aircraft, half, context, &solution);
    bool single = false;
    if (!absolute && half->surface && context->site != NULL) {
        absolute = lee_cpr_local(half, *context->site, &solution);
        single = absolute;
    }
    if (jumped) {
        (*context->implausible_count)++;
    }
    if (!absolute) {
        if (!context->timed) {
            aircraft->candidate_count = 0;
        }
        return "waiting for the other CPR half";
    }
    int needed = AGREEING_TIMED;
    if (jumped) {
        needed = AGREEING_JUMP;
    } else if (!context->timed && !single) {
        needed = AGREEING_UNTIMED;
    }
    if (count_candidate(aircraft, context, solution, half->surface) < needed) {
        return jumped ? "further away than it can have flown"
                      : "waiting for positions that agree, because the recording has no time";
    }
    aircraft->confirmations = 0;
    aircraft->conflicts = 0;
    aircraft->position_known = false;
    accept(aircraft, context, solution, half->surface);
    *out = solution;
    return NULL;
}

const char *lee__position_update(lee__aircraft *aircraft, const lee_cpr *half,
                                 const lee__position_context *context, lee_point *out)
{
    assert(context->implausible_count);

    aircraft->half[half->odd] = *half;
    aircraft->half_us[half->odd] = context->t_us;

    const char *why = NULL;
    bool usable;
    lee_point position;
    if (solve_from_last(aircraft, half, context, &usable, &position)) {
        if (check_global(aircraft, half, context, position)) {
            accept(aircraft, context, position, half->surface);
            *out = position;
        } else {
            aircraft->position_known = false;
            aircraft->conflicts = 0;
            why = "the position contradicts the pair of CPR halves";
        }
    } else {
        why = find_anew(aircraft, half, context, usable, out);
    }
    aircraft->last_half_odd = half->odd;
    return why;
}
