/* app/measure.h: what happened in a recording, and how good alerts were in its light.
 *
 * One target against one zone, in a plane around the zone. It shares nothing with the watch, and it
 * knows the future: docs/tuning.md says what each figure means. `leeward tune` and bench/run watch
 * both measure with it; nothing decides by it. */
#ifndef LEE_APP_MEASURE_H
#define LEE_APP_MEASURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "leeward/error.h"
#include "leeward/report.h"
#include "leeward/terrain.h"
#include "leeward/zone.h"

#define LEE_MEASURE_IMMINENT_S 15.0
/* Two updates of a 5 s radar: an alert this short only flashed. */
#define LEE_MEASURE_FLASH_S 10.0

/* Where a target was: in the plane of a volume (metres), or in degrees x 10^7 before it is placed
 * there. */
typedef struct {
    double t_s, x_m, y_m, alt_ft;
    double shift_ft; /* what is added to alt_ft for the height above the sea, there and then */
    double speed_mps, course_rad; /* if has_course */
    double rate_fps;              /* if has_rate */
    bool has_alt, has_course, has_rate;
    bool may_taxi; /* it is an aircraft */
} lee_measure_fix;

/* What one target said so far, for what a later report leaves out. Zero is nothing. */
typedef struct {
    double heard_s, alt_s, course_s, rate_s;
    double alt_ft, speed_mps, course_rad, rate_fps;
    double shift_ft, own_shift_ft;
    bool has_heard, has_alt, has_course, has_rate, has_own_shift;
} lee_measure_memory;

/* Where and when a report was made: the height of the geoid, and that of the air's pressure. */
typedef struct {
    int32_t geoid_m;
    bool by_itself;  /* by what the target said of both its altitudes last, if it did */
    double shift_ft; /* else this; 0: not known */
} lee_measure_air;

/* The fix of a report, in degrees x 10^7. Altitude is that of pressure, or without one that above
 * the ellipsoid. False: it is none: no position, older than the last, on the ground. */
bool lee_measure_hear(lee_measure_memory *memory, const lee_report *report,
                      const lee_measure_air *air, lee_measure_fix *out);

/* A zone in its plane, and by what it is measured. */
typedef struct {
    double lat_e7, lon_e7, narrow; /* middle of the plane, and its cosine of latitude */
    double *x_m, *y_m;             /* all rings, one behind the other */
    uint32_t *ring_ends;
    uint32_t ring_count;
    double reach_m; /* no vertex is further east, west, north or south */
    const lee_alt_limit *lower, *upper;
    double geoid_m;
    const lee_terrain *terrain; /* where a limit is above ground; NULL: not known */
    bool is_bubble;             /* its carrier is the middle of the plane */
    const lee_schedule *schedule;
    double warning_s; /* what is adequate */
    double gap_s;     /* longer: what happened between is not known */
    double margin_m, margin_ft;
    size_t hold; /* reports outside that do not yet end a presence */
} lee_measure_volume;

/* Whether the zone can be measured: all but corridors that move. */
bool lee_measure_can(const lee_zone *zone);

/* Terrain may be NULL. LEE_ERR_NO_MEMORY; LEE_ERR_DOMAIN: it cannot be measured. Borrows the zone
 * and the terrain. */
LEE_CHECK_RESULT
lee_error lee_measure_volume_make(const lee_zone *zone, int32_t geoid_m, const lee_terrain *terrain,
                                  lee_measure_volume *out);
void lee_measure_volume_free(lee_measure_volume *volume);

/* From degrees x 10^7 into the plane. */
void lee_measure_place(const lee_measure_volume *volume, lee_measure_fix *fix);
/* Into that of a bubble, whose middle is its carrier: by the carrier's fixes (degrees x 10^7), in
 * between of which it went straight. *at begins with 0 and serves the next fix. False: where the
 * carrier was then is not known. */
bool lee_measure_place_beside(const lee_measure_volume *volume, const lee_measure_fix *carrier,
                              size_t count, size_t *at, lee_measure_fix *fix);
/* Floor and ceiling over the fix, on the scale of pressure; -HUGE_VAL, HUGE_VAL: no limit. */
void lee_measure_limits(const lee_measure_volume *volume, const lee_measure_fix *at,
                        double *lower_ft, double *upper_ft);
