/* Signatures and seals that cost nothing. An Ed25519 signature a second and node was half of all
 * the time, the seal of a snapshot a fifth of the rest, and no fault that is simulated touches what
 * they prove against somebody who forges: here they are a digest of key and message, which finds
 * what a disk damages all the same. Every SIM_SIGN_EVERY-th seed signs and seals truly. */
#define _GNU_SOURCE
#include <sodium.h>
#include <string.h>

#include "sim/kernel_real.h"

static bool is_true;

void sim_sign_truly(bool truly)
{
    is_true = truly;
}

static void mix(uint64_t lanes[8], unsigned at, uint64_t word)
{
    lanes[at] = (lanes[at] ^ word) * UINT64_C(0x9fb21c651e98df25);
    lanes[at] ^= lanes[at] >> 29;
}

static void digest(const unsigned char *message, unsigned long long length,
                   const unsigned char *key, unsigned char out[64])
{
    uint64_t lanes[8];
    memcpy(lanes, key, 32);
    memcpy(lanes + 4, key, 32);
    unsigned long long at = 0;
    for (uint64_t word = 0; at + 8 <= length; at += 8) {
        memcpy(&word, message + at, 8);
        mix(lanes, at / 8 % 8, word);
    }
    for (; at < length; at++) {
        mix(lanes, 0, message[at]);
    }
    for (unsigned i = 0; i < 64; i++) {
        mix(lanes, i % 8, lanes[(i + 1) % 8] ^ length);
    }
    memcpy(out, lanes, 64);
}

int crypto_sign_detached(unsigned char *signature, unsigned long long *signature_length,
                         const unsigned char *message, unsigned long long length,
                         const unsigned char *secret)
{
    REAL(crypto_sign_detached);
    if (is_true) {
        return real(signature, signature_length, message, length, secret);
    }
    digest(message, length, secret + 32, signature);
    if (signature_length) {
        *signature_length = 64;
    }
    return 0;
}

int crypto_sign_verify_detached(const unsigned char *signature, const unsigned char *message,
                                unsigned long long length, const unsigned char *key)
{
    REAL(crypto_sign_verify_detached);
    if (is_true) {
        return real(signature, message, length, key);
    }
    unsigned char expected[64];
    digest(message, length, key, expected);
    return memcmp(signature, expected, sizeof expected) == 0 ? 0 : -1;
}

int crypto_sign_seed_keypair(unsigned char *key, unsigned char *secret, const unsigned char *seed)
{
    REAL(crypto_sign_seed_keypair);
    if (is_true) {
        return real(key, secret, seed);
    }
    unsigned char out[64];
    digest(NULL, 0, seed, out);
    memcpy(key, out, 32);
    memcpy(secret, seed, 32);
    memcpy(secret + 32, out, 32);
    return 0;
}

int crypto_auth_hmacsha256(unsigned char *out, const unsigned char *message,
                           unsigned long long length, const unsigned char *key)
{
    REAL(crypto_auth_hmacsha256);
    if (is_true) {
        return real(out, message, length, key);
    }
    unsigned char whole[64];
    digest(message, length, key, whole);
    memcpy(out, whole, 32);
    return 0;
}

int crypto_auth_hmacsha256_verify(const unsigned char *seal, const unsigned char *message,
                                  unsigned long long length, const unsigned char *key)
{
    unsigned char expected[32];
    (void)crypto_auth_hmacsha256(expected, message, length, key);
    return memcmp(seal, expected, sizeof expected) == 0 ? 0 : -1;
}
