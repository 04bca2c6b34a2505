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

/* A key that is known, as it is written: quotes and colon are compared with it. */
typedef struct {
    char text[28];
    uint8_t length; /* of that; 0: no key has this number */
    uint8_t key;    /* what the list calls it */
    uint8_t unused[2];
} lee_json_plain_place;
static_assert(sizeof(lee_json_plain_place) == 32, "found by a shift");

typedef struct {
    const char *key;
    size_t key_length;
    const lee_json_plain_place *place; /* NULL: not one of the list, or not looked up */
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

/* A number below LEE_JSON_PLAIN_KEYS for a key of at least one character. A list of keys of which
 * no two have the same number is a table that is looked up at once; LEE_JSON_PLAIN_KEY is the same
 * for its entries, by a key's first, middle (at length / 2) and last character. */
#define LEE_JSON_PLAIN_KEYS 256
#define LEE_JSON_PLAIN_KEY(first, middle, last, length)                                            \
    (((unsigned)(first)*2 + (unsigned)(middle)*8 + (unsigned)(last)*15 + (unsigned)(length)*3) %   \
     LEE_JSON_PLAIN_KEYS)
static inline unsigned lee_json_plain_key_number(const char *key, size_t length)
{
    return LEE_JSON_PLAIN_KEY((unsigned char)key[0], (unsigned char)key[length / 2],
                              (unsigned char)key[length - 1], length);
}

/* Where the macro of a list of keys, X(…, text, first, middle, last), puts each of them. Two
 * with one number do not compile. */
#define LEE_JSON_PLAIN_PLACE(key, text, first, middle, last)                                       \
    [LEE_JSON_PLAIN_KEY(first, middle, last, sizeof(text) - 1)] = {                                \
        "\"" text "\":", sizeof(text) + 2, key, {0}}

/* What the list says of a key; NULL: it is not in it. */
static inline const lee_json_plain_place *
lee_json_plain_find(const lee_json_plain_place places[LEE_JSON_PLAIN_KEYS], const char *key,
                    size_t length)
{
    if (length == 0) {
        return NULL;
    }
    const lee_json_plain_place *const place = &places[lee_json_plain_key_number(key, length)];
    return place->length == length + 3 && memcmp(key, place->text + 1, length) == 0 ? place : NULL;
}

/* The same for a key of the general scanner, which may have escapes. */
static inline const lee_json_plain_place *
lee_json_plain_find_value(const lee_json_plain_place places[LEE_JSON_PLAIN_KEYS],
                          const lee_json_value *key)
{
    char resolved[32];
    if (!key->escaped) {
        return lee_json_plain_find(places, key->text, key->length);
    }
    return lee_json_value_text(key, resolved, sizeof resolved)
               ? lee_json_plain_find(places, resolved, strlen(resolved))
               : NULL;
}

/* The value of up to eight digits in the highest bytes of a word, zeros in the others. */
static inline uint64_t lee_json_plain_quick_sum(uint64_t word)
{
    const uint64_t pairs = UINT64_C(0x000000ff000000ff);
    /* Pairs of digits are put together, then these. */
    word = word * 10 + (word >> 8);
    return ((word & pairs) * (100 + (UINT64_C(1000000) << 32)) +
            (word >> 16 & pairs) * (1 + (UINT64_C(10000) << 32))) >>
           32;
}

#ifdef __SSE2__
/* How far from its beginning on a member is looked at by the quick readers. Those answer as the
 * others do, or NULL where they leave it to them. */
#define LEE_JSON_PLAIN_ROOM 64

static inline __m128i lee_json_plain_load(const char *at)
{
    return _mm_loadu_si128((const __m128i *)(const void *)at);
}

static inline unsigned lee_json_plain_flags(__m128i bytes)
{
    return (unsigned)_mm_movemask_epi8(bytes);
}

/* Which of sixteen characters end what a text may simply hold? */
static inline unsigned lee_json_plain_specials(const char *at)
{
    const __m128i text = lee_json_plain_load(at);
    const __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(text, _mm_set1_epi8(0x1f)), text);
    const __m128i ends = _mm_or_si128(_mm_cmpeq_epi8(text, _mm_set1_epi8('"')),
                                      _mm_cmpeq_epi8(text, _mm_set1_epi8('\\')));
    return lee_json_plain_flags(_mm_or_si128(control, ends));
}

