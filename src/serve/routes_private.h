/* serve/routes_private.h: what the files that answer requests share. A route is a line in the table
 * of routes.c and one function here. */
#ifndef LEE_SERVE_ROUTES_PRIVATE_H
#define LEE_SERVE_ROUTES_PRIVATE_H

#include "serve/routes.h"

/* An answer kept for those who ask the same in the same moment. */
typedef struct {
    lee_message *message;
    int64_t made_ms;
    uint64_t stamp;
} lee__kept_answer;

struct lee_routes {
    lee_routes_options options;
    lee_serve_handlers handlers;
    char page_folder[4096];
    lee__kept_answer tracks;
    lee__kept_answer aircraft;
    lee__kept_answer zones;
    lee_buffer buffer; /* the answer that is being written */
    lee_routes_counters counters;
    uint64_t tickets;
};

/* A request with what its path named. */
typedef struct {
    const lee_request *request;
    int64_t now_ms; /* monotonic */
    uint64_t incident;
    const char *name;
} lee__call;

typedef void lee__handler(lee_routes *routes, const lee__call *call, lee_response *out);

extern const char lee__json_type[];

/* Begins an answer in JSON in routes->buffer. */
void lee__answer_json(lee_routes *routes, lee_json *json);
/* Answers with what stands in routes->buffer. */
void lee__answer_buffer(lee_routes *routes, unsigned status, const char *type, lee_response *out);
void lee__answer_error(lee_error error, const lee_error_info *info, lee_response *out);

/* routes_read.c */
lee__handler lee__get_status, lee__get_zones, lee__get_tracks, lee__get_track, lee__get_incidents,
    lee__get_incident, lee__get_why, lee__get_events, lee__get_warnings, lee__get_sightings,
    lee__get_metrics, lee__get_aircraft, lee__get_receiver, lee__get_health, lee__get_cap;
/* One incident; `full`: with its events. */
void lee__answer_incident(lee_routes *routes, uint64_t incident, bool full, lee_response *out);

/* Who asks. */
lee_role lee__role(const lee_routes *routes, const lee_request *request);

/* routes_later.c: questions that are answered beside the watch. lee__is_past: the request asks for
 * another moment than now. */
bool lee__is_past(const lee_routes *routes, const lee__call *call);
lee__handler lee__get_past, lee__get_search;

/* routes_page.c */
lee__handler lee__get_page;

/* routes_rules.c */
lee__handler lee__post_acknowledge, lee__get_inhibitions, lee__post_inhibition,
    lee__post_inhibition_end, lee__get_permits, lee__post_permit, lee__post_permit_step,
    lee__get_qnh, lee__post_qnh;

/* routes_change.c */
lee__handler lee__post_demo, lee__post_sighting, lee__post_position;

#endif
