#include "serve/serve.h"

#include <assert.h>
#include <errno.h>
#include <libwebsockets.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/limits.h"
#include "io/socket.h"
#include "serve/stream.h"
#include "serve/tracks_view.h"

static_assert(LEE_MESSAGE_HEADROOM >= LWS_PRE, "room for the frame header");

#define CHUNK_BYTES 32768u
/* What lws passes to the kernel at once. Left at 0 it is rx_buffer_size, and a large message then
 * trickles out over dozens of rounds while the events behind it wait (measured: 0.4 s). */
#define TX_PACKET_BYTES (256u * 1024u)
#define SEND_BUFFER_BYTES (256 * 1024)
#define MESSAGES_A_TURN 64
#define TICK_MS 1000
#define STALL_S 20
#define LAG_MAX_MS 5000
/* One piece of tracks a client in this time: 3 MB/s. All at once, an event would wait behind half a
 * megabyte of them in the buffers of the kernel. */
#define PACE_MS 10
#define HEARD_MAX 256u /* messages from a stream client, who has nothing to say */

/* What a connection is in the middle of. lws gives each zeroed memory of this size. */
typedef struct connection {
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
    /* A stream. */
    lee_stream_reader *reader;
    bool asked; /* for the callback that may write */
    uint32_t heard;
    int64_t stalled_since_ms; /* 0: it takes what it is sent */
    int64_t lagging_since_ms; /* 0: it keeps up */
    int64_t tracks_after_ms;  /* no piece of tracks before */
    bool behind;              /* to be sent away as soon as it can be told */
    struct connection *next;
    struct connection *previous;
} connection;

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
    connection *streams;
    lee_buffer status;
    lee_serve_counters counters;
    bool freeing;
    uint8_t chunk[LWS_PRE + CHUNK_BYTES];
};

void lee_serve_options_default(lee_serve_options *out)
{
    assert(out);
    *out = (lee_serve_options){.listen = "127.0.0.1:8080",
                               .connections_max = 2048,
                               .streams_max = 1536,
                               .stale_after_us = 15000000};
}

/* --- requests -------------------------------------------------------------------------------- */

/* Copies a header; "" when it is not there or too long. */
static void header_copy(struct lws *wsi, enum lws_token_indexes which, char *out, int capacity)
{
    if (lws_hdr_total_length(wsi, which) <= 0 || lws_hdr_copy(wsi, out, capacity, which) < 0) {
        out[0] = '\0';
    }
}

/* Joins what lws has split at '&'. */
static void query_copy(struct lws *wsi, char *out, size_t capacity)
{
    size_t length = 0;
    out[0] = '\0';
    for (int i = 0; lws_hdr_fragment_length(wsi, WSI_TOKEN_HTTP_URI_ARGS, i) > 0; i++) {
        const int got = lws_hdr_copy_fragment(wsi, out + length, (int)(capacity - length - 1),
                                              WSI_TOKEN_HTTP_URI_ARGS, i);
        if (got < 0 || length + (size_t)got + 2 >= capacity) {
            break;
        }
        length += (size_t)got;
        out[length++] = '&';
        out[length] = '\0';
    }
    out[length > 0 ? length - 1 : 0] = '\0';
}

static lee_method method_of(struct lws *wsi)
{
    if (lws_hdr_total_length(wsi, WSI_TOKEN_GET_URI) > 0) {
        return LEE_METHOD_GET;
    }
    if (lws_hdr_total_length(wsi, WSI_TOKEN_POST_URI) > 0) {
        return LEE_METHOD_POST;
    }
    return lws_hdr_total_length(wsi, WSI_TOKEN_HEAD_URI) > 0 ? LEE_METHOD_HEAD : LEE_METHOD_OTHER;
}

/* The name in a Host header or an Origin, without port and brackets; false when it is none. */
static bool host_name(const char *text, char *out, size_t capacity)
{
    const char *const end = text[0] == '[' ? strchr(text, ']') : strchr(text, ':');
    const char *const from = text[0] == '[' ? text + 1 : text;
    const size_t length = end ? (size_t)(end - from) : strlen(from);
    if (length == 0 || length >= capacity) {
        return false;
    }
    memcpy(out, from, length);
    out[length] = '\0';
    return true;
}

