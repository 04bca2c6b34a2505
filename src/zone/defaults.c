/* Sources, by field (EUROCONTROL GUID-161 is the guidelines for area proximity warning):
 * look_ahead_s     at most 2 minutes for airspace (ESSIP ATC02.5: "infringes or will within 2
 *                  minutes"); longer for people on the ground, who need time to reach shelter, at
 *                  the price of more false predictions.
 * warning_time_s   60 s en route (order of magnitude of the safety-net practice); 30 s for airspace
 *                  that pilots themselves avoid (XCSoar's airspace warning); safe and no_fly zones
 *                  tell as early as they can see.
 * lateral_margin_m 926 m = 0.5 NM, the 95 % lateral uncertainty of radar (UK CAP 670), as the
 *                  hysteresis of grave kinds; 300 m, about the 0.25 NM allowed for map error less
 *                  what ADS-B gains, for the others.
 * vertical_margin_ft 200 ft, the vertical uncertainty of mode C (UK CAP 670).
 * confirm          2 of the reports in a row (2 to 3 of 4 in practice); 1 where a miss is worse
 *                  than a false alert.
 * hold             2 missed cycles, so that a wobbling vector does not flash (2 to 3 in practice).
 * lost_after_s     30 s: six updates of a 5 s radar; XCSoar's acknowledgement time; 60 s (its
 *                  debounce) where nobody is warned.
 * alert_chance_pct 90: at most one alert in ten to no purpose is what the 75 % and 50 % of the
 *                  reference chain come down to with several ways ahead (docs/watch.md); 0, every
 *                  straight line that leads in, where a miss is worse than a false alert.
 * map_error_m      0, not stated: only who drew a zone knows.
 * realert_s        600 s: one alert in ten minutes for a target and zone is the goal; OpenCPN's
 *                  users mute everything when the acknowledged comes back at once.
 * group_m          1,000 m: a formation flies within 1 NM and 100 ft (FAA JO 7110.65); a swarm in
 *                  less. Off where nobody is warned.
 * loiter, stop, meet, low: off: what is unusual depends on what the zone is for.
 * confirm_of       0, in a row: as many hits of more reports (2 to 3 of 4 in practice) are for
 *                  receivers that lose many reports.
 * imminent_s       15 s (15 to 20 s in practice).
 * imminent_chance_pct, averted_chance_pct  70 and 10: found on the tuning half of the recordings.
 * update_s, lost_end_s  10 s and 600 s, in event time: a display that missed one message.
 * lateral_error_m, lateral_growth_m, vertical_error_ft, vertical_growth_ft
 *                  100 m and 200 ft for each minute ahead where a miss is worse than a false alert
 *                  and the straight line decides: on the tuning half of the recordings that halves
 *                  the entries missed (0.8 to 0.4 %), for 23 % of alerts to no purpose in place of
 *                  18 %. Else 0, the ways ahead are the errors of prediction.
 * emergency        told everywhere: ICAO Doc 4444 8.8; 7400 is lost link (FAA JO 7110.65). */
#include "zone/defaults.h"

#include <assert.h>

typedef struct {
    lee_zone_entry entry;
    lee_zone_watch watch;
} defaults;

static const defaults by_kind[LEE_ZONE_KIND_COUNT] = {
#define COMMON                                                                                     \
    .loiter_m = 1000, .stop_kt = 2, .meet_m = 500, .emergency = 1, .imminent_s = 15,               \
    .imminent_chance_pct = 70, .averted_chance_pct = 10, .update_s = 10, .lost_end_s = 600
#define ALERTS .realert_s = 600, .group_m = 1000, COMMON
#define WIDE .lateral_growth_m = 100, .vertical_growth_ft = 200, ALERTS
    [LEE_ZONE_SAFE] = {LEE_ENTRY_DENY, {600, 600, 926, 200, 1, 2, 30, 0, WIDE}},
    [LEE_ZONE_NO_FLY] = {LEE_ENTRY_DENY, {300, 180, 926, 200, 2, 2, 30, 0, WIDE}},
    [LEE_ZONE_RESTRICTED] = {LEE_ENTRY_PERMIT, {120, 60, 300, 200, 2, 2, 30, 90, ALERTS}},
    [LEE_ZONE_DANGER] = {LEE_ENTRY_PERMIT, {120, 60, 300, 200, 2, 2, 30, 90, ALERTS}},
    [LEE_ZONE_PROHIBITED] = {LEE_ENTRY_DENY, {120, 60, 926, 200, 2, 2, 30, 90, ALERTS}},
    [LEE_ZONE_CONTROLLED] = {LEE_ENTRY_ALLOW, {120, 30, 300, 200, 2, 2, 60, 90, COMMON}},
    [LEE_ZONE_CORRIDOR] = {LEE_ENTRY_PERMIT, {300, 180, 300, 200, 1, 2, 30, 0, WIDE}},
    [LEE_ZONE_NOTICE] = {LEE_ENTRY_ALLOW, {0, 0, 300, 200, 2, 2, 60, 0, COMMON}},
#undef WIDE
#undef ALERTS
#undef COMMON
};

lee_zone_entry lee_zone_default_entry(lee_zone_kind kind)
{
    assert((unsigned)kind < LEE_ZONE_KIND_COUNT);
    return by_kind[kind].entry;
}

lee_zone_watch lee_zone_default_watch(lee_zone_kind kind)
{
    assert((unsigned)kind < LEE_ZONE_KIND_COUNT);
    return by_kind[kind].watch;
}
