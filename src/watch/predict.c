/* Straight extrapolation: when and where a target will enter, and when to say so. */
#include "watch/state.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/time_text.h"
#include "geo/distance.h"
#include "geo/trig.h"
#include "zone/schedule.h"

/* lee_point_ahead goes no further. */
#define REACH_MAX_M 2000000.0
/* Beyond these the rough way is not used. */
#define ROUGH_MAX_M 150000.0
#define ROUGH_MAX_LAT_E7 750000000

int32_t lee__predict_shifted_ft(int32_t alt_ft, int32_t rate_fpm, int64_t span_us)
{
    const int64_t rise_ft = (int64_t)rate_fpm * (span_us / 1000) / 60000;
    const int64_t end_ft = alt_ft + rise_ft;
    const int64_t limit_ft = 1 << 24;
    return (int32_t)(end_ft > limit_ft ? limit_ft : end_ft < -limit_ft ? -limit_ft : end_ft);
}

double lee__predict_reach_m(const lee_watch *watch, int32_t speed_ground_kt_e3)
{
    const double reach_m = speed_ground_kt_e3 > 0 ? lee__mps_of(speed_ground_kt_e3) *
                                                        watch->generation.look_ahead_max_s
                                                  : 0.0;
    return reach_m < REACH_MAX_M ? reach_m : REACH_MAX_M;
}

/* Of -90 to 90 degrees; within 2e-4. */
static double rough_sine(double degrees)
{
    const double x = degrees * LEE_RADIANS_PER_DEGREE;
    const double z = x * x;
    return x * (1.0 - z / 6.0 * (1.0 - z / 20.0 * (1.0 - z / 42.0)));
}

/* The end in a plane, with what it may be wrong: 1 % for the shape of the ellipsoid, and what the
 * meridians close in on the way, both doubled. Not where that is no small thing. */
const lee_rough_way *lee__predict_rough(lee_moment *m)
{
    lee_course *const course = &m->course;
    assert(course->known);
    if (course->has_rough) {
        return &course->rough;
    }
    course->has_rough = true;
    const lee_point now = m->now.point;
    const double reach_m = course->reach_m;
    const int64_t lon_edge_e7 = LEE_LON_MAX_E7 - 50000000;
    if (reach_m > ROUGH_MAX_M || now.lat_e7 > ROUGH_MAX_LAT_E7 || now.lat_e7 < -ROUGH_MAX_LAT_E7 ||
        now.lon_e7 > lon_edge_e7 || now.lon_e7 < -lon_edge_e7) {
        return &course->rough;
    }
    const double per_m = 1.0 / 0.0111195;
    const double cosine = course->narrow;
    const double degrees = course->track_deg_e3 * 1e-3;
    const double north = degrees <= 180.0 ? 90.0 - degrees : degrees - 270.0;
    const double east = degrees <= 90.0    ? degrees
                        : degrees <= 270.0 ? 180.0 - degrees
                                           : degrees - 360.0;
    const double doubt_m = reach_m * (0.01 + 2.0 * reach_m / (6356000.0 * cosine)) + 1.0;
    course->rough = (lee_rough_way){
        .usable = true,
        .lat = now.lat_e7,
        .lon = now.lon_e7,
        .lat_by = reach_m * rough_sine(north) * per_m,
        .lon_by = reach_m * rough_sine(east) * per_m / cosine,
        .lat_doubt = doubt_m * per_m,
        .lon_doubt = doubt_m * per_m / cosine,
    };
    return &course->rough;
}

