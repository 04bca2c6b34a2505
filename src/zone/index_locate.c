#include "zone/index_batch.h"

#include <assert.h>
#include <string.h>

lee_found_cell lee__index_find(const lee_zone_index *index, lee_grid_point point)
{
    const uint32_t column = (point.x >> index->size_bits) - index->column0;
    const uint32_t row = (point.y >> index->size_bits) - index->row0;
    if (column >= index->columns || row >= index->rows) {
        return (lee_found_cell){0, {{0, 0}, 32}};
    }
    const uint32_t page =
        index->pages[(row >> LEE_PAGE_BITS) * index->page_columns + (column >> LEE_PAGE_BITS)];
    uint32_t entry =
        index->entries.words[(size_t)page * LEE_PAGE_ENTRIES +
                             ((row % LEE_PAGE_SIDE) << LEE_PAGE_BITS) + column % LEE_PAGE_SIDE];
    uint32_t bits = index->size_bits;
    while (LEE_ENTRY_TAG(entry) == LEE_ENTRY_NODE) {
        bits -= 2;
        const uint32_t child = ((point.y >> bits & 3) << 2) | (point.x >> bits & 3);
        entry = index->nodes.words[(size_t)LEE_ENTRY_OFFSET(entry) * 16 + child];
    }
    return (lee_found_cell){entry, lee__cell_around(point, bits)};
}

uint32_t lee__settle_lanes(const lee_zone_index *index, const uint32_t *leaf, lee_grid_point point,
                           lee_lane_bits lanes)
{
    const lee_cell cell =
        lee__cell_around(point, ((const lee_leaf *)(const void *)leaf)->size_bits);
    const uint32_t *const edges = lee__leaf_edges(leaf);
    uint32_t counts = lanes.counts & ~lanes.near;
    for (uint32_t left = lanes.near; left; left &= left - 1) {
        const uint32_t lane = (uint32_t)__builtin_ctz(left);
        const lee_grid_edge edge = lee__edge_at(index, edges[lane]);
        counts |= (uint32_t)lee__lane_counts(edge, cell, point) << lane;
    }
    return counts;
}

lee_lane_bits lee__leaf_lanes(const uint32_t *leaf, lee_grid_point point)
{
    const lee_leaf *const header = (const lee_leaf *)(const void *)leaf;
    const uint32_t lanes = header->lane_count;
    const lee_steps steps = lee__steps_in(point, header->size_bits);
    const uint32_t *const direction = leaf + LEE_LEAF_WORDS;
    lee_lane_bits bits = {0, 0};
    for (uint32_t i = 0; i < lanes; i++) {
        const int32_t a = (int16_t)direction[i];
        const int32_t b = (int16_t)(direction[i] >> 16);
        const int32_t sum = a * steps.u + b * steps.v + (int32_t)direction[lanes + i];
        const int32_t first = (int16_t)direction[2 * lanes + i];
        const int32_t last = (int16_t)(direction[2 * lanes + i] >> 16);
        const bool within = steps.v >= first && steps.v <= last;
        const bool cut = steps.coarse && (steps.v == first || steps.v == last);
        const bool close = sum <= LEE_LANE_DOUBT && sum >= -LEE_LANE_DOUBT;
        bits.counts |= (uint32_t)(within && sum >= 0) << i;
        bits.near |= (uint32_t)(within && (close || cut)) << i;
    }
    return bits;
}

uint32_t lee__leaf_slots(const uint32_t *leaf, uint32_t counts)
{
    const lee_leaf *const header = (const lee_leaf *)(const void *)leaf;
    const uint32_t *const masks = lee__leaf_masks(leaf);
    uint32_t slots = header->base;
    for (uint32_t s = 0; s < header->slot_count; s++) {
        slots ^= (uint32_t)__builtin_parity(masks[s] & counts) << s;
    }
    return slots;
}

