#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decode/demod.h"
#include "decode/demod_judge.h"
#include "leeward/decoder.h"
#include "leeward/deframe.h"
#include "unit/decode/modulate.h"

#define SAMPLES_MAX 480000
#define SIGMA 4.0
#define HEARD_MAX 4096

static double iq[2 * SAMPLES_MAX];
static uint8_t bytes[4 * SAMPLES_MAX];
static uint64_t seed;

static struct {
    size_t count;
    lee__demod_message messages[HEARD_MAX];
} heard;

static void hear(void *context, const lee__demod_message *message)
{
    (void)context;
    assert_true(heard.count < HEARD_MAX);
    assert_true(heard.count == 0 || message->sample >= heard.messages[heard.count - 1].sample);
    heard.messages[heard.count++] = *message;
}

/* A message of the length that its format has, with right parity overlaid with `overlay`. */
static size_t message_make(uint32_t head, uint64_t field, uint32_t overlay, uint8_t *out)
{
    const size_t length = head >> 31 != 0 ? 14 : 7;
    memset(out, 0, length);
    for (unsigned i = 0; i < 4; i++) {
        out[i] = (uint8_t)(head >> (24 - 8 * i));
    }
    for (unsigned i = 0; length == 14 && i < 7; i++) {
        out[4 + i] = (uint8_t)(field >> (48 - 8 * i));
    }
    lee_crc24 crc;
    lee_crc24_init(&crc);
    const uint32_t parity = lee_crc24_remainder(&crc, out, length) ^ overlay;
    for (unsigned i = 0; i < 3; i++) {
        out[length - 3 + i] = (uint8_t)(parity >> (16 - 8 * i));
    }
    return length;
}

static void begin(void)
{
    memset(iq, 0, sizeof iq);
    seed = 7;
    heard.count = 0;
}

static void send_at(double t_us, double rate_hz, double snr_db, const uint8_t *message,
                    size_t length)
{
    const modulated sent = {.t_us = t_us,
                            .bytes = message,
                            .length = length,
                            .amplitude = SIGMA * sqrt(2) * pow(10, snr_db / 20),
                            .phase_rad = 6.28 * modulate_random(&seed),
                            .offset_hz = 200e3 * (2 * modulate_random(&seed) - 1)};
    modulate_add(&sent, rate_hz, iq, SAMPLES_MAX);
}

static size_t digitise(lee__demod_samples samples, size_t count)
{
    modulate_noise(&seed, SIGMA, iq, count);
    for (size_t i = 0; i < 2 * count; i++) {
        if (samples == LEE__DEMOD_U8) {
            bytes[i] = modulate_u8(iq[i]);
        } else {
            const int value = (int)floor(iq[i] * 50);
            const int cut = value < -32768 ? -32768 : value > 32767 ? 32767 : value;
            bytes[2 * i] = (uint8_t)cut;
            bytes[2 * i + 1] = (uint8_t)((unsigned)cut >> 8);
        }
    }
    return count * (samples == LEE__DEMOD_U8 ? 2 : 4);
}

static void demodulate(lee__demod_samples samples, uint32_t rate_hz, size_t length, size_t piece)
{
    lee__demod *demod = NULL;
    heard.count = 0;
    assert_int_equal(lee__demod_create(samples, rate_hz, &demod), LEE_OK);
    for (size_t at = 0; at < length; at += piece) {
        lee__demod_push(demod, bytes + at, length - at < piece ? length - at : piece, hear, NULL);
    }
    lee__demod_finish(demod, hear, NULL);
    lee__demod_free(demod);
}

/* Sends 150 messages, of which at least so many are found, in order and at their time, and nothing
 * else. */
