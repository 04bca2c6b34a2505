/* watch/fan.h: the ways on which a target may go on, drawn once a report for all zones, and when
 * each of them leads into an area.
 *
 * Straight, and it may begin to turn; or turning, and it may end that. The ways are chords in a
 * plane around the target, in 1e-7 degrees from where it is: they decide when to warn, never what
 * is inside. Ways share their beginning, which is called the trunk. */
#ifndef LEE_WATCH_FAN_H
#define LEE_WATCH_FAN_H

#include <stdbool.h>
#include <stdint.h>

#include "leeward/point.h"
#include "watch/mover.h"
#include "watch/way.h"

#define LEE_FAN_NEVER_S 1e9
#define LEE_FAN_WAYS 11
#define LEE_FAN_COURSES 5 /* of a fan that does not turn: the ways that do not begin to */
#define LEE_FAN_PLACES 192
#define LEE_FAN_CROSSINGS 32

/* The way on which a target most likely enters. */
typedef enum {
    LEE_HEADS_STRAIGHT,
    LEE_HEADS_TURNING,
    LEE_HEADS_LEVELLING,
    LEE_HEADS_FOLLOWING, /* the route of its permit */
    LEE_HEADS_COUNT
} lee_heads;

/* From the target, and when it is there. */
typedef struct {
    double lat;
    double lon;
    double t_s;
} lee_fan_place;

/* Latitude and longitude side by side. */
typedef double lee_fan_two __attribute__((vector_size(16)));
typedef struct {
    lee_fan_two min;
    lee_fan_two max;
} lee_fan_box;

typedef struct {
    double branch_s;    /* it follows the trunk until then */
    double weight;      /* that it is taken, if it is kept: */
    double kept_from_s; /* from here on it may be left, with the fan's unrest */
    bool only_beyond;   /* what enters before the branch is no matter of this way */
    lee_heads heads;
    lee_fan_box box; /* of its own places, or more */
    double radius_s; /* its chords are inscribed in a circle as wide as it flies in this time, to
                      * the right; negative: to the left; 0: in none */
    bool waits;      /* only its first place is drawn yet */
    uint32_t first;  /* its own places, where it branches off first; none: first == last */
    uint32_t last;
} lee_fan_way;

typedef struct {
    double horizon_s;    /* how far it is drawn; 0: it is not */
    double unrest;       /* chance a second that the course is left */
    lee_fan_two by;      /* the velocity now, north and east, in units of latitude a second */
    lee_fan_two scale;   /* units of latitude and of longitude for one of latitude */
    bool turns;          /* it turns now; else it goes straight, and may begin to turn: */
    double turns_weight; /* with this chance within the horizon */
    bool has_begun;      /* those ways are drawn */
    bool drifts;         /* the trunk has a small turn, which those ways leave out */
    uint32_t way_count;  /* the first is the trunk */
    uint32_t place_count;
    lee_fan_box box; /* of all ways */
    lee_fan_way ways[LEE_FAN_WAYS];
    lee_fan_place places[LEE_FAN_PLACES];
} lee_fan;

/* How the target moves now. */
typedef struct {
    double speed_mps;
    double track_deg;
    double narrow;     /* the cosine of its latitude */
    double turn_deg_s; /* to the right */
    double unrest;     /* chance a second that it leaves its course, for all that its turns tell */
    double alt_ft;     /* pressure altitude, if has_alt */
    bool has_alt;
} lee_fan_motion;

/* Draws the ways that lead straight, or go on with the turn; and those that begin to turn, when
 * they are wanted as well. */
void lee__ahead_draw(const lee_fan_motion *motion, double horizon_s, lee_fan *out);
void lee__ahead_begin_turns(lee_fan *fan);
/* Draws one of those, which waits until then. */
void lee__ahead_draw_begun(lee_fan *fan, lee_fan_way *way);

/* A run of edges: its box and its vertices from the origin, these rounded. What they leave open is
 * judged by the vertices themselves. */
typedef float lee_fan_four __attribute__((vector_size(16)));
#define LEE_FAN_FOURS (LEE_WAY_RUN / 4u + 1u)
typedef struct {
    lee_fan_box box;
    const lee_way_run *run;
    lee_fan_four lat[LEE_FAN_FOURS];
    lee_fan_four lon[LEE_FAN_FOURS];
} lee_fan_run;
#define LEE_FAN_RUNS 16u

/* One area, and between which times the altitude keeps to the band. */
typedef struct {
    const lee_ways *ways;
    uint32_t zone;
    lee_point origin;
    bool in_area;
    double from_s;
    double until_s;
    double soonest_s; /* lee__ahead_soonest_s, or less */
    bool moves;       /* the zone goes with a target: then in place of its edges */
    lee_mover mover;
    lee_fan_place trunk_at[LEE_FAN_CROSSINGS]; /* where the trunk crosses edges; any order */
    uint32_t trunk_count;
    bool is_crowded; /* there are more: the first of them is taken for the entry */
    bool has_many;   /* more runs are near than are kept, or are too long: all of the zone are asked
                      * one by one; else: */
    double most;     /* no vertex of them is farther north, south, east or west */
    uint32_t run_count;
    lee_fan_run runs[LEE_FAN_RUNS]; /* those that the ways drawn may meet */
} lee_fan_sight;

/* No way of this speed, in units of latitude a second, meets an edge of the zone sooner than in so
 * many seconds, wherever it turns: what it is in or out of stays so until then. 0 of a zone that
 * moves. `narrow` is the cosine of the target's latitude. */
double lee__ahead_soonest_s(const lee_fan_sight *sight, double speed, double narrow);
/* Looks along the trunk; before any way. */
void lee__ahead_look(const lee_fan *fan, lee_fan_sight *sight);
/* Whether any of the ways drawn may be in the area, now that they were looked along. */
static inline bool lee__ahead_may_enter(const lee_fan_sight *s)
{
    return s->moves || s->in_area || s->has_many || s->run_count > 0;
}
/* More ways were drawn. */
void lee__ahead_look_again(const lee_fan *fan, lee_fan_sight *sight);
/* When the way first is in the area within these times, and where. False: never. */
bool lee__ahead_enters(lee_fan *fan, const lee_fan_sight *sight, uint32_t way, lee_fan_place *out);
/* All places of the way from the target on, at most LEE_FAN_PLACES + 1. Returns how many. */
uint32_t lee__ahead_places(lee_fan *fan, uint32_t way, lee_fan_place *out);

#endif
