/* What receivers and service providers tell of drones, and what of it stays behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/base64.h"
#include "decode/remote_id.h"
#include "leeward/decoder.h"
#include "leeward/deframe.h"
#include "record/codec.h"

#define S INT64_C(1000000)
#define T0_US (INT64_C(1704067200) * S) /* 2024-01-01 */
#define T0_TEXT "2024-01-01T00:00:00Z"

static struct {
    lee_decode_result results[16];
    lee_report reports[16];
    const char *reasons[16]; /* of the deframer or the decoder */
    uint8_t bytes[16][LEE_RID_FRAME_MAX_BYTES];
    size_t lengths[16];
    size_t count;
    lee_decoder *decoder;
} heard;

static int setup(void **state)
{
    (void)state;
    lee_decoder_options options;
    lee_decoder_options_default(&options);
    options.aircraft_max = 1;
    return lee_decoder_create(&options, &heard.decoder) == LEE_OK ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    lee_decoder_free(heard.decoder);
    return 0;
}

static void on_frame(void *context, const lee_frame *frame)
{
    (void)context;
    assert_true(heard.count < 16);
    const size_t n = heard.count++;
    assert_in_range(frame->length, 1, LEE_RID_FRAME_MAX_BYTES);
    memcpy(heard.bytes[n], frame->bytes, frame->length);
    heard.lengths[n] = frame->length;
    heard.reasons[n] = frame->reason;
    heard.results[n] = LEE_DECODED_REFUSED;
    if (frame->refused == LEE_OK) {
        lee_error_info why = {.reason = NULL};
        heard.results[n] = lee_decoder_frame(heard.decoder, frame, &heard.reports[n], &why);
        heard.reasons[n] = why.reason;
    } else {
        assert_int_equal(frame->length, 1); /* nobody can tell what is in it */
    }
}

static void run_live(const char *text, int64_t received_us)
{
    lee_deframe_options options;
    lee_deframer *deframer = NULL;
    lee_deframe_options_default(&options);
    options.live = received_us != 0;
    assert_int_equal(lee_deframer_create(LEE_FORMAT_REMOTE_ID, &options, &deframer), LEE_OK);
    heard.count = 0;
    lee_deframer_push(deframer, (const uint8_t *)text, strlen(text), received_us, on_frame, NULL);
    lee_deframer_finish(deframer, on_frame, NULL);
    lee_deframer_free(deframer);
}

static void run(const char *text)
{
    run_live(text, 0);
}

static const lee_report *only(void)
{
    assert_int_equal(heard.count, 1);
    if (heard.results[0] != LEE_DECODED_REPORT) {
        fail_msg("%s", heard.reasons[0] ? heard.reasons[0] : "no reason");
    }
    return &heard.reports[0];
}

static void expect_refused(const char *reason)
{
    assert_int_equal(heard.count, 1);
    assert_int_equal(heard.results[0], LEE_DECODED_REFUSED);
    assert_string_equal(heard.reasons[0], reason);
}

/* --- the network ------------------------------------------------------------------------------ */

#define STATE                                                                                      \
    "\"timestamp\":{\"value\":\"" T0_TEXT "\",\"format\":\"RFC3339\"},"                            \
    "\"operational_status\":\"Airborne\",\"track\":187.5,\"speed\":5.13,\"vertical_speed\":-1.5,"  \
    "\"position\":{\"lat\":47.3706372,\"lng\":8.4881061,\"alt\":496.2,\"accuracy_h\":\"HA3m\","    \
    "\"pressure_altitude\":432.5}"
#define OPERATOR                                                                                   \
    "\"operator_location\":{\"lat\":47.1111111,\"lng\":8.2222222},\"operator_id\":\"CHE-secret\""

