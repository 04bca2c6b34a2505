/* zone/schedule.h: when a zone is active. */
#ifndef LEE_ZONE_SCHEDULE_H
#define LEE_ZONE_SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "leeward/zone.h"

/* True within any interval (from is inside, to is outside), and at every time when it is always.
 * Logarithmic in the number of intervals. */
bool lee_schedule_active(const lee_schedule *schedule, int64_t t_us);

/* The first instant after t_us (t_us itself excluded) at which the answer of lee_schedule_active
 * changes. False, and *out unchanged, when it never changes again. Intervals that touch each other
 * make no edge, and an end of INT64_MAX is none. */
bool lee_schedule_next_edge(const lee_schedule *schedule, int64_t t_us, int64_t *out);

/* Sorts the intervals, merges those that overlap or touch, drops empty ones. Returns how many are
 * left at the front of the array. */
size_t lee_schedule_normalise(lee_interval *intervals, size_t count);

#endif
