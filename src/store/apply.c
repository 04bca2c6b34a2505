/* Records to rows. What stands in a record was checked before it was recorded; a record that cannot
 * be read all the same is counted and passed over, because the journal stays the truth. */
#include "store/views_private.h"

#include <assert.h>
#include <string.h>

#include <jansson.h>

#include "base/limits.h"
#include "record/codec.h"
#include "record/input.h"
#include "record/operation.h"

/* --- incidents ------------------------------------------------------------------------------ */

static const char *state_after(const lee_event *event)
{
    switch (event->kind) {
    case LEE_EVENT_PREDICTED:
        return "predicted";
    case LEE_EVENT_ENTERED:
    case LEE_EVENT_PRESENT:
        return "entered";
    case LEE_EVENT_CROSSED:
    case LEE_EVENT_LEFT:
        return "left";
    case LEE_EVENT_LOST:
        return "lost";
    case LEE_EVENT_ENDED:
        return "ended";
    case LEE_EVENT_UPDATED:
    case LEE_EVENT_VERDICT:
    case LEE_EVENT_KIND_COUNT:
        break;
    }
    return NULL;
}

/* The words of an incident change several times within seconds: they are indexed once a commit. */
static lee_error index_later(lee_views *views, const char *id)
{
    sqlite3_stmt *const note = lee__views_statement(views, LEE_VIEWS_INCIDENT_RENAMED);
    lee__views_bind(note, 1, id);
    return lee__views_run(note);
}

lee_error lee__views_index_incidents(lee_views *views)
{
    static const int steps[] = {LEE_VIEWS_INCIDENTS_FORGET, LEE_VIEWS_INCIDENTS_INDEX,
                                LEE_VIEWS_INCIDENTS_INDEXED};
    lee_error error = LEE_OK;
    for (size_t i = 0; error == LEE_OK && i < sizeof steps / sizeof steps[0]; i++) {
        error = lee__views_run(lee__views_statement(views, steps[i]));
    }
    return error;
}

/* The text of a field, or NULL where the event has it not. */
static const char *text_of(const lee_event *event, uint32_t bit, const char *text)
{
    return event->present & bit ? text : NULL;
}

static lee_error write_event(lee_views *views, const lee_record *record, const lee_event *event,
                             const char *id)
{
    const int64_t crossed_us =
        event->present & LEE_EVENT_HAS_CROSSED_AT ? event->crossed_at_us : event->t_us;
    const bool is_verdict = event->kind == LEE_EVENT_VERDICT;
    const char *const reason = text_of(event, LEE_EVENT_HAS_REASON, event->reason);
    sqlite3_stmt *const update = lee__views_statement(views, LEE_VIEWS_INCIDENT_EVENT);
    lee__views_bind(update, 1, id);
    lee__views_bind(update, 2, state_after(event));
    (void)sqlite3_bind_int64(update, 3, event->t_us);
    (void)sqlite3_bind_int64(update, 4, (sqlite3_int64)event->seq);
    (void)sqlite3_bind_int64(update, 5, (sqlite3_int64)record->index);
    lee__views_bind(update, 6, text_of(event, LEE_EVENT_HAS_CALLSIGN, event->callsign));
    if (event->present & LEE_EVENT_HAS_SEVERITY) {
        lee__views_bind(update, 7, lee_severity_name((lee_severity)event->severity));
    }
    lee__views_bind(update, 8, is_verdict ? NULL : reason);
    lee__views_bind(update, 9, text_of(event, LEE_EVENT_HAS_PERMIT, event->permit));
    lee__views_bind(update, 10, is_verdict ? reason : NULL);
    if (event->kind == LEE_EVENT_ENTERED || event->kind == LEE_EVENT_PRESENT) {
        (void)sqlite3_bind_int64(update, 11, event->t_us);
    } else if (event->kind == LEE_EVENT_CROSSED) {
        (void)sqlite3_bind_int64(update, 11, crossed_us);
    }
    if (event->kind == LEE_EVENT_LEFT || event->kind == LEE_EVENT_CROSSED) {
        (void)sqlite3_bind_int64(update, 12, event->t_us);
    }
    if (event->kind == LEE_EVENT_ENDED) {
        (void)sqlite3_bind_int64(update, 13, event->t_us);
    }
    return lee__views_run(update);
}

