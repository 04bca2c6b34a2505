#include "decode/nmea.h"

#include <assert.h>
#include <string.h>

#include "base/time_text.h"

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Whether "*hh" stands at `star`, before `end`, and is the exclusive or of what is between `from`
 * and it. */
static lee_error check_sum(const char *from, const char *star, const char *end)
{
    if (end - star < 3 || hex_digit(star[1]) < 0 || hex_digit(star[2]) < 0) {
        return LEE_ERR_SYNTAX;
    }
    uint8_t sum = 0;
    for (const char *at = from; at < star; at++) {
        sum ^= (uint8_t)*at;
    }
    return sum == (hex_digit(star[1]) << 4 | hex_digit(star[2])) ? LEE_OK : LEE_ERR_CHECKSUM;
}

static bool is_digits(lee_slice slice)
{
    for (size_t i = 0; i < slice.length; i++) {
        if (slice.text[i] < '0' || slice.text[i] > '9') {
            return false;
        }
    }
    return slice.length > 0;
}

/* Seconds since 1970, or milliseconds when there are 13 digits. */
static bool unix_time(lee_slice slice, int64_t *out_us)
{
    int64_t value;
    if ((slice.length != 13 && (slice.length < 9 || slice.length > 10)) || !is_digits(slice) ||
        !lee_slice_fixed(slice, 0, &value)) {
        return false;
    }
    *out_us = slice.length == 13 ? value * 1000 : value * LEE_US_PER_S;
    return true;
}

/* The parameters of a TAG block: "s:station", "c:time", others passed over. */
static void read_tag(const char *text, size_t length, lee_nmea_sentence *out)
{
    lee_slice parts[16];
    const size_t count = lee_csv_split(text, length, parts, 16);
    for (size_t i = 0; i < count && i < 16; i++) {
        if (parts[i].length < 3 || parts[i].text[1] != ':') {
            continue;
        }
        const lee_slice value = {parts[i].text + 2, parts[i].length - 2};
        if (parts[i].text[0] == 's') {
            out->station = value;
        } else if (parts[i].text[0] == 'c') {
            out->time_known = unix_time(value, &out->t_us);
        }
    }
}

/* What receiver networks write behind the checksum: the station begins with 'r' or 'b' and a
 * digit, the time of receipt is last. */
static void read_suffix(const char *text, size_t length, lee_nmea_sentence *out)
{
    lee_slice parts[16];
    const size_t count = lee_csv_split(text, length, parts, 16);
    if (count == 0 || count > 16) {
        return;
    }
    for (size_t i = 0; i < count && out->station.length == 0; i++) {
        if (parts[i].length > 2 && (parts[i].text[0] == 'r' || parts[i].text[0] == 'b')) {
            out->station = parts[i];
        }
    }
    if (!out->time_known) {
        out->time_known = unix_time(parts[count - 1], &out->t_us);
    }
}

/* Passes over the TAG block that begins at *at. */
static lee_error take_tag(const char **at, const char *end, lee_nmea_sentence *out,
                          const char **reason)
{
    const char *const from = *at + 1;
    const char *const close = from < end ? memchr(from, '\\', (size_t)(end - from)) : NULL;
    const char *const star = close ? memchr(from, '*', (size_t)(close - from)) : NULL;
    if (star == NULL || close - star != 3 || check_sum(from, star, close) == LEE_ERR_SYNTAX) {
        *reason = "a TAG block that is not closed or has no checksum";
        return LEE_ERR_SYNTAX;
    }
    if (check_sum(from, star, close) != LEE_OK) {
        *reason = "the checksum of the TAG block does not match";
        return LEE_ERR_CHECKSUM;
    }
    read_tag(from, (size_t)(star - from), out);
    *at = close + 1;
    return LEE_OK;
}

