#include "geo/distance.h"

#include <assert.h>
#include <math.h>
#include <stddef.h>

#include "geo/trig.h"

/* WGS 84 (NIMA TR8350.2): semi-major axis and flattening. */
#define AXIS_M 6378137.0
#define FLATTENING (1.0 / 298.257223563)
#define ECCENTRICITY_2 (FLATTENING * (2.0 - FLATTENING))

static double square(double x)
{
    return x * x;
}

static double latitude_rad(lee_point p)
{
    return p.lat_e7 * LEE_RADIANS_PER_E7;
}

/* The difference of two longitudes the short way round, in radians. */
static double longitude_difference_rad(lee_point from, lee_point to)
{
    int64_t difference = (int64_t)to.lon_e7 - from.lon_e7;
    if (difference > LEE_LON_MAX_E7) {
        difference -= 2 * (int64_t)LEE_LON_MAX_E7;
    } else if (difference < -LEE_LON_MAX_E7) {
        difference += 2 * (int64_t)LEE_LON_MAX_E7;
    }
    return (double)difference * LEE_RADIANS_PER_E7;
}

/* The latitude on the auxiliary sphere. */
static double reduced_latitude_rad(double lat_rad)
{
    return lee_atan2((1.0 - FLATTENING) * lee_sin(lat_rad), lee_cos(lat_rad));
}

/* Radii of curvature times radians: metres per radian north and east at a latitude. */
static double north_m_per_rad(double lat_rad)
{
    const double w = 1.0 - ECCENTRICITY_2 * square(lee_sin(lat_rad));
    return AXIS_M * (1.0 - ECCENTRICITY_2) / (w * sqrt(w));
}

static double east_m_per_rad(double lat_rad)
{
    const double w = 1.0 - ECCENTRICITY_2 * square(lee_sin(lat_rad));
    return AXIS_M * lee_cos(lat_rad) / sqrt(w);
}

void lee_metres_per_e7(lee_point point, double *north_m, double *east_m)
{
    *north_m = north_m_per_rad(latitude_rad(point)) * LEE_RADIANS_PER_E7;
    *east_m = east_m_per_rad(latitude_rad(point)) * LEE_RADIANS_PER_E7;
}

double lee_distance_m(lee_point a, lee_point b)
{
    const double beta_a = reduced_latitude_rad(latitude_rad(a));
    const double beta_b = reduced_latitude_rad(latitude_rad(b));
    const double half_north = (beta_b - beta_a) / 2.0;
    const double half_east = longitude_difference_rad(a, b) / 2.0;
    /* Haversine on the auxiliary sphere: well conditioned for short distances. */
    const double sin_p2 = square(lee_sin(half_north));
    const double hav = sin_p2 + lee_cos(beta_a) * lee_cos(beta_b) * square(lee_sin(half_east));
    if (hav <= 0.0) {
        return 0.0;
    }
    const double sine = sqrt(hav < 1.0 ? hav : 1.0);
    const double cosine2 = hav < 1.0 ? 1.0 - hav : 0.0;
    const double sigma = 2.0 * lee_atan2(sine, sqrt(cosine2));
    if (cosine2 < 1e-3) {
        return AXIS_M * (1.0 - FLATTENING / 2.0) * sigma;
    }
    /* Lambert's correction for the flattening, to the first order. */
    const double sin_mean = lee_sin((beta_a + beta_b) / 2.0);
    const double sin_mean2 = square(sin_mean);
    const double cos_p2 = 1.0 - sin_p2;
    const double sin_sigma = lee_sin(sigma);
    const double x = (sigma - sin_sigma) * sin_mean2 * cos_p2 / cosine2;
    const double y = (sigma + sin_sigma) * (1.0 - sin_mean2) * sin_p2 / hav;
    return AXIS_M * (sigma - FLATTENING / 2.0 * (x + y));
}

/* The place on the edge a-b that is nearest to the point, in the plane of scale (east, north). */
typedef struct {
    double distance2;
    double x_rad;
    double y_rad;
} nearest_place;

