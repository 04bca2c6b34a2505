#include "oracle_earth.h"

#include <math.h>

#define RAD (3.14159265358979323846 / 180.0)
#define AXIS 6378137.0
#define FLAT (1.0 / 298.257223563)

double oracle_distance_m(lee_point a, lee_point b)
{
    const double U1 = atan((1 - FLAT) * tan(a.lat_e7 * 1e-7 * RAD));
    const double U2 = atan((1 - FLAT) * tan(b.lat_e7 * 1e-7 * RAD));
    const double L = ((double)b.lon_e7 - a.lon_e7) * 1e-7 * RAD;
    double lambda = L;
    for (int i = 0;; i++) {
        const double x = cos(U2) * sin(lambda);
        const double y = cos(U1) * sin(U2) - sin(U1) * cos(U2) * cos(lambda);
        const double sine = hypot(x, y);
        if (sine < 1e-15) {
            return 0.0;
        }
        const double cosine = sin(U1) * sin(U2) + cos(U1) * cos(U2) * cos(lambda);
        const double sigma = atan2(sine, cosine);
        const double alpha = cos(U1) * cos(U2) * sin(lambda) / sine;
        const double square = 1 - alpha * alpha;
        /* On the equator square is 0, and so is what it divides. */
        const double middle = square > 1e-15 ? cosine - 2 * sin(U1) * sin(U2) / square : 0;
        const double C = FLAT / 16 * square * (4 + FLAT * (4 - 3 * square));
        lambda = L + (1 - C) * FLAT * alpha *
                         (sigma + C * sine * (middle + C * cosine * (2 * middle * middle - 1)));
        if (i == 20) {
            const double minor = AXIS * (1 - FLAT);
            const double u = square * (AXIS * AXIS - minor * minor) / (minor * minor);
            const double A = 1 + u / 16384 * (4096 + u * (-768 + u * (320 - 175 * u)));
            const double B = u / 1024 * (256 + u * (-128 + u * (74 - 47 * u)));
            return minor * A *
                   (sigma - B * sine * (middle + B / 4 * cosine * (2 * middle * middle - 1)));
        }
    }
}

/* Metres from the origin, by the two radii of curvature there. */
oracle_spot oracle_spot_of(lee_point origin, double lat_e7, double lon_e7)
{
    const double e2 = FLAT * (2 - FLAT);
    const double sine = sin(origin.lat_e7 * 1e-7 * RAD);
    const double N = AXIS / sqrt(1 - e2 * sine * sine);
    const double M = N * (1 - e2) / (1 - e2 * sine * sine);
    return (oracle_spot){(lon_e7 - origin.lon_e7) * 1e-7 * RAD * N * sqrt(1 - sine * sine),
                         (lat_e7 - origin.lat_e7) * 1e-7 * RAD * M};
}

/* Where a way of so many metres ends: by steps of a second's length each along the meridians and
 * parallels of that place, the course turning with the meridians. */
oracle_spot oracle_go(lee_point from, double track_deg, double way_m)
{
    double lat = from.lat_e7 * 1e-7 * RAD;
    double lon = from.lon_e7 * 1e-7 * RAD;
    double course = track_deg * RAD;
    const double e2 = FLAT * (2 - FLAT);
    for (int i = 0; i < 64; i++) {
        const double step = way_m / 64;
        /* The middle of the step, from its start. */
        double at = lat;
        double to = course;
        for (int k = 0; k < 2; k++) {
            const double w = sqrt(1 - e2 * sin(at) * sin(at));
            const double north = AXIS * (1 - e2) / (w * w * w);
            const double east = AXIS / w;
            const double dlat = step * cos(to) / north;
            const double dlon = step * sin(to) / (east * cos(at));
            if (k == 0) {
                to = course + dlon / 2 * sin(at);
                at = lat + dlat / 2;
            } else {
                lat += dlat;
                lon += dlon;
                course += dlon * sin(at);
            }
        }
    }
    return (oracle_spot){lon / RAD * 1e7, lat / RAD * 1e7};
}
