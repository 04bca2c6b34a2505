#include "base/time_text.h"

#include <assert.h>

#define S_PER_DAY 86400

/* Howard Hinnant's public "chrono-compatible low-level date algorithms", in our own words: years
 * begin in March, so that the leap day is the last of its year. */
int64_t lee_days_from_civil(int64_t year, unsigned month, unsigned day)
{
    assert(month >= 1 && month <= 12);
    const int64_t y = month <= 2 ? year - 1 : year;
    const int64_t era = (y >= 0 ? y : y - 399) / 400;
    const int64_t year_of_era = y - era * 400;
    const int64_t month_from_march = (month + 9) % 12;
    const int64_t day_of_year = (153 * month_from_march + 2) / 5 + (int64_t)day - 1;
    const int64_t day_of_era =
        year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

void lee_civil_from_days(int64_t days, int64_t *year, unsigned *month, unsigned *day)
{
    assert(year && month && day);
    const int64_t z = days + 719468;
    const int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    const int64_t day_of_era = z - era * 146097;
    const int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    const int64_t day_of_year =
        day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const int64_t month_from_march = (5 * day_of_year + 2) / 153;
    *day = (unsigned)(day_of_year - (153 * month_from_march + 2) / 5 + 1);
    *month = (unsigned)(month_from_march < 10 ? month_from_march + 3 : month_from_march - 9);
    *year = year_of_era + era * 400 + (*month <= 2 ? 1 : 0);
}

typedef struct {
    const char *at;
    const char *end;
    bool failed;
} text_cursor;

static int64_t take_digits(text_cursor *c, int count)
{
    int64_t value = 0;
    for (int i = 0; i < count; i++) {
        if (c->at == c->end || *c->at < '0' || *c->at > '9') {
            c->failed = true;
            return 0;
        }
        value = value * 10 + (*c->at++ - '0');
    }
    return value;
}

static bool take_char(text_cursor *c, char wanted)
{
    if (c->at == c->end || *c->at != wanted) {
        return false;
    }
    c->at++;
    return true;
}

static void need_char(text_cursor *c, char wanted)
{
    c->failed |= !take_char(c, wanted);
}

static int64_t take_fraction_us(text_cursor *c)
{
    int64_t us = 0;
    int64_t weight = LEE_US_PER_S / 10;
    int count = 0;
    while (c->at < c->end && *c->at >= '0' && *c->at <= '9') {
        us += (*c->at++ - '0') * weight;
        weight /= 10;
        count++;
    }
    c->failed |= count == 0 || count > 9;
    return us;
}

static int64_t take_offset_s(text_cursor *c)
{
    if (take_char(c, 'Z') || take_char(c, 'z')) {
        return 0;
    }
    const bool east = take_char(c, '+');
    if (!east) {
        need_char(c, '-');
    }
    const int64_t hours = take_digits(c, 2);
    need_char(c, ':');
    const int64_t minutes = take_digits(c, 2);
    c->failed |= hours > 23 || minutes > 59;
    const int64_t offset_s = hours * 3600 + minutes * 60;
    return east ? offset_s : -offset_s;
}

static bool civil_is_valid(int64_t year, int64_t month, int64_t day)
{
    if (year < 1678 || year > 2261 || month < 1 || month > 12 || day < 1 || day > 31) {
        return false;
    }
    int64_t y;
    unsigned m, d;
    lee_civil_from_days(lee_days_from_civil(year, (unsigned)month, (unsigned)day), &y, &m, &d);
    return y == year && m == (unsigned)month && d == (unsigned)day;
}

bool lee_time_parse(const char *text, size_t length, int64_t *out_us)
{
    assert(text || length == 0);
    assert(out_us);
    text_cursor c = {text, text + length, false};
    const int64_t year = take_digits(&c, 4);
    need_char(&c, '-');
    const int64_t month = take_digits(&c, 2);
    need_char(&c, '-');
    const int64_t day = take_digits(&c, 2);
    if (c.failed || !civil_is_valid(year, month, day)) {
        return false;
    }
    const int64_t midnight_s =
        lee_days_from_civil(year, (unsigned)month, (unsigned)day) * S_PER_DAY;
    if (c.at == c.end) {
        *out_us = midnight_s * LEE_US_PER_S;
        return true;
    }
    if (!take_char(&c, 'T') && !take_char(&c, 't')) {
        need_char(&c, ' ');
    }
    const int64_t hour = take_digits(&c, 2);
    need_char(&c, ':');
    const int64_t minute = take_digits(&c, 2);
    const bool has_seconds = take_char(&c, ':');
    const int64_t second = has_seconds ? take_digits(&c, 2) : 0;
    const int64_t fraction_us = take_char(&c, '.') ? take_fraction_us(&c) : 0;
    const int64_t offset_s = take_offset_s(&c);
    if (c.failed || c.at != c.end || hour > 23 || minute > 59 || second > 60) {
        return false;
    }
    const int64_t t_s = midnight_s + hour * 3600 + minute * 60 + second - offset_s;
    *out_us = t_s * LEE_US_PER_S + fraction_us;
    return true;
}

static char *put_digits(char *at, int64_t value, int count)
{
    for (int i = count - 1; i >= 0; i--) {
        at[i] = (char)('0' + value % 10);
        value /= 10;
    }
    return at + count;
}

size_t lee_time_format(int64_t t_us, char out[LEE_TIME_TEXT_BYTES])
{
    assert(out);
    int64_t t_s = t_us / LEE_US_PER_S;
    int64_t fraction_us = t_us % LEE_US_PER_S;
    if (fraction_us < 0) {
        fraction_us += LEE_US_PER_S;
        t_s--;
    }
    int64_t days = t_s / S_PER_DAY;
    int64_t second_of_day = t_s % S_PER_DAY;
    if (second_of_day < 0) {
        second_of_day += S_PER_DAY;
        days--;
    }
    int64_t year;
    unsigned month, day;
    lee_civil_from_days(days, &year, &month, &day);
    if (year < 0 || year > 9999) {
        year = year < 0 ? 0 : 9999; /* outside what the form can say; never for accepted times */
    }
    char *at = put_digits(out, year, 4);
    *at++ = '-';
    at = put_digits(at, month, 2);
    *at++ = '-';
    at = put_digits(at, day, 2);
    *at++ = 'T';
    at = put_digits(at, second_of_day / 3600, 2);
    *at++ = ':';
    at = put_digits(at, second_of_day / 60 % 60, 2);
    *at++ = ':';
    at = put_digits(at, second_of_day % 60, 2);
    if (fraction_us > 0) {
        *at++ = '.';
        at = put_digits(at, fraction_us, 6);
        while (at[-1] == '0') {
            at--;
        }
    }
    *at++ = 'Z';
    *at = '\0';
    return (size_t)(at - out);
}
