/* leeward/decoder.h: frames to reports. (leeward/deframe.h makes the frames.)
 *
 * A decoder knows for each aircraft what a single message does not say: the other half of its
 * position, its last position, its altitude. One frame gives at most one report, and a report
 * holds only what the source said.
 *
 * No target comes from noise: parity is never repaired here (of iq and iq16 where frames are made,
 * for addresses known from plain parity: src/decode/demod.h); a message whose parity is overlaid
 * with the address (DF0, 4, 5, 16, 20, 21) or with an interrogator's code (DF11) is believed only
 * when that address was heard in the last LEE_DECODE_ADDRESS_MEMORY_S seconds in a message with
 * plain parity.
 *
 * No position is a guess (RTCA DO-260B 2.2.10): a first position comes from an even and an odd half
 * that are at most 10 s apart (on the surface 25 s, or 50 s when slow), later ones from one half
 * and the last position while the target cannot have flown out of its zone, checked against global
 * solutions. A position further away than it can have flown is not reported until three such
 * agree. On the surface, the reference site replaces the last position: positions are taken to be
 * within 45 NM of it.
 *
 * In a recording without time (leeward/deframe.h: AVR '*'), gaps cannot be seen. There, a first
 * position needs four halves, even and odd in turn, whose three pairs each lie within 0.5 NM and
 * agree within 2 NM; later positions lie within 2 NM of the last, or the same begins anew. Nothing
 * is derived there from two messages (alt_hae_ft from a height difference). */
#ifndef LEEWARD_DECODER_H
#define LEEWARD_DECODER_H

#include <stdbool.h>
#include <stdint.h>

#include "leeward/error.h"
#include "leeward/frame.h"
#include "leeward/point.h"
#include "leeward/report.h"

#ifdef __cplusplus
extern "C" {
#endif

#define LEE_DECODE_ADDRESS_MEMORY_S 60

/* One thread uses it at a time. */
typedef struct lee_decoder lee_decoder;

typedef struct {
    bool site_known;
    lee_point site;        /* the receiver, degrees x 10^7 */
    uint32_t aircraft_max; /* at least 1; the one heard longest ago makes room */
    /* A secret: whoever does not know it cannot choose addresses that collide in the table. What is
     * decoded does not depend on it. */
    uint64_t hash_key[2];
} lee_decoder_options;

/* No site, LEE_TRACKS_MAX aircraft, a key that is no secret. */
void lee_decoder_options_default(lee_decoder_options *out);

/* All memory is taken here; *options is copied; *out is the caller's, to be freed.
 * LEE_ERR_NO_MEMORY. */
LEE_CHECK_RESULT
lee_error lee_decoder_create(const lee_decoder_options *options, lee_decoder **out);
/* NULL is allowed. */
void lee_decoder_free(lee_decoder *decoder);

typedef enum {
    LEE_DECODED_REPORT,
    LEE_DECODED_NOTHING, /* a good frame that tells nothing we report */
    LEE_DECODED_REFUSED  /* not a valid message of its format */
} lee_decode_result;

/* Decodes one frame, of any feed and format. REPORT: *out is filled, *why untouched. NOTHING and
 * REFUSED: why->reason says why (a static sentence), why->code is LEE_OK for NOTHING; *out may have
 * been written to. */
lee_decode_result lee_decoder_frame(lee_decoder *decoder, const lee_frame *frame, lee_report *out,
                                    lee_error_info *why);

/* Sums since creation: frames = reports + nothing + refused. */
typedef struct {
    uint64_t frames;
    uint64_t reports;
    uint64_t nothing;
    uint64_t refused;
    uint64_t aircraft_evicted;
    uint64_t positions_implausible; /* held back: further than the target can have flown */
    uint64_t ais_parts_dropped;     /* parts of AIS messages whose others did not come in time */
    uint64_t rid_names_evicted;     /* names of Remote ID transmitters forgotten for room */
    uint32_t aircraft;
} lee_decoder_counters;

/* Fills *out with the sums as they are now. */
void lee_decoder_count(const lee_decoder *decoder, lee_decoder_counters *out);

#ifdef __cplusplus
}
#endif

#endif
