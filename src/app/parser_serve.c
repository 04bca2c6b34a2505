/* The end of a parser that does the work, in its jail. Whatever goes wrong here ends it: the other
 * end sees to the rest. */
#include "app/parser.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "app/jail.h"
#include "app/parser_private.h"
#include "decode/decoder_state.h"
#include "decode/remote_id.h"
#include "leeward/decoder.h"
#include "record/codec.h"

typedef struct {
    void (*before)(const lee_frame *frame);
    lee_parser_stream stream;
    bool format_known;
    lee_deframer *deframer;
    lee_decoder *decoder;
    lee_buffer task;
    lee_buffer answer;
    lee_buffer operators; /* for the end of the answer */
    lee__parser_sums sums;
} parser;

static bool read_all(void *bytes, size_t length)
{
    for (size_t at = 0; at < length;) {
        const ssize_t got = read(LEE__PARSER_FD, (uint8_t *)bytes + at, length - at);
        if (got == 0 || (got < 0 && errno != EINTR)) {
            return false;
        }
        at += got > 0 ? (size_t)got : 0;
    }
    return true;
}

static bool write_all(const void *bytes, size_t length)
{
    for (size_t at = 0; at < length;) {
        const ssize_t put = write(LEE__PARSER_FD, (const uint8_t *)bytes + at, length - at);
        if (put < 0 && errno != EINTR) {
            return false;
        }
        at += put > 0 ? (size_t)put : 0;
    }
    return true;
}

static bool read_into(lee_buffer *out, size_t length)
{
    uint8_t piece[65536];
    lee_buffer_reset(out);
    for (size_t left = length; left > 0;) {
        const size_t size = left < sizeof piece ? left : sizeof piece;
        if (!read_all(piece, size)) {
            return false;
        }
        lee_buffer_bytes(out, piece, size);
        left -= size;
    }
    return out->error == LEE_OK;
}

/* --- a stream ------------------------------------------------------------------------------- */

static void on_frame(void *context, const lee_frame *frame)
{
    parser *const p = context;
    if (frame->refused != LEE_OK) {
        p->sums.refused++;
        p->sums.refused_bytes += frame->length;
        return;
    }
    lee_frame_encode(frame, &p->answer);
}

static void on_operator(void *context, const lee_remote_operator *said)
{
    parser *const p = context;
    const size_t at = p->operators.length;
    lee_buffer_u32_le(&p->operators, 0); /* its place; filled in below */
    lee_remote_operator_write(said, &p->operators);
    if (p->operators.error == LEE_OK) {
        const size_t length = p->operators.length - at - 4;
        assert(length <= LEE_REMOTE_OPERATOR_MAX_BYTES);
        p->operators.bytes[at] = (uint8_t)length;
        p->operators.bytes[at + 1] = (uint8_t)(length >> 8);
    }
}

static lee_error make_deframer(parser *p, const uint8_t *bytes, size_t length)
{
    const char *const path = p->stream.path[0] != '\0' ? p->stream.path : NULL;
    if (!p->format_known && !lee_format_guess(bytes, length, path, &p->stream.format)) {
        return LEE_ERR_UNSUPPORTED;
    }
    p->format_known = true;
    const lee_error error = lee_deframer_create(p->stream.format, &p->stream.deframe, &p->deframer);
    return error == LEE_OK && p->stream.keeps_operators
               ? lee__deframe_keep_operators(p->deframer, on_operator, p)
               : error;
}

static lee_error push_chunk(parser *p, const lee_feed_chunk *chunk)
{
    if (p->deframer && chunk->restart) {
        lee_deframer_finish(p->deframer, on_frame, p);
    }
    const lee_error error = p->deframer ? LEE_OK : make_deframer(p, chunk->bytes, chunk->length);
    if (error != LEE_OK) {
        return error;
    }
    lee_deframer_push(p->deframer, chunk->bytes, chunk->length, chunk->t_us, on_frame, p);
    if (chunk->datagram) {
        /* Whole by itself: a length that lies in one must not swallow the next. */
        lee_deframer_finish(p->deframer, on_frame, p);
    }
    return LEE_OK;
}

static lee_error push(parser *p, const uint8_t *bytes, size_t length)
{
    lee_buffer_bytes(&p->answer, &p->sums, sizeof p->sums); /* its place; filled in below */
    p->sums = (lee__parser_sums){.refused = 0};
    lee_bytes in;
    lee_error error = LEE_OK;
    for (lee_bytes_init(&in, bytes, length); error == LEE_OK && lee_bytes_left(&in) > 0;) {
        lee_feed_chunk chunk;
        error = lee_parser_chunk_take(&in, &chunk) ? push_chunk(p, &chunk) : LEE_ERR_TRUNCATED;
    }
    p->sums.format = p->format_known ? (int32_t)p->stream.format : -1;
    p->sums.operators_bytes = p->operators.length;
    if (p->operators.length > 0) {
        lee_buffer_bytes(&p->answer, p->operators.bytes, p->operators.length);
        memset(p->operators.bytes, 0, p->operators.length);
        lee_buffer_reset(&p->operators);
    }
    if (p->answer.error == LEE_OK) {
        memcpy(p->answer.bytes, &p->sums, sizeof p->sums);
    }
    return error;
}

