/* Structure, time and bad input of ASTERIX. Values are compared with an independent decoder in
 * tests/decode/test_asterix.py. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "decode/asterix.h"
#include "decode/asterix_site.h"
#include "leeward/decoder.h"
#include "leeward/deframe.h"
#include "record/codec.h"

#define HEARD_MAX 4096
#define DAY_US INT64_C(86400000000)

typedef struct {
    lee_decode_result result;
    lee_report report;
    lee_error_info why;
    int64_t t_us;
    uint64_t offset;
    uint32_t length;
} told;

static struct {
    told list[HEARD_MAX];
    size_t count;
    lee_decoder *decoder;
} heard;

static void on_frame(void *context, const lee_frame *frame)
{
    (void)context;
    assert_true(heard.count < HEARD_MAX);
    told *const t = &heard.list[heard.count++];
    t->t_us = frame->t_us;
    t->offset = frame->stream_offset;
    t->length = frame->length;
    t->why = (lee_error_info){.code = LEE_OK};
    t->result = lee_decoder_frame(heard.decoder, frame, &t->report, &t->why);
    if (t->result == LEE_DECODED_REPORT) {
        lee_error_info why;
        assert_true(lee_report_check(&t->report, &why) == LEE_OK);
    } else {
        assert_non_null(t->why.reason);
    }
}

/* Runs a stream through deframer and decoder in pieces of the given size. */
static void run_at(const uint8_t *bytes, size_t length, size_t piece, bool live, int64_t t0_us)
{
    lee_deframe_options options;
    lee_deframe_options_default(&options);
    options.live = live;
    options.t0_us = t0_us;
    lee_decoder_options decoder_options;
    lee_decoder_options_default(&decoder_options);
    decoder_options.aircraft_max = 16;
    lee_deframer *deframer = NULL;
    assert_true(lee_deframer_create(LEE_FORMAT_ASTERIX, &options, &deframer) == LEE_OK);
    assert_true(lee_decoder_create(&decoder_options, &heard.decoder) == LEE_OK);
    heard.count = 0;
    for (size_t at = 0; at < length; at += piece) {
        const size_t size = length - at < piece ? length - at : piece;
        uint8_t *const copy = malloc(size);
        memcpy(copy, bytes + at, size);
        lee_deframer_push(deframer, copy, size, t0_us, on_frame, NULL);
        free(copy);
    }
    lee_deframer_finish(deframer, on_frame, NULL);
    lee_deframer_free(deframer);
    lee_decoder_free(heard.decoder);
}

static void run(const uint8_t *bytes, size_t length)
{
    run_at(bytes, length, length, false, 0);
}

#define RUN(...)                                                                                   \
    do {                                                                                           \
        const uint8_t run_bytes[] = {__VA_ARGS__};                                                 \
        run(run_bytes, sizeof run_bytes);                                                          \
    } while (0)

static void expect_refused(size_t index, lee_error code, const char *field, uint64_t offset)
{
    assert_true(index < heard.count);
    const told *const t = &heard.list[index];
    assert_true(t->result == LEE_DECODED_REFUSED);
    assert_int_equal(t->why.code, code);
    assert_int_equal(t->why.offset, offset);
    if (field != NULL) {
        assert_non_null(t->why.field);
        assert_string_equal(t->why.field, field);
    }
}

/* Category 048: 010, 140, 020, 070 and 220, at a time in the middle of the day. */
#define RECORD_048 0xe9, 0x80, 25, 201, 0x54, 0x60, 0x00, 0xa0, 0x0e, 0x38, 0x3c, 0x66, 0x0c
#define RECORD_048_BYTES 13

