/* zone/shape_geos.h: repair and splitting of rings with GEOS; for zone/shape.c alone. */
#ifndef LEE_ZONE_SHAPE_GEOS_H
#define LEE_ZONE_SHAPE_GEOS_H

#include <stdbool.h>

#include "zone/shape_rings.h"

/* Replaces the rings of the shape by valid ones when they are not, and splits them at the
 * antimeridian when told to. LEE_ERR_GEOMETRY: no area is left, or GEOS cannot; NO_MEMORY. */
LEE_CHECK_RESULT
lee_error lee_shape_repair(lee_shape *shape, bool must_split, lee_shape_report *report);

#endif
