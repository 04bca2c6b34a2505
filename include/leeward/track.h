/* leeward/track.h: what is known of a target now, each field with its age. */
#ifndef LEEWARD_TRACK_H
#define LEEWARD_TRACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "leeward/point.h"
#include "leeward/report.h"

typedef enum { LEE_AGE_FRESH, LEE_AGE_STALE, LEE_AGE_EXPIRED } lee_age;

/* How a target stands to the zones, gravest last wins; what the map colours by. */
typedef enum {
    LEE_RELATION_NONE,
    LEE_RELATION_NEAR,
    LEE_RELATION_PERMITTED,
    LEE_RELATION_PREDICTED,
    LEE_RELATION_INSIDE
} lee_relation;

/* How far a track is believed. Doubt lowers it and is shown; it deletes no track and silences no
 * warning, or the detector would be the attacker's switch. A perfect imitation that one receiver
 * hears cannot be told from the truth: it stays uncorroborated. */
typedef enum {
    LEE_CONFIDENCE_UNCORROBORATED, /* one receiver and one kind of source say so */
    LEE_CONFIDENCE_CORROBORATED, /* two receivers heard it within a minute, or two people saw it */
    LEE_CONFIDENCE_CONFIRMED,    /* what it says of itself and an independent measurement agree, or
                                  * three people or more saw it */
    LEE_CONFIDENCE_SUSPECT       /* something about it cannot be: see the doubts */
} lee_confidence;

/* X(BIT, text): why a track is doubted; docs/plausibility.md says how each is found. */
#define LEE_DOUBT_LIST(X)                                                                          \
    X(JUMP, "jump")                                                                                \
    X(SPEED, "speed")                                                                              \
    X(CLIMB, "climb")                                                                              \
    X(VELOCITY, "velocity_mismatch")                                                               \
    X(SLOW, "too_slow_for_altitude")                                                               \
    X(REACQUIRED, "reacquired_elsewhere")                                                          \
    X(RANGE, "out_of_range")                                                                       \
    X(TWO_PLACES, "two_places")                                                                    \
    X(REPLAY, "replay")                                                                            \
    X(SWARM, "swarm")                                                                              \
    X(AREA, "area_spoofing")                                                                       \
    X(ACCURACY, "accuracy_lost")                                                                   \
    X(ARRIVAL, "arrival_times")

enum {
#define LEE_DOUBT_INDEX(bit, text) LEE_DOUBT_INDEX_##bit,
    LEE_DOUBT_LIST(LEE_DOUBT_INDEX)
#undef LEE_DOUBT_INDEX
        LEE_DOUBT_COUNT
};
enum {
#define LEE_DOUBT_BIT(bit, text) LEE_DOUBT_##bit = 1 << LEE_DOUBT_INDEX_##bit,
    LEE_DOUBT_LIST(LEE_DOUBT_BIT)
#undef LEE_DOUBT_BIT
};

/* Doubts that follow from what other targets do. They are shown, and no event carries them: those
 * are the same whichever targets are judged together. */
#define LEE_DOUBTS_OF_CROWD                                                                        \
    ((uint32_t)LEE_DOUBT_REPLAY | (uint32_t)LEE_DOUBT_SWARM | (uint32_t)LEE_DOUBT_AREA)

/* "jump" and so on; NULL for a number out of range. */
const char *lee_doubt_name(int doubt_index);
/* "uncorroborated" and so on. */
const char *lee_confidence_name(lee_confidence confidence);

/* Who heard a report, as far as that is known. */
#define LEE_FEED_NONE UINT16_MAX
typedef struct {
    uint16_t feed;      /* number of the feed, or LEE_FEED_NONE */
    uint32_t region_m;  /* not 0: it is anywhere within this distance of its position */
    uint32_t observers; /* with a region: so many, told apart by their tokens, saw it */
} lee_hearing;

/* Where the receiver of a feed stands. */
typedef struct {
    bool is_known;
    bool is_timed; /* its times are those of satellites, to a microsecond */
    lee_point point;
    int32_t height_m; /* of the antenna above the sea */
} lee_receiver_site;

/* The newest value of each field and when it was said. Fields are indexed by LEE_REPORT_INDEX_*.
 * `last.present` holds the fields that were ever said and have not expired. */
typedef struct {
    lee_report last; /* t_us: of the newest report of any kind */
    int64_t first_us;
    int64_t field_us[LEE_REPORT_FIELD_COUNT];
    uint8_t field_source[LEE_REPORT_FIELD_COUNT]; /* lee_source */
    uint32_t report_count;
    uint64_t feeds; /* bit n: feed n heard it */
    lee_relation relation;
    lee_confidence confidence; /* as of the newest report */
    uint32_t doubts;           /* LEE_DOUBT_* */
    int64_t doubted_us;        /* when one of its own was found last */
    int64_t crowd_doubted_us;  /* the same of LEE_DOUBTS_OF_CROWD */
    uint32_t error_m;   /* half width of the 95 % circle, as said by NACp or NIC; 0: unknown */
    uint32_t region_m;  /* not 0: a place made from sightings, known to this distance only */
    uint32_t observers; /* who made them, as far as they were told apart */
} lee_track;

#endif
