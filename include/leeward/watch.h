/* leeward/watch.h: the engine: reports in, events out.
 *
 * A watch holds the tracks, one generation of zones, the permits and the open incidents. It is a
 * pure function of what it is given: no clock, no randomness; the same calls give the same events
 * in the same order. One thread uses it at a time. */
#ifndef LEEWARD_WATCH_H
#define LEEWARD_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "leeward/attention.h"
#include "leeward/error.h"
#include "leeward/event.h"
#include "leeward/permit.h"
#include "leeward/point.h"
#include "leeward/qnh.h"
#include "leeward/report.h"
#include "leeward/terrain.h"
#include "leeward/track.h"
#include "leeward/zone.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct lee_watch lee_watch;

typedef struct {
    uint32_t tracks_max;        /* the oldest far from every zone is evicted first, counted */
    uint32_t incidents_max;     /* open at once; reaching it is counted */
    int32_t qnh_hpa_e1;         /* pressure at sea level in 0.1 hPa, everywhere and always where no
                                 * statement says otherwise; 0: not known */
    int32_t qnh_unknown_ft;     /* where others are stated but none for the place and time: how much
                                 * wider limits are taken that need it */
    bool qnh_from_aircraft;     /* where none is stated, by what aircraft nearby report */
    bool has_geoid;             /* the two below hold; else EGM96 does (geo/geoid.h) */
    int32_t geoid_m;            /* height of the geoid above the ellipsoid where flown, metres */
    int32_t geoid_error_m;      /* how wrong that may be */
    const lee_terrain *terrain; /* borrowed; NULL: how high the ground is, is not known */
    int32_t stale_after_s; /* a field older than this is stale: less reliable sources may replace */
    int32_t expire_after_s; /* and older than this no longer used for any decision */
    uint64_t hash_key[2];   /* secret of the hash tables; decides nothing */
    uint64_t incident_key;  /* goes into every incident's number, so that a recording judged twice
                             * in one journal has different incidents; 0 is as good as any */
} lee_watch_options;

/* The defaults: tables of base/limits.h, pressure not known, fields stale after 15 s and expired
 * after 60 s. */
void lee_watch_options_default(lee_watch_options *out);

/* A watch without zones or permits; it tells `sink` every event. All its tables are taken now, so
 * that reports need no memory. LEE_ERR_NO_MEMORY; LEE_ERR_DOMAIN: an option is out of range. */
LEE_CHECK_RESULT
lee_error lee_watch_create(const lee_watch_options *options, lee_event_sink *sink, void *context,
                           lee_watch **out);
/* NULL is allowed. */
void lee_watch_free(lee_watch *watch);

/* From t_us on, judges against `set` (borrowed until replaced; NULL: no zones), named by
 * `generation`. Incidents go on in zones whose id is in both; those of zones gone end. */
LEE_CHECK_RESULT
lee_error lee_watch_set_zones(lee_watch *watch, const lee_zone_set *set, uint64_t generation,
                              int64_t t_us);

/* From t_us on, these permits hold (borrowed until replaced). */
LEE_CHECK_RESULT
lee_error lee_watch_set_permits(lee_watch *watch, const lee_permit_list *permits, int64_t t_us);

/* From the next report of each target on, these statements of pressure hold (borrowed, read at each
 * report until replaced; NULL: none). */
void lee_watch_set_qnh(lee_watch *watch, const lee_qnh_table *statements);

/* What the watch takes the pressure at sea level to be. */
typedef enum {
    LEE_PRESSURE_UNKNOWN, /* only error_ft holds */
    LEE_PRESSURE_CONFIGURED,
    LEE_PRESSURE_STATED,
    LEE_PRESSURE_AIRCRAFT /* as what aircraft nearby report shows */
} lee_pressure_from;
typedef struct {
    lee_pressure_from from;
    int32_t qnh_hpa_e1;
    int32_t error_ft;          /* at 95 %, of a height above the sea made of a pressure altitude */
    int32_t height_ft;         /* what makes it one: added to the pressure altitude */
    char id[LEE_QNH_ID_BYTES]; /* of the statement */
} lee_pressure;

/* The pressure that a report there and then is judged with. */
void lee_watch_pressure(const lee_watch *watch, lee_point point, int64_t t_us, lee_pressure *out);

/* While it lasts, the target, the zone or the pair is treated as if permitted, with reason
 * `inhibited`: what is open ends so, and what is inside when the inhibition ends is `present`.
 * LEE_ERR_DOMAIN: names neither zone nor target, has no id, or lasts too long; DUPLICATE: the id is
 * in use; LIMIT: LEE_INHIBITIONS_MAX are in force. */
LEE_CHECK_RESULT
lee_error lee_watch_inhibit(lee_watch *watch, const lee_inhibition *inhibition, int64_t t_us);
/* Ends it before its time. LEE_ERR_NOT_FOUND. */
LEE_CHECK_RESULT
lee_error lee_watch_end_inhibition(lee_watch *watch, const char *id, int64_t t_us);
/* Those that are in force or will be; borrowed until the next call on the watch. */
const lee_inhibition *lee_watch_inhibitions(const lee_watch *watch, uint32_t *count);

/* Judges one report. Advances the clock to its time first, as lee_watch_tick does. A report that is
 * older than the newest of its target only fills gaps: it makes no event. */
void lee_watch_report(lee_watch *watch, const lee_report *report);

/* The same, and says who heard it: a target that several feeds hear is corroborated. NULL: not
 * known. */
void lee_watch_hear(lee_watch *watch, const lee_report *report, const lee_hearing *hearing);

