/* The straight way against a zone that is wider by what is not known of where the target is, and
 * grows by what is not known of where it will be; docs/watch.md, "Errors".
 *
 * In a plane around the target, in metres: it decides when to warn, never what is inside. */
#include "watch/state.h"

#include <assert.h>
#include <math.h>

#include "base/time_text.h"
#include "geo/area.h"
#include "geo/distance.h"
#include "geo/trig.h"

#define LAT_MAX_E7 800000000
#define LON_MAX_E7 1780000000
#define REACH_MAX_M 150000.0
/* The error of a position that counts at most: 0.5 NM (NACp 5, UK CAP 670). */
#define SAID_MAX_M 926.0
/* A quadratic term below this is none. */
#define SQUARE_LEAST 1e-9

static bool asks_sideways(const lee_zone_watch *watch)
{
    return watch->lateral_error_m > 0 || watch->lateral_growth_m > 0;
}

double lee__grown_most_m(const lee_zone_watch *watch)
{
    if (!asks_sideways(watch)) {
        return 0.0;
    }
    const double now_m = watch->lateral_error_m > SAID_MAX_M ? watch->lateral_error_m : SAID_MAX_M;
    return now_m + watch->lateral_growth_m * (watch->look_ahead_s / 60.0);
}

/* Of where the target is now: what the zone allows, or what the target says if that is more. */
static double error_now_m(const lee_moment *m, const lee_zone_watch *watch)
{
    if (!asks_sideways(watch)) {
        return 0.0;
    }
    const double said_m = lee__said_error_m(m);
    const double taken_m = said_m < SAID_MAX_M ? said_m : SAID_MAX_M;
    return taken_m > watch->lateral_error_m ? taken_m : watch->lateral_error_m;
}

bool lee__grown_serves(const lee_moment *m, uint32_t zone)
{
    const lee_generation *const g = &m->watch->generation;
    const lee_zone_watch *const watch = &g->list->zones[zone].watch;
    const lee_point p = m->now.point;
    const bool asks =
        asks_sideways(watch) || watch->vertical_error_ft > 0 || watch->vertical_growth_ft > 0;
    return asks && !m->now.altitude.on_ground && !g->facts[zone].over_ground &&
           p.lat_e7 < LAT_MAX_E7 && p.lat_e7 > -LAT_MAX_E7 && p.lon_e7 < LON_MAX_E7 &&
           p.lon_e7 > -LON_MAX_E7 &&
           (!m->course.known || m->course.speed_mps * watch->look_ahead_s <= REACH_MAX_M) &&
           !lee__exempt_concerns(m, zone);
}

/* The target at the origin at 0 s, and what is nearer to an edge than radius_m then. */
typedef struct {
    lee_vector by; /* its way in a second */
    double radius_m;
    double growth_m; /* of the radius in a second */
    double from_s;
    double first_s; /* the earliest touch found so far */
} touch;

static lee_vector place_at(const touch *t, double t_s)
{
    return (lee_vector){t->by.east * t_s, t->by.north * t_s};
}

static void note(touch *t, double t_s)
{
    if (t_s >= t->from_s && t_s < t->first_s) {
        t->first_s = t_s;
    }
}

/* When it comes as near to the point as the radius is by then. */
static void touch_point(touch *t, lee_vector point)
{
    const double square = lee__vector_dot(t->by, t->by) - t->growth_m * t->growth_m;
    const double half = lee__vector_dot(t->by, point) + t->radius_m * t->growth_m;
    const double beyond = lee__vector_dot(point, point) - t->radius_m * t->radius_m;
    if (fabs(square) < SQUARE_LEAST) {
        if (half > 0.0) {
            note(t, beyond / (2.0 * half));
        }
        return;
    }
    const double discriminant = half * half - square * beyond;
    if (discriminant >= 0.0) {
        const double root = sqrt(discriminant);
        note(t, (half - root) / square);
        note(t, (half + root) / square);
    }
}

