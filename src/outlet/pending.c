#include "outlet/pending.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json_scan.h"
#include "base/limits.h"
#include "base/map.h"
#include "warn/message.h"

typedef struct {
    char bytes[LEE_MESSAGE_ID_BYTES]; /* padded with NUL, so that it is a key */
} identifier;

typedef struct {
    identifier id;
    char *warning; /* NULL: the slot is empty */
    size_t length;
    uint32_t open; /* bit n: outlet n has not delivered it */
    uint64_t order;
} entry;

struct lee_outlet_pending {
    char *names[LEE_OUTLET_PENDING_OUTLETS_MAX];
    uint32_t name_count;
    entry *entries; /* a ring: slot = order modulo capacity */
    uint32_t capacity;
    uint64_t from; /* orders from..to-1 may be there; delivered ones leave holes */
    uint64_t to;
    lee_map *by_id;
    uint64_t dropped;
};

lee_error lee_outlet_pending_create(const char *const *names, uint32_t name_count,
                                    uint32_t warnings_max, lee_outlet_pending **out)
{
    assert(names || name_count == 0);
    if (name_count > LEE_OUTLET_PENDING_OUTLETS_MAX || warnings_max == 0 ||
        warnings_max > 1000000) {
        return LEE_ERR_DOMAIN;
    }
    lee_outlet_pending *p = lee_alloc(1, sizeof *p);
    if (!p) {
        return LEE_ERR_NO_MEMORY;
    }
    p->capacity = warnings_max;
    p->entries = lee_alloc(warnings_max, sizeof *p->entries);
    p->by_id = lee_map_create(warnings_max, sizeof(identifier));
    bool good = p->entries && p->by_id;
    for (uint32_t i = 0; good && i < name_count; i++) {
        p->names[i] = lee_copy_text(names[i], strlen(names[i]));
        good = p->names[i] != NULL;
        p->name_count++;
    }
    if (!good) {
        lee_outlet_pending_free(p);
        return LEE_ERR_NO_MEMORY;
    }
    *out = p;
    return LEE_OK;
}

static entry *at(const lee_outlet_pending *p, uint64_t order)
{
    return &p->entries[order % p->capacity];
}

static void drop(lee_outlet_pending *p, entry *e)
{
    (void)lee_map_remove(p->by_id, &e->id);
    lee_free(e->warning);
    e->warning = NULL;
    while (p->from < p->to && !at(p, p->from)->warning) {
        p->from++;
    }
}

void lee_outlet_pending_free(lee_outlet_pending *p)
{
    if (!p) {
        return;
    }
    for (uint32_t i = 0; i < LEE_OUTLET_PENDING_OUTLETS_MAX; i++) {
        lee_free(p->names[i]);
    }
    for (uint32_t i = 0; p->entries && i < p->capacity; i++) {
        lee_free(p->entries[i].warning);
    }
    lee_free(p->entries);
    lee_map_free(p->by_id);
    lee_free(p);
}

/* The texts of up to three keys of a flat object; false: damaged or one is missing. */
static bool read_keys(const lee_record *record, const char *const *keys, char *const *out,
                      const size_t *capacities, size_t count)
{
    lee_json_scan scan;
    lee_json_value key;
    lee_json_value value;
    unsigned found = 0;
    lee_json_scan_init(&scan, (const char *)record->bytes, record->length);
    if (!lee_json_scan_object(&scan)) {
        return false;
    }
    while (lee_json_scan_member(&scan, &key, &value)) {
        for (size_t i = 0; i < count; i++) {
            if (lee_json_value_is(&key, keys[i])) {
                if (!lee_json_value_text(&value, out[i], capacities[i])) {
                    return false;
                }
                found |= 1u << i;
            }
        }
    }
    return !scan.error && found == (1u << count) - 1;
}

