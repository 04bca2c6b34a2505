/* Which zones a track can have to do with before it is heard again. */
#include "watch/state.h"

#include <assert.h>
#include <string.h>

#include "base/time_text.h"
#include "geo/area.h"
#include "geo/distance.h"
#include "geo/trig.h"

/* The area in which a track keeps its zones is not smaller than this, so that slow targets ask
 * seldom. */
#define CALM_MIN_M 5000.0
#define GROW_MAX_M 2000000.0
#define TIGHT_MIN_M 1000.0

/* A target that climbs or sinks less than this keeps its zones. */
#define CALM_FT 1000

static const lee_box everywhere = {{-LEE_LAT_MAX_E7, -LEE_LON_MAX_E7},
                                   {LEE_LAT_MAX_E7, LEE_LON_MAX_E7}};

static bool is_empty(lee_box box)
{
    return box.min.lat_e7 > box.max.lat_e7 || box.min.lon_e7 > box.max.lon_e7;
}

/* The union of two ascending lists; a number may be in both. */
static size_t unite(const uint32_t *a, size_t a_count, const uint32_t *b, size_t b_count,
                    uint32_t *out)
{
    size_t i = 0;
    size_t j = 0;
    size_t count = 0;
    while (i < a_count || j < b_count) {
        if (j == b_count || (i < a_count && a[i] < b[j])) {
            out[count++] = a[i++];
        } else {
            i += i < a_count && a[i] == b[j];
            out[count++] = b[j++];
        }
    }
    return count;
}

static size_t ask(const lee_generation *g, lee_box box, lee_box beyond)
{
    const size_t capacity = g->list->count;
    size_t count = lee_zone_set_in_box(g->set, box, g->found, capacity);
    if (is_empty(beyond)) {
        return count;
    }
    const size_t more = lee_zone_set_in_box(g->set, beyond, g->beyond, capacity);
    count = unite(g->found, count, g->beyond, more, g->merged);
    memcpy(g->found, g->merged, count * sizeof *g->found);
    return count;
}

static void stretch(lee_box *box, lee_point point)
{
    box->min.lat_e7 = point.lat_e7 < box->min.lat_e7 ? point.lat_e7 : box->min.lat_e7;
    box->min.lon_e7 = point.lon_e7 < box->min.lon_e7 ? point.lon_e7 : box->min.lon_e7;
    box->max.lat_e7 = point.lat_e7 > box->max.lat_e7 ? point.lat_e7 : box->max.lat_e7;
    box->max.lon_e7 = point.lon_e7 > box->max.lon_e7 ? point.lon_e7 : box->max.lon_e7;
}

/* Where there are too many zones to remember: those around the way behind and ahead alone. */
static size_t ask_tightly(lee_moment *m, bool has_way)
{
    const lee_generation *const g = &m->watch->generation;
    lee_box box = lee_box_of(m->now.point);
    if (has_way) {
        stretch(&box, m->before.point);
    }
    if (m->course.known) {
        stretch(&box, lee__predict_end(m).point);
    }
    if ((int64_t)box.max.lon_e7 - box.min.lon_e7 >= LEE_LON_MAX_E7) {
        return ask(g, everywhere, (lee_box){{1, 1}, {0, 0}});
    }
    /* Where chances are asked, turns may lead anywhere within reach. */
    double more_m = m->course.known ? m->course.speed_mps * g->chance_horizon_max_s * 1.01 : 0.0;
    more_m = more_m < m->course.reach_m ? more_m : m->course.reach_m;
    lee_box beyond;
    box = lee_box_grow(box, more_m + (g->margin_max_m > 0 ? g->margin_max_m : 0.0), &beyond);
    return ask(g, box, beyond);
}

/* --- altitudes ----------------------------------------------------------------------------------
 */

/* Whoever is explained is told of zones above and below too; and where the pressure differs from
 * place to place, so do the limits. */
static bool minds_altitude(const lee_watch *watch)
{
    return !watch->has_air && !watch->tracing.sink;
}

static bool is_level_known(const lee_band_altitude *altitude)
{
    return altitude->has_baro && !altitude->on_ground;
}

static void take_altitude(lee_climb *climb, int32_t alt_ft)
{
    climb->low_ft = alt_ft < climb->low_ft ? alt_ft : climb->low_ft;
    climb->high_ft = alt_ft > climb->high_ft ? alt_ft : climb->high_ft;
}

