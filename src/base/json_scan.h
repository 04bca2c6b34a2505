/* base/json_scan.h: reads one JSON value at a time out of a buffer, without a tree.
 *
 * For the hot feeds: flat objects of numbers and short texts. It checks the grammar (RFC 8259) of
 * what it passes over, to a depth of LEE_JSON_DEPTH_MAX, and never reads past the end. */
#ifndef LEE_BASE_JSON_SCAN_H
#define LEE_BASE_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "leeward/error.h"

#define LEE_JSON_DEPTH_MAX 64

typedef enum {
    LEE_JSON_END, /* of the object or array being read */
    LEE_JSON_NULL,
    LEE_JSON_FALSE,
    LEE_JSON_TRUE,
    LEE_JSON_NUMBER,
    LEE_JSON_TEXT,
    LEE_JSON_OBJECT,
    LEE_JSON_ARRAY
} lee_json_type;

typedef struct {
    const char *at;
    const char *end;
    const char *start;
    lee_error error; /* LEE_OK, SYNTAX, TRUNCATED or LIMIT; sticky */
    const char *reason;
} lee_json_scan;

/* A slice of the input. Of a text: between the quotes, escapes not resolved. */
typedef struct {
    lee_json_type type;
    const char *text;
    size_t length;
    bool escaped; /* a text with at least one backslash */
} lee_json_value;

void lee_json_scan_init(lee_json_scan *scan, const char *text, size_t length);

/* Reads the next whole value; objects and arrays are passed over and given as a slice. */
bool lee_json_scan_value(lee_json_scan *scan, lee_json_value *out);

/* Enters the object (array) that stands next. False: something else stands there. */
bool lee_json_scan_object(lee_json_scan *scan);
bool lee_json_scan_array(lee_json_scan *scan);

/* The next key and value of the object entered (value of the array entered). False at its end,
 * which is consumed, and on error: look at scan->error. */
bool lee_json_scan_member(lee_json_scan *scan, lee_json_value *key, lee_json_value *value);
bool lee_json_scan_element(lee_json_scan *scan, lee_json_value *value);

/* True when only white space is left. */
bool lee_json_scan_done(lee_json_scan *scan);

/* Is it this text, whose escapes are to be resolved? */
bool lee__json_value_resolves_to(const lee_json_value *value, const char *text);

/* Is it this text? Inline, because a key is mostly compared with literals. */
static inline bool lee_json_value_is(const lee_json_value *value, const char *text)
{
    if (value->type != LEE_JSON_TEXT) {
        return false;
    }
    if (value->escaped) {
        return lee__json_value_resolves_to(value, text);
    }
    const size_t length = strlen(text);
    return value->length == length && memcmp(value->text, text, length) == 0;
}

/* A number (exponent allowed) times 10^decimals, rounded half away from zero; exact. False: not a
 * number, or it does not fit. */
bool lee_json_value_fixed(const lee_json_value *value, int decimals, int64_t *out);

/* The same of a text that is one number and nothing else. */
bool lee_json_number_fixed(const char *text, size_t length, int decimals, int64_t *out);

/* Copies a text with its escapes resolved, NUL-terminated. False: not a text, does not fit, or it
 * holds a NUL or a lone surrogate. */
bool lee_json_value_text(const lee_json_value *value, char *out, size_t capacity);

#endif
