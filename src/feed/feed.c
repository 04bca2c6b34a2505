#include "feed/feed.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "feed/mqtt.h"
#include "feed/radio.h"
#include "feed/unpack.h"
#include "io/read_file.h"
#include "io/resolve.h"
#include "io/socket.h"

#define CONNECT_TIMEOUT_MS 10000
#define STEADY_AFTER_MS 5000
#define READS_A_TURN 4
#define DATAGRAMS_A_TURN 64

/* What trying to make the next chunk came to. */
typedef enum { MADE, NOTHING, END, BROKEN } made;

struct lee_feed {
    lee_feed_uri uri;
    lee_feed_handlers handlers;
    lee_feed_status status;
    lee_loop *loop;
    int fd;
    lee_loop_watch *watch; /* NULL while blocked, or for a regular file */
    lee_loop_timer *timer; /* next attempt, connection time-out, or next turn of a file */
    lee_loop_timer *silence;
    lee_resolve *resolve;
    lee_address addresses[LEE_RESOLVE_MAX];
    int address_count;
    int address_index;
    uint32_t attempt;
    int64_t connected_ms;
    int64_t heard_ms;
    bool blocked;     /* the sink answered FULL */
    bool restart;     /* the next chunk begins the stream */
    bool fresh;       /* nothing of this file was read yet */
    uint32_t lost;    /* by the kernel on this socket, as last told */
    lee_child *radio; /* whose output `fd` is; NULL: of another kind, or not running */
    lee_unpack *unpack;
    const uint8_t *pending; /* made and not yet taken */
    size_t pending_length;
    uint8_t raw[LEE_FEED_CHUNK_BYTES];
    uint8_t unpacked[LEE_FEED_CHUNK_BYTES];
};

static void connection_begin(void *context);

const char *lee_feed_state_name(lee_feed_state state)
{
    static const char *const names[] = {"waiting", "connected", "ended", "failed"};
    assert((size_t)state < sizeof names / sizeof names[0]);
    return names[state];
}

int64_t lee_feed_backoff_ms(uint32_t attempt)
{
    return attempt < 5 ? INT64_C(1000) << attempt : 30000;
}

lee_error lee_feed_create(const lee_feed_uri *uri, const lee_feed_handlers *handlers,
                          lee_feed **out)
{
    assert(uri && handlers && out);
    assert(handlers->sink && handlers->clock);

    lee_feed *const feed = lee_alloc(1, sizeof *feed);
    if (!feed) {
        return LEE_ERR_NO_MEMORY;
    }
    feed->uri = *uri;
    feed->handlers = *handlers;
    feed->fd = -1;
    feed->status.state = LEE_FEED_WAITING;
    *out = feed;
    return LEE_OK;
}

const lee_feed_uri *lee_feed_source(const lee_feed *feed)
{
    assert(feed);
    return &feed->uri;
}

const lee_feed_status *lee_feed_status_of(const lee_feed *feed)
{
    assert(feed);
    return &feed->status;
}

/* --- state ----------------------------------------------------------------------------------- */

static void state_set(lee_feed *feed, lee_feed_state state, const char *reason)
{
    feed->status.state = state;
    (void)snprintf(feed->status.reason, sizeof feed->status.reason, "%s", reason);
    if (feed->handlers.changed) {
        feed->handlers.changed(feed->handlers.context, feed);
    }
}

static void timer_stop(lee_feed *feed, lee_loop_timer **timer)
{
    if (feed->loop) {
        lee_loop_remove_timer(feed->loop, *timer);
    }
    *timer = NULL;
}

static void watch_stop(lee_feed *feed)
{
    if (feed->loop) {
        lee_loop_remove(feed->loop, feed->watch);
    }
    feed->watch = NULL;
}

static void source_close(lee_feed *feed)
{
    watch_stop(feed);
    timer_stop(feed, &feed->timer);
    timer_stop(feed, &feed->silence);
    lee_resolve_cancel(feed->resolve);
    feed->resolve = NULL;
    if (feed->radio) {
        lee_child_free(feed->radio);
        feed->radio = NULL;
    } else {
        lee_descriptor_close(feed->fd);
    }
    feed->fd = -1;
    lee_unpack_free(feed->unpack);
    feed->unpack = NULL;
    feed->pending_length = 0;
    feed->blocked = false;
}

void lee_feed_free(lee_feed *feed)
{
    if (feed) {
        source_close(feed);
        lee_free(feed);
    }
}

static void finish(lee_feed *feed, lee_feed_state state, const char *reason)
{
    source_close(feed);
    state_set(feed, state, reason);
}

