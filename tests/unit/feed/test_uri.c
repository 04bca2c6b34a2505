#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "feed/uri.h"

static lee_feed_uri parsed(const char *text)
{
    lee_feed_uri uri;
    lee_error_info error;
    assert_int_equal(lee_feed_uri_parse(text, strlen(text), &uri, &error), LEE_OK);
    return uri;
}

static void assert_refused(const char *text, lee_error code, const char *field)
{
    lee_feed_uri uri = {.port = 7};
    lee_error_info error = {.code = LEE_OK};
    assert_int_equal(lee_feed_uri_parse(text, strlen(text), &uri, &error), code);
    assert_int_equal(error.code, code);
    assert_non_null(error.reason);
    assert_int_equal(uri.port, 7);
    if (field) {
        assert_string_equal(error.field, field);
    } else {
        assert_null(error.field);
    }
}

static void a_bare_path_is_a_file_taken_as_it_is(void **state)
{
    (void)state;
    const lee_feed_uri uri = parsed("data/a%20b.avr");
    assert_int_equal(uri.kind, LEE_FEED_FILE);
    assert_string_equal(uri.path, "data/a%20b.avr");
    assert_string_equal(uri.name, "a%20b.avr");
    assert_true(uri.unpack);
    assert_false(uri.has_format);
    assert_false(uri.has_t0);
}

static void a_file_uri_has_escapes(void **state)
{
    (void)state;
    assert_string_equal(parsed("file:a%20b%3fc").path, "a b?c");
    assert_string_equal(parsed("file:///tmp/x").path, "/tmp/x");
}

static void a_dash_is_standard_input(void **state)
{
    (void)state;
    assert_int_equal(parsed("-?format=sbs").kind, LEE_FEED_STDIN);
    assert_string_equal(parsed("-").name, "stdin");
}

static void a_radio_has_a_serial_number_gain_and_rate(void **state)
{
    (void)state;
    const lee_feed_uri first = parsed("rtl://");
    assert_int_equal(first.kind, LEE_FEED_RTL);
    assert_string_equal(first.host, "");
    assert_string_equal(first.name, "radio");
    assert_true(first.has_format);
    assert_int_equal(first.format, LEE_FORMAT_IQ);
    assert_int_equal(first.sample_rate_hz, 2400000);
    assert_int_equal(first.gain_db_e1, 496);
    assert_int_equal(first.silent_s, 10);
    const lee_feed_uri uri = parsed("rtl://0000%201/?gain_db=auto&ppm=-3&rate_hz=2000000");
    assert_string_equal(uri.host, "0000 1");
    assert_string_equal(uri.name, "radio 0000 1");
    assert_int_equal(uri.gain_db_e1, LEE_FEED_GAIN_AUTO);
    assert_int_equal(uri.ppm, -3);
    assert_int_equal(uri.sample_rate_hz, 2000000);
    assert_int_equal(parsed("rtl://?gain_db=7.7").gain_db_e1, 77);
    assert_refused("rtl://-d", LEE_ERR_SYNTAX, "serial");
    assert_refused("rtl://?gain_db=0", LEE_ERR_DOMAIN, "gain_db");
    assert_refused("rtl://?gain_db=60.1", LEE_ERR_DOMAIN, "gain_db");
    assert_refused("rtl://?ppm=1.5", LEE_ERR_DOMAIN, "ppm");
    assert_refused("rtl://?ppm=501", LEE_ERR_DOMAIN, "ppm");
    assert_refused("rtl://?rate_hz=2048000", LEE_ERR_DOMAIN, "rate_hz");
}

static void the_rate_of_samples_is_in_the_name_of_their_file(void **state)
{
    (void)state;
    assert_int_equal(parsed("a.iq").sample_rate_hz, 2400000);
    assert_int_equal(parsed("/2M/g001_1090M_2400k.cu8").sample_rate_hz, 2400000);
    assert_int_equal(parsed("g001_1090M_2000k.cu8").sample_rate_hz, 2000000);
    assert_int_equal(parsed("x-2000000.iq").sample_rate_hz, 2000000);
    assert_int_equal(parsed("12000000.iq").sample_rate_hz, 2400000);
    assert_int_equal(parsed("a_2M.iq?rate_hz=2400000").sample_rate_hz, 2400000);
}

