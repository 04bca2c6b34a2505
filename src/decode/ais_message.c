/* The fields of AIS messages, by type: ITU-R M.1371-5 annex 8, table numbers at each function. */
#include <assert.h>
#include <string.h>

#include "base/bytes.h"
#include "decode/ais.h"
#include "decode/decoder_internal.h"

/* The two scales of positions: 1/10000 and 1/10 of a minute. */
#define UNITS_FINE 600000
#define UNITS_COARSE 600

#define MMSI_MAX 999999999u

/* Reads the type's fields behind type, repeat indicator and MMSI. NULL: done, or the field that is
 * out of its range. */
typedef const char *ais_reader(lee_bits *bits, lee_report *out);

static uint32_t take(lee_bits *bits, unsigned width)
{
    return (uint32_t)lee_bits_u(bits, width);
}

static int32_t scale_e7(int64_t value, int64_t units)
{
    const int64_t product = value * 10000000;
    return (int32_t)((product + (product < 0 ? -units / 2 : units / 2)) / units);
}

/* Longitude and latitude as they follow each other; 181 and 91 degrees: not available. */
static const char *take_position(lee_bits *bits, int32_t units, lee_report *out)
{
    const bool is_fine = units == UNITS_FINE;
    const int64_t lon = lee_bits_s(bits, is_fine ? 28 : 18);
    const int64_t lat = lee_bits_s(bits, is_fine ? 27 : 17);
    if (lon == INT64_C(181) * units || lat == INT64_C(91) * units) {
        return NULL;
    }
    if (lon < INT64_C(-180) * units || lon > INT64_C(180) * units) {
        return "lon";
    }
    if (lat < INT64_C(-90) * units || lat > INT64_C(90) * units) {
        return "lat";
    }
    out->lat_e7 = scale_e7(lat, units);
    out->lon_e7 = scale_e7(lon, units);
    out->present |= LEE_REPORT_HAS_POSITION;
    return NULL;
}

/* Speeds of all ones are not available; the value below means "or more" and is no speed either. */
static void put_speed(uint32_t value, uint32_t unavailable, int32_t kt_e3, lee_report *out)
{
    if (value < unavailable - 1) {
        out->speed_ground_kt_e3 = (int32_t)value * kt_e3;
        out->present |= LEE_REPORT_HAS_SPEED_GROUND;
    }
}

static void put_track(uint32_t value, uint32_t full_turn, lee_report *out)
{
    if (value < full_turn) {
        out->track_deg_e3 = (int32_t)(value * (360000 / full_turn));
        out->present |= LEE_REPORT_HAS_TRACK;
    }
}

static void put_heading(uint32_t value, lee_report *out)
{
    if (value < 360) {
        out->heading_deg_e3 = (int32_t)value * 1000;
        out->present |= LEE_REPORT_HAS_HEADING;
    }
}

/* Text of 6-bit characters, up to the first '@', without spaces at its ends, cut to the field. */
static bool take_text(lee_bits *bits, unsigned characters, char *out, size_t size)
{
    size_t length = 0;
    bool ended = false;
    for (unsigned i = 0; i < characters; i++) {
        const uint32_t value = take(bits, 6);
        ended |= value == 0;
        const char c = (char)(value < 32 ? value + 64 : value);
        if (!ended && length < size - 1 && (length > 0 || c != ' ')) {
            out[length++] = c;
        }
    }
    while (length > 0 && out[length - 1] == ' ') {
        length--;
    }
    memset(out + length, 0, size - length);
    return length > 0;
}

/* The radio call sign where the message has one, else the name: see docs/feeds.md. */
static void take_call(lee_bits *bits, unsigned characters, lee_report *out)
{
    if (take_text(bits, characters, out->callsign, sizeof out->callsign)) {
        out->present |= LEE_REPORT_HAS_CALLSIGN;
    }
}

static void take_name(lee_bits *bits, unsigned characters, lee_report *out)
{
    char name[sizeof out->callsign];
    if (take_text(bits, characters, name, sizeof name) &&
        (out->present & LEE_REPORT_HAS_CALLSIGN) == 0) {
        memcpy(out->callsign, name, sizeof name);
        out->present |= LEE_REPORT_HAS_CALLSIGN;
    }
}

/* Type of ship and cargo, 1..99 as two digits (table 53). */
static void put_ship_type(uint32_t value, lee_report *out)
{
    if (value >= 1 && value <= 99) {
        out->category[0] = (char)('0' + value / 10);
        out->category[1] = (char)('0' + value % 10);
        out->present |= LEE_REPORT_HAS_CATEGORY;
    }
}

