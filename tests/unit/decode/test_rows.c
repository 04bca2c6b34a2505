#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "leeward/decoder.h"
#include "leeward/deframe.h"
#include "record/codec.h"

#define FRAMES_MAX 64

static struct {
    lee_decode_result results[FRAMES_MAX];
    lee_report reports[FRAMES_MAX];
    lee_error_info whys[FRAMES_MAX];
    int64_t times_us[FRAMES_MAX];
    uint32_t lines[FRAMES_MAX];
    size_t count;
    lee_decoder *decoder;
    const char *input;
} heard;

static void on_frame(void *context, const lee_frame *frame)
{
    (void)context;
    assert_true(heard.count < FRAMES_MAX);
    const size_t n = heard.count++;
    assert_in_range(frame->length, 1, LEE_FRAME_MAX_BYTES);
    assert_memory_equal(frame->bytes, heard.input + frame->stream_offset, frame->length);
    heard.times_us[n] = frame->t_us;
    heard.lines[n] = frame->line;
    heard.results[n] = lee_decoder_frame(heard.decoder, frame, &heard.reports[n], &heard.whys[n]);
    if (heard.results[n] == LEE_DECODED_REPORT) {
        assert_int_equal(lee_report_check(&heard.reports[n], &heard.whys[n]), LEE_OK);
    }
}

static void run_as(lee_format format, const char *text, size_t piece, bool live)
{
    const int64_t received_us = INT64_C(1700000100000000);
    lee_deframe_options options;
    lee_decoder_options decoder_options;
    lee_deframer *deframer = NULL;
    lee_deframe_options_default(&options);
    options.live = live;
    lee_decoder_options_default(&decoder_options);
    decoder_options.aircraft_max = 1;
    assert_int_equal(lee_decoder_create(&decoder_options, &heard.decoder), LEE_OK);
    assert_int_equal(lee_deframer_create(format, &options, &deframer), LEE_OK);
    heard.count = 0;
    heard.input = text;
    const size_t length = strlen(text);
    for (size_t at = 0; at < length; at += piece) {
        const size_t size = length - at < piece ? length - at : piece;
        uint8_t *const copy = malloc(size);
        memcpy(copy, text + at, size);
        lee_deframer_push(deframer, copy, size, received_us, on_frame, NULL);
        free(copy);
    }
    lee_deframer_finish(deframer, on_frame, NULL);
    lee_deframer_free(deframer);
    lee_decoder_free(heard.decoder);
}

static const char states[] =
    "{\"time\":1700000010,\"states\":[[\"4b1814\",\"SWR123  \",\"Switzerland\",1700000005,"
    "1700000009,7.25,46.5,10668.0,false,231.5,359.99,-5.2,[1,2],10820.4,\"7700\",false,0,4],\n"
    "[\"4b1815\",null,\"x\",null,1700000003,null,null,null,true,null,360.0,null,null,null,null,"
    "false,2,0] ,[\"4b1816\",\"\",\"x\",1700000004,1700000004,-1.0E-4,-9.5e-1,null,false,0,0,0,"
    "null,null,null,false,1]]}\n";

static void state_vectors_are_read_field_by_field(void **state)
{
    (void)state;
    for (size_t piece = 1; piece < sizeof states; piece += piece < 8 ? 1 : 61) {
        run_as(LEE_FORMAT_OPENSKY_JSON, states, piece, false);
        assert_int_equal(heard.count, 3);
        const lee_report *const r = heard.reports;
        for (size_t i = 0; i < 3; i++) {
            assert_int_equal(heard.results[i], LEE_DECODED_REPORT);
        }
        assert_string_equal(r[0].target.text, "icao24:4b1814");
        assert_int_equal(r[0].t_us, INT64_C(1700000005000000));
        assert_int_equal(r[0].lat_e7, 465000000);
        assert_int_equal(r[0].lon_e7, 72500000);
        assert_int_equal(r[0].alt_baro_ft, 35000);
        assert_int_equal(r[0].alt_hae_ft, 35500);
        assert_int_equal(r[0].speed_ground_kt_e3, 450000); /* 231.5 m/s is 450 kt */
        assert_int_equal(r[0].track_deg_e3, 359990);
        assert_int_equal(r[0].vertical_rate_fpm, -1024); /* -5.2 x 60 / 0.3048 = -1023.6 */
        assert_int_equal(r[0].squawk, 07700);
        assert_int_equal(r[0].on_ground, 0);
        assert_string_equal(r[0].callsign, "SWR123");
        assert_string_equal(r[0].category, "A3");
        assert_int_equal(r[0].source, LEE_SOURCE_ADSB);
        assert_int_equal(r[1].t_us, INT64_C(1700000003000000));
        assert_int_equal(r[1].present, LEE_REPORT_HAS_ON_GROUND | LEE_REPORT_HAS_TRACK);
        assert_int_equal(r[1].on_ground, 1);
        assert_int_equal(r[1].track_deg_e3, 0);
        assert_int_equal(r[1].source, LEE_SOURCE_MLAT);
        assert_int_equal(r[2].lon_e7, -1000);
        assert_int_equal(r[2].lat_e7, -9500000);
        assert_int_equal(r[2].source, LEE_SOURCE_ASTERIX);
        assert_int_equal(r[2].present & LEE_REPORT_HAS_CALLSIGN, 0);
        assert_int_equal(heard.lines[1], 2);
    }
}

