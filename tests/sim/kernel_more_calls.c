/* The calls of sockets, clocks, threads and processes; kernel_calls.c has those of files. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sim/kernel_real.h"

/* --- sockets --------------------------------------------------------------------------------- */

int socket(int family, int type, int protocol)
{
    REAL(socket);
    if (!sim__is_simulated()) {
        return real(family, type, protocol);
    }
    if (family != AF_INET) {
        return sim__fail(EAFNOSUPPORT);
    }
    const bool datagram = (type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC)) == SOCK_DGRAM;
    sim_object *const object = sim__object_create(datagram ? SIM_DATAGRAM : SIM_STREAM);
    object->nonblocking = (type & SOCK_NONBLOCK) != 0;
    object->room_bytes = 65536;
    return sim__fd_add(object);
}

int socketpair(int family, int type, int protocol, int fds[2])
{
    REAL(socketpair);
    if (!sim__is_simulated()) {
        return real(family, type, protocol, fds);
    }
    sim__host_now()->pair_made = true;
    return sim__pair(fds);
}

int pipe(int fds[2])
{
    REAL(pipe);
    return sim__is_simulated() ? sim__pair(fds) : real(fds);
}

static struct sockaddr_in inet_of(const struct sockaddr *address, socklen_t length)
{
    struct sockaddr_in out = {.sin_family = AF_INET};
    memcpy(&out, address, length < sizeof out ? length : sizeof out);
    return out;
}

int bind(int fd, const struct sockaddr *address, socklen_t length)
{
    REAL(bind);
    if (!sim__is_fd(fd)) {
        return real(fd, address, length);
    }
    const struct sockaddr_in to = inet_of(address, length);
    return sim__bind(sim__fd(fd), &to);
}

int listen(int fd, int depth)
{
    REAL(listen);
    if (!sim__is_fd(fd)) {
        return real(fd, depth);
    }
    sim__fd(fd)->kind = SIM_LISTENER;
    return 0;
}

int connect(int fd, const struct sockaddr *address, socklen_t length)
{
    REAL(connect);
    if (!sim__is_fd(fd)) {
        return real(fd, address, length);
    }
    const struct sockaddr_in to = inet_of(address, length);
    return sim__connect(sim__fd(fd), &to);
}

int accept4(int fd, struct sockaddr *address, socklen_t *length, int flags)
{
    REAL(accept4);
    if (!sim__is_fd(fd)) {
        return real(fd, address, length, flags);
    }
    return sim__accept(sim__fd(fd), flags);
}

int accept(int fd, struct sockaddr *address, socklen_t *length)
{
    REAL(accept);
    return sim__is_fd(fd) ? accept4(fd, address, length, 0) : real(fd, address, length);
}

static int name_of(int fd, struct sockaddr *address, socklen_t *length)
{
    const sim_object *const object = sim__fd(fd);
    if (!object) {
        return -1;
    }
    struct sockaddr_in name = object->address;
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    memcpy(address, &name, *length < sizeof name ? *length : sizeof name);
    *length = sizeof name;
    return 0;
}

int getsockname(int fd, struct sockaddr *address, socklen_t *length)
{
    REAL(getsockname);
    return sim__is_fd(fd) ? name_of(fd, address, length) : real(fd, address, length);
}

int getpeername(int fd, struct sockaddr *address, socklen_t *length)
{
    REAL(getpeername);
    return sim__is_fd(fd) ? name_of(fd, address, length) : real(fd, address, length);
}

int getsockopt(int fd, int level, int option, void *value, socklen_t *length)
{
    REAL(getsockopt);
    if (!sim__is_fd(fd)) {
        return real(fd, level, option, value, length);
    }
    const sim_object *const object = sim__fd(fd);
    int out = 0;
    if (object && level == SOL_SOCKET && option == SO_ERROR) {
        out = object->error;
    }
    memcpy(value, &out, *length < sizeof out ? *length : sizeof out);
    return 0;
}

