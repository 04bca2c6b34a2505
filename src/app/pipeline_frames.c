#include "app/pipeline_private.h"

#include <assert.h>

#include "decode/sighting.h"
#include "record/codec.h"
#include "record/input.h"

/* The clock of the watch never goes back, so a report that claims to be from the future would make
 * every other track old: one liar must not be able to do that. Clocks of honest feeds differ by
 * less (InterUSS: 5 s). */
#define FUTURE_MAX_US (5 * INT64_C(1000000))

/* A feed's budget is a second's worth of reports, filled again by the time of its frames. The
 * emptier it is, the more a report must be worth. True: the report is dropped, as *worth. */
static bool is_over_budget(lee_pipeline *p, const lee_frame *frame, const lee_report *report,
                           lee_worth *worth)
{
    static const int needed_percent[LEE_WORTH_COUNT] = {75, 60, 45, 20, 0};
    const int64_t per_s = p->session.feed_budget_per_s;
    if (per_s == 0 || p->shards || !(p->session.budgeted_feeds >> frame->feed & 1)) {
        return false;
    }
    const int64_t full = per_s * INT64_C(1000000);
    int64_t *const left = &p->budgets[frame->feed];
    int64_t *const at_us = &p->budgets_us[frame->feed];
    if (*at_us == 0 || frame->t_us - *at_us >= INT64_C(1000000)) {
        *left = full;
        *at_us = frame->t_us;
    } else if (frame->t_us > *at_us) {
        *left += (frame->t_us - *at_us) * per_s;
        *left = *left < full ? *left : full;
        *at_us = frame->t_us;
    }
    const int64_t percent = *left / (full / 100);
    if (percent < needed_percent[LEE_WORTH_FAR]) {
        *worth = lee_watch_worth(p->watch, report);
        if (percent < needed_percent[*worth]) {
            return true;
        }
    }
    *left = *left > INT64_C(1000000) ? *left - INT64_C(1000000) : 0;
    return false;
}

static void judge_frame(lee_pipeline *p, const lee_frame *frame, lee_decode_result result,
                        const lee_report *report)
{
    lee_feed_counters *const feed = &p->feeds[frame->feed];
    feed->frames++;
    feed->last_us = frame->t_us > feed->last_us ? frame->t_us : feed->last_us;
    lee_error_info refused;
    lee_worth worth;
    switch (result) {
    case LEE_DECODED_REPORT:
        /* Decode, validate, use: what leaves a decoder is checked before anything believes it. */
        if (report->t_us > frame->t_us + FUTURE_MAX_US ||
            lee_report_check(report, &refused) != LEE_OK) {
            feed->refused++;
            break;
        }
        feed->reports++;
        if (is_over_budget(p, frame, report, &worth)) {
            feed->dropped[worth]++;
            break;
        }
        feed->judged++;
        lee__pipeline_watch_report(p, report, &(lee_hearing){.feed = frame->feed});
        break;
    case LEE_DECODED_NOTHING:
        feed->nothing++;
        break;
    case LEE_DECODED_REFUSED:
        feed->refused++;
        break;
    }
}

/* The frame's result: by our decoder, or the next of those that others gave. */
static lee_decode_result decode_frame(lee_pipeline *p, const lee_frame *frame, lee_bytes *results,
                                      lee_report *report)
{
    if (!p->decoding.frames) {
        lee_error_info refused;
        return lee_decoder_frame(p->decoder, frame, report, &refused);
    }
    const lee_decode_result result = (lee_decode_result)lee_bytes_u8(results);
    if (result == LEE_DECODED_REPORT) {
        const lee_error error = lee_report_decode(results, report);
        assert(error == LEE_OK);
        (void)error;
    }
    return result;
}

/* A FRAME record holds one frame or several back to back. All are read before the first is judged:
 * refused input changes nothing. */
lee_error lee__pipeline_frames(lee_pipeline *p, const uint8_t *bytes, size_t length,
                               lee_error_info *why)
{
    lee_bytes in;
    lee_frame frame;
    for (lee_bytes_init(&in, bytes, length); lee_bytes_left(&in) > 0;) {
        const lee_error error = lee_frame_decode(&in, &frame);
        if (error != LEE_OK || frame.feed >= LEE_FEEDS_MAX) {
            return lee__pipeline_refuse(why, error != LEE_OK ? error : LEE_ERR_DOMAIN, "frame",
                                        "is not whole");
        }
    }
    lee_bytes results = {.length = 0};
    if (p->decoding.frames) {
        const lee_error error = p->decoding.frames(p->decoding.context, bytes, length, &results);
        if (error != LEE_OK) {
            return lee__pipeline_refuse(why, error, "frame", "the parser did not survive it");
        }
    }
    for (lee_bytes_init(&in, bytes, length); lee_bytes_left(&in) > 0;) {
        lee_report report;
        const lee_error error = lee_frame_decode(&in, &frame);
        assert(error == LEE_OK);
        (void)error;
        const lee_decode_result result = decode_frame(p, &frame, &results, &report);
        judge_frame(p, &frame, result, &report);
    }
    return LEE_OK;
}

static void on_unseen(void *context, const lee_report *report, const lee_hearing *hearing)
{
    lee__pipeline_watch_report(context, report, hearing);
}

/* What people saw becomes targets too, judged by their regions. */
lee_error lee__pipeline_sighting(lee_pipeline *p, const uint8_t *bytes, size_t length,
                                 lee_error_info *why)
{
    uint64_t id;
    lee_sighting sighting;
    const lee_error error =
        lee_sighting_read_record((const char *)bytes, length, &id, &sighting, why);
    if (error != LEE_OK) {
        return error;
    }
    static_assert(LEE_SEEN_HEADING_UNKNOWN == LEE_HEADING_UNKNOWN, "the same eighths");
    const lee_sighting_area area = lee_sighting_snap(&sighting);
    const lee_seen seen = {
        .t_us = sighting.t_us,
        .observer = sighting.point,
        .cell = area.centre,
        .range_m = lee_sighting_range_m(sighting.how),
        .region_m = area.radius_m,
        .fastest_mps = lee_sighting_grows_mps(sighting.what),
        .what = sighting.what == LEE_SIGHTING_UNKNOWN ? LEE_SEEN_UNKNOWN : (uint8_t)sighting.what,
        .heading = (uint8_t)sighting.heading,
        .by = sighting.by,
    };
    lee_unseen_see(p->unseen, &seen, p->t_us > sighting.t_us ? p->t_us : sighting.t_us, on_unseen,
                   p);
    lee_pipeline_flush(p);
    return LEE_OK;
}

lee_error lee__pipeline_tick(lee_pipeline *p, const uint8_t *bytes, size_t length,
                             lee_error_info *why)
{
    int64_t t_us;
    if (!lee_input_tick_decode(bytes, length, &t_us)) {
        return lee__pipeline_refuse(why, LEE_ERR_TRUNCATED, "tick", "is not one time");
    }
    p->t_us = t_us > p->t_us ? t_us : p->t_us;
    lee_unseen_tick(p->unseen, p->t_us, on_unseen, p);
    lee_pipeline_flush(p);
    lee__pipeline_watch_tick(p, t_us);
    lee_warner_tick(p->warner, p->t_us);
    return LEE_OK;
}
