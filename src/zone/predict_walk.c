/* Paths through the grid.
 *
 * A path is not followed cell by cell: for each row of the grid it passes, the columns it can be in
 * are worked out in doubles, a unit too wide on either side, and all those cells are visited. That
 * is a superset, which does no harm: an edge is judged exactly wherever it is found, and a crossing
 * that lies clearly in another cell is left to that one. Nothing is missed: where the path crosses
 * an edge is in some cell, and each cell keeps every edge that has a place in common with its
 * square (index_lane.c), but for those that no path within it can cross: edges on or west of its
 * western side or on or south of its southern one, as the path is a hair to the north-east.
 *
 * Cells without edges are left at once, whatever zones hold them: what a path is in follows from
 * where it starts and what it crosses. Of a leaf's lanes only those are looked at whose line parts
 * the places where the path comes into the cell and goes out. */
#include "zone/predict_walk.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "zone/index_view.h"

/* The lanes' sums are wrong by LEE_LANE_DOUBT at a point, and a point by three steps here: one for
 * rounding, two where the square is wider than the cell's points. */
#define WALK_DOUBT (LEE_LANE_DOUBT + 3 * 2 * LEE_LANE_SCALE)

lee_walked_path lee__walked_path(lee_point a, lee_point b)
{
    const lee_grid_point from = lee__grid_point(a);
    const lee_grid_point to = lee__grid_point(b);
    lee_walked_path p = {
        .line = {from.x, from.y, (int64_t)to.x - from.x, (int64_t)to.y - from.y},
        .x = (double)from.x,
        .y = (double)from.y,
    };
    p.dx = (double)p.line.dx;
    p.dy = (double)p.line.dy;
    p.per_x = p.line.dx != 0 ? 1.0 / p.dx : 0.0;
    p.per_y = p.line.dy != 0 ? 1.0 / p.dy : 0.0;
    return p;
}

/* --- crossings --------------------------------------------------------------------------------
 */

int lee__crossing_compare(const lee_crossing *a, const lee_crossing *b)
{
    const double apart = a->rough - b->rough;
    if (apart > 1e-12 || apart < -1e-12) {
        return apart > 0 ? 1 : -1;
    }
    return lee_cross_compare(a->at, b->at);
}

static bool put_crossing(lee_walk *w, uint32_t zone, const uint32_t *edge, double rough,
                         lee_ratio at)
{
    if (w->count == w->capacity) {
        const uint32_t capacity = w->capacity + w->capacity / 2 + 1024;
        lee_crossing *const grown =
            capacity > w->capacity ? lee_realloc(w->crossings, capacity, sizeof *grown) : NULL;
        if (!grown) {
            w->no_memory = true;
            return false;
        }
        w->crossings = grown;
        w->capacity = capacity;
    }
    w->crossings[w->count++] = (lee_crossing){at, rough, zone, edge};
    return true;
}

/* A path's crossings stand together, as its cells are visited before those of the next. */
static void begin_crossings(const lee_walk *w, lee_walked_path *p)
{
    if (p->first == UINT32_MAX) {
        p->first = w->count;
    }
}

/* Where the path crosses the edge, if that is in this cell or so near that it may be. */
static bool cross_in_cell(const lee_walked_path *p, lee_grid_edge e, lee_cell cell, lee_ratio *at,
                          double *rough)
{
    if (lee_cross_vertex_side(&p->line, e.south.x, e.south.y) ==
            lee_cross_vertex_side(&p->line, e.north.x, e.north.y) ||
        !lee_cross_between(&p->line, e.south.x, e.south.y, e.north.x, e.north.y, at)) {
        return false;
    }
    *rough = (double)at->num / (double)at->den;
    const double size = (double)(UINT64_C(1) << cell.size_bits);
    const double x = p->x + p->dx * *rough - (double)cell.corner.x;
    const double y = p->y + p->dy * *rough - (double)cell.corner.y;
    return x >= -2.0 && x <= size + 2.0 && y >= -2.0 && y <= size + 2.0;
}

static int compare_points(lee_grid_point a, lee_grid_point b)
{
    return a.y != b.y ? (a.y > b.y) - (a.y < b.y) : (a.x > b.x) - (a.x < b.x);
}

/* Where it runs: the same edge may be known by several numbers. */
static int compare_edges(const uint32_t *a, const uint32_t *b)
{
    if (a == b) {
        return 0;
    }
    const lee_grid_edge x = lee__view_edge(a);
    const lee_grid_edge y = lee__view_edge(b);
    const int south = compare_points(x.south, y.south);
    return south != 0 ? south : compare_points(x.north, y.north);
}

