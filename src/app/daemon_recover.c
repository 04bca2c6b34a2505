/* What the journal holds is applied again, then the configuration is compared with it: only what
 * changed is submitted, so that a restart goes on with the same incidents. */
#include "app/daemon_private.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "app/heights.h"
#include "app/retention.h"
#include "app/setup.h"
#include "base/bytes.h"
#include "base/limits.h"
#include "io/file_os.h"
#include "leeward/event.h"
#include "record/codec.h"
#include "record/input.h"

static void keep(lee_buffer *buffer, const uint8_t *bytes, size_t length)
{
    lee_buffer_reset(buffer);
    lee_buffer_bytes(buffer, bytes, length);
}

/* Notes what a record puts in force. */
static void note_in_force(lee_in_force *in_force, const lee_record *record)
{
    lee_input_text text;
    switch (record->kind) {
    case LEE_RECORD_SESSION:
        in_force->has_session = true;
        keep(&in_force->session, record->bytes, record->length);
        lee_buffer_reset(&in_force->zones);
        lee_buffer_reset(&in_force->permits);
        lee_buffer_reset(&in_force->places);
        break;
    case LEE_RECORD_ZONES:
        if (lee_input_text_decode(record->bytes, record->length, &text)) {
            keep(&in_force->zones, text.text, text.length);
            in_force->generation = text.generation;
        }
        break;
    case LEE_RECORD_PERMITS:
        if (lee_input_text_decode(record->bytes, record->length, &text)) {
            keep(&in_force->permits, text.text, text.length);
        }
        break;
    case LEE_RECORD_PLACES:
        keep(&in_force->places, record->bytes, record->length);
        break;
    case LEE_RECORD_FRAME:
    case LEE_RECORD_TICK:
    case LEE_RECORD_OPERATOR:
    case LEE_RECORD_SIGHTING:
    case LEE_RECORD_HEARTBEAT:
    case LEE_RECORD_DELIVERY:
    case LEE_RECORD_GAP:
    case LEE_RECORD_EPOCH:
    case LEE_RECORD_ATTESTED:
    case LEE_RECORD_KEY:
    case LEE_RECORD_PRUNE:
    case LEE_RECORD_REMOTE_OPERATOR:
    case LEE_RECORD_EVENT:
    case LEE_RECORD_WARNING:
        break;
    }
}

lee_error lee__daemon_recover_record(lee_daemon *daemon, const lee_record *record)
{
    daemon->snapshot.debt_bytes += record->length;
    lee__daemon_note_session(daemon, record);
    lee_error_info why;
    lee_error error = LEE_OK;
    if (daemon->is_passing) {
        lee_recorder_pass(daemon->recorder, record);
    } else {
        error = lee_recorder_replay(daemon->recorder, record, &why);
    }
    if (error == LEE_ERR_NO_MEMORY) {
        return error;
    }
    if (error != LEE_OK) {
        fprintf(stderr, "leeward: journal record %llu (%s): %s\n",
                (unsigned long long)record->index, lee_record_kind_name(record->kind), why.reason);
    }
    note_in_force(&daemon->in_force, record);
    if (record->kind == LEE_RECORD_SIGHTING) {
        daemon->sightings++;
    }
    if (record->kind != LEE_RECORD_FRAME && record->kind != LEE_RECORD_TICK) {
        /* What the picture cannot read it counts; the journal stays the truth. */
        lee__daemon_note_event(daemon, record);
        const lee_error hidden = lee_picture_apply(daemon->picture, record);
        if (hidden == LEE_ERR_NO_MEMORY) {
            return hidden;
        }
        if (record->kind == LEE_RECORD_WARNING) {
            lee_cap_feed_add(daemon->cap_feed, (const char *)record->bytes, record->length);
        }
        return lee_outlet_pending_record(daemon->pending, record) == LEE_ERR_NO_MEMORY
                   ? LEE_ERR_NO_MEMORY
                   : LEE_OK;
    }
    return LEE_OK;
}