/* Which of sixteen characters are not from `low` to `low` + `count` - 1? */
static inline unsigned lee_json_plain_outside(const char *at, char low, char count)
{
    const __m128i from = _mm_sub_epi8(lee_json_plain_load(at), _mm_set1_epi8(low));
    return lee_json_plain_flags(_mm_cmpeq_epi8(_mm_max_epu8(from, _mm_set1_epi8(count)), from));
}

/* Does this key stand there, with its quotes and its colon? */
__attribute__((always_inline)) static inline bool
lee_json_plain_quick_is(const char *at, const lee_json_plain_place *place)
{
    static const char masks[32] = {-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1};
    const size_t length = place->length;
    const __m128i here = lee_json_plain_load(at);
    const __m128i wanted = lee_json_plain_load(place->text);
    if (length > 16) { /* its last sixteen too */
        const __m128i last = _mm_cmpeq_epi8(lee_json_plain_load(at + length - 16),
                                            lee_json_plain_load(place->text + length - 16));
        return lee_json_plain_flags(_mm_and_si128(_mm_cmpeq_epi8(here, wanted), last)) == 0xffff;
    }
    const __m128i mask = lee_json_plain_load(masks + 16 - length);
    return lee_json_plain_flags(_mm_cmpeq_epi8(_mm_and_si128(here, mask), wanted)) == 0xffff;
}

/* Characters as numbers, digits as theirs, the first in the lowest byte. */
static inline uint64_t lee_json_plain_quick_word(const char *at)
{
    uint64_t word;
    memcpy(&word, at, sizeof word);
    return word ^ UINT64_C(0x3030303030303030);
}

/* The value of one to eight digits. */
static inline uint64_t lee_json_plain_quick_digits(const char *at, unsigned count)
{
    return lee_json_plain_quick_sum(lee_json_plain_quick_word(at) << (64 - 8 * count));
}

/* A number without a sign of up to sixteen digits, up to eight of them behind its point. */
static inline const char *lee_json_plain_quick_long(const char *at, lee_json_plain_member *out)
{
    const unsigned others = lee_json_plain_outside(at, '0', 10) | 0x10000;
    const unsigned count = (unsigned)__builtin_ctz(others);
    if (count == 0) {
        return NULL;
    }
    uint64_t value = lee_json_plain_quick_digits(at, count < 8 ? count : 8);
    if (count > 8) {
        value = value * (uint64_t)lee_json_plain_powers[count - 8] +
                lee_json_plain_quick_digits(at + 8, count - 8);
    }
    at += count;
    if (*at == '.') {
        const unsigned behind = others & (others - 1);
        if (behind == 0) {
            return NULL;
        }
        out->fraction = (unsigned)__builtin_ctz(behind) - count - 1;
        if (out->fraction == 0 || out->fraction > 8 || behind == 0x10000) {
            return NULL;
        }
        value = value * (uint64_t)lee_json_plain_powers[out->fraction] +
                lee_json_plain_quick_digits(at + 1, out->fraction);
        at += 1 + out->fraction;
    }
    out->digits = (int64_t)value;
    return at;
}

/* A number without a sign of up to seven characters; NULL: it is longer, or is none. */
static inline const char *lee_json_plain_quick_short(const char *at, lee_json_plain_member *out)
{
    const uint64_t each = UINT64_C(0x0101010101010101);
    uint64_t word = lee_json_plain_quick_word(at);
    /* Set in the bytes that are above 9; right up to the first of them, and the next where this is
     * a point. */
    const uint64_t others = (word | (word + each * (0x80 - 10))) & each * 0x80;
    if (others == 0 || (others & 0x80) != 0) {
        return NULL;
    }
    unsigned count = (unsigned)__builtin_ctzll(others) / 8;
    if (at[count] == '.') {
        const uint64_t behind = others & (others - 1);
        const uint64_t whole = (UINT64_C(1) << 8 * count) - 1;
        if (behind == 0) {
            return NULL;
        }
        out->fraction = (unsigned)__builtin_ctzll(behind) / 8 - count - 1;
        if (out->fraction == 0) {
            return NULL;
        }
        word = (word & whole) | (word >> 8 & ~whole);
        count += out->fraction;
        at++;
    }
    out->digits = (int64_t)lee_json_plain_quick_sum(word << (64 - 8 * count));
    return at + count;
}

