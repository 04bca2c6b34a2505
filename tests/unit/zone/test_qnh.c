#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/time_text.h"
#include "zone/qnh_file.h"

#define ZURICH                                                                                     \
    "{\"id\":\"LSZH\",\"lat\":47.458,\"lon\":8.548,\"radius_m\":60000,"                            \
    "\"from\":\"2024-06-06T08:00:00Z\",\"to\":\"2024-06-06T10:00:00Z\",\"qnh_hpa\":1016"

static const int64_t eight_us = INT64_C(1717660800) * LEE_US_PER_S;

static lee_error read(const char *text, lee_qnh *out, lee_error_info *why)
{
    return lee_qnh_read(text, strlen(text), out, why);
}

static void a_statement_is_read_and_written_alike(void **state)
{
    (void)state;
    lee_qnh qnh;
    lee_qnh again;
    lee_error_info why;
    assert_int_equal(read(ZURICH ",\"error_hpa\":0.5}", &qnh, &why), LEE_OK);
    assert_string_equal(qnh.id, "LSZH");
    assert_int_equal(qnh.point.lat_e7, 474580000);
    assert_int_equal(qnh.qnh_hpa_e1, 10160);
    assert_int_equal(qnh.error_hpa_e1, 5);
    assert_true(qnh.from_us == eight_us);
    lee_buffer text;
    lee_buffer_init(&text, 4096);
    lee_qnh_write(&qnh, &text);
    assert_int_equal(lee_qnh_read((const char *)text.bytes, text.length, &again, &why), LEE_OK);
    assert_int_equal(again.point.lon_e7, qnh.point.lon_e7);
    assert_int_equal(again.radius_m, qnh.radius_m);
    assert_int_equal(again.error_hpa_e1, 5);
    assert_true(again.to_us == qnh.to_us);
    lee_buffer_free(&text);
}

static void what_is_wrong_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        lee_error error;
        const char *field;
    } cases[] = {
        {"[]", LEE_ERR_SYNTAX, "qnh"},
        {ZURICH, LEE_ERR_SYNTAX, "qnh"},
        {ZURICH ",\"qnh\":1}", LEE_ERR_DOMAIN, "qnh"},
        {ZURICH ",\"error_hpa\":0}", LEE_ERR_DOMAIN, "error_hpa"},
        {ZURICH ",\"radius_m\":1000001}", LEE_ERR_DOMAIN, "radius_m"},
        {ZURICH ",\"qnh_hpa\":849.9}", LEE_ERR_DOMAIN, "qnh_hpa"},
        {ZURICH ",\"lat\":90.1}", LEE_ERR_DOMAIN, "lat"},
        {ZURICH ",\"to\":\"2024-06-06T08:00:00Z\"}", LEE_ERR_DOMAIN, "to"},
        {ZURICH ",\"to\":\"2024-06-06T10:00:00\"}", LEE_ERR_DOMAIN, "to"},
        {ZURICH ",\"id\":\"\"}", LEE_ERR_DOMAIN, "id"},
        {"{\"id\":\"a\",\"lat\":1,\"lon\":2,\"radius_m\":3,\"qnh_hpa\":1000,"
         "\"from\":\"2024-06-06T08:00:00Z\"}",
         LEE_ERR_MISSING, "to"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        lee_qnh qnh;
        lee_error_info why;
        assert_int_equal(read(cases[i].text, &qnh, &why), cases[i].error);
        assert_string_equal(why.field, cases[i].field);
        assert_non_null(why.reason);
    }
}

static void count(void *context, const lee_qnh *qnh)
{
    (void)qnh;
    ++*(int *)context;
}

static void a_file_names_the_line_that_is_wrong(void **state)
{
    (void)state;
    static const char good[] = ZURICH "}\r\n\n" ZURICH "}";
    static const char bad[] = ZURICH "}\n" ZURICH "}\n{}\n";
    int told = 0;
    lee_error_info why;
    assert_int_equal(lee_qnh_file_read(good, sizeof good - 1, count, &told, &why), LEE_OK);
    assert_int_equal(told, 2);
    assert_int_equal(lee_qnh_file_read(bad, sizeof bad - 1, count, &told, &why), LEE_ERR_MISSING);
    assert_int_equal(why.line, 3);
}

