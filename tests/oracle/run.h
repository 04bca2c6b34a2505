/* Runs the engine on the oracle's reports and gathers what it tells. */
#ifndef LEE_TESTS_ORACLE_RUN_H
#define LEE_TESTS_ORACLE_RUN_H

#include "oracle.h"
#include "oracle_attention.h"

/* Sets the watch parameters of the zones to those of the point-in-volume test (margins 0, confirm
 * 1, hold 0, nothing predicted). */
void run_plain_watch(lee_zone *zones, uint32_t count);

typedef struct {
    size_t reports;
    size_t events; /* of the oracle */
    size_t kinds[LEE_EVENT_KIND_COUNT];
    size_t words[ORACLE_WORDS]; /* behind severities, by bit */
    size_t following;           /* events that foresee the way along a route */
    size_t duties;              /* events of duties */
    size_t quiet;               /* events that ask for no attention */
    size_t grouped;
    size_t acknowledged;
    size_t pairs;
    size_t cut; /* pairs left out from some moment on */
    size_t wrong;
} run_sums;

/* What operators acknowledge: after report number `report`, the newest incident that is open. */
typedef struct {
    size_t report;
    int64_t span_us;
} run_acknowledgement;

typedef struct {
    const char *name;
    lee_zone_list zones;
    oracle_permits permits;
    const oracle_report *reports;
    size_t count;
    uint32_t target_count;
    int64_t end_us;
    bool may_cut;
    bool has_attention;                          /* it is compared too */
    const run_acknowledgement *acknowledgements; /* ascending */
    size_t acknowledgement_count;
} run_case;

/* Engine and oracle on the same input; adds up, and prints the first differences. */
void run_both(const run_case *c, run_sums *sums);

/* One line: name and figures. */
void run_print(const char *name, const run_sums *sums);

#endif
