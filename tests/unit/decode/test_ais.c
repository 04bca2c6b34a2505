#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "decode/ais.h"
#include "leeward/decoder.h"
#include "leeward/deframe.h"
#include "record/codec.h"
#include "unit/decode/ais_encode.h"

#define LON_UNKNOWN 108600000
#define LAT_UNKNOWN 54600000

static lee_decoder *decoder;
static lee_report report;
static lee_error_info why;

static int setup(void **state)
{
    (void)state;
    lee_decoder_options options;
    lee_decoder_options_default(&options);
    options.aircraft_max = 1;
    return lee_decoder_create(&options, &decoder) == LEE_OK ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    lee_decoder_free(decoder);
    return 0;
}

static lee_decode_result take_at(const char *text, uint16_t feed, int64_t t_us)
{
    const lee_frame frame = {.t_us = t_us,
                             .bytes = (const uint8_t *)text,
                             .length = (uint32_t)strlen(text),
                             .line = 1,
                             .feed = feed,
                             .format = LEE_FORMAT_AIS};
    why = (lee_error_info){.code = LEE_OK};
    const lee_decode_result result = lee_decoder_frame(decoder, &frame, &report, &why);
    if (result == LEE_DECODED_REPORT) {
        assert_int_equal(lee_report_check(&report, &why), LEE_OK);
    }
    return result;
}

static lee_decode_result take(const char *text)
{
    return take_at(text, 0, 1000000);
}

static lee_decode_result take_body(const char *body)
{
    char sentence[1800];
    nmea_wrap('!', body, sentence, sizeof sentence);
    return take(sentence);
}

static lee_decode_result take_message(const ais_bits *message)
{
    char sentence[1800];
    ais_sentence(message, sentence, sizeof sentence);
    return take(sentence);
}

/* Position, speed, course, heading as types 1 to 3 have them. */
static void class_a(ais_bits *m, uint32_t mmsi, unsigned status, unsigned speed, int32_t lon,
                    int32_t lat, unsigned course, unsigned heading)
{
    ais_begin(m, 1, mmsi);
    ais_put(m, status, 4);
    ais_put(m, -128, 8);
    ais_put(m, speed, 10);
    ais_put(m, 1, 1);
    ais_put(m, lon, 28);
    ais_put(m, lat, 27);
    ais_put(m, course, 12);
    ais_put(m, heading, 9);
    ais_fill(m, 168);
}

static void class_a_reports_tell_place_speed_course_and_heading(void **state)
{
    (void)state;
    /* The first message of gpsd's sample, as decoded by its authors with three programs. */
    assert_int_equal(take("!AIVDM,1,1,,A,15RTgt0PAso;90TKcjM8h6g208CQ,0*4A"), LEE_DECODED_REPORT);
    assert_string_equal(report.target.text, "mmsi:371798000");
    assert_int_equal(report.source, LEE_SOURCE_AIS);
    assert_int_equal(report.lat_e7, 483816333);
    assert_int_equal(report.lon_e7, -1233953833);
    assert_int_equal(report.speed_ground_kt_e3, 12300);
    assert_int_equal(report.track_deg_e3, 224000);
    assert_int_equal(report.heading_deg_e3, 215000);
    assert_int_equal(report.present, LEE_REPORT_HAS_POSITION | LEE_REPORT_HAS_SPEED_GROUND |
                                         LEE_REPORT_HAS_TRACK | LEE_REPORT_HAS_HEADING);
}

static void what_is_not_available_is_absent(void **state)
{
    (void)state;
    ais_bits m;
    class_a(&m, 244660000, 0, 1023, LON_UNKNOWN, LAT_UNKNOWN, 3600, 511);
    assert_int_equal(take_message(&m), LEE_DECODED_NOTHING);
    class_a(&m, 244660000, 0, 1022, LON_UNKNOWN, 0, 3599, 360);
    assert_int_equal(take_message(&m), LEE_DECODED_REPORT);
    assert_int_equal(report.present, LEE_REPORT_HAS_TRACK);
    assert_int_equal(report.track_deg_e3, 359900);
    class_a(&m, 244660000, 0, 1021, 0, LAT_UNKNOWN, 3601, 359);
    assert_int_equal(take_message(&m), LEE_DECODED_REPORT);
    assert_int_equal(report.present, LEE_REPORT_HAS_SPEED_GROUND | LEE_REPORT_HAS_HEADING);
    assert_int_equal(report.speed_ground_kt_e3, 102100);
    assert_int_equal(report.heading_deg_e3, 359000);
}

