/* app/daemon.h: the running watch: feeds, recorder, picture, page and outlets on one loop. */
#ifndef LEE_APP_DAEMON_H
#define LEE_APP_DAEMON_H

#include <signal.h>
#include <stdbool.h>

#include "app/config.h"

typedef struct {
    const lee_config *config;
    bool demo;         /* plays the recording of `share` instead of the feeds */
    const char *share; /* folder with places.tsv and the demo's files */
    const char *data;  /* journal, tokens */
    /* It ends when this is not 0; set by a signal handler, so that one process can run several. */
    const volatile sig_atomic_t *stop;
    /* Parses and signs in this process: where others cannot be started, as in the simulation. */
    bool alone;
} lee_daemon_options;

/* Runs until it is asked to stop. Returns the exit status: 0 stopped when asked, 1 it could not
 * start, said on standard error. */
int lee_daemon_run(const lee_daemon_options *options);

#endif