lee_course lee__predict_course(const lee_watch *watch, uint32_t slot, const lee_place *now)
{
    lee_course course = {0};
    const lee_track *const track = lee_track_table_at(watch->tracks, slot);
    const lee_track_options *const options = &watch->track_options;
    const int32_t look_ahead_s = watch->generation.look_ahead_max_s;
    if (look_ahead_s <= 0 || now->altitude.on_ground ||
        lee_track_field_age(options, track, LEE_REPORT_INDEX_SPEED_GROUND, now->t_us) ==
            LEE_AGE_EXPIRED ||
        lee_track_field_age(options, track, LEE_REPORT_INDEX_TRACK, now->t_us) == LEE_AGE_EXPIRED ||
        track->last.speed_ground_kt_e3 < 0) {
        return course;
    }
    const double speed_mps = lee__mps_of(track->last.speed_ground_kt_e3);
    int64_t span_us = look_ahead_s * LEE_US_PER_S;
    double reach_m = speed_mps * look_ahead_s;
    if (reach_m > REACH_MAX_M) {
        reach_m = REACH_MAX_M;
        span_us = (int64_t)(REACH_MAX_M / speed_mps) * LEE_US_PER_S;
    }
    int32_t rate_fpm = 0;
    (void)lee_track_table_rate(watch->tracks, slot, now->t_us, &rate_fpm);
    course.track_deg_e3 = (track->last.track_deg_e3 % 360000 + 360000) % 360000;
    course.known = true;
    course.reach_m = reach_m;
    course.rate_fpm = rate_fpm;
    course.speed_mps = speed_mps;
    course.narrow = rough_sine(90.0 - fabs(now->point.lat_e7 * 1e-7));
    course.end_us = lee__time_after(now->t_us, span_us);
    course.altitude = now->altitude;
    course.altitude.alt_baro_ft =
        lee__predict_shifted_ft(now->altitude.alt_baro_ft, rate_fpm, span_us);
    course.altitude.alt_hae_ft =
        lee__predict_shifted_ft(now->altitude.alt_hae_ft, rate_fpm, span_us);
    course.in_plane = lee__hypothesis_plane_serves(now->point);
    return course;
}

lee_place lee__predict_end(lee_moment *m)
{
    lee_course *const course = &m->course;
    assert(course->known);
    if (!course->has_end) {
        course->point = lee_point_ahead(m->now.point, course->track_deg_e3, course->reach_m);
        course->has_end = true;
    }
    return (lee_place){.t_us = course->end_us,
                       .point = course->point,
                       .altitude = course->altitude,
                       .air = m->now.air};
}

typedef struct {
    bool heading;
    bool blurred;
    bool likely; /* enough to be told without counting */
    bool guessed;
    bool placed; /* `entry` holds and `at` does not */
    bool starts; /* the zone is not active yet */
    bool by_error;
    bool off_routes; /* it enters where no permit with a route lets it in */
    int64_t entry_us;
    lee_ratio at;
    lee_point entry;
    lee_outlook outlook; /* if guessed */
} forecast;

static double share_of(int32_t pct, int32_t or_else)
{
    return (pct > 0 ? pct : or_else) * 0.01;
}

bool lee__predict_is_imminent(const lee_zone_watch *watch, int64_t entry_us)
{
    return watch->imminent_s > 0 && entry_us <= watch->imminent_s * LEE_US_PER_S;
}

/* Whether the place follows from the one before: one report that is far off its track must not be
 * enough to tell anybody. */
static bool is_plausible(const lee_moment *m)
{
    const uint64_t span_us = (uint64_t)m->now.t_us - (uint64_t)m->before.t_us;
    if (!m->has_before || span_us > 600 * (uint64_t)LEE_US_PER_S) {
        return true; /* a target that appears beside the zone: nothing speaks against it */
    }
    const double span_s = (double)span_us * 1e-6;
    const double north_m = ((double)m->now.point.lat_e7 - m->before.point.lat_e7) * 0.0111195;
    const double east_m =
        ((double)m->now.point.lon_e7 - m->before.point.lon_e7) * 0.0111195 * m->course.narrow;
    const double most_m = m->course.speed_mps * (span_s + 2.0) * 1.5 + 300.0;
    return north_m * north_m + east_m * east_m <= most_m * most_m;
}

