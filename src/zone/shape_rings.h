/* zone/shape_rings.h: the inside of a lee_shape, for zone/shape*.c alone. */
#ifndef LEE_ZONE_SHAPE_RINGS_H
#define LEE_ZONE_SHAPE_RINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "zone/shape.h"
#include "zone/simple_ring.h"

typedef struct {
    size_t first; /* of its points */
    size_t count;
    bool is_outer; /* holes follow their outer ring */
} lee_shape_part;

struct lee_shape {
    lee_wide_point *points;
    size_t point_count;
    size_t point_capacity;
    lee_shape_part *rings;
    size_t ring_count;
    size_t ring_capacity;
    bool next_is_outer;
    bool is_made;
    lee_error error;
};

double lee_shape_part_area2(const lee_shape *shape, const lee_shape_part *part);

/* Drops repeated points and rings without area; a polygon goes with its outer ring. */
void lee_shape_clean(lee_shape *shape, lee_shape_report *report);

/* Makes rings over the antimeridian continuous and closes those round a pole over it. True when the
 * result leaves -180..180 degrees and must be split. */
bool lee_shape_unwrap(lee_shape *shape, lee_shape_report *report);

#endif
