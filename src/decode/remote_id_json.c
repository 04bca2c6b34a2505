/* Remote ID as JSON: what receivers of broadcasts and service providers tell.
 *
 * Two forms are read. That of DroneScout receivers (BlueMark: an object "data" with "UASdata", the
 * base64 of opendroneid-core-c's ODID_UAS_Data), and that of the network (ASTM F3411-19 and -22a
 * annex A4, InterUSS: flights with a "current_state", or with "states" in its test data). Both also
 * tell who flies and from where. So nothing is copied: the fields that a watch needs are written
 * anew as a message pack, and what else an object holds is gone with it; who asked for it hears of
 * the operator beside the frame (lee__deframe_keep_operators). Its steps are those of
 * F3411 table 1, which asks no finer ones of the network either. */
#include <assert.h>
#include <string.h>

#include "base/base64.h"
#include "base/hash.h"
#include "base/json_scan.h"
#include "base/time_text.h"
#include "decode/deframe_internal.h"
#include "decode/remote_id.h"

enum { BASIC_ID = 0x02, LOCATION = 0x12, PACK = 0xf2 }; /* type and version 2 */
enum { SERIAL_NUMBER = 1, REGISTRATION = 2, UTM = 3, SESSION = 4 };

#define ID_BYTES 20
#define ID_TEXT_MAX 256
#define LIVE_AGE_MAX_US (INT64_C(60) * LEE_US_PER_S)

/* ODID_UAS_Data on the little-endian machines that send it, by BlueMark's MQTT reference. */
enum { UAS_BYTES = 914, UAS_ID_BYTES = 32, UAS_LOCATION = 64, UAS_VALID = 892, UAS_BASE64 = 1400 };
enum { UAS_SYSTEM = 808, UAS_OPERATOR_ID = 864, UAS_SYSTEM_VALID = 912, UAS_OPERATOR_VALID = 913 };

/* The frame being made. */
typedef struct {
    uint8_t bytes[LEE_RID_FRAME_MAX_BYTES];
    size_t length;
    bool has_id;
    bool time_known;
    int64_t t_us;
    const char *wrong;         /* the field that is; NULL: none */
    lee_remote_operator *said; /* NULL: nobody is to know */
} made;

static void begin(made *m, lee_rid_transport transport, lee_deframer *deframer)
{
    memset(m, 0, sizeof *m);
    m->said = lee__rid_operator_begin(deframer);
    m->bytes[0] = (uint8_t)transport;
    uint8_t *const pack = m->bytes + LEE_RID_ENVELOPE_BYTES;
    pack[0] = PACK;
    pack[1] = LEE_RID_MESSAGE_BYTES;
    m->length = LEE_RID_ENVELOPE_BYTES + LEE_RID_PACK_HEADER_BYTES;
}

static uint8_t *add_message(made *m, uint8_t first)
{
    assert(m->length + LEE_RID_MESSAGE_BYTES <= sizeof m->bytes);
    uint8_t *const message = m->bytes + m->length;
    m->length += LEE_RID_MESSAGE_BYTES;
    m->bytes[LEE_RID_ENVELOPE_BYTES + 2]++;
    message[0] = first;
    return message;
}

static void add_id(made *m, unsigned kind, const uint8_t *id, size_t length)
{
    assert(length <= ID_BYTES);
    uint8_t *const message = add_message(m, BASIC_ID);
    message[1] = (uint8_t)(kind << 4);
    memcpy(message + 2, id, length);
    m->has_id = true;
}

/* Everything unknown. */
static uint8_t *add_location(made *m)
{
    uint8_t *const message = add_message(m, LOCATION);
    message[1] = 1; /* fast scale */
    message[2] = 181;
    message[3] = 255;
    message[4] = 126;
    message[21] = 255;
    message[22] = 255;
    return message;
}

static void put_u16(uint8_t *at, uint64_t value)
{
    at[0] = (uint8_t)value;
    at[1] = (uint8_t)(value >> 8);
}

