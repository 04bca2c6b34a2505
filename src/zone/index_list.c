#include <assert.h>
#include <string.h>

#include "base/alloc.h"
#include "zone/index.h"

bool lee__words_reserve(lee_words *words, uint32_t more)
{
    const uint64_t needed = (uint64_t)words->count + more;
    if (needed <= words->capacity) {
        return true;
    }
    if (words->fixed) {
        return false;
    }
    uint64_t capacity = words->capacity + words->capacity / 2u + 4096u;
    capacity = capacity < needed ? needed : capacity;
    if (capacity > UINT32_MAX) {
        return false;
    }
    uint32_t *grown = lee_realloc(words->words, (size_t)capacity, sizeof(uint32_t));
    if (!grown) {
        return false;
    }
    words->words = grown;
    words->capacity = (uint32_t)capacity;
    return true;
}

static uint32_t hash_list(const uint32_t *zones, uint32_t count)
{
    uint64_t hash = count;
    for (uint32_t i = 0; i < count; i++) {
        hash = (hash ^ zones[i]) * UINT64_C(0x9e3779b97f4a7c15);
        hash ^= hash >> 29;
    }
    return (uint32_t)(hash >> 16);
}

static bool grow_hash(lee_zone_index *index)
{
    const uint32_t capacity = index->list_hash.capacity ? index->list_hash.capacity * 2 : 1024;
    uint32_t *slots = lee_alloc(capacity, sizeof(uint32_t));
    if (!slots) {
        return false;
    }
    for (uint32_t i = 0; i < index->list_hash.capacity; i++) {
        const uint32_t offset = index->list_hash.words[i];
        if (offset) {
            const uint32_t *list = index->lists.words + offset;
            uint32_t at = hash_list(list + 1, list[0]) & (capacity - 1);
            while (slots[at]) {
                at = (at + 1) & (capacity - 1);
            }
            slots[at] = offset;
        }
    }
    lee_free(index->list_hash.words);
    index->list_hash = (lee_words){slots, capacity, capacity, false};
    return true;
}

bool lee__list_intern(lee_zone_index *index, const uint32_t *zones, uint32_t count, uint32_t *out)
{
    if (count == 0) {
        *out = 0;
        return true;
    }
    const uint32_t *last = index->lists.words + index->last_list;
    if (last[0] == count && memcmp(last + 1, zones, count * sizeof(*zones)) == 0) {
        *out = index->last_list;
        return true;
    }
    if (index->list_count >= index->list_hash.capacity / 2 && !grow_hash(index)) {
        return false;
    }
    const uint32_t mask = index->list_hash.capacity - 1;
    uint32_t at = hash_list(zones, count) & mask;
    for (; index->list_hash.words[at]; at = (at + 1) & mask) {
        const uint32_t *list = index->lists.words + index->list_hash.words[at];
        if (list[0] == count && memcmp(list + 1, zones, count * sizeof(*zones)) == 0) {
            *out = index->last_list = index->list_hash.words[at];
            return true;
        }
    }
    if (!lee__words_reserve(&index->lists, count + 1)) {
        return false;
    }
    uint32_t *list = index->lists.words + index->lists.count;
    list[0] = count;
    memcpy(list + 1, zones, count * sizeof(*zones));
    *out = index->last_list = index->lists.count;
    index->list_hash.words[at] = index->lists.count;
    index->lists.count += count + 1;
    index->list_count++;
    return true;
}
