/* base/buffer.h: a byte buffer that grows up to a limit, with a sticky error.
 *
 * Writers append without looking and ask once at the end, so that the code that builds a message
 * reads like the message. */
#ifndef LEE_BASE_BUFFER_H
#define LEE_BASE_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "leeward/error.h"

typedef struct {
    uint8_t *bytes;
    size_t length;
    size_t capacity;
    size_t limit;
    lee_error error; /* LEE_OK, NO_MEMORY or LIMIT; once set, appending does nothing */
} lee_buffer;

/* An empty buffer that never holds more than `limit` bytes. */
void lee_buffer_init(lee_buffer *buffer, size_t limit);
void lee_buffer_free(lee_buffer *buffer);

/* Forgets the content and the error, keeps the memory. */
void lee_buffer_reset(lee_buffer *buffer);

void lee_buffer_bytes(lee_buffer *buffer, const void *bytes, size_t length);

/* Room for `more` bytes behind the content, for whoever fills it and then adds to `length` himself;
 * NULL: the error says why. */
uint8_t *lee_buffer_room(lee_buffer *buffer, size_t more);
void lee_buffer_text(lee_buffer *buffer, const char *text);
void lee__buffer_char_grow(lee_buffer *buffer, char c);
static inline void lee_buffer_char(lee_buffer *buffer, char c)
{
    if (buffer->error == LEE_OK && buffer->length < buffer->capacity) {
        buffer->bytes[buffer->length++] = (uint8_t)c;
    } else {
        lee__buffer_char_grow(buffer, c);
    }
}
void lee_buffer_u8(lee_buffer *buffer, uint8_t value);
void lee_buffer_u32_le(lee_buffer *buffer, uint32_t value);
void lee_buffer_u64_le(lee_buffer *buffer, uint64_t value);

/* LEB128, and the zigzag form for signed numbers. */
void lee_buffer_varint(lee_buffer *buffer, uint64_t value);
void lee_buffer_varint_signed(lee_buffer *buffer, int64_t value);

/* Decimal text, the same in every locale. fixed: value / 10^decimals with trailing zeros cut. */
void lee_buffer_int(lee_buffer *buffer, int64_t value);
void lee_buffer_uint(lee_buffer *buffer, uint64_t value);
void lee_buffer_fixed(lee_buffer *buffer, int64_t value, int decimals);
void lee_buffer_hex(lee_buffer *buffer, const uint8_t *bytes, size_t length);

#endif
