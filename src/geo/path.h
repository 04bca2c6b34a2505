/* geo/path.h: which parts of a straight path lie inside an area, exactly.
 *
 * A path is straight in latitude and longitude, from a (parameter 0) to b (parameter 1), the short
 * way round where it meets the antimeridian. The edge rule of geo/area.h holds along the whole
 * path: it is judged as if it were moved by a hair to the east and a hair of that hair to the
 * north, so that no case is special:
 *   - a path along a western or southern edge is inside, along an eastern or northern one outside;
 *   - a path through a vertex enters only when it truly goes to the other side;
 *   - the start is inside exactly when lee_area_contains(a), the end when lee_area_contains(b).
 * Stretches of no length (a touch at a point) are left out, and stretches that meet are joined. */
#ifndef LEE_GEO_PATH_H
#define LEE_GEO_PATH_H

#include <stdbool.h>
#include <stddef.h>

#include "leeward/point.h"

__extension__ typedef __int128 lee_wide;

/* num / den with den > 0 and num >= 0; not reduced. */
typedef struct {
    lee_wide num;
    lee_wide den;
} lee_ratio;

/* -1, 0 or 1, exactly. */
int lee_ratio_compare(lee_ratio a, lee_ratio b);
lee_ratio lee_ratio_max(lee_ratio a, lee_ratio b);
lee_ratio lee_ratio_min(lee_ratio a, lee_ratio b);

/* num / den (num >= 0, den > 0), for instance a time within the path's duration. */
lee_ratio lee_ratio_make(int64_t num, int64_t den);

/* The nearest double, to within two units in the last place. */
double lee_ratio_double(lee_ratio ratio);

/* floor(ratio * scale), exactly; ratio at most 1, scale >= 0. The time of a crossing is
 * t0 + lee_ratio_scale(at, t1 - t0). */
int64_t lee_ratio_scale(lee_ratio ratio, int64_t scale);

/* The place at the parameter (0..1), each coordinate rounded to the nearest unit. */
lee_point lee_path_point(lee_point a, lee_point b, lee_ratio at);

/* A stretch of the path inside the area; from < to. from is 0 when the start is inside, to is 1
 * when the end is. */
typedef struct {
    lee_ratio from;
    lee_ratio to;
} lee_path_stretch;

/* Writes the stretches inside the area, in order, to `out`. Returns how many there are. When they
 * do not fit, out holds nothing of use and the return value is a capacity that suffices. A path of
 * no length has no stretch. Cost: every vertex. */
size_t lee_area_path(const lee_area *area, lee_point a, lee_point b, lee_path_stretch *out,
                     size_t capacity);

#endif
