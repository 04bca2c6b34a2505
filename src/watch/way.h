/* watch/way.h: straight ways against the areas of zones, quickly and exactly.
 *
 * geo/path.h answers exactly at the cost of every vertex in wide integers. Here the edges of a zone
 * are kept in runs with a box each; a run that clearly lies on one side of the way cannot meet it,
 * and an edge is judged in doubles where these are beyond doubt and in wide integers elsewhere. The
 * answers are those of lee_area_path. */
#ifndef LEE_WATCH_WAY_H
#define LEE_WATCH_WAY_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "geo/cross.h"
#include "geo/path.h"
#include "leeward/zone.h"

/* Up to LEE_WAY_RUN consecutive edges of one ring: points[first] to points[first + count]. */
#define LEE_WAY_RUN 8u
typedef struct {
    lee_box box;
    uint32_t first;
    uint32_t count;
} lee_way_run;

/* Points beyond the last, so that whoever walks a run may read four more than it has edges. */
#define LEE_WAY_ROOM (LEE_WAY_RUN + 4u)

typedef struct {
    lee_point *points; /* rings with their first point again at their end, canonical */
    lee_way_run *runs;
    uint32_t *first_run; /* by zone; one more than there are zones */
} lee_ways;

/* LEE_ERR_NO_MEMORY. */
LEE_CHECK_RESULT
lee_error lee__ways_make(const lee_zone_list *zones, lee_ways *out);
void lee__ways_free(lee_ways *ways);

/* What is known already of whether an end of the way lies in the area. */
typedef enum { LEE_WAY_OUTSIDE, LEE_WAY_INSIDE, LEE_WAY_UNKNOWN } lee_way_end;

/* As lee_area_path. */
size_t lee__ways_stretches(const lee_ways *ways, const lee_zone_list *zones, uint32_t zone,
                           lee_point a, lee_point b, lee_way_end a_in, lee_way_end b_in,
                           lee_path_stretch *out, size_t capacity);

/* A way whose end is known only to within some units of latitude and longitude. It does not reach
 * the antimeridian or a pole. */
typedef struct {
    bool usable;
    double lat;
    double lon;
    double lat_by; /* to the end */
    double lon_by;
    double lat_doubt;
    double lon_doubt;
} lee_rough_way;

#define LEE_WAY_CROSS_DOUBT LEE_CROSS_DOUBT

/* The way from a to b without doubt. */
lee_rough_way lee__way_between(lee_point a, lee_point b);

/* True only when it certainly has no point in common with the box, or with any edge of the zone. */
/* By the separating axes of a segment and a box that is grown by the doubt. */
static inline bool lee__way_misses_box(const lee_rough_way *w, lee_box box)
{
    if (!w->usable) {
        return false;
    }
    const double half_lat = ((double)box.max.lat_e7 - box.min.lat_e7) / 2 + w->lat_doubt;
    const double half_lon = ((double)box.max.lon_e7 - box.min.lon_e7) / 2 + w->lon_doubt;
    const double lat = ((double)box.max.lat_e7 + box.min.lat_e7) / 2 - w->lat;
    const double lon = ((double)box.max.lon_e7 + box.min.lon_e7) / 2 - w->lon;
    const double lat_low = w->lat_by < 0 ? w->lat_by : 0.0;
    const double lat_high = w->lat_by < 0 ? 0.0 : w->lat_by;
    const double lon_low = w->lon_by < 0 ? w->lon_by : 0.0;
    const double lon_high = w->lon_by < 0 ? 0.0 : w->lon_by;
    if (lat - half_lat > lat_high || lat + half_lat < lat_low || lon - half_lon > lon_high ||
        lon + half_lon < lon_low) {
        return true;
    }
    const double off = w->lon_by * lat - w->lat_by * lon;
    const double reach = fabs(w->lon_by) * half_lat + fabs(w->lat_by) * half_lon;
    return fabs(off) > reach + LEE_WAY_CROSS_DOUBT;
}
bool lee__way_misses_edges(const lee_ways *ways, uint32_t zone, const lee_rough_way *way);

/* Whether every edge of the zone is more than metres from the point: 1 yes, 0 no, -1 too close to
 * tell quickly. */
int lee__ways_are_beyond(const lee_ways *ways, uint32_t zone, lee_point point, double metres);

static inline int lee__way_compare(lee_ratio a, lee_ratio b)
{
    return lee_cross_compare(a, b);
}
static inline int64_t lee__way_scale(lee_ratio ratio, int64_t scale)
{
    return lee_cross_scale(ratio, scale);
}
/* As lee_path_point, in doubles where these are beyond doubt. */
lee_point lee__way_point(lee_point a, lee_point b, lee_ratio at);

/* Boxes and points as they are written, without the rule of edges. */
static inline bool lee__box_holds(lee_box box, lee_point p)
{
    return (p.lat_e7 >= box.min.lat_e7) & (p.lat_e7 <= box.max.lat_e7) &
           (p.lon_e7 >= box.min.lon_e7) & (p.lon_e7 <= box.max.lon_e7);
}

#endif
