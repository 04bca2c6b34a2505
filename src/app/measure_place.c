/* Reports and zones in the plane in which they are measured. */
#include <assert.h>
#include <math.h>

#include "app/measure.h"
#include "base/alloc.h"
#include "geo/trig.h"

#define METRES_PER_E7 0.0111195
#define MPS_PER_KT_E3 0.000514444
/* How long a velocity and an altitude are taken to hold (lee_watch_options_default). */
#define VELOCITY_MAX_S 15.0
#define ALTITUDE_MAX_S 60.0
/* 333 m/s: further away than that for each second of warning, nothing tells. */
#define NEAR_MPS (20000.0 / 60.0)
/* Its sides are within 1.5e-4 of the radius. */
#define CIRCLE_CORNERS 180u
#define FT_M 0.3048

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

/* An altitude above the ellipsoid alone is put on the scale of pressure. */
static void hear_altitude(lee_measure_memory *m, const lee_report *r, double t_s,
                          const lee_measure_air *air)
{
    const bool has_baro = r->present & LEE_REPORT_HAS_ALT_BARO;
    const bool has_hae = r->present & LEE_REPORT_HAS_ALT_HAE;
    const double above_sea_ft = r->alt_hae_ft - air->geoid_m / FT_M;
    if (has_baro && has_hae) {
        m->has_own_shift = true;
        m->own_shift_ft = above_sea_ft - r->alt_baro_ft;
    }
    m->shift_ft = air->by_itself ? (m->has_own_shift ? m->own_shift_ft : 0) : air->shift_ft;
    if (has_baro || has_hae) {
        m->has_alt = true;
        m->alt_s = t_s;
        m->alt_ft = has_baro ? r->alt_baro_ft : above_sea_ft - m->shift_ft;
    }
}

static bool is_aircraft(lee_source source)
{
    return source == LEE_SOURCE_ADSB || source == LEE_SOURCE_MODE_S || source == LEE_SOURCE_MLAT ||
           source == LEE_SOURCE_TISB || source == LEE_SOURCE_ASTERIX;
}

