/* warn/district.h: the areas that warnings are for.
 *
 * People are told by district, never by a line around one building: a district is a cell of a fixed
 * grid of 0.1 degrees, joined with its neighbours (four cells to one, and again) until at least
 * LEE_DISTRICT_PEOPLE live in it or it is 0.8 degrees wide. It depends on the place alone, never on
 * the incident, so that a thousand warnings say no more about a site than one does. */
#ifndef LEE_WARN_DISTRICT_H
#define LEE_WARN_DISTRICT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "leeward/point.h"
#include "warn/places.h"

#define LEE_DISTRICT_CELL_E7 1000000
#define LEE_DISTRICT_LEVEL_MAX 3u
#define LEE_DISTRICT_PEOPLE 10000u

/* Half open: the southern and western edges belong to it. */
typedef struct {
    lee_box box;
} lee_district;

/* The district that the point lies in. */
lee_district lee_district_of(const lee_places *places, lee_point point);

bool lee_district_equal(const lee_district *a, const lee_district *b);

/* Names of its largest places, at most three, joined with `comma`; where it has none, the corner of
 * its cell such as "36.2 N 37.1 E". */
void lee_district_name(const lee_places *places, const lee_district *district, const char *comma,
                       lee_buffer *out);

/* Its outline as CAP writes polygons: "lat,lon lat,lon …", closed. */
void lee_district_polygon(const lee_district *district, lee_buffer *out);

#endif
