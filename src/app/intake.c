#include "app/intake.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/clock.h"
#include "app/memory.h"
#include "app/parser.h"
#include "base/alloc.h"
#include "base/buffer.h"
#include "base/limits.h"
#include "leeward/deframe.h"
#include "record/codec.h"

/* Frames that a parser did not survive, one by one, before the rest of a chunk is given up too. */
#define DEATHS_MAX 3
/* A parser that lived so long starts the waiting times anew. */
#define STEADY_AFTER_US (60 * INT64_C(1000000))

/* What several recordings may take in memory while they are merged. */
#define MERGE_MAX_BYTES (SIZE_MAX / 4)

typedef struct {
    lee_intake *intake;
    lee_feed *feed;
    lee_deframer *deframer; /* in this process, or */
    lee_parser *parser;     /* apart */
    lee_loop_timer *pause;  /* of a feed whose parser died; NULL: none */
    uint32_t deaths;        /* one soon after the other */
    int64_t death_us;       /* monotonic: of the last */
    lee_feed_uri uri;
    uint16_t number;
    bool format_known;
    lee_format format;
    uint64_t frames;
    uint64_t refused;
    uint64_t refused_bytes;
    char said[LEE_FEED_REASON_BYTES]; /* why it waits, as last said */
} source;

/* One frame of a merge, encoded in the buffer. */
typedef struct {
    int64_t t_us;
    uint64_t order;
    size_t offset;
    size_t length;
} merge_entry;

struct lee_intake {
    lee_frame_sink *sink;
    lee_frame_sink *refused;
    lee_frames_sink *frames_sink; /* NULL: nothing is parsed apart */
    void *context;
    lee_loop *loop;
    source *sources[LEE_FEEDS_MAX];
    uint16_t count;
    bool merging;
    lee_buffer merge_bytes;
    lee_buffer merge_entries;
};

lee_error lee_intake_create(lee_frame_sink *sink, lee_frame_sink *refused, void *context,
                            lee_intake **out)
{
    assert(sink && out);
    lee_intake *const intake = lee_alloc(1, sizeof *intake);
    if (!intake) {
        return LEE_ERR_NO_MEMORY;
    }
    intake->sink = sink;
    intake->refused = refused;
    intake->context = context;
    lee_buffer_init(&intake->merge_bytes, MERGE_MAX_BYTES);
    lee_buffer_init(&intake->merge_entries, MERGE_MAX_BYTES);
    *out = intake;
    return LEE_OK;
}

void lee_intake_free(lee_intake *intake)
{
    if (!intake) {
        return;
    }
    for (uint16_t i = 0; i < intake->count; i++) {
        if (intake->loop) {
            lee_loop_remove_timer(intake->loop, intake->sources[i]->pause);
        }
        lee_feed_free(intake->sources[i]->feed);
        lee_parser_free(intake->sources[i]->parser);
        lee_deframer_free(intake->sources[i]->deframer);
        lee_free(intake->sources[i]);
    }
    lee_buffer_free(&intake->merge_bytes);
    lee_buffer_free(&intake->merge_entries);
    lee_free(intake);
}

static bool is_live(const source *s)
{
    return lee_feed_uri_is_live(&s->uri);
}

static void keep_for_merge(lee_intake *intake, const lee_frame *frame)
{
    const merge_entry entry = {.t_us = frame->t_us,
                               .order = intake->merge_entries.length / sizeof(merge_entry),
                               .offset = intake->merge_bytes.length};
    lee_frame_encode(frame, &intake->merge_bytes);
    merge_entry whole = entry;
    whole.length = intake->merge_bytes.length - entry.offset;
    lee_buffer_bytes(&intake->merge_entries, &whole, sizeof whole);
}

static void on_frame(void *context, const lee_frame *frame)
{
    source *const s = context;
    lee_intake *const intake = s->intake;
    if (frame->refused != LEE_OK) {
        s->refused++;
        s->refused_bytes += frame->length;
        if (intake->refused) {
            intake->refused(intake->context, frame);
        }
        return;
    }
    s->frames++;
    if (intake->merging) {
        keep_for_merge(intake, frame);
    } else {
        intake->sink(intake->context, frame);
    }
}

