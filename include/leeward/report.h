/* leeward/report.h: one decoded observation of a target; only what the source said.
 *
 * Every number is an integer in a stated unit, so that a report means the same on every machine.
 * Which fields are there is said by bits, never by a magic value. The fields stand once, in
 * LEE_REPORT_FIELDS, _TEXTS and _MORE: struct, presence bits, JSON and binary form all come from
 * it. */
#ifndef LEEWARD_REPORT_H
#define LEEWARD_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "leeward/target.h"

typedef enum {
    LEE_SOURCE_ADSB,
    LEE_SOURCE_MODE_S,
    LEE_SOURCE_MLAT,
    LEE_SOURCE_TISB,
    LEE_SOURCE_AIS,
    LEE_SOURCE_ASTERIX,
    LEE_SOURCE_REMOTE_ID,
    LEE_SOURCE_OBSERVER,
    LEE_SOURCE_GNSS,
    LEE_SOURCE_COUNT
} lee_source;

/* X(BIT, c type, member, JSON key, codec kind, codec argument)
 * kinds: INT (plain integer), FIX (integer scaled by 10^argument, printed as decimal), BOOL,
 * TEXT (NUL-padded array of `argument` bytes), SQUAWK (four octal digits as number, printed
 * "7700"), ENUM (argument: name table). `_e3` is x 10^3, `_e7` is x 10^7.
 *
 * The quality of a position and the fields behind it are those of ADS-B (RTCA DO-260B 2.2.3.2):
 * rc_m is the radius of containment that NIC stands for, rounded up; sda, gva and nac_v the design
 * assurance, geometric altitude and velocity accuracy categories. speed_air_kt is the true speed.
 * alt_selected_ft, heading_selected_deg and qnh_hpa are what the crew has set (of a radar track
 * without that: the level it is cleared to); roll_deg is positive to the right. acas_ra is what the
 * collision avoidance system advises: climb, descend, do_not_climb, do_not_descend, multiple
 * (threats), clear (of conflict). */
#define LEE_REPORT_FIELDS(X)                                                                       \
    X(LAT, int32_t, lat_e7, "lat", FIX, 7)                                                         \
    X(LON, int32_t, lon_e7, "lon", FIX, 7)                                                         \
    X(ALT_BARO, int32_t, alt_baro_ft, "alt_baro_ft", INT, 0)                                       \
    X(ALT_HAE, int32_t, alt_hae_ft, "alt_hae_ft", INT, 0)                                          \
    X(SPEED_GROUND, int32_t, speed_ground_kt_e3, "speed_ground_kt", FIX, 3)                        \
    X(TRACK, int32_t, track_deg_e3, "track_deg", FIX, 3)                                           \
    X(HEADING, int32_t, heading_deg_e3, "heading_deg", FIX, 3)                                     \
    X(SPEED_AIR, int32_t, speed_air_kt_e3, "speed_air_kt", FIX, 3)                                 \
    X(VERTICAL_RATE, int32_t, vertical_rate_fpm, "vertical_rate_fpm", INT, 0)                      \
    X(ON_GROUND, int32_t, on_ground, "on_ground", BOOL, 0)                                         \
    X(SQUAWK, int32_t, squawk, "squawk", SQUAWK, 0)                                                \
    X(NIC, int32_t, nic, "nic", INT, 0)                                                            \
    X(NAC_P, int32_t, nac_p, "nac_p", INT, 0)                                                      \
    X(SIL, int32_t, sil, "sil", INT, 0)                                                            \
    X(ADSB_VERSION, int32_t, adsb_version, "adsb_version", INT, 0)                                 \
    X(RC, int32_t, rc_m, "rc_m", INT, 0)                                                           \
    X(NAC_V, int32_t, nac_v, "nac_v", INT, 0)                                                      \
    X(GVA, int32_t, gva, "gva", INT, 0)                                                            \
    X(SDA, int32_t, sda, "sda", INT, 0)                                                            \
    X(HEADING_MAGNETIC, int32_t, heading_magnetic_deg_e3, "heading_magnetic_deg", FIX, 3)          \
    X(ROLL, int32_t, roll_deg_e3, "roll_deg", FIX, 3)                                              \
    X(ALT_SELECTED, int32_t, alt_selected_ft, "alt_selected_ft", INT, 0)                           \
    X(HEADING_SELECTED, int32_t, heading_selected_deg_e3, "heading_selected_deg", FIX, 3)          \
    X(QNH, int32_t, qnh_hpa_e1, "qnh_hpa", FIX, 1)

