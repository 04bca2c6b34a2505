/* app/intake.h: feeds and their deframers: URIs in, frames out. */
#ifndef LEE_APP_INTAKE_H
#define LEE_APP_INTAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app/clock.h"
#include "base/limits.h"
#include "feed/feed.h"
#include "io/loop.h"
#include "leeward/error.h"
#include "leeward/frame.h"
#include "record/remote_operator.h"

/* The number of what units say by the API (docs/api.md); feeds have lower ones. */
#define LEE_INTAKE_POSITIONS_FEED (LEE_FEEDS_MAX - 1)

typedef struct lee_intake lee_intake;

/* What one feed brought, beside what the pipeline counts of its frames. */
typedef struct {
    const char *name;
    bool format_known;
    lee_format format;
    const lee_feed_status *status;
    uint64_t frames;  /* good ones */
    uint64_t refused; /* stretches of bytes that are no frame; these are not recorded */
    uint64_t refused_bytes;
} lee_intake_feed;

/* Frames arrive with their feed's number, in the order the feeds were added. Refused stretches go
 * to `refused`, which may be NULL. */
LEE_CHECK_RESULT
lee_error lee_intake_create(lee_frame_sink *sink, lee_frame_sink *refused, void *context,
                            lee_intake **out);
void lee_intake_free(lee_intake *intake);

/* Hears frames of one feed, as lee_frame_encode writes them, one behind the other: at most
 * LEE_INTAKE_FRAMES_MAX_BYTES. An error: they were not taken. */
typedef lee_error lee_frames_sink(void *context, const uint8_t *bytes, size_t length);
#define LEE_INTAKE_FRAMES_MAX_BYTES 49152u

/* Feeds that are added from now on are parsed in processes of their own (app/parser.h), and their
 * frames arrive in this sink. A feed whose parser dies loses what killed it, which is counted as
 * refused, and waits a while. What comes is gathered, so that the others are asked once for much;
 * it is parsed and given to the sink when it is enough for a record, and by lee_intake_flush. */
void lee_intake_set_apart(lee_intake *intake, lee_frames_sink *sink);
void lee_intake_flush(lee_intake *intake);

/* Of feeds that are added from now on, what drones say of their operators arrives in this sink; it
 * is nowhere else. Without this call it is thrown away where frames are made. */
void lee_intake_set_operators(lee_intake *intake, lee_remote_operator_sink *sink);

/* What comes in has its time from this clock (borrowed), else from the wall clock. */
void lee_intake_set_clock(lee_intake *intake, const lee_receive_clock *clock);

/* Adds a feed by its URI. Says on standard error what is wrong with it. `format` (may be NULL)
 * holds where the URI names none. LEE_ERR_LIMIT: LEE_INTAKE_POSITIONS_FEED of them
 * are there. */
LEE_CHECK_RESULT
lee_error lee_intake_add(lee_intake *intake, const char *uri, const lee_format *format);

/* Whether all feeds are files or standard input, so that time comes from the data. */
bool lee_intake_is_recorded(const lee_intake *intake);

/* Reads all files to their end as fast as the sink takes them; several are merged by time, for
 * which their frames are held in memory. Errors are said on standard error. */
LEE_CHECK_RESULT
lee_error lee_intake_read_all(lee_intake *intake);

/* Lets the loop bring frames in. */
LEE_CHECK_RESULT
lee_error lee_intake_start(lee_intake *intake, lee_loop *loop);

/* Whether every feed has ended or failed for good. */
bool lee_intake_is_over(const lee_intake *intake);

uint16_t lee_intake_count(const lee_intake *intake);
lee_intake_feed lee_intake_feed_at(const lee_intake *intake, uint16_t feed);

#endif
