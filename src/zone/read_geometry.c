/* GeoJSON geometry (RFC 7946) into the shape of a zone. Edges are straight in longitude and
 * latitude, as 3.1.1 of the RFC says; altitudes of positions are ignored. */
#include "zone/readers.h"

#include <assert.h>
#include <string.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "zone/curve.h"

/* A coordinate to e7, nearest. A double holds seven decimals of a degree exactly enough: the
 * product is wrong by less than 10^-6 units. */
static bool read_position(const json_t *position, double *lat_deg, double *lon_deg)
{
    if (!json_is_array(position) || json_array_size(position) < 2 ||
        !json_is_number(json_array_get(position, 0)) ||
        !json_is_number(json_array_get(position, 1))) {
        return false;
    }
    *lon_deg = json_number_value(json_array_get(position, 0));
    *lat_deg = json_number_value(json_array_get(position, 1));
    return true;
}

static int64_t e7_of(double degrees)
{
    /* Beyond any allowed value, and safe to convert. */
    if (!(degrees > -1000 && degrees < 1000)) {
        return INT64_C(10000000000);
    }
    return (int64_t)(degrees * 1e7 + (degrees < 0 ? -0.5 : 0.5));
}

static bool refuse_geometry(lee_zone_import *import, const char *reason, const char *detail)
{
    lee_gather_refuse(import, LEE_ERR_GEOMETRY, "geometry", reason, detail);
    return false;
}

static bool read_ring(lee_zone_import *import, const json_t *ring)
{
    const size_t count = json_array_size(ring);
    if (!json_is_array(ring) || count < 3) {
        return refuse_geometry(import, "a ring has fewer than three positions", NULL);
    }
    lee_shape_ring(import->shape);
    double first_lat = 0;
    double first_lon = 0;
    double lat = 0;
    double lon = 0;
    for (size_t i = 0; i < count; i++) {
        if (!read_position(json_array_get(ring, i), &lat, &lon)) {
            return refuse_geometry(import, "a position is not two numbers", NULL);
        }
        if (i == 0) {
            first_lat = lat;
            first_lon = lon;
        }
        lee_shape_point(import->shape, e7_of(lat), e7_of(lon));
    }
    if (e7_of(lat) != e7_of(first_lat) || e7_of(lon) != e7_of(first_lon)) {
        lee_gather_repair(import, "geometry", "a ring that was not closed was closed", NULL);
    }
    return true;
}

static bool read_polygon(lee_zone_import *import, const json_t *rings)
{
    if (!json_is_array(rings) || json_array_size(rings) == 0) {
        return refuse_geometry(import, "a polygon has no rings", NULL);
    }
    lee_shape_polygon(import->shape);
    for (size_t i = 0; i < json_array_size(rings); i++) {
        if (!read_ring(import, json_array_get(rings, i))) {
            return false;
        }
    }
    return true;
}

static bool read_multi_polygon(lee_zone_import *import, const json_t *polygons)
{
    if (!json_is_array(polygons) || json_array_size(polygons) == 0) {
        return refuse_geometry(import, "a MultiPolygon has no polygons", NULL);
    }
    for (size_t i = 0; i < json_array_size(polygons); i++) {
        if (!read_polygon(import, json_array_get(polygons, i))) {
            return false;
        }
    }
    return true;
}

/* A positive number of metres under the key, else the zone is refused. */
static bool read_metres(lee_zone_import *import, const json_t *properties, const char *key,
                        const char *missing, double *out)
{
    const json_t *value = json_object_get(properties, key);
    if (!value) {
        lee_gather_refuse(import, LEE_ERR_MISSING, key, missing, NULL);
        return false;
    }
    const double metres = json_is_number(value) ? json_number_value(value) : 0;
    if (!(metres >= LEE_CURVE_RADIUS_MIN_M && metres <= LEE_CURVE_RADIUS_MAX_M)) {
        lee_gather_refuse(import, LEE_ERR_DOMAIN, key, "it is not a number from 1 to 3000000",
                          NULL);
        return false;
    }
    *out = metres;
    return true;
}

