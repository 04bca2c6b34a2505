/* warn/degraded.h: the mark of a warning that could not be made durable. */
#ifndef LEE_WARN_DEGRADED_H
#define LEE_WARN_DEGRADED_H

#include <stddef.h>

#include "base/buffer.h"
#include "leeward/error.h"

/* More bytes than the marks of one warning take. */
#define LEE_DEGRADED_MORE_BYTES 1024u

/* From a WARNING object (warn/message.h) appends the same one with the marks: `evidence` is
 * `degraded`, and so says a parameter in each info of the CAP text (CAP 1.2 section 3.2.2: a name
 * and a value of the sender's own; the note of 3.2.1 is one line for all and taken by exercises).
 * LEE_ERR_SYNTAX or MISSING: it is no such object. */
LEE_CHECK_RESULT
lee_error lee_degraded_write(const char *json, size_t length, lee_buffer *out);

#endif