/* How much of the ways ahead is looked at. */
typedef enum {
    IN_PART, /* as much as says whether anything is to be told */
    IN_FULL
} extent;

/* Whether it is told again now, however little changed. */
static bool is_update_due(const lee_moment *m, const lee_pair *pair)
{
    const int32_t update_s = m->watch->generation.list->zones[pair->zone].watch.update_s;
    return m->t_us - pair->update_us >=
           (update_s > 0 ? update_s : LEE_WATCH_UPDATE_S) * LEE_US_PER_S;
}

/* Beyond what an entry is rounded by. */
#define SOONER_S 1e-3

/* Of a pair that was told of it matters whether it heads there still, and when it would enter. Of
 * others, whether it is to be told; that it is at hand only where it may be. */
static lee_chance_asked asked_of(const lee_zone_watch *watch, const lee_pair *pair, double least)
{
    const double enough = watch->alert_chance_pct * 0.01;
    const double imminent = share_of(watch->imminent_chance_pct, LEE_WATCH_IMMINENT_CHANCE_PCT);
    if (pair && pair->state == LEE_PAIR_PREDICTED) {
        return (lee_chance_asked){.more = LEE_ASKED_LIKELIEST, .least = least};
    }
    return (lee_chance_asked){.more = LEE_ASKED_ENOUGH,
                              .least = least,
                              .enough = enough,
                              .soon_s = watch->imminent_s + SOONER_S,
                              .enough_soon = enough < imminent ? enough : imminent};
}

static forecast guess(lee_moment *m, uint32_t zone, bool in_area, const lee_pair *pair,
                      extent how_much)
{
    const lee_zone *const z = &m->watch->generation.list->zones[zone];
    forecast f = {.guessed = true};
    const double enough = z->watch.alert_chance_pct * 0.01;
    const double imminent = share_of(z->watch.imminent_chance_pct, LEE_WATCH_IMMINENT_CHANCE_PCT);
    const double least = share_of(z->watch.averted_chance_pct, LEE_WATCH_AVERTED_CHANCE_PCT);
    const bool in_full = how_much == IN_FULL || lee__is_explained(m->watch, m->slot, zone) ||
                         (pair && pair->state == LEE_PAIR_PREDICTED && is_update_due(m, pair));
    const lee_chance_asked asked =
        in_full ? (lee_chance_asked){.least = least} : asked_of(&z->watch, pair, least);
    f.outlook = lee__hypothesis_look(m, zone, in_area, &asked);
    f.heading = f.outlook.chance >= least;
    f.blurred = f.outlook.blurred;
    f.off_routes = f.outlook.off_routes;
    f.entry_us = (int64_t)(f.outlook.entry_s * 1e6);
    f.likely = f.outlook.chance >= enough ||
               (f.outlook.chance >= imminent && lee__predict_is_imminent(&z->watch, f.entry_us));
    return f;
}

/* Of a target whose way is not known: as if at rest where the zone will begin. */
static forecast stay(const lee_moment *m, uint32_t zone)
{
    forecast f = {0};
    const lee_stance stance = lee__volume_stance(m->watch, zone, &m->now, 0);
    int64_t start_us;
    if (stance.within && lee__exempt_at(m, zone, &m->now) == LEE_WATCH_NONE &&
        lee__zone_is_pre_active(m->watch, zone, m->now.t_us) &&
        lee_schedule_next_edge(&m->watch->generation.list->zones[zone].schedule, m->now.t_us,
                               &start_us)) {
        f.heading = true;
        f.placed = true;
        f.entry = m->now.point;
        f.blurred = stance.blurred;
        f.entry_us = start_us - m->now.t_us;
    }
    return f;
}

