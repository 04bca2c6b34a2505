#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

#include "decode/adsb.h"
#include "decode/comm_b.h"
#include "geo/trig.h"

static lee_report report;

/* Puts a value into bits `first` and following, which count from 1 as in the standards. */
static void put(uint64_t *field, unsigned first, unsigned width, uint64_t value)
{
    assert_true(width == 64 || value >> width == 0);
    *field |= value << (57 - first - width);
}

static lee__aircraft fresh(void)
{
    return (lee__aircraft){.velocity_us = LEE__NEVER_US};
}

static bool has(uint64_t bits)
{
    return (report.present & bits) == bits;
}

static const char *status(lee__aircraft *aircraft, uint64_t me)
{
    report = (lee_report){.t_us = 0};
    return lee__adsb_status(aircraft, me, &report);
}

static void integrity_follows_version_type_and_supplements(void **state)
{
    (void)state;
    static const struct {
        uint8_t version, type, a, b, c;
        int32_t nic, rc_m; /* 0: not said */
    } cases[] = {{0, 9, 0, 0, 0, 11, 8},     {0, 11, 1, 1, 0, 8, 186},   {0, 16, 1, 1, 0, 1, 18520},
                 {0, 18, 0, 0, 0, 0, 0},     {1, 7, 1, 0, 1, 9, 75},     {1, 8, 1, 0, 1, 0, 0},
                 {1, 11, 1, 0, 0, 9, 75},    {1, 13, 1, 0, 0, 6, 1112},  {1, 16, 1, 0, 0, 3, 7408},
                 {1, 16, 0, 1, 0, 2, 14816}, {2, 7, 1, 0, 0, 9, 75},     {2, 7, 1, 0, 1, 8, 186},
                 {2, 8, 1, 0, 1, 7, 371},    {2, 8, 1, 0, 0, 6, 556},    {2, 8, 0, 0, 1, 6, 1112},
                 {2, 8, 0, 0, 0, 0, 0},      {2, 11, 1, 1, 0, 9, 75},    {2, 11, 1, 0, 0, 8, 186},
                 {2, 13, 0, 1, 0, 6, 556},   {2, 13, 0, 0, 0, 6, 926},   {2, 13, 1, 1, 0, 6, 1112},
                 {2, 16, 1, 1, 0, 3, 7408},  {2, 16, 0, 1, 0, 2, 14816}, {2, 17, 1, 1, 1, 1, 37040},
                 {2, 20, 0, 0, 0, 11, 8},    {2, 21, 0, 0, 0, 10, 25},   {2, 22, 0, 0, 0, 0, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const lee__aircraft aircraft = {.version = cases[i].version,
                                        .nic_supplement_a = cases[i].a,
                                        .nic_supplement_c = cases[i].c};
        report = (lee_report){.t_us = 0};
        lee__adsb_integrity(&aircraft, cases[i].type, cases[i].b, &report);
        assert_int_equal(report.nic, cases[i].nic);
        assert_int_equal(report.rc_m, cases[i].rc_m);
        assert_int_equal(has(LEE_REPORT_HAS_RC), cases[i].rc_m != 0);
    }
}

static void operational_status_says_what_its_version_has(void **state)
{
    (void)state;
    uint64_t me = 0;
    put(&me, 1, 5, 31);
    put(&me, 31, 2, 2); /* SDA */
    put(&me, 44, 1, 1); /* NIC supplement A */
    put(&me, 45, 4, 9); /* NACp */
    put(&me, 49, 2, 2); /* GVA */
    put(&me, 51, 2, 3); /* SIL */
    put(&me, 53, 1, 1); /* NICbaro */
    put(&me, 54, 1, 1); /* HRD: magnetic */
    lee__aircraft aircraft = fresh();
    assert_null(status(&aircraft, me));
    assert_int_equal(report.present, LEE_REPORT_HAS_ADSB_VERSION);
    assert_int_equal(aircraft.nic_supplement_a, 0);

    put(&me, 41, 3, 2);
    assert_null(status(&aircraft, me));
    assert_true(has(LEE_REPORT_HAS_ADSB_VERSION | LEE_REPORT_HAS_NAC_P | LEE_REPORT_HAS_SIL |
                    LEE_REPORT_HAS_SDA | LEE_REPORT_HAS_GVA));
    assert_int_equal(report.adsb_version, 2);
    assert_int_equal(report.sda, 2);
    assert_int_equal(report.nac_p, 9);
    assert_int_equal(report.gva, 2);
    assert_int_equal(report.sil, 3);
    assert_true(has(LEE_REPORT_HAS_NIC_BARO) && report.nic_baro == 1);
    assert_true(aircraft.nic_supplement_a == 1 && aircraft.heading_is_magnetic);

    put(&me, 8, 1, 1); /* on the surface, where 17 to 19 are NACv and 20 is NIC supplement C */
    put(&me, 17, 3, 3);
    put(&me, 20, 1, 1);
    assert_null(status(&aircraft, me));
    assert_false(has(LEE_REPORT_HAS_GVA) || has(LEE_REPORT_HAS_NIC_BARO));
    assert_int_equal(report.nac_v, 3);
    assert_int_equal(aircraft.nic_supplement_c, 1);

    put(&me, 42, 2, 1); /* version 3 */
    assert_non_null(status(&aircraft, me));
    assert_int_equal(report.present, 0);
}

static void target_state_says_what_the_crew_has_set(void **state)
{
    (void)state;
    lee__aircraft aircraft = fresh();
    uint64_t me = 0;
    put(&me, 1, 5, 29);
    put(&me, 6, 2, 1);
    put(&me, 40, 4, 10);
    put(&me, 45, 2, 3);
    assert_null(status(&aircraft, me));
    assert_true(report.present ==
                (LEE_REPORT_HAS_NAC_P | LEE_REPORT_HAS_SIL | LEE_REPORT_HAS_NIC_BARO));
    assert_int_equal(report.nic_baro, 0);
    put(&me, 10, 11, 219);
    put(&me, 44, 1, 1);
    put(&me, 21, 9, 271);
    put(&me, 30, 1, 1);
    put(&me, 31, 9, 256 + 128); /* sign and 128 of 256: -90 degrees */
    assert_null(status(&aircraft, me));
    assert_int_equal(report.nic_baro, 1);
    assert_int_equal(report.alt_selected_ft, 6976);
    assert_true(has(LEE_REPORT_HAS_ALT_SELECTED_SOURCE));
    assert_int_equal(report.alt_selected_source, LEE_ALT_SELECTED_MCP);
    put(&me, 9, 1, 1);
    assert_null(status(&aircraft, me));
    assert_int_equal(report.alt_selected_source, LEE_ALT_SELECTED_FMS);
    assert_int_equal(report.qnh_hpa_e1, 10160);
    assert_int_equal(report.heading_selected_deg_e3, 270000);
    assert_int_equal(report.nac_p, 10);

    uint64_t old = 0; /* version 1 */
    put(&old, 1, 5, 29);
    put(&old, 8, 2, 1);
    put(&old, 16, 10, 360);
    put(&old, 26, 2, 1);
    put(&old, 28, 9, 271);
    put(&old, 54, 3, 4);
    assert_null(status(&aircraft, old));
    assert_int_equal(report.alt_selected_ft, 35000);
    assert_int_equal(report.alt_selected_source, LEE_ALT_SELECTED_MCP);
    assert_int_equal(report.heading_selected_deg_e3, 271000);
    assert_string_equal(report.emergency, "nordo");
    put(&old, 8, 1, 1); /* 3: FMS */
    put(&old, 44, 1, 1);
    assert_null(status(&aircraft, old));
    assert_int_equal(report.alt_selected_source, LEE_ALT_SELECTED_FMS);
    assert_int_equal(report.nic_baro, 1);
    old ^= UINT64_C(1) << 47; /* 2: it holds the altitude where it is */
    assert_null(status(&aircraft, old));
    assert_int_equal(report.alt_selected_source, LEE_ALT_SELECTED_AIRCRAFT);
    put(&old, 11, 1, 1);
    assert_non_null(status(&aircraft, old));
}

static void advisories_have_words(void **state)
{
    (void)state;
    static const struct {
        uint8_t ara_high; /* the first eight bits of ARA */
        uint8_t ended, multiple;
        const char *want;
    } cases[] = {{0xc2, 0, 0, "climb"},
                 {0xe2, 0, 0, "descend"},
                 {0x80, 0, 0, "do_not_descend"},
                 {0xa0, 0, 1, "do_not_climb"},
                 {0x40, 0, 1, "multiple"},
                 {0xc2, 1, 0, "clear"},
                 {0x40, 0, 0, NULL}};
    lee__aircraft aircraft = fresh();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint64_t me = 0;
        put(&me, 1, 5, 28);
        put(&me, 6, 3, 2);
        put(&me, 9, 8, cases[i].ara_high);
        put(&me, 27, 1, cases[i].ended);
        put(&me, 28, 1, cases[i].multiple);
        const char *const why = status(&aircraft, me);
        assert_int_equal(has(LEE_REPORT_HAS_ACAS_RA), cases[i].want != NULL);
        assert_string_equal(report.acas_ra, cases[i].want != NULL ? cases[i].want : "");
        assert_true(cases[i].want != NULL || why != NULL);
        uint64_t mb = me & ((UINT64_C(1) << 48) - 1); /* the same in register 3,0 */
        put(&mb, 1, 8, 0x30);
        report = (lee_report){.t_us = 0};
        assert_int_equal(lee__comm_b_infer(mb, &aircraft, 0), LEE_COMM_B_30);
        lee__comm_b_decode(LEE_COMM_B_30, mb, &report);
        assert_string_equal(report.acas_ra, cases[i].want != NULL ? cases[i].want : "");
    }
}

