/* io/workers.h: a few threads that do the same work on numbered shares. */
#ifndef LEE_IO_WORKERS_H
#define LEE_IO_WORKERS_H

#include <stdint.h>

#include "leeward/error.h"

typedef struct lee_workers lee_workers;

/* Does share number `share` of what the context says. */
typedef void lee_work(void *context, uint32_t share);

/* `count` threads, at least 1. LEE_ERR_NO_MEMORY; LEE_ERR_IO: the system gave no thread. */
LEE_CHECK_RESULT
lee_error lee_workers_create(uint32_t count, lee_workers **out);
/* Waits for what was started. NULL is allowed. */
void lee_workers_free(lee_workers *workers);

uint32_t lee_workers_count(const lee_workers *workers);

/* Thread k does share k, for every k below the count; returns at once. What it works on must be
 * left alone until lee_workers_wait has returned, which must come before the next start. */
void lee_workers_start(lee_workers *workers, lee_work *work, void *context);
/* Until all shares are done; at once when nothing was started. */
void lee_workers_wait(lee_workers *workers);

#endif
