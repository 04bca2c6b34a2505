#include "zone/index_mark.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

__extension__ typedef __int128 wide;

/* --- the store -------------------------------------------------------------------------------- */

lee_zone_index *lee__index_new(void)
{
    lee_zone_index *index = lee_alloc(1, sizeof(*index));
    lee_index_store *store = lee_alloc(1, sizeof(*store));
    if (!index || !store) {
        lee_free(index);
        lee_free(store);
        return NULL;
    }
    atomic_init(&store->users, 1);
    index->store = store;
    return index;
}

void lee__store_update(const lee_zone_index *index)
{
    lee_index_store *store = index->store;
    store->entries = index->entries;
    store->nodes = index->nodes;
    store->leaves = index->leaves;
    store->lists = index->lists;
    store->list_hash = index->list_hash;
    store->list_count = index->list_count;
    store->point_count = index->point_count;
}

void lee_zone_index_free(lee_zone_index *index)
{
    if (!index) {
        return;
    }
    lee_index_store *store = index->store;
    if (atomic_fetch_sub(&store->users, 1) == 1) {
        lee_free(store->entries.words);
        lee_free(store->nodes.words);
        lee_free(store->leaves.words);
        lee_free(store->lists.words);
        lee_free(store->list_hash.words);
        lee_free(store->points);
        lee_free(store);
    }
    lee_free(index->pages);
    lee_free(index);
}

size_t lee_zone_index_bytes(const lee_zone_index *index)
{
    const size_t words = (size_t)index->entries.count + index->nodes.count + index->leaves.count +
                         index->lists.count + index->list_hash.capacity +
                         (size_t)index->columns / LEE_PAGE_SIDE * index->rows / LEE_PAGE_SIDE;
    return sizeof(*index) + sizeof(*index->store) + words * sizeof(uint32_t) +
           (size_t)index->point_count * sizeof(lee_grid_point);
}

/* --- points ----------------------------------------------------------------------------------- */

static bool same(lee_grid_point a, lee_grid_point b)
{
    return a.x == b.x && a.y == b.y;
}

static lee_grid_point plain(lee_point p)
{
    assert(p.lat_e7 >= -LEE_LAT_MAX_E7 && p.lat_e7 <= LEE_LAT_MAX_E7);
    assert(p.lon_e7 >= -LEE_LON_MAX_E7 && p.lon_e7 <= LEE_LON_MAX_E7);
    return (lee_grid_point){(uint32_t)(p.lon_e7 + (int64_t)LEE_LON_MAX_E7),
                            (uint32_t)(p.lat_e7 + LEE_LAT_MAX_E7)};
}

uint64_t lee__area_points(const lee_area *area)
{
    uint64_t count = 0;
    for (uint32_t r = 0; r < area->count; r++) {
        count += (uint64_t)area->rings[r].count + 1;
    }
    return count;
}

/* Without repeated points; a ring of fewer than three is left out. */
static void copy_ring(lee_zone_index *index, lee_ring ring, uint32_t *ring_ends)
{
    const uint32_t start = index->point_count;
    for (uint32_t i = 0; i < ring.count; i++) {
        const lee_grid_point p = plain(ring.points[i]);
        if (i == 0 || !same(p, index->points[index->point_count - 1])) {
            index->points[index->point_count++] = p;
        }
    }
    while (index->point_count > start + 1 &&
           same(index->points[index->point_count - 1], index->points[start])) {
        index->point_count--;
    }
    if (index->point_count - start < 3) {
        index->point_count = start;
        return;
    }
    index->points[index->point_count] = index->points[start];
    ring_ends[index->point_count / 32] |= 1u << (index->point_count % 32);
    index->point_count++;
}

void lee__copy_area(lee_zone_index *index, const lee_area *area, uint32_t *ring_ends)
{
    for (uint32_t r = 0; r < area->count; r++) {
        copy_ring(index, area->rings[r], ring_ends);
    }
}

/* --- passes and turns ------------------------------------------------------------------------- */

/* The longitude of the edge at a latitude, in doubles: to within one unit. */
static double longitude_at(lee_grid_edge e, double y)
{
    const double rise = (double)e.north.y - (double)e.south.y;
    const double run = (double)e.north.x - (double)e.south.x;
    return (double)e.south.x + (y - (double)e.south.y) * (run / rise);
}

/* Columns that the edge may pass in a row; a unit too many on either side does no harm, because
 * making the cell looks exactly. */
