/* Sockets, events, timers and waiting for them. */
#define _GNU_SOURCE
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "sim/kernel_private.h"

#define ROOM_BYTES 65536u
#define PIPE_DEPTH 64
#define DATAGRAM_ROOM_BYTES (256u * 1024u)
#define CONNECT_MAX_US 30000000

static sim_object *sockets; /* all of this kind, newest first */
static uint16_t next_port;

static int fail(int error)
{
    errno = error;
    return -1;
}

/* --- objects --------------------------------------------------------------------------------- */

static void enlist(sim_object *object)
{
    if (object->next || object->previous || sockets == object) {
        return;
    }
    object->next = sockets;
    if (sockets) {
        sockets->previous = object;
    }
    sockets = object;
}

static void delist(sim_object *object)
{
    if (object->previous) {
        object->previous->next = object->next;
    } else if (sockets == object) {
        sockets = object->next;
    }
    if (object->next) {
        object->next->previous = object->previous;
    }
    object->next = NULL;
    object->previous = NULL;
}

static int64_t arrives_us(const sim_host *from, const sim_host *to)
{
    const int64_t now_us = sim_now_us();
    if (from == to) {
        return now_us + 5;
    }
    const int64_t up_us = sim__link_up_us(from, to);
    const int64_t delay_us = 50 + (int64_t)sim_below(sim_chance(50) ? 200000 : 3000);
    return (up_us > now_us ? up_us : now_us) + delay_us;
}

static void chunks_free(sim_object *object)
{
    while (object->first) {
        sim_chunk *const next = object->first->next;
        free(object->first);
        object->first = next;
    }
    object->last = NULL;
    object->waiting_bytes = 0;
}

static void peer_reset(sim_object *peer, int64_t at_us)
{
    if (at_us < peer->reset_us) {
        peer->reset_us = at_us;
    }
    sim__poke(peer->host);
}

void sim__net_release(sim_object *object)
{
    delist(object);
    sim_object *const peer = object->peer;
    if (peer) {
        peer->peer = NULL;
        const int64_t at_us = arrives_us(object->host, peer->host);
        const int64_t after_us = at_us > peer->last_us ? at_us : peer->last_us;
        if (object->waiting_bytes > 0) {
            peer_reset(peer, at_us); /* closed with bytes unread: the peer loses what it was sent */
        } else if (after_us < peer->eof_us) {
            peer->eof_us = after_us;
        }
        sim__poke(peer->host);
    }
    for (int i = 0; i < object->accept_count; i++) {
        sim__object_release(object->accepts[i]);
    }
    object->accept_count = 0;
    chunks_free(object);
    free(object->watches);
}

/* Nobody says goodbye: the peers find out when they ask, after a while. */
void sim__net_power_cut(sim_host *host)
{
    for (sim_object *each = sockets; each; each = each->next) {
        if (each->host == host && each->peer && each->peer->host != host) {
            each->peer->peer = NULL;
            peer_reset(each->peer, sim_now_us() + (int64_t)sim_below(40000000));
            each->peer = NULL;
        }
    }
}

void sim_reset_links(sim_host *a, sim_host *b)
{
    sim_note("reset", a->index, b->index);
    for (sim_object *each = sockets; each; each = each->next) {
        if (each->peer && each->host == a && each->peer->host == b) {
            sim_object *const peer = each->peer;
            each->peer = NULL;
            peer->peer = NULL;
            peer_reset(each, sim_now_us());
            peer_reset(peer, sim_now_us());
        }
    }
}

static sim_object *stream_create(sim_host *host)
{
    sim_object *const object = sim__object_create(SIM_STREAM);
    object->host = host;
    object->room_bytes = ROOM_BYTES;
    object->eof_us = SIM_NEVER;
    object->reset_us = SIM_NEVER;
    enlist(object);
    return object;
}

static void join(sim_object *a, sim_object *b)
{
    a->peer = b;
    b->peer = a;
}

