#include "serve/witness_server.h"

#include <assert.h>
#include <libwebsockets.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "io/loop.h"
#include "io/socket.h"

#define CONNECTIONS_MAX 256u
#define PATH_WANTED "/add-checkpoint"

struct lee_witness_server {
    lee_witness *witness;
    uint64_t (*now_s)(void);
    struct lws_context *lws;
    struct lws_vhost *vhost;
};

/* lws gives each connection zeroed memory of this size. */
typedef struct {
    lee_buffer in;
    bool is_wanted;
    lee_witness_answer answer;
    bool is_answered;
} connection;

static void drop(connection *c)
{
    lee_buffer_free(&c->in);
    lee_buffer_free(&c->answer.body);
    memset(c, 0, sizeof *c);
}

/* Sends the head of the answer; the body follows when it may be written. */
static int begin_answer(struct lws *wsi, connection *c)
{
    uint8_t room[LWS_PRE + 1024];
    uint8_t *at = room + LWS_PRE;
    uint8_t *const end = room + sizeof room - 1;
    c->is_answered = true;
    if (lws_add_http_common_headers(wsi, c->answer.status, c->answer.type, c->answer.body.length,
                                    &at, end) ||
        lws_finalize_write_http_header(wsi, room + LWS_PRE, &at, end)) {
        return -1;
    }
    lws_callback_on_writable(wsi);
    return 0;
}

static int answer_text(struct lws *wsi, connection *c, unsigned status, const char *text)
{
    c->answer = (lee_witness_answer){.status = status, .type = "text/plain; charset=utf-8"};
    lee_buffer_init(&c->answer.body, 256);
    lee_buffer_text(&c->answer.body, text);
    return begin_answer(wsi, c);
}

static int begin_request(struct lws *wsi, connection *c, const char *path, size_t length)
{
    drop(c);
    const bool known = length == strlen(PATH_WANTED) && memcmp(path, PATH_WANTED, length) == 0;
    if (!known) {
        return answer_text(wsi, c, 404, "there is only POST /add-checkpoint here\n");
    }
    if (lws_hdr_total_length(wsi, WSI_TOKEN_POST_URI) <= 0) {
        return answer_text(wsi, c, 405, "add-checkpoint is a POST\n");
    }
    if (lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH) <= 0) {
        return answer_text(wsi, c, 411, "the length of the body is not said\n");
    }
    c->is_wanted = true;
    lee_buffer_init(&c->in, LEE_WITNESS_REQUEST_MAX_BYTES);
    return 0;
}

static int end_request(const lee_witness_server *server, struct lws *wsi, connection *c)
{
    if (!c->is_wanted) {
        return 0;
    }
    c->is_wanted = false;
    if (c->in.error) {
        return answer_text(wsi, c, 413, "the request is too long\n");
    }
    lee_witness_add_checkpoint(server->witness, (const char *)c->in.bytes, c->in.length,
                               server->now_s(), &c->answer);
    return begin_answer(wsi, c);
}

static int end_answer(struct lws *wsi, connection *c)
{
    if (!c->is_answered) {
        return 0;
    }
    uint8_t room[LWS_PRE + 4096];
    const size_t length = c->answer.body.length;
    if (length > sizeof room - LWS_PRE || c->answer.body.error) {
        return -1;
    }
    memcpy(room + LWS_PRE, c->answer.body.bytes, length);
    const bool sent = lws_write(wsi, room + LWS_PRE, length, LWS_WRITE_HTTP_FINAL) == (int)length;
    drop(c);
    return !sent || lws_http_transaction_completed(wsi) ? -1 : 0;
}

