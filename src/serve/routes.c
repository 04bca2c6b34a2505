#include "serve/routes.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/time_text.h"
#include "io/read_file.h"
#include "serve/assets.h"
#include "serve/field.h"
#include "serve/tracks_view.h"

#define ANSWER_MAX_BYTES (512u * 1024u * 1024u)
#define FILE_MAX_BYTES (64u * 1024u * 1024u)
#define KEEP_MS 250
#define EVENTS_LIMIT_DEFAULT 1000u
#define EVENTS_LIMIT_MAX 10000u

/* An answer kept for those who ask the same in the same moment. */
typedef struct {
    lee_message *message;
    int64_t made_ms;
    uint64_t stamp;
} kept_answer;

struct lee_routes {
    lee_routes_options options;
    lee_serve_handlers handlers;
    char page_folder[4096];
    kept_answer tracks;
    kept_answer aircraft;
    kept_answer zones;
    lee_buffer buffer;
    lee_routes_counters counters;
};

static const char json_type[] = "application/json";

lee_routes *lee_routes_create(const lee_routes_options *options)
{
    assert(options && options->handlers && options->picture && options->access);
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
    *out = (lee_response){
        .status = status, .type = json_type, .cache = "no-store", .body = lee_message_of(&buffer)};
    lee_buffer_free(&buffer);
}

static void answer_buffer(lee_routes *routes, unsigned status, const char *type, lee_response *out)
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

static void answer_error(lee_error error, const lee_error_info *info, lee_response *out)
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

static void json_begin(lee_routes *routes, lee_json *json)
{
    lee_buffer_reset(&routes->buffer);
    lee_json_begin(json, &routes->buffer);
}

static void answer_kept(const kept_answer *kept, const char *type, lee_response *out)
{
    *out = (lee_response){.status = 200, .type = type, .cache = "no-store"};
    if (kept->message) {
        out->body = lee_message_hold(kept->message);
    } else {
        lee_routes_error(503, "unavailable", "the answer does not fit into memory", out);
    }
}

static void keep(lee_routes *routes, kept_answer *kept, int64_t now_ms, uint64_t stamp)
{
    lee_message_release(kept->message);
    *kept = (kept_answer){lee_message_of(&routes->buffer), now_ms, stamp};
    lee_buffer_free(&routes->buffer);
}

/* --- reading --------------------------------------------------------------------------------- */

typedef struct {
    lee_routes *routes;
    lee_json json;
    int64_t now_us;
    uint64_t messages;
} track_writer;

static int64_t now_us(const lee_routes *routes)
{
    return routes->handlers.now_us(routes->handlers.context);
}

static void track_put(void *context, const lee_track *track)
{
    track_writer *const writer = context;
    lee_track_write(track, writer->now_us, writer->routes->options.stale_after_us, &writer->json);
}

static void readsb_put(void *context, const lee_track *track)
{
    track_writer *const writer = context;
    writer->messages += track->report_count;
    (void)lee_track_write_readsb(track, writer->now_us, &writer->json);
}

static void get_tracks(lee_routes *routes, int64_t now_ms, lee_response *out)
{
    if (!routes->tracks.message || now_ms - routes->tracks.made_ms >= KEEP_MS) {
        track_writer writer = {.routes = routes, .now_us = now_us(routes)};
        json_begin(routes, &writer.json);
        lee_json_object(&writer.json);
        lee_json_put_int(&writer.json, "t_us", writer.now_us);
        lee_json_key(&writer.json, "tracks");
        lee_json_array(&writer.json);
        routes->handlers.each_track(routes->handlers.context, track_put, &writer);
        lee_json_array_end(&writer.json);
        lee_json_object_end(&writer.json);
        keep(routes, &routes->tracks, now_ms, 0);
    }
    answer_kept(&routes->tracks, json_type, out);
}

