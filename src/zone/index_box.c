/* The free box: around a point, where every answer is the same as at the point.
 *
 * In a cell without edges: the cell, and the cells around it that have the same list. In a leaf: as
 * far from the point as no lane's line comes, measured in steps. That is enough: two points of a
 * cell differ in a zone only when the way between them crosses one of its edges, every edge that
 * passes the cell has a lane, and a line that keeps its distance is not crossed. (Rows do not
 * matter: where a lane ends at a corner, the edge beyond the corner has a lane of its own, or is
 * outside the cell.) */
#include <assert.h>

#include "zone/index_batch.h"

#define RINGS_MAX 6u

typedef struct {
    uint32_t west, south, east, north; /* grid coordinates, all inside */
} span;

static lee_box box_of(span s)
{
    return (lee_box){
        {(int32_t)((int64_t)s.south - LEE_LAT_MAX_E7), (int32_t)((int64_t)s.west - LEE_LON_MAX_E7)},
        {(int32_t)((int64_t)s.north - LEE_LAT_MAX_E7),
         (int32_t)((int64_t)s.east - LEE_LON_MAX_E7)}};
}

/* Grid coordinates end before +180 degrees and the pole: those belong to other places. */
static const span world = {0, 0, 2u * LEE_LON_MAX_E7 - 1, 2u * LEE_LAT_MAX_E7 - 1};

static span span_of(lee_cell cell)
{
    const uint32_t reach = (1u << cell.size_bits) - 1;
    const span s = {cell.corner.x, cell.corner.y, cell.corner.x + reach, cell.corner.y + reach};
    return s;
}

static span within_world(span s)
{
    s.east = s.east > world.east ? world.east : s.east;
    s.north = s.north > world.north ? world.north : s.north;
    return s;
}

/* Everything on the point's side of the grid. */
static span outside_grid(const lee_zone_index *index, lee_grid_point point)
{
    span s = world;
    if (index->rows == 0) {
        return s;
    }
    const uint32_t bits = index->size_bits;
    const uint64_t east = ((uint64_t)index->column0 + index->columns) << bits;
    const uint64_t north = ((uint64_t)index->row0 + index->rows) << bits;
    if (point.y < (index->row0 << bits)) {
        s.north = (index->row0 << bits) - 1;
    } else if (point.y >= north) {
        s.south = (uint32_t)north;
    } else if (point.x < (index->column0 << bits)) {
        s.east = (index->column0 << bits) - 1;
    } else {
        assert(point.x >= east);
        s.west = (uint32_t)east;
    }
    return s;
}

static uint32_t grid_entry(const lee_zone_index *index, uint32_t column, uint32_t row)
{
    const uint32_t page =
        index->pages[(row >> LEE_PAGE_BITS) * index->page_columns + (column >> LEE_PAGE_BITS)];
    return index->entries.words[(size_t)page * LEE_PAGE_ENTRIES +
                                ((row % LEE_PAGE_SIDE) << LEE_PAGE_BITS) + column % LEE_PAGE_SIDE];
}

/* Whether a ring of cells around a cell all have its entry. */
static bool ring_equals(const lee_zone_index *index, uint32_t column, uint32_t row, uint32_t ring,
                        uint32_t entry)
{
    if (column < ring || row < ring || column + ring >= index->columns ||
        row + ring >= index->rows) {
        return false;
    }
    for (uint32_t c = column - ring; c <= column + ring; c++) {
        if (grid_entry(index, c, row - ring) != entry ||
            grid_entry(index, c, row + ring) != entry) {
            return false;
        }
    }
    for (uint32_t r = row - ring + 1; r < row + ring; r++) {
        if (grid_entry(index, column - ring, r) != entry ||
            grid_entry(index, column + ring, r) != entry) {
            return false;
        }
    }
    return true;
}

static span free_cells(const lee_zone_index *index, lee_found_cell found)
{
    span s = span_of(found.cell);
    if (found.cell.size_bits != index->size_bits) {
        return s;
    }
    const uint32_t column = (found.cell.corner.x >> index->size_bits) - index->column0;
    const uint32_t row = (found.cell.corner.y >> index->size_bits) - index->row0;
    uint32_t ring = 1;
    while (ring <= RINGS_MAX && ring_equals(index, column, row, ring, found.entry)) {
        ring++;
    }
    const uint32_t reach = (ring - 1) << index->size_bits;
    return (span){s.west - reach, s.south - reach, s.east + reach, s.north + reach};
}

/* Steps in any direction that no lane's line comes within; -1: a line is too near to tell. */
static int32_t free_steps(const uint32_t *leaf, lee_steps at)
{
    const uint32_t lanes = ((const lee_leaf *)(const void *)leaf)->lane_count;
    const uint32_t *const direction = leaf + LEE_LEAF_WORDS;
    int32_t free = INT32_MAX;
    for (uint32_t i = 0; i < lanes; i++) {
        const int32_t a = (int16_t)direction[i];
        const int32_t b = (int16_t)(direction[i] >> 16);
        const int32_t sum = a * at.u + b * at.v + (int32_t)direction[lanes + i];
        const int32_t away = (sum < 0 ? -sum : sum) - LEE_LANE_DOUBT - 1;
        if (away < 0) {
            return -1;
        }
        const int32_t steps = away / (a + (b < 0 ? -b : b));
        free = steps < free ? steps : free;
    }
    return free;
}

static span free_in_leaf(const uint32_t *leaf, lee_cell cell, lee_grid_point point)
{
    const span whole = span_of(cell);
    const span only = {point.x, point.y, point.x, point.y};
    if (((const lee_leaf *)(const void *)leaf)->wide) {
        return only;
    }
    const int32_t steps = free_steps(leaf, lee__steps_in(point, cell.size_bits));
    if (steps < 0) {
        return only;
    }
    const uint32_t shift = cell.size_bits > 16 ? cell.size_bits - 16 : 0;
    const uint64_t reach = (uint64_t)steps << shift;
    const uint32_t low = ~((1u << shift) - 1);
    /* From the first unit of the first step to the last unit of the last. */
    const span s = {
        point.x - whole.west <= reach ? whole.west : ((point.x & low) - (uint32_t)reach),
        point.y - whole.south <= reach ? whole.south : ((point.y & low) - (uint32_t)reach),
        whole.east - point.x <= reach ? whole.east : ((point.x | ~low) + (uint32_t)reach),
        whole.north - point.y <= reach ? whole.north : ((point.y | ~low) + (uint32_t)reach)};
    return s;
}

lee_box lee__free_box(const lee_zone_index *index, lee_found_cell found, lee_grid_point point)
{
    span s;
    if (found.cell.size_bits >= 32) {
        s = outside_grid(index, point);
    } else if (LEE_ENTRY_TAG(found.entry) == LEE_ENTRY_LIST) {
        s = free_cells(index, found);
    } else {
        s = free_in_leaf(lee__leaf_at(index, found.entry), found.cell, point);
    }
    return box_of(within_world(s));
}

size_t lee_zone_index_locate_box(const lee_zone_index *index, lee_point point, uint32_t *out,
                                 size_t capacity, lee_box *same)
{
    assert(same);
    const lee_grid_point place = lee__grid_point(point);
    const lee_found_cell found = lee__index_find(index, place);
    *same = lee__free_box(index, found, place);
    /* A point on the antimeridian or at the pole is answered for another place: it is alone. */
    if (point.lon_e7 > same->max.lon_e7 || point.lat_e7 > same->max.lat_e7) {
        *same = (lee_box){point, point};
    }
    return lee__entry_zones(index, found.entry, place, out, capacity);
}
