#include "decode/asterix_site.h"

#include <assert.h>
#include <math.h>
#include <stddef.h>

#include "geo/distance.h"
#include "geo/trig.h"

/* WGS 84. */
#define AXIS_M 6378137.0
#define ECCENTRICITY_SQUARED 0.00669437999014

void lee__asterix_site_learn(lee__asterix_sites *sites, const lee__asterix_site *site)
{
    assert(sites && site);

    for (uint32_t i = 0; i < sites->count; i++) {
        if (sites->sites[i].source == site->source) {
            sites->sites[i] = *site;
            return;
        }
    }
    if (sites->count < LEE__ASTERIX_SITES_MAX) {
        sites->sites[sites->count++] = *site;
        return;
    }
    sites->sites[sites->next] = *site;
    sites->next = (sites->next + 1) % LEE__ASTERIX_SITES_MAX;
}

const lee__asterix_site *lee__asterix_site_find(const lee__asterix_sites *sites, uint16_t source)
{
    assert(sites);

    for (uint32_t i = 0; i < sites->count; i++) {
        if (sites->sites[i].source == source) {
            return &sites->sites[i];
        }
    }
    return NULL;
}

/* The radius of curvature at a latitude in a direction (Euler). */
static double radius_m(double lat_rad, double azimuth_rad)
{
    const double s = lee_sin(lat_rad);
    const double c = lee_cos(azimuth_rad);
    const double w_squared = 1.0 - ECCENTRICITY_SQUARED * s * s;
    const double prime_m = AXIS_M / sqrt(w_squared);
    const double meridian_m = prime_m * (1.0 - ECCENTRICITY_SQUARED) / w_squared;
    return 1.0 / (c * c / meridian_m + (1.0 - c * c) / prime_m);
}

lee_point lee__asterix_place(const lee__asterix_site *site, double rho_m, int32_t theta_deg_e3,
                             double height_m)
{
    assert(site);
    assert(rho_m >= 0 && rho_m <= 1000000.0);
    assert(theta_deg_e3 >= 0 && theta_deg_e3 < 360000);

    const double r_m = radius_m(site->point.lat_e7 * LEE_RADIANS_PER_E7,
                                theta_deg_e3 * (LEE_RADIANS_PER_DEGREE / 1000.0));
    const double rise_m = height_m - site->height_m;
    const double flat_squared = rho_m * rho_m - rise_m * rise_m;
    if (flat_squared <= 0) {
        return site->point;
    }
    const double half_sine = sqrt(flat_squared / (4.0 * (r_m + site->height_m) * (r_m + height_m)));
    return lee_point_ahead(site->point, theta_deg_e3, 2.0 * r_m * lee_asin(half_sine));
}
