#define _POSIX_C_SOURCE 200809L
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/alloc.h"
#include "geo/area.h"
#include "leeward/zone_set.h"
#include "zone/set.h"

enum { START = 200, PUTS = 40, ZONES = START + PUTS, CORNERS = 16, GENERATIONS = 120 };

static uint64_t seed = 88172645463325252u;

static int32_t random_between(int32_t low, int32_t high)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (int32_t)(low + (int64_t)(seed >> 16) % ((int64_t)high - low + 1));
}

/* One generation: its own list, rings of which most are those of the one before. */
typedef struct {
    lee_point points[CORNERS];
    lee_ring ring;
    lee_zone zones[ZONES];
    lee_zone_list list;
    lee_zone_set *set;
} generation;

static int32_t reach, size;

/* Some share borders on a lattice, some are anything, some have a spike; a part crowds together, so
 * that cells split there. */
static void draw_in(lee_point *points, lee_ring *ring, int32_t within, int32_t wide)
{
    const int32_t lat = random_between(-within, within), lon = random_between(-within, within);
    ring->points = points;
    if (random_between(0, 2) == 0) {
        const int32_t y = lat / wide * wide, x = lon / wide * wide;
        const lee_point square[] = {{y, x}, {y, x + wide}, {y + wide, x + wide}, {y + wide, x}};
        memcpy(points, square, sizeof(square));
        ring->count = 4;
    } else {
        ring->count = (uint32_t)random_between(3, CORNERS - 2);
        for (uint32_t i = 0; i < ring->count; i++) {
            points[i] =
                (lee_point){lat + random_between(-wide, wide), lon + random_between(-wide, wide)};
        }
        if (random_between(0, 3) == 0) {
            points[ring->count] = (lee_point){lat, lon};
            points[ring->count + 1] = points[ring->count - 1];
            ring->count += 2;
        }
    }
}

static void draw(lee_point *points, lee_ring *ring)
{
    const bool crowded = random_between(0, 1) == 0 && size > 100000;
    draw_in(points, ring, crowded ? reach / 40 : reach, crowded ? size / 10 : size);
}

static void check(const generation *g, int count)
{
    for (int i = 0; i < count; i++) {
        lee_point p = {random_between(-reach - size, reach + size),
                       random_between(-reach - size, reach + size)};
        const lee_area *area = &g->zones[random_between(0, (int32_t)g->list.count - 1)].area;
        if (i % 2 == 0 && area->count > 0) {
            p = area->rings[0].points[0];
            p.lat_e7 += random_between(-1, 1);
            p.lon_e7 += random_between(-1, 1);
        }
        uint32_t got[ZONES], want[ZONES];
        size_t wanted = 0, near = 0;
        lee_box same;
        const size_t found = lee_zone_set_locate_box(g->set, p, got, ZONES, &same);
        for (uint32_t z = 0; z < g->list.count; z++) {
            if (lee_area_contains(&g->zones[z].area, p)) {
                want[wanted++] = z;
            }
        }
        assert_int_equal(found, wanted);
        assert_memory_equal(got, want, wanted * sizeof(*want));
        const lee_point corner = i % 3 ? same.min : same.max;
        assert_int_equal(lee_zone_set_locate(g->set, corner, got, ZONES), wanted);
        const lee_box box = {p, {p.lat_e7 + size / 2, p.lon_e7 + size / 2}};
        const size_t meeting = lee_zone_set_in_box(g->set, box, got, ZONES);
        for (uint32_t z = 0; z < g->list.count; z++) {
            if (lee_box_meets(lee_area_box(&g->zones[z].area), box)) {
                assert_true(near < meeting);
                assert_int_equal(got[near++], z);
            }
        }
        assert_int_equal(near, meeting);
    }
}

static const lee_area nothing = {NULL, 0};