static int compare_all(const lee_crossing *a, const lee_crossing *b)
{
    if (a->zone != b->zone) {
        return a->zone < b->zone ? -1 : 1;
    }
    const int order = lee__crossing_compare(a, b);
    return order != 0 ? order : compare_edges(a->edge, b->edge);
}

/* Shell sort: in place and without a worst case to be afraid of; few are the rule. */
static void sort_crossings(lee_crossing *c, uint32_t count)
{
    uint32_t gap = 1;
    while (gap < count / 3) {
        gap = gap * 3 + 1;
    }
    for (; gap > 0; gap /= 3) {
        for (uint32_t i = gap; i < count; i++) {
            const lee_crossing moved = c[i];
            uint32_t at = i;
            for (; at >= gap && compare_all(&c[at - gap], &moved) > 0; at -= gap) {
                c[at] = c[at - gap];
            }
            c[at] = moved;
        }
    }
}

/* An edge may have been found in several cells. */
static uint32_t drop_repeated(lee_crossing *c, uint32_t count)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (kept == 0 || compare_all(&c[kept - 1], &c[i]) != 0) {
            c[kept++] = c[i];
        }
    }
    return kept;
}

/* --- one leaf ---------------------------------------------------------------------------------
 */

typedef struct {
    int32_t u;
    int32_t v;
} steps;

static int32_t step_of(double offset, double per_step, int32_t half)
{
    const int32_t step = (int32_t)(offset * per_step);
    return (step < 0 ? 0 : step >= 2 * half ? 2 * half - 1 : step) - half;
}

/* Where the path comes into the cell's square and where it goes out, a unit too far. False: it
 * passes by. */
static bool clip(const lee_walked_path *p, lee_cell cell, steps *in, steps *out)
{
    const double size = (double)(UINT64_C(1) << cell.size_bits);
    const double west = (double)cell.corner.x - p->x;
    const double south = (double)cell.corner.y - p->y;
    double from = 0.0;
    double to = 1.0;
    if (p->per_x != 0.0) {
        const double a = (west - 1.0) * p->per_x;
        const double b = (west + size + 1.0) * p->per_x;
        from = a < b ? (a > from ? a : from) : (b > from ? b : from);
        to = a < b ? (b < to ? b : to) : (a < to ? a : to);
    }
    if (p->per_y != 0.0) {
        const double a = (south - 1.0) * p->per_y;
        const double b = (south + size + 1.0) * p->per_y;
        from = a < b ? (a > from ? a : from) : (b > from ? b : from);
        to = a < b ? (b < to ? b : to) : (a < to ? a : to);
    }
    if (from > to) {
        return false;
    }
    const int32_t half = 1 << ((cell.size_bits > 16 ? 16 : cell.size_bits) - 1);
    const double per_step = 2.0 * half / size;
    in->u = step_of(p->dx * from - west, per_step, half);
    in->v = step_of(p->dy * from - south, per_step, half);
    out->u = step_of(p->dx * to - west, per_step, half);
    out->v = step_of(p->dy * to - south, per_step, half);
    return true;
}

/* The lanes whose line may part the two places, as bits. */
static uint32_t parting_lanes(const lee_leaf_view *leaf, steps in, steps out)
{
    uint32_t parting = 0;
    for (uint32_t i = 0; i < leaf->lane_count; i++) {
        const int32_t a = (int16_t)leaf->direction[i];
        const int32_t b = (int16_t)(leaf->direction[i] >> 16);
        const int32_t c = (int32_t)leaf->offset[i];
        const int32_t first = a * in.u + b * in.v + c;
        const int32_t last = a * out.u + b * out.v + c;
        const int32_t low = first < last ? first : last;
        const int32_t high = first < last ? last : first;
        parting |= (uint32_t)((low <= WALK_DOUBT) & (high >= -WALK_DOUBT)) << i;
    }
    return parting;
}

/* The same edge twice in one zone cancels out, as it does in a plain leaf. */
static void cross_wide_slot(lee_walk *w, const lee_walk_leaf *found, const lee_wide_slot *slot)
{
    const uint32_t first = w->count;
    for (uint32_t i = 0; i < slot->edge_count; i++) {
        lee_ratio at;
        double rough;
        const uint32_t *const edge = found->tile->words + slot->edges[i];
        if (!cross_in_cell(&w->paths[found->path], lee__view_edge(edge), found->cell, &at,
                           &rough)) {
            continue;
        }
        if (!put_crossing(w, slot->zone, edge, rough, at)) {
            return;
        }
    }
    lee_crossing *const own = w->crossings + first;
    const uint32_t count = w->count - first;
    sort_crossings(own, count);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (kept > 0 && compare_all(&own[kept - 1], &own[i]) == 0) {
            kept--;
        } else {
            own[kept++] = own[i];
        }
    }
    w->count = first + kept;
}

