#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "leeward/decoder.h"
#include "record/codec.h"
#include "unit/decode/encode.h"

#define S INT64_C(1000000)
#define DF17(address) (0x8d000000u | (address))

static lee_decoder *decoder;
static lee_report report;
static lee_error_info why;

static int set_up(void **state)
{
    (void)state;
    lee_decoder_options options;
    lee_decoder_options_default(&options);
    options.aircraft_max = 4;
    return lee_decoder_create(&options, &decoder) == LEE_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    lee_decoder_free(decoder);
    return 0;
}

static lee_decode_result frame_of(lee_format format, const char *text, int64_t t_us)
{
    const lee_frame frame = {.t_us = t_us,
                             .bytes = (const uint8_t *)text,
                             .length = (uint32_t)strlen(text),
                             .line = 1,
                             .format = (uint8_t)format};
    const lee_decode_result result = lee_decoder_frame(decoder, &frame, &report, &why);
    if (result == LEE_DECODED_REPORT) {
        lee_error_info error;
        assert_true(lee_report_check(&report, &error) == LEE_OK);
        assert_int_equal(report.t_us, t_us);
    }
    return result;
}

static lee_decode_result message(uint32_t head, uint64_t me, uint32_t overlay, int64_t t_us)
{
    char text[40];
    message_encode(head, me, overlay, text);
    return frame_of(LEE_FORMAT_AVR, text, t_us);
}

static bool has(uint64_t bits)
{
    return (report.present & bits) == bits;
}

/* Lets time move, so that the feed counts as timed. */
static void start_clock(void)
{
    (void)frame_of(LEE_FORMAT_AVR, "*0000;", 0);
    (void)frame_of(LEE_FORMAT_AVR, "*0000;", 1);
}

static void overlaid_parity_is_believed_for_a_minute_after_plain(void **state)
{
    (void)state;
    start_clock();
    const uint32_t df5 = 0x28000aaa;
    assert_true(message(df5, 0, 0x4ca216, 1 * S) == LEE_DECODED_NOTHING);
    assert_true(message(0x5d4ca216, 0, 0, 2 * S) == LEE_DECODED_REPORT); /* DF11 */
    assert_true(has(LEE_REPORT_HAS_ON_GROUND) && report.on_ground == 0);
    assert_true(message(df5, 0, 0x4ca216, 62 * S) == LEE_DECODED_REPORT);
    assert_string_equal(report.target.text, "icao24:4ca216");
    assert_int_equal(report.squawk, 07700);
    assert_false(has(LEE_REPORT_HAS_EMERGENCY));
    assert_int_equal(report.source, LEE_SOURCE_MODE_S);
    assert_true(message(df5, 0, 0x4ca216, 62 * S + 1) == LEE_DECODED_NOTHING);
}

static void wrong_parity_is_refused_and_makes_no_target(void **state)
{
    (void)state;
    assert_true(message(DF17(0x4ca216), position_encode((lee_point){0, 0}, false, false), 1, 0) ==
                LEE_DECODED_REFUSED);
    assert_int_equal(why.code, LEE_ERR_CHECKSUM);
    lee_decoder_counters counters;
    lee_decoder_count(decoder, &counters);
    assert_int_equal(counters.aircraft, 0);
    assert_int_equal(counters.refused, 1);
}

static void an_interrogators_code_needs_a_known_address(void **state)
{
    (void)state;
    assert_true(message(0x5d4ca216, 0, 5, 0) == LEE_DECODED_NOTHING);
    assert_true(message(0x5d4ca216, 0, 0, 0) == LEE_DECODED_REPORT);
    assert_true(message(0x5d4ca216, 0, 79, 0) == LEE_DECODED_REPORT);
    assert_true(message(0x5d4ca216, 0, 80, 0) == LEE_DECODED_REFUSED);
}

static bool position_at(lee_point point, bool odd, int64_t t_us)
{
    const uint64_t me = position_encode(point, odd, false);
    assert_true(message(DF17(0x4ca216), me, 0, t_us) == LEE_DECODED_REPORT);
    assert_int_equal(report.alt_baro_ft, 38000);
    if (!has(LEE_REPORT_HAS_POSITION)) {
        assert_false(has(LEE_REPORT_HAS_LAT) || has(LEE_REPORT_HAS_LON));
        return false;
    }
    assert_in_range(llabs((int64_t)report.lat_e7 - point.lat_e7), 0, 300);
    assert_in_range(llabs((int64_t)report.lon_e7 - point.lon_e7), 0, 1000);
    return true;
}

