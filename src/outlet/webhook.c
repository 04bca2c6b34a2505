#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "outlet/carrier.h"

typedef struct {
    lee_carrier carrier; /* first, so that the one is the other */
    const lee_outlet_options *options;
    CURL *curl;
    char error[CURL_ERROR_SIZE];
} webhook;

/* A receiver may answer with as much as it likes; nobody reads it. */
static size_t ignore_body(char *bytes, size_t size, size_t count, void *context)
{
    (void)bytes;
    (void)context;
    return size * count;
}

static int look_whether_to_stop(void *context, curl_off_t a, curl_off_t b, curl_off_t c,
                                curl_off_t d)
{
    (void)a;
    (void)b;
    (void)c;
    (void)d;
    const webhook *hook = context;
    return atomic_load(hook->carrier.stopping) ? 1 : 0;
}

static struct curl_slist *add_header(struct curl_slist *list, const char *name, const char *value,
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

static bool set_up(webhook *hook)
{
    CURL *curl = hook->curl;
    const lee_outlet_options *o = hook->options;
    bool good = true;
    good = good && !curl_easy_setopt(curl, CURLOPT_URL, o->url);
    good = good && !curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    good = good && !curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    /* Only what the configuration says decides where warnings go, not the environment. */
    good = good && !curl_easy_setopt(curl, CURLOPT_PROXY, "");
    good = good && !curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    good = good && !curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)o->timeout_ms);
    good = good && !curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)o->timeout_ms);
    good = good && !curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, ignore_body);
    good = good && !curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    good = good && !curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, look_whether_to_stop);
    good = good && !curl_easy_setopt(curl, CURLOPT_XFERINFODATA, hook);
    good = good && !curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, hook->error);
    good = good && !curl_easy_setopt(curl, CURLOPT_USERAGENT, "leeward");
    if (o->ca_file) {
        good = good && !curl_easy_setopt(curl, CURLOPT_CAINFO, o->ca_file);
    }
    return good;
}

static lee_delivery_state judge_status(long status, char reason[LEE_CARRIER_REASON_BYTES])
{
    if (status >= 200 && status < 300) {
        return LEE_DELIVERY_DELIVERED;
    }
    (void)snprintf(reason, LEE_CARRIER_REASON_BYTES, "the receiver answered %ld", status);
    /* RFC 9110: a 4xx is wrong however often it is sent, but for a timeout, "too early" and "too
     * many requests". */
    const bool final =
        status >= 400 && status < 500 && status != 408 && status != 425 && status != 429;
    return final ? LEE_DELIVERY_FAILED : LEE_DELIVERY_PENDING;
}

static lee_delivery_state webhook_send(lee_carrier *carrier, const char *identifier,
                                       const uint8_t *body, size_t length,
                                       char reason[LEE_CARRIER_REASON_BYTES])
{
    webhook *hook = (webhook *)carrier;
    bool failed = false;
    struct curl_slist *headers = NULL;
    headers = add_header(headers, "Content-Type", "application/json", &failed);
    headers = add_header(headers, "Idempotency-Key", identifier, &failed);
    headers = add_header(headers, "Expect", "", &failed);
    if (hook->options->authorization) {
        headers = add_header(headers, "Authorization", hook->options->authorization, &failed);
    }
    lee_delivery_state state = LEE_DELIVERY_PENDING;
    hook->error[0] = '\0';
    failed = failed || curl_easy_setopt(hook->curl, CURLOPT_HTTPHEADER, headers) ||
             curl_easy_setopt(hook->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)length) ||
             curl_easy_setopt(hook->curl, CURLOPT_POSTFIELDS, (const char *)body);
    if (failed) {
        lee_carrier_say(reason, "out of memory");
    } else {
        const CURLcode code = curl_easy_perform(hook->curl);
        if (code == CURLE_OK) {
            long status = 0;
            (void)curl_easy_getinfo(hook->curl, CURLINFO_RESPONSE_CODE, &status);
            state = judge_status(status, reason);
        } else {
            lee_carrier_say(reason, hook->error[0] ? hook->error : curl_easy_strerror(code));
        }
    }
    (void)curl_easy_setopt(hook->curl, CURLOPT_HTTPHEADER, NULL);
    curl_slist_free_all(headers);
    return state;
}

static void webhook_idle(lee_carrier *carrier)
{
    (void)carrier;
}

static void webhook_free(lee_carrier *carrier)
{
    webhook *hook = (webhook *)carrier;
    curl_easy_cleanup(hook->curl);
    curl_global_cleanup();
    lee_free(hook);
}

lee_carrier *lee_carrier_webhook(const lee_outlet_options *options, const atomic_bool *stopping)
{
    webhook *hook = lee_alloc(1, sizeof *hook);
    if (!hook) {
        return NULL;
    }
    hook->carrier = (lee_carrier){webhook_send, webhook_idle, webhook_free, stopping};
    hook->options = options;
    /* Counted by the library: each outlet has its own, and the last one cleans up. */
    if (curl_global_init(CURL_GLOBAL_DEFAULT)) {
        lee_free(hook);
        return NULL;
    }
    hook->curl = curl_easy_init();
    if (!hook->curl || !set_up(hook)) {
        webhook_free(&hook->carrier);
        return NULL;
    }
    return &hook->carrier;
}
