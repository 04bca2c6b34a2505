/* Any bytes as a tile: as they are, and repeated to the size of one. Whatever is taken answers
 * every question within its bounds. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "leeward/terrain.h"

#define TILE_BYTES ((size_t)2 * 1201 * 1201)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ask(const lee_terrain *terrain, const uint8_t *data, size_t size)
{
    for (size_t at = 0; at + 8 <= size; at += 8) {
        uint32_t words[2];
        memcpy(words, data + at, sizeof words);
        const lee_point point = {(int32_t)(words[0] % 1800000001u) - LEE_LAT_MAX_E7,
                                 (int32_t)((int64_t)(words[1] % 3600000001u) - LEE_LON_MAX_E7)};
        /* And one in the tile that may be there. */
        const lee_point inside = {460000000 + point.lat_e7 % 10000000,
                                  80000000 + point.lon_e7 % 10000000};
        const lee_point points[] = {point, inside};
        for (int i = 0; i < 2; i++) {
            int32_t ft;
            int32_t min_ft;
            int32_t max_ft;
            if (lee_terrain_height_ft(terrain, points[i], &ft) &&
                lee_terrain_range_ft(terrain, (lee_box){points[i], points[i]}, &min_ft, &max_ft)) {
                assert(min_ft <= ft && ft <= max_ft);
            }
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t bytes[TILE_BYTES];
    char name[16] = {0};
    lee_terrain *terrain = NULL;
    lee_error_info why;
    if (size == 0 || lee_terrain_create(&terrain) != LEE_OK) {
        return 0;
    }
    memcpy(name, data, size < 12 ? size : 12);
    (void)lee_terrain_add(terrain, name, data, size, &why);
    for (size_t at = 0; at < TILE_BYTES; at += size) {
        memcpy(bytes + at, data, size < TILE_BYTES - at ? size : TILE_BYTES - at);
    }
    if (lee_terrain_add(terrain, "N46E008", bytes, TILE_BYTES, &why) != LEE_OK) {
        assert(why.code != LEE_OK && why.reason && why.offset < TILE_BYTES);
    }
    ask(terrain, data, size);
    lee_terrain_free(terrain);
    return 0;
}
