/* app/remote_operators.h: how much of what drones say of their operators is recorded.
 *
 * They say it every few seconds, and each record costs a file that is synced. So of one target a
 * position is recorded when it changed and the last was a minute ago, and so is its identifier;
 * of all targets together so many a minute, because anybody can make targets up. What came too
 * much is counted. Only in memory: a new session begins with an empty table, so that each session
 * of the journal holds what was said in it. */
#ifndef LEE_APP_REMOTE_OPERATORS_H
#define LEE_APP_REMOTE_OPERATORS_H

#include <stdbool.h>
#include <stdint.h>

#include "record/remote_operator.h"

#define LEE_REMOTE_OPERATORS_EVERY_US INT64_C(60000000)
#define LEE_REMOTE_OPERATORS_PER_MINUTE 120u
/* Sets of eight targets; the one that said nothing new for the longest time makes room. */
#define LEE_REMOTE_OPERATORS_SETS 256u
#define LEE_REMOTE_OPERATORS_WAYS 8u

typedef struct {
    lee_remote_operator said; /* as recorded; no target: free */
    int64_t position_us;      /* when its position was, */
    int64_t id_us;            /* and its identifier; by the clock of the caller */
} lee_remote_operators_entry;

/* All zero is an empty table. */
typedef struct {
    uint64_t recorded;
    uint64_t dropped;   /* over what all targets together may */
    int64_t minute_us;  /* since when is counted, */
    uint32_t in_minute; /* and how many there were */
    lee_remote_operators_entry entries[LEE_REMOTE_OPERATORS_SETS][LEE_REMOTE_OPERATORS_WAYS];
} lee_remote_operators;

/* What of *said is to be recorded now stays in it. False: nothing. */
bool lee_remote_operators_take(lee_remote_operators *table, lee_remote_operator *said,
                               int64_t now_us);

/* Forgets the targets and goes on counting. */
void lee_remote_operators_forget(lee_remote_operators *table);

#endif
