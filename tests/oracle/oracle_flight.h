/* What is known of how a target moves, for the oracle. */
#ifndef LEE_TESTS_ORACLE_FLIGHT_H
#define LEE_TESTS_ORACLE_FLIGHT_H

#include "oracle.h"

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
/* Degrees a second, clockwise. */
double oracle_turn_rate(const oracle_flight *flight, int64_t now_us);
/* The chance a second that it leaves its course. */
double oracle_unrest(const oracle_flight *flight, double speed_mps, bool has_alt, int32_t alt_ft);

#endif