static void several_records_and_blocks_come_out_one_by_one(void **state)
{
    (void)state;
    const uint8_t bytes[] = {48, 0,         3 + 2 * RECORD_048_BYTES, RECORD_048, RECORD_048, 48, 0,
                             16, RECORD_048};
    for (size_t piece = 1; piece <= sizeof bytes; piece++) {
        run_at(bytes, sizeof bytes, piece, false, 0);
        assert_int_equal(heard.count, 3);
        for (size_t i = 0; i < 3; i++) {
            assert_true(heard.list[i].result == LEE_DECODED_REPORT);
            assert_string_equal(heard.list[i].report.target.text, "icao24:3c660c");
            assert_string_equal(heard.list[i].report.receiver, "25.201");
            assert_int_equal(heard.list[i].report.squawk, 07070);
            assert_int_equal(heard.list[i].report.t_us, INT64_C(43200) * 1000000);
        }
        assert_int_equal(heard.list[0].offset, 3);
        assert_int_equal(heard.list[1].offset, 16);
        assert_int_equal(heard.list[2].offset, 32);
    }
}

static void lengths_of_blocks_that_cannot_be_are_refused(void **state)
{
    (void)state;
    for (uint8_t length = 0; length < 3; length++) {
        const uint8_t bytes[] = {48, 0, length, 48, 0, 16, RECORD_048};
        run(bytes, sizeof bytes);
        assert_int_equal(heard.count, 2); /* and the next block is found */
        expect_refused(0, LEE_ERR_SYNTAX, NULL, 0);
        assert_int_equal(heard.list[0].length, 3);
        assert_true(heard.list[1].result == LEE_DECODED_REPORT);
    }
    RUN(48, 0, 3, 48, 0, 16, RECORD_048);
    assert_int_equal(heard.count, 2);
    expect_refused(0, LEE_ERR_SYNTAX, NULL, 0);
    RUN(48, 0, 17, RECORD_048); /* one more than there is */
    assert_int_equal(heard.count, 1);
    expect_refused(0, LEE_ERR_TRUNCATED, NULL, 0);
}

static void a_record_longer_than_its_block_is_refused_whole(void **state)
{
    (void)state;
    for (uint8_t cut = 2; cut < RECORD_048_BYTES; cut++) {
        uint8_t bytes[] = {48, 0, (uint8_t)(3 + cut), RECORD_048};
        run(bytes, (size_t)3 + cut);
        assert_int_equal(heard.count, 1);
        assert_true(heard.list[0].result == LEE_DECODED_REFUSED);
        assert_int_equal(heard.list[0].why.code, LEE_ERR_TRUNCATED);
        assert_non_null(heard.list[0].why.field);
    }
    RUN(48, 0, 14, 0xe9, 0x80, 25, 201, 0x54, 0x60, 0x00, 0xa0, 0x0e, 0x38, 0x3c);
    expect_refused(0, LEE_ERR_TRUNCATED, "I048/220", 3 + 10);
}

static void a_field_specification_has_an_end(void **state)
{
    (void)state;
    RUN(48, 0, 15, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff);
    expect_refused(0, LEE_ERR_LIMIT, "FSPEC", 3);
    RUN(48, 0, 6, 0xff, 0xff, 0xff); /* goes on behind the block */
    expect_refused(0, LEE_ERR_TRUNCATED, "FSPEC", 3);
    RUN(48, 0, 8, 0x01, 0x01, 0x01, 0x01, 0x80); /* an item behind the last */
    expect_refused(0, LEE_ERR_UNSUPPORTED, "FSPEC", 3);
    RUN(62, 0, 8, 0xc0, 1, 2, 3, 4); /* the spare item 2 */
    expect_refused(0, LEE_ERR_UNSUPPORTED, NULL, 3 + 3);
    RUN(48, 0, 4, 0x00); /* none at all */
    expect_refused(0, LEE_ERR_MISSING, NULL, 3);
}

