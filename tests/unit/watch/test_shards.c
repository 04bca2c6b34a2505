#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "base/hash.h"
#include "leeward/watch.h"
#include "leeward/watch_shards.h"
#include "record/codec.h"

#define S INT64_C(1000000)
#define DEG 10000000
#define ZONES 24
#define TARGETS 60
#define REPORTS 30000
#define ROUNDS 4

/* Traffic that silences, schedules, permits and a change of zones touch at the same instants. */
typedef struct {
    lee_point points[2][ZONES][4];
    lee_ring rings[2][ZONES];
    lee_zone zones[2][ZONES];
    char ids[2][ZONES][8];
    lee_interval hours[ZONES][20];
    lee_zone_list lists[2];
    lee_zone_set *sets[2];
    lee_permit permits[2];
    lee_report reports[REPORTS];
} world;

static uint64_t roll(uint64_t *seed, uint64_t below)
{
    const uint64_t from[2] = {*seed, 0x9E3779B97F4A7C15u};
    *seed = lee_hash(from, sizeof from);
    return *seed % below;
}

static void make_zone(world *w, int set, uint32_t z, uint64_t *seed)
{
    const int32_t lat = (int32_t)roll(seed, 4 * DEG);
    const int32_t lon = (int32_t)roll(seed, 4 * DEG);
    const int32_t size = DEG / 4 + (int32_t)roll(seed, DEG);
    lee_point *const p = w->points[set][z];
    p[0] = (lee_point){lat, lon};
    p[1] = (lee_point){lat, lon + size};
    p[2] = (lee_point){lat + size, lon + size};
    p[3] = (lee_point){lat + size, lon};
    w->rings[set][z] = (lee_ring){p, 4};
    /* The second set lacks some of the first and has others. */
    snprintf(w->ids[set][z], sizeof w->ids[set][z], "z%u", z + (set == 1 ? ZONES / 3 : 0));
    for (uint32_t i = 0; i < 20; i++) {
        w->hours[z][i] = (lee_interval){i * 50 * S, (i * 50 + 20 + z % 3 * 5) * S};
    }
    w->zones[set][z] = (lee_zone){
        .id = w->ids[set][z],
        .name = "\"z\"",
        .kind = LEE_ZONE_NO_FLY,
        .entry = LEE_ENTRY_PERMIT,
        .lower = {LEE_LIMIT_VALUE, {1000, LEE_ALT_STD}},
        .upper = {LEE_LIMIT_VALUE, {9000, LEE_ALT_STD}},
        .schedule = {.always = z % 2 == 0, .intervals = w->hours[z], .count = 20},
        .watch = {.look_ahead_s = 60,
                  .warning_time_s = 60,
                  .confirm = 1 + (int32_t)(z % 2),
                  .hold = (int32_t)(z % 3),
                  .lateral_margin_m = 500,
                  .lost_after_s = 5 + (int32_t)(z % 4) * 5},
        .area = {&w->rings[set][z], 1},
    };
    if (w->zones[set][z].schedule.always) {
        w->zones[set][z].schedule.count = 0;
    }
}

/* Each target reports now and then, flies on straight, and jumps after a silence. */
static void make_reports(world *w, uint64_t *seed)
{
    static struct {
        int32_t lat, lon, dlat, dlon, alt;
    } at[TARGETS];
    for (uint32_t i = 0; i < REPORTS; i++) {
        const uint32_t t = (uint32_t)roll(seed, TARGETS);
        if (roll(seed, 40) == 0 || i < TARGETS) {
            at[t].lat = (int32_t)roll(seed, 5 * DEG);
            at[t].lon = (int32_t)roll(seed, 5 * DEG);
            at[t].dlat = (int32_t)roll(seed, 60000) - 30000;
            at[t].dlon = (int32_t)roll(seed, 60000) - 30000;
            at[t].alt = (int32_t)roll(seed, 12000);
        }
        at[t].lat += at[t].dlat;
        at[t].lon += at[t].dlon;
        lee_report *const r = &w->reports[i];
        *r = (lee_report){.source = LEE_SOURCE_ADSB};
        /* Whole seconds, so that reports, silences and edges fall together; some come late. */
        r->t_us = (int64_t)(i / 30) * S - (int64_t)(roll(seed, 8) == 0) * 3 * S;
        r->target = lee_target_icao24(0x400000 + t * 31, true);
        r->present = LEE_REPORT_HAS_POSITION | LEE_REPORT_HAS_SPEED_GROUND | LEE_REPORT_HAS_TRACK;
        r->lat_e7 = at[t].lat;
        r->lon_e7 = at[t].lon;
        r->speed_ground_kt_e3 = (int32_t)roll(seed, 400) * 1000;
        r->track_deg_e3 = (int32_t)roll(seed, 360) * 1000;
        if (roll(seed, 5) > 0) {
            r->present |= LEE_REPORT_HAS_ALT_BARO;
            r->alt_baro_ft = at[t].alt;
        }
    }
}

