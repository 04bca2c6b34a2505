/* MAVLink, whole and in pieces (the first byte says of which size): the same frames, which cover
 * the input without a gap, and every report is valid. In half of the runs the input is taken as
 * payloads of the messages that are read, and given right checksums, as otherwise few would pass.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "decode/mavlink.h"
#include "leeward/decoder.h"
#include "leeward/deframe.h"
#include "record/codec.h"

typedef struct {
    const uint8_t *input;
    size_t length;
    uint64_t end; /* of the last frame */
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
    require(frame->length > 0 && frame->length <= LEE_FRAME_MAX_BYTES);
    require(frame->stream_offset == run->end);
    run->end += frame->length;
    require(run->end <= run->length);
    require(memcmp(frame->bytes, run->input + frame->stream_offset, frame->length) == 0);
    const int64_t facts[3] = {frame->t_us, (int64_t)frame->length, frame->refused};
    run->sum = lee_crc32c(run->sum, facts, sizeof facts);
    lee_report report;
    lee_error_info why = {.code = LEE_OK};
    if (lee_decoder_frame(run->decoder, frame, &report, &why) == LEE_DECODED_REPORT) {
        require(lee_report_check(&report, &why) == LEE_OK);
    }
}

static uint32_t run_all(const uint8_t *bytes, size_t length, size_t piece)
{
    run_state run = {.input = bytes, .length = length};
    lee_decoder_options options;
    lee_deframe_options deframe_options;
    lee_deframer *deframer = NULL;
    lee_decoder_options_default(&options);
    lee_deframe_options_default(&deframe_options);
    options.aircraft_max = 1;
    require(lee_decoder_create(&options, &run.decoder) == LEE_OK);
    require(lee_deframer_create(LEE_FORMAT_MAVLINK, &deframe_options, &deframer) == LEE_OK);
    for (size_t at = 0; at < length; at += piece) {
        lee_deframer_push(deframer, bytes + at, length - at < piece ? length - at : piece, 0,
                          on_frame, &run);
    }
    lee_deframer_finish(deframer, on_frame, &run);
    require(run.end == length);
    lee_deframer_free(deframer);
    lee_decoder_free(run.decoder);
    return run.sum;
}

static uint16_t checksum(const uint8_t *bytes, size_t length, uint8_t extra)
{
    uint16_t crc = 0xffff;
    for (size_t i = 0; i <= length; i++) {
        crc ^= i < length ? bytes[i] : extra;
        for (int bit = 0; bit < 8; bit++) {
            crc = (uint16_t)((crc & 1) != 0 ? crc >> 1 ^ 0x8408 : crc >> 1);
        }
    }
    return crc;
}

/* One frame of version 2 around as much of the input as it takes; returns the bytes used. */
static size_t wrap(const uint8_t *bytes, size_t length, uint8_t *out, size_t *out_length)
{
    static const struct {
        uint8_t message, extra, payload;
    } kinds[] = {{2, 137, 12}, {33, 104, 28}, {246, 184, 38}};
    const size_t kind = bytes[0] % 3;
    const size_t payload = length - 1 < kinds[kind].payload ? length - 1 : kinds[kind].payload;
    uint8_t *const at = out + *out_length;
    memset(at, 0, 10);
    at[0] = LEE_MAVLINK_2_MAGIC;
    at[1] = (uint8_t)payload;
    at[5] = bytes[0];
    at[7] = kinds[kind].message;
    memcpy(at + 10, bytes + 1, payload);
    const uint16_t crc = checksum(at + 1, 9 + payload, kinds[kind].extra);
    at[10 + payload] = (uint8_t)crc;
    at[11 + payload] = (uint8_t)(crc >> 8);
    *out_length += 12 + payload;
    return 1 + payload;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2 || size > 4096) {
        return 0;
    }
    if (data[0] % 2 == 0) {
        require(run_all(data + 1, size - 1, size) == run_all(data + 1, size - 1, 1 + data[0]));
        return 0;
    }
    uint8_t *const frames = malloc(12 * size);
    size_t length = 0;
    for (size_t at = 1; at < size;) {
        at += wrap(data + at, size - at, frames, &length);
    }
    require(run_all(frames, length, length) == run_all(frames, length, 1 + data[0]));
    free(frames);
    return 0;
}
