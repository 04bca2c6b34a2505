/* decode/decoder_state.h: what the program needs of a decoder beside leeward/decoder.h. */
#ifndef LEE_DECODE_DECODER_STATE_H
#define LEE_DECODE_DECODER_STATE_H

#include "base/state.h"
#include "leeward/decoder.h"

/* Saves what is remembered between frames, or loads it into a new decoder of the same options. */
void lee_decoder_state(lee_state *state, lee_decoder *decoder);

#endif
