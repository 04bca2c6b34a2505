/* watch/motion.h: how a track has turned lately, from the courses it said.
 *
 * How long a target keeps its course is learned from its track: one that has flown straight for a
 * minute keeps its course for minutes, one that circles for seconds. */
#ifndef LEE_WATCH_MOTION_H
#define LEE_WATCH_MOTION_H

#include <stdbool.h>
#include <stdint.h>

#define LEE_MOTION_SAMPLES 6

/* How a track has turned lately: courses said at least 1 s apart, and sums that fade by half in a
 * minute. Zero is a track not heard yet. */
typedef struct {
    int64_t sample_us[LEE_MOTION_SAMPLES]; /* newest first */
    int32_t sample_deg_e3[LEE_MOTION_SAMPLES];
    int32_t sample_count;
    int32_t course_deg_e3; /* as said last */
    int64_t heard_us;
    double turned_deg; /* either way */
    double span_s;
} lee_motion;

/* Notes a course; t_us does not go back. */
void lee__motion_hear(lee_motion *motion, int64_t t_us, int32_t track_deg_e3);
/* Degrees a second, clockwise; 0 when nothing between 4 and 15 s old tells. */
double lee__motion_rate(const lee_motion *motion, int64_t t_us);
/* Chance per second that it leaves its course. */
double lee__motion_unrest(const lee_motion *motion);

#endif
