/* serve/serve.h: the HTTP interface of docs/api.md, on one port and one thread.
 *
 * It holds the loop given to it: one lee_serve_step waits for whatever comes first, a request or
 * something of the loop, and handles it. What is told comes from the picture alone; whatever is
 * decided is decided behind the handlers. */
#ifndef LEE_SERVE_SERVE_H
#define LEE_SERVE_SERVE_H

#include <stdint.h>

#include "io/loop.h"
#include "leeward/error.h"
#include "serve/access.h"
#include "serve/picture.h"
#include "serve/routes.h"

typedef struct {
    const char *listen;      /* "127.0.0.1:8080", "[::1]:8080"; port 0: the system picks */
    const char *page_folder; /* NULL: the page built in */
    /* PEM files, or both NULL: then it speaks without TLS. */
    const char *tls_certificate;
    const char *tls_key;
    const char *allowed_host; /* NULL, or the name a reverse proxy is reached by, without port */
    uint32_t connections_max;
    uint32_t streams_max;
    int64_t stale_after_us; /* a position older than this is shown as stale */
} lee_serve_options;

void lee_serve_options_default(lee_serve_options *out);

typedef struct lee_serve lee_serve;

/* Listens. Loop, picture and access are borrowed and must outlive it; the handlers are copied.
 * LEE_ERR_SYNTAX: listen is not a numeric address and port; LEE_ERR_IO: it cannot be listened on;
 * those of lee_tls_check; LEE_ERR_NO_MEMORY; *error (not NULL) says why. One per process may exist
 * at a time. */
LEE_CHECK_RESULT
lee_error lee_serve_create(const lee_serve_options *options, const lee_serve_handlers *handlers,
                           lee_loop *loop, lee_picture *picture, const lee_access *access,
                           lee_serve **out, lee_error_info *error);

/* Closes every connection. */
void lee_serve_free(lee_serve *serve);

/* The port listened on. */
uint16_t lee_serve_port(const lee_serve *serve);

/* Waits until something is due, here or on the loop, and handles it. Returns after each round, so
 * that a flag set by a callback of the loop is seen. LEE_ERR_IO: it cannot go on. */
LEE_CHECK_RESULT
lee_error lee_serve_step(lee_serve *serve);

/* Gives an answer that was promised for a ticket (serve/routes.h); nobody may wait for it any more.
 * The bytes are copied. Status 0: there is none, who asked shall come again. */
void lee_serve_finish(lee_serve *serve, uint64_t ticket, unsigned status, const char *type,
                      const void *bytes, size_t length);

/* Sums since the start, and what is open now. */
typedef struct {
    uint32_t connections;
    uint32_t streams;
    uint64_t connections_refused;
    uint64_t messages_sent;
    uint64_t bytes_sent;
    uint64_t streams_behind;   /* closed with 1013 */
    uint64_t upgrades_refused; /* wrong origin, host or path */
} lee_serve_counters;

void lee_serve_count(const lee_serve *serve, lee_serve_counters *out);

#endif