static lee_error take_event(lee_views *views, const lee_record *record)
{
    lee_bytes in;
    lee_event event;
    char zone[129];
    char id[17];
    lee_bytes_init(&in, record->bytes, record->length);
    if (lee_event_decode(&in, &event, zone) != LEE_OK) {
        views->unreadable++;
        return LEE_OK;
    }
    lee_incident_text(event.incident, id);
    sqlite3_stmt *const add = lee__views_statement(views, LEE_VIEWS_INCIDENT_ADD);
    lee__views_bind(add, 1, id);
    lee__views_bind(add, 2, zone);
    (void)sqlite3_bind_int64(add, 3, (sqlite3_int64)event.zone_generation);
    lee__views_bind(add, 4, event.target.text);
    (void)sqlite3_bind_int64(add, 5, event.t_us);
    (void)sqlite3_bind_int64(add, 6, (sqlite3_int64)event.seq);
    (void)sqlite3_bind_int64(add, 7, (sqlite3_int64)record->index);
    lee_error error = lee__views_run(add);
    const bool is_new = error == LEE_OK && sqlite3_changes(views->db) > 0;
    if (error == LEE_OK) {
        error = write_event(views, record, &event, id);
    }
    const uint32_t texts = LEE_EVENT_HAS_REASON | LEE_EVENT_HAS_CALLSIGN | LEE_EVENT_HAS_PERMIT;
    /* Updates come often and say nothing new in words. */
    const bool has_words = event.kind != LEE_EVENT_UPDATED && (event.present & texts) != 0;
    return error == LEE_OK && (is_new || has_words) ? index_later(views, id) : error;
}

/* The texts of an object of languages, or the one text, joined by spaces. */
static void join_texts(const json_t *value, lee_buffer *out)
{
    const char *key = NULL;
    const json_t *each = NULL;
    if (json_is_string(value)) {
        lee_buffer_bytes(out, json_string_value(value), json_string_length(value));
    }
    json_object_foreach((json_t *)(uintptr_t)value, key, each)
    {
        if (json_is_string(each)) {
            lee_buffer_text(out, out->length > 0 ? " " : "");
            lee_buffer_bytes(out, json_string_value(each), json_string_length(each));
        }
    }
    lee_buffer_char(out, '\0');
}

static lee_error take_warning(lee_views *views, const lee_record *record)
{
    json_t *const warning = json_loadb((const char *)record->bytes, record->length, 0, NULL);
    const char *const id = json_string_value(json_object_get(warning, "incident"));
    lee_error error = LEE_OK;
    if (id) {
        lee_buffer headline;
        lee_buffer_init(&headline, 65536);
        join_texts(json_object_get(warning, "headline"), &headline);
        sqlite3_stmt *const add = lee__views_statement(views, LEE_VIEWS_INCIDENT_WARNED);
        lee__views_bind(add, 1, id);
        lee__views_bind(add, 2, headline.error == LEE_OK ? (const char *)headline.bytes : NULL);
        error = lee__views_run(add);
        if (error == LEE_OK && sqlite3_changes(views->db) > 0) {
            error = index_later(views, id);
        }
        lee_buffer_free(&headline);
    } else {
        views->unreadable++;
    }
    json_decref(warning);
    return error;
}

/* --- zones ---------------------------------------------------------------------------------- */

static int dump_part(const char *part, size_t length, void *context)
{
    lee_buffer_bytes(context, part, length);
    return 0;
}

