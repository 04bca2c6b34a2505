/* For eventfd, timerfd and epoll, which POSIX does not have. */
#define _GNU_SOURCE
#include "io/loop.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"

#define EVENTS_AT_ONCE 64

struct lee_loop_watch {
    int fd; /* -1: removed, and freed when no batch of events can name it any more */
    lee_loop_fd_callback *callback;
    void *context;
    lee_loop_watch *next; /* in the list of those removed, or of all */
    lee_loop_watch *previous;
};

struct lee_loop_timer {
    int64_t due_ms;
    int64_t repeat_ms;
    uint64_t order; /* of two due at the same time the one armed first fires first */
    size_t heap_index;
    lee_loop_callback *callback;
    void *context;
};

typedef struct {
    lee_loop_callback *callback;
    void *context;
} post;

struct lee_loop {
    int epoll_fd;
    int timer_fd;
    int post_fd;
    lee_loop_watch *watches;
    lee_loop_watch *removed;
    lee_loop_timer **heap; /* a binary heap, nearest first */
    size_t heap_count;
    size_t heap_capacity;
    uint64_t timer_order;
    int64_t armed_ms; /* what the timer descriptor is set to; INT64_MAX: off */
    pthread_mutex_t post_lock;
    post *posts; /* guarded by post_lock, as the two below */
    size_t post_count;
    size_t post_capacity;
};

int64_t lee_loop_now_ms(const lee_loop *loop)
{
    (void)loop;
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* --- creation -------------------------------------------------------------------------------- */

static bool loop_open(lee_loop *loop)
{
    loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    loop->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    loop->post_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (loop->epoll_fd < 0 || loop->timer_fd < 0 || loop->post_fd < 0) {
        return false;
    }
    /* The loop's own two descriptors are told apart from watches by the address of their field. */
    struct epoll_event timer = {.events = EPOLLIN, .data.ptr = &loop->timer_fd};
    struct epoll_event posted = {.events = EPOLLIN, .data.ptr = &loop->post_fd};
    return epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, loop->timer_fd, &timer) == 0 &&
           epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, loop->post_fd, &posted) == 0;
}

lee_error lee_loop_create(lee_loop **out)
{
    assert(out);

    lee_loop *const loop = lee_alloc(1, sizeof *loop);
    if (!loop) {
        return LEE_ERR_NO_MEMORY;
    }
    loop->armed_ms = INT64_MAX;
    (void)pthread_mutex_init(&loop->post_lock, NULL);
    if (!loop_open(loop)) {
        lee_loop_free(loop);
        return LEE_ERR_IO;
    }
    *out = loop;
    return LEE_OK;
}

static void watches_free(lee_loop_watch *watch)
{
    while (watch) {
        lee_loop_watch *const next = watch->next;
        lee_free(watch);
        watch = next;
    }
}

static void close_if_open(int fd)
{
    if (fd >= 0) {
        (void)close(fd);
    }
}

void lee_loop_free(lee_loop *loop)
{
    if (!loop) {
        return;
    }
    watches_free(loop->watches);
    watches_free(loop->removed);
    for (size_t i = 0; i < loop->heap_count; i++) {
        lee_free(loop->heap[i]);
    }
    lee_free(loop->heap);
    lee_free(loop->posts);
    close_if_open(loop->epoll_fd);
    close_if_open(loop->timer_fd);
    close_if_open(loop->post_fd);
    (void)pthread_mutex_destroy(&loop->post_lock);
    lee_free(loop);
}

int lee_loop_fd(const lee_loop *loop)
{
    assert(loop);
    return loop->epoll_fd;
}

/* --- descriptors ----------------------------------------------------------------------------- */

static uint32_t epoll_bits(int events)
{
    return ((events & LEE_LOOP_READ) ? EPOLLIN : 0u) | ((events & LEE_LOOP_WRITE) ? EPOLLOUT : 0u);
}

lee_error lee_loop_add(lee_loop *loop, int fd, int events, lee_loop_fd_callback *callback,
                       void *context, lee_loop_watch **out)
{
    assert(loop && callback && out);
    assert(fd >= 0);

    lee_loop_watch *const watch = lee_alloc(1, sizeof *watch);
    if (!watch) {
        return LEE_ERR_NO_MEMORY;
    }
    struct epoll_event event = {.events = epoll_bits(events), .data.ptr = watch};
    if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0) {
        const bool is_file = errno == EPERM;
        lee_free(watch);
        return is_file ? LEE_ERR_UNSUPPORTED : LEE_ERR_IO;
    }
    *watch =
        (lee_loop_watch){.fd = fd, .callback = callback, .context = context, .next = loop->watches};
    if (loop->watches) {
        loop->watches->previous = watch;
    }
    loop->watches = watch;
    *out = watch;
    return LEE_OK;
}

