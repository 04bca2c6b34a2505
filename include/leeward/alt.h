/* leeward/alt.h: an altitude is a value and a reference, never a bare number. */
#ifndef LEEWARD_ALT_H
#define LEEWARD_ALT_H

#include <stdint.h>

/* ICAO Doc 8168: STD is pressure altitude against 1013.25 hPa (flight levels), MSL is above mean
 * sea level, AGL above the ground below, HAE above the WGS 84 ellipsoid (GNSS). */
typedef enum { LEE_ALT_STD, LEE_ALT_MSL, LEE_ALT_AGL, LEE_ALT_HAE, LEE_ALT_REF_COUNT } lee_alt_ref;

typedef struct {
    int32_t ft;
    lee_alt_ref ref;
} lee_alt;

/* A zone's floor or ceiling: the surface, a value, or unlimited. */
typedef enum { LEE_LIMIT_SFC, LEE_LIMIT_VALUE, LEE_LIMIT_UNL } lee_alt_limit_kind;

typedef struct {
    lee_alt_limit_kind kind;
    lee_alt alt; /* of LEE_LIMIT_VALUE only */
} lee_alt_limit;

#endif
