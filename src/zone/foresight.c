/* Foresight: what is in a strip along each target's way ahead.
 *
 * A strip is a rectangle that lies askew, along the path it was made for. It is convex, so a path
 * whose two ends are in it is in it, and every edge that such a path crosses is among those noted
 * when it was made. What held the target then is noted too, and followed from report to report by
 * the edges between. So the answer is that of a walk through the cells, from one piece of memory.
 *
 * Zones whose band is out of reach are not noted: the strip holds for a slab of altitudes only. */
#include <assert.h>
#include <string.h>

#include "base/alloc.h"
#include "geo/area.h"
#include "zone/index_view.h"
#include "zone/predict_passage.h"

#define EDGES_MAX 32u
#define ZONES_MAX 32u /* bits of a word */
#define LEAVES_MAX 512u
#define LANES_MAX 1024u
#define SLACK_FT 800
/* Units: more than doubles and the hair of the edge rule are wrong by. */
#define MARGIN 4.0
#define AHEAD 6u /* reports whose strips are asked for ahead */
#define WIDTHS 3u
/* Where a strip was too full: reports that are walked before another is tried. */
#define RESTS 8u

typedef struct {
    lee_grid_edge edge;
    float low, high; /* along the strip */
} strip_edge;

/* What is asked always stands first. */
typedef struct {
    double x, y;        /* where it was made, in the grid */
    double east, north; /* its direction, of length 1 */
    float along_low, along_high;
    float beside_low, beside_high;
    int32_t lower_ft, upper_ft; /* inclusive */
    lee_grid_point anchor;      /* the start of the last path */
    uint32_t holding;           /* bits: zones that hold the anchor */
    uint8_t zone_count, edge_count;
    uint8_t width; /* how wide the next one is made */
    int8_t turns;  /* to which side the target left the last one: -1 right, 1 left */
    uint8_t rests; /* reports still to be walked */
    uint8_t age;   /* reports it answered, up to 255 */
    bool usable;
    uint8_t edge_zones[EDGES_MAX]; /* places in `zones` */
    strip_edge edges[EDGES_MAX];
    uint32_t zones[ZONES_MAX]; /* ascending */
} strip;

/* A lane of a leaf that a strip may touch. */
typedef struct {
    const lee_tile *tile;
    uint32_t entry;
    uint32_t lane;
} strip_lane;

struct lee_zone_foresight {
    lee_zone_predictor *predictor;
    const lee_zone_index *index;
    const lee_zone_volume *volumes;
    strip *strips;
    uint32_t target_count;
    uint32_t leaf_count;               /* of the strip in hand */
    const lee_tile *tiles[LEAVES_MAX]; /* of the leaves */
    uint32_t leaves[LEAVES_MAX];
    strip_lane lanes[LANES_MAX];
};

lee_error lee_zone_foresight_create(const lee_zone_set *set, const lee_zone_volume *volumes,
                                    uint32_t target_count, lee_zone_foresight **out)
{
    assert(set && out);
    lee_zone_foresight *const f = lee_alloc(1, sizeof *f);
    if (!f) {
        return LEE_ERR_NO_MEMORY;
    }
    f->strips = lee_alloc((size_t)target_count + 1, sizeof *f->strips);
    if (!f->strips || lee_zone_predictor_create(set, volumes, &f->predictor)) {
        lee_zone_foresight_free(f);
        return LEE_ERR_NO_MEMORY;
    }
    f->index = f->predictor->walk.index;
    f->volumes = volumes;
    f->target_count = target_count;
    *out = f;
    return LEE_OK;
}

void lee_zone_foresight_free(lee_zone_foresight *f)
{
    if (f) {
        lee_zone_predictor_free(f->predictor);
        lee_free(f->strips);
        lee_free(f);
    }
}

/* --- whether a path is in the strip -----------------------------------------------------------
 */

typedef struct {
    double along;
    double beside; /* to the left */
} strip_place;

static strip_place place_in(const strip *s, double x, double y)
{
    const double east = x - s->x;
    const double north = y - s->y;
    return (strip_place){east * s->east + north * s->north, north * s->east - east * s->north};
}

static bool holds(const strip *s, strip_place at)
{
    return (at.along >= s->along_low) & (at.along <= s->along_high) & (at.beside >= s->beside_low) &
           (at.beside <= s->beside_high);
}

static void altitudes_of(const lee_zone_path *p, int32_t *low, int32_t *high)
{
    *low = p->from_ft < p->to_ft ? p->from_ft : p->to_ft;
    *high = p->from_ft < p->to_ft ? p->to_ft : p->from_ft;
    if (!p->has_alt) {
        *low = INT32_MIN;
        *high = INT32_MAX;
    }
}

