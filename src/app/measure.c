#include "app/measure.h"

#include <assert.h>
#include <math.h>

#include "geo/trig.h"
#include "zone/schedule.h"

/* How long the ground below a way is taken as straight: a post of SRTM. */
#define PIECE_M 90.0
#define PIECES_MAX 200.0
#define FLYING_MPS 20.0 /* slower is a vehicle or a taxiing aircraft */

/* A motion is steady within these of a constant turn, speed and climb: a tenth of the way flown is
 * 6 degrees of course. It is looked for one and a half times as far back as is warned. */
#define STEADY_M 100.0
#define STEADY_SHARE 0.1
#define LEADS_STEP_S 3.0
#define STEADY_FT 150.0
#define STEADY_LOOK 1.5

static double length_of(double x, double y)
{
    return sqrt(x * x + y * y);
}

/* --- geometry -----------------------------------------------------------------------------------
 */

static bool area_holds(const lee_measure_volume *z, double x, double y)
{
    bool in = false;
    if (fabs(x) > z->reach_m || fabs(y) > z->reach_m) {
        return false;
    }
    for (uint32_t r = 0, first = 0; r < z->ring_count; first = z->ring_ends[r++]) {
        for (uint32_t i = first, j = z->ring_ends[r] - 1; i < z->ring_ends[r]; j = i++) {
            if ((z->y_m[i] > y) != (z->y_m[j] > y) &&
                x < (z->x_m[j] - z->x_m[i]) * (y - z->y_m[i]) / (z->y_m[j] - z->y_m[i]) +
                        z->x_m[i]) {
                in = !in;
            }
        }
    }
    return in;
}

static bool is_active(const lee_measure_volume *z, double t_s)
{
    return lee_schedule_active(z->schedule, (int64_t)(t_s * 1e6));
}

/* An altitude that is not known is taken to be within, as the watch takes it. */
static bool space_holds(const lee_measure_volume *z, const lee_measure_fix *f)
{
    double lower_ft;
    double upper_ft;
    if (!area_holds(z, f->x_m, f->y_m)) {
        return false;
    }
    lee_measure_limits(z, f, &lower_ft, &upper_ft);
    return !f->has_alt || (f->alt_ft >= lower_ft && f->alt_ft < upper_ft);
}

bool lee_measure_holds(const lee_measure_volume *z, const lee_measure_fix *f)
{
    return space_holds(z, f) && is_active(z, f->t_s);
}

/* Keeps of *from..*to what is above the limit: `a` above it (or below: negative) at the beginning
 * of the way and `b` at its end. A height on the floor is within, one on the ceiling is not. */
static bool keep_above(double a, double b, bool touching, double *from, double *to)
{
    if (a == b) {
        return touching ? a >= 0 : a > 0;
    }
    const double at = a / (a - b);
    if (b > a) {
        *from = fmax(*from, at);
    } else {
        *to = fmin(*to, at);
    }
    return *from < *to;
}

/* The part of the way within the band, whose limits are straight along it. False: none. */
static bool band_part(const lee_measure_volume *z, const lee_measure_fix *a,
                      const lee_measure_fix *b, double *from, double *to)
{
    *from = 0;
    *to = 1;
    if (!a->has_alt || !b->has_alt) {
        return true;
    }
    double lower_a, upper_a, lower_b, upper_b;
    lee_measure_limits(z, a, &lower_a, &upper_a);
    lee_measure_limits(z, b, &lower_b, &upper_b);
    return (!isfinite(lower_a) || !isfinite(lower_b) ||
            keep_above(a->alt_ft - lower_a, b->alt_ft - lower_b, true, from, to)) &&
           (!isfinite(upper_a) || !isfinite(upper_b) ||
            keep_above(upper_a - a->alt_ft, upper_b - b->alt_ft, false, from, to));
}

/* Where a way enters whose limits are straight along it. */
static double piece_enters(const lee_measure_volume *z, const lee_measure_fix *a,
                           const lee_measure_fix *b)
{
    double from;
    double to;
    if (!band_part(z, a, b, &from, &to)) {
        return -1;
    }
    const double dx = b->x_m - a->x_m;
    const double dy = b->y_m - a->y_m;
    if (area_holds(z, a->x_m + from * dx, a->y_m + from * dy)) {
        return from;
    }
    double first = 2;
    for (uint32_t ring = 0, start = 0; ring < z->ring_count; start = z->ring_ends[ring++]) {
        for (uint32_t i = start, j = z->ring_ends[ring] - 1; i < z->ring_ends[ring]; j = i++) {
            const double ex = z->x_m[i] - z->x_m[j];
            const double ey = z->y_m[i] - z->y_m[j];
            const double den = dx * ey - dy * ex;
            const double wx = z->x_m[j] - a->x_m;
            const double wy = z->y_m[j] - a->y_m;
            const double at = den == 0 ? -1 : (wx * ey - wy * ex) / den;
            const double along = den == 0 ? -1 : (wx * dy - wy * dx) / den;
            if (along >= 0 && along <= 1 && at >= from && at <= to) {
                first = fmin(first, at);
            }
        }
    }
    return first <= 1 ? first : -1;
}

