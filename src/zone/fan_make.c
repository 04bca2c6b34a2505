/* Making a fan: its four sides, and the edges in it.
 *
 * A fan is laid so that it holds for some reports to come, from how the target left the last one:
 * it reaches as far on and opens as far to either side as the target will come in that time. The
 * more it holds the longer it takes to ask it, the less the sooner it must be made again. */
#include <assert.h>
#include <string.h>

#include "base/alloc.h"
#include "zone/fan.h"
#include "zone/index_view.h"

#define HOLD_FIRST 40u
#define HOLD_LEAST 3u
#define HOLD_MOST 64u
#define RESTS 8u /* where even a narrow fan was too full: reports that are walked */
#define OPEN_LEAST (1.0 / 64)
#define OPEN_MOST 0.6
#define AROUND 20000.0 /* units: two hundred metres */
#define SLACK_FT 500
#define RUNS_MAX 256u
#define LEAVES_MAX 512u
#define CANDIDATES_MAX 1024u
#define BUCKETS 256u

typedef struct {
    const lee_tile *tile;
    uint32_t entry;
} fan_leaf;

/* Cells of a row that lie in one tile. */
typedef struct {
    const lee_tile *tile;
    const uint32_t *entries;
    uint32_t column, row;
    uint32_t count;
} fan_run;

typedef struct {
    const uint32_t *edge;
    uint32_t zone;
} fan_candidate;

typedef struct {
    int32_t lower_ft, upper_ft;
} fan_band;

struct lee_fan_maker {
    lee_zone_predictor *predictor;
    const lee_zone_index *index;
    fan_band *bands; /* by zone: what is asked of each, in a fourth of the memory */
    /* Of the fan in hand. */
    double sides[4][3];   /* offset, by_x, by_y */
    double margin;        /* units that an edge may lie outside of it */
    double corners[4][2]; /* x, y in the grid */
    double slopes[4];     /* x for y along the side from each corner to the next */
    uint32_t run_count;
    uint32_t leaf_count;
    uint32_t candidate_count;
    fan_run runs[RUNS_MAX];
    fan_leaf leaves[LEAVES_MAX];
    fan_candidate candidates[CANDIDATES_MAX];
    uint8_t buckets[BUCKETS];          /* number of an edge, and one more */
    uint32_t zones[LEE_FAN_ZONES_MAX]; /* as they were found */
};

lee_fan_maker *lee__fan_maker_create(lee_zone_predictor *predictor)
{
    lee_fan_maker *const m = lee_alloc(1, sizeof *m);
    if (!m) {
        return NULL;
    }
    m->predictor = predictor;
    m->index = predictor->walk.index;
    const size_t zones = lee_zone_set_list(predictor->set)->count;
    m->bands = lee_alloc(zones + 1, sizeof *m->bands);
    if (!m->bands) {
        lee_free(m);
        return NULL;
    }
    for (size_t z = 0; z < zones; z++) {
        m->bands[z] = (fan_band){predictor->volumes[z].lower_ft, predictor->volumes[z].upper_ft};
    }
    return m;
}

void lee__fan_maker_free(lee_fan_maker *m)
{
    if (m) {
        lee_free(m->bands);
        lee_free(m);
    }
}

/* --- the region -------------------------------------------------------------------------------
 */

static double bounded(double value, double low, double high)
{
    return value < low ? low : value > high ? high : value;
}

/* What the target did while it was in the last fan: how far it went on, and turned. Nothing is
 * learned from a target that stood, or is somewhere else altogether. */
