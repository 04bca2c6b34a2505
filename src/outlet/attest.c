/* For eventfd, which POSIX does not have. */
#define _GNU_SOURCE
#include "outlet/attest.h"

#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "io/file_os.h"
#include "outlet/http.h"
#include "outlet/stamp.h"

#define BACK_OFF_MOST_MS 300000
#define TICK_MS 1000
#define URL_BYTES 1024
#define STATES_MAX (LEE_ATTEST_WITNESSES_MAX + (int)LEE_STAMPS_MAX)

/* One that is asked. */
typedef struct {
    char url[URL_BYTES];
    lee_cosigner cosigner;
    int64_t wait_ms; /* after the next failure */
    int64_t next_ms; /* monotonic; not asked before */
} asked;

struct lee_attest {
    lee_attest_options options;
    asked witnesses[LEE_ATTEST_WITNESSES_MAX];
    asked servers[LEE_STAMPS_MAX];
    lee_buffer tokens[LEE_STAMPS_MAX]; /* of this round */
    lee_http http;
    bool has_http;
    lee_buffer head;    /* our signed head */
    lee_buffer note;    /* and the lines of the witnesses behind it */
    lee_buffer body;    /* a request */
    lee_buffer answer;  /* and what came back */
    uint64_t kept_size; /* of the newest head kept; only the thread's */
    bool has_kept;

    pthread_mutex_t lock;
    pthread_cond_t changed;
    lee_attest_state states[STATES_MAX]; /* guarded by lock, as all below */
    lee_buffer told;                     /* a kept head on its way to the loop */
    lee_buffer told_tokens[LEE_STAMPS_MAX];
    lee_attest_round told_round;
    bool is_told;

    atomic_bool stopping;
    bool running;
    pthread_t thread;
    int wake_fd;
    lee_loop *loop;
    lee_loop_watch *watch;
    lee_attest_sink *sink;
    void *context;
};

void lee_attest_options_default(lee_attest_options *out)
{
    assert(out);
    *out = (lee_attest_options){
        .quorum = 1, .every_ms = 10000, .stamp_every_ms = 3600000, .timeout_ms = 5000};
}

static int64_t now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* --- one question ----------------------------------------------------------------------------- */

static const char *reason_of(lee_cosign_result result, unsigned status)
{
    switch (result) {
    case LEE_COSIGN_AHEAD:
        return "it has signed a head of more records than there are: an older copy was restored, "
               "or records are gone. See 'leeward epoch'";
    case LEE_COSIGN_FORK:
        return "it says that this head does not go on from the one that it signed: two histories "
               "have been signed under this name";
    case LEE_COSIGN_AGAIN:
    case LEE_COSIGN_REFUSED:
        return status == 404   ? "it does not know this log (404)"
               : status == 403 ? "it does not take this log's signature (403)"
               : status == 200 ? "its signature does not verify"
                               : "it refused";
    case LEE_COSIGN_SIGNED:
        break;
    }
    return "";
}

static void note_result(lee_attest *attest, int index, lee_cosign_result result, unsigned status,
                        uint64_t t_s)
{
    asked *const one = &attest->witnesses[index];
    lee_attest_state *const state = &attest->states[index];
    const bool good = result == LEE_COSIGN_SIGNED;
    (void)pthread_mutex_lock(&attest->lock);
    if (good) {
        state->signed_total++;
        state->size = one->cosigner.size;
        state->t_s = t_s;
    } else {
        state->failed_total++;
    }
    state->is_ahead = result == LEE_COSIGN_AHEAD;
    state->is_fork = result == LEE_COSIGN_FORK;
    (void)snprintf(state->reason, sizeof state->reason, "%s",
                   status || good ? reason_of(result, status) : attest->http.error);
    (void)pthread_mutex_unlock(&attest->lock);
    if (good) {
        one->wait_ms = attest->options.every_ms;
        one->next_ms = 0;
    } else {
        one->next_ms = now_ms() + one->wait_ms;
        one->wait_ms = one->wait_ms * 2 < BACK_OFF_MOST_MS ? one->wait_ms * 2 : BACK_OFF_MOST_MS;
    }
}

