#include "decode/demod_judge.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "leeward/decoder.h"

#define TICKS_PER_S UINT64_C(12000000)
#define MEMORY_TICKS (LEE_DECODE_ADDRESS_MEMORY_S * TICKS_PER_S)
#define INTERROGATORS 80 /* 16 II codes, 64 SI codes (Annex 10 Vol IV 3.1.2.5.2.1.2) */

/* A random address is one of a hundred known ones once in 170,000 times, and noise is looked at
 * often: parity that is overlaid counts, and repair is tried, only where the bits are clearer than
 * most noise has them. */
#define CLARITY_MIN 80
/* A bit is sure when it is at least this part of the mean. */
#define SURE 4
/* Of the bits that were least sure, any may be turned over, but not more than FLIPS_MAX: 2^8
 * choices make a wrong parity right by chance once in 65,000 times, and the address must then be a
 * known one too. */
#define WEAK_LONG 8
#define WEAK_SHORT 4
#define FLIPS_MAX 5

void lee__demod_judge_init(lee__demod_judge *judge)
{
    assert(judge);
    memset(judge->heard, 0, sizeof judge->heard);
    lee_crc24_init(&judge->crc);
}

static uint32_t set_of(uint32_t address)
{
    return (address * UINT32_C(2654435761)) >> 16 & (LEE__HEARD_SETS - 1);
}

static bool is_known(const lee__demod_judge *judge, uint32_t address, uint64_t tick)
{
    const uint32_t set = set_of(address);
    for (uint32_t way = 0; way < LEE__HEARD_WAYS; way++) {
        if (judge->heard[set][way].address == address) {
            return address != 0 && tick - judge->heard[set][way].tick <= MEMORY_TICKS;
        }
    }
    return false;
}

static void remember(lee__demod_judge *judge, uint32_t address, uint64_t tick)
{
    const uint32_t set = set_of(address);
    uint32_t place = 0;
    for (uint32_t way = 0; way < LEE__HEARD_WAYS; way++) {
        if (judge->heard[set][way].address == address) {
            place = way;
            break;
        }
        if (judge->heard[set][way].tick < judge->heard[set][place].tick) {
            place = way;
        }
    }
    judge->heard[set][place].address = address;
    judge->heard[set][place].tick = tick;
}

static void bytes_of(const lee__demod_bits *bits, uint8_t out[LEE_MODE_S_LONG_BYTES])
{
    for (uint32_t i = 0; i < bits->count; i += 8) {
        unsigned byte = 0;
        for (uint32_t k = 0; k < 8; k++) {
            byte = byte << 1 | (bits->soft[i + k] > 0);
        }
        out[i / 8] = (uint8_t)byte;
    }
}

static unsigned format_of(const lee__demod_bits *bits)
{
    unsigned df = 0;
    for (int i = 0; i < 5; i++) {
        df = df << 1 | (bits->soft[i] > 0);
    }
    return df;
}

static uint32_t address_of(const uint8_t *message)
{
    return (uint32_t)message[1] << 16 | (uint32_t)message[2] << 8 | message[3];
}

/* Whether the code of the interrogator, in the last seven bits, was heard surely: bits turned over
 * there are a message with another code. */
static bool code_is_sure(const lee__demod_bits *bits)
{
    int64_t sum = 0;
    int32_t least = INT32_MAX;
    for (uint32_t i = 0; i < bits->count; i++) {
        const int32_t sure = abs(bits->soft[i]);
        sum += sure;
        least = i >= bits->count - 7 && sure < least ? sure : least;
    }
    return least * (int64_t)bits->count * SURE >= sum;
}

