/* serve/incidents_view.h: one entry for each incident, folded from its events. */
#ifndef LEE_SERVE_INCIDENTS_VIEW_H
#define LEE_SERVE_INCIDENTS_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/json.h"
#include "base/state.h"
#include "leeward/error.h"
#include "leeward/event.h"
#include "record/operation.h"

typedef struct lee_incidents_view lee_incidents_view;

/* Room for `open_max` open incidents and the newest `ended_max` ended ones. NULL: no memory. */
lee_incidents_view *lee_incidents_view_create(uint32_t open_max, uint32_t ended_max);
void lee_incidents_view_free(lee_incidents_view *view);

/* Folds an event in. `zone_kind` may be NULL. LEE_ERR_LIMIT: too many are open; NO_MEMORY. */
LEE_CHECK_RESULT
lee_error lee_incidents_view_event(lee_incidents_view *view, const lee_event *event,
                                   const char *zone_kind);

/* Somebody took note; the latest stands. LEE_ERR_NOT_FOUND. */
LEE_CHECK_RESULT
lee_error lee_incidents_view_acknowledge(lee_incidents_view *view, const lee_operation *operation);

/* Writes one as the object INCIDENT of docs/api.md, its object left open where `leave_open`, so
 * that members can follow. False, and nothing written: no such incident. */
bool lee_incidents_view_write(const lee_incidents_view *view, uint64_t incident, bool leave_open,
                              lee_json *json);

/* Writes an array, gravest first, then newest: the open ones, or all. */
void lee_incidents_view_write_all(lee_incidents_view *view, bool all, lee_json *json);

/* Where its events stand. False: no such incident. */
bool lee_incidents_view_span(const lee_incidents_view *view, uint64_t incident, uint64_t *first_seq,
                             uint64_t *last_seq);
uint32_t lee_incidents_view_open(const lee_incidents_view *view);

/* Saves the view, or loads it into a new one of the same room. */
void lee_incidents_view_state(lee_state *state, lee_incidents_view *view);

#endif