static void counts_of_repeated_items_are_checked(void **state)
{
    (void)state;
    /* 010, 140, 020 and 250 with a count of 0, 1 and 255. */
    RUN(48, 0, 14, 0xe1, 0x20, 1, 2, 0, 0, 0, 0, 0, 0, 0);
    assert_int_equal(heard.list[1].result, LEE_DECODED_REFUSED); /* two octets are left over */
    RUN(48, 0, 12, 0xe1, 0x20, 1, 2, 0, 0, 0, 0xa0, 0);
    assert_int_equal(heard.count, 1);
    assert_true(heard.list[0].result == LEE_DECODED_NOTHING); /* no name, but whole */
    RUN(48, 0, 20, 0xe1, 0x20, 1, 2, 0, 0, 0, 0xa0, 1, 0, 0, 0, 0, 0, 0, 0, 0);
    assert_true(heard.list[0].result == LEE_DECODED_NOTHING);
    RUN(48, 0, 20, 0xe1, 0x20, 1, 2, 0, 0, 0, 0xa0, 255, 0, 0, 0, 0, 0, 0, 0, 0);
    expect_refused(0, LEE_ERR_TRUNCATED, "I048/250", 3 + 8);
}

static void explicit_lengths_are_checked(void **state)
{
    (void)state;
    /* 010, 140, 020 and SP (field reference 27). */
    RUN(48, 0, 14, 0xe1, 0x01, 0x01, 0x04, 1, 2, 0, 0, 0, 0xa0, 0);
    expect_refused(0, LEE_ERR_SYNTAX, "I048/SP", 3 + 10);
    RUN(48, 0, 14, 0xe1, 0x01, 0x01, 0x04, 1, 2, 0, 0, 0, 0xa0, 1);
    assert_true(heard.list[0].result == LEE_DECODED_NOTHING);
    RUN(48, 0, 15, 0xe1, 0x01, 0x01, 0x04, 1, 2, 0, 0, 0, 0xa0, 3, 7);
    expect_refused(0, LEE_ERR_TRUNCATED, "I048/SP", 3 + 10);
}

static void what_a_short_expansion_field_leaves_over_is_no_record(void **state)
{
    (void)state;
    /* RE of the second record says 2 where 5 octets follow. */
    RUN(48, 0, 19, 0xe1, 0x01, 0x01, 0x02, 1, 2, 0, 0, 0, 0xa0, 2, 9, 0xe0, 1, 2, 3);
    assert_int_equal(heard.count, 2);
    assert_true(heard.list[0].result == LEE_DECODED_NOTHING);
    expect_refused(1, LEE_ERR_TRUNCATED, "I048/140", 3 + 12 + 3);
    RUN(48, 0, 19, 0xe1, 0x01, 0x01, 0x02, 1, 2, 0, 0, 0, 0xa0, 2, 9, 0x80, 1, 2, 0x80);
    expect_refused(1, LEE_ERR_MISSING, NULL, 3 + 12);
}

static void items_that_extend_themselves_have_an_end(void **state)
{
    (void)state;
    uint8_t bytes[64] = {48, 0, 64, 0xe0, 1, 2, 0, 0, 0};
    memset(bytes + 9, 0xff, sizeof bytes - 9);
    run(bytes, sizeof bytes);
    expect_refused(0, LEE_ERR_LIMIT, "I048/020", 3 + 6);
}

static void categories_that_are_not_read_say_nothing(void **state)
{
    (void)state;
    RUN(8, 0, 6, 1, 2, 3, 48, 0, 16, RECORD_048);
    assert_int_equal(heard.count, 2);
    assert_true(heard.list[0].result == LEE_DECODED_NOTHING);
    assert_true(heard.list[1].result == LEE_DECODED_REPORT);
}

static void garbage_is_refused_until_the_next_block(void **state)
{
    (void)state;
    uint8_t bytes[700 + 16] = {0};
    const uint8_t block[] = {48, 0, 16, RECORD_048};
    memcpy(bytes + 700, block, sizeof block);
    for (size_t piece = 1; piece <= sizeof bytes; piece += 101) {
        run_at(bytes, sizeof bytes, piece, false, 0);
        assert_int_equal(heard.count, 3);
        assert_int_equal(heard.list[0].length + heard.list[1].length, 700);
        assert_true(heard.list[2].result == LEE_DECODED_REPORT);
        assert_int_equal(heard.list[2].offset, 703);
    }
}

