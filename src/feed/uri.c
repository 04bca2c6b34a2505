#include "feed/uri.h"

#include <assert.h>
#include <mosquitto.h>
#include <stdio.h>
#include <string.h>

#include "base/time_text.h"
#include "io/socket.h"

static_assert(LEE_FEED_HOST_BYTES == LEE_HOST_BYTES, "a host fits");

static lee_error refuse(lee_error_info *error, lee_error code, size_t offset, const char *field,
                        const char *reason)
{
    *error = (lee_error_info){.code = code, .offset = offset, .field = field, .reason = reason};
    return code;
}

static bool starts_with(const char *text, size_t length, const char *prefix)
{
    const size_t prefix_length = strlen(prefix);
    return length >= prefix_length && memcmp(text, prefix, prefix_length) == 0;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Copies with %XX resolved, or as it is. NULL, or what is wrong. */
static const char *text_take(const char *text, size_t length, bool escapes, char *out,
                             size_t capacity)
{
    size_t done = 0;
    for (size_t i = 0; i < length; i++) {
        char c = text[i];
        if (escapes && c == '%') {
            const int high = i + 2 < length ? hex_digit(text[i + 1]) : -1;
            const int low = i + 2 < length ? hex_digit(text[i + 2]) : -1;
            if (high < 0 || low < 0) {
                return "a percent sign needs two hexadecimal digits";
            }
            c = (char)(high * 16 + low);
            i += 2;
        }
        if ((unsigned char)c < 0x20 || c == 0x7f) {
            return "control characters are not allowed";
        }
        if (done + 1 >= capacity) {
            return "this is too long";
        }
        out[done++] = c;
    }
    out[done] = '\0';
    return NULL;
}

/* --- the part after the question mark -------------------------------------------------------- */

typedef const char *setting(lee_feed_uri *uri, const char *value);

static const char *set_format(lee_feed_uri *uri, const char *value)
{
    uri->has_format = lee_format_parse(value, &uri->format);
    return uri->has_format ? NULL : "this format is not known";
}

static const char *set_name(lee_feed_uri *uri, const char *value)
{
    if (value[0] == '\0' || strlen(value) >= sizeof uri->name) {
        return "a name has 1 to 63 bytes";
    }
    memcpy(uri->name, value, strlen(value) + 1);
    return NULL;
}

static const char *set_t0(lee_feed_uri *uri, const char *value)
{
    uri->has_t0 = lee_time_parse(value, strlen(value), &uri->t0_us);
    return uri->has_t0 ? NULL : "this is not an instant such as 2024-06-06T08:58:01Z";
}

static const char *set_gz(lee_feed_uri *uri, const char *value)
{
    uri->unpack = strcmp(value, "0") != 0;
    return strcmp(value, "0") == 0 || strcmp(value, "1") == 0 ? NULL : "gz is 0 or 1";
}

static const char *set_clock(lee_feed_uri *uri, const char *value)
{
    uri->clock_gps = strcmp(value, "gps") == 0;
    return uri->clock_gps || strcmp(value, "12mhz") == 0 ? NULL : "clock is gps or 12mhz";
}

static const char *set_silent(lee_feed_uri *uri, const char *value)
{
    int32_t seconds = 0;
    const size_t length = strlen(value);
    for (size_t i = 0; i < length; i++) {
        if (value[i] < '0' || value[i] > '9' || i >= 5) {
            return "silent_s is a number of seconds up to 99999";
        }
        seconds = seconds * 10 + (value[i] - '0');
    }
    uri->silent_s = seconds;
    return length > 0 ? NULL : "silent_s is a number of seconds up to 99999";
}

/* A decimal number of degrees, x 10^7; *end is where it stops. */
static bool degrees_parse(const char *text, const char **end, int64_t *out)
{
    const bool is_negative = *text == '-';
    int64_t number = 0;
    int decimals = -1;
    const char *at = text + is_negative;
    const char *const first = at;
    for (; (*at >= '0' && *at <= '9') || (*at == '.' && decimals < 0); at++) {
        if (*at == '.') {
            decimals = 0;
        } else if (decimals < 7) {
            number = number * 10 + (*at - '0');
            decimals += decimals >= 0;
        }
        if (number > INT64_C(100000000000)) {
            return false;
        }
    }
    for (decimals = decimals < 0 ? 0 : decimals; decimals < 7; decimals++) {
        number *= 10;
    }
    *end = at;
    *out = is_negative ? -number : number;
    return at > first;
}

static const char *set_site(lee_feed_uri *uri, const char *value)
{
    static const char wrong[] = "site is latitude,longitude in degrees";
    int64_t lat_e7;
    int64_t lon_e7;
    const char *at = value;
    if (!degrees_parse(at, &at, &lat_e7) || *at != ',' || !degrees_parse(at + 1, &at, &lon_e7) ||
        *at != '\0' || lat_e7 < -LEE_LAT_MAX_E7 || lat_e7 > LEE_LAT_MAX_E7 ||
        lon_e7 < -LEE_LON_MAX_E7 || lon_e7 > LEE_LON_MAX_E7) {
        return wrong;
    }
    uri->has_site = true;
    uri->site = (lee_point){(int32_t)lat_e7, (int32_t)lon_e7};
    return NULL;
}

static const char *set_height(lee_feed_uri *uri, const char *value)
{
    int64_t height_e7;
    const char *end = value;
    if (!degrees_parse(value, &end, &height_e7) || *end != '\0' ||
        height_e7 < INT64_C(-500) * 10000000 || height_e7 > INT64_C(9000) * 10000000) {
        return "height_m is metres from -500 to 9000";
    }
    uri->height_m = (int32_t)(height_e7 / 10000000);
    return NULL;
}

static const char *set_rate(lee_feed_uri *uri, const char *value)
{
    uri->sample_rate_hz = strcmp(value, "2000000") == 0 ? 2000000 : 2400000;
    return strcmp(value, "2400000") == 0 || strcmp(value, "2000000") == 0
               ? NULL
               : "rate_hz is 2400000 or 2000000";
}

static const char *set_gain(lee_feed_uri *uri, const char *value)
{
    int64_t gain_e7;
    const char *end = value;
    if (strcmp(value, "auto") == 0) {
        uri->gain_db_e1 = LEE_FEED_GAIN_AUTO;
        return NULL;
    }
    if (!degrees_parse(value, &end, &gain_e7) || *end != '\0' || gain_e7 < 10000000 ||
        gain_e7 > INT64_C(60) * 10000000) {
        return "gain_db is auto or decibels from 1 to 60";
    }
    uri->gain_db_e1 = (int32_t)(gain_e7 / 1000000);
    return NULL;
}

static const char *set_ppm(lee_feed_uri *uri, const char *value)
{
    int64_t ppm_e7;
    const char *end = value;
    if (!degrees_parse(value, &end, &ppm_e7) || *end != '\0' || ppm_e7 < INT64_C(-500) * 10000000 ||
        ppm_e7 > INT64_C(500) * 10000000 || ppm_e7 % 10000000 != 0) {
        return "ppm is a whole number from -500 to 500";
    }
    uri->ppm = (int32_t)(ppm_e7 / 10000000);
    return NULL;
}

/* Copies a value that is not empty and fits. */
static const char *text_set(const char *value, char *out, size_t capacity)
{
    const size_t length = strlen(value);
    if (length == 0 || length >= capacity) {
        return "this is empty or too long";
    }
    memcpy(out, value, length + 1);
    return NULL;
}

static const char *set_user(lee_feed_uri *uri, const char *value)
{
    return text_set(value, uri->user, sizeof uri->user);
}

static const char *set_password_file(lee_feed_uri *uri, const char *value)
{
    return text_set(value, uri->password_file, sizeof uri->password_file);
}

static const char *set_ca_file(lee_feed_uri *uri, const char *value)
{
    return text_set(value, uri->ca_file, sizeof uri->ca_file);
}

static const char *set_client(lee_feed_uri *uri, const char *value)
{
    return text_set(value, uri->client, sizeof uri->client);
}

static const char *set_qos(lee_feed_uri *uri, const char *value)
{
    uri->qos = value[0] - '0';
    return strlen(value) == 1 && uri->qos >= 0 && uri->qos <= 2 ? NULL : "qos is 0, 1 or 2";
}

static const struct {
    const char *key;
    setting *set;
} settings[] = {{"format", set_format},
                {"name", set_name},
                {"t0", set_t0},
                {"gz", set_gz},
                {"clock", set_clock},
                {"silent_s", set_silent},
                {"site", set_site},
                {"height_m", set_height},
                {"rate_hz", set_rate},
                {"gain_db", set_gain},
                {"ppm", set_ppm},
                {"user", set_user},
                {"password_file", set_password_file},
                {"ca_file", set_ca_file},
                {"client", set_client},
                {"qos", set_qos}};

static lee_error pair_parse(const char *text, size_t offset, size_t length, lee_feed_uri *uri,
                            lee_error_info *error)
{
    const char *const pair = text + offset;
    const char *const equals = memchr(pair, '=', length);
    const size_t key_length = equals ? (size_t)(equals - pair) : length;
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        if (strlen(settings[i].key) != key_length ||
            memcmp(settings[i].key, pair, key_length) != 0) {
            continue;
        }
        char value[256];
        const char *reason =
            equals ? text_take(equals + 1, length - key_length - 1, true, value, sizeof value)
                   : "a value is missing";
        if (!reason) {
            reason = settings[i].set(uri, value);
        }
        return reason ? refuse(error, LEE_ERR_DOMAIN, offset, settings[i].key, reason) : LEE_OK;
    }
    return refuse(
        error, LEE_ERR_SYNTAX, offset, NULL,
        "after ? come format, name, t0, gz, clock, silent_s, site, height_m, rate_hz; of rtl "
        "gain_db and ppm; of mqtt user, password_file, ca_file, qos and client");
}