static void put_i32(uint8_t *at, int64_t value)
{
    put_u16(at, (uint64_t)value);
    put_u16(at + 2, (uint64_t)value >> 16);
}

/* Thousandths of degrees; 361 is unknown. */
static bool put_track(uint8_t *location, int64_t value)
{
    if (value == 361000) {
        return true;
    }
    if (value < 0 || value > 360000) {
        return false;
    }
    const int64_t deg = (value + 500) / 1000 % 360;
    location[1] |= deg >= 180 ? 2 : 0;
    location[2] = (uint8_t)(deg % 180);
    return true;
}

/* Millimetres a second; 254.25 m/s is that fast or faster, 255 unknown. */
static bool put_speed(uint8_t *location, int64_t value)
{
    if (value < 0 || value > 255000) {
        return false;
    }
    if (value <= 63750) {
        location[1] &= (uint8_t)~1u;
        location[3] = (uint8_t)((value + 125) / 250);
    } else if (value < 254250) {
        location[3] = (uint8_t)((value - 63750 + 375) / 750);
    }
    return true;
}

/* Millimetres a second; 62 m/s is that fast or faster, 63 unknown. */
static bool put_vertical(uint8_t *location, int64_t value)
{
    if (value > -62000 && value < 62000) {
        location[4] = (uint8_t)((value + (value < 0 ? -250 : 250)) / 500);
    }
    return value >= -63000 && value <= 63000;
}

/* Millimetres; -1000 m is unknown. */
static bool put_alt(uint8_t *at, int64_t value)
{
    if (value < -1000000 || value > 31767500) {
        return false;
    }
    put_u16(at, value == -1000000 ? 0 : (uint64_t)(value + 1000000 + 250) / 500);
    return true;
}

static bool put_place(uint8_t *location, int64_t lat_e7, int64_t lon_e7)
{
    put_i32(location + 5, lat_e7);
    put_i32(location + 9, lon_e7);
    return lat_e7 >= -LEE_LAT_MAX_E7 && lat_e7 <= LEE_LAT_MAX_E7 && lon_e7 >= -LEE_LON_MAX_E7 &&
           lon_e7 <= LEE_LON_MAX_E7;
}

/* --- receivers -------------------------------------------------------------------------------- */

static uint64_t read_le(const uint8_t *at, int bytes)
{
    uint64_t value = 0;
    for (int i = bytes - 1; i >= 0; i--) {
        value = value << 8 | at[i];
    }
    return value;
}

static int64_t round_of(double value)
{
    const bool fits = value > -1e12 && value < 1e12; /* and is a number */
    return !fits ? INT64_MIN : value < 0 ? (int64_t)(value - .5) : (int64_t)(value + .5);
}

static int64_t thousandths(const uint8_t *at)
{
    const uint32_t bits = (uint32_t)read_le(at, 4);
    float value;
    memcpy(&value, &bits, sizeof value);
    return round_of((double)value * 1e3);
}

static int64_t ten_millionths(const uint8_t *at)
{
    const uint64_t bits = read_le(at, 8);
    double value;
    memcpy(&value, &bits, sizeof value);
    return round_of(value * 1e7);
}

/* Returns the field that is wrong, or NULL. */
static const char *take_uas_location(made *m, const uint8_t *in)
{
    uint8_t *const out = add_location(m);
    const uint64_t status = read_le(in, 4);
    const uint64_t accuracy = read_le(in + 48, 4);
    if (status > 15 || accuracy > 15) {
        return status > 15 ? "status" : "accuracy";
    }
    out[1] |= (uint8_t)(status << 4);
    out[19] = (uint8_t)accuracy;
    return !put_track(out, thousandths(in + 4))                                ? "direction"
           : !put_speed(out, thousandths(in + 8))                              ? "speed"
           : !put_vertical(out, thousandths(in + 12))                          ? "vertical speed"
           : !put_place(out, ten_millionths(in + 16), ten_millionths(in + 24)) ? "place"
           : !put_alt(out + 13, thousandths(in + 32))                          ? "pressure altitude"
           : !put_alt(out + 15, thousandths(in + 36))                          ? "geodetic altitude"
                                                                               : NULL;
}

