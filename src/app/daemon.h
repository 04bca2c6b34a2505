/* app/daemon.h: the running watch: feeds, recorder, picture, page and outlets on one loop. */
#ifndef LEE_APP_DAEMON_H
#define LEE_APP_DAEMON_H

#include <stdbool.h>

#include "app/config.h"

typedef struct {
    const lee_config *config;
    bool demo;         /* plays the recording of `share` instead of the feeds */
    const char *share; /* folder with places.tsv and the demo's files */
    const char *data;  /* journal, tokens */
} lee_daemon_options;

/* Runs until SIGINT or SIGTERM. Returns the exit status: 0 stopped when asked, 1 it could not
 * start, said on standard error. */
int lee_daemon_run(const lee_daemon_options *options);

#endif
