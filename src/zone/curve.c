#include "zone/curve.h"

#include <assert.h>
#include <math.h>

#include <geodesic.h>

#define WGS84_A_M 6378137.0
#define WGS84_F (1 / 298.257223563)
#define SAGITTA_M 0.5
#define TURN_POINTS_MIN 180u
#define TURN_POINTS_MAX 32768u
#define CORRIDOR_STEP_M 5000.0
#define CORRIDOR_STEPS_MAX 5000u
#define CORRIDOR_POINTS_MAX 10000u

static void earth(struct geod_geodesic *out)
{
    geod_init(out, WGS84_A_M, WGS84_F);
}

static void append(lee_shape *shape, double lat_deg, double lon_deg)
{
    const double lat_e7 = lat_deg * 1e7;
    const double lon_e7 = lon_deg * 1e7;
    lee_shape_point(shape, (int64_t)(lat_e7 + (lat_e7 < 0 ? -0.5 : 0.5)),
                    (int64_t)(lon_e7 + (lon_e7 < 0 ? -0.5 : 0.5)));
}

static bool radius_allowed(double radius_m)
{
    return radius_m >= LEE_CURVE_RADIUS_MIN_M && radius_m <= LEE_CURVE_RADIUS_MAX_M;
}

/* Points of a whole turn for which the chord stays within SAGITTA_M of the circle:
 * r (1 - cos(pi/n)) = s, with cos x = 1 - x^2/2. Many more are needed beside a pole, where a
 * straight line in longitude and latitude is bent. */
static unsigned turn_points(double lat_deg, double radius_m)
{
    const double pi = 3.14159265358979323846;
    double count = pi * sqrt(radius_m / (2 * SAGITTA_M));
    const double pole_m = (90 - fabs(lat_deg)) * 111000 - radius_m;
    const double bent = pole_m < 0 ? -pole_m : pole_m;
    /* The line of length c bends by c^2 tan(lat) / 8R, about c^2 / (8 x distance to the pole). */
    const double side_m = sqrt(8 * SAGITTA_M * (bent < 10 ? 10 : bent));
    const double by_bend = 2 * pi * radius_m / side_m;
    count = by_bend > count && fabs(lat_deg) * 111000 + radius_m > 70 * 111000.0 ? by_bend : count;
    if (count < TURN_POINTS_MIN) {
        return TURN_POINTS_MIN;
    }
    return count > TURN_POINTS_MAX ? TURN_POINTS_MAX : (unsigned)count + 1;
}

lee_error lee_curve_circle(lee_shape *shape, double lat_deg, double lon_deg, double radius_m)
{
    assert(shape);
    if (!radius_allowed(radius_m) || !(fabs(lat_deg) <= 90) || !(fabs(lon_deg) <= 180)) {
        return LEE_ERR_DOMAIN;
    }
    struct geod_geodesic globe;
    earth(&globe);
    lee_shape_polygon(shape);
    lee_shape_ring(shape);
    const unsigned count = turn_points(lat_deg, radius_m);
    for (unsigned i = 0; i < count; i++) {
        double lat = 0;
        double lon = 0;
        /* Counter-clockwise. */
        geod_direct(&globe, lat_deg, lon_deg, -360.0 * i / count, radius_m, &lat, &lon, NULL);
        append(shape, lat, lon);
    }
    return LEE_OK;
}

lee_error lee_curve_arc(lee_shape *shape, const lee_curve_arc_spec *arc)
{
    assert(shape && arc);
    if (!radius_allowed(arc->from_m) || !radius_allowed(arc->to_m) ||
        !(fabs(arc->from_deg) <= 720) || !(fabs(arc->to_deg) <= 720) ||
        !(fabs(arc->lat_deg) <= 90) || !(fabs(arc->lon_deg) <= 180)) {
        return LEE_ERR_DOMAIN;
    }
    struct geod_geodesic globe;
    earth(&globe);
    double sweep_deg = arc->clockwise ? arc->to_deg - arc->from_deg : arc->from_deg - arc->to_deg;
    while (sweep_deg <= 0) {
        sweep_deg += 360;
    }
    while (sweep_deg > 360) {
        sweep_deg -= 360;
    }
    const double largest_m = arc->from_m > arc->to_m ? arc->from_m : arc->to_m;
    const double steps = turn_points(arc->lat_deg, largest_m) * sweep_deg / 360;
    const unsigned count = steps < 2 ? 2 : (unsigned)steps + 1;
    const double sign = arc->clockwise ? 1 : -1;
    const unsigned skip = arc->with_ends ? 0 : 1;
    for (unsigned i = skip; i + skip <= count; i++) {
        const double part = (double)i / count;
        double lat = 0;
        double lon = 0;
        geod_direct(&globe, arc->lat_deg, arc->lon_deg, arc->from_deg + sign * sweep_deg * part,
                    arc->from_m + (arc->to_m - arc->from_m) * part, &lat, &lon, NULL);
        append(shape, lat, lon);
    }
    return LEE_OK;
}

