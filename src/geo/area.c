#include "geo/area.h"

#include <assert.h>
#include <stddef.h>

__extension__ typedef __int128 wide;

lee_point lee_point_canonical(lee_point point)
{
    if (point.lon_e7 == LEE_LON_MAX_E7) {
        point.lon_e7 = -LEE_LON_MAX_E7;
    }
    if (point.lat_e7 == LEE_LAT_MAX_E7) {
        point.lat_e7 = LEE_LAT_MAX_E7 - 1;
    }
    return point;
}

/* True when the ray from the point to the east crosses the edge. The edge holds its southern end
 * and not its northern one, and a point on it is east of it. */
static bool ray_crosses(lee_point point, lee_point a, lee_point b)
{
    if ((a.lat_e7 > point.lat_e7) == (b.lat_e7 > point.lat_e7)) {
        return false;
    }
    const lee_point south = a.lat_e7 < b.lat_e7 ? a : b;
    const lee_point north = a.lat_e7 < b.lat_e7 ? b : a;
    const wide rise = (wide)north.lat_e7 - south.lat_e7;
    const wide run = (wide)north.lon_e7 - south.lon_e7;
    return ((wide)point.lon_e7 - south.lon_e7) * rise < run * ((wide)point.lat_e7 - south.lat_e7);
}

bool lee_area_contains(const lee_area *area, lee_point point)
{
    assert(area);
    assert(area->count == 0 || area->rings);
    point = lee_point_canonical(point);
    bool inside = false;
    for (uint32_t r = 0; r < area->count; r++) {
        const lee_ring ring = area->rings[r];
        for (uint32_t i = 0, last = ring.count - 1; i < ring.count; last = i++) {
            inside ^= ray_crosses(point, ring.points[last], ring.points[i]);
        }
    }
    return inside;
}

lee_box lee_area_box(const lee_area *area)
{
    assert(area);
    lee_box box = {{INT32_MAX, INT32_MAX}, {INT32_MIN, INT32_MIN}};
    for (uint32_t r = 0; r < area->count; r++) {
        for (uint32_t i = 0; i < area->rings[r].count; i++) {
            const lee_point p = area->rings[r].points[i];
            box.min.lat_e7 = p.lat_e7 < box.min.lat_e7 ? p.lat_e7 : box.min.lat_e7;
            box.min.lon_e7 = p.lon_e7 < box.min.lon_e7 ? p.lon_e7 : box.min.lon_e7;
            box.max.lat_e7 = p.lat_e7 > box.max.lat_e7 ? p.lat_e7 : box.max.lat_e7;
            box.max.lon_e7 = p.lon_e7 > box.max.lon_e7 ? p.lon_e7 : box.max.lon_e7;
        }
    }
    return box;
}

bool lee_box_meets(lee_box a, lee_box b)
{
    return a.min.lat_e7 <= b.max.lat_e7 && b.min.lat_e7 <= a.max.lat_e7 &&
           a.min.lon_e7 <= b.max.lon_e7 && b.min.lon_e7 <= a.max.lon_e7 &&
           a.min.lat_e7 <= a.max.lat_e7 && b.min.lat_e7 <= b.max.lat_e7;
}
