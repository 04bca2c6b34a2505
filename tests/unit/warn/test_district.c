#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "unit/warn/fixture.h"
#include "warn/district.h"

static lee_places *places;

static int load_places(void **state)
{
    (void)state;
    lee_error_info error = {0};
    return lee_places_load(fixture_places, sizeof fixture_places - 1, &places, &error) ? -1 : 0;
}

static int free_places(void **state)
{
    (void)state;
    lee_places_free(places);
    return 0;
}

static void a_populous_cell_is_its_own_district(void **state)
{
    (void)state;
    const lee_district d = lee_district_of(places, (lee_point){361000000, 371000000});
    assert_int_equal(d.box.min.lat_e7, 361000000);
    assert_int_equal(d.box.max.lat_e7, 362000000 - 0);
    assert_int_equal(d.box.min.lon_e7, 371000000);
    assert_int_equal(d.box.max.lon_e7 - d.box.min.lon_e7, LEE_DISTRICT_CELL_E7);
}

static void a_thin_cell_is_joined_until_enough_people_live_in_it(void **state)
{
    (void)state;
    /* North Hamlet: 900 people; the cell of 0.2 degrees has no more, that of 0.4 has West's. */
    const lee_district d = lee_district_of(places, (lee_point){361500000, 372500000});
    const int64_t size = (int64_t)d.box.max.lat_e7 - d.box.min.lat_e7;
    assert_true(size > LEE_DISTRICT_CELL_E7);
    assert_true(lee_places_population(places, d.box) >= LEE_DISTRICT_PEOPLE ||
                size == LEE_DISTRICT_CELL_E7 << LEE_DISTRICT_LEVEL_MAX);
    /* An empty sea: as wide as districts get, and no wider. */
    const lee_district sea = lee_district_of(places, (lee_point){10000000, 10000000});
    assert_int_equal((int64_t)sea.box.max.lat_e7 - sea.box.min.lat_e7,
                     LEE_DISTRICT_CELL_E7 << LEE_DISTRICT_LEVEL_MAX);
}

static void every_point_of_a_district_has_the_same_district(void **state)
{
    (void)state;
    const lee_district d = lee_district_of(places, (lee_point){361000000, 371000000});
    for (int32_t step = 0; step < 100; step++) {
        const lee_point p = {d.box.min.lat_e7 + step * 9999, d.box.max.lon_e7 - 1 - step * 9999};
        const lee_district other = lee_district_of(places, p);
        assert_true(lee_district_equal(&d, &other));
    }
    const lee_district next =
        lee_district_of(places, (lee_point){d.box.max.lat_e7, d.box.min.lon_e7});
    assert_false(lee_district_equal(&d, &next));
}

static void the_ends_of_the_earth_have_districts_within_it(void **state)
{
    (void)state;
    const lee_district d = lee_district_of(places, (lee_point){LEE_LAT_MAX_E7, LEE_LON_MAX_E7});
    assert_int_equal(d.box.max.lat_e7, LEE_LAT_MAX_E7);
    assert_int_equal(d.box.max.lon_e7, LEE_LON_MAX_E7);
}

static void its_name_is_its_largest_places_and_its_polygon_is_closed(void **state)
{
    (void)state;
    lee_buffer out;
    lee_buffer_init(&out, 1000);
    const lee_district d = {{{360000000, 360000000}, {368000000, 376000001}}};
    lee_district_name(places, &d, ", ", &out);
    lee_buffer_char(&out, '\0');
    assert_string_equal((const char *)out.bytes, "Middle & <Town>, West Gate, East Gate");
    lee_buffer_reset(&out);
    lee_district_polygon(&d, &out);
    lee_buffer_char(&out, '\0');
    assert_string_equal((const char *)out.bytes,
                        "36,36 36,37.6000001 36.8,37.6000001 36.8,36 36,36");
    lee_buffer_reset(&out);
    const lee_district empty = {{{-8000000, -16000000}, {0, -8000000}}};
    lee_district_name(places, &empty, ", ", &out);
    lee_buffer_char(&out, '\0');
    assert_string_equal((const char *)out.bytes, "0.8 S 1.6 W");
    lee_buffer_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_populous_cell_is_its_own_district),
        cmocka_unit_test(a_thin_cell_is_joined_until_enough_people_live_in_it),
        cmocka_unit_test(every_point_of_a_district_has_the_same_district),
        cmocka_unit_test(the_ends_of_the_earth_have_districts_within_it),
        cmocka_unit_test(its_name_is_its_largest_places_and_its_polygon_is_closed),
    };
    return cmocka_run_group_tests(tests, load_places, free_places);
}
