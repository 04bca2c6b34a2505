/* warn/places.h: the settlements whose people are warned, and a grid that finds them.
 *
 * Loaded once from text, then never changed. Names and populations are GeoNames's
 * (tools/make_places.mjs); any other list in the same form does. */
#ifndef LEE_WARN_PLACES_H
#define LEE_WARN_PLACES_H

#include <stddef.h>
#include <stdint.h>

#include "leeward/error.h"
#include "leeward/point.h"

/* All bounds of a list. GeoNames has about 140,000 settlements of 1,000 people and more. */
#define LEE_PLACES_MAX 500000u
#define LEE_PLACE_NAME_MAX_BYTES 200u
#define LEE_PLACES_TEXT_MAX_BYTES (64u * 1024u * 1024u)

typedef struct lee_places lee_places;

/* `name` is UTF-8 without control characters, NUL-terminated, owned by the list. */
typedef struct {
    lee_point point;
    uint32_t population;
    char country[3]; /* ISO 3166-1 alpha-2, or "" */
    const char *name;
} lee_place;

/* Reads one place a line: lat_e7 TAB lon_e7 TAB population TAB country TAB name. Empty lines and
 * lines that start with # are passed over. LEE_ERR_SYNTAX, DOMAIN (a value out of range), LIMIT or
 * NO_MEMORY: *error (not NULL) names line, field and reason; nothing is made. */
LEE_CHECK_RESULT
lee_error lee_places_load(const char *text, size_t length, lee_places **out, lee_error_info *error);
void lee_places_free(lee_places *places);

uint32_t lee_places_count(const lee_places *places);

/* index < lee_places_count. Borrowed until the list is freed. */
const lee_place *lee_places_at(const lee_places *places, uint32_t index);

typedef void lee_place_sink(void *context, uint32_t index, const lee_place *place);

/* Calls back for each place in the box (its edges belong to it), ascending by index. The box does
 * not span the antimeridian. */
void lee_places_in_box(const lee_places *places, lee_box box, lee_place_sink *sink, void *context);

/* People in the half-open box: min belongs to it, max does not. */
uint64_t lee_places_population(const lee_places *places, lee_box box);

#endif