static bool check_curve(lee_zone_import *import, lee_error error)
{
    if (error == LEE_OK) {
        return true;
    }
    return refuse_geometry(import,
                           error == LEE_ERR_LIMIT ? "the line has too many or too long edges"
                                                  : "a coordinate is out of range",
                           NULL);
}

static bool read_point(lee_zone_import *import, const json_t *position, const json_t *properties)
{
    double radius_m = 0;
    double lat = 0;
    double lon = 0;
    if (!read_position(position, &lat, &lon)) {
        return refuse_geometry(import, "a position is not two numbers", NULL);
    }
    if (!read_metres(import, properties, "radius_m", "a Point needs a radius", &radius_m)) {
        return false;
    }
    lee_shape_set_made(import->shape);
    return check_curve(import, lee_curve_circle(import->shape, lat, lon, radius_m));
}

static bool read_line(lee_zone_import *import, const json_t *positions, const json_t *properties)
{
    double half_width_m = 0;
    const size_t count = json_array_size(positions);
    if (!json_is_array(positions) || count < 2) {
        return refuse_geometry(import, "a line has fewer than two positions", NULL);
    }
    if (!read_metres(import, properties, "half_width_m", "a LineString needs half a width",
                     &half_width_m)) {
        return false;
    }
    double *lat = lee_alloc(count * 2, sizeof *lat);
    if (!lat) {
        import->error = LEE_ERR_NO_MEMORY;
        return false;
    }
    double *lon = lat + count;
    bool ok = true;
    for (size_t i = 0; i < count && ok; i++) {
        ok = read_position(json_array_get(positions, i), &lat[i], &lon[i]) ||
             refuse_geometry(import, "a position is not two numbers", NULL);
    }
    ok =
        ok && check_curve(import, lee_curve_corridor(import->shape, lat, lon, count, half_width_m));
    lee_free(lat);
    return ok;
}

/* --- lines --------------------------------------------------------------------------------------
 */

/* Nearer to a pole no plane serves. */
#define LINE_LAT_MAX_E7 850000000
#define LINE_POSITIONS_MAX 1000u
static_assert(LINE_POSITIONS_MAX == LEE_MOVING_ROUTE_MAX && LINE_POSITIONS_MAX == LEE_ZONE_AXIS_MAX,
              "one limit");

/* What a line is called where it is refused. */
typedef struct {
    const char *field;
    const char *count;
    const char *range;
    const char *meridian;
} line_words;

static const line_words route_words = {
    "geometry", "a route has 2 to 1000 positions",
    "a route keeps to 85 degrees of latitude and 180 of longitude",
    "a route does not cross the antimeridian"};
static const line_words axis_words = {
    "axis", "an axis has 2 to 1000 positions",
    "an axis keeps to 85 degrees of latitude and 180 of longitude",
    "an axis does not cross the antimeridian"};

/* NULL: it is one; else why not. */
static const char *read_line_point(const json_t *position, const line_words *words, lee_point *out)
{
    double lat = 0;
    double lon = 0;
    if (!read_position(position, &lat, &lon)) {
        return "a position is not two numbers";
    }
    const int64_t lat_e7 = e7_of(lat);
    const int64_t lon_e7 = e7_of(lon);
    if (lat_e7 < -LINE_LAT_MAX_E7 || lat_e7 > LINE_LAT_MAX_E7 || lon_e7 < -LEE_LON_MAX_E7 ||
        lon_e7 > LEE_LON_MAX_E7) {
        return words->range;
    }
    *out = (lee_point){(int32_t)lat_e7, (int32_t)lon_e7};
    return NULL;
}

/* A line in the arena, without positions that repeat the one before. NULL: it is read, or there is
 * no memory; else why it is no such line. */