static void get_aircraft(lee_routes *routes, int64_t now_ms, lee_response *out)
{
    if (!routes->aircraft.message || now_ms - routes->aircraft.made_ms >= KEEP_MS) {
        track_writer writer = {.routes = routes, .now_us = now_us(routes)};
        json_begin(routes, &writer.json);
        lee_json_object(&writer.json);
        lee_json_put_fixed(&writer.json, "now", writer.now_us / 1000, 3);
        lee_json_key(&writer.json, "aircraft");
        lee_json_array(&writer.json);
        routes->handlers.each_track(routes->handlers.context, readsb_put, &writer);
        lee_json_array_end(&writer.json);
        lee_json_put_int(&writer.json, "messages", (int64_t)writer.messages);
        lee_json_object_end(&writer.json);
        keep(routes, &routes->aircraft, now_ms, 0);
    }
    answer_kept(&routes->aircraft, json_type, out);
}

static void get_receiver(lee_routes *routes, lee_response *out)
{
    lee_json json;
    json_begin(routes, &json);
    lee_json_object(&json);
    lee_json_put_text(&json, "version", "leeward");
    lee_json_put_int(&json, "refresh", 1000);
    lee_json_put_int(&json, "history", 0);
    lee_json_object_end(&json);
    answer_buffer(routes, 200, json_type, out);
}

static void get_zones(lee_routes *routes, const lee_request *request, int64_t now_ms,
                      lee_response *out)
{
    const int64_t t_us = now_us(routes);
    const uint64_t stamp = lee_picture_zones_stamp(routes->options.picture, t_us);
    if (!routes->zones.message || routes->zones.stamp != stamp) {
        lee_buffer_reset(&routes->buffer);
        lee_picture_write_zones(routes->options.picture, t_us, &routes->buffer);
        keep(routes, &routes->zones, now_ms, stamp);
    }
    char etag[sizeof out->etag];
    (void)snprintf(etag, sizeof etag, "\"%016llx\"", (unsigned long long)stamp);
    if (strcmp(request->if_none_match, etag) == 0) {
        *out = (lee_response){.status = 304, .type = "application/geo+json"};
    } else {
        answer_kept(&routes->zones, "application/geo+json", out);
    }
    out->cache = "no-cache";
    memcpy(out->etag, etag, sizeof etag);
}

static void get_status(lee_routes *routes, lee_response *out)
{
    lee_json json;
    json_begin(routes, &json);
    routes->handlers.write_status(routes->handlers.context, &json);
    answer_buffer(routes, 200, json_type, out);
}

/* {"KEY": … } around one list. */
static void list_begin(lee_routes *routes, lee_json *json, const char *key)
{
    json_begin(routes, json);
    lee_json_object(json);
    lee_json_key(json, key);
}

static void list_end(lee_routes *routes, lee_json *json, lee_response *out)
{
    lee_json_object_end(json);
    answer_buffer(routes, 200, json_type, out);
}

static void get_incidents(lee_routes *routes, const lee_request *request, lee_response *out)
{
    char state[8] = "open";
    (void)lee_query_get(request->query, "state", state, sizeof state);
    const bool all = strcmp(state, "all") == 0;
    if (!all && strcmp(state, "open") != 0) {
        lee_routes_error(400, "invalid", "state is open or all", out);
        return;
    }
    lee_json json;
    list_begin(routes, &json, "incidents");
    lee_picture_write_incidents(routes->options.picture, all, &json);
    list_end(routes, &json, out);
}

static void get_incident(lee_routes *routes, uint64_t incident, bool full, lee_response *out)
{
    lee_json json;
    json_begin(routes, &json);
    if (lee_picture_write_incident(routes->options.picture, incident, full, &json)) {
        answer_buffer(routes, 200, json_type, out);
    } else {
        lee_routes_error(404, "not_found", "there is no such incident", out);
    }
}

static void get_events(lee_routes *routes, const lee_request *request, lee_response *out)
{
    uint64_t after = 0;
    uint64_t limit = EVENTS_LIMIT_DEFAULT;
    char text[32];
    if ((lee_query_get(request->query, "after", text, sizeof text) &&
         !lee_query_number(request->query, "after", &after)) ||
        (lee_query_get(request->query, "limit", text, sizeof text) &&
         (!lee_query_number(request->query, "limit", &limit) || limit == 0))) {
        lee_routes_error(400, "invalid", "after and limit are whole numbers", out);
        return;
    }
    const uint32_t most = limit > EVENTS_LIMIT_MAX ? EVENTS_LIMIT_MAX : (uint32_t)limit;
    lee_json json;
    list_begin(routes, &json, "events");
    lee_picture_write_events(routes->options.picture, after, most, &json);
    list_end(routes, &json, out);
}

