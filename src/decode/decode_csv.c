/* OpenSky state vectors: a header line that names the columns, then one line a state. */
#include <string.h>

#include "decode/decoder_internal.h"

static lee_slice field_of(const lee_slice *fields, size_t count, const lee_csv_columns *columns,
                          lee_csv_column column)
{
    const int index = columns->index[column];
    const lee_slice none = {"", 0};
    if (index < 0 || (size_t)index >= count) {
        return none;
    }
    const lee_slice field = fields[index];
    const bool is_none = lee_slice_is(field, "nan") || lee_slice_is(field, "NaN") ||
                         lee_slice_is(field, "None") || lee_slice_is(field, "null") ||
                         lee_slice_is(field, "NULL") || lee_slice_is(field, "<NA>");
    return is_none ? none : field;
}

/* Numbers in other units than ours: value x numerator / denominator, in 10^-decimals. */
static const struct {
    lee_csv_column column;
    const char *name;
    int decimals;
    int32_t numerator;
    int32_t denominator;
    int64_t low;
    int64_t high;
    uint32_t bit;
    size_t offset;
} numbers[] = {
#define MEMBER(member) offsetof(lee_report, member)
    {LEE_CSV_LAT, "lat", 7, 1, 1, -LEE_LAT_MAX_E7, LEE_LAT_MAX_E7, LEE_REPORT_HAS_LAT,
     MEMBER(lat_e7)},
    {LEE_CSV_LON, "lon", 7, 1, 1, -LEE_LON_MAX_E7, LEE_LON_MAX_E7, LEE_REPORT_HAS_LON,
     MEMBER(lon_e7)},
    /* 1 kt = 1852 / 3600 m/s, 1 ft = 0.3048 m; e3 of the source carries the fraction. */
    {LEE_CSV_VELOCITY_MPS, "velocity", 3, 3600, 1852, 0, 10000000, LEE_REPORT_HAS_SPEED_GROUND,
     MEMBER(speed_ground_kt_e3)},
    {LEE_CSV_SPEED_KT, "groundspeed", 3, 1, 1, 0, 10000000, LEE_REPORT_HAS_SPEED_GROUND,
     MEMBER(speed_ground_kt_e3)},
    {LEE_CSV_TRACK_DEG, "track", 3, 1, 1, 0, 360000, LEE_REPORT_HAS_TRACK, MEMBER(track_deg_e3)},
    {LEE_CSV_VERTICAL_RATE_MPS, "vertrate", 3, 60000, 304800, -100000, 100000,
     LEE_REPORT_HAS_VERTICAL_RATE, MEMBER(vertical_rate_fpm)},
    {LEE_CSV_VERTICAL_RATE_FPM, "vertical_rate", 0, 1, 1, -100000, 100000,
     LEE_REPORT_HAS_VERTICAL_RATE, MEMBER(vertical_rate_fpm)},
    {LEE_CSV_ALT_BARO_M, "baroaltitude", 2, 100, 3048, -10000, 200000, LEE_REPORT_HAS_ALT_BARO,
     MEMBER(alt_baro_ft)},
    {LEE_CSV_ALT_BARO_FT, "altitude", 0, 1, 1, -10000, 200000, LEE_REPORT_HAS_ALT_BARO,
     MEMBER(alt_baro_ft)},
    {LEE_CSV_ALT_HAE_M, "geoaltitude", 2, 100, 3048, -10000, 200000, LEE_REPORT_HAS_ALT_HAE,
     MEMBER(alt_hae_ft)},
    {LEE_CSV_ALT_HAE_FT, "geoaltitude", 0, 1, 1, -10000, 200000, LEE_REPORT_HAS_ALT_HAE,
     MEMBER(alt_hae_ft)},
#undef MEMBER
};

