/* What the tests of the whole pipeline share: one that has its session and its zones, and frames of
 * one report. */
#ifndef LEE_TESTS_PIPELINE_KIT_H
#define LEE_TESTS_PIPELINE_KIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "app/pipeline.h"
#include "app/session.h"
#include "record/codec.h"
#include "record/input.h"

#define S INT64_C(1000000)
#define T0 (1700000000 * S)

/* A town that is protected, from the ground to 20,000 ft. */
#define KIT_TOWN                                                                                   \
    "{\"type\":\"FeatureCollection\",\"features\":[{\"type\":\"Feature\",\"id\":\"town\","         \
    "\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[[36.6,35.6],[36.8,35.6],[36.8,35.8],"    \
    "[36.6,35.8],[36.6,35.6]]]},\"properties\":{\"kind\":\"safe\",\"name\":\"Town\","              \
    "\"lower\":\"SFC\",\"upper\":{\"value\":20000,\"unit\":\"ft\",\"ref\":\"STD\"},\"protects\":"  \
    "\"people\"}}]}"

static inline void kit_apply(lee_pipeline *pipeline, lee_record_kind kind, const lee_buffer *b)
{
    lee_error_info why;
    assert_int_equal(lee_pipeline_apply(pipeline, kind, b->bytes, b->length, &why), LEE_OK);
}

/* Session and zones. */
static inline void kit_set_up(lee_pipeline *pipeline, const char *zones)
{
    lee_buffer b;
    lee_buffer_init(&b, 65536);
    lee_session session;
    lee_session_default(&session);
    session.watch.tracks_max = 64;
    session.watch.incidents_max = 64;
    lee_session_write(&session, &b);
    kit_apply(pipeline, LEE_RECORD_SESSION, &b);
    lee_buffer_reset(&b);
    const lee_input_text input = {T0, 1, (const uint8_t *)zones, strlen(zones)};
    lee_input_text_encode(&input, &b);
    kit_apply(pipeline, LEE_RECORD_ZONES, &b);
    lee_buffer_free(&b);
}

static inline lee_pipeline *kit_begin(lee_output_sink *sink, void *context, const char *zones)
{
    lee_pipeline *pipeline = NULL;
    assert_int_equal(lee_pipeline_create(sink, context, &pipeline), LEE_OK);
    kit_set_up(pipeline, zones);
    return pipeline;
}

static inline void kit_tick(lee_pipeline *pipeline, int64_t t_us)
{
    lee_buffer b;
    lee_buffer_init(&b, 65536);
    lee_input_tick_encode(t_us, &b);
    kit_apply(pipeline, LEE_RECORD_TICK, &b);
    lee_buffer_free(&b);
}

static inline void kit_say(lee_pipeline *pipeline, uint16_t feed, int64_t t_us, const char *text)
{
    lee_buffer b;
    lee_buffer_init(&b, 65536);
    const lee_frame frame = {.t_us = t_us,
                             .bytes = (const uint8_t *)text,
                             .length = (uint32_t)strlen(text),
                             .feed = feed,
                             .format = LEE_FORMAT_REPORT_JSONL};
    lee_frame_encode(&frame, &b);
    kit_apply(pipeline, LEE_RECORD_FRAME, &b);
    lee_buffer_free(&b);
}

#endif
