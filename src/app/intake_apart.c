/* Feeds whose bytes are parsed by others. What comes in is gathered until it is asked for, so that
 * a parser is asked once for many datagrams, and the decoder once for the frames of all feeds. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "app/clock.h"
#include "app/intake_private.h"
#include "app/memory.h"
#include "base/bytes.h"
#include "record/codec.h"

/* Chunks or frames that a parser did not survive, one by one, before the rest is given up too. */
#define DEATHS_MAX 3
/* A parser that lived so long starts the waiting times anew. */
#define STEADY_AFTER_US (60 * INT64_C(1000000))

typedef lee__source source;

static void on_pause_over(void *context)
{
    source *const s = context;
    s->pause = NULL;
    lee_feed_resume(s->feed);
}

static void lose(source *s, uint64_t stretches, uint64_t bytes)
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

/* --- frames --------------------------------------------------------------------------------- */

/* Takes the next frame of those that were checked, and tells where it begins. */
static size_t take_frame(lee_bytes *in, lee_frame *frame)
{
    const size_t from = in->at;
    const lee_error error = lee_frame_decode(in, frame);
    assert(error == LEE_OK);
    (void)error;
    return from;
}

/* Frames that were not taken together are tried one by one, so that one does not take the others
 * with it. */
static void give_each(lee_intake *intake)
{
    lee_bytes in;
    uint32_t deaths = 0;
    for (lee_bytes_init(&in, intake->frames.bytes, intake->frames.length);
         lee_bytes_left(&in) > 0;) {
        lee_frame frame;
        const size_t from = take_frame(&in, &frame);
        source *const s = intake->sources[frame.feed];
        if (deaths < DEATHS_MAX && intake->frames_sink(intake->context, intake->frames.bytes + from,
                                                       in.at - from) == LEE_OK) {
            s->frames++;
            continue;
        }
        deaths++;
        lose(s, 1, frame.length);
        if (deaths <= DEATHS_MAX) {
            pause_feed(s, "a frame is not survived");
        }
    }
}

static void give_frames(lee_intake *intake)
{
    if (intake->frames.length == 0) {
        return;
    }
    const bool taken =
        intake->frames_sink(intake->context, intake->frames.bytes, intake->frames.length) == LEE_OK;
    for (uint16_t i = 0; i < intake->count; i++) {
        intake->sources[i]->frames += taken ? intake->sources[i]->frames_waiting : 0;
        intake->sources[i]->frames_waiting = 0;
    }
    if (!taken) {
        give_each(intake);
    }
    lee_buffer_reset(&intake->frames);
}

/* In parts that are not too long for a record. */
static void gather_frames(source *s, const uint8_t *bytes, size_t length)
{
    lee_buffer *const frames = &s->intake->frames;
    lee_bytes in;
    for (lee_bytes_init(&in, bytes, length); lee_bytes_left(&in) > 0;) {
        lee_frame frame;
        const size_t from = take_frame(&in, &frame);
        if (frames->length + (in.at - from) > LEE_INTAKE_FRAMES_MAX_BYTES) {
            give_frames(s->intake);
        }
        lee_buffer_bytes(frames, bytes + from, in.at - from);
        lee_memory_require_whole(frames);
        s->frames_waiting++;
    }
}

/* --- chunks --------------------------------------------------------------------------------- */

static lee_error parse(source *s, const uint8_t *chunks, size_t length)
{
    lee_parsed parsed;
    const lee_error error = lee_parser_push(s->parser, chunks, length, &parsed);
    if (error == LEE_OK) {
        s->format_known = parsed.format_known;
        s->format = parsed.format;
        lose(s, parsed.refused, parsed.refused_bytes);
        gather_frames(s, parsed.frames, parsed.length);
        lee_bytes in;
        lee_remote_operator said;
        lee_bytes_init(&in, parsed.operators, parsed.operators_length);
        while (lee_bytes_left(&in) > 0 && lee_parser_operator_take(&in, &said)) {
            s->intake->operators_sink(s->intake->context, &said);
        }
    } else {
        lee_memory_require(error);
    }
    return error;
}

/* Chunks that a parser did not survive together; it may be that one alone was not survived. */
static void parse_each(source *s)
{
    const size_t length = s->chunks.length;
    lee_bytes in;
    uint32_t deaths = 0;
    for (lee_bytes_init(&in, s->chunks.bytes, length); lee_bytes_left(&in) > 0;) {
        const size_t from = in.at;
        lee_feed_chunk chunk;
        const bool is_whole = lee_parser_chunk_take(&in, &chunk);
        assert(is_whole);
        (void)is_whole;
        const bool is_only = from == 0 && in.at == length;
        if (is_only || deaths == DEATHS_MAX ||
            parse(s, s->chunks.bytes + from, in.at - from) != LEE_OK) {
            deaths += deaths < DEATHS_MAX;
            lose(s, 1, chunk.length);
        }
    }
    if (deaths > 0) {
        pause_feed(s, lee_parser_reason(s->parser));
    }
}

static lee_error parse_gathered(source *s)
{
    lee_error error = LEE_OK;
    if (s->chunks.length > 0) {
        error = parse(s, s->chunks.bytes, s->chunks.length);
        if (error != LEE_OK && (error != LEE_ERR_UNSUPPORTED || s->format_known)) {
            parse_each(s);
        }
        lee_buffer_reset(&s->chunks);
    }
    return error;
}

lee_feed_answer lee__apart_chunk(source *s, const lee_feed_chunk *chunk)
{
    if (s->pause) {
        return LEE_FEED_FULL;
    }
    if (s->chunks.length + chunk->length > LEE_FEED_CHUNK_BYTES) {
        (void)parse_gathered(s); /* its format is known, and all else was told */
    }
    lee_parser_chunk_put(chunk, &s->chunks);
    lee_memory_require_whole(&s->chunks);
    if (!s->format_known && parse_gathered(s) == LEE_ERR_UNSUPPORTED) {
        lee__source_say_unknown(s);
        return LEE_FEED_STOP;
    }
    return LEE_FEED_TAKEN;
}

void lee_intake_flush(lee_intake *intake)
{
    assert(intake);
    for (uint16_t i = 0; i < intake->count; i++) {
        (void)parse_gathered(intake->sources[i]);
    }
    give_frames(intake);
}

lee_error lee__apart_begin(source *s)
{
    lee_parser_stream stream;
    memset(&stream, 0, sizeof stream); /* what lies between its members goes out too */
    stream.deframe = lee__source_options(s);
    stream.has_format = s->format_known;
    stream.format = s->format;
    stream.keeps_operators = s->intake->operators_sink != NULL;
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
