#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "record/codec.h"
#include "record/kind.h"

static lee_report full_report(void)
{
    lee_report r = {.t_us = INT64_C(1717664281250000),
                    .target = lee_target_icao24(0x4b1815, true),
                    .source = LEE_SOURCE_ADSB,
                    .present = (UINT64_C(1) << LEE_REPORT_FIELD_COUNT) - 1,
                    .lat_e7 = 435000010,
                    .lon_e7 = -1800000000,
                    .alt_baro_ft = -1000,
                    .alt_hae_ft = 36075,
                    .speed_ground_kt_e3 = 438306,
                    .track_deg_e3 = 359999,
                    .heading_deg_e3 = 0,
                    .speed_air_kt_e3 = 1,
                    .vertical_rate_fpm = -64,
                    .on_ground = 1,
                    .squawk = 07700,
                    .nic = 8,
                    .nac_p = 11,
                    .sil = 3,
                    .adsb_version = 2,
                    .rc_m = 186,
                    .nac_v = 4,
                    .gva = 2,
                    .sda = 1,
                    .heading_magnetic_deg_e3 = 12300,
                    .roll_deg_e3 = -4570,
                    .alt_selected_ft = 13008,
                    .heading_selected_deg_e3 = 359999,
                    .qnh_hpa_e1 = 10132,
                    .nic_baro = 1,
                    .speed_indicated_kt_e3 = 250000,
                    .mach_e3 = 784,
                    .track_rate_dps_e3 = -187,
                    .alt_selected_source = LEE_ALT_SELECTED_FMS};
    memcpy(r.acas_ra, "do_not_descend", 14);
    memcpy(r.callsign, "UNO123", 6);
    memcpy(r.registration, "HB-JCS", 6);
    memcpy(r.category, "A3", 2);
    memcpy(r.emergency, "general", 7);
    memcpy(r.receiver, "north", 5);
    return r;
}

static void a_report_reads_back_from_both_forms(void **state)
{
    (void)state;
    const lee_report report = full_report();
    lee_buffer b;
    lee_buffer_init(&b, 4096);
    lee_report_write_json(&report, NULL, &b);
    lee_report again;
    lee_error_info why;
    assert_int_equal(lee_report_read_json((const char *)b.bytes, b.length, &again, &why), LEE_OK);
    assert_memory_equal(&again, &report, sizeof report);
    /* White space is not plain, so this goes the general way. */
    lee_buffer_char(&b, ' ');
    memset(&again, 0, sizeof again);
    assert_int_equal(lee_report_read_json((const char *)b.bytes, b.length, &again, &why), LEE_OK);
    assert_memory_equal(&again, &report, sizeof report);

    lee_buffer_reset(&b);
    lee_report_encode(&report, &b);
    for (size_t length = 0; length < b.length; length++) {
        lee_bytes in;
        lee_bytes_init(&in, b.bytes, length);
        assert_true(lee_report_decode(&in, &again) != LEE_OK);
    }
    lee_bytes in;
    lee_bytes_init(&in, b.bytes, b.length);
    memset(&again, 0, sizeof again);
    assert_int_equal(lee_report_decode(&in, &again), LEE_OK);
    assert_memory_equal(&again, &report, sizeof report);
    lee_buffer_free(&b);
}

static void a_report_line_looks_as_the_design_says(void **state)
{
    (void)state;
    lee_report report = full_report();
    report.present = LEE_REPORT_HAS_POSITION | LEE_REPORT_HAS_SQUAWK | LEE_REPORT_HAS_ON_GROUND;
    const lee_frame frame = {
        .format = LEE_FORMAT_BEAST, .bytes = (const uint8_t *)"\x1a\x33", .length = 2};
    lee_buffer b;
    lee_buffer_init(&b, 4096);
    lee_report_write_json(&report, &frame, &b);
    const char expected[] = "{\"t_us\":1717664281250000,\"target\":\"icao24:4b1815\","
                            "\"source\":\"adsb\",\"lat\":43.500001,\"lon\":-180,"
                            "\"on_ground\":true,\"squawk\":\"7700\",\"frame\":\"1a33\"}";
    assert_int_equal(b.length, strlen(expected));
    assert_memory_equal(b.bytes, expected, b.length);
    lee_buffer_free(&b);
}

static void refuses(const char *line, lee_error code, const char *field)
{
    lee_report report = {.t_us = 7};
    lee_error_info why = {.code = LEE_OK};
    assert_int_equal(lee_report_read_json(line, strlen(line), &report, &why), code);
    assert_int_equal(why.code, code);
    assert_non_null(why.reason);
    if (field) {
        assert_string_equal(why.field, field);
    }
    assert_int_equal(report.t_us, 7);
}