int sim__pair(int fds[2])
{
    sim_object *const a = stream_create(sim__current->host);
    sim_object *const b = stream_create(sim__current->host);
    a->pipe = true;
    b->pipe = true;
    join(a, b);
    fds[0] = sim__fd_add(a);
    fds[1] = sim__fd_add(b);
    return fds[0] < 0 || fds[1] < 0 ? -1 : 0;
}

int sim__bind(sim_object *object, const struct sockaddr_in *to)
{
    object->address = *to;
    if (object->address.sin_port == 0) {
        object->address.sin_port = htons((uint16_t)(20000 + next_port++ % 20000));
    }
    for (const sim_object *each = sockets; each; each = each->next) {
        if (each != object && each->kind != SIM_STREAM &&
            (each->kind == SIM_DATAGRAM) == (object->kind == SIM_DATAGRAM) &&
            each->address.sin_port == object->address.sin_port) {
            return fail(EADDRINUSE);
        }
    }
    enlist(object);
    return 0;
}

static sim_object *listener_at(const struct sockaddr_in *to, sim_kind kind)
{
    for (sim_object *each = sockets; each; each = each->next) {
        if (each->kind == kind && each->address.sin_port == to->sin_port) {
            return each;
        }
    }
    return NULL;
}

int sim__connect(sim_object *object, const struct sockaddr_in *to)
{
    sim_host *const host = object->host;
    sim_object *const listener = listener_at(to, SIM_LISTENER);
    object->kind = SIM_STREAM;
    object->room_bytes = object->room_bytes ? object->room_bytes : ROOM_BYTES;
    object->eof_us = SIM_NEVER;
    object->reset_us = SIM_NEVER;
    enlist(object);
    if (!listener || listener->accept_count == PIPE_DEPTH) {
        object->ready_us = sim_now_us() + 100 + (int64_t)sim_below(2000);
        object->error = ECONNREFUSED;
    } else {
        object->ready_us = arrives_us(host, listener->host);
        if (object->ready_us > sim_now_us() + CONNECT_MAX_US) {
            object->ready_us = sim_now_us() + CONNECT_MAX_US;
            object->error = ETIMEDOUT;
        } else {
            sim_object *const other = stream_create(listener->host);
            other->ready_us = object->ready_us;
            other->address = listener->address;
            other->references = 1;
            join(object, other);
            listener->accepts[listener->accept_count++] = other;
            sim__poke(listener->host);
        }
    }
    sim_note("connect", ntohs(to->sin_port), object->error);
    if (object->nonblocking) {
        return fail(EINPROGRESS);
    }
    while (sim_now_us() < object->ready_us) {
        sim__wait(object->ready_us);
    }
    return object->error ? fail(object->error) : 0;
}

int sim__accept(sim_object *listener, int flags)
{
    for (;;) {
        int64_t due_us = SIM_NEVER;
        for (int i = 0; i < listener->accept_count; i++) {
            sim_object *const each = listener->accepts[i];
            if (each->ready_us <= sim_now_us()) {
                memmove(&listener->accepts[i], &listener->accepts[i + 1],
                        (size_t)(listener->accept_count - i - 1) * sizeof each);
                listener->accept_count--;
                each->references--;
                each->nonblocking = (flags & SOCK_NONBLOCK) != 0;
                const int fd = sim__fd_add(each);
                sim_note("accept", fd, 0);
                return fd;
            }
            due_us = each->ready_us < due_us ? each->ready_us : due_us;
        }
        if (listener->nonblocking) {
            return fail(EAGAIN);
        }
        sim__wait(due_us);
    }
}

/* --- bytes ----------------------------------------------------------------------------------- */

static sim_chunk *chunk_create(const void *bytes, size_t length, int64_t at_us)
{
    sim_chunk *const chunk = calloc(1, sizeof *chunk + length);
    assert(chunk);
    chunk->at_us = at_us;
    chunk->length = length;
    memcpy(chunk->bytes, bytes, length);
    return chunk;
}

