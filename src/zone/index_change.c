/* Changes one zone of an index without disturbing the old one.
 *
 * The edges of its old and its new area are marked on the grid as if it were built. In each tile
 * they and the sweep tell what the zone was to every cell, and what it will be: nothing, holding
 * all of it, or with edges in it. Only cells where that differs are touched, in a copy of the tile;
 * where no edge passes the tile it is the cover that changes. Blocks with such tiles are made anew,
 * all others are shared. (The cells themselves: index_edit.c.) */
#include <assert.h>
#include <string.h>

#include "base/alloc.h"
#include "geo/area.h"
#include "zone/index_edit.h"
#include "zone/index_mark.h"

/* A grid of more blocks, or an area over more cells, is better built anew with larger cells. */
#define BLOCKS_MAX (1u << 16)
#define CELLS_MAX (1u << 24)
/* A tile is compacted when changes left a half more than it needs, and so many words in all by one
 * change; beyond three times at once. */
#define COMPACT_WORDS_MAX (1u << 16)

/* What the zone is to a cell; with edges it may hold the corner or not. */
enum { HOLDS = 1, PASSES = 2 };

/* One of the two areas, over the tiles of both. */
typedef struct {
    lee_index_marks marks;
    uint32_t *next_turn; /* by row */
    bool *holds;         /* by row: the corner of the cell that the sweep is at */
    uint8_t states[LEE_TILE_CELLS];
    bool passed; /* the tile in hand, by any edge */
} side;

typedef struct {
    lee_zone_index *index;
    uint32_t zone;
    side before, after;
    lee_cell_edit *edit;
    lee_words cover;
    uint32_t compact_left; /* words */
} change;

/* --- the grid --------------------------------------------------------------------------------- */

/* Cells of the grid of the whole world; the last ones belong to it. */
typedef struct {
    uint32_t column, row, last_column, last_row;
} patch;

static bool is_empty(const lee_area *area)
{
    const lee_box box = lee_area_box(area);
    return box.min.lat_e7 > box.max.lat_e7;
}

static void widen(patch *p, const lee_area *area, uint32_t bits)
{
    if (is_empty(area)) {
        return;
    }
    const lee_box box = lee_area_box(area);
    const uint32_t west = (uint32_t)(box.min.lon_e7 + (int64_t)LEE_LON_MAX_E7);
    const uint32_t east = (uint32_t)(box.max.lon_e7 + (int64_t)LEE_LON_MAX_E7);
    const uint32_t south = (uint32_t)(box.min.lat_e7 + LEE_LAT_MAX_E7);
    const uint32_t north = (uint32_t)(box.max.lat_e7 + LEE_LAT_MAX_E7);
    /* An edge on a border belongs to the cells before it too. */
    const uint32_t column = (west - (west > 0)) >> bits;
    const uint32_t row = (south - (south > 0)) >> bits;
    p->column = column < p->column ? column : p->column;
    p->row = row < p->row ? row : p->row;
    p->last_column = east >> bits > p->last_column ? east >> bits : p->last_column;
    p->last_row = north >> bits > p->last_row ? north >> bits : p->last_row;
}

/* The old grid within one of these blocks; the old one is let go. */
static lee_error move_grid(lee_zone_index *index, patch blocks)
{
    const uint64_t columns = blocks.last_column - blocks.column + UINT64_C(1);
    const uint64_t rows = blocks.last_row - blocks.row + UINT64_C(1);
    if (columns * rows > BLOCKS_MAX) {
        return LEE_ERR_LIMIT;
    }
    lee_zone_index moved = *index;
    if (!lee__index_grid(&moved, index->size_bits, blocks.column, blocks.row, (uint32_t)columns,
                         (uint32_t)rows)) {
        return LEE_ERR_NO_MEMORY;
    }
    const uint32_t left = (index->column0 - moved.column0) >> LEE_BLOCK_CELL_BITS;
    const uint32_t below = (index->row0 - moved.row0) >> LEE_BLOCK_CELL_BITS;
    const uint32_t old_rows = index->rows >> LEE_BLOCK_CELL_BITS;
    for (uint32_t r = 0; r < old_rows; r++) {
        for (uint32_t c = 0; c < index->block_columns; c++) {
            lee_block **to = &moved.blocks[(size_t)(below + r) * moved.block_columns + left + c];
            lee__block_release(*to);
            *to = index->blocks[(size_t)r * index->block_columns + c];
        }
    }
    lee_free(index->blocks);
    *index = moved;
    return LEE_OK;
}

