/* serve/serve_private.h: what the files on libwebsockets share: serve.c opens and accepts, http.c
 * answers requests, live.c feeds listeners. */
#ifndef LEE_SERVE_SERVE_PRIVATE_H
#define LEE_SERVE_SERVE_PRIVATE_H

#include <assert.h>
#include <libwebsockets.h>

#include "serve/serve.h"
#include "serve/stream.h"
#include "serve/tracks_view.h"

static_assert(LEE_MESSAGE_HEADROOM >= LWS_PRE, "room for the frame header");

#define LEE__CHUNK_BYTES 32768u
#define LEE__LATER_S 60 /* how long an answer that comes later may take */
#define LEE__STALL_S 20 /* how long a peer may take nothing of what it is sent */

/* What a connection is in the middle of. lws gives each zeroed memory of this size. */
typedef struct lee__connection {
    struct lws *wsi;
    /* A request whose body is still coming. */
    lee_buffer body_in;
    bool posting;
    bool body_wanted;
    char path[512];
    char query[512];
    char authorization[256];
    /* An answer on its way out. */
    lee_message *body;
    size_t sent;
    bool close_after;
    /* An answer that comes later; then `next` and `previous` are those of who waits. */
    uint64_t ticket; /* 0: it waits for none */
    bool head_only;
    lee_response later;
    bool has_later;
    /* A stream. */
    lee_stream_reader *reader;
    bool asked; /* for the callback that may write */
    uint32_t heard;
    int64_t stalled_since_ms; /* 0: it takes what it is sent */
    int64_t lagging_since_ms; /* 0: it keeps up */
    int64_t tracks_after_ms;  /* no piece of tracks before */
    bool behind;              /* to be sent away as soon as it can be told */
    struct lee__connection *next;
    struct lee__connection *previous;
} lee__connection;

struct lee_serve {
    lee_loop *loop;
    lee_picture *picture;
    lee_serve_handlers handlers;
    lee_serve_options options;
    char allowed_host[256];
    bool loopback;
    int listen_fd;
    uint16_t port;
    bool accept_paused;
    lee_loop_watch *listen_watch;
    lee_loop_timer *tick;
    lee_loop_timer *pace; /* armed while tracks are held back */
    struct lws_context *lws;
    struct lws_vhost *vhost;
    lee_routes *routes;
    lee_tracks_view *tracks;
    lee_stream *stream;
    lee__connection *streams;
    lee__connection *waiting;
    lee_buffer status;
    lee_serve_counters counters;
    bool freeing;
    uint8_t chunk[LWS_PRE + LEE__CHUNK_BYTES];
};

/* http.c: the callbacks of a request, and helpers for the others. A header that is not there or too
 * long is "". */
int lee__http_callback(lee_serve *serve, lee__connection *c, enum lws_callback_reasons reason,
                       void *in, size_t length);
void lee__header_copy(struct lws *wsi, enum lws_token_indexes which, char *out, int capacity);
void lee__query_copy(struct lws *wsi, char *out, size_t capacity);
bool lee__host_allowed(const lee_serve *serve, struct lws *wsi);
/* An answer that was promised. */
void lee__finish(lee_serve *serve, uint64_t ticket, lee_response *response);
int lee__refuse_and_close(lee_serve *serve, struct lws *wsi, unsigned status, const char *code,
                          const char *message);

/* live.c: the callbacks of a listener; whether one may become that; all of them once a second, and
 * when there is something to tell. */
int lee__live_callback(lee_serve *serve, lee__connection *c, struct lws *wsi,
                       enum lws_callback_reasons reason, size_t length);
int lee__live_check(lee_serve *serve, struct lws *wsi);
void lee__live_second(lee_serve *serve, int64_t now_ms);
void lee__live_wake(void *serve);

#endif