static void finish_with_error(lee_feed *feed, int64_t error)
{
    char reason[96];
    lee_socket_text_error((int)error, reason, sizeof reason);
    finish(feed, LEE_FEED_FAILED, reason);
}

/* Without a timer the feed would sleep for ever, so that is a failure that is told. */
static bool timer_start(lee_feed *feed, int64_t after_ms, lee_loop_callback *callback)
{
    assert(!feed->timer);
    if (lee_loop_add_timer(feed->loop, after_ms, 0, callback, feed, &feed->timer) == LEE_OK) {
        return true;
    }
    finish(feed, LEE_FEED_FAILED, "out of memory");
    return false;
}

static void retry_later(lee_feed *feed, const char *reason)
{
    /* A connection that held for a while starts the waiting times anew; one that is taken and
     * dropped at once does not, or we would knock every second for ever. */
    if (feed->connected_ms > 0 &&
        lee_loop_now_ms(feed->loop) - feed->connected_ms >= STEADY_AFTER_MS) {
        feed->attempt = 0;
    }
    feed->connected_ms = 0;
    source_close(feed);
    const int64_t wait_ms = lee_feed_backoff_ms(feed->attempt);
    if (feed->attempt < UINT32_MAX) {
        feed->attempt++;
    }
    if (timer_start(feed, wait_ms, connection_begin)) {
        state_set(feed, LEE_FEED_WAITING, reason);
    }
}

static void retry_with_error(lee_feed *feed, int64_t error)
{
    char reason[96];
    lee_socket_text_error((int)error, reason, sizeof reason);
    retry_later(feed, reason);
}

/* Comes as it comes, and again after it broke. */
static bool is_live(const lee_feed *feed)
{
    return lee_feed_uri_is_live(&feed->uri);
}

/* --- chunks ---------------------------------------------------------------------------------- */

static lee_feed_answer chunk_offer(lee_feed *feed, const uint8_t *bytes, size_t length,
                                   bool datagram)
{
    const lee_feed_chunk chunk = {.bytes = bytes,
                                  .length = length,
                                  .t_us = feed->status.last_us,
                                  .restart = feed->restart,
                                  .datagram = datagram};
    const lee_feed_answer answer = feed->handlers.sink(feed->handlers.context, &chunk);
    if (answer == LEE_FEED_TAKEN) {
        feed->restart = false;
        feed->status.chunks++;
    }
    return answer;
}

static void bytes_count(lee_feed *feed, size_t length)
{
    feed->status.bytes += length;
    feed->status.last_us = feed->handlers.clock(feed->handlers.context);
    if (feed->loop) {
        feed->heard_ms = lee_loop_now_ms(feed->loop);
    }
}

/* Begins to unpack where the file's first bytes are those of gzip. False: no memory. */
static bool unpack_begin(lee_feed *feed, size_t length)
{
    const bool first = feed->fresh;
    feed->fresh = false;
    if (first && feed->uri.unpack && !is_live(feed) && lee_unpack_is_gzip(feed->raw, length)) {
        feed->unpack = lee_unpack_create();
        return feed->unpack != NULL;
    }
    return true;
}

/* Makes the next chunk pending, with at most one read from the descriptor. */
static made chunk_make(lee_feed *feed, bool *may_read, const char **reason)
{
    assert(feed->pending_length == 0);
    for (;;) {
        if (feed->unpack) {
            size_t length = 0;
            if (lee_unpack_read(feed->unpack, feed->unpacked, sizeof feed->unpacked, &length) !=
                LEE_OK) {
                *reason = "the gzip data is damaged";
                return BROKEN;
            }
            if (length > 0) {
                feed->pending = feed->unpacked;
                feed->pending_length = length;
                return MADE;
            }
        }
        if (!*may_read) {
            return NOTHING;
        }
        *may_read = false;
        const int64_t got = lee_socket_read(feed->fd, feed->raw, sizeof feed->raw);
        if (got == 0) {
            *reason = feed->unpack && !lee_unpack_at_end(feed->unpack)
                          ? "the gzip data ends too early"
                          : NULL;
            return *reason ? BROKEN : END;
        }
        if (got < 0) {
            *reason = NULL;
            errno = (int)-got;
            return got == -EAGAIN ? NOTHING : BROKEN;
        }
        bytes_count(feed, (size_t)got);
        if (!unpack_begin(feed, (size_t)got)) {
            *reason = "out of memory";
            return BROKEN;
        }
        if (!feed->unpack) {
            feed->pending = feed->raw;
            feed->pending_length = (size_t)got;
            return MADE;
        }
        lee_unpack_feed(feed->unpack, feed->raw, (size_t)got);
    }
}

