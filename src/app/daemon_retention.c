/* Retention: frames that are kept no longer are taken away by a process beside the watch.
 *
 * It looks at what is old; the daemon, which alone writes the journal, records what is to go; when
 * a signed head covers that record, the process takes it away. What was looked through is
 * remembered in snapshots; without one the looking begins at the beginning, which only takes
 * longer. So that something gets old at all, a new session begins each day, in a moment when no
 * incident is open: of a session that goes on nobody knows what will be cited. */
#include "app/daemon_private.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "app/clock.h"
#include "app/retention.h"
#include "base/alloc.h"
#include "base/time_text.h"
#include "io/file_os.h"

/* The first look after a start, between two, and after a failure. */
#define FIRST_US (INT64_C(5) * 1000000)
#define EVERY_US (INT64_C(3600) * 1000000)
#define STEP_EVERY_MS 1000

typedef enum { IDLE, LOOKING, RECORDED, TAKING } retention_step;

struct lee_daemon_retention {
    lee_daemon *daemon;
    lee_helper *helper;
    retention_step step;
    int64_t next_us;  /* monotonic; of the next look */
    uint64_t reached; /* by the newest look: it counts when what it found is taken away */
    bool more;
    uint64_t record; /* the PRUNE record */
    int64_t before_us;
};

typedef struct {
    bool takes;  /* else it looks */
    uint64_t at; /* the PRUNE record; where to begin */
    int64_t days;
    int64_t now_us;
} question;

/* Before the text of a record, which is empty when nothing is to go; or alone. */
typedef struct {
    uint64_t from;
    bool more;
    lee_prune_result result;
} answer;

/* --- in the process beside ------------------------------------------------------------------- */

static void retention_begin(void *context)
{
    (void)context;
}

static lee_error look(const char *folder, const question *asked, answer *said, lee_buffer *text)
{
    lee_retention_place place = {.from = asked->at};
    lee_prune *const prune = lee_alloc(1, sizeof *prune);
    if (!prune) {
        return LEE_ERR_NO_MEMORY;
    }
    const lee_error error = lee_retention_plan(folder, asked->days, asked->now_us, &place, prune);
    said->from = place.from;
    said->more = place.more;
    if (error == LEE_OK && prune->count > 0) {
        lee_prune_write(prune, text);
    }
    if (error != LEE_OK) {
        fprintf(stderr, "leeward: nothing is pruned: %s: %s\n",
                place.place.reason ? place.place.path : folder,
                place.place.reason ? place.place.reason : lee_error_text(error));
    }
    lee_free(prune);
    return error;
}

static lee_error take_away(const char *folder, const question *asked, answer *said)
{
    const lee_error error = lee_prune_apply(&lee_file_os, folder, asked->at, &said->result);
    if (error != LEE_OK) {
        fprintf(stderr, "leeward: pruning stopped: %s: record %" PRIu64 ": %s\n", folder,
                said->result.index,
                said->result.reason ? said->result.reason : lee_error_text(error));
    }
    return error;
}

static unsigned retention_answer(void *context, const uint8_t *bytes, size_t length,
                                 lee_buffer *out)
{
    const struct lee_daemon_retention *const retention = context;
    const char *const folder = retention->daemon->journal_folder;
    question asked;
    answer said;
    lee_buffer text;
    assert(length == sizeof asked);
    (void)length;
    memcpy(&asked, bytes, sizeof asked);
    memset(&said, 0, sizeof said);
    lee_buffer_init(&text, LEE_JOURNAL_RECORD_MAX_BYTES);
    lee_error error =
        asked.takes ? take_away(folder, &asked, &said) : look(folder, &asked, &said, &text);
    said.result.reason = NULL; /* of this process */
    lee_buffer_bytes(out, &said, sizeof said);
    lee_buffer_bytes(out, text.bytes ? text.bytes : (const uint8_t *)"", text.length);
    error = error ? error : text.error ? text.error : out->error;
    lee_buffer_free(&text);
    return error == LEE_OK ? 200 : 500;
}

/* --- in the daemon ---------------------------------------------------------------------------- */

static void rest(struct lee_daemon_retention *retention, bool go_on)
{
    retention->step = IDLE;
    retention->next_us = lee_clock_monotonic_us() + (go_on ? 0 : EVERY_US);
}

