/* Rows of opensky_json and readsb_trace to reports. */
#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "base/json_scan.h"
#include "decode/decoder_internal.h"
#include "decode/rows.h"

#define ELEMENTS_MAX LEE_OPENSKY_COUNT
static_assert((int)LEE_TRACE_COUNT <= (int)ELEMENTS_MAX, "a row of either kind fits");

/* An element that is a number: its decimals, what makes the report's unit of them, its range. */
typedef struct {
    unsigned element;
    const char *name;
    int decimals;
    int64_t numerator;
    int64_t denominator;
    int64_t low;
    int64_t high;
    unsigned index; /* of the field in a report */
    size_t offset;
} number_rule;

#define NUMBER(element, name, decimals, numerator, denominator, low, high, bit, member)            \
    {                                                                                              \
        element, name, decimals, numerator, denominator, low, high, LEE_REPORT_INDEX_##bit,        \
            offsetof(lee_report, member)                                                           \
    }

static const number_rule opensky_numbers[] = {
    NUMBER(LEE_OPENSKY_LONGITUDE, "longitude", 7, 1, 1, -LEE_LON_MAX_E7, LEE_LON_MAX_E7, LON,
           lon_e7),
    NUMBER(LEE_OPENSKY_LATITUDE, "latitude", 7, 1, 1, -LEE_LAT_MAX_E7, LEE_LAT_MAX_E7, LAT, lat_e7),
    NUMBER(LEE_OPENSKY_ALT_BARO, "baro_altitude", 4, 1, 3048, -10000, 200000, ALT_BARO,
           alt_baro_ft),
    NUMBER(LEE_OPENSKY_VELOCITY, "velocity", 6, 3600, 1852000, 0, 10000000, SPEED_GROUND,
           speed_ground_kt_e3),
    NUMBER(LEE_OPENSKY_TRACK, "true_track", 3, 1, 1, 0, 360000, TRACK, track_deg_e3),
    NUMBER(LEE_OPENSKY_VERTICAL_RATE, "vertical_rate", 4, 60, 3048, -100000, 100000, VERTICAL_RATE,
           vertical_rate_fpm),
    NUMBER(LEE_OPENSKY_ALT_GEO, "geo_altitude", 4, 1, 3048, -10000, 200000, ALT_HAE, alt_hae_ft),
};

/* Of two that fill one field, the one that stands last wins. */
static const number_rule trace_numbers[] = {
    NUMBER(LEE_TRACE_LAT, "lat", 7, 1, 1, -LEE_LAT_MAX_E7, LEE_LAT_MAX_E7, LAT, lat_e7),
    NUMBER(LEE_TRACE_LON, "lon", 7, 1, 1, -LEE_LON_MAX_E7, LEE_LON_MAX_E7, LON, lon_e7),
    NUMBER(LEE_TRACE_ALT_GEOM, "alt_geom", 0, 1, 1, -10000, 200000, ALT_HAE, alt_hae_ft),
    NUMBER(LEE_TRACE_SPEED, "gs", 3, 1, 1, 0, 10000000, SPEED_GROUND, speed_ground_kt_e3),
    NUMBER(LEE_TRACE_RATE_GEOM, "geom_rate", 0, 1, 1, -100000, 100000, VERTICAL_RATE,
           vertical_rate_fpm),
    NUMBER(LEE_TRACE_RATE, "rate", 0, 1, 1, -100000, 100000, VERTICAL_RATE, vertical_rate_fpm),
    NUMBER(LEE_TRACE_IAS, "ias", 3, 1, 1, 0, 10000000, SPEED_INDICATED, speed_indicated_kt_e3),
    NUMBER(LEE_TRACE_ROLL, "roll", 3, 1, 1, -90000, 90000, ROLL, roll_deg_e3),
};
static const number_rule trace_alt_baro =
    NUMBER(LEE_TRACE_ALT, "alt", 0, 1, 1, -10000, 200000, ALT_BARO, alt_baro_ft);
static const number_rule trace_alt_geom =
    NUMBER(LEE_TRACE_ALT, "alt", 0, 1, 1, -10000, 200000, ALT_HAE, alt_hae_ft);
static const number_rule trace_track =
    NUMBER(LEE_TRACE_TRACK, "track", 3, 1, 1, 0, 360000, TRACK, track_deg_e3);
static const number_rule trace_heading =
    NUMBER(LEE_TRACE_TRACK, "track", 3, 1, 1, 0, 360000, HEADING, heading_deg_e3);

/* What was read of a row; elements that it does not have are null. */
typedef struct {
    lee_json_value values[ELEMENTS_MAX];
    size_t count;
} row;

