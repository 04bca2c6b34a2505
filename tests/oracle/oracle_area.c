#include "oracle_area.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

typedef oracle_big big;
typedef oracle_ratio ratio;
typedef oracle_span span;
typedef oracle_place place;
typedef oracle_level level;

/* The move: 2^30 east, 1 north, in units of 2^-60 of the coordinates' unit. */
#define SHIFT 60
#define MOVE_X ((big)1 << 30)
#define MOVE_Y ((big)1)

/* --- geometry -----------------------------------------------------------------------------------
 */

/* Rays to the north from the moved point: edges whose ends lie on both sides of its meridian and
 * that pass above it. */
bool oracle_area_holds(const lee_area *area, lee_point p)
{
    bool inside = false;
    for (uint32_t r = 0; r < area->count; r++) {
        const lee_ring *const ring = &area->rings[r];
        for (uint32_t i = 0; i < ring->count; i++) {
            lee_point a = ring->points[i];
            lee_point b = ring->points[(i + 1) % ring->count];
            /* Moved east, a vertex on the meridian is west of it. */
            if ((a.lon_e7 > p.lon_e7) == (b.lon_e7 > p.lon_e7)) {
                continue;
            }
            if (a.lon_e7 > b.lon_e7) {
                const lee_point swap = a;
                a = b;
                b = swap;
            }
            const big dx = (big)b.lon_e7 - a.lon_e7;
            const big dy = (big)b.lat_e7 - a.lat_e7;
            const big px = ((big)p.lon_e7 - a.lon_e7) * ((big)1 << SHIFT) + MOVE_X;
            const big py = ((big)p.lat_e7 - a.lat_e7) * ((big)1 << SHIFT) + MOVE_Y;
            const big under = dy * px - dx * py; /* > 0: the edge passes above the point */
            assert(under != 0);
            inside ^= under > 0;
        }
    }
    return inside;
}

static int ratio_order(ratio a, ratio b)
{
    const big left = a.num * b.den;
    const big right = b.num * a.den;
    return (left > right) - (left < right);
}

static int ratio_sort(const void *a, const void *b)
{
    return ratio_order(*(const ratio *)a, *(const ratio *)b);
}

#define SPANS_MAX 4096

static int sign_of(big value)
{
    return (value > 0) - (value < 0);
}

/* The cross product of the way a->b with the way from the moved a to v, times 2^60. */
static int side_of_path(lee_point a, lee_point b, lee_point v)
{
    const big wx = (big)b.lon_e7 - a.lon_e7;
    const big wy = (big)b.lat_e7 - a.lat_e7;
    const big vx = ((big)v.lon_e7 - a.lon_e7) * ((big)1 << SHIFT) - MOVE_X;
    const big vy = ((big)v.lat_e7 - a.lat_e7) * ((big)1 << SHIFT) - MOVE_Y;
    const int side = sign_of(wx * vy - wy * vx);
    assert(side != 0);
    return side;
}

static int side_of_edge(lee_point tail, lee_point head, lee_point p)
{
    const big ex = (big)head.lon_e7 - tail.lon_e7;
    const big ey = (big)head.lat_e7 - tail.lat_e7;
    const big px = ((big)p.lon_e7 - tail.lon_e7) * ((big)1 << SHIFT) + MOVE_X;
    const big py = ((big)p.lat_e7 - tail.lat_e7) * ((big)1 << SHIFT) + MOVE_Y;
    const int side = sign_of(ex * py - ey * px);
    assert(side != 0);
    return side;
}

/* Stretches of the way a->b inside the area, of some length, in order. */
static size_t area_spans(const lee_area *area, lee_point a, lee_point b, span *out)
{
    static ratio at[SPANS_MAX * 2];
    size_t count = 0;
    if (a.lat_e7 == b.lat_e7 && a.lon_e7 == b.lon_e7) {
        out[0] = (span){{0, 1}, {1, 1}};
        return oracle_area_holds(area, a) ? 1 : 0;
    }
    if (oracle_area_holds(area, a)) {
        at[count++] = (ratio){0, 1};
    }
    for (uint32_t r = 0; r < area->count; r++) {
        const lee_ring *const ring = &area->rings[r];
        for (uint32_t i = 0; i < ring->count; i++) {
            const lee_point tail = ring->points[i];
            const lee_point head = ring->points[(i + 1) % ring->count];
            if ((tail.lat_e7 == head.lat_e7 && tail.lon_e7 == head.lon_e7) ||
                side_of_path(a, b, tail) == side_of_path(a, b, head) ||
                side_of_edge(tail, head, a) == side_of_edge(tail, head, b)) {
                continue;
            }
            const big wx = (big)b.lon_e7 - a.lon_e7;
            const big wy = (big)b.lat_e7 - a.lat_e7;
            const big ex = (big)head.lon_e7 - tail.lon_e7;
            const big ey = (big)head.lat_e7 - tail.lat_e7;
            const big den = wx * ey - wy * ex;
            const big num = ((big)tail.lon_e7 - a.lon_e7) * ey - ((big)tail.lat_e7 - a.lat_e7) * ex;
            assert(count < SPANS_MAX * 2 - 1);
            at[count++] = den > 0 ? (ratio){num, den} : (ratio){-num, -den};
        }
    }
    if (oracle_area_holds(area, b)) {
        at[count++] = (ratio){1, 1};
    }
    assert(count % 2 == 0);
    qsort(at, count, sizeof *at, ratio_sort);
    size_t spans = 0;
    for (size_t i = 0; i < count; i += 2) {
        if (ratio_order(at[i], at[i + 1]) == 0) {
            continue;
        }
        if (spans > 0 && ratio_order(out[spans - 1].to, at[i]) == 0) {
            out[spans - 1].to = at[i + 1];
        } else {
            out[spans++] = (span){at[i], at[i + 1]};
        }
    }
    return spans;
}

