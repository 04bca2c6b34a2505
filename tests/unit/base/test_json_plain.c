#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/json_plain.h"
#include "base/json_scan.h"

static void a_text_ends_at_its_first_special_character_wherever_it_stands(void **state)
{
    (void)state;
    for (size_t length = 0; length < 40; length++) {
        for (size_t at = 0; at <= length; at++) {
            for (unsigned c = 0; c < 256; c++) {
                /* On the heap to the byte, so that a look past the end is seen. */
                char *const text = malloc(length + 1);
                memset(text, 'a', length + 1);
                text[at] = (char)c;
                const bool special = c < 0x20 || c == '"' || c == '\\';
                const size_t want = special && at < length ? at : length;
                char *const exact = malloc(length > 0 ? length : 1);
                memcpy(exact, text, length);
                assert_ptr_equal(lee_json_plain_text_end(exact, exact + length), exact + want);
                free(exact);
                free(text);
            }
        }
    }
}

static void eight_characters_are_ascii_only_when_each_is(void **state)
{
    (void)state;
    for (size_t at = 0; at < 8; at++) {
        for (unsigned c = 0; c < 256; c++) {
            char text[8];
            memset(text, 'a', sizeof text);
            text[at] = (char)c;
            const bool want = c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
            assert_int_equal(lee_json_plain_is_ascii(text), want);
        }
    }
}

static lee_json_type type_of(char kind)
{
    return kind == '"'   ? LEE_JSON_TEXT
           : kind == '[' ? LEE_JSON_ARRAY
           : kind == 't' ? LEE_JSON_TRUE
           : kind == 'f' ? LEE_JSON_FALSE
                         : LEE_JSON_NUMBER;
}

/* The members of an object by both readers, which must agree where the plain one answers. Returns
 * how many members it read, -1 when it left the object to the other. */
static int compare_at(const char *text, size_t length, size_t readable)
{
    const char *at = text;
    const char *skipped = text;
    const char *const end = text + readable;
    lee_json_scan scan;
    lee_json_value key;
    lee_json_value value;
    lee_json_plain_member member = {.key = NULL};
    lee_json_plain_member without;
    lee_json_scan_init(&scan, text, length);
    assert_true(lee_json_scan_object(&scan));
    int count = 0;
    char before = '{';
    do {
        skipped = skipped != NULL ? lee_json_plain_skip(skipped, end, before, &without) : NULL;
        at = lee_json_plain_next(at, end, before, &member);
        before = ',';
        /* What is behind a broken object may look like more of it. */
        if (at == NULL || (*at != ',' && *at != '}') || (size_t)(at - text) >= length) {
            return -1;
        }
        assert_ptr_equal(skipped, at);
        assert_true(lee_json_scan_member(&scan, &key, &value));
        assert_ptr_equal(key.text, member.key);
        assert_int_equal(key.length, member.key_length);
        assert_int_equal(value.type, type_of(member.kind));
        if (member.kind == '"') {
            assert_ptr_equal(value.text, member.text);
            assert_int_equal(value.length, member.length);
        }
        for (unsigned decimals = 0; decimals < 10 && member.kind == '0'; decimals++) {
            int64_t want = 1;
            int64_t got = 1;
            assert_int_equal(lee_json_value_fixed(&value, (int)decimals, &want),
                             lee_json_plain_fixed(&member, decimals, &got));
            assert_true(want == got);
        }
        count++;
    } while (*at == ',');
    return count;
}

/* The same whether more can be read behind the object, which the quick way needs, or not. */
static int compare(const char *text)
{
    const size_t length = strlen(text);
    char *const exact = malloc(length);
    memcpy(exact, text, length);
    const int count = compare_at(exact, length, length);
    free(exact);
    static const char behind[] = {'\n', '7', ' ', '}', (char)0xff};
    for (size_t i = 0; i < sizeof behind; i++) {
        char *const roomy = malloc(length + 64);
        memset(roomy, behind[i], length + 64);
        memcpy(roomy, text, length);
        assert_int_equal(compare_at(roomy, length, length + 64), count);
        free(roomy);
    }
    return count;
}

