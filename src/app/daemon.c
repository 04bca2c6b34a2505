#define _POSIX_C_SOURCE 200809L
#include "app/daemon.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "app/args.h"
#include "app/clock.h"
#include "app/daemon_private.h"
#include "app/heights.h"
#include "app/memory.h"
#include "app/setup.h"
#include "base/alloc.h"
#include "base/json.h"
#include "io/read_file.h"
#include "record/codec.h"
#include "record/input.h"
#include "warn/degraded.h"

#define TEXT_MAX_BYTES (512u * 1024u * 1024u)

/* What was decided is durable and told within this; what was only received within the next. */
#define COMMIT_EVERY_MS 10
#define COMMIT_IDLE_EVERY 25 /* of the ticks above */
#define TICK_EVERY_MS 1000
#define DEMO_EVERY_MS 50
/* A head is begun once a second and made in slices of this many files, one slice a commit tick, so
 * that no turn of the loop waits for more than a few syncs. */
#define CHECKPOINT_EVERY_MS 1000
#define CHECKPOINT_SLICE_FILES 6
#define HEARTBEAT_EVERY_MS 60000
#define REOPEN_EVERY_MS 5000
#define KEY_EVERY_MS 86400000

int64_t lee__daemon_now_us(const lee_daemon *daemon)
{
    if (!daemon->demo) {
        return lee_receive_clock_us(&daemon->clock);
    }
    lee_demo_state state;
    lee_demo_describe(daemon->demo, &state);
    return state.t_us;
}

lee_error lee__daemon_submit(lee_daemon *daemon, lee_record_kind kind, lee_error_info *why)
{
    lee_error error = daemon->scratch.error;
    *why = (lee_error_info){.code = error, .reason = lee_error_text(error)};
    if (error == LEE_OK) {
        error = lee_recorder_submit(daemon->recorder, kind, daemon->scratch.bytes,
                                    daemon->scratch.length, why);
    }
    if (error != LEE_OK) {
        fprintf(stderr, "leeward: %s refused: %s\n", lee_record_kind_name(kind), why->reason);
    }
    return error;
}

/* --- what comes in -------------------------------------------------------------------------- */

static void on_frame(void *context, const lee_frame *frame)
{
    lee_daemon *const daemon = context;
    lee_buffer_reset(&daemon->scratch);
    lee_frame_encode(frame, &daemon->scratch);
    lee_memory_require_whole(&daemon->scratch);
    daemon->snapshot.debt_bytes += daemon->scratch.length;
    lee_error_info why;
    (void)lee__daemon_submit(daemon, LEE_RECORD_FRAME, &why);
}

/* Frames that a parser made apart. */
static lee_error on_frames(void *context, const uint8_t *bytes, size_t length)
{
    lee_daemon *const daemon = context;
    lee_buffer_reset(&daemon->scratch);
    lee_buffer_bytes(&daemon->scratch, bytes, length);
    lee_memory_require_whole(&daemon->scratch);
    daemon->snapshot.debt_bytes += length;
    lee_error_info why;
    return lee__daemon_submit(daemon, LEE_RECORD_FRAME, &why);
}

/* What a drone says of its operator goes into the journal and nowhere else. */
static void on_operator(void *context, const lee_remote_operator *said)
{
    lee_daemon *const daemon = context;
    lee_remote_operator kept = *said;
    lee_error_info why;
    if (!lee_remote_operators_take(daemon->operators, &kept,
                                   lee_receive_clock_us(&daemon->clock))) {
        return;
    }
    lee_buffer_reset(&daemon->scratch);
    lee_remote_operator_write(&kept, &daemon->scratch);
    lee_memory_require_whole(&daemon->scratch);
    (void)lee__daemon_submit(daemon, LEE_RECORD_REMOTE_OPERATOR, &why);
    memset(daemon->scratch.bytes, 0, daemon->scratch.length);
}

static void submit_tick(lee_daemon *daemon, int64_t t_us)
{
    lee_buffer_reset(&daemon->scratch);
    lee_input_tick_encode(t_us, &daemon->scratch);
    lee_memory_require_whole(&daemon->scratch);
    lee_error_info why;
    (void)lee__daemon_submit(daemon, LEE_RECORD_TICK, &why);
}