/* --- zones --------------------------------------------------------------------------------------
 */

/* A limit in feet that pressure altitude is compared with; false: it binds nothing. Limits above
 * ground bind nothing, because the ground is not known. */
bool oracle_limit_ft(const lee_alt_limit *limit, int32_t *out)
{
    if (limit->kind != LEE_LIMIT_VALUE || limit->alt.ref == LEE_ALT_AGL) {
        return false;
    }
    assert(limit->alt.ref == LEE_ALT_STD || limit->alt.ref == LEE_ALT_MSL);
    *out = limit->alt.ft;
    return true;
}

level oracle_level_of(const lee_zone *zone, bool has_alt, int32_t alt_ft, int32_t margin_ft)
{
    int32_t lower = 0;
    int32_t upper = 0;
    const bool has_lower = oracle_limit_ft(&zone->lower, &lower);
    const bool has_upper = oracle_limit_ft(&zone->upper, &upper);
    if (!has_lower && !has_upper) {
        return ORACLE_WITHIN;
    }
    if (!has_alt) {
        return ORACLE_UNKNOWN;
    }
    return has_lower && alt_ft < lower - margin_ft    ? ORACLE_BELOW
           : has_upper && alt_ft >= upper + margin_ft ? ORACLE_ABOVE
                                                      : ORACLE_WITHIN;
}

bool oracle_active_at(const lee_zone *zone, int64_t t_us)
{
    for (uint32_t i = 0; i < zone->schedule.count; i++) {
        if (zone->schedule.intervals[i].from_us <= t_us &&
            t_us < zone->schedule.intervals[i].to_us) {
            return true;
        }
    }
    return zone->schedule.always;
}

bool oracle_holds(const lee_zone *zone, const place *p)
{
    const level l = oracle_level_of(zone, p->has_alt, p->alt_ft, 0);
    return (l == ORACLE_WITHIN || l == ORACLE_UNKNOWN) && oracle_area_holds(&zone->area, p->point);
}

static bool cut(span *s, ratio from, ratio to)
{
    if (ratio_order(from, s->from) > 0) {
        s->from = from;
    }
    if (ratio_order(to, s->to) < 0) {
        s->to = to;
    }
    return ratio_order(s->from, s->to) < 0;
}

/* Narrows to where the altitude is at or above the limit (`up`) or below it. */
static bool cut_limit(span *s, int64_t a, int64_t b, int64_t limit, bool up)
{
    const bool a_in = up ? a >= limit : a < limit;
    const bool b_in = up ? b >= limit : b < limit;
    if (a_in && b_in) {
        return true;
    }
    if (!a_in && !b_in) {
        return false;
    }
    const int64_t span_ft = b > a ? b - a : a - b;
    const int64_t way_ft = b > a ? limit - a : a - limit;
    const ratio at = {way_ft, span_ft};
    return b_in ? cut(s, at, (ratio){1, 1}) : cut(s, (ratio){0, 1}, at);
}

static bool boxes_miss(const lee_area *area, lee_point a, lee_point b)
{
    bool west = true;
    bool east = true;
    bool south = true;
    bool north = true;
    for (uint32_t r = 0; r < area->count; r++) {
        for (uint32_t i = 0; i < area->rings[r].count; i++) {
            const lee_point v = area->rings[r].points[i];
            west &= v.lon_e7 < a.lon_e7 && v.lon_e7 < b.lon_e7;
            east &= v.lon_e7 > a.lon_e7 && v.lon_e7 > b.lon_e7;
            south &= v.lat_e7 < a.lat_e7 && v.lat_e7 < b.lat_e7;
            north &= v.lat_e7 > a.lat_e7 && v.lat_e7 > b.lat_e7;
        }
    }
    return west || east || south || north;
}

