/* app/cap_feed.h: the newest CAP messages as an Atom feed (RFC 4287) and one by one. */
#ifndef LEE_APP_CAP_FEED_H
#define LEE_APP_CAP_FEED_H

#include <stddef.h>

#include "base/buffer.h"
#include "base/state.h"
#include "leeward/error.h"

/* As many as a reader that comes once an hour should find. */
#define LEE_CAP_FEED_MAX 256u

typedef struct lee_cap_feed lee_cap_feed;

/* LEE_ERR_NO_MEMORY. */
LEE_CHECK_RESULT
lee_error lee_cap_feed_create(lee_cap_feed **out);
void lee_cap_feed_free(lee_cap_feed *feed);

/* Takes a WARNING record; one that cannot be read is passed over. */
void lee_cap_feed_add(lee_cap_feed *feed, const char *warning, size_t length);

/* The feed, newest first. */
void lee_cap_feed_write(const lee_cap_feed *feed, lee_buffer *out);

/* One message's XML. LEE_ERR_NOT_FOUND. */
LEE_CHECK_RESULT
lee_error lee_cap_feed_message(const lee_cap_feed *feed, const char *identifier, lee_buffer *out);

/* Saves the feed, or loads it into a new one. */
void lee_cap_feed_state(lee_state *state, lee_cap_feed *feed);

#endif
