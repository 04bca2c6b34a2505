#include "zone/tzif.h"

#include <assert.h>
#include <string.h>

#include "base/bytes.h"
#include "base/time_text.h"

#define DAY_S 86400
#define HEADER_BYTES 44
#define TIMES_MAX 100000u

typedef struct {
    uint8_t version;
    uint32_t utc_count;
    uint32_t std_count;
    uint32_t leap_count;
    uint32_t time_count;
    uint32_t type_count;
    uint32_t char_count;
} header;

static lee_error read_header(lee_bytes *in, header *out)
{
    const uint8_t *magic = lee_bytes_take(in, 4);
    if (!magic) {
        return LEE_ERR_TRUNCATED;
    }
    if (memcmp(magic, "TZif", 4) != 0) {
        return LEE_ERR_SYNTAX;
    }
    out->version = lee_bytes_u8(in);
    (void)lee_bytes_take(in, 15);
    out->utc_count = lee_bytes_u32_be(in);
    out->std_count = lee_bytes_u32_be(in);
    out->leap_count = lee_bytes_u32_be(in);
    out->time_count = lee_bytes_u32_be(in);
    out->type_count = lee_bytes_u32_be(in);
    out->char_count = lee_bytes_u32_be(in);
    if (in->failed) {
        return LEE_ERR_TRUNCATED;
    }
    if (out->type_count == 0 || out->type_count > 256 || out->time_count > TIMES_MAX ||
        out->leap_count > TIMES_MAX || out->char_count > TIMES_MAX || out->utc_count > 256 ||
        out->std_count > 256) {
        return LEE_ERR_SYNTAX;
    }
    return LEE_OK;
}

static int64_t load_i64(const uint8_t *at)
{
    uint64_t value = 0;
    for (int i = 0; i < 8; i++) {
        value = value << 8 | at[i];
    }
    return (int64_t)value;
}

static int32_t type_offset_s(const lee_tzif *zone, uint32_t index)
{
    const uint8_t *at = zone->types + (size_t)index * 6;
    return (int32_t)((uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3]);
}

static lee_error check_tables(const lee_tzif *zone)
{
    for (uint32_t i = 0; i < zone->type_count; i++) {
        const int32_t offset_s = type_offset_s(zone, i);
        if (offset_s <= -2 * DAY_S || offset_s >= 2 * DAY_S) {
            return LEE_ERR_DOMAIN;
        }
    }
    for (uint32_t i = 0; i < zone->time_count; i++) {
        if (zone->kinds[i] >= zone->type_count) {
            return LEE_ERR_SYNTAX;
        }
        if (i > 0 &&
            load_i64(zone->times + (size_t)i * 8) <= load_i64(zone->times + (size_t)(i - 1) * 8)) {
            return LEE_ERR_DOMAIN;
        }
    }
    return LEE_OK;
}

/* --- the footer ------------------------------------------------------------------------------- */

typedef struct {
    const char *at;
    const char *end;
} cursor;

static bool next_is(const cursor *in, char c)
{
    return in->at < in->end && *in->at == c;
}