/* A record of 048 at a time of day in 1/128 s. */
static size_t put_timed(uint8_t *at, uint32_t ticks)
{
    const uint8_t block[] = {48, 0, 16, RECORD_048};
    memcpy(at, block, sizeof block);
    at[7] = (uint8_t)(ticks >> 16);
    at[8] = (uint8_t)(ticks >> 8);
    at[9] = (uint8_t)ticks;
    return sizeof block;
}

static void midnight_begins_the_next_day(void **state)
{
    (void)state;
    const uint32_t midnight = 86400 * 128;
    uint8_t bytes[128];
    size_t length = put_timed(bytes, midnight - 128);
    length += put_timed(bytes + length, midnight); /* 24:00:00 */
    length += put_timed(bytes + length, 128);
    length += put_timed(bytes + length, midnight - 64); /* late */
    length += put_timed(bytes + length, midnight + 1);
    const int64_t day = 17000 * DAY_US;
    run_at(bytes, length, length, false, day + 5);
    assert_int_equal(heard.count, 5);
    assert_int_equal(heard.list[0].t_us, day + DAY_US - 1000000);
    assert_int_equal(heard.list[1].t_us, day + DAY_US);
    assert_int_equal(heard.list[2].t_us, day + DAY_US + 1000000);
    assert_int_equal(heard.list[3].t_us, day + DAY_US - 500000);
    expect_refused(4, LEE_ERR_DOMAIN, "time of day", 4 * 16 + 3);
}

static void a_live_record_has_its_own_time_unless_its_clock_is_wrong(void **state)
{
    (void)state;
    uint8_t bytes[64];
    const int64_t day = 17000 * DAY_US;
    const size_t length = put_timed(bytes, 86399 * 128);
    run_at(bytes, length, length, true, day + 1000000); /* just after midnight */
    assert_int_equal(heard.list[0].t_us, day - 1000000);
    run_at(bytes, length, length, true, day + 100 * 1000000);
    assert_int_equal(heard.list[0].t_us, day + 100 * 1000000);
    run_at(bytes, length, length, true, day - 3000000); /* from the future */
    assert_int_equal(heard.list[0].t_us, day - 3000000);
}

static void the_nearest_instant_is_taken(void **state)
{
    (void)state;
    assert_int_equal(lee_asterix_instant(DAY_US + 10, DAY_US - 10, DAY_US), DAY_US - 10);
    assert_int_equal(lee_asterix_instant(DAY_US - 10, 10, DAY_US), DAY_US + 10);
    assert_int_equal(lee_asterix_instant(-10, 10, DAY_US), 10);
    assert_int_equal(lee_asterix_instant(0, 0, DAY_US), 0);
}

static void the_old_edition_of_category_021_is_recognised(void **state)
{
    (void)state;
    /* 010, 040 (an ICAO address, on the ground), 030, 130, 080, 210. */
    RUN(21, 0, 24, 0xf9, 0x80, 1, 2, 0x40, 0x20, 0x54, 0x60, 0, 0x00, 0x80, 0, 0, 0xff, 0, 0, 0,
        0x3c, 0x66, 0x0c, 7);
    assert_int_equal(heard.count, 1);
    assert_true(heard.list[0].result == LEE_DECODED_REPORT);
    const lee_report *const report = &heard.list[0].report;
    assert_string_equal(report->target.text, "icao24:3c660c");
    assert_int_equal(report->lat_e7, 450000000);
    assert_int_equal(report->lon_e7, -900000000);
    assert_int_equal(report->on_ground, 1);
    assert_int_equal(report->t_us, INT64_C(43200) * 1000000);
}

static void fine_positions_go_before_coarse_ones(void **state)
{
    (void)state;
    /* 010, 040, 130 (45, 90), 131 (22.5, -90), 080. */
    const uint8_t bytes[] = {21, 0,    25, 0xc7, 0x10, 1,    2, 0x00, 0x20, 0,    0,    0x40, 0,
                             0,  0x08, 0,  0,    0,    0xe0, 0, 0,    0,    0x3c, 0x66, 0x0c};
    run(bytes, sizeof bytes);
    assert_true(heard.list[0].result == LEE_DECODED_REPORT);
    assert_int_equal(heard.list[0].report.lat_e7, 225000000);
    assert_int_equal(heard.list[0].report.lon_e7, -900000000);
}

