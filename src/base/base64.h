/* base/base64.h: bytes as text. */
#ifndef LEE_BASE_BASE64_H
#define LEE_BASE_BASE64_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* RFC 4648 section 4, with padding. Encoding needs (length + 2) / 3 * 4 bytes and adds no NUL;
 * returns how many were written. Decoding refuses everything that encoding would not have written:
 * white space, missing padding, unused bits that are set. */
size_t lee_base64_encode(const uint8_t *bytes, size_t length, char *out);
bool lee_base64_decode(const char *text, size_t length, uint8_t *out, size_t capacity,
                       size_t *out_length);

#endif
