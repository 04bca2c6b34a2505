/* Zones that go with a target: where they are, who is in them, and who is about to be. */
#include "watch/state.h"

#include <assert.h>
#include <math.h>

#include "base/alloc.h"
#include "base/time_text.h"
#include "geo/distance.h"
#include "geo/trig.h"

/* Metres of 1e-7 degrees of latitude, and more than the ellipsoid adds to or takes from them. */
#define METRES_PER_E7 0.0111195
#define METRES_DOUBT 1.01

static double mps_of(int32_t speed_kt_e3)
{
    return speed_kt_e3 * LEE_METRES_PER_NAUTICAL_MILE / 3600000.0;
}

static const lee_zone *zone_of(const lee_generation *g, const lee_bubble *bubble)
{
    return &g->list->zones[bubble->zone];
}

/* --- making -------------------------------------------------------------------------------------
 */

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
            g->bubbles[g->bubble_count++].zone = z;
        }
    }
    return LEE_OK;
}

static bool is_usable(const lee_watch *watch, const lee_track *track, int index, int64_t t_us)
{
    return lee_track_field_age(&watch->track_options, track, index, t_us) != LEE_AGE_EXPIRED;
}

static void place(const lee_watch *watch, const lee_track *track, int64_t t_us, lee_bubble *bubble)
{
    const bool has_speed = is_usable(watch, track, LEE_REPORT_INDEX_SPEED_GROUND, t_us) &&
                           track->last.speed_ground_kt_e3 >= 0;
    bubble->is_known = true;
    bubble->t_us = t_us;
    bubble->point = (lee_point){track->last.lat_e7, track->last.lon_e7};
    bubble->has_velocity = has_speed && is_usable(watch, track, LEE_REPORT_INDEX_TRACK, t_us);
    bubble->speed_kt_e3 = has_speed ? track->last.speed_ground_kt_e3 : LEE_BUBBLE_SPEED_KT_E3;
    bubble->track_deg_e3 = bubble->has_velocity ? track->last.track_deg_e3 : 0;
}

void lee__bubbles_inherit(const lee_watch *watch, const lee_generation *old, lee_generation *next)
{
    for (uint32_t i = 0; i < next->bubble_count; i++) {
        lee_bubble *const bubble = &next->bubbles[i];
        const lee_target *const carrier = &zone_of(next, bubble)->moving.around;
        for (uint32_t k = 0; k < old->bubble_count && !bubble->is_known; k++) {
            if (lee_target_equal(carrier, &zone_of(old, &old->bubbles[k])->moving.around)) {
                const uint32_t zone = bubble->zone;
                *bubble = old->bubbles[k];
                bubble->zone = zone;
            }
        }
        const uint32_t slot = lee_track_table_find(watch->tracks, carrier);
        if (!bubble->is_known && slot != LEE_TRACK_NONE && watch->visits[slot].has_place) {
            const lee_track *const track = lee_track_table_at(watch->tracks, slot);
            place(watch, track, track->field_us[LEE_REPORT_INDEX_LAT], bubble);
        }
    }
}

void lee__bubbles_state(lee_state *state, lee_generation *g)
{
    lee_state_section(state, "bubbles");
    lee_state_same(state, &g->bubble_count, sizeof g->bubble_count);
    for (uint32_t i = 0; i < g->bubble_count; i++) {
        const uint32_t zone = g->bubbles[i].zone;
        lee_state_plain(state, &g->bubbles[i], sizeof *g->bubbles);
        lee_state_require(state, g->bubbles[i].zone == zone);
        g->bubbles[i].zone = zone;
    }
}

/* --- where they are -----------------------------------------------------------------------------
 */

