/* app/intake_private.h: what the files of the intake share. intake.c has the feeds and what is
 * parsed in this process, intake_apart.c what is parsed by others. */
#ifndef LEE_APP_INTAKE_PRIVATE_H
#define LEE_APP_INTAKE_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app/intake.h"
#include "app/parser.h"
#include "base/buffer.h"
#include "base/limits.h"
#include "leeward/deframe.h"

/* One feed. */
typedef struct {
    lee_intake *intake;
    lee_feed *feed;
    lee_deframer *deframer; /* in this process, or */
    lee_parser *parser;     /* apart */
    lee_buffer chunks;      /* for the parser, as lee_parser_chunk_put writes them */
    uint64_t frames_waiting;
    lee_loop_timer *pause; /* of a feed whose parser died; NULL: none */
    uint32_t deaths;       /* one soon after the other */
    int64_t death_us;      /* monotonic: of the last */
    lee_feed_uri uri;
    uint16_t number;
    bool format_known;
    lee_format format;
    uint64_t frames;
    uint64_t refused;
    uint64_t refused_bytes;
    char said[LEE_FEED_REASON_BYTES]; /* why it waits, as last said */
} lee__source;

struct lee_intake {
    lee_frame_sink *sink;
    lee_frame_sink *refused;
    lee_frames_sink *frames_sink;             /* NULL: nothing is parsed apart */
    lee_remote_operator_sink *operators_sink; /* NULL: nothing of operators is kept */
    void *context;
    lee_loop *loop;
    const lee_receive_clock *clock; /* NULL: the wall clock */
    lee__source *sources[LEE_FEEDS_MAX];
    uint16_t count;
    lee_buffer frames; /* parsed apart, for the sink */
    bool merging;
    lee_buffer merge_bytes;
    lee_buffer merge_entries;
};

lee_deframe_options lee__source_options(const lee__source *source);
void lee__source_say(const lee__source *source, const char *reason);
void lee__source_say_unknown(const lee__source *source);

lee_error lee__apart_begin(lee__source *source);
lee_feed_answer lee__apart_chunk(lee__source *source, const lee_feed_chunk *chunk);

#endif
