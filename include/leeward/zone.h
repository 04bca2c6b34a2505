/* leeward/zone.h: a protected zone as it is judged, and a set of them that answers "which?".
 *
 * Import (zone/) makes zones out of files; a zone is immutable once made. What is hashed, shown
 * and judged is the same ring of integers. */
#ifndef LEEWARD_ZONE_H
#define LEEWARD_ZONE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "leeward/alt.h"
#include "leeward/error.h"
#include "leeward/point.h"
#include "leeward/target.h"

#ifdef __cplusplus
extern "C" {
#endif

#define LEE_ZONE_KIND_LIST(X)                                                                      \
    X(SAFE, "safe")                                                                                \
    X(NO_FLY, "no_fly")                                                                            \
    X(RESTRICTED, "restricted")                                                                    \
    X(DANGER, "danger")                                                                            \
    X(PROHIBITED, "prohibited")                                                                    \
    X(CONTROLLED, "controlled")                                                                    \
    X(CORRIDOR, "corridor")                                                                        \
    X(NOTICE, "notice")

typedef enum {
#define LEE_ZONE_KIND_ENUM(name, text) LEE_ZONE_##name,
    LEE_ZONE_KIND_LIST(LEE_ZONE_KIND_ENUM)
#undef LEE_ZONE_KIND_ENUM
        LEE_ZONE_KIND_COUNT
} lee_zone_kind;

/* deny: nobody without a permit, and entering is grave; permit: with a permit; allow: anybody, the
 * zone only records. */
typedef enum { LEE_ENTRY_DENY, LEE_ENTRY_PERMIT, LEE_ENTRY_ALLOW } lee_zone_entry;

/* Half open: from is inside, to is outside. INT64_MIN and INT64_MAX mean no limit. */
typedef struct {
    int64_t from_us;
    int64_t to_us;
} lee_interval;

/* When a zone is active: within any of the intervals, sorted and disjoint. Weekly rules were
 * expanded into intervals at import. No intervals and `always` false: never active. */
typedef struct {
    bool always;
    const lee_interval *intervals;
    uint32_t count;
} lee_schedule;

/* How a zone is watched; the defaults by kind stand in zone/defaults.c with their sources. */
typedef struct {
    int32_t look_ahead_s;       /* 0: no prediction; at most 600 */
    int32_t warning_time_s;     /* predicted is told when entry is nearer than this */
    int32_t lateral_margin_m;   /* hysteresis: how far outside is outside again */
    int32_t vertical_margin_ft; /* the same for the altitude band */
    int32_t confirm;            /* hits in a row before entered or predicted is told, at least 1 */
    int32_t hold;               /* misses in a row before left is told; 0: at the first */
    int32_t lost_after_s;       /* silence inside or near before lost is told */
    int32_t alert_chance_pct;   /* predicted is told at this chance of entry, 1..99; 0: whenever the
                                 * straight line leads in, after `confirm` hits */
    int32_t map_error_m;        /* how wrong the drawn boundary may be, at 95 %; 0: not stated, and
                                 * then nothing is proved: no verdict is told */
    /* Attention (docs/watch.md); 0: off. */
    int32_t realert_s; /* another incident of one target within this is told quietly */
    int32_t group_m;   /* targets that begin nearer to each other than this are one group */
    /* Behaviour; the first 0: off. */
    int32_t loiter_s;  /* this long within loiter_m of one place */
    int32_t loiter_m;  /* above 0 */
    int32_t stop_s;    /* this long slower than stop_kt */
    int32_t stop_kt;   /* above 0 */
    int32_t meet_s;    /* two targets this long within meet_m of each other */
    int32_t meet_m;    /* above 0 */
    int32_t low_ft;    /* lower than this, by whatever altitude is known, and faster than */
    int32_t fast_kt;   /* this */
    int32_t emergency; /* 1: squawks 7400, 7500, 7600, 7700 and the emergency field are told */
    /* Confirmation, and what is told without it. */
    int32_t confirm_of; /* `confirm` hits among the last this many reports are enough, at most 64;
                         * `confirm` or less: they must follow each other */
    int32_t imminent_s; /* an entry nearer than this is told without confirmation; 0: none is */
    int32_t
        imminent_chance_pct;    /* or at this chance, where alert_chance_pct asks for more; 0: 70 */
    int32_t averted_chance_pct; /* below this chance of entry a prediction is missed; 0: 10 */
    int32_t update_s;           /* what is open is told again after so long; 0: 10 */
    int32_t lost_end_s;         /* so long after lost the incident ends; 0: 600 */
    /* What is not known of where a target is, and will be; docs/watch.md, "Errors". */
    int32_t lateral_error_m;   /* predicted: as if the zone were this much wider, and */
    int32_t lateral_growth_m;  /* this much more for each minute ahead */
    int32_t vertical_error_ft; /* the same for its limits */
    int32_t vertical_growth_ft;
    int32_t observers; /* so many who told of an `unseen:` target, at most 8, before an incident
                        * with it begins; 0: whoever told, also where who is not known */
} lee_zone_watch;

/* A zone that goes with a target: everything nearer to it than a radius, or, with a route, all that
 * is nearer to the open part of the route than half its width. The open part reaches from behind_m
 * behind to ahead_m ahead of the place of the route that is nearest to the target, as the route
 * runs from its first point to its last. Edges are straight in latitude and longitude. */
typedef struct {
    lee_target around;
    int32_t radius_m; /* 0: the zone does not move; else 1 to LEE_MOVING_RADIUS_MAX_M */
    int32_t ahead_m;  /* 0 to LEE_MOVING_OPEN_MAX_M; one of the two is above 0; so the next */
    int32_t behind_m;
    const lee_point *route; /* NULL: none; then ahead_m and behind_m are 0 */
    uint32_t route_count;   /* 2 to LEE_MOVING_ROUTE_MAX, no two neighbours alike */
} lee_zone_moving;

/* 54 NM: as far as the plane in which zones that move are judged serves. */
#define LEE_MOVING_RADIUS_MAX_M 100000
#define LEE_MOVING_OPEN_MAX_M 1000000
#define LEE_MOVING_ROUTE_MAX 1000u
#define LEE_ZONE_EXEMPTS_MAX 64u
#define LEE_ZONE_AXIS_MAX 1000u

typedef struct {
    const char *id;
    const char *name; /* JSON text: a string or a map of languages */
    lee_zone_kind kind;
    lee_zone_entry entry;
    lee_alt_limit lower; /* inside */
    lee_alt_limit upper; /* outside */
    lee_schedule schedule;
    lee_zone_watch watch;
    const char *authority; /* NULL when the file says none; so the next two */
    const char *mandate;
    const char *protects; /* who or what it protects; a zone that protects people is warned for */
    lee_area area;        /* without rings where the zone moves, so that the index never finds it */
    lee_zone_moving moving;
    const char *const *exempts; /* ids of zones that do not hold within this one, for whom may be
                                 * in it; at most LEE_ZONE_EXEMPTS_MAX */
    uint32_t exempt_count;
    const lee_point *axis; /* the line that who is in a corridor is expected to follow, either way:
                            * edges straight in latitude and longitude, no two neighbours alike, not
                            * over the antimeridian; NULL: none is known */
    uint32_t axis_count;   /* 0, or 2 to LEE_ZONE_AXIS_MAX */
} lee_zone;

typedef struct {
    const lee_zone *zones;
    uint32_t count;
} lee_zone_list;

/* Whether any of the zones moves. */
bool lee_zone_list_moves(const lee_zone_list *list);

/* --- the index: one immutable generation of zones ------------------------------------------- */

typedef struct lee_zone_set lee_zone_set;

/* Builds a set over `list`, which is borrowed and must live as long as the set. Zones keep their
 * index in the list as their number. LEE_ERR_NO_MEMORY; LEE_ERR_LIMIT: more than LEE_ZONES_MAX
 * zones or LEE_VERTICES_MAX vertices. */
LEE_CHECK_RESULT
lee_error lee_zone_set_build(const lee_zone_list *list, lee_zone_set **out);
void lee_zone_set_free(lee_zone_set *set);

/* The zones whose area holds the point, ascending, written to `out` up to `capacity`; places beyond
 * them, within `capacity`, may be used as scratch. Returns how many there are, which may be more.
 * Altitude and time are not looked at. A point on an edge
 * belongs to exactly one of the two sides (geo/area.h). */
size_t lee_zone_set_locate(const lee_zone_set *set, lee_point point, uint32_t *out,
                           size_t capacity);

/* The zones whose bounding box meets `box`, ascending; otherwise as locate. */
size_t lee_zone_set_in_box(const lee_zone_set *set, lee_box box, uint32_t *out, size_t capacity);

/* The list that the set was built over. */
const lee_zone_list *lee_zone_set_list(const lee_zone_set *set);

#ifdef __cplusplus
}
#endif

#endif