/* What is valid of System and Operator ID; a place that is none is not known, and the drone's own
 * counts all the same. */
static void take_uas_operator(lee_remote_operator *said, const uint8_t *data)
{
    const uint8_t *const in = data + UAS_SYSTEM;
    if (data[UAS_SYSTEM_VALID] == 1) {
        said->location = lee__rid_operator_location(read_le(in, 4));
        lee_remote_operator_put_place(said, ten_millionths(in + 8), ten_millionths(in + 16));
        const int64_t alt_mm = thousandths(in + 44);
        if (alt_mm >= -999500 && alt_mm <= 31767500) {
            lee_remote_operator_put_alt(said, (alt_mm + (alt_mm < 0 ? -50 : 50)) / 100);
        }
    }
    if (data[UAS_OPERATOR_VALID] == 1) {
        lee_remote_operator_put_id(said, data + UAS_OPERATOR_ID + 4, ID_BYTES);
    }
}

static const char *take_uas_data(made *m, const lee_json_value *value)
{
    char text[UAS_BASE64 + 1];
    uint8_t data[UAS_BASE64 / 4 * 3];
    size_t length;
    if (!lee_json_value_text(value, text, sizeof text) ||
        !lee_base64_decode(text, strlen(text), data, sizeof data, &length) || length < UAS_BYTES) {
        return "UASdata";
    }
    for (unsigned i = 0; i < 2; i++) {
        const uint8_t *const id = data + (size_t)UAS_ID_BYTES * i;
        const uint64_t kind = read_le(id + 4, 4);
        if (data[UAS_VALID + i] == 1 && kind > 0 && kind < 16) {
            add_id(m, (unsigned)kind, id + 8, ID_BYTES);
        }
    }
    if (m->said) {
        take_uas_operator(m->said, data);
    }
    return data[UAS_VALID + 2] == 1 ? take_uas_location(m, data + UAS_LOCATION) : NULL;
}

/* Six pairs of hexadecimal digits, with or without something between them. */
static bool take_address(made *m, const lee_json_value *value)
{
    size_t digits = 0;
    uint8_t *const out = m->bytes + 1;
    for (size_t i = 0; value->type == LEE_JSON_TEXT && i < value->length; i++) {
        const char c = value->text[i];
        const char lower = (char)(c | 0x20);
        const int digit = c >= '0' && c <= '9'           ? c - '0'
                          : lower >= 'a' && lower <= 'f' ? lower - 'a' + 10
                                                         : -1;
        if (digit >= 0 && digits < (size_t)2 * LEE_RID_ADDRESS_BYTES) {
            out[digits / 2] = (uint8_t)(out[digits / 2] << 4 | digit);
            digits++;
        } else if (digit >= 0 || (c != ':' && c != '-')) {
            return false;
        }
    }
    return digits == (size_t)2 * LEE_RID_ADDRESS_BYTES;
}

/* The object "data". False: it holds no drone. */
static bool take_receiver(made *m, const lee_json_value *object, lee_deframer *deframer)
{
    lee_json_scan scan;
    lee_json_value key;
    lee_json_value value;
    bool found = false;
    begin(m, LEE_RID_RECEIVER, deframer);
    lee_json_scan_init(&scan, object->text, object->length);
    (void)lee_json_scan_object(&scan);
    while (lee_json_scan_member(&scan, &key, &value)) {
        int64_t ms;
        if (lee_json_value_is(&key, "UASdata") && !found) {
            found = true;
            const char *const wrong = take_uas_data(m, &value);
            m->wrong = m->wrong ? m->wrong : wrong;
        } else if (lee_json_value_is(&key, "MAC address") && !take_address(m, &value)) {
            m->wrong = "MAC address";
        } else if (lee_json_value_is(&key, "timestamp") && lee_json_value_fixed(&value, 0, &ms) &&
                   ms > 0 && ms < INT64_C(1) << 48) {
            m->time_known = true;
            m->t_us = ms * 1000;
        }
    }
    return found;
}

