#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "app/recorder.h"
#include "app/session.h"
#include "record/codec.h"
#include "record/input.h"

#define ZONES                                                                                      \
    "{\"type\":\"FeatureCollection\",\"features\":[{\"type\":\"Feature\",\"id\":\"square\","       \
    "\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[[10,50],[11,50],[11,51],[10,51],"        \
    "[10,50]]]},\"properties\":{\"kind\":\"no_fly\",\"name\":\"A square\",\"lower\":\"SFC\","      \
    "\"upper\":\"UNL\",\"watch\":{\"look_ahead_s\":0,\"lateral_margin_m\":0,"                      \
    "\"vertical_margin_ft\":0,\"confirm\":1,\"hold\":0,\"lost_after_s\":60}}}]}"

/* Everything announced, as a queue of copies for the replay. */
typedef struct {
    lee_buffer bytes;
    lee_record records[64];
    size_t count;
} heard;

static void hear(void *context, const lee_record *record)
{
    heard *const all = context;
    assert_true(all->count < 64);
    all->records[all->count] = *record;
    all->records[all->count].bytes = (const uint8_t *)(uintptr_t)all->bytes.length;
    all->count++;
    lee_buffer_bytes(&all->bytes, record->bytes, record->length);
}

static void submit(lee_recorder *recorder, lee_record_kind kind, const lee_buffer *bytes)
{
    lee_error_info why;
    assert_int_equal(lee_recorder_submit(recorder, kind, bytes->bytes, bytes->length, &why),
                     LEE_OK);
}

static void submit_session_and_zones(lee_recorder *recorder)
{
    lee_buffer b;
    lee_buffer_init(&b, 65536);
    lee_session session;
    lee_session_default(&session);
    session.watch.tracks_max = 64;
    session.watch.incidents_max = 64;
    lee_session_write(&session, &b);
    submit(recorder, LEE_RECORD_SESSION, &b);
    lee_buffer_reset(&b);
    const lee_input_text zones = {0, 1, (const uint8_t *)ZONES, sizeof ZONES - 1};
    lee_input_text_encode(&zones, &b);
    submit(recorder, LEE_RECORD_ZONES, &b);
    lee_buffer_free(&b);
}

static void submit_position(lee_recorder *recorder, int64_t t_us, const char *text)
{
    const lee_frame frame = {.t_us = t_us,
                             .bytes = (const uint8_t *)text,
                             .length = (uint32_t)strlen(text),
                             .format = LEE_FORMAT_REPORT_JSONL};
    lee_buffer b;
    lee_buffer_init(&b, 65536);
    lee_frame_encode(&frame, &b);
    submit(recorder, LEE_RECORD_FRAME, &b);
    lee_buffer_free(&b);
}

#define REPORT(t, lon)                                                                             \
    "{\"t_us\":" #t ",\"target\":\"icao24:4b1815\",\"source\":\"adsb\",\"lat\":50.5,\"lon\":" #lon \
    "}"

static lee_recorder *make_recorder(heard *all)
{
    const lee_recorder_options options = {.announce = all ? hear : NULL, .context = all};
    lee_recorder *recorder = NULL;
    assert_int_equal(lee_recorder_create(&options, &recorder), LEE_OK);
    return recorder;
}

static void nothing_is_announced_before_the_commit(void **state)
{
    (void)state;
    heard all = {.count = 0};
    lee_buffer_init(&all.bytes, 65536);
    lee_recorder *const recorder = make_recorder(&all);
    submit_session_and_zones(recorder);
    submit_position(recorder, 1000000, REPORT(1000000, 9.9));
    submit_position(recorder, 11000000, REPORT(11000000, 10.1));
    assert_int_equal(all.count, 0);
    assert_true(lee_recorder_has_decided(recorder));
    lee_recorder_commit(recorder);
    assert_false(lee_recorder_has_pending(recorder));
    /* Session, zones and the entry; frames are not announced. */
    assert_int_equal(all.count, 3);
    assert_int_equal(all.records[2].kind, LEE_RECORD_EVENT);
    /* Both frames are one record, and what they decided stands after it. */
    assert_int_equal(all.records[2].index, 3);
    assert_int_equal(lee_recorder_count(recorder), 4);
    lee_recorder_free(recorder);
    lee_buffer_free(&all.bytes);
}

/* It is kept, and nobody who listens hears of it. */
static void what_is_said_of_drones_operators_is_not_announced(void **state)
{
    (void)state;
    static const char said[] = "{\"t_us\":1,\"target\":\"rid:A\",\"operator_id\":\"X\"}";
    heard all = {.count = 0};
    lee_buffer_init(&all.bytes, 65536);
    lee_recorder *const recorder = make_recorder(&all);
    submit_session_and_zones(recorder);
    const uint64_t before = lee_recorder_count(recorder);
    lee_error_info why;
    assert_int_equal(lee_recorder_submit(recorder, LEE_RECORD_REMOTE_OPERATOR,
                                         (const uint8_t *)said, sizeof said - 1, &why),
                     LEE_OK);
    lee_recorder_commit(recorder);
    assert_int_equal(lee_recorder_count(recorder), before + 1);
    assert_int_equal(all.count, 2); /* session and zones */
    lee_recorder_free(recorder);
    lee_buffer_free(&all.bytes);
}

