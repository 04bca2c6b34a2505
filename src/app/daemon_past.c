/* A moment of the past, worked out beside the watch: the nearest station at or before it is loaded,
 * the records up to it are applied by the code that applied them then, and the request is answered
 * by the code that answers it now. So the answer is what it was.
 *
 * A station is a snapshot (app/snapshot.h) that is kept. They lie in DIR/snapshot/past; the daemon
 * leaves some as it goes, this process leaves more where it comes by. They are a cache: a station
 * that is not believed is deleted, and the journal read from further back. */
#define _POSIX_C_SOURCE 200809L
#include "app/daemon_private.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "app/retention.h"
#include "app/stations.h"
#include "base/alloc.h"
#include "base/state.h"
#include "io/file_os.h"
#include "record/codec.h"

/* As far apart, in bytes of records, as replaying takes well under a second. */
#define STATION_EVERY_BYTES (32u * 1024u * 1024u)
#define STATION_MAX_BYTES (1024u * 1024u * 1024u)
#define BUFFERS 7

struct lee_past {
    lee_daemon daemon; /* the state; no journal, loop, feeds or page */
    char folder[4096]; /* of the stations */
    bool ready;        /* `daemon` has a state: of */
    uint64_t index;    /* records applied, */
    size_t part;       /* and so many bytes of the frames of the next one; */
    uint64_t session;  /* in the session that begins there, */
    int64_t t_us;      /* with nothing after it */
    uint64_t debt_bytes;
    lee_retention_skip skip;
    int64_t at_us;           /* asked for */
    uint64_t before_session; /* decided otherwise in the sessions before this one */
    int64_t stale_after_us;
};

static void list_buffers(lee_past *past, lee_buffer *out[BUFFERS])
{
    lee_daemon *const daemon = &past->daemon;
    lee_buffer *const buffers[BUFFERS] = {&daemon->scratch,         &daemon->in_force.session,
                                          &daemon->in_force.zones,  &daemon->in_force.permits,
                                          &daemon->in_force.places, &daemon->event_places.indexes,
                                          &daemon->sessions};
    memcpy(out, buffers, sizeof buffers);
}

lee_error lee__past_create(const lee_daemon *daemon, lee_past **out)
{
    lee_past *const past = lee_alloc(1, sizeof *past);
    if (!past) {
        return LEE_ERR_NO_MEMORY;
    }
    past->daemon.options = daemon->options;
    past->daemon.terrain = daemon->terrain;
    past->daemon.recovering = true;
    past->daemon.snapshot.program = daemon->snapshot.program;
    past->daemon.snapshot.has_program = daemon->snapshot.has_program;
    memcpy(past->daemon.snapshot.key, daemon->snapshot.key, sizeof past->daemon.snapshot.key);
    lee_buffer *buffers[BUFFERS];
    list_buffers(past, buffers);
    for (size_t i = 0; i < BUFFERS; i++) {
        lee_buffer_init(buffers[i], STATION_MAX_BYTES);
    }
    (void)snprintf(past->folder, sizeof past->folder, "%s/snapshot/past", daemon->options.data);
    *out = past;
    return LEE_OK;
}

void lee__past_free(lee_past *past)
{
    if (past) {
        lee_buffer *buffers[BUFFERS];
        lee__daemon_free_views(&past->daemon);
        lee_parser_free(past->daemon.parser);
        list_buffers(past, buffers);
        for (size_t i = 0; i < BUFFERS; i++) {
            lee_buffer_free(buffers[i]);
        }
        lee_free(past);
    }
}

void lee__past_begin(void *context)
{
    (void)context;
}

/* --- stations ------------------------------------------------------------------------------- */

static lee_error begin_anew(lee_past *past)
{
    lee__daemon_free_views(&past->daemon);
    past->ready = false;
    past->index = 0;
    past->part = 0;
    past->session = 0;
    past->t_us = INT64_MIN;
    past->debt_bytes = 0;
    past->before_session = 0;
    return lee__daemon_make_views(&past->daemon);
}