/* Returns the name of a column whose field is not what it should be, or NULL. */
static const char *read_numbers(const lee_slice *fields, size_t count,
                                const lee_csv_columns *columns, lee_report *out)
{
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        const lee_slice field = field_of(fields, count, columns, numbers[i].column);
        int64_t value;
        if (field.length == 0) {
            continue;
        }
        if (!lee_slice_scaled(field, numbers[i].decimals, numbers[i].numerator,
                              numbers[i].denominator, &value) ||
            value < numbers[i].low || value > numbers[i].high) {
            return numbers[i].name;
        }
        const int32_t narrow = (int32_t)value;
        memcpy((char *)out + numbers[i].offset, &narrow, sizeof narrow);
        out->present |= numbers[i].bit;
    }
    out->track_deg_e3 %= 360000;
    if ((out->present & LEE_REPORT_HAS_POSITION) != LEE_REPORT_HAS_POSITION) {
        out->present &= ~(uint64_t)LEE_REPORT_HAS_POSITION;
    }
    return NULL;
}

static void read_squawk(lee_slice field, lee_report *out)
{
    /* Numbers lose their leading zeros in many of these files; "0" is how they write no squawk. */
    char digits[4] = {'0', '0', '0', '0'};
    if (field.length < 2 || field.length > 4) {
        return;
    }
    memcpy(digits + 4 - field.length, field.text, field.length);
    if (lee__decode_squawk((lee_slice){digits, 4}, &out->squawk)) {
        out->present |= LEE_REPORT_HAS_SQUAWK;
    }
}

static void read_others(const lee_slice *fields, size_t count, const lee_csv_columns *columns,
                        lee_report *out)
{
    if (lee__decode_text(field_of(fields, count, columns, LEE_CSV_CALLSIGN), out->callsign,
                         sizeof out->callsign)) {
        out->present |= LEE_REPORT_HAS_CALLSIGN;
    }
    read_squawk(field_of(fields, count, columns, LEE_CSV_SQUAWK), out);
    const lee_slice ground = field_of(fields, count, columns, LEE_CSV_ON_GROUND);
    if (ground.length > 0) {
        out->on_ground = lee_slice_is(ground, "true") || lee_slice_is(ground, "True") ||
                         lee_slice_is(ground, "TRUE") || lee_slice_is(ground, "1");
        out->present |= LEE_REPORT_HAS_ON_GROUND;
    }
}

lee_decode_result lee__decode_csv(lee_decoder *decoder, const lee_frame *frame, lee_report *out,
                                  lee_error_info *why)
{
    lee_slice fields[LEE_CSV_FIELDS_MAX];
    size_t count =
        lee_csv_split((const char *)frame->bytes, frame->length, fields, LEE_CSV_FIELDS_MAX);
    count = count < LEE_CSV_FIELDS_MAX ? count : LEE_CSV_FIELDS_MAX;
    if (frame->feed >= LEE_FEEDS_MAX) {
        return lee__decode_refused(why, LEE_ERR_LIMIT, NULL, "too many feeds");
    }
    lee__feed_state *const feed = &decoder->feeds[frame->feed];
    if (lee_csv_is_header(fields, count)) {
        lee_csv_read_header(fields, count, &feed->columns);
        feed->columns_known = true;
        return lee__decode_nothing(why, "the header line");
    }
    if (!feed->columns_known) {
        return lee__decode_refused(why, LEE_ERR_MISSING, "icao24", "no header line names columns");
    }
    if (!lee__decode_address(field_of(fields, count, &feed->columns, LEE_CSV_ICAO24),
                             &out->target)) {
        return lee__decode_refused(why, LEE_ERR_SYNTAX, "icao24", "not an address");
    }
    out->source = LEE_SOURCE_ADSB;
    const char *const bad = read_numbers(fields, count, &feed->columns, out);
    if (bad != NULL) {
        return lee__decode_refused(why, LEE_ERR_DOMAIN, bad, "not a value of this column");
    }
    read_others(fields, count, &feed->columns, out);
    return lee__decode_done(out, why);
}
