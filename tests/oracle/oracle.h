/* The brute-force oracle of the watch: what must be told, worked out apart from the engine.
 *
 * It shares no code with src/: each pair of target and zone is played through alone, against every
 * zone, with another arithmetic (oracle_area.h, oracle_ahead.h, oracle_earth.h). Where a decision
 * hangs on less than the error that the engine states for its own arithmetic, the pair is left out
 * from there on and counted. */
#ifndef LEE_TESTS_ORACLE_H
#define LEE_TESTS_ORACLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "leeward/event.h"
#include "leeward/zone.h"

/* A report as far as the oracle looks at it. */
typedef struct {
    int64_t t_us;
    uint32_t target;
    lee_point point;
    bool has_alt;
    int32_t alt_ft;
    bool has_course; /* speed and track */
    int32_t speed_kt_e3;
    int32_t track_deg_e3;
    bool has_rate;
    int32_t rate_fpm;
    bool has_nac_p;
    int32_t nac_p;
} oracle_report;

/* Leave to be in a zone from from_us (inside) to to_us (outside): by permit, or by an operator's
 * inhibition, which begins where it is given. */
#define ORACLE_ANY UINT32_MAX
typedef struct {
    uint32_t target; /* or ORACLE_ANY; so the next */
    uint32_t zone;
    int64_t from_us;
    int64_t to_us;
    bool is_inhibition;
} oracle_permit;

typedef struct {
    const oracle_permit *permits;
    size_t count;
} oracle_permits;

typedef struct {
    int64_t t_us;
    uint32_t target;
    uint32_t zone;
    int kind;         /* lee_event_kind */
    int64_t cross_us; /* -1: none */
    char reason;      /* first letter, 0: none, ?: not compared */
    int severity;     /* -1: not compared; so the next */
    double entry_s;   /* and how much it may be wrong */
    double entry_doubt_s;
    double p_inside;
    double p_doubt;
    double depth_m; /* within 0.5 % */
    uint32_t order; /* as told, for the pair */
} oracle_event;

typedef struct {
    oracle_event *events;
    size_t count;
    size_t capacity;
} oracle_events;

void oracle_add(oracle_events *list, oracle_event event);

/* Everything that must be told of these reports (in the order heard), and a last tick at end_us.
 * cuts (target_count * zone count, may be NULL: nothing is left out) is given when each pair was
 * left out, or INT64_MAX. */
void oracle_run(const lee_zone_list *zones, const oracle_permits *permits,
                const oracle_report *reports, size_t count, uint32_t target_count,
                int64_t expire_us, int64_t end_us, oracle_events *out, int64_t *cuts);

/* Sorts both, prints the first differences. Returns how many there are. Of pairs that were left out
 * only what was told before counts. */
size_t oracle_compare(oracle_events *engine, oracle_events *oracle, const lee_zone_list *zones,
                      const int64_t *cuts);

#endif
