/* Builds the grid.
 *
 * For every row of cells two things are gathered: which edges pass which cell, and where along the
 * row's southern latitude each zone begins and ends ("turns"). A sweep from west to east then
 * knows at every cell the zones that hold its corner: those without an edge in the cell hold it
 * all, and those without an edge in the tile hold the tile. The sixteen rows of a tile are swept
 * side by side, so that one tile is made after the other. */
#include <assert.h>
#include <string.h>

#include "base/alloc.h"
#include "zone/index.h"
#include "zone/index_mark.h"

#define SIZE_BITS_MIN 4u
#define SIZE_BITS_MAX 24u /* a block is then 2^31 units wide */
#define CELLS_MAX (1u << 23)
#define CELLS_MIN (1u << 12)

/* A row's sweep: the zones that hold the corner of the cell it is at, ascending. */
typedef struct {
    lee_words active;
    uint32_t next_turn, end_turn;
} sweep_row;

typedef struct {
    lee_zone_index *index;
    lee_index_marks marks;
    sweep_row rows[LEE_TILE_SIDE];
    /* By zone: the tile (counted from 1) that its edges passed last. */
    uint32_t *tile_of;
    uint32_t tile_count;
    lee_tile_draft draft;
    lee_cell_maker *maker;
    lee_words full, edges, zones; /* of the cell in hand */
} builder;

/* --- the grid --------------------------------------------------------------------------------- */

typedef struct {
    uint32_t west, south, east, north;
    uint64_t length; /* of all edges, the longer of both directions */
    uint64_t edges;
} extent;

static extent measure(const lee_index_marks *m)
{
    extent e = {UINT32_MAX, UINT32_MAX, 0, 0, 0, 0};
    for (uint32_t i = 0; i < m->point_count; i++) {
        const lee_grid_point p = m->points[i];
        e.west = p.x < e.west ? p.x : e.west;
        e.east = p.x > e.east ? p.x : e.east;
        e.south = p.y < e.south ? p.y : e.south;
        e.north = p.y > e.north ? p.y : e.north;
        if (!lee__is_ring_end(m, i)) {
            const lee_grid_edge edge = lee__edge_between(p, m->points[i + 1]);
            const uint32_t run = edge.north.x > edge.south.x ? edge.north.x - edge.south.x
                                                             : edge.south.x - edge.north.x;
            e.length += (uint64_t)run + (edge.north.y - edge.south.y);
            e.edges++;
        }
    }
    return e;
}

/* The largest cells in which edges are few: about LEE_GRID_CELLS_PER_PASS cells for each pass,
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
    const extent e = measure(&b->marks);
    if (e.edges == 0) {
        return true;
    }
    const uint32_t bits = choose_size(&e);
    /* A unit more in the west and south: an edge there belongs to the cells before it. */
    const uint32_t west = (e.west - (e.west > 0)) >> bits >> LEE_BLOCK_CELL_BITS;
    const uint32_t south = (e.south - (e.south > 0)) >> bits >> LEE_BLOCK_CELL_BITS;
    const uint32_t block_columns = (e.east >> bits >> LEE_BLOCK_CELL_BITS) - west + 1;
    const uint32_t block_rows = (e.north >> bits >> LEE_BLOCK_CELL_BITS) - south + 1;
    if (!lee__index_grid(index, bits, west, south, block_columns, block_rows)) {
        return false;
    }
    lee_index_marks *m = &b->marks;
    m->size_bits = bits;
    m->column0 = index->column0;
    m->row0 = index->row0;
    m->columns = index->columns;
    m->rows = index->rows;
    return true;
}

/* --- the sweep -------------------------------------------------------------------------------- */