static void cross_wide(lee_walk *w, const lee_walk_leaf *found)
{
    uint32_t at = 0;
    uint32_t number = 0;
    lee_wide_slot slot;
    lee_walked_path *const p = &w->paths[found->path];
    begin_crossings(w, p);
    while (!w->no_memory && lee__view_wide_slot(found->tile, found->entry, &at, &number, &slot)) {
        cross_wide_slot(w, found, &slot);
    }
    p->end = w->count;
}

/* The candidates in the order of their paths; their edges were asked for when they were found. */
static void cross_candidates(lee_walk *w)
{
    for (uint32_t i = 0; i < w->candidate_count && !w->no_memory; i++) {
        const lee_walk_candidate *const c = &w->candidates[i];
        lee_walked_path *const p = &w->paths[c->path];
        lee_ratio at;
        double rough;
        if (!cross_in_cell(p, lee__view_edge(c->edge), c->cell, &at, &rough)) {
            continue;
        }
        const lee_leaf_view leaf = lee__view_leaf(c->tile, c->entry);
        begin_crossings(w, p);
        for (uint32_t s = 0; s < leaf.slot_count; s++) {
            if (leaf.masks[s] >> c->lane & 1 &&
                !put_crossing(w, leaf.zones[s], c->edge, rough, at)) {
                break;
            }
        }
        p->end = w->count;
    }
    w->candidate_count = 0;
}

static void find_candidates(lee_walk *w, const lee_walk_leaf *found)
{
    const lee_leaf_view leaf = lee__view_leaf(found->tile, found->entry);
    steps in;
    steps out;
    if (leaf.wide) {
        cross_candidates(w);
        cross_wide(w, found);
        return;
    }
    if (w->candidate_count + leaf.lane_count > LEE_WALK_VISITS) {
        cross_candidates(w);
    }
    if (!clip(&w->paths[found->path], found->cell, &in, &out)) {
        return;
    }
    for (uint32_t left = parting_lanes(&leaf, in, out); left; left &= left - 1) {
        const uint32_t lane = (uint32_t)__builtin_ctz(left);
        const uint32_t *const edge = found->tile->words + leaf.edges[lane];
        __builtin_prefetch(edge);
        w->candidates[w->candidate_count++] =
            (lee_walk_candidate){found->tile, found->entry, found->cell, found->path, edge, lane};
    }
}

/* --- the walk ---------------------------------------------------------------------------------
 */

static void read_leaves(lee_walk *w)
{
    for (uint32_t i = 0; i < w->leaf_count && !w->no_memory; i++) {
        find_candidates(w, &w->leaves[i]);
    }
    w->leaf_count = 0;
}

static void put_leaf(lee_walk *w, const lee_tile *tile, uint32_t entry, lee_cell cell,
                     uint32_t path)
{
    if (w->leaf_count == LEE_WALK_VISITS) {
        read_leaves(w);
    }
    w->leaves[w->leaf_count++] = (lee_walk_leaf){tile, entry, cell, path};
    const uint32_t *const leaf = lee__leaf_at(tile, entry);
    __builtin_prefetch(leaf);
    __builtin_prefetch(leaf + 16);
}

/* A node's cells that the path may touch; those of nodes within it as well. */
static void descend(lee_walk *w, const lee_tile *tile, uint32_t entry, lee_cell cell, uint32_t path)
{
    /* Fifteen siblings wait on each of at most fifteen levels. */
    struct {
        uint32_t entry;
        lee_cell cell;
    } stack[16 * 15];
    uint32_t count = 0;
    stack[count].entry = entry;
    stack[count++].cell = cell;
    while (count > 0) {
        const uint32_t top = stack[--count].entry;
        const lee_cell at = stack[count].cell;
        if (LEE_ENTRY_TAG(top) == LEE_ENTRY_LEAF) {
            put_leaf(w, tile, top, at, path);
        }
        if (LEE_ENTRY_TAG(top) != LEE_ENTRY_NODE) {
            continue;
        }
        const uint32_t *const children = lee__view_children(tile, top);
        for (uint32_t c = 0; c < 16; c++) {
            steps in;
            steps out;
            const lee_cell child = lee__view_child(at, c);
            if (LEE_ENTRY_TAG(children[c]) != LEE_ENTRY_LIST &&
                clip(&w->paths[path], child, &in, &out)) {
                assert(count < sizeof stack / sizeof *stack);
                stack[count].entry = children[c];
                stack[count++].cell = child;
            }
        }
    }
}

