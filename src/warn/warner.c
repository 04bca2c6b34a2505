#include "warn/warner.h"

#include <assert.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "base/limits.h"
#include "base/map.h"
#include "base/time_text.h"

#define RENEW_BEFORE_US (120 * LEE_US_PER_S)

/* Cancelling: the Cancel could not be built yet and is tried again at each tick. */
typedef enum { CHAIN_FREE, CHAIN_OPEN, CHAIN_CANCELLING, CHAIN_CLOSED } chain_state;

/* One incident's messages. Closed chains are kept until the incident ends, because it may come in
 * again, and its numbers must go on. */
typedef struct {
    chain_state state;
    uint64_t incident;
    lee_target target;
    char zone[LEE_ZONE_ID_MAX_BYTES + 1];
    lee_phase phase;
    bool surface;
    lee_severity severity;
    lee_reach reach;
    lee_district districts[LEE_REACH_MAX]; /* told or about to be, the newest last */
    uint32_t district_count;
    uint32_t number;                                        /* messages sent so far */
    lee_message_reference sent[LEE_MESSAGE_REFERENCES_MAX]; /* of the open chain, oldest first */
    uint32_t sent_count;
    lee_phase told_phase;
    bool told_new_district; /* reached since the last message */
    int64_t told_left_us;   /* time left for the first place at the last message; 0: not known */
    int told_band;          /* the span of minutes that its words named */
    int64_t expires_us;
    bool ended; /* the incident; forget the chain once it is cancelled */
} chain;

struct lee_warner {
    lee_warner_options options;
    lee_warning_sink *sink;
    void *context;
    chain *chains;
    uint32_t used; /* chains at and above this were never used */
    /* By chain, and the least of them: before this instant a tick changes nothing. So a report
     * costs one comparison and not a visit to every chain. */
    int64_t *due_us;
    int64_t first_due_us;
    lee_map *by_incident;
    lee_message message; /* scratch: too large for the stack */
    lee_buffer cap;
    lee_buffer json;
    lee_warner_counters counters;
};

void lee_warner_options_default(lee_warner_options *out)
{
    *out =
        (lee_warner_options){.chains_max = 1024, .update_interval_s = 30, .expires_after_s = 900};
}

/* CAP 1.2 3.2.1: no spaces, commas or restricted characters (< and &). */
static bool is_sender(const char *text)
{
    if (!text || !*text) {
        return false;
    }
    for (const char *c = text; *c; c++) {
        if (*c <= ' ' || *c > '~' || *c == ',' || *c == '<' || *c == '&') {
            return false;
        }
    }
    return strlen(text) <= 200;
}

lee_error lee_warner_create(const lee_warner_options *options, lee_warning_sink *sink,
                            void *context, lee_warner **out)
{
    assert(options);
    assert(options->places);
    assert(sink);
    assert(out);
    if (!is_sender(options->sender) || options->chains_max == 0 ||
        options->chains_max > LEE_INCIDENTS_MAX || options->update_interval_s < 0 ||
        options->expires_after_s < 180 || options->expires_after_s > 86400) {
        return LEE_ERR_DOMAIN;
    }
    lee_warner *warner = lee_alloc(1, sizeof *warner);
    if (!warner) {
        return LEE_ERR_NO_MEMORY;
    }
    warner->options = *options;
    warner->sink = sink;
    warner->context = context;
    lee_buffer_init(&warner->cap, LEE_MESSAGE_XML_MAX_BYTES);
    lee_buffer_init(&warner->json, LEE_MESSAGE_JSON_MAX_BYTES);
    warner->chains = lee_alloc(options->chains_max, sizeof *warner->chains);
    warner->due_us = lee_alloc(options->chains_max, sizeof *warner->due_us);
    warner->by_incident = lee_map_create(options->chains_max, sizeof(uint64_t));
    if (!warner->chains || !warner->due_us || !warner->by_incident) {
        lee_warner_free(warner);
        return LEE_ERR_NO_MEMORY;
    }
    *out = warner;
    return LEE_OK;
}

void lee_warner_free(lee_warner *warner)
{
    if (warner) {
        lee_map_free(warner->by_incident);
        lee_free(warner->chains);
        lee_free(warner->due_us);
        lee_buffer_free(&warner->cap);
        lee_buffer_free(&warner->json);
        lee_free(warner);
    }
}

bool lee_warner_zone_protects(const lee_zone *zone)
{
    const bool named = zone->protects && zone->protects[0] != '\0';
    return zone->entry != LEE_ENTRY_ALLOW && (named || zone->kind == LEE_ZONE_SAFE);
}

/* --- building a message ------------------------------------------------------------------------
 */