static void on_demo_tick(void *context, int64_t t_us)
{
    submit_tick(context, t_us);
}

static void on_demo_start(void *context, int64_t t_us)
{
    lee_daemon *const daemon = context;
    if (lee__daemon_start_session(daemon, t_us) != LEE_OK) {
        daemon->failed = true;
    }
}

/* --- what goes out -------------------------------------------------------------------------- */

/* Every outlet and the feed of CAP messages. */
static void give_out(lee_daemon *daemon, const char *warning, size_t length)
{
    lee_cap_feed_add(daemon->cap_feed, warning, length);
    for (int i = 0; i < daemon->options.config->outlet_count; i++) {
        if (daemon->outlets[i]) {
            /* A full queue is told as a delivery record by the outlet itself. */
            const lee_error refused = lee_outlet_push(daemon->outlets[i], warning, length);
            if (refused != LEE_OK) {
                fprintf(stderr, "leeward: outlet %s: %s\n", lee_outlet_name(daemon->outlets[i]),
                        lee_error_text(refused));
            }
        }
    }
}

/* A warning that could not be made durable goes out all the same, and says so. */
static void give_out_marked(lee_daemon *daemon, const lee_record *record)
{
    const char *const warning = (const char *)record->bytes;
    lee_buffer text;
    lee_buffer_init(&text, record->length + LEE_DEGRADED_MORE_BYTES);
    if (lee_degraded_write(warning, record->length, &text) == LEE_OK && text.error == LEE_OK) {
        give_out(daemon, (const char *)text.bytes, text.length);
    } else {
        give_out(daemon, warning, record->length);
    }
    lee_buffer_free(&text);
}

static void announce(void *context, const lee_record *record)
{
    lee_daemon *const daemon = context;
    if (daemon->recovering) {
        return;
    }
    lee__daemon_note_event(daemon, record);
    if (!lee_recorder_is_degraded(daemon->recorder)) { /* else it has no place in the journal */
        lee__daemon_note_session(daemon, record);
    }
    daemon->snapshot.debt_bytes += record->length;
    const lee_error lost = lee_outlet_pending_record(daemon->pending, record);
    const lee_error error = lee_picture_apply(daemon->picture, record);
    daemon->snapshot.incomplete |= lost == LEE_ERR_NO_MEMORY || error == LEE_ERR_NO_MEMORY;
    if (error != LEE_OK && error != LEE_ERR_UNSUPPORTED) {
        fprintf(stderr, "leeward: record %llu (%s) is not shown: %s\n",
                (unsigned long long)record->index, lee_record_kind_name(record->kind),
                lee_error_text(error));
    }
    if (record->kind != LEE_RECORD_WARNING) {
        return;
    }
    if (lee_recorder_is_degraded(daemon->recorder)) {
        give_out_marked(daemon, record);
    } else {
        give_out(daemon, (const char *)record->bytes, record->length);
    }
}

/* Before anything is told, so that gathering costs nobody time. */
static void flush_feeds(lee_daemon *daemon)
{
    if (daemon->intake) {
        lee_intake_flush(daemon->intake);
    }
}

/* --- timers --------------------------------------------------------------------------------- */

static void sign_slice(lee_daemon *daemon)
{
    bool done = false;
    const lee_error error =
        lee_journal_checkpoint_some(daemon->journal, CHECKPOINT_SLICE_FILES, &done);
    if (error != LEE_OK && error != daemon->seal_error) {
        lee_journal_state state;
        lee_journal_status(daemon->journal, &state);
        fprintf(stderr, "leeward: no checkpoint was signed: %s\n", state.message);
    }
    /* After a failure the next second tries again. */
    daemon->is_signing = error == LEE_OK && !done;
    daemon->seal_error = error;
    if (error != LEE_OK && daemon->unsigned_since_us == 0) {
        daemon->unsigned_since_us = lee_receive_clock_us(&daemon->clock);
    } else if (done && daemon->unsigned_since_us != 0) {
        daemon->unsigned_since_us = 0;
        fprintf(stderr, "leeward: checkpoints are signed again\n");
    }
}

