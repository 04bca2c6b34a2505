/* watch/state.h: what the files of the engine share. Nothing outside watch/ includes it.
 *
 * A visit is a track's place as last judged; a pair is one track's dealings with one zone. Pairs
 * of a track are a list in ascending order of zones, so that events come in that order. */
#ifndef LEE_WATCH_STATE_H
#define LEE_WATCH_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "base/map.h"
#include "base/state.h"
#include "geo/distance.h"
#include "geo/path.h"
#include "leeward/watch.h"
#include "track/table.h"
#include "watch/fan.h"
#include "watch/inhibit.h"
#include "watch/lanes.h"
#include "watch/motion.h"
#include "watch/mover.h"
#include "watch/permits.h"
#include "watch/route.h"
#include "watch/way.h"
#include "zone/alt_band.h"

#define LEE_WATCH_NONE UINT32_MAX

/* An incident is told again at most once a second. */
#define LEE_WATCH_UPDATE_MIN_US INT64_C(1000000)
/* How long a zone that bears any silence remembers a silent target. */
#define LEE_WATCH_FORGET_US (600 * INT64_C(1000000))
/* Where whoever made the zone left them 0. */
#define LEE_WATCH_UPDATE_S 10
#define LEE_WATCH_LOST_END_S 600
#define LEE_WATCH_IMMINENT_CHANCE_PCT 70
#define LEE_WATCH_AVERTED_CHANCE_PCT 10
/* Zones close to a track that are remembered between its reports. */
#define LEE_WATCH_CACHE_ZONES 12

/* What is known of the pressure at a place and an instant, and from where. */
typedef enum { LEE_AIR_UNKNOWN, LEE_AIR_CONFIGURED, LEE_AIR_STATED, LEE_AIR_AIRCRAFT } lee_air_from;
typedef struct {
    int32_t qnh_hpa_e1; /* 0: not known */
    int32_t error_ft;   /* at 95 %, of one that is known */
    int32_t unknown_ft; /* of one that is not: how much wider limits are */
    lee_air_from from;
} lee_air;

/* Where a target was at one moment, and how high as far as was known then. */
typedef struct {
    int64_t t_us;
    lee_point point;
    lee_band_altitude altitude;
    lee_air air;    /* only where watch->has_air */
    int32_t unused; /* 0: padding would carry what lay on the stack into snapshots */
} lee_place;
static_assert(sizeof(lee_place) == sizeof(int64_t) + sizeof(lee_point) + sizeof(lee_band_altitude) +
                                       sizeof(lee_air) + sizeof(int32_t),
              "no padding");

/* What is remembered of a track between its reports, beside the track. */
typedef struct {
    lee_place place; /* as last judged */
    bool has_place;
    uint32_t first_pair;
    int64_t told_us;      /* of its newest event; INT64_MIN: none */
    int64_t ended_us;     /* when incidents of it ended last, and how many at that instant: */
    uint32_t ended_count; /* two incidents of one instant need different numbers */
    lee_motion motion;    /* how it turned lately, */
    lee_follow follow;    /* and kept to the route of its permit */
    lee_box calm;         /* while it stays in here and reaches no further than reach_m, */
    double reach_m;       /* and between these pressure altitudes, which are known, unless */
    int32_t calm_low_ft;  /* this is INT32_MIN: then at any, */
    int32_t calm_high_ft; /* only these zones can matter */
    uint32_t cached_count;
    uint32_t cached[LEE_WATCH_CACHE_ZONES];
    bool is_calm;    /* calm, reach_m and what follows hold */
    bool is_crowded; /* more zones than can be remembered: ask each time */
    bool has_clear;  /* this was asked, and is not again while it stays in this box: */
    bool is_clear;   /* no edge of the zones remembered lies in it, or as near as any margin, */
    uint16_t clear_inside; /* and these of them hold it, a bit each */
    lee_box clear;
} lee_visit;

typedef enum {
    LEE_PAIR_PENDING, /* no incident: hits are being counted, or it is near */
    LEE_PAIR_PREDICTED,
    LEE_PAIR_INSIDE /* entered or present, and not yet left */
} lee_pair_state;

/* What a target does (behaviour.c). */
enum {
    LEE_BEHAVIOUR_LOITER = 1,
    LEE_BEHAVIOUR_STOP = 2,
    LEE_BEHAVIOUR_MEET = 4,
    LEE_BEHAVIOUR_LOW_FAST = 8,
    LEE_BEHAVIOUR_EMERGENCY = 16,
    LEE_BEHAVIOUR_APPEARED = 32,
    LEE_BEHAVIOUR_LEAVES_ROUTE = 64
};