/* The straight way with the errors of the zone, which the line alone may not enter. */
static forecast widen(const lee_moment *m, uint32_t zone)
{
    forecast f = {.placed = true, .by_error = true};
    double entry_s = 0.0;
    f.heading = lee__grown_enters(m, zone, &entry_s, &f.entry, &f.blurred);
    f.entry_us = f.heading ? (int64_t)(entry_s * 1e6) : 0;
    f.placed = f.heading;
    return f;
}

/* Where permits with a route let the target in, entry is where its way leads off them: the way
 * along its route, where it is expected to keep to that, else the straight one. False: there are
 * none. */
static bool look_off_routes(lee_moment *m, uint32_t zone, bool in_area, forecast *f)
{
    const double ahead_s = m->watch->generation.list->zones[zone].watch.look_ahead_s;
    if (!lee_permit_book_has_routes(m->watch->permits) || !m->course.in_plane ||
        m->course.reach_m > LEE_HYPOTHESIS_REACH_MAX_M ||
        lee__bubble_of(&m->watch->generation, zone)) {
        return false;
    }
    lee_lanes lanes;
    lee__lanes_find(m, zone, ahead_s, &lanes);
    if (!lanes.of_permit) {
        return false;
    }
    const lee_point now = m->now.point;
    const lee_place end = lee__predict_end(m);
    const lee_fan_place straight[] = {{0},
                                      {(double)end.point.lat_e7 - now.lat_e7,
                                       (double)end.point.lon_e7 - now.lon_e7,
                                       (double)(end.t_us - m->now.t_us) * 1e-6}};
    const lee_route_ahead *const route = lee__route_ahead(m, ahead_s);
    const bool follows = route->weight >= 0.5;
    const lee_fan_place *const places = follows ? route->places : straight;
    const uint32_t count = follows ? route->count : 2;
    const lee_lane_shape shape = {.zone = zone, .in_area = in_area};
    lee_lane_span windows[1 + LEE_LANES_MAX];
    lee_lane_spans in_zone;
    lee_lane_spans in_lanes[LEE_LANES_MAX];
    lee__hypothesis_window(m, zone, ahead_s, &windows[0].from_s, &windows[0].to_s, &f->blurred);
    lee__lanes_spans(m, &shape, places, count, &in_zone);
    for (uint32_t i = 0; i < lanes.count; i++) {
        const lee_lane *const lane = &lanes.lanes[i];
        lee__lanes_spans(m, &lane->shape, places, count, &in_lanes[i]);
        windows[1 + i] = (lee_lane_span){lane->from_s, fmin(lane->until_s, lane->ends_s)};
    }
    const double t_s = lee__lanes_first(&in_zone, windows[0], in_lanes, windows + 1, lanes.count);
    f->off_routes = true;
    f->placed = true;
    f->heading = t_s <= ahead_s;
    if (f->heading) {
        f->entry_us = (int64_t)(t_s * 1e6);
        f->entry = lee__lanes_point(now, lee__lanes_place(places, count, t_s));
    }
    return true;
}

