/* serve/stream.h: what each live listener is to be told next.
 *
 * One log of encoded messages is shared by all; a listener is only a place in it. So a slow one
 * costs no memory, events are never skipped for it, and tracks, which it gets last, coalesce by
 * themselves. Nothing here knows of sockets. */
#ifndef LEE_SERVE_STREAM_H
#define LEE_SERVE_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "serve/message.h"
#include "serve/picture.h"
#include "serve/tracks_view.h"

/* A listener that was up to date and stays further behind than this is told to come back. */
#define LEE_STREAM_LAG_MAX_BYTES (256u * 1024u)

typedef struct lee_stream lee_stream;

/* Both are borrowed and must outlive the stream. Listens to the picture from now on. NULL: no
 * memory. */
lee_stream *lee_stream_create(lee_picture *picture, lee_tracks_view *tracks);
void lee_stream_free(lee_stream *stream);

/* The present status as a JSON object; copied. */
void lee_stream_set_status(lee_stream *stream, const lee_buffer *status);

typedef struct lee_stream_reader lee_stream_reader;

/* A listener that knows all events up to `after`; UINT64_MAX: it wants those from now on. NULL: no
 * memory. */
lee_stream_reader *lee_stream_join(lee_stream *stream, uint64_t after);
void lee_stream_leave(lee_stream *stream, lee_stream_reader *reader);

typedef enum {
    LEE_STREAM_MESSAGE, /* *out is held for the caller */
    LEE_STREAM_TRACKS,  /* the same, and it is a piece of tracks */
    LEE_STREAM_IDLE,    /* nothing to tell now */
    LEE_STREAM_BEHIND   /* it reads too slowly: close it with 1013 */
} lee_stream_answer;

/* `tracks_too`: false keeps tracks back, so that they can be sent in portions between which events
 * find their way. */
lee_stream_answer lee_stream_next(lee_stream *stream, lee_stream_reader *reader, bool tracks_too,
                                  lee_message **out);

/* How far behind a listener is that was up to date before; UINT64_MAX when next would answer
 * BEHIND. A burst makes everybody lag for a moment, so only who stays above
 * LEE_STREAM_LAG_MAX_BYTES for some seconds reads too slowly. */
uint64_t lee_stream_lag_bytes(const lee_stream *stream, const lee_stream_reader *reader);

/* Called whenever there is something new in the log. */
void lee_stream_on_change(lee_stream *stream, void (*callback)(void *context), void *context);

/* True when next has something to say: whether to ask to be called when writing is possible. */
bool lee_stream_due(const lee_stream *stream, const lee_stream_reader *reader, bool tracks_too);

#endif
