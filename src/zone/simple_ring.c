#include "zone/simple_ring.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/alloc.h"

/* Products of two differences of 34 bits do not fit 64. */
__extension__ typedef __int128 wide;

typedef struct {
    int64_t lat_min;
    int64_t lat_max;
    int64_t lon_min;
    int64_t lon_max;
    uint32_t index; /* of its first point */
} edge;

int lee_wide_orientation(lee_wide_point a, lee_wide_point b, lee_wide_point c)
{
    const wide left = (wide)(b.lon_e7 - a.lon_e7) * (c.lat_e7 - a.lat_e7);
    const wide right = (wide)(b.lat_e7 - a.lat_e7) * (c.lon_e7 - a.lon_e7);
    return (left > right) - (left < right);
}

static bool is_between(lee_wide_point a, lee_wide_point b, lee_wide_point p)
{
    const bool in_lat = (a.lat_e7 <= p.lat_e7 && p.lat_e7 <= b.lat_e7) ||
                        (b.lat_e7 <= p.lat_e7 && p.lat_e7 <= a.lat_e7);
    const bool in_lon = (a.lon_e7 <= p.lon_e7 && p.lon_e7 <= b.lon_e7) ||
                        (b.lon_e7 <= p.lon_e7 && p.lon_e7 <= a.lon_e7);
    return in_lat && in_lon;
}

static bool segments_meet(lee_wide_point a, lee_wide_point b, lee_wide_point c, lee_wide_point d)
{
    const int abc = lee_wide_orientation(a, b, c);
    const int abd = lee_wide_orientation(a, b, d);
    const int cda = lee_wide_orientation(c, d, a);
    const int cdb = lee_wide_orientation(c, d, b);
    if (abc != abd && cda != cdb) {
        return true;
    }
    return (abc == 0 && is_between(a, b, c)) || (abd == 0 && is_between(a, b, d)) ||
           (cda == 0 && is_between(c, d, a)) || (cdb == 0 && is_between(c, d, b));
}

/* Neighbours share b; they meet elsewhere only when the second runs back along the first. */
static bool runs_back(lee_wide_point a, lee_wide_point b, lee_wide_point c)
{
    return lee_wide_orientation(a, b, c) == 0 && (is_between(a, b, c) || is_between(b, c, a));
}

static bool edges_clash(const lee_wide_point *points, size_t count, size_t i, size_t j)
{
    const size_t i_next = (i + 1) % count;
    const size_t j_next = (j + 1) % count;
    if (i_next == j) {
        return runs_back(points[i], points[j], points[j_next]);
    }
    if (j_next == i) {
        return runs_back(points[j], points[i], points[i_next]);
    }
    return segments_meet(points[i], points[i_next], points[j], points[j_next]);
}

static int compare_edges(const void *left, const void *right)
{
    const edge *a = left;
    const edge *b = right;
    if (a->lon_min != b->lon_min) {
        return a->lon_min < b->lon_min ? -1 : 1;
    }
    return (a->index > b->index) - (a->index < b->index);
}

static void fill_edges(const lee_wide_point *points, size_t count, edge *edges)
{
    for (size_t i = 0; i < count; i++) {
        const lee_wide_point a = points[i];
        const lee_wide_point b = points[(i + 1) % count];
        edges[i] = (edge){
            .lat_min = a.lat_e7 < b.lat_e7 ? a.lat_e7 : b.lat_e7,
            .lat_max = a.lat_e7 < b.lat_e7 ? b.lat_e7 : a.lat_e7,
            .lon_min = a.lon_e7 < b.lon_e7 ? a.lon_e7 : b.lon_e7,
            .lon_max = a.lon_e7 < b.lon_e7 ? b.lon_e7 : a.lon_e7,
            .index = (uint32_t)i,
        };
    }
    qsort(edges, count, sizeof *edges, compare_edges);
}

lee_ring_verdict lee_ring_is_simple(const lee_wide_point *points, size_t count)
{
    assert(points);
    assert(count >= 3 && count <= UINT32_MAX);

    edge few[128];
    edge *edges = few;
    if (count > sizeof few / sizeof *few) {
        edges = lee_alloc(count, sizeof *edges);
        if (!edges) {
            return LEE_RING_UNDECIDED;
        }
    }
    fill_edges(points, count, edges);
    lee_ring_verdict verdict = LEE_RING_SIMPLE;
    uint64_t budget = 1000 + 500 * (uint64_t)count;
    for (size_t i = 0; i < count && verdict == LEE_RING_SIMPLE; i++) {
        for (size_t j = i + 1; j < count && edges[j].lon_min <= edges[i].lon_max; j++) {
            if (budget-- == 0) {
                verdict = LEE_RING_UNDECIDED;
                break;
            }
            if (edges[j].lat_min > edges[i].lat_max || edges[j].lat_max < edges[i].lat_min) {
                continue;
            }
            if (edges_clash(points, count, edges[i].index, edges[j].index)) {
                verdict = LEE_RING_CROSSING;
                break;
            }
        }
    }
    if (edges != few) {
        lee_free(edges);
    }
    return verdict;
}