static void network_feeds_have_host_and_port(void **state)
{
    (void)state;
    lee_feed_uri uri = parsed("tcp://radar.example:30005?format=beast&name=North&silent_s=0");
    assert_int_equal(uri.kind, LEE_FEED_TCP);
    assert_string_equal(uri.host, "radar.example");
    assert_int_equal(uri.port, 30005);
    assert_true(uri.has_format);
    assert_int_equal(uri.format, LEE_FORMAT_BEAST);
    assert_string_equal(uri.name, "North");
    assert_int_equal(uri.silent_s, 0);
    assert_false(uri.has_site);
    uri = parsed("tcp://radar.example:30005?site=35.1,-36.7500001&height_m=120");
    assert_true(uri.has_site);
    assert_int_equal(uri.site.lat_e7, 351000000);
    assert_int_equal(uri.site.lon_e7, -367500001);
    assert_int_equal(uri.height_m, 120);
    uri = parsed("tcp://radar.example:30005?format=beast&name=North&silent_s=0");
    uri = parsed("tcp://[::1]:1");
    assert_string_equal(uri.host, "::1");
    assert_string_equal(uri.name, "[::1]:1");
    uri = parsed("udp://10110");
    assert_int_equal(uri.kind, LEE_FEED_UDP);
    assert_string_equal(uri.host, "");
    assert_string_equal(parsed("udp://239.1.2.3:65535").host, "239.1.2.3");
    assert_int_equal(parsed("udp://239.1.2.3:65535").port, 65535);
}

static void a_broker_has_a_topic_and_who_listens(void **state)
{
    (void)state;
    lee_feed_uri uri = parsed("mqtt://broker.example/convoys/+/position?format=report_jsonl");
    assert_int_equal(uri.kind, LEE_FEED_MQTT);
    assert_true(lee_feed_uri_is_live(&uri));
    assert_false(uri.tls);
    assert_string_equal(uri.host, "broker.example");
    assert_int_equal(uri.port, 1883);
    assert_string_equal(uri.topic, "convoys/+/position");
    assert_int_equal(uri.qos, 1);
    assert_string_equal(uri.name, "broker.example:1883/convoys/+/position");
    uri = parsed("mqtts://[::1]:8884/rid/%23?user=me&password_file=/p&ca_file=/c&qos=2&client=x");
    assert_true(uri.tls);
    assert_string_equal(uri.host, "::1");
    assert_int_equal(uri.port, 8884);
    assert_string_equal(uri.topic, "rid/#");
    assert_string_equal(uri.user, "me");
    assert_string_equal(uri.password_file, "/p");
    assert_string_equal(uri.ca_file, "/c");
    assert_int_equal(uri.qos, 2);
    assert_string_equal(uri.client, "x");
    assert_int_equal(parsed("mqtts://[::1]/a").port, 8883);
    assert_refused("mqtt://h", LEE_ERR_SYNTAX, "topic");
    assert_refused("mqtt://h/", LEE_ERR_SYNTAX, "topic");
    assert_refused("mqtt:///t", LEE_ERR_SYNTAX, "host");
    assert_refused("mqtt://h:0/t", LEE_ERR_SYNTAX, "host");
    assert_refused("mqtt://h/a%23/b", LEE_ERR_SYNTAX, "topic");
    assert_refused("mqtt://h/a+", LEE_ERR_SYNTAX, "topic");
    assert_refused("mqtt://h/%c3%28", LEE_ERR_SYNTAX, "topic");
    assert_refused("mqtt://h/a?qos=3", LEE_ERR_DOMAIN, "qos");
    assert_refused("mqtt://h/a?qos=11", LEE_ERR_DOMAIN, "qos");
    assert_refused("mqtt://h/a?user=", LEE_ERR_DOMAIN, "user");
}

static void the_query_says_when_a_recording_began(void **state)
{
    (void)state;
    const lee_feed_uri uri = parsed("x?t0=1970-01-01T00:00:01Z&gz=0");
    assert_true(uri.has_t0);
    assert_true(uri.t0_us == 1000000);
    assert_false(uri.unpack);
}

