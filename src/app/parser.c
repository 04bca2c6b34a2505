/* The end of a parser that asks. Nothing of an answer is believed before it was checked: whoever
 * has taken the other end over can say what a feed could have said, and no more. */
#define _POSIX_C_SOURCE 200809L
#include "app/parser.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "app/clock.h"
#include "app/parser_private.h"
#include "base/alloc.h"
#include "io/twin.h"
#include "record/codec.h"

#define LOOK_EVERY_MS 100 /* whether a parser that is waited for hangs */

struct lee_parser {
    bool of_stream;
    lee_parser_stream stream;
    bool format_known; /* by what the parser said */
    lee_format format;
    lee_twin twin;
    char reason[96];
    int64_t asked_us;  /* monotonic: when what is waited for was asked, */
    int64_t worked_us; /* and what the child had worked until then */
    lee_buffer answer;
    /* Of frames: what a new child has to be told. */
    bool has_decoder;
    lee_decoder_options options;
    lee_buffer checkpoint; /* its state; empty: a new decoder's */
    lee_buffer since;      /* tasks of frames answered since: a length (u64) and the bytes */
};

lee_error lee_parser_create(const lee_parser_stream *stream, lee_parser **out)
{
    assert(out);
    lee_parser *const parser = lee_alloc(1, sizeof *parser);
    if (!parser) {
        return LEE_ERR_NO_MEMORY;
    }
    parser->of_stream = stream != NULL;
    if (stream) {
        parser->stream = *stream;
    }
    lee_buffer *const buffers[] = {&parser->answer, &parser->checkpoint, &parser->since};
    for (size_t i = 0; i < sizeof buffers / sizeof buffers[0]; i++) {
        lee_buffer_init(buffers[i], LEE__PARSER_MESSAGE_MAX_BYTES);
    }
    *out = parser;
    return LEE_OK;
}

const char *lee_parser_reason(const lee_parser *parser)
{
    return parser->reason;
}

pid_t lee_parser_process(const lee_parser *parser)
{
    return parser->twin.process;
}

uint64_t lee_parser_starts(const lee_parser *parser)
{
    return parser->twin.starts;
}

/* --- the child ------------------------------------------------------------------------------ */

/* Ends the child, if there is one, and says why. */
static lee_error give_up(lee_parser *parser, const char *why)
{
    (void)snprintf(parser->reason, sizeof parser->reason, "%s", why);
    if (parser->twin.process > 0) {
        const int status = lee_twin_end(&parser->twin, true);
        if (WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL) {
            (void)snprintf(parser->reason, sizeof parser->reason, "it was ended by signal %d",
                           WTERMSIG(status));
        } else if (WIFEXITED(status) && WEXITSTATUS(status) == 2) {
            (void)snprintf(parser->reason, sizeof parser->reason,
                           "this kernel cannot confine it (seccomp)");
        }
    }
    return LEE_ERR_IO;
}

void lee_parser_free(lee_parser *parser)
{
    if (parser) {
        (void)give_up(parser, "");
        lee_buffer_free(&parser->answer);
        lee_buffer_free(&parser->checkpoint);
        lee_buffer_free(&parser->since);
        lee_free(parser);
    }
}

static lee_error ask(lee_parser *parser, lee__parser_task task, const void *bytes, size_t length);
static lee_error tell_all(lee_parser *parser);

static lee_error start(lee_parser *parser)
{
    static const char *const arguments[] = {"leeward", "parser", NULL};
    if (lee_twin_start(&parser->twin, arguments, SOCK_STREAM) != 0) {
        return give_up(parser, "there is no process for it");
    }
    const lee_error error = tell_all(parser);
    if (error == LEE_ERR_IO && !parser->of_stream) {
        /* What it answered once it does not survive now. To know less is better than to hear
         * nothing any more. */
        lee_buffer_reset(parser->since.length > 0 ? &parser->since : &parser->checkpoint);
    } else if (error == LEE_OK && !parser->of_stream) {
        (void)lee_parser_checkpoint(parser); /* so that the same is not told twice */
    }
    return error;
}

/* How long the child has worked. */
static int64_t work_us(const lee_parser *parser)
{
    clockid_t clock;
    struct timespec time;
    if (clock_getcpuclockid(parser->twin.process, &clock) != 0 ||
        clock_gettime(clock, &time) != 0) {
        return 0;
    }
    return time.tv_sec * INT64_C(1000000) + time.tv_nsec / 1000;
}

