/* Preloaded into the program: fails its FAIL_ALLOC_AT-th allocation, and with FAIL_ALLOC_ON=1 all
 * after it too. With FAIL_ALLOC_COUNT set to a path, writes how many there were at the end. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void *(*real_malloc)(size_t);
static void *(*real_calloc)(size_t, size_t);
static void *(*real_realloc)(void *, size_t);
static unsigned long fail_at;
static int fail_on;
static unsigned long asked;
static int ready;

/* dlsym allocates before it has told us where the real ones are. */
static char early[65536];
static size_t early_used;

static void *early_take(size_t bytes)
{
    const size_t at = (early_used + 15) & ~(size_t)15;
    if (at + bytes > sizeof early) {
        abort();
    }
    early_used = at + bytes;
    return early + at;
}

static int is_early(const void *block)
{
    return (const char *)block >= early && (const char *)block < early + sizeof early;
}

/* False while dlsym itself asks for memory. */
static int find(void)
{
    static int finding;
    if (!real_realloc && !finding) {
        finding = 1;
        *(void **)(&real_malloc) = dlsym(RTLD_NEXT, "malloc");
        *(void **)(&real_calloc) = dlsym(RTLD_NEXT, "calloc");
        *(void **)(&real_realloc) = dlsym(RTLD_NEXT, "realloc");
        finding = 0;
    }
    return real_realloc != NULL;
}

/* After the loader has run: what fails before main is not ours to handle. */
__attribute__((constructor)) static void begin(void)
{
    (void)find();
    const char *const at = getenv("FAIL_ALLOC_AT");
    const char *const on = getenv("FAIL_ALLOC_ON");
    fail_at = at ? strtoul(at, NULL, 10) : 0;
    fail_on = on && on[0] == '1';
    ready = 1;
}

__attribute__((destructor)) static void end(void)
{
    ready = 0;
    const char *const path = getenv("FAIL_ALLOC_COUNT");
    const int file = path ? open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600) : -1;
    if (file >= 0) {
        char text[24];
        const int length = snprintf(text, sizeof text, "%lu\n", asked);
        (void)!write(file, text, (size_t)length);
        close(file);
    }
}

static int must_fail(void)
{
    if (!ready) {
        return 0;
    }
    const unsigned long number = __atomic_add_fetch(&asked, 1, __ATOMIC_RELAXED);
    if (fail_at != 0 && (number == fail_at || (fail_on && number > fail_at))) {
        errno = ENOMEM;
        return 1;
    }
    return 0;
}

void *malloc(size_t bytes)
{
    if (!find()) {
        return early_take(bytes);
    }
    return must_fail() ? NULL : real_malloc(bytes);
}

void *calloc(size_t count, size_t bytes)
{
    if (!find()) {
        return early_take(count * bytes); /* static, so zero */
    }
    return must_fail() ? NULL : real_calloc(count, bytes);
}

void *realloc(void *block, size_t bytes)
{
    if (is_early(block)) {
        void *const moved = malloc(bytes);
        if (moved) {
            const size_t there = (size_t)(early + sizeof early - (char *)block);
            memcpy(moved, block, bytes < there ? bytes : there);
        }
        return moved;
    }
    if (!find()) {
        return early_take(bytes);
    }
    return must_fail() ? NULL : real_realloc(block, bytes);
}

void free(void *block)
{
    static void (*real_free)(void *);
    if (is_early(block)) {
        return;
    }
    if (!real_free) {
        *(void **)(&real_free) = dlsym(RTLD_NEXT, "free");
    }
    real_free(block);
}