static void columns_in_row(const lee_zone_index *index, lee_grid_edge e, uint32_t row,
                           uint32_t *first, uint32_t *last)
{
    double a = (double)e.south.x;
    double b = (double)e.north.x;
    const uint32_t bits = index->size_bits;
    if (e.south.y >> bits != e.north.y >> bits) {
        const double low = (double)((uint64_t)row << bits);
        const double high = low + (double)(1u << bits);
        a = (double)e.south.y > low ? a : longitude_at(e, low);
        b = (double)e.north.y < high ? b : longitude_at(e, high);
    }
    const double west = (a < b ? a : b) - 1.0;
    const double east = (a < b ? b : a) + 1.0;
    const uint32_t edge_west = e.south.x < e.north.x ? e.south.x : e.north.x;
    const uint32_t edge_east = e.south.x < e.north.x ? e.north.x : e.south.x;
    const uint32_t from = west > (double)edge_west ? (uint32_t)west : edge_west - (edge_west > 0);
    const uint32_t to = east < (double)edge_east ? (uint32_t)east : edge_east;
    *first = (from >> bits) - index->column0;
    *last = (to >> bits) - index->column0;
}

/* Counts (passes NULL) or writes the passes of one edge. */
static void mark_edge(const lee_zone_index *index, lee_index_marks *m, uint32_t zone, uint32_t edge)
{
    const lee_grid_edge e = lee__edge_at(index, edge);
    const uint32_t last_row = e.north.y >> index->size_bits;
    const uint32_t first_row = (e.south.y - (e.south.y > 0)) >> index->size_bits;
    for (uint32_t row = first_row; row <= last_row; row++) {
        uint32_t first, last;
        columns_in_row(index, e, row, &first, &last);
        uint32_t *ends = m->cell_ends + (size_t)(row - index->row0) * index->columns;
        for (uint32_t column = first; column <= last; column++) {
            if (m->passes) {
                m->passes[ends[column]] = (lee_edge_pass){zone, edge};
            }
            ends[column]++;
        }
    }
}

/* Counts (turns NULL) or writes the turns of one edge. */
static void mark_turns(const lee_zone_index *index, lee_index_marks *m, uint32_t zone,
                       uint32_t edge)
{
    const lee_grid_edge e = lee__edge_at(index, edge);
    const uint32_t bits = index->size_bits;
    const uint64_t size = UINT64_C(1) << bits;
    const int64_t rise = (int64_t)e.north.y - e.south.y;
    const int64_t run = (int64_t)e.north.x - e.south.x;
    for (uint64_t y = (e.south.y + size - 1) >> bits << bits; y < e.north.y; y += size) {
        const uint32_t row = (uint32_t)(y >> bits) - index->row0;
        if (!m->turns) {
            m->row_ends[row]++;
            continue;
        }
        const wide along = (wide)((int64_t)y - e.south.y) * run;
        /* Rounded up: the first longitude at or east of the crossing. */
        const int64_t step = (int64_t)(along >= 0 ? (along + rise - 1) / rise : along / rise);
        const uint64_t x = (uint64_t)((int64_t)e.south.x + step);
        const uint64_t column = ((x + size - 1) >> bits) - index->column0;
        m->turns[m->row_ends[row]++] = column << 32 | zone;
    }
}

static void mark_all(const lee_zone_index *index, uint32_t zone_count, lee_index_marks *m)
{
    for (uint32_t z = 0; z < zone_count; z++) {
        for (uint32_t i = m->zone_points[z]; i < m->zone_points[z + 1]; i++) {
            if (!lee__is_ring_end(m->ring_ends, i)) {
                mark_edge(index, m, z, i);
                mark_turns(index, m, z, i);
            }
        }
    }
}

/* Turns counts into starts; writing then makes them ends. */
static uint64_t to_starts(uint32_t *counts, size_t count)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        const uint32_t own = counts[i];
        counts[i] = (uint32_t)sum;
        sum += own;
    }
    return sum;
}

bool lee__gather_marks(const lee_zone_index *index, uint32_t zone_count, lee_index_marks *m)
{
    const size_t cell_count = (size_t)index->columns * index->rows;
    m->cell_ends = lee_alloc(cell_count, sizeof(uint32_t));
    m->row_ends = lee_alloc(index->rows, sizeof(uint32_t));
    if (!m->cell_ends || !m->row_ends) {
        return false;
    }
    mark_all(index, zone_count, m);
    const uint64_t pass_count = to_starts(m->cell_ends, cell_count);
    const uint64_t turn_count = to_starts(m->row_ends, index->rows);
    if (pass_count > UINT32_MAX || turn_count > UINT32_MAX) {
        return false;
    }
    m->passes = lee_alloc((size_t)pass_count, sizeof(lee_edge_pass));
    m->turns = lee_alloc((size_t)turn_count, sizeof(uint64_t));
    if (!m->passes || !m->turns) {
        return false;
    }
    mark_all(index, zone_count, m);
    return true;
}

static int compare_turns(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a;
    const uint64_t y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

void lee__sort_turns(uint64_t *turns, size_t count)
{
    if (count > 1) {
        qsort(turns, count, sizeof(*turns), compare_turns);
    }
}

void lee__marks_free(lee_index_marks *marks)
{
    lee_free(marks->zone_points);
    lee_free(marks->ring_ends);
    lee_free(marks->cell_ends);
    lee_free(marks->passes);
    lee_free(marks->row_ends);
    lee_free(marks->turns);
}