typedef struct {
    uint32_t track;
    uint32_t zone;
    uint32_t next; /* of the same track, of a zone with a greater number; or the next free pair */
    uint32_t timer_at; /* its place in the heap of deadlines */
    int64_t deadline_us;
    lee_pair_state state;
    bool within;  /* the last place judged was in the volume */
    bool near;    /* outside by less than the margins */
    bool heading; /* the straight path enters within the look-ahead time */
    bool lost;    /* lost was told */
    bool blurred; /* inside only because the altitude is not known */
    bool refused; /* was counted as an incident that found no room */
    bool has_cross;
    uint8_t first; /* lee_event_kind with which a pending entry will begin */
    uint8_t severity_told;
    bool permitted;     /* the incident runs, or would run, under this permit: */
    char permit_id[48]; /* a copy, as the list of permits may be replaced meanwhile */
    uint64_t incident;
    int32_t proof_e3; /* the greatest chance that it was inside, of the reports of its presence */
    bool proof_told;
    uint8_t behaviour; /* LEE_BEHAVIOUR_*, as it is now, and as told */
    uint8_t behaviour_told;
    uint8_t miss;            /* lee_permit_miss of the permit that names it */
    int32_t report_s;        /* its permit asks for no silence of so long; 0: it does not */
    int64_t lost_end_us;     /* while lost: when the incident ends */
    lee_broken broken;       /* what it broke of permits in this visit */
    int64_t slow_since_us;   /* INT64_MAX: it is not; so the next two */
    int64_t loiter_since_us; /* near this place */
    int64_t meet_since_us;
    lee_point loiter_point;
    int32_t hits;            /* reports inside in a row */
    int32_t misses;          /* reports outside in a row, while inside is told */
    uint64_t seen;           /* the reports while nothing was told, newest lowest: inside, */
    uint64_t predicted_seen; /* and on its way in */
    int32_t predict_hits;
    int32_t predict_misses;
    int64_t entry_us;   /* time to entry, as predicted last */
    lee_ratio entry_at; /* of the straight way ahead, when it was predicted last */
    bool entry_guessed; /* by the chance of entry: entry_point, chance_e3 and heads hold */
    bool entry_placed;  /* by neither: entry_point alone holds */
    bool starts;        /* the zone is not active yet: it will be around the target */
    bool off_routes;    /* it enters off the routes of all permits for the zone */
    bool by_error;      /* it enters only with the errors of the zone */
    int32_t chance_e3;
    lee_heads heads;
    lee_point entry_point;
    int64_t entry_told_us;
    int64_t update_us; /* when it was told last */
    int64_t swept_us;  /* up to here what a carrier's reports led over it was told */
    int64_t cross_us;  /* of the last way in or out */
    lee_point cross_point;
} lee_pair;

/* The limits of a zone in the two altitudes that reports carry: at `lower` and above is not below,
 * at `upper` and above is above. INT32_MIN and INT32_MAX: no limit. */
typedef struct {
    int32_t lower_ft;
    int32_t upper_ft;
} lee_limits;

typedef struct {
    lee_box box;
    lee_box near_box; /* grown by the margin */
    lee_box near_beyond;
    lee_box ahead_box;              /* grown by the errors of prediction */
    lee_band_conditions conditions; /* there, with the pressure that is configured */
    lee_limits baro;                /* by these */
    lee_limits hae;
    uint64_t parameters; /* a digest of all that a zone may set of how it is watched */
    double chance_s;     /* how far ahead the chance of entry is asked; below 0: it is not */
    lee_limits beyond;   /* a pressure altitude below the one, or from the other on, is far from the
                          * zone */
    bool by_baro; /* a pressure altitude in the air decides alone: neither limit prefers the other
                   */
    bool over_ground; /* a limit is above ground, and there is terrain: limits above are the widest
                       * that its heights under the zone allow */
} lee_zone_facts;

/* What was heard of the target with which a zone goes. */
typedef struct {
    bool is_known;     /* it was heard */
    bool has_before;   /* and before that too, without a silence that made it stale */
    bool has_velocity; /* speed and track were known at the time */
    bool is_off;       /* farther from its route than half the width */
    int64_t t_us;
    lee_point point;
    int32_t speed_kt_e3;
    int32_t track_deg_e3;
    int64_t before_us;
    lee_point before;
    double jump_m;   /* from the place before to this */
    double along_m;  /* of its route; so the next two */
    double before_m; /* along */
    double along_mps;
    double turn_deg_s; /* to the right, of one without a route; 0: it goes straight */
    int64_t grows_us;  /* when its silence is judged next; INT64_MAX: it is not */
} lee_carried;

/* A zone that goes with a target. */
typedef struct {
    uint32_t zone;
    uint32_t line_at; /* of its route in generation.line_m */
    lee_box box;      /* around its route */
    bool has_moved;   /* by the report, or the silence, being judged */
    bool is_turning;  /* while it is asked what lies ahead: its carrier goes on turning */
    lee_carried carrier;
} lee_bubble;

/* One generation of zones with what was worked out of it. */
typedef struct {
    const lee_zone_set *set; /* NULL: no zones */
    const lee_zone_list *list;
    uint64_t number;
    lee_zone_facts *facts;
    uint32_t *edge_zones; /* heap of the next edges of schedules */
    int64_t *edge_us;     /* by zone */
    uint32_t edge_count;
    bool *changed; /* by zone: its schedule has an edge at the instant being judged */
    uint32_t *changed_zones;
    uint32_t changed_count;
    uint32_t *found; /* room for the answers of the index, zones each */
    uint32_t *beyond;
    uint32_t *inside;
    uint32_t *merged;
    lee_ways ways;
    lee_path_stretch *stretches;
    size_t stretch_capacity;
    int32_t look_ahead_max_s;
    int32_t margin_max_m;
    int32_t lost_after_max_s;
    lee_bubble *bubbles; /* of the zones that move, by zone */
    uint32_t bubble_count;
    double *line_m;         /* of all routes: how far along each point lies */
    lee_vector *line;       /* room for the longest route in a plane */
    uint32_t *exempt_first; /* by zone, one more than there are: where in exempt_by */
    uint32_t *exempt_by;    /* the zones that exempt from it begin, ascending; NULL: none does */
    lee_axis *axes;         /* ascending by zone */
    uint32_t axis_count;
    double chance_horizon_max_s; /* of the zones that are watched by the chance of entry */
} lee_generation;

/* What the watch is doing as it tells an event: with the report, this places the event among those
 * of other shards (watch/shards.c). */
typedef enum {
    LEE_STAGE_EDGE,    /* of a schedule or permit */
    LEE_STAGE_SILENCE, /* a deadline */
    LEE_STAGE_GONE,    /* zones that a new generation lacks */
    LEE_STAGE_AGAIN,   /* after zones or permits were replaced */
    LEE_STAGE_REPORT
} lee_stage;

typedef struct {
    uint64_t edges; /* passed so far */
    lee_stage stage;
    int64_t t_us; /* of the deadline */
} lee_turn;