static void positions_off_the_earth_are_refused(void **state)
{
    (void)state;
    ais_bits m;
    class_a(&m, 244660000, 0, 0, 108000000, 54000000, 0, 0);
    assert_int_equal(take_message(&m), LEE_DECODED_REPORT);
    assert_int_equal(report.lat_e7, 900000000);
    assert_int_equal(report.lon_e7, 1800000000);
    class_a(&m, 244660000, 0, 0, 108000001, 54000000, 0, 0);
    assert_int_equal(take_message(&m), LEE_DECODED_REFUSED);
    assert_string_equal(why.field, "lon");
    class_a(&m, 244660000, 0, 0, -108000000, -54000001, 0, 0);
    assert_int_equal(take_message(&m), LEE_DECODED_REFUSED);
    assert_string_equal(why.field, "lat");
}

static void a_number_that_is_no_mmsi_is_refused(void **state)
{
    (void)state;
    ais_bits m;
    class_a(&m, 0, 0, 0, 0, 0, 0, 0);
    assert_int_equal(take_message(&m), LEE_DECODED_REFUSED);
    assert_string_equal(why.field, "mmsi");
    class_a(&m, 1000000000, 0, 0, 0, 0, 0, 0);
    assert_int_equal(take_message(&m), LEE_DECODED_REFUSED);
    class_a(&m, 999999999, 0, 0, 0, 0, 0, 0);
    assert_int_equal(take_message(&m), LEE_DECODED_REPORT);
    class_a(&m, 2655651, 0, 0, 0, 0, 0, 0);
    assert_int_equal(take_message(&m), LEE_DECODED_REPORT);
    assert_string_equal(report.target.text, "mmsi:002655651");
}

static void voyage_data_names_the_ship(void **state)
{
    (void)state;
    ais_bits m;
    ais_begin(&m, 5, 244660000);
    ais_put(&m, 0, 2);
    ais_put(&m, 9134270, 30);
    ais_put_text(&m, "3FOF8", 7);
    ais_put_text(&m, "EVER DIADEM", 20);
    ais_put(&m, 70, 8);
    ais_fill(&m, 424);
    assert_int_equal(take_message(&m), LEE_DECODED_REPORT);
    assert_string_equal(report.callsign, "3FOF8");
    assert_string_equal(report.registration, "IMO9134270");
    assert_string_equal(report.category, "70");
    assert_int_equal(report.present, LEE_REPORT_HAS_CALLSIGN | LEE_REPORT_HAS_REGISTRATION |
                                         LEE_REPORT_HAS_CATEGORY);
}

static void a_ship_without_call_sign_has_its_name_cut_to_the_field(void **state)
{
    (void)state;
    ais_bits m;
    ais_begin(&m, 5, 244660000);
    ais_put(&m, 0, 2);
    ais_put(&m, 999999, 30);
    ais_put_text(&m, "", 7);
    ais_put_text(&m, " %N\\\"A B C D E F G H", 20);
    ais_put(&m, 100, 8);
    ais_fill(&m, 422);
    assert_int_equal(take_message(&m), LEE_DECODED_REPORT);
    assert_string_equal(report.callsign, "%N\\\"A B C D E F");
    assert_int_equal(report.present, LEE_REPORT_HAS_CALLSIGN);
}