/* How far from its middle anything matters, in metres. */
double lee_measure_near_m(const lee_measure_volume *volume);

bool lee_measure_holds(const lee_measure_volume *volume, const lee_measure_fix *fix);
/* Where the straight way enters, 0..1; negative: nowhere. */
double lee_measure_enters(const lee_measure_volume *volume, const lee_measure_fix *from,
                          const lee_measure_fix *to);
/* The fix after going straight on for span_s. */
lee_measure_fix lee_measure_straight(const lee_measure_fix *from, double span_s);

typedef struct {
    double at_s;
    double outside_s; /* since when it was seen outside without a gap */
    double steady_s;  /* since when the flight into the zone was one steady motion that led in, seen
                       * twice */
    double before_s;  /* of the report before it */
    bool unfit; /* first seen inside, taxiing, or back within `hold` reports: proves an alert right,
                 * but is no entry that anybody could be warned of */
    bool permitted; /* nobody had to be warned of it; for the caller to say */
} lee_measure_entry;

#define LEE_MEASURE_PAIR_MAX 4096u
/* At most LEE_MEASURE_PAIR_MAX; returns how many. */
size_t lee_measure_entries(const lee_measure_volume *volume, const lee_measure_fix *fixes,
                           size_t count, lee_measure_entry *out);

/* What came of an alert. */
#define LEE_MEASURE_OUTCOMES(X)                                                                    \
    X(UNMEASURED, "unmeasured") /* the zone moves, or its target has no places of its own */       \
    X(RIGHT, "right")           /* an entry followed */                                            \
    X(NUISANCE, "nuisance")                                                                        \
    X(EVASIVE, "evasive") /* entry was imminent, and only a manoeuvre averted it */                \
    X(UNKNOWN, "unknown") /* the target was not heard until it should have entered */
typedef enum {
#define LEE_MEASURE_OUTCOME(name, text) LEE_MEASURE_##name,
    LEE_MEASURE_OUTCOMES(LEE_MEASURE_OUTCOME)
#undef LEE_MEASURE_OUTCOME
} lee_measure_outcome;
const char *lee_measure_outcome_name(lee_measure_outcome outcome);

typedef struct {
    double from_s, to_s; /* HUGE_VAL: it stood at the end */
    lee_measure_outcome outcome;
    int category; /* of LEE_MEASURE_CATEGORY_*; 0: unmeasured */
} lee_measure_alert;

/* Encounters, as safety nets are tuned by (docs/tuning.md). */
enum {
    LEE_MEASURE_NECESSARY = 1,
    LEE_MEASURE_DESIRABLE,
    LEE_MEASURE_UNNECESSARY,
    LEE_MEASURE_UNDESIRABLE,
    LEE_MEASURE_VOID,
    LEE_MEASURE_CATEGORIES
};
const char *lee_measure_category_name(int category);

/* Sums over pairs of a target and a zone. `given`, `allowed` and `shares` hold doubles: the
 * warning times of the entries that could be warned of, in seconds, and the one by the other. */
typedef struct {
    size_t alerts, nuisance, evasive, unknown; /* nuisance holds the evasive ones */
    size_t entries, possible, missed, missed_of_all, late;
    size_t encounters[LEE_MEASURE_CATEGORIES]; /* index 0 is not used */
    size_t alerted[LEE_MEASURE_CATEGORIES];    /* of these, those with an alert */
    size_t alerts_by[LEE_MEASURE_CATEGORIES];
    lee_buffer given, allowed, shares;
} lee_measure_sums;

void lee_measure_sums_init(lee_measure_sums *sums);
void lee_measure_sums_free(lee_measure_sums *sums);

/* Says of each alert, in order of their beginning, what came of it, and adds up. */
void lee_measure_judge(const lee_measure_volume *volume, const lee_measure_fix *fixes, size_t count,
                       const lee_measure_entry *entries, size_t entry_count,
                       lee_measure_alert *alerts, size_t alert_count, lee_measure_sums *sums);

/* The most of these instants, ascending, that lie in any half-open span of span_s. */
size_t lee_measure_most_within(const double *instants_s, size_t count, double span_s);

/* The share (0..1) of the doubles in the buffer, which are sorted by it; 0 when there are none. */
double lee_measure_quantile(lee_buffer *values, double share);

#endif
