/* journal/sha256.h: SHA-256 (FIPS 180-4) as fast as the processor has it.
 *
 * Where the processor has SHA instructions they are used, else libsodium computes. Both give the
 * same digest; tests/unit/journal/test_sha256.c compares them. */
#ifndef LEE_JOURNAL_SHA256_H
#define LEE_JOURNAL_SHA256_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The digest of `head` and then `bytes`; head_length is at most 64. */
void lee_sha256(const void *head, size_t head_length, const void *bytes, size_t length,
                uint8_t out[32]);

/* The same by libsodium alone, and whether this processor's own instructions are used. */
void lee_sha256_portable(const void *head, size_t head_length, const void *bytes, size_t length,
                         uint8_t out[32]);
bool lee_sha256_is_fast(void);

#endif
