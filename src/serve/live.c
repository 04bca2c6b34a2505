#include <assert.h>
#include <string.h>

#include "io/socket.h"
#include "serve/query.h"
#include "serve/serve_private.h"

#define SEND_BUFFER_BYTES (256 * 1024)
#define MESSAGES_A_TURN 64
#define LAG_MAX_MS 5000
/* One piece of tracks a client in this time: 3 MB/s. All at once, an event would wait behind half a
 * megabyte of them in the buffers of the kernel. */
#define PACE_MS 10
#define HEARD_MAX 256u /* messages from a stream client, who has nothing to say */

/* Browsers send the origin with every WebSocket and do not keep other sites from opening one. A
 * program that is no browser sends none. */
static bool origin_allowed(struct lws *wsi)
{
    char origin[300];
    char host[280];
    if (lws_hdr_total_length(wsi, WSI_TOKEN_ORIGIN) <= 0) {
        return true;
    }
    lee__header_copy(wsi, WSI_TOKEN_ORIGIN, origin, sizeof origin);
    lee__header_copy(wsi, WSI_TOKEN_HOST, host, sizeof host);
    const char *const slashes = strstr(origin, "://");
    return slashes && host[0] != '\0' && strcmp(slashes + 3, host) == 0;
}

int lee__live_check(lee_serve *serve, struct lws *wsi)
{
    char path[64];
    lee__header_copy(wsi, WSI_TOKEN_GET_URI, path, sizeof path);
    const char *reason = NULL;
    if (strcmp(path, "/api/v1/stream") != 0) {
        reason = "there is no stream here";
    } else if (!lee__host_allowed(serve, wsi) || !origin_allowed(wsi)) {
        reason = "a page of another origin may not listen";
    } else if (serve->counters.streams >= serve->options.streams_max) {
        reason = "too many listen already";
    }
    if (!reason) {
        return 0;
    }
    serve->counters.upgrades_refused++;
    return lee__refuse_and_close(serve, wsi, 403, "forbidden", reason);
}

static void stream_ask(lee__connection *c)
{
    if (!c->asked) {
        c->asked = true;
        (void)lws_callback_on_writable(c->wsi);
    }
}

void lee__live_wake(void *context)
{
    lee_serve *const serve = context;
    const int64_t now_ms = lee_loop_now_ms(serve->loop);
    for (lee__connection *c = serve->streams; c; c = c->next) {
        if (lee_stream_due(serve->stream, c->reader, now_ms >= c->tracks_after_ms)) {
            stream_ask(c);
        }
    }
}

static void pace(void *context)
{
    lee_serve *const serve = context;
    serve->pace = NULL;
    lee__live_wake(serve);
}

/* Comes back for the tracks that were held back. Without memory for a timer the next second does.
 */
static void pace_start(lee_serve *serve)
{
    if (!serve->pace &&
        lee_loop_add_timer(serve->loop, PACE_MS, 0, pace, serve, &serve->pace) != LEE_OK) {
        serve->pace = NULL;
    }
}

static int stream_open(lee_serve *serve, lee__connection *c, struct lws *wsi)
{
    char query[256];
    uint64_t after = UINT64_MAX;
    lee__query_copy(wsi, query, sizeof query);
    (void)lee_query_number(query, "after", &after);
    *c = (lee__connection){.wsi = wsi, .reader = lee_stream_join(serve->stream, after)};
    if (!c->reader) {
        return -1;
    }
    /* So that a client that does not read is noticed here, and not after megabytes that the kernel
     * would hold for it. */
    lee_socket_limit_send_buffer(lws_get_socket_fd(wsi), SEND_BUFFER_BYTES);
    c->next = serve->streams;
    if (c->next) {
        c->next->previous = c;
    }
    serve->streams = c;
    serve->counters.streams++;
    stream_ask(c);
    return 0;
}

static void stream_close(lee_serve *serve, lee__connection *c)
{
    if (!c->reader) {
        return;
    }
    lee_stream_leave(serve->stream, c->reader);
    c->reader = NULL;
    if (c->previous) {
        c->previous->next = c->next;
    } else {
        serve->streams = c->next;
    }
    if (c->next) {
        c->next->previous = c->previous;
    }
    serve->counters.streams--;
}