static const lee_point here = {436300000, 13700000};
static const lee_point far = {486300000, 23700000};

static void a_first_position_needs_two_halves_within_ten_seconds(void **state)
{
    (void)state;
    start_clock();
    assert_false(position_at(here, false, 100 * S));
    assert_false(position_at(here, false, 101 * S));
    assert_false(position_at(here, true, 111 * S + 1));
    assert_true(position_at(here, false, 121 * S));
    assert_true(position_at(here, false, 300 * S));  /* from the last position alone */
    assert_false(position_at(here, false, 900 * S)); /* too long ago for that */
}

static void a_jump_is_held_back_until_three_positions_agree(void **state)
{
    (void)state;
    start_clock();
    (void)position_at(here, false, 100 * S);
    assert_true(position_at(here, true, 101 * S));
    assert_false(position_at(far, false, 102 * S));
    assert_true(position_at(here, true, 103 * S)); /* a single one changes nothing */
    assert_false(position_at(far, false, 104 * S));
    assert_false(position_at(far, true, 105 * S));
    assert_false(position_at(far, false, 106 * S));
    assert_true(position_at(far, true, 107 * S));
    lee_decoder_counters counters;
    lee_decoder_count(decoder, &counters);
    assert_int_equal(counters.positions_implausible, 5);
}

static void without_time_four_halves_must_agree(void **state)
{
    (void)state;
    assert_false(position_at(here, false, 5));
    assert_false(position_at(here, true, 5));
    assert_false(position_at(here, false, 5));
    assert_true(position_at(here, true, 5));
    assert_true(position_at(here, true, 5));
    /* An unseen gap: the halves before and behind it make no pair. */
    assert_false(position_at(far, false, 5));
    assert_false(position_at(far, true, 5));
    assert_false(position_at(far, false, 5));
    assert_true(position_at(far, true, 5));
}

static void without_time_halves_far_apart_are_no_pair(void **state)
{
    (void)state;
    lee_point point = here;
    for (int i = 0; i < 8; i++) {
        point.lat_e7 += 150000; /* 0.9 NM */
        assert_false(position_at(point, i % 2 == 1, 5));
    }
}

static void without_time_a_gap_never_gives_a_wrong_position(void **state)
{
    (void)state;
    /* Halves of an aircraft that flew any distance between them, in every order. position_at checks
     * each position that comes. */
    uint32_t seed = 11;
    lee_point point = here;
    for (int round = 0; round < 20000; round++) {
        seed = seed * 1664525u + 1013904223u;
        const int32_t span = (seed >> 28) < 4 ? 4000000 : 20000;
        point.lat_e7 += (int32_t)((seed >> 8) % (uint32_t)span) - span / 2;
        seed = seed * 1664525u + 1013904223u;
        point.lon_e7 += (int32_t)((seed >> 8) % (uint32_t)span) - span / 2;
        if (labs(point.lat_e7) > 800000000 || labs(point.lon_e7) > 1700000000) {
            point = here;
        }
        (void)position_at(point, (seed >> 30) % 2 == 1, 5);
    }
}

static void surface_positions_use_the_site(void **state)
{
    (void)state;
    lee_decoder_free(decoder);
    lee_decoder_options options;
    lee_decoder_options_default(&options);
    options.site_known = true;
    options.site = (lee_point){here.lat_e7 + 2000000, here.lon_e7};
    assert_true(lee_decoder_create(&options, &decoder) == LEE_OK);
    assert_true(message(DF17(0x4ca216), position_encode(here, true, true), 0, 0) ==
                LEE_DECODED_REPORT);
    assert_true(has(LEE_REPORT_HAS_POSITION | LEE_REPORT_HAS_SPEED_GROUND));
    assert_in_range(llabs((int64_t)report.lat_e7 - here.lat_e7), 0, 100);
    assert_int_equal(report.on_ground, 1);
    assert_int_equal(report.speed_ground_kt_e3, 10000);
}

