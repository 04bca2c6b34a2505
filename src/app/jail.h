/* app/jail.h: a process gives up what it does not need, for good (seccomp and Landlock).
 *
 * Should a message take over the process that parses what anybody may transmit, or the one that
 * holds the journal's key, there is nothing more that it could reach. */
#ifndef LEE_APP_JAIL_H
#define LEE_APP_JAIL_H

#include <stdbool.h>

#include "leeward/error.h"

/* A program built with AddressSanitizer needs a few more calls, and more memory than is limited. */
#if defined(__SANITIZE_ADDRESS__)
#define LEE_JAIL_IS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define LEE_JAIL_IS_SANITIZED 1
#endif
#endif
#ifndef LEE_JAIL_IS_SANITIZED
#define LEE_JAIL_IS_SANITIZED 0
#endif

/* For a parser: closes every descriptor but `fd` and gives up all but to compute, and to read and
 * write that one. It has no file, key, network or other process, and cannot get one: another system
 * call ends it, and so does memory with a right to execute. What memory it may take is limited to
 * `memory_max_bytes` (0: not limited). LEE_ERR_UNSUPPORTED: this kernel or processor cannot confine
 * it, and it must not go on. */
LEE_CHECK_RESULT
lee_error lee_jail_enter(int fd, unsigned long memory_max_bytes);

/* For the signer: from now on this process opens, makes, renames and removes files in `folder`
 * alone, and makes only system calls that files, memory and sockets that are open already need: no
 * program, process, socket or look into another process. What it tries else is refused. What the
 * kernel cannot do is said on standard error, and false answered; the rest holds all the same. */
bool lee_jail_enter_folder(const char *folder);

#endif
