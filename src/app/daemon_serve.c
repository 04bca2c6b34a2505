/* What the page shows of the running watch, and what it asks for. */
#include "app/daemon_private.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "app/clock.h"
#include "app/setup.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/limits.h"
#include "decode/sighting.h"
#include "record/codec.h"
#include "serve/metric.h"
#include "zone/qnh_file.h"

static int64_t on_now(void *context)
{
    return lee__daemon_now_us(context);
}

static void on_each_track(void *context, lee_track_sink *sink, void *sink_context)
{
    const lee_daemon *const daemon = context;
    const lee_watch *const watch = lee_pipeline_watch(lee_recorder_pipeline(daemon->recorder));
    if (watch) {
        lee_watch_each_track(watch, sink, sink_context);
    }
}

static const lee_track *on_find_track(void *context, const lee_target *target)
{
    const lee_daemon *const daemon = context;
    const lee_watch *const watch = lee_pipeline_watch(lee_recorder_pipeline(daemon->recorder));
    return watch ? lee_watch_find_track(watch, target) : NULL;
}

static bool on_healthy(void *context)
{
    const lee_daemon *const daemon = context;
    return lee_pipeline_watch(lee_recorder_pipeline(daemon->recorder)) != NULL;
}

static void on_write_health(void *context, lee_buffer *out)
{
    const lee_daemon *const daemon = context;
    const int64_t ahead_us = daemon->demo ? 0 : lee_receive_clock_ahead_us(&daemon->clock);
    if (ahead_us >= LEE_CLOCK_STEP_US) {
        lee_buffer_text(out, "the wall clock was set back: what comes in has a time ");
        lee_buffer_uint(out, (uint64_t)(ahead_us / 100000) / 10);
        lee_buffer_text(out, " s ahead of it\n");
    }
}

/* --- status --------------------------------------------------------------------------------- */

static void write_journal(const lee_daemon *daemon, lee_json *json)
{
    lee_journal_state state;
    lee_journal_status(daemon->journal, &state);
    const bool degraded = state.degraded || lee_recorder_is_degraded(daemon->recorder);
    lee_json_key(json, "journal");
    lee_json_object(json);
    lee_json_put_text(json, "state", degraded ? "degraded" : "durable");
    lee_json_put_int(json, "records", (int64_t)state.durable_count);
    lee_json_put_int(json, "signed", (int64_t)state.checkpoint_size);
    if (daemon->unsigned_since_us != 0) {
        lee_json_put_int(json, "unsigned_since_us", daemon->unsigned_since_us);
    }
    const int64_t since_us = lee__daemon_since_us(daemon);
    if (since_us != INT64_MIN) {
        lee_json_put_int(json, "since_us", since_us);
    }
    if (state.message[0] != '\0') {
        lee_json_put_text(json, "reason", state.message);
    }
    lee__daemon_attest_status(daemon, json);
    lee_json_object_end(json);
}

/* Reports a second, measured over at least the last two seconds. */
static double rate_of(lee_feed_rate *rate, uint64_t reports)
{
    const int64_t now_us = lee_clock_monotonic_us();
    const int64_t passed_us = now_us - rate->at_us;
    if (rate->at_us == 0 || reports < rate->frames) {
        *rate = (lee_feed_rate){.frames = reports, .at_us = now_us};
    } else if (passed_us >= 2000000) {
        rate->per_s = (double)(reports - rate->frames) * 1e6 / (double)passed_us;
        rate->frames = reports;
        rate->at_us = now_us;
    }
    return rate->per_s;
}

/* What the feed was heard saying, after decoding. */
static void write_heard(const lee_daemon *daemon, uint16_t number, lee_json *json)
{
    const lee_watch *const watch = lee_pipeline_watch(lee_recorder_pipeline(daemon->recorder));
    lee_watch_feed heard = {0};
    if (watch) {
        lee_watch_count_feed(watch, number, &heard);
    }
    lee_json_put_int(json, "positions", (int64_t)heard.positions);
    lee_json_put_int(json, "duplicates", (int64_t)heard.duplicates);
    lee_json_put_int(json, "late", (int64_t)heard.late);
    lee_json_put_int(json, "targets_first", (int64_t)heard.targets);
    lee_json_put_bool(json, "silent", heard.is_silent);
    if (heard.swarms > 0) {
        lee_json_put_bool(json, "swarm", heard.swarm_is_on);
        lee_json_put_int(json, "swarms", (int64_t)heard.swarms);
    }
}

