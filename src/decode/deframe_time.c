/* The time of a frame by what its text says. */
#include <assert.h>
#include <string.h>

#include "base/json_plain.h"
#include "base/json_scan.h"
#include "base/time_text.h"
#include "decode/avr.h"
#include "decode/csv.h"
#include "decode/deframe_internal.h"
#include "decode/gpx.h"
#include "decode/rows.h"

/* Seconds as JSON number to microseconds; beyond year 2261 is no time. */
static bool value_us(const lee_json_value *value, int64_t *out)
{
    int64_t us;
    if (!lee_json_value_fixed(value, 6, &us) || us < 0) {
        return false;
    }
    *out = us;
    return true;
}

bool lee__deframe_snapshot_now(lee_format format, const char *text, size_t length, int64_t *out_us)
{
    const char *const name = format == LEE_FORMAT_OPENSKY_JSON   ? "time"
                             : format == LEE_FORMAT_READSB_TRACE ? "timestamp"
                                                                 : "now";
    lee_json_scan scan;
    lee_json_value key;
    lee_json_value value;
    bool found = false;

    lee_json_scan_init(&scan, text, length);
    (void)lee_json_scan_object(&scan);
    while (lee_json_scan_member(&scan, &key, &value)) {
        if (lee_json_value_is(&key, name)) {
            found = value_us(&value, out_us);
        }
    }
    return found;
}

/* Takes a member that tells the time of an aircraft object. */
static void take_time(const lee_json_value *key, const lee_json_value *value,
                      lee__object_times *times)
{
    if (value->type != LEE_JSON_NUMBER) {
        return;
    }
    if (lee_json_value_is(key, "now") || lee_json_value_is(key, "timestamp")) {
        times->now_known = value_us(value, &times->now_us);
    } else if (lee_json_value_is(key, "seen")) {
        times->seen_known = value_us(value, &times->seen_us);
    } else if (lee_json_value_is(key, "seen_pos")) {
        times->seen_pos_known = value_us(value, &times->seen_pos_us);
    } else if (lee_json_value_is(key, "lat")) {
        times->has_position = true;
    }
}

static bool key_is(const lee_json_plain_member *member, const char *key)
{
    return memcmp(member->key, key, member->key_length) == 0;
}

/* Takes a number of a plain object, as take_time does. False: it is none that is plain. */
static bool take_plain_time(lee_json_plain_member *member, const char *end,
                            lee__object_times *times)
{
    bool *known = NULL;
    int64_t *us = &times->now_us;
    switch (member->key_length) {
    case 3:
        times->has_position = times->has_position || key_is(member, "lat");
        known = key_is(member, "now") ? &times->now_known : NULL;
        break;
    case 4:
        known = key_is(member, "seen") ? &times->seen_known : NULL;
        us = &times->seen_us;
        break;
    case 8:
        known = key_is(member, "seen_pos") ? &times->seen_pos_known : NULL;
        us = &times->seen_pos_us;
        break;
    case 9:
        known = key_is(member, "timestamp") ? &times->now_known : NULL;
        break;
    default:
        break;
    }
    if (known == NULL) {
        return true;
    }
    if (lee_json_plain_number_at(member->text, end, member) == NULL) {
        return false;
    }
    int64_t value;
    *known = lee_json_plain_fixed(member, 6, &value) && value >= 0;
    *us = *known ? value : *us;
    return true;
}

size_t lee__deframe_object_whole(const char *text, size_t length, lee__object_times *times)
{
    const char *const end = text + length;
    const char *at = text;
    lee_json_plain_member member;

    *times = (lee__object_times){.now_known = false};
    if (length == 0 || *text != '{') {
        return 0;
    }
    do { /* behind the bracket, then behind each comma */
        at = lee_json_plain_read(at + 1, end, false, &member);
        if (at == NULL) {
            return 0;
        }
        if (member.kind == '[' && member.key_length == sizeof "aircraft" - 1) {
            return 0;
        }
        if (member.kind == '0' && !take_plain_time(&member, end, times)) {
            return 0;
        }
    } while (*at == ',');
    return *at == '}' ? (size_t)(at + 1 - text) : 0;
}