static void plain_members_are_those_of_the_general_reader(void **state)
{
    (void)state;
    assert_int_equal(compare("{\"a\":1}"), 1);
    assert_int_equal(compare("{\"hex\":\"4b1815\",\"lat\":-47.25,\"mlat\":[],\"gs\":0}"), 4);
    assert_int_equal(compare("{\"\":\"\",\"a\":-0,\"b\":0.5,\"c\":-0.05,\"d\":1700000000.125}"), 5);
    assert_int_equal(compare("{\"a\":123456789012345678,\"b\":1.23456789012345678}"), 2);
    assert_int_equal(compare("{\"a\":7,\"b\":1234567,\"c\":12345678,\"d\":1234567.1234567}"), 4);
    assert_int_equal(compare("{\"a\":true,\"b\":false,\"c\":\"sixteen characters\"}"), 3);
    assert_int_equal(compare("{\"a\":-2.5,\"b\":2.49999999,\"c\":-0.00000005,\"d\":99.9}"), 4);
    assert_int_equal(compare("{\"a key that is longer than sixteen characters\":\"\xc3\xa9\"}"), 1);
}

static void what_is_not_plain_is_left_to_the_general_reader(void **state)
{
    (void)state;
    static const char *const texts[] = {"{}",
                                        "{ \"a\":1}",
                                        "{\"a\" :1}",
                                        "{\"a\": 1}",
                                        "{\"a\":1e3}",
                                        "{\"a\":[1]}",
                                        "{\"a\":{}}",
                                        "{\"a\":null}",
                                        "{\"a\":tru}",
                                        "{\"a\":fals,\"b\":1}",
                                        "{\"a\":x}",
                                        "{\"a\":-.5}",
                                        "{\"a\":1-2}",
                                        "{\"a\":1;}",
                                        "{\"a\":0001}",
                                        "{\"a\":1.5.5}",
                                        "{\"a\":01}",
                                        "{\"a\":1.}",
                                        "{\"a\":-}",
                                        "{\"a\\n\":1}",
                                        "{\"a\":\"\\\"\"}",
                                        "{\"a\":\"\t\"}",
                                        "{\"a\":\"b",
                                        "{\"a\":1",
                                        "{\"a\"",
                                        "{\"a\":1234567890123456789}"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_int_equal(compare(texts[i]), -1);
    }
}

static void any_change_of_a_plain_object_is_read_by_both_the_same(void **state)
{
    (void)state;
    static const char start[] = "{\"now\":1700000000.125,\"hex\":\"4b1815\",\"lat\":-47.253186,"
                                "\"gs\":340.5,\"nic\":8,\"mlat\":[],\"alt_baro\":-25,"
                                "\"a_key_that_is_long\":\"a text that is long as well\",\"r\":0.3}";
    static const char put[] = "\"\\,:{}[]-+.0159eE/x \n\x7f\xc3";
    int plain = 0;
    for (size_t at = 1; at + 1 < sizeof start; at++) {
        for (size_t i = 0; i + 1 < sizeof put; i++) {
            char text[sizeof start];
            memcpy(text, start, sizeof start);
            text[at] = put[i];
            plain += compare(text) > 0;
        }
    }
    assert_true(plain > 100);
}

static void same_compares_every_character(void **state)
{
    (void)state;
    for (size_t length = 0; length < 24; length++) {
        char *const a = malloc(length + 1);
        char *const b = malloc(length + 1);
        memset(a, 'a', length);
        memset(b, 'a', length);
        assert_true(lee_json_plain_same(a, b, length));
        for (size_t at = 0; at < length; at++) {
            b[at] = 'b';
            assert_false(lee_json_plain_same(a, b, length));
            b[at] = 'a';
        }
        free(a);
        free(b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_ends_at_its_first_special_character_wherever_it_stands),
        cmocka_unit_test(eight_characters_are_ascii_only_when_each_is),
        cmocka_unit_test(plain_members_are_those_of_the_general_reader),
        cmocka_unit_test(what_is_not_plain_is_left_to_the_general_reader),
        cmocka_unit_test(any_change_of_a_plain_object_is_read_by_both_the_same),
        cmocka_unit_test(same_compares_every_character),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
