/* Aircraft objects of readsb, tar1090 and dump1090 (readsb README-json.md). */
#include <stddef.h>
#include <string.h>

#include "base/json_plain.h"
#include "base/json_scan.h"
#include "decode/decoder_internal.h"

/* Keys that are read: X(NAME, key, its first, middle and last character). Of the numbers, which
 * stand first, the one that stands before another wins where both fill one field. */
#define NUMBER_KEYS(X)                                                                             \
    X(LAT, "lat", 'l', 'a', 't')                                                                   \
    X(LON, "lon", 'l', 'o', 'n')                                                                   \
    X(ALT_BARO, "alt_baro", 'a', 'b', 'o')                                                         \
    X(ALTITUDE, "altitude", 'a', 't', 'e')                                                         \
    X(ALT_GEOM, "alt_geom", 'a', 'g', 'm')                                                         \
    X(GS, "gs", 'g', 's', 's')                                                                     \
    X(SPEED, "speed", 's', 'e', 'd')                                                               \
    X(GSCP, "gscp", 'g', 'c', 'p')                                                                 \
    X(TRACK, "track", 't', 'a', 'k')                                                               \
    X(TRUE_HEADING, "true_heading", 't', 'e', 'g')                                                 \
    X(TAS, "tas", 't', 'a', 's')                                                                   \
    X(IAS, "ias", 'i', 'a', 's')                                                                   \
    X(BARO_RATE, "baro_rate", 'b', '_', 'e')                                                       \
    X(GEOM_RATE, "geom_rate", 'g', '_', 'e')                                                       \
    X(VERT_RATE, "vert_rate", 'v', '_', 'e')                                                       \
    X(NIC, "nic", 'n', 'i', 'c')                                                                   \
    X(NAC_P, "nac_p", 'n', 'c', 'p')                                                               \
    X(SIL, "sil", 's', 'i', 'l')                                                                   \
    X(VERSION, "version", 'v', 's', 'n')                                                           \
    X(RC, "rc", 'r', 'c', 'c')                                                                     \
    X(NAC_V, "nac_v", 'n', 'c', 'v')                                                               \
    X(GVA, "gva", 'g', 'v', 'a')                                                                   \
    X(SDA, "sda", 's', 'd', 'a')                                                                   \
    X(MAG_HEADING, "mag_heading", 'm', 'e', 'g')                                                   \
    X(ROLL, "roll", 'r', 'l', 'l')                                                                 \
    X(NAV_ALTITUDE_MCP, "nav_altitude_mcp", 'n', 't', 'p')                                         \
    X(NAV_ALTITUDE_FMS, "nav_altitude_fms", 'n', 't', 's')                                         \
    X(NAV_HEADING, "nav_heading", 'n', 'e', 'g')                                                   \
    X(NAV_QNH, "nav_qnh", 'n', '_', 'h')                                                           \
    X(NIC_BARO, "nic_baro", 'n', 'b', 'o')                                                         \
    X(MACH, "mach", 'm', 'c', 'h')                                                                 \
    X(TRACK_RATE, "track_rate", 't', '_', 'e')

#define OTHER_KEYS(X)                                                                              \
    X(HEX, "hex", 'h', 'e', 'x')                                                                   \
    X(TYPE, "type", 't', 'p', 'e')                                                                 \
    X(FLIGHT, "flight", 'f', 'g', 't')                                                             \
    X(R, "r", 'r', 'r', 'r')                                                                       \
    X(CATEGORY, "category", 'c', 'g', 'y')                                                         \
    X(EMERGENCY, "emergency", 'e', 'g', 'y')                                                       \
    X(SQUAWK, "squawk", 's', 'a', 'k')                                                             \
    X(MLAT, "mlat", 'm', 'a', 't')                                                                 \
    X(TISB, "tisb", 't', 's', 'b')

/* Keys that are passed over. They stand here because a key that is known is found by the one before
 * it; any other is passed over as well. */
#define PASSED_KEYS(X)                                                                             \
    X(NOW, "now", 'n', 'o', 'w')                                                                   \
    X(DST, "r_dst", 'r', 'd', 't')                                                                 \
    X(DIR, "r_dir", 'r', 'd', 'r')                                                                 \
    X(SEEN_POS, "seen_pos", 's', '_', 's')                                                         \
    X(SIL_TYPE, "sil_type", 's', 't', 'e')                                                         \
    X(ALERT, "alert", 'a', 'e', 't')                                                               \
    X(SPI, "spi", 's', 'p', 'i')                                                                   \
    X(MESSAGES, "messages", 'm', 'a', 's')                                                         \
    X(SEEN, "seen", 's', 'e', 'n')                                                                 \
    X(RSSI, "rssi", 'r', 's', 'i')