int setsockopt(int fd, int level, int option, const void *value, socklen_t length)
{
    REAL(setsockopt);
    if (!sim__is_fd(fd)) {
        return real(fd, level, option, value, length);
    }
    sim_object *const object = sim__fd(fd);
    if (object && level == SOL_SOCKET && option == SO_SNDBUF && length == sizeof(int)) {
        object->room_bytes = (size_t) * (const int *)value;
    }
    return 0;
}

int shutdown(int fd, int how)
{
    REAL(shutdown);
    if (!sim__is_fd(fd)) {
        return real(fd, how);
    }
    sim_object *const object = sim__fd(fd);
    if (object && object->peer && how != SHUT_RD) {
        object->peer->eof_us =
            object->peer->last_us > sim_now_us() ? object->peer->last_us : sim_now_us();
        sim__poke(object->peer->host);
    }
    return 0;
}

static ssize_t receive_simulated(int fd, void *bytes, size_t length, int flags)
{
    sim_object *const object = sim__fd(fd);
    uint32_t lost = 0;
    bool cut = false;
    if (!object) {
        return -1;
    }
    const ssize_t got = sim__receive(object, bytes, length, flags, &lost, &cut);
    sim_note("recv", fd, got);
    return got;
}

static ssize_t send_simulated(int fd, const void *bytes, size_t length, int flags,
                              const struct sockaddr *address, socklen_t address_length)
{
    sim_object *const object = sim__fd(fd);
    if (!object) {
        return -1;
    }
    struct sockaddr_in to = {.sin_family = AF_INET};
    if (address) {
        to = inet_of(address, address_length);
    }
    const ssize_t sent = sim__send(object, bytes, length, flags, address ? &to : NULL);
    sim_note("send", fd, sent);
    if (sent > 0) {
        sim_note_bytes(bytes, (size_t)sent);
    }
    return sent;
}

ssize_t recv(int fd, void *bytes, size_t length, int flags)
{
    REAL(recv);
    return sim__is_fd(fd) ? receive_simulated(fd, bytes, length, flags)
                          : real(fd, bytes, length, flags);
}

ssize_t __recv_chk(int fd, void *bytes, size_t length, size_t room, int flags);
ssize_t __recv_chk(int fd, void *bytes, size_t length, size_t room, int flags)
{
    assert(length <= room);
    return recv(fd, bytes, length, flags);
}

ssize_t recvfrom(int fd, void *bytes, size_t length, int flags, struct sockaddr *address,
                 socklen_t *address_length)
{
    REAL(recvfrom);
    return sim__is_fd(fd) ? receive_simulated(fd, bytes, length, flags)
                          : real(fd, bytes, length, flags, address, address_length);
}

ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
    REAL(recvmsg);
    if (!sim__is_fd(fd)) {
        return real(fd, message, flags);
    }
    sim_object *const object = sim__fd(fd);
    uint32_t lost = 0;
    bool cut = false;
    const ssize_t got = object ? sim__receive(object, message->msg_iov[0].iov_base,
                                              message->msg_iov[0].iov_len, flags, &lost, &cut)
                               : -1;
    sim_note("recvmsg", fd, got);
    message->msg_flags = cut ? MSG_TRUNC : 0;
    if (got >= 0 && message->msg_controllen >= CMSG_SPACE(sizeof lost)) {
        struct cmsghdr *const head = CMSG_FIRSTHDR(message);
        head->cmsg_level = SOL_SOCKET;
        head->cmsg_type = SO_RXQ_OVFL;
        head->cmsg_len = CMSG_LEN(sizeof lost);
        memcpy(CMSG_DATA(head), &lost, sizeof lost);
        message->msg_controllen = CMSG_SPACE(sizeof lost);
    } else {
        message->msg_controllen = 0;
    }
    return got;
}

ssize_t send(int fd, const void *bytes, size_t length, int flags)
{
    REAL(send);
    return sim__is_fd(fd) ? send_simulated(fd, bytes, length, flags, NULL, 0)
                          : real(fd, bytes, length, flags);
}

