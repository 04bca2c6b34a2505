#include "app/recorder.h"

#include <assert.h>
#include <string.h>

#include "app/memory.h"
#include "base/alloc.h"
#include "base/buffer.h"
#include "base/json_scan.h"

/* Frames are many and small: as many as fit one entry of the journal (64 KiB) become one record, so
 * that the cost of a record is shared. What they decide follows them, as it was decided. */
#define FRAMES_MAX_BYTES 60000u

/* A queue of records in one buffer: index, kind and length in front of the bytes. */
typedef struct {
    uint64_t index;
    uint64_t length;
    uint32_t kind;
} entry_head;

struct lee_recorder {
    lee_recorder_options options;
    lee_pipeline *pipeline;
    lee_buffer decided; /* outputs of the input being applied, or not yet compared in a replay */
    size_t compared;    /* how far a replay has compared `decided` */
    lee_buffer frames;  /* applied, not yet appended: many frames make one record */
    lee_buffer pending; /* appended, not yet announced */
    bool has_pending;
    bool degraded;
    uint64_t count;
    lee_replay_counters replay;
};

static void queue_push(lee_buffer *queue, uint64_t index, lee_record_kind kind,
                       const uint8_t *bytes, size_t length)
{
    const entry_head head = {index, length, kind};
    lee_buffer_bytes(queue, &head, sizeof head);
    lee_buffer_bytes(queue, bytes, length);
    lee_memory_require_whole(queue);
}

/* The entry at *at, which moves on. False at the end. */
static bool queue_next(const lee_buffer *queue, size_t *at, lee_record *out)
{
    if (*at == queue->length) {
        return false;
    }
    entry_head head;
    assert(queue->length - *at >= sizeof head);
    memcpy(&head, queue->bytes + *at, sizeof head);
    *at += sizeof head;
    assert(queue->length - *at >= head.length);
    *out = (lee_record){.index = head.index,
                        .kind = (lee_record_kind)head.kind,
                        .bytes = queue->bytes + *at,
                        .length = (size_t)head.length};
    *at += (size_t)head.length;
    return true;
}

static void on_output(void *context, lee_record_kind kind, const uint8_t *bytes, size_t length)
{
    lee_recorder *const r = context;
    queue_push(&r->decided, 0, kind, bytes, length);
}

lee_error lee_recorder_create(const lee_recorder_options *options, lee_recorder **out)
{
    assert(options && out);
    lee_recorder *const r = lee_alloc(1, sizeof *r);
    if (!r) {
        return LEE_ERR_NO_MEMORY;
    }
    r->options = *options;
    lee_buffer_init(&r->decided, SIZE_MAX / 2);
    lee_buffer_init(&r->frames, SIZE_MAX / 2);
    lee_buffer_init(&r->pending, SIZE_MAX / 2);
    const lee_error error = lee_pipeline_create(on_output, r, &r->pipeline);
    if (error != LEE_OK) {
        lee_free(r);
        return error;
    }
    lee_pipeline_set_terrain(r->pipeline, options->terrain);
    if (options->decoding) {
        lee_pipeline_set_decoding(r->pipeline, options->decoding);
    }
    *out = r;
    return LEE_OK;
}

void lee_recorder_free(lee_recorder *recorder)
{
    if (recorder) {
        lee_pipeline_free(recorder->pipeline);
        lee_buffer_free(&recorder->decided);
        lee_buffer_free(&recorder->frames);
        lee_buffer_free(&recorder->pending);
        lee_free(recorder);
    }
}

static bool is_announced(lee_record_kind kind)
{
    return kind != LEE_RECORD_FRAME && kind != LEE_RECORD_TICK && !lee_record_kind_is_apart(kind);
}

/* The names of members that are sealed, NULL at the end; NULL: no member is. */
static const char *const *sealed_names(lee_record_kind kind)
{
    static const char *const of_sighting[] = {"t_us", "lat", "lon", "by", NULL};
    static const char *const of_operator[] = {"operator_lat", "operator_lon", "operator_alt_hae_m",
                                              "operator_id", NULL};
    return kind == LEE_RECORD_SIGHTING          ? of_sighting
           : kind == LEE_RECORD_REMOTE_OPERATOR ? of_operator
                                                : NULL;
}

/* The values that a bundle may have to leave out: where and when an observer stood, who flies a
 * drone and from where, and what identifiers of warnings are made of. Returns how many. */