bool lee__demod_accept(lee__demod_judge *judge, const lee__demod_bits *bits, uint64_t tick,
                       uint8_t out[LEE_MODE_S_LONG_BYTES])
{
    assert(judge && bits && out);
    assert(bits->count == 56 || bits->count == 112);

    const unsigned df = format_of(bits);
    const bool plain = df == 11 || df == 17 || df == 18;
    if (!plain && bits->clarity < CLARITY_MIN) {
        return false;
    }
    bytes_of(bits, out);
    const uint32_t remainder = lee_crc24_remainder(&judge->crc, out, bits->count / 8);
    const uint32_t address = address_of(out);
    if (plain) {
        if (remainder == 0 && address != 0) {
            remember(judge, address, tick);
            return true;
        }
        return df == 11 && remainder < INTERROGATORS && code_is_sure(bits) &&
               is_known(judge, address, tick);
    }
    return is_known(judge, remainder, tick);
}

/* Positions of the bits that are least sure, the least sure first. The downlink format is not among
 * them: it was read before it was known how long the message is. */
static void find_weak(const lee__demod_bits *bits, uint32_t *weak, uint32_t count)
{
    uint32_t found = 0;
    for (uint32_t i = 5; i < bits->count; i++) {
        const int32_t sure = abs(bits->soft[i]);
        if (found == count && sure >= abs(bits->soft[weak[found - 1]])) {
            continue;
        }
        uint32_t at = found < count ? found++ : count - 1;
        for (; at > 0 && abs(bits->soft[weak[at - 1]]) > sure; at--) {
            weak[at] = weak[at - 1];
        }
        weak[at] = i;
    }
    assert(found == count);
}

/* The change of the remainder when one bit is turned over. */
static uint32_t syndrome(const lee__demod_judge *judge, uint32_t count, uint32_t bit)
{
    const uint32_t first = 8 * LEE_MODE_S_LONG_BYTES - count;
    return judge->crc.nibble[(first + bit) / 4][8u >> bit % 4];
}

/* Of all choices among `count` bits the least unlikely one that explains the remainder, as a mask;
 * 0: none does. Each step of Gray's code turns one bit over. */
static uint32_t find_flips(const lee__demod_judge *judge, const lee__demod_bits *bits,
                           const uint32_t *weak, uint32_t count, uint32_t remainder)
{
    uint32_t best = 0;
    int64_t best_cost = INT64_MAX;
    int64_t cost = 0;
    uint32_t chosen = 0;
    for (uint32_t step = 1; step < UINT32_C(1) << count; step++) {
        const uint32_t turned = (uint32_t)__builtin_ctz(step);
        chosen ^= UINT32_C(1) << turned;
        remainder ^= syndrome(judge, bits->count, weak[turned]);
        const int32_t sure = abs(bits->soft[weak[turned]]);
        cost += (chosen >> turned & 1) != 0 ? sure : -sure;
        if (remainder == 0 && cost < best_cost && __builtin_popcount(chosen) <= FLIPS_MAX) {
            best = chosen;
            best_cost = cost;
        }
    }
    return best;
}

unsigned lee__demod_repair(const lee__demod_judge *judge, const lee__demod_bits *bits,
                           uint64_t tick, uint8_t out[LEE_MODE_S_LONG_BYTES])
{
    assert(judge && bits && out);
    assert(bits->count == 56 || bits->count == 112);

    const unsigned df = format_of(bits);
    if ((df != 11 && df != 17 && df != 18) || bits->clarity < CLARITY_MIN) {
        return 0;
    }
    bytes_of(bits, out);
    uint32_t weak[WEAK_LONG];
    const uint32_t count = df == 11 ? WEAK_SHORT : WEAK_LONG;
    find_weak(bits, weak, count);
    const uint32_t remainder = lee_crc24_remainder(&judge->crc, out, bits->count / 8);
    const uint32_t flips = find_flips(judge, bits, weak, count, remainder);
    for (uint32_t i = 0; i < count; i++) {
        if ((flips >> i & 1) != 0) {
            out[weak[i] / 8] ^= (uint8_t)(0x80u >> weak[i] % 8);
        }
    }
    return flips != 0 && is_known(judge, address_of(out), tick)
               ? (unsigned)__builtin_popcount(flips)
               : 0;
}