static void chunk_add(sim_object *to, sim_chunk *chunk)
{
    if (to->last) {
        to->last->next = chunk;
    } else {
        to->first = chunk;
    }
    to->last = chunk;
    to->waiting_bytes += chunk->length;
    sim__poke(to->host);
}

static ssize_t send_datagram(const sim_object *from, const void *bytes, size_t length,
                             const struct sockaddr_in *address)
{
    sim_object *const to = listener_at(address, SIM_DATAGRAM);
    if (!to || sim__link_up_us(from->host, to->host) > sim_now_us()) {
        return (ssize_t)length;
    }
    if (to->waiting_bytes + length > DATAGRAM_ROOM_BYTES) {
        to->lost++;
        return (ssize_t)length;
    }
    /* They overtake each other. */
    sim_chunk *const chunk = chunk_create(bytes, length, arrives_us(from->host, to->host));
    chunk->lost = to->lost;
    sim_chunk **place = &to->first;
    while (*place && (*place)->at_us <= chunk->at_us) {
        place = &(*place)->next;
    }
    chunk->next = *place;
    *place = chunk;
    to->last = chunk->next ? to->last : chunk;
    to->waiting_bytes += length;
    sim__poke(to->host);
    return (ssize_t)length;
}

static bool is_reset(const sim_object *object)
{
    return object->reset_us <= sim_now_us();
}

ssize_t sim__send(sim_object *object, const void *bytes, size_t length, int flags,
                  const struct sockaddr_in *to)
{
    if (object->kind == SIM_DATAGRAM) {
        return to ? send_datagram(object, bytes, length, to) : fail(EDESTADDRREQ);
    }
    for (;;) {
        if (object->ready_us > sim_now_us()) {
            if (object->nonblocking || (flags & MSG_DONTWAIT)) {
                return fail(EAGAIN);
            }
            sim__wait(object->ready_us);
            continue;
        }
        sim_object *const peer = object->peer;
        if (object->error || is_reset(object) || (!peer && object->eof_us <= sim_now_us())) {
            return fail(object->error ? ENOTCONN : EPIPE);
        }
        const size_t room = !peer ? ROOM_BYTES
                            : peer->waiting_bytes < object->room_bytes
                                ? object->room_bytes - peer->waiting_bytes
                                : 0;
        if (room > 0 || length == 0) {
            size_t now = length < room ? length : room;
            if (now > 1 && !object->pipe && sim_chance(30)) {
                now = 1 + (size_t)sim_below(now - 1);
            }
            if (peer) {
                int64_t at_us = arrives_us(object->host, peer->host);
                at_us = at_us > peer->last_us ? at_us : peer->last_us;
                peer->last_us = at_us;
                chunk_add(peer, chunk_create(bytes, now, object->pipe ? sim_now_us() : at_us));
            }
            return (ssize_t)now;
        }
        if (object->nonblocking || (flags & MSG_DONTWAIT)) {
            return fail(EAGAIN);
        }
        sim__wait(object->reset_us);
    }
}

static ssize_t take(sim_object *object, uint8_t *bytes, size_t capacity, bool peek)
{
    size_t done = 0;
    for (sim_chunk *each = object->first; done < capacity && each && each->at_us <= sim_now_us();) {
        const size_t left = each->length - each->from;
        const size_t now = left < capacity - done ? left : capacity - done;
        memcpy(bytes + done, each->bytes + each->from, now);
        done += now;
        sim_chunk *const next = each->next;
        if (!peek) {
            each->from += now;
            object->waiting_bytes -= now;
            if (each->from == each->length) {
                object->first = next;
                object->last = next ? object->last : NULL;
                free(each);
            }
        }
        each = next;
    }
    if (!peek && object->peer) {
        sim__poke(object->peer->host); /* there is room again */
    }
    return (ssize_t)done;
}

