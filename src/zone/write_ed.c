#include "zone/write.h"

#include <assert.h>
#include <string.h>

#include "base/time_text.h"
#include "zone/shape.h"

/* Identifiers have at most seven characters: longer ones become Z and the place in the list. */
static void write_identifier(const lee_zone *zone, uint32_t index, lee_json *json)
{
    if (strlen(zone->id) <= 7) {
        lee_json_put_text(json, "identifier", zone->id);
        return;
    }
    char text[8] = "Z000000";
    for (int i = 6; i > 0; i--) {
        text[i] = (char)('0' + index % 10);
        index /= 10;
    }
    lee_json_put_text(json, "identifier", text);
}

static const char *restriction(const lee_zone *zone, bool is_318)
{
    switch (zone->entry) {
    case LEE_ENTRY_DENY:
        return "PROHIBITED";
    case LEE_ENTRY_PERMIT:
        return is_318 ? "REQ_AUTHORIZATION" : "REQ_AUTHORISATION";
    case LEE_ENTRY_ALLOW:
        return "NO_RESTRICTION";
    default:
        assert(false);
        return NULL;
    }
}

/* Pressure altitude has no code here and is written as AMSL. */
static const char *reference(const lee_alt_limit *limit)
{
    if (limit->kind != LEE_LIMIT_VALUE || limit->alt.ref == LEE_ALT_AGL) {
        return "AGL";
    }
    return limit->alt.ref == LEE_ALT_HAE ? "WGS84" : "AMSL";
}

static void write_value(const char *key, const lee_alt_limit *limit, lee_json *json)
{
    lee_json_key(json, key);
    if (limit->kind == LEE_LIMIT_UNL) {
        lee_json_null(json);
    } else {
        lee_json_int(json, limit->kind == LEE_LIMIT_SFC ? 0 : limit->alt.ft);
    }
}

static void write_instant(const char *key, int64_t t_us, bool null_when_open, lee_json *json)
{
    char text[LEE_TIME_TEXT_BYTES];
    if (t_us != INT64_MIN && t_us != INT64_MAX) {
        lee_json_key(json, key);
        lee_json_text_n(json, text, lee_time_format(t_us, text));
    } else if (null_when_open) {
        lee_json_key(json, key);
        lee_json_null(json);
    }
}

/* A zone that is never active is written as one that ended long ago. */
static void write_periods(const lee_schedule *schedule, bool is_318, lee_json *json)
{
    static const lee_interval always = {INT64_MIN, INT64_MAX};
    static const lee_interval never = {0, 1000000};
    const lee_interval *items = schedule->intervals;
    uint32_t count = schedule->count;
    if (schedule->always || count == 0) {
        items = schedule->always ? &always : &never;
        count = 1;
    }
    if (is_318 && schedule->always) {
        return;
    }
    lee_json_key(json, is_318 ? "limitedApplicability" : "applicability");
    lee_json_array(json);
    for (uint32_t i = 0; i < count; i++) {
        lee_json_object(json);
        if (!is_318) {
            lee_json_put_text(json, "permanent", schedule->always ? "YES" : "NO");
        }
        write_instant("startDateTime", items[i].from_us, !is_318, json);
        write_instant("endDateTime", items[i].to_us, !is_318, json);
        lee_json_object_end(json);
    }
    lee_json_array_end(json);
}

static void write_localised(const char *text, lee_json *json)
{
    lee_json_array(json);
    lee_json_object(json);
    lee_json_put_text(json, "text", text);
    lee_json_put_text(json, "lang", "und");
    lee_json_object_end(json);
    lee_json_array_end(json);
}

static void write_common(const lee_zone *zone, uint32_t index, bool is_318, lee_json *json)
{
    write_identifier(zone, index, json);
    /* Zones of ours name no country; XXX is the code for none (ICAO Doc 9303-3). */
    lee_json_put_text(json, "country", "XXX");
    lee_json_key(json, "name");
    if (is_318) {
        write_localised(zone->id, json);
        lee_json_put_text(json, "type", restriction(zone, true));
        lee_json_put_text(json, "variant", "COMMON");
    } else {
        lee_json_text(json, zone->id);
        lee_json_put_text(json, "type", "COMMON");
        lee_json_put_text(json, "restriction", restriction(zone, false));
    }
    write_periods(&zone->schedule, is_318, json);
    lee_json_key(json, "zoneAuthority");
    lee_json_array(json);
    lee_json_object(json);
    lee_json_key(json, "name");
    if (is_318) {
        write_localised(zone->authority ? zone->authority : "", json);
    } else {
        lee_json_text(json, zone->authority ? zone->authority : "");
    }
    lee_json_put_text(json, "purpose", "INFORMATION");
    lee_json_object_end(json);
    lee_json_array_end(json);
}

