/* base/time_text.h: instants as text (RFC 3339), without clock, locale or time zone tables. */
#ifndef LEE_BASE_TIME_TEXT_H
#define LEE_BASE_TIME_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LEE_US_PER_S INT64_C(1000000)
#define LEE_US_PER_DAY (86400 * LEE_US_PER_S)
#define LEE_TIME_TEXT_BYTES 32

/* "2024-06-06T08:58:01.25Z" or with an offset "+03:00"; fraction of up to nine digits, cut to
 * microseconds; years 1678..2261. A text without offset is refused, except a bare date, which
 * means its first instant UTC. A leap second counts as the next second. */
bool lee_time_parse(const char *text, size_t length, int64_t *out_us);

/* "2024-06-06T08:58:01Z", with the fraction only when there is one. Returns the length. */
size_t lee_time_format(int64_t t_us, char out[LEE_TIME_TEXT_BYTES]);

/* The civil date of a day counted from 1970-01-01, and back (proleptic Gregorian). */
int64_t lee_days_from_civil(int64_t year, unsigned month, unsigned day);
void lee_civil_from_days(int64_t days, int64_t *year, unsigned *month, unsigned *day);

#endif