static void surface_positions_without_any_reference_are_not_guessed(void **state)
{
    (void)state;
    start_clock();
    for (int i = 0; i < 6; i++) {
        assert_true(message(DF17(0x4ca216), position_encode(here, i % 2 == 1, true), 0, i * S) ==
                    LEE_DECODED_REPORT);
        assert_false(has(LEE_REPORT_HAS_POSITION));
    }
}

static void tisb_is_marked_and_its_addresses_stay_apart(void **state)
{
    (void)state;
    const uint64_t velocity =
        UINT64_C(19) << 51 | UINT64_C(1) << 48 | UINT64_C(101) << 32 | UINT64_C(1) << 21;
    assert_true(message(0x92abcdef, velocity, 0, 0) == LEE_DECODED_REPORT); /* CF 2, IMF 0 */
    assert_string_equal(report.target.text, "icao24:abcdef");
    assert_int_equal(report.source, LEE_SOURCE_TISB);
    assert_true(message(0x92abcdef, velocity | UINT64_C(1) << 47, 0, 0) == LEE_DECODED_REPORT);
    assert_string_equal(report.target.text, "icao24:~abcdef");
    assert_true(message(0x91abcdef, velocity, 0, 0) == LEE_DECODED_REPORT); /* CF 1: not ICAO */
    assert_string_equal(report.target.text, "icao24:~abcdef");
    assert_int_equal(report.source, LEE_SOURCE_ADSB);
    assert_true(message(0x94abcdef, velocity, 0, 0) == LEE_DECODED_NOTHING);
}

/* Bits as in the example of DO-260B figure 2-30: service volume 5, 38000 ft, 90 degrees, 272 kt. */
static uint64_t coarse_encode(bool odd)
{
    const lee_cpr half = cpr_encode(here, odd, false);
    return UINT64_C(0x0b871414000000) | (uint64_t)odd << 24 |
           (uint64_t)((half.lat + 16) >> 5 & 0xfff) << 12 | ((half.lon + 16) >> 5 & 0xfff);
}

static void coarse_positions_of_a_ground_station_are_within_their_step(void **state)
{
    (void)state;
    start_clock();
    assert_true(message(0x93abcdef, coarse_encode(false), 0, 0) == LEE_DECODED_REPORT);
    assert_false(has(LEE_REPORT_HAS_POSITION));
    assert_int_equal(report.alt_baro_ft, 38000);
    assert_string_equal(report.target.text, "icao24:abcdef");
    assert_int_equal(report.source, LEE_SOURCE_TISB);
    assert_true(message(0x93abcdef, coarse_encode(true), 0, S) == LEE_DECODED_REPORT);
    assert_int_equal(report.present,
                     LEE_REPORT_HAS_POSITION | LEE_REPORT_HAS_ALT_BARO | LEE_REPORT_HAS_ON_GROUND);
    /* Half of 360 / 59 / 4096 degrees, and of longitude at most half of 360 / 20 / 4096. */
    assert_in_range(llabs((int64_t)report.lat_e7 - here.lat_e7), 0, 7500);
    assert_in_range(llabs((int64_t)report.lon_e7 - here.lon_e7), 0, 22000);
    assert_true(message(0x93abcdef, coarse_encode(true) | UINT64_C(1) << 55, 0, 2 * S) ==
                LEE_DECODED_REPORT);
    assert_string_equal(report.target.text, "icao24:~abcdef");
}

