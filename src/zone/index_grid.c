/* The grid of blocks: what holds the tiles of an index together. */
#include <assert.h>
#include <string.h>

#include "base/alloc.h"
#include "zone/index.h"
#include "zone/index_mark.h"

static lee_block *block_alloc(uint32_t word_count)
{
    lee_block *block = lee_alloc(1, sizeof(*block));
    uint32_t *words = lee_alloc((size_t)word_count + LEE_SPARE_WORDS, sizeof(uint32_t));
    if (!block || !words) {
        lee_free(block);
        lee_free(words);
        return NULL;
    }
    atomic_init(&block->users, 1);
    block->words = words;
    block->word_count = word_count;
    for (uint32_t t = 0; t < LEE_BLOCK_TILES; t++) {
        block->slots[t].cover = words;
    }
    return block;
}

/* The block of one empty tile, which all places without zones share. */
static lee_block *make_nothing(void)
{
    lee_block *nothing = block_alloc(1);
    lee_tile *tile = lee_alloc(1, sizeof(*tile) + (1 + LEE_SPARE_WORDS) * sizeof(uint32_t));
    if (!nothing || !tile) {
        lee__block_release(nothing);
        lee_free(tile);
        return NULL;
    }
    tile->word_count = tile->dense_count = 1;
    atomic_init(&tile->users, LEE_BLOCK_TILES);
    for (uint32_t t = 0; t < LEE_BLOCK_TILES; t++) {
        nothing->slots[t].tile = tile;
    }
    return nothing;
}

lee_zone_index *lee__index_new(void)
{
    lee_zone_index *index = lee_alloc(1, sizeof(*index));
    if (index) {
        index->nothing = make_nothing();
        if (!index->nothing) {
            lee_free(index);
            return NULL;
        }
    }
    return index;
}

bool lee__index_grid(lee_zone_index *index, uint32_t size_bits, uint32_t block_column,
                     uint32_t block_row, uint32_t block_columns, uint32_t block_rows)
{
    const size_t count = (size_t)block_columns * block_rows;
    index->blocks = lee_alloc(count, sizeof(lee_block *));
    if (!index->blocks) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        index->blocks[i] = index->nothing;
    }
    atomic_fetch_add(&index->nothing->users, (unsigned)count);
    index->size_bits = size_bits;
    index->column0 = block_column << LEE_BLOCK_CELL_BITS;
    index->row0 = block_row << LEE_BLOCK_CELL_BITS;
    index->block_columns = block_columns;
    index->columns = block_columns << LEE_BLOCK_CELL_BITS;
    index->rows = block_rows << LEE_BLOCK_CELL_BITS;
    return true;
}

static size_t block_count(const lee_zone_index *index)
{
    return (size_t)index->block_columns * (index->rows >> LEE_BLOCK_CELL_BITS);
}

void lee_zone_index_free(lee_zone_index *index)
{
    if (index) {
        for (size_t i = 0; i < block_count(index); i++) {
            lee__block_release(index->blocks[i]);
        }
        lee_free(index->blocks);
        lee__block_release(index->nothing);
        lee_free(index);
    }
}

lee_zone_index *lee__index_copy(const lee_zone_index *old)
{
    lee_zone_index *index = lee_alloc(1, sizeof(*index));
    const size_t count = block_count(old);
    lee_block **blocks = lee_alloc(count, sizeof(*blocks));
    if (!index || !blocks) {
        lee_free(index);
        lee_free(blocks);
        return NULL;
    }
    *index = *old;
    index->blocks = blocks;
    if (count > 0) {
        memcpy(blocks, old->blocks, count * sizeof(*blocks));
    }
    atomic_fetch_add(&old->nothing->users, 1);
    /* Runs of the same block, as where no zone is, are counted at once. */
    for (size_t i = 0; i < count;) {
        size_t end = i + 1;
        while (end < count && blocks[end] == blocks[i]) {
            end++;
        }
        atomic_fetch_add(&blocks[i]->users, (unsigned)(end - i));
        i = end;
    }
    return index;
}