typedef enum {
#define KEY_ENUM(name, key, first, middle, last) KEY_##name,
    NUMBER_KEYS(KEY_ENUM) KEY_NUMBER_COUNT,
    KEY_BEFORE_OTHERS = KEY_NUMBER_COUNT - 1,
    OTHER_KEYS(KEY_ENUM) KEY_COUNT
#undef KEY_ENUM
} key_name;

static const char *const key_texts[KEY_COUNT] = {
#define KEY_TEXT(name, key, first, middle, last) [KEY_##name] = (key),
    NUMBER_KEYS(KEY_TEXT) OTHER_KEYS(KEY_TEXT)
#undef KEY_TEXT
};

/* The keys by their number. */
static const lee_json_plain_place key_places[LEE_JSON_PLAIN_KEYS] = {
#define KEY_PLACE(name, key, first, middle, last)                                                  \
    LEE_JSON_PLAIN_PLACE(KEY_##name, key, first, middle, last),
    NUMBER_KEYS(KEY_PLACE) OTHER_KEYS(KEY_PLACE)
#undef KEY_PLACE
#define KEY_PASSED(name, key, first, middle, last)                                                 \
    LEE_JSON_PLAIN_PLACE(KEY_COUNT, key, first, middle, last),
        PASSED_KEYS(KEY_PASSED)
#undef KEY_PASSED
};

static const struct {
    int32_t low;
    int32_t high;
    uint16_t offset;
    uint8_t index; /* of the field in a report */
    uint8_t decimals;
} numbers[KEY_NUMBER_COUNT] = {
#define NUMBER(name, decimals, low, high, bit, member)                                             \
    [KEY_##name] = {low, high, offsetof(lee_report, member), LEE_REPORT_INDEX_##bit, decimals}
    NUMBER(LAT, 7, -LEE_LAT_MAX_E7, LEE_LAT_MAX_E7, LAT, lat_e7),
    NUMBER(LON, 7, -LEE_LON_MAX_E7, LEE_LON_MAX_E7, LON, lon_e7),
    NUMBER(ALT_BARO, 0, -10000, 200000, ALT_BARO, alt_baro_ft),
    NUMBER(ALTITUDE, 0, -10000, 200000, ALT_BARO, alt_baro_ft),
    NUMBER(ALT_GEOM, 0, -10000, 200000, ALT_HAE, alt_hae_ft),
    NUMBER(GS, 3, 0, 10000000, SPEED_GROUND, speed_ground_kt_e3),
    NUMBER(SPEED, 3, 0, 10000000, SPEED_GROUND, speed_ground_kt_e3),
    NUMBER(GSCP, 3, 0, 10000000, SPEED_GROUND, speed_ground_kt_e3),
    NUMBER(TRACK, 3, 0, 360000, TRACK, track_deg_e3),
    NUMBER(TRUE_HEADING, 3, 0, 360000, HEADING, heading_deg_e3),
    NUMBER(TAS, 3, 0, 10000000, SPEED_AIR, speed_air_kt_e3),
    NUMBER(IAS, 3, 0, 10000000, SPEED_INDICATED, speed_indicated_kt_e3),
    NUMBER(BARO_RATE, 0, -100000, 100000, VERTICAL_RATE, vertical_rate_fpm),
    NUMBER(GEOM_RATE, 0, -100000, 100000, VERTICAL_RATE, vertical_rate_fpm),
    NUMBER(VERT_RATE, 0, -100000, 100000, VERTICAL_RATE, vertical_rate_fpm),
    NUMBER(NIC, 0, 0, 15, NIC, nic),
    NUMBER(NAC_P, 0, 0, 15, NAC_P, nac_p),
    NUMBER(SIL, 0, 0, 3, SIL, sil),
    NUMBER(VERSION, 0, 0, 7, ADSB_VERSION, adsb_version),
    NUMBER(RC, 0, 1, 100000, RC, rc_m), /* 0: unknown */
    NUMBER(NAC_V, 0, 0, 7, NAC_V, nac_v),
    NUMBER(GVA, 0, 0, 3, GVA, gva),
    NUMBER(SDA, 0, 0, 3, SDA, sda),
    NUMBER(MAG_HEADING, 3, 0, 360000, HEADING_MAGNETIC, heading_magnetic_deg_e3),
    NUMBER(ROLL, 3, -90000, 90000, ROLL, roll_deg_e3),
    NUMBER(NAV_ALTITUDE_MCP, 0, -10000, 200000, ALT_SELECTED, alt_selected_ft),
    NUMBER(NAV_ALTITUDE_FMS, 0, -10000, 200000, ALT_SELECTED, alt_selected_ft),
    NUMBER(NAV_HEADING, 3, 0, 360000, HEADING_SELECTED, heading_selected_deg_e3),
    NUMBER(NAV_QNH, 1, 5000, 15000, QNH, qnh_hpa_e1),
    NUMBER(NIC_BARO, 0, 0, 1, NIC_BARO, nic_baro),
    NUMBER(MACH, 3, 0, 20000, MACH, mach_e3),
    NUMBER(TRACK_RATE, 3, -100000, 100000, TRACK_RATE, track_rate_dps_e3),
#undef NUMBER
};

/* "type": how the position or, without one, anything was learnt. */
static const struct {
    const char *type;
    size_t length;
    lee_source source;
} types[] = {
#define TYPE(text, source)                                                                         \
    {                                                                                              \
        text, sizeof(text) - 1, LEE_SOURCE_##source                                                \
    }
    TYPE("adsb_icao", ADSB),      TYPE("adsb_icao_nt", ADSB), TYPE("adsb_other", ADSB),
    TYPE("adsr_icao", TISB),      TYPE("adsr_other", TISB),   TYPE("tisb_icao", TISB),
    TYPE("tisb_trackfile", TISB), TYPE("tisb_other", TISB),   TYPE("mlat", MLAT),
    TYPE("mode_s", MODE_S),
#undef TYPE
};

/* What is gathered from the members before the report is made of it. */
typedef struct {
    bool has_target;
    bool source_known;
    bool position_is_mlat;
    bool position_is_tisb;
    uint8_t rank[LEE_REPORT_FIELD_COUNT]; /* of the key that filled a field, from 1 */
    const char *bad;
} gathered;

static lee_slice trimmed(lee_slice slice)
{
    while (slice.length > 0 && slice.text[slice.length - 1] == ' ') {
        slice.length--;
    }
    return slice;
}

/* Takes a number of numbers[key].decimals, `known` when it could be read as such. Inlined by force,
 * as lee_json_plain_next. */
__attribute__((always_inline)) static inline void
take_number(key_name key, bool known, int64_t number, gathered *g, lee_report *out)
{
    uint8_t *const rank = &g->rank[numbers[key].index];
    if (*rank != 0 && *rank <= (unsigned)key + 1) {
        return;
    }
    if (!known || number < numbers[key].low || number > numbers[key].high) {
        /* Nonsense in what only describes the transmitter does not cost the aircraft. */
        g->bad = key < KEY_VERSION ? key_texts[key] : g->bad;
        return;
    }
    const int32_t narrow = (int32_t)number;
    memcpy((char *)out + numbers[key].offset, &narrow, sizeof narrow);
    out->present |= UINT64_C(1) << numbers[key].index;
    *rank = (uint8_t)(key + 1);
}

/* Does an array of texts name the latitude? Thus "mlat" and "tisb" list what came that way. */
static bool names_position(const lee_json_value *value)
{
    lee_json_scan scan;
    lee_json_value element;
    lee_json_scan_init(&scan, value->text, value->length);
    if (!lee_json_scan_array(&scan)) {
        return false;
    }
    while (lee_json_scan_element(&scan, &element)) {
        if (lee_json_value_is(&element, "lat")) {
            return true;
        }
    }
    return false;
}

static void take_type(lee_slice slice, gathered *g, lee_report *out)
{
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (slice.length == types[i].length &&
            memcmp(slice.text, types[i].type, slice.length) == 0) {
            out->source = types[i].source;
            g->source_known = true;
            return;
        }
    }
}

static void put_text(lee_slice slice, char *out, size_t size, uint32_t bit, lee_report *report)
{
    if (lee__decode_text(trimmed(slice), out, size)) {
        report->present |= bit;
    }
}

/* Takes a text without escapes. */
static void take_text(key_name key, lee_slice slice, gathered *g, lee_report *out)
{
    switch ((int)key) {
    case KEY_HEX:
        g->has_target = lee__decode_address(trimmed(slice), &out->target);
        g->bad = g->has_target ? g->bad : "hex";
        break;
    case KEY_TYPE:
        take_type(slice, g, out);
        break;
    case KEY_FLIGHT:
        put_text(slice, out->callsign, sizeof out->callsign, LEE_REPORT_HAS_CALLSIGN, out);
        break;
    case KEY_R:
        put_text(slice, out->registration, sizeof out->registration, LEE_REPORT_HAS_REGISTRATION,
                 out);
        break;
    case KEY_CATEGORY:
        put_text(slice, out->category, sizeof out->category, LEE_REPORT_HAS_CATEGORY, out);
        break;
    case KEY_EMERGENCY:
        put_text(slice, out->emergency, sizeof out->emergency, LEE_REPORT_HAS_EMERGENCY, out);
        break;
    case KEY_SQUAWK:
        if (lee__decode_squawk(trimmed(slice), &out->squawk)) {
            out->present |= LEE_REPORT_HAS_SQUAWK;
        } else {
            g->bad = "squawk";
        }
        break;
    case KEY_ALT_BARO:
    case KEY_ALTITUDE:
        /* Any other text there is a number that somebody quoted: of unknown meaning, so unknown. */
        if (lee_slice_is(slice, "ground")) {
            out->on_ground = 1;
            out->present |= LEE_REPORT_HAS_ON_GROUND;
        }
        break;
    default:
        break;
    }
}

/* A text with escapes: its meaning, where it is short enough to be that of any key. */
static void take_any_text(key_name key, const lee_json_value *value, gathered *g, lee_report *out)
{
    char resolved[64];
    if (!value->escaped) {
        take_text(key, (lee_slice){value->text, value->length}, g, out);
    } else if (lee_json_value_text(value, resolved, sizeof resolved)) {
        take_text(key, (lee_slice){resolved, strlen(resolved)}, g, out);
    } else if (key == KEY_HEX || key == KEY_SQUAWK) {
        g->bad = key_texts[key];
    }
}

static void take_member(const lee_json_value *key, const lee_json_value *value, gathered *g,
                        lee_report *out)
{
    const lee_json_plain_place *const place = lee_json_plain_find_value(key_places, key);
    const key_name name = place != NULL ? (key_name)place->key : KEY_COUNT;
    if (name == KEY_COUNT) { /* none that is read */
        return;
    }
    if (value->type == LEE_JSON_NUMBER && name < KEY_NUMBER_COUNT) {
        int64_t number = 0;
        const bool known = lee_json_value_fixed(value, (int)numbers[name].decimals, &number);
        take_number(name, known, number, g, out);
    } else if (value->type == LEE_JSON_TEXT) {
        take_any_text(name, value, g, out);
    } else if (value->type == LEE_JSON_ARRAY && name == KEY_MLAT) {
        g->position_is_mlat = names_position(value);
    } else if (value->type == LEE_JSON_ARRAY && name == KEY_TISB) {
        g->position_is_tisb = names_position(value);
    }
}

/* True: all members were plain, and are taken. follows[number of a key] is that of the key which
 * came behind it the last time, where it is looked for first; 0: it is not known. */
static bool take_plain_members(const lee_frame *frame, uint8_t *follows, gathered *g,
                               lee_report *out)
{
    lee_json_plain_object object;
    lee_json_plain_member member = {.key = NULL};
    if (!lee_json_plain_begin(&object, (const char *)frame->bytes, frame->length)) {
        return false;
    }
    size_t last = 0;
    do {
        const lee_json_plain_place *const guess = &key_places[follows[last]];
        if (!lee_json_plain_next(&object, key_places, guess, &member)) {
            return false;
        }
        if (member.place == NULL) {
            continue;
        }
        const size_t number_of_key = (size_t)(member.place - key_places);
        follows[last] = (uint8_t)number_of_key;
        last = number_of_key;
        const key_name name = (key_name)member.place->key;
        if (member.kind == '0' && name < KEY_NUMBER_COUNT) {
            int64_t number = 0;
            const bool known = lee_json_plain_fixed(&member, numbers[name].decimals, &number);
            take_number(name, known, number, g, out);
        } else if (member.kind == '"' && name < KEY_COUNT) {
            take_text(name, (lee_slice){member.text, member.length}, g, out);
        }
    } while (lee_json_plain_more(&object));
    return lee_json_plain_ended(&object);
}

/* Takes the members of any object, or refuses it. */
static bool take_members(const lee_frame *frame, gathered *g, lee_report *out, lee_error_info *why)
{
    lee_json_scan scan;
    lee_json_value key;
    lee_json_value value;
    lee_json_scan_init(&scan, (const char *)frame->bytes, frame->length);
    if (!lee_json_scan_object(&scan)) {
        (void)lee__decode_refused(why, LEE_ERR_SYNTAX, NULL, "not an object");
        return false;
    }
    while (lee_json_scan_member(&scan, &key, &value)) {
        take_member(&key, &value, g, out);
    }
    if (scan.error == LEE_OK && lee_json_scan_done(&scan)) {
        return true;
    }
    *why = (lee_error_info){.code = scan.error != LEE_OK ? scan.error : LEE_ERR_SYNTAX,
                            .offset = (uint64_t)(scan.at - scan.start),
                            .reason = scan.reason != NULL ? scan.reason : "text behind the object"};
    return false;
}

static void settle_source(const gathered *g, lee_report *out)
{
    const bool has_position = (out->present & LEE_REPORT_HAS_LAT) != 0;
    if (!g->source_known) {
        out->source = has_position ? LEE_SOURCE_ADSB : LEE_SOURCE_MODE_S;
    }
    if (has_position && g->position_is_mlat) {
        out->source = LEE_SOURCE_MLAT;
    } else if (has_position && g->position_is_tisb) {
        out->source = LEE_SOURCE_TISB;
    }
}

/* What follows from the numbers together. */
static void settle_numbers(const gathered *g, lee_report *out)
{
    if ((out->present & LEE_REPORT_HAS_ALT_SELECTED) != 0) {
        out->alt_selected_source =
            g->rank[LEE_REPORT_INDEX_ALT_SELECTED] == KEY_NAV_ALTITUDE_MCP + 1
                ? LEE_ALT_SELECTED_MCP
                : LEE_ALT_SELECTED_FMS;
        out->present |= LEE_REPORT_HAS_ALT_SELECTED_SOURCE;
    }
    out->track_deg_e3 %= 360000;
    out->heading_deg_e3 %= 360000;
    out->heading_magnetic_deg_e3 %= 360000;
    out->heading_selected_deg_e3 %= 360000;
}

const char *lee__decode_aircraft_details(const lee_json_value *object, lee_report *out)
{
    const lee_frame frame = {.bytes = (const uint8_t *)object->text,
                             .length = (uint32_t)object->length};
    gathered g = {.has_target = false};
    lee_error_info why;
    if (!take_members(&frame, &g, out, &why)) {
        return "details";
    }
    settle_numbers(&g, out);
    return g.bad;
}

void lee__decode_aircraft_type(const lee_json_value *type, lee_report *out)
{
    gathered g = {.has_target = false};
    if (type->type == LEE_JSON_TEXT) {
        take_type((lee_slice){type->text, type->length}, &g, out);
    }
    settle_source(&g, out);
}

lee_decode_result lee__decode_aircraft_json(lee_decoder *decoder, const lee_frame *frame,
                                            lee_report *out, lee_error_info *why)
{
    gathered g = {.has_target = false};
    if (!take_plain_members(frame, decoder->json_follows, &g, out)) {
        g = (gathered){.has_target = false};
        *out = (lee_report){.t_us = frame->t_us};
        if (!take_members(frame, &g, out, why)) {
            return LEE_DECODED_REFUSED;
        }
    }
    if (g.bad != NULL) {
        return lee__decode_refused(why, LEE_ERR_DOMAIN, g.bad, "not a value of this key");
    }
    if (!g.has_target) {
        return lee__decode_refused(why, LEE_ERR_MISSING, "hex", "the object names no aircraft");
    }
    if ((out->present & LEE_REPORT_HAS_POSITION) != LEE_REPORT_HAS_POSITION) {
        out->present &= ~(uint64_t)LEE_REPORT_HAS_POSITION;
    }
    settle_numbers(&g, out);
    settle_source(&g, out);
    return lee__decode_done(out, why);
}
