/* geo/distance.h: metres between places on WGS 84, the same on every machine.
 *
 * For margins, hysteresis, look-ahead and what people are told; never for what decides inside or
 * outside (geo/area.h does). The stated errors are against the geodesic (Karney 2013) and are
 * checked in tests/unit/geo/test_distance.c. */
#ifndef LEE_GEO_DISTANCE_H
#define LEE_GEO_DISTANCE_H

#include "leeward/point.h"

#define LEE_METRES_PER_NAUTICAL_MILE 1852.0
#define LEE_METRES_PER_FOOT 0.3048

/* Distance along the ellipsoid, in metres (Lambert 1942). Error: below 1e-5 of the distance plus
 * 1 mm up to 10,000 km; near the antipode up to 0.6 %. */
double lee_distance_m(lee_point a, lee_point b);

/* Distance from the point to the nearest edge of the area, in metres, whether inside or outside;
 * *nearest (may be NULL) is the place on that edge, rounded to 1e-7 degrees. Edges are straight in
 * latitude and longitude. Which edge is nearest is judged in a plane around the point: the answer
 * is at most 0.5 % too large within 100 km and |latitude| < 70 degrees, and lengths along the edge
 * carry the error of lee_distance_m. Edges on the other side of the antimeridian count at their
 * true distance. Infinity (HUGE_VAL) for an area without points, *nearest unchanged. */
double lee_area_distance_m(const lee_area *area, lee_point point, lee_point *nearest);

/* The place reached by going distance_m (0..2,000,000) along the geodesic that starts with this
 * true track (0..359999, degrees x 1000). Error: below 3e-6 of the distance up to 100 km, 1e-4
 * up to 2,000 km, plus the rounding of the result (0.6 cm). */
lee_point lee_point_ahead(lee_point point, int32_t track_deg_e3, double distance_m);

/* Metres that 1e-7 degrees are at the place, along its meridian and its parallel: a plane around
 * it.
 */
void lee_metres_per_e7(lee_point point, double *north_m, double *east_m);

/* The box with every place within `metres` (0..21,000,000) of the box. It is cut at the poles and,
 * as a box never spans the antimeridian, at +-180: *beyond (may be NULL) is then the part on the
 * other side, else a box that meets nothing. All longitudes where it reaches a pole. */
lee_box lee_box_grow(lee_box box, double metres, lee_box *beyond);

/* The box around one point. */
lee_box lee_box_of(lee_point point);

#endif