static bool load_bytes(lee_past *past, const lee_station *station, const lee_buffer *file)
{
    lee_snapshot_head head;
    const uint8_t *bytes = NULL;
    size_t length = 0;
    const char *reason = NULL;
    if (lee_snapshot_open(file->bytes, file->length, past->daemon.snapshot.key,
                          &past->daemon.snapshot.program, &head, &bytes, &length,
                          &reason) != LEE_OK ||
        head.size != station->index) {
        return false;
    }
    lee_state state;
    lee_state_load(&state, bytes, length);
    lee__daemon_state(&state, &past->daemon);
    return lee_state_end(&state) == LEE_OK;
}

/* Brings it to a station; one that is not believed is deleted, and it stands at the beginning. */
static lee_error load_station(lee_past *past, const lee_station *station)
{
    lee_buffer file;
    lee_buffer_init(&file, STATION_MAX_BYTES);
    lee_error error = begin_anew(past);
    if (error == LEE_OK && lee_station_read(past->folder, station, &file) == LEE_OK &&
        load_bytes(past, station, &file)) {
        past->index = station->index;
        past->t_us = station->t_us;
        past->session = station->session;
    } else if (error == LEE_OK) {
        lee_station_remove(past->folder, station);
        error = begin_anew(past);
    }
    lee_buffer_free(&file);
    past->ready = error == LEE_OK;
    return error;
}

/* Right before an input: all that the records before it decided has been compared. */
static void leave_station(lee_past *past)
{
    past->debt_bytes = 0;
    if (!past->daemon.snapshot.has_program) {
        return;
    }
    const lee_snapshot_head head = {.program = past->daemon.snapshot.program, .size = past->index};
    lee_buffer bytes;
    lee_buffer_init(&bytes, STATION_MAX_BYTES);
    lee_snapshot_begin(&head, &bytes);
    lee_state state;
    lee_state_save(&state, &bytes);
    lee__daemon_state(&state, &past->daemon);
    if (lee_state_end(&state) == LEE_OK) {
        lee_snapshot_finish(past->daemon.snapshot.key, &bytes);
        const lee_station station = {
            .index = past->index, .t_us = past->t_us, .session = past->session};
        lee_station_write(past->folder, &station, &bytes);
    }
    lee_buffer_free(&bytes);
}

/* --- forward -------------------------------------------------------------------------------- */

/* Applies the frames of a record that had been received by then. *whole: that was all of them. */
static lee_error apply_frames(lee_past *past, const lee_record *record, bool *whole)
{
    lee_bytes in;
    lee_frame frame;
    size_t end = past->part;
    *whole = true;
    lee_bytes_init(&in, record->bytes + past->part, record->length - past->part);
    while (lee_bytes_left(&in) > 0) {
        if (lee_frame_decode(&in, &frame) != LEE_OK) {
            end = record->length; /* refused as a whole then too */
            break;
        }
        if (frame.t_us > past->at_us) {
            *whole = false;
            break;
        }
        past->t_us = frame.t_us > past->t_us ? frame.t_us : past->t_us;
        end = record->length - lee_bytes_left(&in);
    }
    lee_record part = *record;
    part.bytes = record->bytes + past->part;
    part.length = end - past->part;
    past->part = *whole ? 0 : end;
    return part.length > 0 ? lee__daemon_recover_record(&past->daemon, &part) : LEE_OK;
}

static uint64_t count_different(const lee_past *past)
{
    lee_replay_counters counted;
    lee_recorder_replay_count(past->daemon.recorder, &counted);
    return counted.outputs_different;
}

/* Applies one record, or finds that the moment comes before it. */
static lee_error apply(lee_past *past, const lee_past_question *asked, const lee_record *record,
                       bool *reached)
{
    int64_t t_us = INT64_MIN;
    const bool in_session = record->index > asked->session;
    lee_error error = LEE_OK;
    *reached = in_session && record->kind == LEE_RECORD_SESSION;
    if (!*reached && in_session && record->kind == LEE_RECORD_FRAME) {
        bool whole = false;
        error = apply_frames(past, record, &whole);
        *reached = !whole;
    } else if (!*reached) {
        const bool has_time = lee__record_time(record, &t_us);
        *reached = in_session && has_time && t_us > past->at_us;
        if (!*reached) {
            error = lee__daemon_recover_record(&past->daemon, record);
        }
    }
    if (error == LEE_OK && !*reached) {
        past->index = record->index + 1;
        if (record->kind == LEE_RECORD_SESSION) {
            past->session = record->index;
            past->t_us = INT64_MIN;
            past->before_session = count_different(past);
        }
        past->t_us = t_us > past->t_us ? t_us : past->t_us;
    }
    return error;
}

