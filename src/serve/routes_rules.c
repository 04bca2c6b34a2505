/* What operators ask of the watch: acknowledge, inhibit, permit. */
#include "serve/routes_private.h"

#include <stdio.h>
#include <string.h>

#include "record/codec.h"
#include "record/operation.h"
#include "serve/field.h"
#include "serve/query.h"

#define OPERATION_MAX_BYTES (2u * LEE_BODY_MAX_BYTES)

static bool is_ours(const lee_json_value *key)
{
    return lee_json_value_is(key, "op") || lee_json_value_is(key, "t_us") ||
           lee_json_value_is(key, "incident") || key->escaped;
}

/* The members of the body as they are, beside those that the path and the clock say. An inhibition
 * without an id is named after its time. */
static void compose(const lee__call *call, lee_op op, int64_t t_us, lee_buffer *out)
{
    const char *const body = call->request->body;
    const size_t length = call->request->body_length;
    char name[17];
    lee_json json;
    lee_json_value key, value;
    lee_json_begin(&json, out);
    lee_json_object(&json);
    lee_json_put_text(&json, "op", lee_op_name(op));
    if (op == LEE_OP_ACKNOWLEDGE) {
        lee_incident_text(call->incident, name);
        lee_json_put_text(&json, "incident", name);
    } else if (op == LEE_OP_INHIBIT && !lee_field_find(body, length, "id", &value)) {
        lee_incident_text((uint64_t)t_us, name);
        lee_json_put_text(&json, "id", name);
    }
    lee_json_scan scan;
    lee_json_scan_init(&scan, body, length);
    if (lee_json_scan_object(&scan)) {
        while (lee_json_scan_member(&scan, &key, &value)) {
            if (is_ours(&key)) {
                continue;
            }
            const bool quoted = value.type == LEE_JSON_TEXT;
            char text[64];
            snprintf(text, sizeof text, "%.*s", (int)(key.length < 60 ? key.length : 60), key.text);
            lee_json_key(&json, text);
            lee_json_raw(&json, value.text - quoted, value.length + 2 * (size_t)quoted);
        }
    }
    lee_json_put_int(&json, "t_us", t_us);
    lee_json_object_end(&json);
}

/* Does what the body asks for as an OPERATOR record. False: *out says why not. */
static bool operate(lee_routes *routes, const lee__call *call, lee_op op, lee_response *out)
{
    const lee_request *const request = call->request;
    const lee_serve_handlers *const handlers = &routes->handlers;
    char by[64] = "";
    lee_error_info why = {.field = "by", .reason = "who does it is needed, up to 63 bytes"};
    if (!lee_field_is_object(request->body, request->body_length) ||
        !lee_field_text(request->body, request->body_length, "by", by, sizeof by) ||
        by[0] == '\0') {
        lee__answer_error(LEE_ERR_MISSING, &why, out);
        return false;
    }
    lee_buffer text;
    lee_buffer_init(&text, OPERATION_MAX_BYTES);
    compose(call, op, handlers->now_us(handlers->context), &text);
    lee_operation operation;
    lee_error error = text.error;
    why = (lee_error_info){.reason = NULL};
    if (error == LEE_OK) {
        error = lee_operation_read((const char *)text.bytes, text.length, &operation, &why);
    }
    if (error == LEE_OK) {
        error = handlers->operate ? handlers->operate(handlers->context, (const char *)text.bytes,
                                                      text.length, &why)
                                  : LEE_ERR_NOT_FOUND;
    }
    lee_buffer_free(&text);
    if (error != LEE_OK) {
        lee__answer_error(error, &why, out);
    }
    return error == LEE_OK;
}

void lee__post_acknowledge(lee_routes *routes, const lee__call *call, lee_response *out)
{
    lee_json probe;
    lee__answer_json(routes, &probe);
    if (!lee_picture_write_incident(routes->options.picture, call->incident, false, &probe)) {
        lee_routes_error(404, "not_found", "there is no such incident", out);
    } else if (operate(routes, call, LEE_OP_ACKNOWLEDGE, out)) {
        lee__answer_incident(routes, call->incident, false, out);
    }
}

