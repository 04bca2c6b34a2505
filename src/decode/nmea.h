/* decode/nmea.h: sentences of NMEA 0183 (IEC 61162-1), with TAG blocks (IEC 61162-450).
 *
 * "\s:station,c:1700000000*hh\!AIVDM,…*hh": an optional TAG block, '$' or '!', fields separated by
 * commas, '*' and two digits that are the exclusive or of what stands between. Receiver networks
 * add fields behind the checksum (",r003669946,…,1325394060": station and time). */
#ifndef LEE_DECODE_NMEA_H
#define LEE_DECODE_NMEA_H

#include "decode/csv.h"
#include "leeward/error.h"

#define LEE_NMEA_FIELDS_MAX 24

/* Borrowed from the line. */
typedef struct {
    char start;                            /* '$' or '!' */
    lee_slice fields[LEE_NMEA_FIELDS_MAX]; /* [0] is talker and name, "GPRMC" */
    size_t count;                          /* of fields that are kept */
    lee_slice station;                     /* who received it; length 0: not said */
    bool time_known;                       /* of receipt, from the TAG block or the suffix */
    int64_t t_us;
} lee_nmea_sentence;

/* LEE_ERR_SYNTAX: no sentence; LEE_ERR_CHECKSUM: of the sentence or of its TAG block; *reason is a
 * static sentence then, and *out may have been written to. */
LEE_CHECK_RESULT
lee_error lee_nmea_read(const char *line, size_t length, lee_nmea_sentence *out,
                        const char **reason);

/* Whether it is this sentence (three letters) of any talker of two letters. */
bool lee_nmea_is(const lee_nmea_sentence *sentence, const char *name);

/* A field, or an empty one behind the last. */
lee_slice lee_nmea_field(const lee_nmea_sentence *sentence, size_t index);

/* "hhmmss" with an optional fraction, to microseconds of the day. */
bool lee_nmea_time_of_day(lee_slice slice, int64_t *out_us);

/* "ddmmyy" (years 1980 to 2079), to the first instant of that day. */
bool lee_nmea_date(lee_slice slice, int64_t *out_us);

/* "ddmm.mmmm" and a hemisphere ("dddmm.mmmm" with E or W when `is_lon`), to degrees x 10^7. */
bool lee_nmea_angle(lee_slice slice, lee_slice hemisphere, bool is_lon, int32_t *out_e7);

#endif
