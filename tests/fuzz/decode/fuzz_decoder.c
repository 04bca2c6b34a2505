/* Any stream through deframer and decoder: every report is valid, and the counts add up. The first
 * byte chooses the format. In half of the runs (second byte) the input is a run of long messages,
 * whose parity is made here; in the others the mutator puts that of AVR and Beast right. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "decode/mode_s.h"
#include "leeward/decoder.h"
#include "leeward/deframe.h"
#include "record/codec.h"
#include "support/fuzz_mutate.h"
#include "support/fuzz_repair.h"

static lee_decoder *decoder;
static lee_crc24 crc;

static void require(int fact)
{
    if (!fact) {
        abort();
    }
}

static void decode(const lee_frame *frame)
{
    lee_report report;
    lee_error_info why = {.code = LEE_OK};
    switch (lee_decoder_frame(decoder, frame, &report, &why)) {
    case LEE_DECODED_REPORT:
        require(lee_report_check(&report, &why) == LEE_OK);
        require(((report.present & LEE_REPORT_HAS_LAT) != 0) ==
                ((report.present & LEE_REPORT_HAS_LON) != 0));
        require(report.target.text[LEE_TARGET_BYTES - 1] == '\0' && report.target.text[0] != '\0');
        break;
    case LEE_DECODED_NOTHING:
        require(why.code == LEE_OK && why.reason != NULL);
        break;
    case LEE_DECODED_REFUSED:
        require(why.code != LEE_OK && why.reason != NULL);
        break;
    }
}

static void on_frame(void *context, const lee_frame *frame)
{
    (void)context;
    decode(frame);
}

/* One that is heard by an all-call reply, so that Comm-B replies with its address are read. */
#define KNOWN_ADDRESS FUZZ_KNOWN_ADDRESS

static void put_parity(uint8_t *message, size_t length, uint32_t overlay)
{
    const uint32_t parity = lee_crc24_remainder(&crc, message, length) ^ overlay;
    message[length - 3] = (uint8_t)(parity >> 16);
    message[length - 2] = (uint8_t)(parity >> 8);
    message[length - 1] = (uint8_t)parity;
}

static void decode_all_call(void)
{
    uint8_t message[9 + 7] = {0x1a, '2', 0, 0, 0, 0, 0, 1, 0, 0x58, 0x4b, 0x18, 0x15};
    put_parity(message + 9, 7, 0);
    uint8_t escaped[2 * sizeof message];
    uint32_t at = 2;
    memcpy(escaped, message, 2);
    for (size_t i = 2; i < sizeof message; i++) {
        escaped[at++] = message[i];
        if (message[i] == 0x1a) {
            escaped[at++] = 0x1a;
        }
    }
    const lee_frame frame = {.bytes = escaped, .length = at, .format = LEE_FORMAT_BEAST};
    decode(&frame);
}

/* The input as a run of long messages, each 11 bytes and a parity that is made here. */
static void decode_with_parity(const uint8_t *bytes, size_t length)
{
    int64_t t_us = 0;
    decode_all_call();
    for (; length >= 12; bytes += 12, length -= 12) {
        uint8_t frame_bytes[2 * 21 + 2] = {0x1a, '3', 0, 0, 0, 0, 0, 1, 0};
        uint8_t message[14] = {0};
        memcpy(message, bytes, 11);
        const bool is_reply = bytes[0] % 4 == 3;
        message[0] = (uint8_t)(message[0] % 2 == 0 ? 0x88 | (message[0] & 7) : message[0] | 0x80);
        if (is_reply) {
            message[0] = (uint8_t)(0xa0 | (message[0] & 0xf)); /* DF20, 21 */
        }
        put_parity(message, 14, is_reply ? KNOWN_ADDRESS : 0);
        uint32_t at = 9;
        for (size_t i = 0; i < 14; i++) {
            frame_bytes[at++] = message[i];
            if (message[i] == 0x1a) {
                frame_bytes[at++] = 0x1a;
            }
        }
        t_us += (int64_t)bytes[11] * bytes[11] * 10000;
        const lee_frame frame = {
            .t_us = t_us, .bytes = frame_bytes, .length = at, .format = LEE_FORMAT_BEAST};
        decode(&frame);
    }
}

static size_t repair(uint8_t *data, size_t size, size_t size_max)
{
    (void)size_max;
    if (size > 2 && data[1] % 2 != 0 && data[0] % 8 == 0) {
        fuzz_repair_beast(data + 2, size - 2);
    } else if (size > 2 && data[1] % 2 != 0 && data[0] % 8 == 1) {
        fuzz_repair_avr(data + 2, size - 2);
    }
    return size;
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
    lee_decoder_options options;
    lee_decoder_options_default(&options);
    options.aircraft_max = 8;
    options.site_known = data[1] % 4 == 0;
    lee_crc24_init(&crc);
    require(lee_decoder_create(&options, &decoder) == LEE_OK);
    if (data[1] % 2 == 0) {
        decode_with_parity(data + 2, size - 2);
    } else {
        lee_deframe_options deframe_options;
        lee_deframe_options_default(&deframe_options);
        lee_deframer *deframer = NULL;
        decode_all_call();
        require(lee_deframer_create(formats[data[0] % 8], &deframe_options, &deframer) == LEE_OK);
        lee_deframer_push(deframer, data + 2, size - 2, 0, on_frame, NULL);
        lee_deframer_finish(deframer, on_frame, NULL);
        lee_deframer_free(deframer);
    }
    lee_decoder_counters counters;
    lee_decoder_count(decoder, &counters);
    require(counters.frames == counters.reports + counters.nothing + counters.refused);
    require(counters.aircraft <= 8);
    lee_decoder_free(decoder);
    decoder = NULL;
    return 0;
}
