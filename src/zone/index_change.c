/* Changes one zone of an index without disturbing the old one: cells within the zone's old and new
 * boxes are taken apart into what they were made of, the zone's part is exchanged, and they are
 * made again. Pages with such cells are copied; everything else is shared. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "geo/area.h"
#include "zone/index_batch.h"
#include "zone/index_mark.h"

/* Columns and rows of the grid; the last ones belong to it. */
typedef struct {
    uint32_t column, row, last_column, last_row;
    bool empty;
} patch;

typedef struct {
    uint32_t zone;
    uint32_t edge;
} part;

/* A cell still to be changed; the new edges that may pass it lie on top of a stack. */
typedef struct {
    lee_cell cell;
    uint32_t old;
    uint32_t node_slot; /* where its entry goes; ROOT: to the grid */
    uint32_t edge_start;
    bool holds; /* the new area holds its corner */
} task;
#define ROOT UINT32_MAX
#define TASKS_MAX 256u /* fifteen siblings on each of at most sixteen levels */

typedef struct {
    lee_zone_index *index;
    uint32_t zone;
    task tasks[TASKS_MAX];
    uint32_t task_count;
    lee_words task_edges;
    lee_words passing;     /* new edges that pass the cell in hand */
    lee_index_marks marks; /* of the new area, over `region` */
    lee_zone_index region; /* a view of the patch as if it were the grid */
    lee_cell_maker *maker;
    uint32_t first_own_page; /* pages from here on are this generation's alone */
    /* The cell in hand. */
    part *parts;
    uint32_t part_count, part_capacity;
    lee_words listed; /* zones of any list in the cell */
    lee_words edges, zones, full;
    /* The list made last by exchanging the zone: runs of cells have the same. */
    uint32_t from_list, to_list;
    bool to_holds;
} change;

static bool patch_of(const lee_zone_index *index, const lee_area *area, patch *out)
{
    const lee_box box = lee_area_box(area);
    *out = (patch){0, 0, 0, 0, true};
    if (box.min.lat_e7 > box.max.lat_e7) {
        return true;
    }
    const uint32_t bits = index->size_bits;
    const uint32_t west = (uint32_t)(box.min.lon_e7 + (int64_t)LEE_LON_MAX_E7);
    const uint32_t east = (uint32_t)(box.max.lon_e7 + (int64_t)LEE_LON_MAX_E7);
    const uint32_t south = (uint32_t)(box.min.lat_e7 + LEE_LAT_MAX_E7);
    const uint32_t north = (uint32_t)(box.max.lat_e7 + LEE_LAT_MAX_E7);
    const uint32_t column = (west - (west > 0)) >> bits;
    const uint32_t row = (south - (south > 0)) >> bits;
    *out = (patch){column - index->column0, row - index->row0, (east >> bits) - index->column0,
                   (north >> bits) - index->row0, false};
    return column >= index->column0 && row >= index->row0 && out->last_column < index->columns &&
           out->last_row < index->rows;
}

static patch around(patch a, patch b)
{
    if (a.empty || b.empty) {
        return a.empty ? b : a;
    }
    a.column = b.column < a.column ? b.column : a.column;
    a.row = b.row < a.row ? b.row : a.row;
    a.last_column = b.last_column > a.last_column ? b.last_column : a.last_column;
    a.last_row = b.last_row > a.last_row ? b.last_row : a.last_row;
    return a;
}

/* --- taking a cell apart ---------------------------------------------------------------------- */

static bool add_part(change *c, uint32_t zone, uint32_t edge)
{
    if (c->part_count == c->part_capacity) {
        const uint32_t capacity = c->part_capacity * 2 + 256;
        part *grown = lee_realloc(c->parts, capacity, sizeof(*grown));
        if (!grown) {
            return false;
        }
        c->parts = grown;
        c->part_capacity = capacity;
    }
    c->parts[c->part_count++] = (part){zone, edge};
    return true;
}

static bool add_words(lee_words *words, const uint32_t *from, uint32_t count)
{
    if (!lee__words_reserve(words, count)) {
        return false;
    }
    if (count > 0) {
        memcpy(words->words + words->count, from, count * sizeof(*from));
        words->count += count;
    }
    return true;
}

