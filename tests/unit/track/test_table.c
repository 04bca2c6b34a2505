#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "track/table.h"

#define S INT64_C(1000000)

static const lee_track_options options = {.capacity = 3, .stale_after_s = 10, .expire_after_s = 60};

static lee_track_table *make_table(void)
{
    lee_track_table *table = NULL;
    assert_int_equal(lee_track_table_create(&options, &table), LEE_OK);
    return table;
}

static lee_report said(uint32_t address, int64_t t_us, lee_source source)
{
    lee_report report = {.t_us = t_us, .source = source};
    report.target = lee_target_icao24(address, true);
    return report;
}

static lee_report altitude(int64_t t_us, lee_source source, int32_t ft)
{
    lee_report report = said(1, t_us, source);
    report.present = LEE_REPORT_HAS_ALT_BARO;
    report.alt_baro_ft = ft;
    return report;
}

static int32_t put_altitude(lee_track_table *table, int64_t t_us, lee_source source, int32_t ft)
{
    const lee_report report = altitude(t_us, source, ft);
    const lee_track_update update = lee_track_table_put(table, &report, NULL);
    return lee_track_table_at(table, update.slot)->last.alt_baro_ft;
}

static void fields_of_different_reports_come_together_with_their_ages(void **state)
{
    (void)state;
    lee_track_table *const table = make_table();
    lee_report report = altitude(1 * S, LEE_SOURCE_ADSB, 1000);
    lee_track_update update = lee_track_table_put(table, &report, NULL);
    assert_true(update.is_new);
    report = said(1, 5 * S, LEE_SOURCE_ADSB);
    report.present = LEE_REPORT_HAS_POSITION | LEE_REPORT_HAS_CALLSIGN;
    report.lat_e7 = 7;
    memcpy(report.callsign, "UNO1", 4);
    update = lee_track_table_put(table, &report, NULL);
    assert_false(update.is_new);
    assert_true(update.has_place);
    const lee_track *const track = lee_track_table_at(table, update.slot);
    assert_int_equal(track->last.alt_baro_ft, 1000);
    assert_int_equal(track->last.lat_e7, 7);
    assert_string_equal(track->last.callsign, "UNO1");
    assert_int_equal(track->report_count, 2);
    assert_int_equal(track->first_us, 1 * S);
    const int index = LEE_REPORT_INDEX_ALT_BARO;
    assert_int_equal(lee_track_field_age(&options, track, index, 11 * S), LEE_AGE_FRESH);
    assert_int_equal(lee_track_field_age(&options, track, index, 11 * S + 1), LEE_AGE_STALE);
    assert_int_equal(lee_track_field_age(&options, track, index, 61 * S), LEE_AGE_STALE);
    assert_int_equal(lee_track_field_age(&options, track, index, 61 * S + 1), LEE_AGE_EXPIRED);
    assert_int_equal(lee_track_field_age(&options, track, LEE_REPORT_INDEX_NIC, 1 * S),
                     LEE_AGE_EXPIRED);
    lee_track_table_free(table);
}

static void a_less_trusted_source_replaces_a_field_only_when_it_is_stale(void **state)
{
    (void)state;
    lee_track_table *const table = make_table();
    assert_int_equal(put_altitude(table, 0, LEE_SOURCE_ADSB, 1000), 1000);
    assert_int_equal(put_altitude(table, 10 * S, LEE_SOURCE_MLAT, 2000), 1000);
    assert_int_equal(put_altitude(table, 10 * S + 1, LEE_SOURCE_MLAT, 3000), 3000);
    assert_int_equal(put_altitude(table, 11 * S, LEE_SOURCE_ADSB, 4000), 4000);
    lee_track_table_free(table);
}

