#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "unit/warn/fixture.h"
#include "warn/reach.h"

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

static const lee_reached *named(const lee_reach *reach, const char *name)
{
    for (uint32_t i = 0; i < reach->count; i++) {
        if (strcmp(lee_places_at(places, reach->items[i].place)->name, name) == 0) {
            return &reach->items[i];
        }
    }
    return NULL;
}

static void places_inside_come_first_and_those_ahead_after(void **state)
{
    (void)state;
    const lee_zone zone = fixture_zone();
    const lee_event event = fixture_event(LEE_EVENT_PREDICTED, 1, 0, 370500000, 100);
    const lee_track track = fixture_track(370500000, 360, 90);
    lee_reach reach;
    lee_reach_find(places, &zone, &event, &track, &reach);
    assert_int_equal(reach.count, 3);
    assert_true(reach.items[0].inside);
    assert_true(reach.items[1].inside);
    assert_string_equal(lee_places_at(places, reach.items[0].place)->name, "Middle & <Town>");
    assert_non_null(named(&reach, "North Hamlet"));
    assert_non_null(named(&reach, "East Gate")); /* beyond the zone, ahead */
    assert_null(named(&reach, "West Gate"));     /* behind */
    assert_null(named(&reach, "Far City"));
}

static void arrival_is_distance_over_speed(void **state)
{
    (void)state;
    const lee_zone zone = fixture_zone();
    const lee_event event = fixture_event(LEE_EVENT_PREDICTED, 1, 0, 368000000, 100);
    const lee_track track = fixture_track(368000000, 360, 90);
    lee_reach reach;
    lee_reach_find(places, &zone, &event, &track, &reach);
    /* 0.3 degrees of longitude at 36.1 N: 26,985 m by PROJ's geod; 185.2 m/s: 145.7 s. The plane
     * is allowed 0.5 %. */
    const lee_reached *middle = named(&reach, "Middle & <Town>");
    assert_true(middle->arrival_known);
    const double after_s = (double)(middle->arrival_us - event.t_us) / 1e6;
    assert_true(after_s > 145.7 * 0.995 && after_s < 145.7 * 1.005);
}

static void the_corridor_is_three_kilometres_and_a_tenth_to_each_side(void **state)
{
    (void)state;
    lee_zone zone = fixture_zone();
    zone.area.count = 0;
    lee_event event = fixture_event(LEE_EVENT_PREDICTED, 1, 0, 374000000, 100);
    lee_track track = fixture_track(374000000, 360, 90);
    lee_reach reach;
    /* East Gate is 17,990 m ahead: the corridor there is 4,799 m, 0.0431 degrees of latitude. */
    event.lat_e7 = 361000000 + 426000;
    lee_reach_find(places, &zone, &event, &track, &reach);
    assert_non_null(named(&reach, "East Gate"));
    event.lat_e7 = 361000000 + 436000;
    lee_reach_find(places, &zone, &event, &track, &reach);
    assert_null(named(&reach, "East Gate"));
    /* And not behind, nor when too slow to come there in five minutes. */
    event.lat_e7 = 361000000;
    track = fixture_track(374000000, 360, 270);
    lee_reach_find(places, &zone, &event, &track, &reach);
    assert_null(named(&reach, "East Gate"));
    track = fixture_track(374000000, 117, 90); /* 18,057 m in 300 s */
    lee_reach_find(places, &zone, &event, &track, &reach);
    assert_non_null(named(&reach, "East Gate"));
    track = fixture_track(374000000, 116, 90); /* 17,903 m */
    lee_reach_find(places, &zone, &event, &track, &reach);
    assert_null(named(&reach, "East Gate"));
}

static void without_a_velocity_everybody_inside_is_told_with_the_predicted_entry(void **state)
{
    (void)state;
    const lee_zone zone = fixture_zone();
    const lee_event event = fixture_event(LEE_EVENT_PREDICTED, 1, 0, 360000000, 100);
    lee_reach reach;
    lee_reach_find(places, &zone, &event, NULL, &reach);
    assert_int_equal(reach.count, 2);
    assert_true(reach.items[0].inside && reach.items[1].inside);
    assert_true(reach.items[0].arrival_us == event.t_us + 100000000);
}