static nearest_place nearest_on_edge(lee_point point, lee_point a, lee_point b, double stretch)
{
    const double ay = ((double)a.lat_e7 - point.lat_e7) * LEE_RADIANS_PER_E7;
    const double ax = longitude_difference_rad(point, a);
    const double by = ((double)b.lat_e7 - point.lat_e7) * LEE_RADIANS_PER_E7;
    const double bx = ax + ((double)b.lon_e7 - a.lon_e7) * LEE_RADIANS_PER_E7;
    const double dx = (bx - ax) * stretch;
    const double dy = by - ay;
    const double length2 = dx * dx + dy * dy;
    double t = length2 > 0.0 ? -(ax * stretch * dx + ay * dy) / length2 : 0.0;
    t = t < 0.0 ? 0.0 : t > 1.0 ? 1.0 : t;
    nearest_place place = {0.0, ax + t * (bx - ax), ay + t * dy};
    place.distance2 = square(place.x_rad * stretch) + square(place.y_rad);
    return place;
}

static int32_t round_e7(double rad)
{
    const double units = rad * LEE_E7_PER_RADIAN;
    return (int32_t)(units + (units < 0.0 ? -0.5 : 0.5));
}

static lee_point place_at(double lat_rad, double lon_rad)
{
    if (lon_rad > LEE_PI) {
        lon_rad -= 2.0 * LEE_PI;
    } else if (lon_rad < -LEE_PI) {
        lon_rad += 2.0 * LEE_PI;
    }
    lat_rad = lat_rad > LEE_PI / 2.0 ? LEE_PI / 2.0 : lat_rad;
    lat_rad = lat_rad < -LEE_PI / 2.0 ? -LEE_PI / 2.0 : lat_rad;
    return (lee_point){round_e7(lat_rad), round_e7(lon_rad)};
}

double lee_area_distance_m(const lee_area *area, lee_point point, lee_point *nearest)
{
    assert(area);
    const double lat_rad = latitude_rad(point);
    /* One radian of longitude in radians of latitude. At a pole every longitude is the same. */
    const double stretch = east_m_per_rad(lat_rad) / north_m_per_rad(lat_rad);
    nearest_place best = {HUGE_VAL, 0.0, 0.0};
    for (uint32_t r = 0; r < area->count; r++) {
        const lee_ring ring = area->rings[r];
        for (uint32_t i = 0, last = ring.count - 1; i < ring.count; last = i++) {
            const nearest_place place =
                nearest_on_edge(point, ring.points[last], ring.points[i], stretch);
            if (place.distance2 < best.distance2) {
                best = place;
            }
        }
    }
    if (best.distance2 == HUGE_VAL) {
        return HUGE_VAL;
    }
    const lee_point at =
        place_at(lat_rad + best.y_rad, point.lon_e7 * LEE_RADIANS_PER_E7 + best.x_rad);
    if (nearest) {
        *nearest = at;
    }
    return lee_distance_m(point, at);
}

/* A great circle on the auxiliary sphere with the radius that fits the ellipsoid at the start in
 * this direction, and the longitude corrected to the first order of the flattening. */
lee_point lee_point_ahead(lee_point point, int32_t track_deg_e3, double distance_m)
{
    assert(track_deg_e3 >= 0 && track_deg_e3 < 360000);
    assert(distance_m >= 0.0 && distance_m <= 2e6);
    const double track_rad = track_deg_e3 * (LEE_RADIANS_PER_DEGREE / 1000.0);
    const double beta = reduced_latitude_rad(latitude_rad(point));
    const double sin_beta = lee_sin(beta);
    const double cos_beta = lee_cos(beta);
    const double sin_track = lee_sin(track_rad);
    const double cos_track = lee_cos(track_rad);
    /* Vincenty's direct formula (1975) with its series cut after the first order. */
    const double sin_alpha = cos_beta * sin_track;
    const double cos_alpha2 = 1.0 - sin_alpha * sin_alpha;
    const double second = ECCENTRICITY_2 / (1.0 - ECCENTRICITY_2) * cos_alpha2;
    const double scale = 1.0 + second / 4.0 * (1.0 - second * (3.0 / 16.0));
    const double ripple = second / 4.0 * (1.0 - second / 4.0);
    const double sigma_1 = lee_atan2(sin_beta, cos_beta * cos_track);
    const double sigma_0 = distance_m / (AXIS_M * (1.0 - FLATTENING) * scale);
    double sigma = sigma_0;
    for (int round = 0; round < 3; round++) {
        sigma = sigma_0 + ripple * lee_sin(sigma) * lee_cos(2.0 * sigma_1 + sigma);
    }
    const double sin_sigma = lee_sin(sigma);
    const double cos_sigma = lee_cos(sigma);
    const double up = sin_beta * cos_sigma + cos_beta * sin_sigma * cos_track;
    const double across =
        sqrt(square(sin_alpha) + square(sin_beta * sin_sigma - cos_beta * cos_sigma * cos_track));
    const double lat_rad = lee_atan2(up, (1.0 - FLATTENING) * across);
    const double lambda =
        lee_atan2(sin_sigma * sin_track, cos_beta * cos_sigma - sin_beta * sin_sigma * cos_track);
    const double c = FLATTENING / 16.0 * cos_alpha2 * (4.0 + FLATTENING * (4.0 - 3.0 * cos_alpha2));
    const double turn = lambda - (1.0 - c) * FLATTENING * sin_alpha *
                                     (sigma + c * sin_sigma * lee_cos(2.0 * sigma_1 + sigma));
    return place_at(lat_rad, point.lon_e7 * LEE_RADIANS_PER_E7 + turn);
}