/* One duty in one zone; or, behind a duty to remain, one target that came in and must. */
typedef struct {
    uint64_t key; /* of permit and zone: kept when either is replaced */
    uint32_t permit;
    uint32_t zone;
    lee_target who;           /* of one that must remain; "": the duty itself */
    int64_t missing_since_us; /* INT64_MAX: not missing */
    bool told;
    bool is_full; /* somebody came for whom there was no room, which was counted */
    uint64_t incident;
} lee_duty;

#define LEE_DUTIES_MAX 1024u
/* Those who must remain, by all duties. */
#define LEE_REMAINERS_MAX 1024u

/* Whose decisions are told step by step. */
typedef struct {
    lee_trace_sink *sink; /* NULL: nobody's */
    void *context;
    lee_target target;
    char zone[LEE_ZONE_ID_MAX_BYTES + 1];
    bool has_told_zone;
    uint64_t told_generation;
} lee_tracing;

typedef struct lee_air_cell lee_air_cell;

struct lee_watch {
    lee_watch_options options;
    lee_track_options track_options;
    bool has_air; /* the pressure is asked for at each place, as it is not configured alone */
    const lee_qnh_table *qnh;
    lee_air_cell *air_cells; /* NULL: aircraft are not asked */
    lee_event_sink *sink;
    void *sink_context;
    lee_track_table *tracks;
    lee_visit *visits; /* by slot */
    lee_pair *pairs;
    uint32_t pair_capacity;
    uint32_t free_pair; /* a list of those that were used before; behind it, */
    uint32_t new_pair;  /* all from this one on, which nobody has touched */
    uint32_t pair_count;
    uint32_t *timers; /* heap of pairs by deadline */
    uint32_t timer_count;
    lee_generation generation;
    lee_permit_book *permits;
    lee_inhibitions inhibitions;
    const lee_inhibition *changing; /* while SCOPE_LEAVE is judged: of whom; NULL: of all */
    lee_duty *duties;
    lee_duty *duties_next;   /* room to build them anew */
    uint32_t duty_count;     /* rows, with those */
    uint32_t remainer_count; /* who must remain */
    bool has_clock;
    int64_t clock_us;
    int64_t edge_us; /* of the next schedule or permit; INT64_MAX: none */
    lee_watch_counters counters;
    lee_turn turn;
    lee_tracing tracing;
    lee_track *shown; /* copy that is handed out, without expired fields */
};

/* The pressure altitudes that a target has, had or will have. */
typedef struct {
    bool known;
    int32_t low_ft;
    int32_t high_ft;
} lee_climb;

/* Where a straight extrapolation leads. The end is worked out when it is asked for, as most reports
 * can be judged by the rough way. */
typedef struct {
    bool known;
    bool has_end;
    bool has_rough;
    bool in_plane; /* the plane of the chances of entry serves where it is now */
    int32_t track_deg_e3;
    int32_t rate_fpm;
    double speed_mps;
    double narrow; /* cosine of the latitude, within 2e-4 */
    int64_t end_us;
    lee_band_altitude altitude; /* at the end */
    lee_point point;
    double reach_m;
    lee_rough_way rough; /* lee__predict_rough */
} lee_course;

/* One target judged at one moment. */
typedef struct {
    lee_watch *watch;
    uint32_t slot;
    const lee_track *track;
    lee_visit *visit;
    int64_t t_us;   /* of the events */
    bool is_moved;  /* no new place, but a carrier moved the zones being judged, or its silence */
    bool is_report; /* a new place; else what stands is judged again, because something else changed
                     */
    lee_place now;
    bool has_before;
    lee_place before;       /* the place judged before */
    bool has_drift;         /* of is_moved: where the target should be by now is another place, */
    lee_place drift;        /* this, */
    lee_place drift_before; /* and this when the carrier was heard before */
    lee_course course;
    lee_rough_way way; /* from the place before, where it may be known well enough */
    bool has_way;
    bool is_clear; /* now and before it was in visit->clear, and only zones remembered are judged */
    lee_climb climb; /* from the place before to the end of the course */
    bool has_subject;
    lee_permit_subject subject; /* lee__moment_subject */
    const lee_permit *permit;   /* found by lee__moment_permitted; NULL: none */
    lee_permit_miss miss;       /* why not */
    lee_route_ahead route;      /* of a permit: worked out when it is asked for; so the next */
    lee_fan fan;                /* the ways ahead */
} lee_moment;

/* How a place stands to the volume of a zone. */
typedef struct {
    bool within;
    bool blurred;  /* the altitude is not known and would matter */
    bool cautious; /* a limit could not be converted exactly and was taken as the wider one */
    bool is_brief; /* of lee__volume_brief_stance: `cautious` and `band` are not worked out */
    const char *exempted_by; /* not within as this zone exempts it; NULL: none */
    lee_band_answer band;
} lee_stance;

/* --- pair.c ------------------------------------------------------------------------------------
 */

/* A new pair, put where *link points. LEE_WATCH_NONE: no room. */
uint32_t lee__pair_add(lee_watch *watch, uint32_t track, uint32_t zone, uint32_t *link);
/* The pair of the zone at the link, a new one when there is none. NULL: no room, which is counted
 * as an incident refused. */
lee_pair *lee__pair_need(lee_watch *watch, uint32_t track, uint32_t zone, uint32_t *link);
/* Takes the pair out of the list at *link, which then names its successor. */
void lee__pair_remove(lee_watch *watch, uint32_t *link);
/* Sets when its silence becomes too long. */
void lee__pair_deadline(lee_watch *watch, uint32_t pair, int64_t t_us);
bool lee__pair_is_open(const lee_pair *pair);
/* Whether so many hits in a row, or so many among those seen, of which the newest is one, are
 * enough. */
bool lee__pair_is_confirmed(const lee_zone_watch *watch, int32_t hits, uint64_t seen);
/* Whether what was seen may still help to confirm something. */
bool lee__pair_is_remembered(const lee_zone_watch *watch, const lee_pair *pair);
void lee__pairs_state(lee_state *state, lee_watch *watch);
/* The gravest relation of a track's pairs. */
lee_relation lee__pair_relation(const lee_watch *watch, uint32_t slot);
/* Sorts the pairs of a track by zone after the zones were numbered anew. */
void lee__pair_sort(lee_watch *watch, uint32_t slot);

