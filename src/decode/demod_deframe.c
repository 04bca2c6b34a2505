/* Samples of a radio to the frames that a Beast receiver would give, so that what is recorded of
 * them is a thousandth and replays as any other. */
#include <assert.h>
#include <string.h>

#include "decode/beast.h"
#include "decode/deframe_internal.h"

#define TICKS_PER_US 12

static size_t sample_bytes(const lee_deframer *deframer)
{
    return deframer->format == LEE_FORMAT_IQ ? 2 : 4;
}

static int64_t time_of(const lee_deframer *deframer, const lee__demod_message *message)
{
    const int64_t since_us = (int64_t)(message->tick / TICKS_PER_US);
    if (!deframer->options.live) {
        return deframer->options.t0_us + since_us;
    }
    const uint64_t pushed = deframer->bytes_pushed / sample_bytes(deframer);
    const int64_t all_us = (int64_t)(pushed * 5 / (deframer->options.sample_rate_hz / 200000));
    const int64_t t_us = deframer->t_received_us - (all_us > since_us ? all_us - since_us : 0);
    /* Pieces come at uneven times; a receiver's frames do not go back. */
    return t_us > deframer->t_last_us ? t_us : deframer->t_last_us;
}

static void on_message(void *context, const lee__demod_message *message)
{
    lee_deframer *const deframer = context;
    uint8_t plain[6 + 1 + LEE_MODE_S_LONG_BYTES];
    for (unsigned i = 0; i < 6; i++) {
        plain[i] = (uint8_t)(message->tick >> (40 - 8 * i));
    }
    plain[6] = message->level;
    memcpy(plain + 7, message->bytes, message->length);
    uint8_t bytes[2 + 2 * sizeof plain];
    size_t length = 0;
    bytes[length++] = LEE__BEAST_ESCAPE;
    bytes[length++] = message->length == LEE_MODE_S_LONG_BYTES ? '3' : '2';
    for (size_t i = 0; i < 7u + message->length; i++) {
        bytes[length++] = plain[i];
        if (plain[i] == LEE__BEAST_ESCAPE) {
            bytes[length++] = LEE__BEAST_ESCAPE;
        }
    }
    const lee_frame frame = {.t_us = time_of(deframer, message),
                             .stream_offset = message->sample * sample_bytes(deframer),
                             .bytes = bytes,
                             .length = (uint32_t)length,
                             .feed = deframer->options.feed,
                             .format = LEE_FORMAT_BEAST,
                             .refused = LEE_OK};
    deframer->t_last_us = frame.t_us;
    deframer->sink(deframer->context, &frame);
}

void lee__deframe_samples(lee_deframer *deframer, const uint8_t *bytes, size_t length)
{
    deframer->bytes_pushed += length;
    lee__demod_push(deframer->demod, bytes, length, on_message, deframer);
}

void lee__deframe_samples_finish(lee_deframer *deframer)
{
    lee__demod_finish(deframer->demod, on_message, deframer);
    deframer->bytes_pushed = lee__demod_samples_taken(deframer->demod) * sample_bytes(deframer);
}
