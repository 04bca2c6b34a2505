#include "watch/lanes.h"

#include <assert.h>
#include <math.h>

#include "geo/area.h"
#include "watch/state.h"
#include "zone/schedule.h"

/* What is left between two lanes, or a lane and the edge of the zone, for so short a time is their
 * rounding. */
#define SLIVER_S 0.02
/* Halvings of the look-ahead time that find when a height is reached: to a thousandth of a second.
 */
#define HALVINGS 20

/* --- how long it is in one by its height --------------------------------------------------------
 */

static lee_place climbed(const lee_moment *m, double t_s)
{
    const int64_t span_us = (int64_t)(t_s * 1e6);
    const int32_t rate_fpm = m->course.rate_fpm;
    lee_place place = m->now;
    lee_band_altitude *const altitude = &place.altitude;
    altitude->alt_baro_ft = lee__predict_shifted_ft(altitude->alt_baro_ft, rate_fpm, span_us);
    altitude->alt_hae_ft = lee__predict_shifted_ft(altitude->alt_hae_ft, rate_fpm, span_us);
    return place;
}

/* `permit` NULL: in the zone that exempts. */
static bool fits(const lee_moment *m, uint32_t zone, const lee_permit *permit, double t_s)
{
    const lee_place place = climbed(m, t_s);
    if (permit) {
        const lee_band_conditions there = lee__volume_conditions(m->watch, zone, &m->now);
        return lee_permit_fits_altitude(permit, &place.altitude, &there);
    }
    const lee_stance stance = lee__volume_stance(m->watch, zone, &place, 0);
    return stance.within && !stance.blurred && !stance.cautious;
}

/* Heights between two limits are one stretch of a climb; one that lies wholly between now and then
 * is not found, and no leave. False: never. */
static bool set_heights(const lee_moment *m, uint32_t zone, const lee_permit *permit,
                        double horizon_s, lee_lane *lane)
{
    const bool is_in = fits(m, zone, permit, 0.0);
    lane->from_s = 0.0;
    lane->until_s = horizon_s;
    if (is_in == fits(m, zone, permit, horizon_s)) {
        return is_in;
    }
    double low_s = 0.0;
    double high_s = horizon_s;
    for (int i = 0; i < HALVINGS; i++) {
        const double middle_s = (low_s + high_s) / 2.0;
        if (fits(m, zone, permit, middle_s) == is_in) {
            low_s = middle_s;
        } else {
            high_s = middle_s;
        }
    }
    if (is_in) {
        lane->until_s = low_s;
    } else {
        lane->from_s = high_s;
    }
    return true;
}

static double seconds_until(const lee_moment *m, int64_t t_us)
{
    return ((double)t_us - (double)m->now.t_us) * 1e-6;
}

/* --- which there are ----------------------------------------------------------------------------
 */

/* The line of a route that moves is lent to one at a time. */
static bool add_bubble(const lee_moment *m, const lee_bubble *bubble, double horizon_s,
                       bool *is_lent, lee_lane *lane)
{
    const bool has_route = m->watch->generation.list->zones[bubble->zone].moving.route_count > 0;
    if (has_route && *is_lent) {
        return false;
    }
    *is_lent = *is_lent || has_route;
    lane->shape.moves = true;
    lane->shape.mover = lee__bubble_mover(m->watch, bubble, m->now.point, m->now.t_us, m->now.t_us,
                                          lee__time_after(m->now.t_us, (int64_t)(horizon_s * 1e6)));
    lane->shape.north_m = LEE_PLANE_METRES_PER_E7;
    lane->shape.east_m = LEE_PLANE_METRES_PER_E7 * m->course.narrow;
    return true;
}

static void add_exempting(const lee_moment *m, uint32_t zone, double horizon_s, lee_lanes *out)
{
    const lee_generation *const g = &m->watch->generation;
    bool is_lent = g->list->zones[zone].moving.route_count > 0;
    for (uint32_t i = g->exempt_first[zone];
         i < g->exempt_first[zone + 1] && out->count < LEE_LANES_MAX; i++) {
        const uint32_t by = g->exempt_by[i];
        const lee_bubble *const bubble = lee__bubble_of(g, by);
        lee_lane *const lane = &out->lanes[out->count];
        lane->shape = (lee_lane_shape){.zone = by};
        if (g->facts[by].over_ground || !lee__exempt_is_usable(m, by) ||
            !set_heights(m, by, NULL, horizon_s, lane) ||
            (bubble && !add_bubble(m, bubble, horizon_s, &is_lent, lane))) {
            continue;
        }
        int64_t end_us = INT64_MAX;
        (void)lee_schedule_next_edge(&g->list->zones[by].schedule, m->now.t_us, &end_us);
        lane->ends_s = seconds_until(m, end_us);
        lane->shape.in_area = !bubble && lee_area_contains(&g->list->zones[by].area, m->now.point);
        out->count++;
    }
}

