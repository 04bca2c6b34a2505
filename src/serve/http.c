#include <stdio.h>
#include <string.h>

#include "serve/serve_private.h"

/* --- requests --------------------------------------------------------------------------------- */

/* Copies a header; "" when it is not there or too long. */
void lee__header_copy(struct lws *wsi, enum lws_token_indexes which, char *out, int capacity)
{
    if (lws_hdr_total_length(wsi, which) <= 0 || lws_hdr_copy(wsi, out, capacity, which) < 0) {
        out[0] = '\0';
    }
}

/* Joins what lws has split at '&'. */
void lee__query_copy(struct lws *wsi, char *out, size_t capacity)
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
bool lee__host_allowed(const lee_serve *serve, struct lws *wsi)
{
    char host[280];
    char name[256];
    if (!serve->loopback) {
        return true;
    }
    lee__header_copy(wsi, WSI_TOKEN_HOST, host, sizeof host);
    if (!host_name(host, name, sizeof name)) {
        return false;
    }
    return strcmp(name, "localhost") == 0 || strcmp(name, "127.0.0.1") == 0 ||
           strcmp(name, "::1") == 0 ||
           (serve->allowed_host[0] != '\0' && strcmp(name, serve->allowed_host) == 0);
}

/* --- answers ---------------------------------------------------------------------------------- */

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
    char retry[16];
    (void)snprintf(retry, sizeof retry, "%u", response->retry_after_s);
    header_put(&writer, "retry-after:", response->retry_after_s > 0 ? retry : NULL);
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

static int transaction_end(lee__connection *c)
{
    lee_message_release(c->body);
    c->body = NULL;
    return c->close_after || lws_http_transaction_completed(c->wsi) ? -1 : 0;
}

/* Sends the headers and leaves the body to the callbacks that may write. Takes the response over.
 * Returns what the callback of lws returns. */
static int answer_begin(lee__connection *c, lee_response *response, bool head)
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
    lws_set_timeout(c->wsi, PENDING_TIMEOUT_HTTP_CONTENT, LEE__STALL_S);
    (void)lws_callback_on_writable(c->wsi);
    return 0;
}

/* Sends a short answer at once and closes: for requests whose rest we do not want. */
static int answer_and_close(lee_serve *serve, struct lws *wsi, lee_response *response)
{
    if (headers_send(wsi, response, true) && response->body) {
        const size_t length = lee_message_length(response->body);
        if (length <= LEE__CHUNK_BYTES) {
            memcpy(serve->chunk + LWS_PRE, lee_message_bytes(response->body), length);
            (void)lws_write(wsi, serve->chunk + LWS_PRE, length, LWS_WRITE_HTTP_FINAL);
        }
    }
    lee_message_release(response->body);
    return -1;
}

int lee__refuse_and_close(lee_serve *serve, struct lws *wsi, unsigned status, const char *code,
                          const char *message)
{
    lee_response response;
    lee_routes_error(status, code, message, &response);
    return answer_and_close(serve, wsi, &response);
}

