/* Which zones exempt a target from another, for the oracle; and how far edges are. */
#ifndef LEE_TESTS_ORACLE_LANES_H
#define LEE_TESTS_ORACLE_LANES_H

#include "oracle.h"
#include "oracle_area.h"

/* Whether the permit is for this target in this zone. */
bool oracle_concerns(const oracle_permit *permit, uint32_t target, uint32_t zone);
/* Whether any zone exempts from it: else there is nothing to find. */
bool oracle_has_lanes(const lee_zone_list *zones, uint32_t from);
/* Whether it may be in the zone at this time, by target and time alone. */
bool oracle_may_be_in(const lee_zone *zone, uint32_t number, const oracle_permits *permits,
                      uint32_t target, int64_t t_us);
/* Those of the zones that exempt from `from` in which the target may be at this time. */
void oracle_find_lanes(const lee_zone_list *zones, uint32_t from, const oracle_permits *permits,
                       uint32_t target, int64_t t_us, oracle_lanes *out);
/* Lowers *next_us to the edge if that is after after_us. */
void oracle_take_edge(int64_t edge_us, int64_t after_us, int64_t *next_us);
/* The same for the hours of all that exempt from `from`, and for leave to be in them. */
void oracle_lanes_edge(const lee_zone_list *zones, uint32_t from, const oracle_permits *permits,
                       uint32_t target, int64_t after_us, int64_t *next_us);
/* Metres from the point to the nearest edge. */
double oracle_edge_m(const lee_area *area, lee_point at);

#endif