static lee_deframe_options options_of(const source *s)
{
    lee_deframe_options options;
    lee_deframe_options_default(&options);
    options.feed = s->number;
    options.live = is_live(s);
    options.clock_gps = s->uri.clock_gps;
    options.sample_rate_hz = s->uri.sample_rate_hz;
    options.t0_us = s->uri.has_t0 ? s->uri.t0_us : options.t0_us;
    return options;
}

static lee_error make_deframer(source *s)
{
    const lee_deframe_options options = options_of(s);
    return lee_deframer_create(s->format, &options, &s->deframer);
}

static void say(const source *s, const char *reason)
{
    fprintf(stderr, "leeward: feed %s: %s\n", s->uri.name, reason);
}

static void say_unknown(const source *s)
{
    say(s, "its format is not known from its first bytes; say it with ?format=");
}

/* Learns the format by the first bytes where it was not told. */
static lee_error learn_format(source *s, const lee_feed_chunk *chunk)
{
    const char *const name = s->uri.kind == LEE_FEED_FILE ? s->uri.path : NULL;
    if (!s->format_known) {
        s->format_known = lee_format_guess(chunk->bytes, chunk->length, name, &s->format);
    }
    if (!s->format_known) {
        say_unknown(s);
        return LEE_ERR_UNSUPPORTED;
    }
    const lee_error error = make_deframer(s);
    if (error != LEE_OK) {
        say(s,
            error == LEE_ERR_UNSUPPORTED ? "this format is not read yet" : lee_error_text(error));
    }
    return error;
}

/* --- apart ---------------------------------------------------------------------------------- */

static void on_pause_over(void *context)
{
    source *const s = context;
    s->pause = NULL;
    lee_feed_resume(s->feed);
}

static void lose(source *s, uint64_t stretches, size_t bytes)
{
    s->refused += stretches;
    s->refused_bytes += bytes;
}

/* The feed waits, the longer the more often its bytes have killed a parser; the others go on. */
static void pause_feed(source *s, const char *reason)
{
    const int64_t now_us = lee_clock_monotonic_us();
    s->deaths = now_us - s->death_us > STEADY_AFTER_US ? 0 : s->deaths;
    s->death_us = now_us;
    const int64_t wait_ms = lee_feed_backoff_ms(s->deaths++);
    fprintf(stderr, "leeward: feed %s: its parser: %s; it goes on in %lld s\n", s->uri.name, reason,
            (long long)wait_ms / 1000);
    if (!s->pause) {
        lee_memory_require(
            lee_loop_add_timer(s->intake->loop, wait_ms, 0, on_pause_over, s, &s->pause));
    }
}

/* Frames that were not taken together are tried one by one, so that one does not take the others
 * with it. */
static void give_each(source *s, const uint8_t *bytes, size_t length)
{
    lee_bytes in;
    uint32_t deaths = 0;
    for (lee_bytes_init(&in, bytes, length); lee_bytes_left(&in) > 0;) {
        lee_frame frame;
        const size_t from = in.at;
        const lee_error error = lee_frame_decode(&in, &frame);
        assert(error == LEE_OK);
        (void)error;
        if (deaths < DEATHS_MAX &&
            s->intake->frames_sink(s->intake->context, bytes + from, in.at - from) == LEE_OK) {
            s->frames++;
        } else {
            deaths++;
            lose(s, 1, frame.length);
        }
    }
    if (deaths > 0) {
        pause_feed(s, "a frame is not survived");
    }
}

static void give_some(source *s, const uint8_t *bytes, size_t length, uint64_t count)
{
    if (length > 0 && s->intake->frames_sink(s->intake->context, bytes, length) == LEE_OK) {
        s->frames += count;
    } else if (length > 0) {
        give_each(s, bytes, length);
    }
}

/* In parts that are not too long for a record. */
static void give_frames(source *s, const uint8_t *bytes, size_t length)
{
    lee_bytes in;
    size_t from = 0;
    uint64_t count = 0;
    for (lee_bytes_init(&in, bytes, length); lee_bytes_left(&in) > 0; count++) {
        lee_frame frame;
        const size_t before = in.at;
        const lee_error error = lee_frame_decode(&in, &frame);
        assert(error == LEE_OK);
        (void)error;
        if (in.at - from > LEE_INTAKE_FRAMES_MAX_BYTES) {
            give_some(s, bytes + from, before - from, count);
            from = before;
            count = 0;
        }
    }
    give_some(s, bytes + from, length - from, count);
}