static bool take(cursor *in, char c)
{
    const bool found = next_is(in, c);
    in->at += found;
    return found;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool take_number(cursor *in, int32_t max, int32_t *out)
{
    int32_t value = 0;
    const char *start = in->at;
    while (in->at < in->end && is_digit(*in->at) && value <= max) {
        value = value * 10 + (*in->at++ - '0');
    }
    *out = value;
    return in->at > start && value <= max;
}

static bool take_name(cursor *in)
{
    const char *start = in->at;
    if (take(in, '<')) {
        while (in->at < in->end && *in->at != '>') {
            in->at++;
        }
        return in->at - start >= 2 && take(in, '>');
    }
    while (in->at < in->end &&
           ((*in->at >= 'A' && *in->at <= 'Z') || (*in->at >= 'a' && *in->at <= 'z'))) {
        in->at++;
    }
    return in->at - start >= 3;
}

/* [+-]hh[:mm[:ss]] */
static bool take_time(cursor *in, int32_t *out_s)
{
    const bool negative = take(in, '-');
    if (!negative) {
        (void)take(in, '+');
    }
    int32_t hours = 0;
    int32_t minutes = 0;
    int32_t seconds = 0;
    bool ok = take_number(in, 167, &hours);
    if (ok && take(in, ':')) {
        ok = take_number(in, 59, &minutes);
        if (ok && take(in, ':')) {
            ok = take_number(in, 59, &seconds);
        }
    }
    const int32_t value = hours * 3600 + minutes * 60 + seconds;
    *out_s = negative ? -value : value;
    return ok;
}

static bool take_day(cursor *in, lee_tz_day *out)
{
    int32_t a = 0;
    int32_t b = 0;
    int32_t c = 0;
    *out = (lee_tz_day){.at_s = 7200};
    if (take(in, 'M')) {
        const bool ok = take_number(in, 12, &a) && a > 0 && take(in, '.') &&
                        take_number(in, 5, &b) && b > 0 && take(in, '.') && take_number(in, 6, &c);
        if (!ok) {
            return false;
        }
        out->form = 'M';
        out->month = (uint8_t)a;
        out->week = (uint8_t)b;
        out->day = (int16_t)c;
    } else if (take(in, 'J')) {
        if (!take_number(in, 365, &a) || a == 0) {
            return false;
        }
        out->form = 'J';
        out->day = (int16_t)a;
    } else {
        if (!take_number(in, 365, &a)) {
            return false;
        }
        out->form = 'n';
        out->day = (int16_t)a;
    }
    return !take(in, '/') || take_time(in, &out->at_s);
}

lee_error lee_tz_rule_parse(const char *text, size_t length, lee_tz_rule *out)
{
    assert(text && out);
    cursor in = {text, text + length};
    lee_tz_rule rule = {0};
    int32_t west_s = 0;
    if (!take_name(&in) || !take_time(&in, &west_s)) {
        return LEE_ERR_SYNTAX;
    }
    rule.std_offset_s = -west_s;
    if (in.at < in.end) {
        rule.has_dst = true;
        rule.dst_offset_s = rule.std_offset_s + 3600;
        bool ok = take_name(&in);
        if (ok && !next_is(&in, ',')) {
            ok = take_time(&in, &west_s);
            rule.dst_offset_s = -west_s;
        }
        ok = ok && take(&in, ',') && take_day(&in, &rule.dst_begin) && take(&in, ',') &&
             take_day(&in, &rule.dst_end) && in.at == in.end;
        if (!ok) {
            return LEE_ERR_SYNTAX;
        }
    }
    *out = rule;
    return LEE_OK;
}

static lee_error read_footer(lee_bytes *in, lee_tzif *out)
{
    if (lee_bytes_u8(in) != '\n' || in->failed) {
        return LEE_ERR_TRUNCATED;
    }
    const size_t left = lee_bytes_left(in);
    const char *text = (const char *)lee_bytes_take(in, left);
    const char *end = text && left > 0 ? memchr(text, '\n', left) : NULL;
    if (!end) {
        return LEE_ERR_TRUNCATED;
    }
    if (end == text) {
        return LEE_OK;
    }
    out->has_rule = true;
    return lee_tz_rule_parse(text, (size_t)(end - text), &out->rule);
}

lee_error lee_tzif_parse(const uint8_t *bytes, size_t length, lee_tzif *out)
{
    assert(bytes && out);
    lee_bytes in;
    header head;
    lee_bytes_init(&in, bytes, length);
    lee_error error = read_header(&in, &head);
    if (error != LEE_OK) {
        return error;
    }
    if (head.version < '2') {
        return LEE_ERR_UNSUPPORTED;
    }
    (void)lee_bytes_take(&in, (size_t)head.time_count * 5 + (size_t)head.type_count * 6 +
                                  head.char_count + (size_t)head.leap_count * 8 + head.std_count +
                                  head.utc_count);
    error = in.failed ? LEE_ERR_TRUNCATED : read_header(&in, &head);
    if (error != LEE_OK) {
        return error;
    }
    lee_tzif zone = {.time_count = head.time_count, .type_count = head.type_count};
    zone.times = lee_bytes_take(&in, (size_t)head.time_count * 8);
    zone.kinds = lee_bytes_take(&in, head.time_count);
    zone.types = lee_bytes_take(&in, (size_t)head.type_count * 6);
    (void)lee_bytes_take(&in, head.char_count + (size_t)head.leap_count * 12 + head.std_count +
                                  head.utc_count);
    if (in.failed) {
        return LEE_ERR_TRUNCATED;
    }
    error = check_tables(&zone);
    if (error == LEE_OK) {
        error = read_footer(&in, &zone);
    }
    if (error == LEE_OK) {
        *out = zone;
    }
    return error;
}

void lee_tzif_fixed(int32_t offset_s, lee_tzif *out)
{
    assert(out);
    *out = (lee_tzif){.has_rule = true, .rule = {.std_offset_s = offset_s}};
}

/* --- questions -------------------------------------------------------------------------------- */

static int64_t floor_div(int64_t value, int64_t by)
{
    return value / by - (value % by < 0);
}

/* Midnight, as if UTC, of the day that the rule names in a year. */
static int64_t rule_day_s(const lee_tz_day *day, int64_t year)
{
    const int64_t new_year = lee_days_from_civil(year, 1, 1);
    const bool is_leap = lee_days_from_civil(year + 1, 1, 1) - new_year == 366;
    int64_t days = new_year;
    if (day->form == 'J') {
        days += day->day - 1 + (is_leap && day->day >= 60);
    } else if (day->form == 'n') {
        days += day->day;
    } else {
        const int64_t first = lee_days_from_civil(year, day->month, 1);
        const int64_t next = day->month == 12 ? lee_days_from_civil(year + 1, 1, 1)
                                              : lee_days_from_civil(year, day->month + 1u, 1);
        /* 1970-01-01 was a Thursday. */
        const int64_t weekday = ((first + 4) % 7 + 7) % 7;
        days = first + (day->day - weekday + 7) % 7 + (day->week - 1) * 7;
        while (days >= next) {
            days -= 7;
        }
    }
    return days * DAY_S;
}

static int32_t rule_offset_s(const lee_tz_rule *rule, int64_t t_s)
{
    if (!rule->has_dst) {
        return rule->std_offset_s;
    }
    int64_t year = 0;
    unsigned month = 0;
    unsigned day = 0;
    lee_civil_from_days(floor_div(t_s + rule->std_offset_s, DAY_S), &year, &month, &day);
    const int64_t begin =
        rule_day_s(&rule->dst_begin, year) + rule->dst_begin.at_s - rule->std_offset_s;
    const int64_t end = rule_day_s(&rule->dst_end, year) + rule->dst_end.at_s - rule->dst_offset_s;
    const bool is_dst = begin < end ? t_s >= begin && t_s < end : t_s >= begin || t_s < end;
    return is_dst ? rule->dst_offset_s : rule->std_offset_s;
}

int32_t lee_tzif_offset_s(const lee_tzif *zone, int64_t t_s)
{
    assert(zone);
    /* Years beyond what any zone is expanded for would overflow the calendar. */
    assert(t_s > -INT64_C(100000000000) && t_s < INT64_C(1000000000000));

    uint32_t low = 0;
    uint32_t high = zone->time_count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (load_i64(zone->times + (size_t)middle * 8) <= t_s) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == zone->time_count && zone->has_rule) {
        return rule_offset_s(&zone->rule, t_s);
    }
    return type_offset_s(zone, low == 0 ? 0 : zone->kinds[low - 1]);
}

int64_t lee_tzif_from_local(const lee_tzif *zone, int64_t local_s, bool latest)
{
    assert(zone);
    /* Whatever change there is near this time, the offsets before and after it are those a day
     * and more to either side; two changes within that never happened but once. */
    const int32_t before_s = lee_tzif_offset_s(zone, local_s - 2 * DAY_S);
    const int32_t after_s = lee_tzif_offset_s(zone, local_s + 2 * DAY_S);
    const int64_t a = local_s - before_s;
    const int64_t b = local_s - after_s;
    const bool a_holds = lee_tzif_offset_s(zone, a) == before_s;
    const bool b_holds = lee_tzif_offset_s(zone, b) == after_s;
    if (a_holds != b_holds) {
        return a_holds ? a : b;
    }
    return latest == (a > b) ? a : b;
}