static void get_warnings(lee_routes *routes, lee_response *out)
{
    lee_json json;
    list_begin(routes, &json, "warnings");
    lee_picture_write_warnings(routes->options.picture, NULL, &json);
    list_end(routes, &json, out);
}

static void get_sightings(lee_routes *routes, const lee_request *request, lee_response *out)
{
    const lee_role role = lee_access_role(routes->options.access, request->authorization, NULL);
    lee_json json;
    list_begin(routes, &json, "sightings");
    lee_picture_write_sightings(routes->options.picture, role == LEE_ROLE_CUSTODIAN, &json);
    list_end(routes, &json, out);
}

static void get_metrics(lee_routes *routes, lee_response *out)
{
    lee_picture_counters counters;
    lee_picture_count(routes->options.picture, &counters);
    const struct {
        const char *name;
        const char *type;
        const char *help;
        uint64_t value;
    } rows[] = {
        {"leeward_events_total", "counter", "Events decided", counters.last_seq},
        {"leeward_records_refused_total", "counter", "Journal records that readers cannot read",
         counters.refused},
        {"leeward_incidents_open", "gauge", "Incidents open now", counters.incidents_open},
        {"leeward_zones", "gauge", "Zones in force", counters.zones},
        {"leeward_http_requests_total", "counter", "Requests", routes->counters.requests},
        {"leeward_http_tokens_refused_total", "counter", "Requests with a wrong token",
         routes->counters.refused_tokens},
        {"leeward_http_server_errors_total", "counter", "Answers of 500 and more",
         routes->counters.by_class[5]},
    };
    lee_buffer *const text = &routes->buffer;
    lee_buffer_reset(text);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char line[256];
        (void)snprintf(line, sizeof line, "# HELP %s %s.\n# TYPE %s %s\n%s %llu\n", rows[i].name,
                       rows[i].help, rows[i].name, rows[i].type, rows[i].name,
                       (unsigned long long)rows[i].value);
        lee_buffer_text(text, line);
    }
    if (routes->options.write_connections) {
        routes->options.write_connections(routes->options.context, text);
    }
    if (routes->handlers.write_metrics) {
        routes->handlers.write_metrics(routes->handlers.context, text);
    }
    answer_buffer(routes, 200, "text/plain; version=0.0.4; charset=utf-8", out);
}

static void get_health(lee_routes *routes, lee_response *out)
{
    const bool healthy = routes->handlers.healthy(routes->handlers.context);
    lee_buffer_reset(&routes->buffer);
    lee_buffer_text(&routes->buffer, healthy ? "ok\n" : "the watch does not judge\n");
    answer_buffer(routes, healthy ? 200 : 503, "text/plain; charset=utf-8", out);
}

static void get_cap(lee_routes *routes, const char *name, lee_response *out)
{
    lee_error error = LEE_ERR_NOT_FOUND;
    const lee_error_info info = {.reason = "there is no such message"};
    lee_buffer_reset(&routes->buffer);
    if (!name && routes->handlers.cap_atom) {
        error = routes->handlers.cap_atom(routes->handlers.context, &routes->buffer);
    } else if (name && routes->handlers.cap_message) {
        char identifier[192];
        const size_t length = strlen(name);
        if (length > 4 && length - 4 < sizeof identifier &&
            strcmp(name + length - 4, ".xml") == 0) {
            memcpy(identifier, name, length - 4);
            identifier[length - 4] = '\0';
            error =
                routes->handlers.cap_message(routes->handlers.context, identifier, &routes->buffer);
        }
    }
    if (error != LEE_OK) {
        answer_error(error, &info, out);
        return;
    }
    answer_buffer(routes, 200, name ? "application/cap+xml" : "application/atom+xml", out);
}

