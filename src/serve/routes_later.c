/* Questions that take long are answered beside the watch: what the journal's views hold, and what
 * was at another moment than now. */
#include "serve/routes_private.h"

#include <stdlib.h>
#include <string.h>

#include "base/time_text.h"
#include "serve/query.h"

#define RETRY_S 1

bool lee__is_past(const lee_routes *routes, const lee__call *call)
{
    char text[64];
    return !routes->options.is_past && lee_query_get(call->request->query, "at", text, sizeof text);
}

static void ask(lee_routes *routes, const lee__call *call, lee_later_kind kind, int64_t at_us,
                lee_response *out)
{
    lee_error_info info = {.reason = "this is not kept here"};
    lee_error error = LEE_ERR_NOT_FOUND;
    const lee_later asked = {.kind = kind,
                             .ticket = ++routes->tickets,
                             .at_us = at_us,
                             .role = lee__role(routes, call->request),
                             .path = call->request->path,
                             .query = call->request->query};
    if (routes->handlers.later) {
        info.reason = NULL;
        error = routes->handlers.later(routes->handlers.context, &asked, &info);
    }
    if (error == LEE_OK) {
        *out = (lee_response){.ticket = asked.ticket};
    } else if (error == LEE_ERR_LIMIT || error == LEE_ERR_IO) {
        lee_routes_error(503, "busy", "others are being answered; come again in a moment", out);
        out->retry_after_s = RETRY_S;
    } else {
        lee__answer_error(error, &info, out);
    }
}

/* Microseconds, or a time as RFC 3339 writes it. */
static bool read_time(const char *text, int64_t *out)
{
    char *end = NULL;
    if (text[0] != '\0' && strspn(text, "0123456789") == strlen(text) && strlen(text) <= 18) {
        *out = (int64_t)strtoll(text, &end, 10);
        return true;
    }
    return lee_time_parse(text, strlen(text), out);
}

void lee__get_past(lee_routes *routes, const lee__call *call, lee_response *out)
{
    char text[64] = "";
    int64_t at_us = 0;
    (void)lee_query_get(call->request->query, "at", text, sizeof text);
    if (!read_time(text, &at_us)) {
        lee_routes_error(400, "invalid", "at is a time: microseconds, or 2026-01-31T12:00:00Z",
                         out);
        return;
    }
    ask(routes, call, LEE_LATER_PAST, at_us, out);
}

void lee__get_search(lee_routes *routes, const lee__call *call, lee_response *out)
{
    ask(routes, call, LEE_LATER_SEARCH, 0, out);
}