static void stream_broken(lee_feed *feed, made what, const char *reason)
{
    const int error = errno;
    if (feed->uri.kind == LEE_FEED_RTL) {
        char words[sizeof feed->status.reason];
        lee_radio_reason(feed->radio, words, sizeof words);
        retry_later(feed, words);
    } else if (feed->uri.kind == LEE_FEED_TCP) {
        if (what == END) {
            retry_later(feed, "the other side closed the connection");
        } else {
            retry_with_error(feed, error);
        }
    } else if (what == END) {
        finish(feed, LEE_FEED_ENDED, "");
    } else if (reason) {
        finish(feed, LEE_FEED_FAILED, reason);
    } else {
        finish_with_error(feed, error);
    }
}

/* Offers what is pending, makes more with at most `reads` reads. False: the source is closed now,
 * or blocked. */
static bool stream_run(lee_feed *feed, int reads)
{
    for (;;) {
        if (feed->pending_length > 0) {
            switch (chunk_offer(feed, feed->pending, feed->pending_length,
                                feed->uri.kind == LEE_FEED_MQTT)) {
            case LEE_FEED_TAKEN:
                feed->pending_length = 0;
                break;
            case LEE_FEED_FULL:
                feed->blocked = true;
                return false;
            case LEE_FEED_STOP:
                finish(feed, LEE_FEED_ENDED, "");
                return false;
            }
        }
        bool may_read = reads > 0;
        const char *reason = NULL;
        const made what = chunk_make(feed, &may_read, &reason);
        reads -= may_read ? 0 : 1;
        if (what == NOTHING) {
            return true;
        }
        if (what != MADE) {
            stream_broken(feed, what, reason);
            return false;
        }
    }
}

/* --- running on the loop --------------------------------------------------------------------- */

static void stream_ready(void *context, int fd, int events)
{
    (void)fd;
    (void)events;
    lee_feed *const feed = context;
    /* One read a turn: standard input may block on the second. */
    if (!stream_run(feed, 1) && feed->blocked) {
        watch_stop(feed); /* a descriptor that hung up would wake the loop without end */
    }
}

static void datagram_take(lee_feed *feed, size_t length, bool cut)
{
    bytes_count(feed, length);
    if (cut || length == 0) {
        feed->status.datagrams_dropped += cut ? 1 : 0;
        return;
    }
    switch (chunk_offer(feed, feed->raw, length, true)) {
    case LEE_FEED_TAKEN:
        break;
    case LEE_FEED_FULL:
        feed->status.datagrams_dropped++;
        break;
    case LEE_FEED_STOP:
        finish(feed, LEE_FEED_ENDED, "");
        break;
    }
}

static void datagrams_ready(void *context, int fd, int events)
{
    (void)fd;
    (void)events;
    lee_feed *const feed = context;
    for (int i = 0; i < DATAGRAMS_A_TURN && feed->fd >= 0; i++) {
        bool cut = false;
        uint32_t lost = feed->lost;
        const int64_t got =
            lee_socket_read_datagram(feed->fd, feed->raw, sizeof feed->raw, &cut, &lost);
        if (got == -EAGAIN) {
            break;
        }
        if (got < 0) {
            retry_with_error(feed, got);
            break;
        }
        feed->status.datagrams_dropped += lost - feed->lost;
        feed->lost = lost;
        datagram_take(feed, (size_t)got, cut);
    }
}

static void connection_made(lee_feed *feed);

/* One packet of the thread that listens to the broker (feed/mqtt.h). A message that the sink does
 * not take waits, and the broker's with it. */
static void mqtt_take(lee_feed *feed, size_t length)
{
    switch (length > 0 ? feed->raw[0] : LEE_MQTT_ENDED) {
    case LEE_MQTT_LISTENS:
        connection_made(feed);
        break;
    case LEE_MQTT_MESSAGE:
        bytes_count(feed, length - 1);
        feed->pending = feed->raw + 1;
        feed->pending_length = length - 1;
        if (!stream_run(feed, 0) && feed->blocked) {
            watch_stop(feed);
        }
        break;
    case LEE_MQTT_DROPPED:
        feed->status.datagrams_dropped++;
        break;
    default: {
        char reason[96];
        const size_t kept = length > sizeof reason ? sizeof reason : length;
        (void)snprintf(reason, sizeof reason, "%.*s", kept > 0 ? (int)kept - 1 : 0,
                       (const char *)feed->raw + 1);
        retry_later(feed, length > 1 ? reason : "the broker is not heard any more");
        break;
    }
    }
}

