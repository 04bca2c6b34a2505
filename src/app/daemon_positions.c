/* Where units say they are, by the API: report lines, which become frames of a feed of their own.
 */
#include <string.h>

#include "app/clock.h"
#include "app/daemon_private.h"
#include "record/codec.h"

#define FUTURE_MAX_US (5 * INT64_C(1000000)) /* as of feeds (app/pipeline_frames.c) */

static lee_error refuse(lee_error_info *why, lee_error code, const char *field, const char *reason)
{
    *why = (lee_error_info){.code = code, .field = field, .reason = reason};
    return code;
}

/* A unit says its own place and nothing else: who has its token cannot move another one. */
static lee_error check(const lee_report *report, const char *unit, int64_t now_us,
                       lee_error_info *why)
{
    static const char prefix[] = "unit:";
    const size_t length = sizeof prefix - 1;
    if (strncmp(report->target.text, prefix, length) != 0 ||
        strcmp(report->target.text + length, unit) != 0) {
        return refuse(why, LEE_ERR_DENIED, "target", "the token is for another unit");
    }
    if (report->source != LEE_SOURCE_GNSS) {
        return refuse(why, LEE_ERR_DOMAIN, "source", "a unit knows its place by gnss");
    }
    if (!(report->present & LEE_REPORT_HAS_POSITION)) {
        return refuse(why, LEE_ERR_MISSING, "lat", "there is no place");
    }
    if (report->t_us > now_us + FUTURE_MAX_US) {
        return refuse(why, LEE_ERR_DOMAIN, "t_us", "is more than 5 s ahead");
    }
    return LEE_OK;
}

lee_error lee__daemon_position(void *context, const char *body, size_t length, const char *unit,
                               lee_error_info *why)
{
    lee_daemon *const daemon = context;
    if (daemon->demo) {
        return refuse(why, LEE_ERR_STATE, NULL, "this is a demo");
    }
    lee_report report;
    const int64_t now_us = lee_receive_clock_us(&daemon->clock);
    lee_error error = lee_report_read_json(body, length, &report, why);
    if (error == LEE_OK) {
        error = check(&report, unit, now_us, why);
    }
    if (error != LEE_OK) {
        return error;
    }
    /* Written anew: what else stood in the body is not evidence of anything. */
    lee_buffer line;
    lee_buffer_init(&line, LEE_FRAME_MAX_BYTES);
    lee_report_write_json(&report, NULL, &line);
    const lee_frame frame = {.t_us = now_us,
                             .bytes = line.bytes,
                             .length = (uint32_t)line.length,
                             .feed = LEE_INTAKE_POSITIONS_FEED,
                             .format = LEE_FORMAT_REPORT_JSONL};
    error = line.error;
    if (error == LEE_OK) {
        lee_buffer_reset(&daemon->scratch);
        lee_frame_encode(&frame, &daemon->scratch);
        error = lee__daemon_submit(daemon, LEE_RECORD_FRAME, why);
    }
    lee_buffer_free(&line);
    if (error == LEE_OK) {
        lee_recorder_commit(daemon->recorder); /* durable before it is acknowledged */
    }
    return error;
}

bool lee__daemon_has_positions(const lee_daemon *daemon)
{
    return lee_pipeline_feed(lee_recorder_pipeline(daemon->recorder), LEE_INTAKE_POSITIONS_FEED)
               ->frames > 0;
}
