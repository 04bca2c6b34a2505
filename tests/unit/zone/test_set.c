#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/limits.h"
#include "geo/area.h"
#include "leeward/zone.h"

#define OUT 256

static uint64_t seed = 88172645463325252u;

static int32_t random_between(int32_t low, int32_t high)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (int32_t)(low + (int64_t)(seed >> 16) % ((int64_t)high - low + 1));
}

/* Zones with one ring of up to 12 corners each, all memory in one place. */
typedef struct {
    lee_zone *zones;
    lee_ring *rings;
    lee_point *points;
    lee_zone_list list;
} world;

static lee_point clamp(int64_t lat, int64_t lon)
{
    lat = lat > LEE_LAT_MAX_E7 ? LEE_LAT_MAX_E7 : lat < -LEE_LAT_MAX_E7 ? -LEE_LAT_MAX_E7 : lat;
    lon = lon > LEE_LON_MAX_E7 ? LEE_LON_MAX_E7 : lon < -LEE_LON_MAX_E7 ? -LEE_LON_MAX_E7 : lon;
    return (lee_point){(int32_t)lat, (int32_t)lon};
}

/* `spread` is how far the middles lie apart, `size` how large a zone is at most. */
static world world_make(uint32_t count, int32_t spread, int32_t size)
{
    world w = {calloc(count + 1u, sizeof(lee_zone)),
               calloc(count + 1u, sizeof(lee_ring)),
               calloc(12u * count + 1u, sizeof(lee_point)),
               {NULL, count}};
    for (uint32_t z = 0; z < count; z++) {
        const int64_t lat = random_between(-spread / 2, spread / 2);
        const int64_t lon = random_between(-spread, spread);
        const uint32_t corners = 3 + (uint32_t)random_between(0, 9);
        lee_point *points = w.points + 12u * z;
        for (uint32_t i = 0; i < corners; i++) {
            points[i] = clamp(lat + random_between(-size, size), lon + random_between(-size, size));
        }
        w.rings[z] = (lee_ring){points, corners};
        w.zones[z].area = (lee_area){&w.rings[z], 1};
    }
    w.list.zones = w.zones;
    return w;
}

static void world_free(world *w)
{
    free(w->zones);
    free(w->rings);
    free(w->points);
}

static lee_zone_set *build(const world *w)
{
    lee_zone_set *set = NULL;
    assert_int_equal(lee_zone_set_build(&w->list, &set), LEE_OK);
    assert_non_null(set);
    assert_ptr_equal(lee_zone_set_list(set), &w->list);
    return set;
}

static void assert_locates(const lee_zone_set *set, const world *w, lee_point p)
{
    uint32_t got[OUT], want[OUT];
    size_t count = 0;
    for (uint32_t z = 0; z < w->list.count; z++) {
        if (lee_area_contains(&w->zones[z].area, p)) {
            want[count++ % OUT] = z;
        }
    }
    const size_t found = lee_zone_set_locate(set, p, got, OUT);
    if (found != count) {
        fail_msg("%d %d: %zu zones, not %zu", p.lat_e7, p.lon_e7, found, count);
    }
    if (count <= OUT) {
        assert_memory_equal(got, want, count * sizeof(uint32_t));
    }
}

/* Vertices, points on and beside edges, the same latitude or longitude as a vertex. */
static lee_point adversarial(const world *w)
{
    const uint32_t z = (uint32_t)random_between(0, (int32_t)w->list.count - 1);
    const lee_ring ring = w->rings[z];
    const lee_point a = ring.points[(uint32_t)random_between(0, (int32_t)ring.count - 1)];
    const lee_point b = ring.points[(uint32_t)random_between(0, (int32_t)ring.count - 1)];
    const int64_t t = random_between(0, 1024);
    lee_point p = {(int32_t)(a.lat_e7 + ((int64_t)b.lat_e7 - a.lat_e7) * t / 1024),
                   (int32_t)(a.lon_e7 + ((int64_t)b.lon_e7 - a.lon_e7) * t / 1024)};
    switch (random_between(0, 4)) {
    case 0:
        return a;
    case 1:
        return clamp(a.lat_e7, p.lon_e7);
    case 2:
        return clamp(p.lat_e7, a.lon_e7);
    case 3:
        return clamp(a.lat_e7 + random_between(-1, 1), a.lon_e7 + random_between(-1, 1));
    default:
        return clamp(p.lat_e7 + random_between(-1, 1), p.lon_e7 + random_between(-1, 1));
    }
}

static void every_point_is_located_as_brute_force_says(void **state)
{
    (void)state;
    static const struct {
        uint32_t zones;
        int32_t spread;
        int32_t size;
    } sets[] = {{1, 1000, 1000},
                {20, 10, 6},
                {200, 400, 60},
                {300, 1500000000, 1700000000},
                {3000, 200000000, 3000000},
                {500, 100000000, 100000}};
    for (size_t s = 0; s < sizeof(sets) / sizeof(sets[0]); s++) {
        world w = world_make(sets[s].zones, sets[s].spread, sets[s].size);
        lee_zone_set *set = build(&w);
        for (int i = 0; i < 3000; i++) {
            const int64_t reach = (int64_t)sets[s].spread + sets[s].size;
            const int32_t span = (int32_t)(reach < LEE_LON_MAX_E7 ? reach : LEE_LON_MAX_E7);
            assert_locates(set, &w,
                           clamp(random_between(-span, span), random_between(-span, span)));
            assert_locates(set, &w, adversarial(&w));
        }
        lee_zone_set_free(set);
        world_free(&w);
    }
}