static lee_climb climb_of(const lee_watch *watch, const lee_place *now, const lee_place *before)
{
    lee_climb climb = {.known = minds_altitude(watch) && is_level_known(&now->altitude) &&
                                (!before || is_level_known(&before->altitude)),
                       .low_ft = now->altitude.alt_baro_ft,
                       .high_ft = now->altitude.alt_baro_ft};
    if (climb.known && before) {
        take_altitude(&climb, before->altitude.alt_baro_ft);
    }
    return climb;
}

void lee__reach_set_climb(lee_moment *m)
{
    m->climb = climb_of(m->watch, &m->now, m->has_before ? &m->before : NULL);
    if (m->climb.known && m->course.known) {
        take_altitude(&m->climb, m->course.altitude.alt_baro_ft);
    }
}

/* Whether none of these altitudes comes near those of the zone. */
static inline bool is_out_of_band(const lee_watch *watch, uint32_t zone, const lee_climb *climb)
{
    const lee_limits beyond = watch->generation.facts[zone].beyond;
    return climb->known && (climb->high_ft < beyond.lower_ft || climb->low_ft >= beyond.upper_ft);
}

static bool stays_between(const lee_visit *v, const lee_climb *climb)
{
    return climb->known && climb->low_ft >= v->calm_low_ft && climb->high_ft <= v->calm_high_ft;
}

/* Leaves out of the zones found those that do not matter while it climbs and sinks no farther, and
 * notes how far that is. */
static size_t keep_in_band(const lee_moment *m, size_t count)
{
    lee_visit *const v = m->visit;
    lee_climb wide = m->climb;
    v->calm_low_ft = INT32_MIN;
    if (!wide.known) {
        return count;
    }
    wide.low_ft -= CALM_FT;
    wide.high_ft += CALM_FT;
    uint32_t *const found = m->watch->generation.found;
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        found[kept] = found[i];
        kept += !is_out_of_band(m->watch, found[i], &wide);
    }
    if (kept < count) {
        v->calm_low_ft = wide.low_ft;
        v->calm_high_ft = wide.high_ft;
    }
    return kept;
}

/* --- calm ---------------------------------------------------------------------------------------
 */

static bool is_calm(const lee_moment *m, bool has_way, double reach_m)
{
    const lee_visit *const v = m->visit;
    return v->is_calm && reach_m <= v->reach_m && lee__box_holds(v->calm, m->now.point) &&
           (!has_way || lee__box_holds(v->calm, m->before.point)) &&
           (v->calm_low_ft == INT32_MIN || stays_between(v, &m->climb));
}

bool lee__reach_is_calm(const lee_watch *watch, uint32_t slot, const lee_place *now, double reach_m)
{
    const lee_visit *const v = &watch->visits[slot];
    if (!lee__reach_may_be_calm(v) || reach_m + watch->generation.margin_max_m > v->reach_m ||
        !lee__box_holds(v->calm, now->point) ||
        (v->has_place && !lee__box_holds(v->calm, v->place.point))) {
        return false;
    }
    if (v->calm_low_ft == INT32_MIN) {
        return true;
    }
    lee_climb climb = climb_of(watch, now, v->has_place ? &v->place : NULL);
    int32_t rate_fpm = 0;
    if (climb.known && lee_track_table_rate(watch->tracks, slot, now->t_us, &rate_fpm)) {
        const int64_t span_us = watch->generation.look_ahead_max_s * LEE_US_PER_S;
        take_altitude(&climb,
                      lee__predict_shifted_ft(now->altitude.alt_baro_ft, rate_fpm, span_us));
    }
    return stays_between(v, &climb);
}

bool lee__reach_is_idle(lee_moment *m, uint32_t zone)
{
    const lee_zone_facts *const facts = &m->watch->generation.facts[zone];
    if (is_out_of_band(m->watch, zone, &m->climb)) {
        return true;
    }
    return !lee__box_holds(facts->near_box, m->now.point) &&
           !lee__box_holds(facts->box, lee_point_canonical(m->now.point)) &&
           (is_empty(facts->near_beyond) || !lee__box_holds(facts->near_beyond, m->now.point)) &&
           (!m->has_way || lee__way_misses_box(&m->way, facts->box)) &&
           (!m->course.known ||
            (lee__hypothesis_serves(m, zone)
                 ? !lee__hypothesis_may_reach(m, zone)
                 : !lee_permit_book_has_routes(m->watch->permits) && /* which it may follow round */
                       lee__way_misses_box(lee__predict_rough(m), facts->ahead_box))) &&
           (m->course.known || !lee__box_holds(facts->ahead_box, m->now.point));
}