/* A value as text, with a NUL; the buffer is to be freed. */
static lee_buffer dump(const json_t *value)
{
    lee_buffer text;
    lee_buffer_init(&text, LEE_ZONE_FILE_MAX_BYTES);
    (void)json_dump_callback(value, dump_part, &text,
                             JSON_SORT_KEYS | JSON_COMPACT | JSON_ENCODE_ANY);
    lee_buffer_char(&text, '\0');
    return text;
}

/* Its own hash, so that a version ends when anything of the zone changes. */
static lee_digest hash_of(const json_t *value)
{
    lee_buffer text = dump(value);
    const lee_digest digest =
        text.error == LEE_OK ? lee_digest_of(text.bytes, text.length) : lee_merkle_empty();
    lee_buffer_free(&text);
    return digest;
}

static lee_error add_zone(lee_views *views, const lee_record *record, const lee_input_text *input,
                          const json_t *feature, const lee_digest *hash)
{
    const json_t *const properties = json_object_get(feature, "properties");
    const char *const id = json_string_value(json_object_get(feature, "id"));
    lee_buffer text;
    lee_buffer_init(&text, 65536);
    join_texts(json_object_get(properties, "name"), &text);
    const char *const names = text.error == LEE_OK ? (const char *)text.bytes : "";
    const char *const kind = json_string_value(json_object_get(properties, "kind"));
    sqlite3_stmt *const add = lee__views_statement(views, LEE_VIEWS_ZONE_ADD);
    lee__views_bind(add, 1, id);
    (void)sqlite3_bind_blob(add, 2, hash->bytes, LEE_DIGEST_BYTES, SQLITE_STATIC);
    (void)sqlite3_bind_int64(add, 3, (sqlite3_int64)input->generation);
    lee__views_bind(add, 4, kind);
    lee__views_bind(add, 5, names);
    (void)sqlite3_bind_int64(add, 6, input->t_us);
    (void)sqlite3_bind_int64(add, 7, (sqlite3_int64)record->index);
    lee_error error = lee__views_run(add);
    if (error == LEE_OK) {
        char *const words = sqlite3_mprintf("%s %s %s", id, kind ? kind : "", names);
        sqlite3_stmt *const index = lee__views_statement(views, LEE_VIEWS_ZONE_INDEX);
        lee__views_bind(index, 1, words);
        error = words ? lee__views_run(index) : LEE_ERR_NO_MEMORY;
        sqlite3_free(words);
    }
    lee_buffer_free(&text);
    return error;
}

static lee_error take_zones(lee_views *views, const lee_record *record)
{
    lee_input_text input;
    json_t *root = NULL;
    if (lee_input_text_decode(record->bytes, record->length, &input)) {
        root = json_loadb((const char *)input.text, input.length, 0, NULL);
    }
    if (!root) {
        views->unreadable++;
        return LEE_OK;
    }
    const json_t *const features = json_object_get(root, "features");
    lee_error error = LEE_OK;
    for (size_t i = 0; error == LEE_OK && i < json_array_size(features); i++) {
        const json_t *const feature = json_array_get(features, i);
        const char *const id = json_string_value(json_object_get(feature, "id"));
        if (!id) {
            continue;
        }
        const lee_digest hash = hash_of(feature);
        sqlite3_stmt *const goes_on = lee__views_statement(views, LEE_VIEWS_ZONE_GOES_ON);
        lee__views_bind(goes_on, 1, id);
        (void)sqlite3_bind_blob(goes_on, 2, hash.bytes, LEE_DIGEST_BYTES, SQLITE_STATIC);
        (void)sqlite3_bind_int64(goes_on, 3, (sqlite3_int64)input.generation);
        error = lee__views_run(goes_on);
        if (error == LEE_OK && sqlite3_changes(views->db) == 0) {
            error = add_zone(views, record, &input, feature, &hash);
        }
    }
    if (error == LEE_OK) {
        sqlite3_stmt *const end = lee__views_statement(views, LEE_VIEWS_ZONES_END);
        (void)sqlite3_bind_int64(end, 1, (sqlite3_int64)input.generation);
        (void)sqlite3_bind_int64(end, 2, input.t_us);
        error = lee__views_run(end);
    }
    json_decref(root);
    return error;
}

