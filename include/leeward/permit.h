/* leeward/permit.h: leave for a target, or a class of targets, to enter, leave or be in a zone. */
#ifndef LEEWARD_PERMIT_H
#define LEEWARD_PERMIT_H

#include <stdbool.h>
#include <stdint.h>

#include "leeward/alt.h"
#include "leeward/point.h"

/* How `target` of the permit file names whom it is for. */
typedef enum {
    LEE_PERMIT_TARGET,       /* exact: "icao24:4b1815" */
    LEE_PERMIT_CALLSIGN,     /* "callsign:UNO*": text with one optional * at the end */
    LEE_PERMIT_SQUAWK,       /* "squawk:7000" */
    LEE_PERMIT_CLASS,        /* "class:A7": ADS-B emitter category */
    LEE_PERMIT_REGISTRATION, /* "registration:D-E*": as callsign */
    LEE_PERMIT_PREFIX        /* "unit:ambulance*", "mmsi:2446*": targets that begin so */
} lee_permit_match;

/* The way of a request: each step is one named party's word. */
#define LEE_PERMIT_STATE_LIST(X)                                                                   \
    X(REQUESTED, "requested")                                                                      \
    X(ACKNOWLEDGED, "acknowledged") /* taken note of: that is no leave */                          \
    X(GRANTED, "granted")                                                                          \
    X(REFUSED, "refused")                                                                          \
    X(REVOKED, "revoked")

typedef enum {
#define LEE_PERMIT_STATE_ENUM(name, text) LEE_PERMIT_##name,
    LEE_PERMIT_STATE_LIST(LEE_PERMIT_STATE_ENUM)
#undef LEE_PERMIT_STATE_ENUM
        LEE_PERMIT_STATE_COUNT
} lee_permit_state;

typedef struct {
    lee_permit_state state;
    int64_t at_us;
    const char *by;
    const char *note; /* NULL: none */
} lee_permit_step;

/* What a permit asks of who uses it; 0 or false: it does not. What is broken ends the leave for
 * that visit. Slow and near are those of the zone (stop_kt, meet_m). */
typedef struct {
    int32_t stop_s;   /* no stop of so long */
    int32_t meet_s;   /* no meeting with another target of so long */
    int32_t report_s; /* no silence of so long */
    bool stay;        /* having entered, it stays until the permit ends */
} lee_permit_conditions;

/* A duty in place of a leave: somebody must be there. */
typedef enum {
    LEE_DUTY_NONE,
    LEE_DUTY_REMAIN, /* who is inside must remain */
    LEE_DUTY_PRESENT /* at least one that matches must be inside */
} lee_permit_duty;

/* One line of a permit file. Texts are NUL-terminated and owned by the list that holds it. */
typedef struct {
    const char *id;
    const char *target; /* as written in the file */
    lee_permit_match match;
    const char *const *zones; /* zone ids; one "*" means every zone */
    uint32_t zone_count;
    int64_t from_us;       /* INT64_MIN where the file says none */
    int64_t to_us;         /* exclusive; INT64_MAX where the file says none */
    lee_alt_limit floor;   /* LEE_LIMIT_SFC where the file says none */
    lee_alt_limit ceiling; /* exclusive; LEE_LIMIT_UNL where the file says none */
    const char *granted_by;
    const char *conditions;       /* JSON text as written, NULL when absent */
    lee_permit_conditions asks;   /* the same as numbers */
    bool has_track;               /* the track must lie from..to, clockwise */
    int32_t track_from_deg;       /* 0..359 */
    int32_t track_to_deg;         /* 0..359 */
    lee_area route;               /* one ring, there and back; count 0: anywhere */
    int32_t route_half_width_m;   /* above 0 where there is a route */
    const lee_permit_step *steps; /* by time; none: granted */
    uint32_t step_count;
    const char *const *needs; /* the parties that must all grant; none: one grant is enough */
    uint32_t need_count;
    lee_permit_duty duty;
    int32_t absent_after_s; /* of a duty: how long nobody may be missed */
} lee_permit;

typedef struct {
    const lee_permit *permits;
    uint32_t count;
} lee_permit_list;

/* Whether the steps up to t_us make it a leave: each party's newest word counts; nobody's may be
 * refused or revoked, all whose grant is needed must have granted. Without steps: true. */
bool lee_permit_is_granted(const lee_permit *permit, int64_t t_us);

#endif
