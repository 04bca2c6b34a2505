/* Snapshots, so that a restart replays minutes of the journal and not all of it.
 *
 * A child process writes them: it has the state of one instant, and the watch stands still only
 * while it is forked. The journal stays the truth: a snapshot that does not fit it in every point
 * is passed over with a message, and deleting the folder costs nothing but time. */
#define _GNU_SOURCE /* close_range */
#include "app/daemon_private.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/clock.h"
#include "app/stations.h"
#include "base/state.h"
#include "io/read_file.h"
#include "record/input.h"

/* Due when so many bytes of input came since the last, which a restart replays well within a
 * second, or when anything came and so much time has passed. */
#define DEBT_MAX_BYTES (16u * 1024u * 1024u)
#define AGE_MAX_US (60 * INT64_C(1000000))
/* A child that takes longer hangs, or the disk does. */
#define CHILD_MAX_US (60 * INT64_C(1000000))
/* One that replays, perhaps all of a day. */
#define REPLAY_MAX_US (1800 * INT64_C(1000000))
/* How a child ends. */
#define WRITTEN 0
#define FAILED 1
#define DIFFERS 2
#define SNAPSHOT_MAX_BYTES (1024u * 1024u * 1024u)
#define PROGRAM_MAX_BYTES (1024u * 1024u * 1024u)

static void path_of(const lee_daemon *daemon, char path[4096])
{
    snprintf(path, 4096, "%s/snapshot/state", daemon->options.data);
}

/* --- the walk ------------------------------------------------------------------------------- */

/* The inputs in force as records, for a core that has seen nothing: without texts, without those.
 * Their times decide nothing, because the clock is loaded after them. */
static size_t records_in_force(const lee_in_force *in_force, lee_buffer scratch[2],
                               lee_record out[4])
{
    const lee_input_text permits = {0, 0, in_force->permits.bytes, in_force->permits.length};
    const lee_input_text zones = {0, in_force->generation, in_force->zones.bytes,
                                  in_force->zones.length};
    lee_input_text_encode(&permits, &scratch[0]);
    lee_input_text_encode(&zones, &scratch[1]);
    const struct {
        lee_record_kind kind;
        const lee_buffer *bytes;
        bool there;
    } all[4] = {{LEE_RECORD_SESSION, &in_force->session, in_force->has_session},
                {LEE_RECORD_PLACES, &in_force->places, in_force->places.length > 0},
                {LEE_RECORD_PERMITS, &scratch[0], permits.length > 0},
                {LEE_RECORD_ZONES, &scratch[1], zones.length > 0}};
    size_t count = 0;
    for (size_t i = 0; i < 4; i++) {
        if (all[i].there) {
            out[count++] = (lee_record){
                .kind = all[i].kind, .bytes = all[i].bytes->bytes, .length = all[i].bytes->length};
        }
    }
    return count;
}

static void core_state(lee_state *state, lee_daemon *daemon)
{
    lee_record records[4];
    lee_buffer scratch[2];
    lee_buffer_init(&scratch[0], LEE_JOURNAL_RECORD_MAX_BYTES);
    lee_buffer_init(&scratch[1], LEE_JOURNAL_RECORD_MAX_BYTES);
    const size_t count = records_in_force(&daemon->in_force, scratch, records);
    lee_state_require(state, scratch[0].error == LEE_OK && scratch[1].error == LEE_OK);
    lee_recorder_state(state, daemon->recorder, records, count);
    if (lee_state_is_loading(state) && state->error == LEE_OK && count > 0 &&
        records[count - 1].kind == LEE_RECORD_ZONES) {
        lee_state_require(state, lee_picture_apply(daemon->picture, &records[count - 1]) == LEE_OK);
    }
    lee_buffer_free(&scratch[0]);
    lee_buffer_free(&scratch[1]);
}

