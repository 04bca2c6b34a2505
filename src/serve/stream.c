#include "serve/stream.h"

#include <assert.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "record/codec.h"

#define LOG_MAX 8192u
#define OLDER_AT_ONCE 64u

typedef struct {
    lee_message *message;
    uint64_t seq; /* of the event, or of the last event before this note */
    bool is_event;
    uint64_t bytes_before; /* of all messages ever logged before it */
} entry;

struct lee_stream {
    lee_picture *picture;
    lee_tracks_view *tracks;
    entry *log;
    uint64_t logged;       /* entries ever; the log holds the last LOG_MAX */
    uint64_t bytes;        /* of all of them */
    uint64_t floor_seq;    /* the newest event that is not in the log any more */
    lee_message *status;   /* {"type":"status",…}, the newest; NULL at first */
    lee_buffer status_raw; /* the object alone */
    uint64_t status_round;
    lee_buffer scratch;
    void (*on_change)(void *context);
    void *on_change_context;
};

struct lee_stream_reader {
    bool greeted;
    bool in_log;        /* else it is still fed older events */
    bool caught_up;     /* it was up to date at some time */
    uint64_t position;  /* of the next entry, when in_log */
    uint64_t after_seq; /* the last event it got, when not */
    uint64_t status_round;
    lee_tracks_cursor tracks;
    lee_message *older[OLDER_AT_ONCE]; /* read from the journal ahead of need */
    uint32_t older_count;
    uint32_t older_next;
};

/* --- the log --------------------------------------------------------------------------------- */

static uint64_t oldest(const lee_stream *stream)
{
    return stream->logged > LOG_MAX ? stream->logged - LOG_MAX : 0;
}

static const entry *entry_at(const lee_stream *stream, uint64_t position)
{
    return &stream->log[position % LOG_MAX];
}

static void log_add(lee_stream *stream, lee_message *message, uint64_t seq, bool is_event)
{
    entry *const slot = &stream->log[stream->logged % LOG_MAX];
    if (slot->message) {
        stream->floor_seq = slot->seq;
        lee_message_release(slot->message);
    }
    *slot = (entry){message, seq, is_event, stream->bytes};
    stream->bytes += lee_message_length(message);
    stream->logged++;
}

/* Begins {"type":"…" in the scratch buffer. */
static void begin(lee_stream *stream, lee_json *json, const char *type)
{
    lee_buffer_reset(&stream->scratch);
    lee_json_begin(json, &stream->scratch);
    lee_json_object(json);
    lee_json_put_text(json, "type", type);
}

static lee_message *finish(lee_stream *stream, lee_json *json)
{
    lee_json_object_end(json);
    return lee_message_of(&stream->scratch);
}

static lee_message *event_message(lee_stream *stream, uint64_t seq)
{
    lee_json json;
    begin(stream, &json, "event");
    if (!lee_picture_write_event_members(stream->picture, seq, &json)) {
        return NULL;
    }
    return finish(stream, &json);
}

static lee_message *note_message(lee_stream *stream, const lee_change *change)
{
    lee_json json;
    lee_picture_counters counters;
    bool written = true;
    switch (change->kind) {
    case LEE_CHANGE_INCIDENT:
        begin(stream, &json, "incident");
        lee_json_key(&json, "incident");
        written = lee_picture_write_incident(stream->picture, change->incident, false, &json);
        break;
    case LEE_CHANGE_WARNING:
        begin(stream, &json, "warning");
        lee_json_key(&json, "warning");
        written = lee_picture_write_warning(stream->picture, change->number, &json);
        break;
    case LEE_CHANGE_SIGHTING:
        begin(stream, &json, "sighting");
        lee_json_key(&json, "sighting");
        written = lee_picture_write_sighting(stream->picture, change->number, false, &json);
        break;
    case LEE_CHANGE_ZONES:
        lee_picture_count(stream->picture, &counters);
        begin(stream, &json, "zones");
        lee_json_key(&json, "generation");
        lee_json_uint(&json, counters.zone_generation);
        break;
    case LEE_CHANGE_EVENT:
        written = false;
        break;
    }
    return written ? finish(stream, &json) : NULL;
}