/* Without its SESSION what follows the gap would belong to the session before, in which the hour
 * may be a later one and other zones are in force. */
static void begin_again(lee_daemon *daemon)
{
    fprintf(stderr, "leeward: the session that had just begun was not kept; it begins again\n");
    if (lee__daemon_start_session(daemon, lee__daemon_now_us(daemon)) != LEE_OK) {
        daemon->failed = true;
    }
}

static void reopen(lee_daemon *daemon)
{
    if (daemon->session_is_new) {
        lee_recorder_commit(daemon->recorder); /* what waits belongs to it, and goes with it */
    }
    const lee_error error =
        lee_journal_reopen(daemon->journal, daemon->degraded_since_us, lee__daemon_now_us(daemon));
    if (error != LEE_OK && error != LEE_ERR_STATE) {
        fprintf(stderr, "leeward: the journal still fails: %s\n", lee_error_text(error));
    }
    if (error == LEE_OK && daemon->session_is_new) {
        begin_again(daemon);
    }
}

/* Says when evidence fails, when the reserve is used, and when all is well again. */
static void tell_evidence(lee_daemon *daemon)
{
    const bool degraded = lee_recorder_is_degraded(daemon->recorder);
    lee_journal_state state;
    lee_journal_status(daemon->journal, &state);
    if (degraded && daemon->degraded_since_us == 0) {
        /* What is lost is known here, and will not be in the journal. */
        daemon->degraded_since_us = lee__daemon_now_us(daemon);
        daemon->snapshot.incomplete = true;
        fprintf(stderr, "leeward: evidence is degraded, warnings go on: %s\n", state.message);
        reopen(daemon); /* at once: there may be a reserve */
    } else if (!degraded && daemon->degraded_since_us != 0) {
        daemon->degraded_since_us = 0;
        fprintf(stderr, "leeward: evidence is durable again\n");
    }
    lee_journal_status(daemon->journal, &state);
    if (state.is_scarce && daemon->scarce_since_us == 0) {
        daemon->scarce_since_us = lee__daemon_now_us(daemon);
        fprintf(stderr, "leeward: the disk is full: %s\n", state.message);
    } else if (!state.is_scarce && daemon->scarce_since_us != 0) {
        daemon->scarce_since_us = 0;
        fprintf(stderr, "leeward: there is space again, frames are kept\n");
    }
}

static void on_commit(void *context)
{
    lee_daemon *const daemon = context;
    daemon->commits++;
    flush_feeds(daemon);
    if (lee_recorder_has_decided(daemon->recorder) || daemon->commits % COMMIT_IDLE_EVERY == 0) {
        lee_recorder_commit(daemon->recorder);
    }
    if (!lee_recorder_is_degraded(daemon->recorder) &&
        !lee_recorder_has_pending(daemon->recorder)) {
        daemon->session_is_new = false;
    }
    atomic_store(daemon->durable, lee_journal_durable_count(daemon->journal));
    if (daemon->is_signing) {
        sign_slice(daemon);
    } else {
        lee__daemon_snapshot_step(daemon);
    }
    lee__daemon_explain_some(daemon);
    tell_evidence(daemon);
}

static void on_tick(void *context)
{
    lee_daemon *const daemon = context;
    flush_feeds(daemon);
    lee__daemon_look_at_clock(daemon);
    lee__daemon_snapshot_renew(daemon);
    submit_tick(daemon, lee_receive_clock_us(&daemon->clock));
}

static void on_demo(void *context)
{
    lee_daemon *const daemon = context;
    lee_demo_step(daemon->demo, lee_clock_monotonic_us());
}

static void on_checkpoint(void *context)
{
    lee_daemon *const daemon = context;
    daemon->is_signing = true;
    lee__daemon_attest_step(daemon);
}

static void on_reopen(void *context)
{
    lee_daemon *const daemon = context;
    if (daemon->degraded_since_us != 0) {
        reopen(daemon);
    }
    if (daemon->scarce_since_us != 0) {
        const lee_error error = lee_journal_replenish(daemon->journal, daemon->scarce_since_us,
                                                      lee__daemon_now_us(daemon));
        daemon->snapshot.incomplete = true;
        (void)error; /* the next look comes; a failure is told where commits are */
    }
}