static uint32_t sealed_spans(lee_record_kind kind, const uint8_t *bytes, size_t length,
                             lee_sealed_span spans[LEE_SEALED_FIELDS_MAX])
{
    const char *const *const names = sealed_names(kind);
    uint32_t count = 0;
    if (kind == LEE_RECORD_KEY) {
        spans[count++] = (lee_sealed_span){.name = "key", .at = 0, .length = length};
    }
    lee_json_scan scan;
    lee_json_scan_init(&scan, (const char *)bytes, length);
    lee_json_value key, value;
    if (!names || !lee_json_scan_object(&scan)) {
        return count;
    }
    while (lee_json_scan_member(&scan, &key, &value)) {
        for (size_t i = 0; names[i] && count < LEE_SEALED_FIELDS_MAX; i++) {
            if ((value.type == LEE_JSON_NUMBER || value.type == LEE_JSON_TEXT) &&
                lee_json_value_is(&key, names[i])) {
                spans[count++] = (lee_sealed_span){.name = names[i],
                                                   .at = (size_t)(value.text - (const char *)bytes),
                                                   .length = value.length};
            }
        }
    }
    return count;
}

/* A refusal is counted by the journal as part of the gap; the watch goes on. */
static lee_error append(lee_journal *journal, lee_record_kind kind, const uint8_t *bytes,
                        size_t length, uint64_t *index)
{
    lee_sealed_span spans[LEE_SEALED_FIELDS_MAX];
    const uint32_t count = sealed_spans(kind, bytes, length, spans);
    return count > 0 ? lee_journal_append_sealed(journal, kind, bytes, length, spans, count, index)
                     : lee_journal_append(journal, kind, bytes, length, index);
}

/* Appends one record to the journal, where there is one, and to what will be announced. */
static void keep(lee_recorder *r, lee_record_kind kind, const uint8_t *bytes, size_t length)
{
    uint64_t index = r->count;
    if (r->options.journal) {
        r->degraded |= append(r->options.journal, kind, bytes, length, &index) != LEE_OK;
    }
    r->count++;
    r->has_pending = true;
    if (r->options.announce && is_announced(kind)) {
        queue_push(&r->pending, index, kind, bytes, length);
    }
}

static void keep_decided(lee_recorder *r, size_t from)
{
    lee_record output;
    while (queue_next(&r->decided, &from, &output)) {
        keep(r, output.kind, output.bytes, output.length);
    }
    lee_buffer_reset(&r->decided);
}

/* Appends the frames gathered as one record, and after it what they decided. */
static void keep_frames(lee_recorder *r)
{
    if (r->frames.length > 0) {
        /* In a journal, what a record decides stands right behind it. */
        if (r->options.journal) {
            lee_pipeline_flush(r->pipeline);
        }
        keep(r, LEE_RECORD_FRAME, r->frames.bytes, r->frames.length);
        lee_buffer_reset(&r->frames);
        keep_decided(r, 0);
    }
}

/* Until nothing waits in the pipeline. */
static void settle(lee_recorder *r)
{
    lee_pipeline_flush(r->pipeline);
    keep_frames(r);
    keep_decided(r, 0);
}

lee_error lee_recorder_submit(lee_recorder *recorder, lee_record_kind kind, const uint8_t *bytes,
                              size_t length, lee_error_info *why)
{
    assert(recorder && why);
    assert(lee_record_kind_is_input(kind));
    if (kind != LEE_RECORD_FRAME) {
        settle(recorder);
    } else if (recorder->frames.length + length > FRAMES_MAX_BYTES) {
        keep_frames(recorder);
    }
    const size_t decided_before = recorder->decided.length;
    const lee_error error = lee_pipeline_apply(recorder->pipeline, kind, bytes, length, why);
    if (error != LEE_OK) {
        if (kind == LEE_RECORD_FRAME || kind == LEE_RECORD_TICK) {
            lee_memory_require(error);
        }
        assert(recorder->decided.length == decided_before);
        (void)decided_before;
        return error;
    }
    if (kind == LEE_RECORD_FRAME) {
        recorder->has_pending = true;
        lee_buffer_bytes(&recorder->frames, bytes, length);
        lee_memory_require_whole(&recorder->frames);
    } else {
        keep(recorder, kind, bytes, length);
        keep_decided(recorder, 0);
    }
    if (recorder->pending.length > LEE_RECORDER_PENDING_MAX_BYTES) {
        lee_recorder_commit(recorder);
    }
    return LEE_OK;
}

