/* zone/curve.h: circles, arcs and corridors on the ellipsoid as rings within 1 m of the true curve.
 *
 * Points are computed with PROJ's geodesics (Karney 2013), lie on the curve, and are close enough
 * that neither the curve nor the straight line in longitude and latitude between them is more than
 * 0.6 m off; the rounding to e7 adds 1 cm. Everything is appended to a lee_shape. */
#ifndef LEE_ZONE_CURVE_H
#define LEE_ZONE_CURVE_H

#include <stdbool.h>
#include <stddef.h>

#include "leeward/error.h"
#include "zone/shape.h"

/* Bounds of a radius and of half a corridor's width; outside them LEE_ERR_DOMAIN. */
#define LEE_CURVE_RADIUS_MIN_M 1.0
#define LEE_CURVE_RADIUS_MAX_M 3000000.0

/* A whole circle as a polygon of its own. */
LEE_CHECK_RESULT
lee_error lee_curve_circle(lee_shape *shape, double lat_deg, double lon_deg, double radius_m);

/* An arc round a centre, appended to the ring begun last: from one bearing and radius to another,
 * the radius changing evenly between. Bearings are degrees from true north. Equal bearings make a
 * whole turn. */
typedef struct {
    double lat_deg;
    double lon_deg;
    double from_deg;
    double to_deg;
    double from_m;
    double to_m;
    bool clockwise;
    bool with_ends; /* false: only what lies between; the caller has the ends exactly */
} lee_curve_arc_spec;
LEE_CHECK_RESULT
lee_error lee_curve_arc(lee_shape *shape, const lee_curve_arc_spec *arc);

/* Bearing and distance from one point to another. */
void lee_curve_inverse(double lat1_deg, double lon1_deg, double lat2_deg, double lon2_deg,
                       double *bearing_deg, double *distance_m);

/* Everything within half_width_m of a line whose edges are straight in longitude and latitude:
 * strips and end circles as overlapping polygons, which lee_shape_finish unites. An edge longer
 * than 180 degrees of longitude goes the short way. LEE_ERR_LIMIT: too many points. */
LEE_CHECK_RESULT
lee_error lee_curve_corridor(lee_shape *shape, const double *lat_deg, const double *lon_deg,
                             size_t count, double half_width_m);

#endif
