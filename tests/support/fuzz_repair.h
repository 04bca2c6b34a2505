/* support/fuzz_repair.h: puts right, in place, what a mutation of an input broke.
 *
 * A changed byte dies at the parity, checksum or length of its message, and nothing behind that is
 * ever reached. support/fuzz_mutate.h makes libFuzzer's mutator of these. */
#ifndef LEE_SUPPORT_FUZZ_REPAIR_H
#define LEE_SUPPORT_FUZZ_REPAIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "decode/mode_s.h"

/* Overlaid on the parity of formats that say no address, as a target says it before by an all-call
 * reply. */
#define FUZZ_KNOWN_ADDRESS 0x4b1815u

static inline uint32_t fuzz_parity(const uint8_t *message, size_t length)
{
    static lee_crc24 crc;
    static bool made;
    if (!made) {
        lee_crc24_init(&crc);
        made = true;
    }
    uint8_t zeroed[LEE_MODE_S_LONG_BYTES];
    memcpy(zeroed, message, length);
    memset(zeroed + length - 3, 0, 3);
    const unsigned kind = message[0] >> 3;
    return lee_crc24_remainder(&crc, zeroed, length) ^
           (kind == 11 || kind == 17 || kind == 18 ? 0 : FUZZ_KNOWN_ADDRESS);
}

/* Messages in Beast's escaped form. Parity that would need an escape is left as it is. */
static inline void fuzz_repair_beast(uint8_t *bytes, size_t size)
{
    for (size_t at = 0; at + 2 < size; at++) {
        if (bytes[at] != 0x1a || (bytes[at + 1] != '2' && bytes[at + 1] != '3')) {
            continue;
        }
        const size_t length = bytes[at + 1] == '3' ? LEE_MODE_S_LONG_BYTES : LEE_MODE_S_SHORT_BYTES;
        uint8_t message[LEE_MODE_S_LONG_BYTES];
        size_t places[LEE_MODE_S_LONG_BYTES];
        size_t next = at + 2;
        size_t count = 0;
        for (; count < 7 + length && next < size; count++) {
            if (count >= 7) {
                message[count - 7] = bytes[next];
                places[count - 7] = next;
            }
            next += bytes[next] == 0x1a ? 2 : 1;
        }
        if (count < 7 + length || next > size) {
            return;
        }
        const uint32_t parity = fuzz_parity(message, length);
        for (unsigned i = 0; i < 3; i++) {
            const uint8_t byte = (uint8_t)(parity >> (16 - 8 * i));
            const size_t place = places[length - 3 + i];
            bytes[place] = byte == 0x1a || bytes[place] == 0x1a ? bytes[place] : byte;
        }
        at = next - 1;
    }
}

static inline unsigned fuzz_hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9') {
        return (unsigned)c - '0';
    }
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? (unsigned)c - 'a' + 10 : 16;
}

/* Messages as *HEX; */
static inline void fuzz_repair_avr(uint8_t *bytes, size_t size)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t at = 0; at < size; at++) {
        if (bytes[at] != '*') {
            continue;
        }
        uint8_t message[LEE_MODE_S_LONG_BYTES] = {0};
        size_t count = 0;
        while (at + 1 + count < size && count < 28 && fuzz_hex_digit(bytes[at + 1 + count]) < 16) {
            const unsigned before = message[count / 2];
            message[count / 2] = (uint8_t)(before << 4 | fuzz_hex_digit(bytes[at + 1 + count]));
            count++;
        }
        if (count != 14 && count != 28) {
            continue;
        }
        const uint32_t parity = fuzz_parity(message, count / 2);
        for (unsigned i = 0; i < 6; i++) {
            bytes[at + 1 + count - 6 + i] = (uint8_t)digits[parity >> (20 - 4 * i) & 15];
        }
    }
}

/* Sentences and TAG blocks: what stands before a '*' that two characters follow. */
static inline void fuzz_repair_nmea(uint8_t *bytes, size_t size)
{
    static const char digits[] = "0123456789ABCDEF";
    unsigned sum = 0;
    for (size_t at = 0; at < size; at++) {
        if (bytes[at] == '!' || bytes[at] == '$' || bytes[at] == '\\' || bytes[at] == '\n') {
            sum = 0;
        } else if (bytes[at] == '*' && at + 2 < size) {
            bytes[at + 1] = (uint8_t)digits[sum >> 4];
            bytes[at + 2] = (uint8_t)digits[sum & 15];
            at += 2;
        } else {
            sum ^= bytes[at];
        }
    }
}

/* Data blocks: a length that cannot be reaches to the end. */
static inline void fuzz_repair_asterix(uint8_t *bytes, size_t size)
{
    for (size_t at = 0; at + 3 <= size;) {
        size_t length = (size_t)bytes[at + 1] << 8 | bytes[at + 2];
        if (length < 3 || length > size - at) {
            length = size - at < 65535 ? size - at : 65535;
            bytes[at + 1] = (uint8_t)(length >> 8);
            bytes[at + 2] = (uint8_t)length;
        }
        at += length;
    }
}

#endif