static void rescue_aircraft_tell_which_altitude_they_mean(void **state)
{
    (void)state;
    for (int baro = 0; baro < 2; baro++) {
        ais_bits m;
        ais_begin(&m, 9, 111232511);
        ais_put(&m, 303, 12);
        ais_put(&m, 42, 10);
        ais_put(&m, 0, 1);
        ais_put(&m, LON_UNKNOWN, 28);
        ais_put(&m, LAT_UNKNOWN, 27);
        ais_put(&m, 3600, 12);
        ais_put(&m, 15, 6);
        ais_put(&m, baro, 1);
        ais_fill(&m, 168);
        assert_int_equal(take_message(&m), LEE_DECODED_REPORT);
        assert_int_equal(report.present,
                         LEE_REPORT_HAS_SPEED_GROUND |
                             (baro ? LEE_REPORT_HAS_ALT_BARO : LEE_REPORT_HAS_ALT_HAE));
        assert_int_equal(baro ? report.alt_baro_ft : report.alt_hae_ft, 994);
        assert_int_equal(report.speed_ground_kt_e3, 42000);
        m.count = 38;
        ais_put(&m, 4094, 12); /* that high or higher */
        ais_put(&m, 1022, 10);
        m.count = 168;
        assert_int_equal(take_message(&m), LEE_DECODED_NOTHING);
    }
}

static void long_range_reports_are_coarse(void **state)
{
    (void)state;
    ais_bits m;
    ais_begin(&m, 27, 206914217);
    ais_put(&m, 0, 2);
    ais_put(&m, 2, 4);
    ais_put(&m, 82221, 18);
    ais_put(&m, 2904, 17);
    ais_put(&m, 62, 6);
    ais_put(&m, 359, 9);
    ais_fill(&m, 96);
    assert_int_equal(take_message(&m), LEE_DECODED_REPORT);
    assert_int_equal(report.lon_e7, 1370350000);
    assert_int_equal(report.lat_e7, 48400000);
    assert_int_equal(report.speed_ground_kt_e3, 62000);
    assert_int_equal(report.track_deg_e3, 359000);
    m.count = 79;
    ais_put(&m, 63, 6);
    ais_put(&m, 360, 9);
    m.count = 96;
    assert_int_equal(take_message(&m), LEE_DECODED_REPORT);
    assert_int_equal(report.present, LEE_REPORT_HAS_POSITION);
}

static void distress_transmitters_are_told_by_status_and_number(void **state)
{
    (void)state;
    static const struct {
        uint32_t mmsi;
        const char *word;
    } cases[] = {{970123456, "sart"}, {972123456, "mob"}, {974123456, "epirb"}};
    for (size_t i = 0; i < 3; i++) {
        ais_bits m;
        class_a(&m, cases[i].mmsi, 14, 0, 0, 0, 3600, 511);
        assert_int_equal(take_message(&m), LEE_DECODED_REPORT);
        assert_true((report.present & LEE_REPORT_HAS_EMERGENCY) != 0);
        assert_string_equal(report.emergency, cases[i].word);
        class_a(&m, cases[i].mmsi, 15, 0, 0, 0, 3600, 511); /* under test */
        assert_int_equal(take_message(&m), LEE_DECODED_REPORT);
        assert_true((report.present & LEE_REPORT_HAS_EMERGENCY) == 0);
    }
}

static void static_data_of_class_b_comes_in_two_parts(void **state)
{
    (void)state;
    ais_bits m;
    ais_begin(&m, 24, 271041815);
    ais_put(&m, 0, 2);
    ais_put_text(&m, "PROGUY", 20);
    ais_fill(&m, 160);
    assert_int_equal(take_message(&m), LEE_DECODED_REPORT);
    assert_string_equal(report.callsign, "PROGUY");
    ais_begin(&m, 24, 271041815);
    ais_put(&m, 1, 2);
    ais_put(&m, 60, 8);
    ais_put_text(&m, "1D00014", 7);
    ais_put_text(&m, "TC6163", 7);
    ais_fill(&m, 168);
    assert_int_equal(take_message(&m), LEE_DECODED_REPORT);
    assert_string_equal(report.callsign, "TC6163");
    assert_string_equal(report.category, "60");
    m.bits[38] = 1;
    m.bits[39] = 0;
    assert_int_equal(take_message(&m), LEE_DECODED_REFUSED);
    assert_string_equal(why.field, "part");
}

