/* app/jail.h: gives up all that a process may do but compute, and talk on one descriptor.
 *
 * For the process that parses what anybody may transmit: should a message take it over, there is
 * nothing that it could reach. It has no file, key, network or other process, and cannot get one:
 * seccomp kills it at any other system call than reading and writing what is open, and memory
 * without a right to execute; Landlock says the same of files a second time where the kernel has
 * it. */
#ifndef LEE_APP_JAIL_H
#define LEE_APP_JAIL_H

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

/* Closes every descriptor but `fd` and enters; there is no way back. What memory the process may
 * take is limited to `memory_max_bytes` (0: not limited). LEE_ERR_UNSUPPORTED: this kernel or
 * processor cannot confine it, and it must not go on. */
LEE_CHECK_RESULT
lee_error lee_jail_enter(int fd, unsigned long memory_max_bytes);

#endif
