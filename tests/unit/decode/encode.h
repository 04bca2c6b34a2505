/* unit/decode/encode.h: makes Mode S messages, for tests. */
#ifndef LEE_TEST_DECODE_ENCODE_H
#define LEE_TEST_DECODE_ENCODE_H

#include <stdio.h>

#include "decode/cpr.h"
#include "decode/mode_s.h"

/* Encodes as the standard says, in integers (rounded to the nearest of 2^17 steps). */
static inline lee_cpr cpr_encode(lee_point point, bool is_odd, bool surface)
{
    const int64_t circle = surface ? INT64_C(900000000) : INT64_C(3600000000);
    const int64_t lat_zones = is_odd ? 59 : 60;
    const int64_t lat_units =
        (((int64_t)point.lat_e7 + circle) * lat_zones * 131072 + circle / 2) / circle;
    const int64_t lat_e9 =
        (lat_units - lat_zones * 131072) * (circle / 10) / (lat_zones * 131072) * 1000;
    int64_t lon_zones = lee_cpr_zones(lat_e9) - is_odd;
    lon_zones = lon_zones > 0 ? lon_zones : 1;
    const int64_t lon_units =
        (((int64_t)point.lon_e7 + 4 * circle) * lon_zones * 131072 + circle / 2) / circle;
    return (lee_cpr){.lat = (uint32_t)(lat_units & 131071),
                     .lon = (uint32_t)(lon_units & 131071),
                     .odd = is_odd,
                     .surface = surface};
}

/* A long message with its parity, overlaid with `overlay` (0: plain), as AVR text. */
static inline void message_encode(uint32_t head, uint64_t me, uint32_t overlay, char out[40])
{
    uint8_t bytes[14] = {(uint8_t)(head >> 24), (uint8_t)(head >> 16), (uint8_t)(head >> 8),
                         (uint8_t)head};
    for (unsigned i = 0; i < 7; i++) {
        bytes[4 + i] = (uint8_t)(me >> (48 - 8 * i));
    }
    lee_crc24 crc;
    lee_crc24_init(&crc);
    const size_t length = head >> 31 != 0 ? 14 : 7;
    if (length == 7) {
        bytes[4] = bytes[5] = bytes[6] = 0;
    }
    const uint32_t parity = lee_crc24_remainder(&crc, bytes, length) ^ overlay;
    bytes[length - 3] = (uint8_t)(parity >> 16);
    bytes[length - 2] = (uint8_t)(parity >> 8);
    bytes[length - 1] = (uint8_t)parity;
    char *at = out;
    *at++ = '*';
    for (size_t i = 0; i < length; i++) {
        at += snprintf(at, 3, "%02x", bytes[i]);
    }
    *at++ = ';';
    *at = '\0';
}

/* The field of an airborne (type code 11, 38000 ft) or surface (7, 10 kt, no track) position. */
static inline uint64_t position_encode(lee_point point, bool odd, bool surface)
{
    const lee_cpr half = cpr_encode(point, odd, surface);
    const uint64_t begin = surface ? UINT64_C(7) << 51 | UINT64_C(29) << 44
                                   : UINT64_C(11) << 51 | UINT64_C(0xc38) << 36;
    return begin | (uint64_t)odd << 34 | (uint64_t)half.lat << 17 | half.lon;
}

#endif
