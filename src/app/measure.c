#include "app/measure.h"

#include <assert.h>
#include <math.h>

#include "base/alloc.h"
#include "geo/trig.h"
#include "zone/schedule.h"

#define METRES_PER_E7 0.0111195
#define MPS_PER_KT_E3 0.000514444
/* How long a velocity and an altitude are taken to hold (lee_watch_options_default). */
#define VELOCITY_MAX_S 15.0
#define ALTITUDE_MAX_S 60.0
/* 333 m/s: further away than that for each second of warning, nothing tells. */
#define NEAR_MPS (20000.0 / 60.0)
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

/* --- reports and zones into the plane -----------------------------------------------------------
 */

static void hear_motion(lee_measure_memory *m, const lee_report *r, double t_s)
{
    const uint32_t needs = LEE_REPORT_HAS_SPEED_GROUND | LEE_REPORT_HAS_TRACK;
    if ((r->present & needs) == needs) {
        m->has_course = true;
        m->course_s = t_s;
        m->speed_mps = r->speed_ground_kt_e3 * MPS_PER_KT_E3;
        m->course_rad = r->track_deg_e3 * LEE_PI / 180000;
    }
    if (r->present & LEE_REPORT_HAS_VERTICAL_RATE) {
        m->has_rate = true;
        m->rate_s = t_s;
        m->rate_fps = r->vertical_rate_fpm / 60.0;
    }
}

static void hear_altitude(lee_measure_memory *m, const lee_report *r, double t_s, int32_t geoid_m)
{
    const bool has_baro = r->present & LEE_REPORT_HAS_ALT_BARO;
    if (has_baro || (r->present & LEE_REPORT_HAS_ALT_HAE)) {
        m->has_alt = true;
        m->alt_s = t_s;
        m->alt_ft = has_baro ? r->alt_baro_ft : r->alt_hae_ft - geoid_m / 0.3048;
    }
}

static bool is_aircraft(lee_source source)
{
    return source == LEE_SOURCE_ADSB || source == LEE_SOURCE_MODE_S || source == LEE_SOURCE_MLAT ||
           source == LEE_SOURCE_TISB || source == LEE_SOURCE_ASTERIX;
}

bool lee_measure_hear(lee_measure_memory *m, const lee_report *r, int32_t geoid_m,
                      lee_measure_fix *out)
{
    assert(m && r && out);
    const double t_s = (double)r->t_us * 1e-6;
    if (m->has_heard && t_s < m->heard_s) {
        return false;
    }
    hear_motion(m, r, t_s);
    hear_altitude(m, r, t_s, geoid_m);
    if (((r->present & LEE_REPORT_HAS_ON_GROUND) && r->on_ground) ||
        (r->present & LEE_REPORT_HAS_POSITION) != LEE_REPORT_HAS_POSITION) {
        return false;
    }
    m->has_heard = true;
    m->heard_s = t_s;
    *out = (lee_measure_fix){
        .t_s = t_s,
        .x_m = r->lon_e7,
        .y_m = r->lat_e7,
        .alt_ft = m->alt_ft,
        .speed_mps = m->speed_mps,
        .course_rad = m->course_rad,
        .rate_fps = m->rate_fps,
        .has_alt = m->has_alt && t_s - m->alt_s <= ALTITUDE_MAX_S,
        .has_course = m->has_course && t_s - m->course_s <= VELOCITY_MAX_S,
        .has_rate = m->has_rate && t_s - m->rate_s <= VELOCITY_MAX_S,
        .may_taxi = is_aircraft(r->source),
    };
    return true;
}

/* On the scale of pressure altitude; 27.3 ft a hPa is the standard atmosphere near the ground. A
 * limit above ground is the wider one, as the ground is not known. */
static double limit_ft(const lee_alt_limit *limit, int32_t qnh_hpa_e1, int32_t geoid_m,
                       double without)
{
    if (limit->kind != LEE_LIMIT_VALUE || limit->alt.ref == LEE_ALT_AGL) {
        return without;
    }
    /* Not stated: as the watch compares then. */
    const double above_std = qnh_hpa_e1 == 0 ? 0 : (qnh_hpa_e1 - 10132) * 2.73;
    switch (limit->alt.ref) {
    case LEE_ALT_MSL:
        return limit->alt.ft - above_std;
    case LEE_ALT_HAE:
        return limit->alt.ft - geoid_m / 0.3048 - above_std;
    case LEE_ALT_STD:
    case LEE_ALT_AGL:
    case LEE_ALT_REF_COUNT:
        break;
    }
    return limit->alt.ft;
}

/* Longitudes on the other side of the antimeridian count at their true distance. */
static double from_middle(double lon_e7, double middle_e7)
{
    return remainder(lon_e7 - middle_e7, 2.0 * LEE_LON_MAX_E7);
}

