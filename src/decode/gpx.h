/* decode/gpx.h: recordings of satellite receivers: GPX 1.0 and 1.1 (XML), and IGC flight logs.
 *
 * Both are of the format "gpx"; the first character that is not white space tells them apart. A
 * frame is one point of a GPX file (trkpt, rtept, wpt with what is in it), or one line of an IGC
 * file. Nothing but points is looked at: there are no entities and no document types to expand. */
#ifndef LEE_DECODE_GPX_H
#define LEE_DECODE_GPX_H

#include "decode/csv.h"
#include "decode/deframe_internal.h"
#include "leeward/decoder.h"

/* The text of the first element of this name, of any namespace, in a point. False: not there. */
bool lee__gpx_text(const char *point, size_t length, const char *name, lee_slice *out);

/* One point, and one line of an IGC file; they answer as lee_decoder_frame does. */
lee_decode_result lee__decode_gpx(const lee_frame *frame, lee_report *out, lee_error_info *why);
lee_decode_result lee__decode_igc(const lee_frame *frame, lee_report *out, lee_error_info *why);

/* The time of an IGC line; false: it says none. A line with the date is remembered. */
bool lee__igc_line_time(lee_deframer *deframer, const char *line, size_t length, int64_t *out_us);

#endif
