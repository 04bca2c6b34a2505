/* Captures to frames of Remote ID, without what must not leave (decode/remote_id.h). */
#include <assert.h>
#include <string.h>

#include "decode/deframe_internal.h"
#include "decode/remote_id.h"

enum { SYSTEM = 4, OPERATOR_ID = 5 };

/* Zeros mean "not known" in each of these fields (F3411-22a tables 8 and 9). */
static void blank_operator(uint8_t *message)
{
    switch (message[0] >> 4) {
    case SYSTEM:
        memset(message + 2, 0, 8);  /* latitude and longitude of the operator */
        memset(message + 18, 0, 2); /* and the altitude */
        break;
    case OPERATOR_ID:
        memset(message + 2, 0, 20);
        break;
    default:
        break;
    }
}

static void emit(lee_deframer *deframer, const lee_pcap_packet *packet, const uint8_t *bytes,
                 size_t length, lee_error refused, const char *reason)
{
    int64_t t_us = deframer->t_last_us;
    if (deframer->options.live) {
        t_us = deframer->t_received_us;
    } else if (packet->time_known) {
        t_us = packet->t_us;
    }
    deframer->t_last_us = t_us;
    const lee_frame frame = {.t_us = t_us,
                             .stream_offset = packet->stream_offset,
                             .bytes = bytes,
                             .length = (uint32_t)length,
                             .feed = deframer->options.feed,
                             .format = LEE_FORMAT_REMOTE_ID,
                             .refused = (int8_t)refused,
                             .reason = reason};
    deframer->sink(deframer->context, &frame);
    if (refused == LEE_OK) {
        lee__rid_operator_give(deframer, &frame);
    }
}

static void emit_payload(lee_deframer *deframer, const lee_pcap_packet *packet,
                         const lee_rid_payload *payload)
{
    uint8_t bytes[LEE_RID_FRAME_MAX_BYTES];
    size_t used;
    const char *field = NULL;
    const char *reason = NULL;
    bytes[0] = (uint8_t)payload->transport;
    memcpy(bytes + 1, payload->address, LEE_RID_ADDRESS_BYTES);
    const lee_error error =
        lee_rid_check(payload->message, payload->length, &used, &field, &reason);
    if (error != LEE_OK) {
        emit(deframer, packet, bytes, LEE_RID_ENVELOPE_BYTES, error, reason);
        return;
    }
    assert(LEE_RID_ENVELOPE_BYTES + used <= sizeof bytes);
    uint8_t *const message = bytes + LEE_RID_ENVELOPE_BYTES;
    memcpy(message, payload->message, used);
    lee_remote_operator *const said = lee__rid_operator_begin(deframer);
    const size_t first = used > LEE_RID_MESSAGE_BYTES ? LEE_RID_PACK_HEADER_BYTES : 0;
    for (size_t at = first; at + LEE_RID_MESSAGE_BYTES <= used; at += LEE_RID_MESSAGE_BYTES) {
        if (said) {
            lee__rid_operator_message(message + at, said);
        }
        blank_operator(message + at);
    }
    emit(deframer, packet, bytes, LEE_RID_ENVELOPE_BYTES + used, LEE_OK, NULL);
}

static void on_packet(void *context, const lee_pcap_packet *packet)
{
    lee_deframer *const deframer = context;
    static const uint8_t none[1] = {LEE_RID_NONE};
    if (packet->refused != LEE_OK) {
        emit(deframer, packet, none, sizeof none, packet->refused, packet->reason);
        return;
    }
    lee_rid_payload payload;
    const char *reason = NULL;
    const lee_error error = lee_rid_find(packet, &payload, &reason);
    if (error == LEE_OK) {
        emit_payload(deframer, packet, &payload);
    } else if (error == LEE_ERR_NOT_FOUND) {
        emit(deframer, packet, none, sizeof none, LEE_OK, NULL);
    } else {
        emit(deframer, packet, none, sizeof none, error, reason);
    }
}

void lee__deframe_remote_id(lee_deframer *deframer, const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; !deframer->rid_begun && i < length; i++) {
        deframer->rid_begun = strchr(" \t\r\n", bytes[i]) == NULL || bytes[i] == 0;
        deframer->rid_is_json = bytes[i] == '{' || bytes[i] == '[';
    }
    if (deframer->rid_is_json) {
        lee__deframe_json(deframer, bytes, length);
        return;
    }
    lee_pcap_push(deframer->pcap, bytes, length, on_packet, deframer);
}

void lee__deframe_remote_id_finish(lee_deframer *deframer)
{
    deframer->rid_begun = false;
    if (deframer->rid_is_json) {
        deframer->rid_is_json = false;
        lee__deframe_json_finish(deframer);
        return;
    }
    lee_pcap_finish(deframer->pcap, on_packet, deframer);
}
