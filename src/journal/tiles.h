/* journal/tiles.h: the hashes of a journal's tiles as a source for proofs (journal/merkle.h). */
#ifndef LEE_JOURNAL_TILES_H
#define LEE_JOURNAL_TILES_H

#include "journal/disk.h"
#include "journal/merkle.h"

typedef struct {
    lee_disk disk;
    uint64_t size; /* of the tree under the checkpoint */
    uint32_t level;
    uint64_t index;
    lee_buffer tile; /* the last one read */
    bool has_tile;
} lee_tiles;

void lee_tiles_init(lee_tiles *tiles, const lee_file_system *fs, const char *folder, uint64_t size);
void lee_tiles_free(lee_tiles *tiles);

/* A lee_merkle_source; context is the lee_tiles. LEE_ERR_CORRUPT: a tile is missing or too short;
 * LEE_ERR_IO, NO_MEMORY. */
lee_error lee_tiles_source(void *context, unsigned level, uint64_t index, lee_digest *out);

#endif