ssize_t sendto(int fd, const void *bytes, size_t length, int flags, const struct sockaddr *address,
               socklen_t address_length)
{
    REAL(sendto);
    return sim__is_fd(fd) ? send_simulated(fd, bytes, length, flags, address, address_length)
                          : real(fd, bytes, length, flags, address, address_length);
}

/* --- waiting --------------------------------------------------------------------------------- */

int poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
    REAL(poll);
    return sim__is_simulated()
               ? sim__poll(fds, count, timeout_ms < 0 ? -1 : (int64_t)timeout_ms * 1000)
               : real(fds, count, timeout_ms);
}

int __poll_chk(struct pollfd *fds, nfds_t count, int timeout_ms, size_t room);
int __poll_chk(struct pollfd *fds, nfds_t count, int timeout_ms, size_t room)
{
    (void)room;
    return poll(fds, count, timeout_ms);
}

int pselect(int count, fd_set *in, fd_set *out, fd_set *bad, const struct timespec *timeout,
            const sigset_t *signals)
{
    REAL(pselect);
    if (!sim__is_simulated()) {
        return real(count, in, out, bad, timeout, signals);
    }
    struct pollfd fds[64];
    nfds_t used = 0;
    for (int fd = 0; fd < count; fd++) {
        const short events = (short)((in && FD_ISSET(fd, in) ? POLLIN : 0) |
                                     (out && FD_ISSET(fd, out) ? POLLOUT : 0));
        if (events) {
            assert(used < 64);
            fds[used++] = (struct pollfd){.fd = fd, .events = events};
        }
    }
    const int64_t timeout_us =
        timeout ? (int64_t)timeout->tv_sec * 1000000 + timeout->tv_nsec / 1000 : -1;
    (void)sim__poll(fds, used, timeout_us);
    int ready = 0;
    for (nfds_t i = 0; i < used; i++) {
        const bool can_read = (fds[i].revents & (POLLIN | POLLERR | POLLHUP)) != 0;
        const bool can_write = (fds[i].revents & (POLLOUT | POLLERR)) != 0;
        if ((fds[i].events & POLLIN) && !can_read) {
            FD_CLR(fds[i].fd, in);
        }
        if ((fds[i].events & POLLOUT) && !can_write) {
            FD_CLR(fds[i].fd, out);
        }
        ready += can_read || can_write;
    }
    if (bad) {
        FD_ZERO(bad);
    }
    return ready;
}

int epoll_create1(int flags)
{
    REAL(epoll_create1);
    return sim__is_simulated() ? sim__fd_add(sim__object_create(SIM_EPOLL)) : real(flags);
}

int epoll_ctl(int epoll, int operation, int fd, struct epoll_event *event)
{
    REAL(epoll_ctl);
    return sim__is_fd(epoll) ? sim__epoll_ctl(sim__fd(epoll), operation, fd, event)
                             : real(epoll, operation, fd, event);
}

int epoll_wait(int epoll, struct epoll_event *events, int capacity, int timeout_ms)
{
    REAL(epoll_wait);
    return sim__is_fd(epoll) ? sim__epoll_wait(sim__fd(epoll), events, capacity,
                                               timeout_ms < 0 ? -1 : (int64_t)timeout_ms * 1000)
                             : real(epoll, events, capacity, timeout_ms);
}

int eventfd(unsigned count, int flags)
{
    REAL(eventfd);
    if (!sim__is_simulated()) {
        return real(count, flags);
    }
    sim_object *const object = sim__object_create(SIM_EVENT);
    object->count = count;
    return sim__fd_add(object);
}

int eventfd_read(int fd, eventfd_t *value)
{
    return read(fd, value, sizeof *value) == sizeof *value ? 0 : -1;
}

int eventfd_write(int fd, eventfd_t value)
{
    return write(fd, &value, sizeof value) == sizeof value ? 0 : -1;
}

int timerfd_create(clockid_t clock, int flags)
{
    REAL(timerfd_create);
    return sim__is_simulated() ? sim__fd_add(sim__object_create(SIM_TIMER)) : real(clock, flags);
}