void lee__deframe_object_read_times(const char *text, size_t length, lee__object_times *times)
{
    lee_json_scan scan;
    lee_json_value key;
    lee_json_value value;

    *times = (lee__object_times){.now_known = false};
    lee_json_scan_init(&scan, text, length);
    (void)lee_json_scan_object(&scan);
    while (lee_json_scan_member(&scan, &key, &value)) {
        take_time(&key, &value, times);
    }
}

int64_t lee__deframe_object_time(const lee_deframer *deframer, const lee__object_times *times)
{
    int64_t age_us = 0;
    if (times->has_position && times->seen_pos_known) {
        age_us = times->seen_pos_us;
    } else if (times->seen_known) {
        age_us = times->seen_us;
    }
    if (deframer->options.live) {
        return age_us <= deframer->t_received_us ? deframer->t_received_us - age_us : 0;
    }
    int64_t now_us = deframer->t_last_us;
    if (times->now_known) {
        now_us = times->now_us;
    } else if (deframer->json.now_known) {
        now_us = deframer->json.now_us;
    } else {
        return now_us;
    }
    return age_us <= now_us ? now_us - age_us : 0;
}

/* A row of a trace is so long after the trace's beginning, also when it is read live: the whole of
 * it is history. */
static int64_t trace_row_time(const lee_deframer *deframer, const lee_json_value *after)
{
    int64_t after_us = 0;
    int64_t t_us = 0;
    if (!deframer->json.now_known || !value_us(after, &after_us) ||
        __builtin_add_overflow(deframer->json.now_us, after_us, &t_us) || t_us < 0) {
        return deframer->options.live ? deframer->t_received_us : deframer->t_last_us;
    }
    return deframer->options.live && t_us > deframer->t_received_us ? deframer->t_received_us
                                                                    : t_us;
}

int64_t lee__deframe_row_time(const lee_deframer *deframer, const char *text, size_t length)
{
    lee_json_scan scan;
    lee_json_value values[LEE_OPENSKY_LATITUDE + 1];
    size_t count = 0;

    lee_json_scan_init(&scan, text, length);
    (void)lee_json_scan_array(&scan);
    while (count < sizeof values / sizeof values[0] &&
           lee_json_scan_element(&scan, &values[count])) {
        count++;
    }
    if (deframer->format == LEE_FORMAT_READSB_TRACE) {
        const lee_json_value none = {.type = LEE_JSON_NULL};
        return trace_row_time(deframer, count > 0 ? &values[0] : &none);
    }
    int64_t then_us = 0;
    const bool placed = count > LEE_OPENSKY_LATITUDE &&
                        values[LEE_OPENSKY_LATITUDE].type == LEE_JSON_NUMBER &&
                        value_us(&values[LEE_OPENSKY_TIME_POSITION], &then_us);
    const bool known = placed || (count > LEE_OPENSKY_LAST_CONTACT &&
                                  value_us(&values[LEE_OPENSKY_LAST_CONTACT], &then_us));
    lee__object_times times = {.now_known = known, .now_us = then_us};
    if (deframer->options.live && known && deframer->json.now_known) {
        times.seen_known = then_us <= deframer->json.now_us;
        times.seen_us = times.seen_known ? deframer->json.now_us - then_us : 0;
    }
    return lee__deframe_object_time(deframer, &times);
}

/* What stands behind "15:54:39": nothing, or a point and up to six digits. False: something else.
 */
static bool short_fraction_us(lee_slice behind, int64_t *out)
{
    static const int64_t weights[] = {100000, 10000, 1000, 100, 10, 1};
    int64_t us = 0;
    if (behind.length == 1 || behind.length > 1 + sizeof weights / sizeof weights[0] ||
        (behind.length > 0 && behind.text[0] != '.')) {
        return false;
    }
    for (size_t i = 1; i < behind.length; i++) {
        const unsigned digit = (unsigned)(unsigned char)behind.text[i] - '0';
        if (digit > 9) {
            return false;
        }
        us += (int64_t)digit * weights[i - 1];
    }
    *out = us;
    return true;
}

/* "2026/11/22" and "15:54:39.010" to an instant, taken as UTC: the format names no zone. Date and
 * seconds are read when they are others than those of the line before. */