bool lee__bubbles_move(lee_watch *watch, uint32_t slot, int64_t t_us)
{
    lee_generation *const g = &watch->generation;
    const lee_track *const track = lee_track_table_at(watch->tracks, slot);
    bool any = false;
    for (uint32_t i = 0; i < g->bubble_count; i++) {
        lee_bubble *const bubble = &g->bubbles[i];
        if (lee_target_equal(&track->last.target, &zone_of(g, bubble)->moving.around)) {
            bubble->was_known = bubble->is_known;
            bubble->has_moved = true;
            place(watch, track, t_us, bubble);
            any = true;
        }
    }
    return any;
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

static double age_s(const lee_moment *m, const lee_bubble *bubble)
{
    return m->now.t_us > bubble->t_us
               ? (double)((uint64_t)m->now.t_us - (uint64_t)bubble->t_us) * 1e-6
               : 0.0;
}

bool lee__bubble_is_stale(const lee_moment *m, const lee_bubble *bubble)
{
    const int64_t lost_after_us = lee__lost_after_us(m->watch, bubble->zone);
    return lost_after_us > 0 && age_s(m, bubble) > (double)lost_after_us * 1e-6;
}

static double radius_m(const lee_moment *m, const lee_bubble *bubble)
{
    double radius = zone_of(&m->watch->generation, bubble)->moving.radius_m;
    if (lee__bubble_is_stale(m, bubble)) {
        const double age = age_s(m, bubble);
        radius += mps_of(bubble->speed_kt_e3) *
                  (age < LEE_BUBBLE_GROWS_S ? age : (double)LEE_BUBBLE_GROWS_S);
    }
    return radius;
}

/* --- who may be concerned -----------------------------------------------------------------------
 */

/* Both going as fast as they were told to, however old the carrier's place is. */
static bool may_reach(const lee_generation *g, const lee_bubble *bubble, const lee_track *track,
                      lee_point point)
{
    const lee_zone *const zone = zone_of(g, bubble);
    const int32_t speed_kt_e3 =
        (track->last.present & LEE_REPORT_HAS_SPEED_GROUND) && track->last.speed_ground_kt_e3 > 0
            ? track->last.speed_ground_kt_e3
            : 0;
    /* What either may have gone since it was heard is at most what is kept of it. */
    const double span_s = (double)zone->watch.look_ahead_s + LEE_BUBBLE_GROWS_S;
    const double reach_m = (double)zone->moving.radius_m + zone->watch.lateral_margin_m +
                           (mps_of(bubble->speed_kt_e3) + mps_of(speed_kt_e3)) * span_s;
    const double north_m = fabs((double)bubble->point.lat_e7 - point.lat_e7) * METRES_PER_E7;
    return north_m <= reach_m * METRES_DOUBT + 1.0 &&
           lee_distance_m(bubble->point, point) <= reach_m * METRES_DOUBT + 1.0;
}

static bool concerns(const lee_generation *g, const lee_bubble *bubble, const lee_track *track,
                     lee_point point)
{
    return bubble->is_known && may_reach(g, bubble, track, point) &&
           !lee_target_equal(&track->last.target, &zone_of(g, bubble)->moving.around);
}

bool lee__bubbles_touch(const lee_watch *watch, uint32_t slot)
{
    const lee_generation *const g = &watch->generation;
    const lee_visit *const visit = &watch->visits[slot];
    const lee_track *const track = lee_track_table_at(watch->tracks, slot);
    if (visit->first_pair != LEE_WATCH_NONE) {
        return true;
    }
    for (uint32_t i = 0; i < g->bubble_count && visit->has_place; i++) {
        if (g->bubbles[i].has_moved && concerns(g, &g->bubbles[i], track, visit->place.point)) {
            return true;
        }
    }
    return false;
}

size_t lee__bubbles_add(const lee_moment *m, size_t count)
{
    const lee_generation *const g = &m->watch->generation;
    for (uint32_t i = 0; i < g->bubble_count; i++) {
        const lee_bubble *const bubble = &g->bubbles[i];
        if ((m->is_moved && !bubble->has_moved) || !concerns(g, bubble, m->track, m->now.point)) {
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

/* --- who is inside ------------------------------------------------------------------------------
 */

bool lee__bubble_holds(const lee_moment *m, const lee_bubble *bubble, double margin_m)
{
    return bubble->is_known &&
           lee_distance_m(bubble->point, m->now.point) < radius_m(m, bubble) + margin_m;
}

bool lee__bubble_was_outside(const lee_moment *m, const lee_bubble *bubble)
{
    if (!m->is_report) {
        return m->is_moved && bubble->was_known;
    }
    return m->has_before &&
           (lee_distance_m(bubble->point, m->before.point) >= radius_m(m, bubble) ||
            !lee__volume_stance(m->watch, bubble->zone, &m->before, 0).within);
}

double lee__bubble_depth_m(const lee_moment *m, const lee_bubble *bubble)
{
    const double depth_m = zone_of(&m->watch->generation, bubble)->moving.radius_m -
                           lee_distance_m(bubble->point, m->now.point);
    return depth_m > 0.0 ? depth_m : 0.0;
}

double lee__bubble_edge_m(const lee_moment *m, const lee_bubble *bubble)
{
    return fabs(radius_m(m, bubble) - lee_distance_m(bubble->point, m->now.point));
}

/* --- who will be --------------------------------------------------------------------------------
 */

typedef struct {
    double east;
    double north;
} vector;

static vector velocity_of(int32_t speed_kt_e3, int32_t track_deg_e3)
{
    const double speed_mps = mps_of(speed_kt_e3);
    const double track_rad = track_deg_e3 * 1e-3 * LEE_RADIANS_PER_DEGREE;
    return (vector){speed_mps * lee_sin(track_rad), speed_mps * lee_cos(track_rad)};
}

/* From a to b in the plane at a, as long as it is on the ellipsoid: so that a place outside by the
 * one is outside by the other. */
static vector between(lee_point a, lee_point b)
{
    double lon_e7 = (double)b.lon_e7 - a.lon_e7;
    lon_e7 += lon_e7 > LEE_LON_MAX_E7 ? -2.0 * LEE_LON_MAX_E7 : 0.0;
    lon_e7 += lon_e7 < -(double)LEE_LON_MAX_E7 ? 2.0 * LEE_LON_MAX_E7 : 0.0;
    const double middle_rad = ((double)a.lat_e7 + b.lat_e7) / 2.0 * LEE_RADIANS_PER_E7;
    const vector v = {lon_e7 * METRES_PER_E7 * lee_cos(middle_rad),
                      ((double)b.lat_e7 - a.lat_e7) * METRES_PER_E7};
    const double length = sqrt(v.east * v.east + v.north * v.north);
    const double scale = length > 0.0 ? lee_distance_m(a, b) / length : 1.0;
    return (vector){v.east * scale, v.north * scale};
}

/* When the distance falls below the radius, and when it is the radius again. False: never. */
static bool approach(vector r, vector v, double radius, double *enter_s, double *leave_s)
{
    const double a = v.east * v.east + v.north * v.north;
    const double b = r.east * v.east + r.north * v.north;
    const double c = r.east * r.east + r.north * r.north - radius * radius;
    const double discriminant = b * b - a * c;
    if (c >= 0.0 && (b >= 0.0 || discriminant <= 0.0)) {
        return false;
    }
    const double root = sqrt(discriminant > 0.0 ? discriminant : 0.0);
    *enter_s = c >= 0.0 ? (-b - root) / a : 0.0;
    *leave_s = a > 0.0 ? (-b + root) / a : HUGE_VAL;
    return true;
}

static lee_place place_after(const lee_moment *m, double span_s)
{
    lee_place place = m->now;
    int32_t rate_fpm = 0;
    (void)lee_track_table_rate(m->watch->tracks, m->slot, m->now.t_us, &rate_fpm);
    const int32_t rise_ft = (int32_t)(rate_fpm * span_s / 60.0);
    place.altitude.alt_baro_ft += rise_ft;
    place.altitude.alt_hae_ft += rise_ft;
    return place;
}

bool lee__bubble_look(const lee_moment *m, const lee_bubble *bubble, int64_t *entry_us,
                      lee_point *entry, bool *blurred)
{
    const lee_watch *const watch = m->watch;
    const double look_ahead_s = zone_of(&watch->generation, bubble)->watch.look_ahead_s;
    const lee_report *const last = &m->track->last;
    vector target = {0.0, 0.0};
    int32_t speed_kt_e3 = 0;
    if (is_usable(watch, m->track, LEE_REPORT_INDEX_SPEED_GROUND, m->now.t_us) &&
        is_usable(watch, m->track, LEE_REPORT_INDEX_TRACK, m->now.t_us) &&
        last->speed_ground_kt_e3 > 0) {
        speed_kt_e3 = last->speed_ground_kt_e3;
        target = velocity_of(speed_kt_e3, last->track_deg_e3);
    }
    /* Of a carrier that is silent the bubble grows instead of going on. */
    vector carrier = {0.0, 0.0};
    if (bubble->has_velocity && !lee__bubble_is_stale(m, bubble)) {
        carrier = velocity_of(bubble->speed_kt_e3, bubble->track_deg_e3);
    }
    const double heard_s = m->is_report || m->now.t_us < m->before.t_us
                               ? 0.0
                               : (double)(m->now.t_us - m->before.t_us) * 1e-6;
    const double age = age_s(m, bubble);
    vector r = between(m->now.point, bubble->point);
    r.east += carrier.east * age - target.east * heard_s;
    r.north += carrier.north * age - target.north * heard_s;
    const vector v = {carrier.east - target.east, carrier.north - target.north};
    double enter_s;
    double leave_s;
    if (!approach(r, v, radius_m(m, bubble), &enter_s, &leave_s) || enter_s > look_ahead_s) {
        return false;
    }
    const lee_place from = place_after(m, enter_s);
    const lee_place to = place_after(m, leave_s < look_ahead_s ? leave_s : look_ahead_s);
    if (lee__volume_passes_by(watch, bubble->zone, &from, &to)) {
        return false;
    }
    *blurred = lee__volume_stance(watch, bubble->zone, &from, 0).blurred;
    *entry_us = (int64_t)(enter_s * 1e6);
    *entry = speed_kt_e3 > 0
                 ? lee_point_ahead(m->now.point, (last->track_deg_e3 % 360000 + 360000) % 360000,
                                   mps_of(speed_kt_e3) * (heard_s + enter_s))
                 : m->now.point;
    return true;
}
