/* The line that a target may follow: how well it keeps to it, and the way ahead along it.
 *
 * In a plane around the target: it decides when to warn, never what is inside or permitted.
 * docs/watch.md, "The way of a permit". */
#include "watch/route.h"

#include <assert.h>
#include <math.h>

#include "base/time_text.h"
#include "geo/area.h"
#include "geo/distance.h"
#include "geo/trig.h"
#include "watch/state.h"

/* Of several permits with a route so many are looked at. */
#define ROUTES_MAX 8
/* What is assumed of whom nothing is known: as likely as not, counted as much as a minute. */
#define NEW_SHARE 0.5
#define NEW_S 60.0
#define FADE_S 300.0
#define FORGET_US (60 * LEE_US_PER_S)
#define MOST 0.95
/* Whoever goes within the first angle of the route goes along it, beyond the second it does not:
 * cosines of 10 and 30 degrees. */
#define ALONG 0.98480775301220806
#define ASTRAY 0.86602540378443865
/* A turn begins some time before the bend, or after it. */
#define BEND_S 6.0
/* It comes back to the line over so many times what it is beside it. */
#define JOINS 4.0
/* What is left of a leg is rounding when it is shorter, and has no direction. */
#define LEG_LEAST_M 1e-3

/* --- a line in a plane --------------------------------------------------------------------------
 */

typedef struct {
    const lee_point *points;
    uint32_t count;
    lee_point origin;
    double north_m; /* of 1e-7 degrees */
    double east_m;
} line;

static line line_from(const lee_point *points, uint32_t count, lee_point origin)
{
    line l = {.points = points, .count = count, .origin = origin};
    lee_metres_per_e7(origin, &l.north_m, &l.east_m);
    return l;
}

static line line_of(const lee_permit *permit, lee_point origin)
{
    const lee_ring *const ring = &permit->route.rings[0];
    return line_from(ring->points, ring->count / 2 + 1, origin);
}

static lee_vector vertex(const line *l, uint32_t i)
{
    double lon_e7 = (double)l->points[i].lon_e7 - l->origin.lon_e7;
    lon_e7 += lon_e7 > LEE_LON_MAX_E7 ? -2.0 * LEE_LON_MAX_E7 : 0.0;
    lon_e7 += lon_e7 < -(double)LEE_LON_MAX_E7 ? 2.0 * LEE_LON_MAX_E7 : 0.0;
    return (lee_vector){lon_e7 * l->east_m,
                        ((double)l->points[i].lat_e7 - l->origin.lat_e7) * l->north_m};
}

/* The place of the line that is nearest to the origin. */
typedef struct {
    uint32_t piece;
    double share; /* of the piece, 0..1 */
    double aside_m;
} foot;

static foot foot_of(const line *l)
{
    foot best = {.aside_m = HUGE_VAL};
    for (uint32_t i = 0; i + 1 < l->count; i++) {
        const lee_vector start = vertex(l, i);
        const lee_vector way = lee__vector_less(vertex(l, i + 1), start);
        const double square = lee__vector_dot(way, way);
        const double along = square > 0.0 ? -lee__vector_dot(start, way) / square : 0.0;
        const double share = along < 0.0 ? 0.0 : along > 1.0 ? 1.0 : along;
        const lee_vector at = {start.east + way.east * share, start.north + way.north * share};
        if (lee__vector_length(at) < best.aside_m) {
            best = (foot){i, share, lee__vector_length(at)};
        }
    }
    return best;
}

/* The cosine of the angle between the course and the piece, as the line runs. */
static double along_piece(const line *l, uint32_t i, lee_vector course)
{
    const lee_vector way = lee__vector_less(vertex(l, i + 1), vertex(l, i));
    const double length = lee__vector_length(way);
    return length > 0.0 ? lee__vector_dot(way, course) / length : 0.0;
}

static double length_at(const line *l, uint32_t i)
{
    return lee__vector_length(lee__vector_less(vertex(l, i + 1), vertex(l, i)));
}

/* The greatest cosine of the angle between the course and a piece, if it goes as the line runs
 * (`step` 1) or against it (-1): of the piece where it is, of those ahead that are near, and of
 * those behind that it left lately. */
