/* Zones that move, for the oracle: where they are, ways through them, and what lies ahead of who
 * moves too; with Vincenty's formulas and libm. */
#ifndef LEE_TESTS_ORACLE_CARRIER_H
#define LEE_TESTS_ORACLE_CARRIER_H

#include "oracle.h"
#include "oracle_flight.h"

#define ORACLE_LOST_S 45
#define ORACLE_EXPIRE_S 60
#define ORACLE_GROWS_S 600

typedef struct {
    int64_t t_us;
    uint32_t target;
    lee_point point;
    bool has_velocity;
    double speed_mps;
    double track_deg;
} oracle_heard;

/* As integers, which both are given. */
int32_t oracle_speed_kt_e3(const oracle_heard *h);
int32_t oracle_track_deg_e3(const oracle_heard *h);
void oracle_hear_flight(oracle_flight *flight, const oracle_heard *h);

/* One zone's carrier. */
typedef struct {
    const lee_zone *zone;
    bool known;
    bool has_before;
    bool has_velocity;
    int64_t t_us;
    lee_point point;
    double speed_mps;
    double track_deg;
    double along_m;
    double along_mps;
    int64_t before_us;
    lee_point before;
    double before_m;
    int64_t grows_us;
    double length_m[6];
    bool unsure;
    oracle_flight *flight; /* what it said */
} oracle_carried;

lee_point oracle_go_on(lee_point from, double track_deg, double way_m);
void oracle_carrier_hear(oracle_carried *c, const oracle_heard *h);
bool oracle_stale_at(const oracle_carried *c, int64_t now_us);
void oracle_set_growth(oracle_carried *c, int64_t after_us);
lee_point oracle_centre_at(const oracle_carried *c, int64_t t_us, bool stale);
double oracle_along_at(const oracle_carried *c, int64_t t_us, bool stale);
double oracle_grown_m(const oracle_carried *c, int64_t now_us);
/* How far outside the place is, negative inside. */
double oracle_outside_m(const oracle_carried *c, lee_point p, int64_t t_us, int64_t now_us);

/* What a way meets. */
typedef struct {
    bool crosses;
    bool unsure;
    double first; /* entry and exit of the first stretch, entry of the last */
    double first_end;
    double last;
} oracle_found;

oracle_found oracle_look_along(const oracle_carried *c, lee_point a, int64_t a_us, lee_point b,
                               int64_t b_us);

/* What lies ahead of a target at a place, by what it said; look_s: the longest look-ahead time of
 * all zones. */
typedef struct {
    bool heading;
    bool told; /* likely or near enough to be told */
    bool unsure;
    double entry_s;
    double entry_doubt_s;
    double chance; /* -1: the straight line decides */
    double chance_doubt;
} oracle_ahead;

oracle_ahead oracle_look_ahead(const oracle_carried *c, const oracle_flight *flight, lee_point at,
                               int64_t now_us, int32_t look_s);

#endif