static void write_feed_counters(lee_daemon *daemon, uint16_t number, int64_t last_us,
                                lee_json *json)
{
    const lee_feed_counters *const counted =
        lee_pipeline_feed(lee_recorder_pipeline(daemon->recorder), number);
    lee_json_put_int(json, "frames", (int64_t)counted->frames);
    lee_json_put_int(json, "reports", (int64_t)counted->reports);
    lee_json_put_int(json, "no_report", (int64_t)counted->nothing);
    lee_json_put_fixed(json, "reports_per_s",
                       (int64_t)(rate_of(&daemon->rates[number], counted->reports) * 10), 1);
    write_heard(daemon, number, json);
    if (last_us > 0) {
        const int64_t silent_us = lee__daemon_now_us(daemon) - last_us;
        lee_json_put_int(json, "last_us", last_us);
        lee_json_put_fixed(json, "silent_s", silent_us > 0 ? silent_us / 100000 : 0, 1);
    }
}

static void write_feeds(lee_daemon *daemon, lee_json *json)
{
    lee_json_key(json, "feeds");
    lee_json_array(json);
    if (daemon->demo) {
        const lee_feed_counters *const counted =
            lee_pipeline_feed(lee_recorder_pipeline(daemon->recorder), 0);
        lee_json_object(json);
        lee_json_put_text(json, "name", "recording");
        lee_json_put_text(json, "format", lee_format_name(LEE_FORMAT_REPORT_JSONL));
        lee_json_put_text(json, "state", "connected");
        write_feed_counters(daemon, 0, counted->last_us, json);
        lee_json_put_int(json, "refused", (int64_t)counted->refused);
        lee_json_object_end(json);
    }
    for (uint16_t i = 0; daemon->intake && i < lee_intake_count(daemon->intake); i++) {
        const lee_intake_feed feed = lee_intake_feed_at(daemon->intake, i);
        const lee_feed_counters *const counted =
            lee_pipeline_feed(lee_recorder_pipeline(daemon->recorder), i);
        lee_json_object(json);
        lee_json_put_text(json, "name", feed.name);
        if (feed.format_known) {
            lee_json_put_text(json, "format", lee_format_name(feed.format));
        }
        lee_json_put_text(json, "state", lee_feed_state_name(feed.status->state));
        write_feed_counters(daemon, i, feed.status->last_us, json);
        lee_json_put_int(json, "refused", (int64_t)(counted->refused + feed.refused));
        lee_json_put_int(json, "lost", (int64_t)feed.status->datagrams_dropped);
        if (feed.status->reason[0] != '\0') {
            lee_json_put_text(json, "reason", feed.status->reason);
        }
        lee_json_object_end(json);
    }
    if (lee__daemon_has_positions(daemon)) {
        const lee_feed_counters *const counted =
            lee_pipeline_feed(lee_recorder_pipeline(daemon->recorder), LEE_INTAKE_POSITIONS_FEED);
        lee_json_object(json);
        lee_json_put_text(json, "name", "positions");
        lee_json_put_text(json, "format", lee_format_name(LEE_FORMAT_REPORT_JSONL));
        lee_json_put_text(json, "state", "connected");
        write_feed_counters(daemon, LEE_INTAKE_POSITIONS_FEED, counted->last_us, json);
        lee_json_put_int(json, "refused", (int64_t)counted->refused);
        lee_json_object_end(json);
    }
    lee_json_array_end(json);
}

