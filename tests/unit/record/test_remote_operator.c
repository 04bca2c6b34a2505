#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "record/remote_operator.h"

#define WHOLE                                                                                      \
    "{\"t_us\":1700000000000000,\"feed\":2,\"target\":\"rid:A1\",\"location\":\"dynamic\","        \
    "\"operator_lat\":47.1111111,\"operator_lon\":-8.2222222,\"operator_alt_hae_m\":430.5,"        \
    "\"operator_id\":\"CHE-87astrdge12k8\"}"

static lee_remote_operator whole(void)
{
    lee_remote_operator said = {.t_us = INT64_C(1700000000000000),
                                .feed = 2,
                                .target = {"rid:A1"},
                                .location = LEE_OPERATOR_DYNAMIC};
    lee_remote_operator_put_place(&said, 471111111, -82222222);
    lee_remote_operator_put_alt(&said, 4305);
    lee_remote_operator_put_id(&said, (const uint8_t *)"CHE-87astrdge12k8\0\0\0", 20);
    return said;
}

static void assert_written(const lee_remote_operator *said, const char *expected)
{
    lee_buffer out;
    lee_buffer_init(&out, LEE_REMOTE_OPERATOR_MAX_BYTES);
    lee_remote_operator_write(said, &out);
    assert_int_equal(out.error, LEE_OK);
    assert_int_equal(out.length, strlen(expected));
    assert_memory_equal(out.bytes, expected, out.length);
    lee_buffer_free(&out);
}

static void what_is_written_is_read(void **state)
{
    (void)state;
    const lee_remote_operator said = whole();
    assert_written(&said, WHOLE);
    lee_remote_operator back;
    memset(&back, 0x5a, sizeof back);
    assert_int_equal(lee_remote_operator_read(WHOLE, strlen(WHOLE), &back), LEE_OK);
    assert_written(&back, WHOLE);
    lee_remote_operator named = {.t_us = 1, .target = {"rid:A1"}};
    lee_remote_operator_put_id(&named, (const uint8_t *)"X", 1);
    assert_written(&named, "{\"t_us\":1,\"feed\":0,\"target\":\"rid:A1\",\"operator_id\":\"X\"}");
}

/* F3411-22a: 0/0 and -1000 m are how nothing is said. */
static void what_is_unknown_or_none_is_not_known(void **state)
{
    (void)state;
    lee_remote_operator said = {.t_us = 1};
    lee_remote_operator_put_place(&said, 0, 0);
    lee_remote_operator_put_place(&said, 900000001, 0);
    lee_remote_operator_put_place(&said, -900000001, 0);
    lee_remote_operator_put_place(&said, 1, 1800000001);
    lee_remote_operator_put_place(&said, 1, -1800000001);
    lee_remote_operator_put_alt(&said, -10000);
    lee_remote_operator_put_alt(&said, 317676);
    lee_remote_operator_put_id(&said, (const uint8_t *)"   ", 3);
    assert_false(said.has_position || said.has_alt || lee_remote_operator_is_known(&said));
    lee_remote_operator_put_place(&said, 900000000, -1800000000);
    lee_remote_operator_put_alt(&said, -9995);
    assert_true(said.has_position && said.has_alt && lee_remote_operator_is_known(&said));
    lee_remote_operator_put_place(&said, 0, 1);
    lee_remote_operator_put_alt(&said, 317675);
    assert_int_equal(said.lat_e7, 0);
    assert_int_equal(said.alt_hae_m_e1, 317675);
}

static void an_identifier_that_is_no_text_is_in_hexadecimal(void **state)
{
    (void)state;
    lee_remote_operator said = {.t_us = 1};
    lee_remote_operator_put_id(&said, (const uint8_t *)"a\"b", 3);
    assert_string_equal(said.id, "x:612262");
    lee_remote_operator_put_id(&said, (const uint8_t *)"x:61", 4);
    assert_string_equal(said.id, "x:783a3631");
    uint8_t longest[20];
    memset(longest, 0xff, sizeof longest);
    lee_remote_operator_put_id(&said, longest, sizeof longest);
    assert_string_equal(said.id, "x:ffffffffffffffffffffffffffffffffffffffff");
}

