/* track/unseen.h: `unseen:` targets, made from what people and acoustic sensors saw and heard.
 *
 * Sightings of one thing become one target: by time, by how far it can have come, by kind and by
 * heading. Two sightings far enough apart give a speed. Between sightings the region where it can
 * be grows, and moves on where its speed and heading are known; every LEE_UNSEEN_EVERY_US it is
 * judged anew.
 *
 * A report says how many observers saw the thing within LEE_UNSEEN_KNOWN_US: one may err or lie,
 * and two who do not know of each other seldom do both (lee__conduct_settle).
 *
 * Where observers stand never leaves this module: a target's place is the middle of the public cell
 * of its newest sighting (decode/sighting.h), its region covers the cell and how far people see or
 * hear, its speed is rounded to 10 km/h and its course to eighths. */
#ifndef LEE_TRACK_UNSEEN_H
#define LEE_TRACK_UNSEEN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/state.h"
#include "leeward/point.h"
#include "leeward/report.h"
#include "leeward/track.h"

/* The oldest makes room. */
#define LEE_UNSEEN_MAX 256u
#define LEE_UNSEEN_EVERY_US (10 * INT64_C(1000000))
/* A thing is judged for so long after it was seen last, and another sighting may be of it for so
 * long. */
#define LEE_UNSEEN_JUDGED_US (600 * INT64_C(1000000))
#define LEE_UNSEEN_KNOWN_US (1800 * INT64_C(1000000))
#define LEE_UNSEEN_REGION_MAX_M 100000u

/* So many observers of one thing are told apart; of more, those who saw it last. */
#define LEE_UNSEEN_OBSERVERS_MAX 8u

/* One sighting. `what` is any number for a kind, LEE_SEEN_UNKNOWN fits every kind; `heading` is in
 * eighths clockwise from north, or LEE_SEEN_HEADING_UNKNOWN. */
#define LEE_SEEN_UNKNOWN UINT8_MAX
#define LEE_SEEN_HEADING_UNKNOWN 8
typedef struct {
    int64_t t_us;
    lee_point observer;  /* secret */
    lee_point cell;      /* middle of the public cell */
    uint32_t range_m;    /* how far off the thing may have been from the observer */
    uint32_t region_m;   /* the same from the middle of the cell: it covers the cell too */
    int32_t fastest_mps; /* of its kind; 0: nothing that moves */
    uint8_t what;
    uint8_t heading;
    uint64_t by; /* who saw it; 0: not told */
} lee_seen;

typedef struct {
    uint64_t sightings;
    uint64_t joined;  /* sightings of a thing that was known */
    uint64_t late;    /* too old to be judged */
    uint64_t still;   /* of something that does not move */
    uint64_t evicted; /* things that had to make room */
    uint32_t targets; /* now */
} lee_unseen_counters;

typedef struct lee_unseen lee_unseen;

/* NULL: no memory. */
lee_unseen *lee_unseen_create(void);
void lee_unseen_free(lee_unseen *unseen);

/* Hears a report of the target and how far from its position it may be. */
typedef void lee_unseen_sink(void *context, const lee_report *report, const lee_hearing *hearing);

/* Takes in a sighting when it is now_us; gives at most one report. */
void lee_unseen_see(lee_unseen *unseen, const lee_seen *seen, int64_t now_us, lee_unseen_sink *sink,
                    void *context);

/* Gives a report of each target whose region has grown since it was judged last. */
void lee_unseen_tick(lee_unseen *unseen, int64_t now_us, lee_unseen_sink *sink, void *context);

void lee_unseen_count(const lee_unseen *unseen, lee_unseen_counters *out);

/* Saves all of it, or loads it. */
void lee_unseen_state(lee_state *state, lee_unseen *unseen);

#endif
