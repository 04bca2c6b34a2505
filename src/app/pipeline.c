#include "app/pipeline.h"

#include <assert.h>
#include <string.h>

#include "app/memory.h"
#include "app/pipeline_private.h"
#include "base/alloc.h"
#include "decode/decoder_state.h"
#include "record/codec.h"
#include "watch/attention_state.h"
#include "watch/watch.h"
#include "zone/qnh_file.h"

#define OUTPUT_MAX_BYTES (1024u * 1024u)
#define DECODER_STATE_MAX_BYTES (256u * 1024u * 1024u)
#define OPERATIONS_MAX_BYTES (64u * 1024u * 1024u)

lee_error lee__pipeline_refuse(lee_error_info *why, lee_error code, const char *field,
                               const char *reason)
{
    *why = (lee_error_info){.code = code, .field = field, .reason = reason};
    return code;
}

static void emit(lee_pipeline *p, lee_record_kind kind)
{
    lee_memory_require_whole(&p->output);
    p->sink(p->sink_context, kind, p->output.bytes, p->output.length);
}

void lee__pipeline_tell(lee_pipeline *p, const lee_event *decided, const lee_track *track)
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
    lee__pipeline_watch_free(p);
    lee_unseen_free(p->unseen);
    lee_attention_free(p->attention);
    p->attention = NULL;
    lee_decoder_free(p->decoder);
    lee_zone_set_free(p->set);
    lee_zone_import_free(p->zones);
    lee_permit_file_free(p->permits);
    lee_places_free(p->places);
    lee_qnh_table_free(p->qnh);
    p->qnh = NULL;
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

void lee_pipeline_set_decoding(lee_pipeline *pipeline, const lee_decoding *decoding)
{
    assert(pipeline && decoding);
    pipeline->decoding = *decoding;
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
lee_error lee__pipeline_make_warner(lee_pipeline *p)
{
    lee_warner_options options;
    lee_warner_options_default(&options);
    options.sender = p->session.sender;
    options.sender_name = p->session.sender_name[0] != '\0' ? p->session.sender_name : NULL;
    options.contact = p->session.contact[0] != '\0' ? p->session.contact : NULL;
    options.web = p->session.web[0] != '\0' ? p->session.web : NULL;
    options.exercise = p->session.exercise;
    options.places = p->places;
    memcpy(options.identifier_key, p->identifier_key, sizeof options.identifier_key);
    return lee_warner_create(&options, on_warning, p, &p->warner);
}

/* Warnings of before keep their identifiers; the next ones cannot be told from those without it. */
static lee_error apply_key(lee_pipeline *p, const uint8_t *bytes, size_t length,
                           lee_error_info *why)
{
    lee_bytes in;
    lee_bytes_init(&in, bytes, length);
    if (length != sizeof p->identifier_key) {
        return lee__pipeline_refuse(why, LEE_ERR_SYNTAX, "key", "is not 16 bytes");
    }
    p->identifier_key[0] = lee_bytes_u64_le(&in);
    p->identifier_key[1] = lee_bytes_u64_le(&in);
    lee_warner_set_key(p->warner, p->identifier_key);
    return LEE_OK;
}

static lee_error start_session(lee_pipeline *p, lee_error_info *why)
{
    p->identifier_key[0] = p->session.identifier_key[0];
    p->identifier_key[1] = p->session.identifier_key[1] ^ p->session.seq_before;
    lee_error error = lee_places_load("", 0, &p->places, why);
    if (error != LEE_OK) {
        return error;
    }
    lee_decoder_options decoder;
    lee_decoder_options_default(&decoder);
    decoder.site_known = p->session.has_site;
    decoder.site = p->session.site;
    if (p->session.watch.hash_key[0] != 0) { /* a session without secrets: a recording's */
        memcpy(decoder.hash_key, p->session.watch.hash_key, sizeof decoder.hash_key);
    }
    error = p->decoding.begin ? p->decoding.begin(p->decoding.context, &decoder)
                              : lee_decoder_create(&decoder, &p->decoder);
    if (error == LEE_OK) {
        error = lee_attention_create(&p->attention);
    }
    if (error == LEE_OK) {
        error = lee__pipeline_watch_create(p);
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
        p->qnh = lee_qnh_table_create();
        error = p->unseen && p->qnh ? lee__pipeline_make_warner(p) : LEE_ERR_NO_MEMORY;
    }
    return error == LEE_OK ? LEE_OK
                           : lee__pipeline_refuse(why, error, "session",
                                                  "the core could not be set up from it");
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
        error = lee__pipeline_watch_zones(p, NULL, p->generation, p->t_us);
        if (error != LEE_OK) {
            return lee__pipeline_refuse(why, error, "session",
                                        "the session before could not be ended");
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
        return lee__pipeline_refuse(why, LEE_ERR_STATE, "session",
                                    "the journal does not start with a session");
    }
    switch (kind) {
    case LEE_RECORD_ZONES:
        return lee__pipeline_zones(pipeline, bytes, length, why);
    case LEE_RECORD_PERMITS:
        return lee__pipeline_permits(pipeline, bytes, length, why);
    case LEE_RECORD_PLACES:
        return lee__pipeline_places(pipeline, bytes, length, why);
    case LEE_RECORD_FRAME:
        return lee__pipeline_frames(pipeline, bytes, length, why);
    case LEE_RECORD_TICK:
        return lee__pipeline_tick(pipeline, bytes, length, why);
    case LEE_RECORD_OPERATOR:
        return lee__pipeline_operation(pipeline, bytes, length, why);
    case LEE_RECORD_SIGHTING:
        return lee__pipeline_sighting(pipeline, bytes, length, why);
    case LEE_RECORD_KEY:
        return apply_key(pipeline, bytes, length, why);
    case LEE_RECORD_HEARTBEAT:
    case LEE_RECORD_DELIVERY:
    case LEE_RECORD_GAP:
    case LEE_RECORD_EPOCH:
    case LEE_RECORD_ATTESTED:
    case LEE_RECORD_PRUNE:
    case LEE_RECORD_REMOTE_OPERATOR:
        return LEE_OK; /* kept as evidence and but for the last shown; they decide nothing yet */
    case LEE_RECORD_SESSION:
    case LEE_RECORD_EVENT:
    case LEE_RECORD_WARNING:
        break;
    }
    return lee__pipeline_refuse(why, LEE_ERR_UNSUPPORTED, "kind", "is not an input");
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
        state->error = lee__pipeline_amend_again(p, 0);
        p->is_loading = false;
    }
}