static void answer_inhibitions(lee_routes *routes, unsigned status, lee_response *out)
{
    lee_json json;
    lee__answer_json(routes, &json);
    lee_json_object(&json);
    lee_json_key(&json, "inhibitions");
    lee_picture_write_inhibitions(routes->options.picture,
                                  routes->handlers.now_us(routes->handlers.context), &json);
    lee_json_object_end(&json);
    lee__answer_buffer(routes, status, lee__json_type, out);
}

void lee__get_inhibitions(lee_routes *routes, const lee__call *call, lee_response *out)
{
    (void)call;
    answer_inhibitions(routes, 200, out);
}

void lee__post_inhibition(lee_routes *routes, const lee__call *call, lee_response *out)
{
    if (operate(routes, call, LEE_OP_INHIBIT, out)) {
        answer_inhibitions(routes, 201, out);
    }
}

void lee__post_inhibition_end(lee_routes *routes, const lee__call *call, lee_response *out)
{
    if (operate(routes, call, LEE_OP_END_INHIBITION, out)) {
        answer_inhibitions(routes, 200, out);
    }
}

static void answer_written(lee_routes *routes, void (*write)(void *context, lee_buffer *out),
                           lee_response *out)
{
    if (!write) {
        lee_routes_error(404, "not_found", "there is nothing here", out);
        return;
    }
    lee_buffer_reset(&routes->buffer);
    write(routes->handlers.context, &routes->buffer);
    lee__answer_buffer(routes, 200, lee__json_type, out);
}

void lee__get_permits(lee_routes *routes, const lee__call *call, lee_response *out)
{
    (void)call;
    answer_written(routes, routes->handlers.write_permits, out);
}

/* One coordinate of the query; INT32_MIN: it is not one within `most_e7`. */
static int32_t coordinate(const char *query, const char *key, int32_t most_e7)
{
    char text[32];
    char array[40];
    lee_json_scan scan;
    lee_json_value value;
    int64_t e7 = 0;
    if (!lee_query_get(query, key, text, sizeof text)) {
        return INT32_MIN;
    }
    (void)snprintf(array, sizeof array, "[%s]", text);
    lee_json_scan_init(&scan, array, strlen(array));
    const bool is_one = lee_json_scan_array(&scan) && lee_json_scan_element(&scan, &value) &&
                        value.type == LEE_JSON_NUMBER && lee_json_value_fixed(&value, 7, &e7) &&
                        !lee_json_scan_element(&scan, &value) && scan.error == LEE_OK;
    return is_one && e7 >= -most_e7 && e7 <= most_e7 ? (int32_t)e7 : INT32_MIN;
}

static void answer_qnh(lee_routes *routes, const lee_point *at, lee_response *out)
{
    if (!routes->handlers.write_qnh) {
        lee_routes_error(404, "not_found", "there is nothing here", out);
        return;
    }
    lee_buffer_reset(&routes->buffer);
    routes->handlers.write_qnh(routes->handlers.context, at, &routes->buffer);
    lee__answer_buffer(routes, 200, lee__json_type, out);
}

void lee__get_qnh(lee_routes *routes, const lee__call *call, lee_response *out)
{
    const char *const query = call->request->query;
    const lee_point at = {coordinate(query, "lat", LEE_LAT_MAX_E7),
                          coordinate(query, "lon", LEE_LON_MAX_E7)};
    const bool asks = strstr(query, "lat=") || strstr(query, "lon=");
    if (asks && (at.lat_e7 == INT32_MIN || at.lon_e7 == INT32_MIN)) {
        lee_routes_error(400, "domain", "lat and lon are degrees", out);
        return;
    }
    answer_qnh(routes, asks ? &at : NULL, out);
}

void lee__post_qnh(lee_routes *routes, const lee__call *call, lee_response *out)
{
    if (operate(routes, call, LEE_OP_QNH, out)) {
        answer_qnh(routes, NULL, out);
    }
}

void lee__post_permit(lee_routes *routes, const lee__call *call, lee_response *out)
{
    if (operate(routes, call, LEE_OP_PERMIT, out)) {
        lee__get_permits(routes, call, out);
    }
}

void lee__post_permit_step(lee_routes *routes, const lee__call *call, lee_response *out)
{
    if (operate(routes, call, LEE_OP_PERMIT_STEP, out)) {
        lee__get_permits(routes, call, out);
    }
}
