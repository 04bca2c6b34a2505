#define _GNU_SOURCE /* pipe2, F_SETPIPE_SZ */
#include "io/child.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "io/spawn.h"

#define OUTPUT_BYTES (1024 * 1024) /* what may wait between the two */
#define WORDS_BYTES 4096
#define WAIT_MS 10
#define WAITS 20

struct lee_child {
    pid_t pid;
    int output;
    int words;
};

static void close_both(const int pair[2])
{
    (void)close(pair[0]);
    (void)close(pair[1]);
}

int lee_child_start(const char *const *argv, lee_child **out)
{
    assert(argv && argv[0] && out);
    int output[2];
    int words[2];
    lee_child *const child = lee_alloc(1, sizeof *child);
    if (!child) {
        return -ENOMEM;
    }
    if (pipe2(output, O_CLOEXEC) != 0) {
        const int error = -errno;
        lee_free(child);
        return error;
    }
    /* What nobody reads is lost there, and holds nothing up. */
    if (pipe2(words, O_CLOEXEC | O_NONBLOCK) != 0) {
        const int error = -errno;
        close_both(output);
        lee_free(child);
        return error;
    }
    (void)fcntl(output[0], F_SETFL, O_NONBLOCK);
    (void)fcntl(output[0], F_SETPIPE_SZ, OUTPUT_BYTES);
    const lee_spawn_options options = {.file = argv[0],
                                       .arguments = argv,
                                       .has_environment = true,
                                       .descriptors = {LEE_SPAWN_NULL, output[1], words[1]},
                                       .descriptor_count = 3};
    const int error = lee_spawn(&options, &child->pid);
    if (error != 0) {
        close_both(output);
        close_both(words);
        lee_free(child);
        return error;
    }
    (void)close(output[1]);
    (void)close(words[1]);
    child->output = output[0];
    child->words = words[0];
    *out = child;
    return 0;
}

int lee_child_output(const lee_child *child)
{
    assert(child);
    return child->output;
}

/* Keeps the last line that is not blank, as printable characters. */
static void last_line(const char *text, size_t length, char *out, size_t capacity)
{
    while (length > 0 && (unsigned char)text[length - 1] <= ' ') {
        length--;
    }
    size_t begin = length;
    while (begin > 0 && text[begin - 1] != '\n' && text[begin - 1] != '\r') {
        begin--;
    }
    size_t done = 0;
    for (; begin < length && done + 1 < capacity; begin++) {
        const char c = text[begin];
        out[done++] = c >= ' ' && c <= '~' ? c : '?';
    }
    out[done] = '\0';
}

void lee_child_last_words(lee_child *child, char *out, size_t capacity)
{
    assert(child && out && capacity > 0);
    char text[WORDS_BYTES];
    size_t length = 0;
    for (;;) {
        if (length == sizeof text) {
            memmove(text, text + sizeof text / 2, sizeof text / 2);
            length = sizeof text / 2;
        }
        const ssize_t got = read(child->words, text + length, sizeof text - length);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            break;
        }
        length += (size_t)got;
    }
    last_line(text, length, out, capacity);
}

void lee_child_free(lee_child *child)
{
    if (!child) {
        return;
    }
    /* A full pipe would keep it from going. */
    (void)close(child->output);
    (void)close(child->words);
    (void)kill(child->pid, SIGTERM);
    pid_t gone = 0;
    for (int i = 0; i < WAITS && gone == 0; i++) {
        gone = waitpid(child->pid, NULL, WNOHANG);
        if (gone == 0) {
            (void)poll(NULL, 0, WAIT_MS);
        }
    }
    if (gone == 0) {
        (void)kill(child->pid, SIGKILL);
        (void)waitpid(child->pid, NULL, 0);
    }
    lee_free(child);
}
