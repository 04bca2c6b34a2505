#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "decode/mavlink.h"
#include "leeward/decoder.h"
#include "leeward/deframe.h"
#include "record/codec.h"

#define FRAMES_MAX 64

static uint8_t stream[2048];
static size_t stream_length;

static struct {
    lee_decoder *decoder;
    size_t count;
    lee_frame frames[FRAMES_MAX];
    lee_decode_result results[FRAMES_MAX];
    lee_report reports[FRAMES_MAX];
} heard;

/* CRC-16/MCRF4XX bit by bit, apart from the product's. */
static uint16_t checksum(const uint8_t *bytes, size_t length, uint8_t extra)
{
    uint16_t crc = 0xffff;
    for (size_t i = 0; i <= length; i++) {
        crc ^= i < length ? bytes[i] : extra;
        for (int bit = 0; bit < 8; bit++) {
            crc = (uint16_t)((crc & 1) != 0 ? crc >> 1 ^ 0x8408 : crc >> 1);
        }
    }
    return crc;
}

static void append(const void *bytes, size_t length)
{
    assert_true(stream_length + length <= sizeof stream);
    memcpy(stream + stream_length, bytes, length);
    stream_length += length;
}

/* A frame of version 1 or 2; zeros at the end of a payload are left out in 2, as senders do. */
static void append_frame(int version, uint32_t message, uint8_t extra, const uint8_t *payload,
                         size_t length, bool is_signed)
{
    uint8_t frame[LEE_MAVLINK_FRAME_MAX_BYTES] = {0};
    const size_t header = version == 1 ? 6 : 10;
    while (version == 2 && length > 1 && payload[length - 1] == 0) {
        length--;
    }
    frame[0] = version == 1 ? LEE_MAVLINK_1_MAGIC : LEE_MAVLINK_2_MAGIC;
    frame[1] = (uint8_t)length;
    if (version == 1) {
        frame[3] = 7;
        frame[5] = (uint8_t)message;
    } else {
        frame[2] = is_signed;
        frame[5] = 7;
        frame[7] = (uint8_t)message;
        frame[8] = (uint8_t)(message >> 8);
    }
    memcpy(frame + header, payload, length);
    const uint16_t crc = checksum(frame + 1, header - 1 + length, extra);
    frame[header + length] = (uint8_t)crc;
    frame[header + length + 1] = (uint8_t)(crc >> 8);
    append(frame, header + length + 2 + (is_signed ? 13 : 0));
}

static void put(uint8_t *payload, size_t offset, size_t width, int64_t value)
{
    for (size_t i = 0; i < width; i++) {
        payload[offset + i] = (uint8_t)((uint64_t)value >> (8 * i));
    }
}

static void append_position(int version, int64_t boot_ms, int32_t lat_e7, int32_t lon_e7)
{
    uint8_t payload[28] = {0};
    put(payload, 0, 4, boot_ms);
    put(payload, 4, 4, lat_e7);
    put(payload, 8, 4, lon_e7);
    put(payload, 20, 2, 300); /* 3 m/s north */
    put(payload, 22, 2, 400);
    put(payload, 24, 2, -254); /* up */
    put(payload, 26, 2, 9050);
    append_frame(version, LEE_MAVLINK_GLOBAL_POSITION_INT, 104, payload, sizeof payload, false);
}

static void on_frame(void *context, const lee_frame *frame)
{
    (void)context;
    assert_true(heard.count < FRAMES_MAX);
    assert_memory_equal(frame->bytes, stream + frame->stream_offset, frame->length);
    lee_error_info why = {.code = LEE_OK};
    heard.frames[heard.count] = *frame;
    heard.results[heard.count] =
        lee_decoder_frame(heard.decoder, frame, &heard.reports[heard.count], &why);
    if (heard.results[heard.count] == LEE_DECODED_REPORT) {
        assert_int_equal(lee_report_check(&heard.reports[heard.count], &why), LEE_OK);
    }
    heard.count++;
}

