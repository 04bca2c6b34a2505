/* leeward/zone_set.h: many points at once against one set of zones. (docs/kernel.md) */
#ifndef LEEWARD_ZONE_SET_H
#define LEEWARD_ZONE_SET_H

#include <stddef.h>
#include <stdint.h>

#include "leeward/zone.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Locates `count` points given as columns. The zones of point i are zones[ends[i - 1]] up to, not
 * including, zones[ends[i]] (from zones[0] for i = 0), in an order that is the same for the same
 * set but otherwise undefined. Returns how many points were answered: fewer than `count` when the
 * zones of the next do not fit into `capacity` (at most UINT32_MAX). Ask again from there. Up to
 * 40 places beyond may be used as scratch, within `capacity`. */
size_t lee_zone_set_locate_many(const lee_zone_set *set, const int32_t *lat_e7,
                                const int32_t *lon_e7, size_t count, uint32_t *zones,
                                size_t capacity, uint32_t *ends);

/* As lee_zone_set_locate, and *same becomes a box around the point in which every point has the
 * same answer (both ends included; at least the point itself). A target that stays within it needs
 * no asking; the box holds until the set is replaced. */
size_t lee_zone_set_locate_box(const lee_zone_set *set, lee_point point, uint32_t *out,
                               size_t capacity, lee_box *same);

/* A new set that is `old` with one zone changed: `list` is old's list but for zones[zone], which
 * may also be one more at its end (put) or have become an area without rings (removed). `old_area`
 * is the zone's area in `old` (without rings for a new one). It costs what the zone's edges cost,
 * not what the set costs, and may be done any number of times; `old` stays as it is and may be in
 * use meanwhile, on any thread, and be changed again; either may be freed first.
 * LEE_ERR_LIMIT: more than LEE_ZONES_MAX zones, or the zone is so large, or so far from where the
 * others are, that the cells chosen at build are too small for it: build anew. LEE_ERR_NO_MEMORY.
 */
LEE_CHECK_RESULT
lee_error lee_zone_set_change(const lee_zone_set *old, const lee_zone_list *list, uint32_t zone,
                              const lee_area *old_area, lee_zone_set **out);

/* --- following moving targets ------------------------------------------------------------------
 */

/* A zone's altitude band and schedule as the follower judges them: feet on the scale of the
 * reports' altitudes (the caller converts between references once, not for each report). lower_ft
 * is inside, upper_ft outside; INT32_MIN and INT32_MAX mean no limit. */
typedef struct {
    int32_t lower_ft;
    int32_t upper_ft;
    lee_schedule schedule;
} lee_zone_volume;

typedef struct {
    uint32_t target;
    uint32_t zone;
    uint32_t report; /* its place in the columns */
    bool entered;    /* else left */
} lee_zone_crossing;

/* Remembers for each target which volumes it is in, and the box, altitudes and time within which
 * that cannot change, so that most reports cost one comparison. One thread uses it at a time; any
 * number of them share a set. */
typedef struct lee_zone_follower lee_zone_follower;

/* Targets are numbers below target_count. `set` and `volumes` (one for each zone of the set) are
 * borrowed and must live as long as the follower. LEE_ERR_NO_MEMORY. */
LEE_CHECK_RESULT
lee_error lee_zone_follower_create(const lee_zone_set *set, const lee_zone_volume *volumes,
                                   uint32_t target_count, lee_zone_follower **out);
void lee_zone_follower_free(lee_zone_follower *follower);

typedef struct {
    const uint32_t *target;
    const int32_t *lat_e7;
    const int32_t *lon_e7;
    const int32_t *alt_ft;
    const int64_t *t_us; /* never going back for a target */
    size_t count;
} lee_zone_reports;

/* Judges the reports in order; the zones entered and left are written in the order of the reports,
 * those of one report by zone number. Returns how many reports were judged: fewer than given when
 * the crossings of the next might not fit (`capacity` at least twice the number of zones that can
 * hold one point, plus those of one batch). *crossing_count is how many were written. */
size_t lee_zone_follower_report(lee_zone_follower *follower, const lee_zone_reports *reports,
                                lee_zone_crossing *out, size_t capacity, size_t *crossing_count);

#ifdef __cplusplus
}
#endif

#endif