static void a_flight_of_the_network_is_a_report(void **state)
{
    (void)state;
    run("{\"timestamp\":\"" T0_TEXT "\",\"flights\":[{\"id\":\"uss1.JA6kHYCcByQ\","
        "\"details\":{\"uas_id\":{\"serial_number\":\"1AKGAAN8G70R7JS\",\"registration_id\":"
        "\"CHE.abc\"}," OPERATOR "},\"current_state\":{" STATE "}}]}");
    const lee_report *const r = only();
    assert_string_equal(r->target.text, "rid:1AKGAAN8G70R7JS");
    assert_string_equal(r->registration, "CHE.abc");
    assert_int_equal(r->source, LEE_SOURCE_REMOTE_ID);
    assert_true(r->t_us == T0_US);
    assert_int_equal(r->lat_e7, 473706372);
    assert_int_equal(r->lon_e7, 84881061);
    assert_int_equal(r->alt_hae_ft, 1627);  /* 496 m */
    assert_int_equal(r->alt_baro_ft, 1419); /* 432.5 m */
    assert_int_equal(r->track_deg_e3, 188000);
    assert_int_equal(r->speed_ground_kt_e3, 10205); /* 5.25 m/s */
    assert_int_equal(r->vertical_rate_fpm, -295);
    assert_int_equal(r->nac_p, 11);
    assert_false(r->on_ground);
}

static bool holds(const uint8_t *bytes, size_t length, int32_t value)
{
    for (size_t i = 0; i + 4 <= length; i++) {
        int32_t word;
        memcpy(&word, bytes + i, 4);
        if (word == value) {
            return true;
        }
    }
    return false;
}

static void nothing_of_the_operator_is_in_a_frame(void **state)
{
    (void)state;
    run("{\"id\":\"a\",\"flight_details\":{\"serial_number\":\"X1\"," OPERATOR "},"
        "\"operator\":\"CHE-secret\",\"current_state\":{" STATE "," OPERATOR "}}");
    (void)only();
    assert_true(holds(heard.bytes[0], heard.lengths[0], 473706372)); /* the search finds */
    assert_false(holds(heard.bytes[0], heard.lengths[0], 471111111));
    assert_false(holds(heard.bytes[0], heard.lengths[0], 82222222));
    for (size_t i = 0; i + 6 <= heard.lengths[0]; i++) {
        assert_memory_not_equal(heard.bytes[0] + i, "secret", 6);
    }
    run("{\"id\":\"a\",\"current_state\":{" STATE ",\"speed\":\"fast\"},\"x\":\"CHE-secret\"}");
    expect_refused("speed");
}

static void a_flight_without_serial_number_has_the_name_of_its_provider(void **state)
{
    (void)state;
    run("{\"id\":\"short\",\"current_state\":{" STATE "}}");
    assert_string_equal(only()->target.text, "rid:x:73686f7274");
    run("{\"id\":\"d22a1cef-a3e0-437f-92b5-44c1453f4068\",\"current_state\":{" STATE "}}");
    assert_string_equal(only()->target.text, "rid:x:d22a1cefa3e0437f92b544c1453f4068");
    run("{\"id\":\"provider.example.org/flights/1\",\"current_state\":{" STATE "}}");
    lee_target first = only()->target;
    run("{\"id\":\"provider.example.org/flights/2\",\"current_state\":{" STATE "}}");
    assert_string_not_equal(only()->target.text, first.text);
    run("{\"current_state\":{" STATE "}}");
    expect_refused("it names no aircraft");
}

static void what_is_unknown_is_absent(void **state)
{
    (void)state;
    run("{\"id\":\"a\",\"current_state\":{\"timestamp\":\"" T0_TEXT
        "\",\"track\":361,\"speed\":255,"
        "\"vertical_speed\":63,\"operational_status\":\"Undeclared\",\"position\":{\"lat\":1,"
        "\"lng\":2,\"alt\":-1000,\"accuracy_h\":\"HAUnknown\"}}}");
    assert_int_equal(only()->present, LEE_REPORT_HAS_POSITION);
    run("{\"id\":\"a\",\"current_state\":{\"position\":{\"lat\":1,\"lng\":2,\"alt\":null},"
        "\"speed\":null}}");
    assert_int_equal(only()->present, LEE_REPORT_HAS_POSITION);
}

