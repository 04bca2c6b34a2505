/* zone/index.h: which zones hold a point, exactly, at the speed of memory. (docs/kernel.md)
 *
 * A grid of square cells, their sides powers of two, lies over the zones. A cell that no edge
 * passes is wholly inside or outside each zone: its answer is a list of zones, kept once for all
 * cells that have it (a "list"). A cell with edges is a leaf: a list, and beside it the zones whose
 * edges pass, with those edges cut to the cell ("lanes"). A crowded cell splits into 4 x 4. The
 * parity of the lanes south-west of a point, with one bit per zone, is the answer; it comes from
 * the leaf alone, so the cost of a report does not depend on the size of a zone.
 *
 * Cells are kept in tiles, tiles in blocks, both immutable and counted by who uses them. A tile has
 * all that its cells need, points of edges too, and so a change makes anew only the tiles that the
 * zone's edges pass; the others are shared with the index before it. */
#ifndef LEE_ZONE_INDEX_H
#define LEE_ZONE_INDEX_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "leeward/error.h"
#include "leeward/point.h"

/* Longitude + 180 and latitude + 90 degrees, x 10^7: the numbers of the grid, never negative. */
typedef struct {
    uint32_t x;
    uint32_t y;
} lee_grid_point;

/* An entry says what is known about a cell: its two low bits what the rest is. */
enum { LEE_ENTRY_LIST = 0, LEE_ENTRY_LEAF = 1, LEE_ENTRY_NODE = 2 };
#define LEE_ENTRY_TAG(entry) ((entry)&3u)
#define LEE_ENTRY_OFFSET(entry) ((entry) >> 2)

#define LEE_LANES_MAX 32u /* of a leaf: its lanes are bits of a word */
#ifndef LEE_LANES_SPLIT
#define LEE_LANES_SPLIT 16u /* more lanes than this split a cell */
#endif
#ifndef LEE_GRID_CELLS_PER_PASS
#define LEE_GRID_CELLS_PER_PASS 0.5 /* how fine: finer costs memory and its waits */
#endif
#define LEE_TILE_BITS 4u /* a tile has 16 x 16 cells */
#define LEE_TILE_SIDE (1u << LEE_TILE_BITS)
#define LEE_TILE_CELLS (LEE_TILE_SIDE * LEE_TILE_SIDE)
#define LEE_BLOCK_BITS 3u /* a block has 8 x 8 tiles */
#define LEE_BLOCK_SIDE (1u << LEE_BLOCK_BITS)
#define LEE_BLOCK_TILES (LEE_BLOCK_SIDE * LEE_BLOCK_SIDE)
#define LEE_BLOCK_CELL_BITS (LEE_TILE_BITS + LEE_BLOCK_BITS) /* cells of a block's side */
/* Vector loads may run this far past the end of the words. */
#define LEE_SPARE_WORDS 16u

/* A leaf in the words: header, then arrays of lane_count: direction (A low, B high half), offset C,
 * rows (first low, last high half); of slot_count: mask of lanes, zone; of lane_count: edge.
 * The point (u, v) of the cell in 16-bit steps is east of a lane's line when A u + B v + C >= 0.
 * Closer to zero than LEE_LANE_DOUBT, or in a row cut short by the steps, the edge itself is
 * asked. A wide leaf, where splitting does not help, holds one slot after the other: zone, base bit
 * and edge count, edges; only exact. */
typedef struct {
    uint32_t list;
    uint32_t base; /* bit per slot: the parity where no lane counts */
    uint8_t lane_count;
    uint8_t slot_count;
    uint8_t size_bits; /* the cell is 2^size_bits units wide */
    uint8_t wide;
    uint32_t wide_slots; /* of the wide form */
} lee_leaf;
#define LEE_LEAF_WORDS 4u
#define LEE_LANE_SCALE 16383
#define LEE_LANE_DOUBT 65544 /* index_lane.c derives it */

typedef struct {
    uint32_t *words;
    uint32_t count;
    uint32_t capacity;
} lee_words;

