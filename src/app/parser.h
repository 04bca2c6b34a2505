/* app/parser.h: what anybody may transmit is parsed in a process of its own, which can do nothing
 * else (app/jail.h): this program, started again, on the other end of a socket pair.
 *
 * A parser does one of two things. One of a stream makes frames of its bytes: each feed has one.
 * One of frames makes reports of them: there is one decoder for all feeds, because receivers
 * complete one another. Calls wait for the answer, so that what is decided does not depend on where
 * it was parsed; a parser that dies, answers nonsense or does not answer in time is ended, and the
 * call says so. The next call starts another. A parser of frames then knows again what it knew: its
 * state as of the last checkpoint, and the frames since. What it says is checked like any input. */
#ifndef LEE_APP_PARSER_H
#define LEE_APP_PARSER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "app/pipeline.h"
#include "base/buffer.h"
#include "base/bytes.h"
#include "feed/feed.h"
#include "leeward/deframe.h"
#include "leeward/error.h"
#include "leeward/frame.h"
#include "record/remote_operator.h"

/* A parser that has worked so long on one answer hangs, for 64 KiB take milliseconds; so does one
 * that sleeps instead. One that does not get to work, on a machine that is overloaded, is waited
 * for longer. */
#define LEE_PARSER_WORK_MS 2000
#define LEE_PARSER_ANSWER_MS 30000
/* How many bytes of frames are kept for a parser that may have to be started again, before its
 * state is asked for. */
#define LEE_PARSER_SINCE_MAX_BYTES (16u * 1024u * 1024u)

typedef struct lee_parser lee_parser;

typedef struct {
    lee_deframe_options deframe;
    bool has_format;
    lee_format format; /* of has_format only; else it is told by the first bytes */
    char path[256];    /* the end of the file's name, which may tell the format too; "" is none */
    bool keeps_operators; /* what drones say of their operators comes out too, beside the frames */
} lee_parser_stream;

/* What became of chunks. */
typedef struct {
    bool format_known;
    lee_format format;
    uint64_t refused; /* stretches that are no frame */
    uint64_t refused_bytes;
    const uint8_t *frames; /* as lee_frame_encode writes them; borrowed until the next call */
    size_t length;
    const uint8_t *operators; /* for lee_parser_operator_take; borrowed likewise */
    size_t operators_length;  /* 0 where they were not asked for */
} lee_parsed;

/* Makes a parser: of that stream, or of frames when it is NULL. Its process starts with the first
 * call. LEE_ERR_NO_MEMORY. */
LEE_CHECK_RESULT
lee_error lee_parser_create(const lee_parser_stream *stream, lee_parser **out);
/* NULL is allowed. */
void lee_parser_free(lee_parser *parser);

/* Chunks of a stream, one behind the other. Take: false: it is not whole; its bytes are borrowed
 * from the cursor's. */
void lee_parser_chunk_put(const lee_feed_chunk *chunk, lee_buffer *out);
bool lee_parser_chunk_take(lee_bytes *in, lee_feed_chunk *out);

/* Makes frames of the next chunks of a stream. They are whole, of this feed and of its format.
 * LEE_ERR_UNSUPPORTED: the format is not known from the first bytes; LEE_ERR_IO: the parser ended,
 * these bytes are lost, and the next call begins a new stream; LEE_ERR_NO_MEMORY. */
LEE_CHECK_RESULT
lee_error lee_parser_push(lee_parser *parser, const uint8_t *chunks, size_t length,
                          lee_parsed *out);

/* Takes the next of what was said of operators. False: the end, or it is not whole. */
bool lee_parser_operator_take(lee_bytes *in, lee_remote_operator *out);

/* The decoding of a pipeline by a parser of frames, which must live as long. */
lee_decoding lee_parser_decoding(lee_parser *parser);

/* Asks a parser of frames for its state, so that saving the pipeline's needs nobody else: for a
 * process that is about to fork one that saves. False: it has not said it. */
bool lee_parser_checkpoint(lee_parser *parser);

/* Why the last call failed: "was ended by signal 11"; "" for none. */
const char *lee_parser_reason(const lee_parser *parser);
/* 0: there is none at the moment. */
pid_t lee_parser_process(const lee_parser *parser);
uint64_t lee_parser_starts(const lee_parser *parser);

/* The other end: `leeward parser`. Enters the jail and answers until the socket is closed. `before`
 * (NULL: nothing) hears each frame before it is decoded: the tests are taken over there. */
int lee_parser_serve(void (*before)(const lee_frame *frame));

#endif
