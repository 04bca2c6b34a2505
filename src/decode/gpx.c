/* Points of GPX to reports. */
#include "decode/gpx.h"

#include <string.h>

#include "decode/decoder_internal.h"

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static lee_slice trim(const char *from, const char *to)
{
    while (from < to && is_space(*from)) {
        from++;
    }
    while (to > from && is_space(to[-1])) {
        to--;
    }
    return (lee_slice){from, (size_t)(to - from)};
}

bool lee__gpx_text(const char *point, size_t length, const char *name, lee_slice *out)
{
    const char *const end = point + length;
    const size_t name_length = strlen(name);
    for (const char *at = point; at < end; at++) {
        const char *const open = memchr(at, '<', (size_t)(end - at));
        const char *const close = open ? memchr(open, '>', (size_t)(end - open)) : NULL;
        if (close == NULL) {
            return false;
        }
        const char *local = open + 1;
        const char *const colon = memchr(local, ':', (size_t)(close - local));
        const char *const space = memchr(local, ' ', (size_t)(close - local));
        if (colon != NULL && (space == NULL || colon < space)) {
            local = colon + 1;
        }
        at = close;
        if ((size_t)(close - local) < name_length || memcmp(local, name, name_length) != 0 ||
            (local + name_length != close && !is_space(local[name_length])) || open[1] == '/') {
            continue;
        }
        const char *const stop = memchr(close, '<', (size_t)(end - close));
        if (stop == NULL) {
            return false;
        }
        *out = trim(close + 1, stop);
        return true;
    }
    return false;
}

/* The value of an attribute of the point's own tag, in either kind of quotes. */
static bool attribute(const lee_frame *frame, const char *name, lee_slice *out)
{
    const char *const text = (const char *)frame->bytes;
    const char *const close = memchr(text, '>', frame->length);
    const size_t name_length = strlen(name);
    for (const char *at = text; close != NULL && at + name_length + 1 < close; at++) {
        if (!is_space(at[0]) || memcmp(at + 1, name, name_length) != 0) {
            continue;
        }
        const char *value = at + 1 + name_length;
        while (value < close && (is_space(*value) || *value == '=')) {
            value++;
        }
        if (value >= close || (*value != '"' && *value != '\'')) {
            continue;
        }
        const char *const stop = memchr(value + 1, *value, (size_t)(close - value - 1));
        if (stop == NULL) {
            return false;
        }
        *out = trim(value + 1, stop);
        return true;
    }
    return false;
}

/* Elevation is above the geoid. With the geoid's height it is one above the ellipsoid; without, it
 * has no reference that a report knows, and is left out. Returns a wrong field or NULL. */
static const char *read_height(const lee_frame *frame, lee_report *out)
{
    const char *const text = (const char *)frame->bytes;
    lee_slice ele;
    lee_slice geoid;
    int64_t ele_mm;
    int64_t geoid_mm;
    if (!lee__gpx_text(text, frame->length, "ele", &ele) ||
        !lee__gpx_text(text, frame->length, "geoidheight", &geoid)) {
        return NULL;
    }
    if (!lee_slice_fixed(ele, 3, &ele_mm) || !lee_slice_fixed(geoid, 3, &geoid_mm) ||
        ele_mm < -2800000 || ele_mm > 60000000 || geoid_mm < -200000 || geoid_mm > 200000) {
        return "ele";
    }
    const int64_t product = (ele_mm + geoid_mm) * 10;
    out->alt_hae_ft = (int32_t)((product + (product < 0 ? -1524 : 1524)) / 3048);
    out->present |= LEE_REPORT_HAS_ALT_HAE;
    return NULL;
}

/* Speed in metres a second and course in degrees: members of GPX 1.0, extensions of 1.1. */
static const char *read_motion(const lee_frame *frame, lee_report *out)
{
    const char *const text = (const char *)frame->bytes;
    lee_slice slice;
    int64_t value;
    if (lee__gpx_text(text, frame->length, "speed", &slice)) {
        if (!lee_slice_scaled(slice, 3, 3600, 1852, &value) || value < 0 || value > 10000000) {
            return "speed";
        }
        out->speed_ground_kt_e3 = (int32_t)value;
        out->present |= LEE_REPORT_HAS_SPEED_GROUND;
    }
    if (lee__gpx_text(text, frame->length, "course", &slice)) {
        if (!lee_slice_fixed(slice, 3, &value) || value < 0 || value > 360000) {
            return "course";
        }
        out->track_deg_e3 = (int32_t)(value % 360000);
        out->present |= LEE_REPORT_HAS_TRACK;
    }
    return NULL;
}

lee_decode_result lee__decode_gpx(const lee_frame *frame, lee_report *out, lee_error_info *why)
{
    lee_slice lat;
    lee_slice lon;
    if (!attribute(frame, "lat", &lat) || !attribute(frame, "lon", &lon)) {
        return lee__decode_refused(why, LEE_ERR_MISSING, "lat, lon", "a point without a place");
    }
    int64_t lat_e7;
    int64_t lon_e7;
    if (!lee_slice_fixed(lat, 7, &lat_e7) || lat_e7 < -LEE_LAT_MAX_E7 || lat_e7 > LEE_LAT_MAX_E7) {
        return lee__decode_refused(why, LEE_ERR_DOMAIN, "lat", "not a latitude");
    }
    if (!lee_slice_fixed(lon, 7, &lon_e7) || lon_e7 < -LEE_LON_MAX_E7 || lon_e7 > LEE_LON_MAX_E7) {
        return lee__decode_refused(why, LEE_ERR_DOMAIN, "lon", "not a longitude");
    }
    out->lat_e7 = (int32_t)lat_e7;
    out->lon_e7 = (int32_t)lon_e7;
    out->present |= LEE_REPORT_HAS_POSITION;
    const char *bad = read_height(frame, out);
    if (bad == NULL) {
        bad = read_motion(frame, out);
    }
    if (bad != NULL) {
        return lee__decode_refused(why, LEE_ERR_DOMAIN, bad, "not a value of this field");
    }
    out->source = LEE_SOURCE_GNSS;
    lee__decode_own_target(frame, "gpx", out);
    return LEE_DECODED_REPORT;
}
