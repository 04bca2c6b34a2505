/* app/session.h: the SESSION record: everything configured that decides, written down once at the
 * start, so that a replay needs nothing but the journal. */
#ifndef LEE_APP_SESSION_H
#define LEE_APP_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app/terrain_files.h"
#include "base/buffer.h"
#include "base/limits.h"
#include "leeward/error.h"
#include "leeward/point.h"
#include "leeward/watch.h"

#define LEE_SESSION_TEXT_BYTES 128

/* Plain values; texts are NUL-terminated and may be empty. */
typedef struct {
    char version[32]; /* of the program that decided */
    lee_watch_options watch;
    bool has_site; /* where the receivers stand, for surface positions */
    lee_point site;
    lee_receiver_site receivers[LEE_FEEDS_MAX]; /* by feed: where its own receiver stands */
    uint64_t budgeted_feeds;                    /* bit n: feed n is live, and has a budget */
    uint32_t feed_budget_per_s; /* reports a second that such a feed may bring; 0: any */
    bool exercise;              /* warnings say Exercise, never Actual */
    char sender[LEE_SESSION_TEXT_BYTES];
    char sender_name[LEE_SESSION_TEXT_BYTES];
    char contact[LEE_SESSION_TEXT_BYTES];
    char web[LEE_SESSION_TEXT_BYTES];
    uint64_t identifier_key[2];
    char terrain[LEE_TERRAIN_NAME_BYTES]; /* the tiles that limits above ground are judged by */
    uint64_t seq_before;                  /* of the last event of the journal before this session */
} lee_session;

void lee_session_default(lee_session *out);

/* Canonical JSON: the same session gives the same bytes. */
void lee_session_write(const lee_session *session, lee_buffer *out);

/* LEE_ERR_SYNTAX, DOMAIN: *error names the field. */
LEE_CHECK_RESULT
lee_error lee_session_read(const uint8_t *text, size_t length, lee_session *out,
                           lee_error_info *error);

#endif
