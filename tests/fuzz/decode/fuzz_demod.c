/* Samples of a radio, whole and in pieces (the second byte says of which size): the same frames, in
 * order, none of which a decoder refuses. In half of the runs the input says which messages to
 * draw, as otherwise few would pass: a gap, a height and the bytes of each, whose parity is made
 * right. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "decode/mode_s.h"
#include "leeward/decoder.h"
#include "leeward/deframe.h"
#include "record/codec.h"

#define SAMPLES_MAX 8192

typedef struct {
    uint64_t end;
    uint64_t next;
    uint32_t sum;
    lee_decoder *decoder;
} run_state;

static void require(int fact)
{
    if (!fact) {
        abort();
    }
}

static void on_frame(void *context, const lee_frame *frame)
{
    run_state *const run = context;
    require(frame->format == LEE_FORMAT_BEAST && frame->refused == LEE_OK);
    require(frame->stream_offset >= run->next && frame->stream_offset < run->end);
    run->next = frame->stream_offset;
    run->sum = lee_crc32c(run->sum, frame->bytes, frame->length);
    run->sum = lee_crc32c(run->sum, &frame->t_us, sizeof frame->t_us);
    lee_report report;
    lee_error_info why = {.code = LEE_OK};
    const lee_decode_result result = lee_decoder_frame(run->decoder, frame, &report, &why);
    require(result != LEE_DECODED_REFUSED);
    require(result != LEE_DECODED_REPORT || lee_report_check(&report, &why) == LEE_OK);
}

static uint32_t run_all(lee_format format, uint32_t rate_hz, const uint8_t *bytes, size_t length,
                        size_t piece)
{
    run_state run = {.end = length};
    lee_decoder_options options;
    lee_deframe_options deframe_options;
    lee_deframer *deframer = NULL;
    lee_decoder_options_default(&options);
    lee_deframe_options_default(&deframe_options);
    options.aircraft_max = 64;
    deframe_options.sample_rate_hz = rate_hz;
    require(lee_decoder_create(&options, &run.decoder) == LEE_OK);
    require(lee_deframer_create(format, &deframe_options, &deframer) == LEE_OK);
    for (size_t at = 0; at < length; at += piece) {
        lee_deframer_push(deframer, bytes + at, length - at < piece ? length - at : piece, 0,
                          on_frame, &run);
    }
    lee_deframer_finish(deframer, on_frame, &run);
    lee_deframer_free(deframer);
    lee_decoder_free(run.decoder);
    return run.sum;
}

static void draw_chip(uint8_t *out, size_t sample, uint8_t height)
{
    if (sample < SAMPLES_MAX) {
        out[2 * sample] = (uint8_t)(128 + height / 2);
    }
}

/* One message at 2 samples a microsecond. The bytes of the input that it took. */
static size_t draw(const lee_crc24 *crc, const uint8_t *from, size_t length, uint8_t *out,
                   size_t *sample)
{
    static const size_t pulses[] = {0, 2, 7, 9};
    uint8_t message[LEE_MODE_S_LONG_BYTES] = {0};
    const size_t taken = length < 16 ? length : 16;
    memcpy(message, from + 2, taken - 2);
    const size_t size = message[0] >> 7 != 0 ? LEE_MODE_S_LONG_BYTES : LEE_MODE_S_SHORT_BYTES;
    /* Overlaid with the address that a message with plain parity has where this one has fields. */
    const uint8_t kind = message[0] >> 3;
    const uint32_t overlay = kind == 11 || kind == 17 || kind == 18 ? 0 : 0x4ca2d6;
    memset(message + size - 3, 0, 3);
    const uint32_t parity = lee_crc24_remainder(crc, message, size) ^ overlay;
    for (unsigned i = 0; i < 3; i++) {
        message[size - 3 + i] = (uint8_t)(parity >> (16 - 8 * i));
    }
    *sample += from[0];
    for (size_t i = 0; i < 4; i++) {
        draw_chip(out, *sample + pulses[i], from[1]);
    }
    for (size_t i = 0; i < 8 * size; i++) {
        const bool one = (message[i / 8] >> (7 - i % 8) & 1) != 0;
        draw_chip(out, *sample + 16 + 2 * i + (one ? 0 : 1), from[1]);
    }
    *sample += 16 + 16 * size;
    return taken;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t samples[2 * SAMPLES_MAX];
    static lee_crc24 crc;
    if (size < 4 || size > 2 * SAMPLES_MAX) {
        return 0;
    }
    const size_t piece = 1 + (size_t)data[1] * 3;
    if (data[0] % 2 == 0) {
        const lee_format format = (data[0] & 2) != 0 ? LEE_FORMAT_IQ : LEE_FORMAT_IQ16;
        const uint32_t rate_hz = (data[0] & 4) != 0 ? 2400000 : 2000000;
        require(run_all(format, rate_hz, data + 2, size - 2, size) ==
                run_all(format, rate_hz, data + 2, size - 2, piece));
        return 0;
    }
    lee_crc24_init(&crc);
    memset(samples, 128, sizeof samples);
    size_t sample = 0;
    for (size_t at = 2; at + 3 <= size && sample < SAMPLES_MAX;) {
        at += draw(&crc, data + at, size - at, samples, &sample);
    }
    const size_t length = sample < SAMPLES_MAX ? 2 * sample : sizeof samples;
    require(run_all(LEE_FORMAT_IQ, 2000000, samples, length, length + 1) ==
            run_all(LEE_FORMAT_IQ, 2000000, samples, length, piece));
    return 0;
}
