/* Zones that go with a target: where they are, and who is in them. */
#include "watch/state.h"

#include <assert.h>
#include <math.h>

#include "base/alloc.h"
#include "base/time_text.h"
#include "geo/distance.h"
#include "geo/trig.h"

/* More than the ellipsoid adds to metres of the plane, or takes from them. */
#define METRES_DOUBT 1.01
/* lee_point_ahead and lee_box_grow go no further. */
#define AHEAD_MAX_M 2000000.0
#define GROWS_US (LEE_BUBBLE_GROWS_S * LEE_US_PER_S)
#define STEP_US (LEE_BUBBLE_STEP_S * LEE_US_PER_S)
/* Turning slower than this is going straight. */
#define TURN_MIN_DEG_S 0.1

static const lee_zone *zone_of(const lee_generation *g, const lee_bubble *bubble)
{
    return &g->list->zones[bubble->zone];
}

static const lee_zone_moving *moving_of(const lee_generation *g, const lee_bubble *bubble)
{
    return &zone_of(g, bubble)->moving;
}

/* How long before t_us, 0 if it was not. */
static int64_t since_us(int64_t t_us, int64_t then_us)
{
    const uint64_t span_us = t_us > then_us ? (uint64_t)t_us - (uint64_t)then_us : 0;
    return span_us < INT64_MAX ? (int64_t)span_us : INT64_MAX;
}

/* --- making -------------------------------------------------------------------------------------
 */

static lee_error make_routes(lee_generation *g)
{
    size_t points = 0;
    size_t longest = 0;
    for (uint32_t i = 0; i < g->bubble_count; i++) {
        const size_t count = moving_of(g, &g->bubbles[i])->route_count;
        g->bubbles[i].line_at = (uint32_t)points;
        points += count;
        longest = count > longest ? count : longest;
    }
    g->line_m = lee_alloc(points + 1, sizeof *g->line_m);
    g->line = lee_alloc(longest + 1, sizeof *g->line);
    if (!g->line_m || !g->line || points > UINT32_MAX) {
        return LEE_ERR_NO_MEMORY;
    }
    for (uint32_t i = 0; i < g->bubble_count; i++) {
        lee_bubble *const bubble = &g->bubbles[i];
        const lee_zone_moving *const moving = moving_of(g, bubble);
        for (uint32_t k = 0; k < moving->route_count; k++) {
            const lee_point p = moving->route[k];
            lee_box *const box = &bubble->box;
            *box = k == 0 ? lee_box_of(p) : *box;
            box->min.lat_e7 = p.lat_e7 < box->min.lat_e7 ? p.lat_e7 : box->min.lat_e7;
            box->min.lon_e7 = p.lon_e7 < box->min.lon_e7 ? p.lon_e7 : box->min.lon_e7;
            box->max.lat_e7 = p.lat_e7 > box->max.lat_e7 ? p.lat_e7 : box->max.lat_e7;
            box->max.lon_e7 = p.lon_e7 > box->max.lon_e7 ? p.lon_e7 : box->max.lon_e7;
            double *const line_m = &g->line_m[bubble->line_at];
            line_m[k] = k == 0 ? 0.0 : line_m[k - 1] + lee_distance_m(moving->route[k - 1], p);
        }
    }
    return LEE_OK;
}

lee_error lee__bubbles_make(lee_generation *g)
{
    uint32_t count = 0;
    for (uint32_t z = 0; z < g->list->count; z++) {
        count += g->list->zones[z].moving.radius_m > 0;
    }
    if (count == 0) {
        return LEE_OK;
    }
    g->bubbles = lee_alloc(count, sizeof *g->bubbles);
    if (!g->bubbles) {
        return LEE_ERR_NO_MEMORY;
    }
    for (uint32_t z = 0; z < g->list->count; z++) {
        if (g->list->zones[z].moving.radius_m > 0) {
            g->bubbles[g->bubble_count].carrier.grows_us = INT64_MAX;
            g->bubbles[g->bubble_count++].zone = z;
        }
    }
    return make_routes(g);
}

/* --- planes -------------------------------------------------------------------------------------
 */

static double east_of(lee_point origin, lee_point p)
{
    double lon_e7 = (double)p.lon_e7 - origin.lon_e7;
    lon_e7 += lon_e7 > LEE_LON_MAX_E7 ? -2.0 * LEE_LON_MAX_E7 : 0.0;
    lon_e7 += lon_e7 < -(double)LEE_LON_MAX_E7 ? 2.0 * LEE_LON_MAX_E7 : 0.0;
    return lon_e7;
}