static void what_is_no_such_record_is_refused(void **state)
{
    (void)state;
#define HEAD "\"t_us\":1,\"target\":\"rid:A1\""
#define PLACE "\"location\":\"fixed\",\"operator_lat\":1,\"operator_lon\":2"
    static const char good[] = "{" HEAD "," PLACE "}";
    static const struct {
        const char *text;
        lee_error error;
    } cases[] = {
        {"", LEE_ERR_SYNTAX},
        {"[]", LEE_ERR_SYNTAX},
        {"{" HEAD "," PLACE "} x", LEE_ERR_SYNTAX},
        {"{" HEAD "," PLACE, LEE_ERR_SYNTAX},
        {"{" HEAD "}", LEE_ERR_MISSING},
        {"{" HEAD ",\"operator_alt_hae_m\":5}", LEE_ERR_MISSING},
        {"{\"t_us\":1," PLACE "}", LEE_ERR_MISSING},
        {"{\"target\":\"rid:A1\"," PLACE "}", LEE_ERR_MISSING},
        {"{" HEAD ",\"operator_lat\":1,\"operator_lon\":2}", LEE_ERR_MISSING},
        {"{" HEAD ",\"location\":\"fixed\",\"operator_lat\":1,\"operator_id\":\"X\"}",
         LEE_ERR_MISSING},
        {"{" HEAD ",\"operator_alt_hae_m\":5,\"operator_id\":\"X\"}", LEE_ERR_MISSING},
        {"{" HEAD ",\"location\":\"fixed\",\"operator_lat\":90.1,\"operator_lon\":2,"
         "\"operator_id\":\"X\"}",
         LEE_ERR_DOMAIN},
        {"{" HEAD "," PLACE ",\"more\":1}", LEE_ERR_DOMAIN},
        {"{" HEAD "," PLACE ",\"operator_alt_hae_m\":-1000}", LEE_ERR_DOMAIN},
        {"{" HEAD ",\"operator_id\":\"a b\"}", LEE_ERR_DOMAIN},
        {"{" HEAD ",\"operator_id\":\"\"}", LEE_ERR_DOMAIN},
        {"{" HEAD ",\"operator_id\":5}", LEE_ERR_DOMAIN},
        {"{" HEAD ",\"location\":\"home\",\"operator_lat\":1,\"operator_lon\":2}", LEE_ERR_DOMAIN},
        {"{\"t_us\":1,\"target\":\"drone 1\"," PLACE "}", LEE_ERR_DOMAIN},
        {"{" HEAD ",\"feed\":65536," PLACE "}", LEE_ERR_DOMAIN},
        {"{" HEAD ",\"feed\":-1," PLACE "}", LEE_ERR_DOMAIN},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        lee_remote_operator out = whole();
        const lee_error error =
            lee_remote_operator_read(cases[i].text, strlen(cases[i].text), &out);
        if (error != cases[i].error) {
            fail_msg("%s: %d", cases[i].text, error);
        }
        assert_written(&out, WHOLE);
    }
    lee_remote_operator out;
    assert_int_equal(lee_remote_operator_read(good, strlen(good), &out), LEE_OK);
    char padded[LEE_REMOTE_OPERATOR_MAX_BYTES + 1];
    memset(padded, ' ', sizeof padded);
    memcpy(padded, good, strlen(good));
    assert_int_equal(lee_remote_operator_read(padded, sizeof padded - 1, &out), LEE_OK);
    assert_int_equal(lee_remote_operator_read(padded, sizeof padded, &out), LEE_ERR_SYNTAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(what_is_unknown_or_none_is_not_known),
        cmocka_unit_test(an_identifier_that_is_no_text_is_in_hexadecimal),
        cmocka_unit_test(what_is_no_such_record_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
