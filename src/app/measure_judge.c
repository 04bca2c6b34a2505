/* How good alerts were, in the light of what happened. */
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/measure.h"

/* An entry within this many warning times makes an alert right. */
#define JUSTIFIED 2.0
/* A report's interval of a warning of a minute is no lateness. */
#define LATE_SHARE 0.9
#define PAIR_MAX LEE_MEASURE_PAIR_MAX

const char *lee_measure_outcome_name(lee_measure_outcome outcome)
{
    static const char *const names[] = {
#define OUTCOME_NAME(name, text) text,
        LEE_MEASURE_OUTCOMES(OUTCOME_NAME)
#undef OUTCOME_NAME
    };
    assert((size_t)outcome < sizeof names / sizeof *names);
    return names[outcome];
}

const char *lee_measure_category_name(int category)
{
    static const char *const names[] = {"unmeasured",  "necessary",   "desirable",
                                        "unnecessary", "undesirable", "void"};
    assert(category >= 0 && category < LEE_MEASURE_CATEGORIES);
    return names[category];
}

void lee_measure_sums_init(lee_measure_sums *sums)
{
    *sums = (lee_measure_sums){.alerts = 0};
    lee_buffer_init(&sums->given, SIZE_MAX / 2);
    lee_buffer_init(&sums->allowed, SIZE_MAX / 2);
    lee_buffer_init(&sums->shares, SIZE_MAX / 2);
}

void lee_measure_sums_free(lee_measure_sums *sums)
{
    lee_buffer_free(&sums->given);
    lee_buffer_free(&sums->allowed);
    lee_buffer_free(&sums->shares);
}

static double length_of(double x, double y)
{
    return sqrt(x * x + y * y);
}

/* One target against one zone. */
typedef struct {
    const lee_measure_volume *zone;
    const lee_measure_fix *fixes;
    size_t count;
    const lee_measure_entry *entries;
    size_t entry_count;
} pair;

/* --- alerts -------------------------------------------------------------------------------------
 */

static bool is_right(const pair *p, const lee_measure_alert *a)
{
    for (size_t e = 0; e < p->entry_count; e++) {
        const double at_s = p->entries[e].at_s;
        if (at_s >= a->from_s &&
            (at_s <= a->from_s + JUSTIFIED * p->zone->warning_s || at_s <= a->to_s)) {
            return true;
        }
    }
    return false;
}

/* Whether the target was heard without a gap from then on for as long as is warned. */
static bool is_heard(const pair *p, double from_s)
{
    double heard_s = from_s;
    for (size_t i = 0; i < p->count; i++) {
        if (p->fixes[i].t_s >= from_s && p->fixes[i].t_s - heard_s <= p->zone->gap_s) {
            heard_s = p->fixes[i].t_s;
        } else if (p->fixes[i].t_s > from_s) {
            break;
        }
    }
    return heard_s >= from_s + p->zone->warning_s;
}

static bool leads_in(const lee_measure_volume *zone, const lee_measure_fix *fix, double within_s)
{
    if (!fix->has_course) {
        return false;
    }
    const lee_measure_fix to = lee_measure_straight(fix, within_s);
    return lee_measure_enters(zone, fix, &to) >= 0;
}

/* Whether entry was imminent on the straight way while the alert stood: only a manoeuvre averted
 * it. */
static bool is_evasive(const pair *p, const lee_measure_alert *a)
{
    for (size_t i = 0; i < p->count; i++) {
        if (p->fixes[i].t_s >= a->from_s && p->fixes[i].t_s <= a->to_s &&
            leads_in(p->zone, &p->fixes[i], LEE_MEASURE_IMMINENT_S)) {
            return true;
        }
    }
    return false;
}

static void judge_alert(const pair *p, lee_measure_alert *a, lee_measure_sums *sums)
{
    a->outcome = is_right(p, a)            ? LEE_MEASURE_RIGHT
                 : !is_heard(p, a->from_s) ? LEE_MEASURE_UNKNOWN
                 : is_evasive(p, a)        ? LEE_MEASURE_EVASIVE
                                           : LEE_MEASURE_NUISANCE;
    sums->alerts++;
    sums->unknown += a->outcome == LEE_MEASURE_UNKNOWN;
    sums->nuisance += a->outcome == LEE_MEASURE_NUISANCE || a->outcome == LEE_MEASURE_EVASIVE;
    sums->evasive += a->outcome == LEE_MEASURE_EVASIVE;
}

