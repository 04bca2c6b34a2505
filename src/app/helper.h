/* app/helper.h: a child process that works beside the watch and answers questions, one at a time.
 *
 * What takes long (building views, working out a moment of the past) happens in it, with a lower
 * priority, so that no question holds up a decision. When it dies it is started again; who waits
 * for an answer then hears that there is none. */
#ifndef LEE_APP_HELPER_H
#define LEE_APP_HELPER_H

#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "io/loop.h"
#include "leeward/error.h"

#define LEE_HELPER_WAITING_MAX 8u
#define LEE_HELPER_QUESTION_MAX_BYTES 4096u
#define LEE_HELPER_ANSWER_MAX_BYTES (512u * 1024u * 1024u)
/* Who has waited so long is told to come again; the helper goes on with it meanwhile. */
#define LEE_HELPER_WAIT_MAX_MS 20000
/* One question may take so long before the helper is taken for hung and started anew. */
#define LEE_HELPER_HANG_MS 300000

/* What runs in the child. `context` is the parent's memory as it was at the fork. */
typedef struct {
    const char *name; /* for messages */
    void (*begin)(void *context);
    /* Some work while nothing is asked, at most about 100 ms of it; says after how many
     * milliseconds it wants to be called again. NULL: there is none. */
    int (*work)(void *context);
    /* Writes an answer and gives its status, which is the caller's own. */
    unsigned (*answer)(void *context, const uint8_t *question, size_t length, lee_buffer *out);
    void *context;
} lee_helper_job;

/* Hears an answer (borrowed bytes). Status 0: there is none, come again. */
typedef void lee_helper_sink(void *context, uint64_t ticket, unsigned status, const uint8_t *bytes,
                             size_t length);

typedef struct lee_helper lee_helper;

/* Starts the child; the job's functions and context must live as long. LEE_ERR_IO: no process or
 * socket for it; LEE_ERR_NO_MEMORY. */
LEE_CHECK_RESULT
lee_error lee_helper_start(const lee_helper_job *job, lee_loop *loop, lee_helper_sink *sink,
                           void *context, lee_helper **out);
/* Ends the child. Nobody is told anything any more. NULL is allowed. */
void lee_helper_free(lee_helper *helper);

/* Asks; the sink hears the answer later. LEE_ERR_LIMIT: LEE_HELPER_WAITING_MAX wait already, or
 * the question is too long; LEE_ERR_IO: there is no child at the moment. */
LEE_CHECK_RESULT
lee_error lee_helper_ask(lee_helper *helper, uint64_t ticket, const void *question, size_t length);
/* Who asked is gone: a question that waits is dropped, an answer is not told. */
void lee_helper_forget(lee_helper *helper, uint64_t ticket);

/* How many answers are owed. */
uint32_t lee_helper_waiting(const lee_helper *helper);

#endif