static void find(lee__demod_samples samples, uint32_t rate_hz, size_t least)
{
    enum { SENT = 150 };
    static uint8_t sent[SENT][14];
    static double at_us[SENT];
    begin();
    for (int i = 0; i < SENT; i++) {
        const uint32_t address = 0x400000u + (uint32_t)i / 3;
        const size_t length = i % 3 == 0   ? message_make(0x5d000000u | address, 0, 0, sent[i])
                              : i % 3 == 1 ? message_make(0x8d000000u | address,
                                                          UINT64_C(0x58B98266711079), 0, sent[i])
                                           : message_make(0x20000c3eu, 0, address, sent[i]);
        at_us[i] = 300 + 400.0 * i + 10 * modulate_random(&seed);
        send_at(at_us[i], rate_hz, 18, sent[i], length);
    }
    const size_t count = (size_t)(61e-3 * rate_hz);
    demodulate(samples, rate_hz, digitise(samples, count), 65536);
    assert_in_range(heard.count, least, SENT);
    int i = 0;
    for (size_t k = 0; k < heard.count; k++, i++) {
        const lee__demod_message *const m = &heard.messages[k];
        while (i < SENT && memcmp(m->bytes, sent[i], m->length) != 0) {
            i++;
        }
        assert_true(i < SENT);
        assert_int_equal(m->length, sent[i][0] >> 7 != 0 ? 14 : 7);
        /* Tolerance 0.3 us: a place is 0.08 us wide, and noise moves it. */
        assert_true(fabs((double)m->tick - (at_us[i] + 64) * 12) < 3.6);
        /* A pulse of 45 steps of 180 (the corner of 127.5 and 127.5) would be 63; the receiver's
         * filter spreads up to two thirds of it over what is beside it. */
        assert_in_range(m->level, 20, 63);
    }
}

static void messages_in_noise_come_out_at_both_rates(void **state)
{
    (void)state;
    find(LEE__DEMOD_U8, 2400000, 150);
    find(LEE__DEMOD_S16, 2400000, 150);
    /* At 2 a microsecond a message that stands between the samples shows less of its bits. */
    find(LEE__DEMOD_U8, 2000000, 142);
    find(LEE__DEMOD_S16, 2000000, 142);
}

static void messages_do_not_depend_on_how_the_stream_is_cut(void **state)
{
    (void)state;
    static const size_t pieces[] = {1, 3, 7, 1000, 65535};
    begin();
    for (int i = 0; i < 60; i++) {
        uint8_t message[14];
        const size_t length =
            message_make(0x8d400000u | (uint32_t)i, (uint64_t)i << 20, 0, message);
        send_at(50 + 200.0 * i + modulate_random(&seed), 2400000, 14, message, length);
    }
    const size_t length = digitise(LEE__DEMOD_U8, 30000);
    demodulate(LEE__DEMOD_U8, 2400000, length, length);
    assert_true(heard.count > 50);
    const size_t count = heard.count;
    lee__demod_message *const whole = malloc(sizeof heard.messages);
    assert_non_null(whole);
    memcpy(whole, heard.messages, sizeof heard.messages);
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        demodulate(LEE__DEMOD_U8, 2400000, length, pieces[i]);
        assert_int_equal(heard.count, count);
        for (size_t k = 0; k < count; k++) {
            assert_int_equal(heard.messages[k].tick, whole[k].tick);
            assert_memory_equal(heard.messages[k].bytes, whole[k].bytes, whole[k].length);
        }
    }
    free(whole);
}

static void a_message_at_the_end_of_the_stream_is_found(void **state)
{
    (void)state;
    uint8_t message[14];
    const size_t length = message_make(0x8d4ca2d6u, 1, 0, message);
    begin();
    send_at(100, 2400000, 20, message, length);
    demodulate(LEE__DEMOD_U8, 2400000, digitise(LEE__DEMOD_U8, 530), 64);
    assert_int_equal(heard.count, 1);
}

static void a_louder_message_is_found_within_another(void **state)
{
    (void)state;
    uint8_t faint[14];
    uint8_t loud[14];
    const size_t length = message_make(0x8d4ca2d6u, 1, 0, faint);
    const size_t loud_length = message_make(0x8d4ca2d7u, UINT64_C(0x123456789), 0, loud);
    begin();
    send_at(100, 2400000, 16, faint, length);
    send_at(160, 2400000, 30, loud, loud_length);
    demodulate(LEE__DEMOD_U8, 2400000, digitise(LEE__DEMOD_U8, 2400), 4800);
    assert_int_equal(heard.count, 1);
    assert_memory_equal(heard.messages[0].bytes, loud, 14);
}

