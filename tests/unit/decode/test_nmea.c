#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "decode/nmea.h"
#include "leeward/decoder.h"
#include "leeward/deframe.h"
#include "record/codec.h"
#include "unit/decode/ais_encode.h"

static lee_nmea_sentence sentence;
static const char *reason;

static lee_error read_line(const char *line)
{
    /* On the heap, so that a sanitizer sees a read behind the end. */
    const size_t length = strlen(line);
    char *const copy = malloc(length + 1);
    memcpy(copy, line, length);
    char *const exact = realloc(copy, length > 0 ? length : 1);
    reason = NULL;
    const lee_error error = lee_nmea_read(exact, length, &sentence, &reason);
    assert_int_equal(error == LEE_OK, reason == NULL);
    free(exact);
    return error;
}

static void checksums_must_be_there_and_match(void **state)
{
    (void)state;
    assert_int_equal(read_line("$HEHDT,4.0,T*2B"), LEE_OK);
    assert_int_equal(sentence.count, 3);
    assert_int_equal(read_line("$HEHDT,4.0,T*2C"), LEE_ERR_CHECKSUM);
    assert_int_equal(read_line("$HEHDT,4.1,T*2B"), LEE_ERR_CHECKSUM);
    assert_int_equal(read_line("$HEHDT,4.0,T"), LEE_ERR_SYNTAX);
    assert_int_equal(read_line("$HEHDT,4.0,T*"), LEE_ERR_SYNTAX);
    assert_int_equal(read_line("$HEHDT,4.0,T*2"), LEE_ERR_SYNTAX);
    assert_int_equal(read_line("$HEHDT,4.0,T*2g"), LEE_ERR_SYNTAX);
    assert_int_equal(read_line("HEHDT,4.0,T*2B"), LEE_ERR_SYNTAX);
    assert_int_equal(read_line("$"), LEE_ERR_SYNTAX);
    assert_int_equal(read_line(""), LEE_ERR_SYNTAX);
}

static void tag_blocks_tell_station_and_time_and_are_checked(void **state)
{
    (void)state;
    assert_int_equal(read_line("\\s:r003669945,c:1120959341*7D\\$HEHDT,4.0,T*2B"), LEE_OK);
    assert_true(sentence.time_known);
    assert_int_equal(sentence.t_us, INT64_C(1120959341000000));
    assert_int_equal(sentence.station.length, 10);
    assert_int_equal(read_line("\\s:r003669946,c:1120959341*7D\\$HEHDT,4.0,T*2B"),
                     LEE_ERR_CHECKSUM);
    assert_int_equal(read_line("\\s:x\\$HEHDT,4.0,T*2B"), LEE_ERR_SYNTAX);
    assert_int_equal(read_line("\\s:r003669945,c:1120959341*7D$HEHDT,4.0,T*2B"), LEE_ERR_SYNTAX);
    assert_int_equal(read_line("\\s:r003669945,c:1120959341*7D\\"), LEE_ERR_SYNTAX);
    assert_int_equal(read_line("\\"), LEE_ERR_SYNTAX);
    assert_int_equal(read_line("\\\\"), LEE_ERR_SYNTAX);
    char milliseconds[100];
    char line[150];
    nmea_wrap('\\', "c:1120959341234", milliseconds, sizeof milliseconds);
    snprintf(line, sizeof line, "%s\\$HEHDT,4.0,T*2B", milliseconds);
    assert_int_equal(read_line(line), LEE_OK);
    assert_int_equal(sentence.t_us, INT64_C(1120959341234000));
    assert_int_equal(sentence.station.length, 0);
}

static lee_slice slice(const char *text)
{
    return (lee_slice){text, strlen(text)};
}

static void angles_are_degrees_and_minutes(void **state)
{
    (void)state;
    int32_t e7 = 0;
    assert_true(lee_nmea_angle(slice("5250.53669"), slice("N"), false, &e7));
    assert_int_equal(e7, 528422782);
    assert_true(lee_nmea_angle(slice("00542.34920"), slice("W"), true, &e7));
    assert_int_equal(e7, -57058200);
    assert_true(lee_nmea_angle(slice("9000"), slice("S"), false, &e7));
    assert_int_equal(e7, -900000000);
    assert_true(lee_nmea_angle(slice("18000.0"), slice("E"), true, &e7));
    assert_int_equal(e7, 1800000000);
    static const char *const wrong[] = {"9000.001", "5260.0", "525",   "",     "5-50.5",
                                        "52 0.5",   "5250.x", "52501", "9100", "5250.5e1"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        e7 = 7;
        assert_false(lee_nmea_angle(slice(wrong[i]), slice("N"), false, &e7));
        assert_int_equal(e7, 7);
    }
    assert_false(lee_nmea_angle(slice("5250.5"), slice("E"), false, &e7));
    assert_false(lee_nmea_angle(slice("5250.5"), slice(""), false, &e7));
    assert_false(lee_nmea_angle(slice("18000.1"), slice("E"), true, &e7));
}

