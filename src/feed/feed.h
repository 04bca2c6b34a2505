/* feed/feed.h: brings the bytes of a feed in, as they come.
 *
 * A feed knows nothing of frames: it hands over chunks, with the time at which they came and a mark
 * where the stream began anew, so that what reads frames can forget a half one. It reconnects by
 * itself, never reads faster than it is listened to, and counts whatever it had to drop. */
#ifndef LEE_FEED_FEED_H
#define LEE_FEED_FEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "feed/uri.h"
#include "io/loop.h"
#include "leeward/error.h"

/* What is read at once; a chunk is never longer, a datagram neither (the largest of UDP fits). */
#define LEE_FEED_CHUNK_BYTES 65536u

typedef struct {
    const uint8_t *bytes; /* borrowed until the sink returns */
    size_t length;        /* at least 1 */
    int64_t t_us;         /* when it came, by the clock given */
    bool restart;         /* first of a connection or file: what came before does not continue */
    bool datagram;        /* whole by itself */
} lee_feed_chunk;

/* TAKEN; FULL: not taken, keep it and stop until lee_feed_resume (a datagram is dropped and
 * counted); STOP: the feed ends here. A sink may not free the feed. */
typedef enum { LEE_FEED_TAKEN, LEE_FEED_FULL, LEE_FEED_STOP } lee_feed_answer;
typedef lee_feed_answer lee_feed_sink(void *context, const lee_feed_chunk *chunk);

typedef enum {
    LEE_FEED_WAITING,   /* for a connection, or for its next attempt */
    LEE_FEED_CONNECTED, /* reading */
    LEE_FEED_ENDED,     /* the file is read, or the sink said so */
    LEE_FEED_FAILED     /* it will not come back by itself */
} lee_feed_state;

#define LEE_FEED_REASON_BYTES 96u

typedef struct {
    lee_feed_state state;
    char
        reason[LEE_FEED_REASON_BYTES]; /* why it waits or failed; "" when there is nothing to say */
    uint64_t bytes;                    /* that came in, before unpacking */
    uint64_t chunks;                   /* taken */
    uint64_t datagrams_dropped;        /* refused as FULL, too long, or dropped by the kernel */
    uint64_t connections;              /* made */
    int64_t last_us;                   /* when the last byte came; 0: never */
} lee_feed_status;

typedef struct lee_feed lee_feed;
typedef int64_t lee_feed_clock(void *context);

typedef struct {
    lee_feed_sink *sink;
    void (*changed)(void *context, const lee_feed *feed); /* the state changed; may be NULL */
    lee_feed_clock *clock;                                /* microseconds UTC */
    void *context;
} lee_feed_handlers;

/* Makes a feed that does nothing yet. The uri and handlers are copied. LEE_ERR_NO_MEMORY. */
LEE_CHECK_RESULT
lee_error lee_feed_create(const lee_feed_uri *uri, const lee_feed_handlers *handlers,
                          lee_feed **out);
void lee_feed_free(lee_feed *feed);

/* Lets the loop run it. What goes wrong afterwards is told by the state. The loop must outlive the
 * feed. LEE_ERR_NO_MEMORY, LIMIT. */
LEE_CHECK_RESULT
lee_error lee_feed_start(lee_feed *feed, lee_loop *loop);

/* The sink can take again after having answered FULL. */
void lee_feed_resume(lee_feed *feed);

/* Reads a file or standard input to its end, as fast as the sink takes it; FULL is not allowed
 * here. LEE_ERR_NOT_FOUND, IO, CORRUPT (gzip), UNSUPPORTED (a network feed): the status tells the
 * reason. */
LEE_CHECK_RESULT
lee_error lee_feed_read_all(lee_feed *feed);

/* Borrowed; lives as long as the feed. */
const lee_feed_uri *lee_feed_source(const lee_feed *feed);
const lee_feed_status *lee_feed_status_of(const lee_feed *feed);

/* "connected", "waiting", "ended", "failed". */
const char *lee_feed_state_name(lee_feed_state state);

/* How long to wait before attempt n (from 0) to connect again: 1, 2, 4, 8, 16, 30, 30… seconds. */
int64_t lee_feed_backoff_ms(uint32_t attempt);

#endif
