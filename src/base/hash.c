#include "base/hash.h"

#include <assert.h>
#include <string.h>

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

static uint64_t rotate(uint64_t x, unsigned by)
{
    return x << by | x >> (64 - by);
}

static uint64_t load_le(const uint8_t *bytes, size_t length)
{
    uint64_t word = 0;
    for (size_t i = 0; i < length; i++) {
        word |= (uint64_t)bytes[i] << (8 * i);
    }
    return word;
}

typedef struct {
    uint64_t a, b, c, d;
} sip_state;

static sip_state sip_round(sip_state s)
{
    s.a += s.b;
    s.b = rotate(s.b, 13) ^ s.a;
    s.a = rotate(s.a, 32);
    s.c += s.d;
    s.d = rotate(s.d, 16) ^ s.c;
    s.a += s.d;
    s.d = rotate(s.d, 21) ^ s.a;
    s.c += s.b;
    s.b = rotate(s.b, 17) ^ s.c;
    s.c = rotate(s.c, 32);
    return s;
}

static sip_state sip_absorb(sip_state s, uint64_t word)
{
    s.d ^= word;
    s = sip_round(s); /* one round a word: SipHash-1-3 */
    s.a ^= word;
    return s;
}

uint64_t lee_hash_keyed(const uint64_t key[2], const void *bytes, size_t length)
{
    assert(bytes || length == 0);
    const uint8_t *const at = bytes;
    sip_state s = {key[0] ^ UINT64_C(0x736f6d6570736575), key[1] ^ UINT64_C(0x646f72616e646f6d),
                   key[0] ^ UINT64_C(0x6c7967656e657261), key[1] ^ UINT64_C(0x7465646279746573)};
    const size_t whole = length / 8 * 8;
    for (size_t i = 0; i < whole; i += 8) {
        s = sip_absorb(s, load_le(at + i, 8));
    }
    const uint64_t last = load_le(at + whole, length - whole) | (uint64_t)length << 56;
    s = sip_absorb(s, last);
    s.c ^= 0xFF;
    s = sip_round(sip_round(sip_round(s)));
    return s.a ^ s.b ^ s.c ^ s.d;
}

uint64_t lee_hash(const void *bytes, size_t length)
{
    /* "Leeward protects" in ASCII; any fixed key serves. */
    static const uint64_t key[2] = {UINT64_C(0x20647261776565) << 8 | 'L',
                                    UINT64_C(0x73746365746f7270)};
    return lee_hash_keyed(key, bytes, length);
}

/* Four bits of the reflected polynomial division. */
static uint32_t crc32c_nibble(uint32_t crc)
{
    for (int i = 0; i < 4; i++) {
        crc = crc >> 1 ^ ((crc & 1) != 0 ? UINT32_C(0x82F63B78) : 0);
    }
    return crc;
}

/* The processor's own instruction computes the same function, eight bytes at a time. */
#if defined(__x86_64__)
__attribute__((target("sse4.2"))) static uint32_t crc32c_sse42(uint32_t crc, const uint8_t *bytes,
                                                               size_t length)
{
    uint64_t wide = crc;
    size_t i = 0;
    for (; i + 8 <= length; i += 8) {
        uint64_t word;
        memcpy(&word, bytes + i, sizeof word); /* this processor is little-endian */
        wide = _mm_crc32_u64(wide, word);
    }
    crc = (uint32_t)wide;
    for (; i < length; i++) {
        crc = _mm_crc32_u8(crc, bytes[i]);
    }
    return crc;
}
#endif

uint32_t lee_crc32c(uint32_t crc, const void *bytes, size_t length)
{
    assert(bytes || length == 0);
    const uint8_t *const at = bytes;
    crc = ~crc;
#if defined(__x86_64__)
    if (__builtin_cpu_supports("sse4.2")) {
        return ~crc32c_sse42(crc, at, length);
    }
#endif
    for (size_t i = 0; i < length; i++) {
        crc ^= at[i];
        crc = crc32c_nibble(crc32c_nibble(crc));
    }
    return ~crc;
}