/* The polygons of an area one by one: an outer ring and the holes that follow it. */
static lee_area polygon_from(const lee_area *area, uint32_t first)
{
    uint32_t end = first + 1;
    while (end < area->count && lee_ring_area2(&area->rings[end]) < 0) {
        end++;
    }
    return (lee_area){area->rings + first, end - first};
}

void lee_zone_write_ed269(const lee_zone_list *list, lee_buffer *out)
{
    assert(list && out);
    lee_json json;
    lee_json_begin(&json, out);
    lee_json_object(&json);
    lee_json_put_text(&json, "formatVersion", "1.0.0");
    lee_json_key(&json, "UASZoneList");
    lee_json_array(&json);
    for (uint32_t i = 0; i < list->count; i++) {
        if (list->zones[i].moving.radius_m > 0) {
            continue;
        }
        const lee_zone *zone = &list->zones[i];
        lee_json_object(&json);
        write_common(zone, i, false, &json);
        lee_json_key(&json, "geometry");
        lee_json_array(&json);
        for (uint32_t r = 0; r < zone->area.count;) {
            const lee_area polygon = polygon_from(&zone->area, r);
            lee_json_object(&json);
            lee_json_put_text(&json, "uomDimensions", "FT");
            write_value("lowerLimit", &zone->lower, &json);
            lee_json_put_text(&json, "lowerVerticalReference", reference(&zone->lower));
            write_value("upperLimit", &zone->upper, &json);
            lee_json_put_text(&json, "upperVerticalReference", reference(&zone->upper));
            lee_json_key(&json, "horizontalProjection");
            lee_zone_write_geometry(&polygon, &json);
            lee_json_object_end(&json);
            r += polygon.count;
        }
        lee_json_array_end(&json);
        lee_json_object_end(&json);
    }
    lee_json_array_end(&json);
    lee_json_object_end(&json);
    lee_buffer_char(out, '\n');
}

/* The geometry of lee_zone_write_geometry with the layer put in before its closing brace. */
static void write_layered(const lee_zone *zone, lee_json *json)
{
    lee_buffer text;
    lee_buffer_init(&text, (size_t)1 << 30);
    lee_json inner;
    lee_json_begin(&inner, &text);
    lee_zone_write_geometry(&zone->area, &inner);
    if (text.error != LEE_OK) {
        json->out->error = text.error;
        lee_buffer_free(&text);
        return;
    }
    assert(text.length > 0 && text.bytes[text.length - 1] == '}');
    text.length--;
    lee_buffer_text(&text, ",\"layer\":");
    lee_json_begin(&inner, &text);
    lee_json_object(&inner);
    if (zone->upper.kind != LEE_LIMIT_UNL) {
        write_value("upper", &zone->upper, &inner);
        lee_json_put_text(&inner, "upperReference", reference(&zone->upper));
    }
    write_value("lower", &zone->lower, &inner);
    lee_json_put_text(&inner, "lowerReference", reference(&zone->lower));
    lee_json_put_text(&inner, "uom", "ft");
    lee_json_object_end(&inner);
    lee_buffer_char(&text, '}');
    if (text.error != LEE_OK) {
        json->out->error = text.error;
    } else {
        lee_json_raw(json, (const char *)text.bytes, text.length);
    }
    lee_buffer_free(&text);
}

void lee_zone_write_ed318(const lee_zone_list *list, lee_buffer *out)
{
    assert(list && out);
    lee_json json;
    lee_json_begin(&json, out);
    lee_json_object(&json);
    lee_json_put_text(&json, "type", "FeatureCollection");
    lee_json_key(&json, "features");
    lee_json_array(&json);
    for (uint32_t i = 0; i < list->count; i++) {
        if (list->zones[i].moving.radius_m > 0) {
            continue;
        }
        lee_json_object(&json);
        lee_json_put_text(&json, "type", "Feature");
        lee_json_key(&json, "properties");
        lee_json_object(&json);
        write_common(&list->zones[i], i, true, &json);
        lee_json_object_end(&json);
        lee_json_key(&json, "geometry");
        write_layered(&list->zones[i], &json);
        lee_json_object_end(&json);
    }
    lee_json_array_end(&json);
    lee_json_object_end(&json);
    lee_buffer_char(out, '\n');
}
