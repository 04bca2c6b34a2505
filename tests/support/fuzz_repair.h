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

/* A pack of Remote ID messages whose header is at `at`: as many as fit, none of them a pack, each
 * of a version that is known. Returns its length, or 0 when not even one fits. */
static inline size_t fuzz_repair_rid_pack(uint8_t *bytes, size_t size, size_t at)
{
    const size_t fit = (size - at - 3) / 25;
    const size_t count = bytes[at + 2] >= 1 && bytes[at + 2] <= 9 ? bytes[at + 2] : 9;
    const size_t kept = count < fit ? count : fit;
    if (kept == 0) {
        return 0;
    }
    bytes[at] = 0xf2;
    bytes[at + 1] = 25;
    bytes[at + 2] = (uint8_t)kept;
    for (size_t i = 0; i < kept; i++) {
        uint8_t *const message = bytes + at + 3 + 25 * i;
        message[0] = (uint8_t)((message[0] >> 4) % 6 << 4 | (message[0] & 15) % 3);
    }
    return 3 + 25 * kept;
}

/* Packs in packets: their counts, and the lengths of the elements that carry them, which are told
 * by what stands before them: a vendor element of Wi-Fi, Bluetooth's service data, or the service
 * info of Wi-Fi NAN. */
static inline void fuzz_repair_rid_packets(uint8_t *bytes, size_t size)
{
    static const uint8_t beacon[4] = {0xfa, 0x0b, 0xbc, 0x0d};
    static const uint8_t bluetooth[4] = {0x16, 0xfa, 0xff, 0x0d};
    static const uint8_t nan_service[6] = {0x88, 0x69, 0x19, 0x9d, 0x92, 0x09};
    for (size_t at = 6; at + 3 <= size; at++) {
        const bool in_beacon = memcmp(bytes + at - 5, beacon, 4) == 0;
        const bool in_bluetooth = memcmp(bytes + at - 5, bluetooth, 4) == 0;
        const bool in_nan = at >= 14 && memcmp(bytes + at - 11, nan_service, 6) == 0;
        if (bytes[at] >> 4 != 0xf || !(in_beacon || in_bluetooth || in_nan)) {
            continue;
        }
        const size_t length = fuzz_repair_rid_pack(bytes, size, at);
        if (length == 0) {
            return;
        }
        if (in_nan) {
            bytes[at - 2] = (uint8_t)(1 + length);
            bytes[at - 13] = (uint8_t)(11 + length);
            bytes[at - 12] = 0;
        } else {
            bytes[at - 6] = (uint8_t)(5 + length);
        }
        at += length - 1;
    }
}

/* Frames of Remote ID, each of so many bytes, whose messages begin behind seven of an envelope:
 * what follows a message or pack is zeros. */
static inline void fuzz_repair_rid_frames(uint8_t *bytes, size_t size, size_t frame)
{
    for (size_t at = 0; at + 7 + 25 <= size; at += frame) {
        const size_t left = size - at < frame ? size - at : frame;
        const bool is_pack = bytes[at + 7] >> 4 == 0xf;
        const size_t length = is_pack ? fuzz_repair_rid_pack(bytes, at + left, at + 7) : 25;
        if (length > 0) {
            memset(bytes + at + 7 + length, 0, left - 7 - length);
        }
    }
}

/* A capture (pcap, least byte first): packets that are longer than it is reach to its end. */
static inline void fuzz_repair_pcap(uint8_t *bytes, size_t size)
{
    for (size_t at = 24; at + 16 <= size;) {
        size_t length = 0;
        for (size_t i = 4; i-- > 0;) {
            length = length << 8 | bytes[at + 8 + i];
        }
        if (length > size - at - 16) {
            length = size - at - 16;
            for (size_t i = 0; i < 4; i++) {
                bytes[at + 8 + i] = bytes[at + 12 + i] = (uint8_t)(length >> 8 * i);
            }
        }
        at += 16 + length;
    }
}

#endif
