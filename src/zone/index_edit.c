/* Exchanges one zone in a cell. What the other zones are to the cell is known from its leaf, lanes
 * and all, and is copied; only where a leaf becomes crowded is it taken apart and made again. */
#include "zone/index_edit.h"

#include <assert.h>
#include <string.h>

#include "base/alloc.h"

#define NO_SLOT UINT32_MAX
#define ROOT UINT32_MAX
#define TASKS_MAX 256u /* fifteen siblings on each of at most sixteen levels */
#define MEMO_SIZE 64u

/* A cell still to be changed; the new edges that may pass it lie on top of a stack. */
typedef struct {
    lee_cell cell;
    uint32_t place; /* of its entry in the words; ROOT: the caller's */
    uint32_t entry;
    uint32_t edge_start;
    bool holds; /* the new area holds its corner */
} task;

/* Cells that have the same list before have the same after. */
typedef struct {
    uint32_t from, to;
    bool in;
} list_memo;

struct lee_cell_edit {
    uint32_t zone;
    lee_tile_draft draft;
    lee_cell_maker *maker;
    list_memo memo[MEMO_SIZE];
    task tasks[TASKS_MAX];
    uint32_t task_count;
    lee_words task_edges;
    lee_words passing; /* new edges that pass the cell in hand */
    lee_words zones, edges, full;
};

#define ZONE_WORDS ((uint32_t)(sizeof(lee_cell_zone) / sizeof(uint32_t)))

lee_cell_edit *lee__edit_create(uint32_t zone)
{
    lee_cell_edit *c = lee_alloc(1, sizeof(*c));
    if (c) {
        c->zone = zone;
        c->maker = lee__cell_maker_create(&c->draft);
        if (!c->maker) {
            lee_free(c);
            return NULL;
        }
    }
    return c;
}

void lee__edit_free(lee_cell_edit *c)
{
    if (c) {
        lee__draft_free(&c->draft);
        lee__cell_maker_free(c->maker);
        lee_free(c->task_edges.words);
        lee_free(c->passing.words);
        lee_free(c->zones.words);
        lee_free(c->edges.words);
        lee_free(c->full.words);
        lee_free(c);
    }
}

lee_tile_draft *lee__edit_begin(lee_cell_edit *c, const lee_tile *tile)
{
    memset(c->memo, 0, sizeof(c->memo));
    return lee__draft_begin(&c->draft, tile) ? &c->draft : NULL;
}

/* --- lists ------------------------------------------------------------------------------------ */

void lee__list_exchange(const uint32_t *list, uint32_t zone, bool in, lee_words *out)
{
    out->count = 0;
    for (uint32_t i = 1; i <= list[0]; i++) {
        if (in && list[i] > zone) {
            out->words[out->count++] = zone;
            in = false;
        }
        if (list[i] != zone) {
            out->words[out->count++] = list[i];
        }
    }
    if (in) {
        out->words[out->count++] = zone;
    }
}

static bool exchange_list(lee_cell_edit *c, uint32_t *offset, bool in)
{
    list_memo *memo = &c->memo[(*offset * 2 + in) * 0x9e3779b1u >> 26];
    /* A list at 0 is remembered as from 1, as no list begins there. */
    const uint32_t from = *offset + 1;
    if (memo->from != from || memo->in != in) {
        const uint32_t *list = c->draft.words.words + *offset;
        if (!lee__words_reserve(&c->full, list[0] + 1)) {
            return false;
        }
        lee__list_exchange(list, c->zone, in, &c->full);
        memo->from = 0;
        if (!lee__list_intern(&c->draft, c->full.words, c->full.count, &memo->to)) {
            return false;
        }
        *memo = (list_memo){from, memo->to, in};
    }
    *offset = memo->to;
    return true;
}

static void note_held(lee_cell_edit *c, uint32_t list, uint32_t slots)
{
    const uint32_t held = c->draft.words.words[list] + slots;
    c->draft.held_max = held > c->draft.held_max ? held : c->draft.held_max;
}

/* --- leaves ----------------------------------------------------------------------------------- */

