/* How many reports a second the watch judges: bench_watch_speed near|far [TRACKS] [ZONES] [SECONDS]
 *
 * near: every track flies about a zone of its own, through its edge and within 15 km of it, turning
 * to a new place every half minute. far: the same flights, a hundred kilometres and more from any
 * zone. Each track reports once a second: place, altitude, speed, course, rate, callsign. Prints a
 * line: case, reports a second, reports, events, and a hash of all events told. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/hash.h"
#include "leeward/watch.h"
#include "record/codec.h"
#include "zone/defaults.h"

#define S INT64_C(1000000)
#define VERTICES 32
#define M_PER_E7 0.0111319

typedef struct {
    int32_t lat_e7, lon_e7, alt_ft, speed_kt_e3, track_deg_e3, rate_fpm;
} fix;

typedef struct {
    double lat, lon; /* metres from its zone */
    double to_lat, to_lon;
    double course, alt_ft, rate_fpm, speed_mps;
} flight;

static uint64_t state = 7;
static double roll(void)
{
    uint64_t z = state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return (double)((z ^ z >> 31) >> 11) / 9007199254740992.0;
}

typedef struct {
    lee_point centre;
    double reach_m;
} place;

static void make_zone(uint32_t z, uint32_t side, lee_zone *zone, place *at)
{
    lee_point *const points = calloc(VERTICES, sizeof *points);
    lee_ring *const ring = calloc(1, sizeof *ring);
    char *const id = calloc(1, 16);
    snprintf(id, 16, "zone%u", z);
    at->centre.lat_e7 = 400000000 + (int32_t)((z / side) * 4000000 + roll() * 1000000);
    at->centre.lon_e7 = (int32_t)((z % side) * 5000000 + roll() * 1000000);
    at->reach_m = 5000 + roll() * 10000;
    const double narrow = cos(at->centre.lat_e7 * 1e-7 * M_PI / 180);
    for (int i = 0; i < VERTICES; i++) {
        const double angle = 2 * M_PI * i / VERTICES;
        const double far = at->reach_m * (0.6 + 0.4 * roll()) / M_PER_E7;
        points[i].lat_e7 = at->centre.lat_e7 + (int32_t)(far * sin(angle));
        points[i].lon_e7 = at->centre.lon_e7 + (int32_t)(far * cos(angle) / narrow);
    }
    *ring = (lee_ring){points, VERTICES};
    *zone = (lee_zone){.id = id,
                       .name = "\"\"",
                       .kind = LEE_ZONE_RESTRICTED,
                       .entry = lee_zone_default_entry(LEE_ZONE_RESTRICTED),
                       .watch = lee_zone_default_watch(LEE_ZONE_RESTRICTED),
                       .lower = {LEE_LIMIT_VALUE, {2000, LEE_ALT_MSL}},
                       .upper = {LEE_LIMIT_VALUE, {24500, LEE_ALT_STD}},
                       .schedule = {.always = true},
                       .area = {ring, 1}};
}

static void aim(flight *f, double reach_m)
{
    const double angle = 2 * M_PI * roll();
    const double far = reach_m * (0.2 + roll());
    f->to_lat = far * sin(angle);
    f->to_lon = far * cos(angle);
    f->rate_fpm = roll() < 0.5 ? 0 : (f->alt_ft > 15000 ? -1500 : 1500);
}

static fix fly(flight *f, const place *at, uint32_t second, bool far_away)
{
    if (second % 30 == 0) {
        aim(f, at->reach_m + 5000);
    }
    const double wanted = atan2(f->to_lon - f->lon, f->to_lat - f->lat);
    double turn = wanted - f->course;
    turn -= 2 * M_PI * floor(turn / (2 * M_PI) + 0.5);
    const double most = 3.0 * M_PI / 180;
    f->course += turn > most ? most : turn < -most ? -most : turn;
    f->course -= 2 * M_PI * floor(f->course / (2 * M_PI));
    f->lat += f->speed_mps * cos(f->course);
    f->lon += f->speed_mps * sin(f->course);
    f->alt_ft += f->rate_fpm / 60;
    const double narrow = cos(at->centre.lat_e7 * 1e-7 * M_PI / 180);
    const int32_t away = far_away ? 300000000 : 0;
    const int32_t track = (int32_t)(f->course * 180 / M_PI * 10) * 100;
    return (fix){at->centre.lat_e7 + (int32_t)(f->lat / M_PER_E7) - away,
                 at->centre.lon_e7 + (int32_t)(f->lon / M_PER_E7 / narrow),
                 (int32_t)(f->alt_ft / 25) * 25,
                 (int32_t)(f->speed_mps * 19438.4) / 10 * 10 / 10,
                 track % 360000,
                 (int32_t)f->rate_fpm};
}

typedef struct {
    uint64_t hash;
    lee_buffer line;
    bool hashes;
} told;

