#include "watch_kit.h"

/* 360 kt along the equator: 0.1 nm a second, a sixth of 0.01 degrees; 2 minutes cover 0.2 degrees.
 */
static lee_zone *predicting_zone(kit *k)
{
    lee_zone *const zone = kit_zone(k, "a", 0, 0);
    zone->watch.look_ahead_s = 120;
    zone->watch.warning_time_s = 60;
    return zone;
}

static void entry_is_predicted_once_it_is_nearer_than_the_warning_time(void **state)
{
    (void)state;
    kit k = {0};
    predicting_zone(&k);
    kit_start(&k);
    /* 62 s away: 6.2 nm = 0.1033 degrees. */
    kit_fly(&k, 0, 0.5, -0.1034, 2000, 360, 90, 0);
    kit_silent(&k);
    const lee_target target = lee_target_icao24(0xABCDEF, true);
    assert_int_equal(lee_watch_find_track(k.watch, &target)->relation, LEE_RELATION_NEAR);
    kit_fly(&k, 4, 0.5, -0.0967, 2000, 360, 90, 0);
    const lee_event *const predicted = kit_next(&k, LEE_EVENT_PREDICTED);
    assert_in_range(predicted->time_to_entry_s_e3, 57900, 58200);
    assert_in_range(predicted->entry_lat_e7, DEG / 2 - 100, DEG / 2 + 100);
    assert_int_equal(predicted->entry_lon_e7, 0);
    assert_int_equal(predicted->severity, LEE_SEVERITY_LOW);
    assert_int_equal(lee_watch_find_track(k.watch, &target)->relation, LEE_RELATION_PREDICTED);
    const uint64_t incident = predicted->incident;
    kit_fly(&k, 62, 0.5, 0.001, 2000, 360, 90, 0);
    assert_int_equal(kit_next(&k, LEE_EVENT_ENTERED)->incident, incident);
    kit_stop(&k);
}

static void confirmation_waits_for_hits_in_a_row_unless_entry_is_imminent(void **state)
{
    (void)state;
    kit k = {0};
    predicting_zone(&k)->watch.confirm = 2;
    kit_start(&k);
    kit_fly(&k, 0, 0.5, -0.09, 2000, 360, 90, 0);
    kit_fly(&k, 1, 0.5, -0.09, 2000, 360, 270, 0);
    kit_fly(&k, 2, 0.5, -0.09, 2000, 360, 90, 0);
    kit_silent(&k);
    kit_fly(&k, 3, 0.5, -0.09, 2000, 360, 90, 0);
    kit_next(&k, LEE_EVENT_PREDICTED);
    kit_fly(&k, 4, 0.5, -0.09, 2000, 360, 270, 0);
    kit_ended(&k, "averted");
    /* 15 s are 1.5 nm, 0.025 degrees. */
    kit_fly(&k, 5, 0.5, -0.0252, 2000, 360, 90, 0);
    kit_silent(&k);
    kit_fly(&k, 6, 0.5, -0.0252, 2000, 360, 270, 0);
    kit_fly(&k, 7, 0.5, -0.0249, 2000, 360, 90, 0);
    assert_int_equal(kit_next(&k, LEE_EVENT_PREDICTED)->severity, LEE_SEVERITY_MEDIUM);
    kit_stop(&k);
}

static void fifteen_seconds_are_imminent_and_a_hair_more_is_not(void **state)
{
    (void)state;
    kit k = {0};
    predicting_zone(&k)->watch.confirm = 2;
    kit_start(&k);
    kit_fly(&k, 0, 0.5, 0.5, 5501, 60, 90, -2000);
    kit_silent(&k);
    kit_fly(&k, 1, 0.5, 0.5, 5501, 60, 90, 0);
    kit_fly(&k, 2, 0.5, 0.5, 5500, 60, 90, -2000);
    assert_int_equal(kit_next(&k, LEE_EVENT_PREDICTED)->time_to_entry_s_e3, 15000);
    kit_stop(&k);
}

