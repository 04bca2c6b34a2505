#include "app/settings.h"

#include <assert.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "app/args.h"
#include "base/limits.h"
#include "record/input.h"
#include "zone/watch_fields.h"

/* A parameter and its range, in units of 10^-decimals; those of the watch as app/session.c reads
 * them. */
typedef struct {
    const char *key;
    const char *session_key;
    int decimals;
    int64_t min;
    int64_t max;
} parameter;

static const parameter parameters[] = {
#define ZONE_PARAMETER(member, min, max) {#member, NULL, 0, min, max},
    LEE_ZONE_WATCH_FIELDS(ZONE_PARAMETER) LEE_ZONE_WATCH_FIELDS_LATER(ZONE_PARAMETER)
#undef ZONE_PARAMETER
        {"qnh_hpa", "qnh_hpa_e1", 1, 8500, 11000},
    {"geoid_m", "geoid_m", 0, -120, 120},
    {"geoid_error_m", "geoid_error_m", 0, 0, 240},
    {"stale_after_s", "stale_after_s", 0, 1, 3600},
    {"expire_after_s", "expire_after_s", 0, 1, 7200},
    {"tracks_max", "tracks_max", 0, 16, LEE_TRACKS_MAX},
    {"incidents_max", "incidents_max", 0, 16, LEE_INCIDENTS_MAX},
};
#define PARAMETER_COUNT (sizeof parameters / sizeof *parameters)

static bool make(const parameter *p, int64_t value, lee_setting *out)
{
    *out = (lee_setting){p->key, p->session_key, value, p->decimals, ""};
    lee_buffer text;
    lee_buffer_init(&text, sizeof out->text - 1);
    lee_buffer_fixed(&text, value, p->decimals);
    memcpy(out->text, text.bytes ? (const char *)text.bytes : "", text.length);
    lee_buffer_free(&text);
    return value >= p->min && value <= p->max;
}

void lee_settings_print(FILE *to)
{
    for (size_t i = 0; i < PARAMETER_COUNT; i++) {
        lee_setting least;
        lee_setting most;
        (void)make(&parameters[i], parameters[i].min, &least);
        (void)make(&parameters[i], parameters[i].max, &most);
        fprintf(to, "%-18s %s to %s%s\n", parameters[i].key, least.text, most.text,
                parameters[i].session_key ? ", of the watch" : "");
    }
}

static const parameter *find(const char *text, size_t length)
{
    for (size_t i = 0; i < PARAMETER_COUNT; i++) {
        if (strlen(parameters[i].key) == length && memcmp(parameters[i].key, text, length) == 0) {
            return &parameters[i];
        }
    }
    return NULL;
}

static uint32_t refuse(const char *text, const char *reason)
{
    fprintf(stderr, "leeward: --set %s: %s\n", text, reason);
    return 0;
}

/* The text of a number, and in *number what it is. */
static bool read_number(const parameter *p, const char *text, size_t length, int64_t *number)
{
    char copy[32];
    if (length == 0 || length >= sizeof copy) {
        return false;
    }
    memcpy(copy, text, length);
    copy[length] = '\0';
    return lee_args_number(copy, p->decimals, number);
}

static uint32_t say_range(const char *text, const parameter *p)
{
    lee_setting least;
    lee_setting most;
    (void)make(p, p->min, &least);
    (void)make(p, p->max, &most);
    fprintf(stderr, "leeward: --set %s: %s must be %s to %s\n", text, p->key, least.text,
            most.text);
    return 0;
}

/* FROM:TO:STEP. */
static uint32_t read_range(const parameter *p, const char *text, const char *values,
                           lee_setting *out)
{
    const char *const second = strchr(values, ':') + 1;
    const char *const third = strchr(second, ':');
    int64_t from = 0;
    int64_t to = 0;
    int64_t step = 0;
    if (!third || !read_number(p, values, (size_t)(second - values) - 1, &from) ||
        !read_number(p, second, (size_t)(third - second), &to) ||
        !read_number(p, third + 1, strlen(third + 1), &step) || step <= 0 || to < from) {
        return refuse(text, "a range is FROM:TO:STEP, upwards");
    }
    /* Both ends are checked first, so that no sum can overflow. */
    if (from < p->min || to > p->max) {
        return say_range(text, p);
    }
    if ((to - from) / step >= LEE_SETTING_VALUES_MAX) {
        return refuse(text, "has more than 64 values");
    }
    uint32_t count = 0;
    for (int64_t value = from; value <= to; value += step) {
        (void)make(p, value, &out[count++]);
    }
    return count;
}