static void run(size_t piece)
{
    lee_deframe_options options;
    lee_deframe_options_default(&options);
    options.t0_us = 1000000;
    lee_decoder_options decoder_options;
    lee_decoder_options_default(&decoder_options);
    decoder_options.aircraft_max = 1;
    lee_deframer *deframer = NULL;
    heard.count = 0;
    assert_int_equal(lee_deframer_create(LEE_FORMAT_MAVLINK, &options, &deframer), LEE_OK);
    assert_int_equal(lee_decoder_create(&decoder_options, &heard.decoder), LEE_OK);
    size_t framed = 0;
    for (size_t at = 0; at < stream_length; at += piece) {
        const size_t size = stream_length - at < piece ? stream_length - at : piece;
        uint8_t *const copy = malloc(size);
        memcpy(copy, stream + at, size);
        lee_deframer_push(deframer, copy, size, 0, on_frame, NULL);
        free(copy);
    }
    lee_deframer_finish(deframer, on_frame, NULL);
    for (size_t i = 0; i < heard.count; i++) {
        assert_int_equal(heard.frames[i].stream_offset, framed);
        framed += heard.frames[i].length;
    }
    assert_int_equal(framed, stream_length);
    lee_deframer_free(deframer);
    lee_decoder_free(heard.decoder);
}

static void positions_of_both_versions_survive_every_cut_and_junk(void **state)
{
    (void)state;
    stream_length = 0;
    append_position(1, 5000, 377000000, -1224000000);
    append("\x01\xfd\x02", 3);
    append_position(2, 5250, 377000010, -1224000000);
    append_frame(2, 30, 39, (const uint8_t *)"attitude", 8, true); /* not in the table */
    append_position(2, 6000, 377000020, 0);
    stream[stream_length - 1] ^= 1; /* a wrong checksum */
    append_position(2, 7000, 377000030, 0);
    append("\xfd\x09", 2); /* cut short */
    for (size_t piece = 1; piece <= stream_length; piece++) {
        run(piece);
        const lee_decode_result results[] = {
            LEE_DECODED_REPORT,  LEE_DECODED_REFUSED, LEE_DECODED_REFUSED, LEE_DECODED_REPORT,
            LEE_DECODED_NOTHING, LEE_DECODED_REFUSED, LEE_DECODED_REPORT,  LEE_DECODED_REFUSED};
        assert_int_equal(heard.count, 8);
        for (size_t i = 0; i < 8; i++) {
            assert_int_equal(heard.results[i], results[i]);
        }
        assert_int_equal(heard.frames[0].t_us, 1000000);
        assert_int_equal(heard.frames[3].t_us, 1250000);
        assert_int_equal(heard.frames[6].t_us, 3000000);
        assert_int_equal(heard.frames[0].line, 0);
    }
}

static void a_vehicle_says_where_it_is_and_how_it_moves(void **state)
{
    (void)state;
    stream_length = 0;
    append_position(2, 0, 377000000, -1224000000);
    append_position(2, 0, 0, 0);
    append_position(2, 0, 900000001, 0);
    run(1000);
    const lee_report *const report = &heard.reports[0];
    assert_string_equal(report->target.text, "unit:mavlink-007");
    assert_int_equal(report->source, LEE_SOURCE_GNSS);
    assert_int_equal(report->lat_e7, 377000000);
    assert_int_equal(report->speed_ground_kt_e3, 9719); /* 5 m/s */
    assert_int_equal(report->track_deg_e3, 53130);
    assert_int_equal(report->vertical_rate_fpm, 500);
    assert_int_equal(report->heading_deg_e3, 90500);
    assert_int_equal(report->present & (LEE_REPORT_HAS_ALT_BARO | LEE_REPORT_HAS_ALT_HAE), 0);
    assert_int_equal(heard.results[1], LEE_DECODED_NOTHING);
    assert_int_equal(heard.results[2], LEE_DECODED_REFUSED);
}

