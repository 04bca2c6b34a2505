#include "base/base64.h"

#include <assert.h>

static const char base64_alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

size_t lee_base64_encode(const uint8_t *bytes, size_t length, char *out)
{
    assert((bytes || length == 0) && out);
    size_t at = 0;
    for (size_t i = 0; i < length; i += 3) {
        const size_t have = length - i < 3 ? length - i : 3;
        uint32_t group = (uint32_t)bytes[i] << 16;
        group |= have > 1 ? (uint32_t)bytes[i + 1] << 8 : 0;
        group |= have > 2 ? bytes[i + 2] : 0;
        out[at++] = base64_alphabet[group >> 18];
        out[at++] = base64_alphabet[(group >> 12) & 63];
        out[at++] = have > 1 ? base64_alphabet[(group >> 6) & 63] : '=';
        out[at++] = have > 2 ? base64_alphabet[group & 63] : '=';
    }
    return at;
}

static int base64_value(char c)
{
    if (c >= 'A' && c <= 'Z') {
        return c - 'A';
    }
    if (c >= 'a' && c <= 'z') {
        return c - 'a' + 26;
    }
    if (c >= '0' && c <= '9') {
        return c - '0' + 52;
    }
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

bool lee_base64_decode(const char *text, size_t length, uint8_t *out, size_t capacity,
                       size_t *out_length)
{
    assert((text || length == 0) && out && out_length);
    if (length % 4 != 0) {
        return false;
    }
    size_t at = 0;
    for (size_t i = 0; i < length; i += 4) {
        size_t have = 3;
        if (i + 4 == length && text[i + 3] == '=') {
            have = text[i + 2] == '=' ? 1 : 2;
        }
        uint32_t group = 0;
        for (size_t k = 0; k < 4; k++) {
            const int value = k <= have ? base64_value(text[i + k]) : 0;
            if (value < 0) {
                return false;
            }
            group = group << 6 | (uint32_t)value;
        }
        /* Bits that padding leaves over must be zero, or two texts would mean the same bytes. */
        if ((group & ((UINT32_C(1) << (8 * (3 - have))) - 1)) != 0 || capacity - at < have) {
            return false;
        }
        for (size_t k = 0; k < have; k++) {
            out[at++] = (uint8_t)(group >> (16 - 8 * k));
        }
    }
    *out_length = at;
    return true;
}
