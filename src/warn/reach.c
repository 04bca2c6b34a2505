#include "warn/reach.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "geo/area.h"
#include "geo/trig.h"

#define METRES_PER_E7 0.0111319490793
#define MPS_PER_KT (1852.0 / 3600.0)
#define FALLBACK_M 50000.0
#define CIRCLE_E7 INT64_C(3600000000)

typedef struct {
    const lee_places *places;
    const lee_zone *zone;
    lee_box zone_box;
    lee_point from;
    bool has_position;
    bool has_velocity;
    double speed_mps;
    double east; /* unit vector of the path */
    double north;
    int64_t t_us;
    bool has_entry;
    int64_t entry_us;
    double range_m;
    double from_sin; /* of the latitude of `from`, for rough offsets */
    double from_cos;
    lee_reach *out;
} search;

/* The short way round the Earth. */
static int64_t longitude_between_e7(lee_point from, lee_point to)
{
    const int64_t lon_e7 = (int64_t)to.lon_e7 - from.lon_e7;
    if (lon_e7 > CIRCLE_E7 / 2) {
        return lon_e7 - CIRCLE_E7;
    }
    return lon_e7 < -CIRCLE_E7 / 2 ? lon_e7 + CIRCLE_E7 : lon_e7;
}

/* East and north of `to` seen from `from`. */
static void offset_m(lee_point from, lee_point to, double *east, double *north)
{
    const int64_t lon_e7 = longitude_between_e7(from, to);
    const double middle_e7 = ((double)from.lat_e7 + (double)to.lat_e7) / 2.0;
    *north = (double)((int64_t)to.lat_e7 - from.lat_e7) * METRES_PER_E7;
    *east = (double)lon_e7 * METRES_PER_E7 * lee_cos(middle_e7 * LEE_RADIANS_PER_E7);
}

double lee_reach_distance_m(lee_point a, lee_point b)
{
    double east = 0;
    double north = 0;
    offset_m(a, b, &east, &north);
    return sqrt(east * east + north * north);
}

static bool before(const lee_reached *a, const lee_reached *b)
{
    if (a->inside != b->inside) {
        return a->inside;
    }
    if (a->distance_m != b->distance_m) {
        return a->distance_m < b->distance_m;
    }
    return a->place < b->place;
}

static void keep(lee_reach *reach, const lee_reached *found)
{
    uint32_t at = reach->count;
    while (at > 0 && before(found, &reach->items[at - 1])) {
        at--;
    }
    if (reach->count == LEE_REACH_MAX) {
        reach->omitted++;
        if (at == LEE_REACH_MAX) {
            return;
        }
        reach->count--;
    }
    memmove(&reach->items[at + 1], &reach->items[at], (reach->count - at) * sizeof *found);
    reach->items[at] = *found;
    reach->count++;
}

static bool is_in_box(const search *s, lee_point point)
{
    const lee_box at = {point, point};
    return lee_box_meets(at, s->zone_box);
}

static bool is_inside(const search *s, lee_point point)
{
    return is_in_box(s, point) && lee_area_contains(&s->zone->area, point);
}

static bool is_ahead(const search *s, double east, double north)
{
    if (!s->has_velocity) {
        return false;
    }
    const double along = east * s->east + north * s->north;
    const double aside = fabs(east * s->north - north * s->east);
    return along >= 0 && along <= s->speed_mps * LEE_REACH_PATH_S &&
           aside <= LEE_REACH_SIDE_M + along / 10.0;
}

/* Whether a place is certainly not ahead, for the many that are not: the cosine of the middle
 * latitude is taken from its series around that of the target, to the second order, whose error is
 * below the third power of the angle over six. */
