/* Aircraft objects of readsb, tar1090 and dump1090 (readsb README-json.md). */
#include <stddef.h>
#include <string.h>

#include "base/json_scan.h"
#include "decode/decoder_internal.h"

/* Numbers. Where two keys fill one field, the one that stands first here wins. */
static const struct {
    const char *key;
    int decimals;
    int64_t low;
    int64_t high;
    uint32_t bit;
    size_t offset;
} numbers[] = {
#define NUMBER(key, decimals, low, high, bit, member)                                              \
    {                                                                                              \
        key, decimals, low, high, LEE_REPORT_HAS_##bit, offsetof(lee_report, member)               \
    }
    NUMBER("lat", 7, -LEE_LAT_MAX_E7, LEE_LAT_MAX_E7, LAT, lat_e7),
    NUMBER("lon", 7, -LEE_LON_MAX_E7, LEE_LON_MAX_E7, LON, lon_e7),
    NUMBER("alt_baro", 0, -10000, 200000, ALT_BARO, alt_baro_ft),
    NUMBER("altitude", 0, -10000, 200000, ALT_BARO, alt_baro_ft),
    NUMBER("alt_geom", 0, -10000, 200000, ALT_HAE, alt_hae_ft),
    NUMBER("gs", 3, 0, 10000000, SPEED_GROUND, speed_ground_kt_e3),
    NUMBER("speed", 3, 0, 10000000, SPEED_GROUND, speed_ground_kt_e3),
    NUMBER("gscp", 3, 0, 10000000, SPEED_GROUND, speed_ground_kt_e3),
    NUMBER("track", 3, 0, 360000, TRACK, track_deg_e3),
    NUMBER("true_heading", 3, 0, 360000, HEADING, heading_deg_e3),
    NUMBER("tas", 3, 0, 10000000, SPEED_AIR, speed_air_kt_e3),
    NUMBER("ias", 3, 0, 10000000, SPEED_AIR, speed_air_kt_e3),
    NUMBER("baro_rate", 0, -100000, 100000, VERTICAL_RATE, vertical_rate_fpm),
    NUMBER("geom_rate", 0, -100000, 100000, VERTICAL_RATE, vertical_rate_fpm),
    NUMBER("vert_rate", 0, -100000, 100000, VERTICAL_RATE, vertical_rate_fpm),
    NUMBER("nic", 0, 0, 15, NIC, nic),
    NUMBER("nac_p", 0, 0, 15, NAC_P, nac_p),
    NUMBER("sil", 0, 0, 3, SIL, sil),
#undef NUMBER
};

#define NUMBER_COUNT (sizeof numbers / sizeof numbers[0])

