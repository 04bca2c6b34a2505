/* watch/attention_state.h: the walk over what has been told aloud, for snapshots (base/state.h). */
#ifndef LEE_WATCH_ATTENTION_STATE_H
#define LEE_WATCH_ATTENTION_STATE_H

#include "base/state.h"
#include "leeward/attention.h"

void lee_attention_state(lee_state *state, lee_attention *attention);

#endif
