/* app/memory.h: what happens when there is no memory for what was decided.
 *
 * An event that cannot be kept must not pass for silence, so the program says so and ends with
 * status 1. Nothing is lost by that: what was announced is durable, and the next start decides the
 * rest again from the journal. */
#ifndef LEE_APP_MEMORY_H
#define LEE_APP_MEMORY_H

#include "base/buffer.h"
#include "leeward/error.h"

_Noreturn void lee_memory_out(void);

/* Ends the program when the error says that there was no memory, or a buffer lacks what was written
 * to it. */
void lee_memory_require(lee_error error);
void lee_memory_require_whole(const lee_buffer *buffer);

#endif