/* A page of another site that had its name point at our address (DNS rebinding) must not read what
 * loopback gives to anybody: there, only our own names are answered to. */
static bool host_allowed(const lee_serve *serve, struct lws *wsi)
{
    char host[280];
    char name[256];
    if (!serve->loopback) {
        return true;
    }
    header_copy(wsi, WSI_TOKEN_HOST, host, sizeof host);
    if (!host_name(host, name, sizeof name)) {
        return false;
    }
    return strcmp(name, "localhost") == 0 || strcmp(name, "127.0.0.1") == 0 ||
           strcmp(name, "::1") == 0 ||
           (serve->allowed_host[0] != '\0' && strcmp(name, serve->allowed_host) == 0);
}

/* Browsers send the origin with every WebSocket and do not keep other sites from opening one. A
 * program that is no browser sends none. */
static bool origin_allowed(struct lws *wsi)
{
    char origin[300];
    char host[280];
    if (lws_hdr_total_length(wsi, WSI_TOKEN_ORIGIN) <= 0) {
        return true;
    }
    header_copy(wsi, WSI_TOKEN_ORIGIN, origin, sizeof origin);
    header_copy(wsi, WSI_TOKEN_HOST, host, sizeof host);
    const char *const slashes = strstr(origin, "://");
    return slashes && host[0] != '\0' && strcmp(slashes + 3, host) == 0;
}

/* --- answers --------------------------------------------------------------------------------- */

static const char page_policy[] =
    "default-src 'self'; script-src 'self'; worker-src 'self' blob:; style-src 'self' "
    "'unsafe-inline'; img-src 'self' data: blob:; connect-src 'self' ws: wss:; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
static const char data_policy[] = "default-src 'none'; frame-ancestors 'none'";

typedef struct {
    struct lws *wsi;
    uint8_t *at;
    uint8_t *end;
    bool failed;
} header_writer;

static void header_put(header_writer *writer, const char *name, const char *value)
{
    if (!writer->failed && value &&
        lws_add_http_header_by_name(writer->wsi, (const unsigned char *)name,
                                    (const unsigned char *)value, (int)strlen(value), &writer->at,
                                    writer->end) != 0) {
        writer->failed = true;
    }
}

static bool headers_send(struct lws *wsi, const lee_response *response, bool close_after)
{
    uint8_t room[LWS_PRE + 2048];
    uint8_t *const start = room + LWS_PRE;
    header_writer writer = {.wsi = wsi, .at = start, .end = room + sizeof room - 1};
    if (lws_add_http_header_status(wsi, response->status, &writer.at, writer.end) != 0) {
        return false;
    }
    char length[24];
    (void)snprintf(length, sizeof length, "%zu",
                   response->body ? lee_message_length(response->body) : 0);
    header_put(&writer, "content-type:", response->type);
    if (response->status != 304) {
        header_put(&writer, "content-length:", length);
    }
    header_put(&writer, "cache-control:", response->cache);
    header_put(&writer, "etag:", response->etag[0] ? response->etag : NULL);
    header_put(&writer, "content-encoding:", response->gzip ? "gzip" : NULL);
    header_put(&writer, "vary:", response->is_page ? "accept-encoding" : NULL);
    header_put(&writer, "allow:", response->allow);
    header_put(&writer, "www-authenticate:", response->status == 401 ? "Bearer" : NULL);
    header_put(&writer, "connection:", close_after ? "close" : NULL);
    header_put(&writer, "content-security-policy:", response->is_page ? page_policy : data_policy);
    header_put(&writer, "x-content-type-options:", "nosniff");
    header_put(&writer, "referrer-policy:", "no-referrer");
    header_put(&writer, "cross-origin-opener-policy:", "same-origin");
    header_put(&writer, "cross-origin-resource-policy:", "same-origin");
    return !writer.failed &&
           lws_finalize_write_http_header(wsi, start, &writer.at, writer.end) == 0;
}

