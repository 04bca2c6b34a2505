#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "decode/demod_sequence.h"

#define FLOOR 40
#define LEVEL 300
#define COUNT 112

static uint8_t bits[COUNT];
static int16_t samples[2 * COUNT + 1];

/* The samples of `bits`, which begin `into` tenths after the beginning of the first. */
static lee__demod_sequence send(int32_t into)
{
    for (uint32_t i = 0; i < 2 * COUNT + 1; i++) {
        const bool here = i < 2 * COUNT && (i % 2 == 0) == (bits[i / 2] != 0);
        const bool before = i > 0 && (i % 2 == 1) == (bits[(i - 1) / 2] != 0);
        samples[i] = (int16_t)(FLOOR + LEVEL * ((10 - into) * here + into * before) / 10);
    }
    return (lee__demod_sequence){.samples = samples, .into = into, .floor = FLOOR, .level = LEVEL};
}

static void fill(uint32_t seed)
{
    for (uint32_t i = 0; i < COUNT; i++) {
        seed = seed * 1664525u + 1013904223u;
        bits[i] = (uint8_t)(seed >> 31);
    }
}

static void require_bits(const int32_t *soft, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        assert_int_equal(soft[i] > 0, bits[i]);
        assert_true(soft[i] != 0);
    }
}

static void bits_are_read_wherever_the_samples_stand(void **state)
{
    (void)state;
    int32_t soft[COUNT];
    for (int32_t into = 0; into < 10; into++) {
        for (uint32_t seed = 1; seed < 200; seed++) {
            fill(seed);
            const lee__demod_sequence sequence = send(into);
            (void)lee__demod_sequence_read(&sequence, COUNT, true, soft);
            require_bits(soft, COUNT);
            (void)lee__demod_sequence_read(&sequence, 16, false, soft);
            require_bits(soft, 16);
        }
    }
}

static void halves_that_show_no_difference_are_read_by_their_neighbours(void **state)
{
    (void)state;
    int32_t soft[COUNT];
    memset(bits, 1, sizeof bits);
    const lee__demod_sequence sequence = send(5);
    /* All pulses and gaps look alike from there. */
    assert_int_equal(samples[10], samples[11]);
    (void)lee__demod_sequence_read(&sequence, COUNT, true, soft);
    require_bits(soft, COUNT);
}

static void the_bit_that_was_disturbed_is_the_least_sure(void **state)
{
    (void)state;
    int32_t soft[COUNT];
    fill(7);
    const lee__demod_sequence sequence = send(1);
    const uint32_t hit = 50;
    samples[2 * hit + (bits[hit] != 0)] = FLOOR + LEVEL * 8 / 10;
    (void)lee__demod_sequence_read(&sequence, COUNT, true, soft);
    require_bits(soft, COUNT);
    for (uint32_t i = 0; i < COUNT; i++) {
        assert_true(i == hit || abs(soft[i]) > abs(soft[hit]));
    }
}

static void a_message_is_explained_better_from_its_own_place(void **state)
{
    (void)state;
    int32_t soft[COUNT];
    fill(9);
    for (int32_t sent = 1; sent < 10; sent += 2) {
        lee__demod_sequence sequence = send(sent);
        const int32_t own = lee__demod_sequence_read(&sequence, COUNT, true, soft);
        assert_in_range(own, 1, LEVEL);
        for (sequence.into = 1; sequence.into < 10; sequence.into += 2) {
            assert_true(sequence.into == sent ||
                        lee__demod_sequence_read(&sequence, COUNT, true, soft) < own);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bits_are_read_wherever_the_samples_stand),
        cmocka_unit_test(halves_that_show_no_difference_are_read_by_their_neighbours),
        cmocka_unit_test(the_bit_that_was_disturbed_is_the_least_sure),
        cmocka_unit_test(a_message_is_explained_better_from_its_own_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
