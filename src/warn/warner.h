/* warn/warner.h: incidents in, warnings to people out.
 *
 * Who is warned. An incident is warned of when its zone protects people: its `protects` is not
 * empty, or its kind is `safe`; and its entry is not `allow`, and the event carries no permit.
 *
 * What is sent. One chain of CAP messages for an incident: an Alert at `predicted`, `entered`,
 * `present` or `updated`; an Update when the target has come in, a district is reached that was not
 * told, the minutes left have halved and the words for them changed, or the chain would expire
 * while the incident goes on; a Cancel at once when it `left` or `ended`. Updates keep
 * `update_interval_s` apart, except for coming in. A district that was told stays in the chain
 * until its Cancel, so that everybody who heard the Alert hears the end. When the incident ended
 * because nobody sees the target any more, the Cancel says that, and is no all clear.
 *
 * A warner is a pure function of its calls: the same calls give the same messages, byte for byte,
 * so replaying a journal rebuilds every chain. One thread uses it at a time. */
#ifndef LEE_WARN_WARNER_H
#define LEE_WARN_WARNER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/state.h"
#include "leeward/error.h"
#include "leeward/event.h"
#include "leeward/track.h"
#include "leeward/zone.h"
#include "warn/message.h"
#include "warn/places.h"

typedef struct lee_warner lee_warner;

/* Texts and places are borrowed and outlive the warner. */
typedef struct {
    const char *sender;      /* CAP sender: printable ASCII without space, comma, < and & */
    const char *sender_name; /* NULL: none; so the next two */
    const char *contact;
    const char *web;
    bool exercise; /* status Exercise instead of Actual, and every text says so */
    const lee_places *places;
    uint32_t chains_max;       /* open at once; reaching it is counted */
    int32_t update_interval_s; /* least time between two messages of a chain that are not urgent */
    int32_t expires_after_s;   /* an open chain is renewed two minutes before */
    /* Secret that makes identifiers, so that nobody finds the incident's target by trying all
     * addresses. The same key gives the same identifiers. */
    uint64_t identifier_key[2];
} lee_warner_options;

/* sender and places stay NULL and must be set. */
void lee_warner_options_default(lee_warner_options *out);

/* One message, to be journalled as LEE_RECORD_WARNING before anybody hears of it. Everything is
 * borrowed and lives until the sink returns. */
typedef struct {
    const char *identifier;
    lee_message_type type;
    int64_t sent_us;
    uint64_t incident;
    const uint8_t *json; /* the WARNING object of docs/api.md with key "cap" */
    size_t length;
} lee_warning;

typedef void lee_warning_sink(void *context, const lee_warning *warning);

/* LEE_ERR_DOMAIN: sender is empty or holds a character that CAP forbids, or a number is out of
 * range. LEE_ERR_NO_MEMORY. */
LEE_CHECK_RESULT
lee_error lee_warner_create(const lee_warner_options *options, lee_warning_sink *sink,
                            void *context, lee_warner **out);
void lee_warner_free(lee_warner *warner);

/* Takes one event, after it is durable. `zone` may be NULL only when the zone is gone (ended by a
 * new generation); `track` is NULL when the target has none. */
void lee_warner_event(lee_warner *warner, const lee_event *event, const lee_zone *zone,
                      const lee_track *track);

/* Says that it is t_us now: sends Updates that had to wait and renews what would expire. */
void lee_warner_tick(lee_warner *warner, int64_t t_us);

typedef struct {
    uint64_t alerts;
    uint64_t updates;
    uint64_t cancels;
    uint64_t refused; /* incidents without warning, because the table was full */
    uint64_t failed;  /* messages that could not be built: no memory */
    uint32_t open;
} lee_warner_counters;

/* Identifiers are made with this key from now on. */
void lee_warner_set_key(lee_warner *warner, const uint64_t key[2]);
void lee_warner_count(const lee_warner *warner, lee_warner_counters *out);

/* Saves the chains, or loads them into a new warner of the same options and places. */
void lee_warner_state(lee_state *state, lee_warner *warner);

/* The rule above: whether incidents of this zone are warned of. */
bool lee_warner_zone_protects(const lee_zone *zone);

#endif