/* Of whom they cannot all be looked at, the permits are asked where it is now, as of any other. */
static void add_routes(const lee_moment *m, uint32_t zone, double horizon_s, lee_lanes *out)
{
    const double reach_m = m->course.speed_mps * horizon_s * 1.01;
    const uint32_t before = out->count;
    uint32_t routes[LEE_LANE_ROUTES_MAX + 1];
    const size_t count = lee__moment_routes(m, zone, routes, LEE_LANE_ROUTES_MAX + 1);
    bool is_crowded = count > LEE_LANE_ROUTES_MAX || before + count > LEE_LANES_MAX;
    for (size_t i = 0; i < count && !is_crowded; i++) {
        const lee_permit *const permit = lee_permit_book_at(m->watch->permits, routes[i]);
        lee_route_near *const near = &out->routes[i];
        lee_lane *const lane = &out->lanes[out->count];
        const lee_route_where where = lee__route_mover(permit, m->now.point, reach_m, near);
        is_crowded = where == LEE_ROUTE_IS_CROWDED;
        if (where == LEE_ROUTE_IS_NEAR && set_heights(m, zone, permit, horizon_s, lane)) {
            lane->ends_s = seconds_until(m, lee_permit_holds_until_us(permit, m->now.t_us));
            lane->shape = (lee_lane_shape){.moves = true,
                                           .mover = near->mover,
                                           .north_m = near->north_m,
                                           .east_m = near->east_m};
            out->count++;
        }
    }
    out->of_permit = count > 0 && !is_crowded;
    out->count = is_crowded ? before : out->count;
}

void lee__lanes_find(const lee_moment *m, uint32_t zone, double horizon_s, lee_lanes *out)
{
    out->count = 0;
    out->of_permit = false;
    if (lee__is_exempted(&m->watch->generation, zone)) {
        add_exempting(m, zone, horizon_s, out);
    }
    if (lee_permit_book_has_routes(m->watch->permits)) {
        add_routes(m, zone, horizon_s, out);
    }
}

/* --- ways through -------------------------------------------------------------------------------
 */

static void add_span(lee_lane_spans *out, double from_s, double to_s)
{
    if (!(from_s < to_s)) {
        return;
    }
    if (out->count > 0 && from_s <= out->spans[out->count - 1].to_s) {
        lee_lane_span *const last = &out->spans[out->count - 1];
        last->to_s = fmax(last->to_s, to_s);
    } else if (out->count < LEE_LANE_SPANS) {
        out->spans[out->count++] = (lee_lane_span){from_s, to_s};
    } else {
        out->is_crowded = true;
    }
}

static void span_mover(const lee_lane_shape *s, const lee_fan_place *places, uint32_t count,
                       lee_lane_spans *out)
{
    for (uint32_t i = 0; i + 1 < count; i++) {
        const lee_fan_place *const a = &places[i];
        const lee_fan_place *const b = &places[i + 1];
        lee_span spans[LEE_MOVER_SPANS_MAX];
        const size_t found = lee__mover_spans(
            &s->mover, (lee_vector){a->lon * s->east_m, a->lat * s->north_m}, a->t_s,
            (lee_vector){b->lon * s->east_m, b->lat * s->north_m}, b->t_s, spans);
        for (size_t k = 0; k < found; k++) {
            add_span(out, a->t_s + spans[k].from * (b->t_s - a->t_s),
                     a->t_s + spans[k].to * (b->t_s - a->t_s));
        }
    }
}

/* Instants at which edges are crossed. */
#define CROSSINGS (2 * LEE_LANE_SPANS)
typedef struct {
    uint32_t count;
    bool is_crowded;
    double t_s[CROSSINGS];
} crossings;

/* In their order. */
static void add_crossing(crossings *c, double t_s)
{
    if (c->count == CROSSINGS) {
        c->is_crowded = true;
        return;
    }
    uint32_t at = c->count++;
    for (; at > 0 && c->t_s[at - 1] > t_s; at--) {
        c->t_s[at] = c->t_s[at - 1];
    }
    c->t_s[at] = t_s;
}

/* Side by side, as in lee_fan, so that a vertex counts once. */
static void cross_run(const lee_ways *ways, const lee_way_run *run, lee_point origin,
                      const lee_fan_place *a, const lee_fan_place *b, crossings *out)
{
    const double lat_by = b->lat - a->lat;
    const double lon_by = b->lon - a->lon;
    for (uint32_t i = 0; i < run->count; i++) {
        const lee_point *const v = &ways->points[run->first + i];
        const double lat[] = {(double)v[0].lat_e7 - origin.lat_e7 - a->lat,
                              (double)v[1].lat_e7 - origin.lat_e7 - a->lat};
        const double lon[] = {(double)v[0].lon_e7 - origin.lon_e7 - a->lon,
                              (double)v[1].lon_e7 - origin.lon_e7 - a->lon};
        const double tail = lon_by * lat[0] - lat_by * lon[0];
        const double head = lon_by * lat[1] - lat_by * lon[1];
        if ((tail > 0.0) == (head > 0.0)) {
            continue;
        }
        const double part =
            (lon[1] * (lat[1] - lat[0]) - lat[1] * (lon[1] - lon[0])) / (head - tail);
        if (part >= 0.0 && part < 1.0) {
            add_crossing(out, a->t_s + part * (b->t_s - a->t_s));
        }
    }
}