/* IMO numbers have seven digits. */
static void put_imo(uint32_t value, lee_report *out)
{
    if (value < 1000000 || value > 9999999) {
        return;
    }
    memcpy(out->registration, "IMO", 3);
    for (size_t i = 9; i >= 3; i--, value /= 10) {
        out->registration[i] = (char)('0' + value % 10);
    }
    out->present |= LEE_REPORT_HAS_REGISTRATION;
}

/* Navigational status 14: a search and rescue transmitter is active; its MMSI says which kind
 * (ITU-R M.585-9 annex 2). Status 15 is such a transmitter under test. */
static void put_emergency(uint32_t status, lee_report *out)
{
    if (status != 14) {
        return;
    }
    const char *const digits = out->target.text + 5;
    const char *kind = "sart";
    if (memcmp(digits, "972", 3) == 0) {
        kind = "mob";
    } else if (memcmp(digits, "974", 3) == 0) {
        kind = "epirb";
    }
    memcpy(out->emergency, kind, strlen(kind));
    out->present |= LEE_REPORT_HAS_EMERGENCY;
}

/* Speed, accuracy, place, course and heading: the same in classes A and B. */
static const char *read_motion(lee_bits *bits, lee_report *out)
{
    put_speed(take(bits, 10), 1023, 100, out);
    lee_bits_skip(bits, 1);
    const char *const bad = take_position(bits, UNITS_FINE, out);
    put_track(take(bits, 12), 3600, out);
    put_heading(take(bits, 9), out);
    return bad;
}

/* Types 1, 2, 3 (table 48). */
static const char *read_class_a(lee_bits *bits, lee_report *out)
{
    put_emergency(take(bits, 4), out);
    lee_bits_skip(bits, 8); /* rate of turn */
    return read_motion(bits, out);
}

/* Types 4 and 11 (table 51): its clock, and where the station stands. */
static const char *read_base_station(lee_bits *bits, lee_report *out)
{
    lee_bits_skip(bits, 14 + 4 + 5 + 5 + 6 + 6 + 1);
    return take_position(bits, UNITS_FINE, out);
}

/* Type 5 (table 52). */
static const char *read_voyage(lee_bits *bits, lee_report *out)
{
    lee_bits_skip(bits, 2);
    put_imo(take(bits, 30), out);
    take_call(bits, 7, out);
    take_name(bits, 20, out);
    put_ship_type(take(bits, 8), out);
    return NULL;
}

/* Type 9 (table 56): search and rescue aircraft, speed in whole knots. */
static const char *read_sar_aircraft(lee_bits *bits, lee_report *out)
{
    const uint32_t alt_m = take(bits, 12);
    put_speed(take(bits, 10), 1023, 1000, out);
    lee_bits_skip(bits, 1);
    const char *const bad = take_position(bits, UNITS_FINE, out);
    put_track(take(bits, 12), 3600, out);
    lee_bits_skip(bits, 6);
    const bool is_baro = take(bits, 1) == 1;
    if (alt_m < 4094) {
        const int32_t alt_ft = (int32_t)((alt_m * 10000 + 1524) / 3048);
        *(is_baro ? &out->alt_baro_ft : &out->alt_hae_ft) = alt_ft;
        out->present |= is_baro ? LEE_REPORT_HAS_ALT_BARO : LEE_REPORT_HAS_ALT_HAE;
    }
    return bad;
}

/* Type 17 (table 66): the reference station of the corrections. */
static const char *read_dgnss(lee_bits *bits, lee_report *out)
{
    lee_bits_skip(bits, 2);
    return take_position(bits, UNITS_COARSE, out);
}

/* Type 18, and the beginning of type 19 (tables 67 and 70). */
static const char *read_class_b(lee_bits *bits, lee_report *out)
{
    lee_bits_skip(bits, 8);
    return read_motion(bits, out);
}

static const char *read_class_b_extended(lee_bits *bits, lee_report *out)
{
    const char *const bad = read_class_b(bits, out);
    lee_bits_skip(bits, 6 + 4);
    take_name(bits, 20, out);
    put_ship_type(take(bits, 8), out);
    return bad;
}

/* Type 21 (table 73). The name's extension is beyond what the field holds. */
static const char *read_aid(lee_bits *bits, lee_report *out)
{
    lee_bits_skip(bits, 5);
    take_name(bits, 20, out);
    lee_bits_skip(bits, 1);
    return take_position(bits, UNITS_FINE, out);
}

/* Type 24 (tables 78 and 79), parts A and B. */
static const char *read_static(lee_bits *bits, lee_report *out)
{
    const uint32_t part = take(bits, 2);
    if (part == 0) {
        take_name(bits, 20, out);
        return NULL;
    }
    if (part != 1) {
        return "part";
    }
    put_ship_type(take(bits, 8), out);
    lee_bits_skip(bits, 42); /* vendor */
    take_call(bits, 7, out);
    return NULL;
}

