/* zone/index_mark.h: the store of an index, and which edges pass which cells: what building an
 * index and changing one zone of it share. */
#ifndef LEE_ZONE_INDEX_MARK_H
#define LEE_ZONE_INDEX_MARK_H

#include "zone/index.h"

typedef struct {
    uint32_t zone;
    uint32_t edge;
} lee_edge_pass;

/* Of the cells of an index, or of a part of its grid. A turn is a place where a zone begins or ends
 * along a row's southern latitude: the first column whose corner is east of it in the high half,
 * the zone in the low half. */
typedef struct {
    uint32_t *zone_points; /* where each zone's points begin; one more for the end */
    uint32_t *ring_ends;   /* bit set of points that end a ring: no edge begins there */
    uint32_t *cell_ends;   /* of each cell's passes */
    lee_edge_pass *passes;
    uint32_t *row_ends; /* of each row's turns */
    uint64_t *turns;
} lee_index_marks;

static inline bool lee__is_ring_end(const uint32_t *ring_ends, uint32_t point)
{
    return ring_ends[point / 32] >> (point % 32) & 1u;
}

/* How many points copying the area takes at most. */
uint64_t lee__area_points(const lee_area *area);
/* Appends the area's rings to the index's points, where there is room, and marks their ends. */
void lee__copy_area(lee_zone_index *index, const lee_area *area, uint32_t *ring_ends);

/* Fills cells, passes, rows and turns from zone_points and ring_ends. False: no memory. */
bool lee__gather_marks(const lee_zone_index *index, uint32_t zone_count, lee_index_marks *marks);
void lee__sort_turns(uint64_t *turns, size_t count);
void lee__marks_free(lee_index_marks *marks);

/* An index with a store of its own. NULL: no memory. */
lee_zone_index *lee__index_new(void);
/* Tells the store what the index appended. */
void lee__store_update(const lee_zone_index *index);

static inline uint32_t *lee__entry_place(const lee_zone_index *index, uint32_t column, uint32_t row)
{
    const uint32_t page =
        index->pages[(row >> LEE_PAGE_BITS) * index->page_columns + (column >> LEE_PAGE_BITS)];
    return index->entries.words + (size_t)page * LEE_PAGE_ENTRIES +
           ((row % LEE_PAGE_SIDE) << LEE_PAGE_BITS) + column % LEE_PAGE_SIDE;
}

#endif
