/* decode/asterix_site.h: where radars stand, and where that puts what they measured. */
#ifndef LEE_DECODE_ASTERIX_SITE_H
#define LEE_DECODE_ASTERIX_SITE_H

#include <stdbool.h>
#include <stdint.h>

#include "leeward/point.h"

/* Radars remembered; the one learnt first makes room. */
#define LEE__ASTERIX_SITES_MAX 64

/* Number of a source: SAC and SIC. */
typedef struct {
    uint16_t source;
    int32_t height_m; /* above the ellipsoid */
    lee_point point;
} lee__asterix_site;

typedef struct {
    uint32_t count;
    uint32_t next; /* to be replaced when all are taken */
    lee__asterix_site sites[LEE__ASTERIX_SITES_MAX];
} lee__asterix_sites;

/* What a radar says about itself (I034/120). */
void lee__asterix_site_learn(lee__asterix_sites *sites, const lee__asterix_site *site);

/* NULL: not known. */
const lee__asterix_site *lee__asterix_site_find(const lee__asterix_sites *sites, uint16_t source);

/* The place at a slant range (rho_m, at most 1,000,000) and a true azimuth (degrees x 1000) of the
 * site, height_m above the ellipsoid: by the triangle of the Earth's centre, the radar and the
 * target, on the sphere that fits the ellipsoid there in that direction. A pressure altitude in
 * place of the height moves the place by its error x height / range. */
lee_point lee__asterix_place(const lee__asterix_site *site, double rho_m, int32_t theta_deg_e3,
                             double height_m);

#endif
