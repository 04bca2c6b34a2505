/* leeward/zone_predict.h: into which volumes of a set paths lead, and when. (docs/kernel.md)
 *
 * A path is straight in latitude, longitude, altitude and time, the short way round where it meets
 * the antimeridian; a turn is a row of such legs. The answers are those of the exact predicates on
 * every zone (geo/path.h), found by walking along the path through the cells of the index. */
#ifndef LEEWARD_ZONE_PREDICT_H
#define LEEWARD_ZONE_PREDICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "leeward/zone_set.h"

#ifdef __cplusplus
extern "C" {
#endif

/* from_us <= to_us. Altitudes in feet on the scale of the volumes; without has_alt they are not
 * known, and every band may hold it. */
typedef struct {
    lee_point from;
    lee_point to;
    int64_t from_us;
    int64_t to_us;
    int32_t from_ft;
    int32_t to_ft;
    bool has_alt;
} lee_zone_path;

/* The first stretch of a path in the volume of a zone (area, band and schedule). Times are rounded
 * down to the microsecond. A stretch has a length: a touch at a point is none. A path of no length
 * is inside its zones for all its time. */
typedef struct {
    uint32_t zone;
    int64_t enter_us; /* from_us when it begins at the path's start */
    int64_t leave_us; /* to_us when it lasts to the path's end */
    bool starts;      /* it begins at the path's start */
    bool ends;        /* it lasts to the path's end */
    bool alt_unknown; /* the altitude would matter and is not known */
} lee_zone_passage;

/* Walks paths through one set; keeps room for what a path meets. One thread uses it at a time; any
 * number of them share a set. */
typedef struct lee_zone_predictor lee_zone_predictor;

/* `set` and `volumes` (one for each zone of the set) are borrowed and must live as long as the
 * predictor. LEE_ERR_NO_MEMORY. */
LEE_CHECK_RESULT
lee_error lee_zone_predictor_create(const lee_zone_set *set, const lee_zone_volume *volumes,
                                    lee_zone_predictor **out);
/* NULL is allowed. */
void lee_zone_predictor_free(lee_zone_predictor *predictor);

/* The passages of `count` paths: those of path i are out[ends[i - 1]] up to, not including,
 * out[ends[i]] (from out[0] for i = 0), in the order of entry, then of zones. Rows, not columns: a
 * path is one cache line. *done becomes how many paths were answered: fewer than `count` when the
 * passages of the next do not fit into `capacity`; none when those of the first do not (as many as
 * there are zones always suffice). Ask again from there. LEE_ERR_NO_MEMORY: a path meets more edges
 * than there is memory for; *done paths were answered. */
LEE_CHECK_RESULT
lee_error lee_zone_predictor_paths(lee_zone_predictor *predictor, const lee_zone_path *paths,
                                   size_t count, lee_zone_passage *out, size_t capacity,
                                   uint32_t *ends, size_t *done);

/* The passages of one path made of legs, each of which begins where and when the one before it
 * ends: the first stretch of the whole in each zone. *count becomes how many there are; those that
 * do not fit into `capacity` are not written. LEE_ERR_NO_MEMORY. */
LEE_CHECK_RESULT
lee_error lee_zone_predictor_legs(lee_zone_predictor *predictor, const lee_zone_path *legs,
                                  size_t leg_count, lee_zone_passage *out, size_t capacity,
                                  size_t *count);

/* --- the same targets again and again -----------------------------------------------------------
 */

/* Remembers for each target the edges in a fan ahead of it, of the zones at its height: as long as
 * the target's paths stay in the fan nothing else is asked. The answers are those of a predictor.
 * One thread uses it at a time; any number of them share a set. */
typedef struct lee_zone_foresight lee_zone_foresight;

/* Targets are numbers below target_count, about three kilobytes each. `set` and `volumes`
 * as for a predictor. LEE_ERR_NO_MEMORY. */
LEE_CHECK_RESULT
lee_error lee_zone_foresight_create(const lee_zone_set *set, const lee_zone_volume *volumes,
                                    uint32_t target_count, lee_zone_foresight **out);
/* NULL is allowed. */
void lee_zone_foresight_free(lee_zone_foresight *foresight);

/* As lee_zone_predictor_paths; targets[i] is the target whose path is paths[i]. */
LEE_CHECK_RESULT
lee_error lee_zone_foresight_paths(lee_zone_foresight *foresight, const uint32_t *targets,
                                   const lee_zone_path *paths, size_t count, lee_zone_passage *out,
                                   size_t capacity, uint32_t *ends, size_t *done);

/* --- making paths ------------------------------------------------------------------------------
 */

/* How a target moves: over the ground with this speed and true track, up or down with this rate. */
typedef struct {
    lee_point point;
    int64_t t_us;
    int32_t speed_kt_e3;   /* knots x 1000, 0..10,000,000 */
    int32_t track_deg_e3;  /* 0..359999 */
    int32_t turn_deg_s_e3; /* degrees a second x 1000, to the right; 0: straight on */
    int32_t alt_ft;
    int32_t rate_fpm; /* feet a minute */
    bool has_alt;
} lee_zone_motion;

/* The path with these units of latitude and longitude a second (the motion's speed, track and turn
 * are not looked at): its end is exact, cut at the poles. look_ahead_s 0..3600. */
lee_zone_path lee_zone_path_by_velocity(const lee_zone_motion *motion, int32_t lat_e7_per_s,
                                        int32_t lon_e7_per_s, int32_t look_ahead_s);

/* The path whose end is the place reached along the geodesic (geo/distance.h states the error);
 * between, it is straight in latitude and longitude. At most 2,000 km: time is cut there. */
lee_zone_path lee_zone_path_straight(const lee_zone_motion *motion, int32_t look_ahead_s);

#define LEE_ZONE_LEGS_MAX 64u

/* The legs of a turn at constant rate: chords of its arc that lie within chord_m (at least 1) of
 * it, on a sphere as large as the Earth is there; once round is the end of it. Returns how
 * many of them there are, at most LEE_ZONE_LEGS_MAX: then coarser than chord_m. One when it does
 * not turn. */
size_t lee_zone_path_turn(const lee_zone_motion *motion, int32_t look_ahead_s, int32_t chord_m,
                          lee_zone_path legs[LEE_ZONE_LEGS_MAX]);

#ifdef __cplusplus
}
#endif

#endif
