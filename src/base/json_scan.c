#include "base/json_scan.h"

#include <assert.h>

#include "base/json_plain.h"

/* Longest key or text that lee_json_value_is compares when it is written with escapes. */
#define ESCAPED_COMPARE_MAX_BYTES 256

/* An exponent beyond this is clamped: the number is then zero or does not fit whatever its digits,
 * because no text in memory has that many. */
#define EXPONENT_MAX INT64_C(1000000000000000)

static bool fail(lee_json_scan *scan, lee_error error, const char *reason)
{
    if (scan->error == LEE_OK) {
        scan->error = error;
        scan->reason = reason;
    }
    return false;
}

static bool fail_end(lee_json_scan *scan)
{
    return fail(scan, LEE_ERR_TRUNCATED, "the text ends within a value");
}

static void skip_space(lee_json_scan *scan)
{
    while (scan->at < scan->end &&
           (*scan->at == ' ' || *scan->at == '\n' || *scan->at == '\t' || *scan->at == '\r')) {
        scan->at++;
    }
}

void lee_json_scan_init(lee_json_scan *scan, const char *text, size_t length)
{
    assert(scan);
    assert(text || length == 0);

    static const char nothing[1] = "";
    scan->start = text ? text : nothing;
    scan->at = scan->start;
    scan->end = scan->start + length;
    scan->error = LEE_OK;
    scan->reason = NULL;
}

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* Passes over one escape; `at` is on the backslash. */
static bool skip_escape(lee_json_scan *scan)
{
    if (scan->end - scan->at < 2) {
        return fail_end(scan);
    }
    const char kind = scan->at[1];
    if (kind != 'u') {
        if (kind == '\0' || strchr("\"\\/bfnrt", kind) == NULL) {
            return fail(scan, LEE_ERR_SYNTAX, "a text holds an unknown escape");
        }
        scan->at += 2;
        return true;
    }
    for (int i = 2; i < 6; i++) {
        if (scan->end - scan->at <= i) {
            return fail_end(scan);
        }
        if (!is_hex(scan->at[i])) {
            return fail(scan, LEE_ERR_SYNTAX, "a \\u escape needs four hexadecimal digits");
        }
    }
    scan->at += 6;
    return true;
}

static bool read_text(lee_json_scan *scan, lee_json_value *out)
{
    assert(*scan->at == '"');

    scan->at++;
    const char *const start = scan->at;
    bool escaped = false;
    for (;;) {
        scan->at = lee_json_plain_text_end(scan->at, scan->end);
        if (scan->at == scan->end) {
            return fail_end(scan);
        }
        if (*scan->at == '"') {
            *out = (lee_json_value){LEE_JSON_TEXT, start, (size_t)(scan->at - start), escaped};
            scan->at++;
            return true;
        }
        if (*scan->at != '\\') {
            return fail(scan, LEE_ERR_SYNTAX, "a text holds a control character");
        }
        escaped = true;
        if (!skip_escape(scan)) {
            return false;
        }
    }
}

/* Passes over digits, at least one. */
static bool skip_digits(lee_json_scan *scan)
{
    if (scan->at == scan->end) {
        return fail_end(scan);
    }
    if (*scan->at < '0' || *scan->at > '9') {
        return fail(scan, LEE_ERR_SYNTAX, "a number lacks a digit");
    }
    while (scan->at < scan->end && *scan->at >= '0' && *scan->at <= '9') {
        scan->at++;
    }
    return true;
}

static bool read_number(lee_json_scan *scan, lee_json_value *out)
{
    const char *const start = scan->at;
    if (*scan->at == '-') {
        scan->at++;
    }
    const char *const digits = scan->at;
    if (!skip_digits(scan)) {
        return false;
    }
    if (*digits == '0' && scan->at - digits > 1) {
        scan->at = digits;
        return fail(scan, LEE_ERR_SYNTAX, "a number begins with zero");
    }
    if (scan->at < scan->end && *scan->at == '.') {
        scan->at++;
        if (!skip_digits(scan)) {
            return false;
        }
    }
    if (scan->at < scan->end && (*scan->at == 'e' || *scan->at == 'E')) {
        scan->at++;
        if (scan->at < scan->end && (*scan->at == '+' || *scan->at == '-')) {
            scan->at++;
        }
        if (!skip_digits(scan)) {
            return false;
        }
    }
    *out = (lee_json_value){LEE_JSON_NUMBER, start, (size_t)(scan->at - start), false};
    return true;
}