ssize_t sim__receive(sim_object *object, void *bytes, size_t capacity, int flags, uint32_t *lost,
                     bool *cut)
{
    for (;;) {
        const int64_t now_us = sim_now_us();
        sim_chunk *const first = object->first;
        if (first && first->at_us <= now_us && object->kind == SIM_DATAGRAM) {
            const size_t got = first->length < capacity ? first->length : capacity;
            memcpy(bytes, first->bytes, got);
            *cut = first->length > capacity;
            *lost = first->lost;
            object->first = first->next;
            object->last = object->first ? object->last : NULL;
            object->waiting_bytes -= first->length;
            free(first);
            return (ssize_t)got;
        }
        if (object->error) {
            return fail(object->error);
        }
        if (is_reset(object)) {
            return fail(ECONNRESET);
        }
        if (first && first->at_us <= now_us) {
            return take(object, bytes, capacity, (flags & MSG_PEEK) != 0);
        }
        if (object->eof_us <= now_us && !first) {
            return 0;
        }
        if (object->nonblocking || (flags & MSG_DONTWAIT)) {
            return fail(EAGAIN);
        }
        int64_t until_us = first ? first->at_us : object->eof_us;
        until_us = object->reset_us < until_us ? object->reset_us : until_us;
        sim__wait(until_us > now_us ? until_us : now_us + 1);
    }
}

/* --- what is ready --------------------------------------------------------------------------- */

static sim_object *object_at(const sim_host *host, int fd)
{
    return fd >= SIM_FD_FIRST && fd < SIM_FD_FIRST + SIM_FDS ? host->fds[fd - SIM_FD_FIRST] : NULL;
}

static void sooner(int64_t *due_us, int64_t now_us, int64_t at_us)
{
    if (at_us > now_us && at_us < *due_us) {
        *due_us = at_us;
    }
}

static short stream_events(const sim_object *object, int64_t now_us, int64_t *due_us)
{
    sooner(due_us, now_us, object->ready_us);
    if (object->ready_us > now_us) {
        return 0;
    }
    sooner(due_us, now_us, object->reset_us);
    sooner(due_us, now_us, object->eof_us);
    if (object->error || object->reset_us <= now_us) {
        return POLLIN | POLLOUT | POLLERR | POLLHUP;
    }
    short events = 0;
    if (object->first) {
        sooner(due_us, now_us, object->first->at_us);
    }
    const bool ended = object->eof_us <= now_us;
    if ((object->first && object->first->at_us <= now_us) || ended) {
        events |= POLLIN;
    }
    if (ended) {
        events |= POLLRDHUP;
    }
    if (!object->peer || object->peer->waiting_bytes < object->room_bytes) {
        events |= POLLOUT;
    }
    return events;
}

/* POLLIN and so on, now; and when that may change. */
static short events_of(const sim_object *object, int64_t now_us, int64_t *due_us);

static short epoll_events(const sim_object *epoll, int64_t now_us, int64_t *due_us)
{
    short any = 0;
    const sim_host *const host = sim__current->host;
    for (int i = 0; i < epoll->watch_count; i++) {
        const sim_watch *const watch = &epoll->watches[i];
        const sim_object *const object = object_at(host, watch->fd);
        if (object) {
            const short events = events_of(object, now_us, due_us);
            any |= (short)(events & (short)(watch->event.events | POLLERR | POLLHUP));
        }
    }
    return any ? POLLIN : 0;
}

static short events_of(const sim_object *object, int64_t now_us, int64_t *due_us)
{
    switch (object->kind) {
    case SIM_FILE:
    case SIM_FOLDER:
    case SIM_RANDOM:
        return POLLIN | POLLOUT;
    case SIM_STREAM:
        return stream_events(object, now_us, due_us);
    case SIM_LISTENER: {
        short events = 0;
        for (int i = 0; i < object->accept_count; i++) {
            sooner(due_us, now_us, object->accepts[i]->ready_us);
            events |= object->accepts[i]->ready_us <= now_us ? POLLIN : 0;
        }
        return events;
    }
    case SIM_DATAGRAM:
        if (object->first) {
            sooner(due_us, now_us, object->first->at_us);
        }
        return (short)(POLLOUT | (object->first && object->first->at_us <= now_us ? POLLIN : 0));
    case SIM_EVENT:
        return (short)(POLLOUT | (object->count > 0 ? POLLIN : 0));
    case SIM_TIMER:
        sooner(due_us, now_us, object->due_us);
        return object->due_us <= now_us ? POLLIN : 0;
    case SIM_EPOLL:
        return epoll_events(object, now_us, due_us);
    }
    return 0;
}

