#include "zone/alt_band.h"

#include <assert.h>
#include <stddef.h>

void lee_band_conditions_default(lee_band_conditions *out)
{
    assert(out);
    *out = (lee_band_conditions){.qnh_error_ft = LEE_QNH_ERROR_FT, .geoid_error_m = 107};
}

static int64_t divide_nearest(int64_t value, int64_t by)
{
    assert(by > 0);
    return value >= 0 ? (value + by / 2) / by : -((-value + by / 2) / by);
}

static int64_t feet_of_metres(int64_t metres)
{
    return divide_nearest(metres * 328084, 100000);
}

/* MSL minus STD for a QNH: the height of that pressure in the ICAO standard atmosphere (Doc 7488),
 * 145366 ft x (1 - (p/1013.25)^0.190263), as the parabola through it; within 2 ft from 950 to
 * 1050 hPa, 8 ft from 930 to 1070 hPa. */
int32_t lee_qnh_height_ft(int32_t qnh_hpa_e1)
{
    const int64_t d = (int64_t)qnh_hpa_e1 - LEE_QNH_STANDARD_HPA_E1;
    return (int32_t)divide_nearest(273100 * d - 11 * d * d, 100000);
}

int32_t lee_qnh_of_height(int32_t height_ft)
{
    int32_t low = LEE_QNH_MIN_HPA_E1;
    int32_t high = LEE_QNH_MAX_HPA_E1;
    while (high - low > 1) {
        const int32_t middle = (low + high) / 2;
        if (lee_qnh_height_ft(middle) <= height_ft) {
            low = middle;
        } else {
            high = middle;
        }
    }
    const bool nearer_high =
        lee_qnh_height_ft(high) - height_ft < height_ft - lee_qnh_height_ft(low);
    return nearer_high ? high : low;
}

/* How wrong pressure altitude is against height: 4 % for each 10 degrees that the air differs from
 * the standard one (Doc 8168 III 1.4.3), 15 degrees taken, so 6 % of the height. */
static int64_t air_error_ft(int64_t height_ft)
{
    return (height_ft < 0 ? -height_ft : height_ft) * 6 / 100;
}

typedef struct {
    bool known;
    int64_t ft; /* in the reference asked for */
    lee_alt used;
    int64_t error_ft;
    int64_t unknown_ft; /* limits are wider by this */
} converted;

/* Between pressure and height: +1 from STD to MSL, -1 back. */
static void cross_pressure(converted *value, int sign, const lee_band_conditions *conditions)
{
    if (conditions->qnh_hpa_e1 != 0) {
        value->ft += sign * lee_qnh_height_ft(conditions->qnh_hpa_e1);
        value->error_ft += conditions->qnh_error_ft;
    } else {
        value->error_ft += LEE_QNH_UNKNOWN_FT;
        value->unknown_ft = conditions->qnh_unknown_ft;
    }
    value->error_ft += air_error_ft(value->ft);
}

static converted from_baro(int32_t ft, lee_alt_ref ref, const lee_band_conditions *conditions)
{
    converted result = {.known = true, .ft = ft, .used = {ft, LEE_ALT_STD}};
    if (ref == LEE_ALT_STD) {
        return result;
    }
    cross_pressure(&result, 1, conditions);
    if (ref == LEE_ALT_HAE) {
        result.ft += feet_of_metres(conditions->geoid_m);
        result.error_ft += feet_of_metres(conditions->geoid_error_m);
    }
    return result;
}

static converted from_hae(int32_t ft, lee_alt_ref ref, const lee_band_conditions *conditions)
{
    converted result = {.known = true, .ft = ft, .used = {ft, LEE_ALT_HAE}};
    if (ref == LEE_ALT_HAE) {
        return result;
    }
    result.ft -= feet_of_metres(conditions->geoid_m);
    result.error_ft = feet_of_metres(conditions->geoid_error_m);
    if (ref == LEE_ALT_STD) {
        cross_pressure(&result, -1, conditions);
    }
    return result;
}

int32_t lee_band_shift_ft(lee_alt_ref ref, bool by_hae, const lee_band_conditions *conditions,
                          int32_t *unknown_ft)
{
    assert(ref < LEE_ALT_REF_COUNT && conditions && unknown_ft);
    const lee_alt_ref to = ref == LEE_ALT_AGL ? LEE_ALT_MSL : ref;
    const converted zero = by_hae ? from_hae(0, to, conditions) : from_baro(0, to, conditions);
    *unknown_ft = (int32_t)zero.unknown_ft;
    return (int32_t)zero.ft;
}

/* Height above ground is geometry, which GNSS measures and pressure does not. */
static bool prefers_hae(lee_alt_ref ref, bool has_terrain)
{
    return ref == LEE_ALT_HAE || (ref == LEE_ALT_AGL && has_terrain);
}

bool lee_band_prefers_hae(const lee_alt_limit *limit, bool has_terrain)
{
    assert(limit);
    return limit->kind == LEE_LIMIT_VALUE && prefers_hae(limit->alt.ref, has_terrain);
}

/* AGL is answered as MSL: the caller takes the ground off. */
static converted convert(const lee_band_altitude *altitude, lee_alt_ref ref,
                         const lee_band_conditions *conditions)
{
    const lee_alt_ref to = ref == LEE_ALT_AGL ? LEE_ALT_MSL : ref;
    if (altitude->has_hae && (prefers_hae(ref, conditions->has_terrain) || !altitude->has_baro)) {
        return from_hae(altitude->alt_hae_ft, to, conditions);
    }
    if (altitude->has_baro) {
        return from_baro(altitude->alt_baro_ft, to, conditions);
    }
    return (converted){.known = false};
}

