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

/* Numbers below 8192 have addresses of their own. */
static uint32_t address_of(uint32_t number)
{
    return number * UINT32_C(2654435761) >> 8;
}

static void all_are_found_while_the_heads_grow_and_after_eviction(void **state)
{
    (void)state;
    static const uint64_t key[2] = {UINT64_C(0x9e3779b97f4a7c15), 77};
    lee__aircraft_table table;
    assert_int_equal(lee__aircraft_table_init(&table, CAPACITY, key), LEE_OK);
    assert_int_equal((uintptr_t)table.slots % LEE__CACHE_LINE_BYTES, 0);
    for (uint32_t i = 0; i < 2 * CAPACITY; i++) {
        assert_null(lee__aircraft_find(&table, address_of(i)));
        lee__aircraft_get(&table, address_of(i))->alt_baro_ft = (int32_t)i;
        const lee__aircraft *const earlier = lee__aircraft_find(&table, address_of(i / 2));
        if (i < CAPACITY) {
            assert_non_null(earlier);
            assert_int_equal(earlier->alt_baro_ft, i / 2);
        }
    }
    uint32_t found = 0;
    for (uint32_t i = 0; i < 2 * CAPACITY; i++) {
        lee__aircraft_prefetch(&table, address_of(i));
        found += lee__aircraft_find(&table, address_of(i)) != NULL;
    }
    assert_int_equal(found, CAPACITY);
    assert_int_equal(table.count, CAPACITY);
    assert_int_equal(table.evicted, CAPACITY);
    assert_in_range((size_t)1 << (64 - table.head_shift), 2 * CAPACITY, 4 * CAPACITY);
    lee__aircraft_table_free(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_that_collide_under_one_key_do_not_under_another),
        cmocka_unit_test(what_is_in_is_found_whatever_the_key),
        cmocka_unit_test(all_are_found_while_the_heads_grow_and_after_eviction),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