static generation *next(const generation *old)
{
    generation *g = calloc(1, sizeof(*g));
    memcpy(g->zones, old->zones, sizeof(g->zones));
    g->list = (lee_zone_list){g->zones, old->list.count};
    const bool put = g->list.count < ZONES && random_between(0, 3) == 0;
    const uint32_t zone =
        put ? g->list.count : (uint32_t)random_between(0, (int32_t)g->list.count - 1);
    g->list.count += put;
    draw(g->points, &g->ring);
    const bool remove = !put && random_between(0, 2) == 0;
    g->zones[zone].area = remove ? nothing : (lee_area){&g->ring, 1};
    const lee_area *old_area = put ? &nothing : &old->zones[zone].area;
    assert_int_equal(lee_zone_set_change(old->set, &g->list, zone, old_area, &g->set), LEE_OK);
    return g;
}

static void change_again_and_again(int32_t new_reach, int32_t new_size)
{
    reach = new_reach;
    size = new_size;
    static lee_point points[START][CORNERS];
    static lee_ring rings[START];
    generation *all[GENERATIONS] = {calloc(1, sizeof(generation))};
    for (uint32_t z = 0; z < START; z++) {
        draw(points[z], &rings[z]);
        all[0]->zones[z].area = (lee_area){&rings[z], 1};
    }
    /* The corners of the grid, so that nothing drawn lies outside it. */
    points[0][0] = (lee_point){-reach - size, -reach - size};
    points[0][1] = (lee_point){reach + size, reach + size};
    points[0][2] = (lee_point){reach + size, -reach - size};
    rings[0].count = 3;
    all[0]->list = (lee_zone_list){all[0]->zones, START};
    assert_int_equal(lee_zone_set_build(&all[0]->list, &all[0]->set), LEE_OK);
    int made = 1;
    for (; made < GENERATIONS; made++) {
        all[made] = next(all[made - 1]);
        check(all[made], 60);
    }
    /* Old generations still answer as they did; they go in any order. */
    for (int i = 0; i < made; i++) {
        check(all[i], 10);
    }
    for (int i = 0; i < made; i += 2) {
        lee_zone_set_free(all[i]->set);
    }
    for (int i = 1; i < made; i += 2) {
        check(all[i], 10);
        lee_zone_set_free(all[i]->set);
    }
    for (int i = 0; i < made; i++) {
        free(all[i]);
    }
}

static void every_generation_answers_as_brute_force_does_and_old_ones_stay(void **state)
{
    (void)state;
    change_again_and_again(20000000, 1000000);
    change_again_and_again(3000, 500);
    change_again_and_again(800000000, 60000000);
    change_again_and_again(2000000, 700000);
}

/* --- thousands of changes --------------------------------------------------------------------- */

enum { MANY = 300, READERS = 2, ASKED = 64 };

/* One list that is changed in place, as a caller may when no set but the newest is asked for zones:
 * sets keep no areas. */
typedef struct {
    lee_point points[MANY][CORNERS];
    lee_ring rings[MANY];
    lee_zone zones[MANY];
    lee_zone_list list;
} changing;

static changing *changing_make(uint32_t count)
{
    changing *c = calloc(1, sizeof(*c));
    c->list = (lee_zone_list){c->zones, count};
    for (uint32_t z = 0; z < count; z++) {
        draw(c->points[z], &c->rings[z]);
        c->zones[z].area = (lee_area){&c->rings[z], 1};
    }
    return c;
}

/* Puts, replaces or removes one zone; most stay near where they were. */
static lee_zone_set *change_one(changing *c, const lee_zone_set *old)
{
    const uint32_t zone = (uint32_t)random_between(0, MANY - 1);
    if (zone >= c->list.count) {
        c->list.count = zone + 1;
    }
    static lee_point old_points[CORNERS];
    memcpy(old_points, c->points[zone], sizeof(old_points));
    const lee_ring old_ring = {old_points, c->rings[zone].count};
    const lee_area old_area = {&old_ring, c->zones[zone].area.count};
    const int kind = random_between(0, 5);
    if (kind == 0) {
        c->zones[zone].area = nothing;
    } else if (kind < 4 && c->rings[zone].count > 0) {
        const int32_t by = random_between(-size / 10, size / 10);
        for (uint32_t i = 0; i < c->rings[zone].count; i++) {
            c->points[zone][i].lat_e7 += by;
            c->points[zone][i].lon_e7 -= kind == 1 ? by : 0;
        }
        c->zones[zone].area = (lee_area){&c->rings[zone], 1};
    } else {
        draw(c->points[zone], &c->rings[zone]);
        c->zones[zone].area = (lee_area){&c->rings[zone], 1};
    }
    lee_zone_set *set = NULL;
    assert_int_equal(lee_zone_set_change(old, &c->list, zone, &old_area, &set), LEE_OK);
    return set;
}