static int compare_words(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a;
    const uint32_t y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* False: no memory, or a wide leaf, which is not taken apart. */
static bool take_leaf(change *c, const uint32_t *leaf)
{
    const lee_leaf *header = (const lee_leaf *)(const void *)leaf;
    if (header->wide) {
        return false;
    }
    const uint32_t *list = c->index->lists.words + header->list;
    const uint32_t *zones = lee__leaf_zones(leaf);
    const uint32_t *masks = lee__leaf_masks(leaf);
    const uint32_t *edges = lee__leaf_edges(leaf);
    if (!add_words(&c->listed, list + 1, list[0])) {
        return false;
    }
    for (uint32_t s = 0; s < header->slot_count; s++) {
        /* A spike's two edges cancel out: what is left is all of the cell, or nothing. */
        if (masks[s] == 0 && header->base >> s & 1 && !add_words(&c->listed, &zones[s], 1)) {
            return false;
        }
        for (uint32_t left = zones[s] == c->zone ? 0 : masks[s]; left; left &= left - 1) {
            if (!add_part(c, zones[s], edges[__builtin_ctz(left)])) {
                return false;
            }
        }
    }
    if (c->listed.count > list[0]) {
        qsort(c->listed.words, c->listed.count, sizeof(uint32_t), compare_words);
    }
    return true;
}

static int compare_points(lee_grid_point a, lee_grid_point b)
{
    return a.y != b.y ? (a.y > b.y) - (a.y < b.y) : (a.x > b.x) - (a.x < b.x);
}

/* By zone, then by where the edge runs. */
static int compare_parts(const change *c, part a, part b)
{
    if (a.zone != b.zone) {
        return a.zone > b.zone ? 1 : -1;
    }
    if (a.edge == b.edge) {
        return 0;
    }
    const lee_grid_edge x = lee__edge_at(c->index, a.edge);
    const lee_grid_edge y = lee__edge_at(c->index, b.edge);
    const int south = compare_points(x.south, y.south);
    return south != 0 ? south : compare_points(x.north, y.north);
}

static void sort_parts(change *c)
{
    for (uint32_t gap = c->part_count / 2; gap > 0; gap /= 2) {
        for (uint32_t i = gap; i < c->part_count; i++) {
            const part moved = c->parts[i];
            uint32_t at = i;
            for (; at >= gap && compare_parts(c, c->parts[at - gap], moved) > 0; at -= gap) {
                c->parts[at] = c->parts[at - gap];
            }
            c->parts[at] = moved;
        }
    }
    uint32_t kept = 0;
    for (uint32_t i = 0; i < c->part_count; i++) {
        const bool again = kept > 0 && compare_parts(c, c->parts[i], c->parts[kept - 1]) == 0;
        if (!again) {
            c->parts[kept++] = c->parts[i];
        } else if (c->parts[i].zone == c->zone) {
            /* A spike of the new area, there and back: not there at all. */
            kept--;
        }
    }
    c->part_count = kept;
}

static bool has_number(const uint32_t *sorted, uint32_t count, uint32_t number)
{
    return count > 0 && bsearch(&number, sorted, count, sizeof(number), compare_words) != NULL;
}

/* --- putting it together again ---------------------------------------------------------------- */

/* A list or leaf: the zones with edges hold the corner when the old entry says so; those listed
 * hold all of the cell. */
static bool remake(change *c, const task *t, uint32_t *out_entry)
{
    const lee_cell cell = t->cell;
    const uint32_t old = t->old;
    const uint32_t pass_count = c->passing.count;
    const bool holds = t->holds;
    c->part_count = c->listed.count = c->edges.count = c->zones.count = c->full.count = 0;
    const bool is_leaf = LEE_ENTRY_TAG(old) == LEE_ENTRY_LEAF;
    const uint32_t *list = c->index->lists.words + LEE_ENTRY_OFFSET(old);
    if (is_leaf ? !take_leaf(c, lee__leaf_at(c->index, old))
                : !add_words(&c->listed, list + 1, list[0])) {
        return false;
    }
    for (uint32_t i = 0; i < pass_count; i++) {
        if (!add_part(c, c->zone, c->passing.words[i])) {
            return false;
        }
    }
    sort_parts(c);
    uint32_t corner_zones[2048];
    const size_t corner_count = lee__entry_zones(c->index, old, cell.corner, corner_zones,
                                                 sizeof(corner_zones) / sizeof(*corner_zones));
    if (corner_count > sizeof(corner_zones) / sizeof(*corner_zones)) {
        return false;
    }
    const uint32_t zone_words = (uint32_t)(sizeof(lee_cell_zone) / sizeof(uint32_t));
    if (!lee__words_reserve(&c->edges, c->part_count + 1) ||
        !lee__words_reserve(&c->zones, (c->part_count + 1) * zone_words) ||
        !lee__words_reserve(&c->full, c->listed.count + 1)) {
        return false;
    }
    lee_cell_zone *zones = (lee_cell_zone *)(void *)c->zones.words;
    uint32_t zone_count = 0;
    bool has_edges = false; /* the changed zone, once its spikes are gone */
    for (uint32_t i = 0; i < c->part_count; i++) {
        const uint32_t zone = c->parts[i].zone;
        if (zone_count == 0 || zones[zone_count - 1].zone != zone) {
            const bool corner =
                zone == c->zone ? holds : has_number(corner_zones, (uint32_t)corner_count, zone);
            zones[zone_count++] = (lee_cell_zone){zone, 0, corner};
        }
        has_edges |= zone == c->zone;
        zones[zone_count - 1].edge_count++;
        c->edges.words[i] = c->parts[i].edge;
    }
    uint32_t with_edges = 0;
    for (uint32_t i = 0; i < c->listed.count; i++) {
        const uint32_t zone = c->listed.words[i];
        while (with_edges < zone_count && zones[with_edges].zone < zone) {
            with_edges++;
        }
        if (zone != c->zone && !(with_edges < zone_count && zones[with_edges].zone == zone)) {
            c->full.words[c->full.count++] = zone;
        }
    }
    if (holds && !has_edges) {
        c->full.words[c->full.count++] = c->zone;
    }
    return lee__cell_make(c->maker, cell, zones, zone_count, c->edges.words, c->full.words,
                          c->full.count, out_entry);
}

/* A cell that is a list and stays one. */
static bool exchange_in_list(change *c, uint32_t old_list, bool holds, uint32_t *out_entry)
{
    if (old_list != c->from_list || holds != c->to_holds) {
        const uint32_t *list = c->index->lists.words + old_list;
        const uint32_t count = list[0];
        c->full.count = 0;
        if (!lee__words_reserve(&c->full, count + 1)) {
            return false;
        }
        bool placed = !holds;
        for (uint32_t i = 1; i <= count; i++) {
            if (!placed && list[i] >= c->zone) {
                c->full.words[c->full.count++] = c->zone;
                placed = true;
            }
            if (list[i] != c->zone) {
                c->full.words[c->full.count++] = list[i];
            }
        }
        if (!placed) {
            c->full.words[c->full.count++] = c->zone;
        }
        c->from_list = old_list;
        c->to_holds = holds;
        if (c->index->held_max < c->full.count) {
            c->index->held_max = c->full.count;
        }
        if (!lee__list_intern(c->index, c->full.words, c->full.count, &c->to_list)) {
            c->from_list = UINT32_MAX;
            return false;
        }
    }
    *out_entry = c->to_list << 2 | LEE_ENTRY_LIST;
    return true;
}

static bool leaf_names(const lee_zone_index *index, const uint32_t *leaf, uint32_t zone)
{
    const lee_leaf *header = (const lee_leaf *)(const void *)leaf;
    const uint32_t *list = index->lists.words + header->list;
    const uint32_t *zones = lee__leaf_zones(leaf);
    for (uint32_t s = 0; s < header->slot_count; s++) {
        if (zones[s] == zone) {
            return true;
        }
    }
    return header->wide || has_number(list + 1, list[0], zone);
}

/* The entry's place in a page of this generation's own, which is copied at the first need. */
static uint32_t *own_place(change *c, uint32_t column, uint32_t row)
{
    lee_zone_index *index = c->index;
    uint32_t *page =
        &index->pages[(row >> LEE_PAGE_BITS) * index->page_columns + (column >> LEE_PAGE_BITS)];
    if (*page < c->first_own_page) {
        if (!lee__words_reserve(&index->entries, LEE_PAGE_ENTRIES)) {
            return NULL;
        }
        memcpy(index->entries.words + index->entries.count,
               index->entries.words + (size_t)*page * LEE_PAGE_ENTRIES,
               LEE_PAGE_ENTRIES * sizeof(uint32_t));
        *page = index->entries.count / LEE_PAGE_ENTRIES;
        index->entries.count += LEE_PAGE_ENTRIES;
    }
    return lee__entry_place(index, column, row);
}

/* Keeps those of the task's edges that pass its cell. */
static bool take_edges(change *c, const task *t)
{
    const uint32_t *edges = c->task_edges.words + t->edge_start;
    const uint32_t count = c->task_edges.count - t->edge_start;
    c->passing.count = 0;
    if (!lee__words_reserve(&c->passing, count + 1)) {
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        lee_lane_rows rows;
        c->passing.words[c->passing.count] = edges[i];
        c->passing.count += lee__lane_rows(lee__edge_at(c->index, edges[i]), t->cell, &rows);
    }
    c->task_edges.count = t->edge_start;
    return true;
}

/* A copy of the node, with a task for each of its cells: an edge on the border between two of them
 * is in neither, so they cannot be put together to one cell, only changed each by itself. */
static bool open_node(change *c, const task *t, uint32_t *out_entry)
{
    lee_zone_index *index = c->index;
    if (!lee__words_reserve(&index->nodes, 16) || c->task_count + 16 > TASKS_MAX) {
        return false;
    }
    const uint32_t node = index->nodes.count;
    memcpy(index->nodes.words + node, index->nodes.words + (size_t)LEE_ENTRY_OFFSET(t->old) * 16,
           16 * sizeof(uint32_t));
    index->nodes.count += 16;
    *out_entry = node / 16 << 2 | LEE_ENTRY_NODE;
    /* Lanes tell the parity up to a constant: what they leave of it at the cell's own corner. */
    bool base = t->holds;
    for (uint32_t i = 0; i < c->passing.count; i++) {
        base ^= lee__lane_counts(lee__edge_at(index, c->passing.words[i]), t->cell, t->cell.corner);
    }
    for (uint32_t child = 0; child < 16; child++) {
        const uint32_t bits = t->cell.size_bits - 2;
        task next = {.cell = {{t->cell.corner.x + ((child % 4) << bits),
                               t->cell.corner.y + ((child / 4) << bits)},
                              bits},
                     .old = index->nodes.words[node + child],
                     .node_slot = node + child,
                     .edge_start = c->task_edges.count,
                     .holds = base};
        for (uint32_t i = 0; i < c->passing.count; i++) {
            next.holds ^= lee__lane_counts(lee__edge_at(index, c->passing.words[i]), t->cell,
                                           next.cell.corner);
        }
        if (!add_words(&c->task_edges, c->passing.words, c->passing.count)) {
            return false;
        }
        c->tasks[c->task_count++] = next;
    }
    return true;
}

static bool do_task(change *c, const task *t, uint32_t *out_entry)
{
    *out_entry = t->old;
    if (LEE_ENTRY_TAG(t->old) == LEE_ENTRY_NODE) {
        return open_node(c, t, out_entry);
    }
    if (LEE_ENTRY_TAG(t->old) == LEE_ENTRY_LIST && c->passing.count == 0) {
        return exchange_in_list(c, LEE_ENTRY_OFFSET(t->old), t->holds, out_entry);
    }
    if (c->passing.count == 0 && !t->holds &&
        !leaf_names(c->index, lee__leaf_at(c->index, t->old), c->zone)) {
        return true;
    }
    return remake(c, t, out_entry);
}

static bool change_cell(change *c, uint32_t column, uint32_t row, const lee_edge_pass *passes,
                        uint32_t pass_count, bool holds)
{
    lee_zone_index *index = c->index;
    const uint32_t old = *lee__entry_place(index, column, row);
    const lee_cell cell = {
        {(index->column0 + column) << index->size_bits, (index->row0 + row) << index->size_bits},
        index->size_bits};
    uint32_t root = old;
    c->tasks[0] = (task){cell, old, ROOT, 0, holds};
    c->task_count = 1;
    c->task_edges.count = 0;
    for (uint32_t i = 0; i < pass_count; i++) {
        if (!add_words(&c->task_edges, &passes[i].edge, 1)) {
            return false;
        }
    }
    while (c->task_count > 0) {
        const task next = c->tasks[--c->task_count];
        uint32_t entry;
        if (!take_edges(c, &next) || !do_task(c, &next, &entry)) {
            return false;
        }
        if (next.node_slot == ROOT) {
            root = entry;
        } else {
            index->nodes.words[next.node_slot] = entry;
        }
    }
    if (root != old) {
        uint32_t *place = own_place(c, column, row);
        if (!place) {
            return false;
        }
        *place = root;
    }
    return true;
}

static bool change_row(change *c, uint32_t row)
{
    const lee_zone_index *region = &c->region;
    const uint32_t start = row == 0 ? 0 : c->marks.row_ends[row - 1];
    const uint32_t end = c->marks.row_ends[row];
    lee__sort_turns(c->marks.turns + start, end - start);
    bool holds = false;
    uint32_t next = start;
    for (uint32_t column = 0; column < region->columns; column++) {
        for (; next < end && c->marks.turns[next] >> 32 == column; next++) {
            holds = !holds;
        }
        const size_t cell = (size_t)row * region->columns + column;
        const uint32_t from = cell == 0 ? 0 : c->marks.cell_ends[cell - 1];
        if (!change_cell(c, region->column0 - c->index->column0 + column,
                         region->row0 - c->index->row0 + row, c->marks.passes + from,
                         c->marks.cell_ends[cell] - from, holds)) {
            return false;
        }
    }
    return true;
}

static bool mark_new_area(change *c, const lee_area *area, patch over)
{
    lee_zone_index *index = c->index;
    lee_index_store *store = index->store;
    const uint32_t start = index->point_count;
    if (lee__area_points(area) > store->point_capacity - start) {
        return false;
    }
    c->marks.zone_points = lee_alloc(2, sizeof(uint32_t));
    c->marks.ring_ends = lee_alloc(store->point_capacity / 32 + 1, sizeof(uint32_t));
    if (!c->marks.zone_points || !c->marks.ring_ends) {
        return false;
    }
    lee__copy_area(index, area, c->marks.ring_ends);
    c->marks.zone_points[0] = start;
    c->marks.zone_points[1] = index->point_count;
    c->region = *index;
    c->region.column0 = index->column0 + over.column;
    c->region.row0 = index->row0 + over.row;
    c->region.columns = over.last_column - over.column + 1;
    c->region.rows = over.last_row - over.row + 1;
    return lee__gather_marks(&c->region, 1, &c->marks);
}

static bool apply(change *c, const lee_area *old_area, const lee_area *new_area)
{
    patch old_patch, new_patch;
    if (!patch_of(c->index, old_area, &old_patch) || !patch_of(c->index, new_area, &new_patch)) {
        return false;
    }
    const patch over = around(old_patch, new_patch);
    if (over.empty) {
        return true;
    }
    if (!mark_new_area(c, new_area, over)) {
        return false;
    }
    for (uint32_t row = 0; row < c->region.rows; row++) {
        if (!change_row(c, row)) {
            return false;
        }
    }
    return true;
}

/* A copy that appends where the newest generation stopped. */
static lee_zone_index *next_generation(const lee_zone_index *old)
{
    lee_zone_index *index = lee_alloc(1, sizeof(*index));
    const size_t page_count = (size_t)old->page_columns * (old->rows >> LEE_PAGE_BITS);
    uint32_t *pages = lee_alloc(page_count, sizeof(uint32_t));
    if (!index || !pages) {
        lee_free(index);
        lee_free(pages);
        return NULL;
    }
    *index = *old;
    index->pages = pages;
    if (page_count > 0) {
        memcpy(pages, old->pages, page_count * sizeof(uint32_t));
    }
    lee_index_store *store = old->store;
    atomic_fetch_add(&store->users, 1);
    index->entries = store->entries;
    index->nodes = store->nodes;
    index->leaves = store->leaves;
    index->lists = store->lists;
    index->list_hash = store->list_hash;
    index->list_count = store->list_count;
    index->point_count = store->point_count;
    return index;
}

lee_error lee_zone_index_change(const lee_zone_index *old, uint32_t zone, const lee_area *old_area,
                                const lee_area *new_area, lee_zone_index **out)
{
    assert(old && old_area && new_area && out);
    lee_zone_index *index = next_generation(old);
    if (!index) {
        return LEE_ERR_NO_MEMORY;
    }
    change c = {.index = index, .zone = zone, .from_list = UINT32_MAX};
    c.maker = lee__cell_maker_create(index);
    c.first_own_page = index->entries.count / LEE_PAGE_ENTRIES;
    index->zone_count = zone >= index->zone_count ? zone + 1 : index->zone_count;
    const bool ok = c.maker && index->rows > 0 && apply(&c, old_area, new_area);
    /* Also after a failure: lists that were made are known by their hashes. */
    lee__store_update(index);
    lee__marks_free(&c.marks);
    lee__cell_maker_free(c.maker);
    lee_free(c.parts);
    lee_free(c.listed.words);
    lee_free(c.task_edges.words);
    lee_free(c.passing.words);
    lee_free(c.edges.words);
    lee_free(c.zones.words);
    lee_free(c.full.words);
    if (!ok) {
        lee_zone_index_free(index);
        return LEE_ERR_LIMIT;
    }
    *out = index;
    return LEE_OK;
}
