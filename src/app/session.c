#include "app/session.h"

#include <assert.h>
#include <string.h>

#include "base/json.h"
#include "base/json_scan.h"
#include "base/limits.h"

/* Numbers of the session: key, member, allowed range. */
#define NUMBERS(X)                                                                                 \
    X("tracks_max", watch.tracks_max, 16, LEE_TRACKS_MAX)                                          \
    X("incidents_max", watch.incidents_max, 16, LEE_INCIDENTS_MAX)                                 \
    X("qnh_unknown_ft", watch.qnh_unknown_ft, 0, 10000)                                            \
    X("qnh_from_aircraft", watch.qnh_from_aircraft, 0, 1)                                          \
    X("stale_after_s", watch.stale_after_s, 1, 3600)                                               \
    X("expire_after_s", watch.expire_after_s, 1, 7200)                                             \
    X("feed_budget_per_s", feed_budget_per_s, 0, 10000000)                                         \
    X("seq_before", seq_before, 0, INT64_MAX)

#define TEXTS(X)                                                                                   \
    X("version", version)                                                                          \
    X("sender", sender)                                                                            \
    X("sender_name", sender_name)                                                                  \
    X("contact", contact)                                                                          \
    X("web", web)

void lee_session_default(lee_session *out)
{
    assert(out);
    *out = (lee_session){.sender = "leeward@localhost", .identifier_key = {1, 2}};
    lee_watch_options_default(&out->watch);
}

static void put_hex(lee_json *json, const char *key, uint64_t value)
{
    char text[17];
    for (int digit = 0; digit < 16; digit++) {
        text[digit] = "0123456789abcdef"[value >> (60 - 4 * digit) & 15];
    }
    text[16] = '\0';
    lee_json_put_text(json, key, text);
}

/* What is configured of the air and the geoid; no key where nothing is. */
static void write_heights(const lee_session *session, lee_json *json)
{
    if (session->watch.qnh_hpa_e1 != 0) {
        lee_json_put_int(json, "qnh_hpa_e1", session->watch.qnh_hpa_e1);
    }
    if (session->terrain[0] != '\0') {
        lee_json_put_text(json, "terrain", session->terrain);
    }
    if (session->watch.has_geoid) {
        lee_json_put_int(json, "geoid_m", session->watch.geoid_m);
        lee_json_put_int(json, "geoid_error_m", session->watch.geoid_error_m);
    }
}

/* One object for each receiver whose place is known; none, no key. */
static void write_receivers(const lee_session *session, lee_json *json)
{
    bool is_open = false;
    for (uint32_t feed = 0; feed < LEE_FEEDS_MAX; feed++) {
        const lee_receiver_site *const site = &session->receivers[feed];
        if (!site->is_known) {
            continue;
        }
        if (!is_open) {
            lee_json_key(json, "receivers");
            lee_json_array(json);
            is_open = true;
        }
        lee_json_object(json);
        lee_json_put_int(json, "feed", feed);
        lee_json_put_fixed(json, "lat", site->point.lat_e7, 7);
        lee_json_put_fixed(json, "lon", site->point.lon_e7, 7);
        lee_json_put_int(json, "height_m", site->height_m);
        if (site->is_timed) {
            lee_json_put_bool(json, "timed", true);
        }
        lee_json_object_end(json);
    }
    if (is_open) {
        lee_json_array_end(json);
    }
}

void lee_session_write(const lee_session *session, lee_buffer *out)
{
    assert(session && out);
    lee_json json;
    lee_json_begin(&json, out);
    lee_json_object(&json);
#define WRITE_TEXT(key, member) lee_json_put_text(&json, key, session->member);
    TEXTS(WRITE_TEXT)
#undef WRITE_TEXT
#define WRITE_NUMBER(key, member, min, max) lee_json_put_int(&json, key, (int64_t)session->member);
    NUMBERS(WRITE_NUMBER)
#undef WRITE_NUMBER
    write_heights(session, &json);
    if (session->has_site) {
        lee_json_put_fixed(&json, "site_lat", session->site.lat_e7, 7);
        lee_json_put_fixed(&json, "site_lon", session->site.lon_e7, 7);
    }
    write_receivers(session, &json);
    lee_json_put_bool(&json, "exercise", session->exercise);
    put_hex(&json, "identifier_key_0", session->identifier_key[0]);
    put_hex(&json, "identifier_key_1", session->identifier_key[1]);
    put_hex(&json, "budgeted_feeds", session->budgeted_feeds);
    put_hex(&json, "hash_key_0", session->watch.hash_key[0]);
    put_hex(&json, "hash_key_1", session->watch.hash_key[1]);
    lee_json_object_end(&json);
}

