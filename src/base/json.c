#include "base/json.h"

#include <assert.h>
#include <string.h>

#include "base/json_plain.h"

void lee_json_begin(lee_json *json, lee_buffer *out)
{
    assert(json && out);
    *json = (lee_json){.out = out};
}

static void before_value(lee_json *json)
{
    if (json->comma_due) {
        lee_buffer_char(json->out, ',');
    }
    json->comma_due = true;
}

static void open_with(lee_json *json, char c)
{
    before_value(json);
    lee_buffer_char(json->out, c);
    json->depth++;
    json->comma_due = false;
}

static void close_with(lee_json *json, char c)
{
    assert(json->depth > 0);
    lee_buffer_char(json->out, c);
    json->depth--;
    json->comma_due = true;
}

void lee_json_object(lee_json *json)
{
    open_with(json, '{');
}

void lee_json_object_end(lee_json *json)
{
    close_with(json, '}');
}

void lee_json_array(lee_json *json)
{
    open_with(json, '[');
}

void lee_json_array_end(lee_json *json)
{
    close_with(json, ']');
}

/* The length of the UTF-8 sequence at `text` (RFC 3629: no overlong form, no surrogate), or 0. */
static size_t utf8_sequence(const uint8_t *text, size_t length)
{
    const uint8_t lead = text[0];
    if (lead < 0x80) {
        return 1;
    }
    const size_t need = lead >= 0xC2 && lead < 0xE0   ? 2
                        : lead >= 0xE0 && lead < 0xF0 ? 3
                        : lead >= 0xF0 && lead < 0xF5 ? 4
                                                      : 0;
    if (need == 0 || need > length) {
        return 0;
    }
    for (size_t i = 1; i < need; i++) {
        if ((text[i] & 0xC0) != 0x80) {
            return 0;
        }
    }
    if ((lead == 0xE0 && text[1] < 0xA0) || (lead == 0xED && text[1] > 0x9F) ||
        (lead == 0xF0 && text[1] < 0x90) || (lead == 0xF4 && text[1] > 0x8F)) {
        return 0;
    }
    return need;
}

bool lee_utf8_is_valid(const char *text, size_t length)
{
    const uint8_t *const bytes = (const uint8_t *)text;
    size_t at = 0;
    while (at < length) {
        const size_t sequence = utf8_sequence(bytes + at, length - at);
        if (sequence == 0) {
            return false;
        }
        at += sequence;
    }
    return true;
}

bool lee_text_is_printable(const char *text, size_t length)
{
    unsigned char all = 0;
    for (size_t i = 0; i < length; i++) {
        const unsigned char c = (unsigned char)text[i];
        if (c < 0x20 || c == 0x7F) {
            return false;
        }
        all |= c;
    }
    return length > 0 && (all < 0x80 || lee_utf8_is_valid(text, length));
}

static void write_escape(lee_buffer *out, uint8_t c)
{
    static const char hex[] = "0123456789abcdef";
    switch (c) {
    case '"':
        lee_buffer_text(out, "\\\"");
        break;
    case '\\':
        lee_buffer_text(out, "\\\\");
        break;
    case '\n':
        lee_buffer_text(out, "\\n");
        break;
    case '\r':
        lee_buffer_text(out, "\\r");
        break;
    case '\t':
        lee_buffer_text(out, "\\t");
        break;
    default: {
        const char text[6] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};
        lee_buffer_bytes(out, text, sizeof text);
    }
    }
}

/* ASCII that a text shows as it is. */
static bool is_plain(uint8_t c)
{
    return c >= 0x20 && c < 0x7F && c != '"' && c != '\\';
}

static void write_quoted(lee_buffer *out, const char *text, size_t length)
{
    const uint8_t *const bytes = (const uint8_t *)text;
    lee_buffer_char(out, '"');
    size_t plain = 0; /* start of the run not yet copied */
    size_t at = 0;
    while (at < length) {
        if (length - at >= 8 && lee_json_plain_is_ascii(text + at)) {
            at += 8;
            continue;
        }
        if (length - at < 8 && length >= 8 && lee_json_plain_is_ascii(text + length - 8)) {
            break; /* the last eight, of which some were looked at before */
        }
        const uint8_t c = bytes[at];
        if (is_plain(c)) {
            at++;
            continue;
        }
        const size_t sequence = c < 0x80 ? 1 : utf8_sequence(bytes + at, length - at);
        if (c >= 0x80 && sequence > 0) {
            at += sequence;
            continue;
        }
        lee_buffer_bytes(out, bytes + plain, at - plain);
        if (sequence == 0) {
            lee_buffer_text(out, "\xEF\xBF\xBD");
        } else {
            write_escape(out, c);
        }
        plain = ++at;
    }
    lee_buffer_bytes(out, bytes + plain, length - plain);
    lee_buffer_char(out, '"');
}

void lee_json_key(lee_json *json, const char *key)
{
    before_value(json);
    write_quoted(json->out, key, strlen(key));
    lee_buffer_char(json->out, ':');
    json->comma_due = false;
}

void lee_json_text_n(lee_json *json, const char *text, size_t length)
{
    before_value(json);
    write_quoted(json->out, text, length);
}

void lee_json_text(lee_json *json, const char *text)
{
    lee_json_text_n(json, text, strlen(text));
}

void lee_json_int(lee_json *json, int64_t value)
{
    before_value(json);
    lee_buffer_int(json->out, value);
}

void lee_json_uint(lee_json *json, uint64_t value)
{
    before_value(json);
    lee_buffer_uint(json->out, value);
}

void lee_json_fixed(lee_json *json, int64_t value, int decimals)
{
    before_value(json);
    lee_buffer_fixed(json->out, value, decimals);
}

void lee_json_bool(lee_json *json, bool value)
{
    before_value(json);
    lee_buffer_text(json->out, value ? "true" : "false");
}

void lee_json_null(lee_json *json)
{
    before_value(json);
    lee_buffer_text(json->out, "null");
}

void lee_json_raw(lee_json *json, const char *text, size_t length)
{
    before_value(json);
    lee_buffer_bytes(json->out, text, length);
}

void lee_json_put_text(lee_json *json, const char *key, const char *text)
{
    lee_json_key(json, key);
    lee_json_text(json, text);
}

void lee_json_put_int(lee_json *json, const char *key, int64_t value)
{
    lee_json_key(json, key);
    lee_json_int(json, value);
}

void lee_json_put_fixed(lee_json *json, const char *key, int64_t value, int decimals)
{
    lee_json_key(json, key);
    lee_json_fixed(json, value, decimals);
}

void lee_json_put_bool(lee_json *json, const char *key, bool value)
{
    lee_json_key(json, key);
    lee_json_bool(json, value);
}
