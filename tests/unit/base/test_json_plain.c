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

/* Keys as a list of a feed has them, some of them longer than others. */
#define KEYS(X)                                                                                    \
    X(0, "now", 'n', 'o', 'w')                                                                     \
    X(1, "hex", 'h', 'e', 'x')                                                                     \
    X(2, "lat", 'l', 'a', 't')                                                                     \
    X(3, "alt_baro_ft_m", 'a', 'r', 'm')                                                           \
    X(4, "alt_baro_ft_mm", 'a', 'o', 'm')                                                          \
    X(5, "vertical_rate_fpm", 'v', '_', 'm')                                                       \
    X(6, "heading_magnetic_deg_true", 'h', 'e', 'e')                                               \
    X(7, "r", 'r', 'r', 'r')
static const lee_json_plain_place places[LEE_JSON_PLAIN_KEYS] = {
#define PLACE(number, text, first, middle, last)                                                   \
    LEE_JSON_PLAIN_PLACE(number, text, first, middle, last),
    KEYS(PLACE)
#undef PLACE
};
static const uint8_t numbers[] = {
#define NUMBER(number, text, first, middle, last)                                                  \
    [number] = LEE_JSON_PLAIN_KEY(first, middle, last, sizeof(text) - 1),
    KEYS(NUMBER)
#undef NUMBER
};
static const char *const key_texts[] = {
#define TEXT(number, text, first, middle, last) [number] = (text),
    KEYS(TEXT)
#undef TEXT
};
enum { KEY_COUNT = sizeof key_texts / sizeof key_texts[0] };

/* Which of the keys it is; KEY_COUNT: none. */
static unsigned key_of(const lee_json_value *key)
{
    for (unsigned i = 0; i < KEY_COUNT; i++) {
        if (lee_json_value_is(key, key_texts[i])) {
            return i;
        }
    }
    return KEY_COUNT;
}

static void compare_member(const lee_json_value *key, const lee_json_value *value,
                           const lee_json_plain_member *member)
{
    assert_int_equal(key->length, member->key_length);
    assert_memory_equal(key->text, member->key, key->length);
    const unsigned number = key_of(key);
    assert_int_equal(member->place == NULL ? KEY_COUNT : member->place->key, number);
    assert_int_equal(value->type, type_of(member->kind));
    if (member->kind == '"') {
        assert_int_equal(value->length, member->length);
        assert_memory_equal(value->text, member->text, value->length);
    }
    for (unsigned decimals = 0; decimals < 10 && member->kind == '0'; decimals++) {
        int64_t want = 1;
        int64_t got = 1;
        assert_int_equal(lee_json_value_fixed(value, (int)decimals, &want),
                         lee_json_plain_fixed(member, decimals, &got));
        assert_true(want == got);
    }
}

/* The members of an object by both readers, which must agree where the plain one answers, whatever
 * key is looked for first. Returns how many members it read, -1 when it left the object to the
 * other. */
static int compare_at(const char *text, size_t length, size_t readable, unsigned guess)
{
    const char *skipped = text;
    const char *const end = text + readable;
    lee_json_plain_object object;
    lee_json_scan scan;
    lee_json_value key;
    lee_json_value value;
    lee_json_plain_member member = {.key = NULL};
    lee_json_plain_member without;
    lee_json_scan_init(&scan, text, length);
    assert_true(lee_json_scan_object(&scan));
    assert_true(lee_json_plain_begin(&object, text, readable));
    int count = 0;
    do {
        skipped = skipped != NULL ? lee_json_plain_read(skipped + 1, end, false, &without) : NULL;
        const bool read = lee_json_plain_next(&object, places, &places[guess], &member);
        /* What is behind a broken object may look like more of it. */
        if (!read || (*object.at != ',' && *object.at != '}') ||
            (skipped != NULL && (size_t)(skipped - text) >= length)) {
            return -1;
        }
        assert_non_null(skipped);
        assert_int_equal(end - skipped, object.end - object.at);
        assert_true(lee_json_scan_member(&scan, &key, &value));
        compare_member(&key, &value, &member);
        if (member.kind == '0') {
            assert_non_null(lee_json_plain_number_at(without.text, end, &without));
            assert_true(without.digits == member.digits && without.fraction == member.fraction);
        }
        count++;
    } while (lee_json_plain_more(&object));
    return count;
}

/* The same whether more can be read behind the object, which the quick way needs, or not. */
static int compare(const char *text)
{
    const size_t length = strlen(text);
    char *const exact = malloc(length);
    memcpy(exact, text, length);
    const int count = compare_at(exact, length, length, 0);
    for (size_t i = 0; i < KEY_COUNT; i++) {
        assert_int_equal(compare_at(exact, length, length, numbers[i]), count);
    }
    free(exact);
    static const char behind[] = {'\n', '7', ' ', '}', (char)0xff};
    for (size_t i = 0; i < sizeof behind; i++) {
        char *const roomy = malloc(length + 128);
        memset(roomy, behind[i], length + 128);
        memcpy(roomy, text, length);
        assert_int_equal(compare_at(roomy, length, length + 128, numbers[i]), count);
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
    assert_int_equal(compare("{\"now\":1700000000.125,\"hex\":\"4b1815\",\"lat\":-107.2531861}"),
                     3);
    assert_int_equal(compare("{\"alt_baro_ft_m\":1,\"alt_baro_ft_mm\":2,\"alt_baro_ft_n\":3}"), 3);
    assert_int_equal(compare("{\"vertical_rate_fpm\":-64,\"vertical_rate_fpn\":7,\"r\":\"\"}"), 3);
    assert_int_equal(compare("{\"heading_magnetic_deg_true\":5,\"heading_magnetic_deg_trne\":5}"),
                     2);
    assert_int_equal(compare("{\"now\":1234567890123456,\"lat\":12345678,\"r\":123456789}"), 3);
    assert_int_equal(compare("{\"now\":12345678.12345678,\"lat\":1.12345678,\"r\":-1.123456789}"),
                     3);
    assert_int_equal(compare("{\"now\":1234567890123456.5,\"lat\":123456789012345.5}"), 2);
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

/* Numbers of every length before and behind the point. */
static void numbers_of_all_lengths_are_read_by_both_the_same(void **state)
{
    (void)state;
    for (int whole = 0; whole < 20; whole++) {
        for (int fraction = -1; fraction < 20; fraction++) {
            char text[128] = "{\"now\":";
            size_t length = strlen(text);
            for (int i = 0; i < whole; i++) {
                text[length++] = (char)('1' + i % 9);
            }
            if (fraction >= 0) {
                text[length++] = '.';
            }
            for (int i = 0; i < fraction; i++) {
                text[length++] = (char)('9' - i % 10);
            }
            text[length++] = '}';
            const bool plain =
                whole > 0 && fraction != 0 && whole + (fraction > 0 ? fraction : 0) <= 18;
            assert_int_equal(compare(text), plain ? 1 : -1);
        }
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
        cmocka_unit_test(numbers_of_all_lengths_are_read_by_both_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
