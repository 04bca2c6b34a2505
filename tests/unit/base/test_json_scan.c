#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/json_scan.h"

static lee_error scan_error(const char *text)
{
    lee_json_scan scan;
    lee_json_value value;
    lee_json_scan_init(&scan, text, strlen(text));
    if (lee_json_scan_value(&scan, &value)) {
        return lee_json_scan_done(&scan) ? LEE_OK : LEE_ERR_SYNTAX;
    }
    assert_non_null(scan.reason);
    return scan.error;
}

static void valid_texts_are_read_whole(void **state)
{
    (void)state;
    static const char *const texts[] = {"0",
                                        "-0.5e+3",
                                        "\"\"",
                                        "\"a\\u00e9\\n\"",
                                        "[]",
                                        "{}",
                                        " [ 1 , [ ] , { \"a\" : null } ] ",
                                        "{\"a\":[1,{\"b\":[true,false]}],\"c\":\"}\"}"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_int_equal(scan_error(texts[i]), LEE_OK);
    }
}

static void broken_texts_are_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "01",       "+1",        "1.",       ".5",          "1e",       "nul",   "tru e",
        "[1,]",     "[,1]",      "[1 2]",    "{\"a\"}",     "{\"a\":}", "{a:1}", "{\"a\":1,}",
        "[1}",      "{\"a\":1]", "\"a\\x\"", "\"\\u12g4\"", "\"\t\"",   "",      "\"a",
        "{\"a\":1", "[",         "-",        "[[1]",        "1 2"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_int_not_equal(scan_error(texts[i]), LEE_OK);
    }
    assert_int_equal(scan_error("[1,"), LEE_ERR_TRUNCATED);
    assert_int_equal(scan_error("[1,]"), LEE_ERR_SYNTAX);
}

static void depth_is_limited(void **state)
{
    (void)state;
    char text[2 * LEE_JSON_DEPTH_MAX + 3];
    memset(text, '[', LEE_JSON_DEPTH_MAX);
    memset(text + LEE_JSON_DEPTH_MAX, ']', LEE_JSON_DEPTH_MAX);
    text[2 * (size_t)LEE_JSON_DEPTH_MAX] = '\0';
    assert_int_equal(scan_error(text), LEE_OK);
    memset(text, '[', LEE_JSON_DEPTH_MAX + 1);
    memset(text + LEE_JSON_DEPTH_MAX + 1, ']', LEE_JSON_DEPTH_MAX + 1);
    text[2 * (size_t)LEE_JSON_DEPTH_MAX + 2] = '\0';
    assert_int_equal(scan_error(text), LEE_ERR_LIMIT);
}

static void members_come_in_order_and_the_end_is_consumed(void **state)
{
    (void)state;
    const char text[] = " { \"a\" : 1 , \"b\" : [2,{}] } tail";
    lee_json_scan scan;
    lee_json_value key;
    lee_json_value value;
    lee_json_scan_init(&scan, text, strlen(text));
    assert_false(lee_json_scan_array(&scan));
    assert_true(lee_json_scan_object(&scan));
    assert_true(lee_json_scan_member(&scan, &key, &value));
    assert_true(lee_json_value_is(&key, "a"));
    assert_int_equal(value.type, LEE_JSON_NUMBER);
    assert_true(lee_json_scan_member(&scan, &key, &value));
    assert_int_equal(value.type, LEE_JSON_ARRAY);
    assert_memory_equal(value.text, "[2,{}]", value.length);
    assert_false(lee_json_scan_member(&scan, &key, &value));
    assert_int_equal(scan.error, LEE_OK);
    assert_false(lee_json_scan_done(&scan));
}

static void elements_come_in_order(void **state)
{
    (void)state;
    lee_json_scan scan;
    lee_json_value value;
    lee_json_scan_init(&scan, "[1,\"x\"]", 7);
    assert_true(lee_json_scan_array(&scan));
    assert_true(lee_json_scan_element(&scan, &value));
    assert_true(lee_json_scan_element(&scan, &value));
    assert_true(lee_json_value_is(&value, "x"));
    assert_false(lee_json_scan_element(&scan, &value));
    assert_true(lee_json_scan_done(&scan));
}