static bool answers(strip *s, const lee_zone_path *p, const lee_walked_path *w)
{
    if (!s->usable) {
        return false;
    }
    int32_t low, high;
    altitudes_of(p, &low, &high);
    const strip_place end = place_in(s, w->x + w->dx, w->y + w->dy);
    if (holds(s, end) && holds(s, place_in(s, w->x, w->y)) && low >= s->lower_ft &&
        high <= s->upper_ft) {
        return true;
    }
    /* The next strip is wider when this one was left sideways too soon. */
    const bool sideways = end.beside < s->beside_low || end.beside > s->beside_high;
    s->turns = !sideways ? 0 : end.beside < s->beside_low ? -1 : 1;
    if (sideways && s->age < 6 && s->width + 1u < WIDTHS) {
        s->width++;
    } else if (!sideways && s->width > 0) {
        s->width--;
    }
    return false;
}

/* --- making a strip ---------------------------------------------------------------------------
 */

static void lay_strip(strip *s, const lee_zone_path *p, const lee_walked_path *w)
{
    static const double shares[WIDTHS] = {1.0 / 64, 1.0 / 16, 1.0 / 6};
    const double length = __builtin_sqrt(w->dx * w->dx + w->dy * w->dy);
    const double width = length * shares[s->width] + 20000.0;
    s->x = w->x;
    s->y = w->y;
    s->east = length > 0.0 ? w->dx / length : 1.0;
    s->north = length > 0.0 ? w->dy / length : 0.0;
    s->along_low = (float)(-length / 64 - 20000.0);
    s->along_high = (float)(length * 1.5 + 20000.0);
    s->beside_low = (float)(s->turns > 0 ? -width / 4 : s->turns < 0 ? -width * 1.75 : -width);
    s->beside_high = (float)(s->turns > 0 ? width * 1.75 : s->turns < 0 ? width / 4 : width);
    altitudes_of(p, &s->lower_ft, &s->upper_ft);
    s->lower_ft = s->lower_ft > INT32_MIN + SLACK_FT ? s->lower_ft - SLACK_FT : INT32_MIN;
    s->upper_ft = s->upper_ft < INT32_MAX - SLACK_FT ? s->upper_ft + SLACK_FT : INT32_MAX;
    s->zone_count = s->edge_count = 0;
    s->holding = 0;
    s->age = 0;
    s->anchor = (lee_grid_point){(uint32_t)w->line.x, (uint32_t)w->line.y};
}

static bool is_at_height(const lee_zone_foresight *f, const strip *s, uint32_t zone)
{
    return s->upper_ft >= f->volumes[zone].lower_ft && s->lower_ft < f->volumes[zone].upper_ft;
}

/* The place of the zone among the strip's; ZONES_MAX: no room. */
static uint32_t place_of(strip *s, uint32_t zone)
{
    uint32_t at = 0;
    while (at < s->zone_count && s->zones[at] != zone) {
        at++;
    }
    if (at == s->zone_count && at < ZONES_MAX) {
        s->zones[s->zone_count++] = zone;
    }
    return at;
}

/* False: no room. */
static bool note_edge(const lee_zone_foresight *f, strip *s, uint32_t zone, lee_grid_edge edge,
                      float low, float high)
{
    if (!is_at_height(f, s, zone)) {
        return true;
    }
    const uint32_t place = place_of(s, zone);
    for (uint32_t i = 0; i < s->edge_count; i++) {
        if (s->edge_zones[i] == place && memcmp(&s->edges[i].edge, &edge, sizeof edge) == 0) {
            return true;
        }
    }
    if (place == ZONES_MAX || s->edge_count == EDGES_MAX) {
        return false;
    }
    s->edge_zones[s->edge_count] = (uint8_t)place;
    s->edges[s->edge_count++] = (strip_edge){edge, low, high};
    return true;
}

/* False: no room. */
static bool note_lane(const lee_zone_foresight *f, strip *s, strip_lane found)
{
    const lee_leaf_view leaf = lee__view_leaf(found.tile, found.entry);
    const lee_grid_edge edge = lee__view_edge(found.tile->words + leaf.edges[found.lane]);
    const strip_place a = place_in(s, edge.south.x, edge.south.y);
    const strip_place b = place_in(s, edge.north.x, edge.north.y);
    const double low = a.along < b.along ? a.along : b.along;
    const double high = a.along < b.along ? b.along : a.along;
    const double right = a.beside < b.beside ? a.beside : b.beside;
    const double left = a.beside < b.beside ? b.beside : a.beside;
    if (high < s->along_low - MARGIN || low > s->along_high + MARGIN ||
        left < s->beside_low - MARGIN || right > s->beside_high + MARGIN) {
        return true;
    }
    for (uint32_t slot = 0; slot < leaf.slot_count; slot++) {
        /* Rounded to float, an end may be a few hundred units off. */
        if (leaf.masks[slot] >> found.lane & 1 &&
            !note_edge(f, s, leaf.zones[slot], edge, (float)(low - 1024.0),
                       (float)(high + 1024.0))) {
            return false;
        }
    }
    return true;
}

