#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/buffer.h"
#include "leeward/zone_import.h"
#include "zone/schedule.h"
#include "zone/shape.h"
#include "zone/write.h"

typedef struct {
    int counts[3];
    lee_zone_finding last;
    char reason[256];
    char zone[64];
    char field[32];
} findings;

static void on_finding(void *context, const lee_zone_finding *finding)
{
    findings *into = context;
    into->counts[finding->level]++;
    into->last = *finding;
    snprintf(into->reason, sizeof into->reason, "%s", finding->reason);
    snprintf(into->zone, sizeof into->zone, "%s", finding->zone ? finding->zone : "");
    snprintf(into->field, sizeof into->field, "%s", finding->field ? finding->field : "");
}

static lee_zone_import *import_text(const char *text, findings *into, lee_error *error)
{
    lee_zone_import_options options;
    lee_zone_import *import = NULL;
    lee_zone_import_options_default(&options);
    *into = (findings){0};
    options.finding = on_finding;
    options.finding_context = into;
    assert_int_equal(lee_zone_import_create(&options, &import), LEE_OK);
    *error = lee_zone_import_text(import, "a.txt", text, strlen(text));
    return import;
}

#define FEATURE(id, properties, geometry)                                                          \
    "{\"type\":\"Feature\",\"id\":\"" id "\",\"properties\":{\"kind\":\"no_fly\","                 \
    "\"lower\":\"SFC\",\"upper\":\"UNL\"" properties "},\"geometry\":" geometry "}"
#define COLLECTION(features) "{\"type\":\"FeatureCollection\",\"features\":[\n" features "\n]}"
#define SQUARE "{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[1,0],[1,1],[0,1],[0,0]]]}"

static double area_of(const lee_zone *zone)
{
    double sum = 0;
    for (uint32_t i = 0; i < zone->area.count; i++) {
        sum += lee_ring_area2(&zone->area.rings[i]);
    }
    return sum / 2e14;
}

static lee_buffer write_list(const lee_zone_import *import)
{
    lee_buffer out;
    lee_buffer_init(&out, 1 << 24);
    lee_zone_write_geojson(lee_zone_import_list(import), &out);
    lee_buffer_char(&out, '\0');
    assert_int_equal(out.error, LEE_OK);
    return out;
}

static void one_bad_zone_is_refused_and_the_others_go_on(void **state)
{
    (void)state;
    findings found;
    lee_error error;
    lee_zone_import *import =
        import_text(COLLECTION(FEATURE("a", "", SQUARE) ",\n" FEATURE(
                        "b", ",\"entry\":\"maybe\"", SQUARE) ",\n" FEATURE("c", "", SQUARE)),
                    &found, &error);
    assert_int_equal(error, LEE_OK);
    const lee_zone_list *list = lee_zone_import_list(import);
    assert_int_equal(list->count, 2);
    assert_string_equal(list->zones[1].id, "c");
    assert_int_equal(found.counts[LEE_FINDING_REFUSED], 1);
    assert_int_equal(found.last.line, 3);
    assert_string_equal(found.zone, "b");
    assert_string_equal(found.field, "entry");
    lee_zone_import_counters counters;
    lee_zone_import_count(import, &counters);
    assert_int_equal(counters.blocks, 3);
    assert_int_equal(counters.refused, 1);
    lee_zone_import_free(import);
}