static uint64_t velocity(unsigned subtype)
{
    uint64_t me = 0;
    put(&me, 1, 5, 19);
    put(&me, 6, 3, subtype);
    put(&me, 11, 3, 2);
    put(&me, 15, 10, 101);
    put(&me, 26, 10, 201);
    put(&me, 50, 7, 12); /* 275 ft above */
    return me;
}

static void a_ground_stations_velocity_has_accuracy_and_flag_of_its_own(void **state)
{
    (void)state;
    uint64_t implausible = 0;
    lee__position_context context = {.timed = true, .implausible_count = &implausible};
    lee__aircraft aircraft = fresh();
    aircraft.height_difference_us = LEE__NEVER_US;
    aircraft.alt_baro_us = 0;
    report = (lee_report){.t_us = 0};
    assert_null(lee__adsb_decode(&aircraft, velocity(1), &context, &report));
    assert_int_equal(report.nac_v, 2);
    assert_int_equal(report.alt_hae_ft, 275);
    assert_int_equal(aircraft.speed_ground_kt, 223);

    context.fine_tisb = true;
    report = (lee_report){.t_us = 0};
    assert_null(lee__adsb_decode(&aircraft, velocity(1), &context, &report));
    assert_int_equal(report.nac_p, 2); /* bits 10 to 13 */
    assert_false(has(LEE_REPORT_HAS_NAC_V) || has(LEE_REPORT_HAS_ALT_HAE));
    report = (lee_report){.t_us = 0};
    assert_null(lee__adsb_decode(&aircraft, velocity(1) | UINT64_C(1) << 20, &context, &report));
    assert_true(has(LEE_REPORT_HAS_ALT_HAE));
}

