#include "journal/tiles.h"

#include <assert.h>
#include <string.h>

void lee_tiles_init(lee_tiles *tiles, const lee_file_system *fs, const char *folder, uint64_t size)
{
    assert(tiles && fs && folder);
    memset(tiles, 0, sizeof(*tiles));
    lee_disk_init(&tiles->disk, fs, folder);
    lee_buffer_init(&tiles->tile, LEE_TILE_WIDTH * LEE_DIGEST_BYTES);
    tiles->size = size;
}

void lee_tiles_free(lee_tiles *tiles)
{
    assert(tiles);
    lee_buffer_free(&tiles->tile);
}

static lee_error load(lee_tiles *tiles, uint32_t level, uint64_t index)
{
    if (tiles->has_tile && tiles->level == level && tiles->index == index) {
        return LEE_OK;
    }
    const unsigned shift = 8 * (level + 1);
    const uint64_t full = shift < 64 ? tiles->size >> shift : 0;
    const uint32_t width = index < full ? LEE_TILE_WIDTH : lee_tile_partial(tiles->size, level);
    lee_path path;
    lee_path_tile(&path, tiles->disk.folder, level, index, width);
    tiles->has_tile = false;
    lee_error error = width ? lee_disk_read(&tiles->disk, &path, &tiles->tile) : LEE_ERR_NOT_FOUND;
    if (error == LEE_ERR_NOT_FOUND && width && width < LEE_TILE_WIDTH) {
        lee_path_tile(&path, tiles->disk.folder, level, index, LEE_TILE_WIDTH);
        error = lee_disk_read(&tiles->disk, &path, &tiles->tile);
    }
    if (error == LEE_ERR_NOT_FOUND || error == LEE_ERR_LIMIT) {
        return LEE_ERR_CORRUPT;
    }
    tiles->level = level;
    tiles->index = index;
    tiles->has_tile = !error;
    return error;
}

lee_error lee_tiles_source(void *context, unsigned level, uint64_t index, lee_digest *out)
{
    lee_tiles *const tiles = context;
    assert(tiles && out);
    assert(level < 8 * LEE_TILE_LEVELS);
    /* The subtree is 2^inner neighbours in a tile of this level. */
    const unsigned inner = level % 8;
    const uint64_t first = index << inner;
    lee_error error = load(tiles, level / 8, first / LEE_TILE_WIDTH);
    if (error) {
        return error;
    }
    const size_t count = (size_t)1 << inner;
    const size_t at = (size_t)(first % LEE_TILE_WIDTH);
    if ((at + count) * LEE_DIGEST_BYTES > tiles->tile.length) {
        return LEE_ERR_CORRUPT;
    }
    lee_digest work[LEE_TILE_WIDTH];
    memcpy(work, tiles->tile.bytes + at * LEE_DIGEST_BYTES, count * LEE_DIGEST_BYTES);
    *out = lee_merkle_fold(work, count);
    return LEE_OK;
}
