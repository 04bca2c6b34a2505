#include "watch/mover.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>

static lee_vector add(lee_vector a, lee_vector b, double times)
{
    return (lee_vector){a.east + b.east * times, a.north + b.north * times};
}

static double within(double x, double low, double high)
{
    return x < low ? low : x > high ? high : x;
}

/* --- parts of a way -----------------------------------------------------------------------------
 */

/* Narrows *in to where a value that goes evenly from `start` to `end` is not negative. */
static void keep(lee_span *in, double start, double end)
{
    if (start < 0.0 && end < 0.0) {
        in->to = -1.0;
    } else if (start < 0.0) {
        in->from = fmax(in->from, start / (start - end));
    } else if (end < 0.0) {
        in->to = fmin(in->to, start / (start - end));
    }
}

/* Narrows *in to where a point that goes from a to b is nearer to the origin than the radius. */
static void keep_near(lee_span *in, lee_vector a, lee_vector b, double radius_m)
{
    const lee_vector way = lee__vector_less(b, a);
    const double square = lee__vector_dot(way, way);
    const double half = lee__vector_dot(a, way);
    const double beyond = lee__vector_dot(a, a) - radius_m * radius_m;
    const double discriminant = half * half - square * beyond;
    if (square <= 0.0) {
        in->to = beyond < 0.0 ? in->to : -1.0;
    } else if (discriminant <= 0.0) {
        in->to = -1.0;
    } else {
        const double root = sqrt(discriminant);
        in->from = fmax(in->from, (-half - root) / square);
        in->to = fmin(in->to, (-half + root) / square);
    }
}

typedef struct {
    lee_span *out;
    size_t count; /* LEE_MOVER_SPANS_MAX + 1: there were more */
} spans;

/* Puts the part in; those that meet become one. */
static void put(spans *s, lee_span part)
{
    if (!(part.from < part.to) || s->count > LEE_MOVER_SPANS_MAX) {
        return;
    }
    size_t kept = 0;
    for (size_t i = 0; i < s->count; i++) {
        const lee_span other = s->out[i];
        if (other.to < part.from || other.from > part.to) {
            s->out[kept++] = other;
        } else {
            part.from = fmin(part.from, other.from);
            part.to = fmax(part.to, other.to);
        }
    }
    s->count = kept;
    if (kept == LEE_MOVER_SPANS_MAX) {
        s->count++;
        return;
    }
    size_t at = s->count++;
    for (; at > 0 && s->out[at - 1].from > part.from; at--) {
        s->out[at] = s->out[at - 1];
    }
    s->out[at] = part;
}

/* --- the line -----------------------------------------------------------------------------------
 */

/* One straight piece of the line, and the way relative to it. */
typedef struct {
    lee_vector start;
    lee_vector unit;
    double from_m;
    double to_m;
    lee_vector a;
    lee_vector b;
    double tail_m[2]; /* the marks as the way begins and ends */
    double head_m[2];
} piece;

static piece piece_of(const lee_mover *m, uint32_t i, lee_vector a, double a_s, lee_vector b,
                      double b_s)
{
    const lee_vector way = lee__vector_less(m->line[i + 1], m->line[i]);
    const double span_m = m->line_m[i + 1] - m->line_m[i];
    const double scale = span_m > 0.0 ? 1.0 / span_m : 0.0;
    return (piece){
        .start = m->line[i],
        .unit = {way.east * scale, way.north * scale},
        .from_m = m->line_m[i],
        .to_m = m->line_m[i + 1],
        .a = a,
        .b = b,
        .tail_m = {m->tail_m + m->along_mps * a_s, m->tail_m + m->along_mps * b_s},
        .head_m = {m->head_m + m->along_mps * a_s, m->head_m + m->along_mps * b_s},
    };
}

/* Beside the piece, between the marks. */
static void put_beside(const piece *p, double radius_m, spans *s)
{
    const double square = lee__vector_dot(p->unit, p->unit);
    if (square <= 0.0) {
        return;
    }
    const double size = sqrt(square);
    const lee_vector a = lee__vector_less(p->a, p->start);
    const lee_vector b = lee__vector_less(p->b, p->start);
    const double a_m = p->from_m + lee__vector_dot(a, p->unit) / square;
    const double b_m = p->from_m + lee__vector_dot(b, p->unit) / square;
    const double a_off = (a.east * p->unit.north - a.north * p->unit.east) / size;
    const double b_off = (b.east * p->unit.north - b.north * p->unit.east) / size;
    lee_span part = {0.0, 1.0};
    keep(&part, radius_m - a_off, radius_m - b_off);
    keep(&part, radius_m + a_off, radius_m + b_off);
    keep(&part, a_m - p->from_m, b_m - p->from_m);
    keep(&part, p->to_m - a_m, p->to_m - b_m);
    keep(&part, a_m - p->tail_m[0], b_m - p->tail_m[1]);
    keep(&part, p->head_m[0] - a_m, p->head_m[1] - b_m);
    put(s, part);
}