static bool is_not_ahead(const search *s, lee_point point)
{
    if (!s->has_velocity) {
        return true;
    }
    const double north_e7 = (double)((int64_t)point.lat_e7 - s->from.lat_e7);
    const double angle = north_e7 / 2.0 * LEE_RADIANS_PER_E7;
    const double lon_m = (double)longitude_between_e7(s->from, point) * METRES_PER_E7;
    const double east =
        lon_m * (s->from_cos - s->from_sin * angle - s->from_cos * angle * angle / 2.0);
    const double north = north_e7 * METRES_PER_E7;
    const double error_m = 1.0 + fabs(lon_m * angle * angle * angle);
    const double along = east * s->east + north * s->north;
    const double aside = fabs(east * s->north - north * s->east);
    return along < -error_m || along > s->speed_mps * LEE_REACH_PATH_S + error_m ||
           aside > LEE_REACH_SIDE_M + along / 10.0 + 2.0 * error_m;
}

static void judge_place(void *context, uint32_t index, const lee_place *place)
{
    const search *s = context;
    if (!is_in_box(s, place->point) && is_not_ahead(s, place->point)) {
        return;
    }
    lee_reached found = {.place = index, .inside = is_inside(s, place->point)};
    double east = 0;
    double north = 0;
    offset_m(s->from, place->point, &east, &north);
    found.distance_m = sqrt(east * east + north * north);
    if (s->has_position && found.distance_m > s->range_m) {
        return;
    }
    if (!found.inside && !is_ahead(s, east, north)) {
        return;
    }
    if (s->has_velocity) {
        found.arrival_known = true;
        found.arrival_us = s->t_us + (int64_t)(found.distance_m / s->speed_mps * 1e6);
    } else if (s->has_entry) {
        found.arrival_known = true;
        found.arrival_us = s->entry_us;
    }
    keep(s->out, &found);
}

/* Calls back for the places within `range_m` of the point and some beyond; the caller measures. */
static void around(const lee_places *places, lee_point point, double range_m, lee_place_sink *sink,
                   void *context)
{
    const int64_t lat_e7 = (int64_t)(range_m / METRES_PER_E7) + 1;
    int64_t south = point.lat_e7 - lat_e7;
    int64_t north = point.lat_e7 + lat_e7;
    south = south < -LEE_LAT_MAX_E7 ? -LEE_LAT_MAX_E7 : south;
    north = north > LEE_LAT_MAX_E7 ? LEE_LAT_MAX_E7 : north;
    const int64_t steepest = -south > north ? -south : north;
    const double shrink = lee_cos((double)steepest * LEE_RADIANS_PER_E7);
    int64_t lon_e7 = LEE_LON_MAX_E7;
    if (shrink > 0.01 && (double)lat_e7 / shrink < (double)LEE_LON_MAX_E7) {
        lon_e7 = (int64_t)((double)lat_e7 / shrink) + 1;
    }
    const int64_t west = point.lon_e7 - lon_e7;
    const int64_t east = point.lon_e7 + lon_e7;
    const bool whole = lon_e7 >= LEE_LON_MAX_E7;
    lee_box box = {
        {(int32_t)south, (int32_t)(whole || west < -LEE_LON_MAX_E7 ? -LEE_LON_MAX_E7 : west)},
        {(int32_t)north, (int32_t)(whole || east > LEE_LON_MAX_E7 ? LEE_LON_MAX_E7 : east)}};
    lee_places_in_box(places, box, sink, context);
    if (!whole && west < -LEE_LON_MAX_E7) {
        box.min.lon_e7 = (int32_t)(west + CIRCLE_E7);
        box.max.lon_e7 = LEE_LON_MAX_E7;
        lee_places_in_box(places, box, sink, context);
    } else if (!whole && east > LEE_LON_MAX_E7) {
        box.min.lon_e7 = -LEE_LON_MAX_E7;
        box.max.lon_e7 = (int32_t)(east - CIRCLE_E7);
        lee_places_in_box(places, box, sink, context);
    }
}