static void same_as_anew(const changing *c, const lee_zone_set *set, int count)
{
    lee_zone_set *anew = NULL;
    assert_int_equal(lee_zone_set_build(&c->list, &anew), LEE_OK);
    for (int i = 0; i < count; i++) {
        const uint32_t z = (uint32_t)random_between(0, (int32_t)c->list.count - 1);
        lee_point p = {random_between(-reach - size, reach + size),
                       random_between(-reach - size, reach + size)};
        if (i % 2 == 0 && c->rings[z].count > 0) {
            p = c->points[z][(uint32_t)i / 2 % c->rings[z].count];
            p.lat_e7 += random_between(-1, 1);
            p.lon_e7 += random_between(-1, 1);
        }
        uint32_t got[MANY], want[MANY];
        const size_t wanted = lee_zone_set_locate(anew, p, want, MANY);
        assert_int_equal(lee_zone_set_locate(set, p, got, MANY), wanted);
        assert_memory_equal(got, want, wanted * sizeof(*want));
        const lee_box box = {p, {p.lat_e7 + size / 2, p.lon_e7 + size / 2}};
        const size_t meeting = lee_zone_set_in_box(anew, box, want, MANY);
        assert_int_equal(lee_zone_set_in_box(set, box, got, MANY), meeting);
        assert_memory_equal(got, want, meeting * sizeof(*want));
    }
    lee_zone_set_free(anew);
}

/* What changes leave behind stays within bounds. */
static void as_large_as_anew(const changing *c, const lee_zone_set *set)
{
    lee_zone_set *anew = NULL;
    assert_int_equal(lee_zone_set_build(&c->list, &anew), LEE_OK);
    assert_true(lee_zone_set_bytes(set) < 2 * lee_zone_set_bytes(anew) + (1u << 20));
    lee_zone_set_free(anew);
}

/* What readers of other threads ask: the same points, of whatever set is the newest. */
typedef struct {
    pthread_mutex_t lock;
    lee_zone_set *newest;
    atomic_bool stop;
    atomic_uint asked;
    int32_t lat[ASKED], lon[ASKED];
} shared_set;

/* Readers leave the processor to the one that changes. */
static void nap(void)
{
    const struct timespec moment = {0, 300000};
    nanosleep(&moment, NULL);
}

/* Asks one set until there is a newer one; every answer of a set is the same. */
static void *read_on(void *context)
{
    shared_set *s = context;
    while (!atomic_load(&s->stop)) {
        uint32_t first[ASKED * MANY], again[ASKED * MANY], ends[ASKED], ends_again[ASKED];
        pthread_mutex_lock(&s->lock);
        const lee_zone_set *set = s->newest;
        lee_zone_set_locate_many(set, s->lat, s->lon, ASKED, first, ASKED * MANY, ends);
        lee_zone_set_locate_many(set, s->lat, s->lon, ASKED, again, ASKED * MANY, ends_again);
        pthread_mutex_unlock(&s->lock);
        if (memcmp(ends, ends_again, sizeof(ends)) != 0 ||
            memcmp(first, again, ends[ASKED - 1] * sizeof(*first)) != 0) {
            return s;
        }
        atomic_fetch_add(&s->asked, 1);
        nap();
    }
    return NULL;
}