static lee_error begin_stream(parser *p, const uint8_t *bytes, size_t length)
{
    if (length != sizeof p->stream) {
        return LEE_ERR_TRUNCATED;
    }
    memcpy(&p->stream, bytes, length);
    p->format_known = p->stream.has_format;
    return LEE_OK;
}

/* --- frames --------------------------------------------------------------------------------- */

static lee_error begin_decoder(parser *p, const uint8_t *bytes, size_t length)
{
    lee_decoder_options options;
    if (length != sizeof options) {
        return LEE_ERR_TRUNCATED;
    }
    memcpy(&options, bytes, length);
    lee_decoder_free(p->decoder);
    p->decoder = NULL;
    return lee_decoder_create(&options, &p->decoder);
}

static lee_error decode_frames(parser *p, const uint8_t *bytes, size_t length)
{
    lee_bytes in;
    for (lee_bytes_init(&in, bytes, length); lee_bytes_left(&in) > 0;) {
        lee_frame frame;
        const lee_error error = lee_frame_decode(&in, &frame);
        if (error != LEE_OK) {
            return error;
        }
        if (p->before) {
            p->before(&frame);
        }
        lee_report report;
        lee_error_info why;
        const lee_decode_result result = lee_decoder_frame(p->decoder, &frame, &report, &why);
        lee_buffer_u8(&p->answer, (uint8_t)result);
        if (result == LEE_DECODED_REPORT) {
            lee_report_encode(&report, &p->answer);
        }
    }
    return LEE_OK;
}

static lee_error save(parser *p)
{
    lee_state state;
    lee_state_save(&state, &p->answer);
    lee_decoder_state(&state, p->decoder);
    return lee_state_end(&state);
}

static lee_error load(parser *p, const uint8_t *bytes, size_t length)
{
    lee_state state;
    lee_state_load(&state, bytes, length);
    lee_decoder_state(&state, p->decoder);
    return lee_state_end(&state);
}

/* --- both ----------------------------------------------------------------------------------- */

static lee_error work(parser *p, int32_t task)
{
    const uint8_t *const bytes = p->task.bytes;
    const size_t length = p->task.length;
    if (!p->decoder &&
        (task == LEE__PARSER_FRAMES || task == LEE__PARSER_SAVE || task == LEE__PARSER_LOAD)) {
        return LEE_ERR_STATE;
    }
    switch (task) {
    case LEE__PARSER_STREAM:
        return begin_stream(p, bytes, length);
    case LEE__PARSER_PUSH:
        return push(p, bytes, length);
    case LEE__PARSER_DECODER:
        return begin_decoder(p, bytes, length);
    case LEE__PARSER_FRAMES:
        return decode_frames(p, bytes, length);
    case LEE__PARSER_SAVE:
        return save(p);
    case LEE__PARSER_LOAD:
        return load(p, bytes, length);
    default:
        return LEE_ERR_UNSUPPORTED;
    }
}

/* Takes one task into p->task. */
static bool take(parser *p, lee__parser_head *head)
{
    if (!read_all(head, sizeof *head) || head->length > LEE__PARSER_MESSAGE_MAX_BYTES) {
        return false;
    }
    lee_buffer_reset(&p->answer);
    return read_into(&p->task, head->length);
}

int lee_parser_serve(void (*before)(const lee_frame *frame))
{
    if (lee_jail_enter(LEE__PARSER_FD, LEE__PARSER_MEMORY_MAX_BYTES) != LEE_OK) {
        _exit(2);
    }
    parser p = {.before = before};
    lee_buffer_init(&p.task, LEE__PARSER_MESSAGE_MAX_BYTES);
    lee_buffer_init(&p.answer, LEE__PARSER_MESSAGE_MAX_BYTES);
    lee_buffer_init(&p.operators, LEE__PARSER_MESSAGE_MAX_BYTES);
    lee__parser_head head;
    while (take(&p, &head)) {
        const lee_error error = work(&p, head.what);
        head = (lee__parser_head){.what = p.answer.error != LEE_OK ? p.answer.error : error,
                                  .length = (uint32_t)p.answer.length};
        if (!write_all(&head, sizeof head) || !write_all(p.answer.bytes, p.answer.length)) {
            break;
        }
    }
    _exit(0); /* the memory goes with the process */
}
