#include "decode/sighting.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/json.h"
#include "base/json_scan.h"
#include "base/time_text.h"
#include "geo/trig.h"

#define ROW_E7 1000000
#define ROWS 1800
#define CIRCLE_E7 INT64_C(3600000000)
#define METRES_PER_E7 0.0111319490793

static const char *const what_names[LEE_SIGHTING_WHAT_COUNT] = {
#define NAME(name, text, grows_mps) text,
    LEE_SIGHTING_WHAT_LIST(NAME)
#undef NAME
};

static const int grows_mps_of[LEE_SIGHTING_WHAT_COUNT] = {
#define GROWS(name, text, grows_mps) grows_mps,
    LEE_SIGHTING_WHAT_LIST(GROWS)
#undef GROWS
};

static const char *const heading_names[LEE_HEADING_COUNT] = {"N",  "NE", "E",  "SE",     "S",
                                                             "SW", "W",  "NW", "unknown"};
static const char *const how_names[LEE_SIGHTING_HOW_COUNT] = {"heard", "seen"};

/* How far off the thing may have been: engines are heard over ten kilometres and seen over
 * fifteen in clear air. */
static const uint32_t range_m_of[LEE_SIGHTING_HOW_COUNT] = {10000, 15000};

int32_t lee_sighting_grows_mps(lee_sighting_what what)
{
    assert(what < LEE_SIGHTING_WHAT_COUNT);
    return grows_mps_of[what];
}

uint32_t lee_sighting_range_m(lee_sighting_how how)
{
    assert(how < LEE_SIGHTING_HOW_COUNT);
    return range_m_of[how];
}

/* --- reading -----------------------------------------------------------------------------------
 */

typedef enum {
    KEY_LAT,
    KEY_LON,
    KEY_T,
    KEY_WHAT,
    KEY_COUNT,
    KEY_HEADING,
    KEY_HOW,
    KEY_ID,
    KEY_SEQ,
    KEY_BY,
    KEYS
} key;

static const char *const key_names[KEYS] = {"lat",     "lon", "t_us", "what", "count",
                                            "heading", "how", "id",   "seq",  "by"};

typedef struct {
    lee_json_scan scan;
    lee_sighting sighting;
    uint64_t id;
    unsigned seen;
    lee_error_info *error;
} reader;

static lee_error refuse(reader *in, lee_error code, const char *field, const char *reason)
{
    *in->error = (lee_error_info){.code = code,
                                  .offset = (uint64_t)(in->scan.at - in->scan.start),
                                  .field = field,
                                  .reason = reason};
    return code;
}

static lee_error read_number(reader *in, key k, const lee_json_value *value, int decimals,
                             int64_t least, int64_t most, int64_t *out)
{
    int64_t number = 0;
    if (value->type != LEE_JSON_NUMBER) {
        return refuse(in, LEE_ERR_SYNTAX, key_names[k], "must be a number");
    }
    if (!lee_json_value_fixed(value, decimals, &number) || number < least || number > most) {
        return refuse(in, LEE_ERR_DOMAIN, key_names[k], "is out of range");
    }
    *out = number;
    return LEE_OK;
}

static lee_error read_name(reader *in, key k, const lee_json_value *value, const char *const *names,
                           int count, int *out)
{
    if (value->type != LEE_JSON_TEXT) {
        return refuse(in, LEE_ERR_SYNTAX, key_names[k], "must be a text");
    }
    for (int i = 0; i < count; i++) {
        if (lee_json_value_is(value, names[i])) {
            *out = i;
            return LEE_OK;
        }
    }
    return refuse(in, LEE_ERR_DOMAIN, key_names[k], "is not one of the names allowed");
}

static lee_error read_id(reader *in, const lee_json_value *value)
{
    char text[17];
    if (!lee_json_value_text(value, text, sizeof text) || strlen(text) != 16) {
        return refuse(in, LEE_ERR_SYNTAX, "id", "must be 16 hexadecimal digits");
    }
    in->id = 0;
    for (int i = 0; i < 16; i++) {
        const char c = text[i];
        const bool digit = c >= '0' && c <= '9';
        if (!digit && !(c >= 'a' && c <= 'f')) {
            return refuse(in, LEE_ERR_SYNTAX, "id", "must be 16 hexadecimal digits");
        }
        in->id = (in->id << 4) | (uint64_t)(digit ? c - '0' : c - 'a' + 10);
    }
    return LEE_OK;
}

