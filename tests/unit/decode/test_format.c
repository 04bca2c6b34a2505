#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "decode/csv.h"
#include "leeward/deframe.h"

static int guess(const char *text, const char *name)
{
    lee_format format;
    return lee_format_guess((const uint8_t *)text, strlen(text), name, &format) ? (int)format : -1;
}

static void names_and_numbers_belong_together(void **state)
{
    (void)state;
    for (int i = 0; i < LEE_FORMAT_COUNT; i++) {
        lee_format format;
        assert_true(lee_format_parse(lee_format_name((lee_format)i), &format));
        assert_int_equal(format, i);
    }
    lee_format format = LEE_FORMAT_GPX;
    assert_false(lee_format_parse("beasts", &format));
    assert_int_equal(format, LEE_FORMAT_GPX);
    assert_null(lee_format_name(LEE_FORMAT_COUNT));
}

static void formats_are_told_by_their_first_bytes(void **state)
{
    (void)state;
    assert_int_equal(guess("\x1a\x33\x01", NULL), LEE_FORMAT_BEAST);
    assert_int_equal(guess("\r\n*8D4840D6;", NULL), LEE_FORMAT_AVR);
    assert_int_equal(guess("@0000148B3F3F", NULL), LEE_FORMAT_AVR);
    assert_int_equal(guess("MSG,3,", NULL), LEE_FORMAT_SBS);
    assert_int_equal(guess("{ \"now\" : 1", NULL), LEE_FORMAT_AIRCRAFT_JSON);
    assert_int_equal(guess("{\"time\":1,\"states\":[[", NULL), LEE_FORMAT_OPENSKY_JSON);
    assert_int_equal(guess("{\"icao\":\"a\",\n\"trace\":[", NULL), LEE_FORMAT_READSB_TRACE);
    assert_int_equal(guess("{\"t_us\":1,\"target\":", NULL), LEE_FORMAT_REPORT_JSONL);
    assert_int_equal(guess("time,icao24,lat\n", NULL), LEE_FORMAT_OPENSKY_CSV);
    assert_int_equal(guess("!AIVDM,1,1", NULL), LEE_FORMAT_AIS);
    assert_int_equal(guess("\\s:a,c:1*00\\!AIVDM,", NULL), LEE_FORMAT_AIS);
    assert_int_equal(guess("# a log\r\n\r\n$GPRMC,1,", NULL), LEE_FORMAT_AIS);
    assert_int_equal(guess("<?xml version=\"1.0\"?>\n<gpx ", NULL), LEE_FORMAT_GPX);
    assert_int_equal(guess("AXXX1\r\nHFDTE010124\r\n", NULL), LEE_FORMAT_GPX);
    assert_int_equal(guess("$GP", NULL), -1);
    assert_int_equal(guess("# only a comment", NULL), -1);
    assert_int_equal(guess("hello world", NULL), -1);
    assert_int_equal(guess("", NULL), -1);
}

static void captures_are_told_by_their_link_type(void **state)
{
    (void)state;
    lee_format format = LEE_FORMAT_AVR;
    uint8_t capture[24] = {0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0};
    static const uint8_t links[] = {105, 127, 251};
    for (size_t i = 0; i < sizeof links; i++) {
        capture[20] = links[i];
        assert_true(lee_format_guess(capture, sizeof capture, NULL, &format));
        assert_int_equal(format, LEE_FORMAT_REMOTE_ID);
    }
    capture[20] = 0;
    capture[21] = 1; /* 256 */
    assert_true(lee_format_guess(capture, sizeof capture, NULL, &format));
    assert_int_equal(format, LEE_FORMAT_REMOTE_ID);
    static const uint8_t big[24] = {0xa1, 0xb2, 0xc3, 0xd4, 0, 2, 0, 4, [23] = 105};
    assert_true(lee_format_guess(big, sizeof big, NULL, &format));
    assert_int_equal(format, LEE_FORMAT_REMOTE_ID);
    static const uint8_t next[40] = {0x0a, 0x0d,     0x0d,      0x0a,        28,      0,
                                     0,    0,        0x4d,      0x3c,        0x2b,    0x1a,
                                     1,    [28] = 1, [32] = 12, [36] = 0x10, [37] = 1};
    assert_true(lee_format_guess(next, sizeof next, NULL, &format));
    assert_int_equal(format, LEE_FORMAT_REMOTE_ID);
}

