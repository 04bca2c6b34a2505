/* What a path meets in a fan, for any processor; what floats can not tell; and what holds it. */
#include "zone/fan.h"

#include <assert.h>

static_assert(LEE_FAN_EDGES_MAX <= 64 * LEE_FAN_WORDS, "edges are bits of some words");
static_assert(LEE_FAN_ZONES_MAX <= 64, "zones are bits of a word");

static inline uint32_t signs(lee_fan_numbers v)
{
    const lee_fan_numbers bits = (v < 0) & (lee_fan_numbers){1, 2, 4, 8};
    return (uint32_t)(bits[0] | bits[1] | bits[2] | bits[3]);
}

#define SEE_LANES 4
#define SEE_TARGET
#define SEE_SIGNS(v) signs(v)
#define SEE_SIGNS_4(v) signs(v)

#include "zone/fan_see.h"

bool lee__fan_see(const lee_fan *fan, const lee_zone_path *p, lee_fan_sight *s)
{
    return see_path(fan, p, s);
}

static bool is_left(const lee_fan_edge *e, int64_t x, int64_t y)
{
    return lee_cross_point_side(e->x, e->y, e->dx, e->dy, x, y) > 0;
}

/* A way of no length crosses nothing. */
static bool crosses(const lee_line *l, const lee_fan_edge *e)
{
    return (l->dx != 0 || l->dy != 0) &&
           lee_cross_vertex_side(l, e->x, e->y) !=
               lee_cross_vertex_side(l, e->x + e->dx, e->y + e->dy) &&
           is_left(e, l->x, l->y) != is_left(e, l->x + l->dx, l->y + l->dy);
}

void lee__fan_settle(const lee_fan *fan, const lee_fan_way *way, uint32_t word, uint64_t doubt,
                     lee_fan_bits *seen)
{
    const lee_line line = lee__fan_line(way);
    for (; doubt; doubt &= doubt - 1) {
        const uint64_t bit = doubt & -doubt;
        const lee_fan_edge edge = lee__fan_edge(fan, word * 64 + (uint32_t)__builtin_ctzll(doubt));
        const bool crossed = crosses(&line, &edge);
        const bool left = is_left(&edge, way->x, way->y);
        seen->crossed[word] = (seen->crossed[word] & ~bit) | (crossed ? bit : 0);
        seen->sides[word] = (seen->sides[word] & ~bit) | (left ? bit : 0);
    }
}

void lee__fan_hold_anew(lee_fan *fan, const lee_fan_way *way, const lee_fan_bits *seen)
{
    const lee_line line = {fan->x, fan->y, (int64_t)way->x - fan->x, (int64_t)way->y - fan->y};
    for (uint32_t w = 0; w < LEE_FAN_WORDS; w++) {
        /* From the anchor to here only edges can lie between whose lines do. */
        uint64_t parted = fan->sides[w] ^ seen->sides[w];
        for (; parted; parted &= parted - 1) {
            const uint32_t i = w * 64 + (uint32_t)__builtin_ctzll(parted);
            const lee_fan_edge edge = lee__fan_edge(fan, i);
            fan->holding ^= (uint64_t)crosses(&line, &edge) << *lee__fan_place(fan, i);
        }
        fan->sides[w] = seen->sides[w];
    }
    fan->x = way->x;
    fan->y = way->y;
}
