#include "serve/sightings_view.h"

#include <assert.h>
#include <string.h>

#include "base/alloc.h"
#include "serve/field.h"

typedef struct {
    char id[64];
    int64_t t_us;
    lee_point point;
    int64_t count; /* 0: not said */
    char what[16];
    char heading[16];
    char how[16];
} sighting;

struct lee_sightings_view {
    sighting *ring;
    uint32_t capacity;
    uint64_t next;
};

/* How fast a thing may have gone from where it was, and how far off an observer notices it. Upper
 * values for the class: the area must hold the thing. */
static const struct {
    const char *what;
    int32_t grows_mps;
    int32_t notice_m;
} classes[] = {
    {"jet", 300, 15000},      {"helicopter", 80, 8000}, {"drone", 60, 5000},
    {"propeller", 130, 8000}, {"explosion", 0, 15000},  {"unknown", 300, 15000},
};
#define CLASS_COUNT (sizeof classes / sizeof classes[0])

lee_sightings_view *lee_sightings_view_create(uint32_t capacity)
{
    assert(capacity > 0);
    lee_sightings_view *const view = lee_alloc(1, sizeof *view);
    if (view) {
        view->capacity = capacity;
        view->ring = lee_alloc(capacity, sizeof *view->ring);
        if (!view->ring) {
            lee_free(view);
            return NULL;
        }
    }
    return view;
}

void lee_sightings_view_free(lee_sightings_view *view)
{
    if (view) {
        lee_free(view->ring);
        lee_free(view);
    }
}

lee_error lee_sightings_view_add(lee_sightings_view *view, const char *text, size_t length,
                                 uint64_t *number)
{
    assert(view && text && number);

    sighting fresh = {.what = "unknown", .heading = "unknown", .how = "heard"};
    if (!lee_field_is_object(text, length)) {
        return LEE_ERR_SYNTAX;
    }
    if (!lee_field_text(text, length, "id", fresh.id, sizeof fresh.id) ||
        !lee_field_int(text, length, "t_us", &fresh.t_us)) {
        return LEE_ERR_MISSING;
    }
    if (!lee_field_e7(text, length, "lat", LEE_LAT_MAX_E7, &fresh.point.lat_e7) ||
        !lee_field_e7(text, length, "lon", LEE_LON_MAX_E7, &fresh.point.lon_e7)) {
        return LEE_ERR_DOMAIN;
    }
    (void)lee_field_text(text, length, "what", fresh.what, sizeof fresh.what);
    (void)lee_field_text(text, length, "heading", fresh.heading, sizeof fresh.heading);
    (void)lee_field_text(text, length, "how", fresh.how, sizeof fresh.how);
    (void)lee_field_int(text, length, "count", &fresh.count);
    *number = view->next++;
    view->ring[*number % view->capacity] = fresh;
    return LEE_OK;
}

/* The lower edge of the cell that holds the value. */
static int64_t floor_to(int64_t value, int64_t step)
{
    const int64_t cell = value / step - (value % step < 0 ? 1 : 0);
    return cell * step;
}

lee_point lee_sighting_cell(lee_point point, int32_t *radius_m)
{
    assert(radius_m);
    /* 0.1 degrees of latitude are 11.1 km. In longitude the step grows toward the poles so that a
     * cell is nowhere narrower than 10 km; all of a row of cells has the step of its row. The
     * radius is half the diagonal at the band's wide edge, rounded up. */
    static const struct {
        int32_t below_lat_e7;
        int32_t step_e7;
        int32_t radius_m;
    } bands[] = {
        {250000000, 1000000, 8000},   {600000000, 2000000, 12000},  {750000000, 4000000, 13000},
        {850000000, 12000000, 19000}, {890000000, 60000000, 31000},
    };
    const int64_t step_lat_e7 = 1000000;
    int64_t south_e7 = floor_to(point.lat_e7, step_lat_e7);
    if (south_e7 == LEE_LAT_MAX_E7) {
        south_e7 -= step_lat_e7;
    }
    const int64_t away_e7 = south_e7 < 0 ? -south_e7 - step_lat_e7 : south_e7;
    for (size_t i = 0; i < sizeof bands / sizeof bands[0]; i++) {
        if (away_e7 < bands[i].below_lat_e7) {
            int64_t west_e7 = floor_to(point.lon_e7, bands[i].step_e7);
            if (west_e7 == LEE_LON_MAX_E7) {
                west_e7 -= bands[i].step_e7; /* 180 degrees east is in the last cell */
            }
            *radius_m = bands[i].radius_m;
            return (lee_point){(int32_t)(south_e7 + step_lat_e7 / 2),
                               (int32_t)(west_e7 + bands[i].step_e7 / 2)};
        }
    }
    /* Within a degree of a pole, the whole cap is one cell. */
    *radius_m = 112000;
    return (lee_point){point.lat_e7 < 0 ? -LEE_LAT_MAX_E7 : LEE_LAT_MAX_E7, 0};
}

static void sighting_write(const sighting *each, bool exact, lee_json *json)
{
    size_t class_index = CLASS_COUNT - 1;
    for (size_t i = 0; i < CLASS_COUNT; i++) {
        if (strcmp(each->what, classes[i].what) == 0) {
            class_index = i;
        }
    }
    int32_t radius_m = 0;
    const lee_point cell = lee_sighting_cell(each->point, &radius_m);
    const lee_point shown = exact ? each->point : cell;
    radius_m = classes[class_index].notice_m + (exact ? 0 : radius_m);
    lee_json_object(json);
    lee_json_put_text(json, "id", each->id);
    lee_json_put_int(json, "t_us", each->t_us);
    lee_json_put_text(json, "what", each->what);
    if (each->count > 0) {
        lee_json_put_int(json, "count", each->count);
    }
    lee_json_put_text(json, "heading", each->heading);
    lee_json_put_text(json, "how", each->how);
    lee_json_key(json, "area");
    lee_json_object(json);
    lee_json_put_fixed(json, "lat", shown.lat_e7, 7);
    lee_json_put_fixed(json, "lon", shown.lon_e7, 7);
    lee_json_put_int(json, "radius_m", radius_m);
    lee_json_object_end(json);
    lee_json_put_int(json, "grows_mps", classes[class_index].grows_mps);
    lee_json_object_end(json);
}

static uint64_t oldest(const lee_sightings_view *view)
{
    return view->next > view->capacity ? view->next - view->capacity : 0;
}

bool lee_sightings_view_write(const lee_sightings_view *view, uint64_t number, bool exact,
                              lee_json *json)
{
    assert(view && json);
    if (number < oldest(view) || number >= view->next) {
        return false;
    }
    sighting_write(&view->ring[number % view->capacity], exact, json);
    return true;
}

void lee_sightings_view_write_all(const lee_sightings_view *view, bool exact, lee_json *json)
{
    assert(view && json);
    lee_json_array(json);
    for (uint64_t i = view->next; i > oldest(view); i--) {
        sighting_write(&view->ring[(i - 1) % view->capacity], exact, json);
    }
    lee_json_array_end(json);
}
