#define _POSIX_C_SOURCE 200809L
#include "app/cmd_watch.h"

#include <assert.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/args.h"
#include "app/clock.h"
#include "app/heights.h"
#include "app/intake.h"
#include "app/memory.h"
#include "app/recorder.h"
#include "app/session.h"
#include "app/setup.h"
#include "base/json_scan.h"
#include "io/workers.h"
#include "leeward/watch_shards.h"
#include "record/codec.h"
#include "record/input.h"

#define ZONES_TEXT_MAX_BYTES (512u * 1024u * 1024u)
#define TICK_EVERY_MS 1000
#define COMMIT_EVERY_MS 20

/* How many frames of a recording go into one commit. */
#define RECORDED_COMMIT_FRAMES 20000

typedef struct {
    FILE *out;
    lee_recorder *recorder;
    lee_receive_clock clock;
    lee_buffer zones;
    lee_buffer permits;
    lee_buffer qnh; /* statements, a line each */
    lee_terrain_files *terrain;
    lee_buffer scratch;
    lee_buffer line;
    bool begun;
    uint64_t frames;
    lee_error error; /* the first of the run */
    bool write_failed;
} watch_run;

static void keep_error(watch_run *run, lee_error error)
{
    run->error = run->error == LEE_OK ? error : run->error;
}

static void print_record(void *context, const lee_record *record)
{
    watch_run *const run = context;
    if (record->kind != LEE_RECORD_EVENT) {
        return;
    }
    lee_bytes in;
    lee_bytes_init(&in, record->bytes, record->length);
    lee_event event;
    char zone_id[129];
    const lee_error error = lee_event_decode(&in, &event, zone_id);
    assert(error == LEE_OK);
    (void)error;
    lee_buffer_reset(&run->line);
    lee_event_write_json(&event, &run->line);
    lee_buffer_char(&run->line, '\n');
    lee_memory_require_whole(&run->line);
    run->write_failed |= fwrite(run->line.bytes, 1, run->line.length, run->out) != run->line.length;
}

/* Zones and permits hold from the first instant that the data tells. */
static void begin(watch_run *run, int64_t t_us)
{
    run->begun = true;
    keep_error(run, lee_setup_submit_text(run->recorder, LEE_RECORD_ZONES, t_us, 1, &run->zones));
    keep_error(run,
               lee_setup_submit_text(run->recorder, LEE_RECORD_PERMITS, t_us, 1, &run->permits));
    keep_error(run, lee_heights_submit_qnh(run->recorder, &run->qnh, "file", t_us));
}

static void on_frame(void *context, const lee_frame *frame)
{
    watch_run *const run = context;
    if (!run->begun) {
        begin(run, frame->t_us);
    }
    lee_buffer_reset(&run->scratch);
    lee_frame_encode(frame, &run->scratch);
    lee_memory_require_whole(&run->scratch);
    lee_error_info why;
    keep_error(run, lee_recorder_submit(run->recorder, LEE_RECORD_FRAME, run->scratch.bytes,
                                        run->scratch.length, &why));
    if (++run->frames % RECORDED_COMMIT_FRAMES == 0) {
        lee_recorder_commit(run->recorder);
    }
}

static void on_tick(void *context)
{
    watch_run *const run = context;
    if (lee_receive_clock_look(&run->clock) == LEE_CLOCK_STEPPED) {
        fprintf(stderr, "leeward: the wall clock was set %s by %lld s; time %s\n",
                run->clock.step_us < 0 ? "back" : "forth", llabs(run->clock.step_us) / 1000000,
                run->clock.step_us < 0 ? "runs on" : "follows");
    }
    const int64_t t_us = lee_receive_clock_us(&run->clock);
    if (!run->begun) {
        begin(run, t_us);
    }
    lee_buffer_reset(&run->scratch);
    lee_input_tick_encode(t_us, &run->scratch);
    lee_memory_require_whole(&run->scratch);
    lee_error_info why;
    keep_error(run, lee_recorder_submit(run->recorder, LEE_RECORD_TICK, run->scratch.bytes,
                                        run->scratch.length, &why));
}