static void write_identifier(const lee_warner *warner, uint64_t incident, uint32_t number,
                             char out[LEE_MESSAGE_ID_BYTES])
{
    uint8_t bytes[8];
    for (int i = 0; i < 8; i++) {
        bytes[i] = (uint8_t)(incident >> (8 * i));
    }
    uint64_t hash = lee_hash_keyed(warner->options.identifier_key, bytes, sizeof bytes);
    static const char digits[] = "0123456789abcdef";
    char *at = out;
    memcpy(at, "leeward-", 8);
    at += 8;
    for (int shift = 60; shift >= 0; shift -= 4) {
        *at++ = digits[(hash >> shift) & 15];
    }
    *at++ = '-';
    char reversed[10];
    size_t count = 0;
    do {
        reversed[count++] = digits[number % 10];
        number /= 10;
    } while (number > 0);
    while (count > 0) {
        *at++ = reversed[--count];
    }
    *at = '\0';
    assert((size_t)(at - out) < LEE_MESSAGE_ID_BYTES);
}

/* The earliest known arrival. False: none is known. */
static bool first_arrival(const lee_reach *reach, int64_t *out)
{
    bool known = false;
    for (uint32_t i = 0; i < reach->count; i++) {
        const lee_reached *r = &reach->items[i];
        if (r->arrival_known && (!known || r->arrival_us < *out)) {
            *out = r->arrival_us;
            known = true;
        }
    }
    return known;
}

static int64_t whole_second(int64_t t_us)
{
    const int64_t part = t_us % LEE_US_PER_S;
    return t_us - (part < 0 ? part + LEE_US_PER_S : part);
}

static void compose(lee_warner *warner, const chain *c, lee_message_type type, int64_t t_us)
{
    const lee_warner_options *options = &warner->options;
    lee_message *m = &warner->message;
    const int64_t sent_us = whole_second(t_us);
    *m = (lee_message){.type = type,
                       .sender = options->sender,
                       .sender_name = options->sender_name,
                       .contact = options->contact,
                       .web = options->web,
                       .severity = c->severity,
                       .district_count = c->district_count,
                       .incident = c->incident,
                       .zone = c->zone,
                       .target = &c->target};
    m->self.sent_us = sent_us;
    write_identifier(warner, c->incident, c->number + 1, m->self.identifier);
    m->expires_us = sent_us + options->expires_after_s * LEE_US_PER_S;
    m->words = (lee_words){.phase = c->phase,
                           .surface = c->surface,
                           .exercise = options->exercise,
                           .places = options->places,
                           .reach = &c->reach};
    int64_t arrival_us = 0;
    if (first_arrival(&c->reach, &arrival_us)) {
        m->words.arrival_known = true;
        m->words.arrival_s = arrival_us > t_us ? (arrival_us - t_us) / LEE_US_PER_S : 0;
    }
    memcpy(m->districts, c->districts, sizeof m->districts);
    m->reference_count = c->sent_count;
    memcpy(m->references, c->sent, sizeof m->references);
}

static void remember_sent(chain *c, const lee_message *m)
{
    if (c->sent_count == LEE_MESSAGE_REFERENCES_MAX) {
        memmove(&c->sent[0], &c->sent[1], sizeof c->sent - sizeof c->sent[0]);
        c->sent_count--;
    }
    c->sent[c->sent_count++] = m->self;
    c->number++;
    c->told_phase = c->phase;
    c->told_new_district = false;
    c->told_left_us = m->words.arrival_known ? m->words.arrival_s * LEE_US_PER_S : 0;
    c->told_band = lee_words_band(&m->words);
    c->expires_us = m->expires_us;
}

/* False: it could not be built and counts as not sent. */
static bool send(lee_warner *warner, chain *c, lee_message_type type, int64_t t_us)
{
    compose(warner, c, type, t_us);
    lee_message *m = &warner->message;
    lee_buffer_reset(&warner->cap);
    lee_buffer_reset(&warner->json);
    lee_message_write_cap(m, &warner->cap);
    lee_message_write_json(m, &warner->cap, &warner->json);
    if (warner->cap.error || warner->json.error) {
        /* Not remembered as sent, so that the next event or tick tries again. */
        warner->counters.failed++;
        return false;
    }
    remember_sent(c, m);
    switch (type) {
    case LEE_MESSAGE_ALERT:
        warner->counters.alerts++;
        break;
    case LEE_MESSAGE_UPDATE:
        warner->counters.updates++;
        break;
    case LEE_MESSAGE_CANCEL:
        warner->counters.cancels++;
        break;
    }
    const lee_warning warning = {.identifier = m->self.identifier,
                                 .type = type,
                                 .sent_us = m->self.sent_us,
                                 .incident = c->incident,
                                 .json = warner->json.bytes,
                                 .length = warner->json.length};
    warner->sink(warner->context, &warning);
    return true;
}

