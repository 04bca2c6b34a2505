/* For eventfd, which POSIX does not have. */
#define _GNU_SOURCE
#include "outlet/outlet.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/json_scan.h"
#include "outlet/carrier.h"
#include "warn/message.h"

#define NAME_BYTES 64u
#define OUTCOMES_MAX 64u
#define QUEUE_LIMIT 65536u

typedef struct item {
    struct item *next;
    char identifier[LEE_MESSAGE_ID_BYTES];
    uint8_t *body;
    size_t length;
    uint32_t attempts;
} item;

typedef struct {
    char identifier[LEE_MESSAGE_ID_BYTES];
    lee_delivery_state state;
    uint32_t attempts;
    char reason[LEE_CARRIER_REASON_BYTES];
    item *done; /* to be freed by the loop's thread; NULL while pending */
} outcome;

struct lee_outlet {
    lee_outlet_options options;
    char *texts[9]; /* the copies that options points to */
    lee_loop *loop;
    lee_loop_watch *watch;
    int wake_fd;
    lee_delivery_sink *sink;
    void *context;
    lee_carrier *carrier;
    pthread_t thread;
    bool running;
    lee_buffer record;
    lee_outlet_counters counters; /* the loop's thread alone */
    atomic_bool stopping;

    pthread_mutex_t lock;
    pthread_cond_t changed;
    item *first; /* guarded by lock, as all below */
    item *last;
    uint32_t waiting; /* with the one under way */
    outcome outcomes[OUTCOMES_MAX];
    uint32_t outcome_from;
    uint32_t outcome_count;
};

void lee_outlet_options_default(lee_outlet_options *out)
{
    *out = (lee_outlet_options){.port = 1883,
                                .qos = 1,
                                .queue_max = 1024,
                                .retry_first_ms = 1000,
                                .retry_most_ms = 60000,
                                .timeout_ms = 10000};
}

const char *lee_delivery_state_name(lee_delivery_state state)
{
    static const char *const names[] = {"pending", "delivered", "failed"};
    assert(state <= LEE_DELIVERY_FAILED);
    return names[state];
}

void lee_carrier_say(char reason[LEE_CARRIER_REASON_BYTES], const char *text)
{
    size_t length = strlen(text);
    if (length >= LEE_CARRIER_REASON_BYTES) {
        length = LEE_CARRIER_REASON_BYTES - 1;
    }
    memcpy(reason, text, length);
    reason[length] = '\0';
}

const char *lee_outlet_name(const lee_outlet *outlet)
{
    return outlet->options.name;
}

/* --- the outlet's thread -----------------------------------------------------------------------
 */

/* Waits until signalled, stopped or `ms` are over. With the lock held. */
static void wait_for(lee_outlet *outlet, int64_t ms)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += (time_t)(ms / 1000);
    until.tv_nsec += (long)(ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    (void)pthread_cond_timedwait(&outlet->changed, &outlet->lock, &until);
}

/* Between attempts: in steps, because a new message signals too and must not end the wait. */
static void back_off(lee_outlet *outlet, int64_t ms)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    const int64_t end_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000 + ms;
    (void)pthread_mutex_lock(&outlet->lock);
    for (int64_t left_ms = ms; left_ms > 0 && !atomic_load(&outlet->stopping);) {
        wait_for(outlet, left_ms);
        (void)clock_gettime(CLOCK_MONOTONIC, &now);
        left_ms = end_ms - ((int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000);
    }
    (void)pthread_mutex_unlock(&outlet->lock);
}

/* Hands an outcome to the loop's thread. A pending one is dropped when the table is full, because
 * a later one says more; a final one waits for room. */
static void report(lee_outlet *outlet, item *it, lee_delivery_state state, const char *reason)
{
    (void)pthread_mutex_lock(&outlet->lock);
    const bool final = state != LEE_DELIVERY_PENDING;
    while (final && outlet->outcome_count == OUTCOMES_MAX && !atomic_load(&outlet->stopping)) {
        wait_for(outlet, 1000);
    }
    if (final) {
        assert(outlet->first == it);
        outlet->first = it->next;
        outlet->last = outlet->first ? outlet->last : NULL;
        outlet->waiting--;
    }
    if (outlet->outcome_count < OUTCOMES_MAX) {
        outcome *o =
            &outlet->outcomes[(outlet->outcome_from + outlet->outcome_count) % OUTCOMES_MAX];
        outlet->outcome_count++;
        *o = (outcome){.state = state, .attempts = it->attempts, .done = final ? it : NULL};
        memcpy(o->identifier, it->identifier, sizeof o->identifier);
        lee_carrier_say(o->reason, reason);
    } else if (final) {
        /* Stopping: nobody hears of it, and after the next start it is sent once more. */
        lee_free(it->body);
        lee_free(it);
    }
    (void)pthread_mutex_unlock(&outlet->lock);
    const uint64_t one = 1;
    const ssize_t written = write(outlet->wake_fd, &one, sizeof one);
    (void)written; /* it can only fail when the counter is full, and then the loop wakes anyway */
}

