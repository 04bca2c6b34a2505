/* zone/tzif.h: a compiled time zone (RFC 8536), read without the operating system. */
#ifndef LEE_ZONE_TZIF_H
#define LEE_ZONE_TZIF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "leeward/error.h"

/* A day of the year as POSIX TZ rules name it: M month.week.weekday, J day (1..365 without 29
 * February), or day 0..365. */
typedef struct {
    char form;     /* 'M', 'J' or 'n' */
    int16_t day;   /* J and n; of M: the weekday, 0 is Sunday */
    uint8_t month; /* 1..12 */
    uint8_t week;  /* 1..5; 5 is the last */
    int32_t at_s;  /* local time of day, may be negative or over a day */
} lee_tz_day;

/* What holds after the last transition of the file. */
typedef struct {
    bool has_dst;
    int32_t std_offset_s; /* east of UTC */
    int32_t dst_offset_s;
    lee_tz_day dst_begin;
    lee_tz_day dst_end;
} lee_tz_rule;

/* Borrows the bytes. */
typedef struct {
    const uint8_t *times; /* int64, big endian, ascending */
    const uint8_t *kinds; /* index into types */
    const uint8_t *types; /* six bytes each */
    uint32_t time_count;
    uint32_t type_count;
    bool has_rule;
    lee_tz_rule rule;
} lee_tzif;

/* LEE_ERR_SYNTAX: not TZif, or its counts or footer are wrong; LEE_ERR_TRUNCATED;
 * LEE_ERR_UNSUPPORTED: version 1, which ends in 2037; LEE_ERR_DOMAIN: an offset of a day or more,
 * times not ascending. */
LEE_CHECK_RESULT
lee_error lee_tzif_parse(const uint8_t *bytes, size_t length, lee_tzif *out);

/* The rule alone: "CET-1CEST,M3.5.0,M10.5.0/3". LEE_ERR_SYNTAX. */
LEE_CHECK_RESULT
lee_error lee_tz_rule_parse(const char *text, size_t length, lee_tz_rule *out);

/* A zone of one fixed offset, seconds east of UTC. */
void lee_tzif_fixed(int32_t offset_s, lee_tzif *out);

/* Seconds east of UTC at an instant, seconds since 1970. */
int32_t lee_tzif_offset_s(const lee_tzif *zone, int64_t t_s);

/* The instant of a local time, given as if it were UTC. Where it occurs twice or never, because the
 * clocks change, `latest` picks the later or the earlier of the two instants it may mean. */
int64_t lee_tzif_from_local(const lee_tzif *zone, int64_t local_s, bool latest);

#endif