static void sink(void *context, const lee_event *event)
{
    told *const t = context;
    if (t->hashes) {
        t->line.length = 0;
        lee_event_encode(event, &t->line);
        t->hash = (t->hash * 31) ^ lee_hash(t->line.bytes, t->line.length);
    }
}

static void fetch(const lee_report *report)
{
    for (size_t line = 0; line < sizeof *report; line += 64) {
        __builtin_prefetch((const char *)report + line, 1);
    }
}

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static lee_zone_set *make_zones(uint32_t count, place *places)
{
    static lee_zone_list list;
    lee_zone *const zones = calloc(count, sizeof *zones);
    uint32_t side = 1;
    while (side * side < count) {
        side++;
    }
    for (uint32_t z = 0; z < count; z++) {
        make_zone(z, side, &zones[z], &places[z]);
    }
    list = (lee_zone_list){zones, count};
    lee_zone_set *set = NULL;
    if (lee_zone_set_build(&list, &set)) {
        exit(1);
    }
    return set;
}

static fix *fly_all(const place *places, uint32_t zones, uint32_t tracks, uint32_t seconds,
                    bool far)
{
    fix *const fixes = calloc((size_t)tracks * seconds, sizeof *fixes);
    flight *const flights = calloc(tracks, sizeof *flights);
    if (!fixes || !flights) {
        exit(1);
    }
    for (uint32_t t = 0; t < tracks; t++) {
        flight *const f = &flights[t];
        f->alt_ft = 3000 + floor(roll() * 20000);
        f->speed_mps = 60 + roll() * 140;
        aim(f, places[t % zones].reach_m + 5000);
        f->lat = f->to_lat;
        f->lon = f->to_lon;
    }
    for (uint32_t s = 0; s < seconds; s++) {
        for (uint32_t t = 0; t < tracks; t++) {
            fixes[(size_t)s * tracks + t] = fly(&flights[t], &places[t % zones], s, far);
        }
    }
    free(flights);
    return fixes;
}

int main(int argc, char **argv)
{
    const bool far = argc > 1 && strcmp(argv[1], "far") == 0;
    const uint32_t tracks = argc > 2 ? (uint32_t)atoi(argv[2]) : 10000;
    const uint32_t zone_count = argc > 3 ? (uint32_t)atoi(argv[3]) : 1000;
    const uint32_t seconds = argc > 4 ? (uint32_t)atoi(argv[4]) : 100;
    place *const places = calloc(zone_count, sizeof *places);
    lee_zone_set *const set = make_zones(zone_count, places);
    fix *const fixes = fly_all(places, zone_count, tracks, seconds, far);
    lee_report *const said = calloc(tracks, sizeof *said);
    for (uint32_t t = 0; t < tracks; t++) {
        said[t].target = lee_target_icao24(0x400000 + t * 7, true);
        said[t].source = LEE_SOURCE_ADSB;
        said[t].present = LEE_REPORT_HAS_POSITION | LEE_REPORT_HAS_ALT_BARO |
                          LEE_REPORT_HAS_SPEED_GROUND | LEE_REPORT_HAS_TRACK |
                          LEE_REPORT_HAS_VERTICAL_RATE | LEE_REPORT_HAS_CALLSIGN;
        snprintf(said[t].callsign, sizeof said[t].callsign, "LEE%u", t);
    }
    told t = {.hashes = argc > 5};
    lee_buffer_init(&t.line, 1 << 16);
    lee_watch_options options;
    lee_watch_options_default(&options);
    options.incidents_max = 65536;
    lee_watch *watch;
    if (lee_watch_create(&options, sink, &t, &watch) || lee_watch_set_zones(watch, set, 1, 0)) {
        return 1;
    }
    const double start = seconds_now();
    for (uint32_t s = 0; s < seconds; s++) {
        for (uint32_t k = 0; k < tracks; k++) {
            const fix *const f = &fixes[(size_t)s * tracks + k];
            lee_report *const r = &said[k];
            fetch(&said[(k + 8) % tracks]); /* a feed would have it at hand */
            r->t_us = s * S + k * S / tracks;
            r->lat_e7 = f->lat_e7;
            r->lon_e7 = f->lon_e7;
            r->alt_baro_ft = f->alt_ft;
            r->speed_ground_kt_e3 = f->speed_kt_e3;
            r->track_deg_e3 = f->track_deg_e3;
            r->vertical_rate_fpm = f->rate_fpm;
            lee_watch_report(watch, r);
        }
    }
    const double took = seconds_now() - start;
    lee_watch_counters counters;
    lee_watch_count(watch, &counters);
    const double reports = (double)tracks * seconds;
    printf("%s/%u/track\t%.0f\t%.0f\t%llu\t%016llx\n", far ? "far" : "near", tracks, reports / took,
           reports, (unsigned long long)counters.events, (unsigned long long)t.hash);
    lee_watch_free(watch);
    return 0;
}
