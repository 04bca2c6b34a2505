/* warn/reach.h: which places a target can reach, and when at the earliest.
 *
 * A place is reached when it lies inside the zone, or along the straight path ahead within a
 * corridor no further to the side than LEE_REACH_SIDE_M plus a tenth of the distance ahead (about
 * six degrees, what a target turns without intent). At the present ground speed a place inside is
 * at most LEE_REACH_LOOK_AHEAD_S away, and one ahead at most LEE_REACH_PATH_S: further on, a
 * straight path says little, and whoever is warned for nothing listens less the next time. The
 * arrival told is the earliest: straight to the place at the present speed, because too early costs
 * less than too late. */
#ifndef LEE_WARN_REACH_H
#define LEE_WARN_REACH_H

#include <stdbool.h>
#include <stdint.h>

#include "leeward/event.h"
#include "leeward/track.h"
#include "leeward/zone.h"
#include "warn/places.h"

#define LEE_REACH_MAX 32u
#define LEE_REACH_LOOK_AHEAD_S 600
#define LEE_REACH_PATH_S 300
#define LEE_REACH_SIDE_M 3000.0
/* Places inside the zone are never left out for being near a slow target's limit. */
#define LEE_REACH_LEAST_M 10000.0

typedef struct {
    uint32_t place; /* index in the list */
    bool inside;    /* inside the zone */
    bool arrival_known;
    int64_t arrival_us; /* earliest; only when known */
    double distance_m;  /* from the target; from the middle of the zone where it has no position */
} lee_reached;

typedef struct {
    lee_reached items[LEE_REACH_MAX]; /* inside the zone first, then the nearest */
    uint32_t count;
    uint32_t omitted; /* more places than the table holds */
} lee_reach;

/* Finds the places for an event of the zone. `track` may be NULL: then only places inside the zone
 * are found, and their arrival is the entry that the event predicts. When nothing is found the
 * place nearest to the zone's middle within 50 km stands alone, if there is one. */
void lee_reach_find(const lee_places *places, const lee_zone *zone, const lee_event *event,
                    const lee_track *track, lee_reach *out);

/* Metres between two places on a plane tangent between them: within 0.5 % below 200 km. */
double lee_reach_distance_m(lee_point a, lee_point b);

#endif
