/* serve/tracks_view.h: tracks as they are shown, and what changed since whom.
 *
 * About once a second all tracks are put in. The view keeps one encoding of each and the round in
 * which it last changed, so that a reader who missed ten rounds gets one message with the present
 * state, not ten: that is how updates for slow clients coalesce. */
#ifndef LEE_SERVE_TRACKS_VIEW_H
#define LEE_SERVE_TRACKS_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/json.h"
#include "leeward/track.h"
#include "serve/message.h"

/* One message of tracks is at most about this long, so that a client's connection never holds more
 * than one such piece. */
#define LEE_TRACKS_PART_BYTES 32768u

/* How much of a track is written: what a map shows, which is all that a stream to every page is
 * burdened with; also what the transponder says of the flight; or all that is known of it, how good
 * it is, and when each field was said. */
typedef enum { LEE_TRACK_SHOWN, LEE_TRACK_DETAILED, LEE_TRACK_WHOLE } lee_track_extent;

/* Writes the object TRACK of docs/api.md. */
void lee_track_write(const lee_track *track, int64_t now_us, int64_t stale_after_us,
                     lee_track_extent extent, lee_json *json);

/* Writes the object that readsb writes into aircraft.json; false, and nothing written, for a
 * target without a 24-bit address. */
bool lee_track_write_readsb(const lee_track *track, int64_t now_us, lee_json *json);

typedef struct lee_tracks_view lee_tracks_view;

/* NULL: no memory. */
lee_tracks_view *lee_tracks_view_create(uint32_t capacity, int64_t stale_after_us);
void lee_tracks_view_free(lee_tracks_view *view);

/* A round: begin, put each track, end. What was not put is gone. */
void lee_tracks_view_begin(lee_tracks_view *view, int64_t now_us);
void lee_tracks_view_put(lee_tracks_view *view, const lee_track *track);
void lee_tracks_view_end(lee_tracks_view *view);
uint32_t lee_tracks_view_count(const lee_tracks_view *view);

/* Where a reader stands; all zero is one who knows nothing. */
typedef struct {
    uint64_t round; /* everything up to this round was sent */
    uint64_t walk;  /* the round that the walk under way will reach; 0: none */
    uint32_t slot;  /* where the walk is */
} lee_tracks_cursor;

/* The next piece for this reader, held for the caller; NULL: it is up to date. Shared among readers
 * at the same place. *lost: it has been away for so long that targets gone meanwhile are forgotten,
 * so it must begin anew. */
lee_message *lee_tracks_view_next(lee_tracks_view *view, lee_tracks_cursor *cursor, bool *lost);

/* True when next may have something to say. */
bool lee_tracks_view_is_due(const lee_tracks_view *view, const lee_tracks_cursor *cursor);

#endif