static void a_climb_or_descent_into_the_band_is_predicted_and_one_past_it_is_not(void **state)
{
    (void)state;
    kit k = {0};
    predicting_zone(&k);
    kit_start(&k);
    /* Over the area, 1000 ft above the ceiling, 2000 ft a minute down: in 30 s, and a hair. */
    kit_fly(&k, 0, 0.5, 0.5, 6000, 60, 90, -2000);
    assert_in_range(kit_next(&k, LEE_EVENT_PREDICTED)->time_to_entry_s_e3, 29990, 30010);
    kit_fly(&k, 1, 0.5, 0.5, 6000, 60, 90, 0);
    kit_ended(&k, "averted");
    /* Level in the band's height towards the area, but climbing out of it before the edge. */
    kit_fly(&k, 100, 0.5, -0.09, 4000, 360, 90, 2000);
    kit_silent(&k);
    kit_fly(&k, 101, 0.5, -0.09, 4000, 360, 90, 1000);
    kit_next(&k, LEE_EVENT_PREDICTED);
    kit_stop(&k);
}

static void the_rate_is_made_from_altitudes_when_the_source_says_none(void **state)
{
    (void)state;
    kit k = {0};
    predicting_zone(&k);
    kit_start(&k);
    for (int i = 0; i < 2; i++) {
        lee_report report = kit_report(i * 6, 0.5, 0.5);
        report.present |=
            LEE_REPORT_HAS_ALT_BARO | LEE_REPORT_HAS_SPEED_GROUND | LEE_REPORT_HAS_TRACK;
        report.speed_ground_kt_e3 = 60000;
        report.alt_baro_ft = i == 0 ? 6200 : 6000;
        lee_watch_report(k.watch, &report);
    }
    assert_in_range(kit_next(&k, LEE_EVENT_PREDICTED)->time_to_entry_s_e3, 29990, 30010);
    kit_stop(&k);
}

static void averted_waits_for_hold_misses_and_one_more(void **state)
{
    (void)state;
    kit k = {0};
    predicting_zone(&k)->watch.hold = 2;
    kit_start(&k);
    kit_fly(&k, 0, 0.5, -0.09, 2000, 360, 90, 0);
    kit_next(&k, LEE_EVENT_PREDICTED);
    kit_fly(&k, 1, 0.5, -0.09, 2000, 360, 270, 0);
    kit_fly(&k, 2, 0.5, -0.09, 2000, 360, 270, 0);
    kit_silent(&k);
    kit_fly(&k, 3, 0.5, -0.09, 2000, 360, 270, 0);
    kit_ended(&k, "averted");
    kit_silent(&k);
    kit_stop(&k);
}

static void updates_come_when_time_halves_or_severity_changes_or_ten_seconds_pass(void **state)
{
    (void)state;
    kit k = {0};
    predicting_zone(&k);
    kit_start(&k);
    kit_fly(&k, 0, 0.5, -0.0900, 2000, 360, 90, 0); /* 54 s */
    kit_next(&k, LEE_EVENT_PREDICTED);
    kit_fly(&k, 9, 0.5, -0.0750, 2000, 360, 90, 0);
    kit_silent(&k);
    kit_fly(&k, 10, 0.5, -0.0733, 2000, 360, 90, 0); /* 44 s */
    assert_string_equal(kit_next(&k, LEE_EVENT_UPDATED)->reason, "periodic");
    kit_fly(&k, 11, 0.5, -0.0360, 2000, 360, 90, 0); /* 21.6 s: it jumped */
    assert_string_equal(kit_next(&k, LEE_EVENT_UPDATED)->reason, "time_to_entry");
    kit_fly(&k, 12, 0.5, -0.0240, 2000, 360, 90, 0); /* 14.4 s */
    const lee_event *const graver = kit_next(&k, LEE_EVENT_UPDATED);
    assert_string_equal(graver->reason, "severity");
    assert_int_equal(graver->severity, LEE_SEVERITY_MEDIUM);
    kit_stop(&k);
}

/* A zone that looks 120 s ahead, active from 100 s to 200 s; a target told once. */
static void start_soon(kit *k, const lee_interval *soon, int32_t alert_chance_pct)
{
    lee_zone *const zone = predicting_zone(k);
    zone->schedule = (lee_schedule){.intervals = soon, .count = 1};
    zone->watch.warning_time_s = 120;
    zone->watch.alert_chance_pct = alert_chance_pct;
    kit_start(k);
}

