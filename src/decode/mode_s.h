/* decode/mode_s.h: the fields that Mode S messages share (ICAO Annex 10 Vol IV, chapter 3). */
#ifndef LEE_DECODE_MODE_S_H
#define LEE_DECODE_MODE_S_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LEE_MODE_S_SHORT_BYTES 7
#define LEE_MODE_S_LONG_BYTES 14

/* The counter of Beast messages that a multilateration client made ("\xff\0MLAT"). */
#define LEE_MODE_S_MLAT_TICK UINT64_C(0xff004d4c4154)

/* What each four bits of a message add to the remainder: 1.8 kB, which stays in the first cache
 * beside the aircraft, where the usual 256 entries a byte would not. */
typedef struct {
    uint32_t nibble[2 * LEE_MODE_S_LONG_BYTES][16];
    uint64_t quotient; /* of 2^56 by the generator */
} lee_crc24;

void lee_crc24_init(lee_crc24 *out);

/* The remainder of a message of 7 or 14 bytes with its parity field (3.1.2.3.3, generator
 * 0x1fff409): 0 when parity is plain and right, the address where it is overlaid (AP), the
 * interrogator code where that is (PI of DF11). */
uint32_t lee_crc24_remainder(const lee_crc24 *crc, const uint8_t *message, size_t length);

/* The same by the table alone, as processors have it that cannot multiply without carries. */
uint32_t lee__crc24_by_nibbles(const lee_crc24 *crc, const uint8_t *message, size_t length);

/* The 13-bit altitude code (3.1.2.6.5.4): 25 ft steps, Gillham's 100 ft steps, or metres. The
 * 12-bit code of ADS-B is the same without the M bit. False: no altitude, or not a code. */
bool lee_mode_s_altitude_13(uint32_t code, int32_t *out_ft);
bool lee_mode_s_altitude_12(uint32_t code, int32_t *out_ft);

/* The 13-bit identity field (3.1.2.6.7.1) as four octal digits. */
int32_t lee_mode_s_squawk(uint32_t identity);

/* The 32 bits that begin at `bytes`. */
static inline uint32_t lee_mode_s_word(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* `width` bits of the 56-bit field of a long message (ME, MB, MV) from bit `first` on, which counts
 * from 1 as in the standards. */
static inline uint32_t lee_mode_s_bits(uint64_t field, unsigned first, unsigned width)
{
    return (uint32_t)(field >> (57 - first - width)) & ((UINT32_C(1) << width) - 1);
}

#endif
