/* Altitudes against the limits of a zone: at a place and along a way, with what is known of the
 * pressure, the geoid and the ground there. */
#include "watch/state.h"

#include <assert.h>

/* For the whole zone, with the pressure as it is known at the place. */
static lee_band_conditions conditions_anywhere(const lee_watch *watch, uint32_t zone,
                                               const lee_air *air)
{
    lee_band_conditions conditions = watch->generation.facts[zone].conditions;
    if (watch->has_air) {
        conditions.qnh_hpa_e1 = air->qnh_hpa_e1;
        conditions.qnh_error_ft = air->error_ft;
        conditions.qnh_unknown_ft = air->unknown_ft;
    }
    return conditions;
}

lee_band_conditions lee__volume_conditions(const lee_watch *watch, uint32_t zone,
                                           const lee_place *place)
{
    lee_band_conditions conditions = conditions_anywhere(watch, zone, &place->air);
    if (watch->options.terrain) {
        int32_t ground_ft = 0;
        conditions.has_terrain =
            lee_terrain_height_ft(watch->options.terrain, place->point, &ground_ft);
        conditions.terrain_min_ft = ground_ft;
        conditions.terrain_max_ft = ground_ft;
    }
    return conditions;
}

bool lee__volume_prefers_hae(const lee_watch *watch, uint32_t zone, const lee_alt_limit *limit)
{
    return lee_band_prefers_hae(limit, watch->generation.facts[zone].over_ground);
}

static bool is_above_ground(const lee_alt_limit *limit)
{
    return limit->kind == LEE_LIMIT_VALUE && limit->alt.ref == LEE_ALT_AGL;
}

/* One limit under other conditions than those of the facts: every conversion adds a number, so the
 * comparisons are those of lee_band_locate. */
static int32_t limit_under(const lee_alt_limit *limit, bool is_lower, bool by_hae, int32_t fact_ft,
                           bool wide, const lee_band_conditions *conditions)
{
    if (limit->kind != LEE_LIMIT_VALUE) {
        return fact_ft;
    }
    const bool above_ground = is_above_ground(limit);
    if (above_ground && (!conditions->has_terrain || (is_lower && limit->alt.ft <= 0))) {
        return is_lower ? INT32_MIN : INT32_MAX;
    }
    int32_t unknown_ft = 0;
    const int32_t shift_ft = lee_band_shift_ft(limit->alt.ref, by_hae, conditions, &unknown_ft);
    const int32_t ground_ft = above_ground ? conditions->terrain_min_ft : 0;
    const int32_t wider_ft = wide ? (is_lower ? -unknown_ft : unknown_ft) : 0;
    return limit->alt.ft + ground_ft - shift_ft + wider_ft;
}

bool lee__volume_is_by_baro(const lee_watch *watch, uint32_t zone, const lee_place *place)
{
    return watch->generation.facts[zone].by_baro && !watch->has_air && place->altitude.has_baro &&
           !place->altitude.on_ground;
}

lee_limits lee__volume_limits(const lee_watch *watch, uint32_t zone, const lee_place *place,
                              bool by_hae, bool wide)
{
    const lee_zone_facts *const facts = &watch->generation.facts[zone];
    lee_limits limits = by_hae ? facts->hae : facts->baro;
    if (watch->has_air || facts->over_ground) {
        const lee_zone *const z = &watch->generation.list->zones[zone];
        const lee_band_conditions here = lee__volume_conditions(watch, zone, place);
        limits.lower_ft = limit_under(&z->lower, true, by_hae, limits.lower_ft, wide, &here);
        limits.upper_ft = limit_under(&z->upper, false, by_hae, limits.upper_ft, wide, &here);
    }
    return limits;
}

/* --- ways: stretches of the parameter 0..1 -------------------------------------------------------
 */

static const lee_path_stretch whole = {{0, 1}, {1, 1}};

/* Narrows *in to where both hold. False: nothing of any length is left. */
bool lee__stretch_meet(lee_path_stretch *in, lee_path_stretch with)
{
    if (with.from.num > 0) {
        in->from = lee__way_compare(in->from, with.from) < 0 ? with.from : in->from;
    }
    if (with.to.num < with.to.den) {
        in->to = lee__way_compare(in->to, with.to) > 0 ? with.to : in->to;
    }
    return lee__way_compare(in->from, in->to) < 0;
}

