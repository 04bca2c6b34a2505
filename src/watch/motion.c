/* How a track has turned lately, from the courses it said. */
#include "watch/motion.h"

#include <stddef.h>

#include "base/time_text.h"

/* A track not heard for this long begins anew. */
#define FORGET_US (30 * LEE_US_PER_S)
/* A turn is measured over at least and at most this: courses are rounded, and turns end. */
#define RATE_MIN_US (4 * LEE_US_PER_S)
#define RATE_MAX_US (15 * LEE_US_PER_S)
#define RATE_MAX_DEG_S 6.0
#define FADE_S 60.0
/* What is assumed of a new track: as much unrest as that of an aircraft that manoeuvres now and
 * then, counted as much as 15 s of observation. */
#define NEW_TURNED_DEG 7.5
#define NEW_SPAN_S 15.0

/* How long ago, without overflow; `then_us` is not later. */
static int64_t age_of(int64_t t_us, int64_t then_us)
{
    const uint64_t age_us = (uint64_t)t_us - (uint64_t)then_us;
    return age_us < INT64_MAX ? (int64_t)age_us : INT64_MAX;
}

static int32_t turn_between(int32_t from_deg_e3, int32_t to_deg_e3)
{
    const int32_t turn = (to_deg_e3 - from_deg_e3) % 360000;
    return turn > 180000 ? turn - 360000 : turn <= -180000 ? turn + 360000 : turn;
}

static void keep_sample(lee_motion *motion, int64_t t_us, int32_t track_deg_e3)
{
    if (motion->sample_count > 0 && age_of(t_us, motion->sample_us[0]) < LEE_US_PER_S) {
        return;
    }
    for (int i = LEE_MOTION_SAMPLES - 1; i > 0; i--) {
        motion->sample_us[i] = motion->sample_us[i - 1];
        motion->sample_deg_e3[i] = motion->sample_deg_e3[i - 1];
    }
    motion->sample_us[0] = t_us;
    motion->sample_deg_e3[0] = track_deg_e3;
    motion->sample_count += motion->sample_count < LEE_MOTION_SAMPLES;
}

void lee__motion_hear(lee_motion *motion, int64_t t_us, int32_t track_deg_e3)
{
    const int64_t age_us = age_of(t_us, motion->heard_us);
    const bool is_new = motion->span_s <= 0.0 || age_us > FORGET_US;
    track_deg_e3 = (track_deg_e3 % 360000 + 360000) % 360000;
    if (is_new) {
        motion->turned_deg = NEW_TURNED_DEG;
        motion->span_s = NEW_SPAN_S;
    } else {
        const double span_s = (double)age_us * 1e-6;
        const double fade = FADE_S / (FADE_S + span_s);
        const int32_t turn = turn_between(motion->course_deg_e3, track_deg_e3);
        motion->turned_deg = motion->turned_deg * fade + (turn < 0 ? -turn : turn) * 1e-3;
        motion->span_s = motion->span_s * fade + span_s;
    }
    if (is_new || age_us > RATE_MAX_US) {
        motion->sample_count = 0;
    }
    motion->heard_us = t_us;
    motion->course_deg_e3 = track_deg_e3;
    keep_sample(motion, t_us, track_deg_e3);
}

double lee__motion_rate(const lee_motion *motion, int64_t t_us)
{
    for (int32_t i = 0; i < motion->sample_count; i++) {
        const int64_t age_us = age_of(t_us, motion->sample_us[i]);
        if (age_us > RATE_MAX_US) {
            break;
        }
        if (age_us >= RATE_MIN_US) {
            const double turn_deg =
                turn_between(motion->sample_deg_e3[i], motion->course_deg_e3) * 1e-3;
            const double rate = turn_deg / ((double)age_us * 1e-6);
            return rate > RATE_MAX_DEG_S    ? RATE_MAX_DEG_S
                   : rate < -RATE_MAX_DEG_S ? -RATE_MAX_DEG_S
                                            : rate;
        }
    }
    return 0.0;
}

/* Measured on one half of the recorded tracks (docs/watch.md): after a minute in which a track
 * turned this many degrees a second on average, it leaves its course by 15 degrees with this chance
 * a second within the next minute. */
double lee__motion_unrest(const lee_motion *motion)
{
    static const struct {
        double turn_deg_s;
        double leaves_per_s;
    } table[] = {{0.0, 0.0008}, {0.12, 0.0016}, {0.35, 0.008}, {0.75, 0.0145},
                 {1.7, 0.035},  {4.0, 0.072},   {8.0, 0.107},  {20.0, 0.15}};
    const size_t count = sizeof table / sizeof *table;
    const double turn = motion->span_s > 0.0 ? motion->turned_deg / motion->span_s : 0.5;
    for (size_t i = 1; i < count; i++) {
        if (turn < table[i].turn_deg_s) {
            const double share =
                (turn - table[i - 1].turn_deg_s) / (table[i].turn_deg_s - table[i - 1].turn_deg_s);
            return table[i - 1].leaves_per_s +
                   share * (table[i].leaves_per_s - table[i - 1].leaves_per_s);
        }
    }
    return table[count - 1].leaves_per_s;
}
