/* watch/watch.h: what the program needs of the engine beside leeward/watch.h. */
#ifndef LEE_WATCH_WATCH_H
#define LEE_WATCH_WATCH_H

#include "base/state.h"
#include "leeward/watch.h"

/* Saves tracks, pairs, deadlines and the clock, or loads them into a watch of the same options,
 * zones and permits that has not seen a report. */
void lee_watch_state(lee_state *state, lee_watch *watch);

#endif
