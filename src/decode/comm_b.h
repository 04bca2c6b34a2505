/* decode/comm_b.h: which register a Comm-B reply holds (DF20, 21), and what it says.
 *
 * A reply does not say its register; only the interrogator knows what it asked for. Registers 1,0,
 * 2,0 and 3,0 begin with their number, the others are told by what they may hold (ICAO Doc 9871
 * tables A-2-xx): reserved bits, status bits whose fields are zero, values that fly. A reply that
 * fits two registers is taken for neither, unless what ADS-B said of the aircraft's speed and track
 * shortly before refutes one. */
#ifndef LEE_DECODE_COMM_B_H
#define LEE_DECODE_COMM_B_H

#include <stdint.h>

#include "decode/aircraft.h"
#include "leeward/report.h"

typedef enum {
    LEE_COMM_B_UNKNOWN,
    LEE_COMM_B_10, /* data link capability */
    LEE_COMM_B_17, /* registers that are serviced */
    LEE_COMM_B_20, /* identification */
    LEE_COMM_B_30, /* collision avoidance advisory */
    LEE_COMM_B_40, /* selected vertical intention */
    LEE_COMM_B_50, /* track and turn */
    LEE_COMM_B_60  /* heading and speed */
} lee_comm_b;

/* The register in a 56-bit MB field of an aircraft at t_us. */
lee_comm_b lee__comm_b_infer(uint64_t mb, const lee__aircraft *aircraft, int64_t t_us);

/* Fills what the register says. */
void lee__comm_b_decode(lee_comm_b which, uint64_t mb, lee_report *report);

#endif
