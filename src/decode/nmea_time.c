/* The time of an NMEA sentence in a recording: of receipt, by its TAG block or suffix, else by the
 * clock of the satellite receiver in the same stream. */
#include "base/time_text.h"
#include "decode/deframe_internal.h"
#include "decode/nmea.h"

#define DAY_US (INT64_C(86400) * LEE_US_PER_S)

/* ZDA: hhmmss.ss,dd,mm,yyyy. */
static bool zda_day(const lee_nmea_sentence *sentence, int64_t *out_us)
{
    int64_t day;
    int64_t month;
    int64_t year;
    if (!lee_slice_fixed(lee_nmea_field(sentence, 2), 0, &day) ||
        !lee_slice_fixed(lee_nmea_field(sentence, 3), 0, &month) ||
        !lee_slice_fixed(lee_nmea_field(sentence, 4), 0, &year) || day < 1 || day > 31 ||
        month < 1 || month > 12 || year < 1980 || year > 2200) {
        return false;
    }
    *out_us = lee_days_from_civil(year, (unsigned)month, (unsigned)day) * DAY_US;
    return true;
}

/* Sentences with the time of day alone belong to the day that a dated one named; just after
 * midnight, the next dated one may not have come yet. */
static bool undated(lee_deframer *deframer, lee_slice time, int64_t *out_us)
{
    int64_t of_day_us;
    if (!deframer->nmea_day_known || !lee_nmea_time_of_day(time, &of_day_us)) {
        return false;
    }
    *out_us = deframer->nmea_day_us + of_day_us;
    if (deframer->t_last_us - *out_us > DAY_US / 2 && deframer->t_last_us - *out_us < DAY_US * 2) {
        *out_us += DAY_US;
    }
    return true;
}

static bool dated(lee_deframer *deframer, lee_slice time, int64_t day_us, int64_t *out_us)
{
    int64_t of_day_us;
    if (!lee_nmea_time_of_day(time, &of_day_us)) {
        return false;
    }
    deframer->nmea_day_known = true;
    deframer->nmea_day_us = day_us;
    *out_us = day_us + of_day_us;
    return true;
}

bool lee__nmea_line_time(lee_deframer *deframer, const char *line, size_t length, int64_t *out_us)
{
    /* Most lines are AIVDM sentences that end with their checksum: they say no time. */
    if (length > 3 && line[0] == '!' && line[length - 3] == '*') {
        return false;
    }
    lee_nmea_sentence sentence;
    const char *reason;
    if (lee_nmea_read(line, length, &sentence, &reason) != LEE_OK) {
        return false;
    }
    if (sentence.time_known) {
        *out_us = sentence.t_us;
        return true;
    }
    int64_t day_us;
    if (lee_nmea_is(&sentence, "RMC")) {
        return lee_nmea_date(lee_nmea_field(&sentence, 9), &day_us) &&
               dated(deframer, lee_nmea_field(&sentence, 1), day_us, out_us);
    }
    if (lee_nmea_is(&sentence, "ZDA")) {
        return zda_day(&sentence, &day_us) &&
               dated(deframer, lee_nmea_field(&sentence, 1), day_us, out_us);
    }
    if (lee_nmea_is(&sentence, "GGA")) {
        return undated(deframer, lee_nmea_field(&sentence, 1), out_us);
    }
    return lee_nmea_is(&sentence, "GLL") && undated(deframer, lee_nmea_field(&sentence, 5), out_us);
}