static bool turn_over(lee_words *active, uint32_t zone)
{
    uint32_t low = 0;
    uint32_t high = active->count;
    while (low < high) {
        const uint32_t middle = (low + high) / 2;
        if (active->words[middle] < zone) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (!lee__words_reserve(active, 1)) {
        return false;
    }
    uint32_t *const place = active->words + low;
    if (low < active->count && *place == zone) {
        active->count--;
        memmove(place, place + 1, (active->count - low) * sizeof(*place));
    } else {
        memmove(place + 1, place, (active->count - low) * sizeof(*place));
        *place = zone;
        active->count++;
    }
    return true;
}

/* Goes on to a column. *moved becomes true when the active zones are others. */
static bool advance(const builder *b, sweep_row *row, uint32_t column, bool *moved)
{
    const uint64_t *const turns = b->marks.turns;
    for (; row->next_turn < row->end_turn && turns[row->next_turn] >> 32 == column;
         row->next_turn++) {
        if (!turn_over(&row->active, (uint32_t)turns[row->next_turn])) {
            return false;
        }
        *moved = true;
    }
    return true;
}

/* Splits the active zones: with edges in the cell, with edges elsewhere in the tile; the others are
 * the tile's cover. */
static bool make_passed_cell(builder *b, lee_cell cell, const lee_words *active,
                             const lee_edge_pass *passes, uint32_t pass_count, uint32_t *out_entry)
{
    const uint32_t zone_words = (uint32_t)(sizeof(lee_cell_zone) / sizeof(uint32_t));
    if (!lee__words_reserve(&b->edges, pass_count + 1) ||
        !lee__words_reserve(&b->zones, (pass_count + 1) * zone_words) ||
        !lee__words_reserve(&b->full, active->count + 1)) {
        return false;
    }
    lee_cell_zone *zones = (lee_cell_zone *)(void *)b->zones.words;
    uint32_t zone_count = 0;
    uint32_t full_count = 0;
    uint32_t at = 0;
    for (uint32_t i = 0; i <= pass_count; i++) {
        const uint32_t zone = i < pass_count ? passes[i].zone : UINT32_MAX;
        if (i == 0 || i == pass_count || zone != passes[i - 1].zone) {
            for (; at < active->count && active->words[at] < zone; at++) {
                b->full.words[full_count] = active->words[at];
                full_count += b->tile_of[active->words[at]] == b->tile_count;
            }
            const bool holds = at < active->count && active->words[at] == zone;
            at += holds;
            zones[zone_count] = (lee_cell_zone){zone, 0, holds};
            zone_count += i < pass_count;
        }
        if (i < pass_count) {
            b->edges.words[i] = b->marks.edge_places[passes[i].edge];
            zones[zone_count - 1].edge_count++;
        }
    }
    return lee__cell_make(b->maker, cell, zones, zone_count, b->edges.words, b->full.words,
                          full_count, out_entry);
}

/* The list of a cell without edges. */
static bool list_active(builder *b, const lee_words *active, uint32_t *out)
{
    if (!lee__words_reserve(&b->full, active->count + 1)) {
        return false;
    }
    uint32_t count = 0;
    for (uint32_t i = 0; i < active->count; i++) {
        b->full.words[count] = active->words[i];
        count += b->tile_of[active->words[i]] == b->tile_count;
    }
    b->draft.held_max = count > b->draft.held_max ? count : b->draft.held_max;
    return lee__list_intern(&b->draft, b->full.words, count, out);
}

static bool make_row(builder *b, uint32_t column0, uint32_t row_number)
{
    const lee_index_marks *m = &b->marks;
    sweep_row *row = &b->rows[row_number % LEE_TILE_SIDE];
    uint32_t list = 0;
    bool stale = true; /* `list` is not that of the active zones */
    for (uint32_t column = column0; column < column0 + LEE_TILE_SIDE; column++) {
        if (!advance(b, row, column, &stale)) {
            return false;
        }
        const lee_edge_pass *passes;
        const uint32_t count = lee__marks_cell(m, column, row_number, &passes);
        uint32_t *entry = &b->draft.entries[lee__cell_number(column, row_number)];
        if (count > 0) {
            const lee_cell cell = {
                {(m->column0 + column) << m->size_bits, (m->row0 + row_number) << m->size_bits},
                m->size_bits};
            if (!make_passed_cell(b, cell, &row->active, passes, count, entry)) {
                return false;
            }
            continue;
        }
        if (stale && !list_active(b, &row->active, &list)) {
            return false;
        }
        stale = false;
        *entry = list << 2 | LEE_ENTRY_LIST;
    }
    return true;
}

/* Notes which zones have edges in the tile. */
static void note_zones(builder *b, uint32_t column, uint32_t row)
{
    b->tile_count++;
    for (uint32_t r = row; r < row + LEE_TILE_SIDE; r++) {
        const lee_edge_pass *first, *last;
        const uint32_t count = lee__marks_cell(&b->marks, column + LEE_TILE_SIDE - 1, r, &last);
        (void)lee__marks_cell(&b->marks, column, r, &first);
        for (; first < last + count; first++) {
            b->tile_of[first->zone] = b->tile_count;
        }
    }
}

/* Makes the tile whose first cell is at column, row, and its cover. Where no edge passes, the tile
 * is that of `nothing`. */
static bool make_tile(builder *b, uint32_t column, uint32_t row, lee_block *block)
{
    const uint32_t number = lee__tile_number(column, row);
    uint32_t pass_count;
    bool moved = false;
    if (!advance(b, &b->rows[0], column, &moved) || !lee__draft_begin(&b->draft, NULL) ||
        !lee__marks_place_edges(&b->marks, column, row, &b->draft.words, &pass_count)) {
        return false;
    }
    note_zones(b, column, row);
    const lee_words *active = &b->rows[0].active;
    if (!lee__words_reserve(&b->full, active->count + 1)) {
        return false;
    }
    uint32_t cover_count = 0;
    for (uint32_t i = 0; i < active->count; i++) {
        b->full.words[cover_count] = active->words[i];
        cover_count += b->tile_of[active->words[i]] != b->tile_count;
    }
    if (!lee__cover_put(block, number, b->full.words, cover_count)) {
        return false;
    }
    for (uint32_t r = row; r < row + LEE_TILE_SIDE; r++) {
        if (!make_row(b, column, r)) {
            return false;
        }
    }
    const uint32_t held = b->draft.held_max + cover_count;
    b->index->held_max = held > b->index->held_max ? held : b->index->held_max;
    if (pass_count > 0) {
        lee_tile *tile = lee__tile_create(&b->draft);
        if (!tile) {
            return false;
        }
        lee__tile_release(block->slots[number].tile);
        block->slots[number].tile = tile;
    }
    return true;
}

static void begin_rows(builder *b, uint32_t row)
{
    for (uint32_t r = 0; r < LEE_TILE_SIDE; r++) {
        sweep_row *s = &b->rows[r];
        s->active.count = 0;
        s->next_turn = lee__marks_row(&b->marks, row + r, &s->end_turn);
    }
}

static bool sweep(builder *b)
{
    lee_zone_index *index = b->index;
    b->tile_of = lee_alloc((size_t)index->zone_count + 1, sizeof(uint32_t));
    b->maker = lee__cell_maker_create(&b->draft);
    if (!b->tile_of || !b->maker) {
        return false;
    }
    for (uint32_t row = 0; row < index->rows; row += LEE_TILE_SIDE) {
        begin_rows(b, row);
        for (uint32_t column = 0; column < index->columns; column += LEE_TILE_SIDE) {
            lee_block **place =
                &index->blocks[(size_t)(row >> LEE_BLOCK_CELL_BITS) * index->block_columns +
                               (column >> LEE_BLOCK_CELL_BITS)];
            if (*place == index->nothing) {
                lee_block *block = lee__block_copy(index->nothing);
                if (!block) {
                    return false;
                }
                lee__block_release(*place);
                *place = block;
            }
            if (!make_tile(b, column, row, *place)) {
                return false;
            }
        }
    }
    return true;
}

static void free_builder(builder *b)
{
    lee__marks_free(&b->marks);
    for (uint32_t r = 0; r < LEE_TILE_SIDE; r++) {
        lee_free(b->rows[r].active.words);
    }
    lee_free(b->tile_of);
    lee__draft_free(&b->draft);
    lee__cell_maker_free(b->maker);
    lee_free(b->full.words);
    lee_free(b->edges.words);
    lee_free(b->zones.words);
}

lee_error lee_zone_index_build(const struct lee_index_areas *areas, lee_zone_index **out)
{
    assert(areas);
    assert(out);
    builder b = {.index = lee__index_new()};
    bool ok = b.index != NULL;
    if (ok) {
        b.index->zone_count = areas->count;
        ok = lee__marks_copy(&b.marks, areas) && make_grid(&b);
        if (ok && b.index->rows > 0) {
            ok = lee__marks_gather(&b.marks, areas->count) && sweep(&b);
        }
        b.index->portable = !lee__has_avx2();
    }
    free_builder(&b);
    if (!ok) {
        lee_zone_index_free(b.index);
        return LEE_ERR_NO_MEMORY;
    }
    *out = b.index;
    return LEE_OK;
}