static int transaction_end(connection *c)
{
    lee_message_release(c->body);
    c->body = NULL;
    return c->close_after || lws_http_transaction_completed(c->wsi) ? -1 : 0;
}

/* Sends the headers and leaves the body to the callbacks that may write. Takes the response over.
 * Returns what the callback of lws returns. */
static int answer_begin(connection *c, lee_response *response, bool head)
{
    const bool sent = headers_send(c->wsi, response, c->close_after);
    lee_message_release(c->body);
    c->body = response->body;
    c->sent = 0;
    if (!sent) {
        lee_message_release(c->body);
        c->body = NULL;
        return -1;
    }
    if (head || !c->body || lee_message_length(c->body) == 0) {
        return transaction_end(c);
    }
    lws_set_timeout(c->wsi, PENDING_TIMEOUT_HTTP_CONTENT, STALL_S);
    (void)lws_callback_on_writable(c->wsi);
    return 0;
}

/* Sends a short answer at once and closes: for requests whose rest we do not want. */
static int answer_and_close(lee_serve *serve, struct lws *wsi, lee_response *response)
{
    if (headers_send(wsi, response, true) && response->body) {
        const size_t length = lee_message_length(response->body);
        if (length <= CHUNK_BYTES) {
            memcpy(serve->chunk + LWS_PRE, lee_message_bytes(response->body), length);
            (void)lws_write(wsi, serve->chunk + LWS_PRE, length, LWS_WRITE_HTTP_FINAL);
        }
    }
    lee_message_release(response->body);
    return -1;
}

static int refuse_and_close(lee_serve *serve, struct lws *wsi, unsigned status, const char *code,
                            const char *message)
{
    lee_response response;
    lee_routes_error(status, code, message, &response);
    return answer_and_close(serve, wsi, &response);
}

static int body_write(lee_serve *serve, connection *c)
{
    if (!c->body) {
        return 0;
    }
    const size_t length = lee_message_length(c->body);
    do {
        const size_t left = length - c->sent;
        const size_t part = left < CHUNK_BYTES ? left : CHUNK_BYTES;
        const bool last = part == left;
        memcpy(serve->chunk + LWS_PRE, lee_message_bytes(c->body) + c->sent, part);
        if (lws_write(c->wsi, serve->chunk + LWS_PRE, part,
                      last ? LWS_WRITE_HTTP_FINAL : LWS_WRITE_HTTP) < (int)part) {
            return -1;
        }
        c->sent += part;
        serve->counters.bytes_sent += part;
        if (last) {
            return transaction_end(c);
        }
    } while (!lws_send_pipe_choked(c->wsi));
    lws_set_timeout(c->wsi, PENDING_TIMEOUT_HTTP_CONTENT, STALL_S);
    (void)lws_callback_on_writable(c->wsi);
    return 0;
}

/* --- one request ----------------------------------------------------------------------------- */

/* The length of the body that is announced; -1: none is; -2: the header makes no sense. */
static int64_t body_length(struct lws *wsi)
{
    char text[32];
    if (lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING) > 0) {
        return -2; /* chunked bodies are not read, so what follows could be taken for a request */
    }
    const int length = lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH);
    if (length <= 0) {
        return -1;
    }
    if (length > 18 || lws_hdr_fragment_length(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH, 1) > 0 ||
        lws_hdr_copy(wsi, text, sizeof text, WSI_TOKEN_HTTP_CONTENT_LENGTH) < 0) {
        return -2;
    }
    int64_t value = 0;
    for (int i = 0; text[i] != '\0'; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return -2;
        }
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

static int request_answer(lee_serve *serve, connection *c, const lee_request *request)
{
    lee_response response;
    lee_routes_answer(serve->routes, request, lee_loop_now_ms(serve->loop), &response);
    return answer_begin(c, &response, request->method == LEE_METHOD_HEAD);
}

