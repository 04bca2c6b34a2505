/* io/resolve.h: asks for the addresses of a host without making the loop wait.
 *
 * The system's resolver blocks for seconds when a name server is gone, so it runs in a thread of
 * its own and its answer is posted to the loop. */
#ifndef LEE_IO_RESOLVE_H
#define LEE_IO_RESOLVE_H

#include "io/loop.h"
#include "io/socket.h"

#define LEE_RESOLVE_MAX 8

typedef struct lee_resolve lee_resolve;

/* `count` is 0 when there is none; `reason` then says why (static text), else it is NULL. The
 * request is gone when this runs: forget its pointer. */
typedef void lee_resolve_callback(void *context, const lee_address *addresses, int count,
                                  const char *reason);

/* Begins to ask. The answer comes through the loop, never from within this call.
 * LEE_ERR_NO_MEMORY; LEE_ERR_IO: no thread. */
LEE_CHECK_RESULT
lee_error lee_resolve_start(lee_loop *loop, const char *host, uint16_t port,
                            lee_resolve_callback *callback, void *context, lee_resolve **out);

/* The callback is not called any more. NULL is allowed. */
void lee_resolve_cancel(lee_resolve *resolve);

#endif
