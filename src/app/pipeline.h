/* app/pipeline.h: the whole core as one pure function from records to records.
 *
 * An input record goes in (LEE_RECORD_SESSION first), the records that it decides come out. Live
 * watch, demo, replay and tests all run this one path; nothing in it reads a clock, a file or a
 * socket. This is the only file that knows every stage. */
#ifndef LEE_APP_PIPELINE_H
#define LEE_APP_PIPELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app/terrain_files.h"
#include "base/buffer.h"
#include "base/bytes.h"
#include "base/limits.h"
#include "base/state.h"
#include "io/workers.h"
#include "leeward/decoder.h"
#include "leeward/error.h"
#include "leeward/qnh.h"
#include "leeward/watch.h"
#include "record/kind.h"
#include "track/unseen.h"

typedef struct lee_pipeline lee_pipeline;

/* One decided record: EVENT or WARNING. The bytes live until the sink returns. */
typedef void lee_output_sink(void *context, lee_record_kind kind, const uint8_t *bytes,
                             size_t length);

/* What became of the frames of one feed: frames = reports + nothing + refused, and reports = what
 * was judged + what was dropped because the feed brought more than its budget, by its worth. */
typedef struct {
    uint64_t frames;
    uint64_t reports;
    uint64_t nothing;
    uint64_t refused;
    uint64_t judged;
    uint64_t dropped[LEE_WORTH_COUNT];
    int64_t last_us; /* time of the newest frame */
} lee_feed_counters;

/* Who decodes frames, where the pipeline does not do it itself. */
typedef struct {
    /* A new decoder takes the place of the one before. */
    lee_error (*begin)(void *context, const lee_decoder_options *options);
    /* Decodes whole frames back to back. *out is a result for each: a byte, lee_decode_result, and
     * behind REPORT the report as lee_report_encode writes it; checked, and borrowed until the next
     * call. An error: none of them counts as seen. */
    lee_error (*frames)(void *context, const uint8_t *bytes, size_t length, lee_bytes *out);
    /* As lee_decoder_state, in one buffer. */
    void (*state)(void *context, lee_state *state);
    void *context;
} lee_decoding;

/* LEE_ERR_NO_MEMORY. */
LEE_CHECK_RESULT
lee_error lee_pipeline_create(lee_output_sink *sink, void *context, lee_pipeline **out);
void lee_pipeline_free(lee_pipeline *pipeline);

/* From the next SESSION on, reports are judged on these threads (borrowed; NULL: on the caller's),
 * while the caller decodes the next. What is decided stays the same, byte for byte, and in the same
 * order, but for full tables (leeward/watch_shards.h); it is told later, at lee_pipeline_flush at
 * the latest. */
void lee_pipeline_set_workers(lee_pipeline *pipeline, lee_workers *workers);

/* From the next SESSION on limits above ground are judged by these tiles (borrowed; NULL: none), if
 * the session names them. One that names others is judged without any, so cautiously: then it lacks
 * terrain, and what it decides need not be what was. */
void lee_pipeline_set_terrain(lee_pipeline *pipeline, const lee_terrain_files *terrain);
bool lee_pipeline_lacks_terrain(const lee_pipeline *pipeline);

/* From the next SESSION on frames are decoded by others (copied; its context is borrowed). What is
 * decided stays the same. */
void lee_pipeline_set_decoding(lee_pipeline *pipeline, const lee_decoding *decoding);

/* Tells all that the input so far decides. Without workers that was done already. */
void lee_pipeline_flush(lee_pipeline *pipeline);

/* Whether workers may have decided otherwise than one thread, because a table was nearly full. */
bool lee_pipeline_is_exact(const lee_pipeline *pipeline);

/* Applies one input record. Refused input changes nothing and says why (*why is not NULL).
 * LEE_ERR_STATE: no SESSION came before; LEE_ERR_NO_MEMORY; whatever the stage concerned says of
 * its input, or its decoding of frames. A frame that decodes to nothing is no error: it is
 * counted. */
LEE_CHECK_RESULT
lee_error lee_pipeline_apply(lee_pipeline *pipeline, lee_record_kind kind, const uint8_t *bytes,
                             size_t length, lee_error_info *why);

/* Saves everything that decides, or loads it into a pipeline to which the SESSION, PLACES, PERMITS
 * and ZONES in force then were applied and nothing else. Not with workers. */
void lee_pipeline_state(lee_state *state, lee_pipeline *pipeline);
/* Tells the steps of what is decided about this target and zone, in this session and those that
 * follow (lee_watch_trace). */
void lee_pipeline_trace(lee_pipeline *pipeline, const lee_target *target, const char *zone,
                        lee_trace_sink *sink, void *context);

/* What operators asked for that goes beyond a session: records as they were applied, each with its
 * length before it (varint). Borrowed until the next input. */
const lee_buffer *lee_pipeline_operations(const lee_pipeline *pipeline);

/* The pressures stated; borrowed, and none before a SESSION. */
const lee_qnh *lee_pipeline_qnh(const lee_pipeline *pipeline, uint32_t *count);

/* {"permits":[…]}: those in force. */
void lee_pipeline_write_permits(const lee_pipeline *pipeline, lee_buffer *out);

/* The watch of the session, its zones and counters; NULL and zeros before SESSION, and no watch
 * with workers. Borrowed until the next SESSION or ZONES. */
const lee_watch *lee_pipeline_watch(const lee_pipeline *pipeline);
const lee_zone_list *lee_pipeline_zones(const lee_pipeline *pipeline);
const lee_unseen *lee_pipeline_unseen(const lee_pipeline *pipeline);
uint64_t lee_pipeline_generation(const lee_pipeline *pipeline);
uint64_t lee_pipeline_seq(const lee_pipeline *pipeline);
int64_t lee_pipeline_time(const lee_pipeline *pipeline);
const lee_feed_counters *lee_pipeline_feed(const lee_pipeline *pipeline, uint16_t feed);

#endif
