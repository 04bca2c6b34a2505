/* zone/shape.h: gathers the rings of one area and makes them fit to be judged.
 *
 * Rings come in as they stand in a file, in degrees x 10^7, and go out as lee_area wants them: no
 * ring crosses or touches itself or another along an edge, nothing crosses the antimeridian, and
 * the points inside an odd number of rings are the intended area. Valid rings are passed on point
 * by point; the others are repaired, and the report says how. */
#ifndef LEE_ZONE_SHAPE_H
#define LEE_ZONE_SHAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "leeward/error.h"
#include "leeward/point.h"

typedef struct lee_shape lee_shape;

/* What was done to the rings; bits. */
enum {
    LEE_SHAPE_DUPLICATE_POINT = 1, /* points equal to the one before were dropped */
    LEE_SHAPE_DROPPED_RING = 2,    /* a hole or a part without area was dropped */
    LEE_SHAPE_CROSSING = 4,        /* self-crossing, spikes, holes outside: made valid */
    LEE_SHAPE_OVERLAP = 8,         /* parts that overlap or share an edge were united */
    LEE_SHAPE_ANTIMERIDIAN = 16,   /* an edge longer than 180 degrees: split at 180 */
    LEE_SHAPE_POLE = 32            /* goes round a pole: closed over it, split at 180 */
};

typedef struct {
    uint32_t repairs;   /* LEE_SHAPE_* */
    double area_before; /* planar, square degrees; before repair: outer rings less their holes */
    double area_after;
} lee_shape_report;

/* NULL: no memory. */
lee_shape *lee_shape_create(void);
void lee_shape_free(lee_shape *shape);
void lee_shape_reset(lee_shape *shape);

/* The rings that follow belong to a new polygon; its first ring is the outer one. */
void lee_shape_polygon(lee_shape *shape);
void lee_shape_ring(lee_shape *shape);

/* Appends to the ring begun last. Latitude within 90 degrees; longitude within 540, for rings that
 * go over the antimeridian. Out of range, too many points and no memory are remembered and answered
 * by lee_shape_finish. */
void lee_shape_point(lee_shape *shape, int64_t lat_e7, int64_t lon_e7);

/* The first and the last point of the ring begun last; NULL: not wanted. */
void lee_shape_ring_ends(const lee_shape *shape, lee_point *first, lee_point *last);

/* Says that the rings were made by us out of curves: edges are short, so that any longer than 180
 * degrees crosses the antimeridian, and parts overlap on purpose. */
void lee_shape_set_made(lee_shape *shape);
bool lee_shape_is_made(const lee_shape *shape);

/* Takes the area into the arena. LEE_ERR_GEOMETRY: nothing with an area is left; LEE_ERR_DOMAIN: a
 * coordinate out of range; LEE_ERR_LIMIT: more than LEE_ZONE_VERTICES_MAX points; NO_MEMORY. Outer
 * rings are counter-clockwise, each followed by its holes, which are clockwise. */
LEE_CHECK_RESULT
lee_error lee_shape_finish(lee_shape *shape, lee_arena *arena, lee_area *out,
                           lee_shape_report *report);

/* Twice the signed area of a ring in square e7 degrees, exact up to the last step; positive when
 * counter-clockwise. */
double lee_ring_area2(const lee_ring *ring);

#endif
