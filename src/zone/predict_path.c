/* Paths of moving targets: straight, and round a turn. */
#include <assert.h>
#include <math.h>

#include "geo/distance.h"
#include "geo/trig.h"
#include "leeward/zone_predict.h"

#define US_PER_S INT64_C(1000000)
#define REACH_MAX_M 2000000.0 /* lee_point_ahead goes no further */

static int64_t after_us(int64_t t_us, int64_t span_us)
{
    return t_us > INT64_MAX - span_us ? INT64_MAX : t_us + span_us;
}

static int32_t alt_after(const lee_zone_motion *m, int64_t span_us)
{
    const int64_t limit_ft = 1 << 24;
    const int64_t end_ft = m->alt_ft + m->rate_fpm * (span_us / 1000) / 60000;
    return (int32_t)(end_ft > limit_ft ? limit_ft : end_ft < -limit_ft ? -limit_ft : end_ft);
}

static lee_zone_path path_to(const lee_zone_motion *m, lee_point to, int64_t span_us)
{
    return (lee_zone_path){.from = m->point,
                           .to = to,
                           .from_us = m->t_us,
                           .to_us = after_us(m->t_us, span_us),
                           .from_ft = m->alt_ft,
                           .to_ft = alt_after(m, span_us),
                           .has_alt = m->has_alt};
}

lee_zone_path lee_zone_path_by_velocity(const lee_zone_motion *m, int32_t lat_e7_per_s,
                                        int32_t lon_e7_per_s, int32_t look_ahead_s)
{
    assert(m);
    assert(look_ahead_s >= 0 && look_ahead_s <= 3600);
    const int64_t turn = 2 * (int64_t)LEE_LON_MAX_E7;
    int64_t lat = m->point.lat_e7 + (int64_t)lat_e7_per_s * look_ahead_s;
    /* Half round the world and further is another way: it is cut to just below that. */
    int64_t way = (int64_t)lon_e7_per_s * look_ahead_s;
    way = way >= LEE_LON_MAX_E7 ? LEE_LON_MAX_E7 - 1 : way;
    way = way <= -(int64_t)LEE_LON_MAX_E7 ? 1 - (int64_t)LEE_LON_MAX_E7 : way;
    lat = lat > LEE_LAT_MAX_E7 ? LEE_LAT_MAX_E7 : lat < -LEE_LAT_MAX_E7 ? -LEE_LAT_MAX_E7 : lat;
    int64_t lon = m->point.lon_e7 + way;
    lon += lon > LEE_LON_MAX_E7 ? -turn : lon < -LEE_LON_MAX_E7 ? turn : 0;
    return path_to(m, (lee_point){(int32_t)lat, (int32_t)lon}, look_ahead_s * US_PER_S);
}

static double speed_mps(const lee_zone_motion *m)
{
    assert(m->speed_kt_e3 >= 0 && m->speed_kt_e3 <= 10000000);
    assert(m->track_deg_e3 >= 0 && m->track_deg_e3 < 360000);
    return m->speed_kt_e3 * LEE_METRES_PER_NAUTICAL_MILE / 3600000.0;
}

lee_zone_path lee_zone_path_straight(const lee_zone_motion *m, int32_t look_ahead_s)
{
    assert(m);
    assert(look_ahead_s >= 0 && look_ahead_s <= 3600);
    const double speed = speed_mps(m);
    double reach_m = speed * look_ahead_s;
    int64_t span_us = look_ahead_s * US_PER_S;
    if (reach_m > REACH_MAX_M) {
        reach_m = REACH_MAX_M;
        span_us = (int64_t)(REACH_MAX_M / speed * 1e6);
    }
    return path_to(m, lee_point_ahead(m->point, m->track_deg_e3, reach_m), span_us);
}

/* After turning by this much a target stands where a chord leads that points half of it to the
 * side and is 2 r sin(half) long. */
static lee_point point_after(const lee_zone_motion *m, double radius_m, double turned_rad)
{
    const double side = turned_rad / 2.0 * LEE_DEGREES_PER_RADIAN * 1000.0;
    const double track = m->track_deg_e3 + (m->turn_deg_s_e3 > 0 ? side : -side);
    int32_t track_deg_e3 = (int32_t)(track + 720000.5) % 360000;
    return lee_point_ahead(m->point, track_deg_e3, 2.0 * radius_m * lee_sin(turned_rad / 2.0));
}

size_t lee_zone_path_turn(const lee_zone_motion *m, int32_t look_ahead_s, int32_t chord_m,
                          lee_zone_path legs[LEE_ZONE_LEGS_MAX])
{
    assert(m && legs);
    assert(look_ahead_s >= 0 && look_ahead_s <= 3600);
    assert(chord_m >= 1);
    const double rate_rad = fabs((double)m->turn_deg_s_e3) * (LEE_RADIANS_PER_DEGREE / 1000.0);
    const double speed = speed_mps(m);
    double seconds = look_ahead_s;
    if (rate_rad * seconds > 2.0 * LEE_PI) {
        seconds = 2.0 * LEE_PI / rate_rad;
    }
    /* A turn of less than a metre's worth in all is none. */
    const double turned_rad = rate_rad * seconds;
    if (speed * seconds * turned_rad < 8.0 || speed * seconds > REACH_MAX_M) {
        legs[0] = lee_zone_path_straight(m, look_ahead_s);
        return 1;
    }
    /* The chord of an angle a lies r (1 - cos(a / 2)) <= r a^2 / 8 inside the arc. */
    const double radius_m = speed / rate_rad;
    const double wanted = turned_rad / sqrt(8.0 * chord_m / radius_m);
    const size_t count = wanted >= LEE_ZONE_LEGS_MAX - 1.0 ? LEE_ZONE_LEGS_MAX : (size_t)wanted + 1;
    for (size_t k = 0; k < count; k++) {
        const double share = (double)(k + 1) / (double)count;
        const int64_t span_us = (int64_t)(seconds * share * 1e6);
        legs[k] = path_to(m, point_after(m, radius_m, turned_rad * share), span_us);
        if (k > 0) {
            legs[k].from = legs[k - 1].to;
            legs[k].from_us = legs[k - 1].to_us;
            legs[k].from_ft = legs[k - 1].to_ft;
        }
    }
    return count;
}
