#include "serve/serve.h"

#include <assert.h>
#include <errno.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/limits.h"
#include "io/socket.h"
#include "serve/metric.h"
#include "serve/serve_private.h"
#include "serve/tls.h"

/* What lws passes to the kernel at once. Left at 0 it is rx_buffer_size, and a large message then
 * trickles out over dozens of rounds while the events behind it wait (measured: 0.4 s). */
#define TX_PACKET_BYTES (256u * 1024u)
#define TICK_MS 1000

void lee_serve_options_default(lee_serve_options *out)
{
    assert(out);
    *out = (lee_serve_options){.listen = "127.0.0.1:8080",
                               .connections_max = 2048,
                               .streams_max = 1536,
                               .stale_after_us = 15000000};
}

/* --- lws -------------------------------------------------------------------------------------- */

static int callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                    size_t length)
{
    struct lws_context *const context = lws_get_context(wsi);
    lee_serve *const serve = context ? lws_context_user(context) : NULL;
    lee__connection *const c = user;
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
        return lee__live_check(serve, wsi);
    case LWS_CALLBACK_ESTABLISHED:
    case LWS_CALLBACK_SERVER_WRITEABLE:
    case LWS_CALLBACK_RECEIVE:
    case LWS_CALLBACK_CLOSED:
        return lee__live_callback(serve, c, wsi, reason, length);
    case LWS_CALLBACK_HTTP:
    case LWS_CALLBACK_HTTP_BODY:
    case LWS_CALLBACK_HTTP_BODY_COMPLETION:
    case LWS_CALLBACK_HTTP_WRITEABLE:
    case LWS_CALLBACK_CLOSED_HTTP:
    case LWS_CALLBACK_HTTP_DROP_PROTOCOL:
        if (c) {
            c->wsi = wsi;
            return lee__http_callback(serve, c, reason, in, length);
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

/* --- accepting -------------------------------------------------------------------------------- */

static void connection_adopt(lee_serve *serve, int fd)
{
    static const char full[] = "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n"
                               "Content-Length: 0\r\n\r\n";
    if (serve->counters.connections >= serve->options.connections_max) {
        serve->counters.connections_refused++;
        if (!serve->options.tls_certificate) {
            (void)lee_socket_write(fd, full, sizeof full - 1);
        }
        lee_descriptor_close(fd);
        return;
    }
    lws_sock_file_fd_type descriptor;
    descriptor.sockfd = fd;
    /* On failure lws has closed it. */
    const lws_adoption_type type = LWS_ADOPT_SOCKET | LWS_ADOPT_HTTP |
                                   (serve->options.tls_certificate ? LWS_ADOPT_ALLOW_SSL : 0);
    if (!lws_adopt_descriptor_vhost(serve->vhost, type, descriptor, NULL, NULL)) {
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

/* --- the second ------------------------------------------------------------------------------- */

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
    lee__live_second(serve, lee_loop_now_ms(serve->loop));
    lee__live_wake(serve);
}

static void connections_write(void *context, lee_buffer *out)
{
    const lee_serve *const serve = context;
    const lee_serve_counters *const sums = &serve->counters;
    const lee_metric rows[] = {
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
    lee_metrics_write(rows, sizeof rows / sizeof rows[0], out);
}

/* --- creation --------------------------------------------------------------------------------- */
static const struct lws_protocols protocols[] = {{.name = "leeward",
                                                  .callback = callback,
                                                  .per_session_data_size = sizeof(lee__connection),
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

/* TLS 1.2 and later. One way of speaking HTTP is enough: the pieces that a listener is sent have
 * their frame headers written before them for HTTP/1.1. */
static lee_error tls_use(lee_serve *serve, struct lws_context_creation_info *info,
                         lee_error_info *error)
{
    const lee_serve_options *const o = &serve->options;
    if (!o->tls_certificate) {
        return LEE_OK;
    }
    const lee_error checked = lee_tls_check(o->tls_certificate, o->tls_key, error);
    if (checked != LEE_OK) {
        return checked;
    }
    info->options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
    info->ssl_cert_filepath = o->tls_certificate;
    info->ssl_private_key_filepath = o->tls_key;
    info->ssl_options_set =
        SSL_OP_NO_SSLv3 | SSL_OP_NO_TLSv1 | SSL_OP_NO_TLSv1_1 | SSL_OP_NO_RENEGOTIATION;
    info->alpn = "http/1.1";
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
    const lee_error tls = tls_use(serve, &info, error);
    if (tls != LEE_OK) {
        return tls;
    }
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
    lee_stream_on_change(serve->stream, lee__live_wake, serve);
    status_refresh(serve);
    return LEE_OK;
}

lee_error lee_serve_create(const lee_serve_options *options, const lee_serve_handlers *handlers,
                           lee_loop *loop, lee_picture *picture, const lee_access *access,
                           lee_serve **out, lee_error_info *error)
{
    assert(options && options->listen && handlers && loop && picture && access);
    assert(out && error);
    assert(!options->tls_certificate == !options->tls_key);
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

void lee_serve_finish(lee_serve *serve, uint64_t ticket, unsigned status, const char *type,
                      const void *bytes, size_t length)
{
    assert(serve && (status == 0 || (type && (bytes || length == 0))));
    lee_response response = {.status = status, .type = type, .cache = "no-store"};
    if (status != 0) {
        response.body = lee_message_create(bytes, length);
    }
    if (!response.body) {
        lee_routes_error(503, "unavailable", "it is not worked out yet; come again", &response);
        response.retry_after_s = 1;
    }
    lee__finish(serve, ticket, &response);
}

void lee_serve_count(const lee_serve *serve, lee_serve_counters *out)
{
    assert(serve && out);
    *out = serve->counters;
}
