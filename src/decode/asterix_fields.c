#include "decode/asterix_fields.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/bytes.h"
#include "decode/adsb.h"
#include "decode/comm_b.h"
#include "decode/mode_s.h"
#include "geo/trig.h"

#define METRES_PER_NAUTICAL_MILE 1852.0

uint32_t lee__asterix_unsigned(const uint8_t *bytes, size_t first, unsigned width)
{
    assert(width <= 32);

    lee_bits cursor;
    lee_bits_init(&cursor, bytes, first + width);
    lee_bits_skip(&cursor, first);
    return (uint32_t)lee_bits_u(&cursor, width);
}

int32_t lee__asterix_signed(const uint8_t *bytes, size_t first, unsigned width)
{
    assert(width >= 1 && width <= 32);

    lee_bits cursor;
    lee_bits_init(&cursor, bytes, first + width);
    lee_bits_skip(&cursor, first);
    return (int32_t)lee_bits_s(&cursor, width);
}

int64_t lee__asterix_scale(int64_t value, int64_t multiplier, int64_t divisor)
{
    assert(divisor > 0);

    const int64_t product = value * multiplier;
    return product >= 0 ? (product + divisor / 2) / divisor : -((divisor / 2 - product) / divisor);
}

bool lee__asterix_position(const uint8_t *bytes, unsigned width, unsigned exponent, lee_report *out)
{
    const int64_t circle = INT64_C(1) << exponent;
    const int64_t lat_e7 =
        lee__asterix_scale(lee__asterix_signed(bytes, 0, width), LEE_LON_MAX_E7, circle);
    const int64_t lon_e7 =
        lee__asterix_scale(lee__asterix_signed(bytes, width, width), LEE_LON_MAX_E7, circle);
    if (lat_e7 < -LEE_LAT_MAX_E7 || lat_e7 > LEE_LAT_MAX_E7 || lon_e7 < -LEE_LON_MAX_E7 ||
        lon_e7 > LEE_LON_MAX_E7) {
        return false;
    }
    out->lat_e7 = (int32_t)lat_e7;
    out->lon_e7 = (int32_t)lon_e7;
    out->present |= LEE_REPORT_HAS_POSITION;
    return true;
}

void lee__asterix_mode_a(const uint8_t *bytes, lee_report *out)
{
    if (lee__asterix_unsigned(bytes, 0, 2) == 0) {
        out->squawk = (int32_t)lee__asterix_unsigned(bytes, 4, 12);
        out->present |= LEE_REPORT_HAS_SQUAWK;
    }
}

void lee__asterix_flight_level(const uint8_t *bytes, lee_report *out)
{
    if (lee__asterix_unsigned(bytes, 0, 2) == 0) {
        out->alt_baro_ft = lee__asterix_signed(bytes, 2, 14) * 25;
        out->present |= LEE_REPORT_HAS_ALT_BARO;
    }
}

void lee__asterix_callsign(const uint8_t *bytes, lee_report *out)
{
    const uint64_t characters =
        (uint64_t)lee__asterix_unsigned(bytes, 0, 24) << 24 | lee__asterix_unsigned(bytes, 24, 24);
    (void)lee__adsb_callsign(characters, out);
}

void lee__asterix_height(int32_t steps, lee_report *out)
{
    out->alt_hae_ft = (int32_t)lee__asterix_scale(steps, 25, 4);
    out->present |= LEE_REPORT_HAS_ALT_HAE;
}

static int32_t angle_deg_e3(uint32_t steps)
{
    return (int32_t)(lee__asterix_scale(steps, 360000, 65536) % 360000);
}

void lee__asterix_selected(int32_t steps, lee_report *out)
{
    const int32_t ft = steps * 25;
    if (ft >= -1300 && ft <= 100000) { /* the range of I021/146 and I062/380 */
        out->alt_selected_ft = ft;
        out->present |= LEE_REPORT_HAS_ALT_SELECTED;
    }
}

void lee__asterix_selection(const uint8_t *bytes, lee_report *out)
{
    static const lee_alt_selected_source sources[4] = {LEE_ALT_SELECTED_COUNT,
                                                       LEE_ALT_SELECTED_AIRCRAFT,
                                                       LEE_ALT_SELECTED_MCP, LEE_ALT_SELECTED_FMS};
    const lee_alt_selected_source source = sources[lee__asterix_unsigned(bytes, 1, 2)];
    lee__asterix_selected(lee__asterix_signed(bytes, 3, 13), out);
    if ((out->present & LEE_REPORT_HAS_ALT_SELECTED) != 0 && bytes[0] >> 7 != 0 &&
        source != LEE_ALT_SELECTED_COUNT) {
        out->alt_selected_source = (int32_t)source;
        out->present |= LEE_REPORT_HAS_ALT_SELECTED_SOURCE;
    }
}

