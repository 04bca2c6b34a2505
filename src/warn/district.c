#include "warn/district.h"

#include <assert.h>

#define NAMES_MAX 3u

static lee_box cell_at(lee_point point, unsigned level)
{
    const int64_t size = (int64_t)LEE_DISTRICT_CELL_E7 << level;
    /* The north pole and +180 belong to the last cell, not to one beyond it. */
    const int64_t row_last = 2 * (int64_t)LEE_LAT_MAX_E7 / size - 1;
    const int64_t column_last = 2 * (int64_t)LEE_LON_MAX_E7 / size - 1;
    int64_t row = ((int64_t)point.lat_e7 + LEE_LAT_MAX_E7) / size;
    int64_t column = ((int64_t)point.lon_e7 + LEE_LON_MAX_E7) / size;
    row = row > row_last ? row_last : row;
    column = column > column_last ? column_last : column;
    const lee_point low = {(int32_t)(row * size - LEE_LAT_MAX_E7),
                           (int32_t)(column * size - LEE_LON_MAX_E7)};
    return (lee_box){low, {(int32_t)(low.lat_e7 + size), (int32_t)(low.lon_e7 + size)}};
}

lee_district lee_district_of(const lee_places *places, lee_point point)
{
    assert(places);
    static_assert(1800 % (1 << LEE_DISTRICT_LEVEL_MAX) == 0, "cells tile the latitudes");
    unsigned level = 0;
    lee_box box = cell_at(point, level);
    while (level < LEE_DISTRICT_LEVEL_MAX &&
           lee_places_population(places, box) < LEE_DISTRICT_PEOPLE) {
        level++;
        box = cell_at(point, level);
    }
    return (lee_district){box};
}

bool lee_district_equal(const lee_district *a, const lee_district *b)
{
    return a->box.min.lat_e7 == b->box.min.lat_e7 && a->box.min.lon_e7 == b->box.min.lon_e7 &&
           a->box.max.lat_e7 == b->box.max.lat_e7 && a->box.max.lon_e7 == b->box.max.lon_e7;
}

typedef struct {
    lee_box box;
    const lee_place *largest[NAMES_MAX];
    unsigned count;
} naming;

static void keep_largest(void *context, uint32_t index, const lee_place *place)
{
    (void)index;
    naming *names = context;
    if (place->point.lat_e7 >= names->box.max.lat_e7 ||
        place->point.lon_e7 >= names->box.max.lon_e7) {
        return;
    }
    unsigned at = names->count;
    while (at > 0 && names->largest[at - 1]->population < place->population) {
        at--;
    }
    if (at == NAMES_MAX) {
        return;
    }
    const unsigned last = names->count < NAMES_MAX ? names->count : NAMES_MAX - 1;
    for (unsigned i = last; i > at; i--) {
        names->largest[i] = names->largest[i - 1];
    }
    names->largest[at] = place;
    names->count = last + 1;
}

static void write_degrees(lee_buffer *out, int32_t value_e7, const char *positive,
                          const char *negative)
{
    const int64_t tenths = value_e7 / LEE_DISTRICT_CELL_E7;
    lee_buffer_fixed(out, tenths < 0 ? -tenths : tenths, 1);
    lee_buffer_text(out, tenths < 0 ? negative : positive);
}

void lee_district_name(const lee_places *places, const lee_district *district, const char *comma,
                       lee_buffer *out)
{
    naming names = {.box = district->box};
    lee_places_in_box(places, district->box, keep_largest, &names);
    for (unsigned i = 0; i < names.count; i++) {
        lee_buffer_text(out, i > 0 ? comma : "");
        lee_buffer_text(out, names.largest[i]->name);
    }
    if (names.count == 0) {
        write_degrees(out, district->box.min.lat_e7, " N ", " S ");
        write_degrees(out, district->box.min.lon_e7, " E", " W");
    }
}

static void write_corner(lee_buffer *out, int32_t lat_e7, int32_t lon_e7)
{
    lee_buffer_fixed(out, lat_e7, 7);
    lee_buffer_char(out, ',');
    lee_buffer_fixed(out, lon_e7, 7);
}

void lee_district_polygon(const lee_district *district, lee_buffer *out)
{
    const lee_box b = district->box;
    write_corner(out, b.min.lat_e7, b.min.lon_e7);
    lee_buffer_char(out, ' ');
    write_corner(out, b.min.lat_e7, b.max.lon_e7);
    lee_buffer_char(out, ' ');
    write_corner(out, b.max.lat_e7, b.max.lon_e7);
    lee_buffer_char(out, ' ');
    write_corner(out, b.max.lat_e7, b.min.lon_e7);
    lee_buffer_char(out, ' ');
    write_corner(out, b.min.lat_e7, b.min.lon_e7);
}
