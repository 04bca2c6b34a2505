/* When one transmission came to several receivers, against where it says it was sent from. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "track/table.h"

#define S INT64_C(1000000)
#define RECEIVERS 5

typedef struct {
    double lat, lon, height_m;
} spot;

/* About 55 km apart; the fourth stands beside the first. */
static const spot spots[RECEIVERS] = {{48.0, 11.0, 500.0},
                                      {48.5, 11.0, 600.0},
                                      {48.0, 11.75, 400.0},
                                      {48.0, 11.001, 500.0},
                                      {48.6, 11.9, 300.0}};
static const spot sender = {48.05, 11.5, 450.0}; /* of the ghosts */

static lee_track_table *table;

static int set_up(void **state)
{
    (void)state;
    const lee_track_options options = {.capacity = 8, .stale_after_s = 10, .expire_after_s = 60};
    if (lee_track_table_create(&options, &table) != LEE_OK) {
        return -1;
    }
    for (uint16_t i = 0; i < RECEIVERS; i++) {
        const lee_receiver_site site = {
            .is_known = true,
            .is_timed = true,
            .point = {(int32_t)(spots[i].lat * 1e7), (int32_t)(spots[i].lon * 1e7)},
            .height_m = (int32_t)spots[i].height_m};
        lee_track_table_set_site(table, i, &site);
    }
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    lee_track_table_free(table);
    return 0;
}

static double microseconds(const spot *a, const spot *b)
{
    const spot *const both[2] = {a, b};
    double x[2][3];
    for (int i = 0; i < 2; i++) {
        const double lat = both[i]->lat * acos(-1.0) / 180;
        const double lon = both[i]->lon * acos(-1.0) / 180;
        const double squared = 0.00669437999014;
        const double normal = 6378137.0 / sqrt(1 - squared * sin(lat) * sin(lat));
        x[i][0] = (normal + both[i]->height_m) * cos(lat) * cos(lon);
        x[i][1] = (normal + both[i]->height_m) * cos(lat) * sin(lon);
        x[i][2] = (normal * (1 - squared) + both[i]->height_m) * sin(lat);
    }
    return sqrt(pow(x[0][0] - x[1][0], 2) + pow(x[0][1] - x[1][1], 2) + pow(x[0][2] - x[1][2], 2)) /
           299.792458;
}

/* Where the target says it is in its nth fix: at 200 m/s eastward, at 10,000 ft. */
static spot claimed(int n)
{
    return (spot){48.25, 11.2 + n * 0.0027, 3048.0};
}

static lee_report report_of(int n)
{
    const spot at = claimed(n);
    lee_report report = {.t_us = 1000 * S + n * S,
                         .source = LEE_SOURCE_ADSB,
                         .present = LEE_REPORT_HAS_POSITION | LEE_REPORT_HAS_ALT_BARO,
                         .lat_e7 = (int32_t)(at.lat * 1e7),
                         .lon_e7 = (int32_t)(at.lon * 1e7),
                         .alt_baro_ft = 10000};
    report.target = lee_target_icao24(0xabcdef, true);
    return report;
}

static const lee_track *hear(const lee_report *report, const spot *from, int feed, double late_us)
{
    lee_report heard = *report;
    heard.t_us += (int64_t)floor(microseconds(from, &spots[feed]) + late_us);
    const lee_hearing hearing = {.feed = (uint16_t)feed};
    const lee_track_update update = lee_track_table_put(table, &heard, &hearing);
    assert_true(update.slot != LEE_TRACK_NONE);
    return lee_track_table_at(table, update.slot);
}

static bool is_doubted(const lee_track *track)
{
    return (track->doubts & LEE_DOUBT_ARRIVAL) != 0;
}

static void a_place_that_three_times_refute_is_doubted_at_the_fifth(void **state)
{
    (void)state;
    const lee_track *track = NULL;
    for (int n = 0; n < 6; n++) {
        const lee_report report = report_of(n);
        for (int feed = 0; feed < 3; feed++) {
            track = hear(&report, &sender, (feed + n) % 3, 0); /* in any order */
        }
        assert_int_equal(is_doubted(track), n >= 4);
    }
    assert_int_equal(track->confidence, LEE_CONFIDENCE_SUSPECT);
    assert_string_equal(lee_doubt_name(LEE_DOUBT_INDEX_ARRIVAL), "arrival_times");
}

static void what_is_where_it_says_is_not_doubted(void **state)
{
    (void)state;
    for (int n = 0; n < 50; n++) {
        const lee_report report = report_of(n);
        spot from = claimed(n);
        from.height_m += n % 2 == 0 ? 450.0 : -450.0; /* pressure is not height */
        for (int feed = 0; feed < 3; feed++) {
            assert_false(is_doubted(hear(&report, &from, feed, 0)));
        }
    }
}

static void one_wrong_clock_raises_nothing(void **state)
{
    (void)state;
    for (int n = 0; n < 50; n++) {
        const lee_report report = report_of(n);
        const spot from = claimed(n);
        for (int feed = 0; feed < 3; feed++) {
            assert_false(is_doubted(hear(&report, &from, feed, feed == 1 ? 100 : 0)));
        }
    }
}

