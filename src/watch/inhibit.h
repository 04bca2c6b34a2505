/* watch/inhibit.h: leave by decision of an operator. */
#ifndef LEE_WATCH_INHIBIT_H
#define LEE_WATCH_INHIBIT_H

#include <stdbool.h>
#include <stdint.h>

#include "leeward/attention.h"

/* Of an inhibition in place of a permit's id. */
#define LEE_INHIBIT_PREFIX "inhibit:"

typedef struct {
    lee_inhibition all[LEE_INHIBITIONS_MAX];
    uint32_t count;
} lee_inhibitions;

/* The next instant after t_us at which one begins or ends; INT64_MAX: none. */
int64_t lee__inhibit_next_edge(const lee_inhibitions *inhibitions, int64_t t_us);
/* Whether one for this target and zone begins or ends at this very instant. */
bool lee__inhibit_has_edge(const lee_inhibitions *inhibitions, const lee_target *target,
                           const char *zone, int64_t t_us);
/* Whether it is about this target in this zone. */
bool lee__inhibit_concerns(const lee_inhibition *one, const lee_target *target, const char *zone);
/* The one in force, or NULL. */
const lee_inhibition *lee__inhibit_find(const lee_inhibitions *inhibitions,
                                        const lee_target *target, const char *zone, int64_t t_us);
/* "inhibited" where one of the leaves is an inhibition, else "permitted". */
const char *lee__inhibit_leave(const char *a, const char *b);

#endif