/* The lanes of the leaves found, in two passes: memory is asked for all before any is needed.
 * False: no room. */
static bool note_leaves(lee_zone_foresight *f, strip *s)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < f->leaf_count; i++) {
        const lee_leaf_view leaf = lee__view_leaf(f->tiles[i], f->leaves[i]);
        if (leaf.wide || count + leaf.lane_count > LANES_MAX) {
            return false;
        }
        for (uint32_t lane = 0; lane < leaf.lane_count; lane++) {
            __builtin_prefetch(f->tiles[i]->words + leaf.edges[lane]);
            f->lanes[count++] = (strip_lane){f->tiles[i], f->leaves[i], lane};
        }
    }
    for (uint32_t i = 0; i < count; i++) {
        if (!note_lane(f, s, f->lanes[i])) {
            return false;
        }
    }
    return true;
}

static bool may_touch(const strip *s, lee_cell cell)
{
    const double half = (double)(UINT64_C(1) << cell.size_bits) / 2;
    const strip_place middle = place_in(s, cell.corner.x + half, cell.corner.y + half);
    const double reach = half * 1.4143 + MARGIN;
    return middle.along >= s->along_low - reach && middle.along <= s->along_high + reach &&
           middle.beside >= s->beside_low - reach && middle.beside <= s->beside_high + reach;
}

/* False: no room. */
static bool note_cell(lee_zone_foresight *f, const strip *s, const lee_tile *tile, uint32_t entry,
                      lee_cell cell)
{
    struct {
        uint32_t entry;
        lee_cell cell;
    } stack[16 * 15];
    uint32_t count = 1;
    stack[0].entry = entry;
    stack[0].cell = cell;
    while (count > 0) {
        const uint32_t top = stack[--count].entry;
        const lee_cell at = stack[count].cell;
        if (LEE_ENTRY_TAG(top) == LEE_ENTRY_LIST || !may_touch(s, at)) {
            continue;
        }
        if (LEE_ENTRY_TAG(top) == LEE_ENTRY_LEAF) {
            if (f->leaf_count == LEAVES_MAX) {
                return false;
            }
            f->tiles[f->leaf_count] = tile;
            f->leaves[f->leaf_count++] = top;
            __builtin_prefetch(lee__leaf_at(tile, top));
            __builtin_prefetch(lee__leaf_at(tile, top) + 16);
            continue;
        }
        for (uint32_t c = 0; c < 16; c++) {
            assert(count < sizeof stack / sizeof *stack);
            stack[count].entry = lee__view_children(tile, top)[c];
            stack[count++].cell = lee__view_child(at, c);
        }
    }
    return true;
}

static void widen(double x, double *low, double *high)
{
    *low = x < *low ? x : *low;
    *high = x > *high ? x : *high;
}

/* The longitudes of the strip between two latitudes: its boundary has the outermost ones. */
static void columns_of(const double (*corners)[2], double south, double north, double *west,
                       double *east)
{
    *west = 1e18;
    *east = -1e18;
    for (int i = 0; i < 4; i++) {
        const double *const a = corners[i];
        const double *const b = corners[(i + 1) % 4];
        const double low = a[1] < b[1] ? a[1] : b[1];
        const double high = a[1] < b[1] ? b[1] : a[1];
        if (high < south || low > north) {
            continue;
        }
        const double per_y = high > low ? (b[0] - a[0]) / (b[1] - a[1]) : 0.0;
        const double from = low < south ? south : low;
        const double to = high > north ? north : high;
        widen(high > low ? a[0] + (from - a[1]) * per_y : a[0], west, east);
        widen(high > low ? a[0] + (to - a[1]) * per_y : b[0], west, east);
    }
}

