/* zone/fan_see.h: what a path meets in a fan, compiled once for each kind of processor.
 *
 * Some edges at once in floats. Whatever these can not tell for certain is asked of the integers:
 * places nearer to a line than about a millionth of their distance.
 *
 * Before it is included: SEE_LANES, 4 or 8; SEE_TARGET, what its functions are compiled for;
 * SEE_SIGNS(v), the sign bits of a vector of that many numbers, as bits; SEE_SIGNS_4(v), of four.
 */
#ifndef LEE_ZONE_FAN_SEE_H
#define LEE_ZONE_FAN_SEE_H

#include <string.h>

#include "zone/fan.h"

#define SEE_INLINE SEE_TARGET static inline __attribute__((always_inline))

/* A number converted, a product and a sum of two each err by 2^-24 of themselves: less than six
 * of those of the two products' sizes; one more product and sum where two sums are added. */
#define SEE_DOUBT 0x1p-20f

typedef float see_floats __attribute__((vector_size(4 * SEE_LANES)));
typedef int32_t see_numbers __attribute__((vector_size(4 * SEE_LANES)));

/* Where the standard's float arithmetic is done in double (s390x), a scalar does not become a
 * vector by itself. */
#if defined(__FLT_EVAL_METHOD__) && __FLT_EVAL_METHOD__ != 0
SEE_INLINE see_floats see_all(float value)
{
    see_floats all;
    for (int i = 0; i < SEE_LANES; i++) {
        all[i] = value;
    }
    return all;
}
SEE_INLINE lee_fan_lanes see_all_4(float value)
{
    return (lee_fan_lanes){value, value, value, value};
}
#else
#define see_all(value) (value)
#define see_all_4(value) (value)
#endif

typedef struct {
    float x, y;
    int32_t at_x, at_y;
} see_way;

/* Of some edges, as bits: those crossed, those whose line the start is to the left of, and those
 * for which either is in doubt. */
typedef struct {
    uint32_t crossed, sides, doubt;
} see_found;

SEE_INLINE see_found see_edges(const int32_t *x_at, const int32_t *y_at, const int32_t *dx_at,
                               const int32_t *dy_at, const see_way *w)
{
    see_numbers clear, px, py, ex, ey;
    memset(&clear, 0, sizeof clear);
    clear += INT32_MAX;
    memcpy(&px, x_at, sizeof px);
    memcpy(&py, y_at, sizeof py);
    memcpy(&ex, dx_at, sizeof ex);
    memcpy(&ey, dy_at, sizeof ey);
    const see_floats x = __builtin_convertvector(px - w->at_x, see_floats);
    const see_floats y = __builtin_convertvector(py - w->at_y, see_floats);
    const see_floats dx = __builtin_convertvector(ex, see_floats);
    const see_floats dy = __builtin_convertvector(ey, see_floats);
    const see_floats south_1 = see_all(w->x) * y;
    const see_floats south_2 = see_all(w->y) * x;
    const see_floats on_1 = see_all(w->x) * dy;
    const see_floats on_2 = see_all(w->y) * dx;
    const see_floats start_1 = dy * x;
    const see_floats start_2 = dx * y;
    const see_floats south = south_1 - south_2;
    const see_floats on = on_1 - on_2;
    const see_floats north = south + on;
    const see_floats start = start_1 - start_2;
    const see_floats end = start - on;
#define SIZE(v) ((see_floats)((see_numbers)(v)&clear))
    /* One for all four: of those whose own are smaller some more are doubted than need be. */
    const see_floats least =
        (SIZE(south_1) + SIZE(south_2) + SIZE(on_1) + SIZE(on_2) + SIZE(start_1) + SIZE(start_2)) *
        SEE_DOUBT;
    const see_numbers doubt = (SIZE(south) <= least) | (SIZE(north) <= least) |
                              (SIZE(start) <= least) | (SIZE(end) <= least);
#undef SIZE
    /* What is in doubt does not count: so zero is as good as more. */
    const see_numbers crossed =
        ((see_numbers)south ^ (see_numbers)north) & ((see_numbers)start ^ (see_numbers)end);
    return (see_found){SEE_SIGNS(crossed), ~SEE_SIGNS((see_numbers)start), SEE_SIGNS(doubt)};
}

