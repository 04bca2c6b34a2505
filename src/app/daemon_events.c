/* Events older than those the picture holds are read back from the journal. */
#include "app/daemon_private.h"

#include <stdio.h>
#include <string.h>

#include "io/file_os.h"
#include "record/codec.h"

void lee__daemon_note_event(lee_daemon *daemon, const lee_record *record)
{
    lee_event_places *const places = &daemon->event_places;
    if (record->kind != LEE_RECORD_EVENT) {
        return;
    }
    if (places->last_seq % LEE_EVENT_PLACE_EVERY == 0) {
        lee_buffer_bytes(&places->indexes, &record->index, sizeof record->index);
    }
    places->last_seq++;
}

/* The record from which to read so that the event after `after` is met. */
static uint64_t place_of(const lee_event_places *places, uint64_t after)
{
    uint64_t index = 0;
    const uint64_t slot = after / LEE_EVENT_PLACE_EVERY;
    if ((slot + 1) * sizeof index <= places->indexes.length) {
        memcpy(&index, places->indexes.bytes + slot * sizeof index, sizeof index);
    }
    return index;
}

void lee__daemon_read_events(void *context, uint64_t after, uint64_t before, uint32_t limit,
                             lee_event_sink *sink, void *sink_context)
{
    const lee_daemon *const daemon = context;
    char folder[4096];
    snprintf(folder, sizeof folder, "%s/journal", daemon->options.data);
    lee_journal_reader *reader = NULL;
    if (lee_journal_reader_open(&lee_file_os, folder, place_of(&daemon->event_places, after),
                                &reader) != LEE_OK) {
        return;
    }
    uint32_t given = 0;
    for (bool more = true; more && given < limit;) {
        lee_record record;
        const lee_error error = lee_journal_reader_next(reader, &record);
        more = error == LEE_OK || error == LEE_ERR_CORRUPT;
        if (error != LEE_OK || record.kind != LEE_RECORD_EVENT) {
            continue;
        }
        lee_bytes in;
        lee_bytes_init(&in, record.bytes, record.length);
        lee_event event;
        char zone_id[129];
        if (lee_event_decode(&in, &event, zone_id) == LEE_OK && event.seq > after) {
            more = event.seq < before;
            if (more) {
                sink(sink_context, &event);
                given++;
            }
        }
    }
    lee_journal_reader_close(reader);
}
