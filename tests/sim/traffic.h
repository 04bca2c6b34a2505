/* sim/traffic.h: what receivers say of drawn targets. */
#ifndef LEE_TESTS_SIM_TRAFFIC_H
#define LEE_TESTS_SIM_TRAFFIC_H

#include "sim/actors.h"

/* One line with its end, as a receiver of that format writes it. */
void sim_line_of_target(sim_format format, uint32_t number, int64_t utc_us, char out[512]);
void sim_line_of_garbage(char out[512]);

/* Reads such a line again, for the reference: another way than the program's. False: it is none, or
 * of a format that takes more than a line (AVR). The time is 0 where the line says none. */
bool sim_line_read(const char *line, size_t length, char target[32], int32_t *lat_e7,
                   int32_t *lon_e7, int64_t *t_us);

#endif
