/* decode/demod_sequence.h: the bits of a message whose samples each touch two halves of bits.
 *
 * At 2 samples a microsecond a message that stands between the samples shows in each of them half
 * of a pulse and half of what is beside it: the difference between the halves of one bit may then
 * be nothing at all, however strong the signal. But each sample is explained by two neighbouring
 * bits, so that of all sequences of bits the one is found that explains all samples best (Viterbi's
 * algorithm with two states, forwards and backwards, so that it also tells how sure each bit is).
 */
#ifndef LEE_DECODE_DEMOD_SEQUENCE_H
#define LEE_DECODE_DEMOD_SEQUENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "decode/demod_judge.h"

typedef struct {
    const int16_t *samples; /* from the one on in which the first bit begins; two to a bit */
    int32_t into;           /* tenths of that sample that lie before the bit, 0 to 9 */
    int32_t floor;          /* what is received without a pulse */
    int32_t level;          /* of a pulse over that, above 0 */
} lee__demod_sequence;

/* The first `count` bits, at most LEE__DEMOD_BITS_MAX; `ends`: with the last of them the message
 * ends, and one sample more is looked at. Positive is 1, and the further from 0, the surer. Returns
 * how well they explain the samples: of messages the higher the more of their pulses is seen. */
int32_t lee__demod_sequence_read(const lee__demod_sequence *sequence, uint32_t count, bool ends,
                                 int32_t *soft);

#endif
