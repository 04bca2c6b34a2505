#include "serve/field.h"

#include <assert.h>
#include <string.h>

bool lee_field_is_object(const char *text, size_t length)
{
    assert(text);
    lee_json_scan scan;
    lee_json_value value;
    lee_json_scan_init(&scan, text, length);
    return lee_json_scan_value(&scan, &value) && value.type == LEE_JSON_OBJECT &&
           lee_json_scan_done(&scan);
}

bool lee_field_is_utf8(const char *text, size_t length)
{
    assert(text || length == 0);
    for (size_t i = 0; i < length;) {
        const unsigned char lead = (unsigned char)text[i++];
        if (lead < 0x80) {
            continue;
        }
        const unsigned more = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
        if (lead < 0xc2 || lead > 0xf4 || length - i < more) {
            return false;
        }
        /* The first byte after the lead is what keeps overlong forms, surrogates and what lies
         * beyond U+10FFFF out. */
        const unsigned char next = (unsigned char)text[i];
        if ((lead == 0xe0 && next < 0xa0) || (lead == 0xed && next > 0x9f) ||
            (lead == 0xf0 && next < 0x90) || (lead == 0xf4 && next > 0x8f)) {
            return false;
        }
        for (unsigned k = 0; k < more; k++) {
            if (((unsigned char)text[i++] & 0xc0) != 0x80) {
                return false;
            }
        }
    }
    return true;
}

bool lee_field_find(const char *text, size_t length, const char *key, lee_json_value *out)
{
    assert(text && key && out);

    lee_json_scan scan;
    lee_json_scan_init(&scan, text, length);
    if (!lee_json_scan_object(&scan)) {
        return false;
    }
    lee_json_value name;
    lee_json_value value;
    while (lee_json_scan_member(&scan, &name, &value)) {
        if (lee_json_value_is(&name, key)) {
            *out = value;
            return value.type != LEE_JSON_NULL;
        }
    }
    return false;
}

bool lee_field_text(const char *text, size_t length, const char *key, char *out, size_t capacity)
{
    lee_json_value value;
    char copy[4096];
    assert(capacity <= sizeof copy);
    if (!lee_field_find(text, length, key, &value) ||
        !lee_json_value_text(&value, copy, capacity)) {
        return false;
    }
    memcpy(out, copy, strlen(copy) + 1);
    return true;
}

bool lee_field_int(const char *text, size_t length, const char *key, int64_t *out)
{
    lee_json_value value;
    return lee_field_find(text, length, key, &value) && lee_json_value_fixed(&value, 0, out);
}

bool lee_field_e7(const char *text, size_t length, const char *key, int32_t limit_e7, int32_t *out)
{
    lee_json_value value;
    int64_t scaled;
    if (!lee_field_find(text, length, key, &value) || !lee_json_value_fixed(&value, 7, &scaled) ||
        scaled < -(int64_t)limit_e7 || scaled > limit_e7) {
        return false;
    }
    *out = (int32_t)scaled;
    return true;
}

bool lee_field_incident(const char *text, uint64_t *out)
{
    assert(text && out);
    uint64_t number = 0;
    size_t i = 0;
    for (; text[i] != '\0'; i++) {
        const char c = text[i];
        const int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
        if (digit < 0 || i >= 16) {
            return false;
        }
        number = number << 4 | (uint64_t)digit;
    }
    if (i != 16) {
        return false;
    }
    *out = number;
    return true;
}

void lee_field_put_text(lee_json *json, const char *key, const char *text, size_t capacity)
{
    assert(json && key && text);
    const char *const nul = memchr(text, '\0', capacity);
    lee_json_key(json, key);
    lee_json_text_n(json, text, nul ? (size_t)(nul - text) : capacity);
}