static void write_demo(const lee_daemon *daemon, lee_json *json)
{
    if (!daemon->demo) {
        return;
    }
    lee_demo_state state;
    lee_demo_describe(daemon->demo, &state);
    lee_json_key(json, "demo");
    lee_json_object(json);
    lee_json_put_fixed(json, "speed", state.speed_e1, 1);
    lee_json_put_bool(json, "paused", state.paused);
    lee_json_put_int(json, "from_us", state.from_us);
    lee_json_put_int(json, "to_us", state.to_us);
    lee_json_put_text(json, "recorded", state.recorded);
    lee_json_put_text(json, "drawn", state.drawn);
    lee_json_object_end(json);
}

/* More are left out, which is said: each status is one message. */
#define MOVING_MAX 1000u

typedef struct {
    lee_json *json;
    uint32_t count;
} moving_writer;

static void write_one_moving(void *context, const lee_moving *moving)
{
    static const char *const states[] = {"unheard", "heard", "stale"};
    moving_writer *const writer = context;
    lee_json *const json = writer->json;
    if (writer->count++ >= MOVING_MAX) {
        return;
    }
    lee_json_object(json);
    lee_json_put_text(json, "zone", moving->zone->id);
    lee_json_put_text(json, "state", states[moving->state]);
    if (moving->state != LEE_MOVING_UNHEARD) {
        lee_json_put_int(json, "heard_us", moving->heard_us);
        lee_json_put_fixed(json, "lat", moving->point.lat_e7, 7);
        lee_json_put_fixed(json, "lon", moving->point.lon_e7, 7);
        lee_json_put_int(json, "radius_m", moving->radius_m);
    }
    if (moving->state != LEE_MOVING_UNHEARD && moving->zone->moving.route_count > 0) {
        lee_json_put_fixed(json, "tail", moving->tail_e6, 6);
        lee_json_put_fixed(json, "head", moving->head_e6, 6);
        lee_json_put_bool(json, "off_route", moving->is_off);
    }
    lee_json_object_end(json);
}

/* Where the zones that move are. */
static void write_moving(const lee_watch *watch, lee_json *json)
{
    moving_writer writer = {json, 0};
    lee_json_key(json, "moving");
    lee_json_array(json);
    if (watch) {
        lee_watch_each_moving(watch, write_one_moving, &writer);
    }
    lee_json_array_end(json);
    if (writer.count > MOVING_MAX) {
        lee_json_put_int(json, "moving_left_out", (int64_t)writer.count - MOVING_MAX);
    }
}

static void on_write_status(void *context, lee_json *json)
{
    lee_daemon *const daemon = context;
    const lee_pipeline *const pipeline = lee_recorder_pipeline(daemon->recorder);
    const lee_watch *const watch = lee_pipeline_watch(pipeline);
    const lee_zone_list *const zones = lee_pipeline_zones(pipeline);
    lee_watch_counters counted = {0};
    if (watch) {
        lee_watch_count(watch, &counted);
    }
    lee_picture_counters picture;
    lee_picture_count(daemon->picture, &picture);
    lee_json_object(json);
    lee_json_put_text(json, "version", LEEWARD_VERSION);
    lee_json_put_text(json, "mode", daemon->demo ? "demo" : "live");
    lee_json_put_bool(json, "exercise",
                      daemon->options.demo || daemon->options.config->session.exercise);
    lee_json_put_int(json, "t_us", lee__daemon_now_us(daemon));
    lee_json_put_int(json, "zone_generation", (int64_t)lee_pipeline_generation(pipeline));
    lee_json_put_int(json, "zones", zones ? zones->count : 0);
    write_journal(daemon, json);
    lee_json_key(json, "clock");
    lee__daemon_write_clock(daemon, json);
    lee_json_put_int(json, "seq", (int64_t)picture.last_seq);
    lee_json_put_int(json, "tracks", counted.tracks);
    lee_json_put_int(json, "incidents_open", picture.incidents_open);
    write_feeds(daemon, json);
    lee_json_key(json, "inhibitions");
    lee_picture_write_inhibitions(daemon->picture, lee__daemon_now_us(daemon), json);
    write_moving(watch, json);
    write_demo(daemon, json);
    lee_json_object_end(json);
}