static void each_type_has_its_lengths(void **state)
{
    (void)state;
    static const uint16_t limits[28][2] = {
        {0, 0},     {168, 168}, {168, 168}, {168, 168}, {168, 168}, {422, 426}, {88, 1008},
        {72, 168},  {56, 1008}, {168, 168}, {72, 72},   {168, 168}, {72, 1008}, {72, 168},
        {40, 1008}, {88, 168},  {96, 168},  {80, 816},  {168, 168}, {312, 312}, {72, 160},
        {272, 368}, {168, 168}, {160, 168}, {160, 168}, {40, 168},  {60, 1064}, {96, 168}};
    for (unsigned type = 0; type < 64; type++) {
        for (size_t length = 1; length < 1100; length++) {
            ais_bits m;
            ais_begin(&m, type, 244660000);
            ais_fill(&m, length);
            const bool is_good =
                type >= 1 && type <= 27 && length >= limits[type][0] && length <= limits[type][1];
            assert_int_equal(take_message(&m) != LEE_DECODED_REFUSED, is_good);
        }
    }
}

static void two_parts(const char *body_one, const char *body_two, lee_decode_result second)
{
    assert_int_equal(take_body(body_one), LEE_DECODED_NOTHING);
    assert_int_equal(take_body(body_two), second);
}

#define PART_ONE "55?MbV02;H;s<HtKR20EHE:0@T4@Dn2222222216L961O5Gf0NSQEp6ClRp8"
#define PART_TWO "88888888880"

static void parts_come_in_any_order(void **state)
{
    (void)state;
    two_parts("AIVDM,2,1,1,A," PART_ONE ",0", "AIVDM,2,2,1,A," PART_TWO ",2", LEE_DECODED_REPORT);
    assert_string_equal(report.callsign, "3FOF8");
    two_parts("AIVDM,2,2,1,A," PART_TWO ",2", "AIVDM,2,1,1,A," PART_ONE ",0", LEE_DECODED_REPORT);
    assert_string_equal(report.callsign, "3FOF8");
    two_parts("AIVDM,2,1,,," PART_ONE ",0", "AIVDM,2,2,,," PART_TWO ",2", LEE_DECODED_REPORT);
}

static void parts_of_other_messages_do_not_mix(void **state)
{
    (void)state;
    static const char *const others[] = {
        "AIVDM,2,2,1,B," PART_TWO ",2", "AIVDM,2,2,2,A," PART_TWO ",2",
        "AIVDM,2,2,,A," PART_TWO ",2",  "AIVDO,2,2,1,A," PART_TWO ",2",
        "AIVDM,3,2,1,A," PART_TWO ",0",
    };
    assert_int_equal(take_body("AIVDM,2,1,1,A," PART_ONE ",0"), LEE_DECODED_NOTHING);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        assert_int_equal(take_body(others[i]), LEE_DECODED_NOTHING);
    }
    char other_feed[200];
    nmea_wrap('!', "AIVDM,2,2,1,A," PART_TWO ",2", other_feed, sizeof other_feed);
    assert_int_equal(take_at(other_feed, 1, 1000000), LEE_DECODED_NOTHING);
    assert_int_equal(take_body("AIVDM,2,2,1,A," PART_TWO ",2"), LEE_DECODED_REPORT);
}

