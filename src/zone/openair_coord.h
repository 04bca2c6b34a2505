/* zone/openair_coord.h: a coordinate pair as OpenAir files write it. */
#ifndef LEE_ZONE_OPENAIR_COORD_H
#define LEE_ZONE_OPENAIR_COORD_H

#include <stddef.h>
#include <stdint.h>

#include "leeward/error.h"
#include "leeward/point.h"

/* What is unusual; bits. */
enum {
    LEE_COORD_SIXTY = 1,  /* minutes or seconds of 60: carried over */
    LEE_COORD_PACKED = 2, /* DDMMSS without colons */
    LEE_COORD_MIXED = 4   /* seconds in one half, decimal minutes or degrees in the other */
};

/* Latitude and longitude, each degrees, degrees:minutes or degrees:minutes:seconds with a decimal
 * fraction in the last part and N, S, E or W after or before; exact, rounded once to e7. Reads from
 * *at, which is moved behind the pair. LEE_ERR_SYNTAX, and LEE_ERR_DOMAIN for parts out of range;
 * *at is then anywhere. */
LEE_CHECK_RESULT
lee_error lee_openair_coord_parse(const char **at, const char *end, lee_point *out,
                                  uint32_t *oddities);

#endif
