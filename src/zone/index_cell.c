/* Makes one cell of a tile: a list, a leaf, or a node with sixteen cells. */
#include <assert.h>
#include <string.h>

#include "base/alloc.h"
#include "zone/index.h"

#define CHILDREN 16u
#define CHILD_BITS 2u

/* A cell still to be made; its parts lie on top of the three stacks. */
typedef struct {
    lee_cell cell;
    uint32_t node_slot; /* where its entry goes; ROOT: to the caller */
    uint32_t zone_start, edge_start, full_start;
} work;
#define ROOT UINT32_MAX

typedef struct {
    uint32_t edge;
    lee_lane_rows rows;
    uint32_t lane; /* number of the distinct edge */
} passing_edge;

/* The parts of the cell in hand. */
typedef struct {
    lee_cell cell;
    lee_words zones; /* as lee_cell_zone */
    lee_words edges;
    lee_words full;
    passing_edge *passing;
    uint32_t passing_count, passing_capacity;
    uint32_t lane_count; /* distinct edges */
    uint32_t slot_count; /* zones with edges */
} hand;

struct lee_cell_maker {
    lee_tile_draft *draft;
    lee_words zones, edges, full;
    work *stack;
    uint32_t stack_count, stack_capacity;
    hand hand;
};

#define ZONE_WORDS ((uint32_t)(sizeof(lee_cell_zone) / sizeof(uint32_t)))

lee_cell_maker *lee__cell_maker_create(lee_tile_draft *draft)
{
    static_assert(sizeof(lee_cell_zone) % sizeof(uint32_t) == 0, "kept as words");
    static_assert(sizeof(lee_leaf) == LEE_LEAF_WORDS * sizeof(uint32_t), "header of whole words");
    lee_cell_maker *maker = lee_alloc(1, sizeof(*maker));
    if (maker) {
        maker->draft = draft;
    }
    return maker;
}

void lee__cell_maker_free(lee_cell_maker *maker)
{
    if (maker) {
        lee_free(maker->zones.words);
        lee_free(maker->edges.words);
        lee_free(maker->full.words);
        lee_free(maker->stack);
        lee_free(maker->hand.zones.words);
        lee_free(maker->hand.edges.words);
        lee_free(maker->hand.full.words);
        lee_free(maker->hand.passing);
        lee_free(maker);
    }
}

static bool put(lee_words *words, const void *from, uint32_t count)
{
    if (!lee__words_reserve(words, count)) {
        return false;
    }
    if (count > 0) {
        memcpy(words->words + words->count, from, count * sizeof(uint32_t));
        words->count += count;
    }
    return true;
}

static lee_cell_zone *zone_in_hand(const hand *h, uint32_t number)
{
    return (lee_cell_zone *)(void *)(h->zones.words + (size_t)number * ZONE_WORDS);
}

static bool push_work(lee_cell_maker *maker, work item)
{
    if (maker->stack_count == maker->stack_capacity) {
        const uint32_t capacity = maker->stack_capacity * 2 + 64;
        work *grown = lee_realloc(maker->stack, capacity, sizeof(*grown));
        if (!grown) {
            return false;
        }
        maker->stack = grown;
        maker->stack_capacity = capacity;
    }
    maker->stack[maker->stack_count++] = item;
    return true;
}

/* An empty list has no words, and C knows no sum with a null pointer. */
static const uint32_t *words_from(const lee_words *words, uint32_t start)
{
    return words->words ? words->words + start : NULL;
}

/* Takes the topmost work's parts off the stacks. */
static bool take_in_hand(lee_cell_maker *maker, const work *item)
{
    hand *h = &maker->hand;
    h->cell = item->cell;
    h->zones.count = h->edges.count = h->full.count = 0;
    const bool ok = put(&h->zones, words_from(&maker->zones, item->zone_start),
                        maker->zones.count - item->zone_start) &&
                    put(&h->edges, words_from(&maker->edges, item->edge_start),
                        maker->edges.count - item->edge_start) &&
                    put(&h->full, words_from(&maker->full, item->full_start),
                        maker->full.count - item->full_start);
    maker->zones.count = item->zone_start;
    maker->edges.count = item->edge_start;
    maker->full.count = item->full_start;
    return ok;
}