void lee__daemon_state(lee_state *state, lee_daemon *daemon)
{
    lee_in_force *const in_force = &daemon->in_force;
    lee_state_section(state, "daemon");
    lee_state_plain(state, &in_force->has_session, sizeof in_force->has_session);
    lee_state_buffer(state, &in_force->session);
    lee_state_buffer(state, &in_force->zones);
    lee_state_buffer(state, &in_force->permits);
    lee_state_buffer(state, &in_force->places);
    lee_state_plain(state, &in_force->generation, sizeof in_force->generation);
    lee_state_plain(state, &in_force->seq, sizeof in_force->seq);
    lee_state_plain(state, &daemon->sightings, sizeof daemon->sightings);
    lee_state_buffer(state, &daemon->event_places.indexes);
    lee_state_plain(state, &daemon->event_places.last_seq, sizeof daemon->event_places.last_seq);
    lee_state_buffer(state, &daemon->sessions);
    lee_state_plain(state, &daemon->retained_from, sizeof daemon->retained_from);
    if (state->error == LEE_OK) {
        core_state(state, daemon);
    }
    lee_picture_state(state, daemon->picture);
    lee_cap_feed_state(state, daemon->cap_feed);
    lee_outlet_pending_state(state, daemon->pending);
}

/* --- saving --------------------------------------------------------------------------------- */

/* The same file, kept for those who ask for the past. */
static void keep_station(const lee_daemon *daemon, uint64_t size, const char *path)
{
    char folder[4096];
    const int64_t heard_us = lee_pipeline_time(lee_recorder_pipeline(daemon->recorder));
    const int64_t now_us = lee__daemon_now_us(daemon);
    const lee_station station = {.index = size,
                                 .session = lee__daemon_session_index(daemon),
                                 .t_us = heard_us > now_us ? heard_us : now_us};
    snprintf(folder, sizeof folder, "%s/snapshot/past", daemon->options.data);
    lee_station_link(folder, &station, path);
}

/* Of `state_of`, which the first records of the head give. */
static lee_error save(const lee_daemon *daemon, lee_daemon *state_of, const lee_snapshot_head *head)
{
    lee_buffer bytes;
    lee_buffer_init(&bytes, SNAPSHOT_MAX_BYTES);
    lee_snapshot_begin(head, &bytes);
    lee_state state;
    lee_state_save(&state, &bytes);
    lee__daemon_state(&state, state_of);
    lee_error error = lee_state_end(&state);
    if (error == LEE_OK) {
        lee_snapshot_finish(daemon->snapshot.key, &bytes);
        error = bytes.error;
    }
    if (error == LEE_OK) {
        char path[4096];
        path_of(daemon, path);
        error = lee_file_write_private(path, bytes.bytes, bytes.length);
        if (error == LEE_OK) {
            keep_station(daemon, head->size, path);
        }
    }
    lee_buffer_free(&bytes);
    return error;
}

/* After a gap what is known here is not what the durable journal gives: what was decided then is
 * not in it. So the journal is replayed behind the newest snapshot, and what that gives is saved.
 * LEE_ERR_STATE: what was lost still decides, so that replaying gives other decisions. */
static lee_error save_replayed(const lee_daemon *daemon, const lee_snapshot_head *head)
{
    char path[4096];
    lee_past *past = NULL;
    lee_daemon *replayed = NULL;
    lee_buffer file;
    lee_buffer_init(&file, SNAPSHOT_MAX_BYTES);
    path_of(daemon, path);
    uint64_t from = 0;
    if (daemon->snapshot.saved > 0 && lee_file_read_whole(path, &file) == LEE_OK &&
        lee_snapshot_size(file.bytes, file.length) == daemon->snapshot.saved) {
        from = daemon->snapshot.saved;
    }
    lee_error error = lee__past_create(daemon, &past);
    if (error == LEE_OK) {
        error = lee__past_replay(past, lee__daemon_session_index(daemon), head->size, from, &file,
                                 &replayed);
    }
    if (error == LEE_OK) {
        replayed->retained_from = daemon->retained_from;
        error = save(daemon, replayed, head);
    }
    lee__past_free(past);
    lee_buffer_free(&file);
    return error;
}

static bool is_failing(const lee_daemon *daemon)
{
    lee_journal_state journal;
    lee_journal_status(daemon->journal, &journal);
    return journal.degraded || journal.is_scarce || lee_recorder_is_degraded(daemon->recorder);
}

