#include "decode/adsb.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "decode/mode_s.h"
#include "geo/trig.h"

#define US_PER_S INT64_C(1000000)

/* Pressure altitude and its difference to GNSS height change slowly; they are joined when they are
 * at most this far apart in time. */
#define JOIN_ALTITUDE_US (2 * US_PER_S)
#define JOIN_DIFFERENCE_US (10 * US_PER_S)

static uint32_t bits(uint64_t me, unsigned first, unsigned width)
{
    return lee_mode_s_bits(me, first, width);
}

static int32_t rounded(double value)
{
    return (int32_t)(value < 0 ? value - 0.5 : value + 0.5);
}

/* An angle in units of 360 degrees / 2^log2_units, as thousandths of a degree below 360000. */
static int32_t angle_e3(uint32_t value, unsigned log2_units)
{
    const uint64_t units = UINT64_C(1) << log2_units;
    return (int32_t)(((uint64_t)value * 360000 + units / 2) / units % 360000);
}

/* --- identification and category: type codes 1 to 4 ------------------------------------------- */

bool lee__adsb_callsign(uint64_t field, lee_report *report)
{
    /* ICAO Annex 10 Vol IV table 3-7; '#' is no character. */
    static const char characters[] =
        "#ABCDEFGHIJKLMNOPQRSTUVWXYZ##### ###############0123456789######";
    char text[8];
    size_t length = 0;
    for (unsigned i = 0; i < 8; i++) {
        text[i] = characters[bits(field, 9 + 6 * i, 6)];
        if (text[i] == '#') {
            return false;
        }
        if (text[i] != ' ') {
            length = i + 1;
        }
    }
    if (length > 0) {
        memcpy(report->callsign, text, length);
        report->present |= LEE_REPORT_HAS_CALLSIGN;
    }
    return true;
}

static const char *decode_identification(uint64_t me, lee_report *report)
{
    if (!lee__adsb_callsign(me, report)) {
        return "a callsign with a character that does not exist";
    }
    const uint32_t type = bits(me, 1, 5);
    const uint32_t category = bits(me, 6, 3);
    if (category != 0) {
        report->category[0] = (char)('A' + 4 - (int)type);
        report->category[1] = (char)('0' + category);
        report->present |= LEE_REPORT_HAS_CATEGORY;
    }
    return NULL;
}

/* --- positions: type codes 5 to 8, 9 to 18, 20 to 22 ------------------------------------------ */

static void set_position(lee_report *report, lee_point position)
{
    report->lat_e7 = position.lat_e7;
    report->lon_e7 = position.lon_e7;
    report->present |= LEE_REPORT_HAS_POSITION;
}

static void set_on_ground(lee_report *report, bool on_ground)
{
    report->on_ground = on_ground;
    report->present |= LEE_REPORT_HAS_ON_GROUND;
}

/* DO-260B table 2-35; thousandths of a knot, the lower end of each step. False: not said. */
static bool surface_speed(uint32_t movement, int32_t *out_kt_e3)
{
    static const struct {
        uint8_t from;
        int32_t base_e3;
        int32_t step_e3;
    } ranges[] = {{124, 175000, 0}, {109, 100000, 5000}, {94, 70000, 2000}, {39, 15000, 1000},
                  {13, 2000, 500},  {9, 1000, 250},      {2, 125, 125},     {1, 0, 0}};
    if (movement == 0 || movement > 124) {
        return false;
    }
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        if (movement >= ranges[i].from) {
            *out_kt_e3 =
                ranges[i].base_e3 + (int32_t)(movement - ranges[i].from) * ranges[i].step_e3;
            return true;
        }
    }
    return false;
}

static lee_cpr half_of(uint64_t me, bool surface)
{
    return (lee_cpr){.lat = bits(me, 23, 17),
                     .lon = bits(me, 40, 17),
                     .odd = bits(me, 22, 1) != 0,
                     .surface = surface};
}

