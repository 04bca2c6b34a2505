#include "watch/permits.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "base/limits.h"
#include "base/map.h"
#include "geo/distance.h"

/* What permits are found by: kind, length of a callsign's fixed part, and the text. */
#define KEY_BYTES (2 + LEE_TARGET_BYTES)
enum {
    KEY_TARGET,
    KEY_TARGET_PREFIX,
    KEY_CALLSIGN,
    KEY_CALLSIGN_PREFIX,
    KEY_REGISTRATION,
    KEY_REGISTRATION_PREFIX,
    KEY_SQUAWK,
    KEY_CLASS,
    KEY_COUNT
};

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
    uint64_t prefix_lengths[KEY_COUNT]; /* bit n: one has a fixed part of n characters */
    uint32_t kinds;                     /* bit KEY_*: there is one of that kind */
    bool asks_meet;
    bool has_routes;
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

/* Text with one optional * at its end. */
static bool pattern_key(int exact, const char *text, size_t most, key *out)
{
    size_t length = strlen(text);
    if (length > 0 && text[length - 1] == '*') {
        length--;
        *out = make_key(exact + 1, length, text, length);
        return length <= most;
    }
    *out = make_key(exact, 0, text, length);
    return length > 0 && length <= most;
}

/* False: this permit can match nobody. */
static bool key_of(const lee_permit *permit, key *out)
{
    const char *text = permit->target;
    const bool is_target = permit->match == LEE_PERMIT_TARGET || permit->match == LEE_PERMIT_PREFIX;
    if (!is_target) {
        text = after_colon(text);
    }
    int32_t squawk;
    switch (permit->match) {
    case LEE_PERMIT_TARGET:
    case LEE_PERMIT_PREFIX:
        return pattern_key(KEY_TARGET, text, LEE_TARGET_BYTES - 1, out);
    case LEE_PERMIT_CALLSIGN:
        return pattern_key(KEY_CALLSIGN, text, 16, out);
    case LEE_PERMIT_REGISTRATION:
        return pattern_key(KEY_REGISTRATION, text, 16, out);
    case LEE_PERMIT_SQUAWK:
        if (!read_squawk(text, &squawk)) {
            return false;
        }
        *out = squawk_key(squawk);
        return true;
    case LEE_PERMIT_CLASS:
        *out = make_key(KEY_CLASS, 0, text, strlen(text));
        return strlen(text) > 0 && strlen(text) <= 4;
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
        book->prefix_lengths[found.bytes[0]] |= UINT64_C(1) << found.bytes[1];
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
        for (uint32_t k = 0; k < permit->step_count; k++) {
            book->edges[count++] = permit->steps[k].at_us;
        }
        book->asks_meet = book->asks_meet || permit->asks.meet_s > 0;
        book->has_routes = book->has_routes || permit->route.count > 0;
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
    size_t edges_max = 1;
    for (uint32_t i = 0; i < permits->count; i++) {
        edges_max += 2 + (size_t)permits->permits[i].step_count;
    }
    book->edges = lee_alloc(edges_max, sizeof *book->edges);
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
bool lee_permit_fits_altitude(const lee_permit *permit, const lee_band_altitude *altitude,
                              const lee_band_conditions *conditions)
{
    lee_band_answer answer;
    lee_band_locate(&permit->floor, &permit->ceiling, altitude, conditions, 0, &answer);
    return answer.side == LEE_BAND_WITHIN && !answer.cautious;
}

static bool track_fits(const lee_permit *permit, const lee_permit_subject *subject)
{
    if (!permit->has_track) {
        return true;
    }
    const int64_t from = permit->track_from_deg * INT64_C(1000);
    const int64_t span = (permit->track_to_deg * INT64_C(1000) - from + 360000) % 360000;
    return subject->has_track && (subject->track_deg_e3 - from + 720000) % 360000 <= span;
}

static bool route_fits(const lee_permit *permit, const lee_permit_subject *subject)
{
    return permit->route.count == 0 ||
           (!subject->is_off_routes && lee_area_distance_m(&permit->route, subject->point, NULL) <=
                                           permit->route_half_width_m);
}

uint64_t lee_permit_hash(const char *id)
{
    const uint64_t hash = lee_hash(id, strlen(id));
    return hash != 0 ? hash : 1;
}

bool lee_permit_book_has_routes(const lee_permit_book *book)
{
    return book && book->has_routes;
}

bool lee_permit_book_asks_meet(const lee_permit_book *book)
{
    return book && book->asks_meet;
}

void lee_permit_break(lee_broken *broken, const char *id, lee_permit_miss why)
{
    if (broken->count < LEE_BROKEN_MAX) {
        broken->permits[broken->count] = lee_permit_hash(id);
        broken->why[broken->count] = (uint8_t)why;
    }
    if (broken->count <= LEE_BROKEN_MAX) {
        broken->count++;
    }
}

static lee_permit_miss broken_why(const lee_broken *broken, const lee_permit *permit)
{
    if (!broken || broken->count == 0) {
        return LEE_MISS_NONE;
    }
    const uint64_t hash = lee_permit_hash(permit->id);
    for (uint32_t i = 0; i < broken->count && i < LEE_BROKEN_MAX; i++) {
        if (broken->permits[i] == hash) {
            return (lee_permit_miss)broken->why[i];
        }
    }
    const bool asks =
        permit->asks.stop_s > 0 || permit->asks.meet_s > 0 || permit->asks.report_s > 0;
    return asks && broken->count > LEE_BROKEN_MAX ? (lee_permit_miss)broken->why[LEE_BROKEN_MAX - 1]
                                                  : LEE_MISS_NONE;
}

const char *lee_permit_miss_name(lee_permit_miss miss)
{
    static const char *const names[LEE_MISS_COUNT] = {"",
                                                      "permit_not_granted",
                                                      "permit_time",
                                                      "permit_altitude",
                                                      "permit_track",
                                                      "permit_route",
                                                      "permit_stop",
                                                      "permit_rendezvous",
                                                      "permit_report"};
    return names[miss];
}

typedef struct {
    const lee_permit_book *book;
    const lee_permit_subject *subject;
    uint32_t zone;
    int64_t t_us;
    const lee_band_conditions *conditions;
    uint32_t best;
    uint32_t missed;      /* the first that names target and zone, and */
    lee_permit_miss miss; /* why it does not hold */
    bool wants_edge;      /* asked is only whether one of them has an edge at t_us: */
    bool has_edge;
    uint32_t *routes; /* asked is only for those with a route: here, if not NULL */
    size_t route_capacity;
    size_t route_count;
} search;

static bool has_edge_at(const lee_permit *permit, int64_t t_us)
{
    bool found = permit->from_us == t_us || permit->to_us == t_us;
    for (uint32_t i = 0; i < permit->step_count; i++) {
        found = found || permit->steps[i].at_us == t_us;
    }
    return found;
}

/* In the order of the file, whatever the permit names its target by; of more than there is room for
 * the first. */
static void put_route(search *s, uint32_t number)
{
    size_t at = s->route_count;
    if (at == s->route_capacity && (at == 0 || s->routes[at - 1] < number)) {
        return;
    }
    at -= at == s->route_capacity;
    s->route_count = at + 1;
    for (; at > 0 && s->routes[at - 1] > number; at--) {
        s->routes[at] = s->routes[at - 1];
    }
    s->routes[at] = number;
}

static void note_route(search *s, uint32_t number)
{
    const lee_permit *const permit = &s->book->list.permits[number];
    if (permit->route.count > 0 && s->t_us >= permit->from_us && s->t_us < permit->to_us &&
        lee_permit_is_granted(permit, s->t_us) && track_fits(permit, s->subject) &&
        broken_why(s->subject->broken, permit) == LEE_MISS_NONE) {
        put_route(s, number);
    }
}

static lee_permit_miss miss_of(const search *s, const lee_permit *permit, const entry *e)
{
    if (!lee_permit_is_granted(permit, s->t_us)) {
        return LEE_MISS_NOT_GRANTED;
    }
    if (s->t_us < permit->from_us || s->t_us >= permit->to_us) {
        return LEE_MISS_TIME;
    }
    if (!e->any_altitude &&
        !lee_permit_fits_altitude(permit, &s->subject->altitude, s->conditions)) {
        return LEE_MISS_ALTITUDE;
    }
    if (!track_fits(permit, s->subject)) {
        return LEE_MISS_TRACK;
    }
    if (!route_fits(permit, s->subject)) {
        return LEE_MISS_ROUTE;
    }
    return broken_why(s->subject->broken, permit);
}

static void look(search *s, key wanted)
{
    for (uint32_t i = lee_map_get(s->book->heads, &wanted); i < s->best;
         i = s->book->entries[i].next) {
        const lee_permit *const permit = &s->book->list.permits[i];
        const entry *const e = &s->book->entries[i];
        if (permit->duty != LEE_DUTY_NONE ||
            (s->zone != LEE_PERMIT_NONE && !names_zone(s->book, e, s->zone))) {
            continue;
        }
        if (s->routes) {
            note_route(s, i);
            continue;
        }
        if (s->wants_edge) {
            s->has_edge = s->has_edge || has_edge_at(permit, s->t_us);
            continue;
        }
        const lee_permit_miss miss = miss_of(s, permit, e);
        if (miss == LEE_MISS_NONE) {
            s->best = i;
        } else if (i < s->missed) {
            s->missed = i;
            s->miss = miss;
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

/* Exact, then by each length of fixed part that occurs. */
static void look_pattern(search *s, int exact, const char *text, size_t capacity)
{
    const size_t length = text_length(text, capacity);
    if (length == 0) {
        return;
    }
    if (s->book->kinds & 1u << exact) {
        look(s, make_key(exact, 0, text, length));
    }
    const uint64_t lengths = s->book->prefix_lengths[exact + 1];
    for (size_t prefix = 0; lengths != 0 && prefix <= length && prefix < 64; prefix++) {
        if (lengths & UINT64_C(1) << prefix) {
            look(s, make_key(exact + 1, prefix, text, prefix));
        }
    }
}

/* By everything that a permit may name its target by. */
static void look_all(search *s)
{
    const lee_permit_subject *const subject = s->subject;
    look_pattern(s, KEY_TARGET, subject->target.text, LEE_TARGET_BYTES);
    look_pattern(s, KEY_CALLSIGN, subject->callsign, sizeof subject->callsign);
    look_pattern(s, KEY_REGISTRATION, subject->registration, sizeof subject->registration);
    if (s->book->kinds & 1u << KEY_SQUAWK && subject->has_squawk) {
        look(s, squawk_key(subject->squawk));
    }
    if (s->book->kinds & 1u << KEY_CLASS) {
        const size_t length = text_length(subject->category, sizeof subject->category);
        if (length > 0) {
            look(s, make_key(KEY_CLASS, 0, subject->category, length));
        }
    }
}

uint32_t lee_permit_book_match(const lee_permit_book *book, const lee_permit_subject *subject,
                               uint32_t zone, int64_t t_us, const lee_band_conditions *conditions,
                               lee_permit_miss *miss)
{
    assert(subject && conditions);
    if (miss) {
        *miss = LEE_MISS_NONE;
    }
    if (!book || book->kinds == 0) {
        return LEE_PERMIT_NONE;
    }
    search s = {.book = book,
                .subject = subject,
                .zone = zone,
                .t_us = t_us,
                .conditions = conditions,
                .best = LEE_PERMIT_NONE,
                .missed = LEE_PERMIT_NONE};
    look_all(&s);
    if (miss && s.best == LEE_PERMIT_NONE) {
        *miss = s.miss;
    }
    return s.best;
}

bool lee_permit_book_has_edge(const lee_permit_book *book, const lee_permit_subject *subject,
                              uint32_t zone, int64_t t_us)
{
    assert(subject);
    if (!book || book->kinds == 0) {
        return false;
    }
    search s = {.book = book,
                .subject = subject,
                .zone = zone,
                .t_us = t_us,
                .best = LEE_PERMIT_NONE,
                .wants_edge = true};
    look_all(&s);
    return s.has_edge;
}

size_t lee_permit_book_routes(const lee_permit_book *book, const lee_permit_subject *subject,
                              uint32_t zone, int64_t t_us, uint32_t *out, size_t capacity)
{
    assert(subject && out);
    if (!lee_permit_book_has_routes(book)) {
        return 0;
    }
    search s = {.book = book,
                .subject = subject,
                .zone = zone,
                .t_us = t_us,
                .best = LEE_PERMIT_NONE,
                .routes = out,
                .route_capacity = capacity};
    look_all(&s);
    return s.route_count;
}

static bool text_fits(const char *pattern, const char *text, size_t capacity)
{
    const size_t length = text_length(text, capacity);
    const size_t wanted = strlen(pattern);
    if (wanted > 0 && pattern[wanted - 1] == '*') {
        return length >= wanted - 1 && length > 0 && memcmp(pattern, text, wanted - 1) == 0;
    }
    return length == wanted && length > 0 && memcmp(pattern, text, length) == 0;
}

bool lee_permit_names(const lee_permit *permit, const lee_permit_subject *subject)
{
    assert(permit && subject);
    const char *const after = after_colon(permit->target);
    int32_t squawk;
    switch (permit->match) {
    case LEE_PERMIT_TARGET:
    case LEE_PERMIT_PREFIX:
        return text_fits(permit->target, subject->target.text, LEE_TARGET_BYTES);
    case LEE_PERMIT_CALLSIGN:
        return text_fits(after, subject->callsign, sizeof subject->callsign);
    case LEE_PERMIT_REGISTRATION:
        return text_fits(after, subject->registration, sizeof subject->registration);
    case LEE_PERMIT_SQUAWK:
        return subject->has_squawk && read_squawk(after, &squawk) && squawk == subject->squawk;
    case LEE_PERMIT_CLASS:
        return text_fits(after, subject->category, sizeof subject->category);
    }
    return false;
}

const uint32_t *lee_permit_book_zones(const lee_permit_book *book, uint32_t permit, uint32_t *count)
{
    assert(book && permit < book->list.count && count);
    *count = book->entries[permit].zone_count;
    return book->zones + book->entries[permit].first_zone;
}

/* --- steps -------------------------------------------------------------------------------------
 */

static bool is_decisive(lee_permit_state state)
{
    return state == LEE_PERMIT_GRANTED || state == LEE_PERMIT_REFUSED ||
           state == LEE_PERMIT_REVOKED;
}

/* The party's newest word up to t_us that decides; LEE_PERMIT_REQUESTED: none. */
static lee_permit_state word_of(const lee_permit *permit, const char *party, int64_t t_us)
{
    lee_permit_state word = LEE_PERMIT_REQUESTED;
    for (uint32_t i = 0; i < permit->step_count; i++) {
        const lee_permit_step *const step = &permit->steps[i];
        if (step->at_us <= t_us && is_decisive(step->state) && strcmp(step->by, party) == 0) {
            word = step->state;
        }
    }
    return word;
}

bool lee_permit_is_granted(const lee_permit *permit, int64_t t_us)
{
    assert(permit);
    bool granted = permit->step_count == 0;
    for (uint32_t i = 0; i < permit->step_count; i++) {
        if (permit->steps[i].at_us > t_us) {
            break;
        }
        const lee_permit_state word = word_of(permit, permit->steps[i].by, t_us);
        if (word == LEE_PERMIT_REFUSED || word == LEE_PERMIT_REVOKED) {
            return false;
        }
        granted |= word == LEE_PERMIT_GRANTED;
    }
    for (uint32_t i = 0; i < permit->need_count; i++) {
        granted &= word_of(permit, permit->needs[i], t_us) == LEE_PERMIT_GRANTED;
    }
    return granted;
}

int64_t lee_permit_holds_until_us(const lee_permit *permit, int64_t t_us)
{
    int64_t until_us = permit->to_us;
    for (uint32_t i = 0; i < permit->step_count; i++) {
        const int64_t at_us = permit->steps[i].at_us;
        if (at_us > t_us && at_us < until_us && !lee_permit_is_granted(permit, at_us)) {
            until_us = at_us;
        }
    }
    return until_us;
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