typedef struct {
    lee_feed_counters counted;
    lee_watch_feed heard;
    uint64_t not_frames;
    uint64_t lost;
} feed_figures;

static uint64_t feed_figure(const feed_figures *f, int which)
{
    const uint64_t figures[] = {f->lost,
                                f->not_frames,
                                f->counted.frames,
                                f->counted.reports,
                                f->counted.nothing,
                                f->counted.refused,
                                f->heard.positions,
                                f->heard.duplicates,
                                f->heard.targets,
                                f->heard.is_silent,
                                f->heard.swarm_is_on,
                                f->heard.swarms,
                                f->counted.judged,
                                f->counted.dropped[LEE_WORTH_FAR],
                                f->counted.dropped[LEE_WORTH_DUPLICATE],
                                f->counted.dropped[LEE_WORTH_UNESTABLISHED],
                                f->counted.dropped[LEE_WORTH_ORDINARY]};
    assert((size_t)which < sizeof figures / sizeof figures[0]);
    return figures[which];
}

/* One line for each feed, by its number: names may hold anything. */
static void feed_metrics(const lee_daemon *daemon, lee_buffer *out)
{
    static const struct {
        const char *name;
        const char *type;
        const char *help;
    } metrics[] = {
        {"feed_messages_lost_total", "counter", "Datagrams and messages lost before parsing."},
        {"feed_not_frames_total", "counter", "Stretches of bytes that are no frame."},
        {"feed_frames_total", "counter", "Frames of the feed."},
        {"feed_reports_total", "counter", "Frames that became reports."},
        {"feed_no_report_total", "counter", "Good frames that tell nothing reported."},
        {"feed_refused_total", "counter", "Frames refused."},
        {"feed_positions_total", "counter", "Reports with a position."},
        {"feed_duplicates_total", "counter", "Reports said before, by any feed."},
        {"feed_targets_first_total", "counter", "Targets that this feed heard first."},
        {"feed_silent", "gauge", "1: was heard, and not in the last minute."},
        {"feed_swarm", "gauge", "1: more new targets than traffic brings."},
        {"feed_swarms_total", "counter", "Swarm alarms."},
        {"feed_judged_total", "counter", "Reports judged; with those dropped, all reports."},
        {"feed_dropped_far_total", "counter", "Over budget: of targets far from every zone."},
        {"feed_dropped_duplicate_total", "counter", "Over budget: said already."},
        {"feed_dropped_unestablished_total", "counter", "Over budget: of targets hardly heard."},
        {"feed_dropped_ordinary_total", "counter", "Over budget: all that is no priority."},
    };
    const lee_pipeline *const pipeline = lee_recorder_pipeline(daemon->recorder);
    const lee_watch *const watch = lee_pipeline_watch(pipeline);
    const uint16_t feeds = daemon->demo ? 1 : daemon->intake ? lee_intake_count(daemon->intake) : 0;
    const bool has_positions = lee__daemon_has_positions(daemon);
    for (size_t m = 0; watch && m < sizeof metrics / sizeof metrics[0]; m++) {
        lee_buffer_text(out, "# HELP leeward_");
        lee_buffer_text(out, metrics[m].name);
        lee_buffer_char(out, ' ');
        lee_buffer_text(out, metrics[m].help);
        lee_buffer_text(out, "\n# TYPE leeward_");
        lee_buffer_text(out, metrics[m].name);
        lee_buffer_char(out, ' ');
        lee_buffer_text(out, metrics[m].type);
        lee_buffer_char(out, '\n');
        for (uint16_t i = 0; i < feeds + has_positions; i++) {
            const uint16_t feed = i < feeds ? i : LEE_INTAKE_POSITIONS_FEED;
            feed_figures figures = {.counted = *lee_pipeline_feed(pipeline, feed)};
            lee_watch_count_feed(watch, feed, &figures.heard);
            if (!daemon->demo && i < feeds) {
                const lee_intake_feed taken = lee_intake_feed_at(daemon->intake, feed);
                figures.not_frames = taken.refused;
                figures.lost = taken.status->datagrams_dropped;
            }
            lee_buffer_text(out, "leeward_");
            lee_buffer_text(out, metrics[m].name);
            lee_buffer_text(out, "{feed=\"");
            lee_buffer_uint(out, feed);
            lee_buffer_text(out, "\"} ");
            lee_buffer_uint(out, feed_figure(&figures, (int)m));
            lee_buffer_char(out, '\n');
        }
    }
}

