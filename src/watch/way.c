#include "watch/way.h"

#include <assert.h>
#include <math.h>

#include "base/alloc.h"
#include "geo/area.h"
#include "geo/trig.h"

/* --- making -------------------------------------------------------------------------------------
 */

static void count_all(const lee_zone_list *zones, size_t *points, size_t *runs)
{
    for (uint32_t z = 0; z < zones->count; z++) {
        const lee_area *const area = &zones->zones[z].area;
        for (uint32_t r = 0; r < area->count; r++) {
            *points += (size_t)area->rings[r].count + 1;
            *runs += (area->rings[r].count + LEE_WAY_RUN - 1) / LEE_WAY_RUN;
        }
    }
}

static void stretch_box(lee_box *box, lee_point p)
{
    box->min.lat_e7 = p.lat_e7 < box->min.lat_e7 ? p.lat_e7 : box->min.lat_e7;
    box->min.lon_e7 = p.lon_e7 < box->min.lon_e7 ? p.lon_e7 : box->min.lon_e7;
    box->max.lat_e7 = p.lat_e7 > box->max.lat_e7 ? p.lat_e7 : box->max.lat_e7;
    box->max.lon_e7 = p.lon_e7 > box->max.lon_e7 ? p.lon_e7 : box->max.lon_e7;
}

/* Appends a ring; *point and *run count on. */
static void add_ring(lee_ways *ways, lee_ring ring, uint32_t *point, uint32_t *run)
{
    const uint32_t start = *point;
    for (uint32_t i = 0; i < ring.count; i++) {
        ways->points[(*point)++] = ring.points[i];
    }
    if (ring.count > 0) {
        ways->points[(*point)++] = ring.points[0];
    }
    for (uint32_t edge = 0; edge < ring.count; edge += LEE_WAY_RUN) {
        const uint32_t left = ring.count - edge;
        lee_way_run *const made = &ways->runs[(*run)++];
        made->first = start + edge;
        made->count = left < LEE_WAY_RUN ? left : LEE_WAY_RUN;
        made->box = (lee_box){ways->points[made->first], ways->points[made->first]};
        for (uint32_t i = 1; i <= made->count; i++) {
            stretch_box(&made->box, ways->points[made->first + i]);
        }
    }
}

lee_error lee__ways_make(const lee_zone_list *zones, lee_ways *out)
{
    size_t point_count = 0;
    size_t run_count = 0;
    count_all(zones, &point_count, &run_count);
    lee_ways ways = {
        .points = lee_alloc(point_count + LEE_WAY_ROOM, sizeof *ways.points),
        .runs = lee_alloc(run_count + 1, sizeof *ways.runs),
        .first_run = lee_alloc((size_t)zones->count + 1, sizeof *ways.first_run),
    };
    if (!ways.points || !ways.runs || !ways.first_run || point_count > UINT32_MAX) {
        lee__ways_free(&ways);
        return LEE_ERR_NO_MEMORY;
    }
    uint32_t point = 0;
    uint32_t run = 0;
    for (uint32_t z = 0; z < zones->count; z++) {
        ways.first_run[z] = run;
        for (uint32_t r = 0; r < zones->zones[z].area.count; r++) {
            add_ring(&ways, zones->zones[z].area.rings[r], &point, &run);
        }
    }
    ways.first_run[zones->count] = run;
    *out = ways;
    return LEE_OK;
}

void lee__ways_free(lee_ways *ways)
{
    lee_free(ways->points);
    lee_free(ways->runs);
    lee_free(ways->first_run);
    *ways = (lee_ways){0};
}

/* --- what certainly misses ----------------------------------------------------------------------
 */

lee_rough_way lee__way_between(lee_point a, lee_point b)
{
    const int64_t span = (int64_t)b.lon_e7 - a.lon_e7;
    return (lee_rough_way){
        .usable = span < LEE_LON_MAX_E7 && span > -LEE_LON_MAX_E7 && a.lon_e7 < LEE_LON_MAX_E7 &&
                  b.lon_e7 < LEE_LON_MAX_E7 && a.lat_e7 < LEE_LAT_MAX_E7 &&
                  b.lat_e7 < LEE_LAT_MAX_E7,
        .lat = a.lat_e7,
        .lon = a.lon_e7,
        .lat_by = (double)((int64_t)b.lat_e7 - a.lat_e7),
        .lon_by = (double)span,
    };
}

/* How far a point lies beside the line of the way, times its length. */
static double beside(const lee_rough_way *w, lee_point p)
{
    return w->lon_by * (p.lat_e7 - w->lat) - w->lat_by * (p.lon_e7 - w->lon);
}

static double doubt_beside(const lee_rough_way *w)
{
    return fabs(w->lon_by) * w->lat_doubt + fabs(w->lat_by) * w->lon_doubt + LEE_WAY_CROSS_DOUBT;
}

/* Whether all vertices of the run lie on one side of the line, farther than the doubt. */
static bool is_beside(const lee_rough_way *w, const lee_point *points, uint32_t edges)
{
    const double doubt = doubt_beside(w);
    bool left = true;
    bool right = true;
    for (uint32_t i = 0; i <= edges; i++) {
        const double off = beside(w, points[i]);
        left &= off > doubt;
        right &= off < -doubt;
    }
    return left || right;
}