static lee_feed_answer on_chunk_apart(source *s, const lee_feed_chunk *chunk)
{
    if (s->pause) {
        return LEE_FEED_FULL;
    }
    lee_parsed parsed;
    const lee_error error = lee_parser_push(s->parser, chunk, &parsed);
    if (error == LEE_ERR_UNSUPPORTED) {
        say_unknown(s);
        return LEE_FEED_STOP;
    }
    if (error != LEE_OK) {
        lee_memory_require(error);
        lose(s, 1, chunk->length);
        pause_feed(s, lee_parser_reason(s->parser));
        return LEE_FEED_TAKEN;
    }
    s->format_known = parsed.format_known;
    s->format = parsed.format;
    lose(s, parsed.refused, (size_t)parsed.refused_bytes);
    give_frames(s, parsed.frames, parsed.length);
    return LEE_FEED_TAKEN;
}

static lee_error make_parser(source *s)
{
    lee_parser_stream stream;
    memset(&stream, 0, sizeof stream); /* what lies between its members goes out too */
    stream.deframe = options_of(s);
    stream.has_format = s->format_known;
    stream.format = s->format;
    if (s->uri.kind == LEE_FEED_FILE) {
        const size_t length = strlen(s->uri.path);
        const size_t cut = length < sizeof stream.path ? 0 : length - (sizeof stream.path - 1);
        memcpy(stream.path, s->uri.path + cut, length - cut);
    }
    return lee_parser_create(&stream, &s->parser);
}

void lee_intake_set_apart(lee_intake *intake, lee_frames_sink *sink)
{
    assert(intake && sink);
    intake->frames_sink = sink;
}

/* --- in this process ------------------------------------------------------------------------ */

static lee_feed_answer on_chunk(void *context, const lee_feed_chunk *chunk)
{
    source *const s = context;
    if (s->parser) {
        return on_chunk_apart(s, chunk);
    }
    if (s->deframer && chunk->restart) {
        lee_deframer_finish(s->deframer, on_frame, s);
    }
    if (!s->deframer && learn_format(s, chunk) != LEE_OK) {
        return LEE_FEED_STOP;
    }
    lee_deframer_push(s->deframer, chunk->bytes, chunk->length, chunk->t_us, on_frame, s);
    if (chunk->datagram) {
        /* Whole by itself: a length that lies in one must not swallow the next. */
        lee_deframer_finish(s->deframer, on_frame, s);
    }
    return LEE_FEED_TAKEN;
}

/* Why a live feed waits; the same reason is said once. */
static void on_change(void *context, const lee_feed *feed)
{
    source *const s = context;
    const lee_feed_status *const status = lee_feed_status_of(feed);
    if (status->state == LEE_FEED_WAITING && strcmp(s->said, status->reason) != 0) {
        memcpy(s->said, status->reason, sizeof s->said);
        say(s, status->reason);
    }
}

lee_error lee_intake_add(lee_intake *intake, const char *uri, const lee_format *format)
{
    assert(intake && uri);
    if (intake->count == LEE_FEEDS_MAX) {
        fprintf(stderr, "leeward: more than %u feeds\n", LEE_FEEDS_MAX);
        return LEE_ERR_LIMIT;
    }
    source *const s = lee_alloc(1, sizeof *s);
    if (!s) {
        return LEE_ERR_NO_MEMORY;
    }
    lee_error_info why;
    lee_error error = lee_feed_uri_parse(uri, strlen(uri), &s->uri, &why);
    if (error != LEE_OK) {
        fprintf(stderr, "leeward: feed %s: character %llu: %s: %s\n", uri,
                (unsigned long long)why.offset + 1, why.field ? why.field : "uri", why.reason);
        lee_free(s);
        return error;
    }
    s->intake = intake;
    s->number = intake->count;
    s->format_known = s->uri.has_format || format;
    s->format = s->uri.has_format ? s->uri.format : format ? *format : LEE_FORMAT_AVR;
    const lee_feed_handlers handlers = {
        .sink = on_chunk, .changed = on_change, .clock = lee_clock_utc_us, .context = s};
    error = intake->frames_sink ? make_parser(s) : LEE_OK;
    if (error == LEE_OK) {
        error = lee_feed_create(&s->uri, &handlers, &s->feed);
    }
    if (error != LEE_OK) {
        lee_parser_free(s->parser);
        lee_free(s);
        return error;
    }
    intake->sources[intake->count++] = s;
    return LEE_OK;
}

