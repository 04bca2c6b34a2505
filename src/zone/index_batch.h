/* zone/index_batch.h: the passes of locate_many, compiled once for each kind of processor.
 *
 * A report costs a few cache lines that it alone asks for, so a batch goes through in passes:
 * each finds the address of the next line for all its points and asks the memory for it, and the
 * next pass finds it there. */
#ifndef LEE_ZONE_INDEX_BATCH_H
#define LEE_ZONE_INDEX_BATCH_H

#include <string.h>

#include "zone/index.h"

#define LEE_BATCH 64u
#define LEE_BATCH_WIDE UINT32_MAX /* in place of the slots of a wide leaf */

/* A point within its cell in 16-bit steps around the middle; coarse when a step is several units.
 */
typedef struct {
    int32_t u;
    int32_t v;
    bool coarse;
} lee_steps;

static inline lee_steps lee__steps_in(lee_grid_point point, uint32_t size_bits)
{
    const uint32_t shift = size_bits > 16 ? size_bits - 16 : 0;
    const int32_t half = 1 << ((size_bits > 16 ? 16 : size_bits) - 1);
    const uint32_t mask = (1u << size_bits) - 1;
    return (lee_steps){(int32_t)((point.x & mask) >> shift) - half,
                       (int32_t)((point.y & mask) >> shift) - half, shift > 0};
}

typedef lee_lane_bits lee_leaf_lanes_function(const uint32_t *leaf, lee_grid_point point);
typedef uint32_t lee_leaf_slots_function(const uint32_t *leaf, uint32_t counts);
/* Writes the zones of the slots to `out`, where at least 32 places are free. Returns how many. */
typedef uint32_t lee_copy_slots_function(const uint32_t *zones, uint32_t slot_count, uint32_t slots,
                                         uint32_t *out);

static inline __attribute__((always_inline)) lee_found_cell
lee__find_cell(const lee_zone_index *index, lee_grid_point point)
{
    const uint32_t column = (point.x >> index->size_bits) - index->column0;
    const uint32_t row = (point.y >> index->size_bits) - index->row0;
    if (__builtin_expect((column >= index->columns) | (row >= index->rows), 0)) {
        const lee_block_slot nothing = index->nothing->slots[0];
        return (lee_found_cell){nothing.tile, nothing.cover, 0, {{0, 0}, 32}};
    }
    const lee_block_slot slot = *lee__slot_at(index, column, row);
    const lee_tile *const tile = slot.tile;
    __builtin_prefetch(slot.cover);
    uint32_t entry = tile->entries[lee__cell_number(column, row)];
    uint32_t bits = index->size_bits;
    while (LEE_ENTRY_TAG(entry) == LEE_ENTRY_NODE) {
        bits -= 2;
        entry = lee__node_entry(tile, entry, ((point.y >> bits & 3) << 2) | (point.x >> bits & 3));
    }
    return (lee_found_cell){tile, slot.cover, entry, lee__cell_around(point, bits)};
}

/* The zones of the found cell that hold the point in it, ascending. */
size_t lee__found_zones(const lee_zone_index *index, const lee_found_cell *found,
                        lee_grid_point point, uint32_t *out, size_t capacity);

static inline uint32_t lee__copy_slots(const uint32_t *zones, uint32_t slot_count, uint32_t slots,
                                       uint32_t *out)
{
    uint32_t count = 0;
    (void)slot_count;
    for (; slots; slots &= slots - 1) {
        out[count++] = zones[__builtin_ctz(slots)];
    }
    return count;
}

typedef struct {
    lee_grid_point point[LEE_BATCH];
    const lee_tile *tile[LEE_BATCH];
    const uint32_t *cover[LEE_BATCH];
    const uint32_t *list[LEE_BATCH];  /* of a leaf: known once its slots are */
    const uint32_t *zones[LEE_BATCH]; /* of a plain leaf's slots; else of none */
    uint8_t at[LEE_BATCH];            /* number of the cell in the tile */
    uint32_t entry[LEE_BATCH];        /* list or leaf */
    uint8_t bits[LEE_BATCH];          /* 32: outside the grid */
    uint32_t slots[LEE_BATCH];        /* 0 but in a plain leaf */
    uint32_t slot_count[LEE_BATCH];
} lee_batch;

