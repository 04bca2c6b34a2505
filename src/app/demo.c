#include "app/demo.h"

#include <assert.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/time_text.h"
#include "io/read_file.h"
#include "leeward/deframe.h"

#define RECORDING_MAX_BYTES (512u * 1024u * 1024u)
#define SPEED_MIN_E1 1
#define SPEED_MAX_E1 6000
#define TEXT_BYTES 1024
#define JUMP_MAX_US (600 * LEE_US_PER_S)

/* A frame of the recording: where its line stands. */
typedef struct {
    int64_t t_us;
    size_t offset;
    uint32_t length;
    uint32_t line;
} demo_line;

struct lee_demo {
    lee_demo_handlers handlers;
    lee_buffer text;
    lee_buffer lines; /* demo_line in the order of the file, which is that of time */
    size_t next;
    int32_t speed_e1;
    bool paused;
    bool started;
    int64_t from_us;
    int64_t to_us;
    int64_t t_us;
    int64_t last_now_us;
    int64_t next_tick_us;
    int32_t stale_after_s;
    int32_t expire_after_s;
    char recorded[TEXT_BYTES];
    char drawn[TEXT_BYTES];
};

static void keep_line(void *context, const lee_frame *frame)
{
    lee_demo *const demo = context;
    if (frame->refused == LEE_OK) {
        const demo_line line = {frame->t_us, (size_t)frame->stream_offset, frame->length,
                                frame->line};
        lee_buffer_bytes(&demo->lines, &line, sizeof line);
    }
}

static lee_error index_lines(lee_demo *demo)
{
    lee_deframe_options options;
    lee_deframe_options_default(&options);
    lee_deframer *deframer = NULL;
    const lee_error error = lee_deframer_create(LEE_FORMAT_REPORT_JSONL, &options, &deframer);
    if (error != LEE_OK) {
        return error;
    }
    lee_deframer_push(deframer, demo->text.bytes, demo->text.length, 0, keep_line, demo);
    lee_deframer_finish(deframer, keep_line, demo);
    lee_deframer_free(deframer);
    return demo->lines.error;
}

static lee_error load_description(const char *path, lee_demo *demo)
{
    json_error_t error;
    json_t *const root = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    if (!root) {
        fprintf(stderr, "%s:%d: %s\n", path, error.line, error.text);
        return LEE_ERR_SYNTAX;
    }
    double speed = 0;
    json_int_t from_us = 0;
    json_int_t to_us = 0;
    int stale_after_s = 15;
    int expire_after_s = 60;
    const char *recorded = "";
    const char *drawn = "";
    const int failed =
        json_unpack_ex(root, &error, 0, "{s:F,s:I,s:I,s?i,s?i,s:s,s:s}", "speed", &speed, "from_us",
                       &from_us, "to_us", &to_us, "stale_after_s", &stale_after_s, "expire_after_s",
                       &expire_after_s, "recorded", &recorded, "drawn", &drawn);
    const bool good = failed == 0 && speed >= 0.1 && speed <= 600 && from_us < to_us &&
                      stale_after_s > 0 && stale_after_s <= expire_after_s;
    if (good) {
        demo->speed_e1 = (int32_t)(speed * 10);
        demo->from_us = from_us;
        demo->to_us = to_us;
        demo->stale_after_s = stale_after_s;
        demo->expire_after_s = expire_after_s;
        snprintf(demo->recorded, sizeof demo->recorded, "%s", recorded);
        snprintf(demo->drawn, sizeof demo->drawn, "%s", drawn);
    } else {
        fprintf(stderr, "%s: %s\n", path,
                failed != 0 ? error.text : "speed or times are out of range");
    }
    json_decref(root);
    return good ? LEE_OK : LEE_ERR_SYNTAX;
}

lee_error lee_demo_load(const char *folder, const lee_demo_handlers *handlers, lee_demo **out)
{
    assert(folder && handlers && out);
    lee_demo *const demo = lee_alloc(1, sizeof *demo);
    if (!demo) {
        return LEE_ERR_NO_MEMORY;
    }
    demo->handlers = *handlers;
    lee_buffer_init(&demo->text, RECORDING_MAX_BYTES);
    lee_buffer_init(&demo->lines, RECORDING_MAX_BYTES);
    char path[4096];
    snprintf(path, sizeof path, "%s/demo.json", folder);
    lee_error error = load_description(path, demo);
    if (error == LEE_OK) {
        snprintf(path, sizeof path, "%s/demo.jsonl", folder);
        error = lee_file_read_whole(path, &demo->text);
        if (error != LEE_OK) {
            fprintf(stderr, "leeward: %s: %s\n", path, lee_error_text(error));
        }
    }
    if (error == LEE_OK) {
        error = index_lines(demo);
    }
    if (error != LEE_OK) {
        lee_demo_free(demo);
        return error;
    }
    demo->t_us = demo->from_us;
    *out = demo;
    return LEE_OK;
}