static forecast look_ahead(lee_moment *m, uint32_t zone, bool in_area, const lee_pair *pair)
{
    forecast f = {0};
    const int32_t look_ahead_s = m->watch->generation.list->zones[zone].watch.look_ahead_s;
    const lee_watch *const watch = m->watch;
    const bool is_known = m->course.known && m->course.end_us > m->now.t_us;
    if (look_ahead_s > 0 && is_known && lee__hypothesis_serves(m, zone)) {
        return guess(m, zone, in_area, pair, IN_PART);
    }
    if (look_ahead_s > 0 && is_known && look_off_routes(m, zone, in_area, &f)) {
        return f;
    }
    if (look_ahead_s > 0 && lee__grown_serves(m, zone)) {
        f = widen(m, zone);
    }
    if (look_ahead_s <= 0 || !is_known) {
        return look_ahead_s > 0 && in_area && !f.heading ? stay(m, zone) : f;
    }
    /* Most zones near a track are not ahead of it, or not at its height: no need of the end. */
    lee_place end = {.t_us = m->course.end_us,
                     .point = m->now.point,
                     .altitude = m->course.altitude,
                     .air = m->now.air};
    if (lee__volume_passes_by(watch, zone, &m->now, &end) ||
        (!in_area && lee__way_misses_edges(&watch->generation.ways, zone, lee__predict_rough(m)))) {
        return f;
    }
    end = lee__predict_end(m);
    lee_path_stretch first;
    lee_path_stretch last;
    bool blurred;
    if (lee__exempt_path(m, zone, &m->now, &end, in_area ? LEE_WAY_INSIDE : LEE_WAY_OUTSIDE,
                         LEE_WAY_UNKNOWN, &first, &last, &blurred) == 0) {
        return f;
    }
    const int64_t entry_us = lee__way_scale(first.from, end.t_us - m->now.t_us);
    const bool heading = entry_us <= look_ahead_s * LEE_US_PER_S;
    if (f.heading && heading && entry_us >= f.entry_us) {
        f.by_error = false;
        return f;
    }
    return heading ? (forecast){.heading = true,
                                .blurred = blurred,
                                .entry_us = entry_us,
                                .at = first.from}
                   : f;
}

/* Whoever's speed or track is not known is taken to be at rest: the zone may come to it. */
static forecast look_ahead_of_bubble(lee_moment *from, uint32_t zone, const lee_pair *pair)
{
    const lee_watch *const watch = from->watch;
    const lee_bubble *const bubble = lee__bubble_of(&watch->generation, zone);
    const int64_t look_ahead_us =
        watch->generation.list->zones[zone].watch.look_ahead_s * LEE_US_PER_S;
    forecast f = {0};
    const bool in_area = lee__bubble_holds(watch, bubble, &from->now, from->now.t_us, 0.0);
    if (look_ahead_us > 0 && lee__hypothesis_serves(from, zone)) {
        /* Two of these are compared. */
        const bool is_told = pair && pair->state == LEE_PAIR_PREDICTED;
        return guess(from, zone, in_area, pair, is_told ? IN_FULL : IN_PART);
    }
    f.placed = true;
    lee_place end = from->now;
    end.t_us = lee__time_after(from->now.t_us, look_ahead_us);
    if (from->course.known && from->course.end_us > from->now.t_us) {
        end = lee__predict_end(from);
    }
    lee_path_stretch first;
    lee_path_stretch last;
    if (look_ahead_us <= 0 || end.t_us <= from->now.t_us ||
        lee__exempt_path(from, zone, &from->now, &end, LEE_WAY_UNKNOWN, LEE_WAY_UNKNOWN, &first,
                         &last, &f.blurred) == 0) {
        return f;
    }
    f.entry_us = lee__way_scale(first.from, end.t_us - from->now.t_us);
    f.entry = lee__way_point(from->now.point, end.point, first.from);
    f.heading = f.entry_us <= look_ahead_us;
    return f;
}

/* Straight on, and where the carrier turns also as if it went on so for a while: what leads in more
 * likely, or sooner, counts. */
static forecast look_ahead_to_carrier(const lee_moment *m, uint32_t zone, const lee_pair *pair)
{
    lee_generation *const g = &m->watch->generation;
    lee_moment from = *m;
    if (!m->is_report) {
        from.now = m->has_drift ? m->drift : m->now;
        from.course = lee__predict_course(m->watch, m->slot, &from.now);
        from.fan.horizon_s = 0.0;
        from.route.horizon_s = 0.0;
    }
    const forecast straight = look_ahead_of_bubble(&from, zone, pair);
    if (lee__bubble_of(g, zone)->carrier.turn_deg_s == 0.0) {
        return straight;
    }
    lee__bubble_set_turning(g, zone, true);
    const forecast turning = look_ahead_of_bubble(&from, zone, pair);
    lee__bubble_set_turning(g, zone, false);
    const bool is_graver =
        turning.heading &&
        (!straight.heading || (turning.guessed ? turning.outlook.chance > straight.outlook.chance
                                               : turning.entry_us < straight.entry_us));
    return is_graver ? turning : straight;
}

