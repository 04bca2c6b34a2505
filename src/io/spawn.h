/* io/spawn.h: starts a program with no more of this one's than it is given. */
#ifndef LEE_IO_SPAWN_H
#define LEE_IO_SPAWN_H

#include <stdbool.h>
#include <sys/types.h>

#include "leeward/error.h"

/* For a descriptor of the child: /dev/null. */
#define LEE_SPAWN_NULL (-1)

typedef struct {
    const char *file;             /* its path, or a name that is looked for in PATH */
    const char *const *arguments; /* from the program's name on, NULL at the end */
    bool has_environment;         /* ours; else none */
    /* The child's descriptor i is a copy of ours of this number; it has no others. */
    int descriptors[4];
    int descriptor_count;
} lee_spawn_options;

/* 0, or a negated errno value, such as -ENOENT where there is no such program. The child has no
 * signal blocked nor ignored, and is a group of its own: Ctrl-C is for us, and we end it. */
LEE_CHECK_RESULT
int lee_spawn(const lee_spawn_options *options, pid_t *out);

#endif
