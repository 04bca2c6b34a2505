/* zone/gather.h: the inside of an import, for the readers of formats in zone/ alone.
 *
 * A reader calls lee_gather_begin for each zone of its text, tells what it finds, fills the draft,
 * and calls lee_gather_end, which takes the zone over unless something refused it. */
#ifndef LEE_ZONE_GATHER_H
#define LEE_ZONE_GATHER_H

#include <jansson.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "leeward/zone_import.h"
#include "zone/shape.h"

struct lee_zone_import {
    lee_zone_import_options options;
    lee_arena *arena; /* all that zones point to */
    lee_shape *shape; /* reset for each zone */
    lee_buffer reason;
    lee_buffer label;
    lee_zone *zones;
    uint32_t zone_capacity;
    lee_zone_list list;
    uint32_t *slots; /* hash table of zone ids: index + 1 */
    uint32_t slot_count;
    uint64_t vertex_count;
    lee_zone_import_counters counters;
    lee_error error; /* no memory or limit: sticky, ends the text */
    /* of the text being read */
    const char *file;
    uint32_t line;
    bool has_label;
    bool refused;
    bool repaired;
    bool within_zone;
    uint64_t told_once; /* bits of notes that are said once a text */
    lee_zone draft;
};

void lee_gather_begin(lee_zone_import *import, uint32_t line);
/* What findings call the zone from now on. */
void lee_gather_label(lee_zone_import *import, const char *text, size_t length);

/* One finding; `detail` (NULL: none) is appended to the reason after a colon. */
void lee_gather_tell(lee_zone_import *import, lee_finding_level level, lee_error code,
                     const char *field, const char *reason, const char *detail);
void lee_gather_refuse(lee_zone_import *import, lee_error code, const char *field,
                       const char *reason, const char *detail);
void lee_gather_repair(lee_zone_import *import, const char *field, const char *reason,
                       const char *detail);
void lee_gather_note(lee_zone_import *import, const char *field, const char *reason,
                     const char *detail);

/* Finishes import->shape into the draft's area, telling what was repaired. */
void lee_gather_area(lee_zone_import *import);

/* Checks the draft against what every zone must keep (limits, watch, id) and takes it over. With
 * `make_unique` an id in use gets -2, -3 and so on; without, the zone is refused. */
void lee_gather_end(lee_zone_import *import, bool make_unique);

/* A copy in the arena; NULL, with the error remembered, when there is no memory. */
const char *lee_gather_text(lee_zone_import *import, const char *text, size_t length);
/* The text as a JSON string in the arena. */
const char *lee_gather_json_text(lee_zone_import *import, const char *text, size_t length);
/* The value as compact JSON with sorted keys in the arena. */
const char *lee_gather_json(lee_zone_import *import, const json_t *value);

/* A stable identifier out of a name: lower-case ASCII letters, digits and single hyphens; accents
 * go, other scripts stay as they are; never empty ("zone"). In the arena. */
const char *lee_gather_slug(lee_zone_import *import, const char *name);

#endif
