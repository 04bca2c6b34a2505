/* track/table.h: the bounded table of tracks: what is known of every target now.
 *
 * Reports of several receivers and sources become one track a target. Each field keeps the time
 * when it was said and by which source. All memory is taken at creation.
 *
 * Every report is judged for whether it can be true (track/plausible.h, track/crowd.h). Where two
 * transmitters use one name, the track is split: the account that began later gets a track of its
 * own, with "@2" after the name, and both are kept. */
#ifndef LEE_TRACK_TABLE_H
#define LEE_TRACK_TABLE_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/state.h"
#include "base/time_text.h"
#include "leeward/error.h"
#include "leeward/report.h"
#include "leeward/track.h"
#include "track/crowd.h"

typedef struct lee_track_table lee_track_table;

typedef struct {
    uint32_t capacity;      /* 1..LEE_TRACKS_MAX */
    int32_t stale_after_s;  /* a field older than this is stale, at least 0 */
    int32_t expire_after_s; /* and older than this expired, not less than stale_after_s */
    uint64_t hash_key[2];   /* secret, from the session: nobody can choose names that collide */
} lee_track_options;

#define LEE_TRACK_NONE UINT32_MAX

typedef enum {
    LEE_TRACK_NEWER,     /* the newest of its target, or as new as that */
    LEE_TRACK_LATE,      /* older: it filled gaps and older fields only */
    LEE_TRACK_DUPLICATE, /* said already, by this or another receiver: nothing changed */
    LEE_TRACK_REFUSED    /* a new target, and every track of the full table is pinned */
} lee_track_outcome;

typedef struct {
    lee_track_outcome outcome;
    uint32_t slot;  /* LEE_TRACK_NONE when refused */
    bool is_new;    /* the slot holds a target that was not in the table */
    bool evicted;   /* the slot was taken from the target heard longest ago */
    bool has_place; /* the newest position of the target is that of this report */
} lee_track_update;

/* LEE_ERR_NO_MEMORY. */
LEE_CHECK_RESULT
lee_error lee_track_table_create(const lee_track_options *options, lee_track_table **out);
void lee_track_table_free(lee_track_table *table);

/* Merges a report into its target's track. The rules stand in docs/watch.md, "Tracks". `hearing`:
 * who heard it; NULL: not known. */
lee_track_update lee_track_table_put(lee_track_table *table, const lee_report *report,
                                     const lee_hearing *hearing);

/* Begins to load what the report will need. Returns the slot that its target probably has, or
 * LEE_TRACK_NONE; only a hint. */
uint32_t lee_track_table_expect(const lee_track_table *table, const lee_report *report);

/* The slot of a target, or LEE_TRACK_NONE. */
uint32_t lee_track_table_find(const lee_track_table *table, const lee_target *target);

/* Slots 0..count-1 hold a track each; a slot keeps its target until that is evicted. */
uint32_t lee_track_table_count(const lee_track_table *table);
const lee_track *lee_track_table_at(const lee_track_table *table, uint32_t slot);
void lee_track_table_relate(lee_track_table *table, uint32_t slot, lee_relation relation);

/* A pinned track is never evicted: it is near a zone or has an open incident. */
void lee_track_table_pin(lee_track_table *table, uint32_t slot, bool pinned);

/* How old what was said then is at t_us. */
static inline lee_age lee_track_age(const lee_track_options *options, int64_t said_us, int64_t t_us)
{
    /* Unsigned, so that times at the ends of int64 cannot overflow. */
    const uint64_t age_us = t_us > said_us ? (uint64_t)t_us - (uint64_t)said_us : 0;
    if (age_us <= (uint64_t)options->stale_after_s * (uint64_t)LEE_US_PER_S) {
        return LEE_AGE_FRESH;
    }
    return age_us > (uint64_t)options->expire_after_s * (uint64_t)LEE_US_PER_S ? LEE_AGE_EXPIRED
                                                                               : LEE_AGE_STALE;
}

/* How old a field is at t_us; LEE_AGE_EXPIRED for one never said. */
static inline lee_age lee_track_field_age(const lee_track_options *options, const lee_track *track,
                                          int report_index, int64_t t_us)
{
    assert(report_index >= 0 && report_index < LEE_REPORT_FIELD_COUNT);
    if (!(track->last.present & UINT64_C(1) << report_index)) {
        return LEE_AGE_EXPIRED;
    }
    return lee_track_age(options, track->field_us[report_index], t_us);
}

/* The vertical rate at t_us in feet a minute: as the source said it, else made from two altitudes
 * between 4 and 30 s apart. False: neither is known or both are stale. */
bool lee_track_table_rate(const lee_track_table *table, uint32_t slot, int64_t t_us,
                          int32_t *rate_fpm);

/* Saves the tracks, or loads them into a new table of the same options. */
void lee_track_table_state(lee_state *state, lee_track_table *table);

/* Whether the track was heard for a while, and is of no swarm. */
bool lee_track_table_is_established(const lee_track_table *table, uint32_t slot);

/* Says where the receiver of a feed stands (lee_crowd_set_site). */
void lee_track_table_set_site(lee_track_table *table, uint16_t feed, const lee_receiver_site *site);

/* What feeds were heard saying, and areas led astray. */
const lee_crowd *lee_track_table_crowd(const lee_track_table *table);

/* Sums since creation. A track is established when it was heard for a while and is not of a swarm;
 * others make room first. */
typedef struct {
    uint64_t evicted;             /* tracks that made room */
    uint64_t evicted_established; /* of these, established ones: only when no other was there */
    uint64_t splits;
    uint32_t established; /* now */
    uint32_t suspect;     /* now: as of their newest reports */
} lee_track_counters;
void lee_track_table_counters(const lee_track_table *table, lee_track_counters *out);

/* How far a source is trusted: the greater replaces the lesser. */
int lee_source_rank(lee_source source);

#endif
