/* What a path crosses of the edges of a fan.
 *
 * Four edges at once in floats. Whatever these can not tell for certain is asked of the integers:
 * places nearer to a line than about a millionth of their distance. */
#include "zone/fan.h"

#include <assert.h>

static_assert(LEE_FAN_EDGES_MAX <= 64 * LEE_FAN_WORDS, "edges are bits of some words");
static_assert(LEE_FAN_ZONES_MAX <= 64, "zones are bits of a word");

/* A number converted, a product and a sum of two each err by 2^-24 of themselves: less than six
 * of those of the two products' sizes; one more product and sum where two sums are added. */
#define DOUBT 0x1p-20f

typedef struct {
    float x, y;
    int32_t at_x, at_y;
} rough_way;

/* Bits of four edges: 0..3 crossed, 4..7 the start to the left, 8..11 which of the former is in
 * doubt, 12..15 the latter. */
static inline uint32_t look_at(const lee_fan_block *b, const rough_way *w)
{
    const lee_fan_numbers clear = {INT32_MAX, INT32_MAX, INT32_MAX, INT32_MAX};
    const lee_fan_lanes x = __builtin_convertvector(b->x - w->at_x, lee_fan_lanes);
    const lee_fan_lanes y = __builtin_convertvector(b->y - w->at_y, lee_fan_lanes);
    const lee_fan_lanes dx = __builtin_convertvector(b->dx, lee_fan_lanes);
    const lee_fan_lanes dy = __builtin_convertvector(b->dy, lee_fan_lanes);
    const lee_fan_lanes south_1 = w->x * y;
    const lee_fan_lanes south_2 = w->y * x;
    const lee_fan_lanes on_1 = w->x * dy;
    const lee_fan_lanes on_2 = w->y * dx;
    const lee_fan_lanes start_1 = dy * x;
    const lee_fan_lanes start_2 = dx * y;
    const lee_fan_lanes south = south_1 - south_2;
    const lee_fan_lanes on = on_1 - on_2;
    const lee_fan_lanes north = south + on;
    const lee_fan_lanes start = start_1 - start_2;
    const lee_fan_lanes end = start - on;
#define SIZE(v) ((lee_fan_lanes)((lee_fan_numbers)(v)&clear))
    const lee_fan_lanes south_most = SIZE(south_1) + SIZE(south_2);
    const lee_fan_lanes on_most = SIZE(on_1) + SIZE(on_2);
    const lee_fan_lanes start_most = SIZE(start_1) + SIZE(start_2);
    const lee_fan_numbers start_doubt = SIZE(start) <= start_most * DOUBT;
    const lee_fan_numbers doubt = (SIZE(south) <= south_most * DOUBT) |
                                  (SIZE(north) <= (south_most + on_most) * DOUBT) |
                                  (SIZE(end) <= (start_most + on_most) * DOUBT) | start_doubt;
#undef SIZE
    const lee_fan_numbers left = start > 0;
    const lee_fan_numbers crossed = ((south > 0) ^ (north > 0)) & (left ^ (end > 0));
    const lee_fan_numbers bits = (crossed & (lee_fan_numbers){1, 2, 4, 8}) |
                                 (left & (lee_fan_numbers){16, 32, 64, 128}) |
                                 (doubt & (lee_fan_numbers){256, 512, 1024, 2048}) |
                                 (start_doubt & (lee_fan_numbers){4096, 8192, 16384, 32768});
    return (uint32_t)(bits[0] | bits[1] | bits[2] | bits[3]);
}

static int start_side(const lee_fan_edge *e, int64_t x, int64_t y)
{
    return lee_cross_point_side(e->x, e->y, e->dx, e->dy, x, y);
}

static bool crosses(const lee_line *l, const lee_fan_edge *e)
{
    return lee_cross_vertex_side(l, e->x, e->y) !=
               lee_cross_vertex_side(l, e->x + e->dx, e->y + e->dy) &&
           start_side(e, l->x, l->y) != start_side(e, l->x + l->dx, l->y + l->dy);
}