/* --- generation.c ------------------------------------------------------------------------------
 */

LEE_CHECK_RESULT
lee_error lee__generation_make(const lee_watch *watch, const lee_zone_set *set, uint64_t number,
                               int64_t t_us, lee_generation *out);
void lee__generation_free(lee_generation *generation);
/* Of the same zones: where their schedules stand. */
void lee__generation_state(lee_state *state, lee_generation *generation);
/* The numbers of zones by their ids, and one of them or LEE_MAP_NONE. NULL: no memory. */
lee_map *lee__zone_numbers(const lee_zone_list *list);
uint32_t lee__zone_numbered(const lee_map *numbers, const char *id);
/* The instant of the next edge of any schedule. False: there is none. */
bool lee__generation_next_edge(const lee_generation *generation, int64_t *out);
/* Passes over the edges up to t_us and marks the zones that have them, instead of those before. */
void lee__generation_pass_edges(lee_generation *generation, int64_t t_us);

/* --- volume.c, heights.c -----------------------------------------------------------------------
 */

/* Of a place whose point is in the zone's area; margin_ft moves the limits outward. */
lee_stance lee__volume_stance(const lee_watch *watch, uint32_t zone, const lee_place *place,
                              int32_t margin_ft);
/* Whether it is within, and for most places no more than that: what is told of a place asks for the
 * whole stance. */
lee_stance lee__volume_brief_stance(const lee_watch *watch, uint32_t zone, const lee_place *place);
/* The whole of a stance of the place where the target is now. */
lee_stance lee__volume_whole_stance(const lee_moment *moment, uint32_t zone,
                                    const lee_stance *stance);
/* Whether it would be within. */
bool lee__volume_is_between(const lee_watch *watch, uint32_t zone, const lee_place *place,
                            int32_t margin_ft);
/* The same question for any place, its area and its altitude; not whether the zone is active. */
bool lee__volume_holds(const lee_watch *watch, uint32_t zone, const lee_place *place);

/* Whether the altitude above the ellipsoid serves the limit where both are known. */
bool lee__volume_prefers_hae(const lee_watch *watch, uint32_t zone, const lee_alt_limit *limit);
/* What is known of the air and the ground for this zone at the place. */
lee_band_conditions lee__volume_conditions(const lee_watch *watch, uint32_t zone,
                                           const lee_place *place);
/* Whether the limits of the facts and the pressure altitude of the place alone decide. */
bool lee__volume_is_by_baro(const lee_watch *watch, uint32_t zone, const lee_place *place);
/* The limits of the zone in the altitudes reported (by_hae: above the ellipsoid, else pressure) at
 * this place; `wide`: with what the pressure that is not known makes them wider. */
lee_limits lee__volume_limits(const lee_watch *watch, uint32_t zone, const lee_place *place,
                              bool by_hae, bool wide);

/* Narrows *in to where both hold. False: nothing of any length is left. */
bool lee__stretch_meet(lee_path_stretch *in, lee_path_stretch with);

/* The stretches of the way between the limits, ascending and apart. *blurred is set where an
 * altitude was missing. */
#define LEE_BAND_STRETCHES_MAX 128
size_t lee__volume_bands(const lee_watch *watch, uint32_t zone, const lee_place *a,
                         const lee_place *b, lee_path_stretch out[LEE_BAND_STRETCHES_MAX],
                         bool *blurred);

/* Whether the straight way from a to b lies below or above the volume from end to end. */
bool lee__volume_passes_by(const lee_watch *watch, uint32_t zone, const lee_place *a,
                           const lee_place *b);

/* The first and the last stretch of the straight way from a to b inside the volume while it is
 * active. Returns how many there are. *blurred: an altitude was missing and was taken as inside.
 * a_in, b_in: what is known of whether they are in the area. */
size_t lee__volume_path(const lee_watch *watch, uint32_t zone, const lee_place *a,
                        const lee_place *b, lee_way_end a_in, lee_way_end b_in,
                        lee_path_stretch *first, lee_path_stretch *last, bool *blurred);
/* The same without stretches that are left out, which may overlap. */
size_t lee__volume_path_without(const lee_watch *watch, uint32_t zone, const lee_place *a,
                                const lee_place *b, const lee_path_stretch *without,
                                size_t without_count, lee_path_stretch *first,
                                lee_path_stretch *last, bool *blurred);
/* All of them, as far as there is room. */
size_t lee__volume_stretches(const lee_watch *watch, uint32_t zone, const lee_place *a,
                             const lee_place *b, lee_path_stretch *out, size_t capacity,
                             bool *blurred);

/* --- exempt.c ----------------------------------------------------------------------------------
 */

/* Works out who exempts from which. LEE_ERR_NO_MEMORY. */
LEE_CHECK_RESULT
lee_error lee__exempts_make(lee_generation *generation);
/* Whether any zone exempts from this one. */
static inline bool lee__is_exempted(const lee_generation *g, uint32_t zone)
{
    return g->exempt_first && g->exempt_first[zone] < g->exempt_first[zone + 1];
}
/* The first zone that exempts the target from this one at the place, or LEE_WATCH_NONE. */
uint32_t lee__exempt_at(const lee_moment *moment, uint32_t zone, const lee_place *place);
/* Whether the target may be in one that does, wherever it is. */
bool lee__exempt_concerns(const lee_moment *moment, uint32_t zone);
/* Whether one that does has limits above terrain that is loaded. */
bool lee__exempt_is_over_ground(const lee_moment *moment, uint32_t zone);
/* Whether it would exempt the target now, were it in its volume. */
bool lee__exempt_is_usable(const lee_moment *moment, uint32_t by);
/* Whether one of them, or with `of_leave` leave for one of them, begins or ends at the very time of
 * the moment. */
