#include "zone/weekly.h"

#include <assert.h>
#include <string.h>

#include "base/alloc.h"
#include "base/time_text.h"

#define DAY_S 86400

lee_error lee_intervals_add(lee_intervals *list, int64_t from_us, int64_t to_us)
{
    assert(list);
    if (list->count >= LEE_INTERVALS_PER_ZONE_MAX) {
        return LEE_ERR_LIMIT;
    }
    if (list->count == list->capacity) {
        const size_t capacity = list->capacity ? list->capacity * 2 : 64;
        lee_interval *items = lee_realloc(list->items, capacity, sizeof *items);
        if (!items) {
            return LEE_ERR_NO_MEMORY;
        }
        list->items = items;
        list->capacity = capacity;
    }
    list->items[list->count++] = (lee_interval){from_us, to_us};
    return LEE_OK;
}

void lee_intervals_free(lee_intervals *list)
{
    assert(list);
    lee_free(list->items);
    *list = (lee_intervals){0};
}

static int64_t floor_days(int64_t t_us)
{
    const int64_t day_us = DAY_S * LEE_US_PER_S;
    return t_us / day_us - (t_us % day_us < 0);
}

lee_error lee_weekly_expand(const lee_weekly_rule *rule, const lee_tzif *time_zone, int64_t from_us,
                            int64_t to_us, lee_intervals *out)
{
    assert(rule && time_zone && out);
    assert(rule->from_s >= 0 && rule->from_s <= DAY_S && rule->to_s >= 0 && rule->to_s <= DAY_S);
    assert(from_us <= to_us);

    const int64_t last_day = floor_days(to_us) + 2;
    for (int64_t day = floor_days(from_us) - 2; day <= last_day; day++) {
        /* 1970-01-01 was a Thursday. */
        const int64_t weekday = ((day + 3) % 7 + 7) % 7;
        if ((rule->days >> weekday & 1) == 0) {
            continue;
        }
        const int64_t end_s = rule->to_s > rule->from_s ? rule->to_s : rule->to_s + DAY_S;
        int64_t start_us =
            lee_tzif_from_local(time_zone, day * DAY_S + rule->from_s, false) * LEE_US_PER_S;
        int64_t stop_us = lee_tzif_from_local(time_zone, day * DAY_S + end_s, true) * LEE_US_PER_S;
        start_us = start_us < from_us ? from_us : start_us;
        stop_us = stop_us > to_us ? to_us : stop_us;
        if (start_us < stop_us) {
            const lee_error error = lee_intervals_add(out, start_us, stop_us);
            if (error != LEE_OK) {
                return error;
            }
        }
    }
    return LEE_OK;
}

lee_error lee_intervals_common(const lee_intervals *a, const lee_intervals *b, lee_intervals *out)
{
    assert(a && b && out);
    size_t i = 0;
    size_t j = 0;
    while (i < a->count && j < b->count) {
        const lee_interval *x = &a->items[i];
        const lee_interval *y = &b->items[j];
        const int64_t from_us = x->from_us > y->from_us ? x->from_us : y->from_us;
        const int64_t to_us = x->to_us < y->to_us ? x->to_us : y->to_us;
        if (from_us < to_us) {
            const lee_error error = lee_intervals_add(out, from_us, to_us);
            if (error != LEE_OK) {
                return error;
            }
        }
        if (x->to_us < y->to_us) {
            i++;
        } else {
            j++;
        }
    }
    return LEE_OK;
}

static bool two_digits(const char *text, int max, int *out)
{
    if (text[0] < '0' || text[0] > '9' || text[1] < '0' || text[1] > '9') {
        return false;
    }
    *out = (text[0] - '0') * 10 + (text[1] - '0');
    return *out <= max;
}

bool lee_utc_offset_parse(const char *text, int32_t *out_s)
{
    assert(text && out_s);
    if (strcmp(text, "UTC") == 0 || strcmp(text, "Z") == 0) {
        *out_s = 0;
        return true;
    }
    int hours = 0;
    int minutes = 0;
    if ((text[0] != '+' && text[0] != '-') || !two_digits(text + 1, 18, &hours) || text[3] != ':' ||
        !two_digits(text + 4, 59, &minutes) || text[6] != '\0') {
        return false;
    }
    const int32_t value = hours * 3600 + minutes * 60;
    *out_s = text[0] == '-' ? -value : value;
    return true;
}

bool lee_time_of_day_parse(const char *text, int32_t *out_s, bool *has_offset, int32_t *offset_s)
{
    assert(text && out_s);
    int hours = 0;
    int minutes = 0;
    int seconds = 0;
    if (!two_digits(text, 24, &hours) || text[2] != ':' || !two_digits(text + 3, 59, &minutes)) {
        return false;
    }
    text += 5;
    if (text[0] == ':') {
        if (!two_digits(text + 1, 59, &seconds)) {
            return false;
        }
        text += 3;
    }
    const int32_t value = hours * 3600 + minutes * 60 + seconds;
    if (value > DAY_S) {
        return false;
    }
    if (text[0] != '\0') {
        if (!offset_s || !lee_utc_offset_parse(text, offset_s)) {
            return false;
        }
        *has_offset = true;
    }
    *out_s = value;
    return true;
}

int lee_weekday_parse(const char *text)
{
    assert(text);
    static const char *const names[] = {"monday", "tuesday",  "wednesday", "thursday",
                                        "friday", "saturday", "sunday",    "any"};
    char lower[12];
    size_t length = 0;
    for (; text[length] != '\0'; length++) {
        if (length + 1 >= sizeof lower) {
            return -1;
        }
        const char c = text[length];
        lower[length] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    lower[length] = '\0';
    if (strcmp(lower, "daily") == 0) {
        return 7;
    }
    for (int i = 0; i < 8; i++) {
        const bool is_short = length == 3 && memcmp(lower, names[i], 3) == 0;
        if (is_short || strcmp(lower, names[i]) == 0) {
            return i;
        }
    }
    return -1;
}
