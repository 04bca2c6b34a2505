/* zone/weekly.h: weekly rules in local time as intervals in UTC. */
#ifndef LEE_ZONE_WEEKLY_H
#define LEE_ZONE_WEEKLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "leeward/error.h"
#include "leeward/zone.h"
#include "zone/tzif.h"

#define LEE_INTERVALS_PER_ZONE_MAX 100000u

/* On each day of the mask (bit 0 is Monday) from one time of day to another, seconds 0..86400; when
 * the end is not after the start, to that time on the next day. */
typedef struct {
    uint8_t days;
    int32_t from_s;
    int32_t to_s;
} lee_weekly_rule;

/* Growing list of intervals; free with lee_intervals_free. */
typedef struct {
    lee_interval *items;
    size_t count;
    size_t capacity;
} lee_intervals;
LEE_CHECK_RESULT
lee_error lee_intervals_add(lee_intervals *list, int64_t from_us, int64_t to_us);
void lee_intervals_free(lee_intervals *list);

/* Appends the intervals of one rule that meet the window, cut to it. Where clocks change, starts
 * are the earlier and ends the later reading of the time. LEE_ERR_NO_MEMORY, LEE_ERR_LIMIT. */
LEE_CHECK_RESULT
lee_error lee_weekly_expand(const lee_weekly_rule *rule, const lee_tzif *time_zone, int64_t from_us,
                            int64_t to_us, lee_intervals *out);

/* What is common to both lists, which are sorted and disjoint, appended to *out. */
LEE_CHECK_RESULT
lee_error lee_intervals_common(const lee_intervals *a, const lee_intervals *b, lee_intervals *out);

/* "08:00", "08:00:30", "24:00", each with an optional "Z" or offset "+03:00" when `offset_s` is not
 * NULL (*has_offset says so). False: it is none. */
bool lee_time_of_day_parse(const char *text, int32_t *out_s, bool *has_offset, int32_t *offset_s);

/* "mon", "Monday", "MON": 0..6; "any", "daily": 7 (every day); -1: no such day. */
int lee_weekday_parse(const char *text);

/* "UTC", "Z", "+03:00". False: a named zone, or nothing of the kind. */
bool lee_utc_offset_parse(const char *text, int32_t *out_s);

#endif