/* --- the network ------------------------------------------------------------------------------ */

static size_t hex_of_uuid(const char *text, uint8_t out[16])
{
    size_t digits = 0;
    for (; *text != '\0' && digits < 32; text++) {
        const char lower = (char)(*text | 0x20);
        const int digit = *text >= '0' && *text <= '9'   ? *text - '0'
                          : lower >= 'a' && lower <= 'f' ? lower - 'a' + 10
                                                         : -1;
        if (digit >= 0) {
            out[digits / 2] = (uint8_t)(out[digits / 2] << 4 | digit);
            digits++;
        } else if (*text != '-') {
            return 0;
        }
    }
    return *text == '\0' && digits == 32 ? 16 : 0;
}

/* A name of a flight is as long as its provider likes: the beginning and a hash of all tell it from
 * others. */
static void take_id(made *m, unsigned kind, const lee_json_value *value)
{
    char text[ID_TEXT_MAX];
    uint8_t bytes[ID_BYTES] = {0};
    if (value->type == LEE_JSON_NULL) {
        return;
    }
    if (!lee_json_value_text(value, text, sizeof text)) {
        m->wrong = "id";
        return;
    }
    size_t length = strlen(text);
    const size_t uuid = kind >= UTM ? hex_of_uuid(text, bytes) : 0;
    if (uuid > 0) {
        length = uuid;
    } else if (length <= ID_BYTES) {
        memcpy(bytes, text, length);
    } else if (kind == SESSION) {
        const uint64_t hash = lee_hash(text, length);
        memcpy(bytes, text, 12);
        put_i32(bytes + 12, (int64_t)hash);
        put_i32(bytes + 16, (int64_t)(hash >> 32));
        length = ID_BYTES;
    } else {
        m->wrong = "id";
        return;
    }
    if (length > 0 && m->bytes[LEE_RID_ENVELOPE_BYTES + 2] < LEE_RID_PACK_MESSAGES_MAX - 1) {
        add_id(m, kind, bytes, length);
    }
}

/* Which of these names it is; -1: none. */
static int name_index(const lee_json_value *value, const char *const *names, int count)
{
    int i = count - 1;
    while (i >= 0 && !lee_json_value_is(value, names[i])) {
        i--;
    }
    return i;
}

/* A number of an object, times 10^decimals. */
static bool take_number(const lee_json_value *object, const char *name, int decimals, int64_t *out)
{
    lee_json_scan scan;
    lee_json_value key;
    lee_json_value value;
    bool found = false;
    lee_json_scan_init(&scan, object->text, object->length);
    (void)lee_json_scan_object(&scan);
    while (lee_json_scan_member(&scan, &key, &value)) {
        if (lee_json_value_is(&key, name)) {
            found = lee_json_value_fixed(&value, decimals, out);
        }
    }
    return found;
}

/* "operator_location": a place alone (F3411-19), or one with its altitude and kind (-22a). */
static void take_operator_location(lee_remote_operator *said, const lee_json_value *object)
{
    static const char *const kinds[] = {"Takeoff", "Dynamic", "Fixed"};
    lee_json_scan scan;
    lee_json_value key;
    lee_json_value value;
    lee_json_value place = *object;
    int64_t lat_e7 = 0;
    int64_t lon_e7 = 0;
    int64_t alt_m_e1;
    lee_json_scan_init(&scan, object->text, object->length);
    (void)lee_json_scan_object(&scan);
    while (lee_json_scan_member(&scan, &key, &value)) {
        if (lee_json_value_is(&key, "position") && value.type == LEE_JSON_OBJECT) {
            place = value;
        } else if (lee_json_value_is(&key, "altitude_type")) {
            const int kind = name_index(&value, kinds, sizeof kinds / sizeof kinds[0]);
            said->location = lee__rid_operator_location(kind >= 0 ? (uint64_t)kind : UINT64_MAX);
        } else if (lee_json_value_is(&key, "altitude") && value.type == LEE_JSON_OBJECT &&
                   take_number(&value, "value", 1, &alt_m_e1)) {
            lee_remote_operator_put_alt(said, alt_m_e1);
        }
    }
    if (take_number(&place, "lat", 7, &lat_e7) && take_number(&place, "lng", 7, &lon_e7)) {
        lee_remote_operator_put_place(said, lat_e7, lon_e7);
    }
}