uint32_t lee_setting_read_values(const char *text, lee_setting out[LEE_SETTING_VALUES_MAX])
{
    assert(text && out);
    const size_t length = strcspn(text, "=");
    if (text[length] == '\0') {
        return refuse(text, "must be KEY=NUMBER, such as warning_time_s=120");
    }
    const parameter *const p = find(text, length);
    if (!p) {
        refuse(text, "there is no such parameter");
        fputs("leeward: there are\n", stderr);
        lee_settings_print(stderr);
        return 0;
    }
    const char *values = text + length + 1;
    if (strchr(values, ':')) {
        return read_range(p, text, values, out);
    }
    for (uint32_t count = 0; count < LEE_SETTING_VALUES_MAX; values++) {
        const size_t digits = strcspn(values, ",");
        int64_t number = 0;
        if (!read_number(p, values, digits, &number)) {
            return refuse(text, "must be KEY=NUMBER, such as warning_time_s=120");
        }
        if (!make(p, number, &out[count++])) {
            return say_range(text, p);
        }
        values += digits;
        if (*values == '\0') {
            return count;
        }
    }
    return refuse(text, "has more than 64 values");
}

bool lee_setting_read(const char *text, lee_setting *out)
{
    lee_setting values[LEE_SETTING_VALUES_MAX];
    const uint32_t count = lee_setting_read_values(text, values);
    if (count > 1) {
        refuse(text, "one value is tried here; leeward tune tries several");
    }
    *out = values[0];
    return count == 1;
}

/* --- putting them into records ----------------------------------------------------------------
 */

static bool set(json_t *object, const char *key, int64_t value)
{
    return json_object_set_new(object, key, json_integer(value)) == 0;
}

/* In the `watch` object of every zone, or in the session. False: no memory. */
static bool put(const lee_setting *setting, bool is_zones, json_t *json)
{
    if (!is_zones) {
        return !setting->session_key || set(json, setting->session_key, setting->value);
    }
    const json_t *const features = json_object_get(json, "features");
    bool done = true;
    for (size_t i = 0; !setting->session_key && i < json_array_size(features) && done; i++) {
        json_t *const properties = json_object_get(json_array_get(features, i), "properties");
        json_t *const watch = json_object_get(properties, "watch");
        /* Zones were written whole when they were recorded. */
        done = !watch || set(watch, setting->key, setting->value);
    }
    return done;
}

static int put_text(const char *text, size_t length, void *buffer)
{
    lee_buffer_bytes(buffer, text, length);
    return 0;
}

lee_error lee_settings_apply(const lee_setting *settings, uint32_t count, const lee_record *record,
                             lee_buffer *out)
{
    assert((settings || count == 0) && record && out);
    lee_input_text input = {.text = record->bytes, .length = record->length};
    const bool is_zones = record->kind == LEE_RECORD_ZONES;
    if (is_zones && !lee_input_text_decode(record->bytes, record->length, &input)) {
        return LEE_ERR_CORRUPT;
    }
    json_t *const json = json_loadb((const char *)input.text, input.length, 0, NULL);
    if (!json) {
        return LEE_ERR_NO_MEMORY; /* it was read when it was recorded */
    }
    bool done = true;
    for (uint32_t i = 0; i < count && done; i++) {
        done = put(&settings[i], is_zones, json);
    }
    lee_buffer text;
    lee_buffer_init(&text, LEE_JOURNAL_RECORD_MAX_BYTES);
    done = done && json_dump_callback(json, put_text, &text, JSON_COMPACT) == 0;
    lee_error error = done ? text.error : LEE_ERR_NO_MEMORY;
    if (error == LEE_OK && is_zones) {
        input.text = text.bytes;
        input.length = text.length;
        lee_input_text_encode(&input, out);
    } else if (error == LEE_OK) {
        lee_buffer_bytes(out, text.bytes, text.length);
    }
    lee_buffer_free(&text);
    json_decref(json);
    return error == LEE_OK ? out->error : error;
}
