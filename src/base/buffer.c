#include "base/buffer.h"

#include <assert.h>
#include <string.h>

#include "base/alloc.h"

void lee_buffer_init(lee_buffer *buffer, size_t limit)
{
    assert(buffer);
    *buffer = (lee_buffer){.limit = limit, .error = LEE_OK};
}

void lee_buffer_free(lee_buffer *buffer)
{
    if (buffer) {
        lee_free(buffer->bytes);
        *buffer = (lee_buffer){.limit = buffer->limit, .error = LEE_OK};
    }
}

void lee_buffer_reset(lee_buffer *buffer)
{
    assert(buffer);
    buffer->length = 0;
    buffer->error = LEE_OK;
}

static bool buffer_reserve(lee_buffer *buffer, size_t more)
{
    if (buffer->error != LEE_OK) {
        return false;
    }
    if (more <= buffer->capacity - buffer->length) {
        return true;
    }
    if (more > buffer->limit - buffer->length) {
        buffer->error = LEE_ERR_LIMIT;
        return false;
    }
    size_t capacity = buffer->capacity < 256 ? 256 : buffer->capacity;
    while (capacity < buffer->limit && capacity - buffer->length < more) {
        capacity *= 2;
    }
    capacity = capacity > buffer->limit ? buffer->limit : capacity;
    uint8_t *const bytes = lee_realloc(buffer->bytes, capacity, 1);
    if (!bytes) {
        buffer->error = LEE_ERR_NO_MEMORY;
        return false;
    }
    buffer->bytes = bytes;
    buffer->capacity = capacity;
    return true;
}

void lee_buffer_bytes(lee_buffer *buffer, const void *bytes, size_t length)
{
    assert(buffer);
    assert(bytes || length == 0);
    if (length > 0 && buffer_reserve(buffer, length)) {
        memcpy(buffer->bytes + buffer->length, bytes, length);
        buffer->length += length;
    }
}

uint8_t *lee_buffer_room(lee_buffer *buffer, size_t more)
{
    assert(buffer && more > 0);
    return buffer_reserve(buffer, more) ? buffer->bytes + buffer->length : NULL;
}

void lee_buffer_text(lee_buffer *buffer, const char *text)
{
    assert(text);
    lee_buffer_bytes(buffer, text, strlen(text));
}

void lee__buffer_char_grow(lee_buffer *buffer, char c)
{
    if (buffer_reserve(buffer, 1)) {
        buffer->bytes[buffer->length++] = (uint8_t)c;
    }
}

void lee_buffer_u8(lee_buffer *buffer, uint8_t value)
{
    lee_buffer_bytes(buffer, &value, 1);
}

void lee_buffer_u32_le(lee_buffer *buffer, uint32_t value)
{
    const uint8_t bytes[4] = {(uint8_t)value, (uint8_t)(value >> 8), (uint8_t)(value >> 16),
                              (uint8_t)(value >> 24)};
    lee_buffer_bytes(buffer, bytes, sizeof bytes);
}

void lee_buffer_u64_le(lee_buffer *buffer, uint64_t value)
{
    lee_buffer_u32_le(buffer, (uint32_t)value);
    lee_buffer_u32_le(buffer, (uint32_t)(value >> 32));
}

void lee_buffer_varint(lee_buffer *buffer, uint64_t value)
{
    uint8_t bytes[10];
    size_t length = 0;
    while (value >= 0x80) {
        bytes[length++] = (uint8_t)(value | 0x80);
        value >>= 7;
    }
    bytes[length++] = (uint8_t)value;
    lee_buffer_bytes(buffer, bytes, length);
}

void lee_buffer_varint_signed(lee_buffer *buffer, int64_t value)
{
    const uint64_t sign = value < 0 ? UINT64_MAX : 0;
    lee_buffer_varint(buffer, ((uint64_t)value << 1) ^ sign);
}

/* Writes the digits of value right-aligned into text[20]; returns where they start. */
static size_t digits_of(uint64_t value, char text[20])
{
    size_t at = 20;
    do {
        text[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    return at;
}

static uint64_t magnitude(int64_t value)
{
    return value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
}

void lee_buffer_uint(lee_buffer *buffer, uint64_t value)
{
    char text[20];
    const size_t at = digits_of(value, text);
    lee_buffer_bytes(buffer, text + at, sizeof text - at);
}

void lee_buffer_int(lee_buffer *buffer, int64_t value)
{
    char text[21];
    size_t at = digits_of(magnitude(value), text + 1) + 1;
    if (value < 0) {
        text[--at] = '-';
    }
    lee_buffer_bytes(buffer, text + at, sizeof text - at);
}

void lee_buffer_fixed(lee_buffer *buffer, int64_t value, int decimals)
{
    assert(decimals >= 0 && decimals <= 9);
    uint64_t scale = 1;
    for (int i = 0; i < decimals; i++) {
        scale *= 10;
    }
    const uint64_t whole = magnitude(value) / scale;
    uint64_t rest = magnitude(value) % scale;
    char text[32];
    size_t end = sizeof text;
    size_t at = end;
    if (rest > 0) {
        for (int i = 0; i < decimals; i++) {
            text[--at] = (char)('0' + rest % 10);
            rest /= 10;
        }
        while (end > at && text[end - 1] == '0') {
            end--;
        }
        text[--at] = '.';
    }
    char digits[20];
    const size_t first = digits_of(whole, digits);
    at -= sizeof digits - first;
    memcpy(text + at, digits + first, sizeof digits - first);
    if (value < 0) {
        text[--at] = '-';
    }
    lee_buffer_bytes(buffer, text + at, end - at);
}

void lee_buffer_hex(lee_buffer *buffer, const uint8_t *bytes, size_t length)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < length; i++) {
        const char pair[2] = {digits[bytes[i] >> 4], digits[bytes[i] & 15]};
        lee_buffer_bytes(buffer, pair, sizeof pair);
    }
}
