#include "watch/permits.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/limits.h"
#include "base/map.h"

/* What permits are found by: kind, length of a callsign's fixed part, and the text. */
#define KEY_BYTES (2 + LEE_TARGET_BYTES)
enum { KEY_TARGET, KEY_CALLSIGN, KEY_PREFIX, KEY_SQUAWK, KEY_CLASS, KEY_COUNT };

typedef struct {
    uint8_t bytes[KEY_BYTES];
} key;

typedef struct {
    uint32_t next;       /* with the same key, ascending */
    uint32_t first_zone; /* in book->zones, ascending numbers */
    uint32_t zone_count;
    bool every_zone;
    bool any_altitude;
} entry;

struct lee_permit_book {
    lee_permit_list list;
    lee_map *heads; /* key -> first permit */
    entry *entries;
    uint32_t *zones;
    int64_t *edges; /* sorted */
    uint32_t edge_count;
    uint32_t prefix_lengths; /* bit n: a callsign permit has a fixed part of n characters */
    uint32_t kinds;          /* bit KEY_*: there is one of that kind */
};

typedef struct {
    const char *id;
    uint32_t zone;
} named;

static int compare_named(const void *a, const void *b)
{
    const named *const x = a;
    const named *const y = b;
    const int order = strcmp(x->id, y->id);
    return order != 0 ? order : (x->zone > y->zone) - (x->zone < y->zone);
}