static bool read_row(const lee_frame *frame, row *out, lee_error_info *why)
{
    lee_json_scan scan;
    lee_json_value value;
    *out = (row){.count = 0};
    for (size_t i = 0; i < ELEMENTS_MAX; i++) {
        out->values[i].type = LEE_JSON_NULL;
    }
    lee_json_scan_init(&scan, (const char *)frame->bytes, frame->length);
    if (lee_json_scan_array(&scan)) {
        while (lee_json_scan_element(&scan, &value)) {
            if (out->count < ELEMENTS_MAX) {
                out->values[out->count++] = value;
            }
        }
    }
    if (scan.error == LEE_OK && lee_json_scan_done(&scan)) {
        return true;
    }
    *why = (lee_error_info){.code = scan.error != LEE_OK ? scan.error : LEE_ERR_SYNTAX,
                            .offset = (uint64_t)(scan.at - scan.start),
                            .reason = scan.reason != NULL ? scan.reason : "not a row"};
    return false;
}

static int64_t divided(int64_t value, int64_t by)
{
    return (value + (value < 0 ? -by / 2 : by / 2)) / by;
}

/* False: the element is neither null nor a number in the field's range. */
static bool take_number(const row *in, const number_rule *rule, lee_report *out)
{
    const lee_json_value *const value = &in->values[rule->element];
    int64_t number;
    if (value->type == LEE_JSON_NULL) {
        return true;
    }
    if (!lee_json_value_fixed(value, rule->decimals, &number) ||
        __builtin_mul_overflow(number, rule->numerator, &number)) {
        return false;
    }
    number = rule->denominator == 1 ? number : divided(number, rule->denominator);
    if (number < rule->low || number > rule->high) {
        return false;
    }
    const int32_t narrow = (int32_t)number;
    memcpy((char *)out + rule->offset, &narrow, sizeof narrow);
    out->present |= UINT64_C(1) << rule->index;
    return true;
}

/* Returns the name of an element that is not what it should be, or NULL. */
static const char *take_numbers(const row *in, const number_rule *rules, size_t count,
                                lee_report *out)
{
    for (size_t i = 0; i < count; i++) {
        if (!take_number(in, &rules[i], out)) {
            return rules[i].name;
        }
    }
    out->track_deg_e3 %= 360000;
    out->heading_deg_e3 %= 360000;
    if ((out->present & LEE_REPORT_HAS_POSITION) != LEE_REPORT_HAS_POSITION) {
        out->present &= ~(uint64_t)LEE_REPORT_HAS_POSITION;
    }
    return NULL;
}

/* The value of `key` of the object that begins the frame, which may end within its members. */
static bool find_member(const lee_frame *frame, const char *key, lee_json_value *out)
{
    lee_json_scan scan;
    lee_json_value name;
    lee_json_scan_init(&scan, (const char *)frame->bytes, frame->length);
    if (lee_json_scan_object(&scan)) {
        while (lee_json_scan_member(&scan, &name, out)) {
            if (lee_json_value_is(&name, key)) {
                return true;
            }
        }
    }
    return false;
}

static bool is_object(const lee_frame *frame)
{
    return frame->length > 0 && frame->bytes[0] == '{';
}

/* --- opensky_json ---------------------------------------------------------------------------- */

static void take_opensky_source(const row *in, lee_report *out)
{
    /* FLARM (3) is broadcast by the aircraft itself, as ADS-B is. */
    static const lee_source sources[] = {LEE_SOURCE_ADSB, LEE_SOURCE_ASTERIX, LEE_SOURCE_MLAT,
                                         LEE_SOURCE_ADSB};
    int64_t number;
    out->source = LEE_SOURCE_ADSB;
    if (lee_json_value_fixed(&in->values[LEE_OPENSKY_SOURCE], 0, &number) && number >= 0 &&
        number < (int64_t)(sizeof sources / sizeof sources[0])) {
        out->source = sources[number];
    }
}

static void take_opensky_texts(const row *in, lee_report *out)
{
    /* 0 and 1: no information; 13 is reserved. */
    static const char *const categories[] = {NULL, NULL, "A1", "A2", "A3", "A4", "A5",
                                             "A6", "A7", "B1", "B2", "B3", "B4", NULL,
                                             "B6", "B7", "C1", "C2", "C3", "C4", "C5"};
    char text[32];
    int64_t number;
    if (lee_json_value_text(&in->values[LEE_OPENSKY_CALLSIGN], text, sizeof text)) {
        size_t length = strlen(text);
        while (length > 0 && text[length - 1] == ' ') {
            length--;
        }
        if (lee__decode_text((lee_slice){text, length}, out->callsign, sizeof out->callsign)) {
            out->present |= LEE_REPORT_HAS_CALLSIGN;
        }
    }
    if (lee_json_value_fixed(&in->values[LEE_OPENSKY_CATEGORY], 0, &number) && number >= 0 &&
        number < (int64_t)(sizeof categories / sizeof categories[0]) &&
        categories[number] != NULL) {
        memcpy(out->category, categories[number], 3);
        out->present |= LEE_REPORT_HAS_CATEGORY;
    }
}

