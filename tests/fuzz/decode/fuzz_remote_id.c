/* Remote ID: captures and JSON as they are, packets of each link type, and messages in an envelope.
 * Every report is valid, the counts add up, and no frame holds anything of the operator, whether
 * somebody asked to keep that sealed or not. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "decode/remote_id.h"
#include "leeward/decoder.h"
#include "leeward/deframe.h"
#include "record/codec.h"
#include "support/fuzz_mutate.h"
#include "support/fuzz_repair.h"

static lee_decoder *decoder;

static void require(int fact)
{
    if (!fact) {
        abort();
    }
}

static void require_zeros(const uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        require(bytes[i] == 0);
    }
}

static void require_no_operator(const lee_frame *frame)
{
    require(frame->length <= LEE_RID_FRAME_MAX_BYTES);
    const bool is_pack = frame->length > LEE_RID_ENVELOPE_BYTES + LEE_RID_MESSAGE_BYTES;
    for (size_t at = LEE_RID_ENVELOPE_BYTES + (is_pack ? LEE_RID_PACK_HEADER_BYTES : 0);
         at + LEE_RID_MESSAGE_BYTES <= frame->length; at += LEE_RID_MESSAGE_BYTES) {
        const uint8_t *const message = frame->bytes + at;
        /* Out of JSON nothing but names and places was written. */
        require(frame->bytes[0] < LEE_RID_RECEIVER || message[0] >> 4 <= 1);
        if (message[0] >> 4 == 4) {
            require_zeros(message + 2, 8);
            require_zeros(message + 18, 2);
        } else if (message[0] >> 4 == 5) {
            require_zeros(message + 2, 20);
        }
    }
}

static void decode(const lee_frame *frame)
{
    lee_report report;
    lee_error_info why = {.code = LEE_OK};
    switch (lee_decoder_frame(decoder, frame, &report, &why)) {
    case LEE_DECODED_REPORT:
        require(lee_report_check(&report, &why) == LEE_OK);
        require(strncmp(report.target.text, "rid:", 4) == 0 && report.target.text[4] != '\0');
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
    require_no_operator(frame);
    decode(frame);
    lee_frame_encode(frame, context);
}

/* What is said of operators is what a record of it holds. */
static void on_operator(void *context, const lee_remote_operator *said)
{
    (void)context;
    lee_remote_operator back;
    lee_buffer first, second;
    lee_buffer_init(&first, LEE_REMOTE_OPERATOR_MAX_BYTES);
    lee_buffer_init(&second, LEE_REMOTE_OPERATOR_MAX_BYTES);
    lee_remote_operator_write(said, &first);
    require(first.error == LEE_OK);
    require(lee_remote_operator_read((const char *)first.bytes, first.length, &back) == LEE_OK);
    lee_remote_operator_write(&back, &second);
    require(first.length == second.length && memcmp(first.bytes, second.bytes, first.length) == 0);
    require(strncmp(said->target.text, "rid:", 4) == 0);
    lee_buffer_free(&first);
    lee_buffer_free(&second);
}

/* Runs a stream through a deframer, as it is or with the header of a capture before it; and again,
 * asking for operators: the frames are the same. */
static void run_stream(const uint8_t *bytes, size_t length)
{
    lee_buffer frames[2];
    for (int keeps = 0; keeps < 2; keeps++) {
        lee_deframe_options options;
        lee_deframer *deframer = NULL;
        lee_deframe_options_default(&options);
        lee_buffer_init(&frames[keeps], SIZE_MAX / 2);
        require(lee_deframer_create(LEE_FORMAT_REMOTE_ID, &options, &deframer) == LEE_OK);
        require(!keeps || lee__deframe_keep_operators(deframer, on_operator, NULL) == LEE_OK);
        lee_deframer_push(deframer, bytes, length, 0, on_frame, &frames[keeps]);
        lee_deframer_finish(deframer, on_frame, &frames[keeps]);
        lee_deframer_free(deframer);
    }
    require(frames[0].length == frames[1].length);
    require(frames[0].length == 0 ||
            memcmp(frames[0].bytes, frames[1].bytes, frames[0].length) == 0);
    lee_buffer_free(&frames[0]);
    lee_buffer_free(&frames[1]);
}

static void run_packet(const uint8_t *bytes, size_t length)
{
    static const uint16_t links[8] = {105, 127, 251, 256, 272, 251, 105, 1};
    uint8_t file[40 + 1024] = {0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0};
    const uint16_t link = links[bytes[0] % 8];
    const size_t kept = length - 1 < 1024 ? length - 1 : 1024;
    file[18] = 4; /* snapshot length 262144 */
    file[20] = (uint8_t)link;
    file[21] = (uint8_t)(link >> 8);
    file[32] = file[36] = (uint8_t)kept;
    file[33] = file[37] = (uint8_t)(kept >> 8);
    memcpy(file + 40, bytes + 1, kept);
    run_stream(file, 40 + kept);
}

#define FRAME_BYTES 86

/* Frames as a journal would give them, whoever wrote it. */
static void run_messages(const uint8_t *bytes, size_t length)
{
    for (int64_t t_us = 0; length > 0; t_us += 10000000) {
        const size_t taken = length < FRAME_BYTES ? length : FRAME_BYTES;
        uint8_t copy[FRAME_BYTES];
        memcpy(copy, bytes, taken);
        copy[0] = (uint8_t)(copy[0] % 6);
        const lee_frame frame = {
            .t_us = t_us, .bytes = copy, .length = (uint32_t)taken, .format = LEE_FORMAT_REMOTE_ID};
        decode(&frame);
        bytes += taken;
        length -= taken;
    }
}

static size_t repair(uint8_t *data, size_t size, size_t size_max)
{
    (void)size_max;
    if (size < 3) {
        return size;
    }
    if (data[0] % 3 == 2) {
        fuzz_repair_rid_frames(data + 1, size - 1, FRAME_BYTES);
        return size;
    }
    if (data[0] % 3 == 0) {
        fuzz_repair_pcap(data + 1, size - 1);
    }
    fuzz_repair_rid_packets(data + 1, size - 1);
    return size;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 3) {
        return 0;
    }
    lee_decoder_options options;
    lee_decoder_options_default(&options);
    options.aircraft_max = 1;
    require(lee_decoder_create(&options, &decoder) == LEE_OK);
    switch (data[0] % 3) {
    case 0:
        run_stream(data + 1, size - 1);
        break;
    case 1:
        run_packet(data + 1, size - 1);
        break;
    default:
        run_messages(data + 1, size - 1);
        break;
    }
    lee_decoder_counters counters;
    lee_decoder_count(decoder, &counters);
    require(counters.frames == counters.reports + counters.nothing + counters.refused);
    lee_decoder_free(decoder);
    return 0;
}