/* False: no room. */
static bool note_cells(lee_zone_foresight *f, strip *s)
{
    f->leaf_count = 0;
    const lee_zone_index *const index = f->index;
    const double size = (double)(UINT64_C(1) << index->size_bits);
    double corners[4][2];
    double south = 1e18, north = -1e18;
    for (int i = 0; i < 4; i++) {
        const double along = i == 0 || i == 3 ? s->along_low - MARGIN : s->along_high + MARGIN;
        const double beside = i < 2 ? s->beside_low - MARGIN : s->beside_high + MARGIN;
        corners[i][0] = s->x + along * s->east - beside * s->north;
        corners[i][1] = s->y + along * s->north + beside * s->east;
        widen(corners[i][1], &south, &north);
    }
    const double first = south / size - index->row0;
    const double last = north / size - index->row0;
    if (last < 0.0 || first >= index->rows) {
        return true;
    }
    const uint32_t end = last < index->rows ? (uint32_t)last : index->rows - 1;
    for (uint32_t row = first > 0.0 ? (uint32_t)first : 0; row <= end; row++) {
        double west, east;
        const double low = ((double)index->row0 + row) * size;
        columns_of((const double(*)[2])corners, low - 1.0, low + size + 1.0, &west, &east);
        const double from = (west - 1.0) / size - index->column0;
        const double to = (east + 1.0) / size - index->column0;
        if (to < 0.0 || from >= index->columns) {
            continue;
        }
        const uint32_t until = to < index->columns ? (uint32_t)to : index->columns - 1;
        for (uint32_t column = from > 0.0 ? (uint32_t)from : 0; column <= until; column++) {
            const lee_view_place place = lee__view_place(index, column, row);
            if (!note_cell(f, s, place.tile, *place.entry, lee__view_cell(index, column, row))) {
                return false;
            }
        }
    }
    return note_leaves(f, s);
}

/* Puts the zones in ascending order. */
static void order_zones(strip *s)
{
    for (uint32_t i = 1; i < s->zone_count; i++) {
        for (uint32_t k = i; k > 0 && s->zones[k - 1] > s->zones[k]; k--) {
            const uint32_t zone = s->zones[k];
            s->zones[k] = s->zones[k - 1];
            s->zones[k - 1] = zone;
            for (uint32_t e = 0; e < s->edge_count; e++) {
                s->edge_zones[e] = s->edge_zones[e] == k       ? (uint8_t)(k - 1)
                                   : s->edge_zones[e] == k - 1 ? (uint8_t)k
                                                               : s->edge_zones[e];
            }
        }
    }
}

static void make_strip(lee_zone_foresight *f, strip *s, const lee_zone_path *p,
                       const lee_walked_path *w)
{
    s->usable = false;
    lay_strip(s, p, w);
    bool fits = f->index->rows == 0 || note_cells(f, s);
    if (!fits && s->width > 0) {
        s->width = 0;
        s->turns = 0;
        lay_strip(s, p, w);
        fits = note_cells(f, s);
    }
    if (!fits) {
        s->rests = RESTS;
        return;
    }
    const uint32_t *starts;
    const size_t count = lee__predictor_starts(f->predictor, s->anchor, &starts);
    for (size_t i = 0; i < count; i++) {
        if (is_at_height(f, s, starts[i]) && place_of(s, starts[i]) == ZONES_MAX) {
            s->rests = RESTS;
            return;
        }
    }
    order_zones(s);
    size_t at = 0;
    for (uint32_t z = 0; z < s->zone_count; z++) {
        while (at < count && starts[at] < s->zones[z]) {
            at++;
        }
        s->holding |= (uint32_t)(at < count && starts[at] == s->zones[z]) << z;
    }
    s->usable = true;
}

/* --- asking it --------------------------------------------------------------------------------
 */

static bool crosses(const lee_line *l, lee_grid_edge e, lee_ratio *at)
{
    return lee_cross_vertex_side(l, e.south.x, e.south.y) !=
               lee_cross_vertex_side(l, e.north.x, e.north.y) &&
           lee_cross_between(l, e.south.x, e.south.y, e.north.x, e.north.y, at);
}

/* From the start of the last path to that of this one: what lies between turns over what holds
 * it. */
static void move_anchor(strip *s, const lee_walked_path *w)
{
    const lee_line way = {s->anchor.x, s->anchor.y, w->line.x - s->anchor.x,
                          w->line.y - s->anchor.y};
    if (way.dx == 0 && way.dy == 0) {
        return;
    }
    const double before = place_in(s, s->anchor.x, s->anchor.y).along;
    const double now = place_in(s, w->x, w->y).along;
    const double low = before < now ? before : now;
    const double high = before < now ? now : before;
    for (uint32_t i = 0; i < s->edge_count; i++) {
        const strip_edge *const e = &s->edges[i];
        lee_ratio at;
        if ((double)e->low <= high && (double)e->high >= low && crosses(&way, e->edge, &at)) {
            s->holding ^= 1u << s->edge_zones[i];
        }
    }
    s->anchor = (lee_grid_point){(uint32_t)w->line.x, (uint32_t)w->line.y};
}

