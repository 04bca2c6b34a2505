/* `active` and `weekly` of a zone file into a schedule. */
#include "zone/readers.h"

#include <assert.h>
#include <string.h>

#include "base/time_text.h"
#include "zone/schedule.h"
#include "zone/weekly.h"

static bool refuse(lee_zone_import *import, const char *field, const char *reason,
                   const char *detail)
{
    lee_gather_refuse(import, LEE_ERR_DOMAIN, field, reason, detail);
    return false;
}

static bool check(lee_zone_import *import, const char *field, lee_error error)
{
    if (error == LEE_OK) {
        return true;
    }
    if (error == LEE_ERR_NO_MEMORY) {
        import->error = error;
    }
    lee_gather_refuse(import, error, field, "it has too many intervals", NULL);
    return false;
}

static bool read_instant(lee_zone_import *import, const json_t *value, int64_t when_absent,
                         int64_t *out)
{
    if (!value || json_is_null(value)) {
        *out = when_absent;
        return true;
    }
    if (json_is_string(value) &&
        lee_time_parse(json_string_value(value), json_string_length(value), out)) {
        return true;
    }
    return refuse(import, "active", "it is not an instant with its offset",
                  json_is_string(value) ? json_string_value(value) : NULL);
}

static bool read_active(lee_zone_import *import, const json_t *active, lee_intervals *out)
{
    if (!json_is_array(active)) {
        return refuse(import, "active", "it is not a list of intervals", NULL);
    }
    for (size_t i = 0; i < json_array_size(active); i++) {
        const json_t *item = json_array_get(active, i);
        int64_t from_us = 0;
        int64_t to_us = 0;
        if (!json_is_object(item)) {
            return refuse(import, "active", "it is not a list of intervals", NULL);
        }
        if (!read_instant(import, json_object_get(item, "from"), INT64_MIN, &from_us) ||
            !read_instant(import, json_object_get(item, "to"), INT64_MAX, &to_us)) {
            return false;
        }
        if (from_us >= to_us) {
            return refuse(import, "active", "an interval ends before it begins", NULL);
        }
        if (!check(import, "active", lee_intervals_add(out, from_us, to_us))) {
            return false;
        }
    }
    out->count = lee_schedule_normalise(out->items, out->count);
    return true;
}

static bool read_days(lee_zone_import *import, const json_t *days, uint8_t *out)
{
    if (!json_is_array(days) || json_array_size(days) == 0) {
        return refuse(import, "weekly", "a rule has no list of days", NULL);
    }
    for (size_t i = 0; i < json_array_size(days); i++) {
        const char *text = json_string_value(json_array_get(days, i));
        const int day = text ? lee_weekday_parse(text) : -1;
        if (day < 0) {
            return refuse(import, "weekly", "it is not a day of the week", text);
        }
        *out = (uint8_t)(day == 7 ? 127 : *out | 1 << day);
    }
    return true;
}

static bool find_time_zone(lee_zone_import *import, const char *name, lee_tzif *out)
{
    int32_t offset_s = 0;
    if (!name) {
        return refuse(import, "weekly", "it names no time_zone", NULL);
    }
    if (lee_utc_offset_parse(name, &offset_s)) {
        lee_tzif_fixed(offset_s, out);
        return true;
    }
    const uint8_t *bytes = NULL;
    size_t length = 0;
    if (!import->options.time_zone) {
        return refuse(import, "weekly", "named time zones are not at hand here", name);
    }
    if (!import->options.time_zone(import->options.time_zone_context, name, &bytes, &length) ||
        !bytes) {
        return refuse(import, "weekly", "no such time zone", name);
    }
    if (lee_tzif_parse(bytes, length, out) != LEE_OK) {
        return refuse(import, "weekly", "the data of the time zone are damaged", name);
    }
    return true;
}

static bool read_rule(lee_zone_import *import, const json_t *item, const lee_tzif *time_zone,
                      lee_intervals *out)
{
    lee_weekly_rule rule = {0};
    const char *from = json_string_value(json_object_get(item, "from"));
    const char *to = json_string_value(json_object_get(item, "to"));
    if (!read_days(import, json_object_get(item, "days"), &rule.days)) {
        return false;
    }
    rule.to_s = 86400;
    if ((from && !lee_time_of_day_parse(from, &rule.from_s, NULL, NULL)) ||
        (to && !lee_time_of_day_parse(to, &rule.to_s, NULL, NULL))) {
        return refuse(import, "weekly", "from and to are times of day like 08:00", NULL);
    }
    return check(
        import, "weekly",
        lee_weekly_expand(&rule, time_zone, import->options.from_us, import->options.to_us, out));
}

/* {"time_zone":…,"rules":[…]}, or a list of rules each with its own time_zone. */
static bool read_weekly(lee_zone_import *import, const json_t *weekly, lee_intervals *out)
{
    const json_t *rules = json_is_object(weekly) ? json_object_get(weekly, "rules") : weekly;
    const char *common = json_string_value(json_object_get(weekly, "time_zone"));
    if (!json_is_array(rules)) {
        return refuse(import, "weekly", "it is not a list of rules", NULL);
    }
    for (size_t i = 0; i < json_array_size(rules); i++) {
        const json_t *item = json_array_get(rules, i);
        const char *own = json_string_value(json_object_get(item, "time_zone"));
        lee_tzif time_zone;
        if (!find_time_zone(import, own ? own : common, &time_zone) ||
            !read_rule(import, item, &time_zone, out)) {
            return false;
        }
    }
    out->count = lee_schedule_normalise(out->items, out->count);
    char to[LEE_TIME_TEXT_BYTES];
    (void)lee_time_format(import->options.to_us, to);
    lee_gather_note(import, "weekly", "weekly rules end with the window they were expanded for",
                    to);
    return true;
}

static void keep(lee_zone_import *import, const lee_intervals *list)
{
    lee_interval *items =
        lee_arena_alloc(import->arena, list->count ? list->count : 1, sizeof *items);
    if (!items) {
        import->error = LEE_ERR_NO_MEMORY;
        return;
    }
    if (list->count > 0) {
        memcpy(items, list->items, list->count * sizeof *items);
    }
    import->draft.schedule = (lee_schedule){.intervals = items, .count = (uint32_t)list->count};
}

void lee_read_schedule(lee_zone_import *import, const json_t *active, const json_t *weekly)
{
    assert(import->within_zone);
    lee_intervals spans = {0};
    lee_intervals weeks = {0};
    lee_intervals common = {0};
    import->draft.schedule = (lee_schedule){.always = true};
    const bool ok = (!active || read_active(import, active, &spans)) &&
                    (!weekly || read_weekly(import, weekly, &weeks));
    if (ok && active && weekly) {
        if (check(import, "weekly", lee_intervals_common(&spans, &weeks, &common))) {
            keep(import, &common);
        }
    } else if (ok && (active || weekly)) {
        keep(import, active ? &spans : &weeks);
    }
    lee_intervals_free(&spans);
    lee_intervals_free(&weeks);
    lee_intervals_free(&common);
}