/* From a to b in the plane at a, as long as it is on the ellipsoid: so that a place outside by the
 * one is outside by the other. */
static lee_vector between(lee_point a, lee_point b)
{
    const double middle_rad = ((double)a.lat_e7 + b.lat_e7) / 2.0 * LEE_RADIANS_PER_E7;
    const lee_vector v = {east_of(a, b) * LEE_PLANE_METRES_PER_E7 * lee_cos(middle_rad),
                          ((double)b.lat_e7 - a.lat_e7) * LEE_PLANE_METRES_PER_E7};
    const double length = sqrt(v.east * v.east + v.north * v.north);
    const double scale = length > 0.0 ? lee_distance_m(a, b) / length : 1.0;
    return (lee_vector){v.east * scale, v.north * scale};
}

/* In the plane in which routes are straight lines, as the edges of zones are. */
static lee_vector flat(lee_point origin, double north_m, double east_m, lee_point p)
{
    return (lee_vector){east_of(origin, p) * east_m, ((double)p.lat_e7 - origin.lat_e7) * north_m};
}

static void flatten(const lee_generation *g, const lee_bubble *bubble, lee_point origin)
{
    const lee_zone_moving *const moving = moving_of(g, bubble);
    double north_m;
    double east_m;
    lee_metres_per_e7(origin, &north_m, &east_m);
    for (uint32_t i = 0; i < moving->route_count; i++) {
        g->line[i] = flat(origin, north_m, east_m, moving->route[i]);
    }
}

/* --- the carrier --------------------------------------------------------------------------------
 */

static bool is_usable(const lee_watch *watch, const lee_track *track, int index, int64_t t_us)
{
    return lee_track_field_age(&watch->track_options, track, index, t_us) != LEE_AGE_EXPIRED;
}

static bool is_stale(const lee_generation *g, const lee_bubble *bubble, int64_t now_us)
{
    const int64_t lost_after_us = zone_of(g, bubble)->watch.lost_after_s * LEE_US_PER_S;
    return lost_after_us > 0 && since_us(now_us, bubble->carrier.t_us) > lost_after_us;
}

bool lee__bubble_is_stale(const lee_watch *watch, const lee_bubble *bubble, int64_t now_us)
{
    return is_stale(&watch->generation, bubble, now_us);
}

/* The next step of its growth after t_us: steps begin when it is stale, and the last is where the
 * growth ends. */
static void set_growth(const lee_generation *g, lee_bubble *bubble, int64_t t_us)
{
    lee_carried *const c = &bubble->carrier;
    const int64_t lost_after_us = zone_of(g, bubble)->watch.lost_after_s * LEE_US_PER_S;
    c->grows_us = INT64_MAX;
    if (lost_after_us <= 0) {
        return;
    }
    const int64_t end_us = lost_after_us < GROWS_US - STEP_US ? GROWS_US : lost_after_us + STEP_US;
    const int64_t past_us = since_us(t_us, c->t_us);
    int64_t age_us = lost_after_us + STEP_US;
    if (past_us >= age_us) {
        age_us += ((past_us - age_us) / STEP_US + 1) * STEP_US;
    }
    if (age_us < end_us + STEP_US) {
        c->grows_us = lee__time_after(c->t_us, age_us);
    }
}

static void set_along(const lee_generation *g, lee_bubble *bubble, double before_m)
{
    lee_carried *const c = &bubble->carrier;
    const lee_zone_moving *const moving = moving_of(g, bubble);
    if (moving->route_count == 0) {
        return;
    }
    flatten(g, bubble, c->point);
    double aside_m;
    lee_vector heading;
    c->along_m = lee__mover_along_m(g->line, &g->line_m[bubble->line_at], moving->route_count,
                                    moving->radius_m, before_m, &aside_m, &heading);
    c->is_off = aside_m > moving->radius_m;
    c->along_mps = 0.0;
    if (c->has_velocity) {
        const double track_rad = c->track_deg_e3 * 1e-3 * LEE_RADIANS_PER_DEGREE;
        c->along_mps = lee__mps_of(c->speed_kt_e3) *
                       (heading.east * lee_sin(track_rad) + heading.north * lee_cos(track_rad));
    }
}

