#include "decode/comm_b.h"

#include <stdlib.h>

#include "base/time_text.h"
#include "decode/adsb.h"
#include "decode/mode_s.h"

/* What ADS-B said counts for so long. */
#define VELOCITY_MAX_AGE_US (10 * LEE_US_PER_S)

/* More than these is no aircraft, or not by the register that is tried. */
#define ROLL_MAX_E3 50000
#define SPEED_MAX_KT 700
#define SPEED_APART_MAX_KT 250 /* true and ground speed: wind */
#define MACH_MAX_E3 1000
#define RATE_MAX_FPM 6500
#define ALTITUDE_MAX_FT 50000

/* Between what ADS-B says and the register: turns and wind within the age. */
#define KNOWN_SPEED_APART_MAX_KT 40
#define KNOWN_TRACK_APART_MAX_DEG 20
#define KNOWN_HEADING_APART_MAX_DEG 50

static uint32_t bits(uint64_t mb, unsigned first, unsigned width)
{
    return lee_mode_s_bits(mb, first, width);
}

/* A field behind its status bit. False: the bit says no and the field is not zero. */
static bool field_fits(uint64_t mb, unsigned status, unsigned width)
{
    return bits(mb, status, 1) != 0 || bits(mb, status + 1, width) == 0;
}

/* Two's complement of a sign and `width` bits behind it. */
static int32_t signed_bits(uint64_t mb, unsigned sign, unsigned width)
{
    const int32_t value = (int32_t)bits(mb, sign + 1, width);
    return bits(mb, sign, 1) != 0 ? value - (1 << width) : value;
}

/* An angle of a sign and ten bits in 90 / 512 degrees. */
static int32_t angle_e3(uint64_t mb, unsigned sign)
{
    return (int32_t)((bits(mb, sign, 11) * UINT64_C(360000) + 1024) / 2048 % 360000);
}

static bool is_10(uint64_t mb)
{
    return bits(mb, 1, 8) == 0x10 && bits(mb, 10, 5) == 0;
}

/* Doc 9871 table A-2-23: bits 29 to 56 reserved; nothing answers 2,0 and says that it does not. */
static bool is_17(uint64_t mb)
{
    return bits(mb, 7, 1) != 0 && bits(mb, 25, 4) == 0 && bits(mb, 29, 28) == 0;
}

static bool is_20(uint64_t mb)
{
    lee_report ignored = {.present = 0};
    return bits(mb, 1, 8) == 0x20 && lee__adsb_callsign(mb, &ignored);
}

/* Threat type 3 does not exist, nor an advisory of ACAS III (Annex 10 Vol IV 4.3.8.4.2.2.1). */
static bool is_30(uint64_t mb)
{
    return bits(mb, 1, 8) == 0x30 && bits(mb, 29, 2) != 3 && bits(mb, 16, 7) < 48;
}

static bool altitude_fits(uint64_t mb, unsigned status)
{
    return bits(mb, status, 1) == 0 || bits(mb, status + 1, 12) * 16 <= ALTITUDE_MAX_FT;
}

static bool is_40(uint64_t mb)
{
    const bool some = bits(mb, 1, 1) != 0 || bits(mb, 14, 1) != 0 || bits(mb, 27, 1) != 0;
    const uint32_t pressure_e1 = bits(mb, 28, 12) + 8000;
    return some && field_fits(mb, 1, 12) && field_fits(mb, 14, 12) && field_fits(mb, 27, 12) &&
           bits(mb, 40, 8) == 0 && field_fits(mb, 48, 3) && bits(mb, 52, 2) == 0 &&
           field_fits(mb, 54, 2) && altitude_fits(mb, 1) && altitude_fits(mb, 14) &&
           (bits(mb, 27, 1) == 0 || (pressure_e1 >= 9000 && pressure_e1 <= 11000));
}

static int32_t roll_e3(uint64_t mb)
{
    return signed_bits(mb, 2, 9) * 45000 / 256;
}