static bool reserve_passing(hand *h)
{
    if (h->passing_capacity < h->edges.count) {
        passing_edge *grown = lee_realloc(h->passing, h->edges.count * 2u, sizeof(*grown));
        if (!grown) {
            return false;
        }
        h->passing = grown;
        h->passing_capacity = h->edges.count * 2u;
    }
    return true;
}

/* Keeps the edges that pass the cell; a zone without any goes to `full` or away. */
static bool sift_edges(lee_cell_maker *maker)
{
    hand *h = &maker->hand;
    if (!reserve_passing(h)) {
        return false;
    }
    const uint32_t zone_count = h->zones.count / ZONE_WORDS;
    uint32_t edge = 0;
    h->passing_count = 0;
    h->slot_count = 0;
    for (uint32_t z = 0; z < zone_count; z++) {
        lee_cell_zone zone = *zone_in_hand(h, z);
        const uint32_t before = h->passing_count;
        for (const uint32_t end = edge + zone.edge_count; edge < end; edge++) {
            passing_edge *next = &h->passing[h->passing_count];
            next->edge = h->edges.words[edge];
            h->passing_count += lee__lane_rows(lee__edge_at(maker->draft->words.words, next->edge),
                                               h->cell, &next->rows);
        }
        zone.edge_count = h->passing_count - before;
        if (zone.edge_count > 0) {
            *zone_in_hand(h, h->slot_count++) = zone;
        } else if (zone.holds_corner && !put(&h->full, &zone.zone, 1)) {
            return false;
        }
    }
    return true;
}

/* Neighbours share borders and stacked zones share rings: one lane serves them all. Beyond a few
 * times what a leaf takes, counting is not worth it: the cell will split. */
static void number_lanes(lee_cell_maker *maker)
{
    hand *h = &maker->hand;
    h->lane_count = 0;
    if (h->passing_count > 4 * LEE_LANES_MAX) {
        h->lane_count = h->passing_count;
        return;
    }
    lee_grid_edge seen[4 * LEE_LANES_MAX];
    for (uint32_t i = 0; i < h->passing_count; i++) {
        const lee_grid_edge e = lee__edge_at(maker->draft->words.words, h->passing[i].edge);
        uint32_t lane = 0;
        while (lane < h->lane_count && memcmp(&seen[lane], &e, sizeof(e)) != 0) {
            lane++;
        }
        if (lane == h->lane_count) {
            seen[h->lane_count++] = e;
        }
        h->passing[i].lane = lane;
    }
}

static lee_cell child_cell(lee_cell cell, uint32_t child)
{
    const uint32_t bits = cell.size_bits - CHILD_BITS;
    cell.corner.x += (child % 4) << bits;
    cell.corner.y += (child / 4) << bits;
    cell.size_bits = bits;
    return cell;
}

/* Splitting helps where edges part: not along a bundle of edges that run side by side, where every
 * child on it would be as crowded. */
static bool splitting_helps(const lee_cell_maker *maker)
{
    const hand *h = &maker->hand;
    /* In a cell of one point no edge can be told from another. */
    if (h->cell.size_bits <= CHILD_BITS) {
        return false;
    }
    uint32_t crowded = 0;
    for (uint32_t child = 0; child < CHILDREN; child++) {
        const lee_cell cell = child_cell(h->cell, child);
        uint32_t count = 0;
        for (uint32_t i = 0; i < h->passing_count; i++) {
            lee_lane_rows rows;
            count += lee__lane_rows(lee__edge_at(maker->draft->words.words, h->passing[i].edge),
                                    cell, &rows);
        }
        crowded += count > h->passing_count - h->passing_count / 4;
    }
    return crowded < 3;
}

static void sort_numbers(uint32_t *numbers, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++) {
        const uint32_t moved = numbers[i];
        uint32_t at = i;
        for (; at > 0 && numbers[at - 1] > moved; at--) {
            numbers[at] = numbers[at - 1];
        }
        numbers[at] = moved;
    }
}

static bool make_list(lee_cell_maker *maker, uint32_t *out_offset)
{
    lee_words *full = &maker->hand.full;
    const uint32_t held = full->count + maker->hand.slot_count;
    if (maker->draft->held_max < held) {
        maker->draft->held_max = held;
    }
    /* All but the last few are in order already. */
    sort_numbers(full->words, full->count);
    return lee__list_intern(maker->draft, full->words, full->count, out_offset);
}

