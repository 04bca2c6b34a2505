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
#define CELLS_AHEAD_MAX 12u

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

/* A cell of the grid. */
typedef struct {
    const lee_tile *tile;
    const uint32_t *cover;
    uint32_t entry;
} grid_place;

static grid_place place_at(const lee_zone_index *index, uint32_t column, uint32_t row)
{
    const lee_block_slot slot = *lee__slot_at(index, column, row);
    return (grid_place){slot.tile, slot.cover, slot.tile->entries[lee__cell_number(column, row)]};
}

/* The zones of a list and a cover, ascending, one after the other. */
typedef struct {
    const uint32_t *list, *list_end, *cover, *cover_end;
} zones_of;

static zones_of zones_at(const grid_place *p)
{
    const uint32_t *const list = lee__list_of(p->tile, p->entry);
    return (zones_of){list + 1, list + 1 + list[0], p->cover + 1, p->cover + 1 + p->cover[0]};
}

static uint32_t next_zone(zones_of *z)
{
    const uint32_t a = z->list < z->list_end ? *z->list : UINT32_MAX;
    const uint32_t b = z->cover < z->cover_end ? *z->cover : UINT32_MAX;
    z->list += a < b;
    z->cover += b < a;
    return a < b ? a : b;
}

/* Whether a cell without edges is held by the zones of another one. Within a tile equal lists are
 * the same list as long as nothing was changed; afterwards a box may be smaller than it could be. A
 * zone may cover one tile and be in the lists of the next. */
static bool same_answer(const grid_place *a, const grid_place *b)
{
    if (a->tile == b->tile && a->cover == b->cover) {
        return a->entry == b->entry;
    }
    if (LEE_ENTRY_TAG(b->entry) != LEE_ENTRY_LIST) {
        return false;
    }
    zones_of x = zones_at(a);
    zones_of y = zones_at(b);
    for (;;) {
        const uint32_t next = next_zone(&x);
        if (next != next_zone(&y)) {
            return false;
        }
        if (next == UINT32_MAX) {
            return true;
        }
    }
}

/* Whether the cells from one corner to the other all have the answer of `of`. */
static bool all_same(const lee_zone_index *index, const grid_place *of, uint32_t column,
                     uint32_t row, uint32_t last_column, uint32_t last_row)
{
    for (uint32_t r = row; r <= last_row; r++) {
        for (uint32_t c = column; c <= last_column; c++) {
            const grid_place p = place_at(index, c, r);
            if (!same_answer(of, &p)) {
                return false;
            }
        }
    }
    return true;
}

/* Whether a ring of cells around a cell all have its answer. */
static bool ring_equals(const lee_zone_index *index, const grid_place *of, uint32_t column,
                        uint32_t row, uint32_t ring)
{
    if (column < ring || row < ring || column + ring >= index->columns ||
        row + ring >= index->rows) {
        return false;
    }
    const uint32_t west = column - ring, east = column + ring;
    const uint32_t south = row - ring, north = row + ring;
    return all_same(index, of, west, south, east, south) &&
           all_same(index, of, west, north, east, north) &&
           all_same(index, of, west, south + 1, west, north - 1) &&
           all_same(index, of, east, south + 1, east, north - 1);
}

/* Rings of equal cells around the cell. */
static span free_around(const lee_zone_index *index, const grid_place *of, uint32_t column,
                        uint32_t row, span s)
{
    uint32_t ring = 1;
    while (ring <= RINGS_MAX && ring_equals(index, of, column, row, ring)) {
        ring++;
    }
    const uint32_t reach = (ring - 1) << index->size_bits;
    return (span){s.west - reach, s.south - reach, s.east + reach, s.north + reach};
}

/* Equal cells on the way: the side that the way meets next moves on by a cell, as long as all cells
 * along it are equal. */
static span free_ahead(const lee_zone_index *index, const grid_place *of, uint32_t column,
                       uint32_t row, span s, lee_grid_point point, lee_way way)
{
    const uint32_t size = 1u << index->size_bits;
    const double run = (double)(way.east < 0 ? -(int64_t)way.east : way.east);
    const double rise = (double)(way.north < 0 ? -(int64_t)way.north : way.north);
    uint32_t west = column, east = column, south = row, north = row;
    for (uint32_t i = 0; i < CELLS_AHEAD_MAX; i++) {
        const double to_side = (double)(way.east < 0 ? point.x - s.west : s.east - point.x);
        const double to_end = (double)(way.north < 0 ? point.y - s.south : s.north - point.y);
        if (to_side * rise < to_end * run) {
            const uint32_t next = way.east < 0 ? west - 1 : east + 1;
            if (next >= index->columns || !all_same(index, of, next, south, next, north)) {
                break;
            }
            *(way.east < 0 ? &west : &east) = next;
            s.west -= way.east < 0 ? size : 0;
            s.east += way.east < 0 ? 0 : size;
        } else {
            const uint32_t next = way.north < 0 ? south - 1 : north + 1;
            if (next >= index->rows || !all_same(index, of, west, next, east, next)) {
                break;
            }
            *(way.north < 0 ? &south : &north) = next;
            s.south -= way.north < 0 ? size : 0;
            s.north += way.north < 0 ? 0 : size;
        }
    }
    return s;
}