static inline __attribute__((always_inline)) void lee__batch_addresses(const lee_zone_index *index,
                                                                       const int32_t *lat_e7,
                                                                       const int32_t *lon_e7,
                                                                       uint32_t count, lee_batch *b)
{
    const uint32_t bits = index->size_bits;
    const uint32_t column0 = index->column0;
    const uint32_t row0 = index->row0;
    const uint32_t columns = index->columns;
    const uint32_t rows = index->rows;
    const uint32_t block_columns = index->block_columns;
    lee_block *const *const blocks = index->blocks;
    const lee_block *const nothing = index->nothing; /* all its slots are alike */
    const lee_block_slot *slots[LEE_BATCH];
    for (uint32_t i = 0; i < count; i++) {
        const lee_grid_point point = lee__grid_point((lee_point){lat_e7[i], lon_e7[i]});
        b->point[i] = point;
        uint32_t column = (point.x >> bits) - column0;
        uint32_t row = (point.y >> bits) - row0;
        const bool within = (column < columns) & (row < rows);
        column = within ? column : 0;
        row = within ? row : 0;
        const size_t number =
            (size_t)(row >> LEE_BLOCK_CELL_BITS) * block_columns + (column >> LEE_BLOCK_CELL_BITS);
        slots[i] = &(within ? blocks[number] : nothing)->slots[lee__tile_number(column, row)];
        b->at[i] = (uint8_t)lee__cell_number(column, row);
        b->bits[i] = (uint8_t)(within ? bits : 32);
        __builtin_prefetch(slots[i]);
    }
    for (uint32_t i = 0; i < count; i++) {
        const lee_tile *const tile = slots[i]->tile;
        b->tile[i] = tile;
        b->cover[i] = slots[i]->cover;
        __builtin_prefetch(b->cover[i]);
        __builtin_prefetch(tile->entries + b->at[i]);
    }
}

static inline __attribute__((always_inline)) void lee__batch_prefetch(const lee_tile *tile,
                                                                      uint32_t entry)
{
    const uint32_t *const at = tile->words + LEE_ENTRY_OFFSET(entry);
    const uint32_t line = LEE_ENTRY_TAG(entry) == LEE_ENTRY_LEAF ? 16 : 0;
    __builtin_prefetch(at);
    __builtin_prefetch(at + line);
    __builtin_prefetch(at + (line << 1));
}

static inline __attribute__((always_inline)) void lee__batch_entries(uint32_t count, lee_batch *b)
{
    uint8_t open[LEE_BATCH];
    uint32_t open_count = 0;
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t entry = b->tile[i]->entries[b->at[i]];
        b->entry[i] = entry;
        open[open_count] = (uint8_t)i;
        open_count += LEE_ENTRY_TAG(entry) == LEE_ENTRY_NODE;
        lee__batch_prefetch(b->tile[i], entry);
    }
    while (open_count > 0) {
        uint32_t still = 0;
        for (uint32_t k = 0; k < open_count; k++) {
            const uint32_t i = open[k];
            const uint32_t bits = b->bits[i] - 2u;
            const lee_grid_point p = b->point[i];
            const uint32_t child = ((p.y >> bits & 3) << 2) | (p.x >> bits & 3);
            const uint32_t entry = lee__node_entry(b->tile[i], b->entry[i], child);
            b->bits[i] = (uint8_t)bits;
            b->entry[i] = entry;
            open[still] = (uint8_t)i;
            still += LEE_ENTRY_TAG(entry) == LEE_ENTRY_NODE;
            lee__batch_prefetch(b->tile[i], entry);
        }
        open_count = still;
    }
}

/* Points too near to an edge wait until all others are answered, while their edges come from
 * memory: points on edges, which anybody can send, must not cost much more than others. */
static inline __attribute__((always_inline)) void
lee__batch_leaves(uint32_t count, lee_batch *b, lee_leaf_lanes_function *lanes_of,
                  lee_leaf_slots_function *slots_of)
{
    uint8_t leaves[LEE_BATCH];
    uint8_t doubts[LEE_BATCH];
    lee_lane_bits doubtful[LEE_BATCH];
    uint32_t leaf_count = 0;
    uint32_t doubt_count = 0;
    for (uint32_t i = 0; i < count; i++) {
        leaves[leaf_count] = (uint8_t)i;
        leaf_count += LEE_ENTRY_TAG(b->entry[i]) == LEE_ENTRY_LEAF;
        b->list[i] = b->zones[i] = lee__leaf_at(b->tile[i], b->entry[i]);
        b->slots[i] = b->slot_count[i] = 0;
    }
    for (uint32_t k = 0; k < leaf_count; k++) {
        const uint32_t i = leaves[k];
        const uint32_t *const leaf = lee__leaf_at(b->tile[i], b->entry[i]);
        const lee_leaf *const header = (const lee_leaf *)(const void *)leaf;
        b->list[i] = b->tile[i]->words + leaf[0];
        b->zones[i] = lee__leaf_zones(leaf);
        b->slot_count[i] = header->wide ? LEE_BATCH_WIDE : header->slot_count;
        __builtin_prefetch(b->list[i]);
        const lee_lane_bits lanes = lanes_of(leaf, b->point[i]);
        if (__builtin_expect(lanes.near != 0, 0)) {
            __builtin_prefetch(lee__leaf_edges(leaf) + __builtin_ctz(lanes.near));
            doubtful[doubt_count] = lanes;
            doubts[doubt_count++] = (uint8_t)i;
            continue;
        }
        b->slots[i] = slots_of(leaf, lanes.counts);
    }
    for (uint32_t k = 0; k < doubt_count; k++) {
        const lee_tile *const tile = b->tile[doubts[k]];
        const uint32_t *const edges = lee__leaf_edges(lee__leaf_at(tile, b->entry[doubts[k]]));
        for (uint32_t left = doubtful[k].near; left; left &= left - 1) {
            __builtin_prefetch(tile->words + edges[__builtin_ctz(left)]);
        }
    }
    for (uint32_t k = 0; k < doubt_count; k++) {
        const uint32_t i = doubts[k];
        const uint32_t *const leaf = lee__leaf_at(b->tile[i], b->entry[i]);
        b->slots[i] = slots_of(leaf, lee__settle_lanes(b->tile[i], leaf, b->point[i], doubtful[k]));
    }
}

