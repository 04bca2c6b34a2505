/* support/fuzz_mutate.h: a mutator for libFuzzer whose inputs are put right.
 *
 * The target that includes it says in `repair` what its input is. Three of four mutated inputs are
 * put right; the fourth stays as broken as it is. */
#ifndef LEE_SUPPORT_FUZZ_MUTATE_H
#define LEE_SUPPORT_FUZZ_MUTATE_H

#include <stddef.h>
#include <stdint.h>

/* Puts it right and returns its size, which is at most size_max. */
static size_t repair(uint8_t *data, size_t size, size_t size_max);

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t size_max);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t size_max, unsigned seed);

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t size_max, unsigned seed)
{
    const size_t mutated = LLVMFuzzerMutate(data, size, size_max);
    return seed % 4 != 0 ? repair(data, mutated, size_max) : mutated;
}

#endif