static bool read_word(lee_json_scan *scan, const char *word, lee_json_type type,
                      lee_json_value *out)
{
    const size_t length = strlen(word);
    const size_t left = (size_t)(scan->end - scan->at);
    const size_t compared = left < length ? left : length;
    if (memcmp(scan->at, word, compared) != 0) {
        return fail(scan, LEE_ERR_SYNTAX, "a value is not JSON");
    }
    if (left < length) {
        scan->at = scan->end;
        return fail_end(scan);
    }
    *out = (lee_json_value){type, scan->at, length, false};
    scan->at += length;
    return true;
}

/* One value that is neither object nor array; `at` is on its first character. */
static bool read_scalar(lee_json_scan *scan, lee_json_value *out)
{
    switch (*scan->at) {
    case '"':
        return read_text(scan, out);
    case 't':
        return read_word(scan, "true", LEE_JSON_TRUE, out);
    case 'f':
        return read_word(scan, "false", LEE_JSON_FALSE, out);
    case 'n':
        return read_word(scan, "null", LEE_JSON_NULL, out);
    default:
        if (*scan->at == '-' || (*scan->at >= '0' && *scan->at <= '9')) {
            return read_number(scan, out);
        }
        return fail(scan, LEE_ERR_SYNTAX, "a value is expected");
    }
}

/* Reads the key and the colon of a member; `at` is where the key must stand. */
static bool read_key(lee_json_scan *scan, lee_json_value *key)
{
    skip_space(scan);
    if (scan->at == scan->end) {
        return fail_end(scan);
    }
    if (*scan->at != '"') {
        return fail(scan, LEE_ERR_SYNTAX, "a key is expected");
    }
    if (!read_text(scan, key)) {
        return false;
    }
    skip_space(scan);
    if (scan->at == scan->end) {
        return fail_end(scan);
    }
    if (*scan->at != ':') {
        return fail(scan, LEE_ERR_SYNTAX, "a colon is expected after a key");
    }
    scan->at++;
    return true;
}

/* What stands next within a container that was just entered or of which a value was just read:
 * consumes the comma between values, or the closing bracket, in which case *ended is set. The
 * character before tells the two cases apart, since no value ends with an opening bracket. */
static bool next_in_container(lee_json_scan *scan, bool is_object, bool *ended)
{
    const bool first = scan->at > scan->start && scan->at[-1] == (is_object ? '{' : '[');
    skip_space(scan);
    if (scan->at == scan->end) {
        return fail_end(scan);
    }
    *ended = *scan->at == (is_object ? '}' : ']');
    if (*ended) {
        scan->at++;
        return true;
    }
    if (!first) {
        if (*scan->at != ',') {
            return fail(scan, LEE_ERR_SYNTAX, "a comma or a closing bracket is expected");
        }
        scan->at++;
    }
    return true;
}

/* Passes over an object or array, checking all of it. Bit n of `objects` says of what kind the
 * container at depth n is: a loop instead of recursion on input. */
static bool skip_container(lee_json_scan *scan, lee_json_value *out)
{
    const char *const start = scan->at;
    uint64_t objects = 0;
    unsigned depth = 0;
    lee_json_value ignored;

    static_assert(LEE_JSON_DEPTH_MAX <= 64, "one bit a level");
    for (;;) {
        /* `at` is on a value. */
        if (*scan->at == '{' || *scan->at == '[') {
            if (depth == LEE_JSON_DEPTH_MAX) {
                return fail(scan, LEE_ERR_LIMIT, "objects and arrays are nested too deeply");
            }
            objects = (objects << 1) | (*scan->at == '{');
            depth++;
            scan->at++;
        } else if (!read_scalar(scan, &ignored)) {
            return false;
        }
        bool ended;
        do {
            const bool is_object = (objects & 1) != 0;
            if (!next_in_container(scan, is_object, &ended)) {
                return false;
            }
            if (ended) {
                objects >>= 1;
                depth--;
            } else if (is_object && !read_key(scan, &ignored)) {
                return false;
            }
        } while (ended && depth > 0);
        if (depth == 0) {
            *out = (lee_json_value){*start == '{' ? LEE_JSON_OBJECT : LEE_JSON_ARRAY, start,
                                    (size_t)(scan->at - start), false};
            return true;
        }
        skip_space(scan);
        if (scan->at == scan->end) {
            return fail_end(scan);
        }
    }
}