/* A reader that has a set of its own while its successors are made and freed. */
static void *read_old(void *context)
{
    shared_set *s = context;
    uint32_t first[ASKED * MANY], again[ASKED * MANY], ends[ASKED], ends_again[ASKED];
    const lee_zone_set *set = s->newest;
    lee_zone_set_locate_many(set, s->lat, s->lon, ASKED, first, ASKED * MANY, ends);
    while (!atomic_load(&s->stop)) {
        lee_zone_set_locate_many(set, s->lat, s->lon, ASKED, again, ASKED * MANY, ends_again);
        if (memcmp(ends, ends_again, sizeof(ends)) != 0 ||
            memcmp(first, again, ends[ASKED - 1] * sizeof(*first)) != 0) {
            return s;
        }
        atomic_fetch_add(&s->asked, 1);
        nap();
    }
    return NULL;
}

static void thousands_of_changes_beside_readers_leave_the_set_that_is_built_anew(void **state)
{
    (void)state;
    reach = 20000000;
    size = 1500000;
    changing *c = changing_make(MANY / 2);
    shared_set s = {.lock = PTHREAD_MUTEX_INITIALIZER};
    for (int i = 0; i < ASKED; i++) {
        s.lat[i] = random_between(-reach, reach);
        s.lon[i] = random_between(-reach, reach);
    }
    assert_int_equal(lee_zone_set_build(&c->list, &s.newest), LEE_OK);
    lee_zone_set *const first = s.newest;
    pthread_t readers[READERS];
    assert_int_equal(pthread_create(&readers[0], NULL, read_old, &s), 0);
    while (atomic_load(&s.asked) == 0) {
        nap();
    }
    assert_int_equal(pthread_create(&readers[1], NULL, read_on, &s), 0);
    for (int i = 0; i < 2000; i++) {
        lee_zone_set *old = s.newest;
        lee_zone_set *set = change_one(c, old);
        pthread_mutex_lock(&s.lock);
        s.newest = set;
        pthread_mutex_unlock(&s.lock);
        if (old != first) {
            lee_zone_set_free(old);
        }
        if (i % 250 == 249) {
            same_as_anew(c, set, 400);
        }
    }
    atomic_store(&s.stop, true);
    for (int i = 0; i < READERS; i++) {
        void *failed;
        assert_int_equal(pthread_join(readers[i], &failed), 0);
        assert_null(failed);
    }
    as_large_as_anew(c, s.newest);
    lee_zone_set_free(first);
    lee_zone_set_free(s.newest);
    free(c);
}

/* Edges that run side by side make leaves that splitting does not help. */
static void bundles_of_edges_are_changed_too(void **state)
{
    (void)state;
    reach = 2000000;
    size = 10000;
    changing *c = changing_make(MANY);
    for (int32_t z = 0; z < 120; z++) {
        const lee_point corners[] = {{-reach + z, -reach - z},
                                     {-reach, reach + z},
                                     {reach - z, reach},
                                     {reach / 3 + z, -reach / 2 + 2 * z}};
        memcpy(c->points[z], corners, sizeof(corners));
        c->rings[z].count = 4;
    }
    lee_zone_set *set = NULL;
    assert_int_equal(lee_zone_set_build(&c->list, &set), LEE_OK);
    for (int i = 0; i < 100; i++) {
        lee_zone_set *next_set = change_one(c, set);
        lee_zone_set_free(set);
        set = next_set;
        if (i % 25 == 24) {
            same_as_anew(c, set, 100);
        }
    }
    lee_zone_set_free(set);
    free(c);
}

static void a_set_grows_from_nothing_and_shrinks_to_nothing(void **state)
{
    (void)state;
    reach = 30000000;
    size = 2000000;
    enum { GROWN = 80 };
    changing *c = changing_make(GROWN);
    for (uint32_t z = 0; z < GROWN; z++) {
        c->zones[z].area = nothing;
    }
    lee_zone_set *set = NULL;
    assert_int_equal(lee_zone_set_build(&c->list, &set), LEE_OK);
    for (uint32_t i = 0; i < 2 * GROWN; i++) {
        const uint32_t z = i % GROWN;
        const lee_area drawn = {&c->rings[z], 1};
        c->zones[z].area = i < GROWN ? drawn : nothing;
        lee_zone_set *changed = NULL;
        assert_int_equal(
            lee_zone_set_change(set, &c->list, z, i < GROWN ? &nothing : &drawn, &changed), LEE_OK);
        lee_zone_set_free(set);
        set = changed;
        if (i % 20 == 19) {
            same_as_anew(c, set, 200);
        }
    }
    lee_zone_set_free(set);
    free(c);
}