/* Whether the chord's box meets the run's. */
static bool may_meet(lee_box box, lee_point origin, const lee_fan_place *a, const lee_fan_place *b)
{
    return fmax(a->lat, b->lat) >= (double)box.min.lat_e7 - origin.lat_e7 &&
           fmin(a->lat, b->lat) <= (double)box.max.lat_e7 - origin.lat_e7 &&
           fmax(a->lon, b->lon) >= (double)box.min.lon_e7 - origin.lon_e7 &&
           fmin(a->lon, b->lon) <= (double)box.max.lon_e7 - origin.lon_e7;
}

static void span_area(const lee_ways *ways, const lee_lane_shape *s, lee_point origin,
                      const lee_fan_place *places, uint32_t count, lee_lane_spans *out)
{
    crossings met = {.count = 0};
    for (uint32_t i = 0; i + 1 < count; i++) {
        for (uint32_t r = ways->first_run[s->zone]; r < ways->first_run[s->zone + 1]; r++) {
            if (may_meet(ways->runs[r].box, origin, &places[i], &places[i + 1])) {
                cross_run(ways, &ways->runs[r], origin, &places[i], &places[i + 1], &met);
            }
        }
    }
    bool in = s->in_area;
    double since_s = 0.0;
    for (uint32_t i = 0; i < met.count; i++) {
        if (in) {
            add_span(out, since_s, met.t_s[i]);
        }
        in = !in;
        since_s = met.t_s[i];
    }
    if (in) {
        add_span(out, since_s, places[count - 1].t_s);
    }
    out->is_crowded = out->is_crowded || met.is_crowded;
}

void lee__lanes_spans(const lee_moment *m, const lee_lane_shape *shape, const lee_fan_place *places,
                      uint32_t count, lee_lane_spans *out)
{
    assert(count >= 1);
    out->count = 0;
    out->is_crowded = false;
    if (shape->moves) {
        span_mover(shape, places, count, out);
    } else {
        span_area(&m->watch->generation.ways, shape, m->now.point, places, count, out);
    }
    /* Who circled once is taken to stay where the circle ended. */
    if (out->count > 0 && out->spans[out->count - 1].to_s >= places[count - 1].t_s) {
        out->spans[out->count - 1].to_s = LEE_FAN_NEVER_S;
    }
}

/* The end of the lane's span that holds the instant; the instant itself: none does. */
static double end_of_span(const lee_lane_spans *spans, lee_lane_span window, double t_s)
{
    for (uint32_t i = 0; i < spans->count; i++) {
        const double from_s = fmax(spans->spans[i].from_s, window.from_s);
        const double to_s = fmin(spans->spans[i].to_s, window.to_s);
        if (from_s <= t_s + SLIVER_S && t_s < to_s) {
            return to_s;
        }
    }
    return t_s;
}

double lee__lanes_first(const lee_lane_spans *zone, lee_lane_span window,
                        const lee_lane_spans *lanes, const lee_lane_span *windows, uint32_t count)
{
    for (uint32_t i = 0; i < zone->count; i++) {
        double t_s = fmax(zone->spans[i].from_s, window.from_s);
        const double to_s = fmin(zone->spans[i].to_s, window.to_s);
        for (bool is_moved = true; is_moved;) {
            is_moved = false;
            for (uint32_t k = 0; k < count; k++) {
                const double end_s =
                    lanes[k].is_crowded ? t_s : end_of_span(&lanes[k], windows[k], t_s);
                is_moved = is_moved || end_s > t_s;
                t_s = end_s;
            }
        }
        if (zone->is_crowded ? t_s <= window.to_s : to_s - t_s > SLIVER_S) {
            return t_s;
        }
    }
    return LEE_FAN_NEVER_S;
}

lee_fan_place lee__lanes_place(const lee_fan_place *places, uint32_t count, double t_s)
{
    uint32_t i = 0;
    while (i + 2 < count && places[i + 1].t_s < t_s) {
        i++;
    }
    const lee_fan_place *const a = &places[i];
    const lee_fan_place *const b = &places[i + 1 < count ? i + 1 : i];
    const double span_s = b->t_s - a->t_s;
    const double at = span_s > 0.0 ? fmin((t_s - a->t_s) / span_s, 1.0) : 0.0;
    return (lee_fan_place){a->lat + at * (b->lat - a->lat), a->lon + at * (b->lon - a->lon), t_s};
}

lee_point lee__lanes_point(lee_point origin, lee_fan_place place)
{
    int64_t lon_e7 = origin.lon_e7 + (int64_t)place.lon;
    lon_e7 += lon_e7 < -LEE_LON_MAX_E7 ? 2 * (int64_t)LEE_LON_MAX_E7 : 0;
    lon_e7 -= lon_e7 > LEE_LON_MAX_E7 ? 2 * (int64_t)LEE_LON_MAX_E7 : 0;
    return (lee_point){origin.lat_e7 + (int32_t)place.lat, (int32_t)lon_e7};
}