static void what_is_wrong_is_named(void **state)
{
    (void)state;
    assert_refused("", LEE_ERR_SYNTAX, NULL);
    assert_refused("http://x/", LEE_ERR_UNSUPPORTED, "scheme");
    assert_refused("tcp://host", LEE_ERR_SYNTAX, "host");
    assert_refused("tcp://:1", LEE_ERR_SYNTAX, "host");
    assert_refused("tcp://h:0", LEE_ERR_SYNTAX, "host");
    assert_refused("tcp://h:65536", LEE_ERR_SYNTAX, "host");
    assert_refused("tcp://::1:30005", LEE_ERR_SYNTAX, "host");
    assert_refused("tcp://[::1:30005", LEE_ERR_SYNTAX, "host");
    assert_refused("tcp://a b:1", LEE_ERR_SYNTAX, "host");
    assert_refused("udp://name:1", LEE_ERR_SYNTAX, "group");
    assert_refused("file:", LEE_ERR_SYNTAX, "path");
    assert_refused("file:a%2", LEE_ERR_SYNTAX, "path");
    assert_refused("file:a%00b", LEE_ERR_SYNTAX, "path");
    assert_refused("x?format=elf", LEE_ERR_DOMAIN, "format");
    assert_refused("x?format", LEE_ERR_DOMAIN, "format");
    assert_refused("x?t0=yesterday", LEE_ERR_DOMAIN, "t0");
    assert_refused("x?gz=2", LEE_ERR_DOMAIN, "gz");
    assert_refused("x?clock=utc", LEE_ERR_DOMAIN, "clock");
    assert_true(parsed("x?clock=gps").clock_gps);
    assert_false(parsed("x?clock=12mhz").clock_gps);
    assert_refused("x?site=91,0", LEE_ERR_DOMAIN, "site");
    assert_refused("x?site=35.1", LEE_ERR_DOMAIN, "site");
    assert_refused("x?site=35.1,36.7x", LEE_ERR_DOMAIN, "site");
    assert_refused("x?height_m=9001", LEE_ERR_DOMAIN, "height_m");
    assert_refused("x?silent_s=-1", LEE_ERR_DOMAIN, "silent_s");
    assert_refused("x?silent_s=100000", LEE_ERR_DOMAIN, "silent_s");
    assert_refused("x?colour=red", LEE_ERR_SYNTAX, NULL);
    assert_refused("x?name=", LEE_ERR_DOMAIN, "name");
}

static void long_texts_are_refused_at_their_limit(void **state)
{
    (void)state;
    char text[LEE_FEED_PATH_BYTES + 2000];
    memset(text, 'a', sizeof text);
    lee_feed_uri uri;
    lee_error_info error;
    assert_int_equal(lee_feed_uri_parse(text, LEE_FEED_PATH_BYTES - 1, &uri, &error), LEE_OK);
    assert_int_equal(lee_feed_uri_parse(text, LEE_FEED_PATH_BYTES, &uri, &error), LEE_ERR_SYNTAX);
    assert_int_equal(lee_feed_uri_parse(text, sizeof text, &uri, &error), LEE_ERR_LIMIT);
}

static void a_long_name_is_cut_between_characters_and_never_to_nothing(void **state)
{
    (void)state;
    char text[101] = {0};
    for (size_t i = 0; i < 100; i += 2) {
        memcpy(text + i, "\xc3\xa9", 2);
    }
    assert_int_equal(strlen(parsed(text).name), 62);
    memset(text, 0x8e, 100); /* no UTF-8 at all */
    assert_int_equal(strlen(parsed(text).name), 60);
}

static void random_and_cut_texts_do_no_harm(void **state)
{
    (void)state;
    static const char whole[] = "tcp://[fe80::1%eth0]:30005?format=beast&name=a%20b&t0=2024-01-01";
    lee_feed_uri uri;
    lee_error_info error;
    uint32_t seed = 1;
    for (size_t length = 0; length < sizeof whole; length++) {
        for (int i = 0; i < 50; i++) {
            char *const text = malloc(length + 1);
            memcpy(text, whole, length);
            seed = seed * 1664525 + 1013904223;
            if (length > 0) {
                text[seed % length] = (char)(seed >> 24);
            }
            if (lee_feed_uri_parse(text, length, &uri, &error) == LEE_OK) {
                assert_true(uri.name[0] != '\0');
            }
            free(text);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bare_path_is_a_file_taken_as_it_is),
        cmocka_unit_test(a_file_uri_has_escapes),
        cmocka_unit_test(a_dash_is_standard_input),
        cmocka_unit_test(a_radio_has_a_serial_number_gain_and_rate),
        cmocka_unit_test(the_rate_of_samples_is_in_the_name_of_their_file),
        cmocka_unit_test(network_feeds_have_host_and_port),
        cmocka_unit_test(a_broker_has_a_topic_and_who_listens),
        cmocka_unit_test(the_query_says_when_a_recording_began),
        cmocka_unit_test(what_is_wrong_is_named),
        cmocka_unit_test(long_texts_are_refused_at_their_limit),
        cmocka_unit_test(a_long_name_is_cut_between_characters_and_never_to_nothing),
        cmocka_unit_test(random_and_cut_texts_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