/* --- the page -------------------------------------------------------------------------------- */

static void page_from_folder(lee_routes *routes, const char *path, lee_response *out)
{
    char clean[512];
    char full[5000];
    lee_buffer_reset(&routes->buffer);
    lee_error error = LEE_ERR_NOT_FOUND;
    if (lee_asset_clean_path(strcmp(path, "/observe") == 0 ? "/observe.html" : path, clean,
                             sizeof clean)) {
        (void)snprintf(full, sizeof full, "%s%s", routes->page_folder, clean);
        error = lee_file_read_whole(full, &routes->buffer);
        if (error == LEE_ERR_NOT_FOUND && strcmp(path, "/observe") == 0) {
            (void)snprintf(full, sizeof full, "%s/index.html", routes->page_folder);
            error = lee_file_read_whole(full, &routes->buffer);
        }
    }
    if (error == LEE_OK && routes->buffer.length <= FILE_MAX_BYTES) {
        answer_buffer(routes, 200, lee_asset_type(full), out);
        out->is_page = true;
        out->cache = "no-cache";
    } else {
        lee_routes_error(404, "not_found", "there is no such page", out);
    }
}

static void page_missing(const char *path, lee_response *out)
{
    if (strcmp(path, "/") != 0 && strcmp(path, "/observe") != 0) {
        lee_routes_error(404, "not_found", "there is no such page", out);
        return;
    }
    *out = (lee_response){
        .status = 200,
        .type = "text/html; charset=utf-8",
        .cache = "no-store",
        .is_page = true,
        .body = lee_message_static(lee_asset_missing_page, strlen(lee_asset_missing_page))};
}

static void get_page(lee_routes *routes, const lee_request *request, lee_response *out)
{
    if (routes->page_folder[0] != '\0') {
        page_from_folder(routes, request->path, out);
        return;
    }
    const lee_asset *const asset = lee_asset_find(request->path);
    if (!asset) {
        page_missing(request->path, out);
        return;
    }
    *out = (lee_response){.status = 200, .type = lee_asset_type(asset->path), .is_page = true};
    /* The bundler puts a hash into the names below /assets/. */
    out->cache = strncmp(asset->path, "/assets/", 8) == 0 ? "public, max-age=31536000, immutable"
                                                          : "no-cache";
    out->gzip = asset->packed && request->accepts_gzip;
    (void)snprintf(out->etag, sizeof out->etag, "\"%s%s\"", asset->etag, out->gzip ? "-z" : "");
    if (strcmp(request->if_none_match, out->etag) == 0) {
        out->status = 304;
        return;
    }
    const uint8_t *const bytes = out->gzip ? asset->packed : asset->bytes;
    const uint8_t *const end = out->gzip ? asset->packed_end : asset->bytes_end;
    out->body = lee_message_static(bytes, (size_t)(end - bytes));
}

/* --- changing -------------------------------------------------------------------------------- */

static void post_acknowledge(lee_routes *routes, const lee_request *request, uint64_t incident,
                             lee_response *out)
{
    char by[64];
    char note[512] = "";
    lee_json_value value;
    lee_error_info info = {.reason = NULL};
    if (!lee_field_is_object(request->body, request->body_length) ||
        !lee_field_text(request->body, request->body_length, "by", by, sizeof by) ||
        by[0] == '\0') {
        lee_routes_error(400, "invalid", "by: who acknowledges is needed, up to 63 bytes", out);
        return;
    }
    if (lee_field_find(request->body, request->body_length, "note", &value) &&
        !lee_json_value_text(&value, note, sizeof note)) {
        lee_routes_error(400, "invalid", "note: a text of up to 511 bytes", out);
        return;
    }
    lee_json probe;
    json_begin(routes, &probe);
    if (!lee_picture_write_incident(routes->options.picture, incident, false, &probe)) {
        lee_routes_error(404, "not_found", "there is no such incident", out);
        return;
    }
    const lee_error error =
        routes->handlers.acknowledge
            ? routes->handlers.acknowledge(routes->handlers.context, incident, by, note, &info)
            : LEE_ERR_NOT_FOUND;
    if (error != LEE_OK) {
        answer_error(error, &info, out);
        return;
    }
    get_incident(routes, incident, false, out);
}