/* All that is known about 16 x 16 cells but for the zones that hold the whole tile. In the words,
 * by offset: nodes (16 entries each, row by row), leaves, lists (count, then zone numbers
 * ascending; the list at 0 is empty) and points of edges (x, y; an edge is the offset of the first
 * of two). */
typedef struct {
    atomic_uint users;
    uint32_t word_count;
    uint32_t dense_count; /* words when it was last without leftovers of changes */
    uint32_t held_max;    /* no more zones of the words hold a point, the cover aside */
    uint32_t entries[LEE_TILE_CELLS];
    uint32_t words[];
} lee_tile;

/* 8 x 8 tiles, and for each its cover: the list of the zones without an edge in the tile that hold
 * it. So a large zone costs a change only where its edges are. */
typedef struct {
    lee_tile *tile;
    const uint32_t *cover; /* in the block's words */
} lee_block_slot;
typedef struct {
    atomic_uint users;
    uint32_t word_count;
    uint32_t *words; /* lists; the first is empty */
    lee_block_slot slots[LEE_BLOCK_TILES];
} lee_block;

typedef struct lee_zone_index lee_zone_index;
struct lee_zone_index {
    /* The grid: cells of 2^size_bits units from column0, row0, whole blocks of them. */
    uint32_t size_bits;
    uint32_t column0, row0;
    uint32_t columns, rows; /* 0 without zones */
    uint32_t block_columns;
    lee_block **blocks; /* row by row */
    lee_block *nothing; /* where no zone is: shared, of one shared tile */
    uint32_t zone_count;
    uint32_t held_max; /* more zones than this hold no point */
    bool portable;     /* do without the processor's vector instructions */
};

static inline uint32_t lee__tile_number(uint32_t column, uint32_t row)
{
    return (row >> LEE_TILE_BITS) % LEE_BLOCK_SIDE << LEE_BLOCK_BITS |
           (column >> LEE_TILE_BITS) % LEE_BLOCK_SIDE;
}
static inline uint32_t lee__cell_number(uint32_t column, uint32_t row)
{
    return row % LEE_TILE_SIDE << LEE_TILE_BITS | column % LEE_TILE_SIDE;
}
/* Columns and rows of the grid, from 0. */
static inline const lee_block_slot *lee__slot_at(const lee_zone_index *index, uint32_t column,
                                                 uint32_t row)
{
    const lee_block *const block =
        index->blocks[(size_t)(row >> LEE_BLOCK_CELL_BITS) * index->block_columns +
                      (column >> LEE_BLOCK_CELL_BITS)];
    return &block->slots[lee__tile_number(column, row)];
}

/* An edge from south to north; of a level one: from east to west. */
typedef struct {
    lee_grid_point south;
    lee_grid_point north;
} lee_grid_edge;

/* An edge of a tile, by its offset in the words. */
lee_grid_edge lee__edge_at(const uint32_t *words, uint32_t edge);
lee_grid_edge lee__edge_between(lee_grid_point a, lee_grid_point b);

/* Of the canonical point (lee_point_canonical), without branches. */
static inline lee_grid_point lee__grid_point(lee_point point)
{
    const uint32_t x = (uint32_t)point.lon_e7 + (uint32_t)LEE_LON_MAX_E7;
    const uint32_t y = (uint32_t)point.lat_e7 + (uint32_t)LEE_LAT_MAX_E7;
    return (lee_grid_point){x == 2 * (uint32_t)LEE_LON_MAX_E7 ? 0 : x,
                            y - (y == 2 * (uint32_t)LEE_LAT_MAX_E7)};
}

/* A cell: its south-western corner and size. Its points are x .. x + 2^size_bits - 1 and so for y.
 */
typedef struct {
    lee_grid_point corner;
    uint32_t size_bits;
} lee_cell;

/* The rows (relative to the corner) in which an edge counts within a cell; empty when it passes
 * without counting. False: it does not pass. */
typedef struct {
    uint32_t first;
    uint32_t end;
} lee_lane_rows;
bool lee__lane_rows(lee_grid_edge edge, lee_cell cell, lee_lane_rows *out);