static lee_error query_parse(const char *text, size_t offset, size_t length, lee_feed_uri *uri,
                             lee_error_info *error)
{
    while (offset < length) {
        const char *const end = memchr(text + offset, '&', length - offset);
        const size_t pair_length = end ? (size_t)(end - text) - offset : length - offset;
        const lee_error result = pair_parse(text, offset, pair_length, uri, error);
        if (result != LEE_OK) {
            return result;
        }
        offset += pair_length + 1;
    }
    return LEE_OK;
}

/* --- the part before it ---------------------------------------------------------------------- */

static lee_error network_parse(const char *text, size_t length, lee_feed_uri *uri,
                               lee_error_info *error)
{
    const size_t scheme = strlen("tcp://");
    const char *reason = NULL;
    if (length > scheme && text[length - 1] == '/') {
        length--;
    }
    if (!lee_host_port_parse(text + scheme, length - scheme, uri->kind == LEE_FEED_UDP, false,
                             uri->host, &uri->port, &reason)) {
        return refuse(error, LEE_ERR_SYNTAX, scheme, "host", reason);
    }
    lee_address address;
    if (uri->kind == LEE_FEED_UDP && uri->host[0] != '\0' &&
        !lee_address_parse(uri->host, uri->port, &address)) {
        return refuse(error, LEE_ERR_SYNTAX, scheme, "group",
                      "a group is a numeric address, such as 239.1.2.3");
    }
    return LEE_OK;
}