/* Around a mark while it is on the piece. */
static void put_mark(const piece *p, const double mark_m[2], double radius_m, spans *s)
{
    lee_span part = {0.0, 1.0};
    keep(&part, mark_m[0] - p->from_m, mark_m[1] - p->from_m);
    keep(&part, p->to_m - mark_m[0], p->to_m - mark_m[1]);
    const lee_vector a = add(p->start, p->unit, mark_m[0] - p->from_m);
    const lee_vector b = add(p->start, p->unit, mark_m[1] - p->from_m);
    keep_near(&part, lee__vector_less(p->a, a), lee__vector_less(p->b, b), radius_m);
    put(s, part);
}

/* Around a point of the line while it is between the marks. */
static void put_point(const piece *p, lee_vector point, double point_m, double radius_m, spans *s)
{
    lee_span part = {0.0, 1.0};
    keep(&part, point_m - p->tail_m[0], point_m - p->tail_m[1]);
    keep(&part, p->head_m[0] - point_m, p->head_m[1] - point_m);
    keep_near(&part, lee__vector_less(p->a, point), lee__vector_less(p->b, point), radius_m);
    put(s, part);
}

static bool is_open(const piece *p)
{
    return fmax(p->head_m[0], p->head_m[1]) >= p->from_m &&
           fmin(p->tail_m[0], p->tail_m[1]) <= p->to_m;
}

size_t lee__mover_spans(const lee_mover *m, lee_vector a, double a_s, lee_vector b, double b_s,
                        lee_span out[LEE_MOVER_SPANS_MAX])
{
    assert(m->radius_m > 0.0 && a_s <= b_s);
    spans s = {.out = out};
    if (m->line_count == 0) {
        lee_span part = {0.0, 1.0};
        keep_near(&part, lee__vector_less(a, add(m->at, m->by, a_s)),
                  lee__vector_less(b, add(m->at, m->by, b_s)), m->radius_m);
        put(&s, part);
    }
    for (uint32_t i = 0; i + 1 < m->line_count; i++) {
        const piece p = piece_of(m, i, a, a_s, b, b_s);
        if (is_open(&p)) {
            put_beside(&p, m->radius_m, &s);
            put_mark(&p, p.tail_m, m->radius_m, &s);
            put_mark(&p, p.head_m, m->radius_m, &s);
            put_point(&p, m->line[i], p.from_m, m->radius_m, &s);
            put_point(&p, m->line[i + 1], p.to_m, m->radius_m, &s);
        }
    }
    if (s.count > LEE_MOVER_SPANS_MAX) {
        out[0] = (lee_span){0.0, 1.0};
        return 1;
    }
    return s.count;
}

double lee__mover_distance_m(const lee_mover *m, lee_vector place)
{
    if (m->line_count == 0) {
        return lee__vector_length(lee__vector_less(place, m->at));
    }
    double nearest_m = HUGE_VAL;
    for (uint32_t i = 0; i + 1 < m->line_count; i++) {
        const piece p = piece_of(m, i, place, 0.0, place, 0.0);
        const double square = lee__vector_dot(p.unit, p.unit);
        if (!is_open(&p)) {
            continue;
        }
        const double along_m =
            p.from_m + (square > 0.0
                            ? lee__vector_dot(lee__vector_less(place, p.start), p.unit) / square
                            : 0.0);
        const double at_m = within(along_m, fmax(p.from_m, m->tail_m), fmin(p.to_m, m->head_m));
        const lee_vector foot = add(p.start, p.unit, at_m - p.from_m);
        nearest_m = fmin(nearest_m, lee__vector_length(lee__vector_less(place, foot)));
    }
    return nearest_m;
}

/* --- along the line -----------------------------------------------------------------------------
 */

/* How far along piece i, 0..1, the place nearest to the origin is. */
static double share_of(const lee_vector *line, uint32_t i)
{
    const lee_vector way = lee__vector_less(line[i + 1], line[i]);
    const double square = lee__vector_dot(way, way);
    return square > 0.0 ? within(-lee__vector_dot(line[i], way) / square, 0.0, 1.0) : 0.0;
}

double lee__mover_along_m(const lee_vector *line, const double *line_m, uint32_t count,
                          double near_m, double before_m, double *aside_m, lee_vector *heading)
{
    assert(count >= 2);
    double best_m = line_m[0];
    double best_cost = HUGE_VAL;
    *aside_m = HUGE_VAL;
    *heading = (lee_vector){0.0, 0.0};
    bool is_near = false;
    for (uint32_t i = 0; i + 1 < count; i++) {
        const double share = share_of(line, i);
        /* Where a neighbour leads nearer, the end of this piece is no place of its own. */
        if ((share >= 1.0 && i + 2 < count && share_of(line, i + 1) > 0.0) ||
            (share <= 0.0 && i > 0 && share_of(line, i - 1) < 1.0)) {
            continue;
        }
        const lee_vector way = lee__vector_less(line[i + 1], line[i]);
        const double span_m = line_m[i + 1] - line_m[i];
        const double here_m = line_m[i] + share * span_m;
        const double off_m = lee__vector_length(add(line[i], way, share));
        const bool follows = !isnan(before_m) && off_m <= near_m;
        const double cost = follows ? fabs(here_m - before_m) : off_m;
        *aside_m = fmin(*aside_m, off_m);
        if ((follows && !is_near) || (follows == is_near && cost < best_cost)) {
            is_near = is_near || follows;
            best_cost = cost;
            best_m = here_m;
            *heading =
                span_m > 0.0 ? (lee_vector){way.east / span_m, way.north / span_m} : *heading;
        }
    }
    return best_m;
}
