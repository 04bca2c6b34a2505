/* Which events ask for attention, for the oracle: every event is held against all that were told
 * before it, without tables (docs/watch.md, "Attention"). */
#ifndef LEE_TESTS_ORACLE_ATTENTION_H
#define LEE_TESTS_ORACLE_ATTENTION_H

#include <stdbool.h>
#include <stddef.h>

#include "leeward/event.h"
#include "leeward/zone.h"

/* An event as told, and how its target flew then; or an operator's acknowledgement. */
typedef struct {
    lee_event event;
    bool has_alt, has_course;
    int32_t alt_ft, speed_kt_e3, track_deg_e3;
    bool is_acknowledgement; /* of event.incident at event.t_us, */
    int64_t until_us;
    /* Worked out here: */
    int first;      /* number of the first event of its incident */
    char attention; /* r, m, a; 0: it asks */
    int group;      /* number of the event that began the first incident of its group; -1: none */
} oracle_told;

/* Returns how many events the engine judged otherwise. */
size_t oracle_judge_attention(const lee_zone_list *zones, oracle_told *told, size_t count);

#endif