bool lee_json_scan_value(lee_json_scan *scan, lee_json_value *out)
{
    assert(scan);
    assert(out);

    if (scan->error != LEE_OK) {
        return false;
    }
    skip_space(scan);
    if (scan->at == scan->end) {
        return fail_end(scan);
    }
    if (*scan->at == '{' || *scan->at == '[') {
        return skip_container(scan, out);
    }
    return read_scalar(scan, out);
}

static bool enter(lee_json_scan *scan, char bracket)
{
    assert(scan);

    if (scan->error != LEE_OK) {
        return false;
    }
    skip_space(scan);
    if (scan->at == scan->end || *scan->at != bracket) {
        return false;
    }
    scan->at++;
    return true;
}

bool lee_json_scan_object(lee_json_scan *scan)
{
    return enter(scan, '{');
}

bool lee_json_scan_array(lee_json_scan *scan)
{
    return enter(scan, '[');
}

bool lee_json_scan_member(lee_json_scan *scan, lee_json_value *key, lee_json_value *value)
{
    assert(scan);
    assert(key);
    assert(value);

    bool ended = false;
    if (scan->error != LEE_OK || !next_in_container(scan, true, &ended) || ended) {
        return false;
    }
    return read_key(scan, key) && lee_json_scan_value(scan, value);
}

bool lee_json_scan_element(lee_json_scan *scan, lee_json_value *value)
{
    assert(scan);
    assert(value);

    bool ended = false;
    if (scan->error != LEE_OK || !next_in_container(scan, false, &ended) || ended) {
        return false;
    }
    return lee_json_scan_value(scan, value);
}

bool lee_json_scan_done(lee_json_scan *scan)
{
    assert(scan);

    skip_space(scan);
    return scan->error == LEE_OK && scan->at == scan->end;
}

bool lee__json_value_resolves_to(const lee_json_value *value, const char *text)
{
    char resolved[ESCAPED_COMPARE_MAX_BYTES];
    return lee_json_value_text(value, resolved, sizeof resolved) && strcmp(resolved, text) == 0;
}

/* The digits of a number and the power of ten of the last one. */
typedef struct {
    bool negative;
    const char *digits; /* first that is not zero; may span the decimal point */
    const char *end;
    int64_t count; /* digits from there on */
    int64_t power;
} number_parts;

static int64_t read_exponent(const char *at, const char *end)
{
    bool negative = false;
    if (at < end && (*at == '+' || *at == '-')) {
        negative = *at == '-';
        at++;
    }
    int64_t exponent = 0;
    for (; at < end && exponent < EXPONENT_MAX; at++) {
        exponent = exponent * 10 + (*at - '0');
    }
    return negative ? -exponent : exponent;
}

static number_parts split_number(const lee_json_value *value)
{
    const char *at = value->text;
    const char *const end = value->text + value->length;
    number_parts parts = {.negative = *at == '-'};
    bool after_point = false;
    at += parts.negative;
    for (; at < end && *at != 'e' && *at != 'E'; at++) {
        if (*at == '.') {
            after_point = true;
            continue;
        }
        parts.power -= after_point;
        if (parts.digits == NULL && *at != '0') {
            parts.digits = at;
        }
        parts.count += parts.digits != NULL;
    }
    parts.end = at;
    if (at < end) {
        parts.power += read_exponent(at + 1, end);
    }
    return parts;
}

