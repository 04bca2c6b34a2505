#include "base/arena.h"

#include <assert.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/alloc.h"

#define BLOCK_BYTES_MIN (64u * 1024u)

typedef struct block {
    struct block *next;
    size_t capacity;
    size_t used;
    alignas(max_align_t) unsigned char bytes[];
} block;

struct lee_arena {
    block *first;
    block *current;
    size_t limit_bytes;
    size_t reserved_bytes;
    size_t used_bytes;
};

lee_arena *lee_arena_create(size_t limit_bytes)
{
    lee_arena *const arena = lee_alloc(1, sizeof *arena);
    if (arena) {
        arena->limit_bytes = limit_bytes;
    }
    return arena;
}

void lee_arena_free(lee_arena *arena)
{
    if (!arena) {
        return;
    }
    for (block *b = arena->first; b;) {
        block *const next = b->next;
        lee_free(b);
        b = next;
    }
    lee_free(arena);
}

/* Appends a block with room for `need` bytes and makes it the current one. */
static bool arena_grow(lee_arena *arena, size_t need)
{
    /* Doubling keeps the number of blocks logarithmic. */
    size_t capacity = arena->current ? arena->current->capacity * 2 : BLOCK_BYTES_MIN;
    capacity = capacity < need ? need : capacity;
    if (capacity > arena->limit_bytes - arena->reserved_bytes) {
        capacity = need;
    }
    if (capacity > arena->limit_bytes - arena->reserved_bytes) {
        return false;
    }
    block *const b = lee_alloc(1, sizeof *b + capacity);
    if (!b) {
        return false;
    }
    b->capacity = capacity;
    if (arena->current) {
        b->next = arena->current->next;
        arena->current->next = b;
    } else {
        arena->first = b;
    }
    arena->current = b;
    arena->reserved_bytes += capacity;
    return true;
}

void *lee_arena_alloc(lee_arena *arena, size_t count, size_t size)
{
    assert(arena);
    assert(size > 0);
    if (count > (SIZE_MAX / 2) / size) {
        return NULL;
    }
    const size_t align = alignof(max_align_t);
    const size_t need = (count * size + align - 1) / align * align;
    while (!arena->current || need > arena->current->capacity - arena->current->used) {
        if (arena->current && arena->current->next &&
            need <= arena->current->next->capacity) { /* kept by a reset */
            arena->current = arena->current->next;
        } else if (!arena_grow(arena, need)) {
            return NULL;
        }
    }
    void *const at = arena->current->bytes + arena->current->used;
    arena->current->used += need;
    arena->used_bytes += need;
    memset(at, 0, need);
    return at;
}

char *lee_arena_text(lee_arena *arena, const char *text, size_t length)
{
    assert(text || length == 0);
    char *const copy = lee_arena_alloc(arena, length + 1, 1);
    if (copy && length > 0) {
        memcpy(copy, text, length);
    }
    return copy;
}

void lee_arena_reset(lee_arena *arena)
{
    assert(arena);
    for (block *b = arena->first; b; b = b->next) {
        b->used = 0;
    }
    arena->current = arena->first;
    arena->used_bytes = 0;
}

size_t lee_arena_used_bytes(const lee_arena *arena)
{
    assert(arena);
    return arena->used_bytes;
}
