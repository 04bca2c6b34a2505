#include "app/pipeline.h"

#include <assert.h>
#include <string.h>

#include "app/amend.h"
#include "app/memory.h"
#include "app/session.h"
#include "base/alloc.h"
#include "base/buffer.h"
#include "decode/decoder_state.h"
#include "decode/sighting.h"
#include "leeward/attention.h"
#include "leeward/decoder.h"
#include "leeward/watch_shards.h"
#include "leeward/zone_import.h"
#include "record/codec.h"
#include "record/input.h"
#include "record/operation.h"
#include "track/unseen.h"
#include "warn/places.h"
#include "warn/warner.h"
#include "watch/attention_state.h"
#include "watch/watch.h"
#include "zone/permit_file.h"

#define OUTPUT_MAX_BYTES (1024u * 1024u)
#define OPERATIONS_MAX_BYTES (64u * 1024u * 1024u)

/* The clock of the watch never goes back, so a report that claims to be from the future would make
 * every other track old: one liar must not be able to do that. Clocks of honest feeds differ by
 * less (InterUSS: 5 s). */
#define FUTURE_MAX_US (5 * INT64_C(1000000))

/* Reports that are judged at once where there are workers: enough that starting threads does not
 * matter, few enough to stay in the processor's cache. */
#define BATCH_REPORTS 4096u

/* Whose steps are told, kept for the next session. */
typedef struct {
    lee_trace_sink *sink; /* NULL: nobody's */
    void *context;
    lee_target target;
    char zone[LEE_ZONE_ID_MAX_BYTES + 1];
} traced;

struct lee_pipeline {
    lee_output_sink *sink;
    void *sink_context;
    lee_session session;
    bool has_session;
    lee_decoder *decoder;
    lee_watch *watch;         /* one of these two judges */
    lee_watch_shards *shards; /* with workers */
    lee_workers *workers;
    lee_report *batches[2];   /* one gathers while the other is judged */
    lee_hearing *hearings[2]; /* who heard them */
    uint32_t gathering;       /* which of the two */
    size_t gathered;
    size_t judging;        /* reports in the other one, not yet told */
    size_t warner_reports; /* of these the warner has heard the time */
    lee_unseen *unseen;
    lee_warner *warner;
    lee_places *places;
    lee_zone_import *zones; /* owns what the set is built over */
    lee_zone_set *set;
    lee_permit_file *permits;
    uint64_t generation;
    uint64_t seq;
    int64_t t_us;
    lee_feed_counters feeds[LEE_FEEDS_MAX];
    int64_t budgets[LEE_FEEDS_MAX];    /* what is left to each feed, in millionths of a report */
    int64_t budgets_us[LEE_FEEDS_MAX]; /* as of then */
    lee_buffer output;                 /* one record at a time */
    traced traced;
    lee_attention *attention;
    lee_buffer operations; /* lee_pipeline_operations */
    bool is_loading;       /* nothing is told meanwhile */
};

static lee_error refuse(lee_error_info *why, lee_error code, const char *field, const char *reason)
{
    *why = (lee_error_info){.code = code, .field = field, .reason = reason};
    return code;
}

static void emit(lee_pipeline *p, lee_record_kind kind)
{
    lee_memory_require_whole(&p->output);
    p->sink(p->sink_context, kind, p->output.bytes, p->output.length);
}

static void tell(lee_pipeline *p, const lee_event *decided, const lee_track *track)
{
    if (p->is_loading) {
        return;
    }
    lee_event event = *decided;
    event.seq = ++p->seq;
    const lee_zone_list *const zones = lee_pipeline_zones(p);
    const bool zone_is_here = zones && event.zone_index < zones->count &&
                              strcmp(zones->zones[event.zone_index].id, event.zone) == 0;
    const lee_zone *const zone = zone_is_here ? &zones->zones[event.zone_index] : NULL;
    lee_attention_event(p->attention, &event, zone, track);
    lee_buffer_reset(&p->output);
    lee_event_encode(&event, &p->output);
    emit(p, LEE_RECORD_EVENT);
    lee_warner_event(p->warner, &event, zone, track);
}

