#include "serve/routes.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "serve/field.h"
#include "serve/routes_private.h"

#define ANSWER_MAX_BYTES (512u * 1024u * 1024u)

const char lee__json_type[] = "application/json";

lee_routes *lee_routes_create(const lee_routes_options *options)
{
    assert(options && options->handlers && options->picture);
    assert(options->access || options->is_past);
    assert(options->handlers->now_us && options->handlers->each_track);
    assert(options->handlers->write_status && options->handlers->healthy);

    lee_routes *const routes = lee_alloc(1, sizeof *routes);
    if (routes) {
        routes->options = *options;
        routes->handlers = *options->handlers;
        (void)snprintf(routes->page_folder, sizeof routes->page_folder, "%s",
                       options->page_folder ? options->page_folder : "");
        lee_buffer_init(&routes->buffer, ANSWER_MAX_BYTES);
    }
    return routes;
}

void lee_routes_free(lee_routes *routes)
{
    if (routes) {
        lee_message_release(routes->tracks.message);
        lee_message_release(routes->aircraft.message);
        lee_message_release(routes->zones.message);
        lee_buffer_free(&routes->buffer);
        lee_free(routes);
    }
}

void lee_routes_count(const lee_routes *routes, lee_routes_counters *out)
{
    assert(routes && out);
    *out = routes->counters;
}

/* --- answers --------------------------------------------------------------------------------- */

void lee_routes_error(unsigned status, const char *code, const char *message, lee_response *out)
{
    assert(code && message && out);
    lee_buffer buffer;
    lee_json json;
    lee_buffer_init(&buffer, 4096);
    lee_json_begin(&json, &buffer);
    lee_json_object(&json);
    lee_json_key(&json, "error");
    lee_json_object(&json);
    lee_json_put_text(&json, "code", code);
    lee_json_put_text(&json, "message", message);
    lee_json_object_end(&json);
    lee_json_object_end(&json);
    *out = (lee_response){.status = status,
                          .type = lee__json_type,
                          .cache = "no-store",
                          .body = lee_message_of(&buffer)};
    lee_buffer_free(&buffer);
}

void lee__answer_buffer(lee_routes *routes, unsigned status, const char *type, lee_response *out)
{
    *out = (lee_response){.status = status,
                          .type = type,
                          .cache = "no-store",
                          .body = lee_message_of(&routes->buffer)};
    if (!out->body) {
        lee_routes_error(503, "unavailable", "the answer does not fit into memory", out);
    }
    /* A large answer must not hold its memory until the next one. */
    if (routes->buffer.capacity > 1024u * 1024u) {
        lee_buffer_free(&routes->buffer);
    }
}

void lee__answer_error(lee_error error, const lee_error_info *info, lee_response *out)
{
    static const struct {
        lee_error error;
        unsigned status;
        const char *code;
    } table[] = {
        {LEE_ERR_NOT_FOUND, 404, "not_found"}, {LEE_ERR_SYNTAX, 400, "invalid"},
        {LEE_ERR_MISSING, 400, "invalid"},     {LEE_ERR_DOMAIN, 400, "invalid"},
        {LEE_ERR_IMPLAUSIBLE, 400, "invalid"}, {LEE_ERR_UNSUPPORTED, 400, "invalid"},
        {LEE_ERR_STATE, 409, "conflict"},      {LEE_ERR_DUPLICATE, 409, "conflict"},
        {LEE_ERR_LIMIT, 429, "too_many"},      {LEE_ERR_DENIED, 403, "forbidden"},
    };
    unsigned status = 503;
    const char *code = "unavailable";
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (table[i].error == error) {
            status = table[i].status;
            code = table[i].code;
        }
    }
    char message[256];
    const char *const reason = info->reason ? info->reason : lee_error_text(error);
    (void)snprintf(message, sizeof message, "%s%s%s", info->field ? info->field : "",
                   info->field ? ": " : "", reason);
    lee_routes_error(status, code, message, out);
}

void lee__answer_json(lee_routes *routes, lee_json *json)
{
    lee_buffer_reset(&routes->buffer);
    lee_json_begin(json, &routes->buffer);
}

