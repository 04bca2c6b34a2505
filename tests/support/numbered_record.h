/* support/numbered_record.h: records that a test can recognise by their index alone. */
#ifndef LEE_TESTS_NUMBERED_RECORD_H
#define LEE_TESTS_NUMBERED_RECORD_H

#include <stddef.h>
#include <stdint.h>

#define NUMBERED_RECORD_MAX 400u

/* Writes record `index` and returns its length, 8 to NUMBERED_RECORD_MAX bytes. */
static inline size_t numbered_record(uint64_t index, uint8_t out[NUMBERED_RECORD_MAX])
{
    uint64_t state = index * UINT64_C(0x9E3779B97F4A7C15) + 1;
    const size_t length = 8 + (size_t)(state >> 40) % (NUMBERED_RECORD_MAX - 8);
    for (size_t i = 0; i < length; i++) {
        state = state * UINT64_C(6364136223846793005) + 1;
        out[i] = (uint8_t)(state >> 56);
    }
    for (size_t i = 0; i < 8; i++) {
        out[i] = (uint8_t)(index >> (8 * i));
    }
    return length;
}

#endif