lee_box lee_box_of(lee_point point)
{
    return (lee_box){point, point};
}

/* The part of west_edge..east_edge that lies beyond the antimeridian. */
static void cut_at_antimeridian(lee_box *box, int64_t west_edge, int64_t east_edge, lee_box *beyond)
{
    const int64_t turn = 2 * (int64_t)LEE_LON_MAX_E7;
    if (west_edge < -LEE_LON_MAX_E7 && east_edge > LEE_LON_MAX_E7) {
        west_edge = -LEE_LON_MAX_E7;
        east_edge = LEE_LON_MAX_E7;
    } else if (west_edge < -LEE_LON_MAX_E7) {
        *beyond = *box;
        beyond->min.lon_e7 = (int32_t)(west_edge + turn);
        beyond->max.lon_e7 = LEE_LON_MAX_E7;
        west_edge = -LEE_LON_MAX_E7;
    } else if (east_edge > LEE_LON_MAX_E7) {
        *beyond = *box;
        beyond->min.lon_e7 = -LEE_LON_MAX_E7;
        beyond->max.lon_e7 = (int32_t)(east_edge - turn);
        east_edge = LEE_LON_MAX_E7;
    }
    box->min.lon_e7 = (int32_t)west_edge;
    box->max.lon_e7 = (int32_t)east_edge;
}

lee_box lee_box_grow(lee_box box, double metres, lee_box *beyond)
{
    lee_box other = {{INT32_MAX, INT32_MAX}, {INT32_MIN, INT32_MIN}};
    assert(metres >= 0.0 && metres <= 2.1e7);
    /* The smallest metres per radian north is at the equator; 2 units cover the rounding. */
    const int64_t north = (int64_t)(metres / north_m_per_rad(0.0) * LEE_E7_PER_RADIAN) + 2;
    const int64_t south_edge = box.min.lat_e7 - north;
    const int64_t north_edge = box.max.lat_e7 + north;
    const int64_t far_edge = -south_edge > north_edge ? -south_edge : north_edge;
    box.min.lat_e7 = (int32_t)(south_edge < -LEE_LAT_MAX_E7 ? -LEE_LAT_MAX_E7 : south_edge);
    box.max.lat_e7 = (int32_t)(north_edge > LEE_LAT_MAX_E7 ? LEE_LAT_MAX_E7 : north_edge);
    if (far_edge >= LEE_LAT_MAX_E7) {
        box.min.lon_e7 = -LEE_LON_MAX_E7;
        box.max.lon_e7 = LEE_LON_MAX_E7;
    } else {
        /* A circle of angle d around latitude b reaches asin(sin d / cos b) in longitude, which is
         * less than d / cos(b + d). */
        const double cosine = lee_cos((double)far_edge * LEE_RADIANS_PER_E7);
        const double turn_rad = metres / (north_m_per_rad(0.0) * cosine);
        const int64_t east = turn_rad < LEE_PI ? (int64_t)(turn_rad * LEE_E7_PER_RADIAN) + 2
                                               : 2 * (int64_t)LEE_LON_MAX_E7;
        cut_at_antimeridian(&box, box.min.lon_e7 - east, box.max.lon_e7 + east, &other);
    }
    if (beyond) {
        *beyond = other;
    }
    return box;
}
