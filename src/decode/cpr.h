/* decode/cpr.h: compact position reporting (RTCA DO-260B A.1.7; ICAO Doc 9871 C.2.6).
 *
 * All of it is integer arithmetic. A decoded coordinate is exact before its one rounding to
 * 1e-7 degrees; the number of longitude zones is found with nine decimals. */
#ifndef LEE_DECODE_CPR_H
#define LEE_DECODE_CPR_H

#include <stdbool.h>
#include <stdint.h>

#include "leeward/point.h"

/* One half: 17 bits of latitude and longitude, each in zones of 360 (airborne) or 90 (surface)
 * degrees over their number. */
typedef struct {
    uint32_t lat;
    uint32_t lon;
    bool odd;
    bool surface;
} lee_cpr;

/* The position of the newer half, from an even and an odd half of the same kind. For surface,
 * `reference` (within 45 degrees) chooses among the eight solutions; airborne it is not looked at
 * and may be NULL. *apart says how far the two halves lie from each other in degrees x 10^7, the
 * greater of latitude and longitude: more than the aircraft flew between them means that they do
 * not belong together. False: the halves lie in different zones of longitude, or there is no such
 * latitude. */
bool lee_cpr_global(const lee_cpr *even, const lee_cpr *odd, bool newer_is_odd,
                    const lee_point *reference, lee_point *out, int64_t *apart_e7);

/* The position nearest to `reference`: right when the target is within half a zone of it, 180 NM
 * airborne and 45 NM on the surface. False: there is no such latitude. */
bool lee_cpr_local(const lee_cpr *half, lee_point reference, lee_point *out);

/* Zones of longitude at a latitude (degrees x 10^9), 1..59. */
int lee_cpr_zones(int64_t lat_e9);

#endif
