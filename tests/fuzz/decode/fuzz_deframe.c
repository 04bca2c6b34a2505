/* Any bytes through a deframer, whole and in pieces: the same frames, in order, each a stretch of
 * the input; no byte of a Beast stream left over. The first byte chooses the format and the clock,
 * the second the size of the pieces. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "leeward/deframe.h"

typedef struct {
    const uint8_t *stream;
    size_t length;
    uint64_t end; /* of the frame before */
    uint64_t framed_bytes;
    uint64_t count;
    uint32_t checksum;
} seen;

static void require(int fact)
{
    if (!fact) {
        abort();
    }
}

static void on_frame(void *context, const lee_frame *frame)
{
    seen *const s = context;
    require(frame->length > 0 && frame->length <= LEE_FRAME_MAX_BYTES);
    require(frame->stream_offset >= s->end);
    require(frame->stream_offset + frame->length <= s->length);
    require(memcmp(frame->bytes, s->stream + frame->stream_offset, frame->length) == 0);
    require((frame->refused == LEE_OK) == (frame->reason == NULL));
    s->end = frame->stream_offset + frame->length;
    s->framed_bytes += frame->length;
    s->count++;
    const int64_t facts[4] = {frame->t_us, (int64_t)frame->stream_offset, frame->length,
                              frame->refused * 1000000 + (int64_t)frame->line};
    s->checksum = lee_crc32c(s->checksum, facts, sizeof facts);
}

static void run(lee_format format, bool clock_gps, const uint8_t *bytes, size_t length,
                size_t piece, seen *s)
{
    lee_deframe_options options;
    lee_deframe_options_default(&options);
    options.clock_gps = clock_gps;
    lee_deframer *deframer = NULL;
    if (lee_deframer_create(format, &options, &deframer) != LEE_OK) {
        return;
    }
    *s = (seen){.stream = bytes, .length = length};
    for (size_t at = 0; at < length; at += piece) {
        const size_t size = length - at < piece ? length - at : piece;
        lee_deframer_push(deframer, bytes + at, size, 0, on_frame, s);
    }
    lee_deframer_finish(deframer, on_frame, s);
    lee_deframer_free(deframer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const lee_format formats[] = {LEE_FORMAT_BEAST,        LEE_FORMAT_AVR,
                                         LEE_FORMAT_SBS,          LEE_FORMAT_AIRCRAFT_JSON,
                                         LEE_FORMAT_OPENSKY_CSV,  LEE_FORMAT_REPORT_JSONL,
                                         LEE_FORMAT_OPENSKY_JSON, LEE_FORMAT_READSB_TRACE};
    if (size < 3) {
        return 0;
    }
    const lee_format format = formats[data[0] % 8];
    const bool clock_gps = data[0] / 8 % 2 == 1;
    const size_t piece = (size_t)data[1] + 1;
    seen whole = {.count = 0};
    seen pieces = {.count = 0};
    run(format, clock_gps, data + 2, size - 2, size, &whole);
    run(format, clock_gps, data + 2, size - 2, piece, &pieces);
    require(whole.count == pieces.count && whole.checksum == pieces.checksum);
    if (format == LEE_FORMAT_BEAST) {
        require(whole.framed_bytes == size - 2);
    }
    lee_format guessed;
    (void)lee_format_guess(data + 2, size - 2, NULL, &guessed);
    return 0;
}