/* --- choosing -------------------------------------------------------------------------------- */

/* What is to be done at a path. `{incident}` stands for 16 hexadecimal digits, `{name}` for the
 * rest. A path that nobody gets is only posted to, by those who have the role. */
typedef struct {
    const char *path;
    lee__handler *get;
    lee__handler *post;
    lee_role role;
    bool has_past; /* `at` asks for the answer of another moment */
} route_line;

static void get_stream(lee_routes *routes, const lee__call *call, lee_response *out)
{
    (void)routes;
    (void)call;
    lee_routes_error(426, "upgrade_required", "this is a WebSocket", out);
}

static const route_line table[] = {
    {"/api/v1/status", lee__get_status, NULL, LEE_ROLE_NONE, true},
    {"/api/v1/zones", lee__get_zones, NULL, LEE_ROLE_NONE, true},
    {"/api/v1/tracks", lee__get_tracks, NULL, LEE_ROLE_NONE, true},
    {"/api/v1/tracks/{name}", lee__get_track, NULL, LEE_ROLE_NONE, true},
    {"/api/v1/incidents", lee__get_incidents, NULL, LEE_ROLE_NONE, true},
    {"/api/v1/incidents/{incident}", lee__get_incident, NULL, LEE_ROLE_NONE, true},
    {"/api/v1/incidents/{incident}/why", lee__get_why, NULL, LEE_ROLE_NONE, false},
    {"/api/v1/incidents/{incident}/acknowledge", NULL, lee__post_acknowledge, LEE_ROLE_OPERATOR,
     false},
    {"/api/v1/events", lee__get_events, NULL, LEE_ROLE_NONE, true},
    {"/api/v1/warnings", lee__get_warnings, NULL, LEE_ROLE_NONE, true},
    {"/api/v1/sightings", lee__get_sightings, lee__post_sighting, LEE_ROLE_OBSERVER, true},
    {"/api/v1/positions", NULL, lee__post_position, LEE_ROLE_UNIT, false},
    {"/api/v1/inhibitions", lee__get_inhibitions, lee__post_inhibition, LEE_ROLE_OPERATOR, true},
    {"/api/v1/inhibitions/end", NULL, lee__post_inhibition_end, LEE_ROLE_OPERATOR, false},
    {"/api/v1/permits", lee__get_permits, lee__post_permit, LEE_ROLE_OPERATOR, true},
    {"/api/v1/permits/step", NULL, lee__post_permit_step, LEE_ROLE_OPERATOR, false},
    {"/api/v1/qnh", lee__get_qnh, lee__post_qnh, LEE_ROLE_OPERATOR, true},
    {"/api/v1/demo", NULL, lee__post_demo, LEE_ROLE_OPERATOR, false},
    {"/api/v1/search", lee__get_search, NULL, LEE_ROLE_NONE, false},
    {"/api/v1/stream", get_stream, NULL, LEE_ROLE_NONE, false},
    {"/feeds/cap.atom", lee__get_cap, NULL, LEE_ROLE_NONE, false},
    {"/feeds/cap/{name}", lee__get_cap, NULL, LEE_ROLE_NONE, false},
    {"/metrics", lee__get_metrics, NULL, LEE_ROLE_NONE, false},
    {"/data/aircraft.json", lee__get_aircraft, NULL, LEE_ROLE_NONE, true},
    {"/data/receiver.json", lee__get_receiver, NULL, LEE_ROLE_NONE, false},
    {"/healthz", lee__get_health, NULL, LEE_ROLE_NONE, false},
};
static const route_line page = {"", lee__get_page, NULL, LEE_ROLE_NONE, false};

static bool path_matches(const char *pattern, const char *path, lee__call *call)
{
    static const char incident[] = "{incident}";
    static const char name[] = "{name}";
    while (*pattern != '\0' && *pattern != '{') {
        if (*pattern++ != *path++) {
            return false;
        }
    }
    if (*pattern == '\0') {
        return *path == '\0';
    }
    if (strcmp(pattern, name) == 0) {
        call->name = path;
        return true;
    }
    assert(strncmp(pattern, incident, sizeof incident - 1) == 0);
    char id[17] = "";
    if (strlen(path) < 16) {
        return false;
    }
    memcpy(id, path, 16);
    return strcmp(path + 16, pattern + sizeof incident - 1) == 0 &&
           lee_field_incident(id, &call->incident);
}

