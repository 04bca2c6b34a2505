/* io/child.h: another program whose standard output is read. */
#ifndef LEE_IO_CHILD_H
#define LEE_IO_CHILD_H

#include <stddef.h>

#include "leeward/error.h"

typedef struct lee_child lee_child;

/* Starts the program argv[0], looked for in PATH, with standard input empty. 0, or a negated errno
 * value, such as -ENOENT where it is not installed. *out is the caller's. */
LEE_CHECK_RESULT
int lee_child_start(const char *const *argv, lee_child **out);

/* Its standard output, which does not block; the child keeps the descriptor. */
int lee_child_output(const lee_child *child);

/* The last line that it wrote to standard error so far, "" where there is none. */
void lee_child_last_words(lee_child *child, char *out, size_t capacity);

/* Ends it, by force where it does not go within a fifth of a second. NULL is allowed. */
void lee_child_free(lee_child *child);

#endif