void lee__asterix_speed(uint32_t speed, uint32_t track, lee_report *out)
{
    out->speed_ground_kt_e3 = (int32_t)lee__asterix_scale(speed, 3600000, 16384);
    out->track_deg_e3 = angle_deg_e3(track);
    out->present |= LEE_REPORT_HAS_SPEED_GROUND | LEE_REPORT_HAS_TRACK;
}

void lee__asterix_velocity(const uint8_t *bytes, lee_report *out)
{
    const double east = lee__asterix_signed(bytes, 0, 16) * 0.25;
    const double north = lee__asterix_signed(bytes, 16, 16) * 0.25;
    const double speed_mps = sqrt(east * east + north * north);
    out->speed_ground_kt_e3 =
        (int32_t)(speed_mps * (3600.0 * 1000.0 / METRES_PER_NAUTICAL_MILE) + 0.5);
    out->present |= LEE_REPORT_HAS_SPEED_GROUND;
    if (speed_mps > 0) {
        const double deg_e3 = lee_atan2(east, north) * LEE_DEGREES_PER_RADIAN * 1000.0;
        out->track_deg_e3 = (int32_t)(deg_e3 < 0 ? deg_e3 + 360000.5 : deg_e3 + 0.5) % 360000;
        out->present |= LEE_REPORT_HAS_TRACK;
    }
}

void lee__asterix_heading(uint32_t heading, lee_report *out)
{
    out->heading_magnetic_deg_e3 = angle_deg_e3(heading);
    out->present |= LEE_REPORT_HAS_HEADING_MAGNETIC;
}

void lee__asterix_speed_air(int64_t kt_e3, lee_report *out)
{
    out->speed_air_kt_e3 = (int32_t)kt_e3;
    out->present |= LEE_REPORT_HAS_SPEED_AIR;
}

void lee__asterix_speed_indicated(int64_t kt_e3, lee_report *out)
{
    out->speed_indicated_kt_e3 = (int32_t)kt_e3;
    out->present |= LEE_REPORT_HAS_SPEED_INDICATED;
}

void lee__asterix_mach(int32_t mach_e3, lee_report *out)
{
    if (mach_e3 <= 20000) {
        out->mach_e3 = mach_e3;
        out->present |= LEE_REPORT_HAS_MACH;
    }
}

void lee__asterix_speed_or_mach(const uint8_t *bytes, lee_report *out)
{
    const uint32_t value = lee__asterix_unsigned(bytes, 1, 15);
    if (bytes[0] >> 7 != 0) {
        lee__asterix_mach((int32_t)value, out);
    } else {
        lee__asterix_speed_indicated(lee__asterix_scale(value, 3600000, 16384), out);
    }
}

void lee__asterix_vertical_rate(int32_t steps, lee_report *out)
{
    out->vertical_rate_fpm = (int32_t)lee__asterix_scale(steps, 25, 4);
    out->present |= LEE_REPORT_HAS_VERTICAL_RATE;
}

static void set_text(char *out, size_t size, const char *text)
{
    const size_t length = strlen(text);
    assert(length < size);
    memcpy(out, text, length);
}

void lee__asterix_emitter(uint32_t code, lee_report *out)
{
    /* In the categories of ADS-B (DO-260B 2.2.3.2.5.2); NULL where there is no such. */
    static const char *const categories[] = {NULL, "A1", "A2", "A3", "A4", "A5", "A6", NULL, NULL,
                                             NULL, "A7", "B1", "B2", "B6", "B7", "B4", "B3", NULL,
                                             NULL, NULL, "C1", "C2", "C3", "C4", "C5"};
    if (code < sizeof categories / sizeof categories[0] && categories[code] != NULL) {
        set_text(out->category, sizeof out->category, categories[code]);
        out->present |= LEE_REPORT_HAS_CATEGORY;
    }
}

void lee__asterix_emergency(uint32_t code, lee_report *out)
{
    static const char *const emergencies[] = {NULL,    "general",  "lifeguard", "minfuel",
                                              "nordo", "unlawful", "downed"};
    if (code < sizeof emergencies / sizeof emergencies[0] && emergencies[code] != NULL) {
        set_text(out->emergency, sizeof out->emergency, emergencies[code]);
        out->present |= LEE_REPORT_HAS_EMERGENCY;
    }
}

