#include "decode/csv.h"

#include <assert.h>
#include <string.h>

#include "base/json_scan.h"
#include "base/time_text.h"

static lee_slice trim(const char *text, size_t length)
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

size_t lee_csv_split(const char *line, size_t length, lee_slice *fields, size_t capacity)
{
    assert(line || length == 0);

    size_t count = 0;
    const char *at = line;
    const char *const end = line + length;
    for (;;) {
        const char *const comma = at < end ? memchr(at, ',', (size_t)(end - at)) : NULL;
        const char *const stop = comma ? comma : end;
        if (count < capacity) {
            fields[count] = trim(at, (size_t)(stop - at));
        }
        count++;
        if (comma == NULL) {
            return count;
        }
        at = comma + 1;
    }
}

bool lee_slice_is(lee_slice slice, const char *text)
{
    return strlen(text) == slice.length && memcmp(slice.text, text, slice.length) == 0;
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

bool lee_slice_fixed(lee_slice slice, int decimals, int64_t *out)
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