static bool is_50(uint64_t mb)
{
    /* Without track and both speeds there is too little to tell it by. */
    if (bits(mb, 12, 1) == 0 || bits(mb, 24, 1) == 0 || bits(mb, 46, 1) == 0 ||
        !field_fits(mb, 1, 10) || !field_fits(mb, 35, 10)) {
        return false;
    }
    const int32_t ground_kt = (int32_t)bits(mb, 25, 10) * 2;
    const int32_t air_kt = (int32_t)bits(mb, 47, 10) * 2;
    return abs(roll_e3(mb)) <= ROLL_MAX_E3 && ground_kt <= SPEED_MAX_KT && air_kt > 0 &&
           air_kt <= SPEED_MAX_KT && abs(ground_kt - air_kt) <= SPEED_APART_MAX_KT;
}

static int32_t rate_fpm(uint64_t mb, unsigned status)
{
    return signed_bits(mb, status + 1, 9) * 32;
}

static bool is_60(uint64_t mb)
{
    if (bits(mb, 1, 1) == 0 || bits(mb, 13, 1) == 0 || bits(mb, 24, 1) == 0 ||
        !field_fits(mb, 35, 10) || !field_fits(mb, 46, 10)) {
        return false;
    }
    const int32_t indicated_kt = (int32_t)bits(mb, 14, 10);
    const int32_t mach_e3 = (int32_t)bits(mb, 25, 10) * 4;
    /* Mach 1 is 573 kt in the cold and 661 kt on the ground; what is indicated is never more than
     * that by much, and half of it only very high up. */
    const int32_t full_kt = mach_e3 * 661 / 1000;
    return indicated_kt > 0 && indicated_kt <= 500 && mach_e3 > 0 && mach_e3 <= MACH_MAX_E3 &&
           indicated_kt <= full_kt + 20 && indicated_kt * 5 >= full_kt * 2 &&
           abs(rate_fpm(mb, 35)) <= RATE_MAX_FPM && abs(rate_fpm(mb, 46)) <= RATE_MAX_FPM;
}

static int32_t degrees_apart(int32_t a_deg, int32_t b_deg)
{
    const int32_t apart = abs(a_deg - b_deg) % 360;
    return apart > 180 ? 360 - apart : apart;
}

/* Does what ADS-B said refute it? */
static bool refutes_50(uint64_t mb, const lee__aircraft *aircraft)
{
    return abs((int32_t)bits(mb, 25, 10) * 2 - aircraft->speed_ground_kt) >
               KNOWN_SPEED_APART_MAX_KT ||
           degrees_apart(angle_e3(mb, 13) / 1000, aircraft->track_deg) > KNOWN_TRACK_APART_MAX_DEG;
}

static bool refutes_60(uint64_t mb, const lee__aircraft *aircraft)
{
    return degrees_apart(angle_e3(mb, 2) / 1000, aircraft->track_deg) > KNOWN_HEADING_APART_MAX_DEG;
}

lee_comm_b lee__comm_b_infer(uint64_t mb, const lee__aircraft *aircraft, int64_t t_us)
{
    if (is_10(mb)) {
        return LEE_COMM_B_10;
    }
    if (is_20(mb)) {
        return LEE_COMM_B_20;
    }
    if (is_30(mb)) {
        return LEE_COMM_B_30;
    }
    bool may_be_50 = is_50(mb);
    bool may_be_60 = is_60(mb);
    const int64_t age_us = t_us - aircraft->velocity_us;
    if (aircraft->velocity_us != LEE__NEVER_US && age_us >= -VELOCITY_MAX_AGE_US &&
        age_us <= VELOCITY_MAX_AGE_US) {
        may_be_50 = may_be_50 && !refutes_50(mb, aircraft);
        may_be_60 = may_be_60 && !refutes_60(mb, aircraft);
    }
    const bool may_be_17 = is_17(mb);
    const bool may_be_40 = is_40(mb);
    if (may_be_17 + may_be_40 + may_be_50 + may_be_60 != 1) {
        return LEE_COMM_B_UNKNOWN;
    }
    if (may_be_17) {
        return LEE_COMM_B_17;
    }
    if (may_be_40) {
        return LEE_COMM_B_40;
    }
    return may_be_50 ? LEE_COMM_B_50 : LEE_COMM_B_60;
}

