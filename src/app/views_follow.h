/* app/views_follow.h: keeps a file of views (store/views.h) up to a journal.
 *
 * Runs beside the watch, never in it: in a process of the daemon, or in the command that builds the
 * file anew. It reads the journal's files and nothing else. */
#ifndef LEE_APP_VIEWS_FOLLOW_H
#define LEE_APP_VIEWS_FOLLOW_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "leeward/error.h"
#include "store/views.h"

typedef struct lee_views_follow lee_views_follow;

/* Follows the journal in `folder` into the file `path`. `durable`: records that may be read, told
 * by who writes the journal; NULL: as many as there are. LEE_ERR_NO_MEMORY. */
LEE_CHECK_RESULT
lee_error lee_views_follow_create(const char *folder, const char *path,
                                  const _Atomic uint64_t *durable, lee_views_follow **out);
void lee_views_follow_free(lee_views_follow *follow);

/* Reads on for about `for_us` and commits. *more: there is more to read. A file that is damaged,
 * gone or another's is begun anew, and one that was put in its place is gone on with; both are said
 * on standard error. Any error: nothing is lost, try again later. */
LEE_CHECK_RESULT
lee_error lee_views_follow_step(lee_views_follow *follow, int64_t for_us, bool *more);

/* The file as it is now; NULL: it could not be opened. Borrowed until the next step. */
lee_views *lee_views_follow_views(lee_views_follow *follow);
uint64_t lee_views_follow_known(const lee_views_follow *follow);
/* Closes it, to begin anew with the next step. */
void lee_views_follow_drop(lee_views_follow *follow);
/* Deletes it when it is damaged. */
void lee_views_follow_remove(lee_views_follow *follow);

#endif
