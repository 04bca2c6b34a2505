#define _POSIX_C_SOURCE 200809L
#include "app/signer_process.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "app/clock.h"
#include "app/cmd_signer.h"
#include "base/alloc.h"
#include "io/socket.h"
#include "io/twin.h"
#include "journal/path.h"

#define ANSWER_MAX_MS 10000
#define PAUSE_MIN_US INT64_C(100000)
#define PAUSE_MAX_US INT64_C(30000000)

struct lee_signer_process {
    char folder[LEE_JOURNAL_FOLDER_MAX + 1];
    char key_from[LEE_JOURNAL_FOLDER_MAX + 1]; /* empty: its own key */
    char socket[LEE_SIGNER_SOCKET_MAX + 1];    /* empty: it is our twin */
    lee_signer_link link;
    lee_twin twin;
    int fd; /* -1: there is none */
    uint64_t starts;
    int64_t asked_us;
    int64_t pause_us; /* before the next start but one; 0: it has answered since its start */
    int64_t start_us; /* not before */
};

static bool start_twin(lee_signer_process *process)
{
    const char *const from = process->key_from[0] ? process->key_from : NULL;
    const char *const arguments[] = {"leeward", LEE_SIGNER_COMMAND, process->folder, from, NULL};
    if (lee_twin_start(&process->twin, arguments, SOCK_SEQPACKET) != 0) {
        return false;
    }
    process->fd = process->twin.fd;
    return true;
}

static bool reach(lee_signer_process *process)
{
    const int fd = lee_socket_connect_path(process->socket);
    process->fd = fd < 0 ? -1 : fd;
    return fd >= 0;
}

static lee_error start_child(lee_signer_process *process)
{
    if (lee_clock_monotonic_us() < process->start_us ||
        !(process->socket[0] ? reach : start_twin)(process)) {
        return LEE_ERR_IO;
    }
    process->starts++;
    return LEE_OK;
}

static void end_child(lee_signer_process *process, const char *why)
{
    if (process->fd < 0) {
        return;
    }
    if (why) {
        fprintf(stderr, "leeward: the process that signs checkpoints %s; it is started again\n",
                why);
    }
    if (process->socket[0]) {
        (void)close(process->fd);
    } else {
        (void)lee_twin_end(&process->twin, why != NULL);
    }
    process->fd = -1;
    process->start_us = lee_clock_monotonic_us() + process->pause_us;
    process->pause_us = process->pause_us == 0 ? PAUSE_MIN_US : 2 * process->pause_us;
    process->pause_us = process->pause_us < PAUSE_MAX_US ? process->pause_us : PAUSE_MAX_US;
}

static lee_error on_ask(void *context, const uint8_t *question, size_t length)
{
    lee_signer_process *const process = context;
    /* One that ended while nothing was asked is noticed here. */
    for (int tries = 0; tries < 2; tries++) {
        if (process->fd < 0 && start_child(process) != LEE_OK) {
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
    if (process->fd < 0) {
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

lee_error lee_signer_process_create(const char *folder, const char *socket,
                                    lee_signer_process **out)
{
    assert(folder && out);
    if (strlen(folder) > LEE_JOURNAL_FOLDER_MAX ||
        (socket && strlen(socket) > LEE_SIGNER_SOCKET_MAX)) {
        return LEE_ERR_LIMIT;
    }
    lee_signer_process *const process = lee_alloc(1, sizeof *process);
    if (!process) {
        return LEE_ERR_NO_MEMORY;
    }
    memcpy(process->folder, folder, strlen(folder) + 1);
    if (socket) {
        memcpy(process->socket, socket, strlen(socket) + 1);
    }
    process->fd = -1;
    process->link = (lee_signer_link){
        .context = process, .ask = on_ask, .take = on_take, .distrust = on_distrust};
    *out = process;
    return LEE_OK;
}

lee_error lee_signer_process_take_key(lee_signer_process *process, const char *folder)
{
    assert(process && process->fd < 0 && folder);
    if (strlen(folder) > LEE_JOURNAL_FOLDER_MAX) {
        return LEE_ERR_LIMIT;
    }
    memcpy(process->key_from, folder, strlen(folder) + 1);
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
