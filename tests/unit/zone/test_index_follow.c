#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "leeward/zone_set.h"
#include "zone/set.h"

enum { SIDE = 24, ZONES = SIDE * SIDE + 40, TARGETS = 50, REPORTS = 40000, EVENTS = 65536 };

static uint64_t seed = 88172645463325252u;

static int32_t random_between(int32_t low, int32_t high)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (int32_t)(low + (int64_t)(seed >> 16) % ((int64_t)high - low + 1));
}

/* Rectangles on a lattice, whose level borders random shapes do not have, and triangles over them;
 * bands that touch, and hours on and off. */
typedef struct {
    lee_point points[ZONES][4];
    lee_ring rings[ZONES];
    lee_zone zones[ZONES];
    lee_zone_volume volumes[ZONES];
    lee_interval hours[20];
    lee_zone_list list;
    lee_zone_set *set;
} world;

static world *world_make(void)
{
    world *w = calloc(1, sizeof(*w));
    for (uint32_t h = 0; h < 20; h++) {
        w->hours[h] = (lee_interval){h * INT64_C(100000000), h * INT64_C(100000000) + 40000000};
    }
    for (int32_t z = 0; z < ZONES; z++) {
        const int32_t lat = z / SIDE * 200000, lon = z % SIDE * 200000;
        const lee_point corners[] = {
            {lat, lon}, {lat, lon + 200000}, {lat + 200000, lon + 200000}, {lat + 200000, lon}};
        memcpy(w->points[z], corners, sizeof(corners));
        w->rings[z] = (lee_ring){w->points[z], 4};
        if (z >= SIDE * SIDE) {
            w->rings[z].count = 3;
            for (int i = 0; i < 3; i++) {
                w->points[z][i] =
                    (lee_point){random_between(0, SIDE * 200000), random_between(0, SIDE * 200000)};
            }
        }
        w->zones[z].area = (lee_area){&w->rings[z], 1};
        const int32_t lower = z % 3 == 0 ? INT32_MIN : 1000 * random_between(0, 9);
        w->volumes[z] = (lee_zone_volume){lower,
                                          z % 3 == 1 ? INT32_MAX : 1000 * random_between(10, 20),
                                          {z % 4 != 0, w->hours, 20}};
    }
    w->list = (lee_zone_list){w->zones, ZONES};
    assert_int_equal(lee_zone_set_build(&w->list, &w->set), LEE_OK);
    return w;
}

static void world_free(world *w)
{
    lee_zone_set_free(w->set);
    free(w);
}

static bool is_in(const lee_zone_volume *v, int32_t alt_ft, int64_t t_us)
{
    bool on = v->schedule.always;
    for (uint32_t i = 0; i < v->schedule.count; i++) {
        on |= t_us >= v->schedule.intervals[i].from_us && t_us < v->schedule.intervals[i].to_us;
    }
    return on && alt_ft >= v->lower_ft && alt_ft < v->upper_ft;
}

typedef struct {
    uint32_t target[REPORTS];
    int32_t lat[REPORTS], lon[REPORTS], alt[REPORTS];
    int64_t t[REPORTS];
} flown;

/* Targets that go straight, turn, stand, climb, and now and then jump. `step` in 1e-7 degrees. */
static flown *fly(int32_t step)
{
    flown *f = calloc(1, sizeof(*f));
    struct {
        int32_t lat, lon, alt, dlat, dlon, dalt;
    } target[TARGETS];
    for (int i = 0; i < TARGETS; i++) {
        target[i].lat = random_between(0, SIDE * 200000) / 1000 * 1000;
        target[i].lon = random_between(0, SIDE * 200000) / 1000 * 1000;
        target[i].alt = random_between(0, 21000);
        target[i].dlat = target[i].dlon = target[i].dalt = 0;
    }
    for (int i = 0; i < REPORTS; i++) {
        const int k = random_between(0, TARGETS - 1);
        if (random_between(0, 20) == 0) {
            target[k].dlat = random_between(-step, step) * random_between(0, 1);
            target[k].dlon = random_between(-step, step) * random_between(0, 1);
            target[k].dalt = random_between(-500, 500) * random_between(0, 1);
        }
        if (random_between(0, 500) == 0) {
            target[k].lat = random_between(-300000, (SIDE + 1) * 200000);
            target[k].lon = random_between(-300000, (SIDE + 1) * 200000);
        }
        f->target[i] = (uint32_t)k;
        f->lat[i] = target[k].lat += target[k].dlat;
        f->lon[i] = target[k].lon += target[k].dlon;
        f->alt[i] = target[k].alt += target[k].dalt;
        f->t[i] = i * INT64_C(50000);
    }
    return f;
}

