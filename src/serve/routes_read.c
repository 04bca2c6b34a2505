#include "serve/routes_private.h"

#include <stdio.h>
#include <string.h>

#include "serve/metric.h"
#include "serve/query.h"
#include "serve/tracks_view.h"

#define KEEP_MS 250
#define EVENTS_LIMIT_DEFAULT 1000u
#define EVENTS_LIMIT_MAX 10000u

static void answer_kept(const lee__kept_answer *kept, const char *type, lee_response *out)
{
    *out = (lee_response){.status = 200, .type = type, .cache = "no-store"};
    if (kept->message) {
        out->body = lee_message_hold(kept->message);
    } else {
        lee_routes_error(503, "unavailable", "the answer does not fit into memory", out);
    }
}

static void keep(lee_routes *routes, lee__kept_answer *kept, int64_t now_ms, uint64_t stamp)
{
    lee_message_release(kept->message);
    *kept = (lee__kept_answer){lee_message_of(&routes->buffer), now_ms, stamp};
    lee_buffer_free(&routes->buffer);
}

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
    lee_track_write(track, writer->now_us, writer->routes->options.stale_after_us,
                    LEE_TRACK_DETAILED, &writer->json);
}

static void readsb_put(void *context, const lee_track *track)
{
    track_writer *const writer = context;
    writer->messages += track->report_count;
    (void)lee_track_write_readsb(track, writer->now_us, &writer->json);
}

void lee__get_tracks(lee_routes *routes, const lee__call *call, lee_response *out)
{
    const int64_t now_ms = call->now_ms;
    if (!routes->tracks.message || now_ms - routes->tracks.made_ms >= KEEP_MS) {
        track_writer writer = {.routes = routes, .now_us = now_us(routes)};
        lee__answer_json(routes, &writer.json);
        lee_json_object(&writer.json);
        lee_json_put_int(&writer.json, "t_us", writer.now_us);
        lee_json_key(&writer.json, "tracks");
        lee_json_array(&writer.json);
        routes->handlers.each_track(routes->handlers.context, track_put, &writer);
        lee_json_array_end(&writer.json);
        lee_json_object_end(&writer.json);
        keep(routes, &routes->tracks, now_ms, 0);
    }
    answer_kept(&routes->tracks, lee__json_type, out);
}

void lee__get_track(lee_routes *routes, const lee__call *call, lee_response *out)
{
    const lee_serve_handlers *const handlers = &routes->handlers;
    const lee_track *track = NULL;
    lee_target target;
    if (handlers->find_track && lee_target_parse(call->name, strlen(call->name), &target)) {
        track = handlers->find_track(handlers->context, &target);
    }
    if (!track) {
        lee_routes_error(404, "not_found", "there is no such track", out);
        return;
    }
    lee_json json;
    lee__answer_json(routes, &json);
    lee_track_write(track, now_us(routes), routes->options.stale_after_us, LEE_TRACK_WHOLE, &json);
    lee__answer_buffer(routes, 200, lee__json_type, out);
}

