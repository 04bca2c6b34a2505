/* Zones within zones: a zone that exempts from another takes its own volume out of that one, for
 * those who may be in it.
 *
 * Leave is never guessed: where the altitude is not known, a limit is taken as the wider one, or
 * the carrier of a zone that moves is not known or silent, nobody is exempted. Whether a target may
 * be in the exempting zone is asked at the time that is judged, and counts for all of its way. */
#include "watch/state.h"

#include <assert.h>

#include "base/alloc.h"
#include "geo/area.h"
#include "geo/distance.h"
#include "zone/schedule.h"

/* Of all zones that exempt from one; what is beyond these counts as not exempted. */
#define STRETCHES_MAX 64u

/* --- who exempts from which ---------------------------------------------------------------------
 */

/* Counts by zone in `first`, one place further; or fills in `by`, moving `first` on. */
static void link_all(const lee_zone_list *list, const lee_map *numbers, uint32_t *first,
                     uint32_t *by)
{
    for (uint32_t z = 0; z < list->count; z++) {
        for (uint32_t i = 0; i < list->zones[z].exempt_count; i++) {
            const uint32_t named = lee__zone_numbered(numbers, list->zones[z].exempts[i]);
            if (named == LEE_MAP_NONE || named == z) {
                continue;
            }
            if (by) {
                by[first[named]++] = z;
            } else {
                first[named + 1]++;
            }
        }
    }
}

lee_error lee__exempts_make(lee_generation *g)
{
    const uint32_t count = g->list->count;
    size_t total = 0;
    for (uint32_t z = 0; z < count; z++) {
        total += g->list->zones[z].exempt_count;
    }
    if (total == 0) {
        return LEE_OK;
    }
    lee_map *const numbers = lee__zone_numbers(g->list);
    g->exempt_first = lee_alloc((size_t)count + 2, sizeof *g->exempt_first);
    g->exempt_by = lee_alloc(total, sizeof *g->exempt_by);
    if (!numbers || !g->exempt_first || !g->exempt_by) {
        lee_map_free(numbers);
        return LEE_ERR_NO_MEMORY;
    }
    link_all(g->list, numbers, g->exempt_first, NULL);
    for (uint32_t z = 0; z < count; z++) {
        g->exempt_first[z + 1] += g->exempt_first[z];
    }
    link_all(g->list, numbers, g->exempt_first, g->exempt_by);
    /* Each begins now where the next began. */
    for (uint32_t z = count; z > 0; z--) {
        g->exempt_first[z] = g->exempt_first[z - 1];
    }
    g->exempt_first[0] = 0;
    lee_map_free(numbers);
    return LEE_OK;
}

/* --- one target ---------------------------------------------------------------------------------
 */

static bool is_above_ground(const lee_alt_limit *limit, bool is_lower)
{
    return limit->kind == LEE_LIMIT_VALUE && limit->alt.ref == LEE_ALT_AGL &&
           !(is_lower && limit->alt.ft <= 0);
}

/* Whether the target may be in a zone whose limits can be known. */
static bool may_use(const lee_moment *m, uint32_t by)
{
    const lee_zone *const z = &m->watch->generation.list->zones[by];
    const bool is_known = m->watch->options.terrain ||
                          !(is_above_ground(&z->lower, true) || is_above_ground(&z->upper, false));
    return is_known && lee__moment_may_be_in(m, by, LEE_LEAVE_HERE);
}

/* Whom a bubble goes with is in it, wherever it says to be: the bubble follows its report. */
static bool is_middle_of(const lee_moment *m, uint32_t by)
{
    const lee_zone_moving *const moving = &m->watch->generation.list->zones[by].moving;
    return moving->radius_m > 0 && moving->route_count == 0 &&
           lee_target_equal(&moving->around, &m->track->last.target);
}

/* Whether it is known where the zone is at t_us. */
static bool is_placed(const lee_moment *m, uint32_t by, int64_t t_us)
{
    const lee_bubble *const bubble = lee__bubble_of(&m->watch->generation, by);
    return !bubble || is_middle_of(m, by) ||
           (lee__bubble_is_known(bubble, t_us) &&
            !lee__bubble_is_stale(m->watch, bubble, m->now.t_us));
}

/* Whether the volume of the exempting zone is known for certain at the place, whatever its area. */
static bool is_certain(const lee_moment *m, uint32_t by, const lee_place *place)
{
    const lee_stance stance = lee__volume_stance(m->watch, by, place, 0);
    return !stance.blurred && !stance.cautious && is_placed(m, by, place->t_us);
}

static bool holds_area(const lee_moment *m, uint32_t by, const lee_place *place)
{
    const lee_generation *const g = &m->watch->generation;
    const lee_bubble *const bubble = lee__bubble_of(g, by);
    if (bubble && is_middle_of(m, by)) {
        return true;
    }
    return bubble ? lee__bubble_holds(m->watch, bubble, place, place->t_us, 0.0)
                  : lee_area_contains(&g->list->zones[by].area, place->point);
}