/* After every report the zones entered and not left are those of the stateless answer. */
static void follow_and_compare(const world *w, const flown *f, size_t block, size_t room)
{
    static bool held[TARGETS][ZONES];
    static lee_zone_crossing events[EVENTS];
    memset(held, 0, sizeof(held));
    lee_zone_follower *follower = NULL;
    assert_int_equal(lee_zone_follower_create(w->set, w->volumes, TARGETS, &follower), LEE_OK);
    for (size_t done = 0; done < REPORTS;) {
        const size_t ask = REPORTS - done < block ? REPORTS - done : block;
        const lee_zone_reports r = {f->target + done, f->lat + done, f->lon + done,
                                    f->alt + done,    f->t + done,   ask};
        size_t found, e = 0;
        const size_t got = lee_zone_follower_report(follower, &r, events, room, &found);
        assert_true(got > 0);
        assert_true(found <= room);
        for (size_t i = 0; i < got; i++) {
            for (; e < found && events[e].report == i; e++) {
                bool *in = &held[events[e].target][events[e].zone];
                assert_int_equal(events[e].target, f->target[done + i]);
                assert_int_equal(*in, !events[e].entered);
                *in = events[e].entered;
            }
            uint32_t zones[ZONES];
            const lee_point p = {f->lat[done + i], f->lon[done + i]};
            const size_t count = lee_zone_set_locate(w->set, p, zones, ZONES);
            bool want[ZONES] = {false};
            for (size_t k = 0; k < count; k++) {
                want[zones[k]] = is_in(&w->volumes[zones[k]], f->alt[done + i], f->t[done + i]);
            }
            assert_memory_equal(held[f->target[done + i]], want, sizeof(want));
        }
        assert_int_equal(e, found);
        done += got;
    }
    lee_zone_follower_free(follower);
}

static void following_equals_the_stateless_answer_after_every_report(void **state)
{
    (void)state;
    world *w = world_make();
    const int32_t steps[] = {3, 400, 9000, 150000};
    for (int i = 0; i < 4; i++) {
        flown *f = fly(steps[i]);
        lee_zone_set_use_portable(w->set, i % 2 == 1);
        follow_and_compare(w, f, i < 2 ? 1000 : 7, i % 2 ? EVENTS : 2 * ZONES);
        free(f);
    }
    world_free(w);
}

static void schedule_edges_and_climbs_are_told_to_a_target_that_stands_still(void **state)
{
    (void)state;
    const lee_point corners[] = {{0, 0}, {0, 1000000}, {1000000, 1000000}, {1000000, 0}};
    const lee_ring ring = {corners, 4};
    const lee_zone zone = {.area = {&ring, 1}};
    const lee_zone_list list = {&zone, 1};
    const lee_interval hours[] = {{100, 200}};
    const lee_zone_volume volume = {1000, 2000, {false, hours, 1}};
    lee_zone_set *set = NULL;
    lee_zone_follower *f = NULL;
    assert_int_equal(lee_zone_set_build(&list, &set), LEE_OK);
    assert_int_equal(lee_zone_follower_create(set, &volume, 1, &f), LEE_OK);
    const uint32_t target[8] = {0};
    const int32_t lat[8] = {500000, 500000, 500000, 500000, 500000, 500000, 500000, 500000};
    const int32_t alt[8] = {1000, 1000, 1999, 2000, 999, 1500, 1500, 1500};
    const int64_t t[8] = {99, 100, 101, 102, 103, 104, 199, 200};
    lee_zone_crossing events[512];
    size_t found;
    const lee_zone_reports r = {target, lat, lat, alt, t, 8};
    assert_int_equal(lee_zone_follower_report(f, &r, events, 512, &found), 8);
    const uint32_t at[] = {1, 3, 5, 7};
    assert_int_equal(found, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(events[i].report, at[i]);
        assert_int_equal(events[i].entered, i % 2 == 0);
    }
    lee_zone_follower_free(f);
    lee_zone_set_free(set);
}

static void every_allocation_of_a_follower_may_fail(void **state)
{
    (void)state;
    world *w = world_make();
    for (uint64_t at = 1;; at++) {
        lee_zone_follower *f = NULL;
        lee_alloc_test_fail(at);
        const lee_error error = lee_zone_follower_create(w->set, w->volumes, 10, &f);
        lee_alloc_test_fail(0);
        lee_zone_follower_free(f);
        if (!error) {
            assert_true(at > 3);
            break;
        }
        assert_int_equal(error, LEE_ERR_NO_MEMORY);
    }
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(following_equals_the_stateless_answer_after_every_report),
        cmocka_unit_test(schedule_edges_and_climbs_are_told_to_a_target_that_stands_still),
        cmocka_unit_test(every_allocation_of_a_follower_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