static void noise_is_no_message(void **state)
{
    (void)state;
    begin();
    demodulate(LEE__DEMOD_U8, 2400000, digitise(LEE__DEMOD_U8, SAMPLES_MAX), 65536);
    assert_int_equal(heard.count, 0);
}

static void overlaid_parity_needs_an_address_heard_plainly(void **state)
{
    (void)state;
    uint8_t plain[14];
    uint8_t overlaid[14];
    const size_t length = message_make(0x5d4ca2d6u, 0, 0, plain);
    const size_t overlaid_length = message_make(0x20000c3eu, 0, 0x4ca2d6, overlaid);
    begin();
    send_at(100, 2400000, 20, overlaid, overlaid_length);
    send_at(300, 2400000, 20, plain, length);
    send_at(500, 2400000, 20, overlaid, overlaid_length);
    demodulate(LEE__DEMOD_U8, 2400000, digitise(LEE__DEMOD_U8, 2400), 4800);
    assert_int_equal(heard.count, 2);
    assert_memory_equal(heard.messages[0].bytes, plain, 7);
    assert_memory_equal(heard.messages[1].bytes, overlaid, 7);
}

/* --- the judge alone ------------------------------------------------------------------------- */

static lee__demod_judge judge;

static void bits_of(const uint8_t *message, size_t length, lee__demod_bits *out)
{
    *out = (lee__demod_bits){.count = (uint32_t)length * 8, .clarity = 200};
    for (uint32_t i = 0; i < out->count; i++) {
        out->soft[i] = (message[i / 8] >> (7 - i % 8) & 1) != 0 ? 1000 : -1000;
    }
}

/* Turns a bit over and makes it unsure. */
static void spoil(lee__demod_bits *bits, uint32_t bit, int32_t sure)
{
    bits->soft[bit] = bits->soft[bit] > 0 ? -sure : sure;
}

static void hear_plainly(uint32_t address, uint64_t tick)
{
    uint8_t message[14];
    uint8_t out[14];
    lee__demod_bits bits;
    const size_t length = message_make(0x5d000000u | address, 0, 0, message);
    bits_of(message, length, &bits);
    assert_true(lee__demod_accept(&judge, &bits, tick, out));
}

static void unsure_bits_are_repaired_for_a_known_address_only(void **state)
{
    (void)state;
    uint8_t message[14];
    uint8_t out[14];
    lee__demod_bits bits;
    const size_t length = message_make(0x8d4ca2d6u, UINT64_C(0x58B98266711079), 0, message);
    bits_of(message, length, &bits);
    spoil(&bits, 40, 30);
    spoil(&bits, 77, 50);
    lee__demod_judge_init(&judge);
    assert_false(lee__demod_accept(&judge, &bits, 12000000, out));
    assert_int_equal(lee__demod_repair(&judge, &bits, 12000000, out), 0);
    hear_plainly(0x4ca2d6, 12000000);
    assert_int_equal(lee__demod_repair(&judge, &bits, 24000000, out), 2);
    assert_memory_equal(out, message, 14);
    /* An address is known for 60 s. */
    assert_int_equal(lee__demod_repair(&judge, &bits, UINT64_C(12000000) * 61, out), 2);
    assert_int_equal(lee__demod_repair(&judge, &bits, UINT64_C(12000000) * 61 + 1, out), 0);
}

static void sure_bits_are_not_repaired(void **state)
{
    (void)state;
    uint8_t message[14];
    uint8_t out[14];
    lee__demod_bits bits;
    const size_t length = message_make(0x8d4ca2d6u, UINT64_C(0x58B98266711079), 0, message);
    bits_of(message, length, &bits);
    for (uint32_t i = 60; i < 68; i++) {
        bits.soft[i] = bits.soft[i] > 0 ? 10 : -10; /* right, and less sure than the wrong one */
    }
    spoil(&bits, 40, 30);
    lee__demod_judge_init(&judge);
    hear_plainly(0x4ca2d6, 1);
    assert_int_equal(lee__demod_repair(&judge, &bits, 2, out), 0);
}