void lee__get_aircraft(lee_routes *routes, const lee__call *call, lee_response *out)
{
    const int64_t now_ms = call->now_ms;
    if (!routes->aircraft.message || now_ms - routes->aircraft.made_ms >= KEEP_MS) {
        track_writer writer = {.routes = routes, .now_us = now_us(routes)};
        lee__answer_json(routes, &writer.json);
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
    answer_kept(&routes->aircraft, lee__json_type, out);
}

void lee__get_receiver(lee_routes *routes, const lee__call *call, lee_response *out)
{
    (void)call;
    lee_json json;
    lee__answer_json(routes, &json);
    lee_json_object(&json);
    lee_json_put_text(&json, "version", "leeward");
    lee_json_put_int(&json, "refresh", 1000);
    lee_json_put_int(&json, "history", 0);
    lee_json_object_end(&json);
    lee__answer_buffer(routes, 200, lee__json_type, out);
}

void lee__get_zones(lee_routes *routes, const lee__call *call, lee_response *out)
{
    const lee_request *const request = call->request;
    const int64_t now_ms = call->now_ms;
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

void lee__get_status(lee_routes *routes, const lee__call *call, lee_response *out)
{
    (void)call;
    lee_json json;
    lee__answer_json(routes, &json);
    routes->handlers.write_status(routes->handlers.context, &json);
    lee__answer_buffer(routes, 200, lee__json_type, out);
}

/* {"KEY": … } around one list. */
static void list_begin(lee_routes *routes, lee_json *json, const char *key)
{
    lee__answer_json(routes, json);
    lee_json_object(json);
    lee_json_key(json, key);
}

static void list_end(lee_routes *routes, lee_json *json, lee_response *out)
{
    lee_json_object_end(json);
    lee__answer_buffer(routes, 200, lee__json_type, out);
}

void lee__get_incidents(lee_routes *routes, const lee__call *call, lee_response *out)
{
    const lee_request *const request = call->request;
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

void lee__answer_incident(lee_routes *routes, uint64_t incident, bool full, lee_response *out)
{
    lee_json json;
    lee__answer_json(routes, &json);
    if (lee_picture_write_incident(routes->options.picture, incident, full, &json)) {
        lee__answer_buffer(routes, 200, lee__json_type, out);
    } else {
        lee_routes_error(404, "not_found", "there is no such incident", out);
    }
}

void lee__get_incident(lee_routes *routes, const lee__call *call, lee_response *out)
{
    lee__answer_incident(routes, call->incident, true, out);
}

/* The re-run goes on meanwhile; who asks comes again. */
void lee__get_why(lee_routes *routes, const lee__call *call, lee_response *out)
{
    const lee_error_info info = {.reason = "there is no such incident in the journal"};
    lee_error error = LEE_ERR_NOT_FOUND;
    lee_buffer_reset(&routes->buffer);
    if (routes->handlers.explain) {
        error = routes->handlers.explain(routes->handlers.context, call->incident, &routes->buffer);
    }
    if (error == LEE_OK || error == LEE_ERR_STATE) {
        lee__answer_buffer(routes, error == LEE_OK ? 200 : 202, lee__json_type, out);
    } else {
        lee__answer_error(error, &info, out);
    }
}

void lee__get_events(lee_routes *routes, const lee__call *call, lee_response *out)
{
    const lee_request *const request = call->request;
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

void lee__get_warnings(lee_routes *routes, const lee__call *call, lee_response *out)
{
    (void)call;
    lee_json json;
    list_begin(routes, &json, "warnings");
    lee_picture_write_warnings(routes->options.picture, NULL, &json);
    list_end(routes, &json, out);
}

void lee__get_sightings(lee_routes *routes, const lee__call *call, lee_response *out)
{
    const lee_request *const request = call->request;
    const lee_role role = lee__role(routes, request);
    lee_json json;
    list_begin(routes, &json, "sightings");
    lee_picture_write_sightings(routes->options.picture, role == LEE_ROLE_CUSTODIAN, &json);
    list_end(routes, &json, out);
}

void lee__get_metrics(lee_routes *routes, const lee__call *call, lee_response *out)
{
    (void)call;
    lee_picture_counters counters;
    lee_picture_count(routes->options.picture, &counters);
    const lee_metric rows[] = {
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
    lee_metrics_write(rows, sizeof rows / sizeof rows[0], text);
    if (routes->options.write_connections) {
        routes->options.write_connections(routes->options.context, text);
    }
    if (routes->handlers.write_metrics) {
        routes->handlers.write_metrics(routes->handlers.context, text);
    }
    lee__answer_buffer(routes, 200, "text/plain; version=0.0.4; charset=utf-8", out);
}

void lee__get_health(lee_routes *routes, const lee__call *call, lee_response *out)
{
    (void)call;
    const bool healthy = routes->handlers.healthy(routes->handlers.context);
    lee_buffer_reset(&routes->buffer);
    lee_buffer_text(&routes->buffer, healthy ? "ok\n" : "the watch does not judge\n");
    if (healthy && routes->handlers.write_health) {
        routes->handlers.write_health(routes->handlers.context, &routes->buffer);
    }
    lee__answer_buffer(routes, healthy ? 200 : 503, "text/plain; charset=utf-8", out);
}

void lee__get_cap(lee_routes *routes, const lee__call *call, lee_response *out)
{
    const char *const name = call->name;
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
        lee__answer_error(error, &info, out);
        return;
    }
    lee__answer_buffer(routes, 200, name ? "application/cap+xml" : "application/atom+xml", out);
}