static bool read_hex(const lee_json_value *value, uint64_t *out)
{
    if (value->type != LEE_JSON_TEXT || value->length != 16) {
        return false;
    }
    uint64_t number = 0;
    for (size_t i = 0; i < 16; i++) {
        const char *const digit = strchr("0123456789abcdef", value->text[i]);
        if (!digit || *digit == '\0') {
            return false;
        }
        number = number << 4 | (uint64_t)(digit - "0123456789abcdef");
    }
    *out = number;
    return true;
}

static bool read_ranged(const lee_json_value *value, int decimals, int64_t min, int64_t max,
                        int64_t *out)
{
    return lee_json_value_fixed(value, decimals, out) && *out >= min && *out <= max;
}

static bool read_receiver(const lee_json_value *text, lee_session *out)
{
    lee_json_scan scan;
    lee_json_value key;
    lee_json_value value;
    lee_receiver_site site = {.is_known = true};
    int64_t feed = -1;
    int64_t number = 0;
    lee_json_scan_init(&scan, text->text, text->length);
    if (!lee_json_scan_object(&scan)) {
        return false;
    }
    while (lee_json_scan_member(&scan, &key, &value)) {
        bool good = true;
        if (lee_json_value_is(&key, "feed")) {
            good = read_ranged(&value, 0, 0, LEE_FEEDS_MAX - 1, &feed);
        } else if (lee_json_value_is(&key, "lat")) {
            good = read_ranged(&value, 7, -LEE_LAT_MAX_E7, LEE_LAT_MAX_E7, &number);
            site.point.lat_e7 = (int32_t)(good ? number : 0);
        } else if (lee_json_value_is(&key, "lon")) {
            good = read_ranged(&value, 7, -LEE_LON_MAX_E7, LEE_LON_MAX_E7, &number);
            site.point.lon_e7 = (int32_t)(good ? number : 0);
        } else if (lee_json_value_is(&key, "height_m")) {
            good = read_ranged(&value, 0, -500, 9000, &number);
            site.height_m = (int32_t)(good ? number : 0);
        } else if (lee_json_value_is(&key, "timed")) {
            site.is_timed = value.type == LEE_JSON_TRUE;
            good = site.is_timed || value.type == LEE_JSON_FALSE;
        }
        if (!good) {
            return false;
        }
    }
    if (scan.error != LEE_OK || !lee_json_scan_done(&scan) || feed < 0) {
        return false;
    }
    out->receivers[feed] = site;
    return true;
}

static bool read_receivers(const lee_json_value *text, lee_session *out)
{
    lee_json_scan scan;
    lee_json_value value;
    lee_json_scan_init(&scan, text->text, text->length);
    if (!lee_json_scan_array(&scan)) {
        return false;
    }
    while (lee_json_scan_element(&scan, &value)) {
        if (!read_receiver(&value, out)) {
            return false;
        }
    }
    return scan.error == LEE_OK && lee_json_scan_done(&scan);
}

/* 1: read; 0: none of these; -1: its value is wrong. */
static int read_height(const lee_json_value *key, const lee_json_value *value,
                       lee_watch_options *out)
{
    const struct {
        const char *key;
        int32_t *out;
        int64_t min, max;
    } numbers[] = {{"qnh_hpa_e1", &out->qnh_hpa_e1, LEE_QNH_MIN_HPA_E1, LEE_QNH_MAX_HPA_E1},
                   {"geoid_m", &out->geoid_m, -120, 120},
                   {"geoid_error_m", &out->geoid_error_m, 0, 240}};
    for (int i = 0; i < 3; i++) {
        if (lee_json_value_is(key, numbers[i].key)) {
            int64_t number = 0;
            const bool good = read_ranged(value, 0, numbers[i].min, numbers[i].max, &number);
            *numbers[i].out = (int32_t)number;
            out->has_geoid = out->has_geoid || i > 0;
            return good ? 1 : -1;
        }
    }
    return 0;
}