/* All stretches inside the volume while it is active. */
static size_t volume_spans(const lee_zone *zone, const place *a, const place *b, span *out,
                           bool *blurred)
{
    static span spans[SPANS_MAX];
    const level la = oracle_level_of(zone, a->has_alt, a->alt_ft, 0);
    const level lb = oracle_level_of(zone, b->has_alt, b->alt_ft, 0);
    *blurred = la == ORACLE_UNKNOWN || lb == ORACLE_UNKNOWN;
    if (boxes_miss(&zone->area, a->point, b->point)) {
        return 0;
    }
    size_t found = 0;
    const size_t count = area_spans(&zone->area, a->point, b->point, spans);
    for (size_t i = 0; i < count; i++) {
        span s = spans[i];
        int32_t limit = 0;
        if (!*blurred) {
            if (oracle_limit_ft(&zone->lower, &limit) &&
                !cut_limit(&s, a->alt_ft, b->alt_ft, limit, true)) {
                continue;
            }
            if (oracle_limit_ft(&zone->upper, &limit) &&
                !cut_limit(&s, a->alt_ft, b->alt_ft, limit, false)) {
                continue;
            }
        }
        const lee_interval always = {INT64_MIN, INT64_MAX};
        const uint32_t intervals = zone->schedule.always ? 1 : zone->schedule.count;
        for (uint32_t k = 0; k < intervals; k++) {
            const lee_interval in = zone->schedule.always ? always : zone->schedule.intervals[k];
            span part = s;
            if (in.from_us > a->t_us) {
                const int64_t from = in.from_us < b->t_us ? in.from_us : b->t_us;
                if (b->t_us == a->t_us ||
                    !cut(&part, (ratio){from - a->t_us, b->t_us - a->t_us}, (ratio){1, 1})) {
                    continue;
                }
            }
            if (in.to_us <= b->t_us) {
                const int64_t to = in.to_us > a->t_us ? in.to_us : a->t_us;
                if (b->t_us == a->t_us ||
                    !cut(&part, (ratio){0, 1}, (ratio){to - a->t_us, b->t_us - a->t_us})) {
                    continue;
                }
            }
            assert(found < SPANS_MAX);
            out[found++] = part;
        }
    }
    return found;
}

bool oracle_hangs_on_ground(const lee_zone *zone)
{
    return (zone->lower.kind == LEE_LIMIT_VALUE && zone->lower.alt.ref == LEE_ALT_AGL &&
            zone->lower.alt.ft > 0) ||
           (zone->upper.kind == LEE_LIMIT_VALUE && zone->upper.alt.ref == LEE_ALT_AGL);
}

bool oracle_is_certain(const lee_zone *zone, const place *p)
{
    return !oracle_hangs_on_ground(zone) &&
           oracle_level_of(zone, p->has_alt, p->alt_ft, 0) != ORACLE_UNKNOWN;
}

bool oracle_exempted(const oracle_lanes *lanes, const place *p)
{
    for (size_t i = 0; i < lanes->count; i++) {
        const lee_zone *const lane = lanes->zones[i];
        if (oracle_is_certain(lane, p) && oracle_active_at(lane, p->t_us) &&
            oracle_holds(lane, p)) {
            return true;
        }
    }
    return false;
}

/* Cuts one stretch out of all. */
static size_t cut_out(span *spans, size_t count, const span *out)
{
    static span left[SPANS_MAX];
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        span before = spans[i];
        span after = spans[i];
        assert(kept + 2 <= SPANS_MAX);
        if (cut(&before, (ratio){0, 1}, out->from)) {
            left[kept++] = before;
        }
        if (cut(&after, out->to, (ratio){1, 1})) {
            left[kept++] = after;
        }
    }
    memcpy(spans, left, kept * sizeof *spans);
    return kept;
}

size_t oracle_volume_spans(const lee_zone *zone, const oracle_lanes *lanes, const place *a,
                           const place *b, span *first, span *last, bool *blurred)
{
    static span found[SPANS_MAX];
    static span lane[SPANS_MAX];
    size_t count = volume_spans(zone, a, b, found, blurred);
    for (size_t i = 0; i < lanes->count && count > 0; i++) {
        bool is_blurred = false;
        const size_t out =
            oracle_is_certain(lanes->zones[i], a) && oracle_is_certain(lanes->zones[i], b)
                ? volume_spans(lanes->zones[i], a, b, lane, &is_blurred)
                : 0;
        for (size_t k = 0; k < out && !is_blurred; k++) {
            count = cut_out(found, count, &lane[k]);
        }
    }
    if (count > 0) {
        *first = found[0];
        *last = found[count - 1];
    }
    return count;
}