static void hear(const lee_watch *watch, const lee_generation *g, const lee_track *track,
                 int64_t t_us, lee_bubble *bubble)
{
    const lee_carried was = bubble->carrier;
    const bool has_speed = is_usable(watch, track, LEE_REPORT_INDEX_SPEED_GROUND, t_us) &&
                           track->last.speed_ground_kt_e3 >= 0;
    const bool has_track = is_usable(watch, track, LEE_REPORT_INDEX_TRACK, t_us);
    lee_carried *const c = &bubble->carrier;
    const bool has_before = was.is_known && !is_stale(g, bubble, t_us);
    *c = (lee_carried){
        .is_known = true,
        .has_before = has_before,
        .has_velocity = has_speed && has_track,
        .t_us = t_us,
        .point = {track->last.lat_e7, track->last.lon_e7},
        .speed_kt_e3 = has_speed ? track->last.speed_ground_kt_e3 : LEE_BUBBLE_SPEED_KT_E3,
        .track_deg_e3 = has_track ? (track->last.track_deg_e3 % 360000 + 360000) % 360000 : 0,
        .before_us = has_before ? was.t_us : t_us,
        .before = has_before ? was.point : (lee_point){track->last.lat_e7, track->last.lon_e7},
    };
    const uint32_t slot = lee_track_table_find(watch->tracks, &track->last.target);
    const double turn_deg_s =
        slot == LEE_TRACK_NONE ? 0.0 : lee__motion_rate(&watch->visits[slot].motion, t_us);
    const bool turns = c->has_velocity && moving_of(g, bubble)->route_count == 0 &&
                       fabs(turn_deg_s) >= TURN_MIN_DEG_S;
    c->turn_deg_s = turns ? turn_deg_s : 0.0;
    c->jump_m = has_before ? lee_distance_m(c->before, c->point) : 0.0;
    set_along(g, bubble, was.is_known ? was.along_m : (double)NAN);
    c->before_m = has_before ? was.along_m : c->along_m;
    set_growth(g, bubble, t_us > watch->clock_us ? t_us : watch->clock_us);
}

void lee__bubbles_inherit(const lee_watch *watch, const lee_generation *old, lee_generation *next)
{
    for (uint32_t i = 0; i < next->bubble_count; i++) {
        lee_bubble *const bubble = &next->bubbles[i];
        const lee_target *const target = &moving_of(next, bubble)->around;
        for (uint32_t k = 0; k < old->bubble_count && !bubble->carrier.is_known; k++) {
            if (lee_target_equal(target, &moving_of(old, &old->bubbles[k])->around)) {
                bubble->carrier = old->bubbles[k].carrier;
            }
        }
        lee_carried *const c = &bubble->carrier;
        const uint32_t slot = lee_track_table_find(watch->tracks, target);
        if (c->is_known) {
            /* The route, and how long a silence may be, may be others. */
            set_along(next, bubble, NAN);
            c->has_before = c->has_before && moving_of(next, bubble)->route_count == 0;
            c->before_m = c->along_m;
            set_growth(next, bubble, watch->clock_us);
        } else if (slot != LEE_TRACK_NONE && watch->visits[slot].has_place) {
            const lee_track *const track = lee_track_table_at(watch->tracks, slot);
            hear(watch, next, track, track->field_us[LEE_REPORT_INDEX_LAT], bubble);
        }
    }
}

void lee__bubbles_state(lee_state *state, lee_generation *g)
{
    lee_state_section(state, "bubbles");
    lee_state_same(state, &g->bubble_count, sizeof g->bubble_count);
    for (uint32_t i = 0; i < g->bubble_count; i++) {
        lee_state_plain(state, &g->bubbles[i].carrier, sizeof g->bubbles[i].carrier);
    }
}

bool lee__bubbles_move(lee_watch *watch, uint32_t slot, int64_t t_us)
{
    lee_generation *const g = &watch->generation;
    const lee_track *const track = lee_track_table_at(watch->tracks, slot);
    bool any = false;
    for (uint32_t i = 0; i < g->bubble_count; i++) {
        lee_bubble *const bubble = &g->bubbles[i];
        if (lee_target_equal(&track->last.target, &moving_of(g, bubble)->around)) {
            hear(watch, g, track, t_us, bubble);
            bubble->has_moved = true;
            any = true;
        }
    }
    return any;
}

