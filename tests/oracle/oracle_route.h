/* Routes of permits, for the oracle: how well a target keeps to one, and the way ahead along it
 * (docs/watch.md, "The way of a permit"). In a plane around the target, with libm. */
#ifndef LEE_TESTS_ORACLE_ROUTE_H
#define LEE_TESTS_ORACLE_ROUTE_H

#include "oracle.h"
#include "oracle_earth.h"

#define ORACLE_AXIS 1000

/* What is remembered of a target. */
typedef struct {
    int line; /* by number: whose route it was on, or near, or ORACLE_AXIS and the zone whose axis;
               * -1: none */
    int64_t heard_us;
    double followed_s;
    double strayed_s;
    double share;       /* how far it goes along it now, */
    bool forward;       /* and which way */
    bool unsure;        /* the engine may have decided otherwise since */
    oracle_permit axis; /* as if it were the route of one, so wide as it may be */
} oracle_follow;

/* A line in metres from a place. */
typedef struct {
    oracle_spot at[ORACLE_ROUTE_MAX];
    uint32_t count;
} oracle_line;

typedef struct {
    oracle_spot at;
    double t_s;
} oracle_pass;

/* What routes mean for one target and zone at a moment. */
#define ORACLE_ROUTES_MAX 2
typedef struct {
    const oracle_permit *lets_in[ORACLE_ROUTES_MAX]; /* near whose route it may be in the zone */
    size_t count;
    const oracle_permit *followed; /* by this chance, or NULL */
    double weight;
    bool forward;
    bool unsure;
} oracle_routes;

oracle_line oracle_line_of(const oracle_permit *permit, lee_point origin);
/* Metres from the spot to the line. */
double oracle_line_off_m(const oracle_line *line, oracle_spot from);
/* How far a target at the origin goes along the permit's route, 0..1. *aside_m: how far it is from
 * it. *unsure: it hangs on less than the engine may be wrong by. */
double oracle_route_share(const oracle_permit *permit, lee_point origin, int32_t track_e3,
                          double speed_mps, bool *forward, double *aside_m, bool *unsure);
/* Back to the route, along it and straight on from its end; with the place where it is. Returns how
 * many passes, at most ORACLE_ROUTE_MAX + 3. */
int oracle_route_way(const oracle_permit *permit, lee_point origin, bool forward, double speed_mps,
                     double horizon_s, oracle_pass out[ORACLE_ROUTE_MAX + 3]);

#endif