static void names_decide_where_bytes_do_not(void **state)
{
    (void)state;
    assert_int_equal(guess("", "a/b.beast.gz"), LEE_FORMAT_BEAST);
    assert_int_equal(guess("??", "x.sbs"), LEE_FORMAT_SBS);
    assert_int_equal(guess("MSG,3,", "x.avr"), LEE_FORMAT_SBS);
    assert_int_equal(guess("", ".gz"), -1);
}

static void fields_are_split_and_trimmed(void **state)
{
    (void)state;
    lee_slice fields[3];
    assert_int_equal(lee_csv_split("a, \"b c\" ,,d\r", 13, fields, 3), 3);
    assert_true(lee_slice_is(fields[0], "a"));
    assert_true(lee_slice_is(fields[1], "b c"));
    assert_int_equal(fields[2].length, 0);
    assert_int_equal(lee_csv_split("", 0, fields, 3), 1);
    static const char line[] = "0123456789abcde,f,,0123456789abcdef0123456789,\"q\" ,z";
    lee_slice many[8];
    assert_int_equal(lee_csv_split(line, sizeof line - 1, many, 8), 6);
    assert_true(lee_slice_is(many[0], "0123456789abcde") && lee_slice_is(many[1], "f"));
    assert_true(many[2].length == 0 && many[3].length == 26);
    assert_true(lee_slice_is(many[4], "q") && lee_slice_is(many[5], "z"));
}

static void fields_end_at_every_comma_whatever_the_length(void **state)
{
    (void)state;
    uint32_t seed = 5;
    for (size_t length = 0; length <= 70; length++) {
        for (int round = 0; round < 50; round++) {
            char *const line = malloc(length > 0 ? length : 1); /* a read behind it is seen */
            size_t want[71];
            size_t commas = 0;
            for (size_t i = 0; i < length; i++) {
                seed = seed * 1664525u + 1013904223u;
                line[i] = seed >> 30 == 0 ? ',' : 'x';
                want[commas] = i;
                commas += line[i] == ',';
            }
            want[commas] = length;
            uint32_t ends[64];
            const size_t capacity = 1 + (seed >> 8) % 64;
            const size_t count = lee_csv_ends(line, length, ends, capacity);
            assert_int_equal(count, commas + 1 < capacity ? commas + 1 : capacity);
            for (size_t i = 0; i < count; i++) {
                assert_int_equal(ends[i], want[i]);
            }
            free(line);
        }
    }
}

static void numbers_may_have_plus_signs_and_leading_zeros_but_nothing_else(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "-", "+", "+-1", "1 2", "1.2.3", ".", "e5", "1e", "0x1"};
    int64_t value;
    assert_true(lee_slice_fixed((lee_slice){"+045.5", 6}, 1, &value));
    assert_int_equal(value, 455);
    assert_true(lee_slice_fixed((lee_slice){"-.25", 4}, 2, &value));
    assert_int_equal(value, -25);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(lee_slice_fixed((lee_slice){bad[i], strlen(bad[i])}, 3, &value));
    }
}

static void instants_come_in_two_forms(void **state)
{
    (void)state;
    int64_t us;
    assert_true(lee_csv_instant((lee_slice){"1717664281.25", 13}, &us));
    assert_int_equal(us, INT64_C(1717664281250000));
    assert_true(lee_csv_instant((lee_slice){"2024-06-06 08:58:01.25+00:00", 28}, &us));
    assert_int_equal(us, INT64_C(1717664281250000));
    assert_false(lee_csv_instant((lee_slice){"yesterday at noon", 17}, &us));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_and_numbers_belong_together),
        cmocka_unit_test(formats_are_told_by_their_first_bytes),
        cmocka_unit_test(captures_are_told_by_their_link_type),
        cmocka_unit_test(names_decide_where_bytes_do_not),
        cmocka_unit_test(fields_are_split_and_trimmed),
        cmocka_unit_test(fields_end_at_every_comma_whatever_the_length),
        cmocka_unit_test(numbers_may_have_plus_signs_and_leading_zeros_but_nothing_else),
        cmocka_unit_test(instants_come_in_two_forms),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