static bool stood_before(const lee_measure_alert *a, const lee_measure_entry *e)
{
    return a->from_s < e->at_s && a->to_s >= e->before_s;
}

static void judge_entry(const pair *p, const lee_measure_entry *e, const lee_measure_alert *alerts,
                        size_t alert_count, lee_measure_sums *sums)
{
    double warned_s = 0;
    for (size_t i = 0; i < alert_count; i++) {
        warned_s = stood_before(&alerts[i], e) ? e->at_s - alerts[i].from_s : warned_s;
    }
    const double since_s = fmax(e->outside_s, e->steady_s);
    const double allowed_s = fmin(e->at_s - since_s, p->zone->warning_s);
    sums->entries++;
    sums->missed_of_all += warned_s <= 0;
    if (allowed_s <= 0) {
        return;
    }
    const double given_s = fmin(warned_s, allowed_s);
    sums->possible++;
    sums->missed += warned_s <= 0;
    sums->late += warned_s > 0 && given_s < LATE_SHARE * allowed_s;
    lee_buffer_bytes(&sums->allowed, &allowed_s, sizeof allowed_s);
    lee_buffer_bytes(&sums->given, &given_s, sizeof given_s);
    const double share = given_s / allowed_s;
    lee_buffer_bytes(&sums->shares, &share, sizeof share);
}

/* --- encounters ---------------------------------------------------------------------------------
 */

/* A stretch of a flight that concerned the zone: it led in, came near or entered. */
typedef struct {
    double from_s, to_s;
    int category;
    bool ended; /* by its entry: what comes later is another one */
    bool permitted;
    bool alerted;
} encounter;

static double edge_distance_m(const lee_measure_volume *z, double x, double y)
{
    double least = HUGE_VAL;
    for (uint32_t r = 0, first = 0; r < z->ring_count; first = z->ring_ends[r++]) {
        for (uint32_t i = first, j = z->ring_ends[r] - 1; i < z->ring_ends[r]; j = i++) {
            const double ex = z->x_m[i] - z->x_m[j];
            const double ey = z->y_m[i] - z->y_m[j];
            const double length = ex * ex + ey * ey;
            double at = length > 0 ? ((x - z->x_m[j]) * ex + (y - z->y_m[j]) * ey) / length : 0;
            at = fmax(0, fmin(1, at));
            least = fmin(least, length_of(z->x_m[j] + at * ex - x, z->y_m[j] + at * ey - y));
        }
    }
    return least;
}

/* Nearer than the zone's margins, which are the distance that it asks for. */
static bool is_within_margins(const lee_measure_volume *z, const lee_measure_fix *f)
{
    const double far_m = z->reach_m + z->margin_m;
    const lee_measure_fix level = {.x_m = f->x_m, .y_m = f->y_m, .t_s = f->t_s};
    if (fabs(f->x_m) > far_m || fabs(f->y_m) > far_m) {
        return false;
    }
    double lower_ft;
    double upper_ft;
    lee_measure_limits(z, f, &lower_ft, &upper_ft);
    if (f->has_alt &&
        (f->alt_ft < lower_ft - z->margin_ft || f->alt_ft >= upper_ft + z->margin_ft)) {
        return false;
    }
    return lee_measure_holds(z, &level) || edge_distance_m(z, f->x_m, f->y_m) < z->margin_m;
}

/* What one report says of the flight; 0: nothing. */
static int category_of(const lee_measure_volume *z, const lee_measure_fix *f)
{
    if (lee_measure_holds(z, f)) {
        return 0;
    }
    if (leads_in(z, f, LEE_MEASURE_IMMINENT_S)) {
        return LEE_MEASURE_NECESSARY;
    }
    if (is_within_margins(z, f)) {
        return LEE_MEASURE_DESIRABLE;
    }
    return leads_in(z, f, z->warning_s) ? LEE_MEASURE_UNNECESSARY : 0;
}

/* Joins a mark to the encounter that goes on, or begins another. */
static encounter *mark(const pair *p, encounter *list, size_t *count, double t_s, int category)
{
    encounter *last = *count > 0 ? &list[*count - 1] : NULL;
    if (!last || last->ended || t_s - last->to_s > JUSTIFIED * p->zone->warning_s) {
        if (*count == PAIR_MAX) {
            return last;
        }
        last = &list[(*count)++];
        *last = (encounter){.from_s = t_s, .category = category};
    }
    last->to_s = t_s;
    last->category = category < last->category ? category : last->category;
    return last;
}