static void on_event(void *context, const lee_event *event)
{
    lee_pipeline *const p = context;
    tell(p, event, lee_watch_find_track(p->watch, &event->target));
}

static void pass_time(lee_pipeline *p, int64_t t_us)
{
    p->t_us = t_us > p->t_us ? t_us : p->t_us;
    lee_warner_tick(p->warner, p->t_us);
}

/* The warner hears the time of every report after its events, as it would with one thread. */
static void pass_reports(lee_pipeline *p, size_t until)
{
    const lee_report *const batch = p->batches[p->gathering ^ 1];
    for (; p->warner_reports < until; p->warner_reports++) {
        pass_time(p, batch[p->warner_reports].t_us);
    }
}

static void on_told(void *context, const lee_watch_told *told)
{
    lee_pipeline *const p = context;
    if (p->judging > 0) {
        pass_reports(p, told->report);
        const int64_t t_us = p->batches[p->gathering ^ 1][told->report].t_us;
        p->t_us = t_us > p->t_us ? t_us : p->t_us;
    }
    tell(p, &told->event, told->track);
}

/* --- the watch, on this thread or on several ----------------------------------------------------
 */

static void work_on_share(void *context, uint32_t share)
{
    lee_watch_shards_work(context, share);
}

/* Waits for the batch that is being judged, if any, and tells what it decided. */
static void finish_batch(lee_pipeline *p)
{
    if (p->judging > 0) {
        lee_workers_wait(p->workers);
        lee_watch_shards_end(p->shards);
        pass_reports(p, p->judging);
        p->judging = 0;
    }
}

static void start_batch(lee_pipeline *p)
{
    finish_batch(p);
    if (p->gathered > 0) {
        const lee_error error = lee_watch_shards_begin(p->shards, p->batches[p->gathering],
                                                       p->hearings[p->gathering], p->gathered);
        lee_memory_require(error);
        assert(error == LEE_OK);
        p->judging = p->gathered;
        p->warner_reports = 0;
        p->gathered = 0;
        p->gathering ^= 1;
        lee_workers_start(p->workers, work_on_share, p->shards);
    }
}

void lee_pipeline_flush(lee_pipeline *pipeline)
{
    if (pipeline->shards) {
        start_batch(pipeline);
        finish_batch(pipeline);
    }
}

static lee_error watch_create(lee_pipeline *p)
{
    lee_watch_options options = p->session.watch;
    options.incident_key = p->session.seq_before;
    if (!p->workers) {
        return lee_watch_create(&options, on_event, p, &p->watch);
    }
    for (int i = 0; i < 2; i++) {
        p->batches[i] = lee_alloc(BATCH_REPORTS, sizeof *p->batches[i]);
        p->hearings[i] = lee_alloc(BATCH_REPORTS, sizeof *p->hearings[i]);
        if (!p->batches[i] || !p->hearings[i]) {
            return LEE_ERR_NO_MEMORY;
        }
    }
    return lee_watch_shards_create(&options, lee_workers_count(p->workers), on_told, p, &p->shards);
}

static void watch_free(lee_pipeline *p)
{
    if (p->judging > 0) {
        lee_workers_wait(p->workers);
    }
    lee_watch_free(p->watch);
    lee_watch_shards_free(p->shards);
    p->watch = NULL;
    p->shards = NULL;
    p->gathered = 0;
    p->judging = 0;
    for (int i = 0; i < 2; i++) {
        lee_free(p->batches[i]);
        lee_free(p->hearings[i]);
        p->batches[i] = NULL;
        p->hearings[i] = NULL;
    }
}

static lee_error watch_set_zones(lee_pipeline *p, const lee_zone_set *set, uint64_t generation,
                                 int64_t t_us)
{
    return p->shards ? lee_watch_shards_set_zones(p->shards, set, generation, t_us)
                     : lee_watch_set_zones(p->watch, set, generation, t_us);
}