lee_error lee_loop_modify(lee_loop *loop, lee_loop_watch *watch, int events)
{
    assert(loop && watch);
    assert(watch->fd >= 0);

    struct epoll_event event = {.events = epoll_bits(events), .data.ptr = watch};
    return epoll_ctl(loop->epoll_fd, EPOLL_CTL_MOD, watch->fd, &event) == 0 ? LEE_OK : LEE_ERR_IO;
}

void lee_loop_remove(lee_loop *loop, lee_loop_watch *watch)
{
    assert(loop);
    if (!watch) {
        return;
    }
    assert(watch->fd >= 0);
    (void)epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, watch->fd, NULL);
    watch->fd = -1;
    if (watch->previous) {
        watch->previous->next = watch->next;
    } else {
        loop->watches = watch->next;
    }
    if (watch->next) {
        watch->next->previous = watch->previous;
    }
    /* An event already fetched in this batch may still point here, so it is freed after it. */
    watch->previous = NULL;
    watch->next = loop->removed;
    loop->removed = watch;
}

/* --- timers ---------------------------------------------------------------------------------- */

static bool timer_before(const lee_loop_timer *a, const lee_loop_timer *b)
{
    return a->due_ms != b->due_ms ? a->due_ms < b->due_ms : a->order < b->order;
}

static void heap_set(lee_loop *loop, size_t index, lee_loop_timer *timer)
{
    loop->heap[index] = timer;
    timer->heap_index = index;
}

static void heap_up(lee_loop *loop, size_t index)
{
    lee_loop_timer *const timer = loop->heap[index];
    while (index > 0 && timer_before(timer, loop->heap[(index - 1) / 2])) {
        heap_set(loop, index, loop->heap[(index - 1) / 2]);
        index = (index - 1) / 2;
    }
    heap_set(loop, index, timer);
}

static void heap_down(lee_loop *loop, size_t index)
{
    lee_loop_timer *const timer = loop->heap[index];
    for (;;) {
        size_t child = index * 2 + 1;
        if (child >= loop->heap_count) {
            break;
        }
        if (child + 1 < loop->heap_count &&
            timer_before(loop->heap[child + 1], loop->heap[child])) {
            child++;
        }
        if (!timer_before(loop->heap[child], timer)) {
            break;
        }
        heap_set(loop, index, loop->heap[child]);
        index = child;
    }
    heap_set(loop, index, timer);
}

static void heap_take(lee_loop *loop, lee_loop_timer *timer)
{
    const size_t index = timer->heap_index;
    assert(index < loop->heap_count && loop->heap[index] == timer);
    lee_loop_timer *const last = loop->heap[--loop->heap_count];
    if (last != timer) {
        heap_set(loop, index, last);
        heap_up(loop, index);
        heap_down(loop, last->heap_index);
    }
}

/* Sets the timer descriptor to the nearest timer, so that the epoll descriptor itself becomes
 * readable when one is due: another loop that only polls it needs no timeout of ours. */
static void timer_arm(lee_loop *loop)
{
    const int64_t due_ms = loop->heap_count > 0 ? loop->heap[0]->due_ms : INT64_MAX;
    if (due_ms == loop->armed_ms) {
        return;
    }
    struct itimerspec when = {0};
    if (due_ms != INT64_MAX) {
        when.it_value.tv_sec = (time_t)(due_ms / 1000);
        when.it_value.tv_nsec = (long)(due_ms % 1000) * 1000000;
        if (due_ms <= 0) {
            when.it_value = (struct timespec){.tv_nsec = 1};
        }
    }
    (void)timerfd_settime(loop->timer_fd, TFD_TIMER_ABSTIME, &when, NULL);
    loop->armed_ms = due_ms;
}

lee_error lee_loop_add_timer(lee_loop *loop, int64_t after_ms, int64_t repeat_ms,
                             lee_loop_callback *callback, void *context, lee_loop_timer **out)
{
    assert(loop && callback && out);
    assert(after_ms >= 0 && repeat_ms >= 0);

    if (loop->heap_count == LEE_LOOP_TIMERS_MAX) {
        return LEE_ERR_LIMIT;
    }
    if (loop->heap_count == loop->heap_capacity) {
        const size_t capacity = loop->heap_capacity ? loop->heap_capacity * 2 : 16;
        lee_loop_timer **const heap = lee_realloc(loop->heap, capacity, sizeof *heap);
        if (!heap) {
            return LEE_ERR_NO_MEMORY;
        }
        loop->heap = heap;
        loop->heap_capacity = capacity;
    }
    lee_loop_timer *const timer = lee_alloc(1, sizeof *timer);
    if (!timer) {
        return LEE_ERR_NO_MEMORY;
    }
    *timer = (lee_loop_timer){.due_ms = lee_loop_now_ms(loop) + after_ms,
                              .repeat_ms = repeat_ms,
                              .order = loop->timer_order++,
                              .callback = callback,
                              .context = context};
    loop->heap[loop->heap_count++] = timer;
    heap_up(loop, loop->heap_count - 1);
    timer_arm(loop);
    *out = timer;
    return LEE_OK;
}

