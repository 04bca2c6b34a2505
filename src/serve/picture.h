/* serve/picture.h: the state of affairs as readers see it, made of journal records and nothing
 * else.
 *
 * Only what is durable is applied, so nobody is ever told what a crash could undo; applying the
 * journal again after a restart gives the same picture. Tracks are not in it: they pass. */
#ifndef LEE_SERVE_PICTURE_H
#define LEE_SERVE_PICTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/json.h"
#include "base/state.h"
#include "leeward/error.h"
#include "leeward/event.h"
#include "record/record.h"

typedef struct lee_picture lee_picture;

typedef struct {
    uint32_t events_max; /* the newest, to resume from without the journal */
    uint32_t open_max;   /* incidents open at once */
    uint32_t ended_max;  /* incidents ended that are still shown */
    uint32_t warnings_max;
    uint32_t sightings_max;
} lee_picture_options;

void lee_picture_options_default(lee_picture_options *out);

/* LEE_ERR_NO_MEMORY. */
LEE_CHECK_RESULT
lee_error lee_picture_create(const lee_picture_options *options, lee_picture **out);
void lee_picture_free(lee_picture *picture);

/* Applies one record, in the order of the journal. Kinds that readers do not see are passed over. A
 * record that cannot be read changes nothing, is counted, and its error is answered: SYNTAX,
 * MISSING, DOMAIN, TRUNCATED, NOT_FOUND, LIMIT, NO_MEMORY, UNSUPPORTED (an operation not known). */
LEE_CHECK_RESULT
lee_error lee_picture_apply(lee_picture *picture, const lee_record *record);

/* Saves the picture, or loads it into a new one of the same options to which the ZONES then in
 * force were applied and nothing else. */
void lee_picture_state(lee_state *state, lee_picture *picture);

/* What a record changed, told right after it was applied. */
typedef enum {
    LEE_CHANGE_EVENT,    /* seq, incident */
    LEE_CHANGE_INCIDENT, /* incident: an operator changed it */
    LEE_CHANGE_WARNING,  /* number */
    LEE_CHANGE_SIGHTING, /* number */
    LEE_CHANGE_ZONES     /* a new generation */
} lee_change_kind;

typedef struct {
    lee_change_kind kind;
    uint64_t seq;
    uint64_t incident;
    uint64_t number;
} lee_change;

typedef void lee_change_sink(void *context, const lee_change *change);

/* One listener; NULL: none. */
void lee_picture_listen(lee_picture *picture, lee_change_sink *sink, void *context);

/* Where events older than the newest events_max come from: those with after < seq < before, in
 * order, at most `limit`. Without it they are gone. */
typedef void lee_picture_read_events(void *context, uint64_t after, uint64_t before, uint32_t limit,
                                     lee_event_sink *sink, void *sink_context);
void lee_picture_set_reader(lee_picture *picture, lee_picture_read_events *reader, void *context);

/* --- reading: each writes one JSON value of docs/api.md --------------------------------------- */

/* The array of the events after seq `after`, at most `limit`. */
void lee_picture_write_events(lee_picture *picture, uint64_t after, uint32_t limit, lee_json *json);
/* The event `seq` as {"event":…,"incident":…} members in the object that is open. False: it is not
 * among the newest. */
bool lee_picture_write_event_members(lee_picture *picture, uint64_t seq, lee_json *json);
void lee_picture_write_incidents(lee_picture *picture, bool all, lee_json *json);
/* False, nothing written: no such incident. `full`: with its events and warnings. */
bool lee_picture_write_incident(lee_picture *picture, uint64_t incident, bool full, lee_json *json);
/* NULL: all. */
void lee_picture_write_warnings(lee_picture *picture, const uint64_t *incident, lee_json *json);
bool lee_picture_write_warning(lee_picture *picture, uint64_t number, lee_json *json);
/* Those that have not ended at t_us. */
void lee_picture_write_inhibitions(const lee_picture *picture, int64_t t_us, lee_json *json);
void lee_picture_write_sightings(lee_picture *picture, bool exact, lee_json *json);
bool lee_picture_write_sighting(lee_picture *picture, uint64_t number, bool exact, lee_json *json);
/* The FeatureCollection at t_us; an empty one of generation 0 before the first. */
void lee_picture_write_zones(lee_picture *picture, int64_t t_us, lee_buffer *out);
/* Differs when write_zones would differ. */
uint64_t lee_picture_zones_stamp(const lee_picture *picture, int64_t t_us);

/* The next event after `after` among the newest; 0: there is none. *gap (not NULL) says whether
 * events between may have been pushed out. */
uint64_t lee_picture_next_seq(const lee_picture *picture, uint64_t after, bool *gap);

/* Calls back for older events as the reader set gives them. */
void lee_picture_read_older(lee_picture *picture, uint64_t after, uint32_t limit,
                            lee_event_sink *sink, void *context);

typedef struct {
    uint64_t last_seq; /* of the events; 0: none yet */
    uint64_t zone_generation;
    uint64_t records; /* applied */
    uint64_t refused; /* could not be read */
    uint32_t zones;
    uint32_t incidents_open;
    uint32_t warnings;
} lee_picture_counters;

void lee_picture_count(const lee_picture *picture, lee_picture_counters *out);

#endif