/* Reads one member; false when its value is wrong. Unknown keys are passed over, so that an older
 * program can still verify a newer journal. */
static bool read_member(const lee_json_value *key, const lee_json_value *value, lee_session *out)
{
    int64_t number = 0;
#define READ_TEXT(name, member)                                                                    \
    if (lee_json_value_is(key, name)) {                                                            \
        return lee_json_value_text(value, out->member, sizeof out->member);                        \
    }
    TEXTS(READ_TEXT)
#undef READ_TEXT
#define READ_NUMBER(name, member, min, max)                                                        \
    if (lee_json_value_is(key, name)) {                                                            \
        const bool good = read_ranged(value, 0, min, max, &number);                                \
        out->member = good ? (__typeof__(out->member))number : out->member;                        \
        return good;                                                                               \
    }
    NUMBERS(READ_NUMBER)
#undef READ_NUMBER
    if (lee_json_value_is(key, "terrain")) {
        return lee_json_value_text(value, out->terrain, sizeof out->terrain) &&
               strlen(out->terrain) == LEE_TERRAIN_NAME_BYTES - 1;
    }
    const int height = read_height(key, value, &out->watch);
    if (height != 0) {
        return height > 0;
    }
    if (lee_json_value_is(key, "site_lat")) {
        const bool good = read_ranged(value, 7, -LEE_LAT_MAX_E7, LEE_LAT_MAX_E7, &number);
        out->site.lat_e7 = (int32_t)(good ? number : 0);
        return good;
    }
    if (lee_json_value_is(key, "site_lon")) {
        const bool good = read_ranged(value, 7, -LEE_LON_MAX_E7, LEE_LON_MAX_E7, &number);
        out->site.lon_e7 = (int32_t)(good ? number : 0);
        out->has_site = good;
        return good;
    }
    if (lee_json_value_is(key, "exercise")) {
        out->exercise = value->type == LEE_JSON_TRUE;
        return value->type == LEE_JSON_TRUE || value->type == LEE_JSON_FALSE;
    }
    if (lee_json_value_is(key, "receivers")) {
        return read_receivers(value, out);
    }
    if (lee_json_value_is(key, "budgeted_feeds")) {
        return read_hex(value, &out->budgeted_feeds);
    }
    if (lee_json_value_is(key, "hash_key_0")) {
        return read_hex(value, &out->watch.hash_key[0]);
    }
    if (lee_json_value_is(key, "hash_key_1")) {
        return read_hex(value, &out->watch.hash_key[1]);
    }
    if (lee_json_value_is(key, "identifier_key_0")) {
        return read_hex(value, &out->identifier_key[0]);
    }
    if (lee_json_value_is(key, "identifier_key_1")) {
        return read_hex(value, &out->identifier_key[1]);
    }
    return true;
}

lee_error lee_session_read(const uint8_t *text, size_t length, lee_session *out,
                           lee_error_info *error)
{
    assert(out && error);
    lee_json_scan scan;
    lee_json_scan_init(&scan, (const char *)text, length);
    lee_session session;
    lee_session_default(&session);
    *error = (lee_error_info){
        .code = LEE_ERR_SYNTAX, .field = "session", .reason = "is not a JSON object"};
    if (!lee_json_scan_object(&scan)) {
        return LEE_ERR_SYNTAX;
    }
    lee_json_value key, value;
    while (lee_json_scan_member(&scan, &key, &value)) {
        if (!read_member(&key, &value, &session)) {
            error->code = LEE_ERR_DOMAIN;
            error->offset = (uint64_t)(value.text - (const char *)text);
            error->reason = "has a value outside its range";
            return LEE_ERR_DOMAIN;
        }
    }
    if (scan.error != LEE_OK || !lee_json_scan_done(&scan)) {
        return LEE_ERR_SYNTAX;
    }
    *error = (lee_error_info){.code = LEE_OK};
    *out = session;
    return LEE_OK;
}
