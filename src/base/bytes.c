#include "base/bytes.h"

#include <assert.h>

void lee_bytes_init(lee_bytes *cursor, const uint8_t *bytes, size_t length)
{
    assert(cursor);
    assert(bytes || length == 0);
    *cursor = (lee_bytes){.start = bytes, .length = length};
}

size_t lee_bytes_left(const lee_bytes *cursor)
{
    return cursor->length - cursor->at;
}

const uint8_t *lee_bytes_take(lee_bytes *cursor, size_t length)
{
    if (cursor->failed || length > lee_bytes_left(cursor)) {
        cursor->failed = true;
        return NULL;
    }
    const uint8_t *const at = cursor->start + cursor->at;
    cursor->at += length;
    return at;
}

uint8_t lee_bytes_u8(lee_bytes *cursor)
{
    const uint8_t *const b = lee_bytes_take(cursor, 1);
    return b ? b[0] : 0;
}

uint16_t lee_bytes_u16_be(lee_bytes *cursor)
{
    const uint8_t *const b = lee_bytes_take(cursor, 2);
    return (uint16_t)(b ? b[0] << 8 | b[1] : 0);
}

uint32_t lee_bytes_u32_be(lee_bytes *cursor)
{
    const uint8_t *const b = lee_bytes_take(cursor, 4);
    return b ? (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3] : 0;
}

uint32_t lee_bytes_u32_le(lee_bytes *cursor)
{
    const uint8_t *const b = lee_bytes_take(cursor, 4);
    return b ? (uint32_t)b[3] << 24 | (uint32_t)b[2] << 16 | (uint32_t)b[1] << 8 | b[0] : 0;
}

uint64_t lee_bytes_u64_le(lee_bytes *cursor)
{
    const uint64_t low = lee_bytes_u32_le(cursor);
    const uint64_t high = lee_bytes_u32_le(cursor);
    return cursor->failed ? 0 : high << 32 | low;
}

uint64_t lee_bytes_varint(lee_bytes *cursor)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        const uint8_t b = lee_bytes_u8(cursor);
        if (cursor->failed) {
            return 0;
        }
        if (shift == 63 && b > 1) {
            break; /* more than 64 bits */
        }
        value |= (uint64_t)(b & 0x7F) << shift;
        if (b < 0x80) {
            if (b == 0 && shift > 0) {
                break; /* a longer form than needed: one value has one encoding */
            }
            return value;
        }
    }
    cursor->failed = true;
    return 0;
}

int64_t lee_bytes_varint_signed(lee_bytes *cursor)
{
    const uint64_t value = lee_bytes_varint(cursor);
    return (int64_t)(value >> 1 ^ (0 - (value & 1)));
}

void lee_bits_init(lee_bits *cursor, const uint8_t *bytes, size_t length_bits)
{
    assert(cursor);
    assert(bytes || length_bits == 0);
    *cursor = (lee_bits){.start = bytes, .length_bits = length_bits};
}

static uint32_t be32(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

uint64_t lee_bits_u(lee_bits *cursor, unsigned width)
{
    assert(width <= 64);
    if (cursor->failed || width > cursor->length_bits - cursor->at_bit) {
        cursor->failed = true;
        return 0;
    }
    uint64_t value = 0;
    const size_t first = cursor->at_bit >> 3;
    if (width > 0 && width <= 56 && first + 8 <= cursor->length_bits >> 3) {
        const uint8_t *const at = cursor->start + first;
        value = (uint64_t)be32(at) << 32 | be32(at + 4);
        value = value << (cursor->at_bit & 7) >> (64 - width);
        cursor->at_bit += width;
        return value;
    }
    for (unsigned left = width; left > 0;) {
        const unsigned offset = (unsigned)(cursor->at_bit & 7);
        const unsigned take = left < 8 - offset ? left : 8 - offset;
        const unsigned byte = cursor->start[cursor->at_bit >> 3];
        const unsigned part = byte >> (8 - offset - take) & ((1u << take) - 1);
        value = value << take | part;
        cursor->at_bit += take;
        left -= take;
    }
    return value;
}

int64_t lee_bits_s(lee_bits *cursor, unsigned width)
{
    assert(width >= 1);
    const uint64_t value = lee_bits_u(cursor, width);
    const uint64_t sign = UINT64_C(1) << (width - 1);
    return (int64_t)((value ^ sign) - sign);
}

void lee_bits_skip(lee_bits *cursor, size_t width)
{
    if (cursor->failed || width > cursor->length_bits - cursor->at_bit) {
        cursor->failed = true;
        return;
    }
    cursor->at_bit += width;
}
