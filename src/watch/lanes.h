/* watch/lanes.h: where a zone does not hold for one target, on the ways ahead of it.
 *
 * A lane is the volume of a zone that exempts, or what lies around the route of a permit for the
 * zone. A target that may be there enters the zone only where its way leads out of all of them. */
#ifndef LEE_WATCH_LANES_H
#define LEE_WATCH_LANES_H

#include <stdbool.h>
#include <stdint.h>

#include "watch/fan.h"
#include "watch/mover.h"
#include "watch/route.h"

/* Of more than so many the others are left out: there the zone holds. */
#define LEE_LANES_MAX 8
#define LEE_LANE_ROUTES_MAX 2
/* So often may a way lead into one and out again. */
#define LEE_LANE_SPANS 32

/* In seconds from now; from < to. */
typedef struct {
    double from_s;
    double to_s;
} lee_lane_span;

typedef struct {
    uint32_t count;
    bool is_crowded; /* there are more */
    lee_lane_span spans[LEE_LANE_SPANS];
} lee_lane_spans;

/* One area, or what moves or has a route. */
typedef struct {
    uint32_t zone; /* whose area */
    bool in_area;  /* the target is in it now */
    bool moves;    /* then in place of the area: */
    lee_mover mover;
    double north_m; /* of a unit of latitude in the plane of the mover, and of longitude */
    double east_m;
} lee_lane_shape;

typedef struct {
    lee_lane_shape shape;
    double
        from_s; /* between these it is certainly in it by its height, if it goes on climbing or */
    double until_s; /* sinking */
    double ends_s;  /* from here on it may not be there any more */
} lee_lane;

typedef struct {
    uint32_t count;
    bool of_permit; /* a permit with a route lets the target in, and its routes are among them */
    lee_lane lanes[LEE_LANES_MAX];
    lee_route_near routes[LEE_LANE_ROUTES_MAX]; /* borrowed by the shapes: do not copy */
} lee_lanes;

#endif
