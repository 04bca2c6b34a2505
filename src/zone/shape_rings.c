#include "zone/shape_rings.h"

#include <assert.h>
#include <string.h>

#define TURN_E7 (2 * (int64_t)LEE_LON_MAX_E7)

double lee_shape_part_area2(const lee_shape *shape, const lee_shape_part *part)
{
    const lee_wide_point *points = shape->points + part->first;
    double sum = 0;
    for (size_t i = 0; i < part->count; i++) {
        const lee_wide_point a = points[i];
        const lee_wide_point b = points[(i + 1) % part->count];
        sum += (double)(a.lon_e7 - points[0].lon_e7) * (double)(b.lat_e7 - points[0].lat_e7) -
               (double)(b.lon_e7 - points[0].lon_e7) * (double)(a.lat_e7 - points[0].lat_e7);
    }
    return sum;
}

static bool same_point(lee_wide_point a, lee_wide_point b)
{
    return a.lat_e7 == b.lat_e7 && a.lon_e7 == b.lon_e7;
}

/* True when all points lie on one line: then no repair gives it an area. */
static bool is_flat(const lee_wide_point *points, size_t count)
{
    for (size_t i = 2; i < count; i++) {
        if (lee_wide_orientation(points[0], points[1], points[i]) != 0) {
            return false;
        }
    }
    return true;
}

/* Closes up over repeated points in place; returns how many stay. */
static size_t drop_repeats(lee_wide_point *points, size_t count, bool *dropped)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || !same_point(points[kept - 1], points[i])) {
            points[kept++] = points[i];
        } else {
            *dropped = true;
        }
    }
    /* The closing point is not a repeat: formats want it. A second one is. */
    if (kept > 1 && same_point(points[0], points[kept - 1])) {
        kept--;
    }
    return kept;
}

void lee_shape_clean(lee_shape *shape, lee_shape_report *report)
{
    size_t rings_kept = 0;
    bool skip_holes = false;
    for (size_t i = 0; i < shape->ring_count; i++) {
        lee_shape_part part = shape->rings[i];
        bool dropped = false;
        part.count = drop_repeats(shape->points + part.first, part.count, &dropped);
        const bool empty = part.count < 3 || is_flat(shape->points + part.first, part.count);
        if (part.is_outer) {
            skip_holes = empty;
        }
        if (empty || skip_holes) {
            report->repairs |= LEE_SHAPE_DROPPED_RING;
            continue;
        }
        report->repairs |= dropped ? LEE_SHAPE_DUPLICATE_POINT : 0;
        shape->rings[rings_kept++] = part;
    }
    shape->ring_count = rings_kept;
}

static bool has_long_edge(const lee_shape *shape, const lee_shape_part *part)
{
    const lee_wide_point *points = shape->points + part->first;
    for (size_t i = 0; i < part->count; i++) {
        int64_t step = points[(i + 1) % part->count].lon_e7 - points[i].lon_e7;
        step = step < 0 ? -step : step;
        /* An edge of a whole turn along a parallel is how polar areas are drawn in GeoJSON. */
        if (step > LEE_LON_MAX_E7 && step != TURN_E7) {
            return true;
        }
    }
    return false;
}

static int64_t short_step(int64_t step)
{
    while (step > LEE_LON_MAX_E7) {
        step -= TURN_E7;
    }
    while (step < -(int64_t)LEE_LON_MAX_E7) {
        step += TURN_E7;
    }
    return step;
}

/* Makes each step the short way round. Returns how far the ring misses its start, 0 or a turn. */
static int64_t unwrap_ring(lee_wide_point *points, size_t count)
{
    const int64_t first_lon_e7 = points[0].lon_e7;
    int64_t previous_e7 = first_lon_e7;
    for (size_t i = 1; i < count; i++) {
        const int64_t step = short_step(points[i].lon_e7 - previous_e7);
        previous_e7 += step;
        points[i].lon_e7 = previous_e7;
    }
    return previous_e7 + short_step(first_lon_e7 - previous_e7) - first_lon_e7;
}

