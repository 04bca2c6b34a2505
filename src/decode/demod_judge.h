/* decode/demod_judge.h: whether bits that were heard are a Mode S message. */
#ifndef LEE_DECODE_DEMOD_JUDGE_H
#define LEE_DECODE_DEMOD_JUDGE_H

#include <stdbool.h>
#include <stdint.h>

#include "decode/mode_s.h"

#define LEE__DEMOD_BITS_MAX (8 * LEE_MODE_S_LONG_BYTES)

/* Addresses heard with plain parity, each with the tick of the last time. Sets of a few, of which
 * the one heard longest ago makes room. */
#define LEE__HEARD_SETS 2048u
#define LEE__HEARD_WAYS 4u

typedef struct {
    lee_crc24 crc;
    struct {
        uint32_t address; /* 0: none */
        uint64_t tick;
    } heard[LEE__HEARD_SETS][LEE__HEARD_WAYS];
} lee__demod_judge;

/* Bits as they were heard: positive is 1, and the further from 0, the surer. */
typedef struct {
    int32_t soft[LEE__DEMOD_BITS_MAX];
    uint32_t count; /* 56 or 112 */
    /* How much of what was received in their time makes a difference between 0 and 1, in 256ths:
     * about 90 for noise, 256 for pulses without noise. */
    uint32_t clarity;
} lee__demod_bits;

void lee__demod_judge_init(lee__demod_judge *judge);

/* True: it is a message as it is, and stands in `out`. An address in plain parity is remembered. */
bool lee__demod_accept(lee__demod_judge *judge, const lee__demod_bits *bits, uint64_t tick,
                       uint8_t out[LEE_MODE_S_LONG_BYTES]);

/* The number of bits that were turned over to make it a message of an address heard lately, which
 * then stands in `out`; 0: there is none. */
unsigned lee__demod_repair(const lee__demod_judge *judge, const lee__demod_bits *bits,
                           uint64_t tick, uint8_t out[LEE_MODE_S_LONG_BYTES]);

#endif