static lee_error add(lee_outlet_pending *p, const lee_record *record)
{
    static const char *const keys[] = {"identifier"};
    identifier id = {{0}};
    char *const out[] = {id.bytes};
    const size_t capacities[] = {sizeof id.bytes};
    if (!read_keys(record, keys, out, capacities, 1)) {
        return LEE_ERR_SYNTAX;
    }
    if (p->name_count == 0 || lee_map_get(p->by_id, &id) != LEE_MAP_NONE) {
        return LEE_OK;
    }
    char *copy = lee_copy_text((const char *)record->bytes, record->length);
    if (!copy) {
        return LEE_ERR_NO_MEMORY;
    }
    if (p->to - p->from == p->capacity) {
        p->dropped++;
        drop(p, at(p, p->from));
    }
    entry *e = at(p, p->to);
    *e = (entry){.id = id,
                 .warning = copy,
                 .length = record->length,
                 .open = (1u << p->name_count) - 1,
                 .order = p->to};
    p->to++;
    const bool put = lee_map_put(p->by_id, &id, (uint32_t)(e - p->entries));
    assert(put);
    (void)put;
    return LEE_OK;
}

static lee_error settle(lee_outlet_pending *p, const lee_record *record)
{
    static const char *const keys[] = {"identifier", "outlet", "state"};
    identifier id = {{0}};
    char outlet[64];
    char state[16];
    char *const out[] = {id.bytes, outlet, state};
    const size_t capacities[] = {sizeof id.bytes, sizeof outlet, sizeof state};
    if (!read_keys(record, keys, out, capacities, 3)) {
        return LEE_ERR_SYNTAX;
    }
    const uint32_t slot = lee_map_get(p->by_id, &id);
    if (slot == LEE_MAP_NONE || strcmp(state, "pending") == 0) {
        return LEE_OK;
    }
    entry *e = &p->entries[slot];
    for (uint32_t i = 0; i < p->name_count; i++) {
        if (strcmp(outlet, p->names[i]) == 0) {
            e->open &= ~(1u << i);
        }
    }
    if (e->open == 0) {
        drop(p, e);
    }
    return LEE_OK;
}

lee_error lee_outlet_pending_record(lee_outlet_pending *p, const lee_record *record)
{
    if (record->kind == LEE_RECORD_WARNING) {
        return add(p, record);
    }
    if (record->kind == LEE_RECORD_DELIVERY) {
        return settle(p, record);
    }
    return LEE_OK;
}

void lee_outlet_pending_each(const lee_outlet_pending *p, uint32_t outlet,
                             lee_outlet_pending_sink *sink, void *context)
{
    assert(outlet < p->name_count);
    for (uint64_t order = p->from; order < p->to; order++) {
        const entry *e = at(p, order);
        if (e->warning && e->open & (1u << outlet)) {
            sink(context, e->warning, e->length);
        }
    }
}

uint64_t lee_outlet_pending_dropped(const lee_outlet_pending *p)
{
    return p->dropped;
}

void lee_outlet_pending_state(lee_state *state, lee_outlet_pending *p)
{
    assert(state && p);
    lee_state_section(state, "outlets");
    lee_state_same(state, &p->capacity, sizeof p->capacity);
    lee_state_same(state, &p->name_count, sizeof p->name_count);
    for (uint32_t i = 0; i < p->name_count; i++) {
        lee_state_same(state, p->names[i], strlen(p->names[i]));
    }
    lee_state_plain(state, &p->from, sizeof p->from);
    lee_state_plain(state, &p->to, sizeof p->to);
    lee_state_plain(state, &p->dropped, sizeof p->dropped);
    lee_state_require(state, p->to - p->from <= p->capacity);
    for (uint64_t order = p->from; order < p->to && state->error == LEE_OK; order++) {
        entry *const e = at(p, order);
        uint8_t *warning = (uint8_t *)e->warning;
        lee_state_block(state, &warning, &e->length, LEE_JOURNAL_RECORD_MAX_BYTES);
        e->warning = (char *)warning;
        lee_state_plain(state, &e->id, sizeof e->id);
        lee_state_plain(state, &e->open, sizeof e->open);
        e->order = order;
        if (lee_state_is_loading(state) && e->warning) {
            lee_state_require(state, lee_map_put(p->by_id, &e->id, (uint32_t)(e - p->entries)));
        }
    }
}
