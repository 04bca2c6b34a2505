/* journal/sha256.h: SHA-256 (FIPS 180-4) as fast as the processor has it.
 *
 * Where the processor has SHA instructions they are used, and then messages that do not depend on
 * each other are hashed two at a time, which is nearly twice as fast; else libsodium computes. All
 * ways give the same digests; tests/unit/journal/test_sha256.c compares them. */
#ifndef LEE_JOURNAL_SHA256_H
#define LEE_JOURNAL_SHA256_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    const uint8_t *bytes;
    size_t length;
} lee_sha256_message;

void lee_sha256(const void *bytes, size_t length, uint8_t out[32]);

/* The digest of the byte `prefix` and then the message, of each of them, into `out`: 32 bytes each.
 */
void lee_sha256_prefixed(uint8_t prefix, const lee_sha256_message *messages, size_t count,
                         uint8_t *out);

/* The same with prefix 1 of `count` messages of 64 bytes that stand one behind the other; `out` may
 * be `pairs`, or stand before it. */
void lee_sha256_nodes(const uint8_t *pairs, size_t count, uint8_t *out);

/* The digest of `head` and then `bytes` by libsodium alone, and whether this processor's own
 * instructions are used. */
void lee_sha256_portable(const void *head, size_t head_length, const void *bytes, size_t length,
                         uint8_t out[32]);
bool lee_sha256_is_fast(void);

#endif
