#include "zone/write.h"

#include <assert.h>
#include <string.h>

#include "zone/limit_json.h"
#include "zone/names.h"
#include "zone/watch_fields.h"

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

static void write_line(const lee_point *points, uint32_t count, lee_json *json)
{
    lee_json_array(json);
    for (uint32_t i = 0; i < count; i++) {
        write_point(&points[i], json);
    }
    lee_json_array_end(json);
}

static void write_route(const lee_zone_moving *moving, lee_json *json)
{
    lee_json_object(json);
    lee_json_put_text(json, "type", "LineString");
    lee_json_key(json, "coordinates");
    write_line(moving->route, moving->route_count, json);
    lee_json_object_end(json);
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
        lee_limit_write_time("from", schedule->intervals[i].from_us, json);
        lee_limit_write_time("to", schedule->intervals[i].to_us, json);
        lee_json_object_end(json);
    }
    lee_json_array_end(json);
}

static void write_watch(const lee_zone_watch *watch, lee_json *json)
{
    lee_json_key(json, "watch");
    lee_json_object(json);
#define WRITE(member, min, max) lee_json_put_int(json, #member, watch->member);
    LEE_ZONE_WATCH_FIELDS(WRITE)
#undef WRITE
#define WRITE(member, min, max)                                                                    \
    if (watch->member != 0) {                                                                      \
        lee_json_put_int(json, #member, watch->member);                                            \
    }
    LEE_ZONE_WATCH_FIELDS_LATER(WRITE)
#undef WRITE
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
    lee_limit_write("lower", &zone->lower, json);
    lee_limit_write("upper", &zone->upper, json);
    write_schedule(&zone->schedule, json);
    lee_json_put_text(json, "entry", lee_zone_entry_name(zone->entry));
    write_watch(&zone->watch, json);
    if (zone->moving.radius_m > 0) {
        lee_json_key(json, "moving");
        lee_json_object(json);
        lee_json_put_text(json, "around", zone->moving.around.text);
        if (zone->moving.route_count > 0) {
            lee_json_put_int(json, "ahead_m", zone->moving.ahead_m);
            lee_json_put_int(json, "behind_m", zone->moving.behind_m);
        } else {
            lee_json_put_int(json, "radius_m", zone->moving.radius_m);
        }
        lee_json_object_end(json);
    }
    if (zone->moving.route_count > 0) {
        lee_json_put_int(json, "half_width_m", zone->moving.radius_m);
    }
    if (zone->authority) {
        lee_json_put_text(json, "authority", zone->authority);
    }
    if (zone->mandate) {
        lee_json_put_text(json, "mandate", zone->mandate);
    }
    if (zone->protects) {
        lee_json_put_text(json, "protects", zone->protects);
    }
    if (zone->exempt_count > 0) {
        lee_json_key(json, "exempts");
        lee_json_array(json);
        for (uint32_t i = 0; i < zone->exempt_count; i++) {
            lee_json_text(json, zone->exempts[i]);
        }
        lee_json_array_end(json);
    }
    if (zone->axis_count > 0) {
        lee_json_key(json, "axis");
        write_line(zone->axis, zone->axis_count, json);
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
    if (zone->moving.route_count > 0) {
        write_route(&zone->moving, &json);
    } else if (zone->moving.radius_m > 0) {
        lee_json_raw(&json, "null", 4);
    } else {
        lee_zone_write_geometry(&zone->area, &json);
    }
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
