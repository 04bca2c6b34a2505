#include "decode/aircraft.h"

#include <assert.h>
#include <string.h>

#include "base/alloc.h"

/* The list of ages is put in order only when as many look-ups have passed since as this part of the
 * capacity: the eviction is of the oldest to within these, and most messages do not touch their
 * neighbours in age, which lie in other cache lines. */
#define TOUCH_PART 4

/* Chains begin at two to four times as many heads as there are aircraft, so that few of them have a
 * second link, and the heads of a few thousand stay in a near cache. */
#define HEADS_PER_AIRCRAFT 2
#define HEAD_BITS_MIN 4
#define HEAD_BITS_MAX 25 /* of a key */

static uint32_t head_bits_for(uint32_t count)
{
    uint32_t bits = HEAD_BITS_MIN;
    while (bits < HEAD_BITS_MAX && (UINT64_C(1) << bits) < (uint64_t)count * HEADS_PER_AIRCRAFT) {
        bits++;
    }
    return bits;
}

static size_t head_count(const lee__aircraft_table *table)
{
    return (size_t)1 << (64 - table->head_shift);
}

static void clear_heads(lee__aircraft_table *table)
{
    memset(table->heads, 0xff, head_count(table) * sizeof *table->heads);
}

lee_error lee__aircraft_table_init(lee__aircraft_table *table, uint32_t capacity,
                                   const uint64_t hash_key[2])
{
    assert(table);
    assert(capacity > 0 && capacity < LEE__AIRCRAFT_NONE);

    *table = (lee__aircraft_table){.head_shift = 64 - HEAD_BITS_MIN,
                                   .factor = hash_key[0] | 1,
                                   .addend = hash_key[1],
                                   .capacity = capacity,
                                   .oldest = LEE__AIRCRAFT_NONE,
                                   .newest = LEE__AIRCRAFT_NONE};
    table->memory = lee_alloc((size_t)capacity + 1, sizeof *table->slots);
    table->heads = lee_alloc((size_t)1 << head_bits_for(capacity), sizeof *table->heads);
    if (table->memory == NULL || table->heads == NULL) {
        lee__aircraft_table_free(table);
        return LEE_ERR_NO_MEMORY;
    }
    const size_t past_line = (uintptr_t)table->memory % LEE__CACHE_LINE_BYTES;
    table->slots = (void *)((char *)table->memory + (LEE__CACHE_LINE_BYTES - past_line));
    clear_heads(table);
    return LEE_OK;
}

void lee__aircraft_table_free(lee__aircraft_table *table)
{
    assert(table);

    lee_free(table->memory);
    lee_free(table->heads);
    table->memory = NULL;
    table->slots = NULL;
    table->heads = NULL;
}

/* Multiply, add and shift by a secret (Dietzfelbinger 1996): of any two keys that are chosen
 * without knowing it, one in half as many pairs as there are heads collides, and it costs a
 * nanosecond where SipHash costs ten. Keys have 25 bits. */
static uint32_t *head_of(const lee__aircraft_table *table, uint32_t key)
{
    return &table->heads[(key * table->factor + table->addend) >> table->head_shift];
}

static void link_chain(lee__aircraft_table *table, uint32_t slot)
{
    uint32_t *const head = head_of(table, table->slots[slot].key);
    table->slots[slot].chain = *head;
    *head = slot;
}

/* Chains anew all but the last aircraft, when with it they are too many for the heads. */
static void grow_heads(lee__aircraft_table *table)
{
    const uint32_t shift = 64 - head_bits_for(table->count);
    if (shift == table->head_shift) {
        return;
    }
    table->head_shift = shift;
    clear_heads(table);
    for (uint32_t slot = 0; slot + 1 < table->count; slot++) {
        link_chain(table, slot);
    }
}

