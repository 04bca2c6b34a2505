#define _GNU_SOURCE /* SOCK_CLOEXEC */
#include "io/twin.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/spawn.h"

#define SOCKET_BUFFER_BYTES (1024 * 1024) /* what may be on its way at once */

int lee_twin_start(lee_twin *twin, const char *const *arguments, int type)
{
    assert(twin && twin->process == 0);
    int pair[2];
    if (socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, pair) != 0) {
        return -errno;
    }
    const int room = SOCKET_BUFFER_BYTES;
    for (int i = 0; i < 2; i++) {
        (void)setsockopt(pair[i], SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
    }
    const lee_spawn_options options = {
        .file = "/proc/self/exe",
        .arguments = arguments,
        .descriptors = {LEE_SPAWN_NULL, LEE_SPAWN_NULL, STDERR_FILENO, pair[1]},
        .descriptor_count = LEE_TWIN_FD + 1};
    const int error = lee_spawn(&options, &twin->process);
    (void)close(pair[1]);
    if (error != 0) {
        twin->process = 0;
        (void)close(pair[0]);
        return error;
    }
    twin->fd = pair[0];
    twin->starts++;
    return 0;
}

static pid_t wait_for(pid_t process, int *status, int options)
{
    pid_t gone = -1;
    do {
        gone = waitpid(process, status, options);
    } while (gone < 0 && errno == EINTR);
    return gone;
}

int lee_twin_end(lee_twin *twin, bool by_force)
{
    assert(twin);
    if (twin->process == 0) {
        return -1;
    }
    int status = 0;
    (void)close(twin->fd);
    if (wait_for(twin->process, &status, by_force ? WNOHANG : 0) == 0) {
        (void)kill(twin->process, SIGKILL);
        (void)wait_for(twin->process, &status, 0);
    }
    twin->process = 0;
    return status;
}
