/* Builds the grid.
 *
 * For every row of cells two things are gathered: which edges pass which cell, and where along the
 * row's southern latitude each zone begins and ends ("turns"). A sweep from west to east then
 * knows at every cell the zones that hold its corner: those without an edge in the cell hold it
 * all. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "zone/index.h"

__extension__ typedef __int128 wide;

#define SIZE_BITS_MIN 4u
#define SIZE_BITS_MAX 26u
#define CELLS_MAX (1u << 23)
#define CELLS_MIN (1u << 12)

typedef struct {
    uint32_t zone;
    uint32_t edge;
} pass;

/* A place where a zone begins or ends along a row's southern latitude: the first column whose
 * corner is east of it in the high half, the zone in the low half. */
typedef uint64_t turn;

typedef struct {
    lee_zone_index *index;
    const struct lee_index_areas *areas;
    uint32_t *zone_points; /* where each zone's points begin; one more for the end */
    uint32_t *ring_ends;   /* bit set of points that end a ring: no edge begins there */
    uint32_t *cell_ends;   /* of each cell's passes */
    pass *passes;
    uint32_t *row_ends; /* of each row's turns */
    turn *turns;
    uint32_t *active; /* the sweep's zones, ascending */
    uint32_t active_count, active_capacity;
    lee_cell_maker *maker;
    lee_words full, edges, zones; /* of the cell in hand */
} builder;

static bool is_ring_end(const builder *b, uint32_t point)
{
    return b->ring_ends[point / 32] >> (point % 32) & 1u;
}

static bool same(lee_grid_point a, lee_grid_point b)
{
    return a.x == b.x && a.y == b.y;
}

/* --- points ----------------------------------------------------------------------------------- */

static lee_grid_point plain(lee_point p)
{
    assert(p.lat_e7 >= -LEE_LAT_MAX_E7 && p.lat_e7 <= LEE_LAT_MAX_E7);
    assert(p.lon_e7 >= -LEE_LON_MAX_E7 && p.lon_e7 <= LEE_LON_MAX_E7);
    return (lee_grid_point){(uint32_t)(p.lon_e7 + (int64_t)LEE_LON_MAX_E7),
                            (uint32_t)(p.lat_e7 + LEE_LAT_MAX_E7)};
}

static void copy_ring(builder *b, lee_ring ring)
{
    lee_zone_index *index = b->index;
    const uint32_t start = index->point_count;
    for (uint32_t i = 0; i < ring.count; i++) {
        const lee_grid_point p = plain(ring.points[i]);
        if (i == 0 || !same(p, index->points[index->point_count - 1])) {
            index->points[index->point_count++] = p;
        }
    }
    if (index->point_count - start < 3) {
        index->point_count = start;
        return;
    }
    index->points[index->point_count] = index->points[start];
    b->ring_ends[index->point_count / 32] |= 1u << (index->point_count % 32);
    index->point_count++;
}

static bool copy_points(builder *b)
{
    const struct lee_index_areas *areas = b->areas;
    uint64_t most = 1;
    for (uint32_t z = 0; z < areas->count; z++) {
        const lee_area *area = areas->area(areas->context, z);
        for (uint32_t r = 0; r < area->count; r++) {
            most += (uint64_t)area->rings[r].count + 1;
        }
    }
    b->index->points = lee_alloc((size_t)most, sizeof(lee_grid_point));
    b->zone_points = lee_alloc(areas->count + (size_t)1, sizeof(uint32_t));
    b->ring_ends = lee_alloc((size_t)(most / 32 + 1), sizeof(uint32_t));
    if (!b->index->points || !b->zone_points || !b->ring_ends) {
        return false;
    }
    for (uint32_t z = 0; z < areas->count; z++) {
        const lee_area *area = areas->area(areas->context, z);
        b->zone_points[z] = b->index->point_count;
        for (uint32_t r = 0; r < area->count; r++) {
            copy_ring(b, area->rings[r]);
        }
    }
    b->zone_points[areas->count] = b->index->point_count;
    return true;
}

/* --- the grid --------------------------------------------------------------------------------- */

typedef struct {
    uint32_t west, south, east, north;
    uint64_t length; /* of all edges, the longer of both directions */
    uint64_t edges;
} extent;

static extent measure(const builder *b)
{
    extent e = {UINT32_MAX, UINT32_MAX, 0, 0, 0, 0};
    const lee_zone_index *index = b->index;
    for (uint32_t i = 0; i < index->point_count; i++) {
        const lee_grid_point p = index->points[i];
        e.west = p.x < e.west ? p.x : e.west;
        e.east = p.x > e.east ? p.x : e.east;
        e.south = p.y < e.south ? p.y : e.south;
        e.north = p.y > e.north ? p.y : e.north;
        if (!is_ring_end(b, i)) {
            const lee_grid_edge edge = lee__edge_at(index, i);
            const uint64_t run = edge.north.x > edge.south.x ? edge.north.x - edge.south.x
                                                             : edge.south.x - edge.north.x;
            e.length += run + (edge.north.y - edge.south.y);
            e.edges++;
        }
    }
    return e;
}

