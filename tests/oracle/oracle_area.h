/* Areas, volumes and ways through them for the oracle: every vertex looked at, in wide integers.
 *
 * Ties are broken not by rules but by moving the path by a real, tiny distance in coordinates
 * multiplied by 2^60, so that nothing ever lies on anything. */
#ifndef LEE_TESTS_ORACLE_AREA_H
#define LEE_TESTS_ORACLE_AREA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "leeward/zone.h"

__extension__ typedef __int128 oracle_big;

typedef struct {
    oracle_big num;
    oracle_big den; /* > 0 */
} oracle_ratio;

/* A stretch of a way, of which the whole is 0..1. */
typedef struct {
    oracle_ratio from;
    oracle_ratio to;
} oracle_span;

typedef struct {
    int64_t t_us;
    lee_point point;
    bool has_alt;
    int32_t alt_ft;
} oracle_place;

typedef enum { ORACLE_BELOW, ORACLE_WITHIN, ORACLE_ABOVE, ORACLE_UNKNOWN } oracle_level;

bool oracle_area_holds(const lee_area *area, lee_point p);
/* A limit in feet that pressure altitude is compared with; false: it binds nothing. */
bool oracle_limit_ft(const lee_alt_limit *limit, int32_t *out);
/* With both limits moved outward by the margin. */
oracle_level oracle_level_of(const lee_zone *zone, bool has_alt, int32_t alt_ft, int32_t margin_ft);
bool oracle_active_at(const lee_zone *zone, int64_t t_us);
/* Area and altitude, not the hours; an altitude that is not known is within. */
bool oracle_holds(const lee_zone *zone, const oracle_place *p);
/* Zones that exempt a target from another, as far as it may be in them. */
#define ORACLE_LANES_MAX 16
typedef struct {
    const lee_zone *zones[ORACLE_LANES_MAX];
    size_t count;
} oracle_lanes;

/* Whether a limit is above ground, whose height the oracle does not know. */
bool oracle_hangs_on_ground(const lee_zone *zone);
/* Whether it is known for certain between which heights the zone lies there. */
bool oracle_is_certain(const lee_zone *zone, const oracle_place *p);
/* Whether one of them exempts it there and then. */
bool oracle_exempted(const oracle_lanes *lanes, const oracle_place *p);
/* First and last stretch inside the volume while it is active, without the lanes; returns how many
 * there are. *blurred: an altitude that matters is not known. */
size_t oracle_volume_spans(const lee_zone *zone, const oracle_lanes *lanes, const oracle_place *a,
                           const oracle_place *b, oracle_span *first, oracle_span *last,
                           bool *blurred);

#endif
