#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "decode/sighting.h"

#define NOW_US INT64_C(1599523261234567) /* 2020-09-08T00:01:01.234567Z */

static const char good[] = "{\"lat\":36.2021,\"lon\":37.1343,\"t_us\":1599523261000000,"
                           "\"what\":\"jet\",\"count\":2,\"heading\":\"NE\",\"how\":\"heard\"}";

static lee_sighting read(const char *text)
{
    lee_sighting sighting = {0};
    lee_error_info error = {0};
    if (lee_sighting_read(text, strlen(text), NOW_US, &sighting, &error)) {
        fail_msg("%s: %s %s", text, error.field ? error.field : "-", error.reason);
    }
    return sighting;
}

static void refused(const char *text, lee_error code, const char *field)
{
    lee_sighting sighting = {.count = 77};
    lee_error_info error = {0};
    const lee_error result = lee_sighting_read(text, strlen(text), NOW_US, &sighting, &error);
    if (result != code) {
        fail_msg("%s: answered %d", text, result);
    }
    assert_int_equal(error.code, code);
    assert_non_null(error.reason);
    assert_int_equal(sighting.count, 77);
    if (field) {
        assert_string_equal(error.field, field);
    } else {
        assert_null(error.field);
    }
}

static void a_sighting_is_read_field_by_field(void **state)
{
    (void)state;
    const lee_sighting s = read(good);
    assert_int_equal(s.point.lat_e7, 362021000);
    assert_int_equal(s.point.lon_e7, 371343000);
    assert_true(s.t_us == INT64_C(1599523261000000));
    assert_int_equal(s.what, LEE_SIGHTING_JET);
    assert_int_equal(s.count, 2);
    assert_int_equal(s.heading, LEE_HEADING_NE);
    assert_int_equal(s.how, LEE_SIGHTING_HEARD);
}

static void what_may_be_absent_has_its_default(void **state)
{
    (void)state;
    const lee_sighting s = read("{\"how\":\"seen\",\"what\":\"drone\",\"lon\":-1,\"lat\":0}");
    assert_true(s.t_us == NOW_US);
    assert_int_equal(s.count, 1);
    assert_int_equal(s.heading, LEE_HEADING_UNKNOWN);
}

static void an_error_names_the_field(void **state)
{
    (void)state;
#define REST "\"what\":\"jet\",\"how\":\"seen\"}"
    refused("{\"lon\":1," REST, LEE_ERR_MISSING, "lat");
    refused("{\"lat\":1," REST, LEE_ERR_MISSING, "lon");
    refused("{\"lat\":1,\"lon\":1,\"how\":\"seen\"}", LEE_ERR_MISSING, "what");
    refused("{\"lat\":1,\"lon\":1,\"what\":\"jet\"}", LEE_ERR_MISSING, "how");
    refused("{\"lat\":90.0000001,\"lon\":1," REST, LEE_ERR_DOMAIN, "lat");
    refused("{\"lat\":1,\"lon\":-180.0000001," REST, LEE_ERR_DOMAIN, "lon");
    refused("{\"lat\":\"1\",\"lon\":1," REST, LEE_ERR_SYNTAX, "lat");
    refused("{\"lat\":1,\"lat\":1,\"lon\":1," REST, LEE_ERR_SYNTAX, "lat");
    refused("{\"lat\":1,\"lon\":1,\"count\":0," REST, LEE_ERR_DOMAIN, "count");
    refused("{\"lat\":1,\"lon\":1,\"count\":1001," REST, LEE_ERR_DOMAIN, "count");
    refused("{\"lat\":1,\"lon\":1,\"heading\":\"NNE\"," REST, LEE_ERR_DOMAIN, "heading");
    refused("{\"lat\":1,\"lon\":1,\"heading\":null," REST, LEE_ERR_SYNTAX, "heading");
    refused("{\"lat\":1,\"lon\":1,\"how\":\"seen\",\"what\":\"tank\"}", LEE_ERR_DOMAIN, "what");
    refused("{\"lat\":1,\"lon\":1,\"how\":\"felt\",\"what\":\"jet\"}", LEE_ERR_DOMAIN, "how");
    refused("{\"lat\":1,\"lon\":1,\"t_us\":1599523321234568," REST, LEE_ERR_DOMAIN, "t_us");
    refused("{\"lat\":1,\"lon\":1,\"t_us\":1599436861234566," REST, LEE_ERR_DOMAIN, "t_us");
    refused("{\"lat\":1,\"lon\":1,\"t_us\":-9223372036854775808," REST, LEE_ERR_DOMAIN, "t_us");
}

