/* base/arena.h: memory that is freed all at once. */
#ifndef LEE_BASE_ARENA_H
#define LEE_BASE_ARENA_H

#include <stddef.h>

typedef struct lee_arena lee_arena;

/* An arena that grows in blocks and refuses beyond `limit_bytes`. NULL: no memory. */
lee_arena *lee_arena_create(size_t limit_bytes);
void lee_arena_free(lee_arena *arena);

/* Zeroed, aligned for any type; lives until the arena is reset or freed. NULL: no memory or the
 * limit was reached. */
void *lee_arena_alloc(lee_arena *arena, size_t count, size_t size);
char *lee_arena_text(lee_arena *arena, const char *text, size_t length);

/* Gives everything back at once and keeps the blocks for the next use. */
void lee_arena_reset(lee_arena *arena);
size_t lee_arena_used_bytes(const lee_arena *arena);

#endif
