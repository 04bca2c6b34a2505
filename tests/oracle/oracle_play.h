/* What the parts of the oracle share: one target and one zone. */
#ifndef LEE_TESTS_ORACLE_PLAY_H
#define LEE_TESTS_ORACLE_PLAY_H

#include "oracle.h"
#include "oracle_ahead.h"
#include "oracle_area.h"
#include "oracle_lanes.h"
#include "oracle_route.h"

#define ORACLE_PERMITS 64
#define S INT64_C(1000000)

/* Since the report with this number, or since this instant of the clock behind it. */
typedef struct {
    size_t report;
    int64_t clock_us; /* INT64_MIN: with the report */
    bool within;      /* the last place judged was in the volume, and it is not lost */
    bool present;     /* within, or told inside and not left yet */
    int64_t t_us;     /* of the last place */
    lee_point point;
} oracle_presence_entry;

typedef struct {
    oracle_presence_entry *entries;
    size_t count;
    size_t capacity;
} oracle_presence;

#define SEEN 64

typedef enum { NOTHING, PREDICTED, INSIDE } oracle_state;

/* What is remembered of the pair until nothing about it is open. */
typedef struct {
    oracle_state state;
    bool within; /* the last place judged was in the volume */
    bool near;
    bool heading;
    bool lost;
    bool blurred;
    bool has_cross;
    char leave;                 /* under which the incident runs: 0, p(ermitted), i(nhibited) */
    int permit;                 /* the number of the permit, if it is one */
    int64_t asked_us;           /* when it was asked for last */
    int miss;                   /* of the first that names both and does not hold */
    int broken[ORACLE_PERMITS]; /* by number: what was in this visit */
    int first;                  /* lee_event_kind with which an entry will begin */
    int hits;
    int misses;
    int ahead_hits;
    char seen[SEEN];       /* while nothing was told: inside, */
    char ahead_seen[SEEN]; /* and on its way in */
    int ahead_misses;
    int severity;
    int64_t lost_told_us;
    int64_t begun_us; /* by the clock alone, not by a report */
    int64_t told_us;
    int64_t cross_us;
    oracle_outlook ahead; /* the last that led in */
    double entry_told_s;
    double proof;
    bool proof_told;
    bool starts;
    bool off_routes; /* what lies ahead is where no permit with a route lets it in */
    uint32_t behaviour;
    uint32_t behaviour_told;
    int64_t slow_us; /* since when; INT64_MAX: not; so the next two */
    int64_t loiter_us;
    int64_t meet_us;
    lee_point loiter_point;
} oracle_dealings;

typedef struct {
    const lee_zone *zone;
    const oracle_permits *permits;
    uint32_t zone_number;
    bool has_lanes; /* zones exempt from it */
    uint32_t target;
    int64_t expire_us;
    int64_t lost_us; /* 0: `lost` is never told */
    int32_t ahead_of_all_s;
    oracle_events *out;
    int64_t cut_us; /* from here on it is left out */
    bool may_cut;
    bool has_place;
    oracle_place at;
    oracle_flight flight;
    oracle_follow follow;
    const lee_zone_list *zones;
    oracle_lanes lanes; /* as leave stands now */
    oracle_dealings now;
    size_t report;                 /* the number of the last heard */
    oracle_presence *presence;     /* what is noted of this target in this zone; NULL: nothing is */
    const oracle_presence *others; /* of all targets in this zone; NULL: nobody is met */
    const int64_t *other_cuts;     /* from when on what is noted of them may be wrong */
    uint32_t other_count;
    const int64_t *clock_us; /* by report */
} oracle_play;

/* From the moment on the pair is left out. */
void oracle_cut(oracle_play *p, int64_t t_us);
/* Whether the number is at most the limit; in doubt the pair is left out. */
bool oracle_at_most(oracle_play *p, oracle_doubtful number, double limit, int64_t t_us);
/* A distance as the oracle measures it, which the engine may have a little otherwise. */
oracle_doubtful oracle_about_m(double distance_m);

void oracle_tell(oracle_play *p, int64_t t_us, int kind, char reason);
bool oracle_is_imminent(oracle_play *p, const oracle_outlook *ahead, int64_t t_us);

/* --- oracle_weigh.c: depths and verdicts */

/* Whether an altitude that matters is not known. */
bool oracle_is_blurred(const oracle_play *p, const oracle_place *now);
/* Metres from the place to the nearest edge, or to a lane beside it. */
double oracle_depth_m(const oracle_play *p);
char oracle_verdict_word(oracle_play *p, int64_t t_us);
/* A report inside. */
void oracle_weigh(oracle_play *p);

/* --- oracle_rules.c: behaviour, leave and presence */

void oracle_rules_begin(oracle_dealings *d);
/* At each report, once `within` and `state` say where it is and before leave is asked for. */
void oracle_rules_note(oracle_play *p);
/* What began and was not told with anything else. */
void oracle_rules_tell(oracle_play *p);
uint32_t oracle_words(oracle_play *p, int kind, int64_t t_us);
int oracle_severity(oracle_play *p, int kind, int64_t t_us);

bool oracle_permit_concerns(const oracle_play *p, const oracle_permit *permit);
/* Whether its track is known and lies as the permit asks. */
bool oracle_track_fits(const oracle_play *p, const oracle_permit *permit, int64_t t_us);
/* 0: none; p: by a permit; i: by an inhibition. Notes why, and by which. */
char oracle_leave_at(oracle_play *p, int64_t t_us);
/* The same where what lies ahead leads off the routes of its permits. */
char oracle_leave_ahead(oracle_play *p, int64_t t_us);
/* Whether anything but a permit with a route lets it in. */
bool oracle_has_other_leave(oracle_play *p);
/* The same at a report inside, where conditions may be broken. */
char oracle_leave_inside(oracle_play *p, bool was_within, int64_t before_us);
/* How long it may be silent by the permit of the incident, in us; 0: for ever. */
int64_t oracle_leave_silence_us(const oracle_play *p);

void oracle_presence_note(oracle_play *p, int64_t clock_us);
/* As of the report; NULL: nothing yet. */
const oracle_presence_entry *oracle_presence_at(const oracle_presence *presence, size_t report,
                                                int64_t clock_us);

/* --- oracle_follow.c */

/* A report of the target, before it is judged. */
void oracle_follow_hear(oracle_play *p, const oracle_place *now);
/* As of the report that is judged. */
oracle_routes oracle_routes_of(oracle_play *p);

/* --- oracle_duty.c */

/* What must be told of a duty in a zone; who is inside when is in `presence`, by target. */
void oracle_duty(const oracle_input *input, size_t permit, uint32_t zone, const int64_t *clock_us,
                 const oracle_presence *presence, oracle_events *out);

#endif
