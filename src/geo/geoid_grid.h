/* geo/geoid_grid.h: the table behind geo/geoid.h, written by tools/geoid_grid.py. */
#ifndef LEE_GEO_GEOID_GRID_H
#define LEE_GEO_GEOID_GRID_H

#include <stdint.h>

/* Every 2 degrees, from 90 south and 180 west. */
#define LEE_GEOID_ROWS 91
#define LEE_GEOID_COLUMNS 180
/* Every 10 degrees. */
#define LEE_GEOID_BLOCK_ROWS 18
#define LEE_GEOID_BLOCK_COLUMNS 36

/* Of the geoid above the ellipsoid, in 0.1 m. */
extern const int16_t lee__geoid_height_dm[LEE_GEOID_ROWS][LEE_GEOID_COLUMNS];
/* The most that interpolation is wrong within the block, with 1.5 m for the rest. */
extern const uint8_t lee__geoid_error_m[LEE_GEOID_BLOCK_ROWS][LEE_GEOID_BLOCK_COLUMNS];

#endif