static void keys_that_could_name_an_observer_are_refused(void **state)
{
    (void)state;
    refused("{\"lat\":1,\"lon\":1,\"name\":\"x\"," REST, LEE_ERR_SYNTAX, NULL);
    refused("{\"lat\":1,\"lon\":1,\"id\":\"0123456789abcdef\"," REST, LEE_ERR_SYNTAX, NULL);
    refused("[]", LEE_ERR_SYNTAX, NULL);
    refused("", LEE_ERR_SYNTAX, NULL);
    refused("{\"lat\":1,\"lon\":1," REST "x", LEE_ERR_SYNTAX, NULL);
    char longest[LEE_SIGHTING_MAX_BYTES + 2];
    memset(longest, ' ', sizeof longest);
    longest[sizeof longest - 1] = '\0';
    refused(longest, LEE_ERR_LIMIT, NULL);
}

static void times_at_both_limits_are_taken(void **state)
{
    (void)state;
    (void)read("{\"lat\":1,\"lon\":1,\"t_us\":1599523321234567," REST);
    (void)read("{\"lat\":1,\"lon\":1,\"t_us\":1599436861234567," REST);
}

static void the_record_is_canonical_and_reads_back(void **state)
{
    (void)state;
    const lee_sighting s = read(good);
    lee_buffer out;
    lee_buffer_init(&out, 1024);
    lee_sighting_write_record(&s, 0x1f, &out);
    const char expected[] = "{\"id\":\"000000000000001f\",\"t_us\":1599523261000000,"
                            "\"lat\":36.2021,\"lon\":37.1343,\"what\":\"jet\",\"count\":2,"
                            "\"heading\":\"NE\",\"how\":\"heard\"}";
    assert_int_equal(out.length, sizeof expected - 1);
    assert_memory_equal(out.bytes, expected, out.length);
    lee_sighting again;
    uint64_t id = 0;
    lee_error_info error;
    assert_int_equal(lee_sighting_read_record(expected, sizeof expected - 1, &id, &again, &error),
                     LEE_OK);
    assert_true(id == 0x1f);
    assert_memory_equal(&again.point, &s.point, sizeof s.point);
    assert_true(again.t_us == s.t_us && again.what == s.what && again.count == s.count &&
                again.heading == s.heading && again.how == s.how);
    lee_buffer_free(&out);
}

static void the_public_form_holds_the_cell_and_the_minute(void **state)
{
    (void)state;
    const lee_sighting s = read(good);
    lee_buffer out;
    lee_buffer_init(&out, 1024);
    lee_sighting_write_public(&s, 1, &out);
    lee_buffer_char(&out, '\0');
    const char *text = (const char *)out.bytes;
    assert_non_null(strstr(text, "\"t_us\":1599523260000000"));
    assert_non_null(strstr(text, "\"area\":{\"lat\":36.25,\"lon\":"));
    assert_non_null(strstr(text, "\"grows_mps\":250"));
    assert_null(strstr(text, "36.2021"));
    assert_null(strstr(text, "37.13"));
    lee_buffer_reset(&out);
    lee_sighting_write_exact(&s, 1, &out);
    lee_buffer_char(&out, '\0');
    assert_non_null(strstr((const char *)out.bytes, "\"lat\":36.2021,\"lon\":37.1343"));
    lee_buffer_free(&out);
}

/* Ten thousand sightings from one roof, with the error of a phone: whatever an attacker makes of
 * the areas is made of the few cells that the phone's own error touches. */
static void ten_thousand_sightings_from_one_place_give_only_the_cell(void **state)
{
    (void)state;
    uint32_t seed = 7;
    for (int site = 0; site < 20; site++) {
        seed = seed * 1664525u + 1013904223u;
        const lee_point roof = {(int32_t)(seed % 1300000000u) - 650000000,
                                (int32_t)(site * INT64_C(170000000) - 1700000000)};
        lee_sighting s = {.point = roof};
        const lee_sighting_area cell = lee_sighting_snap(&s);
        for (int i = 0; i < 500; i++) {
            s.what = (lee_sighting_what)(i % LEE_SIGHTING_WHAT_COUNT);
            s.how = (lee_sighting_how)(i % LEE_SIGHTING_HOW_COUNT);
            s.heading = (lee_heading)(i % LEE_HEADING_COUNT);
            s.count = (uint32_t)(1 + i % 9);
            s.t_us = NOW_US + i * INT64_C(1234567);
            const lee_sighting_area area = lee_sighting_snap(&s);
            assert_memory_equal(&area.centre, &cell.centre, sizeof cell.centre);
        }
    }
}