/* NULL, or what is wrong with the body. */
static const char *demo_read(const lee_request *request, lee_demo_command *out)
{
    lee_json_value value;
    const char *const body = request->body;
    const size_t length = request->body_length;
    *out = (lee_demo_command){.has_speed = false};
    if (!lee_field_is_object(body, length)) {
        return "the body is not a JSON object";
    }
    if (lee_field_find(body, length, "speed", &value)) {
        out->has_speed = true;
        if (!lee_json_value_fixed(&value, 3, &out->speed_e3) || out->speed_e3 <= 0 ||
            out->speed_e3 > 1000000) {
            return "speed: a number above 0 and up to 1000";
        }
    }
    if (lee_field_find(body, length, "paused", &value)) {
        out->has_paused = true;
        out->paused = value.type == LEE_JSON_TRUE;
        if (value.type != LEE_JSON_TRUE && value.type != LEE_JSON_FALSE) {
            return "paused: true or false";
        }
    }
    if (lee_field_find(body, length, "jump", &value)) {
        out->jump_next_incident =
            value.type == LEE_JSON_TEXT && lee_json_value_is(&value, "next_incident");
        if (!out->jump_next_incident) {
            return "jump: next_incident";
        }
    }
    return out->has_speed || out->has_paused || out->jump_next_incident
               ? NULL
               : "one of speed, paused and jump is needed";
}

static void post_demo(lee_routes *routes, const lee_request *request, lee_response *out)
{
    lee_demo_command command;
    lee_error_info info = {.reason = NULL};
    const char *const wrong = demo_read(request, &command);
    if (wrong) {
        lee_routes_error(400, "invalid", wrong, out);
        return;
    }
    lee_error error = LEE_ERR_STATE;
    info.reason = "this is not a demo";
    if (routes->handlers.demo_control) {
        error = routes->handlers.demo_control(routes->handlers.context, &command, &info);
    }
    if (error != LEE_OK) {
        answer_error(error, &info, out);
        return;
    }
    get_status(routes, out);
}

static void post_sighting(lee_routes *routes, const lee_request *request, lee_response *out)
{
    const char *observer = "";
    char id[64] = "";
    lee_error_info info = {.reason = NULL};
    (void)lee_access_role(routes->options.access, request->authorization, &observer);
    lee_error error = LEE_ERR_NOT_FOUND;
    if (!lee_field_is_object(request->body, request->body_length)) {
        error = LEE_ERR_SYNTAX;
        info.reason = "the body is not a JSON object";
    } else if (routes->handlers.sighting) {
        error = routes->handlers.sighting(routes->handlers.context, request->body,
                                          request->body_length, observer, id, &info);
    }
    if (error != LEE_OK) {
        answer_error(error, &info, out);
        return;
    }
    lee_json json;
    json_begin(routes, &json);
    lee_json_object(&json);
    lee_json_put_text(&json, "id", id);
    lee_json_object_end(&json);
    answer_buffer(routes, 201, json_type, out);
}

/* --- choosing -------------------------------------------------------------------------------- */

typedef enum {
    ROUTE_NONE,
    ROUTE_STATUS,
    ROUTE_ZONES,
    ROUTE_TRACKS,
    ROUTE_INCIDENTS,
    ROUTE_INCIDENT,
    ROUTE_ACKNOWLEDGE,
    ROUTE_EVENTS,
    ROUTE_WARNINGS,
    ROUTE_SIGHTINGS,
    ROUTE_DEMO,
    ROUTE_STREAM,
    ROUTE_ATOM,
    ROUTE_CAP,
    ROUTE_METRICS,
    ROUTE_AIRCRAFT,
    ROUTE_RECEIVER,
    ROUTE_HEALTH,
    ROUTE_PAGE
} route;