lee_decode_result lee__decode_opensky_json(const lee_frame *frame, lee_report *out,
                                           lee_error_info *why)
{
    row in;
    if (is_object(frame)) {
        lee_json_value states;
        return find_member(frame, "states", &states) && states.type == LEE_JSON_NULL
                   ? lee__decode_nothing(why, "no states at this time")
                   : lee__decode_refused(why, LEE_ERR_MISSING, "states", "an object without rows");
    }
    if (!read_row(frame, &in, why)) {
        return LEE_DECODED_REFUSED;
    }
    const lee_json_value *const values = in.values;
    if (values[LEE_OPENSKY_ICAO24].type != LEE_JSON_TEXT ||
        !lee__decode_address(
            (lee_slice){values[LEE_OPENSKY_ICAO24].text, values[LEE_OPENSKY_ICAO24].length},
            &out->target)) {
        return lee__decode_refused(why, LEE_ERR_SYNTAX, "icao24", "not an address");
    }
    const char *const bad =
        take_numbers(&in, opensky_numbers, sizeof opensky_numbers / sizeof opensky_numbers[0], out);
    if (bad != NULL) {
        return lee__decode_refused(why, LEE_ERR_DOMAIN, bad, "not a value of this element");
    }
    const lee_json_type ground = values[LEE_OPENSKY_ON_GROUND].type;
    if (ground == LEE_JSON_TRUE || ground == LEE_JSON_FALSE) {
        out->on_ground = ground == LEE_JSON_TRUE;
        out->present |= LEE_REPORT_HAS_ON_GROUND;
    }
    const lee_json_value *const squawk = &values[LEE_OPENSKY_SQUAWK];
    if (squawk->type == LEE_JSON_TEXT) {
        if (!lee__decode_squawk((lee_slice){squawk->text, squawk->length}, &out->squawk)) {
            return lee__decode_refused(why, LEE_ERR_DOMAIN, "squawk", "not four octal digits");
        }
        out->present |= LEE_REPORT_HAS_SQUAWK;
    }
    take_opensky_texts(&in, out);
    take_opensky_source(&in, out);
    return lee__decode_done(out, why);
}

/* --- readsb_trace ---------------------------------------------------------------------------- */

static lee_decode_result take_trace_head(lee__feed_state *feed, const lee_frame *frame,
                                         lee_error_info *why)
{
    lee_json_value icao;
    feed->trace_known =
        find_member(frame, "icao", &icao) && icao.type == LEE_JSON_TEXT &&
        lee__decode_address((lee_slice){icao.text, icao.length}, &feed->trace_target);
    return feed->trace_known
               ? lee__decode_nothing(why, "the head of a trace")
               : lee__decode_refused(why, LEE_ERR_MISSING, "icao", "a trace of no address");
}

/* Returns the name of an element that is not what it should be, or NULL. */
static const char *take_trace_row(const row *in, lee_report *out)
{
    const lee_json_value *const values = in->values;
    int64_t flags = 0;
    if (values[LEE_TRACE_DETAILS].type == LEE_JSON_OBJECT) {
        const char *const bad = lee__decode_aircraft_details(&values[LEE_TRACE_DETAILS], out);
        if (bad != NULL) {
            return bad;
        }
    }
    (void)lee_json_value_fixed(&values[LEE_TRACE_FLAGS], 0, &flags);
    const bool ground = lee_json_value_is(&values[LEE_TRACE_ALT], "ground");
    if (ground) {
        out->on_ground = 1;
        out->present |= LEE_REPORT_HAS_ON_GROUND;
    } else if (!take_number(
                   in, (flags & LEE_TRACE_FLAG_ALT_GEOM) != 0 ? &trace_alt_geom : &trace_alt_baro,
                   out)) {
        return trace_alt_baro.name;
    }
    if (!take_number(in, ground ? &trace_heading : &trace_track, out)) {
        return trace_track.name;
    }
    return take_numbers(in, trace_numbers, sizeof trace_numbers / sizeof trace_numbers[0], out);
}

lee_decode_result lee__decode_readsb_trace(lee_decoder *decoder, const lee_frame *frame,
                                           lee_report *out, lee_error_info *why)
{
    row in;
    if (frame->feed >= LEE_FEEDS_MAX) {
        return lee__decode_refused(why, LEE_ERR_LIMIT, NULL, "too many feeds");
    }
    lee__feed_state *const feed = &decoder->feeds[frame->feed];
    if (is_object(frame)) {
        return take_trace_head(feed, frame, why);
    }
    if (!feed->trace_known) {
        return lee__decode_refused(why, LEE_ERR_MISSING, "icao", "no head names the aircraft");
    }
    if (!read_row(frame, &in, why)) {
        return LEE_DECODED_REFUSED;
    }
    const char *const bad = take_trace_row(&in, out);
    if (bad != NULL) {
        return lee__decode_refused(why, LEE_ERR_DOMAIN, bad, "not a value of this element");
    }
    out->target = feed->trace_target;
    if (in.values[LEE_TRACE_TYPE].type == LEE_JSON_TEXT) {
        lee__decode_aircraft_type(&in.values[LEE_TRACE_TYPE], out);
    }
    return lee__decode_done(out, why);
}