int64_t lee__bubbles_next_growth(const lee_watch *watch)
{
    int64_t next_us = INT64_MAX;
    for (uint32_t i = 0; i < watch->generation.bubble_count; i++) {
        const int64_t t_us = watch->generation.bubbles[i].carrier.grows_us;
        next_us = t_us < next_us ? t_us : next_us;
    }
    return next_us;
}

void lee__bubbles_grow(lee_watch *watch, int64_t t_us)
{
    for (uint32_t i = 0; i < watch->generation.bubble_count; i++) {
        lee_bubble *const bubble = &watch->generation.bubbles[i];
        if (bubble->carrier.grows_us <= t_us) {
            bubble->has_moved = true;
            set_growth(&watch->generation, bubble, t_us);
        }
    }
}

void lee__bubbles_settle(lee_watch *watch)
{
    for (uint32_t i = 0; i < watch->generation.bubble_count; i++) {
        watch->generation.bubbles[i].has_moved = false;
    }
}

const lee_bubble *lee__bubble_of(const lee_generation *g, uint32_t zone)
{
    if (g->bubble_count == 0 || g->list->zones[zone].moving.radius_m == 0) {
        return NULL;
    }
    uint32_t from = 0;
    uint32_t to = g->bubble_count;
    while (to - from > 1) {
        const uint32_t middle = from + (to - from) / 2;
        if (g->bubbles[middle].zone <= zone) {
            from = middle;
        } else {
            to = middle;
        }
    }
    assert(g->bubbles[from].zone == zone);
    return &g->bubbles[from];
}

bool lee__bubble_is_known(const lee_bubble *bubble, int64_t t_us)
{
    const lee_carried *const c = &bubble->carrier;
    return c->is_known && (t_us >= c->t_us || c->has_before);
}

/* --- where it is --------------------------------------------------------------------------------
 */

/* For how long the carrier goes on from where it was heard, to be where it is at t_us. What is
 * known now carries no further than the limit; what is asked of later is asked for as it goes on.
 */
static double lead_s(const lee_carried *c, int64_t t_us, int64_t now_us)
{
    const int64_t known_us = since_us(t_us < now_us ? t_us : now_us, c->t_us);
    const int64_t later_us = since_us(t_us, now_us > c->t_us ? now_us : c->t_us);
    return (double)(known_us < GROWS_US ? known_us : GROWS_US) * 1e-6 + (double)later_us * 1e-6;
}

/* And back from where it was heard before. */
static double back_s(const lee_carried *c, int64_t t_us)
{
    const int64_t past_us = since_us(c->before_us, t_us);
    return (double)(past_us < GROWS_US ? past_us : GROWS_US) * 1e-6;
}

static lee_point ahead(lee_point from, int32_t track_deg_e3, double way_m)
{
    return lee_point_ahead(from, track_deg_e3, way_m < AHEAD_MAX_M ? way_m : AHEAD_MAX_M);
}

static lee_point point_at(const lee_carried *c, int64_t t_us, int64_t now_us, bool stale)
{
    const double speed_mps = c->has_velocity && !stale ? lee__mps_of(c->speed_kt_e3) : 0.0;
    if (t_us >= c->t_us) {
        const double way_m = speed_mps * lead_s(c, t_us, now_us);
        return way_m > 0.0 ? ahead(c->point, c->track_deg_e3, way_m) : c->point;
    }
    if (t_us >= c->before_us) {
        return lee_path_point(c->before, c->point,
                              lee_ratio_make(t_us - c->before_us, c->t_us - c->before_us));
    }
    const double way_m = speed_mps * back_s(c, t_us);
    return way_m > 0.0 ? ahead(c->before, (c->track_deg_e3 + 180000) % 360000, way_m) : c->before;
}

static double along_at(const lee_carried *c, int64_t t_us, int64_t now_us, bool stale)
{
    const double along_mps = stale ? 0.0 : c->along_mps;
    if (t_us >= c->t_us) {
        return c->along_m + along_mps * lead_s(c, t_us, now_us);
    }
    if (t_us >= c->before_us) {
        const double share = (double)(t_us - c->before_us) / (double)(c->t_us - c->before_us);
        return c->before_m + share * (c->along_m - c->before_m);
    }
    return c->before_m - along_mps * back_s(c, t_us);
}

