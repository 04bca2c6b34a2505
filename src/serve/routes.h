/* serve/routes.h: what is answered to which request (docs/api.md); knows nothing of sockets. */
#ifndef LEE_SERVE_ROUTES_H
#define LEE_SERVE_ROUTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/json.h"
#include "leeward/error.h"
#include "leeward/watch.h"
#include "serve/access.h"
#include "serve/message.h"
#include "serve/picture.h"

#define LEE_BODY_MAX_BYTES 65536u

/* What an operator asks of the demo; each is there or not. */
typedef struct {
    bool has_speed;
    int64_t speed_e3; /* times 1000; above 0 */
    bool has_paused;
    bool paused;
    bool jump_next_incident;
} lee_demo_command;

/* What the program behind the interface does. Serving decides nothing. All run on the thread that
 * serves. Those that change something answer LEE_OK only when it is durable and applied to the
 * picture; otherwise *error may say field and reason, and the status follows from the code:
 * NOT_FOUND 404; SYNTAX, MISSING, DOMAIN, IMPLAUSIBLE, UNSUPPORTED 400; STATE, DUPLICATE 409; LIMIT
 * 429; DENIED 403; all others 503. A handler that is NULL is answered as 404. */
typedef enum {
    LEE_LATER_SEARCH, /* in the views of the journal */
    LEE_LATER_PAST    /* what the same request would have been answered at_us */
} lee_later_kind;

/* A question whose answer comes later; texts are borrowed. */
typedef struct {
    lee_later_kind kind;
    uint64_t ticket;
    int64_t at_us; /* of PAST */
    lee_role role; /* of who asks */
    const char *path;
    const char *query;
} lee_later;

typedef struct {
    void *context;
    int64_t (*now_us)(void *context); /* of the watch: in a demo, the time of the recording */
    void (*each_track)(void *context, lee_track_sink *sink, void *sink_context);
    /* NULL: there is none of this name. */
    const lee_track *(*find_track)(void *context, const lee_target *target);
    void (*write_status)(void *context, lee_json *json); /* one object */
    bool (*healthy)(void *context);
    void (*write_health)(void *context, lee_buffer *out); /* lines behind "ok"; NULL: none */
    /* One OPERATOR record (record/operation.h) that was read without error. */
    lee_error (*operate)(void *context, const char *text, size_t length, lee_error_info *error);
    void (*write_permits)(void *context, lee_buffer *out); /* one JSON value */
    /* Likewise; with what is taken `at` the place now, unless that is NULL. */
    void (*write_qnh)(void *context, const lee_point *at, lee_buffer *out);
    lee_error (*demo_control)(void *context, const lee_demo_command *command,
                              lee_error_info *error);
    lee_error (*sighting)(void *context, const char *body, size_t length, const char *observer,
                          char id[64], lee_error_info *error);
    /* A report line of the unit that the token is named after. */
    lee_error (*position)(void *context, const char *body, size_t length, const char *unit,
                          lee_error_info *error);
    lee_error (*cap_atom)(void *context, lee_buffer *out);
    lee_error (*cap_message)(void *context, const char *identifier, lee_buffer *out);
    /* Why an incident was decided as it was: one JSON value. LEE_ERR_STATE: not worked out yet, ask
     * again in a moment (answered 202); NOT_FOUND. */
    lee_error (*explain)(void *context, uint64_t incident, lee_buffer *out);
    /* Hands on a question; lee_serve_finish gives the answer. LEE_ERR_LIMIT: too many wait
     * (answered 503 with Retry-After), DOMAIN, NOT_FOUND. `forget`: who asked is gone. NULL: such
     * questions are answered as 404. */
    lee_error (*later)(void *context, const lee_later *asked, lee_error_info *error);
    void (*forget)(void *context, uint64_t ticket);
    void (*write_metrics)(void *context, lee_buffer *out); /* appended to those of serving */
} lee_serve_handlers;

typedef enum { LEE_METHOD_GET, LEE_METHOD_HEAD, LEE_METHOD_POST, LEE_METHOD_OTHER } lee_method;

/* Texts are borrowed; none is NULL: "" where the request has it not. `path` is decoded, `query` is
 * what follows the question mark, its parts joined by '&'. */
typedef struct {
    lee_method method;
    const char *path;
    const char *query;
    const char *authorization;
    const char *if_none_match;
    bool accepts_gzip;
    lee_role role; /* known already; NONE: `authorization` says it */
    const char *body;
    size_t body_length;
} lee_request;

typedef struct {
    uint64_t ticket; /* not 0: the answer comes later, and nothing else of this counts */
    unsigned status;
    unsigned retry_after_s; /* 0: none is said */
    const char *type;
    const char *cache; /* Cache-Control */
    const char *allow; /* NULL: none */
    char etag[48];     /* with quotes; "": none */
    bool gzip;
    bool is_page;      /* gets the Content-Security-Policy of the page */
    lee_message *body; /* the caller's; NULL: none */
} lee_response;

/* Sums since the start. */
typedef struct {
    uint64_t requests;
    uint64_t by_class[6]; /* responses by hundreds of their status */
    uint64_t refused_tokens;
} lee_routes_counters;

typedef struct lee_routes lee_routes;

typedef struct {
    const lee_serve_handlers *handlers; /* copied */
    lee_picture *picture;               /* borrowed */
    const lee_access *access;           /* borrowed */
    const char *page_folder;            /* NULL: the page built in; copied */
    int64_t stale_after_us;
    bool is_past; /* it answers for one moment of the past: "at" is not asked for again */
    /* The rest of /metrics that this file cannot know; may be NULL. */
    void (*write_connections)(void *context, lee_buffer *out);
    void *context;
} lee_routes_options;

/* NULL: no memory. */
lee_routes *lee_routes_create(const lee_routes_options *options);
void lee_routes_free(lee_routes *routes);

/* Answers. `now_ms` is monotonic and ages the answers that are kept for a moment, so that many who
 * ask at once do not encode the same thing many times. */
void lee_routes_answer(lee_routes *routes, const lee_request *request, int64_t now_ms,
                       lee_response *out);

/* An error as the interface words it. */
void lee_routes_error(unsigned status, const char *code, const char *message, lee_response *out);

/* Whether a POST to the path may send its body at all: what the answer would be before reading it.
 * False: *out is that answer. */
bool lee_routes_may_post(lee_routes *routes, const lee_request *request, lee_response *out);

void lee_routes_count(const lee_routes *routes, lee_routes_counters *out);

#endif