/* Where the straight line from a to b (integers) lies at or above 0. False: nowhere. */
static bool at_or_above(int64_t a, int64_t b, lee_path_stretch *out)
{
    *out = whole;
    if (a >= 0 && b >= 0) {
        return true;
    }
    if (a < 0 && b < 0) {
        return false;
    }
    if (b > a) {
        out->from = lee_ratio_make(-a, b - a);
    } else {
        out->to = lee_ratio_make(a, a - b);
    }
    return true;
}

typedef enum { USES_NOTHING, USES_BARO, USES_HAE } used_kind;

/* Which of the two altitudes serves a limit on the whole way: that which lee_band_locate prefers,
 * if both ends have it. */
static used_kind kind_for(bool prefers_hae, const lee_place *a, const lee_place *b)
{
    const bool baro = a->altitude.has_baro && b->altitude.has_baro;
    const bool hae = a->altitude.has_hae && b->altitude.has_hae;
    if (prefers_hae ? hae : hae && !baro) {
        return USES_HAE;
    }
    return baro ? USES_BARO : USES_NOTHING;
}

/* How far above a limit, negative below. */
static int64_t over_limit(const lee_watch *watch, uint32_t zone, const lee_place *place,
                          bool by_hae, bool is_upper)
{
    const lee_limits limits = lee__volume_limits(watch, zone, place, by_hae, true);
    const int64_t alt_ft = by_hae ? place->altitude.alt_hae_ft : place->altitude.alt_baro_ft;
    return alt_ft - (is_upper ? limits.upper_ft : limits.lower_ft);
}

/* Where the straight line from a to b feet above a limit is on its inner side. False: nowhere. */
static bool inner_side(int64_t a, int64_t b, bool is_upper, lee_path_stretch *out)
{
    if (!is_upper) {
        return at_or_above(a, b, out);
    }
    /* Below the ceiling: at or above its mirror, but for the ends, which have no length. */
    return !(a >= 0 && b >= 0) && at_or_above(-a, -b, out);
}

/* Narrows *in by one limit that is not above the ground. False: nothing is left. */
static bool meet_limit(const lee_watch *watch, uint32_t zone, const lee_place *a,
                       const lee_place *b, bool is_upper, lee_path_stretch *in, bool *blurred)
{
    const lee_zone *const z = &watch->generation.list->zones[zone];
    const lee_zone_facts *const facts = &watch->generation.facts[zone];
    const lee_alt_limit *const limit = is_upper ? &z->upper : &z->lower;
    const used_kind kind = kind_for(lee__volume_prefers_hae(watch, zone, limit), a, b);
    const int32_t baro_ft = is_upper ? facts->baro.upper_ft : facts->baro.lower_ft;
    const int32_t hae_ft = is_upper ? facts->hae.upper_ft : facts->hae.lower_ft;
    const int32_t limit_ft = kind == USES_HAE ? hae_ft : baro_ft;
    const bool none = is_upper ? limit_ft == INT32_MAX : limit_ft == INT32_MIN;
    if (none && (kind != USES_NOTHING || hae_ft == baro_ft)) {
        return true;
    }
    if (kind == USES_NOTHING) {
        *blurred = true;
        return true;
    }
    const int64_t from = over_limit(watch, zone, a, kind == USES_HAE, is_upper);
    const int64_t to = over_limit(watch, zone, b, kind == USES_HAE, is_upper);
    lee_path_stretch part;
    return inner_side(from, to, is_upper, &part) && lee__stretch_meet(in, part);
}