static void every_property_comes_back_byte_for_byte(void **state)
{
    (void)state;
    findings found;
    lee_error error;
    const char *text = COLLECTION(FEATURE(
        "z1",
        ",\"name\":{\"en\":\"Camp \\\"A\\\"\",\"ar\":\"\\u0645\"},\"entry\":\"permit\","
        "\"active\":[{\"from\":\"2024-01-02T00:00:00Z\",\"to\":\"2024-01-03T00:00:00+03:00\"},"
        "{\"from\":\"2025-01-01T00:00:00Z\"}],\"authority\":\"UN\",\"mandate\":\"S/RES/1\","
        "\"protects\":\"families\",\"watch\":{\"look_ahead_s\":7,\"confirm\":3,\"hold\":0,"
        "\"observers\":2}",
        "{\"type\":\"MultiPolygon\",\"coordinates\":[[[[0,0],[3,0],[3,3],[0,3],[0,0]],"
        "[[1,1],[1,2],[2,2],[2,1],[1,1]]],[[[5,5],[6,5.1234567],[6,6],[5,5]]]]}"));
    lee_zone_import *import = import_text(text, &found, &error);
    assert_int_equal(error, LEE_OK);
    assert_int_equal(found.counts[LEE_FINDING_REFUSED] + found.counts[LEE_FINDING_REPAIRED], 0);
    const lee_zone *zone = &lee_zone_import_list(import)->zones[0];
    assert_int_equal(zone->area.count, 3);
    assert_int_equal(zone->entry, LEE_ENTRY_PERMIT);
    assert_int_equal(zone->watch.look_ahead_s, 7);
    assert_int_equal(zone->watch.confirm, 3);
    assert_int_equal(zone->watch.hold, 0);
    assert_int_equal(zone->watch.warning_time_s, 180);
    assert_int_equal(zone->watch.observers, 2);
    assert_int_equal(zone->schedule.count, 2);
    assert_int_equal(zone->schedule.intervals[0].to_us, INT64_C(1704229200000000));
    assert_string_equal(zone->protects, "families");
    lee_buffer first = write_list(import);
    lee_zone_import *again = import_text((const char *)first.bytes, &found, &error);
    assert_int_equal(error, LEE_OK);
    assert_int_equal(found.counts[0] + found.counts[1] + found.counts[2], 0);
    lee_buffer second = write_list(again);
    assert_string_equal((const char *)first.bytes, (const char *)second.bytes);
    assert_non_null(strstr((const char *)first.bytes, "\"observers\":2"));
    lee_zone_import_free(again);
    again = import_text(COLLECTION(FEATURE("z1", "", SQUARE)), &found, &error);
    lee_buffer_free(&second);
    second = write_list(again); /* what is not asked for is not written: as before it could be */
    assert_null(strstr((const char *)second.bytes, "observers"));
    lee_buffer_free(&first);
    lee_buffer_free(&second);
    lee_zone_import_free(import);
    lee_zone_import_free(again);
}

static void rings_that_cross_are_repaired_and_said(void **state)
{
    (void)state;
    findings found;
    lee_error error;
    lee_zone_import *import = import_text(
        COLLECTION(FEATURE(
            "bow", "", "{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[2,2],[2,0],[0,2],[0,0]]]}")),
        &found, &error);
    assert_int_equal(found.counts[LEE_FINDING_REPAIRED], 1);
    assert_non_null(strstr(found.reason, "crosses"));
    const lee_zone *zone = &lee_zone_import_list(import)->zones[0];
    assert_int_equal(zone->area.count, 2);
    assert_true(area_of(zone) > 1.9999 && area_of(zone) < 2.0001);
    lee_zone_import_free(import);
}

static void parts_that_overlap_are_united(void **state)
{
    (void)state;
    findings found;
    lee_error error;
    lee_zone_import *import = import_text(
        COLLECTION(FEATURE("two", "",
                           "{\"type\":\"MultiPolygon\",\"coordinates\":[[[[0,0],[2,0],[2,2],[0,2],"
                           "[0,0]]],[[[1,0],[3,0],[3,2],[1,2],[1,0]]]]}")),
        &found, &error);
    const lee_zone *zone = &lee_zone_import_list(import)->zones[0];
    assert_int_equal(found.counts[LEE_FINDING_REPAIRED], 1);
    assert_int_equal(zone->area.count, 1);
    assert_true(area_of(zone) > 5.9999 && area_of(zone) < 6.0001);
    lee_zone_import_free(import);
}

static void a_hole_outside_adds_nothing(void **state)
{
    (void)state;
    findings found;
    lee_error error;
    lee_zone_import *import = import_text(
        COLLECTION(FEATURE("hole", "",
                           "{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[2,0],[2,2],[0,2],[0,0]],"
                           "[[5,5],[6,5],[6,6],[5,5]]]}")),
        &found, &error);
    assert_int_equal(found.counts[LEE_FINDING_REPAIRED], 1);
    assert_true(area_of(&lee_zone_import_list(import)->zones[0]) < 4.0001);
    lee_zone_import_free(import);
}