/* The next message, or NULL to stop. It stays first in the queue until it is done. */
static item *next_item(lee_outlet *outlet)
{
    (void)pthread_mutex_lock(&outlet->lock);
    while (!outlet->first && !atomic_load(&outlet->stopping)) {
        wait_for(outlet, 1000);
        if (!outlet->first && !atomic_load(&outlet->stopping)) {
            (void)pthread_mutex_unlock(&outlet->lock);
            outlet->carrier->idle(outlet->carrier);
            (void)pthread_mutex_lock(&outlet->lock);
        }
    }
    item *it = atomic_load(&outlet->stopping) ? NULL : outlet->first;
    (void)pthread_mutex_unlock(&outlet->lock);
    return it;
}

static void carry(lee_outlet *outlet, item *it)
{
    int64_t wait_ms = outlet->options.retry_first_ms;
    while (!atomic_load(&outlet->stopping)) {
        char reason[LEE_CARRIER_REASON_BYTES] = "";
        it->attempts++;
        const lee_delivery_state state =
            outlet->carrier->send(outlet->carrier, it->identifier, it->body, it->length, reason);
        if (state == LEE_DELIVERY_PENDING && atomic_load(&outlet->stopping)) {
            return;
        }
        report(outlet, it, state, reason);
        if (state != LEE_DELIVERY_PENDING) {
            return;
        }
        back_off(outlet, wait_ms);
        wait_ms *= 2;
        if (wait_ms > outlet->options.retry_most_ms) {
            wait_ms = outlet->options.retry_most_ms;
        }
    }
}

static void *work(void *context)
{
    lee_outlet *outlet = context;
    for (item *it = next_item(outlet); it; it = next_item(outlet)) {
        carry(outlet, it);
    }
    return NULL;
}

/* --- the loop's thread -------------------------------------------------------------------------
 */

static void tell(lee_outlet *outlet, const outcome *o)
{
    const bool delivered = o->state == LEE_DELIVERY_DELIVERED;
    const int64_t t_us = outlet->options.now_us(outlet->options.now_context);
    lee_buffer_reset(&outlet->record);
    lee_json json;
    lee_json_begin(&json, &outlet->record);
    lee_json_object(&json);
    lee_json_put_text(&json, "identifier", o->identifier);
    lee_json_put_text(&json, "outlet", outlet->options.name);
    lee_json_put_text(&json, "state", lee_delivery_state_name(o->state));
    lee_json_put_int(&json, "attempts", o->attempts);
    lee_json_put_int(&json, "t_us", t_us);
    if (!delivered) {
        lee_json_put_text(&json, "reason", o->reason);
    }
    lee_json_object_end(&json);
    if (outlet->record.error) {
        return; /* out of memory: without a record it is sent again after the next start */
    }
    const lee_delivery delivery = {.identifier = o->identifier,
                                   .outlet = outlet->options.name,
                                   .state = o->state,
                                   .attempts = o->attempts,
                                   .t_us = t_us,
                                   .reason = delivered ? NULL : o->reason,
                                   .json = outlet->record.bytes,
                                   .length = outlet->record.length};
    outlet->sink(outlet->context, &delivery);
}

static void count_outcome(lee_outlet *outlet, const outcome *o)
{
    switch (o->state) {
    case LEE_DELIVERY_DELIVERED:
        outlet->counters.delivered++;
        break;
    case LEE_DELIVERY_FAILED:
        outlet->counters.failed++;
        break;
    case LEE_DELIVERY_PENDING:
        outlet->counters.attempts_failed++;
        break;
    }
}