/* --- chains ------------------------------------------------------------------------------------
 */

static chain *find(const lee_warner *warner, uint64_t incident)
{
    const uint32_t at = lee_map_get(warner->by_incident, &incident);
    return at == LEE_MAP_NONE ? NULL : &warner->chains[at];
}

static void forget(lee_warner *warner, chain *c)
{
    assert(c->state == CHAIN_CLOSED);
    const bool known = lee_map_remove(warner->by_incident, &c->incident);
    assert(known);
    (void)known;
    c->state = CHAIN_FREE;
    warner->due_us[c - warner->chains] = INT64_MAX;
}

/* A free slot; failing that a closed chain gives way, whose incident is over or nearly so. */
static chain *take_slot(lee_warner *warner)
{
    chain *closed = NULL;
    for (uint32_t i = 0; i < warner->used; i++) {
        chain *c = &warner->chains[i];
        if (c->state == CHAIN_FREE) {
            return c;
        }
        if (c->state == CHAIN_CLOSED && (!closed || c->expires_us < closed->expires_us)) {
            closed = c;
        }
    }
    if (warner->used < warner->options.chains_max) {
        return &warner->chains[warner->used++];
    }
    if (closed) {
        forget(warner, closed);
    }
    return closed;
}

static bool is_surface(const lee_target *target)
{
    return strncmp(target->text, "mmsi:", 5) == 0 || strncmp(target->text, "unit:", 5) == 0;
}

static chain *begin(lee_warner *warner, const lee_event *event)
{
    chain *c = take_slot(warner);
    if (!c) {
        warner->counters.refused++;
        return NULL;
    }
    *c = (chain){.state = CHAIN_CLOSED,
                 .incident = event->incident,
                 .target = event->target,
                 .surface = is_surface(&event->target),
                 .severity = LEE_SEVERITY_MEDIUM};
    const size_t length = strlen(event->zone);
    assert(length <= LEE_ZONE_ID_MAX_BYTES);
    memcpy(c->zone, event->zone, length + 1);
    const bool put = lee_map_put(warner->by_incident, &c->incident, (uint32_t)(c - warner->chains));
    assert(put);
    (void)put;
    return c;
}

/* Adds a district, or makes it the newest; the oldest gives way when there are too many. */
static void tell_district(chain *c, const lee_district *district)
{
    uint32_t at = 0;
    while (at < c->district_count && !lee_district_equal(&c->districts[at], district)) {
        at++;
    }
    if (at == c->district_count) {
        c->told_new_district = true;
        if (c->district_count == LEE_REACH_MAX) {
            at = 0;
        } else {
            c->district_count++;
        }
    }
    memmove(&c->districts[at], &c->districts[at + 1],
            (c->district_count - at - 1) * sizeof *district);
    c->districts[c->district_count - 1] = *district;
}

static void look_ahead(lee_warner *warner, chain *c, const lee_event *event, const lee_zone *zone,
                       const lee_track *track)
{
    const lee_places *places = warner->options.places;
    lee_reach_find(places, zone, event, track, &c->reach);
    /* From the last to the first, so that the first place's district is the newest. */
    for (uint32_t i = c->reach.count; i > 0; i--) {
        const lee_place *place = lee_places_at(places, c->reach.items[i - 1].place);
        const lee_district district = lee_district_of(places, place->point);
        tell_district(c, &district);
    }
    if (c->reach.count == 0 && zone->area.count > 0 && zone->area.rings[0].count > 0) {
        /* Nobody lives near by our list; whoever is there all the same is told by the cell. */
        const lee_district district = lee_district_of(places, zone->area.rings[0].points[0]);
        tell_district(c, &district);
    }
}

static lee_phase phase_after(const chain *c, const lee_event *event)
{
    switch (event->kind) {
    case LEE_EVENT_PREDICTED:
        return LEE_PHASE_PREDICTED;
    case LEE_EVENT_ENTERED:
    case LEE_EVENT_PRESENT:
        return LEE_PHASE_INSIDE;
    case LEE_EVENT_UPDATED:
        if (c->state == CHAIN_OPEN) {
            return c->phase;
        }
        return event->present & LEE_EVENT_HAS_TIME_TO_ENTRY ? LEE_PHASE_PREDICTED
                                                            : LEE_PHASE_INSIDE;
    case LEE_EVENT_CROSSED:
    case LEE_EVENT_LEFT:
    case LEE_EVENT_LOST:
    case LEE_EVENT_ENDED:
    case LEE_EVENT_VERDICT:
    case LEE_EVENT_KIND_COUNT:
        break;
    }
    return c->phase;
}

