/* outlet/pending.h: which warnings an outlet has not delivered, read from the journal.
 *
 * Fed with the records of a journal in order, it answers after a restart what must be sent again:
 * each warning without a DELIVERY record that says `delivered` or `failed` for the outlet, in the
 * order in which they were made. */
#ifndef LEE_OUTLET_PENDING_H
#define LEE_OUTLET_PENDING_H

#include <stddef.h>
#include <stdint.h>

#include "base/state.h"
#include "leeward/error.h"
#include "record/record.h"

typedef struct lee_outlet_pending lee_outlet_pending;

#define LEE_OUTLET_PENDING_OUTLETS_MAX 16u

/* For outlets of these names (copied), at most LEE_OUTLET_PENDING_OUTLETS_MAX, and at most
 * `warnings_max` warnings that some outlet has not delivered; when there are more, the oldest is
 * dropped and counted, because a new warning matters more. LEE_ERR_DOMAIN, NO_MEMORY. */
LEE_CHECK_RESULT
lee_error lee_outlet_pending_create(const char *const *names, uint32_t name_count,
                                    uint32_t warnings_max, lee_outlet_pending **out);
void lee_outlet_pending_free(lee_outlet_pending *pending);

/* Takes a record; kinds other than WARNING and DELIVERY are passed over. LEE_ERR_SYNTAX: it is
 * damaged and was passed over too. LEE_ERR_NO_MEMORY. */
LEE_CHECK_RESULT
lee_error lee_outlet_pending_record(lee_outlet_pending *pending, const lee_record *record);

typedef void lee_outlet_pending_sink(void *context, const char *warning, size_t length);

/* Calls back for each warning that outlet number `outlet` (of `names`) has not delivered, oldest
 * first; the text is borrowed until the callback returns. */
void lee_outlet_pending_each(const lee_outlet_pending *pending, uint32_t outlet,
                             lee_outlet_pending_sink *sink, void *context);

/* Saves what waits, or loads it into a new one; CORRUPT when that is for other outlets. */
void lee_outlet_pending_state(lee_state *state, lee_outlet_pending *pending);

uint64_t lee_outlet_pending_dropped(const lee_outlet_pending *pending);

#endif
