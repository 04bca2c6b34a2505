/* The volume of a zone: area times altitude band times schedule; places in it and ways through it.
 */
#include "watch/state.h"

#include <assert.h>

#include "geo/area.h"
#include "zone/schedule.h"

lee_band_conditions lee__volume_conditions(const lee_watch *watch, uint32_t zone,
                                           const lee_place *place)
{
    lee_band_conditions conditions = watch->generation.facts[zone].conditions;
    if (watch->has_air) {
        conditions.qnh_hpa_e1 = place->air.qnh_hpa_e1;
        conditions.qnh_error_ft = place->air.error_ft;
        conditions.qnh_unknown_ft = place->air.unknown_ft;
    }
    return conditions;
}

/* One limit under other conditions than those of the facts: every conversion adds a number, so the
 * comparisons are those of lee_band_locate. Limits above ground are as the facts have them. */
static int32_t limit_under(const lee_alt_limit *limit, bool by_hae, int32_t fact_ft, int wider,
                           const lee_band_conditions *conditions)
{
    if (limit->kind != LEE_LIMIT_VALUE || limit->alt.ref == LEE_ALT_AGL) {
        return fact_ft;
    }
    int32_t unknown_ft = 0;
    const int32_t shift_ft = lee_band_shift_ft(limit->alt.ref, by_hae, conditions, &unknown_ft);
    return limit->alt.ft - shift_ft + wider * unknown_ft;
}

lee_limits lee__volume_limits(const lee_watch *watch, uint32_t zone, const lee_place *place,
                              bool by_hae, bool wide)
{
    const lee_zone_facts *const facts = &watch->generation.facts[zone];
    lee_limits limits = by_hae ? facts->hae : facts->baro;
    if (watch->has_air) {
        const lee_zone *const z = &watch->generation.list->zones[zone];
        const lee_band_conditions here = lee__volume_conditions(watch, zone, place);
        limits.lower_ft = limit_under(&z->lower, by_hae, limits.lower_ft, wide ? -1 : 0, &here);
        limits.upper_ft = limit_under(&z->upper, by_hae, limits.upper_ft, wide ? 1 : 0, &here);
    }
    return limits;
}

lee_stance lee__volume_stance(const lee_watch *watch, uint32_t zone, const lee_place *place,
                              int32_t margin_ft)
{
    const lee_zone *const z = &watch->generation.list->zones[zone];
    lee_stance stance = {0};
    const lee_band_conditions conditions = lee__volume_conditions(watch, zone, place);
    lee_band_locate(&z->lower, &z->upper, &place->altitude, &conditions, margin_ft, &stance.band);
    stance.blurred = stance.band.side == LEE_BAND_UNKNOWN;
    stance.cautious = stance.band.cautious;
    stance.within = stance.blurred || stance.band.side == LEE_BAND_WITHIN;
    return stance;
}

bool lee__volume_holds(const lee_watch *watch, uint32_t zone, const lee_place *place)
{
    const lee_zone *const z = &watch->generation.list->zones[zone];
    const lee_bubble *const bubble = lee__bubble_of(&watch->generation, zone);
    const bool in_area = bubble ? lee__bubble_holds(watch, bubble, place, place->t_us, 0.0)
                                : lee_area_contains(&z->area, place->point);
    return in_area && lee__volume_stance(watch, zone, place, 0).within;
}

/* --- ways through: stretches of the parameter 0..1 ----------------------------------------------
 */

static const lee_path_stretch whole = {{0, 1}, {1, 1}};