void lee_demo_free(lee_demo *demo)
{
    if (demo) {
        lee_buffer_free(&demo->text);
        lee_buffer_free(&demo->lines);
        lee_free(demo);
    }
}

static const demo_line *line_at(const lee_demo *demo, size_t index)
{
    return (const demo_line *)(const void *)demo->lines.bytes + index;
}

static void give_line(lee_demo *demo, const demo_line *line)
{
    const lee_frame frame = {.t_us = line->t_us,
                             .stream_offset = line->offset,
                             .bytes = demo->text.bytes + line->offset,
                             .length = line->length,
                             .line = line->line,
                             .format = LEE_FORMAT_REPORT_JSONL};
    demo->handlers.frame(demo->handlers.context, &frame);
}

static void start_over(lee_demo *demo)
{
    demo->t_us = demo->from_us;
    demo->next_tick_us = demo->from_us;
    demo->next = 0;
    while (demo->next < demo->lines.length / sizeof(demo_line) &&
           line_at(demo, demo->next)->t_us < demo->from_us) {
        demo->next++;
    }
    demo->handlers.start_over(demo->handlers.context, demo->from_us);
}

/* Gives everything up to t_us, a tick for each second of the recording between. */
static void play_to(lee_demo *demo, int64_t t_us)
{
    const size_t count = demo->lines.length / sizeof(demo_line);
    for (;;) {
        const bool line_is_due = demo->next < count && line_at(demo, demo->next)->t_us <= t_us;
        const bool tick_is_due = demo->next_tick_us <= t_us;
        if (tick_is_due &&
            (!line_is_due || demo->next_tick_us <= line_at(demo, demo->next)->t_us)) {
            demo->handlers.tick(demo->handlers.context, demo->next_tick_us);
            demo->next_tick_us += LEE_US_PER_S;
        } else if (line_is_due) {
            give_line(demo, line_at(demo, demo->next++));
        } else {
            break;
        }
    }
    demo->t_us = t_us;
}

void lee_demo_step(lee_demo *demo, int64_t now_us)
{
    assert(demo);
    if (!demo->started) {
        demo->started = true;
        demo->last_now_us = now_us;
        start_over(demo);
    }
    /* After a stall (a stopped process) it goes on from where it was, it does not race. */
    int64_t passed_us = now_us - demo->last_now_us;
    passed_us = passed_us > LEE_US_PER_S ? LEE_US_PER_S : passed_us;
    demo->last_now_us = now_us;
    if (demo->paused) {
        return;
    }
    if (demo->t_us >= demo->to_us) {
        start_over(demo);
    }
    const int64_t to_us = demo->t_us + passed_us * demo->speed_e1 / 10;
    play_to(demo, to_us > demo->to_us ? demo->to_us : to_us);
}

bool lee_demo_set_speed(lee_demo *demo, int32_t speed_e1)
{
    if (speed_e1 < SPEED_MIN_E1 || speed_e1 > SPEED_MAX_E1) {
        return false;
    }
    demo->speed_e1 = speed_e1;
    return true;
}

void lee_demo_set_paused(lee_demo *demo, bool paused)
{
    demo->paused = paused;
}

void lee_demo_jump(lee_demo *demo, bool (*reached)(void *context), void *context)
{
    assert(demo && reached);
    const int64_t last_us =
        demo->t_us + JUMP_MAX_US < demo->to_us ? demo->t_us + JUMP_MAX_US : demo->to_us;
    while (demo->started && demo->t_us < last_us && !reached(context)) {
        const int64_t next_us = demo->t_us + LEE_US_PER_S;
        play_to(demo, next_us < last_us ? next_us : last_us);
    }
}

void lee_demo_describe(const lee_demo *demo, lee_demo_state *out)
{
    *out = (lee_demo_state){.speed_e1 = demo->speed_e1,
                            .paused = demo->paused,
                            .from_us = demo->from_us,
                            .to_us = demo->to_us,
                            .t_us = demo->t_us,
                            .stale_after_s = demo->stale_after_s,
                            .expire_after_s = demo->expire_after_s,
                            .recorded = demo->recorded,
                            .drawn = demo->drawn};
}