void lee__asterix_flight_status(uint32_t status, lee_report *out)
{
    if (status <= 3) {
        lee__asterix_on_ground(status == 1 || status == 3, out);
    }
}

void lee__asterix_on_ground(bool on_ground, lee_report *out)
{
    out->on_ground = on_ground;
    out->present |= LEE_REPORT_HAS_ON_GROUND;
}

/* A signed angle of 11 bits, 90 / 512 degrees each. */
static int32_t register_angle_deg_e3(const uint8_t *mb, size_t first)
{
    const int64_t deg_e3 = lee__asterix_scale(lee__asterix_signed(mb, first, 11), 90000, 512);
    return (int32_t)((deg_e3 + 360000) % 360000);
}

/* Track and turn report (Doc 9871 table A-2-80); bits count from 0. */
static void take_register_50(const uint8_t *mb, lee_report *out)
{
    if (lee__asterix_unsigned(mb, 0, 1) != 0) {
        out->roll_deg_e3 = lee__asterix_signed(mb, 1, 10) * 45000 / 256;
        out->present |= LEE_REPORT_HAS_ROLL;
    }
    if (lee__asterix_unsigned(mb, 34, 1) != 0) {
        out->track_rate_dps_e3 = lee__asterix_signed(mb, 35, 10) * 8000 / 256;
        out->present |= LEE_REPORT_HAS_TRACK_RATE;
    }
    if (lee__asterix_unsigned(mb, 45, 1) != 0) {
        lee__asterix_speed_air((int64_t)lee__asterix_unsigned(mb, 46, 10) * 2000, out);
    }
    if ((out->present & LEE_REPORT_HAS_SPEED_GROUND) == 0 &&
        lee__asterix_unsigned(mb, 11, 1) != 0 && lee__asterix_unsigned(mb, 23, 1) != 0) {
        out->track_deg_e3 = register_angle_deg_e3(mb, 12);
        out->speed_ground_kt_e3 = (int32_t)lee__asterix_unsigned(mb, 24, 10) * 2000;
        out->present |= LEE_REPORT_HAS_SPEED_GROUND | LEE_REPORT_HAS_TRACK;
    }
}

/* Heading and speed report (table A-2-96). */
static void take_register_60(const uint8_t *mb, lee_report *out)
{
    if (lee__asterix_unsigned(mb, 0, 1) != 0) {
        out->heading_magnetic_deg_e3 = register_angle_deg_e3(mb, 1);
        out->present |= LEE_REPORT_HAS_HEADING_MAGNETIC;
    }
    if (lee__asterix_unsigned(mb, 12, 1) != 0) {
        lee__asterix_speed_indicated((int64_t)lee__asterix_unsigned(mb, 13, 10) * 1000, out);
    }
    if (lee__asterix_unsigned(mb, 23, 1) != 0) {
        lee__asterix_mach((int32_t)lee__asterix_unsigned(mb, 24, 10) * 4, out);
    }
    const size_t rates[] = {34, 45}; /* barometric, inertial */
    for (size_t i = 0; i < 2; i++) {
        if (lee__asterix_unsigned(mb, rates[i], 1) != 0 &&
            (out->present & LEE_REPORT_HAS_VERTICAL_RATE) == 0) {
            out->vertical_rate_fpm = lee__asterix_signed(mb, rates[i] + 1, 10) * 32;
            out->present |= LEE_REPORT_HAS_VERTICAL_RATE;
        }
    }
}

void lee__asterix_registers(const uint8_t *bytes, size_t size, lee_report *out)
{
    for (size_t at = 1; at + 8 <= size; at += 8) {
        if (bytes[at + 7] == 0x40) {
            const uint64_t mb = (uint64_t)lee__asterix_unsigned(bytes + at, 0, 28) << 28 |
                                lee__asterix_unsigned(bytes + at, 28, 28);
            lee__comm_b_decode(LEE_COMM_B_40, mb, out);
        }
    }
    /* 5,0 before 6,0, whatever their order. */
    for (size_t at = 1; at + 8 <= size; at += 8) {
        if (bytes[at + 7] == 0x50) {
            take_register_50(bytes + at, out);
        }
    }
    for (size_t at = 1; at + 8 <= size; at += 8) {
        if (bytes[at + 7] == 0x60) {
            take_register_60(bytes + at, out);
        }
    }
}