static world *make_world(uint64_t seed)
{
    world *const w = calloc(1, sizeof *w);
    assert_non_null(w);
    for (int set = 0; set < 2; set++) {
        for (uint32_t z = 0; z < ZONES; z++) {
            make_zone(w, set, z, &seed);
        }
        w->lists[set] = (lee_zone_list){w->zones[set], ZONES};
        assert_int_equal(lee_zone_set_build(&w->lists[set], &w->sets[set]), LEE_OK);
    }
    make_reports(w, &seed);
    return w;
}

static void free_world(world *w)
{
    lee_zone_set_free(w->sets[0]);
    lee_zone_set_free(w->sets[1]);
    free(w);
}

static void keep(lee_buffer *out, const lee_event *event, const lee_track *track)
{
    lee_event_encode(event, out);
    assert_non_null(track);
    lee_report_encode(&track->last, out);
    lee_buffer_u32_le(out, track->report_count);
}

typedef struct {
    lee_watch *watch;
    lee_buffer *out;
    size_t report_before;
} teller;

static void on_event(void *context, const lee_event *event)
{
    const teller *const t = context;
    keep(t->out, event, lee_watch_find_track(t->watch, &event->target));
}

static void on_told(void *context, const lee_watch_told *told)
{
    teller *const t = context;
    keep(t->out, &told->event, told->track);
    assert_true(told->report >= t->report_before);
    t->report_before = told->report;
}

#define BATCH 701
/* The zones change at this report, the permits at that one; both are at the edge of a batch. */
#define ZONES_AT ((size_t)BATCH * 20)
#define PERMITS_AT ((size_t)BATCH * 30)
#define TICK_AT ((size_t)BATCH * 33)

static const lee_permit_list *permits_of(world *w)
{
    static const char *const zones[] = {"*"};
    static lee_permit_list list;
    for (int i = 0; i < 2; i++) {
        w->permits[i] = (lee_permit){.id = i == 0 ? "p0" : "p1",
                                     .target = i == 0 ? "icao24:400000" : "icao24:40001f",
                                     .zones = zones,
                                     .zone_count = 1,
                                     .from_us = (i + 1) * 100 * S,
                                     .to_us = (i + 8) * 100 * S,
                                     .ceiling = {.kind = LEE_LIMIT_UNL}};
    }
    list = (lee_permit_list){w->permits, 2};
    return &list;
}

static void run_one(world *w, lee_buffer *out)
{
    lee_watch_options options;
    lee_watch_options_default(&options);
    teller t = {.out = out};
    assert_int_equal(lee_watch_create(&options, on_event, &t, &t.watch), LEE_OK);
    assert_int_equal(lee_watch_set_zones(t.watch, w->sets[0], 1, 0), LEE_OK);
    for (size_t i = 0; i < REPORTS; i++) {
        if (i == ZONES_AT) {
            assert_int_equal(lee_watch_set_zones(t.watch, w->sets[1], 2, w->reports[i].t_us),
                             LEE_OK);
        }
        if (i == PERMITS_AT) {
            assert_int_equal(lee_watch_set_permits(t.watch, permits_of(w), w->reports[i].t_us),
                             LEE_OK);
        }
        if (i == TICK_AT) {
            lee_watch_tick(t.watch, w->reports[i].t_us + 9 * S);
        }
        lee_watch_report(t.watch, &w->reports[i]);
    }
    lee_watch_tick(t.watch, 10000 * S);
    lee_watch_free(t.watch);
}

static void run_shards(world *w, uint32_t count, lee_buffer *out)
{
    lee_watch_options options;
    lee_watch_options_default(&options);
    teller t = {.out = out};
    lee_watch_shards *shards = NULL;
    assert_int_equal(lee_watch_shards_create(&options, count, on_told, &t, &shards), LEE_OK);
    assert_int_equal(lee_watch_shards_set_zones(shards, w->sets[0], 1, 0), LEE_OK);
    for (size_t i = 0; i < REPORTS; i += BATCH) {
        t.report_before = 0;
        if (i == ZONES_AT) {
            assert_int_equal(lee_watch_shards_set_zones(shards, w->sets[1], 2, w->reports[i].t_us),
                             LEE_OK);
        }
        if (i == PERMITS_AT) {
            assert_int_equal(
                lee_watch_shards_set_permits(shards, permits_of(w), w->reports[i].t_us), LEE_OK);
        }
        if (i == TICK_AT) {
            lee_watch_shards_tick(shards, w->reports[i].t_us + 9 * S);
        }
        const size_t some = REPORTS - i < BATCH ? REPORTS - i : BATCH;
        assert_int_equal(lee_watch_shards_begin(shards, &w->reports[i], NULL, some), LEE_OK);
        for (uint32_t k = count; k-- > 0;) {
            lee_watch_shards_work(shards, k);
        }
        lee_watch_shards_end(shards);
    }
    t.report_before = 0;
    lee_watch_shards_tick(shards, 10000 * S);
    lee_watch_counters counters;
    lee_watch_shards_count(shards, &counters);
    assert_int_equal(counters.reports, REPORTS);
    /* Velocities drawn at random look like two transmitters to some. */
    assert_true(counters.tracks >= TARGETS && counters.tracks < TARGETS + TARGETS / 10);
    assert_true(lee_watch_shards_is_exact(shards));
    lee_watch_shards_free(shards);
}

