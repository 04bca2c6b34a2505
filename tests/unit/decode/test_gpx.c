#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "leeward/decoder.h"
#include "leeward/deframe.h"
#include "record/codec.h"

#define FRAMES_MAX 4096

static struct {
    lee_decode_result results[FRAMES_MAX];
    lee_report reports[FRAMES_MAX];
    lee_error_info whys[FRAMES_MAX];
    uint64_t offsets[FRAMES_MAX];
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
    heard.offsets[n] = frame->stream_offset;
    heard.lines[n] = frame->line;
    heard.results[n] = lee_decoder_frame(heard.decoder, frame, &heard.reports[n], &heard.whys[n]);
    if (heard.results[n] == LEE_DECODED_REPORT) {
        assert_int_equal(lee_report_check(&heard.reports[n], &heard.whys[n]), LEE_OK);
    }
}

static void run_n(const char *text, size_t length, size_t piece)
{
    lee_deframe_options options;
    lee_decoder_options decoder_options;
    lee_deframer *deframer = NULL;
    lee_deframe_options_default(&options);
    lee_decoder_options_default(&decoder_options);
    decoder_options.aircraft_max = 1;
    assert_int_equal(lee_decoder_create(&decoder_options, &heard.decoder), LEE_OK);
    assert_int_equal(lee_deframer_create(LEE_FORMAT_GPX, &options, &deframer), LEE_OK);
    heard.count = 0;
    heard.input = text;
    for (size_t at = 0; at < length; at += piece) {
        const size_t size = length - at < piece ? length - at : piece;
        uint8_t *const copy = malloc(size);
        memcpy(copy, text + at, size);
        lee_deframer_push(deframer, copy, size, 0, on_frame, NULL);
        free(copy);
    }
    lee_deframer_finish(deframer, on_frame, NULL);
    lee_deframer_free(deframer);
    lee_decoder_free(heard.decoder);
}

static void run(const char *text)
{
    run_n(text, strlen(text), 4096);
}

static const char track[] =
    "\xef\xbb\xbf<?xml version=\"1.0\"?>\n"
    "<!DOCTYPE gpx [<!ENTITY a \"aaaa\">]>\n"
    "<gpx version=\"1.1\"><metadata><time>2020-01-01T00:00:00Z</time></metadata>\n"
    "<!-- > <trkpt lat=\"1\" lon=\"1\"/> \n--><![CDATA[ > <wpt lat=\"1\" lon=\"1\"/>]]>\n"
    "<trk><name>a > b</name><trkseg>\n"
    "<trkpt lat=\"46.5\" lon=\"7.25\"><elex>1</elex><ele>1000.0</ele>\n"
    "  <time>2024-06-06T08:58:01.5Z</time><geoidheight>50.0</geoidheight></trkpt>\n"
    "<trkpt\n lon='-7.1234567'\tlat='-46.50'><time> 2024-06-06T08:58:02Z </time><ele>12</ele>\n"
    "<extensions><x:TrackPointExtension xmlns:x=\"a:b\"><x:speed>10</x:speed>"
    "<x:course>360.0</x:course></x:TrackPointExtension></extensions></trkpt>\n"
    "<trkpt lat=\"46\" lon=\"7\"/></trkseg></trk>"
    "<wpt lat=\"1\" lon=\"2\"></wpt><rtept lat=\"3\" lon=\"4\"/></gpx>\n";

static void points_of_a_track_are_reports(void **state)
{
    (void)state;
    for (size_t piece = 1; piece < sizeof track; piece += piece < 8 ? 1 : 61) {
        run_n(track, sizeof track - 1, piece);
        assert_int_equal(heard.count, 5);
        const lee_report *const r = heard.reports;
        for (size_t i = 0; i < 5; i++) {
            assert_int_equal(heard.results[i], LEE_DECODED_REPORT);
            assert_string_equal(r[i].target.text, "unit:gpx");
            assert_int_equal(r[i].source, LEE_SOURCE_GNSS);
        }
        assert_int_equal(r[0].lat_e7, 465000000);
        assert_int_equal(r[0].lon_e7, 72500000);
        assert_int_equal(r[0].t_us, INT64_C(1717664281500000));
        assert_int_equal(r[0].alt_hae_ft, 3445);
        assert_int_equal(heard.lines[0], 7);
        assert_int_equal(r[1].lat_e7, -465000000);
        assert_int_equal(r[1].lon_e7, -71234567);
        assert_int_equal(r[1].speed_ground_kt_e3, 19438);
        assert_int_equal(r[1].track_deg_e3, 0);
        assert_int_equal(r[1].present, LEE_REPORT_HAS_POSITION | LEE_REPORT_HAS_SPEED_GROUND |
                                           LEE_REPORT_HAS_TRACK);
        assert_int_equal(heard.lines[1], 9);
        assert_int_equal(r[2].t_us, r[1].t_us);
        assert_int_equal(r[3].lon_e7, 20000000);
        assert_int_equal(r[4].lat_e7, 30000000);
        assert_int_equal(heard.lines[4], 12);
    }
}