static void learn(lee_fan *fan, const lee_walked_path *w)
{
    const double x = w->x - fan->origin.x;
    const double y = w->y - fan->origin.y;
    const double east = (double)fan->east;
    const double north = (double)fan->north;
    const double share = 1.0 / ((double)fan->length * (fan->age + 1.0));
    const double advance = (x * east + y * north) * share;
    const double aside = ((y + w->dy) * east - (x + w->dx) * north) * share;
    if ((double)fan->length < 4.0 * AROUND || advance < 0.0 || advance > 0.2 || aside > 0.2 ||
        aside < -0.2) {
        return;
    }
    const float left = aside > 0.0 ? (float)aside : 0.0f;
    const float right = aside < 0.0 ? (float)-aside : 0.0f;
    fan->advance = (float)advance;
    fan->left = left > fan->left * 0.5f ? left : fan->left * 0.5f;
    fan->right = right > fan->right * 0.5f ? right : fan->right * 0.5f;
}

static void lay_side(lee_fan_maker *m, lee_fan *fan, int side, double offset, double by_x,
                     double by_y)
{
    fan->offset[side] = (float)offset;
    fan->by_x[side] = (float)by_x;
    fan->by_y[side] = (float)by_y;
    m->sides[side][0] = (double)fan->offset[side];
    m->sides[side][1] = (double)fan->by_x[side];
    m->sides[side][2] = (double)fan->by_y[side];
}

/* False: they are absurd. */
static bool lay_altitudes(lee_fan *fan, const lee_zone_path *p)
{
    lee__fan_altitudes(p, &fan->lower_ft, &fan->upper_ft);
    if (!p->has_alt) {
        return true;
    }
    if (fan->lower_ft < SLACK_FT - LEE_FAN_FEET || fan->upper_ft > LEE_FAN_FEET - SLACK_FT) {
        return false;
    }
    /* Somewhat more where it goes on climbing, or sinking. */
    const int32_t more_ft = (fan->upper_ft - fan->lower_ft) / 4;
    fan->lower_ft -= SLACK_FT + (p->to_ft < p->from_ft ? more_ft : 0);
    fan->upper_ft += SLACK_FT + (p->to_ft > p->from_ft ? more_ft : 0);
    return fan->lower_ft > -LEE_FAN_FEET && fan->upper_ft < LEE_FAN_FEET;
}

/* False: it reaches too far, or too high. */
static bool lay(lee_fan_maker *m, lee_fan *fan, const lee_zone_path *p, const lee_walked_path *w)
{
    const double length = __builtin_sqrt(w->dx * w->dx + w->dy * w->dy);
    const double east = length > 0.0 ? w->dx / length : 1.0;
    const double north = length > 0.0 ? w->dy / length : 0.0;
    const double from = -length / 64 - AROUND;
    const double to = length * (1.0 + (double)fan->advance * fan->hold) + AROUND;
    const double left = bounded(OPEN_LEAST + (double)fan->left * fan->hold, 0.0, OPEN_MOST);
    const double right = bounded(OPEN_LEAST + (double)fan->right * fan->hold, 0.0, OPEN_MOST);
    const double far = to - from;
    if (far * 2.0 >= LEE_FAN_REACH) {
        return false;
    }
    fan->origin = (lee_grid_point){(uint32_t)w->line.x, (uint32_t)w->line.y};
    fan->x = fan->y = 0;
    fan->length = (float)(length + AROUND);
    fan->east = (float)east;
    fan->north = (float)north;
    lay_side(m, fan, 0, -from, east, north);
    lay_side(m, fan, 1, to, -east, -north);
    lay_side(m, fan, 2, AROUND - left * from, left * east + north, left * north - east);
    lay_side(m, fan, 3, AROUND - right * from, right * east - north, right * north + east);
    /* Floats err by 2^-24 of each of some numbers at most this large. */
    m->margin = 8.0 + far * 0x1p-19;
    const double out = m->margin * 4.0;
    const double places[4][2] = {{from - out, -AROUND - out},
                                 {to + out, -AROUND - out - right * far},
                                 {to + out, AROUND + out + left * far},
                                 {from - out, AROUND + out}};
    for (int i = 0; i < 4; i++) {
        m->corners[i][0] = w->x + places[i][0] * east - places[i][1] * north;
        m->corners[i][1] = w->y + places[i][0] * north + places[i][1] * east;
    }
    for (int i = 0; i < 4; i++) {
        const double *const a = m->corners[i];
        const double *const b = m->corners[(i + 1) % 4];
        m->slopes[i] = b[1] - a[1] != 0.0 ? (b[0] - a[0]) / (b[1] - a[1]) : 0.0;
    }
    return lay_altitudes(fan, p);
}

