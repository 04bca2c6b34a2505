/* zone/fan.h: the edges in a fan-shaped region ahead of a target, and what a path within the region
 * crosses of them: what foresight.c asks. (docs/kernel.md)
 *
 * A fan is convex: a path whose ends are in it is in it, and every edge that such a path crosses is
 * among those noted when the fan was made, of the zones within its slab of altitudes. */
#ifndef LEE_ZONE_FAN_H
#define LEE_ZONE_FAN_H

#include "leeward/zone_predict.h"
#include "zone/predict_passage.h"

#define LEE_FAN_EDGES_MAX 128u
#define LEE_FAN_WORDS 2u /* of bits, one for each edge */
#define LEE_FAN_ZONES_MAX 64u
#define LEE_FAN_LANES 8u /* edges of a block, and zones */
/* All that a fan has lies within so many units of its origin, in either direction; edges may reach
 * out of the fan, to four times that. So differences fit into 31 bits, and a sum of two of their
 * products into 63. */
#define LEE_FAN_REACH (INT32_C(1) << 28)

/* Altitudes of paths beyond these feet are not answered from a fan. */
#define LEE_FAN_FEET (INT32_C(1) << 29)

/* Compilers make of it what the processor has; where it has nothing, four times the plain form. */
typedef float lee_fan_lanes __attribute__((vector_size(16)));
typedef int32_t lee_fan_numbers __attribute__((vector_size(16)));

/* Some edges: where each begins in the south, counted from the fan's origin, and by how much it
 * goes on. (lee_grid_edge) */
typedef struct {
    int32_t x[LEE_FAN_LANES], y[LEE_FAN_LANES], dx[LEE_FAN_LANES], dy[LEE_FAN_LANES];
} lee_fan_block;

/* Some zones, in ascending order. */
typedef struct {
    int32_t lower_ft[LEE_FAN_LANES], upper_ft[LEE_FAN_LANES];
    uint32_t zone[LEE_FAN_LANES];
} lee_fan_zones;

/* What the larger fans have beside their first zones and edges; by the same numbers, of which the
 * first LEE_FAN_LANES are not used. */
typedef struct {
    uint8_t places[LEE_FAN_EDGES_MAX];
    lee_fan_zones zones[LEE_FAN_ZONES_MAX / LEE_FAN_LANES];
    lee_fan_block blocks[LEE_FAN_EDGES_MAX / LEE_FAN_LANES] __attribute__((aligned(64)));
} __attribute__((aligned(64))) lee_fan_more;

/* Six cache lines, so that those of many targets stand near together: most fans have no more zones
 * and edges than these. */
typedef struct {
    /* Within the four sides offset + x * by_x + y * by_y is not negative. */
    lee_fan_lanes offset, by_x, by_y;
    lee_grid_point origin;
    int32_t lower_ft, upper_ft; /* inclusive */

    uint64_t sides[LEE_FAN_WORDS]; /* by edge: the anchor is to the left of its line */
    uint64_t holding;              /* by zone: it holds the anchor */
    uint64_t scheduled;            /* by zone: it is not always active */
    int32_t x, y;                  /* the anchor: the start of a path in this fan */
    uint8_t edge_count;
    uint8_t zone_count;
    bool usable;
    uint8_t age;                   /* reports it answered, up to 255 */
    uint8_t rests;                 /* reports still to be walked, as the last fan was too full */
    uint8_t hold;                  /* reports that the next fan is made for; 0: not known */
    uint8_t places[LEE_FAN_LANES]; /* by edge: the place of its zone */
    lee_fan_more *more;

    lee_fan_block block;
    lee_fan_zones zones;

    /* For the next one. */
    float length;      /* of the path it was made for */
    float east, north; /* the direction of that path, of length 1 */
    /* From report to report the target goes on, and the end of its path to the left or right, by
     * about these shares of the length. */
    float advance, left, right;
} __attribute__((aligned(64))) lee_fan;

static inline lee_fan_block *lee__fan_block(const lee_fan *fan, uint32_t number)
{
    return number == 0 ? (lee_fan_block *)&fan->block : &fan->more->blocks[number];
}
static inline lee_fan_zones *lee__fan_zones(const lee_fan *fan, uint32_t number)
{
    return number == 0 ? (lee_fan_zones *)&fan->zones : &fan->more->zones[number];
}
static inline uint8_t *lee__fan_place(const lee_fan *fan, uint32_t edge)
{
    return (edge < LEE_FAN_LANES ? (uint8_t *)fan->places : fan->more->places) + edge;
}

