/* leeward/permit.h: leave for a target, or a class of targets, to enter, leave or be in a zone. */
#ifndef LEEWARD_PERMIT_H
#define LEEWARD_PERMIT_H

#include <stdint.h>

#include "leeward/alt.h"

/* How `target` of the permit file names whom it is for. */
typedef enum {
    LEE_PERMIT_TARGET,   /* exact: "icao24:4b1815" */
    LEE_PERMIT_CALLSIGN, /* "callsign:UNO*": text with one optional * at the end */
    LEE_PERMIT_SQUAWK,   /* "squawk:7000" */
    LEE_PERMIT_CLASS     /* "class:A7": ADS-B emitter category */
} lee_permit_match;

/* One line of a permit file. Texts are NUL-terminated and owned by the list that holds it. */
typedef struct {
    const char *id;
    const char *target; /* as written in the file */
    lee_permit_match match;
    const char *const *zones; /* zone ids; one "*" means every zone */
    uint32_t zone_count;
    int64_t from_us;       /* INT64_MIN where the file says none */
    int64_t to_us;         /* exclusive; INT64_MAX where the file says none */
    lee_alt_limit floor;   /* LEE_LIMIT_SFC where the file says none */
    lee_alt_limit ceiling; /* exclusive; LEE_LIMIT_UNL where the file says none */
    const char *granted_by;
    const char *conditions; /* JSON text as written, NULL when absent */
} lee_permit;

typedef struct {
    const lee_permit *permits;
    uint32_t count;
} lee_permit_list;

#endif