static void an_aircraft_it_hears_says_what_its_flags_allow(void **state)
{
    (void)state;
    uint8_t payload[38] = {0};
    put(payload, 0, 4, 0x4b1815);
    put(payload, 4, 4, 377000000);
    put(payload, 8, 4, -1224000000);
    put(payload, 12, 4, 3048000);
    put(payload, 16, 2, 27000);
    put(payload, 18, 2, 10000);
    put(payload, 20, 2, -508);
    put(payload, 24, 2, 7700);
    payload[26] = 1;
    memcpy(payload + 27, "SWR1  ", 6);
    payload[36] = 7;
    stream_length = 0;
    put(payload, 22, 2, 1 + 2 + 4 + 8 + 16 + 32 + 128);
    append_frame(2, LEE_MAVLINK_ADSB_VEHICLE, 184, payload, sizeof payload, false);
    put(payload, 22, 2, 0);
    append_frame(2, LEE_MAVLINK_ADSB_VEHICLE, 184, payload, sizeof payload, false);
    put(payload, 22, 2, 1 + 64); /* simulated */
    append_frame(1, LEE_MAVLINK_ADSB_VEHICLE, 184, payload, sizeof payload, false);
    put(payload, 22, 2, 2 + 32);
    put(payload, 24, 2, 7800);
    payload[26] = 0;
    append_frame(1, LEE_MAVLINK_ADSB_VEHICLE, 184, payload, sizeof payload, false);
    run(1000);
    assert_int_equal(heard.count, 4);
    const lee_report *const report = &heard.reports[0];
    assert_string_equal(report->target.text, "icao24:4b1815");
    assert_int_equal(report->alt_hae_ft, 10000);
    assert_int_equal(report->track_deg_e3, 270000);
    assert_int_equal(report->speed_ground_kt_e3, 194384);
    assert_int_equal(report->vertical_rate_fpm, -1000);
    assert_int_equal(report->squawk, 07700);
    assert_string_equal(report->callsign, "SWR1");
    assert_string_equal(report->category, "A7");
    assert_int_equal(heard.reports[1].present, LEE_REPORT_HAS_CATEGORY);
    assert_int_equal(heard.results[2], LEE_DECODED_NOTHING);
    assert_int_equal(heard.reports[3].present, LEE_REPORT_HAS_CATEGORY);
}

static void the_vehicles_utc_gives_the_time(void **state)
{
    (void)state;
    uint8_t payload[12] = {0};
    put(payload, 0, 8, INT64_C(1717664281250000));
    put(payload, 8, 4, 60000);
    stream_length = 0;
    append_position(2, 59000, 10, 10);
    append_frame(1, LEE_MAVLINK_SYSTEM_TIME, 137, payload, sizeof payload, false);
    append_position(2, 61500, 10, 10);
    append_position(2, 55000, 10, 10); /* late, not restarted */
    append_position(2, 100, 10, 10);   /* restarted: time goes on from the last frame */
    append_position(2, 600, 10, 10);
    run(7);
    assert_int_equal(heard.count, 6);
    assert_true(heard.frames[1].t_us == INT64_C(1717664281250000));
    assert_true(heard.frames[2].t_us == INT64_C(1717664282750000));
    assert_true(heard.frames[3].t_us == INT64_C(1717664276250000));
    assert_true(heard.frames[4].t_us == INT64_C(1717664276250000));
    assert_true(heard.frames[5].t_us == INT64_C(1717664276750000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(positions_of_both_versions_survive_every_cut_and_junk),
        cmocka_unit_test(a_vehicle_says_where_it_is_and_how_it_moves),
        cmocka_unit_test(an_aircraft_it_hears_says_what_its_flags_allow),
        cmocka_unit_test(the_vehicles_utc_gives_the_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