static size_t find_encounters(const pair *p, encounter *list)
{
    size_t count = 0;
    size_t e = 0;
    bool is_leaving = false;
    for (size_t i = 0; i < p->count; i++) {
        for (; e < p->entry_count && p->entries[e].at_s <= p->fixes[i].t_s; e++) {
            encounter *const in = mark(p, list, &count, p->entries[e].at_s, LEE_MEASURE_NECESSARY);
            in->category = p->entries[e].unfit ? LEE_MEASURE_VOID : LEE_MEASURE_NECESSARY;
            in->permitted = p->entries[e].permitted;
            in->ended = true;
        }
        const int category = category_of(p->zone, &p->fixes[i]);
        /* Who has just left is near, and nobody has to be told. */
        const bool is_near = category == LEE_MEASURE_DESIRABLE;
        is_leaving = lee_measure_holds(p->zone, &p->fixes[i]) || (is_leaving && is_near);
        if (category > 0 && !(is_leaving && is_near)) {
            (void)mark(p, list, &count, p->fixes[i].t_s, category);
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (!list[i].ended && !is_heard(p, list[i].to_s)) {
            list[i].category = LEE_MEASURE_VOID;
        }
    }
    return count;
}

/* The category of an alert is that of the encounter that it told of. */
static void sort_alert(const pair *p, lee_measure_alert *a, encounter *list, size_t count)
{
    const double until_s = fmax(a->to_s, a->from_s + JUSTIFIED * p->zone->warning_s);
    a->category = a->outcome == LEE_MEASURE_UNKNOWN ? LEE_MEASURE_VOID : LEE_MEASURE_UNDESIRABLE;
    for (size_t i = 0; i < count; i++) {
        if (list[i].to_s >= a->from_s && list[i].from_s <= until_s) {
            list[i].alerted = true;
            a->category = list[i].category;
            return;
        }
    }
}

static void judge_encounters(const pair *p, lee_measure_alert *alerts, size_t alert_count,
                             lee_measure_sums *sums)
{
    encounter list[PAIR_MAX];
    const size_t count = find_encounters(p, list);
    bool any_undesirable = false;
    for (size_t i = 0; i < alert_count; i++) {
        sort_alert(p, &alerts[i], list, count);
        sums->alerts_by[alerts[i].category]++;
        any_undesirable |= alerts[i].category == LEE_MEASURE_UNDESIRABLE;
    }
    for (size_t i = 0; i < count; i++) {
        if (!list[i].permitted) {
            sums->encounters[list[i].category]++;
            sums->alerted[list[i].category] += list[i].alerted;
        }
    }
    /* Flying past where nothing led in is an encounter too: one that asks for silence. */
    if (count == 0 || any_undesirable) {
        sums->encounters[LEE_MEASURE_UNDESIRABLE]++;
        sums->alerted[LEE_MEASURE_UNDESIRABLE] += any_undesirable;
    }
}

void lee_measure_judge(const lee_measure_volume *volume, const lee_measure_fix *fixes, size_t count,
                       const lee_measure_entry *entries, size_t entry_count,
                       lee_measure_alert *alerts, size_t alert_count, lee_measure_sums *sums)
{
    assert(volume && sums && entry_count <= PAIR_MAX);
    const pair p = {volume, fixes, count, entries, entry_count};
    for (size_t i = 0; i < alert_count; i++) {
        judge_alert(&p, &alerts[i], sums);
    }
    for (size_t e = 0; e < entry_count; e++) {
        if (!entries[e].unfit && !entries[e].permitted) {
            judge_entry(&p, &entries[e], alerts, alert_count, sums);
        }
    }
    judge_encounters(&p, alerts, alert_count, sums);
}

size_t lee_measure_most_within(const double *instants_s, size_t count, double span_s)
{
    size_t most = 0;
    size_t first = 0;
    for (size_t i = 0; i < count; i++) {
        while (instants_s[i] - instants_s[first] >= span_s) {
            first++;
        }
        most = i - first + 1 > most ? i - first + 1 : most;
    }
    return most;
}

static int by_number(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

double lee_measure_quantile(lee_buffer *values, double share)
{
    const size_t count = values->length / sizeof(double);
    if (count == 0) {
        return 0;
    }
    qsort(values->bytes, count, sizeof(double), by_number);
    size_t at = (size_t)(share * (double)count);
    at = at < count ? at : count - 1;
    double value;
    memcpy(&value, values->bytes + at * sizeof value, sizeof value);
    return value;
}