/* HOST[:PORT]/TOPIC */
static lee_error mqtt_parse(const char *text, size_t length, size_t scheme, lee_feed_uri *uri,
                            lee_error_info *error)
{
    const char *const slash = memchr(text + scheme, '/', length - scheme);
    const size_t host_length = (slash ? (size_t)(slash - text) : length) - scheme;
    const char *const bracket = memchr(text + scheme, ']', host_length);
    const char *const from = bracket ? bracket : text + scheme;
    const bool has_port = memchr(from, ':', host_length - (size_t)(from - (text + scheme))) != NULL;
    char host[LEE_FEED_HOST_BYTES + 8];
    const char *reason = NULL;
    if (host_length >= LEE_FEED_HOST_BYTES) {
        return refuse(error, LEE_ERR_SYNTAX, scheme, "host", "this is too long");
    }
    const int host_bytes = snprintf(host, sizeof host, "%.*s%s", (int)host_length, text + scheme,
                                    has_port   ? ""
                                    : uri->tls ? ":8883"
                                               : ":1883");
    if (!lee_host_port_parse(host, (size_t)host_bytes, false, false, uri->host, &uri->port,
                             &reason)) {
        return refuse(error, LEE_ERR_SYNTAX, scheme, "host", reason);
    }
    const size_t topic = scheme + host_length + 1;
    reason = topic < length
                 ? text_take(text + topic, length - topic, true, uri->topic, sizeof uri->topic)
                 : "a topic is missing";
    const size_t topic_bytes = reason ? 0 : strlen(uri->topic);
    if (!reason && (mosquitto_validate_utf8(uri->topic, (int)topic_bytes) != MOSQ_ERR_SUCCESS ||
                    mosquitto_sub_topic_check(uri->topic) != MOSQ_ERR_SUCCESS)) {
        reason = "this is not a topic that can be subscribed to";
    }
    return reason ? refuse(error, LEE_ERR_SYNTAX, topic < length ? topic : length, "topic", reason)
                  : LEE_OK;
}