static void an_air_velocitys_heading_is_magnetic_when_the_aircraft_said_so(void **state)
{
    (void)state;
    uint64_t implausible = 0;
    const lee__position_context context = {.timed = true, .implausible_count = &implausible};
    lee__aircraft aircraft = fresh();
    const uint64_t me = velocity(3) | UINT64_C(1) << 42;
    report = (lee_report){.t_us = 0};
    assert_null(lee__adsb_decode(&aircraft, me, &context, &report));
    assert_true(has(LEE_REPORT_HAS_HEADING) && !has(LEE_REPORT_HAS_HEADING_MAGNETIC));
    aircraft.heading_is_magnetic = true;
    report = (lee_report){.t_us = 0};
    assert_null(lee__adsb_decode(&aircraft, me, &context, &report));
    assert_true(has(LEE_REPORT_HAS_HEADING_MAGNETIC) && !has(LEE_REPORT_HAS_HEADING));
    assert_int_equal(report.heading_magnetic_deg_e3, 35508); /* 101 / 1024 of a turn */
}

static void
a_ground_station_says_in_status_messages_too_that_an_address_is_none_of_icao(void **state)
{
    (void)state;
    static const struct {
        unsigned type, subtype, imf;
    } cases[] = {{28, 1, 56}, {29, 2, 51}, {31, 0, 56}, {31, 1, 56}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint64_t me = 0;
        put(&me, 1, 5, cases[i].type);
        put(&me, 6, 3, cases[i].subtype);
        assert_false(lee__adsb_imf(me));
        put(&me, cases[i].imf, 1, 1);
        assert_true(lee__adsb_imf(me));
    }
    uint64_t advice = 1; /* of an advisory the bit is another */
    put(&advice, 1, 5, 28);
    put(&advice, 6, 3, 2);
    assert_false(lee__adsb_imf(advice));
}