/* Within the fan, and at its heights. */
SEE_INLINE bool see_way_in(const lee_fan *fan, const lee_zone_path *p, int32_t low, int32_t high,
                           lee_fan_way *way)
{
    const lee_grid_point from = lee__fan_point(p->from);
    const lee_grid_point to = lee__fan_point(p->to);
    /* No coordinate is as far from another as 2^32; so those that come out wrong here, by 2^32, are
     * out of the reach of any fan. */
    const int32_t x = (int32_t)(from.x - fan->origin.x);
    const int32_t y = (int32_t)(from.y - fan->origin.y);
    const int32_t end_x = (int32_t)(to.x - fan->origin.x);
    const int32_t end_y = (int32_t)(to.y - fan->origin.y);
    const lee_fan_lanes start =
        fan->offset + fan->by_x * see_all_4((float)x) + fan->by_y * see_all_4((float)y);
    const lee_fan_lanes end =
        fan->offset + fan->by_x * see_all_4((float)end_x) + fan->by_y * see_all_4((float)end_y);
    const lee_fan_numbers out = (lee_fan_numbers)start | (lee_fan_numbers)end;
    if (SEE_SIGNS_4(out) | (low < fan->lower_ft) | (high > fan->upper_ft) | !fan->usable) {
        return false;
    }
    *way = (lee_fan_way){x, y, end_x - x, end_y - y};
    return true;
}

SEE_INLINE void see_edges_of(const lee_fan *fan, lee_fan_sight *s)
{
    const see_way way = {(float)s->way.dx, (float)s->way.dy, s->way.x, s->way.y};
    for (uint32_t w = 0; w < LEE_FAN_WORDS; w++) {
        uint64_t crossed = 0;
        uint64_t sides = 0;
        uint64_t doubt = 0;
        const uint32_t left = fan->edge_count > w * 64 ? fan->edge_count - w * 64 : 0;
        for (uint32_t i = 0; i < left && i < 64; i += SEE_LANES) {
            const lee_fan_block *const b = lee__fan_block(fan, (w * 64 + i) / LEE_FAN_LANES);
            const uint32_t k = i % LEE_FAN_LANES;
            const see_found found = see_edges(b->x + k, b->y + k, b->dx + k, b->dy + k, &way);
            const uint64_t all = (UINT64_C(1) << SEE_LANES) - 1;
            crossed |= (found.crossed & all) << i;
            sides |= (found.sides & all) << i;
            doubt |= (found.doubt & all) << i;
        }
        const uint64_t edges = left < 64 ? (UINT64_C(1) << left) - 1 : UINT64_MAX;
        s->seen.crossed[w] = crossed & edges;
        s->seen.sides[w] = sides & edges;
        if (__builtin_expect((doubt & edges) != 0, 0)) {
            lee__fan_settle(fan, &s->way, w, doubt & edges, &s->seen);
        }
    }
}

/* Bands against these altitudes. */
SEE_INLINE void see_bands(const lee_fan *fan, int32_t low_ft, int32_t high_ft, lee_fan_sight *s)
{
    s->met = s->cut = 0;
    for (uint32_t i = 0; i < fan->zone_count; i += SEE_LANES) {
        const lee_fan_zones *const z = lee__fan_zones(fan, i / LEE_FAN_LANES);
        see_numbers lower, upper;
        memcpy(&lower, z->lower_ft + i % LEE_FAN_LANES, sizeof lower);
        memcpy(&upper, z->upper_ft + i % LEE_FAN_LANES, sizeof upper);
        const see_numbers met = (lower <= high_ft) & (upper > low_ft);
        const see_numbers cut = (lower > low_ft) | (upper <= high_ft);
        s->met |= (uint64_t)SEE_SIGNS(met) << i;
        s->cut |= (uint64_t)SEE_SIGNS(cut) << i;
    }
}

SEE_INLINE bool see_path(const lee_fan *fan, const lee_zone_path *p, lee_fan_sight *s)
{
    int32_t low, high;
    lee__fan_altitudes(p, &low, &high);
    if (!see_way_in(fan, p, low, high, &s->way)) {
        return false;
    }
    see_edges_of(fan, s);
    see_bands(fan, low, high, s);
    return true;
}

#endif