static void changed(void *context, const lee_change *change)
{
    lee_stream *const stream = context;
    lee_picture_counters counters;
    lee_picture_count(stream->picture, &counters);
    const bool is_event = change->kind == LEE_CHANGE_EVENT;
    lee_message *const message =
        is_event ? event_message(stream, change->seq) : note_message(stream, change);
    if (message) {
        log_add(stream, message, is_event ? change->seq : counters.last_seq, is_event);
    } else if (is_event) {
        /* Without memory for it the log would have a hole. Forgetting all of the log makes every
         * listener read this one again from the picture. */
        for (uint64_t i = oldest(stream); i < stream->logged; i++) {
            lee_message_release(stream->log[i % LOG_MAX].message);
            stream->log[i % LOG_MAX].message = NULL;
        }
        stream->logged += LOG_MAX;
        stream->floor_seq = change->seq;
    }
    if (stream->on_change) {
        stream->on_change(stream->on_change_context);
    }
}

void lee_stream_on_change(lee_stream *stream, void (*callback)(void *context), void *context)
{
    assert(stream);
    stream->on_change = callback;
    stream->on_change_context = context;
}

lee_stream *lee_stream_create(lee_picture *picture, lee_tracks_view *tracks)
{
    assert(picture && tracks);
    lee_stream *const stream = lee_alloc(1, sizeof *stream);
    if (!stream) {
        return NULL;
    }
    stream->picture = picture;
    stream->tracks = tracks;
    stream->log = lee_alloc(LOG_MAX, sizeof *stream->log);
    lee_buffer_init(&stream->status_raw, 1024u * 1024u);
    lee_buffer_init(&stream->scratch, 1024u * 1024u);
    if (!stream->log) {
        lee_stream_free(stream);
        return NULL;
    }
    lee_picture_counters counters;
    lee_picture_count(picture, &counters);
    stream->floor_seq = counters.last_seq;
    lee_picture_listen(picture, changed, stream);
    return stream;
}

void lee_stream_free(lee_stream *stream)
{
    if (!stream) {
        return;
    }
    lee_picture_listen(stream->picture, NULL, NULL);
    for (uint32_t i = 0; stream->log && i < LOG_MAX; i++) {
        lee_message_release(stream->log[i].message);
    }
    lee_free(stream->log);
    lee_message_release(stream->status);
    lee_buffer_free(&stream->status_raw);
    lee_buffer_free(&stream->scratch);
    lee_free(stream);
}

void lee_stream_set_status(lee_stream *stream, const lee_buffer *status)
{
    assert(stream && status);
    if (status->error != LEE_OK || status->length == 0) {
        return;
    }
    lee_buffer_reset(&stream->status_raw);
    lee_buffer_bytes(&stream->status_raw, status->bytes, status->length);
    lee_json json;
    begin(stream, &json, "status");
    lee_json_key(&json, "status");
    lee_json_raw(&json, (const char *)status->bytes, status->length);
    lee_message *const message = finish(stream, &json);
    if (message) {
        lee_message_release(stream->status);
        stream->status = message;
        stream->status_round++;
    }
}

/* --- readers --------------------------------------------------------------------------------- */

lee_stream_reader *lee_stream_join(lee_stream *stream, uint64_t after)
{
    assert(stream);
    lee_stream_reader *const reader = lee_alloc(1, sizeof *reader);
    if (!reader) {
        return NULL;
    }
    reader->after_seq = after;
    if (after == UINT64_MAX) {
        reader->in_log = true;
        reader->position = stream->logged;
    }
    return reader;
}

static void older_drop(lee_stream_reader *reader)
{
    for (uint32_t i = reader->older_next; i < reader->older_count; i++) {
        lee_message_release(reader->older[i]);
    }
    reader->older_count = 0;
    reader->older_next = 0;
}

void lee_stream_leave(lee_stream *stream, lee_stream_reader *reader)
{
    assert(stream);
    if (reader) {
        older_drop(reader);
        lee_free(reader);
    }
}

static lee_message *hello_message(lee_stream *stream)
{
    lee_picture_counters counters;
    lee_json json;
    lee_picture_count(stream->picture, &counters);
    begin(stream, &json, "hello");
    lee_json_key(&json, "seq");
    lee_json_uint(&json, counters.last_seq);
    if (stream->status_raw.length > 0) {
        lee_json_key(&json, "status");
        lee_json_raw(&json, (const char *)stream->status_raw.bytes, stream->status_raw.length);
    }
    return finish(stream, &json);
}

/* The place in the log right after the event `after`: notes that followed it belong to what the
 * listener has not seen. */