static lee_qnh at(const char *id, double lat, int32_t radius_m, int32_t hpa)
{
    lee_qnh qnh = {.point = {(int32_t)(lat * 1e7), 0},
                   .radius_m = radius_m,
                   .qnh_hpa_e1 = hpa * 10,
                   .error_hpa_e1 = 10,
                   .from_us = 100,
                   .to_us = 200};
    memcpy(qnh.id, id, strlen(id) + 1);
    return qnh;
}

static int32_t find(const lee_qnh_table *table, double lat, int64_t t_us)
{
    const lee_qnh *const found =
        lee_qnh_table_find(table, (lee_point){(int32_t)(lat * 1e7), 0}, t_us);
    return found ? found->qnh_hpa_e1 / 10 : 0;
}

static void the_nearest_of_those_that_hold_there_and_then_counts(void **state)
{
    (void)state;
    lee_qnh_table *const table = lee_qnh_table_create();
    lee_qnh qnh = at("wide", 10.0, 200000, 1010);
    assert_int_equal(lee_qnh_table_put(table, &qnh, 0), LEE_OK);
    qnh = at("near", 11.0, 50000, 1020);
    assert_int_equal(lee_qnh_table_put(table, &qnh, 0), LEE_OK);
    assert_int_equal(find(table, 11.0, 100), 1020);
    assert_int_equal(find(table, 10.4, 100), 1010);
    assert_int_equal(find(table, 10.56, 100), 1020); /* within 50 km, and nearer than the other */
    assert_int_equal(find(table, 12.0, 100), 0);
    assert_int_equal(find(table, 11.0, 99), 0);
    assert_int_equal(find(table, 11.0, 199), 1020);
    assert_int_equal(find(table, 11.0, 200), 0);
    lee_qnh_table_free(table);
}

static void the_same_id_is_stated_anew_and_what_ended_makes_room(void **state)
{
    (void)state;
    lee_qnh_table *const table = lee_qnh_table_create();
    uint32_t there = 0;
    lee_qnh qnh = at("a", 10.0, 1000, 1010);
    assert_int_equal(lee_qnh_table_put(table, &qnh, 0), LEE_OK);
    qnh.qnh_hpa_e1 = 10110;
    assert_int_equal(lee_qnh_table_put(table, &qnh, 0), LEE_OK);
    (void)lee_qnh_table_all(table, &there);
    assert_int_equal(there, 1);
    assert_int_equal(find(table, 10.0, 100), 1011);
    for (uint32_t i = 1; i < LEE_QNH_STATEMENTS_MAX; i++) {
        memcpy(qnh.id, &i, sizeof i);
        qnh.id[0] |= 1;
        qnh.id[1] |= 1;
        qnh.id[2] = (char)(1 + i % 8);
        qnh.id[3] = (char)(1 + i / 8 % 127);
        qnh.id[4] = (char)(1 + i / 1016);
        qnh.id[5] = '\0';
        assert_int_equal(lee_qnh_table_put(table, &qnh, 0), LEE_OK);
    }
    qnh = at("one more", 10.0, 1000, 1010);
    (void)lee_qnh_table_all(table, &there);
    assert_int_equal(there, LEE_QNH_STATEMENTS_MAX);
    assert_int_equal(lee_qnh_table_put(table, &qnh, 199), LEE_ERR_LIMIT);
    assert_int_equal(lee_qnh_table_put(table, &qnh, 200), LEE_OK);
    lee_qnh_table_free(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_statement_is_read_and_written_alike),
        cmocka_unit_test(what_is_wrong_is_named),
        cmocka_unit_test(a_file_names_the_line_that_is_wrong),
        cmocka_unit_test(the_nearest_of_those_that_hold_there_and_then_counts),
        cmocka_unit_test(the_same_id_is_stated_anew_and_what_ended_makes_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