int sim__poll(struct pollfd *fds, nfds_t count, int64_t timeout_us)
{
    const int64_t end_us = timeout_us < 0 ? SIM_NEVER : sim_now_us() + timeout_us;
    const sim_host *const host = sim__current->host;
    for (;;) {
        const int64_t now_us = sim_now_us();
        int64_t due_us = end_us;
        int ready = 0;
        for (nfds_t i = 0; i < count; i++) {
            fds[i].revents = 0;
            if (fds[i].fd < 0 || !sim__is_fd(fds[i].fd)) {
                continue; /* those of the real system never come here: nothing is waited for */
            }
            const sim_object *const object = object_at(host, fds[i].fd);
            fds[i].revents = object ? (short)(events_of(object, now_us, &due_us) &
                                              (fds[i].events | POLLERR | POLLHUP | POLLNVAL))
                                    : POLLNVAL;
            ready += fds[i].revents != 0;
        }
        if (ready > 0 || sim_now_us() >= end_us) {
            sim_note("poll", ready, 0);
            return ready;
        }
        sim__wait(due_us);
    }
}

int sim__epoll_wait(sim_object *epoll, struct epoll_event *out, int capacity, int64_t timeout_us)
{
    const int64_t end_us = timeout_us < 0 ? SIM_NEVER : sim_now_us() + timeout_us;
    for (;;) {
        const int64_t now_us = sim_now_us();
        int64_t due_us = end_us;
        int ready = 0;
        const int count = epoll->watch_count;
        const int from = count > 1 ? (int)sim_below((uint64_t)count) : 0;
        for (int i = 0; i < count && ready < capacity; i++) {
            const sim_watch *const watch = &epoll->watches[(from + i) % count];
            const sim_object *const object = object_at(sim__current->host, watch->fd);
            const short events = object ? (short)(events_of(object, now_us, &due_us) &
                                                  (short)(watch->event.events | POLLERR | POLLHUP))
                                        : 0;
            if (events) {
                out[ready] = watch->event;
                out[ready].events = (uint32_t)events;
                ready++;
            }
        }
        if (ready > 0 || sim_now_us() >= end_us) {
            sim_note("epoll", ready, 0);
            return ready;
        }
        sim__wait(due_us);
    }
}

int sim__epoll_ctl(sim_object *epoll, int operation, int fd, const struct epoll_event *event)
{
    sim_object *const object = sim__fd(fd);
    if (!object) {
        return fail(EBADF);
    }
    if (object->kind == SIM_FILE || object->kind == SIM_FOLDER) {
        return fail(EPERM);
    }
    int at = 0;
    while (at < epoll->watch_count && epoll->watches[at].fd != fd) {
        at++;
    }
    if (operation == EPOLL_CTL_ADD && at == epoll->watch_count) {
        epoll->watches = realloc(epoll->watches, (size_t)(at + 1) * sizeof epoll->watches[0]);
        assert(epoll->watches);
        epoll->watches[epoll->watch_count++] = (sim_watch){fd, *event};
    } else if (operation == EPOLL_CTL_ADD || at == epoll->watch_count) {
        return fail(operation == EPOLL_CTL_ADD ? EEXIST : ENOENT);
    } else if (operation == EPOLL_CTL_MOD) {
        epoll->watches[at].event = *event;
    } else {
        epoll->watch_count--;
        memmove(&epoll->watches[at], &epoll->watches[at + 1],
                (size_t)(epoll->watch_count - at) * sizeof epoll->watches[0]);
    }
    sim__poke(epoll->host);
    return 0;
}