/* By zone, then along the path. */
static void sort_few(lee_crossing *c, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++) {
        const lee_crossing moved = c[i];
        uint32_t at = i;
        for (; at > 0 &&
               (c[at - 1].zone > moved.zone ||
                (c[at - 1].zone == moved.zone && lee__crossing_compare(&c[at - 1], &moved) > 0));
             at--) {
            c[at] = c[at - 1];
        }
        c[at] = moved;
    }
}

/* False: no memory. */
static bool ask_strip(lee_zone_foresight *f, strip *s, const lee_zone_path *p,
                      const lee_walked_path *w, lee_passages *found)
{
    lee_crossing crossings[EDGES_MAX];
    uint32_t starts[ZONES_MAX];
    uint32_t count = 0;
    uint32_t start_count = 0;
    move_anchor(s, w);
    s->age = (uint8_t)(s->age + (s->age < UINT8_MAX));
    for (uint32_t i = 0; i < s->edge_count && (w->line.dx != 0 || w->line.dy != 0); i++) {
        lee_ratio at;
        if (crosses(&w->line, s->edges[i].edge, &at)) {
            crossings[count++] = (lee_crossing){.at = at,
                                                .rough = (double)at.num / (double)at.den,
                                                .zone = s->zones[s->edge_zones[i]]};
        }
    }
    sort_few(crossings, count);
    for (uint32_t left = s->holding; left; left &= left - 1) {
        starts[start_count++] = s->zones[__builtin_ctz(left)];
    }
    return lee__passages_put(f->predictor, p, starts, start_count, crossings, count, found);
}

/* One path. False: no memory. */
static lee_error foresee(lee_zone_foresight *f, strip *s, const lee_zone_path *p,
                         lee_passages *found)
{
    const lee_point from = lee_point_canonical(p->from);
    const lee_point to = lee_point_canonical(p->to);
    if (!lee__leads_over_antimeridian(from, to)) {
        const lee_walked_path w = lee__walked_path(from, to);
        bool usable = answers(s, p, &w);
        if (!usable && s->rests == 0) {
            make_strip(f, s, p, &w);
            usable = s->usable;
        }
        if (usable) {
            return ask_strip(f, s, p, &w, found) ? LEE_OK : LEE_ERR_NO_MEMORY;
        }
    }
    s->usable = false;
    s->rests = (uint8_t)(s->rests - (s->rests > 0));
    uint32_t end = 0;
    size_t done;
    const lee_error error =
        lee_zone_predictor_paths(f->predictor, p, 1, found->out, found->capacity, &end, &done);
    found->count = done == 1 ? end : found->capacity + 1;
    return error;
}

/* Asks memory for the strips of reports to come, then for the volumes that these name. */
static void ask_ahead(const lee_zone_foresight *f, const uint32_t *targets, size_t at, size_t count)
{
    if (at + AHEAD >= count) {
        return;
    }
    const strip *const far = &f->strips[targets[at + AHEAD]];
    for (size_t line = 0; line < 4; line++) {
        __builtin_prefetch((const char *)far + 64 * line);
    }
    __builtin_prefetch(far->zones);
    const strip *const near = &f->strips[targets[at + AHEAD / 2]];
    for (uint32_t z = 0; z < near->zone_count; z++) {
        __builtin_prefetch(&f->volumes[near->zones[z]]);
    }
}

lee_error lee_zone_foresight_paths(lee_zone_foresight *f, const uint32_t *targets,
                                   const lee_zone_path *paths, size_t count, lee_zone_passage *out,
                                   size_t capacity, uint32_t *ends, size_t *done)
{
    assert(f && done);
    assert((targets && paths && ends) || count == 0);
    assert(out || capacity == 0);
    size_t used = 0;
    for (*done = 0; *done < count; (*done)++) {
        ask_ahead(f, targets, *done, count);
        assert(targets[*done] < f->target_count);
        lee_passages found = {out ? out + used : NULL, capacity - used, 0};
        const lee_error error = foresee(f, &f->strips[targets[*done]], &paths[*done], &found);
        if (error) {
            return error;
        }
        if (found.count > found.capacity || used + found.count > UINT32_MAX) {
            break;
        }
        lee__passages_sort(found.out, found.count);
        used += found.count;
        ends[*done] = (uint32_t)used;
    }
    return LEE_OK;
}