static void places_that_do_not_exist_are_refused(void **state)
{
    (void)state;
    RUN(21, 0, 17, 0xc5, 0x10, 1, 2, 0x00, 0x7f, 0, 0, 0x40, 0, 0, 0x3c, 0x66, 0x0c);
    expect_refused(0, LEE_ERR_DOMAIN, "I021/130", 3);
}

static void simulated_targets_are_not_reported(void **state)
{
    (void)state;
    uint8_t bytes[] = {48, 0, 16, RECORD_048};
    bytes[10] |= 0x10;
    run(bytes, sizeof bytes);
    assert_true(heard.list[0].result == LEE_DECODED_NOTHING);
    assert_string_equal(heard.list[0].why.reason, "a simulated or test target");
}

static void a_track_of_category_001_has_its_own_profile(void **state)
{
    (void)state;
    /* 010, 020 (a track), 161, 070 behind 040, 042 and 200. */
    RUN(1, 0, 22, 0xff, 0x00, 1, 2, 0x80, 0x00, 0x07, 0, 0, 0, 0, 0, 0, 0, 0, 0x10, 0, 0x40, 0);
    assert_int_equal(heard.count, 1);
    assert_int_equal(heard.list[0].result, LEE_DECODED_REFUSED); /* 070 overruns */
    RUN(1, 0, 24, 0xff, 0x00, 1, 2, 0x80, 0x00, 0x07, 0, 0, 0, 0, 0, 0, 0, 0, 0x10, 0, 0x40, 0,
        0x0e, 0x38);
    assert_true(heard.list[0].result == LEE_DECODED_REPORT);
    assert_string_equal(heard.list[0].report.target.text, "asterix:1.2.7");
    assert_int_equal(heard.list[0].report.squawk, 07070);
    assert_int_equal(heard.list[0].report.track_deg_e3, 90000);
    assert_int_equal(heard.list[0].report.speed_ground_kt_e3, 900000);
}

static void the_level_selected_goes_before_the_level_cleared(void **state)
{
    (void)state;
    /* 010, 070, 105, 380 (SAL, 20000 ft by MCP), 040, 390 (CFL, FL 180). */
    RUN(62, 0, 28, 0x99, 0x19, 0x02, 1, 2, 0, 0x20, 0, 0, 0x80, 0, 0, 1, 0, 0, 0, 0x04, 0xc3, 0x20,
        0, 7, 0x01, 0x20, 0x02, 0xd0);
    assert_int_equal(heard.count, 1);
    assert_true(heard.list[0].result == LEE_DECODED_REPORT);
    assert_true(heard.list[0].report.present & LEE_REPORT_HAS_ALT_SELECTED);
    assert_int_equal(heard.list[0].report.alt_selected_ft, 20000);
    assert_int_equal(heard.list[0].report.alt_selected_source, LEE_ALT_SELECTED_MCP);
    RUN(62, 0, 25, 0x99, 0x09, 0x02, 1, 2, 0, 0x20, 0, 0, 0x80, 0, 0, 1, 0, 0, 0, 0, 7, 0x01, 0x20,
        0x02, 0xd0);
    assert_int_equal(heard.list[0].report.alt_selected_ft, 18000);
    assert_true((heard.list[0].report.present & LEE_REPORT_HAS_ALT_SELECTED_SOURCE) == 0);
    /* Beyond its range it is not taken: FL 4000. */
    RUN(62, 0, 25, 0x99, 0x09, 0x02, 1, 2, 0, 0x20, 0, 0, 0x80, 0, 0, 1, 0, 0, 0, 0, 7, 0x01, 0x20,
        0x3e, 0x80);
    assert_false(heard.list[0].report.present & LEE_REPORT_HAS_ALT_SELECTED);
}