static int request_begin(lee_serve *serve, connection *c, const char *uri, size_t uri_length)
{
    const int64_t length = body_length(c->wsi);
    const lee_method method = method_of(c->wsi);
    if (length == -2) {
        return refuse_and_close(serve, c->wsi, 400, "invalid", "the length of the body is unclear");
    }
    if (!host_allowed(serve, c->wsi)) {
        return refuse_and_close(serve, c->wsi, 421, "misdirected", "this host is not served here");
    }
    if (length > 0 && method != LEE_METHOD_POST) {
        return refuse_and_close(serve, c->wsi, 400, "invalid", "only POST has a body");
    }
    if (length > (int64_t)LEE_BODY_MAX_BYTES) {
        return refuse_and_close(serve, c->wsi, 413, "too_large", "a body has at most 64 KiB");
    }
    if (uri_length >= sizeof c->path || memchr(uri, '\0', uri_length)) {
        return refuse_and_close(serve, c->wsi, 414, "too_large", "the path is too long");
    }
    memcpy(c->path, uri, uri_length);
    c->path[uri_length] = '\0';
    query_copy(c->wsi, c->query, sizeof c->query);
    header_copy(c->wsi, WSI_TOKEN_HTTP_AUTHORIZATION, c->authorization, sizeof c->authorization);
    char if_none_match[64];
    char encodings[128];
    header_copy(c->wsi, WSI_TOKEN_HTTP_IF_NONE_MATCH, if_none_match, sizeof if_none_match);
    header_copy(c->wsi, WSI_TOKEN_HTTP_ACCEPT_ENCODING, encodings, sizeof encodings);
    const lee_request request = {.method = method,
                                 .path = c->path,
                                 .query = c->query,
                                 .authorization = c->authorization,
                                 .if_none_match = if_none_match,
                                 .accepts_gzip = strstr(encodings, "gzip") != NULL,
                                 .body = "",
                                 .body_length = 0};
    c->close_after = false;
    c->posting = false;
    if (length <= 0) {
        return request_answer(serve, c, &request);
    }
    /* The answer waits for the body even when it is decided, because closing with a body unread
     * resets the connection and loses the answer. What is refused is not kept meanwhile. */
    lee_response ignored = {.body = NULL};
    c->posting = true;
    c->body_wanted = lee_routes_may_post(serve->routes, &request, &ignored);
    lee_message_release(ignored.body);
    lee_buffer_free(&c->body_in);
    lee_buffer_init(&c->body_in, LEE_BODY_MAX_BYTES + 1);
    return 0;
}

static int body_complete(lee_serve *serve, connection *c)
{
    if (!c->posting) {
        return 0; /* answered already */
    }
    c->posting = false;
    lee_buffer_char(&c->body_in, '\0');
    const bool whole = c->body_wanted && c->body_in.error == LEE_OK;
    const lee_request request = {.method = LEE_METHOD_POST,
                                 .path = c->path,
                                 .query = c->query,
                                 .authorization = c->authorization,
                                 .if_none_match = "",
                                 .body = whole ? (const char *)c->body_in.bytes : "",
                                 .body_length = whole ? c->body_in.length - 1 : 0};
    const int result = request_answer(serve, c, &request);
    lee_buffer_free(&c->body_in);
    return result;
}

static void request_drop(connection *c)
{
    lee_message_release(c->body);
    c->body = NULL;
    lee_buffer_free(&c->body_in);
    c->posting = false;
}

/* --- streams --------------------------------------------------------------------------------- */

static int upgrade_check(lee_serve *serve, struct lws *wsi)
{
    char path[64];
    header_copy(wsi, WSI_TOKEN_GET_URI, path, sizeof path);
    const char *reason = NULL;
    if (strcmp(path, "/api/v1/stream") != 0) {
        reason = "there is no stream here";
    } else if (!host_allowed(serve, wsi) || !origin_allowed(wsi)) {
        reason = "a page of another origin may not listen";
    } else if (serve->counters.streams >= serve->options.streams_max) {
        reason = "too many listen already";
    }
    if (!reason) {
        return 0;
    }
    serve->counters.upgrades_refused++;
    return refuse_and_close(serve, wsi, 403, "forbidden", reason);
}