static void overlaid_parity_is_never_repaired(void **state)
{
    (void)state;
    uint8_t message[14];
    uint8_t out[14];
    lee__demod_bits bits;
    const size_t length = message_make(0xa0000c3eu, 5, 0x4ca2d6, message);
    bits_of(message, length, &bits);
    lee__demod_judge_init(&judge);
    hear_plainly(0x4ca2d6, 1);
    assert_true(lee__demod_accept(&judge, &bits, 2, out));
    spoil(&bits, 40, 30);
    assert_false(lee__demod_accept(&judge, &bits, 2, out));
    assert_int_equal(lee__demod_repair(&judge, &bits, 2, out), 0);
}

static void an_unsure_code_of_an_interrogator_is_not_taken(void **state)
{
    (void)state;
    uint8_t message[14];
    uint8_t out[14];
    lee__demod_bits bits;
    const size_t length = message_make(0x5d4ca2d6u, 0, 21, message);
    bits_of(message, length, &bits);
    lee__demod_judge_init(&judge);
    assert_false(lee__demod_accept(&judge, &bits, 2, out));
    hear_plainly(0x4ca2d6, 1);
    assert_true(lee__demod_accept(&judge, &bits, 2, out));
    bits.soft[55] = bits.soft[55] > 0 ? 200 : -200;
    assert_false(lee__demod_accept(&judge, &bits, 2, out));
}

static void unclear_bits_are_no_overlaid_parity(void **state)
{
    (void)state;
    uint8_t message[14];
    uint8_t out[14];
    lee__demod_bits bits;
    const size_t length = message_make(0x20000c3eu, 0, 0x4ca2d6, message);
    bits_of(message, length, &bits);
    lee__demod_judge_init(&judge);
    hear_plainly(0x4ca2d6, 1);
    assert_true(lee__demod_accept(&judge, &bits, 2, out));
    bits.clarity = 70;
    assert_false(lee__demod_accept(&judge, &bits, 2, out));
}

static void the_table_of_addresses_is_bounded_and_forgets_the_oldest(void **state)
{
    (void)state;
    uint8_t message[14];
    uint8_t out[14];
    lee__demod_bits bits;
    lee__demod_judge_init(&judge);
    const uint32_t many = 4 * LEE__HEARD_SETS * LEE__HEARD_WAYS;
    for (uint32_t i = 1; i <= many; i++) {
        hear_plainly(i, i);
    }
    const size_t length = message_make(0x20000c3eu, 0, many, message);
    bits_of(message, length, &bits);
    assert_true(lee__demod_accept(&judge, &bits, many, out));
    (void)message_make(0x20000c3eu, 0, 1, message);
    bits_of(message, length, &bits);
    assert_false(lee__demod_accept(&judge, &bits, many, out));
}

/* --- through the deframer -------------------------------------------------------------------- */

static struct {
    size_t count;
    int64_t t_us[8];
    uint64_t offset[8];
    lee_target target[8];
    lee_decoder *decoder;
} framed;

static void on_frame(void *context, const lee_frame *frame)
{
    (void)context;
    lee_report report;
    lee_error_info why;
    assert_int_equal(frame->format, LEE_FORMAT_BEAST);
    assert_true(framed.count < 8);
    framed.t_us[framed.count] = frame->t_us;
    framed.offset[framed.count] = frame->stream_offset;
    assert_int_equal(lee_decoder_frame(framed.decoder, frame, &report, &why), LEE_DECODED_REPORT);
    framed.target[framed.count++] = report.target;
}

