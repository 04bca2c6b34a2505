/* leeward/frame.h: bytes as received, with feed and time. The unit that the journal keeps. */
#ifndef LEEWARD_FRAME_H
#define LEEWARD_FRAME_H

#include <stdbool.h>
#include <stdint.h>

#include "leeward/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The formats of design.md "Command line"; the names are those of `?format=`. The numbers stand in
 * journals: new ones come last. IQ and IQ16 are samples of a radio at 1090 MHz; what comes out of
 * them are frames of BEAST. */
#define LEE_FORMAT_LIST(X)                                                                         \
    X(AVR, "avr")                                                                                  \
    X(BEAST, "beast")                                                                              \
    X(SBS, "sbs")                                                                                  \
    X(AIRCRAFT_JSON, "aircraft_json")                                                              \
    X(OPENSKY_CSV, "opensky_csv")                                                                  \
    X(REPORT_JSONL, "report_jsonl")                                                                \
    X(ASTERIX, "asterix")                                                                          \
    X(AIS, "ais")                                                                                  \
    X(REMOTE_ID, "remote_id")                                                                      \
    X(GPX, "gpx")                                                                                  \
    X(MAVLINK, "mavlink")                                                                          \
    X(OPENSKY_JSON, "opensky_json")                                                                \
    X(READSB_TRACE, "readsb_trace")                                                                \
    X(IQ, "iq")                                                                                    \
    X(IQ16, "iq16")

typedef enum {
#define LEE_FORMAT_ENUM(name, text) LEE_FORMAT_##name,
    LEE_FORMAT_LIST(LEE_FORMAT_ENUM)
#undef LEE_FORMAT_ENUM
        LEE_FORMAT_COUNT
} lee_format;

/* Longest frame of any format; longer ones are refused with LEE_ERR_LIMIT. */
#define LEE_FRAME_MAX_BYTES 16384

/* One frame: a Mode S message with its envelope, a line, a JSON object. `bytes` is borrowed and
 * lives until the callback that received the frame returns. A stretch of input that is not a frame
 * of the format arrives as a frame too, with `refused` saying why, so that everything that came in
 * is accounted for. */
typedef struct {
    int64_t t_us;           /* of the data where it says one, else when it was received */
    uint64_t stream_offset; /* position of the first byte in the stream or file */
    const uint8_t *bytes;
    uint32_t length;
    uint32_t line;      /* from 1 in formats of lines, else 0 */
    uint16_t feed;      /* number of the feed in its configuration */
    uint8_t format;     /* lee_format */
    int8_t refused;     /* LEE_OK, or the lee_error why this is not a frame */
    const char *reason; /* of `refused`: a static sentence; NULL when it is LEE_OK */
} lee_frame;

/* Hears one frame; it is borrowed until the sink returns. */
typedef void lee_frame_sink(void *context, const lee_frame *frame);

/* "beast" and so on; NULL for a number out of range. Parse: false when the name is unknown. */
const char *lee_format_name(lee_format format);
bool lee_format_parse(const char *name, lee_format *out);

#ifdef __cplusplus
}
#endif

#endif
