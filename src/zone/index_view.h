/* zone/index_view.h: the cells of the index and the edges in them, for what walks along paths
 * (predict_walk.c). Nothing else of the index's storage is known there. */
#ifndef LEE_ZONE_INDEX_VIEW_H
#define LEE_ZONE_INDEX_VIEW_H

#include "zone/index.h"

/* A cell of the grid: where its entry stands (to ask memory for it ahead, then to read it), the
 * tile that all below it is read from, and the list (count, zones) of those that hold the whole
 * tile beside those that the entry tells. Entries of different tiles say nothing about each other.
 * Column and row are below index->columns and index->rows. */
typedef struct {
    const lee_tile *tile;
    const uint32_t *cover;
    const uint32_t *entry;
} lee_view_place;

static inline lee_view_place lee__view_place(const lee_zone_index *index, uint32_t column,
                                             uint32_t row)
{
    const lee_block_slot slot = *lee__slot_at(index, column, row);
    return (lee_view_place){slot.tile, slot.cover,
                            slot.tile->entries + lee__cell_number(column, row)};
}

static inline lee_cell lee__view_cell(const lee_zone_index *index, uint32_t column, uint32_t row)
{
    const uint32_t bits = index->size_bits;
    return (lee_cell){{(index->column0 + column) << bits, (index->row0 + row) << bits}, bits};
}

/* The sixteen entries of a node, row by row from the south-west. */
static inline const uint32_t *lee__view_children(const lee_tile *tile, uint32_t entry)
{
    return tile->words + LEE_ENTRY_OFFSET(entry);
}

static inline lee_cell lee__view_child(lee_cell cell, uint32_t child)
{
    const uint32_t bits = cell.size_bits - 2;
    return (lee_cell){
        {cell.corner.x + ((child % 4) << bits), cell.corner.y + ((child / 4) << bits)}, bits};
}

/* An edge by its points in the words of its tile, where it stays. (lee__edge_at) */
static inline lee_grid_edge lee__view_edge(const uint32_t *edge)
{
    const lee_grid_point a = {edge[0], edge[1]};
    const lee_grid_point b = {edge[2], edge[3]};
    const bool swap = a.y > b.y || (a.y == b.y && a.x < b.x);
    return swap ? (lee_grid_edge){b, a} : (lee_grid_edge){a, b};
}

/* A leaf's lanes, one for each distinct edge in it, and its zones with the lanes of each as bits.
 * Lane i: a * u + b * v + offset[i] for steps (index_batch.h) is positive east of the edge's line;
 * a is the low half of direction[i], b the high one. Of a wide leaf: nothing but `wide`. */
typedef struct {
    bool wide;
    uint32_t lane_count;
    uint32_t slot_count;
    const uint32_t *direction;
    const uint32_t *offset;
    const uint32_t *masks; /* by slot */
    const uint32_t *zones; /* by slot */
    const uint32_t *edges; /* by lane: offsets in the tile's words */
} lee_leaf_view;

static inline lee_leaf_view lee__view_leaf(const lee_tile *tile, uint32_t entry)
{
    const uint32_t *const leaf = lee__leaf_at(tile, entry);
    const lee_leaf *const header = (const lee_leaf *)(const void *)leaf;
    const uint32_t lanes = header->lane_count;
    return (lee_leaf_view){header->wide != 0,
                           lanes,
                           header->slot_count,
                           leaf + LEE_LEAF_WORDS,
                           leaf + LEE_LEAF_WORDS + lanes,
                           lee__leaf_masks(leaf),
                           lee__leaf_zones(leaf),
                           lee__leaf_edges(leaf)};
}

/* A wide leaf's zones one after the other: starts with *at 0, false at the end. */
typedef struct {
    uint32_t zone;
    uint32_t edge_count;
    const uint32_t *edges;
} lee_wide_slot;

static inline bool lee__view_wide_slot(const lee_tile *tile, uint32_t entry, uint32_t *at,
                                       uint32_t *number, lee_wide_slot *out)
{
    const uint32_t *const leaf = lee__leaf_at(tile, entry);
    if (*number >= ((const lee_leaf *)(const void *)leaf)->wide_slots) {
        return false;
    }
    const uint32_t *const slot = leaf + LEE_LEAF_WORDS + *at;
    *out = (lee_wide_slot){slot[0], slot[1] >> 1, slot + 2};
    *at += 2 + out->edge_count;
    (*number)++;
    return true;
}

#endif