static int64_t us_of(const struct timespec *time)
{
    return (int64_t)time->tv_sec * 1000000 + (time->tv_nsec + 999) / 1000;
}

int timerfd_settime(int fd, int flags, const struct itimerspec *when, struct itimerspec *before)
{
    REAL(timerfd_settime);
    if (!sim__is_fd(fd)) {
        return real(fd, flags, when, before);
    }
    sim_object *const object = sim__fd(fd);
    const int64_t us = us_of(&when->it_value);
    const int64_t base = (flags & TFD_TIMER_ABSTIME) ? object->host->boot_us : sim_now_us();
    object->due_us = us == 0 ? SIM_NEVER : base + us;
    object->period_us = us_of(&when->it_interval);
    return 0;
}

/* --- clocks and chance ----------------------------------------------------------------------- */

static int64_t clock_us(clockid_t clock)
{
    const int64_t us = sim__tick_us();
    const sim_host *const host = sim__host_now();
    return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE ? us + host->utc_offset_us
                                                                     : us - host->boot_us;
}

int clock_gettime(clockid_t clock, struct timespec *out)
{
    REAL(clock_gettime);
    if (!sim__is_simulated()) {
        return real(clock, out);
    }
    const int64_t us = clock_us(clock);
    *out = (struct timespec){.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000};
    return 0;
}

int gettimeofday(struct timeval *restrict out, void *restrict zone)
{
    REAL(gettimeofday);
    if (!sim__is_simulated()) {
        return real(out, zone);
    }
    const int64_t us = clock_us(CLOCK_REALTIME);
    *out = (struct timeval){.tv_sec = us / 1000000, .tv_usec = us % 1000000};
    return 0;
}

time_t time(time_t *out)
{
    REAL(time);
    if (!sim__is_simulated()) {
        return real(out);
    }
    const time_t now = clock_us(CLOCK_REALTIME) / 1000000;
    if (out) {
        *out = now;
    }
    return now;
}

int nanosleep(const struct timespec *time, struct timespec *left)
{
    REAL(nanosleep);
    if (!sim__is_simulated()) {
        return real(time, left);
    }
    sim__sleep(us_of(time));
    return 0;
}

int usleep(useconds_t us)
{
    const struct timespec time = {.tv_sec = us / 1000000, .tv_nsec = (long)(us % 1000000) * 1000};
    return nanosleep(&time, NULL);
}

ssize_t getrandom(void *bytes, size_t length, unsigned flags)
{
    REAL(getrandom);
    if (!sim__is_simulated()) {
        return real(bytes, length, flags);
    }
    for (size_t i = 0; i < length; i++) {
        ((uint8_t *)bytes)[i] = (uint8_t)sim_random();
    }
    return (ssize_t)length;
}

int getentropy(void *bytes, size_t length)
{
    return getrandom(bytes, length, 0) == (ssize_t)length ? 0 : -1;
}

/* --- threads --------------------------------------------------------------------------------- */

int pthread_create(pthread_t *restrict out, const pthread_attr_t *restrict attributes,
                   void *(*start)(void *), void *restrict context)
{
    REAL(pthread_create);
    if (!sim__is_simulated()) {
        return real(out, attributes, start, context);
    }
    sim_thread *const thread = sim__thread_create(sim__host_now());
    thread->start_posix = start;
    thread->context = context;
    *out = (pthread_t)(uintptr_t)thread;
    return 0;
}

int pthread_join(pthread_t which, void **result)
{
    REAL(pthread_join);
    if (!sim__is_simulated()) {
        return real(which, result);
    }
    sim_thread *const thread = (sim_thread *)(uintptr_t)which;
    while (!thread->done) {
        sim__wait(SIM_NEVER);
    }
    sim__thread_free(thread);
    return 0;
}

int pthread_detach(pthread_t which)
{
    REAL(pthread_detach);
    if (!sim__is_simulated()) {
        return real(which);
    }
    ((sim_thread *)(uintptr_t)which)->detached = true;
    return 0;
}

pthread_t pthread_self(void)
{
    REAL(pthread_self);
    return sim__is_simulated() ? (pthread_t)(uintptr_t)sim__current : real();
}