static int stream_send_away(lee_serve *serve, lee__connection *c, unsigned code, const char *why)
{
    unsigned char text[64];
    const size_t length = strlen(why);
    assert(length < sizeof text);
    memcpy(text, why, length);
    serve->counters.streams_behind += code == 1013 ? 1 : 0;
    lws_close_reason(c->wsi, (enum lws_close_status)code, text, length);
    return -1;
}

static int stream_write(lee_serve *serve, lee__connection *c)
{
    c->asked = false;
    c->stalled_since_ms = 0;
    if (c->behind) {
        return stream_send_away(serve, c, 1013, "too slow: come back with after");
    }
    for (int i = 0; i < MESSAGES_A_TURN; i++) {
        if (lws_send_pipe_choked(c->wsi)) {
            stream_ask(c);
            return 0;
        }
        lee_message *message = NULL;
        const bool tracks_too = lee_loop_now_ms(serve->loop) >= c->tracks_after_ms;
        switch (lee_stream_next(serve->stream, c->reader, tracks_too, &message)) {
        case LEE_STREAM_IDLE:
            if (!tracks_too && lee_stream_due(serve->stream, c->reader, true)) {
                pace_start(serve);
            }
            return 0;
        case LEE_STREAM_BEHIND:
            return stream_send_away(serve, c, 1013, "too slow: come back with after");
        case LEE_STREAM_TRACKS:
            c->tracks_after_ms = lee_loop_now_ms(serve->loop) + PACE_MS;
            break;
        case LEE_STREAM_MESSAGE:
            break;
        }
        const size_t length = lee_message_length(message);
        const int sent = lws_write(c->wsi, lee_message_frame(message), length, LWS_WRITE_TEXT);
        lee_message_release(message);
        if (sent < (int)length) {
            return -1;
        }
        serve->counters.messages_sent++;
        serve->counters.bytes_sent += length;
    }
    stream_ask(c);
    return 0;
}

static int stream_heard(lee_serve *serve, lee__connection *c, size_t length)
{
    /* Nothing is expected from a listener; a little is let pass for clients that keep alive by
     * messages of their own. */
    if (length > 1024 || ++c->heard > HEARD_MAX) {
        return stream_send_away(serve, c, LWS_CLOSE_STATUS_POLICY_VIOLATION,
                                "this stream only tells");
    }
    return 0;
}

/* Listeners to whom nothing could be written for too long, or who do not catch up. */
void lee__live_second(lee_serve *serve, int64_t now_ms)
{
    lee__connection *next = NULL;
    for (lee__connection *c = serve->streams; c; c = next) {
        next = c->next;
        if (lee_stream_lag_bytes(serve->stream, c->reader) <= LEE_STREAM_LAG_MAX_BYTES) {
            c->lagging_since_ms = 0;
        } else if (c->lagging_since_ms == 0) {
            c->lagging_since_ms = now_ms;
        } else if (now_ms - c->lagging_since_ms > LAG_MAX_MS) {
            c->behind = true;
        }
        if (!c->asked || c->stalled_since_ms == 0) {
            c->stalled_since_ms = c->asked ? now_ms : 0;
            continue;
        }
        const int64_t stalled_ms = now_ms - c->stalled_since_ms;
        if (stalled_ms > LEE__STALL_S * 1000 || (c->behind && stalled_ms > LAG_MAX_MS)) {
            /* The code 1013 would wait behind what it does not read. */
            serve->counters.streams_behind++;
            lws_set_timeout(c->wsi, PENDING_TIMEOUT_KILLED_BY_PARENT, LWS_TO_KILL_ASYNC);
        }
    }
}

int lee__live_callback(lee_serve *serve, lee__connection *c, struct lws *wsi,
                       enum lws_callback_reasons reason, size_t length)
{
    /* Only the reasons of a WebSocket; the others are handled before. */
    if (reason == LWS_CALLBACK_ESTABLISHED) {
        return stream_open(serve, c, wsi);
    }
    if (!c || !c->reader) {
        return 0;
    }
    if (reason == LWS_CALLBACK_SERVER_WRITEABLE) {
        return stream_write(serve, c);
    }
    if (reason == LWS_CALLBACK_RECEIVE) {
        return stream_heard(serve, c, length);
    }
    if (reason == LWS_CALLBACK_CLOSED) {
        stream_close(serve, c);
    }
    return 0;
}
