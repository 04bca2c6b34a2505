/* Dead reckoning: the way that the velocities say, against the way that the places say. */
#include "track/plausible.h"

#include "base/time_text.h"

/* Velocities further apart than this say too little of the way between. */
#define STEP_MAX_S 15.0
#define BASE_MAX_S 30.0
#define DRIFTS_SUSPECT 6
/* A velocity that does not change to the last digit for so long is an old one, repeated. */
#define REPEATED_MAX_S 30.0
/* Slower targets turn within their slack, and rest on the ground with an old velocity. */
#define SPEED_LEAST_MPS 20.0

static void drop_anchor(lee_conduct *motion, const lee_account *at)
{
    motion->anchor = at->point;
    motion->anchor_us = at->point_us;
    motion->north_m = 0.0;
    motion->east_m = 0.0;
    motion->path_m = 0.0;
}

static double seconds(int64_t from_us, int64_t to_us)
{
    return (double)(to_us - from_us) / 1e6;
}

void lee__drift_note(lee_conduct *motion, const lee_account *before, const lee_report *report,
                     lee_track *track)
{
    const lee_account *const now = &motion->now;
    if (now->point_us != report->t_us || before->point_us == now->point_us) {
        return; /* no new place */
    }
    if (before->point_us == LEE_CONDUCT_NEVER_US || before->velocity_us == LEE_CONDUCT_NEVER_US ||
        now->velocity_us == LEE_CONDUCT_NEVER_US || now->on_ground ||
        now->point_us <= before->point_us ||
        seconds(before->point_us, now->point_us) > STEP_MAX_S ||
        seconds(now->velocity_us, now->point_us) > STEP_MAX_S || motion->now.fixes <= 1 ||
        seconds(now->changed_us, now->point_us) > REPEATED_MAX_S ||
        lee__length(now->north_mps, now->east_mps) < SPEED_LEAST_MPS || !now->is_proven ||
        motion->anchor_us == LEE_CONDUCT_NEVER_US) {
        drop_anchor(motion, now);
        return;
    }
    const double step_s = seconds(before->point_us, now->point_us);
    const double north_mps = (before->north_mps + now->north_mps) / 2.0;
    const double east_mps = (before->east_mps + now->east_mps) / 2.0;
    motion->north_m += north_mps * step_s;
    motion->east_m += east_mps * step_s;
    motion->path_m += lee__length(north_mps, east_mps) * step_s;
    const double base_s = seconds(motion->anchor_us, now->point_us);
    double north_m;
    double east_m;
    lee__plane_offset(motion->anchor, now->point, &north_m, &east_m);
    const double off_m = lee__length(north_m - motion->north_m, east_m - motion->east_m);
    /* Times are known to some seconds, velocities to some percent; between distant reports it may
     * turn either way. */
    const double speed_mps = motion->path_m / (base_s > 1.0 ? base_s : 1.0);
    const double bound_m = 300.0 + 3.0 * speed_mps + 0.15 * motion->path_m +
                           (step_s > 5.0 ? 0.4 * speed_mps * step_s : 0.0);
    if (off_m > bound_m && report->source == LEE_SOURCE_ADSB) {
        motion->drifts = (uint8_t)(motion->drifts + (motion->drifts < UINT8_MAX));
    } else if (off_m < bound_m / 2.0) {
        motion->drifts = 0;
    }
    if (motion->drifts >= DRIFTS_SUSPECT) {
        lee__doubt(track, LEE_DOUBT_VELOCITY, report->t_us);
        motion->drifts = DRIFTS_SUSPECT / 2;
    }
    if (base_s > BASE_MAX_S) {
        drop_anchor(motion, now);
    }
}
