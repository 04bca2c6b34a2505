/* MAVLink frames out of a stream, which may hold anything between them. */
#include <assert.h>
#include <string.h>

#include "base/time_text.h"
#include "decode/deframe_internal.h"
#include "decode/mavlink.h"

/* Garbage comes in pieces of this size, which bounds the work for a byte of it. */
#define GARBAGE_MAX_BYTES 512

/* A vehicle's clock that jumps back by more than this was restarted. */
#define BOOT_BACK_MAX_MS 10000

typedef struct {
    size_t length; /* 0: more bytes are needed */
    bool is_frame;
    lee_mavlink frame;
} span;

static bool is_magic(uint8_t byte)
{
    return byte == LEE_MAVLINK_1_MAGIC || byte == LEE_MAVLINK_2_MAGIC;
}

static span measure(const uint8_t *bytes, size_t length, bool ended)
{
    span found = {.length = 0};
    const lee_mavlink_result result = lee_mavlink_read(bytes, length, &found.frame);
    if (result == LEE_MAVLINK_SHORT && !ended) {
        return found;
    }
    const size_t end = found.frame.frame_bytes;
    if (result == LEE_MAVLINK_UNCHECKED && end == length && !ended) {
        return found; /* what follows decides */
    }
    if (result == LEE_MAVLINK_CHECKED ||
        (result == LEE_MAVLINK_UNCHECKED && (end == length || is_magic(bytes[end])))) {
        found.is_frame = true;
        found.length = end;
        return found;
    }
    size_t at = 1;
    while (at < length && at < GARBAGE_MAX_BYTES && !is_magic(bytes[at])) {
        at++;
    }
    found.length = at < length || at == GARBAGE_MAX_BYTES || ended ? at : 0;
    return found;
}

/* The time of a message that tells its vehicle's clock (milliseconds since boot), by what the
 * vehicle said of UTC, else since the first such message. */
static int64_t time_of(lee_deframer *deframer, const lee_mavlink *frame)
{
    if (deframer->options.live) {
        return deframer->t_received_us;
    }
    const bool is_clock = frame->message == LEE_MAVLINK_SYSTEM_TIME;
    if (!is_clock && frame->message != LEE_MAVLINK_GLOBAL_POSITION_INT) {
        return deframer->t_last_us;
    }
    const int64_t boot_ms = (int64_t)lee_mavlink_number(frame, is_clock ? 8 : 0, 4);
    const uint64_t unix_us = is_clock ? lee_mavlink_number(frame, 0, 8) : 0;
    if (unix_us > 0 && unix_us < (uint64_t)INT64_MAX / 2) {
        deframer->t_base_us = (int64_t)unix_us - boot_ms * 1000;
    } else if (!deframer->tick_known || boot_ms < (int64_t)deframer->tick_last - BOOT_BACK_MAX_MS) {
        deframer->t_base_us = deframer->t_last_us - boot_ms * 1000;
    }
    deframer->tick_known = true;
    deframer->tick_last = (uint64_t)boot_ms;
    return deframer->t_base_us + boot_ms * 1000;
}

/* Gives all frames in what is carried, and carries on what is left. */
static void give(lee_deframer *deframer, bool ended)
{
    const size_t length = deframer->carry_length;
    size_t at = 0;
    deframer->carry_length = 0;
    while (at < length) {
        const span found = measure(deframer->carry + at, length - at, ended);
        if (found.length == 0) {
            break;
        }
        const int64_t t_us = found.is_frame           ? time_of(deframer, &found.frame)
                             : deframer->options.live ? deframer->t_received_us
                                                      : deframer->t_last_us;
        lee__deframe_emit(deframer, deframer->carry + at, found.length, t_us,
                          found.is_frame ? LEE_OK : LEE_ERR_SYNTAX,
                          found.is_frame ? NULL : "bytes outside any frame, or a wrong checksum");
        at += found.length;
    }
    memmove(deframer->carry, deframer->carry + at, length - at);
    deframer->carry_length = length - at;
}

void lee__deframe_mavlink(lee_deframer *deframer, const uint8_t *bytes, size_t length)
{
    while (length > 0) {
        const size_t room = LEE_FRAME_MAX_BYTES - deframer->carry_length;
        const size_t taken = length < room ? length : room;
        assert(taken > 0); /* what is left over is never more than a frame or a piece of garbage */
        lee__deframe_carry(deframer, bytes, taken);
        give(deframer, false);
        bytes += taken;
        length -= taken;
    }
}

void lee__deframe_mavlink_finish(lee_deframer *deframer)
{
    give(deframer, true);
}
