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
#define DIGEST_BYTES 32u

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

/* The state as the instructions want it (A, B, E, F in one register, C, D, G, H in the other), and
 * the newest 16 words of the message schedule. */
typedef struct {
    __m128i abef, cdgh;
    __m128i w0, w1, w2, w3;
} ni_work;

#define NI __attribute__((target("sha,sse4.1")))
#define NI_INLINE __attribute__((target("sha,sse4.1"), always_inline)) static inline

NI_INLINE void ni_init(ni_work *work)
{
    /* Section 5.3.3: a 6a09e667, b bb67ae85, c 3c6ef372, d a54ff53a, e 510e527f, f 9b05688c,
     * g 1f83d9ab, h 5be0cd19. */
    work->abef = _mm_set_epi32(0x6a09e667, (int)0xbb67ae85, 0x510e527f, (int)0x9b05688c);
    work->cdgh = _mm_set_epi32(0x3c6ef372, (int)0xa54ff53a, 0x1f83d9ab, 0x5be0cd19);
}

/* 16 bytes of the message as four big-endian words. */
NI_INLINE __m128i ni_words(__m128i bytes)
{
    return _mm_shuffle_epi8(bytes, _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203));
}

NI_INLINE __m128i ni_bytes(const uint8_t *at)
{
    return _mm_loadu_si128((const __m128i *)(const void *)at);
}

NI_INLINE void four_rounds(ni_work *work, int quad)
{
    const __m128i k = _mm_load_si128((const __m128i *)(const void *)(constants + 4 * quad));
    const __m128i sum = _mm_add_epi32(work->w0, k);
    work->cdgh = _mm_sha256rnds2_epu32(work->cdgh, work->abef, sum);
    work->abef = _mm_sha256rnds2_epu32(work->abef, work->cdgh, _mm_shuffle_epi32(sum, 0x0E));
    __m128i next = work->w0;
    if (quad < 12) {
        next = _mm_sha256msg1_epu32(work->w0, work->w1);
        next = _mm_add_epi32(next, _mm_alignr_epi8(work->w3, work->w2, 4));
        next = _mm_sha256msg2_epu32(next, work->w3);
    }
    work->w0 = work->w1;
    work->w1 = work->w2;
    work->w2 = work->w3;
    work->w3 = next;
}

/* Takes the block that stands in the words. */
NI_INLINE void block_of_one(ni_work *one)
{
    const __m128i abef = one->abef;
    const __m128i cdgh = one->cdgh;
#pragma GCC unroll 16
    for (int quad = 0; quad < 16; quad++) {
        four_rounds(one, quad);
    }
    one->abef = _mm_add_epi32(one->abef, abef);
    one->cdgh = _mm_add_epi32(one->cdgh, cdgh);
}

/* The same of two messages: each round waits four cycles for the one before it, and meanwhile the
 * processor has time for a round of the other. */
NI_INLINE void block_of_two(ni_work *one, ni_work *two)
{
    const __m128i abef[2] = {one->abef, two->abef};
    const __m128i cdgh[2] = {one->cdgh, two->cdgh};
#pragma GCC unroll 16
    for (int quad = 0; quad < 16; quad++) {
        four_rounds(one, quad);
        four_rounds(two, quad);
    }
    one->abef = _mm_add_epi32(one->abef, abef[0]);
    one->cdgh = _mm_add_epi32(one->cdgh, cdgh[0]);
    two->abef = _mm_add_epi32(two->abef, abef[1]);
    two->cdgh = _mm_add_epi32(two->cdgh, cdgh[1]);
}

NI_INLINE void ni_digest(const ni_work *work, uint8_t out[DIGEST_BYTES])
{
    const __m128i abcd = _mm_unpackhi_epi64(work->cdgh, work->abef); /* d c b a */
    const __m128i efgh = _mm_unpacklo_epi64(work->cdgh, work->abef); /* h g f e */
    _mm_storeu_si128((__m128i *)(void *)out, ni_words(_mm_shuffle_epi32(abcd, 0x1B)));
    _mm_storeu_si128((__m128i *)(void *)(out + 16), ni_words(_mm_shuffle_epi32(efgh, 0x1B)));
}