static void ecef(lee_point point, double height_m, double out[3])
{
    const double radians = acos(-1.0) / 1800000000.0;
    const double lat = point.lat_e7 * radians;
    const double lon = point.lon_e7 * radians;
    const double squared = 0.00669437999014;
    const double normal = 6378137.0 / sqrt(1 - squared * sin(lat) * sin(lat));
    out[0] = (normal + height_m) * cos(lat) * cos(lon);
    out[1] = (normal + height_m) * cos(lat) * sin(lon);
    out[2] = (normal * (1 - squared) + height_m) * sin(lat);
}

/* Tolerance 30 m: half a thousandth of a degree of azimuth at 400 km is 3.5 m, and the sphere that
 * stands for the ellipsoid adds up to 20 m there. */
static void the_place_of_a_plot_lies_at_its_slant_range(void **state)
{
    (void)state;
    for (int lat = -80; lat <= 80; lat += 20) {
        for (int32_t theta = 0; theta < 360000; theta += 45000) {
            for (double rho_m = 15000; rho_m <= 400000; rho_m += 77000) {
                const lee__asterix_site site = {.point = {lat * 10000000, 150000000},
                                                .height_m = 300};
                const lee_point place = lee__asterix_place(&site, rho_m, theta, 11000);
                double a[3];
                double b[3];
                ecef(site.point, 300, a);
                ecef(place, 11000, b);
                const double range_m =
                    sqrt((a[0] - b[0]) * (a[0] - b[0]) + (a[1] - b[1]) * (a[1] - b[1]) +
                         (a[2] - b[2]) * (a[2] - b[2]));
                assert_true(fabs(range_m - rho_m) < 30);
            }
        }
    }
    const lee__asterix_site site = {.point = {450000000, 150000000}};
    const lee_point above = lee__asterix_place(&site, 10000, 90000, 11000);
    assert_int_equal(above.lat_e7, site.point.lat_e7);
}

static void random_and_truncated_bytes_do_no_harm(void **state)
{
    (void)state;
    const uint8_t categories[] = {1, 2, 20, 21, 34, 48, 62, 65, 7};
    uint32_t seed = 99;
    for (int round = 0; round < 4000; round++) {
        uint8_t bytes[256];
        for (size_t i = 0; i < sizeof bytes; i++) {
            seed = seed * 1664525 + 1013904223;
            bytes[i] = (uint8_t)(seed >> 24);
        }
        const size_t length = 4 + seed % 250;
        bytes[0] = categories[seed / 7 % sizeof categories];
        bytes[1] = 0;
        bytes[2] = (uint8_t)length;
        run_at(bytes, length, 1 + seed % 97, false, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(several_records_and_blocks_come_out_one_by_one),
        cmocka_unit_test(lengths_of_blocks_that_cannot_be_are_refused),
        cmocka_unit_test(a_record_longer_than_its_block_is_refused_whole),
        cmocka_unit_test(a_field_specification_has_an_end),
        cmocka_unit_test(counts_of_repeated_items_are_checked),
        cmocka_unit_test(explicit_lengths_are_checked),
        cmocka_unit_test(what_a_short_expansion_field_leaves_over_is_no_record),
        cmocka_unit_test(items_that_extend_themselves_have_an_end),
        cmocka_unit_test(categories_that_are_not_read_say_nothing),
        cmocka_unit_test(garbage_is_refused_until_the_next_block),
        cmocka_unit_test(midnight_begins_the_next_day),
        cmocka_unit_test(a_live_record_has_its_own_time_unless_its_clock_is_wrong),
        cmocka_unit_test(the_nearest_instant_is_taken),
        cmocka_unit_test(the_old_edition_of_category_021_is_recognised),
        cmocka_unit_test(fine_positions_go_before_coarse_ones),
        cmocka_unit_test(places_that_do_not_exist_are_refused),
        cmocka_unit_test(simulated_targets_are_not_reported),
        cmocka_unit_test(the_level_selected_goes_before_the_level_cleared),
        cmocka_unit_test(a_track_of_category_001_has_its_own_profile),
        cmocka_unit_test(the_place_of_a_plot_lies_at_its_slant_range),
        cmocka_unit_test(random_and_truncated_bytes_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