static void samples_become_beast_frames_with_their_time(void **state)
{
    (void)state;
    uint8_t message[14];
    lee_decoder_options decoder_options;
    lee_deframe_options options;
    lee_deframer *deframer = NULL;
    /* 0x1a must be doubled in the frame. */
    const size_t length = message_make(0x5d1a1a1au, 0, 0, message);
    begin();
    send_at(1000, 2400000, 20, message, length);
    send_at(3000, 2400000, 20, message, length);
    const size_t count = digitise(LEE__DEMOD_U8, 9600);
    for (int live = 0; live < 2; live++) {
        framed.count = 0;
        lee_decoder_options_default(&decoder_options);
        lee_deframe_options_default(&options);
        options.t0_us = 5000000;
        options.live = live != 0;
        assert_int_equal(lee_decoder_create(&decoder_options, &framed.decoder), LEE_OK);
        assert_int_equal(lee_deframer_create(LEE_FORMAT_IQ, &options, &deframer), LEE_OK);
        lee_deframer_push(deframer, bytes, count, 90000000, on_frame, NULL);
        lee_deframer_finish(deframer, on_frame, NULL);
        assert_int_equal(framed.count, 2);
        assert_string_equal(framed.target[1].text, "icao24:1a1a1a");
        /* 9600 samples are 4 ms; the frame's time is 64 us after its beginning. */
        const int64_t begin_us = live != 0 ? 90000000 - 4000 : 5000000;
        assert_in_range(framed.t_us[0], begin_us + 1063, begin_us + 1065);
        assert_in_range(framed.t_us[1], begin_us + 3063, begin_us + 3065);
        assert_in_range(framed.offset[1], 2 * 7199, 2 * 7201);
        lee_deframer_free(deframer);
        lee_decoder_free(framed.decoder);
    }
}

static void recorded_messages_come_back_out_of_their_samples(void **state)
{
    (void)state;
    FILE *const file =
        fopen(LEE_SHARED_DATA "/modes/traffic_sample_dump1090.mutability.expected.avr", "r");
    if (!file) {
        print_message("../shared/data is absent\n");
        skip();
    }
    static uint8_t sent[200][14];
    char line[64];
    size_t count = 0;
    begin();
    while (count < 200 && fgets(line, sizeof line, file)) {
        size_t length = 0;
        for (; length < 14 && line[1 + 2 * length] != ';'; length++) {
            const char digits[3] = {line[1 + 2 * length], line[2 + 2 * length], '\0'};
            sent[count][length] = (uint8_t)strtoul(digits, NULL, 16);
        }
        if (line[0] == '*' && (sent[count][0] >> 3 == 17 || sent[count][0] >> 3 == 18)) {
            send_at(200 + 300.0 * (double)count + modulate_random(&seed), 2400000, 15, sent[count],
                    length);
            count++;
        }
    }
    fclose(file);
    assert_true(count > 20);
    demodulate(LEE__DEMOD_U8, 2400000, digitise(LEE__DEMOD_U8, SAMPLES_MAX), 65536);
    assert_int_equal(heard.count, count);
    for (size_t i = 0; i < count; i++) {
        assert_memory_equal(heard.messages[i].bytes, sent[i], 14);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_in_noise_come_out_at_both_rates),
        cmocka_unit_test(messages_do_not_depend_on_how_the_stream_is_cut),
        cmocka_unit_test(a_message_at_the_end_of_the_stream_is_found),
        cmocka_unit_test(a_louder_message_is_found_within_another),
        cmocka_unit_test(noise_is_no_message),
        cmocka_unit_test(overlaid_parity_needs_an_address_heard_plainly),
        cmocka_unit_test(unsure_bits_are_repaired_for_a_known_address_only),
        cmocka_unit_test(sure_bits_are_not_repaired),
        cmocka_unit_test(overlaid_parity_is_never_repaired),
        cmocka_unit_test(an_unsure_code_of_an_interrogator_is_not_taken),
        cmocka_unit_test(unclear_bits_are_no_overlaid_parity),
        cmocka_unit_test(the_table_of_addresses_is_bounded_and_forgets_the_oldest),
        cmocka_unit_test(samples_become_beast_frames_with_their_time),
        cmocka_unit_test(recorded_messages_come_back_out_of_their_samples),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
