#include "app/tune_inputs.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "app/cmd_bundle.h"
#include "app/heights.h"
#include "app/intake.h"
#include "app/memory.h"
#include "app/retention.h"
#include "app/session.h"
#include "app/setup.h"
#include "base/alloc.h"
#include "io/file_os.h"
#include "journal/journal.h"
#include "record/codec.h"
#include "record/input.h"

#define TEXT_MAX_BYTES ((size_t)512 * 1024 * 1024)

typedef struct {
    uint64_t length;
    uint32_t kind;
} entry_head;

void lee_tune_inputs_init(lee_tune_inputs *inputs)
{
    *inputs = (lee_tune_inputs){.count = 0};
    lee_buffer_init(&inputs->records, SIZE_MAX / 2);
}

void lee_tune_inputs_free(lee_tune_inputs *inputs)
{
    lee_buffer_free(&inputs->records);
}

static void keep(lee_tune_inputs *inputs, lee_record_kind kind, const uint8_t *bytes, size_t length)
{
    const entry_head head = {length, (uint32_t)kind};
    lee_buffer_bytes(&inputs->records, &head, sizeof head);
    lee_buffer_bytes(&inputs->records, bytes, length);
    lee_memory_require_whole(&inputs->records);
    inputs->count++;
}

static void take(lee_tune_inputs *inputs, const lee_record *record)
{
    inputs->recorded_events += record->kind == LEE_RECORD_EVENT;
    if (lee_record_kind_is_input(record->kind)) {
        keep(inputs, record->kind, record->bytes, record->length);
    }
}

bool lee_tune_inputs_next(const lee_tune_inputs *inputs, size_t *at, lee_record *out)
{
    entry_head head;
    if (*at == inputs->records.length) {
        return false;
    }
    assert(inputs->records.length - *at >= sizeof head);
    memcpy(&head, inputs->records.bytes + *at, sizeof head);
    *at += sizeof head;
    *out = (lee_record){.kind = (lee_record_kind)head.kind,
                        .bytes = inputs->records.bytes + *at,
                        .length = (size_t)head.length};
    *at += (size_t)head.length;
    return true;
}

/* --- journals and bundles -----------------------------------------------------------------------
 */

static lee_error read_folder(lee_tune_inputs *inputs, const char *path)
{
    lee_journal_reader *reader = NULL;
    lee_retention_skip skip = {.pruned = 0};
    lee_error error = lee_journal_reader_open(&lee_file_os, path, 0, &reader);
    while (error == LEE_OK) {
        lee_record record;
        error = lee_journal_reader_next(reader, &record);
        if (error == LEE_OK) {
            if (!lee_retention_skips(&skip, lee_journal_reader_pruned(reader), &record)) {
                take(inputs, &record);
            }
        } else if (error == LEE_ERR_CORRUPT) {
            const lee_journal_place *const place = lee_journal_reader_place(reader);
            fprintf(stderr, "leeward: %s: byte %llu: %s\n", place->path,
                    (unsigned long long)place->offset, place->reason);
            inputs->damaged++;
            error = LEE_OK;
        }
    }
    const bool opened = reader != NULL;
    lee_journal_reader_close(reader);
    return opened && error == LEE_ERR_NOT_FOUND ? LEE_OK : error;
}

static lee_error read_bundle(lee_tune_inputs *inputs, const char *path)
{
    lee_buffer bytes;
    lee_bundle bundle;
    const bool verified = lee_bundle_load(path, NULL, &bytes, &bundle);
    size_t at = 0;
    uint64_t index = bundle.first;
    lee_record record;
    while (verified && lee_bundle_next(&bundle, &at, &index, &record)) {
        take(inputs, &record);
    }
    lee_bundle_close(&bundle);
    lee_buffer_free(&bytes);
    return verified ? LEE_OK : LEE_ERR_CORRUPT;
}

lee_error lee_tune_inputs_journal(lee_tune_inputs *inputs, const char *path)
{
    inputs->is_journal = true;
    const bool is_bundle = lee_bundle_is_one(path);
    const lee_error error = is_bundle ? read_bundle(inputs, path) : read_folder(inputs, path);
    if (error != LEE_OK && !is_bundle) {
        fprintf(stderr, "leeward: %s: %s\n", path,
                error == LEE_ERR_NOT_FOUND ? "there is no journal here" : lee_error_text(error));
    }
    return error;
}

/* --- recordings of feeds ------------------------------------------------------------------------
 */