/* Half of the time that was told is gone, and the words for what is left are others. */
static bool has_halved(const chain *c, int64_t t_us)
{
    int64_t arrival_us = 0;
    if (c->phase != LEE_PHASE_PREDICTED || c->told_left_us == 0 ||
        !first_arrival(&c->reach, &arrival_us)) {
        return false;
    }
    const int64_t left_us = arrival_us - t_us;
    const lee_words words = {.arrival_known = true, .arrival_s = left_us / LEE_US_PER_S};
    return left_us > 0 && left_us * 2 <= c->told_left_us && lee_words_band(&words) != c->told_band;
}

static bool came_in(const chain *c)
{
    return c->phase == LEE_PHASE_INSIDE && c->told_phase != LEE_PHASE_INSIDE;
}

/* Sends an Update when there is something to say and it may be said now. */
static void update(lee_warner *warner, chain *c, int64_t t_us)
{
    assert(c->state == CHAIN_OPEN);
    if (c->sent_count == 0) {
        (void)send(warner, c, LEE_MESSAGE_ALERT, t_us);
        return;
    }
    const bool expiring = t_us >= c->expires_us - RENEW_BEFORE_US;
    const int64_t last_us = c->sent[c->sent_count - 1].sent_us;
    const bool waited = t_us - last_us >= warner->options.update_interval_s * LEE_US_PER_S;
    if (came_in(c) || expiring || (waited && (c->told_new_district || has_halved(c, t_us)))) {
        (void)send(warner, c, LEE_MESSAGE_UPDATE, t_us);
    }
}

/* The first instant from t_us on at which has_halved may say yes, as things stand. */
static int64_t halved_at(const chain *c, int64_t t_us)
{
    int64_t arrival_us = 0;
    if (c->phase != LEE_PHASE_PREDICTED || c->told_left_us == 0 ||
        !first_arrival(&c->reach, &arrival_us) || arrival_us <= t_us) {
        return INT64_MAX;
    }
    const int64_t half_us = arrival_us - c->told_left_us / 2;
    if (t_us < half_us) {
        return half_us;
    }
    /* Only the words are still the same: they go by whole seconds. */
    return has_halved(c, t_us) ? t_us
                               : arrival_us - (arrival_us - t_us) / LEE_US_PER_S * LEE_US_PER_S + 1;
}

/* When a tick has to look at the chain again, as it stands at t_us. */
static int64_t due_at(const lee_warner *warner, const chain *c, int64_t t_us)
{
    if (c->state == CHAIN_FREE || c->state == CHAIN_CLOSED) {
        return INT64_MAX;
    }
    if (c->state == CHAIN_CANCELLING || c->sent_count == 0 || came_in(c)) {
        return INT64_MIN; /* it could not be sent and is tried again */
    }
    const int64_t renew_us = c->expires_us - RENEW_BEFORE_US;
    const int64_t waited_us =
        c->sent[c->sent_count - 1].sent_us + warner->options.update_interval_s * LEE_US_PER_S;
    const int64_t halved_us = c->told_new_district ? INT64_MIN : halved_at(c, t_us);
    const int64_t news_us = halved_us > waited_us ? halved_us : waited_us;
    return renew_us < news_us ? renew_us : news_us;
}

static void note_due(lee_warner *warner, const chain *c, int64_t t_us)
{
    const int64_t due_us = due_at(warner, c, t_us);
    warner->due_us[c - warner->chains] = due_us;
    warner->first_due_us = due_us < warner->first_due_us ? due_us : warner->first_due_us;
}

static void warn(lee_warner *warner, const lee_event *event, const lee_zone *zone,
                 const lee_track *track)
{
    if (!zone || !lee_warner_zone_protects(zone) || event->present & LEE_EVENT_HAS_PERMIT) {
        return;
    }
    chain *c = find(warner, event->incident);
    if (!c) {
        c = begin(warner, event);
    } else if (c->state != CHAIN_OPEN && event->kind == LEE_EVENT_UPDATED) {
        return;
    }
    if (!c) {
        return;
    }
    if (event->present & LEE_EVENT_HAS_SEVERITY) {
        c->severity = (lee_severity)event->severity;
    }
    c->phase = phase_after(c, event);
    if (c->state != CHAIN_OPEN) {
        /* A Cancel that could not be built is overtaken: the chain goes on, with its references. */
        c->sent_count = c->state == CHAIN_CLOSED ? 0 : c->sent_count;
        c->district_count = c->state == CHAIN_CLOSED ? 0 : c->district_count;
        c->state = CHAIN_OPEN;
        warner->counters.open++;
    }
    look_ahead(warner, c, event, zone, track);
    update(warner, c, event->t_us);
}