static double best_along(const line *l, foot f, lee_vector course, double near_m, int step)
{
    const uint32_t last = l->count - 2;
    if (step > 0 && f.share >= 1.0 && f.piece < last) {
        f = (foot){f.piece + 1, 0.0, f.aside_m};
    } else if (step < 0 && f.share <= 0.0 && f.piece > 0) {
        f = (foot){f.piece - 1, 1.0, f.aside_m};
    }
    const double before = f.share * length_at(l, f.piece);
    const double after = (1.0 - f.share) * length_at(l, f.piece);
    double best = step * along_piece(l, f.piece, course);
    double left_m = near_m + f.aside_m - (step > 0 ? after : before);
    for (uint32_t i = f.piece; left_m > 0.0 && i != (step > 0 ? last : 0);) {
        i = step > 0 ? i + 1 : i - 1;
        best = fmax(best, step * along_piece(l, i, course));
        left_m -= length_at(l, i);
    }
    left_m = near_m - f.aside_m - (step > 0 ? before : after);
    for (uint32_t i = f.piece; left_m > 0.0 && i != (step > 0 ? 0 : last);) {
        i = step > 0 ? i - 1 : i + 1;
        best = fmax(best, step * along_piece(l, i, course));
        left_m -= length_at(l, i);
    }
    return best;
}

/* How far it goes along the line, 0..1; *forward: as the line runs. */
static double agrees(const line *l, const foot *f, lee_vector course, double speed_mps,
                     double half_width_m, bool *forward)
{
    const double with = best_along(l, *f, course, speed_mps * BEND_S, 1);
    const double against = best_along(l, *f, course, speed_mps * BEND_S, -1);
    *forward = with >= against;
    const double share = ((*forward ? with : against) - ASTRAY) / (ALONG - ASTRAY);
    return f->aside_m > half_width_m || share < 0.0 ? 0.0 : share > 1.0 ? 1.0 : share;
}

static lee_vector course_of(int32_t track_deg_e3)
{
    double sine;
    double cosine;
    lee_sin_cos(track_deg_e3 * 1e-3 * LEE_RADIANS_PER_DEGREE, &sine, &cosine);
    return (lee_vector){sine, cosine};
}

/* --- how it kept to it --------------------------------------------------------------------------
 */

/* What a target may follow. */
typedef struct {
    line line;
    double half_width_m; /* of an axis: of whoever is in the corridor any, else none */
    const char *id;
    bool is_axis;
    uint64_t name;
} guide;

static guide guide_of_permit(const lee_permit *permit, lee_point origin)
{
    return (guide){.line = line_of(permit, origin),
                   .half_width_m = permit->route_half_width_m,
                   .id = permit->id,
                   .name = lee_permit_hash(permit->id)};
}

static guide guide_of_axis(const lee_zone *zone, const lee_axis *axis, bool is_in, lee_point origin)
{
    return (guide){.line = line_from(zone->axis, zone->axis_count, origin),
                   .half_width_m = is_in ? HUGE_VAL : -1.0,
                   .id = zone->id,
                   .is_axis = true,
                   .name = axis->line};
}

static bool is_over_box(const lee_generation *g, uint32_t zone, lee_point point)
{
    return lee__box_holds(g->facts[zone].box, lee_point_canonical(point));
}

static bool is_in_corridor(const lee_moment *m, uint32_t zone)
{
    const lee_generation *const g = &m->watch->generation;
    if (!is_over_box(g, zone, m->now.point) ||
        !lee_area_contains(&g->list->zones[zone].area, m->now.point)) {
        return false;
    }
    const lee_stance stance = lee__volume_stance(m->watch, zone, &m->now, 0);
    return stance.within && !stance.blurred && !stance.cautious;
}

/* The first of the permit file on whose route it is, no farther away than half its width; the first
 * corridor in which it is and may be; or else what it followed before, if it still may. False:
 * there is none. */
static bool find_guide(lee_moment *m, guide *out)
{
    const uint64_t before = m->visit->follow.line;
    uint32_t routes[ROUTES_MAX];
    const size_t count = lee_permit_book_routes(m->watch->permits, lee__moment_subject(m),
                                                LEE_PERMIT_NONE, m->now.t_us, routes, ROUTES_MAX);
    bool found = false;
    for (size_t i = 0; i < count; i++) {
        const guide g =
            guide_of_permit(lee_permit_book_at(m->watch->permits, routes[i]), m->now.point);
        const bool is_near = foot_of(&g.line).aside_m <= g.half_width_m;
        if (is_near || g.name == before) {
            *out = g;
            found = true;
        }
        if (is_near) {
            return true;
        }
    }
    const lee_generation *const gen = &m->watch->generation;
    for (uint32_t i = 0; i < gen->axis_count; i++) {
        const uint32_t zone = gen->axes[i].zone;
        const bool is_in = is_in_corridor(m, zone);
        if ((is_in || gen->axes[i].line == before) && lee__exempt_is_usable(m, zone)) {
            *out = guide_of_axis(&gen->list->zones[zone], &gen->axes[i], is_in, m->now.point);
            found = true;
            if (is_in) {
                return true;
            }
        }
    }
    return found;
}

