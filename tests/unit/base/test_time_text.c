#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/time_text.h"

static int64_t parse(const char *text)
{
    int64_t t_us = -1;
    assert_true(lee_time_parse(text, strlen(text), &t_us));
    return t_us;
}

static void refuses(const char *text)
{
    int64_t t_us = 42;
    assert_false(lee_time_parse(text, strlen(text), &t_us));
    assert_int_equal(t_us, 42);
}

static void known_instants_are_read(void **state)
{
    (void)state;
    assert_int_equal(parse("1970-01-01T00:00:00Z"), 0);
    assert_int_equal(parse("2024-06-06T08:58:01.25Z"), INT64_C(1717664281250000));
    assert_int_equal(parse("2024-06-06T11:58:01.25+03:00"), INT64_C(1717664281250000));
    assert_int_equal(parse("2024-02-29"), INT64_C(1709164800000000));
    assert_int_equal(parse("1969-12-31T23:59:59.999999Z"), -1);
    assert_int_equal(parse("2016-12-31T23:59:60Z"), parse("2017-01-01T00:00:00Z"));
}

static void wrong_instants_are_refused(void **state)
{
    (void)state;
    refuses("");
    refuses("2024-06-06T08:58:01"); /* no offset: whose time? */
    refuses("2023-02-29T00:00:00Z");
    refuses("2024-13-01T00:00:00Z");
    refuses("2024-06-06T24:00:00Z");
    refuses("2024-06-06T08:60:00Z");
    refuses("2024-06-06T08:58:01.Z");
    refuses("2024-06-06T08:58:01Zx");
    refuses("2024-06-06T08:58:01+3:00");
    refuses("99999-06-06");
}

static void what_is_written_reads_back(void **state)
{
    (void)state;
    const int64_t instants_us[] = {
        0, -1, 1, INT64_C(1717664281250000), INT64_C(4102444799999999), -INT64_C(9000000000000000)};
    for (size_t i = 0; i < sizeof instants_us / sizeof instants_us[0]; i++) {
        char text[LEE_TIME_TEXT_BYTES];
        const size_t length = lee_time_format(instants_us[i], text);
        assert_int_equal(length, strlen(text));
        assert_int_equal(parse(text), instants_us[i]);
    }
    char text[LEE_TIME_TEXT_BYTES];
    (void)lee_time_format(INT64_C(1717664281250000), text);
    assert_string_equal(text, "2024-06-06T08:58:01.25Z");
}

static void every_day_of_four_centuries_has_its_successor(void **state)
{
    (void)state;
    int64_t year = 1700;
    unsigned month = 1;
    unsigned day = 1;
    const int64_t first = lee_days_from_civil(year, month, day);
    for (int64_t days = first; days < first + 146097; days++) {
        int64_t y;
        unsigned m, d;
        lee_civil_from_days(days, &y, &m, &d);
        assert_int_equal(lee_days_from_civil(y, m, d), days);
        assert_true(y > year || m > month || d >= day);
        year = y;
        month = m;
        day = d;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_instants_are_read),
        cmocka_unit_test(wrong_instants_are_refused),
        cmocka_unit_test(what_is_written_reads_back),
        cmocka_unit_test(every_day_of_four_centuries_has_its_successor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
