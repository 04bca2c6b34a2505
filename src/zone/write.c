#include "zone/write.h"

#include <assert.h>
#include <string.h>

#include "base/time_text.h"
#include "zone/names.h"

static void write_point(const lee_point *point, lee_json *json)
{
    lee_json_array(json);
    lee_json_fixed(json, point->lon_e7, 7);
    lee_json_fixed(json, point->lat_e7, 7);
    lee_json_array_end(json);
}

static void write_ring(const lee_ring *ring, lee_json *json)
{
    lee_json_array(json);
    for (uint32_t i = 0; i < ring->count; i++) {
        write_point(&ring->points[i], json);
    }
    write_point(&ring->points[0], json);
    lee_json_array_end(json);
}

/* Counter-clockwise: an outer ring, which begins a polygon; its holes follow it. */
static bool is_outer(const lee_ring *ring)
{
    double sum = 0;
    const lee_point o = ring->points[0];
    for (uint32_t i = 0; i < ring->count; i++) {
        const lee_point a = ring->points[i];
        const lee_point b = ring->points[(i + 1) % ring->count];
        sum += ((double)a.lon_e7 - o.lon_e7) * ((double)b.lat_e7 - o.lat_e7) -
               ((double)b.lon_e7 - o.lon_e7) * ((double)a.lat_e7 - o.lat_e7);
    }
    return sum > 0;
}

void lee_zone_write_geometry(const lee_area *area, lee_json *json)
{
    assert(area && json);
    assert(area->count > 0);

    uint32_t polygons = 0;
    for (uint32_t i = 0; i < area->count; i++) {
        polygons += i == 0 || is_outer(&area->rings[i]);
    }
    lee_json_object(json);
    lee_json_put_text(json, "type", polygons > 1 ? "MultiPolygon" : "Polygon");
    lee_json_key(json, "coordinates");
    if (polygons > 1) {
        lee_json_array(json);
    }
    for (uint32_t i = 0; i < area->count; i++) {
        if (i == 0 || is_outer(&area->rings[i])) {
            if (i > 0) {
                lee_json_array_end(json);
            }
            lee_json_array(json);
        }
        write_ring(&area->rings[i], json);
    }
    lee_json_array_end(json);
    if (polygons > 1) {
        lee_json_array_end(json);
    }
    lee_json_object_end(json);
}

static void write_limit(const char *key, const lee_alt_limit *limit, lee_json *json)
{
    lee_json_key(json, key);
    if (limit->kind != LEE_LIMIT_VALUE) {
        lee_json_text(json, limit->kind == LEE_LIMIT_SFC ? "SFC" : "UNL");
        return;
    }
    lee_json_object(json);
    lee_json_put_int(json, "value", limit->alt.ft);
    lee_json_put_text(json, "unit", "ft");
    lee_json_put_text(json, "ref", lee_zone_ref_name(limit->alt.ref));
    lee_json_object_end(json);
}

static void write_time(const char *key, int64_t t_us, lee_json *json)
{
    if (t_us == INT64_MIN || t_us == INT64_MAX) {
        return;
    }
    char text[LEE_TIME_TEXT_BYTES];
    const size_t length = lee_time_format(t_us, text);
    lee_json_key(json, key);
    lee_json_text_n(json, text, length);
}

static void write_schedule(const lee_schedule *schedule, lee_json *json)
{
    if (schedule->always) {
        return;
    }
    lee_json_key(json, "active");
    lee_json_array(json);
    for (uint32_t i = 0; i < schedule->count; i++) {
        lee_json_object(json);
        write_time("from", schedule->intervals[i].from_us, json);
        write_time("to", schedule->intervals[i].to_us, json);
        lee_json_object_end(json);
    }
    lee_json_array_end(json);
}

static void write_watch(const lee_zone_watch *watch, lee_json *json)
{
    lee_json_key(json, "watch");
    lee_json_object(json);
    lee_json_put_int(json, "look_ahead_s", watch->look_ahead_s);
    lee_json_put_int(json, "warning_time_s", watch->warning_time_s);
    lee_json_put_int(json, "lateral_margin_m", watch->lateral_margin_m);
    lee_json_put_int(json, "vertical_margin_ft", watch->vertical_margin_ft);
    lee_json_put_int(json, "confirm", watch->confirm);
    lee_json_put_int(json, "hold", watch->hold);
    lee_json_put_int(json, "lost_after_s", watch->lost_after_s);
    lee_json_put_int(json, "alert_chance_pct", watch->alert_chance_pct);
    lee_json_put_int(json, "map_error_m", watch->map_error_m);
    lee_json_object_end(json);
}

void lee_zone_write_properties(const lee_zone *zone, lee_json *json)
{
    assert(zone && json);
    lee_json_object(json);
    lee_json_put_text(json, "kind", lee_zone_kind_name(zone->kind));
    if (zone->name) {
        lee_json_key(json, "name");
        lee_json_raw(json, zone->name, strlen(zone->name));
    }
    write_limit("lower", &zone->lower, json);
    write_limit("upper", &zone->upper, json);
    write_schedule(&zone->schedule, json);
    lee_json_put_text(json, "entry", lee_zone_entry_name(zone->entry));
    write_watch(&zone->watch, json);
    if (zone->authority) {
        lee_json_put_text(json, "authority", zone->authority);
    }
    if (zone->mandate) {
        lee_json_put_text(json, "mandate", zone->mandate);
    }
    if (zone->protects) {
        lee_json_put_text(json, "protects", zone->protects);
    }
    lee_json_object_end(json);
}

void lee_zone_write_feature(const lee_zone *zone, lee_buffer *out)
{
    assert(zone && out);
    lee_json json;
    lee_json_begin(&json, out);
    lee_json_object(&json);
    lee_json_put_text(&json, "type", "Feature");
    lee_json_put_text(&json, "id", zone->id);
    lee_json_key(&json, "properties");
    lee_zone_write_properties(zone, &json);
    lee_json_key(&json, "geometry");
    lee_zone_write_geometry(&zone->area, &json);
    lee_json_object_end(&json);
}

void lee_zone_write_geojson(const lee_zone_list *list, lee_buffer *out)
{
    assert(list && out);
    lee_buffer_text(out, "{\"type\":\"FeatureCollection\",\"features\":[");
    for (uint32_t i = 0; i < list->count; i++) {
        lee_buffer_text(out, i == 0 ? "\n" : ",\n");
        lee_zone_write_feature(&list->zones[i], out);
    }
    lee_buffer_text(out, "\n]}\n");
}
