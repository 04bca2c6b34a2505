#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "zone/permit_file.h"

typedef struct {
    int count;
    uint32_t line;
    lee_error code;
    const char *field;
} refusals;

static void on_refusal(void *context, const lee_permit_finding *finding)
{
    refusals *into = context;
    into->count++;
    into->line = finding->line;
    into->code = finding->code;
    into->field = finding->field;
}

static lee_permit_file *read_text(const char *text, refusals *into)
{
    lee_permit_file *file = NULL;
    uint32_t refused = 0;
    *into = (refusals){0};
    assert_int_equal(
        lee_permit_file_read("p.jsonl", text, strlen(text), on_refusal, into, &refused, &file),
        LEE_OK);
    assert_int_equal(refused, into->count);
    return file;
}

static void permits_are_read_and_written_back_the_same(void **state)
{
    (void)state;
    const char *text =
        "{\"id\":\"p1\",\"target\":\"callsign:UNO*\",\"zones\":[\"a\",\"b\"],"
        "\"from\":\"2024-01-01T00:00:00Z\",\"to\":\"2024-01-02T00:00:00+01:00\",\"floor\":\"SFC\","
        "\"ceiling\":{\"value\":1000,\"unit\":\"m\",\"ref\":\"AGL\"},\"granted_by\":\"ops\","
        "\"conditions\":{\"report_every_s\":600,\"no_stop_s\":60,\"note\":\"x\"}}\r\n\n"
        "{\"id\":\"p2\",\"target\":\"icao24:4b1815\",\"zones\":\"*\"}\n"
        "{\"id\":\"p3\",\"target\":\"registration:D-E*\",\"zones\":[\"a\"],"
        "\"track\":{\"from_deg\":350,\"to_deg\":10},"
        "\"route\":{\"points\":[[10,50],[10.5,50.5],[11,50]],\"half_width_m\":500},"
        "\"steps\":[{\"state\":\"requested\",\"by\":\"carrier\",\"at\":\"2024-01-01T00:00:00Z\"},"
        "{\"state\":\"granted\",\"by\":\"north\",\"at\":\"2024-01-01T00:10:00Z\",\"note\":\"by "
        "day\"}],"
        "\"needs\":[\"north\"],\"conditions\":{\"stay_within\":true}}\n"
        "{\"id\":\"p4\",\"target\":\"unit:ambulance*\",\"zones\":[\"a\"],\"duty\":\"be_present\","
        "\"absent_after_s\":300}";
    refusals found;
    lee_permit_file *file = read_text(text, &found);
    const lee_permit_list *list = lee_permit_file_list(file);
    assert_int_equal(list->count, 4);
    assert_int_equal(list->permits[0].match, LEE_PERMIT_CALLSIGN);
    assert_int_equal(list->permits[0].zone_count, 2);
    assert_int_equal(list->permits[0].to_us, INT64_C(1704150000000000));
    assert_int_equal(list->permits[0].ceiling.alt.ft, 3281);
    assert_string_equal(list->permits[0].conditions,
                        "{\"no_stop_s\":60,\"note\":\"x\",\"report_every_s\":600}");
    assert_int_equal(list->permits[1].from_us, INT64_MIN);
    assert_int_equal(list->permits[1].ceiling.kind, LEE_LIMIT_UNL);
    assert_string_equal(list->permits[1].zones[0], "*");
    assert_int_equal(list->permits[0].asks.stop_s, 60);
    assert_int_equal(list->permits[0].asks.report_s, 600);
    assert_int_equal(list->permits[2].match, LEE_PERMIT_REGISTRATION);
    assert_int_equal(list->permits[2].track_from_deg, 350);
    assert_int_equal(list->permits[2].route.rings[0].count, 4);
    assert_int_equal(list->permits[2].route.rings[0].points[3].lon_e7, 105000000);
    assert_int_equal(list->permits[2].steps[1].state, LEE_PERMIT_GRANTED);
    assert_string_equal(list->permits[2].steps[1].note, "by day");
    assert_string_equal(list->permits[2].needs[0], "north");
    assert_true(list->permits[2].asks.stay);
    assert_int_equal(list->permits[3].match, LEE_PERMIT_PREFIX);
    assert_int_equal(list->permits[3].duty, LEE_DUTY_PRESENT);
    assert_int_equal(list->permits[3].absent_after_s, 300);
    lee_buffer first;
    lee_buffer second;
    lee_buffer_init(&first, 1 << 20);
    lee_buffer_init(&second, 1 << 20);
    lee_permit_write(list, "\n", &first);
    lee_buffer_char(&first, '\0');
    lee_permit_file *again = read_text((const char *)first.bytes, &found);
    assert_int_equal(found.count, 0);
    lee_permit_write(lee_permit_file_list(again), "\n", &second);
    lee_buffer_char(&second, '\0');
    assert_string_equal((const char *)first.bytes, (const char *)second.bytes);
    lee_buffer_free(&first);
    lee_buffer_free(&second);
    lee_permit_file_free(file);
    lee_permit_file_free(again);
}

