#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "zone/alt_text.h"
#include "zone/openair_coord.h"

static void altitudes_are_read_in_the_forms_seen(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        lee_alt_limit_kind kind;
        int32_t ft;
        lee_alt_ref ref;
        uint32_t oddities;
    } cases[] = {
        {"GND", LEE_LIMIT_SFC, 0, LEE_ALT_STD, 0},
        {"SFC", LEE_LIMIT_SFC, 0, LEE_ALT_STD, LEE_ALT_TEXT_SPELLING},
        {"UNL", LEE_LIMIT_UNL, 0, LEE_ALT_STD, 0},
        {"unlimited", LEE_LIMIT_UNL, 0, LEE_ALT_STD, LEE_ALT_TEXT_SPELLING},
        {"FL095", LEE_LIMIT_VALUE, 9500, LEE_ALT_STD, 0},
        {"FL 95", LEE_LIMIT_VALUE, 9500, LEE_ALT_STD, LEE_ALT_TEXT_SPELLING},
        {"2500ft AMSL", LEE_LIMIT_VALUE, 2500, LEE_ALT_MSL, 0},
        {"2000 MSL", LEE_LIMIT_VALUE, 2000, LEE_ALT_MSL, LEE_ALT_TEXT_NO_UNIT},
        {"5500ALT", LEE_LIMIT_VALUE, 5500, LEE_ALT_MSL,
         LEE_ALT_TEXT_NO_UNIT | LEE_ALT_TEXT_SPELLING},
        {"19501ft STD", LEE_LIMIT_VALUE, 19501, LEE_ALT_STD, LEE_ALT_TEXT_SPELLING},
        {"150M AGL", LEE_LIMIT_VALUE, 492, LEE_ALT_AGL, LEE_ALT_TEXT_METRES},
        {"1607.611551ft AMSL", LEE_LIMIT_VALUE, 1608, LEE_ALT_MSL, LEE_ALT_TEXT_ROUNDED},
        {"3000", LEE_LIMIT_VALUE, 3000, LEE_ALT_MSL, LEE_ALT_TEXT_GUESSED},
        {"F 3000", LEE_LIMIT_VALUE, 3000, LEE_ALT_MSL, LEE_ALT_TEXT_NO_REF | LEE_ALT_TEXT_SPELLING},
        {"0 AGL", LEE_LIMIT_VALUE, 0, LEE_ALT_AGL, LEE_ALT_TEXT_NO_UNIT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lee_alt_limit limit;
        uint32_t oddities = 0;
        const char *text = cases[i].text;
        assert_int_equal(lee_alt_text_parse(text, strlen(text), &limit, &oddities), LEE_OK);
        assert_int_equal(limit.kind, cases[i].kind);
        assert_int_equal(limit.alt.ft, cases[i].ft);
        assert_int_equal(limit.alt.ref, cases[i].ref);
        assert_int_equal(oddities, cases[i].oddities);
    }
}

static void what_is_no_altitude_is_an_error(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        lee_error error;
    } cases[] = {
        {"", LEE_ERR_SYNTAX},
        {"FL", LEE_ERR_MISSING},
        {"high", LEE_ERR_SYNTAX},
        {"3000 ft m", LEE_ERR_SYNTAX},
        {"30-40", LEE_ERR_SYNTAX},
        {"FL95 AGL", LEE_ERR_SYNTAX},
        {"99999999 ft MSL", LEE_ERR_DOMAIN},
        {"9999999999 ft", LEE_ERR_SYNTAX},
        {"FL99999", LEE_ERR_DOMAIN},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lee_alt_limit limit;
        uint32_t oddities = 0;
        const char *text = cases[i].text;
        assert_int_equal(lee_alt_text_parse(text, strlen(text), &limit, &oddities), cases[i].error);
    }
}

static void coordinates_are_exact_to_the_last_digit(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        lee_error error;
        int32_t lat_e7;
        int32_t lon_e7;
        uint32_t oddities;
    } cases[] = {
        {"52:22:39 N 013:08:15 E", LEE_OK, 523775000, 131375000, 0},
        {"29:58.917 N 081:59.533 W", LEE_OK, 299819500, -819922167, 0},
        {"45.5N 7.25E", LEE_OK, 455000000, 72500000, 0},
        {"N45:30 E007:15", LEE_OK, 455000000, 72500000, 0},
        {"265644.00N 0500434.00E", LEE_OK, 269455556, 500761111, LEE_COORD_PACKED},
        {"42:00:60 S 001:00:60.0 W", LEE_OK, -420166667, -10166667, LEE_COORD_SIXTY},
        {"31:45:06 S 18:41.3712 E", LEE_OK, -317516667, 186895200, LEE_COORD_MIXED},
        {"90:0:0 N 180:0:0 W", LEE_OK, 900000000, -1800000000, 0},
        {"90:0:1 N 180:0:0 W", LEE_ERR_DOMAIN, 0, 0, 0},
        {"52:61:00 N 013:08:15 E", LEE_ERR_DOMAIN, 0, 0, 0},
        {"52:22:39 013:08:15", LEE_ERR_SYNTAX, 0, 0, 0},
        {"45:49:51 N 008:42:", LEE_ERR_SYNTAX, 0, 0, 0},
        {"45:49:51 E 008:42:00 N", LEE_ERR_SYNTAX, 0, 0, 0},
        {"", LEE_ERR_SYNTAX, 0, 0, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lee_point point = {0};
        uint32_t oddities = 0;
        const char *at = cases[i].text;
        assert_int_equal(lee_openair_coord_parse(&at, at + strlen(at), &point, &oddities),
                         cases[i].error);
        if (cases[i].error == LEE_OK) {
            assert_int_equal(point.lat_e7, cases[i].lat_e7);
            assert_int_equal(point.lon_e7, cases[i].lon_e7);
            assert_int_equal(oddities, cases[i].oddities);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(altitudes_are_read_in_the_forms_seen),
        cmocka_unit_test(what_is_no_altitude_is_an_error),
        cmocka_unit_test(coordinates_are_exact_to_the_last_digit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
