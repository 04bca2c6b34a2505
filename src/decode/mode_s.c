#include "decode/mode_s.h"

#include <assert.h>
#if defined(__x86_64__)
#include <wmmintrin.h>
#endif

#define GENERATOR 0x1fff409u
/* What the remainder is taken of in one go: polynomials of a degree below this. */
#define REDUCED_BITS 56

void lee_crc24_init(lee_crc24 *out)
{
    assert(out);

    /* Remainder of each single bit, from the last one, whose remainder is itself, up. */
    uint32_t remainder = 1;
    for (int nibble = 2 * LEE_MODE_S_LONG_BYTES - 1; nibble >= 0; nibble--) {
        uint32_t *const row = out->nibble[nibble];
        row[0] = 0;
        for (unsigned bit = 1; bit < 16; bit <<= 1) {
            for (unsigned below = 0; below < bit; below++) {
                row[bit + below] = row[below] ^ remainder;
            }
            remainder <<= 1;
            if ((remainder & 0x1000000u) != 0) {
                remainder ^= GENERATOR;
            }
        }
    }
    out->quotient = 0;
    for (uint64_t rest = UINT64_C(1) << REDUCED_BITS, bit = REDUCED_BITS; bit >= 24; bit--) {
        out->quotient <<= 1;
        if ((rest >> bit & 1) != 0) {
            out->quotient |= 1;
            rest ^= (uint64_t)GENERATOR << (bit - 24);
        }
    }
}

#if defined(__x86_64__)
__attribute__((target("pclmul"))) static inline uint64_t multiply(uint64_t a, uint64_t b)
{
    return (uint64_t)_mm_cvtsi128_si64(
        _mm_clmulepi64_si128(_mm_cvtsi64_si128((long long)a), _mm_cvtsi64_si128((long long)b), 0));
}

/* By products without carries: the upper two thirds of a long message are replaced by what they
 * leave, 2^80 and 2^48 times, and the rest is divided by multiplying with the inverse (Barrett),
 * which is exact for polynomials. All products fit in 64 bits. */
__attribute__((target("pclmul"))) static uint32_t by_products(const lee_crc24 *crc,
                                                              const uint8_t *message, size_t length)
{
    uint64_t rest;
    if (length == LEE_MODE_S_LONG_BYTES) {
        const uint32_t power_80 = crc->nibble[7][1];
        const uint32_t power_48 = crc->nibble[15][1];
        const uint64_t last =
            (uint64_t)lee_mode_s_word(message + 6) << 32 | lee_mode_s_word(message + 10);
        rest = multiply(lee_mode_s_word(message), power_80) ^
               multiply(lee_mode_s_word(message + 4), power_48) ^ (last << 16 >> 16);
    } else {
        rest = (uint64_t)lee_mode_s_word(message) << 24 | (lee_mode_s_word(message + 3) & 0xffffff);
    }
    const uint64_t whole = multiply(rest >> 24, crc->quotient) >> (REDUCED_BITS - 24);
    return (uint32_t)(rest ^ multiply(whole, GENERATOR)) & 0xffffff;
}
#endif

uint32_t lee_crc24_remainder(const lee_crc24 *crc, const uint8_t *message, size_t length)
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("pclmul")) {
        assert(length == LEE_MODE_S_SHORT_BYTES || length == LEE_MODE_S_LONG_BYTES);
        return by_products(crc, message, length);
    }
#endif
    return lee__crc24_by_nibbles(crc, message, length);
}

uint32_t lee__crc24_by_nibbles(const lee_crc24 *crc, const uint8_t *message, size_t length)
{
    assert(length == LEE_MODE_S_SHORT_BYTES || length == LEE_MODE_S_LONG_BYTES);

    const uint32_t(*row)[16] = crc->nibble + 2 * (LEE_MODE_S_LONG_BYTES - length);
    uint32_t even = 0;
    uint32_t odd = 0;
    for (size_t i = 0; i < length; i++) {
        even ^= row[2 * i][message[i] >> 4];
        odd ^= row[2 * i + 1][message[i] & 15];
    }
    return even ^ odd;
}

