/* io/loop.h: one thread's event loop over epoll and timerfd. */
#ifndef LEE_IO_LOOP_H
#define LEE_IO_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "leeward/error.h"

#define LEE_LOOP_TIMERS_MAX 4096u
#define LEE_LOOP_POSTS_MAX 65536u

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

/* Milliseconds of the monotonic clock: for intervals only, never for the time of anything. */
int64_t lee_loop_now_ms(const lee_loop *loop);

/* Runs what is due, waiting up to timeout_ms (-1: for ever) for the first. LEE_ERR_IO. */
LEE_CHECK_RESULT
lee_error lee_loop_run_once(lee_loop *loop, int timeout_ms);

/* Calls back when fd is ready for any of `events`; LEE_LOOP_ERROR comes unasked. The caller keeps
 * the descriptor, and closes it after lee_loop_remove. LEE_ERR_NO_MEMORY; LEE_ERR_UNSUPPORTED: a
 * regular file, which is always ready; LEE_ERR_IO. */
LEE_CHECK_RESULT
lee_error lee_loop_add(lee_loop *loop, int fd, int events, lee_loop_fd_callback *callback,
                       void *context, lee_loop_watch **out);
LEE_CHECK_RESULT
lee_error lee_loop_modify(lee_loop *loop, lee_loop_watch *watch, int events);
/* NULL is allowed. Safe from within its own callback. */
void lee_loop_remove(lee_loop *loop, lee_loop_watch *watch);

/* Calls back after after_ms and then every repeat_ms (0: once, and the timer is gone when the
 * callback runs: forget the pointer there). Repeats that were missed are not made up for.
 * LEE_ERR_NO_MEMORY, LIMIT (LEE_LOOP_TIMERS_MAX). */
LEE_CHECK_RESULT
lee_error lee_loop_add_timer(lee_loop *loop, int64_t after_ms, int64_t repeat_ms,
                             lee_loop_callback *callback, void *context, lee_loop_timer **out);
/* NULL is allowed. Safe from within its own callback. */
void lee_loop_remove_timer(lee_loop *loop, lee_loop_timer *timer);

/* The one call that another thread may make: `callback` runs on the loop's thread, in the order
 * posted. What is posted and not yet run when the loop is freed never runs. LEE_ERR_NO_MEMORY,
 * LIMIT (LEE_LOOP_POSTS_MAX waiting). */
LEE_CHECK_RESULT
lee_error lee_loop_post(lee_loop *loop, lee_loop_callback *callback, void *context);

#endif
