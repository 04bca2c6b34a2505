#include "app/explain.h"

#include <assert.h>
#include <string.h>

#include "app/parser.h"
#include "app/recorder.h"
#include "base/alloc.h"
#include "base/json.h"
#include "base/time_text.h"
#include "io/file_os.h"
#include "journal/journal.h"
#include "record/codec.h"
#include "watch/explain.h"

/* Steps before the first event that are told: confirmation and prediction happen in them. */
#define BEFORE_US (120 * INT64_C(1000000))
#define STEPS_MAX_BYTES ((size_t)32 * 1024 * 1024)

typedef enum { SEARCHING, RUNNING, DONE } explain_phase;

struct lee_explain {
    char folder[4096];
    uint64_t incident;
    const lee_terrain_files *terrain;
    explain_phase phase;
    lee_journal_reader *reader;
    uint64_t records;
    uint64_t damaged;
    /* Found by the first pass. */
    bool found;
    bool ended;
    uint64_t session_index;
    uint64_t first_index; /* the session in which it began */
    uint64_t last_index;  /* of its newest event */
    int64_t first_us;
    int64_t last_us;
    lee_target target;
    char zone[129];
    /* Made by the second. */
    lee_parser *parser; /* NULL: frames are decoded here */
    lee_recorder *recorder;
    lee_buffer json; /* the steps, separated by commas */
    lee_buffer text;
    bool truncated;
};

lee_error lee_explain_create(const char *folder, uint64_t incident,
                             const lee_terrain_files *terrain, bool apart, lee_explain **out)
{
    assert(folder && out);
    lee_explain *const e = lee_alloc(1, sizeof *e);
    if (!e) {
        return LEE_ERR_NO_MEMORY;
    }
    const size_t length = strlen(folder);
    memcpy(e->folder, folder, length < sizeof e->folder ? length : sizeof e->folder - 1);
    e->incident = incident;
    e->terrain = terrain;
    lee_buffer_init(&e->json, STEPS_MAX_BYTES);
    lee_buffer_init(&e->text, STEPS_MAX_BYTES);
    lee_error error = apart ? lee_parser_create(NULL, &e->parser) : LEE_OK;
    if (error == LEE_OK) {
        error = lee_journal_reader_open(&lee_file_os, e->folder, 0, &e->reader);
    }
    if (error != LEE_OK) {
        lee_explain_free(e);
        return error;
    }
    *out = e;
    return LEE_OK;
}

void lee_explain_free(lee_explain *explain)
{
    if (explain) {
        lee_journal_reader_close(explain->reader);
        lee_recorder_free(explain->recorder);
        lee_parser_free(explain->parser);
        lee_buffer_free(&explain->json);
        lee_buffer_free(&explain->text);
        lee_free(explain);
    }
}

uint64_t lee_explain_incident(const lee_explain *explain)
{
    return explain->incident;
}

uint64_t lee_explain_records(const lee_explain *explain)
{
    return explain->records;
}

bool lee_explain_has_ended(const lee_explain *explain)
{
    return explain->ended;
}

/* --- the first pass ----------------------------------------------------------------------------
 */

static void search(lee_explain *e, const lee_record *record)
{
    if (record->kind == LEE_RECORD_SESSION) {
        e->session_index = record->index;
    }
    if (record->kind != LEE_RECORD_EVENT) {
        return;
    }
    lee_bytes in;
    lee_bytes_init(&in, record->bytes, record->length);
    lee_event event;
    char zone[129];
    if (lee_event_decode(&in, &event, zone) != LEE_OK || event.incident != e->incident) {
        return;
    }
    if (!e->found) {
        e->found = true;
        e->first_index = e->session_index;
        e->first_us = event.t_us;
        e->target = event.target;
        memcpy(e->zone, zone, sizeof e->zone);
    }
    e->last_index = record->index;
    e->last_us = event.t_us;
    e->ended = event.kind == LEE_EVENT_ENDED;
}

/* --- the second pass ---------------------------------------------------------------------------
 */

static void on_step(void *context, const lee_trace *trace)
{
    lee_explain *const e = context;
    if (trace->t_us < e->first_us - BEFORE_US || trace->t_us > e->last_us) {
        return;
    }
    const size_t json_length = e->json.length;
    const size_t text_length = e->text.length;
    if (e->json.length > 0) {
        lee_buffer_char(&e->json, ',');
    }
    lee_json json;
    lee_json_begin(&json, &e->json);
    lee_trace_write_json(trace, &json);
    char time[LEE_TIME_TEXT_BYTES];
    lee_buffer_bytes(&e->text, time, lee_time_format(trace->t_us, time));
    lee_buffer_text(&e->text, "  ");
    lee_buffer_text(&e->text, trace->step);
    for (size_t length = strlen(trace->step); length < 9; length++) {
        lee_buffer_char(&e->text, ' ');
    }
    lee_trace_write_words(trace, &e->text);
    lee_buffer_char(&e->text, '\n');
    if (e->json.error != LEE_OK || e->text.error != LEE_OK) {
        e->json.length = json_length;
        e->text.length = text_length;
        e->truncated = true;
    }
}