static void read_visits(lee_walk *w)
{
    for (uint32_t i = 0; i < w->visit_count && !w->no_memory; i++) {
        const lee_walk_visit *const v = &w->visits[i];
        const uint32_t entry = *v->place;
        if (LEE_ENTRY_TAG(entry) == LEE_ENTRY_LEAF) {
            put_leaf(w, v->tile, entry, lee__view_cell(w->index, v->column, v->row), v->path);
        } else if (LEE_ENTRY_TAG(entry) == LEE_ENTRY_NODE) {
            descend(w, v->tile, entry, lee__view_cell(w->index, v->column, v->row), v->path);
        }
    }
    w->visit_count = 0;
    read_leaves(w);
    cross_candidates(w);
}

static void visit_columns(lee_walk *w, uint32_t path, uint32_t row, uint32_t first, uint32_t last)
{
    for (uint32_t column = first; column <= last; column++) {
        if (w->visit_count == LEE_WALK_VISITS) {
            read_visits(w);
        }
        const lee_view_place place = lee__view_place(w->index, column, row);
        __builtin_prefetch(place.entry);
        w->visits[w->visit_count++] = (lee_walk_visit){place.tile, place.entry, column, row, path};
    }
}

/* The columns between two longitudes that belong to the grid. */
static void visit_row(lee_walk *w, uint32_t path, uint32_t row, double west, double east)
{
    const lee_zone_index *const index = w->index;
    const double per_cell = 1.0 / (double)(UINT64_C(1) << index->size_bits);
    const double first = west * per_cell - (double)index->column0;
    const double last = east * per_cell - (double)index->column0;
    if (last < 0.0 || first >= (double)index->columns) {
        return;
    }
    visit_columns(w, path, row, first > 0.0 ? (uint32_t)first : 0,
                  last < (double)index->columns ? (uint32_t)last : index->columns - 1);
}

static double clamp(double value, double low, double high)
{
    return value < low ? low : value > high ? high : value;
}

static void visit_path(lee_walk *w, uint32_t path)
{
    const lee_zone_index *const index = w->index;
    const lee_walked_path *const p = &w->paths[path];
    const uint32_t bits = index->size_bits;
    const double size = (double)(UINT64_C(1) << bits);
    const double south = p->dy < 0 ? p->y + p->dy : p->y;
    const double north = p->dy < 0 ? p->y : p->y + p->dy;
    const double west = p->dx < 0 ? p->x + p->dx : p->x;
    const double east = p->dx < 0 ? p->x : p->x + p->dx;
    const int64_t grid_last = (int64_t)index->row0 + index->rows - 1;
    int64_t row = (int64_t)south >> bits;
    int64_t last = (int64_t)north >> bits;
    row = row < index->row0 ? index->row0 : row;
    last = last > grid_last ? grid_last : last;
    for (; row <= last; row++) {
        double a = west;
        double b = east;
        if (p->per_y != 0.0) {
            const double low = ((double)row * size - p->y) * p->per_y;
            const double high = (((double)row + 1.0) * size - p->y) * p->per_y;
            const double x = p->x + p->dx * clamp(low, 0.0, 1.0);
            const double other = p->x + p->dx * clamp(high, 0.0, 1.0);
            a = clamp((x < other ? x : other) - 1.0, west, east);
            b = clamp((x < other ? other : x) + 1.0, west, east);
        }
        visit_row(w, path, (uint32_t)(row - index->row0), a, b);
    }
}

bool lee__walk_paths(lee_walk *w, uint32_t count)
{
    assert(count <= LEE_WALK_BATCH);
    w->count = w->visit_count = w->leaf_count = w->candidate_count = 0;
    w->no_memory = false;
    for (uint32_t i = 0; i < count; i++) {
        w->paths[i].first = w->paths[i].end = UINT32_MAX;
        if (w->index->rows > 0 && (w->paths[i].line.dx != 0 || w->paths[i].line.dy != 0)) {
            visit_path(w, i);
        }
    }
    read_visits(w);
    for (uint32_t i = 0; i < count && !w->no_memory; i++) {
        lee_walked_path *const p = &w->paths[i];
        if (p->end > p->first) {
            sort_crossings(w->crossings + p->first, p->end - p->first);
            p->end = p->first + drop_repeated(w->crossings + p->first, p->end - p->first);
        }
    }
    return !w->no_memory;
}