/* Whether there is something to save, and everything before it is durable. */
static bool may_save(lee_daemon *daemon, lee_snapshot_head *head)
{
    lee_daemon_snapshot *const snapshot = &daemon->snapshot;
    if (!snapshot->has_program || snapshot->session_due) {
        return false;
    }
    lee_recorder_commit(daemon->recorder);
    lee_journal_state journal;
    lee_journal_status(daemon->journal, &journal);
    const bool failing = is_failing(daemon);
    snapshot->incomplete |= failing;
    *head = (lee_snapshot_head){.program = snapshot->program,
                                .size = journal.durable_count,
                                .root = lee_journal_root(daemon->journal)};
    return !failing && !lee_recorder_has_pending(daemon->recorder) && head->size > snapshot->size;
}

/* In the child. The listening socket and the journal's files are not its business, and must not
 * stay open in it when the parent is killed. glibc keeps malloc usable in it although outlets have
 * threads. */
static _Noreturn void write_and_leave(lee_daemon *daemon, const lee_snapshot_head *head)
{
    (void)close_range(STDERR_FILENO + 1, ~0u, 0);
    (void)setpriority(PRIO_PROCESS, 0, 10);
    const lee_error error =
        daemon->snapshot.incomplete ? save_replayed(daemon, head) : save(daemon, daemon, head);
    _exit(error == LEE_OK ? WRITTEN : error == LEE_ERR_STATE ? DIFFERS : FAILED);
}

static void begin(lee_daemon *daemon, int64_t now_us)
{
    lee_daemon_snapshot *const snapshot = &daemon->snapshot;
    lee_snapshot_head head;
    if (!may_save(daemon, &head)) {
        return;
    }
    const int64_t start_us = lee_clock_monotonic_us();
    if (daemon->parser && !lee_parser_checkpoint(daemon->parser)) {
        return; /* the child could not ask */
    }
    const pid_t child = fork();
    if (child == 0) {
        write_and_leave(daemon, &head);
    }
    snapshot->pause_us = lee_clock_monotonic_us() - start_us;
    snapshot->debt_bytes = 0;
    snapshot->begun_us = now_us;
    snapshot->size = head.size;
    if (child < 0) {
        fprintf(stderr, "leeward: no snapshot: no process for it: %s\n", strerror(errno));
        return;
    }
    snapshot->child = child;
}

static void reap(lee_daemon *daemon, int64_t now_us)
{
    lee_daemon_snapshot *const snapshot = &daemon->snapshot;
    int status = 0;
    const pid_t ended = waitpid(snapshot->child, &status, WNOHANG);
    const int64_t most_us = snapshot->incomplete ? REPLAY_MAX_US : CHILD_MAX_US;
    if (ended == 0 && now_us - snapshot->begun_us > most_us) {
        (void)kill(snapshot->child, SIGKILL);
    }
    if (ended == 0) {
        return;
    }
    snapshot->child = 0;
    const int code = ended > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : FAILED;
    const bool good = code == WRITTEN;
    snapshot->saved = good ? snapshot->size : snapshot->saved;
    snapshot->session_due = code == DIFFERS;
    if (code == DIFFERS) {
        snapshot->size = snapshot->saved;
        fprintf(stderr, "leeward: no snapshots before a new session, which begins when no incident "
                        "is open: what was lost in a gap decides in this one\n");
        return;
    }
    if (!good && !snapshot->failed) {
        fprintf(stderr,
                "leeward: %s/snapshot: it could not be written; the journal is whole, but the next "
                "start will take longer. Is the disk full?\n",
                daemon->options.data);
    }
    snapshot->failed = !good;
}

void lee__daemon_snapshot_step(lee_daemon *daemon)
{
    lee_daemon_snapshot *const snapshot = &daemon->snapshot;
    const int64_t now_us = lee_clock_monotonic_us();
    if (snapshot->child > 0) {
        reap(daemon, now_us);
        return;
    }
    if (snapshot->debt_bytes > DEBT_MAX_BYTES ||
        (snapshot->debt_bytes > 0 && now_us - snapshot->begun_us > AGE_MAX_US)) {
        begin(daemon, now_us);
    }
}

void lee__daemon_snapshot_renew(lee_daemon *daemon)
{
    lee_daemon_snapshot *const snapshot = &daemon->snapshot;
    if (snapshot->session_due && !daemon->demo && !is_failing(daemon)) {
        (void)lee__daemon_renew_session(daemon, lee__daemon_now_us(daemon));
        if (!snapshot->session_due) {
            fprintf(stderr, "leeward: a new session begins, and there are snapshots again\n");
            snapshot->begun_us -= AGE_MAX_US; /* due at once */
        }
    }
}

