#include "zone/index_batch.h"

#include <assert.h>
#include <string.h>

lee_found_cell lee__index_find(const lee_zone_index *index, lee_grid_point point)
{
    return lee__find_cell(index, point);
}

uint32_t lee__settle_lanes(const lee_tile *tile, const uint32_t *leaf, lee_grid_point point,
                           lee_lane_bits lanes)
{
    const lee_cell cell =
        lee__cell_around(point, ((const lee_leaf *)(const void *)leaf)->size_bits);
    const uint32_t *const edges = lee__leaf_edges(leaf);
    uint32_t counts = lanes.counts & ~lanes.near;
    for (uint32_t left = lanes.near; left; left &= left - 1) {
        const uint32_t lane = (uint32_t)__builtin_ctz(left);
        const lee_grid_edge edge = lee__edge_at(tile->words, edges[lane]);
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

uint32_t lee__leaf_holds(const lee_zone_index *index, const lee_tile *tile, const uint32_t *leaf,
                         lee_grid_point point)
{
    if (!index->portable) {
        return lee__leaf_holds_avx2(tile, leaf, point);
    }
    const lee_lane_bits lanes = lee__leaf_lanes(leaf, point);
    return lee__leaf_slots(leaf, lee__settle_lanes(tile, leaf, point, lanes));
}

/* Merges ascending lists, into up to `capacity` places: those of the cell's zones that hold the
 * point with those that hold the cell and those that hold the tile. */
typedef struct {
    uint32_t *out;
    size_t capacity;
    size_t count;
    const uint32_t *list, *list_end;
    const uint32_t *cover, *cover_end;
} merge;

static void merge_put(merge *m, uint32_t zone)
{
    if (m->count < m->capacity) {
        m->out[m->count] = zone;
    }
    m->count++;
}

/* Up to the zone, which is in neither list. */
static void merge_until(merge *m, uint32_t zone)
{
    for (;;) {
        const uint32_t a = m->list < m->list_end ? *m->list : UINT32_MAX;
        const uint32_t b = m->cover < m->cover_end ? *m->cover : UINT32_MAX;
        const uint32_t next = a < b ? a : b;
        if (next >= zone) {
            return;
        }
        merge_put(m, next);
        m->list += a < b;
        m->cover += a >= b;
    }
}

/* A wide leaf: every edge is asked. */
static void merge_wide(const lee_found_cell *found, const uint32_t *leaf, lee_grid_point point,
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
            holds ^= lee__lane_counts(lee__edge_at(found->tile->words, *at), cell, point);
        }
        if (holds) {
            merge_until(m, zone);
            merge_put(m, zone);
        }
    }
}

/* Where the cover is empty or the list, as often, there is nothing to merge. */
static void merge_rest(merge *m)
{
    if (m->cover < m->cover_end && m->list < m->list_end) {
        merge_until(m, UINT32_MAX);
        return;
    }
    for (; m->list < m->list_end; m->list++) {
        merge_put(m, *m->list);
    }
    for (; m->cover < m->cover_end; m->cover++) {
        merge_put(m, *m->cover);
    }
}

size_t lee__found_zones(const lee_zone_index *index, const lee_found_cell *found,
                        lee_grid_point point, uint32_t *out, size_t capacity)
{
    const uint32_t entry = found->entry;
    const lee_tile *const tile = found->tile;
    const bool is_leaf = LEE_ENTRY_TAG(entry) == LEE_ENTRY_LEAF;
    const uint32_t *const leaf = lee__leaf_at(tile, entry);
    const uint32_t *const list = lee__list_of(tile, entry);
    const uint32_t *const cover = found->cover;
    merge m = {out, capacity, 0, list + 1, list + 1 + list[0], cover + 1, cover + 1 + cover[0]};
    if (is_leaf && ((const lee_leaf *)(const void *)leaf)->wide) {
        merge_wide(found, leaf, point, &m);
    } else if (is_leaf) {
        uint32_t slots = lee__leaf_holds(index, tile, leaf, point);
        const uint32_t *const zones = lee__leaf_zones(leaf);
        for (; slots; slots &= slots - 1) {
            const uint32_t zone = zones[__builtin_ctz(slots)];
            merge_until(&m, zone);
            merge_put(&m, zone);
        }
    }
    merge_rest(&m);
    return m.count;
}

size_t lee_zone_index_locate(const lee_zone_index *index, lee_point point, uint32_t *out,
                             size_t capacity)
{
    if (!index->portable) {
        return lee__locate_avx2(index, point, out, capacity);
    }
    const lee_grid_point place = lee__grid_point(point);
    const lee_found_cell found = lee__find_cell(index, place);
    return lee__found_zones(index, &found, place, out, capacity);
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

void lee__batch_cells(const lee_zone_index *index, const int32_t *lat_e7, const int32_t *lon_e7,
                      uint32_t count, lee_batch *b)
{
    lee__batch_addresses(index, lat_e7, lon_e7, count, b);
    lee__batch_entries(count, b);
}