static void sighting_metrics(const lee_daemon *daemon, lee_buffer *out)
{
    lee_unseen_counters unseen;
    lee_unseen_count(lee_pipeline_unseen(lee_recorder_pipeline(daemon->recorder)), &unseen);
    const lee_sighting_seq_counters *const seq = &daemon->sighting_seq.counters;
    const lee_metric rows[] = {
        {"leeward_sightings_total", "counter", "Sightings in this session", unseen.sightings},
        {"leeward_sightings_joined_total", "counter", "Of these, of a thing that was known",
         unseen.joined},
        {"leeward_sightings_late_total", "counter", "Of these, too old to be judged", unseen.late},
        {"leeward_sightings_duplicate_total", "counter", "Sent again", seq->duplicates},
        {"leeward_sightings_missing", "gauge", "Numbers of observers that never came", seq->gaps},
        {"leeward_unseen_targets", "gauge", "Things known from sightings", unseen.targets},
    };
    lee_metrics_write(rows, sizeof rows / sizeof rows[0], out);
}

static void operator_metrics(const lee_daemon *daemon, lee_buffer *out)
{
    const lee_remote_operators *const operators = daemon->operators;
    if (operators) {
        const lee_metric rows[] = {
            {"leeward_drone_operators_sealed_total", "counter",
             "Records of what drones say of their operators", operators->recorded},
            {"leeward_drone_operators_dropped_total", "counter",
             "Too many in a minute to be recorded", operators->dropped},
        };
        lee_metrics_write(rows, sizeof rows / sizeof rows[0], out);
    }
}

static void on_write_metrics(void *context, lee_buffer *out)
{
    const lee_daemon *const daemon = context;
    const lee_watch *const watch = lee_pipeline_watch(lee_recorder_pipeline(daemon->recorder));
    lee_watch_counters counted = {0};
    if (!watch) {
        return;
    }
    lee_watch_count(watch, &counted);
    lee_journal_state journal;
    lee_journal_status(daemon->journal, &journal);
    const lee_metric rows[] = {
        {"leeward_reports_total", "counter", "Reports judged in this session", counted.reports},
        {"leeward_reports_late_total", "counter", "Reports older than their track",
         counted.reports_late},
        {"leeward_reports_duplicate_total", "counter", "Reports heard before",
         counted.reports_duplicate},
        {"leeward_tracks", "gauge", "Tracks known now", counted.tracks},
        {"leeward_tracks_evicted_total", "counter", "Tracks that had to make room",
         counted.tracks_evicted},
        {"leeward_tracks_evicted_established_total", "counter",
         "Of these, tracks heard for a while", counted.tracks_evicted_established},
        {"leeward_tracks_established", "gauge", "Tracks heard for a while",
         counted.tracks_established},
        {"leeward_tracks_suspect", "gauge", "Tracks that something is doubted of",
         counted.tracks_suspect},
        {"leeward_tracks_split_total", "counter", "Names that two transmitters used",
         counted.tracks_split},
        {"leeward_areas_flagged_total", "counter", "Areas where several targets were led astray",
         counted.areas_flagged},
        {"leeward_incidents_refused_total", "counter", "Incidents lost to a full table",
         counted.incidents_refused},
        {"leeward_journal_records", "gauge", "Durable records", journal.durable_count},
        {"leeward_journal_signed_records", "gauge", "Records under the newest signed head",
         journal.checkpoint_size},
        {"leeward_signer_starts_total", "counter", "Starts of the process that signs the heads",
         lee_signer_process_starts(daemon->signer)},
        {"leeward_journal_degraded", "gauge", "1 while evidence is not durable", journal.degraded},
        {"leeward_journal_scarce", "gauge", "1 while the disk is full and frames are not kept",
         journal.is_scarce},
        {"leeward_journal_lost_total", "counter", "Records lost while degraded",
         journal.lost_records},
        {"leeward_journal_retained_from", "gauge",
         "Records before this one were looked through for frames to prune", daemon->retained_from},
        {"leeward_snapshot_records", "gauge", "Records that the newest snapshot stands for",
         daemon->snapshot.size},
        {"leeward_snapshot_pause_us", "gauge", "How long the watch stood still for it",
         (uint64_t)daemon->snapshot.pause_us},
    };
    sighting_metrics(daemon, out);
    lee_metrics_write(rows, sizeof rows / sizeof rows[0], out);
    feed_metrics(daemon, out);
    operator_metrics(daemon, out);
    lee__daemon_attest_metrics(daemon, out);
}