/* Of a carrier that is silent the bubble grows instead of going on. */
static double growth_m(const lee_generation *g, const lee_bubble *bubble, int64_t now_us)
{
    if (!is_stale(g, bubble, now_us)) {
        return 0.0;
    }
    const int64_t age_us = since_us(now_us, bubble->carrier.t_us);
    return lee__mps_of(bubble->carrier.speed_kt_e3) *
           (double)(age_us < GROWS_US ? age_us : GROWS_US) * 1e-6;
}

/* The route in the plane around the origin, open as at from_us. */
static lee_mover route_mover(const lee_generation *g, const lee_bubble *bubble, lee_point origin,
                             int64_t now_us, int64_t from_us, int64_t to_us, double grown_m)
{
    const lee_zone_moving *const moving = moving_of(g, bubble);
    const bool stale = is_stale(g, bubble, now_us);
    const double from_m = along_at(&bubble->carrier, from_us, now_us, stale);
    const double to_m = along_at(&bubble->carrier, to_us, now_us, stale);
    const int64_t span_us = since_us(to_us, from_us);
    flatten(g, bubble, origin);
    return (lee_mover){
        .radius_m = moving->radius_m,
        .line = g->line,
        .line_m = &g->line_m[bubble->line_at],
        .line_count = moving->route_count,
        .tail_m = from_m - moving->behind_m - grown_m,
        .head_m = from_m + moving->ahead_m + grown_m,
        .along_mps = span_us > 0 ? (to_m - from_m) / ((double)span_us * 1e-6) : 0.0,
    };
}

/* How far a turn for a while and the way straight on lead off the way straight on alone. */
static lee_vector off_by_turn(const lee_carried *c, double span_s)
{
    const double turn_s = span_s < LEE_BUBBLE_TURN_S ? span_s : LEE_BUBBLE_TURN_S;
    const double speed_mps = lee__mps_of(c->speed_kt_e3);
    const double rate = c->turn_deg_s * LEE_RADIANS_PER_DEGREE;
    const double radius_m = speed_mps / rate; /* negative: to the left */
    double sine;
    double cosine;
    lee_sin_cos(rate * turn_s, &sine, &cosine);
    const double after_m = speed_mps * (span_s - turn_s);
    const double ahead_m = radius_m * sine + after_m * cosine - speed_mps * span_s;
    const double right_m = radius_m * (1.0 - cosine) + after_m * sine;
    lee_sin_cos(c->track_deg_e3 * 1e-3 * LEE_RADIANS_PER_DEGREE, &sine, &cosine);
    return (lee_vector){ahead_m * sine + right_m * cosine, ahead_m * cosine - right_m * sine};
}

void lee__bubble_set_turning(lee_generation *g, uint32_t zone, bool is_turning)
{
    for (uint32_t i = 0; i < g->bubble_count; i++) {
        g->bubbles[i].is_turning = is_turning && g->bubbles[i].zone == zone;
    }
}

lee_mover lee__bubble_mover(const lee_watch *watch, const lee_bubble *bubble, lee_point origin,
                            int64_t now_us, int64_t from_us, int64_t to_us)
{
    const lee_generation *const g = &watch->generation;
    const double grown_m = growth_m(g, bubble, now_us);
    if (moving_of(g, bubble)->route_count > 0) {
        return route_mover(g, bubble, origin, now_us, from_us, to_us, grown_m);
    }
    const bool stale = is_stale(g, bubble, now_us);
    const lee_carried *const c = &bubble->carrier;
    const lee_vector from = between(origin, point_at(c, from_us, now_us, stale));
    lee_vector to = between(origin, point_at(c, to_us, now_us, stale));
    const int64_t span_us = since_us(to_us, from_us);
    if (bubble->is_turning && !stale) {
        const lee_vector off = off_by_turn(c, (double)span_us * 1e-6);
        to = (lee_vector){to.east + off.east, to.north + off.north};
    }
    const double per_s = span_us > 0 ? 1e6 / (double)span_us : 0.0;
    return (lee_mover){
        .radius_m = moving_of(g, bubble)->radius_m + grown_m,
        .at = from,
        .by = {(to.east - from.east) * per_s, (to.north - from.north) * per_s},
    };
}

