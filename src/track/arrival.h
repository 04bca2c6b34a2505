/* track/arrival.h: when one transmission came to several receivers, against where it says it was
 * sent from.
 *
 * Light needs a microsecond for 300 m: of three receivers whose clocks are those of satellites
 * (lee_receiver_site.is_timed), two and two tell by the difference of their times on which
 * hyperbola the transmitter is. A position that lies on none of the three is not where it was sent.
 * One receiver with a wrong clock, or at another place than was said, spoils the pairs that it is
 * in and not the others: what is gone when one is left out raises nothing. docs/plausibility.md has
 * the constants.
 *
 * Deterministic, and bounded: transmissions wait in a table taken at creation, where the newest
 * replaces the oldest of its set. */
#ifndef LEE_TRACK_ARRIVAL_H
#define LEE_TRACK_ARRIVAL_H

#include <stdint.h>

#include "base/state.h"
#include "leeward/report.h"
#include "leeward/track.h"
#include "track/plausible.h"

typedef struct lee_arrivals lee_arrivals;

/* NULL: no memory. */
lee_arrivals *lee_arrivals_create(void);
void lee_arrivals_free(lee_arrivals *arrivals);

/* `feed` is below LEE_FEEDS_MAX. */
void lee_arrivals_set_site(lee_arrivals *arrivals, uint16_t feed, const lee_receiver_site *site);

/* Takes note that the feed heard the report, whether or not another did before. Raises ARRIVAL in
 * the track. `name`: lee_crowd_name of the report's target. */
void lee_arrivals_note(lee_arrivals *arrivals, lee_conduct *motion, const lee_report *report,
                       uint64_t name, const lee_hearing *hearing, lee_track *track);

void lee_arrivals_state(lee_state *state, lee_arrivals *arrivals);

#endif
