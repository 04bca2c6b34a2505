/* leeward/terrain.h: how high the ground is, from tiles in the form of SRTM (.hgt).
 *
 * A tile covers one degree square with 1201 (3 seconds) or 3601 (1 second) rows from the north, of
 * as many heights from the west, as signed 16-bit numbers, big-endian, in metres above EGM96; the
 * edges are part of both neighbours. -32768 is a void: the height is not known there. */
#ifndef LEEWARD_TERRAIN_H
#define LEEWARD_TERRAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "leeward/error.h"
#include "leeward/point.h"

#ifdef __cplusplus
extern "C" {
#endif

#define LEE_TERRAIN_TILES_MAX 16384u
#define LEE_TERRAIN_HEIGHT_MIN_M (-500)
#define LEE_TERRAIN_HEIGHT_MAX_M 9000

typedef struct lee_terrain lee_terrain;

/* No tiles yet. LEE_ERR_NO_MEMORY. */
LEE_CHECK_RESULT
lee_error lee_terrain_create(lee_terrain **out);
/* NULL is allowed. */
void lee_terrain_free(lee_terrain *terrain);

/* Adds the tile "N46E008" (name of its south-west corner; what follows the seven letters does not
 * count), whose bytes are borrowed until the terrain is freed and must not change. Reads all of it
 * once. Otherwise *why says what is wrong: LEE_ERR_SYNTAX, the name; LEE_ERR_TRUNCATED, it has
 * neither of the two sizes; LEE_ERR_DOMAIN, a height (why->offset: its byte) is none that the earth
 * has; LEE_ERR_DUPLICATE; LEE_ERR_LIMIT; LEE_ERR_NO_MEMORY. */
LEE_CHECK_RESULT
lee_error lee_terrain_add(lee_terrain *terrain, const char *name, const uint8_t *bytes,
                          size_t length, lee_error_info *why);

/* Whether the text names a tile as lee_terrain_add asks, in capitals or not. */
bool lee_terrain_is_name(const char *name);

/* The height at the point in feet above the sea, bilinear between the four heights around it,
 * rounded to nearest. False: no tile, or a void among those that count. */
bool lee_terrain_height_ft(const lee_terrain *terrain, lee_point point, int32_t *out);

/* Bounds of the heights in the box, by blocks of a tenth of a degree. False: somewhere in these
 * blocks the ground is not known. */
bool lee_terrain_range_ft(const lee_terrain *terrain, lee_box box, int32_t *min_ft,
                          int32_t *max_ft);

#ifdef __cplusplus
}
#endif

#endif