/* --- permits -------------------------------------------------------------------------------- */

static lee_error add_permit(lee_views *views, const lee_record *record, const json_t *permit,
                            const lee_digest *hash, const char *state, int64_t t_us)
{
    const char *const id = json_string_value(json_object_get(permit, "id"));
    const char *const target = json_string_value(json_object_get(permit, "target"));
    const char *const by = json_string_value(json_object_get(permit, "granted_by"));
    lee_buffer text = dump(json_object_get(permit, "zones"));
    const char *const zones = text.error == LEE_OK ? (const char *)text.bytes : "";
    sqlite3_stmt *const add = lee__views_statement(views, LEE_VIEWS_PERMIT_ADD);
    lee__views_bind(add, 1, id);
    (void)sqlite3_bind_blob(add, 2, hash->bytes, LEE_DIGEST_BYTES, SQLITE_STATIC);
    lee__views_bind(add, 3, target);
    lee__views_bind(add, 4, zones);
    lee__views_bind(add, 5, by);
    lee__views_bind(add, 6, state);
    (void)sqlite3_bind_int64(add, 7, t_us);
    (void)sqlite3_bind_int64(add, 8, (sqlite3_int64)record->index);
    lee_error error = lee__views_run(add);
    if (error == LEE_OK) {
        char *const words = sqlite3_mprintf("%s %s %s %s %s", id, target ? target : "", zones,
                                            by ? by : "", state ? state : "");
        sqlite3_stmt *const index = lee__views_statement(views, LEE_VIEWS_PERMIT_INDEX);
        lee__views_bind(index, 1, words);
        error = words ? lee__views_run(index) : LEE_ERR_NO_MEMORY;
        sqlite3_free(words);
    }
    lee_buffer_free(&text);
    return error;
}

static lee_error end_permit(lee_views *views, const char *id, int64_t t_us)
{
    sqlite3_stmt *const end = lee__views_statement(views, LEE_VIEWS_PERMIT_END_ONE);
    lee__views_bind(end, 1, id);
    (void)sqlite3_bind_int64(end, 2, t_us);
    return lee__views_run(end);
}

static lee_error take_permit_line(lee_views *views, const lee_record *record, const char *line,
                                  size_t length, int64_t t_us, const char *state)
{
    json_t *const permit = json_loadb(line, length, 0, NULL);
    const char *const id = json_string_value(json_object_get(permit, "id"));
    lee_error error = LEE_OK;
    if (id) {
        const lee_digest hash = hash_of(permit);
        sqlite3_stmt *const goes_on = lee__views_statement(views, LEE_VIEWS_PERMIT_GOES_ON);
        lee__views_bind(goes_on, 1, id);
        (void)sqlite3_bind_blob(goes_on, 2, hash.bytes, LEE_DIGEST_BYTES, SQLITE_STATIC);
        (void)sqlite3_bind_int64(goes_on, 3, (sqlite3_int64)record->index);
        error = lee__views_run(goes_on);
        if (error == LEE_OK && sqlite3_changes(views->db) == 0) {
            error = end_permit(views, id, t_us);
            if (error == LEE_OK) {
                error = add_permit(views, record, permit, &hash, state, t_us);
            }
        }
    }
    json_decref(permit);
    return error;
}