static const char *read_positions(lee_zone_import *import, const json_t *positions,
                                  const line_words *words, const lee_point **out, uint32_t *count)
{
    const size_t written = json_array_size(positions);
    if (!json_is_array(positions) || written < 2 || written > LINE_POSITIONS_MAX) {
        return words->count;
    }
    lee_point *const line = lee_arena_alloc(import->arena, written, sizeof *line);
    if (!line) {
        import->error = LEE_ERR_NO_MEMORY;
        return NULL;
    }
    uint32_t kept = 0;
    for (size_t i = 0; i < written; i++) {
        lee_point p;
        const char *const wrong = read_line_point(json_array_get(positions, i), words, &p);
        if (wrong) {
            return wrong;
        }
        const bool is_again =
            kept > 0 && line[kept - 1].lat_e7 == p.lat_e7 && line[kept - 1].lon_e7 == p.lon_e7;
        const int64_t span_e7 = kept > 0 ? (int64_t)p.lon_e7 - line[kept - 1].lon_e7 : 0;
        if (span_e7 > LEE_LON_MAX_E7 || span_e7 < -LEE_LON_MAX_E7) {
            return words->meridian;
        }
        if (is_again) {
            lee_gather_repair(import, words->field, "a repeated position was dropped", NULL);
        } else {
            line[kept++] = p;
        }
    }
    *out = line;
    *count = kept;
    return kept < 2 ? words->count : NULL;
}

static bool read_route(lee_zone_import *import, const json_t *positions, lee_zone_moving *out)
{
    const char *const wrong =
        read_positions(import, positions, &route_words, &out->route, &out->route_count);
    return wrong ? refuse_geometry(import, wrong, NULL) : import->error == LEE_OK;
}

/* Beside the area of a corridor. */
static void read_axis(lee_zone_import *import, const json_t *geometry, const json_t *axis)
{
    const char *const type = json_string_value(json_object_get(geometry, "type"));
    lee_zone *const zone = &import->draft;
    const char *wrong = NULL;
    if (zone->kind != LEE_ZONE_CORRIDOR) {
        wrong = "only a corridor has an axis";
    } else if (!type || (strcmp(type, "Polygon") != 0 && strcmp(type, "MultiPolygon") != 0)) {
        wrong = "an axis stands beside a Polygon or MultiPolygon; a line is its own";
    } else {
        wrong = read_positions(import, axis, &axis_words, &zone->axis, &zone->axis_count);
    }
    if (wrong) {
        lee_gather_refuse(import, LEE_ERR_DOMAIN, "axis", wrong, NULL);
    }
}

/* The line that a corridor was drawn as. */
static void keep_axis(lee_zone_import *import, const json_t *positions)
{
    lee_zone *const zone = &import->draft;
    if (zone->kind != LEE_ZONE_CORRIDOR) {
        return;
    }
    const char *const wrong =
        read_positions(import, positions, &axis_words, &zone->axis, &zone->axis_count);
    if (wrong) {
        zone->axis = NULL;
        zone->axis_count = 0;
        lee_gather_note(import, "geometry", "nobody is expected to follow the line", wrong);
    }
}

bool lee_read_geometry(lee_zone_import *import, const json_t *geometry, const json_t *properties)
{
    assert(import->within_zone);
    const char *type = json_string_value(json_object_get(geometry, "type"));
    const json_t *coordinates = json_object_get(geometry, "coordinates");
    if (!type) {
        lee_gather_refuse(import, LEE_ERR_MISSING, "geometry", "there is no geometry", NULL);
        return false;
    }
    bool ok = false;
    if (strcmp(type, "Polygon") == 0) {
        ok = read_polygon(import, coordinates);
    } else if (strcmp(type, "MultiPolygon") == 0) {
        ok = read_multi_polygon(import, coordinates);
    } else if (strcmp(type, "Point") == 0) {
        ok = read_point(import, coordinates, properties);
    } else if (strcmp(type, "LineString") == 0) {
        ok = read_line(import, coordinates, properties);
        if (ok) {
            keep_axis(import, coordinates);
        }
    } else {
        lee_gather_refuse(import, LEE_ERR_UNSUPPORTED, "geometry",
                          "this type of geometry is not an area", type);
    }
    if (ok) {
        lee_gather_area(import);
    }
    const json_t *const axis = json_object_get(properties, "axis");
    if (ok && axis) {
        read_axis(import, geometry, axis);
    }
    return ok && !import->refused;
}

