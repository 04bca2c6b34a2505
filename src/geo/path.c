#include "geo/path.h"

#include <assert.h>

#include "geo/area.h"

#define FULL_TURN_E7 INT64_C(3600000000)

/* In 64 bits, because a path over the antimeridian is unrolled past +-180 degrees. */
typedef struct {
    int64_t x;
    int64_t y;
} vector;

static lee_wide cross(vector a, vector b)
{
    return (lee_wide)a.x * b.y - (lee_wide)a.y * b.x;
}

static vector minus(vector a, vector b)
{
    return (vector){a.x - b.x, a.y - b.y};
}

static int sign(lee_wide value)
{
    return (value > 0) - (value < 0);
}

/* By the continued fractions of both: the products would need more than 128 bits. */
int lee_ratio_compare(lee_ratio a, lee_ratio b)
{
    assert(a.den > 0 && b.den > 0);
    assert(a.num >= 0 && b.num >= 0);
    int direction = 1;
    for (;;) {
        const lee_wide whole_a = a.num / a.den;
        const lee_wide whole_b = b.num / b.den;
        if (whole_a != whole_b) {
            return whole_a < whole_b ? -direction : direction;
        }
        const lee_wide rest_a = a.num % a.den;
        const lee_wide rest_b = b.num % b.den;
        if (rest_a == 0 || rest_b == 0) {
            return direction * (sign(rest_a) - sign(rest_b));
        }
        /* rest_a/a.den < rest_b/b.den exactly when the inverses are the other way round. */
        a = (lee_ratio){a.den, rest_a};
        b = (lee_ratio){b.den, rest_b};
        direction = -direction;
    }
}

lee_ratio lee_ratio_max(lee_ratio a, lee_ratio b)
{
    return lee_ratio_compare(a, b) < 0 ? b : a;
}

lee_ratio lee_ratio_min(lee_ratio a, lee_ratio b)
{
    return lee_ratio_compare(a, b) > 0 ? b : a;
}

lee_ratio lee_ratio_make(int64_t num, int64_t den)
{
    assert(num >= 0);
    assert(den > 0);
    return (lee_ratio){num, den};
}

double lee_ratio_double(lee_ratio ratio)
{
    return (double)ratio.num / (double)ratio.den;
}

/* floor(num * scale / den) for 0 <= num <= den, by adding up the bits of scale: num itself may have
 * 67 bits, so the product would not fit. */
int64_t lee_ratio_scale(lee_ratio ratio, int64_t scale)
{
    assert(scale >= 0);
    assert(ratio.num >= 0 && ratio.num <= ratio.den);
    lee_wide whole = 0;
    lee_wide rest = 0;
    for (int bit = 62; bit >= 0; bit--) {
        whole *= 2;
        rest *= 2;
        if (scale >> bit & 1) {
            rest += ratio.num;
        }
        whole += rest / ratio.den;
        rest %= ratio.den;
    }
    return (int64_t)whole;
}

/* The coordinate at the parameter, to the nearest unit. */
static int64_t between(int64_t from, int64_t to, lee_ratio at)
{
    const int64_t span = to >= from ? to - from : from - to;
    const int64_t twice = lee_ratio_scale(at, span * 2);
    const int64_t step = (twice + 1) / 2;
    return to >= from ? from + step : from - step;
}

/* b seen from a: on the near side of the antimeridian, past +-180 degrees where need be. */
static vector unroll(lee_point a, lee_point b)
{
    vector end = {b.lon_e7, b.lat_e7};
    if (end.x - a.lon_e7 > FULL_TURN_E7 / 2) {
        end.x -= FULL_TURN_E7;
    } else if (a.lon_e7 - end.x > FULL_TURN_E7 / 2) {
        end.x += FULL_TURN_E7;
    }
    return end;
}

lee_point lee_path_point(lee_point a, lee_point b, lee_ratio at)
{
    const vector end = unroll(a, b);
    int64_t lon = between(a.lon_e7, end.x, at);
    if (lon > LEE_LON_MAX_E7) {
        lon -= FULL_TURN_E7;
    } else if (lon < -LEE_LON_MAX_E7) {
        lon += FULL_TURN_E7;
    }
    return (lee_point){(int32_t)between(a.lat_e7, end.y, at), (int32_t)lon};
}

/* --- crossings, with every tie broken by the same infinitesimal move -------------------------- */

/* On which side of the moved path a vertex is: the path's points carry (+e, +e^2). Never 0 for a
 * path with a length. */
static int vertex_side(vector start, vector way, vector vertex)
{
    const int side = sign(cross(way, minus(vertex, start)));
    if (side != 0) {
        return side;
    }
    return way.y != 0 ? sign(way.y) : -sign(way.x);
}