/* Whether the altitude is on the inner side of one limit: yes, no, or not known. */
typedef enum { HOLDS, FAILS, OPEN } limit_state;

typedef struct {
    limit_state state;
    bool has_used;
    lee_alt used;
    int64_t error_ft;
    bool cautious;
} limit_answer;

/* On the ground and no altitude: the ground itself is compared, where its height is not known the
 * floors that are not above ground are taken to be over it, as airspace over an aerodrome is. */
static limit_answer judge_ground(const lee_alt_limit *limit, bool is_lower,
                                 const lee_band_conditions *conditions)
{
    limit_answer answer = {
        .state = is_lower ? FAILS : HOLDS, .has_used = true, .used = {0, LEE_ALT_AGL}};
    const bool sure = conditions->has_terrain && limit->alt.ref == LEE_ALT_MSL &&
                      conditions->terrain_max_ft < limit->alt.ft;
    answer.cautious = !sure;
    return answer;
}

static limit_answer judge_above_ground(const lee_alt_limit *limit, bool is_lower,
                                       const lee_band_altitude *altitude,
                                       const lee_band_conditions *conditions, int64_t limit_ft)
{
    if (altitude->on_ground) {
        const bool holds = is_lower ? 0 >= limit_ft : 0 < limit_ft;
        return (limit_answer){
            .state = holds ? HOLDS : FAILS, .has_used = true, .used = {0, LEE_ALT_AGL}};
    }
    if (is_lower && limit->alt.ft <= 0) {
        return (limit_answer){.state = HOLDS};
    }
    const converted value = convert(altitude, LEE_ALT_AGL, conditions);
    if (!value.known) {
        return (limit_answer){.state = OPEN};
    }
    if (!conditions->has_terrain) {
        return (limit_answer){
            .state = HOLDS, .cautious = true, .has_used = true, .used = value.used};
    }
    assert(conditions->terrain_min_ft <= conditions->terrain_max_ft);
    const int64_t highest_ft = value.ft + value.unknown_ft - conditions->terrain_min_ft;
    const int64_t lowest_ft = value.ft - value.unknown_ft - conditions->terrain_max_ft;
    limit_answer answer = {.state = HOLDS,
                           .has_used = true,
                           .used = value.used,
                           .error_ft = value.error_ft + LEE_TERRAIN_ERROR_FT};
    if (is_lower) {
        answer.state = highest_ft < limit_ft ? FAILS : HOLDS;
        answer.cautious = answer.state == HOLDS && lowest_ft < limit_ft;
    } else {
        answer.state = lowest_ft >= limit_ft ? FAILS : HOLDS;
        answer.cautious = answer.state == HOLDS && highest_ft >= limit_ft;
    }
    return answer;
}

static limit_answer judge_limit(const lee_alt_limit *limit, bool is_lower,
                                const lee_band_altitude *altitude,
                                const lee_band_conditions *conditions, int32_t margin_ft)
{
    /* A floor of UNL or a ceiling of SFC leave no room; import refuses them. */
    if (limit->kind != LEE_LIMIT_VALUE) {
        const bool open_side = (limit->kind == LEE_LIMIT_SFC) == is_lower;
        return (limit_answer){.state = open_side ? HOLDS : FAILS};
    }
    assert(limit->alt.ref < LEE_ALT_REF_COUNT);
    const int64_t limit_ft =
        is_lower ? (int64_t)limit->alt.ft - margin_ft : (int64_t)limit->alt.ft + margin_ft;
    if (limit->alt.ref == LEE_ALT_AGL) {
        return judge_above_ground(limit, is_lower, altitude, conditions, limit_ft);
    }
    const converted value = convert(altitude, limit->alt.ref, conditions);
    if (!value.known) {
        return altitude->on_ground ? judge_ground(limit, is_lower, conditions)
                                   : (limit_answer){.state = OPEN};
    }
    const int64_t slack_ft = value.unknown_ft;
    const bool holds = is_lower ? value.ft + slack_ft >= limit_ft : value.ft - slack_ft < limit_ft;
    const bool surely = is_lower ? value.ft - slack_ft >= limit_ft : value.ft + slack_ft < limit_ft;
    return (limit_answer){.state = holds ? HOLDS : FAILS,
                          .has_used = true,
                          .used = value.used,
                          .error_ft = value.error_ft,
                          .cautious = holds && !surely};
}

static void take(lee_band_answer *out, const limit_answer *from)
{
    if (from->has_used && (!out->has_used || from->error_ft > out->error_ft)) {
        out->has_used = true;
        out->used = from->used;
        out->error_ft = (int32_t)(from->error_ft > INT32_MAX ? INT32_MAX : from->error_ft);
    }
    out->cautious = out->cautious || from->cautious;
}

void lee_band_locate(const lee_alt_limit *lower, const lee_alt_limit *upper,
                     const lee_band_altitude *altitude, const lee_band_conditions *conditions,
                     int32_t margin_ft, lee_band_answer *out)
{
    assert(lower && upper && altitude && conditions && out);
    assert(margin_ft >= 0);
    assert(conditions->geoid_error_m >= 0);

    const limit_answer below = judge_limit(lower, true, altitude, conditions, margin_ft);
    const limit_answer above = judge_limit(upper, false, altitude, conditions, margin_ft);
    lee_band_answer answer = {.side = LEE_BAND_WITHIN};
    if (below.state == FAILS) {
        answer.side = LEE_BAND_BELOW;
        take(&answer, &below);
    } else if (above.state == FAILS) {
        answer.side = LEE_BAND_ABOVE;
        take(&answer, &above);
    } else {
        if (below.state == OPEN || above.state == OPEN) {
            answer.side = LEE_BAND_UNKNOWN;
        }
        take(&answer, &below);
        take(&answer, &above);
    }
    *out = answer;
}
