#include "measure.h"

#include <math.h>
#include <stdlib.h>

/* A motion is steady within these of a constant turn, speed and climb: a tenth of the way flown is
 * 6 degrees of course. */
#define STEADY_M 100.0
#define STEADY_SHARE 0.1
#define STEADY_FT 150.0
#define STEADY_MAX_S 90.0

/* --- geometry -----------------------------------------------------------------------------------
 */

static bool area_holds(const volume *z, double x, double y)
{
    bool in = false;
    for (int i = 0, j = MEASURE_VERTICES - 1; i < MEASURE_VERTICES; j = i++) {
        if ((z->y_m[i] > y) != (z->y_m[j] > y) &&
            x < (z->x_m[j] - z->x_m[i]) * (y - z->y_m[i]) / (z->y_m[j] - z->y_m[i]) + z->x_m[i]) {
            in = !in;
        }
    }
    return in;
}

bool measure_holds(const volume *z, double x, double y, double alt_ft)
{
    return alt_ft >= z->lower_ft && alt_ft < z->upper_ft && area_holds(z, x, y);
}

/* The part of the way within the band. False: none. */
static bool band_part(const volume *z, const fix *a, const fix *b, double *from, double *to)
{
    const double climb = b->alt_ft - a->alt_ft;
    *from = 0;
    *to = 1;
    if (climb == 0) {
        return a->alt_ft >= z->lower_ft && a->alt_ft < z->upper_ft;
    }
    const double at_lower = (z->lower_ft - a->alt_ft) / climb;
    const double at_upper = (z->upper_ft - a->alt_ft) / climb;
    *from = fmax(0, fmin(at_lower, at_upper));
    *to = fmin(1, fmax(at_lower, at_upper));
    return *from < *to;
}

