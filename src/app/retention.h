/* app/retention.h: which frames a policy no longer keeps, and what a pruned journal means for who
 * decides again.
 *
 * Frames received before a time are no longer kept, but what an incident cites is kept for ever: in
 * a session with incidents, everything from its beginning to the last record about one of them,
 * which is what a bundle holds and a replay needs. Only sessions that are over are looked at,
 * because of the last nobody knows what will be cited. */
#ifndef LEE_APP_RETENTION_H
#define LEE_APP_RETENTION_H

#include <stdbool.h>
#include <stdint.h>

#include "journal/journal.h"
#include "journal/prune.h"
#include "leeward/error.h"

typedef struct {
    uint64_t from; /* the record that reading begins with; then where to go on: a session's first */
    bool more;     /* there is more to look at, from there */
    lee_journal_place place; /* of LEE_ERR_CORRUPT */
} lee_retention_place;

/* Frames received before this time are no longer kept. */
int64_t lee_retention_before_us(int64_t days, int64_t now_us);

/* Reads the journal in `folder` and says in *out what is to be pruned now, of what is kept `days`:
 * out->count is 0 when nothing is. What an earlier record took and a crash left is in it again.
 * Errors of lee_journal_reader_next and lee_prune_measure; LEE_ERR_CORRUPT: the journal is damaged
 * and nothing must be pruned. */
LEE_CHECK_RESULT
lee_error lee_retention_plan(const char *folder, int64_t days, int64_t now_us,
                             lee_retention_place *place, lee_prune *out);

/* Who decides again what a journal says passes over what is behind frames that were pruned, up to
 * the next session: nothing is said of it that could be compared. */
typedef struct {
    uint64_t pruned; /* lee_journal_reader_pruned at the record before */
    bool is_skipping;
    uint64_t passed; /* records */
} lee_retention_skip;

bool lee_retention_skips(lee_retention_skip *skip, uint64_t pruned, const lee_record *record);

#endif