static lee_error recover_all(lee_daemon *daemon, lee_journal_reader *reader)
{
    lee_retention_skip skip = {.pruned = 0};
    for (;;) {
        lee_record record;
        lee_error error = lee_journal_reader_next(reader, &record);
        if (error == LEE_ERR_NOT_FOUND) {
            return LEE_OK;
        }
        if (error == LEE_ERR_CORRUPT) {
            const lee_journal_place *const place = lee_journal_reader_place(reader);
            fprintf(stderr, "leeward: journal %s: byte %llu: %s; the rest goes on\n", place->path,
                    (unsigned long long)place->offset, place->reason);
            continue;
        }
        if (error == LEE_OK) {
            daemon->is_passing =
                lee_retention_skips(&skip, lee_journal_reader_pruned(reader), &record);
            error = lee__daemon_recover_record(daemon, &record);
            daemon->is_passing = false;
        }
        if (error != LEE_OK) {
            return error;
        }
    }
}

/* Replays the journal from record `from` on, without yet recording what a stop cut off. */
static lee_error replay_from(lee_daemon *daemon, uint64_t from)
{
    lee_journal_reader *reader = NULL;
    char folder[4096];
    snprintf(folder, sizeof folder, "%s/journal", daemon->options.data);
    lee_error error = lee_journal_reader_open(&lee_file_os, folder, from, &reader);
    if (error != LEE_OK) {
        return error == LEE_ERR_NOT_FOUND ? LEE_OK : error;
    }
    error = recover_all(daemon, reader);
    lee_journal_reader_close(reader);
    return error;
}

static uint64_t count_different(const lee_daemon *daemon)
{
    lee_replay_counters counted;
    lee_recorder_replay_count(daemon->recorder, &counted);
    return counted.outputs_different;
}

static lee_error begin_anew(lee_daemon *daemon)
{
    lee__daemon_free_views(daemon);
    daemon->snapshot.size = 0;
    return lee__daemon_make_views(daemon);
}

/* From the snapshot where there is one that is believed, else from the beginning; and from the
 * beginning, too, when what follows the snapshot was decided otherwise. */
static lee_error recover_records(lee_daemon *daemon)
{
    lee_error error = lee__daemon_make_views(daemon);
    uint64_t from = 0;
    if (error == LEE_OK && !lee__daemon_snapshot_load(daemon, &from)) {
        from = 0;
        error = begin_anew(daemon);
    }
    if (error == LEE_OK) {
        error = replay_from(daemon, from);
    }
    if (error == LEE_OK && from > 0 && count_different(daemon) > 0) {
        fprintf(stderr,
                "leeward: what follows the snapshot at record %llu was decided otherwise; the "
                "whole journal is replayed\n",
                (unsigned long long)from);
        error = begin_anew(daemon);
        if (error == LEE_OK) {
            error = replay_from(daemon, 0);
        }
    }
    return error;
}

lee_error lee__daemon_recover(lee_daemon *daemon)
{
    daemon->recovering = true;
    const lee_error error = recover_records(daemon);
    if (error == LEE_OK) {
        const uint64_t completed = lee_recorder_replay_end(daemon->recorder);
        if (completed > 0) {
            fprintf(stderr, "leeward: %llu decisions that the stop cut off are recorded now\n",
                    (unsigned long long)completed);
        }
        const lee_pipeline *const pipeline = lee_recorder_pipeline(daemon->recorder);
        daemon->in_force.seq = lee_pipeline_seq(pipeline);
        lee_receive_clock_raise(&daemon->clock, lee_pipeline_time(pipeline));
        for (uint16_t i = 0; i < LEE_FEEDS_MAX; i++) {
            lee_receive_clock_raise(&daemon->clock, lee_pipeline_feed(pipeline, i)->last_us);
        }
    }
    daemon->recovering = false;
    return error;
}

/* Whether this program decides differently from what the journal says: then it must not go on in
 * the middle of a session that another one began. */
static bool decides_differently(const lee_daemon *daemon)
{
    lee_replay_counters counted;
    lee_recorder_replay_count(daemon->recorder, &counted);
    if (counted.outputs_different > 0) {
        fprintf(stderr,
                "leeward: %llu decisions of the journal would be others now (first: record %llu, "
                "%s); a new session begins\n",
                (unsigned long long)counted.outputs_different,
                (unsigned long long)counted.first_index, counted.first_reason);
    }
    return counted.outputs_different > 0;
}