void lee_curve_inverse(double lat1_deg, double lon1_deg, double lat2_deg, double lon2_deg,
                       double *bearing_deg, double *distance_m)
{
    assert(bearing_deg && distance_m);
    struct geod_geodesic globe;
    earth(&globe);
    geod_inverse(&globe, lat1_deg, lon1_deg, lat2_deg, lon2_deg, distance_m, bearing_deg, NULL);
}

typedef struct {
    double lat1;
    double lon1;
    double lat2;
    double lon2; /* within 180 of lon1, may be beyond 180 */
    unsigned steps;
} leg;

/* The point beside the leg at step i, on the left (-90) or the right (90). */
static void append_beside(lee_shape *shape, const struct geod_geodesic *globe, const leg *on,
                          unsigned i, double side_deg, double half_width_m)
{
    const double part = (double)i / on->steps;
    const double lat = on->lat1 + (on->lat2 - on->lat1) * part;
    const double lon = on->lon1 + (on->lon2 - on->lon1) * part;
    /* The bearing of a line straight in longitude and latitude, from two points on it beside this
     * one, a thousandth of a degree or less away. */
    const double h = 0.0005 / (1 + fabs(on->lat2 - on->lat1) + fabs(on->lon2 - on->lon1));
    double bearing = 0;
    geod_inverse(globe, lat - (on->lat2 - on->lat1) * h, lon - (on->lon2 - on->lon1) * h,
                 lat + (on->lat2 - on->lat1) * h, lon + (on->lon2 - on->lon1) * h, NULL, &bearing,
                 NULL);
    double out_lat = 0;
    double out_lon = 0;
    geod_direct(globe, lat, lon, bearing + side_deg, half_width_m, &out_lat, &out_lon, NULL);
    append(shape, out_lat, out_lon);
}

static lee_error append_leg(lee_shape *shape, const struct geod_geodesic *globe, leg on,
                            double half_width_m)
{
    double length_m = 0;
    geod_inverse(globe, on.lat1, on.lon1, on.lat2, on.lon2, &length_m, NULL, NULL);
    if (length_m < 0.01) {
        return LEE_OK;
    }
    if (length_m / CORRIDOR_STEP_M > CORRIDOR_STEPS_MAX) {
        return LEE_ERR_LIMIT;
    }
    on.steps = (unsigned)(length_m / CORRIDOR_STEP_M) + 1;
    lee_shape_polygon(shape);
    lee_shape_ring(shape);
    for (unsigned i = 0; i <= on.steps; i++) {
        append_beside(shape, globe, &on, i, 90, half_width_m);
    }
    for (unsigned i = on.steps + 1; i-- > 0;) {
        append_beside(shape, globe, &on, i, -90, half_width_m);
    }
    return LEE_OK;
}

lee_error lee_curve_corridor(lee_shape *shape, const double *lat_deg, const double *lon_deg,
                             size_t count, double half_width_m)
{
    assert(shape && lat_deg && lon_deg);
    if (count == 0 || !radius_allowed(half_width_m)) {
        return LEE_ERR_DOMAIN;
    }
    if (count > CORRIDOR_POINTS_MAX) {
        return LEE_ERR_LIMIT;
    }
    struct geod_geodesic globe;
    earth(&globe);
    lee_shape_set_made(shape);
    for (size_t i = 0; i < count; i++) {
        lee_error error = lee_curve_circle(shape, lat_deg[i], lon_deg[i], half_width_m);
        if (error != LEE_OK || i + 1 == count) {
            return error;
        }
        double lon2 = lon_deg[i + 1];
        lon2 += lon2 - lon_deg[i] > 180 ? -360 : lon2 - lon_deg[i] < -180 ? 360 : 0;
        error = append_leg(
            shape, &globe,
            (leg){.lat1 = lat_deg[i], .lon1 = lon_deg[i], .lat2 = lat_deg[i + 1], .lon2 = lon2},
            half_width_m);
        if (error != LEE_OK) {
            return error;
        }
    }
    return LEE_OK;
}
