#include "zone/qnh_file.h"

#include <assert.h>
#include <string.h>

#include "base/json.h"
#include "base/json_scan.h"
#include "base/time_text.h"

static bool read_id(const lee_json_value *value, lee_qnh *out)
{
    return lee_json_value_text(value, out->id, sizeof out->id) && out->id[0] != '\0' &&
           lee_text_is_printable(out->id, strlen(out->id));
}

static bool read_time(const lee_json_value *value, int64_t *out)
{
    char text[64];
    return lee_json_value_text(value, text, sizeof text) && lee_time_parse(text, strlen(text), out);
}

/* Reads one member. NULL, or what is wrong with it; *has notes which were there. */
static const char *read_member(const lee_json_value *key, const lee_json_value *value, lee_qnh *out,
                               unsigned *has)
{
    const struct {
        const char *key;
        int32_t *out;
        int decimals;
        int64_t min, max;
        const char *fault;
    } numbers[] = {
        {"lat", &out->point.lat_e7, 7, -LEE_LAT_MAX_E7, LEE_LAT_MAX_E7, "is not from -90 to 90"},
        {"lon", &out->point.lon_e7, 7, -LEE_LON_MAX_E7, LEE_LON_MAX_E7, "is not from -180 to 180"},
        {"radius_m", &out->radius_m, 0, 1, LEE_QNH_RADIUS_MAX_M, "is not from 1 to 1000000 m"},
        {"qnh_hpa", &out->qnh_hpa_e1, 1, LEE_QNH_MIN_HPA_E1, LEE_QNH_MAX_HPA_E1,
         "is not from 850 to 1100 hPa"},
        {"error_hpa", &out->error_hpa_e1, 1, 1, LEE_QNH_ERROR_MAX_HPA_E1,
         "is not from 0.1 to 40 hPa"},
    };
    for (unsigned i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        if (lee_json_value_is(key, numbers[i].key)) {
            int64_t number = 0;
            const bool good = lee_json_value_fixed(value, numbers[i].decimals, &number) &&
                              number >= numbers[i].min && number <= numbers[i].max;
            *numbers[i].out = good ? (int32_t)number : *numbers[i].out;
            *has |= 1u << i;
            return good ? NULL : numbers[i].fault;
        }
    }
    if (lee_json_value_is(key, "id")) {
        *has |= 1u << 5;
        return read_id(value, out) ? NULL : "is empty, longer than 47 bytes or not printable";
    }
    const bool is_from = lee_json_value_is(key, "from");
    if (is_from || lee_json_value_is(key, "to")) {
        *has |= is_from ? 1u << 6 : 1u << 7;
        return read_time(value, is_from ? &out->from_us : &out->to_us)
                   ? NULL
                   : "is not an instant with its offset";
    }
    return "is not a member of a QNH statement";
}

static lee_error refuse(lee_error_info *why, lee_error code, const char *field, const char *reason)
{
    why->code = code;
    why->field = field;
    why->reason = reason;
    return code;
}

/* The names of the members, which outlive the text. */
static const char *const names[] = {"lat",       "lon", "radius_m", "qnh_hpa",
                                    "error_hpa", "id",  "from",     "to"};
enum { NAME_COUNT = sizeof names / sizeof names[0], ERROR_HPA = 4 };

static const char *name_of(const lee_json_value *key)
{
    for (int i = 0; i < NAME_COUNT; i++) {
        if (lee_json_value_is(key, names[i])) {
            return names[i];
        }
    }
    return "qnh";
}

lee_error lee_qnh_read(const char *text, size_t length, lee_qnh *out, lee_error_info *why)
{
    assert(text && out && why);
    *why = (lee_error_info){.code = LEE_OK};
    lee_qnh qnh = {.error_hpa_e1 = 10};
    unsigned has = 1u << ERROR_HPA;
    lee_json_scan scan;
    lee_json_value key;
    lee_json_value value;
    lee_json_scan_init(&scan, text, length);
    if (lee_json_scan_object(&scan)) {
        while (lee_json_scan_member(&scan, &key, &value)) {
            const char *const fault = read_member(&key, &value, &qnh, &has);
            if (fault) {
                why->offset = (uint64_t)(value.text - text);
                return refuse(why, LEE_ERR_DOMAIN, name_of(&key), fault);
            }
        }
        if (scan.error == LEE_OK && lee_json_scan_done(&scan)) {
            for (int i = 0; i < NAME_COUNT; i++) {
                if ((has & 1u << i) == 0) {
                    return refuse(why, LEE_ERR_MISSING, names[i], "is needed");
                }
            }
            if (qnh.from_us >= qnh.to_us) {
                return refuse(why, LEE_ERR_DOMAIN, "to", "is not after from");
            }
            *out = qnh;
            return LEE_OK;
        }
    }
    why->offset = (uint64_t)(scan.at - text);
    return refuse(why, LEE_ERR_SYNTAX, "qnh", "is not a JSON object");
}

lee_error lee_qnh_file_read(const char *text, size_t length, lee_qnh_sink *sink, void *context,
                            lee_error_info *why)
{
    assert((text || length == 0) && sink && why);
    *why = (lee_error_info){.code = LEE_OK};
    uint32_t line = 1;
    for (size_t at = 0; at < length; line++) {
        const char *const start = text + at;
        const char *const newline = memchr(start, '\n', length - at);
        size_t bytes = newline ? (size_t)(newline - start) : length - at;
        at += bytes + (newline != NULL);
        bytes -= bytes > 0 && start[bytes - 1] == '\r';
        lee_qnh qnh;
        if (bytes == 0) {
            continue;
        }
        const lee_error error = lee_qnh_read(start, bytes, &qnh, why);
        if (error != LEE_OK) {
            why->line = line;
            return error;
        }
        sink(context, &qnh);
    }
    return LEE_OK;
}

void lee_qnh_write(const lee_qnh *qnh, lee_buffer *out)
{
    assert(qnh && out);
    lee_json json;
    char text[LEE_TIME_TEXT_BYTES];
    lee_json_begin(&json, out);
    lee_json_object(&json);
    lee_json_put_text(&json, "id", qnh->id);
    lee_json_put_fixed(&json, "lat", qnh->point.lat_e7, 7);
    lee_json_put_fixed(&json, "lon", qnh->point.lon_e7, 7);
    lee_json_put_int(&json, "radius_m", qnh->radius_m);
    (void)lee_time_format(qnh->from_us, text);
    lee_json_put_text(&json, "from", text);
    (void)lee_time_format(qnh->to_us, text);
    lee_json_put_text(&json, "to", text);
    lee_json_put_fixed(&json, "qnh_hpa", qnh->qnh_hpa_e1, 1);
    lee_json_put_fixed(&json, "error_hpa", qnh->error_hpa_e1, 1);
    lee_json_object_end(&json);
}
