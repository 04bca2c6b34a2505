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

/* The members of an object by both readers, which must agree where the plain one answers. Returns
 * how many members it read, -1 when it left the object to the other. */
static int compare(const char *text)
{
    const size_t length = strlen(text);
    char *const exact = malloc(length);
    memcpy(exact, text, length);
    const char *at = exact;
    const char *const end = exact + length;
    lee_json_scan scan;
    lee_json_value key;
    lee_json_value value;
    lee_json_plain_member member;
    lee_json_scan_init(&scan, exact, length);
    assert_true(lee_json_scan_object(&scan));
    int count = 0;
    char before = '{';
    do {
        at = lee_json_plain_next(at, end, before, &member);
        before = ',';
        if (at == NULL) {
            count = -1;
            break;
        }
        assert_in_range(at - exact, 1, length - 1);
        assert_true(lee_json_scan_member(&scan, &key, &value));
        assert_ptr_equal(key.text, member.key);
        assert_int_equal(key.length, member.key_length);
        if (member.kind == '"') {
            assert_int_equal(value.type, LEE_JSON_TEXT);
            assert_ptr_equal(value.text, member.text);
            assert_int_equal(value.length, member.length);
        } else if (member.kind == '[') {
            assert_int_equal(value.type, LEE_JSON_ARRAY);
        } else {
            assert_int_equal(value.type, LEE_JSON_NUMBER);
            for (unsigned decimals = 0; decimals < 10; decimals++) {
                int64_t want = 1;
                int64_t got = 1;
                assert_int_equal(lee_json_value_fixed(&value, (int)decimals, &want),
                                 lee_json_plain_fixed(&member, decimals, &got));
                assert_true(want == got);
            }
        }
        count++;
    } while (*at == ',');
    free(exact);
    return count;
}

static void plain_members_are_those_of_the_general_reader(void **state)
{
    (void)state;
    assert_int_equal(compare("{\"a\":1}"), 1);
    assert_int_equal(compare("{\"hex\":\"4b1815\",\"lat\":-47.25,\"mlat\":[],\"gs\":0}"), 4);
    assert_int_equal(compare("{\"\":\"\",\"a\":-0,\"b\":0.5,\"c\":-0.05,\"d\":1700000000.125}"), 5);
    assert_int_equal(compare("{\"a\":123456789012345678,\"b\":1.23456789012345678}"), 2);
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
                                        "{\"a\":true}",
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_ends_at_its_first_special_character_wherever_it_stands),
        cmocka_unit_test(eight_characters_are_ascii_only_when_each_is),
        cmocka_unit_test(plain_members_are_those_of_the_general_reader),
        cmocka_unit_test(what_is_not_plain_is_left_to_the_general_reader),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