static const char *decode_surface(lee__aircraft *aircraft, uint64_t me,
                                  const lee__position_context *context, lee_report *report)
{
    const uint32_t type = bits(me, 1, 5);
    int32_t speed_kt_e3;
    aircraft->speed_surface_kt = -1;
    if (surface_speed(bits(me, 6, 7), &speed_kt_e3)) {
        report->speed_ground_kt_e3 = speed_kt_e3;
        report->present |= LEE_REPORT_HAS_SPEED_GROUND;
        aircraft->speed_surface_kt = speed_kt_e3 / 1000;
    }
    if (bits(me, 13, 1) != 0) {
        report->track_deg_e3 = angle_e3(bits(me, 14, 7), 7);
        report->present |= LEE_REPORT_HAS_TRACK;
    }
    set_on_ground(report, true);
    const lee_cpr half = half_of(me, true);
    lee_point position;
    if (lee__position_update(aircraft, &half, context, &position) == NULL) {
        set_position(report, position);
        lee__adsb_integrity(aircraft, type, 0, report);
    }
    return NULL;
}

static bool is_near(int64_t a_us, int64_t b_us, int64_t limit_us)
{
    return b_us != LEE__NEVER_US && llabs(a_us - b_us) <= limit_us;
}

static void set_alt_hae(lee_report *report, int32_t alt_ft)
{
    report->alt_hae_ft = alt_ft;
    report->present |= LEE_REPORT_HAS_ALT_HAE;
}

static void decode_altitude(lee__aircraft *aircraft, uint64_t me, bool is_height,
                            const lee__position_context *context, lee_report *report)
{
    int32_t alt_ft;
    if (!lee_mode_s_altitude_12(bits(me, 9, 12), &alt_ft)) {
        return;
    }
    if (is_height) {
        set_alt_hae(report, alt_ft);
        return;
    }
    report->alt_baro_ft = alt_ft;
    report->present |= LEE_REPORT_HAS_ALT_BARO;
    aircraft->alt_baro_ft = alt_ft;
    aircraft->alt_baro_us = context->t_us;
    if (context->timed &&
        is_near(context->t_us, aircraft->height_difference_us, JOIN_DIFFERENCE_US)) {
        set_alt_hae(report, alt_ft + aircraft->height_difference_ft);
    }
}

static const char *decode_airborne(lee__aircraft *aircraft, uint64_t me,
                                   const lee__position_context *context, lee_report *report)
{
    const uint32_t type = bits(me, 1, 5);
    decode_altitude(aircraft, me, type >= 20, context, report);
    set_on_ground(report, false);
    const lee_cpr half = half_of(me, false);
    lee_point position;
    if (lee__position_update(aircraft, &half, context, &position) == NULL) {
        set_position(report, position);
        lee__adsb_integrity(aircraft, type, bits(me, 8, 1), report);
    }
    return NULL;
}

/* DO-260B figure 2-30. The halves have 12 bits, which are the upper ones of the 17 of others: a
 * position is right to 80 m in latitude, and no integrity is said. The speed is a range of 32 kt
 * and the track a multiple of 11.25 degrees: a track from the positions is soon better, so both are
 * left out. */
const char *lee__adsb_decode_coarse(lee__aircraft *aircraft, uint64_t me,
                                    const lee__position_context *context, lee_report *report)
{
    const lee_cpr half = {.lat = bits(me, 33, 12) << 5,
                          .lon = bits(me, 45, 12) << 5,
                          .odd = bits(me, 32, 1) != 0,
                          .surface = false};
    lee_point position;
    decode_altitude(aircraft, me >> 1, false, context, report); /* from bit 8 on instead of 9 */
    set_on_ground(report, false);
    if (lee__position_update(aircraft, &half, context, &position) == NULL) {
        set_position(report, position);
    }
    return NULL;
}

/* Type code 0: no position, but there may be an altitude. */
static const char *decode_no_position(lee__aircraft *aircraft, uint64_t me,
                                      const lee__position_context *context, lee_report *report)
{
    decode_altitude(aircraft, me, false, context, report);
    return NULL;
}

/* --- velocity: type code 19 ------------------------------------------------------------------- */

/* The angle of the vector (x, y), 0 <= y <= x, x > 0, in thousandths of a degree: that of the
 * nearest sixteenth of the tangent, and the rest by the series of the arc tangent, whose first term
 * left out is below 1e-9. */
