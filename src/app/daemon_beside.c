/* The processes that work beside the watch: one keeps the views of the journal and searches them,
 * one works out moments of the past. Each answers one question at a time; few may wait. */
#define _GNU_SOURCE /* MAP_ANONYMOUS */
#include "app/daemon_private.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "app/views_follow.h"
#include "base/json_scan.h"
#include "record/codec.h"
#include "record/input.h"
#include "serve/query.h"

/* The first moments after a start belong to the watch. */
#define VIEWS_AFTER_MS 3000
#define VIEWS_EVERY_MS 250
#define VIEWS_RETRY_MS 5000
#define VIEWS_SLICE_US 50000
#define RESULTS_DEFAULT 50u

typedef struct {
    lee_views_kind kind;
    int64_t from_us;
    int64_t to_us;
    uint32_t limit;
    char words[512];
    char after[64];
} search_question;

/* --- where sessions begin ------------------------------------------------------------------- */

static bool json_time(const lee_record *record, int64_t *t_us)
{
    lee_json_scan scan;
    lee_json_value key, value;
    lee_json_scan_init(&scan, (const char *)record->bytes, record->length);
    if (!lee_json_scan_object(&scan)) {
        return false;
    }
    while (lee_json_scan_member(&scan, &key, &value)) {
        if (lee_json_value_is(&key, "t_us")) {
            return lee_json_value_fixed(&value, 0, t_us);
        }
    }
    return false;
}

bool lee__record_time(const lee_record *record, int64_t *t_us)
{
    lee_input_text text;
    lee_frame frame;
    lee_bytes in;
    switch (record->kind) {
    case LEE_RECORD_FRAME:
        lee_bytes_init(&in, record->bytes, record->length);
        if (lee_frame_decode(&in, &frame) == LEE_OK) {
            *t_us = frame.t_us;
            return true;
        }
        return false;
    case LEE_RECORD_TICK:
        return lee_input_tick_decode(record->bytes, record->length, t_us);
    case LEE_RECORD_ZONES:
    case LEE_RECORD_PERMITS:
        if (lee_input_text_decode(record->bytes, record->length, &text)) {
            *t_us = text.t_us;
            return true;
        }
        return false;
    case LEE_RECORD_OPERATOR:
    case LEE_RECORD_SIGHTING:
    case LEE_RECORD_HEARTBEAT:
    case LEE_RECORD_DELIVERY:
    case LEE_RECORD_ATTESTED:
    case LEE_RECORD_PRUNE:
        return json_time(record, t_us);
    case LEE_RECORD_SESSION:
    case LEE_RECORD_KEY:
    case LEE_RECORD_PLACES:
    case LEE_RECORD_GAP:
    case LEE_RECORD_EPOCH:
    case LEE_RECORD_REMOTE_OPERATOR:
    case LEE_RECORD_EVENT:
    case LEE_RECORD_WARNING:
        break;
    }
    return false;
}

static size_t session_count(const lee_daemon *daemon)
{
    return daemon->sessions.length / sizeof(lee_session_place);
}

static lee_session_place session_at(const lee_daemon *daemon, size_t at)
{
    lee_session_place place;
    memcpy(&place, daemon->sessions.bytes + at * sizeof place, sizeof place);
    return place;
}

uint64_t lee__daemon_session_index(const lee_daemon *daemon)
{
    const size_t count = session_count(daemon);
    return count > 0 ? session_at(daemon, count - 1).index : 0;
}

int64_t lee__daemon_session_since_us(const lee_daemon *daemon)
{
    const size_t count = session_count(daemon);
    return count > 0 ? session_at(daemon, count - 1).t_us : INT64_MIN;
}

int64_t lee__daemon_since_us(const lee_daemon *daemon)
{
    return session_count(daemon) > 0 ? session_at(daemon, 0).t_us : INT64_MIN;
}

void lee__daemon_note_session(lee_daemon *daemon, const lee_record *record)
{
    lee_buffer *const sessions = &daemon->sessions;
    lee_session_place place = {.index = record->index, .t_us = INT64_MIN};
    if (record->kind == LEE_RECORD_SESSION) {
        lee_buffer_bytes(sessions, &place, sizeof place);
        return;
    }
    if (session_count(daemon) > 0) {
        uint8_t *const last = sessions->bytes + sessions->length - sizeof place;
        memcpy(&place, last, sizeof place);
        if (place.t_us == INT64_MIN && lee__record_time(record, &place.t_us)) {
            memcpy(last, &place, sizeof place);
        }
    }
}

/* The last session that had begun at t_us; or, of those whose records begin at `record` or before,
 * the last. *is_last: none follows it. */
static bool find_session(const lee_daemon *daemon, int64_t t_us, uint64_t record,
                         lee_session_place *out, bool *is_last)
{
    *is_last = true;
    for (size_t i = session_count(daemon); i-- > 0;) {
        *out = session_at(daemon, i);
        if (out->index <= record && out->t_us <= t_us && out->t_us != INT64_MIN) {
            return true;
        }
        *is_last = false;
    }
    return false;
}

