#define _GNU_SOURCE /* close_range */
#include "app/signer_process.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/clock.h"
#include "app/cmd_signer.h"
#include "base/alloc.h"
#include "journal/path.h"

#define ANSWER_MAX_MS 10000
#define PAUSE_MIN_US INT64_C(100000)
#define PAUSE_MAX_US INT64_C(30000000)

struct lee_signer_process {
    char folder[LEE_JOURNAL_FOLDER_MAX + 1];
    lee_signer_link link;
    pid_t child; /* 0: none */
    int fd;
    uint64_t starts;
    int64_t asked_us;
    int64_t pause_us; /* before the next start but one; 0: it has answered since its start */
    int64_t start_us; /* not before */
};

/* Nothing but calls that are safe behind fork: this program may have threads. */
static _Noreturn void run_child(const char *folder, int fd, pid_t parent)
{
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int null = open("/dev/null", O_RDWR);
    if (getppid() != parent || null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 ||
        dup2(fd, LEE_SIGNER_FD) < 0 || fcntl(LEE_SIGNER_FD, F_SETFD, 0) != 0 ||
        close_range(LEE_SIGNER_FD + 1, ~0u, 0) != 0) {
        _exit(127);
    }
    execl("/proc/self/exe", "leeward", LEE_SIGNER_COMMAND, folder, (char *)NULL);
    _exit(127);
}

static lee_error start_child(lee_signer_process *process)
{
    if (lee_clock_monotonic_us() < process->start_us) {
        return LEE_ERR_IO;
    }
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
        return LEE_ERR_IO;
    }
    const pid_t parent = getpid();
    const pid_t child = fork();
    if (child == 0) {
        run_child(process->folder, pair[1], parent);
    }
    (void)close(pair[1]);
    if (child < 0) {
        (void)close(pair[0]);
        return LEE_ERR_IO;
    }
    process->child = child;
    process->fd = pair[0];
    process->starts++;
    return LEE_OK;
}

static void end_child(lee_signer_process *process, const char *why)
{
    if (process->child == 0) {
        return;
    }
    if (why) {
        fprintf(stderr, "leeward: the process that signs checkpoints %s; it is started again\n",
                why);
        (void)kill(process->child, SIGKILL);
    }
    (void)close(process->fd);
    (void)waitpid(process->child, NULL, 0);
    process->child = 0;
    process->start_us = lee_clock_monotonic_us() + process->pause_us;
    process->pause_us = process->pause_us == 0 ? PAUSE_MIN_US : 2 * process->pause_us;
    process->pause_us = process->pause_us < PAUSE_MAX_US ? process->pause_us : PAUSE_MAX_US;
}

static lee_error on_ask(void *context, const uint8_t *question, size_t length)
{
    lee_signer_process *const process = context;
    /* One that ended while nothing was asked is noticed here. */
    for (int tries = 0; tries < 2; tries++) {
        if (process->child == 0 && start_child(process) != LEE_OK) {
            return LEE_ERR_IO;
        }
        const ssize_t sent = send(process->fd, question, length, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent == (ssize_t)length) {
            process->asked_us = lee_clock_monotonic_us();
            return LEE_OK;
        }
        end_child(process, "ended");
    }
    return LEE_ERR_IO;
}

static lee_error on_take(void *context, bool wait, lee_buffer *answer)
{
    lee_signer_process *const process = context;
    if (process->child == 0) {
        return LEE_ERR_IO;
    }
    uint8_t bytes[LEE_SIGNER_ANSWER_MAX_BYTES];
    for (;;) {
        const int64_t waited_ms = (lee_clock_monotonic_us() - process->asked_us) / 1000;
        const int left_ms = waited_ms < ANSWER_MAX_MS ? (int)(ANSWER_MAX_MS - waited_ms) : 0;
        struct pollfd socket = {.fd = process->fd, .events = POLLIN};
        const int ready = poll(&socket, 1, wait ? left_ms : 0);
        const ssize_t got = ready > 0 ? recv(process->fd, bytes, sizeof bytes, MSG_DONTWAIT) : -1;
        if (got > 0) {
            lee_buffer_bytes(answer, bytes, (size_t)got);
            process->pause_us = 0;
            return answer->error;
        }
        if (got == 0 || (ready > 0 && errno != EAGAIN && errno != EINTR)) {
            end_child(process, "ended");
            return LEE_ERR_IO;
        }
        if (left_ms == 0) {
            end_child(process, "does not answer");
            return LEE_ERR_IO;
        }
        if (!wait) {
            return LEE_OK;
        }
    }
}

static void on_distrust(void *context)
{
    end_child(context, "answered wrongly");
}

lee_error lee_signer_process_create(const char *folder, lee_signer_process **out)
{
    assert(folder && out);
    if (strlen(folder) > LEE_JOURNAL_FOLDER_MAX) {
        return LEE_ERR_LIMIT;
    }
    lee_signer_process *const process = lee_alloc(1, sizeof *process);
    if (!process) {
        return LEE_ERR_NO_MEMORY;
    }
    memcpy(process->folder, folder, strlen(folder) + 1);
    process->link = (lee_signer_link){
        .context = process, .ask = on_ask, .take = on_take, .distrust = on_distrust};
    *out = process;
    return LEE_OK;
}

void lee_signer_process_free(lee_signer_process *process)
{
    if (process) {
        end_child(process, NULL);
        lee_free(process);
    }
}

const lee_signer_link *lee_signer_process_link(const lee_signer_process *process)
{
    assert(process);
    return &process->link;
}

uint64_t lee_signer_process_starts(const lee_signer_process *process)
{
    return process ? process->starts : 0;
}
