/* outlet/stamp.h: time stamps of RFC 3161: somebody else says that bytes were there at a time.
 *
 * Requests and the checking of answers, with OpenSSL; who carries the bytes is outlet/attest.h.
 * What is stamped is always the SHA-256 of the bytes. */
#ifndef LEE_OUTLET_STAMP_H
#define LEE_OUTLET_STAMP_H

#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "journal/merkle.h"
#include "leeward/error.h"

/* The longest answer that is read; with its certificates one has 2 to 7 KiB. */
#define LEE_STAMP_MAX_BYTES 32768u

/* Appends the TimeStampReq (DER) for a digest: with `nonce`, which should be random, and the wish
 * for the certificate. LEE_ERR_NO_MEMORY, LIMIT. */
LEE_CHECK_RESULT
lee_error lee_stamp_request(const lee_digest *digest, uint64_t nonce, lee_buffer *out);

/* What a TimeStampResp (DER) is checked against. */
typedef struct {
    lee_digest digest;
    const uint64_t *nonce; /* of the request; NULL: any */
    const char *ca_file;   /* PEM of whom is trusted; NULL: the signature is not looked at */
} lee_stamp_wanted;

/* Checks it whole; *t_s is its time, seconds since 1970. LEE_ERR_SYNTAX: not one, or with bytes
 * behind it; LEE_ERR_DENIED: the server refused; LEE_ERR_CHECKSUM: of other bytes, of another
 * request, or not signed by those trusted; LEE_ERR_NOT_FOUND: ca_file cannot be read; NO_MEMORY.
 * *reason is a static sentence. */
LEE_CHECK_RESULT
lee_error lee_stamp_check(const uint8_t *response, size_t length, const lee_stamp_wanted *wanted,
                          uint64_t *t_s, const char **reason);

#endif