static lee_error go_on(lee_past *past, const lee_past_question *asked)
{
    char folder[4096];
    lee_journal_reader *reader = NULL;
    (void)snprintf(folder, sizeof folder, "%s/journal", past->daemon.options.data);
    lee_error error = lee_journal_reader_open(&lee_file_os, folder, past->index, &reader);
    past->skip.pruned = 0;
    for (bool reached = false; error == LEE_OK && !reached && past->index < asked->end;) {
        lee_record record;
        error = lee_journal_reader_next(reader, &record);
        if (error == LEE_ERR_CORRUPT) {
            error = LEE_OK; /* passed over, as the recovery passes over it */
            continue;
        }
        if (error == LEE_ERR_NOT_FOUND || (error == LEE_OK && record.index >= asked->end)) {
            error = LEE_OK;
            break;
        }
        if (error == LEE_OK) {
            past->daemon.is_passing =
                lee_retention_skips(&past->skip, lee_journal_reader_pruned(reader), &record);
            if (!past->skip.is_skipping && past->debt_bytes > STATION_EVERY_BYTES &&
                past->part == 0 && lee_record_kind_is_input(record.kind)) {
                leave_station(past);
            }
            past->debt_bytes += record.length;
            error = apply(past, asked, &record, &reached);
        }
    }
    lee_journal_reader_close(reader);
    return error;
}

/* Whether what is known now is at or before the moment. */
static bool is_before(const lee_past *past, const lee_past_question *asked)
{
    if (!past->ready) {
        return false;
    }
    return past->index <= asked->session ||
           (past->session == asked->session && past->t_us <= asked->at_us);
}

static lee_error go_to(lee_past *past, const lee_past_question *asked)
{
    past->at_us = asked->at_us;
    lee_error error = LEE_OK;
    lee_station station;
    const bool found =
        lee_station_find(past->folder, asked->session, asked->at_us, asked->end, &station);
    const bool is_here = is_before(past, asked);
    if (found && (!is_here || station.index > past->index)) {
        past->skip.is_skipping = false;
        error = load_station(past, &station);
    } else if (!is_here) {
        past->skip.is_skipping = false;
        error = begin_anew(past);
    }
    past->ready = error == LEE_OK;
    if (error == LEE_OK) {
        error = go_on(past, asked);
    }
    past->ready = error == LEE_OK;
    return error;
}

lee_error lee__past_replay(lee_past *past, uint64_t session, uint64_t end, uint64_t size,
                           const lee_buffer *file, lee_daemon **out)
{
    assert(past && !past->ready && file && out);
    const lee_past_question asked = {.at_us = INT64_MAX, .session = session, .end = end};
    const lee_station station = {.index = size};
    past->at_us = asked.at_us;
    lee_error error = begin_anew(past);
    if (error == LEE_OK && size > 0 && load_bytes(past, &station, file)) {
        past->index = size;
        past->session = lee__daemon_session_index(&past->daemon);
        past->t_us = lee_pipeline_time(lee_recorder_pipeline(past->daemon.recorder));
    } else if (error == LEE_OK) {
        error = begin_anew(past);
    }
    if (error == LEE_OK) {
        error = go_on(past, &asked);
    }
    if (error == LEE_OK && (past->index != end || count_different(past) != past->before_session)) {
        error = LEE_ERR_STATE;
    }
    *out = &past->daemon;
    return error;
}

/* --- the answer ----------------------------------------------------------------------------- */

static int64_t on_now(void *context)
{
    const lee_past *const past = context;
    return past->at_us;
}

static const lee_watch *watch_of(const lee_past *past)
{
    return lee_pipeline_watch(lee_recorder_pipeline(past->daemon.recorder));
}

static void on_each_track(void *context, lee_track_sink *sink, void *sink_context)
{
    const lee_watch *const watch = watch_of(context);
    if (watch) {
        lee_watch_each_track(watch, sink, sink_context);
    }
}