static void load_qnh(lee_state *state, lee_pipeline *p)
{
    uint32_t count = 0;
    lee_qnh_table_state(state, p->qnh);
    (void)lee_qnh_table_all(p->qnh, &count);
    if (lee_state_is_loading(state) && state->error == LEE_OK && count > 0) {
        lee__pipeline_watch_qnh(p, p->qnh);
    }
}

/* In one buffer, so that it does not matter who decodes. Empty: as a new decoder is. */
static void decoder_state(lee_state *state, lee_pipeline *p)
{
    if (p->decoding.state) {
        p->decoding.state(p->decoding.context, state);
        return;
    }
    lee_buffer bytes;
    lee_buffer_init(&bytes, DECODER_STATE_MAX_BYTES);
    lee_state inner;
    if (!lee_state_is_loading(state)) {
        lee_state_save(&inner, &bytes);
        lee_decoder_state(&inner, p->decoder);
        lee_state_require(state, lee_state_end(&inner) == LEE_OK);
    }
    lee_state_buffer(state, &bytes);
    if (lee_state_is_loading(state) && state->error == LEE_OK && bytes.length > 0) {
        lee_state_load(&inner, bytes.bytes, bytes.length);
        lee_decoder_state(&inner, p->decoder);
        lee_state_require(state, lee_state_end(&inner) == LEE_OK);
    }
    lee_buffer_free(&bytes);
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
    lee_state_plain(state, p->identifier_key, sizeof p->identifier_key);
    if (p->has_session) {
        lee_attention_state(state, p->attention);
        lee_unseen_state(state, p->unseen);
        load_qnh(state, p);
        decoder_state(state, p);
        lee_watch_state(state, p->watch);
        lee_warner_set_key(p->warner, p->identifier_key);
        lee_warner_state(state, p->warner);
    }
}