/* Where the receiver of a feed (0..63) stands: targets beyond its horizon are doubted. */
void lee_watch_set_receiver(lee_watch *watch, uint16_t feed, const lee_receiver_site *site);

/* What a report is worth when not all can be judged, least first. */
typedef enum {
    LEE_WORTH_FAR,           /* its target cannot reach any zone within ten minutes */
    LEE_WORTH_DUPLICATE,     /* said already */
    LEE_WORTH_UNESTABLISHED, /* of a target that is new, or was hardly heard */
    LEE_WORTH_ORDINARY,
    LEE_WORTH_PRIORITY, /* never dropped: an emergency, near or inside a zone, or on its way to one
                         * within ten minutes */
    LEE_WORTH_COUNT
} lee_worth;

/* Changes nothing. */
lee_worth lee_watch_worth(const lee_watch *watch, const lee_report *report);

/* Says that it is t_us now: silence becomes `lost`, schedules begin and end. Never goes back. */
void lee_watch_tick(lee_watch *watch, int64_t t_us);

/* Sizes of the tables and everything that was dropped or limited; sums since creation. */
typedef struct {
    uint64_t reports;
    uint64_t reports_late;      /* older than the newest of their target */
    uint64_t reports_duplicate; /* same target, time and content */
    uint64_t tracks_evicted;
    uint64_t incidents_refused; /* table full */
    uint64_t events;
    uint64_t tracks_evicted_established; /* of those evicted; 0 unless all were established */
    uint64_t tracks_split;               /* two accounts under one name */
    uint64_t areas_flagged;              /* where several targets were led astray */
    uint32_t tracks;
    uint32_t tracks_established;
    uint32_t tracks_suspect;
    uint32_t incidents_open;
} lee_watch_counters;

/* What one feed was heard saying; sums since creation. */
typedef struct {
    uint64_t reports;
    uint64_t positions;
    uint64_t duplicates; /* said by another feed, or by this one, before */
    uint64_t late;       /* older than the newest of their target */
    uint64_t targets;    /* heard by this feed first */
    uint64_t swarm;      /* targets that came while its swarm alarm was on */
    uint64_t swarms;     /* alarms: more new targets in a minute than traffic brings */
    bool was_heard;
    bool swarm_is_on;
    bool is_silent;  /* was heard, and not within the last minute */
    int64_t last_us; /* newest report; only when it was heard */
} lee_watch_feed;

/* Fills *out with what feed 0..63 was heard saying, as of the watch's clock. */
void lee_watch_count_feed(const lee_watch *watch, uint16_t feed, lee_watch_feed *out);

/* Every track, in the order of their slots (the order of first sight, holes left by evictions
 * passed over). The track is borrowed until the next call on the watch. */
typedef void lee_track_sink(void *context, const lee_track *track);
void lee_watch_each_track(const lee_watch *watch, lee_track_sink *sink, void *context);

/* NULL: not known. Borrowed until the next call on the watch. */
const lee_track *lee_watch_find_track(const lee_watch *watch, const lee_target *target);

/* What is known of where a zone that moves is. Until its carrier is heard it is nowhere: a place in
 * it is neither inside nor outside. */
typedef enum {
    LEE_MOVING_UNHEARD,
    LEE_MOVING_HEARD,
    LEE_MOVING_STALE /* silent for longer than the zone's lost_after_s: the zone grew */
} lee_moving_state;

/* A zone that moves, as of the watch's clock. */
typedef struct {
    const lee_zone *zone;
    lee_moving_state state; /* UNHEARD: the rest is 0 */
    int64_t heard_us;       /* when the carrier said its place last */
    lee_point point;        /* where the carrier should be by now; stale: where it was */
    int32_t radius_m;       /* of a bubble with its growth; of a corridor half its width */
    int32_t tail_e6; /* the open part of a route: 1e6 times the number of the point from 0, */
    int32_t head_e6; /* and the part of the way to the next; 0 for a bubble */
    bool is_off;     /* it is farther from the route than half the width */
} lee_moving;

/* Every zone that moves, in the order of the list; borrowed until the sink returns. */
typedef void lee_moving_sink(void *context, const lee_moving *moving);
void lee_watch_each_moving(const lee_watch *watch, lee_moving_sink *sink, void *context);

/* How old a field is at t_us, by the limits of the options. */
lee_age lee_watch_field_age(const lee_watch *watch, const lee_track *track, int report_index,
                            int64_t t_us);

/* One step of a decision, told while it is traced: a sentence in parts, in which {key} stands for a
 * value. Everything in it is borrowed until the sink returns. */
typedef struct {
    const char *key;  /* with its unit */
    const char *text; /* NULL: the value is a number */
    int64_t value;    /* times 10^decimals */
    int decimals;
} lee_trace_value;

#define LEE_TRACE_WORDS_MAX 12
#define LEE_TRACE_VALUES_MAX 40
typedef struct {
    int64_t t_us;
    const char *step; /* zone, rules, report, place, ahead, permit, state, event, silence */
    const char *words[LEE_TRACE_WORDS_MAX];
    uint32_t word_count;
    lee_trace_value values[LEE_TRACE_VALUES_MAX];
    uint32_t value_count;
} lee_trace;

/* Hears one step; it is borrowed until the sink returns. */
typedef void lee_trace_sink(void *context, const lee_trace *trace);

/* From now on tells each step of what is decided about this target and this zone (both copied);
 * sink NULL: no more. Decisions are the same either way. */
void lee_watch_trace(lee_watch *watch, const lee_target *target, const char *zone,
                     lee_trace_sink *sink, void *context);

/* Fills *out with the counters as they are now. */
void lee_watch_count(const lee_watch *watch, lee_watch_counters *out);

#ifdef __cplusplus
}
#endif

#endif
