#include "zone/shape.h"

#include <assert.h>
#include <string.h>

#include "base/alloc.h"
#include "base/limits.h"
#include "zone/shape_geos.h"
#include "zone/shape_rings.h"

lee_shape *lee_shape_create(void)
{
    return lee_alloc(1, sizeof(lee_shape));
}

void lee_shape_free(lee_shape *shape)
{
    if (!shape) {
        return;
    }
    lee_free(shape->points);
    lee_free(shape->rings);
    lee_free(shape);
}

void lee_shape_reset(lee_shape *shape)
{
    assert(shape);
    shape->point_count = 0;
    shape->ring_count = 0;
    shape->next_is_outer = false;
    shape->is_made = false;
    shape->error = LEE_OK;
}

void lee_shape_polygon(lee_shape *shape)
{
    assert(shape);
    shape->next_is_outer = true;
}

void lee_shape_ring(lee_shape *shape)
{
    assert(shape);
    assert(shape->next_is_outer || shape->ring_count > 0);

    if (shape->ring_count == shape->ring_capacity) {
        const size_t capacity = shape->ring_capacity ? shape->ring_capacity * 2 : 16;
        lee_shape_part *rings = lee_realloc(shape->rings, capacity, sizeof *rings);
        if (!rings) {
            shape->error = LEE_ERR_NO_MEMORY;
            return;
        }
        shape->rings = rings;
        shape->ring_capacity = capacity;
    }
    shape->rings[shape->ring_count++] =
        (lee_shape_part){.first = shape->point_count, .is_outer = shape->next_is_outer};
    shape->next_is_outer = false;
}

void lee_shape_point(lee_shape *shape, int64_t lat_e7, int64_t lon_e7)
{
    assert(shape);

    if (shape->error != LEE_OK) {
        return;
    }
    assert(shape->ring_count > 0);
    if (lat_e7 < -LEE_LAT_MAX_E7 || lat_e7 > LEE_LAT_MAX_E7 ||
        lon_e7 < -3 * (int64_t)LEE_LON_MAX_E7 || lon_e7 > 3 * (int64_t)LEE_LON_MAX_E7) {
        shape->error = LEE_ERR_DOMAIN;
        return;
    }
    if (shape->point_count >= LEE_ZONE_VERTICES_MAX) {
        shape->error = LEE_ERR_LIMIT;
        return;
    }
    if (shape->point_count == shape->point_capacity) {
        const size_t capacity = shape->point_capacity ? shape->point_capacity * 2 : 256;
        lee_wide_point *points = lee_realloc(shape->points, capacity, sizeof *points);
        if (!points) {
            shape->error = LEE_ERR_NO_MEMORY;
            return;
        }
        shape->points = points;
        shape->point_capacity = capacity;
    }
    shape->points[shape->point_count++] = (lee_wide_point){lat_e7, lon_e7};
    shape->rings[shape->ring_count - 1].count++;
}

void lee_shape_ring_ends(const lee_shape *shape, lee_point *first, lee_point *last)
{
    assert(shape);
    if (shape->error != LEE_OK || shape->ring_count == 0) {
        return;
    }
    const lee_shape_part *part = &shape->rings[shape->ring_count - 1];
    if (part->count == 0) {
        return;
    }
    const lee_wide_point a = shape->points[part->first];
    const lee_wide_point b = shape->points[part->first + part->count - 1];
    if (first) {
        *first = (lee_point){(int32_t)a.lat_e7, (int32_t)a.lon_e7};
    }
    if (last) {
        *last = (lee_point){(int32_t)b.lat_e7, (int32_t)b.lon_e7};
    }
}

void lee_shape_set_made(lee_shape *shape)
{
    assert(shape);
    shape->is_made = true;
}

bool lee_shape_is_made(const lee_shape *shape)
{
    assert(shape);
    return shape->is_made;
}

double lee_ring_area2(const lee_ring *ring)
{
    assert(ring);
    double sum = 0;
    for (uint32_t i = 0; i < ring->count; i++) {
        const lee_point a = ring->points[i];
        const lee_point b = ring->points[(i + 1) % ring->count];
        const lee_point o = ring->points[0];
        sum += ((double)a.lon_e7 - o.lon_e7) * ((double)b.lat_e7 - o.lat_e7) -
               ((double)b.lon_e7 - o.lon_e7) * ((double)a.lat_e7 - o.lat_e7);
    }
    return sum;
}

/* Writes one ring as it is to be stored: outer rings counter-clockwise, holes clockwise, starting
 * at the same point. */
static void store_ring(const lee_wide_point *from, size_t count, bool is_outer, lee_point *points,
                       lee_ring *out)
{
    for (size_t i = 0; i < count; i++) {
        points[i] = (lee_point){(int32_t)from[i].lat_e7, (int32_t)from[i].lon_e7};
    }
    *out = (lee_ring){points, (uint32_t)count};
    if ((lee_ring_area2(out) > 0) == is_outer) {
        return;
    }
    for (size_t i = 1, j = count - 1; i < j; i++, j--) {
        const lee_point swap = points[i];
        points[i] = points[j];
        points[j] = swap;
    }
}

static lee_error store(const lee_shape *shape, lee_arena *arena, lee_area *out)
{
    lee_ring *rings = lee_arena_alloc(arena, shape->ring_count, sizeof *rings);
    lee_point *points = lee_arena_alloc(arena, shape->point_count, sizeof *points);
    if (!rings || !points) {
        return LEE_ERR_NO_MEMORY;
    }
    size_t at = 0;
    for (size_t i = 0; i < shape->ring_count; i++) {
        const lee_shape_part *part = &shape->rings[i];
        store_ring(shape->points + part->first, part->count, part->is_outer, points + at,
                   &rings[i]);
        at += part->count;
    }
    *out = (lee_area){rings, (uint32_t)shape->ring_count};
    return LEE_OK;
}

/* Square degrees of the rings as they stand: outer ones less their holes. */
static double planar_area(const lee_shape *shape)
{
    double sum = 0;
    for (size_t i = 0; i < shape->ring_count; i++) {
        const double area = lee_shape_part_area2(shape, &shape->rings[i]);
        const double size = area < 0 ? -area : area;
        sum += shape->rings[i].is_outer ? size : -size;
    }
    return sum / 2 / 1e14;
}

lee_error lee_shape_finish(lee_shape *shape, lee_arena *arena, lee_area *out,
                           lee_shape_report *report)
{
    assert(shape && arena && out && report);

    *report = (lee_shape_report){0};
    if (shape->error != LEE_OK) {
        return shape->error;
    }
    lee_shape_clean(shape, report);
    if (shape->ring_count == 0) {
        return LEE_ERR_GEOMETRY;
    }
    const bool must_split = lee_shape_unwrap(shape, report);
    report->area_before = planar_area(shape);
    lee_ring_verdict verdict = LEE_RING_UNDECIDED;
    if (shape->ring_count == 1 && !must_split) {
        verdict = lee_ring_is_simple(shape->points + shape->rings[0].first, shape->rings[0].count);
    }
    if (verdict != LEE_RING_SIMPLE) {
        const lee_error error = lee_shape_repair(shape, must_split, report);
        if (error != LEE_OK) {
            return error;
        }
    }
    report->area_after = planar_area(shape);
    if (shape->is_made) {
        report->repairs &=
            ~(uint32_t)(LEE_SHAPE_CROSSING | LEE_SHAPE_OVERLAP | LEE_SHAPE_DUPLICATE_POINT);
    }
    return store(shape, arena, out);
}
