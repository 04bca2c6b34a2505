/* The time of a frame by what its text says. */
#include <assert.h>
#include <string.h>

#include "base/json_scan.h"
#include "base/time_text.h"
#include "decode/avr.h"
#include "decode/csv.h"
#include "decode/deframe_internal.h"
#include "decode/gpx.h"

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

bool lee__deframe_snapshot_now(const char *text, size_t length, int64_t *out_us)
{
    lee_json_scan scan;
    lee_json_value key;
    lee_json_value value;
    bool found = false;

    lee_json_scan_init(&scan, text, length);
    (void)lee_json_scan_object(&scan);
    while (lee_json_scan_member(&scan, &key, &value)) {
        if (lee_json_value_is(&key, "now")) {
            found = value_us(&value, out_us);
        }
    }
    return found;
}

/* Members that tell the time of an aircraft object. */
typedef struct {
    bool now_known;
    bool seen_known;
    bool seen_pos_known;
    bool has_position;
    int64_t now_us;
    int64_t seen_us;
    int64_t seen_pos_us;
} object_times;

static void read_times(const char *text, size_t length, object_times *times)
{
    lee_json_scan scan;
    lee_json_value key;
    lee_json_value value;

    lee_json_scan_init(&scan, text, length);
    (void)lee_json_scan_object(&scan);
    while (lee_json_scan_member(&scan, &key, &value)) {
        if (value.type != LEE_JSON_NUMBER || key.length < 3) {
            continue;
        }
        if (lee_json_value_is(&key, "now") || lee_json_value_is(&key, "timestamp")) {
            times->now_known = value_us(&value, &times->now_us);
        } else if (lee_json_value_is(&key, "seen")) {
            times->seen_known = value_us(&value, &times->seen_us);
        } else if (lee_json_value_is(&key, "seen_pos")) {
            times->seen_pos_known = value_us(&value, &times->seen_pos_us);
        } else if (lee_json_value_is(&key, "lat")) {
            times->has_position = true;
        }
    }
}

int64_t lee__deframe_object_time(lee_deframer *deframer, const char *text, size_t length)
{
    object_times times = {.now_known = false};
    read_times(text, length, &times);

    int64_t age_us = 0;
    if (times.has_position && times.seen_pos_known) {
        age_us = times.seen_pos_us;
    } else if (times.seen_known) {
        age_us = times.seen_us;
    }
    if (deframer->options.live) {
        return age_us <= deframer->t_received_us ? deframer->t_received_us - age_us : 0;
    }
    int64_t now_us = deframer->t_last_us;
    if (times.now_known) {
        now_us = times.now_us;
    } else if (deframer->json.now_known) {
        now_us = deframer->json.now_us;
    } else {
        return now_us;
    }
    return age_us <= now_us ? now_us - age_us : 0;
}

/* "2026/11/22" and "15:54:39.010" to an instant, taken as UTC: the format names no zone. */
static bool sbs_time(lee_slice date, lee_slice time, int64_t *out)
{
    char text[40];
    if (date.length != 10 || time.length < 8 || time.length > 18) {
        return false;
    }
    memcpy(text, date.text, 10);
    text[4] = '-';
    text[7] = '-';
    text[10] = 'T';
    memcpy(text + 11, time.text, time.length);
    text[11 + time.length] = 'Z';
    return lee_time_parse(text, 12 + time.length, out);
}

static bool sbs_line_time(const char *line, size_t length, int64_t *out)
{
    lee_slice fields[8];
    return lee_csv_split(line, length, fields, 8) >= 8 && sbs_time(fields[6], fields[7], out);
}

static bool jsonl_line_time(const char *line, size_t length, int64_t *out)
{
    lee_json_scan scan;
    lee_json_value key;
    lee_json_value value;

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
        known = sbs_line_time(line, length, &t_us);
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
