#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "app/session.h"

static void a_session_reads_back(void **state)
{
    (void)state;
    lee_session session;
    lee_session_default(&session);
    memcpy(session.version, "0.1.0", 6);
    memcpy(session.web, "http://example.org/\"x\"", 23);
    session.has_site = true;
    session.site = (lee_point){-335000001, 1800000000};
    session.exercise = true;
    session.watch.qnh_hpa_e1 = 9876;
    session.identifier_key[0] = UINT64_C(0xfedcba9876543210);
    session.identifier_key[1] = 7;
    session.seq_before = 99;
    lee_buffer first;
    lee_buffer_init(&first, 65536);
    lee_session_write(&session, &first);
    lee_session again;
    lee_error_info why;
    assert_int_equal(lee_session_read(first.bytes, first.length, &again, &why), LEE_OK);
    assert_int_equal(again.site.lat_e7, -335000001);
    assert_int_equal(again.watch.qnh_hpa_e1, 9876);
    assert_true(again.identifier_key[0] == session.identifier_key[0]);
    lee_buffer second;
    lee_buffer_init(&second, 65536);
    lee_session_write(&again, &second);
    assert_int_equal(first.length, second.length);
    assert_memory_equal(first.bytes, second.bytes, first.length);
    lee_buffer_free(&first);
    lee_buffer_free(&second);
}

static void wrong_values_are_refused(void **state)
{
    (void)state;
    const char *const wrong[] = {"",
                                 "[]",
                                 "{\"qnh_hpa_e1\":1}",
                                 "{\"exercise\":1}",
                                 "{\"identifier_key_0\":\"xyz\"}",
                                 "{\"site_lat\":91,\"site_lon\":0}",
                                 "{\"tracks_max\":99999999}",
                                 "{\"sender\":7}",
                                 "{} {}"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        lee_session session = {.seq_before = 5};
        lee_error_info why;
        assert_true(lee_session_read((const uint8_t *)wrong[i], strlen(wrong[i]), &session, &why) !=
                    LEE_OK);
        assert_int_equal(session.seq_before, 5);
        assert_non_null(why.reason);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_session_reads_back),
        cmocka_unit_test(wrong_values_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