static lee_error read_value(reader *in, key k, const lee_json_value *value)
{
    lee_sighting *s = &in->sighting;
    int64_t number = 0;
    int name = 0;
    lee_error error = LEE_OK;
    switch (k) {
    case KEY_LAT:
        error = read_number(in, k, value, 7, -LEE_LAT_MAX_E7, LEE_LAT_MAX_E7, &number);
        s->point.lat_e7 = (int32_t)number;
        return error;
    case KEY_LON:
        error = read_number(in, k, value, 7, -LEE_LON_MAX_E7, LEE_LON_MAX_E7, &number);
        s->point.lon_e7 = (int32_t)number;
        return error;
    case KEY_T:
        return read_number(in, k, value, 0, INT64_MIN, INT64_MAX, &s->t_us);
    case KEY_WHAT:
        error = read_name(in, k, value, what_names, LEE_SIGHTING_WHAT_COUNT, &name);
        s->what = (lee_sighting_what)name;
        return error;
    case KEY_COUNT:
        error = read_number(in, k, value, 0, 1, LEE_SIGHTING_COUNT_MAX, &number);
        s->count = (uint32_t)number;
        return error;
    case KEY_HEADING:
        error = read_name(in, k, value, heading_names, LEE_HEADING_COUNT, &name);
        s->heading = (lee_heading)name;
        return error;
    case KEY_HOW:
        error = read_name(in, k, value, how_names, LEE_SIGHTING_HOW_COUNT, &name);
        s->how = (lee_sighting_how)name;
        return error;
    case KEY_ID:
        return read_id(in, value);
    case KEY_SEQ:
        error = read_number(in, k, value, 0, 0, INT64_MAX, &number);
        s->has_seq = error == LEE_OK;
        s->seq = (uint64_t)number;
        return error;
    case KEY_BY:
        error = read_number(in, k, value, 0, 1, (int64_t)LEE_SIGHTING_BY_MAX, &number);
        s->by = (uint64_t)number;
        return error;
    case KEYS:
        break;
    }
    return LEE_ERR_STATE;
}

static lee_error read_member(reader *in, const lee_json_value *name, const lee_json_value *value,
                             bool is_record)
{
    for (int k = 0; k < KEYS; k++) {
        const bool is_other = is_record ? k == KEY_SEQ : k == KEY_ID || k == KEY_BY;
        if (is_other || !lee_json_value_is(name, key_names[k])) {
            continue;
        }
        if (in->seen & 1u << k) {
            return refuse(in, LEE_ERR_SYNTAX, key_names[k], "is given twice");
        }
        in->seen |= 1u << k;
        return read_value(in, (key)k, value);
    }
    return refuse(in, LEE_ERR_SYNTAX, NULL, "a key that a sighting does not have");
}

static lee_error read_object(reader *in, const char *text, size_t length, bool is_record)
{
    lee_json_scan_init(&in->scan, text, length);
    if (length > LEE_SIGHTING_MAX_BYTES) {
        return refuse(in, LEE_ERR_LIMIT, NULL, "is too long");
    }
    if (!lee_json_scan_object(&in->scan)) {
        return refuse(in, LEE_ERR_SYNTAX, NULL, "must be a JSON object");
    }
    lee_json_value name;
    lee_json_value value;
    while (lee_json_scan_member(&in->scan, &name, &value)) {
        const lee_error error = read_member(in, &name, &value, is_record);
        if (error) {
            return error;
        }
    }
    if (in->scan.error || !lee_json_scan_done(&in->scan)) {
        return refuse(in, LEE_ERR_SYNTAX, NULL, "is not well-formed JSON");
    }
    const unsigned needed = is_record
                                ? (1u << KEY_SEQ) - 1
                                : 1u << KEY_LAT | 1u << KEY_LON | 1u << KEY_WHAT | 1u << KEY_HOW;
    for (int k = 0; k < KEYS; k++) {
        if (needed & ~in->seen & 1u << k) {
            return refuse(in, LEE_ERR_MISSING, key_names[k], "is missing");
        }
    }
    return LEE_OK;
}

lee_error lee_sighting_read(const char *text, size_t length, int64_t now_us, lee_sighting *out,
                            lee_error_info *error)
{
    assert(text || length == 0);
    assert(out);
    assert(error);
    reader in = {.sighting = {.t_us = now_us, .count = 1, .heading = LEE_HEADING_UNKNOWN},
                 .error = error};
    const lee_error result = read_object(&in, text, length, false);
    if (result) {
        return result;
    }
    /* Compared without subtracting, because the time is whatever the sender wrote. */
    if (in.sighting.t_us > now_us + LEE_SIGHTING_FUTURE_S * LEE_US_PER_S) {
        return refuse(&in, LEE_ERR_DOMAIN, "t_us", "lies in the future");
    }
    if (in.sighting.t_us < now_us - LEE_SIGHTING_PAST_S * LEE_US_PER_S) {
        return refuse(&in, LEE_ERR_DOMAIN, "t_us", "is more than a day ago");
    }
    *out = in.sighting;
    return LEE_OK;
}

lee_error lee_sighting_read_record(const char *text, size_t length, uint64_t *id, lee_sighting *out,
                                   lee_error_info *error)
{
    assert(id);
    reader in = {.error = error};
    const lee_error result = read_object(&in, text, length, true);
    if (!result) {
        *id = in.id;
        *out = in.sighting;
    }
    return result;
}

/* --- writing -----------------------------------------------------------------------------------
 */

static void put_id(lee_json *json, uint64_t id)
{
    static const char digits[] = "0123456789abcdef";
    char text[17];
    for (int i = 0; i < 16; i++) {
        text[i] = digits[(id >> (60 - 4 * i)) & 15];
    }
    text[16] = '\0';
    lee_json_put_text(json, "id", text);
}

