/* base/state.h: one walk over a module's state serves saving and loading.
 *
 * Each module that remembers anything has one function lee_<module>_state(lee_state *, module *)
 * that visits all of it. Whether the visit saves or loads is the visitor's business, so the two
 * cannot disagree. What is saved is a cache for the same program on the same machine
 * (app/snapshot.h sees to that): values are kept as they lie in memory, and a field that is added
 * to a plain struct is saved without another line. Structs with pointers are walked member by
 * member.
 *
 * Every value carries its length, so a walk that has gone astray is an error and never a wrong
 * value. Errors are sticky; after one nothing more is read, and a module loaded halfway must be
 * thrown away. */
#ifndef LEE_BASE_STATE_H
#define LEE_BASE_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/bytes.h"
#include "leeward/error.h"

typedef struct {
    lee_buffer *out;     /* NULL: loading */
    lee_bytes in;        /* what is left to load */
    lee_error error;     /* LEE_OK; CORRUPT: other bytes than the walk expects; NO_MEMORY; LIMIT */
    const char *section; /* the last one entered: where the error is */
} lee_state;

void lee_state_save(lee_state *state, lee_buffer *out);
/* `bytes` are borrowed until lee_state_end. */
void lee_state_load(lee_state *state, const uint8_t *bytes, size_t length);
bool lee_state_is_loading(const lee_state *state);

/* Names what follows; `name` is static. */
void lee_state_section(lee_state *state, const char *name);

/* A number, a struct without pointers, or an array of them. Of a large one only what is not zero
 * takes room. */
void lee_state_plain(lee_state *state, void *value, size_t bytes);

/* What both sides know: loading compares it and changes nothing. CORRUPT when it differs. */
void lee_state_same(lee_state *state, const void *value, size_t bytes);

/* How many of something follow: at most `max`; 0 after an error, so that loops end. */
void lee_state_count(lee_state *state, uint32_t *count, uint32_t max);

/* At most `max` bytes of memory; loading takes them anew, NUL-terminated, and the caller frees what
 * was there and what comes. NULL stays NULL. */
void lee_state_block(lee_state *state, uint8_t **bytes, size_t *length, size_t max);

/* The content of a buffer. */
void lee_state_buffer(lee_state *state, lee_buffer *buffer);

/* For a module that finds the values impossible together. */
void lee_state_require(lee_state *state, bool holds);

/* Ends the walk: what is left over when loading is CORRUPT too. */
LEE_CHECK_RESULT
lee_error lee_state_end(lee_state *state);

#endif
