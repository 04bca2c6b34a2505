/* For mkstemp. */
#define _GNU_SOURCE
/* serve/routes.h and serve/picture.h: any request and any record give an answer that is valid JSON,
 * and nothing below a role does what needs the role. The first byte chooses what the rest is. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json_scan.h"
#include "serve/routes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int64_t now_us(void *context)
{
    (void)context;
    return 1700000000000000;
}

static void each_track(void *context, lee_track_sink *sink, void *sink_context)
{
    (void)context;
    (void)sink;
    (void)sink_context;
}

static void write_status(void *context, lee_json *json)
{
    (void)context;
    lee_json_object(json);
    lee_json_object_end(json);
}

static bool healthy(void *context)
{
    (void)context;
    return true;
}

static lee_error operate(void *context, const char *text, size_t length, lee_error_info *error)
{
    (void)context;
    (void)text;
    (void)length;
    (void)error;
    abort(); /* nobody has a token here */
}

static void random_bytes(void *context, void *bytes, size_t length)
{
    (void)context;
    memset(bytes, 7, length);
}

static void token_ignore(void *context, lee_role role, const char *token)
{
    (void)context;
    (void)role;
    (void)token;
}

static void assert_json(const uint8_t *bytes, size_t length)
{
    lee_json_scan scan;
    lee_json_value value;
    lee_json_scan_init(&scan, (const char *)bytes, length);
    assert(lee_json_scan_value(&scan, &value) && lee_json_scan_done(&scan));
}

static lee_access *access_made(void)
{
    lee_access *access = NULL;
    lee_error_info error;
    char path[] = "/tmp/leeward-fuzz-XXXXXX";
    const int fd = mkstemp(path);
    assert(fd >= 0);
    (void)close(fd);
    (void)unlink(path);
    const lee_access_options options = {path, random_bytes, token_ignore, NULL};
    const lee_error result = lee_access_open(&options, &access, &error);
    assert(result == LEE_OK);
    (void)result;
    (void)unlink(path);
    return access;
}

static void ask(lee_routes *routes, lee_method method, const char *text)
{
    /* Path, query and authorization in one text, parted by line ends. */
    char copy[1024];
    (void)strncpy(copy, text, sizeof copy - 1);
    copy[sizeof copy - 1] = '\0';
    char *const query = strchr(copy, '\n');
    char *const authorization = query ? strchr(query + 1, '\n') : NULL;
    if (query) {
        *query = '\0';
    }
    if (authorization) {
        *authorization = '\0';
    }
    const lee_request request = {.method = method,
                                 .path = copy,
                                 .query = query ? query + 1 : "",
                                 .authorization = authorization ? authorization + 1 : "",
                                 .if_none_match = "",
                                 .body = text,
                                 .body_length = strlen(text)};
    lee_response response;
    lee_routes_answer(routes, &request, 0, &response);
    assert(response.status >= 200 && response.status < 600);
    if (response.body && response.type && strstr(response.type, "json")) {
        assert_json(lee_message_bytes(response.body), lee_message_length(response.body));
    }
    lee_message_release(response.body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const lee_record_kind kinds[] = {LEE_RECORD_EVENT,    LEE_RECORD_OPERATOR,
                                            LEE_RECORD_ZONES,    LEE_RECORD_WARNING,
                                            LEE_RECORD_DELIVERY, LEE_RECORD_SIGHTING};
    if (size < 2) {
        return 0;
    }
    const lee_picture_options small = {4, 8, 4, 4, 4};
    lee_picture *picture = NULL;
    if (lee_picture_create(&small, &picture) != LEE_OK) {
        return 0;
    }
    lee_access *const access = access_made();
    const lee_serve_handlers handlers = {.now_us = now_us,
                                         .each_track = each_track,
                                         .write_status = write_status,
                                         .healthy = healthy,
                                         .operate = operate};
    const lee_routes_options options = {
        .handlers = &handlers, .picture = picture, .access = access};
    lee_routes *const routes = lee_routes_create(&options);
    const lee_record record = {0, kinds[data[0] % 6], data + 1, size - 1};
    const lee_error applied = lee_picture_apply(picture, &record);
    (void)applied;
    char *const text = calloc(1, size);
    memcpy(text, data + 1, size - 1);
    ask(routes, (lee_method)(data[0] % 4), text);
    ask(routes, LEE_METHOD_GET, "/api/v1/zones");
    ask(routes, LEE_METHOD_GET, "/api/v1/events");
    ask(routes, LEE_METHOD_GET, "/api/v1/incidents\nstate=all");
    ask(routes, LEE_METHOD_GET, "/api/v1/warnings");
    ask(routes, LEE_METHOD_GET, "/api/v1/sightings");
    free(text);
    lee_routes_free(routes);
    lee_picture_free(picture);
    lee_access_free(access);
    return 0;
}
