#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "unit/warn/fixture.h"

static lee_places *load(const char *text)
{
    lee_places *places = NULL;
    lee_error_info error = {0};
    assert_int_equal(lee_places_load(text, strlen(text), &places, &error), LEE_OK);
    return places;
}

static void refused(const char *text, lee_error code, uint32_t line, const char *field)
{
    lee_places *places = NULL;
    lee_error_info error = {0};
    assert_int_equal(lee_places_load(text, strlen(text), &places, &error), code);
    assert_null(places);
    assert_int_equal(error.line, line);
    assert_string_equal(error.field, field);
    assert_non_null(error.reason);
}

typedef struct {
    uint32_t count;
    uint32_t last;
    const char *names[16];
} seen;

static void note(void *context, uint32_t index, const lee_place *place)
{
    seen *s = context;
    assert_true(s->count == 0 || index > s->last);
    s->last = index;
    s->names[s->count++] = place->name;
}

static void a_list_is_read_with_comments_and_both_line_ends(void **state)
{
    (void)state;
    lee_places *places = load("# c\n\n361000000\t-371000000\t5\tSY\tA b\r\n-1\t0\t0\t\tZ");
    assert_int_equal(lee_places_count(places), 2);
    const lee_place *z = lee_places_at(places, 0);
    assert_string_equal(z->name, "Z");
    assert_string_equal(z->country, "");
    const lee_place *a = lee_places_at(places, 1);
    assert_string_equal(a->name, "A b");
    assert_int_equal(a->point.lat_e7, 361000000);
    assert_int_equal(a->point.lon_e7, -371000000);
    assert_int_equal(a->population, 5);
    assert_string_equal(a->country, "SY");
    lee_places_free(places);
}

static void an_error_names_line_and_field(void **state)
{
    (void)state;
    refused("\n1x\t0\t0\tSY\tA", LEE_ERR_SYNTAX, 2, "lat_e7");
    refused("900000001\t0\t0\tSY\tA", LEE_ERR_DOMAIN, 1, "lat_e7");
    refused("0\t-1800000001\t0\tSY\tA", LEE_ERR_DOMAIN, 1, "lon_e7");
    refused("0\t0\t-1\tSY\tA", LEE_ERR_DOMAIN, 1, "population");
    refused("0\t0\t1\tS\tA", LEE_ERR_SYNTAX, 1, "country");
    refused("0\t0\t1\tSYR\tA", LEE_ERR_SYNTAX, 1, "country");
    refused("0\t0\t1\tSY\t", LEE_ERR_SYNTAX, 1, "name");
    refused("0\t0\t1\tSY\ta\x01", LEE_ERR_SYNTAX, 1, "name");
    refused("0\t0\t1", LEE_ERR_SYNTAX, 1, "population");
    refused("9999999999999\t0\t1\tSY\tA", LEE_ERR_SYNTAX, 1, "lat_e7");
}

static void a_box_finds_what_lies_in_it_with_its_edges(void **state)
{
    (void)state;
    lee_places *places = load("10\t10\t1\tSY\tcorner\n20\t20\t2\tSY\tother\n21\t20\t4\tSY\tout\n"
                              "-900000000\t-1800000000\t8\tAQ\tpole\n"
                              "900000000\t1800000000\t16\tAQ\ttop\n");
    seen s = {0};
    lee_places_in_box(places, (lee_box){{10, 10}, {20, 20}}, note, &s);
    assert_int_equal(s.count, 2);
    assert_int_equal(lee_places_population(places, (lee_box){{10, 10}, {20, 20}}), 1);
    s = (seen){0};
    lee_places_in_box(
        places, (lee_box){{-LEE_LAT_MAX_E7, -LEE_LON_MAX_E7}, {LEE_LAT_MAX_E7, LEE_LON_MAX_E7}},
        note, &s);
    assert_int_equal(s.count, 5);
    s = (seen){0};
    lee_places_in_box(places, (lee_box){{30, 30}, {20, 20}}, note, &s);
    assert_int_equal(s.count, 0);
    lee_places_free(places);
}

static void every_lack_of_memory_is_an_error_without_a_leak(void **state)
{
    (void)state;
    for (uint64_t n = 1;; n++) {
        lee_places *places = NULL;
        lee_error_info error = {0};
        (void)lee_alloc_test_fail(n);
        const lee_error result =
            lee_places_load(fixture_places, sizeof fixture_places - 1, &places, &error);
        (void)lee_alloc_test_fail(0);
        if (result == LEE_OK) {
            assert_true(n > 3);
            lee_places_free(places);
            break;
        }
        assert_int_equal(result, LEE_ERR_NO_MEMORY);
        assert_null(places);
    }
}

static void random_and_truncated_text_is_read_or_refused(void **state)
{
    (void)state;
    uint32_t seed = 20200908;
    char text[sizeof fixture_places];
    for (int round = 0; round < 3000; round++) {
        memcpy(text, fixture_places, sizeof text);
        const size_t length = (size_t)round % sizeof fixture_places;
        for (int change = 0; change < 2 && length > 0; change++) {
            seed = seed * 1664525u + 1013904223u;
            text[(seed >> 8) % length] = (char)(seed >> 24);
        }
        lee_places *places = NULL;
        lee_error_info error = {0};
        if (lee_places_load(text, length, &places, &error) == LEE_OK) {
            assert_true(lee_places_count(places) <= 7);
            lee_places_free(places);
        } else {
            assert_non_null(error.reason);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_is_read_with_comments_and_both_line_ends),
        cmocka_unit_test(an_error_names_line_and_field),
        cmocka_unit_test(a_box_finds_what_lies_in_it_with_its_edges),
        cmocka_unit_test(every_lack_of_memory_is_an_error_without_a_leak),
        cmocka_unit_test(random_and_truncated_text_is_read_or_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
