#include "base/map.h"

#include <assert.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hash.h"

/* Linear probing at a load of at most one half; removal shifts the followers back, so that no
 * tombstones pile up in a table that lives for months. */
#define EMPTY (~LEE_MAP_NONE)

struct lee_map {
    uint64_t key[2];
    uint8_t *keys;
    uint32_t *values; /* each ~value, so that fresh memory is EMPTY and costs nothing unused */
    size_t key_bytes;
    uint32_t mask;
    uint32_t capacity;
    uint32_t count;
};

lee_map *lee_map_create(uint32_t capacity, size_t key_bytes)
{
    assert(capacity > 0 && capacity <= UINT32_MAX / 4);
    assert(key_bytes > 0);
    uint32_t slots = 16;
    while (slots < capacity * 2) {
        slots *= 2;
    }
    lee_map *const map = lee_alloc(1, sizeof *map);
    if (!map) {
        return NULL;
    }
    map->keys = lee_alloc(slots, key_bytes);
    map->values = lee_alloc(slots, sizeof *map->values);
    if (!map->keys || !map->values) {
        lee_map_free(map);
        return NULL;
    }
    map->key_bytes = key_bytes;
    map->mask = slots - 1;
    map->capacity = capacity;
    /* The address differs from run to run and stays secret; order of slots decides nothing. */
    map->key[0] = (uint64_t)(uintptr_t)map;
    map->key[1] = (uint64_t)(uintptr_t)map->keys;
    return map;
}

lee_map *lee_map_create_keyed(uint32_t capacity, size_t key_bytes, const uint64_t key[2])
{
    assert(key);
    lee_map *const map = lee_map_create(capacity, key_bytes);
    if (map) {
        map->key[0] = key[0];
        map->key[1] = key[1];
    }
    return map;
}

void lee_map_free(lee_map *map)
{
    if (map) {
        lee_free(map->keys);
        lee_free(map->values);
        lee_free(map);
    }
}

static uint32_t home_of(const lee_map *map, const void *key)
{
    return (uint32_t)lee_hash_keyed(map->key, key, map->key_bytes) & map->mask;
}

static uint8_t *key_at(const lee_map *map, uint32_t slot)
{
    return map->keys + (size_t)slot * map->key_bytes;
}

/* The slot that holds the key, or the empty one where it would go. */
static uint32_t find_slot(const lee_map *map, const void *key)
{
    uint32_t slot = home_of(map, key);
    while (map->values[slot] != EMPTY && memcmp(key_at(map, slot), key, map->key_bytes) != 0) {
        slot = (slot + 1) & map->mask;
    }
    return slot;
}

uint32_t lee_map_get(const lee_map *map, const void *key)
{
    assert(map && key);
    return ~map->values[find_slot(map, key)];
}

bool lee_map_put(lee_map *map, const void *key, uint32_t value)
{
    assert(map && key);
    assert(value != LEE_MAP_NONE);
    const uint32_t slot = find_slot(map, key);
    if (map->values[slot] == EMPTY) {
        if (map->count == map->capacity) {
            return false;
        }
        memcpy(key_at(map, slot), key, map->key_bytes);
        map->count++;
    }
    map->values[slot] = ~value;
    return true;
}

bool lee_map_remove(lee_map *map, const void *key)
{
    assert(map && key);
    uint32_t hole = find_slot(map, key);
    if (map->values[hole] == EMPTY) {
        return false;
    }
    for (uint32_t slot = (hole + 1) & map->mask; map->values[slot] != EMPTY;
         slot = (slot + 1) & map->mask) {
        const uint32_t home = home_of(map, key_at(map, slot));
        /* It may move back to the hole unless its home lies after the hole. */
        if (((slot - home) & map->mask) >= ((slot - hole) & map->mask)) {
            memcpy(key_at(map, hole), key_at(map, slot), map->key_bytes);
            map->values[hole] = map->values[slot];
            hole = slot;
        }
    }
    map->values[hole] = EMPTY;
    map->count--;
    return true;
}

uint32_t lee_map_count(const lee_map *map)
{
    assert(map);
    return map->count;
}