/* Asks one witness about the head, twice when it knows another size than was thought. */
static lee_error ask(lee_attest *attest, int index, const lee_checkpoint *head, bool *is_signed)
{
    asked *const one = &attest->witnesses[index];
    const char *const note = (const char *)attest->head.bytes;
    lee_cosign_result result = LEE_COSIGN_AGAIN;
    unsigned status = 0;
    uint64_t t_s = 0;
    if (one->cosigner.size > head->size) {
        one->cosigner.size = head->size; /* it will say so itself */
    }
    for (int i = 0; i < 2 && result == LEE_COSIGN_AGAIN; i++) {
        const lee_error error =
            lee_cosigner_ask(&one->cosigner, &lee_file_os, attest->options.folder, head, note,
                             attest->head.length, &attest->body);
        if (error) {
            return error;
        }
        status = lee_http_post(&attest->http, one->url, NULL, attest->body.bytes,
                               attest->body.length, &attest->answer);
        result = status ? lee_cosigner_take(&one->cosigner, head, note, attest->head.length, status,
                                            (const char *)attest->answer.bytes,
                                            attest->answer.length, &attest->note, &t_s)
                        : LEE_COSIGN_REFUSED;
    }
    *is_signed = result == LEE_COSIGN_SIGNED;
    note_result(attest, index, result, status, t_s);
    return attest->note.error;
}

/* Asks one server to stamp the head. */
static lee_error ask_server(lee_attest *attest, int index, bool *is_stamped)
{
    asked *const one = &attest->servers[index];
    lee_buffer *const token = &attest->tokens[index];
    lee_attest_state *const state = &attest->states[attest->options.witness_count + index];
    uint64_t nonce = 0;
    const lee_stamp_wanted wanted = {.digest =
                                         lee_digest_of(attest->head.bytes, attest->head.length),
                                     .nonce = &nonce,
                                     .ca_file = attest->options.servers[index].ca_file};
    bool failed = getrandom(&nonce, sizeof nonce, 0) != (ssize_t)sizeof nonce;
    struct curl_slist *const headers =
        lee_http_header(NULL, "Content-Type", "application/timestamp-query", &failed);
    lee_buffer_reset(&attest->body);
    lee_error error =
        failed ? LEE_ERR_NO_MEMORY : lee_stamp_request(&wanted.digest, nonce, &attest->body);
    const char *reason = "out of memory";
    uint64_t t_s = 0;
    if (!error) {
        const unsigned status = lee_http_post(&attest->http, one->url, headers, attest->body.bytes,
                                              attest->body.length, token);
        reason = status == 0 ? attest->http.error : "it did not answer with 200";
        error = status == 200 ? lee_stamp_check(token->bytes, token->length, &wanted, &t_s, &reason)
                              : LEE_ERR_DENIED;
    }
    curl_slist_free_all(headers);
    *is_stamped = error == LEE_OK;
    lee_buffer_reset(*is_stamped ? &attest->body : token);
    (void)pthread_mutex_lock(&attest->lock);
    state->signed_total += *is_stamped;
    state->failed_total += !*is_stamped;
    state->t_s = *is_stamped ? t_s : state->t_s;
    (void)snprintf(state->reason, sizeof state->reason, "%s", *is_stamped ? "" : reason);
    (void)pthread_mutex_unlock(&attest->lock);
    one->next_ms = now_ms() + (*is_stamped ? attest->options.stamp_every_ms : one->wait_ms);
    one->wait_ms = *is_stamped                           ? attest->options.every_ms
                   : one->wait_ms * 2 < BACK_OFF_MOST_MS ? one->wait_ms * 2
                                                         : BACK_OFF_MOST_MS;
    return error == LEE_ERR_NO_MEMORY ? error : LEE_OK;
}

static lee_error ask_servers(lee_attest *attest, lee_attest_round *out)
{
    lee_error error = LEE_OK;
    for (int i = 0; !error && i < attest->options.server_count; i++) {
        bool is_stamped = false;
        lee_buffer_reset(&attest->tokens[i]);
        if (attest->servers[i].next_ms <= now_ms() && !atomic_load(&attest->stopping)) {
            error = ask_server(attest, i, &is_stamped);
        }
        out->stamps += is_stamped;
    }
    return error;
}

lee_error lee_attest_run(lee_attest *attest, lee_attest_round *out)
{
    assert(attest && out);
    lee_note_verifier key;
    lee_checkpoint head;
    *out = (lee_attest_round){.note = &attest->note, .tokens = attest->tokens};
    lee_error error =
        lee_head_load(&lee_file_os, attest->options.folder, &key, &head, &attest->head);
    if (error || (attest->has_kept && attest->kept_size == head.size)) {
        out->size = error ? 0 : head.size;
        return error;
    }
    out->size = head.size;
    lee_buffer_reset(&attest->note);
    lee_buffer_bytes(&attest->note, attest->head.bytes, attest->head.length);
    for (int i = 0; !error && i < attest->options.witness_count; i++) {
        bool is_signed = false;
        if (attest->witnesses[i].next_ms <= now_ms() && !atomic_load(&attest->stopping)) {
            error = ask(attest, i, &head, &is_signed);
        }
        out->signatures += is_signed;
    }
    if (error || (attest->options.witness_count > 0 && out->signatures < attest->options.quorum)) {
        return error;
    }
    error = ask_servers(attest, out);
    if (error || out->signatures + out->stamps == 0) {
        return error;
    }
    error = lee_attested_put(&lee_file_os, attest->options.folder, &attest->note, attest->tokens);
    out->is_kept = error == LEE_OK;
    attest->has_kept |= out->is_kept;
    attest->kept_size = out->is_kept ? head.size : attest->kept_size;
    return error;
}

