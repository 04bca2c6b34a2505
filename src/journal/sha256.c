#include "journal/sha256.h"

#include <assert.h>
#include <string.h>

#include <sodium.h>

/* __builtin_cpu_supports knows "sha" in GCC from 11 on; asking cpuid each time would cost more
 * than a hash under a hypervisor, and remembering the answer would need a mutable static. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && __GNUC__ >= 11
#define HAVE_SHA_NI 1
#include <immintrin.h>
#else
#define HAVE_SHA_NI 0
#endif

#define BLOCK_BYTES 64u

void lee_sha256_portable(const void *head, size_t head_length, const void *bytes, size_t length,
                         uint8_t out[32])
{
    assert(head || head_length == 0);
    assert(bytes || length == 0);
    crypto_hash_sha256_state state;
    crypto_hash_sha256_init(&state);
    if (head_length) {
        crypto_hash_sha256_update(&state, head, head_length);
    }
    if (length) {
        crypto_hash_sha256_update(&state, bytes, length);
    }
    crypto_hash_sha256_final(&state, out);
}

#if HAVE_SHA_NI
/* FIPS 180-4 section 4.2.2: the first 32 bits of the fractional parts of the cube roots of the
 * first 64 primes. */
static const uint32_t constants[64] __attribute__((aligned(16))) = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

/* The state as the instructions want it: A, B, E, F in one register, C, D, G, H in the other. */
typedef struct {
    __m128i abef;
    __m128i cdgh;
} ni_state;

__attribute__((target("sha,sse4.1"))) static ni_state ni_init(void)
{
    /* Section 5.3.3: a 6a09e667, b bb67ae85, c 3c6ef372, d a54ff53a, e 510e527f, f 9b05688c,
     * g 1f83d9ab, h 5be0cd19. */
    return (ni_state){
        .abef = _mm_set_epi32(0x6a09e667, (int)0xbb67ae85, 0x510e527f, (int)0x9b05688c),
        .cdgh = _mm_set_epi32(0x3c6ef372, (int)0xa54ff53a, 0x1f83d9ab, 0x5be0cd19),
    };
}

__attribute__((target("sha,sse4.1"))) static void ni_blocks(ni_state *state, const uint8_t *data,
                                                            size_t count)
{
    const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
    __m128i abef = state->abef;
    __m128i cdgh = state->cdgh;
    for (; count > 0; count--, data += BLOCK_BYTES) {
        const __m128i abef_before = abef;
        const __m128i cdgh_before = cdgh;
        __m128i words[4]; /* the newest 16 words of the message schedule */
        for (int i = 0; i < 4; i++) {
            words[i] = _mm_shuffle_epi8(
                _mm_loadu_si128((const __m128i *)(const void *)(data + 16 * i)), swap);
        }
#pragma GCC unroll 16
        for (int i = 0; i < 16; i++) { /* four rounds each */
            const __m128i k = _mm_load_si128((const __m128i *)(const void *)(constants + 4 * i));
            const __m128i w = words[i & 3];
            const __m128i sum = _mm_add_epi32(w, k);
            cdgh = _mm_sha256rnds2_epu32(cdgh, abef, sum);
            abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(sum, 0x0E));
            if (i < 12) {
                const __m128i last = words[(i + 3) & 3];
                __m128i next = _mm_sha256msg1_epu32(w, words[(i + 1) & 3]);
                next = _mm_add_epi32(next, _mm_alignr_epi8(last, words[(i + 2) & 3], 4));
                words[i & 3] = _mm_sha256msg2_epu32(next, last);
            }
        }
        abef = _mm_add_epi32(abef, abef_before);
        cdgh = _mm_add_epi32(cdgh, cdgh_before);
    }
    state->abef = abef;
    state->cdgh = cdgh;
}

__attribute__((target("sha,sse4.1"))) static void ni_digest(const ni_state *state, uint8_t out[32])
{
    const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
    const __m128i abcd = _mm_unpackhi_epi64(state->cdgh, state->abef); /* d c b a */
    const __m128i efgh = _mm_unpacklo_epi64(state->cdgh, state->abef); /* h g f e */
    _mm_storeu_si128((__m128i *)(void *)out, _mm_shuffle_epi8(_mm_shuffle_epi32(abcd, 0x1B), swap));
    _mm_storeu_si128((__m128i *)(void *)(out + 16),
                     _mm_shuffle_epi8(_mm_shuffle_epi32(efgh, 0x1B), swap));
}

/* Section 5.1.1: a one bit, zeros, and the length in bits in the last eight bytes. */
static size_t pad(uint8_t tail[2 * BLOCK_BYTES], size_t used, uint64_t length)
{
    assert(used < BLOCK_BYTES);
    const size_t blocks = used + 9 <= BLOCK_BYTES ? 1 : 2;
    memset(tail + used, 0, blocks * BLOCK_BYTES - used);
    tail[used] = 0x80;
    for (size_t i = 0; i < 8; i++) {
        tail[blocks * BLOCK_BYTES - 1 - i] = (uint8_t)(length * 8 >> (8 * i));
    }
    return blocks;
}

static void digest_fast(const uint8_t *head, size_t head_length, const uint8_t *bytes,
                        size_t length, uint8_t out[32])
{
    uint8_t tail[2 * BLOCK_BYTES];
    const uint64_t total = (uint64_t)head_length + length;
    ni_state state = ni_init();
    if (head_length) {
        memcpy(tail, head, head_length);
    }
    if (head_length + length >= BLOCK_BYTES && head_length) {
        const size_t take = BLOCK_BYTES - head_length;
        if (take) {
            memcpy(tail + head_length, bytes, take);
        }
        ni_blocks(&state, tail, 1);
        bytes = take ? bytes + take : bytes;
        length -= take;
        head_length = 0;
    }
    if (!head_length) {
        ni_blocks(&state, bytes, length / BLOCK_BYTES);
        bytes = length >= BLOCK_BYTES ? bytes + length / BLOCK_BYTES * BLOCK_BYTES : bytes;
        length %= BLOCK_BYTES;
    }
    if (length) {
        memcpy(tail + head_length, bytes, length);
    }
    ni_blocks(&state, tail, pad(tail, head_length + length, total));
    ni_digest(&state, out);
}
#endif

bool lee_sha256_is_fast(void)
{
#if HAVE_SHA_NI
    return __builtin_cpu_supports("sha") && __builtin_cpu_supports("sse4.1");
#else
    return false;
#endif
}

void lee_sha256(const void *head, size_t head_length, const void *bytes, size_t length,
                uint8_t out[32])
{
    assert(head || head_length == 0);
    assert(bytes || length == 0);
    assert(head_length <= BLOCK_BYTES);
#if HAVE_SHA_NI
    if (lee_sha256_is_fast()) {
        digest_fast(head, head_length, bytes, length, out);
        return;
    }
#endif
    lee_sha256_portable(head, head_length, bytes, length, out);
}
