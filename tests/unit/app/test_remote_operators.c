#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "app/remote_operators.h"

#define S INT64_C(1000000)
#define T0 (INT64_C(1700000000) * S)

static int setup(void **state)
{
    *state = calloc(1, sizeof(lee_remote_operators));
    return *state ? 0 : -1;
}

static int teardown(void **state)
{
    free(*state);
    return 0;
}

static lee_remote_operator said_by(unsigned drone, int32_t lat_e7, const char *id)
{
    lee_remote_operator said = {.t_us = T0};
    (void)snprintf(said.target.text, sizeof said.target.text, "rid:D%u", drone);
    lee_remote_operator_put_place(&said, lat_e7, 5);
    lee_remote_operator_put_id(&said, (const uint8_t *)id, strlen(id));
    return said;
}

/* 0: nothing is recorded; 1: the position, 2: the identifier, 3: both. */
static int taken(lee_remote_operators *table, unsigned drone, int32_t lat_e7, const char *id,
                 int64_t now_us)
{
    lee_remote_operator said = said_by(drone, lat_e7, id);
    if (!lee_remote_operators_take(table, &said, now_us)) {
        return 0;
    }
    return said.has_position + 2 * (said.id[0] != '\0');
}

static void a_position_is_recorded_when_it_changed_and_a_minute_has_passed(void **state)
{
    lee_remote_operators *const table = *state;
    assert_int_equal(taken(table, 1, 10, "", T0), 1);
    assert_int_equal(taken(table, 1, 10, "", T0 + S), 0);
    assert_int_equal(taken(table, 1, 11, "", T0 + 60 * S - 1), 0);
    assert_int_equal(taken(table, 1, 10, "", T0 + 3600 * S), 0);
    assert_int_equal(taken(table, 1, 11, "", T0 + 60 * S), 1);
    assert_int_equal(taken(table, 1, 12, "", T0 + 61 * S), 0);
    assert_int_equal(taken(table, 2, 11, "", T0 + 61 * S), 1);
    assert_int_equal(table->recorded, 3);
    assert_int_equal(table->dropped, 0);
}

static void a_change_of_altitude_or_kind_is_a_change(void **state)
{
    lee_remote_operators *const table = *state;
    lee_remote_operator said = said_by(1, 10, "");
    assert_true(lee_remote_operators_take(table, &said, T0));
    said = said_by(1, 10, "");
    lee_remote_operator_put_alt(&said, 4000);
    assert_true(lee_remote_operators_take(table, &said, T0 + 60 * S));
    assert_true(said.has_alt);
    said = said_by(1, 10, "");
    lee_remote_operator_put_alt(&said, 4000);
    said.location = LEE_OPERATOR_DYNAMIC;
    assert_true(lee_remote_operators_take(table, &said, T0 + 120 * S));
}

static void position_and_identifier_do_not_wait_for_each_other(void **state)
{
    lee_remote_operators *const table = *state;
    assert_int_equal(taken(table, 1, 10, "", T0), 1);
    assert_int_equal(taken(table, 1, 0, "CHE1", T0 + S), 0 + 2);
    assert_int_equal(taken(table, 1, 11, "CHE1", T0 + 60 * S), 1);
    assert_int_equal(taken(table, 1, 11, "CHE2", T0 + 60 * S), 0);
    assert_int_equal(taken(table, 1, 11, "CHE2", T0 + 61 * S), 2);
    assert_int_equal(taken(table, 3, 11, "CHE2", T0 + 61 * S), 3);
}

/* Whoever makes targets up costs no more than so many records, and that is counted. */
static void all_together_may_have_so_many_a_minute(void **state)
{
    lee_remote_operators *const table = *state;
    const unsigned limit = LEE_REMOTE_OPERATORS_PER_MINUTE;
    for (unsigned i = 0; i < limit; i++) {
        assert_int_equal(taken(table, i, 10, "", T0 + i), 1);
    }
    assert_int_equal(taken(table, limit, 10, "", T0 + 60 * S - 1), 0);
    assert_int_equal(table->dropped, 1);
    /* It was not taken for recorded. */
    assert_int_equal(taken(table, limit, 10, "", T0 + 60 * S), 1);
    for (unsigned i = 0; i < 100000; i++) {
        (void)taken(table, i, 20, "", T0 + 60 * S + i);
    }
    assert_int_equal(table->recorded, 2 * limit);
}

static void what_is_forgotten_is_recorded_anew(void **state)
{
    lee_remote_operators *const table = *state;
    assert_int_equal(taken(table, 1, 10, "CHE1", T0), 3);
    lee_remote_operators_forget(table);
    assert_int_equal(taken(table, 1, 10, "CHE1", T0 + 1), 3);
    assert_int_equal(table->recorded, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            a_position_is_recorded_when_it_changed_and_a_minute_has_passed, setup, teardown),
        cmocka_unit_test_setup_teardown(a_change_of_altitude_or_kind_is_a_change, setup, teardown),
        cmocka_unit_test_setup_teardown(position_and_identifier_do_not_wait_for_each_other, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(all_together_may_have_so_many_a_minute, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_forgotten_is_recorded_anew, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
