#include "app/what_if.h"

#include <assert.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/args.h"
#include "app/memory.h"
#include "app/recorder.h"
#include "base/alloc.h"
#include "base/time_text.h"
#include "record/codec.h"
#include "record/input.h"

#define LINE_BYTES 384
#define KEY_BYTES 64

/* An event as far as it is compared: when, what, who, where. */
typedef struct {
    int64_t t_us;
    char text[LINE_BYTES];
} line;

typedef struct {
    lee_buffer lines; /* of type line */
    uint64_t by_kind[LEE_EVENT_KIND_COUNT];
} heard_events;

/* KEY=NUMBER, read once. */
typedef struct {
    const char *text;
    char key[KEY_BYTES];
    bool is_for_session;
    int64_t value;
} setting;

struct lee_what_if {
    setting settings[LEE_ARGS_VALUES_MAX];
    int setting_count;
    lee_recorder *recorder;
    heard_events recorded;
    heard_events now;
    bool zones_seen;
};

static void hear(heard_events *heard, const lee_record *record)
{
    lee_bytes in;
    lee_event event;
    char zone[129];
    line one = {.t_us = 0};
    char time[LEE_TIME_TEXT_BYTES];
    lee_bytes_init(&in, record->bytes, record->length);
    if (lee_event_decode(&in, &event, zone) != LEE_OK) {
        fprintf(stderr, "leeward: record %llu is no event\n", (unsigned long long)record->index);
        return;
    }
    lee_time_format(event.t_us, time);
    one.t_us = event.t_us;
    (void)snprintf(one.text, sizeof one.text, "%s %s %s %s", time, lee_event_kind_name(event.kind),
                   event.target.text, zone);
    lee_buffer_bytes(&heard->lines, &one, sizeof one);
    lee_memory_require_whole(&heard->lines);
    heard->by_kind[event.kind]++;
}

static void on_decided(void *context, const lee_record *record)
{
    lee_what_if *const w = context;
    if (record->kind == LEE_RECORD_EVENT) {
        hear(&w->now, record);
    }
}

/* --- settings -------------------------------------------------------------------------------- */

/* False: it is no setting. */
static bool read_setting(const char *text, setting *out)
{
    const size_t length = strcspn(text, "=");
    if (length == 0 || length >= sizeof out->key || text[length] == '\0') {
        return false;
    }
    *out = (setting){.text = text};
    memcpy(out->key, text, length);
    out->is_for_session = strcmp(out->key, "qnh_hpa") == 0;
    return lee_args_number(text + length + 1, out->is_for_session ? 1 : 0, &out->value);
}

/* LEE_ERR_DOMAIN: a zone has no such member. */
static lee_error set_watch(const setting *s, json_t *watch)
{
    if (!json_object_get(watch, s->key)) {
        fprintf(stderr, "leeward: --set %s: zones have no such parameter\n", s->text);
        return LEE_ERR_DOMAIN;
    }
    return json_object_set_new(watch, s->key, json_integer(s->value)) == 0 ? LEE_OK
                                                                           : LEE_ERR_NO_MEMORY;
}

/* Puts the settings for zones into the `watch` object of each. */
static lee_error set_zones(const lee_what_if *w, json_t *zones)
{
    const json_t *const features = json_object_get(zones, "features");
    lee_error error = LEE_OK;
    for (int s = 0; s < w->setting_count; s++) {
        if (w->settings[s].is_for_session) {
            continue;
        }
        for (size_t i = 0; i < json_array_size(features) && error == LEE_OK; i++) {
            json_t *const properties = json_object_get(json_array_get(features, i), "properties");
            error = set_watch(&w->settings[s], json_object_get(properties, "watch"));
        }
    }
    return error;
}

static lee_error set_session(const lee_what_if *w, json_t *session)
{
    for (int s = 0; s < w->setting_count; s++) {
        if (w->settings[s].is_for_session &&
            json_object_set_new(session, "qnh_hpa_e1", json_integer(w->settings[s].value)) != 0) {
            return LEE_ERR_NO_MEMORY;
        }
    }
    return LEE_OK;
}

static int put_text(const char *text, size_t length, void *buffer)
{
    lee_buffer_bytes(buffer, text, length);
    return 0;
}