static uint64_t log_position(const lee_stream *stream, uint64_t after)
{
    uint64_t low = oldest(stream);
    uint64_t high = stream->logged;
    while (low < high) {
        const uint64_t middle = low + (high - low) / 2;
        const entry *const each = entry_at(stream, middle);
        if (!each->message || each->seq < after || (each->seq == after && each->is_event)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

typedef struct {
    lee_stream *stream;
    lee_stream_reader *reader;
} older_context;

static void older_take(void *context, const lee_event *event)
{
    const older_context *const into = context;
    lee_stream_reader *const reader = into->reader;
    if (reader->older_count == OLDER_AT_ONCE) {
        return;
    }
    lee_json json;
    lee_buffer text;
    lee_buffer_init(&text, 65536);
    lee_event_write_json(event, &text);
    begin(into->stream, &json, "event");
    lee_json_key(&json, "event");
    lee_json_raw(&json, (const char *)text.bytes, text.length);
    const size_t without = into->stream->scratch.length;
    lee_json_key(&json, "incident");
    if (!lee_picture_write_incident(into->stream->picture, event->incident, false, &json)) {
        into->stream->scratch.length = without; /* it ended too long ago */
    }
    lee_message *const message = text.error == LEE_OK ? finish(into->stream, &json) : NULL;
    lee_buffer_free(&text);
    if (message) {
        reader->older[reader->older_count++] = message;
        reader->after_seq = event->seq;
    }
}

/* The next event for a listener who is before the log. NULL: it is in the log now. */
static lee_message *older_next(lee_stream *stream, lee_stream_reader *reader)
{
    if (reader->older_next < reader->older_count) {
        return reader->older[reader->older_next++];
    }
    reader->older_count = 0;
    reader->older_next = 0;
    if (reader->after_seq < stream->floor_seq) {
        older_context into = {stream, reader};
        lee_picture_read_older(stream->picture, reader->after_seq, OLDER_AT_ONCE, older_take,
                               &into);
        if (reader->older_count > 0) {
            return reader->older[reader->older_next++];
        }
        bool gap = false;
        const uint64_t seq = lee_picture_next_seq(stream->picture, reader->after_seq, &gap);
        if (seq > 0 && seq <= stream->floor_seq) {
            reader->after_seq = seq;
            return event_message(stream, seq);
        }
    }
    reader->in_log = true;
    reader->position = log_position(stream, reader->after_seq);
    return NULL;
}

uint64_t lee_stream_lag_bytes(const lee_stream *stream, const lee_stream_reader *reader)
{
    assert(stream && reader);
    if (!reader->in_log || reader->position == stream->logged) {
        return 0;
    }
    if (reader->position < oldest(stream) || !entry_at(stream, reader->position)->message) {
        return UINT64_MAX;
    }
    return reader->caught_up ? stream->bytes - entry_at(stream, reader->position)->bytes_before : 0;
}

static lee_stream_answer log_next(lee_stream *stream, lee_stream_reader *reader, lee_message **out)
{
    if (lee_stream_lag_bytes(stream, reader) == UINT64_MAX) {
        return LEE_STREAM_BEHIND;
    }
    if (reader->position == stream->logged) {
        reader->caught_up = true;
        return LEE_STREAM_IDLE;
    }
    *out = lee_message_hold(entry_at(stream, reader->position)->message);
    reader->position++;
    return LEE_STREAM_MESSAGE;
}

lee_stream_answer lee_stream_next(lee_stream *stream, lee_stream_reader *reader, bool tracks_too,
                                  lee_message **out)
{
    assert(stream && reader && out);

    if (!reader->greeted) {
        *out = hello_message(stream);
        reader->greeted = *out != NULL;
        reader->status_round = stream->status_round;
        return *out ? LEE_STREAM_MESSAGE : LEE_STREAM_BEHIND;
    }
    if (!reader->in_log) {
        *out = older_next(stream, reader);
        if (*out) {
            return LEE_STREAM_MESSAGE;
        }
    }
    const lee_stream_answer answer = log_next(stream, reader, out);
    if (answer != LEE_STREAM_IDLE) {
        return answer;
    }
    if (stream->status && reader->status_round != stream->status_round) {
        reader->status_round = stream->status_round;
        *out = lee_message_hold(stream->status);
        return LEE_STREAM_MESSAGE;
    }
    if (!tracks_too) {
        return LEE_STREAM_IDLE;
    }
    bool lost = false;
    *out = lee_tracks_view_next(stream->tracks, &reader->tracks, &lost);
    return lost ? LEE_STREAM_BEHIND : *out ? LEE_STREAM_TRACKS : LEE_STREAM_IDLE;
}

bool lee_stream_due(const lee_stream *stream, const lee_stream_reader *reader, bool tracks_too)
{
    assert(stream && reader);
    return !reader->greeted || !reader->in_log || reader->position != stream->logged ||
           reader->status_round != stream->status_round ||
           (tracks_too && lee_tracks_view_is_due(stream->tracks, &reader->tracks));
}
