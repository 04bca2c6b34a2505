/* What ADS-B says about itself: integrity and accuracy by version, status messages (RTCA DO-260,
 * DO-260A, DO-260B are versions 0, 1, 2). */
#include <string.h>

#include "decode/adsb.h"
#include "decode/mode_s.h"

static uint32_t bits(uint64_t me, unsigned first, unsigned width)
{
    return lee_mode_s_bits(me, first, width);
}

/* --- integrity -------------------------------------------------------------------------------- */

typedef struct {
    int8_t nic;
    int32_t rc_m; /* rounded up; 0: unknown */
} integrity;

/* By type code where no supplement counts. DO-260B table 2-14 and 2-70; of version 0 the limits are
 * those of DO-260 table 2-11 (HPL), in metres of the NIC whose radius holds them. */
static const integrity by_type[23] = {
    [5] = {11, 8},    [6] = {10, 25},    [7] = {8, 186},    [8] = {0, 0},    [9] = {11, 8},
    [10] = {10, 25},  [11] = {8, 186},   [12] = {7, 371},   [13] = {6, 926}, [14] = {5, 1852},
    [15] = {4, 3704}, [16] = {2, 14816}, [17] = {1, 37040}, [18] = {0, 0},   [20] = {11, 8},
    [21] = {10, 25},  [22] = {0, 0}};

static integrity integrity_version_2(uint32_t type, bool a, bool b, bool c)
{
    switch (type) {
    case 7:
        return a && !c ? (integrity){9, 75} : by_type[type];
    case 8:
        if (a) {
            return c ? (integrity){7, 371} : (integrity){6, 556};
        }
        return c ? (integrity){6, 1112} : by_type[type];
    case 11:
        return a && b ? (integrity){9, 75} : by_type[type];
    case 13:
        if (a) {
            return (integrity){6, 1112};
        }
        return b ? (integrity){6, 556} : by_type[type];
    case 16:
        return a && b ? (integrity){3, 7408} : by_type[type];
    default:
        return by_type[type];
    }
}

static integrity integrity_version_1(uint32_t type, bool a)
{
    switch (type) {
    case 7:
    case 11:
        return a ? (integrity){9, 75} : by_type[type];
    case 13:
        return a ? (integrity){6, 1112} : by_type[type];
    case 16:
        return a ? (integrity){3, 7408} : by_type[type];
    default:
        return by_type[type];
    }
}

void lee__adsb_integrity(const lee__aircraft *aircraft, uint32_t type, uint32_t supplement_b,
                         lee_report *report)
{
    const bool a = aircraft->nic_supplement_a != 0;
    const bool c = aircraft->nic_supplement_c != 0;
    integrity found = by_type[type];
    if (aircraft->version == 0) {
        /* An HPL below 10 NM, which is more than the 8 NM of NIC 2. */
        found = type == 16 ? (integrity){1, 18520} : found;
    } else if (aircraft->version == 1) {
        found = integrity_version_1(type, a);
    } else {
        found = integrity_version_2(type, a, supplement_b != 0, c);
    }
    report->nic = found.nic;
    report->present |= LEE_REPORT_HAS_NIC;
    if (found.rc_m > 0) {
        report->rc_m = found.rc_m;
        report->present |= LEE_REPORT_HAS_RC;
    }
}

/* --- type code 28: emergency, collision avoidance --------------------------------------------- */

static void set_text(char *out, size_t size, const char *text)
{
    const size_t length = strlen(text);
    memcpy(out, text, length < size ? length : size - 1);
}

static void set_emergency(uint32_t code, lee_report *report)
{
    /* The words of readsb's aircraft.json. */
    static const char *const emergencies[8] = {"none",  "general",  "lifeguard", "minfuel",
                                               "nordo", "unlawful", "downed",    NULL};
    const char *const emergency = emergencies[code];
    if (emergency != NULL) {
        set_text(report->emergency, sizeof report->emergency, emergency);
        report->present |= LEE_REPORT_HAS_EMERGENCY;
    }
}

void lee__adsb_advisory(uint64_t field, lee_report *report)
{
    const bool one_sense = bits(field, 9, 1) != 0;
    const bool downward = bits(field, 11, 1) != 0;
    const bool positive = bits(field, 15, 1) != 0;
    const bool ended = bits(field, 27, 1) != 0;
    const bool multiple = bits(field, 28, 1) != 0;
    const char *advice = NULL;
    if (ended) {
        advice = "clear";
    } else if (one_sense && positive) {
        advice = downward ? "descend" : "climb";
    } else if (one_sense) {
        advice = downward ? "do_not_climb" : "do_not_descend";
    } else if (multiple) {
        advice = "multiple";
    }
    if (advice != NULL) {
        set_text(report->acas_ra, sizeof report->acas_ra, advice);
        report->present |= LEE_REPORT_HAS_ACAS_RA;
    }
}

static const char *decode_aircraft_status(uint64_t me, lee_report *report)
{
    const uint32_t subtype = bits(me, 6, 3);
    if (subtype == 2) {
        lee__adsb_advisory(me, report);
        return "a collision avoidance message without advice";
    }
    if (subtype != 1) {
        return "an aircraft status that is not reported";
    }
    set_emergency(bits(me, 9, 3), report);
    const uint32_t identity = bits(me, 12, 13);
    if (identity != 0) {
        report->squawk = lee_mode_s_squawk(identity);
        report->present |= LEE_REPORT_HAS_SQUAWK;
    }
    return NULL;
}

/* --- type code 29: target state and status ---------------------------------------------------- */