/* Makes the grid reach over the patch. */
static lee_error extend_grid(lee_zone_index *index, const patch *p)
{
    const uint32_t bits = LEE_BLOCK_CELL_BITS;
    patch blocks = {p->column >> bits, p->row >> bits, p->last_column >> bits, p->last_row >> bits};
    const patch old = {index->column0 >> bits, index->row0 >> bits,
                       (index->column0 + index->columns - 1) >> bits,
                       (index->row0 + index->rows - 1) >> bits};
    if (blocks.column >= old.column && blocks.row >= old.row &&
        blocks.last_column <= old.last_column && blocks.last_row <= old.last_row) {
        return LEE_OK;
    }
    blocks.column = old.column < blocks.column ? old.column : blocks.column;
    blocks.row = old.row < blocks.row ? old.row : blocks.row;
    blocks.last_column =
        old.last_column > blocks.last_column ? old.last_column : blocks.last_column;
    blocks.last_row = old.last_row > blocks.last_row ? old.last_row : blocks.last_row;
    return move_grid(index, blocks);
}

/* --- both areas over the same tiles ----------------------------------------------------------- */

static const lee_area *only_area(const void *context, uint32_t zone)
{
    (void)zone;
    return context;
}

static bool mark_side(side *s, const lee_area *area, const patch *p, uint32_t size_bits)
{
    lee_index_marks *m = &s->marks;
    m->size_bits = size_bits;
    m->column0 = p->column;
    m->row0 = p->row;
    m->columns = p->last_column - p->column + 1;
    m->rows = p->last_row - p->row + 1;
    s->next_turn = lee_alloc(m->rows, sizeof(uint32_t));
    s->holds = lee_alloc(m->rows, sizeof(bool));
    if (!s->next_turn || !s->holds ||
        !lee__marks_copy(m, &(struct lee_index_areas){only_area, area, 1}) ||
        !lee__marks_gather(m, 1)) {
        return false;
    }
    for (uint32_t row = 0; row < m->rows; row++) {
        uint32_t end;
        s->next_turn[row] = lee__marks_row(m, row, &end);
    }
    return true;
}

static void free_side(side *s)
{
    lee__marks_free(&s->marks);
    lee_free(s->next_turn);
    lee_free(s->holds);
    memset(s, 0, sizeof(*s));
}

/* Whether any edge passes the tile at column, row. */
static bool is_passed(const lee_index_marks *m, uint32_t column, uint32_t row)
{
    bool passed = false;
    for (uint32_t r = row; r < row + LEE_TILE_SIDE; r++) {
        const lee_edge_pass *first, *last;
        (void)lee__marks_cell(m, column, r, &first);
        const uint32_t count = lee__marks_cell(m, column + LEE_TILE_SIDE - 1, r, &last);
        passed |= last + count > first;
    }
    return passed;
}

/* The turns of a row before a column. */
static void sweep_to(side *s, uint32_t column, uint32_t row)
{
    uint32_t end;
    (void)lee__marks_row(&s->marks, row, &end);
    while (s->next_turn[row] < end && s->marks.turns[s->next_turn[row]] >> 32 < column) {
        s->holds[row] = !s->holds[row];
        s->next_turn[row]++;
    }
}

/* What the area is to the cells of the tile at column, row; goes on with the sweep of its rows.
 * Where no edge passes the tile, the first cell says it for all: most tiles of a large area. */
static void take_states(side *s, uint32_t column, uint32_t row)
{
    const lee_index_marks *m = &s->marks;
    s->passed = is_passed(m, column, row);
    if (!s->passed) {
        sweep_to(s, column + 1, row);
        s->states[0] = s->holds[row] ? HOLDS : 0;
        for (uint32_t r = row; r < row + LEE_TILE_SIDE; r++) {
            sweep_to(s, column + LEE_TILE_SIDE, r);
        }
        return;
    }
    for (uint32_t r = row; r < row + LEE_TILE_SIDE; r++) {
        for (uint32_t c = column; c < column + LEE_TILE_SIDE; c++) {
            sweep_to(s, c + 1, r);
            const lee_edge_pass *passes;
            const bool passed = lee__marks_cell(m, c, r, &passes) > 0;
            s->states[lee__cell_number(c, r)] =
                (uint8_t)((s->holds[r] ? HOLDS : 0) | (passed ? PASSES : 0));
        }
    }
}

/* --- tiles ------------------------------------------------------------------------------------ */

