#define _GNU_SOURCE /* close_range */
#include "app/helper.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/clock.h"
#include "base/alloc.h"

#define WATCH_EVERY_MS 500
#define RESTART_AFTER_US (2 * INT64_C(1000000))
#define CHILD_FD 3

/* In front of a question, and with `status` in front of an answer. */
typedef struct {
    uint64_t ticket;
    uint64_t length;
    uint32_t status;
    uint32_t zero;
} head;

typedef struct {
    uint64_t ticket;
    bool forgotten;
    int64_t asked_us;
    uint32_t length;
    uint8_t question[LEE_HELPER_QUESTION_MAX_BYTES];
} waiting;

struct lee_helper {
    lee_helper_job job;
    lee_loop *loop;
    lee_helper_sink *sink;
    void *context;
    lee_loop_timer *timer;
    lee_loop_watch *watch;
    pid_t child; /* 0: none */
    int fd;
    int64_t ended_us;
    waiting queue[LEE_HELPER_WAITING_MAX]; /* the first one is being answered */
    uint32_t count;
    int64_t begun_us; /* when the first one was handed over */
    lee_buffer heard;
};

/* --- in the child --------------------------------------------------------------------------- */

static bool read_all(int fd, void *bytes, size_t length)
{
    for (size_t at = 0; at < length;) {
        const ssize_t got = read(fd, (uint8_t *)bytes + at, length - at);
        if (got == 0 || (got < 0 && errno != EINTR)) {
            return false;
        }
        at += got > 0 ? (size_t)got : 0;
    }
    return true;
}

static bool write_all(int fd, const void *bytes, size_t length)
{
    for (size_t at = 0; at < length;) {
        const ssize_t put = send(fd, (const uint8_t *)bytes + at, length - at, MSG_NOSIGNAL);
        if (put < 0 && errno != EINTR) {
            return false;
        }
        at += put > 0 ? (size_t)put : 0;
    }
    return true;
}

static bool answer_one(const lee_helper_job *job, lee_buffer *out)
{
    static uint8_t question[LEE_HELPER_QUESTION_MAX_BYTES];
    head asked;
    if (!read_all(CHILD_FD, &asked, sizeof asked) || asked.length > sizeof question ||
        !read_all(CHILD_FD, question, (size_t)asked.length)) {
        return false;
    }
    lee_buffer_reset(out);
    asked.status = job->answer(job->context, question, (size_t)asked.length, out);
    asked.status = out->error == LEE_OK ? asked.status : 0;
    asked.length = out->error == LEE_OK ? out->length : 0;
    const bool told = write_all(CHILD_FD, &asked, sizeof asked) &&
                      write_all(CHILD_FD, out->bytes, (size_t)asked.length);
    if (out->capacity > 1024u * 1024u) {
        lee_buffer_free(out);
        lee_buffer_init(out, LEE_HELPER_ANSWER_MAX_BYTES);
    }
    return told;
}

/* The parent's descriptors are not the child's business: the journal's must not stay open in it. */
static _Noreturn void run_child(const lee_helper_job *job, int fd, pid_t parent)
{
    static const struct sigaction standard = {.sa_handler = SIG_DFL};
    static const struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigaction(SIGTERM, &standard, NULL);
    sigaction(SIGINT, &ignore, NULL); /* a terminal sends it to all: the parent says when it ends */
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent || dup2(fd, CHILD_FD) < 0) {
        _exit(1);
    }
    (void)close_range(CHILD_FD + 1, ~0u, 0);
    (void)setpriority(PRIO_PROCESS, 0, 10);
    job->begin(job->context);
    lee_buffer out;
    lee_buffer_init(&out, LEE_HELPER_ANSWER_MAX_BYTES);
    for (bool more = true; more;) {
        const int wait_ms = job->work ? job->work(job->context) : -1;
        struct pollfd socket = {.fd = CHILD_FD, .events = POLLIN};
        const int ready = poll(&socket, 1, wait_ms);
        more = ready >= 0 || errno == EINTR;
        if (ready > 0) {
            more = answer_one(job, &out);
        }
    }
    _exit(0);
}

