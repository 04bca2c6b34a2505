/* Own position from the sentences of a satellite receiver or compass. */
#include <string.h>

#include "decode/ais.h"
#include "decode/decoder_internal.h"

/* An optional angle in degrees: false when it is there and not an angle. */
static bool put_angle(lee_slice slice, uint32_t bit, int32_t *member, lee_report *out)
{
    if (!lee__decode_number(slice, 3, 0, 360000, bit, member, out)) {
        return false;
    }
    *member %= 360000;
    return true;
}

static bool put_speed(lee_slice slice, lee_report *out)
{
    return lee__decode_number(slice, 3, 0, 10000000, LEE_REPORT_HAS_SPEED_GROUND,
                              &out->speed_ground_kt_e3, out);
}

/* Latitude, hemisphere, longitude, hemisphere from field `first` on. */
static bool put_position(const lee_nmea_sentence *sentence, size_t first, lee_report *out)
{
    const lee_slice lat = lee_nmea_field(sentence, first);
    const lee_slice lon = lee_nmea_field(sentence, first + 2);
    if (lat.length == 0 && lon.length == 0) {
        return true;
    }
    if (!lee_nmea_angle(lat, lee_nmea_field(sentence, first + 1), false, &out->lat_e7) ||
        !lee_nmea_angle(lon, lee_nmea_field(sentence, first + 3), true, &out->lon_e7)) {
        return false;
    }
    out->present |= LEE_REPORT_HAS_POSITION;
    return true;
}

/* 'S' is a simulator; 'N', no fix. */
static bool mode_is_none(lee_slice mode)
{
    return lee_slice_is(mode, "N") || lee_slice_is(mode, "S");
}

static const char no_fix[] = "the receiver has no fix";

/* Each returns the field that is wrong, or NULL; *nothing is set when the sentence says nothing. */

static const char *read_rmc(const lee_nmea_sentence *s, lee_report *out, const char **nothing)
{
    if (!lee_slice_is(lee_nmea_field(s, 2), "A") || mode_is_none(lee_nmea_field(s, 12))) {
        *nothing = no_fix;
        return NULL;
    }
    if (!put_position(s, 3, out)) {
        return "latitude, longitude";
    }
    if (!put_speed(lee_nmea_field(s, 7), out)) {
        return "speed";
    }
    return put_angle(lee_nmea_field(s, 8), LEE_REPORT_HAS_TRACK, &out->track_deg_e3, out) ? NULL
                                                                                          : "track";
}

/* The altitude is above mean sea level; with the geoid's height it is one above the ellipsoid.
 * Without, it has no reference that a report knows, and is left out. */
static const char *read_gga(const lee_nmea_sentence *s, lee_report *out, const char **nothing)
{
    const lee_slice quality = lee_nmea_field(s, 6);
    if (quality.length == 0 || lee_slice_is(quality, "0") || lee_slice_is(quality, "8")) {
        *nothing = no_fix;
        return NULL;
    }
    if (!put_position(s, 2, out)) {
        return "latitude, longitude";
    }
    const lee_slice alt = lee_nmea_field(s, 9);
    const lee_slice geoid = lee_nmea_field(s, 11);
    int64_t alt_mm;
    int64_t geoid_mm;
    if (alt.length == 0 || geoid.length == 0) {
        return NULL;
    }
    if (!lee_slice_fixed(alt, 3, &alt_mm) || !lee_slice_fixed(geoid, 3, &geoid_mm) ||
        alt_mm < -2800000 || alt_mm > 60000000 || geoid_mm < -200000 || geoid_mm > 200000) {
        return "altitude";
    }
    const int64_t product = (alt_mm + geoid_mm) * 10;
    out->alt_hae_ft = (int32_t)((product + (product < 0 ? -1524 : 1524)) / 3048);
    out->present |= LEE_REPORT_HAS_ALT_HAE;
    return NULL;
}

static const char *read_gll(const lee_nmea_sentence *s, lee_report *out, const char **nothing)
{
    if (!lee_slice_is(lee_nmea_field(s, 6), "A") || mode_is_none(lee_nmea_field(s, 7))) {
        *nothing = no_fix;
        return NULL;
    }
    return put_position(s, 1, out) ? NULL : "latitude, longitude";
}

static const char *read_vtg(const lee_nmea_sentence *s, lee_report *out, const char **nothing)
{
    if (mode_is_none(lee_nmea_field(s, 9))) {
        *nothing = no_fix;
        return NULL;
    }
    if (!put_angle(lee_nmea_field(s, 1), LEE_REPORT_HAS_TRACK, &out->track_deg_e3, out)) {
        return "track";
    }
    return put_speed(lee_nmea_field(s, 5), out) ? NULL : "speed";
}

static const char *read_heading(const lee_nmea_sentence *s, lee_report *out, const char **nothing)
{
    const lee_slice mode = lee_nmea_field(s, 2); /* HDT has a 'T' there */
    if (lee_slice_is(mode, "V") || lee_slice_is(mode, "S")) {
        *nothing = "the compass has no heading";
        return NULL;
    }
    return put_angle(lee_nmea_field(s, 1), LEE_REPORT_HAS_HEADING, &out->heading_deg_e3, out)
               ? NULL
               : "heading";
}

static const struct {
    char name[4];
    const char *(*read)(const lee_nmea_sentence *sentence, lee_report *out, const char **nothing);
} sentences[] = {
    {"RMC", read_rmc}, {"GGA", read_gga},     {"GLL", read_gll},
    {"VTG", read_vtg}, {"HDT", read_heading}, {"THS", read_heading},
};

lee_decode_result lee__nmea_position(const lee_nmea_sentence *sentence, lee_report *out,
                                     lee_error_info *why)
{
    for (size_t i = 0; i < sizeof sentences / sizeof sentences[0]; i++) {
        if (!lee_nmea_is(sentence, sentences[i].name)) {
            continue;
        }
        const char *nothing = NULL;
        const uint64_t present_before = out->present;
        const char *const bad = sentences[i].read(sentence, out, &nothing);
        if (bad != NULL) {
            return lee__decode_refused(why, LEE_ERR_DOMAIN, bad, "not a value of this field");
        }
        if (nothing == NULL && out->present == present_before) {
            nothing = "no reportable field";
        }
        out->source = LEE_SOURCE_GNSS;
        return nothing != NULL ? lee__decode_nothing(why, nothing) : LEE_DECODED_REPORT;
    }
    return lee__decode_nothing(why, "a sentence that is not used");
}

void lee__decode_own_target(const lee_frame *frame, const char *name, lee_report *out)
{
    char text[LEE_TARGET_BYTES] = "unit:";
    size_t at = 5 + strlen(name);
    memcpy(text + 5, name, strlen(name));
    if (frame->feed > 0) {
        text[at++] = '-';
        unsigned scale = 1;
        while (frame->feed / scale >= 10) {
            scale *= 10;
        }
        for (; scale > 0; scale /= 10) {
            text[at++] = (char)('0' + frame->feed / scale % 10);
        }
    }
    memcpy(out->target.text, text, sizeof text);
}