static void a_zone_beyond_the_grid_widens_it_and_one_much_too_far_is_refused(void **state)
{
    (void)state;
    reach = 50000000;
    size = 4000000;
    generation g = {.list = {g.zones, 1}}, far = {.list = {far.zones, 2}};
    draw(g.points, &g.ring);
    g.zones[0].area = far.zones[0].area = (lee_area){&g.ring, 1};
    assert_int_equal(lee_zone_set_build(&g.list, &g.set), LEE_OK);
    const lee_point points[] = {
        {200000000, 150000000}, {200000000, 170000000}, {180001000, 150000000}};
    const lee_ring ring = {points, 3};
    far.zones[1].area = (lee_area){&ring, 1};
    assert_int_equal(lee_zone_set_change(g.set, &far.list, 1, &nothing, &far.set), LEE_OK);
    check(&g, 100);
    check(&far, 100);
    const lee_point inside = {195000000, 155000000};
    uint32_t zones[2];
    assert_int_equal(lee_zone_set_locate(far.set, inside, zones, 2), 1);
    assert_int_equal(zones[0], 1);
    lee_zone_set_free(g.set);
    /* Zone 0 goes there too, and nothing between is asked. */
    const lee_area old_area = g.zones[0].area;
    generation moved = {.list = {moved.zones, 2}};
    moved.zones[0].area = moved.zones[1].area = far.zones[1].area;
    assert_int_equal(lee_zone_set_change(far.set, &moved.list, 0, &old_area, &moved.set), LEE_OK);
    check(&moved, 100);
    lee_zone_set_free(moved.set);
    lee_zone_set_free(far.set);
    /* Cells of a few metres do not reach around the world. */
    reach = 1000;
    size = 500;
    draw(g.points, &g.ring);
    assert_int_equal(lee_zone_set_build(&g.list, &g.set), LEE_OK);
    assert_int_equal(lee_zone_set_change(g.set, &far.list, 1, &nothing, &far.set), LEE_ERR_LIMIT);
    check(&g, 100);
    lee_zone_set_free(g.set);
}

static void every_allocation_of_a_change_may_fail(void **state)
{
    (void)state;
    reach = 3000000;
    size = 600000;
    changing *c = changing_make(60);
    lee_zone_set *set = NULL;
    assert_int_equal(lee_zone_set_build(&c->list, &set), LEE_OK);
    lee_point points[CORNERS];
    lee_ring ring;
    draw(points, &ring);
    const lee_area old_area = c->zones[7].area;
    c->zones[7].area = (lee_area){&ring, 1};
    for (uint64_t at = 1;; at++) {
        lee_zone_set *changed = NULL;
        lee_alloc_test_fail(at);
        const lee_error error = lee_zone_set_change(set, &c->list, 7, &old_area, &changed);
        lee_alloc_test_fail(0);
        if (!error) {
            assert_true(at > 20);
            same_as_anew(c, changed, 200);
            lee_zone_set_free(changed);
            break;
        }
        assert_int_equal(error, LEE_ERR_NO_MEMORY);
        assert_null(changed);
    }
    lee_zone_set_free(set);
    free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_generation_answers_as_brute_force_does_and_old_ones_stay),
        cmocka_unit_test(thousands_of_changes_beside_readers_leave_the_set_that_is_built_anew),
        cmocka_unit_test(bundles_of_edges_are_changed_too),
        cmocka_unit_test(a_set_grows_from_nothing_and_shrinks_to_nothing),
        cmocka_unit_test(a_zone_beyond_the_grid_widens_it_and_one_much_too_far_is_refused),
        cmocka_unit_test(every_allocation_of_a_change_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