static void shapes_without_area_are_refused(void **state)
{
    (void)state;
    static const char *const shapes[] = {
        COLLECTION(
            FEATURE("x", "", "{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[1,1],[2,2],[0,0]]]}")),
        COLLECTION(
            FEATURE("x", "", "{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[1,1],[0,0]]]}")),
        COLLECTION(FEATURE("x", "",
                           "{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[0,91],[1,1],[0,0]]]}")),
        COLLECTION(FEATURE("x", "", "{\"type\":\"Polygon\",\"coordinates\":[]}")),
        COLLECTION(
            FEATURE("x", "", "{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[1,\"a\"],[1,1]]]}")),
        COLLECTION(FEATURE("x", "", "{\"type\":\"Point\",\"coordinates\":[0,0]}")),
        COLLECTION(FEATURE("x", ",\"radius_m\":-1", "{\"type\":\"Point\",\"coordinates\":[0,0]}")),
        COLLECTION(FEATURE("x", "", "null")),
        COLLECTION(FEATURE("x", "", "{\"type\":\"GeometryCollection\",\"geometries\":[]}")),
    };
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        findings found;
        lee_error error;
        lee_zone_import *import = import_text(shapes[i], &found, &error);
        assert_int_equal(error, LEE_OK);
        assert_int_equal(lee_zone_import_list(import)->count, 0);
        assert_int_equal(found.counts[LEE_FINDING_REFUSED], 1);
        lee_zone_import_free(import);
    }
}

static void an_area_over_the_antimeridian_is_split(void **state)
{
    (void)state;
    findings found;
    lee_error error;
    lee_zone_import *import = import_text(
        COLLECTION(FEATURE("fiji", "",
                           "{\"type\":\"Polygon\",\"coordinates\":[[[179,-1],[-179,-1],[-179,1],"
                           "[179,1],[179,-1]]]}")),
        &found, &error);
    const lee_zone *zone = &lee_zone_import_list(import)->zones[0];
    assert_int_equal(zone->area.count, 2);
    assert_true(area_of(zone) > 3.9999 && area_of(zone) < 4.0001);
    lee_zone_import_free(import);
}

static void a_circle_round_a_pole_covers_it(void **state)
{
    (void)state;
    findings found;
    lee_error error;
    lee_zone_import *import =
        import_text(COLLECTION(FEATURE("pole", ",\"radius_m\":200000",
                                       "{\"type\":\"Point\",\"coordinates\":[30,89.5]}")),
                    &found, &error);
    assert_int_equal(found.counts[LEE_FINDING_REFUSED], 0);
    const lee_zone *zone = &lee_zone_import_list(import)->zones[0];
    int32_t top = 0;
    for (uint32_t i = 0; i < zone->area.rings[0].count; i++) {
        const lee_point point = zone->area.rings[0].points[i];
        top = point.lat_e7 > top ? point.lat_e7 : top;
    }
    assert_int_equal(top, LEE_LAT_MAX_E7);
    lee_zone_import_free(import);
}

static void weekly_rules_become_intervals_in_utc(void **state)
{
    (void)state;
    findings found;
    lee_error error;
    lee_zone_import *import =
        import_text(COLLECTION(FEATURE(
                        "w",
                        ",\"active\":[{\"from\":\"2024-06-03T00:00:00Z\",\"to\":"
                        "\"2024-06-10T00:00:00Z\"}],\"weekly\":{\"time_zone\":\"+03:00\",\"rules\":"
                        "[{\"days\":[\"mon\",\"tue\"],\"from\":\"22:00\",\"to\":\"02:00\"}]}",
                        SQUARE)),
                    &found, &error);
    const lee_schedule *schedule = &lee_zone_import_list(import)->zones[0].schedule;
    assert_int_equal(schedule->count, 2);
    /* Monday 3 June 2024, 22:00 at +03:00 is 19:00 UTC; four hours. */
    assert_int_equal(schedule->intervals[0].from_us, INT64_C(1717441200000000));
    assert_int_equal(schedule->intervals[0].to_us, INT64_C(1717455600000000));
    lee_zone_import_free(import);
    import =
        import_text(COLLECTION(FEATURE("w",
                                       ",\"weekly\":{\"time_zone\":\"Asia/Damascus\",\"rules\":"
                                       "[{\"days\":[\"mon\"]}]}",
                                       SQUARE)),
                    &found, &error);
    assert_int_equal(found.counts[LEE_FINDING_REFUSED], 1);
    lee_zone_import_free(import);
}