static void on_commit(void *context)
{
    watch_run *const run = context;
    lee_recorder_commit(run->recorder);
    fflush(run->out);
}

static volatile sig_atomic_t stop_asked;

static void on_signal(int number)
{
    (void)number;
    stop_asked = 1;
}

static lee_error run_live(watch_run *run, lee_intake *intake)
{
    const struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    lee_loop *loop = NULL;
    lee_error error = lee_loop_create(&loop);
    if (error != LEE_OK) {
        return error;
    }
    lee_loop_timer *tick = NULL;
    lee_loop_timer *commit = NULL;
    error = lee_loop_add_timer(loop, TICK_EVERY_MS, TICK_EVERY_MS, on_tick, run, &tick);
    if (error == LEE_OK) {
        error = lee_loop_add_timer(loop, COMMIT_EVERY_MS, COMMIT_EVERY_MS, on_commit, run, &commit);
    }
    if (error == LEE_OK) {
        error = lee_intake_start(intake, loop);
    }
    while (error == LEE_OK && !stop_asked && !lee_intake_is_over(intake) && !run->write_failed) {
        error = lee_loop_run_once(loop, TICK_EVERY_MS);
    }
    lee_loop_remove_timer(loop, tick);
    lee_loop_remove_timer(loop, commit);
    return error; /* the loop lives as long as the feeds: the process ends here */
}

static void say_summary(const lee_intake *intake, const lee_recorder *recorder)
{
    for (uint16_t i = 0; i < lee_intake_count(intake); i++) {
        const lee_intake_feed feed = lee_intake_feed_at(intake, i);
        const lee_feed_counters *const counted =
            lee_pipeline_feed(lee_recorder_pipeline(recorder), i);
        fprintf(stderr,
                "leeward: feed %s: %llu frames = %llu reports + %llu no report + %llu refused\n",
                feed.name, (unsigned long long)(counted->frames + feed.refused),
                (unsigned long long)counted->reports, (unsigned long long)counted->nothing,
                (unsigned long long)(counted->refused + feed.refused));
    }
}

typedef struct {
    lee_arg *zones, *permits, *feeds, *out, *journal, *qnh, *terrain, *threads;
} watch_args;

/* False: it is no number of threads, which was said. */
static bool read_threads(const watch_args *args, uint32_t *out)
{
    const char *const text = lee_args_value(args->threads, "1");
    int64_t count = 0;
    if (!lee_args_number(text, 0, &count) || count < 1 || count > LEE_WATCH_SHARDS_MAX) {
        fprintf(stderr, "leeward: --threads %s: must be 1 to %u\n", text, LEE_WATCH_SHARDS_MAX);
        return false;
    }
    *out = (uint32_t)count;
    return true;
}

static lee_error start_session(watch_run *run, const watch_args *args)
{
    lee_session session;
    const lee_error error =
        lee_setup_session(args->qnh->values, args->qnh->count, args->feeds->values,
                          args->feeds->count, &session, &run->qnh);
    if (error != LEE_OK) {
        return error;
    }
    if (run->terrain) {
        memcpy(session.terrain, lee_terrain_files_name(run->terrain), sizeof session.terrain);
    }
    lee_buffer_reset(&run->scratch);
    lee_session_write(&session, &run->scratch);
    lee_memory_require_whole(&run->scratch);
    lee_error_info why;
    return lee_recorder_submit(run->recorder, LEE_RECORD_SESSION, run->scratch.bytes,
                               run->scratch.length, &why);
}

static lee_error read_setup(watch_run *run, const watch_args *args, bool *refused)
{
    bool permits_refused = false;
    lee_error error =
        lee_setup_zones(args->zones->values, args->zones->count, &run->zones, refused);
    if (error == LEE_OK && args->permits->count > 0) {
        error = lee_setup_permits(args->permits->values[0], &run->permits, &permits_refused);
    }
    if (error == LEE_OK && args->terrain->count > 0) {
        error = lee_terrain_files_open(args->terrain->values[0], &run->terrain);
    }
    *refused |= permits_refused;
    return error;
}