static void who_will_be_inside_when_a_zone_begins_is_told_before(void **state)
{
    (void)state;
    const lee_interval soon = {100 * S, 200 * S};
    for (int32_t pct = 0; pct <= 60; pct += 60) {
        kit k = {0};
        start_soon(&k, &soon, pct);
        kit_fly(&k, 1, 0.5, -0.02, 2000, 180, 90, 0); /* over the edge at 25 s */
        const lee_event *event = kit_next(&k, LEE_EVENT_PREDICTED);
        assert_string_equal(event->reason, "zone_starts");
        assert_non_null(strstr(event->severity_reasons, "zone_starts"));
        assert_in_range(event->time_to_entry_s_e3, 98900, 99000);
        assert_in_range(event->entry_lon_e7, 620000, 665000);
        kit_fly(&k, 45, 0.5, 0.016, 2000, 180, 90, 0);
        kit_next(&k, LEE_EVENT_UPDATED);
        kit_fly(&k, 90, 0.5, 0.054, 2000, 180, 90, 0);
        event = kit_next(&k, LEE_EVENT_UPDATED);
        assert_int_equal(event->severity, LEE_SEVERITY_MEDIUM);
        lee_watch_tick(k.watch, 101 * S);
        event = kit_next(&k, LEE_EVENT_PRESENT);
        assert_int_equal(event->t_us, 100 * S);
        assert_int_equal(event->incident, k.events[0].incident);
        assert_string_equal(event->parameters, k.events[0].parameters);
        lee_watch_tick(k.watch, 149 * S);
        kit_silent(&k);
        kit_stop(&k);
    }
}

static void who_stands_still_where_a_zone_begins_is_told_and_who_passes_is_not(void **state)
{
    (void)state;
    const lee_interval soon = {100 * S, 200 * S};
    kit k = {0};
    start_soon(&k, &soon, 0);
    kit_hear(&k, 1, 0.5, 0.5, 2000); /* neither speed nor track */
    assert_int_equal(kit_next(&k, LEE_EVENT_PREDICTED)->entry_lon_e7, 5000000);
    kit_hear(&k, 20, 0.5, -0.5, 2000); /* it went away */
    kit_ended(&k, "averted");
    kit_stop(&k);
    /* Out again by then. */
    k = (kit){0};
    start_soon(&k, &soon, 0);
    kit_fly(&k, 1, 0.99, 0.5, 2000, 180, 0, 0);
    kit_silent(&k);
    kit_stop(&k);
    k = (kit){0};
    start_soon(&k, &soon, 60);
    kit_fly(&k, 1, 0.99, 0.5, 2000, 180, 0, 0);
    kit_silent(&k);
    kit_stop(&k);
    /* It begins later than the zone looks ahead. */
    const lee_interval late = {122 * S, 200 * S};
    k = (kit){0};
    start_soon(&k, &late, 0);
    kit_hear(&k, 1, 0.5, 0.5, 2000);
    kit_silent(&k);
    kit_stop(&k);
}

static void a_prediction_does_not_end_with_hours_that_begin_again_soon(void **state)
{
    (void)state;
    const lee_interval hours[] = {{0, 50 * S}, {60 * S, 200 * S}};
    kit k = {0};
    lee_zone *const zone = predicting_zone(&k);
    zone->schedule = (lee_schedule){.intervals = hours, .count = 2};
    zone->watch.warning_time_s = 120;
    kit_start(&k);
    kit_fly(&k, 1, 0.5, -0.05, 2000, 180, 90, 0); /* over the edge at 61 s */
    kit_next(&k, LEE_EVENT_PREDICTED);
    kit_fly(&k, 49, 0.5, -0.01, 2000, 180, 90, 0);
    kit_next(&k, LEE_EVENT_UPDATED);
    lee_watch_tick(k.watch, 51 * S);
    kit_silent(&k);
    kit_fly(&k, 61, 0.5, 0.001, 2000, 180, 90, 0);
    assert_int_equal(kit_next(&k, LEE_EVENT_ENTERED)->incident, k.events[0].incident);
    kit_stop(&k);
}

