/* app/signer_process.h: the process that holds a journal's key, from the side of who asks it.
 *
 * It is this program started again with a hidden command (cmd_signer.h), one message each way over
 * a pair of sockets. Or a service manager starts it, under another user, for each connection to a
 * socket: then this process cannot read the key whatever becomes of it. When it ends, hangs or
 * answers wrongly, it is started, or connected to, again: at once, then after 0.1 s, then after
 * twice as long each time up to half a minute. Meanwhile nothing is signed, and nothing else
 * stops. */
#ifndef LEE_APP_SIGNER_PROCESS_H
#define LEE_APP_SIGNER_PROCESS_H

#include <stdint.h>

#include "journal/signer.h"
#include "leeward/error.h"

typedef struct lee_signer_process lee_signer_process;

#define LEE_SIGNER_SOCKET_MAX 107 /* bytes of a socket's path (unix(7)) */

/* For the journal in `folder`. It is started with the first question; where `socket` is not NULL,
 * it is behind the socket of that path instead. LEE_ERR_LIMIT: a name is too long;
 * LEE_ERR_NO_MEMORY. */
LEE_CHECK_RESULT
lee_error lee_signer_process_create(const char *folder, const char *socket,
                                    lee_signer_process **out);
/* The key that it may make is that of the journal in `folder` (lee_signer_take_key). Before the
 * first question. LEE_ERR_LIMIT. */
LEE_CHECK_RESULT
lee_error lee_signer_process_take_key(lee_signer_process *process, const char *folder);
/* Ends it; it has answered everything by then. NULL is allowed. */
void lee_signer_process_free(lee_signer_process *process);

/* Borrowed; lives as long as the process. */
const lee_signer_link *lee_signer_process_link(const lee_signer_process *process);

/* How often it was started, or connected to. */
uint64_t lee_signer_process_starts(const lee_signer_process *process);

#endif
