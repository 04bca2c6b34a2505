#include "record/codec.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "base/json_plain.h"
#include "record/field.h"

static const char *const source_names[] = {"adsb",    "mode_s",    "mlat",     "tisb", "ais",
                                           "asterix", "remote_id", "observer", "gnss", NULL};
static_assert(sizeof source_names / sizeof source_names[0] == LEE_SOURCE_COUNT + 1,
              "a name for each source");

static const char *const alt_ref_names[] = {"STD", "MSL", "AGL", "HAE", NULL};
static_assert(sizeof alt_ref_names / sizeof alt_ref_names[0] == LEE_ALT_REF_COUNT + 1,
              "a name for each reference");

static const char *const severity_names[] = {"low", "medium", "high", NULL};

static const char *const alt_selected_source_names[] = {"aircraft", "mcp", "fms", NULL};
static_assert(sizeof alt_selected_source_names / sizeof alt_selected_source_names[0] ==
                  LEE_ALT_SELECTED_COUNT + 1,
              "a name for each source of a selected altitude");

/* What each field may hold. Wider than any real value, narrow enough to catch a wrong unit. */
#define RANGE_LAT -900000000, 900000000
#define RANGE_LON -1800000000, 1800000000
#define RANGE_ALT_BARO -10000, 200000
#define RANGE_ALT_HAE -10000, 200000
#define RANGE_SPEED_GROUND 0, 10000000
#define RANGE_TRACK 0, 359999
#define RANGE_HEADING 0, 359999
#define RANGE_SPEED_AIR 0, 10000000
#define RANGE_VERTICAL_RATE -100000, 100000
#define RANGE_ON_GROUND 0, 1
#define RANGE_SQUAWK 0, 07777
#define RANGE_NIC 0, 15
#define RANGE_NAC_P 0, 15
#define RANGE_SIL 0, 3
#define RANGE_ADSB_VERSION 0, 7
#define RANGE_RC 0, 100000
#define RANGE_NAC_V 0, 7
#define RANGE_GVA 0, 3
#define RANGE_SDA 0, 3
#define RANGE_HEADING_MAGNETIC 0, 359999
#define RANGE_ROLL -90000, 90000
#define RANGE_ALT_SELECTED -10000, 200000
#define RANGE_HEADING_SELECTED 0, 359999
#define RANGE_QNH 5000, 15000
#define RANGE_NIC_BARO 0, 1
#define RANGE_SPEED_INDICATED 0, 10000000
#define RANGE_MACH 0, 20000
#define RANGE_TRACK_RATE -100000, 100000
#define RANGE_ALT_SELECTED_SOURCE 0, LEE_ALT_SELECTED_COUNT - 1
#define RANGE_ALT INT32_MIN, INT32_MAX
#define RANGE_ALT_REF 0, LEE_ALT_REF_COUNT - 1
#define RANGE_TIME_TO_ENTRY 0, INT32_MAX
#define RANGE_ENTRY_LAT RANGE_LAT
#define RANGE_ENTRY_LON RANGE_LON
#define RANGE_CROSSED_AT INT64_MIN, INT64_MAX
#define RANGE_CROSS_LAT RANGE_LAT
#define RANGE_CROSS_LON RANGE_LON
#define RANGE_DEPTH INT32_MIN, INT32_MAX
#define RANGE_SEVERITY 0, LEE_SEVERITY_HIGH
#define RANGE_P_INSIDE 0, 1000

#define DECIMALS_INT(argument) .decimals = 0
#define DECIMALS_FIX(argument) .decimals = (argument)
#define DECIMALS_BOOL(argument) .decimals = 0
#define DECIMALS_SQUAWK(argument) .decimals = 0
#define DECIMALS_TIME(argument) .decimals = 0
#define DECIMALS_ENUM(argument) .names = (argument)

#define RANGE_OF(low, high) .min = (low), .max = (high)
#define RANGE_EXPAND(range) RANGE_OF(range)