static span free_cells(const lee_zone_index *index, const lee_found_cell *found,
                       lee_grid_point point, lee_way way)
{
    const span s = span_of(found->cell);
    if (found->cell.size_bits != index->size_bits) {
        return s;
    }
    const grid_place of = {found->tile, found->cover, found->entry};
    const uint32_t column = (found->cell.corner.x >> index->size_bits) - index->column0;
    const uint32_t row = (found->cell.corner.y >> index->size_bits) - index->row0;
    return way.east == 0 && way.north == 0 ? free_around(index, &of, column, row, s)
                                           : free_ahead(index, &of, column, row, s, point, way);
}

/* How far a box reaches to each side, in parts of its size. */
typedef struct {
    int32_t west, south, east, north;
} shape;

/* Long on the way, with something to the sides and behind for turns. */
static shape shape_of(lee_way way)
{
    const int64_t run = way.east < 0 ? -(int64_t)way.east : way.east;
    const int64_t rise = way.north < 0 ? -(int64_t)way.north : way.north;
    const int64_t most = run > rise ? run : rise;
    if (most == 0) {
        return (shape){16, 16, 16, 16};
    }
    const int32_t along = (int32_t)(run * 14 / most) + 2;
    const int32_t up = (int32_t)(rise * 14 / most) + 2;
    return (shape){way.east < 0 ? along : 2, way.north < 0 ? up : 2, way.east < 0 ? 2 : along,
                   way.north < 0 ? 2 : up};
}

/* The size of a box of that shape, in steps for each part, that none of the lines of `lanes` comes
 * within; below zero: a line is too near to tell. Rounded downward, in single precision the same on
 * every processor. */
static float free_size(const uint32_t *leaf, uint32_t lanes, lee_steps at, shape reach)
{
    const uint32_t lane_count = ((const lee_leaf *)(const void *)leaf)->lane_count;
    const uint32_t *const direction = leaf + LEE_LEAF_WORDS;
    float size = 65536.0F;
    for (; lanes; lanes &= lanes - 1) {
        const uint32_t i = (uint32_t)__builtin_ctz(lanes);
        const int32_t a = (int16_t)direction[i];
        const int32_t b = (int16_t)(direction[i] >> 16);
        const int32_t sum = a * at.u + b * at.v + (int32_t)direction[lane_count + i];
        /* The corner that is nearest to the line. */
        const bool east = sum >= 0;
        const int32_t up = (b >= 0) == east ? reach.south : reach.north;
        const int32_t weight = a * (east ? reach.west : reach.east) + (b < 0 ? -b : b) * up;
        const int32_t away = (east ? sum : -sum) - LEE_LANE_DOUBT - 1;
        const float free = (float)away / (float)weight;
        size = free < size ? free : size;
    }
    return size * (1.0F - 1.0F / 65536.0F);
}

/* `from` less so many steps, from the first unit of a step; not beyond the cell. */
static uint32_t reach_down(uint32_t from, uint32_t limit, float steps, uint32_t shift)
{
    const uint64_t reach = (uint64_t)steps << shift;
    const uint32_t low = (1u << shift) - 1;
    return from - limit <= reach ? limit : (from & ~low) - (uint32_t)reach;
}

static uint32_t reach_up(uint32_t from, uint32_t limit, float steps, uint32_t shift)
{
    const uint64_t reach = (uint64_t)steps << shift;
    const uint32_t low = (1u << shift) - 1;
    return limit - from <= reach ? limit : (from | low) + (uint32_t)reach;
}

static span free_in_leaf(const uint32_t *leaf, uint32_t lanes, lee_cell cell, lee_grid_point point,
                         lee_way way)
{
    const span whole = span_of(cell);
    const span only = {point.x, point.y, point.x, point.y};
    const lee_leaf *const header = (const lee_leaf *)(const void *)leaf;
    if (header->wide) {
        return only;
    }
    lanes &= (uint32_t)((UINT64_C(1) << header->lane_count) - 1);
    const shape reach = shape_of(way);
    const float size = free_size(leaf, lanes, lee__steps_in(point, cell.size_bits), reach);
    if (size < 0) {
        return only;
    }
    const uint32_t shift = cell.size_bits > 16 ? cell.size_bits - 16 : 0;
    return (span){reach_down(point.x, whole.west, size * (float)reach.west, shift),
                  reach_down(point.y, whole.south, size * (float)reach.south, shift),
                  reach_up(point.x, whole.east, size * (float)reach.east, shift),
                  reach_up(point.y, whole.north, size * (float)reach.north, shift)};
}

lee_box lee__free_box(const lee_zone_index *index, const lee_found_cell *found,
                      lee_grid_point point, lee_way way, uint32_t lanes)
{
    span s;
    if (found->cell.size_bits >= 32) {
        s = outside_grid(index, point);
    } else if (LEE_ENTRY_TAG(found->entry) == LEE_ENTRY_LIST) {
        s = free_cells(index, found, point, way);
    } else {
        s = free_in_leaf(lee__leaf_at(found->tile, found->entry), lanes, found->cell, point, way);
    }
    return box_of(within_world(s));
}

size_t lee_zone_index_locate_box(const lee_zone_index *index, lee_point point, uint32_t *out,
                                 size_t capacity, lee_box *same)
{
    assert(same);
    const lee_grid_point place = lee__grid_point(point);
    const lee_found_cell found = lee__index_find(index, place);
    *same = lee__free_box(index, &found, place, (lee_way){0, 0}, UINT32_MAX);
    /* A point on the antimeridian or at the pole is answered for another place: it is alone. */
    if (point.lon_e7 > same->max.lon_e7 || point.lat_e7 > same->max.lat_e7) {
        *same = (lee_box){point, point};
    }
    return lee__found_zones(index, &found, place, out, capacity);
}
