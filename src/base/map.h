/* base/map.h: a bounded hash table from fixed-size keys to 32-bit numbers.
 *
 * Open addressing with a keyed hash, so that nobody who chooses the keys can make it slow. Values
 * are usually positions in an array beside it. Never iterated: order would depend on the hash. */
#ifndef LEE_BASE_MAP_H
#define LEE_BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct lee_map lee_map;

#define LEE_MAP_NONE UINT32_MAX

/* Room for `capacity` keys of `key_bytes` each, all memory taken now. NULL: no memory. */
lee_map *lee_map_create(uint32_t capacity, size_t key_bytes);
/* The same with a secret of the caller's: one that a journal keeps, so that a replay does exactly
 * the same work. */
lee_map *lee_map_create_keyed(uint32_t capacity, size_t key_bytes, const uint64_t key[2]);
void lee_map_free(lee_map *map);

/* The value of the key, or LEE_MAP_NONE. */
uint32_t lee_map_get(const lee_map *map, const void *key);

/* Sets the value (not LEE_MAP_NONE). False: the key is new and the map is full. */
bool lee_map_put(lee_map *map, const void *key, uint32_t value);

/* False: it was not there. */
bool lee_map_remove(lee_map *map, const void *key);
uint32_t lee_map_count(const lee_map *map);

#endif
