/* serve/field.h: takes single members out of a small JSON object. */
#ifndef LEE_SERVE_FIELD_H
#define LEE_SERVE_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/json.h"
#include "base/json_scan.h"

/* True when the text is one JSON object and nothing else. */
bool lee_field_is_object(const char *text, size_t length);

/* True when the bytes are UTF-8 (RFC 3629): no overlong forms, no surrogates. */
bool lee_field_is_utf8(const char *text, size_t length);

/* The member `key` of the object; false when it is absent or null, or the text is no object. */
bool lee_field_find(const char *text, size_t length, const char *key, lee_json_value *out);

/* As text, copied with escapes resolved; as an integer; as degrees x 10^7. False: absent, another
 * type, or it does not fit; *out is then unchanged. */
bool lee_field_text(const char *text, size_t length, const char *key, char *out, size_t capacity);
bool lee_field_int(const char *text, size_t length, const char *key, int64_t *out);
bool lee_field_e7(const char *text, size_t length, const char *key, int32_t limit_e7, int32_t *out);

/* The number of an incident out of its 16 hexadecimal digits. */
bool lee_field_incident(const char *text, uint64_t *out);

/* Key and value of a text in an array of `capacity` bytes, which has no NUL when it is full. */
void lee_field_put_text(lee_json *json, const char *key, const char *text, size_t capacity);

#endif