static void where_nobody_is_reached_the_nearest_place_is_told(void **state)
{
    (void)state;
    lee_places *one = NULL;
    lee_error_info error = {0};
    const char text[] =
        "362500000\t371500000\t10\tSY\tBeyond\n365000000\t371500000\t10\tSY\tMore\n";
    assert_int_equal(lee_places_load(text, sizeof text - 1, &one, &error), LEE_OK);
    const lee_zone zone = fixture_zone();
    const lee_event event = fixture_event(LEE_EVENT_ENTERED, 1, 0, 371000000, -1);
    lee_reach reach;
    lee_reach_find(one, &zone, &event, NULL, &reach);
    assert_int_equal(reach.count, 1);
    assert_false(reach.items[0].inside);
    assert_false(reach.items[0].arrival_known);
    assert_string_equal(lee_places_at(one, reach.items[0].place)->name, "Beyond");
    lee_places_free(one);
}

static void a_full_table_keeps_the_nearest_and_counts_the_rest(void **state)
{
    (void)state;
    char text[40 * 48];
    size_t length = 0;
    for (int i = 0; i < 40; i++) {
        /* From far to near, so that each pushes the farthest out. */
        const char digits[] = {(char)('0' + i / 10), (char)('0' + i % 10), '\0'};
        const char *parts[] = {"361", digits, "0000\t371", digits, "0000\t1\tSY\tP", digits, "\n"};
        for (size_t part = 0; part < 7; part++) {
            memcpy(text + length, parts[part], strlen(parts[part]));
            length += strlen(parts[part]);
        }
    }
    lee_places *many = NULL;
    lee_error_info error = {0};
    assert_int_equal(lee_places_load(text, length, &many, &error), LEE_OK);
    const lee_zone zone = fixture_zone();
    lee_event event = fixture_event(LEE_EVENT_ENTERED, 1, 0, 371400000, -1);
    event.lat_e7 = 361400000;
    const lee_track track = fixture_track(371400000, 360, 90);
    lee_reach reach;
    lee_reach_find(many, &zone, &event, &track, &reach);
    assert_int_equal(reach.count, LEE_REACH_MAX);
    assert_int_equal(reach.omitted, 8);
    assert_string_equal(lee_places_at(many, reach.items[0].place)->name, "P39");
    assert_string_equal(lee_places_at(many, reach.items[31].place)->name, "P08");
    lee_places_free(many);
}

static void the_path_goes_on_over_the_antimeridian(void **state)
{
    (void)state;
    lee_places *fiji = NULL;
    lee_error_info error = {0};
    const char text[] = "-168000000\t-1799000000\t900\tFJ\tTaveuni\n";
    assert_int_equal(lee_places_load(text, sizeof text - 1, &fiji, &error), LEE_OK);
    lee_zone zone = fixture_zone();
    zone.area.count = 0;
    lee_event event = fixture_event(LEE_EVENT_PREDICTED, 1, 0, 1798000000, 100);
    event.lat_e7 = -168000000;
    const lee_track track = fixture_track(1798000000, 360, 90);
    lee_reach reach;
    lee_reach_find(fiji, &zone, &event, &track, &reach);
    assert_int_equal(reach.count, 1);
    assert_true(reach.items[0].distance_m > 31500 && reach.items[0].distance_m < 32200);
    lee_places_free(fiji);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(places_inside_come_first_and_those_ahead_after),
        cmocka_unit_test(arrival_is_distance_over_speed),
        cmocka_unit_test(the_corridor_is_three_kilometres_and_a_tenth_to_each_side),
        cmocka_unit_test(without_a_velocity_everybody_inside_is_told_with_the_predicted_entry),
        cmocka_unit_test(where_nobody_is_reached_the_nearest_place_is_told),
        cmocka_unit_test(a_full_table_keeps_the_nearest_and_counts_the_rest),
        cmocka_unit_test(the_path_goes_on_over_the_antimeridian),
    };
    return cmocka_run_group_tests(tests, load_places, free_places);
}
