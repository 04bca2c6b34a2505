/* The brute-force oracle of the watch: what must be told, worked out apart from the engine.
 *
 * It shares no code with src/: each pair of target and zone is played through alone, against every
 * zone, with another arithmetic (oracle_area.h, oracle_ahead.h, oracle_earth.h). Where a decision
 * hangs on less than the error that the engine states for its own arithmetic, the pair is left out
 * from there on and counted. */
#ifndef LEE_TESTS_ORACLE_H
#define LEE_TESTS_ORACLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "leeward/event.h"
#include "leeward/permit.h"
#include "leeward/zone.h"

/* A report as far as the oracle looks at it. */
typedef struct {
    int64_t t_us;
    uint32_t target;
    lee_point point;
    bool has_alt;
    int32_t alt_ft;
    bool has_course; /* speed and track */
    int32_t speed_kt_e3;
    int32_t track_deg_e3;
    bool has_rate;
    int32_t rate_fpm;
    bool has_selected; /* the altitude that its crew selected */
    int32_t selected_ft;
    bool has_nac_p;
    int32_t nac_p;
    bool has_squawk;
    int32_t squawk; /* as reports carry it: 07700 */
    bool has_emergency;
    bool emergency; /* "general", or "none" */
} oracle_report;

/* Leave to be in a zone from from_us (inside) to to_us (outside): by permit, or by an operator's
 * inhibition, which begins where it is given and asks nothing. */
#define ORACLE_ANY UINT32_MAX
#define ORACLE_ROUTE_MAX 6
typedef struct {
    uint32_t target; /* or ORACLE_ANY; so the next */
    uint32_t zone;
    int64_t from_us;
    int64_t to_us;
    bool is_inhibition;
    int32_t squawk; /* for whoever has it, in place of the target; 0: not so */
    bool has_levels;
    int32_t lower_ft; /* by pressure, inside; and outside */
    int32_t upper_ft;
    bool has_track; /* clockwise */
    int32_t track_from_deg;
    int32_t track_to_deg;
    uint32_t route_count; /* 0: anywhere; else so near to this line */
    lee_point route[ORACLE_ROUTE_MAX];
    int32_t half_width_m;
    int64_t granted_us; /* a step each; INT64_MIN: granted from the beginning, without any */
    int64_t revoked_us; /* INT64_MAX: not */
    int32_t stop_s;     /* no stop, meeting, silence of so long; 0: may */
    int32_t meet_s;
    int32_t report_s;
    bool stay;            /* it is a duty as well: who came in must stay */
    lee_permit_duty duty; /* then it is no leave */
    int32_t absent_after_s;
} oracle_permit;

/* Why a permit does not hold; and what is behind a severity, as words of an event. */
enum {
    ORACLE_HOLDS,
    ORACLE_NOT_GRANTED,
    ORACLE_TIME,
    ORACLE_ALTITUDE,
    ORACLE_TRACK,
    ORACLE_ROUTE,
    ORACLE_STOPPED,
    ORACLE_MET,
    ORACLE_SILENT
};
#define ORACLE_WORDS 24
enum {
    ORACLE_EMERGENCY = 1,
    ORACLE_LOW_FAST = 2,
    ORACLE_MEET = 4,
    ORACLE_STOP = 8,
    ORACLE_LOITER = 16,
    ORACLE_APPEARED = 32,
    ORACLE_INSIDE = 64,
    ORACLE_CROSSED = 128,
    ORACLE_IMMINENT = 256,
    ORACLE_AHEAD = 512,
    ORACLE_NEAR = 1024,
    ORACLE_PERMITTED = 2048,
    ORACLE_INHIBITED = 4096,
    ORACLE_ALLOWED = 8192,
    ORACLE_STARTS = 16384,
    ORACLE_MISS = 32768, /* NOT_GRANTED; the others above it */
    ORACLE_LEAVING = 8388608
};

typedef struct {
    const oracle_permit *permits;
    size_t count;
} oracle_permits;

typedef struct {
    int64_t t_us;
    uint32_t target;
    uint32_t zone;
    int kind;         /* lee_event_kind */
    int64_t cross_us; /* -1: none */
    char reason;      /* first letter, 0: none, ?: not compared; of behaviour the word's capital */
    int severity;     /* -1: not compared; so the next */
    double entry_s;   /* and how much it may be wrong */
    double entry_doubt_s;
    double p_inside;
    double p_doubt;
    double depth_m; /* within 0.5 % */
    uint32_t words; /* ORACLE_*; 0: not compared */
    uint32_t order; /* as told, for the pair */
} oracle_event;

typedef struct {
    oracle_event *events;
    size_t count;
    size_t capacity;
} oracle_events;

void oracle_add(oracle_events *list, oracle_event event);

typedef struct {
    const lee_zone_list *zones;
    const oracle_permits *permits;
    const oracle_report *reports; /* in the order heard */
    size_t count;
    uint32_t target_count;
    int64_t expire_us;
    int64_t end_us; /* of a last tick */
} oracle_input;

/* Everything that must be told. cuts (target_count * zone count, may be NULL: nothing is left out)
 * is given when each pair was left out, or INT64_MAX. Of duties oracle_duty_of stands for the
 * target (duty_cuts: so many times the zone count, of all permits); of them one that hangs on a
 * pair left out is left out. */
void oracle_run(const oracle_input *input, oracle_events *out, int64_t *cuts, oracle_events *duties,
                int64_t *duty_cuts);

/* The number of a duty: of a target that must remain, or (ORACLE_ANY) that somebody must be there.
 */
uint32_t oracle_duty_of(const oracle_input *input, size_t permit, uint32_t target);

/* Sorts both, and prints how the first pairs differ. Returns how many pairs do. Of those left out
 * only what was told before counts. */
size_t oracle_compare(oracle_events *engine, oracle_events *oracle, const lee_zone_list *zones,
                      const int64_t *cuts);

#endif