/* Compacts when that is due. Only so many words by one change, so that none takes long. */
static bool tidy(change *c, lee_tile_draft *draft)
{
    const uint32_t count = draft->words.count;
    const uint32_t dense = draft->dense_count;
    const bool due = count > dense + dense / 2 + 1024;
    if (!due || (count > c->compact_left && count < 3 * dense + 4096)) {
        return true;
    }
    c->compact_left -= count < c->compact_left ? count : c->compact_left;
    return lee__draft_compact(draft);
}

/* Changes the cells of a tile; `column`, `row` of the marks. In a tile that no edge of the area
 * passes, the area is in no cell but in the cover. */
static bool change_cells(change *c, uint32_t column, uint32_t row, const lee_tile *old,
                         lee_tile **out)
{
    lee_tile_draft *draft = lee__edit_begin(c->edit, old);
    const lee_index_marks *m = &c->after.marks;
    uint32_t pass_count;
    if (!draft ||
        !lee__marks_place_edges(&c->after.marks, column, row, &draft->words, &pass_count)) {
        return false;
    }
    bool any = false;
    for (uint32_t i = 0; i < LEE_TILE_CELLS; i++) {
        const uint32_t cell_column = column + i % LEE_TILE_SIDE;
        const uint32_t cell_row = row + i / LEE_TILE_SIDE;
        const uint8_t was = c->before.passed ? c->before.states[i] : 0;
        const uint8_t will = c->after.passed ? c->after.states[i] : 0;
        if (was != will || (was & PASSES)) {
            const lee_edge_pass *passes;
            const uint32_t count = lee__marks_cell(m, cell_column, cell_row, &passes);
            const lee_cell cell = {
                {(m->column0 + cell_column) << m->size_bits, (m->row0 + cell_row) << m->size_bits},
                m->size_bits};
            if (!lee__edit_cell(c->edit, cell, &c->after.marks, passes, count, (will & HOLDS) != 0,
                                &draft->entries[i])) {
                return false;
            }
        }
        any |= draft->entries[i] != 0;
    }
    if (!any) {
        *out = c->index->nothing->slots[0].tile;
        atomic_fetch_add(&(*out)->users, 1);
        return true;
    }
    if (!tidy(c, draft)) {
        return false;
    }
    *out = lee__tile_create(draft);
    return *out != NULL;
}

/* Puts the zone into the tile's cover or takes it out. */
static bool change_cover(change *c, lee_block *block, uint32_t number, bool in)
{
    const uint32_t *list = block->slots[number].cover;
    if (!lee__words_reserve(&c->cover, list[0] + 1)) {
        return false;
    }
    lee__list_exchange(list, c->zone, in, &c->cover);
    return lee__cover_put(block, number, c->cover.words, c->cover.count);
}

/* The block's own copy at the first change in it. */
static lee_block *own_block(lee_zone_index *index, uint32_t column, uint32_t row, bool *owned)
{
    lee_block **place = &index->blocks[(size_t)(row >> LEE_BLOCK_CELL_BITS) * index->block_columns +
                                       (column >> LEE_BLOCK_CELL_BITS)];
    if (!*owned) {
        lee_block *block = lee__block_copy(*place);
        if (!block) {
            return NULL;
        }
        lee__block_release(*place);
        *place = block;
        *owned = true;
    }
    return *place;
}

/* The tile at column, row of the marks. */
static bool change_tile(change *c, uint32_t column, uint32_t row, bool *owned)
{
    lee_zone_index *index = c->index;
    take_states(&c->before, column, row);
    take_states(&c->after, column, row);
    const bool covered = !c->before.passed && c->before.states[0] == HOLDS;
    const bool covers = !c->after.passed && c->after.states[0] == HOLDS;
    const bool passed = c->before.passed || c->after.passed;
    if (!passed && covered == covers) {
        return true;
    }
    const uint32_t grid_column = c->after.marks.column0 + column - index->column0;
    const uint32_t grid_row = c->after.marks.row0 + row - index->row0;
    lee_block *block = own_block(index, grid_column, grid_row, owned);
    const uint32_t number = lee__tile_number(grid_column, grid_row);
    if (!block || (covered != covers && !change_cover(c, block, number, covers))) {
        return false;
    }
    if (passed) {
        lee_tile *tile;
        if (!change_cells(c, column, row, block->slots[number].tile, &tile)) {
            return false;
        }
        lee__tile_release(block->slots[number].tile);
        block->slots[number].tile = tile;
    }
    const uint32_t held = block->slots[number].cover[0] + block->slots[number].tile->held_max;
    index->held_max = held > index->held_max ? held : index->held_max;
    return true;
}

