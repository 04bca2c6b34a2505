/* The ways on which a target may go on, for the oracle: docs/watch.md, "The chance of entry", as
 * chords in a plane around the target. */
#ifndef LEE_TESTS_ORACLE_FAN_H
#define LEE_TESTS_ORACLE_FAN_H

#include <stdbool.h>

#include "oracle_earth.h"
#include "oracle_flight.h"
#include "oracle_route.h"

/* Metres of a unit of latitude in it. */
#define ORACLE_UNIT_M 0.0111195

/* Units of 1e-7 degrees from the origin, and when. */
typedef struct {
    double x;
    double y;
    double t;
} oracle_step;

#define ORACLE_STEPS 80
typedef struct {
    oracle_step spots[ORACLE_STEPS]; /* all of it, from the target on */
    int count;
    double branch_s; /* before: as the first way */
    double weight;
    double kept_from_s;
    bool only_beyond;
    char heads;
} oracle_way;

#define ORACLE_WAYS 16
typedef struct {
    oracle_way ways[ORACLE_WAYS];
    int count;
    double unrest;
    double horizon_s;
    double speed; /* units of latitude a second */
    double narrow;
} oracle_fan;

/* All of them. */
void oracle_draw(oracle_fan *fan, const oracle_flight *flight, lee_point origin, double turn_deg_s,
                 double speed_mps, double horizon_s, double unrest);
/* One way more, along the route of its permit; the others have the rest of the weight. */
void oracle_draw_route(oracle_fan *fan, const oracle_routes *routes, lee_point origin,
                       double speed_mps);
/* One way more that follows the first until it branches off; without places of its own. */
oracle_way *oracle_new_way(oracle_fan *fan, double branch_s, double weight, double kept_from_s,
                           char heads);
void oracle_put(oracle_way *way, oracle_step at);
/* Metres of a unit of the plane in which routes lie. */
oracle_spot oracle_unit_m(lee_point origin);

#endif