static void hits_among_the_last_reports_confirm_where_the_zone_says_so(void **state)
{
    (void)state;
    for (int32_t of = 0; of <= 4; of += 4) {
        kit k = {0};
        lee_zone *const zone = predicting_zone(&k);
        zone->watch.confirm = 2;
        zone->watch.confirm_of = of;
        zone->watch.warning_time_s = 120;
        kit_start(&k);
        kit_fly(&k, 1, 0.5, -0.08, 2000, 180, 90, 0);
        kit_fly(&k, 5, 0.5, -0.08, 2000, 180, 270, 0);
        kit_fly(&k, 9, 0.5, -0.08, 2000, 180, 0, 0);
        kit_silent(&k);
        kit_fly(&k, 13, 0.5, -0.08, 2000, 180, 90, 0); /* the second of the last four */
        if (of > 0) {
            kit_next(&k, LEE_EVENT_PREDICTED);
        }
        kit_silent(&k);
        kit_stop(&k);
        /* The same for being inside: of five, the first and the last are too far apart. */
        k = (kit){0};
        kit_zone(&k, "b", 0, 0)->watch =
            (lee_zone_watch){.confirm = 2, .confirm_of = of, .lost_after_s = 60};
        kit_start(&k);
        static const double lons[] = {0.1, -0.1, -0.1, -0.1, 0.1, -0.1, 0.2};
        for (int i = 0; i < 6; i++) {
            kit_hear(&k, 20 + i, 0.5, lons[i], 2000);
        }
        kit_silent(&k);
        kit_hear(&k, 26, 0.5, lons[6], 2000);
        if (of > 0) {
            assert_int_equal(kit_next(&k, LEE_EVENT_ENTERED)->t_us, 26 * S);
        }
        kit_silent(&k);
        kit_stop(&k);
    }
}

/* The first event of a flight at 0.5 north and 2000 ft, 180 kt, NULL: none; the zone is from 0 to 1
 * degrees and from 1000 to 5000 ft. */
static const lee_event *fly_with_errors(kit *k, const lee_zone_watch *errors, double lat,
                                        double lon, int32_t alt_ft, int32_t track_deg)
{
    *k = (kit){0};
    lee_zone *const zone = predicting_zone(k);
    zone->watch.warning_time_s = 120;
    zone->watch.lateral_error_m = errors->lateral_error_m;
    zone->watch.lateral_growth_m = errors->lateral_growth_m;
    zone->watch.alert_chance_pct = errors->alert_chance_pct;
    zone->watch.vertical_error_ft = errors->vertical_error_ft;
    zone->watch.vertical_growth_ft = errors->vertical_growth_ft;
    kit_start(k);
    kit_fly(k, 1, lat, lon, alt_ft, 180, track_deg, 0);
    kit_stop(k);
    return k->count > 0 ? &k->events[0] : NULL;
}

static void a_zone_is_wider_by_its_errors_which_grow_with_the_time_ahead(void **state)
{
    (void)state;
    kit k;
    const lee_zone_watch none = {0};
    const lee_zone_watch wide = {.lateral_error_m = 1000};
    const lee_zone_watch grows = {.lateral_growth_m = 1000};
    /* Along the southern edge, 0.01 degrees or 1,106 m beside it, and 0.008 degrees. */
    assert_null(fly_with_errors(&k, &none, -0.008, 0.5, 2000, 90));
    assert_null(fly_with_errors(&k, &wide, -0.01, 0.5, 2000, 90));
    const lee_event *event = fly_with_errors(&k, &wide, -0.008, 0.5, 2000, 90);
    assert_int_equal(event->time_to_entry_s_e3, 0);
    assert_string_equal(event->reason, "within_errors");
    /* 1,112 m at 1,000 m a minute: 66.7 s. */
    event = fly_with_errors(&k, &grows, -0.01, 0.5, 2000, 90);
    assert_in_range(event->time_to_entry_s_e3, 66000, 67500);
    assert_int_equal(event->entry_lat_e7 / 1000, -100);
    assert_in_range(event->entry_lon_e7, 5540000, 5570000);
    assert_null(fly_with_errors(&k, &grows, -0.02, 0.5, 2000, 90));
    /* Towards the western edge, 0.05 degrees or 60.1 s away: both bring it nearer, and the line
     * enters too. */
    event = fly_with_errors(&k, &wide, 0.5, -0.05, 2000, 90);
    assert_in_range(event->time_to_entry_s_e3, 49000, 49700);
    assert_false(event->present & LEE_EVENT_HAS_REASON);
    event = fly_with_errors(&k, &grows, 0.5, -0.05, 2000, 90);
    assert_in_range(event->time_to_entry_s_e3, 50500, 51500);
    /* Away from it, past a corner: the corner is round. */
    assert_null(fly_with_errors(&k, &wide, 0.5, -0.01, 2000, 270));
    assert_null(fly_with_errors(&k, &wide, -0.0075, -0.0075, 2000, 135));
    assert_non_null(fly_with_errors(&k, &wide, -0.006, -0.006, 2000, 135));
}