bool lee_measure_hear(lee_measure_memory *m, const lee_report *r, const lee_measure_air *air,
                      lee_measure_fix *out)
{
    assert(m && r && air && out);
    const double t_s = (double)r->t_us * 1e-6;
    if (m->has_heard && t_s < m->heard_s) {
        return false;
    }
    hear_motion(m, r, t_s);
    hear_altitude(m, r, t_s, air);
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
        .shift_ft = m->shift_ft,
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

/* From the plane back to degrees; longitudes may need to go round. */
static lee_point point_of(const lee_measure_volume *z, const lee_measure_fix *at)
{
    const double lon_e7 = z->lon_e7 + at->x_m / (METRES_PER_E7 * z->narrow);
    return (lee_point){(int32_t)lround(z->lat_e7 + at->y_m / METRES_PER_E7),
                       (int32_t)lround(remainder(lon_e7, 2.0 * LEE_LON_MAX_E7))};
}

/* On the scale of pressure, over the place of the fix. A limit above ground that is not known is
 * the wider one. */
static double limit_ft(const lee_measure_volume *z, const lee_alt_limit *limit,
                       const lee_measure_fix *at, double without)
{
    int32_t ground_ft = 0;
    if (limit->kind != LEE_LIMIT_VALUE) {
        return without;
    }
    switch (limit->alt.ref) {
    case LEE_ALT_MSL:
        return limit->alt.ft - at->shift_ft;
    case LEE_ALT_HAE:
        return limit->alt.ft - z->geoid_m / FT_M - at->shift_ft;
    case LEE_ALT_AGL:
        return z->terrain && lee_terrain_height_ft(z->terrain, point_of(z, at), &ground_ft)
                   ? limit->alt.ft + ground_ft - at->shift_ft
                   : without;
    case LEE_ALT_STD:
    case LEE_ALT_REF_COUNT:
        break;
    }
    return limit->alt.ft;
}

void lee_measure_limits(const lee_measure_volume *z, const lee_measure_fix *at, double *lower_ft,
                        double *upper_ft)
{
    *lower_ft = limit_ft(z, z->lower, at, -HUGE_VAL);
    *upper_ft = limit_ft(z, z->upper, at, HUGE_VAL);
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

static bool is_above_ground(const lee_alt_limit *limit)
{
    return limit->kind == LEE_LIMIT_VALUE && limit->alt.ref == LEE_ALT_AGL;
}

/* A bubble is a ring around its carrier, which stands still in the middle. */
static void put_circle(int32_t radius_m, lee_measure_volume *z)
{
    z->narrow = 1;
    z->reach_m = radius_m;
    for (uint32_t i = 0; i < CIRCLE_CORNERS; i++) {
        z->x_m[i] = radius_m * lee_sin(2 * LEE_PI * i / CIRCLE_CORNERS);
        z->y_m[i] = radius_m * lee_cos(2 * LEE_PI * i / CIRCLE_CORNERS);
    }
    z->ring_ends[0] = CIRCLE_CORNERS;
}

bool lee_measure_can(const lee_zone *zone)
{
    return zone->area.count > 0 || (zone->moving.radius_m > 0 && !zone->moving.route);
}

lee_error lee_measure_volume_make(const lee_zone *zone, int32_t geoid_m, const lee_terrain *terrain,
                                  lee_measure_volume *out)
{
    assert(zone && out);
    if (!lee_measure_can(zone)) {
        return LEE_ERR_DOMAIN;
    }
    const bool is_bubble = zone->area.count == 0;
    size_t vertices = is_bubble ? CIRCLE_CORNERS : 0;
    for (uint32_t r = 0; r < zone->area.count; r++) {
        vertices += zone->area.rings[r].count;
    }
    lee_measure_volume z = {
        .ring_count = is_bubble ? 1 : zone->area.count,
        .lower = &zone->lower,
        .upper = &zone->upper,
        .geoid_m = geoid_m,
        .is_bubble = is_bubble,
        .schedule = &zone->schedule,
        .warning_s = zone->watch.warning_time_s > 0 ? zone->watch.warning_time_s : 60,
        .gap_s = zone->watch.lost_after_s,
        .margin_m = zone->watch.lateral_margin_m,
        .margin_ft = zone->watch.vertical_margin_ft,
        .hold = (size_t)zone->watch.hold,
        .x_m = lee_alloc(vertices, sizeof *z.x_m),
        .y_m = lee_alloc(vertices, sizeof *z.y_m),
        .ring_ends = lee_alloc(is_bubble ? 1 : zone->area.count, sizeof *z.ring_ends),
    };
    if (!z.x_m || !z.y_m || !z.ring_ends) {
        lee_measure_volume_free(&z);
        return LEE_ERR_NO_MEMORY;
    }
    if (is_bubble) {
        put_circle(zone->moving.radius_m, &z);
    } else {
        find_middle(&zone->area.rings[0], &z);
        put_rings(&zone->area, &z);
        z.terrain = is_above_ground(&zone->lower) || is_above_ground(&zone->upper) ? terrain : NULL;
    }
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

/* Relative to the carrier, which was at `from` and then at `to`. Who did not say how it goes is
 * taken to be at rest, as the watch takes it: the bubble may come to it. */
static void place_beside(const lee_measure_fix *from, const lee_measure_fix *to,
                         lee_measure_fix *fix)
{
    const double span_s = to->t_s - from->t_s;
    const double at = span_s > 0 ? (fix->t_s - from->t_s) / span_s : 0;
    const double lat_e7 = from->y_m + at * (to->y_m - from->y_m);
    const double lon_e7 = from->x_m + at * from_middle(to->x_m, from->x_m);
    const double narrow = lee_cos(lat_e7 * 1e-7 * LEE_PI / 180);
    fix->x_m = from_middle(fix->x_m, lon_e7) * METRES_PER_E7 * narrow;
    fix->y_m = (fix->y_m - lat_e7) * METRES_PER_E7;
    double east_mps = fix->has_course ? fix->speed_mps * lee_sin(fix->course_rad) : 0;
    double north_mps = fix->has_course ? fix->speed_mps * lee_cos(fix->course_rad) : 0;
    if (span_s > 0) {
        east_mps -= from_middle(to->x_m, from->x_m) * METRES_PER_E7 * narrow / span_s;
        north_mps -= (to->y_m - from->y_m) * METRES_PER_E7 / span_s;
    }
    fix->has_course = true;
    fix->speed_mps = sqrt(east_mps * east_mps + north_mps * north_mps);
    fix->course_rad = lee_atan2(east_mps, north_mps);
}

bool lee_measure_place_beside(const lee_measure_volume *z, const lee_measure_fix *carrier,
                              size_t count, size_t *at, lee_measure_fix *fix)
{
    assert(z->is_bubble && *at <= count);
    while (*at + 1 < count && carrier[*at + 1].t_s <= fix->t_s) {
        ++*at;
    }
    const size_t next = *at + 1 < count ? *at + 1 : *at;
    if (count == 0 || carrier[*at].t_s > fix->t_s || carrier[next].t_s < fix->t_s ||
        carrier[next].t_s - carrier[*at].t_s > z->gap_s) {
        return false;
    }
    place_beside(&carrier[*at], &carrier[next], fix);
    return true;
}

double lee_measure_near_m(const lee_measure_volume *z)
{
    return z->reach_m + fmax(z->warning_s * NEAR_MPS, z->margin_m);
}
