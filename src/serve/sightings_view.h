/* serve/sightings_view.h: what observers told, without telling where they stood.
 *
 * A sighting is shown as an area that grows with time. Everybody but a custodian sees it snapped to
 * a fixed grid coarser than 10 km. The cell depends on the place alone, so that many sightings of
 * one observer say no more than one does (no random offset that could be averaged away). */
#ifndef LEE_SERVE_SIGHTINGS_VIEW_H
#define LEE_SERVE_SIGHTINGS_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/json.h"
#include "leeward/error.h"
#include "leeward/point.h"

typedef struct lee_sightings_view lee_sightings_view;

lee_sightings_view *lee_sightings_view_create(uint32_t capacity);
void lee_sightings_view_free(lee_sightings_view *view);

/* Takes a SIGHTING record: docs/api.md SIGHTING_IN with "id" and t_us. LEE_ERR_SYNTAX, MISSING (id,
 * t_us, lat, lon), DOMAIN. */
LEE_CHECK_RESULT
lee_error lee_sightings_view_add(lee_sightings_view *view, const char *text, size_t length,
                                 uint64_t *number);

/* Writes one; false when it was pushed out. `exact`: for a custodian. */
bool lee_sightings_view_write(const lee_sightings_view *view, uint64_t number, bool exact,
                              lee_json *json);
/* Writes an array, newest first. */
void lee_sightings_view_write_all(const lee_sightings_view *view, bool exact, lee_json *json);

/* The middle of the cell of the grid that the point lies in, and the radius in metres of a circle
 * around it that holds the whole cell. Every cell is wider and higher than 10 km. */
lee_point lee_sighting_cell(lee_point point, int32_t *radius_m);

#endif