static void any_number_of_shards_tells_what_one_watch_tells(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= ROUNDS; seed++) {
        world *const w = make_world(seed);
        lee_buffer one;
        lee_buffer_init(&one, SIZE_MAX / 2);
        run_one(w, &one);
        assert_true(one.length > 100000);
        static const uint32_t counts[] = {1, 2, 3, 7};
        for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
            lee_buffer many;
            lee_buffer_init(&many, SIZE_MAX / 2);
            run_shards(w, counts[i], &many);
            if (many.length != one.length || memcmp(many.bytes, one.bytes, one.length) != 0) {
                size_t at = 0;
                while (at < many.length && at < one.length && many.bytes[at] == one.bytes[at]) {
                    at++;
                }
                fail_msg("seed %u, %u shards: bytes differ from %zu of %zu", (unsigned)seed,
                         counts[i], at, one.length);
            }
            lee_buffer_free(&many);
        }
        lee_buffer_free(&one);
        free_world(w);
    }
}

static void full_tables_are_said(void **state)
{
    (void)state;
    world *const w = make_world(9);
    lee_watch_options options;
    lee_watch_options_default(&options);
    options.tracks_max = TARGETS - 1;
    lee_buffer out;
    lee_buffer_init(&out, SIZE_MAX / 2);
    teller t = {.out = &out};
    lee_watch_shards *shards = NULL;
    assert_int_equal(lee_watch_shards_create(&options, 2, on_told, &t, &shards), LEE_OK);
    assert_true(lee_watch_shards_is_exact(shards));
    assert_int_equal(lee_watch_shards_begin(shards, w->reports, NULL, 2000), LEE_OK);
    lee_watch_shards_work(shards, 0);
    lee_watch_shards_work(shards, 1);
    lee_watch_shards_end(shards);
    assert_false(lee_watch_shards_is_exact(shards));
    lee_watch_shards_free(shards);
    lee_buffer_free(&out);
    free_world(w);
}

static lee_error try_zones(const world *w, uint32_t count, lee_zone zone)
{
    const lee_zone_list list = {&zone, 1};
    lee_watch_options options;
    lee_watch_options_default(&options);
    lee_buffer out;
    lee_buffer_init(&out, SIZE_MAX / 2);
    teller t = {.out = &out};
    lee_watch_shards *shards = NULL;
    lee_zone_set *set = NULL;
    zone.area = w->zones[0][0].area;
    assert_int_equal(lee_zone_set_build(&list, &set), LEE_OK);
    assert_int_equal(lee_watch_shards_create(&options, count, on_told, &t, &shards), LEE_OK);
    const lee_error error = lee_watch_shards_set_zones(shards, set, 1, 0);
    lee_watch_shards_free(shards);
    lee_zone_set_free(set);
    lee_buffer_free(&out);
    return error;
}

static lee_error try_permits(uint32_t count, lee_permit permit)
{
    static const char *const zones[] = {"*"};
    lee_watch_options options;
    lee_watch_options_default(&options);
    teller t = {.out = NULL};
    lee_watch_shards *shards = NULL;
    permit.id = "p";
    permit.target = "icao24:400000";
    permit.zones = zones;
    permit.zone_count = 1;
    permit.to_us = 100 * S;
    permit.ceiling.kind = LEE_LIMIT_UNL;
    const lee_permit_list list = {&permit, 1};
    assert_int_equal(lee_watch_shards_create(&options, count, on_told, &t, &shards), LEE_OK);
    const lee_error error = lee_watch_shards_set_permits(shards, &list, 0);
    lee_watch_shards_free(shards);
    return error;
}

static void rules_about_two_targets_are_refused_by_several_shards_and_kept_by_one(void **state)
{
    (void)state;
    world *const w = make_world(3);
    lee_zone plain = w->zones[0][0];
    lee_zone meets = plain;
    meets.watch.meet_s = 60;
    meets.watch.meet_m = 500;
    assert_int_equal(try_zones(w, 2, plain), LEE_OK);
    assert_int_equal(try_zones(w, 2, meets), LEE_ERR_UNSUPPORTED);
    assert_int_equal(try_zones(w, 1, meets), LEE_OK);
    const lee_permit asks[] = {
        {.duty = LEE_DUTY_REMAIN},
        {.duty = LEE_DUTY_PRESENT},
        {.asks = {.stay = true}},
        {.asks = {.meet_s = 60}},
    };
    assert_int_equal(try_permits(2, (lee_permit){.asks = {.stop_s = 60}}), LEE_OK);
    for (size_t i = 0; i < sizeof asks / sizeof *asks; i++) {
        assert_int_equal(try_permits(2, asks[i]), LEE_ERR_UNSUPPORTED);
        assert_int_equal(try_permits(1, asks[i]), LEE_OK);
    }
    free_world(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_number_of_shards_tells_what_one_watch_tells),
        cmocka_unit_test(full_tables_are_said),
        cmocka_unit_test(rules_about_two_targets_are_refused_by_several_shards_and_kept_by_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
