/* bench/watch/measure.h: what happened in a recording, and how good alerts were in its light.
 *
 * One target against one zone, in a plane around the zone. It shares nothing with the watch, and it
 * knows the future: docs/watch.md, "What is measured", says what each figure means. */
#ifndef LEE_BENCH_WATCH_MEASURE_H
#define LEE_BENCH_WATCH_MEASURE_H

#include <stdbool.h>
#include <stddef.h>

#define MEASURE_VERTICES 12
#define MEASURE_WARNING_S 60.0
#define MEASURE_IMMINENT_S 15.0
#define MEASURE_GAP_S 30.0        /* longer: what happened between is not known */
#define MEASURE_JUSTIFIED_S 120.0 /* an entry within this makes the alert right */
#define MEASURE_FLYING_MPS 20.0   /* slower is taken for a vehicle or a taxiing aircraft */
#define MEASURE_HOLD 2            /* reports outside that do not yet end a presence */
#define MEASURE_PAIR_MAX 4096

typedef struct {
    double t_s, x_m, y_m, alt_ft;
    double speed_mps, course_rad; /* if has_course */
    double rate_fps;              /* if has_rate */
    bool has_course, has_rate;
} fix;

typedef struct {
    double x_m[MEASURE_VERTICES], y_m[MEASURE_VERTICES];
    double reach_m; /* no vertex is further east, west, north or south */
    double lower_ft, upper_ft;
} volume;

typedef struct {
    double from_s, to_s;
} alert;

typedef struct {
    alert list[MEASURE_PAIR_MAX];
    size_t count;
    bool open;
} alerts;

/* Sums over pairs; given and allowed hold the warning times of the entries that could be warned of.
 */
typedef struct {
    size_t alerts, nuisance, evasive, unknown;
    size_t entries, possible, missed, missed_of_all;
    double *given_s, *allowed_s;
    size_t capacity;
} figures;

bool measure_holds(const volume *zone, double x_m, double y_m, double alt_ft);
/* Where the straight way enters, 0..1; negative: nowhere. */
double measure_enters(const volume *zone, const fix *from, const fix *to);
/* The fix after going straight on for span_s. */
fix measure_straight(const fix *from, double span_s);

void measure_begin(alerts *list, double t_s);
void measure_end(alerts *list, double t_s);

typedef struct {
    double at_s;
    double outside_s; /* since when it was seen outside without a gap */
    double steady_s;  /* since when the flight into the zone was one steady motion, seen twice */
    double before_s;  /* of the report before it */
    bool unfit; /* first seen inside, taxiing, or back within MEASURE_HOLD reports: proves an alert
                 * right, but is no entry that anybody could be warned of */
} entry;

/* At most MEASURE_PAIR_MAX. */
size_t measure_entries(const volume *zone, const fix *fixes, size_t count, entry *out);
void measure_judge(const volume *zone, const fix *fixes, size_t count, const entry *entries,
                   size_t entry_count, const alerts *list, figures *sums);
double measure_median(double *values, size_t count);

#endif