static void openair_oddities_are_read_and_reported(void **state)
{
    (void)state;
    findings found;
    lee_error error;
    const char *text = "* comment\rAY TMA\rAN F\xfcrth 1 * note\rAC R\rAL SFC\rAH 5500ALT\r"
                       "DP 31:45:06 S 18:41.3712 E\rDP 31:45:60.0 S 018:50:00 E\r"
                       "DP 31:50:00 S 018:45:00 E\r\rAC Q\rAN Circle\rAL 150M AGL\rAH FL 95\r"
                       "V X=52:24.500 N 013:08:15 E\rDC 2\rAC P\rAN Bad\rAL GND\rAH FL\r"
                       "DP 1:0:0 N 1:0:0 E\r";
    lee_zone_import *import = import_text(text, &found, &error);
    assert_int_equal(error, LEE_OK);
    const lee_zone_list *list = lee_zone_import_list(import);
    assert_int_equal(list->count, 2);
    assert_string_equal(list->zones[0].id, "furth-1");
    assert_string_equal(list->zones[0].name, "\"F\xc3\xbcrth 1\"");
    assert_int_equal(list->zones[0].kind, LEE_ZONE_RESTRICTED);
    assert_int_equal(list->zones[0].lower.kind, LEE_LIMIT_SFC);
    assert_int_equal(list->zones[0].upper.alt.ft, 5500);
    assert_int_equal(list->zones[0].upper.alt.ref, LEE_ALT_MSL);
    const lee_ring *ring = &list->zones[0].area.rings[0];
    assert_int_equal(ring->points[0].lat_e7, -317516667);
    assert_int_equal(ring->points[0].lon_e7, 186895200);
    assert_int_equal(list->zones[1].lower.alt.ft, 492);
    assert_int_equal(list->zones[1].upper.alt.ft, 9500);
    assert_int_equal(found.counts[LEE_FINDING_REFUSED], 1);
    assert_int_equal(found.last.line, 20);
    assert_true(found.counts[LEE_FINDING_REPAIRED] >= 3);
    lee_zone_import_free(import);
}

static void names_used_twice_get_numbers_in_openair_and_are_refused_in_ours(void **state)
{
    (void)state;
    findings found;
    lee_error error;
    lee_zone_import *import =
        import_text("AC R\nAN A b\nAL GND\nAH FL50\nV X=1:0:0 N 1:0:0 E\nDC 1\n"
                    "AC R\nAN A-B\nAL GND\nAH FL50\nV X=1:0:0 N 1:0:0 E\nDC 1\n",
                    &found, &error);
    assert_string_equal(lee_zone_import_list(import)->zones[0].id, "a-b");
    assert_string_equal(lee_zone_import_list(import)->zones[1].id, "a-b-2");
    lee_zone_import_free(import);
    import = import_text(COLLECTION(FEATURE("a", "", SQUARE) "," FEATURE("a", "", SQUARE)), &found,
                         &error);
    assert_int_equal(lee_zone_import_list(import)->count, 1);
    assert_int_equal(found.last.code, LEE_ERR_DUPLICATE);
    lee_zone_import_free(import);
}

static void files_of_no_known_form_are_errors(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        lee_error error;
    } cases[] = {
        {"", LEE_ERR_SYNTAX},
        {"hello\n", LEE_ERR_SYNTAX},
        {"{\"type\":", LEE_ERR_SYNTAX},
        {"{\"a\":1}", LEE_ERR_SYNTAX},
        {"<kml/>", LEE_ERR_UNSUPPORTED},
        {"{\"type\":\"Topology\"}", LEE_ERR_UNSUPPORTED},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        findings found;
        lee_error error;
        lee_zone_import *import = import_text(cases[i].text, &found, &error);
        assert_int_equal(error, cases[i].error);
        assert_int_equal(found.counts[LEE_FINDING_REFUSED], 1);
        lee_zone_import_free(import);
    }
}

