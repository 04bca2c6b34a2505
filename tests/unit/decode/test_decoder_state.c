#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "decode/decoder_internal.h"
#include "decode/decoder_state.h"

static lee_decoder *make_decoder(void)
{
    lee_decoder_options options;
    lee_decoder_options_default(&options);
    options.aircraft_max = 16;
    lee_decoder *decoder = NULL;
    assert_int_equal(lee_decoder_create(&options, &decoder), LEE_OK);
    return decoder;
}

/* A new decoder that knows what the given one knows. */
static lee_decoder *copy_of(lee_decoder *decoder)
{
    lee_decoder *const copy = make_decoder();
    lee_buffer bytes;
    lee_state state;
    lee_buffer_init(&bytes, 1u << 24);
    lee_state_save(&state, &bytes);
    lee_decoder_state(&state, decoder);
    assert_int_equal(lee_state_end(&state), LEE_OK);
    lee_state_load(&state, bytes.bytes, bytes.length);
    lee_decoder_state(&state, copy);
    assert_int_equal(lee_state_end(&state), LEE_OK);
    lee_buffer_free(&bytes);
    return copy;
}

static lee_decode_result decode(lee_decoder *decoder, int64_t t_us, const char *text,
                                lee_report *report)
{
    const lee_frame frame = {.t_us = t_us,
                             .bytes = (const uint8_t *)text,
                             .length = (uint32_t)strlen(text),
                             .format = LEE_FORMAT_AVR};
    lee_error_info why;
    return lee_decoder_frame(decoder, &frame, report, &why);
}

static void the_two_halves_of_a_position_may_lie_on_both_sides_of_a_restart(void **state)
{
    (void)state;
    lee_decoder *const before = make_decoder();
    lee_report report;
    (void)decode(before, 0, "*8D40621D58C382D690C8AC2863A7;", &report);
    assert_int_equal(report.present & LEE_REPORT_HAS_POSITION, 0);
    lee_decoder *const after = copy_of(before);
    assert_int_equal(decode(after, 2000000, "*8D40621D58C386435CC412692AD6;", &report),
                     LEE_DECODED_REPORT);
    assert_int_equal(report.present & LEE_REPORT_HAS_POSITION, LEE_REPORT_HAS_POSITION);
    lee_decoder *const fresh = make_decoder();
    (void)decode(fresh, 2000000, "*8D40621D58C386435CC412692AD6;", &report);
    assert_int_equal(report.present & LEE_REPORT_HAS_POSITION, 0);
    lee_decoder_free(before);
    lee_decoder_free(after);
    lee_decoder_free(fresh);
}

/* The oldest of a full table makes room: ages and chains are as they were. */
static void a_full_table_of_aircraft_goes_on_evicting_alike(void **state)
{
    (void)state;
    lee_decoder *const a = make_decoder();
    for (uint32_t key = 1; key <= 21; key++) {
        (void)lee__aircraft_get(&a->aircraft, key * 77);
    }
    lee_decoder *const b = copy_of(a);
    for (uint32_t i = 0; i < 200; i++) {
        const uint32_t key = (1 + i * 13 % 29) * 77;
        const lee__aircraft *const x = lee__aircraft_get(&a->aircraft, key);
        const lee__aircraft *const y = lee__aircraft_get(&b->aircraft, key);
        assert_int_equal(x - a->aircraft.slots, y - b->aircraft.slots);
    }
    assert_int_equal(a->aircraft.evicted, b->aircraft.evicted);
    assert_int_equal(a->aircraft.tick, b->aircraft.tick);
    lee_decoder_free(a);
    lee_decoder_free(b);
}

static void everything_else_that_is_remembered_is_the_same_to_the_byte(void **state)
{
    (void)state;
    lee_decoder *const a = make_decoder();
    memset(&a->counters, 0x11, sizeof a->counters);
    memset(a->feeds, 0x22, sizeof a->feeds);
    memset(&a->ais, 0x33, sizeof a->ais);
    memset(&a->rid, 0x44, sizeof a->rid);
    memset(&a->asterix, 0x55, sizeof a->asterix);
    lee_decoder *const b = copy_of(a);
    assert_memory_equal(&a->counters, &b->counters, sizeof a->counters);
    assert_memory_equal(a->feeds, b->feeds, sizeof a->feeds);
    assert_memory_equal(&a->ais, &b->ais, sizeof a->ais);
    assert_memory_equal(&a->rid, &b->rid, sizeof a->rid);
    assert_memory_equal(&a->asterix, &b->asterix, sizeof a->asterix);
    lee_decoder_free(a);
    lee_decoder_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_two_halves_of_a_position_may_lie_on_both_sides_of_a_restart),
        cmocka_unit_test(a_full_table_of_aircraft_goes_on_evicting_alike),
        cmocka_unit_test(everything_else_that_is_remembered_is_the_same_to_the_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