static lee_error start_running(lee_explain *e)
{
    lee_journal_reader_close(e->reader);
    e->reader = NULL;
    lee_decoding decoding = {.context = NULL};
    if (e->parser) {
        decoding = lee_parser_decoding(e->parser);
    }
    const lee_recorder_options options = {.terrain = e->terrain,
                                          .decoding = e->parser ? &decoding : NULL};
    lee_error error = lee_recorder_create(&options, &e->recorder);
    if (error == LEE_OK) {
        lee_pipeline_trace(lee_recorder_pipeline(e->recorder), &e->target, e->zone, on_step, e);
        error = lee_journal_reader_open(&lee_file_os, e->folder, e->first_index, &e->reader);
    }
    e->phase = RUNNING;
    return error;
}

static lee_error end_of_pass(lee_explain *e)
{
    if (e->phase == SEARCHING) {
        return e->found ? start_running(e) : LEE_ERR_NOT_FOUND;
    }
    e->phase = DONE;
    return LEE_OK;
}

static lee_error take(lee_explain *e, const lee_record *record)
{
    if (e->phase == SEARCHING) {
        search(e, record);
        return e->ended ? end_of_pass(e) : LEE_OK;
    }
    lee_error_info why;
    const lee_error error = lee_recorder_replay(e->recorder, record, &why);
    if (record->index >= e->last_index) {
        return end_of_pass(e);
    }
    return error == LEE_ERR_NO_MEMORY ? error : LEE_OK; /* what was refused then is so now */
}

lee_error lee_explain_run(lee_explain *explain, uint32_t records, bool *done)
{
    assert(explain && done);
    lee_error error = LEE_OK;
    for (uint32_t i = 0; i < records && error == LEE_OK && explain->phase != DONE; i++) {
        lee_record record;
        error = lee_journal_reader_next(explain->reader, &record);
        explain->records++;
        if (error == LEE_ERR_NOT_FOUND) {
            error = end_of_pass(explain);
        } else if (error == LEE_ERR_CORRUPT) {
            explain->damaged++;
            error = LEE_OK;
        } else if (error == LEE_OK) {
            error = take(explain, &record);
        }
    }
    *done = explain->phase == DONE;
    return error;
}

/* --- writing ------------------------------------------------------------------------------------
 */

void lee_explain_write_json(const lee_explain *explain, lee_buffer *out)
{
    assert(explain && explain->phase == DONE && out);
    lee_replay_counters counted;
    lee_recorder_replay_count(explain->recorder, &counted);
    char incident[17];
    lee_incident_text(explain->incident, incident);
    lee_json json;
    lee_json_begin(&json, out);
    lee_json_object(&json);
    lee_json_put_text(&json, "incident", incident);
    lee_json_put_text(&json, "target", explain->target.text);
    lee_json_put_text(&json, "zone", explain->zone);
    lee_json_put_int(&json, "first_record", (int64_t)explain->first_index);
    lee_json_put_int(&json, "last_record", (int64_t)explain->last_index);
    lee_json_put_int(&json, "decisions_equal", (int64_t)counted.outputs_equal);
    lee_json_put_int(&json, "decisions_different", (int64_t)counted.outputs_different);
    lee_json_put_int(&json, "records_damaged", (int64_t)explain->damaged);
    lee_json_put_bool(&json, "truncated", explain->truncated);
    lee_json_key(&json, "steps");
    lee_json_array(&json);
    lee_json_raw(&json, (const char *)explain->json.bytes, explain->json.length);
    lee_json_array_end(&json);
    lee_json_object_end(&json);
}

void lee_explain_write_text(const lee_explain *explain, lee_buffer *out)
{
    assert(explain && explain->phase == DONE && out);
    lee_replay_counters counted;
    lee_recorder_replay_count(explain->recorder, &counted);
    char incident[17];
    lee_incident_text(explain->incident, incident);
    lee_buffer_text(out, "Incident ");
    lee_buffer_text(out, incident);
    lee_buffer_text(out, ": ");
    lee_buffer_text(out, explain->target.text);
    lee_buffer_text(out, " and zone ");
    lee_buffer_text(out, explain->zone);
    lee_buffer_text(out, ". Run again from record ");
    lee_buffer_uint(out, explain->first_index);
    lee_buffer_text(out, " to ");
    lee_buffer_uint(out, explain->last_index);
    lee_buffer_text(out, ": ");
    lee_buffer_uint(out, counted.outputs_equal);
    lee_buffer_text(out, " decisions are the same, ");
    lee_buffer_uint(out, counted.outputs_different);
    lee_buffer_text(out, " differ, ");
    lee_buffer_uint(out, explain->damaged);
    lee_buffer_text(out, " records are damaged.\n\n");
    lee_buffer_bytes(out, explain->text.bytes, explain->text.length);
    if (explain->truncated) {
        lee_buffer_text(out, "The steps that follow do not fit and are left out.\n");
    }
}