void lee__daemon_snapshot_stop(lee_daemon *daemon)
{
    lee_daemon_snapshot *const snapshot = &daemon->snapshot;
    if (snapshot->child > 0) {
        (void)kill(snapshot->child, SIGKILL);
        (void)waitpid(snapshot->child, NULL, 0);
        snapshot->child = 0;
        snapshot->size = 0;
    }
    lee_snapshot_head head;
    if (!snapshot->incomplete && may_save(daemon, &head) && !snapshot->incomplete &&
        save(daemon, daemon, &head) != LEE_OK) {
        fprintf(stderr,
                "leeward: %s/snapshot: it could not be written; the next start will take "
                "longer\n",
                daemon->options.data);
    }
}

/* --- loading -------------------------------------------------------------------------------- */

/* The very program, so that nothing of another one's memory is believed. */
static bool hash_program(lee_digest *out)
{
    lee_buffer bytes;
    lee_buffer_init(&bytes, PROGRAM_MAX_BYTES);
    const bool read = lee_file_read_whole("/proc/self/exe", &bytes) == LEE_OK;
    if (read) {
        *out = lee_digest_of(bytes.bytes, bytes.length);
    }
    lee_buffer_free(&bytes);
    return read;
}

uint64_t lee__daemon_snapshot_read(lee_daemon *daemon)
{
    lee_daemon_snapshot *const snapshot = &daemon->snapshot;
    char path[4096];
    snprintf(path, sizeof path, "%s/snapshot", daemon->options.data);
    lee_buffer_init(&snapshot->file, SNAPSHOT_MAX_BYTES);
    snapshot->has_program = hash_program(&snapshot->program);
    if (!snapshot->has_program || (mkdir(path, 0700) != 0 && errno != EEXIST)) {
        fprintf(stderr, "leeward: %s: no snapshots: %s\n", path, strerror(errno));
        snapshot->has_program = false;
        return 0;
    }
    path_of(daemon, path);
    const lee_error error = lee_file_read_whole(path, &snapshot->file);
    if (error != LEE_OK) {
        lee_buffer_reset(&snapshot->file);
        if (error != LEE_ERR_NOT_FOUND) {
            fprintf(stderr, "leeward: %s: %s; the whole journal is replayed\n", path,
                    lee_error_text(error));
        }
    }
    return lee_snapshot_size(snapshot->file.bytes, snapshot->file.length);
}

/* NULL: it was loaded and stands for *size records. */
static const char *load(lee_daemon *daemon, uint64_t *size)
{
    const lee_daemon_snapshot *const snapshot = &daemon->snapshot;
    lee_snapshot_head head;
    const uint8_t *bytes = NULL;
    size_t length = 0;
    const char *reason = NULL;
    if (lee_snapshot_open(snapshot->file.bytes, snapshot->file.length, snapshot->key,
                          &snapshot->program, &head, &bytes, &length, &reason) != LEE_OK) {
        return reason;
    }
    if (!daemon->found.has_root) {
        return "the journal does not reach that far";
    }
    if (!lee_digest_equal(&head.root, &daemon->found.root)) {
        return "it belongs to other records than the journal has";
    }
    lee_state state;
    lee_state_load(&state, bytes, length);
    lee__daemon_state(&state, daemon);
    *size = head.size;
    return lee_state_end(&state) == LEE_OK ? NULL : "it does not fit this configuration";
}

bool lee__daemon_snapshot_load(lee_daemon *daemon, uint64_t *size)
{
    lee_daemon_snapshot *const snapshot = &daemon->snapshot;
    lee_journal_derive_key(daemon->journal, "leeward snapshot", snapshot->key);
    if (snapshot->file.length == 0) {
        return false;
    }
    const char *const reason = load(daemon, size);
    if (reason) {
        char path[4096];
        path_of(daemon, path);
        fprintf(stderr, "leeward: %s: %s; the whole journal is replayed\n", path, reason);
    } else {
        snapshot->size = *size;
        snapshot->saved = *size;
    }
    lee_buffer_free(&snapshot->file);
    return !reason;
}