/* The side alone: by the limits worked out once, where these decide. */
static lee_band_side side_of(const lee_watch *watch, uint32_t zone, const lee_place *place)
{
    const lee_zone_facts *const facts = &watch->generation.facts[zone];
    const lee_band_altitude *const altitude = &place->altitude;
    if (lee__volume_is_by_baro(watch, zone, place)) {
        return altitude->alt_baro_ft < facts->baro.lower_ft    ? LEE_BAND_BELOW
               : altitude->alt_baro_ft >= facts->baro.upper_ft ? LEE_BAND_ABOVE
                                                               : LEE_BAND_WITHIN;
    }
    if (facts->over_ground) {
        /* What the ground is anywhere under the zone decides for all of a way. */
        const lee_zone *const z = &watch->generation.list->zones[zone];
        const lee_band_conditions anywhere = conditions_anywhere(watch, zone, &place->air);
        lee_band_answer answer;
        lee_band_locate(&z->lower, &z->upper, altitude, &anywhere, 0, &answer);
        return answer.side;
    }
    return lee__volume_stance(watch, zone, place, 0).band.side;
}

/* A straight line between two places above, or two below, is so all the way: this also judges
 * targets on the ground, of which no altitude is known. */
bool lee__volume_passes_by(const lee_watch *watch, uint32_t zone, const lee_place *a,
                           const lee_place *b)
{
    const lee_band_side side = side_of(watch, zone, a);
    return (side == LEE_BAND_BELOW || side == LEE_BAND_ABOVE) && side_of(watch, zone, b) == side;
}

/* --- above the ground
 * -----------------------------------------------------------------------------
 *
 * The ground under a way is asked for at points three seconds apart (92 m), at 129 at most, and
 * taken as straight between them; at the ends it is that of lee__volume_stance. */

#define PIECE_E7 8333
static_assert(LEE_BAND_STRETCHES_MAX == 128, "as many pieces as stretches");

typedef struct {
    const lee_watch *watch;
    uint32_t zone;
    const lee_place *a;
    const lee_place *b;
    uint32_t pieces;
    bool known[LEE_BAND_STRETCHES_MAX + 1];
    int32_t ground_ft[LEE_BAND_STRETCHES_MAX + 1];
} profile;

static uint32_t count_pieces(lee_point a, lee_point b)
{
    const int64_t lat = (int64_t)a.lat_e7 - b.lat_e7;
    int64_t lon = (int64_t)a.lon_e7 - b.lon_e7;
    lon = lon > LEE_LON_MAX_E7 ? lon - 2 * (int64_t)LEE_LON_MAX_E7 : lon;
    lon = lon < -LEE_LON_MAX_E7 ? lon + 2 * (int64_t)LEE_LON_MAX_E7 : lon;
    const int64_t north = lat < 0 ? -lat : lat;
    const int64_t east = lon < 0 ? -lon : lon;
    const int64_t count = (north > east ? north : east) / PIECE_E7 + 1;
    return count < LEE_BAND_STRETCHES_MAX ? (uint32_t)count : LEE_BAND_STRETCHES_MAX;
}

static void look_down(profile *p)
{
    p->pieces = count_pieces(p->a->point, p->b->point);
    for (uint32_t i = 0; i <= p->pieces; i++) {
        const lee_point at = i == 0           ? p->a->point
                             : i == p->pieces ? p->b->point
                                              : lee__way_point(p->a->point, p->b->point,
                                                               lee_ratio_make(i, p->pieces));
        p->known[i] = lee_terrain_height_ft(p->watch->options.terrain, at, &p->ground_ft[i]);
    }
}

/* How high over the limit an end would be if the ground were at the sea. False: not known. */
static bool over_sea(const profile *p, const lee_place *place, int32_t ground_ft,
                     const lee_alt_limit *limit, bool is_upper, used_kind kind, int64_t *out)
{
    if (place->altitude.on_ground) {
        *out = (int64_t)ground_ft - limit->alt.ft;
        return true;
    }
    const bool by_hae = kind == USES_HAE;
    const lee_band_conditions here = conditions_anywhere(p->watch, p->zone, &place->air);
    int32_t unknown_ft = 0;
    const int32_t shift_ft = lee_band_shift_ft(LEE_ALT_AGL, by_hae, &here, &unknown_ft);
    *out = (int64_t)(by_hae ? place->altitude.alt_hae_ft : place->altitude.alt_baro_ft) + shift_ft +
           (is_upper ? -unknown_ft : unknown_ft) - limit->alt.ft;
    return kind != USES_NOTHING;
}