bool lee__exempt_has_edge(const lee_moment *moment, uint32_t zone, bool of_leave);
/* lee__volume_holds and lee__volume_path, without what others exempt the target from. */
bool lee__exempt_holds(const lee_moment *moment, uint32_t zone, const lee_place *place);
size_t lee__exempt_path(const lee_moment *moment, uint32_t zone, const lee_place *a,
                        const lee_place *b, lee_way_end a_in, lee_way_end b_in,
                        lee_path_stretch *first, lee_path_stretch *last, bool *blurred);
/* The depth in a zone, or what lies between the target and the nearest that exempts it. */
double lee__exempt_depth_m(const lee_moment *moment, uint32_t zone, double depth_m);
/* Those that hold the target's area but, for its height, not it; at most `capacity`. */
size_t lee__exempt_beside(const lee_moment *moment, uint32_t zone, uint32_t *out, size_t capacity);

/* --- air.c -------------------------------------------------------------------------------------
 */

/* LEE_ERR_NO_MEMORY. */
LEE_CHECK_RESULT
lee_error lee__air_create(lee_watch *watch);
/* Learns the pressure from a report that carries both altitudes. */
void lee__air_hear(lee_watch *watch, uint32_t slot, const lee_report *report);
/* Nothing is asked where the pressure is configured alone. */
lee_air lee__air_at(const lee_watch *watch, lee_point point, int64_t t_us);
void lee__air_state(lee_state *state, lee_watch *watch);

/* --- judge.c -----------------------------------------------------------------------------------
 */

/* Judges one zone; *link is where its pair stands, or would stand, in the list of the track. On
 * return *link is where the next zone goes on. */
void lee__judge_zone(lee_moment *moment, uint32_t zone, bool in_area, uint32_t **link);
/* Judges again whether there is leave for the pair at *link, which is there; not where the target
 * is: what was learned of that since its last report counts from its next one on. */
void lee__judge_leave(lee_moment *moment, uint32_t zone, uint32_t **link);
/* Asks whether there is leave where the pair's prediction leads, and notes it. A prediction that
 * leave overtakes ends, or is not told; of who waits outside nothing was told. */
void lee__judge_leave_ahead(lee_moment *moment, lee_pair *pair);
/* Judges again whether others exempt the target from the zone, where it was judged last. False:
 * nothing came of it, and the link is where it was. */
bool lee__judge_exempt(lee_moment *moment, uint32_t zone, bool in_area, uint32_t **link);
/* The deadline of a pair has come. */
void lee__judge_silence(lee_watch *watch, uint32_t pair, int64_t t_us);
/* Ends whatever the pair at *link has open, and removes it. */
void lee__judge_close(lee_moment *moment, uint32_t *link, const char *reason);

/* --- predict.c ---------------------------------------------------------------------------------
 */

/* An entry in so long is told without confirmation. */
bool lee__predict_is_imminent(const lee_zone_watch *watch, int64_t entry_us);
lee_course lee__predict_course(const lee_watch *watch, uint32_t slot, const lee_place *now);
/* Notes whether a target inside, which its permit lets in on a route, is about to leave that. */
void lee__predict_leaving(lee_moment *moment, lee_pair *pair);
/* An altitude after so long a climb or descent. */
int32_t lee__predict_shifted_ft(int32_t alt_ft, int32_t rate_fpm, int64_t span_us);
void lee__predict_zone(lee_moment *moment, uint32_t zone, bool in_area, uint32_t *link);
/* How far a target of this speed may come within the look-ahead time of any zone, at most. */
double lee__predict_reach_m(const lee_watch *watch, int32_t speed_ground_kt_e3);
/* The end of the straight way, worked out when it is not yet. The course is known. */
lee_place lee__predict_end(lee_moment *moment);
/* The straight way roughly, worked out when it is not yet. The course is known. */
const lee_rough_way *lee__predict_rough(lee_moment *moment);

/* --- hypothesis.c ------------------------------------------------------------------------------
 */

/* What the ways ahead of a target say of one zone. */
typedef struct {
    double chance;                  /* of entry within lee__hypothesis_horizon_s, 0..1 */
    double shares[LEE_HEADS_COUNT]; /* what each kind of way adds to it */
    double entry_s;                 /* on the likeliest way that enters */
    lee_point entry;
    lee_heads heads;
    bool is_partial; /* it was looked at no further than asked, and the chance may be greater */
    bool blurred;    /* the altitude is not known and was taken as inside */
    bool off_routes; /* it is the chance of entry off the routes of its permits for the zone */
    double follows;  /* the weight of the way along a line; 0: there is none, else of this permit */
    const char *route; /* or corridor: */
    bool follows_axis;
} lee_outlook;

/* How far ahead the chance of entry is asked: a fifth more than the warning time, so that a target
 * heard seldom is told in time. Below 0: the zone is watched by the straight line. */
double lee__hypothesis_horizon_s(const lee_zone_watch *watch, bool over_ground);
/* Whether the plane serves at this point. */
bool lee__hypothesis_plane_serves(lee_point point);
/* The plane serves within this; beyond it the straight line alone is asked. */
#define LEE_HYPOTHESIS_REACH_MAX_M 150000.0
/* Whether the zone is watched by the chance of entry, and the plane serves for this target; else
 * the straight line decides. */
static inline bool lee__hypothesis_serves(const lee_moment *m, uint32_t zone)
{
    const double horizon_s = m->watch->generation.facts[zone].chance_s;
    return m->course.known && m->course.in_plane && horizon_s >= 0.0 &&
           m->course.speed_mps * horizon_s <= LEE_HYPOTHESIS_REACH_MAX_M &&
           !lee__exempt_is_over_ground(m, zone);
}
/* Whether the zone lies near enough to be entered in time: quick, and never wrongly no. It is
 * watched by the chance of entry. */