static void put_what(lee_json *json, const lee_sighting *sighting)
{
    lee_json_put_text(json, "what", what_names[sighting->what]);
    lee_json_put_int(json, "count", sighting->count);
    lee_json_put_text(json, "heading", heading_names[sighting->heading]);
    lee_json_put_text(json, "how", how_names[sighting->how]);
}

void lee_sighting_write_record(const lee_sighting *sighting, uint64_t id, lee_buffer *out)
{
    lee_json json;
    lee_json_begin(&json, out);
    lee_json_object(&json);
    put_id(&json, id);
    lee_json_put_int(&json, "t_us", sighting->t_us);
    lee_json_put_fixed(&json, "lat", sighting->point.lat_e7, 7);
    lee_json_put_fixed(&json, "lon", sighting->point.lon_e7, 7);
    if (sighting->by != 0) {
        lee_json_put_int(&json, "by", (int64_t)sighting->by);
    }
    put_what(&json, sighting);
    lee_json_object_end(&json);
}

/* Columns of a row: as many as are at least as wide as the row is high at its narrower edge. */
static int64_t columns_of(int64_t row)
{
    const int64_t south_e7 = row * ROW_E7 - LEE_LAT_MAX_E7;
    const int64_t north_e7 = south_e7 + ROW_E7;
    const int64_t steep_e7 = -south_e7 > north_e7 ? -south_e7 : north_e7;
    const double shrink = lee_cos((double)steep_e7 * LEE_RADIANS_PER_E7);
    const int64_t columns = (int64_t)(2.0 * ROWS * shrink);
    return columns > 1 ? columns : 1;
}

lee_sighting_area lee_sighting_snap(const lee_sighting *sighting)
{
    int64_t row = ((int64_t)sighting->point.lat_e7 + LEE_LAT_MAX_E7) / ROW_E7;
    row = row < ROWS ? row : ROWS - 1;
    const int64_t columns = columns_of(row);
    /* +180 and -180 are one meridian. */
    const int64_t lon = ((int64_t)sighting->point.lon_e7 + LEE_LON_MAX_E7) % CIRCLE_E7;
    const int64_t column = lon * columns / CIRCLE_E7;
    const int64_t south_e7 = row * ROW_E7 - LEE_LAT_MAX_E7;
    const int64_t lat_e7 = south_e7 + ROW_E7 / 2;
    const int64_t lon_e7 = (2 * column + 1) * CIRCLE_E7 / (2 * columns) - LEE_LON_MAX_E7;
    /* The cell is widest at its edge towards the equator; a plane is good enough for a radius that
     * is rounded up to a kilometre. Near a pole the row is a cap, whose radius is its height. */
    const int64_t flat_e7 = lat_e7 > 0 ? south_e7 : south_e7 + ROW_E7;
    const double half_height_m = ROW_E7 / 2 * METRES_PER_E7;
    double half_width_m = (double)(CIRCLE_E7 / (2 * columns)) * METRES_PER_E7 *
                          lee_cos((double)flat_e7 * LEE_RADIANS_PER_E7);
    if (columns == 1) {
        half_width_m = 2 * ROW_E7 * METRES_PER_E7;
    }
    const double corner_m = sqrt(half_height_m * half_height_m + half_width_m * half_width_m);
    const uint32_t radius_m = ((uint32_t)corner_m / 1000 + 1) * 1000 + range_m_of[sighting->how];
    return (lee_sighting_area){{(int32_t)lat_e7, (int32_t)lon_e7}, radius_m};
}

static void write_area(const lee_sighting *sighting, uint64_t id, int64_t t_us,
                       lee_sighting_area area, lee_buffer *out)
{
    lee_json json;
    lee_json_begin(&json, out);
    lee_json_object(&json);
    put_id(&json, id);
    lee_json_put_int(&json, "t_us", t_us);
    put_what(&json, sighting);
    lee_json_key(&json, "area");
    lee_json_object(&json);
    lee_json_put_fixed(&json, "lat", area.centre.lat_e7, 7);
    lee_json_put_fixed(&json, "lon", area.centre.lon_e7, 7);
    lee_json_put_int(&json, "radius_m", area.radius_m);
    lee_json_object_end(&json);
    lee_json_put_int(&json, "grows_mps", grows_mps_of[sighting->what]);
    lee_json_object_end(&json);
}

void lee_sighting_write_public(const lee_sighting *sighting, uint64_t id, lee_buffer *out)
{
    const int64_t minute_us = 60 * LEE_US_PER_S;
    const int64_t past_us = sighting->t_us % minute_us;
    const int64_t t_us = sighting->t_us - (past_us < 0 ? past_us + minute_us : past_us);
    write_area(sighting, id, t_us, lee_sighting_snap(sighting), out);
}

void lee_sighting_write_exact(const lee_sighting *sighting, uint64_t id, lee_buffer *out)
{
    const lee_sighting_area area = {sighting->point, range_m_of[sighting->how]};
    write_area(sighting, id, sighting->t_us, area, out);
}