static lee_measure_fix between(const lee_measure_fix *a, const lee_measure_fix *b, double at)
{
    lee_measure_fix f = *b;
    f.t_s = a->t_s + at * (b->t_s - a->t_s);
    f.x_m = a->x_m + at * (b->x_m - a->x_m);
    f.y_m = a->y_m + at * (b->y_m - a->y_m);
    f.alt_ft = a->alt_ft + at * (b->alt_ft - a->alt_ft);
    f.shift_ft = a->shift_ft + at * (b->shift_ft - a->shift_ft);
    f.has_alt = a->has_alt && b->has_alt;
    return f;
}

double lee_measure_enters(const lee_measure_volume *z, const lee_measure_fix *a,
                          const lee_measure_fix *b)
{
    const double r = z->reach_m;
    if ((a->x_m > r && b->x_m > r) || (a->x_m < -r && b->x_m < -r) || (a->y_m > r && b->y_m > r) ||
        (a->y_m < -r && b->y_m < -r)) {
        return -1;
    }
    if (!z->terrain) {
        return piece_enters(z, a, b);
    }
    /* The ground is taken as straight for no more than a piece. */
    const double far_m = length_of(b->x_m - a->x_m, b->y_m - a->y_m);
    const int pieces = 1 + (int)fmin(far_m / PIECE_M, PIECES_MAX);
    lee_measure_fix at = *a;
    for (int i = 0; i < pieces; i++) {
        const lee_measure_fix to = between(a, b, (i + 1.0) / pieces);
        const double enters = piece_enters(z, &at, &to);
        if (enters >= 0) {
            return (i + enters) / pieces;
        }
        at = to;
    }
    return -1;
}

lee_measure_fix lee_measure_straight(const lee_measure_fix *from, double span_s)
{
    lee_measure_fix to = *from;
    to.t_s += span_s;
    to.x_m += from->speed_mps * span_s * lee_sin(from->course_rad);
    to.y_m += from->speed_mps * span_s * lee_cos(from->course_rad);
    to.alt_ft += from->has_rate ? from->rate_fps * span_s : 0;
    return to;
}

/* --- what happened ------------------------------------------------------------------------------
 */

static double wrap(double angle)
{
    return remainder(angle, 2 * LEE_PI);
}

/* A line through the courses said from f[first] to f[last], by least squares. False: none said. */
static bool fit_course(const lee_measure_fix *f, size_t first, size_t last, double *course,
                       double *turn)
{
    double n = 0, t = 0, c = 0, tt = 0, tc = 0;
    double base = 0;
    double unwound = 0;
    for (size_t i = first; i <= last; i++) {
        if (!f[i].has_course) {
            continue;
        }
        base = n == 0 ? f[i].course_rad : base;
        unwound += wrap(f[i].course_rad - base - unwound);
        const double at = f[i].t_s - f[first].t_s;
        n += 1;
        t += at;
        c += unwound;
        tt += at * at;
        tc += at * unwound;
    }
    if (n == 0) {
        return false;
    }
    const double den = n * tt - t * t;
    *turn = n > 1 && den > 1e-9 ? (n * tc - t * c) / den : 0;
    *course = base + (c - *turn * t) / n;
    return true;
}

/* Whether the flight from f[first] to its entry `in`, before f[last], was one motion: a constant
 * turn, speed and climb. *turn: radians a second. */
static bool is_steady(const lee_measure_fix *f, size_t first, size_t last,
                      const lee_measure_fix *in, double *turn)
{
    double course;
    double w;
    *turn = 0;
    const double span_s = in->t_s - f[first].t_s;
    if (!fit_course(f, first, last, &course, &w) || span_s <= 0) {
        return span_s <= 0;
    }
    double far_m = 0;
    for (size_t i = first; i < last; i++) {
        const lee_measure_fix *const to = i + 1 < last ? &f[i + 1] : in;
        far_m += length_of(to->x_m - f[i].x_m, to->y_m - f[i].y_m);
    }
    const double v = far_m / span_s;
    const double climb = (in->alt_ft - f[first].alt_ft) / span_s;
    *turn = w;
    for (size_t i = first; i <= last; i++) {
        const lee_measure_fix *const seen = i < last ? &f[i] : in;
        const double t = seen->t_s - f[first].t_s;
        const bool turns = fabs(w) > 1e-4;
        const double x =
            turns ? v / w * (lee_cos(course) - lee_cos(course + w * t)) : v * t * lee_sin(course);
        const double y =
            turns ? v / w * (lee_sin(course + w * t) - lee_sin(course)) : v * t * lee_cos(course);
        if (length_of(f[first].x_m + x - seen->x_m, f[first].y_m + y - seen->y_m) >
                STEADY_M + STEADY_SHARE * v * t ||
            fabs(f[first].alt_ft + climb * t - seen->alt_ft) > STEADY_FT) {
            return false;
        }
    }
    return true;
}

