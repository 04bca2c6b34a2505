#include "base/alloc.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* The only mutable statics of the library: the test hook. They never change what is decided, only
 * whether memory is there. */
static _Thread_local uint64_t asked_count;
static _Thread_local uint64_t fail_from;

static int must_fail(void)
{
    asked_count++;
    return fail_from != 0 && asked_count >= fail_from;
}

void *lee_alloc(size_t count, size_t size)
{
    assert(size > 0);
    if (must_fail()) {
        return NULL;
    }
    return calloc(count > 0 ? count : 1, size);
}

void *lee_realloc(void *block, size_t count, size_t size)
{
    assert(size > 0);
    if (must_fail() || count > SIZE_MAX / size) {
        return NULL;
    }
    return realloc(block, count > 0 ? count * size : 1);
}

void lee_free(void *block)
{
    free(block);
}

char *lee_copy_text(const char *text, size_t length)
{
    assert(text || length == 0);
    char *const copy = lee_alloc(length + 1, 1);
    if (copy && length > 0) {
        memcpy(copy, text, length);
    }
    return copy;
}

uint64_t lee_alloc_test_fail(uint64_t fail_at)
{
    const uint64_t asked = asked_count;
    asked_count = 0;
    fail_from = fail_at;
    return asked;
}
