/* decode/demod.h: samples of a radio at 1090 MHz to Mode S messages.
 *
 * A message is a preamble of four pulses (0, 1, 3.5 and 4.5 us) and, from 8 us on, a pulse in the
 * first (1) or second (0) half of each microsecond (ICAO Annex 10 Vol IV 3.1.2.2). Samples come
 * 2.4 or 2 to the microsecond, so that pulses and samples never stay in step: everything is
 * correlated with the pulse as five places between two samples would show it.
 *
 * A message comes out only when its parity says that it is one:
 *   plain parity that is right (DF11, 17, 18): always;
 *   parity overlaid with an interrogator's code (DF11) or an address (DF0, 4, 5, 16, 20, 21): when
 *       that address was heard with plain parity in the last LEE_DECODE_ADDRESS_MEMORY_S seconds;
 *   wrong plain parity (DF11, 17, 18): when turning over some of the bits that were least sure
 * makes it right, and the address is such a one. What comes out has at most the few thousand
 * addresses heard last in mind: the table is bounded. */
#ifndef LEE_DECODE_DEMOD_H
#define LEE_DECODE_DEMOD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "decode/mode_s.h"
#include "leeward/error.h"

typedef struct {
    uint64_t sample; /* in which the preamble begins; the stream's first is 0 */
    uint64_t tick;   /* of a 12 MHz clock, 64 us later, as receivers of Beast count */
    uint8_t level;   /* of the pulses over what is beside them, 255: full scale */
    uint8_t repaired_bits;
    uint8_t length;
    uint8_t bytes[LEE_MODE_S_LONG_BYTES];
} lee__demod_message;

/* Hears one message; it is borrowed until the sink returns. They come in the order of their
 * beginnings. */
typedef void lee__demod_sink(void *context, const lee__demod_message *message);

/* One stream of samples. */
typedef struct lee__demod lee__demod;

typedef enum {
    LEE__DEMOD_U8, /* I and Q as bytes, 127.5 is zero (RTL2832) */
    LEE__DEMOD_S16 /* I and Q as signed numbers of 16 bits, least byte first */
} lee__demod_samples;

/* sample_rate_hz is 2400000 or 2000000. *out is the caller's. LEE_ERR_NO_MEMORY. */
LEE_CHECK_RESULT
lee_error lee__demod_create(lee__demod_samples samples, uint32_t sample_rate_hz, lee__demod **out);
/* NULL is allowed. */
void lee__demod_free(lee__demod *demod);

/* Takes the next bytes of the stream, cut anywhere: what comes out does not depend on where. */
void lee__demod_push(lee__demod *demod, const uint8_t *bytes, size_t length, lee__demod_sink *sink,
                     void *context);

/* The stream ends here: what was held back is looked at, and half a sample is forgotten. Another
 * may follow; its samples count on. */
void lee__demod_finish(lee__demod *demod, lee__demod_sink *sink, void *context);

/* Samples taken so far. */
uint64_t lee__demod_samples_taken(const lee__demod *demod);

#endif