static int callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                    size_t length)
{
    struct lws_context *const context = lws_get_context(wsi);
    const lee_witness_server *const server = context ? lws_context_user(context) : NULL;
    connection *const c = user;
    if (!server || !c) {
        return 0;
    }
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wswitch-enum"
    /* lws has a hundred reasons; those not named need nothing. */
    switch (reason) {
    case LWS_CALLBACK_HTTP:
        return begin_request(wsi, c, in, length);
    case LWS_CALLBACK_HTTP_BODY:
        if (c->is_wanted) {
            lee_buffer_bytes(&c->in, in, length);
        }
        return 0;
    case LWS_CALLBACK_HTTP_BODY_COMPLETION:
        return end_request(server, wsi, c);
    case LWS_CALLBACK_HTTP_WRITEABLE:
        return end_answer(wsi, c);
    case LWS_CALLBACK_CLOSED_HTTP:
    case LWS_CALLBACK_HTTP_DROP_PROTOCOL:
        drop(c);
        return 0;
    default:
        return 0;
    }
#pragma GCC diagnostic pop
}

static const struct lws_protocols protocols[] = {{.name = "witness",
                                                  .callback = callback,
                                                  .per_session_data_size = sizeof(connection),
                                                  .rx_buffer_size = 4096},
                                                 {.name = NULL}};

static lee_error fail(lee_error_info *error, lee_error code, const char *reason)
{
    *error = (lee_error_info){.code = code, .field = "listen", .reason = reason};
    return code;
}

static lee_error open_service(lee_witness_server *server, const char *host, uint16_t port,
                              lee_error_info *error)
{
    lws_set_log_level(0, NULL);
    struct lws_context_creation_info info;
    memset(&info, 0, sizeof info);
    info.port = port;
    info.iface = host;
    info.protocols = protocols;
    info.user = server;
    info.gid = -1;
    info.uid = -1;
    info.options =
        LWS_SERVER_OPTION_EXPLICIT_VHOSTS | LWS_SERVER_OPTION_SKIP_SERVER_CANONICAL_NAME |
        LWS_SERVER_OPTION_DISABLE_OS_CA_CERTS | LWS_SERVER_OPTION_FAIL_UPON_UNABLE_TO_BIND;
    info.server_string = "leeward";
    info.max_http_header_data = 4096;
    info.max_http_header_pool = CONNECTIONS_MAX;
    info.fd_limit_per_thread = CONNECTIONS_MAX;
    info.timeout_secs = 10;
    info.timeout_secs_ah_idle = 10;
    info.keepalive_timeout = 30;
    server->lws = lws_create_context(&info);
    server->vhost = server->lws ? lws_create_vhost(server->lws, &info) : NULL;
    return server->vhost ? LEE_OK
                         : fail(error, LEE_ERR_IO, "the system does not let us listen there");
}

lee_error lee_witness_server_create(const char *listen, lee_witness *witness,
                                    uint64_t (*now_s)(void), lee_witness_server **out,
                                    lee_error_info *error)
{
    assert(listen && witness && now_s && out && error);
    char host[LEE_HOST_BYTES];
    uint16_t port = 0;
    const char *reason = NULL;
    lee_address address;
    if (!lee_host_port_parse(listen, strlen(listen), false, true, host, &port, &reason)) {
        return fail(error, LEE_ERR_SYNTAX, reason);
    }
    if (!lee_address_parse(host, port, &address)) {
        return fail(error, LEE_ERR_SYNTAX, "a numeric address is needed, such as 127.0.0.1:8081");
    }
    lee_witness_server *const server = lee_alloc(1, sizeof *server);
    if (!server) {
        return fail(error, LEE_ERR_NO_MEMORY, "out of memory");
    }
    server->witness = witness;
    server->now_s = now_s;
    const lee_error failed = open_service(server, host, port, error);
    if (failed) {
        lee_witness_server_free(server);
        return failed;
    }
    *out = server;
    return LEE_OK;
}

void lee_witness_server_free(lee_witness_server *server)
{
    if (server) {
        if (server->lws) {
            lws_context_destroy(server->lws);
        }
        lee_free(server);
    }
}

uint16_t lee_witness_server_port(const lee_witness_server *server)
{
    assert(server);
    return (uint16_t)lws_get_vhost_listen_port(server->vhost);
}

lee_error lee_witness_server_step(lee_witness_server *server)
{
    assert(server);
    return lws_service(server->lws, 0) < 0 ? LEE_ERR_IO : LEE_OK;
}