/* True when the lane counts for the point of the cell: exact. The edge passes the cell. */
bool lee__lane_counts(lee_grid_edge edge, lee_cell cell, lee_grid_point point);

/* The stored form of a lane. */
typedef struct {
    uint32_t direction;
    uint32_t offset;
    uint32_t rows;
} lee_lane;
lee_lane lee__lane_pack(lee_grid_edge edge, lee_cell cell, lee_lane_rows rows);

bool lee__words_reserve(lee_words *words, uint32_t more);

/* A tile in the making. The hash knows the lists made since the draft was begun. */
typedef struct {
    uint32_t entries[LEE_TILE_CELLS];
    lee_words words;
    lee_words hash; /* offsets of lists, 0 free; a power of two */
    uint32_t list_count;
    uint32_t last_list; /* the next cell's list is often the same */
    uint32_t held_max;  /* more zones than this hold no point, the cover aside */
    uint32_t dense_count;
} lee_tile_draft;

/* Each false: no memory. Begins with nothing but the empty list, or with what the tile has. */
bool lee__draft_begin(lee_tile_draft *draft, const lee_tile *from);
bool lee__list_intern(lee_tile_draft *draft, const uint32_t *zones, uint32_t count, uint32_t *out);
/* Takes out what no entry leads to any more. */
bool lee__draft_compact(lee_tile_draft *draft);
void lee__draft_free(lee_tile_draft *draft);
size_t lee__tile_bytes(uint32_t word_count);
/* NULL: no memory. */
lee_tile *lee__tile_create(const lee_tile_draft *draft);
void lee__tile_release(lee_tile *tile);
void lee__block_release(lee_block *block);

/* What is known when a cell is made: zones that hold all of it, and zones with edges that may pass
 * it, with whether they hold its corner. */
typedef struct {
    uint32_t zone;
    uint32_t edge_count; /* of its part of `edges` */
    bool holds_corner;
} lee_cell_zone;

typedef struct lee_cell_maker lee_cell_maker;
lee_cell_maker *lee__cell_maker_create(lee_tile_draft *draft);
void lee__cell_maker_free(lee_cell_maker *maker);
/* Makes the cell in the draft's words. False: no memory. */
bool lee__cell_make(lee_cell_maker *maker, lee_cell cell, const lee_cell_zone *zones,
                    uint32_t zone_count, const uint32_t *edges, const uint32_t *full,
                    uint32_t full_count, uint32_t *out_entry);

/* The cell that holds the point: the zones there are its tile's cover and those of its entry.
 * Outside the grid: empty lists, size_bits 32. */
typedef struct {
    const lee_tile *tile;
    const uint32_t *cover;
    uint32_t entry;
    lee_cell cell;
} lee_found_cell;
lee_found_cell lee__index_find(const lee_zone_index *index, lee_grid_point point);

/* The lanes of a plain leaf that count for a point, as bits; those in doubt, too near to tell, are
 * bits of `near` as well and must be asked for themselves. */
typedef struct {
    uint32_t counts;
    uint32_t near;
} lee_lane_bits;
lee_lane_bits lee__leaf_lanes(const uint32_t *leaf, lee_grid_point point);

/* Settles the doubts by the edges themselves: the lanes that count. */
uint32_t lee__settle_lanes(const lee_tile *tile, const uint32_t *leaf, lee_grid_point point,
                           lee_lane_bits lanes);

/* The bits of the slots that hold the point, from the lanes that count. */
uint32_t lee__leaf_slots(const uint32_t *leaf, uint32_t counts);

/* The same of a plain leaf, from the point. */
uint32_t lee__leaf_holds(const lee_zone_index *index, const lee_tile *tile, const uint32_t *leaf,
                         lee_grid_point point);
uint32_t lee__leaf_holds_avx2(const lee_tile *tile, const uint32_t *leaf, lee_grid_point point);