/* Whether going on from `from` with the course and speed that it said, with the turn and climb that
 * it was going to have, leads in, in the time that it took or a quarter and 5 s more: else its
 * entry was not certain yet, however steady it flew. */
static bool leads_on(const lee_measure_volume *z, const lee_measure_fix *from,
                     const lee_measure_fix *in, double turn)
{
    if (!from->has_course) {
        return false;
    }
    const double left_s = in->t_s - from->t_s;
    lee_measure_fix at = *from;
    at.has_rate = true;
    at.rate_fps = left_s > 0 ? (in->alt_ft - from->alt_ft) / left_s : 0;
    at.course_rad += turn * LEADS_STEP_S / 2;
    for (double t = 0; t < left_s * 1.25 + 5; t += LEADS_STEP_S) {
        const lee_measure_fix to = lee_measure_straight(&at, LEADS_STEP_S);
        if (lee_measure_enters(z, &at, &to) >= 0) {
            return true;
        }
        at = to;
        at.course_rad += turn * LEADS_STEP_S;
    }
    return false;
}

static lee_measure_entry entry_between(const lee_measure_volume *z, const lee_measure_fix *f,
                                       size_t i, double at, double outside_s)
{
    const lee_measure_fix in = between(&f[i - 1], &f[i], at);
    const double span_s = f[i].t_s - f[i - 1].t_s;
    size_t steady = i;
    double turn;
    while (steady > 0 && in.t_s - f[steady - 1].t_s <= STEADY_LOOK * z->warning_s &&
           f[steady - 1].t_s >= outside_s && is_steady(f, steady - 1, i, &in, &turn) &&
           leads_on(z, &f[steady - 1], &in, turn)) {
        steady--;
    }
    const double far_m = length_of(f[i].x_m - f[i - 1].x_m, f[i].y_m - f[i - 1].y_m);
    const double mps = span_s > 0 ? far_m / span_s : f[i].speed_mps;
    return (lee_measure_entry){.at_s = in.t_s,
                               .outside_s = outside_s,
                               .steady_s = steady + 1 < i ? f[steady + 1].t_s : in.t_s,
                               .before_s = f[i - 1].t_s,
                               .unfit = f[i].may_taxi && mps < FLYING_MPS};
}

/* The entry on the way from the fix before f[i], if there is one. */
static bool find_entry(const lee_measure_volume *z, const lee_measure_fix *f, size_t i, bool in,
                       double outside_s, lee_measure_entry *out)
{
    double at = lee_measure_enters(z, &f[i - 1], &f[i]);
    at = in && at < 0 ? 1 : at;
    if (at < 0 || !is_active(z, f[i - 1].t_s + at * (f[i].t_s - f[i - 1].t_s))) {
        return false;
    }
    *out = entry_between(z, f, i, at, outside_s);
    return true;
}

size_t lee_measure_entries(const lee_measure_volume *z, const lee_measure_fix *f, size_t count,
                           lee_measure_entry *out)
{
    size_t found = 0;
    double outside_s = 0;
    bool inside = false;
    size_t left = z->hold + 1; /* reports outside since it was inside */
    for (size_t i = 0; i < count && found < LEE_MEASURE_PAIR_MAX; i++) {
        const bool gap = i == 0 || f[i].t_s - f[i - 1].t_s > z->gap_s;
        const bool in = lee_measure_holds(z, &f[i]);
        bool entered = false;
        /* Who is there when the zone becomes active did not enter it. */
        if (in && (gap || (!inside && space_holds(z, &f[i - 1])))) {
            out[found++] =
                (lee_measure_entry){.at_s = f[i].t_s, .before_s = f[i].t_s, .unfit = true};
        } else if (!gap && !inside) {
            entered = find_entry(z, f, i, in, outside_s, &out[found]);
            out[found].unfit |= left <= z->hold;
            found += entered;
        }
        left = in || entered ? 0 : left + 1;
        if (gap || (!in && (inside || entered))) {
            outside_s = f[i].t_s;
        }
        inside = in;
    }
    return found;
}