static void values_that_are_none_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *member;
        const char *reason;
    } cases[] = {{"\"track\":-1", "track"},
                 {"\"track\":360.001", "track"},
                 {"\"track\":\"north\"", "track"},
                 {"\"speed\":-5", "speed"},
                 {"\"speed\":255.1", "speed"},
                 {"\"speed\":1e300", "speed"},
                 {"\"vertical_speed\":-63.1", "vertical_speed"},
                 {"\"timestamp\":\"42\"", "timestamp"},
                 {"\"operational_status\":\"Up\"", "operational_status"},
                 {"\"position\":{\"lat\":91,\"lng\":0}", "position"},
                 {"\"position\":{\"lat\":0,\"lng\":-180.1}", "position"},
                 {"\"position\":{\"lat\":0}", "position"},
                 {"\"position\":{\"lat\":0,\"lng\":0,\"alt\":-1000.1}", "altitude"},
                 {"\"position\":{\"lat\":0,\"lng\":0,\"alt\":40000}", "altitude"},
                 {"\"position\":{\"lat\":0,\"lng\":0,\"accuracy_h\":\"HA\"}", "accuracy_h"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[300];
        (void)snprintf(text, sizeof text, "{\"id\":\"a\",\"current_state\":{%s}}", cases[i].member);
        run(text);
        expect_refused(cases[i].reason);
    }
}

static void each_state_of_a_flight_is_a_frame(void **state)
{
    (void)state;
    run("{\"flights\":[{\"states\":[{" STATE "},{\"timestamp\":\"2024-01-01T00:00:01Z\","
        "\"position\":{\"lat\":1,\"lng\":2}},{\"speed\":-1}],\"flight_details\":{\"serial_number\":"
        "\"X1\"}},{\"id\":\"b\",\"simulated\":true,\"current_state\":{" STATE "}}]}");
    assert_int_equal(heard.count, 4);
    assert_int_equal(heard.results[0], LEE_DECODED_REPORT);
    assert_int_equal(heard.results[1], LEE_DECODED_REPORT);
    assert_string_equal(heard.reports[1].target.text, "rid:X1");
    assert_true(heard.reports[1].t_us == T0_US + S);
    assert_int_equal(heard.results[2], LEE_DECODED_REFUSED);
    assert_int_equal(heard.results[3], LEE_DECODED_NOTHING);
}

static void a_live_state_is_as_old_as_it_says_within_a_minute(void **state)
{
    (void)state;
    static const struct {
        int64_t age_us;
        int64_t expected_us;
    } cases[] = {{3 * S, 3 * S}, {60 * S, 60 * S}, {61 * S, 0}, {-1, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const int64_t now_us = T0_US + cases[i].age_us;
        run_live("{\"id\":\"a\",\"current_state\":{" STATE "}}", now_us);
        assert_true(only()->t_us == now_us - cases[i].expected_us);
    }
}

/* --- receivers -------------------------------------------------------------------------------- */

static void put(uint8_t *at, const void *value, size_t length)
{
    memcpy(at, value, length);
}

/* What a receiver sends of a drone, in base64 with the slashes escaped as some libraries do. */
static void uas_data(char *out, float speed, double lat)
{
    uint8_t data[914] = {0};
    const int32_t serial = 1;
    const int32_t airborne = 2;
    const int32_t accuracy = 10;
    const double lon = -3.4567891;
    const float direction = 359.6f, vertical = 2.5f, baro = 99.5f, geo = 120.f;
    put(data + 4, &serial, 4);
    put(data + 8, "1581F45TB21C5A0", 15);
    put(data + 64, &airborne, 4);
    put(data + 68, &direction, 4);
    put(data + 72, &speed, 4);
    put(data + 76, &vertical, 4);
    put(data + 80, &lat, 8);
    put(data + 88, &lon, 8);
    put(data + 96, &baro, 4);
    put(data + 100, &geo, 4);
    put(data + 112, &accuracy, 4);
    const double operator_lat = 47.1111111;
    put(data + 816, &operator_lat, 8);
    memcpy(data + 868, "CHE-secret", 10);
    data[892] = 1;
    data[894] = 1;
    data[912] = data[913] = 1;
    char text[1300];
    const size_t length = lee_base64_encode(data, sizeof data, text);
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '/') {
            *out++ = '\\';
        }
        *out++ = text[i];
    }
    *out = '\0';
}

static const char *receiver(const char *data)
{
    static char text[4000];
    (void)snprintf(text, sizeof text,
                   "{\"protocol\":1.0,\"data\":{\"sensor ID\":\"ds1\",\"RSSI\":-70,\"channel\":6,"
                   "\"timestamp\":1704067200250,\"MAC address\":\"60:60:1F:aa:bb:cc\","
                   "\"type\":\"WLAN Beacon\",\"UASdata\":\"%s\"}}\n",
                   data);
    return text;
}

