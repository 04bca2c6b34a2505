/* SBS-1 (BaseStation) lines: MSG,type,…; 22 fields separated by commas. */
#include <string.h>

#include "decode/decoder_internal.h"

/* Positions of the fields, from 0. */
enum {
    KIND = 0,
    TYPE = 1,
    ADDRESS = 4,
    CALLSIGN = 10,
    ALTITUDE = 11,
    SPEED = 12,
    TRACK = 13,
    LAT = 14,
    LON = 15,
    VERTICAL_RATE = 16,
    SQUAWK = 17,
    GROUND = 21,
    FIELD_COUNT = 22
};

typedef struct {
    const char *text;
    size_t length;
    size_t count; /* of fields */
    uint32_t ends[FIELD_COUNT];
} sbs_line;

static lee_slice field(const sbs_line *line, size_t index)
{
    return lee_csv_field(line->text, line->ends, index);
}

static bool is_other_kind(lee_slice kind)
{
    static const char *const others[] = {"SEL", "ID", "AIR", "STA", "CLK"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        if (lee_slice_is(kind, others[i])) {
            return true;
        }
    }
    return false;
}

/* Most fields of a line are empty. */
static inline bool read_number(const sbs_line *line, size_t index, int decimals, int64_t low,
                               int64_t high, uint32_t bit, int32_t *member, lee_report *out)
{
    const lee_slice slice = field(line, index);
    return slice.length == 0 || lee__decode_number(slice, decimals, low, high, bit, member, out);
}

static bool read_position(const sbs_line *line, lee_report *out)
{
    if ((field(line, LAT).length == 0) != (field(line, LON).length == 0)) {
        return false;
    }
    return read_number(line, LAT, 7, -LEE_LAT_MAX_E7, LEE_LAT_MAX_E7, LEE_REPORT_HAS_LAT,
                       &out->lat_e7, out) &&
           read_number(line, LON, 7, -LEE_LON_MAX_E7, LEE_LON_MAX_E7, LEE_REPORT_HAS_LON,
                       &out->lon_e7, out);
}

/* Returns the name of a field that is not what it should be, or NULL. */
static const char *read_numbers(const sbs_line *line, lee_report *out)
{
    if (!read_number(line, ALTITUDE, 0, -10000, 200000, LEE_REPORT_HAS_ALT_BARO, &out->alt_baro_ft,
                     out)) {
        return "altitude";
    }
    if (!read_number(line, SPEED, 3, 0, 10000000, LEE_REPORT_HAS_SPEED_GROUND,
                     &out->speed_ground_kt_e3, out)) {
        return "ground_speed";
    }
    if (!read_number(line, TRACK, 3, 0, 360000, LEE_REPORT_HAS_TRACK, &out->track_deg_e3, out)) {
        return "track";
    }
    out->track_deg_e3 %= 360000;
    if (!read_position(line, out)) {
        return "latitude, longitude";
    }
    if (!read_number(line, VERTICAL_RATE, 0, -100000, 100000, LEE_REPORT_HAS_VERTICAL_RATE,
                     &out->vertical_rate_fpm, out)) {
        return "vertical_rate";
    }
    return NULL;
}

static const char *read_fields(const sbs_line *line, lee_report *out)
{
    const lee_slice callsign = field(line, CALLSIGN);
    if (callsign.length > 0 && !lee_slice_is(callsign, "@@@@@@@@")) {
        if (!lee__decode_text(callsign, out->callsign, sizeof out->callsign)) {
            return "callsign";
        }
        out->present |= LEE_REPORT_HAS_CALLSIGN;
    }
    const char *const bad = read_numbers(line, out);
    if (bad != NULL) {
        return bad;
    }
    /* Some programs write an unknown squawk as 0 and others as 0000, which is a code of its own. */
    const lee_slice squawk = field(line, SQUAWK);
    if (squawk.length > 1) {
        if (!lee__decode_squawk(squawk, &out->squawk)) {
            return "squawk";
        }
        out->present |= LEE_REPORT_HAS_SQUAWK;
    }
    if (line->count > GROUND && field(line, GROUND).length > 0) {
        out->on_ground = !lee_slice_is(field(line, GROUND), "0");
        out->present |= LEE_REPORT_HAS_ON_GROUND;
    }
    return NULL;
}

lee_decode_result lee__decode_sbs(const lee_frame *frame, lee_report *out, lee_error_info *why)
{
    sbs_line line;
    line.text = (const char *)frame->bytes;
    line.length = frame->length;
    line.count = lee_csv_ends(line.text, line.length, line.ends, FIELD_COUNT);
    const lee_slice kind = field(&line, KIND);
    const bool is_mlat = lee_slice_is(kind, "MLAT");
    if (!is_mlat && !lee_slice_is(kind, "MSG")) {
        if (is_other_kind(kind)) {
            return lee__decode_nothing(why, "a line that is no observation");
        }
        return lee__decode_refused(why, LEE_ERR_SYNTAX, NULL, "not an SBS line");
    }
    if (line.count <= SQUAWK) {
        return lee__decode_refused(why, LEE_ERR_TRUNCATED, NULL, "the line has too few fields");
    }
    const lee_slice type = field(&line, TYPE);
    if (type.length != 1 || type.text[0] < '1' || type.text[0] > '8') {
        return lee__decode_refused(why, LEE_ERR_DOMAIN, "type", "must be 1 to 8");
    }
    if (!lee__decode_address(field(&line, ADDRESS), &out->target)) {
        return lee__decode_refused(why, LEE_ERR_SYNTAX, "hex", "not an address");
    }
    out->source = type.text[0] <= '4' ? LEE_SOURCE_ADSB : LEE_SOURCE_MODE_S;
    if (is_mlat) {
        out->source = LEE_SOURCE_MLAT;
    }
    const char *const bad = read_fields(&line, out);
    if (bad != NULL) {
        return lee__decode_refused(why, LEE_ERR_DOMAIN, bad, "not a value of this field");
    }
    return lee__decode_done(out, why);
}