static void mqtt_ready(void *context, int fd, int events)
{
    (void)fd;
    (void)events;
    lee_feed *const feed = context;
    for (int i = 0; i < DATAGRAMS_A_TURN && feed->fd >= 0 && !feed->blocked; i++) {
        bool cut = false;
        const int64_t got =
            lee_socket_read_datagram(feed->fd, feed->raw, sizeof feed->raw, &cut, NULL);
        if (got == -EAGAIN) {
            break;
        }
        mqtt_take(feed, got > 0 && !cut ? (size_t)got : 0);
    }
}

static void file_turn(void *context)
{
    lee_feed *const feed = context;
    feed->timer = NULL;
    if (stream_run(feed, READS_A_TURN)) {
        (void)timer_start(feed, 0, file_turn);
    }
}

/* Watches the descriptor; a regular file is read turn by turn instead. */
static void reading_start(lee_feed *feed)
{
    lee_loop_fd_callback *const ready = feed->uri.kind == LEE_FEED_UDP    ? datagrams_ready
                                        : feed->uri.kind == LEE_FEED_MQTT ? mqtt_ready
                                                                          : stream_ready;
    const lee_error error =
        lee_loop_add(feed->loop, feed->fd, LEE_LOOP_READ, ready, feed, &feed->watch);
    if (error == LEE_ERR_UNSUPPORTED) {
        (void)timer_start(feed, 0, file_turn);
    } else if (error != LEE_OK) {
        finish(feed, LEE_FEED_FAILED, lee_error_text(error));
    }
}

static void resume_turn(void *context)
{
    lee_feed *const feed = context;
    feed->timer = NULL;
    if (stream_run(feed, 0) && feed->fd >= 0) {
        reading_start(feed);
    }
}

void lee_feed_resume(lee_feed *feed)
{
    assert(feed && feed->loop);
    if (feed->blocked) {
        feed->blocked = false;
        /* By the loop, so that a sink may call this without being called from within. */
        (void)timer_start(feed, 0, resume_turn);
    }
}

/* --- connecting ------------------------------------------------------------------------------ */

static void connection_next(lee_feed *feed);

static void silence_check(void *context)
{
    lee_feed *const feed = context;
    const int64_t silent_ms = lee_loop_now_ms(feed->loop) - feed->heard_ms;
    /* Blocked by the sink is not silence of the other side. */
    if (!feed->blocked && silent_ms >= (int64_t)feed->uri.silent_s * 1000) {
        retry_later(feed, "nothing came for too long");
    }
}

static void connection_made(lee_feed *feed)
{
    timer_stop(feed, &feed->timer);
    watch_stop(feed);
    feed->restart = true;
    feed->status.connections++;
    feed->connected_ms = lee_loop_now_ms(feed->loop);
    feed->heard_ms = feed->connected_ms;
    if (feed->uri.kind != LEE_FEED_UDP && feed->uri.silent_s > 0 &&
        lee_loop_add_timer(feed->loop, 1000, 1000, silence_check, feed, &feed->silence) != LEE_OK) {
        finish(feed, LEE_FEED_FAILED, "out of memory");
        return;
    }
    reading_start(feed);
    if (feed->fd >= 0) {
        state_set(feed, LEE_FEED_CONNECTED, "");
    }
}

static void connection_failed(lee_feed *feed, int64_t error)
{
    timer_stop(feed, &feed->timer);
    watch_stop(feed);
    lee_descriptor_close(feed->fd);
    feed->fd = -1;
    if (++feed->address_index < feed->address_count) {
        connection_next(feed);
    } else {
        retry_with_error(feed, error);
    }
}

static void connection_ready(void *context, int fd, int events)
{
    (void)events;
    lee_feed *const feed = context;
    const int error = lee_socket_connected(fd);
    if (error == 0) {
        connection_made(feed);
    } else {
        connection_failed(feed, error);
    }
}

static void connection_timed_out(void *context)
{
    lee_feed *const feed = context;
    feed->timer = NULL;
    connection_failed(feed, ETIMEDOUT);
}

/* Tries the address that is next. A loop, not a recursion, over those that fail at once. */
static void connection_next(lee_feed *feed)
{
    int error = 0;
    for (; feed->address_index < feed->address_count; feed->address_index++) {
        feed->fd = lee_socket_connect(&feed->addresses[feed->address_index]);
        if (feed->fd >= 0) {
            break;
        }
        error = feed->fd;
    }
    if (feed->fd < 0) {
        retry_with_error(feed, error);
    } else if (lee_loop_add(feed->loop, feed->fd, LEE_LOOP_WRITE, connection_ready, feed,
                            &feed->watch) != LEE_OK) {
        finish(feed, LEE_FEED_FAILED, "out of memory");
    } else {
        (void)timer_start(feed, CONNECT_TIMEOUT_MS, connection_timed_out);
    }
}