static void velocities_have_four_forms(void **state)
{
    (void)state;
    /* East 100 kt west, 200 kt north, 64 ft/min down; GNSS height 25 ft above. */
    const uint64_t ground = UINT64_C(19) << 51 | UINT64_C(1) << 48 | UINT64_C(1) << 42 |
                            UINT64_C(101) << 32 | UINT64_C(201) << 21 | UINT64_C(1) << 19 |
                            UINT64_C(2) << 10 | 2;
    assert_true(message(DF17(0xabcdef), ground, 0, 0) == LEE_DECODED_REPORT);
    assert_int_equal(report.speed_ground_kt_e3, 223607);
    assert_int_equal(report.track_deg_e3, 333435);
    assert_int_equal(report.vertical_rate_fpm, -64);
    assert_true(message(DF17(0xabcdef), ground + (UINT64_C(1) << 48), 0, 0) == LEE_DECODED_REPORT);
    assert_int_equal(report.speed_ground_kt_e3, 894427);
    const uint64_t air = UINT64_C(19) << 51 | UINT64_C(3) << 48 | UINT64_C(1) << 42 |
                         UINT64_C(512) << 32 | UINT64_C(301) << 21;
    assert_true(message(DF17(0xabcdef), air, 0, 0) == LEE_DECODED_REPORT);
    assert_int_equal(report.heading_deg_e3, 180000);
    assert_int_equal(report.speed_indicated_kt_e3, 300000);
    assert_true(has(LEE_REPORT_HAS_SPEED_INDICATED) && !has(LEE_REPORT_HAS_SPEED_AIR));
    assert_false(has(LEE_REPORT_HAS_TRACK) || has(LEE_REPORT_HAS_SPEED_GROUND));
    const uint64_t is_true = UINT64_C(1) << 31;
    assert_true(message(DF17(0xabcdef), (air | is_true) + (UINT64_C(1) << 48), 0, 0) ==
                LEE_DECODED_REPORT);
    assert_int_equal(report.speed_air_kt_e3, 1200000);
    assert_false(has(LEE_REPORT_HAS_SPEED_INDICATED));
    assert_true(message(DF17(0xabcdef), air + (UINT64_C(2) << 48), 0, 0) == LEE_DECODED_NOTHING);
}

static void gnss_height_follows_from_the_difference_when_it_is_new(void **state)
{
    (void)state;
    start_clock();
    const uint64_t plus_275 = UINT64_C(19) << 51 | UINT64_C(1) << 48 | 12;
    assert_true(message(DF17(0x4ca216), plus_275, 0, 99 * S) == LEE_DECODED_NOTHING);
    (void)position_at(here, false, 100 * S);
    assert_int_equal(report.alt_hae_ft, 38275);
    (void)position_at(here, false, 120 * S);
    assert_false(has(LEE_REPORT_HAS_ALT_HAE));
}

static void noise_with_a_known_address_does_not_move_it(void **state)
{
    (void)state;
    start_clock();
    (void)position_at(here, false, 100 * S);
    const uint32_t df4_1000_ft = 0x20000000u | 0x0a10u; /* 80 steps of 25 ft above -1000 ft */
    assert_true(message(df4_1000_ft, 0, 0x4ca216, 101 * S) == LEE_DECODED_NOTHING);
    assert_true(message(0x26000000u | 0x0a10u, 0, 0x4ca216, 101 * S) == LEE_DECODED_NOTHING);
    const uint32_t df4_38000_ft = 0x20000000u | 0x1838u;
    assert_true(message(df4_38000_ft, 0, 0x4ca216, 101 * S) == LEE_DECODED_REPORT);
    assert_int_equal(report.alt_baro_ft, 38000);
}

static void the_oldest_aircraft_makes_room_and_is_counted(void **state)
{
    (void)state;
    for (uint32_t address = 1; address <= 6; address++) {
        assert_true(message(0x5d000000u | address, 0, 0, 0) == LEE_DECODED_REPORT);
    }
    lee_decoder_counters counters;
    lee_decoder_count(decoder, &counters);
    assert_int_equal(counters.aircraft, 4);
    assert_int_equal(counters.aircraft_evicted, 2);
    assert_true(message(0x28000aaa, 0, 2, 0) == LEE_DECODED_NOTHING);
    assert_true(message(0x28000aaa, 0, 3, 0) == LEE_DECODED_REPORT);
}