/* --- commands ------------------------------------------------------------------------------- */

static lee_error submit_now(lee_daemon *daemon, lee_record_kind kind, lee_error_info *error)
{
    const lee_error failed = lee__daemon_submit(daemon, kind, error);
    if (failed == LEE_OK) {
        lee_recorder_commit(daemon->recorder);
    }
    return failed;
}

static lee_error on_operate(void *context, const char *text, size_t length, lee_error_info *error)
{
    lee_daemon *const daemon = context;
    lee_buffer_reset(&daemon->scratch);
    lee_buffer_bytes(&daemon->scratch, text, length);
    return submit_now(daemon, LEE_RECORD_OPERATOR, error);
}

static void on_write_permits(void *context, lee_buffer *out)
{
    const lee_daemon *const daemon = context;
    lee_pipeline_write_permits(lee_recorder_pipeline(daemon->recorder), out);
}

/* What is taken at the place now, as the watch takes it. */
static void write_pressure(const lee_watch *watch, lee_point at, int64_t t_us, lee_buffer *out)
{
    static const char *const from[] = {[LEE_PRESSURE_UNKNOWN] = "unknown",
                                       [LEE_PRESSURE_CONFIGURED] = "configured",
                                       [LEE_PRESSURE_STATED] = "stated",
                                       [LEE_PRESSURE_AIRCRAFT] = "aircraft"};
    lee_pressure here;
    lee_json json;
    lee_watch_pressure(watch, at, t_us, &here);
    lee_json_begin(&json, out);
    lee_json_object(&json);
    lee_json_put_text(&json, "from", from[here.from]);
    if (here.from != LEE_PRESSURE_UNKNOWN) {
        lee_json_put_fixed(&json, "qnh_hpa", here.qnh_hpa_e1, 1);
        lee_json_put_int(&json, "height_ft", here.height_ft);
    }
    lee_json_put_int(&json, "error_ft", here.error_ft);
    if (here.id[0] != '\0') {
        lee_json_put_text(&json, "id", here.id);
    }
    lee_json_object_end(&json);
}

static void on_write_qnh(void *context, const lee_point *at, lee_buffer *out)
{
    const lee_daemon *const daemon = context;
    uint32_t count = 0;
    const lee_qnh *const all = lee_pipeline_qnh(lee_recorder_pipeline(daemon->recorder), &count);
    lee_buffer_text(out, "{\"qnh\":[");
    for (uint32_t i = 0; i < count; i++) {
        lee_buffer_text(out, i > 0 ? "," : "");
        lee_qnh_write(&all[i], out);
    }
    lee_buffer_text(out, "]");
    const lee_watch *const watch = lee_pipeline_watch(lee_recorder_pipeline(daemon->recorder));
    if (at && watch) {
        lee_buffer_text(out, ",\"here\":");
        write_pressure(watch, *at, lee__daemon_now_us(context), out);
    }
    lee_buffer_text(out, "}");
}