static void take_operator_id(lee_remote_operator *said, const lee_json_value *value)
{
    char text[ID_TEXT_MAX];
    if (lee_json_value_text(value, text, sizeof text) && strlen(text) <= ID_BYTES) {
        lee_remote_operator_put_id(said, (const uint8_t *)text, strlen(text));
    }
}

static void take_details(made *m, const lee_json_value *object)
{
    lee_json_scan scan;
    lee_json_value key;
    lee_json_value value;
    lee_json_scan_init(&scan, object->text, object->length);
    (void)lee_json_scan_object(&scan);
    while (lee_json_scan_member(&scan, &key, &value)) {
        if (lee_json_value_is(&key, "serial_number")) {
            take_id(m, SERIAL_NUMBER, &value);
        } else if (lee_json_value_is(&key, "registration_id") ||
                   lee_json_value_is(&key, "registration_number")) {
            take_id(m, REGISTRATION, &value);
        } else if (lee_json_value_is(&key, "utm_id")) {
            take_id(m, UTM, &value);
        } else if (m->said && lee_json_value_is(&key, "operator_id")) {
            take_operator_id(m->said, &value);
        } else if (m->said && lee_json_value_is(&key, "operator_location") &&
                   value.type == LEE_JSON_OBJECT) {
            take_operator_location(m->said, &value);
        }
    }
}

/* Who flies: the names in the flight and in what stands below it. */
static void take_flight_ids(made *m, const lee_json_value *object)
{
    lee_json_scan scan;
    lee_json_value key;
    lee_json_value value;
    lee_json_scan_init(&scan, object->text, object->length);
    (void)lee_json_scan_object(&scan);
    while (lee_json_scan_member(&scan, &key, &value)) {
        if (lee_json_value_is(&key, "id")) {
            take_id(m, SESSION, &value);
        } else if (lee_json_value_is(&key, "details") ||
                   lee_json_value_is(&key, "flight_details")) {
            take_details(m, &value);
            lee_json_scan below;
            lee_json_value name;
            lee_json_value ids;
            lee_json_scan_init(&below, value.text, value.length);
            (void)lee_json_scan_object(&below);
            while (lee_json_scan_member(&below, &name, &ids)) {
                if (lee_json_value_is(&name, "uas_id")) {
                    take_details(m, &ids);
                }
            }
        }
    }
}

/* The codes of F3411 table 5. "HA10NM+" is 0, as what is not known. */
static bool put_accuracy(uint8_t *location, const lee_json_value *value)
{
    static const char *const names[] = {"HAUnknown", "HA10NM", "HA4NM",  "HA2NM",   "HA1NM",
                                        "HA05NM",    "HA03NM", "HA01NM", "HA005NM", "HA30m",
                                        "HA10m",     "HA3m",   "HA1m"};
    static const char *const coarse[] = {"HA10NM+", "HA10NMPlus"};
    const int code = name_index(value, names, sizeof names / sizeof names[0]);
    location[19] = code > 0 ? (uint8_t)code : 0;
    return code >= 0 || name_index(value, coarse, 2) >= 0;
}

static bool put_status(uint8_t *location, const lee_json_value *value)
{
    static const char *const names[] = {"Undeclared", "Ground", "Airborne", "Emergency",
                                        "RemoteIDSystemFailure"};
    const int code = name_index(value, names, sizeof names / sizeof names[0]);
    location[1] |= (uint8_t)(code > 0 ? code << 4 : 0);
    return code >= 0;
}