/* Finds the zones that a target within around_m of here, looking ahead_m far, may have to do with,
 * and notes the area. False: it lies over the antimeridian. */
static bool settle_within(const lee_moment *m, double around_m, double ahead_m, size_t *count)
{
    lee_box beyond;
    m->visit->calm = lee_box_grow(lee_box_of(m->now.point), around_m, &beyond);
    if (!is_empty(beyond)) {
        return false;
    }
    const lee_box box = lee_box_grow(m->visit->calm, ahead_m, &beyond);
    *count = keep_in_band(m, ask(&m->watch->generation, box, beyond));
    return true;
}

size_t lee__reach_zones(lee_moment *m)
{
    const lee_generation *const g = &m->watch->generation;
    lee_visit *const v = m->visit;
    if (g->list->count == 0) {
        return 0;
    }
    const double reach_m = (m->course.known ? m->course.reach_m : 0.0) + g->margin_max_m;
    const bool has_way = m->has_before && m->now.t_us - m->before.t_us <=
                                              (int64_t)g->lost_after_max_s * LEE_US_PER_S;
    if (is_calm(m, has_way, reach_m)) {
        if (v->is_crowded) {
            return ask_tightly(m, has_way);
        }
        memcpy(g->found, v->cached, v->cached_count * sizeof *v->cached);
        return v->cached_count;
    }
    v->is_calm = false;
    v->has_clear = false;
    v->is_clear = false;
    v->calm_low_ft = INT32_MIN;
    /* A tenth more than now, so that a target that gains speed does not ask every time. */
    const double ahead_m = reach_m * 1.1 + 1.0;
    double behind_m = 0.0;
    if (has_way) {
        behind_m = lee_distance_m(m->before.point, m->now.point) * 1.01;
    }
    const double wide_m = (ahead_m > CALM_MIN_M ? ahead_m : CALM_MIN_M) + behind_m;
    if (wide_m > GROW_MAX_M || ahead_m > GROW_MAX_M) {
        return ask(g, everywhere, (lee_box){{1, 1}, {0, 0}});
    }
    size_t count;
    if (!settle_within(m, wide_m, ahead_m, &count)) {
        return ask_tightly(m, has_way);
    }
    /* Near zones a smaller area is kept, which holds fewer of them. */
    const double tight_m = ahead_m / 8.0 + behind_m + TIGHT_MIN_M;
    if (count > 0 && tight_m < wide_m) {
        (void)settle_within(m, tight_m, ahead_m, &count);
    }
    v->is_calm = true;
    v->reach_m = ahead_m;
    v->is_crowded = count > LEE_WATCH_CACHE_ZONES;
    v->cached_count = v->is_crowded ? 0 : (uint32_t)count;
    memcpy(v->cached, g->found, v->cached_count * sizeof *v->cached);
    return v->is_crowded ? ask_tightly(m, has_way) : count;
}

/* --- clear --------------------------------------------------------------------------------------
 *
 * A box around the target that no edge of a zone remembered meets: while it stays in there, what it
 * is inside of stays the same, and the straight way between two places in there, which is in there
 * too, crosses no edge. The box ends `margin` short of where edges begin, so that no place in it is
 * as near to one as any lateral margin. */

/* Not at poles and antimeridian, nor for margins for which the plane is not good enough. */
#define CLEAR_LAT_MAX_E7 700000000
#define CLEAR_LON_MAX_E7 1780000000
#define CLEAR_MARGIN_MAX_M 10000
/* A degree of latitude is never shorter than this, nor one of longitude times its cosine; a
 * twentieth more is for that cosine, which changes by less than a hundredth over as much as a clear
 * box and a margin may be high, for its own error, and for the plane in which margins are judged.
 */
#define METRES_PER_E7_MIN 0.01105
#define CLEAR_SHARE 1.05
/* A box is no larger, nor smaller than this: 10 km, 400 m; then it is asked again beyond that. */
#define CLEAR_MOST_E7 900000.0
#define CLEAR_LEAST_E7 36000.0