/* The same for one token for ever, and no way back to its name without the journal's secret. 0:
 * there is none, and nobody can be told from another. */
static uint64_t number_of(const lee_daemon *daemon, const char *observer)
{
    uint64_t key[2];
    static_assert(sizeof key <= sizeof daemon->snapshot.key, "it is long enough");
    memcpy(key, daemon->snapshot.key, sizeof key);
    const uint64_t hash = lee_hash_keyed(key, observer, strlen(observer)) & LEE_SIGHTING_BY_MAX;
    return (key[0] | key[1]) == 0 ? 0 : hash;
}

static lee_error on_sighting(void *context, const char *body, size_t length, const char *observer,
                             char id[64], lee_error_info *error)
{
    lee_daemon *const daemon = context;
    lee_sighting sighting;
    const int64_t now_us = lee_clock_utc_us();
    const lee_error refused = lee_sighting_read(body, length, now_us, &sighting, error);
    if (refused != LEE_OK) {
        return refused;
    }
    /* A phone tells the time of today; in the demo that is a moment of the recording. */
    sighting.t_us += lee__daemon_now_us(daemon) - now_us;
    sighting.by = number_of(daemon, observer);
    uint64_t number = 0;
    if (!lee_setup_random((uint8_t *)&number, sizeof number)) {
        return LEE_ERR_IO;
    }
    /* Who reported is kept by those who gave out the token: here only to know what came twice. */
    uint64_t before = 0;
    if (sighting.has_seq && lee_sighting_seq_note(&daemon->sighting_seq, observer, sighting.seq,
                                                  lee_hash(body, length), number, &before)) {
        lee_incident_text(before, id);
        return LEE_OK;
    }
    lee_buffer_reset(&daemon->scratch);
    lee_sighting_write_record(&sighting, number, &daemon->scratch);
    lee_incident_text(number, id);
    return submit_now(daemon, LEE_RECORD_SIGHTING, error);
}

static bool incident_came(void *context)
{
    const lee_daemon *const daemon = context;
    return lee_recorder_has_decided(daemon->recorder);
}

static lee_error on_demo_control(void *context, const lee_demo_command *command,
                                 lee_error_info *error)
{
    lee_daemon *const daemon = context;
    if (!daemon->demo) {
        *error = (lee_error_info){.code = LEE_ERR_STATE, .reason = "this is not the demo"};
        return LEE_ERR_STATE;
    }
    if (command->has_speed &&
        (command->speed_e3 > INT32_MAX ||
         !lee_demo_set_speed(daemon->demo, (int32_t)(command->speed_e3 / 100)))) {
        *error = (lee_error_info){
            .code = LEE_ERR_DOMAIN, .field = "speed", .reason = "must be from 0.1 to 600"};
        return LEE_ERR_DOMAIN;
    }
    if (command->has_paused) {
        lee_demo_set_paused(daemon->demo, command->paused);
    }
    if (command->jump_next_incident) {
        lee_recorder_commit(daemon->recorder);
        lee_demo_jump(daemon->demo, incident_came, daemon);
    }
    return LEE_OK;
}

static lee_error on_cap_atom(void *context, lee_buffer *out)
{
    const lee_daemon *const daemon = context;
    lee_cap_feed_write(daemon->cap_feed, out);
    return out->error;
}

static lee_error on_cap_message(void *context, const char *identifier, lee_buffer *out)
{
    const lee_daemon *const daemon = context;
    return lee_cap_feed_message(daemon->cap_feed, identifier, out);
}

/* --- start ---------------------------------------------------------------------------------- */

static void on_random(void *context, void *bytes, size_t length)
{
    (void)context;
    const bool given = lee_setup_random(bytes, length);
    assert(given); /* tokens without randomness would be worse than none */
    (void)given;
}

/* Tokens are shown once, when they are made; only their hashes are kept. */
static void on_token(void *context, lee_role role, const char *token)
{
    lee_daemon *const daemon = context;
    if (role == LEE_ROLE_OPERATOR) {
        snprintf(daemon->operator_token, sizeof daemon->operator_token, "%s", token);
    }
    printf("leeward: %s token: %s\n", lee_role_name(role), token);
}

