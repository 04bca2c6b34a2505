/* zone/qnh_file.h: statements of pressure as text.
 *
 * One statement is a JSON object; a file of them has one a line, the API takes one:
 *   {"id":"LSZH","lat":47.458,"lon":8.548,"radius_m":60000,"from":"2024-06-06T08:50:00Z",
 *    "to":"2024-06-06T10:00:00Z","qnh_hpa":1016,"error_hpa":1}
 * All members but error_hpa (1) are needed; others are refused. */
#ifndef LEE_ZONE_QNH_FILE_H
#define LEE_ZONE_QNH_FILE_H

#include <stddef.h>

#include "base/buffer.h"
#include "base/state.h"
#include "leeward/error.h"
#include "leeward/qnh.h"

/* Saves the table or loads it. */
void lee_qnh_table_state(lee_state *state, lee_qnh_table *table);

/* Reads one statement. LEE_ERR_SYNTAX: no JSON object; MISSING, DOMAIN: why->field names the
 * member, why->offset its byte. */
LEE_CHECK_RESULT
lee_error lee_qnh_read(const char *text, size_t length, lee_qnh *out, lee_error_info *why);

/* The same statement as JSON, always in the same form. */
void lee_qnh_write(const lee_qnh *qnh, lee_buffer *out);

typedef void lee_qnh_sink(void *context, const lee_qnh *qnh);

/* Tells each statement of a file; empty lines are passed over. Stops at the first that cannot be
 * read: why->line names it. */
LEE_CHECK_RESULT
lee_error lee_qnh_file_read(const char *text, size_t length, lee_qnh_sink *sink, void *context,
                            lee_error_info *why);

#endif
