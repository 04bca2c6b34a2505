/* leeward/track.h: what is known of a target now, each field with its age. */
#ifndef LEEWARD_TRACK_H
#define LEEWARD_TRACK_H

#include <stddef.h>
#include <stdint.h>

#include "leeward/report.h"

typedef enum { LEE_AGE_FRESH, LEE_AGE_STALE, LEE_AGE_EXPIRED } lee_age;

/* How a target stands to the zones, gravest last wins; what the map colours by. */
typedef enum {
    LEE_RELATION_NONE,
    LEE_RELATION_NEAR,
    LEE_RELATION_PERMITTED,
    LEE_RELATION_PREDICTED,
    LEE_RELATION_INSIDE
} lee_relation;

/* The newest value of each field and when it was said. Fields are indexed by LEE_REPORT_INDEX_*.
 * `last.present` holds the fields that were ever said and have not expired. */
typedef struct {
    lee_report last; /* t_us: of the newest report of any kind */
    int64_t first_us;
    int64_t field_us[LEE_REPORT_FIELD_COUNT];
    uint8_t field_source[LEE_REPORT_FIELD_COUNT]; /* lee_source */
    uint32_t report_count;
    uint32_t feeds; /* bit n: feed n was heard */
    lee_relation relation;
} lee_track;

#endif
