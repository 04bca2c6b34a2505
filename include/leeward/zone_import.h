/* leeward/zone_import.h: zones out of files that others made.
 *
 * Text in, zones out: GeoJSON (docs/zones.md), OpenAir, ED-269 and ED-318, told apart by their
 * content. What is wrong is never passed over in silence: each fault becomes a finding that names
 * file, line, zone and reason. One bad zone is refused and the others go on.
 *
 * It is done with GEOS, PROJ and jansson, so these functions are in libleeward_import (pkg-config
 * leeward-import); libleeward, which judges, needs the C library only. */
#ifndef LEEWARD_ZONE_IMPORT_H
#define LEEWARD_ZONE_IMPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "leeward/error.h"
#include "leeward/zone.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Owns the zones it read. One thread uses it at a time. */
typedef struct lee_zone_import lee_zone_import;

typedef enum {
    LEE_FINDING_NOTE,     /* worth knowing, nothing was changed */
    LEE_FINDING_REPAIRED, /* the zone was read as something that the file did not quite say */
    LEE_FINDING_REFUSED   /* the zone, or with no zone the file, is not there */
} lee_finding_level;

/* All texts live until the callback returns. */
typedef struct {
    lee_finding_level level;
    lee_error code; /* LEE_OK for notes */
    const char *file;
    uint32_t line;      /* from 1; 0: the whole file */
    const char *zone;   /* its name or id as the file has it; NULL: no zone is to blame */
    const char *field;  /* NULL: none */
    const char *reason; /* one sentence without a full stop, valid UTF-8 */
} lee_zone_finding;

typedef void lee_zone_finding_sink(void *context, const lee_zone_finding *finding);

/* Gives the TZif bytes (RFC 8536) of a zone of the IANA time zone database, which live until the
 * next call. False: no such zone. */
typedef bool lee_time_zone_source(void *context, const char *name, const uint8_t **bytes,
                                  size_t *length);

typedef struct {
    lee_zone_finding_sink *finding; /* NULL: findings are only counted */
    void *finding_context;
    lee_time_zone_source *time_zone; /* NULL: zones with weekly rules in named zones are refused */
    void *time_zone_context;
    int64_t from_us; /* weekly rules are expanded from here */
    int64_t to_us;   /* to here */
} lee_zone_import_options;

/* 2015-01-01 to 2036-01-01, no callbacks. */
void lee_zone_import_options_default(lee_zone_import_options *out);

/* NULL options: the default. *options is copied; *out is the caller's, to be freed.
 * LEE_ERR_NO_MEMORY. */
LEE_CHECK_RESULT
lee_error lee_zone_import_create(const lee_zone_import_options *options, lee_zone_import **out);
/* Frees the zones too: not before the sets over them. NULL is allowed. */
void lee_zone_import_free(lee_zone_import *import);

/* Adds the zones of one text; file_name appears in findings and lives as long as the call. Refused
 * zones are findings, not errors. Errors are for the file as a whole, with a finding that says why:
 * LEE_ERR_SYNTAX: it is none of the formats, or not JSON; LEE_ERR_UNSUPPORTED: a known format that
 * holds no zones (TopoJSON, KML); LEE_ERR_DOMAIN: its header is wrong; LEE_ERR_LIMIT: too large or
 * too many zones; LEE_ERR_NO_MEMORY. Zones added before the error stay. */
LEE_CHECK_RESULT
lee_error lee_zone_import_text(lee_zone_import *import, const char *file_name, const char *text,
                               size_t length);

/* After the last text: tells, as notes, what zones name that none of the texts held. */
void lee_zone_import_finish(lee_zone_import *import);

/* The zones so far in the order of the files, borrowed until the next text or free. */
const lee_zone_list *lee_zone_import_list(const lee_zone_import *import);

/* Sums over all texts: blocks = read + refused; repaired zones are among the read. */
typedef struct {
    uint32_t blocks;
    uint32_t read;
    uint32_t repaired;
    uint32_t refused;
    uint32_t notes;
} lee_zone_import_counters;
/* Fills *out with the sums as they are now. */
void lee_zone_import_count(const lee_zone_import *import, lee_zone_import_counters *out);

#ifdef __cplusplus
}
#endif

#endif
