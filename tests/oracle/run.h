/* Runs the engine on the oracle's reports and gathers what it tells. */
#ifndef LEE_TESTS_ORACLE_RUN_H
#define LEE_TESTS_ORACLE_RUN_H

#include "oracle.h"

/* Sets the watch parameters of the zones to those of the oracle (margins 0 and so on). */
void run_plain_watch(lee_zone *zones, uint32_t count);

/* Engine and oracle on the same input. Returns the number of differences and prints a summary
 * that begins with `name`. */
size_t run_both(const char *name, const lee_zone_list *zones, const oracle_permits *permits,
                const oracle_report *reports, size_t count, uint32_t target_count, int64_t end_us);

#endif