/* The parity where no lane counts, from that at the corner. */
static bool base_of(const lee_cell_maker *maker, const lee_cell_zone *zone, uint32_t first)
{
    const hand *h = &maker->hand;
    bool base = zone->holds_corner;
    for (uint32_t i = first; i < first + zone->edge_count; i++) {
        if (h->passing[i].rows.first == 0) {
            base ^= lee__lane_counts(lee__edge_at(maker->draft->words.words, h->passing[i].edge),
                                     h->cell, h->cell.corner);
        }
    }
    return base;
}

static bool reserve_leaf(lee_tile_draft *draft, uint32_t count, uint32_t *out_entry)
{
    lee_words *words = &draft->words;
    if (!lee__words_reserve(words, LEE_LEAF_WORDS + count)) {
        return false;
    }
    const uint32_t at = (words->count + LEE_LEAF_WORDS - 1) / LEE_LEAF_WORDS * LEE_LEAF_WORDS;
    memset(words->words + words->count, 0, (at - words->count + count) * sizeof(uint32_t));
    words->count = at + count;
    *out_entry = at << 2 | LEE_ENTRY_LEAF;
    return true;
}

static bool make_leaf(lee_cell_maker *maker, uint32_t *out_entry)
{
    lee_tile_draft *draft = maker->draft;
    const hand *h = &maker->hand;
    const uint32_t lanes = h->lane_count;
    const uint32_t slots = h->slot_count;
    uint32_t list;
    if (!make_list(maker, &list) ||
        !reserve_leaf(draft, LEE_LEAF_WORDS + 4 * lanes + 2 * slots, out_entry)) {
        return false;
    }
    uint32_t *leaf = draft->words.words + LEE_ENTRY_OFFSET(*out_entry);
    lee_leaf header = {list, 0, (uint8_t)lanes, (uint8_t)slots, (uint8_t)h->cell.size_bits, 0, 0};
    uint32_t *const masks = leaf + LEE_LEAF_WORDS + 3 * lanes;
    uint32_t *const edges = masks + 2 * slots;
    uint32_t at = 0;
    uint32_t filled = 0;
    for (uint32_t s = 0; s < slots; s++) {
        const lee_cell_zone *zone = zone_in_hand(h, s);
        header.base |= (uint32_t)base_of(maker, zone, at) << s;
        masks[slots + s] = zone->zone;
        for (const uint32_t end = at + zone->edge_count; at < end; at++) {
            const passing_edge *p = &h->passing[at];
            /* The same edge twice in one zone cancels out. */
            masks[s] ^= 1u << p->lane;
            if (p->lane == filled) {
                const lee_lane lane =
                    lee__lane_pack(lee__edge_at(draft->words.words, p->edge), h->cell, p->rows);
                leaf[LEE_LEAF_WORDS + filled] = lane.direction;
                leaf[LEE_LEAF_WORDS + lanes + filled] = lane.offset;
                leaf[LEE_LEAF_WORDS + 2 * lanes + filled] = lane.rows;
                edges[filled++] = p->edge;
            }
        }
    }
    assert(filled == lanes);
    memcpy(leaf, &header, sizeof(header));
    return true;
}

static bool make_wide_leaf(lee_cell_maker *maker, uint32_t *out_entry)
{
    lee_tile_draft *draft = maker->draft;
    const hand *h = &maker->hand;
    uint32_t list;
    if (!make_list(maker, &list) ||
        !reserve_leaf(draft, LEE_LEAF_WORDS + 2 * h->slot_count + h->passing_count, out_entry)) {
        return false;
    }
    uint32_t *leaf = draft->words.words + LEE_ENTRY_OFFSET(*out_entry);
    const lee_leaf header = {list, 0, 0, 0, (uint8_t)h->cell.size_bits, 1, h->slot_count};
    memcpy(leaf, &header, sizeof(header));
    uint32_t *to = leaf + LEE_LEAF_WORDS;
    uint32_t at = 0;
    for (uint32_t s = 0; s < h->slot_count; s++) {
        const lee_cell_zone *zone = zone_in_hand(h, s);
        *to++ = zone->zone;
        *to++ = zone->edge_count << 1 | (uint32_t)base_of(maker, zone, at);
        for (const uint32_t end = at + zone->edge_count; at < end; at++) {
            *to++ = h->passing[at].edge;
        }
    }
    return true;
}

