/* The brute-force oracle of the watch: what must be told, worked out apart from the engine.
 *
 * It shares no code with src/: each pair of target and zone is played through alone, against every
 * zone, with another arithmetic. Ties are broken not by rules but by moving the path by a real,
 * tiny distance in coordinates multiplied by 2^60, so that nothing ever lies on anything. */
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
} oracle_report;

/* Leave to be in a zone from from_us (inside) to to_us (outside). */
#define ORACLE_ANY UINT32_MAX
typedef struct {
    uint32_t target; /* or ORACLE_ANY; so the next */
    uint32_t zone;
    int64_t from_us;
    int64_t to_us;
} oracle_permit;

typedef struct {
    const oracle_permit *permits;
    size_t count;
} oracle_permits;

typedef struct {
    int64_t t_us;
    uint32_t target;
    uint32_t zone;
    int kind;         /* lee_event_kind; updated and predicted are not compared */
    int64_t cross_us; /* -1: none */
    char reason;      /* first letter, 0: none */
    uint32_t order;   /* as told, for the pair */
} oracle_event;

typedef struct {
    oracle_event *events;
    size_t count;
    size_t capacity;
} oracle_events;

void oracle_add(oracle_events *list, oracle_event event);

/* Everything that must be told of these reports (in the order heard), with margins 0, confirm 1,
 * hold 0, no prediction, and a last tick at end_us. */
void oracle_run(const lee_zone_list *zones, const oracle_permits *permits,
                const oracle_report *reports, size_t count, uint32_t target_count,
                int64_t expire_us, int64_t end_us, oracle_events *out);

/* Sorts both, prints the first differences. Returns how many there are. */
size_t oracle_compare(oracle_events *engine, oracle_events *oracle, const lee_zone_list *zones);

#endif
