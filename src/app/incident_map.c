#include "app/incident_map.h"

#include <assert.h>
#include <string.h>

const json_t *lee_map_feature(const json_t *zones, const char *id)
{
    const json_t *const features = json_object_get(zones, "features");
    for (size_t i = 0; i < json_array_size(features); i++) {
        const json_t *const feature = json_array_get(features, i);
        const char *const name = json_string_value(json_object_get(feature, "id"));
        if (name && strcmp(name, id) == 0) {
            return feature;
        }
    }
    return NULL;
}

void lee_map_rings(const json_t *feature, lee_map_ring_sink *sink, void *context)
{
    const json_t *const geometry = json_object_get(feature, "geometry");
    const json_t *const places = json_object_get(geometry, "coordinates");
    const char *const type = json_string_value(json_object_get(geometry, "type"));
    const bool many = type && strcmp(type, "MultiPolygon") == 0;
    if (!places || !type || (!many && strcmp(type, "Polygon") != 0)) {
        return;
    }
    const size_t polygons = many ? json_array_size(places) : 1;
    for (size_t i = 0; i < polygons; i++) {
        const json_t *const polygon = many ? json_array_get(places, i) : places;
        for (size_t k = 0; k < json_array_size(polygon); k++) {
            sink(context, json_array_get(polygon, k));
        }
    }
}

void lee_map_position(const json_t *points, size_t i, double *lon, double *lat)
{
    const json_t *const at = json_array_get(points, i);
    *lon = json_number_value(json_array_get(at, 0));
    *lat = json_number_value(json_array_get(at, 1));
}

static void grow(lee_map_box *box, double lon, double lat)
{
    box->west = box->is_empty || lon < box->west ? lon : box->west;
    box->east = box->is_empty || lon > box->east ? lon : box->east;
    box->south = box->is_empty || lat < box->south ? lat : box->south;
    box->north = box->is_empty || lat > box->north ? lat : box->north;
    box->is_empty = false;
}

static void grow_ring(void *context, const json_t *points)
{
    for (size_t i = 0; i < json_array_size(points); i++) {
        double lon = 0;
        double lat = 0;
        lee_map_position(points, i, &lon, &lat);
        grow(context, lon, lat);
    }
}

lee_map_box lee_map_box_of(const lee_incident_report *report, const json_t *feature)
{
    assert(report);
    lee_map_box box = {.is_empty = true};
    lee_map_rings(feature, grow_ring, &box);
    for (uint32_t i = 0; i < report->event_count; i++) {
        const lee_event *const event = &report->events[i].event;
        if (event->present & LEE_EVENT_HAS_LAT) {
            grow(&box, event->lon_e7 / 1e7, event->lat_e7 / 1e7);
        }
    }
    return box;
}

void lee_map_project(const lee_map_box *box, double size, double margin, double lon, double lat,
                     double *x, double *y)
{
    const double wide = box->east - box->west;
    const double high = box->north - box->south;
    const double span = wide > high ? wide : high;
    const double scale = (size - 2 * margin) / (span > 1e-4 ? span : 1e-4);
    *x = margin + (lon - box->west) * scale;
    *y = margin + (lat - box->south) * scale;
}