static void stream_ask(connection *c)
{
    if (!c->asked) {
        c->asked = true;
        (void)lws_callback_on_writable(c->wsi);
    }
}

static void streams_wake(void *context)
{
    lee_serve *const serve = context;
    const int64_t now_ms = lee_loop_now_ms(serve->loop);
    for (connection *c = serve->streams; c; c = c->next) {
        if (lee_stream_due(serve->stream, c->reader, now_ms >= c->tracks_after_ms)) {
            stream_ask(c);
        }
    }
}

static void pace(void *context)
{
    lee_serve *const serve = context;
    serve->pace = NULL;
    streams_wake(serve);
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

static int stream_open(lee_serve *serve, connection *c, struct lws *wsi)
{
    char query[256];
    uint64_t after = UINT64_MAX;
    query_copy(wsi, query, sizeof query);
    (void)lee_query_number(query, "after", &after);
    *c = (connection){.wsi = wsi, .reader = lee_stream_join(serve->stream, after)};
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

static void stream_close(lee_serve *serve, connection *c)
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

static int stream_send_away(lee_serve *serve, connection *c, unsigned code, const char *why)
{
    unsigned char text[64];
    const size_t length = strlen(why);
    assert(length < sizeof text);
    memcpy(text, why, length);
    serve->counters.streams_behind += code == 1013 ? 1 : 0;
    lws_close_reason(c->wsi, (enum lws_close_status)code, text, length);
    return -1;
}

static int stream_write(lee_serve *serve, connection *c)
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

static int stream_heard(lee_serve *serve, connection *c, size_t length)
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
static void streams_check(lee_serve *serve, int64_t now_ms)
{
    connection *next = NULL;
    for (connection *c = serve->streams; c; c = next) {
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
        if (stalled_ms > STALL_S * 1000 || (c->behind && stalled_ms > LAG_MAX_MS)) {
            /* The code 1013 would wait behind what it does not read. */
            serve->counters.streams_behind++;
            lws_set_timeout(c->wsi, PENDING_TIMEOUT_KILLED_BY_PARENT, LWS_TO_KILL_ASYNC);
        }
    }
}

/* --- lws ------------------------------------------------------------------------------------- */

static int callback_stream(lee_serve *serve, connection *c, struct lws *wsi,
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

static int callback_http(lee_serve *serve, connection *c, enum lws_callback_reasons reason,
                         void *in, size_t length)
{
    if (reason == LWS_CALLBACK_HTTP) {
        return request_begin(serve, c, in, length);
    }
    if (reason == LWS_CALLBACK_HTTP_BODY) {
        if (c->posting && c->body_wanted && length > 0) {
            lee_buffer_bytes(&c->body_in, in, length);
        }
        return 0;
    }
    if (reason == LWS_CALLBACK_HTTP_BODY_COMPLETION) {
        return body_complete(serve, c);
    }
    if (reason == LWS_CALLBACK_HTTP_WRITEABLE) {
        return body_write(serve, c);
    }
    if (!c->reader) {
        request_drop(c);
    }
    return 0;
}

static int callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                    size_t length)
{
    struct lws_context *const context = lws_get_context(wsi);
    lee_serve *const serve = context ? lws_context_user(context) : NULL;
    connection *const c = user;
    if (!serve) {
        return 0;
    }
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wswitch-enum"
    /* lws has a hundred reasons; those not named need nothing. */
    switch (reason) {
    case LWS_CALLBACK_RAW_RX_FILE:
        return lee_loop_run_once(serve->loop, 0) == LEE_OK ? 0 : -1;
    case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
        return upgrade_check(serve, wsi);
    case LWS_CALLBACK_ESTABLISHED:
    case LWS_CALLBACK_SERVER_WRITEABLE:
    case LWS_CALLBACK_RECEIVE:
    case LWS_CALLBACK_CLOSED:
        return callback_stream(serve, c, wsi, reason, length);
    case LWS_CALLBACK_HTTP:
    case LWS_CALLBACK_HTTP_BODY:
    case LWS_CALLBACK_HTTP_BODY_COMPLETION:
    case LWS_CALLBACK_HTTP_WRITEABLE:
    case LWS_CALLBACK_CLOSED_HTTP:
    case LWS_CALLBACK_HTTP_DROP_PROTOCOL:
        if (c) {
            c->wsi = wsi;
            return callback_http(serve, c, reason, in, length);
        }
        return 0;
    case LWS_CALLBACK_SERVER_NEW_CLIENT_INSTANTIATED:
        serve->counters.connections++;
        return 0;
    case LWS_CALLBACK_WSI_DESTROY:
        if (!serve->freeing && serve->counters.connections > 0) {
            serve->counters.connections--;
        }
        return 0;
    default:
        return 0;
    }
#pragma GCC diagnostic pop
}

/* --- accepting ------------------------------------------------------------------------------- */

static void connection_adopt(lee_serve *serve, int fd)
{
    static const char full[] = "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n"
                               "Content-Length: 0\r\n\r\n";
    if (serve->counters.connections >= serve->options.connections_max) {
        serve->counters.connections_refused++;
        (void)lee_socket_write(fd, full, sizeof full - 1);
        lee_descriptor_close(fd);
        return;
    }
    lws_sock_file_fd_type descriptor;
    descriptor.sockfd = fd;
    /* On failure lws has closed it. */
    if (!lws_adopt_descriptor_vhost(serve->vhost, LWS_ADOPT_SOCKET | LWS_ADOPT_HTTP, descriptor,
                                    NULL, NULL)) {
        serve->counters.connections_refused++;
    }
}

static void accept_ready(void *context, int fd, int events)
{
    (void)events;
    lee_serve *const serve = context;
    for (int i = 0; i < 64; i++) {
        const int accepted = lee_socket_accept(fd);
        if (accepted >= 0) {
            connection_adopt(serve, accepted);
        } else if (accepted == -EAGAIN) {
            return;
        } else if (accepted != -ECONNABORTED && accepted != -EINTR) {
            /* Out of descriptors: without a pause the loop would spin on it. */
            serve->accept_paused = lee_loop_modify(serve->loop, serve->listen_watch, 0) == LEE_OK;
            return;
        }
    }
}

/* --- the second ------------------------------------------------------------------------------ */

static void track_put(void *context, const lee_track *track)
{
    lee_tracks_view_put(context, track);
}

static void status_refresh(lee_serve *serve)
{
    lee_json json;
    lee_buffer_reset(&serve->status);
    lee_json_begin(&json, &serve->status);
    serve->handlers.write_status(serve->handlers.context, &json);
    lee_stream_set_status(serve->stream, &serve->status);
}

static void tick(void *context)
{
    lee_serve *const serve = context;
    if (serve->accept_paused) {
        serve->accept_paused =
            lee_loop_modify(serve->loop, serve->listen_watch, LEE_LOOP_READ) != LEE_OK;
    }
    status_refresh(serve);
    if (serve->counters.streams > 0) {
        lee_tracks_view_begin(serve->tracks, serve->handlers.now_us(serve->handlers.context));
        serve->handlers.each_track(serve->handlers.context, track_put, serve->tracks);
        lee_tracks_view_end(serve->tracks);
    }
    streams_check(serve, lee_loop_now_ms(serve->loop));
    streams_wake(serve);
}

static void connections_write(void *context, lee_buffer *out)
{
    const lee_serve *const serve = context;
    const lee_serve_counters *const sums = &serve->counters;
    const struct {
        const char *name;
        const char *type;
        const char *help;
        uint64_t value;
    } rows[] = {
        {"leeward_http_connections", "gauge", "Connections open", sums->connections},
        {"leeward_http_connections_refused_total", "counter", "Connections refused as too many",
         sums->connections_refused},
        {"leeward_streams", "gauge", "Listeners of the live stream", sums->streams},
        {"leeward_streams_behind_total", "counter", "Listeners closed as too slow",
         sums->streams_behind},
        {"leeward_streams_refused_total", "counter", "Listeners refused", sums->upgrades_refused},
        {"leeward_stream_messages_total", "counter", "Messages sent to listeners",
         sums->messages_sent},
        {"leeward_http_sent_bytes_total", "counter", "Bytes of bodies and messages sent",
         sums->bytes_sent},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char line[256];
        (void)snprintf(line, sizeof line, "# HELP %s %s.\n# TYPE %s %s\n%s %llu\n", rows[i].name,
                       rows[i].help, rows[i].name, rows[i].type, rows[i].name,
                       (unsigned long long)rows[i].value);
        lee_buffer_text(out, line);
    }
}

/* --- creation -------------------------------------------------------------------------------- */

static const struct lws_protocols protocols[] = {{.name = "leeward",
                                                  .callback = callback,
                                                  .per_session_data_size = sizeof(connection),
                                                  .rx_buffer_size = 2048,
                                                  .tx_packet_size = TX_PACKET_BYTES},
                                                 {.name = NULL}};

/* Pings find peers that vanished without a word. */
static const lws_retry_bo_t idle_policy = {.secs_since_valid_ping = 20,
                                           .secs_since_valid_hangup = 45};

static lee_error fail(lee_error_info *error, lee_error code, const char *field, const char *reason)
{
    *error = (lee_error_info){.code = code, .field = field, .reason = reason};
    return code;
}

static lee_error listen_open(lee_serve *serve, lee_error_info *error)
{
    char host[LEE_HOST_BYTES];
    uint16_t port = 0;
    const char *reason = NULL;
    lee_address address;
    if (!lee_host_port_parse(serve->options.listen, strlen(serve->options.listen), false, true,
                             host, &port, &reason)) {
        return fail(error, LEE_ERR_SYNTAX, "listen", reason);
    }
    if (!lee_address_parse(strcmp(host, "localhost") == 0 ? "127.0.0.1" : host, port, &address)) {
        return fail(error, LEE_ERR_SYNTAX, "listen",
                    "a numeric address is needed, such as 127.0.0.1:8080");
    }
    serve->loopback = lee_address_is_loopback(&address);
    serve->listen_fd = lee_socket_listen(&address);
    if (serve->listen_fd < 0) {
        return fail(error, LEE_ERR_IO, "listen",
                    serve->listen_fd == -EADDRINUSE ? "another program listens there already"
                    : serve->listen_fd == -EACCES   ? "this port needs privileges"
                                                    : "the system does not let us listen there");
    }
    serve->port = lee_socket_port(serve->listen_fd);
    return LEE_OK;
}

static lee_error service_open(lee_serve *serve, lee_error_info *error)
{
    lws_set_log_level(0, NULL);
    struct lws_context_creation_info info;
    memset(&info, 0, sizeof info);
    info.port = CONTEXT_PORT_NO_LISTEN_SERVER;
    info.protocols = protocols;
    info.user = serve;
    info.gid = -1;
    info.uid = -1;
    info.options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS |
                   LWS_SERVER_OPTION_SKIP_SERVER_CANONICAL_NAME |
                   LWS_SERVER_OPTION_DISABLE_OS_CA_CERTS;
    info.server_string = "leeward";
    info.max_http_header_data = 8192;
    info.max_http_header_pool = (unsigned short)serve->options.connections_max;
    info.fd_limit_per_thread = serve->options.connections_max + 64;
    info.timeout_secs = 10;
    info.timeout_secs_ah_idle = 10;
    info.keepalive_timeout = 30;
    info.retry_and_idle_policy = &idle_policy;
    serve->lws = lws_create_context(&info);
    serve->vhost = serve->lws ? lws_create_vhost(serve->lws, &info) : NULL;
    if (!serve->vhost) {
        return fail(error, LEE_ERR_IO, NULL, "libwebsockets does not start");
    }
    lws_sock_file_fd_type descriptor;
    descriptor.filefd = lee_descriptor_copy(lee_loop_fd(serve->loop));
    if (descriptor.filefd < 0 || !lws_adopt_descriptor_vhost(serve->vhost, LWS_ADOPT_RAW_FILE_DESC,
                                                             descriptor, protocols[0].name, NULL)) {
        return fail(error, LEE_ERR_IO, NULL, "libwebsockets does not take the loop");
    }
    return LEE_OK;
}

static lee_error parts_make(lee_serve *serve, const lee_access *access, lee_error_info *error)
{
    const lee_routes_options options = {.handlers = &serve->handlers,
                                        .picture = serve->picture,
                                        .access = access,
                                        .page_folder = serve->options.page_folder,
                                        .stale_after_us = serve->options.stale_after_us,
                                        .write_connections = connections_write,
                                        .context = serve};
    serve->routes = lee_routes_create(&options);
    serve->tracks = lee_tracks_view_create(LEE_TRACKS_MAX, serve->options.stale_after_us);
    serve->stream = serve->tracks ? lee_stream_create(serve->picture, serve->tracks) : NULL;
    if (!serve->routes || !serve->stream ||
        lee_loop_add_timer(serve->loop, TICK_MS, TICK_MS, tick, serve, &serve->tick) != LEE_OK ||
        lee_loop_add(serve->loop, serve->listen_fd, LEE_LOOP_READ, accept_ready, serve,
                     &serve->listen_watch) != LEE_OK) {
        return fail(error, LEE_ERR_NO_MEMORY, NULL, "out of memory");
    }
    lee_stream_on_change(serve->stream, streams_wake, serve);
    status_refresh(serve);
    return LEE_OK;
}

lee_error lee_serve_create(const lee_serve_options *options, const lee_serve_handlers *handlers,
                           lee_loop *loop, lee_picture *picture, const lee_access *access,
                           lee_serve **out, lee_error_info *error)
{
    assert(options && options->listen && handlers && loop && picture && access);
    assert(out && error);
    assert(options->connections_max > 0 && options->connections_max <= 32768);

    lee_serve *const serve = lee_alloc(1, sizeof *serve);
    if (!serve) {
        return fail(error, LEE_ERR_NO_MEMORY, NULL, "out of memory");
    }
    serve->loop = loop;
    serve->picture = picture;
    serve->handlers = *handlers;
    serve->options = *options;
    serve->listen_fd = -1;
    lee_buffer_init(&serve->status, 1024u * 1024u);
    (void)snprintf(serve->allowed_host, sizeof serve->allowed_host, "%s",
                   options->allowed_host ? options->allowed_host : "");
    lee_error result = listen_open(serve, error);
    if (result == LEE_OK) {
        result = service_open(serve, error);
    }
    if (result == LEE_OK) {
        result = parts_make(serve, access, error);
    }
    if (result != LEE_OK) {
        lee_serve_free(serve);
        return result;
    }
    *out = serve;
    return LEE_OK;
}

void lee_serve_free(lee_serve *serve)
{
    if (!serve) {
        return;
    }
    serve->freeing = true;
    lee_loop_remove(serve->loop, serve->listen_watch);
    lee_loop_remove_timer(serve->loop, serve->tick);
    lee_loop_remove_timer(serve->loop, serve->pace);
    if (serve->lws) {
        lws_context_destroy(serve->lws);
    }
    lee_descriptor_close(serve->listen_fd);
    lee_stream_free(serve->stream);
    lee_tracks_view_free(serve->tracks);
    lee_routes_free(serve->routes);
    lee_buffer_free(&serve->status);
    lee_free(serve);
}

uint16_t lee_serve_port(const lee_serve *serve)
{
    assert(serve);
    return serve->port;
}

lee_error lee_serve_step(lee_serve *serve)
{
    assert(serve);
    return lws_service(serve->lws, 0) < 0 ? LEE_ERR_IO : LEE_OK;
}

void lee_serve_count(const lee_serve *serve, lee_serve_counters *out)
{
    assert(serve && out);
    *out = serve->counters;
}