static void unlink_age(lee__aircraft_table *table, uint32_t slot)
{
    const lee__aircraft *const aircraft = &table->slots[slot];
    if (aircraft->older == LEE__AIRCRAFT_NONE) {
        table->oldest = aircraft->newer;
    } else {
        table->slots[aircraft->older].newer = aircraft->newer;
    }
    if (aircraft->newer == LEE__AIRCRAFT_NONE) {
        table->newest = aircraft->older;
    } else {
        table->slots[aircraft->newer].older = aircraft->older;
    }
}

static void link_newest(lee__aircraft_table *table, uint32_t slot)
{
    lee__aircraft *const aircraft = &table->slots[slot];
    aircraft->older = table->newest;
    aircraft->newer = LEE__AIRCRAFT_NONE;
    aircraft->touched = table->tick;
    if (table->newest == LEE__AIRCRAFT_NONE) {
        table->oldest = slot;
    } else {
        table->slots[table->newest].newer = slot;
    }
    table->newest = slot;
}

void lee__aircraft_prefetch(const lee__aircraft_table *table, uint32_t key)
{
    const uint32_t slot = *head_of(table, key);
    if (slot != LEE__AIRCRAFT_NONE) {
        const char *const aircraft = (const char *)&table->slots[slot];
        __builtin_prefetch(aircraft);
        __builtin_prefetch(aircraft + LEE__CACHE_LINE_BYTES);
    }
}

lee__aircraft *lee__aircraft_find(lee__aircraft_table *table, uint32_t key)
{
    table->tick++;
    for (uint32_t slot = *head_of(table, key); slot != LEE__AIRCRAFT_NONE;
         slot = table->slots[slot].chain) {
        lee__aircraft *const aircraft = &table->slots[slot];
        if (aircraft->key == key) {
            if (table->tick - aircraft->touched > table->capacity / TOUCH_PART) {
                unlink_age(table, slot);
                link_newest(table, slot);
            }
            return aircraft;
        }
    }
    return NULL;
}

static uint32_t evict_oldest(lee__aircraft_table *table)
{
    const uint32_t slot = table->oldest;
    assert(slot != LEE__AIRCRAFT_NONE);

    unlink_age(table, slot);
    uint32_t *link = head_of(table, table->slots[slot].key);
    while (*link != slot) {
        link = &table->slots[*link].chain;
    }
    *link = table->slots[slot].chain;
    table->evicted++;
    return slot;
}

lee__aircraft *lee__aircraft_get(lee__aircraft_table *table, uint32_t key)
{
    lee__aircraft *const found = lee__aircraft_find(table, key);
    if (found != NULL) {
        return found;
    }
    uint32_t slot;
    if (table->count < table->capacity) {
        slot = table->count++;
        grow_heads(table);
    } else {
        slot = evict_oldest(table);
    }
    lee__aircraft *const aircraft = &table->slots[slot];
    *aircraft = (lee__aircraft){
        .key = key,
        .clean_us = LEE__NEVER_US,
        .half_us = {LEE__NEVER_US, LEE__NEVER_US},
        .position_us = LEE__NEVER_US,
        .alt_baro_us = LEE__NEVER_US,
        .height_difference_us = LEE__NEVER_US,
        .velocity_us = LEE__NEVER_US,
        .speed_surface_kt = -1,
    };
    link_chain(table, slot);
    link_newest(table, slot);
    return aircraft;
}

void lee__aircraft_table_state(lee_state *state, lee__aircraft_table *table)
{
    lee_state_section(state, "aircraft");
    lee_state_same(state, &table->capacity, sizeof table->capacity);
    lee_state_same(state, &table->factor, sizeof table->factor);
    lee_state_same(state, &table->addend, sizeof table->addend);
    lee_state_count(state, &table->count, table->capacity);
    lee_state_plain(state, table->slots, table->count * sizeof *table->slots);
    table->head_shift = 64 - head_bits_for(table->count);
    lee_state_plain(state, table->heads, head_count(table) * sizeof *table->heads);
    lee_state_plain(state, &table->oldest, sizeof table->oldest);
    lee_state_plain(state, &table->newest, sizeof table->newest);
    lee_state_plain(state, &table->tick, sizeof table->tick);
    lee_state_plain(state, &table->evicted, sizeof table->evicted);
}
