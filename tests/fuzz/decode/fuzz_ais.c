/* AIS and own position through deframer and decoder: every report is valid, and the counts add up.
 * The first byte chooses: the rest is a stream as it is; lines whose checksums are put right; or
 * messages, each a length, a type and bits, which come as one sentence or several. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "decode/ais.h"
#include "leeward/decoder.h"
#include "leeward/deframe.h"
#include "record/codec.h"
#include "support/fuzz_mutate.h"
#include "support/fuzz_repair.h"
#include "unit/decode/ais_encode.h"

static lee_decoder *decoder;

static void require(int fact)
{
    if (!fact) {
        abort();
    }
}

static void on_frame(void *context, const lee_frame *frame)
{
    (void)context;
    lee_report report;
    lee_error_info why = {.code = LEE_OK};
    switch (lee_decoder_frame(decoder, frame, &report, &why)) {
    case LEE_DECODED_REPORT:
        require(lee_report_check(&report, &why) == LEE_OK);
        require(((report.present & LEE_REPORT_HAS_LAT) != 0) ==
                ((report.present & LEE_REPORT_HAS_LON) != 0));
        require(strncmp(report.target.text, "mmsi:", 5) == 0 ||
                strncmp(report.target.text, "unit:own", 8) == 0);
        break;
    case LEE_DECODED_NOTHING:
        require(why.code == LEE_OK && why.reason != NULL);
        break;
    case LEE_DECODED_REFUSED:
        require(why.code != LEE_OK && why.reason != NULL);
        break;
    }
}

static void push(lee_deframer *deframer, const char *text)
{
    lee_deframer_push(deframer, (const uint8_t *)text, strlen(text), 0, on_frame, NULL);
    lee_deframer_push(deframer, (const uint8_t *)"\n", 1, 0, on_frame, NULL);
}

static void run_lines(lee_deframer *deframer, const uint8_t *bytes, size_t length)
{
    while (length > 0) {
        const uint8_t *const newline = memchr(bytes, '\n', length);
        const size_t line = newline ? (size_t)(newline - bytes) : length;
        char body[256] = {0};
        char text[300];
        const size_t kept = line < sizeof body - 1 ? line : sizeof body - 1;
        memcpy(body, bytes, kept);
        nmea_wrap(kept % 2 == 0 ? '!' : '$', body, text, sizeof text);
        push(deframer, text);
        const size_t used = newline ? line + 1 : line;
        bytes += used;
        length -= used;
    }
}

static void push_message(lee_deframer *deframer, const ais_bits *message, unsigned parts)
{
    char payload[400];
    const unsigned fill = ais_armour(message, payload);
    const size_t length = strlen(payload);
    for (unsigned part = 1; part <= parts; part++) {
        const size_t from = length * (part - 1) / parts;
        const size_t to = length * part / parts;
        char body[450];
        char text[500];
        snprintf(body, sizeof body, "AIVDM,%u,%u,1,A,%.*s,%u", parts, part, (int)(to - from),
                 payload + from, part == parts ? fill : 0);
        nmea_wrap('!', body, text, sizeof text);
        push(deframer, text);
    }
}

static void run_messages(lee_deframer *deframer, const uint8_t *bytes, size_t length)
{
    while (length >= 3) {
        const size_t bytes_count = bytes[0] < length - 3 ? bytes[0] : length - 3;
        ais_bits message = {.count = 0};
        ais_put(&message, bytes[1] % 30, 6);
        ais_put(&message, bytes[2] >> 6, 2);
        for (size_t i = 0; i < bytes_count; i++) {
            ais_put(&message, bytes[3 + i], 8);
        }
        message.count -= bytes[2] & 7;
        push_message(deframer, &message, 1 + (bytes[2] >> 3 & 3));
        bytes += 3 + bytes_count;
        length -= 3 + bytes_count;
    }
}

static size_t repair(uint8_t *data, size_t size, size_t size_max)
{
    (void)size_max;
    if (size > 1 && data[0] % 3 == 0) {
        fuzz_repair_nmea(data + 1, size - 1);
    }
    return size;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2) {
        return 0;
    }
    lee_decoder_options options;
    lee_deframe_options deframe_options;
    lee_deframer *deframer = NULL;
    lee_decoder_options_default(&options);
    lee_deframe_options_default(&deframe_options);
    options.aircraft_max = 1;
    require(lee_decoder_create(&options, &decoder) == LEE_OK);
    require(lee_deframer_create(LEE_FORMAT_AIS, &deframe_options, &deframer) == LEE_OK);
    switch (data[0] % 3) {
    case 0:
        lee_deframer_push(deframer, data + 1, size - 1, 0, on_frame, NULL);
        break;
    case 1:
        run_lines(deframer, data + 1, size - 1);
        break;
    default:
        run_messages(deframer, data + 1, size - 1);
        break;
    }
    lee_deframer_finish(deframer, on_frame, NULL);
    lee_deframer_free(deframer);
    lee_decoder_counters counters;
    lee_decoder_count(decoder, &counters);
    require(counters.frames == counters.reports + counters.nothing + counters.refused);
    require(counters.ais_parts_dropped <= counters.frames);
    lee_decoder_free(decoder);
    return 0;
}