static lee_error run_watch(watch_run *run, const watch_args *args, lee_intake *intake)
{
    lee_error error = start_session(run, args);
    if (error != LEE_OK) {
        return error;
    }
    if (lee_intake_is_recorded(intake)) {
        error = lee_intake_read_all(intake);
        if (!run->begun) {
            begin(run, 0);
        }
    } else {
        error = run_live(run, intake);
    }
    lee_recorder_commit(run->recorder);
    say_summary(intake, run->recorder);
    if (!lee_pipeline_is_exact(lee_recorder_pipeline(run->recorder))) {
        fprintf(stderr, "leeward: more targets or incidents than the tables of one thread hold: "
                        "without --threads, other targets would have been dropped\n");
    }
    return run->error != LEE_OK ? run->error : error;
}

static lee_error add_feeds(lee_intake *intake, const lee_arg *feeds)
{
    for (int i = 0; i < feeds->count; i++) {
        const lee_error error = lee_intake_add(intake, feeds->values[i], NULL);
        if (error != LEE_OK) {
            return error;
        }
    }
    return feeds->count > 0 ? LEE_OK : lee_intake_add(intake, "-", NULL);
}

/* Whether the canonical text says the member with a value that is not 0. */
static bool says(const lee_buffer *text, const char *member)
{
    const char *const end = (const char *)text->bytes + text->length;
    const size_t length = strlen(member);
    for (const char *at = (const char *)text->bytes; at && (size_t)(end - at) > length; at++) {
        at = memchr(at, member[0], (size_t)(end - at) - length);
        if (!at) {
            break;
        }
        if (memcmp(at, member, length) == 0 && at[length] != '0') {
            return true;
        }
    }
    return false;
}

static bool has_word(const lee_arg *arg, const char *word)
{
    for (int i = 0; i < arg->count; i++) {
        if (strcmp(arg->values[i], word) == 0) {
            return true;
        }
    }
    return false;
}

/* Meetings, duties, zones that move and pressure by aircraft look at several targets at once, which
 * shards do not see. */
static uint32_t threads_for(const watch_run *run, const lee_arg *qnh, uint32_t threads)
{
    const bool together = has_word(qnh, "adsb") || says(&run->zones, "\"meet_s\":") ||
                          says(&run->zones, "\"moving\":{") || says(&run->permits, "\"duty\":") ||
                          says(&run->permits, "\"stay_within\":") ||
                          says(&run->permits, "\"no_rendezvous_s\":");
    if (together && threads > 1) {
        fprintf(stderr, "leeward: rules about several targets at once: one thread judges\n");
    }
    return together ? 1 : threads;
}

/* One thread judges by itself; more are workers beside the one that reads and decodes. */
static lee_error create_recorder(watch_run *run, lee_journal *journal, uint32_t threads,
                                 lee_workers **workers)
{
    const lee_recorder_options options = {
        .journal = journal, .announce = print_record, .context = run, .terrain = run->terrain};
    lee_error error = lee_recorder_create(&options, &run->recorder);
    if (error == LEE_OK && threads > 1) {
        error = lee_workers_create(threads, workers);
        lee_pipeline_set_workers(lee_recorder_pipeline(run->recorder), *workers);
    }
    return error;
}