static lee_error watch_set_permits(lee_pipeline *p, const lee_permit_list *permits, int64_t t_us)
{
    return p->shards ? lee_watch_shards_set_permits(p->shards, permits, t_us)
                     : lee_watch_set_permits(p->watch, permits, t_us);
}

static void watch_report(lee_pipeline *p, const lee_report *report, const lee_hearing *hearing)
{
    if (p->shards) {
        p->batches[p->gathering][p->gathered] = *report;
        p->hearings[p->gathering][p->gathered++] = *hearing;
        if (p->gathered == BATCH_REPORTS) {
            start_batch(p);
        }
        return;
    }
    p->t_us = report->t_us > p->t_us ? report->t_us : p->t_us;
    lee_watch_hear(p->watch, report, hearing);
    lee_warner_tick(p->warner, p->t_us);
}

static void watch_tick(lee_pipeline *p, int64_t t_us)
{
    if (p->shards) {
        lee_watch_shards_tick(p->shards, t_us);
    } else {
        lee_watch_tick(p->watch, t_us);
    }
}

void lee_pipeline_set_workers(lee_pipeline *pipeline, lee_workers *workers)
{
    assert(pipeline && !pipeline->has_session);
    pipeline->workers = workers;
}

bool lee_pipeline_is_exact(const lee_pipeline *pipeline)
{
    return !pipeline->shards || lee_watch_shards_is_exact(pipeline->shards);
}

static void on_warning(void *context, const lee_warning *warning)
{
    lee_pipeline *const p = context;
    p->sink(p->sink_context, LEE_RECORD_WARNING, warning->json, warning->length);
}

lee_error lee_pipeline_create(lee_output_sink *sink, void *context, lee_pipeline **out)
{
    assert(sink && out);
    lee_pipeline *const p = lee_alloc(1, sizeof *p);
    if (!p) {
        return LEE_ERR_NO_MEMORY;
    }
    p->sink = sink;
    p->sink_context = context;
    lee_buffer_init(&p->output, OUTPUT_MAX_BYTES);
    lee_buffer_init(&p->operations, OPERATIONS_MAX_BYTES);
    *out = p;
    return LEE_OK;
}

/* Gives back all that a session made; the zones outlive the watch that borrows them. */
static void end_session(lee_pipeline *p)
{
    lee_warner_free(p->warner);
    watch_free(p);
    lee_unseen_free(p->unseen);
    lee_attention_free(p->attention);
    p->attention = NULL;
    lee_decoder_free(p->decoder);
    lee_zone_set_free(p->set);
    lee_zone_import_free(p->zones);
    lee_permit_file_free(p->permits);
    lee_places_free(p->places);
    p->warner = NULL;
    p->unseen = NULL;
    p->decoder = NULL;
    p->set = NULL;
    p->zones = NULL;
    p->permits = NULL;
    p->places = NULL;
    p->has_session = false;
    lee_buffer_reset(&p->operations);
    p->generation = 0;
    p->t_us = 0;
    memset(p->feeds, 0, sizeof p->feeds);
    memset(p->budgets, 0, sizeof p->budgets);
    memset(p->budgets_us, 0, sizeof p->budgets_us);
}

void lee_pipeline_free(lee_pipeline *pipeline)
{
    if (pipeline) {
        end_session(pipeline);
        lee_buffer_free(&pipeline->output);
        lee_buffer_free(&pipeline->operations);
        lee_free(pipeline);
    }
}

/* The warner needs its places at creation, and these come in a record of their own. */
static lee_error make_warner(lee_pipeline *p)
{
    lee_warner_options options;
    lee_warner_options_default(&options);
    options.sender = p->session.sender;
    options.sender_name = p->session.sender_name[0] != '\0' ? p->session.sender_name : NULL;
    options.contact = p->session.contact[0] != '\0' ? p->session.contact : NULL;
    options.web = p->session.web[0] != '\0' ? p->session.web : NULL;
    options.exercise = p->session.exercise;
    options.places = p->places;
    options.identifier_key[0] = p->session.identifier_key[0];
    options.identifier_key[1] = p->session.identifier_key[1] ^ p->session.seq_before;
    return lee_warner_create(&options, on_warning, p, &p->warner);
}

