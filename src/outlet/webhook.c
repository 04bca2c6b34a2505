#include <stdio.h>

#include "base/alloc.h"
#include "outlet/carrier.h"
#include "outlet/http.h"

typedef struct {
    lee_carrier carrier; /* first, so that the one is the other */
    const lee_outlet_options *options;
    lee_http http;
} webhook;

static lee_delivery_state judge_status(unsigned status, char reason[LEE_CARRIER_REASON_BYTES])
{
    if (status >= 200 && status < 300) {
        return LEE_DELIVERY_DELIVERED;
    }
    (void)snprintf(reason, LEE_CARRIER_REASON_BYTES, "the receiver answered %u", status);
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
    headers = lee_http_header(headers, "Content-Type", "application/json", &failed);
    headers = lee_http_header(headers, "Idempotency-Key", identifier, &failed);
    headers = lee_http_header(headers, "Expect", "", &failed);
    if (hook->options->authorization) {
        headers = lee_http_header(headers, "Authorization", hook->options->authorization, &failed);
    }
    lee_delivery_state state = LEE_DELIVERY_PENDING;
    if (failed) {
        lee_carrier_say(reason, "out of memory");
    } else {
        const unsigned status =
            lee_http_post(&hook->http, hook->options->url, headers, body, length, NULL);
        if (status) {
            state = judge_status(status, reason);
        } else {
            lee_carrier_say(reason, hook->http.error);
        }
    }
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
    lee_http_close(&hook->http);
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
    if (!lee_http_open(&hook->http, options->ca_file, options->timeout_ms, stopping)) {
        lee_free(hook);
        return NULL;
    }
    return &hook->carrier;
}
