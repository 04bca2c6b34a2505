/* What lies ahead of a target, for the oracle: the straight way, and the chance of entry over
 * several ways.
 *
 * The ways and their weights are those of docs/watch.md, "The chance of entry", and
 * src/watch/fan.h: chords in a plane around the target. Each is drawn whole and held against every
 * edge in doubles with libm, again from four places around where it is: what these do not agree in
 * is in doubt. */
#ifndef LEE_TESTS_ORACLE_AHEAD_H
#define LEE_TESTS_ORACLE_AHEAD_H

#include "oracle.h"
#include "oracle_area.h"
#include "oracle_flight.h"
#include "oracle_route.h"

/* A number that the engine may have a little otherwise. */
typedef struct {
    double value;
    double low;
    double high;
} oracle_doubtful;

typedef struct {
    bool heading;
    bool unsure; /* of that, or of what leads in */
    bool blurred;
    bool guessed;    /* by the chance of entry */
    bool by_error;   /* only with the errors of the zone */
    bool off_routes; /* it may be in the zone, near a route alone */
    oracle_doubtful entry_s;
    oracle_doubtful chance;
    char heads; /* s, t, l, f; 0: not sure */
} oracle_outlook;

/* Whether the zone is not active now but will be within its look-ahead time; *from_us: when next.
 */
bool oracle_begins_soon(const lee_zone *zone, int64_t now_us, int64_t *from_us);

/* of_all_s: the longest look-ahead time of all zones, as the straight way is drawn once for all. */
oracle_outlook oracle_look(const lee_zone *zone, const oracle_lanes *lanes,
                           const oracle_routes *routes, const oracle_flight *flight,
                           const oracle_place *now, int64_t expire_us, int32_t of_all_s);

#endif
