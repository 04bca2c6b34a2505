/* base/alloc.h: the only place that takes memory from the system.
 *
 * Everything above asks here, so that one test hook can fail any allocation and count them all. */
#ifndef LEE_BASE_ALLOC_H
#define LEE_BASE_ALLOC_H

#include <stddef.h>
#include <stdint.h>

/* Zeroed memory for `count` items of `size` bytes; NULL when there is none or the product
 * overflows. The caller frees it with lee_free. */
void *lee_alloc(size_t count, size_t size);

/* Resizes as realloc does, with the product checked; new bytes are not zeroed. NULL: the old block
 * is untouched. */
void *lee_realloc(void *block, size_t count, size_t size);
void lee_free(void *block);

/* A NUL-terminated copy of `length` bytes; the caller frees it. NULL: no memory. */
char *lee_copy_text(const char *text, size_t length);

/* For tests alone: allocation number `fail_at` from now (1 is the next) and all after it fail;
 * 0 switches failing off. Returns how many were asked for since the last call. */
uint64_t lee_alloc_test_fail(uint64_t fail_at);

#endif