/* --- in the parent -------------------------------------------------------------------------- */

static void hand_over(lee_helper *helper);

static void take_first(lee_helper *helper)
{
    assert(helper->count > 0);
    helper->count--;
    memmove(&helper->queue[0], &helper->queue[1], helper->count * sizeof helper->queue[0]);
}

static void tell(lee_helper *helper, waiting *each, unsigned status, const uint8_t *bytes,
                 size_t length)
{
    if (!each->forgotten) {
        each->forgotten = true;
        helper->sink(helper->context, each->ticket, status, bytes, length);
    }
}

static void end_child(lee_helper *helper)
{
    if (helper->child > 0) {
        (void)kill(helper->child, SIGKILL);
        (void)waitpid(helper->child, NULL, 0);
        lee_loop_remove(helper->loop, helper->watch);
        (void)close(helper->fd);
    }
    helper->watch = NULL;
    helper->child = 0;
    helper->ended_us = lee_clock_monotonic_us();
    lee_buffer_free(&helper->heard);
    lee_buffer_init(&helper->heard, LEE_HELPER_ANSWER_MAX_BYTES + sizeof(head));
    while (helper->count > 0) {
        waiting first = helper->queue[0];
        take_first(helper);
        tell(helper, &first, 0, NULL, 0);
    }
}

static void child_failed(lee_helper *helper, const char *why)
{
    fprintf(stderr, "leeward: the process for %s %s; it is started again\n", helper->job.name, why);
    end_child(helper);
}

static void take_answers(lee_helper *helper)
{
    size_t at = 0;
    head answer;
    while (helper->heard.length - at >= sizeof answer) {
        memcpy(&answer, helper->heard.bytes + at, sizeof answer);
        if (helper->heard.length - at - sizeof answer < answer.length) {
            break;
        }
        if (helper->count == 0 || helper->queue[0].ticket != answer.ticket) {
            child_failed(helper, "answers what was not asked");
            return;
        }
        waiting first = helper->queue[0];
        take_first(helper);
        tell(helper, &first, answer.status, helper->heard.bytes + at + sizeof answer,
             (size_t)answer.length);
        at += sizeof answer + (size_t)answer.length;
        hand_over(helper);
    }
    memmove(helper->heard.bytes, helper->heard.bytes + at, helper->heard.length - at);
    helper->heard.length -= at;
    if (helper->heard.length == 0 && helper->heard.capacity > 1024u * 1024u) {
        lee_buffer_free(&helper->heard);
        lee_buffer_init(&helper->heard, LEE_HELPER_ANSWER_MAX_BYTES + sizeof(head));
    }
}

static void on_readable(void *context, int fd, int events)
{
    (void)events;
    lee_helper *const helper = context;
    uint8_t bytes[65536];
    const ssize_t got = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) {
        child_failed(helper, "ended");
        return;
    }
    if (got > 0) {
        lee_buffer_bytes(&helper->heard, bytes, (size_t)got);
        if (helper->heard.error != LEE_OK) {
            child_failed(helper, "answers more than there is memory for");
            return;
        }
        take_answers(helper);
    }
}

static lee_error start_child(lee_helper *helper)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
        return LEE_ERR_IO;
    }
    const pid_t parent = getpid();
    const pid_t child = fork();
    if (child == 0) {
        run_child(&helper->job, pair[1], parent);
    }
    (void)close(pair[1]);
    lee_error error = child < 0 ? LEE_ERR_IO : LEE_OK;
    if (error == LEE_OK) {
        error =
            lee_loop_add(helper->loop, pair[0], LEE_LOOP_READ, on_readable, helper, &helper->watch);
    }
    if (error != LEE_OK) {
        if (child > 0) {
            (void)kill(child, SIGKILL);
            (void)waitpid(child, NULL, 0);
        }
        (void)close(pair[0]);
        return error;
    }
    helper->child = child;
    helper->fd = pair[0];
    return LEE_OK;
}