/* NULL: there is nothing at this path. Paths that are not ours alone are the page's. */
static const route_line *route_find(const char *path, lee__call *call)
{
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (path_matches(table[i].path, path, call)) {
            return &table[i];
        }
    }
    const bool reserved = strncmp(path, "/api/", 5) == 0 || strncmp(path, "/data/", 6) == 0 ||
                          strncmp(path, "/feeds/", 7) == 0;
    return reserved ? NULL : &page;
}

static void answer_no_route(lee_response *out)
{
    lee_routes_error(404, "not_found", "there is nothing here", out);
}

lee_role lee__role(const lee_routes *routes, const lee_request *request)
{
    return request->role != LEE_ROLE_NONE || !routes->options.access
               ? request->role
               : lee_access_role(routes->options.access, request->authorization, NULL);
}

/* Whether a POST may be done; otherwise *out says why not. */
static bool may_post(lee_routes *routes, const route_line *route, const lee_request *request,
                     lee_response *out)
{
    if (!route) {
        answer_no_route(out);
        return false;
    }
    if (!route->post) {
        lee_routes_error(405, "method_not_allowed", "this can only be read", out);
        out->allow = "GET, HEAD";
        return false;
    }
    const lee_role role = lee__role(routes, request);
    if (role == LEE_ROLE_NONE) {
        routes->counters.refused_tokens++;
        lee_routes_error(401, "unauthorized", "a token is needed that this server made", out);
        return false;
    }
    if (!lee_role_may(role, route->role)) {
        lee_routes_error(403, "forbidden", "the token is for another role", out);
        return false;
    }
    return true;
}

bool lee_routes_may_post(lee_routes *routes, const lee_request *request, lee_response *out)
{
    assert(routes && request && out);
    lee__call call = {.request = request};
    return may_post(routes, route_find(request->path, &call), request, out);
}

static void answer_get(lee_routes *routes, const route_line *route, const lee__call *call,
                       lee_response *out)
{
    if (!route) {
        answer_no_route(out);
    } else if (!route->get) {
        lee_routes_error(405, "method_not_allowed", "this can only be posted to", out);
        out->allow = "POST";
    } else if (lee__is_past(routes, call)) {
        if (route->has_past) {
            lee__get_past(routes, call, out);
        } else {
            lee_routes_error(400, "invalid", "of this there is only the present", out);
        }
    } else {
        route->get(routes, call, out);
    }
}

static void answer_post(lee_routes *routes, const route_line *route, const lee__call *call,
                        lee_response *out)
{
    if (!may_post(routes, route, call->request, out)) {
        return;
    }
    if (!lee_field_is_utf8(call->request->body, call->request->body_length)) {
        lee_routes_error(400, "invalid", "the body is not UTF-8", out);
        return;
    }
    route->post(routes, call, out);
}

void lee_routes_answer(lee_routes *routes, const lee_request *request, int64_t now_ms,
                       lee_response *out)
{
    assert(routes && request && out);
    assert(request->path && request->query && request->authorization && request->body);

    routes->counters.requests++;
    lee__call call = {.request = request, .now_ms = now_ms};
    const route_line *const route = route_find(request->path, &call);
    switch (request->method) {
    case LEE_METHOD_GET:
    case LEE_METHOD_HEAD:
        answer_get(routes, route, &call, out);
        break;
    case LEE_METHOD_POST:
        answer_post(routes, route, &call, out);
        break;
    case LEE_METHOD_OTHER:
        lee_routes_error(405, "method_not_allowed", "GET, HEAD and POST are known", out);
        out->allow = "GET, HEAD, POST";
        break;
    }
    routes->counters.by_class[out->status / 100 < 6 ? out->status / 100 : 0]++;
}
