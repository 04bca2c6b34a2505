/* The table of aircraft against those who choose addresses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "decode/aircraft.h"

#define CAPACITY 4096u

/* How many look-ups the longest chain takes. */
static uint32_t longest_chain(const lee__aircraft_table *table)
{
    uint32_t longest = 0;
    for (size_t head = 0; head < (size_t)1 << (64 - table->head_shift); head++) {
        uint32_t length = 0;
        for (uint32_t slot = table->heads[head]; slot != LEE__AIRCRAFT_NONE;
             slot = table->slots[slot].chain) {
            length++;
        }
        longest = length > longest ? length : longest;
    }
    return longest;
}

static uint32_t longest_of(const uint64_t key[2], uint32_t step)
{
    lee__aircraft_table table;
    assert_int_equal(lee__aircraft_table_init(&table, CAPACITY, key), LEE_OK);
    for (uint32_t i = 0; i < CAPACITY; i++) {
        assert_non_null(lee__aircraft_get(&table, i * step & 0xffffff));
    }
    const uint32_t longest = longest_chain(&table);
    lee__aircraft_table_free(&table);
    return longest;
}

static void addresses_that_collide_under_one_key_do_not_under_another(void **state)
{
    (void)state;
    /* Under this key an address is its own hash, so those with the same upper bits collide. */
    static const uint64_t known[2] = {UINT64_C(1) << 40, 0};
    static const uint64_t secret[2] = {UINT64_C(0x8b1a9953c4611296), UINT64_C(0xa827abf8c47804d7)};
    assert_true(longest_of(known, 1) >= 1024);
    for (uint32_t step = 1; step < 4000; step = step * 3 + 1) {
        assert_true(longest_of(secret, step) <= 24);
    }
}

static void what_is_in_is_found_whatever_the_key(void **state)
{
    (void)state;
    static const uint64_t keys[3][2] = {{0, 0}, {UINT64_MAX, UINT64_MAX}, {12345, 67890}};
    for (size_t k = 0; k < 3; k++) {
        lee__aircraft_table table;
        assert_int_equal(lee__aircraft_table_init(&table, 8, keys[k]), LEE_OK);
        for (uint32_t i = 0; i < 8; i++) {
            assert_int_equal(lee__aircraft_get(&table, 0xabc000 + i)->key, 0xabc000 + i);
        }
        for (uint32_t i = 0; i < 8; i++) {
            assert_non_null(lee__aircraft_find(&table, 0xabc000 + i));
        }
        assert_null(lee__aircraft_find(&table, 0xabc008));
        lee__aircraft_table_free(&table);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_that_collide_under_one_key_do_not_under_another),
        cmocka_unit_test(what_is_in_is_found_whatever_the_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