static void a_refused_input_is_not_recorded(void **state)
{
    (void)state;
    lee_recorder *const recorder = make_recorder(NULL);
    lee_error_info why;
    assert_int_equal(lee_recorder_submit(recorder, LEE_RECORD_TICK, (const uint8_t *)"\2", 1, &why),
                     LEE_ERR_STATE);
    submit_session_and_zones(recorder);
    const uint64_t before = lee_recorder_count(recorder);
    assert_int_equal(
        lee_recorder_submit(recorder, LEE_RECORD_ZONES, (const uint8_t *)"\0\1{", 3, &why),
        LEE_ERR_SYNTAX);
    assert_non_null(why.reason);
    assert_int_equal(lee_recorder_count(recorder), before);
    assert_int_equal(lee_pipeline_generation(lee_recorder_pipeline(recorder)), 1);
    lee_recorder_free(recorder);
}

static void a_report_from_the_future_does_not_move_the_clock(void **state)
{
    (void)state;
    lee_recorder *const recorder = make_recorder(NULL);
    submit_session_and_zones(recorder);
    submit_position(recorder, 1000000, REPORT(900000000000000, 9.9));
    const lee_pipeline *const pipeline = lee_recorder_pipeline(recorder);
    assert_int_equal(lee_pipeline_feed(pipeline, 0)->refused, 1);
    assert_int_equal(lee_pipeline_feed(pipeline, 0)->reports, 0);
    assert_true(lee_pipeline_time(pipeline) < 900000000000000);
    lee_recorder_free(recorder);
}

/* Replays what was announced, with the event's byte `flip` changed; UINT64_MAX: none. */
static lee_replay_counters replay(const heard *all, size_t flip)
{
    lee_recorder *const recorder = make_recorder(NULL);
    uint8_t copy[4096];
    for (size_t i = 0; i < all->count; i++) {
        lee_record record = all->records[i];
        assert_true(record.length <= sizeof copy);
        memcpy(copy, all->bytes.bytes + (uintptr_t)record.bytes, record.length);
        if (record.kind == LEE_RECORD_EVENT && flip < record.length) {
            copy[flip] ^= 1;
        }
        record.bytes = copy;
        lee_error_info why;
        assert_int_equal(lee_recorder_replay(recorder, &record, &why), LEE_OK);
    }
    (void)lee_recorder_replay_end(recorder);
    lee_replay_counters counted;
    lee_recorder_replay_count(recorder, &counted);
    lee_recorder_free(recorder);
    return counted;
}

static void a_replay_sees_every_changed_byte_of_a_decision(void **state)
{
    (void)state;
    heard all = {.count = 0};
    lee_buffer_init(&all.bytes, 65536);
    lee_recorder *const recorder = make_recorder(&all);
    submit_session_and_zones(recorder);
    lee_recorder_commit(recorder);
    /* The frames are put in by hand, as the journal would give them. */
    const char *const lines[] = {REPORT(1000000, 9.9), REPORT(11000000, 10.1)};
    lee_buffer frames;
    lee_buffer_init(&frames, 65536);
    for (size_t i = 0; i < 2; i++) {
        const lee_frame frame = {.t_us = (int64_t)i * 10000000 + 1000000,
                                 .bytes = (const uint8_t *)lines[i],
                                 .length = (uint32_t)strlen(lines[i]),
                                 .format = LEE_FORMAT_REPORT_JSONL};
        lee_frame_encode(&frame, &frames);
    }
    submit(recorder, LEE_RECORD_FRAME, &frames);
    const lee_record record = {
        .index = 2, .kind = LEE_RECORD_FRAME, .bytes = frames.bytes, .length = frames.length};
    hear(&all, &record);
    lee_recorder_commit(recorder);
    assert_int_equal(all.count, 4);

    const lee_replay_counters equal = replay(&all, SIZE_MAX);
    assert_int_equal(equal.outputs_equal, 1);
    assert_int_equal(equal.outputs_different, 0);
    for (size_t flip = 0; flip < all.records[3].length; flip++) {
        assert_int_equal(replay(&all, flip).outputs_different, 1);
    }
    lee_buffer_free(&frames);
    lee_recorder_free(recorder);
    lee_buffer_free(&all.bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_announced_before_the_commit),
        cmocka_unit_test(what_is_said_of_drones_operators_is_not_announced),
        cmocka_unit_test(a_refused_input_is_not_recorded),
        cmocka_unit_test(a_report_from_the_future_does_not_move_the_clock),
        cmocka_unit_test(a_replay_sees_every_changed_byte_of_a_decision),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
