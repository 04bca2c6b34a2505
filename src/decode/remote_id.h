/* decode/remote_id.h: drones that say who and where they are (ASTM F3411-22a, direct broadcast).
 *
 * The stream is a capture (decode/pcap.h) of Bluetooth advertisements or of Wi-Fi beacon and NAN
 * frames. One packet of the capture gives one frame, which is not the packet but what of it is
 * Remote ID: the transport (lee_rid_transport), the transmitter's address (6 bytes, zero where the
 * packet has none), and a message or message pack. A stream that begins with '{' or '[' is JSON
 * instead (src/decode/remote_id_json.c): what is known of a drone becomes such messages, and all
 * else stays behind.
 *
 * Where the operator stands, and the operator's registration, are toxic: who holds them can harm
 * people. The deframer overwrites both with zeros before anyone sees the frame, so that neither
 * reports, nor `decode`'s frames, nor the journal's ever hold them. Bytes that are refused are not
 * shown either, since nobody can tell what is in them; nor are other people's packets. Only where
 * lee__deframe_keep_operators was called is what was overwritten given out, beside the frames and
 * in a form of its own (record/remote_operator.h), for the journal to seal. */
#ifndef LEE_DECODE_REMOTE_ID_H
#define LEE_DECODE_REMOTE_ID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "decode/pcap.h"
#include "leeward/decoder.h"
#include "leeward/deframe.h"
#include "leeward/target.h"
#include "record/remote_operator.h"

#define LEE_RID_MESSAGE_BYTES 25
#define LEE_RID_PACK_HEADER_BYTES 3
#define LEE_RID_PACK_MESSAGES_MAX 9
#define LEE_RID_ADDRESS_BYTES 6

/* Transport and address stand before the message. */
#define LEE_RID_ENVELOPE_BYTES (1 + LEE_RID_ADDRESS_BYTES)
#define LEE_RID_FRAME_MAX_BYTES                                                                    \
    (LEE_RID_ENVELOPE_BYTES + LEE_RID_PACK_HEADER_BYTES +                                          \
     LEE_RID_PACK_MESSAGES_MAX * LEE_RID_MESSAGE_BYTES)

typedef enum {
    LEE_RID_NONE, /* a packet without Remote ID; the frame is this byte alone */
    LEE_RID_BLUETOOTH_LEGACY,
    LEE_RID_BLUETOOTH_EXTENDED,
    LEE_RID_WIFI_BEACON,
    LEE_RID_WIFI_NAN,
    LEE_RID_RECEIVER, /* as JSON of a receiver that heard a broadcast */
    LEE_RID_NETWORK   /* as JSON of a service provider */
} lee_rid_transport;

/* The part of a packet that is Remote ID; borrowed from it. */
typedef struct {
    lee_rid_transport transport;
    uint8_t address[LEE_RID_ADDRESS_BYTES];
    const uint8_t *message;
    size_t length;
} lee_rid_payload;

/* Finds it. LEE_ERR_NOT_FOUND: a packet of something else; CHECKSUM: the receiver marked it as
 * received with errors; UNSUPPORTED: a link type that carries no Remote ID; TRUNCATED: it ends
 * within the headers. *reason says which. */
LEE_CHECK_RESULT
lee_error lee_rid_find(const lee_pcap_packet *packet, lee_rid_payload *out, const char **reason);

/* Checks the form of a message or pack: sizes, count, and no pack within a pack. *used is its
 * length; what follows it are zeros (transmitters fill up to a fixed size). LEE_ERR_TRUNCATED,
 * DOMAIN, UNSUPPORTED: *field and *reason say where and why. */
LEE_CHECK_RESULT
lee_error lee_rid_check(const uint8_t *message, size_t length, size_t *used, const char **field,
                        const char **reason);

/* True when the link type of a capture that begins so carries Remote ID. */
bool lee_rid_is_capture(const uint8_t *bytes, size_t length);

/* Which drone a transmitter is: its Basic ID comes in other packets than its positions. Sets of
 * eight; the one named longest ago makes room. All zero is an empty table. */
#define LEE_RID_SETS 256
#define LEE_RID_WAYS 8
#define LEE_RID_NAME_MAX_US (INT64_C(60) * 1000000)

typedef struct {
    uint8_t address[LEE_RID_ADDRESS_BYTES];
    uint8_t rank; /* of the kind of name: lower is better; 0: the entry is free */
    int64_t t_us;
    lee_target target;
} lee__rid_name;

typedef struct {
    uint64_t evicted;
    lee__rid_name names[LEE_RID_SETS][LEE_RID_WAYS];
} lee__rid_names;

/* Decodes a frame as lee_decoder_frame does. *out is zeroed but for its time; out->target is set
 * whenever the frame is not refused and has Remote ID. */
lee_decode_result lee__rid_decode(lee__rid_names *names, const lee_frame *frame, lee_report *out,
                                  lee_error_info *why);

/* From now on gives what is said of operators to this sink, each behind the frame that said it; of
 * streams of other formats nothing is. Before the first byte. LEE_ERR_NO_MEMORY. */
LEE_CHECK_RESULT
lee_error lee__deframe_keep_operators(lee_deframer *deframer, lee_remote_operator_sink *sink,
                                      void *context);

/* For the deframer's files. */
typedef struct lee__rid_operators lee__rid_operators;
void lee__rid_operators_free(lee__rid_operators *operators);
/* Where to put what the next packet or object says of an operator; NULL: nobody is to know. */
lee_remote_operator *lee__rid_operator_begin(lee_deframer *deframer);
lee_operator_location lee__rid_operator_location(uint64_t code); /* of the System message */
void lee__rid_operator_message(const uint8_t *message, lee_remote_operator *said);
/* Gives what was put there, as said by this good frame, and forgets it. */
void lee__rid_operator_give(lee_deframer *deframer, const lee_frame *frame);

#endif
