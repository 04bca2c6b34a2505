#include "app/intake.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/clock.h"
#include "app/intake_private.h"
#include "base/alloc.h"
#include "base/buffer.h"
#include "base/limits.h"
#include "decode/remote_id.h"
#include "feed/mqtt.h"
#include "leeward/deframe.h"
#include "record/codec.h"

/* What several recordings may take in memory while they are merged. */
#define MERGE_MAX_BYTES (SIZE_MAX / 4)

/* One chunk or frame may be longer than what is gathered of short ones. */
#define GATHERED_MAX_BYTES (1024u * 1024u)

typedef lee__source source;

/* One frame of a merge, encoded in the buffer. */
typedef struct {
    int64_t t_us;
    uint64_t order;
    size_t offset;
    size_t length;
} merge_entry;

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
    lee_buffer_init(&intake->frames, GATHERED_MAX_BYTES);
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
        lee_buffer_free(&intake->sources[i]->chunks);
        lee_deframer_free(intake->sources[i]->deframer);
        lee_free(intake->sources[i]);
    }
    lee_mqtt_settle();
    lee_buffer_free(&intake->frames);
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

lee_deframe_options lee__source_options(const source *s)
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
    const lee_deframe_options options = lee__source_options(s);
    const lee_intake *const intake = s->intake;
    const lee_error error = lee_deframer_create(s->format, &options, &s->deframer);
    return error == LEE_OK && intake->operators_sink
               ? lee__deframe_keep_operators(s->deframer, intake->operators_sink, intake->context)
               : error;
}

void lee__source_say(const source *s, const char *reason)
{
    fprintf(stderr, "leeward: feed %s: %s\n", s->uri.name, reason);
}

void lee__source_say_unknown(const source *s)
{
    lee__source_say(s, "its format is not known from its first bytes; say it with ?format=");
}

/* Learns the format by the first bytes where it was not told. */
static lee_error learn_format(source *s, const lee_feed_chunk *chunk)
{
    const char *const name = s->uri.kind == LEE_FEED_FILE ? s->uri.path : NULL;
    if (!s->format_known) {
        s->format_known = lee_format_guess(chunk->bytes, chunk->length, name, &s->format);
    }
    if (!s->format_known) {
        lee__source_say_unknown(s);
        return LEE_ERR_UNSUPPORTED;
    }
    const lee_error error = make_deframer(s);
    if (error != LEE_OK) {
        lee__source_say(s, error == LEE_ERR_UNSUPPORTED ? "this format is not read yet"
                                                        : lee_error_text(error));
    }
    return error;
}

static lee_feed_answer on_chunk(void *context, const lee_feed_chunk *chunk)
{
    source *const s = context;
    if (s->parser) {
        return lee__apart_chunk(s, chunk);
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
        lee__source_say(s, status->reason);
    }
}

static int64_t on_clock(void *context)
{
    const source *const s = context;
    return s->intake->clock ? lee_receive_clock_us(s->intake->clock) : lee_clock_utc_us();
}

void lee_intake_set_operators(lee_intake *intake, lee_remote_operator_sink *sink)
{
    assert(intake && sink);
    intake->operators_sink = sink;
}

void lee_intake_set_clock(lee_intake *intake, const lee_receive_clock *clock)
{
    assert(intake && clock);
    intake->clock = clock;
}

lee_error lee_intake_add(lee_intake *intake, const char *uri, const lee_format *format)
{
    assert(intake && uri);
    if (intake->count == LEE_INTAKE_POSITIONS_FEED) {
        fprintf(stderr, "leeward: more than %u feeds\n", LEE_INTAKE_POSITIONS_FEED);
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
    lee_buffer_init(&s->chunks, GATHERED_MAX_BYTES);
    s->format_known = s->uri.has_format || format;
    s->format = s->uri.has_format ? s->uri.format : format ? *format : LEE_FORMAT_AVR;
    const lee_feed_handlers handlers = {
        .sink = on_chunk, .changed = on_change, .clock = on_clock, .context = s};
    error = intake->frames_sink ? lee__apart_begin(s) : LEE_OK;
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
        lee__source_say(s, lee_feed_status_of(s->feed)->reason);
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