/* --- what is in it ----------------------------------------------------------------------------
 */

static bool may_touch(const lee_fan_maker *m, const lee_fan *fan, lee_cell cell)
{
    const double half = (double)(UINT64_C(1) << cell.size_bits) / 2;
    const double x = (double)cell.corner.x - fan->origin.x + half;
    const double y = (double)cell.corner.y - fan->origin.y + half;
    for (int i = 0; i < 4; i++) {
        const double *const s = m->sides[i];
        const double reach = half * (__builtin_fabs(s[1]) + __builtin_fabs(s[2])) + m->margin;
        if (s[0] + x * s[1] + y * s[2] < -reach) {
            return false;
        }
    }
    return true;
}

/* False: no room. */
static bool note_leaf(lee_fan_maker *m, const lee_tile *tile, uint32_t entry)
{
    if (m->leaf_count == LEAVES_MAX) {
        return false;
    }
    const uint32_t *const leaf = lee__leaf_at(tile, entry);
    __builtin_prefetch(leaf);
    __builtin_prefetch(leaf + 16);
    __builtin_prefetch(leaf + 32);
    __builtin_prefetch(leaf + 48);
    m->leaves[m->leaf_count++] = (fan_leaf){tile, entry};
    return true;
}

/* The leaves below a node. False: no room. */
static bool note_node(lee_fan_maker *m, const lee_fan *fan, const lee_tile *tile, uint32_t entry,
                      lee_cell cell)
{
    /* Fifteen siblings wait on each of at most fifteen levels. */
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
        if (LEE_ENTRY_TAG(top) == LEE_ENTRY_LIST || !may_touch(m, fan, at)) {
            continue;
        }
        if (LEE_ENTRY_TAG(top) == LEE_ENTRY_LEAF) {
            if (!note_leaf(m, tile, top)) {
                return false;
            }
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

/* The longitudes of the region between two latitudes: its boundary has the outermost ones. */
static void columns_of(const lee_fan_maker *m, double south, double north, double *west,
                       double *east)
{
    *west = 1e18;
    *east = -1e18;
    for (int i = 0; i < 4; i++) {
        const double *const a = m->corners[i];
        const double *const b = m->corners[(i + 1) % 4];
        const double low = a[1] < b[1] ? a[1] : b[1];
        const double high = a[1] < b[1] ? b[1] : a[1];
        if (high < south || low > north) {
            continue;
        }
        if (low == high) {
            widen(a[0], west, east);
            widen(b[0], west, east);
            continue;
        }
        widen(a[0] + ((low < south ? south : low) - a[1]) * m->slopes[i], west, east);
        widen(a[0] + ((high > north ? north : high) - a[1]) * m->slopes[i], west, east);
    }
}

/* False: no room. */
static bool note_row(lee_fan_maker *m, uint32_t row, uint32_t first, uint32_t last)
{
    for (uint32_t column = first; column <= last;) {
        const uint32_t tile_end = column | (LEE_TILE_SIDE - 1);
        const uint32_t end = last < tile_end ? last : tile_end;
        if (m->run_count == RUNS_MAX) {
            return false;
        }
        const lee_view_place place = lee__view_place(m->index, column, row);
        __builtin_prefetch(place.entry);
        m->runs[m->run_count++] = (fan_run){place.tile, place.entry, column, row, end - column + 1};
        column = end + 1;
    }
    return true;
}

/* False: no room. */
static bool note_leaves(lee_fan_maker *m, const lee_fan *fan)
{
    for (uint32_t k = 0; k < m->run_count; k++) {
        const fan_run *const run = &m->runs[k];
        for (uint32_t i = 0; i < run->count; i++) {
            const uint32_t entry = run->entries[i];
            const uint32_t tag = LEE_ENTRY_TAG(entry);
            if (tag == LEE_ENTRY_LEAF
                    ? !note_leaf(m, run->tile, entry)
                    : tag == LEE_ENTRY_NODE &&
                          !note_node(m, fan, run->tile, entry,
                                     lee__view_cell(m->index, run->column + i, run->row))) {
                return false;
            }
        }
    }
    return true;
}

/* False: no room. */
static bool note_rows(lee_fan_maker *m)
{
    const lee_zone_index *const index = m->index;
    const double size = (double)(UINT64_C(1) << index->size_bits);
    const double per_cell = 1.0 / size; /* a power of two: exact */
    double south = 1e18, north = -1e18;
    for (int i = 0; i < 4; i++) {
        widen(m->corners[i][1], &south, &north);
    }
    const double first = south * per_cell - index->row0;
    const double last = north * per_cell - index->row0;
    if (last < 0.0 || first >= index->rows) {
        return true;
    }
    const uint32_t end = last < index->rows ? (uint32_t)last : index->rows - 1;
    for (uint32_t row = first > 0.0 ? (uint32_t)first : 0; row <= end; row++) {
        double west, east;
        const double low = ((double)index->row0 + row) * size;
        columns_of(m, low - 1.0, low + size + 1.0, &west, &east);
        const double from = (west - 1.0) * per_cell - index->column0;
        const double to = (east + 1.0) * per_cell - index->column0;
        if (to < 0.0 || from >= index->columns) {
            continue;
        }
        if (!note_row(m, row, from > 0.0 ? (uint32_t)from : 0,
                      to < index->columns ? (uint32_t)to : index->columns - 1)) {
            return false;
        }
    }
    return true;
}

static bool is_at_height(const lee_fan_maker *m, const lee_fan *fan, uint32_t zone)
{
    return fan->upper_ft >= m->bands[zone].lower_ft && fan->lower_ft < m->bands[zone].upper_ft;
}

/* The edges of the leaves. Each pass asks memory for what the next needs. False: no room. */
static bool note_lanes(lee_fan_maker *m, const lee_fan *fan)
{
    for (uint32_t i = 0; i < m->leaf_count; i++) {
        const lee_leaf_view leaf = lee__view_leaf(m->leaves[i].tile, m->leaves[i].entry);
        for (uint32_t slot = 0; slot < leaf.slot_count && !leaf.wide; slot++) {
            __builtin_prefetch(&m->bands[leaf.zones[slot]]);
        }
    }
    for (uint32_t i = 0; i < m->leaf_count; i++) {
        const lee_tile *const tile = m->leaves[i].tile;
        const lee_leaf_view leaf = lee__view_leaf(tile, m->leaves[i].entry);
        if (leaf.wide) {
            return false;
        }
        for (uint32_t slot = 0; slot < leaf.slot_count; slot++) {
            if (!is_at_height(m, fan, leaf.zones[slot])) {
                continue;
            }
            for (uint32_t left = leaf.masks[slot]; left; left &= left - 1) {
                if (m->candidate_count == CANDIDATES_MAX) {
                    return false;
                }
                const uint32_t *const edge = tile->words + leaf.edges[__builtin_ctz(left)];
                __builtin_prefetch(edge);
                m->candidates[m->candidate_count++] = (fan_candidate){edge, leaf.zones[slot]};
            }
        }
    }
    return true;
}

/* The place of the zone among the fan's; LEE_FAN_ZONES_MAX: no room. */
static uint32_t place_of(lee_fan_maker *m, lee_fan *fan, uint32_t zone)
{
    uint32_t at = 0;
    while (at < fan->zone_count && m->zones[at] != zone) {
        at++;
    }
    if (at == fan->zone_count && at < LEE_FAN_ZONES_MAX) {
        m->zones[fan->zone_count++] = zone;
    }
    return at;
}

/* Whether the edge, of the zone at the place, is noted already; if not it will be as the next. */
static bool is_repeated(lee_fan_maker *m, const lee_fan *fan, const lee_fan_edge *e, uint32_t place)
{
    const uint32_t mixed = ((uint32_t)e->x * 0x9e3779b1u) ^ ((uint32_t)e->y * 0x85ebca6bu) ^
                           ((uint32_t)e->dx * 0xc2b2ae35u) ^ place * 0x27d4eb2fu;
    uint32_t bucket = mixed >> 24;
    for (; m->buckets[bucket] != 0; bucket = (bucket + 1) % BUCKETS) {
        const uint32_t i = m->buckets[bucket] - 1u;
        const lee_fan_edge other = lee__fan_edge(fan, i);
        if (other.x == e->x && other.y == e->y && other.dx == e->dx && other.dy == e->dy &&
            *lee__fan_place(fan, i) == place) {
            return true;
        }
    }
    if (fan->edge_count < LEE_FAN_EDGES_MAX) {
        m->buckets[bucket] = (uint8_t)(fan->edge_count + 1);
    }
    return false;
}

static bool lies_outside(const lee_fan_maker *m, const lee_fan_edge *e)
{
    const double x = (double)e->x;
    const double y = (double)e->y;
    const double dx = (double)e->dx;
    const double dy = (double)e->dy;
    bool outside = false;
    for (int i = 0; i < 4; i++) {
        const double *const s = m->sides[i];
        const double south = s[0] + x * s[1] + y * s[2];
        const double on = dx * s[1] + dy * s[2];
        outside |= (south < -m->margin) & (south + on < -m->margin);
    }
    return outside;
}

/* False: no room. */
static bool note_edge(lee_fan_maker *m, lee_fan *fan, const fan_candidate *found)
{
    const lee_grid_edge grid = lee__view_edge(found->edge);
    const lee_fan_edge e = {
        (int64_t)grid.south.x - fan->origin.x, (int64_t)grid.south.y - fan->origin.y,
        (int64_t)grid.north.x - grid.south.x, (int64_t)grid.north.y - grid.south.y};
    if (lies_outside(m, &e)) {
        return true;
    }
    const uint32_t place = place_of(m, fan, found->zone);
    if (place == LEE_FAN_ZONES_MAX) {
        return false;
    }
    if (is_repeated(m, fan, &e, place)) {
        return true;
    }
    const int64_t limit = 4 * (int64_t)LEE_FAN_REACH;
    if (fan->edge_count == LEE_FAN_EDGES_MAX || e.x >= limit || e.x <= -limit || e.y >= limit ||
        e.y <= -limit || e.dx >= limit || e.dx <= -limit || e.dy >= limit) {
        return false;
    }
    lee_fan_block *const b = lee__fan_block(fan, fan->edge_count / LEE_FAN_LANES);
    const uint32_t i = fan->edge_count % LEE_FAN_LANES;
    b->x[i] = (int32_t)e.x;
    b->y[i] = (int32_t)e.y;
    b->dx[i] = (int32_t)e.dx;
    b->dy[i] = (int32_t)e.dy;
    *lee__fan_place(fan, fan->edge_count++) = (uint8_t)place;
    return true;
}

/* False: no room. */
static bool fill(lee_fan_maker *m, lee_fan *fan)
{
    fan->edge_count = fan->zone_count = 0;
    if (m->index->rows == 0) {
        return true;
    }
    m->run_count = m->leaf_count = m->candidate_count = 0;
    if (!note_rows(m) || !note_leaves(m, fan) || !note_lanes(m, fan)) {
        return false;
    }
    memset(m->buckets, 0, sizeof m->buckets);
    for (uint32_t i = 0; i < m->candidate_count; i++) {
        if (!note_edge(m, fan, &m->candidates[i])) {
            return false;
        }
    }
    return true;
}

/* --- zones ------------------------------------------------------------------------------------
 */

/* Puts the zones into the fan in ascending order; `starts`, ascending too, hold its origin. */
static void put_zones(lee_fan_maker *m, lee_fan *fan, const uint32_t *starts, size_t start_count)
{
    uint8_t order[LEE_FAN_ZONES_MAX], ranks[LEE_FAN_ZONES_MAX];
    for (uint32_t i = 0; i < fan->zone_count; i++) {
        uint32_t at = i;
        for (; at > 0 && m->zones[order[at - 1]] > m->zones[i]; at--) {
            order[at] = order[at - 1];
        }
        order[at] = (uint8_t)i;
    }
    fan->holding = fan->scheduled = 0;
    for (uint32_t i = 0, at = 0; i < fan->zone_count; i++) {
        const uint32_t zone = m->zones[order[i]];
        const lee_zone_volume *const volume = &m->predictor->volumes[zone];
        lee_fan_zones *const four = lee__fan_zones(fan, i / LEE_FAN_LANES);
        four->zone[i % LEE_FAN_LANES] = zone;
        four->lower_ft[i % LEE_FAN_LANES] = volume->lower_ft;
        four->upper_ft[i % LEE_FAN_LANES] = volume->upper_ft;
        while (at < start_count && starts[at] < zone) {
            at++;
        }
        fan->holding |= (uint64_t)(at < start_count && starts[at] == zone) << i;
        fan->scheduled |= (uint64_t)!volume->schedule.always << i;
        ranks[order[i]] = (uint8_t)i;
    }
    for (uint32_t i = 0; i < fan->edge_count; i++) {
        uint8_t *const place = lee__fan_place(fan, i);
        *place = ranks[*place];
    }
}

/* False: no room. */
static bool note_zones(lee_fan_maker *m, lee_fan *fan)
{
    const uint32_t *starts;
    const size_t count = lee__predictor_starts(m->predictor, fan->origin, &starts);
    for (size_t i = 0; i < count; i++) {
        if (is_at_height(m, fan, starts[i]) && place_of(m, fan, starts[i]) == LEE_FAN_ZONES_MAX) {
            return false;
        }
    }
    put_zones(m, fan, starts, count);
    return true;
}

void lee__fan_make(lee_fan_maker *m, lee_fan *fan, const lee_zone_path *p, const lee_walked_path *w)
{
    if (fan->hold == 0) {
        fan->hold = HOLD_FIRST;
        fan->advance = 1.0f / 120;
    } else if (fan->usable) {
        learn(fan, w);
    }
    fan->usable = false;
    fan->age = 0;
    bool fits = lay(m, fan, p, w) && fill(m, fan);
    while (!fits && fan->hold > HOLD_LEAST) {
        fan->hold = fan->hold / 3 > HOLD_LEAST ? fan->hold / 3 : HOLD_LEAST;
        fits = lay(m, fan, p, w) && fill(m, fan);
    }
    if (!fits || !note_zones(m, fan)) {
        fan->rests = RESTS;
        return;
    }
    if (fan->edge_count < LEE_FAN_EDGES_MAX * 2 / 3) {
        const uint32_t more = fan->hold + fan->hold / 2u + 1;
        fan->hold = (uint8_t)(more < HOLD_MOST ? more : HOLD_MOST);
    }
    const lee_fan_way here = {0, 0, 0, 0};
    lee_fan_bits seen = {{0, 0}, {0, 0}};
    for (uint32_t i = 0; i < LEE_FAN_WORDS; i++) {
        const uint32_t left = fan->edge_count > i * 64 ? fan->edge_count - i * 64 : 0;
        const uint64_t edges = left < 64 ? (UINT64_C(1) << left) - 1 : UINT64_MAX;
        lee__fan_settle(fan, &here, i, edges, &seen);
    }
    memcpy(fan->sides, seen.sides, sizeof fan->sides);
    fan->usable = true;
}
