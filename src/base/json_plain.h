/* base/json_plain.h: the members of a JSON object in the plain form that programs write.
 *
 * Plain is an object without white space, escapes, exponents, long numbers or nested objects, whose
 * arrays are empty, and that holds no null. Nearly every object of a feed is so, and is read here
 * several times faster than by base/json_scan.h: what is not plain is left to that one, which reads
 * everything and says what is wrong. Inline, so that what a caller does not look at is not
 * computed. */
#ifndef LEE_BASE_JSON_PLAIN_H
#define LEE_BASE_JSON_PLAIN_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/json_scan.h"

/* Numbers of so many digits fit in 63 bits. */
#define LEE_JSON_PLAIN_DIGITS_MAX 18

typedef struct {
    const char *key;
    size_t key_length;
    char kind;         /* of the value: '"' a text, '0' a number, '[' an empty array, 't' or 'f' */
    const char *text;  /* of a text or a number */
    size_t length;     /* of a text */
    int64_t digits;    /* a number is `digits` / 10^fraction */
    unsigned fraction; /* digits behind its point */
} lee_json_plain_member;

static const int64_t lee_json_plain_powers[] = {INT64_C(1),
                                                INT64_C(10),
                                                INT64_C(100),
                                                INT64_C(1000),
                                                INT64_C(10000),
                                                INT64_C(100000),
                                                INT64_C(1000000),
                                                INT64_C(10000000),
                                                INT64_C(100000000),
                                                INT64_C(1000000000),
                                                INT64_C(10000000000),
                                                INT64_C(100000000000),
                                                INT64_C(1000000000000),
                                                INT64_C(10000000000000),
                                                INT64_C(100000000000000),
                                                INT64_C(1000000000000000),
                                                INT64_C(10000000000000000),
                                                INT64_C(100000000000000000),
                                                INT64_C(1000000000000000000)};
static_assert(sizeof lee_json_plain_powers / sizeof lee_json_plain_powers[0] ==
                  LEE_JSON_PLAIN_DIGITS_MAX + 1,
              "a power for each number of digits");

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

/* Where a run of digits, '-', '.' and '/' ends; NULL: there is none. */
static inline const char *lee_json_plain_number_skip(const char *at, const char *end)
{
    const char *const start = at;
    while (at < end && *at >= '-' && *at <= '9') {
        at++;
    }
    return at == start || at == end ? NULL : at;
}

/* An empty array, true or false; NULL: none of these with one of `left` characters behind it. */
static inline const char *lee_json_plain_word(const char *at, ptrdiff_t left,
                                              lee_json_plain_member *out)
{
    out->kind = *at;
    if (*at == '[') {
        return left > 2 && at[1] == ']' ? at + 2 : NULL;
    }
    if (*at == 't') {
        return left > 4 && memcmp(at, "true", 4) == 0 ? at + 4 : NULL;
    }
    return left > 5 && memcmp(at, "false", 5) == 0 ? at + 5 : NULL;
}

#ifdef __SSE2__
/* How far from its beginning on a member is looked at by the quick readers. Those answer as the
 * others do, or NULL where they leave it to them. */
#define LEE_JSON_PLAIN_ROOM 40

/* Which of sixteen characters end what a text may simply hold? */
static inline unsigned lee_json_plain_specials(const char *at)
{
    const __m128i text = _mm_loadu_si128((const __m128i *)(const void *)at);
    const __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(text, _mm_set1_epi8(0x1f)), text);
    const __m128i ends = _mm_or_si128(_mm_cmpeq_epi8(text, _mm_set1_epi8('"')),
                                      _mm_cmpeq_epi8(text, _mm_set1_epi8('\\')));
    return (unsigned)_mm_movemask_epi8(_mm_or_si128(control, ends));
}

/* Reads a run of up to seven digits; returns its length, 0 when it is none or longer. */
static inline unsigned lee_json_plain_quick_digits(const char *at, uint64_t *value)
{
    const unsigned first = (unsigned)(unsigned char)*at - '0';
    if (first <= 9 && (at[1] == ',' || at[1] == '}')) { /* what flags and categories are */
        *value = first;
        return 1;
    }
    const uint64_t each = UINT64_C(0x0101010101010101);
    uint64_t word;
    memcpy(&word, at, sizeof word);
    word ^= each * '0';
    /* Set in the bytes that are above 9; right up to the first of them. */
    const uint64_t others = (word | (word + each * 6)) & each * 0xf0;
    const unsigned bits = others != 0 ? (unsigned)__builtin_ctzll(others) & ~7u : 0;
    if (bits == 0) {
        return 0;
    }
    /* The first digit is in the lowest byte; those that are missing become zeros before it. Pairs
     * of digits are put together, then pairs of these. */
    word <<= 64 - bits;
    word = word * 10 + (word >> 8);
    word =
        (word & UINT64_C(0x00ff00ff00ff00ff)) * 100 + (word >> 16 & UINT64_C(0x00ff00ff00ff00ff));
    *value = (word & 0xffff) * 10000 + (word >> 32 & 0xffff);
    return bits / 8;
}