/* Bits of the 13-bit fields, first transmitted first: C1 A1 C2 A2 C4 A4 M B1 D1 B2 D2 B4 D4. The
 * field's D1 is the Q bit where it is an altitude. */
enum {
    C1 = 0x1000,
    A1 = 0x0800,
    C2 = 0x0400,
    A2 = 0x0200,
    C4 = 0x0100,
    A4 = 0x0080,
    M = 0x0040,
    B1 = 0x0020,
    D1 = 0x0010,
    B2 = 0x0008,
    D2 = 0x0004,
    B4 = 0x0002,
    D4 = 0x0001
};

static unsigned bit(uint32_t code, uint32_t mask, unsigned value)
{
    return (code & mask) != 0 ? value : 0;
}

static unsigned gray_to_binary(unsigned gray)
{
    gray ^= gray >> 4;
    gray ^= gray >> 2;
    return gray ^ gray >> 1;
}

/* Gillham's code (Annex 10 Vol IV appendix to 3.1): D2..B4 count 500 ft in Gray code, C1..C4 count
 * 100 ft around each, up and down in turn. */
static bool decode_gillham(uint32_t code, int32_t *out_ft)
{
    const unsigned gray_500 = bit(code, D2, 128) | bit(code, D4, 64) | bit(code, A1, 32) |
                              bit(code, A2, 16) | bit(code, A4, 8) | bit(code, B1, 4) |
                              bit(code, B2, 2) | bit(code, B4, 1);
    const unsigned gray_100 = bit(code, C1, 4) | bit(code, C2, 2) | bit(code, C4, 1);
    unsigned count_100 = gray_to_binary(gray_100);
    if (count_100 == 7) {
        count_100 = 5;
    } else if (count_100 == 0 || count_100 == 5 || count_100 == 6) {
        return false;
    }
    const unsigned count_500 = gray_to_binary(gray_500);
    if (count_500 % 2 == 1) {
        count_100 = 6 - count_100;
    }
    *out_ft = (int32_t)(count_500 * 500 + count_100 * 100) - 1300;
    return true;
}

bool lee_mode_s_altitude_13(uint32_t code, int32_t *out_ft)
{
    assert(code < 0x2000);

    if (code == 0) {
        return false;
    }
    if ((code & M) != 0) {
        const uint32_t metres = (code & 0x1f80) >> 1 | (code & 0x3f);
        *out_ft = (int32_t)((metres * 10000 + 1524) / 3048);
        return true;
    }
    if ((code & D1) != 0) {
        const uint32_t steps = (code & 0x1f80) >> 2 | (code & B1) >> 1 | (code & 0xf);
        *out_ft = (int32_t)steps * 25 - 1000;
        return true;
    }
    return decode_gillham(code, out_ft);
}

bool lee_mode_s_altitude_12(uint32_t code, int32_t *out_ft)
{
    assert(code < 0x1000);

    return lee_mode_s_altitude_13((code & 0xfc0) << 1 | (code & 0x3f), out_ft);
}

int32_t lee_mode_s_squawk(uint32_t identity)
{
    assert(identity < 0x2000);

    const unsigned a = bit(identity, A4, 4) | bit(identity, A2, 2) | bit(identity, A1, 1);
    const unsigned b = bit(identity, B4, 4) | bit(identity, B2, 2) | bit(identity, B1, 1);
    const unsigned c = bit(identity, C4, 4) | bit(identity, C2, 2) | bit(identity, C1, 1);
    const unsigned d = bit(identity, D4, 4) | bit(identity, D2, 2) | bit(identity, D1, 1);
    return (int32_t)(a << 9 | b << 6 | c << 3 | d);
}
