/* unit/decode/ais_encode.h: makes AIS messages and NMEA sentences, for tests. */
#ifndef LEE_TEST_DECODE_AIS_ENCODE_H
#define LEE_TEST_DECODE_AIS_ENCODE_H

#include <stdint.h>
#include <stdio.h>
#include <string.h>

typedef struct {
    uint8_t bits[2048]; /* one a byte */
    size_t count;
} ais_bits;

static inline void ais_put(ais_bits *message, int64_t value, unsigned width)
{
    for (unsigned i = width; i-- > 0;) {
        message->bits[message->count++] = (uint8_t)((uint64_t)value >> i & 1);
    }
}

/* Text of `characters` 6-bit characters, filled up with '@'. */
static inline void ais_put_text(ais_bits *message, const char *text, unsigned characters)
{
    const size_t length = strlen(text);
    for (unsigned i = 0; i < characters; i++) {
        ais_put(message, i < length ? text[i] & 63 : 0, 6);
    }
}

static inline void ais_begin(ais_bits *message, unsigned type, uint32_t mmsi)
{
    message->count = 0;
    ais_put(message, type, 6);
    ais_put(message, 0, 2);
    ais_put(message, mmsi, 30);
}

/* Zeros up to `count` bits; or cuts it to that. */
static inline void ais_fill(ais_bits *message, size_t count)
{
    while (message->count < count) {
        ais_put(message, 0, 1);
    }
    message->count = count;
}

/* The payload's characters; returns the fill bits. */
static inline unsigned ais_armour(const ais_bits *message, char *out)
{
    size_t at = 0;
    for (size_t bit = 0; bit < message->count; bit += 6) {
        unsigned value = 0;
        for (size_t i = 0; i < 6; i++) {
            value = value << 1 | (bit + i < message->count ? message->bits[bit + i] : 0u);
        }
        out[at++] = (char)(value < 40 ? value + 48 : value + 56);
    }
    out[at] = '\0';
    return (unsigned)(6 * at - message->count);
}

/* "!body*hh" or "$body*hh". */
static inline void nmea_wrap(char start, const char *body, char *out, size_t size)
{
    unsigned sum = 0;
    for (const char *at = body; *at != '\0'; at++) {
        sum ^= (uint8_t)*at;
    }
    snprintf(out, size, "%c%s*%02X", start, body, sum);
}

static inline void ais_sentence(const ais_bits *message, char *out, size_t size)
{
    char payload[400];
    char body[450];
    const unsigned fill = ais_armour(message, payload);
    snprintf(body, sizeof body, "AIVDM,1,1,,A,%s,%u", payload, fill);
    nmea_wrap('!', body, out, size);
}

#endif