uint32_t lee__exempt_at(const lee_moment *m, uint32_t zone, const lee_place *place)
{
    const lee_generation *const g = &m->watch->generation;
    if (!lee__is_exempted(g, zone)) {
        return LEE_WATCH_NONE;
    }
    for (uint32_t i = g->exempt_first[zone]; i < g->exempt_first[zone + 1]; i++) {
        const uint32_t by = g->exempt_by[i];
        if (lee_schedule_active(&g->list->zones[by].schedule, place->t_us) &&
            is_certain(m, by, place) && holds_area(m, by, place) &&
            lee__volume_is_between(m->watch, by, place, 0) && may_use(m, by)) {
            return by;
        }
    }
    return LEE_WATCH_NONE;
}

bool lee__exempt_concerns(const lee_moment *m, uint32_t zone)
{
    const lee_generation *const g = &m->watch->generation;
    bool found = false;
    if (!lee__is_exempted(g, zone)) {
        return false;
    }
    for (uint32_t i = g->exempt_first[zone]; !found && i < g->exempt_first[zone + 1]; i++) {
        found = may_use(m, g->exempt_by[i]);
    }
    return found;
}

bool lee__exempt_is_over_ground(const lee_moment *m, uint32_t zone)
{
    const lee_generation *const g = &m->watch->generation;
    bool found = false;
    for (uint32_t i = g->exempt_first ? g->exempt_first[zone] : 0;
         g->exempt_first && !found && i < g->exempt_first[zone + 1]; i++) {
        found = g->facts[g->exempt_by[i]].over_ground && may_use(m, g->exempt_by[i]);
    }
    return found;
}

bool lee__exempt_has_edge(const lee_moment *m, uint32_t zone, bool of_leave)
{
    const lee_generation *const g = &m->watch->generation;
    bool found = false;
    for (uint32_t i = g->exempt_first[zone]; !found && i < g->exempt_first[zone + 1]; i++) {
        found = g->changed[g->exempt_by[i]] ||
                (of_leave && lee__moment_leave_has_edge(m, g->exempt_by[i]));
    }
    return found;
}

bool lee__exempt_holds(const lee_moment *m, uint32_t zone, const lee_place *place)
{
    return lee__volume_holds(m->watch, zone, place) &&
           lee__exempt_at(m, zone, place) == LEE_WATCH_NONE;
}

size_t lee__exempt_path(const lee_moment *m, uint32_t zone, const lee_place *a, const lee_place *b,
                        lee_way_end a_in, lee_way_end b_in, lee_path_stretch *first,
                        lee_path_stretch *last, bool *blurred)
{
    const lee_generation *const g = &m->watch->generation;
    if (!lee__is_exempted(g, zone)) {
        return lee__volume_path(m->watch, zone, a, b, a_in, b_in, first, last, blurred);
    }
    lee_path_stretch without[STRETCHES_MAX];
    size_t count = 0;
    for (uint32_t i = g->exempt_first[zone]; i < g->exempt_first[zone + 1]; i++) {
        const uint32_t by = g->exempt_by[i];
        if (is_certain(m, by, a) && is_certain(m, by, b) && may_use(m, by)) {
            bool is_unsure;
            const size_t found = lee__volume_stretches(m->watch, by, a, b, without + count,
                                                       STRETCHES_MAX - count, &is_unsure);
            count += is_unsure ? 0 : found;
        }
    }
    return lee__volume_path_without(m->watch, zone, a, b, without, count, first, last, blurred);
}

/* --- how sure -----------------------------------------------------------------------------------
 */

bool lee__exempt_is_usable(const lee_moment *m, uint32_t by)
{
    const lee_schedule *const hours = &m->watch->generation.list->zones[by].schedule;
    return lee_schedule_active(hours, m->now.t_us) && may_use(m, by) &&
           is_placed(m, by, m->now.t_us);
}

double lee__exempt_depth_m(const lee_moment *m, uint32_t zone, double depth_m)
{
    const lee_generation *const g = &m->watch->generation;
    if (!lee__is_exempted(g, zone)) {
        return depth_m;
    }
    for (uint32_t i = g->exempt_first[zone]; i < g->exempt_first[zone + 1]; i++) {
        const uint32_t by = g->exempt_by[i];
        const lee_bubble *const bubble = lee__bubble_of(g, by);
        if (lee__exempt_is_usable(m, by) && !holds_area(m, by, &m->now)) {
            const double off_m =
                bubble ? lee__bubble_edge_m(m, bubble)
                       : lee_area_distance_m(&g->list->zones[by].area, m->now.point, NULL);
            depth_m = off_m < depth_m ? off_m : depth_m;
        }
    }
    return depth_m;
}

size_t lee__exempt_beside(const lee_moment *m, uint32_t zone, uint32_t *out, size_t capacity)
{
    const lee_generation *const g = &m->watch->generation;
    size_t count = 0;
    if (!lee__is_exempted(g, zone)) {
        return 0;
    }
    for (uint32_t i = g->exempt_first[zone]; i < g->exempt_first[zone + 1]; i++) {
        const uint32_t by = g->exempt_by[i];
        if (lee__exempt_is_usable(m, by) && holds_area(m, by, &m->now)) {
            if (count < capacity) {
                out[count] = by;
            }
            count++;
        }
    }
    return count;
}