static lee_point middle_of(lee_box box)
{
    return (lee_point){(int32_t)(((int64_t)box.min.lat_e7 + box.max.lat_e7) / 2),
                       (int32_t)(((int64_t)box.min.lon_e7 + box.max.lon_e7) / 2)};
}

static void keep_nearest(void *context, uint32_t index, const lee_place *place)
{
    const search *s = context;
    const lee_reached found = {.place = index,
                               .inside = is_inside(s, place->point),
                               .arrival_known = s->has_entry,
                               .arrival_us = s->has_entry ? s->entry_us : 0,
                               .distance_m = lee_reach_distance_m(s->from, place->point)};
    if (found.distance_m <= FALLBACK_M &&
        (s->out->count == 0 || before(&found, &s->out->items[0]))) {
        s->out->items[0] = found;
        s->out->count = 1;
    }
}

static void set_kinematics(search *s, const lee_event *event, const lee_track *track)
{
    if ((event->present & LEE_EVENT_HAS_POSITION) == LEE_EVENT_HAS_POSITION) {
        s->has_position = true;
        s->from = (lee_point){event->lat_e7, event->lon_e7};
    } else if (track &&
               (track->last.present & LEE_REPORT_HAS_POSITION) == LEE_REPORT_HAS_POSITION) {
        s->has_position = true;
        s->from = (lee_point){track->last.lat_e7, track->last.lon_e7};
    }
    const uint32_t velocity = LEE_REPORT_HAS_SPEED_GROUND | LEE_REPORT_HAS_TRACK;
    if (s->has_position && track && (track->last.present & velocity) == velocity &&
        track->last.speed_ground_kt_e3 >= 1000) {
        const double angle = (double)track->last.track_deg_e3 / 1000.0 * LEE_RADIANS_PER_DEGREE;
        s->has_velocity = true;
        s->speed_mps = (double)track->last.speed_ground_kt_e3 / 1000.0 * MPS_PER_KT;
        s->east = lee_sin(angle);
        s->north = lee_cos(angle);
        s->from_sin = lee_sin((double)s->from.lat_e7 * LEE_RADIANS_PER_E7);
        s->from_cos = lee_cos((double)s->from.lat_e7 * LEE_RADIANS_PER_E7);
    }
    if (event->present & LEE_EVENT_HAS_TIME_TO_ENTRY) {
        s->has_entry = true;
        s->entry_us = event->t_us + (int64_t)event->time_to_entry_s_e3 * 1000;
    }
    s->range_m = s->has_velocity ? s->speed_mps * LEE_REACH_LOOK_AHEAD_S : LEE_REACH_LEAST_M;
    if (s->range_m < LEE_REACH_LEAST_M) {
        s->range_m = LEE_REACH_LEAST_M;
    }
}

void lee_reach_find(const lee_places *places, const lee_zone *zone, const lee_event *event,
                    const lee_track *track, lee_reach *out)
{
    assert(places);
    assert(zone);
    assert(event);
    *out = (lee_reach){0};
    search s = {.places = places,
                .zone = zone,
                .zone_box = lee_area_box(&zone->area),
                .t_us = event->t_us,
                .out = out};
    const bool has_area = s.zone_box.min.lat_e7 <= s.zone_box.max.lat_e7;
    set_kinematics(&s, event, track);
    if (s.has_position && s.has_velocity) {
        around(places, s.from, s.range_m, judge_place, &s);
    } else if (has_area) {
        /* Without a velocity nobody knows what comes next: everybody inside the zone is told. */
        s.range_m = INFINITY;
        if (!s.has_position) {
            s.from = middle_of(s.zone_box);
        }
        lee_places_in_box(places, s.zone_box, judge_place, &s);
    }
    if (out->count == 0 && has_area) {
        s.from = middle_of(s.zone_box);
        around(places, s.from, FALLBACK_M, keep_nearest, &s);
    }
    assert(out->count <= LEE_REACH_MAX);
}
