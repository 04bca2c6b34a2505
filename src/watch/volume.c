/* The volume of a zone: area times altitude band times schedule; places in it and ways through it.
 */
#include "watch/state.h"

#include <assert.h>

#include "geo/area.h"
#include "zone/schedule.h"

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

bool lee__volume_is_between(const lee_watch *watch, uint32_t zone, const lee_place *place,
                            int32_t margin_ft)
{
    if (!lee__volume_is_by_baro(watch, zone, place)) {
        return lee__volume_stance(watch, zone, place, margin_ft).within;
    }
    /* A limit that is none is at the end of the numbers, and beyond it with a margin. */
    const lee_limits limits = watch->generation.facts[zone].baro;
    const int64_t alt_ft = place->altitude.alt_baro_ft;
    return alt_ft >= (int64_t)limits.lower_ft - margin_ft &&
           alt_ft < (int64_t)limits.upper_ft + margin_ft;
}

lee_stance lee__volume_brief_stance(const lee_watch *watch, uint32_t zone, const lee_place *place)
{
    if (!lee__volume_is_by_baro(watch, zone, place)) {
        return lee__volume_stance(watch, zone, place, 0);
    }
    return (lee_stance){.within = lee__volume_is_between(watch, zone, place, 0), .is_brief = true};
}

lee_stance lee__volume_whole_stance(const lee_moment *m, uint32_t zone, const lee_stance *stance)
{
    return stance->is_brief ? lee__volume_stance(m->watch, zone, &m->now, 0) : *stance;
}

bool lee__volume_holds(const lee_watch *watch, uint32_t zone, const lee_place *place)
{
    const lee_zone *const z = &watch->generation.list->zones[zone];
    const lee_bubble *const bubble = lee__bubble_of(&watch->generation, zone);
    const bool in_area = bubble ? lee__bubble_holds(watch, bubble, place, place->t_us, 0.0)
                                : lee_area_contains(&z->area, place->point);
    return in_area && lee__volume_is_between(watch, zone, place, 0);
}

static const lee_path_stretch whole = {{0, 1}, {1, 1}};

/* --- the three together -------------------------------------------------------------------------
 */

typedef struct {
    size_t count;
    lee_path_stretch *first; /* NULL: all of them are kept instead, */
    lee_path_stretch *last;
    lee_path_stretch *all; /* so many at most */
    size_t capacity;
    const lee_path_stretch *without; /* in any order, and they may overlap */
    size_t without_count;
} stretches;

static void keep(stretches *found, lee_path_stretch stretch)
{
    if (!found->first) {
        if (found->count < found->capacity) {
            found->all[found->count++] = stretch;
        }
        return;
    }
    if (found->count == 0) {
        *found->first = stretch;
    }
    *found->last = stretch;
    found->count++;
}

/* From *at on: moves it behind all that is left out there. Returns where the next begins, at most
 * to. */
static lee_ratio pass_without(const stretches *found, lee_ratio *at, lee_ratio to)
{
    bool moved = true;
    while (moved) {
        moved = false;
        for (size_t i = 0; i < found->without_count; i++) {
            const lee_path_stretch *const out = &found->without[i];
            if (lee__way_compare(out->from, *at) <= 0 && lee__way_compare(*at, out->to) < 0) {
                *at = out->to;
                moved = true;
            }
        }
    }
    lee_ratio next = to;
    for (size_t i = 0; i < found->without_count; i++) {
        const lee_ratio from = found->without[i].from;
        if (lee__way_compare(from, *at) > 0 && lee__way_compare(from, next) < 0) {
            next = from;
        }
    }
    return next;
}

static void add(stretches *found, lee_path_stretch stretch)
{
    if (found->without_count == 0) {
        keep(found, stretch);
        return;
    }
    lee_ratio at = stretch.from;
    while (lee__way_compare(at, stretch.to) < 0) {
        const lee_ratio next = pass_without(found, &at, stretch.to);
        if (lee__way_compare(at, next) < 0 && lee__way_compare(at, stretch.to) < 0) {
            keep(found, (lee_path_stretch){at, next});
        }
        at = lee__way_compare(at, next) < 0 ? next : stretch.to;
    }
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
            if (lee__stretch_meet(&part,
                                  (lee_path_stretch){lee_ratio_make(at_us - from_us, span_us),
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

static size_t find(const lee_watch *watch, uint32_t zone, const lee_place *a, const lee_place *b,
                   lee_way_end a_in, lee_way_end b_in, stretches *found, bool *blurred)
{
    assert(a->t_us <= b->t_us);
    const lee_generation *const g = &watch->generation;
    *blurred = false;
    lee_path_stretch bands[LEE_BAND_STRETCHES_MAX];
    const bool moves = g->list->zones[zone].moving.radius_m > 0;
    const size_t band_count = moves || may_meet(&g->facts[zone], a->point, b->point)
                                  ? lee__volume_bands(watch, zone, a, b, bands, blurred)
                                  : 0;
    if (band_count == 0) {
        return 0;
    }
    const size_t count = area_stretches(watch, zone, a, b, a_in, b_in);
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < band_count; k++) {
            lee_path_stretch part = g->stretches[i];
            if (lee__stretch_meet(&part, bands[k])) {
                add_active(&g->list->zones[zone].schedule, a->t_us, b->t_us, part, found);
            }
        }
    }
    return found->count;
}

size_t lee__volume_path(const lee_watch *watch, uint32_t zone, const lee_place *a,
                        const lee_place *b, lee_way_end a_in, lee_way_end b_in,
                        lee_path_stretch *first, lee_path_stretch *last, bool *blurred)
{
    stretches found = {.first = first, .last = last};
    return find(watch, zone, a, b, a_in, b_in, &found, blurred);
}

size_t lee__volume_path_without(const lee_watch *watch, uint32_t zone, const lee_place *a,
                                const lee_place *b, const lee_path_stretch *without,
                                size_t without_count, lee_path_stretch *first,
                                lee_path_stretch *last, bool *blurred)
{
    stretches found = {
        .first = first, .last = last, .without = without, .without_count = without_count};
    return find(watch, zone, a, b, LEE_WAY_UNKNOWN, LEE_WAY_UNKNOWN, &found, blurred);
}

size_t lee__volume_stretches(const lee_watch *watch, uint32_t zone, const lee_place *a,
                             const lee_place *b, lee_path_stretch *out, size_t capacity,
                             bool *blurred)
{
    stretches found = {.all = out, .capacity = capacity};
    return find(watch, zone, a, b, LEE_WAY_UNKNOWN, LEE_WAY_UNKNOWN, &found, blurred);
}