/* --- in the process of the views ------------------------------------------------------------ */

static void views_begin(void *context)
{
    (void)context;
}

static int views_work(void *context)
{
    lee_daemon *const daemon = context;
    if (!daemon->follow_begun) {
        daemon->follow_begun = true;
        return VIEWS_AFTER_MS;
    }
    bool more = false;
    const lee_error error = lee_views_follow_step(daemon->follow, VIEWS_SLICE_US, &more);
    return error != LEE_OK ? VIEWS_RETRY_MS : more ? 0 : VIEWS_EVERY_MS;
}

static unsigned views_answer(void *context, const uint8_t *bytes, size_t length, lee_buffer *out)
{
    lee_daemon *const daemon = context;
    lee_views_follow *const follow = daemon->follow;
    search_question question;
    assert(length == sizeof question);
    (void)length;
    memcpy(&question, bytes, sizeof question);
    if (!lee_views_follow_views(follow)) {
        bool more = false;
        daemon->follow_begun = true;
        if (lee_views_follow_step(follow, 0, &more) != LEE_OK) {
            return 0;
        }
    }
    lee_views *const views = lee_views_follow_views(follow);
    if (!views) {
        return 0;
    }
    const lee_views_query query = {.kind = question.kind,
                                   .words = question.words,
                                   .after = question.after,
                                   .from_us = question.from_us,
                                   .to_us = question.to_us,
                                   .limit = question.limit};
    const lee_error error = lee_views_search(views, &query, lee_views_follow_known(follow), out);
    if (error == LEE_OK) {
        return 200;
    }
    if (error != LEE_ERR_LIMIT && error != LEE_ERR_DOMAIN) {
        /* Damage that only a search meets. */
        if (error == LEE_ERR_CORRUPT) {
            lee_views_follow_remove(follow);
        } else {
            lee_views_follow_drop(follow);
        }
    }
    lee_buffer_reset(out);
    return error == LEE_ERR_DOMAIN ? 400 : 0;
}

/* --- in the daemon -------------------------------------------------------------------------- */

static void on_found(void *context, uint64_t ticket, unsigned status, const uint8_t *bytes,
                     size_t length)
{
    const lee_daemon *const daemon = context;
    static const char refused[] =
        "{\"error\":{\"code\":\"invalid\",\"message\":\"after is the next of an answer\"}}";
    if (status == 400) {
        bytes = (const uint8_t *)refused;
        length = sizeof refused - 1;
    }
    lee_serve_finish(daemon->serve, ticket, status, "application/json", bytes, length);
}

/* Its first line says the type. */
static void on_worked_out(void *context, uint64_t ticket, unsigned status, const uint8_t *bytes,
                          size_t length)
{
    const lee_daemon *const daemon = context;
    static const char geo[] = "application/geo+json";
    const uint8_t *const end = length > 0 ? memchr(bytes, '\n', length) : NULL;
    if (!end) {
        status = 0;
    }
    const size_t skip = end ? (size_t)(end - bytes) + 1 : 0;
    const bool is_geo = skip == sizeof geo && memcmp(bytes, geo, sizeof geo - 1) == 0;
    lee_serve_finish(daemon->serve, ticket, status, is_geo ? geo : "application/json",
                     bytes ? bytes + skip : bytes, length - skip);
}

static lee_error refuse(lee_error_info *info, lee_error code, const char *field, const char *reason)
{
    *info = (lee_error_info){.code = code, .field = field, .reason = reason};
    return code;
}

static bool read_number(const char *query, const char *key, int64_t *out)
{
    char text[32];
    uint64_t value = 0;
    if (!lee_query_get(query, key, text, sizeof text)) {
        return true;
    }
    if (!lee_query_number(query, key, &value) || value > INT64_MAX) {
        return false;
    }
    *out = (int64_t)value;
    return true;
}

static lee_error ask_views(lee_daemon *daemon, const lee_later *asked, lee_error_info *error)
{
    search_question question = {.to_us = INT64_MAX, .from_us = INT64_MIN};
    char kind[16] = "incidents";
    int64_t limit = RESULTS_DEFAULT;
    (void)lee_query_get(asked->query, "kind", kind, sizeof kind);
    (void)lee_query_get(asked->query, "q", question.words, sizeof question.words);
    (void)lee_query_get(asked->query, "after", question.after, sizeof question.after);
    if (!lee_views_kind_parse(kind, &question.kind)) {
        return refuse(error, LEE_ERR_DOMAIN, "kind", "is incidents, tracks, zones or permits");
    }
    if (!read_number(asked->query, "from_us", &question.from_us) ||
        !read_number(asked->query, "to_us", &question.to_us) ||
        !read_number(asked->query, "limit", &limit) || limit < 1) {
        return refuse(error, LEE_ERR_DOMAIN, NULL, "from_us, to_us and limit are whole numbers");
    }
    question.limit = limit > LEE_VIEWS_RESULTS_MAX ? LEE_VIEWS_RESULTS_MAX : (uint32_t)limit;
    return daemon->views ? lee_helper_ask(daemon->views, asked->ticket, &question, sizeof question)
                         : LEE_ERR_IO;
}

