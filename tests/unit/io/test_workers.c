#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "io/workers.h"

#define SHARES 3

static void add(void *context, uint32_t share)
{
    uint64_t *const sums = context;
    sums[share] += share + 1;
}

static void every_share_is_done_once_a_round(void **state)
{
    (void)state;
    lee_workers *workers = NULL;
    assert_int_equal(lee_workers_create(SHARES, &workers), LEE_OK);
    assert_int_equal(lee_workers_count(workers), SHARES);
    lee_workers_wait(workers); /* nothing was started */
    uint64_t sums[SHARES] = {0};
    for (int round = 1; round <= 1000; round++) {
        lee_workers_start(workers, add, sums);
        lee_workers_wait(workers);
        for (uint32_t k = 0; k < SHARES; k++) {
            assert_int_equal(sums[k], (uint64_t)round * (k + 1));
        }
    }
    lee_workers_free(workers);
}

static void freeing_waits_for_what_was_started(void **state)
{
    (void)state;
    for (int round = 0; round < 100; round++) {
        lee_workers *workers = NULL;
        uint64_t sums[SHARES] = {0};
        assert_int_equal(lee_workers_create(SHARES, &workers), LEE_OK);
        lee_workers_start(workers, add, sums);
        lee_workers_free(workers);
        assert_int_equal(sums[0] + sums[1] + sums[2], 1 + 2 + 3);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_share_is_done_once_a_round),
        cmocka_unit_test(freeing_waits_for_what_was_started),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