#define LEE_REPORT_TEXTS(X)                                                                        \
    X(CALLSIGN, callsign, "callsign", 16)                                                          \
    X(REGISTRATION, registration, "registration", 16)                                              \
    X(CATEGORY, category, "category", 4)                                                           \
    X(EMERGENCY, emergency, "emergency", 12)                                                       \
    X(RECEIVER, receiver, "receiver", 24)                                                          \
    X(ACAS_RA, acas_ra, "acas_ra", 16)

/* Numbers that came later: behind the texts, so that the binary form of the others stays.
 *
 * nic_baro: the pressure altitude was checked against another source (DO-260B 2.2.3.2.7.2.10;
 * 2.2.3.2.7.1.3). speed_indicated_kt, mach: ICAO Doc 9871 table A-2-96, bits 13 to 34, and the
 * airspeeds of DO-260B 2.2.3.2.6.3 that are indicated ones. track_rate_dps: table A-2-80, bits 35
 * to 45, in degrees a second, positive to the right. alt_selected_source: whose selection
 * alt_selected_ft is (lee_alt_selected_source). */
#define LEE_REPORT_MORE(X)                                                                         \
    X(NIC_BARO, int32_t, nic_baro, "nic_baro", BOOL, 0)                                            \
    X(SPEED_INDICATED, int32_t, speed_indicated_kt_e3, "speed_indicated_kt", FIX, 3)               \
    X(MACH, int32_t, mach_e3, "mach", FIX, 3)                                                      \
    X(TRACK_RATE, int32_t, track_rate_dps_e3, "track_rate_dps", FIX, 3)                            \
    X(ALT_SELECTED_SOURCE, int32_t, alt_selected_source, "alt_selected_source", ENUM,              \
      alt_selected_source_names)

/* "aircraft": it holds the altitude where it is; "mcp": the crew's choice on the control panel
 * (MCP, FCU); "fms": the flight management system's. */
typedef enum {
    LEE_ALT_SELECTED_AIRCRAFT,
    LEE_ALT_SELECTED_MCP,
    LEE_ALT_SELECTED_FMS,
    LEE_ALT_SELECTED_COUNT
} lee_alt_selected_source;

enum {
#define LEE_REPORT_INDEX(bit, type, member, key, kind, argument) LEE_REPORT_INDEX_##bit,
    LEE_REPORT_FIELDS(LEE_REPORT_INDEX)
#undef LEE_REPORT_INDEX
#define LEE_REPORT_INDEX(bit, member, key, bytes) LEE_REPORT_INDEX_##bit,
        LEE_REPORT_TEXTS(LEE_REPORT_INDEX)
#undef LEE_REPORT_INDEX
#define LEE_REPORT_INDEX(bit, type, member, key, kind, argument) LEE_REPORT_INDEX_##bit,
            LEE_REPORT_MORE(LEE_REPORT_INDEX)
#undef LEE_REPORT_INDEX
                LEE_REPORT_FIELD_COUNT
};

/* Presence bits: LEE_REPORT_HAS_LAT and so on. Latitude and longitude come together. The masks of
 * `present` have 64 bits: a complement is that of (uint64_t)LEE_REPORT_HAS_X. */
enum {
#define LEE_REPORT_BIT(bit, type, member, key, kind, argument)                                     \
    LEE_REPORT_HAS_##bit = 1 << LEE_REPORT_INDEX_##bit,
    LEE_REPORT_FIELDS(LEE_REPORT_BIT)
#undef LEE_REPORT_BIT
#define LEE_REPORT_BIT(bit, member, key, bytes) LEE_REPORT_HAS_##bit = 1 << LEE_REPORT_INDEX_##bit,
        LEE_REPORT_TEXTS(LEE_REPORT_BIT)
#undef LEE_REPORT_BIT
            LEE_REPORT_HAS_POSITION = LEE_REPORT_HAS_LAT | LEE_REPORT_HAS_LON
};
/* Beyond what an enumerator may hold. */
#define LEE_REPORT_BIT(bit, type, member, key, kind, argument)                                     \
    static const uint64_t LEE_REPORT_HAS_##bit = UINT64_C(1) << LEE_REPORT_INDEX_##bit;
LEE_REPORT_MORE(LEE_REPORT_BIT)
#undef LEE_REPORT_BIT

typedef struct {
    int64_t t_us; /* UTC */
    lee_target target;
    lee_source source;
    uint64_t present; /* LEE_REPORT_HAS_* */
#define LEE_REPORT_MEMBER(bit, type, member, key, kind, argument) type member;
    LEE_REPORT_FIELDS(LEE_REPORT_MEMBER)
    LEE_REPORT_MORE(LEE_REPORT_MEMBER)
#undef LEE_REPORT_MEMBER
#define LEE_REPORT_MEMBER(bit, member, key, bytes) char member[bytes];
    LEE_REPORT_TEXTS(LEE_REPORT_MEMBER)
#undef LEE_REPORT_MEMBER
} lee_report;

#endif