static void a_late_report_fills_gaps_and_older_fields_only(void **state)
{
    (void)state;
    lee_track_table *const table = make_table();
    (void)put_altitude(table, 20 * S, LEE_SOURCE_ADSB, 1000);
    lee_report report = altitude(19 * S, LEE_SOURCE_ADSB, 5000);
    report.present |= LEE_REPORT_HAS_SQUAWK;
    report.squawk = 07700;
    const lee_track_update update = lee_track_table_put(table, &report, NULL);
    assert_int_equal(update.outcome, LEE_TRACK_LATE);
    const lee_track *const track = lee_track_table_at(table, update.slot);
    assert_int_equal(track->last.alt_baro_ft, 1000);
    assert_int_equal(track->last.squawk, 07700);
    assert_int_equal(track->last.t_us, 20 * S);
    assert_int_equal(track->field_us[LEE_REPORT_INDEX_SQUAWK], 19 * S);
    lee_track_table_free(table);
}

static void the_same_content_again_is_a_duplicate_whoever_heard_it(void **state)
{
    (void)state;
    lee_track_table *const table = make_table();
    lee_report report = altitude(1 * S, LEE_SOURCE_ADSB, 1000);
    (void)lee_track_table_put(table, &report, NULL);
    /* Bytes of fields that are not there do not count. */
    report.nic = 5;
    report.present |= LEE_REPORT_HAS_RECEIVER;
    memcpy(report.receiver, "hill", 4);
    assert_int_equal(lee_track_table_put(table, &report, NULL).outcome, LEE_TRACK_DUPLICATE);
    report.alt_baro_ft = 1025;
    assert_int_equal(lee_track_table_put(table, &report, NULL).outcome, LEE_TRACK_NEWER);
    report.alt_baro_ft = 1000;
    assert_int_equal(lee_track_table_put(table, &report, NULL).outcome, LEE_TRACK_DUPLICATE);
    report.t_us = 2 * S;
    assert_int_equal(lee_track_table_put(table, &report, NULL).outcome, LEE_TRACK_NEWER);
    lee_track_table_free(table);
}

static void the_track_heard_longest_ago_makes_room_unless_it_is_pinned(void **state)
{
    (void)state;
    lee_track_table *const table = make_table();
    for (uint32_t address = 1; address <= 3; address++) {
        const lee_report report = said(address, address * S, LEE_SOURCE_ADSB);
        (void)lee_track_table_put(table, &report, NULL);
    }
    lee_report report = said(1, 4 * S, LEE_SOURCE_ADSB);
    const uint32_t first = lee_track_table_put(table, &report, NULL).slot;
    const lee_target second = lee_target_icao24(2, true);
    const lee_target third = lee_target_icao24(3, true);
    lee_track_table_pin(table, lee_track_table_find(table, &second), true);
    report = said(4, 5 * S, LEE_SOURCE_ADSB);
    lee_track_update update = lee_track_table_put(table, &report, NULL);
    assert_true(update.evicted);
    assert_int_equal(lee_track_table_find(table, &third), LEE_TRACK_NONE);
    lee_track_table_pin(table, update.slot, true);
    lee_track_table_pin(table, first, true);
    report = said(5, 6 * S, LEE_SOURCE_ADSB);
    assert_int_equal(lee_track_table_put(table, &report, NULL).outcome, LEE_TRACK_REFUSED);
    /* Let go, it is the oldest again by when it was heard, not by when it was let go. */
    lee_track_table_pin(table, first, false);
    lee_track_table_pin(table, lee_track_table_find(table, &second), false);
    assert_true(lee_track_table_put(table, &report, NULL).evicted);
    assert_int_equal(lee_track_table_find(table, &second), LEE_TRACK_NONE);
    assert_int_equal(lee_track_table_count(table), 3);
    lee_track_table_free(table);
}