bool lee__hypothesis_may_reach(const lee_moment *moment, uint32_t zone);
/* What is asked of the ways ahead: whether the chance is `least`; if it is, what `more` says. It is
 * looked no further once that is known. */
typedef struct {
    enum { LEE_ASKED_ALL, LEE_ASKED_LIKELIEST, LEE_ASKED_ENOUGH } more;
    double least;
    double enough;      /* of ENOUGH: whether it is this, */
    double soon_s;      /* where no way can enter within this; else */
    double enough_soon; /* whether it is this */
} lee_chance_asked;
lee_outlook lee__hypothesis_look(lee_moment *moment, uint32_t zone, bool in_area,
                                 const lee_chance_asked *asked);

/* From when until when, in seconds from now, the altitude may be between the limits of the zone and
 * the zone active, if climb or descent go on; with its vertical errors. `until_s` below `from_s`:
 * never. *blurred is set where the altitude is not known. */
void lee__hypothesis_window(const lee_moment *moment, uint32_t zone, double horizon_s,
                            double *from_s, double *until_s, bool *blurred);

/* --- route.c -----------------------------------------------------------------------------------
 */

lee_axis lee__route_axis(const lee_zone_list *zones, uint32_t zone);
/* Whether any permit has a route, or any corridor an axis. */
bool lee__route_is_any(const lee_watch *watch);
/* Learns from a report how the target keeps to the line that it may follow. There is one. */
void lee__route_hear(lee_watch *watch, uint32_t slot, int64_t t_us);
/* The way along that line. */
const lee_route_ahead *lee__route_ahead(lee_moment *moment, double horizon_s);

/* --- lanes.c -----------------------------------------------------------------------------------
 */

/* Where the zone does not hold for the target, in the time ahead; its course is known and the plane
 * serves. */
void lee__lanes_find(const lee_moment *moment, uint32_t zone, double horizon_s, lee_lanes *out);
/* While the way is in the shape. */
void lee__lanes_spans(const lee_moment *moment, const lee_lane_shape *shape,
                      const lee_fan_place *places, uint32_t count, lee_lane_spans *out);
/* The first instant within `window` that lies in the zone and in no lane within its window, `count`
 * of them; LEE_FAN_NEVER_S: none does. */
double lee__lanes_first(const lee_lane_spans *zone, lee_lane_span window,
                        const lee_lane_spans *lanes, const lee_lane_span *windows, uint32_t count);
/* The place on a way at an instant. */
lee_fan_place lee__lanes_place(const lee_fan_place *places, uint32_t count, double t_s);
lee_point lee__lanes_point(lee_point origin, lee_fan_place place);

/* --- grown.c -----------------------------------------------------------------------------------
 */

/* How much wider the zone's errors may make it. */
double lee__grown_most_m(const lee_zone_watch *watch);
/* Whether the zone states errors, and the plane serves for this target. */
bool lee__grown_serves(const lee_moment *moment, uint32_t zone);
/* When and where the straight way comes into the zone with its errors, which hold where the target
 * is now as well. *blurred as for lee__hypothesis_window. False: not while it looks ahead. */
bool lee__grown_enters(const lee_moment *moment, uint32_t zone, double *entry_s, lee_point *entry,
                       bool *blurred);

/* --- bubble.c ----------------------------------------------------------------------------------
 */

/* A carrier that turns is also taken to go on so for this long, as turns last on average. */
#define LEE_BUBBLE_TURN_S 20.0
/* A carrier that has been silent for the zone's lost_after_s may be anywhere that its last speed
 * leads, this long at most: then the bubble grows no more. It is also as long as it is taken to go
 * on as it did. */
#define LEE_BUBBLE_GROWS_S 600
/* How often a bubble that grows is judged, beside the reports of targets. */
#define LEE_BUBBLE_STEP_S 10
/* Taken for its speed where that was never said: few ships go faster. */
#define LEE_BUBBLE_SPEED_KT_E3 30000

LEE_CHECK_RESULT
lee_error lee__bubbles_make(lee_generation *generation);
/* Takes over where carriers are from the generation before, else from the tracks. */
void lee__bubbles_inherit(const lee_watch *watch, const lee_generation *old, lee_generation *next);
void lee__bubbles_state(lee_state *state, lee_generation *generation);
/* Moves the bubbles around the target of this slot, which reported a place. False: it carries none.
 */
bool lee__bubbles_move(lee_watch *watch, uint32_t slot, int64_t t_us);
/* When a silent carrier's bubble is judged next; INT64_MAX: none is. */
int64_t lee__bubbles_next_growth(const lee_watch *watch);
/* Marks those that are due as moved. */
void lee__bubbles_grow(lee_watch *watch, int64_t t_us);
/* The move was judged. */
void lee__bubbles_settle(lee_watch *watch);
/* Whether a bubble that has just moved may matter to the track: quick, and never wrongly no. */
bool lee__bubbles_touch(const lee_watch *watch, uint32_t slot);
/* Whether any may matter to a target said to be here, or it is a carrier. */
bool lee__bubbles_concern(const lee_watch *watch, const lee_report *said);
/* Sets whether the carrier of a zone goes on turning in what is asked of the time ahead. */
void lee__bubble_set_turning(lee_generation *generation, uint32_t zone, bool is_turning);
/* The bubble of a zone, or NULL. */
const lee_bubble *lee__bubble_of(const lee_generation *generation, uint32_t zone);
/* Adds the zones whose bubbles the moment may concern to the `count` in generation.found,
 * ascending. Where it is of a carrier's report, only those that this moved. */
size_t lee__bubbles_add(const lee_moment *moment, size_t count);
/* Of a moment made by a carrier: the place before, and where the target should be by now. */
void lee__bubbles_set_drift(lee_moment *moment);
/* Whether it is known where the zone was at t_us. */
bool lee__bubble_is_known(const lee_bubble *bubble, int64_t t_us);
/* Whether the place is in the bubble grown by margin_m, as its carrier is known at now_us; with
 * `margin_m` 0 that is what decides. The zone is known at the time of the place. */