static inline const char *lee_json_plain_quick_number(const char *at, lee_json_plain_member *out)
{
    const bool negative = *at == '-';
    uint64_t value;
    uint64_t behind;
    at += negative;
    const unsigned count = lee_json_plain_quick_digits(at, &value);
    if (count == 0 || (*at == '0' && count > 1)) {
        return NULL;
    }
    at += count;
    out->fraction = 0;
    if (*at == '.') {
        out->fraction = lee_json_plain_quick_digits(at + 1, &behind);
        if (out->fraction == 0) {
            return NULL;
        }
        at += 1 + out->fraction;
        value = value * (uint64_t)lee_json_plain_powers[out->fraction] + behind;
    }
    out->digits = negative ? -(int64_t)value : (int64_t)value;
    return *at == ',' || *at == '}' ? at : NULL;
}

/* A run of at most 15 characters that numbers have. */
static inline const char *lee_json_plain_quick_skip(const char *at)
{
    const uint64_t each = UINT64_C(0x0101010101010101);
    uint64_t word;
    for (int i = 0; i < 2; i++) {
        memcpy(&word, at + 8 * i, sizeof word);
        /* Bit 7 is set in the bytes above '9' and below '-'; right up to the first of them. */
        const uint64_t others =
            ((word + each * (0x7f - '9')) | word | (word - each * '-')) & each * 0x80;
        if (others != 0) {
            const char *const end = at + 8 * i + __builtin_ctzll(others) / 8;
            return end > at ? end : NULL;
        }
    }
    return NULL;
}

/* A member with a key and a text of less than 16 characters. */
static inline const char *lee_json_plain_quick(const char *at, char before, bool read_number,
                                               lee_json_plain_member *out)
{
    const unsigned key_ends = lee_json_plain_specials(at + 2);
    if (at[0] != before || at[1] != '"' || key_ends == 0) {
        return NULL;
    }
    out->key = at + 2;
    out->key_length = (size_t)(unsigned)__builtin_ctz(key_ends);
    at = out->key + out->key_length;
    if (at[0] != '"' || at[1] != ':') {
        return NULL;
    }
    out->text = at + 2;
    if (*out->text == '"') {
        out->kind = '"';
        out->text++;
        const unsigned text_ends = lee_json_plain_specials(out->text);
        if (text_ends == 0) {
            return NULL;
        }
        out->length = (size_t)(unsigned)__builtin_ctz(text_ends);
        at = out->text + out->length;
        return *at == '"' ? at + 1 : NULL;
    }
    if (*out->text > '9') {
        return lee_json_plain_word(out->text, LEE_JSON_PLAIN_ROOM, out);
    }
    out->kind = '0';
    return read_number ? lee_json_plain_quick_number(out->text, out)
                       : lee_json_plain_quick_skip(out->text);
}
#endif

/* Reads a member, with or without the value of a number. */
static inline const char *lee_json_plain_member_at(const char *at, const char *end, char before,
                                                   bool read_number, lee_json_plain_member *out)
{
#ifdef __SSE2__
    if (end - at >= LEE_JSON_PLAIN_ROOM) {
        const char *const ended = lee_json_plain_quick(at, before, read_number, out);
        if (ended != NULL) {
            return ended;
        }
    }
#endif
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
    if (*at > '9') {
        return lee_json_plain_word(at, end - at, out);
    }
    out->kind = '0';
    out->text = at;
    return read_number ? lee_json_plain_number(at, end, out) : lee_json_plain_number_skip(at, end);
}

/* Reads a member. `at` is on what stands before it, '{' for the first and ',' for the others.
 * Returns where it ends, which is before `end`; NULL: what stands there is no plain member. */
static inline const char *lee_json_plain_next(const char *at, const char *end, char before,
                                              lee_json_plain_member *out)
{
    return lee_json_plain_member_at(at, end, before, true, out);
}

/* The same, but for a number any run of its characters is taken, and its value not read:
 * lee_json_plain_number does both, from out->text on. */