/* The input as it would have been with the settings, appended to *out. */
static lee_error altered(const lee_what_if *w, const lee_record *record, lee_buffer *out)
{
    lee_input_text input = {.text = record->bytes, .length = record->length};
    const bool is_zones = record->kind == LEE_RECORD_ZONES;
    if (is_zones && !lee_input_text_decode(record->bytes, record->length, &input)) {
        return LEE_ERR_CORRUPT;
    }
    json_t *const json = json_loadb((const char *)input.text, input.length, 0, NULL);
    if (!json) {
        return LEE_ERR_NO_MEMORY; /* it was read when it was recorded */
    }
    lee_error error = is_zones ? set_zones(w, json) : set_session(w, json);
    lee_buffer text;
    lee_buffer_init(&text, LEE_JOURNAL_RECORD_MAX_BYTES);
    if (error == LEE_OK && json_dump_callback(json, put_text, &text, JSON_COMPACT) != 0) {
        error = LEE_ERR_NO_MEMORY;
    }
    error = error == LEE_OK ? text.error : error;
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

/* --- judging again --------------------------------------------------------------------------- */

lee_error lee_what_if_create(const char *const *settings, int count, lee_what_if **out)
{
    assert(settings && count > 0 && count <= LEE_ARGS_VALUES_MAX && out);
    lee_what_if *const w = lee_alloc(1, sizeof *w);
    if (!w) {
        return LEE_ERR_NO_MEMORY;
    }
    w->setting_count = count;
    for (int i = 0; i < count; i++) {
        if (!read_setting(settings[i], &w->settings[i])) {
            fprintf(stderr, "leeward: --set %s: must be KEY=NUMBER, such as warning_time_s=120\n",
                    settings[i]);
            lee_free(w);
            return LEE_ERR_SYNTAX;
        }
    }
    lee_buffer_init(&w->recorded.lines, SIZE_MAX / 2);
    lee_buffer_init(&w->now.lines, SIZE_MAX / 2);
    const lee_recorder_options options = {.announce = on_decided, .context = w};
    const lee_error error = lee_recorder_create(&options, &w->recorder);
    if (error != LEE_OK) {
        lee_free(w);
        return error;
    }
    *out = w;
    return LEE_OK;
}

void lee_what_if_free(lee_what_if *w)
{
    if (w) {
        lee_recorder_free(w->recorder);
        lee_buffer_free(&w->recorded.lines);
        lee_buffer_free(&w->now.lines);
        lee_free(w);
    }
}

lee_error lee_what_if_take(lee_what_if *w, const lee_record *record)
{
    assert(w && record);
    if (record->kind == LEE_RECORD_EVENT) {
        hear(&w->recorded, record);
    }
    if (!lee_record_kind_is_input(record->kind)) {
        return LEE_OK;
    }
    lee_buffer text;
    lee_buffer_init(&text, LEE_JOURNAL_RECORD_MAX_BYTES);
    const uint8_t *bytes = record->bytes;
    size_t length = record->length;
    lee_error error = LEE_OK;
    if (record->kind == LEE_RECORD_ZONES || record->kind == LEE_RECORD_SESSION) {
        error = altered(w, record, &text);
        bytes = text.bytes;
        length = text.length;
    }
    if (error == LEE_OK) {
        lee_error_info why;
        error = lee_recorder_submit(w->recorder, record->kind, bytes, length, &why);
        if (error != LEE_OK && error != LEE_ERR_NO_MEMORY) {
            fprintf(stderr, "leeward: record %llu (%s): %s%s%s\n",
                    (unsigned long long)record->index, lee_record_kind_name(record->kind),
                    why.field ? why.field : "", why.field ? ": " : "", why.reason);
        }
    }
    lee_buffer_free(&text);
    return error;
}

/* --- comparing ------------------------------------------------------------------------------- */

static int compare_lines(const void *left, const void *right)
{
    const line *const a = left;
    const line *const b = right;
    if (a->t_us != b->t_us) {
        return a->t_us < b->t_us ? -1 : 1;
    }
    return strcmp(a->text, b->text);
}

static size_t sorted(heard_events *heard, line **out)
{
    const size_t count = heard->lines.length / sizeof(line);
    *out = (line *)(void *)heard->lines.bytes;
    if (count > 0) {
        qsort(*out, count, sizeof(line), compare_lines);
    }
    return count;
}

void lee_what_if_print(lee_what_if *w)
{
    lee_recorder_commit(w->recorder);
    line *before = NULL;
    line *now = NULL;
    const size_t before_count = sorted(&w->recorded, &before);
    const size_t now_count = sorted(&w->now, &now);
    size_t same = 0;
    for (size_t i = 0, k = 0; i < before_count || k < now_count;) {
        const int order = i == before_count ? 1
                          : k == now_count  ? -1
                                            : compare_lines(&before[i], &now[k]);
        if (order == 0) {
            same++;
            i++;
            k++;
        } else if (order < 0) {
            printf("- %s\n", before[i++].text);
        } else {
            printf("+ %s\n", now[k++].text);
        }
    }
    for (int s = 0; s < w->setting_count; s++) {
        printf("set %s\n", w->settings[s].text);
    }
    for (int kind = 0; kind < LEE_EVENT_KIND_COUNT; kind++) {
        if (w->recorded.by_kind[kind] + w->now.by_kind[kind] > 0) {
            printf("%s %llu, with it %llu\n", lee_event_kind_name((lee_event_kind)kind),
                   (unsigned long long)w->recorded.by_kind[kind],
                   (unsigned long long)w->now.by_kind[kind]);
        }
    }
    printf("events %zu, with it %zu, the same %zu\n", before_count, now_count, same);
}
