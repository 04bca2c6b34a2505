/* leeward/deframe.h: bytes of a stream to frames. (leeward/decoder.h makes reports of them.)
 *
 * A deframer takes a stream in pieces of any size and calls back once for each frame. Every byte
 * ends up in exactly one frame, good or refused, except what only separates frames: nothing in
 * Beast; line ends and blank lines in the formats of lines and AVR; in aircraft_json white space,
 * commas, '|' and brackets between objects and the members of a snapshot around its "aircraft"; the
 * same around the rows of opensky_json and behind those of readsb_trace, whose head is a frame; in
 * gpx all XML that is no point. Of a remote_id capture, a frame is each packet's part that may be
 * known (src/decode/remote_id.h), and stream_offset is that of the packet. Of iq and iq16, frames
 * are the Mode S messages found, as a Beast receiver would give them, stream_offset is that of the
 * preamble, and what is noise is in no frame.
 * After garbage it finds the next frame by itself; a line or object longer than
 * LEE_FRAME_MAX_BYTES arrives as refused pieces of that size. The frames do not depend on how the
 * stream was cut into pieces.
 *
 * Time. With `live`, t_us is when the bytes were received; an aircraft_json object is older by its
 * `seen_pos` (by its `seen` where it has no position). In a recording the time is that of the data:
 *   beast, AVR with a 12 MHz counter ('@', '%', '<'): t0_us + (ticks - first ticks) / 12; a counter
 *       that jumps back by more than ten seconds or on by more than a day was restarted, and time
 *       goes on from the last frame; a counter that marks a multilateration result says nothing,
 *       and the frame has the time of the one before;
 *   the same with `clock_gps`: the counter is the UTC time of day of a Radarcape; its day is that
 * of t0, then the one that is nearest to the frame before, so that midnight is passed. Live, it is
 * nearest to the receipt, and believed when it is at most 60 s old. What is no time of day (86400
 * s, 10^9 ns or more) says nothing; AVR without counter ('*'): there is no time. All frames have
 * t0_us. The decoder sees that time never moves in such a feed and then takes no position from a
 * pair of CPR halves before they were confirmed (see leeward/decoder.h); sbs: date and time
 * generated (fields 7 and 8), taken as UTC; without them as the line before; aircraft_json: `now`
 * of the snapshot or object (or `timestamp`), less seen_pos or seen; mavlink: by SYSTEM_TIME and
 * the vehicle's clock, else from t0 on by that clock alone; asterix: the time of day, on the date
 * of the capture, of t0, or of the record before; live, of the receipt when it is at most 60 s old
 * (see src/decode/asterix.h on what a frame holds); opensky_json: of the position, else of the last
 * contact, else `time`; live, older than the receipt by as much as it was older than `time`;
 *   readsb_trace: `timestamp` and the row's seconds, also live, where no time is after the receipt;
 *   opensky_csv: `lastposupdate`, else `time`; report_jsonl: `t_us`;
 *   ais: of receipt, by TAG block or suffix, else that of the last sentence with a clock's time;
 *   remote_id: of the packet; gpx: of the point, and of B records with the day of HFDTE.
 *   iq, iq16: t0_us and the time of so many samples; live, the receipt of the last sample less that
 *       of those behind it.
 * A frame whose data says no time has the time of the frame before, the first one t0_us. */
#ifndef LEEWARD_DEFRAME_H
#define LEEWARD_DEFRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "leeward/error.h"
#include "leeward/frame.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One stream. One thread uses it at a time. */
typedef struct lee_deframer lee_deframer;

typedef struct {
    uint16_t feed; /* goes into every frame */
    bool live;     /* time is when received; false: a recording, time is that of the data */
    bool
        clock_gps; /* the counter of Beast and AVR is a time of day: seconds x 2^30 + nanoseconds */
    int64_t t0_us; /* of the first frame of a recording whose data has only relative time */
    uint32_t sample_rate_hz; /* of iq and iq16: 2400000 or 2000000 */
} lee_deframe_options;

/* Feed 0, a recording, a 12 MHz counter, t0 1970-01-01, 2.4 million samples a second. */
void lee_deframe_options_default(lee_deframe_options *out);

/* *options is copied; *out is the caller's, to be freed. LEE_ERR_NO_MEMORY. */
LEE_CHECK_RESULT
lee_error lee_deframer_create(lee_format format, const lee_deframe_options *options,
                              lee_deframer **out);
/* NULL is allowed. */
void lee_deframer_free(lee_deframer *deframer);

/* Takes the next `length` bytes of the stream, received at t_received_us (looked at only when
 * live). The frame given to `sink` and its bytes live until the sink returns. */
void lee_deframer_push(lee_deframer *deframer, const uint8_t *bytes, size_t length,
                       int64_t t_received_us, lee_frame_sink *sink, void *context);

/* The stream has ended: a last line without line end is given, half a frame is refused. The
 * deframer can then take another stream, whose offsets and lines count on. */
void lee_deframer_finish(lee_deframer *deframer, lee_frame_sink *sink, void *context);

/* Tells the format of a stream by its first bytes (a few hundred are enough) and, where these do
 * not decide, by the file name (may be NULL; a last ".gz" is passed over). False: not known. */
bool lee_format_guess(const uint8_t *bytes, size_t length, const char *name, lee_format *out);

#ifdef __cplusplus
}
#endif

#endif
