/* track/crowd.h: what only shows when many tracks are seen together: traffic that was heard before,
 * swarms of new targets from one receiver, and areas whose traffic is led astray.
 *
 * Deterministic, and bounded: every table is a plain array taken at creation, where the newest
 * replaces the oldest or what its number falls on. */
#ifndef LEE_TRACK_CROWD_H
#define LEE_TRACK_CROWD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/limits.h"
#include "base/state.h"
#include "leeward/point.h"
#include "leeward/report.h"
#include "leeward/track.h"
#include "track/plausible.h"

/* New targets of one feed within a minute beyond which it is a swarm. A receiver with a view of
 * 400 km sees some thousand aircraft, of which a few dozen come or go in a minute. */
#define LEE_SWARM_NEW_MAX 300u
#define LEE_SWARM_BINS 6u
#define LEE_SWARM_BIN_US (10 * INT64_C(1000000))
/* A feed that just began, or was silent, sees everything as new. */
#define LEE_SWARM_GRACE_US (90 * INT64_C(1000000))

/* What one feed was heard saying; the sums are since creation. */
typedef struct {
    uint64_t reports;
    uint64_t positions;
    uint64_t duplicates; /* said by another feed, or by this one, before */
    uint64_t late;       /* older than the newest of their target */
    uint64_t targets;    /* heard by this feed first */
    uint64_t swarm;      /* targets that came while the alarm was on */
    uint64_t swarms;     /* alarms */
    int64_t first_us;    /* LEE_CONDUCT_NEVER_US: not heard yet; begins anew after a silence */
    int64_t last_us;     /* newest report; LEE_CONDUCT_NEVER_US: none */
    int64_t swarm_us;    /* the alarm is on until then */
    int64_t bin_us;
    uint32_t bins[LEE_SWARM_BINS]; /* new targets in the last minute */
} lee_track_feed;

#define LEE_AREAS_MAX 64u
#define LEE_AREA_VICTIMS 16u
/* A place where several targets seem to be led astray. */
typedef struct {
    lee_point centre; /* where the first victim seemed to be */
    int64_t first_us;
    int64_t last_us;
    int64_t flagged_us; /* LEE_CONDUCT_NEVER_US: fewer than three victims */
    uint32_t victims;
    uint64_t victim[LEE_AREA_VICTIMS]; /* hashes of targets */
} lee_track_area;

typedef struct lee_crowd lee_crowd;

/* For about so many tracks. NULL: no memory. */
lee_crowd *lee_crowd_create(uint32_t tracks);
void lee_crowd_free(lee_crowd *crowd);

/* Counts a report that the feed heard. `is_new`: of a target not known before. True: it is one of a
 * swarm. */
bool lee_crowd_hear(lee_crowd *crowd, const lee_report *report, const lee_hearing *hearing,
                    bool is_new);
void lee_crowd_count(lee_crowd *crowd, const lee_hearing *hearing, bool is_duplicate, bool is_late);

/* Begins to load what the report will need. */
void lee_crowd_expect(const lee_crowd *crowd, const lee_report *report);

/* Looks for the same place said in the same way long before. Raises REPLAY. `before` is where the
 * target was just before. */
void lee_crowd_echo(lee_crowd *crowd, lee_conduct *motion, const lee_account *before,
                    lee_said *said, lee_track *track);

/* What a target is called in the tables of the crowd. */
uint64_t lee_crowd_name(const lee_target *target);

/* Notes a track that seems led astray where it is now, and one that flies; raises AREA in the
 * tracks of a flagged area. `name`: lee_crowd_name of the report's target. */
void lee_crowd_area(lee_crowd *crowd, const lee_report *report, uint64_t name, bool is_astray,
                    lee_track *track);

/* Where the receiver of a feed stands; from then on what it says it hears is held against how far
 * it can. */
void lee_crowd_set_site(lee_crowd *crowd, uint16_t feed, const lee_receiver_site *site);

/* Holds when receivers with times of satellites heard it against where it says it is. Raises
 * ARRIVAL. Of every hearing, also of what was said already. */
void lee_crowd_arrival(lee_crowd *crowd, lee_conduct *motion, const lee_report *report,
                       uint64_t name, const lee_hearing *hearing, lee_track *track);

/* Raises RANGE: the receiver that heard it could not have. */
void lee_crowd_range(const lee_crowd *crowd, lee_conduct *motion, const lee_report *report,
                     const lee_hearing *hearing, lee_track *track);

/* Saves all of it, or loads it. */
void lee_crowd_state(lee_state *state, lee_crowd *crowd);

const lee_track_feed *lee_crowd_feed(const lee_crowd *crowd, uint16_t feed);
/* Areas flagged since creation, and the table of LEE_AREAS_MAX (those never used have victims 0).
 */
uint64_t lee_crowd_areas_flagged(const lee_crowd *crowd);
const lee_track_area *lee_crowd_area_at(const lee_crowd *crowd, uint32_t index);

#endif