static void hear_again(lee_moment *m, lee_pair *pair, const lee_stance *stance)
{
    pair->lost = false;
    lee__tell(m, pair, LEE_EVENT_UPDATED, "heard_again", stance);
}

/* It is told again when it became graver or less so, when the time to entry halved, or after a
 * while. NULL: not now. */
static const char *reason_to_update(const lee_moment *m, const lee_pair *pair)
{
    if (m->t_us - pair->update_us < LEE_WATCH_UPDATE_MIN_US) {
        return NULL;
    }
    if (lee__tell_severity(m->watch, pair, LEE_EVENT_UPDATED) != pair->severity_told) {
        return "severity";
    }
    if (pair->entry_us <= pair->entry_told_us / 2) {
        return "time_to_entry";
    }
    return is_update_due(m, pair) ? "periodic" : NULL;
}

static bool is_near(const lee_zone *zone, const forecast *f)
{
    return f->entry_us <= zone->watch.warning_time_s * LEE_US_PER_S;
}

static void set_entry(lee_pair *pair, const forecast *f)
{
    pair->entry_us = f->entry_us;
    pair->entry_at = f->at;
    pair->entry_guessed = f->guessed;
    pair->entry_placed = f->placed;
    pair->starts = f->starts;
    pair->by_error = f->by_error;
    pair->entry_point = f->placed ? f->entry : f->outlook.entry;
    pair->chance_e3 = (int32_t)(f->outlook.chance * 1000.0 + 0.5);
    pair->heads = f->outlook.heads;
}

/* A pair that was told of heads there still. */
static void go_on(lee_moment *m, lee_pair *pair, bool in_area, const forecast *f)
{
    const lee_stance stance = {.blurred = f->blurred};
    const bool is_fresh = (pair->behaviour & ~pair->behaviour_told) != 0;
    if (f->outlook.is_partial && (pair->lost || is_fresh || reason_to_update(m, pair))) {
        forecast whole = guess(m, pair->zone, in_area, pair, IN_FULL);
        whole.starts = f->starts;
        set_entry(pair, &whole);
    }
    if (pair->lost) {
        hear_again(m, pair, &stance);
        return;
    }
    lee__behaviour_tell(m, pair, &stance);
    const char *const reason = reason_to_update(m, pair);
    if (reason) {
        lee__tell(m, pair, LEE_EVENT_UPDATED, reason, &stance);
    }
}

static void count_hit(lee_moment *m, const lee_zone *zone, lee_pair *pair, bool in_area,
                      const forecast *f)
{
    pair->heading = true;
    set_entry(pair, f);
    pair->predict_misses = 0;
    if (pair->predict_hits < INT32_MAX) {
        pair->predict_hits++;
    }
    pair->predicted_seen = pair->predicted_seen << 1 | 1;
    pair->off_routes = f->off_routes;
    lee__behaviour_note(m, pair);
    lee__judge_leave_ahead(m, pair);
    if (pair->permitted) {
        return;
    }
    if (pair->state == LEE_PAIR_PREDICTED) {
        go_on(m, pair, in_area, f);
        return;
    }
    const lee_stance stance = {.blurred = f->blurred};
    const bool confirmed =
        lee__pair_is_confirmed(&zone->watch, pair->predict_hits, pair->predicted_seen);
    const bool enough = f->guessed ? f->likely && (confirmed || is_plausible(m))
                                   : (confirmed && is_near(zone, f)) ||
                                         lee__predict_is_imminent(&zone->watch, f->entry_us);
    if (enough && lee__tell_begin(m, pair, LEE_EVENT_PREDICTED)) {
        pair->state = LEE_PAIR_PREDICTED;
        lee__tell(m, pair, LEE_EVENT_PREDICTED, NULL, &stance);
    }
}