/* The middle of the first ring, whose points may begin anywhere. */
static void find_middle(const lee_ring *ring, lee_measure_volume *z)
{
    lee_point min = ring->points[0];
    lee_point max = min;
    for (uint32_t i = 1; i < ring->count; i++) {
        const lee_point p = ring->points[i];
        min.lat_e7 = p.lat_e7 < min.lat_e7 ? p.lat_e7 : min.lat_e7;
        min.lon_e7 = p.lon_e7 < min.lon_e7 ? p.lon_e7 : min.lon_e7;
        max.lat_e7 = p.lat_e7 > max.lat_e7 ? p.lat_e7 : max.lat_e7;
        max.lon_e7 = p.lon_e7 > max.lon_e7 ? p.lon_e7 : max.lon_e7;
    }
    z->lat_e7 = ((double)min.lat_e7 + max.lat_e7) / 2;
    z->lon_e7 = ((double)min.lon_e7 + max.lon_e7) / 2;
    z->narrow = lee_cos(z->lat_e7 * 1e-7 * LEE_PI / 180);
}

static void put_rings(const lee_area *area, lee_measure_volume *z)
{
    uint32_t at = 0;
    for (uint32_t r = 0; r < area->count; r++) {
        for (uint32_t i = 0; i < area->rings[r].count; i++, at++) {
            const lee_point p = area->rings[r].points[i];
            z->x_m[at] = from_middle(p.lon_e7, z->lon_e7) * METRES_PER_E7 * z->narrow;
            z->y_m[at] = (p.lat_e7 - z->lat_e7) * METRES_PER_E7;
            z->reach_m = fmax(z->reach_m, fmax(fabs(z->x_m[at]), fabs(z->y_m[at])));
        }
        z->ring_ends[r] = at;
    }
}

lee_error lee_measure_volume_make(const lee_zone *zone, int32_t qnh_hpa_e1, int32_t geoid_m,
                                  lee_measure_volume *out)
{
    assert(zone && out);
    if (zone->area.count == 0) {
        return LEE_ERR_DOMAIN;
    }
    size_t vertices = 0;
    for (uint32_t r = 0; r < zone->area.count; r++) {
        vertices += zone->area.rings[r].count;
    }
    lee_measure_volume z = {
        .ring_count = zone->area.count,
        .lower_ft = limit_ft(&zone->lower, qnh_hpa_e1, geoid_m, -HUGE_VAL),
        .upper_ft = limit_ft(&zone->upper, qnh_hpa_e1, geoid_m, HUGE_VAL),
        .schedule = &zone->schedule,
        .warning_s = zone->watch.warning_time_s > 0 ? zone->watch.warning_time_s : 60,
        .gap_s = zone->watch.lost_after_s,
        .margin_m = zone->watch.lateral_margin_m,
        .margin_ft = zone->watch.vertical_margin_ft,
        .hold = (size_t)zone->watch.hold,
        .x_m = lee_alloc(vertices, sizeof *z.x_m),
        .y_m = lee_alloc(vertices, sizeof *z.y_m),
        .ring_ends = lee_alloc(zone->area.count, sizeof *z.ring_ends),
    };
    if (!z.x_m || !z.y_m || !z.ring_ends) {
        lee_measure_volume_free(&z);
        return LEE_ERR_NO_MEMORY;
    }
    find_middle(&zone->area.rings[0], &z);
    put_rings(&zone->area, &z);
    *out = z;
    return LEE_OK;
}

void lee_measure_volume_free(lee_measure_volume *volume)
{
    lee_free(volume->x_m);
    lee_free(volume->y_m);
    lee_free(volume->ring_ends);
}

void lee_measure_place(const lee_measure_volume *z, lee_measure_fix *fix)
{
    fix->x_m = from_middle(fix->x_m, z->lon_e7) * METRES_PER_E7 * z->narrow;
    fix->y_m = (fix->y_m - z->lat_e7) * METRES_PER_E7;
}

double lee_measure_near_m(const lee_measure_volume *z)
{
    return z->reach_m + fmax(z->warning_s * NEAR_MPS, z->margin_m);
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
    return (!f->has_alt || (f->alt_ft >= z->lower_ft && f->alt_ft < z->upper_ft)) &&
           area_holds(z, f->x_m, f->y_m);
}

bool lee_measure_holds(const lee_measure_volume *z, const lee_measure_fix *f)
{
    return space_holds(z, f) && is_active(z, f->t_s);
}

/* The part of the way within the band. False: none. */
static bool band_part(const lee_measure_volume *z, const lee_measure_fix *a,
                      const lee_measure_fix *b, double *from, double *to)
{
    const double climb = b->alt_ft - a->alt_ft;
    *from = 0;
    *to = 1;
    if (!a->has_alt || !b->has_alt) {
        return true;
    }
    if (climb == 0) {
        return a->alt_ft >= z->lower_ft && a->alt_ft < z->upper_ft;
    }
    const double at_lower = (z->lower_ft - a->alt_ft) / climb;
    const double at_upper = (z->upper_ft - a->alt_ft) / climb;
    *from = fmax(0, fmin(at_lower, at_upper));
    *to = fmin(1, fmax(at_lower, at_upper));
    return *from < *to;
}

double lee_measure_enters(const lee_measure_volume *z, const lee_measure_fix *a,
                          const lee_measure_fix *b)
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
    lee_measure_fix in = f[i];
    const double span_s = f[i].t_s - f[i - 1].t_s;
    in.t_s = f[i - 1].t_s + at * span_s;
    in.x_m = f[i - 1].x_m + at * (f[i].x_m - f[i - 1].x_m);
    in.y_m = f[i - 1].y_m + at * (f[i].y_m - f[i - 1].y_m);
    in.alt_ft = f[i - 1].alt_ft + at * (f[i].alt_ft - f[i - 1].alt_ft);
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