/* A line that separates the way from the edge: that of the way, that of the edge, or one along a
 * meridian or parallel. */
static bool misses_edge(const lee_rough_way *w, lee_point tail, lee_point head)
{
    const double doubt = doubt_beside(w);
    const double off_tail = beside(w, tail);
    const double off_head = beside(w, head);
    if ((off_tail > doubt && off_head > doubt) || (off_tail < -doubt && off_head < -doubt)) {
        return true;
    }
    const double edge_lat = (double)head.lat_e7 - tail.lat_e7;
    const double edge_lon = (double)head.lon_e7 - tail.lon_e7;
    const double edge_doubt =
        fabs(edge_lon) * w->lat_doubt + fabs(edge_lat) * w->lon_doubt + LEE_WAY_CROSS_DOUBT;
    const double start = edge_lon * (w->lat - tail.lat_e7) - edge_lat * (w->lon - tail.lon_e7);
    const double end = start + edge_lon * w->lat_by - edge_lat * w->lon_by;
    if ((start > edge_doubt && end > edge_doubt) || (start < -edge_doubt && end < -edge_doubt)) {
        return true;
    }
    lee_box box = {tail, tail};
    stretch_box(&box, head);
    return lee__way_misses_box(w, box);
}

bool lee__way_misses_edges(const lee_ways *ways, uint32_t zone, const lee_rough_way *way)
{
    if (!way->usable) {
        return false;
    }
    for (uint32_t r = ways->first_run[zone]; r < ways->first_run[zone + 1]; r++) {
        const lee_way_run *const run = &ways->runs[r];
        const lee_point *const points = &ways->points[run->first];
        if (lee__way_misses_box(way, run->box) || is_beside(way, points, run->count)) {
            continue;
        }
        for (uint32_t i = 0; i < run->count; i++) {
            if (!misses_edge(way, points[i], points[i + 1])) {
                return false;
            }
        }
    }
    return true;
}

/* --- stretches ----------------------------------------------------------------------------------
 */

typedef struct {
    lee_line line;
    lee_ratio *at;
    size_t count;
    size_t capacity;
} walk;

static int vertex_side(const walk *w, lee_point v)
{
    return lee_cross_vertex_side(&w->line, v.lon_e7, v.lat_e7);
}

static void cross_edge(walk *w, lee_point tail, lee_point head)
{
    lee_ratio at;
    if (lee_cross_between(&w->line, tail.lon_e7, tail.lat_e7, head.lon_e7, head.lat_e7, &at)) {
        if (w->count < w->capacity) {
            w->at[w->count] = at;
        }
        w->count++;
    }
}

static void cross_runs(const lee_ways *ways, uint32_t zone, const lee_rough_way *rough, walk *w)
{
    for (uint32_t r = ways->first_run[zone]; r < ways->first_run[zone + 1]; r++) {
        if (lee__way_misses_box(rough, ways->runs[r].box)) {
            continue;
        }
        const lee_point *const points = &ways->points[ways->runs[r].first];
        int side = vertex_side(w, points[0]);
        for (uint32_t i = 0; i < ways->runs[r].count; i++) {
            const int next = vertex_side(w, points[i + 1]);
            if (next != side) {
                cross_edge(w, points[i], points[i + 1]);
            }
            side = next;
        }
    }
}

/* Few crossings are the rule; where there are many, geo/path.c sorts them. */
#define SORT_MAX 64u
static void sort(lee_ratio *at, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        const lee_ratio moved = at[i];
        size_t to = i;
        for (; to > 0 && lee__way_compare(at[to - 1], moved) > 0; to--) {
            at[to] = at[to - 1];
        }
        at[to] = moved;
    }
}

static size_t tidy(lee_path_stretch *out, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        const lee_path_stretch next = out[i];
        if (kept > 0 && lee__way_compare(out[kept - 1].to, next.from) == 0) {
            out[kept - 1].to = next.to;
        } else {
            out[kept++] = next;
        }
        if (lee__way_compare(out[kept - 1].from, out[kept - 1].to) == 0) {
            kept--;
        }
    }
    return kept;
}