static const char *take_position(uint8_t *location, const lee_json_value *object)
{
    lee_json_scan scan;
    lee_json_value key;
    lee_json_value value;
    int64_t lat_e7 = INT64_MIN;
    int64_t lon_e7 = INT64_MIN;
    lee_json_scan_init(&scan, object->text, object->length);
    (void)lee_json_scan_object(&scan);
    while (lee_json_scan_member(&scan, &key, &value)) {
        int64_t mm = INT64_MIN;
        if (value.type == LEE_JSON_NULL) {
            continue;
        }
        if (lee_json_value_is(&key, "lat")) {
            (void)lee_json_value_fixed(&value, 7, &lat_e7);
        } else if (lee_json_value_is(&key, "lng")) {
            (void)lee_json_value_fixed(&value, 7, &lon_e7);
        } else if (lee_json_value_is(&key, "alt") || lee_json_value_is(&key, "pressure_altitude")) {
            (void)lee_json_value_fixed(&value, 3, &mm);
            if (!put_alt(location + (key.length == 3 ? 15 : 13), mm)) {
                return "altitude";
            }
        } else if (lee_json_value_is(&key, "accuracy_h") && !put_accuracy(location, &value)) {
            return "accuracy_h";
        }
    }
    return put_place(location, lat_e7, lon_e7) ? NULL : "position";
}

/* A text, or an object that says so of its value. */
static bool take_timestamp(made *m, const lee_json_value *value)
{
    lee_json_scan scan;
    lee_json_value key;
    lee_json_value below;
    if (value->type == LEE_JSON_TEXT) {
        return lee_time_parse(value->text, value->length, &m->t_us);
    }
    bool found = false;
    lee_json_scan_init(&scan, value->text, value->length);
    (void)lee_json_scan_object(&scan);
    while (lee_json_scan_member(&scan, &key, &below)) {
        if (lee_json_value_is(&key, "value") && below.type == LEE_JSON_TEXT) {
            found = lee_time_parse(below.text, below.length, &m->t_us);
        }
    }
    return found;
}

static const char *take_state_member(made *m, uint8_t *location, const lee_json_value *key,
                                     const lee_json_value *value)
{
    int64_t milli = INT64_MIN;
    if (lee_json_value_is(key, "timestamp")) {
        m->time_known = take_timestamp(m, value);
        return m->time_known ? NULL : "timestamp";
    }
    if (lee_json_value_is(key, "position")) {
        return take_position(location, value);
    }
    if (lee_json_value_is(key, "operational_status")) {
        return put_status(location, value) ? NULL : "operational_status";
    }
    (void)lee_json_value_fixed(value, 3, &milli);
    if (lee_json_value_is(key, "track")) {
        return put_track(location, milli) ? NULL : "track";
    }
    if (lee_json_value_is(key, "speed")) {
        return put_speed(location, milli) ? NULL : "speed";
    }
    if (lee_json_value_is(key, "vertical_speed")) {
        return put_vertical(location, milli) ? NULL : "vertical_speed";
    }
    return NULL;
}

static void take_state(made *m, const lee_json_value *object)
{
    lee_json_scan scan;
    lee_json_value key;
    lee_json_value value;
    uint8_t *const location = add_location(m);
    lee_json_scan_init(&scan, object->text, object->length);
    if (!lee_json_scan_object(&scan)) {
        m->wrong = "state";
    }
    while (lee_json_scan_member(&scan, &key, &value)) {
        const char *const wrong =
            value.type == LEE_JSON_NULL ? NULL : take_state_member(m, location, &key, &value);
        m->wrong = m->wrong ? m->wrong : wrong;
    }
}

/* --- objects ---------------------------------------------------------------------------------- */

