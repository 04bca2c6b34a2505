/* What the tests of the watch share: square zones, short reports, and a record of the events. */
#ifndef LEE_TESTS_WATCH_KIT_H
#define LEE_TESTS_WATCH_KIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "leeward/watch.h"

#define S INT64_C(1000000)
#define DEG 10000000
#define KIT_EVENTS_MAX 256
#define KIT_ZONES_MAX 4

typedef struct {
    lee_watch *watch;
    lee_attention *attention; /* NULL: the events are those of the watch alone */
    lee_zone zones[KIT_ZONES_MAX];
    lee_ring rings[KIT_ZONES_MAX];
    lee_point points[KIT_ZONES_MAX][4];
    lee_zone_list list;
    lee_zone_set *set;
    lee_event events[KIT_EVENTS_MAX];
    uint32_t count;
    uint32_t seen; /* events already looked at by kit_next */
} kit;

static inline void kit_sink(void *context, const lee_event *event)
{
    kit *const k = context;
    assert_true(k->count < KIT_EVENTS_MAX);
    k->events[k->count] = *event;
    if (k->attention) {
        lee_attention_event(k->attention, &k->events[k->count], &k->zones[event->zone_index],
                            lee_watch_find_track(k->watch, &event->target));
    }
    k->count++;
}

/* A square of one degree with its south-west corner at (lat, lon), 1000..5000 ft STD, always. */
static inline lee_zone *kit_zone(kit *k, const char *id, int32_t lat_deg, int32_t lon_deg)
{
    const uint32_t n = k->list.count++;
    assert_true(n < KIT_ZONES_MAX);
    lee_point *const p = k->points[n];
    p[0] = (lee_point){lat_deg * DEG, lon_deg * DEG};
    p[1] = (lee_point){lat_deg * DEG, (lon_deg + 1) * DEG};
    p[2] = (lee_point){(lat_deg + 1) * DEG, (lon_deg + 1) * DEG};
    p[3] = (lee_point){(lat_deg + 1) * DEG, lon_deg * DEG};
    k->rings[n] = (lee_ring){p, 4};
    k->zones[n] = (lee_zone){
        .id = id,
        .name = "\"z\"",
        .kind = LEE_ZONE_NO_FLY,
        .entry = LEE_ENTRY_DENY,
        .lower = {LEE_LIMIT_VALUE, {1000, LEE_ALT_STD}},
        .upper = {LEE_LIMIT_VALUE, {5000, LEE_ALT_STD}},
        .schedule = {.always = true},
        .watch = {.confirm = 1, .lost_after_s = 60, .imminent_s = 15},
        .area = {&k->rings[n], 1},
    };
    k->list.zones = k->zones;
    return &k->zones[n];
}

static inline void kit_start_with(kit *k, const lee_watch_options *options)
{
    assert_int_equal(lee_watch_create(options, kit_sink, k, &k->watch), LEE_OK);
    assert_int_equal(lee_zone_set_build(&k->list, &k->set), LEE_OK);
    assert_int_equal(lee_watch_set_zones(k->watch, k->set, 7, 0), LEE_OK);
}

static inline void kit_start(kit *k)
{
    lee_watch_options options;
    lee_watch_options_default(&options);
    options.tracks_max = 64;
    options.incidents_max = 64;
    kit_start_with(k, &options);
}

static inline void kit_stop(kit *k)
{
    lee_watch_free(k->watch);
    lee_attention_free(k->attention);
    lee_zone_set_free(k->set);
}

static inline lee_report kit_report(int64_t t_s, double lat, double lon)
{
    lee_report report = {.t_us = t_s * S, .source = LEE_SOURCE_ADSB};
    report.target = lee_target_icao24(0xABCDEF, true);
    report.present = LEE_REPORT_HAS_POSITION;
    report.lat_e7 = (int32_t)(lat * DEG);
    report.lon_e7 = (int32_t)(lon * DEG);
    return report;
}

static inline void kit_hear(kit *k, int64_t t_s, double lat, double lon, int32_t alt_ft)
{
    lee_report report = kit_report(t_s, lat, lon);
    report.present |= LEE_REPORT_HAS_ALT_BARO;
    report.alt_baro_ft = alt_ft;
    lee_watch_report(k->watch, &report);
}

/* The same with ground speed and track. */
static inline void kit_fly(kit *k, int64_t t_s, double lat, double lon, int32_t alt_ft,
                           int32_t speed_kt, int32_t track_deg, int32_t rate_fpm)
{
    lee_report report = kit_report(t_s, lat, lon);
    report.present |= LEE_REPORT_HAS_ALT_BARO | LEE_REPORT_HAS_SPEED_GROUND | LEE_REPORT_HAS_TRACK |
                      LEE_REPORT_HAS_VERTICAL_RATE;
    report.alt_baro_ft = alt_ft;
    report.speed_ground_kt_e3 = speed_kt * 1000;
    report.track_deg_e3 = track_deg * 1000;
    report.vertical_rate_fpm = rate_fpm;
    lee_watch_report(k->watch, &report);
}

/* The next event that was not looked at yet, which must be of this kind. */
static inline const lee_event *kit_next(kit *k, lee_event_kind kind)
{
    if (k->seen == k->count) {
        fail_msg("no event, expected kind %d", (int)kind);
    }
    const lee_event *const event = &k->events[k->seen++];
    assert_int_equal(event->kind, kind);
    return event;
}

static inline const lee_event *kit_ended(kit *k, const char *reason)
{
    const lee_event *const event = kit_next(k, LEE_EVENT_ENDED);
    assert_string_equal(event->reason, reason);
    return event;
}

static inline void kit_silent(const kit *k)
{
    if (k->seen != k->count) {
        fail_msg("unexpected event of kind %d, reason %s", (int)k->events[k->seen].kind,
                 k->events[k->seen].reason);
    }
}

#endif
