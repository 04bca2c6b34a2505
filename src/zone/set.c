#include <assert.h>
#include <string.h>

#include "base/alloc.h"
#include "base/limits.h"
#include "geo/area.h"
#include "leeward/zone.h"
#include "leeward/zone_set.h"
#include "zone/index.h"
#include "zone/set.h"
#include "zone/set_tree.h"

struct lee_zone_set {
    const lee_zone_list *list;
    lee_box_tree *boxes; /* of the zones */
    lee_zone_index *index;
};

/* LEE_ERR_LIMIT: see leeward/zone.h. */
static lee_error check_limits(const lee_zone_list *list)
{
    uint64_t vertices = 0;
    for (uint32_t z = 0; z < list->count; z++) {
        for (uint32_t r = 0; r < list->zones[z].area.count; r++) {
            vertices += list->zones[z].area.rings[r].count;
        }
    }
    return list->count > LEE_ZONES_MAX || vertices > LEE_VERTICES_MAX ? LEE_ERR_LIMIT : LEE_OK;
}

bool lee_zone_list_moves(const lee_zone_list *list)
{
    assert(list);
    for (uint32_t z = 0; z < list->count; z++) {
        if (list->zones[z].moving.radius_m > 0) {
            return true;
        }
    }
    return false;
}

static const lee_area *area_of(const void *context, uint32_t zone)
{
    return &((const lee_zone_list *)context)->zones[zone].area;
}

lee_error lee_zone_set_build(const lee_zone_list *list, lee_zone_set **out)
{
    assert(list);
    assert(list->zones || list->count == 0);
    assert(out);
    lee_error error = check_limits(list);
    if (error) {
        return error;
    }
    lee_zone_set *set = lee_alloc(1, sizeof(*set));
    lee_box *boxes = lee_alloc((size_t)list->count + 1, sizeof(*boxes));
    if (!set || !boxes) {
        error = LEE_ERR_NO_MEMORY;
        goto out;
    }
    for (uint32_t z = 0; z < list->count; z++) {
        boxes[z] = lee_area_box(&list->zones[z].area);
    }
    set->list = list;
    error = lee_box_tree_build(boxes, list->count, &set->boxes);
    if (error) {
        goto out;
    }
    error =
        lee_zone_index_build(&(struct lee_index_areas){area_of, list, list->count}, &set->index);
    if (error) {
        goto out;
    }
    *out = set;
    set = NULL;
out:
    lee_free(boxes);
    lee_zone_set_free(set);
    return error;
}

void lee_zone_set_free(lee_zone_set *set)
{
    if (set) {
        lee_box_tree_free(set->boxes);
        lee_zone_index_free(set->index);
        lee_free(set);
    }
}

const lee_zone_list *lee_zone_set_list(const lee_zone_set *set)
{
    assert(set);
    return set->list;
}

/* Keeps the smallest `capacity` numbers as a heap with the largest on top, and counts all, so that
 * a box over a million zones is answered in n log n whatever the capacity. */
typedef struct {
    uint32_t *out;
    size_t capacity;
    size_t count;
} gathering;

static void sift_down(uint32_t *heap, size_t count)
{
    const uint32_t moved = heap[0];
    size_t at = 0;
    for (size_t child = 1; child < count; child = 2 * at + 1) {
        child += child + 1 < count && heap[child + 1] > heap[child];
        if (heap[child] <= moved) {
            break;
        }
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = moved;
}

static void sift_up(uint32_t *heap, size_t at, uint32_t number)
{
    while (at > 0 && heap[(at - 1) / 2] < number) {
        heap[at] = heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    heap[at] = number;
}

static void gather(void *context, uint32_t number)
{
    gathering *g = context;
    if (g->count < g->capacity) {
        sift_up(g->out, g->count, number);
    } else if (g->capacity > 0 && number < g->out[0]) {
        g->out[0] = number;
        sift_down(g->out, g->capacity);
    }
    g->count++;
}

static size_t sort_gathered(gathering *g)
{
    const size_t kept = g->count < g->capacity ? g->count : g->capacity;
    for (size_t last = kept; last-- > 1;) {
        const uint32_t largest = g->out[0];
        g->out[0] = g->out[last];
        g->out[last] = largest;
        sift_down(g->out, last);
    }
    return g->count;
}

size_t lee_zone_set_locate(const lee_zone_set *set, lee_point point, uint32_t *out, size_t capacity)
{
    assert(set);
    assert(out || capacity == 0);
    return lee_zone_index_locate(set->index, point, out, capacity);
}

size_t lee_zone_set_locate_box(const lee_zone_set *set, lee_point point, uint32_t *out,
                               size_t capacity, lee_box *same)
{
    assert(set);
    assert(out || capacity == 0);
    return lee_zone_index_locate_box(set->index, point, out, capacity, same);
}

size_t lee_zone_set_locate_many(const lee_zone_set *set, const int32_t *lat_e7,
                                const int32_t *lon_e7, size_t count, uint32_t *zones,
                                size_t capacity, uint32_t *ends)
{
    assert(set);
    return lee_zone_index_locate_many(set->index, lat_e7, lon_e7, count, zones, capacity, ends);
}

size_t lee_zone_set_in_box(const lee_zone_set *set, lee_box box, uint32_t *out, size_t capacity)
{
    assert(set);
    assert(out || capacity == 0);
    gathering g = {out, capacity, 0};
    lee_box_tree_query(set->boxes, box, gather, &g);
    return sort_gathered(&g);
}

void lee_zone_set_use_portable(lee_zone_set *set, bool portable)
{
    assert(set);
    set->index->portable = portable || !lee__has_avx2();
}

size_t lee_zone_set_bytes(const lee_zone_set *set)
{
    assert(set);
    return sizeof(*set) + lee_box_tree_bytes(set->boxes) + lee_zone_index_bytes(set->index);
}

const lee_zone_index *lee__zone_set_index(const lee_zone_set *set)
{
    return set->index;
}

lee_error lee_zone_set_change(const lee_zone_set *old, const lee_zone_list *list, uint32_t zone,
                              const lee_area *old_area, lee_zone_set **out)
{
    assert(old && list && old_area && out);
    assert(zone < list->count);
    if (list->count > LEE_ZONES_MAX) {
        return LEE_ERR_LIMIT;
    }
    lee_zone_set *set = lee_alloc(1, sizeof(*set));
    if (!set) {
        return LEE_ERR_NO_MEMORY;
    }
    set->list = list;
    const lee_area *area = &list->zones[zone].area;
    lee_error error = lee_box_tree_change(old->boxes, zone, lee_area_box(old_area),
                                          lee_area_box(area), &set->boxes);
    if (!error) {
        error = lee_zone_index_change(old->index, zone, old_area, area, &set->index);
    }
    if (error) {
        lee_zone_set_free(set);
        return error;
    }
    *out = set;
    return LEE_OK;
}