static void points_that_are_wrong_are_refused(void **state)
{
    (void)state;
    static const char *const points[] = {
        "<trkpt lat=\"90.1\" lon=\"0\"/>",
        "<trkpt lat=\"0\" lon=\"-180.1\"/>",
        "<trkpt lat=\"0\"/>",
        "<trkpt lon=\"0\"/>",
        "<trkpt lat=\"\" lon=\"0\"/>",
        "<trkpt lat=\"NaN\" lon=\"0\"/>",
        "<trkpt lat=\"1e400\" lon=\"0\"/>",
        "<trkpt lat=0 lon=0/>",
        "<trkpt lat=\"0 lon=\"0/>",
        "<trkpt lat=\"0\" lon=\"0\"><speed>-1</speed></trkpt>",
        "<trkpt lat=\"0\" lon=\"0\"><course>361</course></trkpt>",
        "<trkpt lat=\"0\" lon=\"0\"><ele>x</ele><geoidheight>1</geoidheight></trkpt>",
    };
    for (size_t i = 0; i < sizeof points / sizeof points[0]; i++) {
        run(points[i]);
        assert_int_equal(heard.count, 1);
        assert_int_equal(heard.results[0], LEE_DECODED_REFUSED);
    }
    run("<trkptx lat=\"0\" lon=\"0\"/><wptx/><gpx>");
    assert_int_equal(heard.count, 0);
}

static void a_point_that_does_not_end_is_refused(void **state)
{
    (void)state;
    run("<gpx><trkpt lat=\"1\" lon=\"2\"><ele>1</ele>");
    assert_int_equal(heard.count, 1);
    assert_int_equal(heard.whys[0].code, LEE_ERR_TRUNCATED);
    enum { LONG = 3 * LEE_FRAME_MAX_BYTES };
    char *const text = malloc(LONG + 100);
    memset(text, ' ', LONG);
    static const char open[] = "<trkpt lat=\"1\" lon=\"2\">";
    static const char good[] = "<trkpt lat=\"1\" lon=\"2\"/>";
    memcpy(text, open, sizeof open - 1);
    memcpy(text + LONG, good, sizeof good - 1);
    run_n(text, LONG + sizeof good - 1, 1000);
    free(text);
    assert_int_equal(heard.count, 2);
    assert_int_equal(heard.whys[0].code, LEE_ERR_LIMIT);
    assert_int_equal(heard.results[1], LEE_DECODED_REPORT);
}

static const char flight[] = "AXXX001\r\n"
                             "HFDTE311223\r\n"
                             "HFPLTPILOTINCHARGE:nobody\r\n"
                             "B2359595206343N00006198WA0058700558\r\n"
                             "B0000005206343S00006198EV-001000558ab\r\n"
                             "HFDTEDATE:010124,02\r\n"
                             "B0000015206343N00006198WA0000000558\r\n"
                             "B0000025206343N00006198WX0000000558\r\n"
                             "B0000025260000N00006198WA0000000558\r\n"
                             "B0000025206343N18100000WA0000000558\r\n"
                             "B0000025206343N0000619\r\n"
                             "not a line of a flight log\r\n";

static void flight_logs_tell_both_altitudes(void **state)
{
    (void)state;
    static const lee_decode_result results[] = {
        LEE_DECODED_NOTHING, LEE_DECODED_NOTHING, LEE_DECODED_NOTHING, LEE_DECODED_REPORT,
        LEE_DECODED_REPORT,  LEE_DECODED_NOTHING, LEE_DECODED_REPORT,  LEE_DECODED_REFUSED,
        LEE_DECODED_REFUSED, LEE_DECODED_REFUSED, LEE_DECODED_REFUSED, LEE_DECODED_REFUSED};
    for (size_t piece = 1; piece < 20; piece++) {
        run_n(flight, sizeof flight - 1, piece);
        assert_int_equal(heard.count, 12);
        for (size_t i = 0; i < 12; i++) {
            assert_int_equal(heard.results[i], results[i]);
            assert_int_equal(heard.lines[i], i + 1);
        }
        const lee_report *const r = heard.reports;
        assert_string_equal(r[3].target.text, "unit:igc");
        assert_int_equal(r[3].t_us, INT64_C(1704067199000000));
        assert_int_equal(r[3].lat_e7, 521057167);
        assert_int_equal(r[3].lon_e7, -1033000);
        assert_int_equal(r[3].alt_baro_ft, 1926);
        assert_int_equal(r[3].alt_hae_ft, 1831);
        assert_int_equal(r[4].t_us - r[3].t_us, 1000000); /* over midnight */
        assert_int_equal(r[4].lat_e7, -521057167);
        assert_int_equal(r[4].lon_e7, 1033000);
        assert_int_equal(r[4].alt_baro_ft, -33);
        assert_int_equal(r[4].present, LEE_REPORT_HAS_POSITION | LEE_REPORT_HAS_ALT_BARO);
        assert_int_equal(r[6].t_us - r[4].t_us, 1000000);
        assert_int_equal(r[6].present, LEE_REPORT_HAS_POSITION | LEE_REPORT_HAS_ALT_HAE);
    }
}

static void random_and_truncated_files_never_break_it(void **state)
{
    (void)state;
    for (size_t length = 0; length < sizeof track; length++) {
        run_n(track, length, 7);
        assert_true(heard.count <= 6);
    }
    static const char *const words[] = {"<trkpt", "<wpt", " lat=",    " lon=\"", "\"",  "1",
                                        "/>",     ">",    "</trkpt>", "<!--",    "-->", "<ele>",
                                        "<time>", "<",    "B",        "\n"};
    uint64_t seed = 88172645463325252u;
    for (int i = 0; i < 5000; i++) {
        char text[400] = "<";
        for (size_t at = 1; at < 380;) {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            const char *const word = words[seed >> 10 & 15];
            memcpy(text + at, word, strlen(word));
            at += strlen(word);
        }
        run(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(points_of_a_track_are_reports),
        cmocka_unit_test(points_that_are_wrong_are_refused),
        cmocka_unit_test(a_point_that_does_not_end_is_refused),
        cmocka_unit_test(flight_logs_tell_both_altitudes),
        cmocka_unit_test(random_and_truncated_files_never_break_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
