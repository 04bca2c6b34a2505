#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "app/sighting_seq.h"

static lee_sighting_seq table;

static bool note(const char *observer, uint64_t seq, uint64_t id, uint64_t *before)
{
    return lee_sighting_seq_note(&table, observer, seq, 5, id, before);
}

static void what_is_sent_twice_is_one_sighting(void **state)
{
    (void)state;
    table = (lee_sighting_seq){.count = 0};
    uint64_t id = 0;
    assert_false(note("a", 7, 100, &id));
    assert_false(note("b", 7, 200, &id));
    assert_true(note("a", 7, 101, &id));
    assert_int_equal(id, 100);
    /* The number of another device with the same token: another sighting. */
    assert_false(lee_sighting_seq_note(&table, "a", 7, 6, 102, &id));
    assert_int_equal(table.counters.duplicates, 1);
    assert_int_equal(table.counters.gaps, 0);
}

static void numbers_passed_over_are_gaps_until_they_come(void **state)
{
    (void)state;
    table = (lee_sighting_seq){.count = 0};
    uint64_t id = 0;
    (void)note("a", 1, 10, &id);
    (void)note("a", 5, 50, &id);
    assert_int_equal(table.counters.gaps, 3);
    assert_false(note("a", 3, 30, &id));
    assert_int_equal(table.counters.gaps, 2);
    assert_true(note("a", 3, 31, &id));
    assert_int_equal(id, 30);
    (void)note("a", 1000, 60, &id);
    assert_int_equal(table.counters.gaps, 2 + 994);
    assert_false(note("a", 5, 51, &id));
    assert_int_equal(table.counters.old, 1);
    assert_true(note("a", 1000, 61, &id));
}

static void the_table_is_bounded(void **state)
{
    (void)state;
    table = (lee_sighting_seq){.count = 0};
    uint64_t id = 0;
    char name[16];
    for (uint32_t i = 0; i < LEE_SIGHTING_OBSERVERS_MAX + 1; i++) {
        snprintf(name, sizeof name, "o%u", (unsigned)i);
        (void)note(name, 1, i, &id);
    }
    assert_int_equal(table.count, LEE_SIGHTING_OBSERVERS_MAX);
    assert_int_equal(table.counters.evicted, 1);
    assert_false(note("o0", 1, 9, &id));
    assert_true(note("o200", 1, 9, &id));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_sent_twice_is_one_sighting),
        cmocka_unit_test(numbers_passed_over_are_gaps_until_they_come),
        cmocka_unit_test(the_table_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
