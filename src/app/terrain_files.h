/* app/terrain_files.h: a folder of terrain tiles, mapped, with the name that decisions know it by.
 */
#ifndef LEE_APP_TERRAIN_FILES_H
#define LEE_APP_TERRAIN_FILES_H

#include "leeward/error.h"
#include "leeward/terrain.h"

/* SHA-256 in hexadecimal, over the names and digests of all tiles, and its end. */
#define LEE_TERRAIN_NAME_BYTES 65

typedef struct lee_terrain_files lee_terrain_files;

/* Maps each file of the folder that is named as a tile (N46E008.hgt) and reads it once. What is
 * wrong is said on standard error; one wrong tile refuses all. LEE_ERR_NOT_FOUND: no folder, or no
 * tile in it; what lee_terrain_add says. */
LEE_CHECK_RESULT
lee_error lee_terrain_files_open(const char *folder, lee_terrain_files **out);
/* NULL is allowed. */
void lee_terrain_files_close(lee_terrain_files *files);

const lee_terrain *lee_terrain_files_terrain(const lee_terrain_files *files);
const char *lee_terrain_files_name(const lee_terrain_files *files);

#endif
