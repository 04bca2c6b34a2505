/* track/plausible.h: whether a track can be true, judged on each of its reports.
 *
 * Deterministic: integers and doubles of + - * / sqrt and geo/trig.h. Nothing here removes
 * anything: what cannot be raises a doubt (leeward/track.h). The rules and the source of every
 * constant stand in docs/plausibility.md. */
#ifndef LEE_TRACK_PLAUSIBLE_H
#define LEE_TRACK_PLAUSIBLE_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

#include "leeward/point.h"
#include "leeward/report.h"
#include "leeward/track.h"

/* A time that was never; differences to it do not overflow. */
#define LEE_CONDUCT_NEVER_US (INT64_MIN / 4)

/* A doubt holds this long after the last thing that raised it. */
#define LEE_DOUBT_HOLD_US (1800 * INT64_C(1000000))
/* Two receivers, or two kinds of source, speak of the same moment within this. */
#define LEE_TOGETHER_US (60 * INT64_C(1000000))
#define LEE_CONDUCT_FEEDS 4

/* One account of where a target is: what the next report is held against. */
typedef struct {
    lee_point point;
    int64_t point_us; /* when it was first said: a place repeated is an old place */
    int64_t alt_us;
    int64_t velocity_us;
    int64_t changed_us; /* since when the velocity is what it is */
    double north_mps;
    double east_mps;
    double pace_mps; /* by its places alone, smoothed; and from the last two: */
    double went_north_mps;
    double went_east_mps;
    int32_t speed_kt_e3; /* the velocity as it was said */
    int32_t track_deg_e3;
    int32_t alt_ft;
    bool is_proven;   /* the velocity was said twice, differing a little: no single wrong message */
    uint32_t fixes;   /* different places, in this account */
    uint32_t heights; /* altitudes */
    bool on_ground;
} lee_account;

/* What is remembered of how a track moved: plain values. */
typedef struct {
    lee_account now;   /* the account that the newest report belongs to */
    lee_account other; /* the one that it contradicted, while that may still go on */
    uint32_t returns;  /* how often the reports went back to the other one */
    int64_t return_us;
    uint32_t breaks; /* contradictions in the last fixes, see break_us */
    int64_t break_us;
    uint8_t break_kinds;
    bool is_split; /* two accounts go on side by side: the second has a track of its own */
    bool is_branch;
    bool went_back; /* with the newest report: what the other account said is not of this one */
    bool was_accurate;
    uint8_t speeding; /* reports in a row faster, or climbing steeper, than the category can */
    uint8_t climbing;
    uint8_t slow;
    uint8_t out_of_range;
    uint8_t contradictions; /* transmissions whose times of arrival refute their place, less those
                             * whose times agree */
    uint8_t echoes;         /* sampled fixes heard long ago, less those that were not */
    uint8_t feed_count;
    double speed_max_mps;
    /* Dead reckoning (plausible_drift.c). */
    lee_point anchor;
    int64_t anchor_us;
    double north_m;
    double east_m;
    double path_m;
    uint8_t drifts;
    uint16_t feed[LEE_CONDUCT_FEEDS];
    int64_t feed_us[LEE_CONDUCT_FEEDS];
    int64_t claimed_us;  /* position said by the target itself */
    int64_t measured_us; /* position measured by others */
} lee_conduct;

/* A report with what is worked out of it once, as it is asked for again and again. */
typedef struct {
    const lee_report *report;
    double speed_limit_mps; /* of its kind of target, over ground with the wind behind */
    double climb_limit_fpm;
    bool has_place;
    bool has_velocity;
    lee_point point;
    double north_mps;
    double east_mps;
    double speed_mps;
    lee_point from; /* from here to its place: lee__said_from */
    double north_m;
    double east_m;
    double far_m;
} lee_said;

/* `known`: an account whose velocity, where it is the same, need not be worked out again. */
lee_said lee__said_make(const lee_report *report, const char category[4], const lee_account *known);
/* Works out the way from a place to that of the report. */
void lee__said_from(lee_said *said, lee_point from);

void lee__conduct_start(lee_conduct *motion, bool is_branch);

typedef enum {
    LEE_BREAK_NONE = 0,
    LEE_BREAK_PLACE = 1,
    LEE_BREAK_HEIGHT = 2,
    LEE_BREAK_PACE = 4
} lee_break;

/* Of two accounts that go on side by side, whether the report belongs to the second. */
bool lee__conduct_is_second(const lee_conduct *first, const lee_conduct *second,
                            const lee_report *report, const char category[4]);

/* Takes in a report that is the newest of its track and was merged into it. Raises doubts in
 * track->doubts. `before`: a copy of motion->now. */
void lee__conduct_note(lee_conduct *motion, const lee_account *before, lee_track *track,
                       lee_said *said);

/* plausible_drift.c: dead reckoning by the velocities said, against the places said. */
void lee__drift_note(lee_conduct *motion, const lee_account *before, const lee_report *report,
                     lee_track *track);

/* So many observers of one thing: one may err or lie; two who name the same thing, and three. */
#define LEE_OBSERVERS_CORROBORATE 2u
#define LEE_OBSERVERS_CONFIRM 3u

/* Notes that the feed heard the target, and settles track->confidence. */
void lee__conduct_hear(lee_conduct *motion, const lee_report *report, const lee_hearing *hearing);
void lee__conduct_settle(const lee_conduct *motion, lee_track *track, int64_t t_us);

void lee__doubt(lee_track *track, uint32_t doubt, int64_t t_us);

/* Metres from a to b in a plane: north and east. Good to some percent up to a thousand kilometres.
 */
void lee__plane_offset(lee_point a, lee_point b, double *north_m, double *east_m);
static inline double lee__length(double north, double east)
{
    return sqrt(north * north + east * east);
}

#endif
