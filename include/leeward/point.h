/* leeward/point.h: places on the Earth in exact integers. */
#ifndef LEEWARD_POINT_H
#define LEEWARD_POINT_H

#include <stdint.h>

/* WGS 84 degrees x 10^7 (1.1 cm); lat -900000000..900000000, lon -1800000000..1800000000. */
typedef struct {
    int32_t lat_e7;
    int32_t lon_e7;
} lee_point;

/* Both ends belong to the box. A box never spans the antimeridian: such areas are two boxes. */
typedef struct {
    lee_point min;
    lee_point max;
} lee_box;

/* A closed ring; the first point is not repeated at the end; either winding. */
typedef struct {
    const lee_point *points;
    uint32_t count;
} lee_ring;

/* An area: the points inside an odd number of its rings (outer rings that do not overlap, and
 * holes). Import makes it so. */
typedef struct {
    const lee_ring *rings;
    uint32_t count;
} lee_area;

#define LEE_LAT_MAX_E7 900000000
#define LEE_LON_MAX_E7 1800000000

#endif