__attribute__((always_inline)) static inline const char *
lee_json_plain_quick_number(const char *at, lee_json_plain_member *out)
{
    const bool negative = *at == '-';
    at += negative;
    const unsigned first = (unsigned)(unsigned char)*at - '0';
    out->fraction = 0;
    if (first <= 9 && (at[1] == ',' || at[1] == '}')) { /* what flags and categories are */
        out->digits = negative ? -(int64_t)first : (int64_t)first;
        return at + 1;
    }
    if (first == 0 && at[1] != '.') {
        return NULL;
    }
    const char *ended = lee_json_plain_quick_short(at, out);
    if (ended == NULL) {
        out->fraction = 0;
        ended = lee_json_plain_quick_long(at, out);
        if (ended == NULL) {
            return NULL;
        }
    }
    out->digits = negative ? -out->digits : out->digits;
    return *ended == ',' || *ended == '}' ? ended : NULL;
}

/* The value at `at`: a text of less than 16 characters, a number, or what is a word or empty. */
__attribute__((always_inline)) static inline const char *
lee_json_plain_quick_value(const char *at, bool read_number, lee_json_plain_member *out)
{
    out->text = at;
    if (*at == '"') {
        out->kind = '"';
        out->text++;
        const unsigned ends = lee_json_plain_specials(out->text);
        if (ends == 0) {
            return NULL;
        }
        out->length = (size_t)(unsigned)__builtin_ctz(ends);
        at = out->text + out->length;
        return *at == '"' ? at + 1 : NULL;
    }
    if (*at > '9') {
        return lee_json_plain_word(at, LEE_JSON_PLAIN_ROOM / 2, out);
    }
    out->kind = '0';
    if (read_number) {
        return lee_json_plain_quick_number(at, out);
    }
    const unsigned others = lee_json_plain_outside(at, '-', '9' - '-' + 1);
    return (others & 1) == 0 && others != 0 ? at + __builtin_ctz(others) : NULL;
}

/* Where the value of the key at `at` (on its quote) begins; NULL: it has 32 characters or more, or
 * is not plain. */
__attribute__((always_inline)) static inline const char *
lee_json_plain_quick_key(const char *at, lee_json_plain_member *out)
{
    out->key = at + 1;
    unsigned ends = lee_json_plain_specials(at + 1);
    if (ends == 0) {
        ends = lee_json_plain_specials(at + 17) << 16;
        if (ends == 0) {
            return NULL;
        }
    }
    out->key_length = (size_t)(unsigned)__builtin_ctz(ends);
    at += 1 + out->key_length;
    return memcmp(at, "\":", 2) == 0 ? at + 2 : NULL;
}
#endif

/* As lee_json_plain_read, of any length. */
static inline const char *lee_json_plain_read_any(const char *at, const char *end, bool read_number,
                                                  lee_json_plain_member *out)
{
    if (end - at < 1 || *at != '"') {
        return NULL;
    }
    out->key = at + 1;
    at = lee_json_plain_text_end(out->key, end);
    out->key_length = (size_t)(at - out->key);
    if (end - at < 4 || at[0] != '"' || at[1] != ':') {
        return NULL;
    }
    at += 2;
    out->text = at;
    if (*at == '"') {
        out->kind = '"';
        out->text++;
        at = lee_json_plain_text_end(out->text, end);
        out->length = (size_t)(at - out->text);
        return end - at > 1 && *at == '"' ? at + 1 : NULL;
    }
    if (*at > '9') {
        return lee_json_plain_word(at, end - at, out);
    }
    out->kind = '0';
    return read_number ? lee_json_plain_number(at, end, out) : lee_json_plain_number_skip(at, end);
}

/* Reads a member, with or without the value of a number. `at` is on the quote of its key. Returns
 * where it ends, which is before `end`; NULL: what stands there is no plain member. Without the
 * value any run of a number's characters is taken: lee_json_plain_number_at does both, from
 * out->text on. Inlined by force, as what it is made of: called once a member, the call is a tenth
 * of the time of an object. */
