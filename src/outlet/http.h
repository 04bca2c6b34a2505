/* outlet/http.h: requests over HTTP with libcurl, as every outlet of this folder makes them. */
#ifndef LEE_OUTLET_HTTP_H
#define LEE_OUTLET_HTTP_H

#include <curl/curl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"

typedef struct {
    CURL *curl;
    const atomic_bool *stopping; /* set by another thread: what is under way is given up */
    char error[CURL_ERROR_SIZE];
} lee_http;

/* One of these for each thread. False: no memory, or the library refused. `ca_file` may be NULL:
 * the system's authorities. */
bool lee_http_open(lee_http *http, const char *ca_file, int32_t timeout_ms,
                   const atomic_bool *stopping);
void lee_http_close(lee_http *http);

/* "NAME: VALUE" for a list of headers; *failed is set when it cannot be had. */
struct curl_slist *lee_http_header(struct curl_slist *list, const char *name, const char *value,
                                   bool *failed);

/* Posts. 0: there was no answer, and http->error says why; else its status. `headers` may be NULL
 * and stays the caller's; the body of the answer goes into `answer` (emptied first) up to its
 * limit, beyond which the answer counts as none; NULL: nobody reads it. */
unsigned lee_http_post(lee_http *http, const char *url, struct curl_slist *headers,
                       const void *body, size_t length, lee_buffer *answer);

#endif