void lee_attest_describe(lee_attest *attest, int index, lee_attest_state *out)
{
    assert(attest && out && index >= 0);
    assert(index < attest->options.witness_count + attest->options.server_count);
    (void)pthread_mutex_lock(&attest->lock);
    *out = attest->states[index];
    (void)pthread_mutex_unlock(&attest->lock);
}

/* --- the thread ------------------------------------------------------------------------------- */

/* Hands a kept head to the loop's thread. One that the loop has not taken yet is replaced: the
 * newer says more. */
static void tell(lee_attest *attest, const lee_attest_round *round)
{
    (void)pthread_mutex_lock(&attest->lock);
    lee_buffer_reset(&attest->told);
    lee_buffer_bytes(&attest->told, round->note->bytes, round->note->length);
    attest->is_told = attest->told.error == LEE_OK;
    for (uint32_t i = 0; i < LEE_STAMPS_MAX; i++) {
        lee_buffer *const token = &attest->told_tokens[i];
        lee_buffer_reset(token);
        lee_buffer_bytes(token, round->tokens[i].bytes, round->tokens[i].length);
        attest->is_told &= token->error == LEE_OK;
    }
    attest->told_round = *round;
    (void)pthread_mutex_unlock(&attest->lock);
    const uint64_t one = 1;
    const ssize_t written = write(attest->wake_fd, &one, sizeof one);
    (void)written; /* it can only fail when the counter is full, and then the loop wakes anyway */
}

static void take(void *context, int fd, int events)
{
    (void)events;
    lee_attest *const attest = context;
    uint64_t count = 0;
    const ssize_t got = read(fd, &count, sizeof count);
    (void)got;
    /* Held while the record is made of it: the thread waits that long at most, and not the loop,
     * which comes here only when there is something. */
    (void)pthread_mutex_lock(&attest->lock);
    if (attest->is_told) {
        attest->is_told = false;
        lee_attest_round round = attest->told_round;
        round.note = &attest->told;
        round.tokens = attest->told_tokens;
        attest->sink(attest->context, &round);
    }
    (void)pthread_mutex_unlock(&attest->lock);
}

static void *work(void *context)
{
    lee_attest *const attest = context;
    while (!atomic_load(&attest->stopping)) {
        lee_attest_round round;
        /* A journal that cannot be read just now is one that is tried again; its own state is told
         * where it is written. */
        if (lee_attest_run(attest, &round) == LEE_OK && round.is_kept) {
            tell(attest, &round);
        }
        const int64_t end_ms = now_ms() + attest->options.every_ms;
        (void)pthread_mutex_lock(&attest->lock);
        while (now_ms() < end_ms && !atomic_load(&attest->stopping)) {
            struct timespec until;
            (void)clock_gettime(CLOCK_MONOTONIC, &until);
            const int64_t left_ms = end_ms - now_ms();
            const int64_t step_ms = left_ms < TICK_MS ? left_ms : TICK_MS;
            until.tv_nsec += (long)(step_ms % 1000) * 1000000;
            until.tv_sec += (time_t)(step_ms / 1000) + until.tv_nsec / 1000000000;
            until.tv_nsec %= 1000000000;
            (void)pthread_cond_timedwait(&attest->changed, &attest->lock, &until);
        }
        (void)pthread_mutex_unlock(&attest->lock);
    }
    return NULL;
}

lee_error lee_attest_start(lee_attest *attest, lee_loop *loop, lee_attest_sink *sink, void *context)
{
    assert(attest && loop && sink && !attest->running);
    attest->loop = loop;
    attest->sink = sink;
    attest->context = context;
    attest->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (attest->wake_fd < 0) {
        return LEE_ERR_IO;
    }
    const lee_error error =
        lee_loop_add(loop, attest->wake_fd, LEE_LOOP_READ, take, attest, &attest->watch);
    if (error) {
        return error;
    }
    attest->running = !pthread_create(&attest->thread, NULL, work, attest);
    return attest->running ? LEE_OK : LEE_ERR_IO;
}

/* --- creation --------------------------------------------------------------------------------- */

static bool is_url(const char *url)
{
    return url && strlen(url) + 20 < URL_BYTES &&
           (strncmp(url, "http://", 7) == 0 || strncmp(url, "https://", 8) == 0);
}