bool lee_intake_is_recorded(const lee_intake *intake)
{
    for (uint16_t i = 0; i < intake->count; i++) {
        if (is_live(intake->sources[i])) {
            return false;
        }
    }
    return true;
}

static lee_error read_one(source *s)
{
    const lee_error error = lee_feed_read_all(s->feed);
    if (error != LEE_OK) {
        say(s, lee_feed_status_of(s->feed)->reason);
        return error;
    }
    if (s->deframer) {
        lee_deframer_finish(s->deframer, on_frame, s);
        return LEE_OK;
    }
    /* Nothing came, or on_chunk has said why it stopped. */
    return lee_feed_status_of(s->feed)->chunks > 0 || lee_feed_status_of(s->feed)->bytes > 0
               ? LEE_ERR_UNSUPPORTED
               : LEE_OK;
}

static int compare_entries(const void *left, const void *right)
{
    const merge_entry *const a = left;
    const merge_entry *const b = right;
    if (a->t_us != b->t_us) {
        return a->t_us < b->t_us ? -1 : 1;
    }
    return a->order < b->order ? -1 : a->order > b->order;
}

static lee_error give_merged(lee_intake *intake)
{
    if (intake->merge_bytes.error != LEE_OK || intake->merge_entries.error != LEE_OK) {
        fprintf(stderr, "leeward: no memory to merge the recordings\n");
        return LEE_ERR_NO_MEMORY;
    }
    merge_entry *const entries = (merge_entry *)(void *)intake->merge_entries.bytes;
    const size_t count = intake->merge_entries.length / sizeof *entries;
    if (count > 0) {
        qsort(entries, count, sizeof *entries, compare_entries);
    }
    for (size_t i = 0; i < count; i++) {
        lee_bytes in;
        lee_bytes_init(&in, intake->merge_bytes.bytes + entries[i].offset, entries[i].length);
        lee_frame frame;
        const lee_error error = lee_frame_decode(&in, &frame);
        assert(error == LEE_OK);
        (void)error;
        intake->sink(intake->context, &frame);
    }
    return LEE_OK;
}

lee_error lee_intake_read_all(lee_intake *intake)
{
    assert(intake);
    intake->merging = intake->count > 1;
    lee_error first = LEE_OK;
    for (uint16_t i = 0; i < intake->count; i++) {
        const lee_error error = read_one(intake->sources[i]);
        first = first == LEE_OK ? error : first;
    }
    if (intake->merging) {
        intake->merging = false;
        const lee_error error = give_merged(intake);
        first = first == LEE_OK ? error : first;
    }
    return first;
}

lee_error lee_intake_start(lee_intake *intake, lee_loop *loop)
{
    intake->loop = loop;
    for (uint16_t i = 0; i < intake->count; i++) {
        const lee_error error = lee_feed_start(intake->sources[i]->feed, loop);
        if (error != LEE_OK) {
            return error;
        }
    }
    return LEE_OK;
}

bool lee_intake_is_over(const lee_intake *intake)
{
    for (uint16_t i = 0; i < intake->count; i++) {
        const lee_feed_state state = lee_feed_status_of(intake->sources[i]->feed)->state;
        if (state == LEE_FEED_WAITING || state == LEE_FEED_CONNECTED) {
            return false;
        }
    }
    return true;
}

uint16_t lee_intake_count(const lee_intake *intake)
{
    return intake->count;
}

lee_intake_feed lee_intake_feed_at(const lee_intake *intake, uint16_t feed)
{
    assert(feed < intake->count);
    const source *const s = intake->sources[feed];
    return (lee_intake_feed){.name = s->uri.name,
                             .format_known = s->format_known,
                             .format = s->format,
                             .status = lee_feed_status_of(s->feed),
                             .frames = s->frames,
                             .refused = s->refused,
                             .refused_bytes = s->refused_bytes};
}