/* Along the southern edge, 600 m beside it; nac_p -1: it says none. */
static uint32_t fly_beside(int32_t growth_m, int32_t error_m, int32_t nac_p)
{
    kit k = {0};
    lee_zone *const zone = predicting_zone(&k);
    zone->watch.warning_time_s = 120;
    zone->watch.lateral_growth_m = growth_m;
    zone->watch.lateral_error_m = error_m;
    kit_start(&k);
    lee_report report = kit_report(1, -600.0 / 110574.0, 0.5);
    report.present |= LEE_REPORT_HAS_ALT_BARO | LEE_REPORT_HAS_SPEED_GROUND | LEE_REPORT_HAS_TRACK;
    report.present |= nac_p >= 0 ? LEE_REPORT_HAS_NAC_P : 0;
    report.alt_baro_ft = 2000;
    report.speed_ground_kt_e3 = 180000;
    report.track_deg_e3 = 90000;
    report.nac_p = nac_p;
    lee_watch_report(k.watch, &report);
    kit_stop(&k);
    return k.count;
}

static void what_a_target_says_of_its_error_widens_zones_that_allow_for_errors(void **state)
{
    (void)state;
    assert_int_equal(fly_beside(100, 0, -1), 0);
    assert_int_equal(fly_beside(100, 0, 9), 0); /* 30 m */
    assert_int_equal(fly_beside(100, 0, 6), 1); /* 556 m, and 100 m a minute */
    assert_int_equal(fly_beside(100, 0, 5), 1);
    assert_int_equal(fly_beside(100, 0, 1), 1); /* 10 NM counts as 926 m */
    assert_int_equal(fly_beside(100, 0, 0), 0); /* says nothing */
    assert_int_equal(fly_beside(0, 0, 5), 0);   /* the zone allows for none */
    assert_int_equal(fly_beside(0, 700, 9), 1); /* the zone allows for more */
    assert_int_equal(fly_beside(0, 500, 9), 0);
}

static void limits_in_height_are_wider_too(void **state)
{
    (void)state;
    kit k;
    const lee_zone_watch wide = {.vertical_error_ft = 200};
    const lee_zone_watch grows = {.vertical_growth_ft = 200};
    const lee_zone_watch chance = {.vertical_error_ft = 200, .alert_chance_pct = 40};
    assert_null(fly_with_errors(&k, &wide, 0.5, -0.05, 5250, 90));
    assert_string_equal(fly_with_errors(&k, &wide, 0.5, -0.05, 5150, 90)->reason, "within_errors");
    assert_in_range(k.events[0].time_to_entry_s_e3, 59500, 61000);
    assert_null(fly_with_errors(&k, &chance, 0.5, -0.05, 5250, 90));
    assert_string_equal(fly_with_errors(&k, &chance, 0.5, -0.05, 5150, 90)->reason, "straight");
    /* 200 ft in 60 s reach 150 ft by the edge, 300 ft only inside, 500 ft not in time. */
    const lee_event *event = fly_with_errors(&k, &grows, 0.5, -0.05, 5150, 90);
    assert_in_range(event->time_to_entry_s_e3, 59500, 61000);
    event = fly_with_errors(&k, &grows, 0.5, -0.05, 5300, 90);
    assert_in_range(event->time_to_entry_s_e3, 89500, 90500);
    assert_null(fly_with_errors(&k, &grows, 0.5, -0.05, 5500, 90));
}

