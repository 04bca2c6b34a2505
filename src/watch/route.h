/* watch/route.h: the line that a target may follow, the route of its permit or the axis of the
 * corridor that it is in, and the way ahead along it.
 *
 * Who has leave on a route, or in a corridor, is expected to follow it, the more the better it did
 * so far. In a plane around the target: this decides when to warn, never what is inside or
 * permitted. */
#ifndef LEE_WATCH_ROUTE_H
#define LEE_WATCH_ROUTE_H

#include <stdbool.h>
#include <stdint.h>

#include "leeward/permit.h"
#include "leeward/point.h"
#include "watch/fan.h"
#include "watch/mover.h"

/* How a target kept to its line lately: seconds, which fade by half in five minutes. Zero: nothing
 * was seen yet. */
typedef struct {
    uint64_t line; /* of which permit or corridor; 0: none */
    int64_t heard_us;
    double followed_s;
    double strayed_s;
} lee_follow;

/* A corridor that has an axis. */
typedef struct {
    uint32_t zone;
    uint64_t line; /* of lee_follow */
} lee_axis;

#define LEE_ROUTE_PLACES 64

/* The way ahead of who follows the route, in the units of lee_fan. */
typedef struct {
    double horizon_s; /* for which it was asked; 0: it was not */
    double weight;    /* that it does, 0..1; else nothing more holds */
    const char *id;   /* of the permit, borrowed from the book, */
    bool is_axis;     /* or of the corridor, from the list of zones */
    uint32_t count;
    lee_fan_place places[LEE_ROUTE_PLACES];
} lee_route_ahead;

/* A permit's route as far as it matters, as a shape that does not move. */
#define LEE_ROUTE_NEAR 128
#define LEE_ROUTE_OPEN_M 1e9
typedef struct {
    lee_mover mover; /* borrows the lines: do not copy */
    double north_m;  /* of 1e-7 degrees, in its plane */
    double east_m;
    lee_vector line[LEE_ROUTE_NEAR];
    double line_m[LEE_ROUTE_NEAR];
} lee_route_near;

typedef enum {
    LEE_ROUTE_IS_NEAR,
    LEE_ROUTE_IS_FAR,
    LEE_ROUTE_IS_CROWDED /* more points are near than are kept */
} lee_route_where;

/* The route around the origin, within this reach. *out holds where it is near. */
lee_route_where lee__route_mover(const lee_permit *permit, lee_point origin, double reach_m,
                                 lee_route_near *out);

#endif