/* Narrows *in to where both hold. False: nothing of any length is left. */
static bool meet(lee_path_stretch *in, lee_path_stretch with)
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
static used_kind kind_for(const lee_alt_limit *limit, const lee_place *a, const lee_place *b)
{
    const bool baro = a->altitude.has_baro && b->altitude.has_baro;
    const bool hae = a->altitude.has_hae && b->altitude.has_hae;
    const bool prefers_hae = limit->kind == LEE_LIMIT_VALUE && limit->alt.ref == LEE_ALT_HAE;
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

/* Narrows *in by one limit. False: nothing is left. */
static bool meet_limit(const lee_watch *watch, uint32_t zone, const lee_place *a,
                       const lee_place *b, bool is_upper, lee_path_stretch *in, bool *blurred)
{
    const lee_zone *const z = &watch->generation.list->zones[zone];
    const lee_zone_facts *const facts = &watch->generation.facts[zone];
    const used_kind kind = kind_for(is_upper ? &z->upper : &z->lower, a, b);
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
    if (is_upper) {
        /* Below the ceiling: at or above its mirror, but for the ends, which have no length. */
        if (from >= 0 && to >= 0) {
            return false;
        }
        (void)at_or_above(-from, -to, &part);
    } else if (!at_or_above(from, to, &part)) {
        return false;
    }
    return meet(in, part);
}

/* The side alone: by the limits worked out once, where these decide. */
static lee_band_side side_of(const lee_watch *watch, uint32_t zone, const lee_place *place)
{
    const lee_zone_facts *const facts = &watch->generation.facts[zone];
    const lee_band_altitude *const altitude = &place->altitude;
    if (facts->by_baro && !watch->has_air && altitude->has_baro && !altitude->on_ground) {
        return altitude->alt_baro_ft < facts->baro.lower_ft    ? LEE_BAND_BELOW
               : altitude->alt_baro_ft >= facts->baro.upper_ft ? LEE_BAND_ABOVE
                                                               : LEE_BAND_WITHIN;
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

static bool meet_altitudes(const lee_watch *watch, uint32_t zone, const lee_place *a,
                           const lee_place *b, lee_path_stretch *in, bool *blurred)
{
    if (lee__volume_passes_by(watch, zone, a, b)) {
        return false;
    }
    return meet_limit(watch, zone, a, b, false, in, blurred) &&
           meet_limit(watch, zone, a, b, true, in, blurred);
}

/* --- the three together -------------------------------------------------------------------------
 */

typedef struct {
    size_t count;
    lee_path_stretch *first;
    lee_path_stretch *last;
} stretches;

static void add(stretches *found, lee_path_stretch stretch)
{
    if (found->count == 0) {
        *found->first = stretch;
    }
    *found->last = stretch;
    found->count++;
}

/* Adds what is left of a stretch while the zone is active, edge by edge of its schedule. */
static void add_active(const lee_schedule *schedule, int64_t from_us, int64_t to_us,
                       lee_path_stretch stretch, stretches *found)
{
    if (schedule->always || to_us <= from_us) {
        if (schedule->always || lee_schedule_active(schedule, from_us)) {
            add(found, stretch);
        }
        return;
    }
    int64_t at_us = from_us;
    while (at_us < to_us) {
        int64_t edge_us;
        if (!lee_schedule_next_edge(schedule, at_us, &edge_us) || edge_us > to_us) {
            edge_us = to_us;
        }
        if (lee_schedule_active(schedule, at_us)) {
            const int64_t span_us = to_us - from_us;
            lee_path_stretch part = stretch;
            if (meet(&part, (lee_path_stretch){lee_ratio_make(at_us - from_us, span_us),
                                               lee_ratio_make(edge_us - from_us, span_us)})) {
                add(found, part);
            }
        }
        at_us = edge_us;
    }
}

/* The stretches of the way in the area; a way of no length is whole or nothing. */
static size_t area_stretches(const lee_watch *watch, uint32_t zone, const lee_place *a,
                             const lee_place *b, lee_way_end a_in, lee_way_end b_in)
{
    const lee_generation *const g = &watch->generation;
    const lee_area *const area = &g->list->zones[zone].area;
    const lee_bubble *const bubble = lee__bubble_of(g, zone);
    if (bubble) {
        return lee__bubble_stretches(watch, bubble, a, b, g->stretches);
    }
    const lee_point from = lee_point_canonical(a->point);
    const lee_point to = lee_point_canonical(b->point);
    if (from.lat_e7 == to.lat_e7 && from.lon_e7 == to.lon_e7) {
        g->stretches[0] = whole;
        return lee_area_contains(area, from) ? 1 : 0;
    }
    const size_t count = lee__ways_stretches(&g->ways, g->list, zone, a->point, b->point, a_in,
                                             b_in, g->stretches, g->stretch_capacity);
    if (count > g->stretch_capacity) {
        g->stretches[0] = whole;
        return 1;
    }
    return count;
}

/* Whether the way may meet the zone's box at all; over the antimeridian it always may. */
static bool may_meet(const lee_zone_facts *facts, lee_point a, lee_point b)
{
    const int64_t span = (int64_t)a.lon_e7 - b.lon_e7;
    if (span > LEE_LON_MAX_E7 || span < -LEE_LON_MAX_E7 || a.lon_e7 == LEE_LON_MAX_E7 ||
        b.lon_e7 == LEE_LON_MAX_E7) {
        return true;
    }
    const lee_box box = {
        {a.lat_e7 < b.lat_e7 ? a.lat_e7 : b.lat_e7, a.lon_e7 < b.lon_e7 ? a.lon_e7 : b.lon_e7},
        {a.lat_e7 > b.lat_e7 ? a.lat_e7 : b.lat_e7, a.lon_e7 > b.lon_e7 ? a.lon_e7 : b.lon_e7}};
    return lee_box_meets(facts->box, box);
}

size_t lee__volume_path(const lee_watch *watch, uint32_t zone, const lee_place *a,
                        const lee_place *b, lee_way_end a_in, lee_way_end b_in,
                        lee_path_stretch *first, lee_path_stretch *last, bool *blurred)
{
    assert(a->t_us <= b->t_us);
    const lee_generation *const g = &watch->generation;
    stretches found = {.first = first, .last = last};
    *blurred = false;
    lee_path_stretch band = whole;
    const bool moves = g->list->zones[zone].moving.radius_m > 0;
    if ((!moves && !may_meet(&g->facts[zone], a->point, b->point)) ||
        !meet_altitudes(watch, zone, a, b, &band, blurred)) {
        return 0;
    }
    const size_t count = area_stretches(watch, zone, a, b, a_in, b_in);
    for (size_t i = 0; i < count; i++) {
        lee_path_stretch part = g->stretches[i];
        if (meet(&part, band)) {
            add_active(&g->list->zones[zone].schedule, a->t_us, b->t_us, part, &found);
        }
    }
    return found.count;
}