bool lee__reach_is_clear(const lee_moment *m, size_t count)
{
    const lee_visit *const v = m->visit;
    if (!v->is_clear || !lee__box_holds(v->clear, m->now.point) ||
        (m->has_before && !lee__box_holds(v->clear, m->before.point))) {
        return false;
    }
    const uint32_t *const judged = m->watch->generation.merged;
    size_t at = 0;
    for (size_t i = 0; i < v->cached_count && at < count; i++) {
        at += v->cached[i] == judged[at];
    }
    return at == count;
}

size_t lee__reach_inside(const lee_moment *m)
{
    const lee_visit *const v = m->visit;
    size_t count = 0;
    for (uint32_t left = v->clear_inside; left != 0; left &= left - 1) {
        m->watch->generation.inside[count++] = v->cached[__builtin_ctz(left)];
    }
    return count;
}

static inline int64_t greater(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* How far the box is from the point, north and south, or east and west narrowed. */
static inline double off_box(lee_box box, lee_point p, double narrow)
{
    const int64_t lat =
        greater((int64_t)box.min.lat_e7 - p.lat_e7, greater((int64_t)p.lat_e7 - box.max.lat_e7, 0));
    const int64_t lon =
        greater((int64_t)box.min.lon_e7 - p.lon_e7, greater((int64_t)p.lon_e7 - box.max.lon_e7, 0));
    const double east = (double)lon * narrow;
    return (double)lat > east ? (double)lat : east;
}

/* How far it is to the nearest edge of the zone in this way, or `least` if that is less. */
static double off_edges(const lee_ways *ways, uint32_t zone, lee_point p, double narrow,
                        double least)
{
    for (uint32_t r = ways->first_run[zone]; r < ways->first_run[zone + 1]; r++) {
        const lee_way_run *const run = &ways->runs[r];
        if (off_box(run->box, p, narrow) >= least) {
            continue;
        }
        const lee_point *const points = &ways->points[run->first];
        for (uint32_t i = 0; i < run->count; i++) {
            lee_box edge = lee_box_of(points[i]);
            stretch(&edge, points[i + 1]);
            const double off = off_box(edge, p, narrow);
            least = off < least ? off : least;
        }
    }
    return least;
}

static uint16_t bits_of(const lee_visit *v, const uint32_t *inside, size_t count)
{
    static_assert(LEE_WATCH_CACHE_ZONES <= 16, "a bit each");
    uint32_t bits = 0;
    size_t at = 0;
    for (uint32_t i = 0; i < v->cached_count; i++) {
        while (at < count && inside[at] < v->cached[i]) {
            at++;
        }
        bits |= (uint32_t)(at < count && inside[at] == v->cached[i]) << i;
    }
    return (uint16_t)bits;
}

void lee__reach_set_clear(const lee_moment *m, size_t count)
{
    const lee_generation *const g = &m->watch->generation;
    lee_visit *const v = m->visit;
    const lee_point p = m->now.point;
    if (!v->is_calm || v->is_crowded || g->margin_max_m > CLEAR_MARGIN_MAX_M ||
        p.lat_e7 > CLEAR_LAT_MAX_E7 || p.lat_e7 < -CLEAR_LAT_MAX_E7 ||
        p.lon_e7 > CLEAR_LON_MAX_E7 || p.lon_e7 < -CLEAR_LON_MAX_E7) {
        v->is_clear = false;
        return;
    }
    if (v->has_clear && lee__box_holds(v->clear, p)) {
        return;
    }
    const double narrow = lee_cos(p.lat_e7 * LEE_RADIANS_PER_E7);
    const double margin = (g->margin_max_m + 1.0) * CLEAR_SHARE / METRES_PER_E7_MIN;
    double off = CLEAR_MOST_E7 + margin;
    for (uint32_t i = 0; i < v->cached_count; i++) {
        off = off_edges(&g->ways, v->cached[i], p, narrow, off);
    }
    v->has_clear = true;
    v->is_clear = off - margin > CLEAR_LEAST_E7;
    v->clear_inside = bits_of(v, g->inside, count);
    const double half = v->is_clear ? off - margin : CLEAR_LEAST_E7;
    const int32_t lat_by = (int32_t)half;
    const int32_t lon_by = (int32_t)(half / narrow);
    v->clear =
        (lee_box){{p.lat_e7 - lat_by, p.lon_e7 - lon_by}, {p.lat_e7 + lat_by, p.lon_e7 + lon_by}};
}