static void corners_of_the_world_can_be_asked_for(void **state)
{
    (void)state;
    world w = world_make(40, 1700000000, 1700000000);
    lee_zone_set *set = build(&w);
    const int32_t lats[] = {-900000000, -899999999, 0, 899999999, 900000000};
    const int32_t lons[] = {-1800000000, -1799999999, 0, 1799999999, 1800000000};
    for (int i = 0; i < 25; i++) {
        assert_locates(set, &w, (lee_point){lats[i / 5], lons[i % 5]});
    }
    lee_zone_set_free(set);
    world_free(&w);
}

static void an_empty_set_and_empty_zones_hold_nothing(void **state)
{
    (void)state;
    world w = world_make(0, 10, 10);
    lee_zone_set *set = build(&w);
    uint32_t out[1];
    assert_int_equal(lee_zone_set_locate(set, (lee_point){0, 0}, out, 1), 0);
    const lee_box everywhere = {{-LEE_LAT_MAX_E7, -LEE_LON_MAX_E7},
                                {LEE_LAT_MAX_E7, LEE_LON_MAX_E7}};
    assert_int_equal(lee_zone_set_in_box(set, everywhere, out, 1), 0);
    lee_zone_set_free(set);
    world_free(&w);

    w = world_make(3, 10, 10);
    w.zones[1].area = (lee_area){NULL, 0};
    set = build(&w);
    uint32_t found[3];
    assert_int_equal(lee_zone_set_in_box(set, everywhere, found, 3), 2);
    assert_int_equal(found[0], 0);
    assert_int_equal(found[1], 2);
    lee_zone_set_free(set);
    lee_zone_set_free(NULL);
    world_free(&w);
}

static void a_small_capacity_gets_the_smallest_numbers_and_the_whole_count(void **state)
{
    (void)state;
    world w = world_make(500, 100, 300);
    lee_zone_set *set = build(&w);
    for (int i = 0; i < 200; i++) {
        const lee_point p = {random_between(-200, 200), random_between(-200, 200)};
        uint32_t all[500], some[7];
        const size_t count = lee_zone_set_locate(set, p, all, 500);
        assert_int_equal(lee_zone_set_locate(set, p, some, 7), count);
        assert_int_equal(lee_zone_set_locate(set, p, NULL, 0), count);
        assert_memory_equal(all, some, (count < 7 ? count : 7) * sizeof(uint32_t));
        const lee_box box = {p, {p.lat_e7 + 9, p.lon_e7 + 9}};
        const size_t near = lee_zone_set_in_box(set, box, all, 500);
        assert_int_equal(lee_zone_set_in_box(set, box, some, 7), near);
        assert_memory_equal(all, some, (near < 7 ? near : 7) * sizeof(uint32_t));
    }
    lee_zone_set_free(set);
    world_free(&w);
}

static void boxes_that_meet_are_found_ascending(void **state)
{
    (void)state;
    world w = world_make(2000, 10000000, 300000);
    lee_zone_set *set = build(&w);
    for (int i = 0; i < 500; i++) {
        lee_box box;
        box.min =
            (lee_point){random_between(-6000000, 6000000), random_between(-10000000, 10000000)};
        box.max = (lee_point){box.min.lat_e7 + random_between(0, 2000000),
                              box.min.lon_e7 + random_between(0, 2000000)};
        uint32_t got[2000];
        const size_t found = lee_zone_set_in_box(set, box, got, 2000);
        size_t count = 0;
        for (uint32_t z = 0; z < w.list.count; z++) {
            if (lee_box_meets(lee_area_box(&w.zones[z].area), box)) {
                assert_true(count < found);
                assert_int_equal(got[count++], z);
            }
        }
        assert_int_equal(found, count);
    }
    lee_zone_set_free(set);
    world_free(&w);
}

static void too_many_zones_or_vertices_are_refused(void **state)
{
    (void)state;
    const lee_zone zone = {0};
    lee_zone_set *set = NULL;
    const lee_ring huge[2] = {{NULL, LEE_VERTICES_MAX}, {NULL, 1}};
    lee_zone large = {.area = {huge, 2}};
    assert_int_equal(lee_zone_set_build(&(lee_zone_list){&large, 1}, &set), LEE_ERR_LIMIT);
    lee_zone *many = calloc(LEE_ZONES_MAX + 1u, sizeof(zone));
    assert_int_equal(lee_zone_set_build(&(lee_zone_list){many, LEE_ZONES_MAX + 1u}, &set),
                     LEE_ERR_LIMIT);
    free(many);
    assert_null(set);
}

static void every_allocation_may_fail_and_leaves_nothing_behind(void **state)
{
    (void)state;
    world w = world_make(60, 1000, 300);
    for (uint64_t at = 1;; at++) {
        lee_zone_set *set = NULL;
        lee_alloc_test_fail(at);
        const lee_error error = lee_zone_set_build(&w.list, &set);
        lee_alloc_test_fail(0);
        if (!error) {
            lee_zone_set_free(set);
            assert_true(at > 2);
            break;
        }
        assert_int_equal(error, LEE_ERR_NO_MEMORY);
        assert_null(set);
    }
    world_free(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_point_is_located_as_brute_force_says),
        cmocka_unit_test(corners_of_the_world_can_be_asked_for),
        cmocka_unit_test(an_empty_set_and_empty_zones_hold_nothing),
        cmocka_unit_test(a_small_capacity_gets_the_smallest_numbers_and_the_whole_count),
        cmocka_unit_test(boxes_that_meet_are_found_ascending),
        cmocka_unit_test(too_many_zones_or_vertices_are_refused),
        cmocka_unit_test(every_allocation_may_fail_and_leaves_nothing_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
