/* zone/limit_json.h: a floor or ceiling as the zone file and the permit file write it. */
#ifndef LEE_ZONE_LIMIT_JSON_H
#define LEE_ZONE_LIMIT_JSON_H

#include <jansson.h>

#include "base/json.h"
#include "leeward/alt.h"

/* "SFC", "UNL" or {"value":2500,"unit":"ft","ref":"MSL"}; units ft, m, FL. NULL on success, else
 * why not: a static sentence, and *out is unchanged. */
const char *lee_limit_from_json(const json_t *value, lee_alt_limit *out);

/* Key and value in the form above, always in feet. */
void lee_limit_write(const char *key, const lee_alt_limit *limit, lee_json *json);
/* The instant as text; nothing where it is no limit (INT64_MIN, INT64_MAX). */
void lee_limit_write_time(const char *key, int64_t t_us, lee_json *json);

#endif
