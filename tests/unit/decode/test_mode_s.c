#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "decode/mode_s.h"

/* The example message of ICAO Doc 9871 and of "The 1090 MHz Riddle" 2nd edition, chapter 4. */
static const uint8_t identification[14] = {0x8D, 0x48, 0x40, 0xD6, 0x20, 0x2C, 0xC3,
                                           0x71, 0xC3, 0x2C, 0xE0, 0x57, 0x60, 0x98};

static uint32_t remainder_by_bits(const uint8_t *message, size_t length)
{
    uint32_t remainder = 0;
    for (size_t i = 0; i < length * 8; i++) {
        remainder = remainder << 1 | ((uint32_t)message[i / 8] >> (7 - i % 8) & 1u);
        if ((remainder & 0x1000000u) != 0) {
            remainder ^= 0x1fff409u;
        }
    }
    return remainder;
}

static void parity_of_a_good_message_is_zero_and_any_wrong_bit_shows(void **state)
{
    (void)state;
    lee_crc24 crc;
    lee_crc24_init(&crc);
    assert_int_equal(lee_crc24_remainder(&crc, identification, 14), 0);
    for (unsigned bit = 0; bit < 112; bit++) {
        uint8_t wrong[14];
        for (size_t i = 0; i < 14; i++) {
            wrong[i] = identification[i];
        }
        wrong[bit / 8] = (uint8_t)(wrong[bit / 8] ^ (0x80u >> bit % 8));
        assert_int_not_equal(lee_crc24_remainder(&crc, wrong, 14), 0);
    }
}

static void products_and_the_table_equal_division_bit_by_bit(void **state)
{
    (void)state;
    lee_crc24 crc;
    lee_crc24_init(&crc);
    uint32_t seed = 1;
    for (int round = 0; round < 2000; round++) {
        uint8_t message[14];
        for (size_t i = 0; i < 14; i++) {
            seed = seed * 1664525u + 1013904223u;
            message[i] = (uint8_t)(seed >> 24);
        }
        assert_int_equal(lee_crc24_remainder(&crc, message, 14), remainder_by_bits(message, 14));
        assert_int_equal(lee_crc24_remainder(&crc, message, 7), remainder_by_bits(message, 7));
        assert_int_equal(lee__crc24_by_nibbles(&crc, message, 14), remainder_by_bits(message, 14));
        assert_int_equal(lee__crc24_by_nibbles(&crc, message, 7), remainder_by_bits(message, 7));
    }
}

static int32_t altitude(uint32_t code)
{
    int32_t ft = INT32_MIN;
    return lee_mode_s_altitude_13(code, &ft) ? ft : INT32_MIN;
}

static void altitude_has_three_codings(void **state)
{
    (void)state;
    assert_int_equal(altitude(0), INT32_MIN);
    assert_int_equal(altitude(0x0010), -1000); /* Q bit, N = 0 */
    assert_int_equal(altitude(0x0011), -975);
    assert_int_equal(altitude(0x1fbf), 50175);
    assert_int_equal(altitude(0x0040 | 1), 3);          /* one metre */
    assert_int_equal(altitude(0x1fbf | 0x0040), 13435); /* 4095 m */
    int32_t ft;
    assert_true(lee_mode_s_altitude_12(0xc38, &ft)); /* Doc 9871: 38000 ft */
    assert_int_equal(ft, 38000);
}

static void gillham_steps_through_the_published_table(void **state)
{
    (void)state;
    /* Annex 10 Vol IV appendix: pulses of the first steps: C4; C2 C4; C2; C1 C2; C1; then with B4.
     */
    enum { C1 = 0x1000, C2 = 0x0400, C4 = 0x0100, B4 = 0x0002, B2 = 0x0008 };
    assert_int_equal(altitude(C4), -1200);
    assert_int_equal(altitude(C2 | C4), -1100);
    assert_int_equal(altitude(C2), -1000);
    assert_int_equal(altitude(C1 | C2), -900);
    assert_int_equal(altitude(C1), -800);
    assert_int_equal(altitude(C1 | B4), -700);
    assert_int_equal(altitude(C1 | C2 | B4), -600);
    assert_int_equal(altitude(C2 | B4), -500);
    assert_int_equal(altitude(C2 | C4 | B4), -400);
    assert_int_equal(altitude(C4 | B4), -300);
    assert_int_equal(altitude(C4 | B4 | B2), -200);
    assert_int_equal(altitude(B4), INT32_MIN);           /* no C pulse */
    assert_int_equal(altitude(C1 | C4), INT32_MIN);      /* not in the table */
    assert_int_equal(altitude(C1 | C2 | C4), INT32_MIN); /* not in the table */
}

static void identity_is_four_octal_digits(void **state)
{
    (void)state;
    assert_int_equal(lee_mode_s_squawk(0x0aaa), 07700);
    assert_int_equal(lee_mode_s_squawk(0x1fbf), 07777);
    assert_int_equal(lee_mode_s_squawk(0x0800), 01000);
    assert_int_equal(lee_mode_s_squawk(0x0001), 00004);
    assert_int_equal(lee_mode_s_squawk(0x1000), 00010);
}

static void bits_count_from_one(void **state)
{
    (void)state;
    assert_int_equal(lee_mode_s_bits(UINT64_C(0x80000000000001), 1, 1), 1);
    assert_int_equal(lee_mode_s_bits(UINT64_C(0x80000000000001), 56, 1), 1);
    assert_int_equal(lee_mode_s_bits(UINT64_C(0x5000000000000f), 1, 5), 10);
    assert_int_equal(lee_mode_s_bits(UINT64_C(0x5000000000000f), 40, 17), 15);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parity_of_a_good_message_is_zero_and_any_wrong_bit_shows),
        cmocka_unit_test(products_and_the_table_equal_division_bit_by_bit),
        cmocka_unit_test(altitude_has_three_codings),
        cmocka_unit_test(gillham_steps_through_the_published_table),
        cmocka_unit_test(identity_is_four_octal_digits),
        cmocka_unit_test(bits_count_from_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
