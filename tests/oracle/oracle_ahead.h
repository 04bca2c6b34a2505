/* What lies ahead of a target, for the oracle: what is known of how it moves, the straight way, and
 * the chance of entry over several ways.
 *
 * The ways and their weights are those of docs/watch.md, "The chance of entry", and
 * src/watch/fan.h: chords in a plane around the target. Each is drawn whole and held against every
 * edge in doubles with libm, again from four places around where it is: what these do not agree in
 * is in doubt. */
#ifndef LEE_TESTS_ORACLE_AHEAD_H
#define LEE_TESTS_ORACLE_AHEAD_H

#include "oracle.h"
#include "oracle_area.h"

typedef struct {
    bool has;
    int64_t t_us;
    int32_t value;
} oracle_said;

#define ORACLE_COURSES 4096

/* What a target said so far. */
typedef struct {
    int64_t newest_us; /* INT64_MIN: nothing */
    oracle_said alt, speed, track, rate, selected, nac_p, squawk, emergency;
    oracle_said base; /* pressure altitude from which the next rate is made, */
    oracle_said made; /* and the last that was */
    oracle_said courses[ORACLE_COURSES];
    uint32_t course_count;
    double turned_deg;
    double span_s;
} oracle_flight;

void oracle_flight_begin(oracle_flight *flight);
void oracle_flight_hear(oracle_flight *flight, const oracle_report *report, int64_t expire_us);

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
    bool guessed;  /* by the chance of entry */
    bool by_error; /* only with the errors of the zone */
    oracle_doubtful entry_s;
    oracle_doubtful chance;
    char heads; /* s, t, l; 0: not sure */
} oracle_outlook;

/* Whether the zone is not active now but will be within its look-ahead time; *from_us: when next.
 */
bool oracle_begins_soon(const lee_zone *zone, int64_t now_us, int64_t *from_us);

/* of_all_s: the longest look-ahead time of all zones, as the straight way is drawn once for all. */
oracle_outlook oracle_look(const lee_zone *zone, const oracle_lanes *lanes,
                           const oracle_flight *flight, const oracle_place *now, int64_t expire_us,
                           int32_t of_all_s);

#endif
