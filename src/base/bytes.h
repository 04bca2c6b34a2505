/* base/bytes.h: cursors over outside bytes and bits; the only way that input is read.
 *
 * A read past the end gives zero and sets the sticky error, so a decoder reads all its fields and
 * asks once. */
#ifndef LEE_BASE_BYTES_H
#define LEE_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    const uint8_t *start;
    size_t length;
    size_t at;
    bool failed;
} lee_bytes;

void lee_bytes_init(lee_bytes *cursor, const uint8_t *bytes, size_t length);
size_t lee_bytes_left(const lee_bytes *cursor);
uint8_t lee_bytes_u8(lee_bytes *cursor);
uint16_t lee_bytes_u16_be(lee_bytes *cursor);
uint32_t lee_bytes_u32_be(lee_bytes *cursor);
uint32_t lee_bytes_u32_le(lee_bytes *cursor);
uint64_t lee_bytes_u64_le(lee_bytes *cursor);
uint64_t lee_bytes_varint(lee_bytes *cursor);
int64_t lee_bytes_varint_signed(lee_bytes *cursor);
/* A borrowed slice of the input; NULL past the end. */
const uint8_t *lee_bytes_take(lee_bytes *cursor, size_t length);

/* Most significant bit first, as in ICAO Annex 10 and ITU-R M.1371. */
typedef struct {
    const uint8_t *start;
    size_t length_bits;
    size_t at_bit;
    bool failed;
} lee_bits;

void lee_bits_init(lee_bits *cursor, const uint8_t *bytes, size_t length_bits);
/* width 0..64 */
uint64_t lee_bits_u(lee_bits *cursor, unsigned width);
/* two's complement, width 1..64 */
int64_t lee_bits_s(lee_bits *cursor, unsigned width);
void lee_bits_skip(lee_bits *cursor, size_t width);

#endif
