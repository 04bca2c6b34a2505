#include "decode/csv.h"

#include <assert.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/json_scan.h"
#include "base/time_text.h"

static lee_slice trim_any(const char *text, size_t length)
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

/* Most fields have neither spaces nor quotes around them, none of which is above a quote. */
static inline lee_slice trim(const char *text, size_t length)
{
    if (length == 0 || (text[0] > '"' && text[length - 1] > '"')) {
        return (lee_slice){text, length};
    }
    return trim_any(text, length);
}

/* One bit for each of the next sixteen characters that is a comma. */
static inline unsigned find_commas(const char *at)
{
#ifdef __SSE2__
    const __m128i text = _mm_loadu_si128((const __m128i *)(const void *)at);
    return (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(text, _mm_set1_epi8(',')));
#else
    unsigned commas = 0;
    for (unsigned i = 0; i < 16; i++) {
        commas |= (unsigned)(at[i] == ',') << i;
    }
    return commas;
#endif
}

size_t lee_csv_split(const char *line, size_t length, lee_slice *fields, size_t capacity)
{
    assert(line || length == 0);
    assert(capacity > 0);

    size_t count = 0;
    const char *start = line;
    size_t at = 0;
    for (; length - at >= 16; at += 16) {
        for (unsigned commas = find_commas(line + at); commas != 0; commas &= commas - 1) {
            const char *const comma = line + at + __builtin_ctz(commas);
            fields[count++] = trim(start, (size_t)(comma - start));
            start = comma + 1;
            if (count == capacity) {
                return count;
            }
        }
    }
    for (; at < length; at++) {
        if (line[at] == ',') {
            fields[count++] = trim(start, (size_t)(line + at - start));
            start = line + at + 1;
            if (count == capacity) {
                return count;
            }
        }
    }
    fields[count++] = trim(start, (size_t)(line + length - start));
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

/* A number of a few digits without exponent. False: it is another. */
static bool short_fixed(lee_slice slice, int decimals, int64_t *out)
{
    const bool negative = slice.length > 0 && slice.text[0] == '-';
    int64_t value = 0;
    int fraction = 0;
    int point = 0;
    if (slice.length == (size_t)negative || slice.length > 16) {
        return false;
    }
    for (size_t i = negative; i < slice.length; i++) {
        const unsigned digit = (unsigned)(unsigned char)slice.text[i] - '0';
        if (digit <= 9) {
            value = value * 10 + (int64_t)digit;
            fraction += point;
        } else if (slice.text[i] == '.' && point == 0) {
            point = 1;
        } else {
            return false;
        }
    }
    /* What has to be rounded, and a point alone, are left to the exact reader of any number. */
    if (fraction > decimals || decimals - fraction > 8 ||
        slice.length == (size_t)negative + (size_t)point) {
        return false;
    }
    for (; fraction < decimals; fraction++) {
        if (__builtin_mul_overflow(value, 10, &value)) {
            return false;
        }
    }
    *out = negative ? -value : value;
    return true;
}

bool lee_slice_fixed(lee_slice slice, int decimals, int64_t *out)
{
    if (short_fixed(slice, decimals, out)) {
        return true;
    }
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