static lee_error start_session(lee_pipeline *p, lee_error_info *why)
{
    lee_error error = lee_places_load("", 0, &p->places, why);
    if (error != LEE_OK) {
        return error;
    }
    lee_decoder_options decoder;
    lee_decoder_options_default(&decoder);
    decoder.site_known = p->session.has_site;
    decoder.site = p->session.site;
    error = lee_decoder_create(&decoder, &p->decoder);
    if (error == LEE_OK) {
        error = lee_attention_create(&p->attention);
    }
    if (error == LEE_OK) {
        error = watch_create(p);
    }
    for (uint16_t feed = 0; error == LEE_OK && feed < LEE_FEEDS_MAX; feed++) {
        const lee_receiver_site *const site = &p->session.receivers[feed];
        if (site->is_known && p->shards) {
            lee_watch_shards_set_receiver(p->shards, feed, site);
        } else if (site->is_known) {
            lee_watch_set_receiver(p->watch, feed, site);
        }
    }
    if (error == LEE_OK && p->traced.sink && p->watch) {
        lee_watch_trace(p->watch, &p->traced.target, p->traced.zone, p->traced.sink,
                        p->traced.context);
    }
    if (error == LEE_OK) {
        p->unseen = lee_unseen_create();
        error = p->unseen ? make_warner(p) : LEE_ERR_NO_MEMORY;
    }
    return error == LEE_OK ? LEE_OK
                           : refuse(why, error, "session", "the core could not be set up from it");
}

static lee_error apply_session(lee_pipeline *p, const uint8_t *bytes, size_t length,
                               lee_error_info *why)
{
    lee_session session;
    lee_error error = lee_session_read(bytes, length, &session, why);
    if (error != LEE_OK) {
        return error;
    }
    if (p->has_session) {
        /* Whatever was open ends with its session, said in the journal: nothing stays open in the
         * picture that nobody watches any more. */
        error = watch_set_zones(p, NULL, p->generation, p->t_us);
        if (error != LEE_OK) {
            return refuse(why, error, "session", "the session before could not be ended");
        }
    }
    const uint64_t seq = p->seq;
    end_session(p);
    p->session = session;
    error = start_session(p, why);
    if (error != LEE_OK) {
        end_session(p);
        return error;
    }
    p->has_session = true;
    p->seq = session.seq_before > seq ? session.seq_before : seq;
    return LEE_OK;
}

static lee_error apply_places(lee_pipeline *p, const uint8_t *bytes, size_t length,
                              lee_error_info *why)
{
    lee_places *places = NULL;
    const lee_error error = lee_places_load((const char *)bytes, length, &places, why);
    if (error != LEE_OK) {
        return error;
    }
    lee_places *const old_places = p->places;
    lee_warner *const old_warner = p->warner;
    p->places = places;
    p->warner = NULL;
    if (make_warner(p) != LEE_OK) {
        p->places = old_places;
        p->warner = old_warner;
        lee_places_free(places);
        return refuse(why, LEE_ERR_NO_MEMORY, "places", "no memory for the warner");
    }
    lee_warner_free(old_warner);
    lee_places_free(old_places);
    return LEE_OK;
}

/* The first refusal of an import, kept for the message. */
static void keep_finding(void *context, const lee_zone_finding *finding)
{
    lee_error_info *const why = context;
    if (finding->level == LEE_FINDING_REFUSED && why->code == LEE_OK) {
        *why = (lee_error_info){.code = LEE_ERR_SYNTAX,
                                .line = finding->line,
                                .field = "zones",
                                .reason = "a zone of the set was refused"};
    }
}

static lee_error build_zones(const lee_input_text *input, lee_zone_import **zones,
                             lee_zone_set **set, lee_error_info *why)
{
    lee_zone_import_options options;
    lee_zone_import_options_default(&options);
    options.finding = keep_finding;
    options.finding_context = why;
    lee_error error = lee_zone_import_create(&options, zones);
    if (error == LEE_OK) {
        error = lee_zone_import_text(*zones, "journal", (const char *)input->text, input->length);
    }
    if (error == LEE_OK && why->code != LEE_OK) {
        error = why->code;
    }
    if (error == LEE_OK) {
        error = lee_zone_set_build(lee_zone_import_list(*zones), set);
    }
    return error;
}