int pthread_setname_np(pthread_t thread, const char *name)
{
    REAL(pthread_setname_np);
    return sim__is_simulated() ? 0 : real(thread, name);
}

/* All simulated threads are one real one, so a lock that is taken would be waited for for ever. */
int pthread_mutex_lock(pthread_mutex_t *mutex)
{
    REAL(pthread_mutex_lock);
    if (!sim__is_simulated()) {
        return real(mutex);
    }
    int result = pthread_mutex_trylock(mutex);
    while (result == EBUSY) {
        sim__wait(sim_now_us() + 100);
        result = pthread_mutex_trylock(mutex);
    }
    return result;
}

static int wait_on(const pthread_cond_t *condition, pthread_mutex_t *mutex, int64_t until_us)
{
    sim_thread *const self = sim__current;
    self->waits_on = condition;
    self->woken = false;
    (void)pthread_mutex_unlock(mutex);
    while (!self->woken && sim_now_us() < until_us) {
        sim__wait(until_us);
    }
    self->waits_on = NULL;
    (void)pthread_mutex_lock(mutex);
    return self->woken ? 0 : ETIMEDOUT;
}

int pthread_cond_wait(pthread_cond_t *restrict condition, pthread_mutex_t *restrict mutex)
{
    REAL(pthread_cond_wait);
    return sim__is_simulated() ? wait_on(condition, mutex, SIM_NEVER) : real(condition, mutex);
}

int pthread_cond_timedwait(pthread_cond_t *restrict condition, pthread_mutex_t *restrict mutex,
                           const struct timespec *restrict until)
{
    REAL(pthread_cond_timedwait);
    if (!sim__is_simulated()) {
        return real(condition, mutex, until);
    }
    /* Which of the two clocks it was made for is told by the number: one has just begun. */
    const int64_t us = us_of(until);
    const sim_host *const host = sim__host_now();
    const bool is_utc = us > INT64_C(1000000000000000);
    return wait_on(condition, mutex, is_utc ? us - host->utc_offset_us : us + host->boot_us);
}

int pthread_cond_signal(pthread_cond_t *condition)
{
    REAL(pthread_cond_signal);
    if (!sim__is_simulated()) {
        return real(condition);
    }
    sim__wake(sim__host_now(), condition, false);
    return 0;
}

int pthread_cond_broadcast(pthread_cond_t *condition)
{
    REAL(pthread_cond_broadcast);
    if (!sim__is_simulated()) {
        return real(condition);
    }
    sim__wake(sim__host_now(), condition, true);
    return 0;
}

/* --- processes ------------------------------------------------------------------------------- */

pid_t fork(void)
{
    REAL(fork);
    return sim__is_simulated() ? sim__fork() : real();
}

void _exit(int status)
{
    static void *place;
    void (*real)(int) = (void (*)(int))sim__real_of(&place, "_exit");
    if (sim__is_simulated()) {
        sim__exit_child(status);
    }
    real(status);
    __builtin_unreachable();
}

pid_t waitpid(pid_t pid, int *status, int options)
{
    REAL(waitpid);
    if (!sim__is_simulated()) {
        return real(pid, status, options);
    }
    sim_host *const host = sim__host_now();
    if (!host->child_there) {
        return sim__fail(ECHILD);
    }
    if ((options & WNOHANG) && sim_now_us() < host->child_until_us) {
        return 0;
    }
    host->child_there = false;
    if (status) {
        *status = host->child_status << 8;
    }
    return pid;
}

int kill(pid_t pid, int signal)
{
    REAL(kill);
    if (!sim__is_simulated()) {
        return real(pid, signal);
    }
    sim__host_now()->child_until_us = sim_now_us();
    return 0;
}

int setpriority(__priority_which_t which, id_t who, int priority)
{
    REAL(setpriority);
    return sim__is_simulated() ? 0 : real(which, who, priority);
}

pid_t getpid(void)
{
    REAL(getpid);
    return sim__is_simulated() ? 1000 + sim__host_now()->index : real();
}
