/* app/tune_scene.h: what a recording holds apart from any decision: where its targets were, and
 * which zones there were when. */
#ifndef LEE_APP_TUNE_SCENE_H
#define LEE_APP_TUNE_SCENE_H

#include <stdint.h>

#include "app/measure.h"
#include "app/tune_inputs.h"
#include "base/map.h"
#include "leeward/target.h"
#include "leeward/zone_import.h"

#define LEE_TUNE_TARGETS_MAX 1000000u
#define LEE_TUNE_NONE UINT32_MAX

/* A zone for as long as it stayed the same. Periods are counted from 1, one for each ZONES
 * record; both ends belong to it. */
typedef struct {
    const lee_zone *zone; /* borrowed from the scene */
    uint64_t content;     /* hash of all it says */
    uint32_t first_period;
    uint32_t last_period;
    int32_t geoid_m;
    const lee_terrain *terrain; /* borrowed; NULL: none was told, or it is not there */
    bool predicts;              /* here, or in a run (lee_tune) */
} lee_tune_life;

/* The fixes of target i are fixes[first[i]] up to, not including, fixes[first[i + 1]], by time;
 * periods[] says for each in which period it was heard. */
typedef struct {
    lee_tune_life *lives; /* by id, then by first period */
    uint32_t life_count;
    lee_target *names;
    uint32_t target_count;
    lee_measure_fix *fixes;
    uint32_t *periods;
    size_t *first;
    lee_box *boxes; /* of each target: everywhere it was */
    uint64_t reports;
    uint64_t targets_left_out;
    double hours; /* from the first report to the last */
    /* private */
    lee_map *numbers;
    lee_zone_import **imports;
    uint32_t import_count;
} lee_tune_scene;

/* Terrain is borrowed, and may be NULL. Errors are said on standard error. lee_tune_scene_free in
 * any case. */
LEE_CHECK_RESULT
lee_error lee_tune_scene_make(const lee_tune_inputs *inputs, const lee_terrain_files *terrain,
                              lee_tune_scene *out);
void lee_tune_scene_free(lee_tune_scene *scene);

/* LEE_TUNE_NONE: no such target, or zone then. */
uint32_t lee_tune_scene_target(const lee_tune_scene *scene, const lee_target *name);
uint32_t lee_tune_scene_life(const lee_tune_scene *scene, const char *zone, uint32_t period);

#endif