#define REPORT_NUMBER(bit, type, member, text_key, field_kind, argument)                           \
    {.key = (text_key),                                                                            \
     .key_length = sizeof(text_key) - 1,                                                           \
     .kind = LEE_FIELD_##field_kind,                                                               \
     .offset = offsetof(lee_report, member),                                                       \
     .bytes = sizeof(type),                                                                        \
     DECIMALS_##field_kind(argument),                                                              \
     RANGE_EXPAND(RANGE_##bit)},
#define REPORT_TEXT(bit, member, text_key, size)                                                   \
    {.key = (text_key),                                                                            \
     .key_length = sizeof(text_key) - 1,                                                           \
     .kind = LEE_FIELD_TEXT,                                                                       \
     .offset = offsetof(lee_report, member),                                                       \
     .bytes = (size)},
#define EVENT_NUMBER(bit, type, member, text_key, field_kind, argument)                            \
    {.key = (text_key),                                                                            \
     .key_length = sizeof(text_key) - 1,                                                           \
     .kind = LEE_FIELD_##field_kind,                                                               \
     .offset = offsetof(lee_event, member),                                                        \
     .bytes = sizeof(type),                                                                        \
     DECIMALS_##field_kind(argument),                                                              \
     RANGE_EXPAND(RANGE_##bit)},
#define EVENT_TEXT(bit, member, text_key, size)                                                    \
    {.key = (text_key),                                                                            \
     .key_length = sizeof(text_key) - 1,                                                           \
     .kind = LEE_FIELD_TEXT,                                                                       \
     .offset = offsetof(lee_event, member),                                                        \
     .bytes = (size)},

static const lee_field report_fields[] = {
    LEE_REPORT_FIELDS(REPORT_NUMBER) LEE_REPORT_TEXTS(REPORT_TEXT) LEE_REPORT_MORE(REPORT_NUMBER)};
static_assert(sizeof report_fields / sizeof report_fields[0] == LEE_REPORT_FIELD_COUNT,
              "the table has every field");
static_assert(LEE_REPORT_FIELD_COUNT < 64, "presence bits fit in 64");

static const lee_field event_fields[] = {LEE_EVENT_FIELDS(EVENT_NUMBER)
                                             LEE_EVENT_TEXTS(EVENT_TEXT)};
static_assert(sizeof event_fields / sizeof event_fields[0] == LEE_EVENT_FIELD_COUNT,
              "the table has every field");

#define REPORT_PRESENT_ALL ((UINT64_C(1) << LEE_REPORT_FIELD_COUNT) - 1)
#define EVENT_PRESENT_ALL ((UINT32_C(1) << LEE_EVENT_FIELD_COUNT) - 1)

/* --- names ---------------------------------------------------------------------------------- */

const char *lee_source_name(lee_source source)
{
    return (unsigned)source < LEE_SOURCE_COUNT ? source_names[source] : NULL;
}

bool lee_source_parse(const char *text, size_t length, lee_source *out)
{
    for (int i = 0; i < LEE_SOURCE_COUNT; i++) {
        if (strlen(source_names[i]) == length && memcmp(source_names[i], text, length) == 0) {
            *out = (lee_source)i;
            return true;
        }
    }
    return false;
}

const char *lee_event_kind_name(lee_event_kind kind)
{
    static const char *const names[] = {
#define EVENT_KIND_NAME(name, text) text,
        LEE_EVENT_LIST(EVENT_KIND_NAME)
#undef EVENT_KIND_NAME
    };
    return (unsigned)kind < LEE_EVENT_KIND_COUNT ? names[kind] : NULL;
}

const char *lee_severity_name(lee_severity severity)
{
    return (unsigned)severity <= LEE_SEVERITY_HIGH ? severity_names[severity] : NULL;
}

const char *lee_alt_ref_name(lee_alt_ref ref)
{
    return (unsigned)ref < LEE_ALT_REF_COUNT ? alt_ref_names[ref] : NULL;
}

const char *lee_alt_selected_source_name(int32_t source)
{
    return source >= 0 && source < LEE_ALT_SELECTED_COUNT ? alt_selected_source_names[source]
                                                          : NULL;
}

void lee_incident_text(uint64_t incident, char out[17])
{
    static const char digits[] = "0123456789abcdef";
    for (int i = 0; i < 16; i++) {
        out[i] = digits[incident >> (60 - 4 * i) & 15];
    }
    out[16] = '\0';
}

/* --- report --------------------------------------------------------------------------------- */

/* Frames of text formats are shown as they are read by people; the others in hex. */
static bool format_is_text(uint8_t format)
{
    return format == LEE_FORMAT_SBS || format == LEE_FORMAT_AIRCRAFT_JSON ||
           format == LEE_FORMAT_OPENSKY_CSV || format == LEE_FORMAT_AIS ||
           format == LEE_FORMAT_GPX || format == LEE_FORMAT_OPENSKY_JSON ||
           format == LEE_FORMAT_READSB_TRACE;
}

static void write_frame(const lee_frame *frame, lee_json *json)
{
    if (!frame || frame->format == LEE_FORMAT_REPORT_JSONL) {
        return; /* a report line is its own frame */
    }
    lee_json_key(json, "frame");
    if (format_is_text(frame->format)) {
        lee_json_text_n(json, (const char *)frame->bytes, frame->length);
        return;
    }
    lee_json_raw(json, "\"", 1);
    if (frame->format == LEE_FORMAT_AVR) {
        lee_buffer_bytes(json->out, frame->bytes, frame->length);
    } else {
        lee_buffer_hex(json->out, frame->bytes, frame->length);
    }
    lee_buffer_char(json->out, '"');
}

void lee_report_write_json(const lee_report *report, const lee_frame *frame, lee_buffer *out)
{
    assert(report && out);
    assert((unsigned)report->source < LEE_SOURCE_COUNT);
    lee_json json;
    lee_json_begin(&json, out);
    lee_json_object(&json);
    lee_json_put_int(&json, "t_us", report->t_us);
    lee_json_put_text(&json, "target", report->target.text);
    lee_json_put_text(&json, "source", source_names[report->source]);
    lee__fields_write_json(report_fields, LEE_REPORT_FIELD_COUNT, report, report->present, &json);
    write_frame(frame, &json);
    lee_json_object_end(&json);
}

static lee_error refuse(lee_error_info *error, lee_error code, const char *field,
                        const char *reason, uint64_t offset)
{
    *error = (lee_error_info){.code = code, .field = field, .reason = reason, .offset = offset};
    return code;
}

enum { HAS_T = 1, HAS_TARGET = 2, HAS_SOURCE = 4 };

/* The keys of a report line: those of the fields, and three that every line has. */
enum {
    KEY_T = LEE_REPORT_FIELD_COUNT,
    KEY_TARGET,
    KEY_SOURCE,
    KEY_NONE,
};

/* X(number, key, its first, middle and last character) */
#define REPORT_KEYS(X)                                                                             \
    X(LEE_REPORT_INDEX_LAT, "lat", 'l', 'a', 't')                                                  \
    X(LEE_REPORT_INDEX_LON, "lon", 'l', 'o', 'n')                                                  \
    X(LEE_REPORT_INDEX_ALT_BARO, "alt_baro_ft", 'a', 'a', 't')                                     \
    X(LEE_REPORT_INDEX_ALT_HAE, "alt_hae_ft", 'a', 'a', 't')                                       \
    X(LEE_REPORT_INDEX_SPEED_GROUND, "speed_ground_kt", 's', 'r', 't')                             \
    X(LEE_REPORT_INDEX_TRACK, "track_deg", 't', 'k', 'g')                                          \
    X(LEE_REPORT_INDEX_HEADING, "heading_deg", 'h', 'n', 'g')                                      \
    X(LEE_REPORT_INDEX_SPEED_AIR, "speed_air_kt", 's', 'a', 't')                                   \
    X(LEE_REPORT_INDEX_VERTICAL_RATE, "vertical_rate_fpm", 'v', '_', 'm')                          \
    X(LEE_REPORT_INDEX_ON_GROUND, "on_ground", 'o', 'r', 'd')                                      \
    X(LEE_REPORT_INDEX_SQUAWK, "squawk", 's', 'a', 'k')                                            \
    X(LEE_REPORT_INDEX_NIC, "nic", 'n', 'i', 'c')                                                  \
    X(LEE_REPORT_INDEX_NAC_P, "nac_p", 'n', 'c', 'p')                                              \
    X(LEE_REPORT_INDEX_SIL, "sil", 's', 'i', 'l')                                                  \
    X(LEE_REPORT_INDEX_ADSB_VERSION, "adsb_version", 'a', 'e', 'n')                                \
    X(LEE_REPORT_INDEX_RC, "rc_m", 'r', '_', 'm')                                                  \
    X(LEE_REPORT_INDEX_NAC_V, "nac_v", 'n', 'c', 'v')                                              \
    X(LEE_REPORT_INDEX_GVA, "gva", 'g', 'v', 'a')                                                  \
    X(LEE_REPORT_INDEX_SDA, "sda", 's', 'd', 'a')                                                  \
    X(LEE_REPORT_INDEX_HEADING_MAGNETIC, "heading_magnetic_deg", 'h', 'g', 'g')                    \
    X(LEE_REPORT_INDEX_ROLL, "roll_deg", 'r', '_', 'g')                                            \
    X(LEE_REPORT_INDEX_ALT_SELECTED, "alt_selected_ft", 'a', 'e', 't')                             \
    X(LEE_REPORT_INDEX_HEADING_SELECTED, "heading_selected_deg", 'h', 'l', 'g')                    \
    X(LEE_REPORT_INDEX_QNH, "qnh_hpa", 'q', '_', 'a')                                              \
    X(LEE_REPORT_INDEX_CALLSIGN, "callsign", 'c', 's', 'n')                                        \
    X(LEE_REPORT_INDEX_REGISTRATION, "registration", 'r', 'r', 'n')                                \
    X(LEE_REPORT_INDEX_CATEGORY, "category", 'c', 'g', 'y')                                        \
    X(LEE_REPORT_INDEX_EMERGENCY, "emergency", 'e', 'g', 'y')                                      \
    X(LEE_REPORT_INDEX_RECEIVER, "receiver", 'r', 'i', 'r')                                        \
    X(LEE_REPORT_INDEX_ACAS_RA, "acas_ra", 'a', 's', 'a')                                          \
    X(LEE_REPORT_INDEX_NIC_BARO, "nic_baro", 'n', 'b', 'o')                                        \
    X(LEE_REPORT_INDEX_SPEED_INDICATED, "speed_indicated_kt", 's', 'i', 't')                       \
    X(LEE_REPORT_INDEX_MACH, "mach", 'm', 'c', 'h')                                                \
    X(LEE_REPORT_INDEX_TRACK_RATE, "track_rate_dps", 't', 'a', 's')                                \
    X(LEE_REPORT_INDEX_ALT_SELECTED_SOURCE, "alt_selected_source", 'a', 't', 'e')                  \
    X(KEY_T, "t_us", 't', 'u', 's')                                                                \
    X(KEY_TARGET, "target", 't', 'g', 't')                                                         \
    X(KEY_SOURCE, "source", 's', 'r', 'e')

/* The keys by their number in base/json_plain.h. Two with one number would not compile; a field
 * that is missing here is not read back, which the tests of this file see. */
static const lee_json_plain_place key_places[LEE_JSON_PLAIN_KEYS] = {
#define KEY_PLACE(number, text, first, middle, last)                                               \
    LEE_JSON_PLAIN_PLACE(number, text, first, middle, last),
    REPORT_KEYS(KEY_PLACE)
#undef KEY_PLACE
};

/* The number of each key. A line is written in their order, so that of the next is looked for
 * first. */
static const uint8_t key_numbers[KEY_NONE] = {
#define KEY_NUMBER(number, text, first, middle, last)                                              \
    [number] = LEE_JSON_PLAIN_KEY(first, middle, last, sizeof(text) - 1),
    REPORT_KEYS(KEY_NUMBER)
#undef KEY_NUMBER
};

static const char *key_name(int key)
{
    return key == KEY_T        ? "t_us"
           : key == KEY_TARGET ? "target"
           : key == KEY_SOURCE ? "source"
                               : report_fields[key].key;
}

/* Reads the value of a key. The reason why it cannot be, or NULL. */
static const char *read_value(int key, const lee_json_value *value, lee_report *out, unsigned *has)
{
    if (key < LEE_REPORT_FIELD_COUNT) {
        const char *const reason = lee__field_read_json(&report_fields[key], value, out);
        out->present |= reason == NULL ? UINT64_C(1) << key : 0;
        return reason;
    }
    if (key == KEY_T) {
        *has |= HAS_T;
        return lee_json_value_fixed(value, 0, &out->t_us) ? NULL : "must be a whole number";
    }
    char text[LEE_TARGET_BYTES + 16];
    if (!lee_json_value_text(value, text, sizeof text)) {
        return "must be text of the allowed length";
    }
    if (key == KEY_TARGET) {
        *has |= HAS_TARGET;
        return lee_target_parse(text, strlen(text), &out->target)
                   ? NULL
                   : "must be a target such as icao24:4b1815";
    }
    *has |= HAS_SOURCE;
    return lee_source_parse(text, strlen(text), &out->source) ? NULL : "is not a known source";
}

static bool take_plain_number(int key, const lee_json_plain_member *member, lee_report *out,
                              unsigned *has)
{
    int64_t number;
    if (key == KEY_T) {
        *has |= HAS_T;
        return lee_json_plain_fixed(member, 0, &out->t_us);
    }
    if (key >= LEE_REPORT_FIELD_COUNT || report_fields[key].kind > LEE_FIELD_FIX ||
        !lee_json_plain_fixed(member, (unsigned)report_fields[key].decimals, &number) ||
        !lee__field_put(&report_fields[key], out, number)) {
        return false;
    }
    out->present |= UINT64_C(1) << key;
    return true;
}

static bool take_plain_text(int key, const lee_json_plain_member *member, lee_report *out,
                            unsigned *has)
{
    if (key == KEY_TARGET) {
        *has |= HAS_TARGET;
        return lee_target_parse(member->text, member->length, &out->target);
    }
    if (key == KEY_SOURCE) {
        *has |= HAS_SOURCE;
        return lee_source_parse(member->text, member->length, &out->source);
    }
    if (key >= LEE_REPORT_FIELD_COUNT ||
        !lee__field_put_text(&report_fields[key], out, member->text, member->length)) {
        return false;
    }
    out->present |= UINT64_C(1) << key;
    return true;
}

/* Reads a line in the plain form, which is the one that is written. False: it is not plain, or not
 * right: then it is for the general reader to say what it is. */
static bool read_plain(const char *text, size_t length, lee_report *out, unsigned *has)
{
    lee_json_plain_object object;
    lee_json_plain_member member = {.key = NULL};
    if (!lee_json_plain_begin(&object, text, length)) {
        return false;
    }
    int next = KEY_T;
    do {
        const lee_json_plain_place *const guess = &key_places[key_numbers[next]];
        if (!lee_json_plain_next(&object, key_places, guess, &member)) {
            return false;
        }
        if (member.place == NULL) {
            continue;
        }
        const int key = member.place->key;
        next = key + 1 < KEY_NONE ? key + 1 : 0;
        if (member.kind == '0') {
            if (!take_plain_number(key, &member, out, has)) {
                return false;
            }
        } else if (member.kind == '"') {
            if (!take_plain_text(key, &member, out, has)) {
                return false;
            }
        } else {
            const lee_json_value value = {.type = member.kind == '['   ? LEE_JSON_ARRAY
                                                  : member.kind == 't' ? LEE_JSON_TRUE
                                                                       : LEE_JSON_FALSE};
            if (read_value(key, &value, out, has) != NULL) {
                return false;
            }
        }
    } while (lee_json_plain_more(&object));
    return lee_json_plain_ended(&object);
}

static lee_error check_complete(const lee_report *report, unsigned has, lee_error_info *error)
{
    static const char reason[] = "is required";
    if ((has & HAS_T) == 0) {
        return refuse(error, LEE_ERR_MISSING, "t_us", reason, 0);
    }
    if ((has & HAS_TARGET) == 0) {
        return refuse(error, LEE_ERR_MISSING, "target", reason, 0);
    }
    if ((has & HAS_SOURCE) == 0) {
        return refuse(error, LEE_ERR_MISSING, "source", reason, 0);
    }
    const uint64_t position = report->present & LEE_REPORT_HAS_POSITION;
    if (position != 0 && position != LEE_REPORT_HAS_POSITION) {
        return refuse(error, LEE_ERR_MISSING, position == LEE_REPORT_HAS_LAT ? "lon" : "lat",
                      "latitude and longitude come together", 0);
    }
    return LEE_OK;
}

static lee_error read_general(const char *text, size_t length, lee_report *report, unsigned *has,
                              lee_error_info *error)
{
    lee_json_scan scan;
    lee_json_scan_init(&scan, text, length);
    if (!lee_json_scan_object(&scan)) {
        return refuse(error, LEE_ERR_SYNTAX, NULL, "a report line must be a JSON object", 0);
    }
    lee_json_value key, value;
    while (lee_json_scan_member(&scan, &key, &value)) {
        const lee_json_plain_place *const place = lee_json_plain_find_value(key_places, &key);
        const char *const reason = place ? read_value(place->key, &value, report, has) : NULL;
        if (reason) {
            return refuse(error, LEE_ERR_DOMAIN, key_name(place->key), reason,
                          (uint64_t)(value.text - text));
        }
    }
    if (scan.error != LEE_OK || !lee_json_scan_done(&scan)) {
        return refuse(error, scan.error != LEE_OK ? scan.error : LEE_ERR_SYNTAX, NULL,
                      scan.reason ? scan.reason : "text follows the object",
                      (uint64_t)(scan.at - text));
    }
    return LEE_OK;
}

lee_error lee_report_read_json(const char *text, size_t length, lee_report *out,
                               lee_error_info *error)
{
    assert(out && error);
    lee_report report = {.source = LEE_SOURCE_ADSB};
    unsigned has = 0;
    if (!read_plain(text, length, &report, &has)) {
        report = (lee_report){.source = LEE_SOURCE_ADSB};
        has = 0;
        const lee_error refused = read_general(text, length, &report, &has, error);
        if (refused != LEE_OK) {
            return refused;
        }
    }
    const lee_error incomplete = check_complete(&report, has, error);
    if (incomplete == LEE_OK) {
        *out = report;
    }
    return incomplete;
}

lee_error lee_report_check(const lee_report *report, lee_error_info *error)
{
    assert(report && error);
    if ((report->present & ~REPORT_PRESENT_ALL) != 0) {
        return refuse(error, LEE_ERR_DOMAIN, "present", "has a bit of no field", 0);
    }
    if ((unsigned)report->source >= LEE_SOURCE_COUNT) {
        return refuse(error, LEE_ERR_DOMAIN, "source", "is not a known source", 0);
    }
    const lee_field *const bad =
        lee__fields_find_bad(report_fields, LEE_REPORT_FIELD_COUNT, report, report->present);
    if (bad) {
        return refuse(error, LEE_ERR_DOMAIN, bad->key, "is outside its range", 0);
    }
    return check_complete(report, HAS_T | HAS_TARGET | HAS_SOURCE, error);
}

static void encode_text(const char *text, size_t length, lee_buffer *out)
{
    lee_buffer_varint(out, length);
    lee_buffer_bytes(out, text, length);
}

static lee_error decode_target(lee_bytes *in, lee_target *out)
{
    const uint64_t length = lee_bytes_varint(in);
    if (length >= LEE_TARGET_BYTES) {
        return in->failed ? LEE_ERR_TRUNCATED : LEE_ERR_DOMAIN;
    }
    const uint8_t *const text = lee_bytes_take(in, (size_t)length);
    if (!text) {
        return LEE_ERR_TRUNCATED;
    }
    return lee_target_parse((const char *)text, (size_t)length, out) ? LEE_OK : LEE_ERR_SYNTAX;
}

void lee_report_encode(const lee_report *report, lee_buffer *out)
{
    assert(report && out);
    lee_buffer_varint_signed(out, report->t_us);
    encode_text(report->target.text, strlen(report->target.text), out);
    lee_buffer_u8(out, (uint8_t)report->source);
    lee_buffer_varint(out, report->present);
    lee__fields_encode(report_fields, LEE_REPORT_FIELD_COUNT, report, report->present, out);
}

lee_error lee_report_decode(lee_bytes *in, lee_report *out)
{
    assert(in && out);
    lee_report report = {.t_us = lee_bytes_varint_signed(in)};
    const lee_error bad_target = decode_target(in, &report.target);
    if (bad_target != LEE_OK) {
        return bad_target;
    }
    const uint8_t source = lee_bytes_u8(in);
    const uint64_t present = lee_bytes_varint(in);
    if (in->failed) {
        return LEE_ERR_TRUNCATED;
    }
    if (source >= LEE_SOURCE_COUNT || (present & ~REPORT_PRESENT_ALL) != 0) {
        return LEE_ERR_DOMAIN;
    }
    report.source = (lee_source)source;
    report.present = present;
    const lee_error error =
        lee__fields_decode(report_fields, LEE_REPORT_FIELD_COUNT, in, report.present, &report);
    if (error == LEE_OK) {
        *out = report;
    }
    return error;
}

/* --- event ---------------------------------------------------------------------------------- */

void lee_event_write_json(const lee_event *event, lee_buffer *out)
{
    assert(event && out && event->zone);
    assert((unsigned)event->kind < LEE_EVENT_KIND_COUNT);
    char incident[17];
    lee_incident_text(event->incident, incident);
    lee_json json;
    lee_json_begin(&json, out);
    lee_json_object(&json);
    lee_json_key(&json, "seq");
    lee_json_uint(&json, event->seq);
    lee_json_put_int(&json, "t_us", event->t_us);
    lee_json_put_text(&json, "event", lee_event_kind_name(event->kind));
    lee_json_put_text(&json, "incident", incident);
    lee_json_put_text(&json, "zone", event->zone);
    lee_json_key(&json, "zone_generation");
    lee_json_uint(&json, event->zone_generation);
    lee_json_put_text(&json, "target", event->target.text);
    lee__fields_write_json(event_fields, LEE_EVENT_FIELD_COUNT, event, event->present, &json);
    lee_json_object_end(&json);
}

void lee_event_encode(const lee_event *event, lee_buffer *out)
{
    assert(event && out && event->zone);
    lee_buffer_varint(out, event->seq);
    lee_buffer_varint_signed(out, event->t_us);
    lee_buffer_u8(out, (uint8_t)event->kind);
    lee_buffer_u64_le(out, event->incident);
    encode_text(event->zone, strlen(event->zone), out);
    lee_buffer_varint(out, event->zone_index);
    lee_buffer_varint(out, event->zone_generation);
    encode_text(event->target.text, strlen(event->target.text), out);
    lee_buffer_varint(out, event->present);
    lee__fields_encode(event_fields, LEE_EVENT_FIELD_COUNT, event, event->present, out);
}

static lee_error decode_zone_id(lee_bytes *in, char zone_id[129])
{
    const uint64_t length = lee_bytes_varint(in);
    if (length > 128) {
        return in->failed ? LEE_ERR_TRUNCATED : LEE_ERR_DOMAIN;
    }
    const uint8_t *const text = lee_bytes_take(in, (size_t)length);
    if (!text) {
        return LEE_ERR_TRUNCATED;
    }
    if (!lee_text_is_printable((const char *)text, (size_t)length)) {
        return LEE_ERR_DOMAIN;
    }
    memcpy(zone_id, text, (size_t)length);
    zone_id[length] = '\0';
    return LEE_OK;
}

lee_error lee_event_decode(lee_bytes *in, lee_event *out, char zone_id[129])
{
    assert(in && out && zone_id);
    lee_event event = {.zone = zone_id};
    event.seq = lee_bytes_varint(in);
    event.t_us = lee_bytes_varint_signed(in);
    const uint8_t kind = lee_bytes_u8(in);
    event.incident = lee_bytes_u64_le(in);
    lee_error error = decode_zone_id(in, zone_id);
    if (error != LEE_OK) {
        return error;
    }
    const uint64_t zone_index = lee_bytes_varint(in);
    event.zone_generation = lee_bytes_varint(in);
    error = decode_target(in, &event.target);
    if (error != LEE_OK) {
        return error;
    }
    const uint64_t present = lee_bytes_varint(in);
    if (in->failed) {
        return LEE_ERR_TRUNCATED;
    }
    if (kind >= LEE_EVENT_KIND_COUNT || zone_index > UINT32_MAX ||
        (present & ~(uint64_t)EVENT_PRESENT_ALL) != 0) {
        return LEE_ERR_DOMAIN;
    }
    event.kind = (lee_event_kind)kind;
    event.zone_index = (uint32_t)zone_index;
    event.present = (uint32_t)present;
    error = lee__fields_decode(event_fields, LEE_EVENT_FIELD_COUNT, in, event.present, &event);
    if (error == LEE_OK) {
        *out = event;
    }
    return error;
}

/* --- frame ---------------------------------------------------------------------------------- */

void lee_frame_encode(const lee_frame *frame, lee_buffer *out)
{
    assert(frame && out);
    assert(frame->length <= LEE_FRAME_MAX_BYTES);
    lee_buffer_varint_signed(out, frame->t_us);
    lee_buffer_varint(out, frame->feed);
    lee_buffer_u8(out, frame->format);
    lee_buffer_varint(out, frame->stream_offset);
    lee_buffer_varint(out, frame->line);
    lee_buffer_varint(out, frame->length);
    lee_buffer_bytes(out, frame->bytes, frame->length);
}

lee_error lee_frame_decode(lee_bytes *in, lee_frame *out)
{
    assert(in && out);
    lee_frame frame = {.t_us = lee_bytes_varint_signed(in)};
    const uint64_t feed = lee_bytes_varint(in);
    frame.format = lee_bytes_u8(in);
    frame.stream_offset = lee_bytes_varint(in);
    const uint64_t line = lee_bytes_varint(in);
    const uint64_t length = lee_bytes_varint(in);
    if (in->failed) {
        return LEE_ERR_TRUNCATED;
    }
    if (feed > UINT16_MAX || frame.format >= LEE_FORMAT_COUNT || line > UINT32_MAX ||
        length > LEE_FRAME_MAX_BYTES) {
        return LEE_ERR_DOMAIN;
    }
    frame.bytes = lee_bytes_take(in, (size_t)length);
    if (!frame.bytes) {
        return LEE_ERR_TRUNCATED;
    }
    frame.feed = (uint16_t)feed;
    frame.line = (uint32_t)line;
    frame.length = (uint32_t)length;
    *out = frame;
    return LEE_OK;
}