static bool are_options_good(const lee_attest_options *o)
{
    if (o->server_count < 0 || o->server_count > (int)LEE_STAMPS_MAX || o->stamp_every_ms < 1000) {
        return false;
    }
    for (int i = 0; i < o->server_count; i++) {
        if (!is_url(o->servers[i].url)) {
            return false;
        }
    }
    if (!o->folder || strlen(o->folder) > LEE_JOURNAL_FOLDER_MAX || o->witness_count < 0 ||
        o->witness_count > LEE_ATTEST_WITNESSES_MAX || o->witness_count + o->server_count == 0 ||
        o->quorum < 1 || (o->witness_count > 0 && o->quorum > o->witness_count) ||
        o->every_ms < 100 || o->every_ms > 3600000 || o->timeout_ms < 100 ||
        o->timeout_ms > 600000) {
        return false;
    }
    for (int i = 0; i < o->witness_count; i++) {
        if (!is_url(o->witnesses[i].url) || !o->witnesses[i].key.is_witness) {
            return false;
        }
    }
    return true;
}

/* Waits are measured on the monotonic clock, so that a changed wall clock stretches none. */
static bool init_lock(lee_attest *attest)
{
    pthread_condattr_t attributes;
    bool good = !pthread_mutex_init(&attest->lock, NULL);
    good = good && !pthread_condattr_init(&attributes);
    good = good && !pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    good = good && !pthread_cond_init(&attest->changed, &attributes);
    (void)pthread_condattr_destroy(&attributes);
    return good;
}

lee_error lee_attest_create(const lee_attest_options *options, lee_attest **out)
{
    assert(options && out);
    if (!are_options_good(options)) {
        return LEE_ERR_DOMAIN;
    }
    lee_attest *const attest = lee_alloc(1, sizeof *attest);
    if (!attest) {
        return LEE_ERR_NO_MEMORY;
    }
    attest->options = *options;
    attest->wake_fd = -1;
    atomic_init(&attest->stopping, false);
    if (!init_lock(attest)) {
        lee_free(attest);
        return LEE_ERR_NO_MEMORY;
    }
    for (int i = 0; i < options->witness_count; i++) {
        asked *const one = &attest->witnesses[i];
        const char *const url = options->witnesses[i].url;
        const bool has_slash = url[strlen(url) - 1] == '/';
        (void)snprintf(one->url, sizeof one->url, "%s%sadd-checkpoint", url, has_slash ? "" : "/");
        one->cosigner.key = options->witnesses[i].key;
        one->wait_ms = options->every_ms;
    }
    for (int i = 0; i < options->server_count; i++) {
        asked *const one = &attest->servers[i];
        (void)snprintf(one->url, sizeof one->url, "%s", options->servers[i].url);
        one->wait_ms = options->every_ms;
    }
    for (uint32_t i = 0; i < LEE_STAMPS_MAX; i++) {
        lee_buffer_init(&attest->tokens[i], LEE_STAMP_MAX_BYTES);
        lee_buffer_init(&attest->told_tokens[i], LEE_STAMP_MAX_BYTES);
    }
    lee_buffer *const buffers[] = {&attest->head, &attest->note, &attest->answer, &attest->told};
    for (size_t i = 0; i < sizeof buffers / sizeof buffers[0]; i++) {
        lee_buffer_init(buffers[i], LEE_NOTE_MAX_BYTES);
    }
    lee_buffer_init(&attest->body, LEE_WITNESS_REQUEST_MAX_BYTES);
    attest->has_http =
        lee_http_open(&attest->http, options->ca_file, options->timeout_ms, &attest->stopping);
    if (!attest->has_http) {
        lee_attest_free(attest);
        return LEE_ERR_NO_MEMORY;
    }
    *out = attest;
    return LEE_OK;
}

void lee_attest_free(lee_attest *attest)
{
    if (!attest) {
        return;
    }
    if (attest->running) {
        atomic_store(&attest->stopping, true);
        (void)pthread_mutex_lock(&attest->lock);
        (void)pthread_cond_broadcast(&attest->changed);
        (void)pthread_mutex_unlock(&attest->lock);
        (void)pthread_join(attest->thread, NULL);
    }
    if (attest->watch) {
        lee_loop_remove(attest->loop, attest->watch);
    }
    if (attest->wake_fd >= 0) {
        (void)close(attest->wake_fd);
    }
    if (attest->has_http) {
        lee_http_close(&attest->http);
    }
    lee_buffer *const buffers[] = {&attest->head, &attest->note, &attest->body, &attest->answer,
                                   &attest->told};
    for (size_t i = 0; i < sizeof buffers / sizeof buffers[0]; i++) {
        lee_buffer_free(buffers[i]);
    }
    for (uint32_t i = 0; i < LEE_STAMPS_MAX; i++) {
        lee_buffer_free(&attest->tokens[i]);
        lee_buffer_free(&attest->told_tokens[i]);
    }
    (void)pthread_cond_destroy(&attest->changed);
    (void)pthread_mutex_destroy(&attest->lock);
    lee_free(attest);
}
