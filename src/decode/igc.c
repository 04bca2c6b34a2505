/* Lines of IGC flight logs (FAI technical specification for GNSS flight recorders, appendix A):
 * BhhmmssDDMMmmmNDDDMMmmmEVPPPPPGGGGG, a fix with pressure and GNSS altitude in metres, and
 * HFDTEddmmyy or HFDTEDATE:ddmmyy,nn, the day on which the fixes begin. */
#include <string.h>

#include "base/time_text.h"
#include "decode/decoder_internal.h"
#include "decode/gpx.h"
#include "decode/nmea.h"

#define DAY_US (INT64_C(86400) * LEE_US_PER_S)
#define FIX_CHARACTERS 35

static bool read_date(const char *line, size_t length, int64_t *out_us)
{
    size_t at = 5;
    if (length < 11 || memcmp(line, "HFDTE", 5) != 0) {
        return false;
    }
    while (at < length && (line[at] < '0' || line[at] > '9')) {
        at++;
    }
    return at + 6 <= length && lee_nmea_date((lee_slice){line + at, 6}, out_us);
}

bool lee__igc_line_time(lee_deframer *deframer, const char *line, size_t length, int64_t *out_us)
{
    int64_t of_day_us;
    if (read_date(line, length, &deframer->nmea_day_us)) {
        deframer->nmea_day_known = true;
        return false;
    }
    if (length < FIX_CHARACTERS || line[0] != 'B' || !deframer->nmea_day_known ||
        !lee_nmea_time_of_day((lee_slice){line + 1, 6}, &of_day_us)) {
        return false;
    }
    *out_us = deframer->nmea_day_us + of_day_us;
    if (deframer->t_last_us - *out_us > DAY_US / 2 && deframer->t_last_us - *out_us < DAY_US * 2) {
        *out_us += DAY_US; /* a flight over midnight */
        deframer->nmea_day_us += DAY_US;
    }
    return true;
}

/* "DDMMmmm" with `degree_digits` of degrees and minutes in thousandths, and a hemisphere. */
static bool read_angle(const char *text, size_t degree_digits, char positive, char negative,
                       int32_t *out_e7)
{
    int64_t degrees = 0;
    int64_t minutes_e3 = 0;
    for (size_t i = 0; i < degree_digits + 5; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return false;
        }
        int64_t *const value = i < degree_digits ? &degrees : &minutes_e3;
        *value = *value * 10 + (text[i] - '0');
    }
    const char hemisphere = text[degree_digits + 5];
    const int64_t value_e7 = degrees * 10000000 + (minutes_e3 * 10000 + 30) / 60;
    if (minutes_e3 >= 60000 || value_e7 > (degree_digits == 2 ? LEE_LAT_MAX_E7 : LEE_LON_MAX_E7) ||
        (hemisphere != positive && hemisphere != negative)) {
        return false;
    }
    *out_e7 = (int32_t)(hemisphere == negative ? -value_e7 : value_e7);
    return true;
}

/* Five digits, of which the first may be a minus sign, in metres; 0 means that there is none. */
static bool put_alt(const char *text, uint32_t bit, int32_t *member, lee_report *out)
{
    int64_t alt_m;
    if (!lee_slice_fixed((lee_slice){text, 5}, 0, &alt_m) || alt_m < -3000) {
        return false;
    }
    if (alt_m == 0) {
        return true;
    }
    *member = (int32_t)((alt_m * 10000 + (alt_m < 0 ? -1524 : 1524)) / 3048);
    if (*member > 200000) {
        return false;
    }
    out->present |= bit;
    return true;
}

lee_decode_result lee__decode_igc(const lee_frame *frame, lee_report *out, lee_error_info *why)
{
    const char *const line = (const char *)frame->bytes;
    if (frame->length == 0 || line[0] < 'A' || line[0] > 'Z') {
        return lee__decode_refused(why, LEE_ERR_SYNTAX, NULL, "neither GPX nor a line of IGC");
    }
    if (line[0] != 'B') {
        return lee__decode_nothing(why, "a line that is no fix");
    }
    if (frame->length < FIX_CHARACTERS) {
        return lee__decode_refused(why, LEE_ERR_TRUNCATED, NULL, "the line is too short");
    }
    if (!read_angle(line + 7, 2, 'N', 'S', &out->lat_e7)) {
        return lee__decode_refused(why, LEE_ERR_DOMAIN, "lat", "not a latitude");
    }
    if (!read_angle(line + 15, 3, 'E', 'W', &out->lon_e7)) {
        return lee__decode_refused(why, LEE_ERR_DOMAIN, "lon", "not a longitude");
    }
    out->present |= LEE_REPORT_HAS_POSITION;
    const bool has_height = line[24] == 'A'; /* 'V': the fix is flat */
    if ((line[24] != 'A' && line[24] != 'V') ||
        !put_alt(line + 25, LEE_REPORT_HAS_ALT_BARO, &out->alt_baro_ft, out) ||
        (has_height && !put_alt(line + 30, LEE_REPORT_HAS_ALT_HAE, &out->alt_hae_ft, out))) {
        return lee__decode_refused(why, LEE_ERR_DOMAIN, "altitude", "not an altitude");
    }
    out->source = LEE_SOURCE_GNSS;
    lee__decode_own_target(frame, "igc", out);
    return LEE_DECODED_REPORT;
}
