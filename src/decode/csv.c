#include "decode/csv.h"

#include <assert.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/json_plain.h"
#include "base/json_scan.h"
#include "base/time_text.h"

lee_slice lee__csv_trim(const char *text, size_t length)
{
    while (length > 0 && (*text == ' ' || *text == '\t')) {
        text++;
        length--;
    }
    while (length > 0 && (text[length - 1] == ' ' || text[length - 1] == '\t' ||
                          text[length - 1] == '\r' || text[length - 1] == '\n')) {
        length--;
    }
    if (length >= 2 && text[0] == '"' && text[length - 1] == '"') {
        text++;
        length -= 2;
    }
    return (lee_slice){text, length};
}

/* One bit for each of sixteen characters that is a comma. */
static inline uint64_t commas_of_16(const char *at)
{
#ifdef __SSE2__
    const __m128i text = _mm_loadu_si128((const __m128i *)(const void *)at);
    return (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(text, _mm_set1_epi8(',')));
#else
    uint64_t commas = 0;
    for (unsigned i = 0; i < 16; i++) {
        commas |= (uint64_t)(at[i] == ',') << i;
    }
    return commas;
#endif
}

static inline uint64_t commas_of_64(const char *at)
{
    return commas_of_16(at) | commas_of_16(at + 16) << 16 | commas_of_16(at + 32) << 32 |
           commas_of_16(at + 48) << 48;
}

/* The same of a line's next 64 characters from `at` on, or of what is left. */
static inline uint64_t commas_from(const char *line, size_t length, size_t at)
{
    const size_t left = length - at;
    if (left >= 64) {
        return commas_of_64(line + at);
    }
    if (length >= 64) {
        return commas_of_64(line + length - 64) >> (64 - left);
    }
    uint64_t commas = 0;
    if (length < 16) {
        for (size_t i = 0; i < length; i++) {
            commas |= (uint64_t)(line[i] == ',') << i;
        }
        return commas;
    }
    for (size_t i = 0; i + 16 <= length; i += 16) {
        commas |= commas_of_16(line + i) << i;
    }
    return commas | commas_of_16(line + length - 16) << (length - 16);
}

/* The commas of many characters are found before the first is written down: a loop over those of a
 * few ends each time at another place, which processors cannot foretell. */
size_t lee_csv_ends(const char *line, size_t length, uint32_t *ends, size_t capacity)
{
    assert(line || length == 0);
    assert(length <= UINT32_MAX);
    assert(capacity > 0);

    uint32_t *next = ends;
    const uint32_t *const limit = ends + capacity;
    for (size_t at = 0; at < length; at += 64) {
        for (uint64_t commas = commas_from(line, length, at); commas != 0; commas &= commas - 1) {
            *next++ = (uint32_t)at + (unsigned)__builtin_ctzll(commas);
            if (next == limit) {
                return capacity;
            }
        }
    }
    *next++ = (uint32_t)length;
    return (size_t)(next - ends);
}

size_t lee_csv_split(const char *line, size_t length, lee_slice *fields, size_t capacity)
{
    uint32_t ends[LEE_CSV_FIELDS_MAX];
    const size_t count = lee_csv_ends(
        line, length, ends, capacity < LEE_CSV_FIELDS_MAX ? capacity : LEE_CSV_FIELDS_MAX);
    for (size_t i = 0; i < count; i++) {
        fields[i] = lee_csv_field(line, ends, i);
    }
    return count;
}

static size_t skip_digits(lee_slice slice, size_t at)
{
    while (at < slice.length && slice.text[at] >= '0' && slice.text[at] <= '9') {
        at++;
    }
    return at;
}

/* More than JSON allows: leading zeros ("045" degrees) and a plus sign. */
static bool is_number(lee_slice slice)
{
    size_t at = slice.length > 0 && slice.text[0] == '-';
    size_t after = skip_digits(slice, at);
    size_t digits = after - at;
    at = after;
    if (at < slice.length && slice.text[at] == '.') {
        after = skip_digits(slice, at + 1);
        digits += after - at - 1;
        at = after;
    }
    if (digits == 0) {
        return false;
    }
    if (at < slice.length && (slice.text[at] == 'e' || slice.text[at] == 'E')) {
        at++;
        at += at < slice.length && (slice.text[at] == '+' || slice.text[at] == '-');
        after = skip_digits(slice, at);
        if (after == at) {
            return false;
        }
        at = after;
    }
    return at == slice.length;
}

