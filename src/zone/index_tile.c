/* Tiles: making one, sharing it, and taking out what changes left behind. */
#include <assert.h>
#include <string.h>

#include "base/alloc.h"
#include "zone/index.h"

#define HASH_MIN 256u
#define WORDS_MAX (1u << 30) /* an entry's offset has 30 bits */

bool lee__words_reserve(lee_words *words, uint32_t more)
{
    const uint64_t needed = (uint64_t)words->count + more;
    if (needed <= words->capacity) {
        return true;
    }
    uint64_t capacity = words->capacity + words->capacity / 2u + 4096u;
    capacity = capacity < needed ? needed : capacity;
    if (capacity > WORDS_MAX) {
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

/* --- drafts ----------------------------------------------------------------------------------- */

bool lee__draft_begin(lee_tile_draft *draft, const lee_tile *from)
{
    const uint32_t count = from ? from->word_count : 1;
    draft->words.count = 0;
    if (!lee__words_reserve(&draft->words, count)) {
        return false;
    }
    if (from) {
        memcpy(draft->words.words, from->words, count * sizeof(uint32_t));
        memcpy(draft->entries, from->entries, sizeof(draft->entries));
    } else {
        draft->words.words[0] = 0;
        memset(draft->entries, 0, sizeof(draft->entries));
    }
    draft->words.count = count;
    draft->dense_count = from ? from->dense_count : 0;
    draft->held_max = from ? from->held_max : 0;
    draft->list_count = draft->last_list = 0;
    if (draft->hash.capacity > 0) {
        memset(draft->hash.words, 0, draft->hash.capacity * sizeof(uint32_t));
    }
    return true;
}

void lee__draft_free(lee_tile_draft *draft)
{
    lee_free(draft->words.words);
    lee_free(draft->hash.words);
}

/* Rounded up by an eighth at most, so that a freed tile's place fits the next one: an allocator
 * that finds every size but the asked one looks long. */
size_t lee__tile_bytes(uint32_t word_count)
{
    const size_t exact =
        sizeof(lee_tile) + ((size_t)word_count + LEE_SPARE_WORDS) * sizeof(uint32_t);
    const size_t step = ((size_t)1 << (63 - __builtin_clzll(exact))) / 8;
    return (exact + step - 1) / step * step;
}

lee_tile *lee__tile_create(const lee_tile_draft *draft)
{
    const uint32_t count = draft->words.count;
    /* Not zeroed first: a change makes hundreds of tiles. */
    lee_tile *tile = lee_realloc(NULL, 1, lee__tile_bytes(count));
    if (tile) {
        atomic_init(&tile->users, 1);
        tile->word_count = count;
        tile->dense_count = draft->dense_count ? draft->dense_count : count;
        tile->held_max = draft->held_max;
        memcpy(tile->entries, draft->entries, sizeof(tile->entries));
        memcpy(tile->words, draft->words.words, count * sizeof(uint32_t));
        memset(tile->words + count, 0, LEE_SPARE_WORDS * sizeof(uint32_t));
    }
    return tile;
}

void lee__tile_release(lee_tile *tile)
{
    if (tile && atomic_fetch_sub(&tile->users, 1) == 1) {
        lee_free(tile);
    }
}

void lee__block_release(lee_block *block)
{
    if (block && atomic_fetch_sub(&block->users, 1) == 1) {
        for (uint32_t t = 0; t < LEE_BLOCK_TILES; t++) {
            lee__tile_release(block->slots[t].tile);
        }
        lee_free(block->words);
        lee_free(block);
    }
}

/* --- lists ------------------------------------------------------------------------------------ */

static uint32_t hash_list(const uint32_t *zones, uint32_t count)
{
    uint64_t hash = count;
    for (uint32_t i = 0; i < count; i++) {
        hash = (hash ^ zones[i]) * UINT64_C(0x9e3779b97f4a7c15);
        hash ^= hash >> 29;
    }
    return (uint32_t)(hash >> 16);
}

static bool grow_hash(lee_tile_draft *draft)
{
    const uint32_t capacity = draft->hash.capacity ? draft->hash.capacity * 2 : HASH_MIN;
    uint32_t *slots = lee_alloc(capacity, sizeof(uint32_t));
    if (!slots) {
        return false;
    }
    for (uint32_t i = 0; i < draft->hash.capacity; i++) {
        const uint32_t offset = draft->hash.words[i];
        if (offset) {
            const uint32_t *list = draft->words.words + offset;
            uint32_t at = hash_list(list + 1, list[0]) & (capacity - 1);
            while (slots[at]) {
                at = (at + 1) & (capacity - 1);
            }
            slots[at] = offset;
        }
    }
    lee_free(draft->hash.words);
    draft->hash = (lee_words){slots, capacity, capacity};
    return true;
}

bool lee__list_intern(lee_tile_draft *draft, const uint32_t *zones, uint32_t count, uint32_t *out)
{
    if (count == 0) {
        *out = 0;
        return true;
    }
    const uint32_t *last = draft->words.words + draft->last_list;
    if (last[0] == count && memcmp(last + 1, zones, count * sizeof(*zones)) == 0) {
        *out = draft->last_list;
        return true;
    }
    if (draft->list_count >= draft->hash.capacity / 2 && !grow_hash(draft)) {
        return false;
    }
    const uint32_t mask = draft->hash.capacity - 1;
    uint32_t at = hash_list(zones, count) & mask;
    for (; draft->hash.words[at]; at = (at + 1) & mask) {
        const uint32_t *list = draft->words.words + draft->hash.words[at];
        if (list[0] == count && memcmp(list + 1, zones, count * sizeof(*zones)) == 0) {
            *out = draft->last_list = draft->hash.words[at];
            return true;
        }
    }
    if (!lee__words_reserve(&draft->words, count + 1)) {
        return false;
    }
    uint32_t *list = draft->words.words + draft->words.count;
    list[0] = count;
    memcpy(list + 1, zones, count * sizeof(*zones));
    *out = draft->last_list = draft->hash.words[at] = draft->words.count;
    draft->words.count += count + 1;
    draft->list_count++;
    return true;
}

/* --- compacting ------------------------------------------------------------------------------- */

/* What is still referred to, from old words into new ones. `forward` has for each old offset of a
 * point or a list where it is now, 0 where it was not yet seen. */
typedef struct {
    const uint32_t *old;
    lee_words words;
    uint32_t *forward;
    /* Entries still to be followed: offsets in the new words. */
    lee_words open;
} compaction;

/* Calls for each edge of a leaf: the edges of a wide one stand among its slots. */
static void mark_edges(uint32_t *seen, const uint32_t *leaf)
{
    const lee_leaf *header = (const lee_leaf *)(const void *)leaf;
    const uint32_t *at = header->wide ? leaf + LEE_LEAF_WORDS : lee__leaf_edges(leaf);
    if (!header->wide) {
        for (uint32_t i = 0; i < header->lane_count; i++) {
            seen[at[i]] = 1;
        }
        return;
    }
    for (uint32_t s = 0; s < header->wide_slots; s++) {
        const uint32_t count = at[1] >> 1;
        at += 2;
        for (uint32_t i = 0; i < count; i++) {
            seen[at[i]] = 1;
        }
        at += count;
    }
}

static uint32_t leaf_words(const uint32_t *leaf)
{
    const lee_leaf *header = (const lee_leaf *)(const void *)leaf;
    if (!header->wide) {
        return LEE_LEAF_WORDS + 4u * header->lane_count + 2u * header->slot_count;
    }
    const uint32_t *at = leaf + LEE_LEAF_WORDS;
    for (uint32_t s = 0; s < header->wide_slots; s++) {
        at += 2 + (at[1] >> 1);
    }
    return (uint32_t)(at - leaf);
}

static bool open_node(lee_words *open, uint32_t node)
{
    if (!lee__words_reserve(open, 16)) {
        return false;
    }
    for (uint32_t i = 0; i < 16; i++) {
        open->words[open->count++] = node + i;
    }
    return true;
}

/* Marks the edges that leaves refer to, and moves their points: an edge that goes on where the one
 * before it ended needs one point more, else two. */
static bool move_points(compaction *c, const lee_tile_draft *draft)
{
    for (uint32_t i = 0; i < LEE_TILE_CELLS + c->open.count; i++) {
        const uint32_t entry =
            i < LEE_TILE_CELLS ? draft->entries[i] : c->old[c->open.words[i - LEE_TILE_CELLS]];
        if (LEE_ENTRY_TAG(entry) == LEE_ENTRY_NODE &&
            !open_node(&c->open, LEE_ENTRY_OFFSET(entry))) {
            return false;
        }
        if (LEE_ENTRY_TAG(entry) == LEE_ENTRY_LEAF) {
            mark_edges(c->forward, c->old + LEE_ENTRY_OFFSET(entry));
        }
    }
    c->open.count = 0;
    for (uint32_t e = 1; e < draft->words.count; e++) {
        if (!c->forward[e]) {
            continue;
        }
        lee_words *words = &c->words;
        if (!lee__words_reserve(words, 4)) {
            return false;
        }
        const bool goes_on = e > 2 && c->forward[e - 2];
        if (!goes_on) {
            words->words[words->count++] = c->old[e];
            words->words[words->count++] = c->old[e + 1];
        }
        c->forward[e] = words->count - 2;
        words->words[words->count++] = c->old[e + 2];
        words->words[words->count++] = c->old[e + 3];
    }
    return true;
}

static bool move_list(compaction *c, uint32_t *list)
{
    const uint32_t old = *list;
    if (old != 0 && c->forward[old] == 0) {
        const uint32_t count = c->old[old] + 1;
        if (!lee__words_reserve(&c->words, count)) {
            return false;
        }
        memcpy(c->words.words + c->words.count, c->old + old, count * sizeof(uint32_t));
        c->forward[old] = c->words.count;
        c->words.count += count;
    }
    *list = c->forward[old];
    return true;
}

static uint32_t aligned(uint32_t count)
{
    return (count + LEE_LEAF_WORDS - 1) / LEE_LEAF_WORDS * LEE_LEAF_WORDS;
}

static bool move_leaf(compaction *c, uint32_t *offset)
{
    const uint32_t *from = c->old + *offset;
    const uint32_t count = leaf_words(from);
    uint32_t list = from[0];
    if (!move_list(c, &list) || !lee__words_reserve(&c->words, LEE_LEAF_WORDS + count)) {
        return false;
    }
    *offset = aligned(c->words.count);
    uint32_t *leaf = c->words.words + *offset;
    c->words.count = *offset + count;
    memcpy(leaf, from, count * sizeof(uint32_t));
    leaf[0] = list;
    const lee_leaf *header = (const lee_leaf *)(const void *)leaf;
    if (!header->wide) {
        uint32_t *edges = leaf + count - header->lane_count;
        for (uint32_t i = 0; i < header->lane_count; i++) {
            edges[i] = c->forward[edges[i]];
        }
        return true;
    }
    uint32_t *at = leaf + LEE_LEAF_WORDS;
    for (uint32_t s = 0; s < header->wide_slots; s++) {
        const uint32_t edge_count = at[1] >> 1;
        at += 2;
        for (const uint32_t *const end = at + edge_count; at < end; at++) {
            *at = c->forward[*at];
        }
    }
    return true;
}

/* Moves what the entry leads to; the entries of a node wait in `open`. */
static bool move_entry(compaction *c, uint32_t *entry)
{
    const uint32_t tag = LEE_ENTRY_TAG(*entry);
    uint32_t offset = LEE_ENTRY_OFFSET(*entry);
    if (tag == LEE_ENTRY_NODE) {
        if (!lee__words_reserve(&c->words, 16)) {
            return false;
        }
        memcpy(c->words.words + c->words.count, c->old + offset, 16 * sizeof(uint32_t));
        offset = c->words.count;
        c->words.count += 16;
        *entry = offset << 2 | tag;
        return open_node(&c->open, offset);
    }
    const bool ok = tag == LEE_ENTRY_LEAF ? move_leaf(c, &offset) : move_list(c, &offset);
    *entry = offset << 2 | tag;
    return ok;
}

static bool move_all(compaction *c, lee_tile_draft *draft)
{
    if (!lee__words_reserve(&c->words, draft->words.count)) {
        return false;
    }
    c->words.words[c->words.count++] = 0;
    if (!move_points(c, draft)) {
        return false;
    }
    for (uint32_t i = 0; i < LEE_TILE_CELLS; i++) {
        if (!move_entry(c, &draft->entries[i])) {
            return false;
        }
        while (c->open.count > 0) {
            const uint32_t at = c->open.words[--c->open.count];
            uint32_t entry = c->words.words[at];
            if (!move_entry(c, &entry)) {
                return false;
            }
            c->words.words[at] = entry;
        }
    }
    return true;
}

bool lee__draft_compact(lee_tile_draft *draft)
{
    compaction c = {.old = draft->words.words,
                    .forward = lee_alloc(draft->words.count, sizeof(uint32_t))};
    const bool ok = c.forward && move_all(&c, draft);
    lee_free(c.forward);
    lee_free(c.open.words);
    if (!ok) {
        lee_free(c.words.words);
        return false;
    }
    lee_free(draft->words.words);
    draft->words = c.words;
    draft->dense_count = c.words.count;
    draft->list_count = draft->last_list = 0;
    if (draft->hash.capacity > 0) {
        memset(draft->hash.words, 0, draft->hash.capacity * sizeof(uint32_t));
    }
    return true;
}
