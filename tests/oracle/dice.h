/* Chance under a seed, for the oracle's worlds. */
#ifndef LEE_TESTS_ORACLE_DICE_H
#define LEE_TESTS_ORACLE_DICE_H

#include <stdbool.h>
#include <stdint.h>

typedef struct {
    uint64_t state;
} dice;

/* splitmix64 */
static inline uint64_t roll(dice *d)
{
    uint64_t z = d->state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

static inline int64_t between(dice *d, int64_t low, int64_t high)
{
    return low + (int64_t)(roll(d) % (uint64_t)(high - low + 1));
}

static inline bool one_in(dice *d, int64_t n)
{
    return between(d, 1, n) == 1;
}

#endif