static void a_live_state_is_older_by_its_age_in_the_snapshot(void **state)
{
    (void)state;
    run_as(LEE_FORMAT_OPENSKY_JSON, states, 4096, true);
    assert_int_equal(heard.times_us[0], INT64_C(1700000095000000));
    assert_int_equal(heard.times_us[1], INT64_C(1700000093000000));
}

static void wrong_states_are_refused_by_element(void **state)
{
    (void)state;
    run_as(LEE_FORMAT_OPENSKY_JSON,
           "{\"time\":1,\"states\":[[\"4b18\"],[\"4b1814\",0,0,1,1,7,91.0],[1],"
           "[\"4b1814\",0,0,1,1,7,\"46\"],[\"4b1814\",0,0,1,1,7,46,null,false,0,0,0,null,null,"
           "\"7800\"],[],\"x\",[\"4b1814\",null,\"a]\\\"[\",1,1,7,46]]}"
           "{\"time\":2,\"states\":null}{\"time\":3}{\"time\":4,\"states\":[[\"4b1814\",",
           7, false);
    static const char *const fields[] = {"icao24", "latitude", "icao24", "latitude",
                                         "squawk", "icao24",   NULL};
    assert_int_equal(heard.count, 11);
    for (size_t i = 0; i < 7; i++) {
        assert_int_equal(heard.results[i], LEE_DECODED_REFUSED);
        if (fields[i] != NULL) {
            assert_string_equal(heard.whys[i].field, fields[i]);
        }
    }
    assert_int_equal(heard.results[7], LEE_DECODED_REPORT);
    assert_int_equal(heard.results[8], LEE_DECODED_NOTHING);
    assert_string_equal(heard.whys[9].field, "states");
    assert_int_equal(heard.whys[10].code, LEE_ERR_TRUNCATED);
}

static const char trace[] =
    "{\"icao\":\"ac671b\",\n\"r\":\"N1\",\"dbFlags\":0,\"timestamp\": "
    "1700000000.619,\n\"trace\":[\n"
    "[8.96,16.795675,-88.045513,32000,482.0,336.8,4,-64,null,\"adsb_icao\",33825,32,280,-7.9],\n"
    "[26.89,16.833336,-88.059981,\"ground\",48.3,340.7,1,null,{\"type\":\"adsb_icao\","
    "\"flight\":\"DAL1812 \",\"tas\":46,\"squawk\":\"4637\",\"nic\":8,\"nav_modes\":[\"lnav\"],"
    "\"emergency\":\"none\",\"nac_p\":10},\"mlat\",null,null,28,0.0],\n"
    "[30,16.8,-88.0,5025,null,null,8,64,null,\"tisb_icao\",null,null,null,null],\n"
    "[40,16.8,-88.0,null,null,null,0,null,null,\"adsb_icao\",null,-128,null,null]\n"
    "]}{\"icao\":\"~00beef\",\"timestamp\":1700000200,\"trace\":[[1,1,2,0,0,360,0,0]]}";