static inline const char *lee_json_plain_skip(const char *at, const char *end, char before,
                                              lee_json_plain_member *out)
{
    return lee_json_plain_member_at(at, end, before, false, out);
}

/* A plain number times 10^decimals (at most LEE_JSON_PLAIN_DIGITS_MAX), rounded half away from
 * zero, as lee_json_value_fixed has it. False: it does not fit. */
static inline bool lee_json_plain_fixed(const lee_json_plain_member *number, unsigned decimals,
                                        int64_t *out)
{
    if (number->fraction <= decimals) {
        int64_t value;
        if (__builtin_mul_overflow(number->digits,
                                   lee_json_plain_powers[decimals - number->fraction], &value)) {
            return false;
        }
        *out = value;
        return true;
    }
    const int64_t unit = lee_json_plain_powers[number->fraction - decimals];
    *out = (number->digits + (number->digits < 0 ? -unit / 2 : unit / 2)) / unit;
    return true;
}

/* A number below LEE_JSON_PLAIN_KEYS for a key of at least one character. A list of keys of which
 * no two have the same number is a table that is looked up at once; LEE_JSON_PLAIN_KEY is the same
 * for its entries, by a key's first, middle (at length / 2) and last character. */
#define LEE_JSON_PLAIN_KEYS 128
#define LEE_JSON_PLAIN_KEY(first, middle, last, length)                                            \
    (((unsigned)(first)*3 + (unsigned)(middle)*8 + (unsigned)(last)*28 + (unsigned)(length)*7) %   \
     LEE_JSON_PLAIN_KEYS)
static inline unsigned lee_json_plain_key_number(const char *key, size_t length)
{
    return LEE_JSON_PLAIN_KEY((unsigned char)key[0], (unsigned char)key[length / 2],
                              (unsigned char)key[length - 1], length);
}

/* Are two texts of one length the same? Without the call that memcmp is. */
static inline bool lee_json_plain_same(const char *a, const char *b, size_t length)
{
    uint64_t x[2] = {0, 0};
    uint64_t y[2] = {0, 0};
    if (length > 16) {
        return memcmp(a, b, length) == 0;
    }
    if (length < 4) {
        return length == 0 ||
               (a[0] == b[0] && a[length / 2] == b[length / 2] && a[length - 1] == b[length - 1]);
    }
    /* Two pieces, which may overlap; of sizes that the compiler knows. */
    if (length < 8) {
        memcpy(&x[0], a, 4);
        memcpy(&y[0], b, 4);
        memcpy(&x[1], a + length - 4, 4);
        memcpy(&y[1], b + length - 4, 4);
    } else {
        memcpy(&x[0], a, 8);
        memcpy(&y[0], b, 8);
        memcpy(&x[1], a + length - 8, 8);
        memcpy(&y[1], b + length - 8, 8);
    }
    return ((x[0] ^ y[0]) | (x[1] ^ y[1])) == 0;
}

/* A key in the place of its number. */
typedef struct {
    char text[24];
    uint8_t length; /* 0: no key has this number */
    uint8_t key;    /* what the list calls it */
} lee_json_plain_place;

/* Where the macro of a list of keys, X(…, text, first, middle, last), puts each of them. Two
 * with one number do not compile. */
#define LEE_JSON_PLAIN_PLACE(key, text, first, middle, last)                                       \
    [LEE_JSON_PLAIN_KEY(first, middle, last, sizeof(text) - 1)] = {text, sizeof(text) - 1, key}

/* What the list calls the key; `none`: it is not in it. Inlined by force: called once a member, the
 * call is a tenth of the time of an object. */
__attribute__((always_inline)) static inline int
lee_json_plain_find(const lee_json_plain_place places[LEE_JSON_PLAIN_KEYS], const char *text,
                    size_t length, int none)
{
    if (length == 0) {
        return none;
    }
    const lee_json_plain_place *const place = &places[lee_json_plain_key_number(text, length)];
    return place->length == length && lee_json_plain_same(text, place->text, length) ? place->key
                                                                                     : none;
}

/* The same for a key of the general scanner, which may have escapes. */
static inline int lee_json_plain_find_value(const lee_json_plain_place places[LEE_JSON_PLAIN_KEYS],
                                            const lee_json_value *key, int none)
{
    char resolved[32];
    if (!key->escaped) {
        return lee_json_plain_find(places, key->text, key->length, none);
    }
    return lee_json_value_text(key, resolved, sizeof resolved)
               ? lee_json_plain_find(places, resolved, strlen(resolved), none)
               : none;
}

#endif