static void times_and_dates_are_checked(void **state)
{
    (void)state;
    int64_t us = 0;
    assert_true(lee_nmea_time_of_day(slice("213950.25"), &us));
    assert_int_equal(us, ((21 * 60 + 39) * 60 + 50) * INT64_C(1000000) + 250000);
    assert_true(lee_nmea_time_of_day(slice("235960"), &us));
    assert_false(lee_nmea_time_of_day(slice("240000"), &us));
    assert_false(lee_nmea_time_of_day(slice("236000"), &us));
    assert_false(lee_nmea_time_of_day(slice("235961"), &us));
    assert_false(lee_nmea_time_of_day(slice("23595"), &us));
    assert_false(lee_nmea_time_of_day(slice("2359-1"), &us));
    assert_true(lee_nmea_date(slice("070420"), &us));
    assert_int_equal(us, INT64_C(1586217600000000));
    assert_true(lee_nmea_date(slice("010180"), &us));
    assert_int_equal(us, INT64_C(315532800000000));
    assert_false(lee_nmea_date(slice("320420"), &us));
    assert_false(lee_nmea_date(slice("071320"), &us));
    assert_false(lee_nmea_date(slice("0704200"), &us));
}

static struct {
    lee_decode_result results[64];
    lee_report reports[64];
    size_t count;
    lee_decoder *decoder;
} heard;

static void decode(void *context, const lee_frame *frame)
{
    (void)context;
    assert_true(heard.count < 64);
    lee_error_info why;
    heard.results[heard.count] =
        lee_decoder_frame(heard.decoder, frame, &heard.reports[heard.count], &why);
    if (heard.results[heard.count] == LEE_DECODED_REPORT) {
        assert_int_equal(lee_report_check(&heard.reports[heard.count], &why), LEE_OK);
    }
    heard.count++;
}

/* Runs sentences, given without '$' and checksum, through deframer and decoder. */
static void run(const char *const *bodies, size_t count, uint16_t feed)
{
    lee_deframe_options options;
    lee_decoder_options decoder_options;
    lee_deframer *deframer = NULL;
    lee_deframe_options_default(&options);
    options.feed = feed;
    lee_decoder_options_default(&decoder_options);
    decoder_options.aircraft_max = 1;
    assert_int_equal(lee_decoder_create(&decoder_options, &heard.decoder), LEE_OK);
    assert_int_equal(lee_deframer_create(LEE_FORMAT_AIS, &options, &deframer), LEE_OK);
    heard.count = 0;
    for (size_t i = 0; i < count; i++) {
        char line[200];
        nmea_wrap('$', bodies[i], line, sizeof line);
        lee_deframer_push(deframer, (const uint8_t *)line, strlen(line), 0, decode, NULL);
        lee_deframer_push(deframer, (const uint8_t *)"\r\n", 2, 0, decode, NULL);
    }
    assert_int_equal(heard.count, count);
    lee_deframer_free(deframer);
    lee_decoder_free(heard.decoder);
}

static void own_position_is_a_report_of_the_unit(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "GPRMC,213950.00,A,5250.53669,N,00542.34920,E,10.020,359.96,070420,,,A",
        "GNGGA,213951.00,5250.53669,N,00542.34920,E,1,09,1.03,-6.0,M,45.8,M,,",
        "GPGLL,5250.53669,S,00542.34920,W,213952.50,A,A",
        "GPVTG,360.0,T,,M,0.020,N,0.038,K,A",
        "HEHDT,4.0,T",
        "GPGGA,213953.00,5250.53669,N,00542.34920,E,1,09,1.03,-6.0,M,,M,,",
    };
    run(bodies, 6, 0);
    const lee_report *const r = heard.reports;
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(heard.results[i], LEE_DECODED_REPORT);
        assert_string_equal(r[i].target.text, "unit:own");
        assert_int_equal(r[i].source, LEE_SOURCE_GNSS);
    }
    assert_int_equal(r[0].t_us, INT64_C(1586295590000000));
    assert_int_equal(r[0].lat_e7, 528422782);
    assert_int_equal(r[0].speed_ground_kt_e3, 10020);
    assert_int_equal(r[0].track_deg_e3, 359960);
    assert_int_equal(r[1].t_us, INT64_C(1586295591000000));
    assert_int_equal(r[1].alt_hae_ft, 131); /* 39.8 m */
    assert_int_equal(r[2].t_us, INT64_C(1586295592500000));
    assert_int_equal(r[2].lat_e7, -528422782);
    assert_int_equal(r[2].lon_e7, -57058200);
    assert_int_equal(r[3].track_deg_e3, 0);
    assert_int_equal(r[4].heading_deg_e3, 4000);
    assert_int_equal(r[5].present, LEE_REPORT_HAS_POSITION);
}

