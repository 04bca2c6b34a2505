/* app/settings.h: parameters that are tried in place of those of a recording. */
#ifndef LEE_APP_SETTINGS_H
#define LEE_APP_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/buffer.h"
#include "leeward/error.h"
#include "record/record.h"

/* One value of one parameter: of every zone's `watch` object, or of the watch itself (SESSION). */
typedef struct {
    const char *key;         /* as the user names it; static */
    const char *session_key; /* as the SESSION record names it; NULL: it belongs to the zones */
    int64_t value;           /* in units of 10^-decimals */
    int decimals;
    char text[24]; /* the value as it is shown */
} lee_setting;

/* Reads KEY=NUMBER. False: it is none, no such parameter exists, or the number is out of its range;
 * that was said on standard error, with the names there are. */
bool lee_setting_read(const char *text, lee_setting *out);

#define LEE_SETTING_VALUES_MAX 64u
/* The same for KEY=NUMBER, KEY=NUMBER,NUMBER… and KEY=FROM:TO:STEP: one setting for each value.
 * Returns how many; 0: said as above. */
uint32_t lee_setting_read_values(const char *text, lee_setting out[LEE_SETTING_VALUES_MAX]);

/* Every parameter with its range, one a line. */
void lee_settings_print(FILE *to);

/* A ZONES or SESSION record as it would have been with the settings, appended to *out.
 * LEE_ERR_NO_MEMORY, CORRUPT. */
LEE_CHECK_RESULT
lee_error lee_settings_apply(const lee_setting *settings, uint32_t count, const lee_record *record,
                             lee_buffer *out);

#endif