/* The bit tells a corridor from a permit of the same id. */
lee_axis lee__route_axis(const lee_zone_list *zones, uint32_t zone)
{
    return (lee_axis){.zone = zone, .line = lee_permit_hash(zones->zones[zone].id) ^ 1};
}

bool lee__route_is_any(const lee_watch *watch)
{
    return watch->generation.axis_count > 0 || lee_permit_book_has_routes(watch->permits);
}

/* Quick, and never wrongly no. */
static bool may_follow(const lee_watch *watch, uint32_t slot)
{
    const lee_generation *const g = &watch->generation;
    const lee_report *const last = &lee_track_table_at(watch->tracks, slot)->last;
    bool may = watch->visits[slot].follow.line != 0 || lee_permit_book_has_routes(watch->permits);
    for (uint32_t i = 0; i < g->axis_count && !may; i++) {
        may = is_over_box(g, g->axes[i].zone, (lee_point){last->lat_e7, last->lon_e7});
    }
    return may;
}

void lee__route_hear(lee_watch *watch, uint32_t slot, int64_t t_us)
{
    lee_follow *const f = &watch->visits[slot].follow;
    if (!may_follow(watch, slot)) {
        return;
    }
    lee_moment m;
    lee__moment(watch, slot, t_us, true, &m);
    if (!lee__moment_knows(&m, LEE_REPORT_INDEX_SPEED_GROUND) ||
        !lee__moment_knows(&m, LEE_REPORT_INDEX_TRACK) ||
        !lee__hypothesis_plane_serves(m.now.point)) {
        return;
    }
    guide g;
    if (!find_guide(&m, &g)) {
        return;
    }
    const uint64_t age_us = (uint64_t)t_us - (uint64_t)f->heard_us;
    if (f->line != g.name || age_us > (uint64_t)FORGET_US) {
        *f = (lee_follow){.line = g.name, .heard_us = t_us};
        return;
    }
    const foot at = foot_of(&g.line);
    bool forward;
    const double share =
        agrees(&g.line, &at, course_of(m.track->last.track_deg_e3),
               lee__mps_of(m.track->last.speed_ground_kt_e3), g.half_width_m, &forward);
    const double span_s = (double)age_us * 1e-6;
    const double fade = FADE_S / (FADE_S + span_s);
    f->followed_s = f->followed_s * fade + span_s * share;
    f->strayed_s = f->strayed_s * fade + span_s * (1.0 - share);
    f->heard_us = t_us;
}

/* --- the way ahead ------------------------------------------------------------------------------
 */

/* A pen that draws the way in the units of lee_fan. */
typedef struct {
    lee_route_ahead *out;
    const line *line;
    lee_vector at;
    double speed_mps;
    double horizon_s;
} pen;

/* False: it is drawn as far as it is to be. */
static bool go_to(pen *p, lee_vector to)
{
    lee_route_ahead *const out = p->out;
    const lee_vector way = lee__vector_less(to, p->at);
    const double length_m = lee__vector_length(way);
    const double now_s = out->places[out->count - 1].t_s;
    const double left_m = (p->horizon_s - now_s) * p->speed_mps;
    if (length_m <= 0.0) {
        return true;
    }
    const double share = length_m < left_m ? 1.0 : left_m / length_m;
    p->at = (lee_vector){p->at.east + way.east * share, p->at.north + way.north * share};
    out->places[out->count++] =
        (lee_fan_place){p->at.north / p->line->north_m, p->at.east / p->line->east_m,
                        share < 1.0 ? p->horizon_s : now_s + length_m / p->speed_mps};
    return share >= 1.0 && out->count + 1 < LEE_ROUTE_PLACES;
}

/* Back to the line some way on, and along it; straight on from where it ends, which is also where
 * it comes back to it if that is beyond. */