bool lee__bubble_holds(const lee_watch *watch, const lee_bubble *bubble, const lee_place *place,
                       int64_t now_us, double margin_m);
/* Whether the carrier has not been heard for so long that the bubble grew. */
bool lee__bubble_is_stale(const lee_watch *watch, const lee_bubble *bubble, int64_t now_us);
/* How deep inside the place is, 0 outside; a bubble that grew is taken as it was. */
double lee__bubble_depth_m(const lee_moment *moment, const lee_bubble *bubble);
/* How far the place is from the edge of the bubble as it is now, on either side. */
double lee__bubble_edge_m(const lee_moment *moment, const lee_bubble *bubble);
/* The stretches of the straight way from a to b in the bubble, which goes evenly meanwhile from
 * where it is at the one to where it is, or will be, at the other. At most
 * LEE_MOVER_SPANS_MAX. */
size_t lee__bubble_stretches(const lee_watch *watch, const lee_bubble *bubble, const lee_place *a,
                             const lee_place *b, lee_path_stretch *out);
/* The bubble in the plane around the origin, going on from from_us as until to_us; borrows
 * generation.line until the next call. */
lee_mover lee__bubble_mover(const lee_watch *watch, const lee_bubble *bubble, lee_point origin,
                            int64_t now_us, int64_t from_us, int64_t to_us);
/* A place on the way from a to b. */
lee_place lee__place_between(const lee_place *a, const lee_place *b, int64_t t_us);

/* --- verdict.c ---------------------------------------------------------------------------------
 */

/* The chances from which a presence is confirmed, and probable. 95 % is what errors are given at.
 */
#define LEE_VERDICT_CONFIRMED_E3 950
#define LEE_VERDICT_PROBABLE_E3 900
/* A presence is confirmed before its end after this many reports in a row. */
#define LEE_VERDICT_REPORTS 3

/* The error of the position that the target says, in metres at 95 %; 0: it says none. */
double lee__said_error_m(const lee_moment *moment);
/* Weighs a report inside, if the zone states the error of its boundary, and tells as soon as the
 * presence is confirmed. */
void lee__verdict_weigh(lee_moment *moment, lee_pair *pair, const lee_stance *stance);
const char *lee__verdict_word(const lee_pair *pair);

/* --- tell.c ------------------------------------------------------------------------------------
 */

/* Starts the incident of a pair. False: no room, which was counted. */
bool lee__tell_begin(lee_moment *moment, lee_pair *pair, lee_event_kind first);
/* `reason` NULL: the one that follows from the permit and the altitude. `stance` NULL: the altitude
 * was not judged now. */
void lee__tell(lee_moment *moment, lee_pair *pair, lee_event_kind kind, const char *reason,
               const lee_stance *stance);
/* Says by which parameters of its zone it was decided. */
void lee__tell_parameters(const lee_watch *watch, lee_event *event);
/* Tells `ended`; the pair is pending again. */
void lee__tell_end(lee_moment *moment, lee_pair *pair, const char *reason);
/* As grave as the pair is now. */
lee_severity lee__tell_severity(const lee_watch *watch, const lee_pair *pair, lee_event_kind kind);

/* --- behaviour.c --------------------------------------------------------------------------------
 */

/* Nothing was measured of the pair yet. */
void lee__behaviour_begin(lee_pair *pair);
/* Measures, at each report. */
void lee__behaviour_note(lee_moment *moment, lee_pair *pair);
/* Tells `updated` where something began that was not told. */
void lee__behaviour_tell(lee_moment *moment, lee_pair *pair, const lee_stance *stance);
/* The words of the bits, gravest first; NULL: no more. */
const char *lee__behaviour_word(uint8_t behaviour, size_t index);
/* lee__moment_permitted with the conditions of the permit. */
bool lee__behaviour_permitted(lee_moment *moment, lee_pair *pair, char permit_id[48]);

/* --- duty.c -------------------------------------------------------------------------------------
 */

/* Permits or zones are others: the duties that stay keep what is known of them. */
void lee__duty_build(lee_watch *watch);
/* Ends what is told of duties that the next permits do not have. */
void lee__duty_end_gone(lee_watch *watch, const lee_permit_book *next, int64_t t_us);
void lee__duty_judge(lee_watch *watch, int64_t t_us);
/* Ends what is told of one, as its zone is gone. */
void lee__duty_end(lee_watch *watch, uint32_t duty, const char *reason, int64_t t_us);
void lee__duties_state(lee_state *state, lee_watch *watch);
/* When somebody will have been missed too long; INT64_MAX: none. */
int64_t lee__duty_next_edge(const lee_watch *watch);

/* --- watch.c ------------------------------------------------------------------------------------
 */

void lee__watch_advance(lee_watch *watch, int64_t t_us);
/* Until then the clock may go on without anything to judge. */
static inline int64_t lee__watch_due(const lee_watch *watch)
{
    const int64_t silent_us =
        watch->timer_count > 0 ? watch->pairs[watch->timers[0]].deadline_us : INT64_MAX;
    return watch->edge_us < silent_us ? watch->edge_us : silent_us;
}
/* An inhibition began or ended, or (NULL) permits are others now: judges again whom it concerns. */
void lee__watch_leave_changed(lee_watch *watch, const lee_inhibition *inhibition);

/* --- explain.c ---------------------------------------------------------------------------------
 */

bool lee__explain_wants(const lee_watch *watch, uint32_t slot, uint32_t zone);
/* Whether the steps of this pair are told: one comparison where nothing is traced. */
static inline bool lee__is_explained(const lee_watch *watch, uint32_t slot, uint32_t zone)
{
    return watch->tracing.sink && lee__explain_wants(watch, slot, zone);
}
/* Each tells one step, for whom lee__is_explained was asked. */
void lee__explain_again(lee_moment *moment, uint32_t zone);
void lee__explain_place(lee_moment *moment, uint32_t zone, bool in_area, bool active,
                        const lee_stance *stance);
