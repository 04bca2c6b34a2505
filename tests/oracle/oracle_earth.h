/* The ellipsoid, for the oracle: Vincenty's formulas and steps along the way, with libm. */
#ifndef LEE_TESTS_ORACLE_EARTH_H
#define LEE_TESTS_ORACLE_EARTH_H

#include "leeward/point.h"

typedef struct {
    double x; /* east: metres, or degrees x 1e7 */
    double y; /* north */
} oracle_spot;

/* By Vincenty's inverse formula; not near the antipode. */
double oracle_distance_m(lee_point a, lee_point b);
/* Metres from the origin, by the two radii of curvature there. */
oracle_spot oracle_spot_of(lee_point origin, double lat_e7, double lon_e7);
/* Where a way of so many metres ends, in degrees x 1e7. */
oracle_spot oracle_go(lee_point from, double track_deg, double way_m);

#endif