/* The largest cells in which edges are few: about LANES_WANTED passes for each cell that has any,
 * estimated as if edges were spread evenly, but never more cells than memory allows. */
static uint32_t choose_size(const extent *e)
{
    const double width = (double)e->east - (double)e->west + 1.0;
    const double height = (double)e->north - (double)e->south + 1.0;
    uint32_t bits = SIZE_BITS_MAX;
    while (bits > SIZE_BITS_MIN) {
        const double side = (double)(1u << (bits - 1));
        const double cells = (width / side + 1.0) * (height / side + 1.0);
        const double passes = (double)e->length / side + (double)e->edges;
        if (cells > CELLS_MAX || (cells > CELLS_MIN && cells > LEE_GRID_CELLS_PER_PASS * passes)) {
            break;
        }
        bits--;
    }
    return bits;
}

static bool make_grid(builder *b)
{
    lee_zone_index *index = b->index;
    const extent e = measure(b);
    if (e.edges == 0) {
        return true;
    }
    const uint32_t bits = choose_size(&e);
    index->size_bits = bits;
    index->column0 = e.west >> bits;
    index->row0 = e.south >> bits;
    const uint32_t columns = (e.east >> bits) - index->column0 + 1;
    const uint32_t rows = (e.north >> bits) - index->row0 + 1;
    index->page_columns = (columns + LEE_PAGE_SIDE - 1) / LEE_PAGE_SIDE;
    const uint32_t page_rows = (rows + LEE_PAGE_SIDE - 1) / LEE_PAGE_SIDE;
    index->columns = index->page_columns * LEE_PAGE_SIDE;
    index->rows = page_rows * LEE_PAGE_SIDE;
    const uint32_t page_count = page_rows * index->page_columns;
    index->pages = lee_alloc(page_count, sizeof(uint32_t));
    /* Page 0 is empty: whatever no zone touches shares it. */
    const uint32_t words = (page_count + 1) * LEE_PAGE_ENTRIES;
    if (!index->pages || !lee__words_reserve(&index->entries, words)) {
        return false;
    }
    memset(index->entries.words, 0, words * sizeof(uint32_t));
    index->entries.count = words;
    for (uint32_t p = 0; p < page_count; p++) {
        index->pages[p] = p + 1;
    }
    return true;
}

static uint32_t *entry_of(lee_zone_index *index, uint32_t column, uint32_t row)
{
    const uint32_t page =
        index->pages[(row >> LEE_PAGE_BITS) * index->page_columns + (column >> LEE_PAGE_BITS)];
    return index->entries.words + (size_t)page * LEE_PAGE_ENTRIES +
           ((row % LEE_PAGE_SIDE) << LEE_PAGE_BITS) + column % LEE_PAGE_SIDE;
}

/* --- which edges pass which cells ------------------------------------------------------------- */

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
    const uint32_t from = west > (double)edge_west ? (uint32_t)west : edge_west;
    const uint32_t to = east < (double)edge_east ? (uint32_t)east : edge_east;
    *first = (from >> bits) - index->column0;
    *last = (to >> bits) - index->column0;
}

/* Counts (passes NULL) or writes the passes of one edge. */
static void mark_edge(builder *b, uint32_t zone, uint32_t edge)
{
    const lee_zone_index *index = b->index;
    const lee_grid_edge e = lee__edge_at(index, edge);
    const uint32_t last_row = e.north.y >> index->size_bits;
    for (uint32_t row = e.south.y >> index->size_bits; row <= last_row; row++) {
        uint32_t first, last;
        columns_in_row(index, e, row, &first, &last);
        uint32_t *ends = b->cell_ends + (size_t)(row - index->row0) * index->columns;
        for (uint32_t column = first; column <= last; column++) {
            if (b->passes) {
                b->passes[ends[column]] = (pass){zone, edge};
            }
            ends[column]++;
        }
    }
}