static void what_a_zone_exempts_from_is_read_whole_or_refused(void **state)
{
    (void)state;
    findings found;
    lee_error error;
    lee_zone_import *import =
        import_text(COLLECTION(FEATURE("lane", ",\"exempts\":[\"deny\",\"gone\"]",
                                       SQUARE) ",\n" FEATURE("deny", "", SQUARE)),
                    &found, &error);
    const lee_zone *const lane = &lee_zone_import_list(import)->zones[0];
    assert_int_equal(lane->exempt_count, 2);
    assert_string_equal(lane->exempts[0], "deny");
    lee_buffer out = write_list(import);
    assert_non_null(strstr((const char *)out.bytes, "\"exempts\":[\"deny\",\"gone\"]"));
    lee_buffer_free(&out);
    const int notes = found.counts[LEE_FINDING_NOTE];
    lee_zone_import_finish(import);
    assert_int_equal(found.counts[LEE_FINDING_NOTE], notes + 1);
    assert_string_equal(found.zone, "lane");
    assert_non_null(strstr(found.reason, "gone"));
    lee_zone_import_free(import);

    static const char *const wrong[] = {"\"deny\"", "[]", "[7]", "[\"\"]", "[\"lane\"]", "null"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char text[512];
        snprintf(text, sizeof text,
                 "{\"type\":\"FeatureCollection\",\"features\":[{\"type\":\"Feature\",\"id\":"
                 "\"lane\",\"properties\":{\"kind\":\"corridor\",\"lower\":\"SFC\",\"upper\":"
                 "\"UNL\",\"exempts\":%s},\"geometry\":" SQUARE "}]}",
                 wrong[i]);
        import = import_text(text, &found, &error);
        assert_int_equal(lee_zone_import_list(import)->count, 0);
        assert_string_equal(found.field, "exempts");
        lee_zone_import_free(import);
    }
}

#define CORRIDOR(id, properties, geometry)                                                         \
    "{\"type\":\"Feature\",\"id\":\"" id "\",\"properties\":{\"kind\":\"corridor\","               \
    "\"lower\":\"SFC\",\"upper\":\"UNL\"" properties "},\"geometry\":" geometry "}"
#define LINE "{\"type\":\"LineString\",\"coordinates\":[[0,0],[1,0],[1,1]]}"

static void the_axis_of_a_corridor_is_kept_and_written(void **state)
{
    (void)state;
    findings found;
    lee_error error;
    lee_zone_import *import = import_text(
        COLLECTION(CORRIDOR("area", ",\"axis\":[[0.5,0],[0.5,0],[0.5,1]]", SQUARE) ",\n" CORRIDOR(
            "line", ",\"half_width_m\":500", LINE) ",\n" FEATURE("strip", ",\"half_width_m\":500",
                                                                 LINE)),
        &found, &error);
    const lee_zone *const zones = lee_zone_import_list(import)->zones;
    assert_int_equal(lee_zone_import_list(import)->count, 3);
    assert_int_equal(zones[0].axis_count, 2);
    assert_int_equal(zones[0].axis[1].lat_e7, 10000000);
    assert_int_equal(zones[0].axis[1].lon_e7, 5000000);
    assert_int_equal(zones[1].axis_count, 3);
    assert_int_equal(zones[1].axis[1].lon_e7, 10000000);
    assert_int_equal(zones[2].axis_count, 0); /* nobody is to follow it */
    lee_buffer out = write_list(import);
    assert_non_null(strstr((const char *)out.bytes, "\"axis\":[[0.5,0],[0.5,1]]"));
    lee_zone_import *again = import_text((const char *)out.bytes, &found, &error);
    assert_int_equal(found.counts[LEE_FINDING_REFUSED], 0);
    lee_buffer same = write_list(again);
    assert_string_equal((const char *)out.bytes, (const char *)same.bytes);
    lee_buffer_free(&out);
    lee_buffer_free(&same);
    lee_zone_import_free(import);
    lee_zone_import_free(again);
}

static void an_axis_that_is_none_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {"[[0.5,0]]",
                                        "[[0.5,0],[0.5,0]]",
                                        "[[0.5,0],7]",
                                        "[[0.5,0],[0.5,86]]",
                                        "[[179,0],[-179,0]]",
                                        "\"x\"",
                                        "null"};
    findings found;
    lee_error error;
    char text[512];
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        snprintf(text, sizeof text, COLLECTION(CORRIDOR("c", ",\"axis\":%s", SQUARE)), wrong[i]);
        lee_zone_import *const import = import_text(text, &found, &error);
        assert_int_equal(lee_zone_import_list(import)->count, 0);
        assert_string_equal(found.field, "axis");
        lee_zone_import_free(import);
    }
    static const char *const misplaced[] = {
        COLLECTION(FEATURE("n", ",\"axis\":[[0.5,0],[0.5,1]]", SQUARE)),
        COLLECTION(CORRIDOR("c", ",\"half_width_m\":5,\"axis\":[[0.5,0],[0.5,1]]", LINE)),
        COLLECTION(CORRIDOR(
            "c", ",\"moving\":{\"around\":\"mmsi:1\",\"radius_m\":5},\"axis\":[[0,0],[0,1]]",
            "null")),
    };
    for (size_t i = 0; i < sizeof misplaced / sizeof *misplaced; i++) {
        lee_zone_import *const import = import_text(misplaced[i], &found, &error);
        assert_int_equal(lee_zone_import_list(import)->count, 0);
        assert_string_equal(found.field, "axis");
        lee_zone_import_free(import);
    }
}