/* How far outside the point is at t_us, negative inside. */
static double outside_m(const lee_generation *g, const lee_bubble *bubble, lee_point point,
                        int64_t t_us, int64_t now_us, double grown_m)
{
    const lee_zone_moving *const moving = moving_of(g, bubble);
    if (moving->route_count > 0) {
        const lee_mover mover = route_mover(g, bubble, point, now_us, t_us, t_us, grown_m);
        return lee__mover_distance_m(&mover, (lee_vector){0.0, 0.0}) - moving->radius_m;
    }
    const bool stale = is_stale(g, bubble, now_us);
    return lee_distance_m(point_at(&bubble->carrier, t_us, now_us, stale), point) -
           (moving->radius_m + grown_m);
}

bool lee__bubble_holds(const lee_watch *watch, const lee_bubble *bubble, const lee_place *place,
                       int64_t now_us, double margin_m)
{
    assert(lee__bubble_is_known(bubble, place->t_us));
    const lee_generation *const g = &watch->generation;
    return outside_m(g, bubble, place->point, place->t_us, now_us, growth_m(g, bubble, now_us)) <
           margin_m;
}

double lee__bubble_depth_m(const lee_moment *m, const lee_bubble *bubble)
{
    const double depth_m =
        -outside_m(&m->watch->generation, bubble, m->now.point, m->now.t_us, m->now.t_us, 0.0);
    return depth_m > 0.0 ? depth_m : 0.0;
}

double lee__bubble_edge_m(const lee_moment *m, const lee_bubble *bubble)
{
    const lee_generation *const g = &m->watch->generation;
    return fabs(outside_m(g, bubble, m->now.point, m->now.t_us, m->now.t_us,
                          growth_m(g, bubble, m->now.t_us)));
}

/* --- ways through -------------------------------------------------------------------------------
 */

/* So fine that a way of an hour is known to the microsecond. */
#define PARTS (INT64_C(1) << 40)

static lee_ratio ratio_of(double share)
{
    const int64_t part = (int64_t)(share * (double)PARTS);
    return lee_ratio_make(part < 0 ? 0 : part > PARTS ? PARTS : part, PARTS);
}

size_t lee__bubble_stretches(const lee_watch *watch, const lee_bubble *bubble, const lee_place *a,
                             const lee_place *b, lee_path_stretch *out)
{
    const lee_generation *const g = &watch->generation;
    const lee_mover mover = lee__bubble_mover(watch, bubble, a->point, a->t_us, a->t_us, b->t_us);
    const double span_s = (double)since_us(b->t_us, a->t_us) * 1e-6;
    double north_m;
    double east_m;
    lee_metres_per_e7(a->point, &north_m, &east_m);
    const lee_vector way = mover.line_count > 0 ? flat(a->point, north_m, east_m, b->point)
                                                : between(a->point, b->point);
    lee_span spans[LEE_MOVER_SPANS_MAX];
    const size_t count = lee__mover_spans(&mover, (lee_vector){0.0, 0.0}, 0.0, way, span_s, spans);
    assert(count <= g->stretch_capacity);
    for (size_t i = 0; i < count; i++) {
        out[i] = (lee_path_stretch){ratio_of(spans[i].from), ratio_of(spans[i].to)};
    }
    /* What is inside at an end is judged there, and not in a plane some way off. */
    if (count > 0) {
        const bool a_in = lee__bubble_holds(watch, bubble, a, a->t_us, 0.0);
        const bool b_in = lee__bubble_holds(watch, bubble, b, a->t_us, 0.0);
        lee_path_stretch *const last = &out[count - 1];
        out[0].from.num = a_in ? 0 : out[0].from.num == 0 ? 1 : out[0].from.num;
        if (bubble->is_turning) {
            return count;
        }
        last->to.num = b_in ? PARTS : last->to.num == PARTS ? PARTS - 1 : last->to.num;
    }
    return count;
}

lee_place lee__place_between(const lee_place *a, const lee_place *b, int64_t t_us)
{
    if (t_us <= a->t_us || t_us >= b->t_us) {
        return t_us <= a->t_us ? *a : *b;
    }
    const lee_ratio at = lee_ratio_make(t_us - a->t_us, b->t_us - a->t_us);
    const double share = lee_ratio_double(at);
    lee_place place = *a;
    place.t_us = t_us;
    place.point = lee_path_point(a->point, b->point, at);
    place.altitude.has_baro = a->altitude.has_baro && b->altitude.has_baro;
    place.altitude.has_hae = a->altitude.has_hae && b->altitude.has_hae;
    place.altitude.alt_baro_ft +=
        (int32_t)(((double)b->altitude.alt_baro_ft - a->altitude.alt_baro_ft) * share);
    place.altitude.alt_hae_ft +=
        (int32_t)(((double)b->altitude.alt_hae_ft - a->altitude.alt_hae_ft) * share);
    return place;
}