static void parts_that_wait_too_long_are_dropped_and_counted(void **state)
{
    (void)state;
    lee_decoder_counters counters;
    char first[200];
    char second[200];
    nmea_wrap('!', "AIVDM,2,1,1,A," PART_ONE ",0", first, sizeof first);
    nmea_wrap('!', "AIVDM,2,2,1,A," PART_TWO ",2", second, sizeof second);
    assert_int_equal(take_at(first, 0, 0), LEE_DECODED_NOTHING);
    assert_int_equal(take_at(second, 0, LEE_AIS_PART_MAX_US), LEE_DECODED_REPORT);
    assert_int_equal(take_at(first, 0, 0), LEE_DECODED_NOTHING);
    assert_int_equal(take_at(second, 0, LEE_AIS_PART_MAX_US + 2), LEE_DECODED_NOTHING);
    lee_decoder_count(decoder, &counters);
    assert_int_equal(counters.ais_parts_dropped, 1);
    /* The second part still waits. In a recording without time, sentences are counted instead. */
    assert_int_equal(take_at(first, 0, LEE_AIS_PART_MAX_US + 2), LEE_DECODED_REPORT);
    for (int limit = 0; limit < 2; limit++) {
        assert_int_equal(take_at(first, 0, 0), LEE_DECODED_NOTHING);
        for (int i = 1; i < LEE_AIS_PART_MAX_SENTENCES + limit; i++) {
            assert_int_equal(take("!AIVDM,1,1,,B,,0*25"), LEE_DECODED_NOTHING);
        }
        assert_int_equal(take_at(second, 0, 0),
                         limit == 0 ? LEE_DECODED_REPORT : LEE_DECODED_NOTHING);
    }
}

static void a_part_that_comes_again_begins_another_message(void **state)
{
    (void)state;
    lee_decoder_counters counters;
    two_parts("AIVDM,3,1,1,A," PART_ONE ",0", "AIVDM,3,2,1,A," PART_TWO ",0", LEE_DECODED_NOTHING);
    assert_int_equal(take_body("AIVDM,3,1,1,A," PART_ONE ",0"), LEE_DECODED_NOTHING);
    lee_decoder_count(decoder, &counters);
    assert_int_equal(counters.ais_parts_dropped, 2);
    assert_int_equal(take_body("AIVDM,3,3,1,A," PART_TWO ",2"), LEE_DECODED_NOTHING);
}

static void half_messages_without_end_are_bounded_and_counted(void **state)
{
    (void)state;
    lee_decoder_counters counters;
    const uint64_t count = 100000;
    char body[200];
    for (uint64_t i = 0; i < count; i++) {
        snprintf(body, sizeof body, "AIVDM,%u,1,%u,%c,%s,0", 2 + (unsigned)(i % 8),
                 (unsigned)(i / 8 % 10), 'A' + (int)(i / 80 % 26), PART_ONE);
        assert_int_equal(take_body(body), LEE_DECODED_NOTHING);
    }
    lee_decoder_count(decoder, &counters);
    assert_int_equal(counters.ais_parts_dropped, count - LEE_AIS_SLOTS);
    assert_int_equal(counters.frames, counters.nothing);
}

static void the_message_that_waited_longest_makes_room(void **state)
{
    (void)state;
    for (int others = LEE_AIS_SLOTS - 1; others <= LEE_AIS_SLOTS; others++) {
        assert_int_equal(take_body("AIVDM,2,1,1,z," PART_ONE ",0"), LEE_DECODED_NOTHING);
        for (int i = 0; i < others; i++) {
            char body[200];
            snprintf(body, sizeof body, "AIVDM,2,1,%d,%c,%s,0", i % 10, 'A' + i / 10, PART_ONE);
            assert_int_equal(take_body(body), LEE_DECODED_NOTHING);
        }
        assert_int_equal(take_body("AIVDM,2,2,1,z," PART_TWO ",2"),
                         others < LEE_AIS_SLOTS ? LEE_DECODED_REPORT : LEE_DECODED_NOTHING);
        teardown(NULL);
        assert_int_equal(setup(NULL), 0);
    }
}