typedef struct {
    lee_tune_inputs *inputs;
    lee_buffer zones;
    lee_buffer permits;
    lee_buffer qnh; /* statements, a line each */
    lee_buffer scratch;
    bool begun;
} recording;

static void keep_scratch(recording *r, lee_record_kind kind)
{
    lee_memory_require_whole(&r->scratch);
    keep(r->inputs, kind, r->scratch.bytes, r->scratch.length);
    lee_buffer_reset(&r->scratch);
}

/* Each line as an operation, as `leeward watch` states it. */
static void state_qnh(recording *r, int64_t t_us)
{
    const char *at = (const char *)r->qnh.bytes;
    const char *const end = r->qnh.length > 0 ? at + r->qnh.length : at;
    while (at < end) {
        const size_t length = (size_t)((const char *)memchr(at, '\n', (size_t)(end - at)) - at);
        lee_heights_write_operation(at, length, "file", t_us, &r->scratch);
        keep_scratch(r, LEE_RECORD_OPERATOR);
        at += length + 1;
    }
}

/* Zones, permits and pressures hold from the first instant that the data tells. */
static void begin(recording *r, int64_t t_us)
{
    r->begun = true;
    const lee_input_text zones = {t_us, 1, r->zones.bytes, r->zones.length};
    lee_input_text_encode(&zones, &r->scratch);
    keep_scratch(r, LEE_RECORD_ZONES);
    if (r->permits.length > 0) {
        const lee_input_text permits = {t_us, 1, r->permits.bytes, r->permits.length};
        lee_input_text_encode(&permits, &r->scratch);
        keep_scratch(r, LEE_RECORD_PERMITS);
    }
    state_qnh(r, t_us);
}

static void on_frame(void *context, const lee_frame *frame)
{
    recording *const r = context;
    if (!r->begun) {
        begin(r, frame->t_us);
    }
    lee_frame_encode(frame, &r->scratch);
    keep_scratch(r, LEE_RECORD_FRAME);
}

static lee_error read_feeds(recording *r, const lee_tune_recording *from)
{
    lee_intake *intake = NULL;
    lee_error error = lee_intake_create(on_frame, NULL, r, &intake);
    for (int i = 0; i < from->feed_count && error == LEE_OK; i++) {
        error = lee_intake_add(intake, from->feeds[i], NULL);
    }
    if (error == LEE_OK && !lee_intake_is_recorded(intake)) {
        fprintf(stderr, "leeward: tune judges recordings; a live feed has no end\n");
        error = LEE_ERR_UNSUPPORTED;
    }
    if (error == LEE_OK) {
        error = lee_intake_read_all(intake);
    }
    if (error == LEE_OK && !r->begun) {
        begin(r, 0);
    }
    lee_intake_free(intake);
    return error;
}

static lee_error read_recording(recording *r, const lee_tune_recording *from)
{
    lee_session session;
    lee_error error = lee_setup_session(from->qnh, from->qnh_count, from->feeds, from->feed_count,
                                        &session, &r->qnh);
    if (error != LEE_OK) {
        return error;
    }
    if (from->terrain) {
        memcpy(session.terrain, lee_terrain_files_name(from->terrain), sizeof session.terrain);
    }
    lee_session_write(&session, &r->scratch);
    keep_scratch(r, LEE_RECORD_SESSION);
    error = lee_setup_zones(from->zones, from->zone_count, &r->zones, &r->inputs->refused);
    if (error == LEE_OK && from->permits) {
        bool refused = false;
        error = lee_setup_permits(from->permits, &r->permits, &refused);
        r->inputs->refused |= refused;
    }
    return error == LEE_OK ? read_feeds(r, from) : error;
}

lee_error lee_tune_inputs_recording(lee_tune_inputs *inputs, const lee_tune_recording *from)
{
    recording r = {.inputs = inputs};
    lee_buffer_init(&r.zones, TEXT_MAX_BYTES);
    lee_buffer_init(&r.permits, TEXT_MAX_BYTES);
    lee_buffer_init(&r.qnh, TEXT_MAX_BYTES);
    lee_buffer_init(&r.scratch, LEE_JOURNAL_RECORD_MAX_BYTES);
    const lee_error error = read_recording(&r, from);
    lee_buffer_free(&r.zones);
    lee_buffer_free(&r.permits);
    lee_buffer_free(&r.qnh);
    lee_buffer_free(&r.scratch);
    return error;
}
