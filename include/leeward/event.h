/* leeward/event.h: what the watch tells: one step in one target's dealings with one zone. */
#ifndef LEEWARD_EVENT_H
#define LEEWARD_EVENT_H

#include <stdint.h>

#include "leeward/alt.h"
#include "leeward/target.h"

#define LEE_EVENT_LIST(X)                                                                          \
    X(PREDICTED, "predicted")                                                                      \
    X(ENTERED, "entered")                                                                          \
    X(PRESENT, "present")                                                                          \
    X(CROSSED, "crossed")                                                                          \
    X(UPDATED, "updated")                                                                          \
    X(LEFT, "left")                                                                                \
    X(LOST, "lost")                                                                                \
    X(ENDED, "ended")                                                                              \
    X(VERDICT, "verdict")

typedef enum {
#define LEE_EVENT_ENUM(name, text) LEE_EVENT_##name,
    LEE_EVENT_LIST(LEE_EVENT_ENUM)
#undef LEE_EVENT_ENUM
        LEE_EVENT_KIND_COUNT
} lee_event_kind;

typedef enum { LEE_SEVERITY_LOW, LEE_SEVERITY_MEDIUM, LEE_SEVERITY_HIGH } lee_severity;

/* Optional fields; X(BIT, c type, member, JSON key, kind, argument) as in leeward/report.h, and
 * TIME (int64 microseconds). */
#define LEE_EVENT_FIELDS(X)                                                                        \
    X(LAT, int32_t, lat_e7, "lat", FIX, 7)                                                         \
    X(LON, int32_t, lon_e7, "lon", FIX, 7)                                                         \
    X(ALT, int32_t, alt_ft, "alt_ft", INT, 0)                                                      \
    X(ALT_REF, int32_t, alt_ref, "alt_ref", ENUM, alt_ref_names)                                   \
    X(TIME_TO_ENTRY, int32_t, time_to_entry_s_e3, "time_to_entry_s", FIX, 3)                       \
    X(ENTRY_LAT, int32_t, entry_lat_e7, "entry_lat", FIX, 7)                                       \
    X(ENTRY_LON, int32_t, entry_lon_e7, "entry_lon", FIX, 7)                                       \
    X(CROSSED_AT, int64_t, crossed_at_us, "crossed_at_us", TIME, 0)                                \
    X(CROSS_LAT, int32_t, cross_lat_e7, "cross_lat", FIX, 7)                                       \
    X(CROSS_LON, int32_t, cross_lon_e7, "cross_lon", FIX, 7)                                       \
    X(DEPTH, int32_t, depth_m, "depth_m", INT, 0)                                                  \
    X(SEVERITY, int32_t, severity, "severity", ENUM, severity_names)                               \
    X(P_INSIDE, int32_t, p_inside_e3, "p_inside", FIX, 3)

#define LEE_EVENT_TEXTS(X)                                                                         \
    X(CALLSIGN, callsign, "callsign", 16)                                                          \
    X(PERMIT, permit, "permit", 48)                                                                \
    X(REASON, reason, "reason", 24)                                                                \
    X(CONFIDENCE, confidence, "confidence", 16)                                                    \
    X(SEVERITY_REASONS, severity_reasons, "severity_reasons", 96)                                  \
    X(ATTENTION, attention, "attention", 16)                                                       \
    X(GROUP, group, "group", 20)                                                                   \
    X(PARAMETERS, parameters, "parameters", 20)

enum {
#define LEE_EVENT_INDEX(bit, type, member, key, kind, argument) LEE_EVENT_INDEX_##bit,
    LEE_EVENT_FIELDS(LEE_EVENT_INDEX)
#undef LEE_EVENT_INDEX
#define LEE_EVENT_INDEX(bit, member, key, bytes) LEE_EVENT_INDEX_##bit,
        LEE_EVENT_TEXTS(LEE_EVENT_INDEX)
#undef LEE_EVENT_INDEX
            LEE_EVENT_FIELD_COUNT
};

/* Presence bits: LEE_EVENT_HAS_LAT and so on. */
enum {
#define LEE_EVENT_BIT(bit, type, member, key, kind, argument)                                      \
    LEE_EVENT_HAS_##bit = 1 << LEE_EVENT_INDEX_##bit,
    LEE_EVENT_FIELDS(LEE_EVENT_BIT)
#undef LEE_EVENT_BIT
#define LEE_EVENT_BIT(bit, member, key, bytes) LEE_EVENT_HAS_##bit = 1 << LEE_EVENT_INDEX_##bit,
        LEE_EVENT_TEXTS(LEE_EVENT_BIT)
#undef LEE_EVENT_BIT
            LEE_EVENT_HAS_POSITION = LEE_EVENT_HAS_LAT | LEE_EVENT_HAS_LON
};

/* `zone` is borrowed from the zone set and lives until the sink returns. */
typedef struct {
    uint64_t seq; /* from 1, in the order decided; given by the pipeline */
    int64_t t_us; /* of the report that caused it, or of the clock for lost and schedule edges */
    lee_event_kind kind;
    uint64_t incident; /* the same for all events of one target's dealings with one zone */
    const char *zone;  /* its id */
    uint32_t zone_index;
    uint64_t zone_generation;
    lee_target target;
    uint32_t present; /* LEE_EVENT_HAS_* */
#define LEE_EVENT_MEMBER(bit, type, member, key, kind, argument) type member;
    LEE_EVENT_FIELDS(LEE_EVENT_MEMBER)
#undef LEE_EVENT_MEMBER
#define LEE_EVENT_MEMBER(bit, member, key, bytes) char member[bytes];
    LEE_EVENT_TEXTS(LEE_EVENT_MEMBER)
#undef LEE_EVENT_MEMBER
} lee_event;

/* Hears one event; it is borrowed until the sink returns. */
typedef void lee_event_sink(void *context, const lee_event *event);

#endif