static void a_line_that_cannot_be_an_axis_is_still_a_corridor(void **state)
{
    (void)state;
    findings found;
    lee_error error;
    lee_zone_import *const import =
        import_text(COLLECTION(CORRIDOR("c", ",\"half_width_m\":500",
                                        "{\"type\":\"LineString\",\"coordinates\":[[179.9,0],"
                                        "[-179.9,0]]}")),
                    &found, &error);
    assert_int_equal(lee_zone_import_list(import)->count, 1);
    assert_int_equal(lee_zone_import_list(import)->zones[0].axis_count, 0);
    assert_int_equal(found.counts[LEE_FINDING_NOTE], 2); /* and what was done to the shape */
    lee_zone_import_free(import);
}

static void corrupted_text_never_breaks_the_reader(void **state)
{
    (void)state;
    static const char *const seeds[] = {
        COLLECTION(FEATURE("a", ",\"name\":\"x\"", SQUARE)),
        "AC R\nAN A\nAL GND\nAH FL50\nV X=1:0:0 N 1:0:0 E\nDB 1:1:0 N 1:0:0 E,1:0:0 N 1:1:0 E\n"
        "DP 1:0:0 N 1:0:0 E\nAA NONE/2025-01-01T00:00Z\n",
    };
    uint64_t random = 42;
    char text[512];
    for (int round = 0; round < 4000; round++) {
        const char *seed = seeds[round % 2];
        const size_t length = strlen(seed);
        memcpy(text, seed, length + 1);
        for (int change = 0; change < 3; change++) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            text[(random >> 33) % length] = (char)(random >> 25 & 127);
        }
        text[(random >> 40) % 7 == 0 ? (random >> 33) % length : length] = '\0';
        lee_zone_import *import = NULL;
        assert_int_equal(lee_zone_import_create(NULL, &import), LEE_OK);
        (void)!lee_zone_import_text(import, "random", text, strlen(text));
        lee_zone_import_free(import);
    }
}

static void every_failing_allocation_is_an_error_and_leaks_nothing(void **state)
{
    (void)state;
    const char *text = COLLECTION(FEATURE("a", ",\"active\":[]", SQUARE));
    for (uint64_t fail_at = 1; fail_at < 400; fail_at++) {
        lee_zone_import *import = NULL;
        (void)lee_alloc_test_fail(fail_at);
        lee_error error = lee_zone_import_create(NULL, &import);
        if (error == LEE_OK) {
            error = lee_zone_import_text(import, "a", text, strlen(text));
            lee_zone_import_free(import);
        }
        (void)lee_alloc_test_fail(0);
        if (error == LEE_OK) {
            return;
        }
        assert_int_equal(error, LEE_ERR_NO_MEMORY);
    }
    fail();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_bad_zone_is_refused_and_the_others_go_on),
        cmocka_unit_test(every_property_comes_back_byte_for_byte),
        cmocka_unit_test(rings_that_cross_are_repaired_and_said),
        cmocka_unit_test(parts_that_overlap_are_united),
        cmocka_unit_test(a_hole_outside_adds_nothing),
        cmocka_unit_test(shapes_without_area_are_refused),
        cmocka_unit_test(an_area_over_the_antimeridian_is_split),
        cmocka_unit_test(a_circle_round_a_pole_covers_it),
        cmocka_unit_test(weekly_rules_become_intervals_in_utc),
        cmocka_unit_test(openair_oddities_are_read_and_reported),
        cmocka_unit_test(names_used_twice_get_numbers_in_openair_and_are_refused_in_ours),
        cmocka_unit_test(files_of_no_known_form_are_errors),
        cmocka_unit_test(what_a_zone_exempts_from_is_read_whole_or_refused),
        cmocka_unit_test(the_axis_of_a_corridor_is_kept_and_written),
        cmocka_unit_test(an_axis_that_is_none_is_refused),
        cmocka_unit_test(a_line_that_cannot_be_an_axis_is_still_a_corridor),
        cmocka_unit_test(corrupted_text_never_breaks_the_reader),
        cmocka_unit_test(every_failing_allocation_is_an_error_and_leaks_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
