/* zone/readers.h: one reader a format; for zone/import.c alone, which tells formats apart. */
#ifndef LEE_ZONE_READERS_H
#define LEE_ZONE_READERS_H

#include "zone/gather.h"
#include "zone/json_lines.h"

/* A FeatureCollection or one Feature, ours or foreign. */
void lee_read_geojson(lee_zone_import *import, const json_t *root, lee_json_lines *lines);

/* A UASZoneList or a list of UAS zone versions. */
void lee_read_ed269(lee_zone_import *import, const json_t *root, lee_json_lines *lines);
/* False when the header of the collection is wrong; a finding says how. */
bool lee_read_ed318(lee_zone_import *import, const json_t *root, lee_json_lines *lines);

/* OpenAir; the text is UTF-8 or, where it is not, taken as ISO-8859-1. */
void lee_read_openair(lee_zone_import *import, const char *text, size_t length);

/* Shared by the readers of JSON. Both refuse the zone and return false when they cannot. */
bool lee_read_geometry(lee_zone_import *import, const json_t *geometry, const json_t *properties);
/* A zone with `moving` among its properties: what goes with a target has no area of its own, and
 * its geometry is null, or the line along which its open part slides. */
bool lee_read_moving(lee_zone_import *import, const json_t *geometry, const json_t *properties);
/* `active` and `weekly` of a zone file into the draft's schedule. */
void lee_read_schedule(lee_zone_import *import, const json_t *active, const json_t *weekly);

/* The properties of a zone file that are not geometry. */
void lee_read_properties(lee_zone_import *import, const json_t *properties);
/* Those of files that others made: what can be mapped. */
void lee_read_foreign(lee_zone_import *import, const json_t *properties);

/* An id given as text or number; NULL: it is neither. In the arena. */
const char *lee_read_id(lee_zone_import *import, const json_t *id);
/* A text or a map of languages into draft.name. False: it is neither. */
bool lee_read_name(lee_zone_import *import, const json_t *name);

#endif
