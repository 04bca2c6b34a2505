#include "record/remote_operator.h"

#include <assert.h>
#include <string.h>

#include "base/json.h"
#include "base/json_scan.h"
#include "leeward/point.h"

#define ID_SENT_BYTES 20
/* Half metres above -1000 m in 16 bits, of which 0 is "not known" (F3411-22a table 8). */
#define ALT_MIN_M_E1 (-9995)
#define ALT_MAX_M_E1 317675

static const char *const locations[LEE_OPERATOR_LOCATION_COUNT] = {"unknown", "takeoff", "dynamic",
                                                                   "fixed"};

static bool is_id_text(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        const char c = text[i];
        const bool is_letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        if (!is_letter && !(c >= '0' && c <= '9') && c != '-' && c != '_' && c != '.' && c != ':') {
            return false;
        }
    }
    return true;
}

static bool is_place(int64_t lat_e7, int64_t lon_e7)
{
    return lat_e7 >= -LEE_LAT_MAX_E7 && lat_e7 <= LEE_LAT_MAX_E7 && lon_e7 >= -LEE_LON_MAX_E7 &&
           lon_e7 <= LEE_LON_MAX_E7 && (lat_e7 != 0 || lon_e7 != 0);
}

void lee_remote_operator_put_place(lee_remote_operator *out, int64_t lat_e7, int64_t lon_e7)
{
    assert(out);
    if (is_place(lat_e7, lon_e7)) {
        out->has_position = true;
        out->lat_e7 = (int32_t)lat_e7;
        out->lon_e7 = (int32_t)lon_e7;
    }
}

void lee_remote_operator_put_alt(lee_remote_operator *out, int64_t alt_hae_m_e1)
{
    assert(out);
    if (alt_hae_m_e1 >= ALT_MIN_M_E1 && alt_hae_m_e1 <= ALT_MAX_M_E1) {
        out->has_alt = true;
        out->alt_hae_m_e1 = (int32_t)alt_hae_m_e1;
    }
}

void lee_remote_operator_put_id(lee_remote_operator *out, const uint8_t *id, size_t length)
{
    assert(out && (id || length == 0) && length <= ID_SENT_BYTES);
    static const char digits[] = "0123456789abcdef";
    while (length > 0 && (id[length - 1] == 0 || id[length - 1] == ' ')) {
        length--;
    }
    memset(out->id, 0, sizeof out->id);
    /* A text that reads as our hexadecimal form is written in it too: no two are the same. */
    const bool is_text = is_id_text((const char *)id, length);
    if (length > 0 && is_text && (length < 2 || memcmp(id, "x:", 2) != 0)) {
        memcpy(out->id, id, length);
    } else if (length > 0) {
        memcpy(out->id, "x:", 2);
        for (size_t i = 0; i < length; i++) {
            out->id[2 + 2 * i] = digits[id[i] >> 4];
            out->id[3 + 2 * i] = digits[id[i] & 15];
        }
    }
}

bool lee_remote_operator_is_known(const lee_remote_operator *said)
{
    return said->has_position || said->id[0] != '\0';
}

void lee_remote_operator_write(const lee_remote_operator *said, lee_buffer *out)
{
    assert(said && out && lee_remote_operator_is_known(said));
    assert((unsigned)said->location < LEE_OPERATOR_LOCATION_COUNT);
    lee_json json;
    lee_json_begin(&json, out);
    lee_json_object(&json);
    lee_json_put_int(&json, "t_us", said->t_us);
    lee_json_put_int(&json, "feed", said->feed);
    lee_json_put_text(&json, "target", said->target.text);
    if (said->has_position) {
        lee_json_put_text(&json, "location", locations[said->location]);
        lee_json_put_fixed(&json, "operator_lat", said->lat_e7, 7);
        lee_json_put_fixed(&json, "operator_lon", said->lon_e7, 7);
    }
    if (said->has_position && said->has_alt) {
        lee_json_put_fixed(&json, "operator_alt_hae_m", said->alt_hae_m_e1, 1);
    }
    if (said->id[0] != '\0') {
        lee_json_put_text(&json, "operator_id", said->id);
    }
    lee_json_object_end(&json);
}

