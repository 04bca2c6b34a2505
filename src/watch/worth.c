/* What a report is worth under overload; docs/watch.md, "Overload". */
#include "watch/state.h"

#include <assert.h>
#include <string.h>

#include "geo/distance.h"

#define AHEAD_S 600.0
/* Of a target whose speed is not known; the reach of any is at most REACH_MAX_M. */
#define SPEED_UNKNOWN_MPS 300.0
#define REACH_MAX_M 400000.0
#define ASIDE_M 5000.0
#define MPS_PER_KT_E3 (1852.0 / 3600000.0)

static bool is_emergency(const lee_report *report)
{
    const bool by_squawk =
        (report->present & LEE_REPORT_HAS_SQUAWK) &&
        (report->squawk == 07500 || report->squawk == 07600 || report->squawk == 07700);
    return by_squawk || ((report->present & LEE_REPORT_HAS_EMERGENCY) &&
                         strncmp(report->emergency, "none", sizeof report->emergency) != 0);
}

/* Any zone in the box. The antimeridian: every zone is taken to be in it. */
static bool has_zone(const lee_watch *watch, lee_box box, double metres)
{
    const lee_generation *const g = &watch->generation;
    lee_box beyond;
    box = lee_box_grow(box, metres, &beyond);
    if (beyond.min.lat_e7 <= beyond.max.lat_e7 && beyond.min.lon_e7 <= beyond.max.lon_e7) {
        return g->list->count > 0;
    }
    return lee_zone_set_in_box(g->set, box, g->found, g->list->count) > 0;
}

static lee_box box_between(lee_point a, lee_point b)
{
    return (lee_box){
        {a.lat_e7 < b.lat_e7 ? a.lat_e7 : b.lat_e7, a.lon_e7 < b.lon_e7 ? a.lon_e7 : b.lon_e7},
        {a.lat_e7 > b.lat_e7 ? a.lat_e7 : b.lat_e7, a.lon_e7 > b.lon_e7 ? a.lon_e7 : b.lon_e7}};
}

typedef enum { PLACE_FAR, PLACE_NEAR, PLACE_AHEAD } place_worth;

/* `said` is the report, or the track where the report says less. */
static place_worth worth_of_place(const lee_watch *watch, const lee_report *said)
{
    if (watch->generation.list->count == 0) {
        return PLACE_FAR;
    }
    const lee_point at = {said->lat_e7, said->lon_e7};
    const bool has_speed = said->present & LEE_REPORT_HAS_SPEED_GROUND;
    double reach_m =
        AHEAD_S * (has_speed ? said->speed_ground_kt_e3 * MPS_PER_KT_E3 : SPEED_UNKNOWN_MPS);
    reach_m = reach_m < REACH_MAX_M ? reach_m : REACH_MAX_M;
    if (!has_zone(watch, lee_box_of(at), reach_m + ASIDE_M)) {
        return PLACE_FAR;
    }
    if (!has_speed || !(said->present & LEE_REPORT_HAS_TRACK)) {
        return PLACE_AHEAD; /* it may be: the cautious answer */
    }
    const lee_point end = lee_point_ahead(at, said->track_deg_e3, reach_m);
    const int64_t span_e7 = (int64_t)end.lon_e7 - at.lon_e7;
    const bool is_across = span_e7 > LEE_LON_MAX_E7 || span_e7 < -(int64_t)LEE_LON_MAX_E7;
    return is_across || has_zone(watch, box_between(at, end), ASIDE_M) ? PLACE_AHEAD : PLACE_NEAR;
}

static bool is_said_already(const lee_report *last, const lee_report *report)
{
    return last->t_us == report->t_us && last->source == report->source &&
           (last->present & LEE_REPORT_HAS_POSITION) == LEE_REPORT_HAS_POSITION &&
           (report->present & LEE_REPORT_HAS_POSITION) == LEE_REPORT_HAS_POSITION &&
           last->lat_e7 == report->lat_e7 && last->lon_e7 == report->lon_e7;
}

lee_worth lee_watch_worth(const lee_watch *watch, const lee_report *report)
{
    assert(watch && report);
    const uint32_t slot = lee_track_table_find(watch->tracks, &report->target);
    if (is_emergency(report) || report->source == LEE_SOURCE_OBSERVER ||
        (slot != LEE_TRACK_NONE && watch->visits[slot].first_pair != LEE_WATCH_NONE)) {
        return LEE_WORTH_PRIORITY;
    }
    const lee_report *const last =
        slot == LEE_TRACK_NONE ? report : &lee_track_table_at(watch->tracks, slot)->last;
    lee_report said = *report;
    if (!(said.present & LEE_REPORT_HAS_LAT) && (last->present & LEE_REPORT_HAS_LAT)) {
        said.lat_e7 = last->lat_e7;
        said.lon_e7 = last->lon_e7;
        said.present |= LEE_REPORT_HAS_POSITION;
    }
    if ((said.present & LEE_REPORT_HAS_LAT) && lee__bubbles_concern(watch, &said)) {
        return LEE_WORTH_PRIORITY;
    }
    place_worth place = PLACE_NEAR; /* nowhere: not known to be far */
    if (said.present & LEE_REPORT_HAS_LAT) {
        place = worth_of_place(watch, &said);
    }
    const bool is_again = slot != LEE_TRACK_NONE && is_said_already(last, report);
    if (place == PLACE_FAR) {
        return LEE_WORTH_FAR;
    }
    if (is_again) {
        return LEE_WORTH_DUPLICATE;
    }
    if (place == PLACE_AHEAD) {
        return LEE_WORTH_PRIORITY;
    }
    return slot != LEE_TRACK_NONE && lee_track_table_is_established(watch->tracks, slot)
               ? LEE_WORTH_ORDINARY
               : LEE_WORTH_UNESTABLISHED;
}