static void times_that_no_place_can_give_count_for_nothing(void **state)
{
    (void)state;
    for (int n = 0; n < 50; n++) {
        const lee_report report = report_of(n);
        for (int feed = 0; feed < 3; feed++) {
            assert_false(is_doubted(hear(&report, &sender, feed, 500.0 * feed)));
        }
    }
}

static void receivers_at_one_place_are_one(void **state)
{
    (void)state;
    const int three[] = {0, 3, 1};
    for (int n = 0; n < 20; n++) {
        const lee_report report = report_of(n);
        for (int i = 0; i < 3; i++) {
            assert_false(is_doubted(hear(&report, &sender, three[i], 0)));
        }
    }
    const int four[] = {0, 3, 1, 2};
    const lee_track *track = NULL;
    for (int n = 20; n < 25; n++) {
        const lee_report report = report_of(n);
        for (int i = 0; i < 4; i++) {
            track = hear(&report, &sender, four[i], 0);
        }
    }
    assert_true(is_doubted(track));
}

static void one_clock_that_two_feeds_bring_is_one_clock(void **state)
{
    (void)state;
    for (int n = 0; n < 20; n++) {
        const lee_report report = report_of(n);
        const spot from = claimed(n);
        for (int feed = 0; feed < 4; feed++) {
            const double late_us = feed == 0 || feed == 3 ? 100.0 : 0.0;
            assert_false(is_doubted(hear(&report, &from, feed, late_us)));
        }
    }
}

static void a_transmission_counts_once_however_many_hear_it(void **state)
{
    (void)state;
    const int four[] = {0, 1, 2, 4};
    for (int n = 0; n < 6; n++) {
        const lee_report report = report_of(n);
        const lee_track *track = NULL;
        for (int i = 0; i < 4; i++) {
            track = hear(&report, &sender, four[i], 0);
        }
        assert_int_equal(is_doubted(track), n >= 4);
    }
}

static void two_receivers_or_untimed_ones_say_nothing(void **state)
{
    (void)state;
    for (int n = 0; n < 20; n++) {
        const lee_report report = report_of(n);
        assert_false(is_doubted(hear(&report, &sender, 0, 0)));
        assert_false(is_doubted(hear(&report, &sender, 1, 0)));
    }
    const lee_receiver_site untimed = {.is_known = true, .point = {480000000, 117500000}};
    lee_track_table_set_site(table, 2, &untimed);
    for (int n = 20; n < 40; n++) {
        const lee_report report = report_of(n);
        for (int feed = 0; feed < 3; feed++) {
            assert_false(is_doubted(hear(&report, &sender, feed, 0)));
        }
    }
}

static void what_others_send_or_has_no_height_is_not_judged(void **state)
{
    (void)state;
    for (int n = 0; n < 20; n++) {
        lee_report report = report_of(n);
        report.source = LEE_SOURCE_TISB;
        for (int feed = 0; feed < 3; feed++) {
            assert_false(is_doubted(hear(&report, &sender, feed, 0)));
        }
        report = report_of(n);
        report.target = lee_target_icao24(0x123456, true);
        report.present &= ~(uint64_t)LEE_REPORT_HAS_ALT_BARO;
        for (int feed = 0; feed < 3; feed++) {
            assert_false(is_doubted(hear(&report, &sender, feed, 0)));
        }
    }
}

static void agreements_take_contradictions_away(void **state)
{
    (void)state;
    for (int n = 0; n < 60; n++) {
        const lee_report report = report_of(n);
        const spot there = claimed(n);
        for (int feed = 0; feed < 3; feed++) {
            assert_false(is_doubted(hear(&report, n % 2 == 0 ? &sender : &there, feed, 0)));
        }
    }
}

static void what_waits_survives_a_snapshot(void **state)
{
    (void)state;
    for (int n = 0; n < 4; n++) {
        const lee_report report = report_of(n);
        for (int feed = 0; feed < 3; feed++) {
            (void)hear(&report, &sender, feed, 0);
        }
    }
    const lee_report report = report_of(4);
    (void)hear(&report, &sender, 0, 0);
    (void)hear(&report, &sender, 1, 0);
    lee_buffer bytes;
    lee_state saved;
    lee_buffer_init(&bytes, 64u << 20);
    lee_state_save(&saved, &bytes);
    lee_track_table_state(&saved, table);
    assert_int_equal(lee_state_end(&saved), LEE_OK);
    lee_track_table_free(table);
    assert_int_equal(set_up(NULL), 0);
    lee_state loaded;
    lee_state_load(&loaded, bytes.bytes, bytes.length);
    lee_track_table_state(&loaded, table);
    assert_int_equal(lee_state_end(&loaded), LEE_OK);
    lee_buffer_free(&bytes);
    assert_true(is_doubted(hear(&report, &sender, 2, 0)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_place_that_three_times_refute_is_doubted_at_the_fifth,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_where_it_says_is_not_doubted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_wrong_clock_raises_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(times_that_no_place_can_give_count_for_nothing, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(receivers_at_one_place_are_one, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_clock_that_two_feeds_bring_is_one_clock, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_transmission_counts_once_however_many_hear_it, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(two_receivers_or_untimed_ones_say_nothing, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_others_send_or_has_no_height_is_not_judged, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(agreements_take_contradictions_away, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_waits_survives_a_snapshot, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