static lee_error take_permits(lee_views *views, const lee_record *record)
{
    lee_input_text input;
    if (!lee_input_text_decode(record->bytes, record->length, &input)) {
        views->unreadable++;
        return LEE_OK;
    }
    lee_error error = LEE_OK;
    for (size_t at = 0; error == LEE_OK && at < input.length;) {
        const uint8_t *const end = memchr(input.text + at, '\n', input.length - at);
        const size_t length = end ? (size_t)(end - input.text) - at : input.length - at;
        error = take_permit_line(views, record, (const char *)input.text + at, length, input.t_us,
                                 NULL);
        at += length + 1;
    }
    if (error == LEE_OK) {
        sqlite3_stmt *const end = lee__views_statement(views, LEE_VIEWS_PERMITS_END);
        (void)sqlite3_bind_int64(end, 1, (sqlite3_int64)record->index);
        (void)sqlite3_bind_int64(end, 2, input.t_us);
        error = lee__views_run(end);
    }
    return error;
}

static lee_error step_permit(lee_views *views, const lee_record *record,
                             const lee_operation *operation)
{
    lee_error error = end_permit(views, operation->id, operation->t_us);
    if (error == LEE_OK) {
        sqlite3_stmt *const step = lee__views_statement(views, LEE_VIEWS_PERMIT_STEP);
        lee__views_bind(step, 1, operation->id);
        lee__views_bind(step, 2, operation->state);
        (void)sqlite3_bind_int64(step, 3, operation->t_us);
        (void)sqlite3_bind_int64(step, 4, (sqlite3_int64)record->index);
        error = lee__views_run(step);
    }
    if (error == LEE_OK && sqlite3_changes(views->db) > 0) {
        error = lee__views_run(lee__views_statement(views, LEE_VIEWS_PERMIT_STEP_INDEX));
    }
    return error;
}

static lee_error take_operation(lee_views *views, const lee_record *record)
{
    lee_operation operation;
    lee_error_info why;
    if (lee_operation_read((const char *)record->bytes, record->length, &operation, &why) !=
        LEE_OK) {
        views->unreadable++;
        return LEE_OK;
    }
    views->t_us = operation.t_us > views->t_us ? operation.t_us : views->t_us;
    if (operation.op == LEE_OP_PERMIT && operation.permit) {
        return take_permit_line(views, record, operation.permit, operation.permit_length,
                                operation.t_us, "requested");
    }
    return operation.op == LEE_OP_PERMIT_STEP ? step_permit(views, record, &operation) : LEE_OK;
}

/* --- all kinds ------------------------------------------------------------------------------ */

/* In another session the same names may be another's, and the hour may go back. */
static lee_error begin_session(lee_views *views, const lee_record *record)
{
    const lee_error error = lee__views_tracks_flush(views);
    lee__views_tracks_forget(views);
    lee_decoder_options options;
    lee_decoder_options_default(&options);
    lee_decoder_free(views->decoder);
    views->decoder = NULL;
    views->session = record->index;
    views->t_us = 0;
    return error != LEE_OK ? error : lee_decoder_create(&options, &views->decoder);
}

lee_error lee__views_apply(lee_views *views, const lee_record *record)
{
    switch (record->kind) {
    case LEE_RECORD_SESSION:
        return begin_session(views, record);
    case LEE_RECORD_FRAME:
        return lee__views_frames(views, record);
    case LEE_RECORD_ZONES:
        return take_zones(views, record);
    case LEE_RECORD_PERMITS:
        return take_permits(views, record);
    case LEE_RECORD_OPERATOR:
        return take_operation(views, record);
    case LEE_RECORD_EVENT:
        return take_event(views, record);
    case LEE_RECORD_WARNING:
        return take_warning(views, record);
    case LEE_RECORD_TICK:
    case LEE_RECORD_SIGHTING: /* where observers stand is in no view */
    case LEE_RECORD_PLACES:
    case LEE_RECORD_HEARTBEAT:
    case LEE_RECORD_DELIVERY:
    case LEE_RECORD_GAP:
    case LEE_RECORD_EPOCH:
    case LEE_RECORD_ATTESTED:
    case LEE_RECORD_KEY:
    case LEE_RECORD_PRUNE:
    case LEE_RECORD_REMOTE_OPERATOR:
        break;
    }
    return LEE_OK;
}