/* Type 27 (table 84): for satellites. */
static const char *read_long_range(lee_bits *bits, lee_report *out)
{
    lee_bits_skip(bits, 2);
    put_emergency(take(bits, 4), out);
    const char *const bad = take_position(bits, UNITS_COARSE, out);
    const uint32_t speed = take(bits, 6);
    /* 62 is a speed here: no value means "or more" in table 84. */
    put_speed(speed, speed == 63 ? 63 : 64, 1000, out);
    put_track(take(bits, 9), 360, out);
    return bad;
}

/* Lengths in bits. Where the table of the type allows fewer parts, min is the shortest. */
static const struct {
    uint16_t bits_min;
    uint16_t bits_max;
    ais_reader *read; /* NULL: nothing in it that a report holds */
    const char *nothing;
} types[28] = {
    [1] = {168, 168, read_class_a, NULL},
    [2] = {168, 168, read_class_a, NULL},
    [3] = {168, 168, read_class_a, NULL},
    [4] = {168, 168, read_base_station, NULL},
    /* 424; real transmitters leave out the last two bits or fill up to a character. */
    [5] = {422, 426, read_voyage, NULL},
    [6] = {88, 1008, NULL, "an addressed binary message"},
    [7] = {72, 168, NULL, "an acknowledgement"},
    [8] = {56, 1008, NULL, "a binary broadcast"},
    [9] = {168, 168, read_sar_aircraft, NULL},
    [10] = {72, 72, NULL, "an inquiry for time"},
    [11] = {168, 168, read_base_station, NULL},
    [12] = {72, 1008, NULL, "an addressed safety text"},
    [13] = {72, 168, NULL, "an acknowledgement"},
    [14] = {40, 1008, NULL, "a safety text"},
    [15] = {88, 168, NULL, "an interrogation"},
    [16] = {96, 168, NULL, "an assignment of slots"},
    [17] = {80, 816, read_dgnss, NULL},
    [18] = {168, 168, read_class_b, NULL},
    [19] = {312, 312, read_class_b_extended, NULL},
    [20] = {72, 160, NULL, "a reservation of slots"},
    [21] = {272, 368, read_aid, NULL},
    [22] = {168, 168, NULL, "a channel assignment"},
    [23] = {160, 168, NULL, "a group assignment"},
    [24] = {160, 168, read_static, NULL},
    [25] = {40, 168, NULL, "a binary message of one slot"},
    [26] = {60, 1064, NULL, "a binary message of several slots"},
    [27] = {96, 168, read_long_range, NULL},
};

static void put_target(uint32_t mmsi, lee_report *out)
{
    memcpy(out->target.text, "mmsi:", 5);
    for (size_t i = 13; i >= 5; i--, mmsi /= 10) {
        out->target.text[i] = (char)('0' + mmsi % 10);
    }
}

lee_decode_result lee__ais_message(const uint8_t *bytes, size_t length_bits, lee_report *out,
                                   lee_error_info *why)
{
    assert(bytes);
    assert(length_bits <= LEE_AIS_BITS_MAX);

    lee_bits bits;
    lee_bits_init(&bits, bytes, length_bits);
    const uint32_t type = take(&bits, 6);
    lee_bits_skip(&bits, 2); /* repeat indicator */
    const uint32_t mmsi = take(&bits, 30);
    if (bits.failed) {
        return lee__decode_refused(why, LEE_ERR_TRUNCATED, "mmsi", "the message is too short");
    }
    if (type == 0 || type > 27) {
        return lee__decode_refused(why, LEE_ERR_UNSUPPORTED, "type", "must be 1 to 27");
    }
    if (length_bits < types[type].bits_min || length_bits > types[type].bits_max) {
        return lee__decode_refused(why, LEE_ERR_DOMAIN, "length", "not a length of this type");
    }
    if (mmsi == 0 || mmsi > MMSI_MAX) {
        return lee__decode_refused(why, LEE_ERR_DOMAIN, "mmsi", "must be 1 to 999999999");
    }
    if (types[type].read == NULL) {
        return lee__decode_nothing(why, types[type].nothing);
    }
    out->source = LEE_SOURCE_AIS;
    put_target(mmsi, out);
    const uint64_t present_before = out->present;
    const char *const bad = types[type].read(&bits, out);
    assert(!bits.failed);
    if (bad != NULL) {
        return lee__decode_refused(why, LEE_ERR_DOMAIN, bad, "not a value of this field");
    }
    if (out->present == present_before) {
        return lee__decode_nothing(why, "no reportable field");
    }
    return LEE_DECODED_REPORT;
}