/* --- covers ----------------------------------------------------------------------------------- */

/* The covers one after the other, without what changes left behind. False: no memory. */
static bool put_covers(lee_block *block, const lee_block *from)
{
    for (uint32_t t = 0; t < LEE_BLOCK_TILES; t++) {
        const uint32_t *list = from->slots[t].cover;
        if (!lee__cover_put(block, t, list + 1, list[0])) {
            return false;
        }
    }
    return true;
}

lee_block *lee__block_copy(const lee_block *from)
{
    uint64_t most = 64;
    for (uint32_t t = 0; t < LEE_BLOCK_TILES; t++) {
        most += from->slots[t].cover[0] + UINT64_C(1);
    }
    const bool dense = from->word_count <= most;
    lee_block *block = block_alloc(dense ? from->word_count : 1);
    if (!block) {
        return NULL;
    }
    if (dense) {
        memcpy(block->words, from->words, from->word_count * sizeof(uint32_t));
        for (uint32_t t = 0; t < LEE_BLOCK_TILES; t++) {
            block->slots[t].cover = block->words + (from->slots[t].cover - from->words);
        }
    } else if (!put_covers(block, from)) {
        lee__block_release(block);
        return NULL;
    }
    for (uint32_t t = 0; t < LEE_BLOCK_TILES; t++) {
        block->slots[t].tile = from->slots[t].tile;
        atomic_fetch_add(&block->slots[t].tile->users, 1);
    }
    return block;
}

/* Room for more words, wherever they then are. */
static bool grow_words(lee_block *block, uint32_t more)
{
    ptrdiff_t offsets[LEE_BLOCK_TILES];
    for (uint32_t t = 0; t < LEE_BLOCK_TILES; t++) {
        offsets[t] = block->slots[t].cover - block->words;
    }
    const size_t count = (size_t)block->word_count + more;
    uint32_t *grown = lee_realloc(block->words, count + LEE_SPARE_WORDS, sizeof(uint32_t));
    if (!grown || count > UINT32_MAX) {
        return false;
    }
    memset(grown + count, 0, LEE_SPARE_WORDS * sizeof(uint32_t));
    block->words = grown;
    for (uint32_t t = 0; t < LEE_BLOCK_TILES; t++) {
        block->slots[t].cover = grown + offsets[t];
    }
    return true;
}

bool lee__cover_put(lee_block *block, uint32_t number, const uint32_t *zones, uint32_t count)
{
    block->slots[number].cover = block->words;
    if (count == 0) {
        return true;
    }
    for (uint32_t t = 0; t < LEE_BLOCK_TILES; t++) {
        const uint32_t *list = block->slots[t].cover;
        if (list[0] == count && memcmp(list + 1, zones, count * sizeof(*zones)) == 0) {
            block->slots[number].cover = list;
            return true;
        }
    }
    if (!grow_words(block, count + 1)) {
        return false;
    }
    uint32_t *list = block->words + block->word_count;
    list[0] = count;
    memcpy(list + 1, zones, count * sizeof(*zones));
    block->slots[number].cover = list;
    block->word_count += count + 1;
    return true;
}

size_t lee_zone_index_bytes(const lee_zone_index *index)
{
    size_t bytes = sizeof(*index) + block_count(index) * sizeof(lee_block *);
    const lee_tile *const empty = index->nothing->slots[0].tile;
    for (size_t i = 0; i < block_count(index); i++) {
        const lee_block *block = index->blocks[i];
        if (block != index->nothing) {
            bytes += sizeof(*block) + (block->word_count + LEE_SPARE_WORDS) * sizeof(uint32_t);
            for (uint32_t t = 0; t < LEE_BLOCK_TILES; t++) {
                const lee_tile *tile = block->slots[t].tile;
                bytes += tile == empty ? 0 : lee__tile_bytes(tile->word_count);
            }
        }
    }
    return bytes;
}
