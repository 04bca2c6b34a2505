/* base/hash.h: hashes and checksums that are the same on every machine. */
#ifndef LEE_BASE_HASH_H
#define LEE_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

/* Keyed hash for tables that outside input fills (SipHash-1-3; Aumasson and Bernstein 2012). */
uint64_t lee_hash_keyed(const uint64_t key[2], const void *bytes, size_t length);

/* The same with a fixed key: for identifiers, never to defend a table. */
uint64_t lee_hash(const void *bytes, size_t length);

/* CRC-32C (RFC 3720 B.4, polynomial 0x1EDC6F41 reflected), of `bytes` after those of `crc`; start
 * with 0. */
uint32_t lee_crc32c(uint32_t crc, const void *bytes, size_t length);

#endif
