#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/map.h"

#define KEYS 500

static uint64_t key_of(uint32_t i)
{
    return (uint64_t)i * UINT64_C(0x100000001);
}

static void a_full_map_refuses_new_keys_and_keeps_the_old(void **state)
{
    (void)state;
    lee_map *const map = lee_map_create(KEYS, sizeof(uint64_t));
    assert_non_null(map);
    for (uint32_t i = 0; i < KEYS; i++) {
        const uint64_t key = key_of(i);
        assert_true(lee_map_put(map, &key, i));
    }
    const uint64_t extra = key_of(KEYS);
    assert_false(lee_map_put(map, &extra, 1));
    const uint64_t known = key_of(3);
    assert_true(lee_map_put(map, &known, 77));
    assert_int_equal(lee_map_get(map, &known), 77);
    assert_int_equal(lee_map_get(map, &extra), LEE_MAP_NONE);
    assert_int_equal(lee_map_count(map), KEYS);
    lee_map_free(map);
}

/* Removal moves followers back; every key must stay findable whatever was removed before. */
static void removal_never_hides_another_key(void **state)
{
    (void)state;
    lee_map *const map = lee_map_create(KEYS, sizeof(uint64_t));
    uint8_t present[KEYS] = {0};
    uint64_t random = 12345;
    for (int step = 0; step < 50000; step++) {
        random = random * UINT64_C(6364136223846793005) + 1;
        const uint32_t i = (uint32_t)(random >> 33) % KEYS;
        const uint64_t key = key_of(i);
        if ((random >> 32 & 1) != 0) {
            assert_true(lee_map_put(map, &key, i));
            present[i] = 1;
        } else {
            assert_int_equal(lee_map_remove(map, &key), present[i]);
            present[i] = 0;
        }
        if (step % 97 == 0) {
            for (uint32_t k = 0; k < KEYS; k++) {
                const uint64_t each = key_of(k);
                assert_int_equal(lee_map_get(map, &each), present[k] ? k : LEE_MAP_NONE);
            }
        }
    }
    lee_map_free(map);
}

static void without_memory_there_is_no_map(void **state)
{
    (void)state;
    for (uint64_t n = 1; n <= 3; n++) {
        (void)lee_alloc_test_fail(n);
        lee_map *const map = lee_map_create(10, 8);
        (void)lee_alloc_test_fail(0);
        assert_null(map);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_map_refuses_new_keys_and_keeps_the_old),
        cmocka_unit_test(removal_never_hides_another_key),
        cmocka_unit_test(without_memory_there_is_no_map),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
