#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "decode/remote_id.h"
#include "support/fuzz_repair.h"

#define IDENTIFICATION "*8d4840d6202cc371c32ce0576098;"

static void parity_of_a_line_is_put_right(void **state)
{
    (void)state;
    char text[] = "*8d4840d6202cc371c32ce0000000;\n*02;" IDENTIFICATION "*8d4840";
    fuzz_repair_avr((uint8_t *)text, sizeof text - 1);
    assert_string_equal(text, IDENTIFICATION "\n*02;" IDENTIFICATION "*8d4840");
}

static void overlaid_parity_says_the_known_address(void **state)
{
    (void)state;
    uint8_t message[7] = {0x20, 0, 0x17, 0x18, 0, 0, 0};
    const uint32_t parity = fuzz_parity(message, sizeof message);
    for (unsigned i = 0; i < 3; i++) {
        message[4 + i] = (uint8_t)(parity >> (16 - 8 * i));
    }
    lee_crc24 crc;
    lee_crc24_init(&crc);
    assert_int_equal(lee_crc24_remainder(&crc, message, sizeof message), FUZZ_KNOWN_ADDRESS);
}

static void parity_of_an_escaped_message_is_put_right(void **state)
{
    (void)state;
    /* The counter ends with an escaped byte; behind the message is one that is not whole. */
    uint8_t bytes[] = {0x1a, '3',  0,    0,    0,    0,    0,    0x1a, 0x1a, 0x80,
                       0x8d, 0x48, 0x40, 0xd6, 0x20, 0x2c, 0xc3, 0x71, 0xc3, 0x2c,
                       0xe0, 0,    0,    0,    0x1a, '2',  1,    2,    3};
    fuzz_repair_beast(bytes, sizeof bytes);
    static const uint8_t want[] = {0x57, 0x60, 0x98, 0x1a, '2', 1, 2, 3};
    assert_memory_equal(bytes + 21, want, sizeof want);
}

static void checksums_of_sentences_and_tag_blocks_are_put_right(void **state)
{
    (void)state;
    char text[] = "\\c:1241544035*00\\!AIVDM,1,1,,B,15N4cJ`005Jrek0H@9n`DW5608EP,0*FF\r\n$X*";
    fuzz_repair_nmea((uint8_t *)text, sizeof text - 1);
    assert_string_equal(
        text, "\\c:1241544035*5C\\!AIVDM,1,1,,B,15N4cJ`005Jrek0H@9n`DW5608EP,0*13\r\n$X*");
}

static void lengths_of_blocks_reach_no_further_than_the_input(void **state)
{
    (void)state;
    uint8_t bytes[] = {48, 0, 4, 0x80, 62, 0, 2, 1, 2, 3};
    fuzz_repair_asterix(bytes, sizeof bytes);
    static const uint8_t want[] = {48, 0, 4, 0x80, 62, 0, 6, 1, 2, 3};
    assert_memory_equal(bytes, want, sizeof want);
}

static void packs_in_elements_count_what_they_hold(void **state)
{
    (void)state;
    /* A vendor element whose pack says 200 messages of 7 bytes and has two, one of them a pack. */
    uint8_t bytes[7 + 3 + 2 * 25 + 1] = {0xdd, 9, 0xfa, 0x0b, 0xbc, 0x0d, 1, 0xf7, 7, 200};
    bytes[10] = 0xf2;
    bytes[35] = 0x1f;
    fuzz_repair_rid_packets(bytes, sizeof bytes);
    static const uint8_t want[] = {0xdd, 5 + 53, 0xfa, 0x0b, 0xbc, 0x0d, 1, 0xf2, 25, 2, 0x32};
    assert_memory_equal(bytes, want, sizeof want);
    assert_int_equal(bytes[35], 0x10);
    const char *field = NULL;
    const char *reason = NULL;
    size_t used = 0;
    assert_int_equal(lee_rid_check(bytes + 7, 53, &used, &field, &reason), LEE_OK);
    assert_int_equal(used, 53);
}

static void frames_hold_zeros_behind_their_pack(void **state)
{
    (void)state;
    uint8_t bytes[2 * 40];
    memset(bytes, 0x11, sizeof bytes);
    bytes[7] = 0xf0;
    fuzz_repair_rid_frames(bytes, sizeof bytes, 40);
    const char *field = NULL;
    const char *reason = NULL;
    size_t used = 0;
    assert_int_equal(lee_rid_check(bytes + 7, 33, &used, &field, &reason), LEE_OK);
    assert_int_equal(used, 28);
    assert_int_equal(lee_rid_check(bytes + 47, 33, &used, &field, &reason), LEE_OK);
    assert_int_equal(used, 25);
}

static void packets_of_a_capture_end_with_it(void **state)
{
    (void)state;
    uint8_t bytes[24 + 16 + 2 + 16 + 3] = {0};
    bytes[24 + 8] = 2;
    bytes[24 + 18 + 11] = 0x7f;
    fuzz_repair_pcap(bytes, sizeof bytes);
    assert_int_equal(bytes[24 + 8], 2);
    static const uint8_t want[] = {3, 0, 0, 0, 3, 0, 0, 0};
    assert_memory_equal(bytes + 24 + 18 + 8, want, sizeof want);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parity_of_a_line_is_put_right),
        cmocka_unit_test(overlaid_parity_says_the_known_address),
        cmocka_unit_test(parity_of_an_escaped_message_is_put_right),
        cmocka_unit_test(checksums_of_sentences_and_tag_blocks_are_put_right),
        cmocka_unit_test(lengths_of_blocks_reach_no_further_than_the_input),
        cmocka_unit_test(packs_in_elements_count_what_they_hold),
        cmocka_unit_test(frames_hold_zeros_behind_their_pack),
        cmocka_unit_test(packets_of_a_capture_end_with_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