/* Who holds a bundle holds the keys of identifiers up to its end. With a new one each day, and at
 * each start, it tells nothing about whose warnings later ones are. */
static void on_key(void *context)
{
    lee_daemon *const daemon = context;
    uint8_t key[16];
    if (!lee_setup_random(key, sizeof key)) {
        fprintf(stderr, "leeward: no randomness for a new key of identifiers; the old one stays\n");
        return;
    }
    lee_buffer_reset(&daemon->scratch);
    lee_buffer_bytes(&daemon->scratch, key, sizeof key);
    lee_error_info why;
    (void)lee__daemon_submit(daemon, LEE_RECORD_KEY, &why);
}

static lee_error start_timers(lee_daemon *daemon)
{
    const struct {
        int64_t every_ms;
        lee_loop_callback *callback;
        bool wanted;
    } timers[] = {{COMMIT_EVERY_MS, on_commit, true},
                  {TICK_EVERY_MS, on_tick, !daemon->demo},
                  {DEMO_EVERY_MS, on_demo, daemon->demo},
                  {CHECKPOINT_EVERY_MS, on_checkpoint, true},
                  {HEARTBEAT_EVERY_MS, lee__daemon_heartbeat, !daemon->demo},
                  {KEY_EVERY_MS, on_key, !daemon->demo},
                  {REOPEN_EVERY_MS, on_reopen, true}};
    for (size_t i = 0; i < sizeof timers / sizeof timers[0]; i++) {
        lee_loop_timer *timer = NULL;
        if (timers[i].wanted) {
            const lee_error error =
                lee_loop_add_timer(daemon->loop, timers[i].every_ms, timers[i].every_ms,
                                   timers[i].callback, daemon, &timer);
            if (error != LEE_OK) {
                return error;
            }
        }
    }
    return LEE_OK;
}

/* --- start ---------------------------------------------------------------------------------- */

/* Zones, permits and places as configured; refused ones were said and are not there. */
static lee_error read_texts(lee_daemon *daemon)
{
    const lee_config *const config = daemon->options.config;
    bool refused = false;
    lee_error error = LEE_OK;
    if (config->zone_count > 0) {
        error = lee_setup_zones(config->zones, config->zone_count, &daemon->zones, &refused);
    }
    if (error == LEE_OK && config->permits) {
        error = lee_setup_permits(config->permits, &daemon->permits, &refused);
    }
    for (int i = 0; error == LEE_OK && i < config->qnh_count; i++) {
        lee_watch_options unused;
        error = lee_heights_read_qnh(config->qnh[i], &unused, &daemon->qnh);
    }
    if (error == LEE_OK && config->terrain) {
        error = lee_terrain_files_open(config->terrain, &daemon->terrain);
    }
    if (error == LEE_OK && config->places && daemon->zones.length > 0) {
        error = lee_setup_places(config->places, &daemon->zones, &daemon->places);
    }
    return error;
}

static lee_error open_journal(lee_daemon *daemon)
{
    const int made = lee_folder_make(daemon->options.data);
    if (made != 0) {
        fprintf(stderr, "leeward: %s: %s\n", daemon->options.data, strerror(-made));
        return LEE_ERR_IO;
    }
    snprintf(daemon->journal_folder, sizeof daemon->journal_folder, "%s/journal",
             daemon->options.data);
    return lee_setup_journal(daemon->journal_folder, lee__daemon_snapshot_read(daemon),
                             daemon->options.demo ? 0 : daemon->options.config->reserve_bytes,
                             daemon->options.config->signer,
                             daemon->options.alone ? NULL : &daemon->signer, &daemon->journal,
                             &daemon->found);
}

static lee_error make_pending(lee_daemon *daemon)
{
    char names[LEE_CONFIG_OUTLETS_MAX][64];
    const char *list[LEE_CONFIG_OUTLETS_MAX];
    const int count = daemon->options.config->outlet_count;
    lee__daemon_name_outlets(daemon->options.config, names);
    for (int i = 0; i < count; i++) {
        list[i] = names[i];
    }
    return lee_outlet_pending_create(list, (uint32_t)count, 4096, &daemon->pending);
}