static void sbs_lines_say_what_they_say(void **state)
{
    (void)state;
    assert_true(
        frame_of(LEE_FORMAT_SBS,
                 "MSG,3,1,1,4B1908,1,,,,,UAL1 ,2525,350.4,360,33.96693,-118.25598,-64,7700,0,0,"
                 "0,-1",
                 9) == LEE_DECODED_REPORT);
    assert_string_equal(report.target.text, "icao24:4b1908");
    assert_string_equal(report.callsign, "UAL1");
    assert_int_equal(report.lat_e7, 339669300);
    assert_int_equal(report.speed_ground_kt_e3, 350400);
    assert_int_equal(report.track_deg_e3, 0);
    assert_int_equal(report.squawk, 07700);
    assert_int_equal(report.on_ground, 1);
    assert_true(frame_of(LEE_FORMAT_SBS, "MSG,8,,,76CCE2,,,,,,,,,,,,,,,,,", 9) ==
                LEE_DECODED_NOTHING);
    assert_true(frame_of(LEE_FORMAT_SBS, "STA,,5,179,400AE7,10103,,,,,RM", 9) ==
                LEE_DECODED_NOTHING);
    assert_true(frame_of(LEE_FORMAT_SBS, "MSG,3,,,4B1908,,,,,,,x,,,1,2,,,,,,", 9) ==
                LEE_DECODED_REFUSED);
    assert_string_equal(why.field, "altitude");
    assert_true(frame_of(LEE_FORMAT_SBS, "MSG,3,,,4B1908,,,,,,,1,,,1,,,,,,,", 9) ==
                LEE_DECODED_REFUSED);
    assert_true(frame_of(LEE_FORMAT_SBS, "MSG,3,,,4B19", 9) == LEE_DECODED_REFUSED);
    assert_true(frame_of(LEE_FORMAT_SBS, "hello", 9) == LEE_DECODED_REFUSED);
}

/* Numbers as they are mostly written, in other ways, and where no room is behind them. */
static void sbs_numbers_mean_the_same_wherever_they_stand(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int32_t lat_e7; /* -2: refused */
    } numbers[] = {{"5", 50000000},
                   {"-5.5", -55000000},
                   {"45.12345", 451234500},
                   {"-0.0000001", -1},
                   {"89.99999996", 900000000},
                   {"90.00000006", -2},
                   {"+4.5", 45000000},
                   {"004.5", 45000000},
                   {".5", 5000000},
                   {"5.", 50000000},
                   {"1e1", 100000000},
                   {"12.345678901234567890", 123456789},
                   {"1x", -2},
                   {"-", -2},
                   {".", -2},
                   {"1.2.3", -2},
                   {" 7 ", 70000000},
                   {"\"7\"", 70000000}};
    static const char *const behind[] = {"", ",,0,0,0,0", ",,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,"};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        for (size_t k = 0; k < sizeof behind / sizeof behind[0]; k++) {
            char line[256];
            snprintf(line, sizeof line, "MSG,3,,,4B1908,,,,,,,,,,%s,1,,%s", numbers[i].text,
                     behind[k]);
            const lee_decode_result result = frame_of(LEE_FORMAT_SBS, line, 9);
            if (numbers[i].lat_e7 == -2) {
                assert_true(result == LEE_DECODED_REFUSED);
                assert_string_equal(why.field, "latitude, longitude");
            } else {
                assert_true(result == LEE_DECODED_REPORT);
                assert_int_equal(report.lat_e7, numbers[i].lat_e7);
            }
        }
    }
}

static void aircraft_objects_say_what_they_say(void **state)
{
    (void)state;
    assert_true(frame_of(LEE_FORMAT_AIRCRAFT_JSON,
                         "{\"hex\":\"~0e8fed\",\"type\":\"tisb_other\",\"alt_baro\":\"ground\","
                         "\"geom_rate\":64,\"baro_rate\":-64,\"lat\":1.5,\"lon\":-2,\"track\":null,"
                         "\"flight\":\"AB1     \",\"mlat\":[\"lat\",\"lon\"],\"nic\":8}",
                         9) == LEE_DECODED_REPORT);
    assert_string_equal(report.target.text, "icao24:~0e8fed");
    assert_int_equal(report.source, LEE_SOURCE_MLAT);
    assert_int_equal(report.on_ground, 1);
    assert_false(has(LEE_REPORT_HAS_ALT_BARO) || has(LEE_REPORT_HAS_TRACK));
    assert_int_equal(report.vertical_rate_fpm, -64);
    assert_string_equal(report.callsign, "AB1");
    assert_int_equal(report.lon_e7, -20000000);
    assert_true(frame_of(LEE_FORMAT_AIRCRAFT_JSON, "{\"flight\":\"N/A\"}", 9) ==
                LEE_DECODED_REFUSED);
    assert_true(frame_of(LEE_FORMAT_AIRCRAFT_JSON, "{\"hex\":\"abcdef\",\"lat\":91,\"lon\":0}",
                         9) == LEE_DECODED_REFUSED);
    assert_string_equal(why.field, "lat");
    assert_true(frame_of(LEE_FORMAT_AIRCRAFT_JSON, "{\"hex\":\"abcdef\",\"seen\":1}", 9) ==
                LEE_DECODED_NOTHING);
}