static void sentences_without_a_fix_tell_nothing(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "GPRMC,213950.00,V,5250.53669,N,00542.34920,E,0.020,,070420,,,A",
        "GPRMC,213950.00,A,5250.53669,N,00542.34920,E,0.020,,070420,,,N",
        "GPRMC,213950.00,A,5250.53669,N,00542.34920,E,0.020,,070420,,,S",
        "GPGGA,213950.00,5250.53669,N,00542.34920,E,0,09,1.03,-6.0,M,45.8,M,,",
        "GPGGA,213950.00,5250.53669,N,00542.34920,E,8,09,1.03,-6.0,M,45.8,M,,",
        "GPGLL,5250.53669,N,00542.34920,E,213950.00,V,N",
        "GPVTG,10.0,T,,M,0.020,N,0.038,K,N",
        "HETHS,4.0,V",
        "GPGSV,200,1,10,03,39,230,23",
        "PGRMT,%n%n%n%s",
        "GPRMC",
    };
    run(bodies, 11, 0);
    for (size_t i = 0; i < 11; i++) {
        assert_int_equal(heard.results[i], LEE_DECODED_NOTHING);
    }
}

static void fields_that_are_no_numbers_are_refused(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "GPRMC,213950.00,A,9950.53669,N,00542.34920,E,0.020,,070420,,,A",
        "GPRMC,213950.00,A,5250.53669,N,,E,0.020,,070420,,,A",
        "GPRMC,213950.00,A,5250.53669,N,00542.34920,E,-1,,070420,,,A",
        "GPRMC,213950.00,A,5250.53669,N,00542.34920,E,1,361,070420,,,A",
        "GPGGA,213950.00,5250.53669,N,00542.34920,E,1,09,1.03,1e9,M,45.8,M,,",
        "HEHDT,north,T",
    };
    run(bodies, 6, 0);
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(heard.results[i], LEE_DECODED_REFUSED);
    }
}

static void each_feed_is_a_unit_of_its_own(void **state)
{
    (void)state;
    static const char *const bodies[] = {"HEHDT,4.0,T"};
    run(bodies, 1, 7);
    assert_string_equal(heard.reports[0].target.text, "unit:own-7");
    run(bodies, 1, 10);
    assert_string_equal(heard.reports[0].target.text, "unit:own-10");
    run(bodies, 1, 63);
    assert_string_equal(heard.reports[0].target.text, "unit:own-63");
}

static void time_goes_on_over_midnight(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "GPRMC,235959.00,A,5250.5,N,00542.3,E,0.0,,070420,,,A",
        "GPGGA,000000.00,5250.5,N,00542.3,E,1,09,1.03,,M,,M,,",
        "GPRMC,000000.00,A,5250.5,N,00542.3,E,0.0,,080420,,,A",
        "GPGLL,5250.5,N,00542.3,E,000001.00,A,A",
    };
    run(bodies, 4, 0);
    assert_int_equal(heard.reports[1].t_us - heard.reports[0].t_us, 1000000);
    assert_int_equal(heard.reports[2].t_us, heard.reports[1].t_us);
    assert_int_equal(heard.reports[3].t_us - heard.reports[2].t_us, 1000000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(checksums_must_be_there_and_match),
        cmocka_unit_test(tag_blocks_tell_station_and_time_and_are_checked),
        cmocka_unit_test(angles_are_degrees_and_minutes),
        cmocka_unit_test(times_and_dates_are_checked),
        cmocka_unit_test(own_position_is_a_report_of_the_unit),
        cmocka_unit_test(sentences_without_a_fix_tell_nothing),
        cmocka_unit_test(fields_that_are_no_numbers_are_refused),
        cmocka_unit_test(each_feed_is_a_unit_of_its_own),
        cmocka_unit_test(time_goes_on_over_midnight),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