static void fields_of_the_sentence_are_checked(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        const char *field;
    } cases[] = {
        {"AIVDM,0,1,,A,15RTgt0PAso;90TKcjM8h6g208CQ,0", "total"},
        {"AIVDM,10,1,,A,15RTgt0PAso;90TKcjM8h6g208CQ,0", "total"},
        {"AIVDM,1,0,,A,15RTgt0PAso;90TKcjM8h6g208CQ,0", "part"},
        {"AIVDM,1,2,,A,15RTgt0PAso;90TKcjM8h6g208CQ,0", "part"},
        {"AIVDM,1,1,99,A,15RTgt0PAso;90TKcjM8h6g208CQ,0", "sequence"},
        {"AIVDM,1,1,x,A,15RTgt0PAso;90TKcjM8h6g208CQ,0", "sequence"},
        {"AIVDM,1,1,,AB,15RTgt0PAso;90TKcjM8h6g208CQ,0", "channel"},
        {"AIVDM,1,1,,A,15RTgt0PAso;90TKcjM8h6g208CQ,6", "fill bits"},
        {"AIVDM,1,1,,A,15RTgt0PAso;90TKcjM8h6g208CQ,9", "fill bits"},
        {"AIVDM,1,1,,A,15RTgt0PAso;90TKcjM8h6g208CQ,", "fill bits"},
        {"AIVDM,1,1,,A,15RTgt0PAso;90TKcjM8h6g208CQ", "fill bits"},
        {"AIVDM,1,1,,A,15RTgt0PAso;90TKcjM8h6g208C~,0", "payload"},
        {"AIVDM,1,1,,A,15RTgt0PAso;90TKcjM8h6g208CX,0", "payload"},
        {"AIVDM,2,1,1,A," PART_ONE ",2", "fill bits"},
        {"AIVDM,2,1,1,A,,0", "payload"},
        {"AIVDM", "total"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(take_body(cases[i].body), LEE_DECODED_REFUSED);
        assert_string_equal(why.field, cases[i].field);
    }
    for (int fill = 0; fill <= 5; fill++) {
        char body[100];
        snprintf(body, sizeof body, "AIVDM,1,1,,A,15RTgt0PAso;90TKcjM8h6g208CQ,%d", fill);
        assert_int_equal(take_body(body), fill == 0 ? LEE_DECODED_REPORT : LEE_DECODED_REFUSED);
    }
    assert_int_equal(take_body("AIVDM,1,1,,A,,0"), LEE_DECODED_NOTHING);
}

static void payloads_longer_than_any_message_are_refused(void **state)
{
    (void)state;
    char body[1600];
    for (int length = LEE_AIS_CHARS_MAX - 1; length <= LEE_AIS_CHARS_MAX + 1; length++) {
        snprintf(body, sizeof body, "AIVDM,1,1,,A,%0*d,0", length, 0);
        char sentence[1700];
        nmea_wrap('!', body, sentence, sizeof sentence);
        assert_int_equal(take(sentence), LEE_DECODED_REFUSED);
        assert_string_equal(why.field, length > LEE_AIS_CHARS_MAX ? "payload" : "type");
    }
    for (int part = 1; part <= 9; part++) {
        snprintf(body, sizeof body, "AIVDM,9,%d,1,A,%0*d,0", part, LEE_AIS_PART_CHARS_MAX, 0);
        assert_int_equal(take_body(body), part < 9 ? LEE_DECODED_NOTHING : LEE_DECODED_REFUSED);
    }
    assert_string_equal(why.field, "payload");
    snprintf(body, sizeof body, "AIVDM,2,1,1,A,%0*d,0", LEE_AIS_PART_CHARS_MAX + 1, 0);
    assert_int_equal(take_body(body), LEE_DECODED_REFUSED);
}

static void the_receiver_is_said_by_tag_block_or_suffix(void **state)
{
    (void)state;
    assert_int_equal(take("\\s:r003669945,c:1120959341*7D\\"
                          "!AIVDM,1,1,,A,15RTgt0PAso;90TKcjM8h6g208CQ,0*4A"),
                     LEE_DECODED_REPORT);
    assert_string_equal(report.receiver, "r003669945");
    assert_int_equal(take("!AIVDM,1,1,,A,15RTgt0PAso;90TKcjM8h6g208CQ,0*4A,d-080,r08TPHI1,"
                          "1242958962"),
                     LEE_DECODED_REPORT);
    assert_string_equal(report.receiver, "r08TPHI1");
    assert_int_equal(take("!AIVDM,1,1,,A,15RTgt0PAso;90TKcjM8h6g208CQ,0*4A"), LEE_DECODED_REPORT);
    assert_true((report.present & LEE_REPORT_HAS_RECEIVER) == 0);
}