size_t lee__ways_stretches(const lee_ways *ways, const lee_zone_list *zones, uint32_t zone,
                           lee_point a, lee_point b, lee_way_end a_in, lee_way_end b_in,
                           lee_path_stretch *out, size_t capacity)
{
    const lee_area *const area = &zones->zones[zone].area;
    const lee_rough_way rough = lee__way_between(a, b);
    lee_ratio found[SORT_MAX + 2];
    walk w = {
        .line = {a.lon_e7, a.lat_e7, (int64_t)b.lon_e7 - a.lon_e7, (int64_t)b.lat_e7 - a.lat_e7},
        .at = found + 1,
        .capacity = SORT_MAX};
    if (!rough.usable || (w.line.dx == 0 && w.line.dy == 0)) {
        return lee_area_path(area, a, b, out, capacity);
    }
    cross_runs(ways, zone, &rough, &w);
    if (w.count > SORT_MAX || w.count / 2 + 1 > capacity) {
        return lee_area_path(area, a, b, out, capacity);
    }
    /* One end follows from the other: each crossing goes to the other side. */
    bool starts_inside = a_in == LEE_WAY_INSIDE;
    if (a_in == LEE_WAY_UNKNOWN && b_in == LEE_WAY_UNKNOWN) {
        starts_inside = lee_area_contains(area, a);
    } else if (a_in == LEE_WAY_UNKNOWN) {
        starts_inside = (b_in == LEE_WAY_INSIDE) != (w.count % 2 == 1);
    }
    sort(found + 1, w.count);
    size_t first = 1;
    size_t end = 1 + w.count;
    if (starts_inside) {
        found[--first] = lee_ratio_make(0, 1);
    }
    if ((end - first) % 2 == 1) {
        found[end++] = lee_ratio_make(1, 1);
    }
    const size_t count = (end - first) / 2;
    for (size_t i = 0; i < count; i++) {
        out[i] = (lee_path_stretch){found[first + 2 * i], found[first + 2 * i + 1]};
    }
    return tidy(out, count);
}

/* --- distances ----------------------------------------------------------------------------------
 */

/* Metres of 1e-7 degrees: the least and the most that the ellipsoid has, north; east they shrink
 * with the cosine of the latitude. */
#define NORTH_MIN_M 0.01105
#define NORTH_MAX_M 0.01118
#define EAST_MIN_M 0.01113
#define EAST_MAX_M 0.01117
/* lee_area_distance_m judges in a plane; within these the plane and the distance agree to 1 %. */
#define PLANE_MAX_M 10000.0
#define PLANE_MAX_LAT_E7 700000000

int lee__ways_are_beyond(const lee_ways *ways, uint32_t zone, lee_point p, double metres)
{
    const int64_t edge_e7 = LEE_LON_MAX_E7 - 20000000;
    if (metres > PLANE_MAX_M || p.lat_e7 > PLANE_MAX_LAT_E7 || p.lat_e7 < -PLANE_MAX_LAT_E7 ||
        p.lon_e7 > edge_e7 || p.lon_e7 < -edge_e7) {
        return -1;
    }
    const double cosine = lee_cos(p.lat_e7 * LEE_RADIANS_PER_E7);
    const double north = NORTH_MIN_M;
    const double east = EAST_MIN_M * cosine;
    const double far = (metres + 1.0) * 1.01;
    int answer = 1;
    for (uint32_t r = ways->first_run[zone]; r < ways->first_run[zone + 1]; r++) {
        const lee_box box = ways->runs[r].box;
        if ((int64_t)box.max.lon_e7 - box.min.lon_e7 >= LEE_LON_MAX_E7) {
            return -1;
        }
        const double lat_off =
            fmax((double)box.min.lat_e7 - p.lat_e7, (double)p.lat_e7 - box.max.lat_e7);
        const double lon_off =
            fmax((double)box.min.lon_e7 - p.lon_e7, (double)p.lon_e7 - box.max.lon_e7);
        if (lat_off * north > far || lon_off * east > far) {
            continue;
        }
        const lee_point *const points = &ways->points[ways->runs[r].first];
        for (uint32_t i = 0; i < ways->runs[r].count; i++) {
            const double ax = ((double)points[i].lon_e7 - p.lon_e7) * east;
            const double ay = ((double)points[i].lat_e7 - p.lat_e7) * north;
            const double dx = ((double)points[i + 1].lon_e7 - points[i].lon_e7) * east;
            const double dy = ((double)points[i + 1].lat_e7 - points[i].lat_e7) * north;
            const double length2 = dx * dx + dy * dy;
            double t = length2 > 0.0 ? -(ax * dx + ay * dy) / length2 : 0.0;
            t = t < 0.0 ? 0.0 : t > 1.0 ? 1.0 : t;
            const double x = ax + t * dx;
            const double y = ay + t * dy;
            const double distance2 = x * x + y * y;
            /* The scales are the least there are; the most are 1.2 % greater. */
            const double near = (metres - 1.0) / 1.03;
            if (near > 0.0 && distance2 < near * near) {
                return 0;
            }
            if (distance2 <= far * far) {
                answer = -1;
            }
        }
    }
    return answer;
}

static int64_t between(int64_t from, int64_t to, lee_ratio at)
{
    const int64_t span = to >= from ? to - from : from - to;
    const int64_t step = (lee__way_scale(at, span * 2) + 1) / 2;
    return to >= from ? from + step : from - step;
}

lee_point lee__way_point(lee_point a, lee_point b, lee_ratio at)
{
    const int64_t span = (int64_t)b.lon_e7 - a.lon_e7;
    if (span > LEE_LON_MAX_E7 || span < -LEE_LON_MAX_E7) {
        return lee_path_point(a, b, at);
    }
    return (lee_point){(int32_t)between(a.lat_e7, b.lat_e7, at),
                       (int32_t)between(a.lon_e7, b.lon_e7, at)};
}