double measure_enters(const volume *z, const fix *a, const fix *b)
{
    double from;
    double to;
    const double r = z->reach_m;
    if ((a->x_m > r && b->x_m > r) || (a->x_m < -r && b->x_m < -r) || (a->y_m > r && b->y_m > r) ||
        (a->y_m < -r && b->y_m < -r) || !band_part(z, a, b, &from, &to)) {
        return -1;
    }
    const double dx = b->x_m - a->x_m;
    const double dy = b->y_m - a->y_m;
    if (area_holds(z, a->x_m + from * dx, a->y_m + from * dy)) {
        return from;
    }
    double first = 2;
    for (int i = 0, j = MEASURE_VERTICES - 1; i < MEASURE_VERTICES; j = i++) {
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
    return first <= 1 ? first : -1;
}

fix measure_straight(const fix *from, double span_s)
{
    fix to = *from;
    to.t_s += span_s;
    to.x_m += from->speed_mps * span_s * sin(from->course_rad);
    to.y_m += from->speed_mps * span_s * cos(from->course_rad);
    to.alt_ft += from->has_rate ? from->rate_fps * span_s : 0;
    return to;
}

void measure_begin(alerts *list, double t_s)
{
    if (!list->open && list->count < MEASURE_PAIR_MAX) {
        list->list[list->count++] = (alert){t_s, HUGE_VAL};
        list->open = true;
    }
}

void measure_end(alerts *list, double t_s)
{
    if (list->open) {
        list->list[list->count - 1].to_s = t_s;
        list->open = false;
    }
}

/* --- what happened ------------------------------------------------------------------------------
 */

static double wrap(double angle)
{
    return remainder(angle, 2 * M_PI);
}

/* A line through the courses said from f[first] to f[last], by least squares. False: none said. */
static bool fit_course(const fix *f, size_t first, size_t last, double *course, double *turn)
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
 * turn, speed and climb. */
static bool is_steady(const fix *f, size_t first, size_t last, const fix *in)
{
    double course;
    double w;
    const double span_s = in->t_s - f[first].t_s;
    if (!fit_course(f, first, last, &course, &w) || span_s <= 0) {
        return span_s <= 0;
    }
    double far_m = 0;
    for (size_t i = first; i < last; i++) {
        const fix *const to = i + 1 < last ? &f[i + 1] : in;
        far_m += hypot(to->x_m - f[i].x_m, to->y_m - f[i].y_m);
    }
    const double v = far_m / span_s;
    const double climb = (in->alt_ft - f[first].alt_ft) / span_s;
    for (size_t i = first; i <= last; i++) {
        const fix *const seen = i < last ? &f[i] : in;
        const double t = seen->t_s - f[first].t_s;
        const bool turns = fabs(w) > 1e-4;
        const double x = turns ? v / w * (cos(course) - cos(course + w * t)) : v * t * sin(course);
        const double y = turns ? v / w * (sin(course + w * t) - sin(course)) : v * t * cos(course);
        if (hypot(f[first].x_m + x - seen->x_m, f[first].y_m + y - seen->y_m) >
                STEADY_M + STEADY_SHARE * v * t ||
            fabs(f[first].alt_ft + climb * t - seen->alt_ft) > STEADY_FT) {
            return false;
        }
    }
    return true;
}

static entry entry_between(const fix *f, size_t i, double at, double outside_s)
{
    fix in = f[i];
    const double span_s = f[i].t_s - f[i - 1].t_s;
    in.t_s = f[i - 1].t_s + at * span_s;
    in.x_m = f[i - 1].x_m + at * (f[i].x_m - f[i - 1].x_m);
    in.y_m = f[i - 1].y_m + at * (f[i].y_m - f[i - 1].y_m);
    in.alt_ft = f[i - 1].alt_ft + at * (f[i].alt_ft - f[i - 1].alt_ft);
    size_t steady = i;
    while (steady > 0 && in.t_s - f[steady - 1].t_s <= STEADY_MAX_S &&
           f[steady - 1].t_s >= outside_s && is_steady(f, steady - 1, i, &in)) {
        steady--;
    }
    const double far_m = hypot(f[i].x_m - f[i - 1].x_m, f[i].y_m - f[i - 1].y_m);
    const double mps = span_s > 0 ? far_m / span_s : f[i].speed_mps;
    return (entry){.at_s = in.t_s,
                   .outside_s = outside_s,
                   .steady_s = steady + 1 < i ? f[steady + 1].t_s : in.t_s,
                   .before_s = f[i - 1].t_s,
                   .unfit = mps < MEASURE_FLYING_MPS};
}

size_t measure_entries(const volume *z, const fix *f, size_t count, entry *out)
{
    size_t found = 0;
    double outside_s = 0;
    bool inside = false;
    size_t left = MEASURE_HOLD + 1; /* reports outside since it was inside */
    for (size_t i = 0; i < count && found < MEASURE_PAIR_MAX; i++) {
        const bool gap = i == 0 || f[i].t_s - f[i - 1].t_s > MEASURE_GAP_S;
        const bool in = measure_holds(z, f[i].x_m, f[i].y_m, f[i].alt_ft);
        double at = -1;
        if (gap && in) {
            out[found++] = (entry){.at_s = f[i].t_s, .before_s = f[i].t_s, .unfit = true};
        } else if (!gap && !inside) {
            at = measure_enters(z, &f[i - 1], &f[i]);
            at = in && at < 0 ? 1 : at;
            if (at >= 0) {
                out[found] = entry_between(f, i, at, outside_s);
                out[found++].unfit |= left <= MEASURE_HOLD;
            }
        }
        left = in || at >= 0 ? 0 : left + 1;
        if (gap || (!in && (inside || at >= 0))) {
            outside_s = f[i].t_s;
        }
        inside = in;
    }
    return found;
}

/* --- how good the alerts were -------------------------------------------------------------------
 */

static bool is_right(const alert *a, const entry *entries, size_t count)
{
    for (size_t e = 0; e < count; e++) {
        if (entries[e].at_s >= a->from_s &&
            (entries[e].at_s <= a->from_s + MEASURE_JUSTIFIED_S || entries[e].at_s <= a->to_s)) {
            return true;
        }
    }
    return false;
}

/* Whether the target was heard without a gap until it should have entered. */
static bool is_known(const alert *a, const fix *f, size_t count)
{
    double heard_s = a->from_s;
    for (size_t i = 0; i < count; i++) {
        if (f[i].t_s >= a->from_s && f[i].t_s - heard_s <= MEASURE_GAP_S) {
            heard_s = f[i].t_s;
        } else if (f[i].t_s > a->from_s) {
            break;
        }
    }
    return heard_s >= a->from_s + MEASURE_WARNING_S;
}

/* Whether entry was imminent on the straight way while the alert stood: only a manoeuvre averted
 * it. */
static bool is_evasive(const volume *z, const alert *a, const fix *f, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (f[i].t_s >= a->from_s && f[i].t_s <= a->to_s && f[i].has_course) {
            const fix to = measure_straight(&f[i], MEASURE_IMMINENT_S);
            if (measure_enters(z, &f[i], &to) >= 0) {
                return true;
            }
        }
    }
    return false;
}

static void judge_entry(const entry *e, const alerts *list, figures *sums)
{
    double warned_s = 0;
    for (size_t i = 0; i < list->count; i++) {
        if (list->list[i].from_s < e->at_s && list->list[i].to_s >= e->before_s) {
            warned_s = e->at_s - list->list[i].from_s;
        }
    }
    const double since_s = fmax(e->outside_s, e->steady_s);
    const double allowed_s = fmin(e->at_s - since_s, MEASURE_WARNING_S);
    sums->entries++;
    sums->missed_of_all += warned_s <= 0;
    if (allowed_s <= 0) {
        return;
    }
    sums->missed += warned_s <= 0;
    if (sums->possible < sums->capacity) {
        sums->allowed_s[sums->possible] = allowed_s;
        sums->given_s[sums->possible++] = fmin(warned_s, allowed_s);
    }
}

void measure_judge(const volume *zone, const fix *fixes, size_t count, const entry *entries,
                   size_t entry_count, const alerts *list, figures *sums)
{
    for (size_t i = 0; i < list->count; i++) {
        const alert *const a = &list->list[i];
        sums->alerts++;
        if (is_right(a, entries, entry_count)) {
            continue;
        }
        const bool known = is_known(a, fixes, count);
        sums->unknown += !known;
        sums->nuisance += known;
        sums->evasive += known && is_evasive(zone, a, fixes, count);
    }
    for (size_t e = 0; e < entry_count; e++) {
        if (!entries[e].unfit) {
            judge_entry(&entries[e], list, sums);
        }
    }
}

static int by_number(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

double measure_median(double *values, size_t count)
{
    qsort(values, count, sizeof *values, by_number);
    return count ? values[count / 2] : 0;
}