lee_error lee__daemon_make_views(lee_daemon *daemon)
{
    lee_picture_options picture;
    lee_picture_options_default(&picture);
    lee_error error = lee_picture_create(&picture, &daemon->picture);
    if (error == LEE_OK) {
        lee_picture_set_reader(daemon->picture, lee__daemon_read_events, daemon);
        error = lee_cap_feed_create(&daemon->cap_feed);
    }
    const bool alone = daemon->options.alone;
    if (error == LEE_OK && !daemon->parser && !alone) {
        error = lee_parser_create(NULL, &daemon->parser);
    }
    if (error == LEE_OK) {
        const lee_decoding decoding =
            alone ? (lee_decoding){0} : lee_parser_decoding(daemon->parser);
        const lee_recorder_options recorder = {.journal = daemon->journal,
                                               .announce = announce,
                                               .context = daemon,
                                               .terrain = daemon->terrain,
                                               .decoding = alone ? NULL : &decoding};
        error = lee_recorder_create(&recorder, &daemon->recorder);
    }
    return error == LEE_OK ? make_pending(daemon) : error;
}

void lee__daemon_free_views(lee_daemon *daemon)
{
    lee_recorder_free(daemon->recorder);
    lee_picture_free(daemon->picture);
    lee_cap_feed_free(daemon->cap_feed);
    lee_outlet_pending_free(daemon->pending);
    daemon->recorder = NULL;
    daemon->picture = NULL;
    daemon->cap_feed = NULL;
    daemon->pending = NULL;
    lee_buffer *const buffers[] = {&daemon->in_force.session,     &daemon->in_force.zones,
                                   &daemon->in_force.permits,     &daemon->in_force.places,
                                   &daemon->event_places.indexes, &daemon->sessions};
    for (size_t i = 0; i < sizeof buffers / sizeof buffers[0]; i++) {
        lee_buffer_reset(buffers[i]);
    }
    daemon->in_force.has_session = false;
    daemon->in_force.generation = 0;
    daemon->in_force.seq = 0;
    daemon->event_places.last_seq = 0;
    daemon->sightings = 0;
    daemon->retained_from = 0;
}

static lee_error load_demo(lee_daemon *daemon)
{
    const lee_demo_handlers handlers = {
        .frame = on_frame, .tick = on_demo_tick, .start_over = on_demo_start, .context = daemon};
    return lee_demo_load(daemon->options.share, &handlers, &daemon->demo);
}

static lee_error seal_operators(lee_daemon *daemon)
{
    daemon->operators = lee_alloc(1, sizeof *daemon->operators);
    if (!daemon->operators) {
        return LEE_ERR_NO_MEMORY;
    }
    lee_intake_set_operators(daemon->intake, on_operator);
    fprintf(stderr, "leeward: seal_drone_operators: where drones say that their operators are is "
                    "kept, sealed in the journal\n");
    return LEE_OK;
}

static lee_error start_feeds(lee_daemon *daemon)
{
    lee_error error = lee_intake_create(on_frame, NULL, daemon, &daemon->intake);
    if (error == LEE_OK) {
        lee_intake_set_clock(daemon->intake, &daemon->clock);
    }
    if (error == LEE_OK && !daemon->options.alone) {
        lee_intake_set_apart(daemon->intake, on_frames);
    }
    if (error == LEE_OK && daemon->options.config->seal_drone_operators) {
        error = seal_operators(daemon);
    }
    for (int i = 0; error == LEE_OK && i < daemon->options.config->feed_count; i++) {
        error = lee_intake_add(daemon->intake, daemon->options.config->feeds[i], NULL);
    }
    return error == LEE_OK ? lee_intake_start(daemon->intake, daemon->loop) : error;
}