static const char *const object_members[] = {"lat\":1.2345678",
                                             "lon\":-2.5",
                                             "altitude\":900",
                                             "alt_baro\":1000",
                                             "alt_geom\":1100",
                                             "speed\":99",
                                             "gscp\":98",
                                             "gs\":97.25",
                                             "track\":360",
                                             "true_heading\":359.9996",
                                             "ias\":80",
                                             "tas\":90",
                                             "vert_rate\":3",
                                             "geom_rate\":2",
                                             "baro_rate\":-64",
                                             "nic\":8",
                                             "nac_p\":9",
                                             "sil\":3",
                                             "hex\":\"4b1815\"",
                                             "type\":\"mlat\"",
                                             "flight\":\"SWR1  \"",
                                             "r\":\"HB-JCA\"",
                                             "category\":\"A3\"",
                                             "emergency\":\"none\"",
                                             "version\":2",
                                             "rc\":186",
                                             "nac_v\":1",
                                             "gva\":2",
                                             "sda\":3",
                                             "mag_heading\":12.5",
                                             "roll\":-91",
                                             "nav_altitude_fms\":1",
                                             "nav_altitude_mcp\":2016",
                                             "nav_heading\":360",
                                             "nav_qnh\":1013.6",
                                             "nic_baro\":1",
                                             "mach\":0.784",
                                             "track_rate\":-0.25",
                                             "squawk\":\"7700\"",
                                             "rssi\":-1.5",
                                             "note\":\"x\"",
                                             "tisb\":[]"};

/* An object of these members in one of three forms: 0 the plain one that programs write, 1 with
 * spaces, 2 with the first letter of each key escaped; the last two are for the general reader. */
static lee_decode_result object_in_form(int form)
{
    char text[2048];
    size_t length = 0;
    for (size_t i = 0; i < sizeof object_members / sizeof object_members[0]; i++) {
        const char before = i == 0 ? '{' : ',';
        const char *const member = object_members[i];
        char *const at = text + length;
        const size_t room = sizeof text - length;
        if (form == 2) {
            length += (size_t)snprintf(at, room, "%c\"\\u%04x%s", before, member[0], member + 1);
        } else {
            length += (size_t)snprintf(at, room, form == 1 ? " %c \"%s" : "%c\"%s", before, member);
        }
    }
    snprintf(text + length, sizeof text - length, "}");
    return frame_of(LEE_FORMAT_AIRCRAFT_JSON, text, 9);
}

static void every_form_of_an_object_says_the_same(void **state)
{
    (void)state;
    assert_true(object_in_form(0) == LEE_DECODED_REPORT);
    const lee_report want = report;
    assert_int_equal(want.alt_baro_ft, 1000);
    assert_int_equal(want.speed_ground_kt_e3, 97250);
    assert_int_equal(want.speed_air_kt_e3, 90000);
    assert_int_equal(want.vertical_rate_fpm, -64);
    assert_int_equal(want.track_deg_e3, 0);
    assert_int_equal(want.heading_deg_e3, 0);
    assert_int_equal(want.lat_e7, 12345678);
    assert_int_equal(want.squawk, 07700);
    assert_int_equal(want.source, LEE_SOURCE_MLAT);
    assert_string_equal(want.registration, "HB-JCA");
    assert_true(want.adsb_version == 2 && want.rc_m == 186 && want.nac_v == 1 && want.gva == 2);
    assert_true(want.sda == 3 && want.heading_magnetic_deg_e3 == 12500);
    assert_int_equal(want.alt_selected_ft, 2016);
    assert_int_equal(want.heading_selected_deg_e3, 0);
    assert_int_equal(want.qnh_hpa_e1, 10136);
    assert_int_equal(want.alt_selected_source, LEE_ALT_SELECTED_MCP);
    assert_int_equal(want.speed_indicated_kt_e3, 80000);
    assert_true(want.nic_baro == 1 && want.mach_e3 == 784 && want.track_rate_dps_e3 == -250);
    assert_int_equal(want.present & LEE_REPORT_HAS_ROLL, 0);
    for (int form = 1; form < 3; form++) {
        assert_true(object_in_form(form) == LEE_DECODED_REPORT);
        assert_memory_equal(&report, &want, sizeof want);
    }
}

