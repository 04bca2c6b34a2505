/* The Beast binary format: 0x1a, a type, 48 bits of a 12 MHz counter, a signal level and the
 * message; every 0x1a after the type is doubled (Mode-S Beast manual, "Binary data format"). */
#include <assert.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "decode/beast.h"
#include "decode/deframe_internal.h"

/* Garbage comes in pieces of this size, which bounds the work for a byte of it. */
#define GARBAGE_MAX_BYTES 512
/* To see the end of a frame, at most an escape and what follows it are looked at. */
#define LOOK_AHEAD_BYTES 2

typedef struct {
    size_t length; /* 0: more bytes are needed */
    lee_error refused;
    const char *reason;
} span;

static const span more_needed = {0, LEE_OK, NULL};

/* Everything up to the next 0x1a that is not doubled belongs to no frame. */
static span measure_garbage(const uint8_t *bytes, size_t length, size_t from, const char *reason)
{
    size_t at = from;
    while (at < length) {
        const uint8_t *const found = memchr(bytes + at, LEE__BEAST_ESCAPE, length - at);
        at = found ? (size_t)(found - bytes) : length;
        if (at >= GARBAGE_MAX_BYTES) {
            return (span){GARBAGE_MAX_BYTES, LEE_ERR_LIMIT, "too many bytes without a frame"};
        }
        if (found == NULL || at + 1 == length) {
            return more_needed;
        }
        if (bytes[at + 1] != LEE__BEAST_ESCAPE) {
            return (span){at, LEE_ERR_SYNTAX, reason};
        }
        at += 2;
    }
    return at >= GARBAGE_MAX_BYTES
               ? (span){GARBAGE_MAX_BYTES, LEE_ERR_LIMIT, "too many bytes without a frame"}
               : more_needed;
}

/* Is one of the bytes behind the first, of a frame of 16 to 32 bytes, an escape? */
static inline bool has_escapes(const uint8_t *frame, size_t length)
{
#ifdef __SSE2__
    const __m128i escape = _mm_set1_epi8(LEE__BEAST_ESCAPE);
    const __m128i first = _mm_loadu_si128((const __m128i *)(const void *)frame);
    const __m128i last = _mm_loadu_si128((const __m128i *)(const void *)(frame + length - 16));
    const unsigned flags_first = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(first, escape));
    const unsigned flags_last = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(last, escape));
    return (flags_first | flags_last) > 1; /* the first byte is one */
#else
    return memchr(frame + 1, LEE__BEAST_ESCAPE, length - 1) != NULL;
#endif
}

/* The length of the Mode S message that begins at `bytes`, as most of a stream are: whole and
 * without an escape in it. 0: it is to be measured. */
static inline size_t plain_length(const uint8_t *bytes, size_t left)
{
    if (left < 2 || bytes[0] != LEE__BEAST_ESCAPE || (bytes[1] != '2' && bytes[1] != '3')) {
        return 0;
    }
    const size_t length = 2 + lee__beast_payload_bytes(bytes[1]);
    return length <= left && !has_escapes(bytes, length) ? length : 0;
}

/* A frame of a known type, byte by byte. */
static span measure_payload(const uint8_t *bytes, size_t length, size_t payload)
{
    size_t at = 2;
    for (size_t count = 0; count < payload; count++) {
        if (at == length) {
            return more_needed;
        }
        if (bytes[at] == LEE__BEAST_ESCAPE) {
            if (at + 1 == length) {
                return more_needed;
            }
            if (bytes[at + 1] != LEE__BEAST_ESCAPE) {
                return (span){at, LEE_ERR_TRUNCATED, "the next frame begins within this one"};
            }
            at++;
        }
        at++;
    }
    return (span){at, LEE_OK, NULL};
}

static span measure(const uint8_t *bytes, size_t length)
{
    if (bytes[0] != LEE__BEAST_ESCAPE) {
        return measure_garbage(bytes, length, 0, "bytes outside any frame");
    }
    if (length < 2) {
        return more_needed;
    }
    const size_t payload = lee__beast_payload_bytes(bytes[1]);
    if (payload == 0) {
        return measure_garbage(bytes, length, 2,
                               bytes[1] == LEE__BEAST_ESCAPE ? "bytes outside any frame"
                                                             : "a frame of unknown type");
    }
    return measure_payload(bytes, length, payload);
}

/* `head` is the frame from its start, as far as the counter at least when it is whole. */
static void emit(lee_deframer *deframer, const uint8_t *head, const uint8_t *bytes, size_t length,
                 const span *found)
{
    int64_t t_us = deframer->options.live ? deframer->t_received_us : deframer->t_last_us;
    if (found->refused == LEE_OK && lee__beast_has_tick(head[1])) {
        t_us = lee__deframe_tick_time(deframer, lee__beast_tick(head + 2));
    }
    lee__deframe_emit(deframer, bytes, length, t_us, found->refused, found->reason);
}

/* Takes bytes, one at a time since the escapes among them count, until what was carried over is a
 * frame; what was looked at behind it is carried on. Returns the bytes used. */
static size_t complete_carried(lee_deframer *deframer, const uint8_t *bytes, size_t length)
{
    for (size_t used = 0; used < length; used++) {
        lee__deframe_carry(deframer, bytes + used, 1);
        const span found = measure(deframer->carry, deframer->carry_length);
        if (found.length == 0) {
            continue;
        }
        uint8_t behind[LOOK_AHEAD_BYTES];
        const size_t behind_length = deframer->carry_length - found.length;
        assert(behind_length <= sizeof behind);
        memcpy(behind, deframer->carry + found.length, behind_length);
        deframer->carry_length = found.length;
        emit(deframer, deframer->carry, NULL, 0, &found);
        lee__deframe_carry(deframer, behind, behind_length);
        return used + 1;
    }
    return length;
}

void lee__deframe_beast(lee_deframer *deframer, const uint8_t *bytes, size_t length)
{
    size_t at = 0;
    while (at < length) {
        if (deframer->carry_length > 0) {
            at += complete_carried(deframer, bytes + at, length - at);
            continue;
        }
        const size_t plain = plain_length(bytes + at, length - at);
        if (plain > 0) {
            const uint64_t tick = lee__beast_tick_plain(bytes + at + 2);
            lee__deframe_emit(deframer, bytes + at, plain, lee__deframe_tick_time(deframer, tick),
                              LEE_OK, NULL);
            at += plain;
            continue;
        }
        const span found = measure(bytes + at, length - at);
        if (found.length == 0) {
            lee__deframe_carry(deframer, bytes + at, length - at);
            return;
        }
        emit(deframer, bytes + at, bytes + at, found.length, &found);
        at += found.length;
    }
}
