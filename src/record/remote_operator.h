/* record/remote_operator.h: what a drone says of the person who flies it (ASTM F3411-22a 5.4.5.8
 * and 5.4.5.9, the System and Operator ID messages): the REMOTE_OPERATOR record, as JSON.
 *
 * {"t_us":…,"feed":2,"target":"rid:…","location":"takeoff","operator_lat":…,"operator_lon":…,
 *  "operator_alt_hae_m":…,"operator_id":"…"}
 *
 * Who holds such values can harm people. They are kept only where the configuration asks for it,
 * sealed apart in the journal (docs/formats/journal.md), and nothing is decided by them: between
 * the deframer and the journal nobody reads them. */
#ifndef LEE_RECORD_REMOTE_OPERATOR_H
#define LEE_RECORD_REMOTE_OPERATOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "leeward/error.h"
#include "leeward/target.h"

/* 20 bytes as they were sent, or "x:" and their hexadecimal digits, and NUL. */
#define LEE_REMOTE_OPERATOR_ID_BYTES 43
/* No record is longer. */
#define LEE_REMOTE_OPERATOR_MAX_BYTES 512u

/* What the position is; the numbers are those of the System message (table 8) and one more. */
typedef enum {
    LEE_OPERATOR_LOCATION_UNKNOWN,
    LEE_OPERATOR_AT_TAKEOFF, /* where the drone took off */
    LEE_OPERATOR_DYNAMIC,    /* where the operator is now */
    LEE_OPERATOR_FIXED,      /* a place told beforehand */
    LEE_OPERATOR_LOCATION_COUNT
} lee_operator_location;

/* At least one of position and identifier; the altitude only with a position. */
typedef struct {
    int64_t t_us;  /* of the frame that said it */
    uint16_t feed; /* the same */
    lee_target target;
    bool has_position;
    bool has_alt;
    lee_operator_location location;
    int32_t lat_e7;
    int32_t lon_e7;
    int32_t alt_hae_m_e1;                  /* tenths of metres above WGS 84, -9995 to 317675 */
    char id[LEE_REMOTE_OPERATOR_ID_BYTES]; /* letters, digits and "-_.:"; "": none */
} lee_remote_operator;

typedef void lee_remote_operator_sink(void *context, const lee_remote_operator *said);

/* Sets what is valid and known and leaves the rest: 0/0 and altitudes of -1000 m are how F3411
 * says that nothing is known. The identifier's trailing zeros and spaces do not count; what is no
 * plain text is written in hexadecimal. `length` is at most 20. */
void lee_remote_operator_put_place(lee_remote_operator *out, int64_t lat_e7, int64_t lon_e7);
void lee_remote_operator_put_alt(lee_remote_operator *out, int64_t alt_hae_m_e1);
void lee_remote_operator_put_id(lee_remote_operator *out, const uint8_t *id, size_t length);

/* Whether it says anything of an operator. */
bool lee_remote_operator_is_known(const lee_remote_operator *said);

/* Writes the record. */
void lee_remote_operator_write(const lee_remote_operator *said, lee_buffer *out);

/* Reads one. LEE_ERR_SYNTAX, MISSING or DOMAIN: *out is unchanged; nothing else is said, because a
 * reason might quote what is to stay hidden. */
LEE_CHECK_RESULT
lee_error lee_remote_operator_read(const char *text, size_t length, lee_remote_operator *out);

#endif
