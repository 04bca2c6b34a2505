/* record/field.h: one described field of a record, and what can be done with any such field.
 *
 * The tables in codec.c come from the field lists of the public headers; the functions here walk
 * them. Internal to record/. */
#ifndef LEE_RECORD_FIELD_H
#define LEE_RECORD_FIELD_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/buffer.h"
#include "base/bytes.h"
#include "base/json.h"
#include "base/json_scan.h"

typedef enum {
    LEE_FIELD_INT,
    LEE_FIELD_FIX,
    LEE_FIELD_BOOL,
    LEE_FIELD_SQUAWK,
    LEE_FIELD_ENUM,
    LEE_FIELD_TIME,
    LEE_FIELD_TEXT
} lee_field_kind;

typedef struct {
    const char *key;
    size_t key_length;
    lee_field_kind kind;
    size_t offset;
    size_t bytes;             /* of the member: 4 or 8 for numbers, the array for text */
    int decimals;             /* of FIX */
    const char *const *names; /* of ENUM, NULL at the end */
    int64_t min;              /* the range that is accepted, both ends inside */
    int64_t max;
} lee_field;

int64_t lee__field_get(const lee_field *field, const void *record);

/* Inline, with lee__field_put: this is done for each number of a report line. */
static inline void lee__field_set(const lee_field *field, void *record, int64_t value)
{
    char *const at = (char *)record + field->offset;
    if (field->bytes == sizeof(int64_t)) {
        memcpy(at, &value, sizeof value);
        return;
    }
    assert(value >= INT32_MIN && value <= INT32_MAX);
    const int32_t narrow = (int32_t)value;
    memcpy(at, &narrow, sizeof narrow);
}

/* All present fields of the table, `count` long, in table order. */
void lee__fields_write_json(const lee_field *fields, int count, const void *record,
                            uint64_t present, lee_json *json);
void lee__fields_encode(const lee_field *fields, int count, const void *record, uint64_t present,
                        lee_buffer *out);
/* LEE_ERR_TRUNCATED, DOMAIN. */
lee_error lee__fields_decode(const lee_field *fields, int count, lee_bytes *in, uint64_t present,
                             void *record);

/* Sets a field that is a number. False: it is outside its range, and unchanged. */
static inline bool lee__field_put(const lee_field *field, void *record, int64_t value)
{
    if (value < field->min || value > field->max) {
        return false;
    }
    lee__field_set(field, record, value);
    return true;
}

/* Sets a field that is a text or a squawk. False: it is neither, or this is no value of it; the
 * field is then unchanged. */
bool lee__field_put_text(const lee_field *field, void *record, const char *text, size_t length);

/* Reads one JSON value into its field. The text of the reason is static; NULL: accepted. */
const char *lee__field_read_json(const lee_field *field, const lee_json_value *value, void *record);

/* The first present field out of its range or not proper text, or NULL. */
const lee_field *lee__fields_find_bad(const lee_field *fields, int count, const void *record,
                                      uint64_t present);

#endif