static void the_vertical_rate_is_said_or_made_from_altitudes_far_enough_apart(void **state)
{
    (void)state;
    lee_track_table *const table = make_table();
    int32_t rate_fpm = 0;
    (void)put_altitude(table, 0, LEE_SOURCE_ADSB, 1000);
    (void)put_altitude(table, 4 * S - 1, LEE_SOURCE_ADSB, 2000);
    assert_false(lee_track_table_rate(table, 0, 4 * S, &rate_fpm));
    (void)put_altitude(table, 6 * S, LEE_SOURCE_ADSB, 1100);
    assert_true(lee_track_table_rate(table, 0, 6 * S, &rate_fpm));
    assert_int_equal(rate_fpm, 1000);
    assert_true(lee_track_table_rate(table, 0, 16 * S, &rate_fpm));
    assert_false(lee_track_table_rate(table, 0, 16 * S + 1, &rate_fpm));
    /* 31 s apart: who knows what it did between. */
    (void)put_altitude(table, 37 * S, LEE_SOURCE_ADSB, 5000);
    assert_false(lee_track_table_rate(table, 0, 37 * S, &rate_fpm));
    lee_report report = said(1, 38 * S, LEE_SOURCE_ADSB);
    report.present = LEE_REPORT_HAS_VERTICAL_RATE;
    report.vertical_rate_fpm = -640;
    (void)lee_track_table_put(table, &report, NULL);
    assert_true(lee_track_table_rate(table, 0, 38 * S, &rate_fpm));
    assert_int_equal(rate_fpm, -640);
    lee_track_table_free(table);
}

/* Many targets in a full table, some pinned: what comes next decides alike in both. */
static void a_loaded_table_goes_on_as_the_saved_one_would(void **state)
{
    (void)state;
    lee_track_table *const table = make_table();
    lee_track_table *const loaded = make_table();
    for (uint32_t i = 1; i <= 5; i++) {
        const lee_report report = said(i, i * S, LEE_SOURCE_ADSB);
        const lee_track_update update = lee_track_table_put(table, &report, NULL);
        lee_track_table_pin(table, update.slot, i == 4);
    }
    lee_state visitor;
    lee_buffer bytes;
    lee_buffer_init(&bytes, 1u << 20);
    lee_state_save(&visitor, &bytes);
    lee_track_table_state(&visitor, table);
    assert_int_equal(lee_state_end(&visitor), LEE_OK);
    lee_state_load(&visitor, bytes.bytes, bytes.length);
    lee_track_table_state(&visitor, loaded);
    assert_int_equal(lee_state_end(&visitor), LEE_OK);
    for (uint32_t i = 0; i < 20; i++) {
        lee_report report = altitude((6 + i) * S, LEE_SOURCE_MLAT, (int32_t)(1000 + 100 * i));
        report.target = lee_target_icao24(1 + i * 7 % 11, true);
        const lee_track_update a = lee_track_table_put(table, &report, NULL);
        const lee_track_update b = lee_track_table_put(loaded, &report, NULL);
        assert_int_equal(a.outcome, b.outcome);
        assert_int_equal(a.slot, b.slot);
        assert_int_equal(a.evicted, b.evicted);
        assert_memory_equal(lee_track_table_at(table, a.slot), lee_track_table_at(loaded, b.slot),
                            sizeof(lee_track));
    }
    lee_track_table_free(loaded);
    /* A table of other options is another table. */
    lee_track_options other = options;
    other.capacity++;
    lee_track_table *wider = NULL;
    assert_int_equal(lee_track_table_create(&other, &wider), LEE_OK);
    lee_state_load(&visitor, bytes.bytes, bytes.length);
    lee_track_table_state(&visitor, wider);
    assert_int_equal(lee_state_end(&visitor), LEE_ERR_CORRUPT);
    lee_track_table_free(wider);
    lee_track_table_free(table);
    lee_buffer_free(&bytes);
}

static lee_track_update hear(lee_track_table *table, uint32_t address, int64_t t_us)
{
    const lee_report report = said(address, t_us, LEE_SOURCE_ADSB);
    return lee_track_table_put(table, &report, NULL);
}