/* `outlook` NULL: the straight line decided. */
void lee__explain_ahead(lee_moment *moment, uint32_t zone, const char *outcome, int64_t entry_us,
                        const lee_outlook *outlook);
void lee__explain_permit(lee_moment *moment, uint32_t zone, const char *permit_id);
void lee__explain_state(lee_moment *moment, uint32_t zone, const lee_pair *pair);
void lee__explain_event(const lee_watch *watch, const lee_event *event);
void lee__explain_silence(const lee_watch *watch, uint32_t zone, int64_t t_us, int64_t heard_us);

/* --- reach.c -----------------------------------------------------------------------------------
 */

/* The zones that the moment may concern, ascending, in generation.found. Returns how many. */
size_t lee__reach_zones(lee_moment *moment);
/* Whether no zone mattered to the track when it was asked last, and nothing is open. */
static inline bool lee__reach_may_be_calm(const lee_visit *v)
{
    return v->is_calm && v->first_pair == LEE_WATCH_NONE && v->cached_count == 0 && !v->is_crowded;
}
/* Whether no zone can matter to the track, heard at this place and speed: one comparison for most.
 */
bool lee__reach_is_calm(const lee_watch *watch, uint32_t slot, const lee_place *now,
                        double reach_m);
/* Works out the pressure altitudes of the moment, after its course. */
void lee__reach_set_climb(lee_moment *moment);
/* Whether judging the zone would change nothing: the track has no pair with it, is outside its area
 * and far from it, and so are the ways behind and ahead. */
bool lee__reach_is_idle(lee_moment *moment, uint32_t zone);

/* Whether the target is, and was, where no edge of any zone remembered is near, and these are all
 * that are judged: the first `count` of generation.merged. */
bool lee__reach_is_clear(const lee_moment *moment, size_t count);
/* The zones remembered that hold the target, which is clear, ascending, in generation.inside.
 * Returns how many. */
size_t lee__reach_inside(const lee_moment *moment);
/* Whether it is to be asked anew how far it is clear around the target. */
static inline bool lee__reach_wants_clear(const lee_moment *m)
{
    const lee_visit *const v = m->visit;
    return v->is_calm && !v->is_crowded &&
           !(v->has_clear && lee__box_holds(v->clear, m->now.point));
}
/* Finds how far it is clear around the target, for its next reports. The first `count` of
 * generation.inside are the zones that hold it now. */
void lee__reach_set_clear(const lee_moment *moment, size_t count);

/* --- region.c ----------------------------------------------------------------------------------
 */

/* The zones that the region of the track may reach, ascending, in generation.found. */
size_t lee__region_zones(const lee_moment *moment);
/* Judges one zone for a track of which a region is known; link as for lee__judge_zone. */
void lee__judge_region(lee_moment *moment, uint32_t zone, uint32_t **link);

/* --- moment.c ----------------------------------------------------------------------------------
 */

/* The track as it is known at t_us; the place is that of the track when `is_report`, else the one
 * judged last. Events carry t_us, or the time of the newest event of the track if that is later. */
void lee__moment(lee_watch *watch, uint32_t slot, int64_t t_us, bool is_report, lee_moment *out);
/* Whether a field was said and has not expired. */
static inline bool lee__moment_knows(const lee_moment *m, int report_index)
{
    return lee_track_field_age(&m->watch->track_options, m->track, report_index, m->now.t_us) !=
           LEE_AGE_EXPIRED;
}
static inline double lee__mps_of(int32_t speed_kt_e3)
{
    return speed_kt_e3 * LEE_METRES_PER_NAUTICAL_MILE / 3600000.0;
}
/* t_us + span_us without overflow. */
int64_t lee__time_after(int64_t t_us, int64_t span_us);
int64_t lee__lost_after_us(const lee_watch *watch, uint32_t zone);
/* Of a zone that is not active: whether it will be within the time that it looks ahead. */
bool lee__zone_is_pre_active(const lee_watch *watch, uint32_t zone, int64_t t_us);
/* Whether the way from the place before is known well enough to judge what lies on it. */
bool lee__moment_has_way(const lee_moment *moment, uint32_t zone);
/* The pair of the zone at the link, or NULL. */
static inline lee_pair *lee__pair_at(lee_watch *watch, const uint32_t *link, uint32_t zone)
{
    return *link == LEE_WATCH_NONE || watch->pairs[*link].zone != zone ? NULL
                                                                       : &watch->pairs[*link];
}
/* For where leave is asked: for the target's place, or as if that were off the routes of all
 * permits. */
typedef enum { LEE_LEAVE_HERE, LEE_LEAVE_OFF_ROUTES } lee_leave_where;
/* Looks for a permit and notes it in the pair. Returns whether there is one. */
bool lee__moment_permitted(lee_moment *moment, uint32_t zone, lee_leave_where where,
                           char permit_id[48]);
/* The permits with a route for the zone that hold for the target now, but for where it is and how
 * high. */
size_t lee__moment_routes(const lee_moment *moment, uint32_t zone, uint32_t *out, size_t capacity);
/* Whether the target may be in the zone now: anybody may, or a permit lets it. */
bool lee__moment_may_be_in(const lee_moment *moment, uint32_t zone, lee_leave_where where);
/* Whether leave for this target in this zone may begin or end at the very time of the moment. What
 * the target was called when it was heard counts, however long ago: leave that it has may end. */
bool lee__moment_leave_has_edge(const lee_moment *moment, uint32_t zone);
/* What permits may ask of the track, worked out when it is not yet. */
const lee_permit_subject *lee__moment_subject(lee_moment *moment);
/* The altitude of a track as known at t_us: what has expired by then is not known any more. */
lee_band_altitude lee__moment_altitude(const lee_watch *watch, const lee_track *track,
                                       int64_t t_us);

#endif
