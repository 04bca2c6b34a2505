/* base/json.h: writes JSON into a buffer.
 *
 * Commas and escapes are the writer's work. Input that is not UTF-8 is written with U+FFFD, so what
 * comes out is always valid JSON. */
#ifndef LEE_BASE_JSON_H
#define LEE_BASE_JSON_H

#include "base/buffer.h"

typedef struct {
    lee_buffer *out;
    uint32_t depth;
    bool comma_due;
} lee_json;

void lee_json_begin(lee_json *json, lee_buffer *out);
void lee_json_object(lee_json *json);
void lee_json_object_end(lee_json *json);
void lee_json_array(lee_json *json);
void lee_json_array_end(lee_json *json);
void lee_json_key(lee_json *json, const char *key);

void lee_json_text(lee_json *json, const char *text);
void lee_json_text_n(lee_json *json, const char *text, size_t length);
void lee_json_int(lee_json *json, int64_t value);
void lee_json_uint(lee_json *json, uint64_t value);
void lee_json_fixed(lee_json *json, int64_t value, int decimals);
void lee_json_bool(lee_json *json, bool value);
void lee_json_null(lee_json *json);
/* `text` is JSON already and is copied as it is. */
void lee_json_raw(lee_json *json, const char *text, size_t length);

/* Whether the bytes are UTF-8 (RFC 3629), so that they are written as they are. */
bool lee_utf8_is_valid(const char *text, size_t length);

/* Not empty, UTF-8, no control characters: what a name must be to pass through every record. */
bool lee_text_is_printable(const char *text, size_t length);

/* Key and value in one call. */
void lee_json_put_text(lee_json *json, const char *key, const char *text);
void lee_json_put_int(lee_json *json, const char *key, int64_t value);
void lee_json_put_fixed(lee_json *json, const char *key, int64_t value, int decimals);
void lee_json_put_bool(lee_json *json, const char *key, bool value);

#endif