/* --- reading ---------------------------------------------------------------------------------- */

typedef struct {
    lee_remote_operator said;
    bool has_t;
    bool has_kind;
    bool has_lat;
    bool has_lon;
    int64_t feed;
    int64_t lat_e7;
    int64_t lon_e7;
    int64_t alt_hae_m_e1;
} reading;

static bool read_location(const lee_json_value *value, lee_operator_location *out)
{
    for (int i = 0; i < LEE_OPERATOR_LOCATION_COUNT; i++) {
        if (lee_json_value_is(value, locations[i])) {
            *out = (lee_operator_location)i;
            return true;
        }
    }
    return false;
}

static bool read_target(const lee_json_value *value, lee_target *out)
{
    char text[LEE_TARGET_BYTES];
    return lee_json_value_text(value, text, sizeof text) &&
           lee_target_parse(text, strlen(text), out);
}

static bool read_id(const lee_json_value *value, lee_remote_operator *said)
{
    memset(said->id, 0, sizeof said->id);
    return lee_json_value_text(value, said->id, sizeof said->id) && said->id[0] != '\0' &&
           is_id_text(said->id, strlen(said->id));
}

/* False: its value is none of this member. */
static bool read_member(const lee_json_value *key, const lee_json_value *value, reading *r)
{
    if (lee_json_value_is(key, "t_us")) {
        return r->has_t = lee_json_value_fixed(value, 0, &r->said.t_us);
    }
    if (lee_json_value_is(key, "feed")) {
        return lee_json_value_fixed(value, 0, &r->feed) && r->feed >= 0 && r->feed <= UINT16_MAX;
    }
    if (lee_json_value_is(key, "target")) {
        return read_target(value, &r->said.target);
    }
    if (lee_json_value_is(key, "location")) {
        return r->has_kind = read_location(value, &r->said.location);
    }
    if (lee_json_value_is(key, "operator_lat")) {
        return r->has_lat = lee_json_value_fixed(value, 7, &r->lat_e7);
    }
    if (lee_json_value_is(key, "operator_lon")) {
        return r->has_lon = lee_json_value_fixed(value, 7, &r->lon_e7);
    }
    if (lee_json_value_is(key, "operator_alt_hae_m")) {
        if (!lee_json_value_fixed(value, 1, &r->alt_hae_m_e1)) {
            return false;
        }
        lee_remote_operator_put_alt(&r->said, r->alt_hae_m_e1);
        return r->said.has_alt;
    }
    return lee_json_value_is(key, "operator_id") && read_id(value, &r->said);
}

lee_error lee_remote_operator_read(const char *text, size_t length, lee_remote_operator *out)
{
    assert((text || length == 0) && out);
    reading r = {.feed = 0};
    lee_json_scan scan;
    lee_json_value key, value;
    if (length > LEE_REMOTE_OPERATOR_MAX_BYTES) {
        return LEE_ERR_SYNTAX;
    }
    lee_json_scan_init(&scan, text, length);
    if (!lee_json_scan_object(&scan)) {
        return LEE_ERR_SYNTAX;
    }
    while (lee_json_scan_member(&scan, &key, &value)) {
        if (!read_member(&key, &value, &r)) {
            return LEE_ERR_DOMAIN;
        }
    }
    if (scan.error != LEE_OK || !lee_json_scan_done(&scan)) {
        return LEE_ERR_SYNTAX;
    }
    r.said.feed = (uint16_t)r.feed;
    if (r.has_lat && r.has_lon) {
        lee_remote_operator_put_place(&r.said, r.lat_e7, r.lon_e7);
    }
    const bool has_all =
        r.has_lat == r.has_lon && r.has_lat == r.has_kind && (r.has_lat || !r.said.has_alt);
    if (!r.has_t || r.said.target.text[0] == '\0' || !has_all ||
        !lee_remote_operator_is_known(&r.said)) {
        return LEE_ERR_MISSING;
    }
    if (r.said.has_position != r.has_lat) {
        return LEE_ERR_DOMAIN;
    }
    *out = r.said;
    return LEE_OK;
}
