/* decode/asterix_fields.h: fields of ASTERIX items to fields of a report.
 *
 * Each function takes the bytes of an item that lee_asterix_parse has measured, and does nothing
 * where the item says that its value is not to be used. */
#ifndef LEE_DECODE_ASTERIX_FIELDS_H
#define LEE_DECODE_ASTERIX_FIELDS_H

#include <stddef.h>

#include "decode/asterix.h"
#include "leeward/report.h"

/* Bits of an item, counted from 0 at its most significant one. */
uint32_t lee__asterix_unsigned(const uint8_t *bytes, size_t first, unsigned width);
int32_t lee__asterix_signed(const uint8_t *bytes, size_t first, unsigned width);

/* value x multiplier / divisor, to the nearest, halves away from zero. */
int64_t lee__asterix_scale(int64_t value, int64_t multiplier, int64_t divisor);

/* Latitude and longitude of `width` bits each, of which 2^exponent make 180 degrees. False: no such
 * place. */
bool lee__asterix_position(const uint8_t *bytes, unsigned width, unsigned exponent,
                           lee_report *out);

/* Mode 3/A, and the flight level of a radar, with their bits V (not validated) and G (garbled). */
void lee__asterix_mode_a(const uint8_t *bytes, lee_report *out);
void lee__asterix_flight_level(const uint8_t *bytes, lee_report *out);

/* Six bits a character. */
void lee__asterix_callsign(const uint8_t *bytes, lee_report *out);

/* Steps of 6.25 ft above the ellipsoid. */
void lee__asterix_height(int32_t steps, lee_report *out);

/* Steps of 25 ft, of the altitude selected by the crew or the level cleared by control; and the
 * two bytes of I021/146 and of its like in I062/380, which say who selected it. */
void lee__asterix_selected(int32_t steps, lee_report *out);
void lee__asterix_selection(const uint8_t *bytes, lee_report *out);

/* Steps of 2^-14 NM/s and of 360 / 2^16 degrees; metres per second x 4 east and north. */
void lee__asterix_speed(uint32_t speed, uint32_t track, lee_report *out);
void lee__asterix_velocity(const uint8_t *bytes, lee_report *out);

void lee__asterix_heading(uint32_t heading, lee_report *out); /* of I021/152, I062/380: magnetic */
void lee__asterix_speed_air(int64_t kt_e3, lee_report *out);
void lee__asterix_speed_indicated(int64_t kt_e3, lee_report *out);
void lee__asterix_mach(int32_t mach_e3, lee_report *out);

/* I021/150 and its like in I062/380: steps of 2^-14 NM/s, or a Mach number. */
void lee__asterix_speed_or_mach(const uint8_t *bytes, lee_report *out);
void lee__asterix_vertical_rate(int32_t steps, lee_report *out); /* of 6.25 ft/min */

/* Emitter category as in I021/020, emergency as in I021/200 (0 is not reported), flight status as
 * in I048/230. */
void lee__asterix_emitter(uint32_t code, lee_report *out);
void lee__asterix_emergency(uint32_t code, lee_report *out);
void lee__asterix_flight_status(uint32_t status, lee_report *out);
void lee__asterix_on_ground(bool on_ground, lee_report *out);

/* A count and registers of Comm-B, each with its own number: 4,0 is taken, 5,0 and 6,0 fill what is
 * still missing. */
void lee__asterix_registers(const uint8_t *bytes, size_t size, lee_report *out);

#endif