static void every_place_of_a_cell_gives_that_cell_and_its_width_is_over_ten_kilometres(void **state)
{
    (void)state;
    static const int32_t lats_e7[] = {0,         330000001,  362021000, 600000000,
                                      700000000, -451234567, 845000000};
    for (size_t i = 0; i < sizeof lats_e7 / sizeof *lats_e7; i++) {
        lee_sighting s = {.point = {lats_e7[i], 371343000}};
        const lee_point centre = lee_sighting_snap(&s).centre;
        /* East and west until the cell changes: in steps of about 10 m. */
        int32_t east = 371343000;
        int32_t west = 371343000;
        for (s.point.lon_e7 = east; lee_sighting_snap(&s).centre.lon_e7 == centre.lon_e7;) {
            east = s.point.lon_e7;
            s.point.lon_e7 += 1000;
        }
        for (s.point.lon_e7 = west; lee_sighting_snap(&s).centre.lon_e7 == centre.lon_e7;) {
            west = s.point.lon_e7;
            s.point.lon_e7 -= 1000;
        }
        /* Metres a 1e-7 degree at 0, 33, 36.2, 60, 70, 45.1, 84.5 degrees, rounded down. */
        static const double metres_per_e7[] = {0.01113, 0.00933, 0.00898, 0.00556,
                                               0.00380, 0.00785, 0.00106};
        assert_true((double)(east - west) * metres_per_e7[i] > 10000.0);
        const int64_t middle = ((int64_t)east + west) / 2;
        assert_true(middle - centre.lon_e7 < 2000 && centre.lon_e7 - middle < 2000);
    }
}

static void the_ends_of_the_earth_have_cells_within_it(void **state)
{
    (void)state;
    static const lee_point ends[] = {{LEE_LAT_MAX_E7, LEE_LON_MAX_E7},
                                     {-LEE_LAT_MAX_E7, -LEE_LON_MAX_E7},
                                     {0, LEE_LON_MAX_E7},
                                     {0, -LEE_LON_MAX_E7}};
    for (size_t i = 0; i < 4; i++) {
        const lee_sighting s = {.point = ends[i]};
        const lee_sighting_area area = lee_sighting_snap(&s);
        assert_true(area.centre.lat_e7 >= -LEE_LAT_MAX_E7 && area.centre.lat_e7 <= LEE_LAT_MAX_E7);
        assert_true(area.centre.lon_e7 >= -LEE_LON_MAX_E7 && area.centre.lon_e7 <= LEE_LON_MAX_E7);
        assert_true(area.radius_m >= 15000 && area.radius_m < 60000);
    }
}

static void random_and_truncated_bodies_are_read_or_refused(void **state)
{
    (void)state;
    uint32_t seed = 99;
    char text[sizeof good];
    for (int round = 0; round < 30000; round++) {
        memcpy(text, good, sizeof good);
        const size_t length = (size_t)round % sizeof good;
        for (int change = 0; change < round % 4 && length > 0; change++) {
            seed = seed * 1664525u + 1013904223u;
            text[(seed >> 8) % length] = (char)(seed >> 24);
        }
        lee_sighting s;
        lee_error_info error = {0};
        if (lee_sighting_read(text, length, NOW_US, &s, &error) == LEE_OK) {
            assert_true(s.point.lat_e7 >= -LEE_LAT_MAX_E7 && s.point.lat_e7 <= LEE_LAT_MAX_E7);
            assert_true(s.count >= 1 && s.count <= LEE_SIGHTING_COUNT_MAX);
        } else {
            assert_non_null(error.reason);
        }
    }
}

static void who_told_it_is_a_number_of_the_record_alone(void **state)
{
    (void)state;
    lee_sighting s = read(good);
    s.by = LEE_SIGHTING_BY_MAX;
    lee_buffer out;
    lee_buffer_init(&out, 4096);
    lee_sighting_write_record(&s, 0x1f, &out);
    lee_buffer_char(&out, '\0');
    assert_non_null(strstr((const char *)out.bytes, ",\"by\":281474976710655,"));
    lee_sighting again;
    uint64_t id;
    lee_error_info error;
    assert_int_equal(
        lee_sighting_read_record((const char *)out.bytes, out.length - 1, &id, &again, &error),
        LEE_OK);
    assert_true(again.by == s.by);
    lee_buffer_reset(&out);
    lee_sighting_write_public(&s, 0x1f, &out);
    lee_sighting_write_exact(&s, 0x1f, &out);
    lee_buffer_char(&out, '\0');
    assert_null(strstr((const char *)out.bytes, "by"));
    lee_buffer_free(&out);
    refused("{\"how\":\"seen\",\"what\":\"drone\",\"lon\":-1,\"lat\":0,\"by\":5}", LEE_ERR_SYNTAX,
            NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sighting_is_read_field_by_field),
        cmocka_unit_test(what_may_be_absent_has_its_default),
        cmocka_unit_test(an_error_names_the_field),
        cmocka_unit_test(keys_that_could_name_an_observer_are_refused),
        cmocka_unit_test(times_at_both_limits_are_taken),
        cmocka_unit_test(who_told_it_is_a_number_of_the_record_alone),
        cmocka_unit_test(the_record_is_canonical_and_reads_back),
        cmocka_unit_test(the_public_form_holds_the_cell_and_the_minute),
        cmocka_unit_test(ten_thousand_sightings_from_one_place_give_only_the_cell),
        cmocka_unit_test(
            every_place_of_a_cell_gives_that_cell_and_its_width_is_over_ten_kilometres),
        cmocka_unit_test(the_ends_of_the_earth_have_cells_within_it),
        cmocka_unit_test(random_and_truncated_bodies_are_read_or_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