static void a_bad_line_names_field_and_reason(void **state)
{
    (void)state;
    refuses("", LEE_ERR_SYNTAX, NULL);
    refuses("[]", LEE_ERR_SYNTAX, NULL);
    refuses("{\"target\":\"icao24:4b1815\",\"source\":\"adsb\"}", LEE_ERR_MISSING, "t_us");
    refuses("{\"t_us\":1,\"source\":\"adsb\"}", LEE_ERR_MISSING, "target");
    refuses("{\"t_us\":1,\"target\":\"icao24:4b1815\"}", LEE_ERR_MISSING, "source");
    refuses("{\"t_us\":1,\"target\":\"boat\",\"source\":\"adsb\"}", LEE_ERR_DOMAIN, "target");
    refuses("{\"t_us\":1,\"target\":\"icao24:4b1815\",\"source\":\"radio\"}", LEE_ERR_DOMAIN,
            "source");
    refuses("{\"t_us\":1,\"target\":\"icao24:4b1815\",\"source\":\"adsb\",\"lat\":1}",
            LEE_ERR_MISSING, "lon");
    refuses("{\"t_us\":1,\"target\":\"icao24:4b1815\",\"source\":\"adsb\",\"lat\":90.1,\"lon\":0}",
            LEE_ERR_DOMAIN, "lat");
    refuses("{\"t_us\":1,\"target\":\"icao24:4b1815\",\"source\":\"adsb\",\"squawk\":\"7800\"}",
            LEE_ERR_DOMAIN, "squawk");
    refuses("{\"t_us\":1,\"target\":\"icao24:4b1815\",\"source\":\"adsb\",\"track_deg\":360}",
            LEE_ERR_DOMAIN, "track_deg");
    refuses("{\"t_us\":1,\"target\":\"icao24:4b1815\",\"source\":\"adsb\"}x", LEE_ERR_SYNTAX, NULL);
}

static void unknown_keys_are_passed_over(void **state)
{
    (void)state;
    const char line[] = "{\"extra\":{\"deep\":[1,2]},\"t_us\":1,\"target\":\"mmsi:244660000\","
                        "\"source\":\"ais\",\"lat\":1.5,\"lon\":-2.25e0}";
    lee_report report;
    lee_error_info why;
    assert_int_equal(lee_report_read_json(line, strlen(line), &report, &why), LEE_OK);
    assert_int_equal(report.lon_e7, -22500000);
    assert_int_equal(report.present, LEE_REPORT_HAS_POSITION);
}

static void check_finds_what_is_out_of_range(void **state)
{
    (void)state;
    lee_error_info why;
    lee_report report = full_report();
    assert_int_equal(lee_report_check(&report, &why), LEE_OK);
    report.sil = 4;
    assert_int_equal(lee_report_check(&report, &why), LEE_ERR_DOMAIN);
    assert_string_equal(why.field, "sil");
    report.present &= ~(uint64_t)LEE_REPORT_HAS_SIL;
    assert_int_equal(lee_report_check(&report, &why), LEE_OK);
    memset(report.callsign, 'A', sizeof report.callsign);
    assert_int_equal(lee_report_check(&report, &why), LEE_ERR_DOMAIN);
    assert_string_equal(why.field, "callsign");
}

static void an_event_reads_back_and_looks_as_the_design_says(void **state)
{
    (void)state;
    lee_event event = {.seq = 3,
                       .t_us = 10,
                       .kind = LEE_EVENT_ENTERED,
                       .incident = UINT64_C(0x0123456789abcdef),
                       .zone = "z-1",
                       .zone_index = 4,
                       .zone_generation = 2,
                       .target = lee_target_icao24(0xabc, false),
                       .present = LEE_EVENT_HAS_POSITION | LEE_EVENT_HAS_CROSSED_AT |
                                  LEE_EVENT_HAS_SEVERITY | LEE_EVENT_HAS_ALT |
                                  LEE_EVENT_HAS_ALT_REF | LEE_EVENT_HAS_REASON,
                       .lat_e7 = 10000000,
                       .lon_e7 = -5,
                       .alt_ft = 2500,
                       .alt_ref = LEE_ALT_MSL,
                       .crossed_at_us = 9,
                       .severity = LEE_SEVERITY_HIGH,
                       .reason = "altitude_unknown"};
    lee_buffer b;
    lee_buffer_init(&b, 4096);
    lee_event_write_json(&event, &b);
    const char expected[] =
        "{\"seq\":3,\"t_us\":10,\"event\":\"entered\",\"incident\":\"0123456789abcdef\","
        "\"zone\":\"z-1\",\"zone_generation\":2,\"target\":\"icao24:~000abc\",\"lat\":1,"
        "\"lon\":-0.0000005,\"alt_ft\":2500,\"alt_ref\":\"MSL\",\"crossed_at_us\":9,"
        "\"severity\":\"high\",\"reason\":\"altitude_unknown\"}";
    assert_int_equal(b.length, strlen(expected));
    assert_memory_equal(b.bytes, expected, b.length);

    lee_buffer_reset(&b);
    lee_event_encode(&event, &b);
    lee_bytes in;
    lee_bytes_init(&in, b.bytes, b.length);
    lee_event again;
    char zone_id[129];
    assert_int_equal(lee_event_decode(&in, &again, zone_id), LEE_OK);
    assert_string_equal(again.zone, "z-1");
    again.zone = event.zone;
    assert_memory_equal(&again, &event, sizeof event);
    for (size_t length = 0; length < b.length; length++) {
        lee_bytes_init(&in, b.bytes, length);
        assert_true(lee_event_decode(&in, &again, zone_id) != LEE_OK);
    }
    lee_buffer_free(&b);
}

