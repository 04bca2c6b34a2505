/* decode/adsb.h: the 56 bits of an extended squitter (RTCA DO-260B; ICAO Doc 9871 appendices A-C).
 */
#ifndef LEE_DECODE_ADSB_H
#define LEE_DECODE_ADSB_H

#include "decode/aircraft.h"
#include "decode/position.h"
#include "leeward/report.h"

/* Fills what the message says into *report, whose target, time and source are set. NULL: there may
 * be something in it; else why there is not. */
const char *lee__adsb_decode(lee__aircraft *aircraft, uint64_t me,
                             const lee__position_context *context, lee_report *report);

/* The same for the coarse position of a ground station, whose bits are others: DF18 with control
 * field 3. */
const char *lee__adsb_decode_coarse(lee__aircraft *aircraft, uint64_t me,
                                    const lee__position_context *context, lee_report *report);

/* The messages of status: type codes 28, 29 and 31. Answers as lee__adsb_decode does. */
const char *lee__adsb_status(lee__aircraft *aircraft, uint64_t me, lee_report *report);

/* NIC and the radius of containment of a position, by its type code, the supplement B that stands
 * in it, and by what the operational status last said of version and other supplements. */
void lee__adsb_integrity(const lee__aircraft *aircraft, uint32_t type, uint32_t supplement_b,
                         lee_report *report);

/* The advice of a collision avoidance system: the 22 bits from ARA to MTE of ICAO Annex 10 Vol IV
 * 4.3.8.4.2.2.1, as they stand from bit 9 on in register 3,0 and in an ADS-B broadcast. */
void lee__adsb_advisory(uint64_t field, lee_report *report);

/* The eight characters from bit 9 on of an identification (type codes 1 to 4, and register 2,0 of
 * Comm-B). False: one of them does not exist. */
bool lee__adsb_callsign(uint64_t field, lee_report *report);

/* The direction of a velocity, thousandths of a degree, 0..359999; not both are zero. For numbers
 * of ten bits it is the nearest, as by lee_atan2, which takes three times as long. */
int32_t lee__adsb_track_deg_e3(int32_t east, int32_t north);

/* TIS-B and ADS-R: is the address an ICAO one? The message says so in its ICAO/Mode A flag (IMF).
 */
bool lee__adsb_imf(uint64_t me);

#endif