static void faults_name_their_line_and_field(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        const char *field;
        lee_error code;
    } cases[] = {
        {"nonsense", NULL, LEE_ERR_SYNTAX},
        {"[]", NULL, LEE_ERR_SYNTAX},
        {"{\"target\":\"mmsi:1\",\"zones\":\"*\"}", "id", LEE_ERR_MISSING},
        {"{\"id\":\"x\",\"zones\":\"*\"}", "target", LEE_ERR_MISSING},
        {"{\"id\":\"x\",\"target\":\"callsign:A*B\",\"zones\":\"*\"}", "target", LEE_ERR_DOMAIN},
        {"{\"id\":\"x\",\"target\":\"squawk:7800\",\"zones\":\"*\"}", "target", LEE_ERR_DOMAIN},
        {"{\"id\":\"x\",\"target\":\"class:Z9\",\"zones\":\"*\"}", "target", LEE_ERR_DOMAIN},
        {"{\"id\":\"x\",\"target\":\"squawk:7000\"}", "zones", LEE_ERR_MISSING},
        {"{\"id\":\"x\",\"target\":\"squawk:7000\",\"zones\":[\"a\",\"*\"]}", "zones",
         LEE_ERR_DOMAIN},
        {"{\"id\":\"x\",\"target\":\"squawk:7000\",\"zones\":\"*\",\"from\":5}", "from",
         LEE_ERR_DOMAIN},
        {"{\"id\":\"x\",\"target\":\"squawk:7000\",\"zones\":\"*\",\"ceiling\":\"SFC\"}", "ceiling",
         LEE_ERR_DOMAIN},
        {"{\"id\":\"x\",\"target\":\"squawk:7000\",\"zones\":\"*\",\"until\":1}", NULL,
         LEE_ERR_DOMAIN},
        {"{\"id\":\"ok\",\"target\":\"squawk:7000\",\"zones\":\"*\"}", "id", LEE_ERR_DUPLICATE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[512] = "{\"id\":\"ok\",\"target\":\"squawk:7000\",\"zones\":\"*\"}\n";
        strncat(text, cases[i].line, sizeof text - strlen(text) - 1);
        refusals found;
        lee_permit_file *file = read_text(text, &found);
        assert_int_equal(found.count, 1);
        assert_int_equal(found.line, 2);
        assert_int_equal(found.code, cases[i].code);
        if (cases[i].field) {
            assert_string_equal(found.field, cases[i].field);
        } else {
            assert_null(found.field);
        }
        assert_int_equal(lee_permit_file_list(file)->count, 1);
        lee_permit_file_free(file);
    }
}

static void an_empty_file_has_no_permits(void **state)
{
    (void)state;
    refusals found;
    lee_permit_file *file = read_text("", &found);
    assert_int_equal(lee_permit_file_list(file)->count, 0);
    lee_permit_file_free(file);
}

static void what_a_permit_may_not_ask_is_refused_with_its_field(void **state)
{
    (void)state;
    static const struct {
        const char *rest;
        const char *field;
    } cases[] = {
        {"\"conditions\":{\"max_speed_kt\":5}", "conditions"},
        {"\"conditions\":{\"no_stop_s\":0}", "no_stop_s"},
        {"\"conditions\":{\"no_stop_s\":\"60\"}", "no_stop_s"},
        {"\"track\":{\"from_deg\":0,\"to_deg\":360}", "to_deg"},
        {"\"track\":{\"from_deg\":0}", "track"},
        {"\"route\":{\"points\":[[10,50]],\"half_width_m\":5}", "route"},
        {"\"route\":{\"points\":[[10,50],[10,91]],\"half_width_m\":5}", "route"},
        {"\"route\":{\"points\":[[10,50],[10,51]],\"half_width_m\":0}", "half_width_m"},
        {"\"steps\":[]", "steps"},
        {"\"steps\":[{\"state\":\"granted\",\"at\":\"2024-01-01T00:00:00Z\"}]", "steps"},
        {"\"steps\":[{\"state\":\"waved\",\"by\":\"x\",\"at\":\"2024-01-01T00:00:00Z\"}]", "steps"},
        {"\"steps\":[{\"state\":\"granted\",\"by\":\"x\",\"at\":\"2024-01-02T00:00:00Z\"},"
         "{\"state\":\"granted\",\"by\":\"x\",\"at\":\"2024-01-01T00:00:00Z\"}]",
         "steps"},
        {"\"needs\":[]", "needs"},
        {"\"duty\":\"dance\"", "duty"},
        {"\"absent_after_s\":5", "absent_after_s"},
        {"\"duty\":\"be_present\",\"zones\":\"*\"", "zones"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[512];
        const bool own_zones = strstr(cases[i].rest, "\"zones\"") != NULL;
        snprintf(text, sizeof text, "{\"id\":\"p\",\"target\":\"squawk:7000\",%s%s}",
                 own_zones ? "" : "\"zones\":[\"a\"],", cases[i].rest);
        refusals found;
        lee_permit_file_free(read_text(text, &found));
        assert_int_equal(found.count, 1);
        assert_string_equal(found.field, cases[i].field);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(permits_are_read_and_written_back_the_same),
        cmocka_unit_test(faults_name_their_line_and_field),
        cmocka_unit_test(an_empty_file_has_no_permits),
        cmocka_unit_test(what_a_permit_may_not_ask_is_refused_with_its_field),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
