#include "serve/routes_private.h"

#include <stdio.h>
#include <string.h>

#include "serve/field.h"

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

void lee__post_demo(lee_routes *routes, const lee__call *call, lee_response *out)
{
    const lee_request *const request = call->request;
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
        lee__answer_error(error, &info, out);
        return;
    }
    lee__get_status(routes, call, out);
}

/* What was made, by its name, or why it was not. */
static void answer_made(lee_routes *routes, lee_error error, const lee_error_info *info,
                        const char *key, const char *name, lee_response *out)
{
    if (error != LEE_OK) {
        lee__answer_error(error, info, out);
        return;
    }
    lee_json json;
    lee__answer_json(routes, &json);
    lee_json_object(&json);
    lee_json_put_text(&json, key, name);
    lee_json_object_end(&json);
    lee__answer_buffer(routes, 201, lee__json_type, out);
}

void lee__post_sighting(lee_routes *routes, const lee__call *call, lee_response *out)
{
    const lee_request *const request = call->request;
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
    answer_made(routes, error, &info, "id", id, out);
}

void lee__post_position(lee_routes *routes, const lee__call *call, lee_response *out)
{
    const lee_request *const request = call->request;
    const char *unit = "";
    lee_error_info info = {.reason = NULL};
    (void)lee_access_role(routes->options.access, request->authorization, &unit);
    lee_error error = LEE_ERR_NOT_FOUND;
    if (routes->handlers.position) {
        error = routes->handlers.position(routes->handlers.context, request->body,
                                          request->body_length, unit, &info);
    }
    answer_made(routes, error, &info, "unit", unit, out);
}