/* A list's first eight numbers are copied whether they are there or not; that is why room is
 * asked for beyond what is needed. */
#define LEE_BATCH_ROOM 40u

static inline __attribute__((always_inline)) void lee__copy_list(uint32_t *out,
                                                                 const uint32_t *list)
{
    memcpy(out, list + 1, 8 * sizeof(uint32_t));
    for (uint32_t k = 8; k < list[0]; k += 8) {
        memcpy(out + k, list + 1 + k, 8 * sizeof(uint32_t));
    }
}

/* Writes the zones of the points in order. Returns how many points fitted. */
static inline __attribute__((always_inline)) uint32_t
lee__batch_write(const lee_zone_index *index, uint32_t count, const lee_batch *b, uint32_t *zones,
                 size_t capacity, size_t *used, uint32_t *ends, lee_copy_slots_function *copy_slots)
{
    size_t at = *used;
    uint32_t i = 0;
    for (; i < count; i++) {
        const uint32_t *const list = b->list[i];
        const uint32_t *const cover = b->cover[i];
        const uint32_t listed = list[0];
        const uint32_t covering = cover[0];
        const bool wide = b->slot_count[i] == LEE_BATCH_WIDE;
        if (__builtin_expect(wide | (at + listed + covering + LEE_BATCH_ROOM > capacity), 0)) {
            const size_t left = capacity - at;
            const lee_found_cell found = {b->tile[i], cover, b->entry[i], {{0, 0}, 0}};
            const size_t needed = lee__found_zones(index, &found, b->point[i], zones + at, left);
            if (needed > left) {
                break;
            }
            at += needed;
            ends[i] = (uint32_t)at;
            continue;
        }
        at += copy_slots(b->zones[i], b->slot_count[i], b->slots[i], zones + at);
        lee__copy_list(zones + at, list);
        at += listed;
        lee__copy_list(zones + at, cover);
        at += covering;
        ends[i] = (uint32_t)at;
    }
    *used = at;
    return i;
}

/* The cells of up to LEE_BATCH points: their tiles, covers, entries and sizes. */
void lee__batch_cells(const lee_zone_index *index, const int32_t *lat_e7, const int32_t *lon_e7,
                      uint32_t count, lee_batch *b);

static inline __attribute__((always_inline)) size_t
lee__locate_batches(const lee_zone_index *index, const int32_t *lat_e7, const int32_t *lon_e7,
                    size_t count, uint32_t *zones, size_t capacity, uint32_t *ends,
                    lee_leaf_lanes_function *lanes_of, lee_leaf_slots_function *slots_of,
                    lee_copy_slots_function *copy_slots)
{
    size_t done = 0;
    size_t used = 0;
    if (index->rows == 0) {
        memset(ends, 0, count * sizeof(*ends));
        return count;
    }
    while (done < count) {
        const uint32_t size = count - done < LEE_BATCH ? (uint32_t)(count - done) : LEE_BATCH;
        lee_batch b;
        lee__batch_addresses(index, lat_e7 + done, lon_e7 + done, size, &b);
        lee__batch_entries(size, &b);
        lee__batch_leaves(size, &b, lanes_of, slots_of);
        const uint32_t fitted =
            lee__batch_write(index, size, &b, zones, capacity, &used, ends + done, copy_slots);
        done += fitted;
        if (fitted < size) {
            break;
        }
    }
    return done;
}

#endif