/* Counts (turns NULL) or writes the turns of one edge. */
static void mark_turns(builder *b, uint32_t zone, uint32_t edge)
{
    const lee_zone_index *index = b->index;
    const lee_grid_edge e = lee__edge_at(index, edge);
    const uint32_t bits = index->size_bits;
    const uint64_t size = UINT64_C(1) << bits;
    const int64_t rise = (int64_t)e.north.y - e.south.y;
    const int64_t run = (int64_t)e.north.x - e.south.x;
    for (uint64_t y = (e.south.y + size - 1) >> bits << bits; y < e.north.y; y += size) {
        const uint32_t row = (uint32_t)(y >> bits) - index->row0;
        if (!b->turns) {
            b->row_ends[row]++;
            continue;
        }
        const wide along = (wide)((int64_t)y - e.south.y) * run;
        /* Rounded up: the first longitude at or east of the crossing. */
        const int64_t step = (int64_t)(along >= 0 ? (along + rise - 1) / rise : along / rise);
        const uint64_t x = (uint64_t)((int64_t)e.south.x + step);
        const uint64_t column = ((x + size - 1) >> bits) - index->column0;
        b->turns[b->row_ends[row]++] = column << 32 | zone;
    }
}

static void mark_all(builder *b)
{
    for (uint32_t z = 0; z < b->areas->count; z++) {
        for (uint32_t i = b->zone_points[z]; i < b->zone_points[z + 1]; i++) {
            if (!is_ring_end(b, i)) {
                mark_edge(b, z, i);
                mark_turns(b, z, i);
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

static bool gather_marks(builder *b)
{
    const lee_zone_index *index = b->index;
    const size_t cell_count = (size_t)index->columns * index->rows;
    b->cell_ends = lee_alloc(cell_count, sizeof(uint32_t));
    b->row_ends = lee_alloc(index->rows, sizeof(uint32_t));
    if (!b->cell_ends || !b->row_ends) {
        return false;
    }
    mark_all(b);
    const uint64_t pass_count = to_starts(b->cell_ends, cell_count);
    const uint64_t turn_count = to_starts(b->row_ends, index->rows);
    if (pass_count > UINT32_MAX || turn_count > UINT32_MAX) {
        return false;
    }
    b->passes = lee_alloc((size_t)pass_count, sizeof(pass));
    b->turns = lee_alloc((size_t)turn_count, sizeof(turn));
    if (!b->passes || !b->turns) {
        return false;
    }
    mark_all(b);
    return true;
}

/* --- the sweep -------------------------------------------------------------------------------- */

static uint32_t active_place(const builder *b, uint32_t zone)
{
    uint32_t low = 0;
    uint32_t high = b->active_count;
    while (low < high) {
        const uint32_t middle = (low + high) / 2;
        if (b->active[middle] < zone) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static bool is_active(const builder *b, uint32_t zone)
{
    const uint32_t at = active_place(b, zone);
    return at < b->active_count && b->active[at] == zone;
}

static void turn_over(builder *b, uint32_t zone)
{
    const uint32_t at = active_place(b, zone);
    uint32_t *const place = b->active + at;
    if (at < b->active_count && *place == zone) {
        b->active_count--;
        memmove(place, place + 1, (b->active_count - at) * sizeof(*place));
    } else {
        memmove(place + 1, place, (b->active_count - at) * sizeof(*place));
        *place = zone;
        b->active_count++;
    }
}

static int compare_turns(const void *a, const void *b)
{
    const turn x = *(const turn *)a;
    const turn y = *(const turn *)b;
    return (x > y) - (x < y);
}

/* Makes a cell that edges pass: splits the active zones into those with edges here and the rest. */
static bool make_passed_cell(builder *b, lee_cell cell, const pass *passes, uint32_t pass_count,
                             uint32_t *out_entry)
{
    const uint32_t zone_words = (uint32_t)(sizeof(lee_cell_zone) / sizeof(uint32_t));
    if (!lee__words_reserve(&b->edges, pass_count + 1) ||
        !lee__words_reserve(&b->zones, (pass_count + 1) * zone_words) ||
        !lee__words_reserve(&b->full, b->active_count + 1)) {
        return false;
    }
    lee_cell_zone *zones = (lee_cell_zone *)(void *)b->zones.words;
    uint32_t zone_count = 0;
    uint32_t full_count = 0;
    uint32_t active = 0;
    for (uint32_t i = 0; i < pass_count; i++) {
        b->edges.words[i] = passes[i].edge;
        if (i == 0 || passes[i].zone != passes[i - 1].zone) {
            const uint32_t zone = passes[i].zone;
            while (active < b->active_count && b->active[active] < zone) {
                b->full.words[full_count++] = b->active[active++];
            }
            const bool holds = active < b->active_count && b->active[active] == zone;
            active += holds;
            assert(holds == is_active(b, zone));
            zones[zone_count++] = (lee_cell_zone){zone, 0, holds};
        }
        zones[zone_count - 1].edge_count++;
    }
    while (active < b->active_count) {
        b->full.words[full_count++] = b->active[active++];
    }
    return lee__cell_make(b->maker, cell, zones, zone_count, b->edges.words, b->full.words,
                          full_count, out_entry);
}

static bool sweep_row(builder *b, uint32_t row)
{
    lee_zone_index *index = b->index;
    const uint32_t start = row == 0 ? 0 : b->row_ends[row - 1];
    const uint32_t end = b->row_ends[row];
    qsort(b->turns + start, end - start, sizeof(turn), compare_turns);
    uint32_t next = start;
    uint32_t list = 0;
    bool stale = false; /* `list` is not that of the active zones */
    b->active_count = 0;
    for (uint32_t column = 0; column < index->columns; column++) {
        for (; next < end && b->turns[next] >> 32 == column; next++) {
            turn_over(b, (uint32_t)b->turns[next]);
            stale = true;
        }
        const size_t cell = (size_t)row * index->columns + column;
        const uint32_t from = cell == 0 ? 0 : b->cell_ends[cell - 1];
        const uint32_t count = b->cell_ends[cell] - from;
        if (count == 0 && stale) {
            index->held_max = b->active_count > index->held_max ? b->active_count : index->held_max;
            if (!lee__list_intern(index, b->active, b->active_count, &list)) {
                return false;
            }
            stale = false;
        }
        uint32_t entry = list << 2 | LEE_ENTRY_LIST;
        if (count > 0) {
            const lee_cell place = {{(index->column0 + column) << index->size_bits,
                                     (index->row0 + row) << index->size_bits},
                                    index->size_bits};
            if (!make_passed_cell(b, place, b->passes + from, count, &entry)) {
                return false;
            }
        }
        *entry_of(index, column, row) = entry;
    }
    return true;
}

static bool sweep(builder *b)
{
    b->active = lee_alloc((size_t)b->areas->count + 1, sizeof(uint32_t));
    b->maker = lee__cell_maker_create(b->index);
    if (!b->active || !b->maker) {
        return false;
    }
    for (uint32_t row = 0; row < b->index->rows; row++) {
        if (!sweep_row(b, row)) {
            return false;
        }
    }
    return true;
}

/* Gives back what the growing arrays took ahead; a few words stay behind each, so that vector
 * loads may run past the end. */
static bool trim(lee_words *words)
{
    enum { SPARE = 64 };
    uint32_t *kept = lee_realloc(words->words, (size_t)words->count + SPARE, sizeof(uint32_t));
    if (!kept) {
        return false;
    }
    memset(kept + words->count, 0, SPARE * sizeof(uint32_t));
    words->words = kept;
    words->capacity = words->count + SPARE;
    return true;
}

static bool build(builder *b)
{
    lee_zone_index *index = b->index;
    if (!lee__words_reserve(&index->lists, 1)) {
        return false;
    }
    index->lists.words[index->lists.count++] = 0;
    if (!copy_points(b) || !make_grid(b)) {
        return false;
    }
    if (index->rows > 0 && (!gather_marks(b) || !sweep(b))) {
        return false;
    }
    index->portable = !lee__has_avx2();
    return trim(&index->entries) && trim(&index->nodes) && trim(&index->leaves) &&
           trim(&index->lists);
}

lee_error lee_zone_index_build(const struct lee_index_areas *areas, lee_zone_index **out)
{
    assert(areas);
    assert(out);
    builder b = {.areas = areas, .index = lee_alloc(1, sizeof(lee_zone_index))};
    bool ok = b.index != NULL;
    if (ok) {
        b.index->zone_count = areas->count;
        ok = build(&b);
    }
    lee_free(b.zone_points);
    lee_free(b.ring_ends);
    lee_free(b.cell_ends);
    lee_free(b.passes);
    lee_free(b.row_ends);
    lee_free(b.turns);
    lee_free(b.active);
    lee__cell_maker_free(b.maker);
    lee_free(b.full.words);
    lee_free(b.edges.words);
    lee_free(b.zones.words);
    if (!ok) {
        lee_zone_index_free(b.index);
        return LEE_ERR_NO_MEMORY;
    }
    *out = b.index;
    return LEE_OK;
}

void lee_zone_index_free(lee_zone_index *index)
{
    if (index) {
        lee_free(index->pages);
        lee_free(index->entries.words);
        lee_free(index->nodes.words);
        lee_free(index->leaves.words);
        lee_free(index->lists.words);
        lee_free(index->list_hash.words);
        lee_free(index->points);
        lee_free(index);
    }
}

size_t lee_zone_index_bytes(const lee_zone_index *index)
{
    const size_t words = (size_t)index->entries.capacity + index->nodes.capacity +
                         index->leaves.capacity + index->lists.capacity +
                         index->list_hash.capacity +
                         (size_t)index->columns / LEE_PAGE_SIDE * index->rows / LEE_PAGE_SIDE;
    return sizeof(*index) + words * sizeof(uint32_t) +
           (size_t)index->point_count * sizeof(lee_grid_point);
}
