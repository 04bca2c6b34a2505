/* app/sighting_seq.h: the numbers that observers give their sightings: what was sent twice, and
 * what never came.
 *
 * A phone sends again when it had no answer, so the same number and content of the same token is
 * the same sighting. Devices that share a token share its numbers: nothing of theirs is taken for
 * another's, but gaps mean little. Only in memory, for LEE_SIGHTING_OBSERVERS_MAX tokens: who
 * reported what stands in no record. */
#ifndef LEE_APP_SIGHTING_SEQ_H
#define LEE_APP_SIGHTING_SEQ_H

#include <stdbool.h>
#include <stdint.h>

#define LEE_SIGHTING_OBSERVERS_MAX 256u
#define LEE_SIGHTING_WINDOW 64u

typedef struct {
    uint64_t duplicates; /* sent again */
    uint64_t gaps;       /* numbers passed over and not heard since */
    uint64_t old;        /* too far behind to say which */
    uint64_t evicted;    /* observers forgotten for room */
} lee_sighting_seq_counters;

typedef struct {
    char name[64];
    uint64_t newest;
    uint64_t seen; /* bit n: newest - n came */
    uint64_t used;
    uint64_t ids[LEE_SIGHTING_WINDOW];      /* by number % LEE_SIGHTING_WINDOW */
    uint64_t contents[LEE_SIGHTING_WINDOW]; /* hashes */
} lee_sighting_observer;

typedef struct {
    lee_sighting_observer observers[LEE_SIGHTING_OBSERVERS_MAX];
    uint32_t count;
    uint64_t used;
    lee_sighting_seq_counters counters;
} lee_sighting_seq;

/* True: this observer's number `seq` came before with the same content (a hash of it), as *id. Else
 * it is noted as `new_id`. */
bool lee_sighting_seq_note(lee_sighting_seq *table, const char *observer, uint64_t seq,
                           uint64_t content, uint64_t new_id, uint64_t *id);

#endif
