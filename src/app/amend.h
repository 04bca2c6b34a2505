/* app/amend.h: what operators do to permits: a request is added, a party says its word. */
#ifndef LEE_APP_AMEND_H
#define LEE_APP_AMEND_H

#include "leeward/error.h"
#include "record/operation.h"
#include "zone/permit_file.h"

/* A new list with what LEE_OP_PERMIT or LEE_OP_PERMIT_STEP asks for. A permit that is added, or
 * takes the place of the one with its id, is only requested: leave needs a step `granted`.
 * LEE_ERR_NOT_FOUND: no permit has the id; LIMIT: too many steps; SYNTAX, DOMAIN, MISSING: *why
 * says what of the permit or step; NO_MEMORY. */
LEE_CHECK_RESULT
lee_error lee_amend_permits(const lee_permit_list *list, const lee_operation *operation,
                            lee_permit_file **out, lee_error_info *why);

/* Hears of two permits that contradict each other, and why. */
typedef void lee_conflict_sink(void *context, const lee_permit *a, const lee_permit *b,
                               const char *reason);

/* Each pair of permits of one target, or of one that a pattern of the other takes in, with a zone
 * and a time in common, that cannot both be meant. LEE_ERR_NO_MEMORY. */
LEE_CHECK_RESULT
lee_error lee_amend_each_conflict(const lee_permit_list *list, lee_conflict_sink *sink,
                                  void *context);

/* The same as {"permits":["a","b"],"reason":"…"} separated by commas. */
void lee_amend_write_conflicts(const lee_permit_list *list, lee_buffer *out);

#endif