static void who_may_be_inside_by_the_error_of_its_place_is_told(void **state)
{
    (void)state;
    kit k = {0};
    lee_zone *const zone = predicting_zone(&k);
    zone->watch.lateral_error_m = 1000;
    zone->watch.lateral_growth_m = 1000;
    kit_start(&k);
    kit_hear(&k, 1, 0.5, -0.01, 2000); /* neither speed nor track: only where it is counts */
    kit_silent(&k);
    kit_hear(&k, 5, 0.5, -0.008, 2000);
    const lee_event *const event = kit_next(&k, LEE_EVENT_PREDICTED);
    assert_int_equal(event->time_to_entry_s_e3, 0);
    assert_int_equal(event->severity, LEE_SEVERITY_MEDIUM);
    kit_hear(&k, 9, 0.5, 0.01, 2000);
    kit_next(&k, LEE_EVENT_ENTERED);
    kit_stop(&k);
}

static void imminence_is_a_parameter_of_the_zone(void **state)
{
    (void)state;
    for (int32_t imminent_s = 0; imminent_s <= 90; imminent_s += 30) {
        kit k = {0};
        lee_zone *const zone = predicting_zone(&k);
        zone->watch.confirm = 5;
        zone->watch.imminent_s = imminent_s;
        kit_start(&k);
        kit_fly(&k, 1, 0.5, -0.045, 2000, 180, 90, 0); /* 54 s away */
        if (imminent_s >= 60) {
            const lee_event *const event = kit_next(&k, LEE_EVENT_PREDICTED);
            assert_int_equal(event->severity, LEE_SEVERITY_MEDIUM);
            assert_int_equal(strlen(event->parameters), 16);
        }
        kit_silent(&k);
        kit_stop(&k);
    }
}

static void other_parameters_have_another_name(void **state)
{
    (void)state;
    kit k = {0};
    predicting_zone(&k);
    kit_start(&k);
    kit_fly(&k, 1, 0.5, -0.01, 2000, 180, 90, 0);
    const lee_event first = *kit_next(&k, LEE_EVENT_PREDICTED);
    k.zones[0].watch.group_m += 1;
    assert_int_equal(lee_watch_set_zones(k.watch, k.set, 8, 2 * S), LEE_OK);
    kit_fly(&k, 12, 0.5, 0.01, 2000, 180, 90, 0);
    const lee_event *const second = kit_next(&k, LEE_EVENT_ENTERED);
    assert_int_equal(second->incident, first.incident);
    assert_string_not_equal(second->parameters, first.parameters);
    kit_stop(&k);
}

static void a_zone_that_is_over_before_the_entry_is_not_predicted(void **state)
{
    (void)state;
    kit k = {0};
    const lee_interval over = {0, 20 * S};
    lee_zone *const zone = predicting_zone(&k);
    zone->schedule = (lee_schedule){.intervals = &over, .count = 1};
    zone->watch.warning_time_s = 120;
    kit_start(&k);
    kit_fly(&k, 0, 0.5, -0.09, 2000, 360, 90, 0);
    kit_silent(&k);
    kit_stop(&k);
    k = (kit){0};
    const lee_interval now = {0, 200 * S};
    predicting_zone(&k)->schedule = (lee_schedule){.intervals = &now, .count = 1};
    kit_start(&k);
    kit_fly(&k, 1, 0.5, -0.09, 2000, 360, 90, 0);
    kit_next(&k, LEE_EVENT_PREDICTED);
    kit_stop(&k);
}