static void on_looked(struct lee_daemon_retention *retention, const answer *said,
                      const uint8_t *text, size_t length)
{
    lee_daemon *const daemon = retention->daemon;
    retention->reached = said->from;
    retention->more = said->more;
    if (length == 0) {
        daemon->retained_from = said->from;
        rest(retention, said->more);
        return;
    }
    lee_buffer_reset(&daemon->scratch);
    lee_buffer_bytes(&daemon->scratch, text, length);
    lee_error_info why;
    if (lee__daemon_submit(daemon, LEE_RECORD_PRUNE, &why) != LEE_OK) {
        rest(retention, false);
        return;
    }
    retention->record = lee_recorder_count(daemon->recorder) - 1;
    retention->step = RECORDED;
}

static void on_answer(void *context, uint64_t ticket, unsigned status, const uint8_t *bytes,
                      size_t length)
{
    struct lee_daemon_retention *const retention = context;
    answer said;
    (void)ticket;
    if (status != 200 || length < sizeof said) {
        rest(retention, false);
        return;
    }
    memcpy(&said, bytes, sizeof said);
    if (retention->step == LOOKING) {
        on_looked(retention, &said, bytes + sizeof said, length - sizeof said);
        return;
    }
    retention->daemon->retained_from = retention->reached;
    char before[LEE_TIME_TEXT_BYTES] = "";
    (void)lee_time_format(retention->before_us, before);
    fprintf(stderr,
            "leeward: %" PRIu64 " frames (%" PRIu64
            " bytes) received before %s are pruned; record %" PRIu64 " says so\n",
            said.result.records, said.result.bytes, before, retention->record);
    rest(retention, retention->more);
}

static void ask(struct lee_daemon_retention *retention, bool takes)
{
    const lee_daemon *const daemon = retention->daemon;
    const int64_t days = daemon->options.config->keep_frames_days;
    const int64_t now_us = lee__daemon_now_us(daemon);
    if (!takes) {
        retention->before_us = lee_retention_before_us(days, now_us);
    }
    const question asked = {.takes = takes,
                            .at = takes ? retention->record : daemon->retained_from,
                            .days = days,
                            .now_us = now_us};
    retention->step = takes ? TAKING : LOOKING;
    if (lee_helper_ask(retention->helper, 1, &asked, sizeof asked) != LEE_OK) {
        rest(retention, false);
    }
}

/* A session that is a day old ends when nothing is going on. */
static void end_old_session(lee_daemon *daemon)
{
    const int64_t now_us = lee__daemon_now_us(daemon);
    const int64_t since_us = lee__daemon_session_since_us(daemon);
    if (since_us != INT64_MIN && now_us - since_us >= LEE_US_PER_DAY) {
        (void)lee__daemon_renew_session(daemon, now_us);
    }
}

static void on_step(void *context)
{
    struct lee_daemon_retention *const retention = context;
    lee_daemon *const daemon = retention->daemon;
    lee_journal_state journal;
    lee_journal_status(daemon->journal, &journal);
    if (journal.degraded || journal.is_scarce) {
        return;
    }
    if (retention->step == IDLE) {
        end_old_session(daemon);
        if (lee_clock_monotonic_us() >= retention->next_us) {
            ask(retention, false);
        }
    } else if (retention->step == RECORDED && journal.checkpoint_size > retention->record) {
        ask(retention, true);
    }
}

lee_error lee__daemon_start_retention(lee_daemon *daemon)
{
    assert(daemon && daemon->journal && !daemon->retention);
    if (daemon->options.config->keep_frames_days == 0 || daemon->demo || daemon->options.alone) {
        return LEE_OK;
    }
    struct lee_daemon_retention *const retention = lee_alloc(1, sizeof *retention);
    if (!retention) {
        return LEE_ERR_NO_MEMORY;
    }
    daemon->retention = retention;
    retention->daemon = daemon;
    retention->next_us = lee_clock_monotonic_us() + FIRST_US;
    const lee_helper_job job = {.name = "pruning",
                                .begin = retention_begin,
                                .answer = retention_answer,
                                .context = retention};
    lee_loop_timer *timer = NULL;
    if (lee_helper_start(&job, daemon->loop, on_answer, retention, &retention->helper) != LEE_OK) {
        fprintf(stderr, "leeward: no process for pruning: frames are kept\n");
        return LEE_OK;
    }
    return lee_loop_add_timer(daemon->loop, STEP_EVERY_MS, STEP_EVERY_MS, on_step, retention,
                              &timer);
}

void lee__daemon_stop_retention(lee_daemon *daemon)
{
    if (daemon->retention) {
        lee_helper_free(daemon->retention->helper);
        lee_free(daemon->retention);
        daemon->retention = NULL;
    }
}