static void draw(pen *p, const foot *f, bool forward)
{
    const line *const l = p->line;
    double skip_m = f->aside_m * JOINS;
    uint32_t i = forward ? f->piece + 1 : f->piece;
    lee_vector from = vertex(l, f->piece);
    const lee_vector of_piece = lee__vector_less(vertex(l, f->piece + 1), from);
    from =
        (lee_vector){from.east + of_piece.east * f->share, from.north + of_piece.north * f->share};
    lee_vector last = {forward ? of_piece.east : -of_piece.east,
                       forward ? of_piece.north : -of_piece.north};
    bool goes_on = true;
    for (uint32_t left = forward ? l->count - i : i + 1; left > 0 && goes_on; left--) {
        const lee_vector to = vertex(l, i);
        const lee_vector way = lee__vector_less(to, from);
        const double length_m = lee__vector_length(way);
        last = length_m > LEG_LEAST_M ? way : last;
        if (skip_m > 0.0 && length_m > skip_m) {
            const double share = skip_m / length_m;
            goes_on = go_to(
                p, (lee_vector){from.east + way.east * share, from.north + way.north * share});
        }
        goes_on = goes_on && (length_m <= skip_m || go_to(p, to));
        skip_m = length_m < skip_m ? skip_m - length_m : 0.0;
        from = to;
        i = forward ? i + 1 : i - 1;
    }
    const double length_m = lee__vector_length(last);
    if (goes_on && length_m > 0.0 && skip_m > 0.0) {
        const double share = skip_m / length_m;
        goes_on =
            go_to(p, (lee_vector){from.east + last.east * share, from.north + last.north * share});
    }
    if (goes_on && length_m > 0.0) {
        const double far = 2.0 * p->speed_mps * p->horizon_s / length_m + 1.0;
        (void)go_to(p, (lee_vector){p->at.east + last.east * far, p->at.north + last.north * far});
    }
}

const lee_route_ahead *lee__route_ahead(lee_moment *m, double horizon_s)
{
    lee_route_ahead *const out = &m->route;
    if (out->horizon_s == horizon_s) {
        return out;
    }
    out->horizon_s = horizon_s;
    out->weight = 0.0;
    out->count = 0;
    const lee_follow *const f = &m->visit->follow;
    if (!m->course.known || !m->course.in_plane || m->course.speed_mps <= 0.0 || f->line == 0 ||
        f->heard_us != m->now.t_us) {
        return out;
    }
    guide g;
    if (!find_guide(m, &g) || g.name != f->line) {
        return out;
    }
    const foot at = foot_of(&g.line);
    bool forward;
    const double share = agrees(&g.line, &at, course_of(m->course.track_deg_e3),
                                m->course.speed_mps, g.half_width_m, &forward);
    const double kept =
        (NEW_SHARE * NEW_S + f->followed_s) / (NEW_S + f->followed_s + f->strayed_s);
    out->weight = (kept < MOST ? kept : MOST) * share;
    out->id = g.id;
    out->is_axis = g.is_axis;
    if (out->weight > 0.0) {
        pen p = {
            .out = out, .line = &g.line, .speed_mps = m->course.speed_mps, .horizon_s = horizon_s};
        out->places[out->count++] = (lee_fan_place){0.0, 0.0, 0.0};
        draw(&p, &at, forward);
    }
    return out;
}

/* --- its surroundings ---------------------------------------------------------------------------
 */

lee_route_where lee__route_mover(const lee_permit *permit, lee_point origin, double reach_m,
                                 lee_route_near *out)
{
    const line l = line_of(permit, origin);
    const double near_m = reach_m + permit->route_half_width_m;
    uint32_t first = l.count;
    uint32_t last = 0;
    for (uint32_t i = 0; i + 1 < l.count; i++) {
        const lee_vector a = vertex(&l, i);
        const lee_vector b = vertex(&l, i + 1);
        const bool is_far =
            (a.east > near_m && b.east > near_m) || (a.east < -near_m && b.east < -near_m) ||
            (a.north > near_m && b.north > near_m) || (a.north < -near_m && b.north < -near_m);
        first = !is_far && i < first ? i : first;
        last = is_far ? last : i + 1;
    }
    if (first >= last || last - first + 1 > LEE_ROUTE_NEAR) {
        return first >= last ? LEE_ROUTE_IS_FAR : LEE_ROUTE_IS_CROWDED;
    }
    for (uint32_t i = first; i <= last; i++) {
        const uint32_t n = i - first;
        out->line[n] = vertex(&l, i);
        out->line_m[n] =
            n == 0 ? 0.0
                   : out->line_m[n - 1] +
                         lee__vector_length(lee__vector_less(out->line[n], out->line[n - 1]));
    }
    out->north_m = l.north_m;
    out->east_m = l.east_m;
    out->mover = (lee_mover){.radius_m = permit->route_half_width_m,
                             .line = out->line,
                             .line_m = out->line_m,
                             .line_count = last - first + 1,
                             .tail_m = -LEE_ROUTE_OPEN_M,
                             .head_m = LEE_ROUTE_OPEN_M};
    return LEE_ROUTE_IS_NEAR;
}
