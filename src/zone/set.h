/* zone/set.h: what the tests and the benchmark need of a zone set beside leeward/zone.h. */
#ifndef LEE_ZONE_SET_H
#define LEE_ZONE_SET_H

#include <stdbool.h>
#include <stddef.h>

#include "leeward/zone.h"

/* Whether to do without the processor's vector instructions. The answers are the same. Chosen at
 * build by what the processor has; not while another thread uses the set. */
void lee_zone_set_use_portable(lee_zone_set *set, bool portable);

/* Memory of the set, its copy of the geometry included. */
size_t lee_zone_set_bytes(const lee_zone_set *set);

/* Its index; borrowed. */
struct lee_zone_index;
const struct lee_zone_index *lee__zone_set_index(const lee_zone_set *set);

#endif