/* --- who may be concerned -----------------------------------------------------------------------
 */

/* Both going as fast as they were told to, however old the carrier's place is. */
static bool may_reach(const lee_generation *g, const lee_bubble *bubble, const lee_report *said,
                      double more_m)
{
    const lee_zone *const zone = zone_of(g, bubble);
    const lee_carried *const c = &bubble->carrier;
    const lee_point point = {said->lat_e7, said->lon_e7};
    const int32_t speed_kt_e3 =
        (said->present & LEE_REPORT_HAS_SPEED_GROUND) && said->speed_ground_kt_e3 > 0
            ? said->speed_ground_kt_e3
            : 0;
    /* What either may have gone since it was heard is at most what is kept of it. */
    const double span_s = (double)zone->watch.look_ahead_s + LEE_BUBBLE_GROWS_S;
    const double reach_m =
        ((double)zone->moving.radius_m + zone->watch.lateral_margin_m + c->jump_m + more_m +
         (lee__mps_of(c->speed_kt_e3) + lee__mps_of(speed_kt_e3)) * span_s) *
            METRES_DOUBT +
        1.0;
    const bool has_route = zone->moving.route_count > 0;
    const lee_box box = has_route ? bubble->box : lee_box_of(c->point);
    const double south_m = ((double)box.min.lat_e7 - point.lat_e7) * LEE_PLANE_METRES_PER_E7;
    const double north_m = ((double)point.lat_e7 - box.max.lat_e7) * LEE_PLANE_METRES_PER_E7;
    if (south_m > reach_m || north_m > reach_m) {
        return false;
    }
    if (!has_route) {
        return lee_distance_m(c->point, point) <= reach_m;
    }
    lee_box beyond;
    const lee_box near = lee_box_grow(box, reach_m < AHEAD_MAX_M ? reach_m : AHEAD_MAX_M, &beyond);
    return reach_m >= AHEAD_MAX_M || lee__box_holds(near, point) || lee__box_holds(beyond, point);
}

static bool concerns(const lee_generation *g, const lee_bubble *bubble, const lee_report *said,
                     double more_m)
{
    return bubble->carrier.is_known &&
           !lee_target_equal(&said->target, &moving_of(g, bubble)->around) &&
           may_reach(g, bubble, said, more_m);
}

bool lee__bubbles_concern(const lee_watch *watch, const lee_report *said)
{
    const lee_generation *const g = &watch->generation;
    for (uint32_t i = 0; i < g->bubble_count; i++) {
        if (concerns(g, &g->bubbles[i], said, 0.0) ||
            lee_target_equal(&said->target, &moving_of(g, &g->bubbles[i])->around)) {
            return true;
        }
    }
    return false;
}

/* The track as it said last, where it was judged last. */
static lee_report said_at(const lee_watch *watch, uint32_t slot, lee_point point)
{
    lee_report said = lee_track_table_at(watch->tracks, slot)->last;
    said.lat_e7 = point.lat_e7;
    said.lon_e7 = point.lon_e7;
    return said;
}

bool lee__bubbles_touch(const lee_watch *watch, uint32_t slot)
{
    const lee_generation *const g = &watch->generation;
    const lee_visit *const visit = &watch->visits[slot];
    if (visit->first_pair != LEE_WATCH_NONE) {
        return true;
    }
    const lee_report said = said_at(watch, slot, visit->place.point);
    for (uint32_t i = 0; i < g->bubble_count && visit->has_place; i++) {
        if (g->bubbles[i].has_moved && concerns(g, &g->bubbles[i], &said, 0.0)) {
            return true;
        }
    }
    return false;
}

size_t lee__bubbles_add(const lee_moment *m, size_t count)
{
    const lee_generation *const g = &m->watch->generation;
    if (g->bubble_count == 0) {
        return count;
    }
    const lee_report said = said_at(m->watch, m->slot, m->now.point);
    const double way_m = m->has_way ? lee_distance_m(m->before.point, m->now.point) : 0.0;
    for (uint32_t i = 0; i < g->bubble_count; i++) {
        const lee_bubble *const bubble = &g->bubbles[i];
        if ((m->is_moved && !bubble->has_moved) || !concerns(g, bubble, &said, way_m)) {
            continue;
        }
        size_t at = count++;
        assert(count <= g->list->count);
        for (; at > 0 && g->found[at - 1] > bubble->zone; at--) {
            g->found[at] = g->found[at - 1];
        }
        g->found[at] = bubble->zone;
    }
    return count;
}