__attribute__((always_inline)) static inline const char *
lee_json_plain_read(const char *at, const char *end, bool read_number, lee_json_plain_member *out)
{
    out->place = NULL;
#ifdef __SSE2__
    if (end - at >= LEE_JSON_PLAIN_ROOM && *at == '"') {
        const char *const value = lee_json_plain_quick_key(at, out);
        const char *const ended =
            value != NULL ? lee_json_plain_quick_value(value, read_number, out) : NULL;
        if (ended != NULL) {
            return ended;
        }
    }
#endif
    return lee_json_plain_read_any(at, end, read_number, out);
}

/* The value of a number that was passed over. NULL: it is not plain. */
static inline const char *lee_json_plain_number_at(const char *at, const char *end,
                                                   lee_json_plain_member *out)
{
#ifdef __SSE2__
    if (end - at >= LEE_JSON_PLAIN_ROOM / 2) {
        const char *const ended = lee_json_plain_quick_number(at, out);
        if (ended != NULL) {
            return ended;
        }
    }
#endif
    return lee_json_plain_number(at, end, out);
}

/* An object whose members are read one by one. What a member points to lives as long as this. */
typedef struct {
    const char *at; /* on the quote of the next member, else behind the last */
    const char *end;
#ifdef __SSE2__
    const char *roomy_until;            /* a member that begins here may be read quickly */
    char tail[2 * LEE_JSON_PLAIN_ROOM]; /* the last ones, moved to where there is room behind */
#endif
} lee_json_plain_object;

/* False: no object begins there. */
static inline bool lee_json_plain_begin(lee_json_plain_object *object, const char *text,
                                        size_t length)
{
    const bool begins = length > 0 && *text == '{';
    object->at = text + begins;
    object->end = text + length;
#ifdef __SSE2__
    object->roomy_until = length >= LEE_JSON_PLAIN_ROOM ? object->end - LEE_JSON_PLAIN_ROOM : text;
#endif
    return begins;
}

/* Reads the next member and looks its key up, that of `guess` first: the keys of a feed mostly come
 * in one order. False: it is not plain. */
__attribute__((always_inline)) static inline bool
lee_json_plain_next(lee_json_plain_object *object,
                    const lee_json_plain_place places[LEE_JSON_PLAIN_KEYS],
                    const lee_json_plain_place *guess, lee_json_plain_member *out)
{
    const char *ended = NULL;
#ifdef __SSE2__
    if (object->at > object->roomy_until) {
        const size_t left = (size_t)(object->end - object->at);
        /* What is behind the end is read, but means nothing. In pieces, because compilers clear so
         * many bytes by an instruction that is slow to begin. */
        for (size_t i = 0; i < sizeof object->tail; i += 16) {
            _mm_storeu_si128((__m128i *)(void *)(object->tail + i), _mm_setzero_si128());
        }
        memcpy(object->tail, object->at, left);
        object->at = object->tail;
        object->end = object->tail + left;
        object->roomy_until = object->tail + LEE_JSON_PLAIN_ROOM;
    }
    const char *value = NULL;
    out->place = NULL;
    if (guess->length > 0 && lee_json_plain_quick_is(object->at, guess)) {
        out->place = guess;
        out->key = object->at + 1;
        out->key_length = guess->length - 3u;
        value = object->at + guess->length;
    } else if (*object->at == '"') {
        value = lee_json_plain_quick_key(object->at, out);
        if (value != NULL && out->key_length > 0) {
            const lee_json_plain_place *const place =
                &places[lee_json_plain_key_number(out->key, out->key_length)];
            if (place->length == out->key_length + 3 &&
                lee_json_plain_quick_is(object->at, place)) {
                out->place = place;
            }
        }
    }
    ended = value != NULL ? lee_json_plain_quick_value(value, true, out) : NULL;
    if (ended != NULL) {
        object->at = ended;
        return true;
    }
#endif
    (void)guess;
    ended = lee_json_plain_read_any(object->at, object->end, true, out);
    if (ended == NULL) {
        return false;
    }
    out->place = lee_json_plain_find(places, out->key, out->key_length);
    object->at = ended;
    return true;
}

/* True: another member follows. */
static inline bool lee_json_plain_more(lee_json_plain_object *object)
{
    const bool more = *object->at == ',';
    object->at += more;
    return more;
}

/* True when nothing follows the object. */
static inline bool lee_json_plain_ended(const lee_json_plain_object *object)
{
    return *object->at == '}' && object->at + 1 == object->end;
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

#endif