/* --- messages of any length ------------------------------------------------------------------- */

/* A message on its way: perhaps a byte before it, its whole blocks, and the end with its padding.
 */
typedef struct {
    const uint8_t *bytes;
    size_t prefix_bytes; /* 0 or 1 */
    uint8_t prefix;
    size_t whole; /* blocks that lie in the message, its prefix counted */
    size_t count; /* of all blocks */
    size_t done;
    ni_work work;
    uint8_t *out;
    uint8_t tail[2 * BLOCK_BYTES];
} ni_lane;

/* Section 5.1.1: a one bit, zeros, and the length in bits in the last eight bytes. */
static void lane_begin(ni_lane *lane, size_t prefix_bytes, uint8_t prefix,
                       const lee_sha256_message *message, uint8_t *out)
{
    const size_t total = prefix_bytes + message->length;
    lane->bytes = message->bytes;
    lane->prefix_bytes = prefix_bytes;
    lane->prefix = prefix;
    lane->whole = total / BLOCK_BYTES;
    lane->done = 0;
    lane->out = out;
    size_t used = total % BLOCK_BYTES;
    const size_t tail_blocks = used + 9 <= BLOCK_BYTES ? 1 : 2;
    lane->count = lane->whole + tail_blocks;
    memset(lane->tail, 0, sizeof(lane->tail));
    if (lane->whole == 0 && prefix_bytes) {
        lane->tail[0] = prefix;
        if (used > 1) {
            memcpy(lane->tail + 1, message->bytes, used - 1);
        }
    } else if (used) {
        memcpy(lane->tail, message->bytes + (message->length - used), used);
    }
    lane->tail[used] = 0x80;
    for (size_t i = 0; i < 8; i++) {
        lane->tail[tail_blocks * BLOCK_BYTES - 1 - i] = (uint8_t)((uint64_t)total * 8 >> (8 * i));
    }
}

/* Puts the prefix and 63 bytes into the words. */
NI_INLINE void fetch_behind(uint8_t prefix, const uint8_t *bytes, ni_work *work)
{
    const __m128i before = _mm_slli_si128(_mm_cvtsi32_si128(prefix), 15);
    work->w0 = ni_words(_mm_alignr_epi8(ni_bytes(bytes), before, 15));
    work->w1 = ni_words(ni_bytes(bytes + 15));
    work->w2 = ni_words(ni_bytes(bytes + 31));
    work->w3 = ni_words(ni_bytes(bytes + 47));
}

/* Puts the next block into the words. */
NI_INLINE void lane_fetch(ni_lane *lane, ni_work *work)
{
    const size_t at = lane->done++;
    if (at == 0 && lane->prefix_bytes && lane->whole > 0) {
        fetch_behind(lane->prefix, lane->bytes, work);
        return;
    }
    const uint8_t *const from = at < lane->whole
                                    ? lane->bytes + (at * BLOCK_BYTES - lane->prefix_bytes)
                                    : lane->tail + (at - lane->whole) * BLOCK_BYTES;
    work->w0 = ni_words(ni_bytes(from));
    work->w1 = ni_words(ni_bytes(from + 16));
    work->w2 = ni_words(ni_bytes(from + 32));
    work->w3 = ni_words(ni_bytes(from + 48));
}

NI static void lane_run(ni_lane *lane)
{
    ni_work work = lane->work;
    while (lane->done < lane->count) {
        lane_fetch(lane, &work);
        block_of_one(&work);
    }
    ni_digest(&work, lane->out);
}

/* As many blocks as the shorter of the two still has. */
NI static void lanes_run(ni_lane *one, ni_lane *two)
{
    ni_work work_one = one->work;
    ni_work work_two = two->work;
    while (one->done < one->count && two->done < two->count) {
        lane_fetch(one, &work_one);
        lane_fetch(two, &work_two);
        block_of_two(&work_one, &work_two);
    }
    one->work = work_one;
    two->work = work_two;
}

NI static bool lane_ends(ni_lane *lane)
{
    const bool ends = lane->done == lane->count;
    if (ends) {
        ni_digest(&lane->work, lane->out);
    }
    return ends;
}