static void host_found(void *context, const lee_address *addresses, int count, const char *reason)
{
    lee_feed *const feed = context;
    feed->resolve = NULL;
    if (count == 0) {
        retry_later(feed, reason);
        return;
    }
    memcpy(feed->addresses, addresses, (size_t)count * sizeof *addresses);
    feed->address_count = count;
    feed->address_index = 0;
    connection_next(feed);
}

static void udp_open(lee_feed *feed)
{
    lee_address address = {.length = 0};
    /* Any address: the IPv4 one, because a socket of both kinds joins no IPv4 group. */
    const char *const host = feed->uri.host[0] ? feed->uri.host : "0.0.0.0";
    const bool known = lee_address_parse(host, feed->uri.port, &address);
    feed->fd = known ? lee_socket_udp(&address) : -EINVAL;
    feed->lost = 0;
    if (feed->fd < 0) {
        const int error = feed->fd;
        retry_with_error(feed, error);
    } else {
        connection_made(feed);
    }
}

static void radio_open(lee_feed *feed)
{
    char reason[sizeof feed->status.reason];
    if (!lee_radio_start(&feed->uri, &feed->radio, reason, sizeof reason)) {
        retry_later(feed, reason);
        return;
    }
    feed->fd = lee_child_output(feed->radio);
    connection_made(feed);
}

/* It is connected when the thread says so. */
static void mqtt_open(lee_feed *feed)
{
    const lee_error error = lee_mqtt_start(&feed->uri, &feed->fd);
    if (error != LEE_OK) {
        retry_later(feed, lee_error_text(error));
    } else {
        reading_start(feed);
    }
}

static void connection_begin(void *context)
{
    lee_feed *const feed = context;
    feed->timer = NULL;
    if (feed->uri.kind == LEE_FEED_RTL) {
        radio_open(feed);
    } else if (feed->uri.kind == LEE_FEED_UDP) {
        udp_open(feed);
    } else if (feed->uri.kind == LEE_FEED_MQTT) {
        mqtt_open(feed);
    } else if (lee_resolve_start(feed->loop, feed->uri.host, feed->uri.port, host_found, feed,
                                 &feed->resolve) != LEE_OK) {
        retry_later(feed, "the name could not be looked up");
    }
}

/* --- files ----------------------------------------------------------------------------------- */

/* 0 or a negated errno value. */
static int file_open(lee_feed *feed)
{
    const char *const path = feed->uri.kind == LEE_FEED_STDIN ? "-" : feed->uri.path;
    feed->fd = lee_file_open_stream(path);
    feed->restart = true;
    feed->fresh = true;
    if (feed->fd < 0) {
        const int error = feed->fd;
        feed->fd = -1;
        return error;
    }
    feed->status.connections++;
    return 0;
}

lee_error lee_feed_start(lee_feed *feed, lee_loop *loop)
{
    assert(feed && loop);
    assert(!feed->loop && feed->fd < 0);

    feed->loop = loop;
    if (is_live(feed)) {
        return lee_loop_add_timer(loop, 0, 0, connection_begin, feed, &feed->timer);
    }
    const int error = file_open(feed);
    if (error != 0) {
        finish_with_error(feed, error);
        return LEE_OK;
    }
    reading_start(feed);
    if (feed->fd >= 0) {
        state_set(feed, LEE_FEED_CONNECTED, "");
    }
    return LEE_OK;
}

lee_error lee_feed_read_all(lee_feed *feed)
{
    assert(feed && !feed->loop);

    if (is_live(feed)) {
        finish(feed, LEE_FEED_FAILED, "a live feed has no end to read to");
        return LEE_ERR_UNSUPPORTED;
    }
    const int error = file_open(feed);
    if (error != 0) {
        finish_with_error(feed, error);
        return error == -ENOENT || error == -ENOTDIR ? LEE_ERR_NOT_FOUND : LEE_ERR_IO;
    }
    state_set(feed, LEE_FEED_CONNECTED, "");
    while (stream_run(feed, READS_A_TURN)) {
        assert(!feed->blocked);
    }
    assert(!feed->blocked);
    if (feed->status.state == LEE_FEED_ENDED) {
        return LEE_OK;
    }
    return strncmp(feed->status.reason, "the gzip", 8) == 0 ? LEE_ERR_CORRUPT : LEE_ERR_IO;
}
