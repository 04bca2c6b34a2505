/* Attacks of reference G6 injected into flights, with random parameters from a seed that is
 * printed: usage: track_attacks COUNT [SEED]. Each class says how many were found and in how many
 * fixes; the exit status is 1 when a figure is missed. The flights are drawn here: a take-off from
 * a random place, turns, climbs, winds, and the noise of real reports (positions to 5 m, whole
 * knots, 25 ft), because the recorded ones must not be in the repository. */
#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "track/table.h"

#define S INT64_C(1000000)
#define TAU 6.283185307179586

static uint64_t seed;

static uint64_t draw(void)
{
    seed += UINT64_C(0x9E3779B97F4A7C15);
    uint64_t z = seed;
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

static double between(double least, double most)
{
    return least + (most - least) * ((double)(draw() >> 11) / 9007199254740992.0);
}

/* --- flights -----------------------------------------------------------------------------------
 */

typedef struct {
    uint32_t address;
    double lat, lon; /* degrees */
    double alt_ft, speed_mps, course_rad, climb_fpm, turn_rad_s;
    double interval_s;
    double t_s;
    int64_t phase_s;
} flight;

static flight start_flight(uint32_t address)
{
    flight f = {.address = address,
                .lat = between(-65, 65),
                .lon = between(-175, 175),
                .alt_ft = between(8000, 38000),
                .speed_mps = between(80, 250),
                .course_rad = between(0, TAU),
                .interval_s = between(0.5, 4.0),
                .t_s = 1e9};
    return f;
}

static void move(flight *f, double passed_s)
{
    if (f->phase_s-- <= 0) {
        f->phase_s = (int64_t)between(10, 60);
        f->turn_rad_s = draw() % 3 == 0 ? between(-0.05, 0.05) : 0.0;
        f->climb_fpm = draw() % 3 == 0 ? between(-2500, 2500) : 0.0;
    }
    f->course_rad += f->turn_rad_s * passed_s;
    f->alt_ft += f->climb_fpm / 60.0 * passed_s;
    f->alt_ft = f->alt_ft < 3000 ? 3000 : f->alt_ft > 41000 ? 41000 : f->alt_ft;
    f->lat += f->speed_mps * cos(f->course_rad) * passed_s / 111320.0;
    f->lon += f->speed_mps * sin(f->course_rad) * passed_s / 111320.0 / cos(f->lat * TAU / 360.0);
    f->t_s += passed_s;
}

static lee_report report_of(const flight *f)
{
    lee_report r = {.t_us = (int64_t)(f->t_s * 1e6), .source = LEE_SOURCE_ADSB};
    r.target = lee_target_icao24(f->address, true);
    r.present = LEE_REPORT_HAS_POSITION | LEE_REPORT_HAS_ALT_BARO | LEE_REPORT_HAS_SPEED_GROUND |
                LEE_REPORT_HAS_TRACK | LEE_REPORT_HAS_VERTICAL_RATE;
    double lon = f->lon + between(-5e-5, 5e-5);
    lon = lon >= 180.0 ? lon - 360.0 : lon < -180.0 ? lon + 360.0 : lon;
    r.lat_e7 = (int32_t)((f->lat + between(-5e-5, 5e-5)) * 1e7);
    r.lon_e7 = (int32_t)(lon * 1e7);
    r.alt_baro_ft = (int32_t)(f->alt_ft / 25.0) * 25;
    const double north_kt = floor(f->speed_mps * cos(f->course_rad) * 1.943844 + between(-1, 1));
    const double east_kt = floor(f->speed_mps * sin(f->course_rad) * 1.943844 + between(-1, 1));
    r.speed_ground_kt_e3 = (int32_t)(sqrt(north_kt * north_kt + east_kt * east_kt) * 1000);
    const double course = atan2(east_kt, north_kt);
    r.track_deg_e3 = (int32_t)((course < 0 ? course + TAU : course) * 360000.0 / TAU) % 360000;
    r.vertical_rate_fpm = (int32_t)(f->climb_fpm / 64.0) * 64;
    return r;
}

static lee_track_table *table;
static int64_t later_s; /* so that one table serves many flights, each at its own time */

static const lee_track *hear(const lee_report *report, uint16_t feed)
{
    const lee_hearing hearing = {.feed = feed};
    const lee_track_update update = lee_track_table_put(table, report, &hearing);
    assert(update.slot != LEE_TRACK_NONE);
    return lee_track_table_at(table, update.slot);
}

static const lee_track *fly(flight *f, int fixes)
{
    const lee_track *track = NULL;
    for (int i = 0; i < fixes; i++) {
        move(f, f->interval_s * between(0.8, 1.2));
        const lee_report report = report_of(f);
        track = hear(&report, 0);
    }
    return track;
}

static flight honest(void)
{
    flight f = start_flight((uint32_t)(draw() % 0xFFFFFF));
    f.t_s += (double)later_s;
    later_s += 4000;
    (void)fly(&f, 40);
    return f;
}

static bool is_suspect(const lee_track *track)
{
    return track->confidence == LEE_CONFIDENCE_SUSPECT;
}

/* Fixes until the track is suspect, or -1. */
static int fixes_until(flight *f, int most, void (*falsify)(flight *, lee_report *, int))
{
    for (int i = 1; i <= most; i++) {
        move(f, f->interval_s * between(0.8, 1.2));
        lee_report report = report_of(f);
        if (falsify) {
            falsify(f, &report, i);
        }
        if (is_suspect(hear(&report, 0))) {
            return i;
        }
    }
    return -1;
}

/* --- classes -----------------------------------------------------------------------------------
 */

static int attack_teleport(void)
{
    flight f = honest();
    const double away_deg = between(0.2, 6.0);
    const double way = between(0, TAU);
    f.lat += away_deg * cos(way);
    f.lat = f.lat > 80 ? 80 : f.lat < -80 ? -80 : f.lat;
    f.lon += away_deg * sin(way) / cos(f.lat * TAU / 360.0);
    return fixes_until(&f, 5, NULL);
}

static int attack_speed(void)
{
    flight f = honest();
    f.speed_mps = between(900, 3000);
    return fixes_until(&f, 5, NULL);
}

static double wrong_ft;
static void climb_wrong(flight *f, lee_report *report, int fix)
{
    (void)f;
    (void)fix;
    report->alt_baro_ft += (int32_t)wrong_ft;
}

static int attack_climb(void)
{
    flight f = honest();
    /* Beyond what the fastest climber of unknown kind could do between two fixes. */
    wrong_ft = between(8000, 20000) * (draw() % 2 ? 1 : -1);
    return fixes_until(&f, 5, climb_wrong);
}

static double wrong_rad, wrong_scale;
static void velocity_wrong(flight *f, lee_report *report, int fix)
{
    (void)f;
    (void)fix;
    const int32_t turn_e3 = (int32_t)(wrong_rad / TAU * 360000.0);
    report->track_deg_e3 = (report->track_deg_e3 + turn_e3 + 360000) % 360000;
    report->speed_ground_kt_e3 = (int32_t)(report->speed_ground_kt_e3 * wrong_scale);
}

static int attack_vector(void)
{
    flight f = honest();
    wrong_rad = between(0.8, TAU / 2) * (draw() % 2 ? 1 : -1);
    wrong_scale = between(0.7, 1.4);
    return fixes_until(&f, 15, velocity_wrong);
}

static int attack_range(void)
{
    flight f = honest();
    const uint16_t feed = 63;
    const double way = between(0, TAU);
    /* The horizon of 41,000 ft is 570 km with the slack; the ghost is said to be beyond. */
    const double away_deg = between(6.0, 12.0);
    lee_point site = {(int32_t)((f.lat + away_deg * cos(way)) * 1e7), 0};
    double lon = f.lon + away_deg * sin(way) / cos(f.lat * TAU / 360.0);
    lon = lon >= 180.0 ? lon - 360.0 : lon < -180.0 ? lon + 360.0 : lon;
    site.lon_e7 = (int32_t)(lon * 1e7);
    const lee_receiver_site receiver = {.is_known = true, .point = site, .height_m = 100};
    lee_track_table_set_site(table, feed, &receiver);
    for (int i = 1; i <= 5; i++) {
        move(&f, f.interval_s);
        const lee_report report = report_of(&f);
        if (is_suspect(hear(&report, feed))) {
            return i;
        }
    }
    return -1;
}

/* 0: both are kept, apart, and the true one is where it is. */
static int attack_two_places(void)
{
    flight f = honest();
    flight fake = f;
    const double way = between(0, TAU);
    fake.lat += between(0.1, 3.0) * cos(way);
    fake.lon += between(0.1, 3.0) * sin(way);
    fake.course_rad = between(0, TAU);
    lee_report report = report_of(&f);
    for (int i = 0; i < 15; i++) {
        move(&f, f.interval_s);
        report = report_of(&f);
        (void)hear(&report, 0);
        const double passed_s = f.t_s + f.interval_s * 0.4 - fake.t_s;
        move(&fake, passed_s);
        const lee_report other = report_of(&fake);
        (void)hear(&other, 0);
    }
    const uint32_t first = lee_track_table_find(table, &report.target);
    lee_target second_name = report.target;
    memcpy(second_name.text + strlen(second_name.text), "@2", 2);
    const uint32_t second = lee_track_table_find(table, &second_name);
    if (first == LEE_TRACK_NONE || second == LEE_TRACK_NONE) {
        return -1;
    }
    const lee_track *const a = lee_track_table_at(table, first);
    const lee_track *const b = lee_track_table_at(table, second);
    const bool kept = a->last.lat_e7 == report.lat_e7 && a->last.lon_e7 == report.lon_e7 &&
                      a->last.t_us == report.t_us;
    return kept && is_suspect(a) && is_suspect(b) ? 1 : -1;
}

static int attack_replay(void)
{
    lee_report old[120];
    flight f = honest();
    for (int i = 0; i < 120; i++) {
        move(&f, f.interval_s);
        old[i] = report_of(&f);
        (void)hear(&old[i], 0);
    }
    const int64_t shift_us = (int64_t)between(600, 3000) * S;
    const int start = (int)(draw() % 40);
    later_s += 4000;
    for (int i = start; i < 120 && old[i].t_us - old[start].t_us < 60 * S; i++) {
        lee_report again = old[i];
        again.t_us += shift_us;
        again.target = lee_target_icao24(f.address ^ (uint32_t)(shift_us & 0xFF), true);
        if (is_suspect(hear(&again, 0))) {
            return i - start + 1;
        }
    }
    return -1;
}

/* The whole attack: 1,000 names within a minute from one receiver, beside 200 that were there. */
static int attack_swarm(void)
{
    static flight known[200];
    const uint16_t feed = (uint16_t)(1 + draw() % 60);
    later_s += 8000;
    for (int i = 0; i < 200; i++) {
        known[i] = start_flight((uint32_t)(draw() % 0xFFFFFF));
        known[i].t_s += (double)later_s + i * 0.01;
    }
    for (int t = 0; t < 150; t++) {
        for (int i = 0; i < 200; i++) {
            move(&known[i], 1.0);
            const lee_report report = report_of(&known[i]);
            (void)hear(&report, feed);
        }
    }
    lee_track_counters before;
    lee_track_table_counters(table, &before);
    const uint64_t swarms = lee_crowd_feed(lee_track_table_crowd(table), feed)->swarms;
    flight ghost = known[0];
    for (int i = 0; i < 1000; i++) {
        ghost.address = (uint32_t)(draw() % 0xFFFFFF);
        ghost.t_s += 0.06;
        ghost.lat = known[0].lat + between(-1, 1);
        const lee_report report = report_of(&ghost);
        (void)hear(&report, feed);
    }
    lee_track_counters after;
    lee_track_table_counters(table, &after);
    bool kept = true;
    for (int i = 0; i < 200; i++) {
        const lee_report report = report_of(&known[i]);
        kept = kept && lee_track_table_find(table, &report.target) != LEE_TRACK_NONE;
    }
    const lee_track_feed *const heard = lee_crowd_feed(lee_track_table_crowd(table), feed);
    return kept && heard->swarms > swarms && heard->swarm > 0 &&
                   after.evicted_established == before.evicted_established
               ? 1
               : -1;
}

/* Victims are led to one point: at once, or on a ramp. Seconds after the third, or -1. */
static int attack_area(void)
{
    flight victims[6];
    const int count = 3 + (int)(draw() % 4);
    const double lat = between(-60, 60);
    const double lon = between(-170, 170);
    const bool is_ramp = draw() % 2;
    const double radius_m = between(100, 700);
    later_s += 4000;
    for (int i = 0; i < count; i++) {
        victims[i] = start_flight((uint32_t)(draw() % 0xFFFFFF));
        victims[i].lat = lat + between(-0.6, 0.6);
        victims[i].lon = lon + between(-0.6, 0.6);
        victims[i].alt_ft = 10000 + 3000 * i;
        victims[i].t_s += (double)later_s + i * 0.1;
        victims[i].phase_s = 10000;
    }
    const uint64_t flagged = lee_crowd_areas_flagged(lee_track_table_crowd(table));
    for (int t = 0; t < 600; t++) {
        for (int i = 0; i < count; i++) {
            const int led_s = t - 60 - 20 * i; /* one after the other comes into its reach */
            move(&victims[i], 1.0);
            lee_report report = report_of(&victims[i]);
            if (led_s >= 0) {
                const double share = is_ramp && led_s < 150 ? led_s / 150.0 : 1.0;
                const double angle = led_s * between(0.05, 0.06) + i;
                const double at_lat = lat + radius_m * cos(angle) / 111320.0;
                const double at_lon = lon + radius_m * sin(angle) / 111320.0 / cos(lat * TAU / 360);
                report.lat_e7 = (int32_t)((victims[i].lat * (1 - share) + at_lat * share) * 1e7);
                report.lon_e7 = (int32_t)((victims[i].lon * (1 - share) + at_lon * share) * 1e7);
            }
            (void)hear(&report, 0);
            const int third_s = 60 + 20 * 2 + (is_ramp ? 150 : 0);
            if (lee_crowd_areas_flagged(lee_track_table_crowd(table)) > flagged) {
                return t - third_s <= 120 ? 1 : -1;
            }
        }
    }
    return -1;
}

static int accuracy_nac, accuracy_nic;
static void accuracy_drop(flight *f, lee_report *report, int fix)
{
    (void)f;
    (void)fix;
    report->present |= LEE_REPORT_HAS_NAC_P | LEE_REPORT_HAS_NIC | LEE_REPORT_HAS_SIL;
    report->nac_p = accuracy_nac;
    report->nic = accuracy_nic;
    report->sil = 3;
}

static int attack_accuracy(void)
{
    flight f = honest();
    accuracy_nac = 9;
    accuracy_nic = 8;
    (void)fixes_until(&f, 3, accuracy_drop);
    const int which = (int)(draw() % 2);
    accuracy_nac = which == 0 ? (int)(draw() % 8) : 9;
    accuracy_nic = which == 1 ? (int)(draw() % 5) : 8;
    move(&f, f.interval_s);
    lee_report report = report_of(&f);
    accuracy_drop(&f, &report, 0);
    const lee_track *const track = hear(&report, 1);
    return (track->doubts & LEE_DOUBT_ACCURACY) && track->error_m >= 185 &&
                   track->confidence == LEE_CONFIDENCE_UNCORROBORATED
               ? 1
               : -1;
}

/* A perfect ghost: -1 is what must be, it is neither found nor believed. */
static int attack_ghost(void)
{
    flight f = honest();
    const lee_track *track = NULL;
    for (int i = 0; i < 200; i++) {
        track = fly(&f, 1);
        if (track->confidence != LEE_CONFIDENCE_UNCORROBORATED) {
            return -1;
        }
    }
    return 1;
}

/* --- times of arrival --------------------------------------------------------------------------
 */

typedef struct {
    double x, y, z;
} solid;

static solid solid_of(double lat, double lon, double height_m)
{
    const double squared = 0.00669437999014;
    const double normal = 6378137.0 / sqrt(1 - squared * pow(sin(lat * TAU / 360), 2));
    const double plane = (normal + height_m) * cos(lat * TAU / 360);
    return (solid){plane * cos(lon * TAU / 360), plane * sin(lon * TAU / 360),
                   (normal * (1 - squared) + height_m) * sin(lat * TAU / 360)};
}

#define TIMED_FIRST 40
#define TIMED_MOST 5

typedef struct {
    solid places[TIMED_MOST];
    double late_us[TIMED_MOST]; /* what each clock is wrong by */
    int count;
} receivers;

/* From `least` to five receivers 15 to 90 km around a place, one of them in each sector. */
static receivers place_receivers(const flight *around, int least)
{
    receivers all = {.count = least + (int)(draw() % (uint64_t)(TIMED_MOST + 1 - least))};
    for (int i = 0; i < TIMED_MOST; i++) {
        const double way = (i + between(0.1, 0.9)) * TAU / all.count;
        const double away_m = between(15000, 90000);
        const double lat = around->lat + away_m * cos(way) / 111320.0;
        double lon = around->lon + away_m * sin(way) / 111320.0 / cos(around->lat * TAU / 360.0);
        lon = lon >= 180.0 ? lon - 360.0 : lon < -180.0 ? lon + 360.0 : lon;
        const int32_t height_m = (int32_t)between(0, 1500);
        const lee_receiver_site site = {.is_known = true,
                                        .is_timed = i < all.count,
                                        .point = {(int32_t)(lat * 1e7), (int32_t)(lon * 1e7)},
                                        .height_m = height_m};
        lee_track_table_set_site(table, (uint16_t)(TIMED_FIRST + i), &site);
        all.places[i] = solid_of(lat, lon, height_m);
        all.late_us[i] = 0;
    }
    return all;
}

/* Each hears it when it gets there, to a quarter of a microsecond, in any order. */
static const lee_track *transmit(const receivers *all, const lee_report *report, solid from)
{
    const lee_track *track = NULL;
    const int first = (int)(draw() % (uint64_t)all->count);
    for (int i = 0; i < all->count; i++) {
        const int k = (first + i) % all->count;
        const solid to = all->places[k];
        const double far_m =
            sqrt(pow(from.x - to.x, 2) + pow(from.y - to.y, 2) + pow(from.z - to.z, 2));
        lee_report heard = *report;
        heard.t_us += (int64_t)(far_m / 299.792458 + between(-0.25, 0.25) + all->late_us[k]);
        track = hear(&heard, (uint16_t)(TIMED_FIRST + k));
    }
    return track;
}

static flight arrives(void)
{
    flight f = start_flight((uint32_t)(draw() % 0xFFFFFF));
    f.t_s += (double)later_s;
    later_s += 4000;
    return f;
}

/* Fixes until a ghost that flies perfectly, and is sent from one place, is doubted by its times. */
static int attack_arrival(void)
{
    flight f = arrives();
    const receivers all = place_receivers(&f, 3);
    const double way = between(0, TAU);
    const double away_m = between(10000, 80000); /* nearer, it hardly lies */
    const double lat = f.lat + away_m * cos(way) / 111320.0;
    const double lon = f.lon + away_m * sin(way) / 111320.0 / cos(f.lat * TAU / 360.0);
    const solid sender = solid_of(lat, lon, between(0, 500));
    for (int i = 1; i <= 25; i++) {
        move(&f, f.interval_s * between(0.8, 1.2));
        const lee_report report = report_of(&f);
        if (transmit(&all, &report, sender)->doubts & LEE_DOUBT_ARRIVAL) {
            return i;
        }
    }
    return -1;
}

/* 1: an aircraft that is where it says, its height known by pressure, is never doubted; with one
 * clock that is wrong in every second flight. */
static int true_arrivals(void)
{
    flight f = arrives();
    receivers all = place_receivers(&f, 3);
    const double pressure_m = between(-400, 400);
    if (draw() % 2) {
        all.late_us[draw() % (uint64_t)all.count] = between(-300, 300);
    }
    for (int i = 1; i <= 200; i++) {
        move(&f, f.interval_s * between(0.8, 1.2));
        const lee_report report = report_of(&f);
        const solid from = solid_of(f.lat, f.lon, f.alt_ft * 0.3048 + pressure_m);
        if (transmit(&all, &report, from)->confidence == LEE_CONFIDENCE_SUSPECT) {
            return -1;
        }
    }
    return 1;
}

static bool run(const char *name, int (*attack)(void), int count, double least_share)
{
    int found = 0;
    int most_fixes = 0;
    for (int i = 0; i < count; i++) {
        const int fixes = attack();
        found += fixes > 0;
        most_fixes = fixes > most_fixes ? fixes : most_fixes;
    }
    const double share = (double)found / count;
    const bool good = share >= least_share;
    printf("%s  %-32s %5d of %5d (%.1f %%, at least %.1f %%), at most %d\n", good ? "ok  " : "FAIL",
           name, found, count, 100 * share, 100 * least_share, most_fixes);
    return good;
}

int main(int argc, char **argv)
{
    const int count = argc > 1 ? (int)strtol(argv[1], NULL, 10) : 100;
    seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    printf("seed %" PRIu64 "\n", seed);
    const lee_track_options options = {
        .capacity = LEE_TRACKS_MAX, .stale_after_s = 15, .expire_after_s = 60};
    if (count <= 0 || lee_track_table_create(&options, &table) != LEE_OK) {
        return 1;
    }
    bool good = run("A1 teleport", attack_teleport, count, 0.995);
    good &= run("A1 impossible speed", attack_speed, count, 0.995);
    good &= run("A1 impossible climb", attack_climb, count, 0.995);
    good &= run("A2 velocity is not the way", attack_vector, count, 0.98);
    good &= run("A3 beyond the horizon", attack_range, count, 0.99);
    good &= run("A4 two places, both kept", attack_two_places, count, 1.0);
    good &= run("A5 replay", attack_replay, count, 0.95);
    good &= run("A6 swarm", attack_swarm, count / 2 + 1, 1.0);
    good &= run("A7 area", attack_area, count, 0.98);
    good &= run("A8 accuracy lost", attack_accuracy, count, 1.0);
    /* Of 60, one would be too many. */
    const int many = count < 400 ? 400 : count;
    good &= run("A9 times at three receivers", attack_arrival, many, 0.99);
    good &= run("A9 true ones are not doubted", true_arrivals, count, 1.0);
    good &= run("A10 perfect ghost is not confirmed", attack_ghost, count, 1.0);
    lee_track_table_free(table);
    return good ? 0 : 1;
}