void lee_recorder_commit(lee_recorder *recorder)
{
    assert(recorder);
    if (!recorder->has_pending) {
        return;
    }
    settle(recorder);
    if (recorder->options.journal) {
        recorder->degraded = lee_journal_commit(recorder->options.journal) != LEE_OK;
    }
    size_t at = 0;
    lee_record record;
    while (queue_next(&recorder->pending, &at, &record)) {
        recorder->options.announce(recorder->options.context, &record);
    }
    lee_buffer_reset(&recorder->pending);
    recorder->has_pending = false;
}

bool lee_recorder_has_pending(const lee_recorder *recorder)
{
    return recorder->has_pending;
}

bool lee_recorder_has_decided(const lee_recorder *recorder)
{
    return recorder->pending.length > 0 || recorder->decided.length > 0;
}

bool lee_recorder_is_degraded(const lee_recorder *recorder)
{
    return recorder->degraded;
}

/* --- replay --------------------------------------------------------------------------------- */

static void differs(lee_recorder *r, uint64_t index, const char *reason)
{
    if (r->replay.outputs_different == 0) {
        r->replay.first_index = index;
        r->replay.first_reason = reason;
    }
    r->replay.outputs_different++;
}

/* Outputs that were decided again but that the journal has not. */
static void count_unmatched(lee_recorder *r, uint64_t index)
{
    lee_record output;
    while (queue_next(&r->decided, &r->compared, &output)) {
        differs(r, index, "decided now, but not in the journal");
    }
}

static void compare_output(lee_recorder *r, const lee_record *recorded)
{
    lee_record decided;
    if (!queue_next(&r->decided, &r->compared, &decided)) {
        differs(r, recorded->index, "in the journal, but not decided now");
    } else if (decided.kind != recorded->kind || decided.length != recorded->length ||
               memcmp(decided.bytes, recorded->bytes, decided.length) != 0) {
        differs(r, recorded->index, "decided otherwise now");
    } else {
        r->replay.outputs_equal++;
    }
}

lee_error lee_recorder_replay(lee_recorder *recorder, const lee_record *record, lee_error_info *why)
{
    assert(recorder && record && why);
    recorder->count = record->index + 1;
    *why = (lee_error_info){.code = LEE_OK};
    if (!lee_record_kind_is_input(record->kind)) {
        compare_output(recorder, record);
        return LEE_OK;
    }
    count_unmatched(recorder, record->index);
    lee_buffer_reset(&recorder->decided);
    recorder->compared = 0;
    recorder->replay.inputs++;
    return lee_pipeline_apply(recorder->pipeline, record->kind, record->bytes, record->length, why);
}

void lee_recorder_pass(lee_recorder *recorder, const lee_record *record)
{
    assert(recorder && record);
    recorder->count = record->index + 1;
    count_unmatched(recorder, record->index);
    lee_buffer_reset(&recorder->decided);
    recorder->compared = 0;
}

uint64_t lee_recorder_replay_end(lee_recorder *recorder)
{
    assert(recorder);
    const uint64_t before = recorder->count;
    keep_decided(recorder, recorder->compared);
    recorder->compared = 0;
    return recorder->count - before;
}

void lee_recorder_replay_count(const lee_recorder *recorder, lee_replay_counters *out)
{
    *out = recorder->replay;
}

lee_pipeline *lee_recorder_pipeline(const lee_recorder *recorder)
{
    return recorder->pipeline;
}

uint64_t lee_recorder_count(const lee_recorder *recorder)
{
    return recorder->count;
}

void lee_recorder_state(lee_state *state, lee_recorder *recorder, const lee_record *inputs,
                        size_t input_count)
{
    assert(state && recorder && (inputs || input_count == 0));
    assert(!recorder->has_pending && recorder->frames.length == 0);
    for (size_t i = 0; lee_state_is_loading(state) && i < input_count; i++) {
        lee_error_info why;
        lee_state_require(state,
                          lee_pipeline_apply(recorder->pipeline, inputs[i].kind, inputs[i].bytes,
                                             inputs[i].length, &why) == LEE_OK);
    }
    lee_buffer_reset(&recorder->decided);
    lee_state_section(state, "recorder");
    lee_state_plain(state, &recorder->count, sizeof recorder->count);
    lee_pipeline_state(state, recorder->pipeline);
}