static void set_accuracy(lee_report *report, uint32_t nac_p, uint32_t sil)
{
    report->nac_p = (int32_t)nac_p;
    report->sil = (int32_t)sil;
    report->present |= LEE_REPORT_HAS_NAC_P | LEE_REPORT_HAS_SIL;
}

static void set_altitude_selected(int32_t alt_ft, lee_alt_selected_source source,
                                  lee_report *report)
{
    report->alt_selected_ft = alt_ft;
    report->alt_selected_source = (int32_t)source;
    report->present |= LEE_REPORT_HAS_ALT_SELECTED | LEE_REPORT_HAS_ALT_SELECTED_SOURCE;
}

static void set_nic_baro(uint32_t nic_baro, lee_report *report)
{
    report->nic_baro = (int32_t)nic_baro;
    report->present |= LEE_REPORT_HAS_NIC_BARO;
}

/* Version 2: DO-260B 2.2.3.2.7.1.3. */
static void decode_target_state_2(uint64_t me, lee_report *report)
{
    const int32_t altitude = (int32_t)bits(me, 10, 11);
    const int32_t pressure = (int32_t)bits(me, 21, 9);
    if (altitude != 0) {
        set_altitude_selected((altitude - 1) * 32,
                              bits(me, 9, 1) != 0 ? LEE_ALT_SELECTED_FMS : LEE_ALT_SELECTED_MCP,
                              report);
    }
    if (pressure != 0) {
        report->qnh_hpa_e1 = 8000 + (pressure - 1) * 8;
        report->present |= LEE_REPORT_HAS_QNH;
    }
    if (bits(me, 30, 1) != 0) {
        /* Two's complement in 180 / 256 degrees: the same as a whole turn in 512. */
        report->heading_selected_deg_e3 =
            (int32_t)((bits(me, 31, 9) * 360000 + 256) / 512 % 360000);
        report->present |= LEE_REPORT_HAS_HEADING_SELECTED;
    }
}

/* Version 1: DO-260A 2.2.3.2.7.1.3. */
static void decode_target_state_1(uint64_t me, lee_report *report)
{
    static const lee_alt_selected_source sources[4] = {LEE_ALT_SELECTED_COUNT, LEE_ALT_SELECTED_MCP,
                                                       LEE_ALT_SELECTED_AIRCRAFT,
                                                       LEE_ALT_SELECTED_FMS};
    const lee_alt_selected_source source = sources[bits(me, 8, 2)];
    const uint32_t altitude = bits(me, 16, 10);
    const uint32_t heading = bits(me, 28, 9);
    if (source != LEE_ALT_SELECTED_COUNT && altitude <= 1010) {
        set_altitude_selected((int32_t)altitude * 100 - 1000, source, report);
    }
    if (bits(me, 26, 2) != 0 && heading < 360) {
        report->heading_selected_deg_e3 = (int32_t)heading * 1000;
        report->present |= LEE_REPORT_HAS_HEADING_SELECTED;
    }
    set_emergency(bits(me, 54, 3), report);
}

static const char *decode_target_state(uint64_t me, lee_report *report)
{
    const uint32_t subtype = bits(me, 6, 2);
    if (subtype == 1) {
        decode_target_state_2(me, report);
    } else if (subtype == 0 && bits(me, 11, 1) == 0) {
        decode_target_state_1(me, report);
    } else {
        return "a target state that is not reported";
    }
    set_accuracy(report, bits(me, 40, 4), bits(me, 45, 2));
    set_nic_baro(bits(me, 44, 1), report);
    return NULL;
}

/* --- type code 31: operational status --------------------------------------------------------- */

static const char *decode_operational_status(lee__aircraft *aircraft, uint64_t me,
                                             lee_report *report)
{
    const uint32_t subtype = bits(me, 6, 3);
    const uint32_t version = bits(me, 41, 3);
    if (subtype > 1) {
        return "an operational status of unknown subtype";
    }
    if (version > 2) {
        return "an operational status of unknown version";
    }
    aircraft->version = (uint8_t)version;
    report->adsb_version = (int32_t)version;
    report->present |= LEE_REPORT_HAS_ADSB_VERSION;
    if (version == 0) {
        return NULL;
    }
    aircraft->nic_supplement_a = (uint8_t)bits(me, 44, 1);
    aircraft->heading_is_magnetic = bits(me, 54, 1) != 0;
    set_accuracy(report, bits(me, 45, 4), bits(me, 51, 2));
    if (subtype == 0) { /* on the surface the bit is another */
        set_nic_baro(bits(me, 53, 1), report);
    }
    if (version < 2) {
        return NULL;
    }
    report->sda = (int32_t)bits(me, 31, 2);
    report->present |= LEE_REPORT_HAS_SDA;
    if (subtype == 0) {
        report->gva = (int32_t)bits(me, 49, 2);
        report->present |= LEE_REPORT_HAS_GVA;
    } else {
        aircraft->nic_supplement_c = (uint8_t)bits(me, 20, 1);
        report->nac_v = (int32_t)bits(me, 17, 3);
        report->present |= LEE_REPORT_HAS_NAC_V;
    }
    return NULL;
}

const char *lee__adsb_status(lee__aircraft *aircraft, uint64_t me, lee_report *report)
{
    switch (bits(me, 1, 5)) {
    case 28:
        return decode_aircraft_status(me, report);
    case 29:
        return decode_target_state(me, report);
    case 31:
        return decode_operational_status(aircraft, me, report);
    default:
        return "a type of message that is not reported";
    }
}