/* Track 90 degrees, 300 kt over ground, 320 kt true, roll -4.57, no rate. */
static uint64_t register_50(void)
{
    uint64_t mb = 0;
    put(&mb, 1, 1, 1);
    put(&mb, 2, 10, 1024 - 26);
    put(&mb, 12, 1, 1);
    put(&mb, 13, 11, 512);
    put(&mb, 24, 1, 1);
    put(&mb, 25, 10, 150);
    put(&mb, 46, 1, 1);
    put(&mb, 47, 10, 160);
    return mb;
}

/* Heading 270 degrees, 250 kt, Mach 0.6, -640 ft/min by pressure. */
static uint64_t register_60(void)
{
    uint64_t mb = 0;
    put(&mb, 1, 1, 1);
    put(&mb, 2, 11, 1536);
    put(&mb, 13, 1, 1);
    put(&mb, 14, 10, 250);
    put(&mb, 24, 1, 1);
    put(&mb, 25, 10, 150);
    put(&mb, 35, 1, 1);
    put(&mb, 36, 10, 1024 - 20);
    return mb;
}

static void registers_are_told_apart_by_what_they_may_hold(void **state)
{
    (void)state;
    const lee__aircraft aircraft = fresh();
    uint64_t mb = 0;
    put(&mb, 1, 8, 0x10);
    assert_int_equal(lee__comm_b_infer(mb, &aircraft, 0), LEE_COMM_B_10);
    put(&mb, 10, 1, 1);
    assert_int_equal(lee__comm_b_infer(mb, &aircraft, 0), LEE_COMM_B_UNKNOWN);
    mb = 0;
    put(&mb, 7, 1, 1);
    put(&mb, 9, 1, 1);
    assert_int_equal(lee__comm_b_infer(mb, &aircraft, 0), LEE_COMM_B_17);
    assert_int_equal(lee__comm_b_infer(0, &aircraft, 0), LEE_COMM_B_UNKNOWN);

    uint64_t mb40 = 0;
    put(&mb40, 1, 1, 1);
    put(&mb40, 2, 12, 813);
    put(&mb40, 27, 1, 1);
    put(&mb40, 28, 12, 2132);
    assert_int_equal(lee__comm_b_infer(mb40, &aircraft, 0), LEE_COMM_B_40);
    report = (lee_report){.t_us = 0};
    lee__comm_b_decode(LEE_COMM_B_40, mb40, &report);
    assert_int_equal(report.alt_selected_ft, 13008);
    assert_int_equal(report.alt_selected_source, LEE_ALT_SELECTED_MCP);
    assert_int_equal(report.qnh_hpa_e1, 10132);
    put(&mb40, 40, 1, 1); /* reserved */
    assert_int_equal(lee__comm_b_infer(mb40, &aircraft, 0), LEE_COMM_B_UNKNOWN);

    assert_int_equal(lee__comm_b_infer(register_50(), &aircraft, 0), LEE_COMM_B_50);
    report = (lee_report){.t_us = 0};
    lee__comm_b_decode(LEE_COMM_B_50, register_50(), &report);
    assert_int_equal(report.roll_deg_e3, -4570);
    assert_int_equal(report.track_deg_e3, 90000);
    assert_int_equal(report.speed_ground_kt_e3, 300000);
    assert_int_equal(report.speed_air_kt_e3, 320000);
    assert_false(has(LEE_REPORT_HAS_TRACK_RATE));
    uint64_t turning = register_50();
    put(&turning, 35, 1, 1);
    put(&turning, 36, 10, 1024 - 6);
    report = (lee_report){.t_us = 0};
    lee__comm_b_decode(LEE_COMM_B_50, turning, &report);
    assert_true(has(LEE_REPORT_HAS_TRACK_RATE));
    assert_int_equal(report.track_rate_dps_e3, -187); /* 6 / 32 of a degree a second */
    uint64_t mb50 = register_50();
    put(&mb50, 37, 1, 1); /* a rate whose status bit says that there is none */
    assert_int_equal(lee__comm_b_infer(mb50, &aircraft, 0), LEE_COMM_B_UNKNOWN);

    assert_int_equal(lee__comm_b_infer(register_60(), &aircraft, 0), LEE_COMM_B_60);
    report = (lee_report){.t_us = 0};
    lee__comm_b_decode(LEE_COMM_B_60, register_60(), &report);
    assert_int_equal(report.heading_magnetic_deg_e3, 270000);
    assert_int_equal(report.speed_indicated_kt_e3, 250000);
    assert_int_equal(report.mach_e3, 600);
    assert_true(has(LEE_REPORT_HAS_SPEED_INDICATED | LEE_REPORT_HAS_MACH));
    assert_int_equal(report.vertical_rate_fpm, -640);
}