/* On which side of an edge a point of the moved path is. Never 0 for an edge with a length. */
static int point_side(vector tail, vector edge, vector point)
{
    const int side = sign(cross(edge, minus(point, tail)));
    if (side != 0) {
        return side;
    }
    return edge.y != 0 ? -sign(edge.y) : sign(edge.x);
}

typedef struct {
    lee_ratio *at;
    size_t count;
    size_t capacity;
} crossings;

static void add_crossing(crossings *found, lee_ratio at)
{
    if (found->count < found->capacity) {
        found->at[found->count] = at;
    }
    found->count++;
}

static void cross_edge(vector start, vector way, vector tail, vector head, crossings *found)
{
    const vector edge = minus(head, tail);
    if (vertex_side(start, way, tail) == vertex_side(start, way, head)) {
        return;
    }
    const vector end = {start.x + way.x, start.y + way.y};
    if (point_side(tail, edge, start) == point_side(tail, edge, end)) {
        return;
    }
    lee_wide den = cross(way, edge);
    lee_wide num = cross(minus(tail, start), edge);
    if (den < 0) {
        den = -den;
        num = -num;
    }
    /* Parallel edges have both ends on one side and never come here. */
    assert(den > 0);
    assert(num >= 0 && num <= den);
    add_crossing(found, (lee_ratio){num, den});
}

static void cross_area(const lee_area *area, vector start, vector way, crossings *found)
{
    for (uint32_t r = 0; r < area->count; r++) {
        const lee_ring ring = area->rings[r];
        for (uint32_t i = 0, last = ring.count - 1; i < ring.count; last = i++) {
            const vector tail = {ring.points[last].lon_e7, ring.points[last].lat_e7};
            const vector head = {ring.points[i].lon_e7, ring.points[i].lat_e7};
            cross_edge(start, way, tail, head, found);
        }
    }
}

/* Heap sort: no recursion, no memory, and no input makes it slow. */
static void sift_down(lee_ratio *at, size_t root, size_t count)
{
    for (;;) {
        size_t child = 2 * root + 1;
        if (child >= count) {
            return;
        }
        if (child + 1 < count && lee_ratio_compare(at[child], at[child + 1]) < 0) {
            child++;
        }
        if (lee_ratio_compare(at[root], at[child]) >= 0) {
            return;
        }
        const lee_ratio swap = at[root];
        at[root] = at[child];
        at[child] = swap;
        root = child;
    }
}

static void sort_crossings(lee_ratio *at, size_t count)
{
    for (size_t i = count / 2; i-- > 0;) {
        sift_down(at, i, count);
    }
    for (size_t last = count; last-- > 1;) {
        const lee_ratio swap = at[0];
        at[0] = at[last];
        at[last] = swap;
        sift_down(at, 0, last);
    }
}

/* Pairs of parameters become stretches in place; empty ones go, ones that meet become one. */
static size_t tidy(lee_path_stretch *out, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        const lee_path_stretch next = out[i];
        if (kept > 0 && lee_ratio_compare(out[kept - 1].to, next.from) == 0) {
            out[kept - 1].to = next.to;
        } else {
            out[kept++] = next;
        }
        if (lee_ratio_compare(out[kept - 1].from, out[kept - 1].to) == 0) {
            kept--;
        }
    }
    return kept;
}

size_t lee_area_path(const lee_area *area, lee_point a, lee_point b, lee_path_stretch *out,
                     size_t capacity)
{
    assert(area);
    assert(out || capacity == 0);
    a = lee_point_canonical(a);
    b = lee_point_canonical(b);
    const vector start = {a.lon_e7, a.lat_e7};
    const vector way = minus(unroll(a, b), start);
    if (way.x == 0 && way.y == 0) {
        return 0;
    }
    /* The stretches' own memory holds the crossings while they are gathered: one array of pairs of
     * ratios is an array of ratios. */
    static_assert(sizeof(lee_path_stretch) == 2 * sizeof(lee_ratio), "stretches are pairs");
    crossings found = {(lee_ratio *)out, 0, 2 * capacity};
    if (lee_area_contains(area, a)) {
        add_crossing(&found, lee_ratio_make(0, 1));
    }
    cross_area(area, start, way, &found);
    /* >=: an end on the antimeridian is on its far side by the edge rule. */
    if (start.x + way.x >= LEE_LON_MAX_E7) {
        cross_area(area, (vector){start.x - FULL_TURN_E7, start.y}, way, &found);
    } else if (start.x + way.x < -LEE_LON_MAX_E7) {
        cross_area(area, (vector){start.x + FULL_TURN_E7, start.y}, way, &found);
    }
    if (lee_area_contains(area, b)) {
        add_crossing(&found, lee_ratio_make(1, 1));
    }
    assert(found.count % 2 == 0);
    if (found.count > found.capacity) {
        return found.count / 2;
    }
    sort_crossings(found.at, found.count);
    return tidy(out, found.count / 2);
}