static lee_error apply_zones(lee_pipeline *p, const uint8_t *bytes, size_t length,
                             lee_error_info *why)
{
    lee_input_text input;
    if (!lee_input_text_decode(bytes, length, &input)) {
        return refuse(why, LEE_ERR_TRUNCATED, "zones", "the record ends too early");
    }
    lee_zone_import *zones = NULL;
    lee_zone_set *set = NULL;
    lee_error error = build_zones(&input, &zones, &set, why);
    if (error == LEE_OK) {
        /* Names the new generation before its first event is told. */
        lee_zone_import *const old_zones = p->zones;
        lee_zone_set *const old_set = p->set;
        p->zones = zones;
        p->set = set;
        p->generation = input.generation;
        p->t_us = input.t_us > p->t_us ? input.t_us : p->t_us;
        error = watch_set_zones(p, set, input.generation, input.t_us);
        lee_zone_set_free(old_set);
        lee_zone_import_free(old_zones);
        return error;
    }
    lee_zone_set_free(set);
    lee_zone_import_free(zones);
    return why->code != LEE_OK ? error : refuse(why, error, "zones", lee_error_text(error));
}

static void keep_permit_finding(void *context, const lee_permit_finding *finding)
{
    lee_error_info *const why = context;
    if (why->code == LEE_OK) {
        *why = (lee_error_info){.code = LEE_ERR_SYNTAX,
                                .line = finding->line,
                                .field = finding->field,
                                .reason = finding->reason};
    }
}

/* Puts the list in force and takes it. */
static lee_error put_permits(lee_pipeline *p, lee_permit_file *permits, int64_t t_us,
                             lee_error_info *why)
{
    const lee_error error = watch_set_permits(p, lee_permit_file_list(permits), t_us);
    if (error != LEE_OK) {
        lee_permit_file_free(permits);
        return refuse(why, error, "permits", lee_error_text(error));
    }
    lee_permit_file_free(p->permits);
    p->permits = permits;
    return LEE_OK;
}

static const lee_permit_list *permits_of(const lee_pipeline *p)
{
    static const lee_permit_list none = {NULL, 0};
    return p->permits ? lee_permit_file_list(p->permits) : &none;
}

static lee_error amend(lee_pipeline *p, const lee_operation *operation, lee_error_info *why)
{
    lee_permit_file *permits = NULL;
    const lee_error error = lee_amend_permits(permits_of(p), operation, &permits, why);
    return error == LEE_OK ? put_permits(p, permits, operation->t_us, why) : error;
}

/* What operators did to permits holds for the new file too, as far as it has them. */
static lee_error amend_again(lee_pipeline *p, int64_t t_us)
{
    lee_bytes in;
    for (lee_bytes_init(&in, p->operations.bytes, p->operations.length); lee_bytes_left(&in) > 0;) {
        const size_t length = (size_t)lee_bytes_varint(&in);
        const char *const text = (const char *)lee_bytes_take(&in, length);
        lee_operation operation;
        lee_error_info why;
        if (text && lee_operation_read(text, length, &operation, &why) == LEE_OK &&
            (operation.op == LEE_OP_PERMIT || operation.op == LEE_OP_PERMIT_STEP)) {
            lee_permit_file *permits = NULL;
            const lee_error error = lee_amend_permits(permits_of(p), &operation, &permits, &why);
            if (error == LEE_ERR_NO_MEMORY ||
                (error == LEE_OK && put_permits(p, permits, t_us, &why) == LEE_ERR_NO_MEMORY)) {
                return LEE_ERR_NO_MEMORY;
            }
        }
    }
    return LEE_OK;
}

