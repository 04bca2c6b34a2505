/* GPX and IGC, whole and in pieces (the first byte says of which size): the same frames, each a
 * stretch of the input, and every report is valid. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
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
    require(frame->stream_offset >= run->end &&
            frame->stream_offset + frame->length <= run->length);
    require(memcmp(frame->bytes, run->input + frame->stream_offset, frame->length) == 0);
    run->end = frame->stream_offset + frame->length;
    run->sum = lee_crc32c(run->sum, &frame->stream_offset, sizeof frame->stream_offset);
    run->sum = lee_crc32c(run->sum, &frame->length, sizeof frame->length);
    run->sum = lee_crc32c(run->sum, &frame->line, sizeof frame->line);
    run->sum = lee_crc32c(run->sum, &frame->t_us, sizeof frame->t_us);
    lee_report report;
    lee_error_info why = {.code = LEE_OK};
    if (lee_decoder_frame(run->decoder, frame, &report, &why) == LEE_DECODED_REPORT) {
        require(lee_report_check(&report, &why) == LEE_OK);
        require((report.present & LEE_REPORT_HAS_POSITION) == LEE_REPORT_HAS_POSITION);
        require(strncmp(report.target.text, "unit:", 5) == 0);
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
    require(lee_deframer_create(LEE_FORMAT_GPX, &deframe_options, &deframer) == LEE_OK);
    for (size_t at = 0; at < length; at += piece) {
        lee_deframer_push(deframer, bytes + at, length - at < piece ? length - at : piece, 0,
                          on_frame, &run);
    }
    lee_deframer_finish(deframer, on_frame, &run);
    lee_deframer_free(deframer);
    lee_decoder_free(run.decoder);
    return run.sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2) {
        return 0;
    }
    const uint32_t whole = run_all(data + 1, size - 1, size);
    require(whole == run_all(data + 1, size - 1, 1 + data[0]));
    return 0;
}
