#include "track/arrival.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/limits.h"
#include "base/time_text.h"
#include "geo/trig.h"

#define LIGHT_M_PER_US 299.792458
#define METRES_PER_FOOT 0.3048

/* A transmission is in the sky for 0.12 ms and reaches nobody after 3 ms, 900 km; the next one of
 * the same kind comes 400 ms later at the earliest (RTCA DO-260B 2.2.3.3.2.2). */
#define SAME_US 3000
#define SAME_E7 5 /* the same half by way of another: rounding */

/* Of one pair: both times are cut to microseconds (1), pressure altitude is up to 500 m from the
 * true one (1.7), a position 100 m (0.7), sites and clocks (1), and a margin. */
#define TOLERANCE_US 6.0
/* Closer together, two receivers hear all at the same time. */
#define APART_LEAST_M 3000.0
/* An inaccurate position is judged as far as it says what it is. */
#define ERROR_MAX_M 3704.0

#define RECEIVERS_LEAST 3u
#define RECEIVERS_MAX 5u /* more add nothing */
#define CONTRADICTIONS 5
#define SETS 4096u
#define WAYS 4u

typedef struct {
    double x_m, y_m, z_m;
} place;

typedef struct {
    uint64_t name; /* 0: free */
    int64_t first_us;
    int32_t lat_e7;
    int32_t lon_e7;
    uint16_t count;
    uint16_t is_judged;
    uint16_t feeds[RECEIVERS_MAX];
    int32_t after_us[RECEIVERS_MAX]; /* first_us; may be before it */
} transmission;

struct lee_arrivals {
    bool is_timed[LEE_FEEDS_MAX];
    place places[LEE_FEEDS_MAX];
    uint32_t timed_count;
    transmission *transmissions; /* SETS of WAYS */
};

lee_arrivals *lee_arrivals_create(void)
{
    lee_arrivals *const arrivals = lee_alloc(1, sizeof *arrivals);
    if (!arrivals) {
        return NULL;
    }
    arrivals->transmissions = lee_alloc((size_t)SETS * WAYS, sizeof *arrivals->transmissions);
    if (!arrivals->transmissions) {
        lee_free(arrivals);
        return NULL;
    }
    return arrivals;
}

void lee_arrivals_free(lee_arrivals *arrivals)
{
    if (arrivals) {
        lee_free(arrivals->transmissions);
        lee_free(arrivals);
    }
}

void lee_arrivals_state(lee_state *state, lee_arrivals *arrivals)
{
    assert(state && arrivals);
    lee_state_section(state, "arrivals");
    lee_state_plain(state, arrivals->is_timed, sizeof arrivals->is_timed);
    lee_state_plain(state, arrivals->places, sizeof arrivals->places);
    lee_state_plain(state, &arrivals->timed_count, sizeof arrivals->timed_count);
    if (arrivals->timed_count >= RECEIVERS_LEAST) { /* else nothing was written there */
        lee_state_plain(state, arrivals->transmissions,
                        (size_t)SETS * WAYS * sizeof *arrivals->transmissions);
    }
}

/* Earth-centred, on the ellipsoid of WGS 84: a plane or a sphere would be wrong by more than what
 * is asked for. */
static place place_of(lee_point point, double height_m)
{
    const double axis_m = 6378137.0;
    const double squared = 0.00669437999014;
    double sin_lat;
    double cos_lat;
    double sin_lon;
    double cos_lon;
    lee_sin_cos(point.lat_e7 * LEE_RADIANS_PER_E7, &sin_lat, &cos_lat);
    lee_sin_cos(point.lon_e7 * LEE_RADIANS_PER_E7, &sin_lon, &cos_lon);
    const double normal_m = axis_m / sqrt(1.0 - squared * sin_lat * sin_lat);
    return (place){(normal_m + height_m) * cos_lat * cos_lon,
                   (normal_m + height_m) * cos_lat * sin_lon,
                   (normal_m * (1.0 - squared) + height_m) * sin_lat};
}

static double between_m(const place *a, const place *b)
{
    const double x = a->x_m - b->x_m;
    const double y = a->y_m - b->y_m;
    const double z = a->z_m - b->z_m;
    return sqrt(x * x + y * y + z * z);
}

void lee_arrivals_set_site(lee_arrivals *arrivals, uint16_t feed, const lee_receiver_site *site)
{
    assert(arrivals && site && feed < LEE_FEEDS_MAX);
    const bool is_timed = site->is_known && site->is_timed;
    arrivals->timed_count += is_timed;
    arrivals->timed_count -= arrivals->is_timed[feed];
    arrivals->is_timed[feed] = is_timed;
    arrivals->places[feed] = place_of(site->point, site->height_m);
}

static bool is_same(const transmission *t, uint64_t name, const lee_report *report)
{
    return t->name == name && report->t_us - t->first_us <= SAME_US &&
           t->first_us - report->t_us <= SAME_US &&
           llabs((int64_t)t->lat_e7 - report->lat_e7) <= SAME_E7 &&
           llabs((int64_t)t->lon_e7 - report->lon_e7) <= SAME_E7;
}