/* --- of a moment made by a carrier --------------------------------------------------------------
 */

static lee_place drifted(const lee_moment *m, int64_t t_us)
{
    lee_place place = m->now;
    const lee_report *const last = &m->track->last;
    const int64_t age_us = since_us(t_us, m->visit->place.t_us);
    place.t_us = t_us;
    place.point = ahead(m->visit->place.point, (last->track_deg_e3 % 360000 + 360000) % 360000,
                        lee__mps_of(last->speed_ground_kt_e3) *
                            (double)(age_us < GROWS_US ? age_us : GROWS_US) * 1e-6);
    return place;
}

void lee__bubbles_set_drift(lee_moment *m)
{
    const lee_generation *const g = &m->watch->generation;
    m->has_before = false;
    for (uint32_t i = 0; i < g->bubble_count; i++) {
        const lee_carried *const c = &g->bubbles[i].carrier;
        if (g->bubbles[i].has_moved && c->has_before && c->t_us == m->now.t_us) {
            m->has_before = true;
            m->before = m->visit->place;
            m->before.t_us = c->before_us > m->before.t_us ? c->before_us : m->before.t_us;
            m->before.t_us = m->before.t_us < m->now.t_us ? m->before.t_us : m->now.t_us;
        }
    }
    m->has_drift = lee__moment_knows(m, LEE_REPORT_INDEX_SPEED_GROUND) &&
                   lee__moment_knows(m, LEE_REPORT_INDEX_TRACK) &&
                   m->track->last.speed_ground_kt_e3 > 0 && m->now.t_us > m->visit->place.t_us;
    if (m->has_drift) {
        m->drift = drifted(m, m->now.t_us);
        m->drift_before = m->has_before ? drifted(m, m->before.t_us) : m->drift;
    }
}

/* --- what is shown ------------------------------------------------------------------------------
 */

/* A place along the route in points of it. */
static int32_t points_e6(const lee_generation *g, const lee_bubble *bubble, double along_m)
{
    const double *const line_m = &g->line_m[bubble->line_at];
    const uint32_t last = moving_of(g, bubble)->route_count - 1;
    uint32_t i = 0;
    while (i + 1 < last && line_m[i + 1] <= along_m) {
        i++;
    }
    const double span_m = line_m[i + 1] - line_m[i];
    double share = span_m > 0.0 ? (along_m - line_m[i]) / span_m : 0.0;
    share = share < 0.0 ? 0.0 : share > 1.0 ? 1.0 : share;
    return (int32_t)(((double)i + share) * 1e6);
}

static lee_moving shown_of(const lee_watch *watch, const lee_bubble *bubble)
{
    const lee_generation *const g = &watch->generation;
    const lee_zone_moving *const moving = moving_of(g, bubble);
    const lee_carried *const c = &bubble->carrier;
    const int64_t now_us = watch->clock_us;
    lee_moving out = {.zone = zone_of(g, bubble)};
    if (!c->is_known) {
        return out;
    }
    const bool stale = is_stale(g, bubble, now_us);
    const double grown_m = growth_m(g, bubble, now_us);
    out.state = stale ? LEE_MOVING_STALE : LEE_MOVING_HEARD;
    out.heard_us = c->t_us;
    out.point = point_at(c, now_us > c->t_us ? now_us : c->t_us, now_us, stale);
    out.radius_m = moving->radius_m;
    out.is_off = c->is_off;
    if (moving->route_count == 0) {
        out.radius_m += (int32_t)grown_m;
    } else {
        const double along_m = along_at(c, now_us > c->t_us ? now_us : c->t_us, now_us, stale);
        out.tail_e6 = points_e6(g, bubble, along_m - moving->behind_m - grown_m);
        out.head_e6 = points_e6(g, bubble, along_m + moving->ahead_m + grown_m);
    }
    return out;
}

void lee_watch_each_moving(const lee_watch *watch, lee_moving_sink *sink, void *context)
{
    assert(watch && sink);
    for (uint32_t i = 0; i < watch->generation.bubble_count; i++) {
        const lee_moving moving = shown_of(watch, &watch->generation.bubbles[i]);
        sink(context, &moving);
    }
}