static const struct {
    const char *path;
    route route;
} paths[] = {
    {"/api/v1/status", ROUTE_STATUS},
    {"/api/v1/zones", ROUTE_ZONES},
    {"/api/v1/tracks", ROUTE_TRACKS},
    {"/api/v1/incidents", ROUTE_INCIDENTS},
    {"/api/v1/events", ROUTE_EVENTS},
    {"/api/v1/warnings", ROUTE_WARNINGS},
    {"/api/v1/sightings", ROUTE_SIGHTINGS},
    {"/api/v1/demo", ROUTE_DEMO},
    {"/api/v1/stream", ROUTE_STREAM},
    {"/feeds/cap.atom", ROUTE_ATOM},
    {"/metrics", ROUTE_METRICS},
    {"/data/aircraft.json", ROUTE_AIRCRAFT},
    {"/data/receiver.json", ROUTE_RECEIVER},
    {"/healthz", ROUTE_HEALTH},
};

/* The route, and for one incident its number, or for a CAP message its name. */
static route route_find(const char *path, uint64_t *incident, const char **name)
{
    static const char one[] = "/api/v1/incidents/";
    static const char cap[] = "/feeds/cap/";
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        if (strcmp(path, paths[i].path) == 0) {
            return paths[i].route;
        }
    }
    if (strncmp(path, one, sizeof one - 1) == 0) {
        char id[17] = "";
        const char *const rest = path + sizeof one - 1;
        if (strlen(rest) < 16) {
            return ROUTE_NONE;
        }
        memcpy(id, rest, 16);
        if (!lee_field_incident(id, incident)) {
            return ROUTE_NONE;
        }
        return rest[16] == '\0'                         ? ROUTE_INCIDENT
               : strcmp(rest + 16, "/acknowledge") == 0 ? ROUTE_ACKNOWLEDGE
                                                        : ROUTE_NONE;
    }
    if (strncmp(path, cap, sizeof cap - 1) == 0) {
        *name = path + sizeof cap - 1;
        return ROUTE_CAP;
    }
    const bool reserved = strncmp(path, "/api/", 5) == 0 || strncmp(path, "/data/", 6) == 0 ||
                          strncmp(path, "/feeds/", 7) == 0;
    return reserved ? ROUTE_NONE : ROUTE_PAGE;
}

static lee_role role_needed(route which)
{
    if (which == ROUTE_SIGHTINGS) {
        return LEE_ROLE_OBSERVER;
    }
    return which == ROUTE_ACKNOWLEDGE || which == ROUTE_DEMO ? LEE_ROLE_OPERATOR : LEE_ROLE_NONE;
}

static bool is_posted(route which)
{
    return role_needed(which) != LEE_ROLE_NONE;
}

bool lee_routes_may_post(lee_routes *routes, const lee_request *request, lee_response *out)
{
    assert(routes && request && out);
    uint64_t incident = 0;
    const char *name = NULL;
    const route which = route_find(request->path, &incident, &name);
    if (which == ROUTE_NONE) {
        lee_routes_error(404, "not_found", "there is nothing here", out);
        return false;
    }
    if (!is_posted(which)) {
        lee_routes_error(405, "method_not_allowed", "this can only be read", out);
        out->allow = "GET, HEAD";
        return false;
    }
    const lee_role role = lee_access_role(routes->options.access, request->authorization, NULL);
    if (role == LEE_ROLE_NONE) {
        routes->counters.refused_tokens++;
        lee_routes_error(401, "unauthorized", "a token is needed that this server made", out);
        return false;
    }
    if (!lee_role_may(role, role_needed(which))) {
        lee_routes_error(403, "forbidden", "the token is for another role", out);
        return false;
    }
    return true;
}