lee_error lee_nmea_read(const char *line, size_t length, lee_nmea_sentence *out,
                        const char **reason)
{
    assert(line || length == 0);
    assert(out);
    assert(reason);

    const char *at = line;
    const char *const end = line + length;
    out->station = (lee_slice){NULL, 0};
    out->time_known = false;
    if (length > 0 && *at == '\\') {
        const lee_error error = take_tag(&at, end, out, reason);
        if (error != LEE_OK) {
            return error;
        }
    }
    if (at == end || (*at != '!' && *at != '$')) {
        *reason = "not an NMEA sentence";
        return LEE_ERR_SYNTAX;
    }
    out->start = *at++;
    const char *const star = at < end ? memchr(at, '*', (size_t)(end - at)) : NULL;
    const lee_error error = star ? check_sum(at, star, end) : LEE_ERR_SYNTAX;
    if (error != LEE_OK) {
        *reason = error == LEE_ERR_SYNTAX ? "the sentence has no checksum"
                                          : "the checksum does not match";
        return error;
    }
    out->count = lee_csv_split(at, (size_t)(star - at), out->fields, LEE_NMEA_FIELDS_MAX);
    if (end - star > 4 && star[3] == ',') {
        read_suffix(star + 4, (size_t)(end - star - 4), out);
    }
    return LEE_OK;
}

bool lee_nmea_is(const lee_nmea_sentence *sentence, const char *name)
{
    const lee_slice first = sentence->fields[0];
    return first.length == 5 && memcmp(first.text + 2, name, 3) == 0;
}

lee_slice lee_nmea_field(const lee_nmea_sentence *sentence, size_t index)
{
    const bool is_there = index < sentence->count && index < LEE_NMEA_FIELDS_MAX;
    return is_there ? sentence->fields[index] : (lee_slice){"", 0};
}

/* Two digits, or -1. */
static int two_digits(const char *text)
{
    if (text[0] < '0' || text[0] > '9' || text[1] < '0' || text[1] > '9') {
        return -1;
    }
    return (text[0] - '0') * 10 + (text[1] - '0');
}

bool lee_nmea_time_of_day(lee_slice slice, int64_t *out_us)
{
    if (slice.length < 6) {
        return false;
    }
    const int hour = two_digits(slice.text);
    const int minute = two_digits(slice.text + 2);
    int64_t second_us;
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || two_digits(slice.text + 4) < 0 ||
        !lee_slice_fixed((lee_slice){slice.text + 4, slice.length - 4}, 6, &second_us) ||
        second_us < 0 || second_us > 60 * LEE_US_PER_S) {
        return false;
    }
    *out_us = (hour * INT64_C(60) + minute) * 60 * LEE_US_PER_S + second_us;
    return true;
}

bool lee_nmea_date(lee_slice slice, int64_t *out_us)
{
    if (slice.length != 6) {
        return false;
    }
    const int day = two_digits(slice.text);
    const int month = two_digits(slice.text + 2);
    const int year_of_century = two_digits(slice.text + 4);
    if (day < 1 || day > 31 || month < 1 || month > 12 || year_of_century < 0) {
        return false;
    }
    const int64_t year = year_of_century >= 80 ? 1900 + year_of_century : 2000 + year_of_century;
    *out_us =
        lee_days_from_civil(year, (unsigned)month, (unsigned)day) * INT64_C(86400) * LEE_US_PER_S;
    return true;
}

bool lee_nmea_angle(lee_slice slice, lee_slice hemisphere, bool is_lon, int32_t *out_e7)
{
    const size_t degree_digits = is_lon ? 3 : 2;
    if (slice.length < degree_digits + 2 || hemisphere.length != 1 ||
        !is_digits((lee_slice){slice.text, degree_digits + 2})) {
        return false;
    }
    int64_t degrees;
    int64_t minutes_e7;
    const char positive = is_lon ? 'E' : 'N';
    const char negative = is_lon ? 'W' : 'S';
    const int64_t max_e7 = is_lon ? INT64_C(1800000000) : INT64_C(900000000);
    if ((hemisphere.text[0] != positive && hemisphere.text[0] != negative) ||
        !lee_slice_fixed((lee_slice){slice.text, degree_digits}, 0, &degrees) ||
        !lee_slice_fixed((lee_slice){slice.text + degree_digits, slice.length - degree_digits}, 7,
                         &minutes_e7) ||
        minutes_e7 >= INT64_C(600000000)) {
        return false;
    }
    const int64_t value_e7 = degrees * 10000000 + (minutes_e7 + 30) / 60;
    if (value_e7 > max_e7) {
        return false;
    }
    *out_e7 = (int32_t)(hemisphere.text[0] == negative ? -value_e7 : value_e7);
    return true;
}
