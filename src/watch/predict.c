/* Straight extrapolation: when and where a target will enter, and when to say so. */
#include "watch/state.h"

#include <assert.h>

#include "base/time_text.h"
#include "geo/distance.h"

/* lee_point_ahead goes no further. */
#define REACH_MAX_M 2000000.0

static int32_t shifted_ft(int32_t alt_ft, int32_t rate_fpm, int64_t span_us)
{
    const int64_t rise_ft = (int64_t)rate_fpm * (span_us / 1000) / 60000;
    const int64_t end_ft = alt_ft + rise_ft;
    const int64_t limit_ft = 1 << 24;
    return (int32_t)(end_ft > limit_ft ? limit_ft : end_ft < -limit_ft ? -limit_ft : end_ft);
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
    const double speed_mps =
        track->last.speed_ground_kt_e3 * LEE_METRES_PER_NAUTICAL_MILE / 3600000.0;
    int64_t span_us = look_ahead_s * LEE_US_PER_S;
    double reach_m = speed_mps * look_ahead_s;
    if (reach_m > REACH_MAX_M) {
        reach_m = REACH_MAX_M;
        span_us = (int64_t)(REACH_MAX_M / speed_mps) * LEE_US_PER_S;
    }
    int32_t rate_fpm = 0;
    (void)lee_track_table_rate(watch->tracks, slot, now->t_us, &rate_fpm);
    const int32_t track_deg_e3 = (track->last.track_deg_e3 % 360000 + 360000) % 360000;
    course.known = true;
    course.reach_m = reach_m;
    course.end = *now;
    course.end.t_us = lee__time_after(now->t_us, span_us);
    course.end.point = lee_point_ahead(now->point, track_deg_e3, reach_m);
    course.end.altitude.alt_baro_ft = shifted_ft(now->altitude.alt_baro_ft, rate_fpm, span_us);
    course.end.altitude.alt_hae_ft = shifted_ft(now->altitude.alt_hae_ft, rate_fpm, span_us);
    return course;
}

typedef struct {
    bool heading;
    bool blurred;
    int64_t entry_us;
    lee_point point;
} forecast;

static forecast look_ahead(const lee_moment *m, uint32_t zone)
{
    forecast f = {0};
    const int32_t look_ahead_s = m->watch->generation.list->zones[zone].watch.look_ahead_s;
    if (look_ahead_s <= 0 || !m->course.known || m->course.end.t_us <= m->now.t_us) {
        return f;
    }
    lee_path_stretch first;
    lee_path_stretch last;
    if (lee__volume_path(m->watch, zone, &m->now, &m->course.end, &first, &last, &f.blurred) == 0) {
        return f;
    }
    f.entry_us = lee_ratio_scale(first.from, m->course.end.t_us - m->now.t_us);
    f.point = lee_path_point(m->now.point, m->course.end.point, first.from);
    f.heading = f.entry_us <= look_ahead_s * LEE_US_PER_S;
    return f;
}

static void hear_again(lee_moment *m, lee_pair *pair, const lee_stance *stance)
{
    pair->lost = false;
    lee__tell(m, pair, LEE_EVENT_UPDATED, "heard_again", stance);
}

/* Tells again when it became graver or less so, when the time to entry halved, or after a while. */
static void update(lee_moment *m, lee_pair *pair, const lee_stance *stance)
{
    const int64_t since_us = m->t_us - pair->update_us;
    if (since_us < LEE_WATCH_UPDATE_MIN_US) {
        return;
    }
    const char *reason = NULL;
    if (lee__tell_severity(m->watch, pair, LEE_EVENT_UPDATED) != pair->severity_told) {
        reason = "severity";
    } else if (pair->entry_us <= pair->entry_told_us / 2) {
        reason = "time_to_entry";
    } else if (since_us >= LEE_WATCH_UPDATE_US) {
        reason = "periodic";
    }
    if (reason) {
        lee__tell(m, pair, LEE_EVENT_UPDATED, reason, stance);
    }
}

static void count_hit(lee_moment *m, const lee_zone *zone, lee_pair *pair, const forecast *f)
{
    pair->heading = true;
    pair->entry_us = f->entry_us;
    pair->entry_point = f->point;
    pair->predict_misses = 0;
    if (pair->predict_hits < INT32_MAX) {
        pair->predict_hits++;
    }
    char permit_id[48];
    const bool permitted = lee__moment_permitted(m, pair->zone, permit_id);
    if (permitted && pair->state == LEE_PAIR_PREDICTED) {
        lee__tell_end(m, pair, "permitted");
    }
    pair->permitted = permitted;
    for (size_t i = 0; i < sizeof permit_id; i++) {
        pair->permit_id[i] = permit_id[i];
    }
    if (permitted) {
        return;
    }
    const lee_stance stance = {.blurred = f->blurred};
    if (pair->state == LEE_PAIR_PREDICTED) {
        if (pair->lost) {
            hear_again(m, pair, &stance);
        } else {
            update(m, pair, &stance);
        }
        return;
    }
    const bool confirmed = pair->predict_hits >= zone->watch.confirm &&
                           f->entry_us <= zone->watch.warning_time_s * LEE_US_PER_S;
    if ((confirmed || f->entry_us <= LEE_WATCH_IMMINENT_US) &&
        lee__tell_begin(m, pair, LEE_EVENT_PREDICTED)) {
        pair->state = LEE_PAIR_PREDICTED;
        lee__tell(m, pair, LEE_EVENT_PREDICTED, NULL, &stance);
    }
}

static void count_miss(lee_moment *m, const lee_zone *zone, lee_pair *pair)
{
    pair->heading = false;
    pair->predict_hits = 0;
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
    }
}

void lee__predict_zone(lee_moment *m, uint32_t zone, uint32_t *link)
{
    lee_watch *const watch = m->watch;
    const lee_zone *const z = &watch->generation.list->zones[zone];
    const forecast f = look_ahead(m, zone);
    if (f.heading && !lee__pair_at(watch, link, zone) &&
        lee__pair_add(watch, m->slot, zone, link) == LEE_WATCH_NONE) {
        watch->counters.incidents_refused++;
        return;
    }
    lee_pair *const pair = lee__pair_at(watch, link, zone);
    if (f.heading) {
        count_hit(m, z, pair, &f);
    } else if (pair) {
        count_miss(m, z, pair);
    }
}