/* The zone's slot in a plain or a wide leaf. */
static uint32_t find_slot(const uint32_t *leaf, uint32_t zone)
{
    const lee_leaf *header = (const lee_leaf *)(const void *)leaf;
    if (header->wide) {
        const uint32_t *at = leaf + LEE_LEAF_WORDS;
        for (uint32_t s = 0; s < header->wide_slots; s++) {
            if (at[0] == zone) {
                return s;
            }
            at += 2 + (at[1] >> 1);
        }
        return NO_SLOT;
    }
    const uint32_t *zones = lee__leaf_zones(leaf);
    for (uint32_t s = 0; s < header->slot_count; s++) {
        if (zones[s] == zone) {
            return s;
        }
    }
    return NO_SLOT;
}

/* A leaf's parts in the making. */
typedef struct {
    uint32_t list, base;
    uint32_t lane_count, slot_count;
    lee_lane lanes[LEE_LANES_SPLIT];
    uint32_t edges[LEE_LANES_SPLIT];
    uint32_t masks[LEE_LANES_MAX];
    uint32_t zones[LEE_LANES_MAX];
} leaf_parts;

/* The bits of `mask` that `kept` has, moved together. */
static uint32_t keep_bits(uint32_t mask, uint32_t kept)
{
    uint32_t out = 0;
    uint32_t at = 0;
    for (uint32_t left = kept; left; left &= left - 1, at++) {
        out |= (mask >> __builtin_ctz(left) & 1u) << at;
    }
    return out;
}

/* The slots of the other zones and their lanes, with an empty slot for the zone if it is to have
 * one. Returns its number. False when they do not fit. */
static bool copy_parts(const lee_cell_edit *c, const uint32_t *leaf, uint32_t slot, bool stays,
                       leaf_parts *p, uint32_t *out_slot)
{
    const lee_leaf *header = (const lee_leaf *)(const void *)leaf;
    const uint32_t *masks = lee__leaf_masks(leaf);
    const uint32_t *zones = lee__leaf_zones(leaf);
    const uint32_t *edges = lee__leaf_edges(leaf);
    const uint32_t lanes = header->lane_count;
    if ((uint32_t)header->slot_count + stays > LEE_LANES_MAX) {
        return false;
    }
    uint32_t kept = 0;
    for (uint32_t s = 0; s < header->slot_count; s++) {
        kept |= s == slot ? 0u : masks[s];
    }
    if ((uint32_t)__builtin_popcount(kept) > LEE_LANES_SPLIT) {
        return false;
    }
    p->lane_count = p->slot_count = p->base = 0;
    for (uint32_t left = kept; left; left &= left - 1) {
        const uint32_t i = (uint32_t)__builtin_ctz(left);
        const uint32_t *lane = leaf + LEE_LEAF_WORDS + i;
        p->lanes[p->lane_count] = (lee_lane){lane[0], lane[lanes], lane[2 * (size_t)lanes]};
        p->edges[p->lane_count++] = edges[i];
    }
    bool waits = stays;
    for (uint32_t s = 0; s <= header->slot_count; s++) {
        if (waits && (s == header->slot_count || zones[s] >= c->zone)) {
            *out_slot = p->slot_count;
            p->masks[p->slot_count] = 0;
            p->zones[p->slot_count++] = c->zone;
            waits = false;
        }
        if (s < header->slot_count && s != slot) {
            p->base |= (header->base >> s & 1u) << p->slot_count;
            p->masks[p->slot_count] = keep_bits(masks[s], kept);
            p->zones[p->slot_count++] = zones[s];
        }
    }
    return true;
}

static bool same_edge(lee_grid_edge a, lee_grid_edge b)
{
    return memcmp(&a, &b, sizeof(a)) == 0;
}

/* The new edges as lanes of the zone's slot. False when they do not fit. */
static bool add_lanes(const lee_cell_edit *c, const task *t, uint32_t slot, leaf_parts *p)
{
    const uint32_t *words = c->draft.words.words;
    bool base = t->holds;
    for (uint32_t i = 0; i < c->passing.count; i++) {
        const lee_grid_edge edge = lee__edge_at(words, c->passing.words[i]);
        lee_lane_rows rows;
        const bool passes = lee__lane_rows(edge, t->cell, &rows);
        assert(passes);
        if (passes && rows.first == 0) {
            base ^= lee__lane_counts(edge, t->cell, t->cell.corner);
        }
        uint32_t lane = 0;
        while (lane < p->lane_count && !same_edge(lee__edge_at(words, p->edges[lane]), edge)) {
            lane++;
        }
        if (lane == LEE_LANES_SPLIT) {
            return false;
        }
        if (lane == p->lane_count) {
            p->lanes[lane] = lee__lane_pack(edge, t->cell, rows);
            p->edges[lane] = c->passing.words[i];
            p->lane_count++;
        }
        p->masks[slot] ^= 1u << lane;
    }
    p->base |= (uint32_t)base << slot;
    return true;
}