/* The transmission of the report, in place of the oldest of its set when it is a new one. */
static transmission *transmission_of(lee_arrivals *arrivals, uint64_t name,
                                     const lee_report *report)
{
    transmission *const set = &arrivals->transmissions[(name >> 20) % SETS * WAYS];
    transmission *oldest = set;
    for (uint32_t i = 0; i < WAYS; i++) {
        if (is_same(&set[i], name, report)) {
            return &set[i];
        }
        const bool is_older = set[i].name == 0 || set[i].first_us < oldest->first_us;
        oldest = oldest->name != 0 && is_older ? &set[i] : oldest;
    }
    memset(oldest, 0, sizeof *oldest);
    oldest->name = name;
    oldest->first_us = report->t_us;
    oldest->lat_e7 = report->lat_e7;
    oldest->lon_e7 = report->lon_e7;
    return oldest;
}

/* False: it adds nothing, for it stands where another stands that heard it. */
static bool add_hearing(const lee_arrivals *arrivals, transmission *t, uint16_t feed, int64_t t_us)
{
    for (uint32_t i = 0; i < t->count; i++) {
        if (between_m(&arrivals->places[t->feeds[i]], &arrivals->places[feed]) < APART_LEAST_M) {
            return false;
        }
    }
    t->feeds[t->count] = feed;
    t->after_us[t->count] = (int32_t)(t_us - t->first_us);
    t->count++;
    return true;
}

typedef enum { SAYS_NOTHING, AGREES, CONTRADICTS } verdict;

/* Of one pair. Times further apart than light needs from one receiver to the other are of no
 * transmitter wherever it is: a clock is wrong. */
static verdict judge_pair(const lee_arrivals *arrivals, const transmission *t, uint32_t i,
                          uint32_t k, const place *claimed, double tolerance_us)
{
    const place *const a = &arrivals->places[t->feeds[i]];
    const place *const b = &arrivals->places[t->feeds[k]];
    const double measured_us = (double)(t->after_us[i] - t->after_us[k]);
    if (fabs(measured_us) > between_m(a, b) / LIGHT_M_PER_US + TOLERANCE_US) {
        return SAYS_NOTHING;
    }
    const double expected_us = (between_m(claimed, a) - between_m(claimed, b)) / LIGHT_M_PER_US;
    return fabs(measured_us - expected_us) <= tolerance_us ? AGREES : CONTRADICTS;
}

/* A contradiction that is gone when one receiver is left out may be that one's. */
static verdict judge(const lee_arrivals *arrivals, const transmission *t, const place *claimed,
                     double tolerance_us)
{
    uint32_t all = 0;
    uint32_t of[RECEIVERS_MAX] = {0}; /* contradictions each has a part in */
    for (uint32_t i = 0; i < t->count; i++) {
        for (uint32_t k = i + 1; k < t->count; k++) {
            const verdict pair = judge_pair(arrivals, t, i, k, claimed, tolerance_us);
            if (pair == SAYS_NOTHING) {
                return SAYS_NOTHING;
            }
            all += pair == CONTRADICTS;
            of[i] += pair == CONTRADICTS;
            of[k] += pair == CONTRADICTS;
        }
    }
    for (uint32_t i = 0; all > 0 && i < t->count; i++) {
        if (of[i] == all) {
            return SAYS_NOTHING;
        }
    }
    return all > 0 ? CONTRADICTS : AGREES;
}

/* False: unknown, and without it nothing can be said. */
static bool height_of(const lee_report *last, double *height_m)
{
    if (last->present & LEE_REPORT_HAS_ALT_HAE) {
        *height_m = last->alt_hae_ft * METRES_PER_FOOT;
    } else if (last->present & LEE_REPORT_HAS_ALT_BARO) {
        *height_m = last->alt_baro_ft * METRES_PER_FOOT;
    } else {
        return false;
    }
    return true;
}

void lee_arrivals_note(lee_arrivals *arrivals, lee_conduct *motion, const lee_report *report,
                       uint64_t name, const lee_hearing *hearing, lee_track *track)
{
    assert(arrivals && motion && report && hearing && track);
    if (arrivals->timed_count < RECEIVERS_LEAST || hearing->feed >= LEE_FEEDS_MAX ||
        !arrivals->is_timed[hearing->feed] || report->source != LEE_SOURCE_ADSB ||
        (report->present & LEE_REPORT_HAS_POSITION) != LEE_REPORT_HAS_POSITION) {
        return; /* what ground stations send on behalf of others comes from elsewhere */
    }
    transmission *const t = transmission_of(arrivals, name, report);
    if (t->is_judged || t->count == RECEIVERS_MAX ||
        !add_hearing(arrivals, t, hearing->feed, report->t_us) || t->count < RECEIVERS_LEAST) {
        return;
    }
    double height_m = 0.0;
    const lee_report *const last =
        report->present & (LEE_REPORT_HAS_ALT_HAE | LEE_REPORT_HAS_ALT_BARO) ? report
                                                                             : &track->last;
    if (track->error_m > ERROR_MAX_M || !height_of(last, &height_m)) {
        return;
    }
    const place claimed = place_of((lee_point){report->lat_e7, report->lon_e7}, height_m);
    const double tolerance_us = TOLERANCE_US + 2.0 * track->error_m / LIGHT_M_PER_US;
    switch (judge(arrivals, t, &claimed, tolerance_us)) {
    case CONTRADICTS:
        motion->contradictions =
            (uint8_t)(motion->contradictions + (motion->contradictions < UINT8_MAX));
        break;
    case AGREES:
        if (motion->contradictions > 0) {
            motion->contradictions--;
        }
        break;
    case SAYS_NOTHING:
        return; /* one more receiver may settle it */
    }
    t->is_judged = true;
    if (motion->contradictions >= CONTRADICTIONS) {
        lee__doubt(track, LEE_DOUBT_ARRIVAL, report->t_us);
    }
}
