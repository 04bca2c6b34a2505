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

static bool read_position(const lee_slice *fields, lee_report *out)
{
    if (fields[LAT].length == 0 && fields[LON].length == 0) {
        return true;
    }
    if (fields[LAT].length == 0 || fields[LON].length == 0) {
        return false;
    }
    return lee__decode_number(fields[LAT], 7, -LEE_LAT_MAX_E7, LEE_LAT_MAX_E7, LEE_REPORT_HAS_LAT,
                              &out->lat_e7, out) &&
           lee__decode_number(fields[LON], 7, -LEE_LON_MAX_E7, LEE_LON_MAX_E7, LEE_REPORT_HAS_LON,
                              &out->lon_e7, out);
}

/* Returns the name of a field that is not what it should be, or NULL. */
static const char *read_numbers(const lee_slice *fields, lee_report *out)
{
    if (!lee__decode_number(fields[ALTITUDE], 0, -10000, 200000, LEE_REPORT_HAS_ALT_BARO,
                            &out->alt_baro_ft, out)) {
        return "altitude";
    }
    if (!lee__decode_number(fields[SPEED], 3, 0, 10000000, LEE_REPORT_HAS_SPEED_GROUND,
                            &out->speed_ground_kt_e3, out)) {
        return "ground_speed";
    }
    if (!lee__decode_number(fields[TRACK], 3, 0, 360000, LEE_REPORT_HAS_TRACK, &out->track_deg_e3,
                            out)) {
        return "track";
    }
    out->track_deg_e3 %= 360000;
    if (!read_position(fields, out)) {
        return "latitude, longitude";
    }
    if (!lee__decode_number(fields[VERTICAL_RATE], 0, -100000, 100000, LEE_REPORT_HAS_VERTICAL_RATE,
                            &out->vertical_rate_fpm, out)) {
        return "vertical_rate";
    }
    return NULL;
}

static const char *read_fields(const lee_slice *fields, size_t count, lee_report *out)
{
    if (fields[CALLSIGN].length > 0 && !lee_slice_is(fields[CALLSIGN], "@@@@@@@@")) {
        if (!lee__decode_text(fields[CALLSIGN], out->callsign, sizeof out->callsign)) {
            return "callsign";
        }
        out->present |= LEE_REPORT_HAS_CALLSIGN;
    }
    const char *const bad = read_numbers(fields, out);
    if (bad != NULL) {
        return bad;
    }
    /* Some programs write an unknown squawk as 0 and others as 0000, which is a code of its own. */
    if (fields[SQUAWK].length > 1) {
        if (!lee__decode_squawk(fields[SQUAWK], &out->squawk)) {
            return "squawk";
        }
        out->present |= LEE_REPORT_HAS_SQUAWK;
    }
    if (count > GROUND && fields[GROUND].length > 0) {
        out->on_ground = !lee_slice_is(fields[GROUND], "0");
        out->present |= LEE_REPORT_HAS_ON_GROUND;
    }
    return NULL;
}

lee_decode_result lee__decode_sbs(const lee_frame *frame, lee_report *out, lee_error_info *why)
{
    lee_slice fields[FIELD_COUNT];
    const size_t count =
        lee_csv_split((const char *)frame->bytes, frame->length, fields, FIELD_COUNT);
    const bool is_mlat = lee_slice_is(fields[KIND], "MLAT");
    if (!is_mlat && !lee_slice_is(fields[KIND], "MSG")) {
        if (is_other_kind(fields[KIND])) {
            return lee__decode_nothing(why, "a line that is no observation");
        }
        return lee__decode_refused(why, LEE_ERR_SYNTAX, NULL, "not an SBS line");
    }
    if (count <= SQUAWK) {
        return lee__decode_refused(why, LEE_ERR_TRUNCATED, NULL, "the line has too few fields");
    }
    const lee_slice type = fields[TYPE];
    if (type.length != 1 || type.text[0] < '1' || type.text[0] > '8') {
        return lee__decode_refused(why, LEE_ERR_DOMAIN, "type", "must be 1 to 8");
    }
    if (!lee__decode_address(fields[ADDRESS], &out->target)) {
        return lee__decode_refused(why, LEE_ERR_SYNTAX, "hex", "not an address");
    }
    out->source = type.text[0] <= '4' ? LEE_SOURCE_ADSB : LEE_SOURCE_MODE_S;
    if (is_mlat) {
        out->source = LEE_SOURCE_MLAT;
    }
    const char *const bad = read_fields(fields, count, out);
    if (bad != NULL) {
        return lee__decode_refused(why, LEE_ERR_DOMAIN, bad, "not a value of this field");
    }
    return lee__decode_done(out, why);
}