/* Where the old leaf was if that is large enough, else at the end. */
static bool write_leaf(lee_cell_edit *c, const task *t, const leaf_parts *p, uint32_t old_size,
                       uint32_t *out_entry)
{
    const uint32_t lanes = p->lane_count;
    const uint32_t slots = p->slot_count;
    const uint32_t size = LEE_LEAF_WORDS + 4 * lanes + 2 * slots;
    lee_words *words = &c->draft.words;
    uint32_t at = LEE_ENTRY_OFFSET(t->entry);
    if (size > old_size) {
        if (!lee__words_reserve(words, LEE_LEAF_WORDS + size)) {
            return false;
        }
        at = (words->count + LEE_LEAF_WORDS - 1) / LEE_LEAF_WORDS * LEE_LEAF_WORDS;
        memset(words->words + words->count, 0, (at - words->count) * sizeof(uint32_t));
        words->count = at + size;
    }
    const lee_leaf header = {
        p->list, p->base, (uint8_t)lanes, (uint8_t)slots, (uint8_t)t->cell.size_bits, 0, 0};
    uint32_t *leaf = words->words + at;
    memcpy(leaf, &header, sizeof(header));
    leaf += LEE_LEAF_WORDS;
    for (uint32_t i = 0; i < lanes; i++) {
        leaf[i] = p->lanes[i].direction;
        leaf[lanes + i] = p->lanes[i].offset;
        leaf[2 * lanes + i] = p->lanes[i].rows;
    }
    memcpy(leaf + 3 * (size_t)lanes, p->masks, slots * sizeof(uint32_t));
    memcpy(leaf + 3 * (size_t)lanes + slots, p->zones, slots * sizeof(uint32_t));
    memcpy(leaf + 3 * (size_t)lanes + 2 * (size_t)slots, p->edges, lanes * sizeof(uint32_t));
    *out_entry = at << 2 | LEE_ENTRY_LEAF;
    note_held(c, p->list, slots);
    return true;
}

/* A plain leaf with the zone's slot exchanged. *fits becomes false when it would be crowded. */
static bool edit_leaf(lee_cell_edit *c, const task *t, uint32_t slot, bool *fits,
                      uint32_t *out_entry)
{
    const uint32_t *leaf = c->draft.words.words + LEE_ENTRY_OFFSET(t->entry);
    const lee_leaf header = *(const lee_leaf *)(const void *)leaf;
    leaf_parts p;
    uint32_t own = 0;
    const bool stays = c->passing.count > 0;
    *fits = copy_parts(c, leaf, slot, stays, &p, &own) && (!stays || add_lanes(c, t, own, &p));
    if (!*fits) {
        return true;
    }
    p.list = header.list;
    if (!exchange_list(c, &p.list, t->holds && !stays)) {
        return false;
    }
    if (p.slot_count == 0) {
        *out_entry = p.list << 2 | LEE_ENTRY_LIST;
        note_held(c, p.list, 0);
        return true;
    }
    return write_leaf(c, t, &p, LEE_LEAF_WORDS + 4u * header.lane_count + 2u * header.slot_count,
                      out_entry);
}

/* --- making a cell again ---------------------------------------------------------------------- */

static bool add_zone(lee_cell_edit *c, uint32_t zone, uint32_t edge_count, bool holds)
{
    const lee_cell_zone made = {zone, edge_count, holds};
    if (!lee__words_reserve(&c->zones, ZONE_WORDS)) {
        return false;
    }
    memcpy(c->zones.words + c->zones.count, &made, sizeof(made));
    c->zones.count += ZONE_WORDS;
    return true;
}

/* The edge, and what it adds to the parity at the cell's corner. */
static bool add_edge(lee_cell_edit *c, lee_cell cell, uint32_t edge, bool *holds)
{
    if (!lee__words_reserve(&c->edges, 1)) {
        return false;
    }
    c->edges.words[c->edges.count++] = edge;
    *holds ^= lee__lane_counts(lee__edge_at(c->draft.words.words, edge), cell, cell.corner);
    return true;
}