static void points_of_a_trace_are_reports_of_the_aircraft_in_its_head(void **state)
{
    (void)state;
    for (size_t piece = 1; piece < sizeof trace; piece += piece < 8 ? 1 : 61) {
        run_as(LEE_FORMAT_READSB_TRACE, trace, piece, false);
        assert_int_equal(heard.count, 7);
        const lee_report *const r = heard.reports;
        assert_int_equal(heard.results[0], LEE_DECODED_NOTHING);
        assert_int_equal(heard.results[5], LEE_DECODED_NOTHING);
        assert_string_equal(r[1].target.text, "icao24:ac671b");
        assert_int_equal(r[1].t_us, INT64_C(1700000009579000));
        assert_int_equal(r[1].lat_e7, 167956750);
        assert_int_equal(r[1].lon_e7, -880455130);
        assert_int_equal(r[1].alt_baro_ft, 32000);
        assert_int_equal(r[1].alt_hae_ft, 33825);
        assert_int_equal(r[1].speed_ground_kt_e3, 482000);
        assert_int_equal(r[1].track_deg_e3, 336800);
        assert_int_equal(r[1].vertical_rate_fpm, -64);
        assert_int_equal(r[1].speed_indicated_kt_e3, 280000);
        assert_int_equal(r[1].roll_deg_e3, -7900);
        assert_int_equal(r[1].source, LEE_SOURCE_ADSB);
        assert_int_equal(heard.lines[1], 4);
        assert_int_equal(r[2].on_ground, 1);
        assert_int_equal(r[2].heading_deg_e3, 340700);
        assert_int_equal(r[2].present & (LEE_REPORT_HAS_TRACK | LEE_REPORT_HAS_ALT_BARO), 0);
        assert_string_equal(r[2].callsign, "DAL1812");
        assert_int_equal(r[2].squawk, 04637);
        assert_int_equal(r[2].nic, 8);
        assert_int_equal(r[2].nac_p, 10);
        assert_int_equal(r[2].speed_air_kt_e3, 46000);
        assert_int_equal(r[2].source, LEE_SOURCE_MLAT);
        assert_int_equal(r[3].alt_hae_ft, 5025);
        assert_int_equal(r[3].present & LEE_REPORT_HAS_ALT_BARO, 0);
        assert_int_equal(r[3].source, LEE_SOURCE_TISB);
        assert_int_equal(r[4].vertical_rate_fpm, -128);
        assert_int_equal(r[4].present, LEE_REPORT_HAS_POSITION | LEE_REPORT_HAS_VERTICAL_RATE);
        assert_string_equal(r[6].target.text, "icao24:~00beef");
        assert_int_equal(r[6].t_us, INT64_C(1700000201000000));
        assert_int_equal(r[6].track_deg_e3, 0);
    }
}

static void a_trace_that_is_read_live_keeps_its_past_times(void **state)
{
    (void)state;
    run_as(LEE_FORMAT_READSB_TRACE, trace, 4096, true);
    assert_int_equal(heard.times_us[1], INT64_C(1700000009579000));
    assert_int_equal(heard.times_us[6], INT64_C(1700000100000000)); /* never of the future */
}

static void wrong_traces_are_refused(void **state)
{
    (void)state;
    run_as(LEE_FORMAT_READSB_TRACE,
           "{\"timestamp\":1,\"trace\":[[1,1,2]]}{\"icao\":\"ac671b\",\"trace\":[[1,91,2],"
           "[1,1,2,\"low\"],[1,1,2,0,0,0,0,0,{\"squawk\":\"9999\"}],[1,1,2,0,-1],[1,,2],"
           "[1,1,2,0,0,361],{\"icao\":\"ac671c\",\"timestamp\":5,\"trace\":[[1,1,2]]}",
           5, false);
    static const char *const fields[] = {"icao",   "icao", NULL, "lat",   "alt",
                                         "squawk", "gs",   NULL, "track", NULL};
    assert_true(heard.count >= 11);
    for (size_t i = 0; i < 7; i++) {
        if (fields[i] != NULL) {
            assert_int_equal(heard.results[i], LEE_DECODED_REFUSED);
            assert_string_equal(heard.whys[i].field, fields[i]);
        }
    }
    const size_t last = heard.count - 1;
    assert_int_equal(heard.results[last], LEE_DECODED_REPORT);
    assert_string_equal(heard.reports[last].target.text, "icao24:ac671c");
    assert_int_equal(heard.times_us[last], 6000000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(state_vectors_are_read_field_by_field),
        cmocka_unit_test(a_live_state_is_older_by_its_age_in_the_snapshot),
        cmocka_unit_test(wrong_states_are_refused_by_element),
        cmocka_unit_test(points_of_a_trace_are_reports_of_the_aircraft_in_its_head),
        cmocka_unit_test(a_trace_that_is_read_live_keeps_its_past_times),
        cmocka_unit_test(wrong_traces_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