static int compare_u32(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a;
    const uint32_t y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static int compare_i64(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a;
    const int64_t y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* The first place in the sorted names with this id. */
static uint32_t lower_bound(const named *names, uint32_t count, const char *id)
{
    uint32_t low = 0;
    uint32_t high = count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (strcmp(names[middle].id, id) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static key make_key(int kind, size_t prefix, const char *text, size_t length)
{
    key made = {{0}};
    made.bytes[0] = (uint8_t)kind;
    made.bytes[1] = (uint8_t)prefix;
    memcpy(made.bytes + 2, text, length < LEE_TARGET_BYTES ? length : LEE_TARGET_BYTES);
    return made;
}

static key squawk_key(int32_t squawk)
{
    const char text[2] = {(char)(squawk >> 6 & 63), (char)(squawk & 63)};
    return make_key(KEY_SQUAWK, 0, text, sizeof text);
}

/* "7700" as the number that reports carry: four octal digits. */
static bool read_squawk(const char *text, int32_t *out)
{
    int32_t value = 0;
    for (int i = 0; i < 4; i++) {
        if (text[i] < '0' || text[i] > '7') {
            return false;
        }
        value = value * 8 + (text[i] - '0');
    }
    *out = value;
    return text[4] == '\0';
}

/* The part after the first colon. */
static const char *after_colon(const char *text)
{
    const char *const colon = strchr(text, ':');
    return colon ? colon + 1 : text;
}

/* False: this permit can match nobody. */
static bool key_of(const lee_permit *permit, key *out)
{
    const char *text = permit->target;
    if (permit->match != LEE_PERMIT_TARGET) {
        text = after_colon(text);
    }
    size_t length = strlen(text);
    int32_t squawk;
    switch (permit->match) {
    case LEE_PERMIT_TARGET:
        *out = make_key(KEY_TARGET, 0, text, length);
        return length < LEE_TARGET_BYTES;
    case LEE_PERMIT_CALLSIGN:
        if (length > 0 && text[length - 1] == '*') {
            length--;
            *out = make_key(KEY_PREFIX, length, text, length);
            return length <= 16;
        }
        *out = make_key(KEY_CALLSIGN, 0, text, length);
        return length > 0 && length <= 16;
    case LEE_PERMIT_SQUAWK:
        if (!read_squawk(text, &squawk)) {
            return false;
        }
        *out = squawk_key(squawk);
        return true;
    case LEE_PERMIT_CLASS:
        *out = make_key(KEY_CLASS, 0, text, length);
        return length > 0 && length <= 4;
    }
    return false;
}

/* From the last to the first, so that each chain ascends. */
static bool link_keys(lee_permit_book *book)
{
    for (uint32_t i = book->list.count; i-- > 0;) {
        key found;
        if (!key_of(&book->list.permits[i], &found)) {
            continue;
        }
        const uint32_t head = lee_map_get(book->heads, &found);
        book->entries[i].next = head == LEE_MAP_NONE ? LEE_PERMIT_NONE : head;
        if (!lee_map_put(book->heads, &found, i)) {
            return false;
        }
        book->kinds |= 1u << found.bytes[0];
        if (found.bytes[0] == KEY_PREFIX) {
            book->prefix_lengths |= 1u << found.bytes[1];
        }
    }
    return true;
}

/* The numbers of the zones that a permit names; counts them alone while book->zones is NULL. */
static uint32_t link_zones(lee_permit_book *book, const lee_permit *permit, entry *e,
                           const named *names, uint32_t name_count, uint32_t at)
{
    e->first_zone = at;
    for (uint32_t z = 0; z < permit->zone_count; z++) {
        if (strcmp(permit->zones[z], "*") == 0) {
            e->every_zone = true;
        }
        for (uint32_t n = lower_bound(names, name_count, permit->zones[z]);
             n < name_count && strcmp(names[n].id, permit->zones[z]) == 0; n++) {
            if (book->zones) {
                book->zones[at] = names[n].zone;
            }
            at++;
        }
    }
    e->zone_count = at - e->first_zone;
    if (book->zones && e->zone_count > 1) {
        qsort(book->zones + e->first_zone, e->zone_count, sizeof *book->zones, compare_u32);
    }
    return at;
}

static bool link_all_zones(lee_permit_book *book, const lee_zone_list *zones)
{
    const uint32_t name_count = zones ? zones->count : 0;
    named *const names = lee_alloc((size_t)name_count + 1, sizeof *names);
    if (!names) {
        return false;
    }
    for (uint32_t z = 0; z < name_count; z++) {
        names[z] = (named){zones->zones[z].id, z};
    }
    if (name_count > 1) {
        qsort(names, name_count, sizeof *names, compare_named);
    }
    for (int pass = 0; pass < 2; pass++) {
        uint32_t at = 0;
        for (uint32_t i = 0; i < book->list.count; i++) {
            at = link_zones(book, &book->list.permits[i], &book->entries[i], names, name_count, at);
        }
        if (pass == 0) {
            book->zones = lee_alloc((size_t)at + 1, sizeof *book->zones);
            if (!book->zones) {
                break;
            }
        }
    }
    lee_free(names);
    return book->zones;
}

static void gather_edges(lee_permit_book *book)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < book->list.count; i++) {
        const lee_permit *const permit = &book->list.permits[i];
        if (permit->from_us != INT64_MIN) {
            book->edges[count++] = permit->from_us;
        }
        if (permit->to_us != INT64_MAX) {
            book->edges[count++] = permit->to_us;
        }
        book->entries[i].any_altitude =
            permit->floor.kind == LEE_LIMIT_SFC && permit->ceiling.kind == LEE_LIMIT_UNL;
    }
    book->edge_count = count;
    if (count > 1) {
        qsort(book->edges, count, sizeof *book->edges, compare_i64);
    }
}

lee_error lee_permit_book_create(const lee_permit_list *permits, const lee_zone_list *zones,
                                 lee_permit_book **out)
{
    assert(permits && out);
    if (permits->count > LEE_PERMITS_MAX) {
        return LEE_ERR_LIMIT;
    }
    lee_permit_book *const book = lee_alloc(1, sizeof *book);
    if (!book) {
        return LEE_ERR_NO_MEMORY;
    }
    book->list = *permits;
    book->heads = lee_map_create(permits->count + 1, KEY_BYTES);
    book->entries = lee_alloc((size_t)permits->count + 1, sizeof *book->entries);
    book->edges = lee_alloc((size_t)permits->count * 2 + 1, sizeof *book->edges);
    if (!book->heads || !book->entries || !book->edges || !link_all_zones(book, zones) ||
        !link_keys(book)) {
        lee_permit_book_free(book);
        return LEE_ERR_NO_MEMORY;
    }
    gather_edges(book);
    *out = book;
    return LEE_OK;
}

void lee_permit_book_free(lee_permit_book *book)
{
    if (book) {
        lee_map_free(book->heads);
        lee_free(book->entries);
        lee_free(book->zones);
        lee_free(book->edges);
        lee_free(book);
    }
}

const lee_permit_list *lee_permit_book_list(const lee_permit_book *book)
{
    assert(book);
    return &book->list;
}

const lee_permit *lee_permit_book_at(const lee_permit_book *book, uint32_t permit)
{
    assert(book && permit < book->list.count);
    return &book->list.permits[permit];
}

static bool names_zone(const lee_permit_book *book, const entry *e, uint32_t zone)
{
    if (e->every_zone) {
        return true;
    }
    uint32_t low = e->first_zone;
    uint32_t high = e->first_zone + e->zone_count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (book->zones[middle] < zone) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < e->first_zone + e->zone_count && book->zones[low] == zone;
}

/* An unknown altitude is not leave, and neither is a limit that could only be guessed: what is
 * cautious for a zone would be generous here. */
static bool altitude_fits(const lee_permit *permit, const lee_permit_subject *subject,
                          const lee_band_conditions *conditions)
{
    lee_band_answer answer;
    lee_band_locate(&permit->floor, &permit->ceiling, &subject->altitude, conditions, 0, &answer);
    return answer.side == LEE_BAND_WITHIN && !answer.cautious;
}

typedef struct {
    const lee_permit_book *book;
    const lee_permit_subject *subject;
    uint32_t zone;
    int64_t t_us;
    const lee_band_conditions *conditions;
    uint32_t best;
} search;

static void look(search *s, key wanted)
{
    for (uint32_t i = lee_map_get(s->book->heads, &wanted); i < s->best;
         i = s->book->entries[i].next) {
        const lee_permit *const permit = &s->book->list.permits[i];
        const entry *const e = &s->book->entries[i];
        if (s->t_us >= permit->from_us && s->t_us < permit->to_us &&
            names_zone(s->book, e, s->zone) &&
            (e->any_altitude || altitude_fits(permit, s->subject, s->conditions))) {
            s->best = i;
        }
    }
}

static size_t text_length(const char *text, size_t capacity)
{
    size_t length = 0;
    while (length < capacity && text[length] != '\0' && text[length] != ' ') {
        length++;
    }
    return length;
}

static void look_callsign(search *s)
{
    const char *const callsign = s->subject->callsign;
    const size_t length = text_length(callsign, sizeof s->subject->callsign);
    if (length == 0) {
        return;
    }
    if (s->book->kinds & 1u << KEY_CALLSIGN) {
        look(s, make_key(KEY_CALLSIGN, 0, callsign, length));
    }
    for (size_t prefix = 0; prefix <= length; prefix++) {
        if (s->book->prefix_lengths & 1u << prefix) {
            look(s, make_key(KEY_PREFIX, prefix, callsign, prefix));
        }
    }
}

uint32_t lee_permit_book_match(const lee_permit_book *book, const lee_permit_subject *subject,
                               uint32_t zone, int64_t t_us, const lee_band_conditions *conditions)
{
    assert(subject && conditions);
    if (!book || book->kinds == 0) {
        return LEE_PERMIT_NONE;
    }
    search s = {book, subject, zone, t_us, conditions, LEE_PERMIT_NONE};
    if (book->kinds & 1u << KEY_TARGET) {
        look(&s, make_key(KEY_TARGET, 0, subject->target.text, LEE_TARGET_BYTES));
    }
    look_callsign(&s);
    if (subject->has_squawk && (book->kinds & 1u << KEY_SQUAWK)) {
        look(&s, squawk_key(subject->squawk));
    }
    const size_t class_length = text_length(subject->category, sizeof subject->category);
    if (class_length > 0 && (book->kinds & 1u << KEY_CLASS)) {
        look(&s, make_key(KEY_CLASS, 0, subject->category, class_length));
    }
    return s.best;
}

bool lee_permit_book_next_edge(const lee_permit_book *book, int64_t t_us, int64_t *out)
{
    assert(out);
    uint32_t low = 0;
    uint32_t high = book ? book->edge_count : 0;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (book->edges[middle] <= t_us) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (!book || low == book->edge_count) {
        return false;
    }
    *out = book->edges[low];
    return true;
}