static void a_frame_reads_back(void **state)
{
    (void)state;
    const lee_frame frame = {.t_us = -5,
                             .stream_offset = 1u << 20,
                             .bytes = (const uint8_t *)"abc",
                             .length = 3,
                             .line = 9,
                             .feed = 2,
                             .format = LEE_FORMAT_SBS};
    lee_buffer b;
    lee_buffer_init(&b, 4096);
    lee_frame_encode(&frame, &b);
    lee_bytes in;
    lee_frame again;
    for (size_t length = 0; length < b.length; length++) {
        lee_bytes_init(&in, b.bytes, length);
        assert_int_equal(lee_frame_decode(&in, &again), LEE_ERR_TRUNCATED);
    }
    lee_bytes_init(&in, b.bytes, b.length);
    assert_int_equal(lee_frame_decode(&in, &again), LEE_OK);
    assert_int_equal(again.t_us, -5);
    assert_int_equal(again.stream_offset, 1u << 20);
    assert_int_equal(again.feed, 2);
    assert_int_equal(again.line, 9);
    assert_int_equal(again.format, LEE_FORMAT_SBS);
    assert_memory_equal(again.bytes, "abc", 3);
    lee_buffer_free(&b);
}

static void targets_are_strict(void **state)
{
    (void)state;
    lee_target target;
    const char *const good[] = {"icao24:4b1815",       "mmsi:1",        "rid:1581F5",
                                "asterix:25.201.4000", "unit:convoy-3", "unseen:17"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_true(lee_target_parse(good[i], strlen(good[i]), &target));
        assert_string_equal(target.text, good[i]);
    }
    const char *const bad[] = {
        "",          ":",          "icao24:",
        "plane:1",   "unit:a b",   "unit:a\"b",
        "unit:\x01", "unit:\xB8x", "unit:0123456789012345678901234567890123456789012"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(lee_target_parse(bad[i], strlen(bad[i]), &target));
    }
    const lee_target a = lee_target_icao24(0x4b1815, true);
    const lee_target b = lee_target_icao24(0x4b1815, false);
    assert_string_equal(b.text, "icao24:~4b1815");
    assert_false(lee_target_equal(&a, &b));
    assert_true(lee_target_hash(&a) != lee_target_hash(&b));
}

static void inputs_and_outputs_are_told_apart(void **state)
{
    (void)state;
    assert_true(lee_record_kind_is_input(LEE_RECORD_FRAME));
    assert_false(lee_record_kind_is_input(LEE_RECORD_EVENT));
    assert_string_equal(lee_record_kind_name(LEE_RECORD_GAP), "gap");
    assert_null(lee_record_kind_name((lee_record_kind)200));
}

static void addresses_are_six_hexadecimal_digits(void **state)
{
    (void)state;
    char want[LEE_TARGET_BYTES];
    for (uint32_t i = 0; i < 0x10000; i++) {
        const uint32_t address = i * 257 + (i >> 8) * 51;
        for (int is_icao = 0; is_icao < 2; is_icao++) {
            const lee_target target = lee_target_icao24(address & 0xffffff, is_icao == 1);
            memset(want, 0, sizeof want);
            snprintf(want, sizeof want, is_icao == 1 ? "icao24:%06x" : "icao24:~%06x",
                     address & 0xffffff);
            assert_memory_equal(target.text, want, sizeof want);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_report_reads_back_from_both_forms),
        cmocka_unit_test(a_report_line_looks_as_the_design_says),
        cmocka_unit_test(a_bad_line_names_field_and_reason),
        cmocka_unit_test(unknown_keys_are_passed_over),
        cmocka_unit_test(check_finds_what_is_out_of_range),
        cmocka_unit_test(an_event_reads_back_and_looks_as_the_design_says),
        cmocka_unit_test(a_frame_reads_back),
        cmocka_unit_test(targets_are_strict),
        cmocka_unit_test(addresses_are_six_hexadecimal_digits),
        cmocka_unit_test(inputs_and_outputs_are_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
