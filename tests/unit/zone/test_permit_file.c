#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
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
        "\"conditions\":{\"b\":1,\"a\":[2]}}\r\n\n"
        "{\"id\":\"p2\",\"target\":\"icao24:4b1815\",\"zones\":\"*\"}";
    refusals found;
    lee_permit_file *file = read_text(text, &found);
    const lee_permit_list *list = lee_permit_file_list(file);
    assert_int_equal(list->count, 2);
    assert_int_equal(list->permits[0].match, LEE_PERMIT_CALLSIGN);
    assert_int_equal(list->permits[0].zone_count, 2);
    assert_int_equal(list->permits[0].to_us, INT64_C(1704150000000000));
    assert_int_equal(list->permits[0].ceiling.alt.ft, 3281);
    assert_string_equal(list->permits[0].conditions, "{\"a\":[2],\"b\":1}");
    assert_int_equal(list->permits[1].from_us, INT64_MIN);
    assert_int_equal(list->permits[1].ceiling.kind, LEE_LIMIT_UNL);
    assert_string_equal(list->permits[1].zones[0], "*");
    lee_buffer first;
    lee_buffer second;
    lee_buffer_init(&first, 1 << 20);
    lee_buffer_init(&second, 1 << 20);
    lee_permit_write(list, &first);
    lee_buffer_char(&first, '\0');
    lee_permit_file *again = read_text((const char *)first.bytes, &found);
    assert_int_equal(found.count, 0);
    lee_permit_write(lee_permit_file_list(again), &second);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(permits_are_read_and_written_back_the_same),
        cmocka_unit_test(faults_name_their_line_and_field),
        cmocka_unit_test(an_empty_file_has_no_permits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