bool lee_json_value_fixed(const lee_json_value *value, int decimals, int64_t *out)
{
    assert(value);
    assert(out);
    assert(decimals >= -18 && decimals <= 18);

    if (value->type != LEE_JSON_NUMBER || value->length == 0) {
        return false;
    }
    const number_parts parts = split_number(value);
    /* The result is the first `kept` digits, rounded by the next one. */
    const int64_t kept = parts.count + parts.power + decimals;
    if (parts.digits == NULL || kept < 0) {
        *out = 0;
        return true;
    }
    if (kept > 19) {
        return false;
    }
    uint64_t result = 0;
    int64_t used = 0;
    bool round_up = false;
    for (const char *at = parts.digits; at < parts.end && used <= kept; at++) {
        if (*at == '.') {
            continue;
        }
        if (used == kept) {
            round_up = *at >= '5';
        } else {
            result = result * 10 + (uint64_t)(*at - '0'); /* 19 digits fit in 64 bits */
        }
        used++;
    }
    for (; used < kept; used++) {
        result *= 10;
    }
    result += round_up;
    if (result > (uint64_t)INT64_MAX) {
        return false;
    }
    *out = parts.negative ? -(int64_t)result : (int64_t)result;
    return true;
}

bool lee_json_number_fixed(const char *text, size_t length, int decimals, int64_t *out)
{
    assert(text && out);
    lee_json_scan scan;
    lee_json_value value;
    lee_json_scan_init(&scan, text, length);
    return lee_json_scan_value(&scan, &value) && lee_json_scan_done(&scan) &&
           lee_json_value_fixed(&value, decimals, out);
}

static uint32_t read_hex4(const char *at)
{
    uint32_t code = 0;
    for (int i = 0; i < 4; i++) {
        const char c = at[i];
        const int digit = c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
        code = code << 4 | (uint32_t)digit;
    }
    return code;
}

/* Writes the UTF-8 form of a code point; returns its length. */
static size_t put_utf8(uint32_t code, char out[4])
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (char)(0xc0 | code >> 6);
        out[1] = (char)(0x80 | (code & 0x3f));
        return 2;
    }
    if (code < 0x10000) {
        out[0] = (char)(0xe0 | code >> 12);
        out[1] = (char)(0x80 | (code >> 6 & 0x3f));
        out[2] = (char)(0x80 | (code & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | code >> 18);
    out[1] = (char)(0x80 | (code >> 12 & 0x3f));
    out[2] = (char)(0x80 | (code >> 6 & 0x3f));
    out[3] = (char)(0x80 | (code & 0x3f));
    return 4;
}

/* Resolves the escape at `at` (on the backslash; the scanner has checked its form). Returns the
 * bytes consumed, 0 when it means no character. */
static size_t resolve_escape(const char *at, const char *end, char out[4], size_t *length)
{
    static const char names[] = "\"\\/bfnrt";
    static const char meanings[] = "\"\\/\b\f\n\r\t";

    if (at[1] != 'u') {
        out[0] = meanings[strchr(names, at[1]) - names];
        *length = 1;
        return 2;
    }
    uint32_t code = read_hex4(at + 2);
    size_t consumed = 6;
    if (code >= 0xd800 && code < 0xdc00 && end - at >= 12 && at[6] == '\\' && at[7] == 'u') {
        const uint32_t low = read_hex4(at + 8);
        if (low >= 0xdc00 && low < 0xe000) {
            code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
            consumed = 12;
        }
    }
    if (code == 0 || (code >= 0xd800 && code < 0xe000)) {
        return 0;
    }
    *length = put_utf8(code, out);
    return consumed;
}

bool lee_json_value_text(const lee_json_value *value, char *out, size_t capacity)
{
    assert(value);
    assert(out);

    if (value->type != LEE_JSON_TEXT || capacity == 0) {
        return false;
    }
    if (!value->escaped) {
        if (value->length >= capacity) {
            return false;
        }
        memcpy(out, value->text, value->length);
        out[value->length] = '\0';
        return true;
    }
    const char *const end = value->text + value->length;
    size_t used = 0;
    for (const char *at = value->text; at < end;) {
        char bytes[4];
        size_t length = 1;
        size_t consumed = 1;
        if (*at == '\\') {
            consumed = resolve_escape(at, end, bytes, &length);
        } else {
            bytes[0] = *at;
        }
        if (consumed == 0 || length >= capacity - used) {
            return false;
        }
        memcpy(out + used, bytes, length);
        used += length;
        at += consumed;
    }
    out[used] = '\0';
    return true;
}
