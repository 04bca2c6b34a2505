/* zone/permit_file.h: permits out of a file of JSON lines, and back. */
#ifndef LEE_ZONE_PERMIT_FILE_H
#define LEE_ZONE_PERMIT_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "leeward/error.h"
#include "leeward/permit.h"

/* Owns a list of permits and all their texts. */
typedef struct lee_permit_file lee_permit_file;

/* Why a line was refused. All texts live until the callback returns. */
typedef struct {
    const char *file;
    uint32_t line;      /* from 1 */
    const char *permit; /* its id; NULL: not known */
    const char *field;  /* NULL: none */
    lee_error code;
    const char *reason; /* one sentence without a full stop */
} lee_permit_finding;

typedef void lee_permit_finding_sink(void *context, const lee_permit_finding *finding);

/* Reads the lines; blank ones are passed over. A refused line is a finding, not an error, and
 * counted in *refused; `sink` may be NULL. LEE_ERR_NO_MEMORY; LEE_ERR_LIMIT: more than
 * LEE_PERMITS_MAX permits. */
LEE_CHECK_RESULT
lee_error lee_permit_file_read(const char *file_name, const char *text, size_t length,
                               lee_permit_finding_sink *sink, void *context, uint32_t *refused,
                               lee_permit_file **out);
void lee_permit_file_free(lee_permit_file *file);

/* Borrowed until free. */
const lee_permit_list *lee_permit_file_list(const lee_permit_file *file);

#define LEE_PERMIT_STEPS_MAX 64u

/* "granted" and so on. False: none of them. */
bool lee_permit_state_parse(const char *text, lee_permit_state *out);

/* One permit as one JSON object, without a line end. */
void lee_permit_write_one(const lee_permit *permit, lee_buffer *out);

/* The canonical form with `between` after each permit but the last; a line end also after that:
 * then reading it gives the identical list. */
void lee_permit_write(const lee_permit_list *list, const char *between, lee_buffer *out);

#endif