lee_session lee__daemon_session(const lee_daemon *daemon)
{
    const lee_config *const config = daemon->options.config;
    lee_session session = config->session;
    if (!daemon->demo) {
        lee_setup_receivers(config->feeds, config->feed_count, &session);
        session.budgeted_feeds |= UINT64_C(1) << LEE_INTAKE_POSITIONS_FEED;
    } else {
        lee_demo_state state;
        lee_demo_describe(daemon->demo, &state);
        session.watch.stale_after_s = state.stale_after_s;
        session.watch.expire_after_s = state.expire_after_s;
    }
    return session;
}

/* The session to use, with the secrets of the one in force, so that the two can be compared. */
static lee_session wanted_session(const lee_daemon *daemon)
{
    lee_session session = lee__daemon_session(daemon);
    snprintf(session.version, sizeof session.version, "%s", LEEWARD_VERSION);
    session.exercise |= daemon->options.demo;
    if (daemon->terrain) {
        memcpy(session.terrain, lee_terrain_files_name(daemon->terrain), sizeof session.terrain);
    }
    lee_session before;
    lee_error_info why;
    if (daemon->in_force.has_session &&
        lee_session_read(daemon->in_force.session.bytes, daemon->in_force.session.length, &before,
                         &why) == LEE_OK) {
        session.identifier_key[0] = before.identifier_key[0];
        session.identifier_key[1] = before.identifier_key[1];
        session.watch.hash_key[0] = before.watch.hash_key[0];
        session.watch.hash_key[1] = before.watch.hash_key[1];
        session.seq_before = before.seq_before;
    } else if (!lee_setup_random((uint8_t *)session.identifier_key,
                                 sizeof session.identifier_key) ||
               !lee_setup_random((uint8_t *)session.watch.hash_key,
                                 sizeof session.watch.hash_key)) {
        fprintf(stderr, "leeward: no randomness for the session's secrets\n");
    }
    return session;
}

static bool equals(const lee_buffer *a, const lee_buffer *b)
{
    return a->length == b->length && (a->length == 0 || memcmp(a->bytes, b->bytes, a->length) == 0);
}

static lee_error submit_text(lee_daemon *daemon, lee_record_kind kind, int64_t t_us,
                             uint64_t generation, const lee_buffer *text, lee_buffer *in_force)
{
    const lee_error error = lee_setup_submit_text(daemon->recorder, kind, t_us, generation, text);
    if (error == LEE_OK) {
        keep(in_force, text->bytes, text->length);
    }
    return error;
}

/* Places first, so that the first event already finds whom to warn. */
static lee_error submit_changed(lee_daemon *daemon, int64_t t_us)
{
    lee_in_force *const in_force = &daemon->in_force;
    lee_error error = LEE_OK;
    if (!equals(&daemon->places, &in_force->places)) {
        error = submit_text(daemon, LEE_RECORD_PLACES, t_us, 0, &daemon->places, &in_force->places);
    }
    if (error == LEE_OK && !equals(&daemon->permits, &in_force->permits)) {
        error = submit_text(daemon, LEE_RECORD_PERMITS, t_us, in_force->generation + 1,
                            &daemon->permits, &in_force->permits);
    }
    if (error == LEE_OK && !equals(&daemon->zones, &in_force->zones)) {
        error = submit_text(daemon, LEE_RECORD_ZONES, t_us, ++in_force->generation, &daemon->zones,
                            &in_force->zones);
    }
    return error;
}

static lee_error submit_qnh(lee_daemon *daemon, const lee_buffer *before, int64_t t_us)
{
    const lee_error error =
        lee_heights_submit_qnh(daemon->recorder, before, "session before", t_us);
    return error != LEE_OK
               ? error
               : lee_heights_submit_qnh(daemon->recorder, &daemon->qnh, "configuration", t_us);
}

