/* Frames to tracks: who was heard, from when to when, under which names. Positions stay in the
 * journal, where any past moment is had exactly. */
#include "store/views_private.h"

#include <assert.h>
#include <string.h>

#include "base/limits.h"
#include "leeward/report.h"
#include "record/codec.h"

void lee__views_tracks_forget(lee_views *views)
{
    for (uint32_t i = 0; i < views->track_count; i++) {
        (void)lee_map_remove(views->map, &views->tracks[i].target);
    }
    views->track_count = 0;
    views->dirty_count = 0;
}

static void copy_text(char *out, size_t capacity, const unsigned char *text)
{
    const size_t length = text ? strlen((const char *)text) : 0;
    if (length < capacity) {
        memset(out, 0, capacity);
        memcpy(out, text ? text : (const unsigned char *)"", length);
    }
}

/* What the database has of it, for a track that goes on after a restart. */
static void read_track(lee_views *views, lee__views_track *track)
{
    sqlite3_stmt *const find = lee__views_statement(views, LEE_VIEWS_TRACK_FIND);
    lee__views_bind(find, 1, track->target.text);
    (void)sqlite3_bind_int64(find, 2, (sqlite3_int64)views->session);
    if (sqlite3_step(find) == SQLITE_ROW) {
        track->rowid = sqlite3_column_int64(find, 0);
        track->first_us = sqlite3_column_int64(find, 1);
        track->last_us = sqlite3_column_int64(find, 2);
        track->reports = sqlite3_column_int64(find, 3);
        copy_text(track->callsign, sizeof track->callsign, sqlite3_column_text(find, 4));
        copy_text(track->registration, sizeof track->registration, sqlite3_column_text(find, 5));
    }
    (void)sqlite3_reset(find);
}

static lee_error find_track(lee_views *views, const lee_target *target, lee__views_track **out)
{
    uint32_t at = lee_map_get(views->map, target);
    if (at == LEE_MAP_NONE) {
        if (views->track_count == LEE_TRACKS_MAX) {
            const lee_error error = lee__views_tracks_flush(views);
            if (error != LEE_OK) {
                return error;
            }
            lee__views_tracks_forget(views);
        }
        at = views->track_count++;
        const bool put = lee_map_put(views->map, target, at);
        assert(put);
        (void)put;
        views->tracks[at] = (lee__views_track){.target = *target};
        read_track(views, &views->tracks[at]);
    }
    *out = &views->tracks[at];
    return LEE_OK;
}

static lee_error write_track(lee_views *views, lee__views_track *track)
{
    const bool is_new = track->rowid == 0;
    sqlite3_stmt *const write =
        lee__views_statement(views, is_new ? LEE_VIEWS_TRACK_ADD : LEE_VIEWS_TRACK_UPDATE);
    int at = 1;
    if (is_new) {
        lee__views_bind(write, at++, track->target.text);
        (void)sqlite3_bind_int64(write, at++, (sqlite3_int64)views->session);
        (void)sqlite3_bind_int64(write, at++, track->first_us);
    } else {
        (void)sqlite3_bind_int64(write, at++, track->rowid);
    }
    (void)sqlite3_bind_int64(write, at++, track->last_us);
    (void)sqlite3_bind_int64(write, at++, track->reports);
    lee__views_bind(write, at++, track->callsign);
    lee__views_bind(write, at++, track->registration);
    lee_error error = lee__views_run(write);
    if (error != LEE_OK || (!is_new && !track->renamed)) {
        return error;
    }
    track->rowid = is_new ? sqlite3_last_insert_rowid(views->db) : track->rowid;
    sqlite3_stmt *const forget = lee__views_statement(views, LEE_VIEWS_TRACK_FORGET);
    (void)sqlite3_bind_int64(forget, 1, track->rowid);
    error = lee__views_run(forget);
    if (error == LEE_OK) {
        char words[LEE_TARGET_BYTES + 40];
        (void)sqlite3_snprintf(sizeof words, words, "%s %s %s", track->target.text, track->callsign,
                               track->registration);
        sqlite3_stmt *const index = lee__views_statement(views, LEE_VIEWS_TRACK_INDEX);
        (void)sqlite3_bind_int64(index, 1, track->rowid);
        lee__views_bind(index, 2, words);
        error = lee__views_run(index);
    }
    track->renamed = false;
    return error;
}

lee_error lee__views_tracks_flush(lee_views *views)
{
    for (uint32_t i = 0; i < views->dirty_count; i++) {
        lee__views_track *const track = &views->tracks[views->dirty[i]];
        const lee_error error = write_track(views, track);
        if (error != LEE_OK) {
            return error;
        }
        track->dirty = false;
    }
    views->dirty_count = 0;
    return LEE_OK;
}

static bool take_name(char *kept, size_t capacity, const char *said)
{
    if (said[0] == '\0' || strncmp(kept, said, capacity) == 0) {
        return false;
    }
    memcpy(kept, said, capacity);
    kept[capacity - 1] = '\0';
    return true;
}

static lee_error take_report(lee_views *views, const lee_report *report)
{
    lee__views_track *track = NULL;
    lee_error error = find_track(views, &report->target, &track);
    if (error != LEE_OK) {
        return error;
    }
    if (track->reports > 0 && report->t_us - track->last_us > LEE_VIEWS_TRACK_GAP_US) {
        error = track->dirty ? lee__views_tracks_flush(views) : LEE_OK;
        *track = (lee__views_track){.target = report->target};
    }
    if (track->reports == 0) {
        track->first_us = report->t_us;
        track->renamed = true;
    }
    track->last_us = report->t_us > track->last_us ? report->t_us : track->last_us;
    track->reports++;
    if (report->present & LEE_REPORT_HAS_CALLSIGN) {
        track->renamed |= take_name(track->callsign, sizeof track->callsign, report->callsign);
    }
    if (report->present & LEE_REPORT_HAS_REGISTRATION) {
        track->renamed |=
            take_name(track->registration, sizeof track->registration, report->registration);
    }
    if (!track->dirty) {
        track->dirty = true;
        views->dirty[views->dirty_count++] = (uint32_t)(track - views->tracks);
    }
    return error;
}

lee_error lee__views_frames(lee_views *views, const lee_record *record)
{
    lee_bytes in;
    lee_frame frame;
    lee_error error = LEE_OK;
    for (lee_bytes_init(&in, record->bytes, record->length);
         error == LEE_OK && lee_bytes_left(&in) > 0;) {
        if (lee_frame_decode(&in, &frame) != LEE_OK || frame.feed >= LEE_FEEDS_MAX) {
            views->unreadable++;
            break;
        }
        lee_report report;
        lee_error_info why;
        views->t_us = frame.t_us > views->t_us ? frame.t_us : views->t_us;
        if (lee_decoder_frame(views->decoder, &frame, &report, &why) == LEE_DECODED_REPORT &&
            lee_report_check(&report, &why) == LEE_OK) {
            error = take_report(views, &report);
        }
    }
    return error;
}