/* Narrows the stretch of one piece. False: nothing is left. */
static bool meet_piece(const profile *p, uint32_t i, int64_t from_sea, int64_t to_sea,
                       bool is_upper, lee_path_stretch *in)
{
    if (!p->known[i] && !p->known[i + 1]) {
        return true;
    }
    /* Half a piece beyond what is known the ground is no other. */
    const int64_t n = p->pieces;
    const int64_t start =
        from_sea + (to_sea - from_sea) * i / n - p->ground_ft[p->known[i] ? i : i + 1];
    const int64_t end =
        from_sea + (to_sea - from_sea) * (i + 1) / n - p->ground_ft[p->known[i + 1] ? i + 1 : i];
    lee_path_stretch part;
    if (!inner_side(start, end, is_upper, &part)) {
        return false;
    }
    const lee_path_stretch of_way = {{i * part.from.den + part.from.num, n * part.from.den},
                                     {i * part.to.den + part.to.num, n * part.to.den}};
    return lee__stretch_meet(in, of_way);
}

/* Takes out of the stretches what lies outside one limit above the ground. */
static size_t meet_ground(const profile *p, bool is_upper, const lee_path_stretch *in, size_t count,
                          lee_path_stretch out[LEE_BAND_STRETCHES_MAX], bool *blurred)
{
    const lee_zone *const z = &p->watch->generation.list->zones[p->zone];
    const lee_alt_limit *const limit = is_upper ? &z->upper : &z->lower;
    const used_kind kind = kind_for(true, p->a, p->b);
    int64_t from = 0;
    int64_t to = 0;
    if ((!is_upper && limit->alt.ft <= 0) ||
        !over_sea(p, p->a, p->ground_ft[0], limit, is_upper, kind, &from) ||
        !over_sea(p, p->b, p->ground_ft[p->pieces], limit, is_upper, kind, &to)) {
        *blurred = *blurred || is_upper || limit->alt.ft > 0;
        for (size_t i = 0; i < count; i++) {
            out[i] = in[i];
        }
        return count;
    }
    size_t made = 0;
    for (uint32_t i = 0; i < p->pieces; i++) {
        for (size_t k = 0; k < count; k++) {
            lee_path_stretch part = in[k];
            if (!lee__stretch_meet(&part, (lee_path_stretch){lee_ratio_make(i, p->pieces),
                                                             lee_ratio_make(i + 1, p->pieces)}) ||
                !meet_piece(p, i, from, to, is_upper, &part)) {
                continue;
            }
            if (made > 0 && lee__way_compare(out[made - 1].to, part.from) == 0) {
                out[made - 1].to = part.to;
            } else if (made < LEE_BAND_STRETCHES_MAX) {
                out[made++] = part;
            } else {
                out[made - 1].to = part.to;
            }
        }
    }
    return made;
}

size_t lee__volume_bands(const lee_watch *watch, uint32_t zone, const lee_place *a,
                         const lee_place *b, lee_path_stretch out[LEE_BAND_STRETCHES_MAX],
                         bool *blurred)
{
    if (lee__volume_passes_by(watch, zone, a, b)) {
        return 0;
    }
    const lee_zone *const z = &watch->generation.list->zones[zone];
    const bool over_ground = watch->generation.facts[zone].over_ground;
    const bool lower_ground = over_ground && is_above_ground(&z->lower);
    const bool upper_ground = over_ground && is_above_ground(&z->upper);
    out[0] = whole;
    if ((!lower_ground && !meet_limit(watch, zone, a, b, false, &out[0], blurred)) ||
        (!upper_ground && !meet_limit(watch, zone, a, b, true, &out[0], blurred))) {
        return 0;
    }
    size_t count = 1;
    if (over_ground) {
        profile p = {.watch = watch, .zone = zone, .a = a, .b = b};
        lee_path_stretch between[LEE_BAND_STRETCHES_MAX];
        look_down(&p);
        between[0] = out[0];
        if (lower_ground) {
            count = meet_ground(&p, false, out, count, between, blurred);
        }
        if (upper_ground) {
            count = meet_ground(&p, true, between, count, out, blurred);
        } else {
            for (size_t i = 0; i < count; i++) {
                out[i] = between[i];
            }
        }
    }
    return count;
}
