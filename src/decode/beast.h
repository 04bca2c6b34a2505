/* decode/beast.h: the envelope of Beast frames, for the deframer and the decoder. */
#ifndef LEE_DECODE_BEAST_H
#define LEE_DECODE_BEAST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "decode/mode_s.h"

#define LEE__BEAST_ESCAPE 0x1a

/* Bytes after 0x1a and the type, escapes resolved; 0: unknown type. '1' Mode A/C, '2' and '3' short
 * and long Mode S, '4' status of a Radarcape; 0xe3 number of the receiver (readsb). */
static inline size_t lee__beast_payload_bytes(uint8_t type)
{
    switch (type) {
    case '1':
        return 9;
    case '2':
        return 14;
    case '3':
    case '4':
        return 21;
    case 0xe3:
        return 8;
    default:
        return 0;
    }
}

static inline bool lee__beast_has_tick(uint8_t type)
{
    return type >= '1' && type <= '3';
}

/* The counter of a frame without escapes; `bytes` is what follows the type. */
static inline uint64_t lee__beast_tick_plain(const uint8_t *bytes)
{
    return (uint64_t)lee_mode_s_word(bytes) << 16 | (uint64_t)bytes[4] << 8 | bytes[5];
}

/* The same of a whole frame that is still escaped. */
static inline uint64_t lee__beast_tick(const uint8_t *bytes)
{
    uint64_t tick = 0;
    for (size_t i = 0, at = 0; i < 6; i++, at++) {
        tick = tick << 8 | bytes[at];
        at += bytes[at] == LEE__BEAST_ESCAPE;
    }
    return tick;
}

#endif
