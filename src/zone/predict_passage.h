/* zone/predict_passage.h: passages out of crossings: what predict.c and foresight.c share. */
#ifndef LEE_ZONE_PREDICT_PASSAGE_H
#define LEE_ZONE_PREDICT_PASSAGE_H

#include "leeward/zone_predict.h"
#include "zone/predict_walk.h"

struct lee_zone_predictor {
    const lee_zone_set *set;
    const lee_zone_volume *volumes;
    uint32_t *starts; /* zones that hold a path's start: room for all */
    uint32_t *others;
    lee_crossing *turns; /* of one zone: where the path comes in and goes out, by turns */
    size_t turn_capacity;
    lee_path_stretch *stretches;
    size_t stretch_capacity;
    lee_zone_passage *legs; /* of some legs, and of those before them */
    size_t leg_capacity;
    lee_zone_passage *sum;
    uint32_t *places; /* by zone: its place in `sum`, and one more; 0: none */
    lee_walk walk;
};

/* Up to `capacity` are written, all are counted. */
typedef struct {
    lee_zone_passage *out;
    size_t capacity;
    size_t count;
} lee_passages;

/* The passages of a path by zone: `starts` are the zones that hold its start, ascending; the
 * crossings are sorted by zone, then along the path. False: no memory. */
bool lee__passages_put(lee_zone_predictor *predictor, const lee_zone_path *path,
                       const uint32_t *starts, size_t start_count, const lee_crossing *crossings,
                       uint32_t count, lee_passages *found);
/* In the order of entry, then of zones. */
void lee__passages_sort(lee_zone_passage *out, size_t count);

/* The zones that hold the point, ascending; *out is the predictor's and lasts until its next use.
 */
size_t lee__predictor_starts(lee_zone_predictor *predictor, lee_grid_point point,
                             const uint32_t **out);

/* Of canonical points. */
bool lee__leads_over_antimeridian(lee_point a, lee_point b);

#endif
