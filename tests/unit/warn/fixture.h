/* A made-up valley: places, a zone over its middle and events about an aircraft that flies east. */
#ifndef LEE_TESTS_UNIT_WARN_FIXTURE_H
#define LEE_TESTS_UNIT_WARN_FIXTURE_H

#include <string.h>

#include "leeward/event.h"
#include "leeward/track.h"
#include "leeward/zone.h"
#include "warn/places.h"

#define FIXTURE_START_US INT64_C(1599523200000000) /* 2020-09-08T00:00:00Z */

/* lat_e7, lon_e7, population, country, name; the zone is 36.00..36.20 N, 37.00..37.30 E. */
static const char fixture_places[] = "# made for tests\n"
                                     "361000000\t371000000\t52000\tSY\tMiddle & <Town>\n"
                                     "361500000\t372500000\t900\tSY\tNorth Hamlet\n"
                                     "361000000\t367000000\t15000\tSY\tWest Gate\n"
                                     "361000000\t376000000\t11000\tSY\tEast Gate\n"
                                     "370000000\t370000000\t80000\tSY\tFar City\n"
                                     "361010000\t366500000\t300\tSY\t\xD8\xAD\xD9\x84\xD8\xA8\n";

static const lee_point fixture_ring[] = {
    {360000000, 370000000}, {360000000, 373000000}, {362000000, 373000000}, {362000000, 370000000}};
static const lee_ring fixture_rings[] = {{fixture_ring, 4}};

static inline lee_zone fixture_zone(void)
{
    return (lee_zone){.id = "valley",
                      .name = "\"The valley\"",
                      .kind = LEE_ZONE_SAFE,
                      .entry = LEE_ENTRY_DENY,
                      .schedule = {.always = true},
                      .protects = "two towns",
                      .area = {fixture_rings, 1}};
}

static inline lee_target fixture_target(const char *text)
{
    lee_target target = {{0}};
    memcpy(target.text, text, strlen(text));
    return target;
}

/* An event of the incident at a place, with the time to entry when it is not negative. */
static inline lee_event fixture_event(lee_event_kind kind, uint64_t incident, int64_t after_s,
                                      int32_t lon_e7, int32_t entry_s)
{
    lee_event event = {.t_us = FIXTURE_START_US + after_s * 1000000,
                       .kind = kind,
                       .incident = incident,
                       .zone = "valley",
                       .target = fixture_target("icao24:4b1815"),
                       .present = LEE_EVENT_HAS_POSITION | LEE_EVENT_HAS_SEVERITY,
                       .lat_e7 = 361000000,
                       .lon_e7 = lon_e7,
                       .severity = LEE_SEVERITY_HIGH};
    if (entry_s >= 0) {
        event.present |= LEE_EVENT_HAS_TIME_TO_ENTRY;
        event.time_to_entry_s_e3 = entry_s * 1000;
    }
    return event;
}

/* Flies at `speed_kt` towards `track_deg`. */
static inline lee_track fixture_track(int32_t lon_e7, int32_t speed_kt, int32_t track_deg)
{
    lee_track track = {0};
    track.last.present =
        LEE_REPORT_HAS_POSITION | LEE_REPORT_HAS_SPEED_GROUND | LEE_REPORT_HAS_TRACK;
    track.last.lat_e7 = 361000000;
    track.last.lon_e7 = lon_e7;
    track.last.speed_ground_kt_e3 = speed_kt * 1000;
    track.last.track_deg_e3 = track_deg * 1000;
    return track;
}

#endif