/* The edges whose bits are in one word. */
static inline void look_at_word(const lee_fan *fan, const lee_fan_way *way, uint32_t number,
                                lee_fan_bits *found)
{
    const rough_way rough = {(float)way->dx, (float)way->dy, way->x, way->y};
    const bool moves = way->dx != 0 || way->dy != 0;
    const uint32_t first = number * 64;
    const uint32_t count = fan->edge_count > first ? fan->edge_count - first : 0;
    const uint64_t edges = count < 64 ? (UINT64_C(1) << count) - 1 : UINT64_MAX;
    uint64_t crossed = 0;
    uint64_t sides = 0;
    uint64_t doubt = 0;
    uint64_t start_doubt = 0;
    for (uint32_t i = 0; i < count && i < 64; i += LEE_FAN_LANES) {
        const uint64_t bits = look_at(&fan->blocks[(first + i) / LEE_FAN_LANES], &rough);
        crossed |= (bits & 15) << i;
        sides |= (bits >> 4 & 15) << i;
        doubt |= (bits >> 8 & 15) << i;
        start_doubt |= (bits >> 12) << i;
    }
    /* A way of no length crosses nothing, and leaves its end in doubt at every edge. */
    doubt = (moves ? doubt : start_doubt) & edges;
    crossed &= moves ? edges : 0;
    sides &= edges;
    for (; __builtin_expect(doubt != 0, 0); doubt &= doubt - 1) {
        const uint64_t bit = doubt & -doubt;
        const lee_fan_edge edge = lee__fan_edge(fan, first + (uint32_t)__builtin_ctzll(doubt));
        const lee_line line = lee__fan_line(way);
        crossed = (crossed & ~bit) | (moves && crosses(&line, &edge) ? bit : 0);
        sides = (sides & ~bit) | (start_side(&edge, way->x, way->y) > 0 ? bit : 0);
    }
    found->crossed[number] = crossed;
    found->sides[number] = sides;
}

lee_fan_bits lee__fan_look(const lee_fan *fan, const lee_fan_way *way)
{
    lee_fan_bits found;
    for (uint32_t i = 0; i < LEE_FAN_WORDS; i++) {
        look_at_word(fan, way, i, &found);
    }
    return found;
}

uint64_t lee__fan_hold(lee_fan *fan, const lee_fan_way *way, const lee_fan_bits *seen)
{
    const lee_line line = {fan->x, fan->y, (int64_t)way->x - fan->x, (int64_t)way->y - fan->y};
    bool moved = false;
    for (uint32_t w = 0; w < LEE_FAN_WORDS; w++) {
        /* From the anchor to here only edges can lie between whose lines do. */
        uint64_t parted = fan->sides[w] ^ seen->sides[w];
        moved |= parted != 0;
        for (; parted; parted &= parted - 1) {
            const uint32_t i = w * 64 + (uint32_t)__builtin_ctzll(parted);
            const lee_fan_edge edge = lee__fan_edge(fan, i);
            fan->holding ^= (uint64_t)crosses(&line, &edge) << fan->places[i];
        }
        fan->sides[w] = seen->sides[w];
    }
    fan->x = moved ? way->x : fan->x;
    fan->y = moved ? way->y : fan->y;
    return fan->holding;
}

lee_fan_bands lee__fan_bands(const lee_fan *fan, int32_t low_ft, int32_t high_ft)
{
    lee_fan_bands found = {0, 0};
    for (uint32_t k = 0; k * LEE_FAN_LANES < fan->zone_count; k++) {
        const lee_fan_numbers lower = fan->zones[k].lower_ft;
        const lee_fan_numbers upper = fan->zones[k].upper_ft;
        const lee_fan_numbers met = (lower <= high_ft) & (upper > low_ft);
        const lee_fan_numbers cut = (lower > low_ft) | (upper <= high_ft);
        const lee_fan_numbers bits =
            (met & (lee_fan_numbers){1, 2, 4, 8}) | (cut & (lee_fan_numbers){16, 32, 64, 128});
        const uint32_t word = (uint32_t)(bits[0] | bits[1] | bits[2] | bits[3]);
        found.met |= (uint64_t)(word & 15) << k * LEE_FAN_LANES;
        found.cut |= (uint64_t)(word >> 4) << k * LEE_FAN_LANES;
    }
    return found;
}