/* Block by block, so that each is made anew only once. */
static bool change_all(change *c)
{
    const lee_index_marks *m = &c->after.marks;
    const uint32_t side_cells = 1u << LEE_BLOCK_CELL_BITS;
    for (uint32_t row = 0; row < m->rows;) {
        const uint32_t next_row = row + side_cells - (m->row0 + row) % side_cells;
        const uint32_t end_row = next_row < m->rows ? next_row : m->rows;
        for (uint32_t column = 0; column < m->columns;) {
            const uint32_t next = column + side_cells - (m->column0 + column) % side_cells;
            const uint32_t end = next < m->columns ? next : m->columns;
            bool owned = false;
            for (uint32_t r = row; r < end_row; r += LEE_TILE_SIDE) {
                for (uint32_t t = column; t < end; t += LEE_TILE_SIDE) {
                    if (!change_tile(c, t, r, &owned)) {
                        return false;
                    }
                }
            }
            column = end;
        }
        row = end_row;
    }
    return true;
}

static const lee_area no_area = {NULL, 0};

static uint64_t cell_count(const patch *p)
{
    return p->column > p->last_column
               ? 0
               : (p->last_column - p->column + UINT64_C(1)) * (p->last_row - p->row + UINT64_C(1));
}

static lee_error apply_over(change *c, patch p, const lee_area *old_area, const lee_area *new_area)
{
    const uint32_t bits = c->index->size_bits;
    if (p.column > p.last_column) {
        return LEE_OK;
    }
    if (cell_count(&p) > CELLS_MAX) {
        return LEE_ERR_LIMIT;
    }
    const lee_error error = extend_grid(c->index, &p);
    if (error) {
        return error;
    }
    /* Whole tiles. */
    p.column = p.column / LEE_TILE_SIDE * LEE_TILE_SIDE;
    p.row = p.row / LEE_TILE_SIDE * LEE_TILE_SIDE;
    p.last_column |= LEE_TILE_SIDE - 1;
    p.last_row |= LEE_TILE_SIDE - 1;
    const bool ok = mark_side(&c->before, old_area, &p, bits) &&
                    mark_side(&c->after, new_area, &p, bits) && change_all(c);
    free_side(&c->before);
    free_side(&c->after);
    return ok ? LEE_OK : LEE_ERR_NO_MEMORY;
}

/* An area that went far is taken out here and put in there, without the cells between. */
static lee_error apply(change *c, const lee_area *old_area, const lee_area *new_area)
{
    const uint32_t bits = c->index->size_bits;
    patch from = {UINT32_MAX, UINT32_MAX, 0, 0};
    patch to = from;
    widen(&from, old_area, bits);
    widen(&to, new_area, bits);
    patch both = from;
    widen(&both, new_area, bits);
    if (cell_count(&both) <= 2 * (cell_count(&from) + cell_count(&to))) {
        return apply_over(c, both, old_area, new_area);
    }
    const lee_error error = apply_over(c, from, old_area, &no_area);
    return error ? error : apply_over(c, to, &no_area, new_area);
}

/* Of an index without a grid: the zone is the first. */
typedef struct {
    uint32_t zone;
    const lee_area *area;
} first_zone;

static const lee_area *first_area(const void *context, uint32_t zone)
{
    const first_zone *first = context;
    return zone == first->zone ? first->area : &no_area;
}

lee_error lee_zone_index_change(const lee_zone_index *old, uint32_t zone, const lee_area *old_area,
                                const lee_area *new_area, lee_zone_index **out)
{
    assert(old && old_area && new_area && out);
    const uint32_t zone_count = zone >= old->zone_count ? zone + 1 : old->zone_count;
    if (old->rows == 0 && !is_empty(new_area)) {
        const first_zone first = {zone, new_area};
        return lee_zone_index_build(&(struct lee_index_areas){first_area, &first, zone_count}, out);
    }
    lee_zone_index *index = lee__index_copy(old);
    if (!index) {
        return LEE_ERR_NO_MEMORY;
    }
    change c = {.index = index, .zone = zone, .compact_left = COMPACT_WORDS_MAX};
    index->zone_count = zone_count;
    lee_error error = LEE_OK;
    if (index->rows > 0) {
        c.edit = lee__edit_create(zone);
        error = c.edit ? apply(&c, old_area, new_area) : LEE_ERR_NO_MEMORY;
    }
    lee__edit_free(c.edit);
    lee_free(c.cover.words);
    if (error) {
        lee_zone_index_free(index);
        return error;
    }
    *out = index;
    return LEE_OK;
}