static lee_error path_parse(const char *text, size_t offset, size_t length, lee_feed_uri *uri,
                            lee_error_info *error)
{
    const char *const reason =
        text_take(text + offset, length - offset, offset > 0, uri->path, sizeof uri->path);
    if (reason) {
        return refuse(error, LEE_ERR_SYNTAX, offset, "path", reason);
    }
    if (uri->path[0] == '\0') {
        return refuse(error, LEE_ERR_SYNTAX, offset, "path", "a path is missing");
    }
    return LEE_OK;
}

/* A serial number is handed to another program: nothing in it may look like an option. */
static lee_error radio_parse(const char *text, size_t length, lee_feed_uri *uri,
                             lee_error_info *error)
{
    const size_t scheme = strlen("rtl://");
    if (length > scheme && text[length - 1] == '/') {
        length--;
    }
    const char *const reason =
        text_take(text + scheme, length - scheme, true, uri->host, sizeof uri->host);
    if (reason) {
        return refuse(error, LEE_ERR_SYNTAX, scheme, "serial", reason);
    }
    if (uri->host[0] == '-') {
        return refuse(error, LEE_ERR_SYNTAX, scheme, "serial",
                      "a serial number does not begin with a minus sign");
    }
    return LEE_OK;
}

static lee_error source_parse(const char *text, size_t length, lee_feed_uri *uri,
                              lee_error_info *error)
{
    if (length == 1 && text[0] == '-') {
        uri->kind = LEE_FEED_STDIN;
        return LEE_OK;
    }
    if (starts_with(text, length, "tcp://")) {
        uri->kind = LEE_FEED_TCP;
        return network_parse(text, length, uri, error);
    }
    if (starts_with(text, length, "udp://")) {
        uri->kind = LEE_FEED_UDP;
        return network_parse(text, length, uri, error);
    }
    if (starts_with(text, length, "rtl://")) {
        uri->kind = LEE_FEED_RTL;
        uri->silent_s = LEE_FEED_SILENT_RADIO_S;
        uri->has_format = true;
        uri->format = LEE_FORMAT_IQ;
        return radio_parse(text, length, uri, error);
    }
    uri->tls = starts_with(text, length, "mqtts://");
    if (uri->tls || starts_with(text, length, "mqtt://")) {
        uri->kind = LEE_FEED_MQTT;
        return mqtt_parse(text, length, strlen(uri->tls ? "mqtts://" : "mqtt://"), uri, error);
    }
    uri->kind = LEE_FEED_FILE;
    if (starts_with(text, length, "file://")) {
        /* The form with an empty host, as browsers write it. */
        return path_parse(text, strlen("file://"), length, uri, error);
    }
    if (starts_with(text, length, "file:")) {
        return path_parse(text, strlen("file:"), length, uri, error);
    }
    for (size_t i = 0; i + 2 < length; i++) {
        if (memcmp(text + i, "://", 3) == 0) {
            return refuse(error, LEE_ERR_UNSUPPORTED, 0, "scheme",
                          "a feed is file:PATH, -, tcp://HOST:PORT, udp://[GROUP:]PORT, "
                          "mqtt://HOST[:PORT]/TOPIC or rtl://");
        }
    }
    return path_parse(text, 0, length, uri, error);
}

