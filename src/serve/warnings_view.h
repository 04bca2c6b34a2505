/* serve/warnings_view.h: the warnings sent, each with what its outlets answered. */
#ifndef LEE_SERVE_WARNINGS_VIEW_H
#define LEE_SERVE_WARNINGS_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/json.h"
#include "base/state.h"
#include "leeward/error.h"

typedef struct lee_warnings_view lee_warnings_view;

#define LEE_WARNING_DELIVERIES_MAX 16u

/* Keeps the newest `capacity` warnings. NULL: no memory. */
lee_warnings_view *lee_warnings_view_create(uint32_t capacity);
void lee_warnings_view_free(lee_warnings_view *view);

/* Takes a WARNING record: an object of docs/api.md, of which the members named there are kept. The
 * same identifier again replaces it. *number names it until it is pushed out. LEE_ERR_SYNTAX,
 * MISSING (identifier), NO_MEMORY. */
LEE_CHECK_RESULT
lee_error lee_warnings_view_add(lee_warnings_view *view, const char *text, size_t length,
                                uint64_t *number);

/* Takes a DELIVERY record: {"identifier","outlet","state","t_us","attempts","reason"}. LEE_ERR_
 * SYNTAX, MISSING (identifier, outlet or state), NOT_FOUND (no such warning any more), LIMIT. */
LEE_CHECK_RESULT
lee_error lee_warnings_view_deliver(lee_warnings_view *view, const char *text, size_t length,
                                    uint64_t *number);

/* Writes one as the object WARNING of docs/api.md; false when it was pushed out. */
bool lee_warnings_view_write(const lee_warnings_view *view, uint64_t number, lee_json *json);

/* Writes an array, newest first: of one incident, or all where `incident` is NULL. */
void lee_warnings_view_write_all(const lee_warnings_view *view, const uint64_t *incident,
                                 lee_json *json);
uint32_t lee_warnings_view_count(const lee_warnings_view *view);

/* Saves the view, or loads it into a new one of the same room. */
void lee_warnings_view_state(lee_state *state, lee_warnings_view *view);

#endif
