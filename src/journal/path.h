/* journal/path.h: names of the journal's files (docs/formats/journal.md), built without stdio. */
#ifndef LEE_JOURNAL_PATH_H
#define LEE_JOURNAL_PATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "journal/merkle.h"

/* The longest folder that lee_journal_open takes, and the room for a file's path below it. */
#define LEE_JOURNAL_FOLDER_MAX 700u
#define LEE_JOURNAL_PATH_BYTES 1024u

typedef struct {
    char text[LEE_JOURNAL_PATH_BYTES];
    size_t length;
} lee_path;

void lee_path_set(lee_path *path, const char *folder);
void lee_path_add(lee_path *path, const char *text);
/* Decimal, zero-padded to `width` digits. */
void lee_path_add_number(lee_path *path, uint64_t number, unsigned width);
void lee_path_add_hex(lee_path *path, const uint8_t *bytes, size_t length);

/* Makes the path that of its parent folder. False: it has none. */
bool lee_path_parent(lee_path *path);

/* The level that stands for the entry bundles in the two functions below. */
#define LEE_TILE_ENTRIES UINT32_MAX
#define LEE_TILE_WIDTH 256u
/* Levels of tiles in the largest tree: 8 bits each of a 63-bit size. */
#define LEE_TILE_LEVELS 8u

/* FOLDER/tile/<L>/<N>[.p/<W>] of c2sp.org/tlog-tiles: width 256 is a full tile, 1..255 a partial,
 * 0 the folder of the partials. */
void lee_path_tile(lee_path *path, const char *folder, uint32_t level, uint64_t index,
                   uint32_t width);

/* FOLDER/kept/<N>, N in groups as above: what stays of a bundle that was pruned. */
void lee_path_kept(lee_path *path, const char *folder, uint64_t index);

/* FOLDER/wal/<first, 20 digits>, FOLDER/sealed/<index, 20 digits> and FOLDER/blob/<hex>. */
void lee_path_segment(lee_path *path, const char *folder, uint64_t first);
void lee_path_sealed(lee_path *path, const char *folder, uint64_t index);
void lee_path_blob(lee_path *path, const char *folder, const lee_digest *digest);

/* The first index in a segment's name; false when it is not exactly 20 digits that fit. */
bool lee_path_segment_parse(const char *name, uint64_t *out);

/* How many hashes the rightmost, partial tile of a level has in a tree of `size` leaves. */
uint32_t lee_tile_partial(uint64_t size, uint32_t level);

#endif