static lee_error open_access(lee_daemon *daemon)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/tokens.json", daemon->options.data);
    const lee_access_options options = {
        .path = path, .random = on_random, .created = on_token, .context = daemon};
    lee_error_info why = {.reason = ""};
    const lee_error error = lee_access_open(&options, &daemon->access, &why);
    if (error != LEE_OK) {
        fprintf(stderr, "leeward: %s: %s\n", path, why.reason ? why.reason : lee_error_text(error));
    }
    return error;
}

/* Reading needs no token, so whoever reaches the port sees every track: beyond loopback somebody
 * must have said that this is meant. */
static bool may_listen_on(const char *listen, bool open_reading)
{
    const bool is_loopback = strncmp(listen, "127.", 4) == 0 || strncmp(listen, "[::1]", 5) == 0;
    if (!is_loopback && !open_reading) {
        fprintf(stderr,
                "leeward: %s is beyond loopback, and reading needs no token: put a proxy that asks "
                "who it is in front, or set \"open_reading\": true in the configuration\n",
                listen);
    }
    return is_loopback || open_reading;
}

/* What an error is about: a file of TLS, or the address. */
static const char *refused_thing(const lee_serve_options *options, const lee_error_info *why)
{
    const char *const field = why->field ? why->field : "";
    return strcmp(field, "tls_certificate") == 0 ? options->tls_certificate
           : strcmp(field, "tls_key") == 0       ? options->tls_key
                                                 : options->listen;
}

lee_error lee__daemon_start_serve(lee_daemon *daemon)
{
    lee_serve_options options;
    lee_serve_options_default(&options);
    const lee_config *const config = daemon->options.config;
    options.listen = config->listen ? config->listen : options.listen;
    if (!may_listen_on(options.listen, config->open_reading)) {
        return LEE_ERR_DENIED;
    }
    lee_error error = open_access(daemon);
    if (error != LEE_OK) {
        return error;
    }
    options.tls_certificate = config->tls_certificate;
    options.tls_key = config->tls_key;
    options.page_folder = config->page;
    options.stale_after_us = (int64_t)lee__daemon_session(daemon).watch.stale_after_s * 1000000;
    const lee_serve_handlers handlers = {.context = daemon,
                                         .now_us = on_now,
                                         .each_track = on_each_track,
                                         .find_track = on_find_track,
                                         .write_status = on_write_status,
                                         .healthy = on_healthy,
                                         .write_health = on_write_health,
                                         .operate = on_operate,
                                         .write_permits = on_write_permits,
                                         .write_qnh = on_write_qnh,
                                         .demo_control = on_demo_control,
                                         .sighting = on_sighting,
                                         .position = lee__daemon_position,
                                         .cap_atom = on_cap_atom,
                                         .cap_message = on_cap_message,
                                         .explain = lee__daemon_explain,
                                         .later = lee__daemon_later,
                                         .forget = lee__daemon_forget,
                                         .write_metrics = on_write_metrics};
    lee_error_info why = {.reason = NULL};
    error = lee_serve_create(&options, &handlers, daemon->loop, daemon->picture, daemon->access,
                             &daemon->serve, &why);
    if (error != LEE_OK) {
        fprintf(stderr, "leeward: %s: %s\n", refused_thing(&options, &why),
                why.reason ? why.reason : lee_error_text(error));
        return error;
    }
    char host[256];
    snprintf(host, sizeof host, "%s", options.listen);
    *strrchr(host, ':') = '\0';
    /* In the fragment, the token reaches the page and never a server's log. */
    printf("leeward: the page is at http%s://%s:%u/%s%s\n", config->tls_certificate ? "s" : "",
           host, (unsigned)lee_serve_port(daemon->serve),
           daemon->operator_token[0] != '\0' ? "#token=" : "", daemon->operator_token);
    fflush(stdout);
    return LEE_OK;
}