static void answer_get(lee_routes *routes, const lee_request *request, int64_t now_ms,
                       lee_response *out)
{
    uint64_t incident = 0;
    const char *name = NULL;
    switch (route_find(request->path, &incident, &name)) {
    case ROUTE_STATUS:
        get_status(routes, out);
        break;
    case ROUTE_ZONES:
        get_zones(routes, request, now_ms, out);
        break;
    case ROUTE_TRACKS:
        get_tracks(routes, now_ms, out);
        break;
    case ROUTE_INCIDENTS:
        get_incidents(routes, request, out);
        break;
    case ROUTE_INCIDENT:
        get_incident(routes, incident, true, out);
        break;
    case ROUTE_EVENTS:
        get_events(routes, request, out);
        break;
    case ROUTE_WARNINGS:
        get_warnings(routes, out);
        break;
    case ROUTE_SIGHTINGS:
        get_sightings(routes, request, out);
        break;
    case ROUTE_ATOM:
    case ROUTE_CAP:
        get_cap(routes, name, out);
        break;
    case ROUTE_METRICS:
        get_metrics(routes, out);
        break;
    case ROUTE_AIRCRAFT:
        get_aircraft(routes, now_ms, out);
        break;
    case ROUTE_RECEIVER:
        get_receiver(routes, out);
        break;
    case ROUTE_HEALTH:
        get_health(routes, out);
        break;
    case ROUTE_PAGE:
        get_page(routes, request, out);
        break;
    case ROUTE_STREAM:
        lee_routes_error(426, "upgrade_required", "this is a WebSocket", out);
        break;
    case ROUTE_ACKNOWLEDGE:
    case ROUTE_DEMO:
        lee_routes_error(405, "method_not_allowed", "this can only be posted to", out);
        out->allow = "POST";
        break;
    case ROUTE_NONE:
        lee_routes_error(404, "not_found", "there is nothing here", out);
        break;
    }
}

static void answer_post(lee_routes *routes, const lee_request *request, lee_response *out)
{
    uint64_t incident = 0;
    const char *name = NULL;
    if (!lee_routes_may_post(routes, request, out)) {
        return;
    }
    if (!lee_field_is_utf8(request->body, request->body_length)) {
        lee_routes_error(400, "invalid", "the body is not UTF-8", out);
        return;
    }
    const route which = route_find(request->path, &incident, &name);
    if (which == ROUTE_ACKNOWLEDGE) {
        post_acknowledge(routes, request, incident, out);
    } else if (which == ROUTE_DEMO) {
        post_demo(routes, request, out);
    } else {
        assert(which == ROUTE_SIGHTINGS);
        post_sighting(routes, request, out);
    }
}

void lee_routes_answer(lee_routes *routes, const lee_request *request, int64_t now_ms,
                       lee_response *out)
{
    assert(routes && request && out);
    assert(request->path && request->query && request->authorization && request->body);

    routes->counters.requests++;
    switch (request->method) {
    case LEE_METHOD_GET:
    case LEE_METHOD_HEAD:
        answer_get(routes, request, now_ms, out);
        break;
    case LEE_METHOD_POST:
        answer_post(routes, request, out);
        break;
    case LEE_METHOD_OTHER:
        lee_routes_error(405, "method_not_allowed", "GET, HEAD and POST are known", out);
        out->allow = "GET, HEAD, POST";
        break;
    }
    routes->counters.by_class[out->status / 100 < 6 ? out->status / 100 : 0]++;
}

/* --- queries --------------------------------------------------------------------------------- */

bool lee_query_get(const char *query, const char *key, char *out, size_t capacity)
{
    assert(query && key && out);
    const size_t key_length = strlen(key);
    while (*query != '\0') {
        const char *const end = strchr(query, '&');
        const size_t length = end ? (size_t)(end - query) : strlen(query);
        if (length > key_length && memcmp(query, key, key_length) == 0 &&
            query[key_length] == '=') {
            const size_t value_length = length - key_length - 1;
            if (value_length >= capacity) {
                return false;
            }
            memcpy(out, query + key_length + 1, value_length);
            out[value_length] = '\0';
            return true;
        }
        query += length + (end ? 1 : 0);
    }
    return false;
}

bool lee_query_number(const char *query, const char *key, uint64_t *out)
{
    char text[20];
    if (!lee_query_get(query, key, text, sizeof text) || text[0] == '\0') {
        return false;
    }
    uint64_t value = 0;
    for (size_t i = 0; text[i] != '\0'; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return false;
        }
        value = value * 10 + (uint64_t)(text[i] - '0');
    }
    *out = value;
    return true;
}