static double first_octant_deg_e3(double x, double y)
{
    /* atan(i / 16) */
    static const double sixteenths_deg_e3[17] = {
        0.00000000000,     3576.33437499735,  7125.01634890180,  10619.65527615513,
        14036.24346792648, 17354.02463626132, 20556.04521958347, 23629.37773065682,
        26565.05117707799, 29357.75354279127, 32005.38320808349, 34508.52298766840,
        36869.89764584402, 39093.85888622950, 41185.92516570965, 43152.38973400540,
        45000.00000000000,
    };
    const double tangent = y / x;
    const int nearest = (int)(tangent * 16.0 + 0.5);
    const double known = nearest / 16.0;
    const double rest = (tangent - known) / (1.0 + tangent * known);
    const double z = rest * rest;
    const double angle_rad = rest - rest * z * (1.0 / 3.0 - z * (1.0 / 5.0 - z * (1.0 / 7.0)));
    return sixteenths_deg_e3[nearest] + angle_rad * (LEE_DEGREES_PER_RADIAN * 1000.0);
}

int32_t lee__adsb_track_deg_e3(int32_t east, int32_t north)
{
    assert(east != 0 || north != 0);

    const int32_t width = abs(north);
    const int32_t height = abs(east);
    double angle = height <= width ? first_octant_deg_e3(width, height)
                                   : 90000.0 - first_octant_deg_e3(height, width);
    if (north < 0) {
        angle = 180000.0 - angle;
    }
    const int32_t track_deg_e3 = rounded(angle);
    return east < 0 && track_deg_e3 != 0 ? 360000 - track_deg_e3 : track_deg_e3;
}

static void decode_ground_velocity(uint64_t me, int32_t scale, lee_report *report)
{
    const int32_t east_raw = (int32_t)bits(me, 15, 10);
    const int32_t north_raw = (int32_t)bits(me, 26, 10);
    if (east_raw == 0 || north_raw == 0) {
        return;
    }
    const int32_t east_kt = (east_raw - 1) * scale * (bits(me, 14, 1) != 0 ? -1 : 1);
    const int32_t north_kt = (north_raw - 1) * scale * (bits(me, 25, 1) != 0 ? -1 : 1);
    report->speed_ground_kt_e3 =
        rounded(1000.0 * sqrt((double)(east_kt * east_kt + north_kt * north_kt)));
    report->present |= LEE_REPORT_HAS_SPEED_GROUND;
    if (east_kt != 0 || north_kt != 0) {
        report->track_deg_e3 = lee__adsb_track_deg_e3(east_kt, north_kt);
        report->present |= LEE_REPORT_HAS_TRACK;
    }
}

/* For what the Comm-B registers are compared with. */
static void remember_velocity(lee__aircraft *aircraft, const lee__position_context *context,
                              const lee_report *report)
{
    const uint32_t both = LEE_REPORT_HAS_SPEED_GROUND | LEE_REPORT_HAS_TRACK;
    if ((report->present & both) == both) {
        aircraft->velocity_us = context->t_us;
        aircraft->speed_ground_kt = (int16_t)(report->speed_ground_kt_e3 / 1000);
        aircraft->track_deg = (int16_t)(report->track_deg_e3 / 1000);
    }
}

static void decode_air_velocity(const lee__aircraft *aircraft, uint64_t me, int32_t scale,
                                lee_report *report)
{
    const int32_t heading_deg_e3 = angle_e3(bits(me, 15, 10), 10);
    if (bits(me, 14, 1) != 0 && aircraft->heading_is_magnetic) {
        report->heading_magnetic_deg_e3 = heading_deg_e3;
        report->present |= LEE_REPORT_HAS_HEADING_MAGNETIC;
    } else if (bits(me, 14, 1) != 0) {
        report->heading_deg_e3 = heading_deg_e3;
        report->present |= LEE_REPORT_HAS_HEADING;
    }
    const int32_t speed_raw = (int32_t)bits(me, 26, 10);
    const int32_t speed_kt_e3 = (speed_raw - 1) * scale * 1000;
    if (speed_raw != 0 && bits(me, 25, 1) != 0) {
        report->speed_air_kt_e3 = speed_kt_e3;
        report->present |= LEE_REPORT_HAS_SPEED_AIR;
    } else if (speed_raw != 0) {
        report->speed_indicated_kt_e3 = speed_kt_e3;
        report->present |= LEE_REPORT_HAS_SPEED_INDICATED;
    }
}

