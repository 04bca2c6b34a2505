/* Any stream of ASTERIX through deframer and decoder, whole and in pieces: the same frames, valid
 * reports, and a frame decodes to the same when it stands alone. The first byte chooses the size of
 * a piece; half of the inputs are wrapped into one data block, so that records are reached. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "decode/asterix.h"
#include "leeward/decoder.h"
#include "leeward/deframe.h"
#include "record/codec.h"
#include "support/fuzz_mutate.h"
#include "support/fuzz_repair.h"

static lee_decoder *decoder;

typedef struct {
    uint64_t count;
    uint64_t mixed;
} sums;

static void require(int fact)
{
    if (!fact) {
        abort();
    }
}

static void on_frame(void *context, const lee_frame *frame)
{
    sums *const s = context;
    s->count++;
    s->mixed = s->mixed * 31 + frame->stream_offset * 7 + frame->length + (uint64_t)frame->t_us;
    require(frame->length > 0 && frame->length <= LEE_FRAME_MAX_BYTES);
    lee_report report;
    lee_error_info why = {.code = LEE_OK};
    switch (lee_decoder_frame(decoder, frame, &report, &why)) {
    case LEE_DECODED_REPORT:
        require(lee_report_check(&report, &why) == LEE_OK);
        require(((report.present & LEE_REPORT_HAS_LAT) != 0) ==
                ((report.present & LEE_REPORT_HAS_LON) != 0));
        break;
    case LEE_DECODED_NOTHING:
        require(why.code == LEE_OK && why.reason != NULL);
        break;
    case LEE_DECODED_REFUSED:
        require(why.code != LEE_OK && why.reason != NULL);
        break;
    }
}

static sums run(const uint8_t *data, size_t size, size_t piece)
{
    sums s = {0};
    lee_deframe_options options;
    lee_deframe_options_default(&options);
    lee_deframer *deframer = NULL;
    require(lee_deframer_create(LEE_FORMAT_ASTERIX, &options, &deframer) == LEE_OK);
    for (size_t at = 0; at < size; at += piece) {
        lee_deframer_push(deframer, data + at, size - at < piece ? size - at : piece, 0, on_frame,
                          &s);
    }
    lee_deframer_finish(deframer, on_frame, &s);
    lee_deframer_free(deframer);
    return s;
}

static size_t repair(uint8_t *data, size_t size, size_t size_max)
{
    (void)size_max;
    if (size > 1 && data[0] % 2 == 0) {
        fuzz_repair_asterix(data + 1, size - 1);
    }
    return size;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t block[65535];
    if (size < 3 || size > 60000) {
        return 0;
    }
    if (decoder == NULL) {
        lee_decoder_options options;
        lee_decoder_options_default(&options);
        options.aircraft_max = 16;
        require(lee_decoder_create(&options, &decoder) == LEE_OK);
    }
    const size_t piece = (size_t)data[0] / 2 + 1;
    if (data[0] % 2 == 0) {
        const sums whole = run(data + 1, size - 1, size);
        const sums pieces = run(data + 1, size - 1, piece);
        require(whole.count == pieces.count && whole.mixed == pieces.mixed);
        return 0;
    }
    block[0] = data[1];
    block[1] = (uint8_t)((size + 1) >> 8);
    block[2] = (uint8_t)(size + 1);
    memcpy(block + 3, data + 2, size - 2);
    (void)run(block, size + 1, size + 1);
    return 0;
}