static void a_predicted_target_that_goes_dark_is_lost(void **state)
{
    (void)state;
    kit k = {0};
    predicting_zone(&k);
    kit_start(&k);
    kit_fly(&k, 0, 0.5, -0.09, 2000, 360, 90, 0);
    kit_next(&k, LEE_EVENT_PREDICTED);
    lee_watch_tick(k.watch, 60 * S);
    kit_next(&k, LEE_EVENT_LOST);
    kit_fly(&k, 70, 0.5, -0.08, 2000, 360, 90, 0);
    assert_string_equal(kit_next(&k, LEE_EVENT_UPDATED)->reason, "heard_again");
    kit_fly(&k, 71, 0.5, -0.08, 2000, 360, 270, 0);
    kit_ended(&k, "averted");
    kit_silent(&k);
    kit_stop(&k);
}

static void on_the_ground_and_without_velocity_nothing_is_predicted(void **state)
{
    (void)state;
    kit k = {0};
    predicting_zone(&k);
    kit_start(&k);
    kit_hear(&k, 0, 0.5, -0.01, 2000);
    lee_report report = kit_report(1, 0.5, -0.01);
    report.present |= LEE_REPORT_HAS_ON_GROUND | LEE_REPORT_HAS_SPEED_GROUND | LEE_REPORT_HAS_TRACK;
    report.on_ground = 1;
    report.speed_ground_kt_e3 = 360000;
    report.track_deg_e3 = 90000;
    lee_watch_report(k.watch, &report);
    kit_silent(&k);
    kit_stop(&k);
}

static void entry_over_the_antimeridian_is_predicted(void **state)
{
    (void)state;
    kit k = {0};
    lee_zone *const zone = predicting_zone(&k);
    k.points[0][0] = (lee_point){0, -1800000000};
    k.points[0][1] = (lee_point){0, -1790000000};
    k.points[0][2] = (lee_point){DEG, -1790000000};
    k.points[0][3] = (lee_point){DEG, -1800000000};
    (void)zone;
    kit_start(&k);
    kit_fly(&k, 0, 0.5, 179.91, 2000, 360, 90, 0);
    assert_in_range(kit_next(&k, LEE_EVENT_PREDICTED)->time_to_entry_s_e3, 53900, 54200);
    kit_fly(&k, 55, 0.5, -179.998, 2000, 360, 90, 0);
    kit_next(&k, LEE_EVENT_ENTERED);
    kit_stop(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entry_is_predicted_once_it_is_nearer_than_the_warning_time),
        cmocka_unit_test(confirmation_waits_for_hits_in_a_row_unless_entry_is_imminent),
        cmocka_unit_test(fifteen_seconds_are_imminent_and_a_hair_more_is_not),
        cmocka_unit_test(a_climb_or_descent_into_the_band_is_predicted_and_one_past_it_is_not),
        cmocka_unit_test(the_rate_is_made_from_altitudes_when_the_source_says_none),
        cmocka_unit_test(averted_waits_for_hold_misses_and_one_more),
        cmocka_unit_test(updates_come_when_time_halves_or_severity_changes_or_ten_seconds_pass),
        cmocka_unit_test(a_zone_that_is_over_before_the_entry_is_not_predicted),
        cmocka_unit_test(who_will_be_inside_when_a_zone_begins_is_told_before),
        cmocka_unit_test(who_stands_still_where_a_zone_begins_is_told_and_who_passes_is_not),
        cmocka_unit_test(a_prediction_does_not_end_with_hours_that_begin_again_soon),
        cmocka_unit_test(hits_among_the_last_reports_confirm_where_the_zone_says_so),
        cmocka_unit_test(a_zone_is_wider_by_its_errors_which_grow_with_the_time_ahead),
        cmocka_unit_test(what_a_target_says_of_its_error_widens_zones_that_allow_for_errors),
        cmocka_unit_test(limits_in_height_are_wider_too),
        cmocka_unit_test(who_may_be_inside_by_the_error_of_its_place_is_told),
        cmocka_unit_test(imminence_is_a_parameter_of_the_zone),
        cmocka_unit_test(other_parameters_have_another_name),
        cmocka_unit_test(a_predicted_target_that_goes_dark_is_lost),
        cmocka_unit_test(on_the_ground_and_without_velocity_nothing_is_predicted),
        cmocka_unit_test(entry_over_the_antimeridian_is_predicted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