static bool is_out_of_sight(const lee_event *event)
{
    return event->present & LEE_EVENT_HAS_REASON && strcmp(event->reason, "lost") == 0;
}

static void finish(lee_warner *warner, chain *c, int64_t t_us)
{
    if (c->state == CHAIN_OPEN) {
        c->state = CHAIN_CANCELLING;
        warner->counters.open--;
    }
    if (c->state == CHAIN_CANCELLING &&
        (c->sent_count == 0 || send(warner, c, LEE_MESSAGE_CANCEL, t_us))) {
        c->state = CHAIN_CLOSED;
    }
    if (c->state == CHAIN_CLOSED && c->ended) {
        forget(warner, c);
    }
}

static void cancel(lee_warner *warner, const lee_event *event)
{
    chain *c = find(warner, event->incident);
    if (!c) {
        return;
    }
    if (c->state == CHAIN_OPEN) {
        c->phase = is_out_of_sight(event) ? LEE_PHASE_UNKNOWN : LEE_PHASE_OVER;
    }
    c->ended = c->ended || event->kind == LEE_EVENT_ENDED;
    finish(warner, c, event->t_us);
}

void lee_warner_event(lee_warner *warner, const lee_event *event, const lee_zone *zone,
                      const lee_track *track)
{
    assert(warner);
    assert(event);
    assert(event->zone);
    switch (event->kind) {
    case LEE_EVENT_PREDICTED:
    case LEE_EVENT_ENTERED:
    case LEE_EVENT_PRESENT:
    case LEE_EVENT_UPDATED:
        if (event->present & LEE_EVENT_HAS_PERMIT) {
            /* A permit given meanwhile: there is nothing to fear any more. */
            cancel(warner, event);
        } else {
            warn(warner, event, zone, track);
        }
        break;
    case LEE_EVENT_LEFT:
    case LEE_EVENT_ENDED:
        cancel(warner, event);
        break;
    case LEE_EVENT_CROSSED: /* over before anybody could be told */
    case LEE_EVENT_LOST:    /* the warning stands until the incident ends */
    case LEE_EVENT_VERDICT:
    case LEE_EVENT_KIND_COUNT:
        break;
    }
    const chain *const c = find(warner, event->incident);
    if (c) {
        note_due(warner, c, event->t_us);
    }
}

void lee_warner_tick(lee_warner *warner, int64_t t_us)
{
    assert(warner);
    if (t_us < warner->first_due_us) {
        return;
    }
    warner->first_due_us = INT64_MAX;
    for (uint32_t i = 0; i < warner->used; i++) {
        chain *c = &warner->chains[i];
        if (t_us >= warner->due_us[i]) {
            if (c->state == CHAIN_OPEN) {
                update(warner, c, t_us);
            } else if (c->state == CHAIN_CANCELLING) {
                finish(warner, c, t_us);
            }
            note_due(warner, c, t_us);
        } else if (warner->due_us[i] < warner->first_due_us) {
            warner->first_due_us = warner->due_us[i];
        }
    }
}

void lee_warner_set_key(lee_warner *warner, const uint64_t key[2])
{
    assert(warner && key);
    memcpy(warner->options.identifier_key, key, sizeof warner->options.identifier_key);
}

void lee_warner_count(const lee_warner *warner, lee_warner_counters *out)
{
    *out = warner->counters;
}

void lee_warner_state(lee_state *state, lee_warner *warner)
{
    assert(state && warner);
    const uint32_t places = lee_places_count(warner->options.places);
    lee_state_section(state, "warner");
    lee_state_same(state, warner->options.identifier_key, sizeof warner->options.identifier_key);
    lee_state_same(state, &places, sizeof places);
    lee_state_count(state, &warner->used, warner->options.chains_max);
    lee_state_plain(state, warner->chains, warner->used * sizeof *warner->chains);
    lee_state_plain(state, &warner->counters, sizeof warner->counters);
    for (uint32_t i = 0; lee_state_is_loading(state) && i < warner->used; i++) {
        const bool known = warner->chains[i].state != CHAIN_FREE;
        const bool put = known && lee_map_put(warner->by_incident, &warner->chains[i].incident, i);
        lee_state_require(state, put == known);
        warner->due_us[i] = INT64_MIN; /* the next tick finds out */
        warner->first_due_us = INT64_MIN;
    }
}