static int64_t fixed(const char *text, int decimals, bool *ok)
{
    lee_json_scan scan;
    lee_json_value value;
    int64_t out = INT64_MIN;
    lee_json_scan_init(&scan, text, strlen(text));
    assert_true(lee_json_scan_value(&scan, &value));
    *ok = lee_json_value_fixed(&value, decimals, &out);
    return out;
}

static void numbers_are_exact_and_round_half_away_from_zero(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int decimals;
        int64_t want;
    } cases[] = {{"0", 7, 0},
                 {"-0.00000005", 7, -1},
                 {"0.00000004999999999999999999999", 7, 0},
                 {"35.208109", 7, 352081090},
                 {"1.5e2", 0, 150},
                 {"15E-1", 0, 2},
                 {"-2.5", 0, -3},
                 {"9223372036854775807", 0, INT64_MAX},
                 {"1700513836.875", 6, INT64_C(1700513836875000)},
                 {"0e999999999999999999", 0, 0},
                 {"1e-999999999999999999", 0, 0},
                 {"12345", -2, 123}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        bool ok;
        assert_int_equal(fixed(cases[i].text, cases[i].decimals, &ok), cases[i].want);
        assert_true(ok);
    }
    bool ok;
    (void)fixed("9223372036854775808", 0, &ok);
    assert_false(ok);
    (void)fixed("1e99999999999999999999", 0, &ok);
    assert_false(ok);
    (void)fixed("\"1\"", 0, &ok);
    assert_false(ok);
}

static bool text_of(const char *json, char *out, size_t capacity)
{
    lee_json_scan scan;
    lee_json_value value;
    lee_json_scan_init(&scan, json, strlen(json));
    assert_true(lee_json_scan_value(&scan, &value));
    return lee_json_value_text(&value, out, capacity);
}

static void escapes_are_resolved(void **state)
{
    (void)state;
    char out[16];
    assert_true(text_of("\"a\\n\\u00e9\\ud83d\\ude00\"", out, sizeof out));
    assert_string_equal(out, "a\n\xc3\xa9\xf0\x9f\x98\x80");
    assert_false(text_of("\"\\u0000\"", out, sizeof out));
    assert_false(text_of("\"\\ud83d\"", out, sizeof out));
    assert_false(text_of("\"\\ude00\"", out, sizeof out));
    assert_true(text_of("\"abc\"", out, 4));
    assert_false(text_of("\"abcd\"", out, 4));
    assert_false(text_of("\"\\u0061bcd\"", out, 4));
    assert_false(text_of("12", out, sizeof out));
}

static void escaped_keys_compare_by_meaning(void **state)
{
    (void)state;
    const char text[] = "\"l\\u0061t\"";
    lee_json_scan scan;
    lee_json_value value;
    lee_json_scan_init(&scan, text, strlen(text));
    assert_true(lee_json_scan_value(&scan, &value));
    assert_true(lee_json_value_is(&value, "lat"));
    assert_false(lee_json_value_is(&value, "lon"));
}

static void every_cut_of_a_text_is_refused_without_reading_past_it(void **state)
{
    (void)state;
    const char text[] = "{\"a\":[-1.5e3,\"x\\u0041\",true,null,{}]}";
    for (size_t length = 0; length < strlen(text); length++) {
        char *const exact = malloc(length + 1); /* so that the sanitizer sees a byte too far */
        memcpy(exact, text, length);
        char *const copy = realloc(exact, length > 0 ? length : 1);
        lee_json_scan scan;
        lee_json_value value;
        lee_json_scan_init(&scan, copy, length);
        assert_false(lee_json_scan_value(&scan, &value));
        assert_int_equal(scan.error, LEE_ERR_TRUNCATED);
        free(copy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(valid_texts_are_read_whole),
        cmocka_unit_test(broken_texts_are_refused),
        cmocka_unit_test(depth_is_limited),
        cmocka_unit_test(members_come_in_order_and_the_end_is_consumed),
        cmocka_unit_test(elements_come_in_order),
        cmocka_unit_test(numbers_are_exact_and_round_half_away_from_zero),
        cmocka_unit_test(escapes_are_resolved),
        cmocka_unit_test(escaped_keys_compare_by_meaning),
        cmocka_unit_test(every_cut_of_a_text_is_refused_without_reading_past_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