void lee_loop_remove_timer(lee_loop *loop, lee_loop_timer *timer)
{
    assert(loop);
    if (!timer) {
        return;
    }
    heap_take(loop, timer);
    lee_free(timer);
    timer_arm(loop);
}

static void timers_run(lee_loop *loop)
{
    const int64_t now_ms = lee_loop_now_ms(loop);
    /* Timers that callbacks add now are for the next round, or a timer of 0 ms that arms itself
     * again would keep the descriptors waiting for ever. */
    const uint64_t order_limit = loop->timer_order;
    while (loop->heap_count > 0) {
        lee_loop_timer *const timer = loop->heap[0];
        if (timer->due_ms > now_ms || timer->order >= order_limit) {
            break;
        }
        lee_loop_callback *const callback = timer->callback;
        void *const context = timer->context;
        if (timer->repeat_ms > 0) {
            const int64_t late_ms = now_ms - timer->due_ms;
            timer->due_ms += (late_ms / timer->repeat_ms + 1) * timer->repeat_ms;
            timer->order = loop->timer_order++;
            heap_down(loop, 0);
        } else {
            heap_take(loop, timer);
            lee_free(timer);
        }
        callback(context);
    }
    loop->armed_ms = INT64_MIN; /* it fired, so it has to be set again in any case */
    timer_arm(loop);
}

/* --- posts from other threads ---------------------------------------------------------------- */

lee_error lee_loop_post(lee_loop *loop, lee_loop_callback *callback, void *context)
{
    assert(loop && callback);

    lee_error error = LEE_OK;
    (void)pthread_mutex_lock(&loop->post_lock);
    if (loop->post_count == LEE_LOOP_POSTS_MAX) {
        error = LEE_ERR_LIMIT;
    } else if (loop->post_count == loop->post_capacity) {
        const size_t capacity = loop->post_capacity ? loop->post_capacity * 2 : 64;
        post *const posts = lee_realloc(loop->posts, capacity, sizeof *posts);
        if (posts) {
            loop->posts = posts;
            loop->post_capacity = capacity;
        } else {
            error = LEE_ERR_NO_MEMORY;
        }
    }
    if (error == LEE_OK) {
        loop->posts[loop->post_count++] = (post){callback, context};
    }
    (void)pthread_mutex_unlock(&loop->post_lock);
    if (error == LEE_OK) {
        const uint64_t one = 1;
        const ssize_t written = write(loop->post_fd, &one, sizeof one);
        (void)written; /* it fails only when the counter is full, and then it is readable anyway */
    }
    return error;
}

static void posts_run(lee_loop *loop)
{
    uint64_t ignored;
    const ssize_t got = read(loop->post_fd, &ignored, sizeof ignored);
    (void)got;
    (void)pthread_mutex_lock(&loop->post_lock);
    post *const posts = loop->posts;
    const size_t count = loop->post_count;
    loop->posts = NULL;
    loop->post_count = 0;
    loop->post_capacity = 0;
    (void)pthread_mutex_unlock(&loop->post_lock);
    /* Outside the lock, because a callback may post again. */
    for (size_t i = 0; i < count; i++) {
        posts[i].callback(posts[i].context);
    }
    lee_free(posts);
}

/* --- running --------------------------------------------------------------------------------- */

static int loop_events(uint32_t bits)
{
    return ((bits & (EPOLLIN | EPOLLHUP | EPOLLRDHUP)) ? LEE_LOOP_READ : 0) |
           ((bits & EPOLLOUT) ? LEE_LOOP_WRITE : 0) |
           ((bits & (EPOLLERR | EPOLLHUP)) ? LEE_LOOP_ERROR : 0);
}

lee_error lee_loop_run_once(lee_loop *loop, int timeout_ms)
{
    assert(loop);

    struct epoll_event events[EVENTS_AT_ONCE];
    const int count = epoll_wait(loop->epoll_fd, events, EVENTS_AT_ONCE, timeout_ms);
    if (count < 0) {
        return errno == EINTR ? LEE_OK : LEE_ERR_IO;
    }
    for (int i = 0; i < count; i++) {
        if (events[i].data.ptr == &loop->timer_fd) {
            timers_run(loop);
        } else if (events[i].data.ptr == &loop->post_fd) {
            posts_run(loop);
        } else {
            lee_loop_watch *const watch = events[i].data.ptr;
            if (watch->fd >= 0) {
                watch->callback(watch->context, watch->fd, loop_events(events[i].events));
            }
        }
    }
    watches_free(loop->removed);
    loop->removed = NULL;
    return LEE_OK;
}
