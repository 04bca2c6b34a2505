/* base/json_plain.h: the members of a JSON object in the plain form that programs write.
 *
 * Plain is an object without white space, escapes, exponents, long numbers or nested objects, whose
 * arrays are empty. Nearly every object of a feed is so, and is read here several times faster than
 * by base/json_scan.h: what is not plain is left to that one, which reads everything and says what
 * is wrong. Inline, so that what a caller does not look at is not computed. */
#ifndef LEE_BASE_JSON_PLAIN_H
#define LEE_BASE_JSON_PLAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* Numbers of so many digits fit in 63 bits. */
#define LEE_JSON_PLAIN_DIGITS_MAX 18

typedef struct {
    const char *key;
    size_t key_length;
    char kind;        /* of the value: '"' a text, '0' a number, '[' an empty array */
    const char *text; /* of a text */
    size_t length;
    int64_t digits;    /* a number is `digits` / 10^fraction */
    unsigned fraction; /* digits behind its point */
} lee_json_plain_member;

/* Flags (bit 7 of a byte) of the zero bytes of a word; exact. */
static inline uint64_t lee_json_plain_zero_bytes(uint64_t word)
{
    const uint64_t low = UINT64_C(0x7f7f7f7f7f7f7f7f);
    return ~(((word & low) + low) | word | low);
}

/* Does one of eight characters end what a JSON text may simply hold: a quote, a backslash or a
 * control character? */
static inline bool lee_json_plain_has_special(const char *at)
{
    const uint64_t each = UINT64_C(0x0101010101010101);
    uint64_t word;
    memcpy(&word, at, sizeof word);
    return (lee_json_plain_zero_bytes(word ^ each * '"') |
            lee_json_plain_zero_bytes(word ^ each * '\\') |
            lee_json_plain_zero_bytes(word & each * 0xe0)) != 0;
}

/* Are the next eight characters printable ASCII that a JSON text may simply hold? */
static inline bool lee_json_plain_is_ascii(const char *at)
{
    const uint64_t each = UINT64_C(0x0101010101010101);
    uint64_t word;
    memcpy(&word, at, sizeof word);
    return ((word | lee_json_plain_zero_bytes(word ^ each * 0x7f)) & each * 0x80) == 0 &&
           !lee_json_plain_has_special(at);
}

/* The first character from `at` on that a JSON text may not simply hold, or `end`. */
static inline const char *lee_json_plain_text_end(const char *at, const char *end)
{
#ifdef __SSE2__
    while (end - at >= 16) {
        const __m128i text = _mm_loadu_si128((const __m128i *)(const void *)at);
        const __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(text, _mm_set1_epi8(0x1f)), text);
        const __m128i ends = _mm_or_si128(_mm_cmpeq_epi8(text, _mm_set1_epi8('"')),
                                          _mm_cmpeq_epi8(text, _mm_set1_epi8('\\')));
        const int flags = _mm_movemask_epi8(_mm_or_si128(control, ends));
        if (flags != 0) {
            return at + __builtin_ctz((unsigned)flags);
        }
        at += 16;
    }
#endif
    while (end - at >= 8 && !lee_json_plain_has_special(at)) {
        at += 8;
    }
    while (at < end && *at != '"' && *at != '\\' && (unsigned char)*at >= 0x20) {
        at++;
    }
    return at;
}

/* Where a number ends; NULL: it is not plain. */
static inline const char *lee_json_plain_number(const char *at, const char *end,
                                                lee_json_plain_member *out)
{
    const bool negative = *at == '-';
    const char *const digits = at + negative;
    uint64_t value = 0;
    unsigned digit = 0;
    for (at = digits; at < end && (digit = (unsigned)(unsigned char)*at - '0') <= 9; at++) {
        value = value * 10 + digit;
    }
    ptrdiff_t count = at - digits;
    if (at == end || count == 0 || (*digits == '0' && count > 1)) {
        return NULL;
    }
    out->fraction = 0;
    if (*at == '.') {
        const char *const behind = at + 1;
        for (at = behind; at < end && (digit = (unsigned)(unsigned char)*at - '0') <= 9; at++) {
            value = value * 10 + digit;
        }
        if (at == end || at == behind) {
            return NULL;
        }
        out->fraction = (unsigned)(at - behind);
        count += at - behind;
    }
    out->digits = negative ? -(int64_t)value : (int64_t)value;
    return count <= LEE_JSON_PLAIN_DIGITS_MAX && *at != 'e' && *at != 'E' ? at : NULL;
}

/* Reads a member. `at` is on what stands before it, '{' for the first and ',' for the others.
 * Returns where it ends, which is before `end`; NULL: what stands there is no plain member. */
static inline const char *lee_json_plain_next(const char *at, const char *end, char before,
                                              lee_json_plain_member *out)
{
    if (end - at < 2 || at[0] != before || at[1] != '"') {
        return NULL;
    }
    out->key = at + 2;
    at = lee_json_plain_text_end(out->key, end);
    out->key_length = (size_t)(at - out->key);
    if (end - at < 4 || at[0] != '"' || at[1] != ':') {
        return NULL;
    }
    at += 2;
    if (*at == '"') {
        out->kind = '"';
        out->text = at + 1;
        at = lee_json_plain_text_end(out->text, end);
        out->length = (size_t)(at - out->text);
        return end - at > 1 && *at == '"' ? at + 1 : NULL;
    }
    if (*at == '[') {
        out->kind = '[';
        return at[1] == ']' && end - at > 2 ? at + 2 : NULL;
    }
    out->kind = '0';
    return lee_json_plain_number(at, end, out);
}

/* A plain number times 10^decimals, rounded half away from zero, as lee_json_value_fixed has it.
 * False: it does not fit. */
static inline bool lee_json_plain_fixed(const lee_json_plain_member *number, unsigned decimals,
                                        int64_t *out)
{
    int64_t value = number->digits;
    unsigned fraction = number->fraction;
    for (; fraction < decimals; fraction++) {
        if (__builtin_mul_overflow(value, 10, &value)) {
            return false;
        }
    }
    if (fraction > decimals) {
        int64_t unit = 1;
        for (; fraction > decimals; fraction--) {
            unit *= 10;
        }
        value = (value + (value < 0 ? -unit / 2 : unit / 2)) / unit;
    }
    *out = value;
    return true;
}

#endif