static lee_error ask_past(lee_daemon *daemon, const lee_later *asked, lee_error_info *error)
{
    lee_past_question question = {.at_us = asked->at_us, .role = asked->role};
    lee_session_place session;
    bool is_last = false;
    int64_t record = INT64_MAX;
    if (!read_number(asked->query, "record", &record)) {
        return refuse(error, LEE_ERR_DOMAIN, "record", "is a whole number");
    }
    if (!find_session(daemon, asked->at_us, (uint64_t)record, &session, &is_last)) {
        return refuse(error, LEE_ERR_NOT_FOUND, "at", "the journal does not reach so far back");
    }
    if (is_last && asked->at_us > lee__daemon_now_us(daemon)) {
        return refuse(error, LEE_ERR_DOMAIN, "at", "that moment has not come");
    }
    if (!daemon->past) {
        return LEE_ERR_IO;
    }
    /* What came up to now shall be in it, also what waits for the next commit. */
    if (lee_recorder_has_pending(daemon->recorder)) {
        lee_recorder_commit(daemon->recorder);
    }
    question.session = session.index;
    question.end = lee_journal_durable_count(daemon->journal);
    atomic_store(daemon->durable, question.end);
    (void)snprintf(question.path, sizeof question.path, "%s", asked->path);
    (void)snprintf(question.query, sizeof question.query, "%s", asked->query);
    return lee_helper_ask(daemon->past, asked->ticket, &question, sizeof question);
}

lee_error lee__daemon_later(void *context, const lee_later *asked, lee_error_info *error)
{
    lee_daemon *const daemon = context;
    return asked->kind == LEE_LATER_SEARCH ? ask_views(daemon, asked, error)
                                           : ask_past(daemon, asked, error);
}

void lee__daemon_forget(void *context, uint64_t ticket)
{
    lee_daemon *const daemon = context;
    if (daemon->views) {
        lee_helper_forget(daemon->views, ticket);
    }
    if (daemon->past) {
        lee_helper_forget(daemon->past, ticket);
    }
}

/* --- start and end -------------------------------------------------------------------------- */

static lee_error start_views(lee_daemon *daemon)
{
    char path[4096 + 32];
    char folder[4096];
    snprintf(path, sizeof path, "%s/views", daemon->options.data);
    if (mkdir(path, 0700) != 0 && errno != EEXIST) {
        fprintf(stderr, "leeward: %s: no views: %s\n", path, strerror(errno));
        return LEE_OK;
    }
    snprintf(path, sizeof path, "%s/views/views.sqlite", daemon->options.data);
    snprintf(folder, sizeof folder, "%s/journal", daemon->options.data);
    lee_error error = lee_views_follow_create(folder, path, daemon->durable, &daemon->follow);
    if (error != LEE_OK) {
        return error;
    }
    const lee_helper_job job = {.name = "the views",
                                .begin = views_begin,
                                .work = views_work,
                                .answer = views_answer,
                                .context = daemon};
    if (lee_helper_start(&job, daemon->loop, on_found, daemon, &daemon->views) != LEE_OK) {
        fprintf(stderr, "leeward: no process for the views: searching has no answer\n");
    }
    return LEE_OK;
}

static lee_error start_past(lee_daemon *daemon)
{
    const lee_error error = lee__past_create(daemon, &daemon->moment);
    if (error != LEE_OK) {
        return error;
    }
    const lee_helper_job job = {.name = "the past",
                                .begin = lee__past_begin,
                                .answer = lee__past_answer,
                                .context = daemon->moment};
    if (lee_helper_start(&job, daemon->loop, on_worked_out, daemon, &daemon->past) != LEE_OK) {
        fprintf(stderr, "leeward: no process for the past: only the present is shown\n");
    }
    return LEE_OK;
}

lee_error lee__daemon_start_helpers(lee_daemon *daemon)
{
    void *const page = mmap(NULL, sizeof *daemon->durable, PROT_READ | PROT_WRITE,
                            MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED) {
        return LEE_ERR_NO_MEMORY;
    }
    daemon->durable = page;
    atomic_store(daemon->durable, lee_journal_durable_count(daemon->journal));
    lee_journal_derive_key(daemon->journal, "leeward snapshot", daemon->snapshot.key);
    const lee_error error = start_views(daemon);
    return error == LEE_OK ? start_past(daemon) : error;
}

void lee__daemon_stop_helpers(lee_daemon *daemon)
{
    lee_helper_free(daemon->views);
    lee_helper_free(daemon->past);
    daemon->views = NULL;
    daemon->past = NULL;
    lee_views_follow_free(daemon->follow);
    lee__past_free(daemon->moment);
}