static void count_miss(lee_moment *m, const lee_zone *zone, lee_pair *pair)
{
    pair->heading = false;
    pair->predict_hits = 0;
    pair->predicted_seen <<= 1;
    if (pair->state != LEE_PAIR_PREDICTED) {
        pair->permitted = false;
        return;
    }
    if (pair->lost) {
        hear_again(m, pair, NULL);
    }
    if (pair->predict_misses < INT32_MAX) {
        pair->predict_misses++;
    }
    if (pair->predict_misses > zone->watch.hold) {
        lee__tell_end(m, pair, "averted");
    } else {
        lee__behaviour_tell(m, pair, NULL);
    }
}

void lee__predict_zone(lee_moment *m, uint32_t zone, bool in_area, uint32_t *link)
{
    lee_watch *const watch = m->watch;
    const lee_zone *const z = &watch->generation.list->zones[zone];
    const lee_pair *const known = lee__pair_at(watch, link, zone);
    forecast f = lee__bubble_of(&watch->generation, zone) ? look_ahead_to_carrier(m, zone, known)
                                                          : look_ahead(m, zone, in_area, known);
    f.starts = f.heading && !z->schedule.always && !lee_schedule_active(&z->schedule, m->now.t_us);
    if (lee__is_explained(watch, m->slot, zone)) {
        lee__explain_ahead(m, zone,
                           z->watch.look_ahead_s <= 0      ? "no_look_ahead"
                           : !m->course.known && !f.placed ? "no_course"
                           : f.heading && f.by_error       ? "may_enter"
                           : f.heading                     ? "enters"
                                                           : "misses",
                           f.entry_us, f.guessed ? &f.outlook : NULL);
    }
    lee_pair *const pair =
        f.heading ? lee__pair_need(watch, m->slot, zone, link) : lee__pair_at(watch, link, zone);
    if (f.heading && pair) {
        count_hit(m, z, pair, in_area, &f);
    } else if (pair) {
        count_miss(m, z, pair);
    }
}

/* Whether anything but a permit with a route lets it in. */
static bool has_other_leave(const lee_moment *m, uint32_t zone)
{
    return lee__moment_may_be_in(m, zone, LEE_LEAVE_OFF_ROUTES) ||
           lee__inhibit_find(&m->watch->inhibitions, &m->track->last.target,
                             m->watch->generation.list->zones[zone].id, m->t_us);
}

void lee__predict_leaving(lee_moment *m, lee_pair *pair)
{
    const lee_zone *const z = &m->watch->generation.list->zones[pair->zone];
    const bool was = pair->behaviour & LEE_BEHAVIOUR_LEAVES_ROUTE;
    forecast f = {0};
    if (!m->is_report) {
        return;
    }
    if (m->permit && m->permit->route.count > 0 && m->course.known && z->watch.look_ahead_s > 0 &&
        !has_other_leave(m, pair->zone)) {
        if (lee__hypothesis_serves(m, pair->zone)) {
            f = guess(m, pair->zone, true, pair, IN_PART);
        } else {
            (void)look_off_routes(m, pair->zone, true, &f);
        }
    }
    const bool is_told = f.guessed ? f.likely : is_near(z, &f);
    const bool leaves = f.off_routes && f.heading && (was || is_told);
    if (f.off_routes && lee__is_explained(m->watch, m->slot, pair->zone)) {
        lee__explain_ahead(m, pair->zone, f.heading ? "leaves_route" : "keeps_route", f.entry_us,
                           f.guessed ? &f.outlook : NULL);
    }
    pair->behaviour &= (uint8_t)~LEE_BEHAVIOUR_LEAVES_ROUTE;
    pair->behaviour |= leaves ? LEE_BEHAVIOUR_LEAVES_ROUTE : 0;
    pair->behaviour_told &= pair->behaviour;
}