static int watch_with(const watch_args *args, uint32_t threads, FILE *out)
{
    lee_workers *workers = NULL;
    watch_run run = {.out = out, .error = LEE_OK};
    lee_buffer_init(&run.zones, ZONES_TEXT_MAX_BYTES);
    lee_buffer_init(&run.permits, ZONES_TEXT_MAX_BYTES);
    lee_buffer_init(&run.qnh, ZONES_TEXT_MAX_BYTES);
    lee_buffer_init(&run.scratch, 1024u * 1024u);
    lee_buffer_init(&run.line, 1024u * 1024u);
    lee_journal *journal = NULL;
    lee_signer_process *signer = NULL;
    lee_intake *intake = NULL;
    bool refused = false;
    lee_error error = read_setup(&run, args, &refused);
    if (error == LEE_OK && args->journal->count > 0) {
        lee_journal_recovery found;
        error = lee_setup_journal(args->journal->values[0], 0, 0, NULL, &signer, &journal, &found);
    }
    if (error == LEE_OK) {
        error = create_recorder(&run, journal, threads_for(&run, args->qnh, threads), &workers);
    }
    if (error == LEE_OK) {
        error = lee_intake_create(on_frame, NULL, &run, &intake);
    }
    if (error == LEE_OK) {
        lee_receive_clock_begin(&run.clock);
        lee_intake_set_clock(intake, &run.clock);
    }
    if (error == LEE_OK) {
        error = add_feeds(intake, args->feeds);
    }
    if (error == LEE_OK) {
        error = run_watch(&run, args, intake);
    }
    lee_memory_require(error);
    const lee_error closed = journal ? lee_journal_close(journal) : LEE_OK;
    if (closed != LEE_OK) {
        fprintf(stderr, "leeward: journal %s: %s\n", args->journal->values[0],
                lee_error_text(closed));
    }
    lee_signer_process_free(signer);
    lee_intake_free(intake);
    lee_recorder_free(run.recorder);
    lee_terrain_files_close(run.terrain);
    lee_workers_free(workers);
    lee_buffer_free(&run.zones);
    lee_buffer_free(&run.permits);
    lee_buffer_free(&run.qnh);
    lee_buffer_free(&run.scratch);
    lee_buffer_free(&run.line);
    if (run.write_failed) {
        fprintf(stderr, "leeward: events could not be written\n");
    }
    const bool failed = error != LEE_OK || closed != LEE_OK || run.write_failed || refused;
    return failed ? LEE_EXIT_REFUSED : LEE_EXIT_DONE;
}

static int usage(void)
{
    fputs(
        "usage: leeward watch --zones FILE... [--permits FILE] [--feed URI...] [--out FILE|-]\n"
        "                     [--journal DIR] [--qnh HPA|FILE|adsb...] [--terrain DIR]\n"
        "                     [--threads N]\n"
        "Judges a feed or a recording against the zones and prints events as JSON lines.\n"
        "--qnh says the pressure at sea level: a number, a file of statements by place and time,\n"
        "or what aircraft that report both altitudes show (docs/altitudes.md).\n"
        "--terrain is a folder of SRTM tiles (N46E008.hgt), for limits above ground.\n",
        stderr);
    return LEE_EXIT_USAGE;
}

int lee_cmd_watch(int argc, char **argv)
{
    lee_arg options[] = {{.name = "--zones", .many = true},
                         {.name = "--permits"},
                         {.name = "--feed", .many = true},
                         {.name = "--out"},
                         {.name = "--journal"},
                         {.name = "--qnh", .many = true},
                         {.name = "--terrain"},
                         {.name = "--threads"},
                         {.name = NULL}};
    lee_arg words = {.name = "words"};
    const watch_args args = {&options[0], &options[1], &options[2], &options[3],
                             &options[4], &options[5], &options[6], &options[7]};
    uint32_t threads = 1;
    if (!lee_args_read(argc, argv, options, &words) || words.count > 0 || args.zones->count == 0) {
        return usage();
    }
    if (!read_threads(&args, &threads)) {
        return LEE_EXIT_USAGE;
    }
    const char *const path = lee_args_value(args.out, "-");
    FILE *const out = strcmp(path, "-") == 0 ? stdout : fopen(path, "w");
    if (!out) {
        perror(path);
        return LEE_EXIT_REFUSED;
    }
    const int status = watch_with(&args, threads, out);
    const int closed = out == stdout ? fflush(out) : fclose(out);
    return closed == 0 ? status : LEE_EXIT_REFUSED;
}