/* A path in a fan's coordinates. */
typedef struct {
    int32_t x, y, dx, dy;
} lee_fan_way;

/* By edge, as bits: those that the way crosses, and those whose line its start is to the left of.
 * Exact. */
typedef struct {
    uint64_t crossed[LEE_FAN_WORDS];
    uint64_t sides[LEE_FAN_WORDS];
} lee_fan_bits;

/* What a path meets in a fan. By zone, as bits: whose bands meet its altitudes, and who do not hold
 * all of them. */
typedef struct {
    lee_fan_way way;
    lee_fan_bits seen;
    uint64_t met;
    uint64_t cut;
} lee_fan_sight;

/* False: the path is not in the fan. The second form is for processors with AVX2. */
typedef bool lee_fan_see_function(const lee_fan *fan, const lee_zone_path *path,
                                  lee_fan_sight *sight);
lee_fan_see_function lee__fan_see;
lee_fan_see_function lee__fan_see_avx2;

/* The bits of a word that are in doubt, by the integers. */
void lee__fan_settle(const lee_fan *fan, const lee_fan_way *way, uint32_t word, uint64_t doubt,
                     lee_fan_bits *seen);

/* Moves the anchor to the start of the way; `seen` is what was seen of that. */
void lee__fan_hold_anew(lee_fan *fan, const lee_fan_way *way, const lee_fan_bits *seen);

/* Which zones hold the start of the way, as bits. */
static inline uint64_t lee__fan_hold(lee_fan *fan, const lee_fan_sight *s)
{
    uint64_t parted = 0;
    for (uint32_t w = 0; w < LEE_FAN_WORDS; w++) {
        parted |= fan->sides[w] ^ s->seen.sides[w];
    }
    if (parted) {
        lee__fan_hold_anew(fan, &s->way, &s->seen);
    }
    return fan->holding;
}

static inline lee_line lee__fan_line(const lee_fan_way *way)
{
    return (lee_line){way->x, way->y, way->dx, way->dy};
}

typedef struct {
    int64_t x, y, dx, dy;
} lee_fan_edge;

static inline lee_fan_edge lee__fan_edge(const lee_fan *fan, uint32_t edge)
{
    const lee_fan_block *const b = lee__fan_block(fan, edge / LEE_FAN_LANES);
    const uint32_t i = edge % LEE_FAN_LANES;
    return (lee_fan_edge){b->x[i], b->y[i], b->dx[i], b->dy[i]};
}

static inline uint32_t lee__fan_zone(const lee_fan *fan, uint32_t place)
{
    return lee__fan_zones(fan, place / LEE_FAN_LANES)->zone[place % LEE_FAN_LANES];
}

/* Room for what is found while a fan is made; one for all targets. */
typedef struct lee_fan_maker lee_fan_maker;
/* NULL: no memory. */
lee_fan_maker *lee__fan_maker_create(lee_zone_predictor *predictor);
void lee__fan_maker_free(lee_fan_maker *maker);
/* Makes the fan for a path that does not lead over the antimeridian, from what the last one (or
 * zeros) tells of the target. It is not usable when the region is too full. */
void lee__fan_make(lee_fan_maker *maker, lee_fan *fan, const lee_zone_path *path,
                   const lee_walked_path *walked);

/* The altitudes of a path, all but the last number when it has none: a band without limits holds
 * these, and no other does. */
static inline void lee__fan_altitudes(const lee_zone_path *p, int32_t *low, int32_t *high)
{
    *low = !p->has_alt ? INT32_MIN : p->from_ft < p->to_ft ? p->from_ft : p->to_ft;
    *high = !p->has_alt ? INT32_MAX - 1 : p->from_ft < p->to_ft ? p->to_ft : p->from_ft;
}

static inline lee_grid_point lee__fan_point(lee_point p)
{
    /* lee__grid_point without branches. */
    uint32_t x = (uint32_t)p.lon_e7 + (uint32_t)LEE_LON_MAX_E7;
    uint32_t y = (uint32_t)p.lat_e7 + (uint32_t)LEE_LAT_MAX_E7;
    x = x == 2 * (uint32_t)LEE_LON_MAX_E7 ? 0 : x;
    y -= y == 2 * (uint32_t)LEE_LAT_MAX_E7;
    return (lee_grid_point){x, y};
}

#endif