static inline uint32_t read_le_32(const char *text)
{
    const unsigned char *const at = (const unsigned char *)text;
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static inline uint64_t read_le_64(const char *text)
{
    return read_le_32(text) | (uint64_t)read_le_32(text + 4) << 32;
}

/* Up to eight characters in the highest bytes of a word, the last in the highest; parts may be read
 * twice, which changes nothing. */
static inline uint64_t word_of(const char *text, size_t length)
{
    if (length == 8) {
        return read_le_64(text);
    }
    const unsigned unused = 8 * (8 - (unsigned)length);
    if (length >= 4) {
        return (uint64_t)read_le_32(text + length - 4) << 32 | (uint64_t)read_le_32(text) << unused;
    }
    const unsigned char *const at = (const unsigned char *)text;
    return (uint64_t)at[length - 1] << 56 | (uint64_t)at[length / 2] << (unused + length / 2 * 8) |
           (uint64_t)at[0] << unused;
}

#define EACH UINT64_C(0x0101010101010101)
#define POINT ('.' ^ '0')

/* Bit 7 of the bytes above 9; exact when there is none, else at least up to the lowest. */
static inline uint64_t above_nine(uint64_t word)
{
    return (word | (word + EACH * (0x80 - 10))) & EACH * 0x80;
}

/* Takes the byte at that shift out, which those below follow up. */
static inline uint64_t without_byte(uint64_t word, unsigned shift)
{
    const uint64_t below = word & ((UINT64_C(1) << shift) - 1);
    return word >> shift >> 8 << 8 << shift | below << 8;
}

/* The digits of a number of up to sixteen characters (eight, unless `is_long`), which may have a
 * point before the last `*fraction`, eight at once. False: something else is among them. */
__attribute__((always_inline)) static inline bool
read_digits(const char *text, size_t length, bool is_long, uint64_t *out, int *fraction)
{
    /* The characters as numbers, the last in the highest byte of `high`, zeros before the first. */
    const uint64_t zeros = EACH * '0';
    uint64_t low = is_long ? (read_le_64(text) ^ zeros) << 8 * (16 - length) : 0;
    uint64_t high = is_long ? read_le_64(text + length - 8) ^ zeros
                            : word_of(text, length) ^ zeros << 8 * (8 - length);
    const uint64_t others_low = is_long ? above_nine(low) : 0;
    const uint64_t others_high = above_nine(high);
    *fraction = 0;
    if (is_long && others_low != 0) {
        const unsigned shift = (unsigned)__builtin_ctzll(others_low) - 7;
        if ((low >> shift & 0xff) != POINT) {
            return false;
        }
        *fraction = (int)(15 - shift / 8);
        low = without_byte(low, shift);
    } else if (others_high != 0) {
        const unsigned shift = (unsigned)__builtin_ctzll(others_high) - 7;
        if ((high >> shift & 0xff) != POINT || length == 1) {
            return false;
        }
        *fraction = (int)(7 - shift / 8);
        high = without_byte(high, shift) | low >> 56;
        low = is_long ? low << 8 : 0;
    }
    *out = lee_json_plain_quick_sum(high);
    if (is_long) {
        *out += lee_json_plain_quick_sum(low) * 100000000;
    }
    return (others_low | others_high) == 0 ||
           (above_nine(high) | (is_long ? above_nine(low) : 0)) == 0;
}

/* A number without exponent. False: it is another, or has to be rounded, which is left to the exact
 * reader of any number. */
static bool short_fixed(lee_slice slice, int decimals, int64_t *out)
{
    const bool negative = slice.length > 0 && slice.text[0] == '-';
    const char *const text = slice.text + negative;
    const size_t length = slice.length - negative;
    uint64_t digits;
    int fraction;
    if (length == 0 || length > 16 ||
        !(length <= 8 ? read_digits(text, length, false, &digits, &fraction)
                      : read_digits(text, length, true, &digits, &fraction))) {
        return false;
    }
    int64_t value = (int64_t)digits;
    if (fraction > decimals || decimals - fraction > LEE_JSON_PLAIN_DIGITS_MAX ||
        __builtin_mul_overflow(value, lee_json_plain_powers[decimals - fraction], &value)) {
        return false;
    }
    *out = negative ? -value : value;
    return true;
}

/* Of its own, so that the usual number does not pay for what this needs. */
__attribute__((noinline)) static bool any_fixed(lee_slice slice, int decimals, int64_t *out)
{
    if (slice.length > 0 && slice.text[0] == '+') {
        slice.text++;
        slice.length--;
        if (slice.length > 0 && slice.text[0] == '-') {
            return false;
        }
    }
    if (!is_number(slice)) {
        return false;
    }
    const lee_json_value value = {LEE_JSON_NUMBER, slice.text, slice.length, false};
    return lee_json_value_fixed(&value, decimals, out);
}

bool lee_slice_fixed(lee_slice slice, int decimals, int64_t *out)
{
    return short_fixed(slice, decimals, out) || any_fixed(slice, decimals, out);
}

bool lee_slice_scaled(lee_slice slice, int decimals, int64_t numerator, int64_t denominator,
                      int64_t *out)
{
    assert(numerator > 0 && numerator < 1000000);
    assert(denominator > 0 && denominator < 1000000);

    int64_t value;
    if (!lee_slice_fixed(slice, decimals, &value) || value > INT64_C(1000000000000) ||
        value < -INT64_C(1000000000000)) {
        return false;
    }
    const int64_t product = value * numerator;
    const int64_t half = product < 0 ? -(denominator / 2) : denominator / 2;
    *out = (product + half) / denominator;
    return true;
}

bool lee_csv_instant(lee_slice slice, int64_t *out_us)
{
    int64_t us;
    if (lee_slice_fixed(slice, 6, &us)) {
        if (us < 0) {
            return false;
        }
        *out_us = us;
        return true;
    }
    char text[48];
    if (slice.length < 11 || slice.length >= sizeof text) {
        return false;
    }
    memcpy(text, slice.text, slice.length);
    if (text[10] == ' ') {
        text[10] = 'T';
    }
    return lee_time_parse(text, slice.length, out_us);
}

/* Names of columns; the same name may not stand twice. */
static const struct {
    const char *name;
    lee_csv_column column;
} column_names[] = {
    {"time", LEE_CSV_TIME},
    {"timestamp", LEE_CSV_TIME},
    {"lastposupdate", LEE_CSV_TIME_POSITION},
    {"last_position", LEE_CSV_TIME_POSITION},
    {"icao24", LEE_CSV_ICAO24},
    {"callsign", LEE_CSV_CALLSIGN},
    {"lat", LEE_CSV_LAT},
    {"latitude", LEE_CSV_LAT},
    {"lon", LEE_CSV_LON},
    {"longitude", LEE_CSV_LON},
    {"velocity", LEE_CSV_VELOCITY_MPS},
    {"groundspeed", LEE_CSV_SPEED_KT},
    {"heading", LEE_CSV_TRACK_DEG},
    {"track", LEE_CSV_TRACK_DEG},
    {"vertrate", LEE_CSV_VERTICAL_RATE_MPS},
    {"vertical_rate", LEE_CSV_VERTICAL_RATE_FPM},
    {"baroaltitude", LEE_CSV_ALT_BARO_M},
    {"altitude", LEE_CSV_ALT_BARO_FT},
    {"geoaltitude", LEE_CSV_ALT_HAE_M},
    {"onground", LEE_CSV_ON_GROUND},
    {"squawk", LEE_CSV_SQUAWK},
};

bool lee_csv_is_header(const lee_slice *fields, size_t count)
{
    for (size_t i = 0; i < count && i < LEE_CSV_FIELDS_MAX; i++) {
        if (lee_slice_is(fields[i], "icao24")) {
            return true;
        }
    }
    return false;
}

void lee_csv_read_header(const lee_slice *fields, size_t count, lee_csv_columns *out)
{
    for (int column = 0; column < LEE_CSV_COLUMN_COUNT; column++) {
        out->index[column] = -1;
    }
    for (size_t i = 0; i < count && i < LEE_CSV_FIELDS_MAX; i++) {
        for (size_t n = 0; n < sizeof column_names / sizeof column_names[0]; n++) {
            if (lee_slice_is(fields[i], column_names[n].name)) {
                out->index[column_names[n].column] = (int16_t)i;
            }
        }
    }
    if (out->index[LEE_CSV_ALT_BARO_FT] >= 0 || out->index[LEE_CSV_SPEED_KT] >= 0) {
        out->index[LEE_CSV_ALT_HAE_FT] = out->index[LEE_CSV_ALT_HAE_M];
        out->index[LEE_CSV_ALT_HAE_M] = -1;
    }
}
