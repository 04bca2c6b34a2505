/* geo/geoid.h: how high mean sea level lies above the WGS 84 ellipsoid: HAE = MSL + geoid.
 *
 * EGM96, which heights of SRTM refer to as well, on a grid of 2 degrees that is part of the
 * program: so every machine converts alike, and a journal needs no file to be run again. */
#ifndef LEE_GEO_GEOID_H
#define LEE_GEO_GEOID_H

#include <stdint.h>

#include "leeward/point.h"

/* In whole metres, with the most that this may be wrong: 2 to 19 m, mostly 3 to 6 m. */
typedef struct {
    int32_t height_m;
    int32_t error_m;
} lee_geoid;

lee_geoid lee_geoid_at(lee_point point);

/* One height for the whole box, its error wide enough for each place in it. */
lee_geoid lee_geoid_in(lee_box box);

#endif
