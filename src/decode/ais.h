/* decode/ais.h: AIS messages (ITU-R M.1371-5) out of AIVDM and AIVDO sentences (IEC 62320-1).
 *
 * A message of several sentences is put together from parts that name the same feed, talker's
 * sentence (VDM or VDO), channel, sequence number and count, in any order. Parts that wait longer
 * than LEE_AIS_PART_MAX_US, or for more than LEE_AIS_PART_MAX_SENTENCES further sentences, are
 * dropped, and so are the oldest when more than LEE_AIS_SLOTS messages wait; each is counted. */
#ifndef LEE_DECODE_AIS_H
#define LEE_DECODE_AIS_H

#include "decode/nmea.h"
#include "leeward/decoder.h"

#define LEE_AIS_SLOTS 64
#define LEE_AIS_PARTS_MAX 9
#define LEE_AIS_PART_CHARS_MAX 128
#define LEE_AIS_PART_MAX_US (INT64_C(30) * 1000000)
#define LEE_AIS_PART_MAX_SENTENCES 512

/* Longest message: 1064 bits (type 26 in five slots), and room for what is refused as too long. */
#define LEE_AIS_CHARS_MAX 256
#define LEE_AIS_BITS_MAX (LEE_AIS_CHARS_MAX * 6)

typedef struct {
    uint8_t total; /* 0: the slot is free */
    uint8_t fill_bits;
    uint16_t have; /* bit n: part n is there */
    uint16_t feed;
    char sequence; /* '0'..'9', or 0 */
    char channel;  /* 'A', 'B', '1', '2' as written, or 0 */
    char kind;     /* 'M' or 'O' */
    int64_t t_us;  /* of the part that came last */
    uint64_t tick; /* of that part */
    uint8_t lengths[LEE_AIS_PARTS_MAX];
    char parts[LEE_AIS_PARTS_MAX][LEE_AIS_PART_CHARS_MAX];
} lee__ais_slot;

/* All zero is an empty one. */
typedef struct {
    uint64_t tick;    /* sentences seen */
    uint64_t dropped; /* parts that never became a message */
    lee__ais_slot slots[LEE_AIS_SLOTS];
} lee__ais_parts;

/* Decodes one AIVDM or AIVDO sentence; answers as lee_decoder_frame does. */
lee_decode_result lee__ais_sentence(lee__ais_parts *parts, const lee_frame *frame,
                                    const lee_nmea_sentence *sentence, lee_report *out,
                                    lee_error_info *why);

/* Decodes one whole message of `length_bits` into *out, which is zeroed but for t_us. */
lee_decode_result lee__ais_message(const uint8_t *bytes, size_t length_bits, lee_report *out,
                                   lee_error_info *why);

/* Own position: RMC, GGA, GLL, VTG, HDT, THS. NOTHING for other sentences. */
lee_decode_result lee__nmea_position(const lee_nmea_sentence *sentence, lee_report *out,
                                     lee_error_info *why);

#endif
