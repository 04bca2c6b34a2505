/* decode/sighting.h: what a person saw or heard.
 *
 * Where an observer stands is told to nobody but a custodian. Everybody else is given the cell of a
 * fixed grid that holds the place: 0.1 degrees of latitude (11.1 km), and in each row as many whole
 * columns as are at least as wide. The cell depends on nothing but the row and column, so ten
 * thousand sightings from one roof tell no more than one does; there is no jitter to average away,
 * and no circle with the observer in its middle. The public time is cut to the minute, so that it
 * can't be laid over radio bursts. */
#ifndef LEE_DECODE_SIGHTING_H
#define LEE_DECODE_SIGHTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "leeward/error.h"
#include "leeward/point.h"

/* X(NAME, text, how fast its circle grows in m/s: the fastest that is usual for the kind) */
#define LEE_SIGHTING_WHAT_LIST(X)                                                                  \
    X(JET, "jet", 250)                                                                             \
    X(HELICOPTER, "helicopter", 75)                                                                \
    X(DRONE, "drone", 55)                                                                          \
    X(PROPELLER, "propeller", 120)                                                                 \
    X(EXPLOSION, "explosion", 0)                                                                   \
    X(UNKNOWN, "unknown", 250)

typedef enum {
#define LEE_SIGHTING_WHAT_ENUM(name, text, grows_mps) LEE_SIGHTING_##name,
    LEE_SIGHTING_WHAT_LIST(LEE_SIGHTING_WHAT_ENUM)
#undef LEE_SIGHTING_WHAT_ENUM
        LEE_SIGHTING_WHAT_COUNT
} lee_sighting_what;

/* Eight winds clockwise from north, then unknown. */
typedef enum {
    LEE_HEADING_N,
    LEE_HEADING_NE,
    LEE_HEADING_E,
    LEE_HEADING_SE,
    LEE_HEADING_S,
    LEE_HEADING_SW,
    LEE_HEADING_W,
    LEE_HEADING_NW,
    LEE_HEADING_UNKNOWN,
    LEE_HEADING_COUNT
} lee_heading;

typedef enum { LEE_SIGHTING_HEARD, LEE_SIGHTING_SEEN, LEE_SIGHTING_HOW_COUNT } lee_sighting_how;

#define LEE_SIGHTING_COUNT_MAX 1000u
#define LEE_SIGHTING_MAX_BYTES 1024u
/* How far a sighting's time may lie before and after now. */
#define LEE_SIGHTING_PAST_S 86400
#define LEE_SIGHTING_FUTURE_S 60

typedef struct {
    lee_point point; /* where the observer was */
    int64_t t_us;
    lee_sighting_what what;
    uint32_t count; /* 1..LEE_SIGHTING_COUNT_MAX */
    lee_heading heading;
    lee_sighting_how how;
    uint64_t by;  /* who told it, by a number that says no name; only in records; 0: not told */
    bool has_seq; /* the observer's own number, only as it comes in: it is in no record */
    uint64_t seq;
} lee_sighting;

/* The fastest that is usual for the kind, and how far off a thing may be seen or heard. */
int32_t lee_sighting_grows_mps(lee_sighting_what what);
uint32_t lee_sighting_range_m(lee_sighting_how how);

/* Reads the body of POST /api/v1/sightings (SIGHTING_IN of docs/api.md) received at now_us. Strict:
 * lat, lon, what and how must be there; t_us (now), count (1), heading (unknown) and seq may be;
 * any other key, a key given twice and a value of another type are refused, so that nothing about
 * the observer comes in by accident. LEE_ERR_SYNTAX, MISSING, DOMAIN or LIMIT: *error names field
 * and reason. */
LEE_CHECK_RESULT
lee_error lee_sighting_read(const char *text, size_t length, int64_t now_us, lee_sighting *out,
                            lee_error_info *error);

/* The record for the journal, canonical: fixed keys in fixed order, with `id` as 16 hexadecimal
 * digits. `id` must say nothing about place or observer: a number drawn or counted by the caller.
 */
void lee_sighting_write_record(const lee_sighting *sighting, uint64_t id, lee_buffer *out);

/* What `by` may be at most. */
#define LEE_SIGHTING_BY_MAX ((UINT64_C(1) << 48) - 1)

/* Reads that record back. LEE_ERR_SYNTAX, MISSING, DOMAIN. */
LEE_CHECK_RESULT
lee_error lee_sighting_read_record(const char *text, size_t length, uint64_t *id, lee_sighting *out,
                                   lee_error_info *error);

typedef struct {
    lee_point centre;
    uint32_t radius_m;
} lee_sighting_area;

/* The public area: the middle of the cell, and a radius that covers the cell and as far as people
 * see or hear. */
lee_sighting_area lee_sighting_snap(const lee_sighting *sighting);

/* The SIGHTING object of docs/api.md for everybody. */
void lee_sighting_write_public(const lee_sighting *sighting, uint64_t id, lee_buffer *out);

/* The same with the exact place and time, for a custodian alone. */
void lee_sighting_write_exact(const lee_sighting *sighting, uint64_t id, lee_buffer *out);

#endif
