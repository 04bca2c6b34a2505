/* serve/sightings_view.h: what observers told, without telling where they stood: the public form of
 * decode/sighting.h for everybody but a custodian. */
#ifndef LEE_SERVE_SIGHTINGS_VIEW_H
#define LEE_SERVE_SIGHTINGS_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/json.h"
#include "base/state.h"
#include "leeward/error.h"

typedef struct lee_sightings_view lee_sightings_view;

lee_sightings_view *lee_sightings_view_create(uint32_t capacity);
void lee_sightings_view_free(lee_sightings_view *view);

/* Takes a SIGHTING record (lee_sighting_write_record). Errors as lee_sighting_read_record. */
LEE_CHECK_RESULT
lee_error lee_sightings_view_add(lee_sightings_view *view, const char *text, size_t length,
                                 uint64_t *number);

/* Writes one; false when it was pushed out. `exact`: for a custodian. */
bool lee_sightings_view_write(const lee_sightings_view *view, uint64_t number, bool exact,
                              lee_json *json);
/* Writes an array, newest first. */
void lee_sightings_view_write_all(const lee_sightings_view *view, bool exact, lee_json *json);

/* Saves the view, or loads it into a new one of the same room. */
void lee_sightings_view_state(lee_state *state, lee_sightings_view *view);

#endif
