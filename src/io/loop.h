/* io/loop.h: one thread's event loop over epoll and timerfd. */
#ifndef LEE_IO_LOOP_H
#define LEE_IO_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "leeward/error.h"

typedef struct lee_loop lee_loop;
typedef struct lee_loop_watch lee_loop_watch;
typedef struct lee_loop_timer lee_loop_timer;

enum { LEE_LOOP_READ = 1, LEE_LOOP_WRITE = 2, LEE_LOOP_ERROR = 4 };

typedef void lee_loop_fd_callback(void *context, int fd, int events);
typedef void lee_loop_callback(void *context);

LEE_CHECK_RESULT
lee_error lee_loop_create(lee_loop **out);
void lee_loop_free(lee_loop *loop);

/* The epoll descriptor: readable when something is due, so that another loop can hold this one. */
int lee_loop_fd(const lee_loop *loop);

/* Runs what is due, waiting up to timeout_ms (-1: for ever) for the first. */
LEE_CHECK_RESULT
lee_error lee_loop_run_once(lee_loop *loop, int timeout_ms);

/* Calls back when fd is ready for any of `events`. The caller keeps the descriptor. */
LEE_CHECK_RESULT
lee_error lee_loop_add(lee_loop *loop, int fd, int events, lee_loop_fd_callback *callback,
                       void *context, lee_loop_watch **out);
LEE_CHECK_RESULT
lee_error lee_loop_modify(lee_loop *loop, lee_loop_watch *watch, int events);
/* NULL is allowed. Safe from within its own callback. */
void lee_loop_remove(lee_loop *loop, lee_loop_watch *watch);

/* Calls back after after_ms and then every repeat_ms (0: once). */
LEE_CHECK_RESULT
lee_error lee_loop_add_timer(lee_loop *loop, int64_t after_ms, int64_t repeat_ms,
                             lee_loop_callback *callback, void *context, lee_loop_timer **out);
void lee_loop_remove_timer(lee_loop *loop, lee_loop_timer *timer);

/* The one call that another thread may make: `callback` runs on the loop's thread. */
LEE_CHECK_RESULT
lee_error lee_loop_post(lee_loop *loop, lee_loop_callback *callback, void *context);

#endif
