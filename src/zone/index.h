/* zone/index.h: which zones hold a point, exactly, at the speed of memory. (docs/kernel.md)
 *
 * A grid of square cells, their sides powers of two, lies over the zones. A cell that no edge
 * passes is wholly inside or outside each zone: its answer is a list of zones, kept once for all
 * cells that have it (a "list"). A cell with edges is a leaf: a list, and beside it the zones whose
 * edges pass, with those edges cut to the cell ("lanes"). A crowded cell splits into 4 x 4. The
 * parity of the lanes south-west of a point, with one bit per zone, is the answer; it comes from
 * the leaf alone, so the cost of a report does not depend on the size of a zone. */
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
#define LEE_GRID_CELLS_PER_PASS 2.0 /* how fine the grid is: index_build.c */
#endif
#define LEE_PAGE_BITS 5u /* a page holds 32 x 32 entries */
#define LEE_PAGE_SIDE (1u << LEE_PAGE_BITS)
#define LEE_PAGE_ENTRIES (LEE_PAGE_SIDE * LEE_PAGE_SIDE)

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
    bool fixed; /* others read it: it may fill up but not move */
} lee_words;

/* The arrays that successive generations share. Each appends behind what those before it know of,
 * so that readers of an old one are never disturbed; freed with the last. */
typedef struct {
    atomic_uint users;
    lee_words entries, nodes, leaves, lists, list_hash;
    uint32_t list_count;
    lee_grid_point *points;
    uint32_t point_count, point_capacity;
} lee_index_store;

typedef struct lee_zone_index lee_zone_index;
struct lee_zone_index {
    lee_index_store *store;
    /* The grid: cells of 2^size_bits units from column0, row0 (in cells), pages of them. */
    uint32_t size_bits;
    uint32_t column0, row0;
    uint32_t columns, rows; /* both multiples of LEE_PAGE_SIDE */
    uint32_t page_columns;
    uint32_t *pages;     /* page number by page row and column; in units of LEE_PAGE_ENTRIES */
    lee_words entries;   /* pages of entries */
    lee_words nodes;     /* 16 entries each, row by row */
    lee_words leaves;    /* leaf offsets count 4 words */
    lee_words lists;     /* count, then zone numbers ascending; offset 0 is the empty list */
    lee_words list_hash; /* offsets by hash, 0 free; a power of two */
    uint32_t list_count;
    lee_grid_point
        *points; /* rings one after the other, each with its first point again at its end */
    uint32_t point_count;
    uint32_t zone_count;
    uint32_t held_max;  /* more zones than this hold no point */
    uint32_t last_list; /* the list interned last: the next cell's is often the same */
    bool portable;      /* do without the processor's vector instructions */
};

/* An edge from south to north; of a level one: from east to west. */
typedef struct {
    lee_grid_point south;
    lee_grid_point north;
} lee_grid_edge;

lee_grid_edge lee__edge_at(const lee_zone_index *index, uint32_t edge);
lee_grid_point lee__grid_point(lee_point point);

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

/* The same list always has the same offset. `zones` ascending. False: no memory. */
bool lee__list_intern(lee_zone_index *index, const uint32_t *zones, uint32_t count, uint32_t *out);
bool lee__words_reserve(lee_words *words, uint32_t more);

/* What is known when a cell is made: zones that hold all of it, and zones with edges that may pass
 * it, with whether they hold its corner. */
typedef struct {
    uint32_t zone;
    uint32_t edge_count; /* of its part of `edges` */
    bool holds_corner;
} lee_cell_zone;

typedef struct lee_cell_maker lee_cell_maker;
lee_cell_maker *lee__cell_maker_create(lee_zone_index *index);
void lee__cell_maker_free(lee_cell_maker *maker);
/* False: no memory. */
bool lee__cell_make(lee_cell_maker *maker, lee_cell cell, const lee_cell_zone *zones,
                    uint32_t zone_count, const uint32_t *edges, const uint32_t *full,
                    uint32_t full_count, uint32_t *out_entry);

/* The entry of the cell that holds the point. Outside the grid: the empty list, size_bits 32. */
typedef struct {
    uint32_t entry;
    lee_cell cell;
} lee_found_cell;
lee_found_cell lee__index_find(const lee_zone_index *index, lee_grid_point point);

/* The lanes of a plain leaf that count for a point, as bits; those in doubt, too near to tell, are
 * bits of `near` as well and must be asked for themselves. The second form uses the processor's
 * AVX2; once the doubts are settled the answers are the same. */
typedef struct {
    uint32_t counts;
    uint32_t near;
} lee_lane_bits;
lee_lane_bits lee__leaf_lanes(const uint32_t *leaf, lee_grid_point point);
lee_lane_bits lee__leaf_lanes_avx2(const uint32_t *leaf, lee_grid_point point);

/* Settles the doubts by the edges themselves: the lanes that count. */
uint32_t lee__settle_lanes(const lee_zone_index *index, const uint32_t *leaf, lee_grid_point point,
                           lee_lane_bits lanes);

/* The bits of the slots that hold the point, from the lanes that count. */
uint32_t lee__leaf_slots(const uint32_t *leaf, uint32_t counts);

static inline const uint32_t *lee__leaf_at(const lee_zone_index *index, uint32_t entry)
{
    return index->leaves.words + (size_t)LEE_ENTRY_OFFSET(entry) * LEE_LEAF_WORDS;
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
 * before (empty for a new zone). The cost is that of the cells within both boxes. The old
 * index stays as it is; both are freed by their owners in any order. One thread at a time changes
 * an index and those made from it; others may read all of them meanwhile. LEE_ERR_LIMIT: the room
 * left at build is used up, or the area is outside the grid: build anew. */
LEE_CHECK_RESULT
lee_error lee_zone_index_change(const lee_zone_index *index, uint32_t zone,
                                const lee_area *old_area, const lee_area *new_area,
                                lee_zone_index **out);
size_t lee_zone_index_bytes(const lee_zone_index *index);

/* One point; as lee_zone_set_locate, but in no order. */
size_t lee_zone_index_locate(const lee_zone_index *index, lee_point point, uint32_t *out,
                             size_t capacity);

/* The same, and the box in which every point has the same answer. */
size_t lee_zone_index_locate_box(const lee_zone_index *index, lee_point point, uint32_t *out,
                                 size_t capacity, lee_box *same);
lee_box lee__free_box(const lee_zone_index *index, lee_found_cell found, lee_grid_point point);

/* Columns of points: as lee_zone_set_locate_many. */
size_t lee_zone_index_locate_many(const lee_zone_index *index, const int32_t *lat_e7,
                                  const int32_t *lon_e7, size_t count, uint32_t *zones,
                                  size_t capacity, uint32_t *ends);

/* The bodies of locate_many for the two kinds of processor. */
size_t lee__locate_many_avx2(const lee_zone_index *index, const int32_t *lat_e7,
                             const int32_t *lon_e7, size_t count, uint32_t *zones, size_t capacity,
                             uint32_t *ends);
bool lee__has_avx2(void);

#endif
