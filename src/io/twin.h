/* io/twin.h: this program, started again, on the other end of a pair of sockets.
 *
 * For work that must not be done where all the rest is: the new process has nothing of this one's
 * memory, environment and descriptors but the socket, and standard error to say what is wrong. It
 * is to end when the socket does. */
#ifndef LEE_IO_TWIN_H
#define LEE_IO_TWIN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "leeward/error.h"

/* Where it finds its end of the pair. */
#define LEE_TWIN_FD 3

/* All zeros: there is none. */
typedef struct {
    pid_t process; /* 0: none */
    int fd;        /* our end; with a process only */
    uint64_t starts;
} lee_twin;

/* Starts it; `arguments` are those of the program, from its name on, NULL at the end. `type` is
 * that of the sockets (SOCK_STREAM, SOCK_SEQPACKET). 0, or a negated errno value. */
LEE_CHECK_RESULT
int lee_twin_start(lee_twin *twin, const char *const *arguments, int type);

/* Closes the socket and waits for its end, `by_force` without patience. How it ended, as waitpid
 * says; -1: there was none. */
int lee_twin_end(lee_twin *twin, bool by_force);

#endif