static void a_receivers_drone_is_a_report(void **state)
{
    (void)state;
    char data[2700];
    uas_data(data, 60.75f, 51.2345678);
    run(receiver(data));
    const lee_report *const r = only();
    assert_string_equal(r->target.text, "rid:1581F45TB21C5A0");
    assert_true(r->t_us == T0_US + 250000);
    assert_int_equal(r->lat_e7, 512345678);
    assert_int_equal(r->lon_e7, -34567891);
    assert_int_equal(r->track_deg_e3, 0);
    assert_int_equal(r->speed_ground_kt_e3, 118089);
    assert_int_equal(r->vertical_rate_fpm, 492);
    assert_int_equal(r->alt_baro_ft, 326);
    assert_int_equal(r->alt_hae_ft, 394);
    assert_int_equal(r->nac_p, 10);
    assert_false(holds(heard.bytes[0], heard.lengths[0], 471111111));
    for (size_t i = 0; i + 6 <= heard.lengths[0]; i++) {
        assert_memory_not_equal(heard.bytes[0] + i, "secret", 6);
    }
}

static void fast_drones_have_coarser_steps(void **state)
{
    (void)state;
    static const struct {
        float speed;
        int32_t expected;
    } cases[] = {
        {63.75f, 123920}, {63.8f, 123920}, {64.2f, 125378}, {253.5f, 492765}, {254.25f, -1}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char data[2700];
        uas_data(data, cases[i].speed, 51);
        run(receiver(data));
        const bool told = (only()->present & LEE_REPORT_HAS_SPEED_GROUND) != 0;
        assert_int_equal(told ? only()->speed_ground_kt_e3 : -1, cases[i].expected);
    }
}

static void what_a_receiver_cannot_mean_is_refused(void **state)
{
    (void)state;
    char data[2700];
    uas_data(data, -1.f, 51);
    run(receiver(data));
    expect_refused("speed");
    uas_data(data, 1.f, 1e300);
    run(receiver(data));
    expect_refused("place");
    const double zero = 0;
    uas_data(data, (float)(zero / zero), 51);
    run(receiver(data));
    expect_refused("speed");
    run(receiver("AAAA"));
    expect_refused("UASdata");
    run(receiver("not base64"));
    expect_refused("UASdata");
    run("{\"protocol\":1.0,\"data\":{\"MAC address\":\"60:60:1F\",\"UASdata\":\"\"}}");
    expect_refused("MAC address");
}

static void its_status_and_other_objects_are_no_report(void **state)
{
    (void)state;
    run("{\"protocol\":1.0,\"status\":{\"sensor ID\":\"ds1\",\"timestamp\":1}}\n{\"data\":{}}\n{}");
    assert_int_equal(heard.count, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(heard.results[i], LEE_DECODED_NOTHING);
        assert_int_equal(heard.lengths[i], 1);
    }
    run("{\"data\":{\"UASdata\":\"CHE-secret");
    expect_refused("the stream ends within an object");
}

static void its_first_bytes_tell_the_format(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "{\"protocol\": 1.0, \"data\": {\"RSSI\": -7, \"UASdata\": \"\"}}",
        "{\"protocol\": 1.0, \"status\": {\"sensor ID\": \"x\"}}",
        "{\"flights\": [{\"id\": \"a\", \"current_state\": {}}]}"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        lee_format format;
        assert_true(lee_format_guess((const uint8_t *)texts[i], strlen(texts[i]), NULL, &format));
        assert_int_equal(format, LEE_FORMAT_REMOTE_ID);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_flight_of_the_network_is_a_report),
        cmocka_unit_test(nothing_of_the_operator_is_in_a_frame),
        cmocka_unit_test(a_flight_without_serial_number_has_the_name_of_its_provider),
        cmocka_unit_test(what_is_unknown_is_absent),
        cmocka_unit_test(values_that_are_none_are_refused),
        cmocka_unit_test(each_state_of_a_flight_is_a_frame),
        cmocka_unit_test(a_live_state_is_as_old_as_it_says_within_a_minute),
        cmocka_unit_test(a_receivers_drone_is_a_report),
        cmocka_unit_test(fast_drones_have_coarser_steps),
        cmocka_unit_test(what_a_receiver_cannot_mean_is_refused),
        cmocka_unit_test(its_status_and_other_objects_are_no_report),
        cmocka_unit_test(its_first_bytes_tell_the_format),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
