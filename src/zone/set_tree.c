#include "zone/set_tree.h"

#include <assert.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "geo/area.h"

#define FANOUT 16u
#define LEVELS_MAX 8 /* 16^8 boxes is more than LEE_ZONES_MAX */

typedef struct {
    lee_box box;
    uint32_t number; /* of the box; above the leaves: of the first child */
} node;

struct lee_box_tree {
    node *nodes; /* leaves first, then each level above, the root last */
    uint32_t level_start[LEVELS_MAX + 1];
    uint32_t level_count;
};

/* Twice the middle, so that no half is lost. */
static int64_t middle_lon(const lee_box *box)
{
    return (int64_t)box->min.lon_e7 + box->max.lon_e7;
}

static int64_t middle_lat(const lee_box *box)
{
    return (int64_t)box->min.lat_e7 + box->max.lat_e7;
}

static int compare(int64_t a, int64_t b, uint32_t number_a, uint32_t number_b)
{
    return a != b ? (a > b) - (a < b) : (number_a > number_b) - (number_a < number_b);
}

static int by_lon(const void *a, const void *b)
{
    const node *x = a, *y = b;
    return compare(middle_lon(&x->box), middle_lon(&y->box), x->number, y->number);
}

static int by_lat(const void *a, const void *b)
{
    const node *x = a, *y = b;
    return compare(middle_lat(&x->box), middle_lat(&y->box), x->number, y->number);
}

/* Columns of equal count by longitude, each sorted by latitude. */
static void tile(node *leaves, uint32_t count)
{
    if (count == 0) {
        return;
    }
    qsort(leaves, count, sizeof(node), by_lon);
    const uint32_t pages = (count + FANOUT - 1) / FANOUT;
    uint32_t columns = 1;
    while (columns * columns < pages) {
        columns++;
    }
    const uint32_t column_size = (pages + columns - 1) / columns * FANOUT;
    for (uint32_t start = 0; start < count; start += column_size) {
        const uint32_t size = count - start < column_size ? count - start : column_size;
        qsort(leaves + start, size, sizeof(node), by_lat);
    }
}

static lee_box join(lee_box a, lee_box b)
{
    a.min.lat_e7 = b.min.lat_e7 < a.min.lat_e7 ? b.min.lat_e7 : a.min.lat_e7;
    a.min.lon_e7 = b.min.lon_e7 < a.min.lon_e7 ? b.min.lon_e7 : a.min.lon_e7;
    a.max.lat_e7 = b.max.lat_e7 > a.max.lat_e7 ? b.max.lat_e7 : a.max.lat_e7;
    a.max.lon_e7 = b.max.lon_e7 > a.max.lon_e7 ? b.max.lon_e7 : a.max.lon_e7;
    return a;
}

static void stack_levels(lee_box_tree *tree, uint32_t count)
{
    tree->level_count = 1;
    tree->level_start[1] = count;
    uint32_t below = 0;
    while (count > 1) {
        assert(tree->level_count < LEVELS_MAX);
        const uint32_t start = tree->level_start[tree->level_count];
        const uint32_t parents = (count + FANOUT - 1) / FANOUT;
        for (uint32_t p = 0; p < parents; p++) {
            const uint32_t first = below + p * FANOUT;
            const uint32_t end = first + FANOUT < start ? first + FANOUT : start;
            node parent = {tree->nodes[first].box, first};
            for (uint32_t child = first + 1; child < end; child++) {
                parent.box = join(parent.box, tree->nodes[child].box);
            }
            tree->nodes[start + p] = parent;
        }
        tree->level_start[++tree->level_count] = start + parents;
        below = start;
        count = parents;
    }
}

lee_error lee_box_tree_build(const lee_box *boxes, uint32_t count, lee_box_tree **out)
{
    assert(boxes || count == 0);
    assert(out);
    lee_box_tree *tree = lee_alloc(1, sizeof(*tree));
    node *nodes = lee_alloc((size_t)count + count / (FANOUT - 1) + LEVELS_MAX, sizeof(node));
    if (!tree || !nodes) {
        lee_free(nodes);
        lee_free(tree);
        return LEE_ERR_NO_MEMORY;
    }
    tree->nodes = nodes;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (boxes[i].min.lat_e7 <= boxes[i].max.lat_e7) {
            nodes[kept++] = (node){boxes[i], i};
        }
    }
    tile(nodes, kept);
    stack_levels(tree, kept);
    *out = tree;
    return LEE_OK;
}

void lee_box_tree_free(lee_box_tree *tree)
{
    if (tree) {
        lee_free(tree->nodes);
        lee_free(tree);
    }
}

void lee_box_tree_query(const lee_box_tree *tree, lee_box box, lee_box_visit *visit, void *context)
{
    assert(tree);
    assert(visit);
    /* Depth first with the siblings still to visit of each level on a small stack. */
    uint32_t next[LEVELS_MAX], end[LEVELS_MAX];
    int level = (int)tree->level_count - 1;
    const int top = level;
    next[level] = tree->level_start[level];
    end[level] = tree->level_start[level + 1];
    while (level <= top) {
        if (next[level] == end[level]) {
            level++;
            continue;
        }
        const node *at = &tree->nodes[next[level]++];
        if (!lee_box_meets(at->box, box)) {
            continue;
        }
        if (level == 0) {
            visit(context, at->number);
            continue;
        }
        level--;
        const uint32_t limit = tree->level_start[level + 1];
        next[level] = at->number;
        end[level] = at->number + FANOUT < limit ? at->number + FANOUT : limit;
    }
}

size_t lee_box_tree_bytes(const lee_box_tree *tree)
{
    return sizeof(*tree) + tree->level_start[tree->level_count] * sizeof(node);
}