static void established_tracks_stay_while_others_can_make_room(void **state)
{
    (void)state;
    lee_track_table *const table = make_table();
    for (int64_t t = 0; t < 12; t++) {
        (void)hear(table, 1, t * S);
        (void)hear(table, 2, t * S);
    }
    for (uint32_t ghost = 100; ghost < 200; ghost++) {
        (void)hear(table, ghost, 20 * S);
    }
    lee_track_counters counters;
    lee_track_table_counters(table, &counters);
    assert_int_equal(counters.established, 2);
    assert_int_equal(counters.evicted, 99);
    assert_int_equal(counters.evicted_established, 0);
    lee_report one = said(1, 0, LEE_SOURCE_ADSB);
    assert_true(lee_track_table_find(table, &one.target) != LEE_TRACK_NONE);
    /* Not heard for long, they are no more than others. */
    (void)hear(table, 300, 700 * S);
    assert_true(lee_track_table_find(table, &one.target) == LEE_TRACK_NONE);
    lee_track_table_free(table);
}

static void two_feeds_corroborate_and_a_measurement_confirms(void **state)
{
    (void)state;
    lee_track_table *const table = make_table();
    lee_report report = said(1, 0, LEE_SOURCE_ADSB);
    report.present = LEE_REPORT_HAS_POSITION;
    const lee_hearing first = {.feed = 3};
    const lee_hearing second = {.feed = 5};
    const uint32_t slot = lee_track_table_put(table, &report, &first).slot;
    const lee_track *const track = lee_track_table_at(table, slot);
    assert_int_equal(track->confidence, LEE_CONFIDENCE_UNCORROBORATED);
    /* The same transmission, heard by the other: a duplicate that says something all the same. */
    assert_int_equal(lee_track_table_put(table, &report, &second).outcome, LEE_TRACK_DUPLICATE);
    assert_int_equal(track->confidence, LEE_CONFIDENCE_CORROBORATED);
    assert_true(track->feeds == (UINT64_C(1) << 3 | UINT64_C(1) << 5));
    const lee_track_feed *const feed = lee_crowd_feed(lee_track_table_crowd(table), 5);
    assert_int_equal(feed->reports, 1);
    assert_int_equal(feed->duplicates, 1);
    report.t_us = 70 * S;
    (void)lee_track_table_put(table, &report, &second);
    assert_int_equal(track->confidence, LEE_CONFIDENCE_UNCORROBORATED);
    report.t_us = 71 * S;
    report.source = LEE_SOURCE_MLAT;
    (void)lee_track_table_put(table, &report, &second);
    assert_int_equal(track->confidence, LEE_CONFIDENCE_CONFIRMED);
    lee_track_table_free(table);
}

static void no_memory_is_an_error_at_every_request(void **state)
{
    (void)state;
    lee_track_table *table = NULL;
    lee_error error = LEE_ERR_NO_MEMORY;
    uint64_t fail_at = 0;
    while (error) {
        (void)lee_alloc_test_fail(++fail_at);
        error = lee_track_table_create(&options, &table);
        (void)lee_alloc_test_fail(0);
        assert_true(error == LEE_OK || error == LEE_ERR_NO_MEMORY);
    }
    assert_true(fail_at > 2);
    lee_track_table_free(table);
    lee_track_table_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_of_different_reports_come_together_with_their_ages),
        cmocka_unit_test(a_less_trusted_source_replaces_a_field_only_when_it_is_stale),
        cmocka_unit_test(a_late_report_fills_gaps_and_older_fields_only),
        cmocka_unit_test(the_same_content_again_is_a_duplicate_whoever_heard_it),
        cmocka_unit_test(the_track_heard_longest_ago_makes_room_unless_it_is_pinned),
        cmocka_unit_test(the_vertical_rate_is_said_or_made_from_altitudes_far_enough_apart),
        cmocka_unit_test(a_loaded_table_goes_on_as_the_saved_one_would),
        cmocka_unit_test(established_tracks_stay_while_others_can_make_room),
        cmocka_unit_test(two_feeds_corroborate_and_a_measurement_confirms),
        cmocka_unit_test(no_memory_is_an_error_at_every_request),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