/* Inhibitions and what was done to permits go on in the new session. */
static lee_error submit_operations(lee_daemon *daemon, const lee_buffer *operations)
{
    lee_bytes in;
    lee_error error = LEE_OK;
    for (lee_bytes_init(&in, operations->bytes, operations->length);
         error != LEE_ERR_NO_MEMORY && lee_bytes_left(&in) > 0;) {
        const size_t length = (size_t)lee_bytes_varint(&in);
        lee_buffer_reset(&daemon->scratch);
        lee_buffer_bytes(&daemon->scratch, lee_bytes_take(&in, length), length);
        lee_error_info why;
        /* What does not fit the new configuration is said on standard error. */
        error = lee__daemon_submit(daemon, LEE_RECORD_OPERATOR, &why);
    }
    return error == LEE_ERR_NO_MEMORY ? error : LEE_OK;
}

lee_error lee__daemon_start_session(lee_daemon *daemon, int64_t t_us)
{
    lee_session session = wanted_session(daemon);
    if (daemon->operators) {
        lee_remote_operators_forget(daemon->operators);
    }
    if (!lee_setup_random((uint8_t *)session.identifier_key, sizeof session.identifier_key)) {
        fprintf(stderr, "leeward: no randomness for the session's secret\n");
    }
    session.seq_before = lee_pipeline_seq(lee_recorder_pipeline(daemon->recorder));
    lee_buffer_reset(&daemon->scratch);
    lee_session_write(&session, &daemon->scratch);
    lee_in_force *const in_force = &daemon->in_force;
    keep(&in_force->session, daemon->scratch.bytes, daemon->scratch.length);
    in_force->has_session = true;
    lee_buffer_reset(&in_force->zones);
    lee_buffer_reset(&in_force->permits);
    lee_buffer_reset(&in_force->places);
    lee_buffer operations;
    lee_buffer qnh;
    lee_buffer_init(&operations, SIZE_MAX / 2);
    lee_buffer_init(&qnh, SIZE_MAX / 2);
    if (!daemon->demo) { /* there the hour goes back */
        const lee_buffer *const before =
            lee_pipeline_operations(lee_recorder_pipeline(daemon->recorder));
        lee_buffer_bytes(&operations, before->bytes, before->length);
        lee_heights_write_qnh(lee_recorder_pipeline(daemon->recorder), &qnh);
    }
    lee_error_info why;
    lee_error error = operations.error != LEE_OK ? operations.error : qnh.error;
    if (error == LEE_OK) {
        daemon->session_is_new = true;
        daemon->snapshot.session_due = false;
        error = lee__daemon_submit(daemon, LEE_RECORD_SESSION, &why);
    }
    if (error == LEE_OK) {
        error = submit_changed(daemon, t_us);
    }
    if (error == LEE_OK) {
        error = submit_operations(daemon, &operations);
    }
    if (error == LEE_OK) {
        error = submit_qnh(daemon, &qnh, t_us);
    }
    lee_buffer_free(&operations);
    lee_buffer_free(&qnh);
    return error;
}

bool lee__daemon_renew_session(lee_daemon *daemon, int64_t t_us)
{
    const lee_watch *const watch = lee_pipeline_watch(lee_recorder_pipeline(daemon->recorder));
    lee_watch_counters counted = {0};
    if (!watch) {
        return false;
    }
    lee_watch_count(watch, &counted);
    if (counted.incidents_open > 0) {
        return false;
    }
    if (lee__daemon_start_session(daemon, t_us) != LEE_OK) {
        fprintf(stderr, "leeward: a new session could not be begun\n");
    }
    return true;
}

lee_error lee__daemon_configure(lee_daemon *daemon)
{
    const int64_t t_us = lee__daemon_now_us(daemon);
    const lee_session session = wanted_session(daemon);
    lee_buffer_reset(&daemon->scratch);
    lee_session_write(&session, &daemon->scratch);
    if (!daemon->in_force.has_session || decides_differently(daemon) ||
        !equals(&daemon->scratch, &daemon->in_force.session)) {
        return lee__daemon_start_session(daemon, t_us);
    }
    const lee_error error = submit_changed(daemon, t_us);
    return error != LEE_OK
               ? error
               : lee_heights_submit_qnh(daemon->recorder, &daemon->qnh, "configuration", t_us);
}