static void give(lee_deframer *deframer, const lee_frame *object, const made *m, lee_error refused,
                 const char *reason)
{
    static const uint8_t none[1] = {LEE_RID_NONE};
    lee_frame frame = *object;
    frame.bytes = m && !refused ? m->bytes : none;
    frame.length = m && !refused ? (uint32_t)m->length : 1;
    frame.refused = (int8_t)refused;
    frame.reason = reason;
    if (m && m->time_known) {
        const int64_t now_us = deframer->t_received_us;
        const bool is_near = m->t_us <= now_us && now_us - m->t_us <= LIVE_AGE_MAX_US;
        frame.t_us = !deframer->options.live || is_near ? m->t_us : frame.t_us;
    }
    deframer->t_last_us = frame.t_us;
    deframer->sink(deframer->context, &frame);
    if (m && !refused) {
        lee__rid_operator_give(deframer, &frame);
    }
}

static void give_made(lee_deframer *deframer, const lee_frame *object, const made *m)
{
    static const uint8_t unknown[LEE_RID_ADDRESS_BYTES] = {0};
    if (m->wrong) {
        give(deframer, object, m, LEE_ERR_DOMAIN, m->wrong);
    } else if (!m->has_id && memcmp(m->bytes + 1, unknown, sizeof unknown) == 0) {
        give(deframer, object, m, LEE_ERR_MISSING, "it names no aircraft");
    } else if (m->bytes[LEE_RID_ENVELOPE_BYTES + 2] == 0) {
        give(deframer, object, NULL, LEE_OK, NULL);
    } else {
        give(deframer, object, m, LEE_OK, NULL);
    }
}

/* Each of the states becomes a frame with the names of the flight. */
static void give_states(lee_deframer *deframer, const lee_frame *object, const made *named,
                        const lee_json_value *states)
{
    lee_json_scan scan;
    lee_json_value value;
    lee_json_scan_init(&scan, states->text, states->length);
    if (states->type == LEE_JSON_OBJECT) {
        made m = *named;
        take_state(&m, states);
        give_made(deframer, object, &m);
        return;
    }
    (void)lee_json_scan_array(&scan);
    while (lee_json_scan_element(&scan, &value)) {
        made m = *named;
        take_state(&m, &value);
        give_made(deframer, object, &m);
    }
}

void lee__deframe_rid_object(lee_deframer *deframer, const lee_frame *object)
{
    lee_json_scan scan;
    lee_json_value key;
    lee_json_value value;
    lee_json_value data = {.type = LEE_JSON_NULL};
    lee_json_value states = {.type = LEE_JSON_NULL};
    bool simulated = false;
    if (object->refused != LEE_OK) {
        give(deframer, object, NULL, (lee_error)object->refused, object->reason);
        return;
    }
    lee_json_scan_init(&scan, (const char *)object->bytes, object->length);
    (void)lee_json_scan_object(&scan);
    while (lee_json_scan_member(&scan, &key, &value)) {
        if (lee_json_value_is(&key, "data") && value.type == LEE_JSON_OBJECT) {
            data = value;
        } else if ((lee_json_value_is(&key, "current_state") && value.type == LEE_JSON_OBJECT) ||
                   (lee_json_value_is(&key, "states") && value.type == LEE_JSON_ARRAY)) {
            states = value;
        } else if (lee_json_value_is(&key, "simulated")) {
            simulated = value.type == LEE_JSON_TRUE;
        }
    }
    made m;
    if (scan.error != LEE_OK) {
        give(deframer, object, NULL, scan.error, scan.reason);
    } else if (states.type != LEE_JSON_NULL && !simulated) {
        const lee_json_value whole = {
            .type = LEE_JSON_OBJECT, .text = (const char *)object->bytes, .length = object->length};
        begin(&m, LEE_RID_NETWORK, deframer);
        take_flight_ids(&m, &whole);
        give_states(deframer, object, &m, &states);
    } else if (data.type != LEE_JSON_NULL && take_receiver(&m, &data, deframer)) {
        give_made(deframer, object, &m);
    } else {
        give(deframer, object, NULL, LEE_OK, NULL);
    }
}