/* A wide leaf: every edge is asked. Calls back for each zone that holds the point. */
uint32_t lee__wide_leaf_zones(const lee_zone_index *index, const uint32_t *leaf,
                              lee_grid_point point, uint32_t *out, size_t capacity)
{
    const lee_leaf *const header = (const lee_leaf *)(const void *)leaf;
    const lee_cell cell = lee__cell_around(point, header->size_bits);
    const uint32_t *at = leaf + LEE_LEAF_WORDS;
    uint32_t count = 0;
    for (uint32_t s = 0; s < header->wide_slots; s++) {
        const uint32_t zone = at[0];
        const uint32_t edge_count = at[1] >> 1;
        bool holds = at[1] & 1;
        at += 2;
        for (const uint32_t *const end = at + edge_count; at < end; at++) {
            holds ^= lee__lane_counts(lee__edge_at(index, *at), cell, point);
        }
        if (holds) {
            if (count < capacity) {
                out[count] = zone;
            }
            count++;
        }
    }
    return count;
}

/* Merges two ascending lists, the second in up to `capacity` places. */
typedef struct {
    uint32_t *out;
    size_t capacity;
    size_t count;
    const uint32_t *list;
    const uint32_t *list_end;
} merge;

static void merge_put(merge *m, uint32_t zone)
{
    if (m->count < m->capacity) {
        m->out[m->count] = zone;
    }
    m->count++;
}

static void merge_with(merge *m, uint32_t zone)
{
    while (m->list < m->list_end && *m->list < zone) {
        merge_put(m, *m->list++);
    }
    merge_put(m, zone);
}

static void merge_wide(const lee_zone_index *index, const uint32_t *leaf, lee_grid_point point,
                       merge *m)
{
    const lee_leaf *const header = (const lee_leaf *)(const void *)leaf;
    const lee_cell cell = lee__cell_around(point, header->size_bits);
    const uint32_t *at = leaf + LEE_LEAF_WORDS;
    for (uint32_t s = 0; s < header->wide_slots; s++) {
        const uint32_t zone = at[0];
        const uint32_t edge_count = at[1] >> 1;
        bool holds = at[1] & 1;
        at += 2;
        for (const uint32_t *const end = at + edge_count; at < end; at++) {
            holds ^= lee__lane_counts(lee__edge_at(index, *at), cell, point);
        }
        if (holds) {
            merge_with(m, zone);
        }
    }
}

size_t lee__entry_zones(const lee_zone_index *index, uint32_t entry, lee_grid_point point,
                        uint32_t *out, size_t capacity)
{
    const bool is_leaf = LEE_ENTRY_TAG(entry) == LEE_ENTRY_LEAF;
    const uint32_t *const leaf = is_leaf ? lee__leaf_at(index, entry) : NULL;
    const uint32_t *const list = index->lists.words + (is_leaf ? leaf[0] : LEE_ENTRY_OFFSET(entry));
    merge m = {out, capacity, 0, list + 1, list + 1 + list[0]};
    if (is_leaf && ((const lee_leaf *)(const void *)leaf)->wide) {
        merge_wide(index, leaf, point, &m);
    } else if (is_leaf) {
        const lee_lane_bits lanes =
            index->portable ? lee__leaf_lanes(leaf, point) : lee__leaf_lanes_avx2(leaf, point);
        uint32_t slots = lee__leaf_slots(leaf, lee__settle_lanes(index, leaf, point, lanes));
        const uint32_t *const zones = lee__leaf_zones(leaf);
        for (; slots; slots &= slots - 1) {
            merge_with(&m, zones[__builtin_ctz(slots)]);
        }
    }
    while (m.list < m.list_end) {
        merge_put(&m, *m.list++);
    }
    return m.count;
}

size_t lee_zone_index_locate(const lee_zone_index *index, lee_point point, uint32_t *out,
                             size_t capacity)
{
    const lee_grid_point place = lee__grid_point(point);
    return lee__entry_zones(index, lee__index_find(index, place).entry, place, out, capacity);
}

size_t lee_zone_index_locate_many(const lee_zone_index *index, const int32_t *lat_e7,
                                  const int32_t *lon_e7, size_t count, uint32_t *zones,
                                  size_t capacity, uint32_t *ends)
{
    assert(index);
    assert((lat_e7 && lon_e7 && ends) || count == 0);
    if (!index->portable) {
        return lee__locate_many_avx2(index, lat_e7, lon_e7, count, zones, capacity, ends);
    }
    return lee__locate_batches(index, lat_e7, lon_e7, count, zones, capacity, ends, lee__leaf_lanes,
                               lee__leaf_slots, lee__copy_slots);
}
