/* leeward/attention.h: what people ask of the watch's attention: never a silence for all.
 *
 * An inhibition is leave by decision of an operator: it has an end, names a zone or a target, and
 * is recorded and shown to everybody (lee_watch_inhibit). Acknowledging quietens one target in one
 * zone for a time; it is not leave, and what becomes graver is told aloud again.
 *
 * lee_attention says of each event whether it asks for attention. It knows the events alone, in the
 * order in which they were told, so it is the same however many threads judged. */
#ifndef LEEWARD_ATTENTION_H
#define LEEWARD_ATTENTION_H

#include <stdint.h>

#include "leeward/error.h"
#include "leeward/event.h"
#include "leeward/target.h"
#include "leeward/track.h"
#include "leeward/zone.h"

#ifdef __cplusplus
extern "C" {
#endif

#define LEE_INHIBITIONS_MAX 64u
#define LEE_INHIBITION_ID_BYTES 40
#define LEE_INHIBITION_MAX_US (INT64_C(86400) * 1000000)
#define LEE_ACKNOWLEDGED_MAX 1024u

typedef struct {
    char id[LEE_INHIBITION_ID_BYTES];
    lee_target target; /* empty: every target in the zone */
    char zone[129];    /* empty: the target in every zone; one of the two is named */
    int64_t from_us;
    int64_t to_us; /* exclusive; at most LEE_INHIBITION_MAX_US after from_us */
} lee_inhibition;

typedef struct lee_attention lee_attention;

/* *out is the caller's. LEE_ERR_NO_MEMORY. */
LEE_CHECK_RESULT
lee_error lee_attention_create(lee_attention **out);
/* NULL is allowed. */
void lee_attention_free(lee_attention *attention);

/* Puts into the event, the next one told, its `attention` (absent: it asks for it) and its `group`.
 * `zone` and `track` are those of the event; NULL: not known, which groups and repeats nothing. */
void lee_attention_event(lee_attention *attention, lee_event *event, const lee_zone *zone,
                         const lee_track *track);

/* Until until_us, events about the target of this incident in its zone carry attention
 * `acknowledged`, unless they are graver than what was told so far. LEE_ERR_NOT_FOUND: no such
 * incident is open; LIMIT: LEE_ACKNOWLEDGED_MAX hold. */
LEE_CHECK_RESULT
lee_error lee_attention_acknowledge(lee_attention *attention, uint64_t incident, int64_t t_us,
                                    int64_t until_us);

#ifdef __cplusplus
}
#endif

#endif