static lee_error apply_permits(lee_pipeline *p, const uint8_t *bytes, size_t length,
                               lee_error_info *why)
{
    lee_input_text input;
    if (!lee_input_text_decode(bytes, length, &input)) {
        return refuse(why, LEE_ERR_TRUNCATED, "permits", "the record ends too early");
    }
    lee_permit_file *permits = NULL;
    uint32_t refused = 0;
    lee_error error = lee_permit_file_read("journal", (const char *)input.text, input.length,
                                           keep_permit_finding, why, &refused, &permits);
    if (error == LEE_OK && why->code != LEE_OK) {
        error = why->code;
    }
    if (error == LEE_OK) {
        error = put_permits(p, permits, input.t_us, why);
        return error == LEE_OK ? amend_again(p, input.t_us) : error;
    }
    lee_permit_file_free(permits);
    return why->code != LEE_OK ? error : refuse(why, error, "permits", lee_error_text(error));
}

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

static void judge_frame(lee_pipeline *p, const lee_frame *frame)
{
    lee_feed_counters *const feed = &p->feeds[frame->feed];
    feed->frames++;
    feed->last_us = frame->t_us > feed->last_us ? frame->t_us : feed->last_us;
    lee_report report;
    lee_error_info refused;
    lee_worth worth;
    switch (lee_decoder_frame(p->decoder, frame, &report, &refused)) {
    case LEE_DECODED_REPORT:
        /* Decode, validate, use: what leaves a decoder is checked before anything believes it. */
        if (report.t_us > frame->t_us + FUTURE_MAX_US ||
            lee_report_check(&report, &refused) != LEE_OK) {
            feed->refused++;
            break;
        }
        feed->reports++;
        if (is_over_budget(p, frame, &report, &worth)) {
            feed->dropped[worth]++;
            break;
        }
        feed->judged++;
        watch_report(p, &report, &(lee_hearing){.feed = frame->feed});
        break;
    case LEE_DECODED_NOTHING:
        feed->nothing++;
        break;
    case LEE_DECODED_REFUSED:
        feed->refused++;
        break;
    }
}

/* A FRAME record holds one frame or several back to back. All are read before the first is judged:
 * refused input changes nothing. */
static lee_error apply_frames(lee_pipeline *p, const uint8_t *bytes, size_t length,
                              lee_error_info *why)
{
    lee_bytes in;
    lee_frame frame;
    for (lee_bytes_init(&in, bytes, length); lee_bytes_left(&in) > 0;) {
        const lee_error error = lee_frame_decode(&in, &frame);
        if (error != LEE_OK || frame.feed >= LEE_FEEDS_MAX) {
            return refuse(why, error != LEE_OK ? error : LEE_ERR_DOMAIN, "frame", "is not whole");
        }
    }
    for (lee_bytes_init(&in, bytes, length); lee_bytes_left(&in) > 0;) {
        const lee_error error = lee_frame_decode(&in, &frame);
        assert(error == LEE_OK);
        (void)error;
        judge_frame(p, &frame);
    }
    return LEE_OK;
}

static void on_unseen(void *context, const lee_report *report, const lee_hearing *hearing)
{
    watch_report(context, report, hearing);
}

/* What people saw becomes targets too, judged by their regions. */
static lee_error apply_sighting(lee_pipeline *p, const uint8_t *bytes, size_t length,
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
    };
    lee_unseen_see(p->unseen, &seen, p->t_us > sighting.t_us ? p->t_us : sighting.t_us, on_unseen,
                   p);
    lee_pipeline_flush(p);
    return LEE_OK;
}

static lee_error apply_tick(lee_pipeline *p, const uint8_t *bytes, size_t length,
                            lee_error_info *why)
{
    int64_t t_us;
    if (!lee_input_tick_decode(bytes, length, &t_us)) {
        return refuse(why, LEE_ERR_TRUNCATED, "tick", "is not one time");
    }
    p->t_us = t_us > p->t_us ? t_us : p->t_us;
    lee_unseen_tick(p->unseen, p->t_us, on_unseen, p);
    lee_pipeline_flush(p);
    watch_tick(p, t_us);
    lee_warner_tick(p->warner, p->t_us);
    return LEE_OK;
}

