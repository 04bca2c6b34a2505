/* app/what_if.h: what other parameters would have decided: the inputs of a journal are judged again
 * with them, and the events are set beside those that were recorded. */
#ifndef LEE_APP_WHAT_IF_H
#define LEE_APP_WHAT_IF_H

#include <stdint.h>

#include "app/terrain_files.h"
#include "leeward/error.h"
#include "record/record.h"

typedef struct lee_what_if lee_what_if;

/* Each setting is KEY=NUMBER (app/settings.h). LEE_ERR_NO_MEMORY; LEE_ERR_SYNTAX: said on standard
 * error. */
LEE_CHECK_RESULT
lee_error lee_what_if_create(const char *const *settings, int count,
                             const lee_terrain_files *terrain, lee_what_if **out);
void lee_what_if_free(lee_what_if *what_if);

/* The next record of the journal. LEE_ERR_NO_MEMORY; LEE_ERR_SYNTAX, DOMAIN: a setting does not
 * fit, which was said. */
LEE_CHECK_RESULT
lee_error lee_what_if_take(lee_what_if *what_if, const lee_record *record);

/* Prints the comparison to standard output: events that go, that come, and sums. */
void lee_what_if_print(lee_what_if *what_if);

#endif