static bool add_own(lee_cell_edit *c, const task *t)
{
    const uint32_t count = c->passing.count;
    if (count == 0) {
        return true;
    }
    if (!lee__words_reserve(&c->edges, count)) {
        return false;
    }
    memcpy(c->edges.words + c->edges.count, c->passing.words, count * sizeof(uint32_t));
    c->edges.count += count;
    return add_zone(c, c->zone, count, t->holds);
}

/* The slots of a plain leaf but the zone's, and its own among them in order. */
static bool take_plain(lee_cell_edit *c, const task *t, const uint32_t *leaf)
{
    const lee_leaf *header = (const lee_leaf *)(const void *)leaf;
    const uint32_t *masks = lee__leaf_masks(leaf);
    const uint32_t *zones = lee__leaf_zones(leaf);
    const uint32_t *edges = lee__leaf_edges(leaf);
    bool waits = true;
    for (uint32_t s = 0; s < header->slot_count; s++) {
        if (waits && zones[s] >= c->zone) {
            waits = false;
            if (!add_own(c, t)) {
                return false;
            }
        }
        if (zones[s] == c->zone) {
            continue;
        }
        bool holds = header->base >> s & 1;
        for (uint32_t left = masks[s]; left; left &= left - 1) {
            if (!add_edge(c, t->cell, edges[__builtin_ctz(left)], &holds)) {
                return false;
            }
        }
        if (!add_zone(c, zones[s], (uint32_t)__builtin_popcount(masks[s]), holds)) {
            return false;
        }
    }
    return !waits || add_own(c, t);
}

static bool take_wide(lee_cell_edit *c, const task *t, const uint32_t *leaf)
{
    const lee_leaf *header = (const lee_leaf *)(const void *)leaf;
    const uint32_t *at = leaf + LEE_LEAF_WORDS;
    bool waits = true;
    for (uint32_t s = 0; s < header->wide_slots; s++) {
        const uint32_t zone = at[0];
        const uint32_t count = at[1] >> 1;
        bool holds = at[1] & 1;
        at += 2;
        if (waits && zone >= c->zone) {
            waits = false;
            if (!add_own(c, t)) {
                return false;
            }
        }
        for (const uint32_t *const end = at + count; at < end; at++) {
            if (zone != c->zone && !add_edge(c, t->cell, *at, &holds)) {
                return false;
            }
        }
        if (zone != c->zone && !add_zone(c, zone, count, holds)) {
            return false;
        }
    }
    return !waits || add_own(c, t);
}

static bool remake(lee_cell_edit *c, const task *t, uint32_t *out_entry)
{
    const uint32_t *words = c->draft.words.words;
    const bool is_leaf = LEE_ENTRY_TAG(t->entry) == LEE_ENTRY_LEAF;
    const uint32_t *at = words + LEE_ENTRY_OFFSET(t->entry);
    const uint32_t *list = is_leaf ? words + at[0] : at;
    c->zones.count = c->edges.count = 0;
    const bool ok = !is_leaf                                     ? add_own(c, t)
                    : ((const lee_leaf *)(const void *)at)->wide ? take_wide(c, t, at)
                                                                 : take_plain(c, t, at);
    if (!ok || !lee__words_reserve(&c->full, list[0] + 1)) {
        return false;
    }
    lee__list_exchange(list, c->zone, t->holds && c->passing.count == 0, &c->full);
    return lee__cell_make(c->maker, t->cell, (const lee_cell_zone *)(const void *)c->zones.words,
                          c->zones.count / ZONE_WORDS, c->edges.words, c->full.words, c->full.count,
                          out_entry);
}

/* --- cells ------------------------------------------------------------------------------------ */

/* Keeps those of the task's edges that pass its cell. */
static bool take_edges(lee_cell_edit *c, const task *t)
{
    const uint32_t count = c->task_edges.count - t->edge_start;
    c->passing.count = 0;
    if (!lee__words_reserve(&c->passing, count + 1)) {
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t edge = c->task_edges.words[t->edge_start + i];
        lee_lane_rows rows;
        c->passing.words[c->passing.count] = edge;
        c->passing.count +=
            lee__lane_rows(lee__edge_at(c->draft.words.words, edge), t->cell, &rows);
    }
    c->task_edges.count = t->edge_start;
    return true;
}

/* A task for each of a node's cells: an edge on the border between two of them may be in one alone,
 * so they cannot be put together to one cell, only changed each by itself. */
