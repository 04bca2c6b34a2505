/* zone/predict_walk.h: which edges of which zones straight paths cross, by walking the cells. */
#ifndef LEE_ZONE_PREDICT_WALK_H
#define LEE_ZONE_PREDICT_WALK_H

#include "geo/cross.h"
#include "zone/index.h"

/* Where a path crosses an edge of a zone. `rough` is `at` in doubles. */
typedef struct {
    lee_ratio at;
    double rough;
    uint32_t zone;
    const uint32_t *edge; /* its points, in the words of a tile */
} lee_crossing;

/* Whether `a` comes before (-1), at the same place (0) or after (1). */
int lee__crossing_compare(const lee_crossing *a, const lee_crossing *b);

/* A path in the coordinates of the grid, as integers and as doubles; it does not lead over the
 * antimeridian. Its crossings are those from `first` up to `end`. */
typedef struct {
    lee_line line;
    double x, y, dx, dy;
    double per_x, per_y; /* 1 / dx, 1 / dy; 0 where it does not move */
    uint32_t first, end;
} lee_walked_path;

#define LEE_WALK_BATCH 32u
#define LEE_WALK_VISITS 1024u

typedef struct {
    const lee_tile *tile;
    const uint32_t *place; /* of the grid's entry */
    uint32_t column;
    uint32_t row;
    uint32_t path;
} lee_walk_visit;

typedef struct {
    const lee_tile *tile;
    uint32_t entry;
    lee_cell cell;
    uint32_t path;
} lee_walk_leaf;

/* An edge whose line the path may cross within the cell. */
typedef struct {
    const lee_tile *tile;
    uint32_t entry;
    lee_cell cell;
    uint32_t path;
    const uint32_t *edge;
    uint32_t lane;
} lee_walk_candidate;

typedef struct {
    const lee_zone_index *index;
    lee_crossing *crossings;
    uint32_t count;
    uint32_t capacity;
    bool no_memory;
    lee_walked_path paths[LEE_WALK_BATCH];
    lee_walk_visit visits[LEE_WALK_VISITS];
    uint32_t visit_count;
    lee_walk_leaf leaves[LEE_WALK_VISITS];
    uint32_t leaf_count;
    lee_walk_candidate candidates[LEE_WALK_VISITS];
    uint32_t candidate_count;
} lee_walk;

/* The path from a to b, both canonical and not over the antimeridian. */
lee_walked_path lee__walked_path(lee_point a, lee_point b);

/* Finds the crossings of the first `count` paths of the walk, each path's sorted by zone, then
 * along the path, each edge once. False: no memory. */
bool lee__walk_paths(lee_walk *walk, uint32_t count);

#endif
