#define _GNU_SOURCE /* posix_spawn_file_actions_addclosefrom_np */
#include "io/spawn.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <unistd.h>

static int set_files(const lee_spawn_options *options, posix_spawn_file_actions_t *files)
{
    int error = 0;
    /* The last first: a descriptor of ours with a low number is copied before it is replaced. */
    for (int i = options->descriptor_count - 1; error == 0 && i >= 0; i--) {
        const int ours = options->descriptors[i];
        error = ours == LEE_SPAWN_NULL
                    ? posix_spawn_file_actions_addopen(files, i, "/dev/null", O_RDWR, 0)
                    : posix_spawn_file_actions_adddup2(files, ours, i);
    }
    return error ? error
                 : posix_spawn_file_actions_addclosefrom_np(files, options->descriptor_count);
}

/* Signals are as a shell would have them. */
static int set_attributes(posix_spawnattr_t *attributes)
{
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    int error = posix_spawnattr_setsigmask(attributes, &none);
    error = error ? error : posix_spawnattr_setsigdefault(attributes, &all);
    return error ? error
                 : posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETPGROUP |
                                                            POSIX_SPAWN_SETSIGMASK |
                                                            POSIX_SPAWN_SETSIGDEF);
}

int lee_spawn(const lee_spawn_options *options, pid_t *out)
{
    assert(options && options->file && options->arguments && out);
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    if (posix_spawn_file_actions_init(&files) != 0) {
        return -ENOMEM;
    }
    if (posix_spawnattr_init(&attributes) != 0) {
        posix_spawn_file_actions_destroy(&files);
        return -ENOMEM;
    }
    int error = set_files(options, &files);
    error = error ? error : set_attributes(&attributes);
    if (error == 0) {
        char *const nothing[] = {(char *)NULL};
        /* The arguments are not written to: the prototype is older than const. */
        char *const *const arguments = (char *const *)(uintptr_t)options->arguments;
        error = posix_spawnp(out, options->file, &files, &attributes, arguments,
                             options->has_environment ? environ : nothing);
    }
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    return -error;
}
