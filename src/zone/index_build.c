/* Builds the grid.
 *
 * For every row of cells two things are gathered: which edges pass which cell, and where along the
 * row's southern latitude each zone begins and ends ("turns"). A sweep from west to east then
 * knows at every cell the zones that hold its corner: those without an edge in the cell hold it
 * all. */
#include <assert.h>
#include <string.h>

#include "base/alloc.h"
#include "zone/index.h"
#include "zone/index_mark.h"

#define SIZE_BITS_MIN 4u
#define SIZE_BITS_MAX 26u
#define CELLS_MAX (1u << 23)
#define CELLS_MIN (1u << 12)

typedef struct {
    lee_zone_index *index;
    const struct lee_index_areas *areas;
    lee_index_marks marks;
    uint32_t *active; /* the sweep's zones, ascending */
    uint32_t active_count;
    lee_cell_maker *maker;
    lee_words full, edges, zones; /* of the cell in hand */
} builder;

static bool copy_points(builder *b)
{
    const struct lee_index_areas *areas = b->areas;
    lee_zone_index *index = b->index;
    uint64_t most = 1;
    for (uint32_t z = 0; z < areas->count; z++) {
        most += lee__area_points(areas->area(areas->context, z));
    }
    most += most / 8 + 4096;
    if (most > UINT32_MAX) {
        return false;
    }
    index->points = lee_alloc((size_t)most, sizeof(lee_grid_point));
    index->store->points = index->points;
    index->store->point_capacity = (uint32_t)most;
    b->marks.zone_points = lee_alloc(areas->count + (size_t)1, sizeof(uint32_t));
    b->marks.ring_ends = lee_alloc((size_t)(most / 32 + 1), sizeof(uint32_t));
    if (!index->points || !b->marks.zone_points || !b->marks.ring_ends) {
        return false;
    }
    for (uint32_t z = 0; z < areas->count; z++) {
        b->marks.zone_points[z] = index->point_count;
        lee__copy_area(index, areas->area(areas->context, z), b->marks.ring_ends);
    }
    b->marks.zone_points[areas->count] = index->point_count;
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
        if (!lee__is_ring_end(b->marks.ring_ends, i)) {
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
    /* A unit more in the west and south: an edge there belongs to the cells before it. */
    index->column0 = (e.west - (e.west > 0)) >> bits;
    index->row0 = (e.south - (e.south > 0)) >> bits;
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

/* Makes a cell that edges pass: splits the active zones into those with edges here and the rest. */
static bool make_passed_cell(builder *b, lee_cell cell, const lee_edge_pass *passes,
                             uint32_t pass_count, uint32_t *out_entry)
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
    const uint32_t start = row == 0 ? 0 : b->marks.row_ends[row - 1];
    const uint32_t end = b->marks.row_ends[row];
    lee__sort_turns(b->marks.turns + start, end - start);
    uint32_t next = start;
    uint32_t list = 0;
    bool stale = false; /* `list` is not that of the active zones */
    b->active_count = 0;
    for (uint32_t column = 0; column < index->columns; column++) {
        for (; next < end && b->marks.turns[next] >> 32 == column; next++) {
            turn_over(b, (uint32_t)b->marks.turns[next]);
            stale = true;
        }
        const size_t cell = (size_t)row * index->columns + column;
        const uint32_t from = cell == 0 ? 0 : b->marks.cell_ends[cell - 1];
        const uint32_t count = b->marks.cell_ends[cell] - from;
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
            if (!make_passed_cell(b, place, b->marks.passes + from, count, &entry)) {
                return false;
            }
        }
        *lee__entry_place(index, column, row) = entry;
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

/* Gives back what the growing arrays took ahead, but for room in which later changes can be made
 * without moving what others read. The system counts such room only once it is written to. Vector
 * loads may run a few words past the end. */
static bool settle(lee_words *words)
{
    enum { SPARE = 1 << 18 };
    const uint64_t capacity = (uint64_t)words->count * 2 + SPARE;
    uint32_t *kept = lee_realloc(words->words, (size_t)capacity, sizeof(uint32_t));
    if (!kept || capacity > UINT32_MAX) {
        return false;
    }
    memset(kept + words->count, 0, 64 * sizeof(uint32_t));
    words->words = kept;
    words->capacity = (uint32_t)capacity - 64;
    words->fixed = true;
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
    if (index->rows > 0 && (!lee__gather_marks(index, b->areas->count, &b->marks) || !sweep(b))) {
        return false;
    }
    index->portable = !lee__has_avx2();
    return settle(&index->entries) && settle(&index->nodes) && settle(&index->leaves) &&
           settle(&index->lists);
}

lee_error lee_zone_index_build(const struct lee_index_areas *areas, lee_zone_index **out)
{
    assert(areas);
    assert(out);
    builder b = {.areas = areas, .index = lee__index_new()};
    bool ok = b.index != NULL;
    if (ok) {
        b.index->zone_count = areas->count;
        ok = build(&b);
        lee__store_update(b.index);
    }
    lee__marks_free(&b.marks);
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