/* --- zones that go with a target ----------------------------------------------------------------
 */

static bool refuse_moving(lee_zone_import *import, const char *field, const char *reason)
{
    lee_gather_refuse(import, LEE_ERR_DOMAIN, field, reason, NULL);
    return false;
}

/* A whole number from `least` to `most`. */
static bool read_whole(const json_t *value, int32_t least, int32_t most, int32_t *out)
{
    const json_int_t number = json_integer_value(value);
    if (!json_is_integer(value) || number < least || number > most) {
        return false;
    }
    *out = (int32_t)number;
    return true;
}

static bool read_bubble(lee_zone_import *import, const json_t *moving, lee_zone_moving *out)
{
    if (json_object_size(moving) != 2 || !json_object_get(moving, "radius_m")) {
        return refuse_moving(import, "moving",
                             "it is not an object with around and radius_m alone");
    }
    return read_whole(json_object_get(moving, "radius_m"), 1, LEE_MOVING_RADIUS_MAX_M,
                      &out->radius_m) ||
           refuse_moving(import, "moving.radius_m", "it is not a whole number from 1 to 100000");
}

static bool read_corridor(lee_zone_import *import, const json_t *geometry, const json_t *properties,
                          const json_t *moving, lee_zone_moving *out)
{
    const char *const type = json_string_value(json_object_get(geometry, "type"));
    if (json_object_get(moving, "radius_m")) {
        return refuse_moving(import, "geometry", "a bubble has none of its own: it must be null");
    }
    if (!type || strcmp(type, "LineString") != 0) {
        return refuse_moving(import, "geometry",
                             "that of a corridor that moves is a LineString, its route");
    }
    if (json_object_size(moving) != 3 ||
        !read_whole(json_object_get(moving, "ahead_m"), 0, LEE_MOVING_OPEN_MAX_M, &out->ahead_m) ||
        !read_whole(json_object_get(moving, "behind_m"), 0, LEE_MOVING_OPEN_MAX_M,
                    &out->behind_m) ||
        out->ahead_m + out->behind_m == 0) {
        return refuse_moving(
            import, "moving",
            "it is not around, ahead_m and behind_m alone, whole numbers from 0 to "
            "1000000, not both 0");
    }
    if (!read_whole(json_object_get(properties, "half_width_m"), 1, LEE_MOVING_RADIUS_MAX_M,
                    &out->radius_m)) {
        return refuse_moving(import, "half_width_m", "it is not a whole number from 1 to 100000");
    }
    return read_route(import, json_object_get(geometry, "coordinates"), out);
}

bool lee_read_moving(lee_zone_import *import, const json_t *geometry, const json_t *properties)
{
    const json_t *const moving = json_object_get(properties, "moving");
    const json_t *const around = json_object_get(moving, "around");
    lee_zone_moving out = {.radius_m = 0};
    if (json_object_get(properties, "axis")) {
        return refuse_moving(import, "axis", "a zone that moves has none");
    }
    if (!json_is_object(moving)) {
        return refuse_moving(import, "moving", "it is not an object");
    }
    if (!json_is_string(around) ||
        !lee_target_parse(json_string_value(around), json_string_length(around), &out.around)) {
        return refuse_moving(import, "moving.around", "it is not a target, such as mmsi:211234560");
    }
    const bool ok = !geometry || json_is_null(geometry)
                        ? read_bubble(import, moving, &out)
                        : read_corridor(import, geometry, properties, moving, &out);
    if (ok) {
        import->draft.moving = out;
    }
    return ok && !import->refused;
}
