/* Why an incident was decided as it was: the journal is run again beside the watch, in slices. One
 * question at a time; a newer one takes the place of the one before. */
#include "app/daemon_private.h"

#include <assert.h>
#include <stdio.h>

#include "app/clock.h"
#include "base/json.h"

/* Of each commit tick of 10 ms. */
#define SLICE_US 4000
#define SLICE_RECORDS 64
/* An incident that is open goes on: an older answer is made anew. */
#define FRESH_US (5 * INT64_C(1000000))

void lee__daemon_explain_some(lee_daemon *daemon)
{
    if (!daemon->explain || daemon->explain_done) {
        return;
    }
    const int64_t until_us = lee_clock_monotonic_us() + SLICE_US;
    do {
        daemon->explain_error =
            lee_explain_run(daemon->explain, SLICE_RECORDS, &daemon->explain_done);
        daemon->explain_done |= daemon->explain_error != LEE_OK;
    } while (!daemon->explain_done && lee_clock_monotonic_us() < until_us);
    if (daemon->explain_done) {
        daemon->explain_done_us = lee_clock_monotonic_us();
    }
}

static bool is_answered(const lee_daemon *daemon, uint64_t incident)
{
    const lee_explain *const e = daemon->explain;
    return e && lee_explain_incident(e) == incident &&
           (!daemon->explain_done || lee_explain_has_ended(e) ||
            lee_clock_monotonic_us() - daemon->explain_done_us < FRESH_US);
}

static lee_error ask(lee_daemon *daemon, uint64_t incident)
{
    char folder[4096];
    snprintf(folder, sizeof folder, "%s/journal", daemon->options.data);
    lee_explain_free(daemon->explain);
    daemon->explain = NULL;
    daemon->explain_done = false;
    daemon->explain_error = LEE_OK;
    return lee_explain_create(folder, incident, daemon->terrain, !daemon->options.alone,
                              &daemon->explain);
}

lee_error lee__daemon_explain(void *context, uint64_t incident, lee_buffer *out)
{
    lee_daemon *const daemon = context;
    if (!is_answered(daemon, incident)) {
        const lee_error error = ask(daemon, incident);
        if (error != LEE_OK) {
            return error;
        }
    }
    if (!daemon->explain_done) {
        lee_json json;
        lee_json_begin(&json, out);
        lee_json_object(&json);
        lee_json_put_int(&json, "records_read", (int64_t)lee_explain_records(daemon->explain));
        lee_json_object_end(&json);
        return LEE_ERR_STATE;
    }
    if (daemon->explain_error == LEE_OK) {
        lee_explain_write_json(daemon->explain, out);
    }
    return daemon->explain_error;
}
