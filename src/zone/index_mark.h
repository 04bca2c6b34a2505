/* zone/index_mark.h: which edges pass which cells, and where zones begin and end: what building an
 * index and changing one zone of it share. */
#ifndef LEE_ZONE_INDEX_MARK_H
#define LEE_ZONE_INDEX_MARK_H

#include "zone/index.h"

typedef struct {
    uint32_t zone;
    uint32_t edge; /* its first point */
} lee_edge_pass;

/* Of the cells of a grid or of a part of it. A turn is a place where a zone begins or ends along a
 * row's southern latitude: the first column whose corner is east of it in the high half, the zone
 * in the low half. */
typedef struct {
    uint32_t size_bits;
    uint32_t column0, row0; /* in cells */
    uint32_t columns, rows;
    lee_grid_point
        *points; /* rings one after the other, each with its first point again at its end */
    uint32_t point_count;
    uint32_t *zone_points; /* where each zone's points begin; one more for the end */
    uint32_t *ring_ends;   /* bit set of points that end a ring: no edge begins there */
    uint32_t *cell_ends;   /* of each cell's passes */
    lee_edge_pass *passes;
    uint32_t *row_ends; /* of each row's turns */
    uint64_t *turns;
    /* Edges of the tile in hand, ascending, and where each is in the tile's words: valid for those
     * only. */
    uint32_t *edge_places;
    lee_words tile_edges;
} lee_index_marks;

/* Which zones, one area each. */
struct lee_index_areas;

static inline bool lee__is_ring_end(const lee_index_marks *marks, uint32_t point)
{
    return marks->ring_ends[point / 32] >> (point % 32) & 1u;
}

/* Copies the points of all areas. False: no memory, or more than 2^32. */
bool lee__marks_copy(lee_index_marks *marks, const struct lee_index_areas *areas);
/* Fills cells, passes, rows and turns of the grid that is set. False: no memory. */
bool lee__marks_gather(lee_index_marks *marks, uint32_t zone_count);
/* Where the passes of a cell (column and row from 0) stand. */
static inline uint32_t lee__marks_cell(const lee_index_marks *marks, uint32_t column, uint32_t row,
                                       const lee_edge_pass **out)
{
    const size_t cell = (size_t)row * marks->columns + column;
    const uint32_t from = cell == 0 ? 0 : marks->cell_ends[cell - 1];
    *out = marks->passes + from;
    return marks->cell_ends[cell] - from;
}
/* The turns of a row, sorted. */
static inline uint32_t lee__marks_row(const lee_index_marks *marks, uint32_t row, uint32_t *end)
{
    *end = marks->row_ends[row];
    return row == 0 ? 0 : marks->row_ends[row - 1];
}
/* Puts the edges that pass the tile at column, row (its first cell) into the words: edge_places
 * then says where. Returns how many passes there are in *pass_count. False: no memory. */
bool lee__marks_place_edges(lee_index_marks *marks, uint32_t column, uint32_t row, lee_words *words,
                            uint32_t *pass_count);
void lee__marks_free(lee_index_marks *marks);

/* An index without zones, without a grid. NULL: no memory. */
lee_zone_index *lee__index_new(void);
/* Gives it a grid of `nothing`, in blocks. False: no memory. */
bool lee__index_grid(lee_zone_index *index, uint32_t size_bits, uint32_t block_column,
                     uint32_t block_row, uint32_t block_columns, uint32_t block_rows);
/* The next generation, which shares everything as yet. NULL: no memory. */
lee_zone_index *lee__index_copy(const lee_zone_index *old);
/* A block of its own that shares the tiles. NULL: no memory. */
lee_block *lee__block_copy(const lee_block *from);
/* Exchanges a tile's cover in a block that nobody else has yet. False: no memory. */
bool lee__cover_put(lee_block *block, uint32_t number, const uint32_t *zones, uint32_t count);

#endif
