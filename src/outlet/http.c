#include "outlet/http.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* An answer that nobody reads may be as long as its sender likes. */
static size_t take_body(char *bytes, size_t size, size_t count, void *context)
{
    lee_buffer *const answer = context;
    if (!answer) {
        return size * count;
    }
    lee_buffer_bytes(answer, bytes, size * count);
    return answer->error ? 0 : size * count;
}

static int look_whether_to_stop(void *context, curl_off_t a, curl_off_t b, curl_off_t c,
                                curl_off_t d)
{
    (void)a;
    (void)b;
    (void)c;
    (void)d;
    const lee_http *const http = context;
    return http->stopping && atomic_load(http->stopping) ? 1 : 0;
}

static bool set_up(lee_http *http, const char *ca_file, int32_t timeout_ms)
{
    CURL *const curl = http->curl;
    bool good = true;
    good = good && !curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    good = good && !curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    /* Only what the configuration says decides where something goes, not the environment. */
    good = good && !curl_easy_setopt(curl, CURLOPT_PROXY, "");
    good = good && !curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    good = good && !curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
    good = good && !curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)timeout_ms);
    good = good && !curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    good = good && !curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    good = good && !curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, look_whether_to_stop);
    good = good && !curl_easy_setopt(curl, CURLOPT_XFERINFODATA, http);
    good = good && !curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, http->error);
    good = good && !curl_easy_setopt(curl, CURLOPT_USERAGENT, "leeward");
    if (ca_file) {
        good = good && !curl_easy_setopt(curl, CURLOPT_CAINFO, ca_file);
    }
    return good;
}

bool lee_http_open(lee_http *http, const char *ca_file, int32_t timeout_ms,
                   const atomic_bool *stopping)
{
    assert(http && timeout_ms > 0);
    *http = (lee_http){.stopping = stopping};
    /* Counted by the library: each has its own, and the last one cleans up. */
    if (curl_global_init(CURL_GLOBAL_DEFAULT)) {
        return false;
    }
    http->curl = curl_easy_init();
    if (http->curl && set_up(http, ca_file, timeout_ms)) {
        return true;
    }
    lee_http_close(http);
    return false;
}

void lee_http_close(lee_http *http)
{
    assert(http);
    curl_easy_cleanup(http->curl);
    http->curl = NULL;
    curl_global_cleanup();
}

struct curl_slist *lee_http_header(struct curl_slist *list, const char *name, const char *value,
                                   bool *failed)
{
    char line[512];
    const int length = snprintf(line, sizeof line, "%s: %s", name, value);
    struct curl_slist *longer = NULL;
    if (length > 0 && (size_t)length < sizeof line) {
        longer = curl_slist_append(list, line);
    }
    *failed = *failed || !longer;
    return longer ? longer : list;
}

unsigned lee_http_post(lee_http *http, const char *url, struct curl_slist *headers,
                       const void *body, size_t length, lee_buffer *answer)
{
    assert(http && http->curl && url && (body || length == 0));
    long status = 0;
    http->error[0] = '\0';
    if (answer) {
        lee_buffer_reset(answer);
    }
    if (curl_easy_setopt(http->curl, CURLOPT_URL, url) ||
        curl_easy_setopt(http->curl, CURLOPT_WRITEDATA, answer) ||
        curl_easy_setopt(http->curl, CURLOPT_HTTPHEADER, headers) ||
        curl_easy_setopt(http->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)length) ||
        curl_easy_setopt(http->curl, CURLOPT_POSTFIELDS, (const char *)body)) {
        (void)snprintf(http->error, sizeof http->error, "out of memory");
        return 0;
    }
    const CURLcode code = curl_easy_perform(http->curl);
    if (code == CURLE_OK) {
        (void)curl_easy_getinfo(http->curl, CURLINFO_RESPONSE_CODE, &status);
    } else if (http->error[0] == '\0') {
        (void)snprintf(http->error, sizeof http->error, "%s", curl_easy_strerror(code));
    }
    (void)curl_easy_setopt(http->curl, CURLOPT_HTTPHEADER, NULL);
    return status > 0 ? (unsigned)status : 0;
}