static void take_outcomes(void *context, int fd, int events)
{
    (void)events;
    lee_outlet *outlet = context;
    uint64_t count = 0;
    const ssize_t got = read(fd, &count, sizeof count);
    (void)got;
    for (;;) {
        (void)pthread_mutex_lock(&outlet->lock);
        const bool any = outlet->outcome_count > 0;
        outcome o;
        if (any) {
            o = outlet->outcomes[outlet->outcome_from];
            outlet->outcome_from = (outlet->outcome_from + 1) % OUTCOMES_MAX;
            outlet->outcome_count--;
            (void)pthread_cond_signal(&outlet->changed);
        }
        (void)pthread_mutex_unlock(&outlet->lock);
        if (!any) {
            return;
        }
        count_outcome(outlet, &o);
        tell(outlet, &o);
        if (o.done) {
            lee_free(o.done->body);
            lee_free(o.done);
        }
    }
}

static lee_error read_identifier(const char *json, size_t length, char *out, size_t capacity)
{
    lee_json_scan scan;
    lee_json_value key;
    lee_json_value value;
    lee_json_scan_init(&scan, json, length);
    if (!lee_json_scan_object(&scan)) {
        return LEE_ERR_SYNTAX;
    }
    while (lee_json_scan_member(&scan, &key, &value)) {
        if (lee_json_value_is(&key, "identifier")) {
            return lee_json_value_text(&value, out, capacity) ? LEE_OK : LEE_ERR_SYNTAX;
        }
    }
    return scan.error ? LEE_ERR_SYNTAX : LEE_ERR_MISSING;
}

static lee_error make_item(const char *warning, size_t length, item **out)
{
    lee_buffer body;
    lee_buffer_init(&body, LEE_MESSAGE_JSON_MAX_BYTES);
    lee_error error = LEE_ERR_NO_MEMORY;
    item *it = lee_alloc(1, sizeof *it);
    if (it) {
        error = read_identifier(warning, length, it->identifier, sizeof it->identifier);
    }
    if (!error) {
        error = lee_message_write_public(warning, length, &body);
    }
    if (!error) {
        error = body.error;
    }
    if (error) {
        lee_buffer_free(&body);
        lee_free(it);
        return error;
    }
    it->body = body.bytes; /* the item owns the buffer's memory from here */
    it->length = body.length;
    *out = it;
    return LEE_OK;
}

lee_error lee_outlet_push(lee_outlet *outlet, const char *warning, size_t length)
{
    assert(outlet);
    item *it = NULL;
    const lee_error error = make_item(warning, length, &it);
    if (error) {
        return error;
    }
    (void)pthread_mutex_lock(&outlet->lock);
    const bool full = outlet->waiting >= outlet->options.queue_max;
    if (!full) {
        if (outlet->last) {
            outlet->last->next = it;
        } else {
            outlet->first = it;
        }
        outlet->last = it;
        outlet->waiting++;
        (void)pthread_cond_signal(&outlet->changed);
    }
    (void)pthread_mutex_unlock(&outlet->lock);
    if (full) {
        outcome o = {.state = LEE_DELIVERY_PENDING};
        memcpy(o.identifier, it->identifier, sizeof o.identifier);
        lee_carrier_say(o.reason, "queue full");
        outlet->counters.refused++;
        tell(outlet, &o);
        lee_free(it->body);
        lee_free(it);
        return LEE_ERR_LIMIT;
    }
    return LEE_OK;
}

void lee_outlet_count(const lee_outlet *outlet, lee_outlet_counters *out)
{
    lee_outlet *mutable_outlet = (lee_outlet *)(uintptr_t)outlet; /* the lock alone is changed */
    *out = outlet->counters;
    (void)pthread_mutex_lock(&mutable_outlet->lock);
    out->waiting = outlet->waiting;
    (void)pthread_mutex_unlock(&mutable_outlet->lock);
}

/* --- creation ----------------------------------------------------------------------------------
 */

static bool is_url(const char *url)
{
    return url && (strncmp(url, "http://", 7) == 0 || strncmp(url, "https://", 8) == 0);
}

static bool are_options_good(const lee_outlet_options *o)
{
    const bool numbers = o->queue_max > 0 && o->queue_max <= QUEUE_LIMIT && o->retry_first_ms > 0 &&
                         o->retry_most_ms >= o->retry_first_ms && o->timeout_ms >= 100 &&
                         o->timeout_ms <= 600000;
    if (!numbers || !o->name || !*o->name || strlen(o->name) >= NAME_BYTES || !o->now_us) {
        return false;
    }
    if (o->kind == LEE_OUTLET_WEBHOOK) {
        return is_url(o->url);
    }
    return o->host && *o->host && o->topic && *o->topic && !strpbrk(o->topic, "+#") &&
           o->client_id && *o->client_id && o->port > 0 && o->port < 65536 &&
           (o->qos == 1 || o->qos == 2);
}

