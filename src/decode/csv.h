/* decode/csv.h: slices of comma-separated lines, and the columns of OpenSky state vectors. */
#ifndef LEE_DECODE_CSV_H
#define LEE_DECODE_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Borrowed text, not terminated. */
typedef struct {
    const char *text;
    size_t length;
} lee_slice;

#define LEE_CSV_FIELDS_MAX 64

/* Where the fields of a line end: at its commas, the last one behind the line. Fills at most
 * `capacity` ends, and returns how many; what lies behind the last is left out. A comma between
 * quotes ends a field all the same, since none of our formats has one. */
size_t lee_csv_ends(const char *line, size_t length, uint32_t *ends, size_t capacity);

/* Without the spaces around it and one pair of quotes. */
lee_slice lee__csv_trim(const char *text, size_t length);

/* The field of that number of such a line, trimmed. Most have neither spaces nor quotes around
 * them, none of which is above a quote. */
static inline lee_slice lee_csv_field(const char *line, const uint32_t *ends, size_t index)
{
    const size_t start = index > 0 ? (size_t)ends[index - 1] + 1 : 0;
    const char *const text = line + start;
    const size_t length = ends[index] - start;
    if (length == 0 || (text[0] > '"' && text[length - 1] > '"')) {
        return (lee_slice){text, length};
    }
    return lee__csv_trim(text, length);
}

/* All of that at once: the fields, at most `capacity` (and LEE_CSV_FIELDS_MAX) of them. */
size_t lee_csv_split(const char *line, size_t length, lee_slice *fields, size_t capacity);

/* Inline, because a field is mostly compared with literals. */
static inline bool lee_slice_is(lee_slice slice, const char *text)
{
    const size_t length = strlen(text);
    return slice.length == length && memcmp(slice.text, text, length) == 0;
}

/* A decimal number times 10^decimals, rounded half away from zero. False: empty, no number, or
 * it does not fit. */
bool lee_slice_fixed(lee_slice slice, int decimals, int64_t *out);

/* The same, times numerator / denominator: for units. */
bool lee_slice_scaled(lee_slice slice, int decimals, int64_t numerator, int64_t denominator,
                      int64_t *out);

/* Seconds since 1970 with a fraction, or RFC 3339 with 'T' or a space. */
bool lee_csv_instant(lee_slice slice, int64_t *out_us);

typedef enum {
    LEE_CSV_TIME,
    LEE_CSV_TIME_POSITION,
    LEE_CSV_ICAO24,
    LEE_CSV_CALLSIGN,
    LEE_CSV_LAT,
    LEE_CSV_LON,
    LEE_CSV_VELOCITY_MPS,
    LEE_CSV_SPEED_KT,
    LEE_CSV_TRACK_DEG,
    LEE_CSV_VERTICAL_RATE_MPS,
    LEE_CSV_VERTICAL_RATE_FPM,
    LEE_CSV_ALT_BARO_M,
    LEE_CSV_ALT_BARO_FT,
    LEE_CSV_ALT_HAE_M,
    LEE_CSV_ALT_HAE_FT,
    LEE_CSV_ON_GROUND,
    LEE_CSV_SQUAWK,
    LEE_CSV_COLUMN_COUNT
} lee_csv_column;

/* Position of each column in a line, -1 where it has none. */
typedef struct {
    int16_t index[LEE_CSV_COLUMN_COUNT];
} lee_csv_columns;

/* A line that names an icao24 column is a header. */
bool lee_csv_is_header(const lee_slice *fields, size_t count);

/* OpenSky's names are in metres and metres a second; those of the `traffic` library ("latitude",
 * "groundspeed", "altitude") in feet and knots. "geoaltitude" stands in both and follows the
 * others. */
void lee_csv_read_header(const lee_slice *fields, size_t count, lee_csv_columns *out);

#endif