/* Whether the child waits for something, as nothing that is asked of it needs. */
static bool is_asleep(const lee_parser *parser)
{
    char path[64];
    char text[256] = "";
    (void)snprintf(path, sizeof path, "/proc/%ld/stat", (long)parser->twin.process);
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    const ssize_t length = fd >= 0 ? read(fd, text, sizeof text - 1) : -1;
    if (fd >= 0) {
        (void)close(fd);
    }
    const char *const name_end = length > 0 ? strrchr(text, ')') : NULL;
    return name_end && (name_end[2] == 'S' || name_end[2] == 'T' || name_end[2] == 'Z');
}

static bool hangs(const lee_parser *parser)
{
    const int64_t waited_us = lee_clock_monotonic_us() - parser->asked_us;
    return waited_us > LEE_PARSER_ANSWER_MS * INT64_C(1000) ||
           work_us(parser) - parser->worked_us > LEE_PARSER_WORK_MS * INT64_C(1000) ||
           (waited_us > LEE_PARSER_WORK_MS * INT64_C(1000) && is_asleep(parser));
}

/* Moves all of it, unless the other end hangs, however slowly it trickles. */
static bool move_all(const lee_parser *parser, short events, uint8_t *bytes, size_t length)
{
    for (size_t at = 0; at < length;) {
        struct pollfd socket = {.fd = parser->twin.fd, .events = events};
        const int ready = poll(&socket, 1, LOOK_EVERY_MS);
        if (ready <= 0) {
            if ((ready < 0 && errno != EINTR) || hangs(parser)) {
                return false;
            }
            continue;
        }
        if (lee_clock_monotonic_us() - parser->asked_us > LEE_PARSER_ANSWER_MS * INT64_C(1000)) {
            return false;
        }
        const ssize_t moved =
            events == POLLIN
                ? recv(parser->twin.fd, bytes + at, length - at, MSG_DONTWAIT)
                : send(parser->twin.fd, bytes + at, length - at, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (moved == 0 || (moved < 0 && errno != EAGAIN && errno != EINTR)) {
            return false;
        }
        at += moved > 0 ? (size_t)moved : 0;
    }
    return true;
}

static bool hear(lee_parser *parser, void *bytes, size_t length)
{
    return move_all(parser, POLLIN, bytes, length);
}

static bool say(lee_parser *parser, const void *bytes, size_t length)
{
    return move_all(parser, POLLOUT, (uint8_t *)(uintptr_t)bytes, length); /* only read */
}

static bool hear_answer(lee_parser *parser, size_t length)
{
    uint8_t piece[65536];
    lee_buffer_reset(&parser->answer);
    for (size_t left = length; left > 0;) {
        const size_t size = left < sizeof piece ? left : sizeof piece;
        if (!hear(parser, piece, size)) {
            return false;
        }
        lee_buffer_bytes(&parser->answer, piece, size);
        left -= size;
    }
    return parser->answer.error == LEE_OK;
}

/* One task and its answer, which is then in parser->answer. IO: the child is gone. */
static lee_error ask(lee_parser *parser, lee__parser_task task, const void *bytes, size_t length)
{
    lee__parser_head head = {.what = (int32_t)task, .length = (uint32_t)length};
    assert(length <= LEE__PARSER_MESSAGE_MAX_BYTES);
    parser->asked_us = lee_clock_monotonic_us();
    parser->worked_us = work_us(parser);
    if (!say(parser, &head, sizeof head) || !say(parser, bytes, length)) {
        return give_up(parser, "it does not listen");
    }
    if (!hear(parser, &head, sizeof head)) {
        return give_up(parser, "it does not answer");
    }
    if (head.length > LEE__PARSER_MESSAGE_MAX_BYTES) {
        return give_up(parser, "its answer is too long");
    }
    if (!hear_answer(parser, head.length)) {
        const bool no_memory = parser->answer.error == LEE_ERR_NO_MEMORY;
        (void)give_up(parser, "its answer breaks off");
        return no_memory ? LEE_ERR_NO_MEMORY : LEE_ERR_IO;
    }
    const bool known = head.what == LEE_OK || head.what == LEE_ERR_UNSUPPORTED ||
                       head.what == LEE_ERR_CORRUPT || head.what == LEE_ERR_NO_MEMORY;
    return known ? (lee_error)head.what : give_up(parser, "it cannot do what it was asked");
}

/* What a new child has to know: its stream, or its decoder as it was. */
static lee_error tell_all(lee_parser *parser)
{
    if (parser->of_stream) {
        return ask(parser, LEE__PARSER_STREAM, &parser->stream, sizeof parser->stream);
    }
    lee_error error = LEE_OK;
    if (parser->has_decoder) {
        error = ask(parser, LEE__PARSER_DECODER, &parser->options, sizeof parser->options);
    }
    if (error == LEE_OK && parser->checkpoint.length > 0) {
        error = ask(parser, LEE__PARSER_LOAD, parser->checkpoint.bytes, parser->checkpoint.length);
    }
    lee_bytes in;
    lee_bytes_init(&in, parser->since.bytes, parser->since.length);
    while (error == LEE_OK && lee_bytes_left(&in) > 0) {
        const size_t length = (size_t)lee_bytes_u64_le(&in);
        error = ask(parser, LEE__PARSER_FRAMES, lee_bytes_take(&in, length), length);
    }
    return error;
}

static lee_error ask_started(lee_parser *parser, lee__parser_task task, const void *bytes,
                             size_t length)
{
    parser->reason[0] = '\0';
    const lee_error error = parser->twin.process > 0 ? LEE_OK : start(parser);
    return error == LEE_OK ? ask(parser, task, bytes, length) : error;
}

/* --- a stream ------------------------------------------------------------------------------- */

/* Whether they are whole frames of this feed, in its format. */
static bool are_frames(const lee_parser *parser, const uint8_t *bytes, size_t length)
{
    lee_bytes in;
    for (lee_bytes_init(&in, bytes, length); lee_bytes_left(&in) > 0;) {
        lee_frame frame;
        if (lee_frame_decode(&in, &frame) != LEE_OK || frame.feed != parser->stream.deframe.feed ||
            frame.format != parser->format) {
            return false;
        }
    }
    return true;
}

void lee_parser_chunk_put(const lee_feed_chunk *chunk, lee_buffer *out)
{
    lee_buffer_u64_le(out, (uint64_t)chunk->t_us);
    lee_buffer_u8(out, chunk->restart);
    lee_buffer_u8(out, chunk->datagram);
    lee_buffer_u32_le(out, (uint32_t)chunk->length);
    lee_buffer_bytes(out, chunk->bytes, chunk->length);
}

bool lee_parser_chunk_take(lee_bytes *in, lee_feed_chunk *out)
{
    out->t_us = (int64_t)lee_bytes_u64_le(in);
    out->restart = lee_bytes_u8(in) != 0;
    out->datagram = lee_bytes_u8(in) != 0;
    out->length = lee_bytes_u32_le(in);
    out->bytes = lee_bytes_take(in, out->length);
    return !in->failed;
}

bool lee_parser_operator_take(lee_bytes *in, lee_remote_operator *out)
{
    const size_t length = lee_bytes_u32_le(in);
    const uint8_t *const text = lee_bytes_take(in, length);
    return text && lee_remote_operator_read((const char *)text, length, out) == LEE_OK;
}

/* Whether they are whole and of this feed, and were asked for. */
static bool are_operators(const lee_parser *parser, const uint8_t *bytes, size_t length)
{
    lee_bytes in;
    for (lee_bytes_init(&in, bytes, length); lee_bytes_left(&in) > 0;) {
        lee_remote_operator said;
        if (!parser->stream.keeps_operators || !lee_parser_operator_take(&in, &said) ||
            said.feed != parser->stream.deframe.feed) {
            return false;
        }
    }
    return true;
}

lee_error lee_parser_push(lee_parser *parser, const uint8_t *chunks, size_t length, lee_parsed *out)
{
    assert(parser && parser->of_stream && chunks && out);
    const lee_error error = ask_started(parser, LEE__PARSER_PUSH, chunks, length);
    if (error != LEE_OK) {
        return error;
    }
    lee__parser_sums sums;
    if (parser->answer.length < sizeof sums) {
        return give_up(parser, "its answer is too short");
    }
    memcpy(&sums, parser->answer.bytes, sizeof sums);
    const size_t rest = parser->answer.length - sizeof sums;
    if (sums.operators_bytes > rest) {
        return give_up(parser, "its answer is too short");
    }
    if (sums.format >= LEE_FORMAT_COUNT) {
        return give_up(parser, "it says a format that there is not");
    }
    parser->format_known = sums.format >= 0;
    parser->format = parser->format_known ? (lee_format)sums.format : LEE_FORMAT_AVR;
    /* The next one begins somewhere in the middle, where bytes tell no format. */
    parser->stream.has_format |= parser->format_known;
    parser->stream.format = parser->format_known ? parser->format : parser->stream.format;
    *out = (lee_parsed){.format_known = parser->format_known,
                        .format = parser->format,
                        .refused = sums.refused,
                        .refused_bytes = sums.refused_bytes,
                        .frames = parser->answer.bytes + sizeof sums,
                        .length = rest - (size_t)sums.operators_bytes,
                        .operators_length = (size_t)sums.operators_bytes};
    out->operators = out->frames + out->length;
    if (!are_operators(parser, out->operators, out->operators_length)) {
        return give_up(parser, "what it says of operators is nothing");
    }
    return are_frames(parser, out->frames, out->length) ? LEE_OK
                                                        : give_up(parser, "its frames are none");
}

/* --- frames --------------------------------------------------------------------------------- */

static lee_error begin(void *context, const lee_decoder_options *options)
{
    lee_parser *const parser = context;
    assert(!parser->of_stream);
    parser->has_decoder = true;
    parser->options = *options;
    lee_buffer_reset(&parser->checkpoint);
    lee_buffer_reset(&parser->since);
    if (parser->twin.process == 0) {
        return start(parser); /* which tells it */
    }
    return ask(parser, LEE__PARSER_DECODER, options, sizeof *options);
}

bool lee_parser_checkpoint(lee_parser *parser)
{
    assert(parser && !parser->of_stream);
    if (parser->since.length > 0 && ask_started(parser, LEE__PARSER_SAVE, NULL, 0) == LEE_OK) {
        const lee_buffer answer = parser->answer;
        parser->answer = parser->checkpoint;
        parser->checkpoint = answer;
        lee_buffer_reset(&parser->since);
    }
    return parser->since.length == 0;
}

/* One result a frame, and nothing else. */
static bool are_results(lee_parser *parser, const uint8_t *frames, size_t length)
{
    lee_bytes results;
    lee_bytes in;
    lee_bytes_init(&results, parser->answer.bytes, parser->answer.length);
    for (lee_bytes_init(&in, frames, length); lee_bytes_left(&in) > 0;) {
        lee_frame frame;
        lee_report report;
        const lee_error error = lee_frame_decode(&in, &frame);
        assert(error == LEE_OK);
        (void)error;
        const uint8_t result = lee_bytes_u8(&results);
        if (results.failed || result > LEE_DECODED_REFUSED ||
            (result == LEE_DECODED_REPORT && lee_report_decode(&results, &report) != LEE_OK)) {
            return false;
        }
    }
    return lee_bytes_left(&results) == 0;
}

static lee_error decode(void *context, const uint8_t *bytes, size_t length, lee_bytes *out)
{
    lee_parser *const parser = context;
    assert(parser->has_decoder);
    if (parser->since.length + length > LEE_PARSER_SINCE_MAX_BYTES) {
        (void)lee_parser_checkpoint(parser);
    }
    lee_error error = ask_started(parser, LEE__PARSER_FRAMES, bytes, length);
    if (error == LEE_OK && !are_results(parser, bytes, length)) {
        error = give_up(parser, "its reports are none");
    }
    if (error != LEE_OK) {
        return error;
    }
    lee_buffer_u64_le(&parser->since, length);
    lee_buffer_bytes(&parser->since, bytes, length);
    if (parser->since.error != LEE_OK) {
        return LEE_ERR_NO_MEMORY;
    }
    lee_bytes_init(out, parser->answer.bytes, parser->answer.length);
    return LEE_OK;
}

static void state_walk(void *context, lee_state *state)
{
    lee_parser *const parser = context;
    if (!lee_state_is_loading(state)) {
        lee_state_require(state, lee_parser_checkpoint(parser));
        lee_state_buffer(state, &parser->checkpoint);
        return;
    }
    lee_state_buffer(state, &parser->checkpoint);
    lee_buffer_reset(&parser->since);
    lee_state_require(state, parser->has_decoder &&
                                 (parser->checkpoint.length == 0 ||
                                  ask_started(parser, LEE__PARSER_LOAD, parser->checkpoint.bytes,
                                              parser->checkpoint.length) == LEE_OK));
}

lee_decoding lee_parser_decoding(lee_parser *parser)
{
    assert(parser && !parser->of_stream);
    return (lee_decoding){.begin = begin, .frames = decode, .state = state_walk, .context = parser};
}
