#include "zone/set_tree.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "geo/area.h"

#define FANOUT 16u
#define PACKED 12u    /* when built, so that not every first change splits */
#define LEVELS_MAX 16 /* of at least 8 each: more than LEE_ZONES_MAX */

typedef struct node node;

typedef struct {
    lee_box box;
    union {
        node *child;
        uint32_t number; /* on level 0 */
    } at;
} entry;

/* Never changed once another tree can see it. */
struct node {
    atomic_uint users;
    uint32_t level;
    uint32_t count;
    entry entries[FANOUT];
};

struct lee_box_tree {
    node *root; /* NULL without boxes */
};

static node *node_alloc(uint32_t level)
{
    node *n = lee_alloc(1, sizeof(*n));
    if (n) {
        atomic_init(&n->users, 1);
        n->level = level;
    }
    return n;
}

/* Without recursion: the nodes that nobody uses any more wait on a list through their first child.
 */
static void release(node *n)
{
    node *waiting[LEVELS_MAX * FANOUT];
    uint32_t count = 0;
    if (n) {
        waiting[count++] = n;
    }
    while (count > 0) {
        node *const last = waiting[--count];
        if (atomic_fetch_sub(&last->users, 1) == 1) {
            for (uint32_t i = 0; last->level > 0 && i < last->count; i++) {
                assert(count < LEVELS_MAX * FANOUT);
                waiting[count++] = last->entries[i].at.child;
            }
            lee_free(last);
        }
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

static lee_box box_of(const node *n)
{
    assert(n->count > 0);
    lee_box box = n->entries[0].box;
    for (uint32_t i = 1; i < n->count; i++) {
        box = join(box, n->entries[i].box);
    }
    return box;
}

static bool is_empty(lee_box box)
{
    return box.min.lat_e7 > box.max.lat_e7;
}

/* --- building --------------------------------------------------------------------------------- */

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
    const entry *x = a, *y = b;
    return compare(middle_lon(&x->box), middle_lon(&y->box), x->at.number, y->at.number);
}

static int by_lat(const void *a, const void *b)
{
    const entry *x = a, *y = b;
    return compare(middle_lat(&x->box), middle_lat(&y->box), x->at.number, y->at.number);
}

/* Columns of equal count by longitude, each sorted by latitude. */
static void tile(entry *leaves, uint32_t count)
{
    if (count == 0) {
        return;
    }
    qsort(leaves, count, sizeof(entry), by_lon);
    const uint32_t pages = (count + PACKED - 1) / PACKED;
    uint32_t columns = 1;
    while (columns * columns < pages) {
        columns++;
    }
    const uint32_t column_size = (pages + columns - 1) / columns * PACKED;
    for (uint32_t start = 0; start < count; start += column_size) {
        const uint32_t size = count - start < column_size ? count - start : column_size;
        qsort(leaves + start, size, sizeof(entry), by_lat);
    }
}

/* Packs the entries into nodes, which become the entries of the level above, and so on. */
static lee_error stack_levels(entry *entries, uint32_t count, node **out)
{
    for (uint32_t level = 0; level == 0 || count > 1; level++) {
        uint32_t parents = 0;
        for (uint32_t first = 0; first < count; first += PACKED, parents++) {
            node *n = node_alloc(level);
            if (!n) {
                /* What is not in a node yet, and the nodes made, are let go. */
                for (uint32_t i = 0; i < parents; i++) {
                    release(entries[i].at.child);
                }
                for (uint32_t i = first; level > 0 && i < count; i++) {
                    release(entries[i].at.child);
                }
                return LEE_ERR_NO_MEMORY;
            }
            n->count = count - first < PACKED ? count - first : PACKED;
            memcpy(n->entries, entries + first, n->count * sizeof(entry));
            entries[parents] = (entry){box_of(n), {.child = n}};
        }
        count = parents;
    }
    *out = entries[0].at.child;
    return LEE_OK;
}

lee_error lee_box_tree_build(const lee_box *boxes, uint32_t count, lee_box_tree **out)
{
    assert(boxes || count == 0);
    assert(out);
    lee_box_tree *tree = lee_alloc(1, sizeof(*tree));
    entry *entries = lee_alloc((size_t)count + 1, sizeof(*entries));
    lee_error error = tree && entries ? LEE_OK : LEE_ERR_NO_MEMORY;
    uint32_t kept = 0;
    for (uint32_t i = 0; !error && i < count; i++) {
        if (!is_empty(boxes[i])) {
            entries[kept++] = (entry){boxes[i], {.number = i}};
        }
    }
    if (!error && kept > 0) {
        tile(entries, kept);
        error = stack_levels(entries, kept, &tree->root);
    }
    lee_free(entries);
    if (error) {
        lee_free(tree);
        return error;
    }
    *out = tree;
    return LEE_OK;
}

void lee_box_tree_free(lee_box_tree *tree)
{
    if (tree) {
        release(tree->root);
        lee_free(tree);
    }
}

/* --- walking ---------------------------------------------------------------------------------- */

/* Depth first; on each level the entry that is next. */
typedef struct {
    const node *nodes[LEVELS_MAX];
    uint32_t next[LEVELS_MAX];
    int depth; /* of the node at hand, 0 the root; -1 at the end */
} walk;

static walk walk_begin(const lee_box_tree *tree)
{
    walk w = {.depth = tree->root ? 0 : -1};
    w.nodes[0] = tree->root;
    return w;
}

/* The next entry of level 0 whose box meets `box`; NULL at the end. */
static const entry *walk_next(walk *w, lee_box box)
{
    while (w->depth >= 0) {
        const node *n = w->nodes[w->depth];
        if (w->next[w->depth] == n->count) {
            w->depth--;
            continue;
        }
        const entry *e = &n->entries[w->next[w->depth]++];
        if (!lee_box_meets(e->box, box)) {
            continue;
        }
        if (n->level == 0) {
            return e;
        }
        assert(w->depth + 1 < LEVELS_MAX);
        w->depth++;
        w->nodes[w->depth] = e->at.child;
        w->next[w->depth] = 0;
    }
    return NULL;
}

void lee_box_tree_query(const lee_box_tree *tree, lee_box box, lee_box_visit *visit, void *context)
{
    assert(tree);
    assert(visit);
    walk w = walk_begin(tree);
    for (const entry *e = walk_next(&w, box); e; e = walk_next(&w, box)) {
        visit(context, e->at.number);
    }
}

size_t lee_box_tree_bytes(const lee_box_tree *tree)
{
    static const lee_box everything = {{INT32_MIN, INT32_MIN}, {INT32_MAX, INT32_MAX}};
    size_t nodes = 0;
    walk w = walk_begin(tree);
    const node *last = NULL;
    while (walk_next(&w, everything)) {
        nodes += w.nodes[w.depth] != last;
        last = w.nodes[w.depth];
    }
    /* Those above the leaves are at most one for eight of them. */
    return sizeof(*tree) + (nodes + nodes / 8) * sizeof(node);
}

/* --- changing --------------------------------------------------------------------------------- */

/* Nodes for a change, taken before it begins, so that it cannot fail half way. */
typedef struct {
    node *nodes[4 * LEVELS_MAX];
    uint32_t count;
} spares;

static bool spares_fill(spares *s, uint32_t count)
{
    while (s->count < count) {
        s->nodes[s->count] = node_alloc(0);
        if (!s->nodes[s->count]) {
            return false;
        }
        s->count++;
    }
    return true;
}

static void spares_free(spares *s)
{
    while (s->count > 0) {
        lee_free(s->nodes[--s->count]);
    }
}

static node *take_spare(spares *s, uint32_t level)
{
    assert(s->count > 0);
    node *n = s->nodes[--s->count];
    n->level = level;
    return n;
}

/* A copy that uses the children too. */
static node *copy_node(const node *from, spares *s)
{
    node *n = take_spare(s, from->level);
    n->count = from->count;
    memcpy(n->entries, from->entries, from->count * sizeof(entry));
    for (uint32_t i = 0; n->level > 0 && i < n->count; i++) {
        atomic_fetch_add(&n->entries[i].at.child->users, 1);
    }
    return n;
}

/* Appends; a full node gives the half that lies farther along its longer side to the node that is
 * returned, else NULL. */
static node *add_entry(node *n, entry e, spares *s)
{
    if (n->count < FANOUT) {
        n->entries[n->count++] = e;
        return NULL;
    }
    entry all[FANOUT + 1];
    memcpy(all, n->entries, sizeof(n->entries));
    all[FANOUT] = e;
    const lee_box box = join(box_of(n), e.box);
    const bool wide =
        (int64_t)box.max.lon_e7 - box.min.lon_e7 > (int64_t)box.max.lat_e7 - box.min.lat_e7;
    for (uint32_t i = 1; i <= FANOUT; i++) {
        const entry moved = all[i];
        const int64_t key = wide ? middle_lon(&moved.box) : middle_lat(&moved.box);
        uint32_t at = i;
        for (; at > 0 && (wide ? middle_lon(&all[at - 1].box) : middle_lat(&all[at - 1].box)) > key;
             at--) {
            all[at] = all[at - 1];
        }
        all[at] = moved;
    }
    node *second = take_spare(s, n->level);
    n->count = (FANOUT + 1) / 2;
    second->count = FANOUT + 1 - n->count;
    memcpy(n->entries, all, n->count * sizeof(entry));
    memcpy(second->entries, all + n->count, second->count * sizeof(entry));
    return second;
}

static double size_of(lee_box box)
{
    return ((double)box.max.lat_e7 - (double)box.min.lat_e7 + 1.0) *
           ((double)box.max.lon_e7 - (double)box.min.lon_e7 + 1.0);
}

/* The child that grows least, of equal ones the smallest. */
static uint32_t choose_child(const node *n, lee_box box)
{
    uint32_t best = 0;
    double least = 0, smallest = 0;
    for (uint32_t i = 0; i < n->count; i++) {
        const double size = size_of(n->entries[i].box);
        const double growth = size_of(join(n->entries[i].box, box)) - size;
        if (i == 0 || growth < least || (growth <= least && size < smallest)) {
            best = i;
            least = growth;
            smallest = size;
        }
    }
    return best;
}

/* A new root with the entry. */
static node *insert(node *root, entry e, spares *s)
{
    if (!root) {
        node *only = take_spare(s, 0);
        only->count = 1;
        only->entries[0] = e;
        return only;
    }
    const node *path[LEVELS_MAX];
    uint32_t chosen[LEVELS_MAX] = {0};
    uint32_t depth = 0;
    path[0] = root;
    while (path[depth]->level > 0) {
        assert(depth + 1 < LEVELS_MAX);
        chosen[depth] = choose_child(path[depth], e.box);
        path[depth + 1] = path[depth]->entries[chosen[depth]].at.child;
        depth++;
    }
    node *made = copy_node(path[depth], s);
    node *second = add_entry(made, e, s);
    while (depth-- > 0) {
        node *parent = copy_node(path[depth], s);
        entry *place = &parent->entries[chosen[depth]];
        release(place->at.child);
        *place = (entry){box_of(made), {.child = made}};
        second = second ? add_entry(parent, (entry){box_of(second), {.child = second}}, s) : NULL;
        made = parent;
    }
    if (second) {
        node *top = take_spare(s, made->level + 1);
        top->count = 2;
        top->entries[0] = (entry){box_of(made), {.child = made}};
        top->entries[1] = (entry){box_of(second), {.child = second}};
        made = top;
    }
    return made;
}

/* A new root without the number; nodes that become empty go. NULL: nothing is left. */
static node *take_out(const lee_box_tree *tree, uint32_t number, lee_box box, spares *s)
{
    walk w = walk_begin(tree);
    const entry *e = walk_next(&w, box);
    while (e && e->at.number != number) {
        e = walk_next(&w, box);
    }
    assert(e);
    node *made = NULL; /* instead of the entry at hand; NULL: nothing */
    for (int depth = w.depth; depth >= 0; depth--) {
        node *n = copy_node(w.nodes[depth], s);
        entry *place = &n->entries[w.next[depth] - 1];
        if (n->level > 0) {
            release(place->at.child);
        }
        if (made) {
            *place = (entry){box_of(made), {.child = made}};
        } else {
            *place = n->entries[--n->count];
        }
        made = n;
        if (n->count == 0) {
            release(n);
            made = NULL;
        }
    }
    /* A root of one child is one level too many. */
    while (made && made->level > 0 && made->count == 1) {
        node *only = made->entries[0].at.child;
        atomic_fetch_add(&only->users, 1);
        release(made);
        made = only;
    }
    return made;
}

lee_error lee_box_tree_change(const lee_box_tree *old, uint32_t number, lee_box old_box,
                              lee_box new_box, lee_box_tree **out)
{
    assert(old && out);
    const uint32_t levels = old->root ? old->root->level + 1 : 0;
    spares s = {.count = 0};
    lee_box_tree *tree = lee_alloc(1, sizeof(*tree));
    if (!tree || !spares_fill(&s, 3 * levels + 3)) {
        lee_free(tree);
        spares_free(&s);
        return LEE_ERR_NO_MEMORY;
    }
    if (is_empty(old_box)) {
        tree->root = old->root;
        if (tree->root) {
            atomic_fetch_add(&tree->root->users, 1);
        }
    } else {
        tree->root = take_out(old, number, old_box, &s);
    }
    if (!is_empty(new_box)) {
        node *before = tree->root;
        tree->root = insert(before, (entry){new_box, {.number = number}}, &s);
        release(before);
    }
    spares_free(&s);
    *out = tree;
    return LEE_OK;
}