/* A question is small: it fits the socket's buffer, because one is on its way at a time. */
static void hand_over(lee_helper *helper)
{
    while (helper->count > 0 && helper->queue[0].forgotten) {
        take_first(helper);
    }
    if (helper->count == 0) {
        return;
    }
    const waiting *const first = &helper->queue[0];
    const head asked = {.ticket = first->ticket, .length = first->length};
    helper->begun_us = lee_clock_monotonic_us();
    if (!write_all(helper->fd, &asked, sizeof asked) ||
        !write_all(helper->fd, first->question, first->length)) {
        child_failed(helper, "does not listen");
    }
}

static void on_timer(void *context)
{
    lee_helper *const helper = context;
    const int64_t now_us = lee_clock_monotonic_us();
    if (helper->child == 0 && now_us - helper->ended_us > RESTART_AFTER_US &&
        start_child(helper) != LEE_OK) {
        helper->ended_us = now_us;
    }
    for (uint32_t i = 0; i < helper->count; i++) {
        if (now_us - helper->queue[i].asked_us > LEE_HELPER_WAIT_MAX_MS * INT64_C(1000)) {
            tell(helper, &helper->queue[i], 0, NULL, 0);
        }
    }
    if (helper->count > 0 && now_us - helper->begun_us > LEE_HELPER_HANG_MS * INT64_C(1000)) {
        child_failed(helper, "hangs");
    }
}

lee_error lee_helper_start(const lee_helper_job *job, lee_loop *loop, lee_helper_sink *sink,
                           void *context, lee_helper **out)
{
    assert(job && job->name && job->begin && job->answer && loop && sink && out);
    lee_helper *const helper = lee_alloc(1, sizeof *helper);
    if (!helper) {
        return LEE_ERR_NO_MEMORY;
    }
    *helper = (lee_helper){.job = *job, .loop = loop, .sink = sink, .context = context};
    lee_buffer_init(&helper->heard, LEE_HELPER_ANSWER_MAX_BYTES + sizeof(head));
    lee_error error = start_child(helper);
    if (error == LEE_OK) {
        error = lee_loop_add_timer(loop, WATCH_EVERY_MS, WATCH_EVERY_MS, on_timer, helper,
                                   &helper->timer);
    }
    if (error != LEE_OK) {
        lee_helper_free(helper);
        return error;
    }
    *out = helper;
    return LEE_OK;
}

void lee_helper_free(lee_helper *helper)
{
    if (!helper) {
        return;
    }
    for (uint32_t i = 0; i < helper->count; i++) {
        helper->queue[i].forgotten = true;
    }
    end_child(helper);
    lee_loop_remove_timer(helper->loop, helper->timer);
    lee_buffer_free(&helper->heard);
    lee_free(helper);
}

lee_error lee_helper_ask(lee_helper *helper, uint64_t ticket, const void *question, size_t length)
{
    assert(helper && question);
    if (helper->count == LEE_HELPER_WAITING_MAX || length > LEE_HELPER_QUESTION_MAX_BYTES) {
        return LEE_ERR_LIMIT;
    }
    if (helper->child == 0) {
        return LEE_ERR_IO;
    }
    waiting *const last = &helper->queue[helper->count++];
    last->ticket = ticket;
    last->forgotten = false;
    last->asked_us = lee_clock_monotonic_us();
    last->length = (uint32_t)length;
    memcpy(last->question, question, length);
    if (helper->count == 1) {
        hand_over(helper);
    }
    return LEE_OK;
}

void lee_helper_forget(lee_helper *helper, uint64_t ticket)
{
    assert(helper);
    for (uint32_t i = 0; i < helper->count; i++) {
        if (helper->queue[i].ticket != ticket) {
            continue;
        }
        helper->queue[i].forgotten = true;
        if (i > 0) { /* the first is being worked on */
            helper->count--;
            memmove(&helper->queue[i], &helper->queue[i + 1],
                    (helper->count - i) * sizeof helper->queue[0]);
        }
        return;
    }
}

uint32_t lee_helper_waiting(const lee_helper *helper)
{
    return helper->count;
}