static void what_adsb_said_refutes_a_register_while_it_is_new(void **state)
{
    (void)state;
    lee__aircraft aircraft = fresh();
    aircraft.velocity_us = 0;
    aircraft.speed_ground_kt = 310;
    aircraft.track_deg = 85;
    assert_int_equal(lee__comm_b_infer(register_50(), &aircraft, 10000000), LEE_COMM_B_50);
    assert_int_equal(lee__comm_b_infer(register_60(), &aircraft, 10000000), LEE_COMM_B_UNKNOWN);
    assert_int_equal(lee__comm_b_infer(register_60(), &aircraft, 10000001), LEE_COMM_B_60);
    aircraft.speed_ground_kt = 341;
    assert_int_equal(lee__comm_b_infer(register_50(), &aircraft, 0), LEE_COMM_B_UNKNOWN);
    aircraft.speed_ground_kt = 300;
    aircraft.track_deg = 111;
    assert_int_equal(lee__comm_b_infer(register_50(), &aircraft, 0), LEE_COMM_B_UNKNOWN);
}

static void tracks_of_all_velocities_are_those_of_the_arc_tangent(void **state)
{
    (void)state;
    for (int32_t east = 0; east <= 1022; east++) {
        for (int32_t north = -1022; north <= 1022; north++) {
            if (east == 0 && north == 0) {
                continue;
            }
            const double deg_e3 = lee_atan2(east, north) * LEE_DEGREES_PER_RADIAN * 1000.0;
            const int32_t nearest = (int32_t)(deg_e3 + 0.5);
            assert_int_equal(lee__adsb_track_deg_e3(east, north), nearest);
            assert_int_equal(lee__adsb_track_deg_e3(-east, north), (360000 - nearest) % 360000);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tracks_of_all_velocities_are_those_of_the_arc_tangent),
        cmocka_unit_test(integrity_follows_version_type_and_supplements),
        cmocka_unit_test(operational_status_says_what_its_version_has),
        cmocka_unit_test(target_state_says_what_the_crew_has_set),
        cmocka_unit_test(advisories_have_words),
        cmocka_unit_test(a_ground_stations_velocity_has_accuracy_and_flag_of_its_own),
        cmocka_unit_test(an_air_velocitys_heading_is_magnetic_when_the_aircraft_said_so),
        cmocka_unit_test(
            a_ground_station_says_in_status_messages_too_that_an_address_is_none_of_icao),
        cmocka_unit_test(registers_are_told_apart_by_what_they_may_hold),
        cmocka_unit_test(what_adsb_said_refutes_a_register_while_it_is_new),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