static int body_write(lee_serve *serve, lee__connection *c)
{
    if (!c->body) {
        return 0;
    }
    const size_t length = lee_message_length(c->body);
    do {
        const size_t left = length - c->sent;
        const size_t part = left < LEE__CHUNK_BYTES ? left : LEE__CHUNK_BYTES;
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
    lws_set_timeout(c->wsi, PENDING_TIMEOUT_HTTP_CONTENT, LEE__STALL_S);
    (void)lws_callback_on_writable(c->wsi);
    return 0;
}

/* --- one request ------------------------------------------------------------------------------ */

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

/* --- answers that come later -------------------------------------------------------------------
 */

static void wait_begin(lee_serve *serve, lee__connection *c, uint64_t ticket, bool head_only)
{
    c->ticket = ticket;
    c->head_only = head_only;
    c->previous = NULL;
    c->next = serve->waiting;
    if (c->next) {
        c->next->previous = c;
    }
    serve->waiting = c;
    lws_set_timeout(c->wsi, PENDING_TIMEOUT_HTTP_CONTENT, LEE__LATER_S);
}

static void wait_end(lee_serve *serve, lee__connection *c)
{
    if (c->ticket == 0) {
        return;
    }
    if (c->previous) {
        c->previous->next = c->next;
    } else {
        serve->waiting = c->next;
    }
    if (c->next) {
        c->next->previous = c->previous;
    }
    c->ticket = 0;
    c->next = NULL;
    c->previous = NULL;
}

void lee__finish(lee_serve *serve, uint64_t ticket, lee_response *response)
{
    for (lee__connection *c = serve->waiting; c; c = c->next) {
        if (c->ticket == ticket) {
            wait_end(serve, c);
            c->later = *response;
            c->has_later = true;
            (void)lws_callback_on_writable(c->wsi);
            return;
        }
    }
    lee_message_release(response->body);
}

static int request_answer(lee_serve *serve, lee__connection *c, const lee_request *request)
{
    lee_response response;
    lee_routes_answer(serve->routes, request, lee_loop_now_ms(serve->loop), &response);
    if (response.ticket != 0) {
        wait_begin(serve, c, response.ticket, request->method == LEE_METHOD_HEAD);
        return 0;
    }
    return answer_begin(c, &response, request->method == LEE_METHOD_HEAD);
}

static int request_begin(lee_serve *serve, lee__connection *c, const char *uri, size_t uri_length)
{
    const int64_t length = body_length(c->wsi);
    const lee_method method = method_of(c->wsi);
    if (length == -2) {
        return lee__refuse_and_close(serve, c->wsi, 400, "invalid",
                                     "the length of the body is unclear");
    }
    if (!lee__host_allowed(serve, c->wsi)) {
        return lee__refuse_and_close(serve, c->wsi, 421, "misdirected",
                                     "this host is not served here");
    }
    if (length > 0 && method != LEE_METHOD_POST) {
        return lee__refuse_and_close(serve, c->wsi, 400, "invalid", "only POST has a body");
    }
    if (length > (int64_t)LEE_BODY_MAX_BYTES) {
        return lee__refuse_and_close(serve, c->wsi, 413, "too_large", "a body has at most 64 KiB");
    }
    if (uri_length >= sizeof c->path || memchr(uri, '\0', uri_length)) {
        return lee__refuse_and_close(serve, c->wsi, 414, "too_large", "the path is too long");
    }
    memcpy(c->path, uri, uri_length);
    c->path[uri_length] = '\0';
    lee__query_copy(c->wsi, c->query, sizeof c->query);
    lee__header_copy(c->wsi, WSI_TOKEN_HTTP_AUTHORIZATION, c->authorization,
                     sizeof c->authorization);
    char if_none_match[64];
    char encodings[128];
    lee__header_copy(c->wsi, WSI_TOKEN_HTTP_IF_NONE_MATCH, if_none_match, sizeof if_none_match);
    lee__header_copy(c->wsi, WSI_TOKEN_HTTP_ACCEPT_ENCODING, encodings, sizeof encodings);
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

static int body_complete(lee_serve *serve, lee__connection *c)
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

static void request_drop(lee_serve *serve, lee__connection *c)
{
    if (c->ticket != 0) {
        if (serve->handlers.forget && !serve->freeing) {
            serve->handlers.forget(serve->handlers.context, c->ticket);
        }
        wait_end(serve, c);
    }
    if (c->has_later) {
        lee_message_release(c->later.body);
        c->has_later = false;
    }
    lee_message_release(c->body);
    c->body = NULL;
    lee_buffer_free(&c->body_in);
    c->posting = false;
}

int lee__http_callback(lee_serve *serve, lee__connection *c, enum lws_callback_reasons reason,
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
    if (reason == LWS_CALLBACK_HTTP_WRITEABLE && c->has_later) {
        c->has_later = false;
        return answer_begin(c, &c->later, c->head_only);
    }
    if (reason == LWS_CALLBACK_HTTP_WRITEABLE) {
        return body_write(serve, c);
    }
    if (!c->reader) {
        request_drop(serve, c);
    }
    return 0;
}
