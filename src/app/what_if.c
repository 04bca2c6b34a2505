#include "app/what_if.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/args.h"
#include "app/memory.h"
#include "app/recorder.h"
#include "app/settings.h"
#include "base/alloc.h"
#include "base/time_text.h"
#include "record/codec.h"

#define LINE_BYTES 384

/* An event as far as it is compared: when, what, who, where. */
typedef struct {
    int64_t t_us;
    char text[LINE_BYTES];
} line;

typedef struct {
    lee_buffer lines; /* of type line */
    uint64_t by_kind[LEE_EVENT_KIND_COUNT];
} heard_events;

struct lee_what_if {
    lee_setting settings[LEE_ARGS_VALUES_MAX];
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

/* --- judging again --------------------------------------------------------------------------- */

lee_error lee_what_if_create(const char *const *settings, int count,
                             const lee_terrain_files *terrain, lee_what_if **out)
{
    assert(settings && count > 0 && count <= LEE_ARGS_VALUES_MAX && out);
    lee_what_if *const w = lee_alloc(1, sizeof *w);
    if (!w) {
        return LEE_ERR_NO_MEMORY;
    }
    w->setting_count = count;
    for (int i = 0; i < count; i++) {
        if (!lee_setting_read(settings[i], &w->settings[i])) {
            lee_free(w);
            return LEE_ERR_SYNTAX;
        }
    }
    lee_buffer_init(&w->recorded.lines, SIZE_MAX / 2);
    lee_buffer_init(&w->now.lines, SIZE_MAX / 2);
    const lee_recorder_options options = {.announce = on_decided, .context = w, .terrain = terrain};
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
        error = lee_settings_apply(w->settings, (uint32_t)w->setting_count, record, &text);
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
        printf("set %s=%s\n", w->settings[s].key, w->settings[s].text);
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