static void decode_40(uint64_t mb, lee_report *report)
{
    /* What the crew set (MCP/FCU) before what the flight management system has. */
    const unsigned status = bits(mb, 1, 1) != 0 ? 1 : 14;
    if (bits(mb, status, 1) != 0) {
        report->alt_selected_ft = (int32_t)bits(mb, status + 1, 12) * 16;
        report->alt_selected_source = status == 1 ? LEE_ALT_SELECTED_MCP : LEE_ALT_SELECTED_FMS;
        report->present |= LEE_REPORT_HAS_ALT_SELECTED | LEE_REPORT_HAS_ALT_SELECTED_SOURCE;
    }
    if (bits(mb, 27, 1) != 0) {
        report->qnh_hpa_e1 = (int32_t)bits(mb, 28, 12) + 8000;
        report->present |= LEE_REPORT_HAS_QNH;
    }
}

static void decode_50(uint64_t mb, lee_report *report)
{
    if (bits(mb, 1, 1) != 0) {
        report->roll_deg_e3 = roll_e3(mb);
        report->present |= LEE_REPORT_HAS_ROLL;
    }
    if (bits(mb, 35, 1) != 0) { /* in 8 / 256 of a degree a second */
        report->track_rate_dps_e3 = signed_bits(mb, 36, 9) * 8000 / 256;
        report->present |= LEE_REPORT_HAS_TRACK_RATE;
    }
    report->track_deg_e3 = angle_e3(mb, 13);
    report->speed_ground_kt_e3 = (int32_t)bits(mb, 25, 10) * 2000;
    report->speed_air_kt_e3 = (int32_t)bits(mb, 47, 10) * 2000;
    report->present |=
        LEE_REPORT_HAS_TRACK | LEE_REPORT_HAS_SPEED_GROUND | LEE_REPORT_HAS_SPEED_AIR;
}

static void decode_60(uint64_t mb, lee_report *report)
{
    report->heading_magnetic_deg_e3 = angle_e3(mb, 2);
    report->speed_indicated_kt_e3 = (int32_t)bits(mb, 14, 10) * 1000;
    report->mach_e3 = (int32_t)bits(mb, 25, 10) * 4; /* 2.048 / 512, which is 0.004 */
    report->present |=
        LEE_REPORT_HAS_HEADING_MAGNETIC | LEE_REPORT_HAS_SPEED_INDICATED | LEE_REPORT_HAS_MACH;
    /* The barometric rate is the raw one; the inertial one is smoothed, but often not there. */
    const unsigned status = bits(mb, 35, 1) != 0 ? 35 : 46;
    if (bits(mb, status, 1) != 0) {
        report->vertical_rate_fpm = rate_fpm(mb, status);
        report->present |= LEE_REPORT_HAS_VERTICAL_RATE;
    }
}

void lee__comm_b_decode(lee_comm_b which, uint64_t mb, lee_report *report)
{
    switch (which) {
    case LEE_COMM_B_20:
        (void)lee__adsb_callsign(mb, report);
        break;
    case LEE_COMM_B_30:
        lee__adsb_advisory(mb, report);
        break;
    case LEE_COMM_B_40:
        decode_40(mb, report);
        break;
    case LEE_COMM_B_50:
        decode_50(mb, report);
        break;
    case LEE_COMM_B_60:
        decode_60(mb, report);
        break;
    case LEE_COMM_B_UNKNOWN:
    case LEE_COMM_B_10:
    case LEE_COMM_B_17:
        break;
    }
}
