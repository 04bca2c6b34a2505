/* feed/unpack.h: gzip, as a stream. */
#ifndef LEE_FEED_UNPACK_H
#define LEE_FEED_UNPACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "leeward/error.h"

typedef struct lee_unpack lee_unpack;

/* True when the bytes begin as gzip does (RFC 1952 2.3.1). */
bool lee_unpack_is_gzip(const uint8_t *bytes, size_t length);

/* NULL: no memory. */
lee_unpack *lee_unpack_create(void);
void lee_unpack_free(lee_unpack *unpack);

/* Gives the next packed bytes, borrowed until they are used up. */
void lee_unpack_feed(lee_unpack *unpack, const uint8_t *bytes, size_t length);

/* Unpacks up to `capacity` bytes; *length 0: everything given is used up. Members that follow one
 * another are one stream, and zeros after the last are padding, as gzip(1) takes them.
 * LEE_ERR_CORRUPT. */
LEE_CHECK_RESULT
lee_error lee_unpack_read(lee_unpack *unpack, uint8_t *out, size_t capacity, size_t *length);

/* True where the packed stream may end. */
bool lee_unpack_at_end(const lee_unpack *unpack);

#endif