/* Goes on from the end of the last ring: the pole that the ring lies nearer to is inside. */
static void close_over_pole(lee_shape *shape, size_t ring_index, int64_t turn_e7)
{
    lee_shape_part part = shape->rings[ring_index];
    double sum = 0;
    for (size_t i = 0; i < part.count; i++) {
        sum += (double)shape->points[part.first + i].lat_e7;
    }
    const int64_t pole_e7 = sum < 0 ? -LEE_LAT_MAX_E7 : LEE_LAT_MAX_E7;
    const size_t new_first = shape->point_count;
    /* A new ring at the end of the points, so that the others stay where they are. */
    const bool next_is_outer = shape->next_is_outer;
    shape->next_is_outer = part.is_outer;
    lee_shape_ring(shape);
    if (shape->error != LEE_OK) {
        return;
    }
    for (size_t i = 0; i < part.count; i++) {
        const lee_wide_point point = shape->points[part.first + i];
        lee_shape_point(shape, point.lat_e7, point.lon_e7);
    }
    const lee_wide_point start = shape->points[part.first];
    lee_shape_point(shape, start.lat_e7, start.lon_e7 + turn_e7);
    lee_shape_point(shape, pole_e7, start.lon_e7 + turn_e7);
    lee_shape_point(shape, pole_e7, start.lon_e7);
    shape->ring_count--;
    shape->next_is_outer = next_is_outer;
    shape->rings[ring_index].first = new_first;
    shape->rings[ring_index].count = shape->point_count - new_first;
}

static void bounds(const lee_shape *shape, const lee_shape_part *part, int64_t *min, int64_t *max)
{
    *min = INT64_MAX;
    *max = INT64_MIN;
    for (size_t i = 0; i < part->count; i++) {
        const int64_t lon_e7 = shape->points[part->first + i].lon_e7;
        *min = lon_e7 < *min ? lon_e7 : *min;
        *max = lon_e7 > *max ? lon_e7 : *max;
    }
}

/* Brings holes to the same turn as their outer ring, so that they lie over it in the plane. */
static void align_hole(lee_shape *shape, const lee_shape_part *outer, const lee_shape_part *hole)
{
    int64_t outer_min = 0;
    int64_t outer_max = 0;
    int64_t hole_min = 0;
    int64_t hole_max = 0;
    bounds(shape, outer, &outer_min, &outer_max);
    bounds(shape, hole, &hole_min, &hole_max);
    int64_t shift = 0;
    if (hole_max > outer_max && hole_min - TURN_E7 >= outer_min) {
        shift = -TURN_E7;
    } else if (hole_min < outer_min && hole_max + TURN_E7 <= outer_max) {
        shift = TURN_E7;
    }
    for (size_t i = 0; i < hole->count; i++) {
        shape->points[hole->first + i].lon_e7 += shift;
    }
}

bool lee_shape_unwrap(lee_shape *shape, lee_shape_report *report)
{
    bool any_long = false;
    for (size_t i = 0; i < shape->ring_count && !any_long; i++) {
        any_long = has_long_edge(shape, &shape->rings[i]);
    }
    if (any_long) {
        report->repairs |= LEE_SHAPE_ANTIMERIDIAN;
        size_t outer = 0;
        for (size_t i = 0; i < shape->ring_count; i++) {
            const lee_shape_part part = shape->rings[i];
            const int64_t turn = unwrap_ring(shape->points + part.first, part.count);
            if (turn != 0) {
                report->repairs |= LEE_SHAPE_POLE;
                close_over_pole(shape, i, turn);
            }
            if (part.is_outer) {
                outer = i;
            } else {
                align_hole(shape, &shape->rings[outer], &shape->rings[i]);
            }
        }
    }
    for (size_t i = 0; i < shape->ring_count; i++) {
        int64_t min = 0;
        int64_t max = 0;
        bounds(shape, &shape->rings[i], &min, &max);
        if (min < -(int64_t)LEE_LON_MAX_E7 || max > LEE_LON_MAX_E7) {
            report->repairs |= LEE_SHAPE_ANTIMERIDIAN;
            return true;
        }
    }
    return false;
}