/* A name for people: the file's name without its folders, or host and port. */
static void name_make(lee_feed_uri *uri)
{
    char text[LEE_FEED_PATH_BYTES + 16] = "stdin";
    const bool has_topic = uri->kind == LEE_FEED_MQTT;
    if (uri->kind == LEE_FEED_FILE) {
        const char *const slash = strrchr(uri->path, '/');
        (void)snprintf(text, sizeof text, "%s", slash && slash[1] != '\0' ? slash + 1 : uri->path);
    } else if (uri->kind == LEE_FEED_RTL) {
        (void)snprintf(text, sizeof text, "radio%s%s", uri->host[0] ? " " : "", uri->host);
    } else if (uri->kind != LEE_FEED_STDIN) {
        const char *const bracket = strchr(uri->host, ':') ? "[" : "";
        (void)snprintf(text, sizeof text, "%s%s%s%s:%u%s%s",
                       uri->kind == LEE_FEED_UDP ? "udp " : "", bracket, uri->host,
                       bracket[0] ? "]" : "", (unsigned)uri->port, has_topic ? "/" : "",
                       has_topic ? uri->topic : "");
    }
    /* Cut at the front of a UTF-8 character, which has at most four bytes; what is not UTF-8 has no
     * better place to be cut. */
    size_t length = strlen(text);
    if (length >= sizeof uri->name) {
        length = sizeof uri->name - 1;
        const size_t least = length - 3;
        while (length > least && ((unsigned char)text[length] & 0xC0) == 0x80) {
            length--;
        }
    }
    memcpy(uri->name, text, length);
    uri->name[length] = '\0';
}

bool lee_feed_uri_is_live(const lee_feed_uri *uri)
{
    return uri->kind != LEE_FEED_FILE && uri->kind != LEE_FEED_STDIN;
}

/* The rate of samples by the name of their file, as other programs write it: in kilohertz
 * ("g001_1090M_2000k.cu8"), hertz or megahertz. */
static uint32_t rate_by_name(const lee_feed_uri *uri)
{
    static const char *const slow[] = {"2000k", "2000000", "2.0M", "2M"};
    const char *const slash = strrchr(uri->path, '/');
    const char *const file = slash ? slash + 1 : uri->path;
    for (size_t i = 0; i < sizeof slow / sizeof slow[0]; i++) {
        const char *const at = strstr(file, slow[i]);
        if (at && (at == file || !strchr("0123456789.", at[-1]))) {
            return 2000000;
        }
    }
    return 2400000;
}

lee_error lee_feed_uri_parse(const char *text, size_t length, lee_feed_uri *out,
                             lee_error_info *error)
{
    assert(text && out && error);

    if (length == 0) {
        return refuse(error, LEE_ERR_SYNTAX, 0, NULL, "a feed is missing");
    }
    if (length > LEE_FEED_PATH_BYTES + 1024) {
        return refuse(error, LEE_ERR_LIMIT, 0, NULL, "this is too long");
    }
    lee_feed_uri uri = {.unpack = true,
                        .silent_s = LEE_FEED_SILENT_DEFAULT_S,
                        .height_m = 30,
                        .gain_db_e1 = 496,
                        .qos = 1};
    const char *const question = memchr(text, '?', length);
    const size_t source_length = question ? (size_t)(question - text) : length;
    lee_error result = source_parse(text, source_length, &uri, error);
    if (result == LEE_OK && question) {
        result = query_parse(text, source_length + 1, length, &uri, error);
    }
    if (result == LEE_OK) {
        if (uri.name[0] == '\0') {
            name_make(&uri);
        }
        if (uri.sample_rate_hz == 0) {
            uri.sample_rate_hz = rate_by_name(&uri);
        }
        *out = uri;
    }
    return result;
}
