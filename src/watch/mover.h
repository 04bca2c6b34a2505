/* watch/mover.h: a shape that moves, in a plane, and ways through it in closed form.
 *
 * The shape is what is nearer than a radius to its core: a point that goes straight (a bubble), or
 * the part of a line between two marks that slide along it (the open part of a corridor). Doubles
 * with + - * / and sqrt alone, so that every machine gives the same bits. */
#ifndef LEE_WATCH_MOVER_H
#define LEE_WATCH_MOVER_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>

/* Metres. */
typedef struct {
    double east;
    double north;
} lee_vector;

/* Of 1e-7 degrees of latitude, on a sphere: what decides when to warn needs no more. */
#define LEE_PLANE_METRES_PER_E7 0.0111195

static inline lee_vector lee__vector_less(lee_vector a, lee_vector b)
{
    return (lee_vector){a.east - b.east, a.north - b.north};
}
static inline double lee__vector_dot(lee_vector a, lee_vector b)
{
    return a.east * b.east + a.north * b.north;
}
static inline double lee__vector_length(lee_vector v)
{
    return sqrt(lee__vector_dot(v, v));
}

typedef struct {
    double radius_m;
    lee_vector at; /* the point, at 0 s */
    lee_vector by; /* its way in a second */
    /* Or a line; 0 points: none. line_m is how far along each of its points lies, ascending. */
    const lee_vector *line;
    const double *line_m;
    uint32_t line_count;
    double tail_m; /* the marks, at 0 s; either may lie beyond the line */
    double head_m;
    double along_mps;
} lee_mover;

/* A part of a way, 0..1; from < to. */
typedef struct {
    double from;
    double to;
} lee_span;

#define LEE_MOVER_SPANS_MAX 32u

/* How far the place is from the core at 0 s; HUGE_VAL where no part of the line is between the
 * marks. */
double lee__mover_distance_m(const lee_mover *mover, lee_vector place);

/* The parts, in order and apart, in which a place that goes straight from a (at a_s) to b (at b_s)
 * is in the shape. Returns how many; more than there is room for are taken as one that is whole. */
size_t lee__mover_spans(const lee_mover *mover, lee_vector a, double a_s, lee_vector b, double b_s,
                        lee_span out[LEE_MOVER_SPANS_MAX]);

/* The place of the line that is nearest to the origin, as metres along it; of those that are nearer
 * than near_m, or if none is, of those that are as near as can be, the one nearest along to
 * `before_m` (NAN: the nearest). *aside_m: how far from the line the origin is. */
double lee__mover_along_m(const lee_vector *line, const double *line_m, uint32_t count,
                          double near_m, double before_m, double *aside_m, lee_vector *heading);

#endif
