/* app/explain.h: why an incident was decided as it was: its journal is run again, traced.
 *
 * Done in slices, so that the daemon goes on judging meanwhile. A first pass finds the incident, a
 * second one runs the inputs of its session again. */
#ifndef LEE_APP_EXPLAIN_H
#define LEE_APP_EXPLAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "app/terrain_files.h"
#include "base/buffer.h"
#include "leeward/error.h"

typedef struct lee_explain lee_explain;

/* `terrain` is borrowed; NULL: none. `apart`: frames are decoded in another process.
 * LEE_ERR_NOT_FOUND: there is no journal; LEE_ERR_NO_MEMORY, IO, CORRUPT. */
LEE_CHECK_RESULT
lee_error lee_explain_create(const char *folder, uint64_t incident,
                             const lee_terrain_files *terrain, bool apart, lee_explain **out);
void lee_explain_free(lee_explain *explain);

/* Reads up to this many records. LEE_ERR_NOT_FOUND: the journal has no such incident; *done says
 * that nothing is left to do. Records that are damaged are passed over and counted. */
LEE_CHECK_RESULT
lee_error lee_explain_run(lee_explain *explain, uint32_t records, bool *done);

uint64_t lee_explain_incident(const lee_explain *explain);
uint64_t lee_explain_records(const lee_explain *explain); /* read so far */
bool lee_explain_has_ended(const lee_explain *explain);   /* the incident */

/* When done: {"incident":…,"target":…,"zone":…,"first_record":…,"decisions_equal":…,
 * "decisions_different":…,"records_damaged":…,"truncated":…,"steps":[STEP…]}, or the same for
 * people. */
void lee_explain_write_json(const lee_explain *explain, lee_buffer *out);
void lee_explain_write_text(const lee_explain *explain, lee_buffer *out);

#endif