/* An incident that has ended meanwhile is taken note of all the same. */
static lee_error acknowledge(lee_pipeline *p, const lee_operation *o)
{
    if (!o->has_for) {
        return LEE_OK;
    }
    const int64_t until_us = o->t_us + o->for_s * 1000000;
    const lee_error error = lee_attention_acknowledge(p->attention, o->incident, o->t_us, until_us);
    return error == LEE_ERR_NOT_FOUND ? LEE_OK : error;
}

static lee_error inhibit(lee_pipeline *p, const lee_operation *o)
{
    lee_inhibition inhibition = {
        .target = o->target, .from_us = o->t_us, .to_us = o->t_us + o->for_s * 1000000};
    static_assert(sizeof inhibition.zone == sizeof o->zone, "the same text");
    memcpy(inhibition.zone, o->zone, sizeof inhibition.zone);
    memcpy(inhibition.id, o->id, sizeof inhibition.id - 1);
    return lee_watch_inhibit(p->watch, &inhibition, o->t_us);
}

static lee_error apply_operation(lee_pipeline *p, const uint8_t *bytes, size_t length,
                                 lee_error_info *why)
{
    lee_operation operation;
    lee_error error = lee_operation_read((const char *)bytes, length, &operation, why);
    if (error != LEE_OK) {
        return error;
    }
    if (!p->watch) {
        return refuse(why, LEE_ERR_UNSUPPORTED, "op", "is for a watch on one thread");
    }
    switch (operation.op) {
    case LEE_OP_ACKNOWLEDGE:
        error = acknowledge(p, &operation);
        break;
    case LEE_OP_INHIBIT:
        error = inhibit(p, &operation);
        break;
    case LEE_OP_END_INHIBITION:
        error = lee_watch_end_inhibition(p->watch, operation.id, operation.t_us);
        break;
    case LEE_OP_PERMIT:
    case LEE_OP_PERMIT_STEP:
        error = amend(p, &operation, why);
        break;
    case LEE_OP_COUNT:
        error = LEE_ERR_UNSUPPORTED;
        break;
    }
    if (error != LEE_OK && why->code == LEE_OK) {
        return refuse(why, error, lee_op_name(operation.op), lee_error_text(error));
    }
    if (error != LEE_OK) {
        return error;
    }
    p->t_us = operation.t_us > p->t_us ? operation.t_us : p->t_us;
    if (operation.op != LEE_OP_ACKNOWLEDGE) {
        lee_buffer_varint(&p->operations, length);
        lee_buffer_bytes(&p->operations, bytes, length);
    }
    return LEE_OK;
}

const lee_buffer *lee_pipeline_operations(const lee_pipeline *pipeline)
{
    return &pipeline->operations;
}

void lee_pipeline_write_permits(const lee_pipeline *pipeline, lee_buffer *out)
{
    lee_buffer_text(out, "{\"permits\":[");
    if (pipeline->permits) {
        lee_permit_write(lee_permit_file_list(pipeline->permits), ",", out);
    }
    lee_buffer_text(out, "],\"conflicts\":[");
    lee_amend_write_conflicts(permits_of(pipeline), out);
    lee_buffer_text(out, "]}");
}