static lee_error start_up(lee_daemon *daemon)
{
    lee_receive_clock_begin(&daemon->clock);
    lee_error error = lee_loop_create(&daemon->loop);
    if (error == LEE_OK) {
        error = read_texts(daemon);
    }
    if (error == LEE_OK) {
        error = open_journal(daemon);
    }
    if (error == LEE_OK) {
        error =
            lee__daemon_start_helpers(daemon); /* first, while there is little memory to share */
    }
    if (error == LEE_OK) {
        error = lee__daemon_start_retention(daemon);
    }
    if (error == LEE_OK && daemon->options.demo) {
        error = load_demo(daemon);
    }
    if (error == LEE_OK) {
        error = lee__daemon_recover(daemon);
    }
    if (error == LEE_OK && !daemon->demo) {
        error = lee__daemon_configure(daemon);
    }
    if (error == LEE_OK && !daemon->demo) {
        on_key(daemon);
    }
    if (error == LEE_OK) {
        error = lee__daemon_start_serve(daemon);
    }
    if (error == LEE_OK) {
        error = lee__daemon_start_outlets(daemon);
    }
    if (error == LEE_OK) {
        error = lee__daemon_start_attest(daemon);
    }
    if (error == LEE_OK && !daemon->demo) {
        error = start_feeds(daemon);
    }
    if (error == LEE_OK) {
        lee__daemon_tell_clock(daemon);
    }
    return error == LEE_OK ? start_timers(daemon) : error;
}

static void shut_down(lee_daemon *daemon)
{
    for (int i = 0; i < LEE_CONFIG_OUTLETS_MAX; i++) {
        lee_outlet_free(daemon->outlets[i]);
    }
    lee_attest_free(daemon->attest);
    flush_feeds(daemon);
    lee_intake_free(daemon->intake);
    lee_free(daemon->operators);
    lee__daemon_stop_retention(daemon);
    lee__daemon_stop_helpers(daemon);
    if (daemon->recorder) {
        lee_recorder_commit(daemon->recorder);
        lee__daemon_snapshot_stop(daemon);
    }
    lee_serve_free(daemon->serve);
    lee_access_free(daemon->access);
    if (daemon->journal && lee_journal_close(daemon->journal) != LEE_OK) {
        fprintf(stderr, "leeward: the journal could not be closed cleanly; it recovers at the "
                        "next start\n");
    }
    lee_signer_process_free(daemon->signer);
    lee_explain_free(daemon->explain);
    lee__daemon_free_views(daemon);
    lee_parser_free(daemon->parser);
    lee_demo_free(daemon->demo);
    lee_buffer_free(&daemon->snapshot.file);
    lee_loop_free(daemon->loop);
    lee_buffer_free(&daemon->event_places.indexes);
    lee_buffer_free(&daemon->sessions);
    lee_terrain_files_close(daemon->terrain);
    lee_buffer *const buffers[] = {&daemon->scratch,
                                   &daemon->zones,
                                   &daemon->permits,
                                   &daemon->places,
                                   &daemon->qnh,
                                   &daemon->in_force.session,
                                   &daemon->in_force.zones,
                                   &daemon->in_force.permits,
                                   &daemon->in_force.places};
    for (size_t i = 0; i < sizeof buffers / sizeof buffers[0]; i++) {
        lee_buffer_free(buffers[i]);
    }
}

int lee_daemon_run(const lee_daemon_options *options)
{
    assert(options && options->config && options->data && options->stop);
    lee_daemon daemon = {.options = *options};
    lee_buffer *const buffers[] = {&daemon.scratch,
                                   &daemon.zones,
                                   &daemon.permits,
                                   &daemon.places,
                                   &daemon.qnh,
                                   &daemon.in_force.session,
                                   &daemon.in_force.zones,
                                   &daemon.in_force.permits,
                                   &daemon.in_force.places};
    for (size_t i = 0; i < sizeof buffers / sizeof buffers[0]; i++) {
        lee_buffer_init(buffers[i], TEXT_MAX_BYTES);
    }
    lee_buffer_init(&daemon.event_places.indexes, TEXT_MAX_BYTES);
    lee_buffer_init(&daemon.sessions, TEXT_MAX_BYTES);
    lee_error error = start_up(&daemon);
    if (error != LEE_OK) {
        fprintf(stderr, "leeward: it could not start: %s\n", lee_error_text(error));
    }
    while (error == LEE_OK && !*options->stop && !daemon.failed) {
        error = lee_serve_step(daemon.serve);
    }
    shut_down(&daemon);
    return error == LEE_OK ? LEE_EXIT_DONE : LEE_EXIT_REFUSED;
}
