/* geo/area.h: exact questions about areas, in integers.
 *
 * The edge rule. A point on an edge belongs to exactly one of the two sides: it is judged as if it
 * were moved by a hair to the east and by a hair of that hair to the north. So an area holds its
 * western and southern edges and not its eastern and northern ones, and neighbours that share an
 * edge neither leak nor count a point twice. Two places would be lost by that and are given to the
 * side they belong to: longitude +180 is judged as -180, and the north pole as the place 1e-7
 * degrees south of it. */
#ifndef LEE_GEO_AREA_H
#define LEE_GEO_AREA_H

#include <stdbool.h>

#include "leeward/point.h"

/* The place as the edge rule judges it (see above). Every function here applies it by itself. */
lee_point lee_point_canonical(lee_point point);

/* True when the point is inside an odd number of rings. Any int32 coordinates; no rounding, no
 * overflow. Cost: every vertex. A ring of fewer than three points, or without surface, holds
 * nothing. */
bool lee_area_contains(const lee_area *area, lee_point point);

/* The smallest box around all rings. Of an area without points: a box with min above max, which
 * meets nothing. */
lee_box lee_area_box(const lee_area *area);

/* True when the boxes have a point in common; both ends belong to a box. */
bool lee_box_meets(lee_box a, lee_box b);

#endif