static bool sbs_time(lee_deframer *deframer, lee_slice date, lee_slice time, int64_t *out)
{
    char text[40];
    if (date.length != 10 || time.length < 8 || time.length > 18) {
        return false;
    }
    int64_t fraction_us;
    const bool plain = short_fraction_us((lee_slice){time.text + 8, time.length - 8}, &fraction_us);
    if (plain && deframer->sbs_date[0] != '\0' &&
        memcmp(deframer->sbs_date, date.text, sizeof deframer->sbs_date) == 0 &&
        memcmp(deframer->sbs_clock, time.text, sizeof deframer->sbs_clock) == 0) {
        *out = deframer->sbs_second_us + fraction_us;
        return true;
    }
    memcpy(text, date.text, 10);
    text[4] = '-';
    text[7] = '-';
    text[10] = 'T';
    memcpy(text + 11, time.text, time.length);
    text[11 + time.length] = 'Z';
    if (!lee_time_parse(text, 12 + time.length, out)) {
        return false;
    }
    if (plain) {
        memcpy(deframer->sbs_date, date.text, sizeof deframer->sbs_date);
        memcpy(deframer->sbs_clock, time.text, sizeof deframer->sbs_clock);
        deframer->sbs_second_us = *out - fraction_us;
    }
    return true;
}

static bool sbs_line_time(lee_deframer *deframer, const char *line, size_t length, int64_t *out)
{
    uint32_t ends[8];
    return lee_csv_ends(line, length, ends, 8) == 8 &&
           sbs_time(deframer, lee_csv_field(line, ends, 6), lee_csv_field(line, ends, 7), out);
}

static bool jsonl_line_time(const char *line, size_t length, int64_t *out)
{
    lee_json_scan scan;
    lee_json_value key;
    lee_json_value value;
    lee_json_plain_member first;

    /* It is the first member of the lines that are written here. */
    if (length > 1 && *line == '{' &&
        lee_json_plain_read(line + 1, line + length, true, &first) != NULL && first.kind == '0' &&
        first.key_length == 4 && memcmp(first.key, "t_us", 4) == 0) {
        return lee_json_plain_fixed(&first, 0, out);
    }
    lee_json_scan_init(&scan, line, length);
    (void)lee_json_scan_object(&scan);
    while (lee_json_scan_member(&scan, &key, &value)) {
        if (lee_json_value_is(&key, "t_us")) {
            return lee_json_value_fixed(&value, 0, out);
        }
    }
    return false;
}

static bool column_time(const lee_slice *fields, size_t count, int column, int64_t *out)
{
    return column >= 0 && (size_t)column < count && lee_csv_instant(fields[column], out);
}

static bool csv_line_time(lee_deframer *deframer, const char *line, size_t length, int64_t *out)
{
    lee_slice fields[LEE_CSV_FIELDS_MAX];
    const size_t count = lee_csv_split(line, length, fields, LEE_CSV_FIELDS_MAX);
    if (lee_csv_is_header(fields, count)) {
        lee_csv_columns columns;
        lee_csv_read_header(fields, count, &columns);
        deframer->column_time = columns.index[LEE_CSV_TIME];
        deframer->column_position_time = columns.index[LEE_CSV_TIME_POSITION];
        return false;
    }
    return column_time(fields, count, deframer->column_position_time, out) ||
           column_time(fields, count, deframer->column_time, out);
}

int64_t lee__deframe_line_time(lee_deframer *deframer, const char *line, size_t length)
{
    int64_t t_us = deframer->t_last_us;
    if (deframer->format == LEE_FORMAT_AVR) {
        uint64_t tick;
        if (lee__avr_tick(line, length, &tick)) {
            return lee__deframe_tick_time(deframer, tick);
        }
        return deframer->options.live ? deframer->t_received_us : t_us;
    }
    if (deframer->options.live) {
        return deframer->t_received_us;
    }
    bool known = false;
    if (deframer->format == LEE_FORMAT_SBS) {
        known = sbs_line_time(deframer, line, length, &t_us);
    } else if (deframer->format == LEE_FORMAT_REPORT_JSONL) {
        known = jsonl_line_time(line, length, &t_us);
    } else if (deframer->format == LEE_FORMAT_AIS) {
        known = lee__nmea_line_time(deframer, line, length, &t_us);
    } else if (deframer->format == LEE_FORMAT_GPX) {
        known = lee__igc_line_time(deframer, line, length, &t_us);
    } else {
        known = csv_line_time(deframer, line, length, &t_us);
    }
    return known ? t_us : deframer->t_last_us;
}