static void keep_result(void *context, const lee_frame *frame)
{
    lee_decode_result *const last = context;
    *last = lee_decoder_frame(decoder, frame, &report, &why);
}

static void a_good_line_is_read_after_one_that_is_far_too_long(void **state)
{
    (void)state;
    enum { LONG = 3 * LEE_FRAME_MAX_BYTES };
    lee_deframe_options options;
    lee_deframe_options_default(&options);
    lee_deframer *deframer = NULL;
    lee_decode_result last = LEE_DECODED_NOTHING;
    assert_int_equal(lee_deframer_create(LEE_FORMAT_AIS, &options, &deframer), LEE_OK);
    uint8_t *const text = malloc(LONG);
    memset(text, 0xff, LONG);
    text[10] = '\0';
    text[LONG - 1] = '\n';
    lee_deframer_push(deframer, text, LONG, 0, keep_result, &last);
    assert_int_equal(last, LEE_DECODED_REFUSED);
    static const char good[] = "!AIVDM,1,1,,A,15RTgt0PAso;90TKcjM8h6g208CQ,0*4A\r\n";
    lee_deframer_push(deframer, (const uint8_t *)good, sizeof good - 1, 0, keep_result, &last);
    assert_int_equal(last, LEE_DECODED_REPORT);
    lee_deframer_free(deframer);
    free(text);
}

static void random_and_truncated_messages_never_break_it(void **state)
{
    (void)state;
    uint64_t seed = 88172645463325252u;
    for (int i = 0; i < 200000; i++) {
        ais_bits m = {.count = 0};
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        ais_put(&m, (int64_t)(seed % 29), 6);
        while (m.count < 1100) {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            ais_put(&m, (int64_t)seed, 64);
        }
        static const uint16_t lengths[] = {168, 168, 168, 72, 96, 160, 312, 360, 424, 1064, 40};
        m.count = seed % 3 == 0 ? seed >> 20 & 1023 : lengths[seed >> 20 & 7];
        (void)take_message(&m);
    }
    lee_decoder_counters counters;
    lee_decoder_count(decoder, &counters);
    assert_true(counters.reports > 1000);
    assert_int_equal(counters.frames, counters.reports + counters.nothing + counters.refused);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        TEST(class_a_reports_tell_place_speed_course_and_heading),
        TEST(what_is_not_available_is_absent),
        TEST(positions_off_the_earth_are_refused),
        TEST(a_number_that_is_no_mmsi_is_refused),
        TEST(voyage_data_names_the_ship),
        TEST(a_ship_without_call_sign_has_its_name_cut_to_the_field),
        TEST(rescue_aircraft_tell_which_altitude_they_mean),
        TEST(long_range_reports_are_coarse),
        TEST(distress_transmitters_are_told_by_status_and_number),
        TEST(static_data_of_class_b_comes_in_two_parts),
        TEST(each_type_has_its_lengths),
        TEST(parts_come_in_any_order),
        TEST(parts_of_other_messages_do_not_mix),
        TEST(parts_that_wait_too_long_are_dropped_and_counted),
        TEST(a_part_that_comes_again_begins_another_message),
        TEST(half_messages_without_end_are_bounded_and_counted),
        TEST(the_message_that_waited_longest_makes_room),
        TEST(fields_of_the_sentence_are_checked),
        TEST(payloads_longer_than_any_message_are_refused),
        TEST(the_receiver_is_said_by_tag_block_or_suffix),
        TEST(a_good_line_is_read_after_one_that_is_far_too_long),
        TEST(random_and_truncated_messages_never_break_it),
#undef TEST
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