/* Whether the zone holds the child's corner, and its edges that pass the child, onto the stacks. */
static bool push_child_zone(lee_cell_maker *maker, lee_cell child, const lee_cell_zone *zone,
                            uint32_t first, bool base)
{
    const hand *h = &maker->hand;
    lee_cell_zone part = {zone->zone, 0, base};
    for (uint32_t i = first; i < first + zone->edge_count; i++) {
        const lee_grid_edge e = lee__edge_at(maker->draft->words.words, h->passing[i].edge);
        lee_lane_rows rows;
        part.holds_corner ^= lee__lane_counts(e, h->cell, child.corner);
        if (lee__lane_rows(e, child, &rows)) {
            if (!put(&maker->edges, &h->passing[i].edge, 1)) {
                return false;
            }
            part.edge_count++;
        }
    }
    if (part.edge_count > 0) {
        return put(&maker->zones, &part, ZONE_WORDS);
    }
    return !part.holds_corner || put(&maker->full, &part.zone, 1);
}

static bool make_node(lee_cell_maker *maker, uint32_t *out_entry)
{
    lee_words *words = &maker->draft->words;
    const hand *h = &maker->hand;
    if (!lee__words_reserve(words, CHILDREN)) {
        return false;
    }
    const uint32_t node = words->count;
    words->count += CHILDREN;
    memset(words->words + node, 0, CHILDREN * sizeof(uint32_t));
    *out_entry = node << 2 | LEE_ENTRY_NODE;
    for (uint32_t c = 0; c < CHILDREN; c++) {
        const work item = {child_cell(h->cell, c), node + c, maker->zones.count, maker->edges.count,
                           maker->full.count};
        if (!push_work(maker, item) || !put(&maker->full, h->full.words, h->full.count)) {
            return false;
        }
        uint32_t at = 0;
        for (uint32_t s = 0; s < h->slot_count; s++) {
            const lee_cell_zone *zone = zone_in_hand(h, s);
            if (!push_child_zone(maker, item.cell, zone, at, base_of(maker, zone, at))) {
                return false;
            }
            at += zone->edge_count;
        }
    }
    return true;
}

static bool make_in_hand(lee_cell_maker *maker, uint32_t *out_entry)
{
    if (!sift_edges(maker)) {
        return false;
    }
    const hand *h = &maker->hand;
    if (h->slot_count == 0) {
        uint32_t list;
        if (!make_list(maker, &list)) {
            return false;
        }
        *out_entry = list << 2 | LEE_ENTRY_LIST;
        return true;
    }
    number_lanes(maker);
    const bool fits = h->lane_count <= LEE_LANES_MAX && h->slot_count <= LEE_LANES_MAX;
    if (fits && (h->lane_count <= LEE_LANES_SPLIT || !splitting_helps(maker))) {
        return make_leaf(maker, out_entry);
    }
    if (!fits && !splitting_helps(maker)) {
        return make_wide_leaf(maker, out_entry);
    }
    return make_node(maker, out_entry);
}

bool lee__cell_make(lee_cell_maker *maker, lee_cell cell, const lee_cell_zone *zones,
                    uint32_t zone_count, const uint32_t *edges, const uint32_t *full,
                    uint32_t full_count, uint32_t *out_entry)
{
    uint32_t edge_count = 0;
    for (uint32_t z = 0; z < zone_count; z++) {
        edge_count += zones[z].edge_count;
    }
    maker->zones.count = maker->edges.count = maker->full.count = maker->stack_count = 0;
    if (!put(&maker->zones, zones, zone_count * ZONE_WORDS) ||
        !put(&maker->edges, edges, edge_count) || !put(&maker->full, full, full_count) ||
        !push_work(maker, (work){cell, ROOT, 0, 0, 0})) {
        return false;
    }
    while (maker->stack_count > 0) {
        const work item = maker->stack[--maker->stack_count];
        uint32_t entry;
        if (!take_in_hand(maker, &item) || !make_in_hand(maker, &entry)) {
            return false;
        }
        if (item.node_slot == ROOT) {
            *out_entry = entry;
        } else {
            maker->draft->words.words[item.node_slot] = entry;
        }
    }
    return true;
}