/* Two lanes; into that which is free comes the next message. */
NI static void digest_fast(size_t prefix_bytes, uint8_t prefix, const lee_sha256_message *messages,
                           size_t count, uint8_t *out)
{
    ni_lane lanes[2];
    ni_lane *one = &lanes[0];
    ni_lane *two = &lanes[1];
    bool is_waiting = false; /* in `one` there is a message that has not ended */
    for (size_t i = 0; i < count; i++) {
        ni_lane *const fresh = is_waiting ? two : one;
        lane_begin(fresh, prefix_bytes, prefix, &messages[i], out + i * DIGEST_BYTES);
        ni_init(&fresh->work);
        if (is_waiting) {
            lanes_run(one, two);
            const bool two_ends = lane_ends(two);
            is_waiting = !lane_ends(one) || !two_ends;
            if (!two_ends) {
                ni_lane *const rest = two;
                two = one;
                one = rest;
            }
        } else {
            is_waiting = true;
        }
    }
    if (is_waiting) {
        lane_run(one);
    }
}

/* --- nodes ------------------------------------------------------------------------------------ */

/* The two blocks of 0x01 and 64 bytes, without a detour through memory. */
NI_INLINE void node_first(const uint8_t *pair, ni_work *work)
{
    fetch_behind(1, pair, work);
}

NI_INLINE void node_second(uint8_t last, ni_work *work)
{
    work->w0 = _mm_cvtsi32_si128((int)((uint32_t)last << 24 | UINT32_C(0x800000)));
    work->w1 = _mm_setzero_si128();
    work->w2 = _mm_setzero_si128();
    work->w3 = _mm_set_epi32((int)((2 * DIGEST_BYTES + 1) * 8), 0, 0, 0);
}

NI static void nodes_fast(const uint8_t *pairs, size_t count, uint8_t *out)
{
    static const size_t step = 2 * DIGEST_BYTES;
    ni_work one;
    ni_work two;
    for (; count >= 2; count -= 2, pairs += 2 * step, out += step) {
        ni_init(&one);
        ni_init(&two);
        node_first(pairs, &one);
        node_first(pairs + step, &two);
        block_of_two(&one, &two);
        node_second(pairs[step - 1], &one);
        node_second(pairs[2 * step - 1], &two);
        block_of_two(&one, &two);
        ni_digest(&one, out);
        ni_digest(&two, out + DIGEST_BYTES);
    }
    if (count > 0) {
        ni_init(&one);
        node_first(pairs, &one);
        block_of_one(&one);
        node_second(pairs[step - 1], &one);
        block_of_one(&one);
        ni_digest(&one, out);
    }
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

static void digest_all(size_t prefix_bytes, uint8_t prefix, const lee_sha256_message *messages,
                       size_t count, uint8_t *out)
{
#if HAVE_SHA_NI
    if (lee_sha256_is_fast()) {
        digest_fast(prefix_bytes, prefix, messages, count, out);
        return;
    }
#endif
    for (size_t i = 0; i < count; i++) {
        lee_sha256_portable(&prefix, prefix_bytes, messages[i].bytes, messages[i].length,
                            out + i * DIGEST_BYTES);
    }
}

void lee_sha256(const void *bytes, size_t length, uint8_t out[32])
{
    assert(bytes || length == 0);
    const lee_sha256_message message = {bytes, length};
    digest_all(0, 0, &message, 1, out);
}

void lee_sha256_prefixed(uint8_t prefix, const lee_sha256_message *messages, size_t count,
                         uint8_t *out)
{
    assert((messages && out) || count == 0);
    digest_all(1, prefix, messages, count, out);
}

void lee_sha256_nodes(const uint8_t *pairs, size_t count, uint8_t *out)
{
    assert((pairs && out) || count == 0);
#if HAVE_SHA_NI
    if (lee_sha256_is_fast()) {
        nodes_fast(pairs, count, out);
        return;
    }
#endif
    static const uint8_t prefix = 1;
    for (size_t i = 0; i < count; i++) {
        lee_sha256_portable(&prefix, 1, pairs + i * 2 * DIGEST_BYTES, 2 * DIGEST_BYTES,
                            out + i * DIGEST_BYTES);
    }
}