/* "type": how the position or, without one, anything was learnt. */
static const struct {
    const char *type;
    lee_source source;
} types[] = {
    {"adsb_icao", LEE_SOURCE_ADSB},      {"adsb_icao_nt", LEE_SOURCE_ADSB},
    {"adsb_other", LEE_SOURCE_ADSB},     {"adsr_icao", LEE_SOURCE_TISB},
    {"adsr_other", LEE_SOURCE_TISB},     {"tisb_icao", LEE_SOURCE_TISB},
    {"tisb_trackfile", LEE_SOURCE_TISB}, {"tisb_other", LEE_SOURCE_TISB},
    {"mlat", LEE_SOURCE_MLAT},           {"mode_s", LEE_SOURCE_MODE_S},
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

static lee_slice slice_of(const lee_json_value *value)
{
    size_t length = value->length;
    while (length > 0 && value->text[length - 1] == ' ') {
        length--;
    }
    return (lee_slice){value->text, length};
}

static unsigned bit_index(uint32_t bit)
{
    unsigned index = 0;
    while (bit >> index != 1) {
        index++;
    }
    return index;
}

/* True: the key is one of the numbers. */
static bool take_number(const lee_json_value *key, const lee_json_value *value, gathered *g,
                        lee_report *out)
{
    for (size_t i = 0; i < NUMBER_COUNT; i++) {
        if (!lee_json_value_is(key, numbers[i].key)) {
            continue;
        }
        uint8_t *const rank = &g->rank[bit_index(numbers[i].bit)];
        int64_t number;
        if (*rank != 0 && *rank <= i + 1) {
            return true;
        }
        if (!lee_json_value_fixed(value, numbers[i].decimals, &number) || number < numbers[i].low ||
            number > numbers[i].high) {
            g->bad = numbers[i].key;
            return true;
        }
        const int32_t narrow = (int32_t)number;
        memcpy((char *)out + numbers[i].offset, &narrow, sizeof narrow);
        out->present |= numbers[i].bit;
        *rank = (uint8_t)(i + 1);
        return true;
    }
    return false;
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

static void take_type(const lee_json_value *value, gathered *g, lee_report *out)
{
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (lee_json_value_is(value, types[i].type)) {
            out->source = types[i].source;
            g->source_known = true;
        }
    }
}

static void put_text(const lee_json_value *value, char *out, size_t size, uint32_t bit,
                     lee_report *report)
{
    if (!value->escaped && lee__decode_text(slice_of(value), out, size)) {
        report->present |= bit;
    }
}

static void take_text(const lee_json_value *key, const lee_json_value *value, gathered *g,
                      lee_report *out)
{
    if (lee_json_value_is(key, "hex")) {
        g->has_target = lee__decode_address(slice_of(value), &out->target);
        g->bad = g->has_target ? g->bad : "hex";
    } else if (lee_json_value_is(key, "type")) {
        take_type(value, g, out);
    } else if (lee_json_value_is(key, "flight")) {
        put_text(value, out->callsign, sizeof out->callsign, LEE_REPORT_HAS_CALLSIGN, out);
    } else if (lee_json_value_is(key, "r")) {
        put_text(value, out->registration, sizeof out->registration, LEE_REPORT_HAS_REGISTRATION,
                 out);
    } else if (lee_json_value_is(key, "category")) {
        put_text(value, out->category, sizeof out->category, LEE_REPORT_HAS_CATEGORY, out);
    } else if (lee_json_value_is(key, "emergency")) {
        put_text(value, out->emergency, sizeof out->emergency, LEE_REPORT_HAS_EMERGENCY, out);
    } else if (lee_json_value_is(key, "squawk")) {
        if (lee__decode_squawk(slice_of(value), &out->squawk)) {
            out->present |= LEE_REPORT_HAS_SQUAWK;
        } else {
            g->bad = "squawk";
        }
    } else if ((lee_json_value_is(key, "alt_baro") || lee_json_value_is(key, "altitude")) &&
               lee_json_value_is(value, "ground")) {
        /* Any other text there is a number that somebody quoted: of unknown meaning, so unknown. */
        out->on_ground = 1;
        out->present |= LEE_REPORT_HAS_ON_GROUND;
    }
}

static void take_member(const lee_json_value *key, const lee_json_value *value, gathered *g,
                        lee_report *out)
{
    switch (value->type) {
    case LEE_JSON_NUMBER:
        (void)take_number(key, value, g, out);
        break;
    case LEE_JSON_TEXT:
        take_text(key, value, g, out);
        break;
    case LEE_JSON_ARRAY:
        if (lee_json_value_is(key, "mlat")) {
            g->position_is_mlat = names_position(value);
        } else if (lee_json_value_is(key, "tisb")) {
            g->position_is_tisb = names_position(value);
        }
        break;
    case LEE_JSON_END:
    case LEE_JSON_NULL:
    case LEE_JSON_FALSE:
    case LEE_JSON_TRUE:
    case LEE_JSON_OBJECT:
        break;
    }
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

lee_decode_result lee__decode_aircraft_json(const lee_frame *frame, lee_report *out,
                                            lee_error_info *why)
{
    lee_json_scan scan;
    lee_json_value key;
    lee_json_value value;
    gathered g = {.has_target = false};

    lee_json_scan_init(&scan, (const char *)frame->bytes, frame->length);
    if (!lee_json_scan_object(&scan)) {
        return lee__decode_refused(why, LEE_ERR_SYNTAX, NULL, "not an object");
    }
    while (lee_json_scan_member(&scan, &key, &value)) {
        take_member(&key, &value, &g, out);
    }
    if (scan.error != LEE_OK || !lee_json_scan_done(&scan)) {
        *why = (lee_error_info){.code = scan.error != LEE_OK ? scan.error : LEE_ERR_SYNTAX,
                                .offset = (uint64_t)(scan.at - scan.start),
                                .reason =
                                    scan.reason != NULL ? scan.reason : "text behind the object"};
        return LEE_DECODED_REFUSED;
    }
    if (g.bad != NULL) {
        return lee__decode_refused(why, LEE_ERR_DOMAIN, g.bad, "not a value of this key");
    }
    if (!g.has_target) {
        return lee__decode_refused(why, LEE_ERR_MISSING, "hex", "the object names no aircraft");
    }
    if ((out->present & LEE_REPORT_HAS_POSITION) != LEE_REPORT_HAS_POSITION) {
        out->present &= ~(uint32_t)LEE_REPORT_HAS_POSITION;
    }
    out->track_deg_e3 %= 360000;
    out->heading_deg_e3 %= 360000;
    settle_source(&g, out);
    return lee__decode_done(out, why);
}
