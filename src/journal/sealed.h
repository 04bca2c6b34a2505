/* journal/sealed.h: records of which some values are sealed apart (docs/formats/journal.md).
 *
 * The entry in the tree holds a salted commitment in the place of each such value, the values stand
 * in a file of their own. So a record can be handed on without some of them, and they can be
 * destroyed, and every proof stays as it was (reliability.md 4.1, "Privacy"). */
#ifndef LEE_JOURNAL_SEALED_H
#define LEE_JOURNAL_SEALED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/bytes.h"
#include "journal/merkle.h"
#include "leeward/error.h"

/* Small letters, digits and _. */
#define LEE_SEALED_NAME_MAX 24u
#define LEE_SEALED_FIELDS_MAX 8u
#define LEE_SEALED_SALT_BYTES 32u
/* All values of one record together. */
#define LEE_SEALED_VALUES_MAX_BYTES 32768u

/* A value to be sealed: bytes [at, at + length) of a record. Ascending, none in another. */
typedef struct {
    const char *name;
    size_t at;
    size_t length;
} lee_sealed_span;

/* What is open, and then the value that is not. */
typedef struct {
    const uint8_t *open;
    size_t open_length;
    char name[LEE_SEALED_NAME_MAX + 1]; /* empty: there is none, and this is the last part */
    lee_digest commitment;
} lee_sealed_part;

/* The next part of a sealed record's payload. False: it does not follow its format. */
bool lee_sealed_next(lee_bytes *payload, lee_sealed_part *out);

/* SHA-256("leeward/field/v1", name, salt, value); `bytes` are the salt and then the value. */
bool lee_sealed_matches(const lee_sealed_part *part, const uint8_t *bytes, size_t length);

/* Writes the payload of the entry and the file of the values: each after its length (2 bytes,
 * little-endian) with its salt in front. `salts` are `count` times LEE_SEALED_SALT_BYTES. Whether
 * it fits is for the caller to see. */
void lee_sealed_write(const uint8_t *bytes, size_t length, const lee_sealed_span *spans,
                      uint32_t count, const uint8_t *salts, lee_buffer *payload,
                      lee_buffer *values);

/* Salt and value of a field; NULL: it is not here. */
typedef const uint8_t *lee_sealed_lookup(void *context, uint32_t field, const char *name,
                                         size_t *length);

/* Puts the record together again; values that are not here are left out, and counted.
 * LEE_ERR_CORRUPT: the payload does not follow its format, or a value does not belong to it;
 * LEE_ERR_LIMIT, NO_MEMORY. */
LEE_CHECK_RESULT
lee_error lee_sealed_open(const uint8_t *payload, size_t length, lee_sealed_lookup *lookup,
                          void *context, lee_buffer *out, uint32_t *withheld);

/* Field number `field` in a file of values; NULL: it has not so many. */
const uint8_t *lee_sealed_field(const uint8_t *values, size_t values_length, uint32_t field,
                                size_t *length);

#endif