static bool open_node(lee_cell_edit *c, const task *t)
{
    const uint32_t *words = c->draft.words.words;
    assert(c->task_count + 16 <= TASKS_MAX);
    /* Lanes tell the parity up to a constant: what they leave of it at the cell's own corner. */
    bool base = t->holds;
    for (uint32_t i = 0; i < c->passing.count; i++) {
        base ^= lee__lane_counts(lee__edge_at(words, c->passing.words[i]), t->cell, t->cell.corner);
    }
    for (uint32_t child = 0; child < 16; child++) {
        const uint32_t bits = t->cell.size_bits - 2;
        const uint32_t place = LEE_ENTRY_OFFSET(t->entry) + child;
        task next = {.cell = {{t->cell.corner.x + ((child % 4) << bits),
                               t->cell.corner.y + ((child / 4) << bits)},
                              bits},
                     .place = place,
                     .entry = words[place],
                     .edge_start = c->task_edges.count,
                     .holds = base};
        for (uint32_t i = 0; i < c->passing.count; i++) {
            next.holds ^= lee__lane_counts(lee__edge_at(words, c->passing.words[i]), t->cell,
                                           next.cell.corner);
        }
        if (!lee__words_reserve(&c->task_edges, c->passing.count)) {
            return false;
        }
        for (uint32_t i = 0; i < c->passing.count; i++) {
            c->task_edges.words[c->task_edges.count++] = c->passing.words[i];
        }
        c->tasks[c->task_count++] = next;
    }
    return true;
}

/* A list, or a leaf in whose slots the zone is not and will not be. */
static bool edit_list(lee_cell_edit *c, const task *t, uint32_t *out_entry)
{
    uint32_t at = LEE_ENTRY_OFFSET(t->entry);
    if (LEE_ENTRY_TAG(t->entry) == LEE_ENTRY_LIST) {
        if (!exchange_list(c, &at, t->holds)) {
            return false;
        }
        *out_entry = at << 2 | LEE_ENTRY_LIST;
        note_held(c, at, 0);
        return true;
    }
    lee_leaf header = *(const lee_leaf *)(const void *)(c->draft.words.words + at);
    if (!exchange_list(c, &header.list, t->holds)) {
        return false;
    }
    c->draft.words.words[at] = header.list;
    note_held(c, header.list, header.wide ? header.wide_slots : header.slot_count);
    return true;
}

static bool do_task(lee_cell_edit *c, const task *t, uint32_t *out_entry)
{
    *out_entry = t->entry;
    if (LEE_ENTRY_TAG(t->entry) == LEE_ENTRY_NODE) {
        return open_node(c, t);
    }
    if (LEE_ENTRY_TAG(t->entry) == LEE_ENTRY_LIST) {
        return c->passing.count == 0 ? edit_list(c, t, out_entry) : remake(c, t, out_entry);
    }
    const uint32_t *leaf = c->draft.words.words + LEE_ENTRY_OFFSET(t->entry);
    const uint32_t slot = find_slot(leaf, c->zone);
    if (c->passing.count == 0 && slot == NO_SLOT) {
        return edit_list(c, t, out_entry);
    }
    bool fits = false;
    if (!((const lee_leaf *)(const void *)leaf)->wide && !edit_leaf(c, t, slot, &fits, out_entry)) {
        return false;
    }
    return fits || remake(c, t, out_entry);
}

bool lee__edit_cell(lee_cell_edit *c, lee_cell cell, const lee_index_marks *marks,
                    const lee_edge_pass *passes, uint32_t pass_count, bool holds, uint32_t *entry)
{
    c->tasks[0] = (task){cell, ROOT, *entry, 0, holds};
    c->task_count = 1;
    c->task_edges.count = 0;
    if (!lee__words_reserve(&c->task_edges, pass_count)) {
        return false;
    }
    for (uint32_t i = 0; i < pass_count; i++) {
        c->task_edges.words[c->task_edges.count++] = marks->edge_places[passes[i].edge];
    }
    while (c->task_count > 0) {
        const task next = c->tasks[--c->task_count];
        uint32_t made;
        if (!take_edges(c, &next) || !do_task(c, &next, &made)) {
            return false;
        }
        *(next.place == ROOT ? entry : &c->draft.words.words[next.place]) = made;
    }
    return true;
}