static inline const uint32_t *lee__leaf_at(const lee_tile *tile, uint32_t entry)
{
    return tile->words + LEE_ENTRY_OFFSET(entry);
}
/* The list of a leaf or of a cell without edges: count, then zones. */
static inline const uint32_t *lee__list_of(const lee_tile *tile, uint32_t entry)
{
    const uint32_t *const at = tile->words + LEE_ENTRY_OFFSET(entry);
    return LEE_ENTRY_TAG(entry) == LEE_ENTRY_LEAF ? tile->words + at[0] : at;
}
/* Number i of the sixteen cells of a node. */
static inline uint32_t lee__node_entry(const lee_tile *tile, uint32_t entry, uint32_t i)
{
    return tile->words[LEE_ENTRY_OFFSET(entry) + i];
}
static inline lee_cell lee__cell_around(lee_grid_point point, uint32_t size_bits)
{
    const uint32_t mask = ~(uint32_t)((UINT64_C(1) << size_bits) - 1);
    return (lee_cell){{point.x & mask, point.y & mask}, size_bits};
}
static inline const uint32_t *lee__leaf_zones(const uint32_t *leaf)
{
    const lee_leaf *header = (const lee_leaf *)leaf;
    return leaf + LEE_LEAF_WORDS + 3u * header->lane_count + header->slot_count;
}
static inline const uint32_t *lee__leaf_masks(const uint32_t *leaf)
{
    return leaf + LEE_LEAF_WORDS + 3u * ((const lee_leaf *)leaf)->lane_count;
}
static inline const uint32_t *lee__leaf_edges(const uint32_t *leaf)
{
    return lee__leaf_zones(leaf) + ((const lee_leaf *)leaf)->slot_count;
}

/* Builds over the areas of `list`. LEE_ERR_NO_MEMORY. */
struct lee_index_areas {
    const lee_area *(*area)(const void *context, uint32_t zone);
    const void *context;
    uint32_t count;
};
LEE_CHECK_RESULT
lee_error lee_zone_index_build(const struct lee_index_areas *areas, lee_zone_index **out);
void lee_zone_index_free(lee_zone_index *index);

/* The same with one zone changed: put, replaced or removed (an empty area). `old_area` is the one
 * before (empty for a new zone). The cost is that of the tiles that either area's edges pass. The
 * old index stays as it is; both are freed by their owners in any order, on any thread.
 * LEE_ERR_LIMIT: the area is so far outside the grid that the grid would be too large: build anew.
 * LEE_ERR_NO_MEMORY. */
LEE_CHECK_RESULT
lee_error lee_zone_index_change(const lee_zone_index *index, uint32_t zone,
                                const lee_area *old_area, const lee_area *new_area,
                                lee_zone_index **out);
size_t lee_zone_index_bytes(const lee_zone_index *index);

/* One point; as lee_zone_set_locate. */
size_t lee_zone_index_locate(const lee_zone_index *index, lee_point point, uint32_t *out,
                             size_t capacity);

/* The same, and the box in which every point has the same answer. */
size_t lee_zone_index_locate_box(const lee_zone_index *index, lee_point point, uint32_t *out,
                                 size_t capacity, lee_box *same);
/* Where the target goes, on any scale: the box then reaches farther there. 0, 0: not known. */
typedef struct {
    int32_t east;
    int32_t north;
} lee_way;
/* Of a plain leaf only the `lanes`, as bits, are looked at: the others' zones do not matter. */
lee_box lee__free_box(const lee_zone_index *index, const lee_found_cell *found,
                      lee_grid_point point, lee_way way, uint32_t lanes);

/* Columns of points: as lee_zone_set_locate_many. */
size_t lee_zone_index_locate_many(const lee_zone_index *index, const int32_t *lat_e7,
                                  const int32_t *lon_e7, size_t count, uint32_t *zones,
                                  size_t capacity, uint32_t *ends);

/* The bodies of locate and locate_many for processors with AVX2. */
size_t lee__locate_avx2(const lee_zone_index *index, lee_point point, uint32_t *out,
                        size_t capacity);
size_t lee__locate_many_avx2(const lee_zone_index *index, const int32_t *lat_e7,
                             const int32_t *lon_e7, size_t count, uint32_t *zones, size_t capacity,
                             uint32_t *ends);
bool lee__has_avx2(void);

#endif