static bool copy_texts(lee_outlet *outlet)
{
    lee_outlet_options *o = &outlet->options;
    const char **const texts[] = {&o->name,     &o->url,      &o->authorization,
                                  &o->host,     &o->topic,    &o->client_id,
                                  &o->username, &o->password, &o->ca_file};
    static_assert(sizeof texts / sizeof *texts == sizeof outlet->texts / sizeof *outlet->texts,
                  "every text has a place");
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (*texts[i]) {
            outlet->texts[i] = lee_copy_text(*texts[i], strlen(*texts[i]));
            if (!outlet->texts[i]) {
                return false;
            }
            *texts[i] = outlet->texts[i];
        }
    }
    return true;
}

/* Waits are measured on the monotonic clock, so that a changed wall clock neither stretches nor
 * skips one. */
static bool init_lock(lee_outlet *outlet)
{
    pthread_condattr_t attributes;
    if (pthread_mutex_init(&outlet->lock, NULL)) {
        return false;
    }
    bool good = !pthread_condattr_init(&attributes);
    good = good && !pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    good = good && !pthread_cond_init(&outlet->changed, &attributes);
    (void)pthread_condattr_destroy(&attributes);
    return good;
}

lee_error lee_outlet_create(const lee_outlet_options *options, lee_loop *loop,
                            lee_delivery_sink *sink, void *context, lee_outlet **out)
{
    assert(options);
    assert(loop);
    assert(sink);
    if (!are_options_good(options)) {
        return LEE_ERR_DOMAIN;
    }
    lee_outlet *outlet = lee_alloc(1, sizeof *outlet);
    if (!outlet) {
        return LEE_ERR_NO_MEMORY;
    }
    outlet->options = *options;
    outlet->loop = loop;
    outlet->sink = sink;
    outlet->context = context;
    atomic_init(&outlet->stopping, false);
    lee_buffer_init(&outlet->record, 4096);
    outlet->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    lee_error error = outlet->wake_fd < 0 || !init_lock(outlet) ? LEE_ERR_IO : LEE_OK;
    if (!error && !copy_texts(outlet)) {
        error = LEE_ERR_NO_MEMORY;
    }
    if (!error) {
        outlet->carrier = options->kind == LEE_OUTLET_WEBHOOK
                              ? lee_carrier_webhook(&outlet->options, &outlet->stopping)
                              : lee_carrier_mqtt(&outlet->options, &outlet->stopping);
        error = outlet->carrier ? LEE_OK : LEE_ERR_NO_MEMORY;
    }
    if (!error) {
        error = lee_loop_add(loop, outlet->wake_fd, LEE_LOOP_READ, take_outcomes, outlet,
                             &outlet->watch);
    }
    if (!error) {
        outlet->running = !pthread_create(&outlet->thread, NULL, work, outlet);
        error = outlet->running ? LEE_OK : LEE_ERR_IO;
    }
    if (error) {
        lee_outlet_free(outlet);
        return error;
    }
    *out = outlet;
    return LEE_OK;
}

void lee_outlet_free(lee_outlet *outlet)
{
    if (!outlet) {
        return;
    }
    if (outlet->running) {
        atomic_store(&outlet->stopping, true);
        (void)pthread_mutex_lock(&outlet->lock);
        (void)pthread_cond_broadcast(&outlet->changed);
        (void)pthread_mutex_unlock(&outlet->lock);
        (void)pthread_join(outlet->thread, NULL);
        /* What was delivered meanwhile is told before the end, so that it is not sent again. */
        take_outcomes(outlet, outlet->wake_fd, LEE_LOOP_READ);
    }
    lee_loop_remove(outlet->loop, outlet->watch);
    if (outlet->carrier) {
        outlet->carrier->free(outlet->carrier);
    }
    while (outlet->first) {
        item *next = outlet->first->next;
        lee_free(outlet->first->body);
        lee_free(outlet->first);
        outlet->first = next;
    }
    for (size_t i = 0; i < sizeof outlet->texts / sizeof *outlet->texts; i++) {
        lee_free(outlet->texts[i]);
    }
    if (outlet->wake_fd >= 0) {
        (void)close(outlet->wake_fd);
        (void)pthread_cond_destroy(&outlet->changed);
        (void)pthread_mutex_destroy(&outlet->lock);
    }
    lee_buffer_free(&outlet->record);
    lee_free(outlet);
}
