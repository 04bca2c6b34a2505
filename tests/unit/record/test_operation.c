#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "record/operation.h"

static lee_error read(const char *text, lee_operation *out, lee_error_info *why)
{
    return lee_operation_read(text, strlen(text), out, why);
}

static void assert_refused(const char *text, lee_error code, const char *field)
{
    lee_operation operation = {.op = LEE_OP_PERMIT};
    lee_error_info why;
    assert_int_equal(read(text, &operation, &why), code);
    assert_string_equal(why.field, field);
    assert_int_equal(operation.op, LEE_OP_PERMIT);
}

static void each_operation_is_read(void **state)
{
    (void)state;
    lee_operation o;
    lee_error_info why;
    assert_int_equal(read("{\"op\":\"acknowledge\",\"incident\":\"00000000000000ff\",\"by\":\"A\","
                          "\"note\":\"n\",\"for_s\":3600,\"t_us\":5}",
                          &o, &why),
                     LEE_OK);
    assert_int_equal(o.op, LEE_OP_ACKNOWLEDGE);
    assert_int_equal(o.incident, 255);
    assert_int_equal(o.for_s, 3600);
    assert_string_equal(o.by, "A");
    assert_int_equal(read("{\"op\":\"inhibit\",\"id\":\"i\",\"target\":\"icao24:4b1815\",\"for_s\":"
                          "86400,\"t_us\":5}",
                          &o, &why),
                     LEE_OK);
    assert_string_equal(o.target.text, "icao24:4b1815");
    assert_string_equal(o.zone, "");
    assert_int_equal(read("{\"op\":\"end_inhibition\",\"id\":\"i\",\"t_us\":5}", &o, &why), LEE_OK);
    assert_int_equal(read("{\"op\":\"permit\",\"permit\":{\"id\":\"p\"},\"t_us\":5}", &o, &why),
                     LEE_OK);
    assert_memory_equal(o.permit, "{\"id\":\"p\"}", o.permit_length);
    assert_int_equal(
        read("{\"op\":\"permit_step\",\"id\":\"p\",\"state\":\"refused\",\"t_us\":5}", &o, &why),
        LEE_OK);
    assert_string_equal(o.state, "refused");
}

static void an_inhibition_has_a_subject_and_an_end(void **state)
{
    (void)state;
    assert_refused("{\"op\":\"inhibit\",\"id\":\"i\",\"for_s\":5,\"t_us\":5}", LEE_ERR_MISSING,
                   "zone");
    assert_refused("{\"op\":\"inhibit\",\"id\":\"i\",\"zone\":\"\",\"for_s\":5,\"t_us\":5}",
                   LEE_ERR_MISSING, "zone");
    assert_refused("{\"op\":\"inhibit\",\"id\":\"i\",\"zone\":\"z\",\"t_us\":5}", LEE_ERR_MISSING,
                   "for_s");
    assert_refused("{\"op\":\"inhibit\",\"id\":\"i\",\"zone\":\"z\",\"for_s\":86401,\"t_us\":5}",
                   LEE_ERR_DOMAIN, "for_s");
    assert_refused("{\"op\":\"inhibit\",\"id\":\"i\",\"target\":\"nobody\",\"for_s\":9,\"t_us\":5}",
                   LEE_ERR_DOMAIN, "target");
}

static void what_is_not_whole_is_refused(void **state)
{
    (void)state;
    assert_refused("", LEE_ERR_SYNTAX, "op");
    assert_refused("{\"op\":\"inhibit\"", LEE_ERR_SYNTAX, "op");
    assert_refused("{\"by\":\"x\"}", LEE_ERR_MISSING, "op");
    assert_refused("{\"op\":\"mute\",\"t_us\":5}", LEE_ERR_UNSUPPORTED, "op");
    assert_refused("{\"op\":\"acknowledge\",\"incident\":\"00000000000000ff\"}", LEE_ERR_MISSING,
                   "t_us");
    assert_refused("{\"op\":\"acknowledge\",\"incident\":\"FF\",\"t_us\":5}", LEE_ERR_DOMAIN,
                   "incident");
    assert_refused("{\"op\":\"permit\",\"permit\":\"p\",\"t_us\":5}", LEE_ERR_DOMAIN, "permit");
    assert_refused("{\"op\":\"permit_step\",\"id\":\"p\",\"t_us\":5}", LEE_ERR_MISSING, "state");
}

static void what_a_later_member_takes_back_is_not_there(void **state)
{
    (void)state;
    assert_refused(
        "{\"op\":\"inhibit\",\"id\":\"i\",\"zone\":\"z\",\"zone\":\"\",\"for_s\":5,\"t_us\":5}",
        LEE_ERR_MISSING, "zone");
    assert_refused("{\"op\":\"end_inhibition\",\"id\":\"i\",\"id\":\"\",\"t_us\":5}",
                   LEE_ERR_MISSING, "id");
}

static void an_incident_in_escapes_is_as_long_as_what_they_stand_for(void **state)
{
    (void)state;
    assert_refused("{\"op\":\"acknowledge\",\"incident\":\"\\u0030\\u00301234\",\"t_us\":5}",
                   LEE_ERR_DOMAIN, "incident");
}

static void a_text_that_is_not_utf8_is_refused(void **state)
{
    (void)state;
    assert_refused("{\"op\":\"end_inhibition\",\"id\":\"i\",\"note\":\"\xd4\xd4\",\"t_us\":5}",
                   LEE_ERR_DOMAIN, "note");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_operation_is_read),
        cmocka_unit_test(an_inhibition_has_a_subject_and_an_end),
        cmocka_unit_test(what_is_not_whole_is_refused),
        cmocka_unit_test(a_text_that_is_not_utf8_is_refused),
        cmocka_unit_test(what_a_later_member_takes_back_is_not_there),
        cmocka_unit_test(an_incident_in_escapes_is_as_long_as_what_they_stand_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