static const lee_track *on_find_track(void *context, const lee_target *target)
{
    const lee_watch *const watch = watch_of(context);
    return watch ? lee_watch_find_track(watch, target) : NULL;
}

/* What was true of the watch, without what was true of the machine. */
static void on_write_status(void *context, lee_json *json)
{
    const lee_past *const past = context;
    const lee_pipeline *const pipeline = lee_recorder_pipeline(past->daemon.recorder);
    const lee_zone_list *const zones = lee_pipeline_zones(pipeline);
    lee_watch_counters counted = {0};
    lee_picture_counters picture;
    if (watch_of(past)) {
        lee_watch_count(watch_of(past), &counted);
    }
    lee_picture_count(past->daemon.picture, &picture);
    lee_json_object(json);
    lee_json_put_text(json, "version", LEEWARD_VERSION);
    lee_json_put_text(json, "mode", "past");
    lee_json_put_int(json, "t_us", past->at_us);
    lee_json_put_int(json, "zone_generation", (int64_t)lee_pipeline_generation(pipeline));
    lee_json_put_int(json, "zones", zones ? zones->count : 0);
    lee_json_key(json, "journal");
    lee_json_object(json);
    lee_json_put_text(json, "state", "durable");
    if (past->skip.is_skipping) { /* what was heard then is gone: tracks are as they were before */
        lee_json_put_bool(json, "pruned", true);
    }
    lee_json_put_int(json, "records", (int64_t)past->index);
    lee_json_object_end(json);
    lee_json_put_int(json, "seq", (int64_t)picture.last_seq);
    lee_json_put_int(json, "tracks", counted.tracks);
    lee_json_put_int(json, "incidents_open", picture.incidents_open);
    lee_json_key(json, "feeds");
    lee_json_array(json);
    lee_json_array_end(json);
    lee_json_key(json, "inhibitions");
    lee_picture_write_inhibitions(past->daemon.picture, past->at_us, json);
    lee_json_object_end(json);
}

static bool on_healthy(void *context)
{
    return watch_of(context) != NULL;
}

static void on_write_permits(void *context, lee_buffer *out)
{
    const lee_past *const past = context;
    lee_pipeline_write_permits(lee_recorder_pipeline(past->daemon.recorder), out);
}

static int64_t stale_after(const lee_past *past)
{
    lee_session session;
    lee_error_info why;
    const lee_buffer *const text = &past->daemon.in_force.session;
    return lee_session_read(text->bytes, text->length, &session, &why) == LEE_OK
               ? (int64_t)session.watch.stale_after_s * 1000000
               : 0;
}

static unsigned answer(lee_past *past, const lee_past_question *asked, lee_buffer *out)
{
    const lee_serve_handlers handlers = {.context = past,
                                         .now_us = on_now,
                                         .each_track = on_each_track,
                                         .find_track = on_find_track,
                                         .write_status = on_write_status,
                                         .healthy = on_healthy,
                                         .write_permits = on_write_permits};
    const lee_routes_options options = {.handlers = &handlers,
                                        .picture = past->daemon.picture,
                                        .is_past = true,
                                        .stale_after_us = stale_after(past)};
    lee_routes *const routes = lee_routes_create(&options);
    if (!routes) {
        return 0;
    }
    const lee_request request = {.method = LEE_METHOD_GET,
                                 .path = asked->path,
                                 .query = asked->query,
                                 .authorization = "",
                                 .if_none_match = "",
                                 .role = asked->role,
                                 .body = ""};
    lee_response response;
    lee_routes_answer(routes, &request, 0, &response);
    lee_buffer_text(out, response.type);
    lee_buffer_char(out, '\n');
    if (response.body) {
        lee_buffer_bytes(out, lee_message_bytes(response.body), lee_message_length(response.body));
    }
    const unsigned status = response.body ? response.status : 0;
    lee_message_release(response.body);
    lee_routes_free(routes);
    return status;
}

unsigned lee__past_answer(void *context, const uint8_t *bytes, size_t length, lee_buffer *out)
{
    lee_past *const past = context;
    lee_past_question asked;
    assert(length == sizeof asked);
    (void)length;
    memcpy(&asked, bytes, sizeof asked);
    return go_to(past, &asked) == LEE_OK ? answer(past, &asked, out) : 0;
}
