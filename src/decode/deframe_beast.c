/* The Beast binary format: 0x1a, a type, 48 bits of a 12 MHz counter, a signal level and the
 * message; every 0x1a after the type is doubled (Mode-S Beast manual, "Binary data format"). */
#include <assert.h>
#include <string.h>

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

/* A frame of which at least one byte is an escape. */
static span measure_escaped(const uint8_t *bytes, size_t length, size_t payload)
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
    if (length >= 2 + payload && memchr(bytes + 2, LEE__BEAST_ESCAPE, payload) == NULL) {
        return (span){2 + payload, LEE_OK, NULL};
    }
    return measure_escaped(bytes, length, payload);
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
        const span found = measure(bytes + at, length - at);
        if (found.length == 0) {
            lee__deframe_carry(deframer, bytes + at, length - at);
            return;
        }
        emit(deframer, bytes + at, bytes + at, found.length, &found);
        at += found.length;
    }
}