static void decode_height_difference(lee__aircraft *aircraft, uint64_t me,
                                     const lee__position_context *context, lee_report *report)
{
    const int32_t difference_raw = (int32_t)bits(me, 50, 7);
    if (difference_raw == 0) {
        return;
    }
    aircraft->height_difference_ft = (difference_raw - 1) * 25 * (bits(me, 49, 1) != 0 ? -1 : 1);
    aircraft->height_difference_us = context->t_us;
    if (context->timed && is_near(context->t_us, aircraft->alt_baro_us, JOIN_ALTITUDE_US)) {
        set_alt_hae(report, aircraft->alt_baro_ft + aircraft->height_difference_ft);
    }
}

static const char *decode_velocity(lee__aircraft *aircraft, uint64_t me,
                                   const lee__position_context *context, lee_report *report)
{
    const uint32_t subtype = bits(me, 6, 3);
    if (subtype < 1 || subtype > 4) {
        return "a velocity of unknown subtype";
    }
    const int32_t scale = subtype % 2 == 0 ? 4 : 1; /* supersonic */
    if (subtype <= 2) {
        decode_ground_velocity(me, scale, report);
        remember_velocity(aircraft, context, report);
    } else {
        decode_air_velocity(aircraft, me, scale, report);
    }
    const int32_t rate_raw = (int32_t)bits(me, 38, 9);
    if (rate_raw != 0) {
        report->vertical_rate_fpm = (rate_raw - 1) * 64 * (bits(me, 37, 1) != 0 ? -1 : 1);
        report->present |= LEE_REPORT_HAS_VERTICAL_RATE;
    }
    if (context->fine_tisb) {
        /* DO-260B 2.2.17.3.4: NACp where others have flags and NACv; the difference only with the
         * GEO flag, and integrity in its place without. */
        report->nac_p = (int32_t)bits(me, 10, 4);
        report->present |= LEE_REPORT_HAS_NAC_P;
    } else if ((report->present & (LEE_REPORT_HAS_SPEED_GROUND | LEE_REPORT_HAS_SPEED_AIR |
                                   LEE_REPORT_HAS_SPEED_INDICATED)) != 0) {
        /* NUCr in version 0, whose steps are the same. */
        report->nac_v = (int32_t)bits(me, 11, 3);
        report->present |= LEE_REPORT_HAS_NAC_V;
    }
    if (!context->fine_tisb || bits(me, 36, 1) != 0) {
        decode_height_difference(aircraft, me, context, report);
    }
    return NULL;
}

bool lee__adsb_imf(uint64_t me)
{
    const uint32_t type = bits(me, 1, 5);
    if (type >= 5 && type <= 8) {
        return bits(me, 21, 1) != 0;
    }
    if ((type >= 9 && type <= 18) || (type >= 20 && type <= 22)) {
        return bits(me, 8, 1) != 0;
    }
    if (type == 19) {
        return bits(me, 9, 1) != 0;
    }
    /* Status, of ADS-R alone (DO-260B 2.2.18). */
    if (type == 28) {
        return bits(me, 6, 3) == 1 && bits(me, 56, 1) != 0;
    }
    if (type == 29) {
        return bits(me, 51, 1) != 0;
    }
    return type == 31 && bits(me, 56, 1) != 0;
}

const char *lee__adsb_decode(lee__aircraft *aircraft, uint64_t me,
                             const lee__position_context *context, lee_report *report)
{
    const uint32_t type = bits(me, 1, 5);
    if (type >= 9 && type <= 22 && type != 19) {
        return decode_airborne(aircraft, me, context, report);
    }
    if (type == 19) {
        return decode_velocity(aircraft, me, context, report);
    }
    if (type >= 1 && type <= 4) {
        return decode_identification(me, report);
    }
    if (type >= 5 && type <= 8) {
        return decode_surface(aircraft, me, context, report);
    }
    if (type == 0) {
        return decode_no_position(aircraft, me, context, report);
    }
    return lee__adsb_status(aircraft, me, report);
}
