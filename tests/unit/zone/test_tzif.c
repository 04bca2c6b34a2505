#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "zone/tzif.h"
#include "zone/weekly.h"

/* A zone of one type and a footer, as RFC 8536 3 lays it out: no transitions at all. */
static size_t make_tzif(const char *footer, uint8_t out[256])
{
    static const uint8_t head[44] = {'T', 'Z', 'i', 'f', '2', [39] = 1, [43] = 4};
    static const uint8_t body[10] = {0, 0, 0x0E, 0x10, 0, 0, 'C', 'E', 'T', 0};
    memcpy(out, head, 44);
    memcpy(out + 44, body, 10);
    memcpy(out + 54, head, 44);
    memcpy(out + 98, body, 10);
    out[108] = '\n';
    const size_t length = strlen(footer);
    memcpy(out + 109, footer, length);
    out[109 + length] = '\n';
    return 110 + length;
}

static void the_footer_gives_summer_time_by_rule(void **state)
{
    (void)state;
    uint8_t bytes[256];
    lee_tzif zone;
    const size_t length = make_tzif("CET-1CEST,M3.5.0,M10.5.0/3", bytes);
    assert_int_equal(lee_tzif_parse(bytes, length, &zone), LEE_OK);
    /* 2024-03-31T01:00:00Z and 2024-10-27T01:00:00Z. */
    assert_int_equal(lee_tzif_offset_s(&zone, 1711846799), 3600);
    assert_int_equal(lee_tzif_offset_s(&zone, 1711846800), 7200);
    assert_int_equal(lee_tzif_offset_s(&zone, 1729990799), 7200);
    assert_int_equal(lee_tzif_offset_s(&zone, 1729990800), 3600);
}

static void southern_summer_spans_the_new_year(void **state)
{
    (void)state;
    lee_tzif zone = {.has_rule = true};
    const char *text = "AEST-10AEDT,M10.1.0,M4.1.0/3";
    assert_int_equal(lee_tz_rule_parse(text, strlen(text), &zone.rule), LEE_OK);
    assert_int_equal(lee_tzif_offset_s(&zone, 1704067200), 39600); /* 2024-01-01 */
    assert_int_equal(lee_tzif_offset_s(&zone, 1719792000), 36000); /* 2024-07-01 */
}

static void local_times_that_occur_twice_or_never_have_two_readings(void **state)
{
    (void)state;
    lee_tzif zone = {.has_rule = true};
    const char *text = "CET-1CEST,M3.5.0,M10.5.0/3";
    assert_int_equal(lee_tz_rule_parse(text, strlen(text), &zone.rule), LEE_OK);
    /* 2024-10-27 02:30 occurs at 00:30Z and 01:30Z. */
    assert_int_equal(lee_tzif_from_local(&zone, 1729996200, false), 1729989000);
    assert_int_equal(lee_tzif_from_local(&zone, 1729996200, true), 1729992600);
    /* 2024-03-31 02:30 does not occur: between 00:30Z and 01:30Z. */
    assert_int_equal(lee_tzif_from_local(&zone, 1711852200, false), 1711845000);
    assert_int_equal(lee_tzif_from_local(&zone, 1711852200, true), 1711848600);
    /* Noon is once. */
    assert_int_equal(lee_tzif_from_local(&zone, 1711886400, true), 1711879200);
    assert_int_equal(lee_tzif_from_local(&zone, 1711886400, false), 1711879200);
}

static void damaged_data_are_errors(void **state)
{
    (void)state;
    uint8_t bytes[256];
    lee_tzif zone;
    const size_t length = make_tzif("CET-1", bytes);
    for (size_t cut = 0; cut < length; cut++) {
        assert_int_not_equal(lee_tzif_parse(bytes, cut, &zone), LEE_OK);
    }
    bytes[0] = 'X';
    assert_int_equal(lee_tzif_parse(bytes, length, &zone), LEE_ERR_SYNTAX);
    static const char *const rules[] = {"",
                                        "CET",
                                        "CET-1CEST",
                                        "C-1",
                                        "CET-1CEST,M13.1.0,M1.1.0",
                                        "CET-168",
                                        "CET-1CEST,M3.5.7,M10.5.0",
                                        "CET-1CEST,J0,J1"};
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        lee_tz_rule rule;
        assert_int_equal(lee_tz_rule_parse(rules[i], strlen(rules[i]), &rule), LEE_ERR_SYNTAX);
    }
}

static void the_system_database_agrees_where_there_is_one(void **state)
{
    (void)state;
    static uint8_t bytes[65536];
    FILE *file = fopen("/usr/share/zoneinfo/Europe/Zurich", "rb");
    if (!file) {
        print_message("skipped: no time zone database here\n");
        skip();
    }
    const size_t length = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    lee_tzif zone;
    assert_int_equal(lee_tzif_parse(bytes, length, &zone), LEE_OK);
    assert_int_equal(lee_tzif_offset_s(&zone, 1711846800), 7200);
    assert_int_equal(lee_tzif_offset_s(&zone, 4102444800), 3600); /* 2100-01-01 */
    assert_int_equal(lee_tzif_offset_s(&zone, 315532800), 3600);  /* 1980-01-01 */
    assert_int_equal(lee_tzif_offset_s(&zone, 331000000), 3600);  /* 1980, no summer time yet */
    assert_int_equal(lee_tzif_offset_s(&zone, 362500000), 7200);  /* June 1981 */
}

static void weekdays_and_times_of_day_are_read(void **state)
{
    (void)state;
    int32_t seconds = 0;
    int32_t offset = 0;
    bool has_offset = false;
    assert_int_equal(lee_weekday_parse("mon"), 0);
    assert_int_equal(lee_weekday_parse("Sunday"), 6);
    assert_int_equal(lee_weekday_parse("ANY"), 7);
    assert_int_equal(lee_weekday_parse("mo"), -1);
    assert_int_equal(lee_weekday_parse("a very long word"), -1);
    assert_true(lee_time_of_day_parse("24:00", &seconds, NULL, NULL));
    assert_int_equal(seconds, 86400);
    assert_false(lee_time_of_day_parse("24:01", &seconds, NULL, NULL));
    assert_false(lee_time_of_day_parse("8:00", &seconds, NULL, NULL));
    assert_false(lee_time_of_day_parse("08:00Z", &seconds, NULL, NULL));
    assert_true(lee_time_of_day_parse("16:00:30-03:30", &seconds, &has_offset, &offset));
    assert_int_equal(seconds, 57630);
    assert_int_equal(offset, -12600);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_footer_gives_summer_time_by_rule),
        cmocka_unit_test(southern_summer_spans_the_new_year),
        cmocka_unit_test(local_times_that_occur_twice_or_never_have_two_readings),
        cmocka_unit_test(damaged_data_are_errors),
        cmocka_unit_test(the_system_database_agrees_where_there_is_one),
        cmocka_unit_test(weekdays_and_times_of_day_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