/* When it comes as near to the edge from either side, beside it. */
static void touch_side(touch *t, lee_vector start, lee_vector way)
{
    const double size = sqrt(lee__vector_dot(way, way));
    const double off_m = (start.north * way.east - start.east * way.north) / size;
    const double off_mps = (t->by.east * way.north - t->by.north * way.east) / size;
    for (int side = -1; side <= 1; side += 2) {
        const double closing = t->growth_m - side * off_mps;
        if (closing != 0.0) {
            const double t_s = (side * off_m - t->radius_m) / closing;
            const double along = lee__vector_dot(lee__vector_less(place_at(t, t_s), start), way);
            if (along >= 0.0 && along <= size * size) {
                note(t, t_s);
            }
        }
    }
}

static bool is_near(const touch *t, lee_vector start, lee_vector way)
{
    const lee_vector off = lee__vector_less(place_at(t, t->from_s), start);
    const double square = lee__vector_dot(way, way);
    const double share =
        square > 0.0 ? fmin(fmax(lee__vector_dot(off, way) / square, 0.0), 1.0) : 0.0;
    const lee_vector left = {off.east - way.east * share, off.north - way.north * share};
    const double radius_m = t->radius_m + t->growth_m * t->from_s;
    return lee__vector_dot(left, left) <= radius_m * radius_m;
}

static void touch_edge(touch *t, lee_vector start, lee_vector end)
{
    const lee_vector way = lee__vector_less(end, start);
    if (is_near(t, start, way)) {
        t->first_s = t->from_s;
        return;
    }
    touch_point(t, start);
    touch_point(t, end);
    if (lee__vector_dot(way, way) > 0.0) {
        touch_side(t, start, way);
    }
}

static lee_vector vector_of(lee_point origin, lee_point point, double narrow)
{
    return (lee_vector){((double)point.lon_e7 - origin.lon_e7) * LEE_PLANE_METRES_PER_E7 * narrow,
                        ((double)point.lat_e7 - origin.lat_e7) * LEE_PLANE_METRES_PER_E7};
}

static lee_point point_of(lee_point origin, lee_vector place, double narrow)
{
    return (lee_point){origin.lat_e7 + (int32_t)(place.north / LEE_PLANE_METRES_PER_E7),
                       origin.lon_e7 + (int32_t)(place.east / LEE_PLANE_METRES_PER_E7 / narrow)};
}

bool lee__grown_enters(const lee_moment *m, uint32_t zone, double *entry_s, lee_point *entry,
                       bool *blurred)
{
    assert(lee__grown_serves(m, zone));
    const lee_generation *const g = &m->watch->generation;
    const lee_zone_watch *const watch = &g->list->zones[zone].watch;
    const lee_point origin = m->now.point;
    const double narrow = lee_cos(origin.lat_e7 * 1e-7 * LEE_RADIANS_PER_DEGREE);
    const double course_rad = m->course.track_deg_e3 * 1e-3 * LEE_RADIANS_PER_DEGREE;
    double until_s = watch->look_ahead_s;
    touch t = {.radius_m = error_now_m(m, watch), .first_s = HUGE_VAL};
    if (m->course.known) {
        t.by = (lee_vector){m->course.speed_mps * lee_sin(course_rad),
                            m->course.speed_mps * lee_cos(course_rad)};
        t.growth_m = watch->lateral_growth_m / 60.0;
    } else {
        until_s = 0.0; /* where it will be is not known: only where it is */
    }
    lee__hypothesis_window(m, zone, until_s, &t.from_s, &until_s, blurred);
    if (t.from_s > until_s) {
        return false;
    }
    if (lee_area_contains(&g->list->zones[zone].area,
                          point_of(origin, place_at(&t, t.from_s), narrow))) {
        t.first_s = t.from_s;
    }
    for (uint32_t r = g->ways.first_run[zone]; r < g->ways.first_run[zone + 1]; r++) {
        const lee_way_run *const run = &g->ways.runs[r];
        for (uint32_t i = 0; i < run->count && t.first_s > t.from_s; i++) {
            touch_edge(&t, vector_of(origin, g->ways.points[run->first + i], narrow),
                       vector_of(origin, g->ways.points[run->first + i + 1], narrow));
        }
    }
    *entry_s = t.first_s;
    if (t.first_s > until_s) {
        return false;
    }
    *entry = point_of(origin, place_at(&t, t.first_s), narrow);
    return true;
}