static void state_vectors_are_converted_from_metres(void **state)
{
    (void)state;
    assert_true(frame_of(LEE_FORMAT_OPENSKY_CSV, "1,abc123", 9) == LEE_DECODED_REFUSED);
    assert_true(frame_of(LEE_FORMAT_OPENSKY_CSV,
                         "time,icao24,lat,lon,velocity,heading,vertrate,callsign,onground,squawk,"
                         "baroaltitude,geoaltitude",
                         9) == LEE_DECODED_NOTHING);
    assert_true(frame_of(LEE_FORMAT_OPENSKY_CSV,
                         "1,abc123,43.5,1.25,100,90.5,-5.08,EZY1,False,1200,3048,3078.48",
                         9) == LEE_DECODED_REPORT);
    assert_int_equal(report.speed_ground_kt_e3, 194384);
    assert_int_equal(report.vertical_rate_fpm, -1000);
    assert_int_equal(report.alt_baro_ft, 10000);
    assert_int_equal(report.alt_hae_ft, 10100);
    assert_int_equal(report.squawk, 01200);
    assert_int_equal(report.on_ground, 0);
}

static void random_and_cut_messages_give_only_valid_reports(void **state)
{
    (void)state;
    uint32_t seed = 5;
    for (int round = 0; round < 20000; round++) {
        seed = seed * 1664525u + 1013904223u;
        const uint64_t me = (uint64_t)seed << 24 ^ (uint64_t)(seed * 2654435761u);
        const uint32_t head = (round % 2 == 0 ? 0x8d000000u : 0x90000000u | (seed & 0x7000000u)) |
                              (seed >> 8 & 0xff) | 1;
        (void)message(head, me & UINT64_C(0xffffffffffffff), 0, round * S);
        char text[40];
        message_encode(seed, me & UINT64_C(0xffffffffffffff), 1 + seed % 256, text);
        text[seed % strlen(text)] = (char)(seed >> 16 & 1 ? '\0' : 'f');
        (void)frame_of(LEE_FORMAT_AVR, text, round * S);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(overlaid_parity_is_believed_for_a_minute_after_plain),
        TEST(wrong_parity_is_refused_and_makes_no_target),
        TEST(an_interrogators_code_needs_a_known_address),
        TEST(a_first_position_needs_two_halves_within_ten_seconds),
        TEST(a_jump_is_held_back_until_three_positions_agree),
        TEST(without_time_four_halves_must_agree),
        TEST(without_time_halves_far_apart_are_no_pair),
        TEST(without_time_a_gap_never_gives_a_wrong_position),
        TEST(surface_positions_use_the_site),
        TEST(surface_positions_without_any_reference_are_not_guessed),
        TEST(tisb_is_marked_and_its_addresses_stay_apart),
        TEST(coarse_positions_of_a_ground_station_are_within_their_step),
        TEST(velocities_have_four_forms),
        TEST(gnss_height_follows_from_the_difference_when_it_is_new),
        TEST(noise_with_a_known_address_does_not_move_it),
        TEST(the_oldest_aircraft_makes_room_and_is_counted),
        TEST(sbs_lines_say_what_they_say),
        TEST(sbs_numbers_mean_the_same_wherever_they_stand),
        TEST(aircraft_objects_say_what_they_say),
        TEST(every_form_of_an_object_says_the_same),
        TEST(state_vectors_are_converted_from_metres),
        TEST(random_and_cut_messages_give_only_valid_reports),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