lee_error lee_pipeline_apply(lee_pipeline *pipeline, lee_record_kind kind, const uint8_t *bytes,
                             size_t length, lee_error_info *why)
{
    assert(pipeline && why);
    assert(bytes || length == 0);
    *why = (lee_error_info){.code = LEE_OK};
    if (kind != LEE_RECORD_FRAME) {
        lee_pipeline_flush(pipeline);
    }
    if (kind == LEE_RECORD_SESSION) {
        return apply_session(pipeline, bytes, length, why);
    }
    /* An epoch is the journal's first record, whatever program writes the session behind it. */
    if (!pipeline->has_session && kind != LEE_RECORD_EPOCH) {
        return refuse(why, LEE_ERR_STATE, "session", "the journal does not start with a session");
    }
    switch (kind) {
    case LEE_RECORD_ZONES:
        return apply_zones(pipeline, bytes, length, why);
    case LEE_RECORD_PERMITS:
        return apply_permits(pipeline, bytes, length, why);
    case LEE_RECORD_PLACES:
        return apply_places(pipeline, bytes, length, why);
    case LEE_RECORD_FRAME:
        return apply_frames(pipeline, bytes, length, why);
    case LEE_RECORD_TICK:
        return apply_tick(pipeline, bytes, length, why);
    case LEE_RECORD_OPERATOR:
        return apply_operation(pipeline, bytes, length, why);
    case LEE_RECORD_SIGHTING:
        return apply_sighting(pipeline, bytes, length, why);
    case LEE_RECORD_HEARTBEAT:
    case LEE_RECORD_DELIVERY:
    case LEE_RECORD_GAP:
    case LEE_RECORD_EPOCH:
        return LEE_OK; /* kept as evidence and shown; they decide nothing yet */
    case LEE_RECORD_SESSION:
    case LEE_RECORD_EVENT:
    case LEE_RECORD_WARNING:
        break;
    }
    return refuse(why, LEE_ERR_UNSUPPORTED, "kind", "is not an input");
}

void lee_pipeline_trace(lee_pipeline *pipeline, const lee_target *target, const char *zone,
                        lee_trace_sink *sink, void *context)
{
    assert(pipeline && target && zone && sink);
    pipeline->traced = (traced){.sink = sink, .context = context, .target = *target};
    const size_t length = strlen(zone);
    memcpy(pipeline->traced.zone, zone,
           length < LEE_ZONE_ID_MAX_BYTES ? length : LEE_ZONE_ID_MAX_BYTES);
    if (pipeline->watch) {
        lee_watch_trace(pipeline->watch, target, zone, sink, context);
    }
}

const lee_watch *lee_pipeline_watch(const lee_pipeline *pipeline)
{
    return pipeline->watch;
}

const lee_zone_list *lee_pipeline_zones(const lee_pipeline *pipeline)
{
    return pipeline->set ? lee_zone_set_list(pipeline->set) : NULL;
}

const lee_unseen *lee_pipeline_unseen(const lee_pipeline *pipeline)
{
    return pipeline->unseen;
}

uint64_t lee_pipeline_generation(const lee_pipeline *pipeline)
{
    return pipeline->generation;
}

uint64_t lee_pipeline_seq(const lee_pipeline *pipeline)
{
    return pipeline->seq;
}

int64_t lee_pipeline_time(const lee_pipeline *pipeline)
{
    return pipeline->t_us;
}

const lee_feed_counters *lee_pipeline_feed(const lee_pipeline *pipeline, uint16_t feed)
{
    assert(feed < LEE_FEEDS_MAX);
    return &pipeline->feeds[feed];
}

/* Permits are those of the file with what operators did to them. That tells nothing: what was told
 * of them is in the state that follows. */
static void load_operations(lee_state *state, lee_pipeline *p)
{
    lee_state_buffer(state, &p->operations);
    if (lee_state_is_loading(state) && state->error == LEE_OK && p->operations.length > 0) {
        p->is_loading = true;
        state->error = amend_again(p, 0);
        p->is_loading = false;
    }
}

void lee_pipeline_state(lee_state *state, lee_pipeline *p)
{
    assert(state && p && !p->workers);
    lee_state_section(state, "pipeline");
    lee_state_same(state, &p->has_session, sizeof p->has_session);
    lee_state_same(state, &p->generation, sizeof p->generation);
    load_operations(state, p);
    lee_state_plain(state, &p->seq, sizeof p->seq);
    lee_state_plain(state, &p->t_us, sizeof p->t_us);
    lee_state_plain(state, p->feeds, sizeof p->feeds);
    lee_state_plain(state, p->budgets, sizeof p->budgets);
    lee_state_plain(state, p->budgets_us, sizeof p->budgets_us);
    if (p->has_session) {
        lee_attention_state(state, p->attention);
        lee_unseen_state(state, p->unseen);
        lee_decoder_state(state, p->decoder);
        lee_watch_state(state, p->watch);
        lee_warner_state(state, p->warner);
    }
}
