/* zone/alt_text.h: an altitude limit as people write it: "FL095", "2500ft AMSL", "SFC", "150M AGL".
 */
#ifndef LEE_ZONE_ALT_TEXT_H
#define LEE_ZONE_ALT_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "leeward/alt.h"
#include "leeward/error.h"

/* What had to be guessed or is unusual; bits. */
enum {
    LEE_ALT_TEXT_NO_UNIT = 1, /* a bare number: feet */
    LEE_ALT_TEXT_NO_REF = 2,  /* no reference: MSL */
    LEE_ALT_TEXT_SPELLING =
        4,                   /* SFC, ALT, FL with a space, STD in feet: clear, but not the format */
    LEE_ALT_TEXT_METRES = 8, /* converted to feet */
    LEE_ALT_TEXT_ROUNDED = 16 /* a fraction of a foot was rounded to the nearest */
};
#define LEE_ALT_TEXT_GUESSED (LEE_ALT_TEXT_NO_UNIT | LEE_ALT_TEXT_NO_REF)

/* Altitudes that a limit may have. */
#define LEE_ALT_LIMIT_MIN_FT (-10000)
#define LEE_ALT_LIMIT_MAX_FT 1000000

/* LEE_ERR_SYNTAX: not an altitude; LEE_ERR_MISSING: FL without a number; LEE_ERR_DOMAIN: beyond the
 * range above. *oddities gets LEE_ALT_TEXT_* on success. Case does not matter. */
LEE_CHECK_RESULT
lee_error lee_alt_text_parse(const char *text, size_t length, lee_alt_limit *out,
                             uint32_t *oddities);

/* value x 10^-3 of metres in whole feet, nearest. */
int64_t lee_feet_of_metres_e3(int64_t metres_e3);

#endif
